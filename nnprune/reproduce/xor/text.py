"""What the XOR experiment has to say: statements, tables and notes, all computed from its rows."""

from __future__ import annotations

import numpy as np

from ..findings import Statement, Table
from .nets import BIASES, METHODS, NAMES, NEAR

SOURCE = "Hassibi & Stork 1992, section on XOR"


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


def ordered(rows):
    """For how many minima E(magnitude) >= E(OBD) >= E(OBS): (by the quadratic, as measured, of how many)."""
    counts = []
    for key in ("second", "rise"):
        magnitude, obd, obs = (np.concatenate([r[key][m] for r in rows]) for m in METHODS)
        slack = np.concatenate([r["slack"] for r in rows]) if key == "second" else 0
        rounding = 1e-9
        holds = (magnitude + rounding >= obd) & (obd + slack + rounding >= obs)
        counts.append(int(holds.sum()))
    return *counts, len(holds)


def statements(rows, seeds, settings):
    """The claims of the paper, one bool a seed."""
    by_seed = [[r for r in rows if r["seed"] == s] for s in seeds]
    small = [[r for r in group if r["width"] == min(settings.widths)] for group in by_seed]
    narrow = [r for r in rows if r["width"] == min(settings.widths)]

    def every(groups, key, method):
        return [total(g, key, method)[0] == total(g, key, method)[1] for g in groups]

    out = [Statement(f"{m} removes a wrong weight from some minima", [not h for h in every(by_seed, "right", m)],
                     f"a right one in {share(rows, 'right', m)}", SOURCE, _by_net(rows, m))
           for m in ("magnitude", "OBD")]
    width = f"±{min(settings.widths):g}"
    out += [
        Statement(f"OBS removes a right weight from every minimum reached from small weights ({width})",
                  every(small, "right", "OBS"), f"a right one in {share(narrow, 'right', 'OBS')}", SOURCE),
        Statement("OBS removes a right weight from every minimum, wide starts included",
                  every(by_seed, "right", "OBS"), f"a right one in {share(rows, 'right', 'OBS')}", SOURCE,
                  _why_wrong(rows)),
        Statement(f"the update of OBS solves XOR with no retraining, at every minimum reached from {width}",
                  every(small, "at_once", "OBS"), f"in {share(narrow, 'at_once', 'OBS')}", SOURCE, _why_not(rows)),
    ]
    second, measured, n = ordered(rows)
    out.append(Statement(
        "E(magnitude) >= E(OBD) >= E(OBS) to second order", [ordered(g)[0] == ordered(g)[2] for g in by_seed],
        f"by the quadratic in {second} of {n} minima ({percent(second, n)}); as measured in {measured} "
        f"({percent(measured, n)})", SOURCE, _ordering_note(rows)))
    return out


def _nets(rows):
    """The rows of each net and width, in order: {(activation, low, width): rows}."""
    groups = {}
    for r in rows:
        groups.setdefault((r["activation"], r["low"], r["width"]), []).append(r)
    return groups


def _by_net(rows, method):
    rates = [(total(g, "right", method), key) for key, g in _nets(rows).items() if total(g, "right", method)[1]]
    (low, key), (high, best) = min(rates, key=_rate), max(rates, key=_rate)
    return (f"by net and start from {percent(*low)} ({start_name(*key)}) to {percent(*high)} ({start_name(*best)})")


def _rate(item):
    (some, every), _ = item
    return some / every


def start_name(activation, low, width):
    """A kind of net and of start in words."""
    return f"{activation}, targets {low} and 1, starts ±{width:g}"


def _why_wrong(rows):
    """Words for where OBS errs, from the lengths of its steps."""
    right = np.concatenate([r["right"]["OBS"] for r in rows]).astype(bool)
    size = np.concatenate([r["size"]["OBS"] for r in rows])
    if right.all():
        return "no minimum was found at which it errs"
    where = [start_name(*key) for key, g in _nets(rows).items() if np.ptp(total(g, "right", "OBS")) > 0]
    return (f"it errs with {'; '.join(where)}. The median length of dw is {np.median(size[~right]):.2f} where it errs "
            f"and {np.median(size[right]):.2f} where it does not: H has rank {_ranks(rows)} of 9, so most L_q are 0 "
            f"but for the damping, and the shortest step along the flat directions wins, however far it is")


def _ranks(rows):
    ranks = sorted({k for r in rows for k in r["rank"]})
    return " or ".join(map(str, ranks))


def _why_not(rows):
    after = np.concatenate([r["right"]["OBS"] for r in rows]).astype(bool)
    once = np.concatenate([r["at_once"]["OBS"] for r in rows]).astype(bool)
    size = np.concatenate([r["size"]["OBS"] for r in rows])
    late = after & ~once
    if not late.any():
        return "wherever the weight was a right one, the update was enough"
    return (f"in {late.sum()} minima of all the weight was right but retraining was needed: dw is "
            f"{np.median(size[late]):.2f} long there (median), {np.median(size[once]):.2f} where none was needed")


def _ordering_note(rows):
    rises = {m: np.concatenate([r["rise"][m] for r in rows]) for m in METHODS}
    worse = float(np.mean(rises["OBD"] > rises["magnitude"]))
    size = {m: np.median(np.concatenate([r["size"][m] for r in rows])) for m in METHODS}
    medians = ", ".join(f"{m} {np.median(rises[m]):.3g}" for m in METHODS)
    return ("compared are dw'H dw / 2 of what each method does to the weights, at the same minimum, with H exact and "
            "undamped (OBS may be above by lambda/2 |dw|^2 of OBD, its damping's share). That order follows from the "
            "definitions: OBD minimises h_qq w_q^2 / 2 over the nine, and OBS over all moves that make a weight 0. It "
            f"is no order of the true errors: OBD's measured rise is above magnitude's in {100 * worse:.0f} % of the "
            f"minima (medians: {medians}). The weight that OBD removes has a median size of {size['OBD']:.2f}, "
            f"magnitude's {size['magnitude']:.2f}: its curvature h_qq where it stands says little about the way to 0")


def tables(rows):
    """The rates by net and width, and the nine weights."""
    body = []
    for (activation, low, width), g in _nets(rows).items():
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
              "trains without it from the start": np.sum([r["anew"] for r in rows], axis=0),
              **{f"removed by {m}": np.sum([r["removed"][m] for r in rows], axis=0) for m in METHODS}}
    of = {"trains without it from the start": starts}
    weights = Table("The nine weights", ["weight", *NAMES],
                    [[name, *(percent(int(c), of.get(name, n)) for c in values)] for name, values in counts.items()],
                    "u13, u23 and v3 are the biases. Shares of all minima, or of all starts.")
    return [rates, weights]


def notes(rows):
    """What brute force says of the argument, and how many weights are removable at a minimum."""
    able = np.sum([r["removable"] for r in rows], axis=0) + np.sum([r["anew"] for r in rows], axis=0)
    others = int(sum(able[q] for q in range(9) if q not in BIASES))
    n = sum(r["minima"] for r in rows)
    per = sum(sum(r["removable"]) for r in rows) / max(n, 1)
    agrees = ("agrees: none of the six other weights was ever removable" if others == 0 else
              f"does not agree: another weight was removable {others} times")
    chosen = ", ".join(f"{m} {share(rows, 'right', m)}" for m in METHODS)
    once = ", ".join(f"{m} {share(rows, 'at_once', m)}" for m in METHODS)
    return [f"Only the three biases can be right (the argument stands in `nnprune/reproduce/xor/run.py`), and brute "
            f"force {agrees}. On average {per:.2f} of the nine weights are removable at a minimum.",
            f"What is removed and how are two things. A right weight: {chosen}; by chance "
            f"{100 * per / 9:.0f} %. XOR solved with no retraining: {once}."]
