"""Names for the types that many signatures share."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
StrPath = str | PathLike[str]
Seed = int | np.random.Generator
Scope = Literal["network", "layer"]
# progress(done, total)
Progress = Callable[[int, int], object]
