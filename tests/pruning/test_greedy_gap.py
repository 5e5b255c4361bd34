"""Greedy against the best: every way of the tool against least squares and brute force; the page and its JSON."""

import itertools
import json

import greedy_gap as gap
import numpy as np
import pytest

from nnprune import make_digits
from nnprune.pruning import reference

SMALL = {**gap.QUICK, "problems": 6, "inputs": 5, "hidden": [4], "images": 200, "sparsities": [0.95, 0.98]}


def problem(seed, d=6):
    """A unit on 20 samples: X, w, H."""
    rng = np.random.default_rng(seed)
    X, w = rng.normal(size=(20, d)) @ (np.eye(d) + rng.normal(size=(d, d)) / 3), rng.normal(size=d)
    return X, w, reference.layer_hessian(X)


def least_squares(X, w, P):
    """1/(2n) |X_P v - X w|^2 of the best v, by lstsq."""
    v = np.linalg.lstsq(X[:, P], X @ w, rcond=None)[0]
    return np.sum((X[:, P] @ v - X @ w)**2) / (2 * len(X))


@pytest.mark.parametrize("seed", range(3))
def test_exact_search_is_brute_force_with_lstsq(seed):
    X, w, H = problem(seed)
    for m in range(1, 6):
        sets = [np.array(Q) for Q in itertools.combinations(range(6), m)]
        E = [least_squares(X, w, ~np.isin(np.arange(6), Q)) for Q in sets]
        least, Q = gap.best_subset(w, H, m)
        np.testing.assert_allclose(least, min(E), rtol=1e-9)
        np.testing.assert_array_equal(Q, sets[int(np.argmin(E))])
        P = ~np.isin(np.arange(6), sets[0])
        np.testing.assert_allclose(gap.error(w, H, P), E[0], rtol=1e-9)


@pytest.mark.parametrize("fixed", [(), (5,)])
def test_forward_adds_what_lowers_the_error_most(fixed):
    X, w, H = problem(1)
    P = np.isin(np.arange(6), fixed)
    for k in range(1, 6 - len(fixed)):
        E = {q: least_squares(X, w, P | (np.arange(6) == q)) for q in np.flatnonzero(~P)}
        P = P | (np.arange(6) == min(E, key=E.get))
        np.testing.assert_array_equal(gap.forward(w, H, k, fixed), P)


@pytest.mark.parametrize("seed", range(4))
def test_swaps_take_the_best_pair_until_none_helps(seed):
    X, w, H = problem(seed)
    P, n = np.arange(6) < 3, 0
    while True:
        E = {}
        for p, q in itertools.product(np.flatnonzero(P[:-1]), np.flatnonzero(~P)):
            other = P.copy()
            other[p], other[q] = False, True
            E[p, q] = least_squares(X, w, other)
        p, q = min(E, key=E.get)
        if E[p, q] > least_squares(X, w, P) - 1e-12:
            break
        P[p], P[q], n = False, True, n + 1
    found, swaps = gap.swapped(w, H, np.arange(6) < 3, fixed=(5,))
    np.testing.assert_array_equal(found, P)
    assert swaps == n


def test_the_bound_is_below_every_allocation_and_reached_where_costs_rise():
    rng = np.random.default_rng(0)
    for _ in range(20):
        costs = rng.exponential(size=(3, 4))
        for rising in (False, True):
            steps = np.sort(costs, axis=1) if rising else costs
            curves = [np.concatenate([[0.0], np.cumsum(c)]) for c in steps]
            for M in range(1, 12):
                best = min(sum(c[m] for c, m in zip(curves, ms)) for ms in itertools.product(range(5), repeat=3)
                           if sum(ms) == M)
                bound = gap.allocation_bound(curves, M)
                assert bound <= best * (1 + 1e-9)
                if rising:
                    assert bound == pytest.approx(best, rel=1e-9)
                    assert best == pytest.approx(np.sort(steps, axis=None)[:M].sum())  # the merge


def test_all_ways_on_small_problems():
    found = gap.measure(SMALL, make_digits(300, 50, rng=0))
    for r in found["small"].values():
        assert r["problems"] == 6 * 4
        assert 1 - 1e-9 <= r["median"] <= r["worst"]
    for rows in found["layer"]:
        for row in rows.values():
            assert row["costs"] == pytest.approx(row["error"], rel=1e-6)  # L-OBS promised what it costs
            assert row["swaps from greedy"] <= 100
            assert row["swaps from forward"] <= row["forward"]
            assert 0 < row["best allocation, at least"] <= 100 * (1 + 1e-9)
    assert "| swaps from greedy |" in gap.page(found)


@pytest.mark.skipif(not gap.JSON.exists(), reason="installed without the checkout: there is no page")
def test_the_page_is_that_of_the_committed_run():
    found = json.loads(gap.JSON.read_text(encoding="utf-8"))
    assert found["settings"] == gap.SETTINGS
    assert found["data"] == "mnist"
    assert gap.JSON.with_suffix(".md").read_text(encoding="utf-8") == gap.page(found)
