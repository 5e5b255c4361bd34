"""L-OBS first, then OBS on the survivors."""

import numpy as np
import pytest
from problems import samples

import nnprune
from nnprune import MLP, prune_handover, prune_lobs, prune_obs


@pytest.fixture(scope="module")
def problem():
    net = MLP((6, 8, 8, 3), activation="tanh", rng=0)
    x, y = samples(net, n=100)
    nnprune.train(net, x, y, epochs=100, batch_size=20)
    return net, x, y


def test_it_is_the_one_then_the_other(problem):
    net, x, y = problem
    r = prune_handover(net, x, y, sparsity=[0.3, 0.5, 0.8], at=0.5, refresh=3, damping=0.1)
    lobs = prune_lobs(net, x, sparsity=[0.3, 0.5])
    obs = prune_obs(lobs[1].net, x, y, sparsity=0.8, refresh=3, damping=0.1)
    for a, b in zip(r, [*lobs, obs]):
        assert a.net.parameters().tobytes() == b.net.parameters().tobytes()
    np.testing.assert_array_equal(r[2].removed, np.concatenate([lobs[1].removed, obs.removed]))
    assert len(r[2].removed) == round(0.8 * net.n_weights) == len(r[2].costs)


def test_beyond_the_hand_over_the_loss_stays_lower_than_with_lobs_alone(problem):
    net, x, y = problem
    r = prune_handover(net, x, y, sparsity=0.8, at=0.5, refresh=1)
    assert r.net.loss(x, y) < prune_lobs(net, x, sparsity=0.8).net.loss(x, y)


def test_up_to_the_hand_over_it_is_lobs_and_single_values_are_single(problem):
    net, x, y = problem
    r = prune_handover(net, x, y, sparsity=0.4, at=0.5)
    assert r.net.parameters().tobytes() == prune_lobs(net, x, sparsity=0.4).net.parameters().tobytes()


def test_survivors_that_do_not_fit_are_refused(problem):
    with pytest.raises(ValueError, match="max_memory"):
        prune_handover(*problem, sparsity=0.9, at=0.1, max_memory=1e4)
    with pytest.raises(ValueError, match="at must be a number in \\[0, 1\\), but it is 1"):
        prune_handover(*problem, sparsity=0.9, at=1)
