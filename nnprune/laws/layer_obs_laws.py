"""The laws of a layer pruner that claims to be exact Optimal Brain Surgeon (method "obs").

    letter   meaning                                              shape
    W, W^    weights before and after                             (n_out, d)
    H        X'X / n, the same for every unit                     (d, d)
    E        1/2 sum over units of (w^ - w)' H (w^ - w)           float

A layer's error is exactly quadratic, so OBS's promises hold without any remainder: each removal is the cheapest
there is, and the survivors are the best possible with them. The pruner may damp H by up to 1e-8 of each
diagonal entry (or of their mean); the problems are conditioned so well that this moves the weights by less than the
tolerance. A pruner that damps more says so (``check(..., damping=)``), and H above is the damped one.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from ..pruning.reference import layer_error, layer_hessian, lobs_layer
from .convention import granted, is_damped_by_mean, now
from .law import DAMPED_TOLERANCE, SINGLE_ARGUMENTS_TOLERANCE, demand, law, same, show
from .layer_laws import CLEAR, clear, hessian
from .reference import greedy_factor, least_error, removal_costs
from .strategies import layers, plain_layers, singular_layers

OBS = ("obs",)
# What damping may cost where H is singular: with lambda_j = 1 % of H_jj, a weight w that is free costs lambda_j w^2 / 2
# in the damped error. More than that no pruner may give away.
LARGEST_DAMPING = 0.01


def error(W, p):
    """E of new weights ``W`` (n_out, d), with H damped as the function is said to damp it."""
    dW = W - p.W
    return float(np.sum(dW @ hessian(p) * dW) / 2)


def charge(p, columns):
    """What the damping may cost where the weights of these columns are free: 1/2 sum_j lambda_j w_j^2."""
    diagonal = np.diag(layer_hessian(p.X))
    lambdas = np.full(len(diagonal), diagonal.mean()) if is_damped_by_mean() else diagonal
    return max(LARGEST_DAMPING, now().damping) * np.sum(lambdas[columns] * p.W[:, columns] ** 2) / 2


def at_most(E, bound, what):
    """E may not exceed the bound, rounding and damping aside."""
    demand(E <= bound + granted(DAMPED_TOLERANCE) * max(1, bound), f"E <= {show(bound)} ({what})", f"E = {show(E)}")


@law("layer_pruner", layers(), formula="[(W^ - W) H]_ij = 0 where mask_ij = True", methods=OBS,
     source="KKT conditions of Dong, Chen & Pan, NIPS 2017, eq. 7; Hassibi & Stork 1992, eqs 3-5",
     mistake="No compensation, a wrong sign, or an inverse Hessian that is not brought up to date.")
def layer_survivors_are_optimal(f, p):
    """The survivors are the least-squares optimum for the mask, however many went before: no change of a kept
    weight lowers the error. So the removals, one by one, end where solving for all of them jointly ends."""
    mask, W = f(p.W, p.X, p.n_remove)
    slope = np.where(mask, (W - p.W) @ hessian(p), 0.0)
    same("slope", slope, np.zeros(W.shape), tolerance=DAMPED_TOLERANCE,
         beside=f"with W^ = {show(W, 10)}\nand mask = {show(mask, 11)}")


@law("layer_pruner", layers(n_remove=1), formula="n_remove = 1:  E = min over all weights of w_q^2 / (2 [H^-1]_qq)",
     methods=OBS, source="Dong, Chen & Pan 2017, section 3, with the 1/2 in E; Hassibi & Stork 1992, eq. 5",
     mistake="The saliency is wrong, so another weight is picked; or it is picked correctly and not compensated.")
def layer_first_removal_is_the_cheapest(f, p):
    """Of all single weights the one goes whose removal costs least, the others refitted. The law tries them
    all."""
    H = hessian(p)
    best = np.array([removal_costs(w, H) for w in p.W])
    _, W = f(p.W, p.X, 1)
    same("E", error(W, p), best.min(), tolerance=DAMPED_TOLERANCE,
         beside=f"with W^ = {show(W, 10)}\nwhere the costs are {show(best, 20)}")


@law("layer_pruner", layers(), formula="mask, W^ = OBS with H_SS inverted at every step", methods=OBS,
     source="Hassibi & Stork 1992, steps 2-5 of the procedure; Dong, Chen & Pan 2017, Algorithm 1",
     mistake="A stale inverse: the first removal is right, the later ones are not.")
def layer_equals_slow_obs(f, p):
    """The slow obvious way inverts, at every step and for every unit, the Hessian of the weights that remain, and
    removes the cheapest weight. Whatever is faster must give the same. Cases in which two removals cost the same are
    left out."""
    slow = lobs_layer(p.W, hessian(p), p.n_remove)
    mask, W = np.ones(p.W.shape, bool), slow.new
    mask[slow.removed[:, 0], slow.removed[:, 1]] = False
    if slow.gap > CLEAR:
        got, W_got = f(p.W, p.X, p.n_remove)
        demand(np.array_equal(got, mask), f"mask =\n{mask}", f"mask =\n{got}")
        same("W", W_got, W, tolerance=DAMPED_TOLERANCE)


@law("layer_pruner", layers(n_remove=1), formula="n_remove = 1:  E(OBS) <= E(OBD) <= E(magnitude)", methods=OBS,
     source="Hassibi & Stork 1992, the XOR example",
     mistake="Weights are ranked or compensated by the wrong matrix, which is worse than doing nothing.")
def layer_is_never_above_magnitude(f, p):
    """For one removal, OBS's error is at most OBD's and OBD's at most magnitude's. (For many removals greedy choices
    may lose; for one there is nothing to lose by.)"""
    E_each = p.W**2 * np.diag(hessian(p)) / 2  # what each removal costs without compensation
    smallest = E_each.flat[np.abs(p.W).argmin()]
    E = error(f(p.W, p.X, 1)[1], p)
    at_most(E, smallest, "magnitude's")
    at_most(E, E_each.min(), "OBD's")


@law("layer_pruner", plain_layers("identity"), formula="H = c I:  the n smallest |w| go, the others stay", methods=OBS,
     source="Hassibi & Stork 1992, section 1", mistake="H^-1's off-diagonal part is not 0 where H's is.")
def layer_of_identity_is_magnitude(f, p):
    """Where all inputs are alike and apart, OBS does what magnitude pruning does."""
    mask, W = f(p.W, p.X, p.n_remove)
    wanted = np.abs(p.W) >= np.sort(np.abs(p.W).ravel())[p.n_remove]
    demand(np.array_equal(mask, wanted), f"mask =\n{wanted}", f"mask =\n{mask}")
    same("W", W, np.where(wanted, p.W, 0), tolerance=DAMPED_TOLERANCE)


@law("layer_pruner", plain_layers("diagonal"), formula="H diagonal:  E = sum of the n smallest H_jj w_ij^2 / 2",
     methods=OBS, source="LeCun, Denker & Solla 1989, eq. 5",
     mistake="The strength of an input is not looked at, or divides where it should multiply.")
def layer_of_diagonal_is_obd(f, p):
    """Where inputs do not move together, OBS is Optimal Brain Damage: the weights of the smallest H_jj w^2 / 2 go,
    and the others stay."""
    L = p.W**2 * np.diag(hessian(p)) / 2
    mask, W = f(p.W, p.X, p.n_remove)
    same("E", error(W, p), np.sort(L.ravel())[:p.n_remove].sum(), tolerance=DAMPED_TOLERANCE)
    same("W", W, np.where(mask, p.W, 0), tolerance=DAMPED_TOLERANCE)


@law("layer_pruner", singular_layers("dead"), formula="x_j = 0 on all samples:  removing a weight of x_j costs 0",
     methods=OBS, source="Hassibi & Stork 1992, eq. 5: H_jj = 0; 67 of MNIST's 784 pixels",
     mistake="Damping makes the weights of a dead input look expensive, since it charges their size.")
def layer_drops_dead_inputs_first(f, p):
    """An input that is always 0 has no effect, so its weights are the first to go and the error stays 0."""
    n = len(p.W)  # one weight of the dead input for every unit
    E = layer_error(f(p.W, p.X, n)[1], p.W, p.X)
    at_most(E, charge(p, [p.dead]), f"{n} weights of dead inputs are free")


@law("layer_pruner", singular_layers("duplicated"), formula="x_j = x_k:  removing one of w_j, w_k costs 0",
     methods=OBS, source="Hassibi & Stork 1992, eq. 5; Dong, Chen & Pan 2017, section 3 (pseudo-inverse)",
     mistake="No compensation, or a silent fallback to magnitude where H is singular.")
def layer_merges_twin_inputs(f, p):
    """If two inputs are always equal, one of the two weights can go and the other takes over: their sum stays and
    the error stays 0. Magnitude pruning cannot see this."""
    E = layer_error(f(p.W, p.X, 1)[1], p.W, p.X)
    at_most(E, charge(p, list(p.twins)), "one weight of two equal inputs is free, damping up to 1 % granted")


@law("layer_pruner", layers(), formula="|E(float32) - E(float64)| <= 1e-3 max(1, E)", methods=OBS, source="IEEE 754",
     mistake="An intermediate result is kept in too few digits, or the inverse drifts.")
def layer_in_float32_is_near_float64(f, p):
    """Samples and weights in single precision give nearly the same error on a well-conditioned layer."""
    if clear(p):
        E = error(f(p.W, p.X, p.n_remove)[1], p)
        E32 = error(f(p.W.astype(np.float32), p.X.astype(np.float32), p.n_remove)[1], p)
        same("E", E32, E, tolerance=SINGLE_ARGUMENTS_TOLERANCE)


@law("layer_pruner", st.integers(1, 3).flatmap(lambda n: layers(units=1, inputs=4, n_remove=n).filter(
         lambda p: n < p.W.size)),
     formula="E* <= E <= B_n E*,  B_1 = 1,  B_{t+1} = B_t + c/(n - t) (c + (c - 1) B_t),  c = cond(H)", methods=OBS,
     source="E* by trying all subsets; the bound is derived in reference.greedy_factor",
     mistake="The weights are ranked the wrong way round, or only the first removal is right.",
     measures="largest E / E*")
def layer_is_near_the_best_support(f, p):
    """Greedy is not optimal: to remove the cheapest weight now may make the next ones expensive. The law tries all sets
    of n weights of one unit, finds the least possible error E*, and demands that greedy stays between E* and a bound
    that follows from the condition of H; the scoreboard shows the largest ratio seen."""
    H, n = hessian(p), p.n_remove
    E, least = error(f(p.W, p.X, n)[1], p), least_error(p.W[0], H, n)
    rounding = granted(DAMPED_TOLERANCE) * max(1, least)
    demand(E >= least - rounding, f"E >= {show(least)}, the least of all sets", f"E = {show(E)}",
           "Fewer weights were removed than asked for.")
    at_most(E, greedy_factor(H, n) * least, f"the least of all sets is {show(least)}")
    return E / least
