"""Exercises to lesson 08: the tools of the whole loop of OBS, and of reading what it leaves.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 08

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
    """The inverse of H = alpha I + 1/n sum of g g' for the rows g of G, sample by sample: (d, d) (equation 17).

    Hint 1. Begin with the inverse of alpha I, which is I / alpha.
    Hint 2. For each row g: v = Hinv @ g, then subtract v v' / (n + g'v) from Hinv.
    Hint 3. np.outer(v, v) is v v', and n is len(G), for all samples the same.
    """
    raise NotImplementedError


def smallest(train, valid):
    """How many weights can go: the largest k for which neither train[k] nor valid[k] is below its first entry.

    Hint 1. train >= train[0] is True for each net that is as good as the dense one in training.
    Hint 2. (a) & (b) is True where both are; np.flatnonzero gives the places of True.
    Hint 3. Accuracy can fall and come back. It is the last place that is wanted, not the one before the first loss.
    """
    raise NotImplementedError


def reads(M1, M2):
    """Which inputs are read: an array of True and False (n_in,), True where a path of kept weights leads to an output.

    Hint 1. Go backwards. A unit is in use if any output has a kept weight from it: look down the columns of M2.
    Hint 2. M.any(axis=0) looks down the columns of M; M[used] takes the rows where `used` is True.
    """
    raise NotImplementedError


def follows(terms, cases):
    """For which cases a rule holds: an array of True and False (n,).

    The rule "(a1 = 2) or (a2 = 1 and a3 = 3)" is terms = [[(1, 2)], [(2, 1), (3, 3)]]: it holds for a case if all
    conditions of at least one term do. Attributes are counted from 1.

    Hint 1. cases[:, a - 1] == v says for each case whether the condition (a, v) holds.
    Hint 2. Begin each term with np.ones(len(cases), bool) and combine its conditions with &.
    Hint 3. Begin the rule with np.zeros(len(cases), bool) and combine its terms with |.
    """
    raise NotImplementedError
