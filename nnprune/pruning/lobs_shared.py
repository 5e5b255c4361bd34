"""Simplified L-OBS: an inverse Hessian that is kept in use while many weights are removed.

    letter   meaning                                                       shape
    C        a layer's weights, the bias as one more column                (n_out, d)
    H, Hinv  the layer's damped Hessian and its inverse, of *all* inputs   (d, d)
    L        saliency                                                      (n_out, d)
    m        removals between two refreshes: ``refresh``                   int

This is what was affordable before the exact algorithm of ``lobs_exact``: at each refresh the saliencies

    L_q = w_q^2 / (2 [H^-1]_qq)         (Hassibi & Stork 1992, eq. 5; Dong, Chen & Pan 2017, section 3)

of all weights are computed once; the next m weights are removed in the order of L, each with the update
dw = -(w_q / [H^-1]_qq) H^-1 e_q, and the mask is applied again after it, because a stale inverse moves weights that are
removed already. "Recalculated the inverse Hessian only after every 2,000 pruned weights", the course report's sentence,
has two readings:

    inverse="shared"      one inverse a layer, of all its inputs, for all its units; H recomputed on the net pruned so
                          far, whose hidden layers get other inputs than they did
    inverse="survivors"   each unit's inverse of the weights that remain in it; H is that of the unpruned net's inputs

What is wrong with the first: the inverse of the Hessian of *all* inputs is not that of the survivors, however fresh it
is, so both the saliencies and the compensation are off, the more the more weights are removed; and what the update
gives to removed weights is lost when the mask is applied. What is wrong with the second is that it is stale between
two refreshes, and nothing else: with m = 1 it is the exact way. With m = None (never refreshed) both are the same on an
unpruned net.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .._util.types import BoolArray, Float64, FloatArray, IntArray, Progress
from ..hessian.downdate import ShrinkingInverse
from ..hessian.layer import layer_hessians
from ..hessian.linalg import damped_inverse, warn_of_condition
from ..nn.layer_matrix import column_masks, columns, prunable, rebuilt
from ..nn.mlp import MLP
from .masks import locate, smallest
from .result import Groups, PruneResult


class SharedInverse:
    """One inverse for all units of a layer.

    Attributes
    ----------
    live : ndarray of shape (d,), bool
    diagonal : ndarray that broadcasts to (n_out, d)
        [H^-1]_qq of every weight, as of the last refresh.
    """

    def __init__(self, Hinv: FloatArray, live: BoolArray) -> None:
        self.Hinv, self.live, self.diagonal = Hinv, live, np.diag(Hinv)

    def rows(self, unit: IntArray, q: IntArray) -> FloatArray:
        """Row q of each unit's inverse: (m, d)."""
        return self.Hinv[q]


class SurvivorInverses(SharedInverse):
    """An inverse for each unit, of the weights that remained in it at the last ``refresh``."""

    def __init__(self, Hinv: FloatArray, live: BoolArray, kept: BoolArray) -> None:
        super().__init__(Hinv, live)
        self.units = [ShrinkingInverse(Hinv) for _ in kept]
        self.refresh(kept)

    def refresh(self, kept: BoolArray) -> None:
        """Delete what is not ``kept``, (n_out, d), from the units' inverses."""
        for inverse, mask in zip(self.units, kept):
            for q in map(int, np.flatnonzero(inverse.remaining & ~mask)):
                inverse.remove(q, inverse.row(q))
        self.diagonal = np.array([inverse.diagonal for inverse in self.units])

    def rows(self, unit: IntArray, q: IntArray) -> FloatArray:
        return np.array([self.units[u].row(c) for u, c in zip(unit, q)])


def prune_shared(net: MLP, x: FloatArray, groups_at: list[Groups], *, survivors: bool, refresh: int | None,
                 damping: float, prune_biases: bool, progress: Progress, first_hessian: Float64 | None = None,
                 first: SharedInverse | None = None) -> list[PruneResult]:
    """Remove weights block by block, each block by stale inverses: of the ``survivors``, or one a layer.

    ``groups_at`` has for every sparsity the ``removal_groups``: layers that are ranked together, and how many of their
    weights are removed; ``first`` is the first layer's inverse if it is known, of ``shared_inverses``; the others are
    those of ``prune_lobs``. A PruneResult for each.
    """
    if len(groups_at[0]) == 1:  # one pass over the whole net serves all sparsities; layer by layer, each needs its own
        passes = [(groups_at[-1], [groups[0][1] for groups in groups_at])]
    else:
        passes = [(groups, [sum(k for _, k in groups)]) for groups in groups_at]
    which = "inverses of the survivors" if survivors else "shared inverse"
    name = f"L-OBS, {which}, {'never refreshed' if refresh is None else f'refresh {refresh}'}"
    known = [] if first is None else [first]
    return [PruneResult(pruned, removed, costs, name, damping=damping) for groups, stops in passes
            for pruned, removed, costs in _pass(net, x, groups, stops, survivors, refresh, damping, prune_biases,
                                                first_hessian, known, progress)]


def _pass(net: MLP, x: FloatArray, groups: Groups, stops: list[int], survivors: bool, refresh: int | None,
          damping: float, prune_biases: bool, first_hessian: Float64 | None, inverses: list[Any],
          progress: Progress) -> Iterator[tuple[MLP, IntArray, FloatArray]]:
    """Yield net, removed and costs at every stop, a rising count of removals; a stop changes nothing behind it.

    ``inverses`` has that of the first layer, if it is known.
    """
    C = [columns(net, l) for l in range(len(net.weights))]
    kept = [column_masks(net, l) for l in range(len(C))]
    candidates = [prunable(net, l, prune_biases) for l in range(len(C))]
    still = [[layers, k] for layers, k in groups]
    rows: IntArray = np.empty((0, 3), int)  # chosen, not yet removed
    L: FloatArray = np.empty(0)
    done = 0
    removed, costs = [rows], [L]
    for stop in stops:
        while done < stop:
            if len(rows) == 0:
                if inverses and survivors:
                    for inverse, mask in zip(inverses, kept):
                        inverse.refresh(mask)
                elif survivors:
                    inverses = [SurvivorInverses(i.Hinv, i.live, mask)
                                for i, mask in zip(shared_inverses(net, x, damping, first_hessian), kept)]
                else:
                    # Pruning does not change the first layer's inputs: its inverse stays.
                    inverses = inverses[:1] + shared_inverses(rebuilt(net, C, kept), x, damping, first_hessian,
                                                              start=len(inverses[:1]))
                rows, L = _choose(C, candidates, inverses, still, refresh)
            now = slice(0, stop - done)
            removed.append(rows[now])
            costs.append(L[now])
            _remove(C, kept, inverses, rows[now])
            done += len(rows[now])
            rows, L = rows[len(rows[now]):], L[len(L[now]):]
            progress(done, stops[-1])
        yield rebuilt(net, C, kept), np.concatenate(removed), np.concatenate(costs)


def shared_inverses(net: MLP, x: FloatArray, damping: float, first_hessian: Float64 | None = None,
                    start: int = 0) -> list[SharedInverse]:
    """The shared inverse of every layer from ``start`` on, on the net as it is now."""
    inverses = []
    for l, H in layer_hessians(net, x, first_hessian, start):
        Hinv, condition = damped_inverse(H, damping, f"the Hessian of layer {l}")
        warn_of_condition(condition, f"the Hessian of layer {l}")
        inverses.append(SharedInverse(Hinv, np.diag(H) > 0))
    return inverses


def _choose(C: list[FloatArray], candidates: list[BoolArray], inverses: list[SharedInverse], groups: list[list[Any]],
            refresh: int | None) -> tuple[IntArray, FloatArray]:
    """The next block: the (layer, unit, column) rows to remove, in order, and their saliencies.

    What is chosen is no candidate any more, and is taken off the groups' counts.
    """
    rows, costs = [], []
    for group in groups:
        layers, k = group
        # L_q = w_q^2 / (2 [H^-1]_qq): eq. 5. The weight of a dead input costs nothing.
        scores = [np.where(candidates[l], np.where(i.live, C[l] ** 2 / (2 * i.diagonal), 0), np.inf)
                  for l, i in ((l, inverses[l]) for l in layers)]
        flat = np.concatenate([s.ravel() for s in scores])
        places = smallest(flat, k if refresh is None else min(k, refresh))
        chosen = locate(places, [s.shape for s in scores])
        chosen[:, 0] = np.array(layers)[chosen[:, 0]]
        group[1] -= len(chosen)
        for l in layers:
            _, unit, column = chosen[chosen[:, 0] == l].T
            candidates[l][unit, column] = False
        rows.append(chosen)
        costs.append(flat[places])
    return np.concatenate(rows), np.concatenate(costs)


def _remove(C: list[FloatArray], kept: list[BoolArray], inverses: list[SharedInverse], rows: IntArray) -> None:
    """Remove the weights in ``rows`` from C and kept, in order, every unit with its stale inverse.

    Units do not depend on each other, so the first removals of all units are made together, then the second ones.
    """
    for l, inverse in enumerate(inverses):
        _, unit, column = rows[rows[:, 0] == l].T
        for u, q in _turns(unit, column):
            kept[l][u, q] = False
            r = inverse.rows(u, q)  # (m, d)
            # dw = -(w_q / [H^-1]_qq) H^-1 e_q, then the mask: eq. 5.
            C[l][u] -= (C[l][u, q] / r[np.arange(len(q)), q])[:, None] * r  # (m, 1) (m, d) -> (m, d)
            C[l][u] *= kept[l][u]


def _turns(unit: IntArray, column: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Split removals into turns, in each of which a unit stands at most once; a unit's own order is kept."""
    by_unit = np.argsort(unit, kind="stable")
    unit, column = unit[by_unit], column[by_unit]
    first = np.searchsorted(unit, unit)  # where each unit's removals begin
    turn = np.arange(len(unit)) - first
    for t in range(turn.max(initial=-1) + 1):
        yield unit[turn == t], column[turn == t]


def shared_order(C: FloatArray, candidates: BoolArray, H: FloatArray, damping: float,
                 name: str) -> tuple[IntArray, FloatArray, FloatArray]:
    """One inverse for a whole layer: each unit's candidates by their saliencies, as ``lobs_exact.trace_layer`` does.

    Returns
    -------
    order, costs : ndarray of shape (n_out, d)
        Columns and saliencies; -1 and ``inf`` behind the last one.
    Hinv : ndarray of shape (d, d)
    """
    Hinv, condition = damped_inverse(H, damping, name)
    warn_of_condition(condition, name)
    L = np.where(candidates, np.where(np.diag(H) > 0, C**2 / (2 * np.diag(Hinv)), 0), np.inf)  # eq. 5
    order = L.argsort(axis=1, kind="stable")
    costs = np.take_along_axis(L, order, 1)
    return np.where(np.isinf(costs), -1, order), costs, Hinv


def compensated(C: FloatArray, kept: BoolArray, Hinv: FloatArray, rows: IntArray) -> FloatArray:
    """The weights C after the removals in ``rows``, (k, 3), each compensated by the same inverse: (n_out, d)."""
    new, mask = [C.copy()], [kept.copy()]
    _remove(new, mask, [SharedInverse(Hinv, np.empty(0, bool))], rows)
    return new[0]
