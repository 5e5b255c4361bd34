"""Masks are in force: whoever sets them, the weights under them are 0, and whoever writes one is told."""

import copy
import pickle

import numpy as np
import pytest

import nnprune
from nnprune import MLP, prune_lobs, prune_magnitude, prune_obd, prune_obs, prune_random, prune_snip, train

X = np.random.default_rng(0).normal(size=(40, 5))
Y = np.arange(40) % 3


def dense():
    return MLP((5, 4, 3), rng=0)


def large(net):
    return [np.abs(W) > 0.2 for W in net.weights]


@pytest.mark.parametrize("kind", [np.asarray, lambda M: M.astype(int), lambda M: M.astype(np.float32),
                                  np.ndarray.tolist, np.asfortranarray])
def test_a_mask_that_is_set_acts_everywhere(kind, tmp_path):
    net = dense()
    masks = large(net)
    weights = [np.where(M, W, 0) for M, W in zip(masks, net.weights)]
    net.set_masks([kind(M) for M in masks])
    for W, M, wanted, mask in zip(net.weights, net.masks, weights, masks):
        np.testing.assert_array_equal(W, wanted)
        np.testing.assert_array_equal(M, mask, strict=True)
    np.testing.assert_array_equal(net.forward(X), MLP.from_arrays(weights, net.biases).forward(X))
    [*_, last] = train(net, X, Y, epochs=2)
    assert not any(W[~M].any() for W, M in zip(net.weights, masks))
    net.save(tmp_path / "net")
    np.testing.assert_array_equal(MLP.load(tmp_path / "net").parameters(), net.parameters())
    assert MLP.load(tmp_path / "net").sparsity == net.sparsity > 0


def test_a_mask_of_torch_is_taken():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    net = dense()
    net.set_masks([torch.tensor(M) for M in large(net)])
    assert all((m == M).all() for m, M in zip(net.masks, large(dense())))


@pytest.mark.parametrize("way", [MLP.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_masks_are_read_only_in_copies_too(way):
    net = way(dense())
    with pytest.raises(AttributeError, match=r"net\.set_masks\(masks\)"):
        net.masks = large(net)
    with pytest.raises(AttributeError, match=r"net\.set_masks\(net\.masks, bias_masks\)"):
        net.bias_masks = net.bias_masks
    with pytest.raises(TypeError):
        net.masks[0] = large(net)[0]
    for mask in (*net.masks, *net.bias_masks):
        with pytest.raises(ValueError, match="read-only"):
            mask[:] = False
    given = large(net)
    net.set_masks(given)
    given[0][:] = False
    assert net.masks[0].any()  # it is a copy


def test_zeros_that_come_in_may_be_pruned_ones():
    weights, biases = [np.array([[1.0, 0], [0, 2]])], [[0.0, 3.0]]
    assert MLP.from_arrays(weights, biases).sparsity == 0
    net = MLP.from_arrays(weights, biases, masks="zeros")
    assert net.sparsity == 0.5
    assert net.bias_masks[0].all()  # biases of 0 are how training begins
    assert not MLP.from_arrays(weights, biases, bias_masks="zeros").bias_masks[0][0]
    train(net, X[:, :2], Y % 2, epochs=2)
    assert (net.weights[0] == 0).sum() == 2
    assert MLP.from_arrays([np.ones((2, 2))], masks=[np.eye(2)]).weights[0].tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(("masks", "message"), [
    ([np.ones((4, 5))], "masks must be a list of 2 arrays, one a layer, but its length is 1"),
    ([np.ones((5, 4)), np.ones((3, 4))], r"masks\[0\] has the shape \(5, 4\), but \(4, 5\) is needed"),
    ([np.ones((4, 5)), None], r"masks\[1\] has the shape \(\), but \(3, 4\)"),
    ([np.ones((4, 5)), np.full((3, 4), 2)], r"masks\[1\] must hold True and False, or 1 and 0, .* 2 to 2"),
    ([np.ones((4, 5)), np.full((3, 4), np.nan)], r"masks\[1\] must hold True and False"),
    ([np.ones((4, 5)), np.full((3, 4), "yes")], r"masks\[1\] must hold True and False, .* dtype is <U3"),
    ([np.ones((4, 5)), [[1], [1, 0]]], r"masks\[1\] is no array"),
    ([np.ma.masked_array(np.ones((4, 5))), np.ones((3, 4))], r"masks\[0\] is a NumPy masked array"),
    ("ones", "masks 'ones' is unknown; known are: 'zeros'"),
    (5, "masks must be a list of 2 arrays"),
])
def test_masks_that_do_not_fit_leave_the_net_as_it_was(masks, message):
    net = dense()
    before = net.parameters()
    with pytest.raises(ValueError, match=message):
        net.set_masks(masks)
    np.testing.assert_array_equal(net.parameters(), before)
    assert net.sparsity == 0
    with pytest.raises(ValueError, match=r"bias_masks\[1\] has the shape \(2,\), but \(3,\)"):
        net.set_masks(large(net), [np.ones(4), np.ones(2)])
    assert net.sparsity == 0


PRUNERS = {
    "magnitude": lambda net: prune_magnitude(net, sparsity=0.5),
    "random": lambda net: prune_random(net, sparsity=0.5),
    "snip": lambda net: prune_snip(net, X, Y, sparsity=0.5),
    "obd": lambda net: prune_obd(net, X, Y, sparsity=0.5),
    "obs": lambda net: prune_obs(net, X, Y, sparsity=0.5, refresh=None),
    "lobs": lambda net: prune_lobs(net, X, sparsity=0.5),
    "by scores": lambda net: nnprune.prune_by_scores(net, [np.ones((4, 6)), np.ones((3, 5))], sparsity=0.5),
}


@pytest.mark.parametrize("name", PRUNERS)
def test_an_applied_mask_and_weights_of_0_give_the_same_net(name):
    applied = dense()
    applied.set_masks(large(applied))
    built = MLP.from_arrays([np.where(M, W, 0) for M, W in zip(large(dense()), dense().weights)], applied.biases,
                            masks="zeros")
    one, two = PRUNERS[name](applied).net, PRUNERS[name](built).net
    np.testing.assert_array_equal(one.parameters(), two.parameters())
    assert all((a <= b).all() for a, b in zip(one.masks, applied.masks))


@pytest.mark.parametrize("name", [*PRUNERS, "train", "compact", "save"])
def test_a_weight_written_under_a_mask_is_named(name, tmp_path):
    (tmp_path / "net").write_text("an old file")
    work = PRUNERS | {"train": lambda net: train(net, X, Y, epochs=1), "compact": nnprune.compact,
                      "save": lambda net: net.save(tmp_path / "net")}
    for spoil, message in ((lambda net: net.weights[1].__setitem__((1, 2), 7.5),
                            r"weights\[1\] holds 7\.5 at index \(1, 2\), where its mask says pruned: net\.set_masks"),
                           (lambda net: net.biases[0].__setitem__(3, -2), r"biases\[0\] holds -2 at index \(3,\)"),
                           (lambda net: net.weights[0].__setitem__((0, 1), np.nan), r"weights\[0\] holds nan at"),
                           (lambda net: net.weights.__setitem__(0, np.ones((4, 6))), "weights and their masks have")):
        net = dense()
        net.set_masks([np.ones((4, 5)), np.arange(12).reshape(3, 4) != 6], [[1, 1, 1, 0], [1, 1, 1]])
        spoil(net)
        with pytest.raises(ValueError, match=message):
            work[name](net)
    assert (tmp_path / "net").read_text() == "an old file"
