"""Run one law on one implementation: draw cases until one breaks it, then make that one as small as it gets.

Hypothesis does both. It draws cases from the law's strategy, and once a case breaks the law it tries smaller and
simpler ones for as long as they break it too. The draw depends on the seed alone, so the same command finds the same
counterexample again.
"""

from __future__ import annotations

import functools
import itertools
import random
import re
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis.errors import Flaky, NoSuchExample, UnsatisfiedAssumption

from .candidate import Hang
from .convention import DAMPED_BY, Convention, granting
from .law import DIGITS, Law, Violation

# How many smaller cases are tried after the first breach: enough for all mistakes in the tests that show with 3 inputs
# and 2 units to get there. Counted, not timed, so that the same command ends at the same case everywhere.
SMALLER = 300
# What is tried where a law of OBS is broken: the damping of OBC, SparseGPT and others, from the least that shows.
DAMPINGS = (1e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1)
MEANT = {"mean": "its mean diagonal", "column": "its diagonal"}
IN_TIME = "an answer in finite time"  # what is demanded where a call did not come back
NOT_THE_SAME = "The same input does not always break the law: the function does not always return the same."


@dataclass(frozen=True)
class Outcome:
    """The result of one law.

    Attributes
    ----------
    law : Law
    passed : bool
    examples : int
        Cases looked at before the first breach, or in all.
    seconds : float
    case : Case or None
        The smallest counterexample.
    violation : Violation or None
    measured : float or None
        The largest number that the check returned, see ``Law.measures``.
    first_failure : float or None
        Seconds until the first breach, before it was made smaller.
    """

    law: Law
    passed: bool
    examples: int
    seconds: float
    case: object = None
    violation: Violation | None = None
    measured: float | None = None
    first_failure: float | None = None


class _Enough(BaseException):
    """Ends the search for a smaller case. Not an Exception: Hypothesis must not take it for a breach."""


class _Examination:
    """Does a case break the law? Keeps count, and what the last breach was."""

    def __init__(self, law, f, smaller):
        self.law, self.f, self.smaller, self.begin = law, f, smaller, time.perf_counter()
        self.examples, self.tried, self.measured, self.first_failure = 0, 0, None, None
        self.case = self.violation = None

    def __call__(self, case):
        if self.violation is None:
            self.examples += 1
            self.case = case
        else:
            self.tried += 1
            if self.tried > self.smaller:
                raise _Enough
        self.f.convention.single, self.f.convention.used = None, False  # both are of one case
        try:
            number = self.law.check(self.f, case)
        except Violation as violation:
            self.case, self.violation = case, violation
            self.first_failure = self.first_failure or time.perf_counter() - self.begin
            if isinstance(self.f.raised, NotImplementedError):
                self.smaller = 0  # nothing is written yet, and no case is the smallest of that
            return True
        if number is not None:
            self.measured = max(number, self.measured or number)
        return False

    def outcome(self):
        seconds, passed = time.perf_counter() - self.begin, self.violation is None
        return Outcome(self.law, passed, self.examples, seconds, None if passed else self.case, self.violation,
                       self.measured, self.first_failure)


def quiet(examples):
    """Hypothesis' settings: no database, checks or deadlines, so that what a student sees depends on the seed alone."""
    return settings(max_examples=examples, database=None, deadline=None, derandomize=False, print_blob=False,
                    verbosity=Verbosity.quiet, phases=(Phase.generate, Phase.shrink),
                    suppress_health_check=list(HealthCheck))


@functools.cache
def drawn(strategy, examples, seed):
    """The cases that a law with this strategy is tried on: so many examples, or all if there are fewer."""
    cases = []
    with suppress(NoSuchExample):
        find(strategy, cases.append, settings=quiet(examples), random=random.Random(seed))
    return tuple(cases)


def run_law(law, f, *, examples, seed, smaller=SMALLER):
    """Check ``law`` on ``f`` with up to ``examples`` cases.

    Parameters
    ----------
    law : Law
    f : Candidate
    examples, seed : int
    smaller : int
        How many smaller cases to try after the first breach; 0 reports the first as it is.

    Returns
    -------
    Outcome
    """
    examine, fixed = _Examination(law, f, smaller), _Examination(law, f, smaller)
    with warnings.catch_warnings(), granting(f.convention):
        # A division by zero is judged by what comes out of it, not by NumPy's warning.
        warnings.simplefilter("ignore")
        try:
            any(map(fixed, law.hard))
            smallest = find(law.strategy, examine, settings=quiet(examples), random=random.Random(seed))
            examine.tried = 0
            if not examine(smallest):
                examine.violation.hint = NOT_THE_SAME
        except (NoSuchExample, _Enough):
            pass
        except Hang as hang:
            examine.case = fixed.case if examine.case is None else examine.case
            examine.violation = examine.violation or Violation(IN_TIME, str(hang))
        except Flaky:
            examine.violation.hint = NOT_THE_SAME
        if examine.violation is None and fixed.violation is not None:
            fixed.examples += examine.examples
            examine = fixed  # no case that was drawn shows it
        if examine.violation is not None:
            examine.violation = _with_all_digits(law, f, examine.case, examine.violation)
            examine.violation.hint = damping_of(law, f, examine.case) or examine.violation.hint
    return examine.outcome()


def looks_alike(violation):
    """Whether what was demanded and what came out are the same numbers in print."""
    demanded, got = (re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?|nan|inf|True|False", str(text))
                     for text in (violation.demanded, violation.got))
    several = min(len(got), len(demanded))
    return several > 0 and not violation.unreadable and got[:several] == demanded[:several]


def _with_all_digits(law, f, case, violation):
    """A breach as it is, or, if its numbers look alike, told with all their digits."""
    if looks_alike(violation):
        token = DIGITS.set(17)
        try:
            with np.printoptions(precision=17), suppress(Hang, UnsatisfiedAssumption):
                law.check(f, case)
        except Violation as again:
            again.hint = again.hint or violation.hint
            return again
        finally:
            DIGITS.reset(token)
    return violation


def damping_of(law, f, case):
    """The damping with which a law of OBS would hold on a case, as a hint; "" if there is none, or it was stated."""
    if f.convention.damping or not f.convention.used:
        return ""
    stated = f.convention
    try:
        for damping, by in itertools.product(DAMPINGS, DAMPED_BY):
            f.convention = Convention(damping, by, stated.tolerance)
            with granting(f.convention), suppress(Violation, Hang, UnsatisfiedAssumption):
                law.check(f, case)
                if f.convention.used:
                    return (f"With H damped by {damping:g} of {MEANT[by]} the law holds: if that is what you want, "
                            f"say so with damping={damping:g}, damping_by={by!r}.")
    finally:
        f.convention = stated
    return ""
