"""The figures: each into the axes it is given, with the colours of the table, and none that a backend can stop."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnprune
from nnprune import plots
from nnprune.analysis import Comparison
from nnprune.pruning import METHODS

NET = nnprune.MLP((9, 5, 3), rng=0)
X = np.random.default_rng(0).normal(size=(60, 9))
ROWS = [{"method": m, "sparsity": s, "accuracy": a, "seconds": 1.0} for m, s, a in [
    ("dense", 0.0, 0.98), ("lobs-exact", 0.5, 0.97), ("lobs-exact", 0.9, 0.95), ("mine", 0.5, 0.9), ("mine", 0.9, 0.8)]]


def test_curves_have_the_colours_of_the_table_and_others_one_of_their_own():
    axes = plots.new_axes()
    assert Comparison(ROWS).plot(axes) is axes
    dense, exact, mine = axes.lines
    assert (exact.get_color(), exact.get_marker()) == (METHODS["lobs-exact"].color, METHODS["lobs-exact"].marker)
    assert (mine.get_color(), mine.get_marker()) == plots.OTHERS[0]
    assert exact.get_xydata().tolist() == [[0, 98], [0.5, 97], [0.9, 95]]
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["dense, 98.00 %", "exact L-OBS", "mine"]
    assert plots.plot_curves(Comparison(ROWS).curves).lines[1].get_xydata().tolist() == exact.get_xydata().tolist()


def test_the_demos_figure_goes_by_the_logarithm_of_what_is_kept(monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "write_png", lambda figure, *_: drawn.append(figure))
    plots.save_curves("x.png", Comparison([*ROWS, {**ROWS[1], "accuracy": 0.96}]).curves, "a title")
    [axes] = drawn[0].axes
    assert axes.get_xscale() == "log"
    np.testing.assert_allclose(axes.lines[1].get_xdata(), [1, 0.5, 0.1])
    np.testing.assert_allclose(np.unique(axes.collections[0].get_paths()[0].vertices[:, 0]), [0.1, 0.5, 1])
    left, right = axes.get_xlim()
    assert left > 1 > 0.1 > right
    assert [t.get_text() for t in axes.get_xticklabels()] == ["100 %", "50 %", "20 %", "10 %"]


@pytest.mark.parametrize("title", [
    "mnist, 60,000 images, 784-300-100-10, no retraining unless said",
    "synthetic digits (not MNIST), 20,000 images, 784-1000-1000-10, no retraining unless said, mean of 5 seeds"])
def test_no_text_of_the_demos_figures_is_cut_off(title, monkeypatch):
    drawn = []
    monkeypatch.setattr(plots, "write_png", lambda figure, *_: drawn.append(figure))
    plots.save_curves("x.png", Comparison(ROWS).curves, title)
    plots.save_masks("y.png", {METHODS[key].label: np.ones((28, 28)) for key in METHODS}, title)
    for figure in drawn:
        figure.draw_without_rendering()
        shown = [text for text in figure.findobj(plots.Text) if text.get_visible() and text.get_text()]
        assert any(text.get_text().replace("\n", " ") == title for text in shown)
        for text in shown:
            box = text.get_window_extent()
            assert figure.bbox.x0 <= box.x0, text
            assert box.x1 <= figure.bbox.x1, text


def test_a_mask_is_drawn_entry_by_entry_or_pixel_by_pixel():
    pruned = nnprune.prune_magnitude(NET, sparsity=0.6).net
    for given in (pruned, pruned.masks[0]):
        np.testing.assert_array_equal(plots.plot_mask(given).images[0].get_array(), pruned.masks[0])
    np.testing.assert_array_equal(plots.plot_mask(pruned, 1).images[0].get_array(), pruned.masks[1])
    picture = plots.plot_mask(pruned, shape=(3, 3)).images[0].get_array()
    np.testing.assert_array_equal(picture.ravel(), pruned.masks[0].sum(axis=0))


def test_costs_are_drawn_in_order_and_those_of_0_are_counted():
    result = nnprune.prune_lobs(NET, np.hstack([X[:, :8], np.zeros((60, 1))]), sparsity=0.5)
    free = int((result.costs <= 0).sum())
    assert free >= 5
    axes = plots.plot_costs(result)
    assert axes.get_yscale() == "log"
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), result.costs[result.costs > 0])
    assert f"{free} cost 0 or less" in axes.get_legend().get_texts()[0].get_text()
    plots.plot_costs(nnprune.prune_magnitude(NET, sparsity=0.5), axes)
    assert len(axes.lines) == 2
    nothing = nnprune.prune_magnitude(NET, sparsity=0)
    assert plots.plot_costs(nothing).lines[0].get_ydata().size == 0


def test_the_spectrum_tells_the_rank():
    axes = plots.plot_spectrum(np.diag([4.0, 1.0, 0.0]))
    assert axes.lines[0].get_ydata().tolist() == [4, 1]
    assert axes.get_legend().get_texts()[0].get_text() == "rank 2 of 3"
    assert "rank 0 of 2" in plots.plot_spectrum(np.zeros((2, 2))).get_legend().get_texts()[0].get_text()


@pytest.mark.parametrize(("draw", "message"), [
    (lambda: plots.plot_curves(ROWS), r"Comparison\(rows\)"),
    (lambda: plots.plot_curves({"mine": {}}), "with the dense net in it"),
    (lambda: plots.plot_mask(NET, 7), "layer=7, but the net has the layers 0 to 1"),
    (lambda: plots.plot_mask(NET, shape=(2, 2)), "4 pixels, but the layer has 9 inputs"),
    (lambda: plots.plot_costs(NET), "result must be a PruneResult, but it is a MLP"),
    (lambda: plots.plot_spectrum(X), "H must be square"),
    (lambda: plots.plot_spectrum([[1.0, 2.0], [0.0, 1.0]]), "H must be symmetric"),
    (lambda: plots.plot_spectrum([[np.nan]]), "H holds nan"),
])
def test_what_cannot_be_drawn_is_one_clear_error(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_writing_a_figure_leaves_it_as_it_was(tmp_path):
    figure = plots.new_axes().figure
    before = figure.canvas, figure.dpi
    plots.write_png(figure, tmp_path / "a.png", 300)
    assert (figure.canvas, figure.dpi) == before


def test_every_figure_can_be_written_and_read_as_a_picture(tmp_path):
    result = nnprune.prune_lobs(NET, X, sparsity=0.5)
    for number, axes in enumerate([Comparison(ROWS).plot(), plots.plot_mask(NET, shape=(3, 3)),
                                   plots.plot_costs(result), plots.plot_spectrum(X.T @ X)]):
        axes.figure.savefig(tmp_path / f"{number}.png")
        assert (tmp_path / f"{number}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "nonsense", "module://nowhere", ""])
def test_no_backend_stops_a_figure(backend, tmp_path):
    code = ("import os; from nnprune import plots; plots.plot_spectrum([[1.0]]).figure.savefig('a.png'); "
            "print(repr(os.environ['MPLBACKEND']))")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={**os.environ, "MPLBACKEND": backend,
                               "PYTHONPATH": str(Path(nnprune.__file__).parents[1])})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == repr(backend)
    assert (tmp_path / "a.png").exists()
