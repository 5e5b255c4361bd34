"""Unit-OBS against the block formula, against least squares, on nets built from their answer, and its laws."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import layers, nets, random_problem, with_ones

import nnprune
from nnprune import MLP, compact, prune_units
from nnprune.hessian.layer import input_hessian, output_moment
from nnprune.nn.layer_matrix import columns
from nnprune.pruning.reference import damped, layer_error, layer_hessian, units_layer, without_set
from nnprune.pruning.units import _Run, products, remove_columns


def hidden(net):
    return net.sizes[1:-1]


def inputs_for(net, n=40):
    return np.random.default_rng(0).normal(size=(n, net.sizes[0]))


@given(layers(), st.integers(0, 5), st.sampled_from([0, 1e-4, 0.1]))
def test_the_fast_way_equals_the_slow_one(layer, n_remove, damping):
    W, b, X = layer
    C, H = np.column_stack([W, b]) if b is not None else W, damped(layer_hessian(with_ones(X, b)), damping)
    n_remove = min(n_remove, W.shape[1])
    removed, costs, new = remove_columns(C, np.linalg.inv(H), np.ones(W.shape[1], bool), n_remove)
    slow = units_layer(C, H, n_remove, W.shape[1])
    np.testing.assert_allclose(new, without_set(C, H, removed.tolist())[0], atol=1e-8)
    np.testing.assert_allclose(costs, slow.costs, rtol=1e-7, atol=1e-10)
    if slow.gap > 1e-6:  # else rounding decides which of two goes
        np.testing.assert_array_equal(removed, slow.removed)


@given(layers(), st.integers(1, 5))
def test_the_costs_are_the_measured_error_and_what_remains_is_the_least_squares_optimum(layer, n_remove):
    W, b, X = layer
    C, A = np.column_stack([W, b]) if b is not None else W, with_ones(X, b)
    removed, costs, new = remove_columns(C, np.linalg.inv(layer_hessian(A)), np.ones(W.shape[1], bool),
                                         min(n_remove, W.shape[1]))
    assert layer_error(new, C, A) == pytest.approx(costs.sum(), rel=1e-8, abs=1e-10)
    S = np.setdiff1d(np.arange(C.shape[1]), removed)
    np.testing.assert_allclose(new[:, S].T, np.linalg.lstsq(A[:, S], A @ C.T, rcond=None)[0], atol=1e-8)
    assert not new[:, removed].any()


def test_pending_downdates_are_applied_correctly():
    """150 columns make several flushes of the inverse."""
    rng = np.random.default_rng(0)
    X, W = rng.normal(size=(300, 150)), rng.normal(size=(4, 150))
    H = layer_hessian(X)
    removed, costs, new = remove_columns(W, np.linalg.inv(H), np.ones(150, bool), 140)
    expected, cost = without_set(W, H, removed.tolist())
    np.testing.assert_allclose(new, expected, atol=1e-9)
    assert costs.sum() == pytest.approx(cost, rel=1e-10)


@given(nets(max_units=6), st.sampled_from([1e-6, 1e-3, 0.1]), st.booleans(), st.randoms(use_true_random=False))
def test_each_layer_is_the_optimum_on_the_inputs_that_the_pruned_net_gives_it(net, damping, prune_inputs, random):
    """Plain least squares with d more samples for the damping: no Hessian and no inverse."""
    x, first, options = inputs_for(net), int(not prune_inputs), {"damping": damping, "prune_inputs": prune_inputs}
    assume(len(net.sizes) > 1 + first)
    sizes = [random.randint(1, n) for n in net.sizes[first:-1]]
    r, old = prune_units(net, x, sizes=sizes, **options), net.layer_inputs(x)[0]
    levels = [r.inputs, *r.units, np.arange(net.sizes[-1])]
    for l in range(first, len(old)):
        below = prune_units(net, x, sizes=[*sizes[:l - first], *net.sizes[l:-1]], **options)  # level l is whole
        A, A_old = (with_ones(a, net.biases[l]) for a in (below.expand(below.net).layer_inputs(x)[0][l], old[l]))
        charge = np.sqrt(len(x) * damping * np.mean(A**2, axis=0))
        live = [j for j in [*levels[l], *range(net.sizes[l], A.shape[1])] if charge[j] > 0]
        C, new = (columns(n, l)[levels[l + 1]] for n in (net, r.expand(r.net)))
        best = np.linalg.lstsq(np.vstack([A[:, live], np.diag(charge)[:, live]]),
                               np.vstack([A_old @ C.T, charge[:, None] * C.T]), rcond=None)[0]
        np.testing.assert_allclose(new[:, live].T, best, atol=1e-5)


def bloated(net, rng, constant=True):
    """The same function with more units: copies that share their outgoing weights, units never on, a constant one."""
    W0, W1, b0 = net.weights[0], net.weights[1], net.biases[0]
    share = rng.uniform(0.2, 0.8, size=W1.shape)
    extra = rng.normal(size=(2, W0.shape[1])) * 1e-3
    weights = [np.vstack([W0, W0, extra]), np.hstack([W1 * share, W1 * (1 - share), rng.normal(size=(len(W1), 2))])]
    biases = [np.concatenate([b0, b0, [-9, 2.0 if constant else -9]]), net.biases[1].copy()]
    if constant:  # relu of nearly 2 for every sample
        weights[0][-1] = 0
        biases[1] -= 2 * weights[1][:, -1]
    return MLP.from_arrays([*weights, *net.weights[2:]], [*biases, *net.biases[2:]], loss="mse")


@pytest.mark.parametrize("seed", range(5))
def test_a_net_with_copies_dead_and_constant_units_loses_just_these(seed):
    small, x, _ = random_problem((5, 6, 4, 3), loss="mse", n=200)
    small.set_parameters(np.random.default_rng(seed).normal(size=small.parameters().size))
    net = bloated(small, np.random.default_rng(seed))
    np.testing.assert_allclose(net.forward(x), small.forward(x), atol=1e-9)
    off = int((small.layer_inputs(x)[0][1] == 0).all(axis=0).sum())  # of the small net's own units
    r = prune_units(net, x, sizes=(6 - off, 4), damping=1e-9)
    np.testing.assert_allclose(r.net.forward(x[:, r.inputs]), small.forward(x), atol=1e-4)
    assert r.removed[0].tolist() == [1, 12] or off
    assert r.costs[0] == 0
    assert r.costs.max() < 1e-6
    assert 13 not in r.units[0]
    assert len({int(u) % 6 for u in r.units[0]}) == 6 - off  # of each pair of copies one stays


def test_dead_units_go_first_at_no_cost_and_stay_as_they_are_where_they_may_stay():
    net, x, _ = random_problem((4, 6, 3), n=50)
    net.biases[0][[1, 4]] = -1e3
    r = prune_units(net, x, sizes=(3,))
    assert r.removed[:2].tolist() == [[1, 1], [1, 4]]
    assert r.costs[:2].tolist() == [0, 0] < r.costs[2:].tolist()
    same = prune_units(net, x, sizes=(5,))
    assert 4 in same.units[0]
    np.testing.assert_array_equal(same.net.weights[1][:, same.units[0] == 4], net.weights[1][:, [4]])


@given(nets(), st.booleans())
def test_nothing_to_remove_changes_no_bit(net, prune_inputs):
    assume(prune_inputs or len(net.sizes) > 2)
    x = inputs_for(net)
    r = prune_units(net, x, sizes=net.sizes[not prune_inputs:-1], prune_inputs=prune_inputs)
    np.testing.assert_array_equal(r.net.parameters(), net.parameters())
    assert len(r.removed) == len(r.costs) == 0
    assert prune_units(net, x, sparsity=0, prune_inputs=prune_inputs).net.sizes == net.sizes
    assert prune_units(net, x, multiply_adds=0, prune_inputs=prune_inputs).net.sizes == net.sizes


@given(st.integers(0, 99), st.integers(1, 7), st.integers(1, 5))
def test_permuted_units_are_the_permuted_answer_and_a_rescaled_relu_changes_nothing(seed, n1, n2):
    rng = np.random.default_rng(seed)
    net, x, _ = random_problem((4, 7, 5, 3), n=60)
    p, s = rng.permutation(7), rng.uniform(0.1, 10, size=7)
    other = MLP.from_arrays([(net.weights[0] * s[:, None])[p], (net.weights[1] / s)[:, p], net.weights[2]],
                            [(net.biases[0] * s)[p], *net.biases[1:]], loss=net.loss_name)
    one, two = (prune_units(n, x, sizes=(n1, n2)) for n in (net, other))
    assert sorted(p[two.units[0]]) == list(one.units[0])
    np.testing.assert_array_equal(two.units[1], one.units[1])
    np.testing.assert_allclose(two.net.forward(x), one.net.forward(x), atol=1e-8)


@given(nets(max_units=6), st.integers(0, 4), st.booleans())
def test_a_smaller_net_removes_the_same_units_of_the_first_level_and_more(net, k, prune_inputs):
    first = 0 if prune_inputs else 1
    assume(len(net.sizes) > 1 + first)
    there = list(net.sizes[first:-1])
    few, many = ([max(1, there[0] - j), *there[1:]] for j in (k, k + 1))
    a, b = (prune_units(net, inputs_for(net), sizes=s, prune_inputs=prune_inputs).removed for s in (few, many))
    np.testing.assert_array_equal(b[:len(a)], a)


@given(nets(max_units=6), st.booleans())
def test_the_way_back_has_the_old_shape_and_is_the_same_function(net, prune_inputs):
    assume(prune_inputs or len(net.sizes) > 2)
    x, before = inputs_for(net), net.parameters()
    sizes = [max(1, n - 1) for n in net.sizes[not prune_inputs:-1]]
    r = prune_units(net, x, sizes=sizes, prune_inputs=prune_inputs)
    full, again = r.expand(r.net), compact(r.expand(r.net))
    assert full.sizes == net.sizes == r.sizes
    np.testing.assert_allclose(full.forward(x), r.net.forward(x[:, r.inputs]), atol=1e-9)
    np.testing.assert_array_equal(again.net.parameters(), r.net.parameters())
    assert all(M.all() for M in r.net.masks)
    levels = [r.inputs, *r.units]
    for l, unit in r.removed:
        assert unit not in levels[l]
        assert not full.masks[l][:, unit].any()
        assert l == 0 or not full.masks[l - 1][unit].any()
    assert len(r.removed) == sum(net.sizes) - sum(r.net.sizes)
    np.testing.assert_array_equal(net.parameters(), before)


@given(nets(max_units=6), st.floats(0, 0.99), st.booleans())
def test_the_share_of_the_units_is_exact_and_that_of_the_multiply_adds_just_reached(net, share, prune_inputs):
    levels = range(not prune_inputs, len(net.sizes) - 1)
    n, x = sum(net.sizes[l] for l in levels), inputs_for(net)
    assume(len(levels) > 0)
    if round(share * n) <= n - len(levels):
        r = prune_units(net, x, sparsity=share, prune_inputs=prune_inputs)
        assert len(r.removed) == round(share * n)
    wanted = (1 - share) * net.n_weights
    if products([1 if l in levels else k for l, k in enumerate(net.sizes)]) <= wanted:
        r = prune_units(net, x, multiply_adds=share, prune_inputs=prune_inputs)
        assert r.net.n_weights <= wanted
        last = [[k + (i == l) for i, k in enumerate(r.net.sizes)] for l in levels if r.net.sizes[l] < net.sizes[l]]
        assert not last or max(map(products, last)) > wanted  # the last one was needed


def test_the_next_unit_is_the_one_with_the_least_cost_per_multiply_add_saved():
    """One unit of each level costs 2 and 3, but removing the second saves twice as much."""
    W0, W1, W2 = np.eye(4), np.vstack([np.eye(4)[:2], np.zeros((6, 4))]), np.ones((1, 8))
    net = MLP.from_arrays([W0, W1 + 0.01, W2], [np.zeros(4), np.full(8, 3.0), np.zeros(1)], loss="mse")
    x = np.random.default_rng(0).normal(size=(50, 4))
    r = prune_units(net, x, sparsity=3 / 12)
    costs = {l: remove_columns(columns(net, l), np.linalg.inv(damped(input_hessian(a), 1e-3)),
                               np.ones(a.shape[1], bool), a.shape[1] - 1)[1]
             for l, a in enumerate(net.layer_inputs(x)[0]) if l}
    now, chosen = list(net.sizes), []
    for _ in range(3):
        heads = {l: c[net.sizes[l] - now[l]] / (now[l - 1] + now[l + 1]) for l, c in costs.items()}
        chosen.append(min(heads, key=heads.get))
        now[chosen[-1]] -= 1
    assert r.net.sizes == tuple(now)


def test_a_net_that_is_pruned_in_units_already_goes_on_from_there():
    net, x, _ = random_problem((5, 8, 6, 3), n=60)
    first = prune_units(net, x, sizes=(6, 5))
    masked = prune_units(first.expand(first.net), x, sizes=(4, 3))
    small = prune_units(first.net, x, sizes=(4, 3))
    np.testing.assert_allclose(masked.net.parameters(), small.net.parameters(), atol=1e-12)
    assert masked.sizes == net.sizes
    np.testing.assert_array_equal(masked.units[0], first.units[0][small.units[0]])
    levels = [np.arange(5), *first.units]
    assert masked.removed.tolist() == [[l, int(levels[l][u])] for l, u in small.removed]


def test_progress_ends_with_all_and_float32_samples_give_the_same_units():
    net, x, _ = random_problem((5, 8, 6, 3), n=60)
    for options, total in (({"sizes": (4, 3)}, 14), ({"sparsity": 0.5}, 28)):
        seen = []
        prune_units(net, x, **options, progress=lambda *a, seen=seen: seen.append(a))
        assert seen[-1] == (total, total)
    a, b = (prune_units(net, x.astype(t), sizes=(4, 3)) for t in (np.float32, np.float64))
    np.testing.assert_array_equal(a.removed, b.removed)
    np.testing.assert_allclose(a.net.parameters(), b.net.parameters(), rtol=1e-3, atol=1e-4)


def test_compensation_and_refitting_pay_on_digits():
    """Against removal by norms, from 784-60-30-10 to 784-15-10-10, on each of three seeds."""
    data = nnprune.make_digits(3000, 1000, rng=0)
    for seed in range(3):
        net = MLP((784, 60, 30, 10), rng=seed)
        nnprune.train(net, data.x_train, data.y_train, epochs=5, rng=seed)
        r = prune_units(net, data.x_train, sizes=(15, 10))
        masks = [np.ones(W.shape, bool) for W in net.weights]
        for l, k in ((1, 15), (2, 10)):
            norms = np.linalg.norm(net.weights[l - 1], axis=1) * np.linalg.norm(net.weights[l], axis=0)
            masks[l][:, np.argsort(norms)[:-k]] = False
        by_norm = net.copy()
        by_norm.set_masks(masks)
        x, y = data.x_test, data.y_test
        dense, smaller, baseline = (n.accuracy(x, y) for n in (net, r.expand(r.net), by_norm))
        assert smaller > dense - 0.03
        assert smaller > baseline + 0.1


@pytest.mark.parametrize("prune_inputs", [False, True])
def test_what_goes_next_is_the_cheapest_by_the_multiply_adds_that_it_saves(prune_inputs):
    """What one unit less saves, counted as the difference of two nets."""
    net, x, _ = random_problem((9, 7, 3, 5), n=40)
    run, levels = _Run(net, x, 1e-3, lambda done, total: None, 0), list(range(1 - prune_inputs, 3))
    costs = {l: run.level(l, run.inputs[l], net.sizes[l] - 1)[1] for l in levels}
    sizes = np.array(net.sizes)
    while products(sizes) > products(net.sizes) / 3:
        less = {l: sizes - (np.arange(4) == l) for l in levels if sizes[l] > 1}
        price = {l: costs[l][net.sizes[l] - sizes[l]] / (products(sizes) - products(less[l])) for l in less}
        sizes = less[min(price, key=price.get)]
        found = run.cheapest(levels, lambda now, sizes=sizes: products(now) <= products(sizes))
        assert found == {l: sizes[l] for l in levels}


def test_the_moment_of_old_outputs_is_that_of_the_matrices_whatever_the_batches(monkeypatch):
    rng = np.random.default_rng(0)
    new, old, C = rng.normal(size=(50, 4)), rng.normal(size=(50, 4)), rng.normal(size=(3, 5))
    A_new, A_old = (np.column_stack([a, np.ones(50)]) for a in (new, old))
    monkeypatch.setattr(nnprune.nn.parameters, "SAMPLES", 7)
    np.testing.assert_allclose(output_moment(new, old, C), A_new.T @ (A_old @ C.T) / 50, atol=1e-14)
    np.testing.assert_allclose(output_moment(new, old, C[:, :4]), new.T @ (old @ C[:, :4].T) / 50, atol=1e-14)


NET, X, _ = random_problem((4, 6, 5, 3), n=30)


@pytest.mark.parametrize(("options", "message"), [
    ({}, "give exactly one of sizes, sparsity and multiply_adds"),
    ({"sizes": (3, 2), "sparsity": 0.5}, r"give exactly one .* sizes=\(3, 2\), sparsity=0.5"),
    ({"sizes": (7, 2)}, r"sizes=\(7, 2\), but there are \(6, 5\) hidden units"),
    ({"sizes": (3,)}, r"sizes=\(3,\), .* one number for each of these 2"),
    ({"sizes": 3}, "one number for each of these 2"),
    ({"sizes": (3, 0)}, "an entry of sizes must be a whole number of at least 1, but it is 0"),
    ({"sizes": (3, 2), "prune_inputs": True}, r"there are \(4, 6, 5\) inputs and hidden units"),
    ({"sparsity": 0.9}, "sparsity=0.9 is 10 of 11 units, .* at most 0.8182"),
    ({"sparsity": 1.0}, r"sparsity must be a number in \[0, 1\)"),
    ({"multiply_adds": 0.95}, "with one unit in each of 2 levels 0.8841 of the multiply-adds are saved"),
    ({"multiply_adds": 75}, "multiply_adds must be a number .* did you mean 0.75"),
    ({"sizes": (3, 2), "damping": -1}, "damping must be a number"),
])
def test_what_cannot_be_done_is_one_error_with_the_remedy(options, message):
    with pytest.raises(ValueError, match=message):
        prune_units(NET, X, **options)


def test_nets_that_have_no_units_or_pruned_weights_are_refused():
    with pytest.raises(ValueError, match="no hidden units to remove: prune_inputs=True"):
        prune_units(MLP((4, 3), rng=0), X, sparsity=0.5)
    with pytest.raises(ValueError, match="of the weights and biases that are in use are pruned"):
        prune_units(nnprune.prune_magnitude(NET, sparsity=0.2).net, X, sizes=(3, 2))
    with pytest.raises(ValueError, match="x has 3 columns, but 4 are needed"):
        prune_units(NET, X[:, :3], sizes=(3, 2))
    with pytest.raises(ValueError, match="not positive definite with damping=0: .* say 0.0001"):
        prune_units(NET, X[:3], sizes=(3, 2), damping=0)


# Of the 17 inputs (value 1 of attribute 1, value 2, ...): those that must stay, those that may, how many do; and the
# test accuracy that the smaller net has at least.
# 1: a1 = a2 or a5 = 1.  2: just two attributes have their value 1.  3, with false labels: (a5 = 3 and a4 = 1) or (a5 is
# not 4 and a2 not 3).
RULES = {1: ({11}, {0, 1, 2, 3, 4, 5, 11}, 5, 1.0),
         2: ({0, 3, 8, 11}, {0, 3, 6, 7, 8, 11, 15, 16}, 6, 1.0),
         3: ({5, 8, 14}, set(range(17)), 5, 0.92)}


def extracted(data, n_inputs, seed):
    """The inputs that Unit-OBS leaves to a trained net, and the test accuracy of the smaller one."""
    net = MLP((17, 4, 2), activation="tanh", rng=seed)
    nnprune.train(net, data.x_train, data.y_train, epochs=1500, batch_size=len(data.x_train), learning_rate=0.5,
                  weight_decay=1e-3, rng=seed)
    r = prune_units(net, data.x_train, sizes=(n_inputs, 4), prune_inputs=True)
    x, y = data.x_test, data.y_test
    return set(r.inputs.tolist()), r.net.accuracy(x[:, r.inputs], y)


@pytest.mark.realdata
@pytest.mark.parametrize("problem", RULES)
def test_of_the_monks_inputs_those_stay_that_the_rule_names(problem, monks_folder):
    """Feature extraction, as the paper calls it: the pruning sees no label."""
    needed, named, n_inputs, least = RULES[problem]
    for seed in range(3):
        kept, accuracy = extracted(nnprune.make_monks(problem, directory=monks_folder), n_inputs, seed)
        assert needed <= kept <= named
        assert accuracy >= least
