"""Solutions to the exercises of lesson 08. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def add_batch(Hinv, B, n):
    """Hinv - V' (n I + B V')^-1 V with V = B Hinv."""
    V = B @ Hinv  # (m, d)
    return Hinv - V.T @ np.linalg.solve(n * np.eye(len(B)) + V @ B.T, V)


def smallest(train, valid):
    """The last place where nothing is lost."""
    return np.flatnonzero((train >= train[0]) & (valid >= valid[0])).max()


def count_paths(M1, M2):
    """The product of the masks as numbers."""
    return M2.astype(int) @ M1.astype(int)


def follows(terms, cases):
    """An "or" of "and"s."""
    holds = np.zeros(len(cases), bool)
    for term in terms:
        all_hold = np.ones(len(cases), bool)
        for a, v in term:
            all_hold &= cases[:, a - 1] == v
        holds |= all_hold
    return holds


# On your own: answers
#
# 1. The names: [f"a{a}={v}" for a, k in zip(range(1, 7), (3, 3, 2, 3, 4, 2)) for v in range(1, k + 1)]. On the robots
#    of `rng=6`: a5=1 has a large weight to each of the three units. Where it is 1, they are near 1, 1 and -1, and the
#    output's weights -1.5, 1.3 and -1.3 make about 1 of that, whatever a1 and a2 are. For the other a5 no unit alone
#    says that a1 = a2. The first one is low (0.3) where neither a1 nor a2 has its first value; the others are sums
#    over the values of both. Together the output is 0.58, 0.89 and 0.54 for the three pairs of equals, and within
#    0.1 of 0 for the six others: above 1/2 is class 1.
# 2. Look at the combinations that the net gets wrong, and count the training robots with each. From the seeds 0 to 5:
#    (a1, a2, a5) = (1, 2, 1) from three, (3, 2, 1) from three, none from one. None of the 100 training robots has
#    either. Nothing that the net has seen contradicts its answer there.
# 3. With `H = gauss_newton(net, *train) + alpha * np.eye(58)` the nets are `[net]` and, for k from 1 to 57,
#    `nnprune.prune_obs(net, *train, n_remove=k, prune_biases=True, hessian=H, refresh=None, damping=0).net`. From the
#    seeds 0, 1 and 2 there are 17, 24 and 18 left, with a new H each time 18, 17 and 16; all read the three attributes.
#    The inverse is kept right for what is left of the *first* H, but the net has moved away from where H was taken:
#    the package warns of removals that cost a hundred times what was predicted.
# 4. `python -m nnprune.reproduce monks` prints how much each net finds. Six of the 122 training labels of MONK-3 are
#    wrong; a net that learns these six as well has more than the rule.
