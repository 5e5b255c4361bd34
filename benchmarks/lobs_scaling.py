"""How exact L-OBS grows with inputs, units, samples and jobs: python benchmarks/lobs_scaling.py [--out FILE]

Random layers, every weight traced to the last by ``prune_layer``. Time must grow linearly with the units and, once the
inputs are many, with their cube; memory with their square; the Hessian's time linearly with the samples. Jobs are
worker processes of one BLAS thread. Each size runs in a process of its own, so that peak memory is its own.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

INPUTS, UNITS, SAMPLES = (98, 196, 392, 784, 1568, 3136), (5, 10, 20, 40, 80), (2_000, 5_000, 10_000, 20_000, 60_000)

CHILD = """
import json, resource, sys, time
import numpy as np
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from nnprune import prune_layer

if __name__ == "__main__":
    d, units, n, jobs = map(int, sys.argv[1:])
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d)).astype(np.float32 if n > 2 * d else np.float64)
    W = rng.normal(size=(units, d))
    prune_layer(np.ones((2, 70)) + np.eye(2, 70), np.eye(70), n_remove=1)  # wakes up the BLAS threads
    executor = ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) if jobs else None
    if jobs:
        list(executor.map(np.sum, [[1.0]] * 4 * jobs))  # the workers are there
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    prune_layer(W, X, n_remove=1, executor=executor)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"inputs": d, "units": units, "samples": n, "jobs": jobs, "seconds": seconds,
                      "megabytes": (peak - before) / 1024}))
"""


def measure(d, units, n=None, jobs=0):
    """One size, in a process of its own."""
    command = [sys.executable, "-c", CHILD, *map(str, (d, units, n or 2 * d, jobs))]
    done = subprocess.run(command, capture_output=True, text=True, check=True,
                          env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    row = json.loads(done.stdout)
    print(f"{d:5d} inputs, {units:3d} units, {row['samples']:6d} samples, {jobs} workers: {row['seconds']:8.3f} s, "
          f"{row['seconds'] / units * 1e3:9.2f} ms a unit, {row['megabytes']:6.0f} MB more", flush=True)
    return row


def draw(path, by_inputs, by_units, by_samples, by_jobs):
    """Five panels: time a unit and memory over inputs, time over units, samples and jobs; with guide lines."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    *panels, empty = figure.subplots(2, 3).ravel()
    empty.remove()
    d = [row["inputs"] for row in by_inputs]
    for axes, values, power, label in (
            (panels[0], [row["seconds"] / row["units"] for row in by_inputs], 3, "seconds a unit"),
            (panels[1], [row["megabytes"] for row in by_inputs], 2, "memory (MB)")):
        axes.loglog(d, values, "o-", label="measured")
        axes.loglog(d, [values[-1] * (x / d[-1]) ** power for x in d], "--", color="grey", label=f"inputs^{power}")
        axes.set(xlabel="inputs", ylabel=label)
        axes.legend()
    for axes, rows, key, guide in ((panels[2], by_units, "units", "units"), (panels[3], by_samples, "samples", None),
                                   (panels[4], by_jobs, "jobs", "1 / jobs")):
        at, seconds = [row[key] for row in rows], [row["seconds"] for row in rows]
        axes.plot(at, seconds, "o-", label="measured, 784 inputs")
        if guide:
            ideal = [seconds[-1] * a / at[-1] if key == "units" else seconds[0] * at[0] / a for a in at]
            axes.plot(at, ideal, "--", color="grey", label=guide)
        axes.set(xlabel=key, ylabel="seconds", xlim=(0, None), ylim=(0, None))
        axes.legend()
    figure.savefig(path, dpi=110)


def main():
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="docs/lobs_scaling.png")
    out = Path(parser.parse_args().out)
    by_inputs = [measure(d, 10) for d in INPUTS]
    by_units = [measure(784, units) for units in UNITS]
    by_samples = [measure(784, 10, n) for n in SAMPLES]
    by_jobs = [measure(784, 80, jobs=jobs) for jobs in range(1, os.cpu_count() + 1)]
    draw(out, by_inputs, by_units, by_samples, by_jobs)
    print(f"written to {out}")


if __name__ == "__main__":
    main()
