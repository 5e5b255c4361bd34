"""Shares as people need them: one for each layer, or of some layers only; the same for every pruner."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, random_problem, samples

import nnprune
from nnprune.hessian.full import gauss_newton
from nnprune.hessian.linalg import damp
from nnprune.nn import columns
from nnprune.pruning import METHODS

pytestmark = pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")


def scored(net, x, y, **options):
    return nnprune.prune_by_scores(net, [np.sin(np.arange(columns(net, l).size)).reshape(columns(net, l).shape)
                                         for l in range(len(net.weights))], **options)


PRUNERS = {key: METHODS[key].function for key in ("obd", "snip")} | {
    "magnitude": lambda net, x, y, **o: nnprune.prune_magnitude(net, **o),
    "random": lambda net, x, y, **o: nnprune.prune_random(net, **o),
    "scores": scored,
    "lobs": lambda net, x, y, **o: nnprune.prune_lobs(net, x, **o),
    "lobs, pruned inputs": lambda net, x, y, **o: nnprune.prune_lobs(net, x, inputs="pruned", **o),
    "lobs, shared": lambda net, x, y, **o: nnprune.prune_lobs(net, x, inverse="shared", refresh=3, **o),
    "lobs, survivors": lambda net, x, y, **o: nnprune.prune_lobs(net, x, inverse="survivors", refresh=3, **o)}
every_pruner = pytest.mark.parametrize("prune", PRUNERS.values(), ids=PRUNERS)


@st.composite
def layers_of(draw, net):
    """Some layers of a net, in any order."""
    return draw(st.lists(st.integers(0, len(net.weights) - 1), min_size=1, unique=True))


ALSO = {"wanda": lambda net, x, y, **o: nnprune.prune_wanda(net, x, **o),
        "sparsegpt": lambda net, x, y, **o: nnprune.prune_sparsegpt(net, x, **o)}


def gone(net):
    return [int((~mask).sum()) for mask in net.masks]


def untouched(net, pruned, l):
    """Layer l is bit for bit what it was."""
    return (net.weights[l].tobytes() == pruned.weights[l].tobytes() and np.array_equal(net.masks[l], pruned.masks[l])
            and (net.biases[l] is None or net.biases[l].tobytes() == pruned.biases[l].tobytes()))


@pytest.mark.parametrize("prune", (PRUNERS | ALSO).values(), ids=PRUNERS | ALSO)
@given(net=nets(), data=st.data())
def test_a_share_for_each_layer_and_the_others_stay(prune, net, data):
    shares = {l: data.draw(st.floats(0, 0.99)) for l in data.draw(layers_of(net))}
    r = prune(net, *samples(net), sparsity=shares)
    assert gone(r.net) == [round(shares.get(l, 0) * W.size) for l, W in enumerate(net.weights)]
    assert all(untouched(net, r.net, l) for l in range(len(net.weights)) if l not in shares)
    assert {*r.removed[:, 0].tolist()} <= {*shares}


@every_pruner
@given(net=nets(), data=st.data(), scope=st.sampled_from(["network", "layer"]), prune_biases=st.booleans())
def test_the_share_of_some_layers_and_the_others_stay(prune, net, data, scope, prune_biases):
    chosen, values = data.draw(layers_of(net)), sorted({data.draw(st.floats(0, 0.99)) for _ in range(2)})
    n = sum(net.weights[l].size + (net.biases[l].size if prune_biases and net.biases[l] is not None else 0)
            for l in chosen)
    for s, r in zip(values, prune(net, *samples(net), sparsity=values, layers=chosen, scope=scope,
                                  prune_biases=prune_biases)):
        assert len(r.removed) == round(s * n)
        assert len(np.unique(r.removed, axis=0)) == len(r.removed)
        assert all(untouched(net, r.net, l) for l in range(len(net.weights)) if l not in chosen)
        for l, unit, column in r.removed:
            assert not (r.net.bias_masks[l][unit] if column == net.sizes[l] else r.net.masks[l][unit, column])


@every_pruner
@given(net=nets(), data=st.data())
def test_a_number_of_weights_of_some_layers_beside_what_is_gone(prune, net, data):
    x, y = samples(net)
    first = prune(net, x, y, n_remove=data.draw(st.integers(0, net.n_weights - 1))).net
    chosen = data.draw(layers_of(net))
    k = data.draw(st.integers(0, sum(int(first.masks[l].sum()) for l in chosen)))
    r = prune(first, x, y, n_remove=k, layers=chosen)
    assert len(r.removed) == k == sum(gone(r.net)) - sum(gone(first))
    assert {*r.removed[:, 0].tolist()} <= {*chosen}


@given(nets(), st.data())
def test_magnitude_takes_the_smallest_of_the_layers(net, data):
    chosen = data.draw(layers_of(net))
    r = nnprune.prune_magnitude(net, sparsity=0.5, layers=chosen)
    sizes = np.sort(np.concatenate([np.abs(net.weights[l]).ravel() for l in chosen]))
    np.testing.assert_array_equal(r.costs, sizes[:len(r.costs)])


def test_exact_lobs_with_shares_is_prune_layer_on_each_layer():
    net, x, _ = random_problem((6, 5, 4, 3), activation="tanh")
    r = nnprune.prune_lobs(net, x, sparsity={0: 0.6, 2: 0.25})
    for l, share in ((0, 0.6), (2, 0.25)):
        alone = nnprune.prune_layer(net.weights[l], net.layer_inputs(x)[0][l], bias=net.biases[l], sparsity=share)
        np.testing.assert_array_equal(r.removed[r.removed[:, 0] == l, 1:], alone.order)
        np.testing.assert_allclose(r.net.weights[l], alone.W, atol=1e-12)
        np.testing.assert_allclose(r.net.biases[l], alone.bias, atol=1e-12)
    assert [report.layer for report in r.layers] == [0, 2]


def test_a_rising_sequence_over_some_layers_is_nested_and_saved(tmp_path):
    net, x, _ = random_problem((6, 5, 4, 3))
    low, high = nnprune.prune_lobs(net, x, sparsity=[0.3, 0.8], layers=[0, 2])
    np.testing.assert_array_equal(high.removed[:len(low.removed)], low.removed)
    high.save(tmp_path / "r.npz")
    assert nnprune.PruneResult.load(tmp_path / "r.npz").layers == high.layers


NET, X, Y = random_problem((4, 3, 2))
HALF = nnprune.prune_magnitude(NET, sparsity={0: 0.5}).net


@every_pruner
@pytest.mark.parametrize(("options", "message"), [
    ({"sparsity": {0: 0.9, 2: 0.5}}, r"sparsity names layer 2, which is not there: \[0, 2\]; .* layers 0 to 1"),
    ({"sparsity": {}}, "sparsity must name one layer or more"),
    ({"sparsity": {"first": 0.5}}, "a layer of sparsity must be a whole number"),
    ({"sparsity": {1: 95}}, r"sparsity\[1\] must be a number in \[0, 1\), but it is 95: did you mean 0.95"),
    ({"sparsity": {0: 0.25}}, r"sparsity\[0\]=0.25: 3 weights more .* pruned already in layer 0; ask for more"),
    ({"sparsity": 0.25, "layers": [0]}, r"sparsity=0.25: 3 weights more .* pruned already in the layers \[0\]"),
    ({"sparsity": {0: 0.9}, "layers": [0]}, "whose keys name the layers already: leave one of the two out"),
    ({"sparsity": {0: 0.9}, "n_remove": 3}, "give either sparsity or n_remove"),
    ({"n_remove": 3, "scope": "layer"}, "n_remove=3 does not go with scope='layer'"),
    ({"n_remove": 7, "layers": [0]}, "n_remove=7, but only 6 weights can be removed"),
    ({"sparsity": 0.9, "layers": []}, "layers must name one layer or more"),
    ({"sparsity": 0.9, "layers": 0}, "layers must name one layer or more"),
    ({"sparsity": 0.9, "layers": [1, 1]}, "layers names a layer twice"),
    ({"sparsity": 0.9, "layers": [-1]}, "a layer of layers must be a whole number of at least 0"),
    ({"sparsity": 0.9, "layers": [0, 2]}, "layers names layer 2, which is not there"),
    ({}, "give either sparsity or n_remove"),
])
def test_bad_input_is_one_error_with_the_remedy(prune, options, message):
    with pytest.raises(ValueError, match=message):
        prune(HALF, X, Y, **options)


@pytest.mark.parametrize("refused", [
    lambda: nnprune.prune_obs(NET, X, Y, sparsity={0: 0.5}),
    lambda: nnprune.prune_obs_factored(NET, X, Y, sparsity={0: 0.5}),
    lambda: nnprune.prune_iteratively(NET, X, Y, lambda net, s: nnprune.prune_magnitude(net, sparsity=s),
                                      sparsity={0: 0.5}),
    lambda: nnprune.compare(NET, nnprune.make_digits(20, 10), ["magnitude"], {0: 0.5})])
def test_where_one_share_is_needed_shares_by_layer_are_refused_with_the_pruners_that_take_them(refused):
    with pytest.raises(ValueError, match="has a share for each layer, but one .* prune_lobs take such shares"):
        refused()


def test_obs_needs_at_least_one_of_its_four_limits():
    for prune in (nnprune.prune_obs, nnprune.prune_obs_factored):
        with pytest.raises(ValueError, match="nothing says when to stop: give sparsity, n_remove, max_pred"):
            prune(NET, X, Y)


def test_obs_of_some_layers_is_its_definition_with_their_weights_as_the_only_candidates():
    """One Hessian, and at each removal eq. 5 over the candidates; all other parameters compensate."""
    net, x, y = random_problem((4, 5, 3))
    H = damp(gauss_newton(net, x, y), 0.1)
    first = net.weights[0].size + net.biases[0].size  # the parameters of layer 0 come first
    candidates = list(range(first, first + net.weights[1].size))
    w, alive, removed = net.parameters(), list(range(len(H))), []
    while len(removed) < 6:
        Hinv = np.linalg.inv(H[np.ix_(alive, alive)])
        L = {q: w[q] ** 2 / (2 * Hinv[alive.index(q), alive.index(q)]) for q in candidates}
        q = min(L, key=L.get)
        i = alive.index(q)
        w[alive] -= w[q] / Hinv[i, i] * Hinv[i]
        w[q] = 0
        alive.remove(q)
        candidates.remove(q)
        removed.append(divmod(q - first, 5))
    for r in (nnprune.prune_obs(net, x, y, n_remove=6, layers=[1], refresh=None, damping=0.1),
              nnprune.prune_obs_factored(net, x, y, sparsity=0.4, layers=[1], refresh=None, damping=0.1)):  # 6 of 15
        assert r.removed.tolist() == [[1, *place] for place in removed]
        np.testing.assert_allclose(r.net.parameters(), w, atol=1e-9)


@pytest.mark.parametrize("prune", [nnprune.prune_obs, nnprune.prune_obs_factored])
@pytest.mark.parametrize(("options", "message"), [
    ({"layers": [7], "sparsity": 0.5}, "layers names layer 7, which is not there"),
    ({"layers": [], "sparsity": 0.5}, "layers must name one layer or more"),
    ({"layers": [1], "n_remove": 16}, "n_remove=16, but only 15 weights can be removed"),
])
def test_layers_that_do_not_fit_in_obs(prune, options, message):
    with pytest.raises(ValueError, match=message):
        prune(*random_problem((4, 5, 3)), **options)
