"""How fast this machine is, and what a computation of known size takes on it.

Nearly all time goes into two things, which every machine does at a rate of its own: multiply-adds inside *matrix
products*, and numbers that *pass through memory* once, in all other arithmetic (a call of NumPy on a short array costs
as much as CALL numbers). Both rates are measured once, in a tenth of a second:

    seconds = products / (products a second) + passes / (passes a second)

``estimate`` counts both for each method.
"""

from __future__ import annotations

import functools
import os
import time
from dataclasses import dataclass

import numpy as np

CALL = 2000  # numbers that pass through memory in the time of one call of NumPy on a short array


@dataclass(frozen=True)
class Estimate:
    """What a computation is going to take.

    Attributes
    ----------
    products, passes : float
        Multiply-adds in matrix products, and numbers that pass through memory.
    memory : float
        Bytes, beside the samples.

    Examples
    --------
    One computation after another takes the sum of their times and the larger memory:

    >>> Estimate(1e6, 2e6, 100) + 2 * Estimate(1e6, 1e6, 300)
    Estimate(products=3000000.0, passes=4000000.0, memory=300)
    """

    products: float
    passes: float
    memory: float

    def __add__(self, other):
        return Estimate(self.products + other.products, self.passes + other.passes, max(self.memory, other.memory))

    def __rmul__(self, times):
        return Estimate(times * self.products, times * self.passes, self.memory)

    @property
    def seconds(self):
        """On this machine as it is now, by the rates of ``speed``."""
        products, passes = speed()
        return self.products / products + self.passes / passes

    def __str__(self):
        return f"about {duration(self.seconds)} and {gibibytes(self.memory)}"


@functools.lru_cache(maxsize=1)
def speed():
    """(multiply-adds, numbers) a second: of matrix products in float64, and of one pass through memory.

    The best of many short measurements, so that other programs disturb it little. The product is so small that BLAS
    takes one thread for it, and the rate is multiplied by ``threads``: on a busy machine a product by two threads,
    which wait for each other, has been seen to take a hundred times its time.
    """
    A, v = np.ones((64, 64)), np.ones(2**19)
    out, w = np.empty_like(A), np.empty_like(v)
    product, one_pass = _best(lambda: np.matmul(A, A, out=out)), _best(lambda: np.multiply(v, v, out=w))
    return threads() * 64**3 / product, 2**19 / one_pass


def threads():
    """The threads that matrix products gain from: as many as BLAS may use here, but no more than four."""
    given = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or ""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, int(given) if given.isdecimal() else cores, 4))


def _best(call, spend=0.05):
    """Seconds of the fastest call, of as many as ``spend`` seconds allow, but at least five."""
    seconds, end = [], time.perf_counter() + spend
    while len(seconds) < 5 or time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def duration(seconds):
    """Words for an estimated time, no more exact than it is.

    Examples
    --------
    >>> [duration(s) for s in (0.3, 34, 110, 7000)]
    ['a few seconds', '30 s', '2 minutes', '2 hours']
    """
    if seconds < 5:
        return "a few seconds"
    unit, name = next((u, n) for u, n in ((3600, "hours"), (60, "minutes"), (1, "s")) if seconds >= 1.5 * u)
    number = float(f"{seconds / unit:.1g}") if seconds / unit < 1e6 else seconds / unit
    return f"{number:g} {name}"


def gibibytes(n):
    """Words for an amount of memory.

    Examples
    --------
    >>> gibibytes(1.26e9), gibibytes(30e6)
    ('1.2 GiB', '0.1 GiB')
    """
    return f"{max(n / 2**30, 0.1):.1f} GiB"
