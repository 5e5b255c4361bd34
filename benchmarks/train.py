"""An epoch of training against its bare matrix products, and against PyTorch's eager SGD: python benchmarks/train.py

One run on random data of MNIST's shape: 60,000 x 784, net 784-300-100-10, batches of 128. The bare matrix products
are the eight of a step, on warm arrays of the same shapes, nothing else. The best of several epochs counts for each,
taken in turns, so that a busy moment of the machine hits all alike. On a CPU where OPENBLAS_CORETYPE is set, run it
once more with that variable unset (`env -u OPENBLAS_CORETYPE ...`): NumPy then has its fastest kernels.
"""

import time

import numpy as np

from nnprune import MLP, train

SIZES, N, BATCH, ROUNDS = (784, 300, 100, 10), 60_000, 128, 6


def bare_products():
    """The matrix products of one epoch and nothing else."""
    W = [np.ones((o, i), np.float32) for i, o in zip(SIZES, SIZES[1:])]
    dW = [np.empty_like(w) for w in W]
    a = [np.ones((BATCH, s), np.float32) for s in SIZES]
    begin = time.perf_counter()
    for _ in range(-(-N // BATCH)):
        for l in range(len(W)):
            a[l] @ W[l].T  # forward
            np.matmul(a[l + 1].T, a[l], out=dW[l])  # gradient of the weights
            if l:
                a[l + 1] @ W[l]  # gradient of the layer's input
    return time.perf_counter() - begin


def ours(x, y):
    """Seconds of one epoch of ``nnprune.train``."""
    return train(MLP(SIZES, rng=0), x, y, epochs=1, batch_size=BATCH)[0].seconds


def pytorchs(x, y):
    """Seconds of one epoch of the plain PyTorch loop, on as many threads as there are cores."""
    import torch
    layers = [torch.nn.Linear(i, o) for i, o in zip(SIZES, SIZES[1:])]
    net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    begin, order = time.perf_counter(), torch.randperm(N)
    for start in range(0, N, BATCH):
        rows = order[start:start + BATCH]
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
    return time.perf_counter() - begin


def main():
    """Measure in turns and print the ratios."""
    rng = np.random.default_rng(0)
    x, y = rng.random((N, 784), dtype=np.float32), rng.integers(10, size=N)
    runs = {"bare matrix products": bare_products, "nnprune.train": lambda: ours(x, y)}
    try:
        import torch
        runs[f"PyTorch {torch.__version__} eager SGD"] = lambda: pytorchs(x, y)
    except ImportError:
        print("PyTorch is not installed: no comparison with it")
    best = {name: min(run() for _ in range(1)) for name, run in runs.items()}
    for _ in range(ROUNDS - 1):
        for name, run in runs.items():
            best[name] = min(best[name], run())
    floor = best["bare matrix products"]
    for name, seconds in best.items():
        print(f"{name:32s} {seconds:6.3f} s an epoch, {seconds / floor:5.2f} x the bare matrix products")


if __name__ == "__main__":
    main()
