"""What the whole-net Hessian and the full OBS cost, as ratios to bare matrix products of the same count.

    python benchmarks/obs.py

The net is 28-40-20-10, 2,190 parameters of which 2,120 are weights; 10,000 samples:

    Hessian     n N^2 / 2 multiply-adds    baseline: A'A with A (n, N), which BLAS does by symmetry in as many
    pruning     N^3 inverse + N^3 / 3      baseline: the products U'U, (k, 64) (64, k), of the downdates to 5 %, and
                                          one N x N x N product for the inverse
"""

from __future__ import annotations

import numpy as np
from measure import row, shortest

from nnprune import MLP
from nnprune.hessian.downdate import PENDING
from nnprune.hessian.full import exact_hessian, gauss_newton
from nnprune.hessian.outer_products import empirical_fisher
from nnprune.pruning.obs import prune_obs

SAMPLES, SPARSITY, ROUNDS = 10_000, 0.95, 3


def downdate_products(N, last):
    """The matrix products of N - last removals and of one inverse, and nothing else."""
    A = np.ones((N, N))
    A @ A
    for k in range(N - PENDING, last, -PENDING):
        U = A[:PENDING, :k]
        U.T @ U


def main():
    """Measure and print the rows."""
    rng = np.random.default_rng(0)
    net = MLP((28, 40, 20, 10), activation="tanh", rng=0)
    x, y = rng.normal(size=(SAMPLES, 28)), rng.integers(10, size=SAMPLES)
    N = net.parameters().size
    A, H = rng.normal(size=(SAMPLES, N)), gauss_newton(net, x, y)
    s = shortest({
        "A'A": lambda: A.T @ A,
        "Gauss-Newton": lambda: gauss_newton(net, x, y),
        "exact": lambda: exact_hessian(net, x, y),
        "Fisher": lambda: empirical_fisher(net, x, y),
        "bare": lambda: downdate_products(N, N - round(SPARSITY * net.n_weights)),
        "pruning": lambda: prune_obs(net, x, y, sparsity=SPARSITY, hessian=H, refresh=None),
    }, ROUNDS)
    for name in ("Gauss-Newton", "exact", "Fisher"):
        row(f"{name} Hessian of {N:,} parameters, {SAMPLES:,} samples", s[name], "one product A'A", s["A'A"])
    row(f"prune_obs to {1 - SPARSITY:.0%} kept, H given", s["pruning"], "its bare products", s["bare"])


if __name__ == "__main__":
    main()
