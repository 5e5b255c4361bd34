"""Optimal Brain Surgeon: one weight is removed, and all others move to compensate.

    letter   meaning                                                          shape
    w        the parameters that are not pruned, biases included              (k,)
    H        Hessian of the mean loss E with respect to them, damped          (k, k)
    g        gradient of E with respect to them                               (k,)
    L        saliency: the predicted rise of E                                (k,)
    q        the weight that is removed                                       int
    dw       how all parameters change                                        (k,)
    r        row q of H^-1                                                    (k,)

The problem (Hassibi & Stork, NIPS 5, 1992): at a minimum E(w + dw) - E(w) = dw' H dw / 2 to second order. Which
weight can be made 0, dw_q = -w_q, at the least rise, if all others may move? With a Lagrange multiplier m for that
condition, dw' H dw / 2 + m (e_q' dw + w_q) has the derivative H dw + m e_q = 0. So dw = -m H^-1 e_q, and m follows
from dw_q = -w_q:

    dw = -(w_q / [H^-1]_qq) H^-1 e_q        L_q = dw' H dw / 2 = w_q^2 / (2 [H^-1]_qq)        eq. 5

and the paper's steps: 1. train to a minimum; 2. compute H^-1; 3. find q with the smallest L_q and stop if it is too
large; 4. remove q, change all weights by dw, go to 2; 5. no weight can be removed without a large rise.

    refresh=1        H and H^-1 recomputed after every removal, as in the paper
    refresh=m        recomputed after m removals
    refresh="auto"   the default: after 1 % of the parameters; the paper's way on nets below 150
    refresh=None     one H for the whole run

Between two Hessians the inverse is not left stale: H loses a row and column with each weight, and ``downdate`` keeps
the inverse right for the quadratic it began with. For a net whose E is a quadratic (one linear layer with the squared
error), and without damping, all three are the same; for others the quadratic ages as w moves away from where H was
computed.

Which H: "gauss-newton" (``full``; the paper's eqs 10-14) is never indefinite, needs no y, and is the default; "exact"
has all terms, but is positive definite only near a minimum; "fisher" (``outer_products``) is the cheapest. A share
of its diagonal is added to H (``linalg``), so strictly L_q is the rise of E + 1/2 sum_j lambda_j dw_j^2. In L-OBS,
where E is a quadratic, damping only makes H invertible. Here it has a second task: it keeps dw short, where the Taylor
series holds. In directions that the samples leave almost flat, H alone would move w without bound.

Weight decay: a net trained with it sits at the minimum of E + decay/2 |w|^2, not of E. ``weight_decay=`` makes that the
loss of all that is said here: F = E + decay/2 |w|^2, whose Hessian is that of E plus decay I.

Not at a minimum (``first_order=True``; after L-OBS, say), F has a gradient g, and to second order

    F(w + dw) - F(w) = g' dw + dw' H dw / 2 = e' H e / 2 - g' H^-1 g / 2        e = dw + H^-1 g

by completing the square. H and g stay until the next refresh, so the last term is a number, and dw_q = -w_q is
e_q = -u_q with u = w - H^-1 g: all of the above, on u in place of w. So each time that H is computed w goes to u, a
Newton step of all that remains, and then

    L_q = u_q^2 / (2 [H^-1]_qq)        predicted rise = sum of the L_q - g' H^-1 g / 2 once a refresh,

which may be negative. H is the damped one in both: the charge 1/2 sum_j lambda_j dw_j^2 is on the whole dw since H was
computed, the Newton step included. At a minimum g = 0, and nothing is new.

When it fails: the second-order Taylor series holds for small dw. The gradient must be near 0, H must be that of the
current w, and a net pruned hard is far from where any H was computed. The result has the predicted and the measured
rise side by side. And H has k^2 entries: 4 GiB hold it, with what inverting takes, for 9,400 parameters;
``obs_factored`` forms no H.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from .._util.checks import check_memory, in_range, is_net, one_of, warn, whole_number
from .._util.progress import shown
from .._util.types import BoolArray, FloatArray, IntArray, ProgressOption
from ..hessian.downdate import ShrinkingInverse
from ..hessian.full import HESSIANS
from ..hessian.linalg import FREE, checked_hessian, damped_inverse, warn_of_condition
from ..nn.backprop import unflatten
from ..nn.layer_matrix import prunable
from ..nn.losses import LOSSES, checked_samples
from ..nn.mlp import MLP, warn_of_dead_layers
from ..nn.parameters import places, unpruned
from .masks import smallest, sparsity_list
from .memory import obs_memory
from .result import PruneResult, checked_layers, emptied, removal_groups, warn_of_emptied

HessianName = Literal["gauss-newton", "exact", "fisher"]
Refresh = int | Literal["auto"] | None

# By default H is recomputed each time that this share of the net's parameters has gone.
AUTO = 1 / 100

# A rise was not predicted if it is so many times what was, and so large a share of the loss of a net that always
# answers 0. Factors of ten come with any net pruned hard.
UNLIKE, MUCH = 100, 0.1


def default_damping(net: MLP) -> float:
    """What ``prune_obs`` damps by if nothing is said: less where E is a quadratic, and dw need not be kept short.

    Examples
    --------
    >>> default_damping(MLP((4, 3, 2), rng=0)), default_damping(MLP((4, 1), loss="mse", rng=0))
    (0.1, 0.001)
    """
    return 1e-3 if len(net.weights) == 1 and net.loss_name == "mse" else 0.1


def saliencies(w: FloatArray, diagonal: FloatArray) -> FloatArray:
    """L_q = w_q^2 / (2 [H^-1]_qq) of every weight, from w and the diagonal of H^-1 (Hassibi & Stork 1992, eq. 5).

    Examples
    --------
    >>> saliencies(np.array([2.0, 3.0]), np.array([1.0, 0.5]))
    array([2., 9.])
    """
    # Free parameters all cost 0, so that which of them goes first does not depend on their units.
    return np.where(diagonal < FREE / 2, w**2 / (2 * diagonal), 0)


def without(w: FloatArray, q: int, r: FloatArray) -> FloatArray:
    """w + dw, where dw = -(w_q / [H^-1]_qq) H^-1 e_q makes the weight q exactly 0 (eq. 5); r is row q of H^-1.

    Examples
    --------
    >>> without(np.array([2.0, 3.0]), 0, np.array([1.0, -0.5]))
    array([0., 4.])
    """
    w = w - (w[q] / r[q]) * r
    w[q] = 0
    return w


@dataclass(frozen=True, repr=False)  # PruneResult's one line is enough
class OBSResult(PruneResult):
    """A net pruned by Optimal Brain Surgeon.

    Attributes
    ----------
    net, removed, costs
        As of ``PruneResult``; the costs are the saliencies L_q.
    predicted_rise, measured_rise : float
        The sum of the L_q (less g' H^-1 g / 2 a refresh, with ``first_order``), and F(pruned) - F(before), both of
        F = E + weight_decay/2 |w|^2 on (x, y), in float64.
    loss_rise : float
        E(pruned) - E(before): the measured rise without the decay.
    weight_decay : float
        That of F.
    condition : float
        Of the last Hessian computed: damped and scaled to unit diagonal, in the 1-norm.
    method : str
        Adds ", H = 0 after k removals" where nothing reached the outputs any more; the rest went by magnitude.
    stopped : str
        What ended the run: "count" (the sparsity or the number asked for), "max_predicted_rise" or
        "max_measured_rise".
    """

    predicted_rise: float = 0.0
    measured_rise: float = 0.0
    loss_rise: float = 0.0
    weight_decay: float = 0.0
    condition: float = 1.0
    stopped: str = "count"


class Surgery:
    """A net under surgery: the parameters remaining in it, their inverse Hessian, and what has been removed.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like
    hessian : callable
        ``hessian(net, x, y, keep=ids) -> H``.
    damping, weight_decay : float
    prune_biases, first_order : bool
    layers : sequence of int, or None for all

    Attributes
    ----------
    ids : ndarray of shape (k,) of int
        Which parameters of the net w, L and the inverse are about: those unpruned when H was computed.
    w, u : ndarray of shape (k,)
        Their values, 0 where removed since; and those that the removals begin at, other ones for the first removal
        after a refresh with ``first_order``.
    remaining, blocked : ndarray of shape (k,), bool
        Which of them are still in the net, and which must not be chosen: the removed ones, and biases unless asked for.
    loss, objective : float
        E and F of the net at the start.
    removed, costs : list
        (layer, unit, column) and L_q of every removal so far.
    predicted_rise, gain : float
        The rise that the removals were predicted to cause; what the Newton step to u is predicted to lower F by, until
        a removal takes it.
    condition, worst : float
        Of the last Hessian computed, and of the worst so far.
    cut : int or None
        The number of removals after which H was 0: nothing that remains matters to E.
    """

    def __init__(self, net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, hessian: Any, *, damping: float,
                 prune_biases: bool, layers: Sequence[int] | None, weight_decay: float, first_order: bool) -> None:
        # float64, whatever x is: rises are small differences of losses.
        samples, self.y = checked_samples(net, x, y)
        self.x = samples.astype(np.float64, copy=False)
        warn_of_dead_layers(net, self.x)
        self.net, self.hessian, self.damping, self.decay, self.first_order = (net, hessian, damping, weight_decay,
                                                                              first_order)
        self.ids, self.places = unpruned(net), places(net)
        self.w, self.remaining = net.parameters()[self.ids], np.ones(len(self.ids), bool)
        self.loss, self.objective = self._losses(net)
        layer, _, column = self.places[self.ids].T
        is_bias = column == np.array([W.shape[1] for W in net.weights])[layer]
        self.blocked = is_bias & (not prune_biases) | ~np.isin(layer, checked_layers(net, layers))
        self.u, self.gain, self.predicted_rise = self.w, 0.0, 0.0
        self.inverse: ShrinkingInverse | None = None
        self.age, self.condition, self.worst = 0, 1.0, 1.0
        self.cut: int | None = None
        self.removed: list[IntArray] = []
        self.costs: list[float] = []

    def remove_one(self, refresh: int | None, limits: dict[str, float | None]) -> str:
        """Steps 2 to 4 of the paper: "count", or the name of the limit that forbids the removal.

        Parameters
        ----------
        refresh : int or None
            Removals for which an inverse serves.
        limits : dict
            ``max_predicted_rise`` and ``max_measured_rise``, floats or None.
        """
        if self.inverse is None or self.age == refresh:
            self.inverse = None  # else the old one and the new one would be in memory together
            self.inverse = self._recompute_inverse()
        inverse = self.inverse
        # L_q = u_q^2 / (2 [H^-1]_qq), and the smallest is removed: eq. 5 and step 3.
        L = np.where(self.blocked, np.inf, saliencies(self.u, inverse.diagonal))
        q = int(L.argmin())
        # u + dw with dw = -(u_q / [H^-1]_qq) H^-1 e_q: step 4.
        r = inverse.row(q, likely=lambda k: smallest(L, k))  # (k,)
        w, remaining = without(self.u, q, r), self.remaining.copy()
        remaining[q] = False
        predicted = self.predicted_rise - self.gain + float(L[q])
        forbidden = self._limit_passed(limits, predicted, w, remaining)
        if forbidden is not None:
            return forbidden
        inverse.remove(q, r)
        self.w = self.u = np.asarray(w, np.float64)
        self.remaining, self.blocked[q], self.age = remaining, True, self.age + 1
        self.removed.append(self.places[self.ids[q]])
        self.costs.append(float(L[q]))
        self.predicted_rise, self.gain = predicted, 0.0
        return "count"

    def _limit_passed(self, limits: dict[str, float | None], predicted: float, w: FloatArray,
                      remaining: BoolArray) -> str | None:
        """The limit that a removal would pass which leads to these w; None if it passes none. At a limit is within."""
        most = limits["max_predicted_rise"]
        if most is not None and predicted > most:
            return "max_predicted_rise"
        most = limits["max_measured_rise"]
        if most is not None and self._losses(self._net(w, remaining))[1] - self.objective > most:
            return "max_measured_rise"
        return None

    def _losses(self, net: MLP) -> tuple[float, float]:
        """E and F = E + decay/2 |w|^2 of a net."""
        loss, w = net.loss(self.x, self.y), net.parameters()
        return loss, loss + self.decay / 2 * float(w @ w)

    def _recompute_inverse(self) -> ShrinkingInverse:
        """Step 2: H and its inverse, of the parameters remaining in the net as it is now; and u."""
        now = self._net(self.w, self.remaining)
        self.ids, self.w, self.blocked = self.ids[self.remaining], self.w[self.remaining], self.blocked[self.remaining]
        self.remaining, self.age = np.ones(len(self.ids), bool), 0
        inverse, matters = self._inverse_at(now)
        if not matters.any() and self.cut is None:
            self.cut = len(self.removed)
        self.u = self.w
        if self.first_order:
            # u = w - H^-1 g, where E has a slope and a curvature; F falls by g' H^-1 g / 2.
            g = np.where(matters | (self.decay > 0), now.gradient(self.x, self.y)[self.ids] + self.decay * self.w, 0)
            dw = -inverse.times(g)
            self.u, self.gain = self.w + dw, -float(g @ dw) / 2
        return inverse

    def _inverse_at(self, now: MLP) -> tuple[ShrinkingInverse, BoolArray]:
        """The inverse of the damped Hessian of F at the net ``now``, and where that of E is not 0; sets condition."""
        H = self.hessian(now, self.x, self.y, keep=self.ids)  # (k, k)
        matters = np.diag(H) != 0
        if self.decay:
            H = H + self.decay * np.eye(len(H))
        Hinv, self.condition = damped_inverse(H, self.damping)
        self.worst = max(self.worst, self.condition)
        return ShrinkingInverse(Hinv), matters

    def _net(self, w: FloatArray, remaining: BoolArray) -> MLP:
        """A new net with the parameters w, of which those not remaining are pruned."""
        new, vector, mask = self.net.copy(), np.zeros(len(self.places)), np.zeros(len(self.places), bool)
        vector[self.ids], mask[self.ids] = w, remaining  # (k,) -> (N,)
        new.set_masks(*unflatten(mask, new.weights, new.biases))
        new.set_parameters(vector)
        return new

    def result(self, method: str, stopped: str) -> OBSResult:
        """What has been reached, as an ``OBSResult``."""
        net = self._net(self.w, self.remaining)
        loss, objective = self._losses(net)
        method += "" if self.cut is None else f", H = 0 after {self.cut} removals"
        return OBSResult(net, np.array(self.removed, int).reshape(-1, 3), np.array(self.costs), method + emptied(net),
                         predicted_rise=self.predicted_rise,
                         measured_rise=objective - self.objective, loss_rise=loss - self.loss, weight_decay=self.decay,
                         condition=self.condition, stopped=stopped)

    def warn_of_rise(self, results: list[OBSResult]) -> None:
        """One warning if a result has lost much that was not predicted: the quadratic says nothing of this net."""
        zero = LOSSES[self.net.loss_name].value_and_residual(np.zeros_like(self.y), self.y)[0]
        for r in results:
            if r.measured_rise > max(UNLIKE * abs(r.predicted_rise), MUCH * max(zero, self.loss), 1e-9):
                warn(f"a rise of {r.predicted_rise:.3g} was predicted, but {r.measured_rise:.3g} is measured, after "
                     f"{len(r.removed)} removals: far from where H was computed the quadratic is none. Take a smaller "
                     f"refresh, a larger damping than {self.damping:g}, or retrain first if the units are saturated")
                return


def operate(surgery: Surgery, stops: list[int], refresh: int | None, limits: dict[str, float | None], method: str,
            progress: ProgressOption) -> list[OBSResult]:
    """Remove one weight after another; an ``OBSResult`` at every stop, or of what a limit allows of it."""
    results, stopped = [], "count"
    with shown(progress, method) as report:
        for stop in stops:
            while stopped == "count" and len(surgery.costs) < stop:
                stopped = surgery.remove_one(refresh, limits)
                report(len(surgery.costs), stops[-1])
            results.append(surgery.result(method, stopped))
    warn_of_emptied(results)
    warn_of_condition(surgery.worst)
    surgery.warn_of_rise(results)
    return results


@overload
def prune_obs(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: Sequence[float], n_remove: int | None = ...,
              max_predicted_rise: float | None = ..., max_measured_rise: float | None = ...,
              hessian: HessianName | npt.ArrayLike = ..., refresh: Refresh = ..., damping: float | None = ...,
              weight_decay: float = ..., first_order: bool = ..., prune_biases: bool = ...,
              layers: Sequence[int] | None = ..., max_memory: float = ...,
              progress: ProgressOption = ...) -> list[OBSResult]: ...


@overload
def prune_obs(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: float | None = ..., n_remove: int | None = ...,
              max_predicted_rise: float | None = ..., max_measured_rise: float | None = ...,
              hessian: HessianName | npt.ArrayLike = ..., refresh: Refresh = ..., damping: float | None = ...,
              weight_decay: float = ..., first_order: bool = ..., prune_biases: bool = ...,
              layers: Sequence[int] | None = ..., max_memory: float = ...,
              progress: ProgressOption = ...) -> OBSResult: ...


def prune_obs(net: MLP, x: npt.ArrayLike, y: npt.ArrayLike, *, sparsity: float | Sequence[float] | None = None,
              n_remove: int | None = None, max_predicted_rise: float | None = None,
              max_measured_rise: float | None = None, hessian: HessianName | npt.ArrayLike = "gauss-newton",
              refresh: Refresh = "auto", damping: float | None = None, weight_decay: float = 0.0,
              first_order: bool = False, prune_biases: bool = False, layers: Sequence[int] | None = None,
              max_memory: float = 4 * 2**30, progress: ProgressOption = None) -> OBSResult | list[OBSResult]:
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
        The result is the last net at which the predicted rise, or that measured on (x, y), is not above it: exactly at
        the limit is allowed.
    hessian : {"gauss-newton", "exact", "fisher"}, or array_like of shape (k, k)
        Which H; or H itself, for the k parameters that are not pruned in the order of ``net.parameters()``
        (only with ``refresh=None``); that of E, without the decay.
    refresh : "auto", int or None
        Removals between two Hessians. "auto": 1 % of the parameters, at most 100 Hessians for a net of any size, the
        paper's way (1) below 150 parameters, one where an H is given. None: one Hessian for the whole run. Why 1 %:
        36-30-20-10 nets for the synthetic digits, 90 % pruned with damping 0.1, had 53 % with None, 79 % with 100 (5 %
        of the parameters), 81 % with 50, 86 % with 20 and 87 % with 10, in 0.06, 0.2, 0.4, 1 and 2 times the time of 20
        (mean validation accuracy, relu and tanh, two seeds each, dense 94.3 %; ``benchmarks/obs_defaults.py``).
    damping : float
        The share of H's diagonal that is added to it. 0 is allowed where H is invertible. By default 0.1; 1e-3, as in
        L-OBS, for a net of one layer with the squared error, whose E is a quadratic. On small nets at a minimum
        (MONK's) 1e-6 to 1e-1 give much the same. Nets of thousands of weights need more: 36-30-20-10 nets for the
        synthetic digits, 90 % pruned with ``refresh=20``, had 73 and 80 % (relu, tanh; dense 95 and 94 %) with 0.01,
        88 and 85 % with 0.1, 86 and 86 % with 0.3, 83 and 83 % with 1 (validation accuracy, means of three seeds;
        ``benchmarks/obs_defaults.py``).
    weight_decay : float
        decay, as the net was trained with (``train(weight_decay=)``): rises and limits are then of F.
    first_order : bool
        Keep the gradient, for a net that is not at a minimum: see the head of this module. The predicted rise may then
        be negative.
    prune_biases : bool
        Whether biases are ranked, counted and removed like weights, as the paper counts. They compensate in any
        case.
    layers : sequence of int, optional
        Only these layers lose weights, and ``sparsity`` is the share of theirs; the others compensate.
    max_memory : float
        Bytes that the matrices may take; the default is 4 GiB.
    progress : None, bool or callable
        None shows a line on a terminal after 5 seconds, False none, True always; or ``progress(done, total)`` with the
        number of removals.

    Returns
    -------
    OBSResult, or a list of them for a sequence of sparsities

    Raises
    ------
    ValueError
        If an argument is out of its range, x and y do not fit the net, the matrices do not fit ``max_memory``, or
        H with its damping is not positive definite (the message says how much damping would do).

    Warns
    -----
    NNPruneWarning
        If the measured rise is more than 100 times the predicted one, and not small; where H is so near to a singular
        matrix that the costs have few right digits; where a layer is dead or emptied.

    Notes
    -----
    With k parameters: 6 k^2 floats of memory; a Hessian takes n k^2 / 2 multiply-adds, its inverse k^3, and all
    removals between two Hessians together at most k^3 / 3.

    References
    ----------
    Hassibi & Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS 5, 1992.

    Examples
    --------
    Two inputs that are always equal: one of their weights can be removed at no cost, since the other one takes over.

    >>> from nnprune import MLP
    >>> net = MLP.from_arrays([[[1.0, 2.0]]], loss="mse")
    >>> x = np.array([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]])
    >>> r = prune_obs(net, x, [3.0, 6.0, -3.0], n_remove=1, damping=1e-9)
    >>> r.net.weights[0].round(6), round(r.measured_rise, 6)
    (array([[0., 3.]]), 0.0)
    """
    is_net(net)
    stops, single, limits = stopping(net, sparsity, n_remove, prune_biases, layers,
                                     max_predicted_rise=max_predicted_rise, max_measured_rise=max_measured_rise)
    damping = in_range("damping", default_damping(net) if damping is None else damping, 0, np.inf, high_open=True)
    k = len(unpruned(net))
    check_memory(f"OBS on {k:,} parameters", obs_memory(k), max_memory,
                 "prune with prune_lobs to a few thousand weights first, use prune_obs_factored, which needs no "
                 "k x k matrix")
    every = removals_between(refresh, hessian, k)
    surgery = Surgery(net, x, y, _hessian_of(hessian, every, k), damping=damping, prune_biases=prune_biases,
                      layers=layers, first_order=first_order,
                      weight_decay=in_range("weight_decay", weight_decay, 0, np.inf, high_open=True))
    method = f"OBS, {hessian if isinstance(hessian, str) else 'given'} Hessian, refresh {every}"
    results = operate(surgery, stops, every, limits, method, progress)
    return results[0] if single else results


def stopping(net: MLP, sparsity: float | Sequence[float] | None, n_remove: int | None, prune_biases: bool,
             layers: Sequence[int] | None, **limits: float | None) -> tuple[list[int], bool, dict[str, float | None]]:
    """Rising numbers of removals at which a result is wanted, whether only one result is, and the checked limits."""
    limits = {name: None if limit is None else in_range(name, limit, 0, np.inf) for name, limit in limits.items()}
    if sparsity is None and n_remove is None and all(limit is None for limit in limits.values()):
        raise ValueError("nothing says when to stop: give sparsity, n_remove, max_predicted_rise or "
                         "max_measured_rise")
    most = sum(int(prunable(net, l, prune_biases).sum()) for l in checked_layers(net, layers))
    if n_remove is not None and whole_number("n_remove", n_remove, 0) > most:
        raise ValueError(f"n_remove={n_remove}, but only {most} weights can be removed")
    most = most if n_remove is None else n_remove
    if sparsity is None:
        return [most], True, limits
    values, single = sparsity_list(sparsity)
    return [min(removal_groups(net, s, "network", prune_biases, layers)[0][1], most) for s in values], single, limits


def removals_between(refresh: Refresh, hessian: HessianName | npt.ArrayLike, k: int) -> int | None:
    """How many of ``k`` parameters go between two Hessians."""
    if isinstance(refresh, str) and one_of("refresh", refresh, ("auto",)):
        return max(1, round(AUTO * k)) if isinstance(hessian, str) else None
    return None if refresh is None else whole_number("refresh", refresh, 1)


def _hessian_of(hessian: HessianName | npt.ArrayLike, refresh: int | None, k: int) -> Callable[..., FloatArray]:
    """The function (net, x, y, keep) -> H that was asked for."""
    if isinstance(hessian, str):
        # Its memory is a part of what ``prune_obs`` has checked.
        return partial(HESSIANS[one_of("hessian", hessian, HESSIANS)], max_memory=np.inf)
    if refresh is not None:
        raise ValueError(f"a Hessian given as an array cannot be recomputed: refresh must be None, but is {refresh}")
    H = checked_hessian(hessian, k)
    return lambda net, x, y, keep: H
