"""Test errors of all methods, and where the survivors are.

A row is a dict of one net at its end: "method", "sparsity", "seed", "error" (test, in %), "kept" (the share of every
layer, in %) and "pixels" (how many inputs the first layer still reads).
"""

from __future__ import annotations

import numpy as np

from ..findings import Table, mean_spread

PUBLISHED = {0.95: 1.6, 0.98: 2.4}
# "As good as dense": the error is higher by at most so many points.
NEAR = 0.5
# The rows by name.
SNIP, SNIP_LONG, SNIP_PAPER = "SNIP", "SNIP, trained twice as long", "SNIP, trained as long as in its paper"
TICKET, OTHER = "L-OBS's mask, the same initial weights", "L-OBS's mask, other initial weights"
SHUFFLED = "L-OBS's mask shuffled in every layer"
PLAIN, RETRAINED = "exact L-OBS, no retraining", "exact L-OBS, retrained"
CONTROLS = (OTHER, SHUFFLED)  # at the highest sparsity only, where they tell most
# What a row cost, in units of ``epochs``, the dense net included where one is needed; and when its mask was found.
BUDGET = {"random": (1, "before"), "magnitude": (1, "before"), SNIP: (1, "before"), SNIP_LONG: (2, "before"),
          TICKET: (2, "after"), OTHER: (2, "after"), SHUFFLED: (2, "after"), PLAIN: (1, "after"),
          "magnitude, retrained": (2, "after"), RETRAINED: (2, "after")}


def errors(rows, method, sparsity=0.0):
    """The test errors of all seeds, in %."""
    return np.array([row["error"] for row in rows if row["method"] == method and row["sparsity"] == sparsity])


def gaps(rows, method, sparsity):
    """How much higher than the dense net's the errors are, in points, one a seed."""
    return errors(rows, method, sparsity) - errors(rows, "dense")


def percent(p):
    """A share as text: 0.95 is "95 %"."""
    return f"{100 * p:g} %"


def error_table(settings, rows):
    """The errors of all methods at all sparsities."""
    epochs, sparsities = settings.epochs, settings.sparsities
    lines = [["dense", "-", str(epochs), *[mean_spread(errors(rows, "dense"))] * len(sparsities)]]
    lines += [[method, when, str(times * epochs), *(cell(rows, method, p) for p in sparsities)]
              for method, (times, when) in BUDGET.items()]
    lines += [[SNIP_PAPER, "before", f"{long_epochs(settings):.0f}", *(cell(rows, SNIP_PAPER, p) for p in sparsities)]]
    columns = ["method", "mask found", "epochs in all", *(f"{percent(p)} removed" for p in sparsities)]
    return Table("Test error in %", columns, lines,
                 "*Mask found*: before or after the training of a dense net. *Epochs in all*: those of the dense net, "
                 "where one is needed, and those of the pruned one.")


def long_epochs(settings, n_train=60_000):
    """How many epochs the long training has, of MNIST's images.

    >>> from types import SimpleNamespace
    >>> long_epochs(SimpleNamespace(long={"iterations": [25_000, 2_600], "batch_size": 100}))
    46.0
    """
    return sum(settings.long["iterations"]) * settings.long["batch_size"] / n_train


def cell(rows, method, p):
    """Mean and spread of the errors; "-" where none were measured."""
    own = errors(rows, method, p)
    return mean_spread(own) if len(own) else "-"


def kept_table(rows, p):
    """Where the survivors are at one sparsity."""
    lines = []
    for method in ("random", "magnitude", SNIP, TICKET, "magnitude, retrained"):
        own = [row for row in rows if row["method"] == method and row["sparsity"] == p]
        kept, pixels = (np.mean([row[what] for row in own], axis=0) for what in ("kept", "pixels"))
        lines.append([method, *(f"{k:.2f}" for k in kept), f"{pixels:.0f}"])
    columns = ["method", *(f"layer {l} (%)" for l in range(1, len(rows[0]["kept"]) + 1)), "pixels read"]
    return Table(f"Where the survivors are at {percent(p)} removed: share kept of every layer", columns, lines,
                 "Mean over the seeds.")
