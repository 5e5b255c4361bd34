"""What an experiment found: claims beside published figures with a verdict, tables, notes, figures.

The verdict on a claim compares the mean over the seeds with the published figure:

    SAME       they differ by at most the tolerance, which stands in the source of the experiment
    BETTER     ours is better by more than that
    DIFFERS    it is not as good; the note says why

A claim without a figure ("magnitude falls first") is counted over the seeds: SAME if it holds for all of them, else
DIFFERS. Where it has no source, nothing is published to be the same as, and the page shows no verdict.
A *goal* is what this project set itself; it is met or missed, and stands beside the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Claim:
    """One figure of ours beside the published one.

    Attributes
    ----------
    what : str
        What is measured, with its unit.
    ours : list of float
        One value a seed.
    published : float, optional
        None where only a goal is set.
    tolerance : float
        How far apart the two may be and still be the same, in their unit.
    better : {"lower", "higher"}
        Which way is better.
    source : str
        Where the published figure stands.
    goal : float, optional
        What the mean must reach, in the sense of ``better``.
    note : str
        Why it differs, or what else must be known.
    digits : int
        Decimals to print.
    """

    what: str
    ours: list
    published: float | None = None
    tolerance: float = 0.0
    better: str = "lower"
    source: str = ""
    goal: float | None = None
    note: str = ""
    digits: int = 2

    @property
    def mean(self):
        """The mean over the seeds."""
        return float(np.mean(self.ours))

    @property
    def spread(self):
        """The standard deviation over the seeds."""
        return float(np.std(self.ours))

    @property
    def verdict(self):
        """SAME, BETTER or DIFFERS; "" where nothing is published."""
        if self.published is None:
            return ""
        lead = (self.published - self.mean) * (1 if self.better == "lower" else -1)
        if abs(lead) <= self.tolerance + 1e-9:  # decimals are not exact in binary: 1.82 - 1.80 > 0.02
            return "SAME"
        return "BETTER" if lead > 0 else "DIFFERS"

    @property
    def goal_met(self):
        """Whether the mean reaches the goal; None where there is none."""
        if self.goal is None:
            return None
        return bool(self.mean <= self.goal + 1e-9 if self.better == "lower" else self.mean >= self.goal - 1e-9)

    def as_dict(self):
        """All of it as JSON can hold it."""
        published = None if self.published is None else f"{self.published:.{self.digits}f}"
        return {"what": self.what, "ours": [float(v) for v in self.ours], "mean": self.mean, "spread": self.spread,
                "text": f"{self.mean:.{self.digits}f}", "spread_text": f"{self.spread:.{self.digits}f}",
                "published": self.published, "published_text": published, "tolerance": self.tolerance,
                "better": self.better, "verdict": self.verdict, "source": self.source,
                "goal": self.goal, "goal_met": self.goal_met, "note": self.note}


@dataclass(frozen=True)
class Statement:
    """A published claim without a figure, looked at for every seed.

    Attributes
    ----------
    what : str
        The claim.
    holds : list of bool
        One a seed.
    evidence : str
        What was measured.
    source, note : str
        As of ``Claim``.
    of : str
        What was counted, where it is not seeds.
    """

    what: str
    holds: list
    evidence: str
    source: str = ""
    note: str = ""
    of: str = "seeds"

    def as_dict(self):
        """All of it as JSON can hold it."""
        return {"what": self.what, "holds": [bool(h) for h in self.holds], "evidence": self.evidence,
                "verdict": "SAME" if all(self.holds) else "DIFFERS", "source": self.source, "note": self.note,
                "of": self.of}


@dataclass(frozen=True)
class Table:
    """A table of the experiment's own: ``title``, ``columns`` (str), ``rows`` (lists of str), a ``caption`` below."""

    title: str
    columns: list
    rows: list
    caption: str = ""

    def __post_init__(self):
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table {self.title!r}: {len(self.columns)} columns, but a row has {len(row)} cells")

    def as_dict(self):
        """All of it as JSON can hold it."""
        return {"title": self.title, "columns": list(self.columns), "rows": [[str(c) for c in r] for r in self.rows],
                "caption": self.caption}


@dataclass(frozen=True)
class Findings:
    """All that an experiment has to say.

    Attributes
    ----------
    claims : list of Claim
    statements : list of Statement
    tables : list of Table
    notes : list of str
        Paragraphs of Markdown.
    figures : dict
        From a file name ("curves.png") to (caption, ``draw(file)``), which writes a PNG into an open binary file.
    """

    claims: list = field(default_factory=list)
    statements: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    figures: dict[str, tuple[str, Callable]] = field(default_factory=dict)

    def as_dict(self):
        """All of it as JSON can hold it, the figures by name and caption."""
        return {"claims": [c.as_dict() for c in self.claims], "statements": [s.as_dict() for s in self.statements],
                "tables": [t.as_dict() for t in self.tables], "notes": list(self.notes),
                "figures": {name: caption for name, (caption, _) in self.figures.items()}}


def mean_spread(values, digits=2):
    """Mean and standard deviation over the seeds, as text.

    Examples
    --------
    >>> mean_spread([97.0, 98.0]), mean_spread([97.0])
    ('97.50 ± 0.50', '97.00')
    """
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {np.std(values):.{digits}f}"
