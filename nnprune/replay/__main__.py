"""Write a pruning run as one HTML file with a slider over the removals; open it in a browser.

    python -m nnprune.replay --out replay.html            exact L-OBS, on MNIST where it is found, else synthetic digits
    python -m nnprune.replay --quick                      a smaller net on fewer images, in seconds
    python -m nnprune.replay --method magnitude           also: obd, lobs-shared (one inverse a layer), ...
    python -m nnprune.replay --data ~/mnist --seed 1 --out seed1.html

Nothing is downloaded, and the page needs no network. The same command gives the same bytes. A second part of the page
shows every step of the full Optimal Brain Surgeon on XOR. Your own run: nnprune.replay.write_replay.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

from .. import __version__
from .._util.checks import whole_number
from .._util.command import add_workers, command_parser, exit_code, page_option, whole_option
from .._util.executor import make_executor, n_jobs
from .._util.progress import Progress, Stages
from ..datasets.choose import DATASETS, load_dataset
from ..nn.mlp import MLP
from ..nn.sgd import train
from ..pruning.lobs import prune_lobs
from ..pruning.magnitude import prune_magnitude
from ..pruning.methods import METHODS
from .recording import curve_steps
from .tiny import obs_steps, xor_net
from .write import write_replay

# Small enough that every removal can be shown with its compensation, large enough for 97 % on MNIST.
DEFAULT = {"hidden": (40, 20), "epochs": 10, "train": 60_000, "test": 10_000, "calibration": 10_000}
QUICK = {"hidden": (24, 12), "epochs": 6, "train": 10_000, "test": 2_000, "calibration": 2_000}
SPARSITY = 0.99
UNFINISHED = "The page is not finished: nothing was written."  # after Ctrl-C


def add_page_options(p, out):
    """The options of the commands that train a net of digits and write a page of it, ``out`` by default."""
    p.add_argument("--out", default=out, metavar="FILE", help=f"the page (default {out})")
    p.add_argument("--dataset", choices=DATASETS, default="auto",
                   help="auto: MNIST where it is found, else synthetic digits (default)")
    p.add_argument("--data", metavar="DIR", help="the folder with the four MNIST files")
    p.add_argument("--hidden", nargs="+", type=int, metavar="UNITS", help="hidden layers (default 40 20)")
    p.add_argument("--seed", type=int, default=0, help="of the starting weights and the batches (default 0)")
    p.add_argument("--quick", action="store_true", help="a smaller net on fewer images, in seconds")
    p.add_argument("--verbose", action="store_true", help="say, where MNIST is not used, where it was looked for")


def parser(prog="python -m nnprune.replay"):
    """The command line."""
    p = command_parser(prog, __doc__)
    add_page_options(p, "replay.html")
    p.add_argument("--method", choices=METHODS, default="lobs-exact", metavar="NAME",
                   help=f"how the net is pruned (default lobs-exact); of: {' '.join(METHODS)}")
    add_workers(p)
    return p


def checked(arguments):
    """The settings by these options; ValueError or OSError names what is wrong, before any work begins."""
    whole_number("--seed", arguments.seed, 0)
    for units in arguments.hidden or ():
        whole_option("--hidden", units, 1)
    page_option("--out", arguments.out)
    settings = dict(QUICK if arguments.quick else DEFAULT)
    if arguments.hidden:
        settings["hidden"] = tuple(arguments.hidden)
    return settings


def run(arguments, log):
    """Train, prune, write."""
    settings, jobs = checked(arguments), n_jobs(arguments.jobs, log)
    log(f"nnprune {__version__}: a pruning run as a page, {arguments.out}")
    data = load_dataset(arguments.dataset, arguments.data, download=False, log=log, verbose=arguments.verbose)
    data = data.first(settings["train"], settings["test"])
    x, y, x_test, y_test = data.x_train, data.y_train, data.x_test, data.y_test
    name = "synthetic digits (not MNIST)" if data.name == "digits" else data.name.upper()
    net = trained(x, y, settings, arguments.seed)
    log(f"data: {name}, {len(x):,} images; {net}, test accuracy {100 * net.accuracy(x_test, y_test):.2f} %")
    grid = [n / net.n_weights for n in curve_steps(round(SPARSITY * net.n_weights), net.n_weights)[1:].tolist()]
    few, method = x[:settings["calibration"]], METHODS[arguments.method]
    # The units of L-OBS are worked on at the same time; no other method has such parts.
    with make_executor(jobs, arguments.executor) if method.function is prune_lobs else nullcontext() as executor:
        about = (f"Data: {name}; trained on {len(x):,} images, {settings['epochs']} epochs, seed {arguments.seed}; "
                 f"accuracy on {len(x_test):,} test images.")
        recording = prune_and_write(arguments, net, x, y, x_test, y_test, few, grid, executor, log, about)
    log(f"{len(recording.places):,} removals, accuracy {100 * recording.curve[0][1]:.2f} % before the first and "
        f"{100 * recording.curve[-1][1]:.2f} % after the last.\nWritten: {arguments.out} "
        f"({Path(arguments.out).stat().st_size / 2**20:.1f} MB). Open it in a browser.")


def prune_and_write(arguments, net, x, y, x_test, y_test, few, grid, executor, log, about):
    """The page of the net pruned by the method, and what is on it."""
    method, progress = METHODS[arguments.method], Progress(f"pruning, {arguments.method}")
    more = {} if executor is None else {"executor": executor}
    # Where the compensation cannot be computed again from the order, the accuracy is known at results only.
    traced = arguments.method == "lobs-exact" or not method.compensates
    result = method.prune(net, x, y, sparsity=grid[-1] if traced else grid, rng=arguments.seed, progress=progress,
                          calibration=min(len(few), method.options.get("calibration", len(few))), **more)
    progress.close()
    others = {} if arguments.method == "magnitude" else {"magnitude, for comparison": prune_magnitude(net,
                                                                                                    sparsity=grid)}
    log("pruned; now every removal again, and the accuracy on the way")
    return write_replay(arguments.out, net, result, x_test, y_test, pruned_on=few, others=others, about=about,
                        steps=obs_steps(*xor_net(arguments.seed)), progress=Stages(), executor=executor)


def trained(x, y, settings, seed):
    """The dense net."""
    net, progress = MLP((x.shape[1], *settings["hidden"], int(y.max()) + 1), rng=seed), Progress("training")
    train(net, x, y, epochs=settings["epochs"], weight_decay=1e-4, rng=seed,
          callback=lambda e: progress(e.number, settings["epochs"], f"loss {e.loss:.4f}"))
    progress.close()
    return net


def main(argv=None, prog="python -m nnprune.replay"):
    """Run the command line; its exit code: 0, 2 for what cannot be run or written, 130 or 143 if it was stopped."""
    def work():
        run(parser(prog).parse_args(argv), lambda text: print(text, flush=True))

    return exit_code(work, UNFINISHED)


if __name__ == "__main__":
    sys.exit(main())
