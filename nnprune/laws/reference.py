"""What the laws compare with, beside ``pruning.reference``: optima by trying everything, and bounds.

    letter   meaning                                          shape
    w, W     weights of one unit, of a layer                  (d,), (n_out, d)
    X        a layer's inputs, one sample a row               (n, d)
    H        Hessian; of a layer H = X'X / n                  (d, d)
    S        the survivors, as a mask of one unit             (d,) bool

The error of a unit is the quadratic E(w^) = 1/2 (w^ - w)' H (w^ - w); summed over the units of a layer that is
1/(2n) |X W^' - X W'|^2 (Dong, Chen & Pan, NIPS 2017, eq. 1, with the 1/2 that makes H the second derivative).
"""

from __future__ import annotations

import itertools

import numpy as np


def refit(w, H, S):
    """The weights of least error that are 0 outside the survivors ``S``: H_SS w^_S = (H w)_S.

    Setting the derivative of E with respect to the survivors to 0 gives these normal equations.
    """
    new = np.zeros(len(w))
    new[S] = np.linalg.solve(H[np.ix_(S, S)], (H @ w)[S])
    return new


def quadratic(dw, H):
    """1/2 dw' H dw: what a change ``dw`` (d,) of the weights costs."""
    return float(dw @ H @ dw / 2)


def removal_costs(w, H):
    """What removing each weight alone costs if all others are refitted: (d,), by d refits."""
    d = len(w)
    return np.array([quadratic(refit(w, H, np.arange(d) != q) - w, H) for q in range(d)])


def least_error(w, H, n_remove):
    """The least error of any ``n_remove`` removals from one unit, by trying all subsets (d choose n_remove)."""
    d, errors = len(w), []
    for gone in itertools.combinations(range(d), n_remove):
        S = ~np.isin(np.arange(d), gone)
        errors.append(quadratic(refit(w, H, S) - w, H))
    return min(errors)


def greedy_factor(H, n_remove):
    """How many times the least error a greedy removal of ``n_remove`` weights may cost, by the condition of H.

    Removing a set R costs F(R) = 1/2 w_R' ([H^-1]_RR)^-1 w_R, which lies between m/2 |w_R|^2 and M/2 |w_R|^2 with
    m, M the extreme eigenvalues of H; let c = M/m, and let R* be the best set, F* = F(R*).

    1. The first removal costs at most F*, since it costs no more than any single weight of R*.
    2. After t removals (set R_t, cost F_t) at least n - t weights of R* are left. Their cheapest costs at most
       c/(n - t) times the cost of removing all of them jointly, which is F(R_t + R*) - F_t, and
       F(R_t + R*) <= M/2 (|w_Rt|^2 + |w_R*|^2) <= c (F_t + F*).

    So F_{t+1} <= F_t + c/(n - t) (c F* + (c - 1) F_t), the recursion below. It is crude, and that is its lesson.
    """
    values = np.linalg.eigvalsh(H)
    c, factor = values[-1] / values[0], 1.0
    for t in range(1, n_remove):
        factor += c / (n_remove - t) * (c + (c - 1) * factor)
    return factor


def error_bound(weights, biases, inputs, new_weights, new_biases):
    """Theorem 3.2 of Dong, Chen & Pan 2017: how far the pruned net's output may be from the original's.

        e_L <= sum_{k<L} (prod_{l>k} |W^_l|_F) sqrt(dE_k) + sqrt(dE_L)

    Parameters
    ----------
    weights, biases, new_weights, new_biases : list of ndarray
        Of the original net and of the pruned one; a bias may be None.
    inputs : list of ndarray of shape (n, n_in)
        What goes into the layers of the *original* net.

    Returns
    -------
    float
        A bound on e_L = |Y^ - Y|_F / sqrt(n). dE_k = |Z^_k - Z_k|_F^2 / n is the paper's, without the 1/2.
    """
    bound = 0.0
    for W, b, A, W_new, b_new in zip(weights, biases, inputs, new_weights, new_biases):
        change = A @ (W_new - W).T  # (n, n_in) (n_in, n_out) -> (n, n_out)
        if b is not None:
            change = change + (b_new - b)
        bound = np.linalg.norm(W_new) * bound + np.linalg.norm(change) / np.sqrt(len(A))
    return float(bound)
