"""Data to train and prune on: what a data set is here, and how MNIST is read and checked.

MNIST is 70,000 pictures of handwritten digits, 28 x 28 pixels of 0 to 255, split 60,000 to 10,000. A picture
becomes one row of 784 numbers in [0, 1], row by row from the top: pixel (i, j) is input 28 i + j.

Other data of the same form (Fashion-MNIST, a part of MNIST) are welcome; the name of the data set then says
that they are not the original files. A file that is not of that form (labels instead of images, a label
above 9, more images than labels) is an error here and not a puzzle in the training later.

``mnist_files`` describes where the files are looked for. The other data sets: ``digits`` makes synthetic digits,
``monks`` makes XOR and the MONK's problems.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import all_finite, numbers_only, plain_array
from .._util.npz_reader import read_npz
from .._util.types import FloatArray, IntArray, StrPath
from .download import download_mnist
from .idx import idx_error, idx_sha256, read_first_sound
from .mnist_files import MNIST_FILES, copies, find_mnist, named_folder, not_found

SIDE = 28  # pixels along each side of a picture
WHITE = 255  # the largest value of a pixel
N_CLASSES = 10


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Inputs and labels to train on, and others to test on.

    Attributes
    ----------
    x_train : ndarray of shape (n_train, n_inputs), float32
        One sample a row, in [0, 1].
    y_train : ndarray of shape (n_train,), int64
        The classes, counted from 0.
    x_test : ndarray of shape (n_test, n_inputs), float32
    y_test : ndarray of shape (n_test,), int64
    name : str
        What the data are; it stands in tables and titles.

    Raises
    ------
    ValueError
        If inputs and labels differ in number, training and test inputs in length, or one holds what is no number.

    Examples
    --------
    >>> x, y = np.zeros((3, 2), dtype=np.float32), np.array([0, 1, 1])
    >>> Dataset(x, y, x[:1], y[:1], name="three points")
    Dataset('three points', train (3, 2), test (1, 2))
    """

    x_train: FloatArray
    y_train: IntArray
    x_test: FloatArray
    y_test: IntArray
    name: str

    def __post_init__(self) -> None:
        parts = ("x_train", "y_train", "x_test", "y_test")
        for name in parts:
            array = numbers_only(name, plain_array(name, getattr(self, name)))
            all_finite(name, array)
            object.__setattr__(self, name, array)
        shapes = tuple(getattr(self, name).shape for name in parts)
        n, m, inputs = self.y_train.size, self.y_test.size, self.x_train.shape[1:]
        if len(inputs) != 1 or inputs[0] == 0 or shapes != ((n, *inputs), (n,), (m, *inputs), (m,)):
            raise ValueError(f"x_train, y_train, x_test, y_test: expected shapes (n, d), (n,), (m, d), (m,), d > 0, "
                             f"found {shapes}")

    @property
    def n_classes(self) -> int:
        """The number of classes: one more than the highest label of both parts."""
        return int(max(self.y_train.max(initial=-1), self.y_test.max(initial=-1))) + 1

    def first(self, n_train: int, n_test: int) -> Dataset:
        """The first so many samples of both parts, or all where there are fewer; the rest is not kept in memory."""
        def part(a: npt.NDArray[Any], n: int) -> npt.NDArray[Any]:
            return a if n >= len(a) else a[:n].copy()

        return Dataset(part(self.x_train, n_train), part(self.y_train, n_train), part(self.x_test, n_test),
                       part(self.y_test, n_test), self.name)

    def __repr__(self) -> str:
        return f"Dataset({self.name!r}, train {self.x_train.shape}, test {self.x_test.shape})"


def load_mnist(directory: StrPath | None = None, *, download: bool = True) -> Dataset:
    """MNIST, or data of the same form.

    Parameters
    ----------
    directory : str or os.PathLike, optional
        The folder with the four files, or torchvision's root, or one of the files, or Keras' ``mnist.npz`` or its
        folder. By default they are looked for as told in ``mnist_files``.
    download : bool
        Whether to download files that are not found. Nothing is ever downloaded instead of a
        ``directory`` or ``$NNPRUNE_DATA`` that lacks them.

    Returns
    -------
    Dataset
        With inputs of shape (n, 784). Its ``name`` is "mnist" only if all four files are the original ones, and says
        which are not if only some are.

    Warns
    -----
    NNPruneWarning
        If a damaged file was passed over for a sound copy beside it.

    Raises
    ------
    ValueError
        If ``directory`` is an empty text, or an .npz is damaged or not Keras'.
    FileNotFoundError
        If the files are not in the folder named, or not found and ``download`` is False.
    IdxError
        If a file is damaged or is not what its name says; it is a ValueError.
    ConnectionError
        If the files can neither be found nor downloaded.

    Examples
    --------
    >>> import tempfile
    >>> from nnprune.datasets.idx import write_idx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for part, n in (("train", 3), ("t10k", 2)):
    ...         write_idx(f"{folder}/{part}-images-idx3-ubyte", np.zeros((n, 28, 28), dtype=np.uint8))
    ...         write_idx(f"{folder}/{part}-labels-idx1-ubyte", np.zeros(n, dtype=np.uint8))
    ...     load_mnist(folder)
    Dataset('mnist-like (not the original files)', train (3, 784), test (2, 784))
    """
    folder = find_mnist(directory)
    if folder is None:
        if named_folder(directory) or not download:
            raise FileNotFoundError(not_found(named_folder(directory)))
        folder = download_mnist()
    read = _read_npz_part if folder.is_file() else _read_part
    x_train, y_train, changed_train = read(folder, "train")
    x_test, y_test, changed_test = read(folder, "t10k")
    return Dataset(x_train, y_train, x_test, y_test, _name(changed_train + changed_test))


def _name(changed: list[str]) -> str:
    """What the data are called if these of ``MNIST_FILES`` are not the original ones."""
    if not changed:
        return "mnist"
    which = "the original files" if len(changed) == len(MNIST_FILES) else "the original: " + ", ".join(changed)
    return f"mnist-like (not {which})"


def _read_part(folder: Path, part: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], list[str]]:
    """Inputs (n, 784), labels (n,) and the files that are not MNIST's own; ``part`` is "train" or "t10k"."""
    image_name, label_name = _names(part)
    images, _ = read_first_sound(copies(folder, image_name), _check_images)
    labels, _ = read_first_sound(copies(folder, label_name),
                                 lambda labels, path: _check_labels(labels, path, len(images)))
    return _as_samples(images, labels, part)


def _read_npz_part(path: Path, part: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], list[str]]:
    """As ``_read_part``, from Keras' file."""
    arrays = read_npz(path, "Keras' mnist.npz")
    end = "train" if part == "train" else "test"
    missing = [name for name in (f"x_{end}", f"y_{end}") if name not in arrays]
    if missing:
        raise idx_error(path, "the arrays x_train, y_train, x_test, y_test", f"none called {', '.join(missing)}")
    images, labels = arrays[f"x_{end}"], arrays[f"y_{end}"]
    _check_images(images, f"{path}, x_{end}")
    if labels.dtype.kind in "iu" and labels.size and 0 <= labels.min() and labels.max() <= WHITE:
        labels = labels.astype(np.uint8)  # whoever saved it may have had other whole numbers
    _check_labels(labels, f"{path}, y_{end}", len(images))
    return _as_samples(images, labels, part)


def _names(part: str) -> tuple[str, str]:
    return f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"


def _as_samples(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8],
                part: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], list[str]]:
    """[n, 28, 28] -> [n, 784], labels, and the names of those that are not MNIST's own."""
    changed = [name for name, array in zip(_names(part), (images, labels)) if idx_sha256(array) != MNIST_FILES[name]]
    # dtype makes the division work in float32 throughout, with no float64 copy
    x = np.divide(images.reshape(len(images), SIDE * SIDE), WHITE, dtype=np.float32)
    return x, labels.astype(np.int64), changed


def _check_images(images: npt.NDArray[Any], path: object) -> None:
    """Raise IdxError unless these are pictures, at least one."""
    if images.dtype != np.uint8 or images.shape[1:] != (SIDE, SIDE) or len(images) == 0:
        hint = "; are the image and the label file swapped?" if images.ndim == 1 else ""
        expected = f"images: uint8 of shape (n, {SIDE}, {SIDE}), n > 0"
        raise idx_error(path, expected, f"{images.dtype} of shape {images.shape}{hint}")


def _check_labels(labels: npt.NDArray[Any], path: object, n: int) -> None:
    """Raise IdxError unless these are ``n`` labels of 0 to 9."""
    if labels.dtype != np.uint8 or labels.shape != (n,):
        expected = f"labels: uint8 of shape ({n},), one for each image"
        raise idx_error(path, expected, f"{labels.dtype} of shape {labels.shape}")
    if labels.max() >= N_CLASSES:
        first = int(np.argmax(labels >= N_CLASSES))
        raise idx_error(path, f"labels from 0 to {N_CLASSES - 1}", f"{labels[first]} (label number {first})")
