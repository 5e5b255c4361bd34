"""What the lessons share: data that are always there, figures that are never lost."""

import base64
import io
import os
import subprocess
import sys
import types
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import nnprune
from nnprune import lesson
from nnprune.datasets.idx import write_idx


@pytest.fixture
def figure():
    """A small figure."""
    figure, axes = plt.subplots(figsize=(1, 1))
    axes.plot([0, 1])
    yield figure
    plt.close(figure)


def test_without_mnist_the_digits_are_synthetic_and_it_says_so(monkeypatch, capsys):
    monkeypatch.delenv("NNPRUNE_DATA", raising=False)
    monkeypatch.setattr(lesson, "find_mnist", lambda: None)
    data = lesson.load(50, 20)
    assert (data.x_train.shape, data.x_test.shape, data.name) == ((50, 784), (20, 784), "digits")
    out = capsys.readouterr().out
    assert "synthetic digits" in out
    assert "50 training and 20 test" in out


def test_with_mnist_it_takes_the_first_pictures(monkeypatch, tmp_path, capsys):
    for part, n in (("train", 6), ("t10k", 4)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte", np.full((n, 28, 28), 51, np.uint8))
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte", np.arange(n, dtype=np.uint8))
    monkeypatch.setenv("NNPRUNE_DATA", str(tmp_path))
    data = lesson.load(5, 3)
    assert data.y_train.tolist() == [0, 1, 2, 3, 4]
    assert data.y_test.tolist() == [0, 1, 2]
    assert "mnist-like" in capsys.readouterr().out


def test_a_folder_without_mnist_that_was_named_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("NNPRUNE_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="the variable NNPRUNE_DATA names it: unset it"):
        lesson.load(5, 3)


@pytest.mark.parametrize("sizes", [(0, 5), (5, -1), (2.5, 5)])
def test_sizes_are_whole_numbers(sizes):
    with pytest.raises(ValueError, match="must be a whole number of at least 1"):
        lesson.load(*sizes)


def test_a_figure_is_written_and_closed(figure, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    lesson.show(figure, "06_test")
    assert (tmp_path / "results" / "lessons" / "06_test.png").read_bytes()[:4] == b"\x89PNG"
    assert "06_test.png" in capsys.readouterr().out
    assert not plt.fignum_exists(figure.number)


def test_where_nothing_can_be_written_the_figure_goes_elsewhere_and_it_says_so(figure, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    # A file instead of the folder: for root, too, no folder can be made there.
    (tmp_path / "results").write_text("not a folder")
    monkeypatch.setattr(lesson.tempfile, "tempdir", str(tmp_path))
    lesson._elsewhere.cache_clear()
    lesson.show(figure, "06_test")
    lesson.show(figure, "06_next")
    out = capsys.readouterr().out
    assert "nothing can be written to" in out
    paths = [Path(line.removeprefix("figure: ")) for line in out.splitlines() if line.startswith("figure: ")]
    assert all(path.stat().st_size > 0 for path in paths)
    [folder] = tmp_path.glob("nnprune-lessons-*")
    assert [path.parent for path in paths] == [folder] * 2
    lesson._elsewhere.cache_clear()


def test_a_notebook_shows_the_figure_with_words_for_those_who_do_not_see_it(figure, tmp_path, monkeypatch, capsys):
    class ZMQInteractiveShell:
        pass

    monkeypatch.chdir(tmp_path)
    shown = []
    display = types.SimpleNamespace(display=lambda *what, **how: shown.append((*what, how)))
    monkeypatch.setitem(lesson.sys.modules, "IPython", types.SimpleNamespace(get_ipython=ZMQInteractiveShell,
                                                                             display=display))
    figure.axes[0].set(title="The title", xlabel="steps", ylabel="loss")
    figure.axes[0].plot([1, 2, 3], [8, 4, 2.5], label="ours")
    figure.axes[0].legend(fontsize="small")
    width, height = (110 * figure.get_size_inches()).tolist()
    lesson.show(figure, "06_test")
    assert not (tmp_path / "results").exists()
    assert capsys.readouterr().out == ""
    [(data, how)] = shown
    text = "The title: loss against steps; ours from 8 to 2.5"
    assert how == {"raw": True, "metadata": {"image/png": {"alt": text, "width": width, "height": height}}}
    assert data["text/plain"] == text
    with Image.open(io.BytesIO(base64.b64decode(data["image/png"]))) as picture:
        assert picture.size == (2 * width, 2 * height)
        assert picture.info["Smallest text"] == "8.33 pt"
        assert picture.info["dpi"] == pytest.approx((220, 220), abs=0.02)
    assert not plt.fignum_exists(figure.number)


def test_the_colours_are_those_of_the_plots():
    assert len(set(lesson.COLOURS)) == len(nnprune.plots.STYLES)


BROKEN = """# %% [markdown]
# # A title
#
# ## 1. The idea

# %%
from nnprune.lesson import claim

a, b = [1.0, 2.0], 3

# %% [markdown]
# ## 2. The formula

# %%
print("first")


def test():
    half = b / 2
    claim("half of b is below a",
          half < a[0])


test()
claim("b is 3", b == 3)

# %% [markdown]
# ## 3. The end

# %%
print("last")
"""
PRINTED = """\
A title. Open lesson.py beside this output.

1. The idea
-----------

2. The formula
--------------
first
CLAIM BROKEN: half of b is below a
    half < a[0]
    a = [1.0, 2.0]
    half = 1.5

3. The end
----------
last
"""


def run(script, folder, **env):
    """A script run as a plain program in this folder."""
    (folder / "lesson.py").write_text(script)
    return subprocess.run([sys.executable, "lesson.py"], cwd=folder, capture_output=True, text=True, check=False,
                          env=os.environ | {"PYTHONPATH": str(Path(nnprune.__file__).parents[1])} | env)


def test_a_plain_run_prints_headings_and_goes_on_after_a_broken_claim(tmp_path):
    done = run(BROKEN, tmp_path, NNPRUNE_STRICT="0")
    assert done.returncode == 0, done.stderr
    assert done.stdout == PRINTED


def test_a_broken_claim_is_an_error_where_it_is_told_to_be(tmp_path):
    done = run(BROKEN, tmp_path, NNPRUNE_STRICT="1")
    assert done.returncode == 1
    assert "AssertionError: CLAIM BROKEN: half of b is below a" in done.stderr
    assert "half = 1.5" in done.stderr


def test_other_scripts_print_as_they_are(tmp_path):
    done = run("# ## 1. A comment\nimport nnprune.lesson\nprint('first')\n", tmp_path)
    assert (done.returncode, done.stdout) == (0, "first\n")


def test_a_broken_claim_without_source_is_told_too(capsys, monkeypatch):
    monkeypatch.delenv("NNPRUNE_STRICT", raising=False)
    eval("claim('one is two', 1 == 2)", {"claim": lesson.claim})
    assert capsys.readouterr().out == "CLAIM BROKEN: one is two\n"
