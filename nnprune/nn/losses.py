"""The losses, each beside its derivatives with respect to the net's output.

    letter   meaning                                              shape
    z        the net's output: pre-activations of the last layer  (n, c)
    t        target: a one-hot row for a class, a row of          (n, c)
             probabilities, or (squared error) any numbers
    p        probabilities: the softmax of z, p_k = e^z_k /       (n, c)
             sum_j e^z_j; of a single output 1 / (1 + e^-z)
    n, c     number of samples, of outputs

All are means over the samples and carry the factor that makes their derivative the plain difference:

    name                   E                                             n dE/dz    n d2E/dz2 of one sample (c, c)
    cross_entropy          -1/n sum_i sum_k t_ik log p_ik                p - t      diag(p) - p p'
    binary_cross_entropy   -1/n sum_i t_i log p_i + (1-t_i) log(1-p_i)   p - t      p (1 - p)
    mse                    1/(2n) sum_i |z_i - t_i|^2                    z - t      I

The second derivative of all is positive semidefinite, which is what makes the Gauss-Newton matrix so.

*Two classes* need one output, the binary cross-entropy's: z is the log-odds of class 1, which is predicted where z > 0.
It is the softmax over the two outputs (0, z), of which one number is enough. A softmax over *one* output is 1 whatever
z is, so the cross-entropy takes two outputs at least.

*Soft targets* for the cross-entropies are probabilities, for instance what another net gives for the sample (Hinton,
Vinyals & Dean 2015, "Distilling the knowledge in a neural network"). Nothing above changes: p - t needs only that the
row of t adds up to 1. The least E is then not 0 but the mean entropy of the targets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from .._util.checks import finite_matrix, is_net, net_inputs, numbers_only, one_of, plain_array
from .._util.types import FloatArray, IntArray, LossName


def log_softmax(z: FloatArray) -> FloatArray:
    """log p for the outputs ``z`` of shape (n, c), safe for any size of z.

    log p_k = z_k - log sum_j e^z_j does not change when the same number is taken from every z_k; with the
    largest taken, no exponential overflows.
    """
    z = z - z.T.copy().max(axis=0)[:, None]  # NumPy is six times slower along a short last axis
    z -= np.log(np.exp(z).sum(axis=1, keepdims=True))
    return z


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

    value_and_residual: Callable[[FloatArray, FloatArray], tuple[float, FloatArray]]
    curve: Callable[[FloatArray, FloatArray], FloatArray]


def _cross_entropy(z: FloatArray, t: FloatArray) -> tuple[float, FloatArray]:
    log_p = log_softmax(z)
    E = -float(np.einsum("ij,ij->", t, log_p)) / len(z)
    p = np.exp(log_p, out=log_p)
    p -= t
    return E, p


def _cross_entropy_curve(z: FloatArray, v: FloatArray) -> FloatArray:
    p = np.exp(log_softmax(z))
    # (diag(p) - p p') v = p * (v - <p, v>)
    return p * (v - (p * v).sum(axis=1, keepdims=True))


def _binary_cross_entropy(z: FloatArray, t: FloatArray) -> tuple[float, FloatArray]:
    # -log p = log(1 + e^-z) and -log(1 - p) = log(1 + e^z), neither of which overflows in logaddexp. 1 - p is computed
    # as expit(-z), which keeps its digits where p is near 1; so p - t = (1 - t) p - t (1 - p).
    zero = z.dtype.type(0)
    E = t * np.logaddexp(zero, -z) + (1 - t) * np.logaddexp(zero, z)
    return float(E.sum()) / len(z), (1 - t) * expit(z) - t * expit(-z)


def _binary_cross_entropy_curve(z: FloatArray, v: FloatArray) -> FloatArray:
    return expit(z) * expit(-z) * v  # p (1 - p) v


def _mse(z: FloatArray, t: FloatArray) -> tuple[float, FloatArray]:
    r = z - t
    return float(np.einsum("ij,ij->", r, r)) / (2 * len(z)), r


LOSSES = {
    "cross_entropy": Loss(_cross_entropy, _cross_entropy_curve),
    "binary_cross_entropy": Loss(_binary_cross_entropy, _binary_cross_entropy_curve),
    "mse": Loss(_mse, lambda z, v: v),
}


def checked_loss(loss: LossName, c: int) -> LossName:
    """``loss`` if it is one, and one for a net with ``c`` outputs; else a ValueError with the remedy."""
    one_of("loss", loss, LOSSES)
    if loss == "cross_entropy" and c == 1:
        raise ValueError("loss='cross_entropy' is a softmax, which over the one output of this net is always 1: take "
                         "loss='binary_cross_entropy' for two classes, loss='mse' for numbers, or two outputs")
    if loss == "binary_cross_entropy" and c > 1:
        raise ValueError(f"loss='binary_cross_entropy' is for one output, but the net has {c}: take "
                         f"loss='cross_entropy' for {c} classes")
    return loss


def classes(z: FloatArray, loss: str) -> IntArray:
    """The class that the outputs ``z`` (n, c) stand for, (n,): the largest; of a single output 1 above the middle.

    The middle is z = 0 (p = 1/2) of the binary cross-entropy, and 1/2 between the targets 0 and 1 of the squared error.
    """
    if z.shape[1] > 1:
        return z.argmax(axis=1)
    return (z[:, 0] > (0.5 if loss == "mse" else 0)).astype(np.intp)


def labels_of(t: FloatArray, loss: str) -> IntArray | None:
    """The class that each target stands for, (n,), the most probable one; None where they are numbers of a regression.

    Of the squared error these are all but 0 and 1, with one 1 in a row where there are several outputs.
    """
    if loss == "mse" and not (((t == 0) | (t == 1)).all() and (t.shape[1] == 1 or (t.sum(axis=1) == 1).all())):
        return None
    return t.argmax(axis=1) if t.shape[1] > 1 else (t[:, 0] > 0.5).astype(np.intp)


def checked_samples(net: Any, x: npt.ArrayLike, y: npt.ArrayLike,
                    dtype: npt.DTypeLike | None = np.float64) -> tuple[FloatArray, FloatArray]:
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


def targets(y: npt.ArrayLike, n: int, c: int, loss: str, dtype: npt.DTypeLike) -> FloatArray:
    """The labels or targets ``y`` as the matrix t that the losses want.

    Parameters
    ----------
    y : array_like of shape (n,), (n, 1) or (n, c)
        Class labels 0 .. c-1 (of a single output: 0 and 1, or probabilities of class 1, and for the squared error any
        numbers), or the targets themselves: for the cross-entropy, rows of probabilities.
    n, c : int
        The number of samples and of outputs.
    loss : {"cross_entropy", "binary_cross_entropy", "mse"}
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
    y = numbers_only("y", plain_array("y", y))
    if y.shape == (n,) and c == 1:
        y = y[:, None]  # one output, one target
    if y.shape == (n, c):
        t = finite_matrix("y", y)
        t = {"cross_entropy": _distributions, "binary_cross_entropy": _probabilities, "mse": lambda t: t}[loss](t)
        return t.astype(dtype, copy=False)
    if y.shape == (n, 1):
        y = y[:, 0]  # a column of labels
    if y.shape != (n,):
        raise ValueError(f"y has the shape {y.shape}, but ({n},) is needed, or ({n}, {c}): one row of x, one label or "
                         f"one row of targets")
    return one_hot(y, n, c, dtype)


def _probabilities(t: FloatArray) -> FloatArray:
    """The column ``t`` of shape (n, 1), if it holds probabilities of class 1; else ValueError."""
    if t.min() < 0 or t.max() > 1:
        i = int(((t < 0) | (t > 1)).argmax())
        raise ValueError(f"y[{i}] is {t[i, 0]:g}, but a net with one output and loss='binary_cross_entropy' needs the "
                         f"labels 0 and 1, or probabilities" + ("; (y + 1) / 2 makes them of -1 and 1" if t.min() == -1
                                                                else ""))
    return t


def _distributions(t: FloatArray) -> FloatArray:
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


def one_hot(y: npt.ArrayLike, n: int, c: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
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
    y = plain_array("y", y)
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
