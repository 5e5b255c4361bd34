"""The inverse of a matrix that loses one row and column after another, without inverting again.

    letter   meaning                                                      shape
    H        symmetric positive definite, of the parameters that remain   (k, k)
    A, U     its inverse is A - U'U                                       (k, k), (j, k)
    q        the parameter that is removed                                int
    r        row q of the inverse, r = A[q] - U[:, q]'U                   (k,)

Split H^-1 at the parameter q. Elimination of it in H^-1 gives the inverse of H without row and column q:

    (H without q)^-1 = H^-1 - r r' / r_q        with row and column q, now 0, deleted.

Done at once, each removal sends the whole inverse through the processor: k^2 multiply-adds at the speed of memory.
So the update is delayed: u = r / sqrt(r_q) is appended to U, and only the diagonal and the
rows asked for are made current. When U is full, A -= U'U is one matrix product. In all N^3 / 3 multiply-adds to
lose all N parameters, as many as one inversion.

``pruning.lobs_exact`` is the same algorithm for many units that take each step together, weights and all: one array
operation a line. Here ``row`` and ``remove`` stay apart, since ``obs`` may decline a removal once it has seen the row,
and ``woodbury`` gets its rows otherwise. A version for both would be slower there (a loop over units) or longer here.

It fails by rounding if H is nearly singular: a pivot r_q at or below 0 says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from .._util.types import FloatArray, IntArray

# Gives k parameters whose rows will probably be asked for next.
Likely = Callable[[int], Iterable[int]]

# Removals delayed until a matrix product applies them: more make a row more expensive (PENDING k multiply-adds), fewer
# the copies of A more frequent.
PENDING = 64


class ShrinkingInverse:
    """The inverse of H for the parameters that remain, addressed by their numbers at the start.

    Parameters
    ----------
    Hinv : ndarray of shape (N, N)
        Symmetric positive definite. It is taken over, not copied, but never written to.

    Attributes
    ----------
    diagonal : ndarray of shape (N,)
        [H^-1]_qq of every parameter; 1 for those removed.
    remaining : ndarray of shape (N,), bool
        Which parameters are not removed.

    Examples
    --------
    >>> inverse = ShrinkingInverse(np.linalg.inv([[2.0, 1.0], [1.0, 2.0]]))
    >>> inverse.remove(0, inverse.row(0))
    >>> inverse.row(1)  # of the 1 x 1 matrix [2]
    array([0. , 0.5])
    """

    def __init__(self, Hinv: FloatArray) -> None:
        self.diagonal, self.remaining = np.diag(Hinv).copy(), np.ones(len(Hinv), bool)
        self._open(Hinv, np.arange(len(Hinv)))

    def _open(self, A: FloatArray, numbers: IntArray) -> None:
        """A of the parameters with these numbers, and an empty U."""
        self.A, self.numbers = A, numbers
        self.place = np.empty(len(self.remaining), int)  # number -> row of A
        self.place[numbers] = np.arange(len(numbers))
        self.U, self.j = np.empty((PENDING, len(numbers))), 0

    def row(self, q: int, likely: Likely | None = None) -> FloatArray:
        """Row q of the inverse, shape (N,): 0 for the parameters removed.

        ``likely(k)`` gives k parameters that will probably be asked for next; it is for ``woodbury``.
        """
        i, U = self.place[q], self.U[:self.j]
        r = np.zeros(len(self.remaining))
        r[self.numbers] = self._stored(q, likely) - U[:, i] @ U  # (j,) (j, k) -> (k,)
        r[~self.remaining] = 0
        return r

    def _stored(self, q: int, likely: Likely | None) -> FloatArray:
        """Row q of A."""
        return self.A[self.place[q]]

    def times(self, v: FloatArray) -> FloatArray:
        """H^-1 v, (N,) -> (N,), before any removal."""
        return self.A @ v

    def remove(self, q: int, r: FloatArray) -> None:
        """Delete parameter q, whose row of the inverse is r.

        Raises
        ------
        ValueError
            If rounding has made its pivot r_q not positive.
        """
        if not r[q] > 0:
            raise ValueError(f"rounding made the inverse Hessian indefinite (pivot {r[q]:.3g}): use a larger damping")
        u = r / np.sqrt(r[q])
        self.diagonal -= u * u
        self.diagonal[q], self.remaining[q] = 1, False
        self.U[self.j] = u[self.numbers]
        self.j += 1
        if self.j == PENDING:
            self._flush()

    def _flush(self) -> None:
        """Delete the removed rows and columns of A, then A -= U'U."""
        still = np.flatnonzero(self.remaining[self.numbers])
        U, A = self.U[:, still], self.A[np.ix_(still, still)]
        A -= U.T @ U  # (k, j) (j, k) -> (k, k)
        self._open(A, self.numbers[still])
