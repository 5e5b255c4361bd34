"""Reading an IDX file that is not to be trusted: the part of ``idx`` that does the work.

A file from elsewhere may lie. Its header may promise terabytes; 10 kB of gzip may hold 10 MB of zeros; it may
be the HTML page that a server sent in its place. Three rules keep the reader safe:

1. What the header promises is compared with what can be in the file *before* any memory is asked for. A plain
   file holds its own size; a gzip file of s bytes may hold ``files.unpacked_limit(s)``.
2. The elements are unpacked piece by piece into their final place: memory holds the array and one piece.
3. Reading stops one byte after the promised end: enough to see that a file is too long, whatever follows.

Whatever is wrong ends in one ``IdxError`` that names the file, what was expected, what was found and what to
do. The layout of the format stands in ``idx``; damaged files of every kind lie in ``tests/corpus``.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib

import numpy as np

from .._util.files import DEFLATE_RATIO, unpacked_limit

# The format's six type codes. 0x0A is not used by it.
ELEMENT_TYPES = {0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}

GZIP_MAGIC = b"\x1f\x8b"  # the first two bytes of every gzip file (RFC 1952)
CHUNK = 2**20  # bytes unpacked at a time: large enough to be fast, small beside the array
AGAIN = "download or copy it again"  # the remedy for a file that was damaged on its way


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
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") if gzipped else file as stream:
            dtype, shape = _read_header(stream, name)
            _check_promise(dtype, shape, size, gzipped, name)
            return _read_elements(stream, dtype, shape, name)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise idx_error(name, "an undamaged gzip file", f"a damaged one ({error})", AGAIN) from error


def _read_header(stream, name):
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


def _what_else(head):
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


def _check_promise(dtype, shape, size, gzipped, name):
    """Raise IdxError if a file of ``size`` bytes cannot hold these elements, or would swell like a bomb."""
    n_bytes = math.prod(shape) * dtype.itemsize  # Python's integers do not wrap around
    header = 4 + 4 * len(shape)
    room = size * DEFLATE_RATIO if gzipped else size  # no more than this can come out of the file
    if header + n_bytes > room:
        raise idx_error(name, _promise(dtype, shape), f"no more than {max(room - header, 0)}", AGAIN)
    if gzipped and header + n_bytes > unpacked_limit(size):
        raise idx_error(name, f"at most {unpacked_limit(size)} bytes from so small a gzip file",
                        f"{n_bytes}, by its header: it may be a gzip bomb", "if you trust it, unpack it with gunzip")


def _promise(dtype, shape):
    """What the header says, for a message."""
    n_bytes = math.prod(shape) * dtype.itemsize
    return f"{_amount(n_bytes)} bytes of elements, as its header says ({_describe(dtype, shape)})"


def _read_elements(stream, dtype, shape, name):
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


def fill(buffer, stream):
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


def idx_error(name, expected, found, remedy=""):
    """The one form of every complaint about a file."""
    return IdxError(f"{name}: expected {expected}, found {found}" + (f"; {remedy}" if remedy else ""))
