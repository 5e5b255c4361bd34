"""Optimal Brain Surgeon: one weight goes, and all others move to make up for it.

    letter   meaning                                                          shape
    w        the parameters that are not pruned, biases and all               (k,)
    H        Hessian of the mean loss E with respect to them, damped          (k, k)
    L        saliency: the predicted rise of E                                (k,)
    q        the weight that goes                                             int
    dw       how all parameters change                                        (k,)
    r        row q of H^-1                                                    (k,)

The problem (Hassibi & Stork, NIPS 5, 1992): at a minimum E(w + dw) - E(w) = dw' H dw / 2 to second order. Which
weight can be made 0, dw_q = -w_q, at the least rise, if all others may move? With a Lagrange multiplier for that

    dw = -(w_q / [H^-1]_qq) H^-1 e_q        L_q = w_q^2 / (2 [H^-1]_qq)        eq. 5

and the paper's steps follow: 1. train to a minimum; 2. compute H^-1; 3. find q with the smallest L_q and stop if it
is too large; 4. remove q, change all weights by dw, go to 2; 5. no weight can go without a large rise.

    refresh=1      H and H^-1 anew after every removal, as in the paper
    refresh=m      anew after m removals
    refresh=None   one H for the whole run

Between two Hessians the inverse is not left stale: H loses a row and column with each weight, and ``downdate`` keeps
the inverse right for the quadratic it began with. For a net whose E is a quadratic (one linear layer with the squared
error), and without damping, all three are one and the same; for others the quadratic ages as w moves away from where
H was taken.

Which H: "gauss-newton" (``curvature``; the paper's eqs 10-14) is never indefinite, needs no y, and is the default;
"exact" has all terms, but is positive definite only near a minimum; "fisher" (``jacobian``) is the cheapest. H is
damped in the open: lambda I is added (``linalg``), so strictly L_q is the rise of E + lambda/2 |dw|^2. In L-OBS,
where E is a quadratic, damping only makes H invertible. Here it has a second task: it keeps dw short, where the
Taylor series holds. In directions that the samples leave almost flat, H alone would move w without bound.

When it fails: the second-order Taylor series holds for small dw. The gradient must be near 0, H must be that of
the w at hand, and a net pruned hard is far from where any H was taken. The result has the predicted and the measured
rise side by side. And H has k^2 entries: 4 GiB hold it, with what inverting takes, for 9,400 parameters.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from .._util.checks import check_memory, in_range, is_net, one_of, whole_number
from ..hessian.full import exact_hessian, gauss_newton
from ..hessian.linalg import checked_hessian
from ..hessian.outer_products import empirical_fisher
from ..nn.losses import checked_samples
from ..nn.parameters import unpruned
from .memory import obs_memory
from .obs_run import operate, removal_limits, removal_stops
from .obs_surgery import Surgery

HESSIANS = {"gauss-newton": gauss_newton, "exact": exact_hessian, "fisher": empirical_fisher}


def prune_obs(net, x, y, *, sparsity=None, n_remove=None, max_predicted_rise=None, max_measured_rise=None,
              hessian="gauss-newton", refresh=1, damping=1e-2, prune_biases=False, max_memory=4 * 2**30,
              progress=None):
    """Prune by the full Optimal Brain Surgeon: every removal is compensated by all other parameters of the net.

    At least one of the four criteria for stopping must be given; the first one that is met ends the run.

    Parameters
    ----------
    net : MLP
        Stays as it is. Weights that are pruned already stay out of H and stay 0.
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)
        Labels or targets.
    sparsity : float in [0, 1), or a rising sequence of them, optional
        The share of all weights that is gone in the result: exactly ``round(sparsity * n_weights)``. A sequence is
        served by one pass; a sparsity that another criterion cuts off gets the net reached.
    n_remove : int, optional
        The number of weights to remove.
    max_predicted_rise, max_measured_rise : float, optional
        The result is the last net at which the sum of the L_q, or the rise of the loss on (x, y), is not above it.
    hessian : {"gauss-newton", "exact", "fisher"}, or array_like of shape (k, k)
        Which H; or H itself, for the k parameters that are not pruned in the order of ``net.parameters()``
        (only with ``refresh=None``).
    refresh : int or None
        Removals between two Hessians; None: one Hessian for the whole run.
    damping : float
        lambda as a share of the mean diagonal of H. 0 is allowed where H is invertible. On small nets at a minimum
        (MONK's) 1e-6 to 1e-1 give much the same; on 36-30-20-10 nets for the drawn digits, 90 % pruned with
        ``refresh=50``, 1e-2 left 67 % (relu) and 63 % (tanh), 1e-1 87 % and 80 % test accuracy; 1e-4 with
        ``refresh=100`` 10 % and 37 %.
    prune_biases : bool
        Whether biases are ranked, counted and removed like weights, as the paper counts. They compensate in any
        case.
    max_memory : float
        Bytes that the matrices may take; the default is 4 GiB. ``estimate.estimate_obs`` says memory and time
        beforehand.
    progress : callable, optional
        ``progress(done, total)`` with the number of removals.

    Returns
    -------
    OBSResult, or a list of them for a sequence of sparsities

    Raises
    ------
    ValueError
        If an argument is out of its range, x and y do not fit the net, the matrices do not fit ``max_memory``, or
        H with its damping is not positive definite (the message says how much damping would do).

    Notes
    -----
    With k parameters: 6 k^2 floats of memory; a Hessian takes n k^2 / 2 multiply-adds, its inverse k^3, and all
    removals between two Hessians together at most k^3 / 3.

    References
    ----------
    Hassibi & Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS 5, 1992.

    Examples
    --------
    Two inputs that are always equal: one of their weights can go for nothing, since the other one takes over.

    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 2.0]]], loss="mse")
    >>> x = np.array([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]])
    >>> r = prune_obs(net, x, [3.0, 6.0, -3.0], n_remove=1, damping=1e-9)
    >>> r.net.weights[0].round(6), round(r.measured_rise, 6)
    (array([[0., 3.]]), 0.0)
    """
    is_net(net)
    limits = removal_limits(max_predicted_rise=max_predicted_rise, max_measured_rise=max_measured_rise)
    stops, single = removal_stops(net, sparsity, n_remove, limits, prune_biases)
    damping = in_range("damping", damping, 0, np.inf, high_open=True)
    k = len(unpruned(net))
    check_memory(f"OBS on {k:,} parameters", obs_memory(k), max_memory,
                 "prune with prune_lobs to a few thousand weights first, use prune_obs_factored, which needs no "
                 "k x k matrix")
    checked_samples(net, x, y)
    surgery = Surgery(net, x, y, _hessian_of(hessian, refresh, k), damping, prune_biases)
    name = f"OBS, {hessian if isinstance(hessian, str) else 'given'} Hessian, refresh {refresh}"
    results = operate(surgery, stops, refresh, limits, name, progress)
    return results[0] if single else results


def _hessian_of(hessian, refresh, k):
    """The function (net, x, y, keep) -> H that was asked for."""
    if refresh is not None:
        whole_number("refresh", refresh, 1)
    if isinstance(hessian, str):
        # Its memory is a part of what ``prune_obs`` has checked.
        return partial(HESSIANS[one_of("hessian", hessian, HESSIANS)], max_memory=np.inf)
    if refresh is not None:
        raise ValueError(f"a Hessian given as an array cannot be taken anew: refresh must be None, but is {refresh}")
    H = checked_hessian(hessian, k)
    return lambda net, x, y, keep: H
