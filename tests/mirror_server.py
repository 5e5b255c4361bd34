"""Mirrors of MNIST on 127.0.0.1, one that works and many that do not, for ``test_download``."""

from __future__ import annotations

import gzip
import http.server
import threading


class Server(http.server.ThreadingHTTPServer):
    """Answers every request by calling ``answer(handler, content of the file)``; counts the requests."""

    def __init__(self, files):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.answers, self.asked, self.closing = files, {}, [], threading.Event()

    def handle_error(self, request, client_address):
        """A client that hangs up is what these tests are about."""

    def mirror(self, kind, answer):
        """The address of a mirror that answers so."""
        self.answers[kind] = answer
        return f"http://127.0.0.1:{self.server_port}/{kind}/"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        _, kind, name = self.path.split("/")
        self.server.asked.append((kind, name))
        self.server.answers[kind](self, self.server.files[name])

    def log_message(self, *args):
        """Nothing on the screen."""

    def send(self, body, status=200, length=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


def good(handler, body):
    handler.send(body)


def plain(handler, body):
    handler.send(gzip.decompress(body))


def not_found(handler, body):
    handler.send(b"no such file", status=404)


def broken(handler, body):
    handler.send(b"out of order", status=500)


def html(handler, body):
    handler.send(b"<!doctype html><p>Please sign in to the network")


def empty(handler, body):
    handler.send(b"")


def truncated(handler, body):
    handler.send(body[: len(body) // 2], length=len(body))


def wrong_sum(handler, body):
    """The right length uncompressed, sound gzip, and one bit changed."""
    raw = bytearray(gzip.decompress(body))
    raw[-1] ^= 1
    handler.send(gzip.compress(bytes(raw)))


def damaged(handler, body):
    """The right length compressed, and one byte of the check sum changed."""
    handler.send(body[:-5] + bytes([body[-5] ^ 1]) + body[-4:])


def bomb(handler, body):
    handler.send(gzip.compress(gzip.decompress(body) + bytes(10**6)))


def endless(handler, body):
    handler.send_response(200)
    handler.end_headers()
    while True:  # until the client hangs up
        handler.wfile.write(bytes(2**16))


def silent(handler, body):
    handler.server.closing.wait(30)


def stalling(handler, body):
    handler.send(body[:10], length=len(body))
    handler.server.closing.wait(30)


def dripping(handler, body):
    handler.send(body[:1], length=len(body))
    while not handler.server.closing.wait(0.02):
        handler.wfile.write(b"x")


def elsewhere(handler, body):
    """A redirect to the mirror "good"."""
    handler.send_response(302)
    handler.send_header("Location", handler.path.replace("elsewhere", "good"))
    handler.end_headers()


# What a mirror may do wrong, and what the error must then say.
BAD = {
    not_found: "HTTP Error 404",
    broken: "HTTP Error 500",
    html: "begin with b'<!doctype",
    empty: "0 bytes",
    truncated: "EOFError|IncompleteRead",
    wrong_sum: "expected SHA-256",
    damaged: "CRC check failed",
    bomb: r"\(10001 bytes",  # one more than the longest file in these tests; the rest is not unpacked
    endless: "expected at most",
    silent: "no answer within|timed out",
    stalling: "timed out",
    dripping: "bytes came within",
}
