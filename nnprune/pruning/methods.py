"""The methods, in one table: what every program, stage, table and figure knows of them.

    key                     removed goes by                           what remains          needs
    magnitude               |w|                                       stays as it is        nothing
    random                  a random number                           stays as it is        nothing
    snip                    |w dE/dw|, before training                stays as it is        x, y
    obd                     h w^2 / 2, h a diagonal                   stays as it is        x, y
    obs                     w^2 / (2 [H^-1]_qq) of the whole net      compensates           x, y
    obs-factored            the same, H by its outer products         compensates           x, y
    lobs-exact              the same of each unit                     compensates           x
    lobs-pruned             the same, on the pruned net's inputs      compensates           x
    lobs-survivors          the same, up to date every 2,000          compensates           x
    lobs-shared             one inverse a layer, every 2,000          compensates           x
    lobs-shared-once        one inverse a layer, for all removals     compensates           x
    lobs-shared-retrained   lobs-shared-once in rounds of 2,000       is trained            x, y
    wanda                   |w| times the norm of its input, a unit   stays as it is        x
    sparsegpt               columns in order, one factor a layer      compensates           x

**To add a method**: one file with its function, ``prune_mine(net, x, y, *, sparsity, ...) -> PruneResult`` (or a list
of them for a sequence of sparsities), and one row of ``METHODS``. The demo, the stages, the replay, the figures, the
site's table and the tests read it here. ``rng`` and ``progress`` are passed to functions that take them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from .._util.types import FloatArray, ProgressOption, Seed, Sparsities
from ..nn.losses import checked_samples
from ..nn.mlp import MLP
from .lobs import check_lobs_memory, prune_lobs
from .lobs_shared import prune_shared, shared_inverses
from .magnitude import prune_magnitude, prune_random
from .obd import prune_obd
from .obs import prune_obs
from .obs_factored import prune_obs_factored
from .result import PruneResult, asked_for, warn_of_emptied
from .schedules.iterative import prune_iteratively
from .snip import prune_snip
from .sparsegpt import prune_sparsegpt
from .units import prune_units
from .wanda import prune_wanda

# The course report's shortcut: removals between two inverse Hessians, and mini-batches of retraining after them.
REFRESH, ITERATIONS = 2000, 3
# The first so many samples are what a method sees. With all 60,000 of MNIST the curves of L-OBS are the same to 0.1
# points; the full OBS has a Hessian of the whole net to form, and its factor one row a sample and class.
CALIBRATION, CALIBRATION_OBS, CALIBRATION_FACTORED = 10_000, 2000, 300


@dataclass(frozen=True)
class Method:
    """One row of the table.

    Attributes
    ----------
    function : callable
        ``function(net, *samples, sparsity=...)``; the samples are none, x, or x and y, as ``needs`` says.
    label : str
        Its name in tables, legends and sentences.
    color, marker : str
        How its curve is drawn: no two rows have both alike.
    needs : {"", "x", "xy"}
    options : mapping
        What is passed to the function where it differs from the function's defaults; and ``calibration``, the number
        of samples, of which the first ones are passed.
    compensates : bool
        Whether the weights that remain change.
    paper : str
    cost : str
        What the predicted cost of a removal is.
    named : str
        How the ``method`` of its results begins, where not as the label (``method_of``).
    """

    function: Callable[..., Any]
    label: str
    color: str
    marker: str
    needs: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    compensates: bool = False
    paper: str = ""
    cost: str = "in the method's own measure"
    named: str = ""

    def prune(self, net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: float | Sparsities, rng: Seed = 0,
              progress: ProgressOption = None, **options: Any) -> Any:
        """What the function makes of the net, by the options of this row and those given here.

        Examples
        --------
        >>> from nnprune import MLP, make_xor
        >>> data = make_xor()
        >>> METHODS["lobs-exact"].prune(MLP((2, 8, 2), rng=0), data.x_train, data.y_train, sparsity=0.5).net.sparsity
        0.5
        """
        takes, options = inspect.signature(self.function).parameters, {**self.options, **options}
        samples: Any = {"": (), "x": (x,), "xy": (x, y)}[self.needs]
        if "calibration" not in takes:  # a function that takes all samples has it, and cuts them itself
            n = options.pop("calibration", None)
            samples = [a[:n] for a in samples]
        options |= {name: value for name, value in (("rng", rng), ("progress", progress)) if name in takes}
        return self.function(net, *samples, sparsity=sparsity, **options)


def prune_lobs_retrained(net: MLP, x: FloatArray, y: npt.ArrayLike, *, sparsity: float | Sparsities,
                         calibration: int = CALIBRATION, every: int = REFRESH, retrain: int = ITERATIONS,
                         rng: Seed = 0, progress: ProgressOption = None) -> PruneResult | list[PruneResult]:
    """The course report's third curve: L-OBS by one inverse a layer, in rounds with some mini-batches after each.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like of shape (n, n_in), (n,)
        What the net is retrained on; L-OBS sees the first ``calibration`` of x.
    sparsity : float in [0, 1), or a rising sequence of them
    calibration, every, retrain : int
        Samples, removals a round, mini-batches after it.
    rng, progress
        As for ``prune_iteratively``.

    Returns
    -------
    PruneResult, or a list of them for a sequence
    """
    few, damping = checked_samples(net, x, y)[0][:calibration], 1e-3  # the default of prune_lobs
    check_lobs_memory(net, len(few), "shared")
    first = shared_inverses(net, few, damping)[0]  # the first layer's inputs stay the same in all rounds

    def prune(net: MLP, sparsity: float) -> PruneResult:
        """``prune_lobs(net, few, sparsity=sparsity, inverse="shared")`` with the inverse that is known."""
        results = prune_shared(net, few, asked_for(net, sparsity, None)[0], survivors=False, refresh=None,
                               damping=damping, prune_biases=False, progress=lambda done, total: None, first=first)
        warn_of_emptied(results)
        return results[0]

    return prune_iteratively(net, x, y, prune, sparsity=sparsity, every=every, retrain=retrain, rng=rng,
                             progress=progress)


LOBS = "Dong, Chen & Pan 2017"
LAYER = "the rise of its layer's error, L_q = w_q^2 / (2 [H^-1]_qq)"
LOSS = "the rise of the loss, L_q = w_q^2 / (2 [H^-1]_qq)"
# Okabe & Ito's colours, told apart by colour-blind readers too; markers tell the curves apart in grey print.
METHODS = {
    "magnitude": Method(prune_magnitude, "magnitude", "#000000", "o", paper="Han et al. 2015",
                        cost="its magnitude |w|"),
    "random": Method(prune_random, "random", "#999999", "X", cost="nothing: it was sampled"),
    "snip": Method(prune_snip, "SNIP", "#E69F00", "P", "xy", {"calibration": CALIBRATION},
                   paper="Lee, Ajanthan & Torr 2019", cost="its sensitivity |w dE/dw|"),
    "obd": Method(prune_obd, "OBD", "#CC79A7", "P", "xy", {"calibration": CALIBRATION},
                  paper="LeCun, Denker & Solla 1989", cost="the rise of the loss, h_qq w_q^2 / 2"),
    "obs": Method(prune_obs, "OBS", "#0072B2", "X", "xy",
                  {"calibration": CALIBRATION_OBS}, True, "Hassibi & Stork 1992", LOSS),
    "obs-factored": Method(prune_obs_factored, "factored OBS", "#0072B2", "h", "xy",
                           {"calibration": CALIBRATION_FACTORED}, True, "Hassibi & Stork 1992", LOSS, "OBS, factored"),
    "lobs-exact": Method(prune_lobs, "exact L-OBS", "#D55E00", "v", "x", {"calibration": CALIBRATION}, True, LOBS,
                         LAYER, "L-OBS, exact"),
    "lobs-pruned": Method(prune_lobs, "exact L-OBS, pruned inputs", "#D55E00", "*", "x",
                          {"calibration": CALIBRATION, "inputs": "pruned"}, True, LOBS,
                          LAYER, "L-OBS, exact, on the pruned net's inputs"),
    "lobs-survivors": Method(prune_lobs, "L-OBS, survivors' inverse", "#0072B2", "<", "x",
                             {"calibration": CALIBRATION, "inverse": "survivors", "refresh": REFRESH}, True, LOBS,
                             LAYER, "L-OBS, inverses of the survivors"),
    "lobs-shared": Method(prune_lobs, "simplified L-OBS", "#56B4E9", "^", "x",
                          {"calibration": CALIBRATION, "inverse": "shared", "refresh": REFRESH}, True, LOBS,
                          LAYER, "L-OBS, shared inverse"),
    "lobs-shared-once": Method(prune_lobs, "L-OBS, one inverse", "#E69F00", "s", "x",
                               {"calibration": CALIBRATION, "inverse": "shared"}, True, LOBS,
                               LAYER, "L-OBS, shared inverse, never refreshed"),
    "lobs-shared-retrained": Method(prune_lobs_retrained, "simplified + retraining", "#009E73", "D", "xy", {}, True,
                                    LOBS, LAYER, "L-OBS, shared inverse, never refreshed, "),
    "wanda": Method(prune_wanda, "Wanda", "#999999", "s", "x", {"calibration": CALIBRATION},
                    paper="Sun, Liu, Bair & Kolter 2024", cost="|w| times the norm of its input"),
    "sparsegpt": Method(prune_sparsegpt, "SparseGPT", "#009E73", "v", "x", {"calibration": CALIBRATION}, True,
                        "Frantar & Alistarh 2023", LAYER),
}
# Whole units, beside the others in figures. It is no row: what is asked of it are multiply-adds, and it returns a
# smaller net.
UNITS = Method(prune_units, "units", "#009E73", "s", "x", {}, True, cost="the rise of the error of the next layer")


def method_of(text: str) -> Method | None:
    """The row of the method that a result's ``method``, or a label in a figure, begins with; None: of no method.

    A plan of stages, "magnitude to 0.5, then ...", is of no one method.

    Examples
    --------
    >>> [row.label for row in map(method_of, ("L-OBS, exact", "magnitude, for comparison"))], method_of("a friend's")
    (['exact L-OBS', 'magnitude'], None)
    """
    found = [(len(start), row) for row in (*METHODS.values(), UNITS) for start in (row.named or row.label, row.label)
             if text.startswith(start) and ", then " not in text]
    return max(found, key=lambda pair: pair[0])[1] if found else None
