"""A net's arrays in the precision of its samples, kept from call to call only while nobody can write to the originals.

Weights are float64, samples mostly float32. To convert 266,200 weights takes five times as long as to send one sample
through them. But a copy that is kept would be stale as soon as somebody writes ``net.weights[0][:] = 0``, of which no
array tells anybody. What can be told is who *could* write: whoever has a reference to an array, from before or given
out since. So a copy is made to be kept only if

1. Python counts no reference to the lists or their arrays beyond the net's own, and no array shares its memory;

and it serves only until

2. the net gives its arrays out again (``net.weights``, ``net.biases``, pickling, ``copy.copy``).

Where either fails the arrays are converted at every call, as if nothing were kept. An interpreter that does not count
references keeps nothing.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.types import FloatArray

Arrays = tuple[list[FloatArray], list[FloatArray | None]]


class ArrayOwner:
    """What has weights and biases, and gives them out: the part of ``MLP`` that keeps their copies.

    Attributes
    ----------
    weights, biases : list of ndarray
        As of ``MLP``. The lists themselves are ``_weights`` and ``_biases``, for code that only reads.
    """

    def __init__(self, weights: list[npt.NDArray[np.float64]], biases: list[npt.NDArray[np.float64] | None]) -> None:
        self._weights, self._biases = weights, biases
        self._given_out()

    def _given_out(self) -> None:
        """Somebody may write to the arrays from now on."""
        self._kept: tuple[Any, Arrays] | None = None
        self._mark = object()  # of what was given out last: another thread may be making a copy just now

    @property
    def weights(self) -> list[npt.NDArray[np.float64]]:
        self._given_out()
        return self._weights

    @weights.setter
    def weights(self, weights: list[npt.NDArray[np.float64]]) -> None:
        self._given_out()
        self._weights = weights

    @property
    def biases(self) -> list[npt.NDArray[np.float64] | None]:
        self._given_out()
        return self._biases

    @biases.setter
    def biases(self, biases: list[npt.NDArray[np.float64] | None]) -> None:
        self._given_out()
        self._biases = biases

    def __getstate__(self) -> dict[str, Any]:
        """What pickling and copying begin with."""
        self._given_out()
        return self.__dict__.copy()

    def arrays(self, dtype: npt.DTypeLike) -> Arrays:
        """Weights and biases in this precision, to be read only."""
        kept, mark = self._kept, self._mark
        if kept is not None and kept[0] == (mark, dtype):
            return kept[1]
        alone = _alone(self)
        arrays = ([W.astype(dtype, copy=False) for W in self._weights],
                  [None if b is None else b.astype(dtype, copy=False) for b in self._biases])
        if alone and arrays[0][0] is not self._weights[0]:
            self._kept = (mark, dtype), arrays
        return arrays


def _references(owner: ArrayOwner) -> tuple[int, int]:
    """The largest number of references to the lists, and to an array in them."""
    lists = max(sys.getrefcount(owner._weights), sys.getrefcount(owner._biases))
    return lists, max(sys.getrefcount(a) for arrays in (owner._weights, owner._biases) for a in arrays
                      if a is not None)


def _alone(owner: ArrayOwner) -> bool:
    """Whether nobody but ``owner`` can write to its arrays now."""
    return (NOBODY is not None and all(a.base is None for a in (*owner._weights, *owner._biases) if a is not None)
            and _references(owner) == NOBODY)


# What ``_references`` counts where there is nobody else.
NOBODY = _references(ArrayOwner([np.zeros((1, 1))], [np.zeros(1)])) if hasattr(sys, "getrefcount") else None
