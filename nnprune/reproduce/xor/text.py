"""The XOR experiment as text: statements and notes, computed from its rows."""

from __future__ import annotations

import numpy as np

from ..findings import Findings, Statement, seen
from .nets import BIASES, METHODS
from .tables import by_net, percent, share, start_name, tables, total

SOURCE = "Hassibi & Stork 1992, section on XOR"


def findings(rows, seeds, settings):
    """All that was found; ``rows`` is a list of what ``study`` returns, for every seed, net and width."""
    from .figures import figures  # only now: matplotlib takes half a second to import
    sees = seen([["magnitude", "none", "no", "-"], ["OBD", "the 4 cases", "yes", "-"],
                 ["OBS", "the 4 cases", "yes", f"{settings.damping:g} of H's mean diagonal, as alpha I"]])
    return Findings(statements=statements(rows, seeds, settings), tables=tables(rows), notes=notes(rows),
                    figures=figures(rows), seen=sees)


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


def _by_net(rows, method):
    rates = [(total(g, "right", method), key) for key, g in by_net(rows).items() if total(g, "right", method)[1]]
    (low, key), (high, best) = min(rates, key=_rate), max(rates, key=_rate)
    return (f"by net and start from {percent(*low)} ({start_name(*key)}) to {percent(*high)} ({start_name(*best)})")


def _rate(item):
    (some, every), _ = item
    return some / every


def _why_wrong(rows):
    """Words for where OBS errs, from the lengths of its steps."""
    right = np.concatenate([r["right"]["OBS"] for r in rows]).astype(bool)
    size = np.concatenate([r["size"]["OBS"] for r in rows])
    if right.all():
        return "no minimum was found at which it errs"
    where = [start_name(*key) for key, g in by_net(rows).items() if np.ptp(total(g, "right", "OBS")) > 0]
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


def notes(rows):
    """What brute force says of the argument, and how many weights are removable at a minimum."""
    able = np.sum([r["removable"] for r in rows], axis=0) + np.sum([r["from_start"] for r in rows], axis=0)
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
