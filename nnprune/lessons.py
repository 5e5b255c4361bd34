"""List the lessons that come with the package, and lay them beside you, to be opened, run and changed.

    python -m nnprune.lessons                  which there are
    python -m nnprune.lessons --copy lessons   lessons, exercises and solutions, into a new folder
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from ._util.command import command_parser, exit_code, leave

FIRST = "README.md"  # of the folder; its table of lessons is also what the site and this list show


def lessons_folder() -> Path:
    """Where the lessons are: in the checkout that the package runs from, else where pip has put them.

    Raises
    ------
    FileNotFoundError
        If they were not installed.
    """
    checkout = Path(__file__).parents[1] / "tutorials"
    if (checkout / FIRST).is_file():
        return checkout
    for file in importlib.metadata.files("nnprune") or ():
        if file.parts[-2:] == ("tutorials", FIRST):
            return Path(str(file.locate())).resolve().parent
    raise FileNotFoundError("the lessons were not installed with nnprune: they are in tutorials/ of "
                            "https://github.com/nnprune/nnprune")


def copy_lessons(target: str | os.PathLike[str]) -> Path:
    """Copy lessons, exercises and solutions into a new folder, whole or not at all.

    Parameters
    ----------
    target : str or os.PathLike
        Made; may exist if it is empty.

    Returns
    -------
    pathlib.Path
        ``target``.

    Raises
    ------
    FileExistsError
        If something is there: exercises that were begun are not written over.
    NotADirectoryError
        If the folder to hold it does not exist.
    OSError
        If it cannot be written, such as to a full disk: nothing is left of it.
    """
    target = Path(target)
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise FileExistsError(f"{target} is there already, and may hold answers of yours: name a new folder")
    if not target.absolute().parent.is_dir():
        raise NotADirectoryError(f"there is no folder {target.absolute().parent} to hold {target.name}")
    with tempfile.TemporaryDirectory(dir=target.absolute().parent) as place:
        try:
            shutil.copytree(lessons_folder(), Path(place) / "lessons", ignore=shutil.ignore_patterns("__pycache__"))
        except shutil.Error as error:  # a list with the file, its copy and the reason, of all that failed
            raise OSError(f"the lessons, 1 MB, cannot be written to {target}: {error.args[0][0][2]}") from None
        if target.exists():
            target.rmdir()
        os.replace(Path(place) / "lessons", target)
    return target


def parser(prog: str = "python -m nnprune.lessons") -> ArgumentParser:
    """The command line."""
    p = command_parser(prog, __doc__)
    p.add_argument("--copy", metavar="DIR", help="copy lessons, exercises and solutions into this new folder")
    return p


def run(options: Sequence[str] | None, prog: str) -> int:
    """Do what the command line asks for."""
    args = parser(prog).parse_args(options)
    if args.copy is None:
        text = (lessons_folder() / FIRST).read_text(encoding="utf-8")
        print("\n".join(f"{number}  {about}" for number, about in re.findall(r"^\| (\d\d) \| (.+?) \|$", text, re.M)))
        print(f"\n{prog} --copy DIR lays them beside you.")
        return 0
    folder = copy_lessons(args.copy)
    first = min(folder.glob("[0-9]*.py")).name
    print(f"The lessons are in {folder}. Next: cd {folder}, open {first} in your editor, and run it: python {first}\n"
          f"The exercises are in {folder / 'exercises'}: fill one in, and let nnprune exercises 02 judge it.")
    return 0


def main(argv: Sequence[str] | None = None, prog: str = "python -m nnprune.lessons") -> int:
    """Run the command; its exit code."""
    return exit_code(lambda: run(argv, prog))


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
