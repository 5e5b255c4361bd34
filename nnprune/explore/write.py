"""The page put together: data, styles and scripts in one file that needs nothing else."""

from __future__ import annotations

import html
from collections.abc import Callable

import numpy.typing as npt

from .._util.files import atomic_write
from .._util.types import StrPath
from .._util.web_page import filled_page, script_text
from ..nn.mlp import MLP
from .pack import packed
from .record import Record, record

# The scripts, in the order in which they need each other.
SCRIPTS = ("net.js", "chart.js", "masks.js", "unit.js", "pad.js", "wall.js", "start.js")


def write_explorable(path: StrPath, net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, x_test: npt.ArrayLike,
                     y_test: npt.ArrayLike, *, title: str = "Prune it yourself", about: str = "",
                     progress: Callable[[str, int, int], object] | None = None) -> Record:
    """Write a net, pruned by five methods to 24 kept shares, as one HTML file to try it with.

    Parameters
    ----------
    path : str or os.PathLike
        The file, ending in .html. It appears whole or not at all.
    net : MLP
        A trained net of square images, dense, of at most 100,000 weights. It is rounded to float16 and then pruned.
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,)
        The samples to prune by, their pixels between 0 and 1: of some methods the first 10,000, for units 2,000.
    x_test : array_like of shape (m, n_in)
    y_test : array_like of shape (m,)
        The digits to try it on, of which the first 1,000 are shown, rounded to 256 steps.
    title, about : str
        The page's heading, and a sentence on the data, the training, the seed.
    progress : callable, optional
        ``progress(what, done, total)``, now and then.

    Returns
    -------
    Record
        What is on the page.

    Raises
    ------
    ValueError
        If the page cannot show the net, or the samples do not fit it.
    OSError
        If the file cannot be written.

    Notes
    -----
    A 784-40-20-10 net takes about 12 s, most of them for the 24 nets of units, and 2.3 MB.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from pathlib import Path
    >>> rng = np.random.default_rng(0)
    >>> x, net = rng.random((50, 100)), MLP((100, 9, 6, 3), rng=0)
    >>> page = Path(tempfile.mkdtemp()) / "explore.html"
    >>> found = write_explorable(page, net, x, net.predict(x), x[:20], net.predict(x[:20]))
    >>> [m.key for m in found.methods], page.read_text()[:15]
    (['magnitude', 'obd', 'lobs-shared', 'lobs-exact', 'units'], '<!DOCTYPE html>')
    """
    found = record(net, x, y, x_test, y_test, progress=progress)
    page = filled_page(__package__, SCRIPTS, {"title": html.escape(title), "about": html.escape(about),
                                              "data": script_text(packed(found))})
    with atomic_write(path, "w") as f:
        f.write(page)
    return found
