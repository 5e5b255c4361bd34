"""Exercises to lesson 08: the tools of the whole loop of OBS, and of reading what it leaves.

    letter         meaning                                                   shape
    Hinv           inverse Hessian of the samples so far                     (d, d)
    B, n           gradients of a batch, a sample a row; all samples         (m, d), int
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
def batches(draw):
    """The inverse ``Hinv`` (d, d) before a batch, its gradients ``B`` (m, d) of half-integers, and ``n``."""
    d, m = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    M = draw(half_integers((2, d)))
    return Case(Hinv=np.linalg.inv(M.T @ M + np.eye(d)), B=draw(half_integers((m, d))), n=draw(st.integers(3, 9)))


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


def slow_add_batch(Hinv, B, n):
    """H again, the batch added, and inverted."""
    return np.linalg.inv(np.linalg.inv(Hinv) + B.T @ B / n)


def slow_smallest(train, valid):
    """Look at every net; the last one that is good is the smallest."""
    return [k for k in range(len(train)) if train[k] >= train[0] and valid[k] >= valid[0]][-1]


def slow_count_paths(M1, M2):
    """Try every path, input to unit to output."""
    paths = np.zeros((len(M2), M1.shape[1]), int)
    for o, u, i in itertools.product(range(len(M2)), range(len(M1)), range(M1.shape[1])):
        paths[o, i] += M2[o, u] and M1[u, i]
    return paths


def slow_follows(terms, cases):
    """Case by case, term by term, condition by condition."""
    return np.array([any(all(case[a - 1] == v for a, v in term) for term in terms) for case in cases])


def _batch(Hinv, B, n, *, sign=1, of=None, damp=None):
    """Woodbury's formula with a mistake of choice: ``of`` and ``damp`` make the small matrix."""
    V = B @ Hinv
    S = (n if damp is None else damp) * np.eye(len(B)) + (V @ B.T if of is None else of)
    return Hinv - sign * V.T @ np.linalg.solve(S, V)


def _before_the_first_loss(train, valid):
    good = (train >= train[0]) & (valid >= valid[0])
    return len(good) - 1 if good.all() else int(good.argmin()) - 1


EXERCISES = (
    Exercise(
        "add_batch", answers("f(Hinv, B, n) -> Hinv", array("Hinv", lambda Hinv, B, n: Hinv.shape)),
        (equals(slow_add_batch, batches(), hard=(
                    Case(Hinv=np.eye(2), B=np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]]), n=4),
                    Case(Hinv=np.diag([0.5, 2.0, 1.0]), B=np.array([[1.0, -2.0, 0.5]]), n=2),
                    Case(Hinv=np.array([[1.0, 0.5], [0.5, 1.0]]), B=np.array([[1.0, 2.0], [-1.0, 0.5]]), n=1),
                    Case(Hinv=np.array([[2.0]]), B=np.array([[3.0], [1.0]]), n=5)),
                formula="Hinv - V' (n I + B V')^-1 V,  V = B Hinv",
                source="Hassibi & Stork 1992, eq. 17, for several samples at once; Woodbury 1950",
                mistake="With a batch of one row it must be equation 17: compare letter by letter.",
                statement="After the batch it is the inverse of H + 1/n B'B."),),
        "lesson 08, section 2: equation 17, and naive_inverse, one sample at a time", {
            "The small matrix has I where it needs n I: H has 1/n of each g g'.":
                lambda Hinv, B, n: _batch(Hinv, B, n, damp=1),
            "n is the number of all samples, which is given, not that of this batch.":
                lambda Hinv, B, n: _batch(Hinv, B, n, damp=len(B)),
            "The correction is added; it must be subtracted: samples more make H larger and its inverse smaller.":
                lambda Hinv, B, n: _batch(Hinv, B, n, sign=-1),
            "The small matrix has B B'; it needs B Hinv B'.": lambda Hinv, B, n: _batch(Hinv, B, n, of=B @ B.T),
            "The samples of a batch do not know of each other: the small matrix has entries off its diagonal, too.":
                lambda Hinv, B, n: _batch(Hinv, B, n, of=np.diag(np.diag(B @ Hinv @ B.T))),
            "The small matrix is not inverted.":
                lambda Hinv, B, n: Hinv - (B @ Hinv).T @ (n * np.eye(len(B)) + B @ Hinv @ B.T) @ (B @ Hinv),
            "This is H with the batch, not its inverse.":
                lambda Hinv, B, n: np.linalg.inv(Hinv) + B.T @ B / n,
        }, hints=(
            "V = B @ Hinv has a row v' for each sample of the batch: (m, d).",
            "The denominator n + g'v becomes a matrix (m, m): n I + B V'.",
            "To divide by a matrix is np.linalg.solve(S, V), or np.linalg.inv(S) @ V.",
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
        "count_paths", answers("f(M1, M2) -> paths", array("paths", lambda M1, M2: (len(M2), M1.shape[1]), "iuf")),
        (equals(slow_count_paths, two_masks(), hard=(
                    Case(M1=np.array([[True, False], [True, True]]), M2=np.array([[True, True]])),
                    Case(M1=np.zeros((2, 3), bool), M2=np.ones((1, 2), bool)),
                    Case(M1=np.ones((3, 1), bool), M2=np.ones((2, 3), bool)),
                    Case(M1=np.ones((1, 2), bool), M2=np.zeros((2, 1), bool)),
                    Case(M1=np.ones((300, 1), bool), M2=np.ones((1, 300), bool))),
                formula="paths_oi = number of units u with M2_ou and M1_ui",
                source="lesson 08, section 5; Tanaka et al. 2020 on paths",
                statement="Each path from an input over a unit to an output of which both weights are kept counts."),),
        "lesson 08, section 5: naive_reads asks whether there is one", {
            "This is 1 where there is a path; wanted is how many there are. (In a product of masks True + True is "
            "True: make numbers of them first, M1.astype(int).)": lambda M1, M2: (M2 @ M1).astype(int),
            "Inputs and outputs are exchanged: a row of the answer is an output.":
                lambda M1, M2: slow_count_paths(M1, M2).T,
            "The paths of all outputs are added; wanted is a row for each output.":
                lambda M1, M2: slow_count_paths(M1, M2).sum(axis=0) + np.zeros((len(M2), 1), int),
            "The masks are inverted: these are the paths of removed weights.":
                lambda M1, M2: slow_count_paths(~M1, ~M2),
        }, hints=(
            "Over one unit there are M2[o, u] * M1[u, i] paths, 0 or 1. Add up over the units.",
            "That is a matrix product. Of arrays of True and False NumPy's product is again True or False: make "
            "numbers of them first, M1.astype(int).",
        )),
    Exercise(
        "follows", answers("f(terms, cases) -> holds", array("holds", lambda terms, cases: (len(cases),), "b")),
        (equals(slow_follows, rules(), hard=(
                    Case(terms=[[(1, 1), (2, 2)], [(3, 3)]],
                         cases=np.array([[1, 2, 1], [1, 1, 3], [2, 2, 2], [1, 1, 1]])),
                    Case(terms=[[(3, 1)], [(1, 3)]], cases=np.array([[3, 1, 3], [1, 1, 1]])),
                    Case(terms=[], cases=np.array([[3, 1, 3], [1, 1, 1]]))),
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
