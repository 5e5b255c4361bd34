"""More laws of a layer pruner that claims to be OBS: what may be changed without changing the problem.

A layer does not know how its inputs, units and samples are numbered, in what unit an input is measured, or what the
other units do. Neither may its pruner. Each law solves a problem twice, once changed and once not, and compares: no
right answer needs to be known (a *metamorphic* test).
"""

from __future__ import annotations

import numpy as np

from .convention import is_damped_by_mean, now
from .law import DAMPED_TOLERANCE, demand, law, same
from .layer_laws import RANKED, clear
from .layer_obs_laws import OBS
from .strategies import layers


def same_layer(got, wanted):
    """Both the masks and the weights of two answers agree."""
    demand(np.array_equal(got[0], wanted[0]), f"mask =\n{wanted[0]}", f"mask =\n{got[0]}")
    same("W", got[1], wanted[1], tolerance=DAMPED_TOLERANCE)


@law("layer_pruner", layers(order=True), formula="f(W P', X P') = f(W, X) P'", methods=RANKED,
     source="E = 1/(2n) |X W^' - X W'|^2 is a sum over inputs",
     mistake="W and X are paired wrongly: an axis is transposed, or an index runs over the kept inputs only.")
def layer_follows_input_order(f, p):
    """Number the inputs in another order: the same weights go, in their new places."""
    if clear(p):
        mask, W = f(p.W, p.X, p.n_remove)
        # .copy(): rows in one piece, as every implementation expects them.
        same_layer(f(p.W[:, p.p].copy(), p.X[:, p.p].copy(), p.n_remove), (mask[:, p.p], W[:, p.p]))


@law("layer_pruner", layers(order=True), formula="f(P W, X) = P f(W, X)", methods=RANKED,
     source="E is a sum over units, all with the same H",
     mistake="The first unit is treated differently, for instance all units use the mask or inverse of one.")
def layer_follows_unit_order(f, p):
    """Number the units in another order: the same weights go, in their new places."""
    if clear(p):
        mask, W = f(p.W, p.X, p.n_remove)
        same_layer(f(p.W[p.u], p.X, p.n_remove), (mask[p.u], W[p.u]))


@law("layer_pruner", layers(), formula="f(W, X)_i = f(W_i, X) with as many removals as unit i has", methods=OBS,
     source="Dong, Chen & Pan 2017, eq. 3: H is block diagonal, one equal block a unit",
     mistake="Units share an inverse that each of them changes, or weights move between units.")
def layer_units_are_independent(f, p):
    """Prune one unit alone, by as many weights as it lost in company, and it comes out the same."""
    if not clear(p):
        return
    mask, W = f(p.W, p.X, p.n_remove)
    for i in range(len(W)):
        n = int((~mask[i]).sum())
        if 0 < n < W.shape[1]:
            same_layer(f(p.W[i:i + 1], p.X, n), (mask[i:i + 1], W[i:i + 1]))


@law("layer_pruner", layers(scale=True), formula="f(W S^-1, X S) = f(W, X) S^-1,  S = diag(s), 10^-6 <= s_j <= 10^6",
     methods=OBS, source="E depends on the products w_ij x_j alone; Levenberg 1944 and Marquardt 1963 damp by column",
     mistake="Magnitude plays a part of its own; or one lambda damps all columns, which has a unit: damp each by a "
             "share of its own H_jj (or say that it is meant, by damping_by='mean').")
def layer_ignores_the_scale_of_inputs(f, p):
    """Measure the inputs in other units, millimetres or miles: the weights change by the inverse factors, the layer
    does the same, and the same weights must go. Magnitude pruning breaks the law; so does one lambda for all columns,
    by which raw tables end at the majority class, and who states it is not held to the law."""
    if is_damped_by_mean() or not clear(p):
        return
    mask, W = f(p.W, p.X, p.n_remove)
    # What is answered in float32 may be computed in it, and its seven digits do not hold columns so far apart.
    s = p.s ** (1 / 6) if now().single else p.s
    mask_scaled, W_scaled = f(p.W / s, p.X * s, p.n_remove)
    same_layer((mask_scaled, W_scaled * s), (mask, W))


@law("layer_pruner", layers(), formula="f(W, P X) = f(W, X)", methods=OBS,
     source="H = 1/n sum_i x_i x_i' is a sum over samples",
     mistake="Only the last batch or the last sample counts: H is overwritten where it should be added to.")
def layer_ignores_sample_order(f, p):
    """Turn the order of the samples round and nothing changes: all of them count, and equally. An implementation
    that streams its samples in batches and keeps only the last one breaks this law; it has happened in a well-known
    library."""
    if clear(p):
        same_layer(f(p.W, p.X[::-1].copy(), p.n_remove), f(p.W, p.X, p.n_remove))


@law("layer_pruner", layers(), formula="f(W, [X; X; ...]) = f(W, X)", methods=OBS,
     source="H = 1/n sum_i x_i x_i' is a mean",
     mistake="A batch is dropped or counted twice; or the damping is not relative to H, so that 1/n matters.")
def layer_ignores_repeated_samples(f, p):
    """Repeat all samples 40 times: their mean is the same, so the answer is. The repetition makes more than one
    batch of what was less than one."""
    if clear(p):
        same_layer(f(p.W, np.tile(p.X, (40, 1)), p.n_remove), f(p.W, p.X, p.n_remove))
