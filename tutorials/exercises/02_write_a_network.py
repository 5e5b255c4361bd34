"""Exercises to lesson 02: a network and its gradient by hand.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 02

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
    """The output z of a net with one hidden layer of relu units: (n, n_out).

    Hint 1. A layer is z = a W' + b. W' is W.T, and the matrix product is @.
    Hint 2. The relu is np.maximum(z, 0). It belongs between the layers; the output is not bent.
    """
    raise NotImplementedError


def residual(z, y):
    """delta of the last layer for softmax and cross-entropy, the mean over n samples: (p - t) / n, of shape (n, c).

    Hint 1. p of one sample is e^z_k over the sum of all its e^z_j. One sample is one row: sum along axis=1, and with
            keepdims=True the sums are a column that divides the rows.
    Hint 2. e^1000 is too large for a computer. Take the largest z of each row away from the row first; p stays.
    Hint 3. t is 1 at the right class and 0 elsewhere. np.eye(c)[y] is this matrix, and z.shape[1] is c.
    """
    raise NotImplementedError


def backward_layer(delta, a, W):
    """One layer backwards: the tuple (dE/dW, dE/db, dE/da), shaped as W, as b and as a.

    Hint 1. dE/dW_jk is the sum over the samples i of delta_ij a_ik. As a matrix product: delta' a.
    Hint 2. dE/db_j is the sum over the samples of delta_ij. A sum, not a mean: the 1/n is in delta already.
    Hint 3. dE/da_ik is the sum over the units j of delta_ij W_jk. Write the shapes down: only one product fits.
    """
    raise NotImplementedError


def gradient(net, x, y):
    """The gradient of a net of relu layers with softmax and cross-entropy, as one vector: (n_parameters,).

    The order is that of net.parameters(): for each layer its weights, row by row, then its biases.

    Hint 1. inputs, z = net.layer_inputs(x) is the forward pass: inputs[l] goes into layer l, z is the output.
    Hint 2. Begin with delta = residual(z, y), and an empty list g.
    Hint 3. For l from the last layer to 0: dW, db, da = backward_layer(delta, inputs[l], net.weights[l]); put
            dW.ravel() and db in front of what g has; the next delta is da times the slope of the relu.
    Hint 4. The slope is 1 where inputs[l] > 0, else 0. np.concatenate(g) makes one vector of a list.
    """
    raise NotImplementedError


def central_difference(net, x, y, v, h):
    """The slope of the loss along v: (E(theta + h v) - E(theta - h v)) / (2 h), a number.

    Hint 1. theta is net.parameters(), and net.loss(x, y) is E.
    Hint 2. up = net.copy() is a net of its own; up.set_parameters(...) changes it and leaves net as it is.
    Hint 3. Compute both points from the theta at the beginning.
    """
    raise NotImplementedError
