"""Dense nets that are trained in other ways than ours: what of Table 1 hangs on the dense net.

    letter   meaning                                                          shape
    theta    all parameters                                                   (p,)
    g        gradient of the mini-batch's mean loss                           (p,)
    m, v     running means of g and of g^2                                    (p,)
    t        steps so far                                                     int

How the authors' net was trained is not written in the paper. The net itself tells: its first layer's weights on pixels
that are 0 in every image get no gradient, and weight decay would shrink them. They are normal with a standard deviation
of 0.0100, so this was the initial width, and there was no decay; on the other pixels it is 0.15. The head of the
authors' script names a learning rate of 0.001, batches of 100 and 100 epochs, as one takes them with Adam (Kingma & Ba,
ICLR 2015, Algorithm 1; the order of its last lines as in section 2):

    m <- m + (1 - beta1) (g - m)      v <- v + (1 - beta2) (g^2 - v)
    theta <- theta - rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)

Every parameter moves by about the rate whatever the size of its gradient, so that weights on pixels that are rarely
seen grow as far as the others: magnitude then no longer says what a weight does.
"""

from __future__ import annotations

from math import sqrt

import numpy as np

from ...nn.activations import ACTIVATIONS
from ...nn.backprop import backward_pass, forward_pass, unflatten
from ...nn.losses import LOSSES, checked_samples
from ...nn.mlp import MLP
from ...nn.sgd import train

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # the paper's; eps stands beside sqrt(v) as in its section 2


def trained_otherwise(data, s, seed, *, width=None, decay=0.0, adam_epochs=0):
    """A net of our layers, its initial weights normal with this width (None: ours), trained by SGD or by Adam."""
    net = MLP((data.x_train.shape[1], *s.hidden, 10), rng=seed)
    rng = np.random.default_rng([seed, 5])
    if width is not None:
        net.set_parameters(rng.normal(0, width, len(net.parameters())))
    if adam_epochs:
        train_by_adam(net, data.x_train, data.y_train, epochs=adam_epochs, rng=rng)
    else:
        train(net, data.x_train, data.y_train, epochs=s.epochs, learning_rate=s.learning_rate, weight_decay=decay,
              rng=seed)
    return net


def train_by_adam(net, x, y, *, epochs, rate=1e-3, batch_size=100, rng):
    """Train in place, in the precision of x."""
    x, t = checked_samples(net, x, y, dtype=None)
    f, loss = ACTIVATIONS[net.activation], LOSSES[net.loss_name]
    theta = net.parameters().astype(x.dtype)
    g, m, v = np.empty_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    weights, biases = unflatten(theta, net.weights, net.biases)  # views: they move with theta
    dW, db = unflatten(g, net.weights, net.biases)
    order = np.concatenate([rng.permutation(len(x)) for _ in range(epochs)])
    for step, start in enumerate(range(0, len(order), batch_size), 1):
        rows = order[start:start + batch_size]
        inputs, z = forward_pass(weights, biases, x[rows], f.f)
        _, delta = loss.value_and_residual(z, t[rows])
        backward_pass(weights, inputs, delta / len(rows), f.slope, dW, db)
        m += (1 - BETA1) * (g - m)
        v += (1 - BETA2) * (g * g - v)
        theta -= rate * sqrt(1 - BETA2**step) / (1 - BETA1**step) * m / (np.sqrt(v) + EPS)
    net.set_parameters(theta)


def spread(net, x):
    """The standard deviation of every layer's weights, and of the first layer's on pixels that are 0 in all of x."""
    black = net.weights[0][:, ~x.any(axis=0)]
    return [*(float(W.std()) for W in net.weights), float(black.std()) if black.size else 0.0]
