"""Training the last bit of the way by second derivatives: damped Gauss-Newton steps on the parameters that remain.

    letter   meaning                                                              shape
    w        the parameters that are not pruned, biases included                  (k,)
    F        what is minimised: E + decay/2 |w|^2, E the mean loss                float
    g        gradient of F                                                        (k,)
    H        Gauss-Newton matrix of E (``full``), plus decay I                    (k, k)
    lambda   damping, one number                                                  float
    dw       how the parameters change                                            (k,)

Near w, F(w + dw) - F(w) ~ g' dw + dw' H dw / 2. Its derivative g + H dw is 0 at dw = -H^-1 g: where F is a quadratic
(one linear layer with the squared error) one step leads to the minimum. Elsewhere the parabola is right near w only, so
a long dw is charged for, by column as everywhere here (``linalg``): minimise g' dw + dw' H dw / 2 + lambda/2 sum_j
H_jj dw_j^2, which gives

    dw = -(H + lambda diag H)^-1 g        Levenberg 1944; Marquardt 1963, eqs 14-18.

With a large lambda this is a short step down the gradient, each parameter in its own unit; with lambda 0 it is
Newton's. Marquardt's rule: if F falls, the step is accepted and lambda divided by 10; if not, lambda is multiplied by
10 and the same H is solved again. So F falls at every step. H is positive semidefinite, so every dw leads downhill, and
some lambda is large enough unless w is a minimum to rounding.

Why after pruning: a net with few parameters left is too stiff for gradient descent, whose rate must suit the steepest
direction, while H knows them all, and it is small now. A dense net of this package's size does not fit.

When it fails: few parameters fit few samples too well, hence the validation part; the net is that of the step with the
smallest validation loss. Saturated samples have no curvature, but a gradient: then only small steps lower F.

References: Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", SIAM J. Appl. Math. 11,
1963; Hagan & Menhaj, "Training feedforward networks with the Marquardt algorithm", IEEE Trans. Neural Networks 5, 1994.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .._util.checks import check_memory, generator, in_range, is_net, whole_number
from .._util.progress import shown
from .._util.types import FloatArray, IntArray, ProgressOption
from ..nn.losses import checked_samples
from ..nn.mlp import MLP
from ..nn.parameters import unpruned
from ..nn.sgd import split
from .full import gauss_newton
from .linalg import spd_solve, unit_diagonal

PATIENCE = 3  # steps in a row without a new smallest validation loss that end the training
# Matrices of k x k float64 that live at once: H, Hs, Hs damped, its factor, and one on the way.
COPIES = 5
FACTOR, SMALLEST, TRIES = 10.0, 1e-9, 20  # of lambda: from step to step, at least so much once raised, times raised


@dataclass(frozen=True)
class GaussNewtonStep:
    """What one accepted step did.

    Attributes
    ----------
    number : int
        1 for the first.
    loss : float
        F on the training part after the step.
    validation_loss : float or None
        E on the validation part after it; None without one.
    damping : float
        lambda of the step.
    seconds : float
    """

    number: int
    loss: float
    validation_loss: float | None
    damping: float
    seconds: float


def train_gauss_newton(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, steps: int = 10, damping: float = 1e-2,
                       validation: float | tuple[npt.ArrayLike, npt.ArrayLike] = 0.1, weight_decay: float = 0.0,
                       max_memory: float = 4 * 2**30, rng: int | np.random.Generator = 0,
                       progress: ProgressOption = None) -> list[GaussNewtonStep]:
    """Train ``net`` in place by damped Gauss-Newton steps; pruned parameters stay 0.

    For nets of a few thousand parameters that are not pruned: what is left after pruning.

    Parameters
    ----------
    net : MLP
        Changed in place, as by ``train``, and only to a better state: after every step with the smallest validation
        loss so far (the smallest loss, without a validation part).
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, n_out)
        Labels or targets.
    steps : int
        Accepted steps at most.
    damping : float
        The first lambda. 0 is allowed: where H is singular, it is raised.
    validation : float in [0, 1), or (x, y)
        The share of the samples kept apart, sampled by ``rng``, or samples of their own. Three steps in
        a row without a new smallest loss on them end the training. 0 for none.
    weight_decay : float
        decay, as of ``train``.
    max_memory : float
        Bytes that the k x k matrices may take; the default is 4 GiB.
    rng : int or numpy.random.Generator
    progress : None, bool or callable
        None shows a line on a terminal after 5 seconds, False none, True always; or ``progress(done, total)`` with the
        number of steps.

    Returns
    -------
    list of GaussNewtonStep
        The accepted steps; the net is that of the one with the smallest validation loss, or as it was if none is below
        that of the start. The list is empty if no step lowers the loss: the net is at a minimum.

    Raises
    ------
    ValueError
        If an argument is out of its range, x and y do not fit the net, or the matrices do not fit ``max_memory``.

    Notes
    -----
    A step takes n k^2 / 2 multiply-adds for H and k^3 / 6 for each lambda tried, in float64.

    Examples
    --------
    A line through three points by its normal equations: one step, without damping.

    >>> net = MLP((1, 1), loss="mse", rng=0)
    >>> history = train_gauss_newton(net, [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], steps=1, damping=0, validation=0)
    >>> net.weights[0].round(12), net.biases[0].round(12)
    (array([[2.]]), array([1.]))
    """
    inputs, t = checked_samples(is_net(net), x, y)
    steps = whole_number("steps", steps, 0)
    damping = in_range("damping", damping, 0, np.inf, high_open=True)
    decay = in_range("weight_decay", weight_decay, 0, np.inf, high_open=True)
    ids = unpruned(net)
    check_memory(f"Gauss-Newton training of {len(ids):,} parameters", COPIES * 8 * len(ids)**2, max_memory,
                 "prune the net to a few thousand weights first")
    inputs = inputs.astype(np.float64, copy=False)
    rows, *apart = split(net, inputs, t, validation, generator(rng))
    X, t = inputs[rows], t[rows]
    now, history = net.copy(), []
    validated = len(apart[0]) > 0
    best, waited = now.loss(*apart) if validated else np.inf, 0
    with shown(progress, "Gauss-Newton training") as report:
        for number in range(1, steps + 1):
            begin = time.perf_counter()
            taken = _step(now, X, t, ids, decay, damping)
            if taken is None:
                break
            loss, damping = taken
            seen = now.loss(*apart) if validated else loss
            history.append(GaussNewtonStep(number, loss, seen if validated else None, damping,
                                           time.perf_counter() - begin))
            report(number, steps)
            damping /= FACTOR
            if seen < best:
                best, waited = seen, 0
                net.set_parameters(now.parameters())
            else:
                waited += 1
                if waited == PATIENCE:
                    break
    return history


def _step(net: MLP, x: FloatArray, t: FloatArray, ids: IntArray, decay: float,
          damping: float) -> tuple[float, float] | None:
    """Take one step that lowers F, in place: F after it and its lambda; None if none of those tried does."""
    w = net.parameters()
    g = net.gradient(x, t)[ids] + decay * w[ids]  # (k,)
    H = gauss_newton(net, x, t, keep=ids, max_memory=np.inf)  # (k, k)
    H.flat[:: len(H) + 1] += decay
    live = np.diag(H) > 0  # the others have no effect on F
    if not live.any():
        return None
    Hs, s = unit_diagonal(H[np.ix_(live, live)])
    before = net.loss(x, t) + decay / 2 * float(w @ w)
    for _ in range(TRIES):
        try:
            # dw = -(H + lambda diag H)^-1 g, solved in the units in which the diagonal of H is 1: Marquardt's eq. 18.
            dw = -spd_solve(Hs + damping * np.eye(len(Hs)), g[live] / s) / s
            new = w.copy()
            new[ids[live]] += dw
            net.set_parameters(new)
            after = net.loss(x, t) + decay / 2 * float(new @ new)
        except ValueError:  # H is singular with this lambda, or the step so long that the output overflows
            after = np.inf
        if after < before:
            return after, damping
        damping = max(FACTOR * damping, SMALLEST)
    net.set_parameters(w)
    return None
