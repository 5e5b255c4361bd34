"""The factored full OBS on the 784-40-20-10 net: python benchmarks/obs_factored.py [--net 784 300 100 10 --n 200]

32,360 weights, 1,000 samples (the empirical Fisher matrix, one row a sample), down to 98 %; time, peak memory, and the
time as a ratio to the bare matrix products of the same run: fetching every row of the inverse once, G' (K^-1 g).
"""

import argparse
import resource
import time

import numpy as np

import nnprune
from nnprune import MLP, prune_obs_factored, train
from nnprune._util.progress import Progress
from nnprune.hessian.woodbury import AHEAD


def bare_products(N, m, removed):
    """Seconds of the products (AHEAD, m) (m, k) that fetch one row for each removal, k falling from N."""
    rows, done = np.ones((AHEAD, m)), 0.0
    for gone in np.linspace(0, removed, 20, endpoint=False):
        Gt = np.ones((int(N - gone), m))
        begin = time.perf_counter()
        rows @ Gt.T
        done += (time.perf_counter() - begin) * removed / 20 / AHEAD
    return done


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--net", type=int, nargs="+", default=[784, 40, 20, 10])
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--sparsities", type=float, nargs="+", default=[0.5, 0.7, 0.8, 0.9, 0.95, 0.98])
    arguments = parser.parse_args()
    data, n = nnprune.load_mnist(), arguments.n
    net = MLP(arguments.net, biases=False, rng=0)
    train(net, data.x_train, data.y_train, weight_decay=1e-4)
    begin, progress = time.perf_counter(), Progress("factored OBS")
    results = prune_obs_factored(net, data.x_train[:n], data.y_train[:n], sparsity=arguments.sparsities,
                                 hessian="fisher", progress=progress)
    seconds = time.perf_counter() - begin
    progress.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    floor = bare_products(net.n_weights, n, len(results[-1].removed))
    print(f"{net}, dense {100 * net.accuracy(data.x_test, data.y_test):.2f} %, {n} samples")
    for r in results:
        print(f"  {r.net.sparsity:.2f} removed: {100 * r.net.accuracy(data.x_test, data.y_test):.2f} %")
    print(f"{seconds:.1f} s, {seconds / floor:.1f} times its bare matrix products ({floor:.1f} s), peak {peak:.2f} GiB")


if __name__ == "__main__":
    main()
