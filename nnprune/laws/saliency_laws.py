"""The laws of a saliency f(w, Hinv) -> L: what it costs to remove each weight of one unit.

    letter   meaning                              shape
    w        weights                              (d,)
    H, Hinv  Hessian of the error, its inverse    (d, d)
    L        saliencies                           (d,)

Optimal Brain Surgeon asks: if w_q must become 0 and all other weights may move, how little can
E = 1/2 dw' H dw rise? Lagrange's answer (Hassibi & Stork, NIPS 5, 1992, eqs 3-5) is L_q = w_q^2 / (2 [H^-1]_qq).
"""

from __future__ import annotations

import numpy as np

from .convention import granted
from .law import SINGLE_ARGUMENTS_TOLERANCE, demand, law, same, show
from .reference import quadratic, refit, removal_costs
from .strategies import problems

# An inequality that holds with equality on paper may miss it by rounding; the costs here are below 1e4.
ROUNDING = 1e-9


def suspects(p):
    """What well-known mistakes make of the saliency, for the hint."""
    diagonal = np.diag(p.Hinv)
    return {
        "The factor 1/2 is missing.": p.w**2 / diagonal,
        "There is one factor 1/2 too many.": p.w**2 / (4 * diagonal),
        "[H^-1]_qq belongs below the fraction line.": p.w**2 * diagonal / 2,
        "[H^-1]_qq is forgotten: this is w_q^2 / 2, which only ranks by magnitude.": p.w**2 / 2,
        "This is OBD's H_qq w_q^2 / 2, which lets no other weight help.": p.w**2 * np.diag(p.H) / 2,
        "w_q is not squared.": p.w / (2 * diagonal),
        "|w_q| is not squared.": np.abs(p.w) / (2 * diagonal),
        "The sign is wrong.": -(p.w**2) / (2 * diagonal),
    }


@law("saliency", problems(), formula="L_q = min { 1/2 dw'H dw : w_q + dw_q = 0 } = w_q^2 / (2 [H^-1]_qq)",
     source="Hassibi & Stork 1992, eqs 3-5",
     mistake="A factor, a square or the division by [H^-1]_qq is wrong.")
def saliency_equals_refit(f, p):
    """The saliency of a weight is what its removal costs if all other weights are refitted. The law removes
    each weight in turn, solves the least-squares problem of the others, and measures the rise of the error."""
    same("L", f(p.w, p.Hinv), removal_costs(p.w, p.H), suspects=suspects(p))


@law("saliency", problems(), formula="L_q >= 0,  L_q = 0 if and only if w_q = 0",
     source="Hassibi & Stork 1992, eq. 5; H is positive definite",
     mistake="A sign is wrong, or a constant was added to every saliency.")
def saliency_is_positive(f, p):
    """Before pruning the error is at its minimum, so no removal gains anything; and a weight that is 0 already is
    removed at no cost, while no other one is."""
    L = f(p.w, p.Hinv)
    demand(np.all(L >= 0), "no negative entry in L", f"L = {L}", "The sign is wrong." if np.all(L <= 0) else "")
    demand(np.array_equal(L == 0, p.w == 0), f"L is 0 exactly where w = {p.w} is 0", f"L = {L}")


@law("saliency", problems(), formula="L(c w, H) = c^2 L(w, H),  L(w, c H) = c L(w, H)",
     source="Hassibi & Stork 1992, eq. 5: E is quadratic in w and linear in H",
     mistake="w_q is not squared, or H^-1 plays no part (or the part of H).")
def saliency_has_the_right_units(f, p):
    """Weights twice as large cost four times as much to remove, and an error measured in halves costs twice as
    much. It is a check of dimensions, as in physics; here c = 2 (and H^-1 is halved where H is doubled)."""
    L = f(p.w, p.Hinv)
    same("L(2 w, H)", f(2 * p.w, p.Hinv), 4 * L)
    same("L(w, 2 H)", f(p.w, p.Hinv / 2), 2 * L)


@law("saliency", problems("identity"), formula="H = c I:  L_q = c w_q^2 / 2",
     source="LeCun, Denker & Solla 1989, section 2; Hassibi & Stork 1992, section 1",
     mistake="H^-1 is used where H belongs, or a factor is wrong.")
def saliency_of_identity_is_magnitude(f, p):
    """Where all inputs are of equal size and move apart from each other, OBS ranks as magnitude does: magnitude
    pruning is the special case H = c I."""
    same("L", f(p.w, p.Hinv), p.H[0, 0] * p.w**2 / 2, suspects=suspects(p))


@law("saliency", problems("diagonal"), formula="H diagonal:  L_q = H_qq w_q^2 / 2",
     source="LeCun, Denker & Solla, NIPS 2, 1989, eq. 5",
     mistake="H^-1 is used where H belongs, or its diagonal is taken from the wrong place.")
def saliency_of_diagonal_is_obd(f, p):
    """Where inputs do not move together no weight can take over from another, and OBS's saliency is that of
    Optimal Brain Damage."""
    same("L", f(p.w, p.Hinv), np.diag(p.H) * p.w**2 / 2, suspects=suspects(p))


@law("saliency", problems(), formula="1 / [H^-1]_qq <= H_qq,  hence  w_q^2 / (2 [H^-1]_qq) <= H_qq w_q^2 / 2",
     source="Hassibi & Stork 1992, eq. 5 against LeCun et al. 1989, eq. 5; Cauchy-Schwarz",
     mistake="H and H^-1 are confused, or a factor is too large.")
def saliency_is_at_most_obds(f, p):
    """Help from other weights never makes a removal more expensive: OBS's saliency is at most OBD's, weight by
    weight."""
    L, obd = f(p.w, p.Hinv), np.diag(p.H) * p.w**2 / 2
    demand(np.all(L <= obd + granted(ROUNDING) * np.maximum(1, obd)), f"no entry above OBD's {obd}", f"L = {L}")


@law("saliency", problems(), formula="min_q E(OBS) <= E(OBD's choice) <= E(magnitude's choice)",
     source="Hassibi & Stork 1992, the XOR example: E(mag) >= E(OBD) >= E(OBS)",
     mistake="The ranking is that of another method, or the largest saliency comes first.")
def saliency_picks_the_cheapest(f, p):
    """The weight of the lowest saliency costs, with the others refitted, no more than what OBD picks costs
    without, and that costs no more than the smallest weight. The costs are measured, not predicted."""
    q = int(np.argmin(f(p.w, p.Hinv)))
    cost, best = quadratic(refit(p.w, p.H, np.arange(len(p.w)) != q) - p.w, p.H), removal_costs(p.w, p.H)
    obd = np.diag(p.H) * p.w**2 / 2
    rounding = granted(ROUNDING) * max(1, best.max())
    demand(cost <= obd.min() + rounding, f"a cost of at most OBD's {show(obd.min())}", f"q = {q} at {show(cost)}")
    demand(cost <= best.min() + rounding, f"the cheapest weight (costs: {best})", f"q = {q} at {show(cost)}")


@law("saliency", problems(order=True), formula="L(P w, P H^-1 P') = P L(w, H^-1)",
     source="the error does not know the order of its inputs",
     mistake="An index is fixed, off by one, or runs along the wrong axis.")
def saliency_follows_permutations(f, p):
    """Number the inputs in another order, and the saliencies come in that order, otherwise the same."""
    same("L", f(p.w[p.p], p.Hinv[np.ix_(p.p, p.p)]), f(p.w, p.Hinv)[p.p])


@law("saliency", problems(scale=True), formula="L(S^-1 w, S^-1 H^-1 S^-1) = L(w, H^-1),  S = diag(s)",
     source="E depends on the products w_j x_j alone",
     mistake="The magnitude of w counts by itself, without the size of its input.")
def saliency_ignores_the_scale_of_inputs(f, p):
    """Measure an input in metres or in millimetres: the weight changes by the inverse factor, the net does the same,
    and so no saliency may change. Magnitude pruning breaks this law; that is its weakness."""
    # x_j -> s_j x_j:  w_j -> w_j / s_j,  H_ij -> s_i s_j H_ij,  [H^-1]_ij -> [H^-1]_ij / (s_i s_j)
    same("L", f(p.w / p.s, p.Hinv / np.outer(p.s, p.s)), f(p.w, p.Hinv))


@law("saliency", problems(), formula="sum of L over the removals = E at the end",
     source="Hassibi & Stork 1992, eq. 5, repeated; each step is H-orthogonal to the next",
     mistake="A factor is wrong: one removal may look right relative to the others, the sum does not.")
def saliencies_add_up(f, p):
    """Remove the weights one after another, always with the right inverse of what is left. The saliencies paid on
    the way add up to the error of the whole change, here 1/2 w'H w, since at the end nothing is left."""
    w, paid = p.w.copy(), 0.0
    for t in range(len(w)):
        rest = np.arange(t, len(w))
        paid += f(w[rest], np.linalg.inv(p.H[np.ix_(rest, rest)]))[0]
        w = refit(p.w, p.H, np.arange(len(w)) > t)
    same("the sum of L", paid, quadratic(p.w, p.H))


@law("saliency", problems(), formula="|L(float32) - L(float64)| <= 1e-3 max(1, |L|)", source="IEEE 754",
     mistake="Single precision is lost on the way, or the result is rounded to whole numbers.")
def saliency_in_float32_is_near_float64(f, p):
    """Single precision gives the same numbers to about three digits on a well-conditioned problem."""
    single = f(p.w.astype(np.float32), p.Hinv.astype(np.float32))
    same("L", single, f(p.w, p.Hinv), tolerance=SINGLE_ARGUMENTS_TOLERANCE)
