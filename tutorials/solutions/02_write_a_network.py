"""Solutions to the exercises of lesson 02. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def forward(W1, b1, W2, b2, x):
    """z = relu(x W1' + b1) W2' + b2."""
    a = np.maximum(x @ W1.T + b1, 0)
    return a @ W2.T + b2


def residual(z, y):
    """(softmax(z) - t) / n."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (p - np.eye(z.shape[1])[y]) / len(z)


def backward_layer(delta, a, W):
    """delta' a, the sum of delta over the samples, and delta W."""
    return delta.T @ a, delta.sum(axis=0), delta @ W


def gradient(net, x, y):
    """From the last layer to the first."""
    inputs, z = net.layer_inputs(x)
    delta, g = residual(z, y), []
    for l in reversed(range(len(net.weights))):
        dW, db, da = backward_layer(delta, inputs[l], net.weights[l])
        g = [dW.ravel(), db, *g]
        delta = da * (inputs[l] > 0)
    return np.concatenate(g)


def central_difference(net, x, y, v, h):
    """(E(theta + h v) - E(theta - h v)) / (2 h)."""
    up, down = net.copy(), net.copy()
    up.set_parameters(net.parameters() + h * v)
    down.set_parameters(net.parameters() - h * v)
    return (up.loss(x, y) - down.loss(x, y)) / (2 * h)


# On your own: answers
#
# 1. z1 = (1, 2), a1 = (1, 2), z2 = 2 - 2 + 0.5 = 0.5: the target is met, E = 0, and all derivatives are 0. Take the
#    target 0 to see more: delta2 = 0.5, dW2 = (0.5, 1), delta1 = (1, -0.5), dW1 = (2, 1) and (-1, -0.5).
# 2. With all weights 0 the hidden units are 0, and at the corner the slope is 0: every derivative is 0 but that of
#    the output's biases. Equal weights that are not 0 would stay equal: all units of a layer would learn the same.
#    Random weights make them differ.
# 3. Both are noticed by the check: g is n times too small or too large, so the error is near 1 or near n. Training
#    does not notice, if the learning rate compensates the factor.
# 4. In `naive_forward` np.tanh(z), in `naive_backward` `(1 - a**2)` for `(a > 0)`; the net is `nnprune.MLP(...,
#    activation='tanh')`. The first input is x itself, where the slope is computed and never used.
