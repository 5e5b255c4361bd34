"""Training: mini-batch stochastic gradient descent with momentum, masks honoured.

    letter   meaning                                        shape
    theta    all parameters                                 (n_parameters,)
    g        gradient of the loss on one mini-batch         (n_parameters,)
    v        velocity                                       (n_parameters,)
    eta      learning rate at this step                     float
    mu       momentum                                       float
    lambda_  weight decay                                   float
    m        mask, 1 = kept                                 (n_parameters,)

One step is (Sutskever et al., ICML 2013, eqs 1-2, with the decay term of Hanson & Pratt, NIPS 1, 1988):

    v     <-  m * (mu v - eta (g + lambda theta))
    theta <-  theta + v

The mask is on the *velocity*: a pruned weight has theta = 0 and v = 0 before the step, hence after it too. Masking
only the gradient would let the velocity of the time before pruning move the weight again, the commonest way in
which pruned weights come back to life.

The learning rate falls along half a cosine from ``learning_rate`` to 0 (Loshchilov & Hutter, ICLR 2017, eq. 5,
without restarts).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._util.checks import LARGEST, generator, in_range, one_of, warn, whole_number
from .._util.types import FloatArray, IntArray
from .activations import ACTIVATIONS
from .backprop import backward_pass, flatten, forward_pass, unflatten
from .losses import LOSSES, checked_samples, classes, labels_of
from .mlp import MLP, warn_of_dead_layers


@dataclass(frozen=True)
class Epoch:
    """What one epoch of training did.

    Attributes
    ----------
    number : int
        1 for the first.
    loss : float
        Mean loss over the epoch's mini-batches, each taken before its step.
    validation_accuracy, validation_loss : float or None
        The share that is right, in [0, 1], and the mean loss; None without a validation part, and the accuracy of
        the numbers of a regression too.
    seconds : float
        Wall-clock time of the epoch, validation not counted.
    """

    number: int
    loss: float
    validation_accuracy: float | None
    seconds: float
    validation_loss: float | None = None


def train(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, epochs: int = 10, batch_size: int = 128,
          learning_rate: float = 0.1, momentum: float = 0.9, weight_decay: float = 0.0,
          learning_rate_schedule: Literal["cosine", "constant"] = "cosine",
          validation: float | tuple[npt.ArrayLike, npt.ArrayLike] = 0.0, iterations: int | None = None,
          callback: Callable[[Epoch], object] | None = None, rng: int | np.random.Generator = 0) -> list[Epoch]:
    """Train ``net`` in place.

    Parameters
    ----------
    net : MLP
        Changed only at the end of every epoch, so an interrupted or failed epoch leaves the last good state.
    x : array_like of shape (n, n_in)
        The work is done in its precision: float32 is twice as fast as float64.
    y : array_like of shape (n,) or (n, n_out)
        Labels, or targets (see ``losses.targets``).
    epochs : int
    batch_size : int
        Samples a step; the last batch of an epoch may be smaller.
    learning_rate, momentum, weight_decay : float
        eta > 0, 0 <= mu < 1 and lambda >= 0 of the formulas above. The decay is on weights and biases alike.
    learning_rate_schedule : {"cosine", "constant"}
        How the learning rate goes over the whole run.
    validation : float in [0, 1), or a pair (x, y)
        What loss and accuracy are measured on every epoch: the share of the samples kept apart, sampled by ``rng``, or
        other samples, with labels or targets as those to train on.
    iterations : int, optional
        Stop after this many steps, instead of after ``epochs``.
    callback : callable, optional
        ``callback(epoch)`` with an ``Epoch`` after every epoch; the net is up to date then.
    rng : int or numpy.random.Generator
        Draws the validation part and the order of the samples.

    Returns
    -------
    list of Epoch

    Raises
    ------
    ValueError
        If an argument is out of its range, x and y do not fit the net or each other, or the loss stops being
        finite (the learning rate is too large).

    Warns
    -----
    NNPruneWarning
        If x looks like pixels from 0 to 255, the loss has grown a hundredfold, or a hidden layer of relu gives 0 on
        all samples: each is training that goes wrong without an error.

    Examples
    --------
    >>> from nnprune import MLP, make_xor
    >>> data = make_xor()
    >>> net = MLP((2, 4, 2), activation="tanh", rng=0)
    >>> history = train(net, data.x_train, data.y_train, epochs=200, batch_size=4)
    >>> net.accuracy(data.x_train, data.y_train)
    1.0
    """
    rng = generator(rng)
    x, t = checked_samples(net, x, y, dtype=None)
    warn_of_pixels(x)
    train_rows, x_val, t_val = split(net, x, t, validation, rng)
    return train_checked(net, x, t, train_rows, (x_val, t_val), epochs=epochs, batch_size=batch_size,
                         learning_rate=learning_rate, momentum=momentum, weight_decay=weight_decay,
                         learning_rate_schedule=learning_rate_schedule, iterations=iterations, callback=callback,
                         rng=rng)


def train_checked(net: MLP, x: FloatArray, t: FloatArray, train_rows: IntArray,
                  apart: tuple[FloatArray, FloatArray], *, epochs: int = 0, batch_size: int, learning_rate: float,
                  momentum: float, weight_decay: float, learning_rate_schedule: Literal["cosine", "constant"],
                  iterations: int | None = None, callback: Callable[[Epoch], object] | None = None,
                  rng: np.random.Generator) -> list[Epoch]:
    """``train`` on these rows of samples and targets that ``checked_samples`` has seen; x and t ``apart`` are measured.

    To look at all of MNIST takes as long as 30 steps, too long for who trains for three of them time and again.
    """
    batch_size = min(whole_number("batch_size", batch_size, 1), len(train_rows))
    per_epoch = -(-len(train_rows) // batch_size)
    if iterations is None:
        iterations = whole_number("epochs", epochs, 0) * per_epoch
    iterations = whole_number("iterations", iterations, 0)
    rates = _rates(learning_rate, learning_rate_schedule, iterations)
    step = _Step(net, x, t, batch_size, in_range("momentum", momentum, 0, 1, high_open=True),
                 in_range("weight_decay", weight_decay, 0, np.inf, high_open=True))
    history: list[Epoch] = []
    for start in range(0, iterations, per_epoch):
        begin = time.perf_counter()
        order, losses = rng.permutation(train_rows), []
        with np.errstate(all="ignore"):  # as in _Step
            for i, eta in enumerate(rates[start:start + per_epoch]):
                batch = order[i * batch_size:(i + 1) * batch_size]
                losses.append(step(batch, eta) * len(batch))
        loss = sum(losses) / min(len(order), len(losses) * batch_size)
        step.write_back(loss, learning_rate)
        seconds = time.perf_counter() - begin
        if start == 0:
            first = losses[0] / min(batch_size, len(order))
        history.append(Epoch(len(history) + 1, loss, *_measured(net, *apart, seconds)))
        if callback is not None:
            callback(history[-1])
    if history:
        _warn_of_growth(first, max(epoch.loss for epoch in history), learning_rate)
        warn_of_dead_layers(net, x)
    return history


def split(net: MLP, x: FloatArray, t: FloatArray, validation: Any,
           rng: np.random.Generator) -> tuple[IntArray, FloatArray, FloatArray]:
    """Rows to train on, and samples and targets to validate on; rows are in random order only where some are kept
    apart."""
    n = len(x)
    if isinstance(validation, tuple | list) and len(validation) == 2:
        try:
            return np.arange(n), *checked_samples(net, validation[0], validation[1], dtype=None)
        except ValueError as error:
            raise ValueError(f"validation: {error}") from None
    if np.ndim(validation):
        raise ValueError("validation must be a share of the samples in [0, 1), or a pair (x, y)")
    share = in_range("validation", validation, 0, 1, high_open=True)
    n_validation = round(share * n)
    if n_validation == n:
        raise ValueError(f"validation={share} of {n} samples leaves none to train on")
    rows = rng.permutation(n) if n_validation else np.arange(n)
    return rows[n_validation:], x[rows[:n_validation]], t[rows[:n_validation]]


def _measured(net: MLP, x: FloatArray, t: FloatArray, seconds: float) -> tuple[float | None, float, float | None]:
    """The last three entries of an ``Epoch``: accuracy, the seconds, loss."""
    if len(x) == 0:
        return None, seconds, None
    z, labels = net.forward(x), labels_of(t, net.loss_name)
    right = None if labels is None else float(np.mean(classes(z, net.loss_name) == labels))
    loss, _ = LOSSES[net.loss_name].value_and_residual(z.astype(np.float64, copy=False), t.astype(np.float64))
    return right, seconds, loss


def warn_of_pixels(x: FloatArray) -> None:
    """One warning if the inputs are pixels up to 255, whole or resampled, on which training by usual rates fails."""
    few, largest = x[:100], float(x.max())
    if x.min() >= 0 and (250 < largest < 255.5 or 100 < largest < 255.5 and np.abs(few - np.rint(few)).max() < 1e-3):
        warn(f"x holds numbers from 0 up to {largest:g}, as pixels do, and training needs inputs of about 1: divide "
             f"them by 255")


def _warn_of_growth(first: float, largest: float, learning_rate: float) -> None:
    """One warning if a loss has grown by orders of magnitude; below 1 it may, from a perfect fit."""
    if largest > 100 * max(first, 1):
        warn(f"the loss grew from {first:.3g} to {largest:.3g} in training: take a learning_rate below "
             f"{learning_rate:g}, or inputs of a smaller scale")


def _rates(learning_rate: float, learning_rate_schedule: str, n_steps: int) -> npt.NDArray[np.float64]:
    """The learning rate of every step: eta_t = eta/2 (1 + cos(pi t / T)), or constant."""
    eta = in_range("learning_rate", learning_rate, 0, np.inf, low_open=True, high_open=True)
    if one_of("learning_rate_schedule", learning_rate_schedule, ("cosine", "constant")) == "constant":
        return np.full(n_steps, eta)
    return eta / 2 * (1 + np.cos(np.pi * np.arange(n_steps) / max(n_steps, 1)))


class _Step:
    """One SGD step on flat copies of the net's parameters, in the samples' precision.

    theta, v and g are one vector each, and the layers' matrices are views into them: the update is then three
    passes over memory, whatever the number of layers. A step allocates nothing large: the samples of a batch, the z of
    every layer and the delta of the hidden ones are written to the same memory each time.
    """

    def __init__(self, net: MLP, x: FloatArray, t: FloatArray, batch_size: int, momentum: float,
                 weight_decay: float) -> None:
        dtype = x.dtype
        self.net, self.x, self.t = net, np.ascontiguousarray(x), t  # else every batch would copy all samples
        self.mu, self.lambda_ = dtype.type(momentum), dtype.type(weight_decay)
        with np.errstate(over="ignore"):  # what overflows is reported by write_back
            self.theta = net.parameters().astype(dtype)
        self.v, self.g = np.zeros_like(self.theta), np.zeros_like(self.theta)
        self.mask = flatten(net.masks, net.bias_masks).astype(dtype)  # of bools a product takes 1.7 times as long
        self.pruned = not self.mask.all()
        self.weights, self.biases = unflatten(self.theta, net.weights, net.biases)
        self.dW, self.db = unflatten(self.g, net.weights, net.biases)
        self.activation, self.loss = ACTIVATIONS[net.activation], LOSSES[net.loss_name]
        self.batch, *self.z = [np.empty((batch_size, size), dtype) for size in net.sizes]
        self.delta = [np.empty_like(z) for z in self.z[:-1]]

    def __call__(self, rows: IntArray, eta: float) -> float:
        """Take one step on the k samples of these rows; return their loss before the step."""
        k = len(rows)
        # mode="clip" lets NumPy write straight into the batch; all rows are in range.
        x = np.take(self.x, rows, axis=0, out=self.batch[:k], mode="clip")
        inputs, z = forward_pass(self.weights, self.biases, x, self.activation.f, [z[:k] for z in self.z])
        loss, delta = self.loss.value_and_residual(z, self.t[rows])
        # eta and 1/k go into delta, the smallest array on the way: g is then eta dE/dtheta.
        delta *= delta.dtype.type(eta / k)
        backward_pass(self.weights, inputs, delta, self.activation.slope, self.dW, self.db,
                      [d[:k] for d in self.delta])
        if self.lambda_:
            self.g += (delta.dtype.type(eta) * self.lambda_) * self.theta
        # v <- m (mu v - eta (g + lambda theta));  theta <- theta + v
        self.v *= self.mu
        self.v -= self.g
        if self.pruned:
            self.v *= self.mask
        self.theta += self.v
        return loss

    def write_back(self, loss: float, learning_rate: float) -> None:
        """Give the net the parameters reached, if they are numbers to go on with."""
        if not (np.isfinite(loss) and float(np.abs(self.theta).max()) <= LARGEST):
            raise ValueError(f"the loss is {loss}: training diverged; a learning_rate below {learning_rate} "
                             f"or inputs of a smaller scale are needed")
        self.net.set_parameters(self.theta)
