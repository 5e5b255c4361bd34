"""What a law is: a sentence, a formula, where it comes from, and a function that tries to catch a breach of it.

A law belongs to a *kind* of implementation (``kinds``). Its check gets the implementation ``f`` and one *case*, a
small problem drawn by a Hypothesis strategy, and raises ``Violation`` if ``f`` breaks the law there. The decorator
``law`` enters it in the table ``LAWS``, so a new law is one function and nothing else:

    @law("saliency", problems(), formula="L_q >= 0", source="Hassibi & Stork 1992, eq. 5",
         mistake="A sign is wrong.")
    def saliency_is_never_negative(f, p):
        \"\"\"No removal gains anything ...\"\"\"

The docstring is the statement that the student reads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from nnprune.nn.mlp import MLP

# Two results that are equal in exact arithmetic differ by rounding. On these problems (at most 6 inputs, condition
# below 100) float64 leaves 1e-13; 1e-7 of the largest entry also forgives a damping of 1e-9.
TOLERANCE = 1e-7
# The damping that a second-order pruner may use on the well-conditioned problems moves its weights by about
# damping * condition number: 1e-8 * 100 = 1e-6, and ten times that is granted.
DAMPED_TOLERANCE = 1e-5
# float32 has 24 bits, 6e-8; a condition number below 100 and a few operations make 1e-4 of it.
FLOAT32_TOLERANCE = 1e-3

MANY = 150  # entries from which on an array is shown by its corners

LAWS: dict[str, list[Law]] = {}


@dataclass(frozen=True)
class Law:
    """One law.

    Attributes
    ----------
    name, kind : str
        The kind is a key of ``kinds.KINDS``.
    statement, formula, source, mistake : str
        What it says, in words and in ASCII mathematics; paper and equation; the mistake that usually breaks it.
    strategy : hypothesis.strategies.SearchStrategy
        Draws the cases.
    check : callable
        ``check(f, case)`` raises ``Violation``; a number that it returns is a measurement.
    methods : tuple of str
        The methods of the kind that the law is for; empty means all.
    measures : str
        What the number returned is; the scoreboard shows the largest.
    """

    name: str
    kind: str
    statement: str
    formula: str
    source: str
    mistake: str
    strategy: object = field(repr=False)
    check: Callable = field(repr=False)
    methods: tuple = ()
    measures: str = ""


class Violation(Exception):
    """A breach of a law: what it demands, what came out, and a hint if the mistake was recognised."""

    def __init__(self, demanded, got, hint=""):
        super().__init__(demanded, got, hint)
        self.demanded, self.got, self.hint = demanded, got, hint


class Case(SimpleNamespace):
    """One problem of a few named arrays, printed so that it can be worked out by hand."""

    def __str__(self):
        return "\n".join(f"{name} = {show(value, len(name) + 3)}" for name, value in vars(self).items())


def law(kind, strategy, *, formula, source, mistake, methods=(), measures=""):
    """Enter the decorated ``check(f, case)`` in ``LAWS``; its docstring becomes the statement."""
    def enter(check):
        statement = " ".join(check.__doc__.split())
        LAWS.setdefault(kind, []).append(Law(check.__name__, kind, statement, formula, source, mistake, strategy,
                                             check, methods, measures))
        return check
    return enter


def demand(condition, demanded, got, hint=""):
    """Raise ``Violation`` unless the condition holds."""
    if not condition:
        raise Violation(demanded, got, hint)


def same(what, got, wanted, *, tolerance=TOLERANCE, suspects=None, beside=""):
    """Raise ``Violation`` unless ``got`` equals ``wanted`` up to ``tolerance`` of the largest entry.

    Parameters
    ----------
    what : str
        The letter of the quantity.
    got, wanted : ndarray of one shape, or float
    tolerance : float
    suspects : dict of str to ndarray, optional
        What comes out of well-known mistakes. If ``got`` is one of them, its name becomes the hint.
    beside : str
        What else the reader should see of the answer.
    """
    if close(got, wanted, tolerance):
        return
    hints = (hint for hint, wrong in (suspects or {}).items() if close(got, wrong, tolerance))
    raise Violation(f"{what} = {show(wanted, len(what) + 3)}",
                    f"{what} = {show(got, len(what) + 3)}" + (f"\n{beside}" if beside else ""), next(hints, ""))


def close(got, wanted, tolerance=TOLERANCE):
    """Whether all entries agree up to ``tolerance`` times the largest entry wanted (or 1, if that is less)."""
    got, wanted = np.asarray(got, np.float64), np.asarray(wanted, np.float64)
    return bool(np.all(np.abs(got - wanted) <= tolerance * max(1.0, np.abs(wanted).max(initial=0))))


def show(value, indent=0):
    """A value as a reader wants it: six digits, later lines of a matrix below the first."""
    if isinstance(value, MLP):
        parts = [f"{name}[{l}] = {show(a, len(name) + 10)}" for l in range(len(value.weights))
                 for name, a in (("weights", value.weights[l]), ("biases", value.biases[l]),
                                 ("masks", value.masks[l]))
                 if a is not None and not (name == "masks" and a.all())]
        return f"{value}\n" + "\n".join("    " + part for part in parts)
    if isinstance(value, np.ndarray) and value.ndim:
        # + 0.0 turns a negative zero, which only confuses, into 0.
        value = value + 0.0 if value.dtype.kind == "f" else value
        return np.array2string(value, precision=6, suppress_small=True, separator=", ", prefix=" " * indent,
                               threshold=MANY)
    return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)
