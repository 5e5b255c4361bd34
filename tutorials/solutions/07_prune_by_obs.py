"""Solutions to the exercises of lesson 07. Try for yourself first: the hints lead there, and so does the checker."""

import numpy as np


def saliency(w, Hinv):
    """L_q = w_q^2 / (2 [H^-1]_qq)."""
    return w**2 / (2 * np.diag(Hinv))


def update(w, Hinv, q):
    """w + dw with dw = -(w_q / [H^-1]_qq) H^-1 e_q."""
    new = w - w[q] / Hinv[q, q] * Hinv[:, q]
    new[q] = 0
    return new


def downdate(Hinv, q):
    """H^-1 - h h' / [H^-1]_qq, without row and column q."""
    h = Hinv[:, q]
    rest = Hinv - np.outer(h, h) / h[q]
    return np.delete(np.delete(rest, q, 0), q, 1)


def outer_product_hessian(G, damping):
    """H = G'G / n, and a share of its diagonal more."""
    H = G.T @ G / len(G)
    return H + damping * np.diag(np.diag(H))


def remove(w, H, n_remove):
    """OBS, the inverse recomputed after every removal."""
    w, left = w.copy(), np.arange(len(w))
    for _ in range(n_remove):
        Hinv = np.linalg.inv(H[np.ix_(left, left)])
        q = saliency(w[left], Hinv).argmin()
        w[left] = update(w[left], Hinv, q)
        left = np.delete(left, q)
    return w
