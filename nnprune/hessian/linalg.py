"""Positive-definite linear algebra for the second-order methods, on top of ``scipy.linalg``.

    letter   meaning                                            shape
    H        Hessian, symmetric positive semidefinite           (d, d)
    lambda_  what is added to H's diagonal                      float
    Hinv     (H + lambda I)^-1                                  (d, d)

A Hessian from data is often singular: an input that is never on, two inputs that are always equal, fewer samples
than inputs. Its inverse does not exist then. *Damping* adds lambda I, which is the same as charging the change of
the weights lambda/2 |dw|^2: OBS then minimises E + lambda/2 |dw|^2 instead of E. Everywhere in this package lambda
is given as a share of H's mean diagonal, ``damping``, so that it does not depend on the scale of the inputs.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg

from .._util.checks import all_finite, finite_matrix, in_range


def damp(H, damping):
    """H + lambda I with lambda = damping * mean(diag H).

    Parameters
    ----------
    H : ndarray of shape (d, d)
    damping : float
        At least 0; 0 leaves H as it is.

    Returns
    -------
    H_damped : ndarray of shape (d, d)
        A new array.
    lambda_ : float

    Raises
    ------
    ValueError
        If the damping is negative or not finite.

    Examples
    --------
    >>> damp(np.diag([1.0, 3.0]), 0.5)
    (array([[2., 0.],
           [0., 4.]]), 1.0)
    """
    all_finite("the Hessian (are the samples of a sane size?)", H)
    lambda_ = in_range("damping", damping, 0, np.inf, high_open=True) * float(np.diag(H).mean())
    H = H.copy()
    H.flat[:: len(H) + 1] += lambda_
    return H, lambda_


def spd_inverse(H, what="the Hessian"):
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
    d^3 multiply-adds: a third for the factor H = L L', two thirds for LAPACK's ``potri``, which makes the lower
    triangle of L^-T L^-1; the upper one is its mirror image.

    Examples
    --------
    >>> spd_inverse(np.array([[2.0, 1.0], [1.0, 2.0]]))
    array([[ 0.66666667, -0.33333333],
           [-0.33333333,  0.66666667]])
    """
    if len(H) == 0:  # no input is live: LAPACK would complain
        return np.empty((0, 0))
    H = np.asarray(H, dtype=np.float64)
    L, bad = linalg.lapack.dpotrf(H, lower=1)
    if bad == 0:
        # L_jj^2 / H_jj is the share of input j that the inputs before it do not explain. A share below the rounding of
        # the factor, d eps, is noise: H is singular, though no pivot happened to come out as 0 or below.
        unexplained = np.diag(L)**2 < len(H) * np.finfo(float).eps * np.diag(H)
        bad = int(unexplained.argmax()) + 1 if unexplained.any() else 0
    if bad == 0:
        Hinv, bad = linalg.lapack.dpotri(L, lower=1)
    if bad != 0:
        raise ValueError(f"{what} of shape {H.shape} is singular or indefinite (pivot {bad} of its Cholesky "
                         f"factor is not above its rounding), so it has no usable inverse: use damping > 0, say 1e-4")
    Hinv = np.tril(Hinv)
    return Hinv + np.tril(Hinv, -1).T


def spd_solve(H, B, what="the Hessian"):
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


def checked_hessian(H, n):
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


def damped_inverse(H, damping, what="the Hessian"):
    """(H + lambda I)^-1 with lambda = damping * mean(diag H), lambda, and the condition of H + lambda I.

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
    lambda_ : float
    condition : float
        In the 1-norm, |H + lambda I|_1 |Hinv|_1: given the inverse it costs only d^2. It is at least the
        ratio of the largest to the smallest eigenvalue.

    Raises
    ------
    ValueError
        If H + lambda I is not positive definite; the message has H's extreme eigenvalues and the damping it needs.

    Examples
    --------
    >>> damped_inverse(np.array([[1.0, 2.0], [2.0, 1.0]]), 0.1)
    Traceback (most recent call last):
        ...
    ValueError: the Hessian is not positive definite with damping=0.1: its eigenvalues go from -1 to 3, so \
damping > 1 is needed, say 1.1
    """
    H_damped, lambda_ = damp(H, damping)
    try:
        Hinv = spd_inverse(H_damped, what)
    except ValueError:
        raise ValueError(f"{what} is not positive definite with damping={damping:.3g}: {_remedy(H)}") from None
    return Hinv, lambda_, float(np.abs(H_damped).sum(axis=0).max() * np.abs(Hinv).sum(axis=0).max())


def _remedy(H):
    """Words for how much damping would do."""
    values, mean = linalg.eigvalsh(H), float(np.diag(H).mean())
    found = f"its eigenvalues go from {values[0]:.3g} to {values[-1]:.3g}"
    if mean <= 0:
        return (f"{found}, and their mean is {mean:.3g}, of which no share makes it so; a Gauss-Newton Hessian is "
                "never indefinite")
    needed = max(0.0, -values[0] / mean)
    # 10 % beyond the bare minimum, but never less than the package's usual share.
    return f"{found}, so damping > {needed:.3g} is needed, say {max(1.1 * needed, 1e-4):.3g}"
