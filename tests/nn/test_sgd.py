"""Training: the step against the formula, masks, the options, the errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

import nnprune
from nnprune import MLP, train
from nnprune.nn.sgd import _Step


@given(nets(), st.sampled_from([0.0, 0.9]), st.sampled_from([0.0, 0.01]), st.sampled_from([0.0, 0.5]))
def test_the_fast_step_equals_the_formula(net, mu, decay, sparsity):
    net = nnprune.prune_random(net, sparsity=sparsity, rng=1).net
    x, y = samples(net, n=4)
    slow, v, eta = net.copy(), 0, 0.002  # so small that no net diverges in five steps, of which `train` would warn
    mask = nnprune.nn.backprop.flatten(net.masks, net.bias_masks)
    for _ in range(5):
        theta = slow.parameters()
        v = mask * (mu * v - eta * (slow.gradient(x, y) + decay * theta))
        slow.set_parameters(theta + v)
    train(net, x, y, iterations=5, batch_size=4, learning_rate=eta, momentum=mu, weight_decay=decay,
          learning_rate_schedule="constant")
    np.testing.assert_allclose(net.parameters(), slow.parameters(), rtol=1e-10, atol=1e-10)


@given(nets(), st.floats(0, 0.99), st.booleans())
def test_pruned_weights_stay_exactly_zero(net, sparsity, prune_biases):
    net = nnprune.prune_magnitude(net, sparsity=sparsity, prune_biases=prune_biases).net
    masks = [m.copy() for m in net.masks]
    # a rate at which no net of this kind diverges: `train` would warn
    train(net, *samples(net), epochs=3, batch_size=2, momentum=0.9, weight_decay=0.1, learning_rate=0.001)
    for W, mask, before in zip(net.weights, net.masks, masks):
        np.testing.assert_array_equal(mask, before)
        assert not W[~mask].any()
    for b, mask in zip(net.biases, net.bias_masks):
        assert b is None or not b[~mask].any()


def test_same_seed_same_bits_and_another_seed_others():
    data = nnprune.make_digits(300, 10, rng=0)

    def run(seed):
        net = MLP((784, 8, 10), rng=0)
        train(net, data.x_train, data.y_train, epochs=2, rng=seed)
        return net.parameters()

    assert run(0).tobytes() == run(0).tobytes()
    assert run(0).tobytes() != run(1).tobytes()


def test_it_learns_and_tells_how_it_goes():
    data, seen = nnprune.make_digits(1500, 300, rng=0), []
    net = MLP((784, 30, 10), rng=0)
    history = train(net, data.x_train, data.y_train, epochs=6, validation=0.2, callback=seen.append)
    assert seen == history
    assert [e.number for e in history] == [1, 2, 3, 4, 5, 6]
    assert history[-1].loss < 0.3 * history[0].loss
    assert history[-1].validation_accuracy > 0.8
    assert abs(history[-1].validation_accuracy - net.accuracy(data.x_test, data.y_test)) < 0.1


def test_the_validation_part_is_not_trained_on():
    # Two samples that contradict each other: whichever is kept apart, the other is learned perfectly.
    x, y = np.ones((2, 1)), np.array([0, 1])
    history = train(MLP((1, 2), rng=0), x, y, epochs=50, validation=0.5)
    assert history[-1].loss < 0.05
    assert history[-1].validation_accuracy == 0


def test_iterations_cut_an_epoch_short():
    net, (x, y) = MLP((3, 2), rng=0), samples(MLP((3, 2)), n=10)
    assert len(train(net, x, y, iterations=7, batch_size=2)) == 2
    assert train(net, x, y, iterations=0) == []


def test_the_cosine_ends_at_zero():
    rates = nnprune.nn.sgd._rates(0.2, "cosine", 100)
    assert rates[0] == 0.2
    assert rates[50] == pytest.approx(0.1)
    assert 0 < rates[-1] < 1e-4


def test_targets_of_the_squared_error_may_be_numbers():
    x = np.linspace(-1, 1, 20)[:, None]
    net = MLP((1, 1), loss="mse", rng=0)
    train(net, x, 3 * x[:, 0] + 1, epochs=300, batch_size=20, learning_rate=0.1)
    np.testing.assert_allclose([net.weights[0][0, 0], net.biases[0][0]], [3, 1], atol=1e-3)


@pytest.mark.parametrize(("options", "message"), [
    ({"epochs": -1}, "epochs must be a whole number of at least 0, but it is -1"),
    ({"batch_size": 0}, "batch_size"),
    ({"learning_rate": 0}, "learning_rate must be a number in \\(0, inf\\), but it is 0"),
    ({"learning_rate": np.nan}, "learning_rate"),
    ({"momentum": 1.0}, "momentum"),
    ({"weight_decay": -1e-4}, "weight_decay"),
    ({"validation": 1.0}, "validation"),
    ({"validation": 0.99}, "leaves none to train on"),
    ({"learning_rate_schedule": "step"}, "learning_rate_schedule 'step' is unknown; known are: 'cosine', 'constant'"),
])
def test_options_out_of_range(options, message):
    net, (x, y) = MLP((3, 2), rng=0), samples(MLP((3, 2)))
    with pytest.raises(ValueError, match=message):
        train(net, x, y, **options)


def test_divergence_is_an_error_and_leaves_the_net_of_the_last_good_epoch():
    net, good = MLP((3, 4, 2), loss="mse", rng=0), []
    with pytest.raises(ValueError, match="training diverged; a learning_rate below 1000"):
        train(net, 100 * samples(net)[0], samples(net)[1], epochs=500, learning_rate=1000,
              callback=lambda epoch: good.append(net.parameters()))
    assert len(good) < 500
    np.testing.assert_array_equal(net.parameters(), good[-1])


def test_weights_beyond_the_precision_of_the_samples_are_divergence_and_no_warning():
    with pytest.raises(ValueError, match="the loss is inf: training diverged"):
        train(MLP.from_arrays([[[1e39]]], loss="mse"), np.ones((4, 1), np.float32), np.ones(4))


def test_the_largest_weight_that_a_net_may_have_may_be_left_by_training():
    net = MLP.from_arrays([[[1e150]]], loss="mse")
    train(net, np.zeros((4, 1)), np.zeros(4), epochs=1)
    assert net.weights[0] == 1e150


def test_the_defaults_are_ten_epochs_of_batches_of_128():
    nets = [MLP((2, 3), rng=0), MLP((2, 3), rng=0)]
    x, y = samples(nets[0], n=300)
    train(nets[0], x, y)
    train(nets[1], x, y, epochs=10, batch_size=128, learning_rate=0.1, momentum=0.9, weight_decay=0,
          learning_rate_schedule="cosine")
    np.testing.assert_array_equal(nets[0].parameters(), nets[1].parameters())


def test_samples_in_fortran_order_are_copied_once_and_train_the_same_net():
    """A batch of rows out of columns makes np.take copy all samples, for every batch."""
    nets = [MLP((4, 3, 2), rng=0), MLP((4, 3, 2), rng=0)]
    x, y = samples(nets[0])
    for net, of in zip(nets, (x, np.asfortranarray(x))):
        train(net, of, y, epochs=2)
    np.testing.assert_array_equal(nets[0].parameters(), nets[1].parameters())
    step = _Step(nets[0], np.asfortranarray(x), np.zeros((len(x), 2)), 5, 0.9, 0.0)
    assert step.x.flags.c_contiguous
