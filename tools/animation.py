"""Draw docs/pruning.gif, the README's moving picture: ``python tools/animation.py`` (MNIST where it is found).

The net of the replay loses its weights by exact L-OBS: its masks empty while its accuracy, and magnitude pruning's
beside it, move along their curves. The pictures are equal steps of the logarithm of what is kept.
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from matplotlib.animation import FuncAnimation, PillowWriter  # noqa: E402
from matplotlib.ticker import FuncFormatter  # noqa: E402

from nnprune import prune_lobs, prune_magnitude  # noqa: E402
from nnprune.datasets.choose import load_dataset  # noqa: E402
from nnprune.plots import Figure  # noqa: E402
from nnprune.pruning.methods import METHODS  # noqa: E402
from nnprune.replay.__main__ import DEFAULT, trained  # noqa: E402

FRAMES, REST, UNITS = 28, 8, 24  # pictures of the run, how often the last one is shown, masks
LEAST = 0.01  # of the weights are kept in the end


def runs(data):
    """Shares kept, and by method the nets on the way."""
    kept = np.geomspace(1, LEAST, FRAMES)
    net = trained(data.x_train, data.y_train, DEFAULT, 0)
    exact = prune_lobs(net, data.x_train[:DEFAULT["calibration"]], sparsity=list(1 - kept))
    return kept, {"lobs-exact": exact, "magnitude": prune_magnitude(net, sparsity=list(1 - kept))}


def mosaic(net):
    """The masks of the first units, four rows of pictures with a line between them; 1 is kept."""
    tiles = np.pad(net.masks[0][:UNITS].reshape(4, -1, 28, 28), [(0, 0), (0, 0), (1, 1), (1, 1)], constant_values=0)
    return tiles.transpose(0, 2, 1, 3).reshape(4 * 30, -1)


def main(path=ROOT / "docs" / "pruning.gif"):
    """Prune, draw, write."""
    data = load_dataset("auto", None, download=False, log=print, verbose=False)
    kept, results = runs(data)
    accuracy = {key: [100 * r.net.accuracy(data.x_test, data.y_test) for r in found] for key, found in results.items()}
    figure = Figure(figsize=(7, 3.1), dpi=100, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
    left.set(xscale="log", xlim=(1.1, 0.9 * LEAST), ylim=(0, 102), xlabel="weights kept", ylabel="test accuracy (%)")
    left.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    left.minorticks_off()
    left.grid(alpha=0.3)
    lines = {key: left.plot([], [], color=METHODS[key].color, marker=METHODS[key].marker, markevery=[-1],
                            label=METHODS[key].label)[0] for key in results}
    left.legend(loc="lower left", fontsize="small")
    picture = right.imshow(mosaic(results["lobs-exact"][0].net), cmap="Greys", vmin=0, vmax=1)
    right.set(xticks=[], yticks=[])

    def draw(frame):
        k = min(frame, FRAMES - 1)
        for key, line in lines.items():
            line.set_data(kept[:k + 1], accuracy[key][:k + 1])
        picture.set_data(mosaic(results["lobs-exact"][k].net))
        right.set_title(f"{UNITS} units; {100 * kept[k]:.2g} % of all weights kept", fontsize="medium")

    FuncAnimation(figure, draw, FRAMES + REST).save(path, writer=PillowWriter(fps=4), dpi=100)
    size = Path(path).stat().st_size / 2**20
    print(f"{path}: {size:.2f} MB; {data.name}, at {100 * kept[-1]:.0f} % kept: "
          + ", ".join(f"{METHODS[key].label} {accuracy[key][-1]:.2f} %" for key in results))
    if size >= 1.5:
        raise SystemExit("the README's picture must stay below 1.5 MB: take fewer FRAMES")


if __name__ == "__main__":
    main(*sys.argv[1:])
