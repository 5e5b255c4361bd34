"""The factors between the output error and the bound, by sparsity and by layer.

Means over the seeds are geometric: quotients stay exact.
"""

from __future__ import annotations

import numpy as np

from ..findings import Table

# A factor is the quotient of two rungs: its name, the two, and what the upper one takes for granted.
FACTORS = {
    "norms": ("frobenius", "spectral", "Frobenius norms instead of spectral ones"),
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
