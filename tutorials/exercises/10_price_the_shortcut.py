"""Exercises to lesson 10: a stale inverse, and one that is updated at little cost.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 10
    python -m nnprune.exercises 10 --hint remove_stale    a hint; add 2 for the next

    letter   meaning                                                        shape
    w        one unit's weights                                             (d,)
    H        its Hessian                                                    (d, d)
    A, U     the inverse of what is left is A - U'U; U has a row for each   (d, d), (j, d)
             removal that A does not know of yet (there may be none: j = 0)
    q        the number of the weight that goes
    r        row q of the inverse as it is now                              (d,)
    kept     which weights are left                                         (d,) bool
    costs    what each removal costs, a unit a row                          (n_units, n)
    '        transposed: U'U is U.T @ U
"""

import numpy as np  # noqa: F401


def remove_stale(w, H, n_remove):
    """Remove n_remove weights with one inverse for all: the new weights (d,), 0 where removed.

    The saliencies are computed once and never again, and so is the inverse.
    """
    raise NotImplementedError


def row_now(A, U, q):
    """Row q of the inverse as it is now, A - U'U, without the whole of U'U: (d,)."""
    raise NotImplementedError


def push(U, r, q):
    """U with one more row u, so that A - U'U is the inverse without weight q: (j + 1, d)."""
    raise NotImplementedError


def flush(A, U, kept):
    """The inverse of what is left, with all pending downdates in it, and only the rows and columns of what is left.

    Its shape is (k, k), where k is the number of weights left.
    """
    raise NotImplementedError


def merge(costs):
    """The order of all removals over several units, as the numbers of the units: an array or list of n_units * n ints.

    Row i of costs has what the removals of unit i cost, in that unit's own order, which must be kept. Each time it is
    the turn of the unit whose next removal is the cheapest. No two costs are equal.
    """
    raise NotImplementedError
