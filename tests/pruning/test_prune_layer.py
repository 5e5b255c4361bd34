"""``prune_layer``: one layer of any library, from its inputs or their Hessian, against the net and the slow version."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import arrays, layers, with_ones

import nnprune
from nnprune import LayerHessian, NNPruneWarning, prune_layer, prune_lobs
from nnprune.pruning.reference import damped, layer_hessian, lobs_layer, obs_unit


def as_net(W, b, mask=None):
    return nnprune.MLP.from_arrays([W], None if b is None else [b], loss="mse", masks=None if mask is None else [mask])


def problem(n_out=4, n_in=6, n=40, bias=True, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_out, n_in)), rng.normal(size=n_out) if bias else None, rng.normal(size=(n, n_in))


@pytest.mark.parametrize("options", [{}, {"inverse": "shared"}, {"prune_biases": True},
                                     {"inverse": "shared", "prune_biases": True}, {"damping": 0}], ids=str)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_it_is_what_prune_lobs_does_to_a_net_of_one_layer(options, bias, masked):
    W, b, X = problem(bias=bias)
    mask = np.random.default_rng(1).random(W.shape) > 0.2 if masked else np.ones(W.shape, bool)
    W = W * mask
    nets = prune_lobs(as_net(W, b, mask), X, sparsity=[0.3, 0.7], **options)
    for source in ({"X": X}, {"hessian": LayerHessian(6, bias).add(X)}, {"hessian": layer_hessian(with_ones(X, b))}):
        for r, of_net in zip(prune_layer(W, bias=b, mask=mask, sparsity=[0.3, 0.7], **source, **options), nets):
            np.testing.assert_array_equal(r.order, of_net.removed[:, 1:])
            np.testing.assert_allclose(r.costs, of_net.costs, rtol=1e-9)
            np.testing.assert_allclose(r.W, of_net.net.weights[0], atol=1e-12)
            np.testing.assert_array_equal(r.mask[:, :6], of_net.net.masks[0])
            if bias:
                np.testing.assert_allclose(r.bias, of_net.net.biases[0], atol=1e-12)
            else:
                assert r.bias is None
            if options.get("prune_biases") and bias:
                np.testing.assert_array_equal(r.mask[:, 6], of_net.net.bias_masks[0])
            if not options.get("inverse"):
                np.testing.assert_allclose([r.report.rank, r.report.dead_inputs, r.report.condition],
                                           [of_net.layers[0].rank, 0, of_net.layers[0].condition], rtol=1e-9)


@given(layers(), st.floats(0, 0.99), st.sampled_from([0, 1e-4, 0.1]))
def test_from_the_hessian_alone_it_equals_the_slow_version(layer, sparsity, damping):
    W, b, X = layer
    H = layer_hessian(with_ones(X, b))
    r = prune_layer(W, hessian=H, bias=b, sparsity=sparsity, damping=damping)
    C = W if b is None else np.column_stack([W, b])
    slow = lobs_layer(C, damped(H, damping), len(r.order), np.arange(C.shape[1]) < np.full((len(W), 1), W.shape[1]))
    assert len(r.order) == round(sparsity * W.size)
    np.testing.assert_array_equal(r.order, slow.removed)
    np.testing.assert_allclose(r.costs, slow.costs, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(r.W, slow.new[:, :W.shape[1]], atol=1e-9)


@given(layers(), st.floats(0, 0.99))
def test_by_the_unit_each_one_loses_the_same_count_as_if_it_were_alone(layer, sparsity):
    W, _, X = layer
    k = round(sparsity * W.shape[1])
    r = prune_layer(W, X, sparsity=sparsity, scope="unit", damping=0)
    for unit, w in enumerate(W):
        slow = obs_unit(w, layer_hessian(X), k)
        np.testing.assert_array_equal(r.order[r.order[:, 0] == unit, 1], slow.removed)
        np.testing.assert_allclose(r.W[unit], slow.new, atol=1e-9)
    assert np.array_equal(r.mask.sum(axis=1), np.full(len(W), W.shape[1] - k))


def test_redundant_inputs_go_at_no_cost_and_the_outputs_stay():
    """Built from its answer: 5 inputs, and 4 more that are sums of them."""
    rng = np.random.default_rng(0)
    base = rng.normal(size=(200, 5))
    X = np.column_stack([base, base @ rng.integers(-2, 3, size=(5, 4))])
    W = rng.normal(size=(3, 9))
    r = prune_layer(W, X, n_remove=12, damping=1e-10)
    assert r.mask.sum() == 15
    np.testing.assert_allclose(X @ r.W.T, X @ W.T, atol=1e-5)
    assert r.report.rank == 5


@given(st.integers(2, 5), st.integers(0, 99), st.data())
def test_the_units_in_which_an_input_is_measured_change_no_order(d, seed, data):
    rng = np.random.default_rng(seed)
    X, W = rng.normal(size=(3 * d, d)), rng.normal(size=(2, d))
    scale = 2.0 ** np.array(data.draw(st.lists(st.integers(-20, 20), min_size=d, max_size=d)))
    a, b = prune_layer(W, X, sparsity=0.6), prune_layer(W / scale, X * scale, sparsity=0.6)
    np.testing.assert_array_equal(a.order, b.order)
    np.testing.assert_allclose(a.W, b.W * scale, atol=1e-9)
    np.testing.assert_allclose(a.costs, b.costs, rtol=1e-6, atol=1e-12)


@given(layers(), st.data())
def test_any_split_of_the_samples_gives_the_same_layer(layer, data):
    W, b, X = layer
    cut = data.draw(st.integers(1, len(X) - 1))
    H = LayerHessian(W.shape[1], b is not None).add(X[:cut]) + LayerHessian(W.shape[1], b is not None).add(X[cut:])
    a, b = prune_layer(W, X, bias=b, sparsity=0.5), prune_layer(W, bias=b, hessian=H, sparsity=0.5)
    np.testing.assert_array_equal(a.order, b.order)
    np.testing.assert_allclose(a.W, b.W, atol=1e-10)


@given(layers(), st.floats(0, 0.6), st.floats(0.6, 0.99), st.booleans())
def test_in_two_steps_it_is_the_same_and_the_mask_is_respected(layer, first, then, prune_biases):
    """Without damping; with it, the second step charges changes of the weights that the first one left."""
    W, b, X = layer
    options = {"damping": 0, "prune_biases": prune_biases}
    a = prune_layer(W, X, bias=b, sparsity=first, **options)
    second = prune_layer(a.W, X, bias=a.bias, mask=a.mask, sparsity=then, **options)
    whole = prune_layer(W, X, bias=b, sparsity=then, **options)
    assert not second.mask[~a.mask].any()
    np.testing.assert_array_equal(np.concatenate([a.order, second.order]), whole.order)
    np.testing.assert_array_equal(second.mask, whole.mask)
    np.testing.assert_allclose(second.W, whole.W, atol=1e-8)


@given(st.integers(1, 2), st.integers(1, 3), st.booleans(), st.data())
def test_a_pattern_leaves_n_of_every_m_and_the_best_weights_on_them(n, groups, bias, data):
    m = n + 1
    W = data.draw(arrays((2, m * groups))) + np.linspace(0.01, 0.2, 2 * m * groups).reshape(2, -1)
    X = np.vstack([data.draw(arrays((5, m * groups))), 3 * np.eye(m * groups)])
    b = np.array([0.5, -1.0]) if bias else None
    r = prune_layer(W, X, bias=b, pattern=f"{n}:{m}", damping=0)
    np.testing.assert_array_equal(r.mask.reshape(2, groups, m).sum(axis=2), n)
    A, C = with_ones(X, b), W if b is None else np.column_stack([W, b])
    for unit, mask in enumerate(r.mask):
        S = np.append(mask, True) if bias else mask
        best = np.zeros(C.shape[1])
        best[S] = np.linalg.lstsq(A[:, S], A @ C[unit], rcond=None)[0]
        np.testing.assert_allclose(r.W[unit], best[:W.shape[1]], atol=1e-8)


def test_what_a_group_has_lost_already_counts_and_a_group_beyond_it_stays():
    W, b, X = problem(n_out=2, n_in=8)
    mask = np.ones((2, 8), bool)
    mask[0, :3], mask[1, 4] = False, False
    r = prune_layer(W * mask, X, bias=b, mask=mask, pattern="2:4")
    assert r.mask.reshape(2, 2, 4).sum(axis=2).tolist() == [[1, 2], [2, 2]]
    assert len(r.order) == 2 + 2 + 1


def test_data_frames_are_read():
    pd = pytest.importorskip("pandas", reason="pandas is not installed")
    W, b, X = problem()
    again = prune_layer(W.tolist(), pd.DataFrame(X), bias=pd.Series(b), sparsity=0.5)
    assert again.W.tobytes() == prune_layer(W, X, bias=b, sparsity=0.5).W.tobytes()


def test_lists_and_other_precisions_are_read_and_nothing_given_changes():
    W, b, X = problem()
    before = [a.copy() for a in (W, b, X)]
    r = prune_layer(W, X, bias=b, sparsity=0.5)
    for again in (prune_layer(W.tolist(), X.tolist(), bias=b.tolist(), sparsity=0.5),
                  prune_layer(W, X, bias=b, mask=np.ones(W.shape, int), sparsity=0.5)):
        assert again.W.tobytes() == r.W.tobytes()
    low = prune_layer(W.astype(np.float32), X.astype(np.float32), bias=b.astype(np.float32), sparsity=0.5)
    assert low.W.dtype == np.float64
    np.testing.assert_allclose(low.W, r.W, atol=1e-4)
    r.W[:], r.bias[:] = 0, 0
    assert all(np.array_equal(a, old) for a, old in zip((W, b, X), before))


def test_an_executor_gives_the_same_bits_and_progress_reaches_the_end():
    W, b, X = problem(n_out=9, n_in=80, n=200)
    calls = []
    with ThreadPoolExecutor(2) as pool:
        a = prune_layer(W, X, bias=b, sparsity=0.5, executor=pool, progress=lambda done, all: calls.append((done, all)))
    assert a.W.tobytes() == prune_layer(W, X, bias=b, sparsity=0.5).W.tobytes()
    assert calls[-1] == (720, 720)
    X[:, 3] = 0  # a dead input, whose weights go first
    prune_layer(W, X, bias=b, pattern="2:4", progress=lambda done, all: calls.append((done, all)))
    assert calls[-1] == (360, 360)


W0, B0, X0 = problem(n_out=2, n_in=6)
ODD = np.eye(6)
ODD[0, 1] = 1.0


@pytest.mark.parametrize(("options", "message"), [
    ({}, "give either X, .*: neither is given"),
    ({"X": X0, "hessian": np.eye(6)}, "both are given"),
    ({"X": X0[:, :5]}, "X has 5 columns, but the layer has 6 inputs"),
    ({"X": np.where(X0 > 2, np.nan, X0)}, "X holds nan at index"),
    ({"hessian": np.eye(7)}, r"hessian has the shape \(7, 7\), but \(6, 6\) is needed.*pass bias too"),
    ({"hessian": np.eye(6), "bias": B0}, r"\(7, 7\) is needed: .* one for the bias, the ones last"),
    ({"hessian": LayerHessian(6).add(X0)}, r"has 6 inputs and no bias: LayerHessian\(6, bias=False\) is needed"),
    ({"hessian": LayerHessian(6, bias=False)}, "no inputs were added yet"),
    ({"hessian": ODD}, r"not symmetric: entry \(0, 1\) is 1.0"),
    ({"hessian": np.full((6, 6), np.inf)}, "hessian holds inf"),
    ({"hessian": -np.eye(6)}, "no entry below 0"),
    ({"hessian": np.ones((6, 6)) - np.diag([1, 0, 0, 0, 0, 0])}, "diagonal entry 0 is 0, but row 0 is not"),
    ({"hessian": np.ones((6, 6)), "damping": 0}, "singular or indefinite"),
    ({"X": X0, "pattern": "2:4"}, "4 does not divide the 6 inputs of the layer"),
    ({"X": X0, "pattern": "4:2"}, "pattern must be 'n:m' with 0 < n < m"),
    ({"X": X0, "pattern": (2, 4)}, "pattern must be 'n:m'"),
    ({"X": X0, "pattern": "1:2", "sparsity": 0.5}, "give one of sparsity, n_remove and pattern"),
    ({"X": X0, "pattern": "1:2", "inverse": "shared"}, "does not go with inverse='shared'"),
    ({"X": X0, "pattern": "1:2", "bias": B0, "prune_biases": True}, "does not go with prune_biases=True"),
    ({"X": X0, "sparsity": None}, "give one of sparsity, n_remove and pattern"),
    ({"X": X0, "n_remove": 3, "scope": "unit"}, "n_remove=3 counts over the whole layer"),
    ({"X": X0, "n_remove": 13}, "n_remove=13, but only 12 weights can be removed"),
    ({"X": X0, "sparsity": 1.0}, r"sparsity must be a number in \[0, 1\)"),
    ({"X": X0, "mask": np.ones((2, 5))}, r"mask has the shape \(2, 5\), but \(2, 6\) is needed"),
    ({"X": X0, "mask": np.full((2, 6), 0.5)}, "mask must hold True and False"),
    ({"X": X0, "mask": np.zeros((2, 6))}, r"W holds .* at unit 0, input 0, where the mask says pruned"),
    ({"X": X0, "W": W0 * 0, "mask": np.zeros((2, 6))}, "6 weights more than that are pruned already; ask"),
    ({"X": X0, "W": W0 * [[1], [0]], "mask": np.ones((2, 6)) * [[1], [0]], "scope": "unit"},
     "3 weights more than that are pruned already in unit 1; ask for more, or take scope='layer'"),
    ({"X": X0, "bias": B0[:1]}, r"bias has the shape \(1,\), but \(2,\) is needed"),
    ({"X": X0, "bias": [np.nan, 0]}, "bias holds nan"),
    ({"X": X0, "W": W0[0]}, "W must be a matrix"),
    ({"X": X0, "W": as_net(W0, None)}, r"W must be the weights of one layer, but it is a MLP: pass its .weights\[l\]"),
    ({"X": X0, "W": SimpleNamespace(weight=W0)}, r"but it is a SimpleNamespace: pass its .weight.detach\(\)"),
    ({"X": X0, "W": W0[:, :0]}, "W is empty: its shape is \\(2, 0\\)"),
    ({"X": X0, "scope": "network"}, "scope 'network' is unknown"),
    ({"X": X0, "inverse": "exat"}, "inverse 'exat' is unknown"),
    ({"X": X0, "damping": -1}, "damping must be a number"),
    ({"X": X0, "max_memory": 1000}, "needs .* but max_memory"),
])
def test_bad_input_is_one_error_with_the_remedy(options, message):
    options = {"W": W0, **({} if {"n_remove", "pattern"} & {*options} else {"sparsity": 0.5}), **options}
    with pytest.raises(ValueError, match=message):
        prune_layer(**options)


def test_a_rise_that_is_mostly_dampings_is_told_where_costs_add_up_to_it():
    W, _, X = problem(n_in=30, n=10, bias=False)  # fewer samples than inputs
    with pytest.warns(NNPruneWarning, match=r"of the predicted rise .* is what damping=0.1 charges"):
        prune_layer(W, X, sparsity=0.6, damping=0.1)
    prune_layer(W, X, sparsity=0.6, damping=0.1, inverse="shared")  # where they do not: no warning
