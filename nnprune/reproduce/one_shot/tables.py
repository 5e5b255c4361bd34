"""The one-shot table in figures: the published rows, gaps and losses, our rows beside them.

    letter    meaning                                                             shape
    a         test accuracy in % of a method, one list a seed                     (seeds, sparsities)
    gap       a - a of magnitude, on the same net                                 (seeds, sparsities)
    loss      dense - a: what pruning costs                                       (seeds, sparsities)

Accuracies of two nets cannot be compared, even if both have 94 %. What a method gains over magnitude *on the same net*
can, and so, with more care, can what it loses from dense.
"""

from __future__ import annotations

import numpy as np

from ...pruning.methods import METHODS
from ..findings import Table, mean_spread

SOURCE = "Benbaki et al., \"Fast as CHITA\", ICML 2023, Table 1 (one net of 784-40-20-10 without biases)"
DENSE = 93.97
LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
PUBLISHED = {  # accuracy in % at LEVELS
    "magnitude": (93.93, 93.62, 92.89, 90.30, 83.64, 32.25),
    "WoodFisher": (94.02, 93.77, 93.57, 91.69, 85.54, 38.26),
    "CBS": (93.96, 93.98, 93.90, 93.14, 88.92, 55.45),
    "CHITA": (93.97, 93.80, 93.59, 92.46, 88.09, 46.25),
    "CHITA++": (95.97, 95.89, 95.80, 95.55, 94.70, 90.73),
}
ONE_SHOT = ("WoodFisher", "CBS", "CHITA")  # CHITA++ recomputes its quadratic in many stages
ROWS = ("magnitude", "obd", "obs-factored", "lobs-exact", "lobs-pruned")
TRAINED = "gauss-newton"  # the row whose survivors are trained with labels, on some nets and from one sparsity on
LABELS = {**{row: METHODS[row].label for row in ROWS}, "two-stage": "L-OBS then OBS",
          TRAINED: "L-OBS, Gauss-Newton steps with labels"}
LIKE_THEIRS, OTHER = "94 %", "converged"  # the nets, by the names they have in the settings


def gaps(accuracy, magnitude):
    """What a method gains over magnitude on the same nets, seed by seed.

    Parameters
    ----------
    accuracy, magnitude : array_like of shape (seeds, sparsities)
        ``accuracy`` may have fewer seeds: the first ones.

    Examples
    --------
    >>> gaps([[93.0, 88.5]], [[92.0, 80.0], [91.0, 79.0]])
    array([[1. , 8.5]])
    """
    accuracy = np.asarray(accuracy, float)
    return accuracy - np.asarray(magnitude, float)[:len(accuracy)]


def losses(accuracy, dense):
    """What is lost from dense, seed by seed: dense is of shape (seeds,), and ``accuracy`` may have the first ones only.

    Examples
    --------
    >>> losses([[93.0, 88.5]], [94.0])
    array([[1. , 5.5]])
    """
    accuracy = np.asarray(accuracy, float)
    return np.asarray(dense, float)[:len(accuracy), None] - accuracy


def best_published(level):
    """(name, accuracy) of the best one-shot row at a published sparsity.

    Examples
    --------
    >>> best_published(0.98)
    ('CBS', 55.45)
    """
    k = LEVELS.index(level)
    name = max(ONE_SHOT, key=lambda row: PUBLISHED[row][k])
    return name, PUBLISHED[name][k]


def tables(name, of, sparsities):
    """Accuracy, gap to magnitude, loss from dense of one net; the published rows below the net that is like theirs.

    Parameters
    ----------
    name : str
        Of the net.
    of : dict
        ``dense`` (one accuracy in % a seed) and, for the keys of ``LABELS``, one list of accuracies a seed, NaN for
        what was not measured.
    sparsities : list of float
    """
    kinds = [("test accuracy in %", lambda a: np.asarray(a), lambda a: a),
             ("gap to magnitude on the same net, in points", lambda a: gaps(a, of["magnitude"]),
              lambda a: np.subtract(a, PUBLISHED["magnitude"])),
             ("loss from dense, in points", lambda a: losses(a, of["dense"]), lambda a: np.subtract(DENSE, a))]
    made = []
    for title, ours, theirs in kinds:
        rows = [[label(row, of), *(_cell(column) for column in ours(of[row]).T)]
                for row in LABELS if row in of]
        if name == LIKE_THEIRS:
            rows += [[f"*{row}*", *(f"{theirs(a)[LEVELS.index(q)]:.2f}" if q in LEVELS else "-" for q in sparsities)]
                     for row, a in PUBLISHED.items()]
        made.append(Table(f"The {name} net, dense {mean_spread(of['dense'])} %: {title}",
                          ["removed", *(f"{q:g}" for q in sparsities)], rows,
                          f"*Published*: one net with {DENSE} % dense." if name == LIKE_THEIRS else ""))
    return made


def _cell(column):
    """Mean and spread, "-" where nothing was measured."""
    return "-" if np.isnan(column).any() else mean_spread(column)


def label(row, of):
    """A row's name; with the number of its seeds where it has fewer than the others."""
    seeds = len(of[row])
    return LABELS[row] + (f" ({seeds} seed{'s' * (seeds > 1)})" if seeds < len(of["dense"]) else "")


def seen(s):
    """What every method is given."""
    most, f, h, g = f"{s.calibration:,}", s.factored, s.two_stage, s.labels
    return Table("What a method sees", ["method", "images", "labels", "damping", "Hessian", "computed"], [
        [LABELS["magnitude"], "none", "no", "-", "none", "-"],
        [LABELS["obd"], most, "no", "-", "of the loss, diagonal (with relu no label enters it)", "once"],
        [LABELS["obs-factored"], f"{f['samples']:,}", "yes", f"{f['damping']:g}", "of the loss, Fisher matrix",
         f"again every {f['refresh']:,} removals"],
        [LABELS["lobs-exact"], most, "no", f"{s.damping:g}", "of each layer's error", "once"],
        [LABELS["lobs-pruned"], most, "no", f"{s.damping:g}", "the same, on the pruned net's inputs", "once a layer"],
        [LABELS["two-stage"], f"{most}; {h['samples']:,} beyond {h['at']:g}", "no",
         f"{s.damping:g}, then {h['damping']:g}", f"the same to {h['at']:g}, then of the loss, Gauss-Newton",
         f"then again every {h['refresh']:,} removals"],
        [LABELS[TRAINED], f"{most}; {g['images']:,} others a step, {g['validation']:,} to stop on", "yes",
         f"{s.damping:g}; of the steps {', '.join(format(t['damping'], 'g') for t in g['stages'])}",
         "of each layer's error, then of the loss, Gauss-Newton", "again in every step"],
        ["*WoodFisher, CBS, CHITA*", "see there", "yes", "see there", "of the loss, Fisher matrix", "once"],
        ["*CHITA++*", "see there", "yes", "see there", "the same", "again in every stage"]])
