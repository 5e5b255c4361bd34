"""The main job: train a net, prune it by every method of the course report, show what each costs.

    python -m nnprune.demo                     MNIST where it is found or can be downloaded, else synthetic digits
    python -m nnprune.demo --quick             a small net and a coarse grid, in seconds
    python -m nnprune.demo --seeds 3           mean and spread over three seeds
    python -m nnprune.demo --dataset digits --methods magnitude lobs-exact --sparsities 0.8 0.9 0.95
    python -m nnprune.demo --jobs 4                         four worker processes instead of one for each core
    python -m nnprune.demo --data ~/mnist --hidden 40 20 --epochs 5 --out small-net/

Writes to --out: results.json (everything), table.csv, curves.png (accuracy against what is kept), masks.png
(which pixels the first layer still reads) and dense.npz (the trained net of the first seed). After Ctrl-C or kill -9
the same command goes on where it stopped; what is finished it shows again, and --fresh runs it again. The memory
is estimated first; --max-memory 1 refuses what may take more than 1 GiB.
"""

from __future__ import annotations

import argparse
import csv
import functools
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, replace
from importlib import import_module
from threading import Thread
from typing import Any

import numpy as np

from . import __version__
from ._util.checks import gibibytes, in_range, one_of, whole_number
from ._util.command import KEPT, add_workers, command_parser, exit_code, stopped_by, whole_option, workers_that_fit
from ._util.executor import make_executor, n_jobs
from .analysis.comparison import DENSE, Row, csv_rows, mean_curves, table
from .datasets.choose import DATASETS, load_dataset
from .datasets.mnist import Dataset
from .datasets.mnist_files import named_folder
from .nn.mlp import MLP
from .pruning.masks import sparsity_list
from .pruning.memory import factored_memory, lobs_memory, obs_memory, outline, training_memory
from .pruning.methods import CALIBRATION_FACTORED, METHODS
from .reproduce.job import Job
from .reproduce.main_experiment.run import Settings, dense_net, images
from .reproduce.main_experiment.run import run as run_experiment
from .reproduce.provenance import code_identity, versions
from .reproduce.run_folder import RunFolder, writable

# --quick: a net, a training set and a grid so small that everything takes seconds.
QUICK: dict[str, Any] = {"hidden": (100, 50), "epochs": 3, "sparsities": (0.6, 0.8, 0.9, 0.95), "calibration": 2000}
QUICK_TRAIN, QUICK_TEST = 20_000, 5_000
REDRAWN = 5.0  # seconds after which the figures are drawn again while the run goes
MAX_MEMORY = 4 * 2**30  # bytes: the ``max_memory`` of ``prune_lobs``, ``prune_obs`` and ``prune_obs_factored``
PROCESS = 130 * 2**20  # bytes of Python with NumPy, SciPy and matplotlib

Log = Callable[[str], object]


def parser(prog: str = "python -m nnprune.demo") -> argparse.ArgumentParser:
    """The command line."""
    p = command_parser(prog, __doc__)
    p.add_argument("--dataset", choices=DATASETS, default="auto",
                   help="auto: MNIST where it is found or can be downloaded, else synthetic digits (default)")
    p.add_argument("--data", metavar="DIR", help="the folder with the four MNIST files")
    p.add_argument("--quick", action="store_true", help="a small net on fewer images, in seconds")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--seeds", type=int, default=1, metavar="N", help="how many seeds to average over (default 1)")
    p.add_argument("--methods", nargs="+", metavar="NAME", help=f"of: {' '.join(METHODS)}")
    p.add_argument("--sparsities", nargs="+", type=float, metavar="S", help="rising shares in [0, 1)")
    p.add_argument("--hidden", nargs="+", type=int, metavar="UNITS", help="hidden layers (default 300 100)")
    p.add_argument("--epochs", type=int, help="of training (default 10)")
    add_workers(p)
    p.add_argument("--out", default="results", metavar="DIR", help="where the results go (default results/)")
    p.add_argument("--max-memory", type=float, metavar="GIB", help="of all workers together: take fewer of them, or "
                   "refuse before any work")
    p.add_argument("--fresh", action="store_true", help="throw away what an earlier run left in --out")
    p.add_argument("--verbose", action="store_true", help="say, where MNIST is not used, what was tried to get it")
    return p


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The command line as ``Settings``; ValueError names what is wrong with it."""
    given = {name: getattr(arguments, name) for name in ("hidden", "epochs", "sparsities", "methods")}
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items() if v is not None}
    methods = given.get("methods", ())
    for method in methods:
        one_of("method", method, METHODS)
        if methods.count(method) > 1:
            raise ValueError(f"--methods names {method!r} twice")
    sparsity_list(given.get("sparsities", (0.5,)))
    whole_option("--seeds", arguments.seeds, 1)
    whole_number("--seed", arguments.seed, 0)
    if arguments.max_memory is not None:
        in_range("--max-memory", arguments.max_memory, 0, math.inf, low_open=True)
    if arguments.epochs is not None:
        whole_option("--epochs", arguments.epochs, 1)
    for units in given.get("hidden", ()):
        whole_option("--hidden", units, 1)
    return replace(Settings(), **{**(QUICK if arguments.quick else {}), **given})


def memory_needed(settings: Settings, data: Dataset) -> tuple[float, float]:
    """Bytes that the program takes at most, with Python, the packages and the data; and each of its workers beside it.

    ValueError, now and not after the training, if a method would refuse a net of these sizes.
    """
    classes = int(data.y_train.max()) + 1
    net = outline((data.x_train.shape[1], *settings.hidden, classes))
    k, n = net.n_weights + sum(net.sizes[1:]), min(settings.calibration, len(data.x_train))
    exact, survivors, shared = (lobs_memory(net, n, n_results=len(settings.sparsities), inverse=inverse)
                                for inverse in ("exact", "survivors", "shared"))
    needs = {"obs": obs_memory(k), "obs-factored": factored_memory(k, min(n, CALIBRATION_FACTORED) * classes),
             "lobs-exact": exact, "lobs-pruned": exact, "lobs-survivors": survivors, "lobs-shared": shared,
             "lobs-shared-once": shared, "lobs-shared-retrained": shared, "sparsegpt": shared}
    most = max(training_memory(net, len(data.x_train)), 64 * net.n_weights)  # the latter for a ranking of all weights
    for method in settings.methods:
        needed = needs.get(method, 0)
        if needed > MAX_MEMORY:
            raise ValueError(f"{METHODS[method].label} would need {gibibytes(needed)} for a net of the sizes "
                             f"{net.sizes}, above its {gibibytes(MAX_MEMORY)}: take fewer --hidden units")
        most = max(most, needed)
    arrays = sum(a.nbytes for a in (data.x_train, data.y_train, data.x_test, data.y_test))
    return PROCESS + 2 * arrays, PROCESS + most  # the workers map the data: they are in memory once for all of them


def main(argv: Sequence[str] | None = None, prog: str = "python -m nnprune.demo") -> int:
    """Run the demo; its exit code: 0, 2 for what cannot be run or written, 130 or 143 if it was stopped."""
    def log(text: str) -> None:
        print(text, flush=True)

    return exit_code(lambda: run(parser(prog).parse_args(argv), log))


def run(arguments: argparse.Namespace, log: Log) -> int:
    """Run what the command line asks for; 0, or that of what stopped it."""
    log(f"nnprune {__version__}: train, prune by every method, compare. Results go to {arguments.out}/")
    settings = settings_of(arguments)
    writable(arguments.out)  # now, and not after a minute of downloading
    jobs = min(n_jobs(arguments.jobs, log), arguments.seeds * max(1, len(settings.methods)))
    report = None
    try:
        with make_executor(jobs, arguments.executor) as executor:  # the workers start while the data are read
            job, head = prepared(arguments, settings, executor, log)
            if job.folder.finished:
                return show_again(job.folder, log)
            job.width = workers_that_fit(jobs, *memory_needed(settings, job.mnist()), arguments.max_memory, log)
            if job.folder.n_found:
                log(f"going on after {job.folder.n_found} steps that an earlier run did")
            report = Report(job, head)
            Thread(target=import_module, args=("nnprune.plots",), daemon=True).start()  # half a second, for the end
            run_experiment(job, report.record, log)
    except KeyboardInterrupt as stop:
        if report is None:
            raise
        report.finish(log)
        how, code = stopped_by(stop)
        log(f"\nStopped by {how}. What was done, {len(report.rows)} results, is in {arguments.out}/; the same command "
            f"goes on from there")
        return code
    except ChildProcessError as error:
        raise ChildProcessError(f"{error}. {KEPT}") from None
    report.finish(log)
    job.folder.finish()
    log(f"\nWritten to {arguments.out}/: " + ", ".join(sorted(report.written)))
    log(f"Next: look at {job.folder.path / 'curves.png'}: to the right fewer weights are kept; the best method's curve "
        f"falls last.\n"
        f"  then prune a net by hand:    python -m nnprune.explore --out explore.html, and open it in a browser\n"
        f"  learn how it works:          python -m nnprune.lessons --copy lessons, then lesson 00\n"
        f"  watch a run, step by step:   python -m nnprune.replay --out replay.html\n"
        f"  compare a method of yours:   nnprune.compare, docs/your_own_method.md")
    return 0


def prepared(arguments: argparse.Namespace, settings: Settings, executor: Executor,
             log: Log) -> tuple[Job, dict[str, Any]]:
    """The job with its data and its folder, and the head of results.json."""
    data = load_dataset(arguments.dataset, arguments.data, log=log, verbose=arguments.verbose)
    first = (QUICK_TRAIN, QUICK_TEST) if arguments.quick else None
    data = data.first(*first) if first else data
    job = Job("demo", {**asdict(settings), "seeds": arguments.seeds}, first_seed=arguments.seed, log=None,
              executor=executor, load=functools.partial(images, "digits" if data.name == "digits" else "mnist",
                                                        named_folder(arguments.data), first))
    job.images = data
    head = {"dataset": data.name, "n_train": len(data.x_train), "n_test": len(data.x_test), "seed": job.seeds[0],
            "seeds": job.seeds, "settings": asdict(settings), "versions": versions()}
    identity = {"data": job.data_identity("mnist")[0], "n_train": len(data.x_train), "n_test": len(data.x_test),
                "seeds": job.seeds, **head["settings"], "version": __version__,
                "code": code_identity(METHODS[name].function for name in settings.methods)}
    job.folder = RunFolder(arguments.out, "nnprune.demo", identity, fresh=arguments.fresh)
    log(f"data: {data}")
    return job, head


class Report:
    """What is known so far, and the files it is written to."""

    def __init__(self, job: Job, head: dict[str, Any]) -> None:
        self.job, self.folder, self.data, self.head = job, job.folder, job.mnist(), head
        self.order = {name: place for place, name in enumerate((DENSE, *head["settings"]["methods"]))}
        self.rows: list[Row] = []
        self.readers: dict[tuple[str, float], np.ndarray] = {}
        self.written: list[str] = []
        name = "synthetic digits (not MNIST)" if self.data.name == "digits" else self.data.name
        self.title = f"{name}, {len(self.data.x_train):,} images"
        self.drawn = time.monotonic()

    def record(self, row: Row, readers: list[int]) -> None:
        """Take one result; the JSON on disk has it at once, so that whatever stops the run loses nothing."""
        if row["seed"] == self.head["seed"]:
            self.readers[row["method"], round(row["sparsity"], 6)] = np.array(readers)
            if row["method"] == DENSE:
                self.save_dense(dense_net(self.job, row["seed"]))
        self.rows.append(row)
        self.rows.sort(key=lambda row: (row["seed"], self.order[row["method"]], row["sparsity"]))
        self.write_json()
        if time.monotonic() - self.drawn > REDRAWN and row["method"] != DENSE:
            self.draw(mean_curves(self.rows))  # there is something to look at long before the end

    def open(self, name: str, mode: str = "wb") -> Any:
        """Open an output file, whole or not at all; its name is remembered for the last line on the screen."""
        self.written += [] if name in self.written else [name]
        return self.folder.open(name, mode)

    def save_dense(self, net: MLP) -> None:
        """dense.npz: the trained net of the first seed."""
        self.written.append("dense.npz")
        net.save(self.folder.path / "dense.npz")

    def write_json(self) -> None:
        """results.json: the settings, the versions, and all rows so far."""
        dense = [row["accuracy"] for row in self.rows if row["method"] == DENSE]
        everything = {**self.head, "dense_accuracy": float(np.mean(dense)) if dense else None,
                      "results": self.rows}
        with self.open("results.json", "w") as f:
            json.dump(everything, f, indent=1)

    def finish(self, log: Log) -> None:
        """Print the table; write it as CSV, and the figures."""
        curves = mean_curves(self.rows)
        if DENSE not in curves:
            return
        lines = table(curves)
        log("\n" + "\n".join(lines))
        with self.open("table.csv", "w") as f:
            csv.writer(f, lineterminator="\n").writerows(csv_rows(self.rows))
        self.draw(curves)

    def draw(self, curves: dict[str, Any]) -> None:
        """Write the figures of what is known so far."""
        from .plots import save_curves, save_masks  # only now: matplotlib takes half a second to import
        many = f", mean of {len(self.head['seeds'])} seeds" if len(self.head["seeds"]) > 1 else ""
        title = f"{self.title}, {'-'.join(map(str, self.sizes()))}, no retraining unless said{many}"
        with self.open("curves.png") as f:
            save_curves(f, curves, title)
        counts = self.mask_counts()
        if counts:
            with self.open("masks.png") as f:
                save_masks(f, counts, f"{self.title}: which pixels the first layer still reads")
        self.drawn = time.monotonic()

    def sizes(self) -> tuple[int, ...]:
        """The net's sizes."""
        hidden = self.head["settings"]["hidden"]
        return (self.data.x_train.shape[1], *hidden, int(self.data.y_train.max()) + 1)

    def mask_counts(self) -> dict[str, np.ndarray]:
        """For every method, at the largest sparsity, how many units read each pixel; {} if x is no square image."""
        side = int(round(self.data.x_train.shape[1] ** 0.5))
        if side * side != self.data.x_train.shape[1]:
            return {}
        # Sparsities rise, so the last one stays. The dense net reads every pixel: no picture of that.
        last = {method: sparsity for method, sparsity in sorted(self.readers, key=lambda at: (self.order[at[0]], at[1]))
                if method != DENSE}
        return {f"{METHODS[method].label}\n{100 * (1 - sparsity):.4g} % kept":
                self.readers[method, sparsity].reshape(side, side) for method, sparsity in last.items()}


def show_again(folder: RunFolder, log: Log) -> int:
    """The table of a run that is finished."""
    file = folder.path / "results.json"
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{file} is damaged or gone, though the run was finished: --fresh runs it again") from None
    log("\n" + "\n".join(table(mean_curves(rows))))
    log(f"\nThis run was finished on {folder.finished}, its files are in {folder.path}/; --fresh runs it again")
    return 0


if __name__ == "__main__":
    sys.exit(main())
