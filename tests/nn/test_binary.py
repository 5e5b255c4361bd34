"""One output for two classes: the binary cross-entropy against the softmax over (0, z), and against differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

import nnprune
from nnprune import MLP, prune_obd, train
from nnprune.hessian import empirical_fisher, exact_hessian, gauss_newton
from nnprune.nn.losses import LOSSES
from nnprune.pruning import backpass_diagonal

LOSS = LOSSES["binary_cross_entropy"]
binary_nets = nets().filter(lambda net: net.loss_name == "binary_cross_entropy")


def net_of(seed, activation="tanh"):
    net = MLP((3, 4, 1), activation=activation, loss="binary_cross_entropy", rng=0)
    net.set_parameters(np.random.default_rng(seed).normal(size=net.parameters().size))
    return net


def softmax_of(net):
    """The net with a first output that is always 0: the same probabilities by a softmax over two."""
    weights, biases = [W.copy() for W in net.weights], list(net.biases)
    weights[-1], biases[-1] = np.vstack([0 * weights[-1], weights[-1]]), np.append([0.0], biases[-1])
    return MLP.from_arrays(weights, biases, net.activation)


def own(two, one):
    """Which parameters of the net with two outputs are those of the net with one: those of its first output are not."""
    mask = np.ones(two.parameters().size, bool)
    n_last = one.weights[-1].size
    mask[len(mask) - 2 * n_last - 2:len(mask) - n_last - 2] = False  # the weights into output 0
    mask[-2] = False  # its bias
    return mask


@given(st.integers(0, 10**6), st.sampled_from(["tanh", "relu", "sigmoid"]))
def test_it_is_the_softmax_over_0_and_z(seed, activation):
    one = net_of(seed, activation)
    two, (x, y) = softmax_of(one), samples(one, n=9, seed=seed)
    keep = own(two, one)
    assert one.loss(x, y) == pytest.approx(two.loss(x, y))
    np.testing.assert_array_equal(one.predict(x), two.predict(x))
    np.testing.assert_allclose(one.predict_proba(x), two.predict_proba(x), atol=1e-12)
    np.testing.assert_allclose(one.gradient(x, y), two.gradient(x, y)[keep], atol=1e-12)
    for hessian in (gauss_newton, exact_hessian, empirical_fisher):
        np.testing.assert_allclose(hessian(one, x, y), hessian(two, x, y, keep=keep), atol=1e-12)
    np.testing.assert_allclose(backpass_diagonal(one, x, y), backpass_diagonal(two, x, y)[keep], atol=1e-12)


@given(st.integers(0, 10**6))
def test_the_derivatives_are_those_of_differences(seed):
    rng, h = np.random.default_rng(seed), 1e-5
    z, t, v = rng.normal(size=(6, 1)), rng.random((6, 1)), rng.normal(size=(6, 1))
    up, down = (LOSS.value_and_residual(z + s * h * v, t) for s in (1, -1))
    assert (LOSS.value_and_residual(z, t)[1] * v).sum() / 6 == pytest.approx((up[0] - down[0]) / (2 * h), abs=1e-8)
    np.testing.assert_allclose(LOSS.curve(z, v), (up[1] - down[1]) / (2 * h), atol=1e-8)


@given(binary_nets)
def test_the_hessian_is_the_change_of_the_gradient(net):
    if net.activation == "relu":
        return
    x, y = samples(net)
    w, H, h = net.parameters(), exact_hessian(net, x, y), 1e-5
    for k in range(len(w)):
        slopes = []
        for sign in (1, -1):
            moved = net.copy()
            moved.set_parameters(w + sign * h * (np.arange(len(w)) == k))
            slopes.append(moved.gradient(x, y))
        np.testing.assert_allclose(H[k], (slopes[0] - slopes[1]) / (2 * h), atol=1e-6)


def test_it_is_safe_for_any_size_of_z():
    z = np.array([[-1e4], [-800.0], [0.0], [800.0], [1e4]])
    for t in (0.0, 1.0):
        loss, r = LOSS.value_and_residual(z, np.full((5, 1), t))
        assert np.isfinite(loss)
        assert np.isfinite(r).all()
        assert np.isfinite(LOSS.curve(z, np.ones((5, 1)))).all()
    loss, r = LOSS.value_and_residual(np.array([[40.0]]), np.array([[1.0]]))
    assert loss == pytest.approx(np.exp(-40), rel=1e-12)  # not 0, as 1 - p would be
    assert r[0, 0] == pytest.approx(-np.exp(-40), rel=1e-12)


def test_training_learns_and_pruning_prunes():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 3))
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    net = MLP((3, 8, 1), loss="binary_cross_entropy", rng=0)
    history = train(net, x, y, epochs=30, batch_size=20, validation=0.2)
    assert net.accuracy(x, y) > 0.97
    assert history[-1].validation_accuracy > 0.95
    assert 0 < history[-1].validation_loss < 0.2
    for prune in (nnprune.prune_obs, prune_obd, nnprune.prune_obs_factored, nnprune.prune_snip):
        assert prune(net, x, y, sparsity=0.5).net.sparsity == 0.5
    assert nnprune.prune_obs(net, x, y, sparsity=0.5, refresh=4).net.accuracy(x, y) > 0.9


def test_a_classifier_of_scikit_learn_predicts_the_same():
    """By its formula: logistic of the logit, class 1 where that is above 1/2."""
    rng = np.random.default_rng(1)
    coefs, intercepts = [rng.normal(size=(5, 7)), rng.normal(size=(7, 1))], [rng.normal(size=7), rng.normal(size=1)]
    x = rng.normal(size=(2000, 5))
    p = 1 / (1 + np.exp(-(np.maximum(x @ coefs[0] + intercepts[0], 0) @ coefs[1] + intercepts[1])))
    net = MLP.from_arrays([C.T for C in coefs], intercepts, loss="binary_cross_entropy")
    np.testing.assert_array_equal(net.predict(x), (p[:, 0] > 0.5).astype(int))
    np.testing.assert_allclose(net.predict_proba(x)[:, 1], p[:, 0])


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_fitted_classifier_of_scikit_learn_predicts_the_same():
    neural = pytest.importorskip("sklearn.neural_network", reason="scikit-learn is not installed")
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2000, 5))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    model = neural.MLPClassifier((20,), max_iter=10, random_state=0, early_stopping=True).fit(x, y)
    net = MLP.from_arrays([C.T for C in model.coefs_], model.intercepts_, loss="binary_cross_entropy")
    np.testing.assert_array_equal(net.predict(x), model.predict(x))
    np.testing.assert_allclose(net.predict_proba(x), model.predict_proba(x))


@pytest.mark.parametrize("make", [
    lambda path: MLP((6, 4, 1)),
    lambda path: MLP.from_arrays([np.ones((1, 2))]),
])
def test_a_softmax_over_one_output_is_refused_with_the_remedy(make, tmp_path):
    with pytest.raises(ValueError, match="loss='binary_cross_entropy' for two classes, loss='mse' for numbers"):
        make(tmp_path)


def test_a_file_with_a_softmax_over_one_output_is_refused(tmp_path):
    from nnprune.nn.saving import net_arrays, write_arrays
    arrays = net_arrays(MLP((2, 1), loss="mse")) | {"loss": np.array("cross_entropy")}
    write_arrays(tmp_path / "net", arrays)
    with pytest.raises(ValueError, match="net: loss='cross_entropy' is a softmax, which over the one output"):
        MLP.load(tmp_path / "net")
    net = net_of(0)
    net.save(tmp_path / "net")
    assert MLP.load(tmp_path / "net").loss_name == "binary_cross_entropy"


@pytest.mark.parametrize(("y", "message"), [
    ([0, 1, 2], r"y\[2\] is 2, but a net with one output and loss='binary_cross_entropy' needs the labels 0 and 1"),
    ([-1, 1, 1], r"y\[0\] is -1, .*\(y \+ 1\) / 2 makes them of -1 and 1"),
    ([0.5, 1, 1.01], r"y\[2\] is 1\.01"),
    ([0, 1], r"y has the shape \(2,\), but \(3, 1\)|y has the shape \(2,\), but \(3,\)"),
    ([0, np.nan, 1], "y holds nan"),
])
def test_labels_that_are_none(y, message):
    with pytest.raises(ValueError, match=message) as error:
        net_of(0).loss(np.zeros((3, 3)), y)
    assert "2 outputs" not in str(error.value)


def test_several_outputs_and_no_probabilities_are_refused():
    with pytest.raises(ValueError, match="for one output, but the net has 3: take loss='cross_entropy' for 3"):
        MLP((2, 3), loss="binary_cross_entropy")
    with pytest.raises(ValueError, match="gives numbers, no probabilities"):
        MLP((2, 3), loss="mse").predict_proba(np.zeros((1, 2)))
    proba = MLP((2, 3)).predict_proba(np.random.default_rng(0).normal(size=(5, 2)).astype(np.float32))
    assert proba.dtype == np.float64
    np.testing.assert_allclose(proba.sum(axis=1), 1)
