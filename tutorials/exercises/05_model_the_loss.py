"""Exercises to lesson 05: the quadratic model of the loss, and Optimal Brain Damage.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 05
    python -m nnprune.exercises 05 --hint diagonal    a hint; add 2 for the next

    letter   meaning                                              shape
    w, dw    the weights, a change of them                        (d,)
    E        the loss: a number, or a function of w               float
    g, H     its gradient and its Hessian at w                    (d,), (d, d)
"""

import numpy as np  # noqa: F401


def diagonal(E, w, eps):
    """The diagonal h (d,) of the Hessian of the function E at w (d,), by steps of eps to both sides."""
    raise NotImplementedError


def taylor(E, g, H, dw):
    """What the Taylor series up to second order says of the loss at w + dw: a number. E is the loss at w, a number."""
    raise NotImplementedError


def remove(w, H, n_remove):
    """Optimal Brain Damage: the weights (d,) after the n_remove of the smallest saliency are set to 0.

    H is taken once, for all removals; the other weights stay as they are. No H here has a negative diagonal.
    """
    raise NotImplementedError
