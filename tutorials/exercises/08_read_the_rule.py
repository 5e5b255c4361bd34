"""Exercises to lesson 08: the tools of the whole loop of OBS, and of reading what it leaves.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 08
    python -m nnprune.exercises 08 --hint inverse    a hint; add 2 for the next

    letter         meaning                                                   shape
    G              gradients of the output, a sample a row                   (n, d)
    alpha          the damping
    train, valid   accuracies after 0, 1, 2, ... removals, on two sets       (m,)
    M1, M2         masks of the two layers of a net, True = kept             (units, n_in), (n_out, units)
    terms          a rule: an "or" of terms, each an "and" of conditions (attribute, value)
    cases          values of the attributes, a case a row                    (n, 3)
"""

import numpy as np  # noqa: F401


def inverse(G, alpha):
    """The inverse of H = alpha I + 1/n sum of g g' for the rows g of G, sample by sample: (d, d) (equation 17)."""
    raise NotImplementedError


def smallest(train, valid):
    """How many weights can go: the largest k for which neither train[k] nor valid[k] is below its first entry."""
    raise NotImplementedError


def reads(M1, M2):
    """Which inputs are read: an array of True and False (n_in,), True where a path of kept weights leads to an output.
    """
    raise NotImplementedError


def follows(terms, cases):
    """For which cases a rule holds: an array of True and False (n,).

    The rule "(a1 = 2) or (a2 = 1 and a3 = 3)" is terms = [[(1, 2)], [(2, 1), (3, 3)]]: it holds for a case if all
    conditions of at least one term do. Attributes are counted from 1.
    """
    raise NotImplementedError
