"""Prune, retrain, repeat."""

import numpy as np
import pytest
from problems import samples

import nnprune
from nnprune import MLP, prune_and_retrain, prune_magnitude


def magnitude(net, sparsity):
    return prune_magnitude(net, sparsity=sparsity)


@pytest.fixture
def problem():
    net = MLP((6, 8, 3), rng=0)  # 72 weights
    x, y = samples(net, n=60)
    return net, x, y


def test_without_retraining_it_equals_pruning_at_once(problem):
    net, x, y = problem
    r = prune_and_retrain(net, x, y, magnitude, sparsity=0.8, every=7, retrain=0)
    once = prune_magnitude(net, sparsity=0.8)
    np.testing.assert_array_equal(r.net.parameters(), once.net.parameters())
    np.testing.assert_array_equal(r.removed, once.removed)


def test_it_equals_the_rounds_written_out(problem):
    net, x, y = problem
    r = prune_and_retrain(net, x, y, magnitude, sparsity=20 / 72, every=8, retrain=2, batch_size=60, momentum=0)
    slow = net
    for k in (8, 16, 20):
        slow = prune_magnitude(slow, sparsity=k / 72).net
        nnprune.train(slow, x, y, iterations=2, batch_size=60, learning_rate=0.1, momentum=0,
                      learning_rate_schedule="constant")
    np.testing.assert_allclose(r.net.parameters(), slow.parameters(), rtol=1e-12)
    assert len(r.removed) == 20
    assert "2 iterations after every 8" in r.method


def test_a_list_equals_single_runs_and_the_seed_decides(problem):
    net, x, y = problem
    options = {"every": 10, "retrain": 3, "batch_size": 8}
    many = prune_and_retrain(net, x, y, magnitude, sparsity=[0.2, 0.5, 0.55, 0.9], **options)
    for r, s in zip(many, [0.2, 0.5, 0.55, 0.9]):
        one = prune_and_retrain(net, x, y, magnitude, sparsity=s, **options)
        assert one.net.parameters().tobytes() == r.net.parameters().tobytes()
        assert len(r.removed) == round(s * 72) == len(r.costs)
    other = prune_and_retrain(net, x, y, magnitude, sparsity=0.9, rng=1, **options)
    assert other.net.parameters().tobytes() != many[-1].net.parameters().tobytes()


def test_pruned_weights_stay_zero_and_retraining_helps(problem):
    net, x, y = problem
    nnprune.train(net, x, y, epochs=100, batch_size=20, learning_rate=0.05)
    r = prune_and_retrain(net, x, y, magnitude, sparsity=0.7, every=10, retrain=5, unit="epochs")
    for W, mask in zip(r.net.weights, r.net.masks):
        assert not W[~mask].any()
    assert r.net.loss(x, y) < prune_magnitude(net, sparsity=0.7).net.loss(x, y)


def test_it_goes_on_from_a_pruned_net(problem):
    net, x, y = problem
    half = prune_magnitude(net, sparsity=0.5).net
    r = prune_and_retrain(half, x, y, magnitude, sparsity=0.8, every=10, retrain=0)
    assert len(r.removed) == round(0.8 * 72) - 36


@pytest.mark.parametrize(("options", "message"), [
    ({"every": 0}, "every must be a whole number of at least 1"),
    ({"retrain": -1}, "retrain"),
    ({"unit": "days"}, "unit 'days' is unknown; known are: 'iterations', 'epochs'"),
    ({"sparsity": 2}, "sparsity"),
])
def test_options_out_of_range(problem, options, message):
    with pytest.raises(ValueError, match=message):
        prune_and_retrain(*problem, magnitude, **{"sparsity": 0.5, **options})
