"""The record as text that a script in a page can read: JSON, and in it the long arrays as base64.

    kept        places of the weights that a net has left, all layers end to end                   (k,)
    images      a bit for every pixel that is not 0, row after row of digits, then these pixels    uint8
    dense       the weights, all layers end to end, then the biases                                float16
    gone        the level at which each weight is first pruned; 255: never                         uint8
    alive       of every level, which pixels and units (hidden ones and outputs) are left          uint8
    weights     of every level but the first, the kept weights in the order of their places,
                then the biases                                                                    float16
    costs       the upper half of a float32: 8 bits of precision over its whole range              uint16

``gone`` is of a method that removes weights, where what is pruned stays pruned; ``alive`` is of units. ``weights`` only
of a method that compensates. For 784-40-20-10 and 1,000 digits all this is 2.1 MB, of which ``weights`` are 0.4 MB for
each of three methods, and the digits 0.3 MB.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.types import FloatArray
from .._util.web_page import base64_of
from ..nn.mlp import MLP
from .record import LEVELS, Pruned, Record

NEVER = 255


def packed(record: Record) -> dict[str, Any]:
    """The record as JSON can hold it."""
    net, n = record.net, len(record.labels)
    ink = record.images > 0
    images = np.concatenate([np.packbits(ink), record.images[ink]])
    return {"sizes": net.sizes, "activation": net.activation, "levels": LEVELS, "n": n,
            "images": base64_of(images, "u1"), "labels": base64_of(record.labels, "u1"),
            "dense": base64_of(np.concatenate([flat(net.weights), flat(net.biases)]), "f2"),
            "methods": [_method(m) for m in record.methods]}


def flat(arrays: Any) -> FloatArray:
    """Arrays of a net, one a layer, end to end."""
    return np.concatenate([a.ravel() for a in arrays])


def _method(m: Pruned) -> dict[str, Any]:
    """A method."""
    masks = np.array([flat(net.masks) for net in m.nets])
    found: dict[str, Any] = {"key": m.key, "label": m.label, "color": m.color, "marker": m.marker, "text": m.text,
                             "correct": m.correct, "kept": masks.sum(axis=1).tolist()}
    if m.costs is not None:
        found["gone"] = base64_of(np.where(masks[-1], NEVER, (~masks).argmax(axis=0)), "u1")
        found["costs"] = base64_of(upper_half(flat(m.costs)), "u2")
    else:
        found["alive"] = base64_of(np.concatenate([_alive(net) for net in m.nets]), "u1")
        found["costs"] = base64_of(upper_half(flat(m.unit_costs)), "u2")
    if m.compensates:
        found["weights"] = base64_of(np.concatenate([_stored(net) for net in m.nets[1:]]), "f2")
    return found


def _stored(net: MLP) -> FloatArray:
    """The kept weights in order, then all biases."""
    return np.concatenate([flat(net.weights)[flat(net.masks)], flat(net.biases)])


def _alive(net: MLP) -> npt.NDArray[np.bool_]:
    """Which pixels, hidden units and outputs are left: those with a weight; outputs all are."""
    units = [mask.any(axis=0) for mask in net.masks]
    return np.concatenate([*units, np.ones(net.sizes[-1], bool)])


def upper_half(values: npt.ArrayLike) -> npt.NDArray[np.uint16]:
    """The first 16 bits of each number's float32, rounded.

    Examples
    --------
    >>> upper_half([1.0, 0.3]).tolist(), (np.array([0x3f80, 0x3e9a], np.uint32) << 16).view(np.float32).tolist()
    ([16256, 16026], [1.0, 0.30078125])
    """
    bits = np.asarray(values, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x8000) >> 16).astype(np.uint16)
