"""Between magnitude and Optimal Brain Damage: the curvature counts, but by a power of it only.

    letter   meaning                                                  shape
    h        diagonal of the Hessian on the samples (``obd``)         (N,)
    p        the power, 0 to 1                                        float
    L        saliency h^p w^2                                         (N,)

Magnitude ranks by w^2, Optimal Brain Damage by h w^2. With L = h^p w^2

    p = 0   magnitude        p = 1   Optimal Brain Damage        p = 1/2   their geometric mean

Why not p = 1? The parabola that OBD relies on is right for a small step from a minimum. In gradual pruning nothing of
this holds: the net is trained at a high rate and is at no minimum, it is trained on after the removal, and h is small
today where it may be large after some hundred steps (a unit that is rarely active now). Magnitude knows nothing of
scale on the other side: a weight on a pixel that is almost always 0 counts as much as one in the middle. p = 1/2
halves both errors on a logarithmic scale. It is a compromise and no theorem. In ``reproduce.records``, where training
goes on for long between and after the removals, plain magnitude (p = 0) was no worse on validation data.

Weights that have no effect, since no path of kept weights leads through them, have L = 0 and go first (``compact``).
"""

from __future__ import annotations

import numpy as np

from .._util.checks import in_range, is_net
from ..nn.backprop import unflatten
from ..nn.compaction import compact
from ..nn.layer_matrix import columns, prunable
from ..nn.parameters import checked_samples
from .obd import backpass_diagonal
from .result import prune_by_scores


def prune_tempered(net, x, y, *, sparsity, power=0.5, scope="global"):
    """Remove the weights of the smallest h^p w^2, those without effect first.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)
        Labels or targets.
    sparsity : float in [0, 1), or a rising sequence of them
        The share of all weights that is gone in the result: exactly ``round(sparsity * n_weights)``.
    power : float in [0, 1]
        p of the formula: 0 is magnitude, 1 is OBD.
    scope : {"global", "network", "layer"}
        Rank over the whole net, or layer by layer.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        Its costs are h^p w^2.

    Raises
    ------
    ValueError
        If an argument is out of its range, x and y do not fit the net, or more than ``sparsity`` is pruned already.

    Examples
    --------
    The second input is ten times larger: OBD keeps its weight, magnitude the other one; the mean agrees with OBD.

    >>> from nnprune import MLP
    >>> net, x, y = MLP.from_arrays([[[2.0, 1.0]]], loss="mse"), [[1.0, 10.0], [1.0, -10.0]], [12.0, -8.0]
    >>> [prune_tempered(net, x, y, sparsity=0.5, power=p).net.weights[0].tolist() for p in (0, 0.5, 1)]
    [[[2.0, 0.0]], [[0.0, 1.0]], [[0.0, 1.0]]]
    """
    power = in_range("power", power, 0, 1)
    x, _ = checked_samples(is_net(net), x, y)
    scores = [np.where(prunable(net, l, False), 0.0, np.inf) for l in range(len(net.weights))]
    # h is that of the compact net: the same numbers, since what was left out has no effect, for less work.
    c = compact(net)
    h = np.abs(backpass_diagonal(c.net, x[:, c.inputs], y)) if power else np.ones(c.net.parameters().size)
    h = unflatten(h, c.net.weights, c.net.biases)[0]
    levels = [c.inputs, *c.units, np.arange(net.sizes[-1])]
    for l, (before, after) in enumerate(zip(levels, levels[1:])):
        place = np.ix_(after, before)
        L = h[l]**power * columns(net, l)[place]**2
        scores[l][place] = np.where(np.isinf(scores[l][place]), np.inf, L)
    return prune_by_scores(net, scores, sparsity, scope, False, f"tempered OBD, power {power:g}, {scope}")
