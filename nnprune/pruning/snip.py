"""SNIP: the weights that the loss feels least go before training begins.

    letter   meaning                                                       shape
    w        all parameters at initialisation                              (N,)
    c        a switch on every parameter: the net computes with c * w      (N,)
    g        gradient dE/dw at w                                           (N,)
    s        saliency s_q = |w_q g_q|                                      (N,)

The problem (Lee, Ajanthan & Torr, ICLR 2019): which connections of a net that knows nothing yet can go, so that
training what is left still works? Put a switch c_q on every weight, 1 for kept and 0 for gone. How E would change
if switch q were turned off needs a pass through the net for every q; its derivative with respect to c needs a
single one for all of them. With E(c * w) and the chain rule

    dE/dc_q = w_q dE/dw_q       at c = 1                                               their section 4.1
    s_q = |w_q g_q|             the paper divides by the sum of all s, which changes no ranking

The smallest go, in one shot, and the others stay as they are. The absolute value is the paper's choice: a switch
counts if E depends on it in either direction. Mozer & Smolensky (NIPS 1, 1988) did the same with a switch on every
unit of a trained net, and kept the sign.

Beside OBD: to second order, turning one switch off changes E by -w_q g_q + h_qq w_q^2 / 2. OBD stands at a minimum,
where g = 0, and ranks by the second term. SNIP stands at the start, where g is large, and ranks by the first.

One law of s (Tanaka et al., NeurIPS 2020, theorem 1): in a relu net the sum of w_q g_q over what comes into a hidden
unit, its bias included, equals the sum over what goes out of it. With biases of 0, as ``MLP`` begins, every layer
therefore has the same sum, however many weights share it: those of the largest layer tend to have the smallest s.

When it fails: at a minimum g = 0 and the ranking is noise, so a trained net needs another method. Removing many at
once is far outside the first order, and nothing compensates them. And by the law above a large layer may lose all
its weights while small ones lose few; the result's ``method`` says so when a layer has died.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import numpy.typing as npt

from .._util.checks import is_net, net_inputs
from .._util.types import FloatArray, Scope, Shares, Sparsities
from ..nn.mlp import MLP, warn_of_dead_layers
from .result import PruneResult, asked_for, prune_by_saliencies


@overload
def prune_snip(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: float | Shares | None = ...,
               n_remove: int | None = ..., scope: Scope = ..., prune_biases: bool = ...,
               layers: Sequence[int] | None = ...) -> PruneResult: ...


@overload
def prune_snip(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: Sparsities,
               n_remove: int | None = ..., scope: Scope = ..., prune_biases: bool = ...,
               layers: Sequence[int] | None = ...) -> list[PruneResult]: ...


def prune_snip(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: float | Shares | Sparsities | None = None,
               n_remove: int | None = None, scope: Scope = "network", prune_biases: bool = False,
               layers: Sequence[int] | None = None) -> PruneResult | list[PruneResult]:
    """Prune by SNIP: the smallest |w_q dE/dw_q| go. Meant for a net that is not trained yet.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x : array_like of shape (n, n_in)
        The paper takes one mini-batch of 100 samples; more make the saliencies less noisy.
    y : array_like of shape (n,) or (n, c)
        Labels or targets.
    sparsity : float in [0, 1), a rising sequence of them, or a mapping from layers to such
        The share of all weights that is gone in the result: exactly ``round(sparsity * n_weights)``. With a share for
        each layer, ``{0: 0.95, 2: 0.5}``, layers without one stay as they are.
    n_remove : int
        The number of weights to remove, instead of ``sparsity``.
    scope : {"network", "layer"}
        Rank over the whole net (the paper's choice), or layer by layer.
    prune_biases : bool
        Whether biases are ranked, counted and removed like weights. Biases that are 0, as ``MLP`` begins with,
        have the saliency 0 and go first.
    layers : sequence of int, optional
        Only these are pruned, and ``sparsity`` is the share of their weights.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        Its costs are the saliencies s_q.

    Raises
    ------
    ValueError
        If an argument is out of its range, x and y do not fit the net, or more than ``sparsity`` is pruned already.

    References
    ----------
    Lee, Ajanthan & Torr, "SNIP: Single-shot network pruning based on connection sensitivity", ICLR 2019.

    Examples
    --------
    The second weight is small, but its input is large:

    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[2.0, 1.0]]], loss="mse")
    >>> r = prune_snip(net, [[1.0, 10.0], [1.0, -10.0]], [0.0, 0.0], sparsity=0.5)
    >>> r.net.weights[0], r.costs
    (array([[0., 1.]]), array([4.]))
    """
    is_net(net)
    asked_for(net, sparsity, n_remove, scope, prune_biases, layers)  # refused before the work begins
    warn_of_dead_layers(net, net_inputs(net, x))
    return prune_by_saliencies(net, connection_sensitivity(net, x, y), f"SNIP, {scope}", sparsity=sparsity,
                               n_remove=n_remove, scope=scope, prune_biases=prune_biases, layers=layers)


def connection_sensitivity(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
    """s = |w g|: how much the mean loss depends on every connection of the net.

    Parameters
    ----------
    net : MLP
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)

    Returns
    -------
    ndarray of shape (N,)
        In the order of ``net.parameters()``.

    Raises
    ------
    ValueError
        If x or y does not fit the net.

    Examples
    --------
    >>> from nnprune import MLP
    >>> connection_sensitivity(MLP.from_arrays([[[2.0, 1.0]]], loss="mse"), [[1.0, 10.0]], [0.0])
    array([ 24., 120.])
    """
    return np.abs(net.parameters() * net.gradient(x, y))  # s_q = |w_q dE/dw_q|: section 4.1
