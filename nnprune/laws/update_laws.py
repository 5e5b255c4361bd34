"""The laws of an update f(w, Hinv, q) -> w: the removal of weight q, all others moved so that it costs least.

    letter   meaning                              shape
    w        weights                              (d,)
    H, Hinv  Hessian of the error, its inverse    (d, d)
    q        the weight that goes                 int
    dw       new w minus old w                    (d,)

Hassibi & Stork, NIPS 5, 1992, eq. 5: dw = -(w_q / [H^-1]_qq) H^-1 e_q. It is the minimum of 1/2 dw'H dw on the plane
w_q + dw_q = 0: there the gradient H dw has no component along any weight that is left.
"""

from __future__ import annotations

import numpy as np

from .law import demand, law, same
from .reference import quadratic, refit
from .strategies import problems


def suspects(p):
    """What well-known mistakes make of the update, for the hint."""
    w, Hinv, H, q = p.w, p.Hinv, p.H, p.q
    return {hint: without(wrong, q) for hint, wrong in {
        "Nothing is compensated: the weight was only set to 0.": w,
        "The sign of dw is wrong.": w + w[q] / Hinv[q, q] * Hinv[q],
        "[H^-1]_qq is forgotten.": w - w[q] * Hinv[q],
        "H stands where H^-1 belongs.": w - w[q] / H[q, q] * H[q],
        "w_q is squared, as in the saliency.": w - w[q] ** 2 / (2 * Hinv[q, q]) * Hinv[q],
    }.items()}


def without(w, q):
    """A copy of ``w`` (d,) with 0 at place q: what the other weights are, whatever was done about q."""
    return np.where(np.arange(len(w)) == q, 0.0, w)


@law("update", problems(pick=True), formula="w_q + dw_q = 0, exactly",
     source="Hassibi & Stork 1992, eq. 3",
     mistake="The removed weight is left to rounding; set it to 0 after the update.")
def update_removes_the_weight(f, p):
    """The removed weight is 0, not 1e-17: what is almost 0 is stored, multiplied and counted as a weight. On paper
    the formula gives 0 by itself, in floating point it need not."""
    got = f(p.w, p.Hinv, p.q)
    demand(got[p.q] == 0, f"w[{p.q}] = 0 exactly", f"w[{p.q}] = {float(got[p.q])}", "" if abs(got[p.q]) < 1e-9 else
           "The sign of dw is wrong." if np.isclose(got[p.q], 2 * p.w[p.q]) else "Another weight was removed.")


@law("update", problems(pick=True), formula="w = argmin { 1/2 (w^ - w)' H (w^ - w) : w^_q = 0 }",
     source="Hassibi & Stork 1992, eqs 3-5",
     mistake="The other weights are moved by the wrong amount, or not at all.")
def update_equals_refit(f, p):
    """The survivors come out as if the least-squares problem without weight q had been solved again."""
    wanted = refit(p.w, p.H, np.arange(len(p.w)) != p.q)
    same("w (but w_q)", without(f(p.w, p.Hinv, p.q), p.q), wanted, suspects=suspects(p))


@law("update", problems(pick=True), formula="[H dw]_j = 0 for all j != q",
     source="Karush-Kuhn-Tucker conditions of Hassibi & Stork 1992, eqs 3-4",
     mistake="The other weights are moved by the wrong amount, or not at all.")
def update_is_optimal(f, p):
    """After the removal the survivors are at their best: the error has no slope left along any of them. This one
    residual, which is 0 only at the optimum, distinguishes a right compensation from any other, without solving
    anything."""
    slope = p.H @ (f(p.w, p.Hinv, p.q) - p.w)
    same("H dw (but [H dw]_q)", without(slope, p.q), np.zeros(len(p.w)))


@law("update", problems(pick=True), formula="1/2 dw'H dw = w_q^2 / (2 [H^-1]_qq)",
     source="Hassibi & Stork 1992, eq. 5, both halves",
     mistake="The update is not the one that the saliency promises.")
def update_costs_its_saliency(f, p):
    """The rise of the error, measured, is the saliency, predicted: E is a quadratic, so there is no remainder."""
    dw = f(p.w, p.Hinv, p.q) - p.w
    same("1/2 dw'H dw", quadratic(dw, p.H), p.w[p.q] ** 2 / (2 * p.Hinv[p.q, p.q]))


@law("update", problems("diagonal", pick=True), formula="H diagonal:  dw_j = 0 for all j != q",
     source="LeCun, Denker & Solla 1989, section 2.1",
     mistake="Weights are moved that share nothing with the removed one.")
def update_of_diagonal_moves_nothing_else(f, p):
    """If no input moves together with another, no other weight can help, and none may move: OBS is OBD then."""
    same("w", f(p.w, p.Hinv, p.q), without(p.w, p.q))


@law("update", problems(pick=True), formula="f(f(w)) = f(w)", source="Hassibi & Stork 1992, eq. 5 with w_q = 0",
     mistake="A weight that is 0 still moves the others, for instance by a sign(w_q) or a constant.")
def update_twice_is_once(f, p):
    """To remove what is gone changes nothing: dw is proportional to w_q, which is 0."""
    once = f(p.w, p.Hinv, p.q)
    same("w", f(once, p.Hinv, p.q), once)


@law("update", problems(pick=True), formula="q, then r on what is left = {q, r} jointly",
     source="Hassibi & Stork 1992, section 2, step 5 (a new H^-1 each time); Frantar & Alistarh 2022, section 4",
     mistake="The update is not linear, or moves too little: small errors of one step meet in the next.")
def updates_one_by_one_equal_jointly(f, p):
    """Remove two weights one after the other, the second with the inverse of what is left, and the result is the
    best without both: the way does not matter, only the set of what is gone."""
    d, first = len(p.w), f(p.w, p.Hinv, p.q)
    left = np.flatnonzero(np.arange(d) != p.q)
    got = np.zeros(d)
    got[left] = f(first[left], np.linalg.inv(p.H[np.ix_(left, left)]), 0)
    same("w", got, refit(p.w, p.H, np.isin(np.arange(d), left[1:])))


@law("update", problems(pick=True, order=True), formula="f(P w, P H^-1 P', P q) = P f(w, H^-1, q)",
     source="the error does not know the order of its inputs",
     mistake="An index is fixed or off by one, or a row is taken where q is a place in the new order.")
def update_follows_permutations(f, p):
    """Number the inputs in another order, and the new weights come in that order, otherwise the same."""
    place = int(np.flatnonzero(p.p == p.q)[0])
    same("w", f(p.w[p.p], p.Hinv[np.ix_(p.p, p.p)], place), f(p.w, p.Hinv, p.q)[p.p])
