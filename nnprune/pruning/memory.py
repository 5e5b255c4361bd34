"""Time and memory of the long computations, estimated before they begin.

    letter   meaning                                                       shape
    N        weights of the net                                            int
    n        samples                                                       int
    d        inputs of a layer, with one more for the bias                 int
    k        parameters that are not pruned                                int
    r        removals                                                      int

Each method's counts follow from its algorithm, as its module tells; small whole factors say how often an array is gone
through. What a count takes in seconds is said by ``speed``. Memory is the largest arrays that live at once, beside the
samples and what the process has already.

These are estimates: of time within a factor of 3, of memory within a factor of 2, where they were measured
(``docs/reliability.md``). Other programs on the machine, a disk that swaps, or a BLAS with many threads can do worse or
better. ``max_memory`` of the methods refuses by the same counts.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from .._util.checks import one_of
from .._util.speed import CALL, Estimate
from ..hessian.downdate import PENDING
from ..hessian.woodbury import AHEAD
from ..nn.parameters import unpruned
from .lobs_exact import A_FLOATS
from .masks import removals, sparsity_list

# Matrices of k x k float64 that live at once while a Hessian is inverted: H, H damped, its factor, and three on the
# way to both triangles of the inverse.
COPIES = 6
BLOCK = 2**23  # floats of the blocks in which the samples' gradients come: 64 MB, which only small nets notice
# Products of a k x k Hessian, in units of n k^2 / 2.
HESSIANS = {"gauss-newton": 3, "exact": 4, "fisher": 1.5}


def outline(sizes):
    """Stands for a net of these sizes in ``estimate_training`` and ``estimate_lobs``, and takes no memory.

    Examples
    --------
    >>> from nnprune._util.speed import gibibytes
    >>> gibibytes(estimate_lobs(outline((784, 30_000, 30_000, 10)), 1000, sparsity=0.9).memory)
    '156.2 GiB'
    """
    pairs = list(zip(sizes, sizes[1:]))
    return SimpleNamespace(sizes=tuple(sizes), n_weights=sum(n_in * n_out for n_in, n_out in pairs),
                           weights=[np.broadcast_to(0.0, (n_out, n_in)) for n_in, n_out in pairs],
                           biases=[np.broadcast_to(0.0, n_out) for _, n_out in pairs])


def estimate_training(net, n, *, epochs=10, batch_size=128):
    """``train`` on n samples of float32; float64 takes twice as long.

    A sample costs 2 N multiply-adds for the weights' values and gradients and one for each weight behind the first
    layer, at twice the rate of float64; a step goes some eight times through all parameters.

    Returns
    -------
    Estimate
    """
    N, first, steps = net.n_weights, net.weights[0].size, epochs * -(-n // batch_size)
    passes = epochs * n * (net.sizes[0] + 6 * sum(net.sizes[1:])) + steps * 8 * N
    return Estimate(epochs * n * (3 * N - first) / 2, passes / 2 + 40 * steps * CALL,
                    8 * n * (net.sizes[-1] + 2) + 32 * N + 16 * batch_size * sum(net.sizes))


def estimate_lobs(net, n, *, sparsity, refresh=1):
    """``prune_lobs`` on n samples.

    Parameters
    ----------
    net : MLP
    n : int
    sparsity : float, or a rising sequence of them
    refresh : int or None

    Returns
    -------
    Estimate

    Examples
    --------
    >>> from nnprune.nn.mlp import MLP
    >>> from nnprune._util.speed import gibibytes
    >>> gibibytes(estimate_lobs(MLP((784, 300, 100, 10), rng=0), 10_000, sparsity=0.9).memory)
    '0.1 GiB'
    """
    values, _ = sparsity_list(sparsity)
    layers = [(len(W), W.shape[1] + (b is not None)) for W, b in zip(net.weights, net.biases)]
    inputs = Estimate(n * net.n_weights / 2, 4 * n * sum(net.sizes), 0)
    if refresh == 1:
        work = sum((_exact_layer(n_out, d, n, values) for n_out, d in layers), inputs)
    else:
        r = removals(values[-1], net.n_weights)
        rounds = 1 if refresh is None else -(-r // refresh)
        later = sum((_inverse(d, n) for _, d in layers[1:]), inputs)
        ranking = Estimate(0, 15 * net.n_weights + 600 * CALL, 0)
        work = _inverse(layers[0][1], n) + rounds * (later + ranking)
        work += Estimate(0, 4 * sum(n_out * d * d for n_out, d in layers), 0)
    return Estimate(work.products, work.passes, lobs_memory(net, n, len(values), exact=refresh == 1))


def lobs_memory(net, n, n_results=1, exact=True):
    """Bytes that ``prune_lobs`` takes on n samples.

    A few matrices of d x d a layer, and for each weight its places and costs; at first also the inputs of all layers,
    in float32; then, if it is exact, the inverses of the units that take each step together, before and after a flush.
    """
    d = [W.shape[1] + (b is not None) for W, b in zip(net.weights, net.biases)]
    held = 8 * (4 * sum(k * k for k in d) + 8 * net.n_weights) + 24 * net.n_weights * n_results
    units = 8 * max(2.5 * A_FLOATS, 4 * max(d)**2) if exact else 0
    return held + max(units, 4 * n * (sum(net.sizes[1:]) + net.sizes[-1]))


def _exact_layer(n_out, d, n, values):
    """Hessian and its eigenvalues, the order of all removals, and a refit for every sparsity."""
    batches = -(-n_out // max(1, A_FLOATS // d**2))
    order = Estimate(n_out * d**3 / 3, n_out * (8 * d**2 + d**3 / 48) + 15 * batches * d * CALL, 0)
    left = 1 - np.array(values)
    refits = Estimate(n_out * d**3 * float((left**3).sum()) / 6,
                      n_out * (2 * d**2 * float((left**2).sum()) + 4 * len(values) * CALL), 0)
    return _inverse(d, n) + Estimate(3 * d**3, 0, 0) + order + refits


def _inverse(d, n):
    """A layer's Hessian from n samples, and its inverse."""
    return Estimate(n * d**2 / 2 + d**3, 3 * n * d + 10 * d**2, 0)


def estimate_obs(net, n, *, n_remove, refresh=1, hessian="gauss-newton"):
    """``prune_obs`` on n samples; with ``refresh=1`` a Hessian for every removal.

    Parameters
    ----------
    net : MLP
    n, n_remove : int
    refresh : int or None
    hessian : {"gauss-newton", "exact", "fisher"}

    Returns
    -------
    Estimate
    """
    factor = HESSIANS[one_of("hessian", hessian, HESSIANS)]
    k = len(unpruned(net)) - np.arange(n_remove)  # what is left at each removal
    taken = k[::refresh or n_remove or 1].astype(float)  # ... at each Hessian
    late = 0 if refresh is not None and refresh < PENDING else 1  # whether there are downdates to be applied
    inverse = float((factor * n * taken**2 / 2 + taken**3).sum())
    downdate = float((late * k.astype(float)**2).sum())
    passes = float((10 * taken**2 + n * taken / 2).sum() + (45 * k + late * 4 * k.astype(float)**2 / PENDING).sum())
    return Estimate(inverse + downdate, passes + 40 * n_remove * CALL, obs_memory(len(unpruned(net))) + 8 * BLOCK)


def obs_memory(k):
    """Bytes that ``prune_obs`` takes for k parameters."""
    return COPIES * 8 * k**2


def estimate_obs_factored(net, n, *, n_remove, refresh=None, hessian="gauss-newton"):
    """``prune_obs_factored`` on n samples; parameters and result as for ``estimate_obs``."""
    m = n * (net.sizes[-1] if one_of("hessian", hessian, ("gauss-newton", "fisher")) == "gauss-newton" else 1)
    k = len(unpruned(net)) - np.arange(n_remove, dtype=float)
    taken = k[::refresh or n_remove or 1]
    products = float((AHEAD / PENDING * m * k).sum() + (2 * m**2 * taken).sum() + n_remove / PENDING * 1.5 * m**3)
    passes = float((60 * k).sum() + (6 * m * taken).sum())
    return Estimate(products, passes + 60 * n_remove * CALL, factored_memory(len(unpruned(net)), m) + 8 * BLOCK)


def factored_memory(k, m):
    """Bytes that ``prune_obs_factored`` takes for k parameters and m outer products.

    A column of the factor for each parameter, the pending updates, up to twice AHEAD fetched rows, as many again while
    they are made, and a dozen vectors; and four matrices of m x m.
    """
    return 8 * (k * (m + PENDING + 4 * AHEAD + 12) + 4 * m**2)
