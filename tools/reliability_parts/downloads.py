"""Downloads from mirrors that fail: every fault of ``mirror_server.FAULTS``, and every fault on our own side.

Four small files stand in for MNIST. Each check returns a list of complaints, empty where all is well; ``test_download``
asserts that, and ``run`` counts them for ``docs/reliability.md``.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from unittest import mock

import numpy as np
from mirror_server import FAULTS, Server, good, make_certificates

from nnprune.datasets import download, mnist_files
from nnprune.datasets.download import download_mnist
from nnprune.datasets.idx import write_idx

TITLE = "Downloads"
ABOUT = """Servers on 127.0.0.1, started by the test, do everything that we know mirrors to do wrong; each is asked
twice: alone, where the download must end in time with one error that names the address, what it sent and the remedy,
and must leave nothing behind; and before a good mirror, where all four files must be right and the bad one asked once.
Then what can fail on our side, proxies among it. Small files stand in for MNIST. The longest silence is the package's
own, 5 s; the longest time for a file is cut from 300 s to 10 s. Nothing may take longer than that and 4 s."""
NAMES = list(mnist_files.MNIST_FILES)
LONGEST = 10_000  # bytes of a stand-in, at most
SLACK = 4.0  # seconds that a busy machine may need beyond the clocks of ``download``


class Impossible(Exception):
    """A check that cannot be made on this machine, and why."""


def small_mnist(folder):
    """Four small gzipped files of MNIST's form, as {file name: bytes}."""
    rng = np.random.default_rng(0)
    for name in NAMES:
        n = 5 if name.startswith("train") else 3
        shape, top = ((n, 28, 28), 256) if "images" in name else ((n,), 10)
        write_idx(folder / f"{name}.gz", rng.integers(top, size=shape, dtype=np.uint8))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def content(folder):
    """The uncompressed content of every file in a folder, hidden ones included."""
    files = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
    return {name: gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw for name, raw in files.items()}


class Mirrors:
    """Running servers: one of http, and one of https for every certificate that is asked for."""

    def __init__(self, stack, files, certificates):
        self.stack, self.files, self.certificates = stack, files, certificates
        self.whole = {name: gzip.decompress(raw) for name, raw in files.items()}
        self.servers = {None: stack.enter_context(Server(files).running())}
        self.good = self.servers[None].mirror("good", good)

    def address(self, fault):
        """Where a mirror with this fault stands."""
        if fault.certificate not in self.servers:
            if self.certificates is None:
                raise Impossible("there is no openssl to make a certificate with")
            server = Server(self.files, self.certificates[fault.certificate])
            self.servers[fault.certificate] = self.stack.enter_context(server.running())
        server = self.servers[fault.certificate]
        server.mirror("other", lambda handler, body: handler.send(b"", status=404))
        return server.mirror("bad", fault.answer)


@contextlib.contextmanager
def stand_ins(folder, answer_seconds=1.0, file_seconds=1.0):
    """``Mirrors`` with stand-in files; until the block ends ``download`` takes them for MNIST, with these clocks."""
    files = small_mnist(folder / "origin")
    sums = {name: hashlib.sha256(gzip.decompress(files[f"{name}.gz"])).hexdigest() for name in NAMES}
    (folder / "keys").mkdir()
    certificates, trusted = make_certificates(folder / "keys")
    environment = {"no_proxy": "*"} | ({"SSL_CERT_FILE": str(trusted)} if trusted else {})
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.dict(mnist_files.MNIST_FILES, sums))
        stack.enter_context(mock.patch.dict(os.environ, environment))
        stack.enter_context(mock.patch.multiple(download, LARGEST_FILE=LONGEST, ANSWER_SECONDS=answer_seconds,
                                                FILE_SECONDS=file_seconds))
        yield Mirrors(stack, files, certificates)


def stated_seconds():
    """How long one mirror may hold up one file, by the docstring of ``download``."""
    return download.FILE_SECONDS + SLACK


# ---- faults of a mirror


def check_alone(mirrors, fault, folder):
    """The faulty mirror is the only one: one clear error in time, nothing in the folder."""
    address, begin = mirrors.address(fault), time.monotonic()
    error, said = _download(folder, [address])
    seconds = time.monotonic() - begin
    text = str(error)
    return _complaints({
        f"ended with {error!r:.200}, which does not say {fault.says!r}": isinstance(error, ConnectionError)
        and re.search(fault.says, text, re.DOTALL),
        "the message lacks the address": f"{address}{NAMES[0]}.gz" in text,
        "the message lacks the folder": str(folder) in text,
        "the message lacks a file or its sum": all(n in text and s in text for n, s in mnist_files.MNIST_FILES.items()),
        f"it took {seconds:.1f} s, above the {stated_seconds():.1f} s stated": seconds < stated_seconds(),
        f"left behind: {sorted(content(folder)) or 'an empty folder'}": not folder.exists(),
        f"asked {said.count('downloading')} times, though the first file had failed": said.count("downloading") == 1,
    })


def check_next(mirrors, fault, folder):
    """The faulty mirror comes first, a good one second: all four files are right, the faulty one is asked once."""
    address, begin = mirrors.address(fault), time.monotonic()
    error, said = _download(folder, [address, mirrors.good])
    seconds = time.monotonic() - begin
    return _complaints({
        f"ended with {error!r:.200}": error is None,
        "the files are not the right ones": content(folder) == mirrors.whole,
        f"it took {seconds:.1f} s, above the {stated_seconds():.1f} s stated": seconds < stated_seconds(),
        f"the faulty mirror was asked {said.count(address)} times": said.count(address) == 1,
    })


def _download(folder, addresses):
    """The error that a download ends with, or None, and what it said."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            download_mnist(folder, mirrors=addresses)
        except Exception as error:
            return error, said.getvalue()
    return None, said.getvalue()


def _complaints(checks):
    """The words of the checks that are not true."""
    return [words for words, right in checks.items() if not right]


# ---- faults on our own side


def check_full_disk(mirrors, folder):
    """A disk of 8 kB, on which the third file does not fit."""
    with _tmpfs(folder, "size=8k"):
        error, _ = _download(folder / "cache", [mirrors.good])
        left = content(folder / "cache")
        return _refused(error, errno.ENOSPC, folder) + _only_whole(left, mirrors, NAMES[:2])


def check_quota(mirrors, folder):
    """No file may be longer than 3,000 bytes: the first one does not fit."""
    child = _child(folder / "cache", [mirrors.good], quota=3000)
    said = child.communicate(timeout=60)[1].decode()
    return _complaints({f"it said {said[-300:]!r}": f"OSError {errno.EFBIG} " in said and str(folder) in said}
                       ) + _only_whole(content(folder / "cache"), mirrors, [])


def check_read_only(mirrors, folder):
    """A folder that may not be written to: said before anything is downloaded."""
    asked = len(mirrors.servers[None].asked)
    with _read_only(folder):
        error, said = _download(folder, [mirrors.good])
    return _refused(error, None, folder) + _complaints({
        "it downloaded first": len(mirrors.servers[None].asked) == asked, "it left something": content(folder) == {}})


def check_two_processes(mirrors, folder):
    """Two processes get the same file at the same moment; one folder, four right files, nothing else."""
    server, meeting = mirrors.servers[None], {}

    def together(handler, body):
        meeting[handler.path] = meeting.get(handler.path, 0) + 1
        begin = time.monotonic()
        while meeting[handler.path] < 2 and time.monotonic() - begin < download.ANSWER_SECONDS / 2:
            time.sleep(0.002)
        handler.send(body)

    address = server.mirror("together", together)
    children = [_child(folder, [address]) for _ in range(2)]
    said = [child.communicate(timeout=60)[1].decode() for child in children]
    return _complaints({
        f"they said {said}": all(child.returncode == 0 for child in children),
        "the files are not the right ones": content(folder) == mirrors.whole,
        f"they did not meet: {meeting}": 2 in meeting.values()})


def check_kill(mirrors, folder):
    """SIGKILL while the second file is on its way: only the first is there, and the same command ends it well."""
    def half_the_second(handler, body):
        if NAMES[1] not in handler.path:
            return handler.send(body)
        handler.send(body[:10], length=len(body))
        return handler.wait()

    child = _child(folder, [mirrors.servers[None].mirror("half", half_the_second)], answer_seconds=60)
    begin = time.monotonic()
    while ("half", f"{NAMES[1]}.gz") not in mirrors.servers[None].asked and time.monotonic() - begin < 60:
        time.sleep(0.01)
    child.kill()
    child.communicate(timeout=60)
    killed = _complaints({f"it ended by itself, with {child.returncode}": child.returncode == -signal.SIGKILL})
    found = _only_whole(content(folder), mirrors, NAMES[:1])
    error, _ = _download(folder, [mirrors.good])
    return killed + found + _complaints({f"afterwards: {error!r}": error is None and content(folder) == mirrors.whole})


def check_dead_proxy(mirrors, folder):
    """The system's proxy does not answer: the error names it, without its password, and nothing is left."""
    with mock.patch.dict(os.environ, {"https_proxy": "http://user:secret@127.0.0.1:9", "no_proxy": ""}):
        error, _ = _download(folder, ["https://mirror.invalid/"])
    return _complaints({
        f"ended with {error!r:.300}": isinstance(error, ConnectionError) and "refused" in str(error),
        "the proxy is not named": "through the proxy 127.0.0.1:9," in str(error),
        "its password is": "secret" not in str(error), "left behind": not folder.exists()})


def check_proxy(mirrors, folder):
    """A proxy that works: it is asked for the mirror, and the files are the right ones."""
    with mock.patch.dict(os.environ, {"http_proxy": urllib.parse.urljoin(mirrors.good, "/"), "no_proxy": ""}):
        error, _ = _download(folder, ["http://mirror.invalid/good/"])
    return _complaints({f"ended with {error!r:.300}": error is None,
                        "the files are not the right ones": content(folder) == mirrors.whole})


LOCAL = {"a full disk": check_full_disk, "a quota": check_quota, "a read-only folder": check_read_only,
         "two processes at once": check_two_processes, "SIGKILL in the middle": check_kill,
         "a proxy that does not answer": check_dead_proxy, "a proxy that works": check_proxy}


def _refused(error, number, folder):
    """Complaints unless the error is one of the system's, not of the network's, and names the folder."""
    right = isinstance(error, OSError) and not isinstance(error, ConnectionError)
    right = right and (number is None or error.errno == number) and str(folder) in str(error)
    return _complaints({f"ended with {error!r:.300}": right})


def _only_whole(found, mirrors, names):
    """Complaints unless exactly these files are there, each of them whole."""
    whole = {f"{name}.gz": mirrors.whole[f"{name}.gz"] for name in names}
    return _complaints({f"in the folder: {sorted(found)}": found == whole})


@contextlib.contextmanager
def _tmpfs(folder, options):
    """A small file system at ``folder``, where we may mount one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise Impossible("only root may mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    if done.returncode != 0:
        raise Impossible(f"mounting is not allowed: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def _read_only(folder):
    """``folder`` without permission to write; root, who needs none, gets a read-only file system there."""
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform != "win32" and os.geteuid() == 0:
        with _tmpfs(folder, "ro"):
            yield
        return
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)


# The download in a process of its own. The package's __init__, which loads all of it, is left out: seconds of a test.
CHILD = """
import json, sys, types
task = json.loads(sys.argv[1])
package = types.ModuleType("nnprune")
package.__path__ = [task["package"]]
sys.modules["nnprune"] = package
from nnprune.datasets import download, mnist_files
mnist_files.MNIST_FILES.update(task["sums"])
download.ANSWER_SECONDS = task["answer_seconds"]
if task["quota"]:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (task["quota"], task["quota"]))
try:
    download.download_mnist(task["folder"], mirrors=task["mirrors"])
except OSError as error:
    sys.exit(f"OSError {error.errno} {error}")
"""


def _child(folder, addresses, quota=0, answer_seconds=30.0):
    """A process that downloads into ``folder``."""
    if quota and sys.platform == "win32":
        raise Impossible("Windows has no RLIMIT_FSIZE")
    task = {"package": str(Path(download.__file__).parents[1]), "sums": mnist_files.MNIST_FILES, "folder": str(folder),
            "mirrors": addresses, "quota": quota, "answer_seconds": answer_seconds}
    return subprocess.Popen([sys.executable, "-c", CHILD, json.dumps(task)], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE)


# ---- the page


def run(say):
    """Go through all faults; rows (what, tried, faults, note)."""
    rows = []
    with tempfile.TemporaryDirectory() as place, stand_ins(
            Path(place), answer_seconds=download.ANSWER_SECONDS, file_seconds=10.0) as mirrors:
        for name, fault in FAULTS.items():
            here = Path(place) / name
            rows.append(_row(f"mirror: {fault.what}", [
                lambda f=fault, to=here / "alone": check_alone(mirrors, f, to),
                lambda f=fault, to=here / "next": check_next(mirrors, f, to)], say))
        for what, check in LOCAL.items():
            rows.append(_row(what, [lambda c=check, to=Path(place) / what: c(mirrors, to)], say))
    return rows


def _row(what, checks, say):
    """What one fault led to: (what, tried, faults, note)."""
    begin = time.monotonic()
    try:
        complaints = [check() for check in checks]
    except Impossible as reason:
        say(f"{what}: not tried, {reason}")
        return what, 0, 0, f"not tried: {reason}"
    failed = [c for c in complaints if c]
    note = "; ".join(words for c in failed for words in c) or f"{time.monotonic() - begin:.1f} s"
    say(f"{what}: {len(checks)} tried, {len(failed)} faults, {note}")
    return what, len(checks), len(failed), note
