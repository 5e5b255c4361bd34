"""Work on every core, or on a cluster: the one place that makes an executor of ``concurrent.futures``.

    Workers(n)             n processes on this machine
    "dask://host:port"     those of a Dask cluster, through ``Client.get_executor``
    spread                 runs tasks on either of them, or on any other executor, and tells what went wrong with which

A worker is *spawned* (no fork of a process that has threads), with one BLAS thread: OpenBLAS and its like read the
environment when NumPy is imported. So a task gives the same bits whatever the number of workers; with one of them it
runs in a worker, too. Ctrl-C does not reach a worker: its parent gets it, and ends the workers. A worker whose parent
is gone, ``kill -9`` included, ends itself.
"""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import multiprocessing.connection
import multiprocessing.context
import os
import queue
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import whole_number
from .progress import silent

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
Map = Callable[[Callable[..., Any], Sequence[Any], Sequence[Any]], Iterator[Any]]  # what ``executor_map`` returns
WAIT = 30  # seconds for a cluster to answer, and for one that has lost all its workers to get one back

_numbers = itertools.count()  # of tasks, over all executors of this process
# In a worker: where its messages go, the folder that is deleted with its parent, and the task that it is at.
_queue: Any = None
_folder: str | None = None
_task = threading.local()


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def n_jobs(jobs: int | None, log: Callable[[str], object] = print) -> int:
    """How many workers ``--jobs`` stands for: None is all cores; more than those are cut to them, with a word.

    Examples
    --------
    >>> n_jobs(1), n_jobs(None) == cores()
    (1, True)
    >>> n_jobs(0)
    Traceback (most recent call last):
    ...
    ValueError: --jobs must be a whole number of at least 1, but it is 0
    """
    there = cores()
    if jobs is None:
        return there
    if whole_number("--jobs", jobs, 1) > there:
        log(f"--jobs {jobs}: this process may use {there} core{'s' * (there > 1)}, so there will be {there}")
    return min(jobs, there)


# -- processes on this machine -----------------------------------------------------------------------------------


class _Process(multiprocessing.context.SpawnProcess):
    """A process that starts with one BLAS thread in its environment, and without Ctrl-C."""

    def start(self) -> None:
        before = {name: os.environ.get(name) for name in THREADS}
        os.environ.update(dict.fromkeys(THREADS, "1"))
        masks = hasattr(signal, "pthread_sigmask")  # a child inherits the mask; Windows has none
        old = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else None
        try:
            super().start()
        finally:
            if old is not None:
                signal.pthread_sigmask(signal.SIG_SETMASK, old)
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


class _Context(multiprocessing.context.SpawnContext):
    """What ``ProcessPoolExecutor`` starts its processes by; it remembers them."""

    def __init__(self) -> None:
        self.started: list[_Process] = []

    def Process(self, *args: Any, **options: Any) -> _Process:  # type: ignore[override]  # noqa: N802
        self.started.append(_Process(*args, **options))
        return self.started[-1]


class Workers(ProcessPoolExecutor):
    """So many worker processes on this machine, started at once; ``with`` ends them, in the middle of their work where
    the block ends by an error.

    Attributes
    ----------
    n : int
    folder : str
        For files that all workers read; deleted at the end, by the workers where this process is killed.

    Examples
    --------
    >>> with Workers(1) as executor:
    ...     list(executor.map(abs, [-1, 2]))
    [1, 2]
    """

    def __init__(self, n: int) -> None:
        self.n, self.context = n, _Context()
        self.folder = tempfile.mkdtemp(prefix="nnprune-")
        self.queue = self.context.SimpleQueue()
        self.boxes: set[queue.SimpleQueue[Any]] = set()
        super().__init__(n, self.context, _begin, (self.queue, self.folder))
        self.passing = threading.Thread(target=self._pass_on, daemon=True)
        self.passing.start()
        try:
            for _ in range(n):  # all of them start now, while the caller does something else
                self.submit(cores)
        except BaseException as error:  # none can be started, as in a worker that runs its parent's script once more
            self.__exit__(type(error), error, None)
            raise

    def _pass_on(self) -> None:
        """The workers' messages, to whoever waits for them."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                message = self.queue.get()
                for box in list(self.boxes):
                    box.put(message)

    def dead(self) -> list[_Process]:
        """The workers that did not end by themselves or by this process."""
        return [p for p in self.context.started if p.exitcode not in (None, 0, -signal.SIGTERM)]

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None:
            for process in self.context.started:
                if process.is_alive():
                    process.kill()
        self.shutdown(wait=False, cancel_futures=True)
        while alive := [process for process in self.context.started if process.is_alive()]:
            for process in alive if self.dead() else []:  # the others may wait for a lock that a killed one held
                process.kill()
            multiprocessing.connection.wait([process.sentinel for process in alive], timeout=1)
        self.shutdown(wait=True)
        # All workers are gone: the thread reads the end of the pipe. (A None by ``put`` would wait without end for a
        # lock that a killed worker held.)
        self.queue._writer.close()  # type: ignore[attr-defined]
        self.passing.join(timeout=1)
        shutil.rmtree(self.folder, ignore_errors=True)


def _begin(messages: Any, folder: str) -> None:
    """The first thing that a worker does."""
    global _queue, _folder
    _queue, _folder = messages, folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silent()
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()


def _end_with_parent(folder: str) -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


# -- a cluster, and whatever else is handed over ----------------------------------------------------------------


@contextlib.contextmanager
def make_executor(jobs: int, address: str | None = None) -> Iterator[Executor]:
    """The executor for so many jobs here, which start now, or for those of a cluster.

    Parameters
    ----------
    jobs : int
    address : str, optional
        "dask://host:port", of a Dask scheduler. Its workers must have nnprune, of the same version.

    Raises
    ------
    ValueError
        If the address is none, ``distributed`` is not installed, or the cluster has no workers, or no nnprune.
    OSError
        If no scheduler answers there.
    """
    if address is None:
        with Workers(jobs) as workers:
            yield workers
        return
    scheme, found, place = address.partition("://")
    if scheme != "dask" or not found or not place.rpartition(":")[2].isdigit():
        raise ValueError(f"--executor must be dask://host:port, but it is {address!r}")
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise ValueError(f'--executor {address} needs distributed: pip install "nnprune[dask]"') from None
    try:
        client = Client(f"tcp://{place}", timeout=WAIT / 3, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise OSError(f"--executor {address}: no Dask scheduler answers there ({error})") from None
    with client:
        _same_package(client, address)
        yield client.get_executor(pure=False)


def _version() -> str:
    from .. import __version__
    return __version__


def _same_package(client: Any, address: str) -> None:
    """ValueError unless the cluster has workers, and all of them this version of nnprune."""
    here = _version()
    remedy = f"install nnprune {here} on every worker, in the environment that Dask runs in"
    try:
        found = client.run(_version)
    except Exception as error:  # what came back is what the worker could not do, whatever that is
        raise ValueError(f"the workers of {address} cannot import nnprune ({type(error).__name__}: {error}): {remedy}"
                         ) from None
    if not found:
        raise ValueError(f"{address} has no workers: start some, such as: dask worker tcp://{address[7:]}")
    for worker, version in found.items():
        if version != here:
            raise ValueError(f"the worker {worker} of {address} has nnprune {version}, and here it is {here}: {remedy}")


def as_executor(executor: Any) -> Executor:
    """What was handed over as ``executor=``, as one; TypeError with the remedy if it is none.

    A ``distributed.Client`` is asked for its executor: its own ``map`` returns futures and not results.
    """
    if hasattr(executor, "get_executor"):
        made: Executor = executor.get_executor(pure=False)
        return made
    if isinstance(executor, Executor):
        return executor
    kind = type(executor)
    hint = ", which has no submit and no map" if kind.__module__.partition(".")[0] == "joblib" else ""
    raise TypeError(f"executor must be an Executor of concurrent.futures, but it is a {kind.__module__}.{kind.__name__}"
                    f"{hint}: pass ProcessPoolExecutor(2), or client.get_executor() of a Dask client")


def executor_map(executor: Any, what: str = "batch") -> Map:
    """How an executor, or this process for None, calls a function for one item after another.

    Returns
    -------
    callable
        ``(function, shared, items)`` gives ``function(*shared, item)`` for each item, in order. ``shared`` are arrays
        (or None) that do not travel with the items but once to a worker, which must not write to them. Where a
        worker dies, the error names the ``what`` it was at.
    """
    if executor is None:
        return lambda function, shared, items: (function(*shared, item) for item in items)
    executor = as_executor(executor)

    def named(function: Callable[..., Any], shared: Sequence[Any], items: Sequence[Any]) -> Iterator[Any]:
        if not items:
            return
        with _sent_once(executor, shared) as sent:
            results = executor.map(partial(_call, function), [sent] * len(items), items)
            for number in range(1, len(items) + 1):
                yield _alive(partial(next, results), executor, partial("{} {}".format, what, number))

    return named


@contextlib.contextmanager
def _sent_once(executor: Executor, arrays: Sequence[Any]) -> Iterator[Any]:
    """What each item of work takes along in place of the arrays; ``_call`` turns it into them again.

    Processes of this machine map files of them, which are in memory once for all; each Dask worker gets them before
    its first item, so that one that dies takes none away; threads see them anyway. An executor of another kind gets
    them with every item.
    """
    if hasattr(executor, "_client"):
        yield executor._client.scatter([tuple(arrays)], broadcast=True, hash=False)[0]
    elif isinstance(executor, ProcessPoolExecutor):
        folder = executor.folder if isinstance(executor, Workers) else None
        with tempfile.TemporaryDirectory(prefix="nnprune-", dir=folder, ignore_cleanup_errors=True) as path:
            files = [None if array is None else f"{path}/{number}.npy" for number, array in enumerate(arrays)]
            for file, array in zip(files, arrays):
                if file is not None:
                    write_for_workers(file, array)
            yield files
    else:
        yield tuple(arrays)


def write_for_workers(file: str, array: NDArray[Any]) -> None:
    """The file that ``mapped`` reads."""
    try:
        np.save(file, array)
    except OSError as error:
        raise OSError(f"{os.path.dirname(file)} has no room for the {array.nbytes / 2**20:.0f} MiB that the workers "
                      f"read there ({error}): let TMPDIR name a folder that has") from None


def _call(function: Callable[..., Any], shared: Any, item: Any) -> Any:
    """``function(*shared, item)``, in a worker; a list has the names of files."""
    if isinstance(shared, list):
        shared = [None if path is None else mapped(path) for path in shared]
    return function(*shared, item)


def mapped(path: str) -> NDArray[Any]:
    """The array in a file that the parent wrote, read where it is looked at."""
    return np.asarray(np.lib.format.open_memmap(path, mode="r"))


# -- tasks -------------------------------------------------------------------------------------------------------

DIED = (BrokenExecutor, CancelledError)
DIED_IN_DASK = {"KilledWorker", "FutureCancelledError", "FuturesCancelledError"}


def tell(*message: Any) -> None:
    """In a task: a message for the ``told`` of ``spread``. Nothing happens where the executor has no way for it."""
    if _queue is not None and hasattr(_task, "number"):
        _queue.put((_task.number, message))


def scratch() -> tempfile.TemporaryDirectory[str]:
    """In a task: a folder for its own files."""
    return tempfile.TemporaryDirectory(dir=_folder, prefix="task-")


def _run(number: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """A task, in its worker."""
    _task.number = number
    tell("begin", os.getpid())
    return function(*arguments)


def spread(executor: Executor, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], names: Sequence[str],
           told: Callable[..., object] = lambda number, *message: None, width: int | None = None
           ) -> Iterator[tuple[int, Any]]:
    """Call ``function(*task)`` for every task, on the executor, and give the values as they come.

    Parameters
    ----------
    executor : Executor
    function : callable
        Of a module, so that a worker can import it.
    tasks : sequence of tuple
    names : sequence of str
        What an error calls each of them.
    told : callable
        ``told(number, *message)`` for every ``tell`` of the task with this number.
    width : int, optional
        So many tasks at a time at most.

    Yields
    ------
    number, value

    Raises
    ------
    ChildProcessError
        If a worker died; it names the task and the remedy. What a task raised is raised as it is.
    """
    box: queue.SimpleQueue[Any] = queue.SimpleQueue()
    if isinstance(executor, Workers):
        executor.boxes.add(box)
    at_work: dict[int, int] = {}  # a number that no other task ever has: its place in ``tasks``
    pids: dict[int, int] = {}
    waiting = iter(range(len(tasks)))

    def submit(places: Iterable[int]) -> None:
        for place in places:
            number = next(_numbers)
            at_work[number] = place
            try:
                future: Future[Any] = executor.submit(_run, number, function, tasks[place])
            except DIED as error:  # before it had anything to do
                raise _died(executor, names[place], error) from None
            future.add_done_callback(lambda f, n=number: box.put((n, ("end", f))))  # type: ignore[misc]

    try:
        submit(itertools.islice(waiting, width))
        lost = time.monotonic()
        while at_work:
            try:
                number, message = box.get(timeout=1)
            except queue.Empty:
                lost = _still_there(executor, lost, [names[place] for place in at_work.values()])
                continue
            if number not in at_work:  # a message that came after the end of its task
                continue
            if message[0] == "begin":
                pids[number] = message[1]
            elif message[0] != "end":
                told(at_work[number], *message)
            else:
                died = partial(_dead_names, executor, names, at_work, pids, number)
                value = _alive(message[1].result, executor, died)
                place = at_work.pop(number)
                submit(itertools.islice(waiting, 1))
                yield place, value
    finally:
        if isinstance(executor, Workers):
            executor.boxes.discard(box)


def _alive(function: Callable[[], Any], executor: Executor, names: Callable[[], str]) -> Any:
    """``function()``; if it says that a worker died, the error of ``_died`` for the work with these names."""
    try:
        return function()
    except Exception as error:
        if isinstance(error, DIED) or type(error).__name__ in DIED_IN_DASK:
            raise _died(executor, names(), error) from None
        raise


def _dead_names(executor: Executor, names: Sequence[str], at_work: dict[int, int], pids: dict[int, int],
                number: int) -> str:
    """The tasks of the workers that died; all that may have been, where that is not known."""
    if not isinstance(executor, Workers):
        return names[at_work[number]]
    executor.shutdown()
    dead = {process.pid for process in executor.dead()}
    hit = [n for n in at_work if pids.get(n) in dead] or [n for n in at_work if n in pids] or [number]
    return " or ".join(names[at_work[n]] for n in hit)


def _died(executor: Executor, names: str, error: BaseException) -> ChildProcessError:
    """What to say of a worker that died at this work."""
    if isinstance(executor, Workers):
        executor.shutdown()  # the others end, and it is known how each of them ended
    if isinstance(error, BrokenProcessPool):
        codes = {p.exitcode for p in executor.dead()} if isinstance(executor, Workers) else set()
        killed = codes == {-getattr(signal, "SIGKILL", 0)}
        why = ("was killed, as a system does where memory runs out: take fewer workers (--jobs)" if killed else
               "ended: in a script, what starts it belongs under if __name__ == \"__main__\"")
        return ChildProcessError(f"in the middle of {names} a worker process {why}")
    said = f" ({error})" if str(error) else ""
    return ChildProcessError(f"the executor stopped in the middle of {names}: {type(error).__name__}{said}")


def _still_there(executor: Executor, since: float, names: Sequence[str]) -> float:
    """When a cluster was last seen to have a worker; ChildProcessError once that is too long ago."""
    client = getattr(executor, "_client", None)
    if client is None or client.scheduler_info(n_workers=1)["workers"]:
        return time.monotonic()
    if time.monotonic() - since > WAIT:
        raise ChildProcessError(f"the cluster has had no worker for {WAIT} s, in the middle of {' and '.join(names)}")
    return since


def travels(value: Any) -> bool:
    """Whether a value can be sent to a worker: a function that was typed in, for one, cannot."""
    try:
        ForkingPickler.dumps(value)  # as the pool sends it
    except Exception:  # a class may raise anything
        return False
    return True
