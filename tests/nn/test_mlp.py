"""The net: its gradient against differences, its parameters as one vector, its file."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

import nnprune
from nnprune import MLP
from nnprune.nn.activations import ACTIVATIONS
from nnprune.nn.losses import LOSSES


@given(nets(), st.integers(0, 99))
def test_gradient_equals_the_difference_along_a_random_direction(net, seed):
    x, y = samples(net, seed=seed)
    theta, d = net.parameters(), np.random.default_rng(seed).normal(size=net.parameters().size)

    def loss(step):
        moved = net.copy()
        moved.set_parameters(theta + step * d)
        return moved.loss(x, y)

    h = 1e-6
    slopes = [(loss(h) - loss(0)) / h, (loss(0) - loss(-h)) / h, (loss(h) - loss(-h)) / (2 * h)]
    slope = net.gradient(x, y) @ d
    # At a kink of the relu the one-sided differences disagree; the derivative then lies between them.
    slack = 1e-6 * (1 + abs(slope)) + abs(slopes[0] - slopes[1])
    assert abs(slope - slopes[2]) <= slack


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_the_derivatives_of_the_activations(name):
    f, z, h = ACTIVATIONS[name], np.linspace(-3, 3, 24), 1e-5  # 24 points, without 0, the relu's kink
    a = f.f(z.copy(), out=np.empty_like(z))
    up, down = (f.f(z + s, out=np.empty_like(z)) for s in (h, -h))
    np.testing.assert_allclose(f.slope(a), (up - down) / (2 * h), atol=1e-8)
    np.testing.assert_allclose(f.curvature(a), (up - 2 * a + down) / h**2, atol=1e-4)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_derivatives_of_the_losses(name):
    rng, h = np.random.default_rng(0), 1e-5
    z, v, t = rng.normal(size=(1, 4)), rng.normal(size=(1, 4)), np.eye(4)[:1]
    value, residual = LOSSES[name].value_and_residual(z, t)
    up, down = (LOSSES[name].value_and_residual(z + s * v, t) for s in (h, -h))
    assert (residual * v).sum() == pytest.approx((up[0] - down[0]) / (2 * h), abs=1e-8)
    np.testing.assert_allclose(LOSSES[name].curve(z, v), (up[1] - down[1]) / (2 * h), atol=1e-8)


def test_the_cross_entropy_is_minus_the_log_of_the_softmax_and_survives_large_outputs():
    net = MLP.from_arrays([np.eye(3)])
    z = np.array([[1.0, 2.0, 3.0]])
    assert net.loss(z, [0]) == pytest.approx(-np.log(np.exp(1) / np.exp([1, 2, 3]).sum()))
    assert net.loss(1e6 * z, [2]) == 0
    assert net.loss(1e6 * z, [0]) == pytest.approx(2e6)


@given(nets(activation="identity", biases=False))
def test_a_net_of_identities_is_one_linear_map(net):
    x, product = samples(net)[0], np.eye(net.sizes[0])
    for W in net.weights:
        product = W @ product
    np.testing.assert_allclose(net.forward(x), x @ product.T, rtol=1e-9, atol=1e-12)


def test_logistic_is_the_sigmoid():
    net = MLP((2, 3, 2), activation="logistic", rng=0)
    assert net.activation == MLP.from_arrays(net.weights, activation="logistic").activation == "sigmoid"
    np.testing.assert_array_equal(net.parameters(), MLP((2, 3, 2), activation="sigmoid", rng=0).parameters())
    assert net.layer_inputs([[0.0, 0.0]])[0][1].tolist() == [[0.5] * 3]


def test_forward_by_hand():
    net = MLP.from_arrays([[[1, -1], [2, 0]], [[1, 1]]], [[0, -1], [0.5]], loss="mse")
    # layer 1: relu(1 - 2) = 0, relu(2 - 1) = 1; layer 2: 0 + 1 + 0.5
    np.testing.assert_array_equal(net.forward([[1, 2]]), [[1.5]])


@given(nets())
def test_float32_samples_give_float32_results_near_the_float64_ones(net):
    x, y = samples(net)
    assert net.forward(x.astype(np.float32)).dtype == np.float32
    np.testing.assert_allclose(net.forward(x.astype(np.float32)), net.forward(x), rtol=1e-3, atol=1e-3)


@given(nets())
def test_parameters_go_into_one_vector_and_back(net):
    vector, other = net.parameters(), MLP(net.sizes, loss="mse", biases=net.biases[0] is not None, rng=9)
    other.set_parameters(vector)
    for a, b in zip(net.weights + net.biases, other.weights + other.biases):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("kind", [np.float32, int, list])
def test_parameters_are_float64_whatever_is_set(kind):
    net, vector = MLP((2, 2), rng=0), [1, 2, 3, 4, 5, 6]
    net.set_parameters(vector if kind is list else np.array(vector, kind))
    assert {a.dtype for a in (*net.weights, *net.biases)} == {np.dtype(np.float64)}
    np.testing.assert_array_equal(net.parameters(), vector)


def test_set_parameters_leaves_pruned_weights_at_zero():
    net = nnprune.prune_magnitude(MLP((3, 4, 2), rng=0), sparsity=0.5).net
    net.set_parameters(np.ones(net.parameters().size))
    for W, mask in zip(net.weights, net.masks):
        np.testing.assert_array_equal(W, mask.astype(float))


@given(nets(), st.sampled_from([0.0, 0.5]))
def test_a_saved_net_comes_back_bit_for_bit(tmp_path_factory, net, sparsity):
    net = nnprune.prune_magnitude(net, sparsity=sparsity, prune_biases=True).net
    path = tmp_path_factory.mktemp("net") / "net with a space"
    net.save(path)
    back = MLP.load(path)
    assert (back.activation, back.loss_name) == (net.activation, net.loss_name)
    for name in ("weights", "masks", "biases", "bias_masks"):
        for a, b in zip(getattr(net, name), getattr(back, name)):
            assert (a is None and b is None) or (a.dtype == b.dtype and a.tobytes() == b.tobytes())


def saved(tmp_path, **changes):
    """A saved 2-2 net with some arrays replaced, or left out (None)."""
    MLP((2, 2), rng=0).save(tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz") as file:
        arrays = {**dict(file), **changes}
    np.savez(tmp_path / "net.npz", **{k: v for k, v in arrays.items() if v is not None})
    return tmp_path / "net.npz"


@pytest.mark.parametrize(("changes", "message"), [
    ({"format": np.array("other")}, "version"),
    ({"weights_0": None}, "'weights_0' is missing"),
    ({"masks_0": np.ones((2, 3), bool)}, "'masks_0' has dtype bool and shape"),
    ({"weights_0": np.ones((2, 2), int)}, "dtype int64"),
    ({"weights_0": np.full((2, 2), np.nan)}, "weights\\[0\\] holds nan"),
    ({"masks_0": np.zeros((2, 2), bool)}, "not 0 where the mask says pruned"),
    ({"activation": np.array("swish")}, "activation 'swish' is unknown"),
    ({"extra": np.ones(1)}, "no array 'extra'"),
    ({"biases_0": None}, "'biases_0' is missing"),
    ({"with_biases": np.array([False])}, "no array 'bias_masks_0'"),
    ({"sizes": np.array([2, 3])}, "'weights_0' has dtype float64 and shape \\(2, 2\\)"),
    ({"sizes": np.array([2, 2, 2])}, "'with_biases'"),
    ({"sizes": None}, "'sizes' is missing"),
    ({"biases_0": np.array([None, 1.0])}, "no saved net"),
])
def test_a_damaged_net_file_gets_one_clear_error(tmp_path, changes, message):
    path = saved(tmp_path, **changes)
    with pytest.raises(ValueError, match=message) as error:
        MLP.load(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04 half a zip", b"\x93NUMPY\x01\x00"])
def test_a_file_that_is_no_net(tmp_path, content):
    (tmp_path / "net.npz").write_bytes(content)
    with pytest.raises(ValueError, match="no saved net"):
        MLP.load(tmp_path / "net.npz")
    with pytest.raises(FileNotFoundError):
        MLP.load(tmp_path / "not there")


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    net, path = MLP((2, 2), rng=0), tmp_path / "net.npz"
    net.save(path)
    before = path.read_bytes()

    def full_disk(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full_disk)
    with pytest.raises(OSError, match="No space"):
        MLP((2, 2), rng=1).save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_from_arrays_shares_no_memory():
    W, b = np.ones((2, 2)), np.ones(2)
    net = MLP.from_arrays([W], [b])
    W[:], b[:] = 7, 7
    np.testing.assert_array_equal(net.forward([[1, 1]]), [[3, 3]])


@pytest.mark.parametrize(("make", "message"), [
    (lambda: MLP((3,)), "sizes"),
    (lambda: MLP((3, 0, 1)), "a layer's size must be a whole number of at least 1, but it is 0"),
    (lambda: MLP((3, 2), activation="gelu"), "activation 'gelu' is unknown; known are: 'relu', 'tanh', 'sigmoid'"),
    (lambda: MLP((3, 2), loss="hinge"), "loss 'hinge'"),
    (lambda: MLP.from_arrays([]), "weights is empty"),
    (lambda: MLP.from_arrays([np.ones((2, 3)), np.ones((3, 2)).T]), "transposed"),
    (lambda: MLP.from_arrays([[[np.inf]]]), "weights\\[0\\] holds inf at index \\(0, 0\\)"),
    (lambda: MLP.from_arrays([np.ones((2, 3))], [np.ones(3)]), "biases\\[0\\] has the shape \\(3,\\)"),
    (lambda: MLP.from_arrays([np.ones((2, 3))], []), "1 weight matrices but 0 biases"),
    (lambda: MLP.from_arrays([np.array([["a"]])]), "must hold numbers"),
])
def test_a_net_that_cannot_be(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("x", "y", "message"), [
    (np.empty((0, 3)), [], "x is empty"),
    (np.ones((2, 4)), [0, 1], "x has 4 columns, but 3 are needed"),
    (np.ones(3), [0], "2 axes"),
    ([[1, 2, np.nan]], [0], "x holds nan at index \\(0, 2\\)"),
    (np.ones((2, 3)), [0], "y has the shape \\(1,\\)"),
    (np.ones((2, 3)), [0, 2], "y\\[1\\] is 2, but a net with 2 outputs needs whole labels from 0 to 1"),
    (np.ones((2, 3)), [0, -1], "y\\[1\\] is -1"),
    (np.ones((2, 3)), [0.5, 1], "y\\[0\\] is 0.5"),
    (np.ones((2, 3)), [np.nan, 1], "y holds nan"),
])
@pytest.mark.parametrize("call", ["loss", "gradient", "train"])
def test_samples_that_do_not_fit(x, y, message, call):
    net = MLP((3, 2), rng=0)
    with pytest.raises(ValueError, match=message):
        nnprune.train(net, x, y) if call == "train" else getattr(net, call)(x, y)


def test_a_vector_of_parameters_of_another_length():
    with pytest.raises(ValueError, match=r"the vector has the shape \(7,\), but \(8,\) is needed"):
        MLP((3, 2), rng=0).set_parameters(np.ones(7))


def test_accuracy_wants_one_label_a_sample():
    assert MLP.from_arrays([np.eye(2)]).accuracy([[1, 0], [0, 1]], [0, 0]) == 0.5
    assert MLP.from_arrays([[[1.0]]], loss="mse").accuracy([[0], [1]], [0, 1]) == 1
    net = MLP((2, 2))
    for y, message in (([0, 1], "one label"), ([2], "y\\[0\\] is 2"), (["a"], "must hold numbers")):
        with pytest.raises(ValueError, match=message):
            net.accuracy([[1, 0]], y)
