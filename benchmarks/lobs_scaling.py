"""How exact L-OBS grows with units and inputs: python benchmarks/lobs_scaling.py [--out docs/lobs_scaling.png]

Random layers, every weight traced to the last. Time must grow linearly with the units and, once the inputs are many,
with their cube; memory with their square. Each size runs in a process of its own, so that peak memory is its own.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

INPUTS, UNITS = (98, 196, 392, 784, 1568, 3136), (5, 10, 20, 40, 80)

CHILD = """
import json, resource, sys, time
import numpy as np
from nnprune.pruning.lobs_exact import trace_layer
d, units = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(0)
X = rng.normal(size=(2 * d, d))
H, C = X.T @ X / len(X), rng.normal(size=(units, d))
every, warm = np.ones(C.shape, bool), np.ones((2, 70), bool)
trace_layer(np.eye(70), np.ones((2, 70)), warm, warm, warm[0])  # wakes up the BLAS threads
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begin = time.perf_counter()
trace_layer(H, C, every, every, every[0])
seconds = time.perf_counter() - begin
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"inputs": d, "units": units, "seconds": seconds, "megabytes": (peak - before) / 1024}))
"""


def measure(d, units):
    """One size, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", CHILD, str(d), str(units)], capture_output=True, text=True, check=True)
    row = json.loads(done.stdout)
    print(f"{d:5d} inputs, {units:3d} units: {row['seconds']:8.3f} s, {row['seconds'] / units * 1e3:9.2f} ms a unit, "
          f"{row['megabytes']:6.0f} MB more", flush=True)
    return row


def draw(path, by_inputs, by_units):
    """Three panels: time a unit over inputs, memory over inputs, time over units; with guide lines."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    panels = figure.subplots(1, 3)
    d = [row["inputs"] for row in by_inputs]
    for axes, values, power, label in (
            (panels[0], [row["seconds"] / row["units"] for row in by_inputs], 3, "seconds a unit"),
            (panels[1], [row["megabytes"] for row in by_inputs], 2, "memory (MB)")):
        axes.loglog(d, values, "o-", label="measured")
        axes.loglog(d, [values[-1] * (x / d[-1]) ** power for x in d], "--", color="grey", label=f"inputs^{power}")
        axes.set(xlabel="inputs", ylabel=label)
        axes.legend()
    units = [row["units"] for row in by_units]
    panels[2].plot(units, [row["seconds"] for row in by_units], "o-", label="measured, 784 inputs")
    panels[2].plot(units, [by_units[-1]["seconds"] * u / units[-1] for u in units], "--", color="grey", label="units")
    panels[2].set(xlabel="units", ylabel="seconds", xlim=(0, None), ylim=(0, None))
    panels[2].legend()
    figure.savefig(path, dpi=110)


def main():
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="docs/lobs_scaling.png")
    out = Path(parser.parse_args().out)
    by_inputs = [measure(d, 10) for d in INPUTS]
    by_units = [measure(784, units) for units in UNITS]
    draw(out, by_inputs, by_units)
    print(f"written to {out}")


if __name__ == "__main__":
    main()
