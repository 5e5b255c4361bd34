"""What the figures of several experiments share: curves over sparsity with bands, and published marks beside them."""

from __future__ import annotations

import numpy as np

from ..pruning.methods import METHODS


def save_lines(file, series, *, keys, xlabel, ylabel, title, marks=(), level=None, logx=False, logy=False, ylim=None,
               xticks=None):
    """Draw curves with one standard deviation as a band.

    Parameters
    ----------
    file : path or binary file
    series : dict
        From a label to (x, values): x of shape (k,), values a list of k lists, one value a seed.
    keys : dict
        From a label to the key of its method in ``METHODS``, which says how the curve looks; labels of what is no
        method may be left out.
    xlabel, ylabel, title : str
    marks : sequence of (label, x, y)
        Published figures, shown as crosses: one colour a label.
    level : (label, y), optional
        A dashed line across, such as the dense accuracy.
    logx, logy : bool
    ylim : (float, float), optional
    xticks : sequence of float, optional
        Where to put ticks, with their values as they are.
    """
    from ..plots import Figure  # only now: matplotlib takes half a second to import
    figure = Figure(figsize=(7.2, 4.6), layout="constrained")
    axes = figure.subplots()
    if level is not None:
        axes.axhline(level[1], color="grey", linewidth=1, linestyle="--", label=level[0])
    for (color, marker), (label, (x, values)) in zip(_styles(series, keys), series.items()):
        draw_curve(axes, x, values, color=color, marker=marker, label=label)
    labels = list(dict.fromkeys(label for label, _, _ in marks))
    for k, label in enumerate(labels):
        x, y = zip(*((x, y) for own, x, y in marks if own == label))
        axes.plot(x, y, linestyle=":", linewidth=0.8, marker="x", color=f"C{k}", label=label)
    if logx:
        axes.set_xscale("log")
    if logy:
        axes.set_yscale("log")
    if xticks is not None:
        plain_ticks(axes, xticks)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title, ylim=ylim)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    save(figure, file)


def draw_curve(axes, x, values, *, color, marker, label):
    """The mean over the seeds, and one standard deviation as a band; ``values`` has one list of seeds a point."""
    mean, spread = np.array([np.mean(v) for v in values]), np.array([np.std(v) for v in values])
    axes.plot(x, mean, color=color, marker=marker, markersize=4, label=label)
    axes.fill_between(x, mean - spread, mean + spread, color=color, alpha=0.2, linewidth=0)


def plain_ticks(axes, ticks):
    """Ticks at these places of a logarithmic axis, with their values as they are."""
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()


def save(figure, file):
    """Write the figure as a PNG, in the same resolution as all others."""
    from ..plots import write_png
    write_png(figure, file, 120)


def _styles(labels, keys):
    """Pairs (color, marker): a method's own, one of ``OTHERS`` for what is none."""
    from ..plots import OTHERS
    others = iter(OTHERS)
    methods = [METHODS.get(keys.get(label)) for label in labels]
    return [(method.color, method.marker) if method else next(others) for method in methods]
