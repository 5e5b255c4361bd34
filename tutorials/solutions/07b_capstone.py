"""Solution to the capstone of lesson 07. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def output_gradients(net, x):
    """For the target z - 1 the gradient of 1/2 (z - y)^2 is that of z itself."""
    return np.array([net.gradient(s[None], net.forward(s[None]) - 1) for s in x])


def remove_cheapest(w, Hinv, left):
    """Equation 5, for the parameters that are left."""
    w, d = w.copy(), np.diag(Hinv)
    q = (w[left] ** 2 / (2 * d)).argmin()
    w[left] -= w[left[q]] / d[q] * Hinv[:, q]
    w[left[q]] = 0
    return w, np.delete(left, q)


def obs(net, x, n_remove, alpha):
    """Gradients, H, its inverse, one removal; and again from the new net."""
    net, left = net.copy(), np.arange(len(net.parameters()))
    for _ in range(n_remove):
        G = output_gradients(net, x)[:, left]
        Hinv = np.linalg.inv(G.T @ G / len(G) + alpha * np.eye(len(left)))
        w, left = remove_cheapest(net.parameters(), Hinv, left)
        net.set_parameters(w)
    return net
