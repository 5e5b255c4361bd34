"""When and with what a run was made: date, versions, memory, and the data by their check sum."""

from __future__ import annotations

import datetime
import importlib.metadata
import platform
import sys
import zlib

import numpy as np

from . import __version__


def now():
    """Date and time here, to the second, as text."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


def versions():
    """What a run was made with: a dict from name to version."""
    packages = {name: importlib.metadata.version(name) for name in ("numpy", "scipy", "matplotlib")}
    return {"nnprune": __version__, "python": platform.python_version(), **packages}


def peak_memory_mb():
    """The most resident memory that this process has had, in MB; None on systems that do not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, KiB here


def data_identity(data):
    """A data set's name and a check sum of its numbers, so that two sets of one name are told apart.

    Examples
    --------
    >>> from .monks import make_xor
    >>> data_identity(make_xor())
    'xor, crc32 8a0a5388'
    """
    crc = 0
    for a in (data.x_train, data.y_train, data.x_test, data.y_test):
        crc = zlib.crc32(np.ascontiguousarray(a), crc)
    return f"{data.name}, crc32 {crc:08x}"
