"""What a net costs in use: its bytes, its multiply-adds and its time, as a dense net and as a sparse one.

A dense layer stores every weight, zeros and all. CSR, *compressed sparse rows*, stores the kept ones only:

    array     meaning                                                            shape
    values    the kept weights, row after row                                    (k,) float32
    indices   the column of each                                                 (k,) int32, or smaller
    indptr    where each row begins in these two, and the end of the last one    (n_out + 1,) int32, or smaller

so a kept weight takes 8 bytes with int32 indices, twice what a dense one takes: below half the weights gone, CSR is
the *larger* form. With at most 256 or 65,536 columns an index fits 1 or 2 bytes, and zlib shrinks either form. Every
number of bytes here is the length of bytes that were really made. All forms hold all biases as float32.

    letter    meaning                                                            shape
    W, b, f   weights and biases of a layer (float32), activation                (n_out, n_in), (n_out,)
    S         W in CSR                                                           (n_out, n_in)
    x         samples, one a row                                                 (n, n_in)
    a, z      a layer's input and pre-activation, here one sample a *column*     (n_in, n), (n_out, n)

One sample takes one multiply-add for each weight stored: n_out n_in dense, k in CSR (n_out additions for the biases,
and f, come on top in all forms). Time does not follow them: a dense product works on neighbours in memory, in blocks
that stay in the cache, on all cores that NumPy's BLAS is given; ``scipy.sparse`` fetches each column by its index, on
one core. So it is measured, in ``stopwatch``.
"""

from __future__ import annotations

import io
import zlib

import numpy as np
from scipy.sparse import csr_array

from ..nn.activations import ACTIVATIONS
from ..nn.backprop import forward_pass
from ..nn.saving import net_arrays


def smallest_type(highest):
    """The smallest unsigned integer type that holds the numbers 0 .. highest.

    Examples
    --------
    >>> smallest_type(255), smallest_type(256)
    (dtype('uint8'), dtype('uint16'))
    """
    return np.min_scalar_type(max(int(highest), 0))


def csr_arrays(W, M, *, small=False):
    """A layer in CSR.

    Parameters
    ----------
    W : ndarray of shape (n_out, n_in)
    M : ndarray of shape (n_out, n_in)
        The mask, True = kept. A kept weight of 0 is stored like every other.
    small : bool
        Whether the two index arrays take the smallest type they fit, each its own, instead of int32.

    Returns
    -------
    values, indices, indptr : ndarray
        As at the head of the module; k is the number of kept weights.

    Examples
    --------
    >>> W = np.array([[0, 2.0], [3.0, 0], [0, 4.0]])
    >>> values, indices, indptr = csr_arrays(W, W != 0)
    >>> values.tolist(), indices.tolist(), indptr.tolist()
    ([2.0, 3.0, 4.0], [1, 0, 1], [0, 1, 2, 3])
    """
    indptr = np.concatenate([[0], np.cumsum(M.sum(axis=1))])
    types = [smallest_type(W.shape[1] - 1), smallest_type(indptr[-1])] if small else [np.int32, np.int32]
    return W[M].astype(np.float32), np.nonzero(M)[1].astype(types[0]), indptr.astype(types[1])


def dense_bytes(net):
    """All weights and biases as float32, layer after layer: bytes."""
    return _joined(a for pair in zip(net.weights, net.biases) for a in pair if a is not None)


def csr_bytes(net, *, small=False):
    """The layers in CSR (see ``csr_arrays``), each followed by its biases as float32: bytes."""
    parts = []
    for W, M, b in zip(net.weights, net.masks, net.biases):
        parts += [a.tobytes() for a in csr_arrays(W, M, small=small)] + [_joined([] if b is None else [b])]
    return b"".join(parts)


def _joined(arrays):
    return b"".join(a.astype(np.float32).tobytes() for a in arrays)


def count_bytes(net, c):
    """Bytes of every form of a net.

    Parameters
    ----------
    net : MLP
    c : Compact
        ``compact(net)``. Its forms include the list of the inputs they read, in the smallest type.

    Returns
    -------
    dict of str to int
    """
    file = io.BytesIO()
    np.savez_compressed(file, **net_arrays(net))
    read = b"" if c.net.sizes[0] == net.sizes[0] else c.inputs.astype(smallest_type(net.sizes[0] - 1)).tobytes()
    compact_csr = read + csr_bytes(c.net, small=True)
    return {"dense": len(dense_bytes(net)), "dense_zlib": _zlib(dense_bytes(net)), "saved": file.getbuffer().nbytes,
            "csr": len(csr_bytes(net)), "csr_small": len(csr_bytes(net, small=True)),
            "csr_small_zlib": _zlib(csr_bytes(net, small=True)), "compact": len(read + dense_bytes(c.net)),
            "compact_csr": len(compact_csr), "compact_csr_zlib": _zlib(compact_csr)}


def _zlib(data):
    """The length of zlib's best compression."""
    return len(zlib.compress(data, 9))


def forwards(net, c):
    """The four ways through a net, in float32: functions from x (n, n_in) to the output (n, n_out), by name.

    Weights are brought into their form once, here. The compact ways pick their columns of x at every call.
    """
    return {"dense": dense_forward(net), "csr": csr_forward(net),
            "compact": dense_forward(c.net, _picked(net, c)), "compact_csr": csr_forward(c.net, _picked(net, c))}


def _picked(net, c):
    """The inputs to pick, or None for all of them."""
    return None if c.net.sizes[0] == net.sizes[0] else c.inputs


def dense_forward(net, inputs=None):
    """The forward pass with dense float32 weights on the columns ``inputs`` of x: a function."""
    weights = [W.astype(np.float32) for W in net.weights]
    biases = [None if b is None else b.astype(np.float32) for b in net.biases]
    f = ACTIVATIONS[net.activation].f
    return lambda x: forward_pass(weights, biases, x if inputs is None else np.take(x, inputs, axis=1), f)[1]


def csr_forward(net, inputs=None):
    """The same with ``scipy.sparse`` weights: a function."""
    layers = [csr_array(csr_arrays(W, M), shape=W.shape) for W, M in zip(net.weights, net.masks)]
    biases = [None if b is None else b.astype(np.float32)[:, None] for b in net.biases]
    f = ACTIVATIONS[net.activation].f

    def forward(x):
        # One sample a column is what scipy.sparse wants; turned here once, it need not copy at every layer.
        a = np.ascontiguousarray(x.T) if inputs is None else np.take(x.T, inputs, axis=0)
        for l, (S, b) in enumerate(zip(layers, biases)):
            z = S @ a  # (n_out, n_in) (n_in, n) -> (n_out, n)
            if b is not None:
                z += b
            a = f(z, out=z) if l < len(layers) - 1 else z
        return a.T  # (n_out, n) -> (n, n_out)

    return forward
