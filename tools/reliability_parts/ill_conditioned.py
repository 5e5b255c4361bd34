"""Nets and inputs that are ill-conditioned in every way we could think of; used by ``test_ill_conditioned``, too."""

from __future__ import annotations

import re
import warnings

import numpy as np

import nnprune

SPARSITY = 0.6
# Errors that a user may get, all of them with a number and a remedy in them.
CLEAR = re.compile("is empty|damping > |training diverged|whose square is beyond float64|sane size|not finite in float|"
                   "it has no usable inverse: use damping|rounding made the inverse|no damping changes that")
SCALES = {"1e-12": 1e-12, "1e12": 1e12, "1e-30": 1e-30, "1e30": 1e30, "1e160": 1e160}
PICTURES = ["sound", *SCALES, "constant", "duplicated", "collinear", "all 0", "one sample", "no sample",
            "units from 1e-12 to 1e12"]
NETS = ["sound", "weights of 1e30", "a layer of zeros", "saturated", "weights of 1e160"]


def pictures(kind, dtype=np.float64):
    """Thirty samples of 7 inputs, ill-conditioned in one way."""
    x = np.random.default_rng(0).uniform(size=(30, 7))
    if kind in SCALES:
        x *= SCALES[kind]
    elif kind == "constant":
        x[:] = 0.5
    elif kind == "duplicated":
        x[:, 1] = x[:, 0]
    elif kind == "collinear":
        x[:, 2] = x[:, 0] + x[:, 1]
    elif kind == "all 0":
        x[:] = 0
    elif kind == "one sample":
        x = x[:1]
    elif kind == "no sample":
        x = x[:0]
    elif kind == "units from 1e-12 to 1e12":
        x *= 10.0 ** np.arange(-12, 13, 4)
    return x.astype(dtype)


def net_of(kind):
    """A 7-5-4-3 net, ill-conditioned in one way."""
    net = nnprune.MLP((7, 5, 4, 3), rng=1, activation="tanh" if kind == "saturated" else "relu")
    if kind == "weights of 1e30":
        net.weights[0] *= 1e30
    elif kind == "a layer of zeros":
        net.weights[1][:] = 0
    elif kind == "saturated":
        for W in net.weights:
            W *= 1e4
    elif kind == "weights of 1e160":
        net.weights[2] *= 1e160
    return net


def trained(net, x, y):
    """A few steps of training, as if it were a pruner."""
    net = net.copy()
    nnprune.train(net, x, y, epochs=2, batch_size=8)
    return net


METHODS = {
    "L-OBS": lambda net, x, y: nnprune.prune_lobs(net, x, sparsity=SPARSITY),
    "L-OBS, undamped": lambda net, x, y: nnprune.prune_lobs(net, x, sparsity=SPARSITY, damping=0),
    "L-OBS, on the pruned inputs": lambda net, x, y: nnprune.prune_lobs(net, x, sparsity=SPARSITY, inputs="pruned"),
    "L-OBS, stale": lambda net, x, y: nnprune.prune_lobs(net, x, sparsity=SPARSITY, inverse="shared",
                                                       refresh=5),
    "OBS": lambda net, x, y: nnprune.prune_obs(net, x, y, sparsity=SPARSITY, refresh=10),
    "OBS, exact Hessian": lambda net, x, y: nnprune.prune_obs(net, x, y, sparsity=SPARSITY, hessian="exact",
                                                              refresh=None),
    "OBS, factored": lambda net, x, y: nnprune.prune_obs_factored(net, x, y, sparsity=SPARSITY),
    "OBD": lambda net, x, y: nnprune.prune_obd(net, x, y, sparsity=SPARSITY),
    "SNIP": lambda net, x, y: nnprune.prune_snip(net, x, y, sparsity=SPARSITY),
    "training": trained,
}


def problems(nets=NETS, kinds=PICTURES):
    """(name, method, net, x, y) of every combination."""
    for kind_of_net in nets:
        for kind in kinds:
            for dtype in (np.float64, np.float32) if kind != "1e160" else (np.float64,):  # float32 ends at 3e38
                x, net = pictures(kind, dtype), net_of(kind_of_net)
                for name, method in METHODS.items():
                    what = f"{name}, net: {kind_of_net}, inputs: {kind}, {np.dtype(dtype)}"
                    yield what, method, net, x, np.arange(len(x)) % 3


def outcome(name, method, net, x, y):
    """ "answer" if it is one in form, "clear error", or what is wrong."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", nnprune.NNPruneWarning)  # they are words to the user, and no error
            r = method(net, x, y)
    except ValueError as error:
        return "clear error" if CLEAR.search(str(error)) else f"ValueError: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    new = getattr(r, "net", r)
    if not np.isfinite(new.parameters()).all():
        return "weights that are not finite"
    if new is r:
        return "answer"
    if not (np.isfinite(r.costs).all() and (r.costs >= 0).all()):
        return f"costs from {r.costs.min()} to {r.costs.max()}"
    removed = sum(int((~m).sum()) for m in new.masks)
    return "answer" if removed == round(SPARSITY * net.n_weights) else f"{removed} weights removed"
