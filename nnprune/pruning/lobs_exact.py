"""Exact L-OBS: Optimal Brain Surgeon on every unit of every layer, at the speed of matrix products.

    letter   meaning                                                          shape
    H        the layer's Hessian 1/n X'X, damped; the same for all units      (d, d)
    C        the layer's weights, the bias as last column                     (n_out, d)
    w        one unit's weights                                               (k,)
    A, U     the inverse Hessian of the remaining weights is A - U'U (A is    (k, k), (j, k)
             not the layer's inputs here)
    q        the weight that is removed                                       int
    r        row q of the inverse, r = A[q] - U[:, q]'U                       (k,)
    s        saliency of every weight                                         (k,)
    B        units worked on together                                         int

One removal (Hassibi & Stork 1992, eq. 5, and the downdate that gives the inverse of the smaller Hessian):

    q = argmin w_q^2 / [H^-1]_qq        w <- w - r w_q / r_q        H^-1 <- H^-1 - r r' / r_q

The slow obvious way inverts the remaining block of H before each removal: d^4/4 multiply-adds a unit, several hundred
times the work of what follows. The downdate costs k^2 a removal, d^3/3 a unit, but runs at the speed of *memory*,
since the whole inverse passes through the processor for each removal.

So the downdates are delayed: u = r / sqrt(r_q) is pushed onto U, so that H^-1 = A - U'U stays true, and only what the
next removal needs is brought up to date: the diagonal (diag -= u^2) and the one row r (j k multiply-adds). When U
holds ``PENDING`` rows, A -= U'U is a matrix product, at its speed, and half of it: in place, by tiles of A on and
below its diagonal, each so small that no other thread is asked for help. What row q lacks then is a piece of column q,
read across the memory; so each unit's weights are sorted, the cheapest last, and the piece is short. The rows and
columns of removed weights leave A only when they are a third of it (``GONE``); until then their r is 0 but for
rounding, and they are not chosen. All units of a layer begin with the same H^-1, which is read, not copied, until the
first flush. What remains of the cost is ~25 calls of NumPy a removal, so a batch of units takes each step together.
(``downdate`` has the same algebra for one inverse whose caller chooses q; with a batch, each unit has its own q and
its own order of the rows, and the two share no line.)

A layer is traced to its last weight once; its order of removals, cut anywhere, serves every sparsity, and one solve a
unit gives the weights there (``refit``).

A pattern n:m (``masks``) asks one thing more of a removal: a group of m inputs that has only n weights left is
closed, and its weights are not chosen any more.

It fails where H is singular: the inverse does not exist, so damping must make it positive definite (``linalg``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg.blas import dgemm

from .._util.executor import Map, executor_map
from .._util.types import BoolArray, Float64, FloatArray, IntArray, Progress
from ..hessian.layer import layer_hessians
from ..hessian.linalg import damp, scaled_eigenvalues, spd_inverse, spd_solve, warn_of_charge, warn_of_condition
from ..nn.layer_matrix import column_masks, columns, prunable, rebuilt
from ..nn.mlp import MLP
from .masks import Pattern, first_in_groups, locate, per_group, quotas
from .result import PruneResult

# Floats that A of the units which take each step together may have: 2^22 are 32 MB, 9 units of MNIST's first layer,
# whose U are 1 MB, in a core's own cache. More units hide more of Python's cost a call, but U is read at every step.
A_FLOATS = 2**22
# Removals delayed until A is brought up to date: more cost longer sums for every row r, fewer cost more passes over A.
PENDING = 24
# OpenBLAS leaves a product of fewer than 2 x 2^18 multiply-adds to the thread that calls it, one of a vector and a
# matrix below 9,216. Where other programs want the cores too, its other threads come late, and every product waits.
TILE = 128  # rows and columns of a tile of A, at most: PENDING TILE^2 multiply-adds
WIDTH = 9216 // PENDING  # columns of U in one product
# The share of A's rows that may be of removed weights before they are dropped: more cost products, fewer cost copies.
GONE = 0.35
HERE = executor_map(None)  # one batch of units after another, in this process
Groups = Any  # None, or (quota, m)


@dataclass(frozen=True)
class LayerReport:
    """What L-OBS saw of one layer's Hessian.

    Attributes
    ----------
    layer : int
    n_inputs : int
        The bias counted as one.
    dead_inputs : int
        Inputs that are 0 on every sample.
    rank : int
        Of the undamped Hessian, scaled to unit diagonal: eigenvalues above ``n_inputs * eps * largest``.
    condition : float
        Largest over smallest eigenvalue of the damped Hessian on the live inputs, scaled to unit diagonal. Of the
        costs about -log10(condition * 2e-16) digits are right.
    """

    layer: int
    n_inputs: int
    dead_inputs: int
    rank: int
    condition: float


def prune_exact(net: MLP, x: FloatArray, groups_at: list[list[tuple[list[int], int]]], *, damping: float,
                prune_biases: bool, map: Map, first_hessian: Float64 | None, progress: Progress,
                pattern: Pattern | None = None) -> list[PruneResult]:
    """Trace every layer to its last weight, merge the units' orders, cut them at the counts asked for, refit.

    ``groups_at`` has for every sparsity the ``removal_groups``: layers that are ranked together, and how many of their
    weights are removed, the same groups each time; layers in no group stay as they are. ``map`` is the
    ``executor_map`` of an executor; the others are those of ``prune_lobs``. A PruneResult for each.
    """
    groups, layers, reports = [group for group, _ in groups_at[0]], {}, []
    for l, H in layer_hessians(net, x, first_hessian):
        if any(l in group for group in groups):
            layers[l] = LayerTrace(columns(net, l), column_masks(net, l), prunable(net, l, prune_biases), H, damping,
                                   f"the Hessian of layer {l}", pattern)
            reports.append(layers[l].report(l, H, damping))
    trace_layers(list(layers.values()), map, progress)
    orders, results = [greedy_order([layers[l].costs for l in group]) for group in groups], []
    name = "L-OBS, exact" + ("" if pattern is None else f", {pattern[0]}:{pattern[1]}")
    for counts in groups_at:
        C = {l: columns(net, l) for l in range(len(net.weights))}
        kept = {l: column_masks(net, l) for l in C}
        removed, costs = [], []
        for (group, k), order in zip(counts, orders):
            rows, rises, new, masks = cut([layers[l] for l in group], order[:k])
            rows[:, 0] = np.array(group)[rows[:, 0]]
            removed.append(rows)
            costs.append(rises)
            C.update(zip(group, new))
            kept.update(zip(group, masks))
        results.append(PruneResult(rebuilt(net, C.values(), kept.values()), np.concatenate(removed),
                                   np.concatenate(costs), name, tuple(reports), damping))
    warn_of_damping(list(layers.values()), [C[l] for l in layers], float(results[-1].costs.sum()), damping)
    return results


def trace_layers(layers: list[LayerTrace], map: Map, progress: Progress) -> None:
    """Trace these layers, and tell ``progress`` the removals of all of them."""
    done, total = 0, sum(int((layer.prunable if layer.pattern is None else quotas(layer.kept, layer.pattern)).sum())
                         for layer in layers)

    def step(k: int) -> None:
        nonlocal done
        done += k
        progress(done, total)

    for layer in layers:
        layer.trace(map, step)
        warn_of_condition(layer.condition, layer.name)


def warn_of_damping(layers: list[LayerTrace], new: list[FloatArray], predicted: float, damping: float) -> None:
    """``warn_of_charge`` for layers with these ``new`` weights, whose costs add up to ``predicted``.

    Every layer's share is 1/2 sum_j lambda_j dw_j^2, and 1/2 w'H w, its error without any weight.
    """
    charge = sum(float((layer.charges * (C - layer.C)**2).sum()) / 2 for layer, C in zip(layers, new))
    size = sum(float(((layer.C @ layer.H) * layer.C).sum()) / 2 for layer in layers)
    warn_of_charge(charge, predicted, size, damping)


class LayerTrace:
    """One layer of an exact run: its weights, its damped Hessian, and the order in which its weights are removed.

    ``H`` comes undamped; ``name`` is what messages call it; the others are those of ``trace_layer``.
    """

    def __init__(self, C: FloatArray, kept: BoolArray, prunable: BoolArray, H: FloatArray, damping: float,
                 name: str = "the layer's Hessian", pattern: Pattern | None = None) -> None:
        self.C, self.kept, self.prunable, self.name, self.pattern = C, kept, prunable, name, pattern
        self.live, self.H, self.charges = np.diag(H) > 0, damp(H, damping), damping * np.diag(H)
        self.condition = 1.0  # as ``report`` finds it

    def report(self, l: int, H: FloatArray, damping: float) -> LayerReport:
        """``LayerReport`` of layer ``l``, with the undamped Hessian H."""
        values, rank = scaled_eigenvalues(H[np.ix_(self.live, self.live)])
        low, high = values.min(initial=1) + damping, values.max(initial=1) + damping
        self.condition = float(high / low) if low > 0 else np.inf
        return LayerReport(l, len(H), int((~self.live).sum()), rank, self.condition)

    def trace(self, map: Map, progress: Callable[[int], object] | None = None) -> None:
        """Find the order of all removals, and their costs."""
        self.order, self.costs = trace_layer(self.H, self.C, self.kept, self.prunable, self.live,
                                             pattern=self.pattern, map=map, progress=progress)


def cut(layers: list[LayerTrace],
        places: IntArray) -> tuple[IntArray, FloatArray, list[FloatArray], list[BoolArray]]:
    """Remove the weights at these places of the ``greedy_order`` of these layers, and refit the others.

    Returns
    -------
    removed, costs : ndarray of shape (k, 3) of int, and (k,)
        As of ``removed_at``.
    C, kept : list of ndarray of shape (n_out, d)
        One a layer: its new weights and its new mask.
    """
    rows, costs, kept = removed_at(layers, places)
    return rows, costs, [refit(layer.H, layer.C, mask, layer.live) for layer, mask in zip(layers, kept)], kept


def removed_at(layers: list[LayerTrace], places: IntArray) -> tuple[IntArray, FloatArray, list[BoolArray]]:
    """What stands at these places of the ``greedy_order`` of these layers.

    Returns
    -------
    removed : ndarray of shape (k, 3) of int
        Which of the layers, unit and column.
    costs : ndarray of shape (k,)
    kept : list of ndarray of shape (n_out, d), bool
        One a layer: its new mask.
    """
    rows, kept = locate(places, [layer.costs.shape for layer in layers]), []
    for i, layer in enumerate(layers):
        of_layer, mask = rows[:, 0] == i, layer.kept.copy()
        # So far the third number is the place in the unit's order; now it becomes the column that stands there.
        rows[of_layer, 2] = layer.order[rows[of_layer, 1], rows[of_layer, 2]]
        mask[rows[of_layer, 1], rows[of_layer, 2]] = False
        kept.append(mask)
    return rows, np.concatenate([layer.costs.ravel() for layer in layers])[places], kept


def trace_layer(H: FloatArray, C: FloatArray, kept: BoolArray, prunable: BoolArray, live: BoolArray, *,
                pattern: Pattern | None = None, map: Map = HERE,
                progress: Callable[[int], object] | None = None) -> tuple[IntArray, FloatArray]:
    """Remove every prunable weight of a layer, each unit in its own greedy order.

    Parameters
    ----------
    H : ndarray of shape (d, d)
        The damped Hessian.
    C : ndarray of shape (n_out, d)
        The weights, the bias as one more column.
    kept, prunable : ndarray of shape (n_out, d), bool
        Which weights exist, and which of them may be removed.
    live : ndarray of shape (d,), bool
        False for the dead inputs. Their weights cost nothing, whatever the damping says, and are removed first.
    pattern : (n, m), optional
        Of every m consecutive columns of a unit, n weights stay.
    map : callable
        The ``executor_map`` of an executor; units do not depend on each other.
    progress : callable, optional
        ``progress(k)`` after every batch of units: k more removals are known.

    Returns
    -------
    order : ndarray of shape (n_out, d) of int
        The columns in the order of their removal; -1 behind the last one.
    costs : ndarray of shape (n_out, d)
        The rise of 1/2 (w^ - w)' H (w^ - w) that each removal brings; ``inf`` behind the last one.

    Raises
    ------
    ValueError
        If H is not positive definite on the live inputs of some unit.
    """
    n_out, d = C.shape
    order, costs = np.full((n_out, d), -1), np.full((n_out, d), np.inf)
    dead_first, others, groups = prunable & ~live, prunable & live, None
    if pattern is not None:
        dead_first, others, groups = _in_pattern(pattern, kept, dead_first, others)
    n_dead = dead_first.sum(axis=1)
    for unit in np.flatnonzero(n_dead):
        order[unit, :n_dead[unit]] = np.flatnonzero(dead_first[unit])
        costs[unit, :n_dead[unit]] = 0
    if progress is not None:
        progress(int(n_dead.sum()))
    full = np.flatnonzero(live)
    Hinv = spd_inverse(H[np.ix_(full, full)], "the damped layer Hessian")
    lost = others if groups is None else first_in_groups(others, *groups)  # as many as will be lost
    exist = kept & live
    batches = list(_batches(exist, lost))
    work = [(C[b], exist[b], others[b], groups and (groups[0][b], groups[1])) for b in batches]
    # H is needed only if a unit has an inverse of its own.
    shared = H if (exist.sum(axis=1) < len(full)).any() else None, Hinv, full
    for units, (removed, rises) in zip(batches, map(_trace_units, shared, work)):
        for unit, column, rise in zip(units, removed, rises):
            span = slice(n_dead[unit], n_dead[unit] + len(column))
            order[unit, span], costs[unit, span] = column, rise
        if progress is not None:
            progress(removed.size)
    return order, costs


def _in_pattern(pattern: Pattern, kept: BoolArray, dead: BoolArray,
                others: BoolArray) -> tuple[BoolArray, BoolArray, Groups]:
    """Which weights of dead inputs the pattern lets go, which others can follow, and (quota, m): what groups lose."""
    quota, m = quotas(kept, pattern), pattern[1]
    dead = first_in_groups(dead, quota, m)
    quota -= per_group(dead, m)
    open_ = np.zeros_like(others)  # the bias, in no group, is never open
    open_[:, :quota.shape[1] * m] = np.repeat(quota > 0, m, axis=1)
    return dead, others & open_, (quota, m)


def _batches(kept: BoolArray, lost: BoolArray) -> Iterator[IntArray]:
    """Units with equally many weights and equally many to lose, in batches whose A has at most A_FLOATS."""
    sizes = np.stack([kept.sum(axis=1), lost.sum(axis=1)], axis=1)
    for size in np.unique(sizes, axis=0):
        units = np.flatnonzero((sizes == size).all(axis=1))
        B = max(1, A_FLOATS // max(1, int(size[0]) ** 2))
        if size[1] > 0:
            yield from (units[i:i + B] for i in range(0, len(units), B))


def _trace_units(H: FloatArray | None, Hinv: FloatArray, full: IntArray,
                 batch: tuple[Any, ...]) -> tuple[IntArray, FloatArray]:
    """Trace one batch of B units: (C, kept, prunable, groups) -> order, costs, both of shape (B, n).

    ``groups`` is None, or what each group of a unit still loses, (B, d // m), and m.
    """
    C, kept, prunable, groups = batch
    ids = np.nonzero(kept)[1].reshape(len(C), -1)  # (B, d) bool -> (B, k) columns of the weights that exist
    if ids.shape[1] == len(full):  # all units begin with one inverse, which is read, not copied
        A = np.broadcast_to(Hinv, (len(ids), *Hinv.shape))
    else:
        assert H is not None
        A = np.stack([spd_inverse(H[np.ix_(row, row)], "a unit's damped Hessian") for row in ids])
    state = _Units(A, np.take_along_axis(C, ids, 1), np.take_along_axis(prunable, ids, 1), ids, groups)
    n = int((prunable if groups is None else first_in_groups(prunable, *groups))[0].sum())
    order, costs = np.empty((len(C), n), int), np.empty((len(C), n))
    with np.errstate(all="ignore"):  # what goes wrong shows in the costs, looked at once below
        for t in range(n):
            if state.j == PENDING:
                state.flush()
            order[:, t], costs[:, t] = state.remove()
    if not ((costs >= 0) & (costs < np.inf)).all():
        raise ValueError("rounding made the inverse of the layer Hessian indefinite: use a larger damping")
    return order, costs


class _Units:
    """The state of B units that lose one weight each at every step.

    A is (B, k, k), often one for all units, until the first flush. From then on it is tiles, (B, m, m, T, T), m T >= k:
    those on and below the diagonal are kept up to date, and what is beyond k means nothing.
    """

    def __init__(self, A: FloatArray, w: FloatArray, prunable: BoolArray, ids: IntArray, groups: Groups) -> None:
        self.A, self.w, self.ids, self.groups = A, w, ids, groups  # w, ids: (B, k)
        # [H^-1]_jj where weight j can be chosen. -inf keeps it from being chosen; its true value is not needed then.
        self.diag = np.where(prunable, np.diagonal(A, axis1=1, axis2=2), -np.inf)
        self._open()

    def _open(self) -> None:
        """All weights are in the net; no updates are pending. Room for j of them, and for two vectors a unit."""
        B, k = self.w.shape
        self.m = -(-k // TILE)
        self.T = -(-k // self.m)
        self.active, self.b, self.first = np.ones((B, k), bool), np.arange(B), np.arange(B) * k
        self.U, self.j = np.zeros((B, PENDING, self.m * self.T)), 0
        self.r, self.s = np.empty((B, k)), np.empty((B, k))
        self.parts = [slice(n, min(n + WIDTH, k)) for n in range(0, k, WIDTH)]

    def remove(self) -> tuple[IntArray, FloatArray]:
        """Remove the cheapest weight of every unit; return its column and its cost, both of shape (B,)."""
        b, w, r, s, j = self.b, self.w, self.r, self.s, self.j
        # L_q = w_q^2 / (2 [H^-1]_qq): Hassibi & Stork 1992, eq. 5. The least has the largest [H^-1]_qq / w_q^2.
        np.multiply(w, w, out=s)
        np.divide(self.diag, s, out=s)
        q = s.argmax(axis=1)
        at = q + self.first  # its place in the arrays of all units
        # r = A[q] - U[:, q]'U: row q of the current inverse.
        U, u_q = self.U[:, :j], self.U[b, None, :j, q]  # u_q: (B, 1, j)
        for part in self.parts:
            np.matmul(u_q, U[:, :, part], out=s[:, None, part])
        np.subtract(self._row(q), s, out=r)
        pivot, w_q = r.take(at), w.take(at)
        # u = r / sqrt(r_q): H^-1 - u u' is the inverse without weight q.
        scale = 1 / np.sqrt(pivot)
        r *= scale[:, None]
        self.U[:, j, :w.shape[1]] = r
        np.multiply(r, r, out=s)
        self.diag -= s
        # dw = -(w_q / [H^-1]_qq) H^-1 e_q: eq. 5 again.
        r *= (w_q * scale)[:, None]
        w -= r
        # What rounding left of the removed weight is deleted: it is exactly 0 and never chosen again.
        w.put(at, 0)
        self.diag.put(at, -np.inf)
        self.active.put(at, False)
        self.j += 1
        if self.groups is not None:
            self._close(q)
        return self.ids.take(at), w_q * w_q / (2 * pivot)

    def _row(self, q: IntArray) -> FloatArray:
        """Row q of A, (B, k)."""
        if self.A.ndim == 3:
            row: FloatArray = self.A[self.b, q]
            return row
        I, i = np.divmod(q, self.T)
        rows = self.A[self.b, I, :, i]  # (B, m, T), right up to the tile on the diagonal
        for row, A, tile, place in zip(rows, self.A, I.tolist(), i.tolist()):
            if tile + 1 < self.m:
                row[tile + 1:] = A[tile + 1:, tile, :, place]
        return rows.reshape(len(q), -1)[:, :self.w.shape[1]]

    def _close(self, q: IntArray) -> None:
        """The group of each removed weight loses one less; where that was its last, its others are blocked."""
        quota, m = self.groups
        of, b = self.ids // m, self.b  # (B, k), (B,)
        group = of[b, q]
        quota[b, group] -= 1
        self.diag[(of == group[:, None]) & (quota[b, group] == 0)[:, None]] = -np.inf

    def flush(self) -> None:
        """A -= U'U, in place, tile by tile on and below the diagonal; U is empty again."""
        if self.A.ndim == 3 or self.active.sum() < (1 - GONE) * self.active.size:
            self._compact()
        for A, U in zip(self.A, self.U):
            V = U.reshape(PENDING, self.m, self.T).swapaxes(0, 1).copy()  # (j, k) -> (m, j, T)
            for I in range(self.m):
                for J in range(I + 1):  # BLAS counts by columns: what it sees is the transpose of each of the three
                    dgemm(-1, V[J].T, V[I].T, beta=1, c=A[I, J].T, trans_b=True, overwrite_c=True)
        self.j = 0

    def _compact(self) -> None:
        """Drop the removed rows and columns of A, which becomes tiles of the units' own, and the columns of U."""
        B, A, U, T = len(self.w), self.A, self.U, self.T
        remaining = np.nonzero(self.active)[1].reshape(B, -1)  # (B, k) bool -> (B, k of them)
        if A.ndim == 3:  # the cheapest last; of equal ones, the smaller column stays the first
            rising = np.take_along_axis(self.diag / self.w**2, remaining, 1).argsort(axis=1, kind="stable")
            remaining = np.take_along_axis(remaining, rising, 1)
        for name in ("w", "diag", "ids"):
            setattr(self, name, np.take_along_axis(getattr(self, name), remaining, 1))
        self._open()
        if A.ndim == 3:
            self.memory = np.empty(B * (self.m * self.T)**2)
        self.A = self.memory[:B * (self.m * self.T)**2].reshape(B, self.m, self.m, self.T, self.T)
        columns = np.pad(remaining, ((0, 0), (0, self.m * self.T - remaining.shape[1])), mode="edge")
        above = np.triu(np.ones((self.T, self.T), bool), 1)
        for i, column in enumerate(columns):
            np.take(U[i], remaining[i], 1, out=self.U[i, :, :remaining.shape[1]], mode="clip")
            for n in range(self.m):  # in place: the rows that are read next lie behind what is written
                of = column[n * self.T:(n + 1) * self.T]
                rows = A[i].take(of, 0) if A.ndim == 3 else A[i][of // T, :, of % T].reshape(self.T, -1)
                rows = rows.take(column[:(n + 1) * self.T], 1)
                self.A[i, n, :n + 1] = rows.reshape(self.T, -1, self.T).swapaxes(0, 1)
                np.copyto(self.A[i, n, n], self.A[i, n, n].T, where=above)


def greedy_order(costs: list[FloatArray]) -> IntArray:
    """Merge the units' own orders into one, always taking the unit whose next removal is cheapest.

    A unit's costs need not rise: behind an expensive removal a cheap one may wait. It waits until the expensive one
    is done and follows at once, being cheaper than all others. So a removal's turn comes when the most expensive one
    *up to it* is the cheapest on offer: sorting by the running maximum, stably, is the k-way merge.

    Parameters
    ----------
    costs : list of ndarray of shape (n_out, d)
        One matrix a layer, as ``trace_layer`` returns it.

    Returns
    -------
    ndarray of shape (total,) of int
        Places in the concatenation of the raveled matrices, in the order of removal; the ``inf`` come last.

    Examples
    --------
    >>> greedy_order([np.array([[5.0, 1.0], [4.0, 6.0]])])  # 4, then 5 and at once the 1 behind it, then 6
    array([2, 0, 1, 3])
    """
    return np.argsort(np.concatenate([np.maximum.accumulate(c, axis=1).ravel() for c in costs]), kind="stable")


def refit(H: FloatArray, C: FloatArray, kept: BoolArray, live: BoolArray) -> FloatArray:
    """The best weights on the survivors: minimise 1/2 (w^ - w)' H (w^ - w) over w^ that are 0 where not kept.

    This is what OBS's updates arrive at, one removal after another, found here in one solve: on the survivors S of
    a unit the derivative vanishes where H_SS w^_S = (H w)_S.

    Parameters
    ----------
    H : ndarray of shape (d, d)
        Damped.
    C : ndarray of shape (n_out, d)
        The weights w before pruning.
    kept : ndarray of shape (n_out, d), bool
        The survivors.
    live : ndarray of shape (d,), bool
        A dead input's survivors stay as they are.

    Returns
    -------
    ndarray of shape (n_out, d)
    """
    target, new = C @ H, np.where(kept, C, 0.0)
    for unit in np.flatnonzero(((C != 0) & ~kept & live).any(axis=1)):
        S = np.flatnonzero(kept[unit] & live)
        if len(S):
            new[unit, S] = spd_solve(H[np.ix_(S, S)], target[unit, S], "a unit's damped Hessian")
    return new
