"""The full Hessian of a net, exact or without the residual's terms (Gauss-Newton), in matrix products.

    letter         meaning                                                      shape
    a, z           a layer's inputs (1 for the bias last), its pre-activations  (d, n), (u, n)
    eps            a change added to z of a layer                               (u,)
    delta          dE/dz of every sample                                        (u, n)
    T_lm           d a_m / d eps_l: how layer l's z moves layer m's inputs      (d_m, u_l, n)
    S_lm           d z_m / d eps_l                                              (u_m, u_l, n)
    Q_lm           d2E / d eps_l d eps_m = d delta_m / d eps_l                  (u_m, u_l, n)
    slope_change   f''(z) dE/da, by which f adds to the second derivative       (u, n)

The Hessian of N weights could be computed as N products H e_k (Pearlmutter 1994): N times two gradients. It is far
cheaper to see that a weight acts on the net only through the pre-activation of its unit: the weight from input k to
unit j of layer l changes z_j by a_k. So differentiate with respect to the *pre-activations*, of which there are few,
and put the inputs in afterwards. From dE/dw_m[j',k'] = sum over the samples of delta_m[j'] a_m[k'] follows for l <= m

    d2E / dw_l[j,k] dw_m[j',k'] = 1/n sum_i a_l[k] X_j[j',k']
    X_j[j',k'] = Q_lm[j',j] a_m[k'] + delta_m[j'] T_lm[k',j]          (T_ll = 0: eps_l moves only what comes after)

and for every unit j one matrix product (a_l times X_j) gives its rows of H. Q is the derivative of both passes of
backpropagation along eps, for all units of a layer at once (Pearlmutter's R-operator, Neural Computation 6, 1994):

    forward    S_ll = I        T_l,m+1 = f'(z_m) S_lm        S_l,m+1 = W T_l,m+1
    backward   Q_lL = C S_lL   Q_lm = f'(z_m) (W_m+1' Q_l,m+1) + slope_change_m S_lm

All terms with delta in them (slope_change, and delta T) are the residual's share. Leave them out and what remains is
the Gauss-Newton matrix of ``outer_products``, for which Bishop (Neural Computation 4, 1992) gives the same
decomposition. It is positive semidefinite; the exact Hessian is so only near a minimum.

Cost: n N^2 / 2 multiply-adds, as many as *one* outer product a sample (``outer_products`` needs c a sample), and n
times (units)^2 times (weights of the later layers) for Q: little, unless layers are wide.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.types import Float64, IntArray
from ..nn.activations import ACTIVATIONS
from ..nn.losses import LOSSES, checked_samples
from ..nn.mlp import MLP
from ..nn.parameters import batches, check_hessian_memory, checked_keep, output_curvature, places
from .outer_products import empirical_fisher

# Floats that a batch's arrays may take together: 2^24 are 128 MB.
FLOATS = 2**24
# Samples of a batch: more do not speed up the products, and X_j (p x 256 floats) leaves the cache.
MOST_ROWS = 256


def exact_hessian(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, keep: npt.ArrayLike | None = None,
                  max_memory: float = 4 * 2**30) -> Float64:
    """The exact Hessian of the mean loss with respect to the parameters.

    Parameters
    ----------
    net : MLP
        The masks play no part unless ``keep`` names the unpruned parameters.
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)
    keep : ndarray of bool (N,) or of int (p,), optional
        The parameters wanted, in the order of ``net.parameters()``; all by default. Nothing larger than the
        (p, p) block and two copies is formed.
    max_memory : float
        Bytes that these three may take; the default is 4 GiB.

    Returns
    -------
    ndarray of shape (p, p)
        Exactly symmetric.

    Raises
    ------
    ValueError
        If an argument does not fit the net, or the matrix ``max_memory``.

    Examples
    --------
    E = (w2 tanh(w1 x) - y)^2 / 2 at w1 = 0 has d2E/dw1dw2 = -y x, which is all residual:

    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[0.0]], [[0.0]]], activation="tanh", loss="mse")
    >>> exact_hessian(net, [[1.0]], [3.0])
    array([[ 0., -3.],
           [-3.,  0.]])
    >>> gauss_newton(net, [[1.0]], [3.0])
    array([[0., 0.],
           [0., 0.]])
    """
    return _Assembly(net, x, y, keep, residual=True).matrix(max_memory)


def gauss_newton(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, keep: npt.ArrayLike | None = None,
                 max_memory: float = 4 * 2**30) -> Float64:
    """The Gauss-Newton matrix 1/n sum_i J_i' C_i J_i: the Hessian without the terms that hold a residual.

    Parameters, errors and result as for ``exact_hessian``; always positive semidefinite. It is the exact Hessian
    where the net is linear or fits every sample, and does not depend on y.

    References
    ----------
    Hassibi & Stork, NIPS 5, 1992, eqs 10-14, for the squared error; ``outer_products`` for the cross-entropy.
    """
    return _Assembly(net, x, y, keep, residual=False).matrix(max_memory)


def exact_diagonal(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike) -> Float64:
    """The diagonal of ``exact_hessian`` for all N parameters, shape (N,): 1/n sum_i Q_ll[j,j] a_l[k]^2."""
    return _Assembly(net, x, y, None, residual=True).diagonal()


# The Hessians by name, as ``prune_obs(hessian=)`` takes them.
HESSIANS = {"gauss-newton": gauss_newton, "exact": exact_hessian, "fisher": empirical_fisher}


class _Assembly:
    """The Hessian of the parameters ``keep``, put together batch by batch in *unit order*.

    In that order all parameters of a unit stand side by side, the bias last, so that a unit's rows are a slice.
    """

    def __init__(self, net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, keep: npt.ArrayLike | None, *,
                 residual: bool) -> None:
        self.net, self.f, self.residual = net, ACTIVATIONS[net.activation], residual
        kept = checked_keep(net, keep)
        self.x, self.t = checked_samples(net, x, y)
        where = places(net)[kept]
        self.order = np.lexsort(where.T[::-1])  # unit order -> order of ``keep``
        where = where[self.order]
        self.spans = np.searchsorted(where[:, 0], np.arange(len(net.weights) + 1))
        self.layers = [where[a:b, 1:].T for a, b in zip(self.spans, self.spans[1:])]
        widest, n_units = max(net.sizes[1:]), sum(net.sizes[1:])
        self.rows = int(np.clip(FLOATS // (2 * widest * n_units + 3 * len(kept)), 1, MOST_ROWS))

    def matrix(self, max_memory: float) -> Float64:
        """The (p, p) matrix in the order of ``keep``."""
        check_hessian_memory(len(self.order), max_memory)
        H = np.zeros((len(self.order),) * 2)
        for batch in batches(len(self.x), self.rows):
            self._add(H, *self._pass(batch))
        H /= len(self.x)
        H = np.triu(H)
        H += np.triu(H, 1).T
        back = np.argsort(self.order)
        return H[np.ix_(back, back)]

    def diagonal(self) -> Float64:
        """The (p,) diagonal in the order of ``keep``."""
        h = np.zeros(len(self.order))
        for batch in batches(len(self.x), self.rows):
            a, delta, slope_change, C = self._pass(batch)
            for l, (unit, column) in enumerate(self.layers):
                Q, _ = self._push(a, slope_change, C, l, np.arange(len(delta[l])))
                own = np.broadcast_to(np.einsum("jjn->jn", Q[0]), delta[l].shape)  # Q_ll[j,j]: (u, n)
                h[self.spans[l]:self.spans[l + 1]] += (own @ (a[l] ** 2).T)[unit, column]  # (u, n) (n, d) -> (u, d)
        return h[np.argsort(self.order)] / len(self.x)

    def _pass(self, batch: slice) -> tuple[Any, ...]:
        """Forward and backward through one batch: a, delta and slope_change of every layer, and C; samples last."""
        inputs, z = self.net.layer_inputs(self.x[batch].astype(np.float64))
        C = np.ascontiguousarray(output_curvature(self.net, z).transpose(1, 2, 0))  # (n, c, c) -> (c, c, n)
        a = [np.vstack([i.T, np.ones(len(i))]) for i in inputs]  # (n, n_in) -> (n_in + 1, n)
        delta = [np.ascontiguousarray(LOSSES[self.net.loss_name].value_and_residual(z, self.t[batch])[1].T)]
        slope_change = [np.zeros_like(delta[0])]  # the output is linear
        for l in range(len(inputs) - 1, 0, -1):
            e = self.net.weights[l].T @ delta[0]  # (n_in, n_out) (n_out, n) -> (n_in, n)
            delta.insert(0, self.f.slope(a[l][:-1]) * e)
            slope_change.insert(0, self.f.curvature(a[l][:-1]) * e)
        return a, delta, slope_change, C

    def _push(self, a: list[Any], slope_change: list[Any], C: Float64, l: int, units: IntArray) -> Any:
        """Q_lm and T_lm for these k units of layer l and all m >= l: lists of (u_m, k, n), of (d_m, k, n)."""
        W, f = self.net.weights, self.f
        S = [np.eye(len(W[l]))[:, units, None]]  # (u_l, k, 1): the same for every sample
        T = [np.zeros((1, len(units), 1))]
        for m in range(l + 1, len(W)):
            T.append(f.slope(a[m][:-1])[:, None] * S[-1])
            S.append(_times(W[m], T[-1]))  # (u_m, d_m) (d_m, k, n) -> (u_m, k, n)
        Q = [sum(C[:, i, None] * S[-1][i] for i in range(len(C)))]  # (c, 1, n) (k, n) -> (c, k, n)
        for m in range(len(W) - 2, l - 1, -1):
            Q.insert(0, f.slope(a[m + 1][:-1])[:, None] * _times(W[m + 1].T, Q[0]))
            if self.residual:
                Q[0] += slope_change[m][:, None] * S[m - l]
        return Q, T

    def _add(self, H: Float64, a: list[Any], delta: list[Any], slope_change: list[Any], C: Float64) -> None:
        """Add one batch to the upper triangle of n H: for every unit j, a_l times X_j of all layers m >= l."""
        inputs = np.concatenate([a[m][column] for m, (_, column) in enumerate(self.layers)])  # of every parameter
        signals = np.concatenate([delta[m][unit] for m, (unit, _) in enumerate(self.layers)])
        X, moved = np.empty_like(inputs), np.empty_like(inputs)  # (p, n)
        for l, (unit, _) in enumerate(self.layers):
            if len(unit) == 0:
                continue
            units, starts = np.unique(unit, return_index=True)
            Q, T = self._push(a, slope_change, C, l, units)
            ends = self.spans[l] + np.append(starts, len(unit))
            for j, (start, end) in enumerate(zip(ends, ends[1:])):
                self._gather(X, Q, l, j, 0)
                X[start:] *= inputs[start:]
                later = self.spans[l + 1]
                if self.residual and later < len(X):
                    self._gather(moved, T, l, j, 1)
                    moved[later:] *= signals[later:]
                    X[later:] += moved[later:]
                # Inside a layer, the units before this one have done the pair: (k, n) (n, p - start).
                H[start:end, start:] += inputs[start:end] @ X[start:].T

    def _gather(self, X: Any, parts: Any, l: int, j: Any, which: Any) -> Any:
        """Write into X, for every parameter of the layers after the first ``which`` from l on, its row of Q or T.

        ``which`` is 0 for Q, whose rows are the units, and 1 for T, whose rows are the columns.
        """
        for m in range(l + which, len(self.layers)):
            rows = parts[m - l][:, j]
            if which:
                rows = np.vstack([rows, np.zeros_like(rows[:1])])  # the bias's 1 is moved by nothing
            # mode="clip" lets NumPy write straight into X; all indices are in range.
            np.take(rows, self.layers[m][which], axis=0, out=X[self.spans[m]:self.spans[m + 1]], mode="clip")


def _times(W: Float64, S: Float64) -> Float64:
    """W S for all units and samples in one matrix product: (u, d) (d, k, n) -> (u, k, n)."""
    return (W @ S.reshape(len(S), -1)).reshape(-1, *S.shape[1:])
