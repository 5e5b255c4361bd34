"""Run the laws on what scikit-learn and PyTorch ship, and write docs/conformance.md.

    python benchmarks/conformance/run.py

Each library is left out, saying so, where it is not installed. A broken law is no verdict on a library: it may not
claim what the law demands. It tells who builds on it what to expect.
"""

from __future__ import annotations

import importlib
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

import nnprune
from nnprune.laws import KINDS, check

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
LIBRARIES = {"torch": "on_torch", "scikit-learn": "on_sklearn"}

HEAD = """# What other libraries do, judged by the laws

Each row is a function of another library, wrapped in a few lines (`benchmarks/conformance/`), and run through the
[laws](laws.md) of its kind: 100 examples a law, seed 0. A broken law is no verdict: a method need not claim what the
law demands. It says what to expect. nnprune's own stand below for comparison.

Versions: {versions}. Made by `python benchmarks/conformance/run.py`.

| library | what | checked as | laws kept | laws broken |
|---|---|---|---|---|
"""


def lobs(W, X, n_remove):
    """Our exact L-OBS on one layer."""
    r = nnprune.prune_lobs(nnprune.MLP.from_arrays([W], loss="mse"), X, sparsity=n_remove / W.size, damping=1e-8)
    return r.net.masks[0], r.net.weights[0]


def train(net, x, y, momentum, weight_decay):
    """Our SGD, three epochs."""
    nnprune.train(net, x, y, epochs=3, batch_size=2, momentum=momentum, weight_decay=weight_decay)
    return net


# (library, what, function, kind, method, what to know of a broken law)
OURS = [
    ("nnprune", "prune_lobs, exact", lobs, "layer_pruner", "obs", ""),
    ("nnprune", "train", train, "sgd_masks", None, ""),
    ("nnprune", "MLP.gradient", lambda net, x, y: net.gradient(x, y), "gradient", None, ""),
]


def candidates():
    """All rows, and the versions of the libraries that are installed."""
    rows, versions = [], [f"Python {platform.python_version()}", f"NumPy {np.__version__}",
                          f"Hypothesis {version('hypothesis')}", f"nnprune {nnprune.__version__}"]
    for library, module in LIBRARIES.items():
        try:
            rows += importlib.import_module(module).CANDIDATES
            versions.append(f"{library} {version(library)}")
        except ImportError as error:
            versions.append(f"{library} not installed ({error.name})")
    return rows + OURS, versions


def row(library, what, f, kind, method):
    """One line of the table, and the scoreboard behind it."""
    board = check(f, kind, method=method, raise_on_failure=False)
    print(board, file=sys.stderr)
    kept = f"{len(board.outcomes) - len(board.failed)} of {len(board.outcomes)}"
    return f"| {library} | {what} | {kind} ({board.method}) | {kept} | {', '.join(board.failed) or '-'} |\n", board


def page():
    """The page as Markdown."""
    rows, versions = candidates()
    table, notes = HEAD.format(versions=", ".join(versions)), ["\n## What breaks, and why\n"]
    for library, what, f, kind, method, why in rows:
        line, board = row(library, what, f, kind, method or KINDS[kind].methods[0])
        table += line
        if not board.passed:
            first = next(o for o in board.outcomes if not o.passed)
            notes.append(f"**{library}, {what}.** {why}\n\nThe smallest counterexample to `{first.law.name}`:\n\n"
                         f"```text\n{first.case}\n\nit demands   {first.violation.demanded}\n"
                         f"it came out  {first.violation.got}\n```\n")
    return table + "\n".join(notes)


if __name__ == "__main__":
    PAGE.write_text(page())
