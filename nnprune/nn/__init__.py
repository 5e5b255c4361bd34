"""The net: a multi-layer perceptron by hand, with masks.

In reading order:

    activations     the activation functions, each beside its derivatives
    losses          the two losses beside theirs; ``checked_samples``, the one place where x and y are validated
    backprop        forward and backward as pure functions on lists of arrays
    copies          the net's arrays in the precision of the samples, never stale
    mlp             ``MLP``: the net that everything here trains and prunes
    sgd             ``train``: stochastic gradient descent that keeps pruned weights at 0
    layer_matrix    a layer as one matrix: the seam between a net and its pruning
    patches         ``unfold``: a convolution as a dense layer
    compaction      the smaller net that a pruned one amounts to
    parameters      which parameter stands where in the vector of all of them
    saving          a net on disk, without pickle
"""

from .activations import ACTIVATIONS as ACTIVATIONS
from .activations import Activation as Activation
from .compaction import Compact as Compact
from .compaction import compact as compact
from .compaction import drop_dead as drop_dead
from .compaction import train_compact as train_compact
from .layer_matrix import column_masks as column_masks
from .layer_matrix import columns as columns
from .layer_matrix import prunable as prunable
from .layer_matrix import rebuilt as rebuilt
from .losses import LOSSES as LOSSES
from .losses import Loss as Loss
from .losses import checked_samples as checked_samples
from .mlp import MLP as MLP
from .parameters import places as places
from .parameters import unpruned as unpruned
from .patches import unfold as unfold
from .sgd import Epoch as Epoch
from .sgd import train as train

__all__ = ["ACTIVATIONS", "LOSSES", "MLP", "Activation", "Compact", "Epoch", "Loss", "checked_samples",
           "column_masks", "columns", "compact", "drop_dead", "places", "prunable", "rebuilt", "train", "train_compact",
           "unfold", "unpruned"]
