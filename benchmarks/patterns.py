"""What a pattern n:m costs: the same share of weights, free over the net, the same in every unit's groups.

    python benchmarks/patterns.py [--epochs 10] [--seeds 3]

A 784-300-100-10 net for each seed is trained on MNIST's training images; L-OBS is calibrated on the first 10,000 of
them. Printed: test accuracy in %, one row a pattern, mean and range of the seeds; no retraining. "free" is the share
1 - n/m over each layer (``scope="layer"``), so that every layer loses as many as in the pattern.
"""

from __future__ import annotations

import argparse

import numpy as np

import nnprune

PATTERNS = ["2:4", "1:4"]


def main():
    """Train, prune, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("epochs", 10), ("seeds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    data = nnprune.load_mnist(download=False)
    few, found = data.x_train[:10_000], {}
    for seed in range(options.seeds):
        net = nnprune.MLP((784, 300, 100, 10), rng=seed)
        nnprune.train(net, data.x_train, data.y_train, epochs=options.epochs, rng=seed)
        nets = {("dense", ""): net}
        for pattern in PATTERNS:
            n, m = map(int, pattern.split(":"))
            nets |= {("magnitude", pattern): nnprune.prune_magnitude(net, pattern=pattern).net,
                     ("exact L-OBS", pattern): nnprune.prune_lobs(net, few, pattern=pattern).net,
                     ("magnitude, free", pattern): nnprune.prune_magnitude(net, sparsity=1 - n / m, scope="layer").net}
        free = nnprune.prune_lobs(net, few, sparsity=[0.5, 0.75], scope="layer")
        nets |= {("exact L-OBS, free", pattern): r.net for pattern, r in zip(PATTERNS, free)}
        for key, pruned in nets.items():
            found.setdefault(key, []).append(100 * pruned.accuracy(data.x_test, data.y_test))
            print(f"seed {seed}: {' '.join(key)} {found[key][-1]:.2f}", flush=True)
    for (way, pattern), values in found.items():
        print(f"| {way} | {pattern} | {np.mean(values):.2f} | {min(values):.2f} to {max(values):.2f} |")


if __name__ == "__main__":
    main()
