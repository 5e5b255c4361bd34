"""The numbers of docs/peers.md: one layer and one net of MNIST, pruned by other packages and by nnprune.

    python benchmarks/peers.py MNIST_FOLDER OBC_FOLDER SPARSEGPT_FOLDER

The folders are checkouts of IST-DASLab/OBC and IST-DASLab/sparsegpt; torch and torch-pruning must be installed. It
takes some minutes. OBC and SparseGPT are made for a GPU: ``torch.cuda.synchronize`` is replaced by nothing, and the
class of transformers that SparseGPT names by an empty one.
"""

import contextlib
import copy
import importlib
import io
import sys
import types

import numpy as np
import torch
import torch_pruning
from torch import nn
from torch.nn.utils import prune

import nnprune


def foreign(folder, module):
    """A module of a checkout, which brings a ``quant`` of its own."""
    for name in ("quant", "transformers"):
        sys.modules.pop(name, None)
    sys.modules["transformers"] = types.ModuleType("transformers")
    sys.modules["transformers"].Conv1D = type("Conv1D", (), {})
    sys.path.insert(0, folder)
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove(folder)


def one_layer(data, obc, sparsegpt):
    """E, the test accuracy and the kept weights of the first layer of a 784-30-10 net, by every way."""
    x, x_test = data.x_train[:10_000], data.x_test
    net = nnprune.MLP((784, 30, 10), rng=0)
    nnprune.train(net, x, data.y_train[:10_000], epochs=5, rng=0)
    W, X = net.weights[0], x[:3000].astype(np.float64)
    layer = nn.Linear(784, 30, bias=False)
    layer.weight.data = torch.tensor(W, dtype=torch.float32)

    def told(name, V):
        V = V.detach().numpy().astype(float) if isinstance(V, torch.Tensor) else V
        E = ((X @ (V - W).T) ** 2).sum() / (2 * len(X))
        new = nnprune.MLP.from_arrays([V, net.weights[1]], net.biases)
        print(f"{name:40} E {E:8.4f}   {new.accuracy(x_test, data.y_test):.2%}   {np.count_nonzero(V)} kept")

    def by(cls, work, **options):
        own = copy.deepcopy(layer)
        worker = cls(own, **options)
        worker.add_batch(torch.tensor(X, dtype=torch.float32), None)
        with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
            done = work(worker)
        return own.weight if done is None else done[0]

    told("dense", W)
    told("no layer", 0 * W)
    told("torch l1_unstructured", prune.l1_unstructured(copy.deepcopy(layer), "weight", amount=0.9).weight)
    told("SparseGPT", by(sparsegpt, lambda w: w.fasterprune(0.9)))
    told("SparseGPT, percdamp=0.001", by(sparsegpt, lambda w: w.fasterprune(0.9, percdamp=0.001)))
    told("OBC, rel_damp=0.001", by(obc, lambda w: w.prepare_unstr() or w.prune_unstr([0.9]), rel_damp=1e-3))
    told("prune_layer", nnprune.prune_layer(W, X, sparsity=0.9).W)
    groups = np.abs(W.reshape(30, -1, 4))
    largest = groups.argsort(axis=2).argsort(axis=2) >= 2
    told("2:4, magnitude", W * largest.reshape(W.shape))
    told("2:4, SparseGPT", by(sparsegpt, lambda w: w.fasterprune(0, prunen=2, prunem=4)))
    told("2:4, OBC", by(obc, lambda w: w.nmprune(2, 4), rel_damp=1e-3))
    told("2:4, prune_layer", nnprune.prune_layer(W, X, pattern="2:4").W)


def whole_units(data):
    """The test accuracy of 784-300-100-10 made 784-75-40-10."""
    x, y = data.x_train[:10_000], data.y_train[:10_000]
    net = nnprune.MLP((784, 300, 100, 10), rng=0)
    nnprune.train(net, x, y, epochs=5, rng=0)
    print(f"dense {net.accuracy(data.x_test, data.y_test):.2%}")
    for name in ("Random", "Taylor", "Magnitude"):
        module = nnprune.interop.to_torch(net)
        pruner = torch_pruning.pruner.BasePruner(
            module, torch.tensor(x[:1]), importance=getattr(torch_pruning.importance, f"{name}Importance")(),
            pruning_ratio_dict={module[0]: 0.75, module[2]: 0.6}, ignored_layers=[module[4]])
        nn.functional.cross_entropy(module(torch.tensor(x[:1000])), torch.tensor(y[:1000]).long()).backward()
        pruner.step()
        small = nnprune.interop.from_torch(module)
        print(f"{name} (Torch-Pruning) {small.sizes} {small.accuracy(data.x_test, data.y_test):.2%}")
    small = nnprune.prune_units(net, x, sizes=(75, 40)).net
    print(f"prune_units {small.sizes} {small.accuracy(data.x_test, data.y_test):.2%}")


if __name__ == "__main__":
    torch.cuda.synchronize = lambda *_: None
    mnist = nnprune.load_mnist(sys.argv[1])
    torch.manual_seed(0)
    one_layer(mnist, foreign(sys.argv[2], "trueobs").TrueOBS, foreign(sys.argv[3], "sparsegpt").SparseGPT)
    whole_units(mnist)
