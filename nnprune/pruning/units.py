"""Unit-OBS: Optimal Brain Surgeon on whole units, which leaves a smaller dense net.

    letter   meaning                                                                       shape
    l        level: 0 are the inputs, then the hidden units; layer l reads level l
    A, A^    a layer's inputs in the net before and in the net pruned so far, ones last    (n, d)
    C        the layer's weights, the bias as last column                                  (n_out, d)
    C0       the weights that give the old outputs from the new inputs                     (n_out, d)
    lambda   damping * diag(1/n A^'A^)                                                     (d,)
    H        1/n A^'A^ + diag(lambda), the same for all units of the layer                 (d, d)
    R        columns that are removed; M = H^-1 at R                                       (r,), (r, r)
    q        one of them
    s        what removing each column costs                                               (d,)

To remove unit q of a level is to remove *column q* of the layer that reads it: one weight of every unit there. Its own
weights, a row of the layer before, then have no effect and go too, at no cost. For the weights w of one unit, removing
a set R with compensation is to minimise 1/2 dw'H dw under dw_R = -w_R (one Lagrange multiplier for each weight of R):

    cost = 1/2 w_R' M^-1 w_R        dw = -H^-1[:, R] M^-1 w_R        M = [H^-1]_RR        (the block formula)

Stahlberger & Riedmiller apply it to the Hessian of the whole net, where R are all weights that leave a unit. With the
layer's own error of L-OBS (``hessian.layer``) the units of the layer do not depend on each other and share H. So R is
the single q for each of them, M is a number, and summed over the units

    s_q = sum_i C_iq^2 / (2 [H^-1]_qq)        C <- C - C[:, q] [H^-1]_q / [H^-1]_qq

after which the inverse loses row and column q (``hessian.downdate``). One inverse serves all units, so a layer costs
d^3 multiply-adds and n_out d^2 for the weights, where exact L-OBS needs a d^3 for each unit.

A layer whose inputs have changed is refitted first, as in ``lobs_sequential``: it aims at its old outputs,

    minimise 1/(2n) |A^ C^' - A C'|^2 + 1/2 sum_j lambda_j (C^_j - C_j)^2        H C0' = 1/n A^'A C' + diag(lambda) C'

and from C0 the error rises by 1/2 tr (C^ - C0) H (C^ - C0)': Unit-OBS again, with C0 for C.

A unit that is 0 on all samples makes H singular, has no influence and nothing to compensate: it is set apart and goes
first, at no cost. A unit that is constant, or equal to another, costs next to nothing, since the bias or the other unit
takes over. Biases always compensate and are never removed.

**Which level gives the next unit**, where only a total is asked for: each level is traced on the unpruned net's inputs,
and the next unit is the one with the least cost per multiply-add saved. A unit of level l saves as many as the levels
before and behind it have units at that moment.

When it fails: the order is greedy; errors of different layers are compared as if they mattered equally to the output;
and what is always 0 on x may not be 0 on other samples.

Reference: Stahlberger & Riedmiller, "Fast Network Pruning and Feature Extraction Using the Unit-OBS Algorithm", NIPS 9,
1996, pages 655-661.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._util.checks import in_range, net_inputs, whole_number
from .._util.progress import shown
from .._util.types import BoolArray, FloatArray, IntArray, Progress, ProgressOption
from ..hessian.downdate import ShrinkingInverse
from ..hessian.layer import input_hessian, output_moment
from ..hessian.linalg import damped_inverse, live_parameters, warn_of_condition
from ..nn.compaction import Compact, compact
from ..nn.layer_matrix import column_masks, columns, rebuilt
from ..nn.mlp import MLP, warn_of_dead_layers
from .masks import removals


@dataclass(frozen=True, eq=False, repr=False)
class UnitResult(Compact):
    """A smaller dense net, where its units come from, and how it came about.

    ``expand(net)`` is the same net in the old shape, with masks; ``compact`` of that gives the smaller one again.

    Attributes
    ----------
    net, inputs, units, sizes
        As of a ``Compact``: ``net.forward(x[:, inputs])`` are the outputs.
    removed : ndarray of shape (k, 2) of int
        Level and unit of every removal, level after level and in order. Level 0 are the inputs.
    costs : ndarray of shape (k,)
        What each was predicted to cost: the rise of its layer's damped error.
    damping : float
        The share of their diagonals that was added to the Hessians.
    """

    removed: IntArray
    costs: FloatArray
    damping: float


def prune_units(net: MLP, x: npt.ArrayLike, *, sizes: Sequence[int] | None = None, sparsity: float | None = None,
                multiply_adds: float | None = None, prune_inputs: bool = False, damping: float = 1e-3,
                progress: ProgressOption = None) -> UnitResult:
    """Remove whole hidden units by Unit-OBS; the others compensate. The result is a smaller dense net.

    Parameters
    ----------
    net : MLP
        Stays as it is. Its units that are dead already (``compact``) stay out; the others must have all their weights.
    x : array_like of shape (n, n_in)
        The samples on which the layers are to keep their pre-activations. No labels are needed.
    sizes : sequence of int
        How many units stay in each hidden layer; with ``prune_inputs`` the number of inputs comes first.
    sparsity : float in [0, 1)
        Instead of it: the share of all hidden units (with ``prune_inputs``: of inputs and hidden units) that is
        removed, exactly ``round(sparsity * n)``.
    multiply_adds : float in [0, 1)
        Instead of both: the share of the multiply-adds of a forward pass that is saved, at least. Units are removed
        until it is reached.
    prune_inputs : bool
        Whether inputs can be removed too: ``result.inputs`` names those that the smaller net wants.
    damping : float
        The share of H's diagonal that is added to it (``linalg``).
    progress : None, bool or callable
        As for ``prune_lobs``; ``progress(done, total)`` with the number of units in the levels that are done.

    Returns
    -------
    UnitResult

    Raises
    ------
    ValueError
        If not exactly one of ``sizes``, ``sparsity`` and ``multiply_adds`` is given, it asks for less than one unit a
        level or for more than there are, weights of the net are pruned, x does not fit the net, or a Hessian is
        singular and ``damping`` too small.

    Notes
    -----
    A level of d units that n_out units read: d^3 + n_out d^2 multiply-adds, and 4 d^2 floats of memory.

    References
    ----------
    Stahlberger & Riedmiller, "Fast Network Pruning and Feature Extraction Using the Unit-OBS Algorithm", NIPS 9, 1996.

    Examples
    --------
    Units 0 and 1 are equal: one of them can be removed at no cost, since the other takes over.

    >>> net = MLP.from_arrays([[[1.0], [1.0], [-1.0]], [[2.0, 3.0, 1.0]]], [[0.0, 0, 0], [0.0]], loss="mse")
    >>> x = np.array([[1.0], [2.0], [-3.0]])
    >>> r = prune_units(net, x, sizes=(2,), damping=1e-9)
    >>> r, r.units, r.net.weights[1].round(6)
    (UnitResult(1-3-1 to 1-2-1), [array([1, 2])], array([[5., 1.]]))
    """
    whole = compact(net)
    levels, before = _levels(whole.net, prune_inputs), whole.net.sizes
    if [sizes, sparsity, multiply_adds].count(None) != 2:
        raise ValueError(f"give exactly one of sizes, sparsity and multiply_adds: sizes={sizes}, sparsity={sparsity}, "
                         f"multiply_adds={multiply_adds}")
    wanted = None if sizes is None else _checked_sizes(sizes, levels, before)
    done = _goal(before, levels, sparsity, multiply_adds)
    x = net_inputs(net, x)
    warn_of_dead_layers(net, x)
    x = x if len(whole.inputs) == x.shape[1] else x[:, whole.inputs]
    with shown(progress, "units") as report:
        run = _Run(whole.net, x, damping, report, sum(before[l] for l in levels) * (2 if wanted is None else 1))
        small, removed, costs = run.prune(run.cheapest(levels, done) if wanted is None else wanted)
    c = compact(whole.expand(small))
    names = [whole.inputs, *whole.units]  # numbers in the net as it was given
    rows = np.concatenate([np.column_stack([np.full(len(gone), l), names[l][gone]]) for l, gone in removed])
    return UnitResult(c.net, c.inputs, c.units, c.sizes, rows, np.concatenate(costs), damping)


def _levels(net: MLP, prune_inputs: bool) -> list[int]:
    """The levels that can lose units; ValueError if there are none, or weights of the net are pruned."""
    pruned = sum(int((~mask).sum()) for mask in (*net.masks, *net.bias_masks) if mask is not None)
    if pruned:
        raise ValueError(f"{pruned:,} of the weights and biases that are in use are pruned, but units compensate with "
                         f"all their weights: prune units first and weights afterwards, or begin from a dense net")
    levels = list(range(0 if prune_inputs else 1, len(net.weights)))
    if not levels:
        raise ValueError(f"{net} has no hidden units to remove: prune_inputs=True removes inputs")
    return levels


def _checked_sizes(sizes: Sequence[int], levels: list[int], before: Sequence[int]) -> dict[int, int]:
    """How many units each level keeps, as ``sizes`` says, or a ValueError."""
    there = tuple(before[l] for l in levels)
    wanted = [whole_number("an entry of sizes", k, 1) for k in ([sizes] if np.ndim(sizes) == 0 else sizes)]
    if len(wanted) != len(levels) or any(k > m for k, m in zip(wanted, there)):
        raise ValueError(f"sizes={sizes}, but there are {there} {'inputs and ' if 0 in levels else ''}hidden units: "
                         f"give one number for each of these {len(levels)}, not larger than it")
    return dict(zip(levels, wanted))


def _goal(before: Sequence[int], levels: list[int], sparsity: float | None,
          multiply_adds: float | None) -> Callable[[Sequence[int]], bool]:
    """A function that tells whether a net of some sizes is small enough, or a ValueError."""
    n, least = sum(before[l] for l in levels), [1 if l in levels else k for l, k in enumerate(before)]
    if sparsity is not None:
        k = removals(sparsity, n)
        if k > n - len(levels):
            raise ValueError(f"sparsity={sparsity} is {k} of {n} units, but one must stay in each of {len(levels)} "
                             f"levels: at most {(n - len(levels)) / n:.4g} can be removed")
        return lambda now: sum(before) - sum(now) >= k
    share = in_range("multiply_adds", multiply_adds or 0.0, 0, 1, high_open=True)

    def done(now: Sequence[int]) -> bool:
        return products(now) <= (1 - share) * products(before)

    if not done(least):
        raise ValueError(f"multiply_adds={multiply_adds}: with one unit in each of {len(levels)} levels "
                         f"{1 - products(least) / products(before):.4g} of the multiply-adds are saved; ask for no more"
                         + ("" if 0 in levels else ", or take prune_inputs=True"))
    return done


def products(sizes: Sequence[int]) -> int:
    """The multiply-adds of one sample in a dense net of these sizes, without biases.

    Examples
    --------
    >>> products((784, 300, 100, 10)), products((784, 75, 40, 10))
    (266200, 62200)
    """
    return sum(a * b for a, b in zip(sizes, sizes[1:]))


class _Run:
    """One dense net that loses units, and the samples to do it by."""

    def __init__(self, net: MLP, x: FloatArray, damping: float, progress: Progress, total: int) -> None:
        self.net, self.x, self.damping, self.total, self.done = net, x, damping, total, 0
        self.progress = progress
        self.inputs, _ = net.layer_inputs(x)

    def level(self, l: int, new: FloatArray, n_remove: int) -> tuple[IntArray, FloatArray, FloatArray]:
        """Remove units of level l, whose outputs are now ``new``: the units, their costs, and C of layer l."""
        C, old = columns(self.net, l), self.inputs[l]
        H, what = input_hessian(new, self.net.biases[l] is not None), f"the Hessian of layer {l}"
        Hinv, condition = damped_inverse(H, self.damping, what)
        warn_of_condition(condition, what)
        live = live_parameters(H, what)
        if not np.array_equal(new, old):  # H C0' = 1/n A^'A C' + diag(lambda) C'
            C = np.where(live, (output_moment(new, old, C).T + self.damping * np.diag(H) * C) @ Hinv, C)
        found = remove_columns(C, Hinv, live[:new.shape[1]], n_remove)
        self.done += new.shape[1]
        self.progress(self.done, self.total)
        return found

    def cheapest(self, levels: list[int], done: Callable[[Sequence[int]], bool]) -> dict[int, int]:
        """How many units each level keeps, by cost per multiply-add saved, traced on the unpruned net's inputs."""
        costs = {l: self.level(l, self.inputs[l], self.net.sizes[l] - 1)[1] for l in levels}
        now = list(self.net.sizes)

        def price(l: int) -> float:
            saved = now[l + 1] + (now[l - 1] if l else 0)
            return float(costs[l][len(costs[l]) + 1 - now[l]]) / saved if now[l] > 1 else np.inf

        while not done(now):
            now[min(levels, key=price)] -= 1
        return {l: now[l] for l in levels}

    def prune(self, wanted: dict[int, int]) -> tuple[MLP, list[tuple[int, IntArray]], list[FloatArray]]:
        """The net in its old shape with masks, level after level down to so many units; what went, and its costs."""
        layers = range(len(self.net.weights))
        C, kept = [columns(self.net, l) for l in layers], [column_masks(self.net, l) for l in layers]
        removed, all_costs = [], []
        for l, size in wanted.items():
            new = rebuilt(self.net, C, kept).layer_inputs(self.x)[0][l]
            gone, costs, C[l] = self.level(l, new, self.net.sizes[l] - size)
            kept[l][:, gone] = False
            if l:
                kept[l - 1][gone] = False
            removed.append((l, gone))
            all_costs.append(costs)
        return rebuilt(self.net, C, kept), removed, all_costs


def remove_columns(C: FloatArray, Hinv: FloatArray, live: BoolArray,
                   n_remove: int) -> tuple[IntArray, FloatArray, FloatArray]:
    """Remove the cheapest column for all units of a layer together, and let the others compensate; and again.

    Parameters
    ----------
    C : ndarray of shape (n_out, d)
        The weights; columns beyond those of ``live`` (the bias) are never removed.
    Hinv : ndarray of shape (d, d)
        The inverse of the damped Hessian.
    live : ndarray of shape (d or d - 1,), bool
        False for inputs that are always 0: they go first, at no cost.
    n_remove : int

    Returns
    -------
    removed : ndarray of shape (n_remove,) of int
        In order.
    costs : ndarray of shape (n_remove,)
        The rise of 1/2 tr (C^ - C) H (C^ - C)' that each brings.
    C^ : ndarray of shape (n_out, d)

    Examples
    --------
    Inputs 0 and 1 are nearly equal: the second takes over from the first.

    >>> Hinv = np.linalg.inv([[1.0, 0.99], [0.99, 1.0]])
    >>> removed, costs, C = remove_columns(np.array([[1.0, 2.0], [3.0, 4.0]]), Hinv, np.array([True, True]), 1)
    >>> removed, costs.round(4), C.round(2)
    (array([0]), array([0.0995]), array([[0.  , 2.99],
           [0.  , 6.97]]))
    """
    C, inverse, n = C.astype(np.float64), ShrinkingInverse(Hinv), len(live)
    removed = np.flatnonzero(~live)[:n_remove].tolist()
    costs, blocked = [0.0] * len(removed), np.where(live, 0.0, np.inf)
    C[:, removed] = 0
    while len(removed) < n_remove:
        # s_q = sum_i C_iq^2 / (2 [H^-1]_qq): Hassibi & Stork 1992, eq. 5, summed over the units.
        s = np.einsum("iq,iq->q", C[:, :n], C[:, :n]) / (2 * inverse.diagonal[:n]) + blocked
        q = int(s.argmin())
        r = inverse.row(q)
        # dC = -C[:, q] [H^-1]_q / [H^-1]_qq: eq. 5 again, for every unit.
        C -= np.outer(C[:, q] / r[q], r)
        C[:, q], blocked[q] = 0, np.inf
        inverse.remove(q, r)
        removed.append(q)
        costs.append(float(s[q]))
    return np.array(removed, int), np.array(costs), C
