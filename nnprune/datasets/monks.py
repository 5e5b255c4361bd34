"""Small problems with a known answer: XOR and the three MONK's problems, on which OBS was first shown.

XOR is the smallest problem that needs a hidden layer. In the MONK's problems a robot is described by six
attributes a1 ... a6 with 3, 3, 2, 3, 4 and 2 values, so that there are 3 * 3 * 2 * 3 * 4 * 2 = 432 robots:

    a1 head shape, a2 body shape, a3 does it smile, a4 what it holds, a5 colour of its jacket, a6 has it a tie

A robot belongs to the class 1 if

    MONK-1      a1 = a2, or a5 = 1
    MONK-2      exactly two of the six attributes have their first value
    MONK-3      (a5 = 3 and a4 = 1) or (a5 != 4 and a2 != 3)

The training sets, of 124, 169 and 122 robots, are fixed; MONK-3's has 5 % (six) wrong labels on purpose.
The test set is always all 432 robots with their true classes. An attribute with k values becomes k inputs, of
which one is 1: 17 inputs in all.

References: S. Thrun et al., "The MONK's Problems", CMU-CS-91-197, 1991; the files monks-1.train and so on at
the UCI Machine Learning Repository. B. Hassibi, D. Stork, "Second order derivatives for network pruning",
NIPS 5, 1992: OBS leaves 14, 15 and 4 of 58, 39 and 39 weights.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .._util.checks import generator
from .._util.types import IntArray, Seed, StrPath
from .mnist import Dataset
from .mnist_files import CHECKOUT_DATA, refuse_empty

N_VALUES = (3, 3, 2, 3, 4, 2)  # how many values each attribute has
N_TRAIN = {1: 124, 2: 169, 3: 122}  # cases in the original training sets
N_WRONG = {1: 0, 2: 0, 3: 6}  # wrong labels among them
# All 432 cases, (432, 6): values counted from 1, the last attribute running fastest, as in UCI's test files.
CASES = np.array(list(itertools.product(*(range(1, k + 1) for k in N_VALUES))))


def make_xor() -> Dataset:
    """The exclusive or: class 1 if just one of the two inputs is 1. Training and test set are the same.

    Returns
    -------
    Dataset
        With x of shape (4, 2) and y of shape (4,).

    Examples
    --------
    >>> make_xor().x_train.tolist(), make_xor().y_train.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
    y = np.array([0, 1, 1, 0], dtype=np.int64)
    return Dataset(x, y, x.copy(), y.copy(), name="xor")


def make_monks(problem: int, directory: StrPath | None = None, *, rng: Seed = 0) -> Dataset:
    """One of the three MONK's problems.

    The training set is read from the UCI file ``monks-<problem>.train`` in ``directory``; if that is None, in
    ``data/monks`` of the checkout. If it is None and the checkout has no such file either, as many cases are
    sampled, for MONK-3 with as many wrong labels.

    Parameters
    ----------
    problem : {1, 2, 3}
    directory : str or os.PathLike, optional
        The folder with the UCI files.
    rng : int or numpy.random.Generator
        For the sampled training set only.

    Returns
    -------
    Dataset
        With 17 inputs of 0 or 1 and 432 test cases. Its name is, say, "monks-1 (UCI)" or "monks-1 (synthetic)".

    Raises
    ------
    FileNotFoundError
        If ``directory`` is given and has no such file.
    ValueError
        If there is no such problem, or a line of the file is not as it should be.

    Examples
    --------
    >>> data = make_monks(2)
    >>> data.x_train.shape, data.x_test.shape
    ((169, 17), (432, 17))
    """
    if problem not in N_TRAIN:
        raise ValueError(f"expected problem 1, 2 or 3, found {problem!r}")
    refuse_empty("directory", directory)
    path = Path(directory or CHECKOUT_DATA / "monks").expanduser() / f"monks-{problem}.train"
    if directory or path.is_file():
        (cases, y), source = _read_uci(path, problem), "UCI"
    else:
        (cases, y), source = _sample(problem, generator(rng)), "synthetic"
    truth = monks_rule(problem, CASES)
    return Dataset(one_hot(cases), y, one_hot(CASES), truth, name=f"monks-{problem} ({source})")


def monks_rule(problem: int, cases: IntArray) -> IntArray:
    """The true classes of some robots.

    Parameters
    ----------
    problem : {1, 2, 3}
    cases : ndarray of shape (n, 6), int
        Attribute values, counted from 1.

    Returns
    -------
    ndarray of shape (n,), int64
        0 or 1.

    Examples
    --------
    >>> monks_rule(1, np.array([[2, 2, 1, 1, 4, 1], [2, 3, 1, 1, 4, 1]]))  # a1 = a2, a1 != a2
    array([1, 0])
    """
    _, a2, _, a4, a5, _ = a = cases.T  # [n, 6] -> six times [n]
    if problem == 1:
        holds = (a[0] == a2) | (a5 == 1)
    elif problem == 2:
        holds = (a == 1).sum(axis=0) == 2
    else:
        holds = ((a5 == 3) & (a4 == 1)) | ((a5 != 4) & (a2 != 3))
    return holds.astype(np.int64)


def one_hot(cases: IntArray) -> npt.NDArray[np.float32]:
    """Attribute values as inputs of 0 and 1, one for each value of each attribute.

    Parameters
    ----------
    cases : ndarray of shape (n, 6), int
        Attribute values, counted from 1.

    Returns
    -------
    ndarray of shape (n, 17), float32

    Examples
    --------
    >>> one_hot(np.array([[1, 2, 1, 3, 4, 2]])).astype(int).tolist()
    [[1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1]]
    """
    columns = [np.eye(k, dtype=np.float32)[values - 1] for k, values in zip(N_VALUES, cases.T)]
    return np.concatenate(columns, axis=1)  # six times [n, k] -> [n, 17]


def _sample(problem: int, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """A training set of the original's size: cases (n, 6), labels (n,)."""
    n = N_TRAIN[problem]
    cases = CASES[np.sort(rng.choice(len(CASES), size=n, replace=False))]
    y = monks_rule(problem, cases)
    wrong = rng.choice(n, size=N_WRONG[problem], replace=False)
    y[wrong] = 1 - y[wrong]
    return cases, y


def _read_uci(path: Path, problem: int) -> tuple[IntArray, IntArray]:
    """The training set in a UCI file: cases (n, 6), labels (n,)."""
    lines = path.read_text(encoding="ascii", errors="replace").rstrip().splitlines()
    if len(lines) != N_TRAIN[problem]:
        raise ValueError(f"{path}: expected {N_TRAIN[problem]} lines, found {len(lines)}")
    rows = np.array([_parse_line(line, f"{path}, line {k}") for k, line in enumerate(lines, start=1)])
    return rows[:, 1:], rows[:, 0].astype(np.int64)


def _parse_line(line: str, place: str) -> list[int]:
    """The class and the six attributes of one line, such as ``1 1 1 1 1 3 1 data_5``."""
    allowed = [("0", "1")] + [tuple(str(value + 1) for value in range(k)) for k in N_VALUES]
    words = line.split()
    if len(words) != 8 or any(word not in values for word, values in zip(words, allowed)):
        form = "class (0 or 1), six attributes (from 1 to 3, 3, 2, 3, 4, 2) and a name"
        raise ValueError(f"{place}: expected {form}, found {line[:60]!r}")
    return [int(word) for word in words[:7]]
