"""Exercises to lesson 07: Optimal Brain Surgeon on one unit.

    letter   meaning                                    shape
    w        the weights                                (d,)
    H, Hinv  the Hessian of the error, its inverse      (d, d)
    q        the number of the weight that goes
    G        gradients of the output, a sample a row    (n, d)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws import KINDS, laws_for
from nnprune.laws.law import Case, demand
from nnprune.laws.reference import quadratic, refit
from nnprune.laws.strategies import distinct_weights, half_integers, problems
from nnprune.pruning.reference import obs_unit

from .frame import Exercise, answers, array, equals, hardened, rule


@st.composite
def gradients(draw):
    """Gradients ``G`` (n, d) of half-integers, and a ``damping`` that is exact in floating point."""
    shape = (draw(st.integers(1, 4)), draw(st.integers(2, 4)))
    return Case(G=draw(half_integers(shape)), damping=draw(st.sampled_from([0.5, 0.25, 0.125])))


@st.composite
def removals(draw):
    """A unit ``w`` (no weight 0, no two of one size) with ``H``, and how many of its weights go: not all."""
    p = draw(problems(weights=False, scale=True))
    H = p.H * np.outer(p.s, p.s)  # inputs of different sizes: else the smallest weight is often the cheapest too
    return Case(w=draw(distinct_weights((len(H),))), H=H, n_remove=draw(st.integers(1, len(H) - 1)))


@st.composite
def traps(draw):
    """The three weights of the lesson, in any order and with any signs: the smallest weight, OBD's choice and OBS's
    choice are three different ones."""
    order = draw(st.permutations(range(3)))
    s = np.array(draw(st.lists(st.sampled_from([1.0, -1.0]), min_size=3, max_size=3)))
    H, w = np.array([[4.0, 2.0, 0.0], [2.0, 2.0, 1.0], [0.0, 1.0, 2.0]]), np.array([1.0, 1.5, 1.25])
    return Case(w=(s * w)[order], H=(H * np.outer(s, s))[np.ix_(order, order)], n_remove=draw(st.integers(1, 2)))


def slow_outer_product_hessian(G, damping):
    """The sum of g g' sample by sample, and of every diagonal entry a share more."""
    H = sum(np.outer(g, g) for g in G) / len(G)
    for j in range(len(H)):
        H[j, j] += damping * H[j, j]
    return H


# Uncoupled: the first weight goes, then the first of what is left, whose number is another one. Coupled: the second
# choice is another one than by the first inverse.
IN_TURN = Case(w=np.array([1.0, 2.0, 3.0, 4.0, 5.0]), H=np.eye(5), n_remove=4)
STALE = Case(w=np.array([-4.0, -3.0, -6.0]), H=np.array([[6.0, -2, 2], [-2, 9, -8], [2, -8, 9]]), n_remove=2)
HARD = tuple(replaced for case in (IN_TURN, STALE) for replaced in (
    case, *(Case(w=case.w, H=case.H, n_remove=k) for k in (0, 1, 2, 3, 5) if k <= len(case.w)))) + tuple(
    Case(w=np.array([2.0]), H=np.array([[4.0]]), n_remove=k) for k in (0, 1))


@rule(removals(), hard=HARD, formula="n_remove weights are exactly 0", source="Hassibi & Stork 1992, step 4",
      mistake="The loop runs too few times, or too often; or a removed weight comes back, not 0 to the last bit.")
def remove_counts(f, p):
    """As many weights go as were asked for: those are exactly 0 afterwards. (Another one may become 0 by chance.)"""
    w, best = f(p.w, p.H, p.n_remove), obs_unit(p.w, p.H, p.n_remove).new
    gone, most = int((w == 0).sum()), int((np.abs(best) < 1e-9).sum())
    demand(p.n_remove <= gone <= max(most, p.n_remove), f"{p.n_remove} weights that are exactly 0", f"w = {w}")


@rule(removals(), formula="H_SS w_S = (H w_0)_S  for the survivors S",
      source="Hassibi & Stork 1992, eq. 5, repeated", mistake="The inverse is not that of what is left.")
def survivors_are_optimal(f, p):
    """Whichever weights are left, their values are the best that there are: refitting them changes nothing. A stale
    inverse breaks this law at the second removal."""
    w = f(p.w, p.H, p.n_remove)
    best = refit(p.w, p.H, w != 0)
    demand(quadratic(w - p.w, p.H) <= quadratic(best - p.w, p.H) + 1e-7, f"w = {best}, the best for these survivors",
           f"w = {w}")


@rule(st.one_of(removals(), traps()), hard=HARD, formula="each step removes argmin L_q",
      source="Hassibi & Stork 1992, step 3",
      mistake="Another weight is removed: is it the smallest saliency, and not the smallest weight?")
def each_step_is_the_cheapest(f, p):
    """The slow way inverts what remains of H at every step. Cases where two removals cost the same are left out."""
    slow = obs_unit(p.w, p.H, p.n_remove)
    if slow.gap > 1e-6:
        got = f(p.w, p.H, p.n_remove)
        demand(np.allclose(got, slow.new, atol=1e-7), f"w = {slow.new}", f"w = {got}")


def _update(w, Hinv, q, sign=1.0):
    new = w - sign * w[q] / Hinv[q, q] * Hinv[:, q]
    new[q] = 0
    return new


def _only_zero(w, q):
    return np.where(np.arange(len(w)) == q, 0.0, w)


def _by_value(w, H, n_remove):
    """What is left is searched for the place of the weight as if it were its number."""
    w, left = w.copy(), np.arange(len(w))
    for _ in range(n_remove):
        Hinv = np.linalg.inv(H[np.ix_(left, left)])
        q = int((w[left]**2 / (2 * np.diag(Hinv))).argmin())
        w[left] = _update(w[left], Hinv, q)
        left = left[left != q]
    return w


def _same_again(w, H, n_remove):
    """One removal, however many are asked for: what is 0 already costs nothing, and is chosen again."""
    return _remove(w, H, 1)


def _remove(w, H, n_remove, *, recompute=True, cost=None, move=True):
    """OBS with a mistake of choice: one inverse for all removals, another ranking, or no other weight moved."""
    w, left = w.copy(), np.arange(len(w))
    first = np.linalg.inv(H)
    for _ in range(n_remove):
        Hinv = np.linalg.inv(H[np.ix_(left, left)]) if recompute else first[np.ix_(left, left)]
        L = cost(w[left], H[np.ix_(left, left)]) if cost else w[left]**2 / (2 * np.diag(Hinv))
        q = int(L.argmin())
        w[left] = _update(w[left], Hinv, q) if move else _only_zero(w[left], q)
        left = np.delete(left, q)
    return w


# Units of very different inputs, with a weight of 0, and of one that is coupled with all others.
UNITS = tuple(Case(w=np.array([2.0, 0.0, -1.5]), H=H, Hinv=np.linalg.inv(H), q=q) for q in range(3) for H in (
    np.array([[4.0, 2.0, 0.0], [2.0, 2.0, 1.0], [0.0, 1.0, 2.0]]), np.diag([100.0, 1.0, 0.01]) + 0.005))


def _cut(A, q):
    return np.delete(np.delete(A, q, 0), q, 1)


EXERCISES = (
    Exercise(
        "saliency", KINDS["saliency"], hardened(laws_for("saliency"), {"saliency_equals_refit": UNITS}),
        "lesson 07, section 2: the second formula of eq. 5", {
            "The factor 1/2 is missing.": lambda w, Hinv: w**2 / np.diag(Hinv),
            "[H^-1]_qq belongs below the fraction line. (a / 2 * b is (a / 2) * b: write a / (2 * b).)":
                lambda w, Hinv: w**2 * np.diag(Hinv) / 2,
            "w_q is not squared.": lambda w, Hinv: w / (2 * np.diag(Hinv)),
            "The diagonal of H is not 1 over the diagonal of H^-1: use np.diag(Hinv), and do not invert it again.":
                lambda w, Hinv: np.diag(np.linalg.inv(Hinv)) * w**2 / 2,
        }, hints=(
            "It is the second formula of equation 5: L_q = w_q^2 / (2 [H^-1]_qq).",
            "[H^-1]_qq for all q at once is the diagonal of Hinv: np.diag(Hinv).",
            "No loop is needed: NumPy divides entry by entry.",
        ), right=lambda w, Hinv: w**2 / (2 * np.diag(Hinv))),
    Exercise(
        "update", KINDS["update"], hardened(laws_for("update"), {"update_equals_refit": UNITS}),
        "lesson 07, section 2: the first formula of eq. 5", {
            "Only w_q is set to 0; the others do not move. Add dw, computed before w_q is set to 0.":
                lambda w, Hinv, q: _only_zero(w, q),
            "The sign is wrong: the others move away from where they should go.":
                lambda w, Hinv, q: _update(w, Hinv, q, sign=-1.0),
            "That is a column of H; wanted is one of its inverse, which is what you are given: Hinv[:, q].":
                lambda w, Hinv, q: _update(w, np.linalg.inv(Hinv), q),
            "The division by [H^-1]_qq is missing.":
                lambda w, Hinv, q: np.where(np.arange(len(w)) == q, 0, w - w[q] * Hinv[:, q]),
            "The change dw is returned alone; wanted are the new weights, w + dw.":
                lambda w, Hinv, q: -w[q] / Hinv[q, q] * Hinv[:, q],
        }, hints=(
            "It is the first formula of equation 5: dw = -(w_q / [H^-1]_qq) H^-1 e_q.",
            "H^-1 e_q is column q of Hinv: Hinv[:, q].",
            "In exact arithmetic w_q + dw_q is 0. In floating point it may be 1e-17: set it to 0 at the end.",
            "Do not change the w that you were given: w + dw is a new array, w += dw is not.",
        ), right=_update, new=True),
    Exercise(
        "downdate", KINDS["downdate"], hardened(laws_for("downdate"), {"downdate_inverts_the_rest": UNITS}),
        "lesson 07, section 9, question 3: cut H and invert, or correct Hinv and cut", {
            "Row and column q are cut out of Hinv without the correction: that is the stale inverse of lesson 10.":
                lambda Hinv, q: _cut(Hinv, q),
            "The correction is added; it must be subtracted.":
                lambda Hinv, q: _cut(Hinv + np.outer(Hinv[q], Hinv[q]) / Hinv[q, q], q),
            "The division by [H^-1]_qq is missing in the correction.":
                lambda Hinv, q: _cut(Hinv - np.outer(Hinv[q], Hinv[q]), q),
        }, hints=(
            "To cut row and column q out of the inverse is not enough: H is inverted without them, not Hinv cut.",
            "Subtract h h' / [H^-1]_qq first, where h is column q of Hinv; row and column q are 0 then.",
            "np.outer(h, h) is h h'. np.delete(np.delete(A, q, 0), q, 1) cuts a row and a column out.",
        ), right=lambda Hinv, q: _cut(Hinv - np.outer(Hinv[q], Hinv[q]) / Hinv[q, q], q)),
    Exercise(
        "outer_product_hessian",
        answers("f(G, damping) -> H", array("H", lambda G, damping: (G.shape[1],) * 2)),
        (equals(slow_outer_product_hessian, gradients(), hard=(
                    Case(G=np.array([[1.0, 0.0, 100.0]]), damping=0.125), Case(G=np.array([[2.0], [-2]]), damping=0.5),
                    Case(G=np.array([[1.0, -1.0], [1.0, 1.0]]), damping=0.25),
                    Case(G=np.array([[1.0, -1.5], [2.0, 0.5]]), damping=0.0)),
                formula="H_jk = 1/n sum g_j g_k,  and H_jj is (1 + damping) times that",
                source="Hassibi & Stork 1992, eqs 10-14; Marquardt 1963",
                mistake="What is off: the mean of the g g', or the share `damping` of each entry of its diagonal?",
                statement="Sample by sample: each adds g g', a matrix of rank 1; then every diagonal entry grows by "
                          "the same share of itself, whatever the unit of its gradient."),),
        "lesson 07, section 3", {
            "The 1/n is missing: H is the mean over the samples.":
                lambda G, damping: len(G) * slow_outer_product_hessian(G, damping),
            "damping itself is added to the diagonal; wanted is that share of each entry: damping * np.diag(H).":
                lambda G, damping: G.T @ G / len(G) + damping * np.eye(G.shape[1]),
            "One lambda for all, a share of the mean of the diagonal, depends on units: take each entry's own.":
                lambda G, damping: G.T @ G / len(G) + damping * np.mean(G**2) * np.eye(G.shape[1]),
            "G @ G.T is (n, n), the products of samples; wanted are those of parameters, (d, d).":
                lambda G, damping: slow_outer_product_hessian(G.T * np.sqrt(G.shape[1] / len(G)), damping),
            "np.diag(H) is a vector, and added to H it goes on every row; np.diag(np.diag(H)) is the matrix.":
                lambda G, damping: G.T @ G / len(G) + damping * np.mean(G**2, axis=0),
            "All of H grows by the share, which changes nothing but its size; only the diagonal does.":
                lambda G, damping: (1 + damping) * G.T @ G / len(G),
        }, hints=(
            "The sum of the g g' over all rows is G.T @ G.",
            "np.diag(H) is the diagonal, a vector (d,); np.diag of a vector is a matrix, which can be added to H.",
        )),
    Exercise(
        "remove", answers("f(w, H, n_remove) -> w", array("w", lambda w, H, n_remove: w.shape)),
        (remove_counts, each_step_is_the_cheapest, survivors_are_optimal),
        "lesson 07, section 2: naive_obs is one step of it", {
            "One inverse serves for all removals. After each removal it must be that of what is left.":
                lambda w, H, n_remove: _remove(w, H, n_remove, recompute=False),
            "A weight that is 0 already is removed again: it costs nothing. Choose among those that are left.":
                _same_again,
            "After the first removal q is a place in `left`, not the number of the weight: np.delete(left, q).":
                _by_value,
            "One weight too few goes.": lambda w, H, n_remove: _remove(w, H, max(n_remove - 1, 0)),
            "One weight too many goes.": lambda w, H, n_remove: _remove(w, H, min(n_remove + 1, len(w))),
            "OBD's saliency is ranked, by the diagonal of H; wanted is that of OBS, by the diagonal of H^-1.":
                lambda w, H, n_remove: _remove(w, H, n_remove, cost=lambda w, H: np.diag(H) * w**2),
            "The smallest weight goes each time; wanted is the smallest saliency.":
                lambda w, H, n_remove: _remove(w, H, n_remove, cost=lambda w, H: np.abs(w)),
            "The weights are chosen correctly and set to 0, but the others do not move.":
                lambda w, H, n_remove: _remove(w, H, n_remove, move=False),
            "The largest saliency goes first; wanted is the smallest.":
                lambda w, H, n_remove: _remove(w, H, n_remove,
                                               cost=lambda w, H: -w**2 / (2 * np.diag(np.linalg.inv(H)))),
        }, hints=(
            "Keep the numbers of the weights that are left in an array, at first np.arange(len(w)).",
            "In each step: Hinv of what is left is np.linalg.inv(H[np.ix_(left, left)]); find q with `saliency`; put "
            "the result of `update` into the weights that are left; take q out of `left`.",
            "Begin with w = w.copy(), so that the caller's array stays as it is.",
        ), right=_remove),
)
