"""Estimates of time and memory: they grow as the algorithms do, memory is as said, and too much is refused.

How near the seconds come is measured by ``reliability.py``: no timings are asserted here.
"""

from __future__ import annotations

import inspect
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import nnprune
from nnprune import demo
from nnprune._util import speed as rates
from nnprune._util.speed import Estimate
from nnprune.datasets import choose
from nnprune.hessian.full import exact_hessian, gauss_newton
from nnprune.hessian.outer_products import empirical_fisher
from nnprune.pruning import memory as estimate
from nnprune.pruning.memory import estimate_lobs, estimate_obs, estimate_obs_factored, estimate_training
from nnprune.pruning.methods import METHODS
from nnprune.reproduce import EXPERIMENTS
from nnprune.reproduce import __main__ as reproduce
from nnprune.reproduce.expected import TOOK, TOOK_QUICK
from nnprune.reproduce.main_experiment.run import Settings

SMALL = ["--dataset", "digits", "--quick", "--hidden", "4", "--epochs", "1", "--methods", "magnitude"]


@pytest.fixture
def speed(monkeypatch):
    """A machine of a given speed."""
    monkeypatch.setattr(rates, "speed", lambda: (1e9, 1e8))


def growth(function, of):
    """How the products grow when the argument doubles: the exponent."""
    return np.log2(function(2 * of).products / function(of).products)


# ---- counts


def test_the_counts_grow_as_the_algorithms_do():
    def wide(d):
        return nnprune.MLP((d, 20, 2), rng=0)

    def flat(k):
        return nnprune.MLP((k, 1), rng=0)

    assert growth(lambda n: estimate_training(wide(50), n), 10_000) == pytest.approx(1, abs=0.05)
    assert growth(lambda d: estimate_lobs(wide(d), 10, sparsity=0.9), 1000) == pytest.approx(3, abs=0.1)
    assert growth(lambda n: estimate_lobs(wide(50), n, sparsity=0.9, refresh=None), 10**6) == pytest.approx(1, abs=0.1)
    assert growth(lambda k: estimate_obs(flat(k), 10, n_remove=1), 2000) == pytest.approx(3, abs=0.1)
    assert growth(lambda n: estimate_obs(flat(50), n, n_remove=10), 10**6) == pytest.approx(1, abs=0.1)
    # m N^2 / 2 for most of N weights; m N for a few.
    assert growth(lambda k: estimate_obs_factored(flat(k), 50, n_remove=k - 1), 4000) == pytest.approx(2, abs=0.1)


def test_more_hessians_cost_more():
    net = nnprune.MLP((100, 2), rng=0)
    work = [estimate_obs(net, 1000, n_remove=100, refresh=m).products for m in (1, 10, 100, None)]
    assert work == sorted(work, reverse=True)
    assert 50 < work[0] / work[-1] < 100  # each of the hundred on a smaller matrix
    stale = [estimate_lobs(net, 1000, sparsity=0.9, refresh=m).products for m in (50, 100, None)]
    assert stale == sorted(stale, reverse=True)


def test_the_speed_of_this_machine_is_measured_once():
    assert rates.speed() is rates.speed()
    assert all(1e6 < rate < 1e15 for rate in rates.speed())


@pytest.mark.parametrize(("given", "most"), [("1", 1), ("2", 2), ("1000", 4), ("", 4), ("many", 4)])
def test_no_more_threads_than_blas_may_use(given, most, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", given)
    assert 1 <= rates.threads() <= most


def test_an_estimate_in_words(speed):
    assert str(Estimate(60e9, 3e9, 2**30)) == "about 2 minutes and 1.0 GiB"
    assert str(3 * Estimate(1e9, 0, 1) + Estimate(20e9, 0, 2**31)) == "about 20 s and 2.0 GiB"


# ---- memory


def test_the_memory_is_what_was_said():
    """By tracemalloc, which sees NumPy's arrays: within a factor of two, as ``reliability.py`` finds for processes."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 500)).astype(np.float32), rng.integers(2, size=200)
    net, k = nnprune.MLP((500, 2), rng=0), 2 * 501
    runs = [(estimate_lobs(net, 200, sparsity=0.5, refresh=None), lambda: nnprune.prune_lobs(net, x, sparsity=0.5,
                                                                                            inverse="shared")),
            (Estimate(0, 0, 8 * 3 * k**2), lambda: gauss_newton(net, x, y)),
            (Estimate(0, 0, estimate.obs_memory(k)), lambda: nnprune.prune_obs(
                net, x, y, n_remove=1, hessian="fisher"))]
    for said, run in runs:
        tracemalloc.start()
        run()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert 0.5 < said.memory / peak < 2


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


def test_a_layer_that_is_too_wide_is_refused_before_any_work():
    """20,000 inputs would take 24 GiB: the error comes at once, and not from NumPy."""
    net = nnprune.MLP((20_000, 1), rng=0)
    with pytest.raises(ValueError, match=r"L-OBS with 20,000 inputs of a layer needs .* GiB, but max_memory is 4\.0"):
        nnprune.prune_lobs(net, np.ones((2, 20_000), np.float32), sparsity=0.5)


def test_a_hessian_that_obs_has_checked_is_not_refused_by_itself():
    """``max_memory`` above the default is the caller's word, for the Hessian inside, too."""
    net, x, y = nnprune.MLP((4, 2), rng=0), np.eye(4), np.array([0, 1, 0, 1])
    for hessian in ("gauss-newton", "exact", "fisher"):
        r = nnprune.prune_obs(net, x, y, n_remove=1, hessian=hessian, damping=0.5, max_memory=np.inf)
        assert len(r.removed) == 1


# ---- the command lines


@pytest.fixture
def few_digits(monkeypatch):
    """A data set that is made in no time."""
    monkeypatch.setattr(choose, "make_digits", lambda: nnprune.make_digits(40, 20))


def test_the_demo_says_what_it_will_take_before_it_begins(few_digits, tmp_path, capsys, monkeypatch):
    def begin(*args):
        raise ValueError("the training begins")

    monkeypatch.setattr(demo, "dense_net", begin)
    assert demo.main([*SMALL, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert re.search(r"this will take about .* and \d\.\d GiB", said.out)
    assert said.err == "error: the training begins\n"


def test_the_demo_refuses_before_any_work(few_digits, tmp_path, capsys):
    assert demo.main([*SMALL, "--max-memory", "0.1", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert re.fullmatch(r"error: the run needs \d\.\d GiB, but max_memory is 0\.1 GiB: .*\n", said.err)
    assert not (tmp_path / "out").exists()
    assert demo.main([*SMALL, "--max-memory", "0", "--out", str(tmp_path / "out")]) == 2
    assert "--max-memory must be a number in (0, inf], but it is 0.0" in capsys.readouterr().err


@pytest.mark.parametrize(("hidden", "method"), [(["30000", "30000"], "lobs-exact"), (["40"], "obs"),
                                                (["300"], "obs-factored")])
def test_the_demo_refuses_a_net_that_a_method_cannot_prune_before_it_is_made(hidden, method, tmp_path, capsys,
                                                                             monkeypatch):
    """A net of 900 million weights: neither its numbers nor its training may come first."""
    monkeypatch.setattr(choose, "make_digits", lambda: nnprune.make_digits(400, 20))
    tracemalloc.start()
    code = demo.main(["--dataset", "digits", "--methods", method, "--hidden", *hidden, "--out", str(tmp_path / "out")])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == 2
    assert "above its 4.0 GiB: take fewer --hidden units" in capsys.readouterr().err
    assert peak < 2**26
    function = METHODS[method].function
    assert inspect.signature(function).parameters["max_memory"].default == demo.MAX_MEMORY


def test_every_method_of_the_demo_counts():
    """More methods, more seeds, larger nets and finer grids take longer."""
    data = nnprune.make_digits(200, 50)
    base = Settings(hidden=(2,), methods=("magnitude",))

    def seconds(n_seeds=1, **more):
        return demo.what_it_takes(Settings(**{**vars(base), **more}), data, n_seeds).seconds

    for name in set(METHODS) - {"magnitude"}:
        assert seconds(methods=("magnitude", name)) > seconds()
    assert seconds(2) == pytest.approx(2 * seconds())
    assert seconds(hidden=(4,)) > seconds()
    assert seconds(sparsities=(0.1, 0.2)) < seconds(sparsities=(0.1, 0.2, 0.3))


def test_reproduce_refuses_before_any_work(tmp_path, capsys):
    assert reproduce.main(["xor", "combine", "--max-memory", "1", "--out", str(tmp_path / "out")]) == 2
    assert "the experiment 'combine' needs 2.1 GiB, but max_memory is 1.0 GiB" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_reproduce_knows_every_experiment_and_what_its_page_says():
    assert set(TOOK) == set(TOOK_QUICK) == set(EXPERIMENTS)
    page = Path(nnprune.__file__).parents[1] / "docs" / "reproduction.md"
    if not page.exists():
        pytest.skip("installed without the checkout: there is no page to compare with")
    found = re.findall(r"^`python -m nnprune\.reproduce ([\w-]+)`: .*?, (\d+) s on .*?, (\d+) MB of resident",
                       page.read_text(), re.MULTILINE)
    assert {name: (int(seconds), int(memory)) for name, seconds, memory in found} == TOOK
