"""What y may be: every form of the same labels trains the same net and is validated alike; the rest is refused."""

from contextlib import nullcontext

import numpy as np
import pytest

import nnprune
from nnprune import MLP, NNPruneWarning, train, train_compact
from nnprune.nn.sgd import _warn_of_growth, warn_of_pixels

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 4))
LABELS = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0.5)
FORMS = {"array": LABELS, "list": LABELS.tolist(), "tuple": tuple(LABELS.tolist()), "column": LABELS[:, None],
         "float": LABELS.astype(float), "one-hot": np.eye(3)[LABELS], "rows": np.eye(3)[LABELS].tolist(),
         "int8": LABELS.astype(np.int8)}


def trained(y, loss="cross_entropy", c=3, **options):
    net = MLP((4, 8, c), loss=loss, rng=0)
    return net, train(net, X, y, epochs=4, batch_size=16, rng=3, **options)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_labels_is_validated_alike(form, loss):
    wanted, history = trained(LABELS, loss, validation=0.2)
    net, got = trained(FORMS[form], loss, validation=0.2)
    np.testing.assert_array_equal(net.parameters(), wanted.parameters())
    assert [(e.validation_accuracy, e.validation_loss) for e in got] == [
        (e.validation_accuracy, e.validation_loss) for e in history]
    assert got[-1].validation_accuracy > 0.6


def test_a_series_counts_by_its_values():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    shuffled = pandas.Series(LABELS).sample(frac=1, random_state=0)
    wanted, history = trained(shuffled.to_numpy(), validation=0.2)
    net, got = trained(shuffled, validation=0.2)
    np.testing.assert_array_equal(net.parameters(), wanted.parameters())
    assert got[-1].validation_accuracy == history[-1].validation_accuracy
    with pytest.raises(ValueError, match=r"y must hold numbers, but its dtype is object: .*to_numpy\(dtype=float\)"):
        trained(pandas.Series(["a", "b"] * 100, dtype=object))


def test_a_pair_is_validated_on():
    x, y = X[:50], LABELS[:50]
    for pair in ((x, y), [x.tolist(), y.tolist()], (x, np.eye(3)[y])):
        net, history = trained(LABELS, validation=pair)
        assert history[-1].validation_accuracy == net.accuracy(x, y)
        assert history[-1].validation_loss == pytest.approx(net.loss(x, y))
    np.testing.assert_array_equal(net.parameters(), trained(LABELS)[0].parameters())  # no sample is kept apart
    small = train_compact(net, X, LABELS, epochs=1, validation=(x, y))
    assert small.sizes == net.sizes


def test_regression_is_validated_by_its_loss():
    y = 3 * X[:, :2] + 1
    _, history = trained(y, "mse", c=2, validation=0.25)
    assert history[-1].validation_accuracy is None
    assert 0 < history[-1].validation_loss < history[0].validation_loss
    _, history = trained(y[:, 0], "mse", c=1, validation=(X[:10], y[:10, 0]))
    assert history[-1].validation_accuracy is None
    _, history = trained(LABELS > 0, "mse", c=1, validation=0.25)
    assert history[-1].validation_accuracy > 0.5
    assert trained(LABELS)[1][-1].validation_loss is None


def test_soft_targets_are_validated_by_their_most_probable_class():
    soft = 0.7 * np.eye(3)[LABELS] + 0.1
    _, history = trained(soft, validation=(X, soft))
    net, _ = trained(soft)
    assert history[-1].validation_accuracy == net.accuracy(X, LABELS)


@pytest.mark.parametrize(("y", "message"), [
    (LABELS[:-1], r"y has the shape \(199,\), but \(200,\) is needed, or \(200, 3\)"),
    (None, "y must hold numbers, but its dtype is object"),
    ("abc", "y must hold numbers, but its dtype is <U3"),
    (["red", "blue"] * 100, r"dtype is <U4: number the words, for instance by np\.unique"),
    (np.where(LABELS == 0, np.nan, LABELS), "y holds nan"),
    (LABELS + 1, r"y\[\d+\] is 3, but a net with 3 outputs needs whole labels from 0 to 2"),
    (LABELS + 0.5, "whole labels"),
    (LABELS + 1j, "y must hold numbers, but its dtype is complex128"),
    (np.ma.masked_equal(LABELS, 2), "y is a NumPy masked array"),
    ([[1], [1, 2]] * 100, "y is no array"),
    (np.ones((200, 2)), r"y has the shape \(200, 2\)"),
])
def test_what_is_no_target_is_refused_before_the_first_epoch(y, message):
    net = MLP((4, 8, 3), rng=0)
    before = net.parameters()
    with pytest.raises(ValueError, match=message):
        train(net, X, y, validation=0.2)
    with pytest.raises(ValueError, match=message):
        train(net, X, LABELS, validation=(X, y))
    with pytest.raises(ValueError, match=message):
        net.loss(X, y)
    np.testing.assert_array_equal(net.parameters(), before)


@pytest.mark.parametrize(("validation", "message"), [
    ((X[:, :3], LABELS), "validation: x has 3 columns, but 4 are needed"),
    ((X,), r"validation must be a share of the samples in \[0, 1\), or a pair"),
    ("half", r"validation must be a number in \[0, 1\)"),
    (20, r"did you mean 0\.2, 20 %\?"),
])
def test_validation_that_is_none(validation, message):
    with pytest.raises(ValueError, match=message):
        trained(LABELS, validation=validation)


# -- what goes wrong without an error --------------------------------------------------------------------------

def test_pixels_up_to_255_are_named():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 4)).astype(np.uint8)
    with pytest.warns(NNPruneWarning, match="numbers from 0 up to 255, as pixels do, .* divide them by 255"):
        train(MLP((4, 8, 3), activation="tanh", rng=0), pixels, LABELS[:50], epochs=1, learning_rate=1e-6)
    train(MLP((4, 8, 3), rng=0), pixels / 255, LABELS[:50], epochs=1)  # no warning, or pytest would fail


@pytest.mark.parametrize(("x", "pixels"), [
    ([0, 255], True), ([0.3, 254.8], True), ([0, 101], True), ([0.0005, 101], True),  # whole, or resampled and bright
    ([0.3, 250], False), ([0, 100], False), ([0.001, 101], False), ([-1, 255], False), ([0, 255.5], False),
    ([0, 256], False),
])
def test_pixels_are_whole_or_reach_almost_255(x, pixels):
    with pytest.warns(NNPruneWarning) if pixels else nullcontext():
        warn_of_pixels(np.array([x], float))


def test_a_loss_that_grew_is_named():
    with pytest.warns(NNPruneWarning, match=r"the loss grew from .* to .*take a learning_rate below 1e\+06"):
        train(MLP((4, 3), rng=0), X, LABELS, epochs=1, learning_rate=1e6)


@pytest.mark.parametrize(("first", "largest", "told"), [
    (0.001, 100, False), (0.001, 101, True), (3, 300, False), (3, 301, True)])
def test_a_loss_below_1_may_grow_from_a_perfect_fit(first, largest, told):
    with pytest.warns(NNPruneWarning) if told else nullcontext():
        _warn_of_growth(first, largest, 0.1)


def test_a_dead_hidden_layer_is_named():
    net = MLP.from_arrays([-np.ones((3, 4)), np.ones((3, 3))], [np.zeros(3), np.zeros(3)])
    with pytest.warns(NNPruneWarning, match="all units of hidden layer 1 are 0 on the first 50 samples"):
        train(net, np.abs(X[:50]), LABELS[:50], epochs=1)


@pytest.mark.parametrize("prune", [nnprune.prune_snip, nnprune.prune_obd, nnprune.prune_obs,
                                   lambda net, x, y, sparsity: nnprune.prune_lobs(net, x, sparsity=sparsity)])
def test_a_dead_hidden_layer_is_named_by_pruners_too(prune):
    net = MLP.from_arrays([-np.ones((3, 4)), np.ones((3, 3))], [np.zeros(3), np.zeros(3)])
    with pytest.warns(NNPruneWarning, match="all units of hidden layer 1 are 0 on the first 50 samples"):
        prune(net, np.abs(X[:50]), LABELS[:50], sparsity=0.25)


COLLAPSE = {
    "magnitude": lambda net: nnprune.prune_magnitude(net, sparsity=0.95),
    "random": lambda net: nnprune.prune_random(net, sparsity=0.95),
    "snip": lambda net: nnprune.prune_snip(net, X, LABELS % 2, sparsity=0.95),
    "obd": lambda net: nnprune.prune_obd(net, X, LABELS % 2, sparsity=0.95),
    "obs": lambda net: nnprune.prune_obs(net, X, LABELS % 2, sparsity=0.95, refresh=None),
    "lobs": lambda net: nnprune.prune_lobs(net, X, sparsity=0.95),
    "lobs, shared": lambda net: nnprune.prune_lobs(net, X, sparsity=0.95, inverse="shared"),
}


@pytest.mark.parametrize("name", COLLAPSE)
def test_a_layer_that_lost_all_its_weights_is_named_by_any_method(name):
    """42 weights in three layers, of which 2 stay: at least one layer is empty."""
    net = MLP((4, 3, 6, 2), rng=0)
    with pytest.warns(NNPruneWarning, match=r"layer .* without any weight at sparsity 0\.95") as caught:
        COLLAPSE[name](net)
    assert len(caught) == 1
