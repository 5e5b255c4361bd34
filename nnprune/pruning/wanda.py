"""Wanda: the weights go that matter least for what the layer's inputs are, and nothing compensates.

    letter   meaning                                                            shape
    A        a layer's inputs, the ones of the bias as last column              (n, d)
    C        the layer's weights, the bias as last column                       (n_out, d)
    H        the Hessian of the layer's error, 1/n A'A                          (d, d)
    S        score of each weight                                               (n_out, d)

Sun, Liu, Bair & Kolter (ICLR 2024, section 3, eq. 1) take as the score of a weight its size times the norm of what it
is multiplied by,

    S_ij = |C_ij| |A_j|_2 / sqrt(n) = |C_ij| sqrt(H_jj)

(the 1/sqrt(n) is ours: it makes scores of different n comparable and changes no ranking), and compare the weights of
one unit with each other only, so that every unit loses the same share.

Seen from here it is Optimal Brain Damage on the layer's own error: S_ij^2 / 2 = H_jj C_ij^2 / 2 is the saliency of OBD
with the diagonal of this H (``obd``), and it is exactly what removing this one weight costs if nothing compensates.
It takes one pass over the samples and one sort, no inverse. With inputs of equal norms it is magnitude pruning.

Where it departs from the authors' code: theirs recomputes the inputs after each block of a transformer is pruned; here
all layers are scored on the inputs of the unpruned net, as exact L-OBS does by default.

When it fails: inputs that move together. Of two equal inputs both weights look needed, or both not.

Reference: Sun, Liu, Bair & Kolter, "A Simple and Effective Pruning Approach for Large Language Models", ICLR 2024
(arXiv 2306.11695, 2023).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from .._util.checks import is_net, net_inputs, one_of
from .._util.types import BoolArray, FloatArray, Shares, Sparsities
from ..nn.layer_matrix import columns, prunable
from ..nn.mlp import MLP
from .masks import offsets
from .result import PruneResult, prune_by_scores

WandaScope = Literal["unit", "layer", "network"]


@overload
def prune_wanda(net: MLP, x: npt.ArrayLike, *, sparsity: float | Shares | None = ..., n_remove: int | None = ...,
                scope: WandaScope = ...) -> PruneResult: ...


@overload
def prune_wanda(net: MLP, x: npt.ArrayLike, *, sparsity: Sparsities, n_remove: int | None = ...,
                scope: WandaScope = ...) -> list[PruneResult]: ...


def prune_wanda(net: MLP, x: npt.ArrayLike, *, sparsity: float | Shares | Sparsities | None = None,
                n_remove: int | None = None, scope: WandaScope = "unit") -> PruneResult | list[PruneResult]:
    """Remove the weights with the smallest |weight| times norm of its input; the others stay as they are.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x : array_like of shape (n, n_in)
        Samples. No labels are needed.
    sparsity : float in [0, 1), a rising sequence of them, or a mapping from layers to such
        The share of all weights that is gone in the result: exactly ``round(sparsity * n_weights)``. Layers without a
        share in a mapping stay as they are.
    n_remove : int
        The number of weights to remove, instead of ``sparsity``; with ``scope="network"`` only.
    scope : {"unit", "layer", "network"}
        Rank the weights of each unit for themselves, as the authors do, so that all units of a layer keep equally many
        (or one more); those of a layer together; or all.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        Its costs are the scores.

    Raises
    ------
    ValueError
        If an argument is out of its range, x does not fit the net, or more than ``sparsity`` is pruned already.

    References
    ----------
    Sun, Liu, Bair & Kolter, "A Simple and Effective Pruning Approach for Large Language Models", ICLR 2024.

    Examples
    --------
    The smallest weight stays, since its input is large.

    >>> net = MLP.from_arrays([[[2.0, 1.0]]], loss="mse")
    >>> prune_wanda(net, [[1.0, 10.0], [1.0, -10.0]], sparsity=0.5).net.weights[0]
    array([[0., 1.]])
    """
    one_of("scope", scope, ("unit", "layer", "network"))
    if n_remove is not None and scope != "network":
        raise ValueError(f"n_remove={n_remove} with scope={scope!r}: only scope='network' counts weights one by one; "
                         f"give sparsity, or take scope='network'")
    x = net_inputs(is_net(net), x)
    scores = []
    for l, A in enumerate(net.layer_inputs(x)[0]):
        C = np.abs(columns(net, l))
        norms = np.ones(C.shape[1])  # of the bias's ones 1
        norms[:A.shape[1]] = np.sqrt(np.einsum("nj,nj->j", A, A, dtype=np.float64) / len(A))  # sqrt(H_jj)
        scores.append(C * norms)  # eq. 1: (n_out, d) (d,) -> (n_out, d)
    ranked = scores if scope != "unit" else [_from_the_top(S, prunable(net, l, False)) for l, S in enumerate(scores)]
    results = prune_by_scores(net, ranked, sparsity=sparsity, n_remove=n_remove, method=f"Wanda, {scope}",
                              scope="network" if scope == "network" else "layer")
    listed = results if isinstance(results, list) else [results]
    flat, width = np.concatenate([S.ravel() for S in scores]), np.array([S.shape[1] for S in scores])
    found = [replace(r, costs=flat[offsets(scores)[l] + i * width[l] + j]) for r in listed for l, i, j in [r.removed.T]]
    return found if isinstance(results, list) else found[0]


def _from_the_top(S: FloatArray, prunable: BoolArray) -> FloatArray:
    """Scores by which a ranking of the layer takes every unit's next weight in turn: their ranks in their own unit.

    The largest of each unit has the same rank, so the unit with most weights left comes first; of equal ranks the
    smaller weight does, by a part below 1.
    """
    ranks = np.argsort(np.argsort(np.where(prunable, S, -np.inf), axis=1, kind="stable"), axis=1)
    return ranks + S / (2 * max(S.max(initial=0), np.finfo(float).tiny))
