"""Exercises to lesson 09: layer-wise Optimal Brain Surgeon.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 09
    python -m nnprune.exercises 09 --hint dead_inputs    a hint; add 2 for the next

    letter      meaning                                                          shape
    X           a layer's inputs, one sample a row                               (n, d)
    W, W_new    its weights before and after pruning, one unit a row             (n_out, d)
    norms       of the pruned weights of every layer, first to last              (L,)
    errors      E of every layer, with its 1/2                                   (L,)
    '           transposed: X'X is X.T @ X
"""

import numpy as np  # noqa: F401


def dead_inputs(X):
    """Which inputs are 0 on every sample: an array of True and False (d,)."""
    raise NotImplementedError


def hessian(X):
    """H = A'A / n, (d + 1, d + 1), where A is X with a column of ones for the bias appended."""
    raise NotImplementedError


def layer_error(W, W_new, X):
    """E = 1/(2n) |X W_new' - X W'|^2, the sum over units and the mean over samples of half the squared change."""
    raise NotImplementedError


def prune_layer(W, X, n_remove):
    """Remove n_remove weights of a layer by exact L-OBS, each time the cheapest of all units: (mask, W).

    mask is True where a weight is kept; both are new arrays. H = X'X / n has an inverse here, and there is no bias.
    """
    raise NotImplementedError


def error_bound(norms, errors):
    """The right-hand side of Theorem 3.2: the sum over k of (product of norms[l] for l > k) * sqrt(2 errors[k])."""
    raise NotImplementedError
