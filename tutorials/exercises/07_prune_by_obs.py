"""Exercises to lesson 07: Optimal Brain Surgeon on one unit.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 07
    python -m nnprune.exercises 07 --hint saliency    a hint; add 2 for the next

    letter   meaning                                    shape
    w        the weights                                (d,)
    H, Hinv  the Hessian of the error, its inverse      (d, d)
    q        the number of the weight that goes
    '        transposed: g g' is the outer product of g with itself
"""

import numpy as np  # noqa: F401


def saliency(w, Hinv):
    """What the removal of each weight costs, if all others may move: L of shape (d,)."""
    raise NotImplementedError


def update(w, Hinv, q):
    """The weights after q has gone and all others have moved to compensate: a new array (d,), with w[q] exactly 0."""
    raise NotImplementedError


def downdate(Hinv, q):
    """The inverse of the Hessian of what is left, without inverting again: (d - 1, d - 1), row and column q cut out."""
    raise NotImplementedError


def outer_product_hessian(G, damping):
    """H = 1/n sum of g g' for the gradients g, the rows of G (n, d), damped: (d, d) (equations 10 to 14).

    Every diagonal entry grows by a share of itself, `damping`: H_jj + damping * H_jj. (One alpha for all of them, as in
    the lesson, would depend on the units in which the inputs are measured.)
    """
    raise NotImplementedError


def remove(w, H, n_remove):
    """Remove n_remove weights, one after another, always the cheapest: the new weights (d,), 0 where removed.

    After every removal the inverse must be that of what is left.
    """
    raise NotImplementedError
