"""Exercises to lesson 06: Optimal Brain Surgeon on one unit.

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

from .frame import Exercise, answers, array, equals, rule


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
    """The sum of g g' sample by sample, and lambda on the diagonal."""
    H = sum(np.outer(g, g) for g in G) / len(G)
    return H + np.eye(G.shape[1]) * damping * np.trace(H) / G.shape[1]


@rule(removals(), formula="at least n_remove weights are exactly 0", source="Hassibi & Stork 1992, step 4",
      mistake="The loop runs too few times, or a removed weight comes back: is its place 0 to the last bit?")
def remove_counts(f, p):
    """As many weights go as were asked for: those are exactly 0 afterwards. (Another one may become 0 by chance.)"""
    w = f(p.w, p.H, p.n_remove)
    gone = int((w == 0).sum())
    demand(gone >= p.n_remove, f"{p.n_remove} weights that are exactly 0", f"w = {w}")


@rule(removals(), formula="arguments after = arguments before", source="the exercise's third hint",
      mistake="Begin with w = w.copy(); w[...] = ... then leaves the caller's w alone.")
def remove_leaves_its_inputs(f, p):
    """The caller's w is as it was."""
    f(p.w, p.H, p.n_remove)
    demand(not f.changed, "arguments as they were", f"changed in place: {', '.join(f.changed)}")


@rule(removals(), formula="H_SS w_S = (H w_0)_S  for the survivors S",
      source="Hassibi & Stork 1992, eq. 5, repeated", mistake="The inverse is not that of what is left.")
def survivors_are_optimal(f, p):
    """Whichever weights are left, their values are the best that there are: refitting them changes nothing. A stale
    inverse breaks this law at the second removal."""
    w = f(p.w, p.H, p.n_remove)
    best = refit(p.w, p.H, w != 0)
    demand(quadratic(w - p.w, p.H) <= quadratic(best - p.w, p.H) + 1e-7, f"w = {best}, the best for these survivors",
           f"w = {w}")


@rule(st.one_of(removals(), traps()), formula="each step removes argmin L_q", source="Hassibi & Stork 1992, step 3",
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


def _cut(A, q):
    return np.delete(np.delete(A, q, 0), q, 1)


EXERCISES = (
    Exercise(
        "saliency", KINDS["saliency"], tuple(laws_for("saliency")),
        "lesson 06, section 2: the second formula of eq. 5", {
            "The factor 1/2 is missing.": lambda w, Hinv: w**2 / np.diag(Hinv),
            "[H^-1]_qq belongs below the fraction line. (a / 2 * b is (a / 2) * b: write a / (2 * b).)":
                lambda w, Hinv: w**2 * np.diag(Hinv) / 2,
            "w_q is not squared.": lambda w, Hinv: w / (2 * np.diag(Hinv)),
            "The diagonal of H is not 1 over the diagonal of H^-1: use np.diag(Hinv), and do not invert it again.":
                lambda w, Hinv: np.diag(np.linalg.inv(Hinv)) * w**2 / 2,
        }),
    Exercise(
        "update", KINDS["update"], tuple(laws_for("update")), "lesson 06, section 2: the first formula of eq. 5", {
            "Only w_q is set to 0; the others do not move. Add dw, computed before w_q is set to 0.":
                lambda w, Hinv, q: _only_zero(w, q),
            "The sign is wrong: the others move away from where they should go.":
                lambda w, Hinv, q: _update(w, Hinv, q, sign=-1.0),
            "The division by [H^-1]_qq is missing.":
                lambda w, Hinv, q: np.where(np.arange(len(w)) == q, 0, w - w[q] * Hinv[:, q]),
            "The change dw is returned alone; wanted are the new weights, w + dw.":
                lambda w, Hinv, q: -w[q] / Hinv[q, q] * Hinv[:, q],
        }),
    Exercise(
        "downdate", KINDS["downdate"], tuple(laws_for("downdate")),
        "exercise 1 of the lesson's section 6, and hint 2: cut H and invert, or correct Hinv and cut", {
            "Row and column q are cut out of Hinv without the correction: that is the stale inverse of lesson 09.":
                lambda Hinv, q: _cut(Hinv, q),
            "The correction is added; it must be subtracted.":
                lambda Hinv, q: _cut(Hinv + np.outer(Hinv[q], Hinv[q]) / Hinv[q, q], q),
            "The division by [H^-1]_qq is missing in the correction.":
                lambda Hinv, q: _cut(Hinv - np.outer(Hinv[q], Hinv[q]), q),
        }),
    Exercise(
        "outer_product_hessian",
        answers("f(G, damping) -> H", array("H", lambda G, damping: (G.shape[1],) * 2)),
        (equals(slow_outer_product_hessian, gradients(), formula="H = 1/n sum g g' + damping * mean(diag) * I",
                source="Hassibi & Stork 1992, eqs 10-14",
                mistake="Which part is off: the mean of the g g', or lambda = damping * mean of ITS diagonal?",
                statement="Sample by sample: each adds g g', a matrix of rank 1, and lambda goes on the diagonal."),),
        "lesson 06, section 3", {
            "The 1/n is missing: H is the mean over the samples.":
                lambda G, damping: len(G) * slow_outer_product_hessian(G, damping),
            "damping itself is added to the diagonal; lambda is damping times the mean of the diagonal.":
                lambda G, damping: G.T @ G / len(G) + damping * np.eye(G.shape[1]),
            "lambda is a share of the sum of the diagonal (the trace); wanted is the mean of the diagonal.":
                lambda G, damping: slow_outer_product_hessian(G, damping * G.shape[1]),
            "G @ G.T is (n, n), the products of samples; wanted are those of parameters, (d, d).":
                lambda G, damping: G @ G.T / len(G) + damping * np.diag(G @ G.T / len(G)).mean() * np.eye(len(G)),
            "lambda is added to all entries; it goes on the diagonal only, times np.eye(d).":
                lambda G, damping: G.T @ G / len(G) + damping * np.trace(G.T @ G) / len(G) / G.shape[1],
        }),
    Exercise(
        "remove", answers("f(w, H, n_remove) -> w", array("w", lambda w, H, n_remove: w.shape)),
        (each_step_is_the_cheapest, remove_counts, survivors_are_optimal, remove_leaves_its_inputs),
        "lesson 06, section 2: naive_obs is one step of it", {
            "One inverse serves for all removals. After each removal it must be that of what is left.":
                lambda w, H, n_remove: _remove(w, H, n_remove, recompute=False),
            "A weight that is 0 already is removed again: it costs nothing. Choose among those that are left.":
                _same_again,
            "OBD's saliency is ranked, by the diagonal of H; wanted is that of OBS, by the diagonal of H^-1.":
                lambda w, H, n_remove: _remove(w, H, n_remove, cost=lambda w, H: np.diag(H) * w**2),
            "The smallest weight goes each time; wanted is the smallest saliency.":
                lambda w, H, n_remove: _remove(w, H, n_remove, cost=lambda w, H: np.abs(w)),
            "The weights are chosen correctly and set to 0, but the others do not move.":
                lambda w, H, n_remove: _remove(w, H, n_remove, move=False),
            "The largest saliency goes first; wanted is the smallest.":
                lambda w, H, n_remove: _remove(w, H, n_remove,
                                               cost=lambda w, H: -w**2 / (2 * np.diag(np.linalg.inv(H)))),
        }),
)
