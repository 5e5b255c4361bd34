"""Exercises to lesson 14: before training, in rounds, and a net from elsewhere.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 14

    letter              meaning                                                         shape
    w                   weights of one linear unit before training                      (d,)
    X, t                samples, one a row, and their targets                           (n, d), (n,)
    W0, WT              a layer's weights before and after training                     (n_out, n_in)
    coefs, intercepts   weights and biases as scikit-learn keeps them, lists            (n_in, n_out), (n_out,) each
"""

import numpy as np  # noqa: F401

import nnprune  # noqa: F401


def snip(w, X, t):
    """SNIP's saliencies of one linear unit with the loss E = 1/(2n) sum of (x w - t)^2: shape (d,).

    Hint 1. s_q = |w_q dE/dw_q|.
    Hint 2. The errors are X @ w - t. The gradient is X' times the errors, divided by n.
    """
    raise NotImplementedError


def ticket(W0, WT, n_keep):
    """A lottery ticket: the n_keep weights that are largest after training, with their values from before, else 0.

    Hint 1. The trained weights WT say which stay: those of the largest magnitude.
    Hint 2. np.sort(np.abs(WT), axis=None)[-n_keep] is the smallest magnitude that stays.
    Hint 3. np.where(mask, a, b) takes a where the mask is True, and b elsewhere. The values come from W0.
    """
    raise NotImplementedError


def round_sparsities(to, n):
    """The sparsity after each of n rounds that all remove the same share of what is left; after the last it is `to`.

    An array of shape (n,).

    Hint 1. Let each round keep the share r of what is left. After i rounds r^i of all weights is kept.
    Hint 2. After n rounds 1 - to is kept: that gives r.
    Hint 3. np.arange(1, n + 1) is i for all rounds at once. Sparsity is what is gone.
    """
    raise NotImplementedError


def from_sklearn(coefs, intercepts):
    """The `nnprune.MLP` (relu) that gives what scikit-learn's net gives.

    scikit-learn computes relu(x @ coefs[0] + intercepts[0]) @ coefs[1] + intercepts[1].

    Hint 1. nnprune.MLP.from_arrays(weights, biases) makes the net; its weights have a row for each unit.
    Hint 2. C.T is the transpose of C.
    """
    raise NotImplementedError


def to_sklearn(net):
    """The reverse: (coefs, intercepts), two lists, of a net whose pruned weights must be 0 there.

    Hint 1. net.weights and net.biases are lists with one array for each layer.
    Hint 2. What is pruned is where the mask is False. Someone may have trained this net without applying its masks.
    Hint 3. np.where(mask, W, 0) makes sure. Then transpose each matrix.
    """
    raise NotImplementedError
