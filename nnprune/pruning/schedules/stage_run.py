"""Running a plan of stages: checked to its end before it begins, one seed a stage, a report of every stage.

The plan's language is in ``stages`` and ``plan``. Before any work every stage is rehearsed: run, for itself, on a net
of four weights. So a misspelt option or a damping below 0 in the last stage of a plan is found at once, not
after the minutes that the others take. What only the real net can show, such as a Hessian that is singular, is
raised by its stage, and named after it.

Each stage draws from its own seed, made of ``rng`` and its number: the same first stages give the same net, whatever
comes after them.
"""

from __future__ import annotations

import inspect
import time
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..._util.checks import in_range, is_net, whole_number
from ...nn.losses import checked_samples
from ...nn.mlp import MLP
from ...nn.sgd import train
from ..lobs import prune_lobs
from ..magnitude import prune_magnitude, prune_random
from ..masks import removals
from ..obd import prune_obd
from ..obs import prune_obs
from ..obs_factored import prune_obs_factored
from ..snip import prune_snip
from .plan import Plan, Stage

# The function behind a stage, what stages pass to it, and the options in which they differ from its defaults.
BEHIND = {
    "magnitude": (prune_magnitude, "", {}),
    "random": (prune_random, "", {}),
    "snip": (prune_snip, "xy", {"calibration": 10_000}),
    "obd": (prune_obd, "xy", {"calibration": 10_000}),
    "lobs": (prune_lobs, "x", {"calibration": 10_000}),
    "simplified_lobs": (partial(prune_lobs, inverse="shared"), "x", {"calibration": 10_000, "refresh": 2000}),
    "obs": (prune_obs, "xy", {"calibration": 2000, "refresh": 50, "damping": 0.1}),
    "obs_factored": (prune_obs_factored, "xy", {"calibration": 300}),
    "retrain": (train, "xy", {}),
}
# Keywords of those functions that are no options of a stage: what it sets itself, and what would make its count
# another one than the plan says.
NO_OPTIONS = {"sparsity", "rng", "epochs", "iterations", "validation", "callback", "progress", "executor",
              "first_hessian", "inverse", "n_remove", "max_predicted_rise", "max_measured_rise", "prune_biases"}


@dataclass(frozen=True)
class StageReport:
    """What one stage of a plan did: its number (from 1), itself, the net's sparsity after it, the seconds it took."""

    number: int
    stage: Stage
    sparsity: float
    seconds: float


@dataclass(frozen=True)
class StagesResult:
    """The net at the end of a plan, and how it came about.

    Attributes
    ----------
    net : MLP
        A new net.
    plan : Plan
    stages : tuple of StageReport
    epochs : int
        The training budget of the plan.
    seconds : float
    """

    net: MLP
    plan: Plan
    stages: tuple

    epochs = property(lambda self: self.plan.epochs)
    seconds = property(lambda self: sum(report.seconds for report in self.stages))

    def __repr__(self):
        return f"StagesResult({self.plan}: {self.net})"


def run_stages(net, x, y, plan, *, rng=0, done=0, callback=None):
    """Run the stages of a plan one after the other.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like of shape (n, n_in), (n,)
        What the net is retrained on; stages of pruning take the first ``calibration`` of them (an option; 10,000 by
        default, of OBS 2,000 and of factored OBS 300).
    plan : sequence of Stage, or str
        Made by the functions of ``nnprune.pruning.schedules.stages``, or the sentence that such a plan prints.
    rng : int or numpy.random.Generator
        Decides all stages' seeds.
    done : int
        So many stages of the plan are done already, and ``net`` is what they left: with the same seed the others give
        what the whole plan would have given.
    callback : callable, optional
        ``callback(number, stage, net, seconds)`` after every stage, with a copy of the net.

    Returns
    -------
    StagesResult

    Raises
    ------
    ValueError
        Before any work: if the plan is empty, its sparsities do not rise, a number of epochs is not whole, an option
        is unknown or out of its range, or x and y do not fit the net. At its stage: what the real net alone can show.

    Examples
    --------
    >>> from nnprune import MLP, make_xor
    >>> data = make_xor()
    >>> r = run_stages(MLP((2, 8, 2), rng=0), data.x_train, data.y_train,
    ...                "retrain 5 epochs, exact L-OBS to 0.5, retrain 2 epochs")
    >>> r.net.sparsity, r.epochs
    (0.5, 7)
    >>> r.plan
    retrain 5 epochs, then exact L-OBS to 0.5, then retrain 2 epochs
    """
    is_net(net)
    plan = Plan.of(plan)
    check_plan(plan, net, whole_number("done", done, 0))
    checked_samples(net, x, y)
    x, y, now, reports = np.asarray(x), np.asarray(y), net, []
    seed = int(np.random.default_rng(rng).integers(2**63))
    for number, stage in enumerate(plan, 1):
        if number <= done:
            continue
        begin = time.perf_counter()
        now = _named(number, stage, _run, stage, now, x, y, np.random.default_rng([seed, number]))
        reports.append(StageReport(number, stage, now.sparsity, time.perf_counter() - begin))
        if callback is not None:
            callback(number, stage, now.copy(), reports[-1].seconds)
    return StagesResult(now, plan, tuple(reports))


def check_plan(plan, net, done=0):
    """Refuse a plan that could not be run to its end on this net, ``done`` stages of which it has behind it.

    The ValueError names the stage and the remedy.
    """
    if not plan:
        raise ValueError("the plan has no stages: one at least is needed, such as lobs(to=0.9)")
    before, gone = 0.0, sum(int((~mask).sum()) for mask in net.masks)
    for number, stage in enumerate(plan, 1):
        _named(number, stage, _rehearse, stage)
        if stage.kind == "retrain":
            continue
        if stage.amount <= before:
            raise ValueError(f"stage {number} ({stage}): the sparsities of a plan must rise, but {before} is gone "
                             f"already; ask for more, or leave the stage out")
        if number > done and removals(stage.amount, net.n_weights) < gone:
            raise ValueError(f"stage {number} ({stage}): {net.sparsity:.4g} of the net is gone before the plan begins;"
                             f" ask for more, or begin from a denser net")
        before = stage.amount


def _named(number, stage, f, *args):
    """f(*args); a ValueError says at which stage."""
    try:
        return f(*args)
    except ValueError as error:
        raise ValueError(f"stage {number} ({stage}): {error}") from error


def _rehearse(stage):
    """Run one stage on one layer of four weights, after its options are found to be known."""
    function, _, defaults = BEHIND[stage.kind]
    known = {name for name, p in inspect.signature(function).parameters.items() if p.kind is p.KEYWORD_ONLY}
    known = sorted((known - NO_OPTIONS - ({"refresh"} if stage.kind == "lobs" else set())) | set(defaults))
    for name, value in stage.options.items():
        if name not in known:
            raise ValueError(f"the option {name!r} is unknown; known are: {', '.join(known)}")
        if not isinstance(value, str | int | float | None):
            raise ValueError(f"the option {name} must be a number, a name or None, but it is {value!r}")
    if stage.kind == "retrain":
        whole_number("epochs", stage.amount, 1)
        stage = Stage("retrain", 0, stage.options)  # the options are checked all the same
    else:
        in_range("to", stage.amount, 0, 1, high_open=True)
        stage = Stage(stage.kind, 0.5, stage.options)
    rng = np.random.default_rng(0)
    _run(stage, MLP((2, 2), loss="mse", rng=0), rng.normal(size=(8, 2)), rng.normal(size=(8, 2)), rng)


def _run(stage, net, x, y, rng):
    """The net after one stage; the one given stays as it is."""
    function, takes, defaults = BEHIND[stage.kind]
    options = {**defaults, **stage.options}
    if stage.kind == "retrain":
        net = net.copy()
        train(net, x, y, epochs=stage.amount, rng=rng, **options)
        return net
    n = whole_number("calibration", options.pop("calibration", len(x)), 1)
    samples = {"": (), "x": (x[:n],), "xy": (x[:n], y[:n])}[takes]
    if stage.kind == "random":
        options["rng"] = rng
    return function(net, *samples, sparsity=stage.amount, **options).net
