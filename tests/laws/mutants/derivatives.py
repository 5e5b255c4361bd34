"""Wrong gradients and Hessians."""

import numpy as np

from nnprune.hessian.full import exact_hessian, gauss_newton
from nnprune.nn.activations import ACTIVATIONS
from nnprune.nn.backprop import backward_pass, flatten

from . import mutant


def backprop(net, x, residual, slope=None):
    """The gradient from n dE/dz = ``residual`` (n, n_out)."""
    dW, db = [np.empty_like(W) for W in net.weights], [np.empty_like(b) for b in net.biases]
    slope = slope or ACTIVATIONS[net.activation].slope
    backward_pass(net.weights, net.layer_inputs(x)[0], residual / len(x), slope, dW, db)
    return flatten(dW, db)


@mutant("gradient", "a sum over the samples instead of a mean")
def gradient_sum(net, x, y):
    return net.gradient(x, y) * len(x)


@mutant("gradient", "only the last sample counts")
def gradient_of_last_sample(net, x, y):
    return net.gradient(x[-1:], y[-1:])


@mutant("gradient", "the slope f'(z) of the hidden layers is missing")
def gradient_without_slope(net, x, y):
    residual = net._residual(net.forward(x), y)[1]
    return backprop(net, x, residual, slope=lambda a: np.ones_like(a))


@mutant("gradient", "no softmax: delta = z - t for the cross-entropy too")
def gradient_without_softmax(net, x, y):
    z = net.forward(x)
    return backprop(net, x, z - (np.eye(z.shape[1])[y] if np.ndim(y) == 1 else y))


@mutant("gradient", "weight decay hidden in the gradient")
def gradient_with_decay(net, x, y):
    return net.gradient(x, y) + 1e-2 * net.parameters()


@mutant("gradient", "half precision on the fast path")
def gradient_in_half(net, x, y):
    g = net.gradient(x, y)
    return g.astype(np.float16) if x.dtype == np.float32 else g


@mutant("gradient", "masked, so that pruned weights seem to have no slope")
def gradient_masked(net, x, y):
    return net.gradient(x, y) * flatten(net.masks, net.bias_masks)


@mutant("gradient", "weights changed on the way (a numerical gradient that does not step back)")
def gradient_in_place(net, x, y):
    net.set_parameters(net.parameters() + 1e-9)
    return net.gradient(x, y)


@mutant("hessian", "a sum over the samples instead of a mean")
def hessian_sum(net, x, y):
    return exact_hessian(net, x, y) * len(x)


@mutant("hessian", "only the last sample counts", "gauss_newton")
def hessian_of_last_sample(net, x, y):
    return gauss_newton(net, x[-1:], y[-1:])


@mutant("hessian", "Gauss-Newton given out as exact")
def hessian_without_second_term(net, x, y):
    return gauss_newton(net, x, y)


@mutant("hessian", "exact given out as Gauss-Newton", "gauss_newton")
def gauss_newton_with_second_term(net, x, y):
    return exact_hessian(net, x, y)


@mutant("hessian", "factor 2: the loss without its 1/2", "gauss_newton")
def hessian_doubled(net, x, y):
    return 2 * gauss_newton(net, x, y)


@mutant("hessian", "damping hidden in the matrix", "gauss_newton")
def hessian_damped(net, x, y):
    H = gauss_newton(net, x, y)
    return H + 1e-4 * np.eye(len(H))


@mutant("hessian", "only one triangle is filled")
def hessian_triangle(net, x, y):
    return np.tril(exact_hessian(net, x, y))


@mutant("hessian", "samples standardised in place on the argument")
def hessian_in_place(net, x, y):
    x -= x.mean()
    return exact_hessian(net, x, y)
