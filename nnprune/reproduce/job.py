"""What a running experiment works with: its settings, data, seeds, and steps that survive ``kill -9``."""

from __future__ import annotations

import contextlib
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
from .spread import NotDone, Told, spread_items

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
    log : callable, optional
        Takes a line of text for the user; None: no lines.
    load : callable, optional
        Loads the images, in a worker too; by default as the options above say.
    executor : Executor, optional
        Where ``map`` spreads its items; by default it is a loop.
    """

    def __init__(self, name, settings, folder=None, *, quick=False, synthetic=False, data=None, first_seed=0,
                 log=print, load=None, executor=None):
        self.name, self.settings, self.folder, self.log = name, SimpleNamespace(**settings), folder, log
        self.quick, self.synthetic, self.data = quick, synthetic, data
        self.seeds = list(range(first_seed, first_seed + whole_number("--seeds", settings["seeds"], 1)))
        self.total, self.begin, self.fresh_steps, self.seen = 0, time.perf_counter(), 0, set()
        self.load = load or functools.partial(_images, named_folder(data), synthetic, quick)
        self.images, self._identity, self._monks = None, None, {}
        self.given, self.given_others = None, []  # the net of ``--net``; its files that are not the published
        self.executor, self.width = executor, None  # width: how many items at a time at most
        self.looked, self.finished = None, None  # while ``map`` looks what is done; what a worker calls after a step

    # -- data ------------------------------------------------------------------------------------------------

    def mnist(self):
        """MNIST, or the synthetic digits; a part of either with ``--quick``."""
        if self.images is None:
            self.images = self.load()
        return self.images

    def monks(self, problem):
        """One of the MONK's problems from the original files, or synthetic: cases sampled by its rule."""
        if problem not in self._monks:
            self._monks[problem] = make_monks(problem, None if self.synthetic else monks_folder(self.data))
        return self._monks[problem]

    def data_name(self):
        """The data that were asked for, as text."""
        if self.images is not None:
            d = self.images
            return f"{d.name}, {len(d.x_train):,} images to train and {len(d.x_test):,} to test on"
        return ", ".join(d.name for d in self._monks.values()) or "no data files"

    def data_identity(self, kind):
        """Names and check sums of the data of this kind ("mnist", "monks" or None), which are read for it."""
        if kind == "mnist":
            self._identity = self._identity or data_identity(self.mnist())
            return [self._identity]
        return [data_identity(self.monks(k)) for k in N_TRAIN] if kind == "monks" else []

    def original(self):
        """Whether the data are the original ones that the published figures are of."""
        sets = [d for d in (self.images, *self._monks.values()) if d is not None]
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
        if self.looked is not None:
            if not was_done:
                raise NotDone(name)
            self.looked[name] = self.folder.files(name)
        value = keep(name, function)
        if not was_done and self.finished is not None:
            self.finished(name)
        self._count(name, not was_done)
        return value

    def _count(self, name, fresh):
        self.seen.add(name)
        self.fresh_steps += fresh
        if fresh and self.log is not None:
            of = f" of {self.total}" if self.total else ""
            self.log(f"  {self.name} {len(self.seen)}{of}: {name}, {self.folder.seconds[name]:.1f} s{self.left()}")

    def left(self):
        """The time left, as text: by the steps of this process so far."""
        if not (self.total and self.fresh_steps):
            return ""
        ahead = max(0, self.total - len(self.seen))
        return f", about {(time.perf_counter() - self.begin) / self.fresh_steps * ahead:.0f} s left" if ahead else ""

    def progress(self, name):
        """A callable ``progress(done, total, note="")`` that shows how far a long step is."""
        return Progress(f"  {self.name}: {name}") if self.finished is None else Told()

    # -- items, which are independent -----------------------------------------------------------------------------

    def map(self, function, items, done=lambda name, value: None):
        """[function(job, *arguments) for every item], all of them at the same time where there are workers.

        Parameters
        ----------
        function : callable
            Of a module. Its steps are none of another item's, and what is not in a step takes no time.
        items : dict
            From a name, for the user, to the arguments.
        done : callable
            ``done(name, value)`` as soon as a value is known, in whatever order.
        """
        if self.executor is not None:
            return spread_items(self, function, items, done)
        values = []
        for name, arguments in items.items():
            values.append(function(self, *arguments))
            done(name, values[-1])
        return values

    @contextlib.contextmanager
    def looking(self):
        """In this block a step that is not done raises NotDone; gives the files of those that were met."""
        self.looked = {}
        try:
            yield self.looked
        finally:
            self.looked = None

    def arrived(self, name, files):
        """Keep a step that a worker did."""
        if name not in self.seen:
            self.folder.take(name, files)
            (self.folder.net if ".npz" in files else self.folder.step)(name, None)
            self._count(name, True)

    @property
    def seconds(self):
        """What all steps took, those of an earlier process included."""
        return sum(self.folder.seconds.values())

    @property
    def cpu_seconds(self):
        """The same of processors, which other work at the same time does not change much."""
        return sum(self.folder.cpu_seconds.values())

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
