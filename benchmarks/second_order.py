"""The second-order methods on MNIST without retraining: python benchmarks/second_order.py [--authors DIR]

Prunes 784-300-100-10 nets of 3 seeds, and with ``--authors`` the published net of the L-OBS paper, by every method to
0.9, 0.95, 0.98 and 0.99. Writes all figures to docs/second_order.json, and from it the table (mean and standard
deviation of the test accuracy) and the certificate of one run to docs/second_order_table.md. What the file has already
is not run again; --fresh does. ``--nets`` and ``--methods`` run a part.
The settings of OBS (damping, samples, refresh) were chosen on 10,000 training images kept apart, with another net.
"""

import argparse
import json
import platform
import time
from pathlib import Path

import numpy as np
import scipy

import nnprune
from nnprune import MLP, certify, prune_lobs, prune_magnitude, prune_obd, prune_obs, prune_obs_factored, train
from nnprune._util.files import atomic_write
from nnprune.reproduce.authors import authors_net
from nnprune.reproduce.provenance import commit, machine

SPARSITIES, SEEDS = (0.9, 0.95, 0.98, 0.99), (0, 1, 2)
# L-OBS and OBD see 10,000 images, the dense OBS 2,000 and the factored one 1,000: their matrices grow with them.
LAYERWISE, DENSE, FACTORED = 10_000, 2000, 1000
# Where L-OBS stops: 0.97 leaves 8,396 parameters to the dense Hessian, 0.85 leaves 40,340 to the factored one.
TO_DENSE, TO_FACTORED = 0.97, 0.85


def factored(net, data):
    """L-OBS to 0.85, then OBS with the factored empirical Fisher matrix."""
    half = prune_lobs(net, data.x_train[:LAYERWISE], sparsity=TO_FACTORED).net
    return prune_obs_factored(half, data.x_train[:FACTORED], data.y_train[:FACTORED], sparsity=SPARSITIES,
                              hessian="fisher")


def two_stage(net, data):
    """Exact L-OBS to 0.97, the full OBS beyond."""
    x, y = data.x_train[:DENSE], data.y_train[:DENSE]
    *results, start = prune_lobs(net, x, sparsity=[*(s for s in SPARSITIES if s < TO_DENSE), TO_DENSE])
    return results + prune_obs(start.net, x, y, sparsity=[s for s in SPARSITIES if s > TO_DENSE], refresh=500,
                               damping=0.1)


METHODS = {
    "magnitude": lambda net, d: prune_magnitude(net, sparsity=SPARSITIES),
    "OBD": lambda net, d: prune_obd(net, d.x_train[:LAYERWISE], d.y_train[:LAYERWISE], sparsity=SPARSITIES),
    "factored OBS, from L-OBS 0.85": factored,
    "exact L-OBS": lambda net, d: prune_lobs(net, d.x_train[:LAYERWISE], sparsity=SPARSITIES),
    "exact L-OBS, pruned inputs": lambda net, d: prune_lobs(net, d.x_train[:LAYERWISE], sparsity=SPARSITIES,
                                                            inputs="pruned"),
    "L-OBS to 0.97, then OBS": two_stage,
}


def main():
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="docs/second_order", help="without .json and _table.md")
    parser.add_argument("--authors", help="the folder of the published net")
    parser.add_argument("--nets", nargs="+", help="of: 0 1 2 authors")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    file = Path(f"{arguments.out}.json")
    found = {"nets": {}} if arguments.fresh or not file.exists() else json.loads(file.read_text())
    data = nnprune.load_mnist()
    for name in arguments.nets or [*map(str, SEEDS), *(["authors"] if arguments.authors else [])]:
        net = dense_net(name, data, arguments.authors)
        of = found["nets"].setdefault(name, {"dense": 100 * net.accuracy(data.x_test, data.y_test), "methods": {}})
        for method in arguments.methods:
            if method in of["methods"]:
                continue
            begin = time.perf_counter()
            results = METHODS[method](net, data)
            seconds = time.perf_counter() - begin
            of["methods"][method] = {"seconds": seconds, "accuracy": [
                100 * r.net.accuracy(data.x_test, data.y_test) for r in results]}
            if (name, method) == ("0", "exact L-OBS"):
                found["certificate"] = str(certify(net, results[1], data.x_train[:LAYERWISE]))
            print(f"{name}: {method}: {np.round(of['methods'][method]['accuracy'], 2)}, {seconds:.1f} s", flush=True)
            write(found, arguments.out)


def dense_net(name, data, authors):
    """The net of a seed, or the one that was published."""
    if name == "authors":
        return authors_net(authors)[0]
    net = MLP((784, 300, 100, 10), rng=int(name))
    train(net, data.x_train, data.y_train, weight_decay=1e-4, rng=int(name))
    return net


def write(found, out):
    """The figures, with what they were made with, and the page."""
    found |= {"versions": {"nnprune": nnprune.__version__, "numpy": np.__version__, "scipy": scipy.__version__,
                           "python": platform.python_version()}, "machine": machine(), "commit": commit(),
              "sparsities": SPARSITIES, "images": {"L-OBS, OBD": LAYERWISE, "OBS": DENSE, "factored OBS": FACTORED},
              "damping": {"L-OBS": 1e-3, "OBS": 0.1, "factored OBS": "its default"}}
    with atomic_write(f"{out}.json", "w") as f:
        json.dump(found, f, indent=1)
    with atomic_write(f"{out}_table.md", "w") as f:
        f.write(page(found))


def page(found):
    """The table and the certificate as a page of Markdown."""
    ours = [of for name, of in found["nets"].items() if name != "authors"]
    theirs = found["nets"].get("authors", {"dense": np.nan, "methods": {}})
    dense = [of["dense"] for of in ours]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    head = ["method", *(f"{s:g} removed" for s in found["sparsities"]),
            *(f"authors' net, {s:g}" for s in found["sparsities"]), "time"]
    lines = ["# The table of the second-order methods", "",
             f"Generated by `python benchmarks/second_order.py --authors DIR`: MNIST, test accuracy in %, no "
             f"retraining. 784-300-100-10 nets of {len(ours)} seeds, dense {np.mean(dense):.2f} ± {np.std(dense):.2f} "
             f"%, and the net that the authors of L-OBS published, dense {theirs['dense']:.2f} %. L-OBS and OBD see "
             f"{LAYERWISE:,} images, OBS {DENSE:,}, factored OBS {FACTORED:,}. The time is that of all four "
             f"sparsities, as a ratio to exact L-OBS on the same nets. Commit {found['commit']}, {versions}.", "",
             "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for method in METHODS:
        runs = [of["methods"][method] for of in ours if method in of["methods"]]
        if not runs:  # what was not run again keeps the row of the version that ran it
            if cells := found.get("older", {}).get(method):
                none = ["-" for _ in [*found["sparsities"], "time"]]
                lines.append("| " + " | ".join([f"{method} (release 0.1.0, not run again)", *cells, *none]) + " |")
            continue
        values = np.array([run["accuracy"] for run in runs])
        cells = [f"{m:.2f} ± {s:.2f}" for m, s in zip(values.mean(axis=0), values.std(axis=0))]
        cells += [f"{a:.2f}" for a in theirs["methods"][method]["accuracy"]] if method in theirs["methods"] else [
            "-" for _ in found["sparsities"]]
        ratio = np.mean([of["methods"][method]["seconds"] / of["methods"]["exact L-OBS"]["seconds"]
                         for of in ours if {method, "exact L-OBS"} <= set(of["methods"])])
        lines.append("| " + " | ".join([method, *cells, f"{ratio:.1f}"]) + " |")
    certificate = found.get("certificate", "")
    return "\n".join([*lines, "", "The certificate of exact L-OBS at 0.95, seed 0:", "", "```", certificate, "```", ""])


if __name__ == "__main__":
    main()
