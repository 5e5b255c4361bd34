"""Exercises to lesson 03: training.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 03

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
    """The tuple (training rows, validation rows): the first round(share * n) of `order` are kept for validation.

    Hint 1. n is len(order), and round(...) gives a whole number.
    Hint 2. order[:k] is its first k entries, order[k:] is the rest. The training rows come first in the tuple.
    """
    raise NotImplementedError


def cosine(eta, s, S):
    """The learning rate of step s = 0, 1, ..., S - 1: half a cosine from eta down to 0.

    Hint 1. The formula is in section 2 of the lesson. Try s = 0 by hand: it must give eta.
    Hint 2. np.cos takes radians, and np.pi is half a turn.
    """
    raise NotImplementedError


def step(theta, v, g, eta, mu, decay):
    """One step of SGD with momentum and weight decay: the tuple (new theta, new v).

    Hint 1. First the velocity: v <- mu v - eta (g + decay theta), with the old theta on the right.
    Hint 2. Then theta <- theta + v, with the new v.
    Hint 3. Do not change the arrays that you were given: v = mu * v - ... makes a new array, v *= mu does not.
    """
    raise NotImplementedError


def masked_step(theta, v, g, mask, eta, mu):
    """One step without decay in which pruned weights stay at 0: the tuple (new theta, new v).

    theta is 0 where the mask is False. v need not be: it is left from the time before the pruning.

    Hint 1. True counts as 1 in a product and False as 0.
    Hint 2. Of mu v - eta g, both parts could move a pruned weight. Mask the sum of both.
    Hint 3. The velocity that is returned must be 0 at pruned weights, too.
    """
    raise NotImplementedError


def epoch(net, x, y, order, batch_size, eta, mu):
    """One epoch of mini-batch SGD with momentum, the velocity 0 at first: the trained net.

    Hint 1. The batches are order[0:batch_size], order[batch_size:2 * batch_size], and so on; the last may be smaller.
            range(0, len(order), batch_size) gives their beginnings.
    Hint 2. net.gradient(x[batch], y[batch]) is g, net.parameters() is theta, net.set_parameters(theta) puts it back.
    Hint 3. Put theta back after every step, so that the next gradient is that of the net as it is then.
    Hint 4. Begin with net = net.copy(), theta = net.parameters() and v = 0, all before the loop.
    """
    raise NotImplementedError
