"""Exercises to lesson 07: Optimal Brain Surgeon on one unit.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 07

    letter   meaning                                    shape
    w        the weights                                (d,)
    H, Hinv  the Hessian of the error, its inverse      (d, d)
    q        the number of the weight that goes
"""

import numpy as np  # noqa: F401


def saliency(w, Hinv):
    """What the removal of each weight costs, if all others may move: L of shape (d,).

    Hint 1. It is the second formula of equation 5: L_q = w_q^2 / (2 [H^-1]_qq).
    Hint 2. [H^-1]_qq for all q at once is the diagonal of Hinv: np.diag(Hinv).
    Hint 3. No loop is needed: NumPy divides entry by entry.
    """
    raise NotImplementedError


def update(w, Hinv, q):
    """The weights after q has gone and all others have moved to compensate: a new array (d,), with w[q] exactly 0.

    Hint 1. It is the first formula of equation 5: dw = -(w_q / [H^-1]_qq) H^-1 e_q.
    Hint 2. H^-1 e_q is column q of Hinv: Hinv[:, q].
    Hint 3. In exact arithmetic w_q + dw_q is 0. In floating point it may be 1e-17: set it to 0 at the end.
    Hint 4. Do not change the w that you were given: w + dw is a new array, w += dw is not.
    """
    raise NotImplementedError


def downdate(Hinv, q):
    """The inverse of the Hessian of what is left, without inverting again: (d - 1, d - 1), row and column q cut out.

    Hint 1. To cut row and column q out of the inverse is not enough: H is inverted without them, not Hinv cut.
    Hint 2. Subtract h h' / [H^-1]_qq first, where h is column q of Hinv; row and column q are 0 then.
    Hint 3. np.outer(h, h) is h h'. np.delete(np.delete(A, q, 0), q, 1) cuts a row and a column out.
    """
    raise NotImplementedError


def outer_product_hessian(G, damping):
    """H = 1/n sum of g g' for the gradients g, the rows of G (n, d), damped: (d, d) (equations 10 to 14).

    Every diagonal entry grows by a share of itself, `damping`: H_jj + damping * H_jj. (One lambda for all would depend
    on the units in which the inputs are measured.)

    Hint 1. The sum of the g g' over all rows is G.T @ G.
    Hint 2. np.diag(H) is the diagonal, a vector (d,); np.diag of a vector is a matrix, which can be added to H.
    """
    raise NotImplementedError


def remove(w, H, n_remove):
    """Remove n_remove weights, one after another, always the cheapest: the new weights (d,), 0 where removed.

    After every removal the inverse must be that of what is left.

    Hint 1. Keep the numbers of the weights that are left in an array, at first np.arange(len(w)).
    Hint 2. In each step: Hinv of what is left is np.linalg.inv(H[np.ix_(left, left)]); find q with `saliency`; put the
            result of `update` into the weights that are left; take q out of `left`.
    Hint 3. Begin with w = w.copy(), so that the caller's array stays as it is.
    """
    raise NotImplementedError
