"""Patterns n:m: of every m consecutive inputs of a unit, n weights are kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import arrays, nets, random_problem

import nnprune
from nnprune.hessian.downdate import PENDING
from nnprune.pruning.lobs_exact import refit, trace_layer
from nnprune.pruning.reference import lobs_layer


@st.composite
def grouped(draw):
    """C (n_out, d), H, which weights exist, and a pattern: d is some groups, and perhaps one column for the bias."""
    m = draw(st.integers(2, 4))
    groups, n_out, bias = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.booleans())
    d = m * groups + bias
    X = np.vstack([draw(arrays((d, d))), 3 * np.eye(d)])
    if bias:
        X[:, -1] = 1
    C = draw(arrays((n_out, d))) + np.random.default_rng(draw(st.integers(0, 99))).uniform(0.01, 0.2, size=(n_out, d))
    kept = draw(st.lists(st.booleans() | st.just(True), min_size=n_out * d, max_size=n_out * d))
    kept = np.array(kept).reshape(n_out, d)
    kept[:, m * groups:] = True
    return C * kept, X.T @ X / len(X), kept, (draw(st.integers(1, m - 1)), m)


def traced(C, H, kept, pattern, live=None):
    """Order and costs of one unit after the other, and the final weights and masks."""
    live, prunable, d = np.ones(len(H), bool) if live is None else live, kept.copy(), len(H)
    prunable[:, d // pattern[1] * pattern[1]:] = False
    order, costs = trace_layer(H, C, kept, prunable, live, pattern=pattern)
    left = kept.copy()
    for unit, columns in enumerate(order):
        left[unit, columns[columns >= 0]] = False
    return order, costs, refit(H, C, left, live), left


def error_without(w, H, S):
    """The least 1/2 (w^ - w)' H (w^ - w) over w^ that are 0 outside S, by least squares on H's root."""
    root = np.linalg.cholesky(H).T
    best = np.zeros(len(w))
    best[S] = np.linalg.lstsq(root[:, S], root @ w, rcond=None)[0]
    return np.sum((root @ (best - w)) ** 2) / 2, best


@given(grouped())
def test_every_choice_is_the_cheapest_that_the_pattern_allows_by_brute_force(problem):
    C, H, kept, (n, m) = problem
    order, costs, new, left = traced(C, H, kept, (n, m))
    whole = C.shape[1] // m * m
    for w, S, removed, rises, w_new in zip(C, kept.copy(), order, costs, new):
        start = error_without(w, H, S)[0]
        for q, rise in zip(removed[removed >= 0], rises):
            allowed = [j for j in np.flatnonzero(S[:whole]) if S[j // m * m:j // m * m + m].sum() > n]
            without = {int(j): error_without(w, H, S & (np.arange(len(w)) != j))[0] for j in allowed}
            assert without[int(q)] <= min(without.values()) * (1 + 1e-9) + 1e-12
            assert without[int(q)] - start == pytest.approx(rise, rel=1e-7, abs=1e-10)
            S[q], start = False, without[int(q)]
        np.testing.assert_allclose(w_new, error_without(w, H, S)[1], atol=1e-8)
    of_groups = left[:, :whole].reshape(len(C), -1, m).sum(axis=2)
    before = kept[:, :whole].reshape(len(C), -1, m).sum(axis=2)
    np.testing.assert_array_equal(of_groups, np.minimum(before, n))
    assert left[:, whole:].all()


def test_it_equals_the_slow_version_beyond_the_flush_of_pending_downdates():
    rng = np.random.default_rng(0)
    d, pattern = 2 * PENDING + 20, (1, 4)
    X, C = rng.normal(size=(3 * d, d + 1)), rng.normal(size=(2, d + 1))
    H, kept = X.T @ X / len(X), np.ones((2, d + 1), bool)
    order, costs, new, left = traced(C, H, kept, pattern)
    prunable = np.arange(d + 1) < d
    for unit in range(2):
        slow = lobs_layer(C[unit:unit + 1], H, d * 3 // 4, prunable[None], pattern)
        np.testing.assert_array_equal(order[unit, :d * 3 // 4], slow.removed[:, 1])
        np.testing.assert_allclose(costs[unit, :d * 3 // 4], slow.costs, rtol=1e-7)
        np.testing.assert_allclose(new[unit], slow.new[0], atol=1e-9)


def test_weights_of_dead_inputs_go_first_as_far_as_the_pattern_lets_them():
    H, live = np.eye(8), np.array([0, 0, 0, 1, 1, 1, 1, 1], bool)
    H[~live] = 0
    C = np.array([[9.0, 9, 9, 0.1, 4, 3, 2, 1]])
    order, costs, _, left = traced(C, H, np.ones((1, 8), bool), (2, 4), live)
    assert order[0, :4].tolist() == [0, 1, 7, 6]
    assert costs[0, :4].tolist() == [0, 0, 0.5, 2]
    assert left.tolist() == [[False, False, True, True, True, True, False, False]]


def in_groups(mask, m):
    return mask.reshape(len(mask), -1, m)


@given(nets(), st.integers(1, 3), st.data())
def test_magnitude_keeps_the_largest_of_every_group(net, m, data):
    m = m + 1
    n, groups = data.draw(st.integers(1, m - 1)), data.draw(st.integers(1, 3))
    W = np.random.default_rng(data.draw(st.integers(0, 99))).normal(size=(net.sizes[1], m * groups))
    mask = data.draw(arrays(W.shape, st.sampled_from([1, 1, 0])))
    net = nnprune.MLP.from_arrays([W, *net.weights[1:]], net.biases, loss="mse", masks=[mask, *net.masks[1:]])
    r = nnprune.prune_magnitude(net, pattern=f"{n}:{m}", layers=[0])
    left = np.zeros(W.shape, bool)
    for unit in range(len(W)):
        for start in range(0, m * groups, m):
            group = [j for j in range(start, start + m) if mask[unit, j]]
            left[unit, sorted(group, key=lambda j: -abs(W[unit, j]))[:n]] = True
    np.testing.assert_array_equal(r.net.masks[0], left)
    np.testing.assert_array_equal(r.net.weights[0], W * left)
    assert (np.diff(r.costs) >= 0).all()


@pytest.mark.parametrize("inputs", ["original", "pruned"])
@pytest.mark.parametrize("scope", ["network", "layer"])
def test_over_a_net_every_layer_is_what_prune_layer_makes_of_it(inputs, scope):
    net, x, _ = random_problem((8, 6, 4, 3), activation="tanh")
    r = nnprune.prune_lobs(net, x, pattern="1:2", inputs=inputs, scope=scope)
    assert r.method.startswith("L-OBS, exact, 1:2")
    for l in range(3):
        assert (in_groups(r.net.masks[l], 2).sum(axis=2) == 1).all()
        if inputs == "original" or l == 0:
            alone = nnprune.prune_layer(net.weights[l], net.layer_inputs(x)[0][l], bias=net.biases[l], pattern="1:2")
            np.testing.assert_array_equal(r.removed[r.removed[:, 0] == l, 1:], alone.order)
            np.testing.assert_allclose(r.net.weights[l], alone.W, atol=1e-12)
    some = nnprune.prune_lobs(net, x, pattern="1:2", inputs=inputs, scope=scope, layers=[0, 2])
    assert some.net.masks[1].all()
    np.testing.assert_array_equal(some.net.masks[0], r.net.masks[0])


def test_it_compensates_better_than_magnitude_in_the_same_pattern():
    net, x, _ = random_problem((16, 8, 4), n=200)
    errors = [np.sum((x @ (r.net.weights[0] - net.weights[0]).T) ** 2)
              for r in (nnprune.prune_lobs(net, x, pattern="2:4"), nnprune.prune_magnitude(net, pattern="2:4"))]
    assert errors[0] < errors[1]


NET, X, _ = random_problem((8, 6, 2))


@pytest.mark.parametrize(("options", "message"), [
    ({"pattern": "2:4"}, "4 does not divide the 6 inputs of layer 1; take another m, or leave this layer out"),
    ({"pattern": "2-4"}, "pattern must be 'n:m' with 0 < n < m, such as '2:4' .* but it is '2-4'"),
    ({"pattern": "2:2"}, "pattern must be 'n:m'"),
    ({"pattern": "0:2"}, "pattern must be 'n:m'"),
    ({"pattern": 2}, "pattern must be 'n:m'"),
    ({"pattern": "1:2", "sparsity": 0.5}, "give either sparsity or n_remove or pattern"),
    ({"pattern": "1:2", "n_remove": 3}, "give either sparsity or n_remove or pattern"),
    ({"pattern": "1:2", "prune_biases": True}, "does not go with prune_biases=True"),
])
def test_bad_patterns_are_one_error_with_the_remedy(options, message):
    for prune in (lambda **o: nnprune.prune_lobs(NET, X, **o), lambda **o: nnprune.prune_magnitude(NET, **o)):
        with pytest.raises(ValueError, match=message):
            prune(**options)
    with pytest.raises(ValueError, match="needs inverse='exact', not 'shared'"):
        nnprune.prune_lobs(NET, X, pattern="1:2", inverse="shared")
