"""What a running experiment works with: its settings, data, seeds, and steps that survive ``kill -9``."""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from types import SimpleNamespace

from .._util.checks import whole_number
from .._util.progress import Progress
from ..datasets.digits import make_digits
from ..datasets.mnist import load_mnist
from ..datasets.mnist_files import CHECKOUT_DATA, named_folder
from ..datasets.monks import N_TRAIN, make_monks
from .provenance import data_identity

# --quick: so many of the images, of MNIST or drawn.
QUICK_TRAIN, QUICK_TEST = 3000, 1000


class Job:
    """One experiment at work.

    Parameters
    ----------
    name : str
        Of the experiment.
    settings : dict
        Its SETTINGS, with what ``--quick`` and ``--seeds`` replace.
    folder : RunFolder, optional
        Where the steps go; it must be there when the first one runs.
    quick : bool
        Fewer images.
    drawn : bool
        Drawn digits for MNIST, drawn cases for the MONK's files.
    data : str, optional
        The folder that ``--data`` names.
    first_seed : int
    say : callable
        Takes a line of text for the user.
    """

    def __init__(self, name, settings, folder=None, *, quick=False, drawn=False, data=None, first_seed=0, say=print):
        self.name, self.settings, self.folder, self.say = name, SimpleNamespace(**settings), folder, say
        self.quick, self.drawn, self.data = quick, drawn, data
        self.seeds = list(range(first_seed, first_seed + whole_number("--seeds", settings["seeds"], 1)))
        self.done, self.total, self.begin, self.fresh_steps = 0, 0, time.perf_counter(), 0
        self._mnist, self._monks = None, {}

    # -- data ------------------------------------------------------------------------------------------------

    def mnist(self):
        """MNIST, or the drawn digits with ``--drawn``; a part of either with ``--quick``."""
        if self._mnist is None:
            self._mnist = _images(named_folder(self.data), self.drawn, self.quick)
        return self._mnist

    def monks(self, problem):
        """One of the MONK's problems from the original files; with ``--drawn``, cases drawn by its rule."""
        if problem not in self._monks:
            self._monks[problem] = make_monks(problem, None if self.drawn else monks_folder(self.data))
        return self._monks[problem]

    def data_name(self):
        """The data that were asked for, in words."""
        if self._mnist is not None:
            d = self._mnist
            return f"{d.name}, {len(d.x_train):,} images to train and {len(d.x_test):,} to test on"
        return ", ".join(d.name for d in self._monks.values()) or "no data files"

    def data_identity(self, kind):
        """Names and check sums of the data of this kind ("mnist", "monks" or None), which are read for it."""
        sets = {"mnist": lambda: [self.mnist()], "monks": lambda: [self.monks(k) for k in N_TRAIN], None: list}[kind]()
        return [data_identity(d) for d in sets]

    def original(self):
        """Whether the data are the original ones that the published figures are of."""
        sets = [d for d in (self._mnist, *self._monks.values()) if d is not None]
        return all(d.name == "mnist" or d.name.endswith("(UCI)") for d in sets)

    # -- steps -----------------------------------------------------------------------------------------------

    def expect(self, n_steps):
        """There will be so many steps, and they begin now."""
        self.total, self.begin = n_steps, time.perf_counter()

    def step(self, name, function):
        """What ``function()`` returns, as JSON can hold it; from the disk where the step is done already."""
        return self._run(name, self.folder.step, function)

    def net(self, name, function):
        """As ``step``, for a function that returns an ``MLP``."""
        return self._run(name, self.folder.net, function)

    def _run(self, name, keep, function):
        was_done = self.folder.has(name)
        value = keep(name, function)
        self.done += 1
        if not was_done:
            self.fresh_steps += 1
            left = (time.perf_counter() - self.begin) / self.fresh_steps * max(0, self.total - self.done)
            of, rest = (f" of {self.total}", f", about {left:.0f} s left") if self.total else ("", "")
            self.say(f"  {self.name} {self.done}{of}: {name}, {self.folder.seconds[name]:.1f} s{rest}")
        return value

    def progress(self, name):
        """A callable ``progress(done, total, note="")`` that shows how far a long step is."""
        return Progress(f"  {self.name}: {name}")

    @property
    def seconds(self):
        """What all steps took, those of an earlier process included."""
        return sum(self.folder.seconds.values())

    @property
    def peak_memory_mb(self):
        """The most resident memory of the processes that ran the steps, in MB; None where it is not known."""
        return max((peak for peak in self.folder.peaks.values() if peak is not None), default=None)


@functools.lru_cache(maxsize=1)
def _images(folder, drawn, quick):
    """The images for all experiments of one command: they take 190 MB, and are read once."""
    if drawn:  # no more digits are drawn than are wanted
        return make_digits(QUICK_TRAIN, QUICK_TEST) if quick else make_digits()
    data = load_mnist(folder)
    if quick:
        data = replace(data, x_train=data.x_train[:QUICK_TRAIN].copy(), y_train=data.y_train[:QUICK_TRAIN],
                       x_test=data.x_test[:QUICK_TEST].copy(), y_test=data.y_test[:QUICK_TEST])
    return data


def monks_folder(data):
    """The folder with the MONK's files: what ``--data`` names, ``monks`` in or beside it, or the checkout's.

    Raises
    ------
    FileNotFoundError
        If no such folder has all three training files; the message says where to put which.
    """
    named = named_folder(data)
    places = [named, named / "monks", named.parent / "monks"] if named else []
    places += [CHECKOUT_DATA / "monks"] if CHECKOUT_DATA.is_dir() else []
    names = [f"monks-{problem}.train" for problem in N_TRAIN]
    for place in places:
        if all((place / name).is_file() for name in names):
            return place
    looked = ", ".join(f"{p}{'' if p.is_dir() else ' (no such folder)'}" for p in places) or "no folder: none is named"
    raise FileNotFoundError(
        f"the MONK's problems: {', '.join(names)} were looked for in {looked}. They are the original files of the UCI "
        f"Machine Learning Repository (\"MONK's Problems\"): put them into a folder and name it with --data, or take "
        f"drawn cases with --drawn")
