"""Run the benchmarks that print rows, and write their tables: docs/benchmarks.json and docs/benchmarks.md.

    python benchmarks/run.py [--only train obs] [--runs 3] [--beside PYTHON]

Every script of this folder that prints rows (``measure.row``) runs three times with one BLAS thread and three with
one for each core. A table has the run with the worst ratio. ``--beside`` is the Python of another environment, with an
older nnprune: it runs the same script after each of ours, and its worst ratio to the same baseline gets a column of its
own. Rows of scripts that are not run stay as they were; the text of the page around the tables is by hand.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from nnprune.reproduce.provenance import machine

HERE = Path(__file__).parent
JSON, PAGE = HERE.parent / "docs" / "benchmarks.json", HERE.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- tables: written by benchmarks/run.py -->", "<!-- end of the tables -->"


def scripts():
    """The scripts that print rows, by name."""
    return {path.stem: path for path in sorted(HERE.glob("*.py"))
            if path.stem != "run" and "from measure import" in path.read_text(encoding="utf-8")}


def environment():
    """What the figures depend on, as one line."""
    return f"{machine()}, Python {platform.python_version()}, NumPy {np.__version__}"


def rows_of(python, script, threads, environ):
    """The rows that one run of a script prints; an empty list, and a word, if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows"
        done = subprocess.run([python, str(script)], check=False,
                              env={**environ, "OPENBLAS_NUM_THREADS": str(threads), "NNPRUNE_ROWS": str(rows)})
        if done.returncode:
            print(f"{script.name} by {python} ended with {done.returncode}: its rows are left out", file=sys.stderr)
            return []
        return [json.loads(line) for line in rows.read_text().splitlines()] if rows.exists() else []


def worst(runs):
    """Of every row of several runs, the one with the largest ratio."""
    found = {}
    for row in (row for rows in runs for row in rows):
        key = row["name"], row["baseline"], row["threads"]
        if key not in found or row["ratio"] > found[key]["ratio"]:
            found[key] = row
    return found


def measured(name, script, runs, beside):
    """The rows of one script, worst of so many runs, as ``docs/benchmarks.json`` has them."""
    rows, elsewhere = [], {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    for threads in sorted({1, os.cpu_count()}):
        print(f"--- {name}, BLAS threads: {threads}", flush=True)
        ours, others = [], []
        for _ in range(runs):
            ours.append(rows_of(sys.executable, script, threads, dict(os.environ)))
            if beside:
                others.append(rows_of(beside, script, threads, elsewhere))
        other = worst(others)
        rows += [{**row, "before": other[key]["ratio"] if key in other else None, "runs": runs}
                 for key, row in worst(ours).items()]
    return rows


def tables(result):
    """The tables of all scripts, as Markdown."""
    text = []
    for name, part in result.items():
        text += [f"## `python benchmarks/{name}.py`", "", part["environment"] + ".", "",
                 "| what | BLAS threads | ours | baseline | its own | ratio, worst of the runs | goal | before |",
                 "|---|---|---|---|---|---|---|---|"]
        for r in part["rows"]:
            goal = "" if r["goal"] is None else f"{r['goal']:g}, {'met' if r['ratio'] <= r['goal'] else 'missed'}"
            before = "" if r["before"] is None else f"{r['before']:.2f}"
            text.append(f"| {r['name']} | {r['threads']} | {r['ours']:.3g} | {r['baseline']} | {r['theirs']:.3g} | "
                        f"**{r['ratio']:.2f}** of {r['runs']} | {goal} | {before} |")
        text.append("")
    return "\n".join(text)


def main():
    """Measure, and write both files."""
    known = scripts()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=known, default=list(known))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--beside", metavar="PYTHON")
    arguments = parser.parse_args()
    result = json.loads(JSON.read_text()) if JSON.exists() else {}
    for name in arguments.only:
        rows = measured(name, known[name], arguments.runs, arguments.beside)
        if rows:
            result[name] = {"environment": environment(), "rows": rows}
            JSON.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{tables(result)}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
