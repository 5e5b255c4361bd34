"""Fetching MNIST from the public mirrors, trusting none of them.

Each of the four files is asked for from one mirror after the other until one sends the right bytes. "Right"
is decided by the SHA-256 of the *uncompressed* bytes, since mirrors compress the same file differently. Any
failure (no network, an error status, silence, an HTML page, a wrong sum) means the next mirror.

Three clocks keep a bad network from holding the program up. A mirror has ANSWER_SECONDS to begin its answer:
name look-up, connection and headers together. The look-up knows no time-out, so this runs in its own thread.
Then no single wait for more data may take longer than that, and the whole file must be there after
FILE_SECONDS, which catches a server that sends a byte now and then. Once a file has failed everywhere the
others are not tried: without a network the error comes after at most three times ANSWER_SECONDS.

Only verified bytes get a file's name, in one step, so that an interrupted download leaves nothing behind and
two processes may download at once. Yann LeCun's own site, which older programs ask, has the files no more.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import queue
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from .files import atomic_write
from .idx_reader import GZIP_MAGIC
from .mnist_files import MNIST_FILES, by_hand, cache_folder

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://raw.githubusercontent.com/fgnt/mnist/master/",
)
LARGEST_FILE = 47_040_016  # bytes: the training images, uncompressed; nothing longer is ever read
ANSWER_SECONDS = 5.0  # three mirrors: 15 s at most until a machine without a network says so
FILE_SECONDS = 300.0  # 10 MB in 5 minutes: the slowest line that is still worth waiting for
CHUNK = 2**16  # bytes asked for at a time


def download_mnist(folder=None, *, mirrors=MIRRORS):
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
        If the folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     download_mnist(folder, mirrors=())  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ConnectionError: MNIST could not be downloaded: no mirror sent train-images-idx3-ubyte.gz ...
    """
    folder = Path(folder or cache_folder())
    mirrors = list(mirrors)
    for name in MNIST_FILES:
        target = folder / f"{name}.gz"
        if not target.exists():
            raw = _fetch(name, mirrors, folder)
            with atomic_write(target) as file:
                file.write(raw)
    return folder


def _fetch(name, mirrors, folder):
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
            answers.append(f"  {url}: {type(error).__name__}: {error}")
            mirrors.append(mirrors.pop(0))
    problem = f"MNIST could not be downloaded: no mirror sent {name}.gz as it should be"
    raise ConnectionError("\n".join([problem, *answers, by_hand(folder)]))


def _get(url):
    """The body of the answer, of at most LARGEST_FILE bytes, within FILE_SECONDS."""
    deadline = time.monotonic() + FILE_SECONDS
    body = bytearray()
    with _open(url) as response:
        while chunk := response.read1(CHUNK):  # read1 returns what is there; read would wait for all of it
            body += chunk
            if len(body) > LARGEST_FILE:
                raise ValueError(f"expected at most {LARGEST_FILE} bytes, found more")
            if time.monotonic() > deadline:
                raise TimeoutError(f"only {len(body)} bytes came within {FILE_SECONDS:g} s")
    return bytes(body)


def _open(url):
    """The answer to a request, once its headers are there; TimeoutError after ANSWER_SECONDS."""
    request = urllib.request.Request(url, headers={"User-Agent": "nnprune"})
    opener = urllib.request.build_opener(_StayOnHttps)
    outcome = queue.SimpleQueue()

    def attempt():
        try:
            outcome.put(opener.open(request, timeout=ANSWER_SECONDS))
        except Exception as error:
            outcome.put(error)

    threading.Thread(target=attempt, daemon=True).start()  # a daemon: it may be left behind, waiting
    try:
        result = outcome.get(timeout=ANSWER_SECONDS)
    except queue.Empty:
        raise TimeoutError(f"no answer within {ANSWER_SECONDS:g} s") from None
    if isinstance(result, urllib.error.HTTPError):
        result.close()  # an answer such as "404 Not Found" is an error that holds a connection
    if isinstance(result, Exception):
        raise result
    return result


class _StayOnHttps(urllib.request.HTTPRedirectHandler):
    """Follows a redirect, but not from https to anything else."""

    def redirect_request(self, request, fp, code, message, headers, url):
        if request.full_url.startswith("https:") and not url.startswith("https:"):
            raise urllib.error.URLError(f"it redirects to {url}, which is not https")
        return super().redirect_request(request, fp, code, message, headers, url)


def _verify(raw, name):
    """Raise an error unless ``raw``, unpacked where it is gzip, is the file called ``name``."""
    if raw[:2] == GZIP_MAGIC:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
            raw = stream.read(LARGEST_FILE + 1)  # one byte more is enough to see that it is too long
    found = hashlib.sha256(raw).hexdigest()
    if found != MNIST_FILES[name]:
        start = f"{len(raw)} bytes, which begin with {raw[:16]!r}"
        raise ValueError(f"expected SHA-256 {MNIST_FILES[name]}, found {found} ({start})")
