"""Writing a file so that it is either whole or not there.

A file that is written in place is half a file when the disk fills up or the process is killed. Here the bytes
go to a temporary file in the same folder first; only when all of them are on disk does ``os.replace`` give it
its name, which the operating system does in one step.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


@contextlib.contextmanager
def atomic_write(path, mode="wb"):
    """Open ``path`` for writing; it appears under its name only if the block ends without an error.

    Parameters
    ----------
    path : str or os.PathLike
        The file to write. Its folder is made where it is missing.
    mode : {"wb", "w"}
        Binary, or text in UTF-8.

    Yields
    ------
    file object
        Open for writing. On any error in the block the temporary file is removed and ``path`` is as before.

    Raises
    ------
    OSError
        If the folder cannot be written to or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with atomic_write(target, "w") as f:
    ...     _ = f.write("whole or not at all")
    >>> target.read_text()
    'whole or not at all'
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        # mkstemp makes the file private (0600); a result is meant to be read by whom the umask allows.
        os.chmod(temporary, 0o666 & ~_umask())
        with os.fdopen(handle, mode, encoding=None if "b" in mode else "utf-8") as f:
            yield f
            f.flush()
            os.fsync(f.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _umask():
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
