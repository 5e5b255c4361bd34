"""What the demo knows so far, and the files and the table it becomes."""

from __future__ import annotations

import csv
import json

import numpy as np

from ...pruning.methods import METHODS


class Report:
    """What is known so far, and the files it is written to."""

    def __init__(self, folder, data, head):
        self.folder, self.data, self.head = folder, data, head
        self.rows, self.readers, self.written = [], {}, []
        name = "synthetic digits (not MNIST)" if data.name == "digits" else data.name
        self.title = f"{name}, {len(data.x_train):,} images"

    def record(self, row, readers):
        """Take one result; the JSON on disk has it at once, so that whatever stops the run loses nothing."""
        if row["seed"] == self.head["seed"]:
            self.readers[row["method"], round(row["sparsity"], 6)] = np.array(readers)
        self.rows.append(row)
        self.write_json()

    def open(self, name, mode="wb"):
        """Open an output file, whole or not at all; its name is remembered for the last line on the screen."""
        self.written += [] if name in self.written else [name]
        return self.folder.open(name, mode)

    def save_dense(self, net):
        """dense.npz: the trained net of the first seed."""
        self.written.append("dense.npz")
        net.save(self.folder.path / "dense.npz")

    def write_json(self):
        """results.json: the settings, the versions, and all rows so far."""
        dense = [row["accuracy"] for row in self.rows if row["method"] == "dense"]
        everything = {**self.head, "dense_accuracy": float(np.mean(dense)) if dense else None,
                      "results": self.rows}
        with self.open("results.json", "w") as f:
            json.dump(everything, f, indent=1)

    def finish(self, log):
        """Print the table; write it as CSV, and the figures."""
        curves = mean_curves(self.rows)
        if "dense" not in curves:
            return
        lines = table(curves)
        log("\n" + "\n".join(lines))
        with self.open("table.csv", "w") as f:
            csv.writer(f, lineterminator="\n").writerows(csv_rows(self.rows))
        from ...plots import save_curves, save_masks  # only now: matplotlib takes half a second to import
        many = f", mean of {len(self.head['seeds'])} seeds" if len(self.head["seeds"]) > 1 else ""
        title = f"{self.title}, {'-'.join(map(str, self.sizes()))}, no retraining unless said{many}"
        with self.open("curves.png") as f:
            save_curves(f, curves, title)
        counts = self.mask_counts()
        if counts:
            with self.open("masks.png") as f:
                save_masks(f, counts, f"{self.title}: which pixels the first layer still reads")

    def sizes(self):
        """The net's sizes."""
        hidden = self.head["settings"]["hidden"]
        return (self.data.x_train.shape[1], *hidden, int(self.data.y_train.max()) + 1)

    def mask_counts(self):
        """For every method, at the largest sparsity, how many units read each pixel; {} if x is no square image."""
        side = int(round(self.data.x_train.shape[1] ** 0.5))
        if side * side != self.data.x_train.shape[1]:
            return {}
        # Sparsities rise, so the last one stays. The dense net reads every pixel: no picture of that.
        last = {method: sparsity for method, sparsity in self.readers if method != "dense"}
        return {f"{METHODS[method].label}\n{sparsity:.4g} removed": self.readers[method, sparsity].reshape(side, side)
                for method, sparsity in last.items()}


def mean_curves(rows):
    """Mean and spread over the seeds.

    Parameters
    ----------
    rows : list of dict
        As ``run_seed`` records them.

    Returns
    -------
    dict
        For every method, in order of appearance, a dict from sparsity (rounded to 6 places) to (mean, standard
        deviation, number of seeds) of the accuracy in %.
    """
    curves = {}
    for row in rows:
        at = curves.setdefault(row["method"], {})
        at.setdefault(round(row["sparsity"], 6), []).append(100 * row["accuracy"])
    return {method: {s: (float(np.mean(a)), float(np.std(a)), len(a)) for s, a in sorted(at.items())}
            for method, at in curves.items()}


def within_a_point(curves):
    """For every method the largest sparsity up to which it stays within one point of the dense net; None if none.

    Examples
    --------
    >>> within_a_point({"dense": {0.0: (98.0, 0, 1)}, "random": {0.1: (97.5, 0, 1), 0.2: (90.0, 0, 1)}})
    {'random': 0.1}
    """
    dense, largest = curves["dense"][0.0][0], {}
    for method, at in curves.items():
        if method == "dense":
            continue
        largest[method] = None
        for sparsity, (mean, _, _) in at.items():
            if mean < dense - 1:
                break
            largest[method] = sparsity
    return largest


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


def show_again(folder, log):
    """The table of a run that is finished."""
    file = folder.path / "results.json"
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))["results"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{file} is damaged or gone, though the run was finished: --fresh runs it again") from None
    log("\n" + "\n".join(table(mean_curves(rows))))
    log(f"\nThis run was finished on {folder.finished}, its files are in {folder.path}/; --fresh runs it again")
    return 0
