"""The laws of a pruner that takes as many weights from every unit, f(W, X, n_per_unit) -> (mask, W).

    letter       meaning                                        shape
    W            weights, before and after                      (n_out, n_in)
    X            the layer's inputs, one sample a row           (n, n_in)
    mask         True = kept                                    (n_out, n_in) bool
    n_per_unit   how many weights of each unit are gone         int

Equal counts a row are what Wanda and SparseGPT prune to. A unit is then a problem of its own, so that a wrong pruner
shows itself on one unit already, and what holds for a layer of one unit (``layer_laws``, ``layer_obs_laws``) holds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import layer_obs_laws  # noqa: F401  it enters the laws of OBS
from .law import DAMPED_TOLERANCE, LAWS, Case, demand, law, same
from .layer_laws import clear
from .strategies import one_unit, unit_layers

KIND = "unit_pruner"


@law(KIND, unit_layers(), formula="sum_j (mask_ij = False) = n_per_unit for every unit i",
     source="Sun, Liu, Bair & Kolter, ICLR 2024 (Wanda), section 3: weights are compared within an output",
     mistake="All weights of the layer are ranked together, or those of a column: axis=1 ranks each row for itself.")
def unit_count_is_exact(f, p):
    """From every unit as many weights go as were asked for, not one more or less."""
    gone = (~f(p.W, p.X, p.n_remove)[0]).sum(axis=1)
    demand(np.all(gone == p.n_remove), f"{p.n_remove} weights of each of {len(gone)} units removed", f"{gone} removed")


@law(KIND, unit_layers(), formula="f(W, X)_i = f(W_i, X)", source="a unit's error is a sum over its own weights",
     mistake="Units share something that each of them changes, such as an inverse, a threshold or a mask.")
def units_are_pruned_alone(f, p):
    """Prune one unit alone and it comes out as in company."""
    if clear(p, len(p.W) * p.n_remove):
        mask, W = f(p.W, p.X, p.n_remove)
        for i in range(len(W)):
            alone = f(p.W[i:i + 1], p.X, p.n_remove)
            demand(np.array_equal(alone[0][0], mask[i]), f"mask[{i}] = {mask[i]}, as in company", f"{alone[0][0]}")
            same(f"W[{i}]", alone[1][0], W[i], tolerance=DAMPED_TOLERANCE)


@law(KIND, unit_layers(), formula="max |w_ij| removed < min |w_ij| kept, for every i", methods=("magnitude",),
     source="Han, Pool, Tran & Dally, NIPS 2015, section 3, unit by unit",
     mistake="Signed weights are ranked, or the largest go, or the survivors are changed.")
def unit_removes_its_smallest(f, p):
    """Every weight that goes is smaller in magnitude than all that stay in its unit, and these stay as they are."""
    _removes_the_lowest(f, p, np.abs(p.W))


@law(KIND, unit_layers(), formula="s_ij = |w_ij| |x_j|_2:  the n smallest s_ij of each unit go", methods=("wanda",),
     source="Sun, Liu, Bair & Kolter, ICLR 2024 (Wanda), eq. 1",
     mistake="The inputs' norms are taken over the wrong axis, squared while the weights are not, or left out.")
def unit_removes_its_weakest_products(f, p):
    """Weight times norm of its input decides, unit by unit; what stays, stays as it is. (It is the root of OBD's
    saliency on the layer.) Cases in which two of them are nearly equal are left out."""
    _removes_the_lowest(f, p, np.abs(p.W) * np.linalg.norm(p.X, axis=0))


def _removes_the_lowest(f, p, scores):
    """In each unit the lowest scores go and nothing else changes, if it is clear which they are."""
    order = np.sort(scores, axis=1)
    last, first = order[:, p.n_remove - 1, None], order[:, p.n_remove, None]
    if np.any(first - last < 1e-6 * first):
        return
    mask, W = f(p.W, p.X, p.n_remove)
    demand(np.array_equal(mask, scores >= first), f"mask =\n{scores >= first}", f"mask =\n{mask}")
    same("W", W, np.where(mask, p.W, 0))


# Where a layer has one unit, one count a layer and one a unit are the same. Of so few inputs a stale inverse chooses
# right nearly always; here it does not.
STALE = Case(W=np.array([[-4.0, -3.0, -6.0]]), X=np.vstack([np.eye(3), [[1, 2, -2], [-2, 2, -2]]]), n_remove=2)
OF_A_LAYER = {"zeros_agree_with_mask": (), "is_deterministic_under_ties": (), "survives_singular_hessians": (),
              "survivors_are_optimal": ("obs",), "equals_slow_obs": ("obs",)}
for _one in list(LAWS["layer_pruner"]):
    _name = _one.name.removeprefix("layer_")
    if _name in OF_A_LAYER:
        LAWS[KIND].append(replace(_one, name=f"unit_{_name}", kind=KIND, strategy=_one.strategy.map(one_unit),
                                  methods=OF_A_LAYER[_name], hard=(STALE,)))
