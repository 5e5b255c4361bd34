"""The laws of a Hessian f(net, x, y) -> H: the second derivatives of the mean loss, (n_parameters, n_parameters).

    letter   meaning                                             shape
    theta    parameters of the net                               (P,)
    H        second derivative of E, or its Gauss-Newton part    (P, P)
    g, v     gradient, a direction                               (P,)

The method says which: "exact", or "gauss_newton", which drops the curvature of the net and keeps that of the loss
(Hassibi & Stork 1992, eqs 8-11: at the minimum of a well-trained net the dropped term is small). The order of the
parameters is that of ``net.parameters()``.
"""

from __future__ import annotations

import numpy as np

from .convention import granted
from .gradient_laws import SLOPE_TOLERANCE, STEP, away_from_kinks, directions, moved
from .law import demand, law, same, show
from .strategies import nets


@law("hessian", nets(depth=2), formula="H = H'", source="Schwarz: the order of two derivatives does not matter",
     mistake="A block is missing its transpose, or the parameters of rows and columns are in different orders.")
def hessian_is_symmetric(f, p):
    """The Hessian of a smooth function is symmetric, and so is its Gauss-Newton part."""
    H = f(p.net, p.x, p.y)
    same("H", H, H.T)


@law("hessian", nets(depth=2), formula="H v = (g(theta + h v) - g(theta - h v)) / (2h) + O(h^2)", methods=("exact",),
     source="Pearlmutter, Neural Computation 6, 1994, eq. 1",
     mistake="The curvature of the activation (f'') is left out, or cross terms between layers are.")
def hessian_is_the_slope_of_the_gradient(f, p):
    """Step a little along a direction, and the gradient changes by H times the direction."""
    away_from_kinks(p)
    H, x, y = f(p.net, p.x, p.y), p.x, p.y
    for v in directions(len(H)):
        change = moved(p.net, STEP * v).gradient(x, y) - moved(p.net, -STEP * v).gradient(x, y)
        same("H v", H @ v, change / (2 * STEP), tolerance=SLOPE_TOLERANCE)


@law("hessian", nets(depth=1, loss="mse"),
     formula="one layer, squared error:  every unit's block of H is [X 1]'[X 1] / n",
     source="Hassibi & Stork 1992, eqs 10-11; Dong, Chen & Pan 2017, eq. 3",
     mistake="A factor 2 or n, or a missing column of ones for the bias.")
def hessian_of_a_linear_layer_is_its_inputs(f, p):
    """A single layer with the squared error is linear regression, and its Hessian is that of the inputs alone: the
    same block for every unit, the bias as an input that is always 1, and nothing between two units."""
    n_in, c = p.net.sizes
    A = np.column_stack([p.x, np.ones(len(p.x))])
    # Unit k's weights stand at k n_in ... and its bias behind all weights, at c n_in + k.
    wanted = np.zeros((c * n_in + c,) * 2)
    for k in range(c):
        own = [*range(k * n_in, (k + 1) * n_in), c * n_in + k]
        wanted[np.ix_(own, own)] = A.T @ A / len(A)
    same("H", f(p.net, p.x, p.y), wanted)


@law("hessian", nets(depth=2), formula="n H(all) = sum over samples of H(sample)",
     source="Hassibi & Stork 1992, eq. 11: a mean of outer products over the samples",
     mistake="Only the last batch or the last sample counts, or the sum is not divided by n.")
def hessian_is_the_mean_over_samples(f, p):
    """The Hessian of all samples is the mean of the Hessians of each: streamed batches equal one batch. To keep the
    last sample's alone is a mistake that has been found in a well-known library."""
    one_by_one = [f(p.net, p.x[i:i + 1], p.y[i:i + 1]) for i in range(len(p.x))]
    same("H", f(p.net, p.x, p.y), np.mean(one_by_one, axis=0))


@law("hessian", nets(depth=2), formula="v'H v >= 0 for all v", methods=("gauss_newton",),
     source="Hassibi & Stork 1992, eq. 11: H is a sum of outer products",
     mistake="The dropped term is still in, or a sign is wrong.")
def gauss_newton_is_positive(f, p):
    """The Gauss-Newton matrix is a sum of squares: no direction curves downwards."""
    values = np.linalg.eigvalsh(f(p.net, p.x, p.y))
    lowest, scale = values.min(), max(values.max(), 1)
    demand(lowest >= -granted(1e-9) * scale, "no eigenvalue below 0 (rounding aside)", show(lowest))


@law("hessian", nets(depth=2, loss="mse"), formula="J dtheta = 0  =>  H dtheta = 0:  rank H <= n * outputs",
     methods=("gauss_newton",), source="Hassibi & Stork 1992, eq. 11",
     mistake="Damping is hidden in the matrix, so that its rank is full and no student sees that it was not.")
def gauss_newton_has_no_more_rank_than_data(f, p):
    """Each sample adds one outer product an output, so the rank is at most n times the number of outputs: with few
    samples H is singular, and to invert it takes damping, which must be seen."""
    values = np.linalg.eigvalsh(f(p.net, p.x, p.y))
    rank, most = int((values > granted(1e-9) * max(values.max(), 1)).sum()), len(p.x) * p.net.sizes[-1]
    demand(rank <= most, f"a rank of at most {most}", f"rank {rank}")


@law("hessian", nets(depth=2, activation="tanh", loss="mse"),
     formula="y = forward(x):  H v = (g(theta + h v) - g(theta - h v)) / (2h) + O(h^2)",
     source="Hassibi & Stork 1992, eqs 8-11: the dropped term is proportional to t - o",
     mistake="A slope f'(z) is missing in the derivative of the output.")
def hessian_at_a_perfect_fit_is_gauss_newton(f, p):
    """Where the net gives exactly the targets, the term that Gauss-Newton drops is 0: exact Hessian and Gauss-Newton
    matrix are one, and both are the slope of the gradient."""
    y = p.net.forward(p.x)
    H = f(p.net, p.x, y)
    for v in directions(len(H)):
        change = moved(p.net, STEP * v).gradient(p.x, y) - moved(p.net, -STEP * v).gradient(p.x, y)
        same("H v", H @ v, change / (2 * STEP), tolerance=SLOPE_TOLERANCE)
