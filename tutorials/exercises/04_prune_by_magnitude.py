"""Exercises to lesson 04: magnitude pruning, masks, and training under a mask.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 04
    python -m nnprune.exercises 04 --hint magnitude_mask    a hint; add 2 for the next

    letter     meaning                                    shape
    W          weights of a layer                         (n_out, n_in)
    mask, m    True (1) = kept, False (0) = removed       as the weights
    w, v, g    weights, their velocity, the gradient      (d,)
    eta, mu    learning rate, momentum                    float
"""

import numpy as np  # noqa: F401


def magnitude_mask(W, n_remove):
    """The mask of W (n_out, n_in) without its n_remove smallest weights: bool, of W's shape, True = kept.

    Exactly n_remove go. Of equal magnitudes those go first that stand first, row by row.
    """
    raise NotImplementedError


def global_masks(W1, W2, sparsity):
    """The masks (mask1, mask2) of two layers at this sparsity, ranked together (scope "network").

    round(sparsity * N) weights go, where N counts the weights of both.
    """
    raise NotImplementedError


def masked_step(w, v, g, m, eta, mu):
    """One step of training with momentum under the mask m: (w, v), the new weights and the new velocity, both (d,).

    Weights that are removed (m = 0, w = 0) stay at 0, whatever g is and whatever v was.
    """
    raise NotImplementedError


def rounds(sparsity, n_rounds):
    """The sparsities after rounds 1, 2, ..., n_rounds: (n_rounds,). The last one is `sparsity`.

    Each round removes the same share of the weights that are left.
    """
    raise NotImplementedError
