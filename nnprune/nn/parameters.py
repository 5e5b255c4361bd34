"""Which parameter stands where in the vector of all of them, and what else the derivative codes share.

    letter   meaning                                                           shape
    N        number of parameters, weights and biases                          int
    keep     the parameters that a derivative is wanted for                    (p,) of int

The order is that of ``net.parameters()``: layer after layer, a layer's weights row by row, then its biases. A bias
is one more input that is always 1, so it stands in the *column* n_in of its unit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._util.checks import check_memory
from .._util.types import FloatArray, IntArray
from .backprop import flatten
from .losses import LOSSES
from .mlp import MLP

# Samples taken at a time: 2,048 x 785 in float64 are 13 MB, long enough for a matrix product to run at full speed,
# short enough to stay near the cache.
SAMPLES = 2048


def places(net: MLP) -> IntArray:
    """Where every parameter stands: rows (layer, unit, column), shape (N, 3) of int.

    Examples
    --------
    >>> from nnprune import MLP
    >>> places(MLP((1, 2), rng=0))  # two weights, two biases: the input 1 is the bias
    array([[0, 0, 0],
           [0, 1, 0],
           [0, 0, 1],
           [0, 1, 1]])
    """
    weights, biases = [], []
    for l, (W, b) in enumerate(zip(net.weights, net.biases)):
        unit, column = np.indices(W.shape)
        weights.append(np.stack([np.full(W.shape, l), unit, column], axis=-1))
        biases.append(None if b is None else np.stack([np.full(b.shape, l), np.arange(len(b)),
                                                       np.full(b.shape, W.shape[1])], axis=-1))
    return flatten(weights, biases).reshape(-1, 3)


def unpruned(net: MLP) -> IntArray:
    """The parameters that are not pruned: indices into ``net.parameters()``, rising."""
    return np.flatnonzero(flatten(net.masks, net.bias_masks))


def checked_keep(net: MLP, keep: npt.ArrayLike | None) -> IntArray:
    """``keep`` as rising indices into ``net.parameters()``.

    Parameters
    ----------
    net : MLP
    keep : None, ndarray of shape (N,) of bool, or ndarray of shape (p,) of int
        None is all of them.

    Raises
    ------
    ValueError
        If it has the wrong size or type, names a parameter that does not exist, or does not rise.
    """
    N = sum(W.size for W in net.weights) + sum(b.size for b in net.biases if b is not None)
    if keep is None:
        return np.arange(N)
    keep = np.asarray(keep)
    if keep.dtype == bool:
        if keep.shape != (N,):
            raise ValueError(f"keep has the shape {keep.shape}, but the net has {N} parameters: ({N},) is needed")
        return np.flatnonzero(keep)
    if keep.ndim != 1 or keep.dtype.kind not in "iu":
        raise ValueError(f"keep must be a vector of bool or of whole numbers, but it is {keep.dtype} {keep.shape}")
    if keep.size and not (0 <= keep[0] and keep[-1] < N and (np.diff(keep) > 0).all()):
        raise ValueError(f"keep must rise from at least 0 to at most {N - 1}, the last parameter of the net")
    return keep



def check_hessian_memory(p: int, max_memory: float) -> None:
    """ValueError if the Hessian of p parameters, and the two copies that live with it, do not fit ``max_memory``."""
    check_memory(f"a Hessian of {p:,} parameters", 3 * 8 * p**2, max_memory, "name fewer parameters by keep")


def batches(n: int, size: int | None = None) -> list[slice]:
    """Slices that cut n samples into batches of at most ``size``, by default SAMPLES."""
    size = SAMPLES if size is None else size
    return [slice(start, start + size) for start in range(0, n, size)]


def output_curvature(net: MLP, z: FloatArray) -> FloatArray:
    """C = n d2E/dz2 of every sample, (n, c) -> (n, c, c): diag(p) - p p', or I for the squared error."""
    curve = LOSSES[net.loss_name].curve
    # Column k is C e_k.
    C = np.stack([curve(z, np.broadcast_to(e, z.shape)) for e in np.eye(z.shape[1])], axis=2)
    if net.loss_name == "cross_entropy":
        # C_kk = p_k (1 - p_k) is 0 as soon as p_k rounds to 1, while its row is not. But p adds up to 1, so a row to 0.
        k = np.arange(z.shape[1])
        C[:, k, k] = 0
        C[:, k, k] = -C.sum(axis=2)
    return C
