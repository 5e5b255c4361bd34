"""Can the redundancy be removed before training begins? The course report's conjecture, put to the test.

A net of 784-300-100-10 is pruned at its initial weights, when nothing is learnt yet, and then trained: at random, by
magnitude, by SNIP. Beside it stand *tickets*, which know the answer: the mask that exact L-OBS found on the trained
net, put on the initial weights (``lottery``), with two controls; and pruning after training. ``BUDGET`` says of every
row how many epochs of training it cost, the dense net's included.

One thing was chosen, with 10,000 training images kept apart (seed 0, 5 epochs): the learning rate, for all nets the
same. Sparse nets want a higher one than the demo's 0.1; it does the dense net no harm. Validation error in %:

    learning rate   dense   random, 90 %   SNIP, 90 %   SNIP, 98 %   magnitude, 98 %, retrained
    0.1             1.95    4.39           2.77         5.46         2.71
    0.2             1.87    3.54           2.27         4.26         2.63
    0.3             2.05    3.46           2.32         4.04         2.53

SNIP's published nets were trained an order of magnitude longer than these rows: by batches of 100 to the first cut of
the learning rate, after 25,000 of them. ``long`` trains SNIP's nets so, with that paper's rate, momentum and decay, for
46 epochs in all, and it alone stands beside the published errors. Nothing of it was chosen here.
"""

from __future__ import annotations

import functools
from typing import Any

from ...nn.compaction import train_compact
from ...nn.mlp import MLP
from ...pruning.lobs import prune_lobs
from ...pruning.magnitude import prune_magnitude, prune_random
from ...pruning.schedules.lottery import rewind
from ...pruning.snip import prune_snip
from .tables import BUDGET, CONTROLS, SNIP_PAPER
from .text import findings

TITLE = "Pruning before training: the report's conjecture; SNIP (Lee et al. 2019), lottery tickets (Frankle & Carbin)"
DATA = "mnist"
SETTINGS: dict[str, Any] = {"seeds": 3, "hidden": [300, 100], "epochs": 5, "learning_rate": 0.2, "weight_decay": 1e-4,
            "sparsities": [0.6, 0.9, 0.95, 0.98], "calibration": 10_000,
            "long": {"seeds": 1, "sparsities": [0.95, 0.98], "batch_size": 100, "iterations": [25_000, 2_600],
                     "learning_rates": [0.1, 0.01], "weight_decay": 5e-4}}
QUICK = {"seeds": 1, "hidden": [100, 50], "epochs": 2, "sparsities": [0.6, 0.9], "calibration": 1000,
         "long": {**SETTINGS["long"], "sparsities": [0.9], "iterations": [50, 5]}}


def run(job):
    """Train, prune and measure; see the head of ``reproduce``."""
    s = job.settings
    job.expect(len(job.seeds) * (1 + len(s.sparsities) * (1 + len(BUDGET) - len(CONTROLS)) + len(CONTROLS))
               + len(job.seeds[:s.long["seeds"]]) * len(s.long["sparsities"]))
    found = job.map(run_seed, {f"seed {seed}": (seed,) for seed in job.seeds})
    return findings(job.settings, [row for rows in found for row in rows])


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
            if method in CONTROLS and p != s.sparsities[-1]:
                continue
            rows.append(job.step(f"seed {seed}, {p}, {method}", functools.partial(
                finish, job, method, p, seed, start, times)))
    if seed in job.seeds[:s.long["seeds"]]:
        rows += [job.step(f"seed {seed}, {p}, {SNIP_PAPER}", functools.partial(
            finish_long, job, p, seed, lambda p=p: prune_snip(initial, x, y, sparsity=p).net))
            for p in s.long["sparsities"]]
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
    """A copy of the net, trained ``times`` as long as the dense one; the masks hold. Dead parts cost no time."""
    s, data = job.settings, job.mnist()
    if times == 0:
        return net
    return train_compact(net, data.x_train, data.y_train, epochs=times * s.epochs, learning_rate=s.learning_rate,
                         weight_decay=s.weight_decay, rng=seed)


def finish(job, method, sparsity, seed, start, times):
    """The row of a net that is made by ``start`` and trained ``times`` as long as the dense one."""
    return row_of(job, method, sparsity, seed, trained(job, start(), seed, times))


def finish_long(job, sparsity, seed, start):
    """The row of a net that is made by ``start`` and trained as SNIP's paper does; a cut of the rate begins at rest."""
    s, data, net = job.settings.long, job.mnist(), start()
    for k, (steps, rate) in enumerate(zip(s["iterations"], s["learning_rates"])):
        net = train_compact(net, data.x_train, data.y_train, iterations=steps, learning_rate=rate,
                            batch_size=s["batch_size"], weight_decay=s["weight_decay"],
                            learning_rate_schedule="constant", rng=[seed, k])
    return row_of(job, SNIP_PAPER, sparsity, seed, net)


def row_of(job, method, sparsity, seed, net):
    """What is known of one net at the end: the only place where the test images are read."""
    data = job.mnist()
    return {"method": method, "sparsity": sparsity, "seed": seed,
            "error": 100 * (1 - net.accuracy(data.x_test, data.y_test)),
            "kept": [100 * float(mask.mean()) for mask in net.masks],
            "pixels": int(net.masks[0].any(axis=0).sum())}
