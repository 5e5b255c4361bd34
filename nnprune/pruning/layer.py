"""Layer-wise Optimal Brain Surgeon on one layer of any library, from its inputs or from their Hessian alone.

    letter   meaning                                                       shape
    W, b     the layer's weights, one unit a row, and its biases           (n_out, n_in), (n_out,)
    X        its inputs, one sample a row                                  (n, n_in)
    C        W, with b as last column where there is one                   (n_out, d)
    A        X, with a last column of ones where there is a bias           (n, d)
    H        1/n A'A                                                       (d, d)

The problem is that of ``lobs``: remove weights, refit the others, and let the error E = 1/(2n) |A C^' - A C'|^2 of the
layer's pre-activations rise least. Of the samples E needs H only, so a layer can be pruned without them: what an
application, a camera or another machine saw of it is d x d numbers (``hessian.layer.LayerHessian`` gathers them).

A convolution is a dense layer on its patches (``nn.patches.unfold``).
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from .._util.checks import (
    all_finite,
    check_memory,
    checked_mask,
    finite_matrix,
    in_range,
    numbers_only,
    one_of,
    plain_array,
    whole_number,
)
from .._util.executor import executor_map
from .._util.progress import shown
from .._util.types import BoolArray, Float64, FloatArray, IntArray, LayerInverse, LayerScope, ProgressOption, Sparsities
from ..hessian.layer import LayerHessian, checked_layer_hessian
from .lobs_exact import LayerReport, LayerTrace, greedy_order, refit, removed_at, trace_layers, warn_of_damping
from .lobs_shared import compensated, shared_order
from .masks import Pattern, checked_pattern, quotas, removals, sparsity_list
from .memory import lobs_memory, outline


@dataclass(frozen=True)
class LayerResult:
    """A pruned layer and how it came about.

    Attributes
    ----------
    W : ndarray of shape (n_out, n_in), float64
        The new weights; pruned ones are exactly 0.
    bias : ndarray of shape (n_out,), or None
        The new biases.
    mask : ndarray of shape (n_out, n_in), bool
        True = kept. With ``prune_biases`` the biases' mask is one more column.
    order : ndarray of shape (k, 2) of int
        Unit and input of every weight removed in this call, in order. The input ``n_in`` is the bias.
    costs : ndarray of shape (k,)
        The rise of the layer's damped error E that each removal was predicted to bring (exact only with
        ``inverse="exact"``).
    report : LayerReport
        What was seen of the Hessian: rank, condition, dead inputs.
    """

    W: Float64
    bias: Float64 | None
    mask: BoolArray
    order: IntArray
    costs: FloatArray
    report: LayerReport


@overload
def prune_layer(W: npt.ArrayLike, X: npt.ArrayLike | None = ..., *, hessian: LayerHessian | npt.ArrayLike | None = ...,
                bias: npt.ArrayLike | None = ..., mask: npt.ArrayLike | None = ..., prune_biases: bool = ...,
                sparsity: float | None = ..., n_remove: int | None = ..., pattern: str | None = ...,
                inverse: LayerInverse = ..., damping: float = ..., scope: LayerScope = ...,
                executor: Executor | None = ..., max_memory: float = ...,
                progress: ProgressOption = ...) -> LayerResult: ...


@overload
def prune_layer(W: npt.ArrayLike, X: npt.ArrayLike | None = ..., *, hessian: LayerHessian | npt.ArrayLike | None = ...,
                bias: npt.ArrayLike | None = ..., mask: npt.ArrayLike | None = ..., prune_biases: bool = ...,
                sparsity: Sparsities, n_remove: int | None = ..., pattern: str | None = ...,
                inverse: LayerInverse = ..., damping: float = ..., scope: LayerScope = ...,
                executor: Executor | None = ..., max_memory: float = ...,
                progress: ProgressOption = ...) -> list[LayerResult]: ...


def prune_layer(W: npt.ArrayLike, X: npt.ArrayLike | None = None, *,
                hessian: LayerHessian | npt.ArrayLike | None = None, bias: npt.ArrayLike | None = None,
                mask: npt.ArrayLike | None = None, prune_biases: bool = False,
                sparsity: float | Sparsities | None = None, n_remove: int | None = None, pattern: str | None = None,
                inverse: LayerInverse = "exact", damping: float = 1e-3, scope: LayerScope = "layer",
                executor: Executor | None = None, max_memory: float = 4 * 2**30,
                progress: ProgressOption = None) -> LayerResult | list[LayerResult]:
    """Prune one layer by Optimal Brain Surgeon: every removal is compensated by the unit's other weights.

    Parameters
    ----------
    W : array_like of shape (n_out, n_in)
        The layer's weights, one unit a row, as PyTorch has them (Keras: the transpose). Of any library whose arrays
        NumPy reads. Stays as it is; what comes out is float64.
    X : array_like of shape (n, n_in)
        The inputs on which the layer is to keep its pre-activations.
    hessian : LayerHessian, or array_like of shape (d, d)
        Instead of X: 1/n A'A, with A the inputs, and where there is a bias a last column of ones: d = n_in + 1 then,
        else n_in. An array may be scaled by any factor; the costs then are by the same.
    bias : array_like of shape (n_out,)
        It compensates in any case.
    mask : array_like of shape (n_out, n_in)
        True = kept: what else is pruned already, and counts. By default nothing is; a weight that happens to be 0 is
        there. Where biases are pruned already: (n_out, n_in + 1), theirs last, as ``prune_biases`` returns it.
    prune_biases : bool
        Whether biases are ranked, counted and removed like weights.
    sparsity : float in [0, 1), or a rising sequence of them
        The share of all weights that is gone in the result: exactly ``round(sparsity * W.size)``. A sequence is served
        by one pass.
    n_remove : int
        The number of weights to remove, instead of ``sparsity``.
    pattern : str
        ``"n:m"``, such as ``"2:4"``, instead of ``sparsity``: of every m consecutive inputs of a unit, n are kept. The
        cheapest weights go first, until a group of m has only n left; one that has fewer already stays as it is.
    inverse : {"exact", "shared"}
        Each unit's own inverse Hessian of the weights that remain (``lobs_exact``), or one of all inputs for all units
        (``lobs_shared``), which is faster and worse.
    damping : float
        The share of H's diagonal that is added to it (``hessian.linalg``). 0 is allowed where H is invertible.
    scope : {"layer", "unit"}
        Rank the weights over the whole layer, or remove the same count, ``round(sparsity * n_in)``, from every unit.
    executor : concurrent.futures.Executor, optional
        Where the exact way works on batches of units; any executor gives the same bits. By default here.
    max_memory : float
        Bytes, beside X; the default is 4 GiB.
    progress : None, bool or callable
        As for ``prune_lobs`` (``inverse="exact"``).

    Returns
    -------
    LayerResult, or a list of them for a sequence

    Raises
    ------
    ValueError
        If an argument is out of its range or does not fit W, not exactly one of X and hessian or of sparsity, n_remove
        and pattern is given, more than that is pruned already, W is not 0 under its mask, the matrices do not fit
        ``max_memory``, or H is singular and ``damping`` too small.

    Examples
    --------
    Two inputs that are always equal: one of their weights can be removed at no cost, since the other takes over.

    >>> X = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 1.0], [-1.0, -1.0, 3.0]])
    >>> r = prune_layer([[1.0, 2.0, 3.0]], X, n_remove=1, damping=1e-9)
    >>> r.W.round(6), r.order
    (array([[0., 3., 3.]]), array([[0, 0]]))

    The same without X, from its Hessian:

    >>> prune_layer([[1.0, 2.0, 3.0]], hessian=X.T @ X / 3, n_remove=1, damping=1e-9).W.round(6)
    array([[0., 3., 3.]])
    """
    C, kept, n_in = _checked_columns(W, bias, mask)
    prunable = kept.copy()
    prunable[:, n_in:] &= prune_biases
    counted = kept if prune_biases else kept[:, :n_in]
    groups = None if pattern is None else checked_pattern(pattern, {"the layer": n_in})
    counts, single = _counts(counted, sparsity, n_remove, groups, scope)
    exact = one_of("inverse", inverse, ("exact", "shared")) == "exact"
    if groups is not None and (prune_biases or not exact):
        raise ValueError(f"pattern={pattern!r} does not go with "
                         + ("prune_biases=True: the bias is in no group" if prune_biases else
                            "inverse='shared': leave it out, or give sparsity"))
    in_range("damping", damping, 0, np.inf, high_open=True)
    check_memory(f"L-OBS with {n_in:,} inputs", lobs_memory(outline((n_in, len(C))), 0, n_results=len(counts),
                                                            inverse=inverse), max_memory, "take a smaller layer")
    H = checked_layer_hessian(X, hessian, n_in, bias is not None)
    layer = LayerTrace(C, kept, prunable, H, damping, "the layer's Hessian", groups)
    report = layer.report(0, H, damping)
    if exact:
        with shown(progress, "L-OBS of a layer") as shows:
            trace_layers([layer], executor_map(executor), shows)
    else:
        layer.order, layer.costs, Hinv = shared_order(C, prunable, H, damping, layer.name)
    order, results = greedy_order([layer.costs]), []
    for count in counts:
        rows, costs, [left] = removed_at([layer], _first(order, count, C.shape[1]))
        new = refit(layer.H, C, left, layer.live) if exact else compensated(C, kept, Hinv, rows)
        results.append(LayerResult(new[:, :n_in].copy(), None if bias is None else new[:, n_in].copy(),
                                   left if prune_biases else left[:, :n_in].copy(), rows[:, 1:], costs, report))
    if exact:
        warn_of_damping([layer], [new], float(costs.sum()), damping)
    return results[0] if single else results


def _checked_columns(W: npt.ArrayLike, bias: npt.ArrayLike | None,
                     mask: npt.ArrayLike | None) -> tuple[Float64, BoolArray, int]:
    """The weights with the bias as last column, (n_out, d) in float64; which of them exist, (n_out, d); and n_in."""
    for mark, way in (("weights", ".weights[l]"), ("weight", ".weight.detach().reshape(n_out, -1)")):
        if hasattr(W, mark) and not hasattr(W, "shape"):
            raise ValueError(f"W must be the weights of one layer, but it is a {type(W).__name__}: pass its {way}")
    C = finite_matrix("W", W).astype(np.float64)
    n_out, n_in = C.shape
    if bias is not None:
        b = numbers_only("bias", plain_array("bias", bias))
        if b.shape != (n_out,):
            raise ValueError(f"bias has the shape {b.shape}, but ({n_out},) is needed: one for every row of W")
        all_finite("bias", b)
        C = np.column_stack([C, b.astype(np.float64)])
    kept = np.ones(C.shape, bool)
    if mask is not None:
        mask = plain_array("mask", mask)
        width = C.shape[1] if mask.shape == C.shape else n_in
        kept[:, :width] = checked_mask("mask", mask, (n_out, width))
    hidden = np.argwhere((C != 0) & ~kept)
    if len(hidden):
        unit, column = (int(i) for i in hidden[0])
        raise ValueError(f"{'W' if column < n_in else 'the bias'} holds {C[unit, column]:.6g} at unit {unit}, input "
                         f"{column}, where the mask says pruned: multiply it by the mask, or leave the mask out")
    return C, kept, n_in


def _counts(kept: BoolArray, sparsity: float | Sparsities | None, n_remove: int | None, pattern: Pattern | None,
            scope: LayerScope) -> tuple[list[Any], bool]:
    """How many weights go at each of the sparsities, and whether a single one was asked for.

    ``kept`` has what counts: (n_out, n_in), with the bias (n_out, d). A count is an int, or one a unit, (n_out,).
    """
    per_unit = one_of("scope", scope, ("layer", "unit")) == "unit"
    if sum(given is not None for given in (sparsity, n_remove, pattern)) != 1:
        raise ValueError(f"give one of sparsity, n_remove and pattern: sparsity={sparsity}, n_remove={n_remove}, "
                         f"pattern={pattern}")
    if pattern is not None:
        return [int(quotas(kept, pattern).sum())], True
    if n_remove is not None:
        if per_unit:
            raise ValueError(f"n_remove={n_remove} counts over the whole layer: with scope='unit' give sparsity, the "
                             f"share of every unit")
        if whole_number("n_remove", n_remove, 0) > kept.sum():
            raise ValueError(f"n_remove={n_remove}, but only {int(kept.sum())} weights can be removed")
        return [n_remove], True
    assert sparsity is not None  # for type checkers
    values, single = sparsity_list(sparsity)
    gone = (~kept).sum(axis=1) if per_unit else np.array((~kept).sum())
    counts = [removals(s, kept.shape[1] if per_unit else kept.size) - gone for s in values]
    if counts[0].min() < 0:
        where = f" in unit {int(counts[0].argmin())}" if per_unit else ""
        raise ValueError(f"sparsity={values[0]}: {-int(counts[0].min())} weights more than that are pruned already"
                         f"{where}; ask for more" + ", or take scope='layer'" * per_unit)
    return counts, single


def _first(order: IntArray, count: Any, d: int) -> IntArray:
    """Of the places in ``greedy_order`` the first ``count``; of every unit its own first ones, where it has a count."""
    return order[order % d < count[order // d]] if np.ndim(count) else order[:int(count)]
