"""The laws of a network pruner f(net, x, y, sparsity) -> net, for nets like ``nnprune.MLP``.

The net returned needs ``weights``, ``biases`` and ``masks`` (lists, one entry a layer) and ``forward(x)``. The method
"second_order" promises more than "any": no input's unit plays a part. "lobs" promises that, and that the first layer,
whose inputs no pruning changes, is at its least-squares optimum, bias included.
"""

from __future__ import annotations

import numpy as np

from .convention import granted
from .law import DAMPED_TOLERANCE, demand, law, same, show
from .reference import error_bound
from .strategies import nets, pruning_tasks, tasks_in_other_units

# Theorem 3.2 holds with equality where nothing is pruned: both sides are 0, up to rounding.
ROUNDING = 1e-9


def gone(net):
    """How many weights of the net are pruned, by its masks."""
    return sum(int((~m).sum()) for m in net.masks)


def same_net(got, wanted, tolerance):
    """Masks and parameters agree, layer by layer."""
    for l in range(len(wanted.weights)):
        demand(np.array_equal(got.masks[l], wanted.masks[l]), f"masks[{l}] =\n{wanted.masks[l]}",
               f"masks[{l}] =\n{got.masks[l]}")
        same(f"weights[{l}]", got.weights[l], wanted.weights[l], tolerance=tolerance)
        if wanted.biases[l] is not None:
            same(f"biases[{l}]", got.biases[l], wanted.biases[l], tolerance=tolerance)


@law("network_pruner", pruning_tasks(), formula="sum(mask = False) = round(sparsity * n_weights)",
     source="the definition of sparsity; Blalock et al., MLSys 2020",
     mistake="The count is cut off instead of rounded, rounded layer by layer, or the biases are counted in.")
def network_count_is_exact(f, p):
    """The sparsity delivered is the sparsity asked for, to the single weight, over the whole net."""
    wanted, n = round(p.sparsity * p.net.n_weights), gone(f(p.net, p.x, p.y, p.sparsity))
    demand(n == wanted, f"{wanted} of {p.net.n_weights} weights removed", f"{n} removed")


@law("network_pruner", pruning_tasks(), formula="mask = False  =>  w = 0, exactly",
     source="Han et al. 2015, section 3",
     mistake="Only the masks were set, or a compensation came after the zeros.")
def network_zeros_agree_with_masks(f, p):
    """In every layer the pruned weights are 0 and not merely masked: they are stored and saved as 0."""
    new = f(p.net, p.x, p.y, p.sparsity)
    for l, (W, mask) in enumerate(zip(new.weights, new.masks)):
        demand(not W[~mask].any(), f"weights[{l}] = 0 where masks[{l}] is False:\n{mask}", f"{W}")


@law("network_pruner", pruning_tasks(), formula="f(net) = f(net)", source="Pineau et al., JMLR 22, 2021",
     mistake="An unseeded generator, or state kept from the last call.")
def network_is_deterministic(f, p):
    """The same call gives the same net, to the last bit."""
    same_net(f(p.net, p.x, p.y, p.sparsity), f(p.net, p.x, p.y, p.sparsity), 0.0)


@law("network_pruner", nets(), formula="sparsity 0:  net = net", source="the removal of nothing costs nothing",
     mistake="At least one weight always goes, or the net is retrained or refitted on the way.")
def network_at_sparsity_0_is_unchanged(f, p):
    """Asked to remove nothing, the pruner gives back a net with the same weights and biases."""
    same_net(f(p.net, p.x, p.y, 0.0), p.net, DAMPED_TOLERANCE)


@law("network_pruner", pruning_tasks(), formula="f(f(net, s), s) = f(net, s)",
     source="the count includes what is pruned already",
     mistake="The share is taken of what is left, so that pruning twice prunes more.")
def network_is_idempotent(f, p):
    """Asked again for the same sparsity, the pruner has nothing more to do."""
    once = f(p.net, p.x, p.y, p.sparsity)
    same_net(f(once, p.x, p.y, p.sparsity), once, DAMPED_TOLERANCE)


@law("network_pruner", pruning_tasks(), formula="mask(f(net, s/2)) = False  =>  mask(f(f(net, s/2), s)) = False",
     source="Han et al. 2015, section 3.4: iterative pruning",
     mistake="The masks of the net that comes in are ignored: pruned weights come back to life.")
def network_keeps_what_is_pruned(f, p):
    """Prune in two rounds: what went in the first is still gone after the second."""
    first = f(p.net, p.x, p.y, p.sparsity / 2)
    second = f(first, p.x, p.y, p.sparsity)
    for l, (a, b) in enumerate(zip(first.masks, second.masks)):
        demand(not (b & ~a).any(), f"layer {l}: False at least where the first round left\n{a}", f"{b}")


@law("network_pruner", pruning_tasks(),
     formula="|Y^ - Y|_F / sqrt(n) <= sum_{k<L} (prod_{l>k} |W^_l|_F) sqrt(dE_k) + sqrt(dE_L)",
     source="Dong, Chen & Pan, NIPS 2017, Theorem 3.2",
     mistake="The net returned does not compute what its weights say: another activation, a mask or bias left out.")
def network_obeys_theorem_3_2(f, p):
    """The output of the pruned net differs from the original's by no more than the errors of the layers, each
    carried on by the norms of the layers behind it. It is a theorem about every net whose activation has no slope
    above 1, so a breach means that the net returned does not match its weights."""
    new = f(p.net, p.x, p.y, p.sparsity)
    inputs, Y = p.net.layer_inputs(p.x)
    error = np.linalg.norm(new.forward(p.x) - Y) / np.sqrt(len(Y))
    bound = error_bound(p.net.weights, p.net.biases, inputs, new.weights, new.biases)
    most = bound + granted(ROUNDING) * max(1, bound)
    demand(error <= most, f"an output error of at most {show(bound)}", show(error))


@law("network_pruner", pruning_tasks(depth=1), formula="mean over samples of (z^ - z) = 0", methods=("lobs",),
     source="Dong, Chen & Pan 2017, eq. 7, with the bias as the weight of an input that is always 1",
     mistake="The bias is forgotten: H lacks the column of ones, and the bias compensates nothing.")
def network_biases_compensate(f, p):
    """The bias takes part in the compensation, and it is never pruned here: at the optimum the derivative of the
    error with respect to it is 0, so the mean of every unit's pre-activation stays as it was."""
    change = f(p.net, p.x, p.y, p.sparsity).forward(p.x) - p.net.forward(p.x)
    same("mean of z^ - z", change.mean(axis=0), np.zeros(change.shape[1]), tolerance=DAMPED_TOLERANCE)


@law("network_pruner", pruning_tasks(depth=2), formula="[(Z^ - Z)' X]_ij = 0 where mask_ij = True", methods=("lobs",),
     source="KKT conditions of Dong, Chen & Pan 2017, eq. 7",
     mistake="No compensation, or a compensation by the Hessian of another layer.")
def network_first_layer_is_optimal(f, p):
    """The first layer sees the same inputs before and after, so its survivors must be the least-squares optimum on
    them, as for a layer by itself."""
    new = f(p.net, p.x, p.y, p.sparsity)
    Z = [p.x @ net.weights[0].T + net.biases[0] for net in (p.net, new)]
    slope = np.where(new.masks[0], (Z[1] - Z[0]).T @ p.x / len(p.x), 0.0)
    same("slope of E along the survivors", slope, np.zeros(slope.shape), tolerance=DAMPED_TOLERANCE)


@law("network_pruner", tasks_in_other_units(), methods=("second_order", "lobs"),
     formula="z(f(net S^-1), x S) = z(f(net), x),  S = diag(s), 10^-6 <= s_j <= 10^6",
     source="E depends on the products w_ij x_j alone; Levenberg 1944, Marquardt 1963: H + damping diag(H)",
     mistake="One lambda damps all of H, or magnitude plays a part of its own: both have a unit. Damp by column.")
def network_ignores_the_scale_of_inputs(f, p):
    """Measure the inputs in other units, biases and all else as they are: the first layer's weights change by the
    inverse factors, the net does the same, and so must the pruned nets."""
    other = p.net.copy()
    other.weights[0] = p.net.weights[0] / p.s
    one, two = f(p.net, p.x, p.y, p.sparsity), f(other, p.x * p.s, p.y, p.sparsity)
    same("z of the net in other units", two.forward(p.x * p.s), one.forward(p.x), tolerance=DAMPED_TOLERANCE)
