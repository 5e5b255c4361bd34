"""One-shot pruning without retraining of 784-40-20-10 nets without biases, beside the table of the CHITA paper.

The paper has one net, of 93.97 %. Net and images are those of WoodFisher and CBS before it: 784-40-20-10,
no biases, images as (x - 0.1307) / 0.3081. Ours are five nets trained by plain SGD to about as much, and five trained
until they are done, on images of the same scale. (With that scale no input is ever dead: a dark pixel is -0.42.)

    method                        H of what                         images     labels   H taken
    magnitude                     nothing                           none       no       -
    OBD                           the loss, its diagonal            10,000     no       once
    factored OBS                  the loss, Fisher matrix           300        yes      every 500 removals
    exact L-OBS                   each layer's error                10,000     no       once
    the same, pruned inputs       each layer's error                10,000     no       once
    L-OBS then OBS                that, then Gauss-Newton           and 1,000  no       every 100 removals from 0.95 on
    L-OBS, Gauss-Newton steps     that, then the loss, with labels  55,000     yes      every step

The last row is no pruning in one shot, but what CHITA++ is to be compared with, which uses labels and many stages: from
0.9 on (below, the matrix of the survivors takes gigabytes) L-OBS on the pruned net's inputs, some Gauss-Newton steps on
what survives, L-OBS to the next sparsity, and so on. No step of gradient descent is taken. A few thousand weights fit
20,000 images too well after a few steps on the same, so every step has 20,000 others, and the state with the
smallest loss on 5,000 images that no step sees is the one that goes on. (The dense net was trained on these, too.)

What was chosen: learning rates and epochs, the samples, damping and refresh of the factored OBS, the two stages, and
steps, damping and decay with labels, on 10,000 of the training images kept apart, from nets that had not seen them. The
nets here see all 60,000. `benchmarks/one_shot_choices.py` measures the choices again.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np

from ...hessian.gauss_newton_steps import train_gauss_newton
from ...nn.mlp import MLP
from ...nn.sgd import train
from ...pruning.lobs import prune_lobs
from ...pruning.magnitude import prune_magnitude
from ...pruning.obd import prune_obd
from ...pruning.obs import prune_obs
from ...pruning.obs_factored import prune_obs_factored
from .tables import TRAINED
from .text import findings

TITLE = "One-shot pruning of 784-40-20-10 nets: the table of the CHITA paper (Benbaki et al., ICML 2023)"
DATA = "mnist"
SETTINGS: dict[str, Any] = {
    "seeds": 5, "factored_seeds": 3, "hidden": [40, 20], "sparsities": [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98],
    "nets": {"94 %": {"epochs": 5, "learning_rate": 0.05, "momentum": 0.0, "weight_decay": 0.0},
             "converged": {"epochs": 20, "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 5e-4}},
    "calibration": 10_000, "damping": 1e-4,
    "factored": {"samples": 300, "refresh": 500, "damping": 0.1},
    "two_stage": {"at": 0.95, "samples": 1000, "refresh": 100, "damping": 0.1},
    "labels": {"nets": ["94 %"], "images": 20_000, "validation": 5000, "weight_decay": 1e-4,
               "stages": [{"sparsity": 0.9, "steps": 10, "damping": 0.7},
                          {"sparsity": 0.95, "steps": 4, "damping": 0.1},
                          {"sparsity": 0.98, "steps": 6, "damping": 0.01}]},
}
QUICK = {"seeds": 2, "factored_seeds": 1, "hidden": [10, 8], "calibration": 1000, "sparsities": [0.5, 0.9, 0.95, 0.98],
         "nets": {"94 %": {"epochs": 10, "learning_rate": 0.1, "momentum": 0.0, "weight_decay": 0.0},
                  "converged": {"epochs": 5, "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 5e-4}},
         "factored": {"samples": 100, "refresh": 2000, "damping": 0.1},
         "two_stage": {"at": 0.95, "samples": 200, "refresh": 100, "damping": 0.1},
         "labels": {**SETTINGS["labels"], "images": 1000, "validation": 500}}
# The scale of the published nets' images: mean and standard deviation of MNIST's pixels.
MEAN, STD = 0.1307, 0.3081


def run(job):
    """Train every net, prune it by every method, measure on the test images."""
    s = job.settings
    factored_seeds = job.seeds[:s.factored_seeds]
    items = {f"{name} net, seed {seed}": (name, seed, [m for m in METHODS if (m != "obs-factored"
                                                       or seed in factored_seeds)
                                                       and (m != TRAINED or name in s.labels["nets"])])
             for name in s.nets for seed in job.seeds}
    job.expect(sum(1 + len(methods) for *_, methods in items.values()))
    found = {name: {"dense": []} for name in s.nets}
    for (name, *_), rows in zip(items.values(), job.map(one_net, items)):
        for row, accuracy in rows.items():
            found[name].setdefault(row, []).append(np.array(accuracy, float))  # None, not measured, becomes NaN
    return findings(found, s)


def one_net(job, name, seed, methods):
    """One net, trained and pruned: its test accuracy in %, "dense", and that of each row at all sparsities."""
    data, of = scaled(job.mnist()), f"{name} net, seed {seed}"
    net = job.net(f"{of}, dense", lambda: _trained(data, job.settings.hidden, job.settings.nets[name], seed))
    rows = {"dense": 100 * net.accuracy(data.x_test, data.y_test)}
    for method in methods:
        rows |= job.step(f"{of}, {method}", lambda m=method: _measured(job, m, net, data))
    return rows


@functools.lru_cache(maxsize=1)
def scaled(data):
    """The data with their images as the published nets see them."""
    x_train, x_test = ((x - np.float32(MEAN)) / np.float32(STD) for x in (data.x_train, data.x_test))
    return replace(data, x_train=x_train, x_test=x_test)


def _trained(data, hidden, training, seed):
    net = MLP((data.x_train.shape[1], *hidden, int(data.y_train.max()) + 1), biases=False, rng=seed)
    train(net, data.x_train, data.y_train, rng=seed, **training)
    return net


def _measured(job, method, net, data):
    """Test accuracies in % of one step's methods at all sparsities: {row: [...]}, None where there is no net."""
    results = METHODS[method](net, data, job.settings, job.progress(method))
    return {row: [None if r is None else 100 * r.net.accuracy(data.x_test, data.y_test) for r in of]
            for row, of in results.items()}


def _magnitude(net, data, s, progress):
    return {"magnitude": prune_magnitude(net, sparsity=s.sparsities)}


def _obd(net, data, s, progress):
    x, y = data.x_train[:s.calibration], data.y_train[:s.calibration]
    return {"obd": prune_obd(net, x, y, sparsity=s.sparsities)}


def _factored(net, data, s, progress):
    """The Fisher matrix has one row a sample, ten times as many samples as Gauss-Newton in the same memory."""
    n = s.factored["samples"]
    results = prune_obs_factored(net, data.x_train[:n], data.y_train[:n], sparsity=s.sparsities, hessian="fisher",
                                 refresh=s.factored["refresh"], damping=s.factored["damping"], progress=progress)
    progress.close()
    return {"obs-factored": results}


def _lobs(net, data, s, progress):
    return {"lobs-exact": prune_lobs(net, data.x_train[:s.calibration], sparsity=s.sparsities, damping=s.damping)}


def _lobs_and_obs(net, data, s, progress):
    """L-OBS on the pruned net's inputs; and two-stage: its result at one sparsity, pruned further by the full OBS."""
    n, at = s.two_stage["samples"], s.two_stage["at"]
    lobs = prune_lobs(net, data.x_train[:s.calibration], sparsity=s.sparsities, damping=s.damping, inputs="pruned")
    handed = lobs[s.sparsities.index(at)]
    obs = prune_obs(handed.net, data.x_train[:n], data.y_train[:n], sparsity=[q for q in s.sparsities if q > at],
                    refresh=s.two_stage["refresh"], damping=s.two_stage["damping"], progress=progress)
    progress.close()
    return {"lobs-pruned": lobs, "two-stage": [*lobs[:s.sparsities.index(at) + 1], *obs]}


def _with_labels(net, data, s, progress):
    """From the first stage's sparsity on L-OBS and Gauss-Newton steps by turns; None at the sparsities before it."""
    g, stages, results = s.labels, s.labels["stages"], {}
    n_train, total = len(data.x_train) - g["validation"], sum(stage["steps"] for stage in stages)
    apart, draws, done = (data.x_train[n_train:], data.y_train[n_train:]), _draws(n_train, g["images"], 0), 0
    for stage in stages:
        pruned = prune_lobs(net, data.x_train[:s.calibration], sparsity=stage["sparsity"], damping=s.damping,
                            inputs="pruned")
        net, now, best = pruned.net, pruned.net.copy(), pruned.net.loss(*apart)
        for _ in range(stage["steps"]):
            rows = next(draws)
            train_gauss_newton(now, data.x_train[rows], data.y_train[rows], steps=1, damping=stage["damping"],
                               weight_decay=g["weight_decay"], validation=0, progress=False)
            done += 1
            progress(done, total)
            if (loss := now.loss(*apart)) < best:
                net, best = now.copy(), loss
        results[stage["sparsity"]] = replace(pruned, net=net)
    progress.close()
    return {TRAINED: [results.get(q) for q in s.sparsities]}


def _draws(n_images, n, rng):
    """The places of n of the images, different ones as long as there are enough, again and again."""
    rng, n = np.random.default_rng(rng), min(n, n_images)
    while True:
        order = rng.permutation(n_images)
        yield from (order[i:i + n] for i in range(0, n_images - n + 1, n))


METHODS = {"magnitude": _magnitude, "obd": _obd, "obs-factored": _factored, "lobs-exact": _lobs,
           "lobs-pruned": _lobs_and_obs, TRAINED: _with_labels}
