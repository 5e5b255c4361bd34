"""Wrong layer pruners: the right OBS with one part exchanged, and wrong magnitude pruning."""

import numpy as np

from . import mutant, variant

LAYER = "layer_pruner"


# ---- the right one, in parts that can be exchanged


def hessian(X):
    return X.T @ X / len(X)


def damped(H, share=1e-8):
    diagonal = np.diag(H)
    return H + np.diag(np.where(diagonal > 0, share * diagonal, 1e-8))  # the weights of a dead input cost nothing


def saliency(w, Hinv):
    return w**2 / (2 * np.diag(Hinv))


def update(w, Hinv, q):
    return w - w[q] / Hinv[q, q] * Hinv[q]


def downdate(Hinv, q):
    return Hinv - np.outer(Hinv[q], Hinv[q]) / Hinv[q, q]


def obs(hessian=hessian, damped=damped, saliency=saliency, update=update, downdate=downdate):
    """OBS on a layer: f(W, X, n_remove) -> (mask, W), from these parts."""
    def prune(W, X, n_remove):
        W, mask = W.copy(), np.ones(W.shape, bool)
        inverses = [np.linalg.inv(damped(hessian(X))) for _ in W]
        for _ in range(n_remove):
            with np.errstate(all="ignore"):
                L = np.where(mask, [saliency(w, Hinv) for w, Hinv in zip(W, inverses)], np.inf)
            i, q = np.unravel_index(L.argmin(), L.shape)
            mask[i, q] = False
            W[i] = update(W[i], inverses[i], q) * mask[i]
            inverses[i] = downdate(inverses[i], q)
        return mask, W
    return prune


def magnitude(W, n_remove, scores=None):
    """The mask that keeps all but the ``n_remove`` lowest scores."""
    scores = np.abs(W) if scores is None else scores
    mask = np.ones(W.size, bool)
    mask[np.argsort(scores.ravel(), kind="stable")[:n_remove]] = False
    return mask.reshape(W.shape)


# ---- OBS with one part wrong


def obs_variant(name, words, **parts):
    variant(LAYER, words, lambda: obs(**parts), name, "obs")


obs_variant("obs_without_compensation", "no compensation", update=lambda w, Hinv, q: w)
obs_variant("obs_with_wrong_sign", "sign of dw flipped", update=lambda w, Hinv, q: w + w[q] / Hinv[q, q] * Hinv[q])
obs_variant("obs_with_stale_inverse", "stale inverse: never brought up to date", downdate=lambda Hinv, q: Hinv)
obs_variant("obs_without_pivot", "[H^-1]_qq forgotten in the saliency", saliency=lambda w, Hinv: w**2 / 2)
obs_variant("obs_with_h_for_hinv", "H for H^-1 in the saliency", saliency=lambda w, Hinv: w**2 * np.diag(Hinv))
obs_variant("obs_largest_first", "the largest saliency goes first",
            saliency=lambda w, Hinv: -(w**2) / np.diag(Hinv))
obs_variant("obs_of_last_sample", "only the last sample counts", hessian=lambda X: np.outer(X[-1], X[-1]) + 1e-6 *
            np.eye(X.shape[1]))
obs_variant("obs_of_last_batch", "only the last batch of 32 samples counts",
            hessian=lambda X: hessian(X[(len(X) - 1) // 32 * 32:]))
obs_variant("obs_undamped", "no damping: a singular H is inverted", damped=lambda H: H)
obs_variant("obs_damped_by_the_mean", "one lambda for all columns, 1e-8 of H's mean diagonal", damped=lambda H: H +
            1e-8 * np.diag(H).mean() * np.eye(len(H)))
obs_variant("obs_with_fixed_damping", "damping 0.1, whatever the scale of H", damped=lambda H: H + 0.1 *
            np.eye(len(H)))
obs_variant("obs_centred", "inputs centred first, though the layer sees them as they are",
            hessian=lambda X: hessian(X - X.mean(axis=0)))
obs_variant("obs_of_correlations", "H taken without its diagonal's scale (correlations)",
            hessian=lambda X: hessian(X / np.maximum(np.sqrt((X**2).mean(axis=0)), 1e-3)))
obs_variant("obs_damped_in_float32", "float32 damped by 5 %, 'to be safe'",
            damped=lambda H: damped(H, 0.05 if H.dtype == np.float32 else 1e-8))


@mutant(LAYER, "all units share one inverse, which each removal changes", "obs")
def obs_shared_inverse(W, X, n_remove):
    W, mask = W.copy(), np.ones(W.shape, bool)
    Hinv = np.linalg.inv(damped(hessian(X)))
    for _ in range(n_remove):
        i, q = np.unravel_index(np.where(mask, W**2 / np.maximum(np.diag(Hinv), 1e-12), np.inf).argmin(), W.shape)
        mask[i, q] = False
        if Hinv[q, q] > 1e-12:
            W[i] = update(W[i], Hinv, q) * mask[i]
            Hinv = downdate(Hinv, q)
        W[i, q] = 0
    return mask, W


@mutant(LAYER, "a silent fallback to magnitude where H is singular", "obs")
def obs_with_fallback(W, X, n_remove):
    if np.linalg.matrix_rank(hessian(X)) == X.shape[1]:
        return obs()(W, X, n_remove)
    mask = magnitude(W, n_remove)
    return mask, W * mask


@mutant(LAYER, "dead inputs are taken out first and never pruned", "obs")
def obs_sparing_dead_inputs(W, X, n_remove):
    live = np.diag(hessian(X)) > 0
    if n_remove > live.sum() * len(W):
        return obs()(W, X, n_remove)
    mask, new = np.ones(W.shape, bool), W.copy()
    mask[:, live], new[:, live] = obs()(W[:, live], X[:, live], n_remove)
    return mask, new


@mutant(LAYER, "chosen all at once by one inverse, then refitted jointly", "obs")
def obs_one_shot(W, X, n_remove):
    H = damped(hessian(X))
    mask = magnitude(W, n_remove, np.array([saliency(w, np.linalg.inv(H)) for w in W]))
    new = np.zeros(W.shape)
    for i, S in enumerate(mask):
        if S.any():
            new[i, S] = np.linalg.solve(H[np.ix_(S, S)], (H @ W[i])[S])
    return mask, new


@mutant(LAYER, "the first unit's inverse is of another precision", "obs")
def obs_first_unit_differs(W, X, n_remove):
    mask, new = obs()(W, X, n_remove)
    new[0] *= mask[0] * 1.001
    return mask, new


@mutant(LAYER, "inputs sorted by strength on the way, weights not", "obs")
def obs_sorted_inputs(W, X, n_remove):
    return obs()(W, X[:, np.argsort(np.diag(hessian(X)), kind="stable")], n_remove)


# ---- the contract broken


@mutant(LAYER, "off by one in the count")
def one_too_many(W, X, n_remove):
    mask = magnitude(W, n_remove + 1)
    return mask, W * mask


@mutant(LAYER, "at least one weight always goes")
def at_least_one(W, X, n_remove):
    mask = magnitude(W, max(n_remove, 1))
    return mask, W * mask


@mutant(LAYER, "the mask is inverted: True = removed")
def mask_turned_round(W, X, n_remove):
    mask = magnitude(W, n_remove)
    return ~mask, W * mask


@mutant(LAYER, "the mask is not applied again after the update")
def mask_not_applied(W, X, n_remove):
    mask, new = obs()(W, X, n_remove)
    return mask, new + 1e-12 * (~mask)


@mutant(LAYER, "ties are broken by chance")
def chance(W, X, n_remove):
    order = np.random.default_rng().permutation(W.size)
    mask = magnitude(W, n_remove, np.abs(W) + 1e-9 * order.reshape(W.shape))
    return mask, W * mask


@mutant(LAYER, "pruned in place on the argument")
def layer_in_place(W, X, n_remove):
    mask = magnitude(W, n_remove)
    W *= mask
    return mask, W


# ---- magnitude gone wrong


@mutant(LAYER, "signed weights ranked instead of magnitudes", "magnitude")
def signed(W, X, n_remove):
    mask = magnitude(W, n_remove, W)
    return mask, W * mask


@mutant(LAYER, "W transposed when the mask is laid over it", "magnitude")
def transposed(W, X, n_remove):
    mask = magnitude(W.T, n_remove).reshape(W.shape)
    return mask, W * mask


@mutant(LAYER, "the survivors are scaled to keep the norm", "magnitude")
def rescaled(W, X, n_remove):
    mask = magnitude(W, n_remove)
    return mask, W * mask * (np.linalg.norm(W) / np.linalg.norm(W * mask))


@mutant(LAYER, "zeros are passed over, so pruning again prunes more", "magnitude")
def passes_over_zeros(W, X, n_remove):
    n_remove = min(n_remove, int((W != 0).sum()))
    mask = magnitude(W, n_remove, np.where(W == 0, np.inf, np.abs(W)))
    return mask, W * mask
