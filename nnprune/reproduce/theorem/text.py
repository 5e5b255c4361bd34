"""What ``theorem`` measured as tables and words. Means over the seeds are geometric: quotients stay exact."""

from __future__ import annotations

import numpy as np

from ..findings import Table

# A factor is the quotient of two rungs: its name, the two, and what the upper one takes for granted.
FACTORS = {
    "norms": ("frobenius", "spectral", "Frobenius norms in the place of spectral ones"),
    "direction": ("spectral", "stretched", "the error taken to lie in the direction that each layer stretches most"),
    "slopes": ("stretched", "summed", "all slopes taken to be 1, as if no unit were dead to the error"),
    "cancelling": ("summed", "error", "the layers' errors taken to add up"),
}
OF_LAYER = ("norms", "direction", "slopes")  # a single layer has nothing to cancel against


def quotient(m, high, low):
    """``m[high] / m[low]``; 1 where there is no error at all."""
    return m[high] / m[low] if m[low] else (np.inf if m[high] else 1.0)


def factors(m, names=tuple(FACTORS)):
    """The factors of one measurement; their product is bound / error."""
    return {name: quotient(m, *FACTORS[name][:2]) for name in names}


def geometric(values):
    """The geometric mean; 0 where one value is."""
    with np.errstate(divide="ignore"):
        return float(np.exp(np.mean(np.log(values))))


def by_sparsity(rows):
    """``rows[seed][sparsity]`` -> for every sparsity the list over the seeds."""
    return list(zip(*rows))


def mean_factors(at):
    """Geometric means of the factors over the seeds, at one sparsity."""
    return {name: geometric([factors(m)[name] for m in at]) for name in FACTORS}


def tables(rows):
    """The table by sparsity, and the one by sparsity and layer."""
    return [_net_table(rows), _layer_table(rows)]


def _net_table(rows):
    lines = []
    for at in by_sparsity(rows):
        mean = {name: geometric([m[name] for m in at]) for name in ("error", "frobenius", "size")}
        ratio = geometric([quotient(m, "frobenius", "error") for m in at])
        lines.append([f"{at[0]['sparsity']:.2f}", *(f"{mean[k]:.3g}" for k in mean), f"{ratio:.3g}",
                      *(f"{v:.3g}" for v in mean_factors(at).values())])
    caption = "; ".join(f"*{name}*: {says}" for name, (_, _, says) in FACTORS.items())
    return Table("How loose the bound is, and why",
                 ["sparsity", "error", "bound", "size of the output", "bound / error",
                  *(f"= {name}" if name == "norms" else f"x {name}" for name in FACTORS)], lines,
                 f"Errors are 1/sqrt(n) times Frobenius norms; geometric means over the seeds. {caption}.")


def _layer_table(rows):
    lines = []
    for at in by_sparsity(rows):
        for k in range(len(at[0]["layers"])):
            layers = [m["layers"][k] for m in at]
            alone = [layer["alone"] for layer in layers]
            lines.append([f"{at[0]['sparsity']:.2f}", str(k), f"{np.mean([v['removed'] for v in layers]):.3f}",
                          *(f"{geometric([v[name] for v in layers]):.3g}" for name in ("start", "summed", "frobenius")),
                          f"{geometric([quotient(v, 'frobenius', 'summed') for v in layers]):.3g}",
                          *(f"{geometric([factors(v, OF_LAYER)[name] for v in layers]):.3g}" for name in OF_LAYER),
                          *(f"{geometric([v[name] for v in alone]):.3g}" for name in ("error", "frobenius")),
                          f"{geometric([quotient(v, 'frobenius', 'error') for v in alone]):.3g}"])
    return Table("Layer by layer", ["sparsity", "layer", "removed", "sqrt(dE)", "arrives", "summand", "quotient",
                 "= norms", "x direction", "x slopes", "alone: error", "alone: bound", "alone: quotient"], lines,
                 "*Arrives*: what is left of the layer's error at the output, behind the pruned later layers; "
                 "*summand*: the layer's part of the bound. *Alone*: only this layer is pruned, the later ones are as "
                 "they were.")


def findings_in_words(rows):
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
