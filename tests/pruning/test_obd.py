"""Optimal Brain Damage: where its back-pass is exact, where it is not, and what it removes."""

import numpy as np
import pytest
from hypothesis import given
from problems import nets, random_problem, samples

from nnprune import MLP
from nnprune.hessian.full import exact_diagonal, exact_hessian
from nnprune.pruning.obd import backpass_diagonal, prune_obd

DIAGONALS = ["backpass", "levenberg-marquardt", "exact", "gauss-newton"]
every_diagonal = pytest.mark.parametrize("hessian", DIAGONALS)


def problem(sizes=(4, 5, 4, 3), **options):
    return random_problem(sizes, **options)


@given(net=nets(max_units=1))
def test_with_one_unit_a_layer_nothing_is_left_out(net):
    """Here eq. 7 is the chain rule and nothing else: with the paper's minus sign before f'' this test fails."""
    x, y = samples(net)
    np.testing.assert_allclose(backpass_diagonal(net, x, y), np.diag(exact_hessian(net, x, y)), atol=1e-10)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_of_a_single_layer_the_back_pass_is_the_true_diagonal(loss):
    net, x, y = problem(sizes=(4, 3), loss=loss)
    np.testing.assert_allclose(backpass_diagonal(net, x, y), exact_diagonal(net, x, y), atol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu", "identity"])
def test_of_the_last_two_layers_too_if_the_loss_does_not_couple_the_outputs(activation):
    net, x, y = problem(activation=activation, loss="mse")
    first = net.weights[0].size + net.biases[0].size
    true, passed = exact_diagonal(net, x, y), backpass_diagonal(net, x, y)
    np.testing.assert_allclose(passed[first:], true[first:], atol=1e-10)
    # Further down the terms between different units are missed: here by more than a tenth of the diagonal.
    assert np.abs(passed - true)[:first].sum() > 0.1 * np.abs(true[:first]).sum()


def test_softmax_couples_the_outputs_so_the_back_pass_is_off_below_the_last_layer():
    net, x, y = problem(sizes=(4, 5, 3), activation="tanh")
    last = net.weights[1].size + net.biases[1].size
    true, passed = exact_diagonal(net, x, y), backpass_diagonal(net, x, y)
    np.testing.assert_allclose(passed[-last:], true[-last:], atol=1e-12)
    assert np.abs(passed - true)[:-last].sum() > 0.1 * np.abs(true[:-last]).sum()


def test_without_curvature_of_the_activation_the_variants_agree_in_pairs():
    net, x, y = problem(activation="relu")
    costs = {c: np.sort(prune_obd(net, x, y, sparsity=0.9, hessian=c).costs) for c in DIAGONALS}
    np.testing.assert_array_equal(costs["backpass"], costs["levenberg-marquardt"])
    np.testing.assert_allclose(costs["exact"], costs["gauss-newton"], atol=1e-12)
    tanh = problem(activation="tanh")
    assert (backpass_diagonal(*tanh, levenberg_marquardt=True) >= 0).all()
    assert (backpass_diagonal(*tanh) < 0).any()


@every_diagonal
@given(net=nets())
def test_the_smallest_saliencies_go_and_the_rest_stays(hessian, net):
    x, y = samples(net)
    r = prune_obd(net, x, y, sparsity=0.5, hessian=hessian)
    assert len(r.removed) == round(0.5 * net.n_weights)
    assert (np.diff(r.costs) >= 0).all()
    assert (r.costs >= 0).all()
    for W, new, mask in zip(net.weights, r.net.weights, r.net.masks):
        np.testing.assert_array_equal(new, np.where(mask, W, 0))


def test_the_prediction_is_exact_where_the_hessian_is_diagonal():
    """One linear unit with uncorrelated inputs, at its minimum: the rise of the loss is the sum of the costs."""
    x = np.array([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) * [1, 2, 3]
    net = MLP.from_arrays([[[3.0, 1.0, -0.2]]], loss="mse")
    y = net.forward(x)
    r = prune_obd(net, x, y, sparsity=0.67)
    assert r.net.loss(x, y) == pytest.approx(r.costs.sum())
    np.testing.assert_array_equal(r.removed, [[0, 0, 2], [0, 0, 1]])
    np.testing.assert_allclose(r.costs, [9 * 0.04 / 2, 4 / 2])


def test_negative_curvature_is_reported_and_does_not_make_a_weight_free():
    net, x, y = problem(activation="tanh")
    h = backpass_diagonal(net, x, y)
    r = prune_obd(net, x, y, sparsity=0.9, prune_biases=True)
    assert f"{(h < 0).sum()} negative curvatures" in r.method
    np.testing.assert_allclose(r.costs, np.sort(np.abs(h) * net.parameters() ** 2 / 2)[:len(r.costs)])


@every_diagonal
@pytest.mark.parametrize("activation", ["relu", "tanh", "identity"])
def test_long_batches_of_wide_layers(hessian, activation):
    """From 256 KB on NumPy works inside temporaries, where a slope of type bool cannot hold its square."""
    net = MLP((2, 300, 2), activation=activation, rng=0)
    x, y = samples(net, 1000)
    twice = [prune_obd(net, np.tile(x[:100], (k, 1)), np.tile(y[:100], k), sparsity=0.5, hessian=hessian)
             for k in (1, 10)]
    np.testing.assert_allclose(twice[0].costs, twice[1].costs, atol=1e-15)


@every_diagonal
def test_lists_layers_and_biases(hessian):
    net, x, y = problem()
    low, high = prune_obd(net, x, y, sparsity=[0.3, 0.6], hessian=hessian)
    np.testing.assert_array_equal(high.removed[:len(low.removed)], low.removed)
    layered = prune_obd(net, x, y, sparsity=0.5, scope="layer", hessian=hessian).net
    assert all(abs(mask.mean() - 0.5) < 0.1 for mask in layered.masks)
    both = prune_obd(net, x, y, sparsity=0.5, prune_biases=True, hessian=hessian)
    assert len(both.removed) == round(0.5 * net.parameters().size)
    np.testing.assert_array_equal(prune_obd(net, x, y, n_remove=len(low.removed), hessian=hessian).removed, low.removed)


def test_a_net_already_pruned_is_pruned_on():
    net, x, y = problem()
    once = prune_obd(net, x, y, sparsity=0.3)
    twice = prune_obd(once.net, x, y, sparsity=0.6)
    assert len(once.removed) + len(twice.removed) == round(0.6 * net.n_weights)
    assert not any(new[~mask].any() for new, mask in zip(twice.net.weights, once.net.masks))
    with pytest.raises(ValueError, match="more than that are pruned already"):
        prune_obd(once.net, x, y, sparsity=0.1)


def test_a_layer_that_loses_its_last_weight_is_reported():
    net = MLP.from_arrays([np.eye(3) * 5, np.full((1, 3), 1e-6)], activation="relu", loss="mse")
    r = prune_obd(net, np.eye(3), np.ones(3), sparsity=0.99)
    assert "layer 0 and 1 without any weight" in r.method
    some, every = prune_obd(net, np.eye(3), np.ones(3), sparsity=[0.1, 0.99])
    assert "without" not in some.method
    assert every.method == r.method


@pytest.mark.parametrize(("options", "message"), [
    ({"sparsity": 1}, r"sparsity must be a number in \[0, 1\)"),
    ({"sparsity": [0.5, 0.4]}, "must rise"),
    ({"sparsity": 0.5, "hessian": "diagonal"}, "hessian 'diagonal' is unknown"),
    ({"sparsity": 0.5, "scope": "unit"}, "scope 'unit' is unknown"),
    ({"sparsity": 0.5, "y": np.full(30, 3)}, "needs whole labels from 0 to 2"),
    ({"sparsity": 0.5, "x": np.ones((30, 2))}, "x has 2 columns"),
])
def test_bad_input_is_refused(options, message):
    net, x, y = problem()
    with pytest.raises(ValueError, match=message):
        prune_obd(net, **{"x": x, "y": y, **options})
