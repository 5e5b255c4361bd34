"""The rows of the L-OBS paper's Table 1: what the paper has, what was measured, and both side by side."""

from __future__ import annotations

import numpy as np

from ..findings import Table, mean_spread

SOURCE = "Dong, Chen & Pan, NIPS 2017, Table 1 (LeNet-300-100)"
DENSE = 1.76  # % error of the paper's dense net
# Row: what it says, the paper's error before and after retraining, and its mini-batches.
ROWS = {
    "random": ("random, 8 % kept", 85.72, 2.25, "350,000"),
    "OBD": ("OBD, 8 % kept", 86.72, 1.96, "81,000"),
    "magnitude": ("magnitude (LWC), 8 % kept", 81.32, 1.95, "140,000"),
    "magnitude, shares": ("magnitude at the paper's shares", 81.32, 1.95, "140,000"),
    "one inverse": ("L-OBS, one inverse, 8 % kept, ranked over the net", 3.10, 1.82, "510"),
    "one inverse, shares": ("L-OBS, one inverse, at the paper's shares", 3.10, 1.82, "510"),
    "one inverse, script": ("L-OBS, one inverse, layer by layer, biases counted as the script does", 3.10, 1.82, "510"),
    "L-OBS, shares": ("L-OBS at the paper's shares", 3.10, 1.82, "510"),
    "L-OBS": ("L-OBS, 7 % kept", 3.10, 1.82, "510"),
    "L-OBS, pruned inputs": ("L-OBS, 7 % kept, pruned inputs", 3.10, 1.82, "510"),
    "two stages, shares": ("L-OBS, two stages, last at 1/4/54 %", 2.43, 1.96, "643"),
    "two stages": ("L-OBS, two stages, 1.5 % kept, pruned inputs", 2.43, 1.96, "643"),
    "rounds, short": ("L-OBS in rounds, short, 1.5 % kept", 2.43, 1.96, "643"),
    "rounds": ("L-OBS in rounds, 1.5 % kept", 2.43, 1.96, "643"),
}
WORDS = {"labels": "labels", "soft": "soft targets"}  # what a net is retrained on
IMAGES = 10_000  # to test on: a single net has no spread over seeds, but one over images
HELD = 0.5  # points of error that the first layer may cost and still "hold" the accuracy


def errors(found, row, way="labels", after=True):
    """Test error in %, one a seed; before retraining it does not depend on the way (but in the last stages)."""
    return [f["rows"][row][way][int(after)] for f in found]


def rises(found, *which, **more):
    """The same above the dense net's error."""
    return [e - f["dense"] for e, f in zip(errors(found, *which, **more), found)]


def iterations(row, s):
    """Mini-batches of retraining in all stages of a row."""
    if row in s.steps:
        return s.stages[0] + s.rounds * s.steps[row] + s.fine[row]
    return sum(s.stages) if row.startswith("two stages") else s.iterations


def overall(net, kept):
    """The share of all weights that is kept where every layer keeps its own share.

    Examples
    --------
    >>> from nnprune import MLP
    >>> round(overall(MLP((784, 300, 100, 10), rng=0), [0.067, 0.20, 0.65]), 4)
    0.0842
    """
    return sum(round(share * W.size) for share, W in zip(kept, net.weights, strict=True)) / net.n_weights


def tables(found, s, others, given=()):
    """Table 1, the same on the net that was given beside ours, every dense net, and the first layer alone."""
    return [_table(found, s), *([_both_nets(found, given)] if given else []),
            _dense_table(dense_nets(found, others, given), s), _first_layer_table(found, s)]


def _table(found, s):
    lines = []
    for row, (says, before, after, theirs) in ROWS.items():
        ways = [way for way in ("labels", "soft") if way in found[0]["rows"][row]]
        cells = [mean_spread(errors(found, row, way)) if way in ways else "-" for way in ("labels", "soft")]
        befores = list(dict.fromkeys(mean_spread(errors(found, row, way, after=False)) for way in ways))
        rise = " / ".join(f"{np.mean(rises(found, row, way)):+.2f}" for way in ways)
        lines.append([says, " / ".join(befores), f"{before:.2f}", *cells, f"{after:.2f}", rise, f"{after - DENSE:+.2f}",
                      f"{iterations(row, s):,}", theirs])
    dense = [f["dense"] for f in found]
    return Table("Table 1: test error (%) before and after retraining",
                 ["row", "before", "paper", "after, labels", "after, soft targets", "paper", "rise", "paper",
                  "mini-batches", "paper"], lines,
                 f"Dense: {mean_spread(dense)} % (paper: {DENSE}). Our mini-batches have {s.batch_size} images (how "
                 f"many the paper's have is not in its table); the learning rate falls from {s.rate:g} to 0, momentum "
                 f"0.9. Before: before the last retraining; where there are two figures, of it or of the rise, they "
                 f"are those of labels / of soft targets.{_kept_words(found)}")


def _both_nets(found, given):
    """The authors' dense net beside ours."""
    lines = []
    for row in given[0]["rows"]:
        cells = [text for f in (given, found) for text in (
            mean_spread(errors(f, row, after=False)), mean_spread(errors(f, row)), f"{np.mean(rises(f, row)):+.2f}")]
        lines.append([ROWS[row][0], *cells, f"{ROWS[row][1]:.2f}", f"{ROWS[row][2]:.2f}"])
    return Table("The authors' own dense net beside ours: test error (%), retrained on labels",
                 ["row", "theirs, before", "after", "rise", "ours, before", "after", "rise", "paper, before", "after"],
                 lines, f"Dense: theirs {given[0]['dense']:.2f} %, ours {mean_spread([f['dense'] for f in found])} %. "
                 f"Theirs is one net; the spread is over the seeds of the mini-batches, of the row random over its own "
                 f"too. Ours are nets of {len(found)} seeds.{_kept_words(given)}")


def dense_nets(found, others, given=()):
    """{how the dense net was trained: one dict a seed}, ours first."""
    return {"SGD, decay 5e-4 (ours)": found, **others, **({"the authors'": given} if given else {})}


def _dense_table(nets, s):
    lines = []
    for kind, of in nets.items():
        before = [mean_spread(errors(of, row, after=False)) for row in
                  ("magnitude", "OBD", "one inverse, shares", "L-OBS, shares")]
        after = [mean_spread(errors(of, row)) for row in ("magnitude, shares", "L-OBS, shares")]
        *widths, black = (f"{np.mean(v):.3f}" for v in zip(*(f["spread"] for f in of)))
        lines.append([kind, mean_spread([f["dense"] for f in of]), " / ".join(widths), black, *before, *after])
    return Table("What depends on how the dense net was trained: test error (%)",
                 ["dense net", "its error", "spread of its weights", "on black pixels", "magnitude, 8 %", "OBD, 8 %",
                  "one inverse, shares", "exact, shares", "magnitude, after", "exact, after"], lines,
                 f"Spread: the standard deviation of the weights of the three layers, and of the first layer's on the "
                 f"pixels that are 0 on all training images. The next four are before retraining; after: at the "
                 f"paper's shares, {s.iterations} mini-batches on labels. L-OBS takes {s.calibration:,} images and a "
                 f"damping of 1e-3, OBD all images. Ours begin uniform within 1/sqrt(n_in), a width of 0.021 in the "
                 f"first layer; Adam has a learning rate of 0.001, batches of 100 images, and 20 epochs where the "
                 f"authors' script names 100.")


def _kept_words(found):
    """What the global ranking leaves of the layers."""
    lines = [f"{ROWS[row][0]}: {' / '.join(f'{100 * np.mean(v):.1f}' for v in zip(*(f['layers'][row] for f in found)))}"
             for row in ("magnitude", "OBD", "L-OBS")]
    return f" Kept of the three layers by the ranking over the whole net, in %: {'; '.join(lines)}."


def _first_layer_table(found, s):
    values = list(zip(*(f["first layer"] for f in found)))
    return Table("The first layer alone, pruned by L-OBS, no retraining",
                 ["removed", *(f"{v:.2f}" for v in s.first_layer)],
                 [["test error (%)", *(mean_spread(v) for v in values)]])
