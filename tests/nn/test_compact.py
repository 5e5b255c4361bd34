"""Compact nets: the same outputs, and that what is left is what paths of kept weights say."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

from nnprune import MLP, compact, drop_dead


@st.composite
def pruned_nets(draw, **options):
    """A small net with random masks, its biases masked too or not."""
    net = draw(nets(**options))
    rng, kept = np.random.default_rng(draw(st.integers(0, 999))), draw(st.sampled_from([0, 0.2, 0.4, 0.7]))
    masks = [rng.random(W.shape) < kept for W in net.weights]
    bias_masks, biases = net.bias_masks, list(net.biases)
    if draw(st.booleans()):
        bias_masks = [None if b is None else rng.random(b.shape) < 0.5 for b in net.biases]
    if draw(st.booleans()):  # a net may have biases in some layers only
        layer = draw(st.integers(0, len(net.weights) - 1))
        biases[layer] = None
    return MLP.from_arrays(net.weights, biases, net.activation, loss=net.loss_name, masks=masks,
                           bias_masks=[None if b is None else m for b, m in zip(biases, bias_masks)])


def n_kept(net):
    return sum(int(m.sum()) for m in [*net.masks, *net.bias_masks] if m is not None)


def same(a, b):
    """Whether two nets are the same, bit for bit."""
    pairs = itertools.chain.from_iterable(zip(getattr(a, n), getattr(b, n))
                                          for n in ("weights", "biases", "masks", "bias_masks"))
    return a.sizes == b.sizes and all((x is None and y is None) or np.array_equal(x, y) for x, y in pairs)


@given(pruned_nets(max_units=5))
def test_the_outputs_stay(net):
    before = net.copy()
    c, (x, _) = compact(net), samples(net)
    np.testing.assert_allclose(c.net.forward(x[:, c.inputs]), net.forward(x), atol=1e-12)
    np.testing.assert_allclose(drop_dead(net).forward(x), net.forward(x), atol=1e-12)
    assert same(net, before)


@given(pruned_nets(max_units=5))
def test_once_is_enough(net):
    small = compact(net).net
    again = compact(small)
    assert same(again.net, small)
    assert again.inputs.tolist() == list(range(small.sizes[0]))
    assert [u.tolist() for u in again.units] == [list(range(n)) for n in small.sizes[1:-1]]
    assert same(drop_dead(drop_dead(net)), drop_dead(net))


@given(pruned_nets(max_units=5))
def test_nothing_grows_and_places_are_told_right(net):
    c = compact(net)
    assert n_kept(c.net) == n_kept(drop_dead(net)) <= n_kept(net)
    assert c.net.sizes[1:-1] == tuple(len(u) for u in c.units)
    assert len(c.inputs) == c.net.sizes[0]
    assert c.net.sizes[-1] == net.sizes[-1]
    levels = [c.inputs, *c.units, np.arange(net.sizes[-1])]
    for l, (W, M) in enumerate(zip(c.net.weights, c.net.masks)):
        place = np.ix_(levels[l + 1], levels[l])
        assert all((np.diff(level) > 0).all() for level in levels)
        assert (W[M] == net.weights[l][place][M]).all()
        assert not (M & ~net.masks[l][place]).any()
        assert not W[~M].any()


@given(pruned_nets(max_units=5))
def test_every_unit_left_has_an_input_and_an_output(net):
    if any(b is None for b in net.biases):
        return  # a constant may have to stay where there is no bias to take it
    c = compact(net)
    if not any(M.any() for M in c.net.masks):
        assert c.net.sizes[:-1] == (1,) * (len(c.net.sizes) - 1)  # a constant net: one idle unit a level
        return
    for M, after in zip(c.net.masks, c.net.masks[1:]):
        assert M.any(axis=1).all()
        assert after.any(axis=0).all()
    assert c.net.masks[0].any(axis=0).all()


def on_a_path(net):
    """Masks of the weights that lie on a path of kept ones from an input to an output, path by path."""
    found = [np.zeros(W.shape, bool) for W in net.weights]
    for path in itertools.product(*map(range, net.sizes)):
        steps = list(zip(path[1:], path))
        if all(M[step] for M, step in zip(net.masks, steps)):
            for M, step in zip(found, steps):
                M[step] = True
    return found


@given(pruned_nets(biases=True, max_units=4))
def test_in_effect_is_what_lies_on_a_path(net):
    if any(b is None for b in net.biases):
        return
    for M, expected in zip(drop_dead(net).masks, on_a_path(net)):
        assert np.array_equal(M, expected)


@given(pruned_nets(biases=False, max_units=3), st.sampled_from(["tanh", "sigmoid"]))
def test_in_effect_is_what_changes_the_output_when_it_moves(net, activation):
    """Without biases nothing can be folded, and with these activations nothing hides a change but a dead unit."""
    net.activation = activation
    x, _ = samples(net, n=20)
    z, masks = net.forward(x), drop_dead(net).masks
    for l, M in enumerate(net.masks):
        for u, i in np.argwhere(M):
            moved = net.copy()
            moved.weights[l][u, i] += 0.5
            assert (np.abs(moved.forward(x) - z).max() > 1e-12) == masks[l][u, i]


@given(pruned_nets(max_units=5), st.integers(0, 99))
def test_there_and_back(net, seed):
    c, (x, _) = compact(net), samples(net)
    assert same(c.expand(c.net), drop_dead(net))
    # Training may have changed every parameter that is kept, and a fresh net of the sizes none is kept of.
    trained, fresh = c.net.copy(), MLP(c.net.sizes, activation=net.activation, loss="mse", biases=False, rng=seed)
    trained.set_parameters(np.random.default_rng(seed).normal(size=trained.parameters().size))
    for small in (trained, fresh):
        large = c.expand(small)
        assert large.sizes == net.sizes
        assert n_kept(large) == n_kept(small)
        np.testing.assert_allclose(large.forward(x), small.forward(x[:, c.inputs]), atol=1e-12)


@given(nets())
def test_an_unpruned_net_stays_as_it_is(net):
    c = compact(net)
    assert same(c.net, net)
    assert same(drop_dead(net), net)
    assert c.net.activation == net.activation
    assert c.net.loss_name == net.loss_name
    c.net.weights[0][:] = 0
    assert net.weights[0].any()  # no array is shared


def test_a_single_layer_loses_the_inputs_that_are_not_read():
    net = MLP((4, 2), rng=0)
    net.set_masks([[[0, 1, 0, 1]] * 2])
    c = compact(net)
    assert c.inputs.tolist() == [1, 3]
    assert c.units == []
    assert c.net.sizes == (2, 2)


@pytest.mark.parametrize("dead", [0, 1, 2])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_where_a_layer_dies_the_net_is_constant(activation, dead):
    net = MLP((3, 4, 4, 2), activation=activation, rng=0)
    net.set_parameters(np.random.default_rng(1).normal(size=net.parameters().size))
    net.set_masks([mask & (l != dead) for l, mask in enumerate(net.masks)])
    c, x = compact(net), np.eye(3)
    assert c.net.sizes == (1, 1, 1, 2)
    assert n_kept(c.net) == 2  # the two biases of the output
    np.testing.assert_allclose(c.net.forward(x[:, c.inputs]), net.forward(x))
    np.testing.assert_allclose(c.net.biases[2], net.forward(x)[0])


def test_a_constant_stays_where_no_bias_can_take_it():
    """sigmoid(0) = 1/2 from unit 1, which has no input; with tanh(0) = 0 it goes."""
    weights = [np.array([[1.0, 2], [0, 0]]), np.array([[3.0, 4]])]
    for activation, units in (("sigmoid", [0, 1]), ("tanh", [0])):
        net = MLP.from_arrays(weights, activation=activation, loss="mse", masks="zeros")
        c = compact(net)
        assert c.units[0].tolist() == units
        assert c.net.biases == [None, None]
        np.testing.assert_allclose(c.net.forward(np.eye(2)), net.forward(np.eye(2)))


def test_a_pruned_bias_that_gets_a_constant_is_kept_again():
    net = MLP.from_arrays([np.array([[1.0], [0]]), np.array([[3.0, 4], [5, 0]])], [[0, 2.0], [0, 0]], masks="zeros",
                          bias_masks=[[1, 1], [0, 0]])
    small = compact(net).net
    assert small.biases[1].tolist() == [8, 0]  # 4 f(2) for the first, nothing for the second
    assert small.bias_masks[1].tolist() == [True, False]


def test_what_makes_no_sense_is_refused():
    net = MLP((3, 4, 2), rng=0)
    c = compact(net)
    with pytest.raises(ValueError, match=r"sizes \(3, 5, 2\), but the compact one has \(3, 4, 2\)"):
        c.expand(MLP((3, 5, 2)))
    net.set_masks([net.masks[0], [[0, 1, 1, 1]] * 2])
    net.weights[1][1, 0] = 3
    with pytest.raises(ValueError, match=r"net.weights\[1\] holds 3 at index \(1, 0\), where its mask says pruned"):
        compact(net)
