"""What the lessons share: their data, their claims, where their figures go, and the headings of a plain run.

The lessons (``tutorials/01_....py`` and on) run as plain programs, as notebooks and as pages of the site. ``load``
takes MNIST where it is found and the synthetic digits otherwise; ``claim`` says it where an experiment of yours breaks
what the lesson claims, and goes on; ``plt`` is matplotlib.pyplot, whatever MPLBACKEND says; ``show`` keeps a figure of
a plain run as a PNG, and leaves it to the notebook in a notebook; the ``draw_`` functions make the usual figures.

A lesson run as a plain program prints the heading of each section before that section's output: whoever imports this
module from a file in the percent format has its standard output wrapped by ``_Headings``.
"""

from __future__ import annotations

import ast
import base64
import functools
import inspect
import io
import linecache
import os
import re
import reprlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from ._util.checks import whole_number
from .datasets.digits import make_digits
from .datasets.mnist import Dataset, load_mnist
from .datasets.mnist_files import find_mnist, named_folder
from .plots import CLASS_FACES, OUTPUTS, STYLES, pyplot, write_png
from .pruning.methods import method_of

__all__ = ["CLASS_FACES", "COLOURS", "OUTPUTS", "claim", "draw_bars", "draw_curves", "draw_flow", "draw_images",
           "draw_nets", "load", "plt", "show"]

plt = pyplot()  # matplotlib.pyplot, whatever backend the environment names

# Okabe & Ito's colours: black, orange, sky blue, green, vermilion, pink, blue; told apart by colour-blind readers too.
COLOURS = [colour for colour, _ in STYLES]
FIGURES = Path("results") / "lessons"
STRICT = "NNPRUNE_STRICT"  # the environment variable that makes a broken claim an error, in the tests and on the site
DPI = 110  # of the PNGs: a figure 7 inches wide becomes 770 pixels, the width of a page


def load(n_train: int = 10_000, n_test: int = 2_000) -> Dataset:
    """The first samples of MNIST where it is found, else as many synthetic digits; says which. Downloads nothing.

    Parameters
    ----------
    n_train, n_test : int
        How many; at least one each.

    Returns
    -------
    Dataset

    Raises
    ------
    FileNotFoundError
        If ``$NNPRUNE_DATA`` names a folder without MNIST.
    ValueError
        If a number is below 1, or a file of MNIST is damaged.
    """
    n_train, n_test = whole_number("n_train", n_train, 1), whole_number("n_test", n_test, 1)
    if find_mnist() is None and named_folder(None) is None:
        data = make_digits(n_train, n_test)
        print("MNIST is not on this machine: this lesson runs on synthetic digits, which are easier.")
    else:
        data = load_mnist(download=False).first(n_train, n_test)
    print(f"{data.name}: {len(data.x_train):,} training and {len(data.x_test):,} test pictures")
    return data


def claim(text: str, holds: Any) -> None:
    """Check what the lesson claims. Where it does not hold, say so, with the figures, and go on.

    A lesson is there to be changed. Its claims hold for the file as it was handed to you; after a change of yours a
    broken claim is a finding, and not an error.

    Parameters
    ----------
    text : str
        The claim, as a sentence.
    holds : bool
        Whether it holds; what is true by ``bool``.

    Raises
    ------
    AssertionError
        If it does not hold and the environment variable NNPRUNE_STRICT is 1, as in the tests and on the site.

    Examples
    --------
    A claim that holds is silent, in a notebook too, where the value of a cell's last line would be shown:

        >>> errors = [0.5, 0.25]
        >>> claim("the second error is the smaller one", errors[1] < errors[0])
    """
    if holds:
        return
    message = f"CLAIM BROKEN: {text}" + _figures(inspect.currentframe().f_back)  # type: ignore[union-attr]
    if os.environ.get(STRICT) == "1":
        raise AssertionError(message)
    print(message)


def _figures(frame: FrameType | None) -> str:
    """The condition of the ``claim`` that runs in this frame, and the values of the names in it; "" without source."""
    if frame is None:
        return ""
    source = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)
                 and (getattr(node.func, "id", ""), len(node.args)) == ("claim", 2)
                 and node.lineno <= frame.f_lineno <= (node.end_lineno or 0)]
    except SyntaxError:
        return ""
    if not calls:
        return ""
    known, lines = frame.f_globals | frame.f_locals, [ast.unparse(calls[0].args[1])]
    for name in sorted({node.id for node in ast.walk(calls[0].args[1]) if isinstance(node, ast.Name)} & set(known)):
        if isinstance(known[name], (int, float, str, list, tuple, dict, np.ndarray, np.generic)):
            value = known[name].tolist() if isinstance(known[name], np.generic) else known[name]
            lines.append(f"{name} = {' '.join(reprlib.repr(value).split())}")
    return "".join(f"\n    {line}" for line in lines)


class _Headings:
    """The standard output of a lesson that runs as a plain program.

    Before each output come the headings that the program has passed since the last one.
    """

    def __init__(self, stream: Any, path: str):
        self._stream, self._path = stream, path
        found = re.finditer(r"^# #{1,2} (.+)$", Path(path).read_text(encoding="utf-8"), flags=re.M)
        self._headings = [(m.string.count("\n", 0, m.start()) + 1, m[1]) for m in found]
        title = self._headings.pop(0)[1] if self._headings else ""
        stream.write(f"{title}. Open {os.path.relpath(path)} beside this output.\n")

    def write(self, text: str) -> int:
        """Write it, after the headings."""
        frame = inspect.currentframe()
        while frame is not None and (frame.f_code.co_name, frame.f_globals.get("__file__")) != ("<module>", self._path):
            frame = frame.f_back
        while frame is not None and self._headings and self._headings[0][0] < frame.f_lineno:
            heading = self._headings.pop(0)[1]
            self._stream.write(f"\n{heading}\n{'-' * len(heading)}\n")
        return int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _follow(path: str) -> None:
    """From now on print the headings of the lesson at this path, if it is one."""
    if sys.stdout is not None and path.endswith(".py") and linecache.getline(path, 1) == "# %% [markdown]\n":
        sys.stdout = _Headings(sys.stdout, path)


@functools.cache
def _elsewhere() -> Path:
    """The folder for the figures of this run where ``FIGURES`` cannot be written."""
    return Path(tempfile.mkdtemp(prefix="nnprune-lessons-"))


def show(figure: Any, name: str) -> None:
    """Keep a figure: in a notebook it appears below its cell; a plain run writes it as a PNG and says where.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Of the file, without ending.

    Notes
    -----
    The PNG goes to ``results/lessons`` below the current folder, or, where nothing can be written there, to a temporary
    folder.
    """
    if _in_notebook():
        # Twice as fine as it is shown, and with a text for those who do not see it.
        picture, text = io.BytesIO(), description(figure)
        write_png(figure, picture, 2 * DPI)
        width, height = (round(DPI * inches) for inches in figure.get_size_inches())
        sys.modules["IPython"].display.display(
            {"image/png": base64.b64encode(picture.getvalue()).decode(), "text/plain": text}, raw=True,
            metadata={"image/png": {"alt": text, "width": width, "height": height}})
        plt.close(figure)
        return
    try:
        folder = FIGURES
        folder.mkdir(parents=True, exist_ok=True)
        write_png(figure, folder / f"{name}.png", DPI)
    except OSError as error:
        folder = _elsewhere()
        print(f"nothing can be written to {FIGURES.absolute()} ({error.strerror}): the figure goes elsewhere")
        write_png(figure, folder / f"{name}.png", DPI)
    print(f"figure: {folder / name}.png")
    plt.close(figure)


def description(figure: Any) -> str:
    """What is to be seen in a figure: its titles, axes and pictures, and where each curve begins and ends.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str

    Examples
    --------
        >>> figure, axes = plt.subplots()
        >>> _ = axes.plot([1, 2, 3], [3, 4, 9], label="ours"), axes.set(title="Time", xlabel="n", ylabel="seconds")
        >>> description(figure)
        'Time: seconds against n; ours from 3 to 9'
        >>> plt.close(figure)
    """
    parts = [figure.get_suptitle()]
    pictures = [axes.get_title() for axes in figure.axes if axes.images and not (axes.get_xlabel() + axes.get_ylabel())]
    if pictures:
        parts.append(f"{len(pictures)} pictures: {', '.join(filter(None, pictures))}")
    for axes in figure.axes:
        what, over = axes.get_title().strip(), [axes.get_ylabel(), axes.get_xlabel()]
        against = " against ".join(filter(None, over))
        if axes.images and not against:
            continue  # one of the pictures
        series = [f"{label}{_ends(handle)}" for handle, label in zip(*axes.get_legend_handles_labels())]
        parts.append("; ".join(filter(None, [": ".join(filter(None, [what, against])), ", ".join(series)])))
    text = " | ".join(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))
    return re.sub(r"[$\\{}]", "", text) or "A figure without words"


def _ends(handle: Any) -> str:
    """Where a curve begins and ends, from left to right in the data; nothing of what is no curve."""
    line = handle[0] if isinstance(handle, tuple) else handle
    heights: Any = line.get_ydata() if hasattr(line, "get_ydata") else ()
    return f" from {heights[0]:.3g} to {heights[-1]:.3g}" if len(heights) > 2 else ""


def draw_curves(name: str, x: Any, curves: Mapping[str, Any], *, spread: Mapping[str, Any] | None = None,
                level: Mapping[str, float] | None = None, colours: Sequence[int] = (6, 4, 3, 1, 5, 0),
                legend: str = "best", size: tuple[float, float] = (6.4, 3.8), **labels: Any) -> None:
    """A figure of curves over common points, each with a marker of its own, kept by ``show``.

    A label that begins with the name of a method, as "magnitude" or "exact L-OBS: ...", has that method's colour and
    marker, which it has in every figure (``nnprune.pruning.METHODS``).

    Parameters
    ----------
    name : str
        Of the figure's file.
    x : array_like of shape (n,)
        The points.
    curves : dict
        From label to the values, (n,).
    spread : dict, optional
        From label to the half length of the bars, (n,).
    level : dict, optional
        From label to the height of a dashed line.
    colours : sequence of int
        Into ``COLOURS``, for the curves of what is no method.
    legend : str
        Where it stands.
    size : (float, float)
        Width and height in inches.
    **labels
        For ``Axes.set``: xlabel, ylabel, title, xscale, ...
    """
    figure, axes = plt.subplots(figsize=size, layout="constrained")
    for label, height in (level or {}).items():
        axes.axhline(height, color="grey", linestyle="--", linewidth=1, label=label)
    others = zip((COLOURS[colour] for colour in colours), "osv^DX")
    for label, y in curves.items():
        row = method_of(label)
        colour, marker = (row.color, row.marker) if row else next(others)
        axes.errorbar(x, y, (spread or {}).get(label), color=colour, marker=marker, capsize=3, label=label)
    axes.set(**labels)
    axes.legend(fontsize="small", loc=legend)
    show(figure, name)


def draw_bars(name: str, panels: Mapping[str, Mapping[str, float]], *, ylabel: str, title: str = "") -> None:
    """A figure of horizontal bars, one panel beside the other with the same rows; kept by ``show``.

    Parameters
    ----------
    name : str
        Of the figure's file.
    panels : dict
        From what a panel shows (the label of its x-axis) to its rows: from label to value.
    ylabel, title : str
        What the rows are; a title above all.
    """
    rows = max(map(len, panels.values()))
    figure, row = plt.subplots(1, len(panels), figsize=(8, 1.2 + 0.35 * rows), layout="constrained", sharey=True,
                               squeeze=False)
    for axes, (xlabel, values) in zip(row[0], panels.items()):
        axes.barh(list(values), list(values.values()), color=[COLOURS[0], *[COLOURS[4]] * (rows - 1)])
        axes.set(xlabel=xlabel)
    row[0, 0].set_ylabel(ylabel)
    row[0, 0].invert_yaxis()
    figure.suptitle(title)
    show(figure, name)


def draw_images(name: str, images: Sequence[Any], titles: Sequence[str], *, columns: int = 5, cmap: str = "gray_r",
                label: str = "", limits: tuple[float, float] | None = None, title: str = "") -> None:
    """A figure of small pictures or matrices in rows, NaN in light grey; kept by ``show``.

    Parameters
    ----------
    name : str
        Of the figure's file.
    images : sequence of array_like of shape (height, width)
    titles : sequence of str
        One above each.
    columns : int
        How many stand in a row.
    cmap, label, limits : str, str, (float, float)
        The colours, what they mean (then a scale is drawn), and the values at their two ends; by default those of each
        picture alone.
    title : str
        Above all.
    """
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure, places = plt.subplots(rows, columns, figsize=(1.75 * columns, 1.9 * rows + 0.3 * bool(title)),
                                  layout="constrained", squeeze=False)
    low, high = limits or (None, None)
    for axes in places.flat[len(images):]:
        axes.axis("off")
    for axes, image, above in zip(places.flat, images, titles):
        axes.set_facecolor("lightgrey")
        shown = axes.imshow(np.asarray(image, float), cmap=cmap, vmin=low, vmax=high)
        axes.set(xticks=[], yticks=[])
        axes.set_title(above, fontsize="small")
    if label:
        figure.colorbar(shown, ax=places, label=label)
    figure.suptitle(title)
    show(figure, name)


def draw_nets(name: str, nets: Mapping[str, Any]) -> None:
    """A figure of small nets side by side: a line for each weight, wider where it is larger; kept by ``show``.

    Parameters
    ----------
    name : str
        Of the figure's file.
    nets : dict
        From title to `MLP`. Blue lines are positive weights, vermilion ones negative; a weight of 0 has no line, and a
        unit without any line is drawn hollow.
    """
    figure, panels = plt.subplots(1, len(nets), figsize=(3.6 * len(nets), 3), layout="constrained", squeeze=False)
    for axes, (title, net) in zip(panels[0], nets.items()):
        places = [[(layer, (n - 1) / 2 - k) for k in range(n)] for layer, n in enumerate(net.sizes)]
        largest = max(np.abs(W).max() for W in net.weights)
        used: set[tuple[int, int]] = set()
        for layer, W in enumerate(net.weights):
            for (j, k), w in np.ndenumerate(W):
                if w:
                    ends = places[layer][k], places[layer + 1][j]
                    used.update(ends)
                    axes.plot(*zip(*ends), color=COLOURS[6 if w > 0 else 4], linewidth=0.3 + 4 * abs(w) / largest)
        for place in (place for layer in places for place in layer):
            axes.plot(*place, "o", markersize=11, color="black", markerfacecolor="black" if place in used else "white")
        axes.set(title=title, xticks=range(len(net.sizes)), yticks=[], xlabel="layer")
        axes.set_frame_on(False)
    show(figure, name)


def draw_flow(name: str, net: Any, values: Sequence[Any], deltas: Sequence[Any | None]) -> None:
    """A figure of a small net at work on one sample, an arrow for each weight; kept by ``show``.

    Parameters
    ----------
    name : str
        Of the figure's file.
    net : MLP
    values, deltas : sequence of array_like of shape (1, n)
        For each layer of units, the inputs first: what stands in the circles, and what above them (or None).
    """
    figure, axes = plt.subplots(figsize=(7.4, 3.6), layout="constrained")
    places = [[(1.3 * layer, (n - 1) / 2 - k) for k in range(n)] for layer, n in enumerate(net.sizes)]
    for layer, W in enumerate(net.weights):
        for (j, k), w in np.ndenumerate(W):
            (p, q), (r, s) = places[layer][k], places[layer + 1][j]
            axes.annotate("", (r - 0.17, s - 0.17 * (s - q)), (p, q), zorder=1,
                          arrowprops={"arrowstyle": "->", "color": "grey", "lw": 1.4})
            axes.text(p + 0.3 * (r - p), q + 0.3 * (s - q), f"{w:g}", ha="center", va="center", backgroundcolor="white")
        for (p, q), b in zip(places[layer + 1], net.biases[layer]):
            axes.text(p, q - 0.33, f"bias {b:g}", color=COLOURS[6], ha="center", fontsize="small")
    for row, numbers, above in zip(places, values, deltas):
        for k, (p, q) in enumerate(row):
            axes.scatter(p, q, s=1600, color="white", edgecolor="black", zorder=2)
            axes.text(p, q, f"{np.asarray(numbers)[0, k]:g}", ha="center", va="center", fontsize="large", zorder=3)
            if above is not None:
                axes.text(p, q + 0.26, rf"$\delta = {np.asarray(above)[0, k] + 0.0:g}$", color=COLOURS[4], ha="center")
    axes.set(xticks=[], yticks=[], xlim=(-0.3, 1.3 * len(net.weights) + 0.3), ylim=(-1, 1),
             title="forward: in the circles; backward: above them")
    axes.set_frame_on(False)
    show(figure, name)


def _in_notebook() -> bool:
    """Whether this runs in a notebook's kernel, which shows open figures itself."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


if not _in_notebook():
    _follow(str(getattr(sys.modules["__main__"], "__file__", "")))
