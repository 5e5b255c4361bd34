"""The memory, estimated against measured: each case in a fresh process, on one thread."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from nnprune import load_mnist, make_digits

TITLE = "Memory, estimated before the run"
ABOUT = """Each method runs once in a process of its own, on one BLAS thread, on real MNIST where it is found (else on
synthetic digits). Estimated: by `nnprune.pruning.memory`. Measured: by how much the most resident memory (VmHWM of
Linux; `getrusage` of a child counts its parent's, too) rose above what the process had with its samples loaded. Of the
two programs it is the memory of the whole process. A ratio is estimated over measured; a fault is a memory off by more
than a factor of 2 (and by more than 32 MiB). A limit on addresses (`ulimit -v`) below what a run may take is refused
before it begins, and memory that runs out on the way is one line, in a worker too (`tests/test_command.py`): OpenBLAS
waits without end for memory that it does not get, and below 300 MB NumPy and SciPy cannot be loaded."""
FACTOR, LITTLE = 2.0, 2**25  # the largest factor allowed; bytes that do not count

# What: (sizes of the net, samples, method, its options).
CASES = {
    "exact L-OBS, 784-300-100-10, 10,000 samples": ((784, 300, 100, 10), 10_000, "lobs", {
        "sparsity": [0.5, 0.8, 0.9, 0.95]}),
    "exact L-OBS, 784-60-30-10, 60,000 samples": ((784, 60, 30, 10), 60_000, "lobs", {"sparsity": [0.9]}),
    "simplified L-OBS, 784-300-100-10, 10,000 samples": ((784, 300, 100, 10), 10_000, "lobs", {
        "sparsity": [0.9], "inverse": "shared", "refresh": 10_000}),
    "OBS, 784-3-10, 2,395 parameters, 5,000 samples": ((784, 3, 10), 5_000, "obs", {"refresh": None, "n_remove": 2000}),
    "OBS, 784-7-10, 5,575 parameters, 500 samples": ((784, 7, 10), 500, "obs", {
        "refresh": None, "n_remove": 500, "hessian": "fisher"}),
    "factored OBS, 784-20-10, 15,910 parameters, 500 samples": ((784, 20, 10), 500, "obs_factored", {
        "hessian": "fisher", "n_remove": 8000}),
    "exact L-OBS, 3136-6-10 (four images side by side), 4,000 samples": ((3136, 6, 10), 4_000, "lobs", {
        "sparsity": [0.9]}),
    "training, 784-300-100-10, 60,000 samples, 2 epochs": ((784, 300, 100, 10), 60_000, "training", {"epochs": 2}),
}

CHILD = """
import json, re, sys
import numpy as np
import nnprune
from nnprune.pruning import memory
def peak():
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
case = json.loads(sys.argv[1])
n, kind, options = case["n"], case["kind"], case["options"]
x, y = np.load(case["x"]), np.load(case["y"])
net = nnprune.MLP(case["sizes"], rng=0)
if kind == "training":
    said = memory.training_memory(net, n)
    work = lambda: nnprune.train(net, x, y, **options)
elif kind == "lobs":
    said = memory.lobs_memory(net, n, n_results=len(options["sparsity"]), inverse=options.get("inverse", "exact"))
    work = lambda: nnprune.prune_lobs(net, x, **options)
elif kind == "obs":
    said = memory.obs_memory(net.parameters().size)
    work = lambda: nnprune.prune_obs(net, x, y, **options)
else:
    said = memory.factored_memory(net.parameters().size, n)  # of the Fisher matrix: one outer product a sample
    work = lambda: nnprune.prune_obs_factored(net, x, y, **options)
had = peak()
work()
print(json.dumps({"said": said, "measured": peak() - had}))
"""


# What: the command line of a program. It runs as it stands, and says itself what it will take.
PROGRAMS = {
    "the demo, --quick": ["nnprune.demo", "--quick", "--dataset", "digits", "--jobs", "1"],
    "the reproduction of XOR, --quick": ["nnprune.reproduce", "xor", "--quick", "--jobs", "1"],
}
PROGRAM = """
import contextlib, io, json, re, resource, sys
from nnprune import demo
from nnprune.reproduce import __main__ as reproduce
with contextlib.redirect_stdout(io.StringIO()) as out:
    code = {"nnprune.demo": demo, "nnprune.reproduce": reproduce}[sys.argv[1]].main(sys.argv[2:])
said = 2**30 * float(re.search(r"memory: at most about (\\S+) GiB", out.getvalue())[1])
peak = 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
peak += 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the largest child: the one worker
print(json.dumps({"said": said, "measured": peak}))
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
    said, measured = found["said"], found["measured"]
    far = abs(said - measured) > LITTLE and not measured / FACTOR <= said <= measured * FACTOR
    note = f"{said / 2**20:.0f} MiB estimated, {measured / 2**20:.0f} MiB measured, ratio {said / measured:.2f}"
    say(f"{what}: {note}")
    return what, 1, int(far), note
