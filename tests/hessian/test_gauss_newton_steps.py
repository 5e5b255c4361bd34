"""Gauss-Newton training: right where E is a quadratic, downhill everywhere, and only what remains is changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

from nnprune import MLP, prune_magnitude, train, train_gauss_newton


def linear(seed, decay=0.0, sparsity=0.0):
    """A linear net away from its minimum, x, t, and the minimum of E + decay/2 |w|^2 over what is not pruned."""
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(40, 5)) @ rng.normal(size=(5, 5)), rng.normal(size=(40, 2))
    net = prune_magnitude(MLP((5, 2), loss="mse", rng=seed), sparsity=sparsity).net
    A, best = np.column_stack([x, np.ones(40)]), []
    for k in range(2):
        S = np.append(net.masks[0][k], True)
        row = np.zeros(6)
        row[S] = np.linalg.solve(A[:, S].T @ A[:, S] / 40 + decay * np.eye(S.sum()), A[:, S].T @ t[:, k] / 40)
        best.append(row)
    return net, x, t, np.array(best)


@given(seed=st.integers(0, 99), decay=st.sampled_from([0.0, 0.1]), sparsity=st.sampled_from([0.0, 0.5]))
def test_one_undamped_step_of_a_linear_net_reaches_the_least_squares_optimum(seed, decay, sparsity):
    net, x, t, best = linear(seed, decay, sparsity)
    masks = net.masks
    [step] = train_gauss_newton(net, x, t, steps=1, damping=0, validation=0, weight_decay=decay)
    np.testing.assert_allclose(np.column_stack([net.weights[0], net.biases[0]]), best, atol=1e-7)
    w = net.parameters()
    assert step.loss == pytest.approx(net.loss(x, t) + decay / 2 * w @ w)
    assert (step.number, step.damping, step.validation_loss) == (1, 0.0, None)
    np.testing.assert_array_equal(net.masks[0], masks[0])
    assert not net.weights[0][~masks[0]].any()


def test_a_damped_step_is_that_of_levenberg_and_marquardt():
    net, x, t, _ = linear(3)
    A, w = np.column_stack([x, np.ones(40)]), np.column_stack([net.weights[0], net.biases[0]])
    H = A.T @ A / 40
    step = np.linalg.solve(H + 0.7 * np.diag(np.diag(H)), ((A @ w.T - t).T @ A / 40).T).T
    train_gauss_newton(net, x, t, steps=1, damping=0.7, validation=0)
    np.testing.assert_allclose(np.column_stack([net.weights[0], net.biases[0]]), w - step, atol=1e-9)


def test_where_the_matrix_is_singular_the_damping_is_raised_from_0_no_more_than_it_must():
    net, x = MLP((2, 1), loss="mse", rng=0), np.repeat([[0.0], [1.0], [2.0]], 2, axis=1)  # two inputs alike
    [step] = train_gauss_newton(net, x, [1.0, 3.0, 5.0], steps=1, damping=0, validation=0)
    assert step.damping == 1e-9
    np.testing.assert_allclose(net.forward(x)[:, 0], [1, 3, 5], atol=1e-6)


@given(net=nets(), damping=st.sampled_from([0.0, 1e-3, 1.0]))
def test_the_loss_falls_at_every_step_and_zeros_stay(net, damping):
    x, y = samples(net, n=12)
    net = prune_magnitude(net, sparsity=0.3).net
    losses, masks = [net.loss(x, y)], net.masks
    losses += [step.loss for step in train_gauss_newton(net, x, y, steps=4, damping=damping, validation=0)]
    assert (np.diff(losses) < 0).all()
    assert net.loss(x, y) == pytest.approx(losses[-1], abs=1e-12)
    for W, mask in zip(net.weights, masks):
        assert not W[~mask].any()


@pytest.mark.parametrize("c", [1e-4, 1.0, 1e4])
def test_the_units_of_the_inputs_do_not_matter(c):
    net, rng = MLP((4, 5, 3), activation="tanh", rng=0), np.random.default_rng(3)
    x, y = rng.normal(size=(60, 4)), rng.integers(3, size=60)
    scaled = MLP.from_arrays([net.weights[0] / [c, 1, 1 / c, 1], net.weights[1]], net.biases, "tanh")
    plain, other = (train_gauss_newton(n, a, y, steps=3) for n, a in ((net, x), (scaled, x * [c, 1, 1 / c, 1])))
    np.testing.assert_allclose([s.loss for s in other], [s.loss for s in plain], rtol=1e-7)
    assert [s.damping for s in other] == [s.damping for s in plain]


def test_the_net_of_the_smallest_validation_loss_is_kept():
    net, rng = MLP((6, 8, 3), activation="tanh", rng=0), np.random.default_rng(0)
    x, y = rng.normal(size=(30, 6)), rng.integers(3, size=30)  # noise: what fits it does not generalise
    apart = rng.normal(size=(200, 6)), rng.integers(3, size=200)
    before, seen = net.loss(*apart), []
    history = train_gauss_newton(net, x, y, steps=30, validation=apart, progress=lambda *done: seen.append(done))
    best = min([before] + [step.validation_loss for step in history])
    assert net.loss(*apart) == best
    assert len(history) < 30  # three steps without a better one have ended it
    assert best not in [step.validation_loss for step in history[-3:]]
    assert seen == [(k + 1, 30) for k in range(len(history))]


def test_a_validation_loss_that_stays_as_it_is_ends_the_training_after_three_steps_with_the_net_as_it_was():
    net, rng = MLP((3, 4, 1), activation="tanh", loss="mse", biases=False, rng=0), np.random.default_rng(0)
    x, before = rng.normal(size=(30, 3)), net.parameters()
    apart = np.zeros((5, 3)), np.ones(5)  # without biases the answer to 0 is 0 whatever the weights
    history = train_gauss_newton(net, x, np.sin(x).sum(axis=1), steps=10, validation=apart)
    assert [(step.number, step.validation_loss) for step in history] == [(1, 0.5), (2, 0.5), (3, 0.5)]
    np.testing.assert_array_equal(net.parameters(), before)


def test_the_share_kept_apart_is_sampled_by_the_seed_and_float32_is_taken():
    net, rng = MLP((4, 5, 3), rng=0), np.random.default_rng(0)
    x, y = rng.normal(size=(90, 4)).astype(np.float32), rng.integers(3, size=90)
    runs = [net.copy() for _ in range(3)]
    histories = [train_gauss_newton(n, x, list(y), steps=3, validation=0.3, rng=seed)
                 for n, seed in zip(runs, (0, 0, 1))]
    np.testing.assert_array_equal(runs[0].parameters(), runs[1].parameters())
    assert histories[0][0].validation_loss != histories[2][0].validation_loss


def test_a_pruned_net_is_better_after_it():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(600, 6))
    y = (x[:, :3] ** 2).sum(axis=1).argsort().argsort() * 3 // 600
    net = MLP((6, 12, 3), activation="tanh", rng=0)
    train(net, x, y, epochs=40)
    net = prune_magnitude(net, sparsity=0.6).net
    before = net.accuracy(x, y)
    train_gauss_newton(net, x, y)
    assert net.accuracy(x, y) > before + 0.05


def test_at_a_minimum_and_where_nothing_has_an_effect_there_is_no_step():
    net, x, t, _ = linear(0)
    train_gauss_newton(net, x, t, steps=1, damping=0, validation=0)
    w = net.parameters()
    for step in train_gauss_newton(net, x, t, validation=0):
        assert step.loss == pytest.approx(net.loss(x, t), rel=1e-12)
    np.testing.assert_allclose(net.parameters(), w, atol=1e-7)
    flat = MLP.from_arrays([[[1.0, 2.0]], [[1.0], [2.0]]], [[-50.0], None])  # its relu is dead
    assert train_gauss_newton(flat, np.eye(2), [0, 1]) == []


@pytest.mark.parametrize(("options", "message"), [
    ({"steps": -1}, "steps must be a whole number of at least 0, but it is -1"),
    ({"damping": -1}, "damping must be a number in"),
    ({"weight_decay": np.nan}, "weight_decay must be a number in"),
    ({"validation": 1.0}, "validation must be a number in"),
    ({"validation": 0.99}, "validation=0.99 of 30 samples leaves none to train on"),
    ({"validation": (1, 2, 3)}, "validation"),
    ({"validation": (np.ones((5, 2)), np.zeros(5))}, "2 columns"),
    ({"max_memory": 1e3}, "Gauss-Newton training of 43 parameters needs .*prune the net"),
    ({"y": np.full(30, 7)}, "labels from 0 to 2"),
    ({"y": None}, "y"),
    ({"x": np.full((30, 4), np.nan)}, "nan"),
])
def test_bad_input_is_refused_and_changes_nothing(options, message):
    net, rng = MLP((4, 5, 3), rng=0), np.random.default_rng(0)
    before = net.parameters()
    with pytest.raises(ValueError, match=message):
        train_gauss_newton(net, **{"x": rng.normal(size=(30, 4)), "y": rng.integers(3, size=30), **options})
    np.testing.assert_array_equal(net.parameters(), before)
