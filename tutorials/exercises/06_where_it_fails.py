"""Exercises to lesson 06: what the parabola leaves out, and what it would need.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 06

    letter   meaning                                              shape
    w        the weights                                          (d,)
    g, h     gradient and diagonal of the Hessian                 (d,), (d,)
    H        the whole Hessian                                    (d, d)
    gone     True where a weight is removed                       (d,) bool
    z        the outputs of a net before the softmax              (k,)
"""

import numpy as np  # noqa: F401


def saliency_with_gradient(w, g, h):
    """The rise that the Taylor series up to second order says for each weight, set to 0 alone: (d,).

    Away from a minimum the gradient g (d,) is not 0, and its term counts. h (d,) is the Hessian's diagonal.

    Hint 1. The change of weight k is dw_k = -w_k, and no other weight changes.
    Hint 2. The two terms are g_k dw_k and 1/2 h_kk dw_k^2. Put dw_k = -w_k into both.
    """
    raise NotImplementedError


def left_out(w, H, gone):
    """What Optimal Brain Damage leaves out when all weights in `gone` (d,) bool are removed together: a number.

    It is the rise by the quadratic model with all of H, 1/2 dw' H dw, minus the sum of the saliencies of what goes.

    Hint 1. dw_k is -w_k where gone, and 0 elsewhere: np.where(gone, -w, 0).
    Hint 2. The sum of the saliencies is that of 1/2 h_kk dw_k^2: weights that stay have dw_k = 0.
    Hint 3. By hand: H = [[1, 2], [2, 5]], w = (1, 1), both gone: 5 - 3 = 2, which is h_12 w_1 w_2.
    """
    raise NotImplementedError


def hessian(net, x, y):
    """The exact Hessian (p, p) of the loss of a net with p parameters, by steps of the *gradient*.

    net.parameters() is the vector w of all of them, net.set_parameters(w) puts one in, net.copy() is a copy of the net,
    and net.gradient(x, y) the gradient at its parameters.

    Hint 1. Row k is how the gradient changes with w_k: (g(w + eps e_k) - g(w - eps e_k)) / (2 eps).
    Hint 2. eps = 1e-5 is a good step: not so small that rounding shows.
    Hint 3. Put w + eps e_k into one copy of the net and w - eps e_k into another; np.array(rows) is the matrix.
    """
    raise NotImplementedError


def logit_hessian(z):
    """The Hessian (k, k) of the cross-entropy -log p_y of one sample with respect to the outputs z (k,).

    p is the softmax of z. The class y drops out: the curvature is the same whichever is right. z may be large.

    Hint 1. The gradient is p - e_y (lesson 02). Differentiate p_i with respect to z_j.
    Hint 2. dp_i/dz_j is p_i (1 - p_i) for i = j, and -p_i p_j otherwise: the matrix diag(p) - p p'.
    Hint 3. Subtract the largest z before np.exp, as in lesson 02: p stays the same, and nothing overflows.
    """
    raise NotImplementedError
