"""Writing a file so that it is either whole or not there, and opening one that is not to be trusted.

A file that is written in place is half a file when the disk fills up or the process is killed. Here the bytes
go to a temporary file in the same folder first; only when all of them are on disk does ``os.replace`` give it
its name, which the operating system does in one step.

What is called a file may be a folder, a device or a pipe, and 10 kB of compressed data may stand for 10 MB:
``open_regular`` and ``unpacked_limit`` are what every reader here asks first, and ``fill`` is how it reads then.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from .types import StrPath

# The most that one byte of deflate (gzip, zip) can stand for: the longest copy, 258 bytes, takes at least 2 bits
# (RFC 1951).
DEFLATE_RATIO = 258 * 8 // 2
# Sound data swell less than 100-fold; whatever swells more is held to 256 MB, so that it cannot take all memory.
SOUND_RATIO = 100
MUCH = 2**28  # bytes
MOST_LINKS = 40  # followed one after the other, as Linux does
NO_ROOM = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}  # a full disk, a limit, a quota
CHUNK = 2**20  # bytes unpacked at a time: large enough to be fast, small beside an array


@contextlib.contextmanager
def atomic_write(path: StrPath, mode: str = "wb") -> Iterator[IO[Any]]:
    """Open ``path`` for writing; it appears under its name only if the block ends without an error.

    Parameters
    ----------
    path : str or os.PathLike
        The file to write. Its folder is made where it is missing. A link stays a link: what it points to is written.
    mode : {"wb", "w"}
        Binary, or text in UTF-8.

    Yields
    ------
    file object
        Open for writing. On any error in the block the temporary file is removed and ``path`` is as before.

    Raises
    ------
    OSError
        If ``path`` is a folder, or its folder cannot be written to, the disk is full (the message names ``path``) or
        links point in a circle.
    TypeError
        If ``path`` is an open file, which could be left half written.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with atomic_write(target, "w") as f:
    ...     _ = f.write("whole or not at all")
    >>> target.read_text()
    'whole or not at all'
    """
    if hasattr(path, "write"):
        raise TypeError(f"path must be the name of a file, but it is an open {type(path).__name__}: the file is "
                        f"written aside and then renamed, so that it is whole or not there; pass its name")
    path = _end_of_links(Path(path))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder: name a file in it", str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:  # around the making of it, too: a signal may come in the midst of that
        with open(temporary, mode.replace("w", "x"), encoding=None if "b" in mode else "utf-8") as f:
            yield f
            f.flush()
            os.fsync(f.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.errno in NO_ROOM and error.filename is None:
            error.filename = str(path)  # Python names no file where a write fails
        raise


def _end_of_links(path: Path) -> Path:
    """What ``path`` points to if it is a link, over several links too; it need not exist."""
    followed = 0
    while path.is_symlink():
        followed += 1
        if followed > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        path = path.parent / os.readlink(path)
    return path


def open_regular(path: StrPath, complaint: Callable[[Any, str, str], Exception]) -> BinaryIO:
    """Open a file for reading as bytes, if it is a file.

    Parameters
    ----------
    path : str or os.PathLike
        What to open. A pipe is not opened: that would wait for its writer, perhaps without end.
    complaint : callable
        ``complaint(path, expected, found)`` makes the error to raise for a device or a pipe.

    Returns
    -------
    file object

    Raises
    ------
    OSError
        If there is no such file (FileNotFoundError), it is a folder (IsADirectoryError) or may not be read.
    """
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "expected a file, found a folder", str(path))
    if not stat.S_ISREG(mode):
        raise complaint(path, "a regular file", "a device or a pipe")
    return open(path, "rb")


def unpacked_limit(size: int, much: int = MUCH) -> int:
    """How many bytes to unpack at most from ``size`` bytes of compressed data.

    No sound deflate data hold more than DEFLATE_RATIO times their size. A bomb comes near to that; so from
    ``much`` bytes on, SOUND_RATIO is the limit.

    Examples
    --------
    >>> unpacked_limit(10), unpacked_limit(10**6), unpacked_limit(10**8)
    (10320, 268435456, 10000000000)
    """
    return min(size * DEFLATE_RATIO, max(much, size * SOUND_RATIO))


def fill(buffer: npt.NDArray[np.uint8], stream: Any) -> int:
    """Read into ``buffer`` (flat, uint8) until it is full or the stream ends; return how many bytes came."""
    n_read = 0
    while n_read < len(buffer):
        n_new = stream.readinto(buffer[n_read:n_read + CHUNK])
        if not n_new:
            break
        n_read += n_new
    return n_read
