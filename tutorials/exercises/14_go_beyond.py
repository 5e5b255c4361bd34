"""Exercises to lesson 14: before training, in rounds, and a net from elsewhere.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 14
    python -m nnprune.exercises 14 --hint snip    a hint; add 2 for the next

    letter              meaning                                                         shape
    w                   weights of one linear unit before training                      (d,)
    X, t                samples, one a row, and their targets                           (n, d), (n,)
    W0, WT              a layer's weights before and after training                     (n_out, n_in)
    coefs, intercepts   weights and biases as scikit-learn keeps them, lists            (n_in, n_out), (n_out,) each
"""

import numpy as np  # noqa: F401

import nnprune  # noqa: F401


def snip(w, X, t):
    """SNIP's saliencies of one linear unit with the loss E = 1/(2n) sum of (x w - t)^2: shape (d,)."""
    raise NotImplementedError


def ticket(W0, WT, n_keep):
    """A lottery ticket: the n_keep weights that are largest after training, with their values from before, else 0."""
    raise NotImplementedError


def round_sparsities(to, n):
    """The sparsity after each of n rounds that all remove the same share of what is left; after the last it is `to`.

    An array of shape (n,).
    """
    raise NotImplementedError


def from_sklearn(coefs, intercepts):
    """The `nnprune.MLP` (relu) that gives what scikit-learn's net gives.

    scikit-learn computes relu(x @ coefs[0] + intercepts[0]) @ coefs[1] + intercepts[1].
    """
    raise NotImplementedError


def to_sklearn(net):
    """The reverse: (coefs, intercepts), two lists, of a net whose pruned weights must be 0 there."""
    raise NotImplementedError
