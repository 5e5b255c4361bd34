"""What is known of a pruning run: the order, the costs, who compensated, and the accuracy on the way.

A result has the order and the costs. How the other weights moved at each removal, and so what the net was like in
the middle of the run, it has not; that is recomputed here, where it can be, in one of three ways:

    "untouched"    no survivor differs from what it was (magnitude, OBD, random): no weight compensated
    "exact"        exact L-OBS on the samples ``pruned_on``: every unit is played again (``compensation``), and what
                   comes out must agree with the result's costs and weights, or it is not believed
    "unknown"      anything else (retraining, a stale inverse, full OBS): the accuracy is known only where there are
                   results, so pass all results of a pass
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from .._util.checks import is_net, net_inputs
from ..hessian.layer import input_hessian
from ..hessian.linalg import damp
from ..nn.layer_matrix import column_masks, columns, rebuilt
from ..nn.losses import checked_samples, labels_of
from ..pruning.lobs_exact import HERE
from ..pruning.masks import offsets
from .compensation import NOBODY, PARTNERS, replay_unit

TOGETHER = 10  # units that an executor plays again in one go
WATCHED = 10  # samples, one a class, at most
POINTS = 48  # of the accuracy's curve
AGREE = 1e-3  # relative difference up to which the costs and weights played again are those of the run


@dataclass(frozen=True)
class Recording:
    """A run as the page needs it; k removals.

    Attributes
    ----------
    sizes : tuple
        Of the net.
    columns : tuple
        Columns of every layer: its inputs, and one more for the bias.
    places : ndarray of shape (k,)
        What went: the place in the layers' matrices of shape (n_out, n_in + 1), raveled and put end to end.
    absent : ndarray
        The places that were empty before the run.
    total : int
        The number of weights; of weights and biases, where biases were removed.
    costs : ndarray of shape (k,)
    kind : {"untouched", "exact", "unknown"}
    weights, moved : ndarray of shape (k,)
        The weight when it went, and the sum of |dw| of the others; NaN where unknown.
    partners, changes : ndarray of shape (k, 3)
        Who moved most, and by how much.
    curve : list of (int, float)
        Removals, accuracy.
    watched : tuple (inputs, labels, said) or None
        Some samples, their classes, and what the net says of them at each point of the curve: probabilities, of
        shape (m, n_in), (m,), (points, m, c). None where the net does not tell classes by probabilities.
    method : str
    """

    sizes: tuple
    columns: tuple
    places: np.ndarray
    absent: np.ndarray
    total: int
    costs: np.ndarray
    kind: str
    weights: np.ndarray
    moved: np.ndarray
    partners: np.ndarray
    changes: np.ndarray
    curve: list
    watched: tuple | None
    method: str


def record(net, results, x, y, *, pruned_on=None, progress=None, map=HERE):
    """Everything that is known of a run; the arguments are those of ``write_replay``, ``map`` the ``executor_map``.

    Returns
    -------
    Recording
    """
    results = list(results) if isinstance(results, list | tuple) else [results]
    removed = _checked(net, results)
    last, k, d = results[-1], len(removed), [W.shape[1] + 1 for W in net.weights]
    starts = offsets([np.empty((len(W), n)) for W, n in zip(net.weights, d)])
    places = starts[removed[:, 0]] + removed[:, 1] * np.array(d)[removed[:, 0]] + removed[:, 2]
    steps = curve_steps(k, net.n_weights)
    kind, details, states = _details(net, last, removed, steps, pruned_on, progress, map)
    if kind == "unknown":
        nets = [(0, net)] + [(len(r.removed), r.net) for r in results]
    else:
        nets = [(int(n), state) for n, state in zip(steps, states)]
    nets = list(dict(nets).items())
    biases = (removed[:, 2] == np.array(d)[removed[:, 0]] - 1).any()
    total = net.n_weights + (sum(len(W) for W in net.weights) if biases else 0)
    return Recording(net.sizes, tuple(d), places, _absent(net, starts), int(total), last.costs, kind, *details,
                     curve_of(nets, x, y, progress), _watched(net, [state for _, state in nets], x, y), last.method)


def curve_of(nets, x, y, progress=None):
    """(removals, accuracy) of every (removals, net); one of several nets with the same count."""
    nets = list(dict(nets).items())
    curve = []
    for n, net in nets:
        curve.append((n, net.accuracy(x, y)))
        if progress is not None:
            progress("measuring the accuracy", len(curve), len(nets))
    return curve


def _watched(net, nets, x, y):
    """The first sample of each class that the dense net gets right, and what all nets say of them."""
    x, targets = checked_samples(net, x, y)
    labels = labels_of(targets, net.loss_name)
    if net.loss_name == "mse":
        return None
    right = np.flatnonzero(net.predict(x) == labels)
    few = right[np.unique(labels[right], return_index=True)[1]][:WATCHED]
    return (x[few], labels[few], np.array([state.predict_proba(x[few]) for state in nets])) if len(few) else None


def curve_steps(k, n):
    """Numbers of removals at which the accuracy is measured: evenly, and ever closer where few weights are left.

    Parameters
    ----------
    k : int
        Removals of the run.
    n : int
        Weights of the net.

    Examples
    --------
    >>> curve_steps(95, 100)[[0, 1, -2, -1]]
    array([ 0,  4, 94, 95])
    """
    even = np.linspace(0, k, POINTS // 2)
    close = n - np.geomspace(max(n - k, 1), n, POINTS // 2)  # weights left fall by the same factor from point to point
    steps = np.concatenate([even, close[(close > 0) & (close < k)], [k]])
    return np.unique(steps.round().astype(int))


def _checked(net, results):
    """The removals of the last result, if all results are of this net and of one pass; ValueError if not."""
    is_net(net)
    if not results:
        raise ValueError("there is no result to replay: the list is empty")
    for r in results:
        if not (hasattr(r, "removed") and hasattr(r, "net")):
            raise ValueError(f"result must be what a pruner returned (or a list of them), but it is a "
                             f"{type(r).__name__}")
        if r.net.sizes != net.sizes:
            raise ValueError(f"the result is of a {'-'.join(map(str, r.net.sizes))} net, but net is "
                             f"{'-'.join(map(str, net.sizes))}: pass the net as it was before pruning")
    removed = results[-1].removed
    for l in range(len(net.weights)):
        _, unit, column = rows = removed[removed[:, 0] == l].T
        pruned = ~column_masks(net, l)[unit, column]
        if pruned.any():
            raise ValueError(f"the result removes the weight {tuple(rows[:, pruned][:, 0].tolist())} (layer, unit, "
                             f"input), which is pruned in net already: pass the net as it was before pruning")
    for r, masks in zip(results, _masks_after(net, removed, [len(r.removed) for r in results])):
        if any((mask != column_masks(r.net, l)).any() for l, mask in enumerate(masks)):
            raise ValueError("the masks of the result are not those of net without the removed weights: pass the net "
                             "as it was before pruning, and results of one pass only, rising")
    return removed


def _absent(net, starts):
    """The places that are empty before the run: pruned weights. A layer without bias has its column empty, too."""
    found = []
    for l, W in enumerate(net.weights):
        present = np.zeros((len(W), W.shape[1] + 1), bool)
        mask = column_masks(net, l)
        present[:, :mask.shape[1]] = mask
        found.append(starts[l] + np.flatnonzero(~present))
    return np.concatenate(found)


def _details(net, result, removed, steps, pruned_on, progress, map):
    """The kind of the run; weights, moved, partners, changes of each removal; the nets after ``steps`` removals."""
    k = len(removed)
    before = [columns(net, l) for l in range(len(net.weights))]
    details = [np.full(k, np.nan), np.full(k, np.nan), np.full((k, PARTNERS), NOBODY), np.zeros((k, PARTNERS))]
    if all(np.array_equal(columns(result.net, l), np.where(column_masks(result.net, l), C, 0))
           for l, C in enumerate(before)):
        details[0] = np.array([before[l][unit, column] for l, unit, column in removed.tolist()], float)
        details[1][:] = 0
        return "untouched", details, _masked(net, removed, steps)
    # Only exact L-OBS reports on its layers; whether this was it, on these samples, the agreement below tells.
    if pruned_on is not None and result.damping is not None and result.layers:
        states = [np.zeros((len(steps), *C.shape)) for C in before]
        costs = _play(net, result, removed, steps, pruned_on, details, states, progress, map)
        same = np.allclose(costs, result.costs, rtol=AGREE, atol=AGREE * np.abs(result.costs).mean())
        final = [columns(result.net, l) for l in range(len(before))]
        if same and all(np.allclose(s[-1], C, rtol=0, atol=AGREE * np.abs(C).max()) for s, C in zip(states, final)):
            return "exact", details, _rebuilt(net, removed, steps, states)
        details = [np.full(k, np.nan), np.full(k, np.nan), np.full((k, PARTNERS), NOBODY), np.zeros((k, PARTNERS))]
    return "unknown", details, None


def _play(net, result, removed, steps, pruned_on, details, states, progress, map):
    """Play every unit again; fills ``details`` and ``states``, returns the costs."""
    costs, done = np.zeros(len(removed)), 0
    pruned_on = net_inputs(net, pruned_on, "pruned_on")
    for l, a in enumerate(net.layer_inputs(pruned_on)[0]):
        H = input_hessian(a, net.biases[l] is not None)
        live, H = np.diag(H) > 0, damp(H, result.damping)
        C, kept = columns(net, l), column_masks(net, l)
        rows = [np.flatnonzero((removed[:, 0] == l) & (removed[:, 1] == unit)) for unit in range(len(C))]
        units = [(C[unit], kept[unit], live, removed[of, 2], np.searchsorted(of, steps))
                 for unit, of in enumerate(rows)]
        parts = [units[i:i + TOGETHER] for i in range(0, len(units), TOGETHER)]
        for unit, played in enumerate(itertools.chain.from_iterable(map(_replay_units, [H], parts))):
            of = rows[unit]
            costs[of], states[l][:, unit] = played.costs, played.states
            for whole, part in zip(details, (played.weights, played.moved, played.partners, played.changes)):
                whole[of] = part
            done += 1
            if progress is not None:
                progress("who compensated, unit by unit", done, sum(net.sizes[1:]))
    return costs


def _replay_units(H, units):
    """``replay_unit`` for a few units of a layer."""
    return [replay_unit(H, *unit) for unit in units]


def _masks_after(net, removed, steps):
    """The column masks of all layers after so many removals, one list for every entry of ``steps``."""
    masks, done = [column_masks(net, l) for l in range(len(net.weights))], 0
    for n in steps:
        for l, mask in enumerate(masks):
            _, unit, column = removed[done:n][removed[done:n, 0] == l].T
            mask[unit, column] = False
        done = n
        yield [mask.copy() for mask in masks]


def _masked(net, removed, steps):
    """The nets of a run in which no weight compensates."""
    C = [columns(net, l) for l in range(len(net.weights))]
    return (rebuilt(net, C, masks) for masks in _masks_after(net, removed, steps))


def _rebuilt(net, removed, steps, states):
    """The nets of a run that was played again."""
    return (rebuilt(net, [s[i] for s in states], masks)
            for i, masks in enumerate(_masks_after(net, removed, steps)))
