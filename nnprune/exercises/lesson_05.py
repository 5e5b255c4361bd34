"""Exercises to lesson 05: the quadratic model of the loss, and Optimal Brain Damage.

    letter   meaning                                              shape
    w, dw    the weights, a change of them                        (d,)
    E        the loss: a number, or a function of w               float
    g, H     its gradient and its Hessian at w                    (d,), (d, d)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from nnprune.laws.law import Case, demand
from nnprune.laws.strategies import half_integers

from .frame import Exercise, answers, array, equals, number, rule

OBD = "LeCun, Denker & Solla 1989"
CLEAR = 1e-6  # two saliencies closer than this share of the larger are a tie


@dataclass(frozen=True)
class Cubic:
    """E(w) = 1/2 w'A w + sum_k c_k w_k^3, a loss whose steps to both sides are exact: h_kk = A_kk + 6 c_k w_k.

    In hard cases also m w_0 w_1^2, and q w_k^4, whose steps have the error 2 q eps^2.
    """

    A: np.ndarray
    c: np.ndarray
    m: float = 0.0
    q: float = 0.0

    def __call__(self, w):
        w = np.asarray(w, dtype=float)
        return float(w @ self.A @ w / 2 + self.c @ w**3 + (self.m and self.m * w[0] * w[1]**2) + self.q * np.sum(w**4))

    def __eq__(self, other):
        return isinstance(other, Cubic) and repr(self) == repr(other)

    def __repr__(self):
        d = len(self.c)
        terms = [(self.A[k, k] / 2, f"w{k}^2") for k in range(d)]
        terms += [(self.A[k, l], f"w{k} w{l}") for k in range(d) for l in range(k + 1, d)]
        terms += [(self.c[k], f"w{k}^3") for k in range(d)] + [(self.m, "w0 w1^2")]
        terms += [(self.q, f"w{k}^4") for k in range(d)]
        return "the function E(w) = " + (" + ".join(f"{a:g} {t}" for a, t in terms if a) or "0")


def symmetric(half):
    """A symmetric matrix from any."""
    return (half + half.T) / 2


@st.composite
def cubics(draw):
    """A function ``E``, a point ``w`` and a step ``eps`` that keeps all of it exact. No h_kk is 0, no w_k is 0 or 1
    (where first and second derivative may agree), and ``eps`` is neither 1/2 nor 1/4, where 2 or 4 eps^2 is eps."""
    d = draw(st.integers(1, 3))
    A, c = symmetric(draw(half_integers((d, d)))), draw(half_integers((d,)))
    w = np.array(draw(st.lists(st.sampled_from([2.0, -1.0, 0.5, -2.0]), min_size=d, max_size=d)))
    assume((np.diag(A) + 6 * c * w).all())
    return Case(E=Cubic(A, c), w=w, eps=draw(st.sampled_from([0.125, 0.0625])))


@st.composite
def expansions(draw):
    """The loss ``E`` at a point, ``g``, ``H`` there, and a change ``dw``."""
    d = draw(st.integers(1, 3))
    return Case(E=draw(st.integers(1, 8)) / 2, g=draw(half_integers((d,))), H=symmetric(draw(half_integers((d, d)))),
                dw=draw(half_integers((d,))))


def positive(draw, d):
    """A Hessian that is coupled and has a positive diagonal of very different entries."""
    entries = st.sampled_from([1.0, 0.5, 2.0, -1.0, -0.5, -2.0])  # none is 0: every weight is coupled with every other
    H = np.zeros((d, d))
    H[np.tril_indices(d, -1)] = draw(st.lists(entries, min_size=d * (d - 1) // 2, max_size=d * (d - 1) // 2))
    H += H.T
    H[np.diag_indices(d)] = draw(st.lists(st.sampled_from([0.5, 1.0, 2.0, 5.0, 9.0]), min_size=d, max_size=d))
    return H


@st.composite
def removals(draw):
    """Weights ``w``, ``H``, and how many weights go: not all. The saliencies are distinct."""
    d = draw(st.integers(2, 4))
    w, H = draw(half_integers((d,), 3)), positive(draw, d)
    s = np.sort(np.diag(H) * w**2)
    assume(s[0] > 0 and (np.diff(s) > CLEAR * s[-1]).all())
    return Case(w=w, H=H, n_remove=draw(st.integers(1, d - 1)))


@st.composite
def traps(draw):
    """Two weights: the smaller one has the smaller saliency, h w^2, but the larger |h w|. It is negative, so that h w,
    with its sign, is right here by chance: that mistake is another."""
    w = np.array([draw(st.sampled_from([2.0, -2.0])), -0.5])
    H = np.array([[0.5, 1.0], [1.0, draw(st.sampled_from([5.0, 7.0]))]])
    order = draw(st.permutations([0, 1]))
    return Case(w=w[order], H=H[np.ix_(order, order)], n_remove=1)


def true_diagonal(E, w, eps):
    """By the derivatives, without a step: for a polynomial of third degree the steps have no error."""
    mixed = 2 * E.m * w[0] * (np.arange(len(w)) == 1)
    return np.diag(E.A) + 6 * E.c * w + mixed + E.q * (12 * w**2 + 2 * eps**2)


def slow_taylor(E, g, H, dw):
    """Term by term."""
    d = range(len(dw))
    return E + sum(g[k] * dw[k] for k in d) + sum(H[k, l] * dw[k] * dw[l] for k in d for l in d) / 2


COUPLED = np.array([[4.0, 1.0, -1.0], [1.0, 0.5, 2.0], [-1.0, 2.0, 1.0]])


@rule(removals(), hard=[Case(w=np.array([1.0, -2.0, 3.0]), H=COUPLED, n_remove=k) for k in (2, 0, 1, 3)],
      formula="n_remove entries are 0", source=f"{OBD}, section 2.2, step 5",
      mistake="As many weights go as n_remove says: is the last of them one too many, or one too few?")
def the_count_is_right(f, p):
    """Exactly as many weights go as were asked for."""
    new = f(p.w, p.H, p.n_remove)
    demand(np.sum(new == 0) == p.n_remove, f"{p.n_remove} weights that are 0", f"w = {new}")


@rule(removals(), formula="the n_remove smallest h_kk w_k^2 / 2 go", source=f"{OBD}, section 2.2, steps 4 and 5",
      mistake="Is it h_kk times w_k squared that is ranked?")
def the_cheapest_go(f, p):
    """The weights that go are those of the smallest saliencies."""
    s = np.diag(p.H) * p.w**2 / 2
    wanted, new = s > np.sort(s)[p.n_remove - 1], f(p.w, p.H, p.n_remove)
    demand(np.array_equal(new != 0, wanted), f"0 where the saliency is among the {p.n_remove} smallest of {s}",
           f"w = {new}")


@rule(traps(), formula="s_k = h_kk w_k^2 / 2", source=f"{OBD}, section 2.2, step 4",
      mistake="Is w squared in the saliency, and h not?")
def w_counts_squared(f, p):
    """A weight 4 times as large with a tenth of the curvature costs more, since w is squared and h is not."""
    the_cheapest_go.check(f, p)


@rule(removals(), hard=[Case(w=np.array([2.0]), H=np.array([[4.0]]), n_remove=k) for k in (0, 1)]
      + [Case(w=np.array([1.5, -2.0, -2.0, 0.5]), H=np.diag([1.0, 3.0, 2.0, 0.5]), n_remove=k) for k in (0, 2)],
      formula="kept weights stay", source=f"{OBD}, section 2.2: deleted weights are set to 0, no more",
      mistake="OBD moves nothing else: weights that compensate for others come with lesson 07.")
def the_others_stay(f, p):
    """Whatever is not 0 afterwards is what it was."""
    new = f(p.w, p.H, p.n_remove)
    demand(np.allclose(new[new != 0], p.w[new != 0]), f"the kept ones of w = {p.w}", f"w = {new}")


def _diagonal(E, w, move, eps):
    """One entry for each weight, ``move(w, e_k eps)`` says what it is."""
    return np.array([move(w, eps * e) for e in np.eye(len(w))])


def _diagonal_in_place(E, w, eps):
    h = np.zeros(len(w))
    for k in range(len(w)):
        at = E(w)
        w[k] += eps
        up = E(w)
        w[k] -= 2 * eps
        h[k] = (up - 2 * at + E(w)) / eps**2
    return h


def _remove(w, H, n_remove, score):
    new = w.copy()
    new[np.argsort(score(w, H), kind="stable")[:n_remove]] = 0
    return new


def _compensated(w, H, n_remove):
    """The right ones go, and the others compensate as far as they can."""
    gone = _remove(w, H, n_remove, lambda w, H: np.diag(H) * w**2) == 0
    new = np.where(gone, 0.0, w)
    new[~gone] += np.linalg.lstsq(H[np.ix_(~gone, ~gone)], H[np.ix_(~gone, gone)] @ w[gone], rcond=None)[0]
    return new


EXERCISES = (
    Exercise(
        "diagonal", answers("f(E, w, eps) -> h", array("h", lambda E, w, eps: w.shape)),
        (equals(true_diagonal, cubics(), hard=(
                    Case(E=Cubic(np.diag([2.0, -1.0]), np.array([0.5, 1.0])), w=np.array([2.0, -1.0]), eps=0.125),
                    Case(E=Cubic(np.array([[1.0, 3.0], [3.0, 1.0]]), np.zeros(2)), w=np.zeros(2), eps=0.0625),
                    Case(E=Cubic(np.eye(2), np.ones(2), m=2.0), w=np.array([1.0, -1.0]), eps=0.125),
                    Case(E=Cubic(np.eye(2), np.zeros(2), q=2.0), w=np.array([1.0, -2.0]), eps=0.5)),
                formula="h_kk = (E(w + eps e_k) - 2 E(w) + E(w - eps e_k)) / eps^2",
                source="the Taylor series of both steps, added",
                mistake="Is E taken at w + eps e_k, at w twice, and at w - eps e_k, with w itself unchanged?",
                statement="For a polynomial of third degree the steps give the second derivative exactly: the terms of "
                          "odd order cancel. (Of q w^4 they give 2 q eps^2 too much: the steps are eps.)"),),
        "lesson 05, section 2: the last formula, and naive_diagonal", {
            "2 E(w) is missing in the middle: the sum of both steps is compared with nothing.":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: (E(w + d) + E(w - d)) / eps**2, eps),
            "E(w) must be subtracted twice.":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: (E(w + d) - E(w) + E(w - d)) / eps**2, eps),
            "The division is by eps; a second derivative needs eps squared.":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: (E(w + d) - 2 * E(w) + E(w - d)) / eps, eps),
            "The division is by 2 eps^2; the second difference is divided by eps^2 (2 eps belongs to the first).":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: (E(w + d) - 2 * E(w) + E(w - d)) / (2 * eps**2), eps),
            "The division is by (2 eps)^2, four times too much: the second difference is divided by eps^2.":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: (E(w + d) - 2 * E(w) + E(w - d)) / (2 * eps)**2, eps),
            "w itself is moved, or a copy, and not moved back: the next step sets out from there. Take w + eps * e_k.":
                _diagonal_in_place,
            "All weights move at once: w + eps. For h_kk only weight k moves: w + eps * e_k.":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: (E(w + eps) - 2 * E(w) + E(w - eps)) / eps**2, eps),
            "Only the last E is divided by eps^2: brackets around the whole numerator.":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: E(w + d) - 2 * E(w) + E(w - d) / eps**2, eps),
            "This is the first derivative, (E(w + eps e_k) - E(w - eps e_k)) / (2 eps). Wanted is the second.":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: (E(w + d) - E(w - d)) / (2 * eps), eps),
            "Both steps go to the same side. Take one to each side, so that the terms of third order cancel.":
                lambda E, w, eps: _diagonal(E, w, lambda w, d: (E(w + 2 * d) - 2 * E(w + d) + E(w)) / eps**2, eps),
        }, hints=(
            "h_kk = (E(w + eps e_k) - 2 E(w) + E(w - eps e_k)) / eps^2, for each k.",
            "e_k is 1 in place k and 0 elsewhere: the rows of np.eye(len(w)).",
            "One weight moves at a time; the others stay where they are.",
        )),
    Exercise(
        "taylor", answers("f(E, g, H, dw) -> E", number("E")),
        (equals(slow_taylor, expansions(), hard=(
                    Case(E=1.0, g=np.array([1.0, -2.0]), H=np.array([[2.0, 3.0], [3.0, -1.0]]), dw=np.array([0, 1.0])),
                    Case(E=0.0, g=np.zeros(3), H=np.ones((3, 3)), dw=np.array([1.0, -2.0, 0.5])),
                    Case(E=2.0, g=np.ones(2), H=np.eye(2), dw=np.zeros(2))),
                formula="E + g' dw + 1/2 dw' H dw", source=f"{OBD}, eq. 1",
                mistake="Which of the three terms is off? Work the smallest case out with each of them alone.",
                statement="The three terms, written as sums over single weights and over pairs of weights."),),
        "lesson 05, section 2: the series before anything is left out", {
            "The factor 1/2 of the second-order term is missing.": lambda E, g, H, dw: E + g @ dw + dw @ H @ dw,
            "The gradient's term is missing: it is 0 at a minimum only, and this need not be one.":
                lambda E, g, H, dw: E + dw @ H @ dw / 2,
            "E itself is missing: wanted is the loss at w + dw, not its rise.":
                lambda E, g, H, dw: g @ dw + dw @ H @ dw / 2,
            "Only H's diagonal is used. dw' H dw has the products of different weights, too.":
                lambda E, g, H, dw: E + g @ dw + np.diag(H) @ dw**2 / 2,
            "dw is squared entry by entry; dw' H dw has products of different weights: dw @ H @ dw.":
                lambda E, g, H, dw: E + g @ dw + (H @ dw**2).sum() / 2,
            "The 1/2 is on the gradient's term too; it belongs to the second-order term only.":
                lambda E, g, H, dw: E + (g @ dw + dw @ H @ dw) / 2,
        }, hints=(
            "The three terms are E, g' dw, and 1/2 dw' H dw.",
            "a' b, the sum of the products, is a @ b in NumPy; dw' H dw is dw @ H @ dw.",
        )),
    Exercise(
        "remove", answers("f(w, H, n_remove) -> w", array("w", lambda w, H, n_remove: w.shape)),
        (the_count_is_right, the_cheapest_go, w_counts_squared, the_others_stay),
        "lesson 05, section 2: the saliency, and the unit with two weights", {
            "The smallest weights go: that is magnitude. Rank h_kk w_k^2 / 2.":
                lambda w, H, n_remove: _remove(w, H, n_remove, lambda w, H: np.abs(w)),
            "w is not squared in the saliency.":
                lambda w, H, n_remove: _remove(w, H, n_remove, lambda w, H: np.diag(H) * w),
            "w is made positive in the saliency, not squared.":
                lambda w, H, n_remove: _remove(w, H, n_remove, lambda w, H: np.diag(H) * np.abs(w)),
            "The largest saliencies go; wanted are the smallest.":
                lambda w, H, n_remove: _remove(w, H, n_remove, lambda w, H: -np.diag(H) * w**2),
            "The curvature alone is ranked. A weight far from 0 is expensive also where the loss curves little.":
                lambda w, H, n_remove: _remove(w, H, n_remove, lambda w, H: np.diag(H)),
            "One weight too many goes.":
                lambda w, H, n_remove: _remove(w, H, n_remove + 1, lambda w, H: np.diag(H) * w**2),
            "One weight too few goes.":
                lambda w, H, n_remove: _remove(w, H, max(n_remove - 1, 0), lambda w, H: np.diag(H) * w**2),
            "The right weights go, but the others move. OBD leaves them as they are.": _compensated,
        }, hints=(
            "The saliencies are s_k = 1/2 h_kk w_k^2, and h_kk is the diagonal: np.diag(H).",
            "np.argsort(s)[:n_remove] are the numbers of the cheapest.",
            "Begin with w.copy(), so that the caller's array stays as it is.",
        ), right=lambda w, H, n_remove: _remove(w, H, n_remove, lambda w, H: np.diag(H) * w**2)),
)
