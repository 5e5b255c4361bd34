"""Exercises to lesson 02: forward, backward, and the check of a gradient.

    letter   meaning                                       shape
    W, b     weights of a layer, one unit a row; biases    (n_out, n_in), (n_out,)
    a, z     input of a layer; what comes out of it        (n, n_in), (n, n_out)
    delta    dE/dz                                         (n, n_out)
    p, t     softmax of z; one-hot targets                 (n, c)
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from hypothesis import strategies as st

from nnprune.laws import KINDS
from nnprune.laws.gradient_laws import directions, gradient_is_the_mean_over_samples, gradient_is_the_slope
from nnprune.laws.law import LAWS, Case, same
from nnprune.laws.strategies import half_integers, nets
from nnprune.nn.mlp import MLP

from .frame import Exercise, answers, array, arrays, equals, number, rule

RUMELHART = "Rumelhart, Hinton & Williams, Nature 323, 1986"
FAR = 1000.0  # e^1000 is beyond the largest floating-point number


class _Bare(MLP):
    """A net without a gradient of its own: that is what is to be written."""

    def gradient(self, x, y):
        raise TypeError("net.gradient is what this function is to compute: layer_inputs, weights and residual do it")


def _bare(case):
    case.net.__class__ = _Bare
    return case


TANH_NETS = nets(activation="tanh", loss="cross_entropy").map(_bare)


@cache
def small_numbers(*shape, among=(1.0, 2.0, -1.0, -2.0)):
    """Arrays of 1, 2, -1 and -2. No 0, which would hide in the smallest case which of two mistakes was made."""
    size = int(np.prod(shape))
    return st.lists(st.sampled_from(among), min_size=size, max_size=size).map(lambda v: np.reshape(v, shape))


@st.composite
def two_layers(draw):
    """A net of two layers and samples, all of small numbers. The biases of the two layers are never equal, so that the
    smallest case shows which of them is missing."""
    n_in, hidden, n_out, n = (draw(st.integers(1, 2)) for _ in range(4))
    W1, b1, W2, x = (draw(small_numbers(*s)) for s in ((hidden, n_in), (hidden,), (n_out, hidden), (n, n_in)))
    return Case(W1=W1, b1=b1, W2=W2, b2=draw(small_numbers(n_out, among=(3.0, -3.0))), x=x)


@st.composite
def outputs(draw):
    """Outputs ``z`` (n, c) of half-integers and labels ``y`` (n,)."""
    n, c = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    y = draw(st.lists(st.integers(0, c - 1), min_size=n, max_size=n))
    return Case(z=draw(half_integers((n, c))), y=np.array(y))


@st.composite
def binary_outputs(draw):
    """Outputs ``z`` (n, 1) of half-integers and labels ``y`` (n,) of two classes."""
    n = draw(st.integers(1, 3))
    return Case(z=draw(half_integers((n, 1))), y=np.array(draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))))


@st.composite
def far_outputs(draw):
    """As ``outputs``, with 1000, 2000, ... added to the rows: e^z overflows, and the probabilities are as before."""
    case = draw(outputs())
    return Case(z=case.z + FAR * np.arange(1, len(case.z) + 1)[:, None], y=case.y)


@st.composite
def blocks(draw):
    """A block: ``delta`` and ``a`` (n, d), ``W`` (d, d) and ``b`` (d,) of small numbers; no unit is at its corner."""
    n, d = draw(st.integers(1, 2)), draw(st.integers(1, 3))
    b = draw(small_numbers(d, among=(0.5, -0.5, 1.5, -2.5)))  # W a is a whole number
    return Case(delta=draw(small_numbers(n, d)), a=draw(small_numbers(n, d)), W=draw(small_numbers(d, d)), b=b)


@st.composite
def slopes(draw):
    """A net with samples, a direction ``v`` and a step ``h`` so long that a one-sided difference is far off."""
    case = draw(nets(activation="tanh", loss="mse", depth=2))
    case.v = directions(case.net.parameters().size)[0]
    case.h = draw(st.sampled_from([0.5, 0.25]))
    return case


def slow_forward(W1, b1, W2, b2, x):
    """Unit by unit."""
    def layer(W, b, a):
        return np.array([sum(w * a_k for w, a_k in zip(row, a)) + b_j for row, b_j in zip(W, b)])
    return np.array([layer(W2, b2, np.tanh(layer(W1, b1, sample))) for sample in x])


def slow_residual(z, y):
    """Sample by sample and class by class."""
    rows = []
    for z_i, y_i in zip(z, y):
        e = [np.exp(z_ik - max(z_i)) for z_ik in z_i]
        rows.append([(e_k / sum(e) - (k == y_i)) / len(z) for k, e_k in enumerate(e)])
    return np.array(rows)


def slow_binary_residual(z, y):
    """Sample by sample, by the form of the logistic function that does not overflow on its side of 0."""
    return np.array([[((1 / (1 + np.exp(-s)) if s > 0 else np.exp(s) / (1 + np.exp(s))) - t) / len(z)]
                     for (s,), t in zip(z, y)])


def slow_backward_block(delta, a, W, b):
    """Entry by entry."""
    dW, db, da = np.zeros(W.shape), np.zeros(len(W)), delta.astype(float)
    for i, j in np.ndindex(delta.shape):
        if W[j] @ a[i] + b[j] > 0:
            db[j] += delta[i, j]
            for k in range(a.shape[1]):
                dW[j, k] += delta[i, j] * a[i, k]
                da[i, k] += delta[i, j] * W[j, k]
    return dW, db, da


def slow_fourth_order(net, x, y, v, h):
    """Two central differences, of the steps h and 2 h, in the combination in which their errors of order h^2 cancel."""
    def central(h):
        return (_loss_at(net, x, y, h * v) - _loss_at(net, x, y, -h * v)) / (2 * h)
    return (4 * central(h) - central(2 * h)) / 3


@rule(far_outputs(), formula="softmax(z + c) = softmax(z)", source="Bridle 1990",
      mistake="e^z overflows for large z. Take the largest z of each row away from the row before np.exp.",
      hard=[Case(z=np.array([[-2000.0, 0.0, 2000.0], [0.0, 1.0, 0.0]]), y=np.array([2, 1]))])
def residual_does_not_overflow(f, p):
    """Raise all outputs of sample i by 1000 i and nothing changes: the probabilities of a sample depend on the
    differences of its own outputs."""
    same("the answer", f(p.z, p.y), slow_residual(p.z, p.y))


def _loss_at(net, x, y, step):
    moved = net.copy()
    moved.set_parameters(net.parameters() + step)
    return moved.loss(x, y)


def _softmax(z, axis=1, shift=True):
    e = np.exp(z - z.max(axis=1, keepdims=True) if shift else z)
    return e / e.sum(axis=axis, keepdims=True)


def _one_hot(z, y):
    return np.eye(z.shape[1])[y]


def _from_whole_rows(z, y):
    p = _softmax(z)
    p[y] -= 1
    return p / len(z)


def _with_one_maximum(z, y):
    return (_softmax(z - z.max(), shift=False) - _one_hot(z, y)) / len(z)


def _residual_in_place(z, y):
    z -= z.max(axis=1, keepdims=True)
    return slow_residual(z, y)


def _block(delta, a, W, b, *, slope=True, skip=True, part=lambda dW, db, da: (dW, db, da)):
    """A block backwards with a mistake: no slope, the way past the layer left out, or a wrong part."""
    active = (a @ W.T + b > 0) if slope else 1
    d = delta * active
    return part(d.T @ a, d.sum(axis=0), skip * delta + d @ W)


def _sigmoid(z, f=lambda s: 1 / (1 + np.exp(-s))):
    return f(z.astype(float))


def _difference(net, x, y, v, h, weights, divisor):
    return sum(c * _loss_at(net, x, y, k * h * v) for k, c in weights.items()) / (divisor * h)


def _gradient(net, x, y, *, slope=lambda a: 1 - a**2, share=True, flip=False, order=1, first=0):
    """The gradient with a mistake: another slope, no 1/n, biases first, the layers in reverse order, or not all."""
    inputs, z = net.layer_inputs(x)
    delta, layers = slow_residual(z, y) * (1 if share else len(z)), []
    for W, a in zip(reversed(net.weights), reversed(inputs)):
        parts = [(delta.T @ a).ravel(), delta.sum(axis=0)]
        layers.insert(0, np.concatenate(parts[::-1] if flip else parts))
        delta = (delta @ W) * slope(a)
    return np.concatenate(layers[first:][::order])


def _long_slope(n_in=3, n=4):
    """A case of two layers with pruned weights, and a step so long that all that is of second order shows."""
    net, rng = MLP((n_in, 2, 2), activation="tanh", loss="mse", rng=0), np.random.default_rng(0)
    net.set_masks([rng.random(W.shape) < 0.7 for W in net.weights])
    return Case(net=net, x=rng.normal(size=(n, n_in)), y=np.array([0, 1, 1, 0])[:n], v=np.ones(net.parameters().size),
                h=1.0)


def _deep(n_in=3, n=5):
    """A tanh net of three layers with a sample, in general position."""
    rng = np.random.default_rng(1)
    net = MLP((n_in, 4, 3, 2), activation="tanh", rng=1)
    net.set_parameters(rng.normal(size=net.parameters().size))
    return _bare(Case(net=net, x=rng.normal(size=(n, n_in)), y=np.array([0, 1, 1, 0, 1])[:n]))


def _for_tanh(check):
    """A law of gradients, for the nets that the exercise is about: tanh layers with cross-entropy."""
    return replace(next(law for law in LAWS["gradient"] if law.check is check), strategy=TANH_NETS,
                   hard=(_deep(), _deep(n_in=1, n=1)))


EXERCISES = (
    Exercise(
        "forward", answers("f(W1, b1, W2, b2, x) -> z", array("z", lambda W1, b1, W2, b2, x: (len(x), len(W2)))),
        (equals(slow_forward, two_layers(), hard=(
                    Case(W1=np.zeros((2, 3)), b1=-np.ones(2), W2=np.ones((1, 2)), b2=np.zeros(1), x=np.ones((4, 3))),
                    Case(W1=np.arange(6.0).reshape(3, 2) - 3, b1=np.zeros(3), W2=np.arange(12.0).reshape(4, 3) - 5,
                         b2=np.arange(4.0), x=np.array([[0.0, 0.0], [-1.0, 2.0]]))),
                 formula="z = tanh(x W1' + b1) W2' + b2", source="lesson 02, section 2, with another activation",
                mistake="Work the smallest case out by hand: z and a of the hidden layer first, then the output.",
                statement="Unit by unit: the weighted sum of the inputs plus the bias; hidden units bend it by "
                          "tanh, outputs do not."),),
        "lesson 02, section 2: the formula; here the hidden units' activation is tanh", {
            "The tanh is missing between the layers.":
                lambda W1, b1, W2, b2, x: (x @ W1.T + b1) @ W2.T + b2,
            "The hidden units are bent by the lesson's relu; wanted is tanh.":
                lambda W1, b1, W2, b2, x: np.maximum(x @ W1.T + b1, 0) @ W2.T + b2,
            "The output is bent by tanh, too; only the hidden layer is.":
                lambda W1, b1, W2, b2, x: np.tanh(np.tanh(x @ W1.T + b1) @ W2.T + b2),
            "The biases of the hidden layer are left out: it is tanh(x W1' + b1).":
                lambda W1, b1, W2, b2, x: np.tanh(x @ W1.T) @ W2.T + b2,
            "The biases of the output layer are left out: its z is a W2' + b2.":
                lambda W1, b1, W2, b2, x: np.tanh(x @ W1.T + b1) @ W2.T,
            "The biases of the hidden layer come after tanh; they belong inside: tanh(x W1' + b1).":
                lambda W1, b1, W2, b2, x: (np.tanh(x @ W1.T) + b1) @ W2.T + b2,
            "The weights are not transposed: W has one unit a row, so a layer is a @ W.T + b.":
                lambda W1, b1, W2, b2, x: np.tanh(x @ W1 + b1) @ W2 + b2,
        }, hints=(
            "A layer is z = a W' + b. W' is W.T, and the matrix product is @.",
            "np.tanh belongs between the layers; the output is not bent.",
        )),
    Exercise(
        "residual", answers("f(z, y) -> delta", array("delta", lambda z, y: z.shape)),
        (equals(slow_residual, outputs(), hard=(
                    Case(z=np.zeros((1, 4)), y=np.array([3])),
                    Case(z=np.arange(12.0).reshape(3, 4), y=np.array([0, 0, 0])),
                    Case(z=np.arange(6.0).reshape(3, 2), y=np.array([0, 1, 1]))),
                 formula="delta = (p - t) / n", source="lesson 02, section 3; Bridle 1990",
                mistake="Does each row of p add up to 1, and each row of p - t to 0? Is all of p - t divided by n?",
                statement="Sample by sample: the probabilities, less 1 at the right class, over n."),
         residual_does_not_overflow),
        "lesson 02, section 3, and `softmax` there", {
            "The 1/n is missing: the loss is the mean over the samples.":
                lambda z, y: len(z) * slow_residual(z, y),
            "The sign is wrong: it is p - t, so that the right class gets a negative number.":
                lambda z, y: -slow_residual(z, y),
            "The probabilities add up to 1 down the columns (axis 0); one sample is one row: axis=1, keepdims=True.":
                lambda z, y: (_softmax(z, axis=0) - _one_hot(z, y)) / len(z),
            "The sum goes over the whole matrix; each row has a sum of its own: axis=1, keepdims=True.":
                lambda z, y: (_softmax(z, axis=None) - _one_hot(z, y)) / len(z),
            "The label itself is subtracted. t is a row with a 1 at the place y and 0 elsewhere: np.eye(c)[y].":
                lambda z, y: (_softmax(z) - y[:, None]) / len(z),
            "1 is taken from whole rows. Row i loses 1 at its place y_i only: np.eye(c)[y], where c is z.shape[1].":
                _from_whole_rows,
            "Right, until e^z overflows. Take the largest z of each row away from the row before np.exp.":
                lambda z, y: (_softmax(z, shift=False) - _one_hot(z, y)) / len(z),
            "One maximum serves for all rows: those far below it become 0/0. Take the largest of each row: axis=1.":
                _with_one_maximum,
            "z is changed in place: z -= ... works on the caller's array, z = z - ... makes a new one.":
                _residual_in_place,
            "The outputs themselves are used; make probabilities of them first, by the softmax.":
                lambda z, y: (z - _one_hot(z, y)) / len(z),
        }, hints=(
            "p of one sample is e^z_k over the sum of all its e^z_j. One sample is one row: sum along axis=1, and "
            "with keepdims=True the sums are a column that divides the rows.",
            "e^1000 is too large for a computer. Take the largest z of each row away from the row first; p stays.",
            "t is 1 at the right class and 0 elsewhere. np.eye(c)[y] is this matrix, and z.shape[1] is c.",
        )),
    Exercise(
        "binary_residual", answers("f(z, y) -> delta", array("delta", lambda z, y: z.shape)),
        (equals(slow_binary_residual, binary_outputs(), hard=(
                    Case(z=np.array([[0.0]]), y=np.array([1])),
                    Case(z=np.array([[2.0], [0.0], [-1.0]]), y=np.array([0, 0, 1])),
                    Case(z=np.array([[1000.0], [-1000.0]]), y=np.array([0, 1]))),
                formula="delta = (p - y) / n,  p = 1 / (1 + e^-z)", source="lesson 02, section 3, the table of losses",
                mistake="Is p = 1 / (1 + e^-z) a column beside a column of labels, and all of p - y divided by n?",
                statement="Sample by sample: the probability of class 1, less the label, over n."),),
        "lesson 02, section 3: the table of losses, and how softmax avoids the overflow", {
            "The 1/n is missing: the loss is the mean over the samples.":
                lambda z, y: len(z) * slow_binary_residual(z, y),
            "The sign is wrong: it is p - y.": lambda z, y: -slow_binary_residual(z, y),
            "The logistic function has e^z where it needs e^-z: this is the probability of class 0.":
                lambda z, y: (_sigmoid(-z) - y[:, None]) / len(z),
            "The outputs themselves are used; make probabilities of them first, by the logistic function.":
                lambda z, y: (z - y[:, None]) / len(z),
            "y (n,) beside a column (n, 1) makes a matrix (n, n): make a column of the labels, y[:, None].":
                lambda z, y: (_sigmoid(z) - y) / len(z),
            "The softmax over one output is 1 whatever z is; one output has the logistic function.":
                lambda z, y: (np.ones_like(z) - y[:, None]) / len(z),
            "Right, until e^z overflows for a large z: inf / inf is no number. Use 1 / (1 + np.exp(-z)).":
                lambda z, y: (_sigmoid(z, lambda s: np.exp(s) / (1 + np.exp(s))) - y[:, None]) / len(z),
        }, hints=(
            "p = 1 / (1 + np.exp(-z)) is the probability of class 1, of the shape of z.",
            "y has the shape (n,), z the shape (n, 1): y[:, None] makes a column of the labels.",
            "With z = -1000 np.exp(-z) is inf, and 1 / inf is 0, which is right. NumPy's warning may be ignored.",
        )),
    Exercise(
        "backward_block",
        answers("f(delta, a, W, b) -> (dW, db, da)",
                arrays(array("dW", lambda delta, a, W, b: W.shape), array("db", lambda delta, a, W, b: b.shape),
                       array("da", lambda delta, a, W, b: a.shape))),
        (equals(slow_backward_block, blocks(), hard=(
                    Case(delta=np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]]),
                         a=np.array([[1.0, 2.0], [-1.0, 1.0], [0.0, -3.0]]), W=np.array([[1.0, -1.0], [2.0, 0.0]]),
                         b=np.array([0.5, -0.5])),
                    Case(delta=np.ones((1, 2)), a=np.ones((1, 2)), W=-np.ones((2, 2)), b=np.zeros(2)),
                    Case(delta=np.array([[2.0]]), a=np.array([[3.0]]), W=np.array([[0.5]]), b=np.array([1.0]))),
                formula="s = (a W' + b > 0),  d = delta * s;  dW = d'a,  db = sum of d,  da = delta + d W",
                source=f"{RUMELHART}, eqs 6 and 7; He et al. 2016 for the block",
                mistake="The loss reaches a on two ways: past the layer, and through it.",
                statement="Entry by entry, by the chain rule: a unit that is off passes nothing back, and a itself "
                          "reaches the output directly, too."),),
        "lesson 02, section 2: backward; here the input is added to what the layer gives", {
            "The way past the layer is missing: a is added to the output, so delta itself is part of da.":
                lambda delta, a, W, b: _block(delta, a, W, b, skip=False),
            "The slope of the relu is missing: a unit that is off passes nothing back.":
                lambda delta, a, W, b: _block(delta, a, W, b, slope=False),
            "The slope is that of a; it belongs to what the relu bends, a W' + b.":
                lambda delta, a, W, b: ((delta * (a > 0)).T @ a, (delta * (a > 0)).sum(axis=0),
                                        delta + (delta * (a > 0)) @ W),
            "The biases are forgotten in what the relu bends: a W' + b.":
                lambda delta, a, W, b: _block(delta, a, W, 0 * b),
            "dW is transposed: it must be shaped as W, one unit a row, which is d.T @ a.":
                lambda delta, a, W, b: _block(delta, a, W, b, part=lambda dW, db, da: (dW.T, db, da)),
            "db is the mean over the samples; wanted is the sum, since the 1/n is in delta already.":
                lambda delta, a, W, b: _block(delta, a, W, b, part=lambda dW, db, da: (dW, db / len(a), da)),
            "The product for da has W transposed. Forward it is W.T, backward it is W: d @ W.":
                lambda delta, a, W, b: (*_block(delta, a, W, b)[:2], delta + (delta * (a @ W.T + b > 0)) @ W.T),
        }, hints=(
            "Which units are on? s = a @ W.T + b > 0. Only these pass something back: d = delta * s.",
            "dE/dW_jk is the sum over the samples i of d_ij a_ik. As a matrix product: d.T @ a.",
            "dE/db_j is the sum over the samples of d_ij. A sum, not a mean: the 1/n is in delta already.",
            "a reaches the output on two ways. Through the layer dE/da is d @ W; the other way it is delta.",
        )),
    Exercise(
        "gradient", KINDS["gradient"],
        (_for_tanh(gradient_is_the_slope), _for_tanh(gradient_is_the_mean_over_samples)),
        "lesson 02, section 4: naive_backward, and the slope of tanh in task 4", {
            "The slope of tanh is missing: the next delta is da * (1 - inputs[l]**2).":
                lambda net, x, y: _gradient(net, x, y, slope=lambda a: 1),
            "The slope is that of the relu; that of tanh is 1 - a^2.":
                lambda net, x, y: _gradient(net, x, y, slope=lambda a: a > 0),
            "tanh is taken twice in the slope: inputs[l] is a = tanh(z) already, so it is 1 - a^2.":
                lambda net, x, y: _gradient(net, x, y, slope=lambda a: 1 - np.tanh(a)**2),
            "The slope is 1 - a; that of tanh is 1 - a^2.":
                lambda net, x, y: _gradient(net, x, y, slope=lambda a: 1 - a),
            "The 1/n is missing: the loss is the mean over the samples.":
                lambda net, x, y: _gradient(net, x, y, share=False),
            "The biases stand before the weights of their layer; net.parameters() has the weights first.":
                lambda net, x, y: _gradient(net, x, y, flip=True),
            "The layers are in reverse order. The loop goes backwards, so each layer's part goes in FRONT of the list.":
                lambda net, x, y: _gradient(net, x, y, order=-1),
            "The loop ends before layer 0: it goes over reversed(range(len(net.weights))), which has 0 as its last.":
                lambda net, x, y: _gradient(net, x, y, first=1),
            "The sign is wrong: this is the way down; the gradient is the way up.":
                lambda net, x, y: -_gradient(net, x, y),
        }, hints=(
            "inputs, z = net.layer_inputs(x) is the forward pass: inputs[l] goes into layer l, z is the output.",
            "Begin with delta = residual(z, y), and an empty list g.",
            "For l from the last layer to 0: the layer's part is delta.T @ inputs[l], raveled, and then "
            "delta.sum(axis=0); put it in front of what g has.",
            "The next delta is delta @ net.weights[l], times the slope. inputs[l] is a = tanh(z), and the slope of "
            "tanh is 1 - a^2.",
            "np.concatenate(g) makes one vector of a list.",
        ), right=_gradient),
    Exercise(
        "fourth_order", answers("f(net, x, y, v, h) -> slope", number("slope")),
        (equals(slow_fourth_order, slopes(), hard=(_long_slope(), _long_slope(n_in=1, n=1)),
                formula="(8 E(+1) - 8 E(-1) - E(+2) + E(-2)) / (12 h),  E(k) the loss at theta + k h v",
                source="Abramowitz & Stegun 1964, 25.3.6",
                mistake="Which of the four losses has which factor? Those at +h and +2h have opposite signs.",
                statement="Two central differences in the combination in which the errors of order h^2 cancel."),),
        "lesson 02, section 6: slope_along, and the curve of its error", {
            "This is the central difference of the lesson, whose error is h^2: take the points at 2 h, too.":
                lambda net, x, y, v, h: _difference(net, x, y, v, h, {1: 1, -1: -1}, 2),
            "Divide by 12 h.": lambda net, x, y, v, h: 12 * slow_fourth_order(net, x, y, v, h),
            "The factor 8 is missing at the inner points.":
                lambda net, x, y, v, h: _difference(net, x, y, v, h, {1: 1, -1: -1, 2: -1, -2: 1}, 12),
            "The outer points have the wrong sign: E(+2) is subtracted, E(-2) is added.":
                lambda net, x, y, v, h: _difference(net, x, y, v, h, {1: 8, -1: -8, 2: 1, -2: -1}, 12),
            "The factor 8 is at the outer points; it belongs to the inner ones.":
                lambda net, x, y, v, h: _difference(net, x, y, v, h, {1: 1, -1: -1, 2: -8, -2: 8}, 12),
            "All four losses are those of one net: each point needs a net of its own, made by net.copy().":
                lambda net, x, y, v, h: 0.0,
            "The sign is reversed.": lambda net, x, y, v, h: -slow_fourth_order(net, x, y, v, h),
            "The difference is divided by 12 and multiplied by h: write / (12 * h), with brackets.":
                lambda net, x, y, v, h: slow_fourth_order(net, x, y, v, h) * h * h,
        }, hints=(
            "theta is net.parameters(), and net.loss(x, y) is E.",
            "moved = net.copy() is a net of its own; moved.set_parameters(theta + k * h * v) leaves net as it is.",
            "Compute E for k = 2, 1, -1, -2 in a loop, all from the theta at the beginning.",
        )),
)
