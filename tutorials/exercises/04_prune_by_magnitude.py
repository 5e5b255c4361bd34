"""Exercises to lesson 04: magnitude pruning, masks, and what may come back.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 04
    python -m nnprune.exercises 04 --hint magnitude_mask    a hint; add 2 for the next

    letter     meaning                                    shape
    W          weights of a layer                         (n_out, n_in)
    mask, m    True (1) = kept, False (0) = removed       as the weights
    G          gradient of the loss with respect to W     (n_out, n_in)
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


def exchange(W, mask, G, n):
    """Exchange n weights, at the same sparsity: the new mask, bool, of W's shape.

    Of the kept weights the n of smallest magnitude go. Of those that were removed (W = 0 there) the n come back whose
    gradient G of the loss is largest in magnitude. No two are equal. W, mask and G stay as they are.
    """
    raise NotImplementedError


def cubic_rounds(sparsity, n_rounds):
    """The sparsities after rounds i = 1, 2, ..., R = n_rounds: (n_rounds,). The last one is `sparsity`.

    s_i = s (1 - (1 - i / R)^3): large steps at first, where much is redundant, small ones at the end.
    """
    raise NotImplementedError
