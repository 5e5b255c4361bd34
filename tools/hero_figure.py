"""Draw docs/curves.png, the README's figure, from the committed run docs/demo.json: ``python tools/hero_figure.py``.

Nothing is run again: mean and standard deviation over the seeds are of the accuracies in the file.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from nnprune.analysis.comparison import mean_curves  # noqa: E402
from nnprune.plots import DENSE, save_curves  # noqa: E402


def rows(run):
    """The accuracies of docs/demo.json as rows of a comparison."""
    found = [{"method": DENSE, "sparsity": 0.0, "accuracy": a / 100} for a in run["dense"]]
    for method, at in run["accuracy"].items():
        found += [{"method": method, "sparsity": float(s), "accuracy": a / 100} for s, all in at.items() for a in all]
    return found


def main(path=ROOT / "docs" / "curves.png"):
    """Write the figure."""
    run = json.loads((ROOT / "docs" / "demo.json").read_text(encoding="utf-8"))
    hidden = "-".join(map(str, run["settings"]["hidden"]))
    save_curves(path, mean_curves(rows(run)), f"MNIST, 784-{hidden}-10, no retraining unless said: mean and standard "
                                              f"deviation over {len(run['seeds'])} dense nets")


if __name__ == "__main__":
    main(*sys.argv[1:])
