"""Combinations of methods, written as what they are: stages one after the other.

    plan = [magnitude(to=0.5), lobs(to=0.95), retrain(epochs=2), lobs(to=0.98), retrain(epochs=2), obs(to=0.99)]
    result = run_stages(net, x, y, plan)

reads, and prints, as "magnitude to 0.5, then exact L-OBS to 0.95, then retrain 2 epochs, ...", and that sentence is a
plan too (``plan``). Every stage begins with the net of the stage before it, its masks held (``stage_run``). Options
after ``to`` or ``epochs`` are those of the function behind the stage: ``lobs(to=0.95, inputs="pruned")``.

Why combine? The methods fail in different places. Magnitude is cheap, and good while most weights are noise. Exact
L-OBS knows what a unit can compensate, but not what the loss needs, and takes the net it gets as the one to imitate.
Retraining knows the loss, and moves the net to where the next stage can start again. The full OBS knows the loss and
all weights at once, but can take a few thousand only. Whether a combination is worth its complication is a matter of
measurement, at an equal training budget (``budget``): a plan that trains for longer than the one beside it shows what
training does.

When it fails: no stage takes back what the one before it did, so a weight that a crude first stage removes is lost to
the finer ones after it. And OBS assumes a net at a minimum, so its stages belong after retraining.
"""

from __future__ import annotations

from ..._util.checks import in_range, whole_number
from .plan import Plan, Stage


def magnitude(*, to, **options):
    """The smallest weights go, until the share ``to`` of all is gone: ``prune_magnitude``."""
    return Stage("magnitude", to, options)


def random(*, to, **options):
    """Weights sampled by the stage's own seed go: ``prune_random``."""
    return Stage("random", to, options)


def snip(*, to, **options):
    """The connections go that the loss feels least: ``prune_snip``, for a net before training."""
    return Stage("snip", to, options)


def obd(*, to, **options):
    """Optimal Brain Damage: ``prune_obd``."""
    return Stage("obd", to, options)


def lobs(*, to, **options):
    """Exact L-OBS, on the first ``calibration=10_000`` samples: ``prune_lobs``."""
    return Stage("lobs", to, options)


def simplified_lobs(*, to, **options):
    """L-OBS by one inverse a layer, recomputed after every ``refresh=2000`` removals: ``prune_lobs``."""
    return Stage("simplified_lobs", to, options)


def obs(*, to, **options):
    """The full OBS, on the first ``calibration=2000`` samples, ``refresh=50``, ``damping=0.1``: ``prune_obs``."""
    return Stage("obs", to, options)


def obs_factored(*, to, **options):
    """The full OBS without its matrix, on the first ``calibration=300`` samples: ``prune_obs_factored``."""
    return Stage("obs_factored", to, options)


def retrain(*, epochs, **options):
    """Train what is left: ``train``, with its learning rate of 0.1 that falls along a cosine."""
    return Stage("retrain", epochs, options)


def rounds(method, *, to, n, epochs, start=0.0, retraining=(), **options):
    """``n`` rounds of pruning and retraining, each removing the same share of what is left.

    Parameters
    ----------
    method : callable
        A stage of this module: ``lobs``.
    to : float in [0, 1)
        The sparsity after the last round.
    n, epochs : int
        Rounds, and epochs of retraining after each.
    start : float in [0, 1)
        The sparsity that the net has already.
    retraining : dict
        Options of ``retrain``.
    **options
        Of the method.

    Returns
    -------
    Plan
        The sparsities between are rounded to 4 places.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> rounds(magnitude, to=0.99, n=2, epochs=3)
    magnitude to 0.9, then retrain 3 epochs, then magnitude to 0.99, then retrain 3 epochs
    """
    n, start = whole_number("n", n, 1), in_range("start", start, 0, 1, high_open=True)
    # After i of n rounds the share (1 - start) r^i is kept, and after the last one 1 - to.
    r = ((1 - in_range("to", to, start, 1, low_open=True, high_open=True)) / (1 - start)) ** (1 / n)
    shares = [round(1 - (1 - start) * r**i, 4) for i in range(1, n)] + [to]
    return Plan(stage for share in shares
                for stage in (method(to=share, **options), retrain(epochs=epochs, **dict(retraining))))


def plan(stages):
    """A sentence, or a sequence of stages, as a ``Plan``: a tuple of stages that prints as a sentence.

    Raises
    ------
    ValueError
        If a sentence cannot be read, or something in the sequence is no stage.

    Examples
    --------
    >>> plan([snip(to=0.9), retrain(epochs=1)])
    SNIP to 0.9, then retrain 1 epoch
    >>> plan("SNIP to 0.9, retrain 1 epoch") == plan([snip(to=0.9), retrain(epochs=1)])
    True
    """
    return Plan.of(stages)


def budget(stages):
    """The training budget of a plan: the epochs of all its retraining.

    Examples
    --------
    >>> budget([magnitude(to=0.5), retrain(epochs=2), lobs(to=0.9), retrain(epochs=3)])
    5
    """
    return Plan.of(stages).epochs
