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


# On your own: answers
#
# 1. Without row and column 2, H is diag(4, 2), and its inverse diag(1/4, 1/2). The saliencies of w_1 = 1.75 and w_3 =
#    2 are 1.75^2 / (2 / 4) = 6.125 and 2^2 / (2 / 2) = 4: w_3 goes next, and w_1 stays: they are not coupled.
# 2. Make one weight so small that it is the cheapest whatever divides it: w = (0.1, 1.5, 1.25) loses w_1 by all
#    three. (OBS: 0.01 / 1.5 = 0.0067, beside 0.5625 and 0.78; OBD: 0.02.)
# 3. Let H be diagonal. Then so is its inverse, with 1 / h_qq: L_q = w_q^2 / (2 / h_qq) = h_qq w_q^2 / 2, OBD's
#    saliency; and column q of the inverse is 0 but in place q, so dw_q = -w_q and no other weight moves. With H = c I
#    both rank c w_q^2 / 2, which is the order of |w_q|.
