"""The report: which laws hold, and for each that does not, the smallest counterexample and the likely mistake."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass

import numpy as np

from nnprune.nn.mlp import MLP

WIDTH = 100  # of a line of the report: fits a terminal and a page


@dataclass(frozen=True)
class Scoreboard:
    """The results of all laws of one kind on one implementation.

    Attributes
    ----------
    name : str
        Of the implementation.
    kind, method : str
        What it was checked as.
    examples, seed : int
    outcomes : tuple of Outcome
    printed : str
        The beginning of what the implementation printed; empty if it was silent.
    """

    name: str
    kind: str
    method: str
    examples: int
    seed: int
    outcomes: tuple
    printed: str = ""

    @property
    def passed(self):
        """Whether every law holds."""
        return all(o.passed for o in self.outcomes)

    @property
    def failed(self):
        """The names of the laws that are broken, in order."""
        return [o.law.name for o in self.outcomes if not o.passed]

    def __str__(self):
        kept = len(self.outcomes) - len(self.failed)
        lines = [f"{self.name} as {self.kind} ({self.method}): {kept} of {len(self.outcomes)} laws hold, "
                 f"{self.examples} examples each, seed {self.seed}"]
        if self.printed:
            lines.append(f"note: the function printed {self.printed!r}; printing is kept out of this report")
        lines += [_line(o) for o in self.outcomes]
        told = set()  # what could not be read is shown once: it is one mistake, not one a law
        for o in self.outcomes:
            if not o.passed:
                shown = (o.violation.demanded, o.violation.got) if o.violation.unreadable else o.law.name
                lines += [_breach(o)] if shown not in told else []
                told.add(shown)
        return "\n".join(lines)

    def to_json(self):
        """The report as a JSON text, arrays as lists."""
        return json.dumps({
            "name": self.name, "kind": self.kind, "method": self.method, "examples": self.examples,
            "seed": self.seed, "passed": self.passed, "printed": self.printed,
            "laws": [_record(o) for o in self.outcomes],
        }, indent=2)


def _line(o):
    """One law, one line."""
    measured = f", {o.law.measures}: {o.measured:.3g}" if o.passed and o.measured is not None else ""
    return f"  {'pass' if o.passed else 'FAIL'}  {o.law.name:<45} {o.examples:>5} examples{measured}"


def _breach(o):
    """The broken law, its smallest counterexample and the hint."""
    parts = {"the law": o.law.statement, "formula": o.law.formula, "source": o.law.source,
             "smallest case": str(o.case), "it demands": o.violation.demanded, "it came out": o.violation.got,
             "likely mistake": o.violation.hint or o.law.mistake}
    return f"\nFAIL {o.law.name}\n" + "\n".join(_part(name, text) for name, text in parts.items())


def _part(name, text):
    """A named part, its text wrapped (words) or indented as it stands (arrays)."""
    text = textwrap.fill(text, WIDTH - 18) if "\n" not in text else text
    return f"  {name:<15} " + textwrap.indent(text, " " * 18).lstrip()


def _record(o):
    """One outcome as JSON has it."""
    record = {"law": o.law.name, "passed": o.passed, "examples": o.examples, "seconds": round(o.seconds, 4),
              "measured": o.measured}
    if not o.passed:
        record |= {"counterexample": {name: _plain(v) for name, v in vars(o.case).items()},
                   "demanded": o.violation.demanded, "got": o.violation.got,
                   "hint": o.violation.hint or o.law.mistake}
    return record


def _plain(value):
    """A value as JSON knows it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, MLP):
        return {"activation": value.activation, "loss": value.loss_name,
                "weights": [W.tolist() for W in value.weights], "masks": [m.tolist() for m in value.masks],
                "biases": [None if b is None else b.tolist() for b in value.biases]}
    return value if isinstance(value, (int, float, str)) else str(value)
