"""The steps of Optimal Brain Surgeon, small to large: the saliency, one removal, and a net under surgery.

The derivation and the table of letters stand in ``obs``.
"""

from __future__ import annotations

import numpy as np

from ..hessian.downdate import ShrinkingInverse
from ..hessian.linalg import damped_inverse
from ..nn.backprop import unflatten
from ..nn.parameters import places, unpruned
from .masks import smallest

# Where nothing reaches the outputs (the last weight of a layer went, or every relu is dead), or the loss is flat (a
# softmax over one output), H is 0: E depends on no parameter, and no share of H's diagonal makes it invertible. EPS I
# stands in for it: costs that are 0 to rounding, the smallest weights first, and the result says so.
EPS = np.finfo(float).eps


def saliencies(w, diagonal):
    """L_q = w_q^2 / (2 [H^-1]_qq) of every weight, from w and the diagonal of H^-1 (Hassibi & Stork 1992, eq. 5).

    Examples
    --------
    >>> saliencies(np.array([2.0, 3.0]), np.array([1.0, 0.5]))
    array([2., 9.])
    """
    return w**2 / (2 * diagonal)


def without(w, q, r):
    """w + dw, where dw = -(w_q / [H^-1]_qq) H^-1 e_q makes the weight q exactly 0 (eq. 5); r is row q of H^-1.

    Examples
    --------
    >>> without(np.array([2.0, 3.0]), 0, np.array([1.0, -0.5]))
    array([0., 4.])
    """
    w = w - (w[q] / r[q]) * r
    w[q] = 0
    return w


class Surgery:
    """A net under surgery: the parameters left in it, their inverse Hessian, and what has been removed.

    Parameters
    ----------
    net : MLP
        Stays as it is.
    x, y : array_like
    hessian : callable
        ``hessian(net, x, y, keep=ids) -> H``.
    damping : float
    prune_biases : bool

    Attributes
    ----------
    ids : ndarray of shape (k,) of int
        Which parameters of the net w, L and the inverse are about: those unpruned when H was taken.
    w : ndarray of shape (k,)
        Their values; 0 where removed since.
    loss : float
        E of the net at the start.
    removed, costs : list
        (layer, unit, column) and L_q of every removal so far.
    predicted_rise : float
        The sum of the costs.
    lambda_, condition : float
        Of the last Hessian taken.
    cut : int or None
        The number of removals after which H was 0: nothing that is left matters to E.
    """

    def __init__(self, net, x, y, hessian, damping, prune_biases):
        self.net, self.x, self.y, self.hessian, self.damping = net, x, y, hessian, damping
        self.ids, self.places = unpruned(net), places(net)
        self.w, self.left, self.loss = net.parameters()[self.ids], np.ones(len(self.ids), bool), net.loss(x, y)
        layer, _, column = self.places[self.ids].T
        is_bias = column == np.array([W.shape[1] for W in net.weights])[layer]
        # inf keeps a parameter from being chosen.
        self.barrier = np.where(is_bias & (not prune_biases), np.inf, 0.0)
        self.inverse, self.age, self.lambda_, self.condition = None, 0, 0.0, 1.0
        self.cut, self.removed, self.costs, self.predicted_rise = None, [], [], 0.0

    def current(self):
        """The net as it is now."""
        return self._net(self.w, self.left)

    def _net(self, w, left):
        """A new net with the parameters w, of which those not left are pruned."""
        new, vector, mask = self.net.copy(), np.zeros(len(self.places)), np.zeros(len(self.places), bool)
        vector[self.ids], mask[self.ids] = w, left
        new.masks, new.bias_masks = unflatten(mask, new.weights, new.biases)
        new.set_parameters(vector)
        return new

    def remove_one(self, refresh, limits):
        """Steps 2 to 4 of the paper: "count", or the name of the limit that forbids the removal.

        Parameters
        ----------
        refresh : int or None
            Removals for which an inverse serves.
        limits : dict
            ``max_predicted_rise`` and ``max_measured_rise``, floats or None.
        """
        if self.inverse is None or self.age == refresh:
            self._take_inverse()
        L = saliencies(self.w, self.inverse.diagonal) + self.barrier
        q = int(L.argmin())
        r = self.inverse.row(q, likely=lambda k: smallest(L, k))
        w, left = without(self.w, q, r), self.left.copy()
        left[q] = False
        over = self._over(limits, float(L[q]), w, left)
        if over is None:
            self.inverse.remove(q, r)
            self.w, self.left, self.barrier[q], self.age = w, left, np.inf, self.age + 1
            self.removed.append(self.places[self.ids[q]])
            self.costs.append(float(L[q]))
            self.predicted_rise += self.costs[-1]
        return over or "count"

    def _over(self, limits, cost, w, left):
        """The limit that a removal at this cost, which leads to these w, would pass; None if it passes none."""
        most = limits["max_predicted_rise"]
        if most is not None and self.predicted_rise + cost > most:
            return "max_predicted_rise"
        most = limits["max_measured_rise"]
        if most is not None and self._net(w, left).loss(self.x, self.y) - self.loss > most:
            return "max_measured_rise"
        return None

    def _take_inverse(self):
        """Step 2: H and its inverse, of the parameters left in the net as it is now."""
        now = self.current()
        self.ids, self.w, self.barrier = self.ids[self.left], self.w[self.left], self.barrier[self.left]
        self.left, self.age = np.ones(len(self.ids), bool), 0
        self.inverse = self._invert(now)

    def _invert(self, now):
        """The damped H of the parameters left in the net ``now``, inverted; sets lambda_, condition and cut."""
        H = self.hessian(now, self.x, self.y, keep=self.ids)
        if not H.any():
            self.cut = len(self.removed) if self.cut is None else self.cut
            Hinv, self.lambda_, self.condition = np.eye(len(H)) / EPS, EPS, 1.0
        else:
            Hinv, self.lambda_, self.condition = damped_inverse(H, self.damping)
        return ShrinkingInverse(Hinv)
