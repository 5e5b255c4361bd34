"""What a running experiment works with: its settings, data, seeds, and steps that survive ``kill -9``."""

from __future__ import annotations

import functools
import time
from types import SimpleNamespace

from .._util.checks import whole_number
from .._util.progress import Progress
from ..datasets.digits import make_digits
from ..datasets.mnist import load_mnist
from ..datasets.mnist_files import CHECKOUT_DATA, named_folder
from ..datasets.monks import N_TRAIN, make_monks
from ..nn.mlp import MLP
from ..nn.sgd import train
from .provenance import data_identity

# --quick: so many of the images, of MNIST or synthetic.
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
    synthetic : bool
        Synthetic digits instead of MNIST, cases sampled by their rules instead of the MONK's files.
    data : str, optional
        The folder that ``--data`` names.
    first_seed : int
    log : callable
        Takes a line of text for the user.
    """

    def __init__(self, name, settings, folder=None, *, quick=False, synthetic=False, data=None, first_seed=0,
                 log=print):
        self.name, self.settings, self.folder, self.log = name, SimpleNamespace(**settings), folder, log
        self.quick, self.synthetic, self.data = quick, synthetic, data
        self.seeds = list(range(first_seed, first_seed + whole_number("--seeds", settings["seeds"], 1)))
        self.done, self.total, self.begin, self.fresh_steps = 0, 0, time.perf_counter(), 0
        self._mnist, self._monks = None, {}

    # -- data ------------------------------------------------------------------------------------------------

    def mnist(self):
        """MNIST, or the synthetic digits; a part of either with ``--quick``."""
        if self._mnist is None:
            self._mnist = _images(named_folder(self.data), self.synthetic, self.quick)
        return self._mnist

    def monks(self, problem):
        """One of the MONK's problems from the original files, or synthetic: cases sampled by its rule."""
        if problem not in self._monks:
            self._monks[problem] = make_monks(problem, None if self.synthetic else monks_folder(self.data))
        return self._monks[problem]

    def data_name(self):
        """The data that were asked for, as text."""
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
            remaining = (time.perf_counter() - self.begin) / self.fresh_steps * max(0, self.total - self.done)
            of, rest = (f" of {self.total}", f", about {remaining:.0f} s left") if self.total else ("", "")
            self.log(f"  {self.name} {self.done}{of}: {name}, {self.folder.seconds[name]:.1f} s{rest}")
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


def trained_net(x, y, settings, seed, *, callback=None):
    """A net with the layers ``settings.hidden``, trained on (x, y) as the settings say."""
    net = MLP((x.shape[1], *settings.hidden, int(y.max()) + 1), rng=seed)
    train(net, x, y, epochs=settings.epochs, learning_rate=settings.learning_rate, weight_decay=settings.weight_decay,
          rng=seed, callback=callback)
    return net


@functools.lru_cache(maxsize=1)
def _images(folder, synthetic, quick):
    """The images for all experiments of one command: they take 190 MB, and are read once."""
    if synthetic:  # no more digits are made than are wanted
        return make_digits(QUICK_TRAIN, QUICK_TEST) if quick else make_digits()
    return load_mnist(folder).first(QUICK_TRAIN, QUICK_TEST) if quick else load_mnist(folder)


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
        f"synthetic cases with --dataset digits")
