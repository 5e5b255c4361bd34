"""Wrong pruners of equal counts in every unit."""

import numpy as np

from . import mutant
from .layer import damped, hessian, magnitude, obs

UNIT = "unit_pruner"


def per_unit(W, scores, n):
    """The mask without the ``n`` lowest scores of every row, and the other weights as they are."""
    mask = np.ones(W.shape, bool)
    np.put_along_axis(mask, np.argsort(scores, axis=1, kind="stable")[:, :n], False, axis=1)
    return mask, W * mask


def each(W, X, n, prune):
    """A layer pruner on one unit after the other."""
    answers = [prune(w[None], X, n) for w in W]
    return np.vstack([a[0] for a in answers]), np.vstack([a[1] for a in answers])


@mutant(UNIT, "all units are ranked together, so that some lose more")
def units_ranked_together(W, X, n_per_unit):
    mask = magnitude(W, len(W) * n_per_unit)
    return mask, W * mask


@mutant(UNIT, "the columns are ranked, not the rows")
def columns_ranked(W, X, n_per_unit):
    mask, _ = per_unit(W.T, np.abs(W.T), min(n_per_unit, len(W)))
    return mask.T, W * mask.T


@mutant(UNIT, "the mask of the first unit serves for all")
def mask_of_the_first_unit(W, X, n_per_unit):
    mask = np.tile(per_unit(W[:1], np.abs(W[:1]), n_per_unit)[0], (len(W), 1))
    return mask, W * mask


@mutant(UNIT, "the pruned weights are left in place")
def unit_mask_not_applied(W, X, n_per_unit):
    return per_unit(W, np.abs(W), n_per_unit)[0], W


@mutant(UNIT, "ties are broken by chance")
def unit_chance(W, X, n_per_unit):
    return per_unit(W, np.abs(W) + 1e-9 * np.random.default_rng().random(W.shape), n_per_unit)


@mutant(UNIT, "pruned in place on the argument")
def unit_in_place(W, X, n_per_unit):
    mask, new = per_unit(W, np.abs(W), n_per_unit)
    W[:] = new
    return mask, W


@mutant(UNIT, "signed weights ranked", "magnitude")
def unit_signed(W, X, n_per_unit):
    return per_unit(W, W, n_per_unit)


@mutant(UNIT, "the inputs play no part: magnitude", "wanda")
def wanda_without_inputs(W, X, n_per_unit):
    return per_unit(W, np.abs(W), n_per_unit)


@mutant(UNIT, "the inputs' norms squared, the weights not", "wanda")
def wanda_with_squared_norms(W, X, n_per_unit):
    return per_unit(W, np.abs(W) * np.sum(X**2, axis=0), n_per_unit)


@mutant(UNIT, "no compensation", "obs")
def unit_obs_without_compensation(W, X, n_per_unit):
    return each(W, X, n_per_unit, obs(update=lambda w, Hinv, q: w))


@mutant(UNIT, "chosen all at once by one inverse, then refitted", "obs")
def unit_obs_one_shot(W, X, n_per_unit):
    H = damped(hessian(X))
    mask, _ = per_unit(W, W**2 / np.diag(np.linalg.inv(H)), n_per_unit)
    new = np.zeros(W.shape)
    for i, S in enumerate(mask):
        new[i, S] = np.linalg.solve(H[np.ix_(S, S)], (H @ W[i])[S])
    return mask, new


@mutant(UNIT, "no damping: a singular H is inverted", "obs")
def unit_obs_undamped(W, X, n_per_unit):
    return each(W, X, n_per_unit, obs(damped=lambda H: H))
