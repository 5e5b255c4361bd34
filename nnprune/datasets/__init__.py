"""Bytes to arrays: where the samples come from.

In reading order:

    idx            the file format of MNIST: a reader that trusts no file, and a writer
    mnist          ``Dataset``, and MNIST read and checked
    idx_dataset    any other data set in four IDX files: EMNIST, QMNIST, Fashion-MNIST, your own
    mnist_files    where MNIST's files are looked for, and their check sums
    download       MNIST from public mirrors, none of them trusted
    digits         synthetic digits, which need no file and no network; ``strokes`` (the shapes) and ``pen`` (the ink)
    monks          XOR and the three MONK's problems
    choose         what a program's options ``--dataset`` and ``--data`` name
"""

from .digits import draw_digits as draw_digits
from .digits import make_digits as make_digits
from .download import download_mnist as download_mnist
from .idx import IdxError as IdxError
from .idx import idx_sha256 as idx_sha256
from .idx import parse_idx as parse_idx
from .idx import read_idx as read_idx
from .idx import write_idx as write_idx
from .idx_dataset import load_idx_dataset as load_idx_dataset
from .mnist import Dataset as Dataset
from .mnist import load_mnist as load_mnist
from .mnist_files import files_in as files_in
from .mnist_files import find_mnist as find_mnist
from .mnist_files import named_folder as named_folder
from .monks import CASES as CASES
from .monks import make_monks as make_monks
from .monks import make_xor as make_xor
from .monks import monks_rule as monks_rule

__all__ = ["CASES", "Dataset", "IdxError", "download_mnist", "draw_digits", "files_in", "find_mnist", "idx_sha256",
           "load_idx_dataset", "load_mnist", "make_digits", "make_monks", "make_xor", "monks_rule", "named_folder",
           "parse_idx", "read_idx", "write_idx"]
