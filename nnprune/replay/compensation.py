"""Which weights compensated each removal: exact L-OBS of one unit, played again from its order by one Cholesky factor.

    letter   meaning                                                                        shape
    H        the layer's damped Hessian, weights in the order P                             (p, p)
    P        the unit's weights: survivors first, then the removed ones, the last to go     (p,)
             first, the first to go last
    w        the unit's weights before any removal, in the order P                          (p,)
    L        Cholesky factor of H: H = L L', lower triangular                               (p, p)
    M        L^-1, lower triangular                                                         (p, p)
    v        L' w                                                                           (p,)
    m        the weight in turn: those before it are left in the unit, those behind it gone int

Optimal Brain Surgeon needs, at every removal, the inverse of the Hessian of the weights that are left (Hassibi &
Stork 1992, eq. 5, on a layer's quadratic error: Dong, Chen & Pan 2017). In the order P these Hessians are the leading
blocks of one matrix, and the leading block of a Cholesky factor is the factor of the leading block. So one factor
holds the inverses of all of them. With H_m = L_m L_m' the last column of H_m^-1 = M_m' M_m is

    H_m^-1 e_m = L_mm^-1 M[m]'         so [H_m^-1]_mm = 1 / L_mm^2

The weights left after the removals before m are the best on the first m (``lobs_exact.refit``)

    w^ = H_m^-1 (H w)_1..m = M_m' (L' w)_1..m = sum_{i <= m} v_i M[i]'         so w^_m = v_m / L_mm

and eq. 5 turns into two short lines:

    L_q = w^_m^2 / (2 [H_m^-1]_mm) = v_m^2 / 2         dw = -(w^_m / [H_m^-1]_mm) H_m^-1 e_m = -v_m M[m]'

Read together: w = sum_i v_i M[i]', and each removal takes its own term out of the sum. A unit costs 2 p^3 / 3
multiply-adds in two calls of LAPACK; ``lobs_exact`` cannot use this, because it has to find the order first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

# How many of the weights that compensated are kept for each removal.
PARTNERS = 3
NOBODY = 65535  # the column of a partner that is none, in 16 bits


@dataclass(frozen=True)
class UnitReplay:
    """The removals of one unit, in order.

    Attributes
    ----------
    costs, weights : ndarray of shape (k,)
        L_q, and the value that the weight had when it went.
    partners : ndarray of shape (k, 3) of int
        The columns of the weights that moved most, the most first; ``NOBODY`` where there are fewer.
    changes : ndarray of shape (k, 3)
        By how much they moved.
    moved : ndarray of shape (k,)
        The sum of |dw| over all weights that compensated.
    states : ndarray of shape (len(at), d)
        The unit's weights after ``at`` removals.
    """

    costs: np.ndarray
    weights: np.ndarray
    partners: np.ndarray
    changes: np.ndarray
    moved: np.ndarray
    states: np.ndarray


def replay_unit(H, w, kept, live, order, at):
    """Play one unit's removals again.

    Parameters
    ----------
    H : ndarray of shape (d, d)
        The damped Hessian of the layer.
    w : ndarray of shape (d,)
        The unit's weights before, the bias as last column.
    kept, live : ndarray of shape (d,), bool
        Which weights exist before the first removal, and which inputs are not dead. A dead input's weight costs
        nothing, no weight compensates it, and it compensates none.
    order : ndarray of shape (k,) of int
        The columns in the order of their removal.
    at : ndarray of int
        Numbers of removals, rising, after which the weights are wanted.

    Returns
    -------
    UnitReplay

    Raises
    ------
    ValueError
        If H is not positive definite.

    Examples
    --------
    Two inputs that are almost equal: what goes from one of them goes to the other.

    >>> H = np.array([[1.0, 0.99], [0.99, 1.0]])
    >>> yes = np.ones(2, bool)
    >>> r = replay_unit(H, np.array([1.0, 2.0]), yes, yes, np.array([0]), [0, 1])
    >>> r.partners[0].tolist(), r.changes[0].round(2).tolist(), r.states.round(2).tolist()
    ([1, 65535, 65535], [0.99, 0.0, 0.0], [[1.0, 2.0], [0.0, 2.99]])
    """
    k = len(order)
    out = UnitReplay(np.zeros(k), w[order].astype(float), np.full((k, PARTNERS), NOBODY), np.zeros((k, PARTNERS)),
                     np.zeros(k), np.tile(np.where(kept, w, 0.0), (len(at), 1)))
    is_live = live[order]
    gone = order[is_live]
    for state, n in zip(out.states, at):
        state[order[:n][~is_live[:n]]] = 0
    if len(gone) == 0:
        return out
    survivors = np.setdiff1d(np.flatnonzero(kept & live), gone)
    P = np.concatenate([survivors, gone[::-1]])
    v, M, diagonal = _factors(H[np.ix_(P, P)], w[P])
    p, rows = len(P), np.flatnonzero(is_live)
    turn = p - 1 - np.arange(len(gone))  # m of every removal
    out.costs[rows], out.weights[rows] = v[turn] ** 2 / 2, v[turn] / diagonal[turn]
    M *= v[:, None]  # row m is now the term v_m M[m] of the sum, and -dw of removal m
    _strongest(M, P, turn, rows, out)
    remaining = p - np.searchsorted(rows, at)  # live weights that remain after ``at`` removals
    out.states[:, P] = np.concatenate([np.zeros((1, p)), np.cumsum(M, axis=0)])[remaining]
    return out


def _factors(H, w):
    """v = L' w, M = L^-1 and the diagonal of L."""
    L, failed = lapack.dpotrf(H, lower=1, clean=1)
    if failed:
        raise ValueError("the damped Hessian of a layer is not positive definite: use a larger damping")
    M, _ = lapack.dtrtri(L, lower=1)
    return L.T @ w, np.ascontiguousarray(M), np.diag(L).copy()


def _strongest(terms, P, turn, rows, out):
    """Write into ``out`` which weights moved most in every removal: those left of m in the row m of ``terms``."""
    size = np.abs(terms[turn])
    size[np.arange(len(turn)), turn] = 0  # the weight that goes is no partner of itself
    out.moved[rows] = size.sum(axis=1)
    n = min(PARTNERS, len(P))
    best = np.argpartition(-size, n - 1, axis=1)[:, :n]
    best = np.take_along_axis(best, np.argsort(-np.take_along_axis(size, best, 1), axis=1, kind="stable"), 1)
    there = best < turn[:, None]
    out.partners[rows, :n] = np.where(there, P[best], NOBODY)
    out.changes[rows, :n] = np.where(there, -np.take_along_axis(terms[turn], best, 1), 0)
