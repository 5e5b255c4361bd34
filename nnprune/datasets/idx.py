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

The reader, which trusts no file, is in ``idx_reader``; every complaint is an ``IdxError``.

Reference: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database", section "File formats".
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
import struct
from pathlib import Path

import numpy as np

from .._util.files import atomic_write, open_regular
from .idx_reader import ELEMENT_TYPES, IdxError, idx_error, read_stream

TYPE_CODES = {name: code for code, name in ELEMENT_TYPES.items()}
LARGEST_SIZE = 2**32 - 1  # a size has 4 bytes


def read_idx(path):
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
        return read_stream(file, os.fstat(file.fileno()).st_size, path)


def parse_idx(raw, name="the bytes"):
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
    return read_stream(io.BytesIO(raw), len(raw), name)


def write_idx(path, array):
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
    nnprune.datasets.idx_reader.IdxError: expected one of uint8, int8, int16, int32, float32, float64, found int64
    """
    array = np.asarray(array)
    header = _header(array)
    elements = _elements(array)
    with atomic_write(path) as file:
        if Path(path).suffix == ".gz":
            out = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
        else:
            out = contextlib.nullcontext(file)
        with out as stream:
            stream.write(header)
            stream.write(elements)


def idx_sha256(array):
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
    digest.update(_elements(array))
    return digest.hexdigest()


def _header(array):
    """The header of the IDX file that holds ``array``: 4 + 4 * array.ndim bytes."""
    if array.dtype.name not in TYPE_CODES:
        raise IdxError(f"expected one of {', '.join(TYPE_CODES)}, found {array.dtype.name}")
    if max(array.shape, default=0) > LARGEST_SIZE:
        raise IdxError(f"expected sizes of at most {LARGEST_SIZE}, found shape {array.shape}")
    return struct.pack(f">HBB{array.ndim}I", 0, TYPE_CODES[array.dtype.name], array.ndim, *array.shape)


def _elements(array):
    """The elements as the file holds them, big-endian in C order, as a flat uint8 array."""
    return np.asarray(array, dtype=array.dtype.newbyteorder(">")).reshape(-1).view(np.uint8)
