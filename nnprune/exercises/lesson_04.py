"""Exercises to lesson 04: magnitude pruning, masks, and training under a mask.

    letter     meaning                                    shape
    W          weights of a layer                         (n_out, n_in)
    mask, m    True (1) = kept, False (0) = removed       as the weights
    G          gradient of the loss with respect to W     (n_out, n_in)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnprune.laws.law import Case, demand
from nnprune.laws.strategies import distinct_weights

from .frame import Exercise, answers, array, arrays, equals, rule

HAN = "Han, Pool, Tran & Dally 2015, section 3"
EVCI = "Evci et al. 2020 (RigL), section 3"
ZHU = "Zhu & Gupta 2017, eq. 1"


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
def exchanges(draw):
    """Weights ``W`` with a ``mask`` and a gradient ``G``, both of distinct magnitudes, and how many are exchanged: no
    more than are kept, and no more than are removed."""
    shape = (draw(st.integers(1, 2)), draw(st.integers(2, 3)))
    size = shape[0] * shape[1]
    mask = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)
                         .filter(lambda m: 0 < sum(m) < len(m)))).reshape(shape)
    return Case(W=draw(distinct_weights(shape)) * mask, mask=mask, G=draw(distinct_weights(shape)),
                n=draw(st.integers(1, int(min(mask.sum(), (~mask).sum())))))


def plans():
    """A ``sparsity`` and a number of rounds."""
    return st.builds(lambda s, n: Case(sparsity=s, n_rounds=n), st.sampled_from([0.75, 0.5, 0.875]), st.integers(2, 5))


TIED = np.array([[1.0, -1.0, 2.0], [1.0, 2.0, -1.0]])
TIES = [Case(W=TIED, n_remove=k) for k in (2, 0, 1, 5, 6)] + [
    Case(W=W, n_remove=k) for W, k in ((TIED[:, :1], 1), (np.zeros((2, 2)), 2),
                                       (np.arange(200.0).reshape(10, 20) % 7, 90))]


@rule(tied_layers(), hard=TIES, formula="sum(mask = False) = n_remove", source="the definition of sparsity",
      mistake="Off by one in the count, or all weights of one magnitude go together.")
def mask_counts_exactly(f, p):
    """Exactly as many weights go as were asked for, also where several are equal in magnitude."""
    gone = int((~f(p.W, p.n_remove)).sum())
    demand(gone == p.n_remove, f"{p.n_remove} times False in the mask", f"{gone} times False")


@rule(layers(), hard=[Case(W=np.array([[-5.0, 1.0, 3.0], [2.0, -4.0, 6.0]]), n_remove=k) for k in (1, 4, 6)]
      + [Case(W=1e-200 * np.array([[3.0, -1.0], [2.0, 5.0]]), n_remove=2)],
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


@rule(pairs_of_layers(), hard=[Case(W1=TIED, W2=TIED[:, :2].T.copy(), sparsity=s) for s in (0.2, 0.0, 0.7, 0.9)]
      + [Case(W1=np.array([[1.0], [0.0]]), W2=np.array([[2.0, 0.0]]), sparsity=s) for s in (0.0, 0.5, 1.0)],
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


def slow_exchange(W, mask, G, n):
    """Weight by weight: the smallest that are kept go, those that were removed and have the largest slope come back."""
    kept = sorted((place for place in np.ndindex(W.shape) if mask[place]), key=lambda place: abs(W[place]))
    gone = sorted((place for place in np.ndindex(W.shape) if not mask[place]), key=lambda place: -abs(G[place]))
    new = mask.copy()
    for place in kept[:n]:
        new[place] = False
    for place in gone[:n]:
        new[place] = True
    return new


EXCHANGES = [Case(W=np.array([[3.0, 0.0, -1.0], [0.0, 2.0, 0.0]]), mask=np.array([[1, 0, 1], [0, 1, 0]], bool),
                  G=np.array([[9.0, 1.0, -8.0], [-3.0, 7.0, 2.0]]), n=n) for n in (1, 0, 3)] + [
    Case(W=np.array([[0.0], [2.0]]) * kept, mask=np.array([[False], [kept]]), G=np.array([[1.0], [3.0]]), n=int(kept))
    for kept in (True, False)] + [
    Case(W=np.array([[0.0, 2.0, -1.0], [0.0, 0.0, 3.0]]), mask=np.array([[1, 1, 1], [0, 0, 1]], bool),
         G=np.array([[9.0, 1.0, -8.0], [-3.0, 7.0, 2.0]]), n=1)]


@rule(exchanges(), hard=EXCHANGES,
      formula="sum(mask) after = sum(mask) before", source=EVCI,
      mistake="As many come back as go: what is removed now must not be among those that come back.")
def as_many_are_kept(f, p):
    """The sparsity stays as it was: n go, and n come back."""
    before, after = int(p.mask.sum()), int(f(p.W, p.mask, p.G, p.n).sum())
    demand(before == after, f"{before} times True in the mask, as before", f"{after} times True")


def slow_cubic_rounds(sparsity, n_rounds):
    """Round by round: what is missing to the goal is the cube of the share of the rounds still to come."""
    return np.array([sparsity - sparsity * ((n_rounds - i) / n_rounds) ** 3 for i in range(1, n_rounds + 1)])


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


def _exchange(W, mask, G, n, *, out=np.abs, back=np.abs, barred=True):
    """n go and n come back, with a mistake of choice; ``barred`` keeps the kept ones from coming back."""
    new, stays = mask.copy(), ~mask if barred else np.ones(mask.shape, bool)
    new.flat[np.argsort(np.where(mask, out(W), np.inf).ravel(), kind="stable")[:n]] = False
    new.flat[np.argsort(np.where(stays, -back(G), np.inf).ravel(), kind="stable")[:n]] = True
    return new


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
                lambda W, n_remove: np.abs(W) > (np.sort(np.abs(W).ravel())[n_remove - 1] if n_remove else -1),
            "One weight too few goes: the threshold, the n_remove-th smallest, must go too.":
                lambda W, n_remove: _mask(W, max(n_remove - 1, 0)),
            "One weight too many goes: order[:n_remove] are n_remove places already.":
                lambda W, n_remove: _mask(W, n_remove + 1),
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
        ), right=_mask),
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
        ), right=lambda W1, W2, sparsity: _global(W1, W2, round(sparsity * (W1.size + W2.size)))),
    Exercise(
        "exchange", answers("f(W, mask, G, n) -> mask", array("mask", lambda W, mask, G, n: W.shape, "b")),
        (as_many_are_kept,
         equals(slow_exchange, exchanges(), hard=EXCHANGES, formula="drop: n smallest |W| of the kept; grow: n "
                "largest |G| of the removed", source=EVCI,
                mistake="Look at the smallest case: which goes, and which comes back?",
                statement="Of the kept weights those of smallest magnitude go; of the removed ones those come back on "
                          "whose weight the loss depends most."),),
        "lesson 04, section 2 for what goes; what comes back is new", {
            "What was kept may come back here: choose among the weights that were removed before (np.inf for others).":
                lambda W, mask, G, n: _exchange(W, mask, G, n, barred=False),
            "The slopes count with their sign: a steep negative one is as good a reason. Rank np.abs(G).":
                lambda W, mask, G, n: _exchange(W, mask, G, n, back=np.positive),
            "Those of the smallest slope come back; wanted are the largest.":
                lambda W, mask, G, n: _exchange(W, mask, G, n, back=lambda G: -np.abs(G)),
            "The largest kept weights go; wanted are the smallest.":
                lambda W, mask, G, n: _exchange(W, mask, G, n, out=lambda W: -np.abs(W)),
            "Signed weights are ranked, so that large negative ones go first. Rank np.abs(W).":
                lambda W, mask, G, n: _exchange(W, mask, G, n, out=np.positive),
            "A kept weight may be 0: the mask says what is kept, and not W != 0.":
                lambda W, mask, G, n: _exchange(W, W != 0, G, n),
            "Nothing comes back: this is a round of magnitude pruning.":
                lambda W, mask, G, n: _exchange(W, mask, G, n) & mask,
            "Nothing goes. Are the removed weights, which are 0, among the smallest here? Leave them out.":
                lambda W, mask, G, n: _exchange(W, mask, G, n) | mask,
        }, hints=(
            "np.where(mask, np.abs(W), np.inf) lets only kept weights be the smallest.",
            "np.where(mask, np.inf, -np.abs(G)) lets only removed ones be chosen, the largest slope first.",
            "np.argsort(....ravel())[:n] are n places in the raveled matrix; new.flat[places] = False sets them.",
            "Find both sets of places before you change anything, and begin with new = mask.copy().",
        )),
    Exercise(
        "cubic_rounds",
        answers("f(sparsity, n_rounds) -> s", array("s", lambda sparsity, n_rounds: (n_rounds,))),
        (equals(slow_cubic_rounds, plans(), formula="s_i = s (1 - (1 - i/R)^3)", source=ZHU,
                hard=(Case(sparsity=0.75, n_rounds=1), Case(sparsity=0.9, n_rounds=30), Case(sparsity=0.0, n_rounds=2)),
                mistake="In the last round nothing is missing to the goal; before the first, all of it is.",
                statement="What is missing to the goal after round i is the cube of the share of rounds to come."),),
        "lesson 04, section 6: rounds; these remove much at first, where much is redundant", {
            "The steps are equal, i s / R; these remove most in the first rounds.":
                lambda sparsity, n_rounds: sparsity * np.arange(1, n_rounds + 1) / n_rounds,
            "This is the lesson's schedule, the same share in each round; wanted is the cubic one.":
                lambda sparsity, n_rounds: 1 - (1 - sparsity) ** (np.arange(1, n_rounds + 1) / n_rounds),
            "The list begins with 0 (before the first round) and lacks the last round: i runs from 1 to n_rounds.":
                lambda sparsity, n_rounds: sparsity * (1 - (1 - np.arange(n_rounds) / n_rounds) ** 3),
            "These begin slowly and end fast: it is 1 - (1 - i/R)^3, not (i/R)^3.":
                lambda sparsity, n_rounds: sparsity * (np.arange(1, n_rounds + 1) / n_rounds) ** 3,
            "This is what is missing to the goal; subtract it from the goal.":
                lambda sparsity, n_rounds: sparsity * (1 - np.arange(1, n_rounds + 1) / n_rounds) ** 3,
            "The power is 2; it is 3.":
                lambda sparsity, n_rounds: sparsity * (1 - (1 - np.arange(1, n_rounds + 1) / n_rounds) ** 2),
            "The sparsity is inside the cube; it stands before it.":
                lambda sparsity, n_rounds: 1 - (1 - sparsity * np.arange(1, n_rounds + 1) / n_rounds) ** 3,
        }, hints=(
            "np.arange(1, n_rounds + 1) is i = 1, 2, ..., n_rounds, all at once.",
            "1 - i / n_rounds is the share of the rounds that are still to come.",
        )),
)
