"""The full Optimal Brain Surgeon: exact where E is a quadratic, equal to the slow way elsewhere, and honest."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

from nnprune import MLP, NNPruneWarning, prune_lobs, prune_magnitude, prune_obs_factored, train
from nnprune.datasets.monks import make_xor
from nnprune.hessian.full import gauss_newton
from nnprune.nn.backprop import flatten
from nnprune.nn.parameters import places, unpruned
from nnprune.pruning.memory import COPIES
from nnprune.pruning.obd import prune_obd
from nnprune.pruning.obs import HESSIANS, OBSResult, default_damping, prune_obs
from nnprune.pruning.reference import obs_net


def problem(sizes=(4, 5, 3), n=40, **options):
    """A small net, trained a little."""
    net, rng = MLP(sizes, **{"activation": "tanh", **options}, rng=0), np.random.default_rng(3)
    x = rng.normal(size=(n, sizes[0]))
    y = rng.integers(sizes[-1], size=n)
    train(net, x, y, epochs=30, batch_size=8, learning_rate=0.05)
    return net, x, y


def linear_problem(d=6, outputs=2, n=30, seed=0):
    """A linear net at its minimum, whose E is a quadratic: the least-squares fit itself."""
    rng = np.random.default_rng(seed)
    x, t = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)), rng.normal(size=(n, outputs))
    solution = np.linalg.lstsq(np.column_stack([x, np.ones(n)]), t, rcond=None)[0].T
    return MLP.from_arrays([solution[:, :-1]], [solution[:, -1]], loss="mse"), x, t


# -- against the slow way, and where all is exact ------------------------------------------------------------


@pytest.mark.parametrize("prune_biases", [False, True])
@pytest.mark.parametrize(("hessian", "damping"), [("gauss-newton", 1e-3), ("fisher", 1e-3), ("exact", 2.0)])
def test_the_slow_way_by_the_book_gives_the_same(hessian, damping, prune_biases):
    net, x, y = problem()
    r = prune_obs(net, x, y, n_remove=15, hessian=hessian, damping=damping, prune_biases=prune_biases)
    slow = obs_net(net, x, y, 15, HESSIANS[hessian], damping=damping, prune_biases=prune_biases)
    np.testing.assert_array_equal(r.removed, slow.removed)
    np.testing.assert_allclose(r.costs, slow.costs, rtol=1e-7)
    np.testing.assert_allclose(r.net.parameters(), slow.new.parameters(), atol=1e-8)
    np.testing.assert_array_equal(r.net.masks[0], slow.new.masks[0])


@given(seed=st.integers(0, 99), outputs=st.integers(1, 3))
def test_on_a_quadratic_every_cost_is_the_rise_of_the_loss(seed, outputs):
    net, x, t = linear_problem(outputs=outputs, seed=seed)
    k = 6 * outputs
    before = net.loss(x, t)
    for n in range(1, k):
        r = prune_obs(net, x, t, n_remove=n, damping=0, refresh=None)
        assert r.net.loss(x, t) - before == pytest.approx(r.costs.sum(), rel=1e-6, abs=1e-9)
        assert r.measured_rise == pytest.approx(r.predicted_rise, rel=1e-6, abs=1e-9)


@given(seed=st.integers(0, 99))
def test_on_a_quadratic_downdates_equal_a_fresh_hessian_every_time(seed):
    net, x, t = linear_problem(seed=seed)
    results = [prune_obs(net, x, t, sparsity=0.75, damping=0, refresh=m) for m in (1, 4, None)]
    for r in results[1:]:
        np.testing.assert_array_equal(r.removed, results[0].removed)
        np.testing.assert_allclose(r.costs, results[0].costs, rtol=1e-6)
        np.testing.assert_allclose(r.net.parameters(), results[0].net.parameters(), atol=1e-7)


@given(seed=st.integers(0, 99))
def test_on_a_quadratic_the_survivors_are_the_constrained_least_squares_fit(seed):
    net, x, t = linear_problem(seed=seed)
    r = prune_obs(net, x, t, sparsity=0.5, damping=0, refresh=None)
    A = np.column_stack([x, np.ones(len(x))])
    for k in range(2):
        S = np.append(r.net.masks[0][k], True)
        fit = np.linalg.lstsq(A[:, S], t[:, k], rcond=None)[0]
        np.testing.assert_allclose(np.append(r.net.weights[0][k], r.net.biases[0][k])[S], fit, atol=1e-7)


def test_magnitude_is_the_special_case_of_a_hessian_without_preference():
    """H = c I: the smallest |w| goes, at c w^2 / 2, and nothing else moves."""
    net, x, y = problem()
    N = net.parameters().size
    r = prune_obs(net, x, y, n_remove=5, hessian=3 * np.eye(N), refresh=None, damping=0)
    weights = np.concatenate([W.ravel() for W in net.weights])
    np.testing.assert_allclose(r.costs, 1.5 * np.sort(np.abs(weights))[:5] ** 2)
    np.testing.assert_array_equal(r.net.weights[0], np.where(r.net.masks[0], net.weights[0], 0))


def test_a_hessian_handed_over_is_used_as_one_taken():
    net, x, y = problem()
    taken, given_ = [prune_obs(net, x, y, sparsity=0.5, hessian=h, refresh=None)
                     for h in ("gauss-newton", gauss_newton(net, x, y))]
    np.testing.assert_array_equal(taken.net.parameters(), given_.net.parameters())
    assert "given Hessian" in given_.method


def test_xor_obs_removes_a_right_weight_from_every_minimum_the_others_do_not():
    """Hassibi & Stork 1992, section 5: 2-2-1, nine weights with the biases, trained to zero error; one goes."""
    x, y = make_xor().x_train, make_xor().y_train
    wrong = {"magnitude": 0, "OBD": 0}
    for seed in range(5):
        net = MLP((2, 2, 1), activation="tanh", loss="mse", rng=seed)
        train(net, x, y, epochs=3000, batch_size=4, learning_rate=0.2)
        assert net.loss(x, y) < 1e-12
        # H has rank 4 of 9, and which flat direction is the cheapest is for the damping to say: alpha I in the paper.
        H = gauss_newton(net, x, y)
        H += 1e-2 * np.trace(H) / 9 * np.eye(9)
        r = prune_obs(net, x, y, n_remove=1, hessian=H, refresh=None, damping=0, prune_biases=True)
        assert r.net.accuracy(x, y) == 1
        assert r.measured_rise < 0.01
        others = {"magnitude": prune_magnitude(net, sparsity=1 / 9, prune_biases=True),
                  "OBD": prune_obd(net, x, y, sparsity=1 / 9, prune_biases=True)}
        for name, other in others.items():
            assert other.net.loss(x, y) >= r.net.loss(x, y)
            wrong[name] += other.net.accuracy(x, y) < 1
    assert min(wrong.values()) > 0


def test_a_net_that_removals_have_cut_in_two_is_pruned_on_and_the_result_says_so():
    """Without biases nothing that is left matters once a layer is empty: H = 0."""
    net = MLP.from_arrays([[[1.0, 2.0]], [[0.5]], [[0.01]]], activation="tanh", loss="mse")
    x = np.array([[1.0, 0.5], [-1.0, 2.0]])
    with pytest.warns(NNPruneWarning, match="was predicted, but"):
        *runs, r = (prune_obs(net, x, net.forward(x)[:, 0], n_remove=n, damping=1e-9) for n in range(5))
    runs = [run.net for run in runs]
    flat = [not gauss_newton(run, x, [0.0, 0.0], keep=unpruned(run)).any() for run in runs]
    assert f"H = 0 after {flat.index(True)} removals" in r.method  # of several refreshes the first that finds it so
    assert not r.net.forward(x).any()
    np.testing.assert_allclose(r.costs[-1], 0, atol=1e-12)


# -- counts, stops, reports ----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")  # a softmax over one output, dead units
@given(net=nets(), sparsity=st.floats(0, 0.999), refresh=st.sampled_from([1, 3, None]))
def test_the_count_is_exact_and_zeros_are_zeros(net, sparsity, refresh):
    x, y = samples(net)
    before = net.parameters()
    r = prune_obs(net, x, y, sparsity=sparsity, refresh=refresh, damping=0.1)
    assert isinstance(r, OBSResult)
    assert len(r.removed) == len(r.costs) == round(sparsity * net.n_weights)
    assert sum(int((~mask).sum()) for mask in r.net.masks) == len(r.removed)
    for l, (W, mask) in enumerate(zip(r.net.weights, r.net.masks)):
        assert not W[~mask].any()
        assert {(u, q) for layer, u, q in r.removed if layer == l} == set(zip(*np.nonzero(~mask)))
    np.testing.assert_array_equal(net.parameters(), before)
    assert all(mask.all() for mask in net.masks)


def test_biases_count_where_they_are_pruned():
    net, x, y = problem(sizes=(17, 3, 1), loss="mse")
    assert net.parameters().size == 58  # as the paper counts MONK-1's net
    r = prune_obs(net, x, y, n_remove=44, prune_biases=True)
    kept = sum(int(m.sum()) for m in r.net.masks + r.net.bias_masks)
    assert kept == 14
    gone = {(l, unit) for l, unit, column in r.removed if column == (17, 3)[l]}
    assert gone == {(l, u) for l, m in enumerate(r.net.bias_masks) for u in np.flatnonzero(~m)}
    assert not any(b[~m].any() for b, m in zip(r.net.biases, r.net.bias_masks))
    half = prune_obs(net, x, y, sparsity=0.5, prune_biases=True)
    assert len(half.removed) == 29


@pytest.mark.parametrize("refresh", [1, 5, None])
def test_a_list_of_sparsities_equals_single_runs(refresh):
    net, x, y = problem()
    for s, r in zip([0.2, 0.5, 0.9], prune_obs(net, x, y, sparsity=[0.2, 0.5, 0.9], refresh=refresh)):
        one = prune_obs(net, x, y, sparsity=s, refresh=refresh)
        np.testing.assert_array_equal(r.removed, one.removed)
        np.testing.assert_array_equal(r.net.parameters(), one.net.parameters())
        assert (r.stopped, r.measured_rise) == ("count", one.measured_rise)


@pytest.mark.parametrize("refresh", [1, None])
def test_a_limit_gives_the_last_net_within_it(refresh):
    net, x, y = problem()
    every = prune_obs(net, x, y, n_remove=30, refresh=refresh)
    limit = float(every.costs[:12].sum()) * (1 + 1e-9)
    r = prune_obs(net, x, y, max_predicted_rise=limit, refresh=refresh)
    assert (len(r.removed), r.stopped) == (12, "max_predicted_rise")
    r = prune_obs(net, x, y, max_measured_rise=0.05, refresh=refresh)
    assert (r.stopped, r.measured_rise <= 0.05) == ("max_measured_rise", True)
    one_more = prune_obs(net, x, y, n_remove=len(r.removed) + 1, refresh=refresh)
    assert one_more.measured_rise > 0.05
    # The first criterion met counts, and a list of sparsities gets the net reached.
    low, high = prune_obs(net, x, y, sparsity=[0.1, 0.9], max_measured_rise=0.05, refresh=refresh)
    assert (low.stopped, high.stopped) == ("count", "max_measured_rise")
    np.testing.assert_array_equal(high.net.parameters(), r.net.parameters())
    assert len(prune_obs(net, x, y, sparsity=0.9, n_remove=3).removed) == 3


def test_a_result_made_by_hand_has_risen_by_nothing():
    r = OBSResult(MLP((2, 2), rng=0), np.empty((0, 3), int), np.empty(0), "none")
    assert (r.predicted_rise, r.measured_rise, r.loss_rise, r.weight_decay) == (0, 0, 0, 0)
    assert (r.condition, r.stopped) == (1, "count")


def test_nothing_to_remove_changes_nothing():
    net, x, y = problem()
    r = prune_obs(net, x, y, n_remove=0)
    np.testing.assert_array_equal(r.net.parameters(), net.parameters())
    assert (r.removed.shape, r.predicted_rise, r.measured_rise) == ((0, 3), 0, 0)


def test_the_condition_is_that_of_the_damped_hessian_scaled_to_unit_diagonal():
    net, x, y = problem()
    H = gauss_newton(net, x, y)
    r = prune_obs(net, x, y, n_remove=3, refresh=None, damping=0.01)
    s = np.sqrt(np.diag(H)[np.diag(H) > 0])
    H = H[np.diag(H) > 0][:, np.diag(H) > 0] / np.outer(s, s) + 0.01 * np.eye(len(s))
    assert r.condition == pytest.approx(np.linalg.cond(H, 1))


def test_a_net_already_pruned_keeps_its_zeros():
    net, x, y = problem()
    once = prune_obs(net, x, y, sparsity=0.3, refresh=None)
    twice = prune_obs(once.net, x, y, sparsity=0.6)
    assert len(once.removed) + len(twice.removed) == round(0.6 * net.n_weights)
    for W, mask in zip(twice.net.weights, once.net.masks):
        assert not W[~mask].any()
    whole = prune_obs(net, x, y, sparsity=0.6, refresh=1)  # a pause makes no difference
    paused = prune_obs(prune_obs(net, x, y, sparsity=0.3, refresh=1).net, x, y, sparsity=0.6, refresh=1)
    np.testing.assert_allclose(whole.net.parameters(), paused.net.parameters(), atol=1e-9)
    with pytest.raises(ValueError, match="more than that are pruned already"):
        prune_obs(once.net, x, y, sparsity=0.1)


def test_a_layer_that_loses_its_last_weight_is_reported():
    net, x, y = problem()
    r = prune_obs(net, x, y, n_remove=net.n_weights)
    assert "layer 0 and 1 without any weight" in r.method
    assert np.isfinite(r.net.loss(x, y))
    assert "without" not in prune_obs(net, x, y, n_remove=1).method


def test_by_default_only_a_single_layer_with_the_squared_error_is_damped_less():
    for sizes, loss, damping in [((4, 2), "mse", 1e-3), ((4, 2), "cross_entropy", 0.1), ((4, 3, 2), "mse", 0.1)]:
        assert default_damping(MLP(sizes, loss=loss, rng=0)) == damping


def test_by_default_a_hundredth_of_the_parameters_goes_between_two_hessians():
    net, x, y = problem()  # 43 parameters: the paper's way
    assert prune_obs(net, x, y, n_remove=3).method == prune_obs(net, x, y, n_remove=3, refresh=1).method
    given = prune_obs(net, x, y, n_remove=3, hessian=gauss_newton(net, x, y))
    assert given.net.parameters().tobytes() == prune_obs(net, x, y, n_remove=3, refresh=None).net.parameters().tobytes()
    larger, (x, y) = MLP((16, 15, 2), rng=0), samples(MLP((16, 15, 2), rng=0))  # 287 parameters
    auto, three = (prune_obs(larger, x, y, n_remove=20, **o) for o in ({}, {"refresh": 3}))
    assert auto.method == three.method == "OBS, gauss-newton Hessian, refresh 3"
    assert auto.net.parameters().tobytes() == three.net.parameters().tobytes()


def test_progress_counts_the_removals():
    net, x, y = problem()
    seen = []
    prune_obs(net, x, y, n_remove=4, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


# -- weight decay, and nets that are not at a minimum --------------------------------------------------------


def ridge_problem(decay, seed=0):
    """A linear net at the minimum of E + decay/2 |w|^2, biases included."""
    net, x, t = linear_problem(seed=seed)
    A = np.column_stack([x, np.ones(len(x))])
    C = np.linalg.solve(A.T @ A / len(x) + decay * np.eye(A.shape[1]), A.T @ t / len(x)).T
    return MLP.from_arrays([C[:, :-1]], [C[:, -1]], loss="mse"), x, t


@given(seed=st.integers(0, 99), decay=st.sampled_from([1e-3, 0.1, 10.0]), refresh=st.sampled_from([1, 3, None]))
def test_with_weight_decay_the_prediction_is_the_rise_of_the_loss_with_decay(seed, decay, refresh):
    net, x, t = ridge_problem(decay, seed)
    w = net.parameters()
    r = prune_obs(net, x, t, n_remove=5, damping=0, refresh=refresh, weight_decay=decay)
    new = r.net.parameters()
    loss_rise = r.net.loss(x, t) - net.loss(x, t)
    assert r.loss_rise == pytest.approx(loss_rise, abs=1e-12)
    assert r.measured_rise == pytest.approx(loss_rise + decay / 2 * (new @ new - w @ w), abs=1e-12 * (1 + w @ w))
    assert r.predicted_rise == pytest.approx(r.measured_rise, rel=1e-6, abs=1e-9)
    assert r.weight_decay == decay
    # The limits are of the same loss: at its own rise a run goes as far, a little below it one removal less.
    for limit in ("max_predicted_rise", "max_measured_rise"):
        most = getattr(r, limit.removeprefix("max_"))
        within, below = (prune_obs(net, x, t, n_remove=5, damping=0, refresh=refresh, weight_decay=decay, **{limit: m})
                         for m in (most, most * (1 - 1e-9) - 1e-300))
        assert (len(within.removed), within.stopped) == (5, "count")
        assert (len(below.removed) < 5, below.stopped) == (True, limit)


@given(seed=st.integers(0, 99), decay=st.sampled_from([0.0, 0.1]), refresh=st.sampled_from([1, 3, None]),
       prune=st.sampled_from([prune_obs, prune_obs_factored]))
def test_first_order_predicts_exactly_the_rise_of_a_quadratic_away_from_its_minimum(seed, decay, refresh, prune):
    net, x, t = linear_problem(seed=seed)
    rng = np.random.default_rng(seed)
    net.set_parameters(net.parameters() + rng.normal(size=14))
    # The factored one cannot do without. What more damping takes away from the prediction, less loses by rounding: the
    # condition of K is up to 1 / damping, and its inverse is multiplied by H: eps / damping^2 of the gradient is left.
    damping, rel = (0, 1e-6) if prune is prune_obs else (3e-6, 1e-3)
    r = prune(net, x, t, n_remove=6, damping=damping, refresh=refresh, weight_decay=decay, first_order=True)
    assert r.predicted_rise == pytest.approx(r.measured_rise, rel=rel, abs=rel / 10)
    # What remains is at the minimum of its own: no step of Newton's on the survivors is left.
    g = (r.net.gradient(x, t) + decay * r.net.parameters())[unpruned(r.net)]
    np.testing.assert_allclose(g, 0, atol=10 * rel)
    plain = prune(net, x, t, n_remove=6, damping=damping, refresh=refresh, weight_decay=decay)
    assert r.measured_rise < plain.measured_rise


@pytest.mark.parametrize("refresh", [1, None])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_first_order_changes_nothing_at_a_minimum(refresh, decay):
    net, x, t = ridge_problem(decay)
    options = {"n_remove": 6, "damping": 1e-3 if refresh is None else 0, "refresh": refresh, "weight_decay": decay}
    plain, first = (prune_obs(net, x, t, first_order=f, **options) for f in (False, True))
    np.testing.assert_array_equal(first.removed, plain.removed)
    np.testing.assert_allclose(first.costs, plain.costs, rtol=1e-6)
    np.testing.assert_allclose(first.net.parameters(), plain.net.parameters(), atol=1e-8)


@pytest.mark.parametrize("damping", [0.05, 1.0])
def test_first_order_against_the_minimum_found_by_linear_algebra_with_the_charge_on_dw(damping):
    """min g'd + d'Hd/2 + damping/2 sum H_jj d_j^2 with d = -w on the pruned, for a net that is no quadratic."""
    net, x, y = problem()
    w, g, H = net.parameters(), net.gradient(x, y), gauss_newton(net, x, y)
    M = H + damping * np.diag(np.diag(H))
    r = prune_obs(net, x, y, n_remove=7, refresh=None, damping=damping, first_order=True)
    S = flatten(r.net.masks, r.net.bias_masks)
    d = np.where(S, 0.0, -w)
    d[S] = np.linalg.solve(M[np.ix_(S, S)], -g[S] - M[np.ix_(S, ~S)] @ d[~S])
    np.testing.assert_allclose(r.net.parameters(), w + d, atol=1e-8)
    assert r.predicted_rise == pytest.approx(g @ d + d @ M @ d / 2, rel=1e-8)
    # The weight that goes first is the one whose best removal costs least, tried one after the other.
    rises = []
    for q in range(len(w)):
        S = np.arange(len(w)) != q
        d = np.where(S, 0.0, -w)
        d[S] = np.linalg.solve(M[np.ix_(S, S)], -g[S] - M[np.ix_(S, ~S)] @ d[~S])
        rises.append(g @ d + d @ M @ d / 2)
    first = prune_obs(net, x, y, n_remove=1, damping=damping, first_order=True)
    is_bias = places(net)[:, 2] == np.array(net.sizes)[places(net)[:, 0]]
    best = int(np.where(is_bias, np.inf, rises).argmin())
    assert first.removed[0].tolist() == places(net)[best].tolist()
    assert first.predicted_rise == pytest.approx(rises[best], rel=1e-8)


def test_first_order_predicts_a_fall_after_layerwise_obs_and_delivers_it():
    net, x, y = problem(n=200)
    train(net, x, y, epochs=30)
    layerwise = prune_lobs(net, x, sparsity=0.3).net
    plain, first = (prune_obs(layerwise, x, y, n_remove=1, damping=0.1, first_order=f) for f in (False, True))
    assert first.predicted_rise < 0
    assert first.measured_rise < min(0, plain.measured_rise)
    nothing = prune_obs(layerwise, x, y, n_remove=0, first_order=True)
    np.testing.assert_array_equal(nothing.net.parameters(), layerwise.parameters())
    assert nothing.predicted_rise == nothing.measured_rise == 0


def test_a_limit_that_the_first_removal_passes_leaves_the_net_as_it_is_with_first_order_too():
    net, x, t = linear_problem()
    r = prune_obs(net, x, t, max_predicted_rise=0, damping=0, first_order=True)
    np.testing.assert_array_equal(r.net.parameters(), net.parameters())
    assert (len(r.removed), r.stopped, r.predicted_rise) == (0, "max_predicted_rise", 0)


# -- what is dead, saturated, in other units or in float32 ---------------------------------------------------


def test_exactly_at_a_limit_is_allowed():
    net, x, y = problem()
    r = prune_obs(net, x, y, n_remove=25)
    assert r.measured_rise > 0
    for limit, most in (("max_predicted_rise", r.predicted_rise), ("max_measured_rise", r.measured_rise)):
        assert len(prune_obs(net, x, y, n_remove=25, **{limit: most}).removed) == 25
        assert len(prune_obs(net, x, y, n_remove=25, **{limit: float(np.nextafter(most, 0))}).removed) < 25


@pytest.mark.parametrize("c", [1e-3, 0.01, 1.0, 100.0])
@pytest.mark.parametrize("prune", [prune_obs, prune_obs_factored])
def test_two_inputs_nearly_alike_are_told_in_every_unit(c, prune):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 1))
    x = np.hstack([x, x + 0.05 * rng.normal(size=(400, 1))])
    net = MLP.from_arrays([[[1 / c, 1 / c]]], [[0.0]], loss="mse")
    found = [prune(n, x * s, x @ [1.0, 1.0], n_remove=1, refresh=None, damping=1e-3).net.weights[0] * s
             for n, s in ((net, c), (MLP.from_arrays([[[1.0, 1.0]]], [[0.0]], loss="mse"), 1))]
    assert found[0].max() == pytest.approx(1.99, abs=0.015)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-9)


@pytest.mark.parametrize("prune", [prune_obs, prune_obs_factored])
def test_columns_of_any_scale_give_the_same_net(prune):
    net, x, y = problem()
    c = 10.0 ** np.array([-6, 6, 0, 3])
    scaled = MLP.from_arrays([net.weights[0] / c, net.weights[1]], net.biases, net.activation)
    a, b = prune(net, x, y, n_remove=20, damping=0.1), prune(scaled, x * c, y, n_remove=20, damping=0.1)
    np.testing.assert_array_equal(a.removed, b.removed)
    np.testing.assert_allclose(a.costs, b.costs, rtol=1e-6)
    np.testing.assert_allclose(b.net.weights[0] * c, a.net.weights[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("prune", "options"), [
    (prune_obs, {}), (prune_obs, {"refresh": 4}), (prune_obs, {"first_order": True, "refresh": None}),
    (prune_obs_factored, {}),
    (prune_obs_factored, {"hessian": "fisher", "refresh": 5}),
    (prune_obs_factored, {"first_order": True, "refresh": None}),
])
def test_inputs_that_are_always_0_cost_nothing_and_go_first(prune, options):
    net, x, y = problem(sizes=(9, 5, 3), n=60)
    x[:, [0, 4, 8]] = 0
    r = prune(net, x, y, n_remove=20, **options)
    first = r.removed[:15]
    assert {(l, column) for l, _, column in first.tolist()} == {(0, 0), (0, 4), (0, 8)}
    assert r.costs[:15].max() < 1e-200
    assert not r.net.weights[0][:, [0, 4, 8]].any()
    assert r.costs[15:].min() > 1e-12


@pytest.mark.parametrize("prune", [prune_obs, prune_obs_factored])
def test_a_dead_net_is_named_and_damping_is_not_the_remedy(prune):
    net = MLP.from_arrays([[[1.0, 2.0], [-3.0, 1.0]], [[1.0, -1.0], [2.0, 1.0]]], [[-99.0, -99.0], [0.0, 0.1]])
    x, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    with pytest.warns(NNPruneWarning, match="all units of hidden layer 1 are 0") as caught:
        r = prune(net, x, y, sparsity=0.5)
    texts = [str(w.message) for w in caught]  # and one of the layer that is empty in the end
    assert sum("are 0 on the first" in text for text in texts) == 1
    assert not any("damping" in text for text in texts)
    assert len(r.removed) == 4
    assert r.predicted_rise == pytest.approx(0, abs=1e-200)
    assert r.measured_rise == 0


def saturated():
    """A tanh net whose hidden units are saturated at the samples: E is flat where H is computed, and only there."""
    rng = np.random.default_rng(0)
    net = MLP((3, 6, 1), activation="tanh", loss="mse", rng=0)
    net.set_parameters(net.parameters() * 30)
    x = rng.normal(size=(50, 3))
    return net, x, net.forward(x)[:, 0]


def test_a_saturated_net_whose_rise_is_nothing_like_the_predicted_one_gets_one_warning_with_both():
    net, x, y = saturated()
    with pytest.warns(NNPruneWarning, match=r"a rise of \S+ was predicted, but \S+ is measured, after \d+ removals.*"
                                            "smaller refresh, a larger damping than 1e-08, or retrain") as caught:
        results = prune_obs(net, x, y, sparsity=[0.3, 0.6, 0.9], refresh=None, damping=1e-8)
    assert sum("was predicted" in str(w.message) for w in caught) == 1
    assert any(r.measured_rise > 100 * r.predicted_rise for r in results)


def test_rises_are_measured_in_float64_for_float32_samples_too():
    net, x, y = problem()
    x = x.astype(np.float32)
    r = prune_obs(net, x, y, n_remove=3)
    x64 = x.astype(np.float64)
    assert r.measured_rise == r.net.loss(x64, y) - net.loss(x64, y)
    twice = prune_obs(net, x64, y, n_remove=3)
    assert (twice.measured_rise, twice.predicted_rise) == (r.measured_rise, r.predicted_rise)


# -- what cannot be done -------------------------------------------------------------------------------------


def test_an_indefinite_hessian_is_refused_with_the_damping_that_would_do():
    net, x, y = problem()
    with pytest.raises(ValueError, match=r"with damping=0.1: scaled .* its eigenvalues go from -") as e:
        prune_obs(net, x, y, n_remove=1, hessian="exact")
    enough = float(str(e.value).rsplit("say ", 1)[1].split(";")[0])
    assert len(prune_obs(net, x, y, n_remove=1, hessian="exact", damping=enough).removed) == 1


def test_a_singular_hessian_needs_damping():
    net, x, y = problem()
    with pytest.raises(ValueError, match="not positive definite with damping=0: .*say 0.0001"):
        prune_obs(net, x[:1], y[:1], n_remove=1, damping=0)  # fewer samples than outputs
    assert len(prune_obs(net, x[:1], y[:1], n_remove=1).removed) == 1
    H = np.diag([1.0, 1.0] + [0] * 41)
    H[0, 2] = H[2, 0] = 1
    with pytest.raises(ValueError, match="diagonal entry 2 is 0, but row 2 is not, and no damping changes that"):
        prune_obs(net, x, y, n_remove=1, hessian=H, refresh=None, damping=1)


def test_what_does_not_fit_into_memory_is_refused_before_any_work():
    net = MLP((784, 300, 100, 10), rng=0)
    with pytest.raises(ValueError, match=r"266,610 parameters needs 3177\.\d GiB, but max_memory is 4\.0 GiB: prune "
                                         "with prune_lobs to a few thousand weights first, use prune_obs_factored"):
        prune_obs(net, np.zeros((1, 784)), [0], sparsity=0.5)


def test_the_estimate_of_memory_is_right():
    net = MLP((20, 20, 10), rng=0)
    x, y = samples(net, 200)
    k = net.parameters().size
    tracemalloc.start()
    prune_obs(net, x, y, n_remove=100, refresh=None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.8 * COPIES * 8 * k**2 < peak < 1.3 * COPIES * 8 * k**2


@pytest.mark.parametrize(("options", "message"), [
    ({}, "nothing says when to stop"),
    ({"sparsity": 1.0}, r"sparsity must be a number in \[0, 1\)"),
    ({"n_remove": 99}, "n_remove=99, but only 35 weights can be removed"),
    ({"n_remove": -1}, "n_remove must be a whole number"),
    ({"max_measured_rise": -1}, "max_measured_rise must be a number"),
    ({"n_remove": 1, "damping": -1}, "damping must be a number"),
    ({"n_remove": 1, "damping": np.inf}, r"damping must be a number in \[0, inf\)"),
    ({"n_remove": 1, "weight_decay": np.inf}, r"weight_decay must be a number in \[0, inf\)"),
    ({"n_remove": 1, "weight_decay": -1}, "weight_decay must be a number"),
    ({"n_remove": 1, "weight_decay": np.nan}, "weight_decay must be a number"),
    ({"n_remove": 1, "refresh": 0}, "refresh must be a whole number of at least 1"),
    ({"n_remove": 1, "hessian": "true"}, "hessian 'true' is unknown"),
    ({"n_remove": 1, "hessian": np.eye(43), "refresh": 1}, "refresh must be None, but is 1"),
    ({"n_remove": 1, "refresh": "never"}, "refresh 'never' is unknown; known are: 'auto'"),
    ({"n_remove": 1, "hessian": np.eye(4), "refresh": None}, r"shape \(4, 4\), but \(43, 43\) is needed"),
    ({"n_remove": 1, "hessian": np.ones((43, 4)), "refresh": None}, r"shape \(43, 4\), but"),
    ({"n_remove": 1, "hessian": np.tri(43), "refresh": None}, "not symmetric"),
    ({"n_remove": 1, "hessian": np.full((43, 43), np.inf), "refresh": None}, "the Hessian holds inf"),
    ({"n_remove": 1, "hessian": -np.eye(43), "refresh": None}, "not positive definite"),
    ({"n_remove": 1, "y": np.full(40, 3)}, "needs whole labels from 0 to 2"),
    ({"n_remove": 1, "y": np.zeros((40, 4))}, r"y has the shape \(40, 4\)"),
    ({"n_remove": 1, "x": np.ones((40, 2))}, "x has 2 columns"),
])
def test_bad_input_is_refused(options, message):
    net, x, y = problem()
    with pytest.raises(ValueError, match=message):
        prune_obs(net, **{"x": x, "y": y, **options})
