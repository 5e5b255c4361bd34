"""Exercises to lesson 15: Unit-OBS, a unit is a column.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 15

    letter           meaning                                             shape
    W                weights of the layer that reads the units           (n_out, d)
    H                its Hessian                                         (d, d)
    j                the unit that is removed, a column of W
    W1, b1, W2       around a hidden layer: weights, biases, weights     (d, n_in), (d,), (n_out, d)
    keep             numbers of the units that stay, rising              (k,)
    costs            what the next unit of each hidden layer costs       (L,)
    sizes            inputs, hidden layers' units, outputs               (L + 2,)
"""

import numpy as np  # noqa: F401


def unit_costs(W, H):
    """What removing each unit costs, summed over the n_out units that read it: s, shape (d,).

    Hint 1. For one row w of W it is Optimal Brain Surgeon's saliency: w_j^2 / (2 [H^-1]_jj).
    Hint 2. All rows have the same H: square W, and add up each column.
    Hint 3. np.diag(np.linalg.inv(H)) has the [H^-1]_jj.
    """
    raise NotImplementedError


def remove_unit(W, H, j):
    """W without unit j, compensated by the others: a new array, shape (n_out, d), whose column j is exactly 0.

    Hint 1. One row w of W changes by -(w_j / [H^-1]_jj) times row j of H^-1.
    Hint 2. np.outer(W[:, j], Hinv[j]) has these rows of H^-1, each times its w_j.
    Hint 3. Rounding may leave a tiny number in column j: set it to 0. And W itself must stay as it is.
    """
    raise NotImplementedError


def cut(W1, b1, W2, keep):
    """The smaller net, with the hidden units ``keep`` alone: (W1, b1, W2).

    Hint 1. Row j of W1 holds the weights that enter the unit j, b1[j] is its bias.
    Hint 2. Column j of W2 holds the weights that read it.
    Hint 3. An array as an index picks: W1[keep] are these rows, W2[:, keep] these columns.
    """
    raise NotImplementedError


def multiply_adds(sizes):
    """The multiply-adds of one sample in a dense net, (784, 300, 100, 10) say, without biases: one number.

    Hint 1. There is one for each weight.
    Hint 2. Between layers of a and b units there are a times b weights; zip(sizes, sizes[1:]) has the neighbours.
    """
    raise NotImplementedError


def next_layer(costs, sizes):
    """The hidden layer, 1 for the first, whose next unit costs least for each multiply-add that it saves.

    costs[0] is for the first hidden layer; it has sizes[1] units and lies between sizes[0] and sizes[2].

    Hint 1. A unit of hidden layer l has sizes[l - 1] weights coming in, and sizes[l + 1] going out.
    Hint 2. Divide each cost by the sum of these two; np.argmin says where the smallest is.
    Hint 3. np.argmin counts from 0, the hidden layers from 1.
    """
    raise NotImplementedError
