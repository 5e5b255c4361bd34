"""The bound as a figure: the rungs over sparsity, and what each step gives away."""

from __future__ import annotations

import numpy as np

from ...plots import STYLES, Figure
from ..figures import save
from .tables import FACTORS, by_sparsity, mean_factors


def figures(rows):
    """The figure by its file name: caption, and the function that writes it."""
    caption = ("Left: the bound of Theorem 3.2 and the output error over sparsity, and the rungs between them. Right: "
               "what each step from the error to the bound gives away, on a logarithmic scale, so that the heights add "
               "up to bound / error (geometric means over the seeds).")
    return {"theorem.png": (caption, lambda file: save_figure(file, rows))}


def save_figure(file, rows):
    """The rungs over sparsity, and the factors stacked on a logarithmic scale."""
    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_rungs(left, rows)
    _draw_factors(right, rows)
    save(figure, file)


def _draw_rungs(axes, rows):
    at, s = by_sparsity(rows), [m["sparsity"] for m in rows[0]]
    labels = {"frobenius": "bound (Theorem 3.2)", "spectral": "with spectral norms",
              "stretched": "with the stretching that happens", "summed": "layers' errors as they arrive, added",
              "error": "output error", "size": "size of the output"}
    for (color, marker), (name, label) in zip(STYLES, labels.items()):
        values = np.log([[m[name] for m in one] for one in at])
        mean, spread = values.mean(axis=1), values.std(axis=1)
        line = {"color": "grey", "linestyle": "--"} if name == "size" else {"color": color, "marker": marker}
        axes.plot(s, np.exp(mean), markersize=4, label=label, **line)
        axes.fill_between(s, np.exp(mean - spread), np.exp(mean + spread), color=line["color"], alpha=0.2, linewidth=0)
    axes.set(yscale="log", xlabel="removed share of the weights (sparsity)", ylabel="1/sqrt(n) times Frobenius norm",
             title="From the bound to the error")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")


def _draw_factors(axes, rows):
    s, means = [m["sparsity"] for m in rows[0]], [mean_factors(at) for at in by_sparsity(rows)]
    bottom = np.zeros(len(s))
    for (color, _), name in zip(STYLES[1:], reversed(FACTORS)):
        height = np.log10([m[name] for m in means])
        axes.bar(range(len(s)), height, bottom=bottom, color=color, label=name, width=0.7)
        for x, (low, h) in enumerate(zip(bottom, height)):
            if h > 0.08:  # room for a number
                axes.text(x, low + h / 2, f"{10**h:.3g}", ha="center", va="center", fontsize="small")
        bottom += height
    ticks = range(int(bottom.max()) + 2)
    axes.set_xticks(range(len(s)), [f"{v:.2f}" for v in s])
    axes.set_yticks(ticks, [f"{10**t:,}" for t in ticks])
    axes.set(xlabel="removed share of the weights (sparsity)", ylabel="bound / error, as a product",
             title="What makes the bound loose")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], fontsize="small", loc="upper left", ncols=4)
    axes.set_ylim(0, bottom.max() * 1.15)
