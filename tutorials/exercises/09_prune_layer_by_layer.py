"""Exercises to lesson 09: layer-wise Optimal Brain Surgeon.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 09

    letter      meaning                                                          shape
    X           a layer's inputs, one sample a row                               (n, d)
    W, W_new    its weights before and after pruning, one unit a row             (n_out, d)
    norms       of the pruned weights of every layer, first to last              (L,)
    errors      E of every layer, with its 1/2                                   (L,)
"""

import numpy as np  # noqa: F401


def dead_inputs(X):
    """Which inputs are 0 on every sample: an array of True and False (d,).

    Hint 1. X == 0 is an array of True and False, of the shape of X.
    Hint 2. .all(axis=0) looks down each column.
    """
    raise NotImplementedError


def hessian(X):
    """H = A'A / n, (d + 1, d + 1), where A is X with a column of ones for the bias appended.

    Hint 1. np.column_stack([X, ...]) appends a column; np.ones(len(X)) is one of ones.
    Hint 2. A.T @ A adds up a a' over all samples, and n is their number.
    """
    raise NotImplementedError


def layer_error(W, W_new, X):
    """E = 1/(2n) |X W_new' - X W'|^2, the sum over units and the mean over samples of half the squared change.

    Hint 1. X @ (W_new - W).T is (n, n_out): what each sum of each sample changes by.
    Hint 2. Square each entry, add all of them up, and divide by 2 n.
    """
    raise NotImplementedError


def prune_layer(W, X, n_remove):
    """Remove n_remove weights of a layer by exact L-OBS, each time the cheapest of all units: (mask, W).

    mask is True where a weight is kept; both are new arrays. H = X'X / n has an inverse here, and there is no bias.

    Hint 1. `naive_lobs` of the lesson, section 3, does nearly this. What does it return instead?
    Hint 2. Each unit has its own inverse, of H without the rows and columns of the weights that it has lost:
            np.linalg.pinv(H * np.outer(kept, kept)), where kept is the unit's row of the mask.
    Hint 3. A removed weight must not be chosen again: make its saliency np.inf.
    Hint 4. np.unravel_index(L.argmin(), L.shape) is the unit and the input of the smallest entry of L.
    Hint 5. An update may leave 1e-17 where a weight was removed before. Set all removed weights to 0 after it.
    """
    raise NotImplementedError


def error_bound(norms, errors):
    """The right-hand side of Theorem 3.2: the sum over k of (product of norms[l] for l > k) * sqrt(2 errors[k]).

    Hint 1. Go from the first layer to the last and keep one number, the bound so far; at first it is 0.
    Hint 2. At each layer, what has come so far is stretched by this layer's norm, and then its own error is added.
    Hint 3. The theorem's error has no 1/2: it is twice E.
    """
    raise NotImplementedError
