"""What pruning really saves, on MNIST: python benchmarks/resources.py [--nets DIR]

Trains 784-300-100-10 nets of 5 seeds (``--nets`` keeps them for another run). The net of the first seed is pruned by
exact L-OBS to 0.5, 0.9 and 0.98, and by Unit-OBS to 784-75-40-10; docs/resources.md gets the resource report of each
(``nnprune.resource_report``), the accuracy of Unit-OBS over the seeds, and the speed of the smaller dense net beside
bare products and CSR. The seconds are of the machine it runs on, which should do nothing else.
"""

import argparse
import os
import platform
from functools import partial
from pathlib import Path

import numpy as np
import scipy
from findings import dense_net

import nnprune
from nnprune._util.files import atomic_write
from nnprune.analysis.resources import csr_forward, dense_forward
from nnprune.analysis.stopwatch import measure

SPARSITIES, SEEDS, IMAGES = (0.5, 0.9, 0.98), range(5), 10_000
SIZES, SMALL, CSR = ((200, 70), (150, 50), (100, 50), (75, 40), (50, 30)), (75, 40), 0.95

THREADS = os.environ.get("OPENBLAS_NUM_THREADS", os.cpu_count())


def trained(data, seed, folder):
    """The dense net of a seed, from the folder where it is there."""
    path = folder and Path(folder) / f"{seed}.npz"
    if path and path.exists():
        return nnprune.MLP.load(path)
    net = dense_net(seed, data)
    if path:
        net.save(path)
    return net


def by_norms(net, sizes):
    """The baseline of Unit-OBS: units of the smallest product of the norms of what comes in and what goes out go."""
    masks = [np.ones(W.shape, bool) for W in net.weights]
    for l, size in enumerate(sizes, 1):
        norms = np.linalg.norm(net.weights[l - 1], axis=1) * np.linalg.norm(net.weights[l], axis=0)
        masks[l][:, np.argsort(norms)[:-size]] = False
    smaller = net.copy()
    smaller.set_masks(masks)
    return smaller


def accuracies(nets, data):
    """Test accuracy of Unit-OBS over the seeds, as lines of Markdown."""
    x, y = data.x_test, data.y_test
    rows = {"dense, 784-300-100-10": [100 * net.accuracy(x, y) for net in nets]}
    for sizes in SIZES:
        small = [nnprune.prune_units(net, data.x_train[:IMAGES], sizes=sizes).net for net in nets]
        rows[f"784-{sizes[0]}-{sizes[1]}-10"] = [100 * net.accuracy(x, y) for net in small]
        if sizes == SMALL:
            rows["784-75-40-10, units of the smallest norms go, no compensation"] = [
                100 * by_norms(net, sizes).accuracy(x, y) for net in nets]
    found = [nnprune.prune_units(net, data.x_train[:IMAGES], multiply_adds=0.9, prune_inputs=True) for net in nets]
    rows[f"`multiply_adds=0.9, prune_inputs=True`: {'-'.join(map(str, found[0].net.sizes))} and the like"] = [
        100 * r.net.accuracy(x[:, r.inputs], y) for r in found]
    yield from (f"| net | mean of {len(nets)} seeds | worst | best |", "|---|---|---|---|")
    yield from (f"| {name} | {np.mean(a):.2f} | {min(a):.2f} | {max(a):.2f} |" for name, a in rows.items())


def speeds(net, data):
    """The smaller dense net and a CSR net of 95 % against the dense one, as lines of Markdown."""
    small = nnprune.prune_units(net, data.x_train[:IMAGES], sizes=SMALL).net
    sparse = nnprune.prune_lobs(net, data.x_train[:IMAGES], sparsity=CSR).net
    arrays = {n: [np.ascontiguousarray(W, np.float32) for W in n.weights] for n in (net, small)}

    def bare(of, x):
        for W in arrays[of]:
            x = x @ W.T
        return x

    ways = {"bare products, float32": (partial(bare, net), partial(bare, small)),
            "forward pass, float32 weights": (dense_forward(net), dense_forward(small)),
            "`net.forward`": (net.forward, small.forward),
            "CSR of a 95 % sparse net": (dense_forward(net), csr_forward(sparse))}
    yield from ("| | batch of 128: dense, us | smaller, us | times as fast | one sample: dense, us | smaller, us | "
                "times as fast |", "|---|---|---|---|---|---|---|")
    seconds = []
    for n in (128, 1):
        x = np.ascontiguousarray(data.x_test[:n], np.float32)
        seconds.append(measure({(name, k): partial(way, x) for name, pair in ways.items()
                                for k, way in enumerate(pair)}, 101))
    for name in ways:
        cells = []
        for t in seconds:
            dense, smaller = (t[name, k].median for k in (0, 1))
            cells += [f"{1e6 * dense:.1f}", f"{1e6 * smaller:.1f}", f"**{dense / smaller:.2f}**"]
        yield f"| {name} | {' | '.join(cells)} |"


def main():
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="docs/resources.md")
    parser.add_argument("--nets", help="a folder that keeps the trained nets")
    arguments = parser.parse_args()
    data = nnprune.load_mnist()
    nets = [trained(data, seed, arguments.nets) for seed in SEEDS]
    results = nnprune.prune_lobs(nets[0], data.x_train[:IMAGES], sparsity=SPARSITIES)
    parts = ["# What pruning really saves",
             f"Generated by `python benchmarks/resources.py`: a 784-300-100-10 net on MNIST, pruned without retraining;"
             f" nnprune {nnprune.__version__}, numpy {np.__version__}, scipy {scipy.__version__}, Python "
             f"{platform.python_version()}. `print(nnprune.resource_report(net))` shows the same of any net; what the "
             f"lines mean stands in `nnprune/analysis/resources.py`.",
             "## Whole units: a smaller dense net",
             "`nnprune.prune_units` (Unit-OBS, [the family](family.md)), 10,000 training images, test accuracy in %:",
             "\n".join(accuracies(nets, data)),
             "What the smaller net of 784-75-40-10 gains in time (4.28 times fewer multiply-adds, seed 0), beside the "
             f"CSR form of a net of which exact L-OBS has removed 95 % of the weights (20 times fewer). Medians of 101 "
             f"measurements in turn, BLAS threads: {THREADS}. The ratios are to be read beside that of the bare "
             f"products in the first row: what a pass does besides (biases, relu, in `net.forward` input validation "
             f"too) takes as long in the smaller net as in the dense one, which shows with a single sample:",
             "\n".join(speeds(nets[0], data))]
    print("\n".join(parts), flush=True)
    for r in results:
        accuracy = 100 * r.net.accuracy(data.x_test, data.y_test)
        resources = nnprune.resource_report(r.net, data.x_test)
        print(f"{r.net.sparsity:.4g}\n{resources}", flush=True)
        parts += [f"## {100 * r.net.sparsity:.4g} % removed by exact L-OBS, test accuracy {accuracy:.2f} %",
                  f"```\n{resources}\n```"]
    with atomic_write(arguments.out, "w") as f:
        f.write("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
