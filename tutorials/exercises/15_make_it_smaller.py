"""Exercises to lesson 15: Unit-OBS, a unit is a column.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 15
    python -m nnprune.exercises 15 --hint unit_costs    a hint; add 2 for the next

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
    """What removing each unit costs, summed over the n_out units that read it: s, shape (d,)."""
    raise NotImplementedError


def remove_unit(W, H, j):
    """W without unit j, compensated by the others: a new array, shape (n_out, d), whose column j is exactly 0."""
    raise NotImplementedError


def cut(W1, b1, W2, keep):
    """The smaller net, with the hidden units ``keep`` alone: (W1, b1, W2)."""
    raise NotImplementedError


def multiply_adds(sizes):
    """The multiply-adds of one sample in a dense net, (784, 300, 100, 10) say, without biases: one number."""
    raise NotImplementedError


def next_layer(costs, sizes):
    """The hidden layer, 1 for the first, whose next unit costs least for each multiply-add that it saves.

    costs[0] is for the first hidden layer; it has sizes[1] units and lies between sizes[0] and sizes[2].
    """
    raise NotImplementedError
