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
"""

import numpy as np  # noqa: F401


def forward(W1, b1, W2, b2, x):
    """The output z of a net with one hidden layer of relu units: (n, n_out)."""
    raise NotImplementedError


def residual(z, y):
    """delta of the last layer for softmax and cross-entropy, the mean over n samples: (p - t) / n, of shape (n, c)."""
    raise NotImplementedError


def backward_layer(delta, a, W):
    """One layer backwards: the tuple (dE/dW, dE/db, dE/da), shaped as W, as b and as a."""
    raise NotImplementedError


def gradient(net, x, y):
    """The gradient of a net of relu layers with softmax and cross-entropy, as one vector: (n_parameters,).

    The order is that of net.parameters(): for each layer its weights, row by row, then its biases.
    """
    raise NotImplementedError


def central_difference(net, x, y, v, h):
    """The slope of the loss along v: (E(theta + h v) - E(theta - h v)) / (2 h), a number."""
    raise NotImplementedError
