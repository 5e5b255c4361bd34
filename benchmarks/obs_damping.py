"""How much damping the full OBS needs: python benchmarks/obs_damping.py

Nets of 36-30-20-10 for the synthetic digits (6 x 6 pixels, means of 4 x 4), trained on 4,000 of them, pruned by
``prune_obs`` on the first 1,000 with ``refresh=50`` to sparsity 0.7 and 0.9 in one pass. Accuracies are those on 2,000
images kept apart from training, on which the default is chosen; a test part is not read. The last lines have the same
net in other units: inputs times 0.01, the first layer's weights times 100. About 5 minutes on one core; ``--seeds 1``
takes a third.
"""

from __future__ import annotations

import argparse
import warnings

import numpy as np

from nnprune import MLP, NNPruneWarning, make_digits, prune_obs, train

DAMPINGS, SPARSITIES, CALIBRATION = (1e-3, 1e-2, 1e-1, 3e-1), [0.7, 0.9], 1000


def pooled(x):
    """28 x 28 images without their border, as the means of 4 x 4 pixels: (n, 784) -> (n, 36)."""
    return x.reshape(-1, 28, 28)[:, 2:26, 2:26].reshape(-1, 6, 4, 6, 4).mean(axis=(2, 4)).reshape(-1, 36)


def other_units(net, c):
    """The same function of inputs times c."""
    return MLP.from_arrays([net.weights[0] / c, *net.weights[1:]], net.biases, net.activation)


def line(net, x, y, x_apart, y_apart, damping):
    """Validation accuracies in percent at both sparsities, as text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NNPruneWarning)  # that a pruned net is far from its quadratic is the point here
        results = prune_obs(net, x[:CALIBRATION], y[:CALIBRATION], sparsity=SPARSITIES, refresh=50, damping=damping)
    return " ".join(f"{100 * r.net.accuracy(x_apart, y_apart):5.1f}" for r in results)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    data = make_digits(6000, 1, rng=0)
    x, y = pooled(data.x_train.astype(np.float64)), data.y_train
    parts = x[:4000], y[:4000], x[4000:], y[4000:]
    for units in (1, 0.01):
        for activation in ("relu", "tanh"):
            for seed in range(seeds if units == 1 else 1):
                net = MLP((36, 30, 20, 10), activation=activation, rng=seed)
                train(net, *parts[:2], epochs=30, rng=seed)
                dense = 100 * net.accuracy(*parts[2:])
                net = other_units(net, units)
                scaled = (units * parts[0], parts[1], units * parts[2], parts[3])
                for damping in DAMPINGS:
                    print(f"inputs x {units:<4} {activation} seed {seed} dense {dense:.1f} damping {damping:<5} "
                          f"{line(net, *scaled, damping)}", flush=True)


if __name__ == "__main__":
    main()
