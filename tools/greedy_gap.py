"""How far is the greedy order of (L-)OBS from the best set of weights? Writes docs/greedy.json and docs/greedy.md.

    python tools/greedy_gap.py [--quick]          measure; MNIST as the demo finds it; --quick prints only
    python tools/greedy_gap.py --page             write the page again from the JSON

    letter    meaning                                                             shape
    w, H      weights of a unit, Hessian of its error (the bias's column last)    (d,), (d, d)
    P, Q      places kept, places removed                                         (k,), (m,)
    E(P)      least error of the unit with P kept, its compensation included      float
    b         H w                                                                 (d,)
    w*        the best weights at P: H_PP^-1 b_P                                  (k,)
    r         b - H_:P w*: what is still to be explained, 0 at P                  (d,)
    s         diag(H) - diag(H_:P H_PP^-1 H_P:): what of each input P lacks       (d,)
    G, V      H_PP^-1; H_:P G                                                     (k, k), (d, k)

With dw' H dw / 2 as the error and w_Q = 0 two formulas give the least one, and are tested against least squares:

    E = 1/2 w_Q' ([H^-1]_QQ)^-1 w_Q  =  1/2 (w' H w - b_P' H_PP^-1 b_P)

OBS finds P by *backward* elimination: one weight at a time, the cheapest, and never back. Beside it stand:

1. *Exact search* over all sets of a size, for small units.
2. *Forward* selection (orthogonal least squares, Chen, Billings & Luo 1989): begin with the bias, add the weight that
   lowers E most. To add q lowers E by r_q^2 / (2 s_q), and is one step of a pivoted Cholesky factorisation:

       c = (column q of H, less what P explains) / sqrt(s_q)      r <- r - c r_q / sqrt(s_q)      s <- s - c^2

3. *Swaps*: give up p in P, take q instead, as long as some pair lowers E. All pairs at once: without p,

       E rises by w*_p^2 / (2 G_pp)      r_q becomes r_q + w*_p V_qp / G_pp      s_q becomes s_q + V_qp^2 / G_pp

   after which q lowers it by r_q^2 / (2 s_q). Where no pair helps, the set is a local optimum, an upper bound of the
   best one: how far greedy is from the best itself nobody knows for a unit of this size.
4. *Allocation*: a layer's error is the sum of its units'; L-OBS merges their orders by cost. With E_i(m) for m
   removals in greedy's order of unit i, and M of them in all, the best allocation costs at least (any lambda >= 0)

       sum_i min_m (E_i(m) - lambda m) + lambda M          (Lagrange; Everett 1963)

   which the merge reaches where all E_i are convex.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import numpy as np

import nnprune
from nnprune.pruning import reference
from nnprune.reproduce.provenance import commit, machine, now, versions

JSON = Path(__file__).parents[1] / "docs" / "greedy.json"
SETTINGS = {"problems": 300, "inputs": 8, "samples": 40, "seeds": [0, 1], "hidden": [300, 100], "epochs": 5,
            "images": 10_000, "damping": 1e-3, "sparsities": [0.95, 0.98, 0.99]}
QUICK = {**SETTINGS, "problems": 20, "inputs": 6, "seeds": [0], "hidden": [20, 10], "epochs": 1, "images": 500}


def error(w, H, P):
    """E(P) = 1/2 (w' H w - b_P' H_PP^-1 b_P); P a mask."""
    b = H @ w
    return float(w @ b - b[P] @ np.linalg.solve(H[np.ix_(P, P)], b[P])) / 2


def best_subset(w, H, m):
    """The least E over all sets Q of m weights: (E, Q), by E = 1/2 w_Q' ([H^-1]_QQ)^-1 w_Q for all of them at once."""
    sets, Hinv = np.array(list(itertools.combinations(range(len(w)), m))), np.linalg.inv(H)
    blocks, wQ = Hinv[sets[:, :, None], sets[:, None, :]], w[sets]  # (c, m, m), (c, m)
    E = np.sum(wQ * np.linalg.solve(blocks, wQ[..., None])[..., 0], axis=1) / 2
    return float(E.min()), sets[E.argmin()]


def forward(w, H, k, fixed=()):
    """The mask of ``fixed`` and k more weights, each of which lowers E most when it is added."""
    P, r, s, C = np.zeros(len(w), bool), H @ w, np.diag(H).copy(), np.empty((len(fixed) + k, len(w)))
    for step, q in enumerate([*fixed, *[None] * k]):
        if q is None:
            q = int(np.where(P, -1, r**2 / np.where(P, 1, s)).argmax())
        # c = (H_:q - sum of the earlier c c_q) / sqrt(s_q)
        C[step] = c = (H[q] - C[:step, q] @ C[:step]) / np.sqrt(s[q])
        r, s, P[q] = r - c * r[q] / np.sqrt(s[q]), s - c**2, True
    return P


def swapped(w, H, P, fixed=()):
    """P after the best swap as long as one lowers E: (mask, number of swaps)."""
    P, b, swaps = P.copy(), H @ w, 0
    while True:
        at, out = np.flatnonzero(P), np.flatnonzero(~P)
        may = ~np.isin(at, fixed)
        G = np.linalg.inv(H[np.ix_(at, at)])
        best, V = G @ b[at], H[np.ix_(out, at)] @ G  # w* (k,), (d - k, k)
        r, s = b[out] - H[np.ix_(out, at)] @ best, np.diag(H)[out] - np.sum(V * H[np.ix_(out, at)], axis=1)
        g = np.diag(G)
        # w*_p^2 / (2 G_pp) - (r_q + w*_p V_qp / G_pp)^2 / (2 (s_q + V_qp^2 / G_pp)) -> (d - k, k)
        change = best**2 / (2 * g) - (r[:, None] + best * V / g)**2 / (2 * (s[:, None] + V**2 / g))
        change[:, ~may] = np.inf
        if change.size == 0 or change.min() > -1e-9 * (w @ b) / 2:
            return P, swaps
        q, p = np.unravel_index(change.argmin(), change.shape)
        P[at[p]], P[out[q]], swaps = False, True, swaps + 1


def allocation_bound(curves, M):
    """At most what the best allocation of M removals costs, by the lambda for which the bound above is largest.

    Parameters
    ----------
    curves : list of ndarray
        E_i(m) for m = 0, 1, ...
    """
    E = np.full((len(curves), max(map(len, curves))), np.inf)
    for row, curve in zip(E, curves):
        row[:len(curve)] = curve
    m, low, high, best = np.arange(E.shape[1]), 0.0, float(E[np.isfinite(E)].max()) + 1, 0.0
    for _ in range(100):
        lam = (low + high) / 2
        cost = E - lam * m
        best = max(best, float(cost.min(axis=1).sum() + lam * M))
        low, high = (low, lam) if cost.argmin(axis=1).sum() > M else (lam, high)
    return best


def small_units(s):
    """Greedy, forward and swaps beside exact search on random units: ratios of E to the least, one a problem and size.

    A third of the problems has independent inputs, the others mix them more and more.
    """
    rng, ratios = np.random.default_rng(0), {"greedy": [], "forward": [], "swaps from greedy": []}
    for problem in range(s["problems"]):
        d = s["inputs"]
        X = rng.normal(size=(s["samples"], d)) @ (np.eye(d) + problem % 3 * rng.normal(size=(d, d)) / 2)
        w, H = rng.normal(size=d), reference.layer_hessian(X)
        removed = reference.obs_unit(w, H, d - 1).removed
        for m in range(1, d):
            greedy = ~np.isin(np.arange(d), removed[:m])
            least, _ = best_subset(w, H, m)
            for name, P in (("greedy", greedy), ("forward", forward(w, H, d - m)),
                            ("swaps from greedy", swapped(w, H, greedy)[0])):
                ratios[name].append(error(w, H, P) / least)
    return {name: {"problems": len(r), "optimal_percent": 100 * float(np.mean(np.array(r) < 1 + 1e-9)),
                   "mean": float(np.mean(r)), "median": float(np.median(r)), "worst": float(np.max(r))}
            for name, r in ratios.items()}


def first_layer(data, s, seed):
    """One dense net's first layer: {sparsity: E of each way, in % of greedy's}, and the allocation's bound."""
    dense = nnprune.MLP((data.x_train.shape[1], *s["hidden"], 10), rng=seed)
    nnprune.train(dense, data.x_train, data.y_train, epochs=s["epochs"], rng=seed)
    x = data.x_train[:s["images"]].astype(float)
    layer = nnprune.MLP.from_arrays([dense.weights[0]], [dense.biases[0]], loss="mse")
    *results, last = nnprune.prune_lobs(layer, x, sparsity=[*s["sparsities"], 0.9999], damping=s["damping"])
    X = np.hstack([x, np.ones((len(x), 1))])
    live = np.flatnonzero(X.any(axis=0))
    H = reference.damped(reference.layer_hessian(X[:, live]), s["damping"])
    W, fixed = np.hstack([layer.weights[0], layer.biases[0][:, None]])[:, live], [len(live) - 1]
    curves = [np.concatenate([[0.0], np.cumsum(last.costs[last.removed[:, 1] == i])]) for i in range(len(W))]
    # Beyond what was removed E is at least as large: an optimistic end, which keeps the bound a bound.
    ends = [np.concatenate([c, np.full(layer.sizes[0] + 1 - len(c), c[-1])]) for c in curves]
    rows = {}
    for q, r in zip(s["sparsities"], results):
        masks = np.hstack([r.net.masks[0], np.ones((len(W), 1), bool)])[:, live]
        E = {"greedy": 0.0, "swaps from greedy": 0.0, "forward": 0.0, "swaps from forward": 0.0}
        swaps = 0
        for w, P in zip(W, masks):
            ahead = forward(w, H, int(P.sum()) - 1, fixed)
            better, n = swapped(w, H, P, fixed)
            swaps += n
            for name, of in (("greedy", P), ("swaps from greedy", better), ("forward", ahead),
                             ("swaps from forward", swapped(w, H, ahead, fixed)[0])):
                E[name] += error(w, H, of)
        bound = allocation_bound(ends, len(r.removed))
        rows[f"{q:g}"] = {**{name: 100 * value / E["greedy"] for name, value in E.items()},
                          "best allocation, at least": 100 * bound / float(r.costs.sum()), "swaps": swaps / len(W),
                          "costs": float(r.costs.sum()), "error": E["greedy"]}
    return rows


def measure(s, data):
    """All figures, and what they depend on."""
    return {"program": "tools/greedy_gap.py", "finished": now(), "commit": commit(), "machine": machine(),
            "versions": versions(), "data": data.name, "settings": s, "small": small_units(s),
            "layer": [first_layer(data, s, seed) for seed in s["seeds"]]}


def page(found):
    """docs/greedy.md from the JSON."""
    s, layer, small = found["settings"], found["layer"], found["small"]
    names = [name for name in layer[0][f"{s['sparsities'][0]:g}"] if name not in ("swaps", "costs", "error")]

    def cell(q, name):
        values = [rows[f"{q:g}"][name] for rows in layer]
        return f"{np.mean(values):.2f} ({min(values):.2f} to {max(values):.2f})"

    small_rows = "\n".join(f"| {name} | {r['optimal_percent']:.1f} % of {r['problems']:,} | {r['mean']:.3f} | "
                           f"{r['median']:.3f} | {r['worst']:.2f} |" for name, r in small.items())
    layer_rows = "\n".join(f"| {name} | " + " | ".join(cell(q, name) for q in s["sparsities"]) + " |" for name in names)
    net = f"784-{'-'.join(map(str, s['hidden']))}-10 ({found['data']}), {s['epochs']} epochs, {len(layer)} dense nets"
    first, last = (cell(q, "swaps") for q in (s["sparsities"][0], s["sparsities"][-1]))
    return f"""# How far is greedy from the best?

OBS removes the cheapest weight, lets the others compensate, and never takes a removal back. That is greedy: the set
that remains need not be the best one of its size. This page measures how far it is from it. Derivation and table of
letters are at the head of `tools/greedy_gap.py`, which wrote it from `docs/greedy.json` (commit {found['commit']},
{found['machine']}).

## Small units, where the best set is known

{s['problems']} random units of {s['inputs']} inputs ({s['samples']} samples; a third with independent inputs, the
others mixed more and more), every count of removals from 1 to {s['inputs'] - 1}, all sets tried:

| way | finds the best set | error / least error, mean | median | worst |
| --- | --- | --- | --- | --- |
{small_rows}

## The first layer of MNIST's net

{net}; {s['images']:,} images, damping {s['damping']:g}. Error of the layer in % of that of greedy (exact L-OBS), mean
and range over the nets. Every unit keeps as many weights as L-OBS leaves it. Below 100 is better than greedy:

| way | {' | '.join(f"{q:g} removed" for q in s['sparsities'])} |
| --- |{' --- |' * len(s['sparsities'])}
{layer_rows}

- *Swaps* exchange one kept weight for one removed as long as that helps: a local optimum. The best set is not known at
  this size; its error is at most the smallest of a column.
- *Forward* adds the weight that lowers the error most to a unit that has only its bias.
- *Best allocation, at least*: no other way to share the removals among the units, each in greedy's order, has an error
  below this (a Lagrange bound): so far at most is merging the units' orders by cost from the best.

A unit takes {first} swaps from greedy's set at {s['sparsities'][0]:g}, {last} at {s['sparsities'][-1]:g}.
"""


def main():
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small problems, synthetic digits; nothing is written")
    parser.add_argument("--page", action="store_true", help="only the page, from the JSON")
    arguments = parser.parse_args()
    if arguments.quick:
        print(page(measure(QUICK, nnprune.make_digits(1000, 100, rng=0))))
        return
    if not arguments.page:
        JSON.write_text(json.dumps(measure(SETTINGS, nnprune.load_mnist()), indent=1) + "\n", encoding="utf-8")
    JSON.with_suffix(".md").write_text(page(json.loads(JSON.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
