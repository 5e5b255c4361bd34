"""A real browser for the tests: Debian's Chromium without a window, spoken to over a pipe.

Chromium's own protocol (https://chromedevtools.github.io/devtools-protocol) needs no driver and no package when the
messages, JSON with a zero byte behind each, go through the file descriptors 3 and 4 (``--remote-debugging-pipe``).
Everything is as a user has it: keys are pressed and the mouse is dragged, the page is drawn, errors reach the console.

    with Chromium(folder) as browser:                      # folder: an empty one, for its profile
        browser.open("file:///tmp/page.html")
        browser.press("ArrowRight")
        browser.value("document.title"), browser.requests, browser.errors
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"]
WAIT = 60  # seconds for an answer: a loaded machine is slow


def find():
    """The command that starts Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Chromium:
    """One page in one browser.

    Attributes
    ----------
    requests : list of str
        What the page asked for, the page itself first; data: addresses are not counted, nothing is fetched for them.
    errors : list of str
        What the console got as an error, exceptions and refused requests among it.
    """

    def __init__(self, folder):
        to_read, self.to_write = os.pipe()
        self.to_hear, to_tell = os.pipe()
        # bash puts the two ends where Chromium looks for them; Python cannot without a risk to its own descriptors.
        command = ["bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_tell}', "bash", find(), *FLAGS,
                   f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(to_read, to_tell), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_read)
        os.close(to_tell)
        self.number, self.session, self.buffer, self.events = 0, None, b"", []
        self.requests, self.errors = [], []

    def __enter__(self):
        target = next(t for t in self.send("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")
        return self

    def __exit__(self, *error):
        os.close(self.to_write)
        os.close(self.to_hear)
        # The group is the browser's own (a new session): its helpers end with it.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def send(self, method, **parameters):
        """One command; its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next(method)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def _next(self, what):
        """The next message; events are noted on the way."""
        end = time.monotonic() + WAIT
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.to_hear], [], [], max(0, end - time.monotonic()))
            piece = os.read(self.to_hear, 1 << 20) if ready else b""
            if not piece:
                raise TimeoutError(f"Chromium did not answer to {what}")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        message = json.loads(text)
        self._note(message.get("method"), message.get("params", {}))
        return message

    def _note(self, method, event):
        if method == "Network.requestWillBeSent" and not event["request"]["url"].startswith("data:"):
            self.requests.append(event["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(event["exceptionDetails"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] == "error":
            self.errors.append(event["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "assert"):
            self.errors.append(json.dumps(event["args"]))
        self.events.append(method)

    def open(self, url):
        """Load a page, to the end of its scripts."""
        self.events = []
        if "loaderId" not in self.send("Page.navigate", url=url):  # only what is behind the # is new: nothing is loaded
            self.open("about:blank")
            self.open(url)
        while "Page.loadEventFired" not in self.events:
            self._next("Page.navigate")

    def value(self, expression):
        """The value of an expression in the page, as JSON gives it."""
        found = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"]["exception"].get("description", expression))
        return found["result"].get("value")

    def press(self, key, modifiers=0, code=0):
        """Press and let go a key, by its name: "ArrowRight", " ". Modifiers: 8 is Shift."""
        code = {"ArrowLeft": 37, "ArrowRight": 39, "Home": 36, "End": 35, " ": 32}.get(key, code)
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, modifiers=modifiers)

    def drag(self, x1, y1, x2, y2):
        """Drag the mouse from one place of the window to another."""
        for kind, x, y, down in (("mousePressed", x1, y1, 1), ("mouseMoved", x2, y2, 1), ("mouseReleased", x2, y2, 0)):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=down, clickCount=1)

    def click(self, selector):
        """Click in the middle of an element."""
        x, y = self.value(f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView("
                          "{block: 'center'}); const r = e.getBoundingClientRect(); "
                          "return [r.x + r.width / 2, r.y + r.height / 2]; })()")
        self.drag(x, y, x, y)

    def window(self, width, height, dark=False, ratio=1):
        """The window's size, light or dark, and how many screen pixels a pixel has."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=ratio,
                  mobile=False)
        self.send("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def screenshot(self, path, whole=True):
        """The page as a PNG file, the whole of it or what the window shows."""
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        options = {"captureBeyondViewport": True, "clip": {**size, "scale": 1}} if whole else {}
        picture = self.send("Page.captureScreenshot", **options)
        with open(path, "wb") as f:
            f.write(base64.b64decode(picture["data"]))
