"""What the shortcuts of OBS's descendants cost on MNIST: python benchmarks/family.py [--authors DIR]

Prunes 784-300-100-10 nets of 3 seeds, and with ``--authors`` the published net of the L-OBS paper (w_layer1.npy, ...,
weights stored (in, out)), by magnitude, Wanda, SparseGPT and exact L-OBS to 0.8, 0.9 and 0.95, without retraining. Two
rows take back one shortcut each: SparseGPT's mask, refitted exactly; and the mask of exact L-OBS, compensated column by
column. Writes the test accuracies to docs/family_table.md. All see the first 10,000 training images; the damping is
1e-3, which was chosen on images kept apart (benchmarks/damping.py).
"""

import argparse
import platform
import time
from pathlib import Path

import numpy as np
import scipy
from scipy import linalg

import nnprune
from nnprune import MLP, prune_lobs, prune_magnitude, prune_sparsegpt, prune_wanda, train
from nnprune._util.files import atomic_write
from nnprune.hessian.layer import layer_hessians
from nnprune.hessian.linalg import damp, damped_inverse
from nnprune.nn.layer_matrix import column_masks, columns, rebuilt
from nnprune.pruning.lobs_exact import refit
from nnprune.pruning.sparsegpt import remove_in_order

SPARSITIES, SEEDS, IMAGES, DAMPING = (0.8, 0.9, 0.95), (0, 1, 2), 10_000, 1e-3


def on_masks(net, x, results, compensate):
    """The masks of ``results``; each layer's weights by ``compensate(H, C, mask)``."""
    H = [H for _, H in layer_hessians(net, x)]
    masks = [[column_masks(r.net, l) for l in range(len(H))] for r in results]
    return [rebuilt(net, [compensate(H[l], columns(net, l), M[l]) for l in range(len(H))], M) for M in masks]


def exactly(H, C, mask):
    """One solve a unit: all its weights compensate."""
    return refit(damp(H, DAMPING), C, mask, np.diag(H) > 0)


def in_order(H, C, mask):
    """As SparseGPT does: column after column, by the weights behind it."""
    U = linalg.cholesky(damped_inverse(H, DAMPING)[0])
    return remove_in_order(C, U, mask, np.zeros(mask.shape, bool), 0, 128)[0]


def nets_of(results):
    """The nets of results."""
    return [r.net for r in results]


S, LAYER = {"sparsity": SPARSITIES}, {"sparsity": SPARSITIES, "scope": "layer"}
WAYS = {
    "magnitude, in each layer": lambda net, x: nets_of(prune_magnitude(net, **LAYER)),
    "Wanda, in each unit": lambda net, x: nets_of(prune_wanda(net, x, **S)),
    "Wanda, in each layer": lambda net, x: nets_of(prune_wanda(net, x, **LAYER)),
    "SparseGPT, blocks of 128": lambda net, x: nets_of(prune_sparsegpt(net, x, damping=DAMPING, **S)),
    "SparseGPT, one block": lambda net, x: nets_of(prune_sparsegpt(net, x, damping=DAMPING, block_size=10**6, **S)),
    "SparseGPT's mask (blocks of 128), all compensate":
        lambda net, x: on_masks(net, x, prune_sparsegpt(net, x, damping=DAMPING, **S), exactly),
    "mask of exact L-OBS, compensated in order":
        lambda net, x: on_masks(net, x, prune_lobs(net, x, damping=DAMPING, **LAYER), in_order),
    "exact L-OBS, in each layer": lambda net, x: nets_of(prune_lobs(net, x, damping=DAMPING, **LAYER)),
    "magnitude, over the net": lambda net, x: nets_of(prune_magnitude(net, **S)),
    "Wanda, over the net": lambda net, x: nets_of(prune_wanda(net, x, scope="network", **S)),
    "exact L-OBS, over the net": lambda net, x: nets_of(prune_lobs(net, x, damping=DAMPING, **S)),
}


def published(folder):
    """The net that the authors of L-OBS published."""
    arrays = [[np.load(Path(folder) / f"{kind}_layer{l}.npy") for l in (1, 2, 3)] for kind in "wb"]
    return MLP.from_arrays([W.T for W in arrays[0]], [b.ravel() for b in arrays[1]])


def main():
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="docs/family_table.md")
    parser.add_argument("--authors", help="the folder of the published net")
    arguments = parser.parse_args()
    data, found, seconds = nnprune.load_mnist(), {}, {name: [] for name in WAYS}
    for seed in [*SEEDS, *(["authors"] if arguments.authors else [])]:
        if seed == "authors":
            net = published(arguments.authors)
        else:
            net = MLP((784, 300, 100, 10), rng=seed)
            train(net, data.x_train, data.y_train, weight_decay=1e-4, rng=seed)
        found[seed, "dense"] = [100 * net.accuracy(data.x_test, data.y_test)] * len(SPARSITIES)
        for name, run in WAYS.items():
            begin = time.perf_counter()
            nets = run(net, data.x_train[:IMAGES])
            seconds[name].append(time.perf_counter() - begin)
            found[seed, name] = [100 * n.accuracy(data.x_test, data.y_test) for n in nets]
            print(f"{seed}: {name}: {np.round(found[seed, name], 2)}, {seconds[name][-1]:.1f} s", flush=True)
    with atomic_write(arguments.out, "w") as f:
        f.write("\n".join([*head(), "", *table(found, seconds, arguments.authors), ""]))


def head():
    """The page's first lines."""
    return ["# The family, in figures", "",
            f"Generated by `python benchmarks/family.py --authors DIR`: MNIST, test accuracy in %, no retraining. "
            f"784-300-100-10 nets of {len(SEEDS)} seeds (mean +- standard deviation), and one net as the authors of "
            f"L-OBS published it. {IMAGES:,} training images, damping {DAMPING:g}; the time is that of all three "
            f"sparsities, as a ratio to exact L-OBS over the net in the same run. nnprune {nnprune.__version__}, numpy "
            f"{np.__version__}, scipy {scipy.__version__}, Python {platform.python_version()}. What the rows mean: "
            f"[the family](family.md)."]


def table(found, seconds, authors):
    """The table as lines of Markdown; times as ratios to exact L-OBS over the net."""
    heads = [*(f"{s:g}" for s in SPARSITIES), *(f"authors' net, {s:g}" for s in SPARSITIES if authors), "time"]
    lines = [f"| method | {' | '.join(heads)} |", f"|---|{'---|' * len(heads)}"]
    base = np.median(seconds["exact L-OBS, over the net"])
    for name in ["dense", *WAYS]:
        ours = np.array([found[seed, name] for seed in SEEDS])
        cells = [f"{m:.2f} +- {d:.2f}" for m, d in zip(ours.mean(axis=0), ours.std(axis=0))]
        cells += [f"{a:.2f}" for a in found["authors", name]] if authors else []
        cells += [f"{np.median(seconds[name]) / base:.2f}" if name in seconds else ""]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
