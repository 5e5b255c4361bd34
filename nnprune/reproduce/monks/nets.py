"""The MONK's nets: trained to a minimum with weight decay, pruned weight by weight by three methods, and looked at."""

from __future__ import annotations

import warnings

import numpy as np

from ..._util.checks import NNPruneWarning
from ...datasets.monks import N_VALUES
from ...nn.compaction import compact, drop_dead
from ...nn.mlp import MLP
from ...pruning.magnitude import prune_magnitude
from ...pruning.obd import prune_obd
from ...pruning.obs import prune_obs
from .rules import agrees, find_rule, sentence

METHODS = ["OBS", "OBD", "magnitude"]
OF_INPUT = np.repeat(np.arange(1, 7), N_VALUES)  # which attribute each of the 17 inputs is about


def fit(net, x, y, decay, *, iterations=3000):
    """The net at a minimum of E + decay/2 |w|^2, all samples at once by L-BFGS: a new net."""
    from scipy.optimize import minimize  # only now: a quarter as long to import as all of nnprune
    net = net.copy()

    def objective(w):
        net.set_parameters(w)
        return net.loss(x, y) + decay / 2 * w @ w, net.gradient(x, y) + decay * w

    found = minimize(objective, net.parameters(), jac=True, method="L-BFGS-B",
                     options={"gtol": 1e-7, "ftol": 1e-14, "maxiter": iterations, "maxfun": 2 * iterations})
    net.set_parameters(found.x)
    return net


def start(sizes, activation, seed):
    """The net of a seed before training."""
    return MLP(sizes, activation=activation, loss="mse", rng=seed)


def samples(data):
    """Inputs in float64, labels: x_train, y_train, x_test, y_test."""
    return data.x_train.astype(float), data.y_train, data.x_test.astype(float), data.y_test


def n_remaining(net):
    """The weights and biases that are not pruned."""
    return sum(int(m.sum()) for m in net.masks + net.bias_masks)


def n_effective(net):
    """Those of them that have an effect: not those of a unit that nothing enters or nothing leaves."""
    return n_remaining(drop_dead(net))


def sequence(method, net, x, y, alpha):
    """The nets with 0, 1, 2, ... weights removed, down to a single one; ranked again after each removal.

    ``alpha`` is for OBS, which takes H + alpha I: where that is the weight decay, the Hessian of what was minimised.
    """
    n, nets = n_remaining(net), [net]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NNPruneWarning)  # down to a single weight: that layers are emptied is the task
        for k in range(1, n):
            if method == "OBS":
                nets.append(prune_obs(nets[-1], x, y, n_remove=1, damping=0, weight_decay=alpha, prune_biases=True).net)
            elif method == "OBD":
                nets.append(prune_obd(nets[-1], x, y, sparsity=k / n, prune_biases=True).net)
            else:
                nets.append(prune_magnitude(nets[-1], sparsity=k / n, prune_biases=True).net)
    return nets


def percent(net, x, y):
    """Accuracy in %."""
    return 100 * net.accuracy(x, y)


def smallest(nets, x, y, x_test, y_test):
    """The smallest net of a sequence that loses nothing, by two rules: the paper's, and one without test data.

    Returns
    -------
    both, train_only : int
        Places in the sequence: of the smallest net whose training *and* test accuracies are not below those of
        ``nets[0]``, and of the smallest whose training accuracy is not.
    """
    train, test = ([percent(n, *data) for n in nets] for data in ((x, y), (x_test, y_test)))
    keeps = [k for k in range(len(nets)) if train[k] >= train[0]]
    return max(k for k in keeps if test[k] >= test[0]), max(keeps)


def describe(net, data):
    """A net's figures, as JSON can hold them."""
    x, y, x_test, y_test = samples(data)
    return {"remaining": n_remaining(net), "effective": n_effective(net), "train": percent(net, x, y),
            "test": percent(net, x_test, y_test)}


def read_attributes(net):
    """The attributes that a path of weights still leads from to the output, counted from 1, rising."""
    c = compact(net)
    read = c.inputs[c.net.masks[0].any(axis=0)]
    return sorted({int(a) for a in OF_INPUT[read]})


def read_off(net, data):
    """The rule of a net as text, and how far it is right, as JSON can hold it."""
    decisions = net.predict(data.x_test.astype(float))
    rule = find_rule(decisions, read_attributes(net))
    return {"attributes": read_attributes(net), "sentence": sentence(decisions, read_attributes(net)),
            "agrees": None if rule is None else agrees(rule, decisions),
            "true": int((decisions == data.y_test).sum())}
