"""Prune, retrain, repeat: any pruner in small steps, with a little training after each.

    letter   meaning                                        shape
    n        number of weights                              int
    k        weights removed after a round                  int

A round removes ``every`` weights and then trains what is left for a moment, the masks held (Han et al. 2015; the
course report: 3 mini-batches after every 2,000 weights). The pruner sees a net that has recovered from the last
round, and the training repairs what no layer-wise error can see: the loss itself.

A result in the middle of a round (a sparsity that is no multiple of ``every``) is made from the last whole round by
a shorter one, and the run goes on from the whole round. So asking for more results changes none of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..._util.checks import is_net, one_of, whole_number
from ...nn.sgd import train
from ..masks import removals, share, sparsity_list


def prune_and_retrain(net, x, y, prune, *, sparsity, every=2000, retrain=3, unit="iterations", learning_rate=0.1,
                      batch_size=128, momentum=0.9, weight_decay=0.0, rng=0, progress=None):
    """Prune in rounds of ``every`` weights, with some training after each.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like of shape (n, n_in), (n,)
        What the net is retrained on.
    prune : callable
        ``prune(net, sparsity) -> PruneResult``: how a round prunes, for instance
        ``lambda net, s: prune_lobs(net, x, sparsity=s, inverse="shared")``.
    sparsity : float in [0, 1), or a rising sequence of them
        The share of all weights (biases not counted) that is gone in the result.
    every : int
        Weights removed in a round.
    retrain : int
        How much training follows a round; 0 for none.
    unit : {"iterations", "epochs"}
        What ``retrain`` counts: mini-batches or passes through the data.
    learning_rate, batch_size, momentum, weight_decay
        As for ``train``; the rate is constant, the velocity begins at 0 in every round.
    rng : int or numpy.random.Generator
        Draws the mini-batches.
    progress : callable, optional
        ``progress(done, total)`` with the number of removals after every round.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        ``removed`` and ``costs`` of all rounds, in order.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the pruner or the training refuses its own.

    Examples
    --------
    >>> from nnprune import MLP, make_xor, prune_magnitude
    >>> data = make_xor()
    >>> r = prune_and_retrain(MLP((2, 8, 2), rng=0), data.x_train, data.y_train,
    ...                       lambda net, s: prune_magnitude(net, sparsity=s), sparsity=0.5, every=4)
    >>> r.net.sparsity, len(r.removed)
    (0.5, 16)
    """
    is_net(net)
    values, single = sparsity_list(sparsity)
    every, retrain = whole_number("every", every, 1), whole_number("retrain", retrain, 0)
    length = {one_of("unit", unit, ("iterations", "epochs")): retrain}
    seed = int(np.random.default_rng(rng).integers(2**63))
    n = net.n_weights
    k, total = n - sum(int(mask.sum()) for mask in net.masks), removals(values[-1], n)
    done, results = None, []

    def one_round(k):
        """Prune what is ``done`` until k weights are gone, then train; the same k draws the same mini-batches."""
        r = prune(net if done is None else done.net, share(k, n))
        if retrain:
            train(r.net, x, y, **length, batch_size=batch_size, learning_rate=learning_rate, momentum=momentum,
                  weight_decay=weight_decay, learning_rate_schedule="constant", rng=np.random.default_rng([seed, k]))
        if progress is not None:
            progress(k, total)
        if done is None:
            return r
        return replace(r, removed=np.concatenate([done.removed, r.removed]),
                       costs=np.concatenate([done.costs, r.costs]))

    for value in values:
        goal = removals(value, n)
        while k + every <= goal:
            k += every
            done = one_round(k)
        results.append(done if done is not None and k == goal else one_round(goal))
    results = [replace(r, method=f"{r.method}, {retrain} {unit} after every {every}") for r in results]
    return results[0] if single else results
