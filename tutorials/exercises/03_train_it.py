"""Exercises to lesson 03: training.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 03
    python -m nnprune.exercises 03 --hint split    a hint; add 2 for the next

    letter     meaning                                            shape
    theta      all parameters as one vector                       (d,)
    v          velocity                                           (d,)
    g          gradient on the mini-batch                         (d,)
    mask       True = kept, False = pruned                        (d,)
    eta, mu    learning rate, momentum
    decay      weight decay (lambda in the lesson)
    order      the numbers 0 to n - 1 of the samples, shuffled    (n,)
"""

import numpy as np  # noqa: F401


def split(order, share):
    """The tuple (training rows, validation rows): the first round(share * n) of `order` are kept for validation."""
    raise NotImplementedError


def warm_cosine(eta, s, S, w):
    """The learning rate of step s = 0, 1, ..., S - 1: w steps of warming up, then half a cosine from eta down to 0.

    eta (s + 1) / w for s < w, then eta/2 (1 + cos(pi (s - w) / (S - w))). w may be 0.
    """
    raise NotImplementedError


def step(theta, v, g, eta, mu, decay):
    """One step of SGD with momentum and *decoupled* weight decay: the tuple (new theta, new v).

    v <- mu v - eta g;  theta <- (1 - eta decay) theta + v. So the decay leaves no momentum.
    """
    raise NotImplementedError


def masked_step(theta, v, g, mask, eta, mu):
    """One step without decay in which pruned weights stay at 0: the tuple (new theta, new v).

    theta is 0 where the mask is False. v need not be: it is left from the time before the pruning.
    """
    raise NotImplementedError


def epoch(net, x, y, order, batch_size, eta, mu):
    """One epoch of mini-batch SGD with *Nesterov's* momentum, the velocity 0 at first: the trained net, a new one.

    The gradient is taken where momentum alone would lead: v <- mu v - eta g(theta + mu v);  theta <- theta + v.
    """
    raise NotImplementedError
