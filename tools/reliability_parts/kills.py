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

TITLE = "Runs that are killed or stopped, and disks that fill up"
ABOUT = """A run is killed (`kill -9`) at a random moment of its whole length, and started again with the
same command until it is finished. Its final weights must have the SHA-256 of the uninterrupted run, and nothing
temporary may be left behind. Then it is stopped by SIGTERM, as a batch system or a container does, with two workers
(`--jobs 2`): the exit code must be 143, one line must say so, no worker may live on, no temporary file may be left, and
the same command must end as if nothing had been; a page that was not finished is not there. Then the run on a file
system that fills up (a small tmpfs): one error message, no traceback; and once there is room again, the same command
ends with the same weights."""
KILLS, STOPS, SEED = 20, 10, 0
DEMO = ["-m", "nnprune.demo", "--dataset", "digits", "--quick", "--hidden", "30", "20", "--epochs", "2", "--methods",
        "magnitude", "lobs-shared", "lobs-shared-retrained", "lobs-exact", "--out"]
REPRODUCE = ["-m", "nnprune.reproduce", "report", "--quick", "--dataset", "digits", "--seeds", "1", "--out"]
PAGE = ["--dataset", "digits", "--quick", "--out"]


def demo_weights(out):
    """The SHA-256 of every net of a finished demo, in order."""
    rows = json.loads((out / "results.json").read_text())["results"]
    return [row["weights_sha256"] for row in rows] + [(out / "dense.npz").read_bytes()]


def reproduce_weights(out):
    """The SHA-256 over all steps of a finished experiment."""
    return json.loads((out / "report" / "report.json").read_text())["steps_sha256"]


JOBS = {"demo": (DEMO, demo_weights), "reproduce report": (REPRODUCE, reproduce_weights)}
PAGES = {"replay": ["-m", "nnprune.replay", "--jobs", "2", *PAGE], "explore": ["-m", "nnprune.explore", *PAGE]}


def start(arguments, out, log=None):
    """The run in a process of its own, one BLAS thread; what it prints goes to ``log``, by default beside ``out``."""
    with open(log or f"{out}.log", "w") as f:  # the process has its own handle of it
        return subprocess.Popen([sys.executable, *arguments, str(out)], stdout=f, stderr=f,
                                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})


def finish(arguments, out, log=None):
    """Run to the end; the exit code."""
    return start(arguments, out, log).wait()


def interrupted(arguments, out, moment, number):
    """Start, send the signal after ``moment`` seconds; (exit code, the workers that there were)."""
    process = start(arguments, out)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=moment)
    workers = processes("--ppid", str(process.pid))
    process.send_signal(number)
    return process.wait(), workers


def processes(*which):
    """The process numbers that ``ps`` lists, without those that have ended and are not waited for."""
    listed = subprocess.run(["ps", "-o", "pid=,stat=", *which], capture_output=True, text=True, check=False).stdout
    return {line.split()[0] for line in listed.splitlines() if not line.split()[1].startswith("Z")}


def still_there(workers):
    """Of these processes those that have not ended after 10 s."""
    end = time.monotonic() + 10
    while (left := workers & processes("-A")) and time.monotonic() < end:
        time.sleep(0.1)
    return left


def anywhere(arguments, made, folder, number, times, say):
    """So many runs into ``folder``, each sent the signal once and started again: how many of them went wrong.

    ``made(out)`` is what a run made, or None; the same for all.
    """
    begin = time.perf_counter()
    assert finish(arguments, folder / "whole.html") == 0, (folder / "whole.html.log").read_text()
    whole, wanted = time.perf_counter() - begin, made(folder / "whole.html")
    done = wrong = 0
    rng = np.random.default_rng(SEED)
    while done < times:
        out, begin = folder / f"broken{done}.html", time.perf_counter()
        code, workers = interrupted(arguments, out, rng.uniform(0, whole), number)
        if code == 0:  # it had ended before; the machine is faster now than it was at the unbroken run
            whole = time.perf_counter() - begin
            shutil.rmtree(out) if out.is_dir() else out.unlink()
            continue
        done += 1
        faults = stopped_badly(code, Path(f"{out}.log").read_text(), out) if number == signal.SIGTERM else []
        if left := still_there(workers):
            faults.append(f"workers {left} live on")
        code = finish(arguments, out)
        if code != 0 or made(out) != wanted:
            faults.append(f"started again: exit code {code}, or other results: {Path(f'{out}.log').read_text()[-300:]}")
        faults += [f"{p.name} is left" for p in temporary(out)]
        wrong += bool(faults)
        say(f"{arguments[1]}: {done} of {times}" + "".join(f"; {fault}" for fault in faults))
    return wrong


def temporary(out):
    """What ``atomic_write`` left of the files of a run."""
    return [*out.parent.glob(f".{out.name}.*"), *(p for p in out.rglob(".*") if p.is_file())]


def stopped_badly(code, text, out):
    """What is wrong after SIGTERM."""
    early = code == -signal.SIGTERM and not text  # Python was still importing the package: its own way to end
    return [what for what, bad in {
        f"exit code {code}": code != 143 and not early,
        f"it said {text[-300:]!r}": not early and ("Stopped by SIGTERM" not in text or "Traceback" in text),
        f"left behind: {temporary(out)}": temporary(out) != [],
        "half a page": out.is_file()}.items() if bad]


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
        if code != 0 or weights(out) != weights(folder / "whole.html"):
            faults.append(f"after making room: exit code {code}, or other weights: {log.read_text()[-300:]}")
        return faults


def run(say, kills=KILLS, stops=STOPS, sizes=(8, 60, 150, 250)):
    """Both jobs, killed, stopped and on small disks, and the pages, stopped: rows for the page."""
    rows = []
    note = f"moments sampled with seed {SEED}; the same as the uninterrupted run"
    for name, (arguments, weights) in JOBS.items():
        with tempfile.TemporaryDirectory() as folder:
            wrong = anywhere(arguments, weights, Path(folder), signal.SIGKILL, kills, say)
            rows.append((f"`{name}` killed and resumed", kills, wrong, note))
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
    with_workers = {name: ([*arguments[:-1], "--jobs", "2", "--out"], weights)
                    for name, (arguments, weights) in JOBS.items()}
    for name, (arguments, made) in {**with_workers, **{n: (a, Path.read_bytes) for n, a in PAGES.items()}}.items():
        with tempfile.TemporaryDirectory() as folder:
            wrong = anywhere(arguments, made, Path(folder), signal.SIGTERM, stops, say)
        rows.append((f"`{name}` stopped by SIGTERM and started again", stops, wrong, note))
    return rows
