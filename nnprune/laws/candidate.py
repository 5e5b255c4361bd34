"""The implementation under test, called with care: it may raise, print, change what it is given, or never return.

It works on copies, so that one that spoils its inputs can still be judged by the other laws; what it changed is
remembered for the law that forbids it. What it prints is kept out of the report. It runs in a thread of its own,
and if that has not come back by the deadline, the law is given up and the next one begins.

A thread cannot be killed. An exception is planted in it, which ends a loop in Python at its next step; a call that
hangs inside C code stays behind until the process ends, and slows down what follows.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import io
import threading
import traceback
from pathlib import Path

import numpy as np

from nnprune.nn.mlp import MLP

from .law import Violation

PACKAGE = Path(__file__).parents[1]  # what calls the implementation lies in here, and is no part of it
# How much of what was printed is kept for the report: one line.
PRINTED = 60


class Hang(BaseException):
    """A call that was not back by its deadline. Not an Exception: Hypothesis must not try to shrink it."""


class Candidate:
    """An implementation of one kind, callable like the implementation itself.

    Parameters
    ----------
    f : callable
    kind : kinds.Kind
    deadline : float
        Seconds that one call may take.

    Attributes
    ----------
    changed : list of str
        The arguments that the last call changed in place.
    printed : str
        The beginning of the first thing that was printed.
    raised : Exception or None
        What the last call raised.
    """

    def __init__(self, f, kind, deadline):
        self.f, self.kind, self.deadline = f, kind, deadline
        self.changed, self.printed, self.raised = [], "", None

    def __call__(self, *args):
        """The answer as ``kind.read`` gives it.

        Raises
        ------
        Violation
            If the implementation raises, or its answer is of the wrong type or shape or not finite.
        Hang
            If it is not back by the deadline.
        """
        given = copy.deepcopy(args)
        answer = self._run(given)
        self.changed = [name for name, before, after in zip(self.kind.arguments, args, given)
                        if not unchanged(before, after)]
        if self.raised is not None:
            raise Violation(f"an answer: {self.kind.call}",
                            f"it raised {type(self.raised).__name__}: {self.raised}{_where(self.raised)}",
                            "The program stops before there is any mathematics to judge: fix the error above first.")
        return self.kind.read(args, answer)

    def _run(self, args):
        """Call f in a thread; what it raises is kept in ``raised``."""
        answer, printed, self.raised = None, io.StringIO(), None

        def work():
            nonlocal answer
            try:
                answer = self.f(*args)
            except BaseException as error:  # SystemExit too: a student's exit() must not end the report
                self.raised = error

        thread = threading.Thread(target=work, daemon=True)
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            thread.start()
            thread.join(self.deadline)
        self.printed = self.printed or printed.getvalue()[:PRINTED]
        if thread.is_alive():
            interrupt(thread)
            raise Hang(f"no answer within {self.deadline:g} s: does every loop end?")
        return answer


def _where(error):
    """The line of the implementation in which it raised, for the report; "" where that is not known."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if PACKAGE not in Path(f.filename).parents]
    return f", line {frames[0].lineno} of {Path(frames[0].filename).name}" if frames else ""


def interrupt(thread):
    """Plant an exception in a thread that hangs; Python raises it there at the next step of its byte code."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))


def unchanged(before, after):
    """Whether two arguments are equal to the last bit; of nets, the parameters and masks are compared."""
    if isinstance(before, MLP):
        return (np.array_equal(before.parameters(), after.parameters())
                and all(np.array_equal(a, b) for a, b in zip(before.masks, after.masks)))
    return np.array_equal(before, after)
