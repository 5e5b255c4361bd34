"""The two losses, each beside its derivatives with respect to the net's output.

    letter   meaning                                              shape
    z        the net's output: pre-activations of the last layer  (n, c)
    t        target: a one-hot row for a class, a row of          (n, c)
             probabilities, or (squared error) any numbers
    p        softmax of z: p_k = e^z_k / sum_j e^z_j              (n, c)
    n, c     number of samples, of outputs

Both are means over the samples and carry the factor that makes their derivative the plain difference:

    name            E                                  n dE/dz    n d2E/dz2 of one sample (c, c)
    cross_entropy   -1/n sum_i sum_k t_ik log p_ik     p - t      diag(p) - p p'
    mse             1/(2n) sum_i |z_i - t_i|^2         z - t      I

The second derivative of both is positive semidefinite, which is what makes the Gauss-Newton matrix so.

*Soft targets* for the cross-entropy are rows of probabilities, for instance what another net gives for the sample
(Hinton, Vinyals & Dean 2015, "Distilling the knowledge in a neural network"). Nothing above changes: p - t needs only
that the row of t adds up to 1. The least E is then not 0 but the mean entropy of the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .._util.checks import finite_matrix, is_net, net_inputs


def log_softmax(z):
    """log p for the outputs ``z`` of shape (n, c), safe for any size of z.

    log p_k = z_k - log sum_j e^z_j does not change when the same number is taken from every z_k; with the
    largest taken, no exponential overflows.
    """
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Loss:
    """One loss.

    Attributes
    ----------
    value_and_residual : callable
        ``(z, t) -> (E, r)``: the mean loss and r = n dE/dz, of shape (n, c).
    curve : callable
        ``(z, v) -> n (d2E/dz2) v`` for every sample, v and the result of shape (n, c).
    """

    value_and_residual: Callable
    curve: Callable


def _cross_entropy(z, t):
    log_p = log_softmax(z)
    return -float(np.einsum("ij,ij->", t, log_p)) / len(z), np.exp(log_p) - t


def _cross_entropy_curve(z, v):
    p = np.exp(log_softmax(z))
    # (diag(p) - p p') v = p * (v - <p, v>)
    return p * (v - (p * v).sum(axis=1, keepdims=True))


def _mse(z, t):
    r = z - t
    return float(np.einsum("ij,ij->", r, r)) / (2 * len(z)), r


LOSSES = {
    "cross_entropy": Loss(_cross_entropy, _cross_entropy_curve),
    "mse": Loss(_mse, lambda z, v: v),
}


def checked_samples(net, x, y, dtype=np.float64):
    """The samples and their targets, validated against the net: what everything that takes x and y calls first.

    Parameters
    ----------
    net : MLP
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)
        Labels, or targets (see ``targets``).
    dtype : dtype or None
        Of the targets; None: that of x.

    Returns
    -------
    x : ndarray of shape (n, n_in)
        In its own precision, not copied where it fits already.
    t : ndarray of shape (n, c)

    Raises
    ------
    ValueError
        If ``net`` is no MLP, or x or y does not fit it or the other one, or holds what is not finite.
    """
    x = net_inputs(is_net(net), x)
    return x, targets(y, len(x), net.sizes[-1], net.loss_name, x.dtype if dtype is None else dtype)


def targets(y, n, c, loss, dtype):
    """The labels or targets ``y`` as the matrix t that the losses want.

    Parameters
    ----------
    y : array_like of shape (n,) or (n, c)
        Class labels 0 .. c-1 (for c = 1 with the squared error: any numbers), or the targets themselves: for the
        cross-entropy, rows of probabilities.
    n, c : int
        The number of samples and of outputs.
    loss : {"cross_entropy", "mse"}
        The loss that they are for.
    dtype : dtype
        The floating-point type of the result.

    Returns
    -------
    ndarray of shape (n, c)

    Raises
    ------
    ValueError
        If the shape does not fit, a label is no whole number in 0 .. c-1, a target is not finite, or a row for the
        cross-entropy is no distribution: an entry below 0, or a sum that is not 1.
    """
    y = np.asarray(y)
    if y.shape == (n, c):
        t = finite_matrix("y", y)
        return (t if loss == "mse" else _distributions(t)).astype(dtype, copy=False)
    if y.shape != (n,):
        raise ValueError(f"y has the shape {y.shape}, but ({n},) is needed, or ({n}, {c}): one row of x, one label or "
                         f"one row of targets")
    if c == 1 and loss == "mse":
        return finite_matrix("y", y[:, None]).astype(dtype, copy=False)
    return one_hot(y, n, c, dtype)


def _distributions(t):
    """The rows ``t`` of shape (n, c), if each is a distribution to within the rounding of float32; else ValueError."""
    if t.min() < 0:
        i, k = np.argwhere(t < 0)[0]
        raise ValueError(f"y[{i}, {k}] is {t[i, k]}, but the targets of the cross-entropy are probabilities")
    sums = t.sum(axis=1)
    if np.abs(sums - 1).max() > 1e-4:
        i = int(np.abs(sums - 1).argmax())
        raise ValueError(f"y[{i}] adds up to {sums[i]}, but the targets of the cross-entropy are probabilities, whose "
                         f"sum is 1: divide each row by its sum")
    return t


def one_hot(y, n, c, dtype):
    """The labels ``y`` of shape (n,) as rows with a 1 at the class and 0 elsewhere: (n, c).

    Raises
    ------
    ValueError
        If the shape is another, or a label is no whole number in 0 .. c-1.

    Examples
    --------
    >>> one_hot([2, 0], 2, 3, int)
    array([[0, 0, 1],
           [1, 0, 0]])
    """
    y = np.asarray(y)
    if y.shape != (n,):
        raise ValueError(f"y has the shape {y.shape}, but ({n},) is needed: one row of x, one label")
    labels = finite_matrix("y", y[:, None])[:, 0]
    wrong = (labels != np.floor(labels)) | (labels < 0) | (labels >= c)
    if wrong.any():
        i = int(wrong.argmax())
        raise ValueError(f"y[{i}] is {y[i]}, but a net with {c} outputs needs whole labels from 0 to {c - 1}")
    t = np.zeros((n, c), dtype)
    t[np.arange(n), labels.astype(np.intp)] = 1
    return t
