"""The figures: the only module that imports matplotlib.

    plot_curves      accuracy against the removed share, of a comparison
    plot_mask        which weights of a layer are kept; of the first one, which pixels are still read
    plot_costs       what each removal was predicted to cost, in order
    plot_spectrum    the eigenvalues of a Hessian

Each takes a matplotlib ``Axes`` to draw into, or makes a new figure, and returns the ``Axes``; files are written by
whoever calls: ``plot_costs(result).figure.savefig("costs.png")``. ``save_curves`` and ``save_masks`` are the demo's.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from ._util.checks import finite_matrix, whole_number
from .nn.mlp import MLP
from .pruning.methods import METHODS, method_of
from .pruning.result import PruneResult

# matplotlib reads the name of a backend from MPLBACKEND while it is imported, and ends there if it knows none of that
# name. No figure here needs a backend: one that is unknown, or a notebook's where there is no notebook, is no reason to
# lose the work.
_backend = os.environ.pop("MPLBACKEND", None)
try:
    import matplotlib

    # Figure, not pyplot: it writes files, opens no window, needs no display, and leaves a notebook's backend alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.ticker import PercentFormatter
finally:
    if _backend is not None:
        os.environ["MPLBACKEND"] = _backend

if _backend:
    with suppress(ValueError, ImportError):
        matplotlib.rcParams["backend"] = _backend

if _backend and _backend.startswith("module://"):
    # A notebook's, and this may be none: pyplot would end in a traceback.
    try:
        _found = find_spec(_backend.removeprefix("module://"))
    except ImportError:
        _found = None
    if _found is None:
        matplotlib.rcParams["backend"] = "agg"

if TYPE_CHECKING:
    from matplotlib.axes import Axes as Axes


def pyplot() -> Any:
    """``matplotlib.pyplot`` for the lessons, which a backend that is not there cannot stop any more."""
    import matplotlib.pyplot as plt
    return plt


# Okabe & Ito's colours, told apart by colour-blind readers too; markers tell the curves apart in grey print. A method
# has its own pair of them, in ``METHODS``; these are for what is no method.
STYLES = [("#000000", "o"), ("#E69F00", "s"), ("#56B4E9", "^"), ("#009E73", "D"), ("#D55E00", "v"),
          ("#CC79A7", "P"), ("#0072B2", "X")]
# Pairs that no method has, for curves beside those of methods.
OTHERS = [(color, marker) for (color, _), marker in zip(STYLES[::-1], "p<>dH8s")]
# The two classes of XOR, drawn as points: class 0 is hollow, class 1 full; and what a net says between them.
CLASS_FACES, OUTPUTS = ("white", "black"), "RdBu_r"
DENSE = "dense"
KEPT_TICKS = (1.0, 0.5, 0.2, 0.1, 0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001)


def new_axes(width: float = 6.4, height: float = 4.2) -> Axes:
    """The axes of a new figure, of that many inches."""
    return Figure(figsize=(width, height), layout="constrained").subplots()


def write_png(figure: Figure, file: str | os.PathLike[str] | IO[bytes], dpi: float) -> None:
    """Write a figure as a PNG that has the size of its smallest text in it, in points.

    The site never shows it so small that this text would have less than 9 pixels (``docs/_ext/figures.py``).
    """
    smallest = min(text.get_fontsize() for text in figure.findobj(Text))
    canvas, before = figure.canvas, figure.dpi
    figure.dpi = dpi
    try:  # not by savefig, which draws twice
        FigureCanvasAgg(figure).print_png(file, metadata={"Smallest text": f"{smallest:.2f} pt"})
    finally:  # a figure of pyplot keeps its canvas, and so its window
        figure.dpi = before
        figure.set_canvas(canvas)


def plot_curves(comparison: Any, axes: Axes | None = None) -> Axes:
    """Draw accuracy against the removed share.

    Parameters
    ----------
    comparison : Comparison, or its ``curves``
        By the methods' keys, whose colours are those of ``pruning.METHODS``; others get the ones that remain. Where
        several nets were measured, a band shows one standard deviation. Of rows: ``Comparison(rows)``.
    axes : matplotlib Axes, optional
        A new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If it is neither, or the dense net is not in it.

    Examples
    --------
    >>> curves = {"dense": {0.0: (98.0, 0.0, 1)}, "magnitude": {0.5: (97.9, 0.0, 1), 0.9: (95.0, 0.0, 1)}}
    >>> plot_curves(curves).get_legend_handles_labels()[1]
    ['dense, 98.00 %', 'magnitude']
    """
    curves = getattr(comparison, "curves", comparison)
    if not isinstance(curves, Mapping) or DENSE not in curves:
        raise ValueError(f"plot_curves draws what nnprune.compare returns, with the dense net in it, but it was given "
                         f"a {type(comparison).__name__}; of rows: Comparison(rows)")
    axes = new_axes() if axes is None else axes
    [(start, (dense, spread, _))] = curves[DENSE].items()
    axes.axhline(dense, color="grey", linewidth=1, linestyle="--", label=f"dense, {dense:.2f} %")
    own = [method for method in curves if method != DENSE and method not in METHODS]
    for method, at in curves.items():
        if method == DENSE:
            continue
        if method in METHODS:
            row = METHODS[method]
            color, marker, label = row.color, row.marker, row.label
        else:
            (color, marker), label = OTHERS[own.index(method) % len(OTHERS)], method
        x, y = [start, *at], [dense, *(mean for mean, _, _ in at.values())]
        spreads = [spread, *(s for _, s, _ in at.values())]
        axes.plot(x, y, color=color, marker=marker, markersize=4, label=label)
        axes.fill_between(x, [a - s for a, s in zip(y, spreads)], [a + s for a, s in zip(y, spreads)],
                          color=color, alpha=0.2, linewidth=0)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set(xlabel="removed share of the weights (sparsity)", ylabel="test accuracy (%)")
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left", fontsize="small")
    return axes


def plot_mask(net: MLP | npt.ArrayLike, layer: int = 0, axes: Axes | None = None, *,
              shape: tuple[int, int] | None = None) -> Axes:
    """Draw which weights of a layer are kept.

    Parameters
    ----------
    net : MLP, or a mask of shape (n_out, n_in)
    layer : int
        Of the net, from 0; of a mask it is not looked at.
    axes : matplotlib Axes, optional
    shape : (int, int), optional
        Rows and columns of the pictures that the inputs are, as (28, 28): then the figure shows how many units still
        read each pixel, instead of one entry a weight.

    Returns
    -------
    Axes

    Examples
    --------
    >>> net = MLP.from_arrays([[[1.0, 0.0, 2.0]]], loss="mse", masks="zeros")
    >>> plot_mask(net).images[0].get_array().tolist()
    [[1, 0, 1]]
    >>> plot_mask(net, shape=(3, 1)).images[0].get_array().tolist()
    [[1], [0], [1]]
    """
    if isinstance(net, MLP) and whole_number("layer", layer, 0) >= len(net.masks):
        raise ValueError(f"layer={layer}, but the net has the layers 0 to {len(net.masks) - 1}")
    kept = finite_matrix("mask", net.masks[layer] if isinstance(net, MLP) else net).astype(int)
    axes = new_axes() if axes is None else axes
    if shape is None:
        axes.imshow(kept, vmin=0, vmax=1, cmap="Greys", aspect="auto", interpolation="nearest")
        axes.set(xlabel="input", ylabel="unit", title=f"{kept.sum():,} of {kept.size:,} weights kept")
        return axes
    if int(np.prod(shape)) != kept.shape[1]:
        raise ValueError(f"shape={shape} has {int(np.prod(shape))} pixels, but the layer has {kept.shape[1]} inputs")
    count = kept.sum(axis=0).reshape(shape)
    picture = axes.imshow(count, vmin=0, vmax=max(1, count.max()), cmap="viridis")
    axes.figure.colorbar(picture, ax=axes, label="units that read the pixel", shrink=0.8)
    axes.set(xlabel="pixel column", ylabel="pixel row", title=f"{kept.sum():,} of {kept.size:,} weights kept")
    return axes


def plot_costs(result: PruneResult, axes: Axes | None = None) -> Axes:
    """Draw what each removal was predicted to cost, in the order of the removals.

    Parameters
    ----------
    result : PruneResult
    axes : matplotlib Axes, optional
        Several results may go into one.

    Returns
    -------
    Axes
        On a logarithmic scale where a cost is above 0; those of 0, or below, are not on it, and the legend counts them.
    """
    if not isinstance(result, PruneResult):
        raise ValueError(f"result must be a PruneResult, but it is a {type(result).__name__}")
    axes = new_axes() if axes is None else axes
    costs = np.asarray(result.costs, float)
    above, number = costs > 0, np.arange(1, len(costs) + 1)
    free = len(costs) - int(above.sum())
    label = result.method + (f" ({free:,} cost 0 or less)" if free and above.any() else "")
    if above.any():
        axes.set_yscale("log")
        number, costs = number[above], costs[above]
    row, taken = method_of(result.method), [line.get_color() for line in axes.lines]
    colours = [*([row.color] if row else []), *(color for color, _ in OTHERS)]
    axes.plot(number, costs, linestyle="", marker=".", markersize=3, label=label,
              color=next((color for color in colours if color not in taken), None))
    axes.set(xlabel="removal", ylabel="predicted cost")
    axes.grid(alpha=0.3)
    axes.legend(loc="best", fontsize="small")
    return axes


def plot_spectrum(H: npt.ArrayLike, axes: Axes | None = None) -> Axes:
    """Draw the eigenvalues of a Hessian, the largest first.

    Parameters
    ----------
    H : array_like of shape (k, k)
        Symmetric.
    axes : matplotlib Axes, optional

    Returns
    -------
    Axes
        Values below ``k * eps * largest`` cannot be told from 0: a line marks where that begins.

    Examples
    --------
    >>> [line] = plot_spectrum([[2.0, 0.0], [0.0, 1.0]]).lines[:1]
    >>> line.get_ydata().tolist()
    [2.0, 1.0]
    """
    matrix: npt.NDArray[Any] = finite_matrix("H", H)
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"H must be square, but its shape is {matrix.shape}")
    if not np.allclose(matrix, matrix.T, rtol=1e-6, atol=1e-9 * np.abs(matrix).max()):
        raise ValueError("H must be symmetric, but H and H.T differ; (H + H.T) / 2 is symmetric")
    axes = new_axes() if axes is None else axes
    values = np.linalg.eigvalsh(matrix.astype(float))[::-1]
    floor = len(matrix) * np.finfo(float).eps * abs(values).max()
    rank = int((values > floor).sum())
    number = np.arange(1, len(values) + 1)
    if rank:
        axes.set_yscale("log")
        shown = values > 0
        axes.plot(number[shown], values[shown], marker=".", label=f"rank {rank} of {len(values)}")
        axes.axhline(floor, color="grey", linewidth=1, linestyle="--", label="numerically 0 below this")
    else:
        axes.plot(number, values, marker=".", label=f"rank 0 of {len(values)}")
    axes.set(xlabel="number", ylabel="eigenvalue")
    axes.grid(alpha=0.3)
    axes.legend(loc="best", fontsize="small")
    return axes


def save_curves(path: str | os.PathLike[str] | IO[bytes], curves: dict[str, Any], title: str) -> None:
    """The demo's figure: accuracy against the share that is kept, on a logarithmic axis, as a PNG.

    The curves part where few weights are left; the axis gives that part its room. It is drawn so narrow, and the legend
    below it, that its text can be read on a phone.

    Parameters
    ----------
    path : str, os.PathLike or binary file
    curves : dict
        As ``plot_curves`` takes them.
    title : str
    """
    with matplotlib.rc_context({"font.size": 11}):
        axes = plot_curves(curves, new_axes(5.6, 5.6))
        for line in axes.lines[1:]:  # the first is the dense net's, across
            line.set_xdata(1 - np.asarray(line.get_xdata(), float))
        for band in axes.collections:
            for outline in band.get_paths():
                corners: npt.NDArray[Any] = np.asarray(outline.vertices)  # a view: to be changed
                corners[:, 0] = 1 - corners[:, 0]
        least = 1 - max(s for at in curves.values() for s in at)
        ticks = [t for t in KEPT_TICKS if t >= 0.9 * least] or [1.0]
        axes.set(xscale="log", xlim=(1.05, 0.9 * least), xlabel="weights kept (logarithmic)")
        axes.set_xticks(ticks, [f"{100 * t:g} %" for t in ticks])
        axes.minorticks_off()
        axes.set_title("\n".join(textwrap.wrap(title, 54)), fontsize="medium")
        handles, labels = axes.get_legend_handles_labels()
        axes.legend().remove()
        figure = cast("Figure", axes.figure)
        figure.legend(handles, labels, loc="outside lower center", ncols=2, fontsize="medium", frameon=False)
        write_png(figure, path, 200)


def save_masks(path: str | os.PathLike[str] | IO[bytes], counts: dict[str, npt.NDArray[Any]], title: str) -> None:
    """The demo's second figure: which pixels the first layer still reads, by every method, as a PNG.

    Parameters
    ----------
    path : str, os.PathLike or binary file
    counts : dict
        From a caption to an array of shape (28, 28): how many units of the first layer still read each pixel.
    title : str
    """
    columns = min(3, len(counts))  # three in a row: their text can be read on a phone
    rows = -(-len(counts) // columns)
    with matplotlib.rc_context({"font.size": 11, "axes.titlesize": 11}):
        figure = Figure(figsize=(5.6, 2.5 * rows + 1), layout="constrained")
        places = figure.subplots(rows, columns, squeeze=False)
        panels = list(places.flat)
        for empty in panels[len(counts):]:
            empty.axis("off")
        top = max(1, *(count.max() for count in counts.values()))
        for axes, (caption, count) in zip(panels, counts.items()):
            picture = axes.imshow(count, vmin=0, vmax=top, cmap="viridis")
            axes.set_title("\n".join(part for line in caption.split("\n") for part in textwrap.wrap(line, 17)))
            axes.set(xticks=[0, 27], yticks=[0, 27])
        panels[0].set(ylabel="pixel row")
        places[-1, 0].set(xlabel="pixel column")
        figure.colorbar(picture, ax=places, label="units that read the pixel", location="bottom", shrink=0.8, aspect=40)
        figure.suptitle("\n".join(textwrap.wrap(title, 50)), fontsize="medium")
        write_png(figure, path, 200)
