"""The inverse of a Hessian that is too big to be formed, from the outer products that it is the sum of.

    letter    meaning                                                            shape
    G         the rows of the Hessian's factor, H = diag(lambda) + 1/n G'G       (m, N)
    s         square roots of lambda; S = diag(s)                                (N,)
    g_q       column q of G S^-1: what weight q does to every row                (m,)
    K         n I + G S^-2 G'                                                    (m, m)
    A, U      the inverse is A - U'U, with A of the last flush                   (N, N), (j, N)
    q, r      the weight that is removed, and its row of the inverse             int, (N,)

Damping by column (``linalg``) gives every weight a lambda of its own. In units in which all of them are 1, G becomes
G S^-1 (which is what G means from here on, and in the code) and H = S (I + 1/n G'G) S. With m rows and N weights, N far
above m, Woodbury's identity (Hager, SIAM Review 31, 1989) turns the inverse of the N x N matrix into one of the m x m
matrix K = n I + G G':

    H^-1 = S^-1 (I - G' K^-1 G) S^-1        [H^-1]_qq = (1 - g_q' K^-1 g_q) / s_q^2

and neither H nor H^-1 is ever formed: Optimal Brain Surgeon wants the diagonal and one row after another,

    H^-1 e_q = S^-1 (e_q - G' K^-1 g_q) / s_q,

m N multiply-adds each. A removal deletes a column of G, K <- K - g_q g_q', and the rest is as in ``downdate``:
r = A[q] - U[:, q]'U and u = r / sqrt(r_q) joins U, until a flush brings K up to date and empties U. A weight with
lambda 0 has a column of zeros; its s is the one that makes [H^-1]_qq ``FREE``, as ``damped_inverse`` does.

Row by row, all of G would pass through the processor for each removal, at the speed of memory. So the rows of the
weights that will probably be removed next are fetched ``AHEAD`` at a time in one matrix product; a wrong guess costs
another fetch, never a wrong answer.

Cost of N removals: m N^2 / 2 multiply-adds in matrix products, PENDING N^2 / 4 at the speed of memory, and N / PENDING
inverses of K. Memory: (m + PENDING + AHEAD) N floats. It fails, by cancellation in 1 - g' K^-1 g, where lambda is
far below what rounding leaves of the largest eigenvalue of H scaled to unit diagonal: 1e-12 of it and less.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .._util.types import FloatArray, IntArray
from .downdate import Likely, ShrinkingInverse
from .linalg import FREE, spd_inverse

AHEAD = 96  # rows fetched at a time: somewhat more than PENDING, since some of the guesses are wrong
FACTOR_ROWS = 1024  # weights taken at a time for the diagonal
SHRUNK = 0.9  # G is copied without its removed columns when less than this share of them remains


class FactoredInverse(ShrinkingInverse):
    """H^-1 for the weights that remain, addressed by their numbers at the start, without an N x N matrix.

    Parameters
    ----------
    Gt : ndarray of shape (N, m)
        The *columns* of G as rows, so that what belongs to one weight lies together. It is taken over, not copied.
    n : int
        The number of samples.
    lambda_ : float > 0, or ndarray of shape (N,)
        0 where the column of G is 0 too: such a weight costs nothing.

    Attributes
    ----------
    diagonal : ndarray of shape (N,)
        [H^-1]_qq of every weight; 1 for those removed.

    Examples
    --------
    >>> inverse = FactoredInverse(np.array([[1.0], [1.0]]), 1, 0.5)  # H = [[1.5, 1], [1, 1.5]]
    >>> inverse.row(0)
    array([ 1.2, -0.8])
    >>> inverse.remove(0, inverse.row(0))
    >>> inverse.row(1).round(12)
    array([0.        , 0.66666667])
    """

    def __init__(self, Gt: FloatArray, n: int, lambda_: float | FloatArray) -> None:
        self.remaining, self.s = np.ones(len(Gt), bool), np.sqrt(np.broadcast_to(lambda_, len(Gt)))
        self.s[self.s == 0] = FREE**-0.5
        Gt /= self.s[:, None]
        self.K = Gt.T @ Gt  # (m, N) (N, m) -> (m, m)
        self.K.flat[:: len(self.K) + 1] += n
        self._open(Gt, np.arange(len(Gt)))
        # [H^-1]_qq = (1 - g_q' K^-1 g_q) / s_q^2, some weights at a time, so that no second G is made.
        leverage = [np.einsum("nm,nm->n", part @ self.Kinv, part)
                    for part in (Gt[i:i + FACTOR_ROWS] for i in range(0, len(Gt), FACTOR_ROWS))]
        self.diagonal = (1 - np.concatenate(leverage)) / self.s**2

    def times(self, v: FloatArray) -> FloatArray:
        """H^-1 v = S^-1 (v/s - G' K^-1 G v/s), before any removal."""
        v = v / self.s
        return (v - self.A @ (self.Kinv @ (v @ self.A))) / self.s

    def _open(self, Gt: FloatArray, numbers: IntArray) -> None:
        """K^-1 for the weights that remain; no row fetched, no removal pending. Gt takes the place of A."""
        super()._open(Gt, numbers)
        self.Kinv = spd_inverse(self.K, "n I + G G'")
        self.in_K = self.remaining.copy()
        self.fetched: dict[int, int] = {}
        self.rows = np.empty((0, len(numbers)))

    def _stored(self, q: int, likely: Likely | None) -> FloatArray:
        """Row q of the inverse at the last flush, fetched with those that will probably be asked for next."""
        if q not in self.fetched:
            self._fetch([q, *(likely(AHEAD) if likely else ())])
        return self.rows[self.fetched[q]]

    def _fetch(self, wanted: Iterable[int]) -> None:
        """Rows of the inverse at the last flush, in one matrix product: S^-1 (e_q - G' K^-1 g_q) / s_q."""
        new = [q for q in dict.fromkeys(int(q) for q in wanted) if q not in self.fetched and self.remaining[q]][:AHEAD]
        at, Gt = self.place[new], self.A
        rows = -(Gt[at] @ self.Kinv) @ Gt.T  # (a, m) (m, m) (m, k) -> (a, k)
        rows[np.arange(len(new)), at] += 1
        rows /= self.s[new][:, None]
        rows /= self.s[self.numbers]
        if len(self.rows) > AHEAD:  # bad guesses piled up: forget them
            self.fetched, self.rows = {}, rows[:0]
        self.fetched |= {q: len(self.rows) + i for i, q in enumerate(new)}
        self.rows = np.concatenate([self.rows, rows]) if len(self.rows) else rows

    def _flush(self) -> None:
        """K -= sum g_q g_q' over the pending removals; G loses their columns when enough have come together."""
        gone = self.A[(self.in_K & ~self.remaining)[self.numbers]]
        self.K -= gone.T @ gone  # (m, j) (j, m) -> (m, m)
        still = self.remaining[self.numbers]
        if still.mean() < SHRUNK:
            self._open(self.A[still], self.numbers[still])
        else:
            self._open(self.A, self.numbers)
