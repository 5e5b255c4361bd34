"""The same command gives the same figures: in two runs bit for bit, and across thread counts where that can be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

import nnprune

TITLE = "The same figures every time"
ABOUT = """Each method runs in processes of its own on the same trained net (784-100-30-10, synthetic digits), twice
with one BLAS thread, once with two, and once with another kernel of OpenBLAS (`OPENBLAS_CORETYPE`, another order of
the sums). Two runs of one kind must agree bit for bit. Across threads and kernels sums are rounded differently, so
the order of removals may differ, but only between removals whose costs differ by no more than that rounding: where
the orders differ, the two costs there must agree to one part in a million, or to what float32 leaves of the largest
cost (6e-8 of it: SNIP takes its gradients in float32, and small ones are differences of large sums)."""
NEAR, ROUNDING = 1e-6, 6e-8
# One process: prune the net of the file by one method; print the order, the costs and the SHA-256 of the weights.
CHILD = """
import json, sys
import numpy as np, nnprune
from nnprune.reproduce.provenance import weights_sha256
method, data = sys.argv[1], np.load(sys.argv[2])
net = nnprune.MLP.load(sys.argv[3])
x, y = data["x"], data["y"]
run = {
    "magnitude": lambda: nnprune.prune_magnitude(net, sparsity=0.9),
    "OBD": lambda: nnprune.prune_obd(net, x, y, sparsity=0.9),
    "L-OBS, exact": lambda: nnprune.prune_lobs(net, x, sparsity=0.9),
    "L-OBS, simplified": lambda: nnprune.prune_lobs(net, x, sparsity=0.9, inverse="shared", refresh=500),
    "SNIP": lambda: nnprune.prune_snip(net, x, y, sparsity=0.9),
    "two-stage": lambda: nnprune.prune_obs(nnprune.prune_lobs(net, x[:500], sparsity=0.98).net, x[:500], y[:500],
                                           sparsity=0.99, refresh=50, damping=0.1),
}
def train():
    new = nnprune.MLP((784, 100, 30, 10), rng=0)
    nnprune.train(new, x, y, epochs=2, rng=0)
    return new
r = train() if method == "training" else run[method]()
new = getattr(r, "net", r)
print(json.dumps({"sha256": weights_sha256(new), "order": getattr(r, "removed", np.empty((0, 3), int)).tolist(),
                  "costs": np.asarray(getattr(r, "costs", [])).tolist()}))
"""
METHODS = ["training", "magnitude", "OBD", "L-OBS, exact", "L-OBS, simplified", "SNIP", "two-stage"]
KINDS = {"one thread": {"OPENBLAS_NUM_THREADS": "1"}, "one thread again": {"OPENBLAS_NUM_THREADS": "1"},
         "two threads": {"OPENBLAS_NUM_THREADS": "2"},
         "another kernel": {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Nehalem"}}


def measure(method, env, data, net):
    """What the child prints, as a dict."""
    done = subprocess.run([sys.executable, "-c", CHILD, method, str(data), str(net)], capture_output=True, text=True,
                          env={**os.environ, **env}, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def parting(one, other):
    """Where two orders of removal part, and the gap of the costs there: None if they never do.

    The gap is relative to the costs, and to the largest of all: (position, gap, gap by the largest).
    """
    for k, (a, b) in enumerate(zip(one["order"], other["order"])):
        if a != b:
            c, d = one["costs"][k], other["costs"][k]
            return k, abs(c - d) / max(abs(c), abs(d), 1e-300), abs(c - d) / max(one["costs"])
    return None


def run(say):
    """Every method in every kind of process: rows for the page."""
    data = nnprune.make_digits(3000, 100)
    net = nnprune.MLP((784, 100, 30, 10), rng=0)
    nnprune.train(net, data.x_train, data.y_train, epochs=3)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        x, dense = Path(folder) / "x.npz", Path(folder) / "net.npz"
        np.savez(x, x=data.x_train, y=data.y_train)
        net.save(dense)
        for method in METHODS:
            found = {kind: measure(method, env, x, dense) for kind, env in KINDS.items()}
            first = found["one thread"]
            twice = first["sha256"] == found["one thread again"]["sha256"]
            faults, notes = int(not twice), ["two runs: the same bits" if twice else "two runs DIFFER"]
            for kind in ("two threads", "another kernel"):
                part = parting(first, found[kind])
                faults += part is not None and part[1] > NEAR and part[2] > ROUNDING
                same = "the same bits" if found[kind]["sha256"] == first["sha256"] else "other bits"
                if part is not None:
                    order = (f", the orders part at removal {part[0]:,} of {len(first['order']):,}, where the costs "
                             f"differ by {part[1]:.0e} of themselves, {part[2]:.0e} of the largest")
                else:
                    order = ", the same order" if first["order"] else ""
                notes.append(f"{kind}: {same}{order}")
            say(f"{method}: {'; '.join(notes)}")
            rows.append((method, len(found), faults, "; ".join(notes)))
    return rows
