"""Training against its bare matrix products and PyTorch's eager SGD, one sample's way through a net against NumPy's.

    OPENBLAS_NUM_THREADS=1 python benchmarks/train.py

Random data of MNIST's shape, 60,000 x 784, a 784-300-100-10 net, batches of 128. The bare products are the eight of a
step, on warm arrays of the same shapes, and nothing else. Epochs in turns, the shortest of each counts: a busy moment
of the machine then hits no one. PyTorch has as many threads as the BLAS.
"""

import time

import numpy as np
from measure import row, shortest, threads

from nnprune import MLP, train

SIZES, N, BATCH = (784, 300, 100, 10), 60_000, 128


def bare_products():
    """Seconds of the matrix products of an epoch and nothing else."""
    W = [np.ones((o, i), np.float32) for i, o in zip(SIZES, SIZES[1:])]
    dW = [np.empty_like(w) for w in W]
    a = [np.ones((BATCH, s), np.float32) for s in SIZES]

    def step():
        for l in range(len(W)):
            a[l] @ W[l].T  # forward
            np.matmul(a[l + 1].T, a[l], out=dW[l])  # gradient of the weights
            if l:
                a[l + 1] @ W[l]  # gradient of the layer's input
    step()
    begin = time.perf_counter()
    for _ in range(-(-N // BATCH)):
        step()
    return time.perf_counter() - begin


def ours(x, y):
    """Seconds of one epoch of ``nnprune.train``."""
    return train(MLP(SIZES, rng=0), x, y, epochs=1, batch_size=BATCH)[0].seconds


def pytorchs(x, y):
    """Seconds of one epoch of the plain PyTorch loop."""
    import torch
    torch.set_num_threads(threads())
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


def one_sample(x):
    """(ours, plain NumPy's) seconds of a forward pass of one sample in float32."""
    net = MLP(SIZES, rng=0)
    W, b = ([a.astype(np.float32) for a in arrays] for arrays in (net.weights, net.biases))

    def plain():
        a = x[:1]
        for l in range(len(W)):
            a = a @ W[l].T + b[l]
            if l < len(W) - 1:
                a = np.maximum(a, 0)
        return a
    np.testing.assert_allclose(net.forward(x[:1]), plain(), rtol=1e-5)
    seconds = shortest({"ours": lambda: net.forward(x[:1]), "plain": plain}, 3000)
    return seconds["ours"], seconds["plain"]


def main():
    """Measure and print the rows."""
    rng = np.random.default_rng(0)
    x, y = rng.random((N, 784), dtype=np.float32), rng.integers(10, size=N)
    works = {"bare": bare_products, "ours": lambda: ours(x, y)}
    try:
        import torch
        works["torch"] = lambda: pytorchs(x, y)
    except ImportError:
        print("PyTorch is not installed: no comparison with it")
    seconds = shortest(works, 8)
    row("an epoch", seconds["ours"], "its bare products", seconds["bare"], 1.25 if threads() == 1 else 1.4)
    if "torch" in works:
        row("an epoch", seconds["ours"], f"PyTorch {torch.__version__}, eager SGD", seconds["torch"], 0.6)
    mine, plain = one_sample(x)
    row("a forward pass of one sample", mine, "plain NumPy's", plain, 1.5)


if __name__ == "__main__":
    main()
