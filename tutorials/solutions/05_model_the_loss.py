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
