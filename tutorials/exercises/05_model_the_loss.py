"""Exercises to lesson 05: the quadratic model of the loss, and Optimal Brain Damage.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 05

    letter   meaning                                              shape
    w, dw    the weights, a change of them                        (d,)
    E        the loss: a number, or a function of w               float
    g, H     its gradient and its Hessian at w                    (d,), (d, d)
"""

import numpy as np  # noqa: F401


def diagonal(E, w, eps):
    """The diagonal h (d,) of the Hessian of the function E at w (d,), by steps of eps to both sides.

    Hint 1. h_kk = (E(w + eps e_k) - 2 E(w) + E(w - eps e_k)) / eps^2, for each k.
    Hint 2. e_k is 1 in place k and 0 elsewhere: the rows of np.eye(len(w)).
    Hint 3. One weight moves at a time; the others stay where they are.
    """
    raise NotImplementedError


def taylor(E, g, H, dw):
    """What the Taylor series up to second order says of the loss at w + dw: a number. E is the loss at w, a number.

    Hint 1. The three terms are E, g' dw, and 1/2 dw' H dw.
    Hint 2. a' b, the sum of the products, is a @ b in NumPy; dw' H dw is dw @ H @ dw.
    """
    raise NotImplementedError


def remove(w, H, n_remove):
    """Optimal Brain Damage: the weights (d,) after the n_remove of the smallest saliency are set to 0.

    H is taken once, for all removals; the other weights stay as they are. No H here has a negative diagonal.

    Hint 1. The saliencies are s_k = 1/2 h_kk w_k^2, and h_kk is the diagonal: np.diag(H).
    Hint 2. np.argsort(s)[:n_remove] are the numbers of the cheapest.
    Hint 3. Begin with w.copy(), so that the caller's array stays as it is.
    """
    raise NotImplementedError
