"""Exercises to lesson 09: layer-wise Optimal Brain Surgeon.

    letter      meaning                                                          shape
    X           a layer's inputs, one sample a row                               (n, d)
    W, W_new    its weights before and after pruning, one unit a row             (n_out, d)
    norms       of the pruned weights of every layer, first to last              (L,)
    errors      E of every layer, with its 1/2                                   (L,)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnprune.laws import KINDS, laws_for
from nnprune.laws.law import Case
from nnprune.laws.strategies import half_integers
from nnprune.pruning.reference import layer_hessian

from .frame import Exercise, answers, array, equals, hardened, number

# Of the laws of exact OBS on a layer those that find the typical mistakes first, and soon.
PRUNER_LAWS = ("layer_equals_slow_obs", "layer_count_is_exact", "layer_zeros_agree_with_mask",
               "layer_pruner_leaves_its_inputs")


@st.composite
def samples(draw):
    """The inputs ``X`` (n, d) of a layer: half-integers."""
    return Case(X=draw(half_integers((draw(st.integers(1, 4)), draw(st.integers(1, 3))))))


@st.composite
def signs(draw):
    """Inputs ``X`` (n, d) of -1, 0 and 1: some are 0 on all samples, some only in the sum."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(2, 3)))
    return Case(X=draw(hnp.arrays(np.int64, shape, elements=st.integers(-1, 1), fill=st.nothing())))


@st.composite
def layer_changes(draw):
    """A layer before and after, ``W`` and ``W_new`` (n_out, d), and its inputs ``X`` (n, d)."""
    n_out, n, d = draw(st.integers(1, 2)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    return Case(W=draw(half_integers((n_out, d))), W_new=draw(half_integers((n_out, d))),
                X=draw(half_integers((n, d))))


@st.composite
def chains(draw):
    """``norms`` and ``errors`` of one to three layers: errors such that 2 E is a square."""
    layers = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), min_size=1, max_size=3))
    norms, roots = np.array(layers, float).T
    return Case(norms=norms, errors=roots**2 / 2)


def slow_hessian(X):
    """Sample by sample, with the 1 of the bias as last input."""
    A = [np.append(x, 1.0) for x in X]
    return sum(np.outer(a, a) for a in A) / len(A)


def slow_dead(X):
    """Input by input: is it 0 on every sample?"""
    return np.array([all(value == 0 for value in X[:, j]) for j in range(X.shape[1])])


def slow_error(W, W_new, X):
    """Sample by sample, unit by unit: half the squared change of each sum, and the mean over the samples."""
    return sum((x @ new - x @ old) ** 2 / 2 for x in X for old, new in zip(W, W_new)) / len(X)


def slow_bound(norms, errors):
    """Term by term, as the theorem has it."""
    return float(sum(np.prod(norms[k + 1:]) * np.sqrt(2 * errors[k]) for k in range(len(errors))))


def _prune(W, X, n_remove, *, update=True, per_layer=True, stale=False, cost=None, flipped=False,
           again=False, everybody=False):
    """Exact L-OBS with a mistake of choice; right with all options left alone."""
    H, W, mask = layer_hessian(X), W.astype(float), np.ones(W.shape, bool)
    full = np.linalg.inv(H)
    for step in range(n_remove):
        Hinv = [full if stale else np.linalg.pinv(H * np.outer(kept, kept)) for kept in mask]
        diagonal = np.where(mask, [np.diag(A) for A in Hinv], 1)
        L = np.where(mask | again, cost(W, diagonal) if cost else W**2 / diagonal, np.inf)
        i, q = np.unravel_index(L.argmin(), L.shape) if per_layer else (step % len(W), L[step % len(W)].argmin())
        if everybody:
            W = np.where(mask, W - W[i, q] / Hinv[i][q, q] * Hinv[i][q], 0)
        elif update:
            W[i] = np.where(mask[i] | again, W[i] - W[i, q] / Hinv[i][q, q] * Hinv[i][q], 0)
        mask[i, q], W[i, q] = False, 0
    return (~mask if flipped else mask), W


# Two units of which the second gives more; a choice that a stale inverse misses; all but one, and none.
HARD = tuple(Case(W=W, X=X, n_remove=n) for W, X, counts in (
    (np.array([[5.0, -6.0, 7.0], [1.0, 2.0, -3.0]]), np.vstack([np.eye(3), [[1, 1, 0]]]), (5, 3, 0)),
    (np.array([[-4.0, -3.0, -6.0]]), np.vstack([np.eye(3), [[1, 2, -2], [-2, 2, -2]]]), (2, 1)),
    (np.array([[2.0, 0.0, -1.0]]), np.eye(3), (0,))) for n in counts)

EXERCISES = (
    Exercise(
        "dead_inputs", answers("f(X) -> dead", array("dead", lambda X: (X.shape[1],), "b")),
        (equals(slow_dead, signs(), hard=(
                    Case(X=np.array([[0, 1, -1, 1], [0, 1, 1, 0]])), Case(X=np.zeros((1, 2), int)),
                    Case(X=np.ones((3, 1), int)), Case(X=np.array([[0.5, 0.0, 0.5], [1.5, 0.0, 0.0]])),
                    Case(X=np.array([[0.0, 1e-9, 1e-200], [0.0, 0.0, 0.0]]))),
                formula="dead_j = (x_j = 0 on every sample)",
                source="lesson 09, section 5", statement="An input is dead if it is 0 on all samples."),),
        "lesson 09, section 5", {
            "These are the numbers of the dead inputs. Wanted is True or False for every input.":
                lambda X: np.flatnonzero(slow_dead(X)),
            "Inputs run along the columns: look down them, over the samples (axis=0).":
                lambda X: (X == 0).all(axis=1),
            "One 0 is enough here. Dead means 0 on *all* samples.":
                lambda X: (X == 0).any(axis=0),
            "A sum or mean of 0 does not mean that all are 0: 1 and -1 cancel.":
                lambda X: X.sum(axis=0) == 0,
            "This is inverted: True where the input is alive.":
                lambda X: (X != 0).any(axis=0),
            "An input that is always 1 does not vary, but it is not dead: dead means always 0.":
                lambda X: X.std(axis=0) == 0,
        }, hints=(
            "X == 0 is an array of True and False, of the shape of X.",
            ".all(axis=0) looks down each column.",
        )),
    Exercise(
        "hessian", answers("f(X) -> H", array("H", lambda X: (X.shape[1] + 1,) * 2)),
        (equals(slow_hessian, samples(), hard=(Case(X=np.zeros((2, 3))), Case(X=np.array([[1.0, -2.0]])),
                                               Case(X=np.arange(12.0).reshape(4, 3) - 5)),
                formula="H = A'A / n,  A = [X 1]",
                source="Dong, Chen & Pan 2017, section 3, with the 1/2 in E",
                statement="Each sample adds a a', with the 1 of the bias as last entry of a; H is their mean."),),
        "lesson 09, sections 1 (A, with its column of ones) and 2 (H)", {
            "The bias is missing: append a column of ones to X first.":
                lambda X: X.T @ X / len(X),
            "The division by n is missing: H is the mean over the samples.":
                lambda X: len(X) * slow_hessian(X),
            "The column of ones comes last here, not first.":
                lambda X: np.roll(slow_hessian(X), 1, axis=(0, 1)),
            "The factor 2 of other authors: with the 1/2 in E, H has none.":
                lambda X: 2 * slow_hessian(X),
            "The bias has its 1 on the diagonal, but its products with the other inputs are missing: append the column "
            "of ones to X first, then multiply.":
                lambda X: np.pad(X.T @ X / len(X), (0, 1)) + np.diag([0.0] * X.shape[1] + [1.0]),
        }, hints=(
            "np.column_stack([X, ...]) appends a column; np.ones(len(X)) is one of ones.",
            "A.T @ A adds up a a' over all samples, and n is their number.",
        )),
    Exercise(
        "layer_error", answers("f(W, W_new, X) -> E", number("E")),
        (equals(slow_error, layer_changes(), hard=(
                    Case(W=np.ones((3, 2)), W_new=np.zeros((3, 2)), X=np.array([[1.0, -1.0], [2.0, 1.0]])),
                    Case(W=np.ones((1, 3)), W_new=np.array([[1.0, 2.0, 0.0]]), X=np.eye(3))),
                formula="E = 1/(2n) |X W_new' - X W'|^2",
                source="Dong, Chen & Pan 2017, eq. 1, with the 1/2",
                statement="Half the squared change of the sums, added up over the units, the mean over the samples."),),
        "lesson 09, section 2", {
            "The 1/2 is missing: this is the E of the paper, twice that of this package.":
                lambda W, W_new, X: 2 * slow_error(W, W_new, X),
            "np.mean divides by the number of units, too. The units' errors are added up; divide by n alone.":
                lambda W, W_new, X: slow_error(W, W_new, X) / len(W),
            "The division by n is missing.":
                lambda W, W_new, X: slow_error(W, W_new, X) * len(X),
            "This is the change of the weights. E measures the change of what comes out: multiply by X first.":
                lambda W, W_new, X: np.sum((W_new - W) ** 2) / 2 / len(X),
            "Square each change first, then add up: the changes of different sums do not cancel.":
                lambda W, W_new, X: np.sum(X @ (W_new - W).T) ** 2 / 2 / len(X),
            "The norm is not squared.":
                lambda W, W_new, X: np.sqrt(slow_error(W, W_new, X) * 2 * len(X)) / 2 / len(X),
        }, hints=(
            "X @ (W_new - W).T is (n, n_out): what each sum of each sample changes by.",
            "Square each entry, add all of them up, and divide by 2 n.",
        )),
    Exercise(
        "prune_layer", KINDS["layer_pruner"],
        hardened((law for name in PRUNER_LAWS for law in laws_for("layer_pruner", "obs") if law.name == name),
                 {name: HARD for name in PRUNER_LAWS}),
        "lesson 09, section 3: naive_lobs", {
            "The weights are chosen correctly and set to 0, but the others of the unit do not move.":
                lambda W, X, n_remove: _prune(W, X, n_remove, update=False),
            "A removed weight is 0, so it has the smallest saliency and is chosen again: make its saliency np.inf.":
                lambda W, X, n_remove: _prune(W, X, n_remove, stale=True, again=True),
            "One inverse serves for all removals. After each, the unit's inverse must be that of what it has left.":
                lambda W, X, n_remove: _prune(W, X, n_remove, stale=True),
            "All units move. The units do not meet: only the one that loses the weight moves, W[i] and not W.":
                lambda W, X, n_remove: _prune(W, X, n_remove, everybody=True),
            "The smallest weight goes; wanted is the smallest saliency.":
                lambda W, X, n_remove: _prune(W, X, n_remove, cost=lambda W, diagonal: np.abs(W)),
            "The saliency multiplies by [H^-1]_qq, which belongs below the fraction line.":
                lambda W, X, n_remove: _prune(W, X, n_remove, cost=lambda W, diagonal: W**2 * diagonal),
            "The units take turns. The cheapest weight of the whole layer goes, whichever unit has it.":
                lambda W, X, n_remove: _prune(W, X, n_remove, per_layer=False),
            "The mask is inverted: True means kept.":
                lambda W, X, n_remove: _prune(W, X, n_remove, flipped=True),
        }, hints=(
            "`naive_lobs` of the lesson, section 3, does nearly this. What does it return instead?",
            "Each unit has its own inverse, of H without the rows and columns of the weights that it has lost: "
            "np.linalg.pinv(H * np.outer(kept, kept)), where kept is the unit's row of the mask.",
            "A removed weight must not be chosen again: make its saliency np.inf.",
            "np.unravel_index(L.argmin(), L.shape) is the unit and the input of the smallest entry of L.",
            "An update may leave 1e-17 where a weight was removed before. Set all removed weights to 0 after it.",
        ), right=_prune, new=True),
    Exercise(
        "error_bound", answers("f(norms, errors) -> bound", number("bound")),
        (equals(slow_bound, chains(), hard=(Case(norms=np.array([3.0, 2.0, 5.0]), errors=np.array([2.0, 0.0, 8.0])),
                                            Case(norms=np.array([7.0]), errors=np.array([2.0]))),
                formula="bound = sum over k of (prod over l > k of norm_l) sqrt(2 E_k)",
                source="Dong, Chen & Pan 2017, Theorem 3.2; their dE is 2 E",
                statement="The error of each layer, stretched by the norms of the layers after it, added up."),),
        "lesson 09, section 6: naive_bound", {
            "The factor 2 is missing under the root: the theorem's dE has no 1/2, so it is 2 E.":
                lambda norms, errors: slow_bound(norms, errors / 2),
            "A layer's own norm does not stretch its error; only those of the layers *after* it do.":
                lambda norms, errors: sum(np.prod(norms[k:]) * np.sqrt(2 * e) for k, e in enumerate(errors)),
            "The norms of the layers *before* are used; the error goes through those *after* it.":
                lambda norms, errors: sum(np.prod(norms[:k]) * np.sqrt(2 * e) for k, e in enumerate(errors)),
            "E is added as it is. The theorem adds the root of its dE, and dE = 2 E.":
                lambda norms, errors: slow_bound(norms, errors**2 / 2),
            "The root is missing: an error is as large as the root of 2 E.":
                lambda norms, errors: slow_bound(norms, 2 * errors**2),
            "The errors are added up as if no layer stretched them.":
                lambda norms, errors: slow_bound(np.ones(len(norms)), errors),
        }, hints=(
            "Go from the first layer to the last and keep one number, the bound so far; at first it is 0.",
            "At each layer, what has come so far is stretched by this layer's norm, and then its own error is added.",
            "The theorem's error has no 1/2: it is twice E.",
        )),
)
