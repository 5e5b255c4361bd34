"""Solutions to the exercises of lesson 06. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def saliency_with_gradient(w, g, h):
    """-g_k w_k + 1/2 h_kk w_k^2."""
    return -g * w + h * w**2 / 2


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


def logit_hessian(z):
    """diag(p) - p p'."""
    e = np.exp(z - np.max(z))
    p = e / e.sum()
    return np.diag(p) - np.outer(p, p)
