"""Exercises to lesson 04: magnitude pruning, masks, and training under a mask.

    letter     meaning                                    shape
    W          weights of a layer                         (n_out, n_in)
    mask, m    True (1) = kept, False (0) = removed       as the weights
    w, v, g    weights, their velocity, the gradient      (d,)
    eta, mu    learning rate, momentum                    float
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnprune.laws.law import Case, demand
from nnprune.laws.strategies import distinct_weights, half_integers

from .frame import Exercise, answers, array, arrays, equals, rule

HAN = "Han, Pool, Tran & Dally 2015, section 3"
STEP = "Sutskever et al. 2013, eqs 1-2, with the mask on v"


@st.composite
def layers(draw):
    """A layer ``W`` of distinct magnitudes, and how many weights go: at least one goes and one stays, and never half of
    them, where to keep the smallest and to remove the largest are one."""
    W = draw(distinct_weights((draw(st.integers(1, 2)), draw(st.integers(3, 4)))))
    return Case(W=W, n_remove=draw(st.integers(1, W.size - 1).filter(lambda k: 2 * k != W.size)))


@st.composite
def tied_layers(draw):
    """As ``layers``, all weights 1, -1 or 2: many are equal in magnitude."""
    shape = (draw(st.integers(1, 2)), draw(st.integers(2, 4)))
    W = draw(hnp.arrays(np.float64, shape, elements=st.sampled_from([1.0, -1.0, 2.0]), fill=st.nothing()))
    return Case(W=W, n_remove=draw(st.integers(1, W.size - 1)))


@st.composite
def pairs_of_layers(draw):
    """Two layers ``W1``, ``W2`` of distinct magnitudes and different shapes, the second's larger as a rule, and a
    ``sparsity`` that never asks for half a weight, which rounds either way."""
    n, d, c = draw(st.integers(2, 3)), draw(st.integers(2, 3)), draw(st.integers(1, 2))
    w = draw(distinct_weights((n * d + n * c,)))
    W1, W2 = w[:n * d].reshape(n, d), w[n * d:].reshape(c, n)
    fits = st.integers(10, 90).filter(lambda k: (k * w.size) % 100 != 50 and 0 < round(k * w.size / 100) < w.size)
    return Case(W1=W1, W2=W2, sparsity=draw(fits) / 100)


@st.composite
def steps(draw):
    """Weights with velocity, gradient and a mask; removed weights are 0. No velocity and no gradient is, nor do mu v
    and eta g ever cancel: so the smallest case shows which of them still moves a removed weight."""
    d = draw(st.integers(1, 4))
    m, v, g = (np.array(draw(st.lists(st.sampled_from(among), min_size=d, max_size=d)))
               for among in ([1.0, 0.0], [3.0, -3.0, 5.0], [1.0, -1.0, 0.5]))
    w = draw(half_integers((d,)))
    return Case(w=w * m, v=v, g=g, m=m, eta=draw(st.sampled_from([0.5, 0.25])), mu=draw(st.sampled_from([0.5, 0.75])))


def plans():
    """A ``sparsity`` whose kept share is a power of 1/2, and a number of rounds: 0.75 in 2 rounds is 0.5, 0.75."""
    kept = st.sampled_from([0.25, 0.0625, 0.015625])
    return st.builds(lambda k, n: Case(sparsity=1 - k, n_rounds=n), kept, st.integers(2, 6))


TIED = np.array([[1.0, -1.0, 2.0], [1.0, 2.0, -1.0]])
TIES = [Case(W=TIED, n_remove=k) for k in (2, 0, 1, 5, 6)] + [Case(W=np.zeros((2, 2)), n_remove=2)]


@rule(tied_layers(), hard=TIES, formula="sum(mask = False) = n_remove", source="the definition of sparsity",
      mistake="Off by one in the count, or all weights of one magnitude go together.")
def mask_counts_exactly(f, p):
    """Exactly as many weights go as were asked for, also where several are equal in magnitude."""
    gone = int((~f(p.W, p.n_remove)).sum())
    demand(gone == p.n_remove, f"{p.n_remove} times False in the mask", f"{gone} times False")


@rule(layers(), hard=[Case(W=np.array([[-5.0, 1.0, 3.0], [2.0, -4.0, 6.0]]), n_remove=k) for k in (1, 4, 6)],
      formula="max |removed| < min |kept|", source=HAN,
      mistake="Is it |w| that is ranked, over all rows together, and True for the kept ones?")
def mask_removes_the_smallest(f, p):
    """Every weight that goes is smaller in magnitude than every weight that stays."""
    wanted = np.abs(p.W) > np.sort(np.abs(p.W).ravel())[p.n_remove - 1]
    mask = f(p.W, p.n_remove)
    demand(np.array_equal(mask, wanted), f"mask =\n{wanted}", f"mask =\n{mask}")


@rule(tied_layers(), hard=TIES, formula="equal |w|: the first ones go", source="the exercise's second sentence",
      mistake='The order of equal weights is left to chance: np.argsort has kind="stable".')
def mask_takes_the_first_of_equals(f, p):
    """Of equal magnitudes those go first that stand first: then the same call gives the same mask everywhere."""
    order = sorted(range(p.W.size), key=lambda k: (abs(p.W.flat[k]), k))
    wanted = np.array([k not in order[:p.n_remove] for k in range(p.W.size)]).reshape(p.W.shape)
    mask = f(p.W, p.n_remove)
    demand(np.array_equal(mask, wanted), f"mask =\n{wanted}", f"mask =\n{mask}")


@rule(pairs_of_layers(), hard=[Case(W1=TIED, W2=TIED[:, :2].T.copy(), sparsity=s) for s in (0.2, 0.0, 0.7, 0.9)],
      formula="sum(mask1 = False) + sum(mask2 = False) = round(sparsity * N)",
      source="the definition of sparsity", mistake="Off by one, cut off instead of rounded, or rounded layer by layer.")
def masks_count_exactly(f, p):
    """The count is that of all weights of both layers, rounded once."""
    N, gone = p.W1.size + p.W2.size, sum(int((~m).sum()) for m in f(p.W1, p.W2, p.sparsity))
    wanted = round(p.sparsity * N)
    demand(gone == wanted, f"{wanted} of {N} weights removed", f"{gone} removed")


@rule(pairs_of_layers(), hard=[Case(W1=10 + np.arange(6.0).reshape(3, 2), W2=np.arange(1.0, 4.0)[None],
                                    sparsity=s) for s in (0.3, 0.6)],
      formula="|removed| < |kept| in either layer", source=HAN,
      mistake="Is each layer ranked for itself, are signed weights ranked, or is the long mask cut at the wrong place?")
def masks_rank_together(f, p):
    """No weight that stays, in either layer, is smaller in magnitude than one that goes."""
    masks, sizes = f(p.W1, p.W2, p.sparsity), (np.abs(p.W1), np.abs(p.W2))
    gone = np.concatenate([a[~m] for a, m in zip(sizes, masks)])
    kept = np.concatenate([a[m] for a, m in zip(sizes, masks)])
    demand(gone.max(initial=0) < kept.min(initial=np.inf), "every removed magnitude below every kept one",
           f"removed {np.sort(gone)}, kept {np.sort(kept)}")


@rule(steps(), hard=[Case(w=np.array([2.0, 0.0]) * m, v=np.array([1.0, 3.0]), g=np.array([0.0, 1.0]), m=m, eta=0.5,
                          mu=0.5) for m in (np.array([1.0, 0.0]), np.zeros(2), np.ones(2))],
      formula="m = 0, w = 0  =>  w = 0 and v = 0 after the step", source=STEP,
      mistake="Something still moves the removed weights: the gradient, or an old velocity.")
def removed_weights_stay(f, p):
    """A weight that is removed is exactly 0 after the step, and has no velocity left that could move it in the next."""
    w, v = f(p.w, p.v, p.g, p.m, p.eta, p.mu)
    gone = p.m == 0
    demand(not w[gone].any() and not v[gone].any(), "w = 0 and v = 0 where m = 0", f"w = {w}, v = {v}")


def slow_masked_step(w, v, g, m, eta, mu):
    """One weight after the other."""
    new = [(w_k + mu * v_k - eta * g_k, mu * v_k - eta * g_k) if keep else (0.0, 0.0)
           for w_k, v_k, g_k, keep in zip(w, v, g, m)]
    return np.array([a for a, _ in new]), np.array([b for _, b in new])


def slow_rounds(sparsity, n_rounds):
    """Round by round: the kept share times the same number."""
    kept, result = 1.0, []
    for _ in range(n_rounds):
        kept *= (1 - sparsity) ** (1 / n_rounds)
        result.append(1 - kept)
    return np.array(result)


@rule(plans(), hard=[Case(sparsity=0.75, n_rounds=1), Case(sparsity=0.9, n_rounds=30)],
      formula="s_n = s", source="the exercise's first line",
      mistake="The list begins or ends one round off, or holds the share of each round instead of the total.")
def rounds_end_at_the_goal(f, p):
    """After the last round the sparsity is what was asked for."""
    s = f(p.sparsity, p.n_rounds)
    demand(abs(s[-1] - p.sparsity) < 1e-9, f"the last of them is {p.sparsity}", f"{s}")


def _mask(W, n_remove, scores=None):
    """The mask without the n_remove smallest scores, |w| by default."""
    scores = np.abs(W) if scores is None else scores
    mask = np.ones(W.size, bool)
    mask[np.argsort(scores.ravel(), kind="stable")[:n_remove]] = False
    return mask.reshape(W.shape)


def _global(W1, W2, n_remove, scores=np.abs):
    both = np.concatenate([W1.ravel(), W2.ravel()])
    mask = _mask(both, n_remove, scores(both))
    return mask[:W1.size].reshape(W1.shape), mask[W1.size:].reshape(W2.shape)


def _above(W1, W2, n_remove):
    last = np.sort(np.abs(np.concatenate([W1.ravel(), W2.ravel()])))[n_remove - 1] if n_remove else -1
    return np.abs(W1) > last, np.abs(W2) > last


def _cut_wrongly(W1, W2, n_remove):
    mask = _mask(np.concatenate([W1.ravel(), W2.ravel()]), n_remove)
    return mask[W2.size:].reshape(W1.shape), mask[:W2.size].reshape(W2.shape)


def _share_each(W1, W2, sparsity):
    return tuple(_mask(W, round(sparsity * W.size)) for W in (W1, W2))


def _moved(w, v):
    return w + v, v


EXERCISES = (
    Exercise(
        "magnitude_mask",
        answers("f(W, n_remove) -> mask", array("mask", lambda W, n_remove: W.shape, "b")),
        (mask_counts_exactly, mask_removes_the_smallest, mask_takes_the_first_of_equals),
        "lesson 04, section 2: naive_prune; section 3 on ties", {
            "Of equal weights the last go; wanted are the first. Sort upwards, and set the first n_remove to False.":
                lambda W, n_remove: _mask(W.ravel()[::-1], n_remove)[::-1].reshape(W.shape),
            "The mask is inverted: True means kept.": lambda W, n_remove: ~_mask(W, n_remove),
            "argsort gives the places in order, not the rank at each place: set mask[order[:n_remove]] to False.":
                lambda W, n_remove: (np.abs(W).ravel().argsort(kind="stable") >= n_remove).reshape(W.shape),
            "Signed weights are ranked, so that large negative ones go first. Rank np.abs(W).":
                lambda W, n_remove: _mask(W, n_remove, W),
            "The largest weights go; wanted are the smallest.":
                lambda W, n_remove: _mask(W, n_remove, -np.abs(W)),
            "A threshold removes all weights that are equal to the last one. Count along the sorted order instead.":
                lambda W, n_remove: np.abs(W) > np.sort(np.abs(W).ravel())[n_remove - 1],
            "One weight too few goes: the threshold, the n_remove-th smallest, must go too.":
                lambda W, n_remove: _mask(W, n_remove - 1),
            "Equal weights are taken column by column; the first are those of the first row: ravel() goes row by row.":
                lambda W, n_remove: _mask(W.T, n_remove).T,
            "Each column is ranked for itself: use ravel() first, so that all weights are ranked together.":
                lambda W, n_remove: np.abs(W).argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") >= n_remove,
            "argsort sorts each row for itself: use ravel() first, so that all rows are ranked together.":
                lambda W, n_remove: np.abs(W).argsort(kind="stable").argsort(kind="stable") >= n_remove,
        }, hints=(
            'np.argsort(np.abs(W).ravel(), kind="stable") numbers the weights from the smallest to the largest.',
            "A threshold does not do: where several weights have the size of the last one, it removes too many.",
            "Begin with a mask of W.size times True, set the first n_remove of the order to False, and reshape.",
        )),
    Exercise(
        "global_masks",
        answers("f(W1, W2, sparsity) -> (mask1, mask2)",
                arrays(array("mask1", lambda W1, W2, sparsity: W1.shape, "b"),
                       array("mask2", lambda W1, W2, sparsity: W2.shape, "b"))),
        (masks_count_exactly, masks_rank_together), "lesson 04, section 4, and hint 1", {
            "Each layer loses its own share: that is scope \"layer\". Rank all weights in one vector.": _share_each,
            "The count is cut off by int(); round it.":
                lambda W1, W2, sparsity: _global(W1, W2, int(sparsity * (W1.size + W2.size))),
            "The masks are inverted: True means kept.":
                lambda W1, W2, sparsity: tuple(~m for m in _global(W1, W2, round(sparsity * (W1.size + W2.size)))),
            "sparsity is the share that goes, not the share that stays.":
                lambda W1, W2, sparsity: _global(W1, W2, round((1 - sparsity) * (W1.size + W2.size))),
            "A threshold removes all weights that are equal to the last one. Count along the sorted order instead.":
                lambda W1, W2, sparsity: _above(W1, W2, round(sparsity * (W1.size + W2.size))),
            "The long mask is cut at the wrong place: its first W1.size entries are the first layer's.":
                lambda W1, W2, sparsity: _cut_wrongly(W1, W2, round(sparsity * (W1.size + W2.size))),
            "Signed weights are ranked. Rank their magnitudes.":
                lambda W1, W2, sparsity: _global(W1, W2, round(sparsity * (W1.size + W2.size)), np.positive),
        }, hints=(
            "np.concatenate([W1.ravel(), W2.ravel()]) is one long vector of all weights.",
            "magnitude_mask works on a vector too.",
            "The first W1.size entries of the long mask are the first layer's: cut, and reshape each to its matrix.",
        )),
    Exercise(
        "masked_step",
        answers("f(w, v, g, m, eta, mu) -> (w, v)", arrays(array("w", lambda w, *rest: w.shape),
                                                           array("v", lambda w, *rest: w.shape))),
        (removed_weights_stay,
         equals(slow_masked_step, steps(), formula="v <- m (mu v - eta g),  w <- w + v", source=STEP,
                mistake="Look at one kept weight: first its new velocity, then the step by it.",
                statement="Kept weights move as without a mask: the new velocity is mu v - eta g; w moves by it."),),
        "lesson 04, section 5: naive_step, and the wrong one below it", {
            "The mask is on the gradient only: the old velocity still moves the removed weight.":
                lambda w, v, g, m, eta, mu: _moved(w, mu * v - eta * (m * g)),
            "The mask is on the old velocity only: the gradient still moves the removed weight.":
                lambda w, v, g, m, eta, mu: _moved(w, mu * (m * v) - eta * g),
            "There is no mask at all: removed weights come back.":
                lambda w, v, g, m, eta, mu: _moved(w, mu * v - eta * g),
            "The weights are masked after the step, but the velocity is not: it goes on growing where m = 0.":
                lambda w, v, g, m, eta, mu: (m * (w + mu * v - eta * g), mu * v - eta * g),
            "The sign is wrong: the step must go against the gradient, mu v - eta g.":
                lambda w, v, g, m, eta, mu: _moved(w, m * (mu * v + eta * g)),
            "w moves by the old velocity. Take the new v first, then w + v.":
                lambda w, v, g, m, eta, mu: (w + m * v, m * (mu * v - eta * g)),
            "v is returned first; wanted is (w, v).":
                lambda w, v, g, m, eta, mu: _moved(w, m * (mu * v - eta * g))[::-1],
            "The momentum mu is missing: v is multiplied by it.":
                lambda w, v, g, m, eta, mu: _moved(w, m * (v - eta * g)),
        }, hints=(
            "Without a mask: v <- mu v - eta g, then w <- w + v, with the new v.",
            "Where does the mask go? What is left in v of the time before the removal must vanish too.",
            "Make new arrays: v += ... would change the caller's.",
        )),
    Exercise(
        "rounds",
        answers("f(sparsity, n_rounds) -> s", array("s", lambda sparsity, n_rounds: (n_rounds,))),
        (rounds_end_at_the_goal,
         equals(slow_rounds, plans(), formula="s_i = 1 - (1 - s)^(i/R)", source="lesson 04, section 6",
                mistake="Every round, the first too, takes the same share of what is left: is that so in your list?",
                statement="Round by round the kept share is multiplied by the same number.")),
        "lesson 04, section 6: the formula, and 0.75 in two rounds by hand", {
            "The steps are equal, i s / R: the same number goes each time, not the same share of what is left.":
                lambda sparsity, n_rounds: sparsity * np.arange(1, n_rounds + 1) / n_rounds,
            "The list begins with 0 (before the first round) and lacks the last round: i runs from 1 to n_rounds.":
                lambda sparsity, n_rounds: 1 - (1 - sparsity) ** (np.arange(n_rounds) / n_rounds),
            "These are the kept shares; the sparsity is 1 minus that.":
                lambda sparsity, n_rounds: (1 - sparsity) ** (np.arange(1, n_rounds + 1) / n_rounds),
            "The removed share is taken to the power i / R; it is the kept share that shrinks by a factor.":
                lambda sparsity, n_rounds: sparsity ** (np.arange(1, n_rounds + 1) / n_rounds),
        }, hints=(
            "What is *kept* is multiplied by the same number in each round: after all of them it is 1 - sparsity.",
            "So after round i the kept share is (1 - sparsity) to the power i / n_rounds.",
            "np.arange(1, n_rounds + 1) is 1, 2, ..., n_rounds.",
        )),
)
