"""Optimal Brain Surgeon in its slow, obvious versions: on one unit, layer by layer, whole units, the loss of a net.

    letter      meaning                                                          shape
    w, W        weights of one unit; of a layer, one unit a row                  (d,), (n_out, d)
    X           a layer's inputs, one sample a row, the bias's ones last         (n, d)
    H           Hessian; of a layer H = X'X / n, the same for all its units      (d, d)
    S           the weights that remain, a mask                                  (d,) bool
    q           the weight that is removed                                       int
    L           saliency: what a removal costs                                   (d,)

The error of a unit is the quadratic E(w^) = 1/2 (w^ - w)' H (w^ - w); summed over the units of a layer that is
1/(2n) |X W^' - X W'|^2 (Dong, Chen & Pan, NIPS 2017, eq. 1, with the 1/2 that makes H the second derivative). At any
moment E has been made as small as the remaining weights S allow. To remove one more of them, w_q, and let the others of
S compensate, is to minimise dw' H_SS dw / 2 under dw_q = -w_q, which has the solution (Hassibi & Stork, NIPS 5, 1992,
eq. 5, derived in ``obs``)

    L_q = w_q^2 / (2 [H_SS^-1]_qq)        dw = -(w_q / [H_SS^-1]_qq) H_SS^-1 e_q

All that follows repeats these two lines, and inverts H_SS from the beginning each time: d^3 multiply-adds a removal and
unit where ``obs`` and ``lobs_exact`` take d^2. Both are tested against what is here; the laws hold every layer pruner
against ``lobs_layer``. H must be positive definite: no dead inputs, no two equal inputs, or damping.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._util.types import BoolArray, FloatArray, IntArray
from ..nn import layer_matrix
from ..nn.backprop import unflatten
from ..nn.mlp import MLP
from ..nn.parameters import places, unpruned


class Removals(NamedTuple):
    """What a slow version found.

    Attributes
    ----------
    new : ndarray, or MLP
        The weights, or the net, afterwards.
    removed : ndarray of shape (k,), (k, 2) or (k, 3) of int
        Where the removed weights stood, in order: (layer, unit,) column.
    costs : ndarray of shape (k,)
        Their saliencies.
    gap : float
        How clear the choices were: the least (second - first) / second of the two lowest saliencies of a step. 0 means
        a tie, where another right implementation may choose otherwise.
    """

    new: Any
    removed: IntArray
    costs: FloatArray
    gap: float


def layer_hessian(X: FloatArray) -> FloatArray:
    """H = X'X / n for the inputs ``X`` (n, d): (d, d)."""
    return X.T @ X / len(X)


def layer_error(W_new: FloatArray, W: FloatArray, X: FloatArray) -> float:
    """E = 1/(2n) |X W_new' - X W'|^2, from the outputs themselves: a float."""
    return float(np.sum((X @ (W_new - W).T) ** 2) / (2 * len(X)))


def damped(H: FloatArray, damping: float) -> FloatArray:
    """H + damping * diag|H_jj|."""
    return H + damping * np.diag(np.abs(np.diag(H)))


def saliencies(w: FloatArray, H: FloatArray, S: BoolArray) -> FloatArray:
    """L_q = w_q^2 / (2 [H_SS^-1]_qq) of the remaining weights S; inf for the others: (d,)."""
    L = np.full(len(w), np.inf)
    L[S] = w[S] ** 2 / (2 * np.diag(np.linalg.inv(H[np.ix_(S, S)])))
    return L


def without(w: FloatArray, H: FloatArray, S: BoolArray, q: int) -> FloatArray:
    """w + dw, dw = -(w_q / [H_SS^-1]_qq) H_SS^-1 e_q: the remaining weights S compensate q, one of them: (d,)."""
    Hinv, at, w = np.linalg.inv(H[np.ix_(S, S)]), int(S[:q].sum()), w.copy()  # q is number ``at`` of S
    w[S] = w[S] - w[q] / Hinv[at, at] * Hinv[at]
    w[q] = 0
    return w


def obs_unit(w: FloatArray, H: FloatArray, n_remove: int) -> Removals:
    """Optimal Brain Surgeon on one unit: the weight of the smallest saliency goes, the others compensate; and again.

    Parameters
    ----------
    w : ndarray of shape (d,)
    H : ndarray of shape (d, d)
    n_remove : int

    Returns
    -------
    Removals

    Examples
    --------
    Two inputs that are nearly equal: the second weight takes over from the first.

    >>> r = obs_unit(np.array([1.0, 2.0]), np.array([[1.0, 0.99], [0.99, 1.0]]), 1)
    >>> r.new, r.removed, r.costs.round(5)
    (array([0.  , 2.99]), array([0]), array([0.00995]))
    """
    w, S, removed, costs, gap = w.astype(float), np.ones(len(w), bool), [], [], 1.0
    for _ in range(n_remove):
        L = saliencies(w, H, S)
        q = int(L.argmin())
        w = without(w, H, S, q)
        S[q] = False
        removed.append(q)
        costs.append(L[q])
        gap = min(gap, _gap(L))
    return Removals(w, np.array(removed, int), np.array(costs), gap)


def without_set(W: FloatArray, H: FloatArray, R: list[int]) -> tuple[FloatArray, float]:
    """All columns R of a layer removed at once, and what that costs: the block formula of Unit-OBS.

    With M = [H^-1]_RR, dW = -W_R M^-1 [H^-1]_R and the cost is 1/2 tr W_R M^-1 W_R' (derived in ``units``): the way to
    the least error in one step, whatever the order.

    Returns
    -------
    W : ndarray of shape (n_out, d)
    cost : float
    """
    Hinv = np.linalg.inv(H)
    moved = W[:, R] @ np.linalg.inv(Hinv[np.ix_(R, R)])  # (n_out, r) (r, r) -> (n_out, r)
    new = W - moved @ Hinv[R]
    new[:, R] = 0
    return new, float(np.sum(moved * W[:, R]) / 2)


def units_layer(W: FloatArray, H: FloatArray, n_remove: int, n_columns: int | None = None) -> Removals:
    """Unit-OBS over a layer: of all its inputs the one goes whose removal leaves the least error; and again.

    Parameters
    ----------
    W : ndarray of shape (n_out, d)
    H : ndarray of shape (d, d)
    n_remove : int
    n_columns : int, optional
        Only the first so many columns may be removed, all by default. The others, such as the bias, only compensate.

    Returns
    -------
    Removals
        ``removed`` are columns.

    Examples
    --------
    With H = I nothing compensates, and the column of the smallest norm goes.

    >>> units_layer(np.array([[3.0, 1.0], [2.0, 4.0]]), np.eye(2), 1).new
    array([[0., 1.],
           [0., 4.]])
    """
    removed: list[int] = []
    costs, gap, error = [], 1.0, 0.0
    for _ in range(n_remove):
        s = np.full(W.shape[1] if n_columns is None else n_columns, np.inf)
        for q in set(range(len(s))) - set(removed):
            s[q] = without_set(W, H, [*removed, q])[1] - error
        gap = min(gap, _gap(s))
        removed.append(int(s.argmin()))
        costs.append(s.min())
        error += s.min()
    return Removals(without_set(W, H, removed)[0], np.array(removed, int), np.array(costs), gap)


def lobs_layer(W: FloatArray, H: FloatArray, n_remove: int, prunable: BoolArray | None = None,
               pattern: tuple[int, int] | None = None) -> Removals:
    """Exact L-OBS over a layer: of all its weights the one of the smallest saliency goes, and its unit compensates.

    Parameters
    ----------
    W : ndarray of shape (n_out, d)
    H : ndarray of shape (d, d)
    n_remove : int
    prunable : ndarray of shape (n_out, d), bool, optional
        Which weights may be removed, all by default. The others, such as biases, only compensate.
    pattern : (n, m), optional
        Of every m consecutive weights of a unit, n stay. What is behind the last whole group, the bias, stays too.

    Returns
    -------
    Removals

    Examples
    --------
    With H = I no weight can compensate another, and the smallest weights go.

    >>> lobs_layer(np.array([[3.0, 1.0], [2.0, 4.0]]), np.eye(2), 2).new
    array([[3., 0.],
           [0., 4.]])
    """
    W, S, removed, costs, gap = W.astype(float), np.ones(W.shape, bool), [], [], 1.0
    prunable = np.ones(W.shape, bool) if prunable is None else prunable
    for _ in range(n_remove):
        free = prunable if pattern is None else prunable & [_open(s, *pattern) for s in S]
        L = np.where(free, [saliencies(w, H, s) for w, s in zip(W, S)], np.inf)  # (n_out, d)
        unit, q = (int(i) for i in np.unravel_index(L.argmin(), L.shape))
        W[unit] = without(W[unit], H, S[unit], q)
        S[unit, q] = False
        removed.append((unit, q))
        costs.append(L[unit, q])
        gap = min(gap, _gap(L))
    return Removals(W, np.array(removed, int).reshape(-1, 2), np.array(costs), gap)


def _open(S: BoolArray, n: int, m: int) -> list[bool]:
    """Whether each weight of a unit is in a whole group of m, of which more than n remain: (d,)."""
    whole = len(S) // m * m
    return [j < whole and bool(S[j // m * m:j // m * m + m].sum() > n) for j in range(len(S))]


def in_column_order(W: FloatArray, H: FloatArray, gone: BoolArray) -> FloatArray:
    """SparseGPT with the weights that go given: column after column, each compensated by the columns behind it.

    The same two lines of OBS, with the inverse of the Hessian of columns j, j + 1, ..., computed again for each j.

    Parameters
    ----------
    W : ndarray of shape (n_out, d)
    H : ndarray of shape (d, d)
    gone : ndarray of shape (n_out, d), bool

    Returns
    -------
    ndarray of shape (n_out, d)

    Examples
    --------
    >>> in_column_order(np.array([[1.0, 2.0]]), np.array([[1.0, 0.99], [0.99, 1.0]]), np.array([[True, False]]))
    array([[0.  , 2.99]])
    """
    W = W.astype(float)
    for j in range(W.shape[1]):
        behind = np.arange(W.shape[1]) >= j
        for i in np.flatnonzero(gone[:, j]):
            W[i] = without(W[i], H, behind, j)
    return W


def lobs_net(net: MLP, x: FloatArray, n_remove: int, *, damping: float = 0.0, prune_biases: bool = False) -> Removals:
    """Exact L-OBS over a net: of all weights of all layers the one of the smallest saliency goes; its unit compensates.

    Every layer's H is that of the inputs it has in the net before pruning.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x : ndarray of shape (n, n_in)
    n_remove : int
    damping : float
        The share of every H's diagonal that is added to it.
    prune_biases : bool

    Returns
    -------
    Removals
        ``new`` is the pruned net.
    """
    W = [layer_matrix.columns(net, l) for l in range(len(net.weights))]
    S = [layer_matrix.column_masks(net, l) for l in range(len(W))]
    prunable = [layer_matrix.prunable(net, l, prune_biases) for l in range(len(W))]
    inputs = [a if b is None else np.column_stack([a, np.ones(len(a))])  # (n, n_in) -> (n, d)
              for a, b in zip(net.layer_inputs(x)[0], net.biases)]
    H, removed, costs, gap = [damped(layer_hessian(X), damping) for X in inputs], [], [], 1.0
    for _ in range(n_remove):
        L = [np.where(prunable[l], [saliencies(w, H[l], s) for w, s in zip(W[l], S[l])], np.inf)
             for l in range(len(W))]
        l = int(np.argmin([layer.min() for layer in L]))
        unit, q = (int(i) for i in np.unravel_index(L[l].argmin(), L[l].shape))
        W[l][unit] = without(W[l][unit], H[l], S[l][unit], q)
        S[l][unit, q] = False
        removed.append((l, unit, q))
        costs.append(L[l][unit, q])
        gap = min(gap, _gap(np.concatenate([layer.ravel() for layer in L])))
    return Removals(layer_matrix.rebuilt(net, W, S), np.array(removed, int).reshape(-1, 3), np.array(costs), gap)


def obs_net(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, n_remove: int, hessian: Callable[..., FloatArray], *,
            damping: float = 0.0, prune_biases: bool = False) -> Removals:
    """Optimal Brain Surgeon on the loss of a net: all parameters are one unit, and H is recomputed each time.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : ndarray
    n_remove : int
    hessian : callable
        ``hessian(net, x, y) -> H`` of all N parameters, such as ``gauss_newton``.
    damping : float
        The share of H's diagonal that is added to it.
    prune_biases : bool

    Returns
    -------
    Removals
        ``new`` is the pruned net.
    """
    w: FloatArray = net.parameters()
    net, where, removed, costs, gap = net.copy(), places(net), [], [], 1.0
    is_bias = where[:, 2] == np.array(net.sizes)[where[:, 0]]  # a bias stands in the column behind the inputs
    S = np.isin(np.arange(len(w)), unpruned(net))
    for _ in range(n_remove):
        H, block = hessian(net, x, y).copy(), np.ix_(S, S)
        H[block] = damped(H[block], damping)
        L = np.where(is_bias & (not prune_biases), np.inf, saliencies(w, H, S))
        q = int(L.argmin())
        w = without(w, H, S, q)
        S[q] = False
        net.set_parameters(w)
        removed.append(where[q])
        costs.append(L[q])
        gap = min(gap, _gap(L))
    net.set_masks(*unflatten(S, net.weights, net.biases))
    return Removals(net, np.array(removed, int).reshape(-1, 3), np.array(costs), gap)


def _gap(L: FloatArray) -> float:
    """(second - first) / second of the two lowest saliencies; 1 where only one can be removed."""
    first, second, *_ = [*np.sort(L, axis=None)[:2], np.inf]
    return 1.0 if np.isinf(second) else (second - first) / max(second, np.finfo(float).tiny)
