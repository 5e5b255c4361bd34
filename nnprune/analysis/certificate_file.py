"""A certificate: its figures, how it prints, and its file, one ``.npz`` with the net before and the net after.

What the figures mean and how they are measured stands in ``certificate``.

    array          meaning                                                           shape
    certificate    the claims, as JSON text                                          ()
    before_...     the arrays of the unpruned net, as ``netfile`` names them
    after_...      the arrays of the pruned net
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

import numpy as np

from ..nn.mlp import MLP
from ..nn.npz_reader import read_npz
from ..nn.saving import net_arrays, take, write_arrays


@dataclass(frozen=True)
class LayerCertificate:
    """What holds for one layer; the terms are explained in ``certificate``.

    Attributes
    ----------
    layer, n_weights, n_removed : int
        Biases counted as weights.
    predicted, measured, damping_part, unexplained : float
        predicted = measured + damping_part + unexplained.
    optimality : float
        The optimality residual, relative.
    n_inputs, dead_inputs, rank : int
        Of the undamped Hessian, the bias counted as an input.
    lambda_, condition : float
        The damping, and the condition of the damped Hessian on the live inputs.
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
    lambda_: float
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
    """

    method: str
    n_samples: int
    layers: tuple
    output_error: float
    bound: float

    def __str__(self):
        head = (f"certificate: {self.method}, {self.n_samples:,} samples\n"
                "layer  removed        predicted E   measured E    damping's     unexplained   optimality  "
                "rank     dead  condition")
        rows = [f"{c.layer:5d}  {c.n_removed:7d}/{c.n_weights:<7d}{c.predicted:<13.6g} {c.measured:<13.6g} "
                f"{c.damping_part:<13.3g} {c.unexplained:<13.2g} {c.optimality:<10.1e}  "
                f"{c.rank:3d}/{c.n_inputs:<5d}{c.dead_inputs:4d}  {c.condition:.2g}" for c in self.layers]
        shares = " + ".join(f"{c.bound_share:.4g}" for c in self.layers)
        return "\n".join([head, *rows, f"output error {self.output_error:.4g} <= {self.bound:.4g} = {shares} "
                          f"(Theorem 3.2, {self.bound / max(self.output_error, 1e-300):.3g} times the error)"])

    def to_json(self):
        """The certificate as JSON text."""
        return json.dumps(asdict(self), indent=1)

    def save(self, path, net, pruned):
        """Write the two nets and this certificate to ``path`` (.npz), for ``check_certificate``."""
        arrays = {"certificate": np.array(self.to_json())}
        for prefix, one in (("before_", net), ("after_", pruned)):
            arrays |= {prefix + name: a for name, a in net_arrays(one).items()}
        write_arrays(path, arrays)


def read_certificate(path):
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


def _check_claims(claims, n_layers):
    """Raise an error unless the claims have every figure, as a number, for every layer."""
    if len(claims["layers"]) != n_layers:
        raise ValueError(f"{len(claims['layers'])} layers are certified, but the net has {n_layers}")
    if not isinstance(claims["method"], str):
        raise TypeError(f"the method is {claims['method']!r:.20}, not a text")
    figures = [(claims, name) for name in ("n_samples", "output_error", "bound")]
    figures += [(layer, field.name) for layer in claims["layers"] for field in fields(LayerCertificate)]
    for holder, name in figures:
        if type(holder[name]) not in (int, float):  # isinstance would take True for a number
            raise TypeError(f"{name} is {holder[name]!r:.20}, not a number")
        float(holder[name])  # a whole number of 400 digits overflows
