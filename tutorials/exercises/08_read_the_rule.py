"""Exercises to lesson 08: the tools of the whole loop of OBS, and of reading what it leaves.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 08
    python -m nnprune.exercises 08 --hint add_batch    a hint; add 2 for the next

    letter         meaning                                                   shape
    Hinv           inverse Hessian of the samples so far                     (d, d)
    B, n           gradients of a batch, a sample a row; all samples         (m, d), int
    train, valid   accuracies after 0, 1, 2, ... removals, on two sets       (m,)
    M1, M2         masks of the two layers of a net, True = kept             (units, n_in), (n_out, units)
    terms          a rule: an "or" of terms, each an "and" of conditions (attribute, value)
    cases          values of the attributes, a case a row                    (n, 3)
    '              transposed: B'B is B.T @ B
"""

import numpy as np  # noqa: F401


def add_batch(Hinv, B, n):
    """The inverse of H + 1/n B'B, from the inverse Hinv (d, d) of H and a batch of gradients, the rows of B (m, d).

    Equation 17 for m samples at once, which takes one inverse of (m, m) instead of m steps:
    Hinv - V' (n I + B V')^-1 V with V = B Hinv. n is the number of all samples, and I is (m, m).
    """
    raise NotImplementedError


def smallest(train, valid):
    """How many weights can go: the largest k for which neither train[k] nor valid[k] is below its first entry."""
    raise NotImplementedError


def count_paths(M1, M2):
    """How many paths of kept weights lead from each input to each output: whole numbers (n_out, n_in).

    A path goes from input i to unit u (M1[u, i] is True) and from there to output o (M2[o, u] is True).
    """
    raise NotImplementedError


def follows(terms, cases):
    """For which cases a rule holds: an array of True and False (n,).

    The rule "(a1 = 2) or (a2 = 1 and a3 = 3)" is terms = [[(1, 2)], [(2, 1), (3, 3)]]: it holds for a case if all
    conditions of at least one term do. Attributes are counted from 1.
    """
    raise NotImplementedError
