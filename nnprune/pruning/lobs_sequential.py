"""Exact L-OBS on the inputs that the pruned net really has, layer after layer.

    letter   meaning                                                              shape
    A        a layer's inputs in the unpruned net, ones last for the bias         (n, d)
    A^       the same in the net pruned so far                                    (n, d)
    C        the layer's weights before                                           (n_out, d)
    C0       the weights that give the old outputs from the new inputs            (n_out, d)
    lambda   damping * diag(1/n A^'A^)                                            (d,)
    H        1/n A^'A^ + diag(lambda)                                             (d, d)

Pruning a layer changes the inputs of the next one. The paper keeps every layer's pre-activations on its *old* inputs,
and the errors add up on the way to the output (its Theorem 3.2). Here each layer aims at its old outputs from its
*new* inputs, so that it repairs what it can of the errors before it:

    minimise 1/(2n) |A^ C^' - A C'|^2 + 1/2 sum_j lambda_j (C^_j - C_j)^2

which without pruning has the solution H C0' = 1/n A^'A C' + diag(lambda) C', and from there rises as
1/2 (C^ - C0) H (C^ - C0)' a unit: OBS again, with C0 for C. How many weights each layer loses is decided before, on
the unpruned net's inputs, since layers that are not there yet cannot be ranked. The first layer's inputs are the same
in both nets, so it is taken as that pruning left it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._util.executor import Map
from .._util.types import FloatArray
from ..hessian.layer import input_hessian, output_moment
from ..hessian.linalg import spd_solve
from ..nn.layer_matrix import column_masks, columns, prunable, rebuilt
from ..nn.mlp import MLP
from .lobs_exact import HERE, LayerTrace, cut, greedy_order
from .masks import Pattern
from .result import PruneResult


def prune_sequentially(net: MLP, x: FloatArray, original: PruneResult, *, prune_biases: bool = False,
                       map: Map = HERE, pattern: Pattern | None = None) -> PruneResult:
    """Prune layer after layer, each to the number of removals it has in the ``original`` result.

    Parameters
    ----------
    net : MLP
    x : ndarray of shape (n, n_in)
    original : PruneResult
        Of exact L-OBS on the unpruned net's inputs, from the same net and samples; its damping is used here too. A
        layer without a report in it was not to be pruned, and stays as it is.
    prune_biases : bool
    map : callable
        The ``executor_map`` of an executor.
    pattern : (n, m), optional

    Returns
    -------
    PruneResult
        ``removed`` goes layer after layer; ``costs`` are the rises of each layer's damped error above that of C0.
    """
    old, _ = net.layer_inputs(x)
    C, kept = [columns(net, l) for l in range(len(old))], [column_masks(net, l) for l in range(len(old))]
    layer = original.removed[:, 0]
    C[0], kept[0] = columns(original.net, 0), column_masks(original.net, 0)
    removed, costs = [original.removed[layer == 0]], [original.costs[layer == 0]]
    for l in sorted({report.layer for report in original.layers} - {0}):
        new = rebuilt(net, C, kept).layer_inputs(x)[0][l]
        trace = LayerTrace(C[l], kept[l], prunable(net, l, prune_biases),
                           input_hessian(new, net.biases[l] is not None), original.damping or 0.0,
                           pattern=pattern)
        trace.C = _aimed(trace, new, old[l])
        trace.trace(map)
        rows, rises, [C[l]], [kept[l]] = cut([trace], greedy_order([trace.costs])[:int((layer == l).sum())])
        rows[:, 0] = l
        removed.append(rows)
        costs.append(rises)
    return replace(original, net=rebuilt(net, C, kept), removed=np.concatenate(removed), costs=np.concatenate(costs),
                   method=f"{original.method}, on the pruned net's inputs")


def _aimed(layer: LayerTrace, new: FloatArray, old: FloatArray) -> FloatArray:
    """C0: the weights that give the old outputs from the new inputs, (n_out, d); pruned ones stay as they are."""
    if np.array_equal(new, old):
        return layer.C
    C = layer.C
    target, aimed = output_moment(new, old, C).T + layer.charges * C, C.copy()
    for unit, free in enumerate(layer.kept & layer.live):
        S = np.flatnonzero(free)
        if len(S):
            aimed[unit, S] = spd_solve(layer.H[np.ix_(S, S)], target[unit, S], "a unit's damped Hessian")
    return aimed
