"""A layer as one matrix: what L-OBS and the scores need to know of it, and all that they know.

    letter   meaning                                                      shape
    C        the layer's weights, the bias as one more column             (n_out, d)
    mask     which of them exist: True = kept                             (n_out, d)
    A        its inputs, the ones of the bias as last column              (n, d)

with d = n_in + 1, or n_in where there is no bias. The layer's pre-activations are A C'. This is the seam between a net
and its pruning: a new kind of layer is whatever can give C, its mask and A, and take C and the mask back.
"""

from __future__ import annotations

import numpy as np


def columns(net, l):
    """The weights of layer ``l`` with the bias as one more column: (n_out, d), a copy."""
    W, b = net.weights[l], net.biases[l]
    return W.copy() if b is None else np.column_stack([W, b])


def column_masks(net, l):
    """The masks of layer ``l`` with the bias's as one more column: (n_out, d), a copy."""
    mask, b = net.masks[l], net.bias_masks[l]
    return mask.copy() if b is None else np.column_stack([mask, b])


def prunable(net, l, prune_biases):
    """Which entries of ``columns(net, l)`` may still be pruned: (n_out, d) bool."""
    may = column_masks(net, l)
    if net.biases[l] is not None and not prune_biases:
        may[:, -1] = False
    return may


def rebuilt(net, matrices, masks):
    """A new net with these ``columns`` matrices and masks, one of shape (n_out, d) a layer."""
    new = net.copy()
    for l, (C, mask) in enumerate(zip(matrices, masks)):
        C, n_in = np.where(mask, C, 0.0), net.weights[l].shape[1]
        new.weights[l], new.masks[l] = C[:, :n_in].copy(), mask[:, :n_in].copy()
        if net.biases[l] is not None:
            new.biases[l], new.bias_masks[l] = C[:, n_in].copy(), mask[:, n_in].copy()
    return new
