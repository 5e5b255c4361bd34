"""A program of a user's that takes every public name of nnprune: it runs, and ``mypy --strict`` has nothing to say.

``test_typing.py`` holds both, and that no public name is missing here.
"""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt

import nnprune
from nnprune import MLP, Dataset, PruneResult
from nnprune.interop import from_sklearn, from_torch, to_sklearn, to_torch
from nnprune.nn import columns
from nnprune.pruning.schedules import lobs, magnitude, retrain

warnings.filterwarnings("ignore", category=nnprune.NNPruneWarning)


def data_sets() -> Dataset:
    """Every data set that needs no file."""
    digits = nnprune.make_digits(200, 50, rng=1)
    sets: list[Dataset] = [digits, nnprune.make_xor(), nnprune.make_monks(1, rng=0)]
    with contextlib.suppress(FileNotFoundError):
        sets.append(nnprune.load_mnist("a folder that is not there", download=False))
    with contextlib.suppress(FileNotFoundError):
        sets.append(nnprune.load_idx_dataset("a folder that is not there", transpose=True, first_label=1))
    shape: tuple[int, ...] = sets[0].x_train.shape
    assert shape == (200, 784) and sets[1].name == "xor"
    return digits


def a_net(data: Dataset) -> MLP:
    """A trained net, looked at from all sides."""
    net = MLP((784, 12, 10), activation="tanh", loss="cross_entropy", biases=True, rng=0)
    history: list[nnprune.Epoch] = nnprune.train(net, data.x_train, data.y_train, epochs=2, batch_size=32,
                                                 learning_rate=0.1, validation=0.1, rng=0)
    loss: float = history[-1].loss
    accuracy: float | None = history[-1].validation_accuracy
    z: npt.NDArray[np.floating] = net.forward(data.x_test)
    classes = net.predict(data.x_test)
    probabilities = net.predict_proba(data.x_test)
    gradient = net.gradient(data.x_test, data.y_test)
    assert accuracy is not None and loss > 0 and z.shape == probabilities.shape == (50, 10) and len(classes) == 50
    assert gradient.shape == net.parameters().shape and net.loss(data.x_test, data.y_test) > 0
    other = net.copy()
    other.set_parameters(net.parameters())
    other.set_masks([np.abs(W) > 0.01 for W in other.weights])
    sizes: tuple[int, ...] = other.sizes
    assert sizes == (784, 12, 10) and other.n_weights > 0 and 0 < other.sparsity < 1
    with tempfile.TemporaryDirectory() as folder:
        other.save(Path(folder) / "net.npz")
        assert MLP.load(Path(folder) / "net.npz").sparsity == other.sparsity
    brought: MLP = MLP.from_arrays([W.T for W in net.weights], net.biases, "tanh", loss="cross_entropy",
                                   layout="in_out")
    assert MLP((2, 1), activation="logistic", loss="mse").activation == "sigmoid"
    return brought


def pruned(net: MLP, data: Dataset) -> PruneResult:
    """Every pruner, for one sparsity and for several."""
    x, y = data.x_train, data.y_train
    one: PruneResult = nnprune.prune_magnitude(net, sparsity=0.5, scope="layer")
    many: list[PruneResult] = nnprune.prune_magnitude(net, sparsity=[0.5, 0.9])
    assert many[0].net.sparsity == one.net.sparsity
    shares: PruneResult = nnprune.prune_magnitude(net, sparsity={0: 0.9})
    some: PruneResult = nnprune.prune_obd(net, x, y, sparsity=0.9, layers=[0])
    pattern: PruneResult = nnprune.prune_magnitude(net, pattern="2:4", layers=[0])
    assert shares.net.masks[1].all() and some.net.masks[1].all() and pattern.net.masks[0].mean() == 0.5
    small = nnprune.MLP((4, 6, 3), rng=0)
    xs, ys = np.random.default_rng(0).normal(size=(30, 4)), np.arange(30) % 3
    results: list[PruneResult] = [
        nnprune.prune_random(net, sparsity=0.5, rng=0),
        nnprune.prune_snip(net, x, y, n_remove=10),
        nnprune.prune_obd(net, x, y, sparsity=0.5, hessian="backpass"),
        nnprune.prune_by_scores(net, [np.abs(C) for C in map(columns, [net] * 2, range(2))], sparsity=0.5),
        nnprune.prune_lobs(small, xs, sparsity=0.5, inverse="exact"),
        nnprune.prune_lobs(small, xs, sparsity=0.5, inverse="survivors", refresh=5, scope="layer"),
        nnprune.prune_wanda(small, xs, sparsity=0.5, scope="layer"),
        nnprune.prune_sparsegpt(small, xs, sparsity=[0.2, 0.5], block_size=4)[1],
        nnprune.prune_iteratively(small, xs, ys, lambda n, s: nnprune.prune_magnitude(n, sparsity=s), sparsity=0.5,
                                  every=10),
    ]
    hessian: nnprune.LayerHessian = nnprune.LayerHessian(4).add(xs[:20]) + nnprune.LayerHessian(4).add(xs[20:])
    H: npt.NDArray[np.float64] = hessian.matrix
    of_layer: nnprune.LayerResult = nnprune.prune_layer(small.weights[0], xs, bias=small.biases[0], sparsity=0.5)
    of_layers: list[nnprune.LayerResult] = nnprune.prune_layer(small.weights[0], bias=[0.0] * 6, hessian=hessian,
                                                               sparsity=[0.2, 0.5], scope="unit", inverse="shared")
    grouped: nnprune.LayerResult = nnprune.prune_layer([[1, 2, 3, 4]], hessian=np.eye(4), pattern="2:4")
    assert of_layer.order.shape == (12, 2) and of_layers[1].mask.sum() == 12 and grouped.costs.size == 2
    patches = nnprune.unfold(np.ones((2, 1, 4, 4)), (2, 3), stride=2, padding=(0, 1))
    assert H.shape == (5, 5) and hessian.n == 30 and patches.shape == (8, 6)
    full: nnprune.OBSResult = nnprune.prune_obs(small, xs, ys, sparsity=0.3, refresh="auto", progress=False)
    told: list[nnprune.OBSResult] = nnprune.prune_obs(small, xs, ys, sparsity=[0.1, 0.2], refresh=1,
                                                      progress=lambda done, total: None)
    assert [r.stopped for r in told] == ["count", "count"]
    factored: nnprune.OBSResult = nnprune.prune_obs_factored(small, xs, ys, n_remove=5)
    steps: list[nnprune.GaussNewtonStep] = nnprune.train_gauss_newton(small.copy(), xs, ys, steps=2)
    rises: list[float] = [full.predicted_rise, full.measured_rise, factored.condition]
    removed: npt.NDArray[np.integer] = results[0].removed
    costs: npt.NDArray[np.floating] = results[0].costs
    layer: nnprune.LayerReport = nnprune.prune_lobs(small, xs, sparsity=0.5).layers[0]
    assert len(steps) <= 3 and len(rises) == 3 and removed.shape == (len(costs), 3) and layer.rank == 5
    staged = nnprune.run_stages(small, xs, ys, [magnitude(to=0.2), retrain(epochs=1), lobs(to=0.5)])
    assert staged.epochs == 1 and staged.net.sparsity == 0.5
    units: nnprune.UnitResult = nnprune.prune_units(small, xs, sizes=(4,))
    share: nnprune.UnitResult = nnprune.prune_units(small, xs, multiply_adds=0.3, prune_inputs=True, damping=1e-2)
    assert units.net.sizes == (4, 4, 3) and units.expand(units.net).sizes == (4, 6, 3) and len(share.inputs) <= 4
    ticket: MLP = nnprune.rewind(one.net, net)
    assert ticket.sparsity == one.net.sparsity
    return one


def looked_at(net: MLP, data: Dataset, result: PruneResult) -> None:
    """Certificates, resources, smaller nets, comparisons, files."""
    x = data.x_train
    by_layers = nnprune.prune_lobs(net, x, sparsity=0.5)
    certificate: nnprune.Certificate = nnprune.certify(net, by_layers, x)
    with tempfile.TemporaryDirectory() as folder:
        certificate.save(Path(folder) / "certificate.npz", net, by_layers.net)
        again: nnprune.Certificate = nnprune.check_certificate(Path(folder) / "certificate.npz", x)
        result.save(Path(folder) / "result.npz")
        loaded: PruneResult = PruneResult.load(Path(folder) / "result.npz")
    assert again.bound >= again.output_error and np.array_equal(loaded.removed, result.removed)
    report: nnprune.ResourceReport = nnprune.resource_report(result.net, timing=False)
    smaller: nnprune.Compact = nnprune.compact(result.net)
    trained: MLP = nnprune.train_compact(result.net, x, data.y_train, epochs=1)
    assert report.bytes["dense"] > 0 and nnprune.drop_dead(trained).n_weights >= smaller.net.n_weights

    def smallest(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, sparsity: float) -> PruneResult:
        """A method of one's own."""
        return nnprune.prune_magnitude(net, sparsity=sparsity)

    comparison: nnprune.Comparison = nnprune.compare(net, data, methods=["magnitude", smallest],
                                                     sparsities=[0.5, 0.9], calibration=100)
    assert "magnitude" in str(comparison)


def in_and_out(net: MLP) -> None:
    """Nets of other libraries, where these are installed."""
    with contextlib.suppress(ImportError):
        module = to_torch(net, masks=True)
        there: MLP = from_torch(module, loss="cross_entropy")
        assert there.sizes == net.sizes
    with contextlib.suppress(ImportError):
        back: MLP = from_sklearn(to_sklearn(net, classes=range(10), dtype=np.float32))
        assert back.sizes == net.sizes


if __name__ == "__main__":
    digits = data_sets()
    dense = a_net(digits)
    looked_at(dense, digits, pruned(dense, digits))
    in_and_out(dense)
    print("all public names were used")
