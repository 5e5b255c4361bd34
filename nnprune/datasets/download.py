"""Fetching MNIST from the public mirrors, trusting none of them.

Each of the four files is asked for from one mirror after the other until one sends the right bytes. "Right"
is decided by the SHA-256 of the *uncompressed* bytes, since mirrors compress the same file differently. Any
failure (no network, an error status, silence, an HTML page, a wrong sum) means the next mirror.

Two clocks keep a bad network from holding the program up. ANSWER_SECONDS is the longest silence: name look-up,
connection, headers and the first bytes together, and then each wait for more. FILE_SECONDS is the longest time for
a whole file, which catches a server that sends a byte now and then. Neither asks the network's code to keep time,
since a name look-up knows no time-out, and a server that sends the size of a chunk byte by byte keeps Python's own
reader busy for days: a file comes in a thread, which is left behind when its time is over.

So one mirror holds up one file for at most FILE_SECONDS, 5 minutes, and without a network for ANSWER_SECONDS. Once a
file has failed everywhere the others are not tried: without a network the error comes after at most three times
ANSWER_SECONDS, 15 s. The worst that hostile mirrors can do is an hour: four files, each late from two mirrors and
at the last moment from the third.

Only verified bytes get a file's name, in one step, so that an interrupted download leaves nothing behind and
two processes may download at once. Whether the folder can be written to is seen before anything is downloaded. Yann
LeCun's own site, which older programs ask, has the files no more.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import queue
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .._util.files import atomic_write
from .._util.types import StrPath
from .idx import GZIP_MAGIC
from .mnist_files import MNIST_FILES, by_hand, cache_folder, refuse_empty

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
LARGEST_FILE = 47_040_016  # bytes: the training images, uncompressed; nothing longer is ever read
ANSWER_SECONDS = 5.0  # three mirrors: 15 s at most until a machine without a network says so
FILE_SECONDS = 300.0  # 10 MB in 5 minutes: the slowest line that is still worth waiting for
ASKED = 2**16  # bytes asked for at a time


def download_mnist(folder: StrPath | None = None, *, mirrors: Sequence[str] = MIRRORS) -> Path:
    """Download the MNIST files that ``folder`` lacks; one line a file goes to standard error.

    Parameters
    ----------
    folder : str or os.PathLike, optional
        Where to put ``train-images-idx3-ubyte.gz`` and the others; by default ``cache_folder()``.
    mirrors : sequence of str
        Addresses, each ending in a slash, to be tried in this order.

    Returns
    -------
    Path
        The folder, in which all four files now are.

    Raises
    ------
    ConnectionError
        If no mirror sends the right bytes. The message says what each answered, names the four files and
        their sums, and says where to put them by hand.
    OSError
        If the folder cannot be written to, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     download_mnist(folder, mirrors=())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ConnectionError: MNIST could not be downloaded: no mirror sent train-images-idx3-ubyte.gz ...
    """
    refuse_empty("folder", folder)
    folder = Path(folder or cache_folder())
    mirrors, lacking = list(mirrors), [name for name in MNIST_FILES if not (folder / f"{name}.gz").is_file()]
    with _naming(folder):
        # Nothing is made yet: without a network the folder stays as it is, or is not.
        nearest = next(p for p in (folder, *folder.absolute().parents) if p.exists())
        tempfile.TemporaryFile(dir=nearest).close()
    for name in lacking:
        raw = _fetch(name, mirrors, folder)
        with _naming(folder), atomic_write(folder / f"{name}.gz") as file:
            file.write(raw)
    return folder


@contextlib.contextmanager
def _naming(folder: Path) -> Iterator[None]:
    """Whatever the system refuses in the block (a full disk, no permission) names the folder and a way out."""
    try:
        yield
    except OSError as error:
        # OSError makes itself the subclass that belongs to the number, such as PermissionError.
        raise OSError(error.errno, f"{error.strerror}: MNIST's files, 12 MB, cannot be written to {folder}; free it, "
                      f"or put the files elsewhere and name that folder by $NNPRUNE_DATA") from error


def _fetch(name: str, mirrors: list[str], folder: Path) -> bytes:
    """The verified bytes of one file; a mirror that fails goes to the end of the list ``mirrors``."""
    answers = []
    for _ in range(len(mirrors)):
        url = f"{mirrors[0]}{name}.gz"
        print(f"nnprune: downloading {url} to {folder}", file=sys.stderr, flush=True)
        try:
            raw = _get(url)
            _verify(raw, name)
            return raw
        except Exception as error:  # whatever it is, another mirror may do better
            answers.append(f"  {url}: {type(error).__name__}: {error}{_proxy(url)}")
            mirrors.append(mirrors.pop(0))
    problem = f"MNIST could not be downloaded: no mirror sent {name}.gz as it should be"
    raise ConnectionError("\n".join([problem, *answers, by_hand(folder)]))


def _proxy(url: str) -> str:
    """Which proxy was asked for it by the system's settings, as the end of a message, without its password; or ""."""
    address = urllib.parse.urlsplit(url)
    proxy = urllib.request.getproxies().get(address.scheme)
    if not proxy or urllib.request.proxy_bypass(address.netloc):
        return ""
    host = proxy.rpartition("//")[2].rpartition("@")[2].rstrip("/")
    return f" (through the proxy {host}, as ${address.scheme}_proxy or the system's settings say)"


def _get(url: str) -> bytes:
    """The body of the answer, of at most LARGEST_FILE bytes, within FILE_SECONDS; TimeoutError if it is later."""
    parts: queue.SimpleQueue[Any] = queue.SimpleQueue()
    given_up, body = threading.Event(), bytearray()
    deadline = time.monotonic() + FILE_SECONDS
    threading.Thread(target=_pump, args=(url, parts, given_up), daemon=True).start()
    try:
        while part := _next(parts, body, deadline):
            body += part
            if len(body) > LARGEST_FILE:
                raise ValueError(f"expected at most {LARGEST_FILE} bytes, found more")
    finally:
        given_up.set()
    return bytes(body)


def _next(parts: queue.SimpleQueue[Any], body: bytearray, deadline: float) -> Any:
    """The next part of the answer, b"" at its end; raises the error that it ended with, or TimeoutError."""
    left = deadline - time.monotonic()
    try:
        part = parts.get(timeout=max(0.0, min(ANSWER_SECONDS, left)))
    except queue.Empty:
        if left <= ANSWER_SECONDS:
            raise TimeoutError(f"only {len(body)} bytes came within {FILE_SECONDS:g} s") from None
        came = f"{len(body)} bytes, then nothing for" if body else "no answer within"
        raise TimeoutError(f"{came} {ANSWER_SECONDS:g} s") from None
    if isinstance(part, Exception):
        raise part
    return part


def _pump(url: str, parts: queue.SimpleQueue[Any], given_up: threading.Event) -> None:
    """Put the answer into the queue ``parts``, piece by piece, b"" at its end; or the error that it ended with.

    The time-out of the sockets is here for one thing: to end a thread that was left behind.
    """
    opener = urllib.request.build_opener(_StayOnHttps)
    opener.addheaders = [("User-Agent", "nnprune")]
    try:
        with opener.open(url, timeout=2 * ANSWER_SECONDS) as response:
            while not given_up.is_set() and (part := response.read1(ASKED)):  # read would wait for all of it
                parts.put(part)
        parts.put(b"")
    except Exception as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # an answer such as "404 Not Found" is an error that holds a connection
        parts.put(error)


class _StayOnHttps(urllib.request.HTTPRedirectHandler):
    """Follows a redirect, but not from https to anything else, and without reading the body that comes with it."""

    def redirect_request(self, request: Any, fp: Any, code: int, message: str, headers: Any, url: str) -> Any:
        fp.close()  # urllib would read it to its end, and it may have none
        if request.full_url.startswith("https:") and not url.startswith("https:"):
            raise urllib.error.URLError(f"it redirects to {url}, which is not https")
        return super().redirect_request(request, fp, code, message, headers, url)


def _verify(raw: bytes, name: str) -> None:
    """Raise an error unless ``raw``, unpacked where it is gzip, is the file called ``name``."""
    if raw[:2] == GZIP_MAGIC:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            raw = stream.read(LARGEST_FILE + 1)  # one byte more is enough to see that it is too long
    found = hashlib.sha256(raw).hexdigest()
    if found != MNIST_FILES[name]:
        start = f"{len(raw)} bytes, which begin with {raw[:16]!r}"
        raise ValueError(f"expected SHA-256 {MNIST_FILES[name]}, found {found} ({start})")
