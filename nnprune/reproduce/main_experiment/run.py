"""The main experiment: train a net, prune it by every method over a grid of sparsities, measure the accuracy.

Every method prunes the same trained net and is measured on the same test images. The L-OBS methods see the same
``CALIBRATION`` training images, so that what differs between their curves is the method alone. The settings below
were chosen on 10,000 training images kept apart, never on the test images, which are read for the figures only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..._util.types import StrPath
from ...analysis.comparison import Row, compare
from ...datasets.choose import load_dataset
from ...datasets.mnist import Dataset
from ...nn.mlp import MLP
from ...pruning.methods import CALIBRATION, METHODS, Method
from ..job import Job, trained_net
from ..provenance import weights_sha256

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


def images(name: str, folder: StrPath | None, first: tuple[int, int] | None) -> Dataset:
    """The data of the demo once more, in a worker of a cluster."""
    data = load_dataset(name, None if name == "digits" else folder, download=False)
    return data.first(*first) if first else data


def run(job: Job, record: Callable[[Row, list[int]], object], log: Callable[[str], object] = print) -> None:
    """Train a net a seed and prune it by every method; what the job's folder has of it already is not done again.

    Parameters
    ----------
    job : Job
        Its settings are those of ``Settings``.
    record : callable
        ``record(row, readers)`` for every result as soon as it is there. A row is a dict with ``seed``, ``method``,
        ``sparsity`` (as delivered), ``accuracy`` (test, in [0, 1]), ``seconds`` (of the method's whole pass) and
        ``weights_sha256`` (equal for nets that are equal bit for bit);
        ``readers``, shape (n_in,), has the number of units of the first layer that still read each input.
        The dense net is the method "dense" with sparsity 0.
    log : callable
        Takes a line of text for the user.
    """
    def trained(name: str, found: dict[str, Any]) -> None:
        record(found["row"], found["readers"])
        log(f"seed {found['row']['seed']}: {found['net']} trained in {found['row']['seconds']:.1f} s, "
            f"{job.settings.epochs} epochs, test accuracy {100 * found['row']['accuracy']:.2f} %{job.left()}")

    def pruned(name: str, found: dict[str, Any]) -> None:
        seed, method, _ = items[name]
        _record_method(seed, method, found["found"], found["seconds"], record, log, job.left())

    job.expect(len(job.seeds) * (1 + len(job.settings.methods)))
    job.map(dense, {f"seed {seed}: training": (seed,) for seed in job.seeds}, trained)
    items = {f"seed {seed}: {METHODS[name].label}": (seed, name, METHODS[name])
             for seed in job.seeds for name in sorted(reversed(job.settings.methods), key=_longest_first)}
    job.map(prune, items, pruned)


def _longest_first(name: str) -> tuple[bool, bool, bool]:
    """What takes longest is begun first, so that no worker waits for it at the end.

    That is retraining, then many inverses, then one compensation, then a ranking alone; of equals the one named last.
    """
    method = METHODS[name]
    return not (method.needs == "xy" and method.compensates), "refresh" not in method.options, not method.compensates


def dense(job: Job, seed: int) -> dict[str, Any]:
    """The dense net of a seed: the row of ``record``, the readers, and the net as text."""
    net, data = dense_net(job, seed), job.mnist()
    row = {"seed": seed, "method": "dense", "sparsity": 0.0, "accuracy": net.accuracy(data.x_test, data.y_test),
           "seconds": job.folder.seconds[f"seed {seed} dense"], "weights_sha256": weights_sha256(net)}
    return {"row": row, "readers": readers(net), "net": str(net)}


def prune(job: Job, seed: int, name: str, method: Method) -> dict[str, Any]:
    """What a method makes of a seed's dense net ("found", as of ``run_method``), and its seconds."""
    METHODS.setdefault(name, method)  # a worker does not have what was added to the table here
    step, net = f"seed {seed} {name}", dense_net(job, seed)
    found = job.step(step, lambda: run_method(name, Task(net, job.mnist(), job.settings.sparsities, seed,
                                                         job.settings.calibration), job.progress(step)))
    return {"found": found, "seconds": job.folder.seconds[step]}


def dense_net(job: Job, seed: int, settings: Any = None) -> MLP:
    """The dense net of a seed, which every method prunes; ``settings`` of the training, where they are not the job's.

    A step: where the job's folder has it, it is not trained again.
    """
    settings, name = settings or job.settings, f"seed {seed} dense"

    def training() -> MLP:
        data, progress = job.mnist(), job.progress(name)
        net: MLP = trained_net(data.x_train, data.y_train, settings, seed,
                               callback=lambda e: progress(e.number, settings.epochs, f"loss {e.loss:.4f}"))
        progress.close()
        return net

    net: MLP = job.net(name, training)
    return net


def readers(net: MLP) -> list[int]:
    """How many units of the first layer still read each input: a list of n_in ints."""
    counts: list[int] = net.masks[0].sum(axis=0).tolist()
    return counts


def run_method(name: str, task: Task, progress: Any) -> dict[str, Any]:
    """Prune by one method: a dict with "rows" and with "warnings", as of a ``Comparison``.

    Every row has ``sparsity``, ``accuracy``, ``readers`` and the weights' SHA-256.
    """
    rows: list[Row] = []

    def keep(row: Row, result: Any) -> None:
        if row["method"] == name:
            rows.append({"sparsity": row["sparsity"], "accuracy": row["accuracy"], "readers": readers(result.net),
                         "weights_sha256": weights_sha256(result.net)})

    compared = compare(task.net, task.data, name, task.sparsities, calibration=task.calibration, rng=task.seed,
                       progress=lambda _, *done: progress(*done), callback=keep)
    progress.close()
    return {"rows": rows, "warnings": compared.warnings}


def _record_method(seed: int, name: str, found: dict[str, Any], seconds: float,
                   record: Callable[[Row, list[int]], object], log: Callable[[str], object], left: str) -> None:
    """Pass a method's results on, and tell how far it got."""
    for row in found["rows"]:
        record({"seed": seed, "method": name, "sparsity": row["sparsity"], "accuracy": row["accuracy"],
                "seconds": seconds, "weights_sha256": row["weights_sha256"]}, row["readers"])
    last = found["rows"][-1]
    log(f"seed {seed}: {METHODS[name].label} to {100 * last['sparsity']:.4g} % removed in {seconds:.1f} s, "
        f"test accuracy there {100 * last['accuracy']:.2f} %{left}")
    for _, times, text in found["warnings"]:
        log(f"warning{f', {times} times, the first' if times > 1 else ''}: {text}")
