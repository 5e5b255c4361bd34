"""One command for every published table: ``python -m nnprune.reproduce NAME``.

How an experiment is written
----------------------------
An experiment is a module of this folder, entered in ``EXPERIMENTS`` below. It has

    TITLE       one line: what is reproduced, and whose it is
    DATA        "mnist", "monks" or None: which original files it needs
    SETTINGS    a dict that JSON can hold: all numbers that the figures depend on, "seeds" (how many) among them
    QUICK       what ``--quick`` replaces in SETTINGS: under 60 s on drawn data, one thread
    run(job)    the work; returns ``Findings``

``job`` (a ``job.Job``) hands out the settings (``job.settings.epochs``), the seeds (``job.seeds``) and the data
(``job.mnist()``, ``job.monks(1)``), and runs the work in *steps* that survive ``kill -9``:

    job.expect(12)                                        how many steps there will be, for the time left
    net = job.net("seed 0, dense", lambda: ...)           a step that makes a net
    row = job.step("seed 0, magnitude", lambda: ...)      a step that returns what JSON can hold
    progress = job.progress("seed 0, L-OBS")              a callable progress(done, total) for a long step

A step is a deterministic function of the settings; its name says which seed and which method. Keep steps under a
minute or two. Whatever is random is drawn from a seed of ``job.seeds``. Choices are made on
training data kept apart; test data are read for the final figures only (and where the published table itself did).

``Findings`` (``findings.py``) has the claims (ours beside the published figure, with a tolerance that is stated before
the run), further tables, notes in words, and the figures as functions that draw into a file (``figures.py`` has the
usual ones; a module that draws takes ``Figure`` and ``STYLES`` from ``nnprune.plots``).
"""

from __future__ import annotations

import importlib

# Name on the command line: module of this folder. ``all`` runs them in this order, without the records.
EXPERIMENTS = {
    "xor": "xor",
    "monks": "monks_table",
    "lobs": "lobs_table",
    "one-shot": "one_shot",
    "report": "course_report",
    "theorem": "theorem",
    "before-training": "before_training",
    "combine": "combine",
    "records": "records",
}


def experiment(name):
    """The module of an experiment.

    Parameters
    ----------
    name : str
        A key of ``EXPERIMENTS``.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists them.
    """
    if name not in EXPERIMENTS:
        raise ValueError(f"{name!r} is no experiment; known are: {', '.join(EXPERIMENTS)}, and all")
    return importlib.import_module(f".{EXPERIMENTS[name]}", __name__)
