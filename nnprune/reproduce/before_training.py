"""Can the redundancy be removed before training begins? The course report's conjecture, put to the test.

A net of 784-300-100-10 is pruned at its initial weights, when nothing is learnt yet, and then trained: at random, by
magnitude, by SNIP. Beside it stand *tickets*, which know the answer: the mask that exact L-OBS found on the trained
net, put on the initial weights (``lottery``), with two controls; and pruning after training. ``BUDGET`` says of every
row how many epochs of training it cost, the dense net's included.

Nothing is chosen here: all settings are those of the demo, save the number of epochs, which keeps it short.
"""

from __future__ import annotations

import functools

import numpy as np

from ..lobs import prune_lobs
from ..lottery import rewind
from ..magnitude import prune_magnitude, prune_random
from ..mlp import MLP
from ..sgd import train
from ..snip import prune_snip
from .figures import save_lines
from .findings import Claim, Findings, Statement, Table, mean_spread

TITLE = "Pruning before training: the report's conjecture; SNIP (Lee et al. 2019), lottery tickets (Frankle & Carbin)"
DATA = "mnist"
SETTINGS = {"seeds": 3, "hidden": [300, 100], "epochs": 5, "learning_rate": 0.1, "weight_decay": 1e-4,
            "sparsities": [0.6, 0.9, 0.95, 0.98], "calibration": 10_000}
QUICK = {"seeds": 1, "hidden": [100, 50], "epochs": 2, "sparsities": [0.6, 0.9], "calibration": 1000}

# Set before the first run. The published nets were trained for many times as long as these.
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
BUDGET = {"random": (1, "before"), "magnitude": (1, "before"), SNIP: (1, "before"), SNIP_LONG: (2, "before"),
          TICKET: (2, "after"), OTHER: (2, "after"), SHUFFLED: (2, "after"), PLAIN: (1, "after"),
          "magnitude, retrained": (2, "after"), RETRAINED: (2, "after")}


def run(job):
    """Train, prune and measure; see the head of ``reproduce``."""
    s = job.settings
    job.expect(len(job.seeds) * (1 + len(s.sparsities) * (1 + len(BUDGET))))
    rows = [row for seed in job.seeds for row in run_seed(job, seed)]
    return findings(job, rows)


def run_seed(job, seed):
    """All rows of one seed: dicts with method, sparsity, seed, test error in %, shares kept, pixels read."""
    s, data = job.settings, job.mnist()
    initial, other = (MLP((data.x_train.shape[1], *s.hidden, 10), rng=k) for k in (seed, 1000 + seed))
    dense = job.net(f"seed {seed}, dense", lambda: trained(job, initial, seed))
    x, y = data.x_train[:s.calibration], data.y_train[:s.calibration]
    # One pass of L-OBS serves all sparsities; a run that goes on from the disk needs none.
    passes = functools.cache(lambda: prune_lobs(dense, x, sparsity=s.sparsities))
    rows = [row_of(job, "dense", 0.0, seed, dense)]
    for i, p in enumerate(s.sparsities):
        lobs = job.net(f"seed {seed}, L-OBS to {p}", lambda i=i: passes()[i].net)
        starts = starting_nets(initial, other, dense, lobs, x, y, p, seed)
        for method, (start, times) in starts.items():
            rows.append(job.step(f"seed {seed}, {p}, {method}", functools.partial(
                finish, job, method, p, seed, start, times)))
    return rows


def starting_nets(initial, other, dense, lobs, x, y, p, seed):
    """From every method to a function that makes its pruned net, and how many times ``epochs`` it is trained then."""
    snip = functools.cache(lambda: prune_snip(initial, x, y, sparsity=p).net)
    nets = [(lambda: prune_random(initial, sparsity=p, rng=seed).net, 1),
            (lambda: prune_magnitude(initial, sparsity=p).net, 1), (snip, 1), (snip, 2),
            (lambda: rewind(lobs, initial), 1), (lambda: rewind(lobs, other), 1),
            (lambda: rewind(lobs, initial, shuffle=seed), 1), (lambda: lobs, 0),
            (lambda: prune_magnitude(dense, sparsity=p).net, 1), (lambda: lobs, 1)]
    return dict(zip(BUDGET, nets))


def trained(job, net, seed, times=1):
    """A copy of the net, trained ``times`` as long as the dense one; the masks hold."""
    s, data, net = job.settings, job.mnist(), net.copy()
    train(net, data.x_train, data.y_train, epochs=times * s.epochs, learning_rate=s.learning_rate,
          weight_decay=s.weight_decay, rng=seed)
    return net


def finish(job, method, sparsity, seed, start, times):
    """The row of a net that is made by ``start`` and trained ``times`` as long as the dense one."""
    return row_of(job, method, sparsity, seed, trained(job, start(), seed, times))


def row_of(job, method, sparsity, seed, net):
    """What is known of one net at the end: the only place where the test images are read."""
    data = job.mnist()
    return {"method": method, "sparsity": sparsity, "seed": seed,
            "error": 100 * (1 - net.accuracy(data.x_test, data.y_test)),
            "kept": [100 * float(mask.mean()) for mask in net.masks],
            "pixels": int(net.masks[0].any(axis=0).sum())}


# -- what was found --------------------------------------------------------------------------------------------


def errors(rows, method, sparsity=0.0):
    """The test errors of all seeds, in %."""
    return np.array([row["error"] for row in rows if row["method"] == method and row["sparsity"] == sparsity])


def gaps(rows, method, sparsity):
    """How much higher than the dense net's the errors are, in points, one a seed."""
    return errors(rows, method, sparsity) - errors(rows, "dense")


def findings(job, rows):
    """Claims, statements, tables, words and a figure from the rows."""
    sparsities = job.settings.sparsities
    claims = [Claim(f"test error at {percent(p)} removed: {method} (%)", list(errors(rows, method, p)), PUBLISHED[p],
                    TOLERANCE, source=PAPER)
              for method in (SNIP, SNIP_LONG) for p in sparsities if p in PUBLISHED]
    caption = "Test error against the share of weights kept; a band is one standard deviation."
    return Findings(claims, [statement(rows, p) for p in sparsities],
                    [error_table(job, rows), kept_table(rows, sparsities[-1])], answer(rows, sparsities),
                    {"before-training.png": (caption, lambda file: draw(file, rows, sparsities))})


def percent(p):
    """A share as text: 0.95 is "95 %"."""
    return f"{100 * p:g} %"


def statement(rows, p):
    """The conjecture at one sparsity, seed by seed."""
    own = gaps(rows, SNIP, p)
    return Statement(f"{percent(p)} can go before training: SNIP's error at most {NEAR} points above dense",
                     list(own <= NEAR), f"{mean_spread(own)} points above",
                     source="a conjecture of the course report, which did not test it")


def error_table(job, rows):
    """The errors of all methods at all sparsities."""
    epochs, sparsities = job.settings.epochs, job.settings.sparsities
    lines = [["dense", "-", str(epochs), *[mean_spread(errors(rows, "dense"))] * len(sparsities)]]
    lines += [[method, when, str(times * epochs), *(mean_spread(errors(rows, method, p)) for p in sparsities)]
              for method, (times, when) in BUDGET.items()]
    columns = ["method", "mask found", "epochs in all", *(f"{percent(p)} removed" for p in sparsities)]
    return Table("Test error in %", columns, lines,
                 "*Mask found*: before or after the training of a dense net. *Epochs in all*: those of the dense net, "
                 "where one is needed, and those of the pruned one.")


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
    last = sparsities[-1]
    far = [f"{name} {reach(rows, method, sparsities)}" for name, method in (
        ("random", "random"), ("magnitude", "magnitude"), ("SNIP", SNIP), ("SNIP trained twice as long", SNIP_LONG),
        ("L-OBS's mask on the initial weights", TICKET), ("exact L-OBS after training, not retrained,", PLAIN),
        ("the same, retrained,", RETRAINED))]
    at = {method: f"{errors(rows, method, last).mean():.2f} %" for method in BUDGET}
    return [f"**Can the redundancy go before training?** Within {NEAR} points of the dense error stay: "
            f"{'; '.join(far)}.",
            f"**What the trained net knows.** At {percent(last)} removed, with {at[SNIP_LONG]} for SNIP and "
            f"{at[RETRAINED]} for L-OBS with retraining, both after the same number of epochs in all, the mask that "
            f"L-OBS found gets {at[TICKET]} from the initial weights, {at[OTHER]} from other initial weights, and "
            f"{at[SHUFFLED]} when it is shuffled inside every layer."]


def draw(file, rows, sparsities):
    """Seven of the methods: error against the share kept, both on logarithmic axes."""
    kept = [100 * (1 - p) for p in sparsities]
    labels = {"random": "random, before", "magnitude": "magnitude, before", SNIP: "SNIP, before",
              TICKET: TICKET, SHUFFLED: SHUFFLED, PLAIN: "exact L-OBS after training, no retraining",
              RETRAINED: "exact L-OBS after training, retrained"}
    series = {label: (kept, [list(errors(rows, m, p)) for p in sparsities]) for m, label in labels.items()}
    dense = errors(rows, "dense").mean()
    save_lines(file, series, xlabel="share of the weights kept (%)", ylabel="test error (%)",
               title="Pruned before training, or after", logx=True, logy=True, xticks=kept,
               marks=[("SNIP, published", 100 * (1 - p), e) for p, e in PUBLISHED.items() if p in sparsities],
               level=(f"dense, {dense:.2f} %", dense))
