"""Estimated time and memory against the measured: each case in a fresh process, on one thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from nnprune import load_mnist, make_digits

TITLE = "Memory and time, estimated before the run"
ABOUT = """Each method runs once in a process of its own, on one BLAS thread, on real MNIST where it is found (else on
synthetic digits). Estimated: by `nnprune.pruning.memory`. Measured: by how much the most resident
memory (VmHWM of Linux; `getrusage` of a child counts its parent's, too) rose above what the process had with its
samples loaded, and the processor's time in user mode. Of the two programs it is the memory of the whole process. A
ratio is estimated over measured; a fault is a memory off by more than a factor of 2 (and by more than 32 MiB), or a
time off by more than a factor of 3 (and by more than 2 s)."""
MEMORY, TIME = 2.0, 3.0  # the largest factors allowed
LITTLE, MOMENT = 2**25, 2.0  # bytes and seconds that do not count

# What: (sizes of the net, samples, how it is estimated and done). ``net``, ``x``, ``y`` and ``n`` are there.
CASES = {
    "exact L-OBS, 784-300-100-10, 10,000 samples": ((784, 300, 100, 10), 10_000, "lobs", {
        "sparsity": [0.5, 0.8, 0.9, 0.95]}),
    "exact L-OBS, 784-60-30-10, 60,000 samples": ((784, 60, 30, 10), 60_000, "lobs", {"sparsity": 0.9}),
    "simplified L-OBS, 784-300-100-10, 10,000 samples": ((784, 300, 100, 10), 10_000, "lobs", {
        "sparsity": 0.9, "refresh": 10_000}),
    "OBS, 784-3-10, 2,395 parameters, 5,000 samples": ((784, 3, 10), 5_000, "obs", {"refresh": None, "n_remove": 2000}),
    "OBS, 784-7-10, 5,575 parameters, 500 samples": ((784, 7, 10), 500, "obs", {
        "refresh": None, "n_remove": 500, "hessian": "fisher"}),
    "factored OBS, 784-20-10, 15,910 parameters, 500 samples": ((784, 20, 10), 500, "obs_factored", {
        "hessian": "fisher", "n_remove": 8000}),
    "exact L-OBS, 3136-6-10 (four images side by side), 4,000 samples": ((3136, 6, 10), 4_000, "lobs", {
        "sparsity": 0.9}),
    "training, 784-300-100-10, 60,000 samples, 2 epochs": ((784, 300, 100, 10), 60_000, "training", {"epochs": 2}),
}

CHILD = """
import json, re, resource, sys
import numpy as np
import nnprune
from nnprune import estimate, speed
def peak():
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
case = json.loads(sys.argv[1])
n, kind, options = case["n"], case["kind"], case["options"]
x, y = np.load(case["x"]), np.load(case["y"])
net = nnprune.MLP(case["sizes"], rng=0)
if kind == "training":
    said = estimate.estimate_training(net, n, **options)
    work = lambda: nnprune.train(net, x, y, **options)
elif kind == "lobs":
    said = estimate.estimate_lobs(net, n, **options)
    work = lambda: nnprune.prune_lobs(net, x, **options)
elif kind == "obs":
    said = estimate.estimate_obs(net, n, **options)
    work = lambda: nnprune.prune_obs(net, x, y, **options)
else:
    said = estimate.estimate_obs_factored(net, n, **options)
    work = lambda: nnprune.prune_obs_factored(net, x, y, **options)
seconds = said.seconds
begin, had = resource.getrusage(resource.RUSAGE_SELF).ru_utime, peak()
work()
print(json.dumps({"said": [seconds, said.memory], "products": said.products, "passes": said.passes,
                  "speed": speed.speed(),
                  "measured": [resource.getrusage(resource.RUSAGE_SELF).ru_utime - begin, peak() - had]}))
"""


# What: the command line of a program. It runs as it stands, and says itself what it will take.
PROGRAMS = {
    "the demo, --quick": ["nnprune.demo", "--quick", "--dataset", "digits"],
    "the reproduction of XOR, --quick": ["nnprune.reproduce", "xor", "--quick"],
}
PROGRAM = """
import json, re, resource, sys
from nnprune import demo
from nnprune.reproduce import __main__ as reproduce
from nnprune._util.speed import Estimate
said = []
words = Estimate.__str__
def keep(self):
    said[:] = [self.seconds, self.memory]
    return words(self)
Estimate.__str__ = keep
code = {"nnprune.demo": demo, "nnprune.reproduce": reproduce}[sys.argv[1]].main(sys.argv[2:])
peak = 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
print(json.dumps({"said": said, "measured": [resource.getrusage(resource.RUSAGE_SELF).ru_utime, peak]}))
sys.exit(code)
"""


def measure(case, folder, data):
    """What the child prints, as a dict."""
    sizes, n, kind, options = case
    each = sizes[0] // data.x_train.shape[1]  # images side by side, for a wide layer
    x, y = Path(folder) / "x.npy", Path(folder) / "y.npy"
    np.save(x, data.x_train[:n * each].reshape(n, -1))
    np.save(y, data.y_train[:n])
    task = {"sizes": sizes, "n": n, "kind": kind, "options": options, "x": str(x), "y": str(y)}
    return _last_line([CHILD, json.dumps(task)])


def _last_line(arguments):
    """The JSON in the last line that a fresh process prints."""
    done = subprocess.run([sys.executable, "-c", *arguments], capture_output=True, text=True, check=True,
                          env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    return json.loads(done.stdout.splitlines()[-1])


def run(say):
    """All cases; rows (what, tried, faults, note) for ``docs/reliability.md``."""
    try:
        data = load_mnist(download=False)
    except FileNotFoundError:
        say("no MNIST here: synthetic digits")
        data = make_digits(60_000, 10)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for what, case in CASES.items():
            rows.append(_row(what, measure(case, folder, data), say))
        for number, (what, command) in enumerate(PROGRAMS.items()):
            rows.append(_row(what, _last_line([PROGRAM, *command, "--out", f"{folder}/{number}"]), say))
    return rows


def _row(what, found, say):
    """One case as (what, tried, faults, note)."""
    (seconds, memory), (took, had) = found["said"], found["measured"]
    far = _off(seconds, took, TIME, MOMENT), _off(memory, had, MEMORY, LITTLE)
    note = (f"time: {seconds:.1f} s estimated, {took:.1f} s measured, ratio {seconds / took:.2f}; memory: "
            f"{memory / 2**20:.0f} MiB estimated, {had / 2**20:.0f} MiB measured, ratio {memory / had:.2f}")
    say(f"{what}: {note}")
    return what, len(far), sum(far), note


def _off(said, measured, factor, little):
    """Whether the two are apart by more than the factor, and by more than a little."""
    return abs(said - measured) > little and not measured / factor <= said <= measured * factor
