"""SIGKILL at random moments of a run, and a disk that fills up in the middle of it; then the same command again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

TITLE = "Runs that are killed, and disks that fill up"
ABOUT = """A run is killed (`kill -9`) at a random moment of its whole length, and started again with the
same command until it is finished. Its final weights must have the SHA-256 of the uninterrupted run, and nothing
temporary may be left behind. Then the same on a file system that fills up during the run (a small tmpfs): one error
message, no traceback; and once there is room again, the same command ends with the same weights."""
KILLS, SEED = 30, 0
DEMO = ["-m", "nnprune.demo", "--dataset", "digits", "--quick", "--hidden", "30", "20", "--epochs", "2", "--methods",
        "magnitude", "lobs-shared", "lobs-shared-retrained", "lobs-exact", "--out"]
REPRODUCE = ["-m", "nnprune.reproduce", "report", "--quick", "--dataset", "digits", "--seeds", "1", "--out"]


def demo_weights(out):
    """The SHA-256 of every net of a finished demo, in order."""
    rows = json.loads((out / "results.json").read_text())["results"]
    return [row["weights_sha256"] for row in rows] + [(out / "dense.npz").read_bytes()]


def reproduce_weights(out):
    """The SHA-256 over all steps of a finished experiment."""
    return json.loads((out / "report" / "report.json").read_text())["steps_sha256"]


JOBS = {"demo": (DEMO, demo_weights), "reproduce report": (REPRODUCE, reproduce_weights)}


def start(arguments, out, log=None):
    """The run in a process of its own, one BLAS thread; what it prints goes to ``log``, by default beside ``out``."""
    with open(log or f"{out}.log", "w") as f:  # the process has its own handle of it
        return subprocess.Popen([sys.executable, *arguments, str(out)], stdout=f, stderr=f,
                                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})


def finish(arguments, out, log=None):
    """Run to the end; the exit code."""
    return start(arguments, out, log).wait()


def kill_once(arguments, out, moment):
    """Start, kill after ``moment`` seconds; whether it was still running."""
    process = start(arguments, out)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=moment)
    process.kill()
    return process.wait() == -signal.SIGKILL


def kill_anywhere(name, folder, kills, say):
    """``kills`` runs, each killed once and taken up again: (killed, wrong)."""
    arguments, weights = JOBS[name]
    begin = time.perf_counter()
    assert finish(arguments, folder / "whole") == 0, (folder / "whole.log").read_text()
    whole, wanted = time.perf_counter() - begin, weights(folder / "whole")
    killed = wrong = 0
    rng = np.random.default_rng(SEED)
    while killed < kills:
        out, begin = folder / f"broken{killed}", time.perf_counter()
        if not kill_once(arguments, out, rng.uniform(0, whole)):
            # It had ended before: that is no kill. The machine is faster now than it was at the unbroken run.
            whole = time.perf_counter() - begin
            shutil.rmtree(out)
            continue
        killed += 1
        code = finish(arguments, out)
        same = code == 0 and weights(out) == wanted
        left = [p for p in out.rglob(".*") if p.is_file()]
        wrong += not same or bool(left)
        if not same or left:
            say(f"{name}: kill {killed}: exit code {code}, same weights: {same}, left behind: {left}")
        elif killed % 5 == 0:
            say(f"{name}: {killed} of {kills} kills")
    return killed, wrong


@contextmanager
def small_disk(kilobytes):
    """A folder on a tmpfs of this size, and a function that makes it larger; needs the right to mount."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "nnprune-small", folder]
        subprocess.run(mount, check=True, capture_output=True)
        try:
            yield Path(folder), lambda: subprocess.run(
                ["mount", "-o", "remount,size=64m", folder], check=True, capture_output=True)
        finally:
            subprocess.run(["umount", folder], check=True)


def full_disk(name, folder, kilobytes):
    """Fill a disk in the middle of the run, make room, go on: a list of what was wrong."""
    arguments, weights = JOBS[name]
    with small_disk(kilobytes) as (disk, enlarge):
        out = disk / "out"
        log = folder / f"full{kilobytes}.log"
        code = finish(arguments, out, log)
        text, faults = log.read_text(), []
        if code == 0:
            return ["it fitted: no fault was made"]
        if code != 2 or "Traceback" in text or "No space left" not in text:
            faults.append(f"exit code {code}: {text[-300:]}")
        enlarge()
        code = finish(arguments, out, log)
        if code != 0 or weights(out) != weights(folder / "whole"):
            faults.append(f"after making room: exit code {code}, or other weights: {log.read_text()[-300:]}")
        return faults


def run(say, kills=KILLS, sizes=(8, 60, 150, 250)):
    """Both jobs, killed and on small disks: rows for the page."""
    rows = []
    for name in JOBS:
        with tempfile.TemporaryDirectory() as folder:
            killed, wrong = kill_anywhere(name, Path(folder), kills, say)
            rows.append((f"`{name}` killed at random moments and resumed", killed, wrong,
                         f"moments sampled with seed {SEED}; the same SHA-256 as the uninterrupted run"))
            try:
                faults = [(size, full_disk(name, Path(folder), size)) for size in sizes]
            except (subprocess.CalledProcessError, FileNotFoundError):
                rows.append((f"`{name}` on a full disk", 0, 0, "not tried: a tmpfs cannot be mounted here"))
                continue
            tried = [(size, f) for size, f in faults if f != ["it fitted: no fault was made"]]
            for size, f in tried:
                if f:
                    say(f"{name} on {size} kB: {f}")
            rows.append((f"`{name}` on a disk that fills up, then has room", len(tried), sum(bool(f) for _, f in tried),
                         "tmpfs of " + ", ".join(str(size) for size, _ in tried) + " kB"))
    return rows
