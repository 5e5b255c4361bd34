"""Lottery tickets: the masks of a pruned net on the weights that a net began with.

Frankle & Carbin (ICLR 2019) train a dense net, prune it, and set the survivors back to their *initial* values: the
sparse net so obtained, the *ticket*, trains to the accuracy of the dense one. It shows that a small net that can be
trained was there from the start; to find it, the dense net had to be trained.

    1. draw w_0, keep it; train to w_T         2. prune w_T: the masks m         3. ``rewind``: m * w_0, train again

Two controls tell what of the ticket matters:

    the masks on *other* initial weights       is it the pairing of mask and weights, or the mask alone?
    the masks shuffled inside their layers     is it which weights, or only how many of each layer?

The second is from Frankle, Dziugaite, Roy & Carbin ("Pruning neural networks at initialization", ICLR 2021), who found
that for SNIP and its kin only the numbers matter.
"""

from __future__ import annotations

import numpy as np

from ..._util.checks import is_net
from ..._util.types import Seed
from ...nn.mlp import MLP


def rewind(net: MLP, initial: MLP, *, shuffle: Seed | None = None) -> MLP:
    """The masks of one net on the weights of another.

    Parameters
    ----------
    net : MLP
        The pruned net, whose masks are taken. Stays as it is.
    initial : MLP
        The net of the same sizes whose weights are taken: the same net before training for a lottery ticket. Stays
        as it is; where it is pruned itself, the new net is too.
    shuffle : int or numpy.random.Generator, optional
        Shuffle the masks of every layer's weights by this seed: the control with the same numbers in every layer.

    Returns
    -------
    MLP
        A new net, with the activation and the loss of ``initial``.

    Raises
    ------
    ValueError
        If the nets differ in their sizes, or one has biases where the other has none.

    Examples
    --------
    >>> from nnprune import MLP, prune_magnitude
    >>> initial = MLP.from_arrays([[[1.0, -3.0]]], loss="mse")
    >>> trained = MLP.from_arrays([[[2.0, -0.5]]], loss="mse")
    >>> rewind(prune_magnitude(trained, sparsity=0.5).net, initial).weights[0]
    array([[1., 0.]])
    """
    is_net(net)
    is_net(initial, "initial")
    if net.sizes != initial.sizes or [b is None for b in net.biases] != [b is None for b in initial.biases]:
        raise ValueError(f"the masks of {net} do not fit {initial}: both need the same sizes, and biases in the "
                         f"same layers")
    masks, ticket = list(net.masks), initial.copy()
    if shuffle is not None:
        rng = np.random.default_rng(shuffle)
        masks = [rng.permuted(mask.ravel()).reshape(mask.shape) for mask in masks]
    ticket.set_masks([a & b for a, b in zip(ticket.masks, masks)],
                     [None if a is None or b is None else a & b for a, b in zip(ticket.bias_masks, net.bias_masks)])
    return ticket
