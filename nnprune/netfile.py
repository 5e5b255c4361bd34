"""A net on disk: one ``.npz`` of plain arrays, no pickle.

    array                    meaning                                          shape
    format                   "nnprune net 1"                                  ()
    activation, loss         names                                            ()
    weights_l, masks_l       of layer l = 0, 1, ...                           (n_out, n_in)
    biases_l, bias_masks_l   absent where the layer has no biases             (n_out,)

An .npz is a zip of .npy files, which NumPy, and anyone with the format's two-page description, can read. Pickle
is refused both ways, since loading a pickle may run any code that its author put there.
"""

from __future__ import annotations

import zipfile
import zlib

import numpy as np

from .files import atomic_write

FORMAT = "nnprune net 1"


def write_net(path, net):
    """Write ``net`` to ``path``, whole or not at all; the name is taken as it is."""
    arrays = {"format": FORMAT, "activation": net.activation, "loss": net.loss_name}
    for l in range(len(net.weights)):
        arrays |= {f"weights_{l}": net.weights[l], f"masks_{l}": net.masks[l]}
        if net.biases[l] is not None:
            arrays |= {f"biases_{l}": net.biases[l], f"bias_masks_{l}": net.bias_masks[l]}
    with atomic_write(path) as f:
        np.savez_compressed(f, **arrays)


def read_net(path):
    """The arrays of a saved net, checked against each other.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    dict
        ``activation`` and ``loss`` (str); ``weights``, ``masks``, ``biases``, ``bias_masks`` (lists with one
        entry a layer; the last two hold None where a layer has no biases).

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If it is no saved net, arrays are missing or of the wrong type or shape, or a weight that its mask calls
        pruned is not 0.
    """
    arrays = _read_arrays(path)
    parts = {name: str(_take(path, arrays, name, "U", ())) for name in ("activation", "loss")}
    parts |= {"weights": [], "masks": [], "biases": [], "bias_masks": []}
    l = 0
    while f"weights_{l}" in arrays or l == 0:
        _read_layer(path, arrays, l, parts)
        l += 1
    if arrays:
        raise ValueError(f"{path}: no array {sorted(arrays)[0]!r} belongs in a net of {l} layers")
    return parts


def _read_arrays(path):
    """All arrays of the file by name, its format already checked."""
    with open(path, "rb") as raw:
        if not zipfile.is_zipfile(raw):
            raise ValueError(f"{path}: no saved net: an .npz file is a zip archive, and this is none")
        try:
            with np.load(raw, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
            raise ValueError(f"{path}: no saved net ({error})") from None
    if str(_take(path, arrays, "format", "U", ())) != FORMAT:
        raise ValueError(f"{path}: no saved net of this version; its format should be {FORMAT!r}")
    return arrays


def _take(path, arrays, name, kind, shape):
    """Take the array ``name`` out of ``arrays`` after a look at its kind and shape (None: any matrix)."""
    if name not in arrays:
        raise ValueError(f"{path}: the array {name!r} is missing: it is no saved net, or not all of one")
    a = arrays.pop(name)
    if a.dtype.kind != kind or (a.ndim != 2 if shape is None else a.shape != shape):
        raise ValueError(f"{path}: the array {name!r} has dtype {a.dtype} and shape {a.shape}, "
                         f"which does not fit the others")
    return a


def _read_layer(path, arrays, l, parts):
    """Move the arrays of layer ``l`` from ``arrays`` to ``parts``."""
    W = _take(path, arrays, f"weights_{l}", "f", None)
    mask = _take(path, arrays, f"masks_{l}", "b", W.shape)
    b = bias_mask = None
    if f"biases_{l}" in arrays:
        b = _take(path, arrays, f"biases_{l}", "f", W.shape[:1])
        bias_mask = _take(path, arrays, f"bias_masks_{l}", "b", b.shape)
    for values, kept in ((W, mask), (b, bias_mask)):
        if values is not None and values[~kept].any():
            raise ValueError(f"{path}: layer {l} has weights that are not 0 where the mask says pruned")
    for name, a in zip(("weights", "masks", "biases", "bias_masks"), (W, mask, b, bias_mask)):
        parts[name].append(a)
