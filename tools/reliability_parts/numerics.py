"""Ill-conditioned problems, and the drift of the inverse over long exact runs."""

from __future__ import annotations

import warnings

import numpy as np

import nnprune

from . import ill_conditioned

TITLE = "Ill-conditioned mathematics"
ABOUT = """Every method, and training, on nets and inputs made ill-conditioned in every way we could think of, in
float64 and float32, with NumPy's warnings as errors. The result must be a net of finite weights and exact counts, or
one error that names the value and the remedy. Then the drift: exact L-OBS updates its inverse thousands of times; its
last costs are compared with those of a recomputed inverse of the remaining weights."""
LAYERS, SEED, MOST = 20, 0, 1e-6
LAST = 5  # removals compared at the end of each run


def drift(d, rng):
    """The largest relative error of the last costs of an exact run over a layer of ``d`` inputs, one unit."""
    X = rng.normal(size=(d + d // 5, d)) * rng.uniform(0.1, 3, size=d)
    net = nnprune.MLP.from_arrays([rng.normal(size=(1, d))], loss="mse")
    left = np.arange(LAST + 10, 10, -1)  # survivors before each of the removals looked at
    results = nnprune.prune_lobs(net, X, sparsity=[1 - k / d for k in left] + [1 - 10 / d], damping=0)
    H, worst = X.T @ X / len(X), 0.0
    for r, following in zip(results, results[1:]):
        S = r.net.masks[0][0]
        fresh = (r.net.weights[0][0, S] ** 2 / (2 * np.diag(np.linalg.inv(H[np.ix_(S, S)])))).min()
        worst = max(worst, abs(following.costs[-1] - fresh) / fresh)
    return worst


def run(say):
    """The ill-conditioned problems, then 20 random layers: rows for the page."""
    answers = refused = 0
    faults = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for problem in ill_conditioned.problems():
            outcome = ill_conditioned.outcome(*problem)
            answers += outcome == "answer"
            refused += outcome == "clear error"
            if outcome not in ("answer", "clear error"):
                faults.append(f"{problem[0]}: {outcome}")
    for fault in faults:
        say(fault)
    rows = [("a method on an ill-conditioned problem", answers + refused + len(faults), len(faults),
             f"{answers} right in form, {refused} refused with a clear error")]
    rng, worst, sizes = np.random.default_rng(SEED), 0.0, []
    for k in range(LAYERS):
        d = int(round(50 * (3000 / 50) ** (k / (LAYERS - 1))))
        error = drift(d, rng)
        sizes.append(d)
        worst = max(worst, error)
        say(f"drift over {d - 10} removals from {d} inputs: {error:.1e}")
    rows.append((f"exact runs over layers of {sizes[0]} to {sizes[-1]:,} inputs", LAYERS, int(worst > MOST),
                 f"worst relative error of the last costs {worst:.1e} (allowed {MOST:.0e}), seed {SEED}"))
    return rows
