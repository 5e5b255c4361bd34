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
    """A learning rate ``eta`` and a step ``s`` of ``S``, of which ``w`` are for warming up."""
    S = draw(st.integers(2, 8))
    return Case(eta=draw(st.sampled_from((1.0, 0.5, 2.0))), s=draw(st.integers(0, S - 1)), S=S,
                w=draw(st.integers(0, S - 1)))


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


def slow_warm_cosine(eta, s, S, w):
    """Up a ramp of w steps, the last of which is eta; then the height of a point that goes round half a circle."""
    ramp = [eta * (k + 1) / w for k in range(w)]
    return (ramp + [eta / 2 + eta / 2 * np.cos(np.pi * k / (S - w)) for k in range(S - w)])[s]


@rule(orders(), hard=[Case(order=np.array([2, 0, 3, 1]), share=share) for share in (1.0, 0.0, 0.5)]
      + [Case(order=np.array([0]), share=0.0), Case(order=np.array([4, 2, 0, 1, 3]), share=0.5)],
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
      formula="v <- mu v - eta g;  theta <- (1 - eta decay) theta + v", source="Loshchilov & Hutter, ICLR 2019, alg. 1")
def step_is_right(f, p):
    """Parameter by parameter: the velocity knows nothing of the decay; theta shrinks by itself, and moves by the new
    velocity."""
    v = np.array([p.mu * v - p.eta * g for v, g in zip(p.v, p.g)])
    _same_state(f(*vars(p).values()), (1 - p.eta * p.decay) * p.theta + v, v)


@rule(states(masked=True), hard=[Case(theta=np.array([1.0, 2.0]) * mask, v=np.array([3.0, -1.0]),
                                      g=np.array([1.0, 2.0]), mask=mask, eta=0.5, mu=mu)
                                 for kept, mu in (([True, True], 0.75), ([False, False], 0.75), ([True, False], 0.0))
                                 for mask in (np.array(kept),)]
      + [Case(theta=np.array(theta), v=np.array([2.0]), g=np.array([3.0]), mask=np.array([True]), eta=0.5, mu=0.5)
         for theta in ([-0.5], [0.0])],
      formula="v <- m (mu v - eta g);  theta <- theta + v", source=SUTSKEVER)
def masked_step_is_right(f, p):
    """Parameter by parameter: one that is kept takes a plain step, one that is pruned is 0 afterwards, and its
    velocity too."""
    v = np.array([p.mu * v - p.eta * g if m else 0.0 for v, g, m in zip(p.v, p.g, p.mask)])
    _same_state(f(*vars(p).values()), p.theta + v, v)


@rule(epochs(), hard=[Case(net=MLP((2, 3, 2), activation="tanh", rng=0), x=np.arange(10.0).reshape(5, 2) / 4,
                           y=np.array([0, 1, 1, 0, 1]), order=np.array([4, 2, 0, 1, 3]), batch_size=size, eta=0.5,
                           mu=mu) for size, mu in ((7, 0.5), (5, 0.5), (4, 0.5), (1, 0.5), (2, 0.0))]
      + [Case(net=MLP((1, 2, 2), activation="tanh", rng=1), x=np.array([[0.5]]), y=np.array([1]), order=np.array([0]),
              batch_size=1, eta=0.5, mu=0.5)],
      formula="for each batch: v <- mu v - eta g(theta + mu v);  theta <- theta + v", source=f"Nesterov; {SUTSKEVER}")
def epoch_is_right(f, p):
    """Batch by batch in the order given, each gradient taken where the momentum alone would lead from the last step."""
    got, wanted = f(*vars(p).values()), _epoch(*vars(p).values())
    for l, (W, b) in enumerate(zip(wanted.weights, wanted.biases)):
        same(f"weights[{l}]", got.weights[l], W)
        same(f"biases[{l}]", got.biases[l], b)


def _same_state(answer, theta, v):
    same("new v", answer[1], v)
    same("new theta", answer[0], theta)


def _epoch(net, x, y, order, batch_size, eta, mu, *, reset=False, late=False, drop=False, total=False, sign=1,
           ahead=None, back=True):
    """An epoch as it should be, or with a mistake in it."""
    net = net.copy()
    theta, v = net.parameters(), 0.0
    for start in range(0, len(order) - batch_size + 1 if drop else len(order), batch_size):
        batch = order[start:start + batch_size]
        at = net.copy()
        at.set_parameters((net.parameters() if late else theta) + (mu if ahead is None else ahead) * v)
        g = at.gradient(x[batch], y[batch]) * (len(batch) if total else 1)
        v = (0 if reset else mu * v) - sign * eta * g
        theta = theta + v
    net.set_parameters(theta)
    return net if back else at


def _from_the_end(order, share):
    n_train = len(order) - round(share * len(order))
    return order[-n_train:], order[:-n_train]


def _pair(theta, v):
    """The answer of a step with the new velocity v."""
    return theta + v, v


def _moved(theta, v, shrink):
    """The answer of a step with the new velocity v, where theta shrinks by itself."""
    return shrink * theta + v, v


def _in_place(theta, v, g, eta, mu, decay):
    v *= mu
    v -= eta * g
    theta *= 1 - eta * decay
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
            "round(2.5) is 2, the even one, as round(share * n) has it: int(2.5 + 0.5) is 3.":
                lambda order, share: (order[int(share * len(order) + 0.5):], order[:int(share * len(order) + 0.5)]),
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
        ), right=lambda order, share: (order[round(share * len(order)):], order[:round(share * len(order))])),
    Exercise(
        "warm_cosine", answers("f(eta, s, S, w) -> rate", number("rate")),
        (equals(slow_warm_cosine, moments(), hard=(
                    Case(eta=1.0, s=0, S=1, w=0), Case(eta=0.1, s=9, S=10, w=0), Case(eta=3.0, s=5, S=10, w=5),
                    Case(eta=3.0, s=4, S=10, w=5), Case(eta=0.3, s=0, S=7, w=3), Case(eta=0.3, s=6, S=7, w=6)),
                formula="eta (s + 1) / w for s < w, then eta/2 (1 + cos(pi (s - w) / (S - w)))",
                source="Loshchilov & Hutter, ICLR 2017, eq. 5; Goyal et al. 2017 for the warm-up",
                statement="The rate rises in w equal steps, eta at the last; from step w on it goes along half a "
                          "cosine, eta at its first step and near 0 at its last."),),
        "lesson 03, section 2: a falling learning rate; the warm-up is new", {
            "The warm-up is missing, all S steps are the cosine's.":
                lambda eta, s, S, w: slow_warm_cosine(eta, s, S, 0),
            "The warm-up begins at 0, so the first step is wasted: it is s + 1.":
                lambda eta, s, S, w: eta * s / w if s < w else slow_warm_cosine(eta, s, S, w),
            "The cosine counts its steps from the beginning of all; it begins at step w: s - w.":
                lambda eta, s, S, w: eta / 2 * (1 + np.cos(np.pi * s / (S - w))) if s >= w else eta * (s + 1) / w,
            "The cosine is stretched over S steps; it has S - w.":
                lambda eta, s, S, w: eta / 2 * (1 + np.cos(np.pi * (s - w) / S)) if s >= w else eta * (s + 1) / w,
            "The cosine is that of all S steps, cut off at its beginning: after the warm-up it has s - w of S - w.":
                lambda eta, s, S, w: slow_warm_cosine(eta, s, S, 0) if s >= w else eta * (s + 1) / w,
            "The factor 1/2 is missing: 1 + cos goes from 2 to 0.":
                lambda eta, s, S, w: slow_warm_cosine(eta, s, S, w) * (1 + (s >= w)),
            "The rate rises after the warm-up: 1 - cos begins at 0. It is 1 + cos.":
                lambda eta, s, S, w: eta - slow_warm_cosine(eta, s, S, w) if s >= w else eta * (s + 1) / w,
        }, hints=(
            "Two cases: an `if` for s < w. In the first the rate is a share of eta; at s = w - 1 it is all of it.",
            "In the second case count from the end of the warm-up: s - w of S - w.",
            "np.cos takes radians, and np.pi is half a turn.",
        )),
    Exercise(
        "step", answers("f(theta, v, g, eta, mu, decay) -> (theta, v)", STATE),
        (step_is_right,), "lesson 03, section 2: the formula; here the decay is taken apart from the velocity", {
            "The decay is in the velocity, as in the lesson; here it acts on theta alone, and leaves no momentum.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, mu * v - eta * (g + decay * theta)),
            "The weight decay is missing: theta shrinks by eta * decay * theta.":
                lambda theta, v, g, eta, mu, decay: _pair(theta, mu * v - eta * g),
            "The weight decay has the wrong sign: it must pull theta towards 0.":
                lambda theta, v, g, eta, mu, decay: _moved(theta, mu * v - eta * g, 1 + eta * decay),
            "The weight decay is not multiplied by eta.":
                lambda theta, v, g, eta, mu, decay: _moved(theta, mu * v - eta * g, 1 - decay),
            "The step shrinks, too; only the old theta does.":
                lambda theta, v, g, eta, mu, decay: ((1 - eta * decay) * (theta + mu * v - eta * g), mu * v - eta * g),
            "The old velocity is added to theta; wanted is the new one.":
                lambda theta, v, g, eta, mu, decay: ((1 - eta * decay) * theta + v, mu * v - eta * g),
            "The old velocity is not multiplied by mu.":
                lambda theta, v, g, eta, mu, decay: _moved(theta, v - eta * g, 1 - eta * decay),
            "The momentum is missing: the old velocity, times mu, belongs to the new one.":
                lambda theta, v, g, eta, mu, decay: _moved(theta, -eta * g, 1 - eta * decay),
            "The velocity has no eta in it, as PyTorch keeps it; here v is the step itself.":
                lambda theta, v, g, eta, mu, decay: ((1 - eta * decay) * theta - eta * (mu * v + g), mu * v + g),
            "This goes uphill: the gradient is subtracted.":
                lambda theta, v, g, eta, mu, decay: _moved(theta, mu * v + eta * g, 1 - eta * decay),
            "Right, but the arrays that were handed in are changed: v *= mu works in place, v = mu * v does not.":
                _in_place,
        }, hints=(
            "First the velocity: v <- mu v - eta g. Nothing of the decay is in it.",
            "Then theta <- (1 - eta decay) theta + v, with the old theta on the right, and the new v.",
            "Do not change the arrays that you were given: v = mu * v - ... makes a new array, v *= mu does not.",
        ), right=lambda theta, v, g, eta, mu, decay: _moved(theta, mu * v - eta * g, 1 - eta * decay)),
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
            "A kept parameter may be 0: the mask says what is kept, and not theta != 0.":
                lambda theta, v, g, mask, eta, mu: _pair(theta, (theta != 0) * (mu * v - eta * g)),
            "Only the old velocity is masked. The gradient still moves pruned weights: mask mu v - eta g as a whole.":
                lambda theta, v, g, mask, eta, mu: _pair(theta, mu * mask * v - eta * g),
        }, hints=(
            "True counts as 1 in a product and False as 0.",
            "Of mu v - eta g, both parts could move a pruned weight. Mask the sum of both.",
            "The velocity that is returned must be 0 at pruned weights, too.",
        ), right=lambda theta, v, g, mask, eta, mu: _pair(theta, mask * (mu * v - eta * g))),
    Exercise(
        "epoch", answers("f(net, x, y, order, batch_size, eta, mu) -> net", KINDS["sgd_masks"].read),
        (epoch_is_right,), "lesson 03, section 2: naive_train; the gradient is taken at another place here", {
            "The gradient is taken at theta, as in the lesson; Nesterov's is taken at theta + mu v.":
                lambda *args: _epoch(*args, ahead=0),
            "The gradient is taken at theta + v; momentum alone leads to theta + mu v.":
                lambda *args: _epoch(*args, ahead=1),
            "The net that is returned has the parameters of the last look ahead: put theta in at the end.":
                lambda *args: _epoch(*args, back=False),
            "The velocity begins at 0 in every batch: v = 0 belongs before the loop.":
                lambda *args: _epoch(*args, reset=True),
            "All gradients start from the net at the beginning: take theta as it is after every step.":
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
            "net.parameters() is theta, net.set_parameters(theta) puts one in, and net.gradient(x[batch], y[batch]) is "
            "the gradient at what is in the net.",
            "Before each gradient put theta + mu v into the net; theta itself is kept in a variable.",
            "Begin with net = net.copy(), theta = net.parameters() and v = 0, all before the loop; end by putting "
            "theta into the net.",
        ), right=_epoch),
)
