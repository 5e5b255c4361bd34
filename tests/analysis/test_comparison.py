"""Methods beside each other, a function of one's own among them."""

import csv
import warnings

import numpy as np
import pytest

import nnprune
from nnprune import MLP, NNPruneWarning
from nnprune.analysis import Comparison
from nnprune.analysis.comparison import mean_curves

DATA = nnprune.make_digits(300, 100)
NET = MLP((784, 10, 10), rng=0)
nnprune.train(NET, DATA.x_train, DATA.y_train, epochs=2)


def per_layer(net, x, y, sparsity):
    return nnprune.prune_magnitude(net, sparsity=sparsity, scope="layer")


def test_the_rows_are_those_of_the_methods_called_by_hand():
    compared = nnprune.compare(NET, DATA, ["magnitude", "lobs-exact"], [0.5, 0.9], calibration=200)
    exact = nnprune.prune_lobs(NET, DATA.x_train[:200], sparsity=[0.5, 0.9])
    magnitude = nnprune.prune_magnitude(NET, sparsity=[0.5, 0.9])
    assert [row["accuracy"] for row in compared.rows] == [net.accuracy(DATA.x_test, DATA.y_test) for net in (
        NET, *(r.net for r in magnitude), *(r.net for r in exact))]
    assert [row["sparsity"] for row in compared.rows] == [0, 0.5, 0.9, 0.5, 0.9]
    assert [row["method"] for row in compared.rows] == ["dense", *["magnitude"] * 2, *["lobs-exact"] * 2]


def test_a_function_of_ones_own_sees_the_calibration_samples_and_cannot_change_anything():
    seen, before = [], NET.parameters()

    def greedy(net, x, y, sparsity):
        seen.append((x.shape, y.shape, sparsity, float(x.max())))
        x[:], net.weights[0][:] = 7, 0
        return nnprune.prune_magnitude(NET, sparsity=sparsity).net  # a net will do

    results = []
    compared = nnprune.compare(NET, DATA, [greedy, "magnitude"], [0.5, 0.8], calibration=50,
                               callback=lambda row, result: results.append((row["method"], result)))
    assert [s[:3] for s in seen] == [((50, 784), (50,), 0.5), ((50, 784), (50,), 0.8)]
    assert all(s[3] <= 1 for s in seen)
    np.testing.assert_array_equal(NET.parameters(), before)
    own, table = ([row["accuracy"] for row in compared.rows if row["method"] == m] for m in ("greedy", "magnitude"))
    assert own == table
    assert [name for name, _ in results] == [row["method"] for row in compared.rows]
    assert isinstance(results[1][1], MLP)
    assert isinstance(results[-1][1], nnprune.PruneResult)


def test_a_seed_decides_all():
    def accuracies(rng):
        return [row["accuracy"] for row in nnprune.compare(NET, DATA, "random", [0.5], rng=rng).rows]

    assert accuracies(3) == accuracies(3)
    assert accuracies(np.random.default_rng(5)) == accuracies(np.random.default_rng(5))


def test_the_table_the_csv_and_the_curves(tmp_path):
    compared = nnprune.compare(NET, DATA, {"mine": per_layer, "magnitude": "magnitude"}, [0.5, 0.9])
    text = str(compared)
    for row in compared.rows:
        assert f"{100 * row['accuracy']:.2f}" in text
    assert "mine" in text
    assert repr(compared) == "Comparison(5 rows: dense, mine, magnitude)"
    compared.save_csv(tmp_path / "new" / "rows.csv")
    found = list(csv.DictReader((tmp_path / "new" / "rows.csv").read_text().splitlines()))
    assert [float(row["accuracy"]) for row in found] == [row["accuracy"] for row in compared.rows]
    twice = Comparison(compared.rows + compared.rows)
    assert "over 2 seeds" in str(twice)
    assert twice.curves["mine"][0.5] == (*compared.curves["mine"][0.5][:2], 2) == (
        *mean_curves(compared.rows)["mine"][0.5][:2], 2)


def test_warnings_of_one_kind_are_one_line_of_the_table():
    def anxious(net, x, y, sparsity):
        warnings.warn(f"layer 0 keeps {sparsity:.3f} of what it had", NNPruneWarning, stacklevel=2)
        warnings.warn("another matter", NNPruneWarning, stacklevel=2)
        return per_layer(net, x, y, sparsity)

    compared = nnprune.compare(NET, DATA, [anxious, "magnitude"], [0.2, 0.5, 0.7])
    assert compared.warnings == (("anxious", 3, "layer 0 keeps 0.200 of what it had"), ("anxious", 3, "another matter"))
    assert str(compared).splitlines()[-2:] == [
        "warning, anxious, 3 times, the first: layer 0 keeps 0.200 of what it had",
        "warning, anxious, 3 times, the first: another matter"]


def test_other_warnings_are_not_swallowed():
    def old(net, x, y, sparsity):
        warnings.warn("use another", FutureWarning, stacklevel=2)
        return per_layer(net, x, y, sparsity)

    with pytest.warns(FutureWarning, match="use another"):
        nnprune.compare(NET, DATA, [old], [0.5])


def of_other_sizes(net, x, y, sparsity):
    return MLP((784, 3, 10))


def with_nan(net, x, y, sparsity):
    pruned = per_layer(net, x, y, sparsity).net
    pruned.biases[0][0] = np.nan
    return pruned


def zeroed(net, x, y, sparsity):
    return MLP.from_arrays(per_layer(net, x, y, sparsity).net.weights, NET.biases)


def of_another_kind(net, x, y, sparsity):
    return MLP.from_arrays(per_layer(net, x, y, sparsity).net.weights, NET.biases, "tanh", masks="zeros")


@pytest.mark.parametrize(("function", "message"), [
    (lambda net, x, y, sparsity: None, "must return a PruneResult or an MLP, but it returned None"),
    (lambda net, x, y, sparsity: net.weights, "but it returned .* a list"),
    (lambda net, x, y, sparsity: per_layer(net, x, y, 0.25), "1,985 of 7,940 .* but sparsity=0.5 is 3,970"),
    (of_other_sizes, "784-3-10.*the sizes must stay the same"),
    (with_nan, r"the net that method 'with_nan' returned.biases\[0\] holds nan"),
    (zeroed, "0 of 7,940 weights pruned, but sparsity=0.5 is 3,970; its masks count: net.set_masks\\('zeros'\\)"),
    (of_another_kind, "activation and loss must stay the same"),
    (lambda net, x: net, r"must be a function f\(net, x, y, sparsity\), but its arguments are \(net, x\)"),
])
def test_a_function_that_returns_something_else_is_named_with_what_it_returned(function, message):
    with pytest.raises(ValueError, match=message) as caught:
        nnprune.compare(NET, DATA, [function], [0.5])
    assert function.__name__ in str(caught.value)


@pytest.mark.parametrize(("changes", "message"), [
    ({"methods": ["magic"]}, "method 'magic' is unknown; known are: 'magnitude'"),
    ({"methods": []}, "methods is empty"),
    ({"methods": [3]}, "method 'int' must be a key of the table or a function"),
    ({"methods": ["magnitude", "magnitude"]}, "the name 'magnitude' of a method is taken"),
    ({"methods": [per_layer, per_layer]}, "the name 'per_layer' of a method is taken"),
    ({"methods": {"magnitude": per_layer}}, "the name 'magnitude' of a method is taken"),
    ({"methods": {"dense": per_layer}}, "the name 'dense' of a method is taken"),
    ({"sparsities": [0.9, 0.5]}, "must rise"),
    ({"sparsities": [1.0]}, r"\[0, 1\)"),
    ({"calibration": 0}, "calibration must be a whole number of at least 1"),
    ({"data": (1, 2)}, "data must have x_train, y_train, x_test, y_test"),
    ({"data": nnprune.make_xor()}, "data.x_train has 2 columns, but 784 are needed"),
    ({"net": nnprune.prune_magnitude(NET, sparsity=0.6)}, "take its .net"),
    ({"net": nnprune.prune_magnitude(NET, sparsity=0.6).net, "sparsities": [0.5]}, "0.6 of the net is pruned already"),
])
def test_wrong_arguments_are_one_clear_error_before_any_work(changes, message):
    with pytest.raises(ValueError, match=message):
        nnprune.compare(**{"net": NET, "data": DATA, "methods": ["magnitude"], "sparsities": [0.5], **changes})


def test_a_pruned_net_can_be_compared_further():
    net = nnprune.prune_magnitude(NET, sparsity=0.4).net
    compared = nnprune.compare(net, DATA, [per_layer, "magnitude"], [0.5])
    assert compared.rows[0]["sparsity"] == pytest.approx(0.4)
    assert compared.plot().get_xlabel()
    assert "dense test accuracy" in str(compared)
