"""The Hessian as a sum of outer products: the rows of its factor G, the empirical Fisher, and their diagonals.

    letter   meaning                                                          shape
    z        the net's output for one sample, c numbers                       (c,)
    J        Jacobian dz/dw of one sample                                     (c, N)
    C        d2E/dz2 of one sample; S any factor of it, C = S S'              (c, c)
    g        gradient of one sample's loss                                    (N,)
    G        the rows of all samples                                          (n c, N) or (n, N)
    s        a row of G, seen at a layer's pre-activations                    (n, c, n_out)

Differentiate E twice and two kinds of terms appear: the curvature of the loss, seen through the Jacobian, and the
curvature of the net, weighted by the residuals. Without the second kind, which vanishes where the net fits or is
linear, what is left is the *Gauss-Newton matrix*

    H ~ 1/n sum_i J_i' C_i J_i = 1/n G'G        with the c rows S' J of every sample in G.

For the squared error C = I: the outer products of Hassibi & Stork 1992, eqs 10-14. For the cross-entropy

    C = diag(p) - p p' = sum_k s_k s_k'         s_k = sqrt(p_k) (e_k - p)

since sum_k p_k (e_k - p)(e_k - p)' = diag(p) - p p' - p p' + p p'. The *empirical Fisher matrix* takes the
gradients of the samples themselves for rows, 1/n sum_i g_i g_i': one row a sample, no matter how many outputs.
It is no Hessian: at a net that fits perfectly every g_i is 0, and so is the Fisher matrix.

A row needs no Jacobian: back-propagation started from s_k (or from the residual) instead of dE/dz leads to s at every
layer, and the row's entry for the weight from input q to unit j is s_j a_q. So G costs c backward passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from .._util.checks import one_of
from .._util.types import Float64, FloatArray
from ..nn.activations import ACTIVATIONS
from ..nn.losses import LOSSES, checked_samples, log_softmax
from ..nn.mlp import MLP
from ..nn.parameters import batches, check_hessian_memory, checked_keep, places

# Floats that a block of rows may take: 2^22 are 32 MB, several times the cache, so that a matrix product of the
# block runs at full speed.
BLOCK = 2**22

Kind = Literal["gauss-newton", "fisher"]


def jacobian_rows(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, kind: Kind = "gauss-newton", *,
                  keep: npt.ArrayLike | None = None, block: int = BLOCK) -> Iterator[Float64]:
    """The rows of G with H = 1/n G'G, block by block.

    Parameters
    ----------
    net : MLP
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)
        Labels or targets. The Gauss-Newton rows do not depend on them.
    kind : {"gauss-newton", "fisher"}
        c rows a sample, or its gradient as one.
    keep : ndarray of bool (N,) or of int (p,), optional
        The parameters wanted, all by default; no block is ever wider.
    block : int
        Floats a block may hold; at least one sample goes into each. It changes nothing but the time.

    Yields
    ------
    ndarray of shape (rows, p), float64
        Sample after sample; for "gauss-newton" the rows of the outputs 0 .. c-1 of each.

    Raises
    ------
    ValueError
        If an argument does not fit the net or is unknown.

    Examples
    --------
    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 0.0]]], loss="mse")
    >>> [G] = jacobian_rows(net, [[1.0, 2.0], [3.0, 0.0]], [0.0, 0.0])
    >>> G
    array([[1., 2.],
           [3., 0.]])
    """
    kept = checked_keep(net, keep)
    where = places(net)[kept]
    layers = [where[where[:, 0] == l, 1:].T for l in range(len(net.weights))]
    rows_each = net.sizes[-1] if kind == "gauss-newton" else 1
    size = max(1, block // max(1, rows_each * len(kept)))
    for inputs, s in _signals(net, x, y, kind, size):
        # The row's entry for unit j, input q is s_j a_q: (n, r, p) -> (n r, p).
        G = np.concatenate([s_l[:, :, unit] * a[:, None, column]
                            for a, s_l, (unit, column) in zip(inputs, s, layers)], axis=2)
        yield G.reshape(G.shape[0] * G.shape[1], len(kept))


def empirical_fisher(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, keep: npt.ArrayLike | None = None,
                     max_memory: float = 4 * 2**30) -> Float64:
    """The empirical Fisher matrix 1/n sum_i g_i g_i' of the samples' own gradients.

    Parameters
    ----------
    net, x, y, keep
        As for ``jacobian_rows``.
    max_memory : float
        Bytes that the matrix and two copies may take; the default is 4 GiB.

    Returns
    -------
    ndarray of shape (p, p)

    Raises
    ------
    ValueError
        If an argument does not fit the net, or the matrix ``max_memory``.

    Notes
    -----
    n p^2 / 2 multiply-adds. As a stand-in for the Hessian it is for cross-entropy nets that do not fit
    perfectly; see Kunstner, Balles & Hennig, NeurIPS 2019, for where it misleads.

    Examples
    --------
    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 0.0]]], loss="mse")
    >>> empirical_fisher(net, [[1.0, 2.0], [3.0, 0.0]], [0.0, 3.0])  # the second residual is 0
    array([[0.5, 1. ],
           [1. , 2. ]])
    """
    check_hessian_memory(len(checked_keep(net, keep)), max_memory)
    return np.asarray(sum(G.T @ G for G in jacobian_rows(net, x, y, "fisher", keep=keep)) / np.shape(x)[0])


def outer_diagonal(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, kind: Kind = "gauss-newton") -> Float64:
    """The diagonal of 1/n G'G for all N parameters, without a row of G: 1/n sum_i sum_k s_j^2 a_q^2.

    Parameters and errors as for ``jacobian_rows``; shape (N,). It costs c backward passes ("gauss-newton") or one.
    """
    diagonal: list[Any] = [0.0] * len(net.weights)
    for inputs, s in _signals(net, x, y, kind, max(1, BLOCK // (net.sizes[-1] * sum(net.sizes)))):
        for l, (a, s_l) in enumerate(zip(inputs, s)):
            diagonal[l] = diagonal[l] + (s_l**2).sum(axis=1).T @ a**2  # (n_out, n) (n, n_in + 1) -> (n_out, n_in + 1)
    l, unit, column = places(net).T
    return np.concatenate([D[unit[l == k], column[l == k]] for k, D in enumerate(diagonal)]) / np.shape(x)[0]


def _signals(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, kind: str,
             size: int) -> Iterator[tuple[list[Any], list[Any]]]:
    """Batch by batch: every layer's inputs, a last column of ones for the bias, and s of every layer."""
    one_of("kind", kind, ("gauss-newton", "fisher"))
    x, t = checked_samples(net, x, y)
    slope = ACTIVATIONS[net.activation].slope
    for rows in batches(len(x), size):
        inputs, z = net.layer_inputs(x[rows].astype(np.float64))
        if kind == "fisher":
            s = [LOSSES[net.loss_name].value_and_residual(z, t[rows])[1][:, None, :]]
        else:
            s = [_loss_factor(net.loss_name, z)]
        for l in range(len(net.weights) - 1, 0, -1):
            # delta_before = f'(z) (delta W), for r rows at once: (n, r, n_out) (n_out, n_in) -> (n, r, n_in)
            s.insert(0, (s[0] @ net.weights[l]) * slope(inputs[l])[:, None, :])
        yield [np.column_stack([a, np.ones(len(a))]) for a in inputs], s


def _loss_factor(loss: str, z: FloatArray) -> FloatArray:
    """S' of every sample, one row an output, C = S S': (n, c) -> (n, c, c)."""
    n, c = z.shape
    if loss == "mse":
        return np.broadcast_to(np.eye(c), (n, c, c))
    if loss == "binary_cross_entropy":
        return np.sqrt(expit(z) * expit(-z))[:, :, None]  # C = p (1 - p), a number
    p = np.exp(log_softmax(z))
    # Row k is sqrt(p_k) (e_k - p).
    return np.sqrt(p)[:, :, None] * (np.eye(c) - p[:, None, :])
