"""The smaller net that a pruned one amounts to: without dead units and unread inputs, with the same outputs.

A mask alone makes no net smaller or faster. But where enough weights are gone whole units die, in two ways:

- *Nothing comes in.* No path of kept weights leads from an input to the unit: its output is the same number k for
  every sample. What it adds to the next layer is constant too, and is folded into the biases there: b + W k.
- *Nothing goes out.* No path of kept weights leads from the unit to an output: nothing depends on it.

    letter   meaning                                                                 shape
    l        level: 0 are the inputs, then the layers' units, L are the outputs
    W, b, M  weights, biases and mask (True = kept) between the levels l and l + 1   (n_out, n_in), (n_out,)
    f        the activation
    v        which units vary with the input; all inputs do                          (n,) bool, n units at level l
    k        output of the units that do not vary; 0 for the others                  (n,)
    u        which units are in use                                                  (n,) bool

One sweep up finds what varies, and the constants; one sweep down finds what is in use:

    v_{l+1} = any of M over its varying inputs        b' = b + W k_l        k_{l+1} = f(b') where v_{l+1} is False
    u_l     = any of M over the units of u_{l+1}, where v_l is True (or the constant cannot be folded)

No more sweeps are needed: a unit that varies and is in use lies on a path from an input to an output, and so do all
units of that path. A weight is *in effect* if both of its ends are in use; so is the bias of a unit in use.

A layer *without biases* cannot take a constant: before it, a unit with constant output k != 0 (sigmoid: always) stays
in use. A *pruned bias* that gets a constant is kept again: one parameter for at least one weight. Kept weights that
happen to be 0 count as kept, since training may move them. And a relu that is 0 on all given samples is not dead
here: another sample may wake it.

Reference: Han et al., NIPS 2015, section 3.5, who rely on retraining to clear dead neurons; here the masks say all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import is_net
from .._util.types import BoolArray, FloatArray, IntArray
from .activations import ACTIVATIONS
from .losses import checked_samples
from .mlp import MLP
from .sgd import train


@dataclass(frozen=True, eq=False)
class Compact:
    """A net without its dead parts, and where its parts come from.

    Attributes
    ----------
    net : MLP
        ``net.forward(x[:, inputs])`` is what the original gives for ``x``, up to rounding.
    inputs : ndarray of int
        The inputs that are still read, rising.
    units : list of ndarray of int
        Of every hidden layer, the units in use, rising.
    sizes : tuple of int
        The original's.
    """

    net: MLP
    inputs: IntArray
    units: list[IntArray]
    sizes: tuple[int, ...]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'-'.join(map(str, self.sizes))} to {'-'.join(map(str, self.net.sizes))})"

    def expand(self, small: MLP) -> MLP:
        """The net of the original shape that computes what ``small`` does.

        Parameters
        ----------
        small : MLP
            ``net``, or what training or pruning it further has given; a ValueError if its sizes are others.

        Returns
        -------
        MLP
            With parameters and masks of ``small`` in their old places and everything else pruned: ``forward(x)`` is
            ``small.forward(x[:, inputs])``, up to rounding.
        """
        if is_net(small, "small").sizes != self.net.sizes:
            raise ValueError(f"the net to expand has the sizes {small.sizes}, but the compact one has "
                             f"{self.net.sizes}: expand takes that net, or a trained or pruned copy of it")
        levels = [self.inputs, *self.units, np.arange(self.sizes[-1])]
        places: list[tuple[Any, Any]] = [(shape, np.ix_(after, before)) for shape, after, before
                                         in zip(zip(self.sizes[1:], self.sizes), levels[1:], levels)]
        weights, masks = (_spread(arrays, places) for arrays in (small.weights, small.masks))
        places = list(zip(self.sizes[1:], levels[1:]))
        biases, bias_masks = (_spread(arrays, places) for arrays in (small.biases, small.bias_masks))
        return _masked(small, weights, biases, masks, bias_masks)


def compact(net: MLP) -> Compact:
    """The smaller net that computes the same as a pruned one.

    Parameters
    ----------
    net : MLP
        It is not changed.

    Returns
    -------
    Compact
        The smaller ``net``, the ``inputs`` to give it, the ``units`` it is made of, and the way back, ``expand``. Where
        nothing of a level is in use its first unit or input stays, with all weights pruned: no level can be empty.

    Raises
    ------
    ValueError
        If ``net`` is no MLP, or a weight that its mask calls pruned is not 0.

    Examples
    --------
    >>> net = MLP.from_arrays([[[1.0, 0, 0], [0, 0, 0]], [[2.0, 5.0]]], [[0.5, 3.0], [0.0]], loss="mse", masks="zeros")
    >>> c = compact(net)  # inputs 1 and 2 are not read, unit 1 gives 3 for every sample
    >>> c, c.inputs, c.units
    (Compact(3-2-1 to 1-1-1), array([0]), [array([0])])
    >>> c.net.biases[1], net.forward([[4.0, 7.0, 8.0]]), c.net.forward([[4.0]])
    (array([15.]), array([[24.]]), array([[24.]]))
    """
    is_net(net)
    biases, varies, constants = _sweep_up(net)
    used = _sweep_down(net, varies, constants)
    levels = [np.flatnonzero(u) if u.any() else np.array([0]) for u in used]
    weights, masks = [], []
    bias_masks: list[BoolArray | None] = []
    for l, (W, M) in enumerate(zip(net.weights, net.masks)):
        M = M & used[l]  # where no unit of a level is in use, none below it is
        place = np.ix_(levels[l + 1], levels[l])
        weights.append(np.where(M, W, 0)[place])
        masks.append(M[place])
        bias_masks.append(None)
        if biases[l] is not None:
            kept = used[l + 1] & (net.bias_masks[l] | (biases[l] != 0))
            biases[l], bias_masks[l] = np.where(kept, biases[l], 0)[levels[l + 1]], kept[levels[l + 1]]
    return Compact(_masked(net, weights, biases, masks, bias_masks), levels[0], levels[1:-1], net.sizes)


def drop_dead(net: MLP) -> MLP:
    """A net of the same shape and outputs, with every weight pruned that has no effect.

    Parameters
    ----------
    net : MLP
        As for ``compact``, which raises the same errors.

    Returns
    -------
    MLP
        Weights and biases of dead units are pruned, constants folded into biases.

    Examples
    --------
    >>> net = MLP((2, 2, 1), loss="mse", rng=0)
    >>> net.set_masks([np.ones((2, 2)), [[0, 1]]])  # nothing leaves unit 0: its 2 inputs are idle
    >>> [int(M.sum()) for M in net.masks], [int(M.sum()) for M in drop_dead(net).masks]
    ([4, 1], [2, 1])
    """
    c = compact(net)
    return c.expand(c.net)


def train_compact(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, rows: IntArray | None = None,
                  **options: Any) -> MLP:
    """``train`` on the compact net, written back: for less work, with a new net as result and the errors of ``train``.

    The steps are those of training the whole net, up to rounding, unless a unit of constant output has been folded into
    the next biases: what was two parameters is one then, and moves at another pace.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : ndarray of shape (n, n_in), and (n,) or (n, n_out)
    rows : ndarray of int, optional
        The samples to train on; all by default.
    **options
        Of ``train``.

    Returns
    -------
    MLP
        Of the shape and with the weight masks of ``net``; kept weights that had no effect are 0.

    Examples
    --------
    >>> from nnprune import MLP, make_xor, prune_magnitude
    >>> data, net = make_xor(), prune_magnitude(MLP((2, 16, 2), rng=0), sparsity=0.4).net
    >>> trained = train_compact(net, data.x_train, data.y_train, epochs=300, batch_size=4)
    >>> trained.accuracy(data.x_train, data.y_train), round(trained.sparsity, 2)
    (1.0, 0.41)
    """
    c, (x, t) = compact(net), checked_samples(net, x, y, dtype=None)
    everything = len(c.inputs) == x.shape[1]
    x = x if rows is None else x[rows]
    x = x if everything else np.take(x, c.inputs, axis=1)  # in C order: a batch of rows is read fast
    if isinstance(options.get("validation"), tuple | list):
        x_val, t_val = checked_samples(net, *options["validation"])
        options["validation"] = x_val[:, c.inputs], t_val
    train(c.net, x, t if rows is None else t[rows], **options)
    trained = c.expand(c.net)
    trained.set_masks(net.masks)
    return trained


def _sweep_up(net: MLP) -> tuple[list[Any], list[BoolArray], list[FloatArray]]:
    """From the inputs to the outputs: (b' of every layer or None, v of every level, k of every level)."""
    f = ACTIVATIONS[net.activation].f
    biases: list[Any] = []
    varies: list[BoolArray] = [np.ones(net.sizes[0], bool)]
    constants: list[FloatArray] = [np.zeros(net.sizes[0])]
    for W, b, M in zip(net.weights, net.biases, net.masks):
        fed = W @ constants[-1]  # (n_out, n_in) (n_in,) -> (n_out,)
        fed = fed if b is None else b + fed
        biases.append(None if b is None else fed)
        varies.append(np.any(M[:, varies[-1]], axis=1))
        constants.append(np.where(varies[-1], 0, f(fed, out=fed.copy())))
    return biases, varies, constants


def _sweep_down(net: MLP, varies: Sequence[BoolArray], constants: Sequence[FloatArray]) -> list[BoolArray]:
    """From the outputs, which are all in use, to the inputs: u of every level."""
    used = [np.ones(net.sizes[-1], bool)]
    for l in range(len(net.weights) - 1, -1, -1):
        has_effect = varies[l] if net.biases[l] is not None else varies[l] | (constants[l] != 0)
        used.append(has_effect & net.masks[l][used[-1]].any(axis=0))
    return used[::-1]


def _spread(arrays: Iterable[npt.NDArray[Any] | None], places: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Each array put into one of 0 or False, of the shape and at the place in ``places``; None stays None."""
    full: list[Any] = [None if a is None else np.zeros(shape, a.dtype) for a, (shape, _) in zip(arrays, places)]
    for target, a, (_, place) in zip(full, arrays, places):
        if a is not None:
            target[place] = a
    return full


def _masked(like: MLP, weights: Any, biases: Any, masks: Any, bias_masks: Any) -> MLP:
    """A net of these arrays, with activation and loss of ``like``."""
    return MLP.from_arrays(weights, biases, like.activation, loss=like.loss_name, masks=masks, bias_masks=bias_masks)
