"""A certificate on disk: the net before, the net after, and what is claimed of them, in one ``.npz``.

    array          meaning                                                           shape
    certificate    the claims, as JSON text                                          ()
    before_...     the arrays of the unpruned net, as ``netfile`` names them
    after_...      the arrays of the pruned net
"""

from __future__ import annotations

import json

import numpy as np

from .mlp import MLP
from .netfile import net_arrays, read_arrays, take, write_arrays


def write_certificate(path, net, pruned, claims):
    """Write both nets and the JSON text ``claims`` to ``path``, whole or not at all."""
    arrays = {"certificate": np.array(claims)}
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
    arrays = read_arrays(path)
    text = str(take(path, arrays, "certificate", "U", ()))
    nets = [MLP._from_file(path, {name.removeprefix(prefix): a for name, a in arrays.items()
                                  if name.startswith(prefix)}) for prefix in ("before_", "after_")]
    try:
        claims = json.loads(text)
        if len(claims["layers"]) != len(nets[0].weights):
            raise ValueError(f"{len(claims['layers'])} layers are certified, but the net has {len(nets[0].weights)}")
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: no certificate ({error})") from None
    return *nets, claims
