"""Exercises to lesson 04: magnitude pruning, masks, and training under a mask.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 04

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

    Hint 1. np.argsort(np.abs(W).ravel(), kind="stable") numbers the weights from the smallest to the largest.
    Hint 2. A threshold does not do: where several weights have the size of the last one, it removes too many.
    Hint 3. Begin with a mask of W.size times True, set the first n_remove of the order to False, and reshape.
    """
    raise NotImplementedError


def global_masks(W1, W2, sparsity):
    """The masks (mask1, mask2) of two layers at this sparsity, ranked together (scope "network").

    round(sparsity * N) weights go, where N counts the weights of both.

    Hint 1. np.concatenate([W1.ravel(), W2.ravel()]) is one long vector of all weights.
    Hint 2. magnitude_mask works on a vector too.
    Hint 3. The first W1.size entries of the long mask are the first layer's: cut, and reshape each to its matrix.
    """
    raise NotImplementedError


def masked_step(w, v, g, m, eta, mu):
    """One step of training with momentum under the mask m: (w, v), the new weights and the new velocity, both (d,).

    Weights that are removed (m = 0, w = 0) stay at 0, whatever g is and whatever v was.

    Hint 1. Without a mask: v <- mu v - eta g, then w <- w + v, with the new v.
    Hint 2. Where does the mask go? What is left in v of the time before the removal must vanish too.
    Hint 3. Make new arrays: v += ... would change the caller's.
    """
    raise NotImplementedError


def rounds(sparsity, n_rounds):
    """The sparsities after rounds 1, 2, ..., n_rounds: (n_rounds,). The last one is `sparsity`.

    Each round removes the same share of the weights that are left.

    Hint 1. What is *kept* is multiplied by the same number in each round: after all of them it is 1 - sparsity.
    Hint 2. So after round i the kept share is (1 - sparsity) to the power i / n_rounds.
    Hint 3. np.arange(1, n_rounds + 1) is 1, 2, ..., n_rounds.
    """
    raise NotImplementedError
