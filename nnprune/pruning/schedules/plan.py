"""A plan of pruning: stages one after the other, which read, print and parse like the sentence they stand for.

    >>> Plan([Stage("magnitude", 0.5), Stage("lobs", 0.95, {"inputs": "pruned"}), Stage("retrain", 2)])
    magnitude to 0.5, then exact L-OBS to 0.95 (inputs='pruned'), then retrain 2 epochs

The grammar, with what stands in brackets optional:

    plan      stage, [then] stage, [then] stage ...
    stage     METHOD to SPARSITY [(options)]        METHOD: the words of ``WORDS``, or the name in code
              retrain EPOCHS epochs [(options)]
    options   name=value, name=value ...            value: a number, a name in quotes, True, False or None

This module does not know what a plan does: ``stages`` makes stages, ``stage_run`` runs plans.
"""

from __future__ import annotations

import ast
import re

import numpy as np

from ..._util.checks import one_of

# What a stage is called in code, and in a sentence.
WORDS = {"magnitude": "magnitude", "random": "random", "snip": "SNIP", "obd": "OBD", "lobs": "exact L-OBS",
         "simplified_lobs": "simplified L-OBS", "obs": "OBS", "obs_factored": "factored OBS", "retrain": "retrain"}
# What a sentence may call a method, in small letters: the words, or the name in code.
METHODS = {name.casefold(): kind for kind, words in WORDS.items() if kind != "retrain" for name in (words, kind)}
STAGE = re.compile(r"(?:(?P<method>.+) to (?P<to>\S+)|retrain (?P<epochs>\S+) epochs?)(?: \((?P<options>.*)\))?")


class Stage:
    """One stage of a plan: a method and the sparsity it prunes to, or some retraining. It cannot be changed.

    The functions of ``stages`` make them: ``lobs(to=0.95)``.

    Attributes
    ----------
    kind : str
        A name of ``WORDS``.
    amount : float or int
        The sparsity after the stage; the epochs, of "retrain".
    options : dict
        What is passed on to the function behind it. A copy: changing it changes nothing.
    """

    def __init__(self, kind, amount, options=()):
        options = {name: _plain(value) for name, value in dict(options).items()}
        self._parts = one_of("kind", kind, WORDS), _plain(amount), tuple(sorted(options.items()))

    kind = property(lambda self: self._parts[0])
    amount = property(lambda self: self._parts[1])
    options = property(lambda self: dict(self._parts[2]))

    def __eq__(self, other):
        return isinstance(other, Stage) and self._parts == other._parts

    def __hash__(self):
        return hash(self._parts)

    def __repr__(self):
        if self.kind == "retrain":
            words = f"retrain {self.amount!r} epoch{'' if self.amount == 1 else 's'}"
        else:
            words = f"{WORDS[self.kind]} to {self.amount!r}"
        listed = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        return f"{words} ({listed})" if listed else words


def _plain(value):
    """NumPy's scalars as Python's, which print as they are written."""
    return value.item() if isinstance(value, np.generic) else value


class Plan(tuple):
    """Stages in their order: a tuple that prints as a sentence.

    Examples
    --------
    >>> plan = Plan.parse("magnitude to 0.5, then exact L-OBS to 0.95, then retrain 2 epochs")
    >>> len(plan), plan.epochs, plan[1]
    (3, 2, exact L-OBS to 0.95)
    >>> Plan.parse(str(plan)) == plan
    True
    """

    __slots__ = ()

    def __repr__(self):
        return ", then ".join(map(str, self))

    @classmethod
    def of(cls, stages):
        """A sentence, a stage or a sequence of stages as a plan.

        Raises
        ------
        ValueError
            If a sentence cannot be read, or something in the sequence is no stage.
        """
        if isinstance(stages, str):
            return cls.parse(stages)
        if not isinstance(stages, Stage | list | tuple):
            raise ValueError(f"a plan is a sentence or a list of stages, but it is {stages!r}")
        plan = cls([stages] if isinstance(stages, Stage) else stages)
        for number, stage in enumerate(plan, 1):
            if not isinstance(stage, Stage):
                raise ValueError(f"stage {number} is {stage!r}, but a stage is needed, such as lobs(to=0.9)")
        return plan

    @property
    def epochs(self):
        """The training budget: the epochs of all its stages of retraining."""
        return sum(stage.amount for stage in self if stage.kind == "retrain")

    @classmethod
    def parse(cls, sentence):
        """The plan that a sentence stands for; the grammar is at the head of this module.

        Raises
        ------
        ValueError
            If a stage is none; the message names it and lists the known methods.
        """
        # A comma ends a stage, but not inside the brackets of its options.
        pieces = re.split(r",(?![^(]*\))\s*(?:(?:and\s+)?then\s+)?", sentence.strip().removesuffix("."))
        return cls(_parse_stage(number, piece.strip()) for number, piece in enumerate(pieces, 1))


def _parse_stage(number, text):
    """The stage that some words stand for."""
    found = STAGE.fullmatch(text)
    try:
        if found["epochs"] is not None:
            return Stage("retrain", int(found["epochs"]), _parse_options(found["options"]))
        return Stage(METHODS[found["method"].casefold()], float(found["to"]), _parse_options(found["options"]))
    except (TypeError, KeyError, ValueError, SyntaxError):
        known = ", ".join(words for kind, words in WORDS.items() if kind != "retrain")
        hint = ("; a comma is missing before 'then'" if " then " in text
                else "; a sparsity is a share, such as 0.5" if "%" in text else "")
        raise ValueError(f"stage {number}, {text!r}, is none: 'METHOD to SPARSITY (options)' or 'retrain N epochs "
                         f"(options)' is needed, METHOD one of {known}{hint}") from None


def _parse_options(text):
    """``name=value, ...`` as a dict; values are literals, nothing is evaluated."""
    if not text:
        return {}
    call = ast.parse(f"f({text})", mode="eval").body
    if call.args or any(k.arg is None for k in call.keywords):
        raise ValueError(f"{text!r}: options are written name=value")
    return {k.arg: ast.literal_eval(k.value) for k in call.keywords}
