"""Optimal Brain Damage: the Hessian is taken as diagonal, and no weight compensates another.

    letter   meaning                                                          shape
    h        diagonal of the Hessian, h_kk = d2E/dw_k^2                       (N,)
    s        saliency s_k = h_kk w_k^2 / 2                                    (N,)
    k        d2E/dz^2 of every unit and sample                                (n, n_out)
    e        dE/da of every unit and sample                                   (n, n_out)
    a, z     a unit's activation a = f(z) and its pre-activation              (n, n_out)
    C        d2E/dz2 at the output of one sample                              (c, c)

The problem (LeCun, Denker & Solla, NIPS 2, 1989): which weights can be set to 0 at the least rise of E? At a minimum
the gradient vanishes; if the Hessian were diagonal, the rise would be the sum of h_kk w_k^2 / 2 over the weights that
go (their eq. 3, and step 4 of section 2.2). The smallest go, the others stay as they are.

The diagonal by the paper's *back-pass*, at the price of a gradient (eqs 6-8; sums over samples left out):

    d2E/dw_ij^2 = k_i a_j^2                                        eq. 6
    k_i = f'(z_i)^2 sum_l w_li^2 k_l + f''(z_i) e_i                eq. 7
    k_i = C_ii at the output                                       eq. 8, here with a linear output unit

Eq. 7 is printed with a minus sign before f''; the chain rule gives a plus, and so do finite differences (a test shows
it). Left out on the way are the terms between *different* units of the next layer, sum_l,m w_li w_mi [d2E/dz_l dz_m]
for l /= m. So the back-pass is the true diagonal for a single layer, for the last two layers if C is
diagonal (the squared error), and wherever each layer has one unit; elsewhere it is off, in either direction. Without
f'' it is the *Levenberg-Marquardt* variant of the paper, which cannot become negative.

The other two diagonals leave out nothing on the way: that of the exact Hessian, and that of the Gauss-Newton matrix.

A *negative* h_kk cannot occur at a minimum, on which the method rests. Where the net is not at one, the sum h w^2 / 2
would promise that E falls, most of all for the largest weights: the parabola is not reliable that far out. Here |h_kk|
is taken: strong curvature of either sign says that E depends on the weight. How many were negative stands in the
result's ``method``.

When it fails: the weights of a net do move together, so off-diagonal entries are as large as the diagonal ones. The
prediction holds for the first few removals (30 % in the paper); ``obs`` keeps all of the Hessian.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from .._util.checks import is_net, net_inputs, one_of
from .._util.types import FloatArray, Scope, Shares, Sparsities
from ..hessian.full import exact_diagonal
from ..hessian.outer_products import outer_diagonal
from ..nn.activations import ACTIVATIONS
from ..nn.backprop import flatten
from ..nn.losses import LOSSES, checked_samples
from ..nn.mlp import MLP, warn_of_dead_layers
from ..nn.parameters import batches, output_curvature
from .result import PruneResult, asked_for, prune_by_saliencies

Diagonal = Literal["backpass", "levenberg-marquardt", "exact", "gauss-newton", "fisher"]


@overload
def prune_obd(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: float | Shares | None = ...,
              n_remove: int | None = ..., scope: Scope = ..., hessian: Diagonal = ..., prune_biases: bool = ...,
              layers: Sequence[int] | None = ...) -> PruneResult: ...


@overload
def prune_obd(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: Sparsities,
              n_remove: int | None = ..., scope: Scope = ..., hessian: Diagonal = ..., prune_biases: bool = ...,
              layers: Sequence[int] | None = ...) -> list[PruneResult]: ...


def prune_obd(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: float | Shares | Sparsities | None = None,
              n_remove: int | None = None, scope: Scope = "network", hessian: Diagonal = "backpass",
              prune_biases: bool = False, layers: Sequence[int] | None = None) -> PruneResult | list[PruneResult]:
    """Prune by Optimal Brain Damage: the smallest h_kk w_k^2 / 2 go.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)
        Labels or targets.
    sparsity : float in [0, 1), a rising sequence of them, or a mapping from layers to such
        The share of all weights that is gone in the result: exactly ``round(sparsity * n_weights)``. With a share for
        each layer, ``{0: 0.95, 2: 0.5}``, layers without one stay as they are.
    n_remove : int
        The number of weights to remove, instead of ``sparsity``.
    scope : {"network", "layer"}
        Rank over the whole net, or layer by layer.
    hessian : {"backpass", "levenberg-marquardt", "exact", "gauss-newton"}
        Whose diagonal h is: the paper's back-pass (eq. 7), the same without f'', or the true diagonal of the exact
        Hessian or of the Gauss-Newton matrix. With relu (f'' = 0) the first two are the same, and so are the last
        two.
    prune_biases : bool
        Whether biases are ranked, counted and removed like weights.
    layers : sequence of int, optional
        Only these are pruned, and ``sparsity`` is the share of their weights.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        Its costs are the saliencies; their sum is the predicted rise of the mean loss.

    Raises
    ------
    ValueError
        If an argument is out of its range, x and y do not fit the net, or more than ``sparsity`` is pruned already.

    Notes
    -----
    The back-pass costs two gradients, "gauss-newton" as many as the net has outputs, "exact" as many as the widest
    layer has units.

    References
    ----------
    LeCun, Denker & Solla, "Optimal Brain Damage", NIPS 2, 1989.

    Examples
    --------
    The second input is ten times larger, so its small weight matters more:

    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[2.0, 1.0]]], loss="mse")
    >>> r = prune_obd(net, [[1.0, 10.0], [1.0, -10.0]], [12.0, -8.0], sparsity=0.5)
    >>> r.net.weights[0], r.costs
    (array([[0., 1.]]), array([2.]))
    """
    is_net(net)
    asked_for(net, sparsity, n_remove, scope, prune_biases, layers)  # refused before the work begins
    warn_of_dead_layers(net, net_inputs(net, x))
    h = _DIAGONALS[one_of("hessian", hessian, _DIAGONALS)](net, x, y)
    # s_k = h_kk w_k^2 / 2: section 2.2, step 4; with |h_kk|, see above.
    s = np.abs(h) * net.parameters() ** 2 / 2
    negative = int((h < 0).sum())
    method = f"OBD, {hessian}, {scope}" + (f", {negative} negative curvatures" if negative else "")
    return prune_by_saliencies(net, s, method, sparsity=sparsity, n_remove=n_remove, scope=scope,
                               prune_biases=prune_biases, layers=layers)


def backpass_diagonal(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *,
                      levenberg_marquardt: bool = False) -> npt.NDArray[np.float64]:
    """The diagonal h by the second-derivative back-pass of 1989, streamed over the samples.

    Parameters
    ----------
    net : MLP
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)
    levenberg_marquardt : bool
        Leave out the term with f''.

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
    >>> backpass_diagonal(MLP.from_arrays([[[2.0, 1.0]]], loss="mse"), [[1.0, 10.0]], [0.0])
    array([  1., 100.])
    """
    x, t = checked_samples(net, x, y)
    h: Any = sum(_backpass(net, x[rows].astype(np.float64), t[rows], not levenberg_marquardt)
            for rows in batches(len(x)))
    return np.asarray(h / len(x))


def _backpass(net: MLP, x: FloatArray, t: FloatArray, slope_change: bool) -> FloatArray:
    """The sum of h over one batch; ``slope_change``: with the term in f'', the change of the slope."""
    f = ACTIVATIONS[net.activation]
    inputs, z = net.layer_inputs(x)
    delta = LOSSES[net.loss_name].value_and_residual(z, t)[1]
    k = np.einsum("njj->nj", output_curvature(net, z))  # eq. 8: (n, c, c) -> (n, c)
    hW: list[Any] = [None] * len(inputs)
    hb: list[Any] = [None] * len(inputs)
    for l in range(len(inputs) - 1, -1, -1):
        a, W = inputs[l], net.weights[l]
        hW[l] = k.T @ a**2  # eq. 6: (n_out, n) (n, n_in) -> (n_out, n_in)
        if net.biases[l] is not None:
            hb[l] = k.sum(axis=0)
        if l > 0:
            # k_before = f'(z)^2 (k W^2) + f''(z) e: eq. 7, with its sign corrected.
            e, slope = delta @ W, f.slope(a)  # (n, n_out) (n_out, n_in) -> (n, n_in)
            k, delta = slope * (slope * (k @ W**2)), slope * e
            if slope_change:
                k += f.curvature(a) * e
    return flatten(hW, hb)


_DIAGONALS: dict[str, Callable[..., Any]] = {
    "backpass": backpass_diagonal,
    "levenberg-marquardt": partial(backpass_diagonal, levenberg_marquardt=True),
    "exact": exact_diagonal,
    "gauss-newton": outer_diagonal,
}
