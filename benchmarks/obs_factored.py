"""The factored full OBS against its bare products: python benchmarks/obs_factored.py [--net 784 40 20 10 --n 1000]

By default 784-20-10, 15,880 weights trained for one epoch, and 300 samples (the empirical Fisher matrix, one row a
sample), one quadratic, down to 98 %. The bare products fetch every row of the inverse once, G' (K^-1 g).
"""

import argparse
import resource
import time

import numpy as np
from measure import row

import nnprune
from nnprune import MLP, prune_obs_factored, train
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
    parser.add_argument("--net", type=int, nargs="+", default=[784, 20, 10])
    parser.add_argument("--n", type=int, default=300)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--sparsities", type=float, nargs="+", default=[0.5, 0.9, 0.98])
    arguments = parser.parse_args()
    data, n = nnprune.load_mnist(), arguments.n
    net = MLP(arguments.net, biases=False, rng=0)
    train(net, data.x_train, data.y_train, epochs=arguments.epochs, weight_decay=1e-4)
    begin = time.perf_counter()
    results = prune_obs_factored(net, data.x_train[:n], data.y_train[:n], sparsity=arguments.sparsities,
                                 hessian="fisher", refresh=None)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{net}, dense {100 * net.accuracy(data.x_test, data.y_test):.2f} %, peak {peak:.2f} GiB")
    for r in results:
        print(f"  {r.net.sparsity:.2f} removed: {100 * r.net.accuracy(data.x_test, data.y_test):.2f} %")
    row(f"factored OBS, {net.n_weights:,} weights, {n:,} samples, to {100 * arguments.sparsities[-1]:g} %", seconds,
        "its bare products", bare_products(net.n_weights, n, len(results[-1].removed)))


if __name__ == "__main__":
    main()
