"""Exercises to lesson 11: what a fair comparison needs.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 11

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

    Hint 1. rng.permutation(n) has all numbers from 0 to n - 1 in a random order. Call it once.
    Hint 2. Cut it into three: rows[:n_valid], the next n_test, and the rest.
    Hint 3. Return them in the order training, validation, test.
    """
    raise NotImplementedError


def choose(valid, test):
    """Choose an option (a learning rate, say) and report it: the tuple (number of the option, its mean test accuracy).

    Hint 1. The choice is made on the validation accuracies alone: the best mean over the seeds.
    Hint 2. valid.mean(axis=1) is a mean for each option. argmax gives the number of the largest.
    Hint 3. The report is the mean of the chosen option's row of test.
    """
    raise NotImplementedError


def paired(a, b):
    """Is b better than a on the same nets? The tuple (mean of the differences b - a, standard error of that mean).

    Hint 1. Take the differences first: d = b - a. Everything else is done with d.
    Hint 2. The spread s has n - 1 below the fraction line: d.std(ddof=1).
    Hint 3. The standard error of a mean of n numbers is s / sqrt(n).
    """
    raise NotImplementedError


def accuracy_error(p, n):
    """The standard error of an accuracy p that was measured on n pictures: a float.

    Hint 1. Each picture is right (1) with probability p, or wrong (0). The variance of one such number is p (1 - p).
    Hint 2. The variance of a mean of n of them is that divided by n; the standard error is its square root.
    """
    raise NotImplementedError


def rounds(n_remove, every):
    """How many weights are gone after each round, if a round removes `every` and n_remove go in all: a list of ints.

    The last round is smaller where n_remove is no multiple of `every`. rounds(7, 3) is [3, 6, 7].

    Hint 1. range(every, n_remove, every) has all counts but the last.
    Hint 2. The last one is always n_remove. range leaves its end out, so it is never there twice.
    """
    raise NotImplementedError
