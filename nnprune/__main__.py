"""One command for all of nnprune: ``nnprune COMMAND``, or ``python -m nnprune COMMAND``.

Each command is a module of its own, imported only when it is asked for: ``nnprune demo`` is ``python -m nnprune.demo``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from . import __version__
from ._util.command import exit_code, leave

# Command -> (module, what it does).
COMMANDS = {
    "demo": ("nnprune.demo", "the main job: train a net, prune it by every method, compare"),
    "exercises": ("nnprune.exercises.__main__", "check the functions that the lessons ask you to write"),
    "explore": ("nnprune.explore.__main__", "write a page in which a net is pruned with a slider"),
    "lessons": ("nnprune.lessons", "list the lessons, or lay them beside you"),
    "laws": ("nnprune.laws.__main__", "let the laws of pruning judge a function of your own"),
    "replay": ("nnprune.replay.__main__", "write a pruning run as one HTML page"),
    "reproduce": ("nnprune.reproduce.__main__", "reproduce a published table"),
}


def usage(prog: str) -> str:
    """The help."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name.ljust(width)}  {what}" for name, (_, what) in COMMANDS.items()]
    return "\n".join([f"usage: {prog} COMMAND ...", "", "Learn to prune neural networks.", "", "commands:", *lines, "",
                      f"  {prog} COMMAND --help shows its options and examples, {prog} --version the version"])


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code, 2 for one that is unknown or needs a package that is missing."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    prog = "python -m nnprune" if sys.argv[0].endswith("__main__.py") else "nnprune"
    return exit_code(lambda: run(arguments, prog))


def run(arguments: list[str], prog: str) -> int:
    """Do what the command line asks for."""
    first = arguments[0] if arguments else ""
    if first in ("--version", "-V"):
        print(f"nnprune {__version__}")
        return 0
    if first in ("--help", "-h", "help", ""):
        print(usage(prog))
        return 0 if first else 2
    if first not in COMMANDS:
        raise ValueError(f"the command {first!r} is unknown; known are: {', '.join(COMMANDS)}; {prog} --help says what "
                         f"they do")
    try:
        command = import_module(COMMANDS[first][0])
    except ModuleNotFoundError:
        raise
    except ImportError as error:  # from ``_util.command.missing``: it says what to install
        raise ValueError(str(error)) from None
    code: int = command.main(arguments[1:], f"{prog} {first}")
    return code


def program() -> NoReturn:
    """The command ``nnprune`` as it is installed."""
    leave(main())


if __name__ == "__main__":
    program()
