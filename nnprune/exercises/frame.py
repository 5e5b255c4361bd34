"""What an exercise is: a function to fill in, the laws that judge it, and the typical wrong answers with their hints.

A lesson's module, ``lesson_07`` say, holds ``EXERCISES``, a tuple of ``Exercise`` in the order of the student's file.
To write one, choose its *kind* (one of ``nnprune.laws.KINDS``, or ``answers(...)`` for another signature) and its laws:

    those of nnprune.laws      ``laws=laws_for("saliency")``
    equal to a slow way        ``laws=(equals(reference, cases(), statement=..., formula=..., source=...),)``
    a law of its own           ``@rule(cases(), formula=..., source=...)`` above ``def name(f, case)``

and write down at least two wrong answers as functions: ``mistakes={"the hint": wrong_function}``. Whoever breaks a law
and gives, on every call, what a wrong function gives, gets that function's hint. So no hint is ever guessed from the
look of the code, and a test can hold every one of them: it hands in the wrong function.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from nnprune.laws.kinds import WRONG_KIND, Kind, read_array
from nnprune.laws.law import TOLERANCE, Law, Violation, demand, same, show


@dataclass(frozen=True)
class Exercise:
    """One function to fill in.

    Attributes
    ----------
    name : str
        Of the function in the student's file.
    kind : nnprune.laws.kinds.Kind
        How it is called, and how its answer is read.
    laws : tuple of Law
        What judges it, the most telling first: the first broken one is shown in full.
    look : str
        Where the lesson says what is needed: "06, section 3: ...".
    mistakes : dict of str to callable
        From a hint to the wrong function that earns it, called as the right one is.
    right : callable, optional
        A right function, slow or not; that of ``equals`` among the laws by default.
    hints : tuple of str
        What helps to begin, from the first step to nearly the code: shown one at a time, on request.
    new : bool
        Whether the task asks for new arrays, or a new net: then no answer may lie in the memory of an argument.

    No function may change what it is given: where none of its laws says so, one more is entered.
    """

    name: str
    kind: Kind
    laws: tuple
    look: str
    mistakes: dict[str, Callable] = field(repr=False)
    hints: tuple[str, ...] = field(default=(), repr=False)
    right: Callable | None = field(default=None, repr=False)
    new: bool = False

    def __post_init__(self):
        references = [law.check.reference for law in self.laws if hasattr(law.check, "reference")]
        object.__setattr__(self, "right", self.right or next(iter(references), None))
        if not any(law.name.endswith("_leaves_its_inputs") for law in self.laws):
            object.__setattr__(self, "laws", (*self.laws, _untouched(self.name, self.laws[0])))
        if self.new:
            object.__setattr__(self, "laws", (*self.laws, _returns_new(self.name, self.laws[0])))


def _untouched(name, first):
    """The law that a function leaves its arguments alone, on the cases of its first law."""
    return Law(f"{name}_leaves_its_inputs", "exercise", "The caller's arrays and nets are after the call what they "
               "were before: who compares both, or tries two ways, relies on it.", "arguments after = arguments before",
               "nnprune's contract", "a *= ... and a[...] = ... work in place, on the caller's array: begin with "
               "a = a.copy(), or write a = a * ..., which makes a new one.", first.strategy,
               _none("touched", first, "arguments as they were", "changed in place"), hard=first.hard)


def _returns_new(name, first):
    """The law that what a function returns is no argument, nor a view of one, on the cases of its first law."""
    return Law(f"{name}_returns_what_is_new", "exercise", "What is returned is new: who changes it later does not "
               "change what was handed in.", "answer is not argument", "the exercise's description", "Is the argument "
               "returned where nothing is removed? Begin with a copy.", first.strategy,
               _none("aliased", first, "new arrays", "an argument itself, or a view of it"), hard=first.hard)


def _none(noted, first, wanted, got):
    """The check that on a case of the law ``first`` no argument is entered in the candidate's set ``noted``."""
    def check(f, case):
        names = getattr(f, noted)
        names.clear()
        with suppress(Violation):
            first.check(f, case)
        demand(not names, wanted, f"{got}: {', '.join(sorted(names))}")
    return check


def answers(call, read):
    """A kind for an exercise: ``call`` is written "f(w, H) -> L"; ``read(args, answer)`` as in ``kinds.Kind``."""
    inside = call[call.index("(") + 1:call.index(")")]
    return Kind(call, tuple(name.strip() for name in inside.split(",")), read)


def number(what):
    """A reader for answers that are one finite number."""
    def read(args, answer):
        return float(read_array(answer, what, ()))
    return read


def array(what, shape, kinds="fiu"):
    """A reader for finite arrays; ``shape(*args)`` gives the shape, ``kinds`` the dtypes ("b" for a mask)."""
    def read(args, answer):
        return read_array(answer, what, shape(*args), kinds)
    return read


def arrays(*readers):
    """A reader for a tuple of answers, one reader each."""
    def read(args, answer):
        wanted = f"a tuple of {len(readers)}"
        demand(isinstance(answer, (tuple, list)), wanted, f"a {type(answer).__name__}", WRONG_KIND)
        demand(len(answer) == len(readers), wanted, f"{len(answer)} of them", WRONG_KIND)
        return tuple(reader(args, part) for reader, part in zip(readers, answer))
    return read


def rule(strategy, *, formula, source, mistake="", hard=()):
    """Make the decorated ``check(f, case)`` a law of an exercise; its docstring is the statement that is shown.

    Unlike ``nnprune.laws.law.law`` it enters nothing in the table of laws: it belongs to its exercise. ``hard`` are
    cases that are looked at first, ``Case`` objects.
    """
    def make(check):
        statement = " ".join((check.__doc__ or check.__name__.replace("_", " ")).split())
        return Law(check.__name__, "exercise", statement, formula, source, mistake, strategy, check, hard=tuple(hard))
    return make


def hardened(laws, cases):
    """Laws of ``nnprune.laws`` with hard cases: ``cases`` maps the name of a law to a tuple of them."""
    return tuple(replace(law, hard=cases.get(law.name, ())) for law in laws)


def equals(reference, strategy, *, statement, formula, source, mistake="", tolerance=TOLERANCE, hard=()):
    """The law that the answer is that of ``reference``, a slow obvious way, called with the case's fields in order.

    The cases must have just the arguments as fields, those of ``hard`` too. A tuple is compared part by part.
    """
    def check(f, case):
        args = tuple(vars(case).values())
        got, wanted = f(*args), reference(*args)
        parts = zip(got, wanted) if isinstance(wanted, tuple) else [(got, wanted)]
        for part, right in parts:
            if np.asarray(right).dtype == bool:
                demand(np.array_equal(part, right), f"the answer = {show(right, 13)}", f"the answer = {show(part, 13)}")
            else:
                same("the answer", part, np.asarray(right), tolerance=tolerance)
    check.reference = reference
    name = f"{reference.__name__.removeprefix('slow_')}_is_right"
    return Law(name, "exercise", statement, formula, source, mistake, strategy, check, hard=tuple(hard))
