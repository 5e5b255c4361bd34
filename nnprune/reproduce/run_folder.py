"""A folder of results that survives ``kill -9``: what was done is kept, and the same command goes on from there.

A long run is cut into *steps*, each a deterministic function of the run's settings (every seed is among them). What
a step returns goes to the disk at once and whole (``files.atomic_write``), as JSON, or as a net without pickle. When
the run is killed at any moment, the same command finds the steps that are done, computes the others, and ends with
the same figures: floats go through JSON unchanged, and weights through ``.npz`` bit for bit.

    folder/run.json     which program, with which settings; whether it is finished, and when
    folder/steps/       one file a step, until the run is finished

A folder belongs to one run. One with other settings in it, or with files that no run of ours left, is refused with
the remedy, before anything is written; and so is a folder that another process is at work in.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import time
from pathlib import Path

from .._util.files import atomic_write
from ..nn.mlp import MLP
from .provenance import now, peak_memory_mb, weights_sha256

RECORD, STEPS, LOCK = "run.json", "steps", "run.lock"
TEMPORARY = ".*.tmp"  # what ``files.atomic_write`` leaves of a file when the process is killed
HELD: dict[Path, sqlite3.Connection] = {}  # the locks of this process, by folder


class RunFolder:
    """One run's folder.

    Parameters
    ----------
    path : str or os.PathLike
        Made where it is missing, with the first step.
    program : str
        What runs, for instance "nnprune.demo".
    settings : dict
        All that the figures depend on, as JSON can hold it.
    fresh : bool
        Throw away the steps and the record of an earlier run here, whatever its settings, when the first step begins.
        Other files stay.

    Attributes
    ----------
    finished : str or None
        When the same run ended here, as text; None where it has not.
    n_found : int
        Steps of this run that were here already.
    seconds, cpu_seconds, peaks : dict
        Of every step so far, what it took by the clock, and of processors, which other work does not change much; and
        the most resident memory of the process by its end, in MB or None.

    Raises
    ------
    ValueError
        If the folder holds another run, or files that no run left; the message names the remedy.
    OSError
        If it is no folder, or cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as path:
    ...     first = RunFolder(path, "example", {"seed": 0})
    ...     a = first.step("the answer", lambda: 6 * 7)
    ...     second = RunFolder(path, "example", {"seed": 0})     # as after kill -9
    ...     second.n_found, second.step("the answer", lambda: 1 / 0)
    (1, 42)
    """

    def __init__(self, path, program, settings, *, fresh=False):
        self.path = writable(path)
        # Through JSON, so that a tuple equals the list that comes back.
        self.record = {"program": program, "settings": json.loads(json.dumps(settings)), "finished": None}
        self.seconds, self.cpu_seconds, self.peaks = {}, {}, {}
        self.names, self.digests, self.lock = {}, {}, None
        found = self._found()
        self.stale = bool(fresh) and found is not None
        if found is not None and not fresh:
            self._compare(found)
        self.finished = None if found is None or self.stale else found["finished"]
        self.n_found = 0 if self.finished or self.stale else len(list((self.path / STEPS).glob("*.json")))

    def _found(self):
        """The record of the run whose folder this is; None if the folder is new. Refuses what is not ours."""
        file = self.path / RECORD
        if file.exists():
            return self._read(file, set(self.record))
        ours = {self.path / LOCK, *self.path.glob(TEMPORARY)}
        if self.path.exists() and set(self.path.iterdir()) - ours:
            raise ValueError(f"{self.path} holds files that are not from a run of ours (there is no {RECORD}): "
                             f"nothing is overwritten; name another folder with --out")
        return None

    def _read(self, file, fields):
        """A JSON object with just these fields, or an error that says what to do."""
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            found = None
        if not isinstance(found, dict) or set(found) != fields:
            raise ValueError(f"{file} is damaged or not ours: delete it if you can spare it, or name another folder "
                             f"with --out")
        return found

    def _compare(self, found):
        """Refuse a folder whose run is not this one; say what differs first."""
        if found["program"] != self.record["program"]:
            difference = f"of {found['program']}, not of {self.record['program']}"
        else:
            before, now = found["settings"], self.record["settings"]
            differing = [k for k in {**before, **now} if before.get(k) != now.get(k)]
            if not differing:
                return
            k = differing[0]
            difference = f"with {k} = {json.dumps(before.get(k))}, where this one has {json.dumps(now.get(k))}"
        state = "a finished run" if found["finished"] else "an unfinished run"
        raise ValueError(f"{self.path} holds {state} {difference}. Results are not mixed: name another folder with "
                         f"--out, or throw the old run away with --fresh")

    def step(self, name, function):
        """What ``function()`` returns, as JSON gives it back; not called where the step is done already.

        Parameters
        ----------
        name : str
            Of the step, unlike all others of the run.
        function : callable
            Without arguments; returns what JSON can hold.
        """
        self._begin()
        file = self._file(name, ".json")
        if not file.exists():
            begin, cpu = time.perf_counter(), time.process_time()
            value = function()
            took = {"seconds": time.perf_counter() - begin, "cpu_seconds": time.process_time() - cpu}
            with atomic_write(file, "w") as f:
                json.dump({"value": value, **took, "peak_memory_mb": peak_memory_mb()}, f)
        found = self._read(file, {"value", "seconds", "cpu_seconds", "peak_memory_mb"})
        self.seconds[name], self.cpu_seconds[name] = found["seconds"], found["cpu_seconds"]
        self.peaks[name] = found["peak_memory_mb"]
        self.digests[name] = json.dumps(found["value"], sort_keys=True)
        return found["value"]

    def net(self, name, function):
        """As ``step``, for a function that returns an ``MLP``: it comes back bit for bit, masks included."""
        self._begin()
        file = self._file(name, ".npz")
        if not file.exists():
            self._file(name, ".json").unlink(missing_ok=True)
        self.step(name, lambda: function().save(file))
        try:
            net = MLP.load(file)
        except ValueError as error:
            raise ValueError(f"{error}: delete this file, and its step is done again") from None
        self.digests[name] = weights_sha256(net)
        return net

    def files(self, name):
        """The files of a step that is done, {suffix: path}."""
        return {suffix: self._file(name, suffix) for suffix in (".npz", ".json") if self._file(name, suffix).exists()}

    def take(self, name, files):
        """Keep a step that was done elsewhere, by its files, {suffix: bytes}; one that is here stays as it is."""
        self._begin()
        for suffix in (".npz", ".json"):  # the record comes last: it says that all is there
            if suffix in files and not self.has(name):
                with atomic_write(self._file(name, suffix)) as f:
                    f.write(files[suffix])

    @property
    def sha256(self):
        """One SHA-256 over what all steps so far returned, nets bit for bit: two runs agree if this does."""
        return hashlib.sha256(json.dumps(self.digests, sort_keys=True).encode()).hexdigest()

    def has(self, name):
        """Whether the step of this name is done already."""
        return not self.stale and self._file(name, ".json").exists()

    def _file(self, name, suffix):
        """The file of a step: its name with all but letters, digits, dots and dashes turned to underscores."""
        plain = re.sub(r"[^a-zA-Z0-9.-]+", "_", name)
        if self.names.setdefault(plain, name) != name:
            raise ValueError(f"the steps {self.names[plain]!r} and {name!r} would share the file {plain}")
        return self.path / STEPS / f"{plain}{suffix}"

    def _begin(self):
        """Before anything is written: the lock, what ``fresh`` throws away, the record."""
        if self.lock is not None:
            return
        self.path.mkdir(parents=True, exist_ok=True)
        self.lock = self._locked()
        if self.stale:
            shutil.rmtree(self.path / STEPS, ignore_errors=True)
        if self.stale or not (self.path / RECORD).exists():
            self._write_record()
        self.stale = False

    def _locked(self):
        """The folder, locked for this process: an exclusive transaction on an empty SQLite file.

        It is the one lock in the standard library that is the same on every system, and that the system frees with the
        process, however that ends.
        """
        folder = self.path.resolve()
        if folder not in HELD:
            lock = sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None, check_same_thread=False)
            try:
                lock.execute("PRAGMA journal_mode = MEMORY")  # no second file beside it
                lock.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                lock.close()
                if "locked" not in str(error):
                    raise OSError(f"{folder / LOCK}: {error}") from None
                raise ValueError(f"another process is at work in {self.path}: wait for it, or name another folder with "
                                 f"--out") from None
            HELD[folder] = lock
        return folder

    def _write_record(self):
        with atomic_write(self.path / RECORD, "w") as f:
            json.dump(self.record, f, indent=1)

    def open(self, name, mode="wb"):
        """Open the file ``name`` of the folder for writing, whole or not at all (``files.atomic_write``)."""
        self._begin()
        return atomic_write(self.path / name, mode)

    def redo(self):
        """Take a finished run for unfinished: a file of its results is gone."""
        self.finished, self.stale = None, True

    def close(self):
        """Give the lock back."""
        if self.lock in HELD:
            HELD.pop(self.lock).close()
        self.lock = None

    def finish(self):
        """All is done and written: the folder says so, and the steps go."""
        self._begin()
        self.record["finished"] = now()
        self._write_record()
        shutil.rmtree(self.path / STEPS, ignore_errors=True)
        self.close()
        for file in [*self.path.glob(TEMPORARY), self.path / LOCK]:
            file.unlink(missing_ok=True)


def writable(path):
    """``path`` as a Path; NotADirectoryError unless it is a folder that can be written to, or a new one."""
    nearest = next((p for p in [Path(path), *Path(path).absolute().parents] if p.exists()), Path(path))
    if not str(path) or not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise NotADirectoryError(f"{str(path)!r} must be a folder that can be written to, or a new one")
    return Path(path)
