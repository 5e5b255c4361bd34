"""Exact L-OBS of a whole net against matrix products and against the published way: python benchmarks/lobs_vs_obc.py

A 784-300-100-10 net as it is before training, or --net FILE, on 10,000 images of MNIST:
  - prune_lobs, every one of the 266,200 weights traced to the last, with its Hessians and refit;
  - the tracing alone (``trace_layer`` on the three layers);
  - the bare matrix products of the same count, d^3/3 multiply-adds a unit;
  - the published way, a rank-one downdate of the inverse for each removal, in PyTorch at its best batch (the loop of
    the Optimal Brain Compressor's code, rewritten), on some units of the first layer.
and compares removal order and costs with a slow float64 reference on sampled units.
"""

import argparse
import resource
import time

import numpy as np
from lobs import bare
from measure import row, threads

import nnprune
from nnprune.hessian.layer import input_hessian
from nnprune.hessian.linalg import damp, spd_inverse
from nnprune.nn.layer_matrix import column_masks, columns, prunable
from nnprune.pruning.lobs_exact import trace_layer


def megabytes():
    """Peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def layers_of(net, x):
    """(H, C, kept, may, live) of every layer, H damped."""
    for l, a in enumerate(net.layer_inputs(x)[0]):
        H = input_hessian(a)
        yield damp(H, 1e-4), columns(net, l), column_masks(net, l), prunable(net, l, False), np.diag(H) > 0


def rank_one_in_torch(H, C, n_units, batch):
    """Seconds a unit of the published way: prune ``batch`` units together, one rank-one downdate a removal."""
    import torch
    torch.set_num_threads(threads())
    d = H.shape[0]
    Hinv = torch.linalg.inv(torch.from_numpy(H).float())
    begin = time.perf_counter()
    for start in range(0, n_units, batch):
        w = torch.from_numpy(C[start:start + batch]).float().clone()
        b = torch.arange(len(w))
        inverse, mask = Hinv.repeat(len(w), 1, 1), torch.zeros(w.shape, dtype=torch.bool)
        for _ in range(d - 1):
            diag = inverse.diagonal(dim1=1, dim2=2)
            scores = w**2 / diag
            scores[mask] = float("inf")
            q = scores.argmin(1)
            row = inverse[b, q]
            pivot = diag[b, q]
            w -= row * (w[b, q] / pivot)[:, None]
            mask[b, q] = True
            w[mask] = 0
            row = row / pivot.sqrt()[:, None]
            inverse -= row[:, :, None] * row[:, None, :]
            inverse[b, q, q] = 1
    return (time.perf_counter() - begin) / n_units


def slow_reference(H, w):
    """Order and costs of one unit (the last column, the bias, stays): the rank-one way in plain float64."""
    Hinv, w, order, costs = spd_inverse(H), w.copy(), [], []
    left = np.ones(len(w), bool)
    for _ in range(len(w) - 1):
        S = np.flatnonzero(left[:-1])
        L = w[S] ** 2 / (2 * Hinv[S, S])
        q = S[L.argmin()]
        order.append(q)
        costs.append(L.min())
        r = Hinv[q].copy()
        w -= w[q] / r[q] * r
        Hinv -= np.outer(r, r) / r[q]
        w[q], left[q], Hinv[q], Hinv[:, q] = 0, False, 0, 0
    return np.array(order), np.array(costs)


def compare(layers, traces, per_layer=2):
    """Worst relative difference of the costs on sampled units, and how many of their removals differ in order."""
    worst, swapped, total = 0.0, 0, 0
    for (H, C, _, _, live), (order, costs) in zip(layers, traces):
        S = np.flatnonzero(live)
        for unit in np.linspace(0, len(C) - 1, per_layer).astype(int):
            slow_order, slow_costs = slow_reference(H[np.ix_(S, S)], C[unit, S])
            n_dead = C.shape[1] - len(S)
            mine = order[unit, n_dead:n_dead + len(slow_order)]
            swapped += int((mine != S[slow_order]).sum())
            total += len(mine)
            rises = costs[unit, n_dead:n_dead + len(slow_order)]
            worst = max(worst, float((np.abs(rises - slow_costs) / slow_costs).max()))
    return worst, swapped, total


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", help="a saved net")
    parser.add_argument("--samples", type=int, default=10_000)
    arguments = parser.parse_args()
    x = nnprune.load_mnist().x_train[:arguments.samples]
    net = nnprune.MLP.load(arguments.net) if arguments.net else nnprune.MLP((784, 300, 100, 10), rng=0)
    begin = time.perf_counter()
    nnprune.prune_lobs(net, x, sparsity=0.97)
    whole, peak = time.perf_counter() - begin, megabytes()
    layers, traces, seconds = list(layers_of(net, x)), [], []
    for layer in layers:
        begin = time.perf_counter()
        traces.append(trace_layer(*layer))
        seconds.append(time.perf_counter() - begin)
    n = sum(C.shape[0] * (C.shape[1] - 1) for _, C, *_ in layers)
    worst, swapped, total = compare(layers, traces)
    print(f"{net}, {len(x):,} samples, peak {peak:.0f} MB; against a float64 reference on sampled units: costs differ "
          f"by at most {worst:.1e} (relative), {swapped} of {total} removals stand at another place")
    row(f"prune_lobs, {n:,} weights, {len(x):,} samples", whole, "the tracing alone", sum(seconds))
    row(f"tracing {n:,} weights", sum(seconds), "its bare products",
        bare([(len(C), int(live.sum())) for _, C, _, _, live in layers]), goal=4)
    try:
        H, C, *_, live = layers[0]
        H, C = H[np.ix_(live, live)], C[:, live]
        published = min(rank_one_in_torch(H, C, batch, batch) for batch in (1, 4, 8))
    except ImportError:
        print("PyTorch is not installed: no comparison with the published way")
        return
    row("a unit of the first layer", seconds[0] / len(C), "rank-one downdates in PyTorch at the best batch", published,
        goal=1 / 30)


if __name__ == "__main__":
    main()
