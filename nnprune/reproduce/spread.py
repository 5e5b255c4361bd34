"""The steps of an experiment, spread over workers: processes here, or those of a cluster.

What an experiment does for one seed, or one method, is a function ``function(job, *arguments)`` of its module, whose
steps are none of another's. A worker runs it with a job and a folder of its own, which begins with the steps that are
done already, and sends back every step as soon as it is done; this process alone writes them into the run's folder. So
a run that is killed, here or there, has lost what its workers were at, and nothing else.

The images go to the workers of this machine once, as a file that all of them map into memory. Those of a cluster load
them again as this process did, and compare their check sum.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import platform
import time
from pathlib import Path

from .._util.executor import Workers, mapped, scratch, spread, tell, travels, write_for_workers
from .._util.progress import Together
from ..datasets.mnist import Dataset
from .provenance import data_identity
from .run_folder import RunFolder

PARTS = ("x_train", "y_train", "x_test", "y_test")
EVERY = 0.2  # seconds between two reports of a worker


class NotDone(Exception):
    """A step that is looked for is still to be done."""


def spread_items(job, function, items, done):
    """What ``Job.map`` gives, with the workers of ``job.executor``."""
    values, found, here = {}, {}, []
    for name, arguments in items.items():
        with job.looking() as steps, contextlib.suppress(NotDone):
            values[name] = function(job, *arguments)
        if name in values:
            done(name, values[name])
        elif travels((function, arguments)):
            found[name] = steps
        else:
            here.append(name)
    names = list(found)
    board = Together(f"{job.name}: ")

    def told(number, kind, *message):
        if kind == "progress":
            board.show(names[number], *message)
        elif kind == "step":
            board.close()
            job.arrived(*message)

    if names:
        sent = to_send(job)
        local = isinstance(job.executor, Workers)
        tasks = [(sent, function, items[name], {step: files if local else {suffix: path.read_bytes() for suffix, path in
                                                                           files.items()}
                                                for step, files in found[name].items()}) for name in names]
        for number, (value, steps) in spread(job.executor, work, tasks, names, told, job.width):
            for step, files in steps.items():
                job.arrived(step, files)
            values[names[number]] = value
            board.ended(names[number])
            done(names[number], value)
    for name in here:
        values[name] = function(job, *items[name])
        done(name, values[name])
    return [values[name] for name in items]


def to_send(job):
    """A copy of the job without what belongs to this process, and with a way to the images."""
    sent = copy.copy(job)
    sent.folder = sent.log = sent.executor = sent.images = None
    if job.images is None:
        return sent
    identity = job.data_identity("mnist")[0]
    if isinstance(job.executor, Workers):
        path = Path(job.executor.folder) / identity.rpartition(" ")[2]
        if not path.exists():
            path.mkdir()
            for part in PARTS:
                write_for_workers(f"{path}/{part}.npy", getattr(job.images, part))
        sent.load = functools.partial(images_in, str(path), job.images.name)
    else:
        sent.load = functools.partial(loaded_again, job.load, identity)
    return sent


@functools.lru_cache(maxsize=1)
def images_in(path, name):
    """In a worker: the images that the parent wrote, read from the file where they are looked at."""
    return Dataset(*(mapped(f"{path}/{part}.npy") for part in PARTS), name)


@functools.lru_cache(maxsize=1)
def loaded_again(load, identity):
    """In a worker of a cluster: the images, if they are those of the parent; ValueError if not."""
    where = f"the worker on {platform.node()}"
    try:
        data = load()
    except OSError as error:
        raise ValueError(f"{where} lacks the data: put them where they are here, or take --dataset digits. {error}"
                         ) from None
    if data_identity(data) != identity:
        raise ValueError(f"{where} has {data_identity(data)}, and here it is {identity}: put the same files there")
    return data


def work(job, function, arguments, found):
    """In a worker: the function's value, and the steps that it did, {name: {suffix: bytes}}."""
    new = {}

    def finished(name):
        new[name] = {suffix: path.read_bytes() for suffix, path in job.folder.files(name).items()}
        tell("step", name, new[name])

    with scratch() as path:
        job.folder, job.finished = RunFolder(path, "task", {}), finished
        for name, files in found.items():
            job.folder.take(name, {s: f.read_bytes() if isinstance(f, Path) else f for s, f in files.items()})
        try:
            return function(job, *arguments), new
        finally:
            job.folder.close()


class Told:
    """A ``Progress`` in a worker: the parent shows it."""

    def __init__(self):
        self.last = 0.0

    def __call__(self, done, total, note=""):
        if time.perf_counter() - self.last >= EVERY:
            self.last = time.perf_counter()
            tell("progress", done, total, note)

    def close(self):
        """Nothing: what is at work is known to the parent."""
