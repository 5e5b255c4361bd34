"""Downloading MNIST: any failure means the next mirror, and only verified bytes ever get a file's name.

The mirrors are small servers on 127.0.0.1; nothing here needs a network.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import re
import socket
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import numpy as np
import pytest
from mirror_server import FAULTS, chunked, elsewhere, good, plain
from reliability_parts.downloads import (
    LOCAL,
    NAMES,
    Impossible,
    check_alone,
    check_next,
    content,
    stand_ins,
)

from nnprune.datasets import download, mnist_files
from nnprune.datasets.download import ANSWER_SECONDS, MIRRORS, download_mnist
from nnprune.datasets.mnist import load_mnist


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory):
    """Servers with four small files that stand in for MNIST; proxies are not asked. The clocks are long: a busy machine
    may take its time."""
    with stand_ins(tmp_path_factory.mktemp("mirrors"), answer_seconds=20, file_seconds=20) as mirrors:
        yield mirrors


def short_clocks(monkeypatch, seconds):
    """For mirrors that can only be waited out."""
    monkeypatch.setattr(download, "ANSWER_SECONDS", seconds)
    monkeypatch.setattr(download, "FILE_SECONDS", 1.5 * seconds)


def is_waited_out(fault):
    """Whether the clock ends what the mirror does, by what the error says."""
    return re.search("within|nothing for", fault.says) is not None


@pytest.fixture
def server(mirrors):
    """The server of plain http, which has been asked nothing yet."""
    mirrors.servers[None].asked.clear()
    return mirrors.servers[None]


def unpacked(files):
    return {name: gzip.decompress(raw) for name, raw in files.items()}


def without_complaints(check):
    """Call the check; skipped, with the reason, where it cannot be made here."""
    try:
        complaints = check()
    except Impossible as reason:
        pytest.skip(str(reason))
    assert complaints == []


# ---- a mirror that works


@pytest.mark.parametrize("answer", [good, plain, chunked, elsewhere])
def test_a_good_mirror_gives_the_four_files(server, answer, tmp_path, capsys):
    server.mirror("good", good)
    folder = tmp_path / "new" / "cache"
    assert download_mnist(folder, mirrors=[server.mirror(answer.__name__, answer)]) == folder
    assert content(folder) == unpacked(server.files)
    said = capsys.readouterr().err
    assert all(f"{name}.gz" in said for name in NAMES)


def test_files_that_are_there_are_not_asked_for_again(server, tmp_path):
    mirrors = [server.mirror("good", good)]
    download_mnist(tmp_path / "cache", mirrors=mirrors)
    (tmp_path / "cache" / f"{NAMES[2]}.gz").unlink()
    server.asked.clear()
    download_mnist(tmp_path / "cache", mirrors=mirrors)
    assert server.asked == [("good", f"{NAMES[2]}.gz")]


def test_load_mnist_downloads_into_the_cache_once(server, tmp_path, monkeypatch):
    monkeypatch.delenv("NNPRUNE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(mnist_files, "CHECKOUT_DATA", tmp_path / "none")
    fetch = functools.partial(download_mnist, mirrors=[server.mirror("good", good)])
    monkeypatch.setattr("nnprune.datasets.mnist.download_mnist", fetch)
    first, second = load_mnist(), load_mnist()
    assert len(server.asked) == 4
    assert sorted(content(tmp_path / "nnprune" / "mnist")) == sorted(f"{name}.gz" for name in NAMES)
    assert first.name == "mnist"
    np.testing.assert_array_equal(first.x_train, second.x_train)


# ---- mirrors that do not


@pytest.mark.parametrize("name", FAULTS)
def test_any_failure_means_the_next_mirror(mirrors, name, tmp_path, monkeypatch):
    if is_waited_out(FAULTS[name]):
        short_clocks(monkeypatch, 1.0)
    without_complaints(lambda: check_next(mirrors, FAULTS[name], tmp_path / "cache"))


@pytest.mark.parametrize("name", FAULTS)
def test_if_all_mirrors_fail_the_error_says_all_and_nothing_is_left(mirrors, name, tmp_path, monkeypatch):
    if is_waited_out(FAULTS[name]):
        short_clocks(monkeypatch, 0.4)
    without_complaints(lambda: check_alone(mirrors, FAULTS[name], tmp_path / "cache"))


@pytest.mark.parametrize("what", LOCAL)
def test_what_fails_on_our_side(mirrors, what, tmp_path):
    without_complaints(lambda: LOCAL[what](mirrors, tmp_path / "place"))


def test_the_checks_find_what_is_wrong(mirrors, tmp_path, monkeypatch):
    """A download that trusts its mirrors fails the checks: they can fail."""
    monkeypatch.setattr(download, "_verify", lambda raw, name: None)
    alone = check_alone(mirrors, FAULTS["html"], tmp_path / "alone")
    assert any("ended with None" in words for words in alone)
    assert any("left behind" in words for words in alone)
    assert "the files are not the right ones" in check_next(mirrors, FAULTS["wrong-sum"], tmp_path / "next")


def test_files_that_came_before_the_failure_are_kept(server, tmp_path):
    def only_the_first(handler, body):
        handler.send(body, status=200 if NAMES[0] in handler.path else 404)

    with pytest.raises(ConnectionError, match=NAMES[1]):
        download_mnist(tmp_path / "cache", mirrors=[server.mirror("one", only_the_first)])
    assert content(tmp_path / "cache") == {f"{NAMES[0]}.gz": unpacked(server.files)[f"{NAMES[0]}.gz"]}


def test_a_closed_port_and_an_unknown_host_mean_the_next_mirror(server, tmp_path):
    with socket.socket() as closed:  # bound, but not listening
        closed.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        mirrors = [refused, "http://no-such-host.invalid/", "not an address", server.mirror("good", good)]
        download_mnist(tmp_path / "cache", mirrors=mirrors)
    assert content(tmp_path / "cache") == unpacked(server.files)


def test_a_name_look_up_that_hangs_is_left_behind(server, tmp_path, monkeypatch):
    """getaddrinfo has no time-out; the one that stands in for it waits until the test is over."""

    def hang(*args, **kwargs):
        server.closing.wait(30)
        raise OSError("the test is over")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(ConnectionError, match="no answer within 0.3 s"):
        download_mnist(tmp_path / "cache", mirrors=["http://slow.invalid/"] * 3)
    assert time.monotonic() - start < 3


def test_a_folder_that_cannot_be_made_is_no_fault_of_the_mirror(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file") as caught:
        download_mnist(tmp_path / "file" / "cache", mirrors=[server.mirror("good", good)])
    assert not isinstance(caught.value, ConnectionError)


def test_two_downloads_at_once_end_in_one_sound_folder(server, tmp_path):
    mirrors = [server.mirror("good", good)]
    work = functools.partial(download_mnist, tmp_path / "cache", mirrors=mirrors)
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert content(tmp_path / "cache") == unpacked(server.files)


# ---- addresses


def test_the_public_mirrors_are_https_and_in_order():
    hosts = [urllib.parse.urlparse(mirror) for mirror in MIRRORS]
    assert [host.scheme for host in hosts] == ["https"] * 3
    assert [host.hostname.split(".", 1)[1] for host in hosts] == [
        "googleapis.com",
        "s3.amazonaws.com",
        "githubusercontent.com",
    ]
    assert all(mirror.endswith("/") for mirror in MIRRORS)


@pytest.mark.parametrize(
    ("start", "end", "allowed"),
    [("https", "http", False), ("https", "https", True), ("http", "http", True), ("https", "ftp", False)],
)
def test_a_redirect_may_not_leave_https(start, end, allowed):
    request = urllib.request.Request(f"{start}://a.invalid/")
    refusal = pytest.raises(urllib.error.URLError, match="not https")
    with contextlib.nullcontext() if allowed else refusal:
        handler = download._StayOnHttps()
        new = handler.redirect_request(request, io.BytesIO(), 302, "Found", {}, f"{end}://b.invalid/")
        assert new.full_url == f"{end}://b.invalid/"


def test_the_longest_wait_without_a_network_is_under_20_seconds():
    assert len(MIRRORS) * ANSWER_SECONDS < 20


@pytest.mark.parametrize(
    ("platform", "variable", "end"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x/y"}, ("x", "y", "nnprune", "mnist")),
        ("linux", {"HOME": "/h"}, ("h", ".cache", "nnprune", "mnist")),
        ("darwin", {"HOME": "/h"}, ("h", "Library", "Caches", "nnprune", "mnist")),
        ("win32", {"LOCALAPPDATA": "/l"}, ("l", "nnprune", "mnist")),
    ],
)
def test_the_cache_lies_where_the_system_keeps_such_files(platform, variable, end, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    for name, value in variable.items():
        monkeypatch.setenv(name, value)
    assert mnist_files.cache_folder().parts[1:] == end
