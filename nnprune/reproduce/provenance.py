"""When and with what a run was made: date, commit, versions, machine, memory, and the data by their check sum."""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import inspect
import os
import platform
import re
import sys
import zlib
from pathlib import Path

import numpy as np

from .. import __version__


def now():
    """Date and time here, to the second, as text."""
    return datetime.datetime.now().astimezone().isoformat(timespec="seconds")


def versions():
    """What a run was made with: a dict from name to version."""
    packages = {name: importlib.metadata.version(name) for name in ("numpy", "scipy", "matplotlib")}
    return {"nnprune": __version__, "python": platform.python_version(), **packages}


def machine():
    """The computer as text: cores, kind of processor, BLAS.

    Examples
    --------
    >>> "BLAS" in machine().upper()
    True
    """
    try:
        found = np.show_config("dicts")["Build Dependencies"]["blas"]
        blas = f"{found['name']} {found['version']}"
    except (TypeError, KeyError):  # NumPy before 1.26 only prints it
        blas = "a BLAS of unknown name"
    cpu = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.+)", cpu.read_text(encoding="utf-8")) if cpu.exists() else []
    kind = names[0] if names else platform.processor() or platform.machine()
    return f"{os.cpu_count()} cores of {kind}, {blas}"


def commit():
    """The commit of the checkout that the package stands in, by its first 7 digits; "" where it is none."""
    git = Path(__file__).parents[2] / ".git"
    try:
        if git.is_file():  # a second working tree: the file says where the folder is
            git = git.parent / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        common = git / (git / "commondir").read_text(encoding="utf-8").strip() if (git / "commondir").exists() else git
        name = head.removeprefix("ref: ")
        if name != head:
            packed = common / "packed-refs"
            head = (common / name).read_text(encoding="utf-8") if (common / name).exists() else next(
                line for line in packed.read_text(encoding="utf-8").splitlines() if line.endswith(f" {name}"))
    except (OSError, StopIteration):
        return ""
    return head[:7]


def peak_memory_mb():
    """The most resident memory that this process has had, in MB; None on systems that do not tell (Windows).

    Linux's ``ru_maxrss`` counts what the parent had when it started this process; VmHWM does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(encoding="ascii"), re.M)
        if found:
            return int(found[1]) / 2**10
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, KiB here


def data_identity(data):
    """A data set's name and a check sum of its numbers, so that two sets of one name can be distinguished.

    Examples
    --------
    >>> from nnprune import make_xor
    >>> data_identity(make_xor())
    'xor, crc32 8a0a5388'
    """
    crc = 0
    for a in (data.x_train, data.y_train, data.x_test, data.y_test):
        crc = zlib.crc32(np.ascontiguousarray(a), crc)
    return f"{data.name}, crc32 {crc:08x}"


def code_identity(functions):
    """A check sum of the code that figures depend on, so that results of changed code are not taken for those of now.

    Parameters
    ----------
    functions : iterable of callable
        The methods. Of one from elsewhere its file counts, or itself where it was typed in; of ours all library rooms.

    Returns
    -------
    str
    """
    package, crc = Path(__file__).parents[1], 0
    files = {path for room in ("nn", "hessian", "pruning") for path in (package / room).rglob("*.py")}
    for f in functions:
        try:
            path = Path(inspect.getsourcefile(f) or "")
            if path.is_file():
                files.add(path)
            else:
                crc = zlib.crc32(inspect.getsource(f).encode(), crc)
        except (TypeError, OSError):  # no Python function, or no text of it
            crc = zlib.crc32(repr(getattr(getattr(f, "__code__", None), "co_code", f)).encode(), crc)
    for path in sorted(files):
        crc = zlib.crc32(path.read_bytes(), crc)
    return f"crc32 {crc:08x}"


def weights_sha256(net):
    """The SHA-256 of a net's masks and parameters: two nets have the same one if they are equal bit for bit.

    Parameters
    ----------
    net : MLP

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> from nnprune import MLP
    >>> a, b = MLP((2, 3, 2), rng=0), MLP((2, 3, 2), rng=0)
    >>> weights_sha256(a) == weights_sha256(b)
    True
    >>> b.weights[0][0, 0] = np.nextafter(b.weights[0][0, 0], 1)
    >>> weights_sha256(a) == weights_sha256(b)
    False
    """
    digest = hashlib.sha256(repr((net.sizes, net.activation, net.loss_name)).encode())
    for a in (*net.weights, *net.biases, *net.masks, *net.bias_masks):
        if a is not None:
            digest.update(np.ascontiguousarray(a).astype(a.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()
