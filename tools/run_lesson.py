"""Run one lesson as a plain program, and hold its figures to the house rules: labelled axes, a method in its colour.

    python -W error tools/run_lesson.py tutorials/07_prune_by_obs.py

Used by ``test_lessons`` in a process of its own. The last line of the output is the number of figures.
"""

import runpy
import sys
import warnings

# What matplotlib 3.7 and pyparsing warn each other about is ignored: a lesson's own warnings are errors.
warnings.filterwarnings("ignore", module=".*(matplotlib|pyparsing).*")

import nnprune.lesson  # noqa: E402
from nnprune.pruning.methods import method_of  # noqa: E402

shown = []


def checked(figure, name):
    """``lesson.show``, which first looks whether every axis with data on it says what it shows."""
    panels = [axes for axes in figure.axes if axes.has_data() and axes.get_label() != "<colorbar>"]
    assert panels, f"{name}: nothing is drawn"
    # Panels in a row may share a label, so each direction needs one at least; a picture without ticks needs none.
    for direction in ("x", "y"):
        ticked = [axes for axes in panels if len(getattr(axes, f"get_{direction}ticks")())]
        labels = [getattr(axes, f"get_{direction}label")() for axes in ticked]
        assert not ticked or any(labels), f"{name}: no label along {direction}"
    for axes in panels:
        for handle, label in zip(*axes.get_legend_handles_labels()):
            row = method_of(label)
            assert row is None or colour(handle) == row.color.lower(), f"{name}: {label} has another colour"
    shown.append(name)
    show(figure, name)


def colour(handle):
    """The colour of a line, of bars or of points in a legend."""
    from matplotlib.colors import to_hex  # not before nnprune.lesson, which chooses how matplotlib draws
    first = handle[0] if isinstance(handle, tuple) else handle
    return to_hex(first.get_color() if hasattr(first, "get_color") else first.get_facecolor())


show, nnprune.lesson.show = nnprune.lesson.show, checked
nnprune.lesson._follow(sys.argv[1])
runpy.run_path(sys.argv[1], run_name="__main__")
print(len(shown))
