"""The figure of the XOR experiment: one minimum, dense and after each method's removal."""

from __future__ import annotations

import numpy as np

from ...plots import CLASS_FACES, OUTPUTS, Figure
from ..figures import save
from .nets import NAMES, PATTERNS, forward, solves
from .tables import start_name


def figures(rows):
    """The figure of one minimum at which magnitude and OBD err and OBS does not, if any was found."""
    examples = [r for r in rows if r["example"]]
    if not examples:
        return {}
    row = max(examples, key=lambda r: (r["example"]["differ"], -r["example"]["rise"]))
    name = start_name(row["activation"], row["low"], row["width"])
    caption = (f"One minimum at which magnitude and OBD err and OBS does not ({name}): the net's output over the "
               f"square of the inputs; the black line is the threshold between the classes.")
    return {"xor.png": (caption, lambda file: draw_example(file, row))}


def draw_example(file, row):
    """The output of the dense net and of the three pruned ones, with the four patterns."""
    example, t = row["example"], np.array([row["low"], 1.0, 1.0, row["low"]])
    figure = Figure(figsize=(7.5, 7), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    line = np.linspace(-0.3, 1.3, 121)
    grid = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    nets = [("dense", example["w"], None), *((m, p["w"], p["q"]) for m, p in example["pruned"].items())]
    middle, half = (1 + row["low"]) / 2, (1 - row["low"]) / 2
    for axes, (method, w, q) in zip(panels.flat, nets):
        W = np.array([w])
        z = forward(W, row["activation"], grid)[1].reshape(121, 121).T
        levels = middle + half * np.linspace(-2, 2, 17)
        picture = axes.contourf(line, line, z, levels=levels, cmap=OUTPUTS, extend="both")
        axes.contour(line, line, z, levels=[middle], colors="black", linewidths=1.5)
        for x, target in zip(PATTERNS, t):
            axes.plot(*x, "o", markersize=10, color="black", markerfacecolor=CLASS_FACES[int(target == 1)])
        axes.set(xticks=[0, 1], yticks=[0, 1], aspect="equal")
        axes.set_title(_heading(method, q, W, t, row), fontsize="small")
    figure.supxlabel("input 1", fontsize="medium")
    figure.supylabel("input 2", fontsize="medium")
    bar = figure.colorbar(picture, ax=panels, label="output", shrink=0.8)
    bar.set_ticks([row["low"], middle, 1])
    figure.suptitle("XOR: full points are class 1, hollow ones class 0", fontsize="medium")
    save(figure, file)


def _heading(method, q, W, t, row):
    """Two lines over a panel."""
    if q is None:
        return "dense, zero error\n9 weights"
    z = forward(W, row["activation"])[1][0]
    correct = int(((z > t.mean()) == (t == 1)).sum())
    if solves(W, t, row["activation"])[0]:
        state = "solves XOR at once"
    elif row["example"]["able"][q]:
        state = f"{correct} of 4 right; XOR after retraining"
    else:
        state = f"{correct} of 4 right; no retraining helps"
    return f"{method} removes {NAMES[q]}\n{state}"
