"""The reproduction of Theorem 3.2: the rungs by hand and by the certificate, their order, their product."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

from nnprune import MLP, certify, prune_lobs, prune_magnitude
from nnprune.reproduce import __main__ as command
from nnprune.reproduce.theorem.run import RUNGS, measure
from nnprune.reproduce.theorem.tables import FACTORS, OF_LAYER, factors, geometric, quotient, tables
from nnprune.reproduce.theorem.text import notes

ROUNDING = 1 + 1e-9


def only_layer(net, pruned, k):
    """The net with layer k as it is in ``pruned``."""
    new = net.copy()
    new.weights[k], new.biases[k] = pruned.weights[k], pruned.biases[k]
    new.set_masks([*net.masks[:k], pruned.masks[k], *net.masks[k + 1:]])
    return new


@given(nets(max_units=6), st.floats(0.1, 0.9), st.booleans())
def test_the_rungs_rise_and_the_factors_multiply_up_to_the_looseness(net, sparsity, by_magnitude):
    x, _ = samples(net, n=30)
    pruned = (prune_magnitude(net, sparsity=sparsity) if by_magnitude else prune_lobs(net, x, sparsity=sparsity)).net
    m = measure(net, pruned, x)
    heights = [m[rung] for rung in RUNGS]
    assert all(low <= high * ROUNDING + 1e-12 for low, high in zip(heights, heights[1:]))
    if m["error"] > 1e-9:
        assert np.prod(list(factors(m).values())) == pytest.approx(m["frobenius"] / m["error"], rel=1e-12)
    for layer in m["layers"]:
        if layer["summed"] > 1e-9:
            assert np.prod(list(factors(layer, OF_LAYER).values())) == pytest.approx(
                layer["frobenius"] / layer["summed"], rel=1e-12)


@given(nets(max_units=6), st.floats(0.1, 0.9))
def test_bound_and_error_are_the_certificates(net, sparsity):
    """``certify`` comes to them by another route: batches, moments, and no path through the layers."""
    x, _ = samples(net, n=30)
    r = prune_lobs(net, x, sparsity=sparsity)
    m, c = measure(net, r.net, x), certify(net, r, x)
    assert m["frobenius"] == pytest.approx(c.bound, abs=1e-12)
    assert m["error"] == pytest.approx(c.output_error, abs=1e-12)
    for k, layer in enumerate(m["layers"]):
        assert layer["start"] == pytest.approx(np.sqrt(2 * c.layers[k].measured), abs=1e-12)
        alone = certify(net, replace(r, net=only_layer(net, r.net, k)), x)
        assert layer["alone"]["frobenius"] == pytest.approx(alone.bound, abs=1e-12)
        assert layer["alone"]["error"] == pytest.approx(alone.output_error, abs=1e-12)


def one_by_one(first, second, x):
    """Two nets with one weight a layer: relu(x w_0) w_1."""
    net, pruned = (MLP.from_arrays([[[w0]], [[w1]]], loss="mse") for w0, w1 in (first, second))
    return measure(net, pruned, np.array(x, float)[:, None])


def test_a_net_of_one_weight_a_layer_has_no_loose_norms():
    """A 1 x 1 matrix stretches every error by its norm; both errors have one sign; every unit is alive."""
    m = one_by_one((1.0, 2.0), (3.0, 5.0), [1.0, 2.0])
    # |x| = sqrt(2.5). Layer 0 errs by 2 x, times 5; layer 1 by 3 x; the output goes from 2 x to 15 x.
    assert [m[rung] for rung in RUNGS] == pytest.approx([13 * np.sqrt(2.5)] * 5)


def test_errors_that_cancel_show_in_cancelling_alone():
    m = one_by_one((1.0, 6.0), (2.0, 4.0), [1.0, 2.0])  # 6 x becomes 8 x: 1 x times 4, and -2 x
    assert factors(m) == pytest.approx({"norms": 1, "direction": 1, "slopes": 1, "cancelling": 6 / 2})


def test_a_dead_unit_shows_in_the_slopes_alone():
    # relu is dead at x = -1: 5 of the squared error 1 * (4 + 1) / 2 arrive as 4.
    m = one_by_one((1.0, 3.0), (2.0, 3.0), [-1.0, 2.0])
    assert factors(m) == pytest.approx({"norms": 1, "direction": 1, "slopes": np.sqrt(5 / 4), "cancelling": 1})


def test_norms_and_direction_of_a_diagonal_layer():
    """W_1 = diag(3, 4): |W_1|_F = 5, |W_1|_2 = 4; an error in the first input alone is stretched by 3."""
    net, pruned = (MLP.from_arrays([[[w], [1.0]], [[3.0, 0.0], [0.0, 4.0]]], loss="mse") for w in (2.0, 1.0))
    m = measure(net, pruned, np.array([[1.0]]))
    assert m["error"] == pytest.approx(3)
    assert factors(m) == pytest.approx({"norms": 5 / 4, "direction": 4 / 3, "slopes": 1, "cancelling": 1})


def rows(*errors):
    """Two seeds with one sparsity each."""
    layer = {"removed": 0.5, "fan": 4, "start": 1.0, "summed": 2.0, "stretched": 2.0, "spectral": 4.0,
             "frobenius": 8.0, "alone": {"error": 2.0, "stretched": 2.0, "spectral": 4.0, "frobenius": 8.0}}
    return [[{"sparsity": 0.5, "size": 3.0, "error": e, "summed": 4.0, "stretched": 4.0, "spectral": 8.0,
              "frobenius": 16.0, "layers": [layer, layer]}] for e in errors]


def test_the_table_has_geometric_means_whose_product_is_the_looseness():
    line = tables(rows(1.0, 4.0))[0].rows[0]
    assert line == ["0.50", "2", "16", "3", "8", "2", "2", "1", "2"]


def test_the_words_say_what_the_rows_say():
    looseness, largest, shares, random = notes(rows(0.5))
    assert "32 (sparsity 0.50) to 32" in looseness
    assert "At 1 of 1 sparsities (0.50) it is larger" in looseness
    assert "cancelling (0.50)." in largest
    assert "layer 0 50 to 50 % and 50 to 50 %" in shares
    assert "layer 0: 4 measured, 2 for a random direction" in random
    small = [[{**rows(0.5)[0][0], "size": 20.0}]]
    assert "stays below the size of the output" in notes(small)[0]


def test_without_any_error_nothing_is_loose():
    assert quotient({"a": 0.0, "b": 0.0}, "a", "b") == 1
    assert quotient({"a": 1.0, "b": 0.0}, "a", "b") == np.inf
    assert geometric([0.0, 2.0]) == 0
    net = MLP((3, 4, 2), rng=0)
    assert set(factors(measure(net, net, np.ones((2, 3)))).values()) == {1.0}
    assert set(FACTORS) >= set(OF_LAYER)


def test_the_quick_run(tmp_path, capsys):
    assert command.main(["theorem", "--quick", "--dataset", "digits", "--jobs", "1", "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "theorem" / "theorem.json").read_text())
    assert [all(s["holds"]) for s in found["statements"]] == [True] * 3
    net, layers = found["tables"]
    assert len(net["rows"]) == 3
    assert len(layers["rows"]) == 9
    for row in net["rows"]:
        error, bound, ratio, *product = (float(row[i]) for i in (1, 2, 4, 5, 6, 7, 8))
        assert np.prod(product) == pytest.approx(ratio, rel=0.03)  # three digits are printed
        assert bound / error == pytest.approx(ratio, rel=0.02)
    assert (tmp_path / "theorem" / "theorem.png").read_bytes().startswith(b"\x89PNG")
    assert "The bound is" in capsys.readouterr().out
