"""One net, many methods, a grid of sparsities: what accuracy each of them keeps.

Every method prunes the same net and is measured on the same test samples, which are read for the last column only. All
see the same first training samples, at most ``calibration`` of them, so that what differs between their curves is the
method alone. A method is a key of ``pruning.METHODS``, or a function of your own.

When it misleads: one net is one sample. Differences between methods of the size of the differences between seeds say
nothing; compare on several nets before you believe them (``python -m nnprune.demo --seeds 5``).
"""

from __future__ import annotations

import csv
import inspect
import os
import re
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from .._util.checks import NNPruneWarning, generator, is_net, net_inputs, one_of, whole_number
from .._util.files import atomic_write
from ..datasets.mnist import Dataset
from ..nn.mlp import MLP
from ..pruning.masks import n_pruned, removals, sparsity_list
from ..pruning.methods import CALIBRATION, METHODS
from ..pruning.result import PruneResult, checked_net

if TYPE_CHECKING:
    from ..plots import Axes

Row = dict[str, Any]
Curves = dict[str, dict[float, tuple[float, float, int]]]  # method -> sparsity -> (mean, standard deviation, number)
Own = Callable[..., "PruneResult | MLP"]

DENSE = "dense"  # the net as it was given is a row as well
PARTS = ("x_train", "y_train", "x_test", "y_test")


def compare(net: MLP, data: Dataset, methods: str | Own | Sequence[str | Own] | Mapping[str, str | Own] = (
                "magnitude", "lobs-shared", "lobs-exact"), sparsities: Sequence[float] = (0.5, 0.8, 0.9, 0.95), *,
            calibration: int = CALIBRATION, rng: int | np.random.Generator = 0,
            progress: Callable[[str, int, int], object] | None = None,
            callback: Callable[[Row, PruneResult | MLP], object] | None = None) -> Comparison:
    """Prune a net by several methods to several sparsities, and measure the test accuracy of each.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    data : Dataset
        Anything with ``x_train``, ``y_train``, ``x_test``, ``y_test``.
    methods : sequence of str or callable, or dict from label to these
        Keys of ``pruning.METHODS``; or functions ``f(net, x, y, sparsity)`` that return a PruneResult or a net. They
        are given copies, x and y cut to the calibration samples, and are called once a sparsity.
    sparsities : sequence of float in [0, 1)
        Rising.
    calibration : int
        A method sees the first so many training samples at most; some of the table take fewer, and those that retrain
        do that on all.
    rng : int or numpy.random.Generator
        The seed of the methods of the table, the same for each; of a Generator, one number is taken. Functions of your
        own bring their own.
    progress : callable, optional
        ``progress(method, done, total)``, from the methods that tell how far they are, and after each result.
    callback : callable, optional
        ``callback(row, result)`` for every row as soon as it is known, with what the method returned; of "dense", the
        net. The nets are not kept: a grid of them takes much memory.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        If a method is unknown, or named twice; a sparsity is out of its range; the data do not fit the net; or a
        function returns something else than a result or a net, a net of other sizes, one with NaN, or with another
        number of pruned weights than asked.

    Examples
    --------
    >>> from nnprune import MLP, make_digits, prune_magnitude
    >>> def smallest_per_layer(net, x, y, sparsity):
    ...     return prune_magnitude(net, sparsity=sparsity, scope="layer")
    >>> compared = compare(MLP((784, 12, 10), rng=0), make_digits(100, 50), ["magnitude", smallest_per_layer], [0.5])
    >>> [(row["method"], row["sparsity"]) for row in compared.rows]
    [('dense', 0.0), ('magnitude', 0.5), ('smallest_per_layer', 0.5)]
    """
    named = _named(methods)
    asked = sparsity_list(sparsities)[0]
    calibration = whole_number("calibration", calibration, 1)
    for part in PARTS:
        if not hasattr(data, part):
            raise ValueError(f"data must have {', '.join(PARTS)}, as a nnprune.Dataset has, but it is a "
                             f"{type(data).__name__} without {part}")
    net_inputs(is_net(net), data.x_train, "data.x_train")
    for sparsity in asked:
        if removals(sparsity, net.n_weights) < n_pruned(net):
            raise ValueError(f"sparsity={sparsity}, but {net.sparsity:.4g} of the net is pruned already: ask for more, "
                             f"or begin from a denser net")
    seed = rng if isinstance(rng, int | np.integer) else int(generator(rng).integers(2**63))
    rows: list[Row] = []
    caught: list[tuple[str, str]] = []

    def measured(name: str, outcome: PruneResult | MLP, seconds: float) -> None:
        pruned = outcome.net if isinstance(outcome, PruneResult) else outcome
        rows.append({"method": name, "sparsity": pruned.sparsity, "seconds": seconds,
                     "accuracy": pruned.accuracy(data.x_test, data.y_test)})
        if callback is not None:
            callback(rows[-1], outcome)

    measured(DENSE, net, 0.0)
    for name, method in named.items():
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always", NNPruneWarning)
            for number, (outcome, seconds) in enumerate(_pruned(name, method, net, data, asked, calibration, seed,
                                                                progress), 1):
                measured(name, outcome, seconds)
                if progress is not None and callable(method):
                    progress(name, number, len(asked))
        for w in found:
            if issubclass(w.category, NNPruneWarning):
                caught.append((name, str(w.message)))
            else:
                warnings.warn_explicit(w.message, w.category, w.filename, w.lineno)
    return Comparison(rows, _of_one_kind(caught))


def _named(methods: Any) -> dict[str, str | Own]:
    """The methods by the names that stand in the table; ValueError for what is none, or stands there already."""
    if isinstance(methods, Mapping):
        pairs = list(methods.items())
    else:
        listed = [methods] if isinstance(methods, str) or callable(methods) else list(methods)
        pairs = [(m if isinstance(m, str) else getattr(m, "__name__", type(m).__name__), m) for m in listed]
    if not pairs:
        raise ValueError(f"methods is empty: name one at least, of {', '.join(METHODS)}, or a function")
    named: dict[str, str | Own] = {}
    for name, method in pairs:
        if isinstance(method, str):
            one_of("method", method, METHODS)
        elif not callable(method):
            raise ValueError(f"method {name!r} must be a key of the table or a function f(net, x, y, sparsity), but it "
                             f"is a {type(method).__name__}")
        if name in named or name == DENSE or (name in METHODS and name != method):
            raise ValueError(f"the name {name!r} of a method is taken: pass a dict, such as "
                             f"{{'another name': the function}}")
        if callable(method):
            _takes_four(name, method)
        named[name] = method
    return named


def _takes_four(name: str, function: Own) -> None:
    """Raise ValueError, before any work, unless the function can be called with four arguments."""
    try:
        inspect.signature(function).bind(None, None, None, 0.5)
    except TypeError:
        raise ValueError(f"method {name!r} must be a function f(net, x, y, sparsity), but its arguments are "
                         f"{inspect.signature(function)}: wrap it in one, such as lambda net, x, y, sparsity: ..."
                         ) from None
    except ValueError:  # what is written in C may tell no signature
        pass


def _pruned(name: str, method: str | Own, net: MLP, data: Dataset, sparsities: list[float], calibration: int,
            seed: int, progress: Callable[[str, int, int], object] | None
            ) -> Iterable[tuple[PruneResult | MLP, float]]:
    """What a method returns for each sparsity, with the seconds it took (a method of the table: its whole pass)."""
    if isinstance(method, str):
        row, begin = METHODS[method], time.perf_counter()
        report = None if progress is None else lambda done, total, *note: progress(name, done, total, *note)
        results = row.prune(net, data.x_train, data.y_train, sparsity=sparsities, rng=seed, progress=report,
                            calibration=min(calibration, row.options.get("calibration", calibration)))
        seconds = time.perf_counter() - begin
        yield from ((result, seconds) for result in results)
        return
    for sparsity in sparsities:
        x, y = np.array(data.x_train[:calibration]), np.array(data.y_train[:calibration])
        begin = time.perf_counter()
        outcome = method(net.copy(), x, y, sparsity)
        seconds = time.perf_counter() - begin
        _check(f"method {name!r}", outcome, net, sparsity)
        yield outcome, seconds


def _check(name: str, outcome: Any, net: MLP, sparsity: float) -> None:
    """Raise ValueError unless a function's outcome is a pruned ``net`` of just the sparsity asked for."""
    pruned = is_net(checked_net(outcome, net, name), f"the net that {name} returned")
    if (pruned.activation, pruned.loss_name) != (net.activation, net.loss_name):
        raise ValueError(f"{name} returned {pruned}, but it was given {net}: activation and loss must stay the same")
    asked, delivered = removals(sparsity, net.n_weights), n_pruned(pruned)
    if delivered != asked:
        zeros = sum(int((W == 0).sum()) for W in pruned.weights)
        hint = ("; its masks count: net.set_masks('zeros') prunes what is 0" if zeros >= asked > delivered
                else f"; nnprune.prune_by_scores(net, scores, sparsity=sparsity) removes {asked}")
        raise ValueError(f"{name} returned a net with {delivered:,} of {net.n_weights:,} weights pruned, but "
                         f"sparsity={sparsity} is {asked:,}{hint}")


def _of_one_kind(caught: list[tuple[str, str]]) -> tuple[tuple[str, int, str], ...]:
    """(method, how often, first text) of warnings that differ in their numbers only."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for name, text in caught:
        kinds.setdefault((name, re.sub(r"\d[\d.,]*(e[-+]?\d+)?", "#", text)), []).append(text)
    return tuple((name, len(texts), texts[0]) for (name, _), texts in kinds.items())


@dataclass(frozen=True, repr=False)
class Comparison:
    """What ``compare`` measured; ``print`` shows the table.

    Attributes
    ----------
    rows : list of dict
        "method" (key or label), "sparsity" (as delivered), "accuracy" (test, in [0, 1]) and "seconds" (a method of the
        table: of its whole pass over all sparsities). The net as it was given comes first, as "dense". Rows of several
        comparisons, of nets of other seeds, may be put together: ``Comparison(a.rows + b.rows)``, whose table has mean
        and standard deviation.
    warnings : tuple of (str, int, str)
        Method, how often, and the first text, of every kind of ``NNPruneWarning`` on the way.
    """

    rows: list[Row]
    warnings: tuple[tuple[str, int, str], ...] = ()

    @property
    def curves(self) -> Curves:
        """The rows by method and sparsity, as ``mean_curves`` gives them."""
        return mean_curves(self.rows)

    def __str__(self) -> str:
        told = [f"warning, {label(name)}{f', {times} times, the first' if times > 1 else ''}: {text}"
                for name, times, text in self.warnings]
        return "\n".join([*table(self.curves), *told])

    def __repr__(self) -> str:
        return f"Comparison({len(self.rows)} rows: {', '.join(self.curves)})"

    def save_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to ``path`` as CSV, whole or not at all."""
        with atomic_write(path, "w") as f:
            csv.writer(f, lineterminator="\n").writerows(csv_rows(self.rows))

    def plot(self, axes: Axes | None = None) -> Axes:
        """Draw the curves into ``axes``, or a new figure; ``plots.plot_curves``."""
        from ..plots import plot_curves  # only now: matplotlib takes half a second to import
        return plot_curves(self, axes)


def label(method: str) -> str:
    """A method's label in tables and legends: that of the table of methods; of others, their name."""
    return METHODS[method].label if method in METHODS else method


def mean_curves(rows: Sequence[Row]) -> Curves:
    """Mean and spread over rows of one method and sparsity.

    Parameters
    ----------
    rows : list of dict
        As of a ``Comparison``.

    Returns
    -------
    dict
        For every method, in order of appearance, a dict from sparsity (rounded to 6 places) to (mean, standard
        deviation, number of rows) of the accuracy in %.
    """
    curves: dict[str, dict[float, list[float]]] = {}
    for row in rows:
        at = curves.setdefault(row["method"], {})
        at.setdefault(round(row["sparsity"], 6), []).append(100 * row["accuracy"])
    return {method: {s: (float(np.mean(a)), float(np.std(a)), len(a)) for s, a in sorted(at.items())}
            for method, at in curves.items()}


def dense_of(curves: Curves) -> tuple[float, float, int]:
    """Mean, standard deviation and number of the dense net's accuracies."""
    return next(iter(curves[DENSE].values()))


def within_a_point(curves: Curves) -> dict[str, float | None]:
    """For every method the largest sparsity up to which it stays within one point of the dense net; None if none.

    Examples
    --------
    >>> within_a_point({"dense": {0.0: (98.0, 0, 1)}, "random": {0.1: (97.5, 0, 1), 0.2: (90.0, 0, 1)}})
    {'random': 0.1}
    """
    dense = dense_of(curves)[0]
    largest: dict[str, float | None] = {}
    for method, at in curves.items():
        if method == DENSE:
            continue
        largest[method] = None
        for sparsity, (mean, _, _) in at.items():
            if mean < dense - 1:
                break
            largest[method] = sparsity
    return largest


def table(curves: Curves) -> list[str]:
    """The table as lines of text: a row a sparsity, a column a method."""
    methods = [m for m in curves if m != DENSE]
    titles = [label(m) for m in methods]
    dense, deviation, seeds = dense_of(curves)
    spread = f" +- {deviation:.2f} over {seeds} seeds" if seeds > 1 else ""
    lines = [f"dense test accuracy: {dense:.2f} %{spread}; below, test accuracy in % by the share of weights removed",
             "", "removed  " + "  ".join(titles)]
    for sparsity in sorted({s for m in methods for s in curves[m]}):
        cells = [_cell(curves[m].get(sparsity)).rjust(len(t)) for m, t in zip(methods, titles)]
        lines.append(f"{sparsity:7.4g}  " + "  ".join(cells))
    best = within_a_point(curves)
    cells = [("none" if best[m] is None else f"{best[m]:.4g}").rjust(len(t)) for m, t in zip(methods, titles)]
    return [*lines, "", "the largest share removed that stays within one point of dense, same columns:",
            " " * 9 + "  ".join(cells)]


def _cell(value: tuple[float, float, int] | None) -> str:
    if value is None:
        return "-"
    mean, spread, seeds = value
    return f"{mean:.2f}" + (f"+-{spread:.2f}" if seeds > 1 else "")


def csv_rows(rows: Sequence[Row]) -> list[list[Any]]:
    """The rows for a CSV file, a title row first."""
    names = [name for name in ("seed", "method", "sparsity", "accuracy", "seconds") if name in rows[0]]
    return [names, *([row[name] for name in names] for row in rows)]
