"""The four files of MNIST: their names, their check sums, and the places where they are looked for.

The files are not part of the package. They are looked for in this order:

1. the folder that is passed as ``directory``,
2. the folder that ``$NNPRUNE_DATA`` names,
3. ``data/mnist`` of the checkout that the package runs from,
4. the user's cache, see ``cache_folder``, into which they are downloaded if none are found.

A folder that someone named (1, 2) must have the files: to go on to another one would be to train on other
data than asked for, without a word. The files may lie in ``MNIST/raw`` or ``raw`` below it, where torchvision puts
them; or the folder has Keras' one file, ``mnist.npz``. Instead of the folder, one of the files may be named. A file
may be plain or gzipped and may be called ``train-images-idx3-ubyte`` or ``train-images.idx3-ubyte``, in capitals too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .._util.types import StrPath

# Name: SHA-256 of the uncompressed file.
MNIST_FILES = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
KERAS_FILE = "mnist.npz"  # all four arrays in one file
BELOW = ("", "MNIST/raw", "raw")  # where the files may lie in a folder that was named
# The folder ``data`` beside the package; it exists only where the package runs from a checkout.
CHECKOUT_DATA = Path(__file__).resolve().parents[2] / "data"


def find_mnist(directory: StrPath | None = None) -> Path | None:
    """The folder from which ``load_mnist`` would read, found without reading or downloading anything.

    Parameters
    ----------
    directory : str or os.PathLike, optional
        As for ``load_mnist``.

    Returns
    -------
    Path or None
        The folder in which the four files are, or the path of an .npz. None if they are not in ``directory``, where
        that is given; else not in ``$NNPRUNE_DATA``, where that is set; else neither in the checkout nor in the cache.

    Examples
    --------
    >>> find_mnist("a folder that is not there") is None
    True
    """
    named = named_folder(directory)
    if named is None:
        places = [CHECKOUT_DATA / "mnist", cache_folder()]
    elif named.suffix.lower() == ".npz" and named.is_file():
        return named
    else:
        folder = named.parent if named.is_file() and _is_spelling(named) else named
        places = [folder / below for below in BELOW]
    for place in places:
        if len(files_in(place)) == len(MNIST_FILES):
            return place
    return next((place / KERAS_FILE for place in places if (place / KERAS_FILE).is_file()), None)


def named_folder(directory: StrPath | None) -> Path | None:
    """The folder that the caller or the environment names.

    Parameters
    ----------
    directory : str, os.PathLike or None
        As for ``load_mnist``.

    Returns
    -------
    Path or None
        ``directory``, else ``$NNPRUNE_DATA``, else None. It need not exist.

    Raises
    ------
    ValueError
        If ``directory`` is an empty text, which names nothing; an empty variable counts as not set.

    Examples
    --------
    >>> named_folder("some/folder").parts
    ('some', 'folder')
    """
    refuse_empty("directory", directory)
    named = directory or os.environ.get("NNPRUNE_DATA")
    return Path(named).expanduser() if named else None


def refuse_empty(name: str, directory: StrPath | None) -> None:
    """Raise ValueError if ``directory`` is an empty text; it is not the same as leaving it out."""
    if isinstance(directory, str) and not directory.strip():
        raise ValueError(f"{name} must name a folder, but it is {directory!r}; for the usual places leave it out, "
                         f"for the current folder say '.'")


def files_in(folder: Path) -> dict[str, Path]:
    """Which of the four files are in a folder.

    Parameters
    ----------
    folder : Path
        It need not exist.

    Returns
    -------
    dict of str to Path
        For each of ``MNIST_FILES`` that is there, its path; a plain file goes before a gzipped one, and a file with
        something in it before an empty one.

    Examples
    --------
    >>> files_in(Path("a folder that is not there"))
    {}
    """
    found = {name: copies(folder, name) for name in MNIST_FILES}
    return {name: paths[0] for name, paths in found.items() if paths}


def copies(folder: Path, name: str) -> list[Path]:
    """All files of the folder that go by the name of one of ``MNIST_FILES``, in the order in which they are tried."""
    try:
        entries = sorted(folder.iterdir(), reverse=True)  # small letters before capitals
    except OSError:  # no such folder; or one whose files may be opened but not listed
        entries = [folder / spelling for spelling in _spellings(name)]
    paths = [path for spelling in _spellings(name) for path in entries if path.name.lower() == spelling]
    return sorted((path for path in paths if path.is_file()), key=lambda path: path.stat().st_size == 0)


def _spellings(name: str) -> list[str]:
    dotted = name.replace("-idx", ".idx")
    return [name, dotted, f"{name}.gz", f"{dotted}.gz"]


def _is_spelling(path: Path) -> bool:
    return any(path.name.lower() in _spellings(name) for name in MNIST_FILES)


def cache_folder() -> Path:
    """The folder in which downloaded files are kept for the next time.

    It is ``nnprune/mnist`` in ``$XDG_CACHE_HOME``, if that is set, else in the system's own place for caches.

    Returns
    -------
    Path
        It need not exist.

    Examples
    --------
    >>> cache_folder().parts[-2:]
    ('nnprune', 'mnist')
    """
    if os.environ.get("XDG_CACHE_HOME"):
        base = Path(os.environ["XDG_CACHE_HOME"]).expanduser()
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "nnprune" / "mnist"


def by_hand(folder: Path) -> str:
    """What to do without a network, as text for an error message.

    Parameters
    ----------
    folder : str or os.PathLike
        Where the files should go.

    Returns
    -------
    str
        Five lines: the folder, and the four files with their sums.

    Examples
    --------
    >>> print(by_hand("here").splitlines()[0])
    To do it by hand, put these four files, plain or as .gz, into here
    """
    lines = [f"To do it by hand, put these four files, plain or as .gz, into {folder}"]
    lines += [f"  {name}  SHA-256 (uncompressed) {digest}" for name, digest in MNIST_FILES.items()]
    return "\n".join(lines)


def not_found(folder: Path | None) -> str:
    """What is wrong if the files are not there, as text for an error message.

    Parameters
    ----------
    folder : Path or None
        The folder that was named; None if they were looked for everywhere.

    Returns
    -------
    str
        What was expected, what was found, and what ``by_hand`` says.

    Examples
    --------
    >>> print(not_found(Path("nowhere")).splitlines()[0])
    nowhere: expected the four MNIST files, found no such folder
    """
    if folder is None:
        found = f"neither {CHECKOUT_DATA / 'mnist'} nor {cache_folder()} has all of them"
        return f"expected the four MNIST files, found that {found}\n{by_hand(cache_folder())}"
    missing = [name for name in MNIST_FILES if name not in files_in(folder)]
    if folder.is_dir():
        found = "a folder without " + ", ".join(missing)
    elif folder.is_file() and _is_spelling(folder):
        missing = [name for name in MNIST_FILES if name not in files_in(folder.parent)]
        found = "one of them in a folder without " + ", ".join(missing)
    else:
        found = "a file that is none of them" if folder.exists() else "no such folder"
    variable = os.environ.get("NNPRUNE_DATA")
    if variable and Path(variable).expanduser() == folder:
        found += " (the variable NNPRUNE_DATA names it: unset it, and MNIST is looked for elsewhere)"
    place = folder.parent if folder.is_file() else folder
    return f"{folder}: expected the four MNIST files, found {found}\n{by_hand(place)}"
