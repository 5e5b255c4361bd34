"""A layer as one matrix: what L-OBS and the scores need to know of it, and all that they know.

    letter   meaning                                                      shape
    C        the layer's weights, the bias as one more column             (n_out, d)
    mask     which of them exist: True = kept                             (n_out, d)
    A        its inputs, the ones of the bias as last column              (n, d)

with d = n_in + 1, or n_in where there is no bias. The layer's pre-activations are A C'.

**This is the seam between a net and its pruning.** A new kind of layer is whatever can answer four questions:

    columns(net, l)                     C
    column_masks(net, l)                the mask
    prunable(net, l, prune_biases)      which entries of C may be removed
    rebuilt(net, matrices, masks)       a new net, with C and the mask of every layer

and give its inputs A: ``net.layer_inputs(x)[0][l]``, without the ones, which ``hessian.layer.input_hessian`` adds.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .._util.types import BoolArray, FloatArray
from .mlp import MLP


def columns(net: MLP, l: int) -> FloatArray:
    """The weights of layer ``l`` with the bias as one more column: (n_out, d), a copy."""
    W, b = net.weights[l], net.biases[l]
    return W.copy() if b is None else np.column_stack([W, b])


def column_masks(net: MLP, l: int) -> BoolArray:
    """The masks of layer ``l`` with the bias's as one more column: (n_out, d), a copy."""
    mask, b = net.masks[l], net.bias_masks[l]
    return mask.copy() if b is None else np.column_stack([mask, b])


def prunable(net: MLP, l: int, prune_biases: bool) -> BoolArray:
    """Which entries of ``columns(net, l)`` may still be pruned: (n_out, d) bool."""
    mask = column_masks(net, l)
    if net.biases[l] is not None and not prune_biases:
        mask[:, -1] = False
    return mask


def rebuilt(net: MLP, matrices: Iterable[FloatArray], masks: Iterable[BoolArray]) -> MLP:
    """A new net with these ``columns`` matrices and masks, one of shape (n_out, d) a layer.

    Examples
    --------
    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 2.0]]], [[0.5]], loss="mse")
    >>> C, mask = columns(net, 0), column_masks(net, 0)
    >>> C, prunable(net, 0, False)
    (array([[1. , 2. , 0.5]]), array([[ True,  True, False]]))
    >>> mask[0, 1] = False
    >>> rebuilt(net, [C], [mask])
    MLP(2-1, relu, mse, 3 parameters, sparsity 0.5)
    """
    new, weight_masks, bias_masks = net.copy(), [], []
    for l, (C, mask) in enumerate(zip(matrices, masks)):
        C, n_in, has_bias = np.where(mask, C, 0.0), net.weights[l].shape[1], net.biases[l] is not None
        new.weights[l], new.biases[l] = C[:, :n_in].copy(), C[:, n_in].copy() if has_bias else None
        weight_masks.append(mask[:, :n_in])
        bias_masks.append(mask[:, n_in] if has_bias else None)
    new.set_masks(weight_masks, bias_masks)
    return new
