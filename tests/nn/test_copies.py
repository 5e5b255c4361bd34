"""The copies in the samples' precision: however a weight is written to, the next prediction knows it."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import nnprune
from nnprune import MLP

X = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)


def fresh(net):
    """The output of a new net of the same arrays."""
    return MLP.from_arrays([W.copy() for W in net._weights], [b.copy() for b in net._biases], net.activation).forward(X)


def train(net):
    """Refused, with every weight as it is, where a write has brought back what the masks prune."""
    if any((W[~mask] != 0).any() for W, mask in zip(net._weights, net.masks)):
        with pytest.raises(ValueError, match="where its mask says pruned"):
            nnprune.train(net, X, [0, 1, 0], epochs=1)
    else:
        nnprune.train(net, X, [0, 1, 0], epochs=1, learning_rate=0.01)


HELD = {}
WRITES = {
    "one weight": lambda net: net.weights[0].__setitem__((0, 0), 9.0),
    "a row": lambda net: np.copyto(net.weights[1][0], 2.0),
    "a bias": lambda net: net.biases[0].__iadd__(1),
    "another array": lambda net: net.weights.__setitem__(0, -net.weights[0]),
    "another list": lambda net: setattr(net, "weights", [2 * W for W in net.weights]),
    "other biases": lambda net: setattr(net, "biases", [b - 1 for b in net.biases]),
    "hold": lambda net: HELD.update(W=net.weights[0], row=net.weights[1][0], list=net.biases),
    "write to the array held": lambda net: "W" in HELD and HELD["W"].__imul__(-1.5),
    "write to the view held": lambda net: "row" in HELD and HELD["row"].__iadd__(1),
    "write to the list held": lambda net: "list" in HELD and HELD["list"].__setitem__(1, np.ones(2)),
    "let go": lambda net: HELD.clear(),
    "a view of another's memory": lambda net: (HELD.update(of=np.ones((4, 5))),
                                               net.weights.__setitem__(0, HELD["of"].T[:, :4])),
    "write there": lambda net: "of" in HELD and HELD["of"].__iadd__(0.5),
    "hold a shallow copy": lambda net: HELD.update(net=copy.copy(net)),
    "write to the shallow copy": lambda net: "net" in HELD and HELD["net"].weights[0].__iadd__(1),
    "pickle": lambda net: pickle.dumps(net),
    "masks": lambda net: net.set_masks([np.arange(20).reshape(5, 4) % 3 > 0, np.ones((2, 5))]),
    "parameters": lambda net: net.set_parameters(net.parameters() + 0.25),
    "train": train,
}


@example(["masks", "one weight", "train"])
@given(st.lists(st.sampled_from(sorted(WRITES)), max_size=12))
def test_a_prediction_after_any_writes_is_that_of_the_weights_as_they_are(writes):
    HELD.clear()
    net = MLP((4, 5, 2), rng=0)
    for name in writes:
        net.forward(X)
        WRITES[name](net)
        np.testing.assert_array_equal(net.forward(X), fresh(net), err_msg=name)


def test_a_copy_is_kept_while_nobody_can_write_and_not_once_somebody_can():
    net = MLP((4, 5, 2), rng=0)
    assert net.arrays(np.float32)[0][0] is net.arrays(np.float32)[0][0]
    held = net.weights[0]
    assert net.arrays(np.float32)[0][0] is not net.arrays(np.float32)[0][0]
    del held
    assert net.arrays(np.float32)[0][0] is net.arrays(np.float32)[0][0]
    assert net.arrays(np.float64)[0][0] is net._weights[0]


def test_copies_do_not_travel():
    net = MLP((4, 5, 2), rng=0)
    before = len(pickle.dumps(net))
    net.forward(X)
    assert len(pickle.dumps(net)) == before
    net.forward(X)
    other = net.copy()
    assert other._kept is None
    other.weights[0][:] = 0
    np.testing.assert_array_equal(net.forward(X), fresh(net))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_write_between_two_predictions_counts(dtype):
    net, x = MLP((4, 5, 2), rng=0), X.astype(dtype)
    net.forward(x)
    net.forward(x)
    for W in net.weights:
        W[...] = 0
    assert not net.forward(x).any()
