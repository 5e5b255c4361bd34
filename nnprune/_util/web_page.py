"""A page put together: a template, styles, scripts and data in one HTML file that needs nothing else.

A page has a folder ``page/`` in its room, with ``page.html``, ``page.css`` and its scripts; ``_util/page/tools.js`` is
what all pages use. Numbers are in the file as base64 of little-endian binary numbers: a few characters each, and the
browser has them in a typed array at once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import __version__


def base64_of(values: npt.ArrayLike, dtype: str) -> str:
    """The numbers as base64 of ``dtype``, little-endian.

    Examples
    --------
    >>> base64_of([1, 2], "u2")
    'AQACAA=='
    """
    return base64.b64encode(np.asarray(values).astype(np.dtype(dtype).newbyteorder("<")).tobytes()).decode()


def script_text(data: Any) -> str:
    """JSON that may stand inside a <script> element: no "<" that could end it.

    Examples
    --------
    >>> script_text({"a": "</script>"})
    '{"a":"\\\\u003c/script>"}'
    """
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def filled_page(room: str, scripts: Sequence[str], parts: Mapping[str, str]) -> str:
    """The page of a room, with everything in its place.

    Parameters
    ----------
    room : str
        The package that has the folder ``page``.
    scripts : sequence of str
        Files of it, in the order in which they need each other; they come after ``tools.js``.
    parts : mapping
        What stands at the marks ``{{name}}`` of ``page.html``, beside ``style``, ``script`` and ``version``.
    """
    def text(package: str, name: str) -> str:
        return (resources.files(package) / "page" / name).read_text(encoding="utf-8")

    script = "\n".join([text("nnprune._util", "tools.js"), *(text(room, name) for name in scripts)])
    found = {"style": text(room, "page.css"), "script": script, "version": __version__, **parts}
    # The template is cut at its marks, so that nothing in the data can be taken for one.
    first, *pieces = text(room, "page.html").split("{{")
    return first + "".join(found[name] + rest for name, rest in (piece.split("}}", 1) for piece in pieces))
