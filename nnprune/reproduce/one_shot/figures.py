"""The one-shot table as curves, one figure a net."""

from __future__ import annotations

import numpy as np

from ..figures import save_lines
from .tables import LABELS, LEVELS, LIKE_THEIRS, OTHER, PUBLISHED, label


def figures(found, sparsities):
    """One figure a net by its file name: caption, and the function that writes it."""
    return {f"net-{net.split()[0]}.png": _figure(found[net], net, sparsities) for net in (LIKE_THEIRS, OTHER)}


def _figure(of, net, sparsities):
    ratio = [1 / (1 - q) for q in sparsities]
    series = {label(row, of): (ratio, np.transpose(of[row]).tolist()) for row in LABELS if row in of}
    keys = {label(row, of): row for row in LABELS if row in of}
    marks = [(f"{row}, published", 1 / (1 - q), a[LEVELS.index(q)]) for row, a in PUBLISHED.items() for q in LEVELS
             if net == LIKE_THEIRS]
    caption = (f"The {net} net: test accuracy without retraining, mean and one standard deviation over the seeds"
               f"{'; crosses: published, of one other net' if marks else ''}. On the axis 10 is a sparsity of 0.9, 50 "
               "one of 0.98")
    return caption, lambda file: save_lines(
        file, series, keys=keys, xlabel="weights before / weights kept (logarithmic)", ylabel="test accuracy (%)",
        marks=marks, title=f"One-shot pruning of 784-40-20-10, the {net} net", logx=True, xticks=[2, 3, 5, 10, 20, 50],
        level=(f"dense, {np.mean(of['dense']):.2f} %", float(np.mean(of["dense"]))), ylim=(10, 100))
