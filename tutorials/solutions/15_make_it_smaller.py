"""Solutions to the exercises of lesson 15. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def unit_costs(W, H):
    """s_j = sum_i w_ij^2 / (2 [H^-1]_jj)."""
    return (W**2).sum(axis=0) / (2 * np.diag(np.linalg.inv(H)))


def remove_unit(W, H, j):
    """W - W_j [H^-1]_j / [H^-1]_jj, in all rows at once."""
    Hinv = np.linalg.inv(H)
    W = W - np.outer(W[:, j], Hinv[j]) / Hinv[j, j]
    W[:, j] = 0
    return W


def cut(W1, b1, W2, keep):
    """Rows, entries and columns of the units that stay."""
    return W1[keep], b1[keep], W2[:, keep]


def multiply_adds(sizes):
    """One for each weight."""
    return sum(a * b for a, b in zip(sizes, sizes[1:]))


def next_layer(costs, sizes):
    """The least cost per multiply-add saved."""
    saved = np.array(sizes[:-2]) + np.array(sizes[2:])
    return 1 + np.argmin(costs / saved)
