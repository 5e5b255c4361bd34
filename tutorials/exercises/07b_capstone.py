"""Capstone: write Optimal Brain Surgeon for a whole net, from its gradients to the rule that it has learned.

Three functions, about 25 lines in all. The lesson has no code for them, only the mathematics. Check your work with

    python -m nnprune.exercises 07b
    python -m nnprune.exercises 07b --hint output_gradients    a hint; add 2 for the next

and, once `obs` is right, run this file: it prunes a net that has learned MONK-1, and says how few of its 58 parameters
keep all answers right (the paper has 14), and the rule that can be read off what is left (lesson 08 says how).

    letter     meaning                                                        shape
    net        a net with one output and p parameters, weights and biases
    x          samples                                                        (n, n_in)
    w          the net's parameters, 0 where removed                          (p,)
    left       the numbers of those that are not removed yet, rising          (k,)
    Hinv       the inverse of the Hessian of those, and of no others          (k, k)
    alpha      the damping: H is alpha I + 1/n sum of g g'
    '          transposed: g g' is the outer product of g with itself

What a net can do for you: net.parameters() is the vector w, net.set_parameters(w) puts one in, net.copy() is a copy,
net.forward(x) are the outputs (n, 1), and net.gradient(x, y) is the gradient (p,) of the mean over the samples of
1/2 (z - y)^2, for any targets y (n, 1).
"""

import numpy as np  # noqa: F401


def output_gradients(net, x):
    """Row i is the gradient of the net's output for sample i: G (n, p)."""
    raise NotImplementedError


def remove_cheapest(w, Hinv, left):
    """Remove the parameter of the least saliency, and let the others that are left compensate: (w, left), both new.

    What was removed earlier is 0 in w, is not in left, and stays 0. What is removed now is exactly 0.
    """
    raise NotImplementedError


def obs(net, x, n_remove, alpha):
    """Remove n_remove parameters, one after another, and return the new net; the one given stays as it is.

    For each removal: the gradients at the net *as it is now*, H = alpha I + 1/n sum of g g' for the parameters that
    are left, its inverse, and `remove_cheapest`.
    """
    raise NotImplementedError


if __name__ == "__main__":  # MONK-1: as long as all answers are right
    import nnprune
    from nnprune.reproduce.monks import find_rule, fit, in_words

    data = nnprune.make_monks(1, rng=6)
    x, y, robots = data.x_train.astype(float), data.y_train, data.x_test.astype(float)
    dense = fit(nnprune.MLP((17, 3, 1), activation="tanh", loss="mse", rng=2), x, y, 1e-3)
    for n_left in range(22, 0, -1):
        pruned = obs(dense, x, 58 - n_left, 1e-3)
        right, rule = pruned.accuracy(x, y), find_rule(pruned.predict(robots))
        print(f"{n_left} of 58 left: right on {right:.0%} of its robots; {in_words(rule) if rule else 'no short rule'}")
        if right < 1:
            break
