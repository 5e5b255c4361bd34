"""One command for every published table: ``python -m nnprune.reproduce NAME``.

How an experiment is written
----------------------------
An experiment is a folder, entered in ``EXPERIMENTS`` below, with the same parts under the same names; a part only
where there is much of it:

    run.py        begins with the question, the method and how choices were made; has the names below
    tables.py     the published figures, and ``tables``: ours beside them
    figures.py    ``figures``: from a file name to the caption and the function that writes the file
    text.py       ``findings``: claims, statements and notes, computed from what was measured, with the two above

Mathematics of its own stands in further files (``xor/nets.py``, ``monks/rules.py``). An experiment stands on the frame,
which is the files of this room itself, and not on another experiment; what two share belongs to the frame. The one
exception is ``main_experiment``, which the demo runs and whose methods the course report is compared with.
``run.py`` has

    TITLE       one line: what is reproduced, and whose it is
    DATA        "mnist", "monks" or None: which original files it needs
    SETTINGS    a dict that JSON can hold: all numbers that the figures depend on, "seeds" (how many) among them
    QUICK       what ``--quick`` replaces in SETTINGS: under 60 s on synthetic data, one thread
    run(job)    the work; returns ``Findings``
    given_net   only where ``--net DIR`` has a meaning: reads the folder, (net, the files that are not the published)

``job`` (a ``job.Job``) hands out the settings (``job.settings.epochs``), the seeds (``job.seeds``) and the data
(``job.mnist()``, ``job.monks(1)``), and runs the work in *steps* that survive ``kill -9``:

    job.expect(12)                                        how many steps there will be, for the time left
    net = job.net("seed 0, dense", lambda: ...)           a step that makes a net
    row = job.step("seed 0, magnitude", lambda: ...)      a step that returns what JSON can hold
    progress = job.progress("seed 0, L-OBS")              a callable progress(done, total) for a long step

What does not depend on each other, such as the seeds, goes through ``map``, so that all of it is at work at the same
time (``--jobs``, ``--executor``); its function is one of the module, and its steps are none of another item's:

    rows = job.map(one_seed, {f"seed {seed}": (seed,) for seed in job.seeds})      [one_seed(job, seed) for every seed]

A step is a deterministic function of the settings; its name says which seed and which method. Keep steps under a
minute or two. Randomness comes from a seed of ``job.seeds`` only. Choices are made on
training data kept apart; test data are read for the final figures only (and where the published table itself did).

``Findings`` (``findings.py``) has the claims (ours beside the published figure; the interval over the seeds decides),
statements (``paired``: two methods on the same nets), further tables, notes, what each method sees (``seen``: images,
labels, damping), and the figures as functions that draw into a file (``figures.py`` has the usual ones; a method's
colour and marker are those of ``nnprune.pruning.METHODS``, other curves take theirs from
``nnprune.plots``).

In reading order, the frame and then the experiments:

    job                what a running experiment works with
    run_folder         a folder of results that survives ``kill -9``; ``provenance`` (when and with what it was made)
    spread             the steps of ``map``, spread over worker processes or a cluster
    significance       what chance alone explains: the intervals and tests behind the verdicts
    findings           claims beside published figures, tables, notes, figures
    figures            the figures that several experiments share
    authors            the dense net that the L-OBS authors published, of ``--net DIR``
    page               findings as text: a page for each, and their list
    runner             from a name on the command line to the files; ``expected`` (the memory, estimated before)
    main_experiment    what the demo runs
    xor                the experiments in the order of ``EXPERIMENTS``: ``monks``, ``lobs``, ``one_shot``, ``report``,
                       ``theorem``, ``before_training``, ``combine``, ``records`` (and on labels alone)
"""

from __future__ import annotations

import importlib
from types import ModuleType

# Name on the command line: folder. ``all`` runs them in this order, without the records.
EXPERIMENTS = {
    "xor": "xor",
    "monks": "monks",
    "lobs": "lobs",
    "one-shot": "one_shot",
    "report": "report",
    "theorem": "theorem",
    "before-training": "before_training",
    "combine": "combine",
    "records": "records",
    "records-labels": "records.labels",
}


def experiment(name: str) -> ModuleType:
    """The module ``run`` of an experiment.

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
    return importlib.import_module(f".{EXPERIMENTS[name]}.run", __name__)
