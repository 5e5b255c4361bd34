"""The ledger of a net: what pruning has really saved, and what it has not.

"90 % pruned" is a statement about masks. Whether the net is smaller, needs less arithmetic or is faster are three
more questions with three answers. The ledger measures them for one net, and says in words which forms are larger or
slower than the dense net.

    form           meaning
    dense          the net as it is, zeros and all
    csr            kept weights only, as compressed sparse rows
    compact        the smaller dense net without dead units and unread inputs
    compact_csr    the smaller net as compressed sparse rows

What is dead and what is in effect stands in ``compact``, how bytes and multiply-adds are counted in ``costs``, how time
is measured in ``stopwatch``, how a ledger prints in ``ledger_table``. All arithmetic is in float32, as nets are used.

What we saw on the 784-300-100-10 net of MNIST: bytes fall with the weights, but zlib on the plain dense net does about
as well as a sparse format. With half of the weights gone scipy.sparse takes several times as long as the dense product,
with nine tenths gone about as long (a batch) or longer (one sample), with 98 % gone less. The compact dense net takes
less from nine tenths on, for one sample the least of all.
"""

from __future__ import annotations

import numpy as np

from .._util.checks import net_inputs, whole_number
from ..nn.compaction import compact
from .costs import count_bytes, forwards
from .ledger_table import LayerLedger, Ledger
from .stopwatch import measure


def report(net, x=None, *, batch_size=128, repeats=31, timing=True):
    """The ledger of a net: weights in effect, bytes, multiply-adds and measured time, dense and sparse.

    Parameters
    ----------
    net : MLP
        Pruned or not. It is not changed.
    x : array_like of shape (n, n_in), optional
        Samples to run; the first ``batch_size`` of them are taken, as float32. Uniform random ones if it is None.
    batch_size : int
        Samples in the batch that is timed, where x has so many.
    repeats : int
        Measurements of each time.
    timing : bool
        Whether to measure times. All else is the same at every call.

    Returns
    -------
    Ledger

    Raises
    ------
    ValueError
        If ``net`` is no MLP, a pruned weight is not 0, or x does not fit the net.

    Examples
    --------
    >>> from nnprune import MLP, prune_magnitude
    >>> r = prune_magnitude(MLP((4, 3, 2), rng=0), sparsity=0.75)
    >>> ledger = report(r.net, timing=False)
    >>> ledger.bytes["dense"], ledger.bytes["csr"], ledger.multiply_adds["csr"]
    (92, 80, 4)
    >>> print(str(ledger).splitlines()[-4])
      CSR                                  4        22.2%
    """
    batch_size, repeats = whole_number("batch_size", batch_size, 1), whole_number("repeats", repeats, 1)
    c = compact(net)
    if x is None:
        x = np.random.default_rng(0).random((batch_size, net.sizes[0]))
    x = net_inputs(net, x)[:batch_size]
    x, ways = np.ascontiguousarray(x, dtype=np.float32), forwards(net, c)
    z = ways["dense"](x)
    return Ledger(
        layers=tuple(_layer(net, c, l) for l in range(len(net.weights))),
        n_biases=sum(b.size for b in net.biases if b is not None), bytes=count_bytes(net, c),
        multiply_adds={"dense": net.n_weights, "csr": _kept(net), "compact": c.net.n_weights,
                       "compact_csr": _kept(c.net)},
        difference=max(float(np.abs(way(x) - z).max()) for way in ways.values()), batch_size=len(x), repeats=repeats,
        batch_seconds=_timed(ways, x, repeats) if timing else None,
        sample_seconds=_timed(ways, x[:1], repeats) if timing else None)


def _timed(ways, x, repeats):
    return measure({name: lambda way=way: way(x) for name, way in ways.items()}, repeats)


def _kept(net):
    return sum(int(M.sum()) for M in net.masks)


def _layer(net, c, l):
    """The figures of layer l. Every level of the compact net may have one idle unit, so its masks are counted."""
    M, small = net.masks[l], c.net.masks[l]
    # A unit is in use if the next layer reads it; an output if anything comes in.
    in_use = small.any(axis=1) if l == len(net.masks) - 1 else c.net.masks[l + 1].any(axis=0)
    return LayerLedger(n_in=M.shape[1], n_out=M.shape[0], n_weights=M.size, n_kept=int(M.sum()),
                       n_in_effect=int(small.sum()), n_zero=int((net.weights[l][M] == 0).sum()),
                       unread_inputs=M.shape[1] - int(small.any(axis=0).sum()),
                       dead_units=M.shape[0] - int(in_use.sum()))
