"""A multi-layer perceptron with masks: the net that everything here trains and prunes.

The mathematics of a pass through it is in ``backprop``, with the table of letters.

Weights are kept in float64. The work is done in the precision of ``x``: float32 samples, as the data sets here
have them, make everything about twice as fast; float64 samples are for checking the mathematics.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import (
    all_finite,
    checked_masks,
    finite_matrix,
    foreign_net,
    generator,
    is_net,
    net_inputs,
    numbers_only,
    one_of,
    plain_array,
    warn,
    whole_number,
)
from .._util.npz_reader import read_npz
from .._util.types import ActivationName, BoolArray, FloatArray, IntArray, Layout, LossName, Masks
from .activations import ACTIVATIONS, ALIASES
from .backprop import backward_pass, flatten, forward_pass, unflatten
from .copies import ArrayOwner
from .losses import LOSSES, checked_loss, classes, labels_of, log_softmax, targets
from .saving import net_arrays, net_parts, write_arrays


class MLP(ArrayOwner):
    """A fully connected net with masks.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, of every layer's units, and of outputs: ``(784, 300, 100, 10)``.
    activation : {"relu", "tanh", "sigmoid", "identity"}
        Of the hidden layers; the output is linear. "logistic" is another name of "sigmoid".
    loss : {"cross_entropy", "binary_cross_entropy", "mse"}
        Softmax cross-entropy on class labels; that of one output on the labels 0 and 1; or half the squared error (see
        ``losses``).
    biases : bool
        Whether the layers have biases.
    rng : int or numpy.random.Generator
        Seed of the initial weights: uniform between -1/sqrt(n_in) and 1/sqrt(n_in), as PyTorch's ``nn.Linear``
        draws them; biases begin at 0. Wider ones (He et al. 2015: six times the variance) train to the same
        accuracy on MNIST, but what training does not need of them stays as noise and is in the way of pruning.

    Attributes
    ----------
    weights : list of ndarray of shape (n_out, n_in)
        float64.
    biases : list of ndarray of shape (n_out,), or of None
    masks, bias_masks : tuple of ndarray, shaped as these
        bool, True = kept, read-only: ``set_masks`` changes them. Where a mask is False the weight is 0.

    Raises
    ------
    ValueError
        If a size is below 1, fewer than two sizes are given, a name is unknown, or the loss is not one for so many
        outputs.

    Examples
    --------
    >>> net = MLP((2, 3, 1), activation="tanh", loss="mse", rng=0)
    >>> net
    MLP(2-3-1, tanh, mse, 13 parameters, sparsity 0)
    >>> net.forward([[0, 1], [1, 1]]).shape
    (2, 1)
    """

    def __init__(self, sizes: Sequence[int], *, activation: ActivationName = "relu", loss: LossName = "cross_entropy",
                 biases: bool = True, rng: int | np.random.Generator = 0) -> None:
        sizes = [whole_number("a layer's size", s, 1) for s in ([sizes] if np.ndim(sizes) == 0 else sizes)]
        if len(sizes) < 2:
            raise ValueError(f"sizes must name inputs and outputs at least, but it is {tuple(sizes)}")
        rng = generator(rng)
        weights = [rng.uniform(-1, 1, size=(n_out, n_in)) / np.sqrt(n_in) for n_in, n_out in zip(sizes, sizes[1:])]
        self._set(weights, [np.zeros(n) if biases else None for n in sizes[1:]], activation, loss)

    def _set(self, weights: list[npt.NDArray[np.float64]], biases: list[npt.NDArray[np.float64] | None],
             activation: ActivationName, loss: LossName) -> None:
        one_of("activation", activation, (*ACTIVATIONS, *ALIASES))
        self.activation: ActivationName = ALIASES.get(activation, activation)
        self.loss_name: LossName = checked_loss(loss, len(weights[-1]))
        super().__init__(weights, biases)
        self._masks = checked_masks("masks", [np.ones(W.shape, bool) for W in weights], weights)
        self._bias_masks = checked_masks("bias_masks", [None if b is None else np.ones(b.shape, bool) for b in biases],
                                         biases)

    @classmethod
    def from_arrays(cls, weights: Sequence[npt.ArrayLike], biases: Sequence[npt.ArrayLike | None] | None = None,
                    activation: ActivationName = "relu", *, loss: LossName = "cross_entropy",
                    masks: Masks | None = None, bias_masks: Masks | None = None, layout: Layout = "out_in") -> MLP:
        """A net from weights trained elsewhere; zeros in them are ordinary weights unless ``masks`` says otherwise.

        Parameters
        ----------
        weights : sequence of array_like of shape (n_out, n_in)
            As in PyTorch's ``nn.Linear``; Keras and scikit-learn have the transposes: see ``layout``.
        biases : sequence of array_like of shape (n_out,), optional
            None for a net without; single entries may be None.
        activation, loss : str
            As for the class.
        masks, bias_masks : optional
            As for ``set_masks``; "zeros" for a net that was pruned elsewhere: its weights of 0 are pruned ones.
        layout : {"out_in", "in_out"}
            "in_out": every matrix of ``weights``, and of ``masks``, is of shape (n_in, n_out), as in Keras.

        Returns
        -------
        MLP

        Raises
        ------
        ValueError
            If shapes do not fit each other or an entry is not finite.

        Examples
        --------
        >>> MLP.from_arrays([[[1.0, -1.0]]], [[0.5]], loss="mse").forward([[2.0, 1.0]])
        array([[1.5]])
        >>> MLP.from_arrays([[[1.0, 0.0]]], loss="mse", masks="zeros").masks
        (array([[ True, False]]),)
        >>> MLP.from_arrays([[[1.0], [-1.0]]], [[0.5]], loss="mse", layout="in_out").forward([[2.0, 1.0]])
        array([[1.5]])
        """
        weights = _layer_weights(weights, one_of("layout", layout, ("out_in", "in_out")))
        if layout == "in_out" and masks is not None and not isinstance(masks, str):
            masks = [None if M is None else plain_array(f"masks[{l}]", M).T for l, M in enumerate(masks)]
        net = cls.__new__(cls)
        net._set(weights, _layer_biases(biases, weights), activation, loss)
        if masks is not None or bias_masks is not None:
            net.set_masks(net.masks if masks is None else masks, bias_masks)
        return net

    # -- what it is ------------------------------------------------------------------------------------------

    @property
    def sizes(self) -> tuple[int, ...]:
        """(n_in, units of layer 1, ..., n_out)."""
        return (self._weights[0].shape[1], *(len(W) for W in self._weights))

    @property
    def n_weights(self) -> int:
        """The number of weights, pruned ones and all, without the biases."""
        return sum(W.size for W in self._weights)

    @property
    def sparsity(self) -> float:
        """The share of the weights (biases not counted) that is pruned."""
        return 1 - sum(int(m.sum()) for m in self.masks) / self.n_weights

    @property
    def masks(self) -> tuple[BoolArray, ...]:
        """Which weights are kept: a tuple of read-only arrays of bool."""
        return self._masks

    @masks.setter
    def masks(self, masks: object) -> None:
        raise AttributeError("masks cannot be assigned, since the weights under them must become 0: "
                             "net.set_masks(masks)")

    @property
    def bias_masks(self) -> tuple[BoolArray | None, ...]:
        """Which biases are kept: a tuple of read-only arrays of bool, or of None."""
        return self._bias_masks

    @bias_masks.setter
    def bias_masks(self, masks: object) -> None:
        raise AttributeError("bias_masks cannot be assigned, since the biases under them must become 0: "
                             "net.set_masks(net.masks, bias_masks)")

    def set_masks(self, masks: Masks, bias_masks: Masks | None = None) -> None:
        """Say which weights are kept; the others become 0 and stay so in training and in every pruner.

        Parameters
        ----------
        masks : sequence of array_like of shape (n_out, n_in), or "zeros"
            One a layer, of bool (True = kept) or of 1 and 0, of any library. "zeros": what is 0 now is pruned.
        bias_masks : sequence of array_like of shape (n_out,) or None, or "zeros", optional
            As they are, by default.

        Raises
        ------
        ValueError
            If their number or a shape does not fit, or an entry is neither 0 nor 1; the net is then as it was.

        Examples
        --------
        >>> net = MLP.from_arrays([[[1.0, -3.0]]], loss="mse")
        >>> net.set_masks([[[0, 1]]])
        >>> net.weights[0], net.sparsity
        (array([[ 0., -3.]]), 0.5)
        """
        masks = checked_masks("masks", masks, self.weights)
        if bias_masks is not None:
            self._bias_masks = checked_masks("bias_masks", bias_masks, self.biases)
        self._masks = masks
        for arrays, kept in ((self.weights, self._masks), (self.biases, self._bias_masks)):
            for l, (a, mask) in enumerate(zip(arrays, kept)):
                if a is not None and not mask.all():
                    arrays[l] = np.where(mask, a, 0.0)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """What copying ends with: copies of read-only arrays can be written to, so they are made read-only again."""
        self.__dict__.update(state)
        for mask in (*self._masks, *self._bias_masks):
            if mask is not None:
                mask.flags.writeable = False

    def __repr__(self) -> str:
        return (f"MLP({'-'.join(map(str, self.sizes))}, {self.activation}, {self.loss_name}, "
                f"{self.parameters().size} parameters, sparsity {self.sparsity:.4g})")

    def copy(self) -> MLP:
        """An independent copy: no array is shared."""
        return copy.deepcopy(self)

    # -- what it computes ------------------------------------------------------------------------------------

    def layer_inputs(self, x: npt.ArrayLike) -> tuple[list[FloatArray], FloatArray]:
        """The input of every layer, and the output, for the samples ``x`` of shape (n, n_in).

        Returns
        -------
        inputs : list of ndarray of shape (n, n_in of the layer)
        z : ndarray of shape (n, n_out)

        Raises
        ------
        ValueError
            If x is empty, has another number of columns than the net has inputs, or is not finite; or if the output
            is not, because weights and inputs are too large for the precision of x.
        """
        x = net_inputs(self, x)
        with np.errstate(over="ignore", invalid="ignore"):
            weights, biases = self.arrays(x.dtype)
            inputs, z = forward_pass(weights, biases, x, ACTIVATIONS[self.activation].f)
        if not np.isfinite(z).all():
            largest = max(np.abs(W).max() for W in self.weights)
            raise ValueError(f"the output of the net is not finite in {x.dtype}: inputs go up to "
                             f"{np.abs(x).max():.3g}, weights up to {largest:.3g}; scale them down"
                             + (", or pass x in float64" if x.dtype == np.float32 else ""))
        return inputs, z

    def forward(self, x: npt.ArrayLike) -> FloatArray:
        """The output z (before any softmax) for the samples ``x`` (n, n_in): shape (n, n_out)."""
        return self.layer_inputs(x)[1]

    def predict(self, x: npt.ArrayLike) -> IntArray:
        """The class of every sample, shape (n,): the largest output.

        Of a single output whether it is above 0 (binary cross-entropy), or above 1/2 (squared error, targets 0 and 1).
        """
        return classes(self.forward(x), self.loss_name)

    def predict_proba(self, x: npt.ArrayLike) -> FloatArray:
        """The probability of every class, shape (n, c), or (n, 2) of a single output; float64.

        Raises
        ------
        ValueError
            If the loss is the squared error, whose outputs are no probabilities, or as ``forward``.

        Examples
        --------
        >>> net = MLP.from_arrays([[[1.0]]], loss="binary_cross_entropy")
        >>> net.predict_proba([[0.0]]), net.predict([[0.1]])
        (array([[0.5, 0.5]]), array([1]))
        """
        if self.loss_name == "mse":
            raise ValueError("a net with loss='mse' gives numbers, no probabilities: take forward(x), or train one "
                             "with a cross-entropy")
        z = self.forward(x).astype(np.float64, copy=False)
        # Of one output, the softmax over (0, z): see ``losses``.
        return np.exp(log_softmax(z if z.shape[1] > 1 else np.column_stack([np.zeros(len(z)), z])))

    def accuracy(self, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """The share of the samples whose predicted class is that of ``y``: a float in [0, 1].

        Parameters
        ----------
        x : array_like of shape (n, n_in)
        y : array_like of shape (n,), (n, 1) or (n, c)
            Labels, or rows whose largest entry is at the class.

        Raises
        ------
        ValueError
            If ``y`` has not one label for every row of ``x``, a label that is no class of the net, or numbers of a
            regression.
        """
        z = self.forward(x)
        t = targets(y, len(z), z.shape[1], self.loss_name, np.float64)
        labels = labels_of(t, self.loss_name)
        if labels is None:
            odd = t[(t != 0) & (t != 1)]
            raise ValueError(f"y holds {f'{odd[0]:g}' if len(odd) else 'rows without one 1'}, but the accuracy needs "
                             f"{'labels 0 and 1' if z.shape[1] == 1 else 'labels or one-hot rows'}; of a regression "
                             f"take loss(x, y)")
        return float(np.mean(classes(z, self.loss_name) == labels))

    def _residual(self, z: FloatArray, y: npt.ArrayLike) -> tuple[float, FloatArray]:
        t = targets(y, len(z), z.shape[1], self.loss_name, np.float64)
        # The output is small: the loss is always computed in float64.
        return LOSSES[self.loss_name].value_and_residual(z.astype(np.float64, copy=False), t)

    def loss(self, x: npt.ArrayLike, y: npt.ArrayLike) -> float:
        """The mean loss E over the samples: a float. Labels or targets as ``losses.targets`` takes them."""
        return self._residual(self.forward(x), y)[0]

    def gradient(self, x: npt.ArrayLike, y: npt.ArrayLike) -> FloatArray:
        """dE/d(parameters), in the order of ``parameters()``: shape (n_parameters,), dtype of ``x``.

        The masks play no part: this is the derivative at every parameter, pruned ones included.
        """
        inputs, z = self.layer_inputs(x)
        delta = (self._residual(z, y)[1] / len(z)).astype(z.dtype, copy=False)
        weights, biases = self.arrays(z.dtype)
        dW, db = [np.empty_like(W) for W in weights], [None if b is None else np.empty_like(b) for b in biases]
        backward_pass(weights, inputs, delta, ACTIVATIONS[self.activation].slope, dW, db)
        return flatten(dW, db)

    # -- its parameters as one vector ------------------------------------------------------------------------

    def parameters(self) -> npt.NDArray[np.float64]:
        """All parameters as one vector: weights (row by row) then biases, layer after layer. A copy."""
        return flatten(self._weights, self._biases)

    def set_parameters(self, vector: npt.ArrayLike) -> None:
        """Take all parameters from one vector, in the order of ``parameters()``.

        Pruned weights stay 0, whatever the vector says.

        Raises
        ------
        ValueError
            If the vector is not of shape (n_parameters,) or not finite.
        """
        vector = np.asarray(vector, dtype=np.float64)
        n = self.parameters().size
        if vector.shape != (n,):
            raise ValueError(f"the vector has the shape {vector.shape}, but ({n},) is needed")
        all_finite("the vector of parameters", vector)
        weights, biases = unflatten(vector, self.weights, self.biases)
        for l, (mask, bias_mask) in enumerate(zip(self.masks, self.bias_masks)):
            self.weights[l] = np.where(mask, weights[l], 0)
            if bias_mask is not None:
                self.biases[l] = np.where(bias_mask, biases[l], 0)

    # -- on disk ---------------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the net to ``path`` as an ``.npz`` without pickle; ``MLP.load`` gives it back bit for bit.

        Raises
        ------
        ValueError
            If a weight is not finite, or not 0 where its mask says pruned; a file that is there already stays.
        """
        write_arrays(path, net_arrays(is_net(self, "the net")))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> MLP:
        """The net that ``save`` wrote to ``path``.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it is no saved net, or its arrays contradict each other; the message names the file.
        """
        return cls._from_file(path, read_npz(path))

    @classmethod
    def _from_file(cls, path: str | os.PathLike[str], arrays: Mapping[str, npt.NDArray[Any]]) -> MLP:
        """The net whose arrays were read from ``path``."""
        parts = net_parts(path, arrays)
        try:
            return cls.from_arrays(parts["weights"], parts["biases"], parts["activation"], loss=parts["loss"],
                                   masks=parts["masks"], bias_masks=parts["bias_masks"])
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


def _layer_weights(weights: Any, layout: Layout) -> list[npt.NDArray[np.float64]]:
    """Copies of a net's weight matrices in float64, if each layer fits the one before; else ValueError."""
    if isinstance(weights, Mapping) or foreign_net(weights) or not np.iterable(weights):
        raise ValueError(f"weights must be a list of matrices, one a layer, but it is a {type(weights).__name__}"
                         f"{foreign_net(weights)}")
    weights = [plain_array(f"weights[{l}]", W) for l, W in enumerate(weights)]
    if [W.ndim for W in weights[:2]] == [2, 1]:
        raise ValueError("weights[1] is a vector: it looks like a list of matrices and biases in turn, as Keras gives "
                         "by get_weights(); MLP.from_arrays(w[0::2], w[1::2], layout='in_out') takes them apart")
    # np.array, not finite_matrix alone: the net must not share memory with what it was given.
    weights = [np.array(finite_matrix(f"weights[{l}]", W), dtype=np.float64) for l, W in enumerate(weights)]
    if layout == "in_out":
        weights = [np.ascontiguousarray(W.T) for W in weights]  # (n_in, n_out) -> (n_out, n_in)
    if not weights:
        raise ValueError("weights is empty: a net needs at least one layer")
    for l, (W, V) in enumerate(zip(weights, weights[1:])):
        if V.shape[1] != len(W):
            shapes = [(V.shape, f"(n_out, {len(W)})"), (V.shape[::-1], f"({len(W)}, n_out)")][layout == "in_out"]
            raise ValueError(f"weights[{l + 1}] has the shape {shapes[0]}, but layer {l} has {len(W)} units: "
                             f"{shapes[1]} is needed; is it transposed? layout='in_out' takes (n_in, n_out), 'out_in' "
                             f"takes (n_out, n_in)")
    return weights


def _layer_biases(biases: Any, weights: Sequence[FloatArray]) -> list[npt.NDArray[np.float64] | None]:
    """Copies of a net's biases in float64, one vector or None a layer, if they fit the weights; else ValueError."""
    biases = [None] * len(weights) if biases is None else list(biases)
    if len(biases) != len(weights):
        raise ValueError(f"{len(weights)} weight matrices but {len(biases)} biases were given")
    for l, (W, b) in enumerate(zip(weights, biases)):
        if b is None:
            continue
        biases[l] = np.array(numbers_only(f"biases[{l}]", plain_array(f"biases[{l}]", b)), dtype=np.float64)
        if biases[l].shape != (len(W),):
            raise ValueError(f"biases[{l}] has the shape {biases[l].shape}, but ({len(W)},) is needed")
        all_finite(f"biases[{l}]", biases[l])
    return biases


def warn_of_dead_layers(net: MLP, x: FloatArray) -> None:
    """One warning if all units of a hidden layer of relu are 0 on the samples ``x``: no gradient passes them."""
    if net.activation != "relu":
        return
    for few in (x[:100], x[:2048]):  # a second look only where the first one finds something
        dead = [l for l, a in enumerate(net.layer_inputs(few)[0]) if l and not a.any()]
        if not dead:
            return
    warn(f"all units of hidden layer {dead[0]} are 0 on the first {len(few):,} samples: no gradient passes them, and "
         f"neither training nor pruning can tell their weights apart; begin from other weights, with a smaller "
         f"learning_rate, or with inputs of about 1")
