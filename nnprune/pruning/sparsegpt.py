"""SparseGPT: the columns of a layer in order, one Cholesky factor for all units, compensation to the right only.

    letter   meaning                                                             shape
    C        the layer's weights, the bias as last column                        (n_out, d)
    H        1/n A'A of its inputs, damped                                       (d, d)
    U        upper triangular, H^-1 = U'U                                        (d, d)
    j        a column; a column j: "all from j on"
    M        which weights are to go                                             (n_out, d) bool
    e        the errors of column j, C[:, j] / U_jj where M, else 0              (n_out,)

Exact L-OBS needs an inverse of its own for every unit, since each unit has other weights left. Frantar & Alistarh
(ICML 2023, section 3.2) fix the *order* instead: all units deal with column 0 first, then with column 1, and a column
that has been dealt with is frozen. The weights that can still move are then the same for every unit, j: , and so is the
inverse Hessian of them. Those d inverses stand in one triangular factor: with H^-1 = U'U,

    (H_{j:,j:})^-1 = U_{j:,j:}' U_{j:,j:}        so its first row is U_jj U[j, j:] and its first entry U_jj^2

(removing variable 0 from H takes, as in ``downdate``, r r'/r_0 from H^-1, and r r'/r_0 is the first row of U times
itself). So the removal of OBS (Hassibi & Stork 1992, eq. 5) for the column j of all units is

    L = C_ij^2 / (2 U_jj^2)        e = C[:, j] / U_jj        C[:, j:] <- C[:, j:] - e U[j, j:]

(their algorithm 1; they leave out the 1/2). All changes together are dC = -E U with the errors E (n_out, d), so that
1/2 tr dC H dC' = 1/2 |E|^2: the costs add up to the error exactly, as in L-OBS.

**Which weights go** is chosen block by block, B columns at a time (section 3.3): of the block's weights, compensated so
far, those with the smallest C_ij^2 / U_jj^2, over all units together; every block loses the same share. Inside a block
changes are applied at once, behind it in one matrix product a block.

A layer takes d^3 multiply-adds for the factor and n_out d^2 / 2 for the changes; exact L-OBS n_out d^3 / 3.

What the shortcut drops: compensation by the columns before j, the choice among all weights (a block's share is fixed,
and later compensation cannot change it), and any ranking between layers. On a mask whose removed weights come first in
each unit it is exact; ``docs/family.md`` has what it costs on our nets.

Where it departs from the authors' code: the damping is by column (``linalg``; theirs adds 1 % of the mean of H's
diagonal to all), the bias is the last column, is never removed and compensates for all, and all layers are measured on
the unpruned net's inputs.

Reference: Frantar & Alistarh, "SparseGPT: Massive Language Models Can Be Accurately Pruned in One-Shot", ICML 2023.
"""

from __future__ import annotations

from typing import overload

import numpy as np
import numpy.typing as npt
from scipy import linalg

from .._util.checks import is_net, net_inputs, whole_number
from .._util.progress import shown
from .._util.types import BoolArray, FloatArray, IntArray, ProgressOption, Shares, Sparsities
from ..hessian.layer import layer_hessians
from ..hessian.linalg import damped_inverse, warn_of_condition
from ..nn.layer_matrix import column_masks, columns, prunable, rebuilt
from ..nn.mlp import MLP, warn_of_dead_layers
from .masks import smallest
from .result import PruneResult, asked_for, warn_of_emptied


@overload
def prune_sparsegpt(net: MLP, x: npt.ArrayLike, *, sparsity: float | Shares, block_size: int = ...,
                    damping: float = ..., progress: ProgressOption = ...) -> PruneResult: ...


@overload
def prune_sparsegpt(net: MLP, x: npt.ArrayLike, *, sparsity: Sparsities, block_size: int = ..., damping: float = ...,
                    progress: ProgressOption = ...) -> list[PruneResult]: ...


def prune_sparsegpt(net: MLP, x: npt.ArrayLike, *, sparsity: float | Shares | Sparsities, block_size: int = 128,
                    damping: float = 1e-3, progress: ProgressOption = None) -> PruneResult | list[PruneResult]:
    """Prune every layer to the same share by SparseGPT: column after column, compensated by the columns behind it.

    Parameters
    ----------
    net : MLP
        Stays as it is. What is pruned already stays 0, and is compensated again where the columns before it touch it.
    x : array_like of shape (n, n_in)
        The samples on which the layers are to keep their pre-activations. No labels are needed.
    sparsity : float in [0, 1), a rising sequence of them, or a mapping from layers to such
        The share of all weights that is gone in the result: exactly ``round(sparsity * n_weights)``, in each layer and
        in each of its blocks the same share. Layers without a share in a mapping stay as they are. There is no
        ``n_remove``: every block must know its share.
    block_size : int
        The number of columns for which the weights that go are chosen together.
    damping : float
        The share of H's diagonal that is added to it (``linalg``).
    progress : None, bool or callable
        As for ``prune_lobs``; ``progress(done, total)`` in layers.

    Returns
    -------
    PruneResult, or a list of them for a sequence
        Removals in the order of the columns. ``costs`` are the saliencies L: they add up to the rise of the layers'
        damped errors.

    Raises
    ------
    ValueError
        If an argument is out of its range, x does not fit the net, more than ``sparsity`` is pruned already, or a
        Hessian is singular and ``damping`` too small.

    References
    ----------
    Frantar & Alistarh, "SparseGPT: Massive Language Models Can Be Accurately Pruned in One-Shot", ICML 2023.

    Examples
    --------
    Of two inputs that are always equal, the second takes over from the first.

    >>> net = MLP.from_arrays([[[1.0, 2.0]]], loss="mse")
    >>> prune_sparsegpt(net, [[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]], sparsity=0.5, damping=1e-9).net.weights[0].round(6)
    array([[0., 3.]])
    """
    groups_at, single = asked_for(is_net(net), sparsity, None, "layer")
    counts = [{group[0]: k for group, k in groups} for groups in groups_at]  # a number for each layer
    whole_number("block_size", block_size, 1)
    x = net_inputs(net, x)
    warn_of_dead_layers(net, x)
    parts = []  # of every layer, for every sparsity: (C^, mask, rows, costs)
    with shown(progress, "SparseGPT") as report:
        for l, H in layer_hessians(net, x):
            Hinv, condition = damped_inverse(H, damping, f"the Hessian of layer {l}")
            warn_of_condition(condition, f"the Hessian of layer {l}")
            U = linalg.cholesky(Hinv, lower=False)  # H^-1 = U'U
            parts.append([remove_in_order(columns(net, l), U, column_masks(net, l), prunable(net, l, False),
                                          k.get(l, 0), block_size) for k in counts])
            report(l + 1, len(net.weights))
    results = []
    for layers in zip(*parts):
        C, masks, rows, costs = zip(*layers)
        removed = np.concatenate([np.column_stack([np.full(len(r), l), r]) for l, r in enumerate(rows)])
        results.append(PruneResult(rebuilt(net, C, masks), removed, np.concatenate(costs), "SparseGPT",
                                   damping=float(damping)))
    warn_of_emptied(results)
    return results[0] if single else results


def remove_in_order(C: FloatArray, U: FloatArray, kept: BoolArray, prunable: BoolArray, n_remove: int,
                    block_size: int) -> tuple[FloatArray, BoolArray, IntArray, FloatArray]:
    """SparseGPT on one layer.

    Parameters
    ----------
    C : ndarray of shape (n_out, d)
        The weights.
    U : ndarray of shape (d, d)
        Upper triangular, U'U = H^-1.
    kept, prunable : ndarray of shape (n_out, d), bool
        Which weights exist, and which of them may be removed.
    n_remove, block_size : int

    Returns
    -------
    C^, kept : ndarray of shape (n_out, d)
        The weights and the mask afterwards.
    removed : ndarray of shape (n_remove, 2) of int
        Unit and column, column after column.
    costs : ndarray of shape (n_remove,)

    Examples
    --------
    >>> U = linalg.cholesky(np.linalg.inv([[1.0, 0.99], [0.99, 1.0]]), lower=False)
    >>> C, _, removed, costs = remove_in_order(np.array([[1.0, 2.0]]), U, *np.ones((2, 1, 2), bool), 1, 2)
    >>> C, removed, costs.round(5)
    (array([[0.  , 2.99]]), array([[0, 0]]), array([0.00995]))
    """
    C, M, d, new = C.copy(), ~kept, C.shape[1], np.zeros(C.shape, bool)
    costs, diag = np.zeros(C.shape), np.diag(U)
    reached = np.append(0, np.cumsum(prunable.sum(axis=0)))  # weights before column j that may go
    ends = n_remove * reached // max(1, reached[-1])  # of them so many go
    for begin in range(0, d, block_size):
        end = min(begin + block_size, d)
        block = slice(begin, end)
        # L_ij = C_ij^2 / (2 U_jj^2): Frantar & Alistarh 2023, section 3.3.
        L = np.where(prunable[:, block], (C[:, block] / diag[block]) ** 2 / 2, np.inf)
        unit, column = np.unravel_index(smallest(L.ravel(), ends[end] - ends[begin]), L.shape)
        new[unit, begin + column] = True
        M[:, block] |= new[:, block]
        E = np.zeros(L.shape)
        for j in range(begin, end):
            # e = C[:, j] / U_jj where the weight goes; C[:, j:] <- C[:, j:] - e U[j, j:]: their algorithm 1.
            E[:, j - begin] = e = np.where(M[:, j], C[:, j] / diag[j], 0)
            costs[:, j] = e**2 / 2
            C[:, j:end] -= np.outer(e, U[j, j:end])
            C[M[:, j], j] = 0
        C[:, end:] -= E @ U[block, end:]  # (n_out, B) (B, d - end) -> (n_out, d - end)
    column, unit = np.nonzero(new.T)
    return C, ~M, np.column_stack([unit, column]), costs[unit, column]
