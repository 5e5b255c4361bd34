"""What a pattern n:m costs: the same share of weights, free over the net, the same in every unit's groups.

    python benchmarks/patterns.py [--epochs 10] [--seeds 3]

A 784-300-100-10 net for each seed is trained on MNIST's training images; L-OBS is calibrated on the first 10,000 of
them; no retraining. "Free" is the share 1 - n/m over each layer (``scope="layer"``), so that every layer loses as many
as in the pattern.
"""

import numpy as np
from findings import options, write

import nnprune

PAGE, PATTERNS, IMAGES = "any_layer.md", ["2:4", "1:4"], 10_000


def measured(data, seed, epochs):
    """Test accuracies in % of one net: {"dense": ..., way: {column: ...}}."""
    net = nnprune.MLP((784, 300, 100, 10), rng=seed)
    nnprune.train(net, data.x_train, data.y_train, epochs=epochs, rng=seed)
    few = data.x_train[:IMAGES]
    ways = {"magnitude": lambda **how: nnprune.prune_magnitude(net, **how).net,
            "exact L-OBS": lambda **how: nnprune.prune_lobs(net, few, **how).net}
    found = {"dense": 100 * net.accuracy(data.x_test, data.y_test)}
    for name, prune in ways.items():
        nets = {}
        for pattern in PATTERNS:
            n, m = map(int, pattern.split(":"))
            nets |= {pattern: prune(pattern=pattern), f"{pattern}, free": prune(sparsity=1 - n / m, scope="layer")}
        found[name] = {column: 100 * of.accuracy(data.x_test, data.y_test) for column, of in nets.items()}
    print(f"seed {seed}: {found}", flush=True)
    return found


def table(found):
    """Mean (lowest to highest) over the nets."""
    def cell(values):
        return f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})"

    ways, nets = [name for name in found["nets"][0] if name != "dense"], found["nets"]
    columns = list(nets[0][ways[0]])
    yield f"Test accuracy in %, mean (lowest to highest) of {len(nets)} nets; dense {cell([n['dense'] for n in nets])}:"
    yield from ("", f"| | {' | '.join('the same share, free' if 'free' in c else c for c in columns)} |",
                "|---" * (len(columns) + 1) + "|")
    for way in ways:
        yield f"| {way} | {' | '.join(cell([net[way][column] for net in nets]) for column in columns)} |"


def main():
    """Measure and write."""
    arguments = options(__doc__, epochs=10, seeds=3)
    data = nnprune.load_mnist(download=False)
    found = {"epochs": arguments.epochs, "nets": [measured(data, seed, arguments.epochs)
                                                  for seed in range(arguments.seeds)]}
    write("patterns", PAGE, found, table, damping="0.001",
          images=f"{IMAGES:,} of the training images for L-OBS, 10,000 to test on")


if __name__ == "__main__":
    main()
