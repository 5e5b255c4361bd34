"""Solutions to the exercises of lesson 14. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np

import nnprune


def snip(w, X, t):
    """|w g| with the gradient of the mean squared error."""
    g = X.T @ (X @ w - t) / len(X)
    return np.abs(w * g)


def ticket(W0, WT, n_keep):
    """The mask of the trained weights on the initial ones."""
    W, places = np.zeros(W0.shape), np.argsort(-np.abs(WT).ravel())[:n_keep]
    W.flat[places] = W0.flat[places]
    return W


def round_sparsities(to, n):
    """1 - r^i with r^n = 1 - to."""
    r = (1 - to) ** (1 / n)
    return 1 - r ** np.arange(1, n + 1)


def from_sklearn(coefs, intercepts):
    """The transposes, a row for each unit."""
    return nnprune.MLP.from_arrays([C.T for C in coefs], intercepts)


def to_sklearn(net):
    """The masks put on, then the transposes."""
    return [np.where(M, W, 0).T for W, M in zip(net.weights, net.masks)], list(net.biases)


# On your own: answers
#
# 1. `nnprune.prune_snip(dense, x[:1000], y[:1000], sparsity=s)` beside `nnprune.prune_magnitude(dense, sparsity=s)`.
#    Near a minimum the mean gradient is near 0, so w times it says little about what a removal costs.
# 2. A stage of your own: `nnprune.pruning.schedules.stage` makes one from a function; or three calls of
#    `nnprune.prune_snip`, each on the net that the one before has left.
# 3. Whatever you find: choose by the validation column only, and write down how many plans you tried.
