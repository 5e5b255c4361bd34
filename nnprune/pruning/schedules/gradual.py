"""Gradual pruning: a little goes, the net is trained for a moment at a high rate, a little goes, and so on.

    letter   meaning                                            shape
    n        number of weights                                  int
    k0, k1   weights kept before the first, after the last      int
    R        number of rounds                                   int
    k_i      weights kept after round i                         int

How fast (``shape``):

    geometric   k_i = k0 (k1 / k0)^(i / R)              each round takes the same share of what is left
    cubic       k_i = k1 + (k0 - k1) (1 - i / R)^3      Zhu & Gupta 2017, eq. 1: fast while much is redundant

In ``schedule`` rounds are of equal size; here the last few thousand weights get most of the rounds. The rate stays
high: the net shall move to where the remaining weights suffice. Fine-tuning is the caller's (``train_compact``).

Three things make a round exact and fast.

- *Dead weights.* A unit that lost all inputs, or all outputs, is dead, and weights kept at it are kept in vain. After
  each round they are dropped (``compact.drop_dead``), and as many of the weights just removed that have both ends in
  use come back, the dearest first. So the count is exact, and is spent on weights in effect.
- *Compaction.* Training runs on ``compact(net)``, which is smaller, gives the same outputs, and is written back.
- *Rows.* A round trains on as many samples as it needs, drawn anew, not on slices of all.

When it fails: a weight gone is gone (after its round), so too few rounds decide too early; and a rate that the dense
net stands may be too high for the sparse one.

Reference: Zhu & Gupta, "To prune, or not to prune", 2017 (arXiv 1710.01878).
"""

from __future__ import annotations

import numpy as np

from ..._util.checks import is_net, one_of, whole_number
from ...nn.compaction import compact, drop_dead
from ...nn.losses import checked_samples
from ...nn.sgd import train
from ..masks import removals, share
from ..result import PruneResult


def prune_gradually(net, x, y, prune, *, sparsity, rounds=40, steps=100, shape="geometric", learning_rate=0.1,
                    batch_size=128, momentum=0.9, weight_decay=0.0, rng=0, progress=None):
    """Prune in rounds, each followed by ``steps`` steps of training at a constant rate, masks held.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like of shape (n, n_in), and (n,) or (n, n_out)
        Samples, and labels or targets, to train on.
    prune : callable
        ``prune(net, sparsity) -> PruneResult``, biases not pruned: for instance
        ``lambda net, s: prune_magnitude(net, sparsity=s)``.
    sparsity : float in [0, 1)
        The share of all weights that is gone in the result, exactly as everywhere.
    rounds, steps : int
        R, and mini-batches after each round.
    shape : {"geometric", "cubic"}
    learning_rate, batch_size, momentum, weight_decay
        As for ``train``.
    rng : int or numpy.random.Generator
        Draws the samples.
    progress : callable, optional
        ``progress(done, total)`` with the number of removals after every round.

    Returns
    -------
    PruneResult
        ``costs`` are those of the pruner; 0 for dead weights.

    Raises
    ------
    ValueError
        If an argument is out of its range, more is pruned already, or the pruner or the training refuses its own.

    Examples
    --------
    >>> from nnprune import MLP, make_xor, prune_magnitude
    >>> data = make_xor()
    >>> r = prune_gradually(MLP((2, 8, 2), rng=0), data.x_train, data.y_train,
    ...                     lambda net, s: prune_magnitude(net, sparsity=s), sparsity=0.5, rounds=4, batch_size=4)
    >>> r.net.sparsity, len(r.removed), r.net.accuracy(data.x_train, data.y_train)
    (0.5, 16, 1.0)
    """
    rng, n = np.random.default_rng(rng), is_net(net).n_weights
    x, t = checked_samples(net, x, y, dtype=None)
    draw = min(len(x), whole_number("steps", steps, 0) * whole_number("batch_size", batch_size, 1))
    k0 = sum(int(mask.sum()) for mask in net.masks)
    goals = kept_counts(k0, n - removals(sparsity, n), rounds, shape)
    removed, costs, method = [np.empty((0, 3), int)], [np.empty(0)], "nothing"
    for k in goals:
        before, r = net, _pruned(net, prune, share(n - k, n))
        net, method = _spent_well(before, r), r.method
        rows, prices = _gone(r, net)
        removed.append(rows)
        costs.append(prices)
        if draw:
            rows = rng.choice(len(x), draw, replace=False)
            net = train_compact(net, x, t, rows=rows, iterations=steps, batch_size=batch_size, momentum=momentum,
                                learning_rate=learning_rate, weight_decay=weight_decay,
                                learning_rate_schedule="constant", rng=rng)
        if progress is not None:
            progress(n - k, n - goals[-1])
    return PruneResult(net, np.concatenate(removed), np.concatenate(costs),
                       f"gradual, {shape}, {rounds} rounds of {steps} steps, {method}")


def _pruned(net, prune, sparsity):
    """What the pruner makes of the net, if it is a result with weights only."""
    if not callable(prune):
        raise ValueError(f"prune must be a function of a net and a sparsity, but it is {prune!r}")
    r = prune(net, sparsity)
    if not isinstance(r, PruneResult):
        raise ValueError(f"prune must return a PruneResult, but it returned a {type(r).__name__}")
    if (r.removed[:, 2] >= np.array([W.shape[1] for W in net.weights])[r.removed[:, 0]]).any():
        raise ValueError("prune removed biases, which gradual pruning does not count: leave out prune_biases")
    return r


def kept_counts(k0, k1, rounds, shape):
    """The weights kept after each of the rounds, from ``k0`` down to ``k1``.

    Examples
    --------
    >>> kept_counts(1000, 1, 3, "geometric"), kept_counts(1000, 0, 4, "cubic")
    ([100, 10, 1], [422, 125, 16, 0])
    """
    i = np.arange(1, whole_number("rounds", rounds, 1) + 1) / rounds
    if k1 > k0:
        raise ValueError(f"{k1} weights are to be kept, but only {k0} are left: ask for more sparsity")
    if one_of("shape", shape, ("geometric", "cubic")) == "cubic":
        k = k1 + (k0 - k1) * (1 - i)**3
    else:
        k = max(k0, 1) * (max(k1, 1) / max(k0, 1))**i  # no geometric way leads to 0: it ends at 1, then all go
    return [round(float(v)) for v in k[:-1]] + [k1]


def train_compact(net, x, y, *, rows=None, **options):
    """``train`` on the compact net, written back: for less work, with a new net as result and the errors of ``train``.

    The steps are those of training the whole net, up to rounding, unless a unit of constant output has been folded into
    the next biases: what was two parameters is one then, and moves at another pace.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : ndarray of shape (n, n_in), and (n,) or (n, n_out)
    rows : ndarray of int, optional
        The samples to train on; all by default.
    **options
        Of ``train``.

    Returns
    -------
    MLP
        Of the shape and with the weight masks of ``net``; kept weights that had no effect are 0.

    Examples
    --------
    >>> from nnprune import MLP, make_xor, prune_magnitude
    >>> data, net = make_xor(), prune_magnitude(MLP((2, 16, 2), rng=0), sparsity=0.4).net
    >>> trained = train_compact(net, data.x_train, data.y_train, epochs=300, batch_size=4)
    >>> trained.accuracy(data.x_train, data.y_train), round(trained.sparsity, 2)
    (1.0, 0.41)
    """
    c, x, y = compact(net), np.asarray(x), np.asarray(y)
    everything = len(c.inputs) == x.shape[1]
    x = (x if everything else x[:, c.inputs]) if rows is None else x[np.ix_(rows, c.inputs)]
    train(c.net, x, y if rows is None else y[rows], **options)
    trained = c.expand(c.net)
    trained.masks = [mask.copy() for mask in net.masks]
    return trained


def _spent_well(before, r):
    """The pruned net of the result ``r`` without dead weights, and as many weights kept.

    For each weight dropped, the dearest one just removed that has both ends in use comes back; should these not
    suffice, dead ones stay, as zeros.
    """
    net = drop_dead(r.net)
    dead = _rows([kept & ~m for kept, m in zip(r.net.masks, net.masks)])
    if len(dead):
        c = compact(net)
        levels = [np.arange(net.sizes[0]), *c.units, np.arange(net.sizes[-1])]
        used = [np.isin(np.arange(size), level) for size, level in zip(net.sizes, levels)]
        both_used = _at([np.outer(after, ends) for ends, after in zip(used, used[1:])], r.removed)
        dearest = r.removed[both_used][np.argsort(r.costs[both_used], kind="stable")[::-1]]
        for l, unit, column in np.concatenate([dearest, dead])[:len(dead)]:
            net.masks[l][unit, column] = True
            if used[l + 1][unit] and used[l][column]:
                net.weights[l][unit, column] = before.weights[l][unit, column]
    return net


def _gone(r, net):
    """Rows and costs of what the round removed in the end: the pruner's, without what came back, and the dead."""
    gone = ~_at(net.masks, r.removed)
    dead = _rows([kept & ~m for kept, m in zip(r.net.masks, net.masks)])
    return np.concatenate([r.removed[gone], dead]), np.concatenate([r.costs[gone], np.zeros(len(dead))])


def _rows(masks):
    """Layer, unit and input of every True: (k, 3)."""
    return np.concatenate([np.column_stack([np.full(int(m.sum()), l), *np.nonzero(m)]) for l, m in enumerate(masks)])


def _at(masks, rows):
    """What the masks say at every row (layer, unit, input): (k,) bool."""
    return np.array([masks[l][unit, column] for l, unit, column in rows.tolist()], bool)
