"""The laws of a downdate f(Hinv, q) -> Hinv: the inverse Hessian of the weights that are left once q is gone.

    letter   meaning                                          shape
    H, Hinv  Hessian, its inverse                             (d, d)
    q        the weight that goes                             int
    S        the weights left                                 (d - 1,)

Inverting H_SS again costs d^3. One step of Gaussian elimination on H^-1 costs d^2 and gives the same (Frantar &
Alistarh, NeurIPS 2022, Lemma 1):  [H_SS]^-1 = (H^-1 - h h' / [H^-1]_qq)_SS  with h = column q of H^-1.
The answer may have row and column q cut out, or full of zeros.
"""

from __future__ import annotations

import numpy as np

from .convention import granted
from .law import SINGLE_ARGUMENTS_TOLERANCE, demand, law, same
from .strategies import problems


def without(H, q):
    """H without row and column q: (d - 1, d - 1)."""
    left = np.arange(len(H)) != q
    return H[np.ix_(left, left)]


def suspects(p):
    """What well-known mistakes make of the downdate, for the hint."""
    Hinv, h = p.Hinv, p.Hinv[p.q]
    return {hint: without(wrong, p.q) for hint, wrong in {
        "Row and column q were cut out of H^-1 and no more: the inverse of a part is not a part of the inverse.": Hinv,
        "The sign is wrong: the correction must be subtracted.": Hinv + np.outer(h, h) / h[p.q],
        "[H^-1]_qq is forgotten.": Hinv - np.outer(h, h),
        "Row and column q were cut out of H, not of H^-1.": p.H,
    }.items()}


@law("downdate", problems(weights=False, pick=True), formula="(H^-1 - h h' / [H^-1]_qq)_SS = (H_SS)^-1",
     source="Frantar & Alistarh 2022, Lemma 1; Schur complement",
     mistake="The rank-one correction is missing or wrong.")
def downdate_inverts_the_rest(f, p):
    """The downdated inverse is the inverse of the Hessian of what is left, as if it had been inverted again."""
    same("Hinv", f(p.Hinv, p.q), np.linalg.inv(without(p.H, p.q)), suspects=suspects(p))


@law("downdate", problems(weights=False, pick=True), formula="q, then r = r, then q",
     source="quotient property of the Schur complement: Crabtree & Haynsworth 1969",
     mistake="The correction is wrong, or the places are not recounted after the first removal.")
def downdates_commute(f, p):
    """It does not matter which of two weights goes first: the inverse of what is left is the same. Both ways are
    compared with the inverse recomputed, since two wrong ways may agree."""
    d, q = len(p.H), p.q
    r = (q + 1) % d
    one = f(f(p.Hinv, q), r - (r > q))
    same("Hinv, q first", one, f(f(p.Hinv, r), q - (q > r)))
    same("Hinv of the rest", one, np.linalg.inv(without(without(p.H, max(q, r)), min(q, r))))


@law("downdate", problems(weights=False, pick=True), formula="[H^-1]_jj falls or stays, and stays > 0",
     source="Frantar & Alistarh 2022, Lemma 1: h_j^2 / [H^-1]_qq >= 0 is subtracted",
     mistake="The correction is added, or too large.")
def downdate_tightens(f, p):
    """With one weight fewer there is less to compensate with: every other weight becomes more expensive to remove, so
    no diagonal entry of the inverse may rise; and all stay positive, or a saliency would be negative."""
    before, after = np.diag(without(p.Hinv, p.q)), np.diag(f(p.Hinv, p.q))
    demand(np.all(after <= before + granted(1e-9)), f"a diagonal of at most {before}", f"{after}",
           "The sign is wrong: the correction must be subtracted.")
    demand(np.all(after > 0), "a positive diagonal", f"{after}")


@law("downdate", problems(weights=False, pick=True), formula="Hinv = Hinv',  all eigenvalues > 0",
     source="the inverse of a symmetric positive definite matrix is one",
     mistake="A row is combined with the wrong column.")
def downdate_stays_symmetric(f, p):
    """The inverse of what is left is symmetric and positive definite, as H^-1 was: it is the inverse of a part of H."""
    got = f(p.Hinv, p.q)
    same("Hinv", got, got.T)
    demand(np.linalg.eigvalsh(got).min() > 0, "positive eigenvalues", f"{np.linalg.eigvalsh(got)}")


@law("downdate", problems("diagonal", weights=False, pick=True), formula="H diagonal:  the other entries stay",
     source="Frantar & Alistarh 2022, Lemma 1 with h = [H^-1]_qq e_q",
     mistake="All entries are scaled, or damping is added at every step.")
def downdate_of_diagonal_cuts_out(f, p):
    """Where inputs do not move together, the removal of one changes nothing for the others."""
    same("Hinv", f(p.Hinv, p.q), without(p.Hinv, p.q))


@law("downdate", problems(weights=False), formula="after d - 1 downdates:  Hinv = 1 / H_dd",
     source="Frantar & Alistarh 2022, Lemma 1, repeated",
     mistake="Errors add up over the removals, for instance through float32 or damping in every step.")
def downdates_do_not_drift(f, p):
    """Downdate until one weight is left. Its inverse is one over its own curvature, to nearly all digits: a layer of
    784 inputs takes 783 downdates, so each must be right to the last bits. The tolerance here is 1e-10."""
    Hinv = p.Hinv
    for _ in range(len(p.H) - 1):
        Hinv = f(Hinv, 0)
    same("Hinv", Hinv, 1 / p.H[-1:, -1:], tolerance=1e-10)


@law("downdate", problems(weights=False, pick=True), formula="|Hinv(float32) - Hinv(float64)| <= 1e-3",
     source="IEEE 754", mistake="Single precision is lost on the way.")
def downdate_in_float32_is_near_float64(f, p):
    """Single precision gives the same inverse to about three digits on a well-conditioned problem."""
    same("Hinv", f(p.Hinv.astype(np.float32), p.q), f(p.Hinv, p.q), tolerance=SINGLE_ARGUMENTS_TOLERANCE)
