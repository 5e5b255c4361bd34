"""Optimal Brain Surgeon on nets whose Hessian is too big to be formed.

    letter   meaning                                                               shape
    G        the factor of the Hessian, H = 1/n G'G + diag(lambda)                 (m, N)
    N, m     parameters that are not pruned; rows, c a sample or one               int

The method is that of ``obs``: one weight is removed, all others compensate, by the inverse of the damped Hessian. Of a
net with N = 266,610 parameters that inverse has 530 GiB. But on n samples the Gauss-Newton and Fisher matrices are sums
of m outer products, m far below N, and ``woodbury`` gives the diagonal and the rows of H^-1 from these alone.

What it costs in quality is n: with few samples H knows few directions, and in all others the damping alone says how
expensive a change is. The empirical Fisher matrix (one row a sample) sees more samples in the same memory, the
Gauss-Newton matrix sees each of them better; at a net that fits its samples perfectly the Fisher matrix is near 0.

When it fails: where ``obs`` does. In particular one quadratic, computed at the dense net, says nothing of the net after
90 % of its weights are removed: so G is recomputed on the way (``refresh``).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from .._util.checks import NNPruneWarning, check_memory, in_range, is_net, one_of
from .._util.types import BoolArray, ProgressOption
from ..hessian.outer_products import jacobian_rows
from ..hessian.woodbury import FactoredInverse
from ..nn.losses import checked_samples
from ..nn.mlp import MLP
from ..nn.parameters import unpruned
from .memory import factored_memory
from .obs import OBSResult, Refresh, Surgery, default_damping, operate, removals_between, stopping

Rows = Literal["gauss-newton", "fisher"]
MANY = 1000  # outer products; up to so many, it is quick whatever the parameters


class FactoredSurgery(Surgery):
    """``Surgery`` with the inverse of ``woodbury``; ``hessian`` is the kind of G's rows."""

    def _inverse_at(self, now: MLP) -> tuple[FactoredInverse, BoolArray]:
        n = len(self.x)
        blocks = jacobian_rows(now, self.x, self.y, self.hessian, keep=self.ids)
        Gt = np.empty((len(self.ids), n * (now.sizes[-1] if self.hessian == "gauss-newton" else 1)))
        start = 0
        for G in blocks:
            Gt[:, start:start + len(G)] = G.T  # (rows, N) -> (N, rows)
            start += len(G)
        diagonal = np.einsum("ij,ij->i", Gt, Gt) / n  # H_jj of E
        self.condition = np.nan
        # lambda_j = damping (H_jj + decay), and decay itself: the diagonal that is added to 1/n G'G.
        return FactoredInverse(Gt, n, self.damping * (diagonal + self.decay) + self.decay), diagonal != 0


@overload
def prune_obs_factored(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: Sequence[float],
                       n_remove: int | None = ..., max_predicted_rise: float | None = ...,
                       max_measured_rise: float | None = ..., hessian: Rows = ..., refresh: Refresh = ...,
                       damping: float | None = ..., weight_decay: float = ..., first_order: bool = ...,
                       prune_biases: bool = ..., layers: Sequence[int] | None = ..., max_memory: float = ...,
                       progress: ProgressOption = ...) -> list[OBSResult]: ...


@overload
def prune_obs_factored(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: float | None = ...,
                       n_remove: int | None = ..., max_predicted_rise: float | None = ...,
                       max_measured_rise: float | None = ..., hessian: Rows = ..., refresh: Refresh = ...,
                       damping: float | None = ..., weight_decay: float = ..., first_order: bool = ...,
                       prune_biases: bool = ..., layers: Sequence[int] | None = ..., max_memory: float = ...,
                       progress: ProgressOption = ...) -> OBSResult: ...


def prune_obs_factored(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *,
                       sparsity: float | Sequence[float] | None = None, n_remove: int | None = None,
                       max_predicted_rise: float | None = None, max_measured_rise: float | None = None,
                       hessian: Rows = "gauss-newton", refresh: Refresh = "auto", damping: float | None = None,
                       weight_decay: float = 0.0, first_order: bool = False, prune_biases: bool = False,
                       layers: Sequence[int] | None = None, max_memory: float = 4 * 2**30,
                       progress: ProgressOption = None) -> OBSResult | list[OBSResult]:
    """Prune by the full Optimal Brain Surgeon without ever forming the Hessian or its inverse.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x : array_like of shape (n, n_in)
        A few hundred to a few thousand samples: memory and time grow with them.
    y : array_like of shape (n,) or (n, c)
    sparsity, n_remove, max_predicted_rise, max_measured_rise, weight_decay, first_order, prune_biases, layers,
    progress
        As for ``prune_obs``.
    hessian : {"gauss-newton", "fisher"}
        m = n c rows, or m = n. More rows than parameters cost more than ``prune_obs``, and a warning says so.
    refresh : "auto", int or None
        Removals between two factors G, as for ``prune_obs``: "auto" is 1 % of the parameters, None one G for the whole
        run. A new one is nearly free, since what was removed leaves all vectors with the old one, and one that is never
        renewed ages: a 784-300-100-10 net for MNIST, pruned to 0.85 by L-OBS and from there to 0.9,
        0.95, 0.98 and 0.99 with 1,000 samples, "fisher" and the damping of 0.1, kept 96.6, 74.6, 32.8 and 13.5 % with
        None, 97.0, 94.7, 92.2 and 90.1 % with "auto", 1.24 times as long (dense 98.1 %, one net; images kept apart).
    damping : float > 0
        The share of the diagonal of 1/n G'G that is added to it; by default that of ``prune_obs``. It cannot be 0: with
        m < N that matrix is singular.
    max_memory : float
        Bytes; the default is 4 GiB.

    Returns
    -------
    OBSResult, or a list of them for a sequence of sparsities
        Equal, up to rounding, to that of ``prune_obs`` with the same options. ``condition`` is NaN: it is not known.

    Raises
    ------
    ValueError
        As ``prune_obs``; and if the damping is 0.

    Notes
    -----
    Memory: N (m + 460) floats and m^2 more. Time to remove most of N weights: m N^2 / 2 multiply-adds in matrix
    products, 16 N^2 at the speed of memory, N / 64 inverses of an m x m matrix, and c gradients a sample for G.

    References
    ----------
    Hassibi & Stork, NIPS 5, 1992, eq. 5; Hager, "Updating the inverse of a matrix", SIAM Review 31, 1989.

    Examples
    --------
    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 2.0]]], loss="mse")
    >>> x = np.array([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]])
    >>> r = prune_obs_factored(net, x, [3.0, 6.0, -3.0], n_remove=1, damping=1e-6)
    >>> r.net.weights[0].round(5)
    array([[0., 3.]])
    """
    is_net(net)
    stops, single, limits = stopping(net, sparsity, n_remove, prune_biases, layers,
                                     max_predicted_rise=max_predicted_rise, max_measured_rise=max_measured_rise)
    one_of("hessian", hessian, ("gauss-newton", "fisher"))
    damping = in_range("damping", default_damping(net) if damping is None else damping, 0, np.inf, low_open=True,
                       high_open=True)
    n = len(checked_samples(net, x, y)[0])
    N, m = len(unpruned(net)), n * (net.sizes[-1] if hessian == "gauss-newton" else 1)
    if m > max(N, MANY):
        warnings.warn(f"{m:,} outer products for {N:,} parameters: each inverse here is of {m:,} x {m:,}, which takes "
                      "long; take hessian='fisher' (one outer product a sample), fewer samples, or prune_obs",
                      NNPruneWarning, stacklevel=2)
    check_memory(f"OBS on {N:,} parameters by {m:,} outer products", factored_memory(N, m), max_memory,
                 "take fewer samples, or hessian='fisher'")
    every = removals_between(refresh, hessian, N)
    surgery = FactoredSurgery(net, x, y, hessian, damping=damping, prune_biases=prune_biases,
                              layers=layers, first_order=first_order,
                              weight_decay=in_range("weight_decay", weight_decay, 0, np.inf, high_open=True))
    results = operate(surgery, stops, every, limits, f"OBS, factored {hessian} Hessian, refresh {every}", progress)
    return results[0] if single else results
