"""Simplified L-OBS: one inverse Hessian a layer, kept in use while many weights go.

    letter   meaning                                                       shape
    C        a layer's weights, the bias as one more column                (n_out, d)
    H, Hinv  the layer's damped Hessian and its inverse, of *all* inputs   (d, d)
    L        saliency                                                      (n_out, d)

This is what was affordable before the exact algorithm of ``lobs_exact``: at each refresh the saliencies

    L_q = w_q^2 / (2 [H^-1]_qq)         (Hassibi & Stork 1992, eq. 5; Dong, Chen & Pan 2017, section 3)

of all weights are computed once, from one inverse a layer that all its units share; the weights are removed in the
order of L, each with the update dw = -(w_q / [H^-1]_qq) H^-1 e_q, and the mask is applied again after it, because a
stale inverse moves weights that are gone already. After ``refresh`` removals the Hessian is taken anew on the net
pruned so far, whose hidden layers get other inputs than they did.

What is wrong with it: the inverse of the Hessian of *all* inputs is not that of the survivors, so both the
saliencies and the compensation are off, the more the more weights are gone; and what the update gives to weights
that are gone is lost when the mask is applied.
"""

from __future__ import annotations

import numpy as np

from ..hessian.layer import input_hessian
from ..hessian.linalg import damp, spd_inverse
from ..nn.layer_matrix import column_masks, columns, prunable, rebuilt
from .masks import locate, smallest


def stale_pass(net, x, groups, stops, *, refresh, damping, prune_biases, first_hessian, progress=None):
    """Remove weights block by block, each block by one stale inverse; yield what is reached at every stop.

    Parameters
    ----------
    net : MLP
    x : ndarray of shape (n, n_in)
    groups : list of (list of int, int)
        Layers that are ranked together, and how many of their weights go.
    stops : list of int
        Rising counts of removals, the last one the sum over the groups. A stop does not change what comes after.
    refresh : int or None
        Removals in each group between two refreshes; None: never.
    damping : float
    prune_biases : bool
    first_hessian : ndarray of shape (d, d)
        Of the net's inputs, which pruning does not change.
    progress : callable, optional
        ``progress(done, total)`` after every block.

    Yields
    ------
    net : MLP
    removed : ndarray of shape (stop, 3) of int
    costs : ndarray of shape (stop,)
    """
    C = [columns(net, l) for l in range(len(net.weights))]
    kept = [column_masks(net, l) for l in range(len(C))]
    may = [prunable(net, l, prune_biases) for l in range(len(C))]
    groups = [[layers, k] for layers, k in groups]
    rows, L, done = np.empty((0, 3), int), np.empty(0), 0  # chosen, not yet removed
    removed, costs, inverses = [rows], [L], None
    for stop in stops:
        while done < stop:
            if len(rows) == 0:
                if inverses is None or refresh is not None:
                    inverses = _refresh(rebuilt(net, C, kept), x, damping, first_hessian, inverses)
                rows, L = _choose(C, may, inverses, groups, refresh)
            now = slice(0, stop - done)
            removed.append(rows[now])
            costs.append(L[now])
            _remove(C, kept, inverses, rows[now])
            done += len(rows[now])
            rows, L = rows[len(rows[now]):], L[len(L[now]):]
            if progress is not None:
                progress(done, stops[-1])
        yield rebuilt(net, C, kept), np.concatenate(removed), np.concatenate(costs)


def _refresh(net, x, damping, first_hessian, before):
    """(Hinv, live) of every layer on the net as it is now; the first layer's stays as it was ``before``."""
    inverses = [] if before is None else before[:1]
    inputs, _ = net.layer_inputs(x)
    for l in range(len(inverses), len(inputs)):
        H = first_hessian if l == 0 else input_hessian(inputs[l], bias=net.biases[l] is not None)
        live, H = np.diag(H) > 0, damp(H, damping)[0]
        # A dead input is coupled to no other: any curvature will do for it. 1 keeps H invertible without damping.
        H[~live, ~live] = 1
        inverses.append((spd_inverse(H, f"the Hessian of layer {l}"), live))
    return inverses


def _choose(C, may, inverses, groups, refresh):
    """The next block: the (layer, unit, column) rows to remove, in order, and their saliencies.

    What is chosen is struck off ``may`` and off the groups' counts.
    """
    rows, costs = [], []
    for group in groups:
        layers, k = group
        # L_q = w_q^2 / (2 [H^-1]_qq): eq. 5. The weight of a dead input costs nothing.
        scores = [np.where(may[l], np.where(live, C[l] ** 2 / (2 * np.diag(Hinv)), 0), np.inf)
                  for l, (Hinv, live) in ((l, inverses[l]) for l in layers)]
        flat = np.concatenate([s.ravel() for s in scores])
        places = smallest(flat, k if refresh is None else min(k, refresh))
        chosen = locate(places, [s.shape for s in scores])
        chosen[:, 0] += layers[0]
        group[1] -= len(chosen)
        for l in layers:
            _, unit, column = chosen[chosen[:, 0] == l].T
            may[l][unit, column] = False
        rows.append(chosen)
        costs.append(flat[places])
    return np.concatenate(rows), np.concatenate(costs)


def _remove(C, kept, inverses, rows):
    """Remove the weights in ``rows`` from C and kept, in order, every unit with the stale inverse.

    Units do not depend on each other, so the first removals of all units are made together, then the second ones.
    """
    for l, (Hinv, _) in enumerate(inverses):
        _, unit, column = rows[rows[:, 0] == l].T
        for u, q in _turns(unit, column):
            kept[l][u, q] = False
            # dw = -(w_q / [H^-1]_qq) H^-1 e_q, then the mask: eq. 5.
            C[l][u] -= (C[l][u, q] / Hinv[q, q])[:, None] * Hinv[q]  # (m, 1) (m, d) -> (m, d)
            C[l][u] *= kept[l][u]


def _turns(unit, column):
    """Split removals into turns, in each of which a unit stands at most once; a unit's own order is kept."""
    by_unit = np.argsort(unit, kind="stable")
    unit, column = unit[by_unit], column[by_unit]
    first = np.searchsorted(unit, unit)  # where each unit's removals begin
    turn = np.arange(len(unit)) - first
    for t in range(turn.max(initial=-1) + 1):
        yield unit[turn == t], column[turn == t]
