"""Iterative pruning: some weights are removed, what remains is trained for a moment, and so on.

    letter   meaning                                                   shape
    n        number of weights                                         int
    k        weights pruned after a round                              int
    c0, c1   weights kept before the first round, after the last one   int
    R        number of rounds                                          int
    c_i      weights kept after round i                                int

The pruner sees a net that has recovered from the last round, and the training repairs what no layer-wise error can
see: the loss itself. How fast the weights go (``schedule``):

    steps       k grows by ``every``                    Han et al. 2015; the course report: 2,000 weights a round
    geometric   c_i = c0 (c1 / c0)^(i / R)              each round removes the same share of what remains
    cubic       c_i = c1 + (c0 - c1) (1 - i / R)^3      Zhu & Gupta 2017, eq. 1: fast while much is redundant

In equal steps a result in the middle of a round (a sparsity that is no multiple of ``every``) is made from the last
whole round by a shorter one, and the run goes on from the whole round. A round's mini-batches are sampled by a seed
of its own, made of ``rng`` and k. So asking for more results changes none of them. In the two other schedules the last
few thousand weights get most of the rounds; R is given, and so there is one result.

With ``compact=True`` every weight that is kept has an effect, and rounds are fast:

- *Dead weights.* A unit that lost all inputs, or all outputs, is dead, and weights kept at it have no effect. After
  each round they are dropped (``drop_dead``), and as many of the weights just removed that have both ends in use come
  back, those of the highest cost first. So the count is exact, and is spent on weights in effect.
- *Compaction.* Training runs on ``compact(net)``, which is smaller, gives the same outputs, and is written back.
- *Rows.* A round counted in mini-batches trains on as many samples as it needs, sampled for it, not on slices of all.

The learning rate is constant within a round and the same in all: the net shall move to where the remaining weights
suffice. Fine-tuning afterwards is the caller's (``train``, ``train_compact``).

When it fails: a weight gone is gone (after its round), so too few rounds decide too early; and a rate that the dense
net stands may be too high for the sparse one.

References: Han, Pool, Tran & Dally, "Learning both Weights and Connections", NIPS 2015; Zhu & Gupta, "To prune, or not
to prune", 2017 (arXiv 1710.01878).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from ..._util.checks import generator, is_net, one_of, whole_number
from ..._util.progress import shown
from ..._util.types import BoolArray, FloatArray, IntArray, ProgressOption, Seed, Sparsities
from ...nn.compaction import compact as compacted
from ...nn.compaction import drop_dead, train_compact
from ...nn.losses import checked_samples
from ...nn.mlp import MLP
from ...nn.sgd import train_checked, warn_of_pixels
from ..masks import n_pruned, removals, share, sparsity_list
from ..result import PruneResult, checked_net

SCHEDULES = ("steps", "geometric", "cubic")


Schedule = Literal["steps", "geometric", "cubic"]
Unit = Literal["iterations", "epochs"]
Pruner = Callable[[MLP, float], PruneResult]


@overload
def prune_iteratively(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, prune: Pruner, *, sparsity: float,
                      schedule: Schedule = ..., every: int = ..., rounds: int = ..., retrain: int = ...,
                      unit: Unit = ..., compact: bool = ..., learning_rate: float = ..., batch_size: int = ...,
                      momentum: float = ..., weight_decay: float = ..., rng: Seed = ...,
                      progress: ProgressOption = ...) -> PruneResult: ...


@overload
def prune_iteratively(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, prune: Pruner, *, sparsity: Sparsities,
                      schedule: Schedule = ..., every: int = ..., rounds: int = ..., retrain: int = ...,
                      unit: Unit = ..., compact: bool = ..., learning_rate: float = ..., batch_size: int = ...,
                      momentum: float = ..., weight_decay: float = ..., rng: Seed = ...,
                      progress: ProgressOption = ...) -> list[PruneResult]: ...


def prune_iteratively(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, prune: Pruner, *, sparsity: float | Sparsities,
                      schedule: Schedule = "steps", every: int = 2000, rounds: int = 40, retrain: int = 3,
                      unit: Unit = "iterations", compact: bool = False, learning_rate: float = 0.1,
                      batch_size: int = 128, momentum: float = 0.9, weight_decay: float = 0.0, rng: Seed = 0,
                      progress: ProgressOption = None) -> PruneResult | list[PruneResult]:
    """Prune in rounds, with some training after each; the masks hold.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like of shape (n, n_in), and (n,) or (n, n_out)
        Samples, and labels or targets, to train on.
    prune : callable
        ``prune(net, sparsity) -> PruneResult``: how a round prunes, biases not pruned. For instance
        ``lambda net, s: prune_lobs(net, x, sparsity=s)``.
    sparsity : float in [0, 1), or a rising sequence of them
        The share of all weights (biases not counted) that is gone in the result, exactly. A sequence in "steps" only.
    schedule : {"steps", "geometric", "cubic"}
        How fast the weights go; see the head of this module.
    every : int
        Weights removed in a round, of "steps".
    rounds : int
        R, of "geometric" and "cubic".
    retrain : int
        How much training follows a round; 0 for none.
    unit : {"iterations", "epochs"}
        What ``retrain`` counts: mini-batches or passes through the data.
    compact : bool
        Spend the count on weights in effect, and train on the compact net.
    learning_rate, batch_size, momentum, weight_decay
        As for ``train``; the rate is constant, the velocity begins at 0 in every round.
    rng : int or numpy.random.Generator
        Samples the mini-batches.
    progress : None, bool or callable
        None shows a line on a terminal after 5 seconds, False none, True always; or ``progress(done, total)`` with the
        number of pruned weights after every round.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        ``removed`` and ``costs`` of all rounds, in order; dead weights that were dropped cost 0.

    Raises
    ------
    ValueError
        If an argument is out of its range, x and y do not fit the net, more is pruned already, the pruner or the
        training refuses its own, or the pruner returns something else than a result of the sparsity asked for.

    Examples
    --------
    >>> from nnprune import MLP, make_xor, prune_magnitude
    >>> data, net = make_xor(), MLP((2, 8, 2), rng=0)
    >>> r = prune_iteratively(net, data.x_train, data.y_train, lambda net, s: prune_magnitude(net, sparsity=s),
    ...                       sparsity=0.5, every=4)
    >>> r.method, len(r.removed)
    ('magnitude, network, 3 iterations after every 4', 16)
    >>> r = prune_iteratively(net, data.x_train, data.y_train, lambda net, s: prune_magnitude(net, sparsity=s),
    ...                       sparsity=0.5, schedule="geometric", rounds=4, retrain=100, batch_size=4, compact=True)
    >>> r.net.sparsity, len(r.removed), r.net.accuracy(data.x_train, data.y_train)
    (0.5, 16, 1.0)
    """
    n, rng = is_net(net).n_weights, generator(rng)
    x, t = checked_samples(net, x, y, dtype=None)
    if not compact:  # else ``train_compact`` does
        warn_of_pixels(x)
    values, single = sparsity_list(sparsity)
    goals, k = [removals(value, n) for value in values], n_pruned(net)
    every = whole_number("every", every, 1)
    kept = kept_counts(n - k, n - goals[-1], rounds, schedule) if schedule != "steps" else []
    if kept and not single:
        raise ValueError(f"schedule={schedule!r} leads to one sparsity, but {len(values)} are asked for: ask for one, "
                         f"or take schedule='steps'")
    if goals[0] < k:
        raise ValueError(f"sparsity={values[0]}: only {n - k} of {n} weights are kept already; ask for more, or begin "
                         f"from a denser net")
    options = {"learning_rate": learning_rate, "batch_size": whole_number("batch_size", batch_size, 1),
               "momentum": momentum, "weight_decay": weight_decay, "learning_rate_schedule": "constant",
               one_of("unit", unit, ("iterations", "epochs")): whole_number("retrain", retrain, 0)}
    seed = None if kept else int(rng.integers(2**63))

    def one_round(done: PruneResult, k: int) -> PruneResult:
        """Prune what is ``done`` until k weights are gone, then train."""
        r = _pruned(done.net, prune, k)
        if compact:
            r = _spent_well(done.net, r)
        trained = _trained(r.net, x, t, compact, options, rng if seed is None else np.random.default_rng([seed, k]))
        report(k, goals[-1])
        return replace(r, net=trained, removed=np.concatenate([done.removed, r.removed]),
                       costs=np.concatenate([done.costs, r.costs]))

    done, results = PruneResult(net, np.empty((0, 3), int), np.empty(0), "nothing"), []
    with shown(progress, "pruning and retraining") as report:
        for goal in goals:
            for end in [n - c for c in kept] or range(k + every, goal + 1, every):
                done, k = one_round(done, end), end
            results.append(done if k == goal and done.net is not net else one_round(done, goal))
    how = f"{schedule}, {rounds} rounds of {retrain} {unit}" if kept else f"{retrain} {unit} after every {every}"
    results = [replace(r, method=f"{r.method}, {how}") for r in results]
    return results[0] if single else results


def kept_counts(c0: int, c1: int, rounds: int, schedule: str) -> list[int]:
    """The weights kept after each of the rounds, from ``c0`` down to ``c1``.

    Examples
    --------
    >>> kept_counts(1000, 1, 3, "geometric"), kept_counts(1000, 0, 4, "cubic")
    ([100, 10, 1], [422, 125, 16, 0])
    """
    i = np.arange(1, whole_number("rounds", rounds, 1) + 1) / rounds
    if one_of("schedule", schedule, SCHEDULES) == "cubic":
        c = c1 + (c0 - c1) * (1 - i)**3
    else:
        c = max(c0, 1) * (max(c1, 1) / max(c0, 1))**i  # no geometric way leads to 0: it ends at 1, then all go
    return [round(float(v)) for v in c[:-1]] + [c1]


def _pruned(net: MLP, prune: Pruner, k: int) -> PruneResult:
    """What the pruner makes of the net, if it is a result with k weights gone, and with weights only."""
    if not callable(prune):
        raise ValueError(f"prune must be a function of a net and a sparsity, but it is {prune!r}")
    sparsity = share(k, net.n_weights)
    r = prune(net, sparsity)
    if not isinstance(r, PruneResult):
        raise ValueError(f"prune must return a PruneResult, but it returned {r!r}, a {type(r).__name__}")
    checked_net(r, net, "prune")
    if n_pruned(r.net) != k:
        raise ValueError(f"prune was asked for a sparsity of {sparsity:.6g} ({k} of {net.n_weights} weights gone), but "
                         f"it returned one of {r.net.sparsity:.6g} ({n_pruned(r.net)}): it must prune to the sparsity "
                         f"that it is given")
    if (r.removed[:, 2] >= np.array([W.shape[1] for W in net.weights])[r.removed[:, 0]]).any():
        raise ValueError("prune removed biases, which iterative pruning does not count: leave out prune_biases")
    return r


def _trained(net: MLP, x: FloatArray, t: FloatArray, compact: bool, options: dict[str, Any],
             rng: np.random.Generator) -> MLP:
    """A copy of the net, trained as ``options`` say."""
    n_steps = options.get("iterations")
    if 0 in (n_steps, options.get("epochs")):
        return net
    if not compact:
        net = net.copy()
        train_checked(net, x, t, np.arange(len(x)), (x[:0], t[:0]), rng=rng, **options)
        return net
    # [n, n_in] -> [n_steps * batch_size, n_in]
    rows = None if n_steps is None else rng.choice(len(x), min(len(x), n_steps * options["batch_size"]), replace=False)
    return train_compact(net, x, t, rows=rows, rng=rng, **options)


def _spent_well(before: MLP, r: PruneResult, in_effect: int = -1) -> PruneResult:
    """The result ``r`` of pruning the net ``before``, without dead weights and with as many weights kept.

    For each weight dropped, that of the highest cost just removed which has both ends in use comes back; should these
    not suffice, dead ones stay, as zeros. What went in the end: the pruner's, without what came back, and the dead.
    Where the pruner has cut the net in two, what comes back joins it, and more has an effect, or a place for one: the
    same again, as long as more than ``in_effect`` of the weights have one.
    """
    net = drop_dead(r.net)
    n = sum(int(mask.sum()) for mask in net.masks)
    if n <= in_effect:
        return r
    if in_effect >= 0:  # what stayed as a zero and has an effect now has its value again
        for W, mask, old in zip(net.weights, net.masks, before.weights):
            W[mask & (W == 0)] = old[mask & (W == 0)]
    dead, back = _rows([kept & ~m for kept, m in zip(r.net.masks, net.masks)]), 0
    if len(dead):
        c = compacted(net)
        levels = [np.arange(net.sizes[0]), *c.units, np.arange(net.sizes[-1])]
        used = [np.isin(np.arange(size), level) for size, level in zip(net.sizes, levels)]
        both_used = _at([np.outer(after, ends) for ends, after in zip(used, used[1:])], r.removed)
        costliest = r.removed[both_used][np.argsort(r.costs[both_used], kind="stable")[::-1]]
        masks, back = [mask.copy() for mask in net.masks], len(costliest)
        for l, unit, column in np.concatenate([costliest, dead])[:len(dead)]:
            masks[l][unit, column] = True
            if used[l + 1][unit] and used[l][column]:
                net.weights[l][unit, column] = before.weights[l][unit, column]
        net.set_masks(masks)
    gone = ~_at(net.masks, r.removed)
    dead = _rows([kept & ~m for kept, m in zip(r.net.masks, net.masks)])
    spent = replace(r, net=net, removed=np.concatenate([r.removed[gone], dead]),
                    costs=np.concatenate([r.costs[gone], np.zeros(len(dead))]))
    return _spent_well(before, spent, n) if back else spent


def _rows(masks: Sequence[BoolArray]) -> IntArray:
    """Layer, unit and input of every True: (k, 3)."""
    return np.concatenate([np.column_stack([np.full(int(m.sum()), l), *np.nonzero(m)]) for l, m in enumerate(masks)])


def _at(masks: Sequence[BoolArray], rows: IntArray) -> BoolArray:
    """What the masks say at every row (layer, unit, input): (k,) bool."""
    return np.array([masks[l][unit, column] for l, unit, column in rows.tolist()], bool)
