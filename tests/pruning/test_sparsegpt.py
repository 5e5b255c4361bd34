"""SparseGPT against OBS column by column, against exact L-OBS where they agree, and its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import layers, nets, samples, with_ones
from scipy import linalg

import nnprune
from nnprune import MLP, prune_lobs, prune_magnitude, prune_sparsegpt
from nnprune.nn.layer_matrix import column_masks, columns, prunable
from nnprune.pruning.lobs_exact import refit
from nnprune.pruning.reference import damped, in_column_order, layer_error, layer_hessian
from nnprune.pruning.sparsegpt import remove_in_order

blocks = st.sampled_from([1, 2, 3, 128])
quiet = pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")  # layers without any weight are no matter here


def one_layer(W, b):
    return MLP.from_arrays([W], None if b is None else [b], loss="mse")


@given(layers(max_inputs=7), st.floats(0, 0.99), st.sampled_from([0, 1e-4, 0.1]), blocks)
@quiet
def test_on_its_mask_it_is_obs_column_by_column(layer, sparsity, damping, block_size):
    W, b, X = layer
    net = one_layer(W, b)
    r = prune_sparsegpt(net, X, sparsity=sparsity, damping=damping, block_size=block_size)
    H = damped(layer_hessian(with_ones(X, b)), damping)
    np.testing.assert_allclose(columns(r.net, 0), in_column_order(columns(net, 0), H, ~column_masks(r.net, 0)),
                               atol=1e-8)
    assert len(r.removed) == round(sparsity * W.size)


@given(layers(max_inputs=7), st.floats(0, 0.99), blocks)
@quiet
def test_the_costs_add_up_to_the_measured_error_and_exact_compensation_has_less(layer, sparsity, block_size):
    W, b, X = layer
    net = one_layer(W, b)
    r = prune_sparsegpt(net, X, sparsity=sparsity, damping=0, block_size=block_size)
    C, A = columns(net, 0), with_ones(X, b)
    error = layer_error(columns(r.net, 0), C, A)
    assert r.costs.sum() == pytest.approx(error, rel=1e-8, abs=1e-10)
    best = refit(layer_hessian(A), C, column_masks(r.net, 0), np.ones(A.shape[1], bool))
    assert layer_error(best, C, A) <= error * (1 + 1e-9) + 1e-12


@given(layers(max_inputs=7), st.integers(0, 7), blocks)
@quiet
def test_where_each_units_removed_weights_come_first_it_is_exact(layer, k, block_size):
    """Then all that remains is behind, and nothing is lost by compensating there only."""
    W, b, X = layer
    C, A, k = columns(one_layer(W, b), 0), with_ones(X, b), min(k, W.shape[1])
    kept = np.ones(C.shape, bool)
    kept[:, :k] = False
    H = layer_hessian(A)
    new, _, _, _ = remove_in_order(C, linalg.cholesky(np.linalg.inv(H)), kept, kept & False, 0, block_size)
    np.testing.assert_allclose(new, refit(H, C, kept, np.ones(len(H), bool)), atol=1e-8)


@given(layers(max_units=1))
def test_the_first_weight_alone_is_removed_as_by_exact_lobs(layer):
    W, b, X = layer
    W[0, 0] = 1e-3  # so it goes
    one, other = (prune(one_layer(W, b), X, sparsity=1 / W.size if W.size > 1 else 0)
                  for prune in (prune_sparsegpt, prune_lobs))
    if W.size > 1 and other.removed[0, 2] == 0 == one.removed[0, 2]:
        np.testing.assert_allclose(one.net.parameters(), other.net.parameters(), atol=1e-9)
        np.testing.assert_allclose(one.costs, other.costs, rtol=1e-8)


@given(st.integers(0, 99), st.floats(0, 0.99))
def test_with_a_multiple_of_the_identity_in_one_block_it_is_magnitude(seed, sparsity):
    W = np.random.default_rng(seed).normal(size=(3, 6))
    net, X = one_layer(W, None), 2 * np.eye(6)
    r = prune_sparsegpt(net, X, sparsity=sparsity, damping=0)
    same = prune_magnitude(net, sparsity=sparsity)
    np.testing.assert_array_equal(r.net.masks[0], same.net.masks[0])
    np.testing.assert_allclose(r.net.weights[0], same.net.weights[0], atol=1e-12)


@given(layers(max_inputs=7), st.floats(0, 0.99), st.integers(1, 8))
@quiet
def test_every_block_loses_its_share_and_changes_behind_it_are_those_of_single_columns(layer, sparsity, block_size):
    W, b, X = layer
    C, may = columns(one_layer(W, b), 0), prunable(one_layer(W, b), 0, False)
    U = linalg.cholesky(np.linalg.inv(layer_hessian(with_ones(X, b))))
    k = int(sparsity * W.size)
    new, kept, removed, costs = remove_in_order(C, U, np.ones(C.shape, bool), may, k, block_size)
    for j in range(0, W.shape[1], block_size):
        lost, size = (~kept[:, :j + block_size]).sum(), may[:, :j + block_size].sum()
        assert lost == k * size // W.size
    again = remove_in_order(C, U, kept, may & False, 0, 1)[0]  # the mask given, each column its own block
    np.testing.assert_allclose(new, again, atol=1e-9)
    assert len(removed) == len(costs) == k
    assert (np.diff(removed[:, 1]) >= 0).all()


@given(nets(max_units=6), st.floats(0, 0.9), blocks)
@quiet
def test_a_net_pruned_before_keeps_its_zeros(net, sparsity, block_size):
    x, _ = samples(net, n=30)
    before = prune_magnitude(net, sparsity=0.3).net
    r = prune_sparsegpt(before, x, sparsity=0.3 + 0.7 * sparsity, block_size=block_size)
    assert not any((M & ~M0).any() for M, M0 in zip(r.net.masks, before.masks))
    assert n_pruned(r.net) == max(round((0.3 + 0.7 * sparsity) * net.n_weights), n_pruned(before))
    assert len(r.removed) == n_pruned(r.net) - n_pruned(before)


def n_pruned(net):
    return sum(int((~M).sum()) for M in net.masks)


def test_dead_inputs_cost_nothing_and_go_first_in_their_block():
    net, x = MLP((6, 5, 3), rng=0), np.random.default_rng(0).normal(size=(40, 6))
    x[:, 2] = 0
    r = prune_sparsegpt(net, x, sparsity=0.3)
    assert not r.net.masks[0][:, 2].any()
    assert r.costs[r.removed[:, 2] == 2][:5].max() < 1e-200


def test_progress_several_sparsities_and_errors():
    net, seen = MLP((6, 5, 3), rng=0), []
    x = np.random.default_rng(0).normal(size=(40, 6))
    results = prune_sparsegpt(net, x, sparsity=[0.25, 0.5], progress=lambda *a: seen.append(a))
    assert seen == [(1, 2), (2, 2)]
    for r, s in zip(results, (0.25, 0.5), strict=True):
        np.testing.assert_array_equal(r.net.parameters(), prune_sparsegpt(net, x, sparsity=s).net.parameters())
        assert r.damping == 1e-3
    with pytest.raises(ValueError, match="block_size must be a whole number of at least 1, but it is 0"):
        prune_sparsegpt(net, x, sparsity=0.5, block_size=0)
    with pytest.raises(ValueError, match=r"sparsity must be a number in \[0, 1\)"):
        prune_sparsegpt(net, x, sparsity=95)
    with pytest.raises(ValueError, match="not positive definite with damping=0: .* say 0.0001"):
        nnprune.prune_sparsegpt(net, x[:3], sparsity=0.5, damping=0)
