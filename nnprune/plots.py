"""The figures: the only module that imports matplotlib."""

from __future__ import annotations

# Figure, and not pyplot: it writes files, opens no window, needs no display, and leaves a notebook's backend alone.
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from .pruning.methods import METHODS

# Okabe & Ito's colours, told apart by colour-blind readers too; markers tell the curves apart in grey print. A method
# has its own pair of them, in ``METHODS``; these are for what is no method.
STYLES = [("#000000", "o"), ("#E69F00", "s"), ("#56B4E9", "^"), ("#009E73", "D"), ("#D55E00", "v"),
          ("#CC79A7", "P"), ("#0072B2", "X")]
# Pairs that no method has, for curves beside those of methods.
OTHERS = [(color, marker) for (color, _), marker in zip(STYLES[::-1], "p<>dH8s")]


def save_curves(path, curves, title):
    """Draw accuracy against the removed share.

    Parameters
    ----------
    path : str or os.PathLike
        The PNG to write.
    curves : dict
        As ``mean_curves`` of the main experiment returns it, by the methods' keys; with more than one seed a band shows
        one standard deviation.
    title : str
    """
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    dense = curves["dense"][0.0][0]
    left, right = figure.subplots(1, 2)
    for axes in (left, right):
        axes.axhline(dense, color="grey", linewidth=1, linestyle="--", label=f"dense, {dense:.2f} %")
        for method, at in ((m, a) for m, a in curves.items() if m != "dense"):
            color, marker = METHODS[method].color, METHODS[method].marker
            x, y = [0.0, *at], [dense, *(mean for mean, _, _ in at.values())]
            spread = [curves["dense"][0.0][1], *(s for _, s, _ in at.values())]
            axes.plot(x, y, color=color, marker=marker, markersize=4, label=METHODS[method].label)
            axes.fill_between(x, [a - s for a, s in zip(y, spread)], [a + s for a, s in zip(y, spread)],
                              color=color, alpha=0.2, linewidth=0)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set(xlabel="removed share of the weights (sparsity)", ylabel="test accuracy (%)")
        axes.grid(alpha=0.3)
    left.legend(loc="lower left", fontsize="small")
    left.set_title("all of it", fontsize="medium")
    # The report's picture hides what happens near the dense accuracy: the right half is cut to it.
    right.set_title("near the dense accuracy", fontsize="medium")
    largest = max(s for at in curves.values() for s in at)
    right.set(ylim=(dense - 6, dense + 0.5), xlim=(0.4, 1) if largest > 0.5 else None)
    figure.suptitle(title)
    figure.savefig(path, dpi=120, format="png")


def save_masks(path, counts, title):
    """Draw which pixels the first layer still reads.

    Parameters
    ----------
    path : str or os.PathLike
        The PNG to write.
    counts : dict
        From a caption to an array of shape (28, 28): how many units of the first layer still read each pixel.
    title : str
    """
    figure = Figure(figsize=(max(2.4 * len(counts) + 0.8, 6), 3.1), layout="constrained")  # 6: the title's width
    panels = figure.subplots(1, len(counts), squeeze=False)[0]
    top = max(1, *(count.max() for count in counts.values()))
    for axes, (caption, count) in zip(panels, counts.items()):
        picture = axes.imshow(count, vmin=0, vmax=top, cmap="viridis")
        axes.set_title(caption, fontsize="small")
        axes.set(xticks=[0, 27], yticks=[0, 27])
    panels[0].set(xlabel="pixel column", ylabel="pixel row")
    figure.colorbar(picture, ax=list(panels), label="units that read the pixel", shrink=0.8)
    figure.suptitle(title, fontsize="medium")
    figure.savefig(path, dpi=120, format="png")
