"""Solutions to the exercises of lesson 05. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def diagonal(E, w, eps):
    """h_kk = (E(w + eps e_k) - 2 E(w) + E(w - eps e_k)) / eps^2."""
    h = [E(w + eps * e) - 2 * E(w) + E(w - eps * e) for e in np.eye(len(w))]
    return np.array(h) / eps**2


def taylor(E, g, H, dw):
    """E + g' dw + 1/2 dw' H dw."""
    return E + g @ dw + dw @ H @ dw / 2


def remove(w, H, n_remove):
    """The n_remove smallest h_kk w_k^2 / 2 are set to 0."""
    s = np.diag(H) * w**2 / 2
    new = w.copy()
    new[np.argsort(s)[:n_remove]] = 0
    return new


def left_out(w, H, gone):
    """1/2 dw' H dw minus the sum of the saliencies, with dw = -w where gone."""
    dw = np.where(gone, -w, 0)
    return dw @ H @ dw / 2 - np.sum(np.diag(H) * dw**2) / 2


def hessian(net, x, y):
    """Row k is (g(w + eps e_k) - g(w - eps e_k)) / (2 eps)."""
    w, eps, rows = net.parameters(), 1e-5, []
    for e in np.eye(len(w)):
        up, down = net.copy(), net.copy()
        up.set_parameters(w + eps * e)
        down.set_parameters(w - eps * e)
        rows.append((up.gradient(x, y) - down.gradient(x, y)) / (2 * eps))
    return np.array(rows)
