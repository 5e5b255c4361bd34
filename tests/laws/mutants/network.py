"""Wrong network pruners."""

import numpy as np

import nnprune
from nnprune.nn.parameters import unpruned

from . import mutant

NETWORK = "network_pruner"


def magnitude(net, n_remove):
    """A pruned copy: the ``n_remove`` smallest weights of the net are gone."""
    new = net.copy()
    flat = np.concatenate([np.where(m, np.abs(W), -1).ravel() for W, m in zip(net.weights, net.masks)])
    kept = np.ones(flat.size, bool)
    kept[np.argsort(flat, kind="stable")[:n_remove]] = False
    ends = np.cumsum([W.size for W in net.weights])[:-1]
    new.set_masks([part.reshape(W.shape) for part, W in zip(np.split(kept, ends), net.weights)])
    return new


def count(net, sparsity):
    return round(sparsity * net.n_weights)


@mutant(NETWORK, "the count is cut off instead of rounded")
def count_cut_off(net, x, y, sparsity):
    return magnitude(net, int(sparsity * net.n_weights))


@mutant(NETWORK, "the biases are counted as weights")
def count_with_biases(net, x, y, sparsity):
    return magnitude(net, min(round(sparsity * net.parameters().size), net.n_weights))


@mutant(NETWORK, "the share is taken of what is left")
def share_of_what_is_left(net, x, y, sparsity):
    gone = sum(int((~m).sum()) for m in net.masks)
    return magnitude(net, gone + round(sparsity * (net.n_weights - gone)))


@mutant(NETWORK, "only the masks are set, the weights stay")
def masks_only(net, x, y, sparsity):
    new = magnitude(net, count(net, sparsity))
    new.weights = [W.copy() for W in net.weights]
    return new


@mutant(NETWORK, "an unseeded generator")
def unseeded(net, x, y, sparsity):
    return nnprune.prune_random(net, sparsity=sparsity, rng=np.random.default_rng()).net


@mutant(NETWORK, "the net is retrained even where nothing is pruned")
def always_retrained(net, x, y, sparsity):
    new = magnitude(net, count(net, sparsity))
    nnprune.train(new, x, y, epochs=1, learning_rate=0.01)
    return new


@mutant(NETWORK, "the masks that come in are ignored: resampled")
def masks_ignored(net, x, y, sparsity):
    fresh = nnprune.MLP.from_arrays(net.weights, net.biases, net.activation, loss=net.loss_name)
    return nnprune.prune_random(fresh, sparsity=sparsity, rng=count(net, sparsity)).net


@mutant(NETWORK, "the net is rebuilt with the default activation")
def activation_lost(net, x, y, sparsity):
    pruned = magnitude(net, count(net, sparsity))
    return nnprune.MLP.from_arrays(pruned.weights, pruned.biases, loss=net.loss_name, masks=pruned.masks)


@mutant(NETWORK, "pruned in place on the argument")
def net_in_place(net, x, y, sparsity):
    new = magnitude(net, count(net, sparsity))
    net.set_masks(new.masks)
    return net


@mutant(NETWORK, "OBS with one lambda for all of H, a share of its mean diagonal", "second_order")
def obs_damped_by_the_mean_of_the_net(net, x, y, sparsity):
    H = nnprune.hessian.gauss_newton(net, x, y, keep=unpruned(net))
    return nnprune.prune_obs(net, x, y, sparsity=sparsity, hessian=H + 1e-2 * np.diag(H).mean() * np.eye(len(H)),
                             refresh=None, damping=0).net


@mutant(NETWORK, "bias forgotten: no column of ones in H", "lobs")
def bias_forgotten(net, x, y, sparsity):
    bare = nnprune.MLP.from_arrays(net.weights, None, net.activation, loss=net.loss_name, masks=net.masks)
    new = nnprune.prune_lobs(bare, x, sparsity=sparsity, damping=1e-8).net
    return nnprune.MLP.from_arrays(new.weights, net.biases, net.activation, loss=net.loss_name, masks=new.masks,
                                   bias_masks=net.bias_masks)


@mutant(NETWORK, "no compensation", "lobs")
def lobs_without_compensation(net, x, y, sparsity):
    return magnitude(net, count(net, sparsity))


@mutant(NETWORK, "stale inverse: one inverse for all removals", "lobs")
def lobs_stale(net, x, y, sparsity):
    return nnprune.prune_lobs(net, x, sparsity=sparsity, inverse="shared", damping=1e-8).net
