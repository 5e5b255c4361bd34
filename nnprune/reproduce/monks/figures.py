"""A small pruned net as a picture: every weight that is left is a line, its colour the sign, its width the size."""

from __future__ import annotations

from dataclasses import dataclass

from ...datasets.monks import N_VALUES
from ...nn.parameters import places, unpruned
from ..figures import save
from .tables import best

POSITIVE, NEGATIVE = 6, 4  # of ``plots.STYLES``: blue and vermilion, told apart by colour-blind readers too
# One label for each of the 17 inputs: a1=1, a1=2, ...
INPUT_LABELS = [f"a{i}={v}" for i, k in enumerate(N_VALUES, start=1) for v in range(1, k + 1)]
WIDEST = 5.0  # points, of the largest weight


@dataclass(frozen=True)
class Link:
    """One weight that is left: from the node ``start`` to the node ``end``, both (level, label)."""

    start: tuple
    end: tuple
    weight: float


def net_links(net, input_labels=None):
    """The links of a net with one hidden layer: a ``Link`` for every weight and bias that is not pruned.

    A bias is a link from a node "1" beside the level before.

    Examples
    --------
    >>> from nnprune import MLP, prune_magnitude
    >>> net = MLP.from_arrays([[[2.0, 0.1]], [[-1.0]]], [[0.5], [0.0]], loss="mse")
    >>> for link in net_links(prune_magnitude(net, sparsity=0.5, prune_biases=True).net, ["p", "q"]):
    ...     print(link)
    Link(start=(0, 'p'), end=(1, 'h1'), weight=2.0)
    Link(start=(0, '1'), end=(1, 'h1'), weight=0.5)
    Link(start=(1, 'h1'), end=(2, 'out'), weight=-1.0)
    """
    labels = [list(input_labels or INPUT_LABELS), [f"h{j + 1}" for j in range(net.sizes[1])], ["out"]]
    values, where = net.parameters(), places(net)
    return [Link((int(l), [*labels[l], "1"][column]), (int(l) + 1, labels[l + 1][unit]), float(values[k]))
            for k in unpruned(net) for l, unit, column in [where[k]]]


def figures(problems, nets):
    """The smallest nets, one panel a problem."""
    panels = []
    for p, f in problems.items():
        b = best(f)
        effect = "" if b["remaining"] == b["effective"] else f" ({b['effective']} in effect)"
        panels.append((f"MONK-{p}: {b['remaining']} of {f['weights']} weights{effect}\n"
                       f"train {b['train']:.1f} %, test {b['test']:.1f} %", net_links(nets[p])))
    caption = ("The smallest nets that OBS leaves, each of the best seed: every line is a weight, blue positive, "
               "vermilion negative, as wide as it is large within its net. Inputs without a line are not read; the "
               "class is 1 where the output is above 1/2.")
    return {"nets.png": (caption, lambda file: save_nets(file, panels, "What OBS leaves of the MONK's nets"))}


def layout(links):
    """Where each node stands: {node: (x, y)}, the levels from left to right, the nodes of one from top to bottom."""
    nodes = {node for link in links for node in (link.start, link.end)} | {(2, "out")}
    found = {}
    for level in range(3):
        # "1", the bias, stands last; the others in the order of their labels.
        column = sorted((n for n in nodes if n[0] == level), key=lambda n: (n[1] == "1", n[1]))
        for k, node in enumerate(column):
            found[node] = (level, 0.5 - (k + 0.5) / len(column))
    return found


def save_nets(file, panels, title):
    """Draw nets side by side.

    Parameters
    ----------
    file : path or binary file
    panels : list of (str, list of Link)
        A heading and the links of each net.
    title : str
    """
    from ...plots import Figure  # only now: matplotlib takes half a second to import
    figure = Figure(figsize=(3.5 * len(panels), 5.0), layout="constrained")
    for axes, (heading, links) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
        draw_net(axes, links)
        axes.set_title(heading, fontsize="small")
    figure.suptitle(title, fontsize="medium")
    save(figure, file)


def draw_net(axes, links):
    """One net into one panel: lines first, then nodes over them with their labels."""
    from ...plots import STYLES
    at, largest = layout(links), max((abs(link.weight) for link in links), default=1.0)
    for link in links:
        (x0, y0), (x1, y1) = at[link.start], at[link.end]
        axes.plot([x0, x1], [y0, y1], color=STYLES[POSITIVE if link.weight > 0 else NEGATIVE][0], zorder=1,
                  linewidth=max(0.6, WIDEST * abs(link.weight) / largest), solid_capstyle="round")
    for (level, label), (x, y) in at.items():
        bias = label == "1"
        axes.scatter([x], [y], s=150, marker="s" if bias else "o", color="white", edgecolors="black", zorder=2)
        side = -0.12 if level == 0 else 0.0
        axes.text(x + side, y if level == 0 else y + 0.045, "bias" if bias else label, fontsize="small",
                  ha="right" if level == 0 else "center", va="center" if level == 0 else "bottom", zorder=3)
    axes.set(xlim=(-0.75, 2.35), ylim=(-0.56, 0.6))
    axes.set_axis_off()
