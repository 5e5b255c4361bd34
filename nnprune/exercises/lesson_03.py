"""Exercises to lesson 03: training by mini-batches, with momentum, weight decay and masks.

    letter    meaning                                            shape
    theta     all parameters as one vector                       (d,)
    v, g      velocity, gradient on the mini-batch               (d,)
    m         mask, True = kept                                  (d,)
    eta, mu   learning rate, momentum
    order     the numbers 0 to n - 1 of the samples, shuffled    (n,)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws import KINDS
from nnprune.laws.law import Case, same
from nnprune.laws.strategies import nets
from nnprune.nn.mlp import MLP

from .frame import Exercise, answers, array, arrays, equals, number, rule

SUTSKEVER = "Sutskever et al., ICML 2013, eqs 1-2"
# No 0 among the numbers, and no two options alike: both would hide in the smallest case which mistake was made.
NUMBERS = st.sampled_from((1.0, 2.0, 3.0, -1.0, -2.0, -3.0))
ETAS, MUS, DECAYS = (st.sampled_from((k, k / 2)) for k in (0.5, 0.75, 0.125))  # exact in floating point


@st.composite
def orders(draw):
    """A shuffled ``order`` and the ``share`` for validation, so that at least one is on either side."""
    n = draw(st.integers(2, 7))
    k = draw(st.integers(1, 19).filter(lambda k: 10 <= k * n < 20 * n - 10 and (k * n) % 20 != 10))
    return Case(order=np.array(draw(st.permutations(range(n)))), share=k / 20)


@st.composite
def moments(draw):
    """A learning rate ``eta`` and a step ``s`` of ``S``."""
    S = draw(st.integers(2, 8))
    return Case(eta=draw(st.sampled_from((1.0, 0.5, 2.0))), s=draw(st.integers(0, S - 1)), S=S)


@st.composite
def states(draw, masked=False):
    """``theta``, ``v``, ``g`` and the options of a step; with ``masked`` a mask, and theta 0 where it is False.

    A mask has both: of a pruned parameter alone, "inverted" and "not used" are one mistake.
    """
    rows = draw(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=2 if masked else 1, max_size=3))
    theta, v, g = (np.array(column) for column in zip(*rows))
    case = Case(theta=theta, v=v, g=g)
    if masked:
        case.mask = np.arange(len(rows)) != draw(st.integers(0, len(rows) - 1))
        case.theta = theta * case.mask
    case.eta, case.mu = draw(ETAS), draw(MUS)
    if not masked:
        case.decay = draw(DECAYS)
    return case


@st.composite
def epochs(draw):
    """A net, samples in a shuffled order, and batches of a size that leaves a smaller one at the end, or does not."""
    net, n = draw(nets(activation="tanh", depth=2)).net, draw(st.integers(1, 5))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    return Case(net=net, x=rng.integers(-4, 5, (n, net.sizes[0])) / 2, y=rng.integers(0, net.sizes[-1], n),
                order=np.array(draw(st.permutations(range(n)))), batch_size=draw(st.integers(1, 3)), eta=0.5, mu=0.5)


def slow_cosine(eta, s, S):
    """The height of a point that has gone s/S of the way round half a circle, from eta down to 0."""
    return eta / 2 + eta / 2 * np.cos(np.pi * s / S)


@rule(orders(), hard=[Case(order=np.array([2, 0, 3, 1]), share=share) for share in (1.0, 0.0, 0.5)]
      + [Case(order=np.array([0]), share=0.0)],
      formula="validation = order[:k], training = order[k:], k = round(share * n)",
      source="lesson 03, section 3")
def parts_are_right(f, p):
    """The first k rows of the shuffled order are kept for validation, the others are trained on."""
    k = round(p.share * len(p.order))
    train, validation = f(p.order, p.share)
    same("validation rows", validation, p.order[:k])
    same("training rows", train, p.order[k:])


@rule(states(), hard=[Case(theta=np.array([0.0, 2.0, -1.0]), v=np.zeros(3), g=np.array([1.0, 0.0, -2.0]), eta=eta,
                           mu=mu, decay=decay)
                      for eta, mu, decay in ((1.0, 0.0, 0.0), (0.5, 0.75, 0.0), (0.25, 0.0, 0.5))],
      formula="v <- mu v - eta (g + decay theta);  theta <- theta + v", source=SUTSKEVER)
def step_is_right(f, p):
    """Parameter by parameter: the velocity first, from the old theta; then theta, with the new velocity."""
    v = np.array([p.mu * v - p.eta * (g + p.decay * t) for t, v, g in zip(p.theta, p.v, p.g)])
    _same_state(f(*vars(p).values()), p.theta + v, v)


@rule(states(masked=True), hard=[Case(theta=np.array([1.0, 2.0]) * mask, v=np.array([3.0, -1.0]),
                                      g=np.array([1.0, 2.0]), mask=mask, eta=0.5, mu=0.75)
                                 for mask in (np.array([True, True]), np.array([False, False]))],
      formula="v <- m (mu v - eta g);  theta <- theta + v", source=SUTSKEVER)
def masked_step_is_right(f, p):
    """Parameter by parameter: one that is kept takes a plain step, one that is pruned is 0 afterwards, and its
    velocity too."""
    v = np.array([p.mu * v - p.eta * g if m else 0.0 for v, g, m in zip(p.v, p.g, p.mask)])
    _same_state(f(*vars(p).values()), p.theta + v, v)


@rule(epochs(), hard=[Case(net=MLP((2, 3, 2), activation="tanh", rng=0), x=np.arange(10.0).reshape(5, 2) / 4,
                           y=np.array([0, 1, 1, 0, 1]), order=np.array([4, 2, 0, 1, 3]), batch_size=size, eta=0.5,
                           mu=0.5) for size in (7, 5, 4, 1)],
      formula="for each batch: v <- mu v - eta g;  theta <- theta + v", source=SUTSKEVER)
def epoch_is_right(f, p):
    """Batch by batch in the order given, each gradient taken of the net as the last step left it."""
    got, wanted = f(*vars(p).values()), _epoch(*vars(p).values())
    for l, (W, b) in enumerate(zip(wanted.weights, wanted.biases)):
        same(f"weights[{l}]", got.weights[l], W)
        same(f"biases[{l}]", got.biases[l], b)


def _same_state(answer, theta, v):
    same("new v", answer[1], v)
    same("new theta", answer[0], theta)


def _epoch(net, x, y, order, batch_size, eta, mu, *, reset=False, late=False, drop=False, total=False, sign=1):
    """An epoch as it should be, or with a mistake in it."""
    net = net.copy()
    theta, v = net.parameters(), 0.0
    for start in range(0, len(order) - batch_size + 1 if drop else len(order), batch_size):
        batch = order[start:start + batch_size]
        g = net.gradient(x[batch], y[batch]) * (len(batch) if total else 1)
        v = (0 if reset else mu * v) - sign * eta * g
        theta = theta + v
        if not late:
            net.set_parameters(theta)
    net.set_parameters(theta)
    return net


def _from_the_end(order, share):
    n_train = len(order) - round(share * len(order))
    return order[-n_train:], order[:-n_train]


def _pair(theta, v):
    """The answer of a step with the new velocity v."""
    return theta + v, v


def _in_place(theta, v, g, eta, mu, decay):
    v *= mu
    v -= eta * (g + decay * theta)
    theta += v
    return theta, v


def _like_theta(theta, v, g, *options):
    return theta.shape


STATE = arrays(array("theta", _like_theta), array("v", _like_theta))

EXERCISES = (
    Exercise(
        "split",
        answers("f(order, share) -> (train, validation)",
                arrays(array("train", lambda order, share: (len(order) - round(share * len(order)),), "iu"),
                       array("validation", lambda order, share: (round(share * len(order)),), "iu"))),
        (parts_are_right,), "lesson 03, section 3: what the validation part is for", {
            "The two parts are in the wrong order: (training rows, validation rows).":
                lambda order, share: (order[:round(share * len(order))], order[round(share * len(order)):]),
            "The validation rows are trained on, too. What is memorised proves nothing: take them out.":
                lambda order, share: (order, order[:round(share * len(order))]),
            "The number of validation rows is cut off, not rounded: round(2.9) is 3, int(2.9) is 2.":
                lambda order, share: (order[int(share * len(order)):], order[:int(share * len(order))]),
            "order[-k:] is all of `order` where k is 0, and order[:-k] is none of it: count from the front.":
                _from_the_end,
            "The rows are 0, 1, 2, ... as they come. Take them from `order`, which is shuffled.":
                lambda order, share: (np.arange(round(share * len(order)), len(order)),
                                      np.arange(round(share * len(order)))),
            "The last rows of `order` are kept for validation; wanted are the first.":
                lambda order, share: (order[:len(order) - round(share * len(order))],
                                      order[len(order) - round(share * len(order)):]),
        }, hints=(
            "n is len(order), and round(...) gives a whole number.",
            "order[:k] is its first k entries, order[k:] is the rest. The training rows come first in the tuple.",
        )),
    Exercise(
        "cosine", answers("f(eta, s, S) -> rate", number("rate")),
        (equals(slow_cosine, moments(), hard=(
                    Case(eta=1.0, s=0, S=1), Case(eta=0.1, s=9, S=10), Case(eta=3.0, s=5, S=10)),
                formula="eta_s = eta/2 (1 + cos(pi s / S))",
                source="Loshchilov & Hutter, ICLR 2017, eq. 5",
                statement="The rate goes along half a cosine: eta at the first step, half of it in the middle, near 0 "
                          "at the last."),),
        "lesson 03, section 2: a falling learning rate", {
            "The factor 1/2 is missing: 1 + cos goes from 2 to 0.": lambda eta, s, S: 2 * slow_cosine(eta, s, S),
            "The rate rises: 1 - cos begins at 0. It is 1 + cos.": lambda eta, s, S: eta - slow_cosine(eta, s, S),
            "pi is missing: np.cos takes radians, and half a turn is pi.":
                lambda eta, s, S: eta / 2 * (1 + np.cos(s / S)),
            "This is a whole wave, down and up again; half a wave is pi s / S.":
                lambda eta, s, S: slow_cosine(eta, 2 * s, S),
            "S - 1 steps make the rate 0 at the last step, which is then wasted. It is pi s / S.":
                lambda eta, s, S: slow_cosine(eta, s, S - 1),
            "The 1 is missing: cos alone goes from 1 to -1, and a negative rate would walk uphill.":
                lambda eta, s, S: slow_cosine(eta, s, S) - eta / 2,
        }, hints=(
            "The formula is in section 2 of the lesson. Try s = 0 by hand: it must give eta.",
            "np.cos takes radians, and np.pi is half a turn.",
        )),
    Exercise(
        "step", answers("f(theta, v, g, eta, mu, decay) -> (theta, v)", STATE),
        (step_is_right,), "lesson 03, section 2: the formula, and the table by hand below it", {
            "The weight decay is missing: it is g + decay * theta.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, mu * v - eta * g),
            "The weight decay has the wrong sign: it must pull theta towards 0, so it is added to g.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, mu * v - eta * (g - decay * theta)),
            "The weight decay is not multiplied by eta: the brackets go around g + decay * theta.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, mu * v - eta * g - decay * theta),
            "The old velocity is added to theta; wanted is the new one.":
                lambda theta, v, g, eta, mu, decay: (theta + v, mu * v - eta * (g + decay * theta)),
            "The old velocity is not multiplied by mu.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, v - eta * (g + decay * theta)),
            "The momentum is missing: the old velocity, times mu, belongs to the new one.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, -eta * (g + decay * theta)),
            "The gradient is multiplied by 1 - mu, as some programs do it; here it is not.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, mu * v - (1 - mu) * eta * (g + decay * theta)),
            "The velocity has no eta in it, as PyTorch keeps it; here v is the step itself: theta + v.":
                lambda theta, v, g, eta, mu, decay: (theta - eta * (mu * v + g + decay * theta),
                                                     mu * v + g + decay * theta),
            "This goes uphill: the gradient is subtracted.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, mu * v + eta * (g + decay * theta)),
            "Right, but the arrays that were handed in are changed: v *= mu works in place, v = mu * v does not.":
                _in_place,
        }, hints=(
            "First the velocity: v <- mu v - eta (g + decay theta), with the old theta on the right.",
            "Then theta <- theta + v, with the new v.",
            "Do not change the arrays that you were given: v = mu * v - ... makes a new array, v *= mu does not.",
        )),
    Exercise(
        "masked_step", answers("f(theta, v, g, mask, eta, mu) -> (theta, v)", STATE),
        (masked_step_is_right,), "lesson 03, section 6, and the first mistake of section 7", {
            "Only the gradient is masked. The old velocity still moves pruned weights: mask mu v - eta g as a whole.":
                lambda theta, v, g, mask, eta, mu: _pair(theta, mu * v - eta * mask * g),
            "theta is masked, but the velocity at pruned weights lives on. Mask the velocity, and theta needs no mask.":
                lambda theta, v, g, mask, eta, mu: (mask * (theta + mu * v - eta * g), mu * v - eta * g),
            "The mask is inverted: True is kept.":
                lambda theta, v, g, mask, eta, mu: _pair(theta, ~mask * (mu * v - eta * g)),
            "The mask is not used.": lambda theta, v, g, mask, eta, mu: _pair(theta, mu * v - eta * g),
            "Only the old velocity is masked. The gradient still moves pruned weights: mask mu v - eta g as a whole.":
                lambda theta, v, g, mask, eta, mu: _pair(theta, mu * mask * v - eta * g),
        }, hints=(
            "True counts as 1 in a product and False as 0.",
            "Of mu v - eta g, both parts could move a pruned weight. Mask the sum of both.",
            "The velocity that is returned must be 0 at pruned weights, too.",
        )),
    Exercise(
        "epoch", answers("f(net, x, y, order, batch_size, eta, mu) -> net", KINDS["sgd_masks"].read),
        (epoch_is_right,), "lesson 03, section 2: naive_train", {
            "The velocity begins at 0 in every batch: v = 0 belongs before the loop.":
                lambda *args: _epoch(*args, reset=True),
            "All gradients are those of the net at the beginning: put theta back into the net after every step.":
                lambda *args: _epoch(*args, late=True),
            "The last batch is left out where it is smaller than the others.":
                lambda *args: _epoch(*args, drop=True),
            "The samples are taken as they come, not in the order given: x[batch] with batch = order[start:...].":
                lambda net, x, y, order, *options: _epoch(net, x, y, np.arange(len(order)), *options),
            "The gradient is multiplied by the size of the batch; net.gradient is the mean over it already.":
                lambda *args: _epoch(*args, total=True),
            "This goes uphill: the gradient is subtracted.": lambda *args: _epoch(*args, sign=-1),
            "There is one step on all samples; wanted is one on each batch.":
                lambda net, x, y, order, batch_size, *options: _epoch(net, x, y, order, len(order), *options),
        }, hints=(
            "The batches are order[0:batch_size], order[batch_size:2 * batch_size], and so on; the last may be "
            "smaller. range(0, len(order), batch_size) gives their beginnings.",
            "net.gradient(x[batch], y[batch]) is g, net.parameters() is theta, net.set_parameters(theta) puts it "
            "back.",
            "Put theta back after every step, so that the next gradient is that of the net as it is then.",
            "Begin with net = net.copy(), theta = net.parameters() and v = 0, all before the loop.",
        )),
)
