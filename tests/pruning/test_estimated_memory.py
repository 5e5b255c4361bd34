"""Estimates of memory: it is as estimated, and too much is refused before any work."""

import tracemalloc

import numpy as np
import pytest

import nnprune
from nnprune.hessian.full import exact_hessian, gauss_newton
from nnprune.hessian.outer_products import empirical_fisher
from nnprune.pruning.memory import factored_memory, lobs_memory, obs_memory, training_memory


def peak_of(run):
    """Bytes of NumPy's arrays that live at once, by tracemalloc."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_the_memory_is_what_was_said():
    """Within a factor of two, as ``reliability.py`` finds for processes."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 500)).astype(np.float32), rng.integers(2, size=200)
    net, wide, tall, k = *(nnprune.MLP(sizes, rng=0) for sizes in ((500, 2), (500, 300), (40, 120))), 2 * 501
    runs = [(lobs_memory(net, 200, inverse="shared"), lambda: nnprune.prune_lobs(net, x, sparsity=0.5,
                                                                                 inverse="shared")),
            (lobs_memory(tall, 200, inverse="survivors"), lambda: nnprune.prune_lobs(tall, x[:, :40], n_remove=9,
                                                                                     inverse="survivors")),
            (training_memory(wide, 9, batch_size=3), lambda: nnprune.train(wide, x[:9], y[:9], epochs=1, batch_size=3)),
            (8 * 3 * k**2, lambda: gauss_newton(net, x, y)),
            (obs_memory(k), lambda: nnprune.prune_obs(net, x, y, n_remove=1, hessian="fisher")),
            (factored_memory(k, 200), lambda: nnprune.prune_obs_factored(net, x, y, n_remove=100, hessian="fisher"))]
    for said, run in runs:
        assert 0.5 < said / peak_of(run) < 2


@pytest.mark.parametrize("prune", [nnprune.prune_obs, nnprune.prune_obs_factored])
def test_a_new_inverse_does_not_stand_beside_the_old_one(prune):
    rng = np.random.default_rng(0)
    net, x, y = nnprune.MLP((300, 2), rng=0), rng.normal(size=(200, 300)), rng.integers(2, size=200)
    one, several = (peak_of(lambda every=every: prune(net, x, y, n_remove=6, hessian="fisher", refresh=every))
                    for every in (None, 2))
    assert several < 1.1 * one


def test_more_takes_more():
    net = nnprune.MLP((100, 2), rng=0)
    assert lobs_memory(net, 100) < lobs_memory(net, 100, n_results=2)
    assert lobs_memory(net, 100, inverse="shared") < lobs_memory(net, 200, inverse="shared") < lobs_memory(net, 200)


@pytest.mark.parametrize("run", [
    lambda net, x, y: nnprune.prune_lobs(net, x, sparsity=0.5, max_memory=1e5),
    lambda net, x, y: nnprune.prune_lobs(net, x, sparsity=0.5, inverse="shared", max_memory=1e4),
    lambda net, x, y: nnprune.prune_obs(net, x, y, n_remove=1, max_memory=1e4),
    lambda net, x, y: nnprune.prune_obs_factored(net, x, y, n_remove=1, max_memory=1e4),
    lambda net, x, y: exact_hessian(net, x, y, max_memory=1e4),
    lambda net, x, y: gauss_newton(net, x, y, max_memory=1e4),
    lambda net, x, y: empirical_fisher(net, x, y, max_memory=1e4),
], ids=["lobs", "lobs-stale", "obs", "factored", "exact", "gauss-newton", "fisher"])
def test_too_much_memory_is_refused(run):
    net = nnprune.MLP((20, 3), rng=0)
    with pytest.raises(ValueError, match=r"needs \d+\.\d GiB, but max_memory is 0\.0 GiB: .*, or raise max_memory"):
        run(net, np.ones((5, 20)), np.zeros(5, int))


def test_every_result_that_is_asked_for_counts():
    net, x = nnprune.MLP((20, 3), rng=0), np.random.default_rng(0).normal(size=(50, 20))
    enough = {"inverse": "shared", "max_memory": lobs_memory(net, 50, inverse="shared")}
    nnprune.prune_lobs(net, x, sparsity=0.5, **enough)
    with pytest.raises(ValueError, match="or raise max_memory"):
        nnprune.prune_lobs(net, x, sparsity=[0.3, 0.5], **enough)


def test_a_layer_that_is_too_wide_is_refused_before_any_work():
    """20,000 inputs would take 24 GiB: the error comes at once, and not from NumPy."""
    net = nnprune.MLP((20_000, 1), loss="mse", rng=0)
    with pytest.raises(ValueError, match=r"L-OBS with 20,000 inputs of a layer needs .* GiB, but max_memory is 4\.0"):
        nnprune.prune_lobs(net, np.ones((2, 20_000), np.float32), sparsity=0.5)


def test_a_hessian_that_obs_has_checked_is_not_refused_by_itself():
    """``max_memory`` above the default is the caller's word, for the Hessian inside, too."""
    net, x, y = nnprune.MLP((4, 2), rng=0), np.eye(4), np.array([0, 1, 0, 1])
    for hessian in ("gauss-newton", "exact", "fisher"):
        r = nnprune.prune_obs(net, x, y, n_remove=1, hessian=hessian, damping=0.5, max_memory=np.inf)
        assert len(r.removed) == 1
