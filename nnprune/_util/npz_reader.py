r"""Reading an .npz file that is not to be trusted: a saved net, or Keras' MNIST.

An .npz is a zip archive of .npy files (Python's ``zipfile``; the format is described in ``numpy.lib.format``):

    offset          size    what
    0               6       93 'NUMPY', by which the format is known
    6               2       version: 1.0, 2.0 or 3.0
    8               2 or 4  h, the size of the header, little-endian; 2 bytes in version 1.0
    10 or 12        h       {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } and blanks
    10 + h, 12 + h  rest    the elements

``np.load`` trusts such a file further than is good: it asks for the memory that a header promises, evaluates the
header as a Python literal (which can end in a MemoryError, RecursionError or warning), and takes any byte for a
bool. Here the header is matched by a regular expression, and the rules are those of ``datasets.idx``:

1. What is promised is compared with what can be there before any memory is asked for: the members of the archive
   with ``files.unpacked_limit``, the elements of an array with the size of its member.
2. Only what a saved net is made of is read: numbers, bools and text, in zip's two ordinary ways of packing.
3. Whatever is wrong ends in one ValueError that names the file, what was expected and what was found.

Reference: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
"""

from __future__ import annotations

import functools
import lzma
import math
import os
import re
import struct
import zipfile
import zlib
from collections import Counter
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from .files import MUCH, fill, open_regular, unpacked_limit

# What swells 100-fold from here on is taken for a bomb; half of what a plain array may have, since MLP.load copies.
MUCH_OF_A_NET = MUCH // 2
MAGIC = b"\x93NUMPY"
HEADER = re.compile(rb"\{'descr': '([^']*)', 'fortran_order': (True|False), "
                    rb"'shape': \(((?:\d{1,19}, ?)*(?:\d{1,19})?)\),? ?\} *\n?")
# Byte order, kind and number of bytes (of characters, for text) of an element.
ELEMENT = re.compile(r"[<>|=]?(b1|i[1248]|u[1248]|f[48]|U[1-9]\d{0,6})")
SAVE_AGAIN = "save it again with numpy.savez"
PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what NumPy writes; others swell without bound
# What Python's zipfile raises on damaged archives, found by fuzzing.
DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError, struct.error,
           OverflowError)


class _Unsound(Exception):
    """What was expected, what was found and what to do; ``read_npz`` adds the name of the file."""


def read_npz(path: str | os.PathLike[str], what: str = "saved net") -> dict[str, npt.NDArray[Any]]:
    """All arrays of an .npz by name.

    Parameters
    ----------
    path : str or os.PathLike
    what : str
        What the file should be, for the messages.

    Returns
    -------
    dict of str to ndarray
        In the host's byte order, writeable.

    Raises
    ------
    OSError
        If there is no such file, it is a folder or may not be read.
    ValueError
        If it is no .npz, is damaged, would swell like a bomb, or holds pickled objects.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(f"{folder}/two.npz", a=np.arange(3), b=np.array("text"))
    ...     read_npz(f"{folder}/two.npz")
    {'a': array([0, 1, 2]), 'b': array('text', dtype='<U4')}
    """
    complaint = functools.partial(npz_error, what=what)
    with open_regular(path, complaint) as file:
        size = file.seek(0, 2)
        try:
            if not zipfile.is_zipfile(file):
                raise _Unsound("an .npz file, which is a zip archive", "none, or one that is cut short")
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                _check_members(members, size)
                return {member.filename[:-4]: _read_member(archive, member) for member in members}
        except _Unsound as problem:
            raise complaint(path, *problem.args) from None
        except MemoryError:
            raise complaint(path, "arrays that fit into memory", "larger ones") from None
        except DAMAGED as error:
            # zipfile puts names of up to 65,535 letters into its messages.
            raise complaint(path, "an undamaged zip archive", f"a damaged one ({str(error)[:120]})",
                            "copy it again") from None


def npz_error(path: str | os.PathLike[str], expected: str, found: str, remedy: str = "", *,
              what: str = "saved net") -> ValueError:
    """The one form of every complaint about a file."""
    return ValueError(f"{path}: no {what}: expected {expected}, found {found}" + (f"; {remedy}" if remedy else ""))


def short(name: str) -> str:
    """A name from a file, quoted for a message; what is too long to read is cut."""
    return repr(name if len(name) <= 40 else name[:40] + "...")


def _check_members(members: list[zipfile.ZipInfo], size: int) -> None:
    """Raise ``_Unsound`` unless these are arrays, each once, that an archive of ``size`` bytes may hold."""
    times = Counter(member.filename for member in members)
    for member in members:
        if not member.filename.endswith(".npy"):
            raise _Unsound("arrays, whose names end in .npy", f"{short(member.filename)} among them")
        if times[member.filename] > 1:
            raise _Unsound("every array once", f"{short(member.filename)} {times[member.filename]} times")
        if member.compress_type not in PACKINGS or member.flag_bits & 1:
            raise _Unsound("members stored or deflated, as NumPy writes them",
                           f"{short(member.filename)} encrypted or packed otherwise", SAVE_AGAIN)
    total, most = sum(member.file_size for member in members), unpacked_limit(size, MUCH_OF_A_NET)
    if total > most:
        raise _Unsound(f"at most {most} bytes from an archive of {size}", f"{total} promised: it may be a zip bomb",
                       f"if you trust it, {SAVE_AGAIN}, which does not compress")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> npt.NDArray[Any]:
    """The array of one .npy member."""
    with archive.open(member) as stream:
        element, fortran, shape, header = _read_header(stream, member.filename)
        promised = math.prod(shape) * _itemsize(element)  # Python's integers do not wrap around
        if header + promised != member.file_size:
            raise _Unsound(f"{promised if promised < 10**18 else 'more than 10^18'} bytes of elements in "
                           f"{short(member.filename)}, as its header says", f"{member.file_size - header}")
        flat = np.empty(math.prod(shape), element)
        n_read = fill(flat.view(np.uint8), stream) if promised else 0
        if n_read < promised:  # at its end, which is here, Python has compared the check sum
            raise _Unsound(f"{promised} bytes of elements in {short(member.filename)}", f"only {n_read}")
    _check_elements(flat, member.filename)
    flat = flat.astype(flat.dtype.newbyteorder("="), copy=False)
    try:
        return flat.reshape(shape[::-1]).T if fortran else flat.reshape(shape)
    except ValueError:
        raise _Unsound("dimensions that NumPy can hold", f"{shape[:9]} in {short(member.filename)}") from None


def _read_header(stream: IO[bytes], name: str) -> tuple[str, bool, tuple[int, ...], int]:
    """(element type, whether columns run first, shape, bytes before the elements)."""
    start = stream.read(8)
    version = tuple(start[6:])
    if start[:6] != MAGIC or version not in ((1, 0), (2, 0), (3, 0)):
        raise _Unsound(f"{short(name)} to be an .npy file of version 1 to 3", f"the first bytes '{start.hex(' ')}'")
    width = 2 if version == (1, 0) else 4
    size = int.from_bytes(stream.read(width), "little")
    text = stream.read(min(size, 2**16))
    match = HEADER.fullmatch(text)
    if not match:
        raise _Unsound(f"a header of {short(name)} as NumPy writes it", f"{text[:60]!r}", SAVE_AGAIN)
    element = match[1].decode("latin-1")
    if element.endswith("O"):
        raise _Unsound("plain numbers and text", f"pickled Python objects in {short(name)}",
                       "they are refused, since loading them may run any code; save plain arrays")
    if not ELEMENT.fullmatch(element):
        raise _Unsound("plain numbers and text", f"elements of type {short(element)} in {short(name)}")
    shape = tuple(int(part) for part in match[3].decode().split(",") if part.strip())
    return element, match[2] == b"True", shape, 8 + width + size


def _itemsize(element: str) -> int:
    """Bytes of an element; NumPy's text takes 4 bytes a character."""
    n = int(element.lstrip("<>|=")[1:])
    return 4 * n if "U" in element else n


def _check_elements(flat: npt.NDArray[Any], name: str) -> None:
    """Raise ``_Unsound`` if a bool is neither 0 nor 1, or text is not Unicode; NumPy looks at neither."""
    if flat.dtype.kind == "b" and (flat.view(np.uint8) > 1).any():
        raise _Unsound(f"True and False, which are the bytes 1 and 0, in {short(name)}",
                       f"the byte {flat.view(np.uint8).max()}")
    if flat.dtype.kind == "U":
        try:
            flat.tobytes().decode("utf-32-be" if flat.dtype.str[0] == ">" else "utf-32-le")
        except UnicodeDecodeError:
            raise _Unsound(f"text in {short(name)}", "bytes that are no Unicode") from None
