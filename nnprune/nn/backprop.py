"""Forward and backward through a multi-layer perceptron, by hand: pure functions on lists of arrays.

    letter   meaning                                                   shape
    x        input, one sample a row                                   (n, n_in)
    W, b     weights and bias of a layer                               (n_out, n_in), (n_out,)
    z        pre-activation z = a_before W' + b                        (n, n_out)
    a        activation a = f(z); the input of the next layer          (n, n_out)
    E        the mean loss over the n samples                          float
    delta    dE/dz                                                     (n, n_out)

Forward: z = a W' + b layer by layer, a = f(z) on all layers but the last, whose z *is* the output; the loss E
takes it from there (softmax belongs to the cross-entropy, see ``losses``).

Backward (Rumelhart, Hinton & Williams, Nature 323, 1986, eqs 4-7): with delta = dE/dz of the last layer from
the loss, every layer has

    dE/dW = delta' a_before        dE/db = sum of delta over the samples
    delta_before = (delta W) * f'(z_before)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.types import FloatArray


def forward_pass(weights: Sequence[FloatArray], biases: Sequence[FloatArray | None], x: FloatArray,
                 f: Callable[..., FloatArray],
                 out: Sequence[FloatArray] | None = None) -> tuple[list[FloatArray], FloatArray]:
    """The input of every layer, and the output.

    Parameters
    ----------
    weights, biases : list of ndarray
        A bias may be None.
    x : ndarray of shape (n, n_in)
    f : callable
        ``f(z, out=z)``, see ``activations``.
    out : list of ndarray, optional
        Where to write what comes out of every layer, (n, n_out of layer l): new memory costs a third of the product.

    Returns
    -------
    inputs : list of ndarray
        ``inputs[l]`` of shape (n, n_in of layer l) goes into layer l; ``inputs[0]`` is x.
    z : ndarray of shape (n, n_out)
        The last layer's pre-activation.
    """
    inputs = [x]
    for l, (W, b) in enumerate(zip(weights, biases)):
        z = np.matmul(inputs[l], W.T, out=None if out is None else out[l])  # (n, n_in) (n_in, n_out) -> (n, n_out)
        if b is not None:
            z += b
        if l < len(weights) - 1:
            inputs.append(f(z, out=z))
    return inputs, z


def backward_pass(weights: Sequence[FloatArray], inputs: Sequence[FloatArray], delta: FloatArray,
                  slope: Callable[[FloatArray], npt.NDArray[Any]], dW: Sequence[FloatArray],
                  db: Sequence[FloatArray | None], out: Sequence[FloatArray] | None = None) -> None:
    """Write the gradient of every layer into ``dW`` and ``db`` (lists of arrays shaped as weights, biases).

    ``out``, if given, is memory for the delta of every layer but the last, (n, n_out of layer l).
    """
    for l in range(len(weights) - 1, -1, -1):
        np.matmul(delta.T, inputs[l], out=dW[l])  # (n_out, n) (n, n_in) -> (n_out, n_in)
        if db[l] is not None:
            np.sum(delta, axis=0, out=db[l])
        if l > 0:
            # (n, n_out) (n_out, n_in) -> (n, n_in)
            delta = np.matmul(delta, weights[l], out=None if out is None else out[l - 1])
            delta *= slope(inputs[l])


def flatten(weights: Iterable[npt.NDArray[Any]], biases: Iterable[npt.NDArray[Any] | None]) -> npt.NDArray[Any]:
    """One vector of all weights and biases, layer after layer; a bias of None is left out."""
    return np.concatenate([a.ravel() for pair in zip(weights, biases) for a in pair if a is not None])


def unflatten(vector: npt.NDArray[Any], weights: Iterable[npt.NDArray[Any]],
              biases: Iterable[npt.NDArray[Any] | None]) -> tuple[list[Any], list[Any]]:
    """Views into ``vector`` shaped as ``weights`` and ``biases``: the way back from ``flatten``."""
    views, start = [], 0
    for a in (a for pair in zip(weights, biases) for a in pair):
        views.append(None if a is None else vector[start:start + a.size].reshape(a.shape))
        start += 0 if a is None else a.size
    return views[0::2], views[1::2]
