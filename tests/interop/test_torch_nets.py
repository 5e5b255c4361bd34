"""Nets of PyTorch, in and out; its own outputs judge."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from problems import nets, samples

import nnprune
from nnprune import MLP
from nnprune.interop import from_torch, to_torch

torch = pytest.importorskip("torch", reason='torch is not installed: pip install "nnprune[interop]"')
from torch import nn  # noqa: E402
from torch.nn.utils import prune  # noqa: E402

torch.set_num_threads(1)
X = np.random.default_rng(0).normal(size=(40, 5))
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "identity": nn.Identity}


def outputs(module, x):
    """What a module says in eval mode, in NumPy."""
    training = module.training
    with torch.no_grad():
        z = module.eval()(torch.tensor(x)).numpy()
    module.train(training)
    return z


def sequential(activation=nn.ReLU, n_out=3, dtype=torch.float64, bias=True, head=()):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7, bias=bias), activation(), nn.Linear(7, 4), activation(), nn.Linear(4, n_out),
                         *head).to(dtype)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [True, False])
def test_a_sequential_comes_in_and_goes_out(activation, bias):
    module = sequential(ACTIVATIONS[activation], bias=bias)
    net = from_torch(module)
    assert (net.activation, net.loss_name, net.sizes) == (activation, "cross_entropy", (5, 7, 4, 3))
    assert (net.biases[0] is None) == (not bias)
    np.testing.assert_allclose(net.forward(X), outputs(module, X), rtol=1e-12, atol=1e-12)
    back = to_torch(net, dtype=torch.float64)
    np.testing.assert_array_equal(outputs(back, X), outputs(module, X))


@given(nets())
def test_any_net_goes_out_and_comes_back(net):
    x, _ = samples(net)
    net = nnprune.prune_magnitude(net, sparsity=0.4, prune_biases=True).net
    module = to_torch(net, dtype=torch.float64, masks=True)
    np.testing.assert_allclose(outputs(module, x), net.forward(x), rtol=1e-9, atol=1e-9)
    back = from_torch(module, loss=net.loss_name)
    assert back.activation == net.activation or len(net.weights) == 1
    for name in ("weights", "masks", "biases", "bias_masks"):
        for a, b in zip(getattr(back, name), getattr(net, name), strict=True):
            assert (a is b is None) or np.array_equal(a, b)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_dtype_comes_back_bit_for_bit_where_it_is_named(dtype):
    module = sequential(dtype=dtype)
    net = from_torch(module)
    assert {W.dtype for W in net.weights} == {np.dtype(np.float64)}
    back = to_torch(net, dtype=module[0].weight.dtype)
    for (name, a), (same_name, b) in zip(module.state_dict().items(), back.state_dict().items(), strict=True):
        assert name == same_name
        assert a.dtype == b.dtype == dtype
        assert torch.equal(a, b)
    assert to_torch(net)[0].weight.dtype == torch.get_default_dtype() == torch.float32


def test_no_ops_are_left_out_nested_or_not():
    plain = sequential()
    module = nn.Sequential(nn.Flatten(), nn.Sequential(plain[0], nn.Dropout(0.5), plain[1]), nn.Identity(),
                           nn.Sequential(plain[2:4], nn.AlphaDropout()), plain[4], nn.Flatten())
    net = from_torch(module)
    assert module.training
    np.testing.assert_array_equal(net.parameters(), from_torch(plain).parameters())
    np.testing.assert_allclose(net.forward(X), outputs(module, X.reshape(-1, 5, 1)), rtol=1e-12)


@pytest.mark.parametrize(("n_out", "head", "loss"), [
    (3, nn.LogSoftmax(dim=1), "cross_entropy"), (3, nn.Softmax(dim=-1), "cross_entropy"),
    (1, nn.Sigmoid(), "binary_cross_entropy")])
def test_a_softmax_or_sigmoid_at_the_end_belongs_to_the_loss(n_out, head, loss):
    module = sequential(n_out=n_out, head=[head])
    net = from_torch(module)
    assert net.loss_name == loss
    p = net.predict_proba(X) if n_out > 1 else net.predict_proba(X)[:, 1:]
    z = outputs(module, X)
    np.testing.assert_allclose(p, np.exp(z) if isinstance(head, nn.LogSoftmax) else z, rtol=1e-12)


def test_masks_of_torch_are_masks_and_the_weight_is_the_one_that_the_next_pass_takes():
    module = sequential()
    prune.l1_unstructured(module[0], "weight", amount=0.4)
    prune.random_unstructured(module[2], "bias", amount=2)
    with torch.no_grad():
        module[0].weight_orig.mul_(2)  # as a step of training does: module[0].weight is now out of date
    net = from_torch(module)
    np.testing.assert_array_equal(net.masks[0], module[0].weight_mask.numpy() == 1)
    np.testing.assert_array_equal(net.bias_masks[1], module[2].bias_mask.numpy() == 1)
    assert net.sparsity == pytest.approx(14 / net.n_weights)
    assert not net.bias_masks[1].all()
    np.testing.assert_allclose(net.forward(X), outputs(module, X), rtol=1e-12)
    for m, name in ((module[0], "weight"), (module[2], "bias")):
        prune.remove(m, name)
    assert from_torch(module).sparsity == 0  # torch has forgotten the masks
    np.testing.assert_array_equal(from_torch(module).parameters(), net.parameters())


def test_pruned_weights_stay_0_in_torch_with_masks_and_move_without():
    net = nnprune.prune_lobs(from_torch(sequential()), X, sparsity=0.5).net
    zeros = {}
    for masks in (True, False):
        module = to_torch(net, dtype=torch.float64, masks=masks)
        np.testing.assert_allclose(outputs(module, X), net.forward(X), rtol=1e-12)
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(module(torch.tensor(X)), torch.arange(40) % 3).backward()
            optimizer.step()
        zeros[masks] = [int((W == 0).sum()) for W in from_torch(module).weights]
        assert (from_torch(module).sparsity == net.sparsity) == masks
    assert zeros[True] == [int((~M).sum()) for M in net.masks]
    assert sum(zeros[False]) < sum(zeros[True]) / 2


def test_parametrized_weights_come_in_as_they_are_computed():
    module = sequential()
    nn.utils.parametrizations.weight_norm(module[0])
    np.testing.assert_allclose(from_torch(module).forward(X), outputs(module, X), rtol=1e-12)


def test_a_single_linear_is_a_net_of_one_layer():
    module = nn.Linear(5, 2).double()
    np.testing.assert_allclose(from_torch(module).forward(X), outputs(module, X), rtol=1e-12)


def test_the_random_numbers_of_torch_and_the_two_nets_stay_as_they_are():
    module = sequential()
    state, before = torch.get_rng_state(), [p.clone() for p in module.parameters()]
    net = from_torch(module)
    net.weights[0][:] = 1
    other = to_torch(net, dtype=torch.float64)
    with torch.no_grad():
        other[0].weight.fill_(2)
    assert (net.weights[0] == 1).all()
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(module.parameters(), before))


def test_it_works_in_a_process_that_has_imported_torch_alone():
    """``import torch`` leaves torch.nn.utils.prune out."""
    code = ("import torch, nnprune; m = torch.nn.Linear(2, 3); "
            "print(nnprune.interop.to_torch(nnprune.interop.from_torch(m), masks=True)[0])")
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False,
                          cwd=Path(nnprune.__file__).parents[1])
    assert done.stdout == "Linear(in_features=2, out_features=3, bias=True)\n", done.stderr


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(5, 2)

    def forward(self, x):
        return self.fc1(x)


class OwnLinear(nn.Linear):
    def forward(self, x):
        return 2 * super().forward(x)


def hooked():
    module = sequential()
    module[2].register_forward_hook(lambda m, x, z: 2 * z)
    return module


L, S = nn.Linear, nn.Sequential
REFUSED = [
    (lambda: S(nn.Conv2d(1, 2, 3), L(2, 2)),
     r"module\[0\] is a Conv2d, .*prune_layer on the rows of nnprune\.unfold"),
    (lambda: S(L(5, 4), nn.BatchNorm1d(4), L(4, 2)), r"module\[1\] is a BatchNorm1d, .*fuse_linear_bn_eval"),
    (lambda: S(L(5, 4), nn.GELU(), L(4, 2)), r"module\[1\] is a GELU, .*one at a time, by nnprune\.prune_layer"),
    (lambda: S(L(5, 4), S(nn.LeakyReLU(), L(4, 2))), r"module\[1\]\[0\] is a LeakyReLU"),
    (Own, r"module is a Own, whose forward may do anything: make a Sequential .*m\.fc1, torch\.nn\.ReLU\(\), m\.fc2\)"),
    (lambda: S(OwnLinear(5, 2)), r"module\[0\] is a OwnLinear, which an MLP does not have"),
    (lambda: S(L(5, 4), nn.ReLU(), L(4, 4), nn.Tanh(), L(4, 2)),
     r"one activation for all hidden layers, but the module has relu \(module\[1\]\) and tanh \(module\[3\]\)"),
    (lambda: S(L(5, 4), nn.ReLU(), L(4, 4), L(4, 2)), r"relu \(module\[1\]\) and identity \(nothing between"),
    (lambda: S(L(5, 4), nn.ReLU(), nn.ReLU(), L(4, 2)), r"module\[2\] is a second ReLU in a row"),
    (lambda: S(nn.ReLU(), L(5, 2)), r"module\[0\] is a ReLU, but nothing may stand before the first Linear"),
    (lambda: S(L(5, 4), nn.Softmax(dim=1), L(4, 2)), r"module\[1\] is a Softmax between two Linear"),
    (lambda: S(L(5, 2), nn.ReLU()), r"module\[1\] is a ReLU after the last Linear, but the output .* linear"),
    (lambda: S(L(5, 2), nn.Sigmoid()), r"module\[1\] is a Sigmoid after the last Linear"),
    (lambda: S(L(5, 2), nn.Softmax(dim=0)), r"module\[1\] is a Softmax along axis 0"),
    (lambda: S(nn.Flatten(0), L(5, 2)), r"module\[0\] flattens axes 0 to -1"),
    (lambda: S(nn.LazyLinear(4), nn.ReLU(), L(4, 2)), r"module\[0\] has no numbers yet: load them, or run"),
    (lambda: S(L(5, 2, device="meta")), r"module\[0\] has no numbers yet"),
    (lambda: S(nn.ReLU()), "nothing may stand before the first Linear"),
    (nn.Sequential, "module has no Linear layer"),
    (hooked, r"module\[2\] has a hook, .*remove it first"),
    (lambda: S(L(5, 1)), "the module has one output: say loss='binary_cross_entropy' .* loss='mse'"),
    (lambda: sequential().state_dict(), r"it is a OrderedDict; build its module, then module\.load_state_dict\(d\)"),
    (lambda: nnprune, "it is a module$"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_an_mlp_is_not_is_named_with_the_remedy(make, message):
    with pytest.raises(ValueError, match=message):
        from_torch(make())


def test_the_remedy_for_batch_norm_does_it():
    linear, norm = nn.Linear(5, 4).double(), nn.BatchNorm1d(4).double()
    norm(torch.randn(30, 4).double() * 3 + 1)
    module = nn.Sequential(linear, norm, nn.ReLU(), nn.Linear(4, 2).double()).eval()
    folded = nn.Sequential(nn.utils.fusion.fuse_linear_bn_eval(linear, norm), *module[2:])
    np.testing.assert_allclose(from_torch(folded).forward(X), outputs(module, X), rtol=1e-9)


def test_losses_that_do_not_fit():
    module = sequential(head=[nn.LogSoftmax(dim=1)])
    with pytest.raises(ValueError, match="loss='mse' does not fit a module that ends in a LogSoftmax"):
        from_torch(module, loss="mse")
    assert from_torch(sequential(), loss="mse").loss_name == "mse"


def test_weights_beyond_the_dtype_are_refused():
    with pytest.raises(ValueError, match=r"of layer 0 is 1e\+60, beyond torch\.float32: take dtype=torch\.float64"):
        to_torch(MLP.from_arrays([[[1e60]]], loss="mse"))
    with pytest.raises(ValueError, match="net must be an MLP, but it is a Sequential"):
        to_torch(sequential())


@pytest.mark.realdata
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_round_trips_on_all_test_images_of_mnist(mnist, dtype):
    torch.manual_seed(0)
    module = nn.Sequential(nn.Flatten(), nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10)).to(getattr(torch, dtype))
    x, x_test = mnist.x_train[:3000].astype(dtype), mnist.x_test.astype(dtype)
    optimizer, labels = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9), torch.tensor(mnist.y_train[:3000])
    for rows in np.arange(3000).reshape(-1, 100):
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(torch.tensor(x[rows])), labels[rows].long()).backward()
        optimizer.step()
    net = from_torch(module)
    pruned = nnprune.prune_lobs(net, x, sparsity=0.9).net
    pairs = [(net.predict(x_test), outputs(module, x_test).argmax(axis=1))]
    for n, ours in ((net, pairs[0][0]), (pruned, pruned.predict(x_test))):
        back = to_torch(n, dtype=module[1].weight.dtype, masks=True)
        pairs.append((ours, outputs(back, x_test).argmax(axis=1)))
    assert [int((a != b).sum()) for a, b in pairs] == [0, 0, 0]
    assert len(x_test) == 10_000
