"""Many 2-2-1 nets on XOR at once: trained by gradient descent as in 1992, then settled to zero error.

    letter   meaning                                                            shape
    W        the nine weights of B nets, in the order of ``net.parameters()``    (B, 9)
    M        their masks, 1 = kept                                              (B, 9)
    z, t     outputs, targets of the four patterns                              (B, 4), (4,)
    r        residuals z - t                                                    (B, 4)
    J        Jacobian dz/dw                                                     (B, 4, 9)
    h        outputs of the two hidden units                                    (B, 4, 2)
    mu       how much a step is held back                                       (B,)

One net after another, a few thousand steps for thousands of nets would take an hour in Python; as one batch they take
seconds. The forward pass and J are those of ``MLP`` and ``jacobian`` (a test compares them).

    descent     v <- M (0.9 v - eta J'r / 4)     W <- W + v
    settling    W <- W - J' (J J' + mu I)^-1 r

Settling is Levenberg-Marquardt for fewer equations (4) than unknowns (9): of all steps that make the linearised
residuals 0 it takes the shortest (mu = 0), so a net that gradient descent left near zero error stays close. mu falls
after a step that lowers the error, and grows after one that does not, which is taken back.

A net is *at a minimum of zero error* if all |z - t| <= 1e-6 at the end. Where it is not, it is in a local minimum, or
on its way to infinity.
"""

from __future__ import annotations

import numpy as np

from ...nn.activations import ACTIVATIONS
from ...nn.mlp import MLP

# The patterns, in the order of ``make_xor``, and the weights' names as in the paper: u_j3 and v3 are the biases.
PATTERNS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
NAMES = ["u11", "u12", "u21", "u22", "u13", "u23", "v1", "v2", "v3"]
BIASES = [4, 5, 8]
METHODS = ["magnitude", "OBD", "OBS"]
ZERO = 1e-6  # largest |z - t| at a minimum of zero error
NEAR = 0.8  # a net solves XOR if all |z - t| are below this share of half the distance between the two targets


def forward(W, activation, x=PATTERNS):
    """Hidden outputs (B, n, 2) and outputs (B, n) for the inputs x (n, 2)."""
    U, b, v = W[:, :4].reshape(-1, 2, 2), W[:, 4:6], W[:, 6:8]
    h = x @ U.transpose(0, 2, 1) + b[:, None]  # (n, 2) (B, 2, 2) -> (B, n, 2)
    h = ACTIVATIONS[activation].f(h, out=h)
    return h, (h @ v[:, :, None])[:, :, 0] + W[:, 8:]


def outputs_and_jacobian(W, activation):
    """z (B, 4) and J (B, 4, 9)."""
    h, z = forward(W, activation)
    s = ACTIVATIONS[activation].slope(h) * W[:, None, 6:8]  # dz / d(pre-activation)
    J = np.empty((len(W), 4, 9))
    J[:, :, 0:2], J[:, :, 2:4] = s[:, :, :1] * PATTERNS, s[:, :, 1:] * PATTERNS
    J[:, :, 4:6], J[:, :, 6:8], J[:, :, 8] = s, h, 1
    return z, J


def descend(W, M, t, activation, *, steps, rate):
    """Full-batch gradient descent with momentum 0.9 on the mean of r^2 / 2: new W (B, 9)."""
    W, v = W * M, np.zeros_like(W)
    for _ in range(steps):
        z, J = outputs_and_jacobian(W, activation)
        v = M * (0.9 * v - rate / 4 * ((z - t)[:, None] @ J)[:, 0])
        W = W + v
    return W


def settle(W, M, t, activation, *, steps):
    """Levenberg-Marquardt to zero error, the masks held: new W (B, 9) and the residuals (B, 4)."""
    W, mu = W * M, np.full(len(W), 1e-2)
    z, J = outputs_and_jacobian(W, activation)
    J, r = J * M[:, None], z - t
    for _ in range(steps):
        open_ = np.abs(r).max(axis=1) > ZERO / 100
        if not open_.any():
            break
        w, j, rest = W[open_], J[open_], r[open_]
        A = j @ j.transpose(0, 2, 1) + mu[open_, None, None] * np.eye(4)
        tried = w - (j.transpose(0, 2, 1) @ np.linalg.solve(A, rest[:, :, None]))[:, :, 0]
        z, j = outputs_and_jacobian(tried, activation)
        better = ((z - t) ** 2).sum(axis=1) < (rest**2).sum(axis=1)
        mu[open_] = np.clip(np.where(better, mu[open_] / 3, mu[open_] * 4), 1e-14, 1e6)
        where = np.flatnonzero(open_)[better]
        W[where], r[where], J[where] = tried[better], (z - t)[better], j[better] * M[where, None]
    return W, r


def minima(W, t, activation, *, steps, rate):
    """The nets trained from W that are at a minimum of zero error: (k, 9); and which those are: (B,) bool."""
    everything = np.ones_like(W)
    W = descend(W, everything, t, activation, steps=steps, rate=rate)
    W, r = settle(W, everything, t, activation, steps=300)
    settled = np.abs(r).max(axis=1) <= ZERO
    return W[settled], settled


def removable(W, t, activation, *, steps):
    """Brute force: whether each net without each weight can be trained to zero error from where it stands: (B, 9)."""
    B, n = W.shape
    M = np.tile(~np.eye(n, dtype=bool), (B, 1)).astype(float)  # B times the nine masks
    _, r = settle(np.repeat(W, n, axis=0), M, t, activation, steps=steps)
    return (np.abs(r).max(axis=1) <= 1e-4).reshape(B, n)


def solves(W, t, activation):
    """Whether all four outputs are near enough to their targets, with a margin: (B,) bool."""
    half = np.ptp(t) / 2
    return (np.abs(forward(W, activation)[1] - t) < NEAR * half).all(axis=1)


def rise(W, t, activation):
    """The mean loss E = 1/8 sum r^2 of every net: (B,)."""
    return ((forward(W, activation)[1] - t) ** 2).sum(axis=1) / 8


def as_mlp(w, activation):
    """One row of W as a net of the package."""
    net = MLP((2, 2, 1), activation=activation, loss="mse", rng=0)
    net.set_parameters(w)
    return net
