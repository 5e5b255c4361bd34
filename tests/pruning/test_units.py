"""In whatever unit an input is measured, the same weights go at the same costs; and what damping costs is said."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import examples

import nnprune
from nnprune import MLP, NNPruneWarning, certify, prune_lobs, prune_obs, prune_obs_factored

WAYS = {
    "exact L-OBS": prune_lobs,
    "L-OBS on the pruned inputs": lambda net, x, **o: prune_lobs(net, x, inputs="pruned", **o),
    "shared L-OBS": lambda net, x, **o: prune_lobs(net, x, inverse="shared", **o),
    "shared L-OBS, refreshed": lambda net, x, **o: prune_lobs(net, x, inverse="shared", refresh=3, **o),
    "L-OBS by survivors": lambda net, x, **o: prune_lobs(net, x, inverse="survivors", refresh=3, **o),
    "OBS": lambda net, x, **o: prune_obs(net, x, np.arange(len(x)) % net.sizes[-1], **o),
    "OBS, factored": lambda net, x, **o: prune_obs_factored(net, x, np.arange(len(x)) % net.sizes[-1], **o),
}


def in_other_units(net, x, s):
    """The same function of inputs s times as large."""
    return MLP.from_arrays([net.weights[0] / s, *net.weights[1:]], net.biases, activation=net.activation,
                           loss=net.loss_name), x * s


@pytest.mark.filterwarnings("ignore:a rise of .* was predicted:nnprune.NNPruneWarning")  # seeds 53, 62, 78
@pytest.mark.parametrize("way", WAYS)
@examples(25)  # seven ways
@given(st.lists(st.floats(-6, 6), min_size=5, max_size=5), st.integers(0, 99))
def test_at_default_options_the_units_of_the_inputs_change_nothing(way, exponents, seed):
    """Columns scaled by 1e-6 to 1e6, biases and all."""
    net, rng = MLP((5, 6, 3), rng=seed), np.random.default_rng(seed)
    net.set_parameters(rng.normal(size=net.parameters().size))
    x, s = rng.normal(size=(40, 5)) @ rng.normal(size=(5, 5)), 10.0 ** np.array(exponents)
    r = WAYS[way](net, x, sparsity=0.5)
    scaled = WAYS[way](*in_other_units(net, x, s), sparsity=0.5)
    free = r.costs < 1e-200  # those that cost nothing go in any order
    np.testing.assert_array_equal(scaled.removed[~free], r.removed[~free])
    assert {*map(tuple, scaled.removed[free])} == {*map(tuple, r.removed[free])}
    np.testing.assert_allclose(scaled.costs, r.costs, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(scaled.net.weights[0] * s, r.net.weights[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(scaled.net.weights[1], r.net.weights[1], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(scaled.net.biases[0], r.net.biases[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("way", WAYS)
@examples(12)  # OBS takes a quarter of a second each
@given(st.floats(-6, 6), st.integers(0, 99))
def test_a_relu_net_with_parameters_that_cost_nothing_is_the_same_function_in_every_unit(way, exponent, seed):
    """Two units are never on, two inputs always 0; which of the parameters that cost nothing goes, is free."""
    net, rng = MLP((6, 8, 5, 3), rng=seed), np.random.default_rng(seed)
    net.set_parameters(0.5 * rng.normal(size=net.parameters().size))
    net.biases[0][:2] = -100
    x = rng.normal(size=(40, 6)) * [1, 0, 1, 1, 0, 1]
    scaled, x_scaled = in_other_units(net, x, 10.0 ** exponent)
    for r, other in zip(*(WAYS[way](net, x, sparsity=[0.2, 0.6]) for net, x in ((net, x), (scaled, x_scaled)))):
        np.testing.assert_allclose(other.costs, r.costs, rtol=1e-6, atol=1e-12)
        z = r.net.forward(x)
        np.testing.assert_allclose(other.net.forward(x_scaled), z, rtol=1e-6, atol=1e-6 * np.abs(z).max())


@pytest.mark.parametrize("c", [1, 0.1, 0.01, 1e-6, 1e6])
def test_of_two_inputs_that_are_nearly_alike_one_takes_over_in_every_unit(c):
    """The right survivor is 1 + x_1'x_2 / |x_2|^2, near 2; with one lambda for all columns it fell to 1.03."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 1))
    x = np.hstack([x, x + 0.05 * rng.normal(size=(400, 1))])
    net = MLP.from_arrays([[[1 / c, 1 / c]]], [[0.0]], loss="mse")
    best = [1 + x[:, 0] @ x[:, 1] / (a @ a) for a in x.T]
    for r in (prune_obs(net, x * c, x @ [1.0, 1.0], n_remove=1, damping=1e-3), prune_lobs(net, x * c, sparsity=0.5)):
        (survivor,) = np.flatnonzero(r.net.weights[0])
        assert r.net.weights[0][0, survivor] * c == pytest.approx(best[survivor], rel=1e-2)


def table(scales, seed=0):
    """Two hundred samples of eight correlated inputs in these units, in two classes, and a net trained on them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(200, 8)) @ rng.normal(size=(8, 8))
    y = (x[:, 0] + x[:, 1] * x[:, 2] > 0).astype(int)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    net = MLP((8, 12, 2), activation="tanh", rng=0)
    nnprune.train(net, x, y, epochs=60, batch_size=20, learning_rate=0.05, rng=0)
    return *in_other_units(net, x, scales), y


@pytest.mark.parametrize("way", ["exact L-OBS", "OBS"])
def test_on_a_raw_table_nothing_is_lost_against_the_standardised_one(way):
    raw, plain = (table(s) for s in (np.geomspace(1e-3, 1e4, 8), np.ones(8)))
    accuracies = [WAYS[way](net, x, sparsity=0.7).net.accuracy(x, y) for net, x, y in (raw, plain)]
    assert accuracies[0] == accuracies[1] > 0.8


@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
def test_on_the_raw_tables_of_scikit_learn(name):
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    mean, std = x.mean(axis=0), x.std(axis=0)
    plain = MLP((x.shape[1], 10, y.max() + 1), rng=0)
    nnprune.train(plain, (x - mean) / std, y, epochs=60, batch_size=20, learning_rate=0.05, rng=0)
    bias = plain.biases[0] - plain.weights[0] @ (mean / std)
    raw = MLP.from_arrays([plain.weights[0] / std, *plain.weights[1:]], [bias, *plain.biases[1:]])
    for way in ("exact L-OBS", "OBS"):
        a, b = (100 * WAYS[way](net, inputs, sparsity=0.7).net.accuracy(inputs, y)
                for net, inputs in ((raw, x), (plain, (x - mean) / std)))
        assert a >= b - 0.5


def test_inputs_alike_to_1e_7_are_warned_of_without_damping_and_right_with_it():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 3))
    x[:, 1] = x[:, 0] + 1e-7 * rng.normal(size=100)
    net = MLP.from_arrays([rng.normal(size=(2, 3))])
    with pytest.warns(NNPruneWarning, match=r"condition \d.*e\+1[3-5]: of the costs only about [0-2] digits are right"):
        prune_lobs(net, x, sparsity=0.5, damping=0)
    r = prune_lobs(net, x, sparsity=0.5)
    moved = r.net.weights[0] - net.weights[0]
    measured = np.sum((x @ moved.T) ** 2) / 200 + r.damping * np.sum((x**2).mean(axis=0) * moved**2) / 2
    assert r.costs.sum() == pytest.approx(measured, rel=1e-9)
    assert r.layers[0].condition < 1e6


def test_a_dead_input_costs_nothing_and_goes_first_whatever_the_damping():
    rng = np.random.default_rng(0)
    net, x = MLP((5, 6, 3), rng=0), rng.normal(size=(40, 5))
    x[:, 2] = 0
    for way, prune in WAYS.items():
        r = prune(net, x, n_remove=7)
        assert (r.removed[:6, [0, 2]] == [0, 2]).all(), way
        assert r.costs[:6].max() < 1e-200 < r.costs[6], way


def test_a_dead_net_is_not_told_that_more_damping_helps():
    net, x = MLP((3, 4, 2), rng=0), np.random.default_rng(0).normal(size=(20, 3))
    net.biases[0][:] = -1e6  # every relu is off
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NNPruneWarning)
        r = prune_obs(net, x, np.arange(20) % 2, sparsity=0.5)
    assert len(r.removed) == 10
    assert abs(r.measured_rise) < 1e-12


def test_a_rise_that_is_mostly_dampings_is_warned_of_by_the_result_and_its_certificate():
    rng = np.random.default_rng(0)
    net, x = MLP.from_arrays([rng.normal(size=(4, 30))]), rng.normal(size=(10, 30))  # fewer samples than inputs
    with pytest.warns(NNPruneWarning, match=r"of the predicted rise .* is what damping=0.1 charges"):
        r = prune_lobs(net, x, sparsity=0.6, damping=0.1)
    with pytest.warns(NNPruneWarning, match=r"predicted for layer 0, .* is the part of damping=0.1 and only"):
        certify(net, r, x)
    with pytest.warns(NNPruneWarning, match=f"of the predicted rise {r.costs.sum():.3g},"):  # the last of several
        prune_lobs(net, x, sparsity=[0.3, 0.6], damping=0.1)


@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")  # layers without any weight are no matter here
@given(st.integers(0, 400), st.lists(st.integers(1, 5), min_size=2, max_size=5))
def test_per_layer_its_own_sparsity_fed_back_is_done_already_and_the_total_is_exact(seed, sizes):
    rng = np.random.default_rng(seed)
    net, x = MLP(sizes, loss="mse", rng=seed), rng.normal(size=(20, sizes[0]))
    for prune in (lambda net, s: nnprune.prune_magnitude(net, sparsity=s, scope="layer").net,
                  lambda net, s: prune_lobs(net, x, sparsity=s, scope="layer").net,
                  lambda net, s: nnprune.prune_magnitude(net, sparsity=s).net):
        once = prune(net, s := float(rng.uniform()))
        again = nnprune.prune_magnitude(once, sparsity=min(once.sparsity, np.nextafter(1, 0)), scope="layer")
        assert len(again.removed) == 0
        assert once.n_weights - sum(int(m.sum()) for m in once.masks) == round(s * net.n_weights)
        more = nnprune.prune_magnitude(once, sparsity=(s + 1) / 2, scope="layer").net
        assert net.n_weights - sum(int(m.sum()) for m in more.masks) == round((s + 1) / 2 * net.n_weights)
