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
"""

from __future__ import annotations

import functools

from ...nn.compaction import train_compact
from ...nn.mlp import MLP
from ...pruning.lobs import prune_lobs
from ...pruning.magnitude import prune_magnitude, prune_random
from ...pruning.schedules.lottery import rewind
from ...pruning.snip import prune_snip
from .tables import BUDGET, CONTROLS
from .text import findings

TITLE = "Pruning before training: the report's conjecture; SNIP (Lee et al. 2019), lottery tickets (Frankle & Carbin)"
DATA = "mnist"
SETTINGS = {"seeds": 3, "hidden": [300, 100], "epochs": 5, "learning_rate": 0.2, "weight_decay": 1e-4,
            "sparsities": [0.6, 0.9, 0.95, 0.98], "calibration": 10_000}
QUICK = {"seeds": 1, "hidden": [100, 50], "epochs": 2, "sparsities": [0.6, 0.9], "calibration": 1000}


def run(job):
    """Train, prune and measure; see the head of ``reproduce``."""
    s = job.settings
    job.expect(len(job.seeds) * (1 + len(s.sparsities) * (1 + len(BUDGET) - len(CONTROLS)) + len(CONTROLS)))
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


def row_of(job, method, sparsity, seed, net):
    """What is known of one net at the end: the only place where the test images are read."""
    data = job.mnist()
    return {"method": method, "sparsity": sparsity, "seed": seed,
            "error": 100 * (1 - net.accuracy(data.x_test, data.y_test)),
            "kept": [100 * float(mask.mean()) for mask in net.masks],
            "pixels": int(net.masks[0].any(axis=0).sum())}
