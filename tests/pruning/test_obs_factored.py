"""The factored OBS against the dense one, and its inverse against numpy's."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

import nnprune
from nnprune import MLP
from nnprune.hessian import downdate, woodbury
from nnprune.hessian.outer_products import jacobian_rows
from nnprune.hessian.woodbury import FactoredInverse
from nnprune.pruning import obs_factored
from nnprune.pruning.obs import prune_obs
from nnprune.pruning.obs_factored import prune_obs_factored


@given(st.integers(0, 99), st.integers(1, 12), st.integers(1, 9), st.sampled_from([0.01, 1.0]))
def test_the_inverse_equals_numpys_through_all_removals(seed, N, m, lambda_):
    rng = np.random.default_rng(seed)
    G = rng.normal(size=(m, N))
    H, left = G.T @ G / 5 + lambda_ * np.eye(N), list(range(N))
    inverse = FactoredInverse(G.T.copy(), 5, lambda_)
    for q in rng.permutation(N):
        exact = np.linalg.inv(H[np.ix_(left, left)])
        np.testing.assert_allclose(inverse.diagonal[left], np.diag(exact), rtol=1e-8)
        r = inverse.row(q, likely=lambda k: rng.permutation(N)[:min(k, 3)])  # noqa: B023
        np.testing.assert_allclose(r[left], exact[left.index(q)], rtol=1e-7, atol=1e-9)
        assert not np.delete(r, left).any()
        inverse.remove(q, r)
        left.remove(q)


def test_flushes_fetches_and_copies_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    G, order = rng.normal(size=(20, 60)), rng.permutation(60)[:55]
    found = []
    for pending, ahead, shrunk, rows in ((64, 96, 0.9, 1024), (1, 1, 1.0, 1), (7, 3, 0.5, 7), (5, 50, 0.0, 60)):
        monkeypatch.setattr(woodbury, "FACTOR_ROWS", rows)
        monkeypatch.setattr(downdate, "PENDING", pending)
        monkeypatch.setattr(woodbury, "AHEAD", ahead)
        monkeypatch.setattr(woodbury, "SHRUNK", shrunk)
        inverse = FactoredInverse(G.T.copy(), 20, 0.1)
        rows = [inverse.diagonal.copy()]
        for q in order:
            rows.append(inverse.row(q, likely=lambda k: order[:k]))
            inverse.remove(q, rows[-1])
        found.append(np.array(rows))
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], rtol=1e-9, atol=1e-11)


@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")  # a softmax over one output, dead units
@given(nets(), st.sampled_from(["gauss-newton", "fisher"]), st.sampled_from([None, 1, 4, "auto"]),
       st.booleans())
def test_it_equals_the_dense_one(net, hessian, refresh, prune_biases):
    x, y = samples(net, n=6)
    options = {"hessian": hessian, "refresh": refresh, "damping": 0.1, "prune_biases": prune_biases}
    dense, factored = (prune(net, x, y, sparsity=0.6, **options) for prune in (prune_obs, prune_obs_factored))
    if dense.removed.tolist() != factored.removed.tolist():
        # Only equal costs may go in another order.
        np.testing.assert_allclose(np.sort(dense.costs), np.sort(factored.costs), rtol=1e-6, atol=1e-12)
        return
    np.testing.assert_allclose(factored.net.parameters(), dense.net.parameters(), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(factored.costs, dense.costs, rtol=1e-6, atol=1e-12)


def test_the_factor_may_come_in_blocks(monkeypatch):
    net = MLP((5, 6, 3), rng=0)
    x, y = samples(net, n=30)
    whole = prune_obs_factored(net, x, y, sparsity=0.7)
    monkeypatch.setattr(obs_factored, "jacobian_rows", partial(jacobian_rows, block=400))
    assert len(list(obs_factored.jacobian_rows(net, x, y))) > 2
    blocks = prune_obs_factored(net, x, y, sparsity=0.7)
    assert blocks.net.parameters().tobytes() == whole.net.parameters().tobytes()


def test_a_list_of_sparsities_is_one_pass_and_limits_end_it():
    net = MLP((5, 6, 3), rng=0)
    x, y = samples(net, n=30)
    both = prune_obs_factored(net, x, y, sparsity=[0.3, 0.7])
    one = prune_obs_factored(net, x, y, sparsity=0.7)
    assert both[1].net.parameters().tobytes() == one.net.parameters().tobytes()
    assert len(both[0].removed) == round(0.3 * net.n_weights)
    cut = prune_obs_factored(net, x, y, max_predicted_rise=one.predicted_rise / 2)
    assert cut.stopped == "max_predicted_rise"
    assert repr(cut).startswith("OBSResult(OBS, factored")
    assert 0 < len(cut.removed) < len(one.removed)


@pytest.mark.parametrize(("options", "message"), [
    ({"damping": 0}, "damping must be a number in \\(0, inf\\), but it is 0"),
    ({"hessian": "exact"}, "hessian 'exact' is unknown; known are: 'gauss-newton', 'fisher'"),
    ({"refresh": 0}, "refresh"),
    ({"sparsity": None}, "nothing says when to stop"),
    ({"max_memory": 1e4}, "OBS on 57 parameters by 90 outer products needs .* take fewer samples"),
])
def test_options_out_of_range(options, message):
    net = MLP((5, 6, 3), rng=0)
    with pytest.raises(ValueError, match=message):
        prune_obs_factored(net, *samples(net, n=30), **{"sparsity": 0.5, **options})


def test_more_outer_products_than_parameters_are_warned_of(monkeypatch):
    net, x = nnprune.MLP((4, 3, 2), rng=0), np.random.default_rng(0).normal(size=(30, 4))
    monkeypatch.setattr(nnprune.pruning.obs_factored, "MANY", 40)
    with pytest.warns(nnprune.NNPruneWarning, match=r"60 outer products for 23 parameters.*hessian='fisher'"):
        nnprune.prune_obs_factored(net, x, net.predict(x), n_remove=1)
    nnprune.prune_obs_factored(net, x, net.predict(x), n_remove=1, hessian="fisher")
