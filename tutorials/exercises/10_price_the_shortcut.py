"""Exercises to lesson 10: a stale inverse, and one that is updated at little cost.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 10

    letter   meaning                                                        shape
    w        one unit's weights                                             (d,)
    H        its Hessian                                                    (d, d)
    A, U     the inverse of what is left is A - U'U; U has a row for each   (d, d), (j, d)
             removal that A does not know of yet (there may be none: j = 0)
    q        the number of the weight that goes
    r        row q of the inverse as it is now                              (d,)
    kept     which weights are left                                         (d,) bool
    costs    what each removal costs, a unit a row                          (n_units, n)
"""

import numpy as np  # noqa: F401


def remove_stale(w, H, n_remove):
    """Remove n_remove weights with one inverse for all: the new weights (d,), 0 where removed.

    The saliencies are computed once and never again, and so is the inverse.

    Hint 1. Before the loop: Hinv = np.linalg.inv(H), and L = w**2 / (2 * np.diag(Hinv)).
    Hint 2. np.argsort(L)[:n_remove] are the weights that go, the cheapest first.
    Hint 3. For each of them the update of eq. 5, with the weight as it is by then: dw = -(w_q / [H^-1]_qq) H^-1 e_q.
    Hint 4. A stale inverse moves removed weights too: set all that have gone to 0 again after every update.
    """
    raise NotImplementedError


def row_now(A, U, q):
    """Row q of the inverse as it is now, A - U'U, without the whole of U'U: (d,).

    Hint 1. Entry (q, i) of U'U is the product of two columns of U: U[:, q] @ U[:, i].
    Hint 2. All i at once: U[:, q] @ U, of shape (j,) times (j, d), which is (d,).
    Hint 3. It works for j = 0 as well: an empty sum is 0.
    """
    raise NotImplementedError


def push(U, r, q):
    """U with one more row u, so that A - U'U is the inverse without weight q: (j + 1, d).

    Hint 1. The downdate subtracts r r' / r_q. It shall be u u'.
    Hint 2. So u is r divided by the square root of r_q, which is r[q].
    Hint 3. np.vstack([U, u]) puts one more row below; do not change the U that you were given.
    """
    raise NotImplementedError


def flush(A, U, kept):
    """The inverse of what is left, with all pending downdates in it, and only the rows and columns of what is left.

    Its shape is (k, k), where k is the number of weights left.

    Hint 1. All pending downdates are one matrix product: U.T @ U, of shape (d, d).
    Hint 2. B[kept][:, kept] are the rows and columns of B that are kept.
    """
    raise NotImplementedError


def merge(costs):
    """The order of all removals over several units, as the numbers of the units: an array or list of n_units * n ints.

    Row i of costs has what the removals of unit i cost, in that unit's own order, which must be kept. Each time it is
    the turn of the unit whose next removal is the cheapest. No two costs are equal.

    Hint 1. The slow way: for each unit remember how many of its removals have had their turn; look at the next one of
            each unit (np.inf behind the last one), and take the smallest.
    Hint 2. The fast way: a removal's turn comes when the most expensive one up to it is the cheapest on offer.
            np.maximum.accumulate(costs, axis=1) is the running maximum.
    Hint 3. np.argsort(..., kind="stable") of the raveled matrix gives places; a place divided by n (//) is the unit.
    """
    raise NotImplementedError
