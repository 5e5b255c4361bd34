"""The memory of the long computations, estimated before they begin.

    letter   meaning                                                       shape
    n        samples                                                       int
    d        inputs of a layer, with one more for the bias                 int
    k        parameters that are not pruned                                int
    m        outer products that a factored Hessian is made of             int

Counted are the largest arrays that live at once, beside the samples and what the process has already; each method's
module tells which they are. Measured, the counts were within a factor of 2 of what the process took
(``docs/reliability.md``). ``max_memory`` of the methods refuses by the same counts, before any work.

There are no estimates of time: a machine that is busy, or whose BLAS has other threads, takes several times as long.
What is running says how much time is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from .._util.checks import one_of
from ..hessian.downdate import PENDING
from ..hessian.outer_products import BLOCK
from ..hessian.woodbury import AHEAD
from ..nn.mlp import MLP
from .lobs_exact import A_FLOATS

# Matrices of k x k float64 that live at once while a Hessian is inverted: H, H damped, its factor, and three on the
# way to both triangles of the inverse.
COPIES = 6


def outline(sizes: Sequence[int]) -> Any:
    """Stands for a net of these sizes in ``training_memory`` and ``lobs_memory``, and takes no memory itself.

    Examples
    --------
    >>> round(lobs_memory(outline((784, 30_000, 30_000, 10)), 1000) / 2**30)
    139
    """
    pairs = list(zip(sizes, sizes[1:]))
    return SimpleNamespace(sizes=tuple(sizes), n_weights=sum(n_in * n_out for n_in, n_out in pairs),
                           weights=[np.broadcast_to(0.0, (n_out, n_in)) for n_in, n_out in pairs],
                           biases=[np.broadcast_to(0.0, n_out) for _, n_out in pairs])


def training_memory(net: MLP, n: int, *, batch_size: int = 128) -> int:
    """Bytes that ``train`` takes on n samples: weights, gradients and velocities, the targets, and one batch."""
    return 8 * n * (net.sizes[-1] + 2) + 32 * net.n_weights + 16 * batch_size * sum(net.sizes)


def lobs_memory(net: MLP, n: int, *, n_results: int = 1, inverse: str = "exact") -> float:
    """Bytes that ``prune_lobs`` takes.

    A few matrices of d x d a layer, and for each weight its places and costs; at first also the inputs of all layers,
    in float32; then, if it is exact, the inverses of the units that take each step together and half as much again;
    those of all units and their pending updates, if each has one of its survivors.

    Parameters
    ----------
    net : MLP
        Or its ``outline``.
    n : int
        Samples.
    n_results : int
        How many sparsities are asked for.
    inverse : {"exact", "survivors", "shared"}

    Examples
    --------
    >>> from nnprune import MLP
    >>> round(lobs_memory(MLP((784, 300, 100, 10), rng=0), 10_000) / 2**20)
    92
    """
    d = [W.shape[1] + (b is not None) for W, b in zip(net.weights, net.biases)]
    held = 8 * (4 * sum(k * k for k in d) + 8 * net.n_weights) + 24 * net.n_weights * n_results
    units = {"exact": 8 * 1.5 * max(A_FLOATS, max(d)**2), "shared": 0,
             "survivors": 8 * sum(len(W) * (k + PENDING + 4) * k for W, k in zip(net.weights, d))
             }[one_of("inverse", inverse, ("exact", "survivors", "shared"))]
    return held + max(units, 4 * n * (sum(net.sizes[1:]) + net.sizes[-1]))


def obs_memory(k: int) -> int:
    """Bytes that ``prune_obs`` takes for k parameters."""
    return COPIES * 8 * k**2


def factored_memory(k: int, m: int) -> int:
    """Bytes that ``prune_obs_factored`` takes for k parameters and m outer products.

    A column of the factor for each parameter, the pending updates, up to twice AHEAD fetched rows, as many again while
    they are made, and a dozen vectors; four matrices of m x m; and two blocks of gradients. m is the number of samples,
    for a Gauss-Newton Hessian times the net's outputs.
    """
    return 8 * (k * (m + PENDING + 4 * AHEAD + 12) + 4 * m**2 + 2 * min(BLOCK, k * m))
