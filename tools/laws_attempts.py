"""Four attempts of a student at Optimal Brain Surgeon on a layer, for the transcript. The first three are wrong."""

import numpy as np


def first_attempt(W, X, n_remove):
    """The saliency of the paper, and the weight set to 0."""
    W, mask = W.copy(), np.ones(W.shape, bool)
    Hinv = np.linalg.inv(X.T @ X / len(X))
    for _ in range(n_remove):
        L = np.where(mask, W**2 / (2 * np.diag(Hinv)), np.inf)
        i, q = np.unravel_index(L.argmin(), L.shape)
        mask[i, q] = False
        W[i, q] = 0
    return mask, W


def second_attempt(W, X, n_remove):
    """Now the other weights of the unit are moved too."""
    W, mask = W.copy(), np.ones(W.shape, bool)
    Hinv = np.linalg.inv(X.T @ X / len(X))
    for _ in range(n_remove):
        L = np.where(mask, W**2 / (2 * np.diag(Hinv)), np.inf)
        i, q = np.unravel_index(L.argmin(), L.shape)
        mask[i, q] = False
        W[i] = (W[i] - W[i, q] / Hinv[q, q] * Hinv[q]) * mask[i]
    return mask, W


def third_attempt(W, X, n_remove):
    """Now every unit has its own inverse, brought up to date after each removal."""
    W, mask = W.copy(), np.ones(W.shape, bool)
    Hinv = [np.linalg.inv(X.T @ X / len(X)) for _ in W]
    for _ in range(n_remove):
        L = np.array([np.where(m, w**2 / (2 * np.diag(A)), np.inf) for w, m, A in zip(W, mask, Hinv)])
        i, q = np.unravel_index(L.argmin(), L.shape)
        mask[i, q] = False
        W[i] = (W[i] - W[i, q] / Hinv[i][q, q] * Hinv[i][q]) * mask[i]
        Hinv[i] = Hinv[i] - np.outer(Hinv[i][q], Hinv[i][q]) / Hinv[i][q, q]
    return mask, W


def fourth_attempt(W, X, n_remove):
    """Now H is damped in the open, by column, so that an input that is always 0 does no harm."""
    W, mask = W.copy(), np.ones(W.shape, bool)
    H = X.T @ X / len(X)
    H += np.diag(np.where(np.diag(H) > 0, 1e-8 * np.diag(H), 1e-8))
    Hinv = [np.linalg.inv(H) for _ in W]
    for _ in range(n_remove):
        with np.errstate(all="ignore"):  # the inverse has zeros where weights are gone; the mask keeps them out
            L = np.array([np.where(m, w**2 / (2 * np.diag(A)), np.inf) for w, m, A in zip(W, mask, Hinv)])
        i, q = np.unravel_index(L.argmin(), L.shape)
        mask[i, q] = False
        W[i] = (W[i] - W[i, q] / Hinv[i][q, q] * Hinv[i][q]) * mask[i]
        Hinv[i] = Hinv[i] - np.outer(Hinv[i][q], Hinv[i][q]) / Hinv[i][q, q]
    return mask, W


ATTEMPTS = [first_attempt, second_attempt, third_attempt, fourth_attempt]
