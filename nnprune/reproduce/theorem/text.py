"""Theorem 3.2 as text: statements that must hold, and what makes the bound loose."""

from __future__ import annotations

import numpy as np

from ..findings import Findings, Statement, seen
from .tables import FACTORS, by_sparsity, geometric, mean_factors, quotient, tables

SOURCE = "Dong, Chen & Pan, NIPS 2017, Theorem 3.2"
ROUNDING = 1e-9  # relative: what is an equality in exact arithmetic


def findings(rows, s):
    """``rows[seed][sparsity]`` as statements, tables, notes and a figure; ``s``: the settings."""
    from .figures import figures  # only now: matplotlib takes half a second to import
    n = len(rows[0])
    smallest = min(quotient(m, "frobenius", "error") for of_seed in rows for m in of_seed)
    alone = [[layer["alone"] for m in of_seed for layer in m["layers"]] for of_seed in rows]
    last = [[m["layers"][-1]["alone"] for m in of_seed] for of_seed in rows]
    statements = [
        Statement("The output error is at most the bound", evidence=f"{n} sparsities a seed; the smallest "
                  f"bound / error is {smallest:.3g}", source=SOURCE,
                  holds=[all(_holds(m["error"], m["frobenius"]) for m in of_seed) for of_seed in rows]),
        Statement("The same with one layer pruned and the others left alone", source=SOURCE,
                  holds=[all(_holds(a["error"], a["frobenius"]) for a in of_seed) for of_seed in alone],
                  evidence=f"{len(alone[0])} nets a seed"),
        Statement("With the last layer alone pruned, the bound is the error: sqrt(2E) is the right factor, sqrt(E) "
                  "would be below the error", source=SOURCE,
                  holds=[all(_excess(a) <= ROUNDING for a in of_seed) for of_seed in last],
                  evidence=f"largest |bound / error - 1|: {max(_excess(a) for s in last for a in s):.1g}"),
    ]
    return Findings(statements=statements, tables=tables(rows), notes=notes(rows), figures=figures(rows),
                    seen=seen([["exact L-OBS, and every error and norm", f"{s.calibration:,}", "no", "0.001"]]))


def _holds(error, bound):
    return error <= bound * (1 + ROUNDING)


def _excess(alone):
    """|bound / error - 1|; 0 where there is no error, and no bound."""
    return abs(quotient(alone, "frobenius", "error") - 1)


def notes(rows):
    """Paragraphs, each computed from the rows."""
    return [_looseness(rows), _largest(rows), _shares(rows), _random_direction(rows)]


def _looseness(rows):
    at, s = by_sparsity(rows), [m["sparsity"] for m in rows[0]]
    ratios = [geometric([quotient(m, "frobenius", "error") for m in one]) for one in at]
    low, high = int(np.argmin(ratios)), int(np.argmax(ratios))
    empty = [value for value, one in zip(s, at) if geometric([m["frobenius"] / m["size"] for m in one]) > 1]
    says = (f"The bound is {ratios[low]:.3g} (sparsity {s[low]:.2f}) to {ratios[high]:.3g} (sparsity {s[high]:.2f}) "
            f"times the error.")
    if not empty:
        return says + " It stays below the size of the output itself at every sparsity."
    where = ", ".join(f"{v:.2f}" for v in empty)
    return says + (f" At {len(empty)} of {len(s)} sparsities ({where}) it is larger than the output itself, and so "
                   f"would hold just as well for a net that answers 0 to everything.")


def _largest(rows):
    """Which factor is the largest, where, and what the others amount to."""
    means = [mean_factors(at) for at in by_sparsity(rows)]
    leaders = [max(m, key=m.get) for m in means]
    where = {name: [f"{m['sparsity']:.2f}" for m, lead in zip(rows[0], leaders) if lead == name] for name in leaders}
    says = "; ".join(f"{name} ({', '.join(values)})" for name, values in where.items())
    ranges = "; ".join(f"{name} {min(m[name] for m in means):.3g} to {max(m[name] for m in means):.3g}"
                       for name in FACTORS)
    return f"The largest factor, with the sparsities where it is: {says}. The factors range: {ranges}."


def _shares(rows):
    """What each layer has of the bound, and of the errors that arrive."""
    every, lines = [m for of_seed in rows for m in of_seed], []
    for k in range(len(every[0]["layers"])):
        ranges = [[100 * m["layers"][k][name] / m[name] for m in every if m[name]] or [0]
                  for name in ("frobenius", "summed")]
        lines.append(f"layer {k} " + " and ".join(f"{min(v):.0f} to {max(v):.0f} %" for v in ranges))
    return ("Shares of the layers in the bound, and in the sum of the errors as they arrive, over all sparsities and "
            f"seeds: {'; '.join(lines)}.")


def _random_direction(rows):
    """|W|_F against what a layer does to an error of random direction: sqrt(n_in) each crossing."""
    every = [m["layers"] for of_seed in rows for m in of_seed]
    lines = [f"layer {k}: {geometric([quotient(v[k], 'frobenius', 'stretched') for v in every]):.3g} measured, "
             f"{np.sqrt(every[0][k]['fan']):.3g} for a random direction" for k in range(len(every[0]) - 1)]
    return ("An error whose direction is random is stretched by |W|_F / sqrt(inputs) at each crossing of a layer, so "
            "norms x direction would be the product of sqrt(inputs) over the later layers. Geometric means over seeds "
            f"and sparsities: {'; '.join(lines)}.")
