"""Mirrors of MNIST on 127.0.0.1: one that works, and every way we know in which one may not.

``FAULTS`` is the one table of what a mirror may do wrong; ``test_download`` and ``reliability_parts/downloads`` go
through it. An answer is a function of the request's handler and of the body that a good mirror would send.
"""

from __future__ import annotations

import contextlib
import gzip
import http.server
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from dataclasses import dataclass


class Server(http.server.ThreadingHTTPServer):
    """Answers every request by calling ``answer(handler, content of the file)``; counts the requests."""

    def __init__(self, files, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.answers, self.asked, self.closing = files, {}, [], threading.Event()
        self.scheme = "http" if certificate is None else "https"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The handshake is left to the handler's thread: a client that refuses must not stop the others.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request, client_address):
        """A client that hangs up is what these tests are about."""

    def mirror(self, kind, answer):
        """The address of a mirror that answers so."""
        self.answers[kind] = answer
        return f"{self.scheme}://127.0.0.1:{self.server_port}/{kind}/"

    @contextlib.contextmanager
    def running(self):
        """At work in a thread of its own until the block ends."""
        with self:
            threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
            try:
                yield self
            finally:
                self.closing.set()
                self.shutdown()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, name = self.path.split("/")[-2:]  # before them nothing, or the host, where this server is a proxy
        self.server.asked.append((kind, name))
        self.server.answers[kind](self, self.server.files[name])

    def log_message(self, *args):
        """Nothing on the screen."""

    def send(self, body, status=200, length=None):
        self.head(status, {"Content-Length": len(body) if length is None else length})
        self.wfile.write(body)

    def head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, str(value))
        self.end_headers()

    def drip(self, byte):
        """The same byte again and again, slowly enough to last, fast enough that no single wait is long."""
        while not self.server.closing.wait(0.02):
            self.wfile.write(byte)

    def wait(self):
        self.server.closing.wait(30)


# ---- mirrors that work


def good(handler, body):
    handler.send(body)


def plain(handler, body):
    handler.send(gzip.decompress(body))


def chunked(handler, body):
    handler.head(200, {"Transfer-Encoding": "chunked"})
    for part in (body[:100], body[100:], b""):
        handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")


def elsewhere(handler, body):
    """A redirect to the mirror "good"."""
    handler.head(302, {"Location": handler.path.replace("elsewhere", "good")})


# ---- mirrors that do not


def status(code):
    return lambda handler, body: handler.send(b"something is wrong", status=code)


def redirect(to):
    return lambda handler, body: handler.head(302, {"Location": to or handler.path, "Content-Length": 0})


def endless_redirect(handler, body):
    handler.head(302, {"Location": handler.path.replace("/bad/", "/other/")})
    flood(handler, bytes(2**16))


def html(handler, body):
    handler.send(b"<!doctype html><p>Please sign in to the network")


def empty(handler, body):
    handler.send(b"")


def truncated(handler, body):
    handler.send(body[: len(body) // 2], length=len(body))


def truncated_plain(handler, body):
    handler.send(gzip.decompress(body)[:-1])


def broken_off(handler, body):
    handler.send(body[: len(body) // 2], length=len(body))
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets it
    handler.connection.close()


def wrong_sum(handler, body):
    raw = bytearray(gzip.decompress(body))
    raw[-1] ^= 1
    handler.send(gzip.compress(bytes(raw)))


def wrong_bytes(handler, body):
    handler.send(bytes(len(body)))


def other_file(handler, body):
    files = handler.server.files
    handler.send(files[next(name for name in files if not handler.path.endswith(name))])


def damaged(handler, body):
    handler.send(body[:-5] + bytes([body[-5] ^ 1]) + body[-4:])


def bomb(handler, body):
    handler.send(gzip.compress(gzip.decompress(body) + bytes(10**6)))


def flood(handler, block):
    while True:  # until the client hangs up
        handler.wfile.write(block)


def endless(handler, body):
    handler.head(200, {})
    flood(handler, bytes(2**16))


def endless_headers(handler, body):
    handler.send_response(200)
    handler.flush_headers()
    flood(handler, b"x-more: 1\r\n" * 1000)


def interim(handler, body):
    while not handler.server.closing.wait(0.001):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def babble(handler, body):
    handler.wfile.write(b"220 mail.invalid ESMTP ready\r\n")


def hanging_up(handler, body):
    """The connection ends without a word."""


def silent(handler, body):
    handler.wait()


def dripping_headers(handler, body):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
    handler.drip(b"x")


def stalling(handler, body):
    handler.send(body[:10], length=len(body))
    handler.wait()


def dripping(handler, body):
    handler.send(body[:1], length=10**6)
    handler.drip(b"x")


def dripping_chunk_size(handler, body):
    handler.head(200, {"Transfer-Encoding": "chunked"})
    handler.drip(b"0")


@dataclass(frozen=True)
class Fault:
    """What a mirror does wrong: as text, what the error must then say, the answer, the server's certificate."""

    what: str
    says: str
    answer: object = good
    certificate: str | None = None  # a key of CERTIFICATES: the server speaks https; None: it speaks http


FAULTS = {
    "403": Fault("403 Forbidden", "HTTP Error 403", status(403)),
    "404": Fault("404 Not Found", "HTTP Error 404", status(404)),
    "500": Fault("500 Internal Server Error", "HTTP Error 500", status(500)),
    "html": Fault("an HTML page with status 200", "begin with b'<!doctype", html),
    "empty": Fault("an empty body", "0 bytes", empty),
    "truncated": Fault("half the body, then the end", "EOFError|IncompleteRead", truncated),
    "truncated-plain": Fault("an unpacked file without its last byte, its length said as it is", "expected SHA-256",
                             truncated_plain),
    "broken-off": Fault("half the body, then the connection is reset", "EOFError|ConnectionReset|IncompleteRead",
                        broken_off),
    "wrong-sum": Fault("one bit changed, right length, valid gzip", "expected SHA-256", wrong_sum),
    "wrong-bytes": Fault("zeros, as many as the body has bytes", "expected SHA-256", wrong_bytes),
    "other-file": Fault("another of the four files", "expected SHA-256", other_file),
    "damaged": Fault("one byte of the gzip check sum changed", "CRC check failed", damaged),
    # 10,001: one more than the longest file in these tests; the rest is not unpacked.
    "bomb": Fault("a gzip bomb", r"\(10001 bytes", bomb),
    "endless": Fault("a body without end", "expected at most", endless),
    "endless-headers": Fault("headers without end", "got more than|no answer within", endless_headers),
    "interim": Fault("100 Continue without end", "no answer within", interim),
    "babble": Fault("no HTTP at all", "BadStatusLine", babble),
    "hanging-up": Fault("hangs up without a word", "RemoteDisconnected", hanging_up),
    "silent": Fault("silence", "no answer within", silent),
    "dripping-headers": Fault("headers that come byte by byte", "no answer within", dripping_headers),
    "stalling": Fault("ten bytes, then silence", "10 bytes, then nothing for", stalling),
    "dripping": Fault("a body that comes byte by byte", "bytes came within", dripping),
    "dripping-chunk": Fault("a chunk whose size comes byte by byte", "no answer within|then nothing for",
                            dripping_chunk_size),
    "redirect-loop": Fault("a redirect to itself", "infinite loop", redirect(None)),
    "redirect-file": Fault("a redirect to a file of the user's", "edirection to url .* not allowed",
                           redirect("file:///etc/passwd")),
    "redirect-endless": Fault("a redirect with a body without end, to a 404", "HTTP Error 404", endless_redirect),
    "redirect-http": Fault("https, a redirect to http", "not https", redirect("http://127.0.0.1:9/"), "sound"),
    "self-signed": Fault("https, a certificate that nobody trusts", "CERTIFICATE_VERIFY_FAILED", good, "unknown"),
    "other-host": Fault("https, a certificate of another host", "CERTIFICATE_VERIFY_FAILED", good, "other host"),
    "expired": Fault("https, a certificate that has expired", "CERTIFICATE_VERIFY_FAILED.*expired", good, "expired"),
}
# Name: (address that the certificate is made out to, days that it holds, whether the client trusts its maker).
CERTIFICATES = {
    "sound": ("127.0.0.1", 2, True),
    "unknown": ("127.0.0.1", 2, False),
    "other host": ("127.0.0.2", 2, True),
    "expired": ("127.0.0.1", -1, True),
}


def make_certificates(folder):
    """Make CERTIFICATES in ``folder`` with openssl: {name: path of key and certificate}, path of the trusted ones.

    Both are None where there is no openssl.
    """
    if shutil.which("openssl") is None:
        return None, None
    key, ask = folder / "key.pem", folder / "request.pem"
    paths, trusted = {}, b""
    for name, (host, days, trust) in CERTIFICATES.items():
        paths[name] = folder / f"{name.replace(' ', '-')}.pem"
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                 "-subj", f"/CN=nnprune test {name}", "-addext", f"subjectAltName=IP:{host}", "-out", ask)
        _openssl("x509", "-req", "-in", ask, "-signkey", key, "-days", days, "-copy_extensions", "copy", "-out",
                 paths[name])
        certificate = paths[name].read_bytes()
        trusted += certificate * trust
        paths[name].write_bytes(key.read_bytes() + certificate)
    (folder / "trusted.pem").write_bytes(trusted)
    return paths, folder / "trusted.pem"


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
