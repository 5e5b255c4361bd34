"""Wanda: its scores by hand, what it is OBD of, and that units lose equal shares."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import layers, nets, samples, with_ones

import nnprune
from nnprune import MLP, prune_magnitude, prune_wanda
from nnprune.nn.layer_matrix import columns
from nnprune.pruning.reference import layer_error


def one_layer(W, b):
    return MLP.from_arrays([W], None if b is None else [b], loss="mse")


@given(layers(), st.floats(0, 0.99))
def test_each_unit_loses_its_smallest_products_of_weight_and_norm(layer, sparsity):
    W, b, X = layer
    r = prune_wanda(one_layer(W, b), X, sparsity=sparsity)
    scores = np.abs(W) * np.linalg.norm(X, axis=0) / np.sqrt(len(X))
    lost = (~r.net.masks[0]).sum(axis=1)
    assert lost.sum() == round(sparsity * W.size)
    assert lost.max() - lost.min() <= 1
    for unit, mask in enumerate(r.net.masks[0]):
        assert scores[unit, ~mask].max(initial=-1) <= scores[unit, mask].min(initial=np.inf)
    np.testing.assert_allclose(r.costs, scores[tuple(r.removed.T[1:])], atol=1e-12)
    np.testing.assert_array_equal(r.net.weights[0], np.where(r.net.masks[0], W, 0))


@given(layers())
def test_half_the_squared_score_is_what_removing_that_weight_alone_costs(layer):
    """OBD with the layer's Hessian: exact, since nothing else moves."""
    W, b, X = layer
    C = columns(one_layer(W, b), 0)
    r = prune_wanda(one_layer(W, b), X, n_remove=W.size - 1, scope="network")
    for (_, i, j), score in zip(r.removed, r.costs):
        new = C.copy()
        new[i, j] = 0
        assert layer_error(new, C, with_ones(X, b)) == pytest.approx(score**2 / 2, rel=1e-9, abs=1e-15)


@given(st.integers(0, 99), st.floats(0, 0.99), st.sampled_from(["unit", "layer"]))
def test_on_white_inputs_it_is_magnitude(seed, sparsity, scope):
    """Inputs of equal norms: within a unit, or within a layer."""
    rng = np.random.default_rng(seed)
    W, X = rng.normal(size=(3, 8)), np.linalg.qr(rng.normal(size=(20, 8)))[0]
    r = prune_wanda(one_layer(W, None), X, sparsity=sparsity, scope=scope)
    if scope == "layer":
        same = prune_magnitude(one_layer(W, None), sparsity=sparsity).removed
    else:  # every unit for itself
        lost = (~r.net.masks[0]).sum(axis=1)
        same = [[0, i, j] for i, k in enumerate(lost) for j in np.argsort(np.abs(W[i]))[:k]]
    assert {*map(tuple, r.removed.tolist())} == {*map(tuple, np.asarray(same).tolist())}


def test_a_small_weight_on_a_large_input_stays():
    net = one_layer(np.array([[2.0, 1.0, 3.0]]), np.zeros(1))
    x = np.array([[1.0, 10, 1], [1, -10, -1]])
    assert prune_wanda(net, x, sparsity=2 / 3).net.weights[0].tolist() == [[0, 1, 0]]
    assert prune_magnitude(net, sparsity=2 / 3).net.weights[0].tolist() == [[0, 0, 3]]


@given(nets(max_units=6), st.floats(0, 0.9), st.floats(0, 0.9))
@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")  # layers without any weight are no matter here
def test_pruned_before_the_units_end_with_equally_many_weights_where_they_can(net, before, more):
    """A unit that has lost more already loses less now."""
    x, _ = samples(net, n=20)
    net = prune_magnitude(net, sparsity=before, scope="layer").net
    r = prune_wanda(net, x, sparsity=min(net.sparsity + (1 - net.sparsity) * more, 0.999))
    for M, M0 in zip(r.net.masks, net.masks):
        kept, had = M.sum(axis=1), M0.sum(axis=1)
        assert not (M & ~M0).any()
        assert kept[kept < had].min(initial=99) >= kept.max() - 1  # who lost some is not below those that have most


@given(nets(), st.sampled_from(["unit", "layer", "network"]))
@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")
def test_several_sparsities_equal_single_ones(net, scope):
    x, _ = samples(net, n=20)
    _, many = prune_wanda(net, x, sparsity=[0.3, 0.6], scope=scope)
    np.testing.assert_array_equal(prune_wanda(net, x, sparsity=0.6, scope=scope).removed, many.removed)


def test_dead_inputs_go_first_and_errors_name_the_remedy():
    net, x = MLP((4, 3, 2), rng=0), np.random.default_rng(0).normal(size=(20, 4))
    x[:, 2] = 0
    assert not prune_wanda(net, x, sparsity=0.3).net.masks[0][:, 2].any()
    with pytest.raises(ValueError, match="n_remove=3 with scope='unit': .* take scope='network'"):
        prune_wanda(net, x, n_remove=3)
    with pytest.raises(ValueError, match="scope 'row' is unknown; known are: 'unit', 'layer', 'network'"):
        prune_wanda(net, x, sparsity=0.5, scope="row")
    with pytest.raises(ValueError, match="x has 3 columns"):
        nnprune.prune_wanda(net, x[:, :3], sparsity=0.5)
