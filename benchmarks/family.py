"""What the shortcuts of OBS's descendants cost on MNIST: python benchmarks/family.py --authors DIR

Prunes 784-300-100-10 nets of 3 seeds, and the published net of the L-OBS paper, by magnitude, Wanda, SparseGPT and
exact L-OBS to 0.8, 0.9 and 0.95, without retraining. Two rows take back one shortcut each: SparseGPT's mask, refitted
exactly; and the mask of exact L-OBS, compensated column by column. The damping was chosen on images kept apart
(benchmarks/damping.py). What docs/family.json has already is not run again.
"""

import numpy as np
from findings import measure, method_table, options_of_nets
from scipy import linalg

from nnprune import prune_lobs, prune_magnitude, prune_sparsegpt, prune_wanda
from nnprune.hessian.layer import layer_hessians
from nnprune.hessian.linalg import damp, damped_inverse
from nnprune.nn.layer_matrix import column_masks, columns, rebuilt
from nnprune.pruning.lobs_exact import refit
from nnprune.pruning.sparsegpt import remove_in_order

PAGE, SPARSITIES, IMAGES, DAMPING = "family_table.md", [0.8, 0.9, 0.95], 10_000, 1e-3


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


S, LAYER = {"sparsity": SPARSITIES}, {"sparsity": SPARSITIES, "scope": "layer"}
WAYS = {
    "magnitude, in each layer": lambda net, x: prune_magnitude(net, **LAYER),
    "Wanda, in each unit": lambda net, x: prune_wanda(net, x, **S),
    "Wanda, in each layer": lambda net, x: prune_wanda(net, x, **LAYER),
    "SparseGPT, blocks of 128": lambda net, x: prune_sparsegpt(net, x, damping=DAMPING, **S),
    "SparseGPT, one block": lambda net, x: prune_sparsegpt(net, x, damping=DAMPING, block_size=10**6, **S),
    "SparseGPT's mask (blocks of 128), all compensate":
        lambda net, x: on_masks(net, x, prune_sparsegpt(net, x, damping=DAMPING, **S), exactly),
    "mask of exact L-OBS, compensated in order":
        lambda net, x: on_masks(net, x, prune_lobs(net, x, damping=DAMPING, **LAYER), in_order),
    "exact L-OBS, in each layer": lambda net, x: prune_lobs(net, x, damping=DAMPING, **LAYER),
    "magnitude, over the net": lambda net, x: prune_magnitude(net, **S),
    "Wanda, over the net": lambda net, x: prune_wanda(net, x, scope="network", **S),
    "exact L-OBS, over the net": lambda net, x: prune_lobs(net, x, damping=DAMPING, **S),
}
METHODS = {name: lambda net, data, f=f: f(net, data.x_train[:IMAGES]) for name, f in WAYS.items()}


def table(found):
    """The table of all ways."""
    return method_table(found, METHODS, "exact L-OBS, over the net")


if __name__ == "__main__":
    measure("family", PAGE, METHODS, SPARSITIES, table, options_of_nets(__doc__, METHODS), seeds=(0, 1, 2),
            images=f"{IMAGES:,} of the training images, 10,000 to test on", damping=f"{DAMPING:g}")
