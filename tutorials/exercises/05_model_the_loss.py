"""Exercises to lesson 05: the quadratic model of the loss, and Optimal Brain Damage.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 05

    letter   meaning                                              shape
    w, dw    the weights, a change of them                        (d,)
    E        the loss: a number, or a function of w               float
    g, H     its gradient and its Hessian at w                    (d,), (d, d)
    gone     True where a weight is removed                       (d,) bool
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
