"""Exercises to lesson 12: what a pruned net takes, and the smaller net in it.

    letter           meaning                                            shape
    W, mask          the weights of a layer; True = kept                (n_out, n_in)
    x                one sample; in ``drop_silent`` several             (n_in,); (n, n_in)
    W1, b1           hidden layer: weights, biases                      (n_hidden, n_in), (n_hidden,)
    W2, b2           the layer after it                                 (n_out, n_hidden), (n_out,)
    H                of the layer W that reads d units                  (d, d)
    j                the unit that is removed, a column of W
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws.law import Case, demand, same, show
from nnprune.laws.reference import quadratic, refit
from nnprune.laws.strategies import distinct_weights, half_integers, problems

from .frame import Exercise, answers, array, arrays, equals, number, rule

SIDES = st.integers(1, 3)


@st.composite
def masks(draw, shape):
    """A mask of this shape."""
    size = shape[0] * shape[1]
    return np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size))).reshape(shape)


@st.composite
def masked_layers(draw):
    """A layer ``W`` (n_out, n_in) of the numbers 1, -2, 3, ... with its ``mask``; a kept weight may be 0."""
    shape = draw(SIDES), draw(SIDES)
    mask = draw(masks(shape))
    W = np.where(mask, (np.arange(1.0, 1 + mask.size) * (-1) ** np.arange(mask.size)).reshape(shape), 0)
    if draw(st.booleans()):
        W[0, 0] = 0
    return Case(W=W, mask=mask)


@st.composite
def sparse_products(draw):
    """A layer in CSR, ``values``, ``indices`` and ``indptr``, and a sample ``x`` (n_in,)."""
    layer = draw(masked_layers())
    values, indices, indptr = slow_to_csr(layer.W, layer.mask)
    return Case(values=values, indices=indices, indptr=indptr, x=draw(half_integers((layer.W.shape[1],))))


@st.composite
def sizes(draw):
    """The size of a layer large enough for CSR to gain, and the bytes of a weight and of an index."""
    return Case(n_out=draw(st.integers(1, 6)), n_in=draw(st.integers(4, 8)), v=draw(st.sampled_from([4, 8])),
                i=draw(st.sampled_from([4, 2, 1])))


@st.composite
def half_dead_nets(draw):
    """A net of 2 inputs with a silent hidden unit, one in use and perhaps a third, and samples ``x`` (n, 2)."""
    silent = np.array(draw(st.permutations([True, False] + draw(st.lists(st.booleans(), max_size=1)))))
    n_hidden, n_out = len(silent), draw(st.integers(1, 2))
    W1 = np.where(silent[:, None], 0, draw(distinct_weights((n_hidden, 2))))
    return Case(W1=W1, b1=draw(distinct_weights((n_hidden,))), W2=draw(distinct_weights((n_out, n_hidden))),
                b2=draw(half_integers((n_out,))), x=draw(half_integers((1, 2))))


@st.composite
def unit_layers(draw, pick=False):
    """A layer ``W`` (n_out, d) with ``H``; with ``pick`` a unit ``j``."""
    H = draw(problems(weights=False)).H
    case = {"W": draw(distinct_weights((draw(st.integers(1, 3)), len(H)))), "H": H}
    return Case(**case, **({"j": draw(st.integers(0, len(H) - 1))} if pick else {}))


def slow_to_csr(W, mask):
    """Entry by entry."""
    values, indices, indptr = [], [], [0]
    for row, kept in zip(W, mask):
        values += [w for w, keep in zip(row, kept) if keep]
        indices += [j for j, keep in enumerate(kept) if keep]
        indptr.append(len(values))
    return np.array(values, float), np.array(indices, int), np.array(indptr)


def slow_csr_times(values, indices, indptr, x):
    """The dense matrix, filled entry by entry, times x."""
    W = np.zeros((len(indptr) - 1, len(x)))
    for i in range(len(W)):
        for p in range(indptr[i], indptr[i + 1]):
            W[i, indices[p]] = values[p]
    return W @ x


def slow_unit_costs(W, H):
    """Unit by unit: each row refitted without that weight, and its error measured."""
    return np.array([sum(quadratic(refit(w, H, np.arange(len(H)) != j) - w, H) for w in W) for j in range(len(H))])


def slow_remove_unit(W, H, j):
    """Row by row, by the normal equations of what remains."""
    return np.array([refit(w, H, np.arange(len(H)) != j) for w in W])


def relu_net(W1, b1, W2, b2, x):
    """The outputs (n, n_out) of a net with one hidden relu layer."""
    return np.maximum(x @ W1.T + b1, 0) @ W2.T + b2


ONE_UNIT = {"W": np.array([[-1.5], [0.5]]), "H": np.array([[4.0]])}
UNITS = {"W": np.array([[1.0, -2.0, 0.0], [2.0, 2.0, -1.0]]),
         "H": np.array([[4.0, 2.0, 0.0], [2.0, 2.0, 1.0], [0.0, 1.0, 2.0]])}


@rule(sizes(), hard=[Case(n_out=1, n_in=4, v=4, i=4), Case(n_out=300, n_in=784, v=8, i=2)],
      formula="(v + i) k + 4 (n_out + 1) = v n_out n_in,  k = (1 - s) n_out n_in",
      source="Han, Mao & Dally 2016, section 2, in bytes",
      mistake="Put your answer into the formula: which of the two forms does it make larger, and why?")
def both_forms_take_the_same(f, p):
    """At this sparsity the compressed rows take just as many bytes as the dense layer."""
    s = f(p.n_out, p.n_in, p.v, p.i)
    k, dense = (1 - s) * p.n_out * p.n_in, p.v * p.n_out * p.n_in
    csr = (p.v + p.i) * k + 4 * (p.n_out + 1)
    demand(abs(csr - dense) <= 1e-7 * dense, f"CSR of {show(float(dense))} bytes, as many as the dense layer",
           f"CSR of {show(csr)} bytes: s = {show(s)}, so k = {show(k)} weights are kept")


@rule(half_dead_nets(),
      hard=[Case(W1=W1, b1=np.array([3.0, -2.0, 1.0]), W2=np.array([[1.0, 2.0, -1.0], [0.5, 1.0, 2.0]]),
                 b2=np.array([1.0, -1.0]), x=np.array([[1.0, -1.0], [0.0, 2.0]]))
            for W1 in (np.zeros((3, 2)), np.arange(6.0).reshape(3, 2) * [[0], [0], [1]], np.ones((3, 2)),
                       np.array([[0.0, 2.0], [0.0, 0.0], [-1.0, 0.0]]),
                       np.array([[1.0, -1.0], [0.0, 0.0], [2.0, 0.0]]))]
      + [Case(W1=np.array([[w]]), b1=np.array([2.0]), W2=np.array([[3.0], [1.0]]), b2=np.ones(2), x=np.ones((1, 1)))
         for w in (0.0, 1.0)],
      formula="relu(x W1' + b1) W2' + b2, before = after", source="nnprune/nn/compaction.py",
      mistake="What does a unit with W1 = 0 and the bias 3 give? And one with the bias -3?")
def the_outputs_stay(f, p):
    """The smaller net gives the same outputs on every sample."""
    net = f(p.W1, p.b1, p.W2, p.b2)
    same("outputs", relu_net(*net, p.x), relu_net(p.W1, p.b1, p.W2, p.b2, p.x))


# A row whose sum is 0 is not silent, nor is a unit that nothing reads.
NEARLY = [Case(W1=np.array([[1.0, -1.0], [0.0, 0.0], [2.0, 0.0]]), b1=np.ones(3), W2=np.array([[0.0, 2.0, 1.0]]),
               b2=np.ones(1), x=np.ones((1, 2)))]


@rule(half_dead_nets(), hard=NEARLY, formula="units after = rows of W1 that are not all 0",
      source="nnprune/nn/compaction.py",
      mistake="A unit is silent if every weight that enters it is 0.")
def the_silent_units_are_gone(f, p):
    """Just the silent units are gone, and the others are what they were."""
    fed = p.W1.any(axis=1)
    W1, b1, W2, _ = f(p.W1, p.b1, p.W2, p.b2)
    demand(len(b1) == fed.sum(), f"{fed.sum()} hidden units", f"{len(b1)} hidden units")
    same("W1", W1, p.W1[fed])
    same("b1", b1, p.b1[fed])
    same("W2", W2, p.W2[:, fed])


@rule(unit_layers(pick=True), formula="W^_ij = 0 for all i", source="Stahlberger & Riedmiller 1996",
      mistake="Rounding may leave 1e-17 there: set the column to 0 at the end.")
def the_column_is_zero(f, p):
    """Nothing reads the removed unit any more: its column is exactly 0."""
    column = f(p.W, p.H, p.j)[:, p.j]
    demand((column == 0).all(), "a column of zeros", f"column {p.j} = {column}")


def _read_csr(args, answer):
    """Three vectors, the first two with an entry for every kept weight."""
    shapes = {"values": (int(args[1].sum()),), "indices": (int(args[1].sum()),), "indptr": (len(args[1]) + 1,)}
    return arrays(*(array(name, lambda *_, shape=shape: shape) for name, shape in shapes.items()))(args, answer)


def _read_net(args, answer):
    """W1, b1, W2, b2 of shapes that fit each other, whatever the number of hidden units."""
    n_in, n_out = args[0].shape[1], len(args[3])
    try:
        n_hidden = len(answer[1])
    except (TypeError, IndexError):
        n_hidden = 0
    shapes = {"W1": (n_hidden, n_in), "b1": (n_hidden,), "W2": (n_out, n_hidden), "b2": (n_out,)}
    return arrays(*(array(name, lambda *_, shape=shape: shape) for name, shape in shapes.items()))(args, answer)


def _by_columns(W, mask):
    values, indices, indptr = slow_to_csr(W.T, mask.T)
    return values, indices, indptr[:len(W) + 1]


def _sums(values, indices, indptr, x, shift=0):
    return np.array([sum(values[p] * x[indices[p]] for p in range(a, b + shift)) for a, b in zip(indptr, indptr[1:])])


def _drop(W1, b1, W2, b2, *, f=lambda z: np.maximum(z, 0), which=None, sign=1):
    silent = ~W1.any(axis=1)
    folded = silent if which is None else which(silent)
    return W1[~silent], b1[~silent], W2[:, ~silent], b2 + sign * W2[:, folded] @ f(b1[folded])


def _remove(W, H, j, *, factor=1.0, Hinv=None):
    Hinv = np.linalg.inv(H) if Hinv is None else Hinv
    W = W - factor * np.outer(W[:, j], Hinv[j]) / Hinv[j, j]
    W[:, j] = 0
    return W


EXERCISES = (
    Exercise(
        "to_csr", answers("f(W, mask) -> (values, indices, indptr)", _read_csr),
        (equals(slow_to_csr, masked_layers(), hard=(
                    Case(W=np.array([[0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [7.0, 0.0, 0.0]]),
                         mask=np.array([[True, False, True], [False, False, False], [True, False, False]])),
                    Case(W=np.zeros((2, 2)), mask=np.zeros((2, 2), bool)),
                    Case(W=-np.eye(1, 300, 299), mask=np.eye(1, 300, 299) == 1)),
                formula="values[p], indices[p] of row i: indptr[i] <= p < indptr[i + 1]",
                source="nnprune/analysis/costs.py",
                mistake="Read the mask row by row: which columns are True? Where in the list does each row begin?",
                statement="Entry by entry: every kept weight with its column, and where each row begins and ends."),),
        "lesson 12, section 1: the three arrays, and naive_csr", {
            "A kept weight that is 0 is lost: ask the mask what is kept, and not W != 0.":
                lambda W, mask: slow_to_csr(W, W != 0),
            "indices hold the rows of the weights; wanted are their columns.":
                lambda W, mask: (W[mask], np.nonzero(mask)[0], np.r_[0, np.cumsum(mask.sum(axis=1))]),
            "indptr begins with 0 and has one entry more than there are rows: the last is where the last row ends.":
                lambda W, mask: (W[mask], np.nonzero(mask)[1], np.cumsum(mask.sum(axis=1))),
            "indptr holds how many weights each row keeps; wanted is where it begins: add them up, with np.cumsum.":
                lambda W, mask: (W[mask], np.nonzero(mask)[1], np.r_[0, mask.sum(axis=1)]),
            "The weights come column after column; wanted is row after row.": _by_columns,
        }, hints=(
            "W[mask] gives the kept weights, row after row.",
            "np.nonzero(mask) gives the rows and the columns of all True entries, in the same order.",
            "mask.sum(axis=1) says how many weights each row keeps; indptr adds them up, beginning with a 0.",
        )),
    Exercise(
        "csr_times", answers("f(values, indices, indptr, x) -> y",
                             array("y", lambda values, indices, indptr, x: (len(indptr) - 1,))),
        (equals(slow_csr_times, sparse_products(), hard=(
                    Case(values=np.array([2.0, 3.0]), indices=np.array([2, 0]), indptr=np.array([0, 0, 1, 1, 2, 2]),
                         x=np.array([1.0, 5.0, -1.0])),
                    Case(values=np.array([]), indices=np.array([], int), indptr=np.array([0, 0]), x=np.ones(2))),
                formula="y_i = sum of values[p] x[indices[p]] over row i",
                source="nnprune/analysis/costs.py", statement="The product is that of the dense matrix with x.",
                mistake="Write the matrix down from the three arrays, row by row, and multiply by hand."),),
        "lesson 12, section 1: what the three arrays mean", {
            "The first entries of x are taken for each row; the value p belongs to the entry indices[p] of x.":
                lambda values, indices, indptr, x: np.array(
                    [values[a:b] @ x[:b - a] for a, b in zip(indptr, indptr[1:])]),
            "x is missing: these are the sums of the kept weights.":
                lambda values, indices, indptr, x: np.array([values[a:b].sum() for a, b in zip(indptr, indptr[1:])]),
            "The last entry of each row is left out. A slice a:b ends before b already.":
                lambda values, indices, indptr, x: _sums(values, indices, indptr, x, shift=-1),
            "Each row goes on to the end of the list here; row i ends before indptr[i + 1].":
                lambda values, indices, indptr, x: np.array([values[a:] @ x[indices[a:]] for a in indptr[:-1]]),
            "np.add.reduceat does not give 0 for a row without entries. Treat empty rows apart, or loop over the rows.":
                lambda values, indices, indptr, x: np.add.reduceat(np.append(values * x[indices], 0), indptr[:-1]),
        }, hints=(
            "The entries of row i are those from indptr[i] up to, but without, indptr[i + 1].",
            "Each value is multiplied by the entry of x that its column belongs to: values * x[indices].",
            "There are len(indptr) - 1 rows. A row without entries gives 0.",
        )),
    Exercise(
        "break_even", answers("f(n_out, n_in, v, i) -> s", number("s")), (both_forms_take_the_same,),
        "lesson 12, section 2: the bytes of both forms set equal", {
            "indptr is forgotten: it takes 4 (n_out + 1) bytes.": lambda n_out, n_in, v, i: i / (v + i),
            "That is the share that is kept; the sparsity is the share that is gone, 1 minus it.":
                lambda n_out, n_in, v, i: (v * n_out * n_in - 4 * (n_out + 1)) / (v + i) / (n_out * n_in),
            "indptr has n_out + 1 entries, one more than there are rows.":
                lambda n_out, n_in, v, i: 1 - (v * n_out * n_in - 4 * n_out) / (v + i) / (n_out * n_in),
            "That is k, a number of weights; wanted is a share: 1 - k / (n_out n_in).":
                lambda n_out, n_in, v, i: (v * n_out * n_in - 4 * (n_out + 1)) / (v + i),
            "Rows and columns are exchanged: indptr has an entry for each unit, a row of W, and one more.":
                lambda n_out, n_in, v, i: 1 - (v * n_out * n_in - 4 * (n_in + 1)) / (v + i) / (n_out * n_in),
        }, hints=(
            "Write down the bytes of both forms, for k kept weights.",
            "Set them equal, and solve for k.",
            "k weights are kept; the sparsity is the share that is gone.",
        ), right=lambda n_out, n_in, v, i: 1 - (v * n_out * n_in - 4 * (n_out + 1)) / (v + i) / (n_out * n_in)),
    Exercise(
        "drop_silent", answers("f(W1, b1, W2, b2) -> (W1, b1, W2, b2)", _read_net),
        (the_outputs_stay, the_silent_units_are_gone),
        "lesson 12, section 4: nothing comes in", {
            "The constants are not folded in: a silent unit with a positive bias still adds to the next layer.":
                lambda W1, b1, W2, b2: _drop(W1, b1, W2, b2, f=np.zeros_like),
            "The unit's output is relu(b1), not b1: with a negative bias it is 0.":
                lambda W1, b1, W2, b2: _drop(W1, b1, W2, b2, f=lambda z: z),
            "The biases of all units are folded in; only those of the silent ones are constant outputs.":
                lambda W1, b1, W2, b2: _drop(W1, b1, W2, b2, which=np.ones_like),
            "The constants are subtracted from b2; they must be added.":
                lambda W1, b1, W2, b2: _drop(W1, b1, W2, b2, sign=-1),
            "The net is as it was: the silent units must be left out of W1, b1 and W2.":
                lambda W1, b1, W2, b2: (W1, b1, W2, b2),
        }, hints=(
            "Find the silent units: ~W1.any(axis=1).",
            "What they add to the next layer is constant: the silent columns of W2 times relu of the silent biases.",
            "Add that to b2. Then leave the silent rows of W1, entries of b1 and columns of W2 out.",
            "Do not change the arrays that you were given: b2 + ... is a new array, b2 += ... is not.",
        ), right=_drop),
    Exercise(
        "unit_costs", answers("f(W, H) -> s", array("s", lambda W, H: (len(H),))),
        (equals(slow_unit_costs, unit_layers(), hard=(
                    Case(**UNITS), Case(W=UNITS["W"][:1], H=UNITS["H"]), Case(W=0 * UNITS["W"], H=UNITS["H"]),
                    Case(**ONE_UNIT)),
                formula="s_j = sum_i w_ij^2 / (2 [H^-1]_jj)",
                source="Stahlberger & Riedmiller 1996",
                statement="Each row is refitted without weight j, and the errors are added up.",
                mistake="Take one row alone: it must be Optimal Brain Surgeon's saliency (lesson 07). Then add up the "
                        "rows."),),
        "lesson 12, section 5: the formula of the costs", {
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
        (equals(slow_remove_unit, unit_layers(pick=True), hard=(
                    *(Case(**UNITS, j=j) for j in range(3)), Case(**ONE_UNIT, j=0)),
                formula="W - W_j [H^-1]_j / [H^-1]_jj",
                source="Hassibi & Stork 1992, eq. 5, in every row", statement="Each row is the least-squares optimum "
                "without weight j.",
                mistake="One row first: dw = -(w_j / [H^-1]_jj) H^-1 e_j, as in lesson 07. Then all rows at once: "
                        "np.outer."),
         the_column_is_zero),
        "lesson 12, section 5: the formula of the new W, and without_unit", {
            "The column is set to 0 and nothing compensates.": lambda W, H, j: np.where(np.arange(len(H)) == j, 0, W),
            "The division by [H^-1]_jj is missing.":
                lambda W, H, j: _remove(W, H, j, factor=np.linalg.inv(H)[j, j]),
            "The others move the wrong way: minus, not plus.": lambda W, H, j: _remove(W, H, j, factor=-1.0),
            "That is a row of H; wanted is a row of its inverse.": lambda W, H, j: _remove(W, H, j, Hinv=H),
        }, hints=(
            "One row w of W changes by -(w_j / [H^-1]_jj) times row j of H^-1.",
            "np.outer(W[:, j], Hinv[j]) has these rows of H^-1, each times its w_j.",
            "Rounding may leave a tiny number in column j: set it to 0. And W itself must stay as it is.",
        ), new=True),
)
