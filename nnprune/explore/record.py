"""The nets of all methods at 24 kept shares, and the digits to try them on.

The page has no Hessian and prunes nothing: it has what the pruners returned. A method that leaves the remaining weights
as they are is known by its masks; one that compensates has other weights at every level, so they are stored for a few
levels, at which the slider stops.

**The same numbers on both sides.** A weight is stored in 16 bits (float16), a pixel in 8. So the net is rounded
*before* it is pruned, the pruned nets are rounded as soon as they are returned, and a pixel is k / 255 with a whole
number k. The accuracies in the record are those of the rounded nets on the rounded digits, and the page's forward pass,
in double precision, must give the same outputs up to the order of its sums.

**Units.** Unit-OBS (``pruning.units``) removes whole units and pixels by the cost per multiply-add that is saved. A
multiply-add is a weight here, so that it has the levels of the other methods, but for a few weights: it stops at the
first net that is small enough.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import NNPruneWarning, is_net, net_inputs
from .._util.types import FloatArray, IntArray
from ..nn.mlp import MLP
from ..pruning.methods import METHODS, UNITS
from ..pruning.units import UnitResult, products, prune_units

# From 100 % to 1 %, each about 0.82 of the one before, in numbers that can be read at a glance.
LEVELS = (1, .82, .67, .55, .45, .37, .3, .25, .2, .165, .135, .11, .09, .074, .06, .05, .041, .033, .027, .022, .018,
          .015, .012, .01)
SHOWN = ("magnitude", "obd", "lobs-shared", "lobs-exact")
UNIT_SAMPLES = 2000  # of x: its 24 nets take most of the time, and with 10,000 they are as good
DIGITS = 1000  # of x_test
MOST = 100_000  # weights: the page of a net of this size has some 6 MB


@dataclass(frozen=True)
class Pruned:
    """A method, and what it makes of the net.

    Attributes
    ----------
    key, label, color, marker, text : str
        ``text`` says in one line what the method does.
    compensates : bool
    nets : list of MLP
        One a level, the dense net first; in the shape of the dense net, with masks.
    correct : list of int
        How many of the digits each reads.
    costs : list of ndarray of shape (n_out, n_in), or None
        What removing each weight was predicted to cost; NaN for one that is kept to the last level. None: by units.
    unit_costs : list of ndarray
        The same of the pixels, and of the units of every hidden layer; only by units.
    """

    key: str
    label: str
    color: str
    marker: str
    text: str
    compensates: bool
    nets: list[MLP]
    correct: list[int]
    costs: list[FloatArray] | None
    unit_costs: list[FloatArray]


@dataclass(frozen=True)
class Record:
    """What is on the page: the methods, and the digits.

    Attributes
    ----------
    net : MLP
        The dense net, in float16.
    methods : list of Pruned
    images : ndarray of shape (n, n_in), uint8
    labels : ndarray of shape (n,)
    """

    net: MLP
    methods: list[Pruned]
    images: npt.NDArray[np.uint8]
    labels: IntArray


TEXTS = {
    "magnitude": "removes the smallest weights first; the others stay as they are",
    "obd": "(Optimal Brain Damage) removes the weights on which the error depends least, by an estimate for each "
           "alone; the others stay as they are",
    "lobs-shared": "(layer-wise Optimal Brain Surgeon, simplified) removes what costs least once the others have "
                   "compensated, by one calculation for a layer (a shared inverse Hessian): quick, soon out of date",
    "lobs-exact": "(layer-wise Optimal Brain Surgeon) removes what costs least once the others have compensated, "
                  "calculated for each unit and after each removal (its own inverse Hessian)",
    "units": "removes whole units and pixels; the others compensate. What remains is a small net, without holes",
}


def record(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, x_test: npt.ArrayLike, y_test: npt.ArrayLike, *,
           progress: Callable[[str, int, int], object] | None = None) -> Record:
    """Prune the net by all methods, to all levels; the arguments are those of ``write_explorable``."""
    checked(net)
    x, digits = net_inputs(net, x), net_inputs(net, x_test, "x_test")[:DIGITS]
    images = np.round(255 * digits).clip(0, 255).astype(np.uint8)
    labels = np.asarray(y_test)[:DIGITS]
    dense, tests = halved(net), images / 255.0
    done, total = 0, len(SHOWN) + len(LEVELS) - 1

    def report() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress("pruning by five methods", done, total)

    methods = [by_weights(key, dense, x, y, tests, labels, report) for key in SHOWN]
    methods.append(by_units(dense, x, tests, labels, report))
    return Record(dense, methods, images, labels)


def checked(net: MLP) -> None:
    """ValueError if the page cannot show the net: it must read images and be dense."""
    sizes = is_net(net).sizes
    if math.isqrt(sizes[0]) ** 2 != sizes[0]:
        raise ValueError(f"{net} is no image net: its {sizes[0]} inputs fill no square, so there are no pictures to "
                         f"show; take a net of images, such as 784 inputs for 28 x 28")
    if len(sizes) < 3 or sizes[-1] < 2 or net.loss_name != "cross_entropy":
        raise ValueError(f"{net} cannot be shown: the page needs hidden units, and an output for every class, trained "
                         f"with loss='cross_entropy'")
    if net.n_weights > MOST:
        raise ValueError(f"{net} has {net.n_weights:,} weights, but at most {MOST:,} can be shown: the page would be "
                         f"too large to send; take fewer hidden units")
    if any(b is None for b in net.biases) or net.sparsity > 0 or not all(m is None or m.all() for m in net.bias_masks):
        raise ValueError(f"{net} must be dense, with all its biases: begin from the net as it was before pruning")


def halved(net: MLP) -> MLP:
    """The net with its weights and biases rounded to float16; masks as they are."""
    rounded = net.copy()
    rounded.set_parameters(net.parameters().astype(np.float16).astype(float))
    return rounded


def correct_of(nets: list[MLP], tests: FloatArray, labels: IntArray) -> list[int]:
    """How many of the digits each net reads."""
    return [int((net.predict(tests) == labels).sum()) for net in nets]


def by_weights(key: str, net: MLP, x: FloatArray, y: npt.ArrayLike, tests: FloatArray, labels: IntArray,
               report: Callable[[], object]) -> Pruned:
    """The record of a method that removes single weights."""
    method = METHODS[key]
    with warnings.catch_warnings():  # to empty a layer is what a method may do here, to be seen in the page
        warnings.filterwarnings("ignore", "layer .* without any weight", NNPruneWarning)
        results: Any = method.prune(net, x, y, sparsity=[1 - share for share in LEVELS[1:]], progress=False)
    report()
    nets = [net, *(halved(r.net) for r in results)]
    costs = [np.full(W.shape, np.nan) for W in net.weights]
    for (l, unit, column), cost in zip(results[-1].removed.tolist(), results[-1].costs):
        costs[l][unit, column] = cost
    return Pruned(key, method.label, method.color, method.marker, TEXTS[key], method.compensates, nets,
                  correct_of(nets, tests, labels), costs, [])


def by_units(net: MLP, x: FloatArray, tests: FloatArray, labels: IntArray,
             report: Callable[[], object]) -> Pruned:
    """The record of Unit-OBS, pixels included."""
    nets, few, sizes = [net], x[:UNIT_SAMPLES], net.sizes
    single = (1,) * (len(sizes) - 1)  # the smallest net there is, of one unit a level, may be larger than the share
    for share in LEVELS[1:]:
        wanted: dict[str, Any] = {"multiply_adds": 1 - share}
        if share * products(sizes) < products((*single, sizes[-1])):
            wanted = {"sizes": single}
        last = prune_units(net, few, prune_inputs=True, progress=False, **wanted)
        nets.append(halved(last.expand(last.net)))
        report()
    return Pruned("units", UNITS.label, UNITS.color, UNITS.marker, TEXTS["units"], True, nets,
                  correct_of(nets, tests, labels), None, unit_costs(net, last))


def unit_costs(net: MLP, result: UnitResult) -> list[FloatArray]:
    """What removing each pixel and hidden unit cost; NaN for those that stay."""
    costs = [np.full(n, np.nan) for n in net.sizes[:-1]]
    for (level, unit), cost in zip(result.removed.tolist(), result.costs):
        costs[level][unit] = cost
    return costs
