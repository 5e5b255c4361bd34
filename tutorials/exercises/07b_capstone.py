"""Capstone: write Optimal Brain Surgeon for a whole net, from its gradients to the rule that it has learned.

Three functions, about 25 lines in all. The lesson has no code for them, only the mathematics. Check your work with

    python -m nnprune.exercises 07b

and, once `obs` is right, run this file: it prunes a net that has learned MONK-1, and says how few of its 58 parameters
keep all answers right (the paper has 14), and the rule that can be read off what is left (lesson 08 says how).

    letter     meaning                                                        shape
    net        a net with one output and p parameters, weights and biases
    x          samples                                                        (n, n_in)
    w          the net's parameters, 0 where removed                          (p,)
    left       the numbers of those that are not removed yet, rising          (k,)
    Hinv       the inverse of the Hessian of those, and of no others          (k, k)
    alpha      the damping: H is alpha I + 1/n sum of g g'

What a net can do for you: net.parameters() is the vector w, net.set_parameters(w) puts one in, net.copy() is a copy,
net.forward(x) are the outputs (n, 1), and net.gradient(x, y) is the gradient (p,) of the mean over the samples of
1/2 (z - y)^2, for any targets y (n, 1).
"""

import numpy as np  # noqa: F401


def output_gradients(net, x):
    """Row i is the gradient of the net's output for sample i: G (n, p).

    Hint 1. net.gradient hands out the gradient of a loss. For one sample, 1/2 (z - y)^2 has the gradient (z - y) g.
    Hint 2. Choose the target y so that z - y is 1.
    Hint 3. x[i:i + 1] is sample i as a matrix of one row. (Steps of the output to both sides work as well.)
    """
    raise NotImplementedError


def remove_cheapest(w, Hinv, left):
    """Remove the parameter of the least saliency, and let the others that are left compensate: (w, left), both new.

    What was removed earlier is 0 in w, is not in left, and stays 0. What is removed now is exactly 0.

    Hint 1. The parameters that Hinv is about are w[left], in this order: row q of Hinv belongs to w[left[q]].
    Hint 2. Both formulas of equation 5, for w[left]. Begin with w = w.copy().
    Hint 3. np.delete(left, q) cuts place q out of left.
    """
    raise NotImplementedError


def obs(net, x, n_remove, alpha):
    """Remove n_remove parameters, one after another, and return the new net; the one given stays as it is.

    For each removal: the gradients at the net *as it is now*, H = alpha I + 1/n sum of g g' for the parameters that
    are left, its inverse, and `remove_cheapest`.

    Hint 1. Begin with net.copy() and left = np.arange(p).
    Hint 2. Columns `left` of G are the gradients for what is left: G[:, left]. The sum of the g g' is then G.T @ G.
    Hint 3. np.linalg.inv(H); then w, left = remove_cheapest(...), and put w into the net.
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
