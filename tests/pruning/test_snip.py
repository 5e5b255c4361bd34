"""SNIP and lottery tickets: what a switch is worth, which masks land on which weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, random_problem, samples

import nnprune
from nnprune import MLP, prune_magnitude, prune_random, prune_snip, rewind
from nnprune.nn.parameters import places
from nnprune.pruning.snip import connection_sensitivity


def problem(sizes=(4, 6, 5, 3), **options):
    return random_problem(sizes, **{"activation": "tanh", **options})


def with_switches(net, c):
    """The net that computes with c * w."""
    new = net.copy()
    new.set_parameters(c * net.parameters())
    return new


@given(net=nets(activation="tanh"), seed=st.integers(0, 99))
def test_the_saliency_is_the_derivative_by_the_switch(net, seed):
    """By finite differences on c, the definition of the paper, with no use of w dE/dw."""
    x, y = samples(net)
    N, eps = net.parameters().size, 1e-6
    q = np.random.default_rng(seed).integers(N)
    step = eps * (np.arange(N) == q)
    slope = (with_switches(net, 1 + step).loss(x, y) - with_switches(net, 1 - step).loss(x, y)) / (2 * eps)
    assert connection_sensitivity(net, x, y)[q] == pytest.approx(abs(slope), rel=1e-5, abs=1e-8)


def test_for_one_linear_unit_the_derivative_by_hand():
    """E = 1/(2n) |X w - t|^2, so dE/dw = X'(Xw - t)/n: chosen so that the largest weight matters least."""
    X, w, t = np.diag([1.0, 2.0, 3.0]), np.array([4.0, 2.0, 1.0]), np.array([3.9, 1.0, -5.0])
    r = prune_snip(MLP.from_arrays([[w]], loss="mse"), X, t, sparsity=0.67)
    np.testing.assert_array_equal(r.removed, [[0, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(r.costs, [4 * 0.1 / 3, 2 * 2 * 3 / 3])
    np.testing.assert_array_equal(r.net.weights[0], [[0, 0, 1]])


@given(net=nets(activation="relu"), sparsity=st.floats(0, 0.99))
def test_saliency_is_conserved_in_every_hidden_unit(net, sparsity):
    """Tanaka et al. 2020, theorem 1: what comes into a relu unit equals what goes out, signs and bias included."""
    x, y = samples(net)
    net = prune_random(net, sparsity=sparsity).net
    wg, where = net.parameters() * net.gradient(x, y), places(net)
    for l in range(len(net.weights) - 1):
        for u in range(len(net.weights[l])):
            comes = wg[(where[:, 0] == l) & (where[:, 1] == u)].sum()
            bias = where[:, 2] == net.sizes[l + 1]
            goes = wg[(where[:, 0] == l + 1) & (where[:, 2] == u) & ~bias].sum()
            assert comes == pytest.approx(goes, abs=1e-9)


@given(net=nets(activation="relu"), factor=st.sampled_from([0.25, 4.0]))
def test_scale_moved_from_layer_to_layer_changes_nothing(net, factor):
    """A relu layer times a, the next one divided by a: the same function, the same saliencies, other magnitudes."""
    x, y = samples(net)
    moved = net.copy()
    moved.weights[0] = moved.weights[0] * factor
    if len(net.weights) > 1:
        moved.weights[1] = moved.weights[1] / factor
        if moved.biases[0] is not None:
            moved.biases[0] = moved.biases[0] * factor
        np.testing.assert_allclose(connection_sensitivity(moved, x, y), connection_sensitivity(net, x, y), rtol=1e-9)


def test_dead_inputs_go_first_and_an_optimum_has_no_saliency():
    net, x, y = problem(activation="relu", loss="mse")
    x[:, 2] = 0
    r = prune_snip(net, x, y, sparsity=6 / net.n_weights)
    np.testing.assert_array_equal(r.removed, [[0, u, 2] for u in range(6)])
    assert not r.costs.any()
    assert not connection_sensitivity(net, x, net.forward(x)).any()  # targets met: g = 0


@given(net=nets(), sparsity=st.floats(0, 0.999), scope=st.sampled_from(["network", "layer"]))
def test_the_smallest_go_the_count_is_exact_and_the_net_is_untouched(net, sparsity, scope):
    x, y = samples(net)
    before = net.copy()
    r = prune_snip(net, x, y, sparsity=sparsity, scope=scope)
    s = connection_sensitivity(net, x, y)
    kept = np.concatenate([m.ravel() for m in r.net.masks])
    of_weights = s[places(net)[:, 2] < np.array(net.sizes)[places(net)[:, 0]]]
    assert (~kept).sum() == len(r.removed) == round(sparsity * net.n_weights)
    if scope == "network":
        assert of_weights[~kept].max(initial=0) <= of_weights[kept].min(initial=np.inf)
    np.testing.assert_allclose(np.sort(r.costs), np.sort(of_weights[~kept]))
    np.testing.assert_array_equal(net.parameters(), before.parameters())
    for W, new, mask in zip(net.weights, r.net.weights, r.net.masks):
        np.testing.assert_array_equal(new, W * mask)


def test_lists_biases_pruned_nets_and_dead_layers():
    net, x, y = problem()
    low, high = prune_snip(net, x, y, sparsity=[0.3, 0.6])
    np.testing.assert_array_equal(high.removed[:len(low.removed)], low.removed)
    np.testing.assert_array_equal(prune_snip(net, x, y, n_remove=len(low.removed)).removed, low.removed)
    on = prune_snip(low.net, x, y, sparsity=0.6)
    assert len(low.removed) + len(on.removed) == len(high.removed)
    assert len(prune_snip(net, x, y, sparsity=0.5, prune_biases=True).removed) == round(net.parameters().size / 2)
    dead = prune_snip(MLP.from_arrays([np.eye(3), np.full((1, 3), 1e-6)], activation="relu", loss="mse"),
                      np.eye(3), np.ones(3), sparsity=[0.1, 0.99])
    assert "without any weight" not in dead[0].method
    assert dead[1].method == "SNIP, network, layer 0 and 1 without any weight"


@pytest.mark.parametrize(("options", "message"), [
    ({"sparsity": 1}, r"sparsity must be a number in \[0, 1\)"),
    ({"sparsity": 0.5, "scope": "unit"}, "scope 'unit' is unknown"),
    ({"sparsity": 0.5, "y": np.full(30, 3)}, "needs whole labels from 0 to 2"),
    ({"sparsity": 0.5, "x": np.ones((30, 2))}, "x has 2 columns"),
])
def test_bad_input_is_refused(options, message):
    net, x, y = problem()
    with pytest.raises(ValueError, match=message):
        prune_snip(net, **{"x": x, "y": y, **options})


@given(net=nets(), sparsity=st.floats(0, 0.999))
def test_a_ticket_has_the_masks_of_one_and_the_weights_of_the_other(net, sparsity):
    initial = net.copy()
    initial.set_parameters(np.arange(1.0, 1 + net.parameters().size))
    pruned = prune_magnitude(net, sparsity=sparsity, prune_biases=True).net
    ticket = rewind(pruned, initial)
    for new, mask, W in zip(ticket.weights + [b for b in ticket.biases if b is not None],
                            [*pruned.masks, *(m for m in pruned.bias_masks if m is not None)],
                            initial.weights + [b for b in initial.biases if b is not None]):
        np.testing.assert_array_equal(new, W * mask)
    assert ticket.sparsity == pruned.sparsity
    np.testing.assert_array_equal(rewind(pruned, net).parameters(), pruned.parameters())  # and back again
    assert initial.sparsity == 0
    assert not any(np.shares_memory(a, b) for a in ticket.masks for b in pruned.masks)


def test_shuffled_masks_keep_their_numbers_and_differ_by_seed_only():
    net = MLP((20, 10, 5), rng=0)
    pruned = prune_magnitude(net, sparsity=0.6).net
    a, b, c = (rewind(pruned, net, shuffle=seed) for seed in (0, 0, 1))
    for l, mask in enumerate(pruned.masks):
        assert a.masks[l].sum() == mask.sum()
        np.testing.assert_array_equal(a.masks[l], b.masks[l])
        np.testing.assert_array_equal(a.weights[l], net.weights[l] * a.masks[l])
    assert (a.masks[0] != c.masks[0]).any()
    assert (a.masks[0] != pruned.masks[0]).any()


def test_a_ticket_stays_sparse_in_training():
    net, x, y = problem()
    ticket = rewind(prune_magnitude(net, sparsity=0.8).net, MLP(net.sizes, loss="mse", rng=3))
    nnprune.train(ticket, x, y, epochs=2)
    assert not any(W[~mask].any() for W, mask in zip(ticket.weights, ticket.masks))


@pytest.mark.parametrize("other", [MLP((4, 6, 3), rng=0), MLP((4, 6, 5, 3), biases=False, rng=0)])
def test_masks_that_do_not_fit_are_refused(other):
    with pytest.raises(ValueError, match="do not fit MLP"):
        rewind(problem()[0], other)
