"""The Hessian times a vector, exactly, at the price of two gradients: Pearlmutter's R-operator.

    letter     meaning                                                        shape
    V, v       a direction in the space of the weights, of the biases         as W, b
    R{.}       d/dr of a quantity at the weights W + r V, b + r v, r = 0      as the quantity
    a, z       a layer's input, its pre-activation; f the activation          (n, n_in), (n, n_out)
    delta      dE/dz of every sample                                          (n, n_out)
    e          dE/da                                                          (n, n_in)
    C          n d2E/dz2 at the output (``losses``)                           (n, c, c)

By its definition R{dE/dw} is H v, the derivative of the gradient along the direction v. R obeys the rules of a
derivative (sum, product, chain), so it can be applied line by line to the two passes of back-propagation
(Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6, 1994, his R{backprop}):

    forward    z = a W' + b                          R{z} = R{a} W' + a V' + v
               a_next = f(z)                         R{a_next} = f'(z) R{z}
    output     delta = dE/dz                         R{delta} = C R{z}
    backward   dE/dW = delta' a                      R{dE/dW} = R{delta}' a + delta' R{a}
               e = delta W                           R{e} = R{delta} W + delta V
               delta_before = f'(z) e                R{delta_before} = f'(z) R{e} + f''(z) R{z} e

Nothing is approximated and no small step is taken: where finite differences are good to 8 digits, this is good to 15.

When it fails: the relu has no second derivative at its kink. There we take f'' = 0, so H is that of the linear
piece the sample lies on.
"""

from __future__ import annotations

import numpy as np

from .._util.checks import all_finite
from ..nn.activations import ACTIVATIONS
from ..nn.backprop import flatten, unflatten
from ..nn.losses import LOSSES, checked_samples
from ..nn.parameters import batches


def hessian_vector(net, x, y, v):
    """H v: the exact Hessian of the loss at the net's parameters, times a vector.

    Parameters
    ----------
    net : MLP
        The masks play no part: this is the derivative at every parameter, pruned ones included.
    x : array_like of shape (n, n_in)
        The work is done in float64, whatever its precision.
    y : array_like of shape (n,) or (n, c)
        Labels or targets.
    v : array_like of shape (N,)
        A direction, in the order of ``net.parameters()``.

    Returns
    -------
    ndarray of shape (N,)

    Raises
    ------
    ValueError
        If x, y or v does not fit the net or is not finite.

    Examples
    --------
    For one linear layer with the squared error H = 1/n x'x:

    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 0.0]]], loss="mse")
    >>> hessian_vector(net, [[1.0, 2.0], [3.0, 0.0]], [0.0, 0.0], [1.0, 0.0])
    array([5., 1.])
    """
    x, t = checked_samples(net, x, y)
    v, N = np.asarray(v, dtype=np.float64), flatten(net.weights, net.biases).size
    if v.shape != (N,):
        raise ValueError(f"v has the shape {v.shape}, but ({N},) is needed: one entry a parameter")
    all_finite("v", v)
    V, v = unflatten(v, net.weights, net.biases)
    parts = (_batch(net, x[rows].astype(np.float64), t[rows], V, v) for rows in batches(len(x)))
    return sum(parts) / len(x)


def _batch(net, x, t, V, v):
    """The sum over one batch of samples of H v."""
    f, loss = ACTIVATIONS[net.activation], LOSSES[net.loss_name]
    inputs, z = net.layer_inputs(x)
    Rinputs, Rz = _forward(net, inputs, V, v, f)
    delta, Rdelta = loss.value_and_residual(z, t)[1], loss.curve(z, Rz[-1])
    RdW, Rdb = [None] * len(V), [None] * len(V)
    for l in range(len(V) - 1, -1, -1):
        a, W = inputs[l], net.weights[l]
        RdW[l] = Rdelta.T @ a + delta.T @ Rinputs[l]  # (n_out, n) (n, n_in) -> (n_out, n_in)
        if v[l] is not None:
            Rdb[l] = Rdelta.sum(axis=0)
        if l > 0:
            e, Re = delta @ W, Rdelta @ W + delta @ V[l]  # (n, n_out) (n_out, n_in) -> (n, n_in)
            delta, Rdelta = f.slope(a) * e, f.slope(a) * Re + f.curvature(a) * Rz[l - 1] * e
    return flatten(RdW, Rdb)


def _forward(net, inputs, V, v, f):
    """R{a} and R{z} of every layer; R{x} = 0, since the samples do not move."""
    Rinputs, Rz = [np.zeros_like(inputs[0])], []
    for l, W in enumerate(net.weights):
        Rz.append(Rinputs[l] @ W.T + inputs[l] @ V[l].T)  # (n, n_in) (n_in, n_out) -> (n, n_out)
        if v[l] is not None:
            Rz[l] += v[l]
        if l + 1 < len(inputs):
            Rinputs.append(f.slope(inputs[l + 1]) * Rz[l])
    return Rinputs, Rz
