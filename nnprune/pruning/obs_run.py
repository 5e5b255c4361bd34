"""A run of Optimal Brain Surgeon, whatever its inverse: where it stops, what it takes, what it returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._util.checks import in_range, whole_number
from ..nn.layer_matrix import prunable
from ..nn.parameters import emptied
from .masks import sparsity_list
from .result import PruneResult, removal_groups


@dataclass(frozen=True, repr=False)  # PruneResult's one line is enough
class OBSResult(PruneResult):
    """A net pruned by Optimal Brain Surgeon.

    Attributes
    ----------
    net, removed, costs
        As of ``PruneResult``; the costs are the saliencies L_q.
    predicted_rise, measured_rise : float
        The sum of the L_q, and E(pruned) - E(before), both of the mean loss on (x, y).
    lambda_, condition : float
        Of the last Hessian taken: what was added to its diagonal, and its condition then, in the 1-norm.
    method : str
        Adds ", H = 0 after k removals" where nothing reached the outputs any more; the rest went by magnitude.
    stopped : str
        What ended the run: "count" (the sparsity or the number asked for), "max_predicted_rise" or
        "max_measured_rise".
    """

    predicted_rise: float = 0.0
    measured_rise: float = 0.0
    lambda_: float = 0.0
    condition: float = 1.0
    stopped: str = "count"


def operate(surgery, stops, refresh, limits, name, progress):
    """Remove one weight after another; a result at every stop, or what a limit allows of it."""
    results, stopped = [], "count"
    for stop in stops:
        while stopped == "count" and len(surgery.costs) < stop:
            stopped = surgery.remove_one(refresh, limits)
            if progress is not None:
                progress(len(surgery.costs), stops[-1])
        results.append(_result(surgery, name, stopped))
    return results


def _result(surgery, name, stopped):
    """What the surgery has reached."""
    net = surgery.current()
    name += "" if surgery.cut is None else f", H = 0 after {surgery.cut} removals"
    return OBSResult(net, np.array(surgery.removed, int).reshape(-1, 3), np.array(surgery.costs),
                     name + emptied(net), predicted_rise=surgery.predicted_rise,
                     measured_rise=net.loss(surgery.x, surgery.y) - surgery.loss,
                     lambda_=surgery.lambda_, condition=surgery.condition, stopped=stopped)


def removal_limits(**limits):
    """The limits by name, each None or checked to be a number of at least 0."""
    return {name: None if limit is None else in_range(name, limit, 0, np.inf) for name, limit in limits.items()}


def removal_stops(net, sparsity, n_remove, limits, prune_biases):
    """Rising numbers of removals at which a result is wanted, and whether only one result is."""
    if sparsity is None and n_remove is None and all(limit is None for limit in limits.values()):
        raise ValueError("nothing says when to stop: give sparsity, n_remove, max_predicted_rise or "
                         "max_measured_rise")
    most = sum(int(prunable(net, l, prune_biases).sum()) for l in range(len(net.weights)))
    if n_remove is not None and whole_number("n_remove", n_remove, 0) > most:
        raise ValueError(f"n_remove={n_remove}, but only {most} weights can go")
    most = most if n_remove is None else n_remove
    if sparsity is None:
        return [most], True
    values, single = sparsity_list(sparsity)
    return [min(removal_groups(net, s, "network", prune_biases)[0][1], most) for s in values], single
