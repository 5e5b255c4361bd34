"""Wrong implementations, one mistake each: they prove that the laws catch mistakes.

A mutant is what a student (or a library) writes with one thing wrong. ``MUTANTS`` lists them all.
Which laws catch which is measured and made into docs/laws.md by ``tools/laws_page.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MUTANTS: list[Mutant] = []


@dataclass(frozen=True)
class Mutant:
    """A wrong implementation: what is wrong as text, its kind, what it claims to be, and how it is made.

    ``make()`` gives a fresh function, so that one with a memory begins without one.
    """

    words: str
    kind: str
    method: str | None
    make: Callable

    @property
    def name(self):
        """The function's name."""
        return self.make.__name__


def mutant(kind, words, method=None):
    """Enter the decorated function, which is the wrong implementation itself."""
    def enter(f):
        def make():
            return f
        make.__name__ = f.__name__
        MUTANTS.append(Mutant(words, kind, method, make))
        return f
    return enter


def variant(kind, words, make, name, method=None):
    """Enter a wrong implementation that ``make()`` builds from the right one."""
    def fresh():
        return make()
    fresh.__name__ = name
    MUTANTS.append(Mutant(words, kind, method, fresh))


from . import derivatives, files, layer, network, one_unit, training, units  # noqa: E402, F401  they fill MUTANTS
