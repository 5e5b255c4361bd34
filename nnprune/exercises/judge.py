"""Judge a student's function: which laws hold, the smallest example of the first that does not, and the hint for it.

A wrong answer is recognised by what it does, not by how it is written. The calls of the broken law are recorded, and
each typical wrong function is called with the same arguments: the one that gives the same on all of them, and on as
many cases more, is it. If none does, but something is true of the answer beside the right one on all calls (twice as
large, right for one removal more, wrong in one part only: ``relations``), that fact is said. Nothing is guessed.
"""

from __future__ import annotations

import copy
import warnings
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from hypothesis.errors import UnsatisfiedAssumption

from nnprune.laws.candidate import Candidate, Hang, unchanged
from nnprune.laws.law import Violation
from nnprune.laws.runner import IN_TIME, NOT_THE_SAME, SMALLER, Outcome, drawn, run_law
from nnprune.nn.mlp import MLP

from .frame import Exercise
from .relations import relation

DEADLINE = 3.0  # seconds that one call may take; the right answers take milliseconds
# Calls kept of a law: what a wrong function must reproduce. The last are those of the smallest counterexample.
RECORDED = 30
MORE = 10  # cases more of each law with which a wrong function must agree before it is named
PRINTED = 1000  # characters that the student's function prints which are shown
ENDLESS = ("A loop never ends: does what its condition asks for change with every pass? (Or it takes far too long: "
           "this is work for milliseconds.)")


@dataclass(frozen=True)
class Verdict:
    """The result of one exercise.

    Attributes
    ----------
    exercise : Exercise
    state : {"done", "wrong", "not begun", "missing"}
    outcomes : tuple of Outcome
        Of the laws that were run; after an endless loop, or where nothing is written yet, not all are.
    hint : str
        The mistake, where it is known.
    fact : str
        Where it is not: how the answer differs from the right one on every case.
    last_call : dict of str to value
        Arguments with which the first broken law calls the function that are not in its case, of the last such call.
    printed : str
        What the function printed: on the case that is shown, or in its first call that printed anything.
    meant : str
        Of a function that is missing: the one of the file whose name is like it.
    """

    exercise: Exercise
    state: str
    outcomes: tuple = ()
    hint: str = ""
    fact: str = ""
    last_call: dict = field(default_factory=dict)
    printed: str = ""
    meant: str = ""

    @property
    def kept(self):
        """The names of the laws that hold."""
        return [o.law.name for o in self.outcomes if o.passed]

    @property
    def broken(self):
        """The first broken law's outcome, or None."""
        return next((o for o in self.outcomes if not o.passed), None)


class Recorder:
    """The student's function, which remembers its last calls: copies of the arguments, and their results."""

    def __init__(self, f):
        self.f, self.calls = f, deque(maxlen=RECORDED)
        self.__name__ = getattr(f, "__name__", "f")

    def __call__(self, *args):
        given = copy.deepcopy(args)
        try:
            answer = self.f(*args)
        except Exception as error:
            self.calls.append((given, error))
            raise
        try:
            self.calls.append((given, copy.deepcopy(answer)))
        except TypeError:  # a generator, say
            self.calls.append((given, answer))
        return answer


def judge(exercise, f, *, examples=40, seed=0, deadline=None, first=False):
    """Run the laws of an exercise on ``f``.

    Parameters
    ----------
    exercise : Exercise
    f : callable
    examples, seed : int
        Cases a law; the same seed draws the same.
    deadline : float, optional
        Seconds a call may take; ``DEADLINE`` by default.
    first : bool
        Whether to end at the first broken law.

    Returns
    -------
    Verdict
    """
    outcomes, hint, fact, last_call, printed = [], "", "", {}, ""
    for law in exercise.laws:
        record = Recorder(f)
        candidate = Candidate(record, exercise.kind, deadline or DEADLINE, warm_up=0, keep=PRINTED)
        broken = any(not o.passed for o in outcomes)
        # Only the first breach is shown, so only that one is made small.
        outcome = run_law(law, candidate, examples=examples, seed=seed, smaller=0 if broken else SMALLER)
        if isinstance(candidate.raised, NotImplementedError):
            return Verdict(exercise, "not begun")
        outcomes.append(outcome)
        printed = printed if broken else printed or candidate.printed
        if not outcome.passed and not broken:
            hint, fact = (ENDLESS, "") if _hung(outcome) else recognise(exercise, outcome, record, seed)
            candidate.printed = ""
            last_call = {} if _hung(outcome) else _last_call(exercise, outcome, record, candidate)
            printed = candidate.printed
        if _hung(outcome) or (first and not outcome.passed):
            break
    state = "wrong" if any(not o.passed for o in outcomes) else "done"
    return Verdict(exercise, state, tuple(outcomes), hint, fact, last_call, printed)


def _last_call(exercise, outcome, record, candidate):
    """What a broken law calls the function with on its case, so far as it is not in the case: of the last such call."""
    record.calls.clear()
    with suppress(Violation, Hang):
        _quietly(outcome.law.check, candidate, outcome.case)
    shown, other = list(vars(outcome.case).values()), {}
    for given, _ in record.calls:
        other = {name: a for name, a in zip(exercise.kind.arguments, given)
                 if not any(type(a) is type(b) and unchanged(a, b) for b in shown)} or other
    return other


def _quietly(f, *args):
    """f(*args), without the warnings of NumPy, nor of Hypothesis, outside of which a law may assume something."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return f(*args)


def _hung(outcome: Outcome):
    """Whether a law was given up because a call did not come back: the next would only wait as long."""
    return outcome.violation is not None and outcome.violation.demanded == IN_TIME


def recognise(exercise, outcome, record, seed):
    """The hint of the wrong function that breaks the law too, and gives what was recorded; if none does, a fact.

    On a few small cases wrong functions may agree that are not the same: so more cases are generated.
    """
    hints = [hint for hint in _matching(exercise.mistakes, exercise.mistakes, record.calls)
             if _breaks(outcome, exercise.mistakes[hint], exercise.kind)]
    candidate, calls = Candidate(record, exercise.kind, DEADLINE), list(record.calls)
    if not _repeats(record, candidate):
        return NOT_THE_SAME, ""
    if not hints and outcome.law.name.endswith("_leaves_its_inputs"):
        return outcome.law.mistake, ""
    for law in exercise.laws:
        record.calls.clear()
        with suppress(Hang):
            for case in (*law.hard, *drawn(law.strategy, MORE, seed + 1)):
                with suppress(Violation, UnsatisfiedAssumption):
                    _quietly(law.check, candidate, case)
        calls += record.calls
    hints = _matching(hints, exercise.mistakes, calls)
    return (hints[0], "") if hints else ("", relation(exercise, calls))


def _repeats(record, candidate):
    """Whether the last recorded call gives the same once more."""
    if record.calls:
        given, answer = record.calls[-1]
        with suppress(Violation, Hang):
            _quietly(candidate, *given)
        return alike(answer, record.calls[-1][1])
    return True


def _matching(hints, mistakes, calls):
    """Those hints whose wrong functions give what was recorded, call by call."""
    return [hint for hint in hints
            if calls and all(alike(answer, _attempt(mistakes[hint], given)) for given, answer in calls)]


def _breaks(outcome, wrong, kind):
    """Whether a wrong function breaks the law on the counterexample: where its answer is right, it explains nothing."""
    try:
        _quietly(outcome.law.check, Candidate(wrong, kind, DEADLINE), outcome.case)
    except Violation:
        return True
    return False


def _attempt(f, given):
    """What ``f`` returns for the arguments, or the exception that it raises."""
    try:
        with np.errstate(all="ignore"):
            return f(*copy.deepcopy(given))
    except Exception as error:
        return error


def alike(a, b):
    """Whether two answers are the same up to rounding: numbers, arrays, nets, tuples of them, or exceptions."""
    if isinstance(a, Exception) or isinstance(b, Exception):
        return type(a) is type(b)
    if isinstance(a, MLP) and isinstance(b, MLP):
        return (alike(a.parameters(), b.parameters())
                and all(np.array_equal(m, n) for m, n in zip(a.masks, b.masks)))
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)) and len(a) == len(b):
        return all(alike(x, y) for x, y in zip(a, b))
    try:
        p, q = np.asarray(a), np.asarray(b)
        return p.shape == q.shape and bool(np.allclose(p, q, rtol=1e-6, atol=1e-9, equal_nan=True))
    except (TypeError, ValueError):  # an answer that is no array of numbers, such as None or a text
        return type(a) is type(b) and str(a) == str(b)
