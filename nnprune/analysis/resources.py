"""What a net costs in use: its bytes, its multiply-adds and its time, as a dense net and as a sparse one.

"90 % pruned" is a statement about masks. Whether the net is smaller, needs less arithmetic or is faster are three
more questions with three answers. The resource report measures them for one net, and says which forms are larger or
slower than the dense net.

    form           meaning
    dense          the net as it is, zeros and all
    csr            kept weights only, as compressed sparse rows
    compact        the smaller dense net without dead units and unread inputs (see ``compact``)
    compact_csr    the smaller net as compressed sparse rows

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
    M         mask, True = kept                                                  (n_out, n_in)
    S         W in CSR                                                           (n_out, n_in)
    x         samples, one a row                                                 (n, n_in)
    a, z      a layer's input and pre-activation, here one sample a *column*     (n_in, n), (n_out, n)
    c         the compact net, ``compact(net)``

One sample takes one multiply-add for each weight stored: n_out n_in dense, k in CSR (n_out additions for the biases,
and f, come on top in all forms). Time does not follow them: a dense product works on neighbours in memory, in blocks
that stay in the cache, on all cores that NumPy's BLAS is given; ``scipy.sparse`` fetches each column by its index, on
one core. So it is measured, in ``stopwatch``, with all arithmetic in float32, as nets are used.

What we saw on the 784-300-100-10 net of MNIST: bytes fall with the weights, but zlib on the plain dense net does about
as well as a sparse format. With half of the weights gone scipy.sparse takes several times as long as the dense product,
with nine tenths gone about as long (a batch) or longer (one sample), with 98 % gone less. The compact dense net takes
less from nine tenths on, for one sample the least of all.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import net_inputs, whole_number
from .._util.types import BoolArray, FloatArray, IntArray
from ..nn.activations import ACTIVATIONS
from ..nn.backprop import forward_pass
from ..nn.compaction import Compact, compact
from ..nn.mlp import MLP
from ..nn.saving import net_arrays, write_zip
from .stopwatch import Seconds, measure

STORED = {"dense": "dense, float32", "dense_zlib": "dense, float32, zlib", "saved": "MLP.save (float64, masks, zip)",
          "csr": "CSR, int32 indices", "csr_small": "CSR, smallest indices",
          "csr_small_zlib": "CSR, smallest indices, zlib", "compact": "compact dense, float32",
          "compact_csr": "compact CSR, smallest indices", "compact_csr_zlib": "compact CSR, smallest indices, zlib"}
RUN = {"dense": "dense", "csr": "CSR", "compact": "compact dense", "compact_csr": "compact CSR"}

Way = Callable[[FloatArray], FloatArray]  # x (n, n_in) -> the output (n, n_out)


@dataclass(frozen=True)
class LayerResources:
    """The weights of one layer; biases are not counted.

    Attributes
    ----------
    n_in, n_out : int
    n_weights, n_kept, n_in_effect : int
        All, those whose mask is True, those of them that have an effect (see ``compact``).
    n_zero : int
        Kept weights that are exactly 0.
    unread_inputs, dead_units : int
        Inputs that no weight in effect reads; units without an input or without an output left (of the last layer:
        without an input, so that the output is constant).
    """

    n_in: int
    n_out: int
    n_weights: int
    n_kept: int
    n_in_effect: int
    n_zero: int
    unread_inputs: int
    dead_units: int


@dataclass(frozen=True)
class ResourceReport:
    """What a net costs; ``print`` shows it, ``as_dict`` gives plain values for JSON.

    Attributes
    ----------
    layers : tuple of LayerResources
    n_biases : int
        All of them, pruned or not.
    bytes : dict of str to int
        Of every stored form, all biases included.
    multiply_adds : dict of str to int
        For one sample, of every form that runs; biases and activations come on top.
    difference : float
        The largest difference between an output of any form and of the dense one, in float32.
    batch_size, repeats : int
    batch_seconds, sample_seconds : dict of str to Seconds, or None
        Of a batch and of a single sample, low quartile, median and high quartile; None without timing.
    """

    layers: tuple[LayerResources, ...]
    n_biases: int
    bytes: dict[str, int]
    multiply_adds: dict[str, int]
    difference: float
    batch_size: int
    repeats: int
    batch_seconds: dict[str, Seconds] | None
    sample_seconds: dict[str, Seconds] | None

    def as_dict(self) -> dict[str, Any]:
        """The figures as plain dicts, lists and numbers, which ``json.dumps`` takes."""
        return asdict(self) | {"layers": [asdict(layer) for layer in self.layers]}

    def __str__(self) -> str:
        return "\n".join([*_weight_lines(self), "", *_byte_lines(self), "", *_run_lines(self)])


def resource_report(net: MLP, x: npt.ArrayLike | None = None, *, batch_size: int = 128, repeats: int = 31,
                    timing: bool = True) -> ResourceReport:
    """The resource report of a net: weights in effect, bytes, multiply-adds and measured time, dense and sparse.

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
    ResourceReport

    Raises
    ------
    ValueError
        If ``net`` is no MLP, a pruned weight is not 0, or x does not fit the net.

    Examples
    --------
    >>> from nnprune import MLP, prune_magnitude
    >>> r = prune_magnitude(MLP((4, 3, 2), rng=0), sparsity=0.75)
    >>> found = resource_report(r.net, timing=False)
    >>> found.bytes["dense"], found.bytes["csr"], found.multiply_adds["csr"]
    (92, 80, 4)
    >>> print(str(found).splitlines()[-4])
      CSR                                  4        22.2%
    """
    batch_size, repeats = whole_number("batch_size", batch_size, 1), whole_number("repeats", repeats, 1)
    c = compact(net)
    if x is None:
        x = np.random.default_rng(0).random((batch_size, net.sizes[0]))
    x = net_inputs(net, x)[:batch_size]
    x, ways = np.ascontiguousarray(x, dtype=np.float32), forwards(net, c)
    z = ways["dense"](x)
    return ResourceReport(
        layers=tuple(_layer(net, c, l) for l in range(len(net.weights))),
        n_biases=sum(b.size for b in net.biases if b is not None), bytes=count_bytes(net, c),
        multiply_adds={"dense": net.n_weights, "csr": _kept(net), "compact": c.net.n_weights,
                       "compact_csr": _kept(c.net)},
        difference=max(float(np.abs(way(x) - z).max()) for way in ways.values()), batch_size=len(x), repeats=repeats,
        batch_seconds=_timed(ways, x, repeats) if timing else None,
        sample_seconds=_timed(ways, x[:1], repeats) if timing else None)


def _timed(ways: dict[str, Way], x: FloatArray, repeats: int) -> dict[str, Seconds]:
    return measure({name: partial(way, x) for name, way in ways.items()}, repeats)


def _kept(net: MLP) -> int:
    return sum(int(M.sum()) for M in net.masks)


def _layer(net: MLP, c: Compact, l: int) -> LayerResources:
    """The figures of layer l. Every level of the compact net may have one idle unit, so its masks are counted."""
    M, small = net.masks[l], c.net.masks[l]
    # A unit is in use if the next layer reads it; an output if anything comes in.
    in_use = small.any(axis=1) if l == len(net.masks) - 1 else c.net.masks[l + 1].any(axis=0)
    return LayerResources(
        n_in=M.shape[1], n_out=M.shape[0], n_weights=M.size, n_kept=int(M.sum()), n_in_effect=int(small.sum()),
        n_zero=int((net.weights[l][M] == 0).sum()), unread_inputs=M.shape[1] - int(small.any(axis=0).sum()),
        dead_units=M.shape[0] - int(in_use.sum()))


def smallest_type(highest: int) -> np.dtype[Any]:
    """The smallest unsigned integer type that holds the numbers 0 .. highest.

    Examples
    --------
    >>> smallest_type(255), smallest_type(256)
    (dtype('uint8'), dtype('uint16'))
    """
    return np.min_scalar_type(max(int(highest), 0))


def csr_arrays(W: FloatArray, M: BoolArray, *,
               small: bool = False) -> tuple[npt.NDArray[np.float32], IntArray, IntArray]:
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


def dense_bytes(net: MLP) -> bytes:
    """All weights and biases as float32, layer after layer: bytes."""
    return _joined(a for pair in zip(net.weights, net.biases) for a in pair if a is not None)


def csr_bytes(net: MLP, *, small: bool = False) -> bytes:
    """The layers in CSR (see ``csr_arrays``), each followed by its biases as float32: bytes."""
    parts = []
    for W, M, b in zip(net.weights, net.masks, net.biases):
        parts += [a.tobytes() for a in csr_arrays(W, M, small=small)] + [_joined([] if b is None else [b])]
    return b"".join(parts)


def _joined(arrays: Iterable[FloatArray]) -> bytes:
    return b"".join(a.astype(np.float32).tobytes() for a in arrays)


def count_bytes(net: MLP, c: Compact) -> dict[str, int]:
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
    write_zip(file, net_arrays(net))
    read = b"" if c.net.sizes[0] == net.sizes[0] else c.inputs.astype(smallest_type(net.sizes[0] - 1)).tobytes()
    compact_csr = read + csr_bytes(c.net, small=True)
    return {"dense": len(dense_bytes(net)), "dense_zlib": _zlib(dense_bytes(net)), "saved": file.getbuffer().nbytes,
            "csr": len(csr_bytes(net)), "csr_small": len(csr_bytes(net, small=True)),
            "csr_small_zlib": _zlib(csr_bytes(net, small=True)), "compact": len(read + dense_bytes(c.net)),
            "compact_csr": len(compact_csr), "compact_csr_zlib": _zlib(compact_csr)}


def _zlib(data: bytes) -> int:
    """The length of zlib's best compression."""
    return len(zlib.compress(data, 9))


def forwards(net: MLP, c: Compact) -> dict[str, Way]:
    """The four ways through a net, in float32: functions from x (n, n_in) to the output (n, n_out), by name.

    Weights are brought into their form once, here. The compact ways pick their columns of x at every call.
    """
    return {"dense": dense_forward(net), "csr": csr_forward(net),
            "compact": dense_forward(c.net, _picked(net, c)), "compact_csr": csr_forward(c.net, _picked(net, c))}


def _picked(net: MLP, c: Compact) -> IntArray | None:
    """The inputs to pick, or None for all of them."""
    return None if c.net.sizes[0] == net.sizes[0] else c.inputs


def dense_forward(net: MLP, inputs: IntArray | None = None) -> Way:
    """The forward pass with dense float32 weights on the columns ``inputs`` of x: a function."""
    weights = [W.astype(np.float32) for W in net.weights]
    biases = [None if b is None else b.astype(np.float32) for b in net.biases]
    f = ACTIVATIONS[net.activation].f
    return lambda x: forward_pass(weights, biases, x if inputs is None else np.take(x, inputs, axis=1), f)[1]


def csr_forward(net: MLP, inputs: IntArray | None = None) -> Way:
    """The same with ``scipy.sparse`` weights: a function."""
    from scipy.sparse import csr_array  # only now: nothing else needs it
    layers = [csr_array(csr_arrays(W, M), shape=W.shape) for W, M in zip(net.weights, net.masks)]
    biases = [None if b is None else b.astype(np.float32)[:, None] for b in net.biases]
    f = ACTIVATIONS[net.activation].f

    def forward(x: FloatArray) -> FloatArray:
        # One sample a column is what scipy.sparse wants; turned here once, it need not copy at every layer.
        a = np.ascontiguousarray(x.T) if inputs is None else np.take(x.T, inputs, axis=0)
        for l, (S, b) in enumerate(zip(layers, biases)):
            z = S @ a  # (n_out, n_in) (n_in, n) -> (n_out, n)
            if b is not None:
                z += b
            a = f(z, out=z) if l < len(layers) - 1 else z
        return a.T  # (n_out, n) -> (n, n_out)

    return forward


def _weight_lines(r: ResourceReport) -> Iterator[str]:
    yield (f"{f'weights (without the {r.n_biases:,} biases)':<34}{'kept of all':>19}{'share':>9}{'in effect':>11}"
           f"{'unread inputs':>16}{'dead units':>13}")
    for l, a in enumerate(r.layers):
        yield (f"  {f'layer {l}: {a.n_in} to {a.n_out}':<32}{f'{a.n_kept:,} / {a.n_weights:,}':>19}"
               f"{a.n_kept / a.n_weights:>9.2%}{a.n_in_effect:>11,}{f'{a.unread_inputs} / {a.n_in}':>16}"
               f"{f'{a.dead_units} / {a.n_out}':>13}")
    every, kept, effect, zero = (sum(getattr(a, name) for a in r.layers)
                                 for name in ("n_weights", "n_kept", "n_in_effect", "n_zero"))
    yield f"  {'all layers':<32}{f'{kept:,} / {every:,}':>19}{kept / every:>9.2%}{effect:>11,}"
    yield "  In effect: kept, and the output needs it. Unread inputs: those of no weight in effect. Dead units: nothing"
    yield "  comes in, or nothing goes out, directly or through others; in the last layer, an output that is constant."
    if kept > effect:
        yield f"  Kept, but without any effect: {kept - effect:,}. nnprune.drop_dead(net) prunes them."
    if zero:
        yield (f"  Kept, but exactly 0: {zero:,}. Only a mask says pruned; to call them so: "
               f'net.set_masks("zeros")')


def _byte_lines(r: ResourceReport) -> Iterator[str]:
    dense = r.bytes["dense"]
    yield f"{'bytes on disk (with all biases)':<40}{'bytes':>13}{'of dense':>11}"
    for name, label in STORED.items():
        yield f"  {label:<38}{r.bytes[name]:>13,}{r.bytes[name] / dense:>11.1%}"
    yield "  CSR: compressed sparse rows, kept weights and their places. Compact: without dead units and unread inputs."
    larger = [label for name, label in STORED.items() if r.bytes[name] > dense]
    yield f"  Larger than dense, float32: {'; '.join(larger) or 'none'}."


def _run_lines(r: ResourceReport) -> Iterator[str]:
    both = ((f"a batch of {r.batch_size}", r.batch_seconds), ("one sample", r.sample_seconds))
    times = [(name, t) for name, t in both if t is not None]
    yield f"{'forward pass (float32)':<26}{'multiply-adds':>14}{'of dense':>13}" + "".join(
        f"{name + ', us':>25}{'of dense':>11}" for name, _ in times)
    dense = r.multiply_adds["dense"]
    for name, label in RUN.items():
        yield f"  {label:<24}{r.multiply_adds[name]:>14,}{r.multiply_adds[name] / dense:>13.1%}" + "".join(
            f"{_microseconds(t[name]):>25}{t[name].median / t['dense'].median:>11.0%}" for _, t in times)
    yield (f"  Multiply-adds are for one sample, without biases. The outputs of all four differ by "
           f"{r.difference:.1g} at most.")
    if times:
        yield (f"  Times: the median of {r.repeats} measurements, in brackets their middle half. Dense on the "
               f"cores that BLAS is given,")
        yield "  CSR (scipy.sparse) on one. Compact forms pick their inputs out of all at every call: that is counted."
    for name, t in times:
        yield from _compared(name, t)


def _microseconds(t: Seconds) -> str:
    low, median, high = (f"{1e6 * s:,.0f}" if s >= 1e-4 else f"{1e6 * s:.1f}" for s in (t.low, t.median, t.high))
    return f"{median} ({low}-{high})"


def _compared(name: str, times: dict[str, Seconds]) -> Iterator[str]:
    """Which forms are slower than dense, and which are faster."""
    found = {verdict: [label for form, label in RUN.items()
                       if form != "dense" and times[form].compared(times["dense"]) == verdict]
             for verdict in ("slower", "faster", "no clear difference")}
    yield f"  On {name}, slower than dense: {', '.join(found['slower']) or 'none'}; " + "; ".join(
        f"{verdict}: {', '.join(found[verdict]) or 'none'}" for verdict in ("faster", "no clear difference")) + "."
