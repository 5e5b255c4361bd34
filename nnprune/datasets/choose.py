"""The data of a program: what its options ``--dataset`` and ``--data`` name."""

from __future__ import annotations

from collections.abc import Callable

from .._util.types import StrPath
from .digits import make_digits
from .mnist import Dataset, load_mnist
from .mnist_files import named_folder

DATASETS = ("auto", "mnist", "digits")


def load_dataset(name: str = "auto", folder: StrPath | None = None, *, download: bool = True,
                 log: Callable[[str], object] = print, verbose: bool = False) -> Dataset:
    """MNIST or the synthetic digits.

    Parameters
    ----------
    name : {"auto", "mnist", "digits"}
        "auto" is MNIST where it is found, and the synthetic digits where it is not and no folder is named; it says so.
    folder : str or os.PathLike, optional
        The folder with MNIST's files, as for ``load_mnist``.
    download : bool
        As for ``load_mnist``.
    log : callable
        Takes a line of text for the user.
    verbose : bool
        Say what was tried to get MNIST, where it is not used.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If a folder is given with the synthetic digits, or a file of MNIST is damaged.
    OSError
        If MNIST is wanted and is not there.

    Examples
    --------
    >>> load_dataset("digits", "some/folder")
    Traceback (most recent call last):
    ...
    ValueError: --data some/folder has no meaning with --dataset digits, which needs no file
    """
    if name == "digits":
        if folder is not None:
            raise ValueError(f"--data {folder} has no meaning with --dataset digits, which needs no file")
        return make_digits()
    try:
        return load_mnist(folder, download=download)
    except OSError as error:
        # A folder that was named must be right; only where none was, other data will do.
        if name == "mnist" or named_folder(folder):
            raise
        log(f"MNIST was not found{' and could not be downloaded' if download else ''}, so this runs on SYNTHETIC "
            f"DIGITS instead" + (f".\n{error}\n" if verbose else " (--verbose says what was tried)"))
        return make_digits()
