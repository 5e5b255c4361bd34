"""Showing how far long work is: on a terminal one line that is rewritten, in a log a line now and then.

Every function that may take long has ``progress=``, and passes it through ``shown``:

    None                     the default: one line on standard error, on a terminal only, once 5 seconds have passed
    False                    none
    True                     at once, and in a log too
    progress(done, total)    a callable of the caller's

A function that runs inside another one that shows its progress (or was told how to) shows none by default: no two lines
write over each other.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TextIO

from .types import ProgressOption

# Seconds before the first word, where nobody asked for any.
PATIENCE = 5.0


class Progress:
    """Reports on one stage of the work, with the time left.

    Parameters
    ----------
    name : str
        What is being done.
    stream : file object, optional
        Standard error by default, so that results can be redirected without it.
    every : float, optional
        Seconds between two reports: 0.2 on a terminal, 5 in a log.
    wait : float, optional
        Seconds before the first one; as ``every`` by default.

    Examples
    --------
    >>> p = Progress("pruning", sys.stdout, every=0)
    >>> p(1, 4)  # doctest: +ELLIPSIS
    pruning: 25 % (1 of 4), 0 s, about 0 s left...
    """

    def __init__(self, name: str, stream: TextIO | None = None, every: float | None = None,
                 wait: float | None = None) -> None:
        self.name, self.stream = name, sys.stderr if stream is None else stream  # None where the shell closed it
        self.terminal = self.stream is not None and self.stream.isatty()
        self.every = (0.2 if self.terminal else 5.0) if every is None else every
        self.begin = time.perf_counter()
        self.last = self.begin + (0 if wait is None else wait - self.every)
        self.width = 0

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """``done`` of ``total`` units of work are behind us; ``note`` says what else there is to say."""
        now = time.perf_counter()
        if now - self.last < self.every or done == 0:
            return
        self.last, spent = now, now - self.begin
        left = spent / done * (total - done)
        line = (f"{self.name}: {100 * done / total:.0f} % ({done:,} of {total:,}), {spent:.0f} s, "
                f"about {left:.0f} s left{', ' + note if note else ''}")
        self._write(line)

    def _write(self, line: str) -> None:
        if self.stream is None:
            return
        if self.terminal:
            self.stream.write("\r" + line.ljust(self.width))
            self.width = len(line)
        else:
            self.stream.write(line + "\n")
        self.stream.flush()

    def close(self) -> None:
        """Wipe the terminal's line; a log stays as it is."""
        if self.stream is not None and self.terminal and self.width:
            self.stream.write("\r" + " " * self.width + "\r")
            self.stream.flush()


_inside: ContextVar[bool] = ContextVar("_inside", default=False)


class Stages:
    """Progress lines for work that tells what it is at: ``progress(what, done, total)``."""

    def __init__(self) -> None:
        self.name: str | None = None

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far ``what`` is."""
        if what != self.name:
            self.name, self.line = what, Progress(what)
        self.line(done, total)
        if done == total:
            self.line.close()


@contextmanager
def shown(progress: ProgressOption, name: str) -> Iterator[Callable[[int, int], object]]:
    """What long work called ``name`` reports to: ``report(done, total)``, by the option ``progress`` of its function.

    Raises
    ------
    ValueError
        If ``progress`` is none of those named above.

    Examples
    --------
    >>> with shown(lambda done, total: print(done, "of", total), "pruning") as report:
    ...     report(1, 2)
    1 of 2
    """
    if not (progress is None or isinstance(progress, bool) or callable(progress)):
        raise ValueError(f"progress must be None, True, False or a callable progress(done, total), but it is "
                         f"{progress!r}")
    line = None
    if progress is True or progress is None and not _inside.get() and sys.stderr is not None and sys.stderr.isatty():
        line = Progress(name, wait=PATIENCE if progress is None else 0)
    token = _inside.set(True)
    try:
        yield line if line is not None else progress if callable(progress) else lambda done, total: None
    finally:
        _inside.reset(token)
        if line is not None:
            line.close()


def silent() -> None:
    """No line by default from now on: this process is one of several workers, and its parent shows how far they are."""
    _inside.set(True)


class Together(Progress):
    """One line for several jobs that are at work at the same time, each with its time left.

    Examples
    --------
    >>> p = Together("", sys.stdout, every=0)
    >>> p.show("magnitude", 1, 4)  # doctest: +ELLIPSIS
    magnitude 25 %, about 0 s left...
    >>> p.show("OBD", 3, 4)  # doctest: +ELLIPSIS
    magnitude 25 %, about 0 s left; OBD 75 %, about 0 s left...
    >>> p.ended("magnitude")
    """

    def __init__(self, name: str, stream: TextIO | None = None, every: float | None = None) -> None:
        super().__init__(name, stream, every)
        self.jobs: dict[str, tuple[float, str]] = {}  # a job: when it was first heard of, and its part of the line

    def show(self, job: str, done: int, total: int, note: str = "") -> None:
        """A job has done so much of its work."""
        now = time.perf_counter()
        begin = self.jobs.setdefault(job, (now, ""))[0]
        if done > 0:
            left = (now - begin) / done * (total - done)
            self.jobs[job] = begin, (f"{job} {100 * done / total:.0f} %, about {left:.0f} s left"
                                     f"{', ' + note if note else ''}")
        if now - self.last >= self.every:
            self.last = now
            self._write(self.name + "; ".join(text for _, text in self.jobs.values() if text))

    def ended(self, job: str) -> None:
        """A job is no longer at work; its terminal line is wiped, so that something can be printed."""
        self.jobs.pop(job, None)
        self.close()
