"""Table 1 as a figure: every row before and after retraining, and the first layer alone."""

from __future__ import annotations

from textwrap import fill

import numpy as np

from ...plots import OTHERS, Figure
from ...pruning.methods import METHODS
from ..figures import draw_curve, plain_ticks, save
from .tables import ROWS, WORDS, errors


def figures(found, s):
    """The figure by its file name: caption, and the function that writes it."""
    caption = ("Above: test error of every row before retraining (hollow) and after it (filled), and the paper's "
               "figures; means over the seeds. Below: only the first layer is pruned, by L-OBS, without retraining.")
    return {"lobs.png": (caption, lambda file: save_figure(file, found, s))}


def save_figure(file, found, s):
    """Errors of the rows, and the curve of the first layer."""
    figure = Figure(figsize=(7, 8.6), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=[5, 2])
    _draw_rows(above, found)
    _draw_first_layer(below, found, s)
    save(figure, file)


def _draw_rows(axes, found):
    y = np.arange(len(ROWS))[::-1]
    for (color, marker), way, shift in ((OTHERS[0], "labels", 0.15), (OTHERS[1], "soft", -0.15)):
        at = [(k + shift, row) for k, row in zip(y, ROWS) if way in found[0]["rows"][row]]
        for after, face in ((False, "none"), (True, color)):
            axes.plot([np.mean(errors(found, row, way, after)) for _, row in at], [k for k, _ in at], linestyle="none",
                      marker=marker, color=color, markerfacecolor=face, markersize=6,
                      label=f"{'after' if after else 'before'} retraining on {WORDS[way]}")
    for value, label in ((1, "paper, before"), (2, "paper, after")):
        axes.plot([ROWS[row][value] for row in ROWS], y, linestyle="none", marker="x+"[value - 1], color="black",
                  markersize=7, label=label)
    axes.axvline(np.mean([f["dense"] for f in found]), color="grey", linewidth=1, linestyle="--",
                 label="our dense nets")
    axes.set_yticks(y, [fill(says, 37) for says, *_ in ROWS.values()], fontsize="small")
    ticks = [1.5, 2, 3, 5, 10, 20, 50, 90]
    axes.set(xscale="log", xlabel="test error (%)", title="Before and after retraining")
    plain_ticks(axes, ticks)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.3, -0.12), ncols=3)


def _draw_first_layer(axes, found, s):
    row = METHODS["lobs-exact"]
    draw_curve(axes, s.first_layer, list(zip(*(f["first layer"] for f in found))), color=row.color, marker=row.marker,
               label="exact L-OBS, mean over the seeds")
    axes.axhline(np.mean([f["dense"] for f in found]), color="grey", linewidth=1, linestyle="--", label="dense")
    axes.axvline(0.96, color="black", linewidth=1, linestyle=":", label="paper: held to about here")
    axes.set(xlabel="removed share of the first layer", ylabel="test error (%)", title="The first layer alone")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
