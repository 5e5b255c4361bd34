"""Which damping L-OBS should have, chosen on images kept apart: the last 10,000 training images of MNIST.

    python benchmarks/damping.py [--train 50000] [--epochs 20] [--seeds 2]

A 784-300-100-10 net for each seed is trained on the first ``--train`` training images; L-OBS, exact and with one
shared inverse a layer (refreshed every 2,000 removals), is calibrated on the first 10,000 of them. Printed: validation
accuracy in %, one row a damping, the mean of the seeds. The figures are in ``docs/numerics.md``.
"""

from __future__ import annotations

import argparse

import numpy as np

import nnprune

SPARSITIES = [0.9, 0.95, 0.97, 0.98]
DAMPINGS = [1e-4, 1e-3, 1e-2]
WAYS = {"exact": {}, "shared": {"inverse": "shared", "refresh": 2000}}


def main():
    """Train, prune, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("train", 50_000), ("epochs", 20), ("seeds", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    data = nnprune.load_mnist(download=False)
    train, kept_apart = slice(0, options.train), slice(50_000, 60_000)
    found = {(way, damping): [] for way in WAYS for damping in DAMPINGS}
    for seed in range(options.seeds):
        net = nnprune.MLP((784, 300, 100, 10), rng=seed)
        nnprune.train(net, data.x_train[train], data.y_train[train], epochs=options.epochs, rng=seed)
        x, y = data.x_train[kept_apart], data.y_train[kept_apart]
        print(f"seed {seed}: dense {100 * net.accuracy(x, y):.2f}", flush=True)
        for (way, damping), rows in found.items():
            results = nnprune.prune_lobs(net, data.x_train[:10_000], sparsity=SPARSITIES, damping=damping, **WAYS[way])
            rows.append([100 * r.net.accuracy(x, y) for r in results])
            print(f"seed {seed}, {way:<6} {damping:<7g}", np.round(rows[-1], 2), flush=True)
    for (way, damping), rows in found.items():
        print(f"| {way} | {damping:g} | " + " | ".join(f"{a:.2f}" for a in np.mean(rows, axis=0)) + " |")


if __name__ == "__main__":
    main()
