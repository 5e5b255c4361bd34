"""Exercises to lesson 15: Unit-OBS, a unit is a column.

    letter           meaning                                             shape
    W                weights of the layer that reads the units           (n_out, d)
    H                its Hessian                                         (d, d)
    j                the unit that is removed, a column of W
    W1, b1, W2       around a hidden layer: weights, biases, weights     (d, n_in), (d,), (n_out, d)
    keep             numbers of the units that stay, rising              (k,)
    costs            what the next unit of each hidden layer costs       (L,)
    sizes            inputs, hidden layers' units, outputs               (L + 2,)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws.law import Case, demand, same
from nnprune.laws.reference import quadratic, refit
from nnprune.laws.strategies import distinct_weights, half_integers, problems

from .frame import Exercise, answers, array, arrays, equals, number, rule


@st.composite
def layers(draw, pick=False):
    """A layer ``W`` (n_out, d) with ``H``; with ``pick`` a unit ``j``."""
    H = draw(problems(weights=False)).H
    case = {"W": draw(distinct_weights((draw(st.integers(1, 3)), len(H)))), "H": H}
    return Case(**case, **({"j": draw(st.integers(0, len(H) - 1))} if pick else {}))


@st.composite
def hidden_layers(draw):
    """A hidden layer of two to four units, ``W1``, ``b1``, ``W2``, those that stay, ``keep``, and samples ``x``."""
    d, n_in, n_out = draw(st.integers(2, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    keep = sorted(draw(st.sets(st.integers(0, d - 1), min_size=1, max_size=d - 1)))
    W1, W2 = draw(distinct_weights((d, n_in))), draw(distinct_weights((n_out, d)))
    W2[:, np.setdiff1d(np.arange(d), keep)] = 0  # so that nothing reads the others
    return Case(W1=W1, b1=draw(distinct_weights((d,))), W2=W2, keep=np.array(keep), x=draw(half_integers((2, n_in))))


@st.composite
def shapes(draw):
    """The ``sizes`` of a net of one to three hidden layers."""
    n = draw(st.integers(3, 5))
    return Case(sizes=tuple(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))))


@st.composite
def bargains(draw):
    """The ``costs`` of the next unit of two or three hidden layers, and the ``sizes``."""
    n = draw(st.integers(2, 3))
    sizes = draw(st.lists(st.integers(2, 40), min_size=n + 2, max_size=n + 2))
    costs = np.array(draw(st.lists(st.integers(1, 40), min_size=n, max_size=n)), float)
    return Case(costs=costs, sizes=tuple(sizes))


def slow_unit_costs(W, H):
    """Unit by unit: each row refitted without that weight, and its error measured."""
    return np.array([sum(quadratic(refit(w, H, np.arange(len(H)) != j) - w, H) for w in W) for j in range(len(H))])


def slow_remove_unit(W, H, j):
    """Row by row, by the normal equations of what remains."""
    return np.array([refit(w, H, np.arange(len(H)) != j) for w in W])


def slow_multiply_adds(sizes):
    """Weight by weight."""
    return float(sum(1 for a, b in zip(sizes, sizes[1:]) for _ in range(a) for _ in range(b)))


def slow_next_layer(costs, sizes):
    """Each hidden layer loses a unit: what does the net then save?"""
    prices = [c / (slow_multiply_adds(sizes) - slow_multiply_adds([n - (i == l) for i, n in enumerate(sizes)]))
              for l, c in enumerate(costs, 1)]
    return float(1 + np.argmin(prices))


W, H = np.array([[1.0, -2.0, 0.0], [2.0, 2.0, -1.0]]), np.array([[4.0, 2.0, 0.0], [2.0, 2.0, 1.0], [0.0, 1.0, 2.0]])
CUT = [Case(W1=np.array([[1.0, 2.0], [3.0, -1.0], [-2.0, 0.5]]), b1=np.array([1.0, -1.0, 2.0]),
            W2=np.array([[1.0, 2.0, 3.0]]) * np.isin(range(3), keep), keep=np.array(keep), x=np.array([[1.0, -1.0]]))
       for keep in ([0, 1, 2], [2], [0, 2])]


@rule(hidden_layers(), hard=CUT, formula="relu(x W1' + b1) W2', before = after", source="lesson 15, section 1",
      mistake="Take a unit that stays: where are its incoming weights, its bias, and what reads it?")
def the_outputs_stay(f, p):
    """Nothing reads the units that go, so the smaller net gives the same outputs."""
    W1, b1, W2 = f(p.W1, p.b1, p.W2, p.keep)
    same("outputs", np.maximum(p.x @ W1.T + b1, 0) @ W2.T, np.maximum(p.x @ p.W1.T + p.b1, 0) @ p.W2.T)


@rule(hidden_layers(), formula="rows of W1 = entries of b1 = columns of W2 = len(keep)", source="lesson 15, section 1",
      mistake="Zeros are still there to be multiplied: cut the rows, entries and columns out.")
def just_those_units_are_left(f, p):
    """Only the units that stay are left, in their order."""
    W1, b1, W2 = f(p.W1, p.b1, p.W2, p.keep)
    demand(len(b1) == len(p.keep), f"{len(p.keep)} hidden units", f"{len(b1)} hidden units")
    same("W1", W1, p.W1[p.keep])
    same("W2", W2, p.W2[:, p.keep])


@rule(layers(pick=True), formula="W^_ij = 0 for all i", source="Stahlberger & Riedmiller 1996",
      mistake="Rounding may leave 1e-17 there: set the column to 0 at the end.")
def the_column_is_zero(f, p):
    """Nothing reads the removed unit any more: its column is exactly 0."""
    column = f(p.W, p.H, p.j)[:, p.j]
    demand((column == 0).all(), "a column of zeros", f"column {p.j} = {column}")


def _read_parts(args, answer):
    """W1, b1, W2 of shapes that fit each other, whatever the number of hidden units."""
    try:
        d = len(answer[1])
    except (TypeError, IndexError):
        d = 0
    shapes = {"W1": (d, args[0].shape[1]), "b1": (d,), "W2": (len(args[2]), d)}
    return arrays(*(array(name, lambda *_, shape=shape: shape) for name, shape in shapes.items()))(args, answer)


def _remove(W, H, j, *, factor=1.0, Hinv=None):
    Hinv = np.linalg.inv(H) if Hinv is None else Hinv
    W = W - factor * np.outer(W[:, j], Hinv[j]) / Hinv[j, j]
    W[:, j] = 0
    return W


def _masked(W1, b1, W2, keep):
    stays = np.isin(np.arange(len(b1)), keep)
    return W1 * stays[:, None], b1 * stays, W2 * stays


EXERCISES = (
    Exercise(
        "unit_costs", answers("f(W, H) -> s", array("s", lambda W, H: (len(H),))),
        (equals(slow_unit_costs, layers(), hard=(Case(W=W, H=H), Case(W=W[:1], H=H), Case(W=0 * W, H=H)),
                formula="s_j = sum_i w_ij^2 / (2 [H^-1]_jj)",
                source="Stahlberger & Riedmiller 1996",
                statement="Each row is refitted without weight j, and the errors are added up.",
                mistake="Take one row alone: it must be Optimal Brain Surgeon's saliency (lesson 07). Then add up the "
                        "rows."),),
        "lesson 15, section 1: the formula of the costs", {
            "The 1/2 is missing.": lambda W, H: (W**2).sum(axis=0) / np.diag(np.linalg.inv(H)),
            "H_jj is not 1 / [H^-1]_jj: invert the matrix, then take its diagonal. (Yours is OBD.)":
                lambda W, H: (W**2).sum(axis=0) * np.diag(H) / 2,
            "The weights of a column are added before they are squared; every unit has its own square.":
                lambda W, H: W.sum(axis=0) ** 2 / (2 * np.diag(np.linalg.inv(H))),
            "That is the mean over the units; the costs add up.":
                lambda W, H: (W**2).mean(axis=0) / (2 * np.diag(np.linalg.inv(H))),
        }, hints=(
            "For one row w of W it is Optimal Brain Surgeon's saliency: w_j^2 / (2 [H^-1]_jj).",
            "All rows have the same H: square W, and add up each column.",
            "np.diag(np.linalg.inv(H)) has the [H^-1]_jj.",
        )),
    Exercise(
        "remove_unit", answers("f(W, H, j) -> W", array("W", lambda W, H, j: W.shape)),
        (equals(slow_remove_unit, layers(pick=True), hard=tuple(Case(W=W, H=H, j=j) for j in range(3)),
                formula="W - W_j [H^-1]_j / [H^-1]_jj",
                source="Hassibi & Stork 1992, eq. 5, in every row", statement="Each row is the least-squares optimum "
                "without weight j.",
                mistake="One row first: dw = -(w_j / [H^-1]_jj) H^-1 e_j, as in lesson 07. Then all rows at once: "
                        "np.outer."),
         the_column_is_zero),
        "lesson 15, section 1: the formula of the new W, and without_unit", {
            "The column is set to 0 and nothing compensates.": lambda W, H, j: np.where(np.arange(len(H)) == j, 0, W),
            "The division by [H^-1]_jj is missing.":
                lambda W, H, j: _remove(W, H, j, factor=np.linalg.inv(H)[j, j]),
            "The others move the wrong way: minus, not plus.": lambda W, H, j: _remove(W, H, j, factor=-1.0),
            "That is a row of H; wanted is a row of its inverse.": lambda W, H, j: _remove(W, H, j, Hinv=H),
        }, hints=(
            "One row w of W changes by -(w_j / [H^-1]_jj) times row j of H^-1.",
            "np.outer(W[:, j], Hinv[j]) has these rows of H^-1, each times its w_j.",
            "Rounding may leave a tiny number in column j: set it to 0. And W itself must stay as it is.",
        )),
    Exercise(
        "cut", answers("f(W1, b1, W2, keep) -> (W1, b1, W2)", _read_parts),
        (the_outputs_stay, just_those_units_are_left),
        "lesson 15, section 1: what goes with a unit", {
            "The units are still there, with weights of 0: no array has become smaller.": _masked,
            "The units that should stay are gone, and the others are left.":
                lambda W1, b1, W2, keep: (np.delete(W1, keep, 0), np.delete(b1, keep), np.delete(W2, keep, 1)),
            "The biases are lost.":
                lambda W1, b1, W2, keep: (W1[keep], np.zeros(len(keep)), W2[:, keep]),
        }, hints=(
            "Row j of W1 holds the weights that enter the unit j, b1[j] is its bias.",
            "Column j of W2 holds the weights that read it.",
            "An array as an index picks: W1[keep] are these rows, W2[:, keep] these columns.",
        )),
    Exercise(
        "multiply_adds", answers("f(sizes) -> n", number("n")),
        (equals(slow_multiply_adds, shapes(), hard=(Case(sizes=(3, 4)), Case(sizes=(1, 1, 1, 1))),
                formula="sum of n_l n_{l+1}", source="lesson 12, section 4",
                statement="One for each weight of each layer.",
                mistake="Between a layer of 3 and one of 4 units there are 12 weights."),),
        "lesson 12, section 4", {
            "The last layer is missing.": lambda sizes: sum(a * b for a, b in zip(sizes[:-2], sizes[1:-1])),
            "The biases are counted: a bias is added, and not multiplied.":
                lambda sizes: sum((a + 1) * b for a, b in zip(sizes, sizes[1:])),
            "That is the number of units; each pair of neighbouring layers has the product of their sizes.":
                lambda sizes: sum(sizes),
        }, hints=(
            "There is one for each weight.",
            "Between layers of a and b units there are a times b weights; zip(sizes, sizes[1:]) has the neighbours.",
        )),
    Exercise(
        "next_layer", answers("f(costs, sizes) -> l", number("l")),
        (equals(slow_next_layer, bargains(), hard=(
                    Case(costs=np.array([1.0, 2.0]), sizes=(2, 9, 3, 40)), Case(costs=np.array([5.0]), sizes=(3, 4, 2)),
                    Case(costs=np.array([0.0, 0.0]), sizes=(3, 4, 5, 2))),
                formula="l = argmin costs_l / (n_{l-1} + n_{l+1})",
                source="nnprune/pruning/units.py", statement="The hidden layer, 1 for the first, whose next unit costs "
                "least for each multiply-add that it saves.",
                mistake="A unit of layer l has n_{l-1} weights coming in and n_{l+1} going out."),),
        "lesson 15, section 4", {
            "That is the cheapest unit, whatever it saves.": lambda costs, sizes: 1 + np.argmin(costs),
            "A unit saves the weights that leave it too: n_{l-1} + n_{l+1}.":
                lambda costs, sizes: 1 + np.argmin(costs / np.array(sizes[:-2])),
            "The first hidden layer is number 1; number 0 are the inputs.":
                lambda costs, sizes: np.argmin(costs / (np.array(sizes[:-2]) + np.array(sizes[2:]))),
            "That is the worst bargain; wanted is the least cost per multiply-add.":
                lambda costs, sizes: 1 + np.argmax(costs / (np.array(sizes[:-2]) + np.array(sizes[2:]))),
        }, hints=(
            "A unit of hidden layer l has sizes[l - 1] weights coming in, and sizes[l + 1] going out.",
            "Divide each cost by the sum of these two; np.argmin says where the smallest is.",
            "np.argmin counts from 0, the hidden layers from 1.",
        )),
)
