"""The IDX file format, in which MNIST is handed out: arrays on disk, big-endian, often gzipped.

An IDX file is a short header and then the elements, the last index running fastest (as in C and NumPy):

    offset      size    what
    0           2       two zero bytes, the *magic* by which the format is known
    2           1       type code: what one element is, see ELEMENT_TYPES
    3           1       d, the number of dimensions
    4           4 d     the d sizes, each an unsigned big-endian integer of 4 bytes
    4 + 4 d     rest    the elements, each big-endian

MNIST's training images, for instance, begin 00 00 08 03 and then 60000, 28, 28. With d = 0 there is no size
and exactly one element; such a file is read as an array of shape (), and such an array is written so.

**A file from elsewhere may lie.** Its header may promise terabytes; 10 kB of gzip may hold 10 MB of zeros; it may
be the HTML page that a server sent in its place. Three rules keep the reader safe:

1. What the header promises is compared with what can be in the file *before* any memory is asked for. A plain
   file holds its own size; a gzip file of s bytes may hold ``files.unpacked_limit(s)``.
2. The elements are unpacked piece by piece into their final place: memory holds the array and one piece.
3. Reading stops one byte after the promised end: enough to see that a file is too long, whatever follows.

Whatever is wrong ends in one ``IdxError`` that names the file, what was expected, what was found and what to
do. Damaged files of every kind lie in ``tests/corpus``.

Reference: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database", section "File formats".
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import math
import os
import struct
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from .._util.checks import warn
from .._util.files import DEFLATE_RATIO, atomic_write, fill, open_regular, unpacked_limit
from .._util.types import StrPath

# The format's six type codes. 0x0A is not used by it.
ELEMENT_TYPES = {0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}
TYPE_CODES = {name: code for code, name in ELEMENT_TYPES.items()}
LARGEST_SIZE = 2**32 - 1  # a size has 4 bytes
GZIP_MAGIC = b"\x1f\x8b"  # the first two bytes of every gzip file (RFC 1952)
AGAIN = "download or copy it again"  # the remedy for a file that was damaged on its way


class IdxError(ValueError):
    """A file that is not a sound IDX file, or an array that the format cannot hold."""


def read_idx(path: StrPath) -> npt.NDArray[Any]:
    """Read an IDX file, plain or gzipped; which of the two is seen from its content, not from its name.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    ndarray of the file's shape
        In the host's byte order, writeable. Its type is one of ``ELEMENT_TYPES``.

    Raises
    ------
    IdxError
        If the file is empty, cut short, too long, damaged, gzipped twice, of an unknown element type, or not
        IDX at all.
    OSError
        If there is no such file (FileNotFoundError), it is a folder (IsADirectoryError) or may not be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_idx(f"{folder}/labels.gz", np.array([5, 0, 4], dtype=np.uint8))
    ...     read_idx(f"{folder}/labels.gz")
    array([5, 0, 4], dtype=uint8)
    """
    with open_regular(path, idx_error) as file:
        return _read_stream(file, os.fstat(file.fileno()).st_size, path)


def read_first_sound(paths: Sequence[Path],
                     check: Callable[[npt.NDArray[Any], Path], object]) -> tuple[npt.NDArray[Any], Path]:
    """The array of the first of several copies of a file that is sound and passes ``check``, and that copy's path.

    A damaged copy before it (a plain file cut short beside a sound .gz, say) is named in a warning; if all of them are
    damaged, the first one's error is raised. That a sound one after it holds something else is said, too.
    """
    errors: list[ValueError | OSError] = []
    for path in paths:
        try:
            array = read_idx(path)
            check(array, path)
        except (ValueError, OSError) as error:
            errors.append(error)
            continue
        for problem, damaged in zip(errors, paths):
            warn(f"{problem}. {path.name} beside it is sound and was read instead: delete {damaged}")
        for other in paths[len(errors) + 1:]:
            with suppress(ValueError, OSError):
                if not np.array_equal(read_idx(other), array):
                    warn(f"{path} and {other.name} beside it are sound and differ: {path.name} was read; delete the "
                         f"one that is not meant")
        return array, path
    raise errors[0]


def parse_idx(raw: bytes, name: str = "the bytes") -> npt.NDArray[Any]:
    """Turn the bytes of an IDX file, plain or gzipped, into an array.

    Parameters
    ----------
    raw : bytes
        The whole file.
    name : str
        What error messages call it.

    Returns
    -------
    ndarray
        As from ``read_idx``.

    Raises
    ------
    IdxError
        As from ``read_idx``.

    Examples
    --------
    >>> parse_idx(bytes.fromhex("00000b01 00000002 0001 fffe"))
    array([ 1, -2], dtype=int16)
    """
    return _read_stream(io.BytesIO(raw), len(raw), name)


def _read_stream(file: BinaryIO, size: int, name: object) -> npt.NDArray[Any]:
    """The array in ``file``, open at its start and ``size`` bytes long; it is closed afterwards."""
    gzipped = file.read(2) == GZIP_MAGIC
    file.seek(0)
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") if gzipped else file as stream:
            dtype, shape = _read_header(stream, name)
            _check_promise(dtype, shape, size, gzipped, name)
            return _read_elements(stream, dtype, shape, name)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise idx_error(name, "an undamaged gzip file", f"a damaged one ({error})", AGAIN) from error


def _read_header(stream: Any, name: object) -> tuple[np.dtype[Any], tuple[int, ...]]:
    """The big-endian element type and the shape."""
    head = stream.read(4)
    problem, remedy = _what_else(head)
    if problem:
        raise idx_error(name, "an IDX file, which begins with the bytes 00 00", problem, remedy)
    code, n_dims = head[2], head[3]
    if code not in ELEMENT_TYPES:
        known = ", ".join(f"0x{known:02X}" for known in ELEMENT_TYPES)
        raise idx_error(name, f"one of the type codes {known}", f"0x{code:02X}", "is it the right file?")
    sizes = stream.read(4 * n_dims)
    if len(sizes) < 4 * n_dims:
        raise idx_error(name, f"a header of {4 + 4 * n_dims} bytes", f"only {4 + len(sizes)} bytes", AGAIN)
    return np.dtype(ELEMENT_TYPES[code]).newbyteorder(">"), struct.unpack(f">{n_dims}I", sizes)


def _what_else(head: bytes) -> tuple[str, str]:
    """What a file with these first four bytes is if it is not IDX, and what to do; "" if it may be IDX."""
    if not head:
        return "nothing: it is empty", AGAIN
    if head[:2] == GZIP_MAGIC:
        return "gzip within gzip: it was compressed twice", "unpack it once, with gunzip"
    if head[:1] == b"<":
        return ("an HTML or XML page, perhaps the answer to a failed download",
                "read it in a browser, then download the file again")
    if head[:2] != b"\0\0"[: len(head)]:
        text = f" ({head.decode()!r})" if head.isalnum() else ""  # isalnum knows ASCII only
        return f"the bytes {head.hex(' ')}{text}", "is it the right file?"
    return (f"only {len(head)} bytes", AGAIN) if len(head) < 4 else ("", "")


def _check_promise(dtype: np.dtype[Any], shape: tuple[int, ...], size: int, gzipped: bool, name: object) -> None:
    """Raise IdxError if a file of ``size`` bytes cannot hold these elements, or would swell like a bomb."""
    n_bytes = math.prod(shape) * dtype.itemsize  # Python's integers do not wrap around
    header = 4 + 4 * len(shape)
    room = size * DEFLATE_RATIO if gzipped else size  # no more than this can come out of the file
    if header + n_bytes > room:
        raise idx_error(name, _promise(dtype, shape), f"no more than {max(room - header, 0)}", AGAIN)
    if gzipped and header + n_bytes > unpacked_limit(size):
        raise idx_error(name, f"at most {unpacked_limit(size)} bytes from so small a gzip file",
                        f"{n_bytes}, by its header: it may be a gzip bomb", "if you trust it, unpack it with gunzip")


def _promise(dtype: np.dtype[Any], shape: tuple[int, ...]) -> str:
    """What the header says, for a message."""
    n_bytes = math.prod(shape) * dtype.itemsize
    return f"{_amount(n_bytes)} bytes of elements, as its header says ({_describe(dtype, shape)})"


def _read_elements(stream: Any, dtype: np.dtype[Any], shape: tuple[int, ...], name: object) -> npt.NDArray[Any]:
    """The array itself, of ``shape``, in native byte order."""
    try:
        flat = np.empty(math.prod(shape), dtype)
    except MemoryError as error:
        raise idx_error(name, "an array that fits into memory", _describe(dtype, shape)) from error
    n_read = fill(flat.view(np.uint8), stream)
    if n_read < flat.nbytes:
        raise idx_error(name, _promise(dtype, shape), f"only {n_read}", AGAIN)
    if stream.read(1):  # at the end of a gzip file this also makes Python compare its check sum
        raise idx_error(name, _promise(dtype, shape), "more bytes after them", AGAIN)
    if not dtype.isnative:
        flat = flat.byteswap(inplace=True).view(dtype.newbyteorder("="))
    try:
        return flat.reshape(shape)
    except ValueError as error:
        raise idx_error(name, "dimensions that NumPy can hold", _describe(dtype, shape)) from error


def _describe(dtype: np.dtype[Any], shape: tuple[int, ...]) -> str:
    """Type and shape for a message; 255 sizes are legal, but nobody would read them."""
    return f"{dtype.name} {shape}" if len(shape) <= 8 else f"{dtype.name} in {len(shape)} dimensions"


def _amount(n: int) -> str:
    """A number for a message; 255 sizes can make one of 2,400 digits."""
    return str(n) if n < 10**18 else "more than 10^18"


def idx_error(name: object, expected: str, found: str, remedy: str = "") -> IdxError:
    """The one form of every complaint about a file."""
    return IdxError(f"{name}: expected {expected}, found {found}" + (f"; {remedy}" if remedy else ""))


def write_idx(path: StrPath, array: npt.ArrayLike) -> None:
    """Write an array as an IDX file, gzipped if the name ends in ``.gz``; the file is whole or not there.

    The same array gives the same bytes on every day (no time stamp is written into the gzip header).

    Parameters
    ----------
    path : str or os.PathLike
        The file to write.
    array : array_like of any shape
        Of one of the ``ELEMENT_TYPES``, in any byte order; nothing is converted silently.

    Raises
    ------
    IdxError
        If the format has no such element type or the array is too large for it.
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> write_idx("counts", np.array([1, 2], dtype=np.int64))  # choose a type that the format has
    Traceback (most recent call last):
    nnprune.datasets.idx.IdxError: expected one of uint8, int8, int16, int32, float32, float64, found int64
    """
    array = np.asarray(array)
    header = _header(array)
    elements = _elements(array)
    with atomic_write(path) as file:
        out: Any = contextlib.nullcontext(file)
        if Path(path).suffix == ".gz":
            out = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
        with out as stream:
            stream.write(header)
            stream.write(elements)


def idx_sha256(array: npt.NDArray[Any]) -> str:
    """The SHA-256 of the uncompressed IDX file that holds ``array``, by which a copy of MNIST is recognised.

    Parameters
    ----------
    array : ndarray
        Of one of the ``ELEMENT_TYPES``.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    IdxError
        As from ``write_idx``.

    Examples
    --------
    >>> idx_sha256(np.array([5, 0, 4], dtype=np.uint8))[:16]
    'd229e0bc81fa2cb9'
    """
    digest = hashlib.sha256(_header(array))
    digest.update(_elements(array).data)
    return digest.hexdigest()


def _header(array: npt.NDArray[Any]) -> bytes:
    """The header of the IDX file that holds ``array``: 4 + 4 * array.ndim bytes."""
    if array.dtype.name not in TYPE_CODES:
        raise IdxError(f"expected one of {', '.join(TYPE_CODES)}, found {array.dtype.name}")
    if max(array.shape, default=0) > LARGEST_SIZE:
        raise IdxError(f"expected sizes of at most {LARGEST_SIZE}, found shape {array.shape}")
    return struct.pack(f">HBB{array.ndim}I", 0, TYPE_CODES[array.dtype.name], array.ndim, *array.shape)


def _elements(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The elements as the file holds them, big-endian in C order, as a flat uint8 array."""
    return np.asarray(array, dtype=array.dtype.newbyteorder(">")).reshape(-1).view(np.uint8)
