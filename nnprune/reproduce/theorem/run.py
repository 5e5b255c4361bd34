"""Theorem 3.2 of L-OBS against what happens: how loose the bound is, and where its looseness comes from.

    letter   meaning                                                                   shape
    W, W^    a layer's weights before and after pruning                                (n_out, n_in)
    A_k      the inputs of layer k in the unpruned net                                 (n, d)
    dE_k     1/n |A_k W^_k' - A_k W_k'|_F^2, biases included (no 1/2: sqrt(2E))        float
    Z, Z^    the output of the net, before and after                                   (n, c)
    c_k      what layer k's error is when it has arrived at the output                 (n, c)
    g        how far the weights W^_l of a later layer stretch the error there         float

The theorem (Dong, Chen & Pan, NIPS 2017) says

    1/sqrt(n) |Z^ - Z|_F  <=  sum_k (prod_{l>k} |W^_l|_F) sqrt(dE_k).

Its proof goes from the unpruned net to the pruned one by putting in one pruned layer at a time, the last one first:
Z^ - Z = sum_k c_k, exactly, where c_k is the error that layer k makes on its *unpruned* inputs, sent through the
*pruned* layers behind it. So the way from the error up to the bound has four steps, which can be measured one by one:

    error       1/sqrt(n) |sum_k c_k|_F
    summed      sum_k 1/sqrt(n) |c_k|_F              the errors of the layers do not cancel
    stretched   sum_k (prod g) sqrt(dE_k)            no unit is dead to the error: all slopes are 1
    spectral    sum_k (prod |W^_l|_2) sqrt(dE_k)     the error has the direction that W^_l stretches most
    frobenius   sum_k (prod |W^_l|_F) sqrt(dE_k)     W^_l stretches every direction so: the bound

On the way a unit's activation passes on a share of the error of at most 1 (every slope is at most 1), and then the
weights stretch what is left by g <= |W^_l|_2 <= |W^_l|_F. No rung is below the one above it in this list, and the
quotients of neighbours, the *factors*, multiply up to bound / error, exactly.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ...nn.activations import ACTIVATIONS
from ...pruning.lobs import prune_lobs
from ..job import trained_net
from .text import findings

TITLE = "Theorem 3.2 of Dong, Chen & Pan (NIPS 2017): the bound, the error, and what lies between"
DATA = "mnist"
SETTINGS = {"seeds": 3, "hidden": [300, 100], "epochs": 10, "learning_rate": 0.1, "weight_decay": 1e-4,
            "calibration": 10_000, "sparsities": [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98]}
QUICK = {"seeds": 2, "hidden": [20, 15], "epochs": 3, "calibration": 500, "sparsities": [0.5, 0.9, 0.98]}

# From the error up to the bound, and what each step up gives away.
RUNGS = ("error", "summed", "stretched", "spectral", "frobenius")


def run(job):
    """Prune by exact L-OBS over the whole net, and measure all rungs at every sparsity."""
    job.expect(2 * len(job.seeds))
    return findings(job.map(one_seed, {f"seed {seed}": (seed,) for seed in job.seeds}), job.settings)


def one_seed(job, seed):
    """What ``_pruned_and_measured`` finds of one net."""
    data, s = job.mnist(), job.settings
    net = job.net(f"seed {seed}, dense", partial(trained_net, data.x_train, data.y_train, s, seed))
    return job.step(f"seed {seed}, pruned and measured",
                    partial(_pruned_and_measured, job, net, data.x_train[:s.calibration], seed))


def _pruned_and_measured(job, net, x, seed):
    """A list of ``measure``'s dicts, one a sparsity."""
    progress = job.progress(f"seed {seed}, exact L-OBS")
    results = prune_lobs(net, x, sparsity=job.settings.sparsities, progress=progress)
    progress.close()
    return [measure(net, r.net, x) for r in results]


def measure(net, pruned, x):
    """All rungs, for the net and for each of its layers.

    Parameters
    ----------
    net, pruned : MLP
        Of the same sizes.
    x : ndarray of shape (n, n_in)

    Returns
    -------
    dict
        ``sparsity``; ``size``, 1/sqrt(n) |Z|_F; every name of ``RUNGS``; and ``layers``, a list of dicts with

        removed   the share of the layer's weights that is gone
        fan       the product of the numbers of inputs of the layers behind it
        start     sqrt(dE_k)
        summed, stretched, spectral, frobenius   this layer's summands
        alone     the rungs with this layer pruned and the others as they were: "error" is what "summed" is above
    """
    x = np.asarray(x, dtype=np.float64)  # figures that agree to rounding are compared
    (inputs, z), f = net.layer_inputs(x), ACTIVATIONS[net.activation].f
    layers = []
    for k, a in enumerate(inputs):
        behind = range(k + 1, len(inputs))
        together, alone = (follow(a, parts(net, k), parts(pruned, k), [parts(later, l) for l in behind], f)
                           for later in (pruned, net))
        alone["error"] = alone.pop("summed")
        layers.append({**together, "alone": alone, "removed": 1 - float(pruned.masks[k].mean()),
                       "fan": int(np.prod([net.sizes[l] for l in behind]))})
    found = {rung: sum(layer[rung] for layer in layers) for rung in RUNGS[1:]}
    return {**found, "error": rms(pruned.forward(x) - z), "size": rms(z), "sparsity": pruned.sparsity,
            "layers": layers}


def follow(a, old, new, later, f):
    """Follow one layer's error to the output, with a tally for each way of estimating it.

    Parameters
    ----------
    a : ndarray of shape (n, d)
        The layer's inputs.
    old, new : (W, b)
        The layer before and after.
    later : list of (W, b)
        The layers behind it.
    f : callable
        The activation between them.

    Returns
    -------
    dict
        ``start``, ``summed``, ``stretched``, ``spectral``, ``frobenius``.
    """
    u, u_new = pass_on(a, old), pass_on(a, new)  # (n, n_out)
    start = rms(u_new - u)
    tally = {"start": start, "stretched": start, "spectral": start, "frobenius": start}
    for W, b in later:
        before, after = f(u, out=u), f(u_new, out=u_new)
        u, u_new = pass_on(before, (W, b)), pass_on(after, (W, b))
        arriving = rms(after - before)
        # g = |moved W'| / |moved|; an error that all dead units have swallowed leaves nothing to stretch.
        tally["stretched"] *= rms(u_new - u) / arriving if arriving else 1.0
        tally["spectral"] *= float(np.linalg.norm(W, 2))
        tally["frobenius"] *= float(np.linalg.norm(W))
    return {**tally, "summed": rms(u_new - u)}


def parts(net, l):
    """(W, b) of layer l; b is 0 where there are no biases."""
    return net.weights[l], 0.0 if net.biases[l] is None else net.biases[l]


def pass_on(a, layer):
    """The layer's pre-activations: (n, d) -> (n, n_out)."""
    W, b = layer
    return a @ W.T + b


def rms(a):
    """1/sqrt(n) |a|_F of a matrix with n rows."""
    return float(np.linalg.norm(a) / np.sqrt(len(a)))
