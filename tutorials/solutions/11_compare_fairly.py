"""Solutions to the exercises of lesson 11. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def three_parts(n, n_valid, n_test, rng):
    """One permutation, cut in three."""
    rows = rng.permutation(n)
    return rows[n_valid + n_test:], rows[:n_valid], rows[n_valid:n_valid + n_test]


def choose(valid, test):
    """The best mean on validation, and its mean on test."""
    best = int(valid.mean(axis=1).argmax())
    return best, test[best].mean()


def paired(a, b):
    """Mean and standard error of the differences."""
    d = b - a
    return d.mean(), d.std(ddof=1) / np.sqrt(len(d))


def accuracy_error(p, n):
    """sqrt(p (1 - p) / n)."""
    return np.sqrt(p * (1 - p) / n)


def rounds(n_remove, every):
    """All multiples of `every` below n_remove, and n_remove."""
    return [*range(every, n_remove, every), n_remove]


# On your own: answers
#
# 1. Train seeds 5 to 9 as well. The standard error is sqrt(var(a)/5 + var(b)/5): nothing is subtracted for the shared
#    nets any more. Compare it with the paired one at both shares.
# 2. `dense_on = [retrained(net, m, 0.1, s) ...]` for each budget m. It says what the mini-batches are worth without
#    any pruning, so what pruning has cost is the distance to that line.
# 3. `nnprune.prune_iteratively(net, x, y, by_magnitude, sparsity=SHARES, every=EVERY, retrain=3, rng=seed)` as a
#    fifth entry of METHODS. Its distance to the magnitude curve is the retraining, the rest of the third curve's lead
#    is L-OBS.
