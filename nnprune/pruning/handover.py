"""The hand-over: exact L-OBS as far as it is good, then the full OBS on what is left.

L-OBS handles any number of weights, but each unit for itself and by the error of its layer. OBS lets all weights of the
net make up for each other and goes by the loss, but needs a k x k matrix for k parameters. So L-OBS prunes to a few
thousand weights, where it costs almost nothing, and OBS, with the dense Hessian of the survivors alone, does the rest.

When it fails: the survivors of L-OBS stay near the layer outputs of the dense net, not at a minimum of the loss, so the
gradient that OBS takes for 0 is not. With few samples or little damping OBS follows a quadratic out to where it holds
no longer: the damping is there to keep the steps short (see ``obs``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .._util.checks import in_range
from .lobs import prune_lobs
from .masks import removals, sparsity_list
from .obs import prune_obs


def prune_handover(net, x, y, *, sparsity, at=0.98, refresh=50, damping=0.1, hessian="gauss-newton", lobs_damping=1e-4,
                   max_memory=4 * 2**30, progress=None):
    """Prune by exact L-OBS up to the sparsity ``at``, by full OBS beyond.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like of shape (n, n_in), (n,)
        Samples, and labels or targets; L-OBS takes x only.
    sparsity : float in [0, 1), or a rising sequence of them
        The share of all weights that is gone in the result. Up to ``at`` it is L-OBS's result.
    at : float in [0, 1)
        The sparsity of the hand-over.
    refresh, damping, hessian
        Of ``prune_obs``.
    lobs_damping : float
        Of ``prune_lobs``.
    max_memory : float
        Of either.
    progress : callable, optional
        ``progress(done, total)``, for either part.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        ``costs`` are in two measures: the layer's error up to the hand-over, the loss from there.

    Raises
    ------
    ValueError
        As ``prune_lobs`` and ``prune_obs``.

    Examples
    --------
    >>> from nnprune import MLP
    >>> rng = np.random.default_rng(0)
    >>> net, x, y = MLP((6, 8, 3), rng=0), rng.normal(size=(50, 6)), rng.integers(3, size=50)
    >>> prune_handover(net, x, y, sparsity=0.75, at=0.5).method
    'L-OBS, exact, to 0.5, then OBS, gauss-newton Hessian, refresh 50'
    """
    values, single = sparsity_list(sparsity)
    at = in_range("at", at, 0, 1, high_open=True)
    first, last = [s for s in values if s <= at], [s for s in values if s > at]
    results = prune_lobs(net, x, sparsity=sorted({*first, at}), damping=lobs_damping, max_memory=max_memory,
                         progress=progress)
    handed, results = results[-1], results[:len(first)]
    if last and removals(last[-1], net.n_weights) > removals(at, net.n_weights):
        further = prune_obs(handed.net, x, y, sparsity=last, refresh=refresh, damping=damping, hessian=hessian,
                            max_memory=max_memory, progress=progress)
        results += [replace(handed, net=r.net, removed=np.concatenate([handed.removed, r.removed]),
                            costs=np.concatenate([handed.costs, r.costs]), damping=None,
                            method=f"{handed.method}, to {at:g}, then {r.method}") for r in further]
    else:
        results += [handed] * len(last)
    return results[0] if single else results
