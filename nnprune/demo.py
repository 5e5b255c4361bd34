"""The main job: train a net, prune it by every method of the course report, show what each costs.

    python -m nnprune.demo                     real MNIST where it is found or can be had, else drawn digits
    python -m nnprune.demo --quick             a small net and a coarse grid, in seconds
    python -m nnprune.demo --seeds 3           mean and spread over three seeds
    python -m nnprune.demo --dataset digits --methods magnitude lobs-exact --sparsities 0.8 0.9 0.95
    python -m nnprune.demo --data ~/mnist --hidden 40 20 --epochs 5 --out small-net/

Writes to --out: results.json (everything), table.csv, curves.png (accuracy against the removed share), masks.png
(which pixels the first layer still reads) and dense.npz (the trained net of the first seed).
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import scipy

from . import __version__
from .checks import one_of, whole_number
from .datasets import load_mnist
from .digits import make_digits
from .experiment import METHODS, Settings, mean_curves, run_seed, within_a_point
from .files import atomic_write
from .masks import sparsity_list

# --quick: a net, a training set and a grid so small that everything takes seconds.
QUICK = {"hidden": (100, 50), "epochs": 3, "sparsities": (0.6, 0.8, 0.9, 0.95), "calibration": 2000}
QUICK_TRAIN, QUICK_TEST = 20_000, 5_000


def parser():
    """The command line."""
    summary, rest = __doc__.split("\n\n", 1)
    p = argparse.ArgumentParser(prog="python -m nnprune.demo", description=summary, epilog="examples:\n" + rest,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--dataset", choices=("auto", "mnist", "digits"), default="auto",
                   help="auto: MNIST where it is found or can be downloaded, else drawn digits (default)")
    p.add_argument("--data", metavar="DIR", help="the folder with the four MNIST files")
    p.add_argument("--quick", action="store_true", help="a small net on fewer images, in seconds")
    p.add_argument("--seed", type=int, default=0, help="the first seed (default 0)")
    p.add_argument("--seeds", type=int, default=1, metavar="N", help="how many seeds to average over (default 1)")
    p.add_argument("--methods", nargs="+", metavar="NAME", help=f"of: {' '.join(METHODS)}")
    p.add_argument("--sparsities", nargs="+", type=float, metavar="S", help="rising shares in [0, 1)")
    p.add_argument("--hidden", nargs="+", type=int, metavar="UNITS", help="hidden layers (default 300 100)")
    p.add_argument("--epochs", type=int, help="of training (default 10)")
    p.add_argument("--out", default="results", metavar="DIR", help="where the results go (default results/)")
    return p


def settings_of(arguments):
    """The command line as ``Settings``; ValueError names what is wrong with it."""
    given = {name: getattr(arguments, name) for name in ("hidden", "epochs", "sparsities", "methods")}
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items() if v is not None}
    methods = given.get("methods", ())
    for method in methods:
        one_of("method", method, METHODS)
        if methods.count(method) > 1:
            raise ValueError(f"--methods names {method!r} twice")
    sparsity_list(given.get("sparsities", (0.5,)))
    whole_number("--seeds", arguments.seeds, 1)
    whole_number("--seed", arguments.seed, 0)
    if arguments.epochs is not None:
        whole_number("--epochs", arguments.epochs, 1)
    for units in given.get("hidden", ()):
        whole_number("--hidden", units, 1)
    if arguments.data is not None and arguments.dataset == "digits":
        raise ValueError(f"--data {arguments.data} has no meaning with --dataset digits, which are drawn")
    return replace(Settings(), **{**(QUICK if arguments.quick else {}), **given})


def load(arguments, say):
    """The data set asked for. ``auto`` falls back to the drawn digits, and says so."""
    if arguments.dataset == "digits":
        data = make_digits()
    else:
        try:
            data = load_mnist(arguments.data)
        except OSError as error:
            # A folder that was named must be right; only where none was, other data will do.
            if arguments.dataset == "mnist" or arguments.data is not None or os.environ.get("NNPRUNE_DATA"):
                raise
            say(f"MNIST is neither here nor to be had, so this runs on DRAWN DIGITS instead.\n{error}\n")
            data = make_digits()
    if arguments.quick:
        data = replace(data, x_train=data.x_train[:QUICK_TRAIN], y_train=data.y_train[:QUICK_TRAIN],
                       x_test=data.x_test[:QUICK_TEST], y_test=data.y_test[:QUICK_TEST])
    return data


class Report:
    """What is known so far, and the files it is written to."""

    def __init__(self, out, data, settings, seeds):
        self.out, self.data, self.settings = Path(out), data, settings
        self.rows, self.masks = [], {}
        self.title = "drawn digits (not MNIST)" if data.name == "digits" else data.name
        self.head = {"dataset": data.name, "n_train": len(data.x_train), "n_test": len(data.x_test),
                     "seed": seeds[0], "seeds": seeds, "settings": asdict(settings),
                     "versions": {"nnprune": __version__, "numpy": np.__version__, "scipy": scipy.__version__,
                                  "python": platform.python_version()}}
        self.written = []

    def record(self, row, net):
        """Take one result; the JSON on disk has it at once, so that whatever stops the run loses nothing."""
        if row["method"] == "dense" and not self.rows:
            net.save(self.file("dense.npz"))
        if row["seed"] == self.head["seeds"][0]:
            self.masks[row["method"], round(row["sparsity"], 6)] = net.masks[0].sum(axis=0)
        self.rows.append(row)
        self.write_json()

    def file(self, name):
        """The path of an output file, remembered for the last line on the screen."""
        self.written += [] if name in self.written else [name]
        return self.out / name

    def write_json(self):
        """results.json: the settings, the versions, and all rows so far."""
        dense = [row["accuracy"] for row in self.rows if row["method"] == "dense"]
        everything = {**self.head, "dense_accuracy": float(np.mean(dense)) if dense else None,
                      "results": self.rows}
        with atomic_write(self.file("results.json"), "w") as f:
            json.dump(everything, f, indent=1)

    def finish(self, say):
        """Print the table; write it as CSV, and the figures."""
        curves = mean_curves(self.rows)
        if "dense" not in curves:
            return
        lines = table(curves)
        say("\n" + "\n".join(lines))
        with atomic_write(self.file("table.csv"), "w") as f:
            csv.writer(f, lineterminator="\n").writerows(csv_rows(self.rows))
        from .plots import save_curves, save_masks  # only now: matplotlib takes half a second to import
        labels = {name: method.label for name, method in METHODS.items()}
        many = f", mean of {len(self.head['seeds'])} seeds" if len(self.head["seeds"]) > 1 else ""
        title = f"{self.title}, {'-'.join(map(str, self.sizes()))}, no retraining unless said{many}"
        with atomic_write(self.file("curves.png")) as f:
            save_curves(f, curves, labels, title)
        counts = self.mask_counts(labels)
        if counts:
            with atomic_write(self.file("masks.png")) as f:
                save_masks(f, counts, f"{self.title}: which pixels the first layer still reads")

    def sizes(self):
        """The net's sizes."""
        return (self.data.x_train.shape[1], *self.settings.hidden, int(self.data.y_train.max()) + 1)

    def mask_counts(self, labels):
        """For every method, at the largest sparsity, how many units read each pixel; {} if x is no square image."""
        side = int(round(self.data.x_train.shape[1] ** 0.5))
        if side * side != self.data.x_train.shape[1]:
            return {}
        # Sparsities rise, so the last one stays. The dense net reads every pixel: no picture of that.
        last = {method: sparsity for method, sparsity in self.masks if method != "dense"}
        return {f"{labels[method]}\n{sparsity:.4g} removed": self.masks[method, sparsity].reshape(side, side)
                for method, sparsity in last.items()}


def table(curves):
    """The table as lines of text: a row a sparsity, a column a method."""
    methods = [m for m in curves if m != "dense"]
    titles = [METHODS[m].label for m in methods]
    dense, spread, seeds = curves["dense"][0.0]
    spread = f" +- {spread:.2f} over {seeds} seeds" if seeds > 1 else ""
    lines = [f"dense test accuracy: {dense:.2f} %{spread}; below, test accuracy in % by the share of weights removed",
             "", "removed  " + "  ".join(titles)]
    for sparsity in sorted({s for m in methods for s in curves[m]}):
        cells = [_cell(curves[m].get(sparsity)).rjust(len(t)) for m, t in zip(methods, titles)]
        lines.append(f"{sparsity:7.4g}  " + "  ".join(cells))
    best = within_a_point(curves)
    cells = ["none".rjust(len(t)) if best[m] is None else f"{best[m]:.4g}".rjust(len(t))
             for m, t in zip(methods, titles)]
    return [*lines, "", "the largest share removed that stays within one point of dense, same columns:",
            " " * 9 + "  ".join(cells)]


def _cell(value):
    if value is None:
        return "-"
    mean, spread, seeds = value
    return f"{mean:.2f}" + (f"+-{spread:.2f}" if seeds > 1 else "")


def csv_rows(rows):
    """The results as rows for the CSV, a title row first."""
    names = ("seed", "method", "sparsity", "accuracy", "seconds")
    return [names, *([row[name] for name in names] for row in rows)]


def main(argv=None):
    """Run the demo; the exit code: 0, 2 for what cannot be run or written, 130 after Ctrl-C."""
    arguments = parser().parse_args(argv)

    def say(text):
        print(text, flush=True)

    say(f"nnprune {__version__}: train, prune by every method, compare. Results go to {arguments.out}/")
    try:
        return run(arguments, say)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def run(arguments, say):
    """Run what the command line asks for; 0, or 130 after Ctrl-C."""
    settings, out = settings_of(arguments), Path(arguments.out)
    if not arguments.out or out.exists() and not (out.is_dir() and os.access(out, os.W_OK)):
        raise ValueError(f"--out {arguments.out!r} must name a folder that can be written to, or a new one")
    data = load(arguments, say)
    say(f"data: {data}")
    seeds = list(range(arguments.seed, arguments.seed + arguments.seeds))
    report, stopped = Report(out, data, settings, seeds), False
    try:
        for seed in seeds:
            run_seed(data, settings, seed, report.record, say)
    except KeyboardInterrupt:
        stopped = True
    report.finish(say)
    if stopped:
        say(f"\nStopped by Ctrl-C. What was done, {len(report.rows)} results, is in {arguments.out}/")
        return 130
    say(f"\nWritten to {arguments.out}/: " + ", ".join(sorted(report.written)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
