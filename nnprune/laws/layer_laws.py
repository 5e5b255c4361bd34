"""The laws of any layer pruner f(W, X, n_remove) -> (mask, W), and those of magnitude pruning.

    letter     meaning                                        shape
    W          weights, before and after                      (n_out, n_in)
    X          the layer's inputs, one sample a row           (n, n_in)
    mask       True = kept                                    (n_out, n_in) bool
    n_remove   how many weights are gone afterwards           int

These laws know no mathematics: they are the contract on which everything else rests, and most complaints of users of
pruning packages are breaches of it. The laws of OBS are in ``layer_obs_laws`` and ``layer_symmetry_laws``.
"""

from __future__ import annotations

import numpy as np

from ..pruning.reference import layer_hessian, lobs_layer
from .convention import damped
from .law import DAMPED_TOLERANCE, demand, law, same, show
from .strategies import layers, singular_layers, tied_layers

# Two removals whose costs differ by less than this share may be taken in either order by right implementations that
# round or damp a little differently; such cases prove nothing and are left out.
CLEAR = 1e-3
RANKED = ("magnitude", "obs")  # methods that order the weights by a cost, so that pruning can go on where it ended


def hessian(p):
    """H = X'X / n of a case (d, d), damped as the function under test is said to damp it."""
    return damped(layer_hessian(p.X))


def clear(p, n_remove=None):
    """Whether OBS has one clear choice at each of its removals."""
    return lobs_layer(p.W, hessian(p), n_remove or p.n_remove).gap > CLEAR


@law("layer_pruner", layers(), formula="sum(mask = False) = n_remove",
     source="the definition of sparsity; Blalock et al., MLSys 2020",
     mistake="Off by one in the count, or `<= threshold` removes all that are equal to the last.")
def layer_count_is_exact(f, p):
    """As many weights go as were asked for, not one more or less."""
    gone = int((~f(p.W, p.X, p.n_remove)[0]).sum())
    demand(gone == p.n_remove, f"{p.n_remove} weights removed", f"{gone} removed")


@law("layer_pruner", layers(), formula="mask_ij = False  =>  W_ij = 0, exactly",
     source="Han et al. 2015, section 3; Hassibi & Stork 1992, eq. 3",
     mistake="The mask is not applied again after the last update, or it is inverted (True = removed).")
def layer_zeros_agree_with_mask(f, p):
    """Where the mask says removed, the weight is 0, not merely small."""
    mask, W = f(p.W, p.X, p.n_remove)
    demand(not W[~mask].any(), f"W = 0 where the mask is False:\n{mask}", f"W =\n{W}",
           "The mask is inverted: True means kept." if not W[mask].any() else "")


@law("layer_pruner", tied_layers(), formula="f(x) = f(x)",
     source="Pineau et al., JMLR 22, 2021 (reproducibility)",
     mistake="Ties are broken by chance: an unstable sort on shuffled data, a set, an unseeded generator.")
def layer_is_deterministic_under_ties(f, p):
    """The same call gives the same answer to the last bit, also where all weights are equally good to remove."""
    one, two = f(p.W, p.X, p.n_remove), f(p.W, p.X, p.n_remove)
    demand(np.array_equal(one[0], two[0]), f"the first answer again:\n{one[0]}", f"{two[0]}")
    demand(np.array_equal(one[1], two[1]), f"the first answer again:\n{one[1]}", f"{two[1]}")


@law("layer_pruner", layers(), formula="n_remove = 0:  mask = True, W = W",
     source="the removal of nothing costs nothing",
     mistake="At least one weight always goes (an argmin before the count is looked at), or W is refitted.")
def layer_removes_nothing_if_told_so(f, p):
    """Asked to remove no weight, the pruner gives the layer back as it is."""
    mask, W = f(p.W, p.X, 0)
    demand(mask.all(), "a mask that is True everywhere", f"{mask}")
    same("W", W, p.W)


@law("layer_pruner", singular_layers(), formula="H singular:  the count, the zeros and finite weights all the same",
     source="67 of MNIST's 784 pixels are always 0; LeCun et al. 1989 and Hassibi & Stork 1992, eq. 17, damp H",
     mistake="H is inverted undamped: inf, NaN, or an exception where an input is dead.")
def layer_survives_singular_hessians(f, p):
    """Inputs that are always 0, two inputs that are always equal, fewer samples than inputs: real data has them all.
    H has no inverse then, and still the right number of weights goes, each to exactly 0, and all stay finite."""
    mask, W = f(p.W, p.X, p.n_remove)
    demand((~mask).sum() == p.n_remove, f"{p.n_remove} weights removed", f"{(~mask).sum()} removed")
    demand(not W[~mask].any(), f"W = 0 where the mask is False:\n{mask}", f"W =\n{W}")
    # A layer cannot profit from weights far larger than it began with: they are noise divided by almost 0.
    bound = 1e4 * np.abs(p.W).sum()
    demand(np.abs(W).max() <= bound, f"no weight above {show(bound)}", f"W =\n{W}")


@law("layer_pruner", layers(), formula="f(f(W, n), n) = f(W, n)", methods=RANKED,
     source="what is 0 already costs nothing: Hassibi & Stork 1992, eq. 5 with w_q = 0",
     mistake="Weights that are 0 are passed over, so that as many again are removed.")
def layer_is_idempotent(f, p):
    """Asked again for the same number, the pruner changes nothing more: the zeros that it made are the ones it
    counts."""
    mask, W = f(p.W, p.X, p.n_remove)
    again, W_again = f(W, p.X, p.n_remove)
    demand(np.array_equal(mask, again), f"the same mask again:\n{mask}", f"{again}")
    same("W", W_again, W, tolerance=DAMPED_TOLERANCE)


@law("layer_pruner", layers(), formula="f(f(W, n - 1), n) = f(W, n)", methods=RANKED,
     source="Hassibi & Stork 1992, section 2: a loop of single removals; updates_one_by_one_equal_jointly",
     mistake="The state after a removal (inverse, weights) is stale: a fresh start from there goes another way.")
def layer_resumes_where_it_stopped(f, p):
    """Stop one removal early, begin again from the result, and the end is that of the straight run."""
    if not clear(p):
        return
    mask, W = f(p.W, p.X, p.n_remove)
    resumed, W_resumed = f(f(p.W, p.X, p.n_remove - 1)[1], p.X, p.n_remove)
    demand(np.array_equal(mask, resumed), f"the mask of the straight run:\n{mask}", f"{resumed}")
    same("W", W_resumed, W, tolerance=DAMPED_TOLERANCE)


@law("layer_pruner", layers(), formula="max |removed| < min |kept|", methods=("magnitude",),
     source="Han, Pool, Tran & Dally, NIPS 2015, section 3",
     mistake="Signed weights are ranked instead of magnitudes, or each unit is ranked for itself.")
def magnitude_removes_the_smallest(f, p):
    """Every weight that goes is smaller in magnitude than every weight that stays, over the whole layer."""
    mask, _ = f(p.W, p.X, p.n_remove)
    order = np.sort(np.abs(p.W).ravel())
    demand(np.array_equal(~mask, np.abs(p.W) < order[p.n_remove]),
           f"the {p.n_remove} smallest magnitudes removed", f"removed: {p.W[~mask]}, kept: {p.W[mask]}")


@law("layer_pruner", layers(), formula="mask_ij = True  =>  W_ij as before", methods=("magnitude",),
     source="Han et al. 2015, section 3: the network is retrained only afterwards",
     mistake="The survivors are rescaled or rounded on the way.")
def magnitude_leaves_the_others(f, p):
    """Magnitude pruning compensates nothing: what stays, stays as it is, to the last bit."""
    mask, W = f(p.W, p.X, p.n_remove)
    demand(np.array_equal(W[mask], p.W[mask]), f"{p.W[mask]} kept", f"{W[mask]}")
