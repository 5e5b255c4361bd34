"""Solutions to the exercises of lesson 08. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def inverse(G, alpha):
    """Hinv - v v' / (n + g'v) with v = Hinv g, sample by sample."""
    Hinv = np.eye(G.shape[1]) / alpha
    for g in G:
        v = Hinv @ g
        Hinv = Hinv - np.outer(v, v) / (len(G) + g @ v)
    return Hinv


def smallest(train, valid):
    """The last place where nothing is lost."""
    return np.flatnonzero((train >= train[0]) & (valid >= valid[0])).max()


def reads(M1, M2):
    """The columns of M1 with a weight to a unit that has one to an output."""
    used = M2.any(axis=0)
    return M1[used].any(axis=0)


def follows(terms, cases):
    """An "or" of "and"s."""
    holds = np.zeros(len(cases), bool)
    for term in terms:
        all_hold = np.ones(len(cases), bool)
        for a, v in term:
            all_hold &= cases[:, a - 1] == v
        holds |= all_hold
    return holds
