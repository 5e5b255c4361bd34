"""Solutions to the exercises of lesson 02. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def forward(W1, b1, W2, b2, x):
    """z = tanh(x W1' + b1) W2' + b2."""
    a = np.tanh(x @ W1.T + b1)
    return a @ W2.T + b2


def residual(z, y):
    """(softmax(z) - t) / n."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (p - np.eye(z.shape[1])[y]) / len(z)


def binary_residual(z, y):
    """(p - y) / n; where e^-z overflows, 1 / inf is 0, as it should be."""
    with np.errstate(over="ignore"):
        p = 1 / (1 + np.exp(-z))
    return (p - y[:, None]) / len(z)


def backward_block(delta, a, W, b):
    """Through the layer, where it is on; and past it."""
    d = delta * (a @ W.T + b > 0)
    return d.T @ a, d.sum(axis=0), delta + d @ W


def gradient(net, x, y):
    """From the last layer to the first; the slope of a = tanh(z) is 1 - a^2."""
    inputs, z = net.layer_inputs(x)
    delta, g = residual(z, y), []
    for l in reversed(range(len(net.weights))):
        g = [(delta.T @ inputs[l]).ravel(), delta.sum(axis=0), *g]
        delta = delta @ net.weights[l] * (1 - inputs[l]**2)
    return np.concatenate(g)


def fourth_order(net, x, y, v, h):
    """(8 E(+1) - 8 E(-1) - E(+2) + E(-2)) / (12 h)."""
    theta, E = net.parameters(), {}
    for k in (2, 1, -1, -2):
        moved = net.copy()
        moved.set_parameters(theta + k * h * v)
        E[k] = moved.loss(x, y)
    return (8 * E[1] - 8 * E[-1] - E[2] + E[-2]) / (12 * h)


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
