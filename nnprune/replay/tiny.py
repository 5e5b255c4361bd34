"""Every step of Optimal Brain Surgeon with all its numbers, on a net so small that they fit on a page.

    letter   meaning                                                       shape
    w        the parameters left in the net, biases and all                (k,)
    H        their Hessian, Gauss-Newton, damped                           (k, k)
    L        saliencies w_q^2 / (2 [H^-1]_qq)                              (k,)
    dw       -(w_q / [H^-1]_qq) H^-1 e_q                                   (k,)

``nnprune.prune_obs`` does the same for a net of any size; this is its loop written out (Hassibi & Stork 1992, eq. 5,
H recomputed before every removal, biases counted as weights, as the paper does), with what it computes on the way kept.
"""

from __future__ import annotations

import numpy as np

from .._util.checks import is_net, whole_number
from ..datasets.monks import make_xor
from ..hessian.full import gauss_newton
from ..hessian.linalg import damped_inverse
from ..nn.backprop import unflatten
from ..nn.mlp import MLP
from ..nn.parameters import places, unpruned
from ..nn.sgd import train
from ..pruning.obs import saliencies, without

MOST = 60  # parameters of a net whose every number is shown
DAMPING = 1e-4  # of H's diagonal; the paper has lambda between 1e-8 and 1e-4
ZERO = 1e-12  # the mean loss of a net "at zero error"
STARTS = 50


def xor_net(seed=0):
    """A 2-2-1 net trained on XOR to zero error: sigmoid hidden units, a linear output, targets 0 and 1.

    Some starts end in a local minimum: the first start of the seed that reaches zero error is taken.

    Returns
    -------
    net : MLP
    x : ndarray of shape (4, 2)
    y : ndarray of shape (4,)
    """
    data = make_xor()
    x, y = data.x_train.astype(float), data.y_train
    for start in range(STARTS):
        net = MLP((2, 2, 1), activation="sigmoid", loss="mse", rng=np.random.default_rng([seed, start]))
        train(net, x, y, epochs=3000, batch_size=4, learning_rate=0.5, learning_rate_schedule="constant", rng=0)
        if net.loss(x, y) < ZERO:
            return net, x, y
    raise ValueError(f"seed={seed}: none of {STARTS} starts reached zero error on XOR; try another seed")


def obs_steps(net, x, y, *, damping=DAMPING, n_remove=None):
    """Prune a tiny net by full OBS, one parameter at a time, and keep every number.

    Parameters
    ----------
    net : MLP
        At most 60 parameters. Stays as it is. OBS supposes that it is at a minimum of the loss.
    x : array_like of shape (n, n_in)
    y : array_like of shape (n,) or (n, c)
    damping : float
        The share of H's diagonal that is added to it.
    n_remove : int, optional
        As many removals; all by default. It ends before where H is 0: what is left then reaches no output.

    Returns
    -------
    dict
        ``sizes``; ``nodes``, the names of inputs and units; ``names`` of the parameters, and their ``places`` (layer,
        unit, column); ``x``, ``targets``, ``damping``; and ``steps``, a dict for each removal: ``q``, the index of
        the parameter that goes; ``w`` (N,) before it; ``kept`` (N,); ``diagonal`` of H^-1, ``saliencies`` and ``dw``
        (None where pruned before); ``rank`` of H undamped; ``gradient``, the largest |dE/dw| among those left;
        ``predicted``, the L_q, and ``damping_share``, its part 1/2 sum_j lambda_j dw_j^2; ``loss`` and ``outputs``
        before it.
        The last entry of ``steps`` is the state at the end, without a ``q``.

    Raises
    ------
    ValueError
        If the net is too large to be shown, or an argument is out of its range.

    Examples
    --------
    >>> net, x, y = xor_net()
    >>> found = obs_steps(net, x, y, n_remove=1)
    >>> found["names"][found["steps"][0]["q"]], [round(z) for z in found["steps"][1]["outputs"]]
    ('bias of h1', [0, 1, 1, 0])
    """
    where = places(is_net(net))
    if len(where) > MOST:
        raise ValueError(f"the net has {len(where)} parameters, but at most {MOST} can be shown one by one: "
                         f"use write_replay without steps=")
    x = np.asarray(x, float)
    most = len(unpruned(net)) if n_remove is None else min(whole_number("n_remove", n_remove, 0), len(unpruned(net)))
    steps, net = [], net.copy()
    while len(steps) < most:
        step = _state(net, x, y)
        H = gauss_newton(net, x, y, keep=unpruned(net))
        if not np.trace(H) > 0:
            break
        net = _remove(net, step, H, damping)
        steps.append(step)
    steps.append(_state(net, x, y))
    nodes = _nodes(net.sizes)
    return {"sizes": list(net.sizes), "nodes": nodes, "names": _names(nodes, where), "places": where.tolist(),
            "x": x.tolist(), "targets": np.asarray(y).ravel().tolist(), "damping": damping, "steps": steps}


def _state(net, x, y):
    """The net as it is, as JSON can hold it."""
    keep = unpruned(net)
    kept = np.zeros(len(net.parameters()), bool)
    kept[keep] = True
    gradient = np.abs(net.gradient(x, y)[keep])
    return {"w": net.parameters().tolist(), "kept": kept.tolist(), "loss": net.loss(x, y),
            "gradient": float(gradient.max(initial=0)), "outputs": net.forward(x).ravel().tolist()}


def _remove(net, step, H, damping):
    """One removal; its numbers go into ``step``, the new net comes back."""
    keep, N = unpruned(net), len(step["w"])
    Hinv, _ = damped_inverse(H, damping)
    w = net.parameters()[keep]
    L = saliencies(w, np.diag(Hinv))
    q = int(L.argmin())
    new = without(w, q, Hinv[q])

    def whole(values):
        full = [None] * N
        for k, value in zip(keep, values):
            full[k] = float(value)
        return full

    step.update(q=int(keep[q]), diagonal=whole(np.diag(Hinv)), saliencies=whole(L), dw=whole(new - w),
                predicted=float(L[q]), rank=int(np.linalg.matrix_rank(H, tol=1e-9 * np.trace(H))),
                damping_share=float(damping * np.diag(H) @ np.square(new - w) / 2))
    vector, mask = np.zeros(N), np.zeros(N, bool)
    vector[keep], mask[keep] = new, True
    mask[keep[q]] = False
    net = net.copy()
    net.set_masks(*unflatten(mask, net.weights, net.biases))
    net.set_parameters(vector)
    return net


def _nodes(sizes):
    """What inputs and units are called on the page, a list for each layer.

    Examples
    --------
    >>> _nodes([2, 2, 1]), _nodes([1, 1, 1, 2])[1:]
    ([['x1', 'x2'], ['h1', 'h2'], ['out']], [['h1.1'], ['h2.1'], ['out1', 'out2']])
    """
    last = len(sizes) - 1
    names = [[f"x{j + 1}" for j in range(sizes[0])]]
    names += [[f"h{j + 1}" if last == 2 else f"h{l}.{j + 1}" for j in range(sizes[l])] for l in range(1, last)]
    return [*names, ["out"] if sizes[-1] == 1 else [f"out{j + 1}" for j in range(sizes[-1])]]


def _names(nodes, where):
    """What the parameters are called on the page."""
    return [f"bias of {nodes[l + 1][j]}" if k == len(nodes[l]) else f"{nodes[l][k]} to {nodes[l + 1][j]}"
            for l, j, k in where.tolist()]
