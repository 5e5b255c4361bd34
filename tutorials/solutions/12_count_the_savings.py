"""Solutions to the exercises of lesson 12. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def to_csr(W, mask):
    """The kept weights, their columns, and where each row begins."""
    return W[mask], np.nonzero(mask)[1], np.concatenate([[0], np.cumsum(mask.sum(axis=1))])


def csr_times(values, indices, indptr, x):
    """Row by row: the kept weights times the inputs that they belong to."""
    y = np.zeros(len(indptr) - 1)
    for i in range(len(y)):
        row = slice(indptr[i], indptr[i + 1])
        y[i] = values[row] @ x[indices[row]]
    return y


def break_even(n_out, n_in, v, i):
    """(v + i) k + 4 (n_out + 1) = v n_out n_in, solved for 1 - k / (n_out n_in)."""
    k = (v * n_out * n_in - 4 * (n_out + 1)) / (v + i)
    return 1 - k / (n_out * n_in)


def drop_silent(W1, b1, W2, b2):
    """The constants folded into b2, then the silent units cut out."""
    silent = ~W1.any(axis=1)
    b2 = b2 + W2[:, silent] @ np.maximum(b1[silent], 0)
    return W1[~silent], b1[~silent], W2[:, ~silent], b2


def unit_costs(W, H):
    """s_j = sum_i w_ij^2 / (2 [H^-1]_jj)."""
    return (W**2).sum(axis=0) / (2 * np.diag(np.linalg.inv(H)))


def remove_unit(W, H, j):
    """W - W_j [H^-1]_j / [H^-1]_jj, in all rows at once."""
    Hinv = np.linalg.inv(H)
    W = W - np.outer(W[:, j], Hinv[j]) / Hinv[j, j]
    W[:, j] = 0
    return W


# On your own: answers
#
# 1. i / (v + i) = 2 / 4: one half again, and the second part of the formula as a share of it. A list of positions has a
#    row and a column for each kept weight: (v + 2 i) k = v n_out n_in, so s = 2 i / (v + 2 i) = 2/3.
# 2. Count with `nnprune.compact(net)`. Magnitude ranks a weight by its size alone, so a unit whose weights are all
#    small loses all of them. L-OBS removes what the others of a unit can replace, and that leaves some in each; but
#    weights on pixels that are always 0 cost nothing and go first, so look at the unread pixels apart from the units.
# 3. Take the sizes of section 6, retrain each, and keep those within a point on pictures that were not trained on.
#    The accuracy on the test pictures of that one net is then your result.
# 4. In each layer: A the inputs of the kept units in the smaller net and a column of ones, Z the dense layer's sums;
#    numpy.linalg.lstsq(A, Z, rcond=None)[0].T are the new weights and biases. The rest
#    of the distance to Unit-OBS is what its choice of units is worth.
