"""Which damping L-OBS should have, chosen on images kept apart: the last 10,000 training images of MNIST.

    python benchmarks/damping.py [--train 50000] [--epochs 20] [--seeds 2]

A 784-300-100-10 net for each seed is trained on the first ``--train`` training images; L-OBS, exact and with one
shared inverse a layer (refreshed every 2,000 removals), is calibrated on the first 10,000 of them.
"""

import numpy as np
from findings import options, write

import nnprune

PAGE, SPARSITIES, DAMPINGS, IMAGES = "numerics.md", [0.9, 0.95, 0.97, 0.98], [1e-4, 1e-3, 1e-2], 10_000
WAYS = {"exact": {}, "shared, refresh 2000": {"inverse": "shared", "refresh": 2000}}


def measured(data, seed, n_train, epochs):
    """Validation accuracies in % of one net: {"dense": ..., way: {damping: [...]}}."""
    net = nnprune.MLP((784, 300, 100, 10), rng=seed)
    nnprune.train(net, data.x_train[:n_train], data.y_train[:n_train], epochs=epochs, rng=seed)
    x, y = data.x_train[50_000:], data.y_train[50_000:]
    found = {"dense": 100 * net.accuracy(x, y), **{way: {} for way in WAYS}}
    for way, how in WAYS.items():
        for damping in DAMPINGS:
            results = nnprune.prune_lobs(net, data.x_train[:IMAGES], sparsity=SPARSITIES, damping=damping, **how)
            found[way][f"{damping:g}"] = [100 * r.net.accuracy(x, y) for r in results]
            print(f"seed {seed}, {way}, {damping:g}: {np.round(found[way][f'{damping:g}'], 2)}", flush=True)
    return found


def table(found):
    """Means over the nets."""
    nets = found["nets"]
    dense = ", ".join(f"{net['dense']:.2f}" for net in nets)
    yield (f"Validation accuracy in %, mean of {len(nets)} nets (dense {dense}), trained on {found['train']:,} images "
           f"for {found['epochs']} epochs:")
    heads = ["inverse", "damping", *(f"{s:g} removed" for s in SPARSITIES)]
    yield from ("", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|")
    for way in WAYS:
        for damping in nets[0][way]:
            means = np.mean([net[way][damping] for net in nets], axis=0)
            yield f"| {way} | {damping} | {' | '.join(f'{a:.2f}' for a in means)} |"


def main():
    """Measure and write."""
    arguments = options(__doc__, train=50_000, epochs=20, seeds=2)
    data = nnprune.load_mnist(download=False)
    found = {"train": arguments.train, "epochs": arguments.epochs,
             "nets": [measured(data, seed, arguments.train, arguments.epochs) for seed in range(arguments.seeds)]}
    write("damping", PAGE, found, table, damping="as the table says",
          images=f"{IMAGES:,} of the training images for L-OBS; accuracy on the 10,000 kept apart")


if __name__ == "__main__":
    main()
