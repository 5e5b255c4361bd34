"""What the lessons share: the data they run on, and where their figures go.

The lessons (``tutorials/01_....py`` and on) run as plain programs, as notebooks and as pages of the site. ``load``
takes MNIST where it is found and the synthetic digits otherwise; ``plt`` is matplotlib.pyplot, whatever MPLBACKEND
says; ``show`` keeps a figure of a plain run as a PNG, and leaves it to the notebook in a notebook.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from ._util.checks import whole_number
from .datasets.digits import make_digits
from .datasets.mnist import Dataset, load_mnist
from .datasets.mnist_files import find_mnist, named_folder
from .plots import STYLES, pyplot

__all__ = ["COLOURS", "load", "plt", "show"]

plt = pyplot()  # matplotlib.pyplot, whatever backend the environment names

# Okabe & Ito's colours: black, orange, sky blue, green, vermilion, pink, blue; told apart by colour-blind readers too.
COLOURS = [colour for colour, _ in STYLES]
FIGURES = Path("results") / "lessons"
DPI = 110  # of the PNGs: a figure 7 inches wide becomes 770 pixels, the width of a page


def load(n_train: int = 10_000, n_test: int = 2_000) -> Dataset:
    """The first samples of MNIST where it is found, else as many synthetic digits; says which. Downloads nothing.

    Parameters
    ----------
    n_train, n_test : int
        How many; at least one each.

    Returns
    -------
    Dataset

    Raises
    ------
    FileNotFoundError
        If ``$NNPRUNE_DATA`` names a folder without MNIST.
    ValueError
        If a number is below 1, or a file of MNIST is damaged.
    """
    n_train, n_test = whole_number("n_train", n_train, 1), whole_number("n_test", n_test, 1)
    if find_mnist() is None and named_folder(None) is None:
        data = make_digits(n_train, n_test)
        print("MNIST is not on this machine: this lesson runs on synthetic digits, which are easier.")
    else:
        data = load_mnist(download=False).first(n_train, n_test)
    print(f"{data.name}: {len(data.x_train):,} training and {len(data.x_test):,} test pictures")
    return data


def show(figure: Any, name: str) -> None:
    """Keep a figure: in a notebook it appears below its cell; a plain run writes it as a PNG and says where.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    name : str
        Of the file, without ending.

    Notes
    -----
    The PNG goes to ``results/lessons`` below the current folder, or, where nothing can be written there, to a temporary
    folder.
    """
    if _in_notebook():
        return
    try:
        folder = FIGURES
        folder.mkdir(parents=True, exist_ok=True)
        figure.savefig(folder / f"{name}.png", dpi=DPI)
    except OSError as error:
        folder = Path(tempfile.mkdtemp(prefix="nnprune-lessons-"))
        print(f"nothing can be written to {FIGURES.absolute()} ({error.strerror}): the figure goes elsewhere")
        figure.savefig(folder / f"{name}.png", dpi=DPI)
    print(f"figure: {folder / name}.png")
    plt.close(figure)


def _in_notebook() -> bool:
    """Whether this runs in a notebook's kernel, which shows open figures itself."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"
