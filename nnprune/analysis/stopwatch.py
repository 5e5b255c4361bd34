"""The time of small computations on a machine that does other things as well.

A single measurement tells of whatever else ran in that moment. So: many short measurements, the computations to be
compared in turn (a slow second then meets all of them), each warmed up by a call before it, and of each the
*quartiles*: a quarter of its measurements lies below the low one, half below the median, three quarters below the high
one. The median is the figure; low to high, the middle half, says how far to trust it. Two computations differ clearly
only where their middle halves do not overlap.

What this cannot heal: on a busy machine a call that takes longer than the scheduler's turn, a few milliseconds, is
interrupted nearly every time, and its median then tells of the others. A wide middle half shows it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

AT_LEAST = 2e-4  # seconds that a measurement takes, so that the clock's own steps do not matter


@dataclass(frozen=True)
class Seconds:
    """Quartiles of the wall-clock time of one call, in seconds.

    Examples
    --------
    >>> Seconds(1.0, 1.1, 1.2).compared(Seconds(2.0, 2.1, 2.2)), Seconds(1, 2, 3).compared(Seconds(2, 3, 4))
    ('faster', 'no clear difference')
    """

    low: float
    median: float
    high: float

    def compared(self, other: Seconds) -> str:
        """"faster" or "slower" than the other, or "no clear difference" where the middle halves overlap."""
        if self.high < other.low:
            return "faster"
        return "slower" if self.low > other.high else "no clear difference"


def measure(calls: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, Seconds]:
    """The time of each call.

    Parameters
    ----------
    calls : dict of str to callable
        Called without arguments.
    repeats : int
        How often each is measured.

    Returns
    -------
    dict of str to Seconds
        One measurement is of as many calls as take AT_LEAST seconds together, in powers of two.

    Examples
    --------
    >>> measured = measure({"short": lambda: sum(range(10)), "long": lambda: sum(range(100_000))}, repeats=5)
    >>> measured["long"].compared(measured["short"])
    'slower'
    """
    numbers = {name: _enough(call) for name, call in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            call()  # the other calls have taken the cache
            times[name].append(_seconds(call, numbers[name]) / numbers[name])
    return {name: Seconds(*np.quantile(t, [0.25, 0.5, 0.75]).tolist()) for name, t in times.items()}


def _enough(call: Callable[[], object]) -> int:
    """How many calls make a measurement that is not too short for the clock."""
    number = 1
    while _seconds(call, number) < AT_LEAST:
        number *= 2
    return number


def _seconds(call: Callable[[], object], number: int) -> float:
    start = time.perf_counter()
    for _ in range(number):
        call()
    return time.perf_counter() - start
