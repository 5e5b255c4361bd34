"""The implementation under test, called with care: it may raise, print, change what it is given, or never return.

It works on copies, so that one that spoils its inputs can still be judged by the other laws; what it changed is
remembered for the law that forbids it. What it prints is kept out of the report. It runs in a thread of its own,
and if that has not come back by the deadline, the law is given up and the next one begins. The first call may take
longer (``WARM_UP``: compilers at work), and time in which a module is being imported does not count.

A thread cannot be killed. An exception is planted in it, which ends a loop in Python at its next step; a call that
hangs inside C code stays behind until the process ends, and slows down what follows. No exception is ever planted in
an import: half a module in C would be left behind, and the next call would crash the process.
"""

from __future__ import annotations

import contextlib
import copy
import ctypes
import io
import sys
import threading
import time
import traceback
from pathlib import Path

import numpy as np

from nnprune.nn.mlp import MLP

from .convention import Convention
from .law import Violation

PACKAGE = Path(__file__).parents[1]  # what calls the implementation lies in here, and is no part of it
PRINTED = 60  # characters of what was printed that are kept for the report: one line
WARM_UP = 10.0  # seconds that the first call may take, if the deadline is less
IMPORTS = 120.0  # seconds after which an import that does not end is given up
STEP = 0.05  # seconds between two looks at whether a call that takes long is importing


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
    convention : Convention, optional
        What is granted to it beside: its damping, its precision, a tolerance.
    warm_up : float, optional
        Seconds that the first call may take; ``WARM_UP`` by default, or the deadline if that is more.
    keep : int
        Characters of what is printed that are kept.

    Attributes
    ----------
    changed : list of str
        The arguments that the last call changed in place.
    touched, aliased : set of str
        The arguments that any call has changed, and those in whose memory an answer lay.
    printed : str
        The beginning of the first thing that was printed.
    raised : Exception or None
        What the last call raised.
    """

    def __init__(self, f, kind, deadline, convention=None, warm_up=None, keep=PRINTED):
        self.f, self.kind, self.deadline, self.convention = f, kind, deadline, convention or Convention()
        self.limit = max(WARM_UP if warm_up is None else warm_up, deadline)  # of the next call
        self.changed, self.printed, self.raised, self.importing = [], "", None, None
        self.touched, self.aliased, self.keep = set(), set(), keep

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
        self.touched.update(self.changed)
        self.aliased.update(name for name, value in zip(self.kind.arguments, given) if _lies_in(answer, value))
        if self.raised is not None:
            raise Violation(f"an answer: {self.kind.call}",
                            f"it raised {type(self.raised).__name__}: {self.raised}{_where(self.raised)}",
                            "The program stops before there is any mathematics to judge: fix the error above first.")
        try:
            read = self.kind.read(args, answer)
        except Violation as violation:
            violation.unreadable = True
            raise
        self.convention.note(read)
        return read

    def _run(self, args):
        """Call f in a thread; what it raises is kept in ``raised``."""
        if self.importing is not None and self.importing.is_alive():
            raise Hang(f"the import that its first call began has not ended in {IMPORTS:g} s")
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
            wait(thread, self.limit)
        self.printed = self.printed or printed.getvalue()[:self.keep]
        limit, self.limit = self.limit, self.deadline
        if thread.is_alive():
            if not interrupt(thread):
                self.importing = thread
                raise Hang(f"an import in it has not ended in {IMPORTS:g} s")
            raise Hang(f"no answer within {limit:g} s: does every loop end?")
        return answer


def _lies_in(answer, value):
    """Whether an answer, or a part of it, is an argument itself, or lies in its memory."""
    if isinstance(answer, (tuple, list)):
        return any(_lies_in(part, value) for part in answer)
    return answer is value and isinstance(value, MLP) or (
        isinstance(answer, np.ndarray) and isinstance(value, np.ndarray) and np.may_share_memory(answer, value))


def _where(error):
    """The line of the implementation in which it raised, for the report; "" where that is not known."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if PACKAGE not in Path(f.filename).parents]
    return f", line {frames[0].lineno} of {Path(frames[0].filename).name}" if frames else ""


def wait(thread, seconds):
    """Wait for a thread to end, for so many seconds without the time of its imports, which have ``IMPORTS`` seconds."""
    left, end = seconds, time.monotonic() + seconds + IMPORTS
    while thread.is_alive() and left > 0 and time.monotonic() < end:
        begin = time.monotonic()
        thread.join(min(left, STEP))
        if not is_importing(thread):
            left -= time.monotonic() - begin


def is_importing(thread):
    """Whether a thread is in the midst of an import, as its stack shows."""
    frame = sys._current_frames().get(thread.ident)
    while frame is not None:
        if frame.f_code.co_name == "_find_and_load" and "importlib" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def interrupt(thread):
    """Plant an exception in a thread that hangs; Python raises it there at the next step of its byte code.

    Returns
    -------
    bool
        False if the thread is importing, and so was left alone.
    """
    # No other thread may run between the look and the deed. An import that begins afterwards is a call in Python,
    # which raises at its first step, before it has begun anything.
    interval = sys.getswitchinterval()
    sys.setswitchinterval(IMPORTS)
    try:
        if is_importing(thread):
            return False
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        return True
    finally:
        sys.setswitchinterval(interval)


def unchanged(before, after):
    """Whether two arguments are equal to the last bit; of nets, the parameters and masks are compared.

    A generator is there to be drawn from.
    """
    if isinstance(before, np.random.Generator):
        return True
    if isinstance(before, list | tuple):
        return len(before) == len(after) and all(map(unchanged, before, after))
    if isinstance(before, MLP):
        return (np.array_equal(before.parameters(), after.parameters())
                and all(np.array_equal(a, b) for a, b in zip(before.masks, after.masks)))
    return np.array_equal(before, after)
