"""Any data set in IDX files: EMNIST, QMNIST, Fashion-MNIST, Kuzushiji-MNIST, or your own.

Four files make a data set. They are told apart by the ends of their names, in which ``test`` may stand for MNIST's
``t10k``; what comes before is the *prefix* and names one data set among several in a folder:

    file                                          prefix             what is special about it
    train-images-idx3-ubyte.gz                    ""                 Fashion-MNIST, Kuzushiji-MNIST
    emnist-letters-train-images-idx3-ubyte.gz     emnist-letters-    pictures are transposed, labels count from 1
    emnist-balanced-test-labels-idx1-ubyte.gz     emnist-balanced-   pictures are transposed
    qmnist-test-labels-idx2-int.gz                qmnist-            8 numbers a picture, the first is its class

Nothing in a file says that its pictures are transposed or where its labels begin, so the caller has to.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import in_range, warn
from .._util.types import StrPath
from .idx import idx_error, read_first_sound
from .mnist import Dataset

ROLES = ("training images", "training labels", "test images", "test labels")
NAME = re.compile(r"(.*?)(train|t10k|test)[-_.](images|labels)[-_.]idx\d+[-_.](u?byte|short|int|float|double)(\.gz)?",
                  re.IGNORECASE)
SEPARATORS = "-_."
QMNIST_COLUMNS = 8  # class, NIST's series, writer, number of the picture, NIST's class, two numbers more and a 0


def load_idx_dataset(files: StrPath | Sequence[StrPath], *, prefix: str | None = None, transpose: bool = False,
                     first_label: int = 0, scale: float = 255.0, name: str | None = None) -> Dataset:
    """A data set from four IDX files, with pictures of any size and any number of classes.

    Parameters
    ----------
    files : str, os.PathLike, or sequence of four of them
        A folder; or the files with the training images, the training labels, the test images and the test labels.
    prefix : str, optional
        With what the names of the four files in the folder begin, such as "emnist-letters-". By default any, if the
        folder has one data set only.
    transpose : bool
        Whether rows and columns of the pictures are exchanged in the files, as in EMNIST.
    first_label : int
        The label of class 0: 1 for EMNIST's letters.
    scale : float
        By what the pixels are divided: their largest value, so that inputs lie in [0, 1].
    name : str, optional
        What the data are called; by default the prefix, or the folder's name.

    Returns
    -------
    Dataset
        With inputs of shape (n, number of pixels), float32, labels from 0, and ``n_classes``.

    Warns
    -----
    NNPruneWarning
        If no sample is of class 0, or a damaged file was passed over for a sound copy beside it.

    Raises
    ------
    FileNotFoundError
        If a file is not there; the message says which.
    IdxError
        If a file is damaged or is not what its name says; it is a ValueError.
    ValueError
        If the folder has several data sets and ``prefix`` does not say which, or an argument is out of its range.

    Examples
    --------
    >>> import tempfile
    >>> from nnprune.datasets.idx import write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for part, n in (("train", 3), ("test", 2)):
    ...         write_idx(f"{folder}/letters-{part}-images-idx3-ubyte", np.zeros((n, 5, 4), dtype=np.uint8))
    ...         write_idx(f"{folder}/letters-{part}-labels-idx1-ubyte", np.arange(1, n + 1, dtype=np.uint8))
    ...     data = load_idx_dataset(folder, transpose=True, first_label=1)
    >>> data, data.n_classes
    (Dataset('letters', train (3, 20), test (2, 20)), 3)
    """
    scale = in_range("scale", scale, 0, 1e30, low_open=True)
    if isinstance(first_label, bool) or not isinstance(first_label, (int, np.integer)):
        raise ValueError(f"first_label must be a whole number, the label of class 0, but it is {first_label!r}")
    copies, found_name = _four(files, prefix)
    x_train, shape = _inputs(copies[0], transpose, scale, None)
    y_train = _classes(copies[1], len(x_train), first_label)
    x_test, _ = _inputs(copies[2], transpose, scale, shape)
    y_test = _classes(copies[3], len(x_test), first_label)
    lowest = int(min(y_train.min(), y_test.min())) + first_label
    if lowest > first_label:
        warn(f"{copies[1][0]}: no sample has the label {first_label}, so class 0 is empty; the lowest label is "
             f"{lowest}: if classes are counted from there, say first_label={lowest}")
    return Dataset(x_train, y_train, x_test, y_test, found_name if name is None else name)


def _four(files: StrPath | Sequence[StrPath], prefix: str | None) -> tuple[list[list[Path]], str]:
    """For each of the ROLES the copies of its file, and what the data set is called."""
    if isinstance(files, (str, os.PathLike)):
        if not os.fspath(files):
            raise ValueError("files must name a folder or four files, but it is ''")
        return _in_folder(Path(files).expanduser(), prefix)
    paths = [Path(file).expanduser() for file in files]
    if len(paths) != len(ROLES):
        raise ValueError(f"files must be a folder or four files ({', '.join(ROLES)}), but there are {len(paths)}")
    for path, role in zip(paths, ROLES):
        if not path.exists():
            raise FileNotFoundError(f"{path}: expected the {role}, found no such file")
    match = NAME.fullmatch(paths[0].name)
    return [[path] for path in paths], (match and match[1].rstrip(SEPARATORS)) or paths[0].absolute().parent.name


def _in_folder(folder: Path, prefix: str | None) -> tuple[list[list[Path]], str]:
    """The four files of the one data set in ``folder``, or in ``raw`` below it (torchvision's), by their names."""
    if not folder.is_dir():
        found = "a single file: name its folder, or all four files" if folder.exists() else "no such folder"
        raise FileNotFoundError(f"{folder}: expected a folder with four IDX files, found {found}")
    sets = _sets_in(folder) or _sets_in(folder / "raw")
    wanted = {p: roles for p, roles in sets.items() if prefix is None or _same(p, prefix)}
    complete = [p for p, roles in wanted.items() if len(roles) == len(ROLES)]
    if len(complete) > 1:
        raise ValueError(f"{folder}: it has {len(complete)} data sets; say which by prefix, one of "
                         f"{', '.join(map(repr, complete))}")
    if not complete:
        lacking = [f"with prefix {p!r} no {', no '.join(role for role in ROLES if role not in roles)}"
                   for p, roles in wanted.items()]
        begin = "" if prefix is None else f" whose names begin with {prefix!r}"
        others = f"; there are {', '.join(map(repr, sets))}" if sets and not wanted else ""
        raise FileNotFoundError(
            f"{folder}: expected four files{begin} and end in -train-images-idx3-ubyte, -train-labels-idx1-ubyte, "
            f"-test-images-idx3-ubyte (or t10k), -test-labels-idx1-ubyte, plain or .gz, found "
            f"{'; '.join(lacking) or 'none' + others}; files of other names can be given as a list of four")
    roles = wanted[complete[0]]
    return [roles[role] for role in ROLES], complete[0].rstrip(SEPARATORS) or folder.absolute().name


def _same(prefix: str, wanted: str) -> bool:
    return prefix.rstrip(SEPARATORS) == wanted.lower().rstrip(SEPARATORS)


def _sets_in(folder: Path) -> dict[str, dict[str, list[Path]]]:
    """By prefix and role, the files of ``folder``: plain before .gz, empty ones last."""
    sets: dict[str, dict[str, list[Path]]] = {}
    paths = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    for path in sorted(paths, key=lambda path: (path.stat().st_size == 0, path.suffix.lower() == ".gz", path.name)):
        match = NAME.fullmatch(path.name)
        if match:
            part, kind = "training" if match[2].lower() == "train" else "test", match[3].lower()
            sets.setdefault(match[1].lower(), {}).setdefault(f"{part} {kind}", []).append(path)
    return sets


def _inputs(copies: Sequence[Path], transpose: bool, scale: float,
            shape: tuple[int, ...] | None) -> tuple[npt.NDArray[np.float32], tuple[int, ...]]:
    """Inputs (n, d) in float32, and the shape of a picture, which must be ``shape`` where that is given."""
    def check(images: npt.NDArray[Any], path: Path) -> None:
        if images.ndim < 2 or images.size == 0:
            hint = "; are the image and the label file swapped?" if images.ndim == 1 else ""
            raise idx_error(path, "images of shape (n, height, width), n > 0", f"shape {images.shape}{hint}")
        if transpose and images.ndim < 3:
            raise idx_error(path, "images of shape (n, height, width), since transpose=True", f"shape {images.shape}")
        if shape is not None and images.shape[1:] != shape:
            raise idx_error(path, f"images of shape {shape}, as those for training", f"shape {images.shape[1:]}")
        if images.dtype.kind == "f" and not (np.abs(images) <= np.finfo(np.float32).max).all():
            raise idx_error(path, "finite pixels", "NaN, infinity or what float32 cannot hold among them")

    images, _ = read_first_sound(copies, check)
    own_shape = images.shape[1:]
    if transpose:
        images = images.swapaxes(1, 2)  # [n, width, height] -> [n, height, width]
    # dtype makes the division work in float32 throughout; int32 and float64, which it cannot take, are converted first
    if not np.can_cast(images.dtype, np.float32):
        images = images.astype(np.float32)
    return np.divide(images.reshape(len(images), -1), np.float32(scale), dtype=np.float32), own_shape


def _classes(copies: Sequence[Path], n: int, first_label: int) -> npt.NDArray[np.int64]:
    """``n`` classes from 0."""
    def check(labels: npt.NDArray[Any], path: Path) -> None:
        own = labels[:, 0] if labels.shape[1:] == (QMNIST_COLUMNS,) else labels
        if own.dtype.kind not in "iu" or own.shape != (n,):
            raise idx_error(path, f"labels: whole numbers of shape ({n},), one for each image, or QMNIST's "
                            f"({n}, {QMNIST_COLUMNS})", f"{labels.dtype} of shape {labels.shape}")
        if own.min() < first_label:
            k = int(np.argmax(own < first_label))
            raise idx_error(path, f"labels from first_label={first_label} on", f"{own[k]} (label number {k})",
                            f"say first_label={own.min()} if classes are counted from there")

    labels, _ = read_first_sound(copies, check)
    return (labels[:, 0] if labels.ndim == 2 else labels).astype(np.int64) - first_label
