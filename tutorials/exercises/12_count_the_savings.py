"""Exercises to lesson 12: what a pruned net takes, and the smaller net in it.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 12

    letter           meaning                                            shape
    W, mask          the weights of a layer; True = kept                (n_out, n_in)
    x                one sample                                         (n_in,)
    W1, b1, M1       hidden layer: weights, biases, mask                (n_hidden, n_in), (n_hidden,)
    W2, b2, M2       the layer after it                                 (n_out, n_hidden), (n_out,)
"""

import numpy as np  # noqa: F401


def to_csr(W, mask):
    """The kept weights in compressed sparse rows: (values, indices, indptr), of shapes (k,), (k,), (n_out + 1,).

    What is kept is what the *mask* says: a kept weight that happens to be 0 is stored like any other.

    Hint 1. W[mask] gives the kept weights, row after row.
    Hint 2. np.nonzero(mask) gives the rows and the columns of all True entries, in the same order.
    Hint 3. mask.sum(axis=1) says how many weights each row keeps; indptr adds them up, beginning with a 0.
    """
    raise NotImplementedError


def csr_times(values, indices, indptr, x):
    """W x, from W's compressed sparse rows: shape (n_out,), with one multiply-add for every kept weight.

    Hint 1. The entries of row i are those from indptr[i] up to, but without, indptr[i + 1].
    Hint 2. Each value is multiplied by the entry of x that its column belongs to: values * x[indices].
    Hint 3. There are len(indptr) - 1 rows. A row without entries gives 0.
    """
    raise NotImplementedError


def break_even(n_out, n_in, v, i):
    """The sparsity at which CSR takes as many bytes as the dense layer: one number.

    A weight takes v bytes in both forms, an index i bytes, an entry of indptr 4 bytes.

    Hint 1. Write down the bytes of both forms, for k kept weights.
    Hint 2. Set them equal, and solve for k.
    Hint 3. k weights are kept; the sparsity is the share that is gone.
    """
    raise NotImplementedError


def dead_units(M1, M2):
    """Which hidden units can go: True for a unit that no kept weight enters, or that none leaves; shape (n_hidden,).

    Hint 1. Row j of M1 holds the weights that enter the hidden unit j.
    Hint 2. Column j of M2 holds those that leave it.
    Hint 3. M.any(axis=1) says for each row whether something is kept in it, axis=0 for each column; ~ means not.
    """
    raise NotImplementedError


def drop_silent(W1, b1, W2, b2):
    """A relu net without the hidden units that nothing enters: (W1, b1, W2, b2), with the same outputs.

    Nothing enters a unit if its row of W1 is all 0. Its output is then relu(b1) for every sample.

    Hint 1. Find the silent units: ~W1.any(axis=1).
    Hint 2. What they add to the next layer is constant: the silent columns of W2 times relu of the silent biases.
    Hint 3. Add that to b2. Then leave the silent rows of W1, entries of b1 and columns of W2 out.
    Hint 4. Do not change the arrays that you were given: b2 + ... is a new array, b2 += ... is not.
    """
    raise NotImplementedError
