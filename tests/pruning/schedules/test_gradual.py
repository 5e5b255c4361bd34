"""Gradual pruning: exact counts spent on weights in effect, by laws; its parts by independent routes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnprune import (
    MLP,
    compact,
    make_digits,
    prune_gradually,
    prune_magnitude,
    prune_random,
    train,
    train_compact,
)
from nnprune.pruning.schedules.gradual import kept_counts


def magnitude(net, sparsity):
    return prune_magnitude(net, sparsity=sparsity)


def problem(seed=0, sizes=(6, 8, 5, 3), n=40):
    rng = np.random.default_rng(seed)
    return MLP(sizes, rng=seed), rng.normal(size=(n, sizes[0])), rng.integers(sizes[-1], size=n)


def on_paths(net):
    """Where a weight is, or would be if kept, on a path of kept weights from an input to an output."""
    up, down = [np.ones(net.sizes[0])], [np.ones(net.sizes[-1])]
    for M in net.masks:
        up.append((M @ up[-1] > 0).astype(float))
    for M in net.masks[::-1]:
        down.append((down[-1] @ M > 0).astype(float))
    ways = [u * d > 0 for u, d in zip(up, down[::-1])]  # units on a whole path
    ways[0][:] = True
    return [np.outer(after, before) for before, after in zip(ways, ways[1:])]


def n_effective(net):
    return sum(int((M & place).sum()) for M, place in zip(net.masks, on_paths(net)))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(0, 0.99), st.integers(1, 6), st.sampled_from(["geometric", "cubic"]))
def test_the_count_is_exact_and_pruned_weights_are_zero(seed, sparsity, rounds, shape):
    net, x, y = problem(seed)
    before = net.parameters()
    r = prune_gradually(net, x, y, lambda net, s: prune_random(net, sparsity=s, rng=seed), sparsity=sparsity,
                        rounds=rounds, steps=2, shape=shape, batch_size=10, rng=seed)
    gone = {tuple(row) for row in r.removed.tolist()}
    assert len(gone) == len(r.removed) == len(r.costs) == round(sparsity * net.n_weights)
    assert gone == {(l, *place) for l, M in enumerate(r.net.masks) for place in np.argwhere(~M).tolist()}
    assert all((W[~M] == 0).all() for W, M in zip(r.net.weights, r.net.masks))
    np.testing.assert_array_equal(net.parameters(), before)


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_no_weight_is_kept_in_vain_where_another_could_be(seed):
    """All that is kept has an effect, or no place is left where a weight would have one."""
    net, x, y = problem(seed, (6, 12, 12, 3))
    once = prune_random(net, sparsity=0.8, rng=seed).net
    r = prune_gradually(net, x, y, lambda net, s: prune_random(net, sparsity=s, rng=seed), sparsity=0.8, rounds=1,
                        steps=0)
    kept = sum(int(M.sum()) for M in r.net.masks)
    assert kept == net.n_weights - round(0.8 * net.n_weights)
    assert n_effective(r.net) >= n_effective(once)
    assert n_effective(r.net) == kept or not any((~M & place).any() for M, place in zip(r.net.masks, on_paths(r.net)))


def test_without_training_and_dead_weights_it_is_the_pruner_itself():
    net, x, y = problem()
    r, direct = prune_gradually(net, x, y, magnitude, sparsity=0.3, rounds=3, steps=0), magnitude(net, 0.3)
    np.testing.assert_array_equal(r.net.parameters(), direct.net.parameters())
    np.testing.assert_array_equal(r.removed, direct.removed)
    np.testing.assert_array_equal(r.costs, direct.costs)


def test_the_dearest_that_leads_somewhere_comes_back():
    """0.1 to 2 are removed, and with 0.5 the way out of unit 1: its 8 is idle, and 2 comes back for it."""
    net = MLP.from_arrays([[[1.0, 2.0, 3.0, 9.0], [0.1, 0.2, 0.3, 8.0]], [[5.0, 0.5]]], [[0, 0], [0]])
    r = prune_gradually(net, np.ones((2, 4)), [0, 0], magnitude, sparsity=0.6, rounds=1, steps=0)
    np.testing.assert_array_equal(r.net.weights[0], [[0, 2, 3, 9], [0, 0, 0, 0]])
    np.testing.assert_array_equal(r.net.weights[1], [[5, 0]])
    np.testing.assert_array_equal(r.costs, [0.1, 0.2, 0.3, 0.5, 1, 0])


def test_dead_weights_stay_where_nothing_else_is_left():
    net = MLP.from_arrays([[[1.0, 2.0, 9.0], [8.0, 7.0, 6.0]], [[5.0, 0.5]]], [[0, 0], [0]])
    r = prune_gradually(net, np.ones((2, 3)), [0, 0], magnitude, sparsity=3 / 8, rounds=1, steps=0)
    # 0.5, 1, 2 are removed and 6, 7, 8 are dead: 2 and 1 come back, and one of the dead makes the count exact
    np.testing.assert_array_equal(r.net.weights[0], [[1, 2, 9], [0, 0, 0]])
    assert sum(int(M.sum()) for M in r.net.masks) == 5


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 50), st.sampled_from(["geometric", "cubic"]))
def test_the_counts_fall_to_the_goal(a, b, rounds, shape):
    k = kept_counts(max(a, b), min(a, b), rounds, shape)
    assert len(k) == rounds
    assert k[-1] == min(a, b)
    assert all(i >= j for i, j in zip([max(a, b, 1), *k], k))


def test_training_the_compact_net_is_training_the_net():
    net, x, y = problem(3, (6, 12, 12, 3))
    pruned = prune_gradually(net, x, y, magnitude, sparsity=0.85, rounds=1, steps=0).net
    slow, options = pruned.copy(), {"epochs": 5, "batch_size": 8, "rng": 1, "weight_decay": 1e-2}
    assert compact(pruned).net.n_weights < net.n_weights / 2
    fast = train_compact(pruned, x, y, **options)
    train(slow, x, y, **options)
    np.testing.assert_allclose(fast.forward(x), slow.forward(x), atol=1e-9)
    for a, b, M in zip(fast.weights, slow.weights, fast.masks):
        np.testing.assert_allclose(a[M], b[M], atol=1e-9)


def test_rows_are_the_samples_trained_on():
    net, x, y = problem()
    x[5:] = 1e30  # would make the training diverge
    a = train_compact(net, x, y, rows=np.arange(5), epochs=2, batch_size=5)
    b = train_compact(net, x[:5], y[:5], epochs=2, batch_size=5)
    np.testing.assert_array_equal(a.parameters(), b.parameters())


def test_in_small_steps_it_keeps_more_than_at_once():
    data = make_digits(n_train=1500, n_test=500, rng=0)
    net = MLP((784, 30, 10), rng=0)
    train(net, data.x_train, data.y_train, epochs=3, batch_size=50)
    r = prune_gradually(net, data.x_train, data.y_train, magnitude, sparsity=0.98, rounds=20, steps=10, batch_size=50)
    once = magnitude(net, 0.98).net
    assert r.net.accuracy(data.x_test, data.y_test) > once.accuracy(data.x_test, data.y_test) + 0.1


@pytest.mark.parametrize(("options", "message"), [
    ({"sparsity": 1}, "sparsity must be a number in"),
    ({"rounds": 0}, "rounds must be a whole number of at least 1, but it is 0"),
    ({"steps": -1}, "steps must be a whole number of at least 0, but it is -1"),
    ({"shape": "linear"}, "shape 'linear' is unknown; known are: 'geometric', 'cubic'"),
])
def test_options_out_of_range(options, message):
    net, x, y = problem()
    with pytest.raises(ValueError, match=message):
        prune_gradually(net, x, y, magnitude, **{"sparsity": 0.5, **options})


def test_a_net_that_is_sparser_already_is_refused():
    net, x, y = problem()
    with pytest.raises(ValueError, match="only"):
        prune_gradually(magnitude(net, 0.5).net, x, y, magnitude, sparsity=0.4)
