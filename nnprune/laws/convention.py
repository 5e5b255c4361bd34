"""What a run of the laws grants to right code of another convention: its damping, its tolerance, its precision.

A law compares with what is exact. Right code may still differ from that, and the difference is no mistake:

    damping      It inverts H + lambda I with lambda = damping * mean_j H_jj ("mean": OBC, SparseGPT), or
                 H + damping * diag(H) ("column"). The laws of OBS then hold for that H, and are judged by it.
    precision    It answers in float32. Then all comparisons of the case are to ``FLOAT32_TOLERANCE``. An answer is in
                 float32 if its dtype is, or if each of its numbers is one of float32: 29 zero bits in all of them are
                 no accident. Where a case calls the function several times, all answers must be.
    tolerance    What the caller asks for; never less than the law's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nnprune._util.types import FloatArray

# float32 has 24 bits, 6e-8;
# a condition number below 50 and a few operations make 1e-5 of it. Ten times that is granted.
FLOAT32_TOLERANCE = 1e-4
DAMPED_BY = ("mean", "column")


@dataclass
class Convention:
    """What is granted; ``single`` and ``used`` are about the case that is being judged.

    Attributes
    ----------
    damping, tolerance : float
    by : {"mean", "column"}
    single : bool or None
        Whether all answers so far were in float32; None before the first.
    used : bool
        Whether a law asked for the damped H.
    """

    damping: float = 0.0
    by: Literal["mean", "column"] = "mean"
    tolerance: float = 0.0
    single: bool | None = None
    used: bool = False

    def note(self, answer: Any) -> None:
        """Note the precision of an answer."""
        self.single = self.single is not False and in_single(answer)


_now: ContextVar[Convention | None] = ContextVar("convention", default=None)


def now() -> Convention:
    """The convention of this run; outside of one, nothing is granted."""
    return _now.get() or Convention()


@contextmanager
def granting(convention: Convention) -> Iterator[None]:
    """Judge by this convention."""
    token = _now.set(convention)
    try:
        yield
    finally:
        _now.reset(token)


def granted(tolerance: float) -> float:
    """The tolerance of a comparison that is exact up to ``tolerance`` in float64."""
    current = now()
    return max(tolerance, current.tolerance, FLOAT32_TOLERANCE if current.single else 0.0)


def is_damped_by_mean() -> bool:
    """Whether the damping depends on the unit in which an input is measured."""
    return now().damping > 0 and now().by == "mean"


def damped(H: FloatArray) -> FloatArray:
    """H (d, d) as the function under test is said to damp it."""
    current, diagonal = now(), np.diag(H)
    current.used = True
    return H + current.damping * np.diag(np.full(len(H), diagonal.mean()) if current.by == "mean" else diagonal)


def in_single(answer: Any) -> bool:
    """Whether all numbers of an answer (an array, several, or a net) are numbers of float32."""
    if isinstance(answer, (tuple, list)):
        return all(map(in_single, answer))
    if hasattr(answer, "weights") and hasattr(answer, "biases"):
        return in_single([np.asarray(a) for a in [*answer.weights, *answer.biases] if a is not None])
    try:
        answer = np.asarray(answer)
    except Exception:  # an exercise may ask for anything; what is no array has no precision
        return False
    if answer.dtype.kind != "f":
        return answer.dtype.kind in "biu"
    with np.errstate(over="ignore"):
        return bool(np.all(answer == answer.astype(np.float32)))
