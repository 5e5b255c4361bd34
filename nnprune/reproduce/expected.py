"""The memory of each experiment, estimated before it begins: what it took last time."""

from __future__ import annotations

# The most resident memory, in MB (of 2^20 bytes), of the runs on the pages of docs/reproduction; a test compares.
PEAKS = {"xor": 103, "monks": 116, "lobs": 875, "one-shot": 1219, "report": 1794, "theorem": 622,
         "before-training": 602, "combine": 2510, "records": 508, "records-labels": 487}
# The same with --quick, on synthetic data and one thread.
PEAKS_QUICK = {"xor": 105, "monks": 117, "lobs": 215, "one-shot": 233, "report": 216, "theorem": 211,
               "before-training": 214, "combine": 226, "records": 121, "records-labels": 121}
READING = 600  # MB at most while MNIST's files are read, which --quick does, too, but for synthetic data
PYTHON, IMAGES = 130, 220  # MB of the packages, and of MNIST, which all workers share


def expected_memory(name, *, quick=False, synthetic=False):
    """Bytes that an experiment is going to take, all in one process; None for one that has not been measured.

    Examples
    --------
    >>> expected_memory("lobs") // 2**20, expected_memory("a new one")
    (875, None)
    """
    peak = (PEAKS_QUICK if quick else PEAKS).get(name)
    if peak is not None and quick and not synthetic and name not in ("xor", "monks"):
        peak = max(peak, READING)
    return None if peak is None else peak * 2**20


def shared_memory(name):
    """Bytes of ``expected_memory`` that the workers have in common: the images.

    Examples
    --------
    >>> shared_memory("xor"), shared_memory("lobs") // 2**20
    (0, 220)
    """
    return 0 if name in ("xor", "monks") else IMAGES * 2**20
