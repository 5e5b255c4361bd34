"""The table of methods: every row works alike, and one row is all that a new method needs."""

import re
from pathlib import Path

import numpy as np
import pytest
from problems import samples

import nnprune
from nnprune import MLP, demo, prune_iteratively, prune_lobs
from nnprune.plots import OTHERS, STYLES
from nnprune.pruning import methods
from nnprune.pruning.methods import METHODS, Method
from nnprune.replay import __main__ as replay

NET = MLP((6, 8, 3), rng=0)
X, Y = samples(NET, n=60)


@pytest.mark.parametrize("key", METHODS)
def test_every_method_prunes_to_each_sparsity_asked_for(key):
    before = NET.parameters()
    results = METHODS[key].prune(NET, X, Y, sparsity=[0.25, 0.5])
    for r, s in zip(results, [0.25, 0.5], strict=True):
        assert r.net.sparsity == s
        assert len(r.removed) == len(r.costs) == round(s * NET.n_weights)
    np.testing.assert_array_equal(NET.parameters(), before)


@pytest.mark.parametrize("key", METHODS)
def test_the_flag_says_whether_remaining_weights_change(key):
    r = METHODS[key].prune(NET, X, Y, sparsity=0.5)
    changed = any((W[M] != V[M]).any() for W, V, M in zip(r.net.weights, NET.weights, r.net.masks))
    assert changed == METHODS[key].compensates


@pytest.mark.parametrize("key", METHODS)
def test_a_method_takes_what_it_needs_and_the_calibration_says_how_much(key):
    method, options = METHODS[key], {"calibration": 20, "rng": 3}
    x, y = X.copy(), Y.copy()
    if "calibration" in method.options:
        x[20:], y[20:] = np.nan, -1  # never looked at
    if method.needs in ("", "x"):
        y = None
    if method.needs == "":
        x = X[:0]
    a, b = (method.prune(NET, *data, sparsity=0.5, **options) for data in ((x, y), (X, Y)))
    np.testing.assert_array_equal(a.net.parameters(), b.net.parameters())


def test_with_retraining_it_is_one_inverse_a_round_though_the_first_layers_is_kept():
    ours = methods.prune_lobs_retrained(NET, X, Y, sparsity=[0.25, 0.5], every=7, rng=3, calibration=20)
    slow = prune_iteratively(NET, X, Y, lambda net, s: prune_lobs(net, X[:20], sparsity=s, inverse="shared"),
                             sparsity=[0.25, 0.5], every=7, rng=3)
    for a, b in zip(ours, slow, strict=True):
        np.testing.assert_array_equal(a.net.parameters(), b.net.parameters())
        np.testing.assert_array_equal(a.costs, b.costs)
        assert a.method == b.method


def test_no_two_methods_look_alike_or_have_one_name():
    rows = [*METHODS.values(), methods.UNITS]
    assert len({(m.color, m.marker) for m in rows}) == len({m.label for m in rows}) == len(rows)
    assert not {(m.color, m.marker) for m in rows} & set(OTHERS)


def prune_largest(net, *, sparsity):
    """A method of a student: the largest go."""
    scores = [-np.abs(np.column_stack([W, b])) for W, b in zip(net.weights, net.biases)]
    return nnprune.prune_by_scores(net, scores, sparsity=sparsity)


def test_one_row_adds_a_method_to_every_program(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(METHODS, "largest", Method(prune_largest, "the largest", "#123456", "*"))
    assert "largest" in demo.parser().format_help()
    small = ["--dataset", "digits", "--quick", "--hidden", "6", "--epochs", "1", "--sparsities", "0.5"]
    assert demo.main([*small, "--methods", "largest", "--out", str(tmp_path / "out")]) == 0
    assert "the largest" in capsys.readouterr().out
    assert "largest" in replay.parser().format_help()
    assert replay.parser().parse_args(["--method", "largest"]).method == "largest"
    assert methods.METHODS["largest"].prune(NET, X, Y, sparsity=0.5).net.sparsity == 0.5


@pytest.mark.parametrize("key", METHODS)
def test_a_result_leads_to_its_row(key):
    assert methods.method_of(METHODS[key].prune(NET, X, Y, sparsity=0.5).method) is METHODS[key]
    assert methods.method_of(METHODS[key].label) is METHODS[key]
    assert methods.method_of(f"{METHODS[key].label} to 0.9, then retrain 4 epochs") is None


def test_the_colours_of_methods_stand_in_one_place():
    # Pages, programs and lessons take them from the table. Black and the greys are everybody's; the palette of what is
    # no method is plots.STYLES; the small pictures of the lessons are a page by itself, compared here.
    package = Path(nnprune.__file__).parent
    colours = {m.color.lower() for m in (*METHODS.values(), methods.UNITS)} - {"#000000", "#999999"}
    files = [path for room in (package, package.parent / "tutorials", package.parent / "tools")
             for path in room.rglob("*") if path.suffix in (".py", ".js", ".css", ".html")]
    found = {path.name for path in files if colours & set(re.findall(r"#[0-9a-f]{6}", path.read_text("utf-8").lower()))}
    assert found == {"methods.py", "plots.py"}
    assert {color.lower() for color, _ in STYLES} >= colours
    touch = package.parent / "docs" / "_static" / "touch.html"
    if touch.is_file():  # not where the package is installed without the checkout
        for key in ("obd", "obs"):
            assert set(re.findall(rf"--{key}: (#\w+)", touch.read_text("utf-8"))) == {METHODS[key].color.lower()}
