"""Exercises to lesson 02: a network and its gradient by hand.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 02
    python -m nnprune.exercises 02 --hint forward    a hint; add 2 for the next

    letter   meaning                                              shape
    x        samples, one a row                                   (n, n_in)
    W, b     weights of a layer, one unit a row, and biases       (n_out, n_in), (n_out,)
    a        input of a layer                                     (n, n_in)
    z        what comes out, before the activation                (n, n_out)
    delta    dE/dz                                                (n, n_out)
    y        labels: the right class of each sample, from 0 on    (n,)
    '        transposed: W' is W.T
"""

import numpy as np  # noqa: F401


def forward(W1, b1, W2, b2, x):
    """The output z of a net with one hidden layer of *tanh* units: (n, n_out).

    z = tanh(x W1' + b1) W2' + b2
    """
    raise NotImplementedError


def residual(z, y):
    """delta of the last layer for softmax and cross-entropy, the mean over n samples: (p - t) / n, of shape (n, c).

    It must be right for outputs of 1000, too.
    """
    raise NotImplementedError


def binary_residual(z, y):
    """delta of the one output of a net for two classes, z (n, 1) and y (n,) of 0 and 1: (p - y) / n, of shape (n, 1).

    p = 1 / (1 + e^-z) is the probability of class 1. It must be right for outputs of 1000 and -1000, too.
    """
    raise NotImplementedError


def backward_block(delta, a, W, b):
    """A residual block backwards: the tuple (dE/dW, dE/db, dE/da), shaped as W, as b and as a.

    Forward the block gives a + relu(a W' + b), for a of the shape (n, d) and a square W (d, d). delta (n, d) is the
    derivative of E with respect to what the block gives, with the 1/n in it.
    """
    raise NotImplementedError


def gradient(net, x, y):
    """The gradient of a net of *tanh* layers with softmax and cross-entropy, as one vector: (n_parameters,).

    The order is that of net.parameters(): for each layer its weights, row by row, then its biases.
    """
    raise NotImplementedError


def fourth_order(net, x, y, v, h):
    """The slope of the loss along v by four points, whose error falls as h^4: a number.

    (8 E(+1) - 8 E(-1) - E(+2) + E(-2)) / (12 h), where E(k) is the loss at theta + k h v.
    """
    raise NotImplementedError
