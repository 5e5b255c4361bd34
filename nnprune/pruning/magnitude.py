"""Magnitude pruning removes the smallest weights. Its baseline removes weights at random.

    letter   meaning                          shape
    W        weights of a layer               (n_out, n_in)
    L        saliency, the rank of a weight   (n_out, n_in)

Magnitude (Han, Pool, Tran & Dally, NIPS 2015, section 3): L = |w|. It costs one sort and needs no data. Seen
from OBS it is the second-order method with H = c I: L_q = w_q^2 / (2 [H^-1]_qq) = c w_q^2 / 2 ranks as |w_q| does, and
H^-1 without off-diagonal entries compensates nothing. So it fails where inputs differ in scale or move together.

Ranking: over the whole net (``scope="network"``, also called global), or in every layer for itself
(``scope="layer"``), each layer losing the same share. Equal magnitudes go in the order in which they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np

from .._util.checks import generator, is_net
from .._util.types import Scope, Seed, Shares, Sparsities
from ..nn.layer_matrix import columns
from ..nn.mlp import MLP
from .result import PruneResult, prune_by_scores


@overload
def prune_magnitude(net: MLP, *, sparsity: float | Shares | None = ..., n_remove: int | None = ...,
                    scope: Scope = ..., prune_biases: bool = ..., layers: Sequence[int] | None = ...,
                    pattern: str | None = ...) -> PruneResult: ...


@overload
def prune_magnitude(net: MLP, *, sparsity: Sparsities, n_remove: int | None = ...,
                    scope: Scope = ..., prune_biases: bool = ..., layers: Sequence[int] | None = ...,
                    pattern: str | None = ...) -> list[PruneResult]: ...


def prune_magnitude(net: MLP, *, sparsity: float | Shares | Sparsities | None = None,
                    n_remove: int | None = None, scope: Scope = "network", prune_biases: bool = False,
                    layers: Sequence[int] | None = None,
                    pattern: str | None = None) -> PruneResult | list[PruneResult]:
    """Remove the weights of the smallest magnitude.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    sparsity : float in [0, 1), a rising sequence of them, or a mapping from layers to such
        The share of all weights that is gone in the result: exactly ``round(sparsity * n_weights)``. With a share for
        each layer, ``{0: 0.95, 2: 0.5}``, layers without one stay as they are.
    n_remove : int
        The number of weights to remove, instead of ``sparsity``.
    scope : {"network", "layer"}
        Rank over the whole net, or layer by layer (not with ``n_remove``).
    prune_biases : bool
        Whether biases are ranked, counted and removed like weights.
    layers : sequence of int, optional
        Only these are pruned, and ``sparsity`` is the share of their weights.
    pattern : str
        ``"n:m"``, such as ``"2:4"``, instead of ``sparsity``: of every m consecutive inputs of a unit, the n of the
        largest magnitude are kept. Biases are in no group.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        Its costs are the magnitudes |w|.

    Raises
    ------
    ValueError
        If an argument is out of its range, more than ``sparsity`` is pruned already, or the pattern's m does not divide
        a layer's inputs.

    References
    ----------
    Han, Pool, Tran & Dally, "Learning both Weights and Connections", NIPS 2015.

    Examples
    --------
    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[3.0, -1.0], [0.5, 2.0]]])
    >>> r = prune_magnitude(net, sparsity=0.5)
    >>> r.net.weights[0]
    array([[3., 0.],
           [0., 2.]])
    >>> r.removed
    array([[0, 1, 0],
           [0, 0, 1]])
    """
    scores = [np.abs(columns(net, l)) for l in range(len(is_net(net).weights))]
    return prune_by_scores(net, scores, sparsity=sparsity, n_remove=n_remove, scope=scope, prune_biases=prune_biases,
                           layers=layers, pattern=pattern, method=f"magnitude, {pattern or scope}")


@overload
def prune_random(net: MLP, *, sparsity: float | Shares | None = ..., n_remove: int | None = ...,
                 scope: Scope = ..., prune_biases: bool = ..., layers: Sequence[int] | None = ...,
                 rng: Seed = ...) -> PruneResult: ...


@overload
def prune_random(net: MLP, *, sparsity: Sparsities, n_remove: int | None = ...,
                 scope: Scope = ..., prune_biases: bool = ..., layers: Sequence[int] | None = ...,
                 rng: Seed = ...) -> list[PruneResult]: ...


def prune_random(net: MLP, *, sparsity: float | Shares | Sparsities | None = None,
                 n_remove: int | None = None, scope: Scope = "network", prune_biases: bool = False,
                 layers: Sequence[int] | None = None, rng: Seed = 0) -> PruneResult | list[PruneResult]:
    """Remove weights at random: the baseline that every method must beat.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    sparsity, n_remove, scope, prune_biases, layers
        As for ``prune_magnitude``. The results for a sequence of sparsities are nested.
    rng : int or numpy.random.Generator

    Returns
    -------
    PruneResult, or a list of them for a sequence
        Its costs are 0: nothing is predicted.

    Raises
    ------
    ValueError
        As ``prune_magnitude``.

    Examples
    --------
    >>> from nnprune import MLP
    >>> prune_random(MLP((4, 3), rng=0), sparsity=0.25, rng=1).net.sparsity
    0.25
    """
    rng = generator(rng)
    scores = [rng.random(columns(net, l).shape) for l in range(len(is_net(net).weights))]
    results = prune_by_scores(net, scores, sparsity=sparsity, n_remove=n_remove, scope=scope,
                              prune_biases=prune_biases, layers=layers, method=f"random, {scope}")
    for r in results if isinstance(results, list) else [results]:
        r.costs[:] = 0
    return results
