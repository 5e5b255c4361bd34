"""Soft targets: the cross-entropy of rows of probabilities, by hand, by laws, and by what training makes of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnprune import MLP, train
from nnprune.nn.losses import LOSSES, log_softmax, one_hot, targets


def distributions(seed, n=5, c=4):
    """n rows that are >= 0 and add up to 1, some entries 0."""
    p = np.random.default_rng(seed).random((n, c)) * (np.random.default_rng(seed + 1).random((n, c)) < 0.7)
    p[:, 0] += 0.1
    return p / p.sum(axis=1, keepdims=True)


def test_by_hand():
    net = MLP.from_arrays([np.eye(2)])
    p = np.exp([1, 3]) / np.exp([1, 3]).sum()
    assert net.loss([[1.0, 3.0]], [[0.25, 0.75]]) == pytest.approx(-0.25 * np.log(p[0]) - 0.75 * np.log(p[1]))


@given(st.integers(0, 10**6))
def test_one_hot_rows_are_labels(seed):
    rng = np.random.default_rng(seed)
    net, x, y = MLP((3, 4, 3), rng=seed), rng.normal(size=(6, 3)), rng.integers(3, size=6)
    rows = np.array([[float(k == label) for k in range(3)] for label in y])
    assert net.loss(x, rows) == net.loss(x, y)
    np.testing.assert_array_equal(net.gradient(x, rows), net.gradient(x, y))
    np.testing.assert_array_equal(one_hot(y, 6, 3, float), rows)


@given(st.integers(0, 10**6))
def test_the_loss_of_a_mixture_is_the_mixture_of_the_losses(seed):
    rng = np.random.default_rng(seed)
    net, x, t = MLP((3, 4, 4), rng=seed), rng.normal(size=(1, 3)), distributions(seed, n=1)
    assert net.loss(x, t) == pytest.approx(sum(t[0, k] * net.loss(x, [k]) for k in range(4)))
    np.testing.assert_allclose(net.gradient(x, t), sum(t[0, k] * net.gradient(x, [k]) for k in range(4)), atol=1e-12)


@given(st.integers(0, 10**6))
def test_the_residual_is_the_slope_at_soft_targets_too(seed):
    z, t, h = np.random.default_rng(seed).normal(size=(5, 4)), distributions(seed), 1e-5
    loss, v = LOSSES["cross_entropy"].value_and_residual, np.random.default_rng(seed + 2).normal(size=(5, 4))
    slope = (loss(z + h * v, t)[0] - loss(z - h * v, t)[0]) / (2 * h)
    assert (loss(z, t)[1] * v).sum() / 5 == pytest.approx(slope, abs=1e-8)


@given(st.integers(0, 10**6))
def test_the_net_that_gave_the_targets_is_at_the_minimum(seed):
    """Its loss is the mean entropy of its rows, its gradient 0."""
    net, x = MLP((3, 4, 4), rng=seed), np.random.default_rng(seed).normal(size=(6, 3))
    log_p = log_softmax(net.forward(x))
    assert net.loss(x, np.exp(log_p)) == pytest.approx(-np.mean(np.sum(np.exp(log_p) * log_p, axis=1)))
    np.testing.assert_allclose(net.gradient(x, np.exp(log_p)), 0, atol=1e-12)


def test_training_on_soft_targets_reaches_them():
    x, t = np.eye(3), np.array([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]])
    net = MLP((3, 3), rng=0)
    train(net, x, t, epochs=2000, batch_size=3, learning_rate=0.5)
    np.testing.assert_allclose(np.exp(log_softmax(net.forward(x))), t, atol=1e-3)


def test_float32_rows_of_a_softmax_pass():
    p = np.exp(log_softmax(np.random.default_rng(0).normal(size=(1000, 10)).astype(np.float32)))
    assert targets(p, 1000, 10, "cross_entropy", np.float32) is p


def test_labels_of_another_shape():
    with pytest.raises(ValueError, match=r"y has the shape \(1, 2\), but \(2,\) is needed"):
        one_hot([[0, 1]], 2, 2, int)


@pytest.mark.parametrize(("row", "message"), [
    ([0.5, 0.6], r"y\[1\] adds up to 1.1"),
    ([-0.1, 1.1], r"y\[1, 0\] is -0.1"),
    ([np.nan, 1.0], r"y holds nan at index \(1, 0\)"),
])
def test_rows_that_are_no_distribution(row, message):
    with pytest.raises(ValueError, match=message):
        MLP((2, 2), rng=0).loss(np.eye(2), [[0.5, 0.5], row])


def test_the_accuracy_of_rows_is_that_of_their_largest_entries():
    net, x, y = MLP((2, 3), rng=0), np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 3
    right = np.mean(net.predict(x) == y)
    for form in (y, y.tolist(), y[:, None], np.eye(3)[y], 0.8 * np.eye(3)[y] + 0.2 / 3):
        assert net.accuracy(x, form) == right
    with pytest.raises(ValueError, match=r"y holds 0\.5, but the accuracy needs labels or one-hot rows; of a regr"):
        MLP((2, 3), loss="mse", rng=0).accuracy(x, np.full((20, 3), 0.5))
    with pytest.raises(ValueError, match=r"y holds 2, but the accuracy needs labels 0 and 1; of a regression take"):
        MLP((2, 1), loss="mse", rng=0).accuracy(x, y)
