"""Reading an IDX file that is not to be trusted: the part of ``idx`` that does the work.

A file from elsewhere may lie. Its header may promise terabytes; 10 kB of gzip may hold 10 MB of zeros; it may
be the HTML page that a server sent in its place. Three rules keep the reader safe:

1. What the header promises is compared with what can be in the file *before* any memory is asked for. A plain
   file holds its own size; a gzip file of s bytes holds at most GZIP_RATIO * s.
2. The elements are unpacked piece by piece into their final place: memory holds the array and one piece.
3. Reading stops one byte after the promised end: enough to see that a file is too long, whatever follows.

Whatever is wrong ends in one ``IdxError`` that names the file, what was expected and what was found. The
layout of the format stands in ``idx``.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib

import numpy as np

# The format's six type codes. 0x0A is not used by it.
ELEMENT_TYPES = {0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}

GZIP_MAGIC = b"\x1f\x8b"  # the first two bytes of every gzip file (RFC 1952)
# The most that one byte of gzip can stand for: the longest copy, 258 bytes, takes at least 2 bits (RFC 1951).
GZIP_RATIO = 258 * 8 // 2
CHUNK = 2**20  # bytes unpacked at a time: large enough to be fast, small beside the array


class IdxError(ValueError):
    """A file that is not a sound IDX file, or an array that the format cannot hold."""


def read_stream(file, size, name):
    """The array in an open IDX file, plain or gzipped.

    Parameters
    ----------
    file : seekable binary file object
        At its start. It is closed afterwards.
    size : int
        Its length in bytes.
    name : str or os.PathLike
        What error messages call it.

    Returns
    -------
    ndarray of the file's shape
        In the host's byte order, writeable.

    Raises
    ------
    IdxError
        If anything is wrong with the file.

    Examples
    --------
    >>> import io
    >>> read_stream(io.BytesIO(bytes.fromhex("00000801 00000002 0709")), 10, "two bytes")
    array([7, 9], dtype=uint8)
    """
    gzipped = file.read(2) == GZIP_MAGIC
    file.seek(0)
    most = size * GZIP_RATIO if gzipped else size  # no more than this can come out of the file
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") if gzipped else file as stream:
            dtype, shape = _read_header(stream, name)
            return _read_elements(stream, dtype, shape, most, name)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise idx_error(name, "an undamaged gzip file", f"a damaged one ({error})") from error


def _read_header(stream, name):
    """The big-endian element type and the shape."""
    head = stream.read(4)
    problem = _what_else(head)
    if problem:
        raise idx_error(name, "an IDX file, which begins with the bytes 00 00", problem)
    code, n_dims = head[2], head[3]
    if code not in ELEMENT_TYPES:
        known = ", ".join(f"0x{known:02X}" for known in ELEMENT_TYPES)
        raise idx_error(name, f"one of the type codes {known}", f"0x{code:02X}")
    sizes = stream.read(4 * n_dims)
    if len(sizes) < 4 * n_dims:
        raise idx_error(name, f"a header of {4 + 4 * n_dims} bytes", f"only {4 + len(sizes)} bytes")
    return np.dtype(ELEMENT_TYPES[code]).newbyteorder(">"), struct.unpack(f">{n_dims}I", sizes)


def _what_else(head):
    """What a file with these first four bytes is if it is not IDX; an empty string if it may be IDX."""
    if not head:
        return "nothing: it is empty"
    if head[:2] == GZIP_MAGIC:
        return "gzip within gzip: it was compressed twice"
    if head[:1] == b"<":
        return "an HTML or XML page, perhaps the answer to a failed download"
    if head[:2] != b"\0\0"[: len(head)]:
        return f"the bytes {head.hex(' ')}"
    return f"only {len(head)} bytes" if len(head) < 4 else ""


def _read_elements(stream, dtype, shape, most, name):
    """The array itself, of ``shape``, in native byte order; ``most`` bounds what the stream can hold."""
    n_bytes = math.prod(shape) * dtype.itemsize  # Python's integers do not wrap around
    header = 4 + 4 * len(shape)
    promised = f"{_amount(n_bytes)} bytes of elements, as its header says ({_describe(dtype, shape)})"
    if header + n_bytes > most:
        raise idx_error(name, promised, f"no more than {max(most - header, 0)}")
    flat = np.empty(n_bytes // dtype.itemsize, dtype)
    n_read = _fill(flat.view(np.uint8), stream)
    if n_read < n_bytes:
        raise idx_error(name, promised, f"only {n_read}")
    if stream.read(1):  # at the end of a gzip file this also makes Python compare its check sum
        raise idx_error(name, promised, "more bytes after them")
    if not dtype.isnative:
        flat = flat.byteswap(inplace=True).view(dtype.newbyteorder("="))
    try:
        return flat.reshape(shape)
    except ValueError as error:
        raise idx_error(name, "dimensions that NumPy can hold", _describe(dtype, shape)) from error


def _fill(buffer, stream):
    """Read into ``buffer`` (flat, uint8) until it is full or the stream ends; return how many bytes came."""
    n_read = 0
    while n_read < len(buffer):
        n_new = stream.readinto(buffer[n_read : n_read + CHUNK])
        if not n_new:
            break
        n_read += n_new
    return n_read


def _describe(dtype, shape):
    """Type and shape for a message; 255 sizes are legal, but nobody would read them."""
    return f"{dtype.name} {shape}" if len(shape) <= 8 else f"{dtype.name} in {len(shape)} dimensions"


def _amount(n):
    """A number for a message; 255 sizes can make one of 2,400 digits."""
    return str(n) if n < 10**18 else "more than 10^18"


def idx_error(name, expected, found):
    """The one form of every complaint about a file."""
    return IdxError(f"{name}: expected {expected}, found {found}")
