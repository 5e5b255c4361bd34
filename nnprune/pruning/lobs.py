"""Layer-wise Optimal Brain Surgeon (L-OBS): every layer keeps its own pre-activations as they were.

    letter   meaning                                                       shape
    A        a layer's inputs, the ones of the bias as last column         (n, d)
    C        its weights, the bias as last column                          (n_out, d)
    lambda   damping * diag(1/n A'A)                                       (d,)
    H        1/n A'A + diag(lambda)                                        (d, d)
    L        saliency: what removing one weight costs                      (n_out, d)
    C^, A'   a hat: after pruning; a prime: transposed

The problem (Dong, Chen & Pan, NIPS 2017, section 3): remove weights from a layer, and refit the others, so that
E = 1/(2n) |A C^' - A C'|^2 rises least. E is a quadratic with the same Hessian for every unit (``hessian.layer``), so
Optimal Brain Surgeon applies without any Taylor remainder:

    L_q = w_q^2 / (2 [H^-1]_qq)        dw = -(w_q / [H^-1]_qq) H^-1 e_q

(Hassibi & Stork 1992, eq. 5; section 3 of Dong et al.).

L_q here is the exact rise of E (of E + 1/2 sum_j lambda_j (C^_j - C_j)^2 where H is damped). Dong et al. write E
without the 1/2 and yet use this L_q: theirs is half the rise of their E. The factor changes no ranking.

Three ways:

    inverse="exact"                     each unit's inverse is right at every removal                 ``lobs_exact``
    inverse="survivors", refresh=2000   each unit's inverse, brought up to date every 2,000 removals  ``lobs_shared``
    inverse="shared", refresh=2000      one inverse a layer for all units, recomputed every 2,000     ``lobs_shared``
    inverse="shared"                    the same, never recomputed: what the authors' script does     ``lobs_shared``

The first two measure E on the inputs of the unpruned net (as the paper does), the shared one takes H from the
net pruned so far. The last two are readings of what the course report calls simplified.

When it fails: E is the error of one layer, not of the net. A layer's error may matter little to the output or much;
ranking over the whole net by it is a choice that works, not a theorem. And H is singular wherever inputs are dead,
equal, or more than the samples: see ``linalg`` for what damping does to the problem.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any, Literal, overload

import numpy.typing as npt

from .._util.checks import check_memory, is_net, net_inputs, one_of, whole_number
from .._util.executor import executor_map
from .._util.progress import shown
from .._util.types import Float64, Inverse, ProgressOption, Scope, Shares, Sparsities
from ..nn.mlp import MLP, warn_of_dead_layers
from .lobs_exact import prune_exact
from .lobs_sequential import prune_sequentially
from .lobs_shared import prune_shared
from .masks import checked_pattern
from .memory import lobs_memory
from .result import PruneResult, asked_for, warn_of_emptied

Inputs = Literal["original", "pruned"]


@overload
def prune_lobs(net: MLP, x: npt.ArrayLike, *, sparsity: float | Shares | None = ..., n_remove: int | None = ...,
               layers: Sequence[int] | None = ..., pattern: str | None = ..., inverse: Inverse = ...,
               refresh: int | None = ..., damping: float = ..., scope: Scope = ...,
               prune_biases: bool = ..., inputs: Inputs = ..., executor: Executor | None = ...,
               first_hessian: Float64 | None = ..., max_memory: float = ...,
               progress: ProgressOption = ...) -> PruneResult: ...


@overload
def prune_lobs(net: MLP, x: npt.ArrayLike, *, sparsity: Sparsities, n_remove: int | None = ...,
               layers: Sequence[int] | None = ..., pattern: str | None = ..., inverse: Inverse = ...,
               refresh: int | None = ..., damping: float = ..., scope: Scope = ...,
               prune_biases: bool = ..., inputs: Inputs = ..., executor: Executor | None = ...,
               first_hessian: Float64 | None = ..., max_memory: float = ...,
               progress: ProgressOption = ...) -> list[PruneResult]: ...


def prune_lobs(net: MLP, x: npt.ArrayLike, *, sparsity: float | Shares | Sparsities | None = None,
               n_remove: int | None = None, layers: Sequence[int] | None = None, pattern: str | None = None,
               inverse: Inverse = "exact", refresh: int | None = None, damping: float = 1e-3, scope: Scope = "network",
               prune_biases: bool = False, inputs: Inputs = "original", executor: Executor | None = None,
               first_hessian: Float64 | None = None, max_memory: float = 4 * 2**30,
               progress: ProgressOption = None) -> PruneResult | list[PruneResult]:
    """Prune by layer-wise Optimal Brain Surgeon: every removal is compensated by the unit's other weights.

    Parameters
    ----------
    net : MLP
        Stays as it is. Weights that are pruned already stay out of the Hessian.
    x : array_like of shape (n, n_in)
        The samples on which the layers are to keep their pre-activations. No labels are needed.
    sparsity : float in [0, 1), a rising sequence of them, or a mapping from layers to such
        The share of all weights that is removed in the result: exactly ``round(sparsity * n_weights)``. A sequence
        is served by one pass. With a share for each layer, ``{0: 0.95, 2: 0.5}``, layers without one stay as they are.
    n_remove : int
        The number of weights to remove, instead of ``sparsity``.
    layers : sequence of int, optional
        Only these are pruned, and ``sparsity`` is the share of their weights.
    pattern : str
        ``"n:m"``, such as ``"2:4"``, instead of ``sparsity``: of every m consecutive inputs of a unit, n are kept. The
        cheapest weights go first, until a group of m has only n left; one that has fewer already stays as it is. Only
        with ``inverse="exact"``. Biases are in no group.
    inverse : {"exact", "survivors", "shared"}
        Each unit's own inverse Hessian of the weights that remain, right at every removal or only at each refresh; or
        one a layer, of all its inputs, for all its units.
    refresh : int or None
        Unless it is exact, the inverses are recomputed after so many removals among all that is ranked together (with
        ``scope="layer"``, of each layer); None: never. "survivors" with ``refresh=1`` is the exact way, slowly.
    damping : float
        The share of H's diagonal that is added to it (``linalg``); 1e-4 to 1e-2 do nearly the same on MNIST
        (``docs/numerics.md``). 0 is allowed where H is invertible.
    scope : {"network", "layer"}
        Rank the weights over the whole net, or in every layer for itself.
    prune_biases : bool
        Whether biases are ranked, counted and removed like weights. They compensate in any case.
    inputs : {"original", "pruned"}
        Whether a layer's error is measured on the inputs it has in the unpruned net, as in the paper, or on those it
        has in the net pruned so far, refitted to its old outputs (``lobs_sequential``; only with ``inverse="exact"``).
    executor : concurrent.futures.Executor, optional
        Where the exact way works on batches of units; any executor gives the same bits. By default here,
        one after another.
    first_hessian : ndarray of shape (d, d), optional
        ``input_hessian(x)``, to spare its computation in repeated calls with the same x.
    max_memory : float
        Bytes, beside the samples; the default is 4 GiB. ``nnprune.pruning.memory.lobs_memory``
        estimates what is needed.
    progress : None, bool or callable
        None shows a line on a terminal after 5 seconds, False none, True always; or ``progress(done, total)`` with the
        number of removals, now and then.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        ``costs`` are the saliencies L_q, each the rise of its layer's damped E (exact only with
        ``inverse="exact"``; the weights of dead inputs cost 0); ``layers`` has a ``LayerReport`` for every layer
        (``inverse="exact"``).

    Raises
    ------
    ValueError
        If an argument is out of its range, x does not fit the net, more than ``sparsity`` is pruned already, the
        pattern's m does not divide a layer's inputs, the matrices do not fit ``max_memory``, or a Hessian is singular
        and ``damping`` too small.

    Notes
    -----
    Exact, on a layer of n_out units with d inputs: n_out d^3 / 3 multiply-adds, most of them in matrix products,
    and beside H and its inverse 6 x 2^20 floats (50 MB) or 1.5 d^2 floats of memory, whichever is more. Neither depends
    on the sparsity: the order is found to the last weight, then cut.

    References
    ----------
    Dong, Chen & Pan, "Learning to Prune Deep Neural Networks via Layer-wise Optimal Brain Surgeon", NIPS 2017.
    Hassibi & Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS 5, 1992.

    Examples
    --------
    Two inputs that are always equal: one of their weights can be removed at no cost, since the other takes
    over.

    >>> import numpy as np
    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 2.0]]], loss="mse")
    >>> x = np.array([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]])
    >>> prune_lobs(net, x, sparsity=0.5, damping=1e-9).net.weights[0].round(6)
    array([[0., 3.]])
    """
    is_net(net)
    groups_at, single = asked_for(net, sparsity, n_remove, scope, prune_biases, layers, pattern)
    x = net_inputs(net, x)
    warn_of_dead_layers(net, x)
    exact = _checked_way(inverse, refresh, inputs, pattern)
    n_m = None if pattern is None else checked_pattern(pattern, {})
    check_lobs_memory(net, len(x), inverse, len(groups_at), max_memory)
    d = x.shape[1] + (net.biases[0] is not None)
    if first_hessian is not None and first_hessian.shape != (d, d):
        raise ValueError(f"first_hessian has the shape {first_hessian.shape}, but {(d, d)} is needed")
    options: dict[str, Any] = {"damping": damping, "prune_biases": prune_biases, "first_hessian": first_hessian}
    map_ = executor_map(executor)
    with shown(progress, f"L-OBS, {inverse}") as report:
        if exact:
            results = prune_exact(net, x, groups_at, map=map_, pattern=n_m, progress=report, **options)
        else:
            results = prune_shared(net, x, groups_at, survivors=inverse == "survivors", refresh=refresh,
                                   progress=report, **options)
    if inputs == "pruned":
        results = [prune_sequentially(net, x, r, prune_biases=prune_biases, map=map_, pattern=n_m) for r in results]
    warn_of_emptied(results)
    return results[0] if single else results


def check_lobs_memory(net: MLP, n: int, inverse: Inverse, n_results: int = 1, max_memory: float = 4 * 2**30) -> None:
    """Raise ValueError if ``prune_lobs`` with n samples and this inverse may take more than ``max_memory`` bytes."""
    check_memory(f"L-OBS with {max(net.sizes[:-1]):,} inputs of a layer",
                 lobs_memory(net, n, n_results=n_results, inverse=inverse), max_memory,
                 "take inputs of fewer dimensions, or fewer samples")


def _checked_way(inverse: str, refresh: int | None, inputs: str, pattern: str | None) -> bool:
    """Whether the inverse is the exact one; ValueError if the options do not fit each other."""
    exact = one_of("inverse", inverse, ("exact", "survivors", "shared")) == "exact"
    if refresh is not None:
        whole_number("refresh", refresh, 1)
        if exact:
            raise ValueError(f"refresh={refresh} has no meaning with inverse='exact', which is right at every removal: "
                             f"leave it out, or take inverse='survivors' or 'shared'")
    if one_of("inputs", inputs, ("original", "pruned")) == "pruned" and not exact:
        raise ValueError(f"inputs='pruned' needs inverse='exact', not {inverse!r}")
    if pattern is not None and not exact:
        raise ValueError(f"pattern={pattern!r} needs inverse='exact', not {inverse!r}: leave it out, or give sparsity")
    return exact
