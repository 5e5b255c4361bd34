"""How much damping the full OBS needs, and how many Hessians: python benchmarks/obs_defaults.py

Nets of 36-30-20-10 for the synthetic digits (6 x 6 pixels, means of 4 x 4), trained on 4,000 of them, pruned by
``prune_obs`` on the first 1,000 to sparsity 0.7 and 0.9 in one pass. Accuracies are those on 2,000 images kept apart
from training, on which the defaults are chosen; a test part is not read. Some lines have the net of seed 0 in other
units: inputs times 0.01, the first layer's weights times 100. About 15 minutes on one core, ``--seeds 1`` a third.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np

from nnprune import MLP, NNPruneWarning, make_digits, prune_obs, train

DAMPINGS, REFRESHES = (1e-2, 1e-1, 3e-1, 1.0), (None, 200, 100, 50, 20, 10)
SPARSITIES, CALIBRATION, REFRESH, DAMPING = [0.7, 0.9], 1000, 20, 0.1


def pooled(x):
    """28 x 28 images without their border, as the means of 4 x 4 pixels: (n, 784) -> (n, 36)."""
    return x.reshape(-1, 28, 28)[:, 2:26, 2:26].reshape(-1, 6, 4, 6, 4).mean(axis=(2, 4)).reshape(-1, 36)


def other_units(net, c):
    """The same function of inputs times c."""
    return MLP.from_arrays([net.weights[0] / c, *net.weights[1:]], net.biases, net.activation)


def line(net, x, y, x_apart, y_apart, **options):
    """Validation accuracies in percent at both sparsities, and the seconds, as text."""
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NNPruneWarning)  # that a pruned net is far from its quadratic is the point here
        results = prune_obs(net, x[:CALIBRATION], y[:CALIBRATION], sparsity=SPARSITIES, **options)
    return (" ".join(f"{100 * r.net.accuracy(x_apart, y_apart):5.1f}" for r in results)
            + f"  {time.perf_counter() - begin:6.1f} s")


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    data = make_digits(6000, 1, rng=0)
    x, y = pooled(data.x_train.astype(np.float64)), data.y_train
    parts = x[:4000], y[:4000], x[4000:], y[4000:]
    nets = {(activation, seed): MLP((36, 30, 20, 10), activation=activation, rng=seed)
            for activation in ("relu", "tanh") for seed in range(seeds)}
    for (activation, seed), net in nets.items():
        train(net, *parts[:2], epochs=30, rng=seed)
        print(f"{activation} seed {seed} dense {100 * net.accuracy(*parts[2:]):.1f}", flush=True)
    for (activation, seed), net in nets.items():
        for refresh in REFRESHES if seed < 2 else ():
            print(f"{activation} seed {seed} damping {DAMPING:<5} refresh {refresh!s:4} "
                  f"{line(net, *parts, refresh=refresh, damping=DAMPING)}", flush=True)
    for (activation, seed), net in nets.items():
        for damping in DAMPINGS:
            print(f"{activation} seed {seed} damping {damping:<5} refresh {REFRESH} "
                  f"{line(net, *parts, refresh=REFRESH, damping=damping)}", flush=True)
            if seed == 0:
                scaled = (0.01 * parts[0], parts[1], 0.01 * parts[2], parts[3])
                print(f"{activation} seed {seed} damping {damping:<5} refresh {REFRESH} inputs x 0.01 "
                      f"{line(other_units(net, 0.01), *scaled, refresh=REFRESH, damping=damping)}", flush=True)


if __name__ == "__main__":
    main()
