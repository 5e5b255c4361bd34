"""Exercises to lesson 11: what a fair comparison needs.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 11
    python -m nnprune.exercises 11 --hint three_parts    a hint; add 2 for the next

    letter        meaning                                                       shape
    a, b          accuracies of two methods, in %, on the same nets             (n,)
    p             an accuracy as a share, between 0 and 1                       float
    valid, test   accuracies in %: an option a row, a seed a column             (options, seeds)
    rng           a numpy.random.Generator, the source of randomness
"""

import numpy as np  # noqa: F401


def three_parts(n, n_valid, n_test, rng):
    """Sample three parts of n pictures: the row numbers to train on, to validate on and to test on, as three arrays.

    No picture is in two parts, and none is left out: n - n_valid - n_test are for training.
    """
    raise NotImplementedError


def choose(valid, test):
    """Choose an option (a learning rate, say) and report it: the tuple (number of the option, its mean test accuracy).
    """
    raise NotImplementedError


def paired(a, b):
    """Is b better than a on the same nets? The tuple (mean of the differences b - a, standard error of that mean)."""
    raise NotImplementedError


def accuracy_error(p, n):
    """The standard error of an accuracy p that was measured on n pictures: a float."""
    raise NotImplementedError


def rounds(n_remove, every):
    """How many weights are gone after each round, if a round removes `every` and n_remove go in all: a list of ints.

    The last round is smaller where n_remove is no multiple of `every`. rounds(7, 3) is [3, 6, 7].
    """
    raise NotImplementedError
