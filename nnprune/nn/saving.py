"""A net on disk: one ``.npz`` of plain arrays, no pickle.

    array                    meaning                                          shape
    format                   "nnprune net 1"                                  ()
    activation, loss         names                                            ()
    sizes                    (n_in, units of layer 0, ..., n_out)             (layers + 1,)
    with_biases              which layers have biases                         (layers,)
    weights_l, masks_l       of layer l = 0, 1, ...                           (n_out, n_in)
    biases_l, bias_masks_l   absent where the layer has no biases             (n_out,)

An .npz is a zip of .npy files, which NumPy, and anyone with the format's two-page description, can read. Pickle
is refused both ways, since loading a pickle may run any code that its author put there. ``_util.npz_reader`` takes the
arrays out of the file; here they are checked against each other.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from .._util.files import atomic_write
from .._util.npz_reader import MUCH_OF_A_NET, short

FORMAT = "nnprune net 1"
LONGEST_NAME = 40  # characters; no name of an activation or a loss is longer


def net_arrays(net: Any) -> dict[str, npt.NDArray[Any]]:
    """The arrays that a net is saved as, by name."""
    arrays = {"format": np.array(FORMAT), "activation": np.array(net.activation), "loss": np.array(net.loss_name),
              "sizes": np.array(net.sizes, np.int64), "with_biases": np.array([b is not None for b in net.biases])}
    for l in range(len(net.weights)):
        arrays |= {f"weights_{l}": net.weights[l], f"masks_{l}": net.masks[l]}
        if net.biases[l] is not None:
            arrays |= {f"biases_{l}": net.biases[l], f"bias_masks_{l}": net.bias_masks[l]}
    return arrays


def write_arrays(path: str | os.PathLike[str], arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write named arrays to ``path`` as an .npz, whole or not at all; the name is taken as it is.

    Many zeros compress a thousandfold, and beyond a size ``read_npz`` takes such a file for a bomb; so large nets
    are not compressed.
    """
    large = sum(a.nbytes for a in arrays.values()) > MUCH_OF_A_NET
    with atomic_write(path) as f:
        write_zip(f, arrays, zipfile.ZIP_STORED if large else zipfile.ZIP_DEFLATED)


def write_zip(file: IO[bytes], arrays: Mapping[str, npt.NDArray[Any]], compression: int = zipfile.ZIP_DEFLATED) -> None:
    """Write named arrays to an open file as an .npz, the bytes of ``numpy.savez``.

    NumPy 1.24's own leaves the archive open where the disk is full, and it complains when it is collected.
    """
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, a in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, a, allow_pickle=False)


def net_parts(path: str | os.PathLike[str], arrays: Mapping[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """What a net is made of, from its arrays, checked against each other.

    Parameters
    ----------
    path : str or os.PathLike
        For the messages.
    arrays : dict
        As ``net_arrays`` makes them, and nothing else.

    Returns
    -------
    dict
        ``activation`` and ``loss`` (str); ``weights``, ``masks``, ``biases``, ``bias_masks`` (lists with one
        entry a layer; the last two hold None where a layer has no biases).

    Raises
    ------
    ValueError
        If arrays are missing, strange, or of the wrong type or shape, or a weight that its mask calls pruned is
        not 0.
    """
    arrays = dict(arrays)
    if "certificate" in arrays:
        raise ValueError(f"{path}: it is a certificate, which holds two nets; check_certificate reads it")
    check_format(path, arrays, FORMAT)
    parts: dict[str, Any] = {name: str(take(path, arrays, name, "U", ()))[:LONGEST_NAME]
                             for name in ("activation", "loss")}
    n_layers = max(0, np.size(arrays.get("sizes", ())) - 1)
    sizes = take(path, arrays, "sizes", "i", (n_layers + 1,))
    if n_layers == 0 or sizes.min() < 1:
        raise ValueError(f"{path}: a net needs inputs and at least one layer of units, but its sizes are {sizes[:9]}")
    with_biases = take(path, arrays, "with_biases", "b", (n_layers,))
    parts |= {"weights": [], "masks": [], "biases": [], "bias_masks": []}
    for l, with_bias in enumerate(with_biases):
        _take_layer(path, arrays, l, (int(sizes[l + 1]), int(sizes[l])), with_bias, parts)
    if arrays:
        raise ValueError(f"{path}: no array {short(sorted(arrays)[0])} belongs in a net of {len(with_biases)} layers")
    return parts


def check_format(path: str | os.PathLike[str], arrays: dict[str, npt.NDArray[Any]], expected: str) -> None:
    """Take the array "format" of what is saved; ValueError, with the remedy, if it is another than expected."""
    found = str(take(path, arrays, "format", "U", ()))[:LONGEST_NAME]
    if found == expected:
        return
    kinds = {"net": "MLP.load", "result": "PruneResult.load", "hessian": "LayerHessian.load"}
    match, own = re.fullmatch(r"nnprune (\w+) (\d+)", found), expected.split()[1]
    if match and match[1] != own and match[1] in kinds:
        raise ValueError(f"{path}: it is a saved {match[1]}; {kinds[match[1]]} reads it")
    if match and match[1] == own:
        raise ValueError(f"{path}: it was written by a later version of nnprune, as {found!r}, and this one reads "
                         f"{expected!r}: update nnprune")
    raise ValueError(f"{path}: no saved {own} of this version; its format should be {expected!r}")


def take(path: str | os.PathLike[str], arrays: dict[str, npt.NDArray[Any]], name: str, kind: str,
         shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Take the array ``name`` out of ``arrays`` after a look at its kind and shape."""
    if name not in arrays:
        raise ValueError(f"{path}: the array {name!r} is missing: it is no saved net, or not all of one")
    a = arrays.pop(name)
    if a.dtype.kind != kind or a.shape != shape:
        raise ValueError(f"{path}: the array {name!r} has dtype {a.dtype} and shape {a.shape}, "
                         f"which does not fit the others")
    return a


def _take_layer(path: str | os.PathLike[str], arrays: dict[str, npt.NDArray[Any]], l: int, shape: tuple[int, int],
                with_bias: bool, parts: dict[str, Any]) -> None:
    """Move the arrays of layer ``l``, whose weights have this shape, from ``arrays`` to ``parts``."""
    W = take(path, arrays, f"weights_{l}", "f", shape)
    mask = take(path, arrays, f"masks_{l}", "b", shape)
    b = bias_mask = None
    if with_bias:
        b = take(path, arrays, f"biases_{l}", "f", shape[:1])
        bias_mask = take(path, arrays, f"bias_masks_{l}", "b", shape[:1])
    for values, kept in ((W, mask), (b, bias_mask)):
        if values is not None and kept is not None and values[~kept].any():
            raise ValueError(f"{path}: layer {l} has weights that are not 0 where the mask says pruned")
    for name, a in zip(("weights", "masks", "biases", "bias_masks"), (W, mask, b, bias_mask)):
        parts[name].append(a)
