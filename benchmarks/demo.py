"""How long the demo takes on MNIST, beside another version, and what workers and a Dask cluster of two make of it.

    python benchmarks/demo.py --baseline ../0.1.0/.venv/bin/python          whole: minutes
    python benchmarks/demo.py --baseline ../0.1.0/.venv/bin/python --quick --runs 3

The two versions are run in turns, each in a process of its own; of several runs the longest counts. (`run.py` leaves it
out: it needs another version, and minutes.)
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure

ROOT = Path(__file__).parents[1]


def seconds(python, options, path=None):
    """(seconds to the first line, to the end) of a demo."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(path or "")}
    with tempfile.TemporaryDirectory() as out:
        begin = time.perf_counter()
        command = [python, "-m", "nnprune.demo", "--dataset", "mnist", "--out", f"{out}/run", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
                                   cwd=out)
        process.stdout.readline()
        first = time.perf_counter() - begin
        process.communicate()
        assert process.returncode == 0, process.args
        return first, time.perf_counter() - begin


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--baseline", required=True, metavar="PYTHON", help="an interpreter that has the other version")
    p.add_argument("--quick", action="store_true", help="the demo with --quick")
    p.add_argument("--runs", type=int, default=1)
    p.add_argument("--dask", action="store_true", help="two Dask workers beside --jobs 2 and --jobs 1")
    arguments = p.parse_args()
    options, what = (["--quick"], "demo --quick") if arguments.quick else ([], "demo")
    runs = [(seconds(sys.executable, options, ROOT), seconds(arguments.baseline, options))
            for _ in range(arguments.runs)]
    ours, theirs = (tuple(map(max, zip(*of))) for of in zip(*runs))
    measure.row(what, ours[1], "the other version's", theirs[1], 0.4 if not arguments.quick else 8 / 13)
    measure.row(f"{what}, first line", ours[0], "a second", 1, 1)
    if arguments.dask:
        import distributed
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            address = "dask://" + cluster.scheduler_address.partition("://")[2]
            one, two, dask = (seconds(sys.executable, [*options, *more], ROOT)[1]
                              for more in (["--jobs", "1"], ["--jobs", "2"], ["--executor", address]))
        measure.row(f"{what}, two workers", two, "one worker's", one)
        measure.row(f"{what}, two Dask workers", dask, "one worker's", one)


if __name__ == "__main__":
    main()
