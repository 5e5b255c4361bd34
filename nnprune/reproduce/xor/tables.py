"""The rates of the XOR experiment by net and start, and the nine weights."""

from __future__ import annotations

import numpy as np

from ..findings import Table
from .nets import METHODS, NAMES, NEAR


def total(rows, key, method):
    """(how many hold, of how many minima) over the rows."""
    return sum(sum(r[key][method]) for r in rows), sum(r["minima"] for r in rows)


def share(rows, key, method):
    """The same as text: "57 of 61 (93 %)"."""
    some, every = total(rows, key, method)
    return f"{some} of {every} ({percent(some, every)})"


def percent(some, every):
    """A share in %, never rounded up to 100 or down to 0.

    Examples
    --------
    >>> percent(1, 3), percent(999, 1000), percent(1, 1000), percent(3, 3), percent(0, 0)
    ('33 %', '99.9 %', '0.1 %', '100 %', '-')
    """
    if every == 0:
        return "-"
    value = 100 * some / every
    return f"{value:.0f} %" if value in (0, 100) or 0.5 <= value < 99.5 else f"{value:.1f} %"


def by_net(rows):
    """The rows of each net and width, in order: {(activation, low, width): rows}."""
    groups = {}
    for r in rows:
        groups.setdefault((r["activation"], r["low"], r["width"]), []).append(r)
    return groups


def start_name(activation, low, width):
    """A kind of net and of start as text."""
    return f"{activation}, targets {low} and 1, starts ±{width:g}"


def tables(rows):
    """The rates by net and width, and the nine weights."""
    body = []
    for (activation, low, width), g in by_net(rows).items():
        n, starts = sum(r["minima"] for r in g), sum(r["starts"] for r in g)
        able = sum(sum(r["removable"]) for r in g)
        body.append([activation, f"{low}, 1", f"±{width:g}", f"{starts - n} of {starts}", percent(able, 9 * n)]
                    + [f"{percent(*total(g, 'right', m))} / {percent(*total(g, 'at_once', m))}" for m in METHODS])
    rates = Table("A right weight removed / XOR solved at once, share of the minima",
                  ["hidden", "targets", "start", "not at zero error", "chance", *METHODS], body,
                  f"\"Not at zero error\": starts that end elsewhere, in a local minimum or on the way to infinity; "
                  f"they are left out. Chance: the share of the nine weights whose removal can be retrained. Solved at "
                  f"once: all four outputs within {NEAR:g} of half the targets' distance, without retraining.")
    n, starts = sum(r["minima"] for r in rows), sum(r["starts"] for r in rows)
    counts = {"can be retrained from the minimum": np.sum([r["removable"] for r in rows], axis=0),
              "trains without it from the start": np.sum([r["from_start"] for r in rows], axis=0),
              **{f"removed by {m}": np.sum([r["removed"][m] for r in rows], axis=0) for m in METHODS}}
    of = {"trains without it from the start": starts}
    weights = Table("The nine weights", ["weight", *NAMES],
                    [[name, *(percent(int(c), of.get(name, n)) for c in values)] for name, values in counts.items()],
                    "u13, u23 and v3 are the biases. Shares of all minima, or of all starts.")
    return [rates, weights]
