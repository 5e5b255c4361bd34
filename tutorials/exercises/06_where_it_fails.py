"""Exercises to lesson 06: what the parabola leaves out, and what it would need.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 06
    python -m nnprune.exercises 06 --hint saliency_with_gradient    a hint; add 2 for the next

    letter   meaning                                              shape
    w        the weights                                          (d,)
    g, h     gradient and diagonal of the Hessian                 (d,), (d,)
    H        the whole Hessian                                    (d, d)
    gone     True where a weight is removed                       (d,) bool
    z        the outputs of a net before the softmax              (k,)
    '        transposed: dw' H dw is dw @ H @ dw
"""

import numpy as np  # noqa: F401


def saliency_with_gradient(w, g, h):
    """The rise that the Taylor series up to second order says for each weight, set to 0 alone: (d,).

    Away from a minimum the gradient g (d,) is not 0, and its term counts. h (d,) is the Hessian's diagonal.
    """
    raise NotImplementedError


def left_out(w, H, gone):
    """What Optimal Brain Damage leaves out when all weights in `gone` (d,) bool are removed together: a number.

    It is the rise by the quadratic model with all of H, 1/2 dw' H dw, minus the sum of the saliencies of what goes.
    """
    raise NotImplementedError


def hessian(net, x, y):
    """The exact Hessian (p, p) of the loss of a net with p parameters, by steps of the *gradient*.

    net.parameters() is the vector w of all of them, net.set_parameters(w) puts one in, net.copy() is a copy of the net,
    and net.gradient(x, y) the gradient at its parameters.
    """
    raise NotImplementedError


def logit_hessian(z):
    """The Hessian (k, k) of the cross-entropy -log p_y of one sample with respect to the outputs z (k,).

    p is the softmax of z. The class y drops out: the curvature is the same whichever is right. z may be large.
    """
    raise NotImplementedError
