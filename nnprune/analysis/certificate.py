"""The certificate of an L-OBS run: what it claims, measured again from the two nets and the samples alone.

    letter     meaning                                                              shape
    A          inputs of a layer of the *unpruned* net, ones last for the bias      (n, d)
    C, C^      the layer's weights before and after, the bias last                  (n_out, d)
    E          1/(2n) |A C^' - A C'|_F^2, the layer's error                         float
    H          1/n A'A, the layer's Hessian                                         (d, d)
    lambda     what damped it: lambda_j = damping * H_jj                            (d,)
    dE         1/n |A C^' - A C'|_F^2 = 2 E: the paper writes E without the 1/2     float
    Z, Z^      the output of the net, before and after                              (n, c)

**Layer by layer.** OBS minimises the damped error E + 1/2 sum_j lambda_j (C^_j - C_j)^2 (over all units), and its costs
add up to exactly that. So the predicted error differs from the measured one by the *damping's part*, the second term,
and by nothing else; what remains, the ``unexplained``, is rounding for exact L-OBS on the samples x it was run on. It
is an error of the method for the simplified one, and tells of other samples or inputs for the rest: everything here is
measured on the unpruned net's inputs, which ``inputs="pruned"`` did not aim at. Optimal survivors have no slope left:
the *optimality residual* is the largest entry of (H + diag(lambda))(c^ - c) among the survivors of the units that lost
weights, as a share of the largest one of H c, both in units in which H_jj is 1.

**The output.** Theorem 3.2 of Dong, Chen & Pan (NIPS 2017): with their dE of every layer, on the unpruned net's inputs,

    1/sqrt(n) |Z^ - Z|_F  <=  sum_{k<L} (prod_{l>k} |W^_l|_F) sqrt(dE_k) + sqrt(dE_L)

where W^ are the pruned weights without biases: an error of layer k passes through the later layers, each of which
stretches it by its norm at most, and every activation here has slopes of at most 1. Mind the factor: sqrt(2 E), not
sqrt(E). The Frobenius norm is far above what a layer does to a typical error, so the bound is loose, by orders of
magnitude in deep nets; it holds nevertheless.

**The file**, for ``check_certificate``, is one ``.npz`` with the net before and the net after:

    array          meaning                                                           shape
    certificate    the claims, as JSON text                                          ()
    before_...     the arrays of the unpruned net, as ``nn.saving`` names them
    after_...      the arrays of the pruned net

The claims have ``version`` 2. Those of nnprune 0.1.0 have none: there every H was damped by one lambda for all columns,
a share of the mean diagonal, kept as ``lambda_`` of each layer, and they are checked by that.

This module imports neither the pruners nor what they are made of: an error there cannot hide itself here.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from .._util.checks import NNPruneWarning, net_inputs
from .._util.npz_reader import read_npz
from .._util.types import BoolArray, FloatArray, IntArray, StrPath
from ..nn.mlp import MLP
from ..nn.parameters import SAMPLES, batches
from ..nn.saving import net_arrays, take, write_arrays

VERSION = 2
TRIFLE = 1e-2


class Claim(Protocol):
    """What ``certify`` reads of a ``PruneResult``."""

    @property
    def net(self) -> MLP: ...
    @property
    def removed(self) -> IntArray: ...
    @property
    def costs(self) -> FloatArray: ...
    @property
    def method(self) -> str: ...
    @property
    def damping(self) -> float | None: ...


@dataclass(frozen=True)
class LayerCertificate:
    """What holds for one layer; the terms are explained at the head of the module.

    Attributes
    ----------
    layer, n_weights, n_removed : int
        Biases counted as weights.
    predicted, measured, damping_part, unexplained : float
        predicted = measured + damping_part + unexplained.
    optimality : float
        The optimality residual, relative.
    n_inputs, dead_inputs, rank : int
        Of the undamped Hessian, scaled to unit diagonal, the bias counted as an input.
    condition : float
        Of the damped Hessian on the live inputs, scaled to unit diagonal.
    bound_share : float
        This layer's summand in the bound of Theorem 3.2.
    """

    layer: int
    n_weights: int
    n_removed: int
    predicted: float
    measured: float
    damping_part: float
    unexplained: float
    optimality: float
    n_inputs: int
    dead_inputs: int
    rank: int
    condition: float
    bound_share: float


@dataclass(frozen=True)
class Certificate:
    """What holds for a pruned net; ``print`` shows it, ``to_json`` and ``save`` keep it.

    Attributes
    ----------
    method : str
    n_samples : int
    layers : tuple of LayerCertificate
    output_error : float
        1/sqrt(n) |Z^ - Z|_F.
    bound : float
        Theorem 3.2's.
    damping : float
        The share of its diagonal that every layer's Hessian was damped by.
    version : int
        Of the figures: 1 is nnprune 0.1.0's, where the share was of the mean diagonal.
    """

    method: str
    n_samples: int
    layers: tuple[LayerCertificate, ...]
    output_error: float
    bound: float
    damping: float
    version: int = VERSION

    def __str__(self) -> str:
        head = (f"certificate: {self.method}, {self.n_samples:,} samples\n"
                "layer  removed        predicted E   measured E    damping's     unexplained   optimality  "
                "rank     dead  condition")
        rows = [f"{c.layer:5d}  {c.n_removed:7d}/{c.n_weights:<7d}{c.predicted:<13.6g} {c.measured:<13.6g} "
                f"{c.damping_part:<13.3g} {c.unexplained:<13.2g} {c.optimality:<10.1e}  "
                f"{c.rank:3d}/{c.n_inputs:<5d}{c.dead_inputs:4d}  {c.condition:.2g}" for c in self.layers]
        shares = " + ".join(f"{c.bound_share:.4g}" for c in self.layers)
        return "\n".join([head, *rows, f"output error {self.output_error:.4g} <= {self.bound:.4g} = {shares} "
                          f"(Theorem 3.2, {self.bound / max(self.output_error, 1e-300):.3g} times the error)"])

    def to_json(self) -> str:
        """The certificate as JSON text."""
        return json.dumps(asdict(self), indent=1)

    def save(self, path: StrPath, net: MLP, pruned: MLP) -> None:
        """Write the two nets and this certificate to ``path`` (.npz), for ``check_certificate``."""
        arrays = {"certificate": np.array(self.to_json())}
        for prefix, one in (("before_", net), ("after_", pruned)):
            arrays |= {prefix + name: a for name, a in net_arrays(one).items()}
        write_arrays(path, arrays)


def certify(net: MLP, result: Claim, x: npt.ArrayLike) -> Certificate:
    """Measure what an L-OBS run claims.

    Parameters
    ----------
    net : MLP
        The net that was pruned.
    result : PruneResult
        What ``prune_lobs`` made of it, by any of its ways.
    x : array_like of shape (n, n_in)
        The samples it was pruned on.

    Returns
    -------
    Certificate

    Raises
    ------
    ValueError
        If x does not fit the net, the nets do not fit each other, or the result does not come from ``prune_lobs``.

    Examples
    --------
    >>> from nnprune import MLP, prune_lobs
    >>> net, x = MLP((3, 4, 2), rng=0), np.random.default_rng(0).normal(size=(50, 3))
    >>> certificate = certify(net, prune_lobs(net, x, sparsity=0.5), x)
    >>> max(abs(c.unexplained) for c in certificate.layers) < 1e-12
    True
    >>> certificate.output_error <= certificate.bound
    True
    """
    if result.damping is None:
        raise ValueError(f"only the results of prune_lobs have a certificate; this one comes from {result.method!r}")
    predicted = np.bincount(result.removed[:, 0], weights=result.costs, minlength=len(net.weights)).astype(float)
    return _certify(net, result.net, x, result.damping, predicted, result.method)


def _certify(net: MLP, pruned: MLP, x: npt.ArrayLike, damping: float, predicted: FloatArray, method: str,
             version: int = VERSION) -> Certificate:
    """Measure everything, layer by layer; ``predicted`` has the sum of the costs of every layer."""
    x = net_inputs(net, x)
    if pruned.sizes != net.sizes:
        raise ValueError(f"the pruned net has the sizes {pruned.sizes}, the other one {net.sizes}")
    inputs, z = net.layer_inputs(x)
    norms = [float(np.linalg.norm(W)) for W in pruned.weights]
    layers, charged = [], []
    for l, a in enumerate(inputs):
        C, new, kept = _columns(net, l), _columns(pruned, l), _kept(pruned, l)
        measured, H = _measure(a, C, new, with_ones=net.biases[l] is not None)
        stretch = float(np.prod(norms[l + 1:]))
        layers.append(_layer(l, C, new, kept, _kept(net, l), H, _charges(H, damping, version),
                             float(predicted[l]), measured, stretch))
        # 1/2 w'H w is the error without any weight; a trifle of it is not worth a word.
        if layers[-1].damping_part > measured and predicted[l] > TRIFLE * float(((C @ H) * C).sum()) / 2:
            charged.append(l)
    if charged:
        c = layers[charged[0]]
        others = f"; the same holds for layers {charged[1:]}" if charged[1:] else ""
        warnings.warn(f"of the rise {c.predicted:.3g} predicted for layer {c.layer}, {c.damping_part:.3g} is the part "
                      f"of damping={damping:.3g} and only {c.measured:.3g} is measured: take a smaller damping, or "
                      f"more samples{others}", NNPruneWarning, stacklevel=3)
    difference = pruned.forward(x).astype(np.float64) - z
    return Certificate(method, len(x), tuple(layers), float(np.linalg.norm(difference) / np.sqrt(len(x))),
                       sum(c.bound_share for c in layers), damping, version)


def _charges(H: FloatArray, damping: float, version: int) -> FloatArray:
    """lambda_j of every column: damping * H_jj, or the same for all in certificates of version 1."""
    diagonal = np.diag(H)
    return damping * (diagonal if version == VERSION else np.where(diagonal > 0, diagonal.mean(), 0))


def _columns(net: MLP, l: int) -> FloatArray:
    """Weights of layer l, the bias as one more column."""
    W, b = net.weights[l], net.biases[l]
    return W if b is None else np.column_stack([W, b])


def _kept(net: MLP, l: int) -> BoolArray:
    """Masks of layer l, the bias's as one more column."""
    mask, of_bias = net.masks[l], net.bias_masks[l]
    return mask if of_bias is None else np.column_stack([mask, of_bias])


def _measure(a: FloatArray, C: FloatArray, new: FloatArray, with_ones: bool) -> tuple[float, FloatArray]:
    """E of a layer from its outputs, and its Hessian, over batches of samples."""
    error, H = 0.0, np.zeros((C.shape[1], C.shape[1]))
    for rows in batches(len(a), 2 * SAMPLES):
        A = a[rows].astype(np.float64)
        if with_ones:
            A = np.column_stack([A, np.ones(len(A))])
        error += float(((A @ (new - C).T) ** 2).sum())  # (rows, d) (d, n_out) -> (rows, n_out)
        H += A.T @ A
    return error / (2 * len(a)), H / len(a)


def _layer(l: int, C: FloatArray, new: FloatArray, kept: BoolArray, kept_before: BoolArray, H: FloatArray,
           charges: FloatArray, predicted: float, measured: float, stretch: float) -> LayerCertificate:
    """The certificate of one layer."""
    live, s = np.diag(H) > 0, np.sqrt(np.where(np.diag(H) > 0, np.diag(H), 1))
    moved = np.where(live, new - C, 0)
    damping_part = float((charges / 2 * moved**2).sum())
    # Where no weight went nothing was optimised, and where one did the survivors must have no slope left.
    touched = (kept_before & ~kept & live).any(axis=1)
    slope = (moved @ H + charges * moved) / s
    steepest = float(np.abs(slope[touched] * (kept & live)[touched]).max(initial=0))
    Hs = (H / s / s[:, None])[np.ix_(live, live)]
    values = np.linalg.eigvalsh(Hs) if live.any() else np.ones(1)
    rank = int((values > len(Hs) * np.finfo(float).eps * values[-1]).sum())
    damped = np.linalg.eigvalsh(Hs + np.diag((charges / s**2)[live])) if live.any() else values
    return LayerCertificate(
        layer=l, n_weights=kept.size, n_removed=int((kept_before & ~kept).sum()), predicted=predicted,
        measured=measured, damping_part=damping_part, unexplained=predicted - measured - damping_part,
        optimality=steepest / max(float(np.abs(C @ H / s).max()), np.finfo(float).tiny), n_inputs=len(H),
        dead_inputs=int((~live).sum()), rank=rank,
        condition=float(damped[-1] / damped[0]) if damped[0] > 0 else np.inf,
        bound_share=stretch * float(np.sqrt(2 * measured)))


def check_certificate(path: StrPath, x: npt.ArrayLike) -> Certificate:
    """Verify a saved certificate from the two nets in the file and the samples alone.

    Parameters
    ----------
    path : str or os.PathLike
        What ``Certificate.save`` wrote.
    x : array_like of shape (n, n_in)
        The samples that the net was pruned on.

    Returns
    -------
    Certificate
        Measured again.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no certificate, or a figure in it differs from the measured one by more than rounding (1e-6
        of it); the message names the figure.
    """
    net, pruned, claimed = read_certificate(path)
    predicted = np.array([c["predicted"] for c in claimed["layers"]], float)
    version = claimed.get("version", 1)
    damping = claimed["damping"] if version == VERSION else _damping_of_version_1(net, x, claimed)
    found = _certify(net, pruned, x, damping, predicted, claimed["method"], version)
    for name, claim, value in _figures(claimed, asdict(found)):
        if not np.isclose(claim, value, rtol=1e-6, atol=1e-9):
            raise ValueError(f"{path}: the certificate says {name} = {claim:.8g}, measured is {value:.8g}")
    return found


def _damping_of_version_1(net: MLP, x: npt.ArrayLike, claimed: dict[str, Any]) -> float:
    """lambda of the first layer as a share of its mean diagonal."""
    x = net_inputs(net, x)
    # In float64 without a copy of x; the bias's input is always 1.
    squares = np.einsum("nd,nd->d", x, x, dtype=np.float64) / len(x)
    diagonal = np.append(squares, [1.0] if net.biases[0] is not None else [])
    return claimed["layers"][0]["lambda_"] / diagonal.mean() if diagonal.any() else 0.0


def _figures(claimed: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[str, float, float]]:
    """(name, claimed, found) of every figure but rank and condition, where rounding of H may decide."""
    for name in ("n_samples", "output_error", "bound"):
        yield name, claimed[name], found[name]
    for l, (a, b) in enumerate(zip(claimed["layers"], found["layers"])):
        for name in ("n_weights", "n_removed", "measured", "damping_part", "unexplained", "n_inputs", "dead_inputs",
                     "bound_share", *(["optimality"] if found["version"] == VERSION else [])):
            yield f"{name} of layer {l}", a[name], b[name]


def read_certificate(path: StrPath) -> tuple[MLP, MLP, dict[str, Any]]:
    """The two nets and the claims of a certificate.

    Returns
    -------
    net, pruned : MLP
    claims : dict

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no certificate; the message names the file.
    """
    arrays = read_npz(path)
    if "certificate" not in arrays:
        raise ValueError(f"{path}: it is no certificate; Certificate.save writes one, and a net is read by MLP.load")
    text = str(take(path, arrays, "certificate", "U", ()))
    nets = [MLP._from_file(path, {name.removeprefix(prefix): a for name, a in arrays.items()
                                  if name.startswith(prefix)}) for prefix in ("before_", "after_")]
    try:
        claims = json.loads(text)
        _check_claims(claims, len(nets[0].weights))
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        problem = f"{error} is missing" if isinstance(error, KeyError) else str(error)[:100]
        raise ValueError(f"{path}: no certificate ({problem})") from None
    return *nets, claims


def _check_claims(claims: dict[str, Any], n_layers: int) -> None:
    """Raise an error unless the claims have every figure, as a number, for every layer."""
    if len(claims["layers"]) != n_layers:
        raise ValueError(f"{len(claims['layers'])} layers are certified, but the net has {n_layers}")
    if not isinstance(claims["method"], str):
        raise TypeError(f"the method is {claims['method']!r:.20}, not a text")
    version = claims.get("version", 1)
    if version not in (1, VERSION):
        raise ValueError(f"its version is {version!r:.20}; this nnprune reads 1 and {VERSION}, so take a newer one")
    figures = [(claims, name) for name in ("n_samples", "output_error", "bound", *["damping"][version == 1:])]
    names = [field.name for field in fields(LayerCertificate)] + ["lambda_"][version != 1:]
    figures += [(layer, name) for layer in claims["layers"] for name in names]
    for holder, name in figures:
        if type(holder[name]) not in (int, float):  # isinstance would take True for a number
            raise TypeError(f"{name} is {holder[name]!r:.20}, not a number")
        float(holder[name])  # a whole number of 400 digits overflows
