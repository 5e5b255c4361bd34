"""Positive-definite linear algebra for the second-order methods, on top of NumPy's and SciPy's ``linalg``.

    letter   meaning                                                        shape
    H        Hessian, symmetric positive semidefinite                       (d, d)
    lambda   what is added to H's diagonal, one number a parameter          (d,)
    Hs       H scaled to unit diagonal, H_ij / (s_i s_j), s_j^2 = |H_jj|    (d, d)
    Hinv     (H + diag(lambda))^-1                                          (d, d)

A Hessian from data is often singular: two inputs that are always equal, fewer samples than inputs. Its inverse does not
exist then. *Damping* adds to the diagonal, by column, a share of what stands there,

    lambda_j = damping |H_jj|        (Levenberg 1944; Marquardt, SIAM J. Appl. Math. 11, 1963),

which is the same as charging the change of the weights 1/2 sum_j lambda_j dw_j^2: OBS then minimises E with this
charge instead of E. By column, since H_jj has the unit of input j squared, and so every lambda_j dw_j^2 has that of E:
an input measured in millimetres instead of metres changes no cost. (One lambda for all columns would bury the inputs of
small numbers and leave those of large ones undamped.) In Hs the damping is the plain Hs + damping I; rank, condition
and the damping that would do are read there, so they do not depend on units either. Nor does rounding: Cholesky's
factor of S H S, with S of powers of 2, is S times that of H to the last bit.

A parameter with H_jj = 0 (an input that is always 0, a unit that is never on) gets no damping, and needs none: it is
coupled to no other, costs nothing whatever it is, and is set apart (``live_parameters``) and removed first.
"""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
from scipy import linalg

from .._util.checks import NNPruneWarning, all_finite, finite_matrix, in_range
from .._util.types import BoolArray, FloatArray

# What stands on the diagonal of an inverse for a parameter with H_jj = 0: its square root and w^2 times it are finite.
FREE = 1e250
# Square root of the smallest H_jj that float64 holds, and something to spare.
UNDERFLOW = 1e-150
# Digits that a cost should have at least. With condition c of Hs, rounding leaves an inverse about -log10(c eps).
DIGITS = 3
# A predicted rise below this share of the error without any weight is not worth a warning: ten times the usual damping.
TRIFLE = 1e-2


def damp(H: FloatArray, damping: float) -> FloatArray:
    """H + damping * diag(|H_jj|), a new array.

    Parameters
    ----------
    H : ndarray of shape (d, d)
    damping : float
        At least 0; 0 leaves H as it is.

    Returns
    -------
    H_damped : ndarray of shape (d, d)

    Raises
    ------
    ValueError
        If the damping is negative or not finite.

    Examples
    --------
    >>> damp(np.array([[1.0, 0.5], [0.5, 4.0]]), 0.5)
    array([[1.5, 0.5],
           [0.5, 6. ]])
    """
    all_finite("the Hessian (are the samples of a sane size?)", H)
    damping = in_range("damping", damping, 0, np.inf, high_open=True)
    H = H.copy()
    H.flat[:: len(H) + 1] += damping * np.abs(np.diag(H))
    return H


def live_parameters(H: FloatArray, what: str = "the Hessian") -> BoolArray:
    """Where H_jj is not 0. The others are coupled to no parameter: they cost nothing.

    Raises
    ------
    ValueError
        If H_jj = 0 stands in a row that is not 0: no positive semidefinite matrix has one, and damping is no remedy.

    Examples
    --------
    >>> live_parameters(np.diag([2.0, 0.0]))
    array([ True, False])
    """
    live = np.diag(H) != 0
    # Where H is positive semidefinite, H_ij^2 <= H_ii H_jj. H_jj may be 0 by underflow: then H_ij is next to nothing.
    coupled = ~live & (np.abs(H) > UNDERFLOW * np.sqrt(np.abs(np.diag(H)))).any(axis=1)
    if coupled.any():
        j = int(coupled.argmax())
        raise ValueError(f"{what} is indefinite: its diagonal entry {j} is 0, but row {j} is not, and no damping "
                         "changes that; take the Gauss-Newton Hessian, which is never indefinite")
    return live


def unit_diagonal(H: FloatArray) -> tuple[FloatArray, FloatArray]:
    """H_ij / (s_i s_j) with s_j = sqrt|H_jj|, and s; where H_jj is 0, s_j is 1.

    Examples
    --------
    >>> unit_diagonal(np.array([[4.0, 1.0], [1.0, 1.0]]))
    (array([[1. , 0.5],
           [0.5, 1. ]]), array([2., 1.]))
    """
    s = np.sqrt(np.abs(np.diag(H)))
    s[s == 0] = 1
    return H / s / s[:, None], s


def scaled_eigenvalues(H: FloatArray) -> tuple[FloatArray, int]:
    """The eigenvalues of H scaled to unit diagonal, rising, and the rank that they give.

    H is of live parameters. Eigenvalues up to d eps times the largest are rounding, and not counted.

    Examples
    --------
    >>> x = np.array([[1.0, 1e-6], [2.0, 3e-6], [0.0, 5e-6]])  # apart, in very different units
    >>> scaled_eigenvalues(x.T @ x)[1]
    2
    """
    if len(H) == 0:  # of no live parameter: LAPACK would complain
        return np.empty(0), 0
    values = linalg.eigvalsh(unit_diagonal(H)[0])
    return values, int((values > len(H) * np.finfo(float).eps * values.max(initial=0)).sum())


def warn_of_condition(condition: float, what: str = "the Hessian") -> None:
    """An ``NNPruneWarning`` if so ill-conditioned a Hessian leaves the costs fewer than ``DIGITS`` right digits.

    ``condition`` is that of the damped Hessian, scaled to unit diagonal: of its inverse about -log10(condition eps)
    digits are right, as many as of the costs.
    """
    digits = -np.log10(condition * np.finfo(float).eps)
    if digits < DIGITS:
        warnings.warn(f"{what}, scaled to unit diagonal, has the condition {condition:.2g}: of the costs only about "
                      f"{int(max(0, digits))} digits are right; take a larger damping, say 1e-3, or leave out one of "
                      "two inputs that are nearly alike", NNPruneWarning, stacklevel=2)


def warn_of_charge(charge: float, predicted: float, size: float, damping: float) -> None:
    """An ``NNPruneWarning`` if the larger part of a predicted rise is what the damping charges, and not a trifle.

    Parameters
    ----------
    charge : float
        1/2 sum_j lambda_j dw_j^2.
    predicted : float
        The sum of the costs, the charge included.
    size : float
        1/2 w' H w, the error if all weights were removed: up to ``TRIFLE`` of it no word is lost.
    damping : float
    """
    if charge > predicted / 2 and predicted > TRIFLE * size:
        warnings.warn(f"of the predicted rise {predicted:.3g}, {charge:.3g} is what damping={damping:g} charges for "
                      "the change of the weights: the ranking follows the damping more than the samples; take a "
                      "smaller damping, or more samples", NNPruneWarning, stacklevel=2)


def spd_inverse(H: FloatArray, what: str = "the Hessian") -> FloatArray:
    """The inverse of a symmetric positive-definite matrix, by its Cholesky factor.

    Parameters
    ----------
    H : ndarray of shape (d, d)
        Only its lower triangle is read.
    what : str
        What to call H in a message.

    Returns
    -------
    Hinv : ndarray of shape (d, d)
        Exactly symmetric.

    Raises
    ------
    ValueError
        If H is not positive definite to working precision.

    Notes
    -----
    H = L L' gives H^-1 = M M' with M = L'^-1. By NumPy alone, unlike what else is here: the products before and after
    are NumPy's, and each of the two packages brings a BLAS of its own, whose threads would wait for the other's. NumPy
    has no inverse of a triangle, so it is found by halves, in products: d^3 multiply-adds in all.

    Examples
    --------
    >>> spd_inverse(np.array([[2.0, 1.0], [1.0, 2.0]]))
    array([[ 0.66666667, -0.33333333],
           [-0.33333333,  0.66666667]])
    """
    if len(H) == 0:  # no input is live: LAPACK would complain
        return np.empty((0, 0))
    H = np.asarray(H, dtype=np.float64)
    try:
        L, bad = np.linalg.cholesky(H), 0
    except np.linalg.LinAlgError:  # which does not tell the pivot
        L, bad = linalg.lapack.dpotrf(H, lower=1)
    if bad == 0:
        # L_jj^2 / H_jj is the share of input j that the inputs before it do not explain. A share below the rounding of
        # the factor, d eps, is noise: H is singular, though no pivot happened to come out as 0 or below.
        unexplained = np.diag(L)**2 < len(H) * np.finfo(float).eps * np.diag(H)
        bad = int(unexplained.argmax()) + 1 if unexplained.any() else 0
    if bad != 0:
        raise ValueError(f"{what} of shape {H.shape} is singular or indefinite (pivot {bad} of its Cholesky "
                         f"factor is not above its rounding), so it has no usable inverse: use damping > 0, say 1e-4")
    M = _triangle_inverse(L.T)
    return M @ M.T


def _triangle_inverse(R: FloatArray) -> FloatArray:
    """The inverse of an upper triangle R: [[A, B], [0, D]]^-1 = [[A^-1, -A^-1 B D^-1], [0, D^-1]]."""
    h = len(R) // 2
    if h < 32:
        return np.linalg.inv(R)  # its rows are not exchanged: below each pivot stand zeros
    M = np.zeros_like(R)
    M[:h, :h], M[h:, h:] = A, D = _triangle_inverse(R[:h, :h]), _triangle_inverse(R[h:, h:])
    M[:h, h:] = -A @ R[:h, h:] @ D
    return M


def spd_solve(H: FloatArray, B: FloatArray, what: str = "the Hessian") -> FloatArray:
    """The solution X of H X = B for a symmetric positive-definite H, by its Cholesky factor.

    Parameters
    ----------
    H : ndarray of shape (d, d)
    B : ndarray of shape (d,) or (d, m)

    Returns
    -------
    X : ndarray shaped as B

    Raises
    ------
    ValueError
        If H is not positive definite to working precision.
    """
    _, X, bad = linalg.lapack.dposv(H, B, lower=1)
    if bad != 0:
        raise ValueError(f"{what} of shape {H.shape} is singular or indefinite (pivot {bad} of its Cholesky "
                         f"factor is not positive): use damping > 0, say 1e-4")
    return X.reshape(B.shape)


def checked_hessian(H: npt.ArrayLike, n: int) -> FloatArray:
    """``H`` as a float64 matrix that can be a Hessian of ``n`` parameters, or a clear error.

    Parameters
    ----------
    H : array_like of shape (n, n)
    n : int

    Returns
    -------
    ndarray of shape (n, n)

    Raises
    ------
    ValueError
        If H is not square, not of this size, not finite, or not symmetric.

    Examples
    --------
    >>> checked_hessian([[1, 2], [3, 4]], 2)
    Traceback (most recent call last):
        ...
    ValueError: the Hessian is not symmetric: entry (0, 1) is 2.0, but (1, 0) is 3.0
    """
    H = finite_matrix("the Hessian", H).astype(np.float64, copy=False)
    if H.shape != (n, n):
        raise ValueError(f"the Hessian has the shape {H.shape}, but ({n}, {n}) is needed: a row for each of the "
                         f"{n} parameters that are not pruned")
    gap = np.abs(H - H.T)
    # Rounding in sums over samples, taken in another order for (i, j) than for (j, i), stays far below 1e-9.
    if gap.max() > 1e-9 * np.abs(H).max():
        i, j = (int(k) for k in np.unravel_index(gap.argmax(), gap.shape))
        raise ValueError(f"the Hessian is not symmetric: entry ({i}, {j}) is {H[i, j]}, but ({j}, {i}) is {H[j, i]}")
    return H


def damped_inverse(H: FloatArray, damping: float, what: str = "the Hessian") -> tuple[FloatArray, float]:
    """(H + damping * diag|H_jj|)^-1, and the condition of what was inverted, scaled to unit diagonal.

    Parameters
    ----------
    H : ndarray of shape (d, d)
        Symmetric.
    damping : float
    what : str
        What to call H in a message.

    Returns
    -------
    Hinv : ndarray of shape (d, d)
        Where H_jj = 0, row j is 0 but for ``FREE`` on the diagonal, by which the parameter costs nothing.
    condition : float
        Of the others. In the 1-norm, |Hs|_1 |Hs^-1|_1: given the inverse it costs only d^2. It is at least the ratio of
        the largest to the smallest eigenvalue, and the same in all units.

    Raises
    ------
    ValueError
        If it is not positive definite; the message has the extreme eigenvalues of Hs and the damping it needs.

    Examples
    --------
    >>> damped_inverse(np.array([[1.0, 2.0], [2.0, 1.0]]), 0.1)
    Traceback (most recent call last):
        ...
    ValueError: the Hessian is not positive definite with damping=0.1: scaled to unit diagonal its eigenvalues go from \
-1 to 3, so damping > 1 is needed, say 1.1; a Gauss-Newton Hessian is never indefinite
    """
    live = live_parameters(H, what)
    if not live.all():
        Hinv = np.diag(np.where(live, 0, FREE))
        Hinv[np.ix_(live, live)], condition = damped_inverse(H[np.ix_(live, live)], damping, what)
        return Hinv, condition
    H_damped = damp(H, damping)
    try:
        Hinv = spd_inverse(H_damped, what)
    except ValueError:
        raise ValueError(f"{what} is not positive definite with damping={damping:.3g}: {_remedy(H)}") from None
    Hs, s = unit_diagonal(H_damped)
    # |Hs|_1 |Hs^-1|_1, and [Hs^-1]_ij = s_i s_j [H^-1]_ij.
    of_inverse = s * (np.abs(Hinv) * s[:, None]).sum(axis=0)
    return Hinv, float(np.abs(Hs).sum(axis=0).max(initial=1) * of_inverse.max(initial=1))


def _remedy(H: FloatArray) -> str:
    """How much damping would do, as text."""
    values, _ = scaled_eigenvalues(H)
    needed = max(0.0, -values[0])
    # 10 % beyond the bare minimum, but never less than a usual share.
    return (f"scaled to unit diagonal its eigenvalues go from {values[0]:.3g} to {values[-1]:.3g}, so damping > "
            f"{needed:.3g} is needed, say {max(1.1 * needed, 1e-4):.3g}"
            + ("; a Gauss-Newton Hessian is never indefinite" if needed > 1e-9 else ""))
