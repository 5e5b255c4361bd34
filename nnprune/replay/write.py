"""The page put together: data, styles and scripts in one file that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import is_net
from .._util.executor import executor_map
from .._util.files import atomic_write
from .._util.types import StrPath
from .._util.web_page import filled_page, script_text
from ..nn.mlp import MLP
from ..pruning.methods import Method, method_of
from ..pruning.result import PruneResult
from .encode import run_data
from .recording import curve_of, record

# The scripts, in the order in which they need each other.
SCRIPTS = ("player.js", "pictures.js", "curve.js", "watched.js", "removal.js", "tiny.js", "start.js")
KINDS = {
    "untouched": "This method changes no other weight, so nothing compensates.",
    "exact": "Who compensated was computed again from the dense net and the order of the removals; the costs and the "
             "final weights that came out are those of the run.",
    "unknown": "Who compensated is not shown: a result holds the order and the costs. The rest can be recomputed only "
               "for exact L-OBS, with the samples that it worked on (pruned_on). The accuracy is known where there are "
               "results, marked by dots.",
}


def write_replay(path: StrPath, net: MLP, result: PruneResult | Sequence[PruneResult], x: npt.ArrayLike,
                 y: npt.ArrayLike, *, pruned_on: npt.ArrayLike | None = None, others: Mapping[str, Any] | None = None,
                 steps: Any = None, title: str = "A pruning run, replayed", about: str = "",
                 progress: Callable[[str, int, int], object] | None = None, executor: Executor | None = None) -> Any:
    """Write a pruning run as one HTML file, to be looked at removal by removal.

    Parameters
    ----------
    path : str or os.PathLike
        The file, ending in .html. It appears whole or not at all.
    net : MLP
        The net as it was before pruning.
    result : PruneResult, or a rising list of them from one pass
        What a pruner returned. A list gives the accuracy's curve more points where the states on the way cannot be
        recomputed.
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,)
        The samples on which the accuracy is measured along the way.
    pruned_on : array_like of shape (m, n_in), optional
        What ``prune_lobs`` was given as x. With it, and only for the exact method, the page shows for each removal
        which weights compensated, and the accuracy at about 48 points.
    others : dict, optional
        From a label to the result, or list of results, of another run on the same net: a further curve.
    steps : dict, optional
        What ``obs_steps`` returned for a tiny net: a second part with every number of every step.
    title, about : str
        The page's heading, and a sentence below it: the data, the training, the seed.
    progress : callable, optional
        ``progress(what, done, total)``, now and then.
    executor : concurrent.futures.Executor, optional
        Where the units are played again; by default here, one after another.

    Returns
    -------
    Recording
        What is on the page.

    Raises
    ------
    ValueError
        If the result is not of this net, the results are not of one pass, or an argument does not fit the net.
    OSError
        If the file cannot be written.

    Notes
    -----
    Every removal is in the file, with its cost. Who compensated is kept for the last 40,000 removals (``encode``).

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from pathlib import Path
    >>> from nnprune import MLP, prune_magnitude
    >>> net, x = MLP((9, 4, 2), rng=0), np.eye(9)
    >>> page = Path(tempfile.mkdtemp()) / "run.html"
    >>> found = write_replay(page, net, prune_magnitude(net, sparsity=0.5), x, net.predict(x))
    >>> found.kind, len(found.places), page.read_text()[:15]
    ('untouched', 22, '<!DOCTYPE html>')
    """
    is_net(net)
    recording = record(net, result, x, y, pruned_on=pruned_on, progress=progress,
                       map=executor_map(executor, "part"))
    curves = {str(label): _curve(net, other, x, y) for label, other in (others or {}).items()}
    data = {"run": {**run_data(recording, curves, np.shape(y)[0]), "cost": _cost(recording.method)}, "tiny": steps}
    page = filled_page(__package__, SCRIPTS, {
        "title": html.escape(title), "about": html.escape(_about(about, recording)),
        "kind": html.escape(KINDS[recording.kind]), "data": script_text(data)})
    with atomic_write(path, "w") as f:
        f.write(page)
    return recording


def _curve(net, results, x, y):
    """The curve of another run on the same net."""
    results = results if isinstance(results, list | tuple) else [results]
    return curve_of([(0, net)] + [(len(r.removed), r.net) for r in results], x, y)


def _cost(method):
    """What a removal's cost is, as text."""
    row = method_of(method)
    return row.cost if row else Method.cost


def _about(about, recording):
    """The sentences below the heading."""
    sizes = "-".join(map(str, recording.sizes))
    return (f"{about} Net {sizes}, {recording.total:,} weights, of which {len(recording.places):,} are removed one "
            f"after another: {recording.method}.").strip()
