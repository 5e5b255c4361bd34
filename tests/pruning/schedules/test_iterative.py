"""Pruning in rounds: exact counts, by laws; the rounds written out; the parts by independent routes."""

import dataclasses
import functools
import inspect

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from problems import examples, samples

from nnprune import (
    MLP,
    NNPruneWarning,
    compact,
    make_digits,
    prune_iteratively,
    prune_magnitude,
    prune_random,
    train,
    train_compact,
)
from nnprune.pruning.schedules.iterative import kept_counts

# In the rounds of a schedule, dead weights replaced.
in_rounds = functools.partial(prune_iteratively, schedule="geometric", compact=True)


def magnitude(net, sparsity):
    return prune_magnitude(net, sparsity=sparsity)


@pytest.fixture
def problem():
    net = MLP((6, 8, 3), rng=0)  # 72 weights
    x, y = samples(net, n=60)
    return net, x, y


def test_it_trains_as_train_does_by_default():
    ours, its = (inspect.signature(f).parameters for f in (prune_iteratively, train))
    for name in ("learning_rate", "batch_size", "momentum", "weight_decay", "rng"):
        assert ours[name].default == its[name].default, name


def test_without_retraining_it_equals_pruning_at_once(problem):
    net, x, y = problem
    r = prune_iteratively(net, x, y, magnitude, sparsity=0.8, every=7, retrain=0)
    once = prune_magnitude(net, sparsity=0.8)
    np.testing.assert_array_equal(r.net.parameters(), once.net.parameters())
    np.testing.assert_array_equal(r.removed, once.removed)


def test_it_equals_the_rounds_written_out(problem):
    net, x, y = problem
    r = prune_iteratively(net, x, y, magnitude, sparsity=20 / 72, every=8, retrain=2, batch_size=60, momentum=0)
    slow = net
    for k in (8, 16, 20):
        slow = prune_magnitude(slow, sparsity=k / 72).net
        train(slow, x, y, iterations=2, batch_size=60, learning_rate=0.1, momentum=0,
                      learning_rate_schedule="constant")
    np.testing.assert_allclose(r.net.parameters(), slow.parameters(), rtol=1e-12)
    assert len(r.removed) == 20
    assert "2 iterations after every 8" in r.method


def test_pixels_are_told_once_for_all_rounds(problem):
    net, x, y = problem
    x = np.rint(255 * (x - x.min()) / np.ptp(x))
    with pytest.warns(NNPruneWarning) as said:
        prune_iteratively(net, x, y, magnitude, sparsity=0.5, every=8, learning_rate=1e-6)
    assert sum("as pixels do" in str(w.message) for w in said) == 1


def test_a_list_equals_single_runs_and_the_seed_decides(problem):
    net, x, y = problem
    options = {"every": 10, "retrain": 3, "batch_size": 8}
    many = prune_iteratively(net, x, y, magnitude, sparsity=[0.2, 0.5, 0.55, 0.9], **options)
    for r, s in zip(many, [0.2, 0.5, 0.55, 0.9]):
        one = prune_iteratively(net, x, y, magnitude, sparsity=s, **options)
        assert one.net.parameters().tobytes() == r.net.parameters().tobytes()
        assert len(r.removed) == round(s * 72) == len(r.costs)
    other = prune_iteratively(net, x, y, magnitude, sparsity=0.9, rng=1, **options)
    assert other.net.parameters().tobytes() != many[-1].net.parameters().tobytes()


def test_pruned_weights_stay_zero_and_retraining_helps(problem):
    net, x, y = problem
    train(net, x, y, epochs=100, batch_size=20, learning_rate=0.05)
    r = prune_iteratively(net, x, y, magnitude, sparsity=0.7, every=10, retrain=5, unit="epochs")
    for W, mask in zip(r.net.weights, r.net.masks):
        assert not W[~mask].any()
    assert r.net.loss(x, y) < prune_magnitude(net, sparsity=0.7).net.loss(x, y)


def test_it_goes_on_from_a_pruned_net(problem):
    net, x, y = problem
    half = prune_magnitude(net, sparsity=0.5).net
    r = prune_iteratively(half, x, y, magnitude, sparsity=0.8, every=10, retrain=0)
    assert len(r.removed) == round(0.8 * 72) - 36


@pytest.mark.parametrize(("options", "message"), [
    ({"every": 0}, "every must be a whole number of at least 1"),
    ({"retrain": -1}, "retrain"),
    ({"unit": "days"}, "unit 'days' is unknown; known are: 'iterations', 'epochs'"),
    ({"sparsity": 2}, "sparsity"),
])
def test_options_out_of_range(problem, options, message):
    with pytest.raises(ValueError, match=message):
        prune_iteratively(*problem, magnitude, **{"sparsity": 0.5, **options})


def test_a_pruner_that_removes_biases_is_refused(problem):
    def biases_too(net, sparsity):
        r = magnitude(net, sparsity)
        pruned = r.net.copy()
        pruned.set_masks(pruned.masks, [np.arange(len(b)) > 0 for b in pruned.biases])
        return dataclasses.replace(r, net=pruned, removed=np.vstack([r.removed, [[0, 0, 6], [1, 0, 8]]]),
                                   costs=np.append(r.costs, [0, 0]))

    with pytest.raises(ValueError, match="prune removed biases, which iterative pruning does not count"):
        prune_iteratively(*problem, biases_too, sparsity=0.5)


# -- geometric and cubic rounds on the compact net ----------------------------------------------------------------


def random_problem(seed=0, sizes=(6, 8, 5, 3), n=40):
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


@examples(40)
@given(st.integers(0, 10**6), st.floats(0, 0.99), st.integers(1, 6), st.sampled_from(["geometric", "cubic"]))
def test_the_count_is_exact_and_pruned_weights_are_zero(seed, sparsity, rounds, schedule):
    net, x, y = random_problem(seed)
    before = net.parameters()
    r = in_rounds(net, x, y, lambda net, s: prune_random(net, sparsity=s, rng=seed), sparsity=sparsity,
                  rounds=rounds, retrain=2, schedule=schedule, batch_size=10, rng=seed)
    gone = {tuple(row) for row in r.removed.tolist()}
    assert len(gone) == len(r.removed) == len(r.costs) == round(sparsity * net.n_weights)
    assert gone == {(l, *place) for l, M in enumerate(r.net.masks) for place in np.argwhere(~M).tolist()}
    assert all((W[~M] == 0).all() for W, M in zip(r.net.weights, r.net.masks))
    np.testing.assert_array_equal(net.parameters(), before)


@examples(40)
@given(st.integers(0, 10**6))
@example(51263)  # the pruner cuts the net in two: of no weight kept is there an effect
def test_no_weight_is_kept_in_vain_where_another_could_be(seed):
    """All that is kept has an effect, or no place is left where a weight would have one."""
    net, x, y = random_problem(seed, (6, 12, 12, 3))
    once = prune_random(net, sparsity=0.8, rng=seed).net
    r = in_rounds(net, x, y, lambda net, s: prune_random(net, sparsity=s, rng=seed), sparsity=0.8, rounds=1,
                  retrain=0)
    kept = sum(int(M.sum()) for M in r.net.masks)
    assert kept == net.n_weights - round(0.8 * net.n_weights)
    assert n_effective(r.net) >= n_effective(once)
    assert n_effective(r.net) == kept or not any((~M & place).any() for M, place in zip(r.net.masks, on_paths(r.net)))


def test_without_training_and_dead_weights_it_is_the_pruner_itself():
    net, x, y = random_problem()
    r, direct = in_rounds(net, x, y, magnitude, sparsity=0.3, rounds=3, retrain=0), magnitude(net, 0.3)
    np.testing.assert_array_equal(r.net.parameters(), direct.net.parameters())
    np.testing.assert_array_equal(r.removed, direct.removed)
    np.testing.assert_array_equal(r.costs, direct.costs)


def test_the_costliest_that_leads_somewhere_comes_back():
    """0.1 to 2 are removed, and with 0.5 the way out of unit 1: its 8 is idle, and 2 comes back for it."""
    net = MLP.from_arrays([[[1.0, 2.0, 3.0, 9.0], [0.1, 0.2, 0.3, 8.0]], [[5.0, 0.5]]], [[0, 0], [0]],
                          loss="mse")
    r = in_rounds(net, np.ones((2, 4)), [0, 0], magnitude, sparsity=0.6, rounds=1, retrain=0)
    np.testing.assert_array_equal(r.net.weights[0], [[0, 2, 3, 9], [0, 0, 0, 0]])
    np.testing.assert_array_equal(r.net.weights[1], [[5, 0]])
    np.testing.assert_array_equal(r.costs, [0.1, 0.2, 0.3, 0.5, 1, 0])


def test_dead_weights_stay_where_nothing_else_is_left():
    net = MLP.from_arrays([[[1.0, 2.0, 9.0], [8.0, 7.0, 6.0]], [[5.0, 0.5]]], [[0, 0], [0]], loss="mse")
    r = in_rounds(net, np.ones((2, 3)), [0, 0], magnitude, sparsity=3 / 8, rounds=1, retrain=0)
    # 0.5, 1, 2 are removed and 6, 7, 8 are dead: 2 and 1 come back, and one of the dead makes the count exact
    np.testing.assert_array_equal(r.net.weights[0], [[1, 2, 9], [0, 0, 0]])
    assert sum(int(M.sum()) for M in r.net.masks) == 5


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 50), st.sampled_from(["geometric", "cubic"]))
def test_the_counts_fall_to_the_goal(a, b, rounds, schedule):
    k = kept_counts(max(a, b), min(a, b), rounds, schedule)
    assert len(k) == rounds
    assert k[-1] == min(a, b)
    assert all(i >= j for i, j in zip([max(a, b, 1), *k], k))


def test_training_the_compact_net_is_training_the_net():
    net, x, y = random_problem(3, (6, 12, 12, 3))
    pruned = in_rounds(net, x, y, magnitude, sparsity=0.85, rounds=1, retrain=0).net
    slow, options = pruned.copy(), {"epochs": 5, "batch_size": 8, "rng": 1, "weight_decay": 1e-2}
    assert compact(pruned).net.n_weights < net.n_weights / 2
    fast = train_compact(pruned, x, y, **options)
    train(slow, x, y, **options)
    np.testing.assert_allclose(fast.forward(x), slow.forward(x), atol=1e-9)
    for a, b, M in zip(fast.weights, slow.weights, fast.masks):
        np.testing.assert_allclose(a[M], b[M], atol=1e-9)


def test_rows_are_the_samples_trained_on():
    net, x, y = random_problem()
    x[5:] = 1e30  # would make the training diverge
    a = train_compact(net, x, y, rows=np.arange(5), epochs=2, batch_size=5)
    b = train_compact(net, x[:5], y[:5], epochs=2, batch_size=5)
    np.testing.assert_array_equal(a.parameters(), b.parameters())


def test_in_small_steps_it_keeps_more_than_at_once():
    data = make_digits(n_train=1500, n_test=500, rng=0)
    net = MLP((784, 30, 10), rng=0)
    train(net, data.x_train, data.y_train, epochs=3, batch_size=50)
    r = in_rounds(net, data.x_train, data.y_train, magnitude, sparsity=0.98, rounds=20, retrain=10, batch_size=50)
    once = magnitude(net, 0.98).net
    assert r.net.accuracy(data.x_test, data.y_test) > once.accuracy(data.x_test, data.y_test) + 0.1


@pytest.mark.parametrize(("options", "message"), [
    ({"sparsity": [0.5, 0.6]}, "schedule='geometric' leads to one sparsity, but 2 are asked for"),
    ({"sparsity": 1}, "sparsity must be a number in"),
    ({"rounds": 0}, "rounds must be a whole number of at least 1, but it is 0"),
    ({"retrain": -1}, "retrain must be a whole number of at least 0, but it is -1"),
    ({"schedule": "linear"}, "schedule 'linear' is unknown; known are: 'steps', 'geometric', 'cubic'"),
])
def test_options_out_of_range_in_geometric_rounds(options, message):
    net, x, y = random_problem()
    with pytest.raises(ValueError, match=message):
        in_rounds(net, x, y, magnitude, **{"sparsity": 0.5, **options})


def test_a_net_that_is_sparser_already_is_refused():
    net, x, y = random_problem()
    with pytest.raises(ValueError, match="only"):
        in_rounds(magnitude(net, 0.5).net, x, y, magnitude, sparsity=0.4)
