"""Table 1 of L-OBS for LeNet-300-100: what pruning costs before and after a little retraining.

Every row prunes the same dense net and is then retrained for the same number of mini-batches, by itself. The rows:

    random, OBD, magnitude     8 % of the weights kept, ranked over the whole net; magnitude also at the paper's shares
    L-OBS, the paper's shares  6.7, 20 and 65 % of the three layers: 8.4 % of all, not 7 %
    L-OBS, one inverse         never refreshed, at the paper's shares: of weights only, and as in the authors' script
                               (all images, damping 1e-6, biases removed and counted as weights); ranked over the net
    L-OBS, 7 %                 ranked over the whole net; on the inputs of the unpruned net as in the paper, and on the
                               pruned net's own inputs
    L-OBS, two stages, 1.5 %   pruned, retrained, pruned again, retrained; the paper's mini-batches
    L-OBS, rounds, 1.5 %       the second stage in many small ones, with more retraining: two amounts of it

Retraining is done in two ways, both in the table: on the labels, as in the paper, and on the *soft targets* of the
dense net, softmax(Z / T), which is the nearer to what L-OBS does: the pruned net is to answer as the dense one did. (An
error at temperature T is none of scale: the outputs shrink by T and their order stays.)

The dense net of the paper has 1.76 % error, ours fewer. So besides the errors their *rise* over the dense net's own is
compared, and where the two disagree, the rise is what we claim: an error below the paper's may be the dense net's
merit.

``--net DIR`` puts the dense net that the authors published (``reproduce.authors``) beside ours. There is one such net,
so the seeds are those of the mini-batches. Some rows are taken on dense nets that are trained otherwise as well
(``dense_nets``): what depends on the dense net, and what does not.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from ...nn.compaction import train_compact
from ...nn.losses import log_softmax
from ...pruning.lobs import prune_lobs
from ...pruning.lobs_sequential import prune_sequentially
from ...pruning.magnitude import prune_magnitude, prune_random
from ...pruning.obd import prune_obd
from ...pruning.schedules.iterative import prune_iteratively
from ..authors import authors_net
from ..job import trained_net
from .dense_nets import spread, trained_otherwise
from .text import findings

TITLE = "Table 1 of Dong, Chen & Pan (NIPS 2017), LeNet-300-100: L-OBS before and after retraining"
DATA = "mnist"
given_net = authors_net  # what ``--net`` reads
# Chosen on the last 10,000 training images, with nets of seed 0 trained on the other 50,000; errors in % there, of
# which one standard error is 0.13:
#     weight decay of the dense net                         1e-4 1.71, 5e-4 1.63, 1e-3 1.80
#     510 mini-batches on the 7 % net, pruned inputs, rise over dense:
#         labels, 256 images, decay 5e-4                    rate 0.1 0.32, rate 0.3 0.29; decay 1e-3 0.38, 0.42;
#                                                           512 or 1,024 images, rates 0.03 to 0.2: 0.30 to 0.36
#         soft targets, T = 2, 256 images                   rate 0.03 0.22, 0.1 0.15, 0.3 0.13, 0.6 0.12; T = 1 0.26,
#                                                           T = 4 0.28; 1,024 images, rate 0.6 0.10
#     1.5 % kept: one jump from 7 %, 3,000 mini-batches     2.55 (320: 2.99)
#         20 rounds of 200 at rate 0.3, then 1,000          2.15; T = 3 2.22; 40 rounds of 100 2.22; pruned inputs 2.18
#         20 rounds of 300 / 400 / 600 at 0.5, then 1,000   2.09 / 1.99 / 2.00; 400 at rate 0.8 2.03
# Of those the 20 rounds of 400 are taken: the goal of 1.96 % is within a standard error, and more did not help.
# The short rounds stand beside them to show what fewer mini-batches give; nothing was chosen by them.
SETTINGS = {
    "seeds": 3, "hidden": [300, 100], "epochs": 10, "learning_rate": 0.1, "weight_decay": 5e-4, "calibration": 10_000,
    "kept": 0.08, "lobs_kept": 0.07, "last_kept": 0.015,
    "script_damping": 1e-6, "shares": [0.067, 0.20, 0.65], "last_shares": [0.01, 0.04, 0.54],
    "first_layer": [0.5, 0.8, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98, 0.99],
    "iterations": 510, "stages": [320, 323], "batch_size": 256, "rate": 0.3, "decay": 5e-4, "temperature": 2.0,
    "rounds": 20, "steps": {"rounds, short": 100, "rounds": 400}, "fine": {"rounds, short": 500, "rounds": 1000},
    "rounds_rate": 0.5, "rounds_calibration": 5000,
    "otherwise": {"SGD, no decay": {}, "SGD, initial width 0.1, no decay": {"width": 0.1},
                  "Adam, initial width 0.01, no decay": {"width": 0.01, "adam_epochs": 20}},
}
QUICK = {"seeds": 2, "hidden": [20, 15], "epochs": 3, "calibration": 500, "first_layer": [0.8, 0.96], "iterations": 30,
         "stages": [20, 20], "rounds": 3, "steps": {"rounds, short": 5, "rounds": 10},
         "fine": {"rounds, short": 10, "rounds": 20}, "rounds_calibration": 300,
         "otherwise": {"Adam, initial width 0.01, no decay": {"width": 0.01, "adam_epochs": 3}}}
WAYS = ("labels", "soft")  # what a net is retrained on
ON_LABELS = ("random", "OBD", "one inverse", "one inverse, shares", "one inverse, script")  # ... on labels only
COMPARED = ("magnitude", "magnitude, shares", "OBD", "one inverse, shares", "L-OBS, shares")  # ... on every dense net
RETRAINED = ("magnitude, shares", "L-OBS, shares")  # ... of these


def run(job):
    """Dense net, pruned nets, retrained nets, for every seed; other dense nets; then the claims."""
    kinds = list(job.settings.otherwise)
    job.expect(len(job.seeds) * (34 + len(kinds) * (1 + len(COMPARED) + len(RETRAINED)))
               + (job.given is not None) * (9 + 11 * len(job.seeds)))
    found = job.map(one_seed, {f"seed {seed}": (seed,) for seed in job.seeds})
    items = {f"seed {seed}, {kind}": (seed, kind) for kind in kinds for seed in job.seeds}
    others = job.map(one_other, items)
    others = {kind: others[k * len(job.seeds):(k + 1) * len(job.seeds)] for k, kind in enumerate(kinds)}
    given = [] if job.given is None else job.map(all_of_given, {"the authors' net": ()})[0]
    return findings(found, job.settings, others, given)


def one_seed(job, seed):
    """All rows of one seed, on its own dense net."""
    return _Seed(job, seed).work()


def one_other(job, seed, kind):
    """The rows of one seed on a dense net that is trained otherwise."""
    return _Other(job, seed, kind).work_on_other()


def all_of_given(job):
    """The rows of all seeds on the net that was given."""
    return [_Given(job, seed).work_on_given() for seed in job.seeds]


class _Seed:
    """All rows of one seed. Nets that come of one trace of L-OBS share it, if any of them is still to be made."""

    def __init__(self, job, seed):
        self.job, self.seed, self.s, self.data = job, seed, job.settings, job.mnist()
        self.dense = self.dense_net()
        self.x = self.data.x_train[:self.s.calibration]
        self.global_trace = cache(self._global_trace)
        self.first_layer = cache(self._first_layer)
        self.targets = cache(self._targets)

    def dense_net(self):
        return self.net("dense", lambda: trained_net(self.data.x_train, self.data.y_train, self.s, self.seed))

    def net(self, name, function):
        return self.job.net(f"seed {self.seed}, {name}", function)

    def step(self, name, function):
        return self.job.step(f"seed {self.seed}, {name}", function)

    def error(self, net):
        """Test error in %."""
        return 100 * (1 - net.accuracy(self.data.x_test, self.data.y_test))

    def of_dense(self):
        """Of the dense net: its error and the spread of its weights."""
        return {"dense": self.error(self.dense), "spread": spread(self.dense, self.data.x_train)}

    def _global_trace(self):
        return prune_lobs(self.dense, self.x, sparsity=1 - self.s.lobs_kept)

    def _on_pruned_inputs(self):
        """As ``prune_lobs(..., inputs="pruned")``, without tracing the first layer once more."""
        return prune_sequentially(self.dense, self.x, self.global_trace()).net

    def _first_layer(self):
        """Nets of which only the first layer is pruned, a sparsity each."""
        return [r.net for r in prune_lobs(self.dense, self.x, sparsity=self.s.first_layer, layers=[0])]

    def pruned(self, rows=None):
        """{row: net}, before retraining; of all rows, or of these."""
        s, data, dense = self.s, self.data, self.dense
        small, shares = {"sparsity": 1 - s.kept}, {"sparsity": removed(s.shares)}
        makers = {
            "random": lambda: prune_random(dense, rng=self.seed, **small).net,
            "OBD": lambda: prune_obd(dense, data.x_train, data.y_train, **small).net,
            "magnitude": lambda: prune_magnitude(dense, **small).net,
            "magnitude, shares": lambda: prune_magnitude(dense, **shares).net,
            "one inverse": lambda: prune_lobs(dense, self.x, inverse="shared", **small).net,
            "one inverse, shares": lambda: prune_lobs(dense, self.x, inverse="shared", **shares).net,
            "one inverse, script": lambda: prune_as_script(dense, data.x_train, s.shares, s.script_damping),
            "L-OBS, shares": lambda: prune_lobs(dense, self.x, **shares).net,
            "L-OBS": lambda: self.global_trace().net,
            "L-OBS, pruned inputs": self._on_pruned_inputs,
        }
        return {row: self.net(row, makers[row]) for row in rows or makers}

    def _targets(self, way):
        """Labels, or what the dense net says at the temperature T."""
        if way == "labels":
            return self.data.y_train
        z = self.dense.forward(self.data.x_train) / self.s.temperature
        return np.exp(log_softmax(z)).astype(z.dtype)

    def retrained(self, net, way, iterations, batch_seed=0, rate=None):
        s = self.s
        return train_compact(net, self.data.x_train, self.targets(way), iterations=iterations,
                             learning_rate=rate or s.rate, batch_size=s.batch_size,
                             weight_decay=s.decay if way == "labels" else 0.0,
                             rng=np.random.default_rng([self.seed, batch_seed]))

    def one_stage(self, net, way):
        """[error before, after] the retraining."""
        return [self.error(net), self.error(self.retrained(net, way, self.s.iterations))]

    def two_stages(self, start, way, prune):
        """[error before, after] the last retraining: retrain ``start``, prune by ``prune(net)``, retrain."""
        first = self.retrained(start, way, self.s.stages[0], 1)
        second = prune(first)
        return [self.error(second), self.error(self.retrained(second, way, self.s.stages[1], 2))]

    def in_rounds(self, start, row):
        """[error before, after] the last ``fine`` mini-batches of the rows in rounds, on soft targets."""
        s, t = self.s, self.targets("soft")
        first = self.retrained(start, "soft", s.stages[0], 1)
        x = self.data.x_train[:s.rounds_calibration]
        net = prune_iteratively(first, self.data.x_train, t,
                                lambda net, sparsity: prune_lobs(net, x, sparsity=sparsity),
                                sparsity=1 - s.last_kept, schedule="geometric", rounds=s.rounds, retrain=s.steps[row],
                                compact=True, learning_rate=s.rounds_rate, batch_size=s.batch_size,
                                rng=np.random.default_rng([self.seed, 3])).net
        return [self.error(net), self.error(self.retrained(net, "soft", s.fine[row], 4, s.rounds_rate))]

    def work(self):
        """{"dense": error, "first layer": [error a sparsity], "kept": {row: share}, rows: {way: [before, after]}}."""
        nets, s = self.pruned(), self.s
        found = {**self.of_dense(), "layers": {}, "rows": {}}
        found["train"] = self.step("error on the training images", lambda: 100 * (1 - nets["L-OBS"].accuracy(
            self.data.x_train, self.data.y_train)))
        found["first layer"] = self.step("first layer alone", lambda: [
            self.error(net) for net in self.first_layer()])
        for row, net in nets.items():
            found["layers"][row] = [float(m.mean()) for m in net.masks]
            ways = WAYS[:1] if row in ON_LABELS else WAYS
            found["rows"][row] = {way: self.step(f"{row}, retrained on {way}", partial(self.one_stage, net, way))
                                  for way in ways}
        last = {
            "two stages": (nets["L-OBS, pruned inputs"], lambda net: prune_lobs(
                net, self.x, sparsity=1 - s.last_kept, inputs="pruned").net),
            "two stages, shares": (nets["L-OBS, shares"], lambda net: prune_lobs(
                net, self.x, sparsity=removed(s.last_shares)).net),
        }
        for row, (start, prune) in last.items():
            found["rows"][row] = {way: self.step(f"{row}, on {way}", partial(self.two_stages, start, way, prune))
                                  for way in WAYS}
        for row in s.steps:
            found["rows"][row] = {"soft": self.step(row, partial(self.in_rounds, nets["L-OBS, pruned inputs"], row))}
        return found


class _Given(_Seed):
    """The rows that need no net of ours, on the net that was given; the seed is that of the mini-batches."""

    def dense_net(self):
        return self.job.given

    def net(self, name, function):
        """A net that depends on no seed is pruned once for all of them."""
        name = f"{name}, seed {self.seed}" if name == "random" else name
        return self.job.net(f"the authors' net, {name}", function)

    def step(self, name, function):
        return super().step(f"the authors' net, {name}", function)

    def work_on_given(self):
        """As ``work``, on labels, for one stage."""
        found = {**self.of_dense(), "layers": {}, "rows": {}}
        for row, net in self.pruned().items():
            found["layers"][row] = [float(m.mean()) for m in net.masks]
            found["rows"][row] = {"labels": self.step(f"{row}, retrained", partial(self.one_stage, net, "labels"))}
        return found


class _Other(_Seed):
    """The rows that are compared over dense nets, on one that is trained otherwise."""

    def __init__(self, job, seed, kind):
        self.kind = kind
        super().__init__(job, seed)

    def dense_net(self):
        return self.net("dense", lambda: trained_otherwise(self.data, self.s, self.seed,
                                                           **self.s.otherwise[self.kind]))

    def net(self, name, function):
        return super().net(f"{self.kind}, {name}", function)

    def step(self, name, function):
        return super().step(f"{self.kind}, {name}", function)

    def work_on_other(self):
        """{"dense": error, "spread": of the weights, rows: {"labels": [before, after if retrained]}}."""
        rows = {}
        for row, net in self.pruned(COMPARED).items():
            rows[row] = {"labels": self.step(f"{row}, retrained", partial(self.one_stage, net, "labels"))
                         if row in RETRAINED else [self.error(net)]}
        return {**self.of_dense(), "rows": rows}


def prune_as_script(net, x, kept, damping):
    """As the authors' script: layer by layer, one inverse; biases go too, and count as weights in what is removed.

    It removes int(share * weights) of a layer's weights and biases together, so that more of the weights are left than
    the share says. Its damping is alpha I with alpha = 1e-6; ours is that share of every H_jj.
    """
    counts = {l: int(W.size * (1 - share)) for l, (W, share) in enumerate(zip(net.weights, kept))}
    return prune_lobs(net, x, inverse="shared", damping=damping, prune_biases=True,
                      sparsity={l: n / (net.weights[l].size + len(net.biases[l])) for l, n in counts.items()}).net


def removed(kept):
    """The shares removed, by layer, where these are kept."""
    return {l: 1 - share for l, share in enumerate(kept)}
