"""What each experiment takes, estimated before it begins: what it took last time, at the speed of this machine."""

from __future__ import annotations

from .._util.speed import Estimate

# Seconds and MB (of 2^20 bytes) of the runs on the page docs/reproduction.md; a test compares.
TOOK = {
    "xor": (57, 99),
    "monks": (13, 109),
    "lobs": (352, 1581),
    "one-shot": (367, 887),
    "report": (386, 1581),
    "theorem": (79, 624),
    "before-training": (569, 617),
    "combine": (412, 2191),
    "records": (1561, 506),
}
# The same with --quick, on synthetic data and one thread.
TOOK_QUICK = {
    "xor": (5, 105),
    "monks": (6, 117),
    "lobs": (8, 215),
    "one-shot": (9, 233),
    "report": (6, 216),
    "theorem": (4, 211),
    "before-training": (6, 214),
    "combine": (9, 226),
    "records": (3, 121),
}
# ``speed.speed`` of the machine of that page: multiply-adds and numbers a second.
SPEED, SPEED_QUICK = (5e10, 1.2e9), (2.5e10, 1.2e9)
READING = 600  # MB at most while MNIST's files are read, which --quick does, too, but for synthetic data


def expected(name, *, quick=False, synthetic=False, share=1.0):
    """What an experiment is going to take.

    Parameters
    ----------
    name : str
        Of the experiment.
    quick, synthetic : bool
    share : float
        Its seeds over the usual number of seeds.

    Returns
    -------
    Estimate or None
        Of the whole process. Half of its time is taken to go into matrix products. None for an experiment that has
        not been measured.

    Examples
    --------
    >>> expected("lobs").memory / 2**20, expected("lobs", share=2).products == 2 * expected("lobs").products
    (1581.0, True)
    >>> expected("a new one") is None
    True
    """
    took, (products, passes) = (TOOK_QUICK, SPEED_QUICK) if quick else (TOOK, SPEED)
    if name not in took:
        return None
    seconds, memory = took[name]
    if quick and not synthetic and name not in ("xor", "monks"):
        memory = max(memory, READING)
    return Estimate(share * seconds / 2 * products, share * seconds / 2 * passes, memory * 2**20)
