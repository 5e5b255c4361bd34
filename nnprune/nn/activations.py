"""The activation functions, each beside its derivatives.

    letter   meaning                                         shape
    z        pre-activation                                  any
    a        activation a = f(z)                             as z

Every derivative is written in terms of the *output* ``a``, which the forward pass has anyway:

    name       f(z)               f'(z)          f''(z)
    relu       max(z, 0)          1 if a > 0     0
    tanh       tanh z             1 - a^2        -2 a (1 - a^2)
    sigmoid    1 / (1 + e^-z)     a (1 - a)      a (1 - a) (1 - 2a)
    identity   z                  1              0

The relu has no derivative at z = 0; we take 0 there, as every framework does, since a > 0 is then one rule.
With the identity the whole net is one linear map. scikit-learn calls the sigmoid "logistic", a name that is taken too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from .._util.types import ActivationName, FloatArray


@dataclass(frozen=True)
class Activation:
    """One activation function.

    Attributes
    ----------
    f : callable
        ``f(z, out=z)`` overwrites the pre-activations ``z`` by the activations ``a`` and returns them.
    slope : callable
        ``slope(a)`` is f'(z).
    curvature : callable
        ``curvature(a)`` is f''(z), which only the exact Hessian needs.
    """

    f: Callable[..., FloatArray]
    slope: Callable[[FloatArray], npt.NDArray[Any]]
    curvature: Callable[[FloatArray], FloatArray]


ACTIVATIONS = {
    "relu": Activation(
        f=lambda z, out: np.maximum(z, 0, out=out),
        slope=lambda a: a > 0,
        curvature=np.zeros_like,
    ),
    "tanh": Activation(
        f=np.tanh,
        slope=lambda a: 1 - a * a,
        curvature=lambda a: -2 * a * (1 - a * a),
    ),
    "sigmoid": Activation(
        # expit is SciPy's 1 / (1 + e^-z), which does not overflow for large negative z.
        f=expit,
        slope=lambda a: a * (1 - a),
        curvature=lambda a: a * (1 - a) * (1 - 2 * a),
    ),
    "identity": Activation(
        f=np.positive,
        slope=np.ones_like,
        curvature=np.zeros_like,
    ),
}
ALIASES: dict[str, ActivationName] = {"logistic": "sigmoid"}
