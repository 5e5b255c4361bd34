"""Write one HTML file in which a net is pruned with a slider, by five methods side by side; open it in a browser.

    python -m nnprune.explore --out explore.html          on MNIST where it is found, else on synthetic digits
    python -m nnprune.explore --dataset digits            on synthetic digits
    python -m nnprune.explore --net mine.npz              a net of your own, written by MLP.save

Nothing is downloaded, and the page needs no network. The same command gives the same bytes. Your own data:
nnprune.explore.write_explorable.
"""

from __future__ import annotations

import sys
from pathlib import Path

from .. import __version__
from .._util.command import command_parser, exit_code
from .._util.progress import Stages
from ..datasets.choose import load_dataset
from ..nn.mlp import MLP
from ..replay.__main__ import UNFINISHED, add_page_options, trained
from ..replay.__main__ import checked as checked_settings
from .record import checked
from .write import write_explorable


def parser(prog="python -m nnprune.explore"):
    """The command line."""
    p = command_parser(prog, __doc__)
    add_page_options(p, "explore.html")
    p.add_argument("--net", metavar="FILE", help="a trained net, as MLP.save writes it (default: one is trained)")
    return p


def checked_arguments(arguments):
    """The settings, and the net of ``--net`` or None; an error names what is wrong, before any work begins."""
    settings = checked_settings(arguments)
    if arguments.net and arguments.hidden:
        raise ValueError(f"--hidden {' '.join(map(str, arguments.hidden))} has no meaning with --net {arguments.net}, "
                         f"which has its layers already")
    if not arguments.net:
        return settings, None
    net = MLP.load(arguments.net)
    checked(net)
    return settings, net


def run(arguments, log):
    """Train, prune, write."""
    settings, net = checked_arguments(arguments)
    log(f"nnprune {__version__}: a net to prune with a slider, {arguments.out}")
    data = load_dataset(arguments.dataset, arguments.data, download=False, log=log, verbose=arguments.verbose)
    data = data.first(settings["train"], len(data.x_test))
    name = "synthetic digits (not MNIST)" if data.name == "digits" else data.name.upper()
    about = f"Digits: {name}. "
    pixels, classes = data.x_train.shape[1], int(data.y_train.max()) + 1
    if net is not None and (net.sizes[0], net.sizes[-1]) != (pixels, classes):
        raise ValueError(f"--net {arguments.net}: {net} does not read {name}, which need {pixels} inputs and {classes} "
                         f"outputs; for pictures of your own: nnprune.explore.write_explorable")
    if net is None:
        net = trained(data.x_train, data.y_train, settings, arguments.seed)
        about += f"Trained on {len(data.x_train):,} of them, {settings['epochs']} epochs, seed {arguments.seed}."
    else:
        about += f"The net is {Path(arguments.net).name}."
    log(f"data: {name}; {net}, test accuracy {100 * net.accuracy(data.x_test, data.y_test):.2f} %")
    found = write_explorable(arguments.out, net, data.x_train, data.y_train, data.x_test, data.y_test, about=about,
                             progress=Stages())
    n = len(found.labels)
    log(f"read of {n:,} test digits, with all weights and with 5 % of them: " + ", ".join(
        f"{m.label} {100 * m.correct[0] / n:.1f} and {100 * m.correct[15] / n:.1f} %" for m in found.methods) +
        f".\nWritten: {arguments.out} ({Path(arguments.out).stat().st_size / 1e6:.1f} MB). Open it in a browser.")


def main(argv=None, prog="python -m nnprune.explore"):
    """Run the command line; its exit code: 0, 2 for what cannot be run or written, 130 or 143 if it was stopped."""
    def work():
        run(parser(prog).parse_args(argv), lambda text: print(text, flush=True))

    return exit_code(work, UNFINISHED)


if __name__ == "__main__":
    sys.exit(main())
