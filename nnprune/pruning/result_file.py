"""A result on disk: one ``.npz`` of plain arrays, no pickle; ``PruneResult.save`` and ``load`` are the way to it.

    array        meaning                                                          shape
    format       "nnprune result 1"                                               ()
    removed      layer, unit and input of every removal, in order                 (k, 3)
    costs        what each was predicted to cost                                  (k,)
    rest         all else of the result as JSON: its class, method, layers, ...   ()
    net_...      the arrays of the pruned net, as ``nn.saving`` names them

What a field may be is read off the dataclasses, so that a new field of a result needs no line here. A file is not to be
trusted: ``_util.npz_reader`` reads it, and what is in it is checked against itself.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import is_net
from .._util.npz_reader import read_npz, short
from ..nn.mlp import MLP
from ..nn.saving import check_format, net_arrays, take, write_arrays
from .lobs_exact import LayerReport
from .obs import OBSResult
from .result import PruneResult

FORMAT = "nnprune result 1"
ARRAYS = {"net", "removed", "costs"}  # fields that are no JSON
CLASSES: dict[str, type[PruneResult]] = {"PruneResult": PruneResult, "OBSResult": OBSResult}
# What a field of JSON may be, by its annotation.
TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (float, int), "str": (str,), "bool": (bool,),
                                      "float | None": (float, int, type(None))}


def write_result(path: str | os.PathLike[str], result: PruneResult) -> None:
    """Write a result to ``path``, whole or not at all; ValueError if it is of no kind that can be read again."""
    kind = type(result).__name__
    if CLASSES.get(kind) is not type(result) or not all(isinstance(layer, LayerReport) for layer in result.layers):
        raise ValueError(f"a {kind} with such layers cannot be saved; those that can: {', '.join(CLASSES)}, with "
                         f"layers of LayerReport; result.net.save keeps the net")
    rest = {"class": kind, **{f.name: getattr(result, f.name) for f in fields(result) if f.name not in ARRAYS},
            "layers": [asdict(layer) for layer in result.layers]}
    arrays = {"format": np.array(FORMAT), "removed": np.asarray(result.removed, np.int64).reshape(-1, 3),
              "costs": np.asarray(result.costs, np.float64), "rest": np.array(json.dumps(rest, default=_plain))}
    arrays |= {f"net_{name}": a for name, a in net_arrays(is_net(result.net, "the net of the result")).items()}
    write_arrays(path, arrays)


def _plain(value: Any) -> Any:
    """A scalar of NumPy as Python's, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    raise ValueError(f"a {type(value).__name__} in a result cannot be saved")


def read_result(path: str | os.PathLike[str]) -> PruneResult:
    """The result that ``write_result`` wrote to ``path``.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is no saved result, of a later version, cut off, or contradicts itself; the message names the file.
    """
    arrays = read_npz(path, "saved result")
    check_format(path, arrays, FORMAT)
    net = MLP._from_file(path, {name.removeprefix("net_"): arrays.pop(name) for name in list(arrays)
                                if name.startswith("net_")})
    text = str(take(path, arrays, "rest", "U", ()))
    k = len(np.atleast_1d(arrays.get("costs", ())))
    removed, costs = take(path, arrays, "removed", "i", (k, 3)), take(path, arrays, "costs", "f", (k,))
    if arrays:
        raise ValueError(f"{path}: no array {short(sorted(arrays)[0])} belongs in a saved result")
    try:
        _check_removed(net, removed, costs)
        rest = json.loads(text)
        kind = CLASSES[rest.pop("class")]
        layers = tuple(_made(LayerReport, layer) for layer in rest.pop("layers"))
        return _made(kind, rest, net=net, removed=removed, costs=costs, layers=layers)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{path}: no sound saved result: {str(error)[:200]}; save it again") from None


def _check_removed(net: MLP, removed: npt.NDArray[Any], costs: npt.NDArray[Any]) -> None:
    """Raise ValueError unless each removal names, once, a weight or bias that the net says is pruned."""
    if np.isnan(costs).any():
        raise ValueError("a cost is NaN")
    if len(np.unique(removed, axis=0)) < len(removed):
        raise ValueError("a weight is removed twice")
    for layer, unit, column in removed.tolist():
        inside = 0 <= layer < len(net.weights) and 0 <= unit < net.sizes[layer + 1] and 0 <= column <= net.sizes[layer]
        masks = net.bias_masks[layer] if inside and column == net.sizes[layer] else None
        if not inside or (column == net.sizes[layer] and masks is None):
            raise ValueError(f"the net has no weight at layer {layer}, unit {unit}, input {column}")
        if net.masks[layer][unit, column] if masks is None else masks[unit]:
            raise ValueError(f"layer {layer}, unit {unit}, input {column} was removed, but the net's mask keeps it")


def _made(cls: Any, values: dict[str, Any], **known: Any) -> Any:
    """A dataclass from what JSON holds of it, each value of its field's type, and from what is ``known``."""
    wanted = {f.name: str(f.type) for f in fields(cls) if f.name not in known}
    if set(values) != set(wanted):
        raise ValueError(f"a {cls.__name__} has the fields {', '.join(wanted)}, but "
                         f"{', '.join(values)[:80]} were found")
    for name, value in values.items():
        if not isinstance(value, TYPES[wanted[name]]) or (isinstance(value, bool) and wanted[name] != "bool"):
            raise ValueError(f"{name} must be of type {wanted[name]}, but it is {value!r:.40}")
    return cls(**values, **known)
