"""Names for the types that many signatures share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
Float64 = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
Sparsities = Sequence[float] | FloatArray
Shares = Mapping[int, float]  # a sparsity for each layer
StrPath = str | PathLike[str]
Seed = int | np.random.Generator
Scope = Literal["network", "layer"]
ActivationName = Literal["relu", "tanh", "sigmoid", "logistic", "identity"]
Layout = Literal["out_in", "in_out"]
LayerScope = Literal["layer", "unit"]
Inverse = Literal["exact", "survivors", "shared"]
LayerInverse = Literal["exact", "shared"]
LossName = Literal["cross_entropy", "binary_cross_entropy", "mse"]
# One array a layer; or what is 0 is pruned.
Masks: TypeAlias = 'Sequence[npt.ArrayLike | None] | Literal["zeros"]'
# progress(done, total)
Progress = Callable[[int, int], object]
# What functions that may take long are given: see ``progress``.
ProgressOption: TypeAlias = Progress | bool | None
