"""L-OBS against its bare matrix products: python benchmarks/lobs.py

The baseline of the exact way is d^3/3 multiply-adds for each unit with d live inputs, as products of d x d matrices;
that of the simplified way the forward passes that its refreshes need. A 784-300-100-10 net as it is before training
(the arithmetic is the same), the first 10,000 images of MNIST; and layers of 2 and 6 random units with 3,072 inputs,
whose difference is what four units cost. An older nnprune runs it too (``run.py --beside``).

With more than one BLAS thread the exact way is measured in so many worker processes of one thread, too, started before
as the demo has them; an older nnprune has its BLAS threads there. ``--wide`` prunes a whole 3,072-256-128-10 net of
random inputs instead (minutes), and says its memory.
"""

import contextlib
import inspect
import resource
import sys
import time

import numpy as np
from measure import row, shortest, threads

import nnprune

try:
    from nnprune.pruning.lobs_exact import trace_layer
except ImportError:  # 0.1.0
    from nnprune.lobs_exact import trace_layer
try:
    from nnprune._util.executor import Workers
except ImportError:  # 0.1.0
    Workers = None

WIDE = 3072


def bare(sizes):
    """Seconds of d^3/3 multiply-adds for each unit of layers with these (units, d)."""
    seconds = 0.0
    for units, d in sizes:
        A, B = np.ones((d, d)), np.full((d, d), 2.0)
        seconds += units / 3 * shortest({"product": lambda A=A, B=B: A @ B}, 2)["product"]
    return seconds


def wide(H, units):
    """Seconds to trace so many random units with 3,072 inputs."""
    C = np.random.default_rng(1).normal(size=(units, WIDE))
    every = np.ones(C.shape, bool)
    begin = time.perf_counter()
    trace_layer(H, C, every, every, every[0])
    return time.perf_counter() - begin


def wide_net():
    """A whole net of 3,072 inputs to 95 %."""
    x = np.random.default_rng(0).normal(size=(2 * WIDE, WIDE))
    net, before = nnprune.MLP((WIDE, 256, 128, 10), rng=0), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    nnprune.prune_lobs(net, x, sparsity=0.95, progress=True)
    seconds, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row("exact L-OBS, 3,072-256-128-10, to 95 %", seconds, "its bare products",
        bare([(256, WIDE + 1), (128, 257), (10, 129)]), goal=3)
    print(f"peak memory above that of the samples: {(after - before) / 1024:.0f} MiB")


def main():
    """Measure and print."""
    x = nnprune.load_mnist().x_train[:10_000]
    net = nnprune.MLP((784, 300, 100, 10), rng=0)
    inputs = net.layer_inputs(x)[0]
    sizes = [(len(W), int(a.any(axis=0).sum()) + 1) for W, a in zip(net.weights, inputs)]
    shared = {"refresh": 2000} | ({"inverse": "shared"} if "inverse" in inspect.signature(nnprune.prune_lobs).parameters
                                  else {})
    works = {"exact": lambda: nnprune.prune_lobs(net, x, sparsity=0.97), "bare": lambda: bare(sizes),
             "simplified": lambda: nnprune.prune_lobs(net, x, sparsity=0.15, **shared),
             "forward": lambda: [net.layer_inputs(x) for _ in range(20)] and None}
    with contextlib.ExitStack() as stack:
        if threads() > 1:
            executor = Workers and stack.enter_context(Workers(threads()))
            works["cores"] = lambda: nnprune.prune_lobs(net, x, sparsity=0.97, executor=executor)
        s = shortest(works, 2)
    if threads() > 1:
        row("exact L-OBS, every core", s["cores"], "its bare products", s["bare"], goal=4)
    row("exact L-OBS, all 266,200 weights, to 97 %", s["exact"], "its bare products", s["bare"], goal=4)
    row("simplified L-OBS, 20 refreshes", s["simplified"], "their forward passes", s["forward"])
    X = np.random.default_rng(0).normal(size=(2 * WIDE, WIDE))
    H = X.T @ X / len(X)
    row("four units of 3,072 inputs", wide(H, 6) - wide(H, 2), "their bare products", bare([(4, WIDE)]), goal=3)


if __name__ == "__main__":  # a worker imports this file
    wide_net() if "--wide" in sys.argv else main()
