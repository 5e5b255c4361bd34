"""What an experiment found: claims beside published figures with a verdict, tables, notes, figures.

The verdict on a claim compares the 95 % t interval of the mean over the seeds, or for a single net the one over the
test images (``significance.py``), with the published figure, which is taken as what it was rounded from:

    SAME       the interval holds the published figure
    BETTER     it does not, and ours is better
    DIFFERS    it does not, and ours is not as good; the note says why

Where there is no interval there is no verdict. A claim without a figure ("magnitude falls first") is counted over the
seeds: SAME if it holds for all of them, else DIFFERS. Two methods that share nets are compared by the interval of their
differences (``paired``): SAME if all of it is on the claimed side, DIFFERS if all of it is on the other, UNDECIDED if
it holds 0. Where nothing is published to be the same as (no source), the page shows no verdict. A *goal* is what this
project set itself; the mean meets or misses it, and that stands beside the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .significance import error_interval, t_interval


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
    rounding : float, optional
        How far the published figure may be from what it was rounded from; half a unit of the last of its ``digits``
        by default.
    images : int, optional
        The images on which an error in % was counted; for one net, which has no spread over seeds.
    """

    what: str
    ours: list
    published: float | None = None
    better: str = "lower"
    source: str = ""
    goal: float | None = None
    note: str = ""
    digits: int = 2
    rounding: float | None = None
    images: int | None = None

    @property
    def mean(self):
        """The mean over the seeds."""
        return float(np.mean(self.ours))

    @property
    def spread(self):
        """The standard deviation over the seeds."""
        return float(np.std(self.ours))

    @property
    def interval(self):
        """(low, high): the t interval over the seeds; of a single net or equal ones, the one over the test images."""
        if self.images and len(set(self.ours)) == 1:
            return error_interval(self.ours[0], self.images)
        return t_interval(self.ours)

    @property
    def verdict(self):
        """SAME, BETTER or DIFFERS; "" where nothing is published, or there is no interval."""
        low, high = self.interval
        if self.published is None or not np.isfinite(high):
            return ""
        rounding = 0.5 * 10.0**-self.digits if self.rounding is None else self.rounding
        if low - rounding - 1e-9 <= self.published <= high + rounding + 1e-9:  # decimals are not exact in binary
            return "SAME"
        return "BETTER" if (self.mean < self.published) == (self.better == "lower") else "DIFFERS"

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
                "interval": interval_text(self.interval, self.digits), "published": published,
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
    verdict : str
        Where another rule than "for all of them" decides.
    """

    what: str
    holds: list
    evidence: str
    source: str = ""
    note: str = ""
    of: str = "seeds"
    verdict: str = ""

    def as_dict(self):
        """All of it as JSON can hold it."""
        return {"what": self.what, "holds": [bool(h) for h in self.holds], "evidence": self.evidence,
                "verdict": self.verdict or ("SAME" if all(self.holds) else "DIFFERS"), "source": self.source,
                "note": self.note, "of": self.of}


def paired(what, ours, others, *, better="lower", source="", note="", digits=2, of="seeds"):
    """The claim that one method is ahead of another on the same nets, as a ``Statement``.

    Parameters
    ----------
    what : str
        The claim.
    ours, others : list of float
        A figure of each of the two on every net.
    better : {"lower", "higher"}
        Which way is ahead.
    source, note, digits, of
        As of ``Claim`` and ``Statement``.

    Examples
    --------
    >>> s = paired("A errs less than B", [1.0, 2.0, 3.0], [1.5, 2.6, 3.4])
    >>> s.evidence, s.verdict
    ('2.00 ± 0.82 against 2.50 ± 0.78, a difference of -0.50 [-0.75, -0.25]', 'SAME')
    """
    difference = np.subtract(ours, others)
    lead = -difference if better == "lower" else difference
    low, high = t_interval(lead)
    apart = f"{difference.mean():+.{digits}f} {interval_text(t_interval(difference), digits)}".rstrip()
    return Statement(what, list(lead > 0), f"{mean_spread(ours, digits)} against {mean_spread(others, digits)}, a "
                     f"difference of {apart}", source, note, of,
                     "SAME" if low > 0 else "DIFFERS" if high < 0 else "UNDECIDED")


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


def seen(rows):
    """What each method sees: the table that every page has, from rows (method, images, labels, damping)."""
    return Table("What a method sees", ["method", "images", "labels", "damping"], rows)


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
    seen : Table, optional
        What each method sees, by the function ``seen``; every page has it.
    figures : dict
        From a file name ("curves.png") to (caption, ``draw(file)``), which writes a PNG into an open binary file.
    """

    claims: list = field(default_factory=list)
    statements: list = field(default_factory=list)
    tables: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    figures: dict[str, tuple[str, Callable]] = field(default_factory=dict)
    seen: Table | None = None

    def as_dict(self):
        """All of it as JSON can hold it, the figures by name and caption."""
        return {"claims": [c.as_dict() for c in self.claims], "statements": [s.as_dict() for s in self.statements],
                "seen": self.seen and self.seen.as_dict(), "tables": [t.as_dict() for t in self.tables],
                "notes": list(self.notes),
                "figures": {name: caption for name, (caption, _) in self.figures.items()}}


def interval_text(interval, digits=2):
    """An interval as text; "" for one without end.

    Examples
    --------
    >>> interval_text(t_interval([1.0, 2.0, 3.0])), interval_text(t_interval([1.0]))
    ('[-0.48, 4.48]', '')
    """
    return "[{:.{d}f}, {:.{d}f}]".format(*interval, d=digits) if np.isfinite(interval[1]) else ""


def mean_spread(values, digits=2):
    """Mean and standard deviation over the seeds, as text.

    Examples
    --------
    >>> mean_spread([97.0, 98.0]), mean_spread([97.0])
    ('97.50 ± 0.50', '97.00')
    """
    mean = f"{np.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {np.std(values):.{digits}f}"
