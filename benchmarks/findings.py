"""Where the scripts of this folder put what they find: docs/NAME.json, and from it alone a table in a page of docs.

Such a script has PAGE, the page's name, and ``table(found)``, lines of Markdown. A test makes what stands between the
page's two marks from the JSON again, so text and figures cannot part.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

import nnprune
from nnprune._util.files import atomic_write
from nnprune.reproduce.authors import authors_net
from nnprune.reproduce.provenance import commit, machine, versions

DOCS = Path(__file__).parents[1] / "docs"


def options(doc, **defaults):
    """The command line of a script: ``--name`` with a whole number for each default."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default, help=f"default {default}")
    return parser.parse_args()


def options_of_nets(doc, methods):
    """The command line of a script that runs ``measure``."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--authors", metavar="DIR", help="the folder of the L-OBS authors' dense net")
    parser.add_argument("--nets", nargs="+", help="of: 0 1 2 authors; default: all that there are")
    parser.add_argument("--methods", nargs="+", choices=methods, default=list(methods))
    parser.add_argument("--fresh", action="store_true", help="run again what the JSON file has already")
    return parser.parse_args()


def mean(values):
    """Mean and standard deviation of accuracies in %, as text."""
    return f"{np.mean(values):.2f} ± {np.std(values):.2f}"


# ---- methods on the dense nets of some seeds and on the authors' ----

def measure(name, page, methods, sparsities, table, arguments, *, seeds, images, damping, also=None):
    """Run every method on every net that docs/NAME.json has not yet; each goes there at once, the table at the end.

    Parameters
    ----------
    methods : dict
        name: f(net, data), the results, or nets, for all sparsities.
    also : callable, optional
        f(found, method, net, results, data) of the first seed's net: what else goes into the file.
    """
    file = DOCS / f"{name}.json"
    found = {} if arguments.fresh or not file.exists() else json.loads(file.read_text(encoding="utf-8"))
    found = {"sparsities": sparsities, "nets": {}, **found}
    data = nnprune.load_mnist()
    for of in arguments.nets or [*map(str, seeds), *(["authors"] if arguments.authors else [])]:
        net = dense_net(of, data, arguments.authors)
        entry = found["nets"].setdefault(of, {"dense": 100 * net.accuracy(data.x_test, data.y_test), "methods": {}})
        for method in arguments.methods:
            if method in entry["methods"]:
                continue
            begin = time.process_time()
            results = methods[method](net, data)
            seconds = time.process_time() - begin
            accuracy = [100 * getattr(r, "net", r).accuracy(data.x_test, data.y_test) for r in results]
            entry["methods"][method] = {"seconds": seconds, "accuracy": accuracy, "commit": commit()}
            if also and of == str(seeds[0]):
                also(found, method, net, results, data)
            print(f"{of}: {method}: {np.round(accuracy, 2)}, {seconds:.1f} s", flush=True)
            save(name, found, images=images, damping=damping)
    write(name, page, found, table, images=images, damping=damping)


def dense_net(name, data, authors=None):
    """The 784-300-100-10 net of a seed, trained; or for "authors" the published one."""
    if name == "authors":
        return authors_net(authors)[0]
    net = nnprune.MLP((784, 300, 100, 10), rng=int(name))
    nnprune.train(net, data.x_train, data.y_train, weight_decay=1e-4, rng=int(name))
    return net


def method_table(found, methods, base=None):
    """Accuracies of all methods on our nets and the authors'; with ``base``, a method, times as ratios to its times."""
    ours, theirs = [of for name, of in found["nets"].items() if name != "authors"], found["nets"]["authors"]
    yield (f"Test accuracy in % on MNIST, no retraining: 784-300-100-10 nets of {len(ours)} seeds, dense "
           f"{mean([of['dense'] for of in ours])}, and the net that the authors of L-OBS published, dense "
           f"{theirs['dense']:.2f}."
           + (f" The time is that of all sparsities, as a ratio to {base} on the same nets." if base else ""))
    heads = ["method", *(f"{s:g} removed" for s in found["sparsities"]),
             *(f"authors' net, {s:g}" for s in found["sparsities"]), *(["time"] if base else [])]
    yield from ("", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|")
    for method in methods:
        of = [net for net in ours if method in net["methods"]]
        if not of:
            continue
        columns = list(zip(*(net["methods"][method]["accuracy"] for net in of)))
        cells = [mean(column) if len(of) > 1 else f"{column[0]:.2f}" for column in columns]
        there = theirs["methods"].get(method, {"accuracy": []})["accuracy"]
        cells += [f"{a:.2f}" for a in there] or ["-"] * len(found["sparsities"])
        ratios = [net["methods"][method]["seconds"] / net["methods"][base]["seconds"] for net in of if base]
        cells += [f"{np.median(ratios):.2f}"] if base else []
        fewer = f" ({len(of)} seed{'s' if len(of) > 1 else ''})" if len(of) < len(ours) else ""
        yield f"| {method}{fewer} | {' | '.join(cells)} |"


# ---- the two files ----

def write(name, page, found, table, *, images, damping):
    """Put the figures into docs/NAME.json, and their table, lines of Markdown made by table(found), into its page."""
    save(name, found, images=images, damping=damping)
    begin, end = marks(name)
    text = (DOCS / page).read_text(encoding="utf-8")
    with atomic_write(DOCS / page, "w") as f:
        f.write(text.split(begin)[0] + part(name, found, table) + text.split(end)[1])


def save(name, found, *, images, damping):
    """Put the figures, and with what they were made, into docs/NAME.json.

    Parameters
    ----------
    found : dict
        The figures.
    images : str
        How many each method sees, and on which the accuracies are.
    damping : str
    """
    command = ["DIR" if before == "--authors" else argument
               for before, argument in zip(sys.argv, sys.argv[1:]) if argument != "--fresh"]
    found |= {"command": " ".join(["python", f"benchmarks/{name}.py", *command]), "commit": commit(),
              "machine": machine(), "images": images, "damping": damping, "versions": versions()}
    with atomic_write(DOCS / f"{name}.json", "w") as f:
        json.dump(found, f, indent=1)


def marks(name):
    """What stands before and after the part of the page that a script writes."""
    return f"<!-- {name}: written by benchmarks/{name}.py -->", f"<!-- end of {name} -->"


def part(name, found, table):
    """That part, with its marks."""
    begin, end = marks(name)
    made_with = ", ".join(f"{package} {version}" for package, version in found["versions"].items())
    nets = found["nets"].values() if isinstance(found["nets"], dict) else []
    runs = [run for of in nets for run in of["methods"].values()]
    commits = sorted({run.get("commit", found["commit"]) for run in runs}) or [found["commit"]]
    return "\n".join([begin, *table(found), "", f"Images: {found['images']}. Damping: {found['damping']}. Made by "
                      f"`{found['command']}`, commit {', '.join(commits)}, {found['machine']}, {made_with}.", end])
