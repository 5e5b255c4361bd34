"""Exercises to lesson 12: what a pruned net takes, the smaller net in it, and whole units.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 12
    python -m nnprune.exercises 12 --hint to_csr    a hint; add 2 for the next

    letter           meaning                                            shape
    W, mask          the weights of a layer; True = kept                (n_out, n_in)
    x                one sample                                         (n_in,)
    W1, b1           hidden layer: weights, biases                      (n_hidden, n_in), (n_hidden,)
    W2, b2           the layer after it                                 (n_out, n_hidden), (n_out,)
    H                of the layer W that reads d units                  (d, d)
    j                the unit that is removed, a column of W
"""

import numpy as np  # noqa: F401


def to_csr(W, mask):
    """The kept weights in compressed sparse rows: (values, indices, indptr), of shapes (k,), (k,), (n_out + 1,).

    What is kept is what the *mask* says: a kept weight that happens to be 0 is stored like any other.
    """
    raise NotImplementedError


def csr_times(values, indices, indptr, x):
    """W x, from W's compressed sparse rows: shape (n_out,), with one multiply-add for every kept weight."""
    raise NotImplementedError


def break_even(n_out, n_in, v, i):
    """The sparsity at which CSR takes as many bytes as the dense layer: one number.

    A weight takes v bytes in both forms, an index i bytes, an entry of indptr 4 bytes.
    """
    raise NotImplementedError


def drop_silent(W1, b1, W2, b2):
    """A relu net without the hidden units that nothing enters: (W1, b1, W2, b2), with the same outputs.

    Nothing enters a unit if its row of W1 is all 0. Its output is then relu(b1) for every sample.
    """
    raise NotImplementedError


def unit_costs(W, H):
    """What removing each unit costs, summed over the n_out units that read it: s, shape (d,)."""
    raise NotImplementedError


def remove_unit(W, H, j):
    """W without unit j, compensated by the others: a new array, shape (n_out, d), whose column j is exactly 0."""
    raise NotImplementedError
