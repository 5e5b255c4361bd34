"""Masks, and how many weights a sparsity stands for.

A *mask* is a boolean array of a weight matrix's shape: True = kept, False = pruned. *Sparsity* is the share of
all prunable weights that is gone. A list of matrices (one a layer, or weights and biases together) is ranked as
one long vector; ``offsets`` says where each matrix begins in it.

A *pattern* n:m keeps n of every m consecutive inputs of a unit, its *groups*. A bias, the column behind them, is in no
group.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import in_range
from .._util.types import BoolArray, FloatArray, IntArray, Sparsities
from ..nn.mlp import MLP

Pattern = tuple[int, int]  # n, m: of every m consecutive inputs of a unit, n weights stay


def removals(sparsity: float, n_weights: int) -> int:
    """How many of ``n_weights`` weights are gone at this sparsity: exactly ``round(sparsity * n_weights)``.

    Parameters
    ----------
    sparsity : float in [0, 1)
    n_weights : int

    Raises
    ------
    ValueError
        If the sparsity is outside [0, 1) or no number.

    Examples
    --------
    >>> removals(0.9, 266_200)
    239580
    """
    return round(in_range("sparsity", sparsity, 0, 1, high_open=True) * n_weights)


def n_pruned(net: MLP) -> int:
    """How many of the net's weights are pruned."""
    return sum(int((~mask).sum()) for mask in net.masks)


def share(k: int, n_weights: int) -> float:
    """The sparsity at which ``k`` of the weights are gone; where that is all of them, the largest one below 1.

    Examples
    --------
    >>> share(8, 16), removals(share(16, 16), 16)
    (0.5, 16)
    """
    return min(k / n_weights, float(np.nextafter(1, 0)))


def sparsity_list(sparsity: float | Sparsities) -> tuple[list[float], bool]:
    """The sparsities asked for, as a list, and whether a single one was asked for.

    Raises
    ------
    ValueError
        If one is outside [0, 1), the list is empty, or it does not rise.
    """
    if isinstance(sparsity, Mapping):
        raise ValueError(f"sparsity={sparsity} has a share for each layer, but one for the whole net is needed here; "
                         f"prune_magnitude, prune_random, prune_obd, prune_snip, prune_by_scores and prune_lobs take "
                         f"such shares")
    single = np.ndim(sparsity) == 0
    given: list[Any] = [sparsity] if single else list(sparsity)  # type: ignore[arg-type]
    if not given:
        raise ValueError("sparsity is an empty list; at least one value in [0, 1) is needed")
    values = [in_range("sparsity", s, 0, 1, high_open=True) for s in given]
    for a, b in zip(values, values[1:]):
        if b <= a:
            raise ValueError(f"a list of sparsities must rise, but {b} follows {a}")
    return values, single


def smallest(scores: FloatArray, k: int) -> IntArray:
    """The places of the ``k`` smallest scores, in rising order; equal scores in the order they stand in.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        ``inf`` marks what may not be chosen.
    k : int
        All of them where there are fewer.

    Returns
    -------
    ndarray of shape (k,) of int

    Examples
    --------
    >>> smallest(np.array([3.0, 1.0, 2.0, 1.0]), 3)
    array([1, 3, 2])
    """
    k = min(k, len(scores))
    if k == 0:
        return np.empty(0, np.intp)
    # Only what is not above the k-th smallest score needs sorting; finding that score takes linear time.
    candidates = np.flatnonzero(scores <= np.partition(scores, k - 1)[k - 1])
    return candidates[np.argsort(scores[candidates], kind="stable")][:k]


def offsets(arrays: Sequence[npt.NDArray[Any]]) -> IntArray:
    """Where each array begins in the vector of all of them: shape (len(arrays) + 1,), the last is the total.

    Examples
    --------
    >>> offsets([np.ones((2, 3)), np.ones((1, 2))])
    array([0, 6, 8])
    """
    return np.cumsum([0] + [a.size for a in arrays])


def locate(places: IntArray, shapes: Sequence[tuple[int, ...]]) -> IntArray:
    """Turn places in the long vector into rows (layer, unit, input).

    Parameters
    ----------
    places : ndarray of shape (k,) of int
    shapes : list of (n_out, n_in)
        The shapes of the matrices, in order.

    Returns
    -------
    ndarray of shape (k, 3) of int

    Examples
    --------
    >>> locate(np.array([0, 7]), [(2, 3), (1, 2)])
    array([[0, 0, 0],
           [1, 0, 1]])
    """
    starts = np.cumsum([0] + [rows * columns for rows, columns in shapes])
    layer = np.searchsorted(starts, places, side="right") - 1
    unit, column = np.divmod(places - starts[layer], np.array([c for _, c in shapes])[layer])
    return np.stack([layer, unit, column], axis=1)


def checked_pattern(pattern: Any, widths: Mapping[str, int]) -> Pattern:
    """The n and m of a pattern "n:m", if m divides the inputs of every layer.

    Parameters
    ----------
    pattern : str
    widths : mapping of str to int
        The layers by their names, for the messages, and how many inputs each has.

    Raises
    ------
    ValueError
        If it is no such text, not 0 < n < m, or a layer has another number of inputs than a multiple of m.

    Examples
    --------
    >>> checked_pattern("2:4", {"layer 0": 784})
    (2, 4)
    """
    match = re.fullmatch(r"(\d+):(\d+)", pattern) if isinstance(pattern, str) else None
    n, m = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 0 < n < m:
        raise ValueError(f"pattern must be 'n:m' with 0 < n < m, such as '2:4' for 2 of every 4 inputs kept, but it is "
                         f"{pattern!r}")
    for name, n_in in widths.items():
        if n_in % m:
            raise ValueError(f"pattern={pattern!r}: {m} does not divide the {n_in} inputs of {name}; take another m, "
                             f"or leave this layer out")
    return n, m


def per_group(mask: BoolArray, m: int) -> IntArray:
    """How many entries of each group of ``m`` columns are True: (n_out, d) -> (n_out, d // m).

    Examples
    --------
    >>> per_group(np.array([[True, False, True, True, True]]), 2)  # the last column, a bias, is in no group
    array([[1, 2]])
    """
    G = mask.shape[1] // m
    return mask[:, :G * m].reshape(len(mask), G, m).sum(axis=2)


def quotas(kept: BoolArray, pattern: Pattern) -> IntArray:
    """How many weights each group has to lose for the pattern; 0 where it has lost more: (n_out, d) -> (n_out, d // m).

    Examples
    --------
    >>> quotas(np.array([[True, True, True, True, False, False]]), (1, 2))
    array([[1, 1, 0]])
    """
    n, m = pattern
    return np.maximum(per_group(kept, m) - n, 0)


def lowest_in_groups(scores: FloatArray, quota: IntArray, m: int) -> FloatArray:
    """The scores of the ``quota`` lowest of each group, ``inf`` for all others: (n_out, d) -> (n_out, d).

    Examples
    --------
    >>> lowest_in_groups(np.array([[3.0, 1.0, 2.0, 5.0, 0.0]]), np.array([[1, 2]]), 2)  # the last column is a bias
    array([[inf,  1.,  2.,  5., inf]])
    """
    lowest, G = np.full_like(scores, np.inf), quota.shape[1]
    of_groups = scores[:, :G * m].reshape(len(scores), G, m)
    rank = of_groups.argsort(axis=2, kind="stable").argsort(axis=2)
    lowest[:, :G * m] = np.where(rank < quota[:, :, None], of_groups, np.inf).reshape(len(scores), -1)
    return lowest


def first_in_groups(mask: BoolArray, quota: IntArray, m: int) -> BoolArray:
    """The True entries of each group, from the left and at most its ``quota`` of them.

    Parameters
    ----------
    mask : ndarray of shape (n_out, d), bool
    quota : ndarray of shape (n_out, d // m) of int
    m : int

    Returns
    -------
    ndarray of shape (n_out, d), bool
        False for what is in no group.

    Examples
    --------
    >>> first_in_groups(np.array([[True, True, False, True, True]]), np.array([[1, 2]]), 2)
    array([[ True, False, False,  True, False]])
    """
    first, G = np.zeros_like(mask), mask.shape[1] // m
    of_groups = mask[:, :G * m].reshape(len(mask), G, m)
    first[:, :G * m] = (of_groups & (of_groups.cumsum(axis=2) <= quota[:, :, None])).reshape(len(mask), -1)
    return first
