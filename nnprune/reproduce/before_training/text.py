"""What ``before_training`` found: from its rows to claims, tables, words and the figure.

A row is a dict of one net at its end: "method", "sparsity", "seed", "error" (test, in %), "kept" (the share of every
layer, in %) and "pixels" (how many inputs the first layer still reads).
"""

from __future__ import annotations

import numpy as np

from ..figures import save_lines
from ..findings import Claim, Findings, Statement, Table, mean_spread

# Set before the first run.
TOLERANCE, PUBLISHED = 0.3, {0.95: 1.6, 0.98: 2.4}
PAPER = "Lee, Ajanthan & Torr, ICLR 2019, Table 1 (LeNet-300-100, 20x and 50x, dense 1.7 %)"
# "As good as dense": the error is higher by at most so many points.
NEAR = 0.5
# The rows by name.
SNIP, SNIP_LONG = "SNIP", "SNIP, trained twice as long"
TICKET, OTHER = "L-OBS's mask, the same initial weights", "L-OBS's mask, other initial weights"
SHUFFLED = "L-OBS's mask shuffled in every layer"
PLAIN, RETRAINED = "exact L-OBS, no retraining", "exact L-OBS, retrained"
# What a row cost, in units of ``epochs``, the dense net included where one is needed; and when its mask was found.
CONTROLS = (OTHER, SHUFFLED)  # at the highest sparsity only, where they tell most
BUDGET = {"random": (1, "before"), "magnitude": (1, "before"), SNIP: (1, "before"), SNIP_LONG: (2, "before"),
          TICKET: (2, "after"), OTHER: (2, "after"), SHUFFLED: (2, "after"), PLAIN: (1, "after"),
          "magnitude, retrained": (2, "after"), RETRAINED: (2, "after")}


def errors(rows, method, sparsity=0.0):
    """The test errors of all seeds, in %."""
    return np.array([row["error"] for row in rows if row["method"] == method and row["sparsity"] == sparsity])


def gaps(rows, method, sparsity):
    """How much higher than the dense net's the errors are, in points, one a seed."""
    return errors(rows, method, sparsity) - errors(rows, "dense")


def findings(settings, rows):
    """Claims, statements, tables, words and a figure from the rows."""
    sparsities = settings.sparsities
    claims = [Claim(f"test error at {percent(p)} removed: {method} (%)", list(errors(rows, method, p)), PUBLISHED[p],
                    TOLERANCE, source=PAPER, note=shortness(settings, rows))
              for method in (SNIP, SNIP_LONG) for p in sparsities if p in PUBLISHED]
    caption = "Test error against the share kept; bands are one standard deviation; errors above 10 % are cut off."
    return Findings(claims, [statement(rows, p) for p in sparsities],
                    [error_table(settings, rows), kept_table(rows, sparsities[-1])], answer(rows, sparsities),
                    {"before-training.png": (caption, lambda file: draw(file, rows, sparsities))})


def shortness(settings, rows):
    """What twice the training is worth: the published nets were trained for many epochs, ours are not."""
    gained = [errors(rows, SNIP, p).mean() - errors(rows, SNIP_LONG, p).mean() for p in settings.sparsities
              if p in PUBLISHED]
    return (f"ours are trained for {settings.epochs} epochs and {2 * settings.epochs}; doubling takes off "
            f"{' and '.join(f'{g:.2f}' for g in gained)} points. Whether more epochs would close the rest is not "
            f"measured here")


def percent(p):
    """A share as text: 0.95 is "95 %"."""
    return f"{100 * p:g} %"


def statement(rows, p):
    """The conjecture at one sparsity, seed by seed."""
    own = gaps(rows, SNIP, p)
    return Statement(f"{percent(p)} can go before training: SNIP's error at most {NEAR} points above dense",
                     list(own <= NEAR), f"{mean_spread(own)} points above",
                     source="a conjecture of the course report, which did not test it")


def error_table(settings, rows):
    """The errors of all methods at all sparsities."""
    epochs, sparsities = settings.epochs, settings.sparsities
    lines = [["dense", "-", str(epochs), *[mean_spread(errors(rows, "dense"))] * len(sparsities)]]
    lines += [[method, when, str(times * epochs), *(cell(rows, method, p) for p in sparsities)]
              for method, (times, when) in BUDGET.items()]
    columns = ["method", "mask found", "epochs in all", *(f"{percent(p)} removed" for p in sparsities)]
    return Table("Test error in %", columns, lines,
                 "*Mask found*: before or after the training of a dense net. *Epochs in all*: those of the dense net, "
                 "where one is needed, and those of the pruned one.")


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


def reach(rows, method, sparsities):
    """Up to which sparsity the mean error stays within NEAR points of dense, in words."""
    good = [p for k, p in enumerate(sparsities)
            if all(gaps(rows, method, q).mean() <= NEAR for q in sparsities[:k + 1])]
    return f"up to {percent(good[-1])}" if good else f"not even at {percent(sparsities[0])}"


def answer(rows, sparsities):
    """What the figures say of the conjecture."""
    far = [f"{name} {reach(rows, method, sparsities)}" for name, method in (
        ("random", "random"), ("magnitude", "magnitude"), ("SNIP", SNIP), ("SNIP trained twice as long", SNIP_LONG),
        ("L-OBS's mask on the initial weights", TICKET), ("exact L-OBS after training, not retrained,", PLAIN),
        ("the same, retrained,", RETRAINED))]
    wins = [f"{sum(errors(rows, b, p).mean() < errors(rows, a, p).mean() for p in sparsities)} of {len(sparsities)}"
            for a, b in ((SNIP, PLAIN), (SNIP_LONG, RETRAINED))]
    return [f"**Can the redundancy go before training?** Within {NEAR} points of the dense error stay: "
            f"{'; '.join(far)}.",
            f"**Before or after, at an equal budget.** Exact L-OBS after training and without retraining errs less "
            f"than SNIP at {wins[0]} sparsities, both with as many epochs in all as the dense net. With retraining it "
            f"errs less than SNIP trained twice as long at {wins[1]}, both with twice as many.",
            ticket_note(rows, sparsities[-1]), *dead_note(rows, sparsities)]


def ticket_note(rows, p):
    """What a mask found on the trained net is worth before training."""
    snip, ticket, other, shuffled = (f"{errors(rows, method, p).mean():.2f} %"
                                     for method in (SNIP, TICKET, OTHER, SHUFFLED))
    return (f"**What the trained net knows.** At {percent(p)} removed SNIP errs {snip}. The mask that L-OBS found on "
            f"the trained net errs {ticket} after the same training from the same initial weights, {other} from other "
            f"initial weights, and {shuffled} where it is shuffled inside every layer and keeps its numbers only. "
            f"But to find it, a dense net had to be trained: it is an answer to what is possible, not a method.")


def dead_note(rows, sparsities):
    """Which methods left a layer without any weight, if any did."""
    dead = [f"{method} at {percent(p)}" for method in BUDGET for p in sparsities
            if any(0 in row["kept"] for row in rows if (row["method"], row["sparsity"]) == (method, p))]
    if not dead:
        return []
    return [f"**A layer without any weight**, in one seed at least: {'; '.join(dead)}. Nothing can be learnt then. By "
            f"magnitude the first layer goes first: its initial weights are the smallest, at most 1/sqrt(784)."]


def draw(file, rows, sparsities):
    """Seven of the methods: error against the share kept, which is logarithmic."""
    kept = [100 * (1 - p) for p in sparsities]
    labels = {"random": "random, before", "magnitude": "magnitude, before", SNIP: "SNIP, before",
              TICKET: TICKET, PLAIN: "exact L-OBS after training, no retraining",
              RETRAINED: "exact L-OBS after training, retrained"}
    series = {label: (kept, [list(errors(rows, m, p)) for p in sparsities]) for m, label in labels.items()}
    dense = errors(rows, "dense").mean()
    save_lines(file, series, xlabel="share of the weights kept (%)", ylabel="test error (%)",
               title="Pruned before training, or after", logx=True, xticks=kept,
               ylim=(0.7 * dense, max(10, 5 * dense)),
               marks=[("SNIP, published", 100 * (1 - p), e) for p, e in PUBLISHED.items() if p in sparsities],
               level=(f"dense, {dense:.2f} %", dense))
