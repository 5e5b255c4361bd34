"""Exercises to lesson 08: the tools of the whole loop of OBS, and of reading what it leaves.

    letter         meaning                                                   shape
    G              gradients of the output, a sample a row                   (n, d)
    alpha          the damping
    M1, M2         masks of the two layers of a net, True = kept             (units, n_in), (n_out, units)
    train, valid   accuracies after 0, 1, 2, ... removals, two sets          (m,)
    terms          a rule: an "or" of terms, each an "and" of (attribute, value)
    cases          values of the attributes, both counted from 1             (n, 3)
"""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnprune.laws.law import Case
from nnprune.laws.strategies import half_integers

from .frame import Exercise, answers, array, equals, number

ACCURACIES = st.sampled_from([0.5, 0.75, 1.0])


@st.composite
def gradients(draw):
    """Gradients ``G`` (n, d) of half-integers, and a damping ``alpha`` that is exact in floating point."""
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    return Case(G=draw(half_integers(shape)), alpha=draw(st.sampled_from([1.0, 0.5, 0.25])))


@st.composite
def sequences(draw):
    """Accuracies of the nets after 0, 1, 2, ... removals: ``train`` and ``valid``, of one length."""
    pairs = draw(st.lists(st.tuples(ACCURACIES, ACCURACIES), min_size=1, max_size=6))
    train, valid = np.array(pairs).T
    return Case(train=train, valid=valid)


@st.composite
def two_masks(draw):
    """The masks ``M1`` (units, n_in) and ``M2`` (n_out, units) of a small net."""
    n_in, units, n_out = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    return Case(M1=draw(_mask((units, n_in))), M2=draw(_mask((n_out, units)).filter(np.any)))


def _mask(shape):
    return hnp.arrays(bool, shape, fill=st.nothing())


@st.composite
def rules(draw):
    """A rule ``terms`` about three attributes of three values each, and some ``cases``."""
    condition = st.tuples(st.integers(1, 3), st.integers(1, 3))
    term = st.lists(condition, min_size=1, max_size=2, unique_by=lambda pair: pair[0])
    cases = draw(st.lists(st.tuples(*[st.integers(1, 3)] * 3), min_size=1, max_size=4))
    return Case(terms=draw(st.lists(term, min_size=1, max_size=2)), cases=np.array(cases))


def slow_inverse(G, alpha):
    """H first, then invert it."""
    return np.linalg.inv(alpha * np.eye(G.shape[1]) + G.T @ G / len(G))


def slow_smallest(train, valid):
    """Look at every net; the last one that is good is the smallest."""
    return [k for k in range(len(train)) if train[k] >= train[0] and valid[k] >= valid[0]][-1]


def slow_reads(M1, M2):
    """Try every path, input to unit to output."""
    paths = itertools.product(range(len(M2)), range(len(M1)), range(M1.shape[1]))
    found = {i for o, u, i in paths if M2[o, u] and M1[u, i]}
    return np.array([i in found for i in range(M1.shape[1])])


def slow_follows(terms, cases):
    """Case by case, term by term, condition by condition."""
    return np.array([any(all(case[a - 1] == v for a, v in term) for term in terms) for case in cases])


def _recursion(G, alpha, *, first=None, n=None, sign=1, denominator=None, stale=False):
    """Equation 17 with a mistake of choice."""
    n = len(G) if n is None else n
    Hinv = start = np.eye(G.shape[1]) * (1 / alpha if first is None else first)
    for g in G:
        v = (start if stale else Hinv) @ g
        Hinv = Hinv - sign * np.outer(v, v) / (n + g @ (g if denominator else v))
    return Hinv


def _before_the_first_loss(train, valid):
    good = (train >= train[0]) & (valid >= valid[0])
    return len(good) - 1 if good.all() else int(good.argmin()) - 1


EXERCISES = (
    Exercise(
        "inverse", answers("f(G, alpha) -> Hinv", array("Hinv", lambda G, alpha: (G.shape[1],) * 2)),
        (equals(slow_inverse, gradients(), hard=(
                    Case(G=np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]), alpha=0.25),
                    Case(G=np.array([[1.0, -2.0, 0.5]]), alpha=1.0)),
                 formula="Hinv - v v' / (n + g'v),  v = Hinv g,  from I / alpha on",
                source="Hassibi & Stork 1992, eq. 17",
                statement="After the last sample it is the inverse of alpha I + 1/n sum of g g'."),),
        "lesson 08, section 2: equation 17, and the example by hand", {
            "The recursion begins with alpha I; that is H_0. Its inverse is I / alpha.":
                lambda G, alpha: _recursion(G, alpha, first=alpha),
            "The denominator has 1 where it needs n, the number of samples: H is the mean of the g g', not the sum.":
                lambda G, alpha: _recursion(G, alpha, n=1),
            "The correction is added; it must be subtracted: a sample more makes H larger and its inverse smaller.":
                lambda G, alpha: _recursion(G, alpha, sign=-1),
            "The denominator has g'g; it needs g' Hinv g.":
                lambda G, alpha: _recursion(G, alpha, denominator=True),
            "v is taken from the first inverse for all samples. It needs the inverse with all samples before it.":
                lambda G, alpha: _recursion(G, alpha, stale=True),
        }, hints=(
            "Begin with the inverse of alpha I, which is I / alpha.",
            "For each row g: v = Hinv @ g, then subtract v v' / (n + g'v) from Hinv.",
            "np.outer(v, v) is v v', and n is len(G), for all samples the same.",
        )),
    Exercise(
        "smallest", answers("f(train, valid) -> k", number("k")),
        (equals(slow_smallest, sequences(), hard=tuple(
                    Case(train=np.array(train), valid=np.array(valid)) for train, valid in (
                        ([0.75], [0.75]), ([0.75, 0.5, 0.75, 0.5], [0.5, 0.5, 0.75, 1.0]), ([1.0, 0.5], [0.5, 1.0]),
                        ([0.75, 1.0, 0.75], [0.75, 0.75, 0.75]))),
                formula="k = max { j : train_j >= train_0 and valid_j >= valid_0 }",
                source="lesson 08, section 4; Hassibi & Stork 1992, Table 1, with the test set in place of valid",
                statement="The number of removals of the smallest net that is not below the dense one on any set."),),
        "lesson 08, section 4", {
            "The search ends before the first loss. Accuracy may come back: look at all nets, and take the last.":
                _before_the_first_loss,
            "The net of the best accuracy is chosen; wanted is the smallest that loses nothing.":
                lambda train, valid: int((train + valid).argmax()),
            "A gain on one set compensates for a loss on the other here. Neither may fall: compare each by itself.":
                lambda train, valid: int(np.flatnonzero(train + valid >= train[0] + valid[0]).max()),
            "Only training counts here. The validation accuracy must not fall either.":
                lambda train, valid: int(np.flatnonzero(train >= train[0]).max()),
            "Only validation counts here. The training accuracy must not fall either.":
                lambda train, valid: int(np.flatnonzero(valid >= valid[0]).max()),
            "The dense net itself (k = 0) is always good enough: not below means >=, and the search begins at 0.":
                lambda train, valid: int(np.flatnonzero((train > train[0]) & (valid > valid[0])).max()),
            "That is how many weights would be left, or nets would follow; wanted is k, the number of removals.":
                lambda train, valid: len(train) - slow_smallest(train, valid),
        }, hints=(
            "train >= train[0] is True for each net that is as good as the dense one in training.",
            "(a) & (b) is True where both are; np.flatnonzero gives the places of True.",
            "Accuracy can fall and come back. It is the last place that is wanted, not the one before the first loss.",
        )),
    Exercise(
        "reads", answers("f(M1, M2) -> read", array("read", lambda M1, M2: (M1.shape[1],), "b")),
        (equals(slow_reads, two_masks(), hard=(
                    Case(M1=np.array([[True, False], [False, True]]), M2=np.array([[False, True]])),
                    Case(M1=np.zeros((2, 3), bool), M2=np.ones((1, 2), bool)),
                    Case(M1=np.ones((1, 2), bool), M2=np.zeros((2, 1), bool))),
                formula="read_i = any over u, o of M2_ou and M1_ui",
                source="lesson 08, section 5; Han et al. 2015, section 3.5 (dead neurons)",
                statement="An input is read if a weight leads from it to a unit, and one from there to an output."),),
        "lesson 08, section 5: naive_reads", {
            "Only the first layer is looked at. A weight into a unit that nothing leaves is not read by anybody.":
                lambda M1, M2: M1.any(axis=0),
            "A unit is in use if *any* output has a weight from it, not only if all have: M2.any(axis=0).":
                lambda M1, M2: M1[M2.all(axis=0)].any(axis=0),
            "An input is read if *any* unit in use has a weight from it, not only if all have.":
                lambda M1, M2: M1[M2.any(axis=0)].all(axis=0),
            "This is inverted: True where the input is *not* read.":
                lambda M1, M2: ~slow_reads(M1, M2),
        }, hints=(
            "Go backwards. A unit is in use if any output has a kept weight from it: look down the columns of M2.",
            "M.any(axis=0) looks down the columns of M; M[used] takes the rows where `used` is True.",
        )),
    Exercise(
        "follows", answers("f(terms, cases) -> holds", array("holds", lambda terms, cases: (len(cases),), "b")),
        (equals(slow_follows, rules(), hard=(
                    Case(terms=[[(1, 1), (2, 2)], [(3, 3)]],
                         cases=np.array([[1, 2, 1], [1, 1, 3], [2, 2, 2], [1, 1, 1]])),
                    Case(terms=[[(3, 1)], [(1, 3)]], cases=np.array([[3, 1, 3], [1, 1, 1]]))),
                formula="holds_i = or over terms of (and over (a, v) of cases[i, a - 1] = v)",
                source="lesson 08, section 5",
                statement="A case follows the rule if all conditions of at least one term hold for it."),),
        "lesson 08, section 5: what a term is, and a rule", {
            "All terms must hold here. One term is enough, and inside it all conditions: 'or' of 'and's.":
                lambda terms, cases: np.array([all(c[a - 1] == v for t in terms for a, v in t) for c in cases]),
            "One condition of a term is enough here. All conditions of it must hold.":
                lambda terms, cases: np.array([any(c[a - 1] == v for t in terms for a, v in t) for c in cases]),
            "Attributes are counted from 1, columns from 0: attribute a is column a - 1.":
                lambda terms, cases: np.array([any(all(c[a] == v for a, v in t) for t in terms) for c in cases]),
            "Only the last term counts: each term overwrites the one before. Combine them with |.":
                lambda terms, cases: slow_follows(terms[-1:], cases),
        }, hints=(
            "cases[:, a - 1] == v says for each case whether the condition (a, v) holds.",
            "Begin each term with np.ones(len(cases), bool) and combine its conditions with &.",
            "Begin the rule with np.zeros(len(cases), bool) and combine its terms with |.",
        )),
)
