"""A page that a command of the package writes, in a process of its own, while the lessons run in theirs."""

import subprocess
import sys
from pathlib import Path

from lessons import ROOT
from sphinx.errors import ExtensionError


class Beside:
    """``python -m MODULE ... --out PAGE``, started when the build begins and waited for at its end.

    Parameters
    ----------
    page : str
        The file, in the folder of the site; a build without it is a failed one.
    command : sequence of str
        The module and its options.
    """

    def __init__(self, page, *command):
        self.page, self.command, self.process = page, command, None

    def start(self, app):
        """Begin."""
        out = Path(app.outdir) / self.page
        out.parent.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen([sys.executable, "-m", *self.command, "--out", str(out)], cwd=ROOT, text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def finish(self, app, exception):
        """Wait for it; where the build has failed, end it."""
        if self.process is None:
            return
        if exception is not None:
            self.process.terminate()
        _, errors = self.process.communicate()
        if exception is None and self.process.returncode:
            raise ExtensionError(f"{self.page} could not be made: {errors}")
