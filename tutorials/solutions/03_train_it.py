"""Solutions to the exercises of lesson 03. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def split(order, share):
    """The first round(share * n) for validation, the rest for training."""
    k = round(share * len(order))
    return order[k:], order[:k]


def warm_cosine(eta, s, S, w):
    """Up in w steps, then half a cosine down."""
    if s < w:
        return eta * (s + 1) / w
    return eta / 2 * (1 + np.cos(np.pi * (s - w) / (S - w)))


def step(theta, v, g, eta, mu, decay):
    """v <- mu v - eta g;  theta <- (1 - eta decay) theta + v."""
    v = mu * v - eta * g
    return (1 - eta * decay) * theta + v, v


def masked_step(theta, v, g, mask, eta, mu):
    """v <- m (mu v - eta g);  theta <- theta + v."""
    v = mask * (mu * v - eta * g)
    return theta + v, v


def epoch(net, x, y, order, batch_size, eta, mu):
    """One step for each batch, in the order given, each gradient at theta + mu v."""
    net, theta, v = net.copy(), net.parameters(), 0
    for start in range(0, len(order), batch_size):
        batch = order[start:start + batch_size]
        net.set_parameters(theta + mu * v)
        v = mu * v - eta * net.gradient(x[batch], y[batch])
        theta = theta + v
    net.set_parameters(theta)
    return net


# On your own: answers
#
# 1. With decay the step is w - (w + w/2) = -w/2: 1, -0.5, 0.25, -0.125, 0.0625. With the target 1 it is w - (w - 1 +
#    w/2) = 1 - w/2: 1, 0.5, 0.75, 0.625, 0.6875, and the end is where w = 1 - w/2, at 2/3. Training with decay
#    minimises E + lambda w^2 / 2, and the minimum of that is nearer to 0.
# 2. Replace the tuple of rates in section 3 by 0.01 * 3.0 ** np.arange(6) and plot the last entry of each curve. (The
#    colours and the claims there are for three rates: keep `0.001, 0.1, 10` in a second loop, or expect the claims to
#    be broken.)
# 3. It is as if the rate were ten times smaller. For a constant gradient v = mu v - eta g has the solution -eta g /
#    (1 - mu), so mu = 0.9 moves ten times as far a step; with mu = 0 take about ten times the rate.
# 4. `wrong = y_train.copy(); wrong[:500] = np.random.default_rng(0).integers(0, 10, 500)`, then learn(x_train, wrong,
#    epochs=40). Compare its accuracy on the wrong 500, on the other training pictures, and in validation: on
#    synthetic digits 75 %, 100 % and 94.5 %. It has memorised most of them, one by one, and every other picture too.
