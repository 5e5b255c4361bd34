"""The XOR experiment: the batch against single nets of the package, solvability by other routes, the whole in quick."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize

from nnprune.datasets.monks import make_xor
from nnprune.hessian.full import exact_hessian
from nnprune.hessian.outer_products import jacobian_rows
from nnprune.reproduce.__main__ import main
from nnprune.reproduce.xor import figures, nets, run, text

NETS = [("sigmoid", 0.0), ("tanh", -1.0)]
X = make_xor().x_train.astype(float)


def targets(low):
    return np.array([low, 1.0, 1.0, low])


def starts(n, seed=0, width=1.0):
    return np.random.default_rng(seed).uniform(-width, width, size=(n, 9))


def some_minima(activation, low, n=8):
    return nets.minima(starts(n), targets(low), activation, steps=2000, rate=0.1)[0]


def test_the_patterns_are_those_of_the_data():
    np.testing.assert_array_equal(nets.PATTERNS, X)
    np.testing.assert_array_equal(targets(0.0), make_xor().y_train)


@pytest.mark.parametrize(("activation", "low"), NETS)
def test_the_batch_computes_what_the_packages_net_computes(activation, low):
    W, t = starts(5, seed=3), targets(low)
    z, J = nets.outputs_and_jacobian(W, activation)
    for i, w in enumerate(W):
        net = nets.as_mlp(w, activation)
        np.testing.assert_allclose(z[i], net.forward(X)[:, 0], atol=1e-12)
        np.testing.assert_allclose(J[i], np.vstack(list(jacobian_rows(net, X, t))), atol=1e-12)
        assert nets.rise(W, t, activation)[i] == pytest.approx(net.loss(X, t))


def test_one_step_of_descent_is_one_gradient_step_with_the_mask_held():
    W, t, M = starts(3), targets(0.0), np.ones((3, 9))
    M[1, 4] = 0
    after = nets.descend(W, M, t, "tanh", steps=1, rate=0.1)
    for w, m, new in zip(W * M, M, after):
        gradient = nets.as_mlp(w, "tanh").gradient(X, t)
        np.testing.assert_allclose(new, w - 0.1 * m * gradient, atol=1e-12)


@pytest.mark.parametrize(("activation", "low"), NETS)
def test_minima_are_of_zero_error_and_the_hessian_there_is_exact(activation, low):
    W = some_minima(activation, low)
    assert len(W) > 0
    H = run.hessians(W, activation)
    for w, h in zip(W, H):
        net = nets.as_mlp(w, activation)
        assert net.loss(X, targets(low)) < 1e-12
        np.testing.assert_allclose(h, exact_hessian(net, X, targets(low)), atol=1e-5)
        assert np.linalg.matrix_rank(h, 1e-9) <= 4


def test_settling_holds_the_mask():
    M = np.ones((4, 9))
    M[:, 8] = 0
    W, r = nets.settle(starts(4), M, targets(0.0), "sigmoid", steps=50)
    assert not W[:, 8].any()
    np.testing.assert_allclose(r, nets.forward(W, "sigmoid")[1] - targets(0.0), atol=1e-12)


def retrained(w, q, activation, t):
    """Another way to retrain without the weight q: BFGS on the package's gradient."""
    keep, net = np.arange(9) != q, nets.as_mlp(w, activation)

    def objective(v):
        net.set_parameters(np.where(keep, v, 0))
        return net.loss(X, t), net.gradient(X, t) * keep

    options = {"gtol": 1e-8, "maxiter": 150}
    return minimize(objective, np.where(keep, w, 0), jac=True, method="BFGS", options=options).fun


def test_solvability_agrees_with_another_way_to_retrain():
    t = targets(0.0)
    W = some_minima("sigmoid", 0.0, n=3)[:1]
    able = nets.removable(W, t, "sigmoid", steps=200)
    for w, row in zip(W, able):
        errors = np.array([retrained(w, q, "sigmoid", t) for q in range(9)])
        # What the argument says can not be retrained stays far from zero error; the hidden biases can be.
        assert not row[[0, 1, 2, 3, 6, 7]].any()
        assert (errors[[0, 1, 2, 3, 6, 7]] > 1e-2).all()
        assert row[[4, 5]].all()
        assert (errors[[4, 5]] < 1e-6).all()


def test_a_net_built_by_hand_solves_xor_and_without_its_second_unit_does_not():
    # or minus and, steep: h1 = [x1 + x2 > 1/2], h2 = [x1 + x2 > 3/2]
    w = np.array([[20.0, 20, 20, 20, -10, -30, 1, -1, 0]])
    assert nets.solves(w, targets(0.0), "sigmoid")[0]
    assert not nets.solves(w * (np.arange(9) != 7), targets(0.0), "sigmoid")[0]
    assert not nets.solves(w, 1 - targets(0.0), "sigmoid")[0]
    assert nets.removable(w, targets(0.0), "sigmoid", steps=200)[0, 8]  # its v3 is 0 already


@pytest.mark.parametrize("method", nets.METHODS)
def test_the_removal_is_the_one_of_the_formula(method):
    W, t, damping = some_minima("tanh", 0.0), targets(0.0), 1e-6
    V, q = run.prune_all(method, W, t, "tanh", damping)
    for w, v, k, H in zip(W, V, q, run.hessians(W, "tanh")):
        assert v[k] == 0
        Hinv = np.linalg.inv(H + damping * np.trace(H) / 9 * np.eye(9))
        score = {"magnitude": np.abs(w), "OBD": np.diag(H) * w**2 / 2, "OBS": w**2 / (2 * np.diag(Hinv))}[method]
        assert score[k] == pytest.approx(score.min(), rel=1e-3)
        moved = np.delete(v - w, k)
        if method == "OBS":
            np.testing.assert_allclose(v - w, -w[k] / Hinv[k, k] * Hinv[k], atol=1e-4)
        else:
            assert not moved.any()


def test_the_order_to_second_order_is_counted_and_can_fail():
    row = {"seed": 0, "second": {"magnitude": [3.0, 1.0], "OBD": [2.0, 2.0], "OBS": [1.0, 1.0]}, "slack": [0.0, 0.0],
           "rise": {"magnitude": [3.0, 3.0], "OBD": [2.0, 4.0], "OBS": [5.0, 1.0]}}
    assert text.ordered([row]) == (1, 0, 2)
    row["second"]["OBS"][0], row["slack"][0] = 2.1, 0.2  # within the damping's share
    assert text.ordered([row]) == (1, 0, 2)


def small_settings():
    return SimpleNamespace(**{**run.SETTINGS, "starts": 120, "widths": [1.0], "steps": 1500, "retraining": 40})


def test_a_study_counts_what_it_leaves_out_and_its_example_is_one():
    [row] = run.study(small_settings(), 0, "tanh", -1)
    assert row["starts"] == 120
    assert 0 < row["minima"] <= 120
    assert all(sum(row["removed"][m]) == row["minima"] for m in nets.METHODS)
    example = row["example"]
    assert example is not None
    assert not example["able"][example["pruned"]["magnitude"]["q"]]
    assert not example["able"][example["pruned"]["OBD"]["q"]]
    t = targets(-1.0)
    assert nets.solves(np.array([example["pruned"]["OBS"]["w"]]), t, "tanh")[0]
    file = io.BytesIO()
    figures.draw_example(file, row)
    assert file.getvalue()[:4] == b"\x89PNG"
    assert list(figures.figures([row])) == ["xor.png"]
    assert figures.figures([{**row, "example": None}]) == {}


def test_the_whole_in_quick(tmp_path, capsys):
    assert main(["xor", "--quick", "--jobs", "1", "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "xor" / "xor.json").read_text())
    page = capsys.readouterr().out
    assert "no verdicts" in page
    assert (tmp_path / "xor" / "xor.png").exists()
    rates, weights = found["tables"]
    assert len(rates["rows"]) == 12
    # Whatever the seeds: the six weights that the argument names are never removable.
    can = dict(zip(weights["columns"][1:], weights["rows"][0][1:]))
    assert all(can[name] == "0 %" for name in ("u11", "u12", "u21", "u22", "v1", "v2"))
    assert "brute force agrees" in page
