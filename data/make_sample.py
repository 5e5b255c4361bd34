"""Write the sample of the synthetic digits in this folder: ``python data/make_sample.py``.

It is ``nnprune.make_digits(500, 100, rng=0)`` as four gzipped IDX files, the form in which MNIST is handed
out, so that the file reader can be tried without a network. The same seed gives the same images; the SHA-256
sums of the uncompressed files are printed, and stand in README.md beside this script.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # the checkout need not be installed

from nnprune.datasets.digits import SIDE, make_digits  # noqa: E402
from nnprune.datasets.idx import idx_sha256, write_idx  # noqa: E402

N_TRAIN, N_TEST = 500, 100  # together some 120 kB, compressed
SEED = 0


def sample_files():
    """The arrays of the sample by the names of their files, uint8 as in MNIST.

    Returns
    -------
    dict of str to ndarray
        Images (n, 28, 28), 0 = blank and 255 = ink; labels (n,) in 0..9.
    """
    data = make_digits(N_TRAIN, N_TEST, rng=SEED)
    return {
        "digits-train-images-idx3-ubyte.gz": _as_images(data.x_train),
        "digits-train-labels-idx1-ubyte.gz": data.y_train.astype(np.uint8),
        "digits-t10k-images-idx3-ubyte.gz": _as_images(data.x_test),
        "digits-t10k-labels-idx1-ubyte.gz": data.y_test.astype(np.uint8),
    }


def _as_images(x):
    """Rows of float32 in [0, 1] back to the images they were made from: (n, 784) -> (n, 28, 28) uint8."""
    return np.rint(255 * x).astype(np.uint8).reshape(-1, SIDE, SIDE)


def main(folder=HERE):
    """Write the files into ``folder`` and print their sums."""
    for name, array in sample_files().items():
        write_idx(Path(folder) / name, array)
        print(idx_sha256(array), name.removesuffix(".gz"))


if __name__ == "__main__":
    main()
