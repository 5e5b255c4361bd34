"""Hypothesis strategies: small nets and small layers, with samples; and how many of them are tried."""

import itertools
import os
import random

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

import nnprune
from nnprune.nn.activations import ACTIVATIONS

# `NNPRUNE_NIGHTLY=1` looks at more problems, and at new ones every time. The laws in `nnprune.laws` draw theirs from a
# seed, which their report names.
NIGHTLY = int(os.environ.get("NNPRUNE_NIGHTLY") or 0)
PER_NIGHT = 2000 if NIGHTLY == 1 else NIGHTLY
LAW_SEED = random.SystemRandom().randrange(10**6) if NIGHTLY else 0


def how_many(by_day):
    """How many examples a law of its own number by day is tried on in this run."""
    return PER_NIGHT or by_day


def examples(by_day):
    """Decorator above ``@given``: another number of examples by day than the profile's."""
    return settings(max_examples=how_many(by_day))


# Half-integers: exactly representable, and Hypothesis shrinks them to readable examples.
halves = st.integers(-6, 6).map(lambda i: i / 2)


def arrays(shape, elements=halves):
    """Float arrays of the shape, with half-integer entries."""
    size = int(np.prod(shape))
    return st.lists(elements, min_size=size, max_size=size).map(lambda v: np.array(v, float).reshape(shape))


@st.composite
def nets(draw, loss=None, activation=None, biases=None, max_units=4):
    """A small net with random weights, in general position."""
    sizes = draw(st.lists(st.integers(1, max_units), min_size=2, max_size=4))
    if loss == "cross_entropy":
        sizes[-1] = max(sizes[-1], 2)
    loss = draw(st.sampled_from(["cross_entropy", "mse"])) if loss is None else loss
    if sizes[-1] == 1 and loss == "cross_entropy":
        loss = "binary_cross_entropy"
    activation = draw(st.sampled_from(sorted(ACTIVATIONS))) if activation is None else activation
    biases = draw(st.booleans()) if biases is None else biases
    net = nnprune.MLP(sizes, activation=activation, loss=loss, biases=biases, rng=0)
    net.set_parameters(np.random.default_rng(draw(st.integers(0, 999))).normal(size=net.parameters().size))
    return net


def samples(net, n=7, seed=0):
    """x and class labels for a net."""
    rng = np.random.default_rng(seed)
    c = 2 if net.loss_name == "binary_cross_entropy" else net.sizes[-1]
    return rng.normal(size=(n, net.sizes[0])), rng.integers(c, size=n)


def random_problem(sizes, n=30, **options):
    """A net with random parameters, and x and labels for it: the same in every run."""
    net = nnprune.MLP(sizes, **options, rng=0)
    net.set_parameters(np.random.default_rng(5).normal(size=net.parameters().size))
    return net, *samples(net, n, seed=1)


@st.composite
def layers(draw, max_inputs=5, max_units=3):
    """A layer (W, b or None) and inputs X whose Hessian is well conditioned: half-integers plus a scaled I.

    Costs that are equal but for rounding would make the order of removal a matter of chance, so W gets a small
    irregular part.
    """
    d, m = draw(st.integers(1, max_inputs)), draw(st.integers(1, max_units))
    X = np.vstack([draw(arrays((d + 1, d))), 3 * np.eye(d), np.zeros((1, d))])
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    W = draw(arrays((m, d))) + rng.uniform(0.01, 0.2, size=(m, d))
    b = rng.normal(size=m) if draw(st.booleans()) else None
    return W, b, X


def with_ones(X, b):
    """X with the bias's column of ones, where there is a bias."""
    return X if b is None else np.column_stack([X, np.ones(len(X))])


def convolved(x, K, stride, padding):
    """The convolution by its definition: for every image, kernel and place the sum of products, (n, n_out, h', w')."""
    (n, c, h, w), (n_out, _, kh, kw) = x.shape, K.shape
    padded = np.zeros((n, c, h + 2 * padding[0], w + 2 * padding[1]))
    padded[:, :, padding[0]:padding[0] + h, padding[1]:padding[1] + w] = x
    places = [range(0, padded.shape[a] - k + 1, s) for a, k, s in zip((2, 3), (kh, kw), stride)]
    z = np.zeros((n, n_out, *map(len, places)))
    for i, o, r, s in np.ndindex(z.shape):
        for channel, row, column in itertools.product(range(c), range(kh), range(kw)):
            z[i, o, r, s] += K[o, channel, row, column] * padded[i, channel, places[0][r] + row, places[1][s] + column]
    return z
