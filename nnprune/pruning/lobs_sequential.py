"""Exact L-OBS on the inputs that the pruned net really has, layer after layer.

    letter   meaning                                                              shape
    A        a layer's inputs in the unpruned net, ones last for the bias         (n, d)
    A^       the same in the net pruned so far                                    (n, d)
    C        the layer's weights before                                           (n_out, d)
    C0       the weights that give the old outputs from the new inputs            (n_out, d)
    H        1/n A^'A^ + lambda I                                                 (d, d)

Pruning a layer changes the inputs of the next one. The paper keeps every layer's pre-activations on its *old* inputs,
and the errors add up on the way to the output (its Theorem 3.2). Here each layer aims at its old outputs from its
*new* inputs, so that it repairs what it can of the errors before it:

    minimise 1/(2n) |A^ C^' - A C'|^2 + lambda/2 |C^ - C|^2

which without pruning has the solution H C0' = 1/n A^'A C' + lambda C', and from there rises as
1/2 (C^ - C0) H (C^ - C0)' a unit: OBS again, with C0 for C. How many weights each layer loses is decided before, on
the unpruned net's inputs, since layers that are not there yet cannot be ranked. The first layer's inputs are the same
in both nets, so it is taken as that pruning left it.
"""

from __future__ import annotations

import numpy as np

from ..hessian.layer import ROWS, input_hessian
from ..hessian.linalg import damp, spd_solve
from ..nn.layer_matrix import column_masks, columns, prunable, rebuilt
from .lobs_exact import greedy_order, refit, trace_layer
from .masks import locate


def sequential_pass(net, x, original, damping, prune_biases, map):
    """Prune layer after layer, each to the number of removals it has in the ``original`` result.

    Parameters
    ----------
    net : MLP
    x : ndarray of shape (n, n_in)
    original : PruneResult
        Of exact L-OBS on the unpruned net's inputs, from the same net, samples and damping.
    damping : float
    prune_biases : bool
    map : callable
        ``map`` of an executor.

    Returns
    -------
    net : MLP
    removed : ndarray of shape (k, 3) of int
        Layer after layer.
    costs : ndarray of shape (k,)
        The rise of each layer's damped error above that of C0.
    """
    old, _ = net.layer_inputs(x)
    C, kept = zip(*((columns(net, l), column_masks(net, l)) for l in range(len(net.weights))))
    C, kept, layer = list(C), list(kept), original.removed[:, 0]
    C[0], kept[0] = columns(original.net, 0), column_masks(original.net, 0)
    removed, costs = [original.removed[layer == 0]], [original.costs[layer == 0]]
    for l in range(1, len(C)):
        k = int((layer == l).sum())
        new = rebuilt(net, C, kept).layer_inputs(x)[0][l]
        H = input_hessian(new, net.biases[l] is not None)
        live = np.diag(H) > 0
        H, lambda_ = damp(H, damping)
        C[l] = _aimed(H, new, old[l], C[l], kept[l] & live, lambda_)
        order, rises = trace_layer(H, C[l], kept[l], prunable(net, l, prune_biases), live, map=map)
        first = greedy_order([rises])[:k]
        rows = locate(first, [rises.shape])
        rows[:, 0], rows[:, 2] = l, order[rows[:, 1], rows[:, 2]]
        kept[l][rows[:, 1], rows[:, 2]] = False
        C[l] = refit(H, C[l], kept[l], live)
        removed.append(rows)
        costs.append(rises.ravel()[first])
    return rebuilt(net, C, kept), np.concatenate(removed), np.concatenate(costs)


def _aimed(H, new, old, C, free, lambda_):
    """C0: the weights that give the old outputs from the new inputs; where not ``free``, they stay; (n_out, d)."""
    if np.array_equal(new, old):
        return C
    ones = C.shape[1] - new.shape[1]  # 1 with a bias, 0 without
    moment = np.zeros((C.shape[1], len(C)))
    for start in range(0, len(new), ROWS):
        A_new, A_old = (np.pad(a[start:start + ROWS].astype(np.float64), ((0, 0), (0, ones)), constant_values=1)
                        for a in (new, old))
        moment += A_new.T @ (A_old @ C.T)  # (d, rows) (rows, n_out) -> (d, n_out)
    target, aimed = (moment / len(new)).T + lambda_ * C, C.copy()
    for unit, row in enumerate(free):
        S = np.flatnonzero(row)
        if len(S):
            aimed[unit, S] = spd_solve(H[np.ix_(S, S)], target[unit, S], "a unit's damped Hessian")
    return aimed
