"""Try to break nnprune, count the faults, and write docs/reliability.md.

    python tools/reliability.py                  all parts, one after another
    python tools/reliability.py kills numerics   these; the page keeps the last figures of the others
    python tools/reliability.py --page           the page alone, from the figures that are stored

The figures of the last run of every part are kept in docs/reliability.json, with date, versions and machine; a test
holds the page to them. One BLAS thread, so that the same command does the same.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from nnprune._util.files import atomic_write  # noqa: E402
from nnprune.reproduce.provenance import now, versions  # noqa: E402  (the threads are set before NumPy is loaded)

PARTS = ["corpus", "fuzzing", "downloads", "kills", "figures", "numerics", "memory", "mutants", "versions"]
STORED, PAGE = HERE.parent / "docs" / "reliability.json", HERE.parent / "docs" / "reliability.md"
HEAD = """# Reliability

How we tried to break nnprune, and the results. The page is made by `python tools/reliability.py`, which runs
every part; a part can be run by itself (`python tools/reliability.py kills`). A *fault* is a crash, a hang, a wrong
answer, or an error that does not say what is wrong; a clear error where an error is due is not a fault.

"""


def part_of(name):
    """The module of a part."""
    return importlib.import_module(f"reliability_parts.{name}")


def measure(name):
    """Run a part: what is stored of it."""
    begin = time.perf_counter()
    rows = part_of(name).run(lambda text: print(f"  {text}", flush=True))
    return {"rows": [list(row) for row in rows], "seconds": round(time.perf_counter() - begin), "date": now(),
            "versions": versions()}


def load():
    """What is stored, in the order of the parts."""
    stored = json.loads(STORED.read_text()) if STORED.exists() else {}
    return {name: stored[name] for name in PARTS if name in stored}


def store(name, found):
    """Keep what a part found, at once: a part that is done stays done. (Read again first: it may run for an hour.)"""
    stored = {**load(), name: found}
    with atomic_write(STORED, "w") as f:
        json.dump({n: stored[n] for n in PARTS if n in stored}, f, indent=1)


def page(stored):
    """The page, as Markdown."""
    rows = [row for found in stored.values() for row in found["rows"]]
    tried, faults = sum(row[1] for row in rows), sum(row[2] for row in rows)
    text = HEAD + f"**{tried:,} trials, {faults} faults** in {len(stored)} parts.\n"
    for name in (n for n in PARTS if n in stored):
        part, found = part_of(name), stored[name]
        text += f"\n## {part.TITLE}\n\n{part.ABOUT}\n\n| what | tried | faults | |\n|---|---|---|---|\n"
        text += "".join(f"| {what} | {tried:,} | {faults} | {note} |\n" for what, tried, faults, note in found["rows"])
        made = ", ".join(f"{package} {version}" for package, version in found["versions"].items())
        text += (f"\nMeasured by `python tools/reliability.py {name}` on {found['date'][:10]} in "
                 f"{found['seconds']:,} s ({made}).\n")
    return text


def main(arguments=None):
    """Run what the command line asks for; 1 if there was a fault."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)} (default: all)")
    p.add_argument("--page", action="store_true", help="write the page from what is stored, and run nothing")
    options = p.parse_args(arguments)
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        p.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}")
    for name in [] if options.page else options.parts or PARTS:
        print(f"{name}: {part_of(name).TITLE}", flush=True)
        store(name, measure(name))
    stored = load()
    with atomic_write(PAGE, "w") as f:
        f.write(page(stored))
    faults = sum(row[2] for found in stored.values() for row in found["rows"])
    print(f"{faults} faults; written to {PAGE}")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
