"""How the scripts of this folder measure, and the rows they print: a figure is a ratio to a baseline of the same run.

Where the environment names a file by ``NNPRUNE_ROWS``, each row goes there too, as a line of JSON: that is how
``run.py`` collects them.
"""

import json
import os
import time


def shortest(works, rounds=10):
    """The shortest seconds of each function of a dict, taken in turns: what disturbs one only ever makes it longer.

    A function may return its own seconds; otherwise the call is timed.
    """
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            begin = time.perf_counter()
            own = work()
            seconds = time.perf_counter() - begin
            best[name] = min(best[name], own if isinstance(own, float) else seconds)
    return best


def threads():
    """The threads that the BLAS may use."""
    return int(os.environ.get("OPENBLAS_NUM_THREADS") or os.cpu_count())


def row(name, ours, baseline, theirs, goal=None):
    """Print one row.

    Parameters
    ----------
    name : str
        What was measured.
    ours, theirs : float
        Seconds, or bytes: the ratio is ours / theirs.
    baseline : str
        What ``theirs`` is of.
    goal : float, optional
        What the ratio should be at most.
    """
    ratio = ours / theirs
    print(f"{name}: {ours:.4g}, {ratio:.2f} x {baseline} ({theirs:.4g})"
          + ("" if goal is None else f", goal {goal:g}: {'met' if ratio <= goal else 'missed'}"), flush=True)
    path = os.environ.get("NNPRUNE_ROWS")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"name": name, "ours": ours, "baseline": baseline, "theirs": theirs, "ratio": ratio,
                                   "goal": goal, "threads": threads()}) + "\n")
