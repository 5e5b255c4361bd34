"""Layers pruned one by one: L-OBS with a share of its own for every layer.

L-OBS on the original inputs is one problem for each layer: its inputs and its outputs are those of the unpruned net,
whatever happens to the other layers. So a net of this one layer, pruned on the layer's inputs, is the layer pruned,
exactly, and the shares may be chosen layer by layer, as Table 1 of the paper has them.
"""

from __future__ import annotations

from ...nn.mlp import MLP


def one_layer(net, l):
    """Layer ``l`` as a net of its own, masks included."""
    return MLP.from_arrays([net.weights[l]], [net.biases[l]], loss="mse", masks=[net.masks[l]],
                           bias_masks=[net.bias_masks[l]])


def with_layer(net, l, single):
    """A copy of ``net`` with the net ``single`` of one layer for its layer ``l``."""
    new = net.copy()
    new.weights[l], new.biases[l] = single.copy().weights[0], single.copy().biases[0]
    new.set_masks([*net.masks[:l], single.masks[0], *net.masks[l + 1:]],
                  [*net.bias_masks[:l], single.bias_masks[0], *net.bias_masks[l + 1:]])
    return new


def prune_layers(net, x, kept, prune):
    """Prune every layer to its own share.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x : array_like of shape (n, n_in)
    kept : sequence of float or None
        The share of every layer's weights to keep; None leaves a layer as it is.
    prune : callable
        ``prune(single, inputs, sparsity) -> PruneResult``: prunes a net of one layer, given the layer's inputs.

    Returns
    -------
    MLP

    Examples
    --------
    >>> import numpy as np
    >>> from nnprune import prune_magnitude
    >>> net = prune_layers(MLP((4, 5, 2), rng=0), np.ones((3, 4)), [0.5, 0.2],
    ...                    lambda single, inputs, sparsity: prune_magnitude(single, sparsity=sparsity))
    >>> [int(mask.sum()) for mask in net.masks]
    [10, 2]
    """
    new = net
    for l, (inputs, share) in enumerate(zip(net.layer_inputs(x)[0], kept, strict=True)):
        if share is not None:
            new = with_layer(new, l, prune(one_layer(net, l), inputs, 1 - share).net)
    return new


def overall(net, kept):
    """The share of all weights that is kept where every layer keeps its own share.

    Examples
    --------
    >>> round(overall(MLP((784, 300, 100, 10), rng=0), [0.067, 0.20, 0.65]), 4)
    0.0842
    """
    return sum(round(share * W.size) for share, W in zip(kept, net.weights, strict=True)) / net.n_weights
