"""Wrong training under masks: the right SGD with one thing changed."""

import numpy as np

import nnprune

from . import mutant, variant

TRAINING = "sgd_masks"
RATE, STEPS = 0.05, 4


def mask_of(net):
    """The masks as a vector in the order of ``net.parameters()``; biases are kept."""
    return np.concatenate([part for m, b in zip(net.masks, net.biases) for part in (m.ravel(), np.ones(len(b)))])


def put(net, theta):
    """Write a vector into the net as it is, whatever the masks say."""
    start = 0
    for l, (W, b) in enumerate(zip(net.weights, net.biases)):
        net.weights[l] = theta[start:start + W.size].reshape(W.shape).copy()
        net.biases[l] = theta[start + W.size:start + W.size + len(b)].copy()
        start += W.size + len(b)


def sgd(net, x, y, momentum, weight_decay, *, of_gradient, of_theta=1.0, of_end=1.0, v=0.0):
    """SGD with momentum; the factors are what the gradient, the parameters and the end result are masked by."""
    for _ in range(STEPS):
        theta = net.parameters()
        v = momentum * v - RATE * of_gradient * (net.gradient(x, y) + weight_decay * theta)
        put(net, (theta + v) * of_theta)
    put(net, net.parameters() * of_end)
    return net


@mutant(TRAINING, "no mask anywhere")
def unmasked(net, x, y, momentum, weight_decay):
    return sgd(net, x, y, momentum, weight_decay, of_gradient=1.0)


@mutant(TRAINING, "the velocity of the time before pruning is not masked")
def velocity_unmasked(net, x, y, momentum, weight_decay):
    before = -RATE * net.gradient(x, y)
    return sgd(net, x, y, momentum, weight_decay, of_gradient=mask_of(net), v=before)


@mutant(TRAINING, "trained with all weights, masked at the end only")
def masked_at_the_end(net, x, y, momentum, weight_decay):
    return sgd(net, x, y, momentum, weight_decay, of_gradient=1.0, of_end=mask_of(net))


@mutant(TRAINING, "the mask of the gradient is inverted")
def mask_of_gradient_turned_round(net, x, y, momentum, weight_decay):
    return sgd(net, x, y, momentum, weight_decay, of_gradient=1 - mask_of(net), of_theta=mask_of(net))


@mutant(TRAINING, "the net is rebuilt without its masks")
def masks_lost(net, x, y, momentum, weight_decay):
    new = sgd(net, x, y, momentum, weight_decay, of_gradient=mask_of(net))
    return nnprune.MLP.from_arrays(new.weights, new.biases, net.activation, loss=net.loss_name)


@mutant(TRAINING, "momentum and weight decay accepted and not used")
def options_ignored(net, x, y, momentum, weight_decay):
    return sgd(net, x, y, 0.0, 0.0, of_gradient=mask_of(net))


@mutant(TRAINING, "samples standardised in place on the argument")
def samples_in_place(net, x, y, momentum, weight_decay):
    x -= x.mean()
    return sgd(net, x, y, momentum, weight_decay, of_gradient=mask_of(net))


def keeps_its_velocity():
    """A training that begins with the velocity at which the last call ended."""
    last = {}

    def train(net, x, y, momentum, weight_decay):
        theta, n = net.parameters(), net.parameters().size
        new = sgd(net, x, y, momentum, weight_decay, of_gradient=mask_of(net),
                  v=last.get(n, 0.0) * mask_of(net))
        last[n] = new.parameters() - theta
        return new
    return train


variant(TRAINING, "the velocity is kept from the last call", keeps_its_velocity, "velocity_kept")
