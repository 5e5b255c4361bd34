"""Magnitude and random pruning, and what all pruners share: exact counts, nested masks, inputs untouched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

from nnprune import MLP, prune_lobs, prune_magnitude, prune_random
from nnprune.nn.layer_matrix import columns
from nnprune.pruning.masks import locate, smallest
from nnprune.pruning.result import prune_by_scores

# Every pruner, called alike.
PRUNERS = {
    "magnitude": prune_magnitude,
    "random": prune_random,
    "exact": lambda net, **options: prune_lobs(net, samples(net)[0], **options),
    "simplified": lambda net, **options: prune_lobs(net, samples(net)[0], inverse="shared", refresh=3, **options),
    "survivors": lambda net, **options: prune_lobs(net, samples(net)[0], inverse="survivors", refresh=3, **options),
    "never": lambda net, **options: prune_lobs(net, samples(net)[0], inverse="shared", **options),
}
every_pruner = pytest.mark.parametrize("prune", PRUNERS.values(), ids=PRUNERS)
sparsities = st.floats(0, 0.999)


def n_zeros(net):
    return sum(int((~m).sum()) for m in net.masks)


@every_pruner
@given(net=nets(), sparsity=sparsities, scope=st.sampled_from(["network", "layer"]))
def test_the_count_is_exact_and_masks_agree_with_zeros(prune, net, sparsity, scope):
    before = net.parameters()
    r = prune(net, sparsity=sparsity, scope=scope)
    assert n_zeros(r.net) == len(r.removed) == len(r.costs) == round(sparsity * net.n_weights)
    assert r.net.sparsity == pytest.approx(len(r.removed) / net.n_weights)
    for l, (W, mask) in enumerate(zip(r.net.weights, r.net.masks)):
        assert not W[~mask].any()
        pairs = {(u, q) for layer, u, q in r.removed if layer == l}
        assert pairs == set(zip(*np.nonzero(~mask)))
    np.testing.assert_array_equal(net.parameters(), before)
    assert n_zeros(net) == 0


@every_pruner
@given(net=nets(biases=True), sparsity=sparsities)
def test_biases_count_where_they_are_pruned(prune, net, sparsity):
    r = prune(net, sparsity=sparsity, prune_biases=True)
    gone = n_zeros(r.net) + sum(int((~m).sum()) for m in r.net.bias_masks)
    assert gone == len(r.removed) == round(sparsity * net.parameters().size)
    for b, mask in zip(r.net.biases, r.net.bias_masks):
        assert not b[~mask].any()


@every_pruner
@given(net=nets(), a=sparsities, b=sparsities)
def test_a_list_of_sparsities_is_nested_and_equals_single_runs(prune, net, a, b):
    a, b = sorted((a, b))
    if a == b:
        return
    both, (first, second) = [prune(net, sparsity=s) for s in (a, b)], prune(net, sparsity=[a, b])
    for one, other in zip(both, (first, second)):
        np.testing.assert_array_equal(one.net.parameters(), other.net.parameters())
        np.testing.assert_array_equal(one.removed, other.removed)
    for small, large in zip(second.net.masks, first.net.masks):
        assert not (small & ~large).any()


@every_pruner
@given(net=nets(), sparsity=sparsities)
def test_pruning_again_to_the_same_sparsity_removes_nothing(prune, net, sparsity):
    once = prune(net, sparsity=sparsity).net
    again = prune(once, sparsity=sparsity)
    assert len(again.removed) == 0
    np.testing.assert_array_equal(again.net.parameters(), once.parameters())


@every_pruner
@pytest.mark.parametrize(("options", "message"), [
    ({}, "give either sparsity or n_remove: sparsity=None, n_remove=None"),
    ({"n_remove": 2, "scope": "layer"}, "n_remove=2 does not go with scope='layer': give sparsity"),
    ({"sparsity": 0.5, "n_remove": 2}, "give either sparsity or n_remove: sparsity=0.5, n_remove=2"),
    ({"n_remove": 7}, "n_remove=7, but only 6 weights can be removed"),
    ({"n_remove": -1}, "n_remove must be a whole number of at least 0"),
])
def test_numbers_out_of_range(prune, options, message):
    with pytest.raises(ValueError, match=message):
        prune(MLP((3, 2), rng=0), **options)


@every_pruner
@given(net=nets(), data=st.data(), prune_biases=st.booleans())
def test_a_number_of_weights_is_removed_exactly(prune, net, data, prune_biases):
    """On a dense net, and on one that is pruned already: the number counts what this call removes."""
    k = data.draw(st.integers(0, net.parameters().size if prune_biases else net.n_weights))
    first = data.draw(st.integers(0, k))
    once = prune(net, n_remove=first, prune_biases=prune_biases)
    twice = prune(once.net, n_remove=k - first, prune_biases=prune_biases)
    whole = prune(net, n_remove=k, prune_biases=prune_biases)
    assert [len(r.removed) for r in (once, twice, whole)] == [first, k - first, k]
    assert sum(int((~m).sum()) for m in twice.net.masks + twice.net.bias_masks if m is not None) == k


def test_scores_of_ones_own_are_a_method():
    net = MLP((3, 4, 2), rng=0)
    scores = [np.abs(columns(net, l)) for l in range(2)]
    for options in ({"sparsity": 0.4}, {"n_remove": 9, "prune_biases": True},
                    {"sparsity": [0.2, 0.7], "scope": "layer"}):
        ours, theirs = prune_by_scores(net, scores, **options), prune_magnitude(net, **options)
        for a, b in zip(*(r if isinstance(r, list) else [r] for r in (ours, theirs))):
            np.testing.assert_array_equal(a.removed, b.removed)
            np.testing.assert_array_equal(a.net.parameters(), b.net.parameters())
    assert prune_by_scores(net, scores, sparsity=0.4, method="mine").method == "mine"


@pytest.mark.parametrize("scores", [
    [np.ones((4, 4))], [np.ones((4, 3)), np.ones((2, 5))], [np.ones((4, 4)), np.full((2, 5), np.nan)]])
def test_scores_that_do_not_fit_are_refused(scores):
    with pytest.raises(ValueError, match=r"the scores have the shapes .* \[\(4, 4\), \(2, 5\)\] are needed"):
        prune_by_scores(MLP((3, 4, 2), rng=0), scores, sparsity=0.5)
    with pytest.raises(ValueError, match="scores must be a list of matrices, one a layer, but it is a int"):
        prune_by_scores(MLP((3, 4, 2), rng=0), 3, sparsity=0.5)


@every_pruner
def test_a_layer_may_lose_all_its_weights(prune):
    net = prune(MLP((3, 1, 1), loss="mse", rng=0), sparsity=0.999).net
    assert n_zeros(net) == 4
    assert np.isfinite(net.forward(np.ones((1, 3)))).all()


@every_pruner
@pytest.mark.parametrize(("options", "message"), [
    ({"sparsity": 1.0}, "sparsity must be a number in \\[0, 1\\), but it is 1.0"),
    ({"sparsity": -0.1}, "-0.1"),
    ({"sparsity": np.nan}, "nan"),
    ({"sparsity": "0.5"}, "'0.5'"),
    ({"sparsity": []}, "empty"),
    ({"sparsity": [0.5, 0.5]}, "must rise, but 0.5 follows 0.5"),
    ({"sparsity": 0.5, "scope": "unit"}, "scope 'unit' is unknown"),
])
def test_arguments_out_of_range(prune, options, message):
    with pytest.raises(ValueError, match=message):
        prune(MLP((3, 2), rng=0), **options)


@every_pruner
def test_less_than_is_pruned_already_is_an_error(prune):
    net = prune_magnitude(MLP((4, 5), rng=0), sparsity=0.5).net
    with pytest.raises(ValueError, match="sparsity=0.25: 5 weights more than that are pruned already"):
        prune(net, sparsity=0.25)


@given(net=nets(), sparsity=sparsities)
def test_magnitude_keeps_the_largest_and_leaves_them_as_they_are(net, sparsity):
    r = prune_magnitude(net, sparsity=sparsity)
    pruned = np.concatenate([np.abs(W[~m]) for W, m in zip(net.weights, r.net.masks)])
    kept = np.concatenate([np.abs(W[m]) for W, m in zip(net.weights, r.net.masks)])
    assert pruned.max(initial=0) <= kept.min(initial=np.inf)
    assert (np.diff(r.costs) >= 0).all()
    for W, new, mask in zip(net.weights, r.net.weights, r.net.masks):
        np.testing.assert_array_equal(new, W * mask)


@given(net=nets(), sparsity=sparsities)
def test_per_layer_every_layer_loses_its_share(net, sparsity):
    r = prune_magnitude(net, sparsity=sparsity, scope="layer")
    for mask in r.net.masks:
        assert abs((~mask).sum() - sparsity * mask.size) < 1.5  # the shares are rounded to add up exactly


def test_random_draws_differ_by_seed_only():
    net = MLP((10, 10), rng=0)
    a, b, c = (prune_random(net, sparsity=0.5, rng=seed).net.masks[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(a, b)
    assert (a != c).any()


@given(st.lists(st.sampled_from([0.0, 1.0, 2.0, np.inf]), max_size=12), st.data())
def test_smallest_equals_a_full_stable_sort(scores, data):
    scores = np.array(scores)
    k = data.draw(st.integers(0, len(scores)))
    np.testing.assert_array_equal(smallest(scores, k), np.argsort(scores, kind="stable")[:k])


def test_locate_equals_unravel_index():
    shapes = [(2, 3), (1, 1), (4, 2)]
    rows = locate(np.arange(15), shapes)
    slow = [(l, u, q) for l, (n_out, d) in enumerate(shapes) for u in range(n_out) for q in range(d)]
    np.testing.assert_array_equal(rows, slow)
