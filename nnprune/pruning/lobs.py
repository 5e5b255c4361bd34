"""Layer-wise Optimal Brain Surgeon (L-OBS): every layer keeps its own pre-activations as they were.

    letter   meaning                                                       shape
    A        a layer's inputs, the ones of the bias as last column         (n, d)
    C        its weights, the bias as last column                          (n_out, d)
    H        1/n A'A + lambda I                                            (d, d)
    L        saliency: what removing one weight costs                      (n_out, d)
    C^, A'   a hat: after pruning; a prime: transposed

The problem (Dong, Chen & Pan, NIPS 2017, section 3): remove weights from a layer, and choose the others anew, so
that E = 1/(2n) |A C^' - A C'|^2 rises least. E is a quadratic with the same Hessian for every unit (``hessian``), so
Optimal Brain Surgeon applies without any Taylor remainder:

    L_q = w_q^2 / (2 [H^-1]_qq)        dw = -(w_q / [H^-1]_qq) H^-1 e_q

(Hassibi & Stork 1992, eq. 5; section 3 of Dong et al.).

L_q here is the exact rise of E (of E + lambda/2 |C^ - C|^2 where H is damped). Dong et al. write E without the 1/2
and yet use this L_q: theirs is half the rise of their E. The factor changes no ranking.

Two ways:

    inverse="exact"                  each unit's inverse is right at every removal                    ``lobs_exact``
    inverse="shared", refresh=2000   one inverse a layer for all units, recomputed every 2,000        ``lobs_shared``
    inverse="shared"                 the same, never recomputed: what the authors' script does        ``lobs_shared``

The exact way measures E on the inputs of the unpruned net (as the paper does), the shared one takes H from the
net pruned so far (as the course report did, which calls it simplified).

When it fails: E is the error of one layer, not of the net. A layer's error may matter little to the output or much;
ranking over the whole net by it is a choice that works, not a theorem. And H is singular wherever inputs are dead,
equal, or more than the samples: see ``linalg`` for what damping does to the problem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .._util.checks import check_memory, is_net, net_inputs, one_of, whole_number
from ..hessian.layer import input_hessian
from ..hessian.linalg import damp
from ..nn.layer_matrix import column_masks, columns, prunable, rebuilt
from .lobs_exact import greedy_order, refit, trace_layer
from .lobs_sequential import sequential_pass
from .lobs_shared import stale_pass
from .masks import locate, sparsity_list
from .memory import lobs_memory
from .result import PruneResult, removal_groups


@dataclass(frozen=True)
class LayerReport:
    """What L-OBS saw of one layer's Hessian.

    Attributes
    ----------
    layer : int
    n_inputs : int
        The bias counted as one.
    dead_inputs : int
        Inputs that are 0 on every sample.
    rank : int
        Of the undamped Hessian: eigenvalues above ``n_inputs * eps * largest``.
    lambda_ : float
        What was added to the diagonal.
    condition : float
        Largest over smallest eigenvalue of the damped Hessian on the live inputs.
    """

    layer: int
    n_inputs: int
    dead_inputs: int
    rank: int
    lambda_: float
    condition: float


def prune_lobs(net, x, *, sparsity, inverse="exact", refresh=None, damping=1e-4, scope="network",
               prune_biases=False, inputs="original", executor=None, first_hessian=None, max_memory=4 * 2**30,
               progress=None):
    """Prune by layer-wise Optimal Brain Surgeon: every removal is compensated by the unit's other weights.

    Parameters
    ----------
    net : MLP
        Stays as it is. Weights that are pruned already stay out of the Hessian.
    x : array_like of shape (n, n_in)
        The samples on which the layers are to keep their pre-activations. No labels are needed.
    sparsity : float in [0, 1), or a rising sequence of them
        The share of all weights that is gone in the result: exactly ``round(sparsity * n_weights)``. A sequence
        is served by one pass.
    inverse : {"exact", "shared"}
        Each unit's own inverse Hessian of the weights that remain, or one a layer for all its units.
    refresh : int or None
        With ``inverse="shared"``: the inverses are recomputed after so many removals; None: never.
    damping : float
        lambda as a share of the mean diagonal of H. 0 is allowed where H is invertible.
    scope : {"network", "layer"}
        Rank the weights over the whole net, or in every layer for itself.
    prune_biases : bool
        Whether biases are ranked, counted and removed like weights. They compensate in any case.
    inputs : {"original", "pruned"}
        Whether a layer's error is measured on the inputs it has in the unpruned net, as in the paper, or on those it
        has in the net pruned so far, refitted to its old outputs (``lobs_sequential``; only with ``inverse="exact"``).
    executor : concurrent.futures.Executor, optional
        Where the exact way works on batches of units; any executor gives the same bits. Here and now by default.
    first_hessian : ndarray of shape (d, d), optional
        ``input_hessian(x)``, to spare its computation in repeated calls with the same x.
    max_memory : float
        Bytes, beside the samples; the default is 4 GiB. ``estimate.estimate_lobs`` says memory and time beforehand.
    progress : callable, optional
        ``progress(done, total)`` with the number of removals, now and then.

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
        matrices do not fit ``max_memory``, or a Hessian is singular and ``damping`` too small.

    Notes
    -----
    Exact, on a layer of n_out units with d inputs: n_out d^3 / 3 multiply-adds, most of them in matrix products,
    and 2^24 floats (128 MB) or 4 d^2 floats of memory beside the samples, whichever is more. Neither depends on the
    sparsity: the order is found to the last weight, then cut.

    References
    ----------
    Dong, Chen & Pan, "Learning to Prune Deep Neural Networks via Layer-wise Optimal Brain Surgeon", NIPS 2017.
    Hassibi & Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS 5, 1992.

    Examples
    --------
    Two inputs that are always equal: one of their weights can go for nothing, since the other one takes over.

    >>> import numpy as np
    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 2.0]]])
    >>> x = np.array([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]])
    >>> prune_lobs(net, x, sparsity=0.5, damping=1e-9).net.weights[0].round(6)
    array([[0., 3.]])
    """
    is_net(net)
    values, single = sparsity_list(sparsity)
    groups_at = [removal_groups(net, s, scope, prune_biases) for s in values]
    x = net_inputs(net, x)
    exact = one_of("inverse", inverse, ("exact", "shared")) == "exact"
    if refresh is not None:
        whole_number("refresh", refresh, 1)
        if exact:
            raise ValueError(f"refresh={refresh} has no meaning with inverse='exact', which is right at every removal: "
                             f"leave it out, or take inverse='shared'")
    if one_of("inputs", inputs, ("original", "pruned")) == "pruned" and not exact:
        raise ValueError("inputs='pruned' needs inverse='exact': the shared inverse is of the pruned net anyway")
    widest = max(net.sizes[:-1])
    check_memory(f"L-OBS with {widest:,} inputs of a layer", lobs_memory(net, len(x), len(values), exact), max_memory,
                 "take inputs of fewer dimensions, or fewer samples")
    if first_hessian is None:
        first_hessian = input_hessian(x, bias=net.biases[0] is not None)
    d = x.shape[1] + (net.biases[0] is not None)
    if first_hessian.shape != (d, d):
        raise ValueError(f"first_hessian has the shape {first_hessian.shape}, but {(d, d)} is needed")
    if exact:
        map_ = map if executor is None else executor.map
        results = _exact(net, x, groups_at, damping, prune_biases, map_, first_hessian, progress)
        if inputs == "pruned":
            results = [_sequential(net, x, r, damping, prune_biases, map_) for r in results]
    else:
        results = _stale(net, x, groups_at, progress, refresh=refresh, damping=damping,
                         prune_biases=prune_biases, first_hessian=first_hessian)
    return results[0] if single else results


def _stale(net, x, groups_at, progress, **options):
    """One pass over the whole net serves all sparsities; layer by layer, each needs its own."""
    if len(groups_at[0]) == 1:
        passes = [(groups_at[-1], [groups[0][1] for groups in groups_at])]
    else:
        passes = [(groups, [sum(k for _, k in groups)]) for groups in groups_at]
    refresh = options["refresh"]
    name = "L-OBS, shared inverse, " + ("never refreshed" if refresh is None else f"refresh {refresh}")
    return [PruneResult(*reached, name, damping=options["damping"]) for groups, stops in passes
            for reached in stale_pass(net, x, groups, stops, progress=progress, **options)]


def _sequential(net, x, original, damping, prune_biases, map):
    """Prune anew on the pruned net's inputs, every layer to the count it has in the ``original`` result."""
    reached = sequential_pass(net, x, original, damping, prune_biases, map)
    return PruneResult(*reached, "L-OBS, exact, on the pruned net's inputs", original.layers, damping)


def _exact(net, x, groups_at, damping, prune_biases, map, first_hessian, progress):
    """Trace every layer to its last weight, merge the units' orders, cut them at the counts asked for, refit."""
    layers = [_Layer(net, l, first_hessian if l == 0 else input_hessian(a, net.biases[l] is not None),
                     damping, prune_biases)
              for l, a in enumerate(net.layer_inputs(x)[0])]
    total, done = sum(int(layer.may.sum()) for layer in layers), 0

    def step(k):
        nonlocal done
        done += k
        if progress is not None:
            progress(done, total)

    for layer in layers:
        layer.trace(map, step)
    orders = [greedy_order([layers[l].costs for l in group]) for group, _ in groups_at[0]]
    return [_cut(net, layers, orders, groups, damping) for groups in groups_at]


class _Layer:
    """One layer's share of an exact run: its Hessian, its weights, and the order of their removal."""

    def __init__(self, net, l, H, damping, prune_biases):
        self.C, self.kept, self.may = columns(net, l), column_masks(net, l), prunable(net, l, prune_biases)
        self.live = np.diag(H) > 0
        self.H, lambda_ = damp(H, damping)
        values = np.linalg.eigvalsh(H)
        floor = len(H) * np.finfo(float).eps * values[-1]
        damped = np.linalg.eigvalsh(self.H[np.ix_(self.live, self.live)]) if self.live.any() else np.ones(1)
        self.report = LayerReport(l, len(H), int((~self.live).sum()), int((values > floor).sum()), lambda_,
                                  float(damped[-1] / damped[0]) if damped[0] > 0 else np.inf)

    def trace(self, map, progress):
        self.order, self.costs = trace_layer(self.H, self.C, self.kept, self.may, self.live,
                                             map=map, progress=progress)


def _cut(net, layers, orders, groups, damping):
    """The result after the first k removals of every group."""
    removed, costs, kept = [], [], [layer.kept.copy() for layer in layers]
    for (group, k), order in zip(groups, orders):
        rows = locate(order[:k], [layers[l].costs.shape for l in group])
        rows[:, 0] += group[0]
        costs.append(np.concatenate([layers[l].costs.ravel() for l in group])[order[:k]])
        for l in group:
            of_layer = rows[:, 0] == l
            # So far the third number is the place in the unit's order; now it becomes the column that stands there.
            rows[of_layer, 2] = layers[l].order[rows[of_layer, 1], rows[of_layer, 2]]
            kept[l][rows[of_layer, 1], rows[of_layer, 2]] = False
        removed.append(rows)
    C = [refit(layer.H, layer.C, mask, layer.live) for layer, mask in zip(layers, kept)]
    return PruneResult(rebuilt(net, C, kept), np.concatenate(removed), np.concatenate(costs), "L-OBS, exact",
                       tuple(layer.report for layer in layers), damping)
