"""The layer Hessians of L-OBS.

    letter   meaning                                                      shape
    A        a layer's inputs, a last column of ones for the bias         (n, d)
    w        one unit's weights, the bias last                            (d,)
    H        the layer's Hessian                                          (d, d)

A layer maps its inputs to pre-activations Z = A W'. Change the weights of one unit from w to w^, and the layer's
error is (Dong, Chen & Pan 2017, eq. 1, here with the factor 1/2 that makes H the plain second derivative)

    E(w^) = 1/(2n) |A w^ - A w|^2 = 1/2 (w^ - w)' H (w^ - w)        H = 1/n A'A.

E is exactly quadratic in w^, so the Taylor series that OBS rests on has no remainder here; and H is the same for
every unit of the layer, since it holds the inputs only.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .._util.checks import finite_matrix, whole_number
from .._util.npz_reader import read_npz
from .._util.types import Float64, FloatArray, StrPath
from ..nn.mlp import MLP
from ..nn.parameters import batches
from ..nn.saving import check_format, take, write_arrays
from .linalg import checked_hessian, live_parameters

FORMAT = "nnprune hessian 1"


def input_hessian(inputs: FloatArray, bias: bool = True) -> Float64:
    """H = 1/n A'A of one layer, streamed over its samples.

    Parameters
    ----------
    inputs : ndarray of shape (n, n_in)
        What goes into the layer.
    bias : bool
        Whether a column of ones is appended for the bias.

    Returns
    -------
    H : ndarray of shape (d, d), float64
        d = n_in + 1 with the bias, whose row and column come last; n_in without.

    Examples
    --------
    >>> input_hessian(np.array([[1.0], [3.0]]))
    array([[5., 2.],
           [2., 1.]])
    """
    H = np.zeros((inputs.shape[1] + bool(bias),) * 2)
    _add_products(H, inputs)
    return H / len(inputs)


def _add_products(H: Float64, inputs: FloatArray) -> None:
    """H += A'A, in place; H has a row more than the inputs have columns where A has the ones of a bias."""
    n, n_in = inputs.shape
    # Both arrays serve all batches: fresh memory at each would cost a third more time.
    A, product = np.ones((max((len(inputs[rows]) for rows in batches(n)), default=0), len(H))), np.empty_like(H)
    for rows in batches(n):
        part = A[:len(inputs[rows])]
        part[:, :n_in] = inputs[rows]  # (rows, n_in) -> (rows, d): the column of ones stays
        with np.errstate(over="ignore", invalid="ignore"):  # ``damp`` refuses what is not finite, with a message
            H += np.matmul(part.T, part, out=product)


class LayerHessian:
    """A layer's Hessian, gathered from its inputs batch by batch: a million rows never stand in memory together.

    Parameters
    ----------
    n_in : int
        Inputs of the layer.
    bias : bool
        Whether the layer has a bias, which is one more input that is always 1.

    Attributes
    ----------
    n_in, bias
        As given.
    n : int
        Rows seen so far.

    Examples
    --------
    >>> H = LayerHessian(1)
    >>> H.add([[1.0]]).add([[3.0]])
    LayerHessian(n_in=1, bias=True, n=2)
    >>> H.matrix
    array([[5., 2.],
           [2., 1.]])
    """

    def __init__(self, n_in: int, bias: bool = True) -> None:
        self.n_in, self.bias, self.n = whole_number("n_in", n_in, 1), bool(bias), 0
        self._sum: Float64 = np.zeros((self.n_in + self.bias,) * 2)  # A'A

    def __repr__(self) -> str:
        return f"LayerHessian(n_in={self.n_in}, bias={self.bias}, n={self.n})"

    def add(self, X: npt.ArrayLike) -> LayerHessian:
        """Take in more inputs X, array_like of shape (n, n_in); float64 whatever they are. Returns itself.

        Raises
        ------
        ValueError
            If X does not fit or is not finite; nothing is taken in then.
        """
        X = finite_matrix("X", X)
        if X.shape[1] != self.n_in:
            raise ValueError(f"X has {X.shape[1]} columns, but the layer has {self.n_in} inputs"
                             + ("; leave out the column of ones: it is added here" * (X.shape[1] == len(self._sum))))
        _add_products(self._sum, X)
        self.n += len(X)
        return self

    def __add__(self, other: LayerHessian) -> LayerHessian:
        """The Hessian of both sets of rows, a new one: what two processes have gathered is put together."""
        if not isinstance(other, LayerHessian):
            return NotImplemented
        if (self.n_in, self.bias) != (other.n_in, other.bias):
            raise ValueError(f"{self} and {other} are of different layers")
        both = LayerHessian(self.n_in, self.bias)
        both._sum, both.n = self._sum + other._sum, self.n + other.n
        return both

    @property
    def matrix(self) -> Float64:
        """H = 1/n A'A: (d, d), a new array; d = n_in + 1 with the bias, whose row and column come last.

        Raises
        ------
        ValueError
            If no row was added yet.
        """
        if self.n == 0:
            raise ValueError("no inputs were added yet, so there is no Hessian: call add(X) first")
        return self._sum / self.n

    def save(self, path: StrPath) -> None:
        """Write it to ``path`` as an ``.npz`` without pickle, whole or not at all; ``load`` gives the same bits."""
        write_arrays(path, {"format": np.array(FORMAT), "n": np.array(self.n), "sum": self._sum,
                            "bias": np.array(self.bias)})

    @classmethod
    def load(cls, path: StrPath) -> LayerHessian:
        """What ``save`` wrote to ``path``.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it is no saved Hessian, is cut off, or contradicts itself; the message names the file.
        """
        arrays = read_npz(path, "saved layer Hessian")
        check_format(path, arrays, FORMAT)
        d = len(np.atleast_1d(arrays.get("sum", ())))
        n, bias = int(take(path, arrays, "n", "i", ())), bool(take(path, arrays, "bias", "b", ()))
        total = take(path, arrays, "sum", "f", (d, d))
        if arrays or n < 0 or d - bias < 1 or not np.isfinite(total).all() or not np.allclose(total, total.T):
            raise ValueError(f"{path}: no sound saved layer Hessian: its matrix is not finite and symmetric, or what "
                             f"it holds does not fit together; save it again")
        H = cls(d - bias, bias)
        H._sum, H.n = total.astype(np.float64), n
        return H


def checked_layer_hessian(X: npt.ArrayLike | None, hessian: LayerHessian | npt.ArrayLike | None, n_in: int,
                          bias: bool) -> Float64:
    """The Hessian H of a layer, (d, d), from its inputs or as given, or a clear error.

    Parameters
    ----------
    X : array_like of shape (n, n_in), or None
    hessian : LayerHessian, array_like of shape (d, d), or None
        Instead of X.
    n_in : int
    bias : bool
        Whether the layer has one: d is n_in + 1 then, the ones last, and else n_in.

    Raises
    ------
    ValueError
        If not exactly one of the two is given, it has another width than the layer, or cannot be a Hessian: is not
        finite, not symmetric, or has a diagonal entry below 0, or one of 0 in a row that is not.

    Examples
    --------
    >>> checked_layer_hessian([[1.0], [3.0]], None, 1, bias=True)
    array([[5., 2.],
           [2., 1.]])
    """
    if (X is None) == (hessian is None):
        raise ValueError(f"give either X, the layer's inputs, or hessian, their LayerHessian or its matrix: "
                         f"{'both are' if X is not None else 'neither is'} given")
    if X is not None:
        return LayerHessian(n_in, bias).add(X).matrix
    if isinstance(hessian, LayerHessian):
        if (hessian.n_in, hessian.bias) != (n_in, bias):
            raise ValueError(f"hessian is {hessian}, but the layer has {n_in} inputs and {'a' if bias else 'no'} bias: "
                             f"LayerHessian({n_in}, bias={bias}) is needed")
        return hessian.matrix
    H, d = finite_matrix("hessian", hessian if hessian is not None else []), n_in + bias
    if H.shape != (d, d):
        raise ValueError(f"hessian has the shape {H.shape}, but ({d}, {d}) is needed: a row for each of the {n_in} "
                         f"inputs" + (", and one for the bias, the ones last" if bias else "; of a layer with a bias, "
                                      "pass bias too"))
    H = checked_hessian(H, d)
    if np.diag(H).min() < 0:
        j = int(np.diag(H).argmin())
        raise ValueError(f"hessian has {H[j, j]} on its diagonal at {j}: X'X / n has no entry below 0 there")
    live_parameters(H, "hessian")
    return H.astype(np.float64)


def layer_hessians(net: MLP, x: npt.ArrayLike, first_hessian: Float64 | None = None,
                   start: int = 0) -> Iterator[tuple[int, Float64]]:
    """Yield (l, H) for the layers of a net from ``start`` on; the first layer's H may be known already."""
    inputs, _ = net.layer_inputs(x)
    for l in range(start, len(inputs)):
        H = first_hessian if l == 0 else None
        yield l, input_hessian(inputs[l], net.biases[l] is not None) if H is None else H


def output_moment(new: FloatArray, old: FloatArray, C: FloatArray) -> Float64:
    """1/n A^'Z, where Z = A C' are the old outputs of a layer and A^ its new inputs, streamed over the samples.

    Parameters
    ----------
    new, old : ndarray of shape (n, n_in)
        What goes into the layer now, and what went into it before.
    C : ndarray of shape (n_out, d)
        The layer's weights before; with d = n_in + 1 the last column is the bias.

    Returns
    -------
    ndarray of shape (d, n_out), float64

    Examples
    --------
    >>> output_moment(np.array([[1.0], [3.0]]), np.array([[1.0], [2.0]]), np.array([[2.0, 1.0]]))  # outputs 3 and 5
    array([[9.],
           [4.]])
    """
    ones, moment = C.shape[1] - new.shape[1], np.zeros((C.shape[1], len(C)))  # 1 with a bias, 0 without
    for rows in batches(len(new)):
        A_new, A_old = (np.pad(a[rows].astype(np.float64), ((0, 0), (0, ones)), constant_values=1) for a in (new, old))
        moment += A_new.T @ (A_old @ C.T)  # (d, rows) (rows, n_out) -> (d, n_out)
    return moment / len(new)
