"""How the programs of the package begin and end: one line for what is missing or went wrong, and an exit code."""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from .checks import check_memory, gibibytes, whole_number

KEPT = "What is done is kept: the same command goes on from there."
LEAST_ADDRESSES = 700 * 2**20  # bytes: Python with NumPy, SciPy and matplotlib, and a small net
MOST = 10**9  # of anything that an option counts: what is beyond would end in an overflow somewhere, without its name


def missing(error: ModuleNotFoundError, room: str, extra: str) -> ImportError:
    """The ImportError to raise where ``room`` cannot be imported without what ``extra`` installs: one line.

    Parameters
    ----------
    error : ModuleNotFoundError
        Of the import that failed.
    room, extra : str

    Raises
    ------
    SystemExit
        With code 2, after the line went to stderr, if ``python -m room`` is being started. Python imports the room
        before its ``__main__`` and would show a traceback; ``sys.argv[0]`` is "-m" as long as it looks for that module.

    Examples
    --------
    >>> missing(ModuleNotFoundError(name="hypothesis"), "nnprune.laws", "test")
    ImportError('nnprune.laws needs hypothesis: pip install "nnprune[test]"')
    """
    message = f'{room} needs {error.name}: pip install "nnprune[{extra}]"'
    if sys.argv[:1] == ["-m"]:
        print(f"error: {message}", file=sys.stderr)
        raise SystemExit(2)
    return ImportError(message)


def command_parser(prog: str, doc: str | None) -> argparse.ArgumentParser:
    """The parser of a program: its help is the docstring of its module, with the examples as they are called.

    Parameters
    ----------
    prog : str
        "python -m nnprune.demo", or "nnprune demo": as the user calls it.
    doc : str or None
        A line of summary, an empty line, examples. None, as of every docstring under ``python -OO``: no summary.
    """
    summary, _, rest = (doc or "").partition("\n\n")
    name = prog.split()[-1].removeprefix("nnprune.")
    examples = rest.replace(f"python -m nnprune.{name}", prog)
    return argparse.ArgumentParser(prog=prog, description=summary or None, epilog=f"examples:\n{examples}" if rest else
                                   None, formatter_class=argparse.RawDescriptionHelpFormatter)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """The options of the programs that work on several cores, or on a cluster (``executor``)."""
    parser.add_argument("--jobs", type=int, metavar="N", help="worker processes, of one BLAS thread each (default: one "
                        "for each core); the results are the same, whatever their number")
    parser.add_argument("--executor", metavar="dask://HOST:PORT", help="work on a Dask cluster instead")


def workers_that_fit(jobs: int, shared: float, each: float, max_memory: float | None,
                     log: Callable[[str], object]) -> int:
    """How many of so many workers fit into the memory, and a line that says what they take together.

    Parameters
    ----------
    jobs : int
    shared, each : float
        Bytes, of this process and of a worker.
    max_memory : float or None
        ``--max-memory``, in GiB; None: what the machine has, of which one worker may take more.
    log : callable

    Raises
    ------
    ValueError
        If one worker is too many for ``--max-memory``, or for ``ulimit -v``.

    Examples
    --------
    >>> workers_that_fit(4, 2**30, 2**30, 3.5, print)
    memory: at most about 3.0 GiB, with 2 of 4 workers at a time
    2
    """
    if max_memory is not None:
        check_memory("the run", shared + each, max_memory * 2**30, "use --quick, or a smaller net")
    check_addresses(LEAST_ADDRESSES + max(shared, each))
    most = max_memory * 2**30 if max_memory is not None else installed_memory()
    fit = max(1, int(min(jobs, (most - shared) / each)))
    few = f", with {fit} of {jobs} workers at a time" if fit < jobs else ""
    log(f"memory: at most about {gibibytes(shared + fit * each)}{few}")
    return fit


def installed_memory() -> float:
    """Bytes of memory of this machine; infinity where it does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf, and others may lack a name
        return math.inf


def addresses() -> float:
    """Bytes of addresses that a process may have (``ulimit -v``); infinity where there is no limit."""
    try:
        import resource
    except ImportError:  # Windows has none
        return math.inf
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return math.inf if limit == resource.RLIM_INFINITY else limit


def check_addresses(needed: float) -> None:
    """ValueError if ``ulimit -v`` leaves a process fewer bytes: a BLAS that gets no memory waits for it without end."""
    if needed > addresses():
        raise ValueError(f"a process here may take {needed / 2**20:,.0f} MiB of addresses, and ulimit -v allows it "
                         f"{addresses() / 2**20:,.0f} MiB: raise that (ulimit -v unlimited), or take a smaller net")


def whole_option(name: str, value: int, low: int) -> int:
    """The value of an option that counts something; ValueError names the option."""
    if whole_number(name, value, low) > MOST:
        raise ValueError(f"{name} must be at most {MOST:,}, but it is {value}")
    return value


def page_option(name: str, value: str) -> None:
    """Refuse a file that a page cannot be written to, before any work begins; the error names the option."""
    out = Path(value)
    if out.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"{name} {value!r} must end in .html: browsers go by it")
    if out.is_dir():
        raise IsADirectoryError(f"{name} {value!r} is a folder; name a file in it")
    if not out.parent.is_dir():
        raise NotADirectoryError(f"{name} {value!r}: the folder {str(out.parent)!r} does not exist; make it first")
    try:
        tempfile.TemporaryFile(dir=out.parent).close()
    except OSError as error:
        raise OSError(f"{name} {value!r} cannot be written: {error}") from None


def leave(code: int) -> NoReturn:
    """End the process; at once where a call that was given up still runs: Python's way out would tear it in C code."""
    if any(thread.daemon for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def usable_streams() -> None:
    """Make stdout and stderr such that every program can print.

    One that the shell has closed (``>&-``) is None in Python and swallows what is written from now on; what a terminal
    cannot show, such as a file's name in another encoding, is written as its code instead of ending the program.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8", errors="backslashreplace"))  # noqa: SIM115
        elif getattr(stream, "errors", None) == "strict" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def stopped_by_sigterm() -> Iterator[None]:
    """SIGTERM, as ``kill``, a batch system or a container sends it, ends the block as Ctrl-C does: by a
    KeyboardInterrupt, which knows its name, so that nothing temporary is left behind."""
    def stop(number: int, frame: object) -> NoReturn:
        raise KeyboardInterrupt("SIGTERM")

    ours = (threading.current_thread() is threading.main_thread()  # no other thread may set a handler
            and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
    if ours:
        signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def stopped_by(error: KeyboardInterrupt) -> tuple[str, int]:
    """What stopped the run, and its exit code: 128 and the signal's number, as of a shell.

    Examples
    --------
    >>> stopped_by(KeyboardInterrupt()), stopped_by(KeyboardInterrupt("SIGTERM"))
    (('Ctrl-C', 130), ('SIGTERM', 143))
    """
    return ("SIGTERM", 143) if error.args else ("Ctrl-C", 130)


def exit_code(run: Callable[[], int | None], left: str = "") -> int:
    """Call ``run()``; what it raises for a user's mistake or wish becomes a line on stderr.

    Parameters
    ----------
    run : callable
        Without arguments. Returns the exit code, or None for 0.
    left : str
        After Ctrl-C or SIGTERM: what there is of the work.

    Returns
    -------
    int
        What ``run`` returned; 1 if the reader of the output, such as ``head``, has had enough; 2 for a ValueError,
        OSError or MemoryError, of which the message is printed; 130 after Ctrl-C, 143 after SIGTERM.

    Examples
    --------
    >>> exit_code(lambda: None), exit_code(lambda: 3)
    (0, 3)
    """
    usable_streams()
    try:
        with stopped_by_sigterm():
            check_addresses(LEAST_ADDRESSES)
            code = run()
            sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except MemoryError as error:
        print(f"error: out of memory ({error}): take a smaller net, fewer samples, or fewer --jobs", file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        how, code = stopped_by(error)
        print(f"\nStopped by {how}. {left}".rstrip(), file=sys.stderr)
    return 0 if code is None else code
