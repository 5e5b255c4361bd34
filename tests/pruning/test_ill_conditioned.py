"""Ill-conditioned mathematics ends in a right answer or one clear error, and no warning of NumPy leaks out.

(Warnings are errors in these tests.) What is right is held by laws that need no condition: an exact method's prediction
is what is measured, its error is the best that its survivors allow, and a change of units changes nothing.
"""

import warnings

import numpy as np
import pytest
from reliability_parts.ill_conditioned import NETS, PICTURES, SCALES, SPARSITY, outcome, pictures, problems

import nnprune
from nnprune.hessian.linalg import spd_inverse


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("net", NETS)
def test_it_ends_in_an_answer_or_in_one_clear_error(net, kind):
    for problem in problems([net], [kind]):
        assert outcome(*problem) in ("answer", "clear error"), problem[0]


@pytest.mark.parametrize("name", ["sound"])
def test_what_is_sound_gets_an_answer_from_every_method_that_can(name):
    refused = [p[0].split(",")[0] for p in problems([name], [name]) if outcome(*p) != "answer"]
    assert set(refused) <= {"OBS"}, "only OBS with the exact Hessian of an untrained net, which is indefinite"


@pytest.mark.parametrize("kind", ["1e-12", "1e12", "1e-30", "1e30"])
def test_a_change_of_units_changes_nothing(kind):
    """All inputs in other units and the weights in their inverse: the same net, so the same removals and costs."""
    c, x = SCALES[kind], np.random.default_rng(0).uniform(size=(30, 7))
    W = np.random.default_rng(1).normal(size=(4, 7))
    r = nnprune.prune_lobs(nnprune.MLP.from_arrays([W]), x, sparsity=SPARSITY)
    s = nnprune.prune_lobs(nnprune.MLP.from_arrays([W / c]), x * c, sparsity=SPARSITY)
    assert np.array_equal(r.removed, s.removed)
    assert np.allclose(r.costs, s.costs, rtol=1e-6)
    assert np.allclose(r.net.weights[0], s.net.weights[0] * c, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["duplicated", "collinear", "one sample", "units from 1e-12 to 1e12"])
@pytest.mark.parametrize("damping", [0, 1e-12, 1e-9])
def test_what_is_promised_is_what_is_measured_or_it_is_refused(kind, damping):
    """Of a singular H an undamped inverse is noise: it is refused, and never followed."""
    x = pictures(kind)
    net = nnprune.MLP((7, 4), rng=0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nnprune.NNPruneWarning)  # with damping=1e-12 few digits are promised
            r = nnprune.prune_lobs(net, x, sparsity=0.4, damping=damping)
    except ValueError:
        assert damping == 0
        return
    z = net.forward(x)
    measured = np.sum((r.net.forward(x) - z) ** 2) / (2 * len(x))
    best, X = 0.0, np.column_stack([x, np.ones(len(x))])
    for u in range(4):
        S = np.append(r.net.masks[0][u], True)
        scale = np.linalg.norm(X[:, S], axis=0)
        w = np.linalg.lstsq(X[:, S] / scale, z[:, u], rcond=1e-13)[0]
        best += np.sum((X[:, S] / scale @ w - z[:, u]) ** 2) / (2 * len(x))
    size = np.sum(z**2) / (2 * len(x))
    assert measured >= best - 1e-9 * size
    assert measured == pytest.approx(r.costs.sum(), rel=1e-4, abs=1e-7 * size)
    assert measured == pytest.approx(best, rel=1e-4, abs=1e-7 * size)


@pytest.mark.parametrize("seed", range(10))
def test_a_singular_hessian_is_found_out_though_rounding_made_it_positive(seed):
    """Cholesky's pivot of a dependent input is rounding: as often above 0 as below."""
    x = np.random.default_rng(seed).uniform(size=(30, 7))
    x[:, 2] = x[:, 0] + x[:, 1]
    with pytest.raises(ValueError, match="pivot 3 of its Cholesky factor is not above its rounding"):
        spd_inverse(x.T @ x / 30)


def test_an_inverse_of_very_different_units_is_not_refused():
    """The test is free of units: H of inputs from 1e-12 to 1e12 has a condition of 1e48, and a good inverse."""
    x = np.random.default_rng(0).uniform(size=(30, 7))
    s = 10.0 ** np.arange(-12, 13, 4)
    Hinv = spd_inverse((x * s).T @ (x * s) / 30)
    assert np.allclose(Hinv * np.outer(s, s), np.linalg.inv(x.T @ x / 30), rtol=1e-8)


@pytest.mark.parametrize("d", [50, 400])
def test_a_long_run_holds_its_inverse_against_drift(d):
    """The last costs of an exact run, after hundreds of downdates, are those of a recomputed inverse."""
    rng = np.random.default_rng(d)
    X = rng.normal(size=(d + 20, d)) @ np.diag(rng.uniform(0.1, 3, size=d))
    net = nnprune.MLP.from_arrays([rng.normal(size=(1, d))], loss="mse")
    r = nnprune.prune_lobs(net, X, sparsity=1 - 5 / d, damping=0)
    last = nnprune.prune_lobs(net, X, sparsity=1 - 6 / d, damping=0).net
    S, H = last.masks[0][0], X.T @ X / len(X)
    fresh = last.weights[0][0, S] ** 2 / (2 * np.diag(np.linalg.inv(H[np.ix_(S, S)])))
    assert fresh.min() == pytest.approx(r.costs[-1], rel=1e-6)
