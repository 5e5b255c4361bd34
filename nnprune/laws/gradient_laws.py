"""The laws of a gradient f(net, x, y) -> g: dE/d(parameters), in the order of ``net.parameters()``.

    letter   meaning                                             shape
    theta    parameters of the net                               (n_parameters,)
    g        gradient of the mean loss E at theta                (n_parameters,)
    v        a direction                                         (n_parameters,)

The order is weights (row by row), then biases, layer after layer. The net's loss is in ``nnprune.nn.losses``.
"""

from __future__ import annotations

import numpy as np
from hypothesis import assume

from .law import law, same
from .strategies import nets

# The step of a central difference: its error is h^2 |E'''| / 6 + eps |E| / h, least near eps^(1/3) = 6e-6.
STEP = 1e-5
SLOPE_TOLERANCE = 1e-6  # what that error leaves of the slope, generously
# How far a relu's input must be from its kink, where no derivative exists: farther than any step moves it.
KINK = 1e-3


def away_from_kinks(p):
    """Leave out the cases in which a unit of a relu net sits at its kink, and return the case."""
    if p.net.activation == "relu":
        for A, W, b in list(zip(p.net.layer_inputs(p.x)[0], p.net.weights, p.net.biases))[:-1]:
            assume(np.abs(A @ W.T + b).min() > KINK)
    return p


def moved(net, v):
    """A copy of the net with parameters theta + v."""
    new = net.copy()
    new.set_parameters(net.parameters() + v)
    return new


def directions(n):
    """A few directions of length about 1 that no symmetry of a small net makes special."""
    # The square roots of 2, 3, 5 are incommensurable: no accidental cancellation.
    return [np.cos(np.sqrt(k) * np.arange(1, n + 1)) / np.sqrt(n) for k in (2, 3, 5)]


@law("gradient", nets(), formula="g'v = (E(theta + h v) - E(theta - h v)) / (2h) + O(h^2)",
     source="Rumelhart, Hinton & Williams, Nature 323, 1986, eqs 4-7",
     mistake="A layer's delta lacks the slope f'(z), a transpose is missing, or the order of the parameters is wrong.")
def gradient_is_the_slope(f, p):
    """Step a little along any direction, and the loss changes as the gradient says. Three directions that mix all
    parameters see every entry, whatever the size of the net."""
    away_from_kinks(p)
    g, v = f(p.net, p.x, p.y), directions(p.net.parameters().size)
    slopes = [(moved(p.net, STEP * d).loss(p.x, p.y) - moved(p.net, -STEP * d).loss(p.x, p.y)) / (2 * STEP)
              for d in v]
    same("g'v", np.array(v) @ g, np.array(slopes), tolerance=SLOPE_TOLERANCE)


@law("gradient", nets(), formula="n g(all) = sum over samples of g(sample)",
     source="E is a mean over the samples",
     mistake="Only the last batch counts, or the sum is not divided by n.")
def gradient_is_the_mean_over_samples(f, p):
    """The gradient of all samples is the mean of the gradients of each: batches of any size, added up with their
    weights, give the same."""
    away_from_kinks(p)  # there rounding decides on which side a unit is, and a batch is rounded otherwise than a sample
    one_by_one = [f(p.net, p.x[i:i + 1], p.y[i:i + 1]) for i in range(len(p.x))]
    same("g", f(p.net, p.x, p.y), np.mean(one_by_one, axis=0))


@law("gradient", nets(loss="cross_entropy"), formula="sum_k dE/db_k = 0 in the last layer",
     source="Bridle 1990: softmax does not change when all outputs rise by the same",
     mistake="The softmax or the one-hot target is left out of delta = p - t.")
def gradient_of_softmax_sums_to_zero(f, p):
    """Raise all outputs by one and the softmax gives the same probabilities, so the loss does not change: the
    gradient of the last biases sums to 0."""
    same("sum of g over the last biases", f(p.net, p.x, p.y)[-p.net.sizes[-1]:].sum(), 0.0)


@law("gradient", nets(loss="mse"), formula="y = forward(x)  =>  g = 0",
     source="Rumelhart, Hinton & Williams 1986, eq. 4: dE/dz = z - t",
     mistake="Weight decay or a constant is hidden in the gradient, or the targets are misread.")
def gradient_vanishes_at_a_perfect_fit(f, p):
    """Where the net gives exactly the targets, the squared error is at its minimum and the gradient is 0."""
    same("g", f(p.net, p.x, p.net.forward(p.x)), np.zeros(p.net.parameters().size))


@law("gradient", nets(activation="tanh"), formula="|g(float32) - g(float64)| <= 1e-4 max(1, |g|)", source="IEEE 754",
     mistake="Single precision is lost on the way, for instance in half precision or whole numbers.")
def gradient_in_float32_is_near_float64(f, p):
    """Samples in single precision give nearly the same gradient: they are exact, only the arithmetic is shorter."""
    same("g", f(p.net, p.x.astype(np.float32), p.y), f(p.net, p.x, p.y), tolerance=1e-4)


@law("gradient", nets(depth=2, masked=True), formula="dE/dw at a pruned weight: as at any other, in general not 0",
     source="nnprune.MLP.gradient; Hassibi & Stork 1992, eq. 1 expands E in all weights",
     mistake="The masks are applied to the gradient, which hides what a weight would do if it came back.")
def gradient_does_not_see_masks(f, p):
    """The gradient is the derivative of the loss, at pruned weights too; to hold them at 0 is the training's part.
    The net with the same numbers and no masks has the same gradient."""
    bare = type(p.net).from_arrays(p.net.weights, p.net.biases, p.net.activation, loss=p.net.loss_name)
    masked, plain = f(p.net, p.x, p.y), f(bare, p.x, p.y)
    same("g", masked, plain)
