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
RELU_NETS = nets(activation="relu", loss="cross_entropy")


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
def far_outputs(draw):
    """As ``outputs``, with 1000, 2000, ... added to the rows: e^z overflows, and the probabilities are as before."""
    case = draw(outputs())
    return Case(z=case.z + FAR * np.arange(1, len(case.z) + 1)[:, None], y=case.y)


@st.composite
def one_layer(draw):
    """``delta`` (n, n_out), ``a`` (n, n_in) and ``W`` (n_out, n_in) of small numbers."""
    n, n_in, n_out = (draw(st.integers(1, 2)) for _ in range(3))
    return Case(delta=draw(small_numbers(n, n_out)), a=draw(small_numbers(n, n_in)), W=draw(small_numbers(n_out, n_in)))


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
    return np.array([layer(W2, b2, np.maximum(layer(W1, b1, sample), 0)) for sample in x])


def slow_residual(z, y):
    """Sample by sample and class by class."""
    rows = []
    for z_i, y_i in zip(z, y):
        e = [np.exp(z_ik - max(z_i)) for z_ik in z_i]
        rows.append([(e_k / sum(e) - (k == y_i)) / len(z) for k, e_k in enumerate(e)])
    return np.array(rows)


def _slow_backward_layer(delta, a, W):
    dW, db, da = np.zeros(W.shape), np.zeros(len(W)), np.zeros(a.shape)
    for i, j in np.ndindex(delta.shape):
        db[j] += delta[i, j]
        for k in range(a.shape[1]):
            dW[j, k] += delta[i, j] * a[i, k]
            da[i, k] += delta[i, j] * W[j, k]
    return dW, db, da


def slow_central_difference(net, x, y, v, h):
    """The loss at both ends of the step."""
    return (_loss_at(net, x, y, h * v) - _loss_at(net, x, y, -h * v)) / (2 * h)


@rule(one_layer(), hard=[Case(delta=np.arange(6.0).reshape(3, 2), a=np.arange(12.0).reshape(3, 4) - 5,
                              W=np.arange(8.0).reshape(2, 4)),
                         Case(delta=np.ones((1, 3)), a=np.zeros((1, 2)), W=np.ones((3, 2)))],
      formula="dW = delta' a,  db = sum of delta,  da = delta W", source=f"{RUMELHART}, eqs 6 and 7")
def sums_are_right(f, p):
    """Entry by entry: dW_jk adds up delta_ij a_ik over the samples i, db_j adds up delta_ij over the samples i, and
    da_ik adds up delta_ij W_jk over the units j."""
    wanted = _slow_backward_layer(p.delta, p.a, p.W)
    for name, got, right in zip(("dW", "db", "da"), f(p.delta, p.a, p.W), wanted):
        same(name, got, right)


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


def _gradient(net, x, y, *, slope=True, share=True, flip=False, order=1, first=0):
    """The gradient with a mistake: no slope, no 1/n, biases first, the layers in reverse order, or not all."""
    inputs, z = net.layer_inputs(x)
    delta, layers = slow_residual(z, y) * (1 if share else len(z)), []
    for W, a in zip(reversed(net.weights), reversed(inputs)):
        parts = [(delta.T @ a).ravel(), delta.sum(axis=0)]
        layers.insert(0, np.concatenate(parts[::-1] if flip else parts))
        delta = (delta @ W) * (a > 0 if slope else 1)
    return np.concatenate(layers[first:][::order])


def _long_slope():
    """A case of two layers with pruned weights, and a step so long that all that is of second order shows."""
    net, rng = MLP((3, 2, 2), activation="tanh", loss="mse", rng=0), np.random.default_rng(0)
    net.set_masks([rng.random(W.shape) < 0.7 for W in net.weights])
    return Case(net=net, x=rng.normal(size=(4, 3)), y=np.array([0, 1, 1, 0]), v=np.ones(net.parameters().size), h=1.0)


def _deep():
    """A relu net of three layers with a sample, in general position."""
    rng = np.random.default_rng(1)
    net = MLP((3, 4, 3, 2), rng=1)
    net.set_parameters(rng.normal(size=net.parameters().size))
    return Case(net=net, x=rng.normal(size=(5, 3)), y=np.array([0, 1, 1, 0, 1]))


def _for_relu(check):
    """A law of gradients, for the nets that the exercise is about: relu layers with cross-entropy."""
    return replace(next(law for law in LAWS["gradient"] if law.check is check), strategy=RELU_NETS, hard=(_deep(),))


EXERCISES = (
    Exercise(
        "forward", answers("f(W1, b1, W2, b2, x) -> z", array("z", lambda W1, b1, W2, b2, x: (len(x), len(W2)))),
        (equals(slow_forward, two_layers(), hard=(
                    Case(W1=np.zeros((2, 3)), b1=-np.ones(2), W2=np.ones((1, 2)), b2=np.zeros(1), x=np.ones((4, 3))),
                    Case(W1=np.arange(6.0).reshape(3, 2) - 3, b1=np.zeros(3), W2=np.arange(12.0).reshape(4, 3) - 5,
                         b2=np.arange(4.0), x=np.array([[0.0, 0.0], [-1.0, 2.0]]))),
                 formula="z = relu(x W1' + b1) W2' + b2", source="lesson 02, section 2",
                mistake="Work the smallest case out by hand: z and a of the hidden layer first, then the output.",
                statement="Unit by unit: the weighted sum of the inputs plus the bias; hidden units bend it by the "
                          "relu, outputs do not."),),
        "lesson 02, section 1 (by hand), and naive_forward in section 4", {
            "The relu is missing between the layers.":
                lambda W1, b1, W2, b2, x: (x @ W1.T + b1) @ W2.T + b2,
            "The output is bent by a relu, too; only the hidden layer is.":
                lambda W1, b1, W2, b2, x: np.maximum(np.maximum(x @ W1.T + b1, 0) @ W2.T + b2, 0),
            "The biases of the hidden layer are left out: it is relu(x W1' + b1).":
                lambda W1, b1, W2, b2, x: np.maximum(x @ W1.T, 0) @ W2.T + b2,
            "The biases of the output layer are left out: its z is a W2' + b2.":
                lambda W1, b1, W2, b2, x: np.maximum(x @ W1.T + b1, 0) @ W2.T,
            "The biases of the hidden layer come after the relu; they belong inside: relu(x W1' + b1).":
                lambda W1, b1, W2, b2, x: (np.maximum(x @ W1.T, 0) + b1) @ W2.T + b2,
            "The weights are not transposed: W has one unit a row, so a layer is a @ W.T + b.":
                lambda W1, b1, W2, b2, x: np.maximum(x @ W1 + b1, 0) @ W2 + b2,
        }, hints=(
            "A layer is z = a W' + b. W' is W.T, and the matrix product is @.",
            "The relu is np.maximum(z, 0). It belongs between the layers; the output is not bent.",
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
        "backward_layer",
        answers("f(delta, a, W) -> (dW, db, da)",
                arrays(array("dW", lambda delta, a, W: W.shape), array("db", lambda delta, a, W: (len(W),)),
                       array("da", lambda delta, a, W: a.shape))),
        (sums_are_right,),
        "lesson 02, section 2", {
            "dW is transposed: it must be shaped as W, one unit a row, which is delta.T @ a.":
                lambda delta, a, W: (a.T @ delta, delta.sum(axis=0), delta @ W),
            "db is the mean over the samples; wanted is the sum, since the 1/n is in delta already.":
                lambda delta, a, W: (delta.T @ a, delta.mean(axis=0), delta @ W),
            "dW and db are divided by n once more; the 1/n is in delta already.":
                lambda delta, a, W: (delta.T @ a / len(a), delta.mean(axis=0), delta @ W),
            "db adds up along the wrong axis: over the samples is axis=0, over the units axis=1.":
                lambda delta, a, W: (delta.T @ a, delta.sum(axis=1), delta @ W),
            "The product for da has W transposed. Forward it is W.T, backward it is W: delta @ W.":
                lambda delta, a, W: (delta.T @ a, delta.sum(axis=0), delta @ W.T),
            "da has the slope of the relu in it; this function is the layer without its activation.":
                lambda delta, a, W: (delta.T @ a, delta.sum(axis=0), (delta @ W) * (a > 0)),
        }, hints=(
            "dE/dW_jk is the sum over the samples i of delta_ij a_ik. As a matrix product: delta' a.",
            "dE/db_j is the sum over the samples of delta_ij. A sum, not a mean: the 1/n is in delta already.",
            "dE/da_ik is the sum over the units j of delta_ij W_jk. Write the shapes down: only one product fits.",
        )),
    Exercise(
        "gradient", KINDS["gradient"],
        (_for_relu(gradient_is_the_slope), _for_relu(gradient_is_the_mean_over_samples)),
        "lesson 02, section 4: naive_backward", {
            "The slope of the relu is missing: the next delta is da * (inputs[l] > 0).":
                lambda net, x, y: _gradient(net, x, y, slope=False),
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
            "For l from the last layer to 0: dW, db, da = backward_layer(delta, inputs[l], net.weights[l]); put "
            "dW.ravel() and db in front of what g has; the next delta is da times the slope of the relu.",
            "The slope is 1 where inputs[l] > 0, else 0. np.concatenate(g) makes one vector of a list.",
        )),
    Exercise(
        "central_difference", answers("f(net, x, y, v, h) -> slope", number("slope")),
        (equals(slow_central_difference, slopes(), hard=(_long_slope(),),
                 formula="(E(theta + h v) - E(theta - h v)) / (2 h)",
                source="Press et al., Numerical Recipes, section 5.7",
                mistake="Is it the loss at theta + h v less that at theta - h v, each in a copy of the net?",
                statement="The loss a step h along v, less the loss a step h against v, over the distance between."),),
        "lesson 02, section 6: slope_along", {
            "This is the one-sided difference, whose error is h, not h^2: take E(theta - h v), too, and divide by 2 h.":
                lambda net, x, y, v, h: (_loss_at(net, x, y, h * v) - net.loss(x, y)) / h,
            "The two points are 2 h apart: divide by 2 h.":
                lambda net, x, y, v, h: 2 * slow_central_difference(net, x, y, v, h),
            "The second point is theta, not theta - h v. Did the first step change the net?":
                lambda net, x, y, v, h: (_loss_at(net, x, y, h * v) - net.loss(x, y)) / (2 * h),
            "Both losses are those of one net: up and down must be two nets, each made by net.copy().":
                lambda net, x, y, v, h: 0.0,
            "The sign is reversed: the loss at theta + h v less that at theta - h v.":
                lambda net, x, y, v, h: -slow_central_difference(net, x, y, v, h),
            "The difference is divided by 2 and multiplied by h: write / (2 * h), with brackets.":
                lambda net, x, y, v, h: slow_central_difference(net, x, y, v, h) * h * h,
        }, hints=(
            "theta is net.parameters(), and net.loss(x, y) is E.",
            "up = net.copy() is a net of its own; up.set_parameters(...) changes it and leaves net as it is.",
            "Compute both points from the theta at the beginning.",
        )),
)
