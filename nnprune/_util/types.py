"""Names for the types that many signatures share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
Float64 = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
Sparsities = Sequence[float] | FloatArray
StrPath = str | PathLike[str]
Seed = int | np.random.Generator
Scope = Literal["network", "layer"]
# progress(done, total)
Progress = Callable[[int, int], object]
