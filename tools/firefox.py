"""A second real browser for the tests: Firefox without a window, spoken to by its own protocol, Marionette.

A message is its length, a colon and JSON, over a connection to this machine
(https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html); no driver and no package is needed.

    with Firefox(folder) as browser:                       # folder: an empty one, for its profile
        browser.open("file:///tmp/page.html")
        browser.value("document.title")
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

WAIT = 60  # seconds for it to start, and for an answer: a loaded machine is slow


def find():
    """The command that starts Firefox, or None."""
    return next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)


class Firefox:
    """One page in one browser; ``open`` and ``value`` as of ``chromium.Chromium``."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder = Path(folder)
        folder.mkdir(exist_ok=True)
        (folder / "user.js").write_text(f'user_pref("marionette.port", {port});\n'
                                        'user_pref("datareporting.policy.dataSubmissionEnabled", false);\n'
                                        'user_pref("app.update.enabled", false);\n')
        self.process = subprocess.Popen([find(), "--headless", "--no-remote", "--profile", str(folder), "--marionette"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        start_new_session=True, env={**os.environ, "MOZ_CRASHREPORTER_DISABLE": "1"})
        self.number, self.buffer = 0, b""
        self.connection = self._connected(port)

    def _connected(self, port):
        """The connection, as soon as Firefox listens."""
        end = time.monotonic() + WAIT
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    self._end()
                    raise TimeoutError("Firefox did not start") from None
                time.sleep(0.2)
            else:
                return connection

    def __enter__(self):
        self._message()  # who it is
        self.send("WebDriver:NewSession", {"strictFileInteractability": False})
        return self

    def __exit__(self, *error):
        self.connection.close()
        self._end()

    def _end(self):
        # The group is the browser's own (a new session): its helpers end with it.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _message(self):
        """The next message."""
        while b":" not in self.buffer:
            self._more()
        size, _, self.buffer = self.buffer.partition(b":")
        while len(self.buffer) < int(size):
            self._more()
        text, self.buffer = self.buffer[:int(size)], self.buffer[int(size):]
        return json.loads(text)

    def _more(self):
        piece = self.connection.recv(1 << 20)
        if not piece:
            raise TimeoutError("Firefox went away")
        self.buffer += piece

    def send(self, command, parameters):
        """One command; its result."""
        self.number += 1
        text = json.dumps([0, self.number, command, parameters]).encode()
        self.connection.sendall(str(len(text)).encode() + b":" + text)
        _, _, error, result = self._message()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return result

    def open(self, url):
        """Load a page, to the end of its scripts."""
        self.send("WebDriver:Navigate", {"url": url})

    def value(self, expression):
        """The value of an expression in the page; of a promise what it gives."""
        # In a script element of the page, which knows its `class` and `const`; the driver's sandbox does not.
        script = ("const [expression, done] = arguments, e = document.createElement('script'); "
                  "e.textContent = `window.asked = (async () => (${expression}))()`; document.head.append(e); "
                  "e.remove(); window.wrappedJSObject.asked.then(v => done([JSON.stringify(v)]), "
                  "error => done([null, String(error)]));")
        found = self.send("WebDriver:ExecuteAsyncScript", {"script": script, "args": [expression], "scriptTimeout":
                                                           1000 * WAIT, "sandbox": "default"})["value"]
        if len(found) > 1:
            raise RuntimeError(found[1])
        return None if found[0] is None else json.loads(found[0])
