"""The layer Hessians of L-OBS.

    letter   meaning                                                      shape
    A        a layer's inputs, a last column of ones for the bias         (n, d)
    w        one unit's weights, the bias last                            (d,)
    H        the layer's Hessian                                          (d, d)

A layer maps its inputs to pre-activations Z = A W'. Change the weights of one unit from w to w^, and the layer's
error is (Dong, Chen & Pan 2017, eq. 1, here with the factor 1/2 that makes H the plain second derivative)

    E(w^) = 1/(2n) |A w^ - A w|^2 = 1/2 (w^ - w)' H (w^ - w)        H = 1/n A'A.

E is exactly quadratic in w^, so the Taylor series that OBS rests on has no remainder here; and H is the same for
every unit of the layer, since it holds the inputs only.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .._util.types import Float64, FloatArray
from ..nn.mlp import MLP
from ..nn.parameters import batches


def input_hessian(inputs: FloatArray, bias: bool = True) -> Float64:
    """H = 1/n A'A of one layer, streamed over its samples.

    Parameters
    ----------
    inputs : ndarray of shape (n, n_in)
        What goes into the layer.
    bias : bool
        Whether a column of ones is appended for the bias.

    Returns
    -------
    H : ndarray of shape (d, d), float64
        d = n_in + 1 with the bias, whose row and column come last; n_in without.

    Examples
    --------
    >>> input_hessian(np.array([[1.0], [3.0]]))
    array([[5., 2.],
           [2., 1.]])
    """
    n, n_in = inputs.shape
    d = n_in + bool(bias)
    H = np.zeros((d, d))
    for rows in batches(n):
        A = np.ones((len(inputs[rows]), d))
        A[:, :n_in] = inputs[rows]  # (rows, n_in) -> (rows, d): the column of ones stays
        with np.errstate(over="ignore", invalid="ignore"):  # ``damp`` refuses what is not finite, with a message
            H += A.T @ A
    return H / n


def layer_hessians(net: MLP, x: npt.ArrayLike, first_hessian: Float64 | None = None,
                   start: int = 0) -> Iterator[tuple[int, Float64]]:
    """Yield (l, H) for the layers of a net from ``start`` on; the first layer's H may be known already."""
    inputs, _ = net.layer_inputs(x)
    for l in range(start, len(inputs)):
        H = first_hessian if l == 0 else None
        yield l, input_hessian(inputs[l], net.biases[l] is not None) if H is None else H
