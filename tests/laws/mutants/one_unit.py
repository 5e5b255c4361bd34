"""Wrong saliencies, updates and downdates: the mathematics of one unit."""

import numpy as np

from . import mutant


def eps_damped(Hinv):
    """Hinv with the square root of its own precision on the diagonal: harmless in float64, not in float32."""
    return Hinv + np.sqrt(np.finfo(Hinv.dtype).eps) * np.eye(len(Hinv), dtype=Hinv.dtype)


# ---- saliency: w_q^2 / (2 [H^-1]_qq)


@mutant("saliency", "the factor 1/2 is missing")
def saliency_without_half(w, Hinv):
    return w**2 / np.diag(Hinv)


@mutant("saliency", "multiplied by [H^-1]_qq instead of divided (H for H^-1)")
def saliency_with_h_for_hinv(w, Hinv):
    return w**2 * np.diag(Hinv) / 2


@mutant("saliency", "[H^-1]_qq forgotten")
def saliency_without_hinv(w, Hinv):
    return w**2 / 2


@mutant("saliency", "OBD's saliency H_qq w_q^2 / 2 given out as OBS's")
def saliency_of_obd(w, Hinv):
    return w**2 * np.diag(np.linalg.inv(Hinv)) / 2


@mutant("saliency", "|w_q| not squared")
def saliency_not_squared(w, Hinv):
    return np.abs(w) / (2 * np.diag(Hinv))


@mutant("saliency", "sign flipped")
def saliency_negative(w, Hinv):
    return -(w**2) / (2 * np.diag(Hinv))


@mutant("saliency", "the diagonal is read one place off")
def saliency_off_by_one(w, Hinv):
    return w**2 / (2 * np.roll(np.diag(Hinv), 1))


@mutant("saliency", "1 / [H^-1]_qq taken from the sum of the row")
def saliency_of_row_sums(w, Hinv):
    return w**2 / (2 * np.abs(Hinv).sum(axis=1))


@mutant("saliency", "float32 drift: sqrt(eps) of the dtype added to the diagonal")
def saliency_with_eps(w, Hinv):
    return w**2 / (2 * np.diag(eps_damped(Hinv)))


@mutant("saliency", "a small constant added 'for stability'")
def saliency_with_constant(w, Hinv):
    return w**2 / (2 * np.diag(Hinv)) + 1e-6


@mutant("saliency", "w squared in place")
def saliency_in_place(w, Hinv):
    w *= w
    return w / (2 * np.diag(Hinv))


# ---- update: w - w_q / [H^-1]_qq H^-1 e_q


def zeroed(w, q):
    """w with an exact 0 at q."""
    w[q] = 0
    return w


@mutant("update", "no compensation")
def update_without_compensation(w, Hinv, q):
    return zeroed(w.copy(), q)


@mutant("update", "sign flipped")
def update_with_wrong_sign(w, Hinv, q):
    return zeroed(w + w[q] / Hinv[q, q] * Hinv[q], q)


@mutant("update", "[H^-1]_qq forgotten")
def update_without_pivot(w, Hinv, q):
    return zeroed(w - w[q] * Hinv[q], q)


@mutant("update", "H for H^-1")
def update_with_h_for_hinv(w, Hinv, q):
    H = np.linalg.inv(Hinv)
    return zeroed(w - w[q] / H[q, q] * H[q], q)


@mutant("update", "factor 2 in dw")
def update_twice_as_far(w, Hinv, q):
    return zeroed(w - 2 * w[q] / Hinv[q, q] * Hinv[q], q)


@mutant("update", "the removed weight is left to rounding")
def update_almost_zero(w, Hinv, q):
    return w - w[q] / Hinv[q, q] * Hinv[q]


@mutant("update", "row 0 of the inverse for row q")
def update_by_row_0(w, Hinv, q):
    return zeroed(w - w[q] / Hinv[q, q] * Hinv[0], q)


@mutant("update", "the weight next to q is removed")
def update_of_the_neighbour(w, Hinv, q):
    r = (q + 1) % len(w)
    return zeroed(w - w[r] / Hinv[r, r] * Hinv[r], r)


@mutant("update", "|w_q| kept away from 0, 'for stability'")
def update_with_floor(w, Hinv, q):
    return zeroed(w - max(abs(w[q]), 1e-3) * np.sign(w[q] + 1e-9) / Hinv[q, q] * Hinv[q], q)


@mutant("update", "the survivors are scaled to keep the norm of w")
def update_keeping_the_norm(w, Hinv, q):
    new = zeroed(w - w[q] / Hinv[q, q] * Hinv[q], q)
    return new * (np.linalg.norm(w) / max(np.linalg.norm(new), 1e-9))


@mutant("update", "done in place on the argument")
def update_in_place(w, Hinv, q):
    w -= w[q] / Hinv[q, q] * Hinv[q]
    return zeroed(w, q)


# ---- downdate: Hinv - h h' / h_q, row and column q cut out


def cut(A, q):
    """A without row and column q."""
    return np.delete(np.delete(A, q, axis=0), q, axis=1)


@mutant("downdate", "row and column cut out, nothing else (stale inverse)")
def downdate_cut_only(Hinv, q):
    return cut(Hinv, q)


@mutant("downdate", "sign flipped")
def downdate_with_wrong_sign(Hinv, q):
    return cut(Hinv + np.outer(Hinv[q], Hinv[q]) / Hinv[q, q], q)


@mutant("downdate", "[H^-1]_qq forgotten")
def downdate_without_pivot(Hinv, q):
    return cut(Hinv - np.outer(Hinv[q], Hinv[q]), q)


@mutant("downdate", "row 0 combined with column q")
def downdate_unsymmetric(Hinv, q):
    return cut(Hinv - np.outer(Hinv[:, q], Hinv[0]) / Hinv[q, q], q)


@mutant("downdate", "damped again at every step")
def downdate_with_damping(Hinv, q):
    return cut(Hinv - np.outer(Hinv[q], Hinv[q]) / Hinv[q, q], q) + 1e-9 * np.eye(len(Hinv) - 1)


@mutant("downdate", "float32 drift: sqrt(eps) of the dtype on the pivot")
def downdate_with_eps(Hinv, q):
    return cut(Hinv - np.outer(Hinv[q], Hinv[q]) / eps_damped(10 * Hinv)[q, q] * 10, q)


@mutant("downdate", "row q left standing")
def downdate_left_standing(Hinv, q):
    return Hinv - np.outer(Hinv[q], Hinv[q]) / (2 * Hinv[q, q])


@mutant("downdate", "the whole inverse is rescaled")
def downdate_rescaled(Hinv, q):
    return cut(Hinv, q) * (np.trace(Hinv) - Hinv[q, q]) / np.trace(Hinv)


@mutant("downdate", "done in place on the argument")
def downdate_in_place(Hinv, q):
    Hinv -= np.outer(Hinv[q], Hinv[q]) / Hinv[q, q]
    return cut(Hinv, q)
