"""What the whole-net Hessian and the full OBS cost, as ratios to bare matrix products of the same count.

    python benchmarks/obs.py

The net is 28-40-20-10, 2,190 parameters of which 2,120 are weights; 10,000 samples. Each baseline is measured in the
same run, so that the ratio means the same on any machine:

    Hessian     n N^2 / 2 multiply-adds    baseline: A'A with A (n, N), which BLAS does by symmetry in as many
    pruning     N^3 inverse + N^3 / 3      baseline: the products U'U, (k, 64) (64, k), of the downdates to 5 %, and
                                          one N x N x N product for the inverse
"""

from __future__ import annotations

import time

import numpy as np

from nnprune import MLP
from nnprune.hessian.downdate import PENDING
from nnprune.hessian.full import exact_hessian, gauss_newton
from nnprune.hessian.outer_products import empirical_fisher
from nnprune.pruning.obs import prune_obs

SAMPLES, SPARSITY = 10_000, 0.95


def seconds(work):
    """The shortest of three runs: what disturbs a run only ever makes it longer."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times)


def downdate_products(N, last):
    """The matrix products of N - last removals and of one inverse, and nothing else."""
    A = np.ones((N, N))
    A @ A
    for k in range(N - PENDING, last, -PENDING):
        U = A[:PENDING, :k]
        U.T @ U


def main():
    rng = np.random.default_rng(0)
    net = MLP((28, 40, 20, 10), activation="tanh", rng=0)
    x, y = rng.normal(size=(SAMPLES, 28)), rng.integers(10, size=SAMPLES)
    N = net.parameters().size
    A = rng.normal(size=(SAMPLES, N))
    product = seconds(lambda: A.T @ A)
    print(f"{N} parameters, {SAMPLES} samples\nA'A, (N, n) (n, N): {product:.2f} s")
    for name, hessian in [("Gauss-Newton", gauss_newton), ("exact", exact_hessian), ("Fisher", empirical_fisher)]:
        s = seconds(lambda hessian=hessian: hessian(net, x, y))
        print(f"{name} Hessian: {s:.2f} s, {s / product:.1f} times A'A")
    H = gauss_newton(net, x, y)
    bare = seconds(lambda: downdate_products(N, N - round(SPARSITY * net.n_weights)))
    s = seconds(lambda: prune_obs(net, x, y, sparsity=SPARSITY, hessian=H, refresh=None))
    print(f"bare products of the inverse and the downdates: {bare:.2f} s")
    print(f"prune_obs to {1 - SPARSITY:.0%} kept, H given: {s:.2f} s, {s / bare:.1f} times the bare products")
    s = seconds(lambda: prune_obs(net, x, y, sparsity=SPARSITY, refresh=None))
    print(f"prune_obs to {1 - SPARSITY:.0%} kept, with its Hessian: {s:.2f} s, {s / (bare + product):.1f} times both")


if __name__ == "__main__":
    main()
