"""What every pruner returns, and the steps that all of them share."""

from __future__ import annotations

import itertools
import os
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, overload

import numpy as np
import numpy.typing as npt

from .._util.checks import all_finite, in_range, is_net, numbers_only, one_of, plain_array, warn, whole_number
from .._util.types import FloatArray, Scope, Shares, Sparsities
from ..nn.backprop import unflatten
from ..nn.layer_matrix import column_masks, columns, prunable, rebuilt
from ..nn.mlp import MLP
from .masks import checked_pattern, locate, lowest_in_groups, quotas, removals, smallest, sparsity_list

SCOPES = ("network", "layer")
Result = TypeVar("Result", bound="PruneResult")
Groups = list[tuple[list[int], int]]  # layers that are ranked together, and how many of their weights are removed


@dataclass(frozen=True)
class PruneResult:
    """A pruned net and how it came about.

    Attributes
    ----------
    net : MLP
        A new net: pruned weights are exactly 0 and the masks say so.
    removed : ndarray of shape (k, 3) of int
        Layer, unit and input of every weight removed in this call, in order. The input ``n_in`` is the bias.
    costs : ndarray of shape (k,)
        What each removal was predicted to cost, in the method's own measure. They need not rise: where removals
        compensate each other, a cheap one may wait behind an expensive one of its unit.
    method : str
        What was done, as text.
    layers : tuple
        What the method has to say of each layer (exact L-OBS: ``LayerReport``); empty for most methods.
    damping : float, optional
        The share of their diagonals that was added to the Hessians of L-OBS; None for the others.
    """

    net: MLP
    removed: np.ndarray
    costs: np.ndarray
    method: str
    layers: tuple[Any, ...] = field(default=(), repr=False)
    damping: float | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.method}: {len(self.removed)} removed, {self.net})"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all of it to ``path`` as an ``.npz`` without pickle; ``load`` gives it back bit for bit.

        Raises
        ------
        ValueError
            If a weight of its net is not finite, or not 0 where pruned; a file that is there already stays.
        """
        from .result_file import write_result  # only now: it knows the kinds of results, which are made of this one
        write_result(path, self)

    @classmethod
    def load(cls: type[Result], path: str | os.PathLike[str]) -> Result:
        """The result that ``save`` wrote to ``path``; an ``OBSResult`` comes back as one.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it is no saved result, of a later version, or cut off; the message names the file and the remedy.

        Examples
        --------
        >>> import tempfile
        >>> from nnprune import prune_magnitude
        >>> r = prune_magnitude(MLP((2, 3, 2), rng=0), sparsity=0.5)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     r.save(f"{folder}/r.npz")
        ...     PruneResult.load(f"{folder}/r.npz").removed.tolist() == r.removed.tolist()
        True
        """
        from .result_file import read_result
        result = read_result(path)
        if not isinstance(result, cls):
            raise ValueError(f"{path}: it holds a {type(result).__name__}; {type(result).__name__}.load reads it")
        return result


def checked_net(outcome: object, before: MLP, name: str) -> MLP:
    """The net in what a function that was given the net ``before`` returned: a result, or a net.

    Raises
    ------
    ValueError
        If it is neither; or the net has other sizes, a weight that is no finite number, or one that was pruned before.
        The message begins with the function's ``name``.
    """
    net = outcome.net if isinstance(outcome, PruneResult) else outcome
    if not isinstance(net, MLP):
        raise ValueError(f"{name} must return a PruneResult or an MLP, but it returned {reprlib.repr(outcome)}, a "
                         f"{type(outcome).__name__}")
    if net.sizes != before.sizes:
        raise ValueError(f"{name} returned {net}, but it was given {before}: the sizes must stay the same")
    for l, (W, M, M0) in enumerate(zip(net.weights, net.masks, before.masks)):
        all_finite(f"{name} returned a net whose weights[{l}]", W)
        back = np.argwhere((M | (W != 0)) & ~M0)
        if len(back):
            raise ValueError(f"{name} returned a net in which {len(back)} weights of layer {l} that were pruned before "
                             f"are kept again, the first that of unit {back[0, 0]}, input {back[0, 1]}: the masks must "
                             f"hold")
    return net


def removal_groups(net: MLP, sparsity: float | Shares, scope: Scope, prune_biases: bool = False,
                   layers: Sequence[int] | None = None) -> Groups:
    """What is ranked together, and how many of it must still go until the share ``sparsity`` is gone.

    The share is of all weights of the ``layers``, by default of the net; of all weights and biases with
    ``prune_biases``. Per layer, the counts are the differences of ``round(sparsity * n)`` over the running total n, so
    that they add up to the count for all. A layer that is beyond its count already loses nothing more, and the others
    as many fewer, in proportion.

    Parameters
    ----------
    net : MLP
    sparsity : float in [0, 1), or a mapping from layers to such
        With a share for each layer, those without one lose nothing.
    scope : {"network", "layer"}
    prune_biases : bool
    layers : sequence of int, optional

    Returns
    -------
    list of (list of int, int)
        Layers that are ranked together, and the number of removals among them.

    Raises
    ------
    ValueError
        If more than that is pruned already in all of the layers, or in one with a share of its own; a layer is not
        there; or the scope is unknown.
    """
    total, gone = _totals(net, prune_biases)
    per_layer = one_of("scope", scope, SCOPES) == "layer"
    if isinstance(sparsity, Mapping):
        return [([l], _still_to_go(f"sparsity[{l}]", sparsity[l], total[l], gone[l], f" in layer {l}"))
                for l in checked_layers(net, list(sparsity), "sparsity")]
    chosen = checked_layers(net, layers)
    groups = [[l] for l in chosen] if per_layer else [chosen]
    ends = [removals(sparsity, n) for n in np.cumsum([0] + [sum(total[l] for l in g) for g in groups])]
    missing = _still_to_go("sparsity", sparsity, sum(total[l] for l in chosen), sum(gone[l] for l in chosen),
                           "" if layers is None else f" in the layers {chosen}")
    counts = [max(0, b - a - sum(gone[l] for l in g)) for g, a, b in zip(groups, ends, ends[1:])]
    wanted = [0, *itertools.accumulate(counts)]
    shares = [w * missing // max(1, wanted[-1]) for w in wanted]
    return [(group, b - a) for group, a, b in zip(groups, shares, shares[1:])]


def _totals(net: MLP, prune_biases: bool) -> tuple[list[int], list[int]]:
    """How many weights each layer has (and biases, where they are counted), and how many of them are pruned."""
    masks = [column_masks(net, l)[:, :None if prune_biases else W.shape[1]] for l, W in enumerate(net.weights)]
    return [mask.size for mask in masks], [int((~mask).sum()) for mask in masks]


def _still_to_go(name: str, sparsity: float, total: int, gone: int, where: str) -> int:
    """How many of ``total`` weights must go beside those that are gone; ValueError if more are gone than asked for."""
    k = removals(in_range(name, sparsity, 0, 1, high_open=True), total) - gone
    if k < 0:
        raise ValueError(f"{name}={sparsity}: {-k} weights more than that are pruned already{where}; "
                         f"ask for more, or begin from a denser net")
    return k


def checked_layers(net: MLP, layers: Sequence[int] | None, name: str = "layers") -> list[int]:
    """Rising numbers of layers of the net, all of them for None, or a clear error."""
    n = len(net.weights)
    if layers is None:
        return list(range(n))
    if isinstance(layers, str) or np.ndim(layers) != 1 or len(layers) == 0:
        raise ValueError(f"{name} must name one layer or more, such as [0, 1], but it is {layers!r}")
    chosen = sorted(whole_number(f"a layer of {name}", l, 0) for l in layers)
    if chosen[-1] >= n or len(set(chosen)) < len(chosen):
        wrong = f"layer {chosen[-1]}, which is not there" if chosen[-1] >= n else "a layer twice"
        raise ValueError(f"{name} names {wrong}: {chosen}; the net has the layers 0 to {n - 1}")
    return chosen


def asked_for(net: MLP, sparsity: float | Shares | Sparsities | None, n_remove: int | None, scope: Scope = "network",
              prune_biases: bool = False, layers: Sequence[int] | None = None,
              pattern: str | None = None) -> tuple[list[Groups], bool]:
    """The ``removal_groups`` of every sparsity asked for, and whether a single result was asked for.

    The first thing that a pruner does: what is out of its range is refused here, before any work.

    Raises
    ------
    ValueError
        If not exactly one of sparsity, n_remove and pattern is given, or what is given does not fit the net or the
        other arguments.
    """
    if [sparsity, n_remove, pattern].count(None) != 2:
        also = "" if pattern is None else f", pattern={pattern!r}"
        raise ValueError(f"give either sparsity or n_remove{' or pattern' if also else ''}: sparsity={sparsity}, "
                         f"n_remove={n_remove}{also}")
    per_layer = one_of("scope", scope, SCOPES) == "layer"
    if isinstance(sparsity, Mapping):
        if layers is not None:
            raise ValueError(f"layers={list(layers)} beside sparsity={sparsity}, whose keys name the layers already: "
                             f"leave one of the two out")
        return [removal_groups(net, sparsity, scope, prune_biases)], True
    chosen = checked_layers(net, layers)
    if pattern is not None:
        n_m = checked_pattern(pattern, {f"layer {l}": net.weights[l].shape[1] for l in chosen})
        if prune_biases:
            raise ValueError(f"pattern={pattern!r} does not go with prune_biases=True: a bias is in no group")
        counts = [int(quotas(net.masks[l], n_m).sum()) for l in chosen]
        return [[([l], k) for l, k in zip(chosen, counts)] if per_layer else [(chosen, sum(counts))]], True
    if n_remove is not None:
        if per_layer:
            raise ValueError(f"n_remove={n_remove} does not go with scope='layer': give sparsity, the share of every "
                             f"layer, or remove so many from one layer, with layers=[0] and scope='network'")
        kept = sum(int(prunable(net, l, prune_biases).sum()) for l in chosen)
        if whole_number("n_remove", n_remove, 0) > kept:
            raise ValueError(f"n_remove={n_remove}, but only {kept} weights can be removed")
        return [[(chosen, n_remove)]], True
    assert sparsity is not None  # for type checkers
    values, single = sparsity_list(sparsity)
    return [removal_groups(net, s, scope, prune_biases, layers) for s in values], single


@overload
def prune_by_scores(net: MLP, scores: Sequence[npt.ArrayLike], *, sparsity: float | Shares | None = ...,
                    n_remove: int | None = ..., scope: Scope = ..., prune_biases: bool = ...,
                    layers: Sequence[int] | None = ..., pattern: str | None = ...,
                    method: str = ...) -> PruneResult: ...


@overload
def prune_by_scores(net: MLP, scores: Sequence[npt.ArrayLike], *, sparsity: Sparsities, n_remove: int | None = ...,
                    scope: Scope = ..., prune_biases: bool = ..., layers: Sequence[int] | None = ...,
                    pattern: str | None = ..., method: str = ...) -> list[PruneResult]: ...


def prune_by_scores(net: MLP, scores: Sequence[npt.ArrayLike], *, sparsity: float | Shares | Sparsities | None = None,
                    n_remove: int | None = None, scope: Scope = "network", prune_biases: bool = False,
                    layers: Sequence[int] | None = None, pattern: str | None = None,
                    method: str = "by scores") -> PruneResult | list[PruneResult]:
    """Remove the entries with the smallest scores; the others stay as they are. To add a method, give its scores.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    scores : list of array_like of shape (n_out, d)
        One matrix a layer, the bias's column last, shaped as ``nn.layer_matrix.columns``; of what is pruned already or
        must stay they are not looked at.
    sparsity, n_remove, scope, prune_biases, layers, pattern
        As for ``prune_magnitude``.
    method : str
        For the results.

    Returns
    -------
    PruneResult, or a list of them for a sequence of sparsities
        Their costs are the scores.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the scores do not fit the net or hold NaN.

    Examples
    --------
    >>> net = MLP.from_arrays([[[3.0, -1.0], [0.5, 2.0]]])
    >>> prune_by_scores(net, [[[4, 3], [2, 1]]], sparsity=0.5).net.weights[0]
    array([[ 3., -1.],
           [ 0.,  0.]])
    """
    groups_at, single = asked_for(is_net(net), sparsity, n_remove, scope, prune_biases, layers, pattern)
    if not np.iterable(scores):
        raise ValueError(f"scores must be a list of matrices, one a layer, but it is a {type(scores).__name__}")
    arrays = [numbers_only(f"scores[{l}]", plain_array(f"scores[{l}]", s)).astype(float) for l, s in enumerate(scores)]
    shapes, needed = [s.shape for s in arrays], [columns(net, l).shape for l in range(len(net.weights))]
    if shapes != needed or any(np.isnan(s).any() for s in arrays):
        raise ValueError(f"the scores have the shapes {shapes}; {needed} are needed, without NaN")
    ranked = [np.where(prunable(net, l, prune_biases), s, np.inf) for l, s in enumerate(arrays)]
    if pattern is not None:
        n_m = checked_pattern(pattern, {})
        ranked = [lowest_in_groups(s, quotas(mask, n_m), n_m[1]) for s, mask in zip(ranked, net.masks)]
    results = [_remove_smallest(net, ranked, groups, method) for groups in groups_at]
    warn_of_emptied(results)
    return results[0] if single else results


def prune_by_saliencies(net: MLP, s: FloatArray, method: str, **options: Any) -> PruneResult | list[PruneResult]:
    """As ``prune_by_scores``, with the scores of all parameters in one vector, in the order of ``net.parameters()``.

    The method's name says, too, which layers have lost all their weights.
    """
    scores = [W if b is None else np.column_stack([W, b]) for W, b in zip(*unflatten(s, net.weights, net.biases))]
    results = prune_by_scores(net, scores, method=method, **options)
    named = [replace(r, method=method + emptied(r.net)) for r in (results if isinstance(results, list) else [results])]
    return named if isinstance(results, list) else named[0]


def _remove_smallest(net: MLP, scores: list[FloatArray], groups: Groups, method: str) -> PruneResult:
    masks = [column_masks(net, l) for l in range(len(net.weights))]
    removed, costs = [], []
    for layers, k in groups:
        flat = np.concatenate([scores[l].ravel() for l in layers])
        places = smallest(flat, k)
        rows = locate(places, [scores[l].shape for l in layers])
        rows[:, 0] = np.array(layers)[rows[:, 0]]
        for l in layers:
            _, unit, column = rows[rows[:, 0] == l].T
            masks[l][unit, column] = False
        removed.append(rows)
        costs.append(flat[places])
    return PruneResult(rebuilt(net, [columns(net, l) for l in range(len(masks))], masks),
                       np.concatenate(removed), np.concatenate(costs), method)


def emptied(net: MLP) -> str:
    """The layers without any weight left, as text for a result's ``method``; "" if there are none."""
    layers = [str(l) for l, mask in enumerate(net.masks) if not mask.any()]
    return f", layer {' and '.join(layers)} without any weight" if layers else ""


def warn_of_emptied(results: Iterable[PruneResult]) -> None:
    """One warning if a layer has lost all its weights: what every pruner calls with its results before it ends."""
    for r in results:
        layers = emptied(r.net)
        if layers:
            warn(f"{layers[2:]} at sparsity {r.net.sparsity:.4g}: the output does not depend on the input any more; "
                 f"ask for less, or take scope='layer' where the method has it")
            return
