"""The results of the main experiment as curves, as a table, and as rows of a CSV file."""

from __future__ import annotations

import numpy as np

from ...pruning.methods import METHODS


def mean_curves(rows):
    """Mean and spread over the seeds.

    Parameters
    ----------
    rows : list of dict
        As ``run_seed`` records them.

    Returns
    -------
    dict
        For every method, in order of appearance, a dict from sparsity (rounded to 6 places) to (mean, standard
        deviation, number of seeds) of the accuracy in %.
    """
    curves = {}
    for row in rows:
        at = curves.setdefault(row["method"], {})
        at.setdefault(round(row["sparsity"], 6), []).append(100 * row["accuracy"])
    return {method: {s: (float(np.mean(a)), float(np.std(a)), len(a)) for s, a in sorted(at.items())}
            for method, at in curves.items()}


def within_a_point(curves):
    """For every method the largest sparsity up to which it stays within one point of the dense net; None if none.

    Examples
    --------
    >>> within_a_point({"dense": {0.0: (98.0, 0, 1)}, "random": {0.1: (97.5, 0, 1), 0.2: (90.0, 0, 1)}})
    {'random': 0.1}
    """
    dense, largest = curves["dense"][0.0][0], {}
    for method, at in curves.items():
        if method == "dense":
            continue
        largest[method] = None
        for sparsity, (mean, _, _) in at.items():
            if mean < dense - 1:
                break
            largest[method] = sparsity
    return largest


def table(curves):
    """The table as lines of text: a row a sparsity, a column a method."""
    methods = [m for m in curves if m != "dense"]
    titles = [METHODS[m].label for m in methods]
    dense, spread, seeds = curves["dense"][0.0]
    spread = f" +- {spread:.2f} over {seeds} seeds" if seeds > 1 else ""
    lines = [f"dense test accuracy: {dense:.2f} %{spread}; below, test accuracy in % by the share of weights removed",
             "", "removed  " + "  ".join(titles)]
    for sparsity in sorted({s for m in methods for s in curves[m]}):
        cells = [_cell(curves[m].get(sparsity)).rjust(len(t)) for m, t in zip(methods, titles)]
        lines.append(f"{sparsity:7.4g}  " + "  ".join(cells))
    best = within_a_point(curves)
    cells = ["none".rjust(len(t)) if best[m] is None else f"{best[m]:.4g}".rjust(len(t))
             for m, t in zip(methods, titles)]
    return [*lines, "", "the largest share removed that stays within one point of dense, same columns:",
            " " * 9 + "  ".join(cells)]


def _cell(value):
    if value is None:
        return "-"
    mean, spread, seeds = value
    return f"{mean:.2f}" + (f"+-{spread:.2f}" if seeds > 1 else "")


def csv_rows(rows):
    """The results as rows for the CSV, a title row first."""
    names = ("seed", "method", "sparsity", "accuracy", "seconds")
    return [names, *([row[name] for name in names] for row in rows)]
