"""Exercises to lesson 10: a stale inverse, and one that is kept up to date at little cost.

    letter   meaning                                                       shape
    w, H     one unit's weights, its Hessian                               (d,), (d, d)
    A, U     the inverse of what is left is A - U'U                        (d, d), (j, d)
    q, r     the weight that goes, row q of the inverse                    int, (d,)
    kept     which weights are left                                        (d,) bool
    costs    what each removal costs, a unit a row                         (n_units, n)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws.kinds import read_array
from nnprune.laws.law import Case, demand, same
from nnprune.laws.strategies import distinct_weights, half_integers

from .frame import Exercise, answers, array, equals, rule

# Rows of U; the first is what a counterexample shrinks to. None must work, but shows little.
PENDING = (1, 2, 0)


@st.composite
def removals(draw):
    """A unit ``w`` whose stale saliencies are all different, with ``H``, and how many go: two at least, but not all."""
    d = draw(st.integers(3, 4))
    M = draw(half_integers((2, d), 1))
    return Case(w=draw(distinct_weights((d,))), H=M.T @ M + np.eye(d), n_remove=draw(st.integers(2, d - 1)))


def clear(case):
    """Whether no two stale saliencies are so close that rounding may choose."""
    L = np.sort(case.w**2 / (2 * np.diag(np.linalg.inv(case.H))))
    return bool((np.diff(L) > 1e-6 * L[1:]).all())


@st.composite
def rows(draw):
    """``A`` symmetric, ``U`` of no, one or two rows, and ``q``: half-integers."""
    d = draw(st.integers(2, 3))
    M = draw(half_integers((d, d)))
    return Case(A=np.triu(M) + np.triu(M, 1).T, U=draw(half_integers((draw(st.sampled_from(PENDING)), d))),
                q=draw(st.integers(0, d - 1)))


@st.composite
def pushes(draw):
    """``U`` of no, one or two rows, and ``r`` without a 0, with the square of a half-integer at ``q``."""
    d = draw(st.integers(2, 3))
    r, q = draw(half_integers((d,))), draw(st.integers(0, d - 1))
    r[r == 0] = 1
    r[q] = draw(st.sampled_from([4.0, 2.25]))
    return Case(U=draw(half_integers((draw(st.sampled_from(PENDING)), d))), r=r, q=q)


@st.composite
def flushes(draw):
    """The inverse ``A`` of ``H``, and ``U`` and ``kept`` after one or two exact removals."""
    d = draw(st.integers(3, 4))
    M = draw(half_integers((2, d), 1))
    M[0] += M[0] == 0  # so that every weight is coupled with every other one
    H = M.T @ M + np.eye(d)
    A, U, kept = np.linalg.inv(H), np.empty((0, d)), np.ones(d, bool)
    for q in draw(st.permutations(range(d)))[:draw(st.integers(1, 2))]:
        r = (A - U.T @ U)[q]
        U, kept[q] = np.vstack([U, r / np.sqrt(r[q])]), False
    return Case(A=A, U=U, kept=kept, H=H)


@st.composite
def tables(draw):
    """``costs`` of two or three units with two or three removals each, no two equal."""
    return Case(costs=np.abs(draw(distinct_weights((draw(st.integers(2, 3)), draw(st.integers(2, 3)))))))


def slow_remove_stale(w, H, n_remove, *, mask=True, move=True, first=False, order=None):
    """One inverse for all removals; the options are mistakes."""
    start, w, Hinv = w, w.copy(), np.linalg.inv(H)
    gone = np.argsort(w**2 / (2 * np.diag(Hinv)) if order is None else order(w, H))[:n_remove].tolist()
    for i, q in enumerate(gone):
        if move:
            w = w - (start if first else w)[q] / Hinv[q, q] * Hinv[:, q]
        w[gone[:i + 1] if mask else q] = 0
    return w


def _again(w, H, n_remove, recompute):
    """Saliencies computed again after each removal, from the first inverse or (exact OBS) from a new one."""
    w, left, first = w.copy(), np.arange(len(w)), np.linalg.inv(H)
    for _ in range(n_remove):
        Hinv = np.linalg.inv(H[np.ix_(left, left)]) if recompute else first[np.ix_(left, left)]
        q = int((w[left]**2 / np.diag(Hinv)).argmin())
        w[left] = w[left] - w[left[q]] / Hinv[q, q] * Hinv[q]
        w[left[q]], left = 0, np.delete(left, q)
    return w


def slow_row_now(A, U, q):
    """Row q of all of A - U'U, the downdates taken off one by one."""
    for u in U:
        A = A - np.outer(u, u)
    return A[q]


def slow_merge(costs):
    """Always the unit whose next removal is the cheapest."""
    at, order, n = [0] * len(costs), [], costs.shape[1]
    for _ in range(costs.size):
        order.append(int(np.argmin([c[t] if t < n else np.inf for c, t in zip(costs, at)])))
        at[order[-1]] += 1
    return np.array(order)


@rule(pushes(), hard=[Case(U=np.empty((0, 2)), r=np.array([4.0, 1.0]), q=0),
                      Case(U=np.eye(3)[:2], r=np.array([-2.0, 0.0, 2.25]), q=2),
                      Case(U=np.array([[2.0]]), r=np.array([4.0]), q=0),
                      *(Case(U=np.array([[1.0, 0.5]]), r=np.array([2.25, other]), q=0) for other in (9.0, 0.0))],
      formula="U'U afterwards = U'U before + r r' / r_q", source="Frantar & Alistarh 2022, Lemma 1",
      mistake="u must be such that u u' = r r' / r_q.")
def push_subtracts_the_downdate(f, p):
    """What the new row adds to U'U is just what the downdate subtracts from the inverse."""
    U = f(p.U, p.r, p.q)
    same("U'U", U.T @ U, p.U.T @ p.U + np.outer(p.r, p.r) / p.r[p.q], beside=f"U = {U}")


@rule(pushes(), formula="u_q^2 = r_q", source="Frantar & Alistarh 2022, Lemma 1",
      mistake="Entry q of u is not the root of r_q.")
def push_empties_row_q(f, p):
    """After the downdate nothing is left of row q: r - u u_q = 0 in every entry."""
    u = f(p.U, p.r, p.q)[-1]
    same("r - u u_q", p.r - u * u[p.q], np.zeros(len(p.r)))


def _flush(q):
    """A case in which one exact removal is pending."""
    H = np.array([[4.0, 2.0, 1.0], [2.0, 3.0, 1.0], [1.0, 1.0, 2.0]])
    A = np.linalg.inv(H)
    return Case(A=A, U=(A[q] / np.sqrt(A[q, q]))[None], kept=np.arange(3) != q, H=H)


@rule(flushes(), hard=[*map(_flush, range(3)),
                       Case(A=np.eye(2) / 2, U=np.empty((0, 2)), kept=np.ones(2, bool), H=2 * np.eye(2)),
                       Case(A=np.eye(1) / 4, U=np.empty((0, 1)), kept=np.ones(1, bool), H=4 * np.eye(1))],
      formula="(A - U'U)_SS = (H_SS)^-1", source="Frantar & Alistarh 2022, Lemma 1, repeated",
      mistake="A and U must be put together as A - U'U, then cut.")
def flush_inverts_the_rest(f, p):
    """What comes out is the inverse of the Hessian of the weights left, as if it had been inverted again."""
    same("the inverse", f(p.A, p.U, p.kept), np.linalg.inv(p.H[np.ix_(p.kept, p.kept)]))


@rule(tables(), formula="each unit stands n times in the order", source="the definition of a merge",
      mistake="A unit is left out, or comes too often: look at what happens when a unit has no removal left.")
def merge_keeps_every_removal(f, p):
    """Every removal has its turn once."""
    order = f(p.costs)
    n_units, n = p.costs.shape
    counts = [int((order == i).sum()) for i in range(n_units)]
    demand(counts == [n] * n_units, f"each of the {n_units} units {n} times", f"{counts} times, order = {order}")


def _read_push(args, answer):
    U, r, q = args
    return read_array(answer, "U", (len(U) + 1, len(r)))


EXERCISES = (
    Exercise(
        "remove_stale", answers("f(w, H, n_remove) -> w", array("w", lambda w, H, n_remove: w.shape)),
        (equals(slow_remove_stale, removals().filter(clear), hard=tuple(
                    Case(w=np.array([-4.0, -3.0, -6.0]), H=np.array([[6.0, -2, 2], [-2, 9, -8], [2, -8, 9]]),
                         n_remove=k) for k in (2, 1, 0)) + tuple(
                    Case(w=np.array([2.0]), H=np.array([[4.0]]), n_remove=k) for k in (0, 1)),
                formula="L_q = w_q^2 / (2 [H^-1]_qq) once; then dw = -(w_q / [H^-1]_qq) H^-1 e_q and the mask, q by q",
                source="Hassibi & Stork 1992, eq. 5, with the shortcut of lesson 10",
                statement="One inverse and one list of saliencies serve for all removals, the cheapest first. A weight "
                          "that is gone stays 0.",
                mistake="Step by step: saliencies and inverse once; then, weight by weight, eq. 5 with the weight as "
                        "it is by then, and 0 for all that have gone."),),
        "lesson 10, section 2: stale_obs", {
            "The removed weights come back: an update moves them again. Set all that have gone to 0 after each update.":
                lambda w, H, n_remove: slow_remove_stale(w, H, n_remove, mask=False),
            "The inverse is recomputed after each removal. That is the better way; wanted is the shortcut, one inverse "
            "for all.": lambda w, H, n_remove: _again(w, H, n_remove, recompute=True),
            "The saliencies are computed again after each removal; wanted is one list for all.":
                lambda w, H, n_remove: _again(w, H, n_remove, recompute=False),
            "The update takes w_q as it was at the start; the updates before it have moved w_q.":
                lambda w, H, n_remove: slow_remove_stale(w, H, n_remove, first=True),
            "The weights are chosen correctly and set to 0, but the others do not move.":
                lambda w, H, n_remove: slow_remove_stale(w, H, n_remove, move=False),
            "The smallest weights go; wanted are the smallest saliencies.":
                lambda w, H, n_remove: slow_remove_stale(w, H, n_remove, order=lambda w, H: np.abs(w)),
        }, hints=(
            "Before the loop: Hinv = np.linalg.inv(H), and L = w**2 / (2 * np.diag(Hinv)).",
            "np.argsort(L)[:n_remove] are the weights that go, the cheapest first.",
            "For each of them the update of eq. 5, with the weight as it is by then: dw = -(w_q / [H^-1]_qq) H^-1 "
            "e_q.",
            "A stale inverse moves removed weights too: set all that have gone to 0 again after every update.",
        )),
    Exercise(
        "row_now", answers("f(A, U, q) -> r", array("r", lambda A, U, q: (len(A),))),
        (equals(slow_row_now, rows(), hard=(
                    Case(A=np.eye(3), U=np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]]), q=1),
                    Case(A=np.array([[2.0, 1.0], [1.0, 3.0]]), U=np.empty((0, 2)), q=0),
                    Case(A=np.array([[3.0]]), U=np.array([[0.5], [1.0]]), q=0)),
                formula="r = A[q] - U[:, q]'U", source="lesson 10, section 3",
                statement="Take the downdates off A one by one, u u' for each row u of U, and read row q.",
                mistake="Each entry i of the row needs column q and column i of U: U[:, q] @ U[:, i]."),),
        "lesson 10, section 3: the line of blocked_obs that computes r", {
            "This is row q of A, the old inverse: the pending downdates are missing.": lambda A, U, q: A[q],
            "The pending downdates are added; they must be subtracted.": lambda A, U, q: A[q] + U[:, q] @ U,
            "U[:, q] @ U[:, q] is one number, right for entry q alone. Each entry i needs U[:, q] @ U[:, i].":
                lambda A, U, q: A[q] - U[:, q] @ U[:, q],
            "U @ U.T is (j, j), the products of removals. Wanted are those of weights, U.T @ U of shape (d, d).":
                lambda A, U, q: (A - U @ U.T)[q],
            "U[q] is a row of U, which belongs to a removal. What weight q has to do with each removal is a column, "
            "U[:, q].": lambda A, U, q: A[q] - U[q] * U[q, q],
            "Only the last pending downdate is subtracted; wanted are all of them.":
                lambda A, U, q: A[q] - U[-1, q] * U[-1] if len(U) else A[q],
        }, hints=(
            "Entry (q, i) of U'U is the product of two columns of U: U[:, q] @ U[:, i].",
            "All i at once: U[:, q] @ U, of shape (j,) times (j, d), which is (d,).",
            "It works for j = 0 as well: an empty sum is 0.",
        )),
    Exercise(
        "push", answers("f(U, r, q) -> U", _read_push), (push_subtracts_the_downdate, push_empties_row_q),
        "lesson 10, section 3: the formula with u", {
            "r is divided by r_q; u u' is then r r' / r_q^2. Divide by the square root of r_q.":
                lambda U, r, q: np.vstack([U, r / r[q]]),
            "r is pushed as it is: the division by the square root of r_q is missing.":
                lambda U, r, q: np.vstack([U, r]),
            "r is divided by its length; wanted is the square root of its entry q.":
                lambda U, r, q: np.vstack([U, r / np.linalg.norm(r)]),
            "r is multiplied by the square root of r_q; divide by it.":
                lambda U, r, q: np.vstack([U, r * np.sqrt(r[q])]),
            "The new row alone is returned; the rows of U before it are still pending.":
                lambda U, r, q: (r / np.sqrt(r[q]))[None],
        }, hints=(
            "The downdate subtracts r r' / r_q. It shall be u u'.",
            "So u is r divided by the square root of r_q, which is r[q].",
            "np.vstack([U, u]) puts one more row below; do not change the U that you were given.",
        ), right=lambda U, r, q: np.vstack([U, r / np.sqrt(r[q])])),
    Exercise(
        "flush", answers("f(A, U, kept) -> A", array("A", lambda A, U, kept: (int(kept.sum()),) * 2)),
        (flush_inverts_the_rest,), "lesson 10, section 3: the last lines of blocked_obs, and the paragraph below it", {
            "The pending downdates are lost: A is cut, but U'U is not subtracted, as in section 6 of the lesson.":
                lambda A, U, kept: A[kept][:, kept],
            "U'U is added; it must be subtracted.": lambda A, U, kept: (A + U.T @ U)[kept][:, kept],
            "The rows and columns of the removed weights are still there: cut them out of the result.":
                lambda A, U, kept: A - U.T @ U,
            "U @ U.T is (j, j), the products of removals. Wanted are those of weights, U.T @ U of shape (d, d).":
                lambda A, U, kept: (A - U @ U.T)[kept][:, kept],
            "The mask is inverted: this keeps the removed weights. kept is True for those that stay.":
                lambda A, U, kept: (A - U.T @ U)[~kept][:, ~kept],
            "B[kept, kept] takes the diagonal alone; rows and columns are B[kept][:, kept].":
                lambda A, U, kept: (A - U.T @ U)[kept, kept],
            "A[kept, kept] takes the diagonal of A alone; rows and columns are A[kept][:, kept].":
                lambda A, U, kept: A[kept, kept] - U[:, kept].T @ U[:, kept],
            "A is cut and U is not, so their shapes differ: cut the columns of U too, or cut at the end.":
                lambda A, U, kept: A[kept][:, kept] - U.T @ U,
        }, hints=(
            "All pending downdates are one matrix product: U.T @ U, of shape (d, d).",
            "B[kept][:, kept] are the rows and columns of B that are kept.",
        ), right=lambda A, U, kept: (A - U.T @ U)[kept][:, kept]),
    Exercise(
        "merge", answers("f(costs) -> order", array("order", lambda costs: (costs.size,), "iu")),
        (equals(slow_merge, tables(), hard=(Case(costs=np.array([[9.0, 1.0, 1.5], [2.0, 3.0, 10.0]])),
                                            Case(costs=np.array([[5.0], [1.0], [3.0]])),
                                            Case(costs=np.array([[4.0, 3.0, 2.0, 1.0]]))),
                formula="next = argmin over the units of the cost of their next removal",
                source="lesson 10, section 4",
                statement="Each time it is the turn of the unit whose next removal is the cheapest, whatever waits "
                          "behind it."), merge_keeps_every_removal),
        "lesson 10, section 4: naive_merge, and the running maximum", {
            "All costs are sorted at once, so a cheap removal comes before the expensive one that must precede it.":
                lambda costs: np.argsort(costs.ravel()) // costs.shape[1],
            "The units take turns; it should be the turn of the unit whose next removal is cheapest.":
                lambda costs: np.tile(np.arange(len(costs)), costs.shape[1]),
            "These are places in the raveled matrix. A place divided by the length of a row (//) is the unit.":
                lambda costs: np.argsort(np.maximum.accumulate(costs, axis=1).ravel(), kind="stable"),
            "The running maximum goes down the columns, from unit to unit; it belongs along each row (axis=1).":
                lambda costs: np.argsort(np.maximum.accumulate(costs, axis=0).ravel(), kind="stable") // costs.shape[1],
            "The most expensive next removal goes first; wanted is the cheapest.":
                lambda costs: slow_merge(-costs),
        }, hints=(
            "The slow way: for each unit remember how many of its removals have had their turn; look at the next one "
            "of each unit (np.inf behind the last one), and take the smallest.",
            "The fast way: a removal's turn comes when the most expensive one up to it is the cheapest on offer. "
            "np.maximum.accumulate(costs, axis=1) is the running maximum.",
            'np.argsort(..., kind="stable") of the raveled matrix gives places; a place divided by n (//) is the '
            "unit.",
        )),
)
