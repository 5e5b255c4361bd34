"""The main experiment: train a net, prune it by every method over a grid of sparsities, measure the accuracy.

Every method prunes the same trained net and is measured on the same test images. The L-OBS methods see the same
``CALIBRATION`` training images, so that what differs between their curves is the method alone. The settings below
were chosen on 10,000 training images kept apart, never on the test images, which are read for the figures only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..._util.progress import Progress
from ...analysis.comparison import Row, compare
from ...datasets.mnist import Dataset
from ...nn.mlp import MLP
from ...pruning.methods import CALIBRATION, METHODS
from ..job import trained_net
from ..provenance import weights_sha256
from ..run_folder import RunFolder

SPARSITIES = (0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97)


@dataclass(frozen=True)
class Settings:
    """What one run of the experiment is about.

    Attributes
    ----------
    hidden : tuple of int
        Units of the hidden layers.
    epochs : int
    learning_rate, weight_decay : float
        Of the training; 128 images a batch, momentum 0.9, cosine schedule.
    sparsities : tuple of float
        Rising, in [0, 1).
    methods : tuple of str
        Names out of ``METHODS``.
    calibration : int
        Training images that a method sees at most; it may take fewer.
    """

    hidden: tuple[int, ...] = (300, 100)
    epochs: int = 10
    learning_rate: float = 0.1
    weight_decay: float = 1e-4
    sparsities: tuple[float, ...] = SPARSITIES
    methods: tuple[str, ...] = ("magnitude", "lobs-shared-once", "lobs-shared", "lobs-shared-retrained", "lobs-exact")
    calibration: int = CALIBRATION


@dataclass(frozen=True)
class Task:
    """What a method gets: the trained net, the data, the sparsities, a seed, and how many images to take at most."""

    net: MLP
    data: Dataset
    sparsities: tuple[float, ...]
    seed: int
    calibration: int


def run_seed(data: Dataset, settings: Settings, seed: int, folder: RunFolder,
             record: Callable[[Row, list[int]], object], log: Callable[[str], object] = print) -> None:
    """Train one net and prune it by every method; what ``folder`` has of it already is not done again.

    Parameters
    ----------
    data : Dataset
    settings : Settings
    seed : int
        Of the initial weights, the order of the samples, and the methods.
    folder : RunFolder
        Keeps the trained net and every method's results, so that a run that is killed can go on.
    record : callable
        ``record(row, readers)`` for every result as soon as it is there. A row is a dict with ``seed``, ``method``,
        ``sparsity`` (as delivered), ``accuracy`` (test, in [0, 1]), ``seconds`` (of the method's whole pass) and
        ``weights_sha256`` (equal for nets that are equal bit for bit);
        ``readers``, shape (n_in,), has the number of units of the first layer that still read each input.
        The dense net comes first, as the method "dense" with sparsity 0.
    log : callable
        Takes a line of text for the user.
    """
    net = dense_net(data, settings, seed, folder)
    seconds, accuracy = folder.seconds[f"seed {seed} dense"], net.accuracy(data.x_test, data.y_test)
    record({"seed": seed, "method": "dense", "sparsity": 0.0, "accuracy": accuracy, "seconds": seconds,
            "weights_sha256": weights_sha256(net)}, readers(net))
    log(f"seed {seed}: {net} trained in {seconds:.1f} s, {settings.epochs} epochs, "
        f"test accuracy {100 * accuracy:.2f} %")
    task = Task(net, data, settings.sparsities, seed, settings.calibration)
    for method in settings.methods:
        found = folder.step(f"seed {seed} {method}", lambda m=method: run_method(m, task))
        _record_method(method, seed, found, folder.seconds[f"seed {seed} {method}"], record, log)


def dense_net(data: Dataset, settings: Settings, seed: int, folder: Any) -> MLP:
    """The dense net of a seed, which every method prunes: trained, or from the ``folder`` where it is done."""
    net: MLP = folder.net(f"seed {seed} dense", lambda: _train_dense(data, settings, seed))
    return net


def _train_dense(data: Dataset, settings: Settings, seed: int) -> MLP:
    progress = Progress(f"seed {seed}: training")
    net: MLP = trained_net(data.x_train, data.y_train, settings, seed,
                      callback=lambda e: progress(e.number, settings.epochs, f"loss {e.loss:.4f}"))
    progress.close()
    return net


def readers(net: MLP) -> list[int]:
    """How many units of the first layer still read each input: a list of n_in ints."""
    counts: list[int] = net.masks[0].sum(axis=0).tolist()
    return counts


def run_method(name: str, task: Task) -> dict[str, Any]:
    """Prune by one method: a dict with "rows" and with "warnings", as of a ``Comparison``.

    Every row has ``sparsity``, ``accuracy``, ``readers`` and the weights' SHA-256.
    """
    method = METHODS[name]
    progress = Progress(f"seed {task.seed}: {method.label}")
    rows: list[Row] = []

    def keep(row: Row, result: Any) -> None:
        if row["method"] == name:
            rows.append({"sparsity": row["sparsity"], "accuracy": row["accuracy"], "readers": readers(result.net),
                         "weights_sha256": weights_sha256(result.net)})

    compared = compare(task.net, task.data, name, task.sparsities, calibration=task.calibration, rng=task.seed,
                       progress=lambda _, *done: progress(*done), callback=keep)
    progress.close()
    return {"rows": rows, "warnings": compared.warnings}


def _record_method(name: str, seed: int, found: dict[str, Any], seconds: float,
                   record: Callable[[Row, list[int]], object], log: Callable[[str], object]) -> None:
    """Pass a method's results on, and tell how far it got."""
    for row in found["rows"]:
        record({"seed": seed, "method": name, "sparsity": row["sparsity"], "accuracy": row["accuracy"],
                "seconds": seconds, "weights_sha256": row["weights_sha256"]}, row["readers"])
    last = found["rows"][-1]
    log(f"seed {seed}: {METHODS[name].label} to {100 * last['sparsity']:.4g} % removed in {seconds:.1f} s, "
        f"test accuracy there {100 * last['accuracy']:.2f} %")
    for _, times, text in found["warnings"]:
        log(f"warning{f', {times} times, the first' if times > 1 else ''}: {text}")
