"""Nets of other libraries, in and out: pruned here, used there.

In reading order:

    torch_nets      ``from_torch``, ``to_torch``: an ``nn.Sequential`` of Linear and one activation
    sklearn_nets    ``from_sklearn``, ``to_sklearn``: ``MLPClassifier`` and ``MLPRegressor``

Neither library is needed until one of its functions is called: ``pip install "nnprune[interop]"`` brings both. Keras
and all others go through arrays: ``MLP.from_arrays(..., layout="in_out")``. ``docs/interop.md`` has examples.
"""

from .sklearn_nets import from_sklearn as from_sklearn
from .sklearn_nets import to_sklearn as to_sklearn
from .torch_nets import from_torch as from_torch
from .torch_nets import to_torch as to_torch

__all__ = ["from_sklearn", "from_torch", "to_sklearn", "to_torch"]
