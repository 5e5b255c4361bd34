"""What chance alone explains: intervals over seeds and over images, and a test of two methods on the same images.

    letter    meaning                                                                shape
    v         one figure a seed, or one difference of two methods on the same net    (n,)
    a, b      whether each of two classifiers is right, on the same images           (images,)
    i, j      images that only the first has right, that only the second has right   counts

*The t interval.* The figures of n seeds are independent draws, near a normal distribution of unknown width. With
s^2 = 1/(n-1) sum_k (v_k - mean(v))^2, the mean differs from the one of infinitely many seeds by t s / sqrt(n) at most,
in 95 of 100 such experiments, with t the 0.975 quantile of Student's distribution of n - 1 degrees of freedom. Where
two methods share nets, their figures go up and down together: the interval of the *differences* is the narrower one.

*One net* has no spread over seeds, but its error is an estimate too: k errors on N images are a draw of Binomial(N, p),
and Clopper and Pearson's interval holds every p of which k or more, and k or fewer, have a probability above 2.5 %.

*McNemar's exact test.* Images that both have right, or both wrong, say nothing of which is better. If both were wrong
equally often, each of the other i + j images would fall to either side as a coin does, i ~ Binomial(i + j, 1/2), so
that a split at least as uneven as the one seen has the probability p = min(1, 2 P(Binomial <= min(i, j))).

References: Student 1908; Clopper & Pearson 1934; McNemar 1947.
"""

from __future__ import annotations

import numpy as np
from scipy.special import bdtr, betaincinv, stdtrit

LEVEL = 0.95


def t_interval(v):
    """The 95 % t interval of the mean.

    Parameters
    ----------
    v : array_like of shape (n,)
        One figure a seed.

    Returns
    -------
    (float, float)
        Without end where there is one figure only.

    Examples
    --------
    >>> [round(end, 2) for end in t_interval([1.0, 2.0, 3.0])]
    [-0.48, 4.48]
    """
    v = np.asarray(v, float)
    if len(v) < 2:
        return -np.inf, np.inf
    half = stdtrit(len(v) - 1, (1 + LEVEL) / 2) * v.std(ddof=1) / np.sqrt(len(v))
    return float(v.mean() - half), float(v.mean() + half)


def error_interval(error, images):
    """Clopper and Pearson's 95 % interval of an error in %.

    Parameters
    ----------
    error : float
        In %, counted on so many images.
    images : int

    Returns
    -------
    (float, float)
        In %.

    Examples
    --------
    >>> [round(end, 2) for end in error_interval(3.24, 10_000)]
    [2.9, 3.61]
    """
    k = round(error / 100 * images)
    low = betaincinv(k, images - k + 1, (1 - LEVEL) / 2) if k else 0.0
    high = betaincinv(k + 1, images - k, (1 + LEVEL) / 2) if k < images else 1.0
    return 100 * float(low), 100 * float(high)


def mcnemar(a, b):
    """McNemar's exact test of two classifiers on the same images.

    Parameters
    ----------
    a, b : array_like of bool of shape (images,)
        Whether the answer is right.

    Returns
    -------
    (int, int, float)
        Images that only the first has right, that only the second has right, and p.

    Examples
    --------
    >>> mcnemar([1, 1, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0])
    (4, 0, 0.125)
    """
    a, b = np.asarray(a, bool), np.asarray(b, bool)
    i, j = int((a & ~b).sum()), int((b & ~a).sum())
    return i, j, float(min(1.0, 2 * bdtr(min(i, j), i + j, 0.5)))
