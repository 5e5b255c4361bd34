"""Showing how far long work is: on a terminal one line that is rewritten, in a log a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TextIO


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

    Examples
    --------
    >>> p = Progress("pruning", sys.stdout, every=0)
    >>> p(1, 4)  # doctest: +ELLIPSIS
    pruning: 25 % (1 of 4), 0 s, about 0 s left...
    """

    def __init__(self, name: str, stream: TextIO | None = None, every: float | None = None) -> None:
        self.name, self.stream = name, sys.stderr if stream is None else stream  # None where the shell closed it
        self.terminal = self.stream is not None and self.stream.isatty()
        self.every = (0.2 if self.terminal else 5.0) if every is None else every
        self.begin = self.last = time.perf_counter()
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
