"""Solutions to the exercises of lesson 10. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def remove_stale(w, H, n_remove):
    """One inverse and one list of saliencies for all removals."""
    w, Hinv, kept = w.copy(), np.linalg.inv(H), np.ones(len(w), bool)
    for q in np.argsort(w**2 / (2 * np.diag(Hinv)))[:n_remove]:
        kept[q] = False
        w = np.where(kept, w - w[q] / Hinv[q, q] * Hinv[q], 0)
    return w


def row_now(A, U, q):
    """A[q] - U[:, q]'U."""
    return A[q] - U[:, q] @ U


def push(U, r, q):
    """u = r / sqrt(r_q) below U."""
    return np.vstack([U, r / np.sqrt(r[q])])


def flush(A, U, kept):
    """A - U'U, cut."""
    return (A - U.T @ U)[kept][:, kept]


def merge(costs):
    """Sort by the running maximum, stably."""
    highest = np.maximum.accumulate(costs, axis=1)
    return np.argsort(highest.ravel(), kind="stable") // costs.shape[1]


# On your own: answers
#
# 1. H^-1 has 5/21, 5/21 and 1 on its diagonal, so L = (2.1, 3.024, 2). Both ways remove the third weight and then the
#    first, and both promise 4.1: the third has nothing to do with the twins, so the shortcut costs nothing here. A
#    third removal would.
# 2. Blocks of 1 read and write the whole inverse at every removal, at the speed of the memory. Long blocks make the
#    row r and the product U'U larger: U[:j, q] @ U[:j] grows with j. In between is a minimum; where, depends on your
#    machine's cache.
