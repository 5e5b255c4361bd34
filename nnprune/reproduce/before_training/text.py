"""Pruning before training as text: claims, the conjecture seed by seed, and what the figures say of it."""

from __future__ import annotations

from ..findings import Claim, Findings, Statement, mean_spread, seen
from .figures import figures
from .tables import (
    BUDGET,
    NEAR,
    OTHER,
    PLAIN,
    PUBLISHED,
    RETRAINED,
    SHUFFLED,
    SNIP,
    SNIP_LONG,
    SNIP_PAPER,
    TICKET,
    error_table,
    errors,
    gaps,
    kept_table,
    long_epochs,
    percent,
)

PAPER = "Lee, Ajanthan & Torr, ICLR 2019, Table 1 (LeNet-300-100, 20x and 50x, dense 1.7 %)"


def findings(settings, rows):
    """Claims, statements, tables, words and a figure from the rows."""
    sparsities = settings.sparsities
    claims = [Claim(f"test error at {percent(p)} removed: {SNIP_PAPER} (%)", list(errors(rows, SNIP_PAPER, p)),
                    PUBLISHED.get(p), rounding=0.05, images=10_000, source=PAPER, note=not_theirs(settings))
              for p in settings.long["sparsities"]]
    return Findings(claims, [statement(rows, p) for p in sparsities],
                    [error_table(settings, rows), kept_table(rows, sparsities[-1])], answer(rows, sparsities),
                    figures(rows, sparsities), seen(
                        [["random, magnitude", "none", "no", "-"], ["SNIP", f"{settings.calibration:,}", "yes", "-"],
                         ["exact L-OBS", f"{settings.calibration:,}", "no", "0.001"]]))


def not_theirs(settings):
    """What must be known to compare the long training with the published one, and why no other row is."""
    s = settings.long
    return (f"batches of {s['batch_size']}, {s['iterations'][0]:,} at the rate {s['learning_rates'][0]:g} and "
            f"{s['iterations'][1]:,} at {s['learning_rates'][1]:g}: {long_epochs(settings):.0f} epochs of all training "
            f"images. Theirs keeps a tenth of them apart, and scores the weights on one batch; ours on "
            f"{settings.calibration:,} images. The rows of {settings.epochs} and {2 * settings.epochs} epochs in the "
            "table are not comparable with the published errors: their training is shorter by an order of magnitude")


def statement(rows, p):
    """The conjecture at one sparsity, seed by seed."""
    own = gaps(rows, SNIP, p)
    return Statement(f"{percent(p)} can go before training: SNIP's error at most {NEAR} points above dense",
                     list(own <= NEAR), f"{mean_spread(own)} points above",
                     source="a conjecture of the course report, which did not test it")


def reach(rows, method, sparsities):
    """Up to which sparsity the mean error stays within NEAR points of dense, as text."""
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
