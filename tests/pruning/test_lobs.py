"""L-OBS against the slow obvious way, against least squares, and its laws."""

import contextlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from problems import arrays, layers, nets, samples, with_ones

import nnprune
from nnprune import MLP, prune_lobs, prune_magnitude
from nnprune.hessian.layer import input_hessian
from nnprune.hessian.linalg import damp, spd_inverse, spd_solve
from nnprune.nn.layer_matrix import columns, prunable
from nnprune.pruning import lobs_exact
from nnprune.pruning.lobs_exact import HERE, PENDING, _trace_units, greedy_order, trace_layer, warn_of_damping
from nnprune.pruning.reference import damped, layer_error, layer_hessian, lobs_layer, lobs_net


def one_layer(W, b):
    return MLP.from_arrays([W], None if b is None else [b], loss="mse")


def slow_layer(W, b, X, n_remove, damping):
    """Exact L-OBS by the book."""
    net = one_layer(W, b)
    return lobs_layer(columns(net, 0), damped(layer_hessian(with_ones(X, b)), damping), n_remove,
                      prunable(net, 0, False))


@given(layers(), st.floats(0, 0.99), st.sampled_from([0, 1e-4, 0.1]))
def test_the_fast_exact_way_equals_the_slow_one(layer, sparsity, damping):
    W, b, X = layer
    r = prune_lobs(one_layer(W, b), X, sparsity=sparsity, damping=damping)
    slow = slow_layer(W, b, X, len(r.removed), damping)
    np.testing.assert_allclose(columns(r.net, 0), slow.new, atol=1e-9)
    np.testing.assert_array_equal(r.removed[:, 1:], slow.removed)
    np.testing.assert_allclose(r.costs, slow.costs, rtol=1e-8, atol=1e-12)


def test_weights_that_are_0_go_in_the_order_of_their_columns_beyond_the_first_flush():
    """After it the weights are sorted, so the tie is not broken by their places any more."""
    rng, d = np.random.default_rng(0), 3 * PENDING + 5
    X, C = rng.normal(size=(3 * d, d)), rng.normal(size=(2, d)) * (rng.random((2, d)) < 0.4)
    assert ((C == 0).sum(axis=1) > PENDING).all()
    H, every = X.T @ X / len(X), np.ones(C.shape, bool)
    order, costs = trace_layer(H, C, every, every, every[0])
    for unit in range(2):
        slow = lobs_layer(C[unit:unit + 1], H, d, every[:1])
        np.testing.assert_array_equal(order[unit], slow.removed[:, 1])
        np.testing.assert_allclose(costs[unit], slow.costs, rtol=1e-7)


@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")  # on 30 samples, 0.1 may be the larger part of a rise
@given(nets(), st.floats(0, 0.99), st.sampled_from([1e-4, 0.1]), st.booleans())
def test_and_so_it_does_over_a_net(net, sparsity, damping, prune_biases):
    x = np.random.default_rng(0).normal(size=(30, net.sizes[0]))
    assume(all((a != 0).any(axis=0).all() for a in net.layer_inputs(x)[0]))  # dead inputs have a way of their own
    r = prune_lobs(net, x, sparsity=sparsity, damping=damping, prune_biases=prune_biases)
    slow = lobs_net(net, x, len(r.removed), damping=damping, prune_biases=prune_biases)
    if slow.gap > 1e-6:  # else rounding decides which of two goes
        np.testing.assert_array_equal(r.removed, slow.removed)
        np.testing.assert_allclose(r.costs, slow.costs, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(r.net.parameters(), slow.new.parameters(), atol=1e-7)


@given(layers(), st.floats(0, 0.99))
def test_the_measured_error_equals_the_taylor_prediction(layer, sparsity):
    W, b, X = layer
    net = one_layer(W, b)
    r = prune_lobs(net, X, sparsity=sparsity, damping=0)
    measured = layer_error(columns(r.net, 0), columns(net, 0), with_ones(X, b))
    assert measured == pytest.approx(r.costs.sum(), rel=1e-9, abs=1e-12)


@given(layers(), st.floats(0, 0.99), st.sampled_from([0, 0.1]))
def test_the_survivors_are_the_least_squares_optimum(layer, sparsity, damping):
    W, b, X = layer
    net = one_layer(W, b)
    r = prune_lobs(net, X, sparsity=sparsity, damping=damping)
    A, C, new = with_ones(X, b), columns(net, 0), columns(r.net, 0)
    lambda_ = damping * np.mean(A**2, axis=0)
    # The damped problem is plain least squares with d more samples, diag(sqrt(n lambda)): no Hessian, no inverse.
    A = np.vstack([A, np.diag(np.sqrt(len(A) * lambda_))])
    for unit, row in enumerate(new):
        S = np.flatnonzero(row != 0)
        best = np.linalg.lstsq(A[:, S], A @ C[unit], rcond=None)[0]
        np.testing.assert_allclose(row[S], best, atol=1e-8)


@given(st.integers(1, 4), st.integers(1, 5), st.floats(0.1, 10), st.floats(0, 0.99), st.data())
def test_with_a_multiple_of_the_identity_it_picks_as_magnitude_does(m, d, c, sparsity, data):
    W = data.draw(arrays((m, d)))
    X = np.sqrt(c * d) * np.eye(d)  # H = X'X / d = c I
    a = prune_lobs(one_layer(W, None), X, sparsity=sparsity, damping=0)
    b = prune_magnitude(one_layer(W, None), sparsity=sparsity)
    np.testing.assert_allclose(a.costs, c * b.costs**2 / 2, atol=1e-12)
    # Where two weights are equally large either may go; what goes is equally large.
    np.testing.assert_allclose(sorted(np.abs(W[tuple(a.removed.T[1:])])), sorted(b.costs))


@given(layers(max_units=4), st.floats(0, 0.99), st.randoms(use_true_random=False))
def test_permuted_inputs_and_units_give_the_permuted_answer(layer, sparsity, random):
    W, b, X = layer
    rows, cols = list(range(len(W))), list(range(W.shape[1]))
    random.shuffle(rows)
    random.shuffle(cols)
    one = prune_lobs(one_layer(W, b), X, sparsity=sparsity)
    other = prune_lobs(one_layer(W[rows][:, cols], None if b is None else b[rows]), X[:, cols], sparsity=sparsity)
    np.testing.assert_allclose(other.net.weights[0], one.net.weights[0][rows][:, cols], atol=1e-9)


@given(layers(), st.floats(0, 0.99), st.sampled_from([0.25, 0.5, 2.0, 8.0]), st.integers(0, 4))
def test_a_rescaled_input_changes_nothing_but_its_weight(layer, sparsity, scale, q):
    W, b, X = layer
    s = np.ones(W.shape[1])
    s[q % len(s)] = scale
    one = prune_lobs(one_layer(W, b), X, sparsity=sparsity, damping=0)
    other = prune_lobs(one_layer(W / s, b), X * s, sparsity=sparsity, damping=0)
    np.testing.assert_array_equal(one.removed, other.removed)
    np.testing.assert_allclose(other.net.weights[0] * s, one.net.weights[0], atol=1e-8)


@given(layers(max_units=3), st.floats(0, 0.99))
def test_units_do_not_depend_on_each_other(layer, sparsity):
    W, b, X = layer
    r = prune_lobs(one_layer(W, b), X, sparsity=sparsity)
    for unit in range(len(W)):
        mine = r.removed[r.removed[:, 1] == unit, 2]
        alone = prune_lobs(one_layer(W[unit:unit + 1], None if b is None else b[unit:unit + 1]), X,
                           sparsity=len(mine) / W.shape[1]) if len(mine) < W.shape[1] else None
        if alone is not None:
            np.testing.assert_array_equal(alone.removed[:, 2], mine)


def test_long_traces_flush_their_pending_updates_rightly():
    """200 inputs make several flushes; the survivors must still be the optimum and the costs add up."""
    rng = np.random.default_rng(0)
    X, W, b = rng.normal(size=(400, 200)), rng.normal(size=(23, 200)), rng.normal(size=23)
    net = one_layer(W, b)
    for sparsity in (0.2, 0.5, 0.9, 0.99):
        r = prune_lobs(net, X, sparsity=sparsity, damping=0)
        measured = layer_error(columns(r.net, 0), columns(net, 0), with_ones(X, b))
        assert measured == pytest.approx(r.costs.sum(), rel=1e-10)
    slow = slow_layer(W[:1], b[:1], X, 180, 0)
    r = prune_lobs(one_layer(W[:1], b[:1]), X, sparsity=180 / 200, damping=0)
    np.testing.assert_array_equal(r.removed[:, 1:], slow.removed)
    np.testing.assert_allclose(r.costs, slow.costs, rtol=1e-9)


@given(st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=1, max_size=4))
def test_the_merge_takes_the_cheapest_next_removal(rows):
    costs = np.array(rows, float)
    heads, slow = [0] * len(costs), []
    for _ in range(costs.size):
        unit = min((u for u in range(len(costs)) if heads[u] < 3), key=lambda u: (costs[u, heads[u]], u))
        slow.append(3 * unit + heads[unit])
        heads[unit] += 1
    fast = greedy_order([costs])
    # Two units may tie at a running maximum; then the sequence of costs is the same though units may swap.
    np.testing.assert_array_equal(np.sort(fast), np.arange(costs.size))
    np.testing.assert_array_equal(np.maximum.accumulate(costs.ravel()[fast]),
                                  np.maximum.accumulate(costs.ravel()[slow]))


@given(layers(), st.floats(0, 0.9))
def test_dead_inputs_cost_nothing_and_go_first(layer, sparsity):
    W, b, X = layer
    X = np.insert(X, 1, 0.0, axis=1)
    W = np.insert(W, 1, 5.0, axis=1)
    r = prune_lobs(one_layer(W, b), X, sparsity=sparsity)
    n = min(len(r.removed), len(W))
    assert (r.removed[:n, 2] == 1).all()
    assert not r.costs[:n].any()
    assert r.layers[0].dead_inputs == 1
    if sparsity == 0:
        assert (r.net.weights[0][:, 1] == 5).all()


@pytest.mark.parametrize("X", [np.ones((5, 3)), np.eye(3)[:2], np.zeros((2, 3))],
                         ids=["equal inputs", "fewer samples than inputs", "all dead"])
@pytest.mark.parametrize("options", [{}, {"inverse": "shared", "refresh": 2}, {"inverse": "shared"},
                                     {"inverse": "survivors", "refresh": 2}])
def test_a_singular_hessian_is_damped_in_the_open(X, options):
    net = one_layer(np.array([[1.0, 2.0, 4.0]]), [1.0])
    r = prune_lobs(net, X, sparsity=2 / 3, **options)
    assert np.isfinite(r.net.parameters()).all()
    assert r.net.sparsity == pytest.approx(2 / 3)
    if not options:
        assert r.layers[0].rank < r.layers[0].n_inputs
        # Where the inputs are equal the survivors take over and the output stays; damping leaves 1e-4 of a trace.
        if len(X) == 5:
            np.testing.assert_allclose(r.net.forward(X), net.forward(X), atol=0.01)


def test_a_layer_without_a_live_input_has_the_rank_0():
    r = prune_lobs(one_layer(np.array([[1.0, 2.0]]), None), np.zeros((2, 2)), sparsity=0.5)
    assert (r.layers[0].dead_inputs, r.layers[0].rank, r.layers[0].condition) == (2, 0, 1)


def test_without_damping_a_singular_hessian_is_an_error_that_says_what_to_do():
    for inverse in ("exact", "survivors", "shared"):
        with pytest.raises(ValueError, match="use damping > 0|damping > .* is needed, say 0.0001"):
            prune_lobs(one_layer(np.ones((1, 2)), None), np.ones((4, 2)), sparsity=0.5, damping=0, inverse=inverse)


@given(nets(max_units=6), st.floats(0, 0.9))
def test_a_net_pruned_before_keeps_its_zeros_and_stays_optimal(net, sparsity):
    x, _ = samples(net, n=30)
    before = prune_magnitude(net, sparsity=0.3).net
    r = prune_lobs(before, x, sparsity=0.3 + 0.7 * sparsity, damping=1e-6)
    for l, a in enumerate(before.layer_inputs(x)[0]):
        assert not (r.net.masks[l] & ~before.masks[l]).any()
        H = damp(input_hessian(a, net.biases[l] is not None), 1e-6)
        C, new, live = columns(before, l), columns(r.net, l), np.diag(H) > 0
        slope = (new - C) @ H
        touched = np.unique(r.removed[r.removed[:, 0] == l, 1])
        scale = np.abs(C).max() * np.abs(H).max() + 1
        assert np.abs(np.where((new != 0) & live, slope, 0)[touched]).max(initial=0) < 1e-7 * scale


@given(nets(max_units=6), st.floats(0.1, 0.9))
def test_resuming_equals_the_straight_run(net, sparsity):
    """On one layer: prune to half of the removals, then on to the end, where the costs are as before."""
    W = net.weights[0]
    X = np.random.default_rng(0).normal(size=(40, W.shape[1]))
    one, k = one_layer(W, None), int(sparsity * W.size)
    straight = prune_lobs(one, X, sparsity=k / W.size, damping=0)
    half = prune_lobs(one, X, sparsity=(k // 2) / W.size, damping=0)
    rest = prune_lobs(half.net, X, sparsity=k / W.size, damping=0)
    np.testing.assert_array_equal(np.concatenate([half.removed, rest.removed]), straight.removed)
    np.testing.assert_allclose(rest.net.weights[0], straight.net.weights[0], atol=1e-9)


@pytest.mark.parametrize("rows", [1, 7, 2048, 5000])
def test_the_streamed_hessian_is_the_same_whatever_the_split(rows, monkeypatch):
    x = np.random.default_rng(0).normal(size=(4100, 5))
    A = np.column_stack([x, np.ones(4100)])
    monkeypatch.setattr(nnprune.nn.parameters, "SAMPLES", rows)
    np.testing.assert_allclose(input_hessian(x), A.T @ A / 4100, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(input_hessian(x, bias=False), x.T @ x / 4100, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("predicted", "told"), [(1.01, True), (0.99, False), (1.45, False)])
def test_what_the_damping_charges_is_summed_over_the_layers(predicted, told):
    """Two layers, each charged 1/2 50 0.12^2 = 0.36, and each with an error of 1/2 10^2 without its weight."""
    layer = SimpleNamespace(C=np.array([[10.0]]), H=np.array([[1.0]]), charges=np.array([50.0]))
    with pytest.warns(nnprune.NNPruneWarning, match="0.72 is what damping=0.1") if told else contextlib.nullcontext():
        warn_of_damping([layer, layer], [np.array([[9.88]])] * 2, predicted, 0.1)


def test_units_too_large_for_a_batch_are_traced_one_by_one(monkeypatch):
    rng = np.random.default_rng(0)
    X, C, every = rng.normal(size=(30, 5)), rng.normal(size=(4, 5)), np.ones((4, 5), bool)
    together = trace_layer(X.T @ X / 30, C, every, every, every[0])
    monkeypatch.setattr(lobs_exact, "A_FLOATS", 24)  # one less than one unit's inverse has
    alone = trace_layer(X.T @ X / 30, C, every, every, every[0])
    np.testing.assert_array_equal(alone[0], together[0])
    np.testing.assert_allclose(alone[1], together[1], rtol=1e-12)


def dask_executor():
    """An executor on a local Dask cluster of two processes, closed with the block."""
    distributed = pytest.importorskip("distributed", reason="Dask is not installed: pip install nnprune[dask]")
    stack = contextlib.ExitStack()
    cluster = stack.enter_context(distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
    client = stack.enter_context(distributed.Client(cluster))
    executor = client.get_executor()
    stack.callback(executor.shutdown)
    return stack, executor


def local_executor(kind):
    """Threads, or processes that are started fresh (a fork of a process with threads may hang)."""
    if kind == "threads":
        pool = ThreadPoolExecutor(2)
    else:
        pool = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))
    stack = contextlib.ExitStack()
    return stack, stack.enter_context(pool)


@pytest.mark.parametrize("kind", ["threads", "processes", "dask"])
@pytest.mark.filterwarnings("default:::distributed")
def test_any_executor_gives_the_same_bits(kind):
    rng = np.random.default_rng(0)
    net, x = MLP((30, 40, 5), rng=0), rng.normal(size=(100, 30))
    alone = prune_lobs(net, x, sparsity=0.8)
    stack, executor = dask_executor() if kind == "dask" else local_executor(kind)
    with stack:
        there = prune_lobs(net, x, sparsity=0.8, executor=executor)
    assert alone.net.parameters().tobytes() == there.net.parameters().tobytes()
    assert alone.removed.tobytes() == there.removed.tobytes()
    assert alone.costs.tobytes() == there.costs.tobytes()


def test_the_hessian_is_sent_only_where_a_unit_lacks_inputs():
    rng = np.random.default_rng(0)
    C, X = rng.normal(size=(40, 12)), rng.normal(size=(50, 12))
    for lacking in (0, 1):
        kept, sent = np.ones(C.shape, bool), []
        kept[3, :lacking] = False

        def there(function, shared, items, sent=sent):
            sent.append(shared[0])
            return HERE(function, shared, items)

        trace_layer(layer_hessian(X), C * kept, kept, kept, np.ones(12, bool), map=there)
        assert [H is None for H in sent] == [lacking == 0]


def test_progress_reaches_its_end():
    net, seen = MLP((6, 5, 3), rng=0), []
    for options in ({}, {"inverse": "shared", "refresh": 4}, {"inverse": "survivors", "refresh": 4}):
        prune_lobs(net, samples(net)[0], sparsity=0.5, progress=lambda *a: seen.append(a), **options)
        assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize(("x", "options", "message"), [
    (np.ones((3, 2)), {}, "x has 2 columns, but 3 are needed"),
    (np.empty((0, 3)), {}, "x is empty"),
    ([[1, np.inf, 1]], {}, "inf at index \\(0, 1\\)"),
    (np.eye(3), {"inverse": "shared", "refresh": 0}, "refresh must be a whole number of at least 1, but it is 0"),
    (np.eye(3), {"inverse": "shared", "refresh": 2.5}, "2.5"),
    (np.eye(3), {"refresh": 2000}, "refresh=2000 has no meaning with inverse='exact', .*'survivors' or 'shared'"),
    (np.eye(3), {"inverse": "survivors", "inputs": "pruned"}, "needs inverse='exact', not 'survivors'"),
    (np.eye(3), {"inverse": "simplified"}, "known are: 'exact', 'survivors', 'shared'"),
    (np.eye(3), {"scope": "global"}, "known are: 'network', 'layer'"),
    (np.eye(3), {"damping": -1}, "damping must be a number in \\[0, inf\\), but it is -1"),
    (np.eye(3), {"damping": np.nan}, "nan"),
    (1e200 * np.eye(3), {}, "1e\\+200 at index \\(0, 0\\), whose square is beyond float64"),
    (1e80 * np.eye(3), {}, "are the samples of a sane size"),
    (np.eye(3), {"first_hessian": np.eye(7)}, "first_hessian has the shape \\(7, 7\\), but \\(4, 4\\)"),
])
def test_arguments_that_do_not_fit(x, options, message):
    with pytest.raises(ValueError, match=message):
        prune_lobs(MLP((3, 2), rng=0), x, sparsity=0.5, **options)


def test_the_simplified_way_equals_its_definition():
    """One inverse for all units, saliencies at the refresh, updates in order, the mask after each: spelled out."""
    rng = np.random.default_rng(0)
    W, X, refresh, k = rng.normal(size=(4, 6)), rng.normal(size=(50, 6)), 5, 13
    Hinv = np.linalg.inv(damp(X.T @ X / 50, 1e-3))
    C, kept, removed = W.copy(), np.ones(W.shape, bool), []
    while len(removed) < k:
        L = np.where(kept, C**2 / (2 * np.diag(Hinv)), np.inf)
        for place in np.argsort(L.ravel())[:min(refresh, k - len(removed))]:
            u, q = divmod(int(place), 6)
            kept[u, q] = False
            C[u] = kept[u] * (C[u] - C[u, q] / Hinv[q, q] * Hinv[q])
            removed.append((u, q))
    r = prune_lobs(one_layer(W, None), X, sparsity=k / W.size, inverse="shared", refresh=refresh)
    np.testing.assert_array_equal(r.removed[:, 1:], removed)
    np.testing.assert_allclose(r.net.weights[0], C, atol=1e-12)


def test_stale_inverses_of_the_survivors_equal_their_definition():
    """At each refresh every unit's H of what remains in it is inverted; saliencies, updates and masks spelled out."""
    rng = np.random.default_rng(0)
    W, X, refresh, k = rng.normal(size=(4, 6)), rng.normal(size=(50, 6)), 5, 17
    H, C, kept, removed = damp(X.T @ X / 50, 1e-3), W.copy(), np.ones(W.shape, bool), []
    while len(removed) < k:
        Hinv = np.zeros((4, 6, 6))
        for u in range(4):
            S = np.flatnonzero(kept[u])
            Hinv[u][np.ix_(S, S)] = np.linalg.inv(H[np.ix_(S, S)])
        L = np.full(W.shape, np.inf)
        L[kept] = C[kept]**2 / (2 * Hinv.diagonal(axis1=1, axis2=2)[kept])
        for place in np.argsort(L.ravel())[:min(refresh, k - len(removed))]:
            u, q = divmod(int(place), 6)
            kept[u, q] = False
            C[u] = kept[u] * (C[u] - C[u, q] / Hinv[u, q, q] * Hinv[u, q])
            removed.append((u, q))
    r = prune_lobs(one_layer(W, None), X, sparsity=k / W.size, inverse="survivors", refresh=refresh)
    np.testing.assert_array_equal(r.removed[:, 1:], removed)
    np.testing.assert_allclose(r.net.weights[0], C, atol=1e-12)


@given(nets(max_units=6), st.floats(0, 0.95), st.sampled_from(["network", "layer"]))
def test_inverses_of_the_survivors_at_every_removal_are_the_exact_way(net, sparsity, scope):
    x = samples(net, n=30)[0]
    exact = prune_lobs(net, x, sparsity=sparsity, scope=scope)
    r = prune_lobs(net, x, sparsity=sparsity, scope=scope, inverse="survivors", refresh=1)
    assume(len(np.unique(exact.costs[exact.costs > 0])) == (exact.costs > 0).sum())
    # With scope="layer" the first removals of all layers come before their second ones. What is free goes in any order.
    by_layer = np.argsort(r.removed[:, 0], kind="stable") if scope == "layer" else np.arange(len(r.removed))
    np.testing.assert_array_equal(r.removed[by_layer][r.costs[by_layer] > 0], exact.removed[exact.costs > 0])
    np.testing.assert_allclose(r.net.parameters(), exact.net.parameters(), atol=1e-7)


@given(nets(max_units=6), st.floats(0, 0.95))
def test_without_a_refresh_inverses_of_the_survivors_are_the_shared_one_on_an_unpruned_net(net, sparsity):
    x = samples(net, n=30)[0]
    shared, r = (prune_lobs(net, x, sparsity=sparsity, inverse=inverse) for inverse in ("shared", "survivors"))
    np.testing.assert_array_equal(r.removed, shared.removed)
    np.testing.assert_allclose(r.net.parameters(), shared.net.parameters(), atol=1e-9)


def test_exact_beats_survivors_beat_simplified_beats_magnitude_on_correlated_inputs():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 5)) @ rng.normal(size=(5, 40)) + 0.3 * rng.normal(size=(500, 40))
    net = one_layer(rng.normal(size=(20, 40)), None)
    errors = [layer_error(r.net.weights[0], net.weights[0], X) for r in (
        prune_lobs(net, X, sparsity=0.7), prune_lobs(net, X, sparsity=0.7, inverse="survivors", refresh=50),
        prune_lobs(net, X, sparsity=0.7, inverse="shared", refresh=50), prune_magnitude(net, sparsity=0.7))]
    assert errors[0] < errors[1] < errors[2] < errors[3]


@given(arrays((4, 3)))
def test_the_inverse_and_the_solution_equal_numpys(B):
    H = B.T @ B + np.eye(3)
    np.testing.assert_allclose(spd_inverse(H), np.linalg.inv(H), atol=1e-12)
    np.testing.assert_allclose(spd_solve(H, B[0]), np.linalg.solve(H, B[0]), atol=1e-12)


@pytest.mark.parametrize("beside", [2.0, 1.0], ids=["a pivot below 0", "a pivot of exactly 0"])
def test_an_inverse_that_is_not_positive_definite_is_an_error_and_no_nonsense(beside):
    C, kept = np.array([[1.0, 2.0]]), np.ones((1, 2), bool)
    with pytest.raises(ValueError, match="use a larger damping"):
        _trace_units(None, np.array([[1.0, beside], [beside, 1.0]]), np.arange(2), (C, kept, kept, None))
