"""Combinations of methods, written as what they are: stages one after the other.

    stages = [magnitude(to=0.5), lobs(to=0.95), retrain(epochs=2), lobs(to=0.98), retrain(epochs=2), obs(to=0.99)]
    result = run_stages(net, x, y, stages)

prints as "magnitude to 0.5, then exact L-OBS to 0.95, then retrain 2 epochs, ...". A stage is

    stage("lobs-shared", to=0.5)     any method of ``methods.METHODS``, by its key; magnitude, obd, lobs (exact) and
                                     obs are short for the common ones
    retrain(epochs=2)                ``train``
    f                                any function ``f(net, x, y)`` that returns a PruneResult or a net

Options after ``to`` or ``epochs`` are those of the function behind the stage: ``lobs(to=0.95, inputs="pruned")``.

Every stage begins with the net of the stage before it, its masks held. Before any work every stage but functions of
your own is rehearsed: run, for itself, on a net of four weights. So a misspelt option or a damping below 0 in the last
stage is found at once, not after the minutes that the others take. What only the real net can show, such as a Hessian
that is singular, is raised by its stage, and named after it. Each stage samples by a seed of its own, made of ``rng``
and its number: the same first stages give the same net, whatever comes after them.

Why combine? The methods fail in different places. Magnitude is cheap, and good while most weights are noise. Exact
L-OBS knows what a unit can compensate, but not what the loss needs, and takes the net it gets as the one to imitate.
Retraining knows the loss, and moves the net to where the next stage can begin. The full OBS knows the loss and all
weights at once, but can take a few thousand only. Whether a combination is worth its complication is a matter of
measurement, at an equal training budget (``Plan.epochs``): a plan that trains for longer than the one beside it shows
what training does.

When it fails: no stage takes back what the one before it did, so a weight that a crude first stage removes is lost to
the finer ones after it. And OBS assumes a net at a minimum, so its stages belong after retraining.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._util.checks import generator, in_range, is_net, one_of, whole_number
from ..._util.types import Seed
from ...nn.losses import checked_samples
from ...nn.mlp import MLP
from ...nn.sgd import train
from .. import methods  # not METHODS: the table imports this room
from ..masks import n_pruned, removals
from ..result import checked_net

# Keywords of the functions behind stages that are no options of a stage: what it sets itself, what its method is, and
# what would make its count another one than the plan says.
NO_OPTIONS = {"sparsity", "rng", "epochs", "iterations", "validation", "callback", "progress", "executor", "inverse",
              "first_hessian", "n_remove", "max_predicted_rise", "max_measured_rise", "prune_biases", "layers",
              "pattern"}


@dataclass(frozen=True, repr=False)
class Stage:
    """One stage of a plan; ``stage``, ``retrain`` and the short names make them.

    Attributes
    ----------
    kind : str
        A key of ``methods.METHODS``, "retrain", or the name of a function of your own.
    amount : float or int, optional
        The sparsity after the stage; the epochs, of "retrain".
    settings : tuple of (str, value)
        What is passed on to the function behind it, sorted by name; as a dict in ``options``.
    function : callable, optional
        A function of your own.
    """

    kind: str
    amount: Any = None
    settings: tuple[tuple[str, Any], ...] = ()
    function: Callable[..., Any] | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The settings by name."""
        return dict(self.settings)

    def __repr__(self) -> str:
        if self.function is not None:
            return self.kind
        if self.kind == "retrain":
            text = f"retrain {self.amount!r} epoch{'' if self.amount == 1 else 's'}"
        else:
            text = f"{methods.METHODS[self.kind].label} to {self.amount!r}"
        listed = ", ".join(f"{name}={value!r}" for name, value in self.settings)
        return f"{text} ({listed})" if listed else text


def stage(method: str, *, to: float, **options: Any) -> Stage:
    """Prune by any method of the table until the share ``to`` of all weights is gone.

    Examples
    --------
    >>> stage("lobs-shared", to=0.95, refresh=500)
    simplified L-OBS to 0.95 (refresh=500)
    """
    return _made(one_of("method", method, methods.METHODS), to, options)


def magnitude(*, to: float, **options: Any) -> Stage:
    """The smallest weights are removed: ``prune_magnitude``."""
    return stage("magnitude", to=to, **options)


def obd(*, to: float, **options: Any) -> Stage:
    """Optimal Brain Damage, on the first ``calibration=10_000`` samples: ``prune_obd``."""
    return stage("obd", to=to, **options)


def lobs(*, to: float, **options: Any) -> Stage:
    """Exact L-OBS, on the first ``calibration=10_000`` samples: ``prune_lobs``."""
    return stage("lobs-exact", to=to, **options)


def obs(*, to: float, **options: Any) -> Stage:
    """The full OBS, on the first ``calibration=2000`` samples: ``prune_obs``."""
    return stage("obs", to=to, **options)


def retrain(*, epochs: int, **options: Any) -> Stage:
    """Train what remains: ``train``, with its learning rate of 0.1 that falls along a cosine."""
    return _made("retrain", epochs, options)


def _made(kind: str, amount: float, options: dict[str, Any]) -> Stage:
    """A stage; NumPy's scalars become Python's, which print as they are written."""
    plain = {name: value.item() if isinstance(value, np.generic) else value
             for name, value in {"": amount, **options}.items()}
    return Stage(kind, plain.pop(""), tuple(sorted(plain.items())))


class Plan(tuple[Stage, ...]):
    """Stages in their order: a tuple that prints as a sentence.

    Raises
    ------
    ValueError
        If something in the sequence is no stage.

    Examples
    --------
    >>> plan = Plan([magnitude(to=0.5), retrain(epochs=2), lobs(to=0.95), retrain(epochs=3)])
    >>> plan
    magnitude to 0.5, then retrain 2 epochs, then exact L-OBS to 0.95, then retrain 3 epochs
    >>> plan.epochs
    5
    """

    __slots__ = ()

    def __new__(cls, stages: Any) -> Plan:
        if isinstance(stages, Stage) or callable(stages):
            stages = [stages]
        if not isinstance(stages, list | tuple):
            raise ValueError(f"a plan is a list of stages, but it is {stages!r}")
        return super().__new__(cls, [_as_stage(number, given) for number, given in enumerate(stages, 1)])

    def __repr__(self) -> str:
        return ", then ".join(map(str, self))

    @property
    def epochs(self) -> int:
        """The training budget: the epochs of all its stages of retraining."""
        return sum(int(stage.amount) for stage in self if stage.kind == "retrain" and stage.function is None)


def _as_stage(number: int, given: Any) -> Stage:
    if isinstance(given, Stage):
        return given
    if callable(given):
        return Stage(getattr(given, "__name__", repr(given)), function=given)
    raise ValueError(f"stage {number} is {given!r}, but a stage is needed, such as lobs(to=0.9), or a function "
                     f"f(net, x, y)")


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
    stages: tuple[StageReport, ...]

    @property
    def epochs(self) -> int:
        """The training budget of the plan."""
        return self.plan.epochs

    @property
    def seconds(self) -> float:
        """What all stages took together."""
        return sum(report.seconds for report in self.stages)

    def __repr__(self) -> str:
        return f"StagesResult({self.plan}: {self.net})"


def run_stages(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike,
               plan: Plan | Stage | Callable[..., Any] | Sequence[Stage | Callable[..., Any]], *, rng: Seed = 0,
               done: int = 0, callback: Callable[..., object] | None = None) -> StagesResult:
    """Run the stages of a plan one after the other.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like of shape (n, n_in), (n,)
        What the net is retrained on; stages of pruning take the first ``calibration`` of them (an option; 10,000 by
        default, of OBS 2,000 and of factored OBS 300), functions of your own all.
    plan : sequence of Stage and of callable ``f(net, x, y) -> PruneResult or MLP``
        Made by the functions of this module; a function of your own gets a copy of the net.
    rng : int or numpy.random.Generator
        Decides all stages' seeds.
    done : int
        So many stages of the plan are done already, and ``net`` is what they returned: with the same seed the others
        give what the whole plan would have given.
    callback : callable, optional
        ``callback(number, stage, net, seconds)`` after every stage, with a copy of the net.

    Returns
    -------
    StagesResult

    Raises
    ------
    ValueError
        Before any work: if the plan is empty, its sparsities do not rise, a number of epochs is not whole, an option
        is unknown or out of its range, or x and y do not fit the net. At its stage: what the real net alone can show;
        and if a function returns something else than a result or a net of the same sizes, a weight that is no number
        or was pruned before, or another sparsity than the stage asks for.

    Examples
    --------
    >>> from nnprune import MLP, make_xor
    >>> data = make_xor()
    >>> r = run_stages(MLP((2, 8, 2), rng=0), data.x_train, data.y_train,
    ...                [retrain(epochs=5), lobs(to=0.5), retrain(epochs=2)])
    >>> r.net.sparsity, r.epochs
    (0.5, 7)
    >>> r.plan
    retrain 5 epochs, then exact L-OBS to 0.5, then retrain 2 epochs
    """
    plan = Plan(plan)
    check_plan(plan, is_net(net), whole_number("done", done, 0))
    checked_samples(net, x, y)
    x, y, now, reports = np.asarray(x), np.asarray(y), net, []
    seed = int(generator(rng).integers(2**63))
    for number, stage in list(enumerate(plan, 1))[done:]:
        begin = time.perf_counter()
        now = _named(number, stage, _delivered, stage, now, x, y, np.random.default_rng([seed, number]))
        reports.append(StageReport(number, stage, now.sparsity, time.perf_counter() - begin))
        if callback is not None:
            callback(number, stage, now.copy(), reports[-1].seconds)
    return StagesResult(now, plan, tuple(reports))


def check_plan(plan: Plan, net: MLP, done: int) -> None:
    """Refuse a plan that could not be run to its end on this net, ``done`` stages of which it has behind it.

    The ValueError names the stage and the remedy.
    """
    if done > len(plan):
        raise ValueError(f"done={done}, but the plan has only {len(plan)} stages")
    if not plan:
        raise ValueError("the plan has no stages: one at least is needed, such as lobs(to=0.9)")
    before = 0.0
    for number, stage in enumerate(plan, 1):
        if stage.function is not None:
            continue
        _named(number, stage, _rehearse, stage)
        if stage.kind == "retrain":
            continue
        if stage.amount <= before:
            raise ValueError(f"stage {number} ({stage}): the sparsities of a plan must rise, but {before} is gone "
                             f"already; ask for more, or leave the stage out")
        if number > done and removals(stage.amount, net.n_weights) < n_pruned(net):
            raise ValueError(f"stage {number} ({stage}): {net.sparsity:.4g} of the net is gone before the plan begins;"
                             f" leave this stage out, ask it for more, or begin from a denser net")
        before = stage.amount


def _named(number: int, stage: Stage, f: Callable[..., Any], *args: Any) -> Any:
    """f(*args); a ValueError says at which stage."""
    try:
        return f(*args)
    except ValueError as error:
        raise ValueError(f"stage {number} ({stage}): {error}") from error


def _rehearse(stage: Stage) -> None:
    """Run one stage on one layer of four weights, after its options are found to be known."""
    function = train if stage.kind == "retrain" else methods.METHODS[stage.kind].function
    known = {name for name, p in inspect.signature(function).parameters.items() if p.kind is p.KEYWORD_ONLY}
    if stage.kind != "retrain" and methods.METHODS[stage.kind].needs:
        known.add("calibration")
    for name, value in stage.settings:
        if name not in known - NO_OPTIONS:
            raise ValueError(f"the option {name!r} is unknown; known are: {', '.join(sorted(known - NO_OPTIONS))}")
        if not isinstance(value, str | int | float | None):
            raise ValueError(f"the option {name} must be a number, a name or None, but it is {value!r}")
    if "calibration" in stage.options:
        whole_number("calibration", stage.options["calibration"], 1)
    if stage.kind == "retrain":
        whole_number("epochs", stage.amount, 1)
        stage = Stage("retrain", 0, stage.settings)  # the options are checked all the same
    else:
        in_range("to", stage.amount, 0, 1, high_open=True)
        stage = Stage(stage.kind, 0.5, stage.settings)
    rng = np.random.default_rng(0)
    _run(stage, MLP((2, 2), loss="mse", rng=0), rng.normal(size=(8, 2)), rng.normal(size=(8, 2)), rng)


def _delivered(stage: Stage, net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, rng: np.random.Generator) -> MLP:
    """The net after one stage, if it has the sparsity that the stage asks for."""
    pruned = _run(stage, net, x, y, rng)
    asked = stage.function is None and stage.kind != "retrain"
    if asked and n_pruned(pruned) != removals(stage.amount, net.n_weights):
        raise ValueError(f"{stage.kind} returned a sparsity of {pruned.sparsity:.6g}, but {stage.amount!r} was asked "
                         f"for")
    return pruned


def _run(stage: Stage, net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, rng: np.random.Generator) -> MLP:
    """The net after one stage; the one given stays as it is."""
    if stage.function is not None:
        return checked_net(stage.function(net.copy(), x, y), net, stage.kind)
    if stage.kind == "retrain":
        net = net.copy()
        train(net, x, y, epochs=stage.amount, rng=rng, **stage.options)
        return net
    r = methods.METHODS[stage.kind].prune(net, x, y, sparsity=stage.amount, rng=rng, **stage.options)
    return checked_net(r, net, stage.kind)
