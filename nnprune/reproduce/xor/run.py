"""XOR with a 2-2-1 net: which of its nine weights magnitude, OBD and OBS remove first, and whether XOR survives.

The claim (Hassibi & Stork 1992): from minima of zero error, magnitude and OBD remove a wrong weight in some cases; OBS
removes a right one in every case, and its update solves XOR with no retraining.

*Which weights can be wrong* is settled by an argument, and by brute force beside it. Without an input weight, say u11,
unit 1 does not see input 1, and unit 2 is a monotone function of it: for either value of input 2 the output moves the
same way with input 1, but XOR asks for opposite ways. Without v1 or v2 a single monotone unit is left, and the same
holds. So only the three *biases* can go. A weight is *right* here if the net without it can be trained to zero error
from where it stands, its mask held.

*The output is linear*, and the squared error can be 0 at finite weights. A sigmoid output with targets within its range
(0.1 and 0.9, say) makes no difference to what is asked here: it has the same minima as a linear one with the targets
log(p / (1 - p)), and there H differs by a constant factor only, so OBD and OBS rank alike. Two targets, two hidden
activations and three widths of the starting weights are run; none is singled out.

*The rank of H.* Four patterns and one output: at zero error H = J'J / 4 has rank 4 at most, of nine. Wherever a weight
can move along the flat directions, its L_q is 0 but for the damping lambda, and L_q = lambda/2 |dw|^2: OBS then picks
the weight that the *shortest* move along the flat directions makes 0. That is a right one as long as the move is short
enough for the net to look linear along it.
"""

from __future__ import annotations

import warnings

import numpy as np

from ..._util.checks import NNPruneWarning
from ...datasets.monks import make_xor
from ...hessian.full import gauss_newton
from ...pruning.magnitude import prune_magnitude
from ...pruning.obd import prune_obd
from ...pruning.obs import prune_obs
from .nets import METHODS, as_mlp, minima, outputs_and_jacobian, removable, rise, solves
from .text import findings

TITLE = "Optimal Brain Surgeon on XOR (Hassibi & Stork 1992)"
DATA = None
SETTINGS = {
    "seeds": 3,
    "starts": 200,  # of each width, for each of the four nets
    "widths": [0.3, 1.0, 3.0],  # starting weights are uniform in +-width; 0.3 is that of Rumelhart et al. 1986
    "nets": [["sigmoid", 0], ["sigmoid", -1], ["tanh", 0], ["tanh", -1]],  # hidden activation, target of class 0
    "steps": 4000,
    "rate": 0.1,
    "retraining": 150,
    "damping": 1e-6,  # of H's mean diagonal: within the paper's alpha, 1e-8 to 1e-4
}
QUICK = {"seeds": 1, "starts": 30, "steps": 2000, "retraining": 60}


def run(job):
    """Train, prune and look, for every seed and net."""
    settings = job.settings
    job.expect(len(job.seeds) * len(settings.nets))
    found = job.map(one_net, {f"seed {seed}, {activation}, targets {low} and 1": (seed, activation, low)
                              for seed in job.seeds for activation, low in settings.nets})
    rows = [row for group in found for row in group]
    return findings(rows, job.seeds, settings)


def one_net(job, seed, activation, low):
    """``study``, as a step."""
    return job.step(f"seed {seed}, {activation}, targets {low} and 1",
                    lambda: study(job.settings, seed, activation, low))


def study(settings, seed, activation, low):
    """One net, all widths: a list with a dict for each."""
    t = np.array([low, 1.0, 1.0, low])
    rng, rows = np.random.default_rng(seed), []
    for width in settings.widths:
        starts = rng.uniform(-width, width, size=(settings.starts, 9))
        W, _ = minima(starts, t, activation, steps=settings.steps, rate=settings.rate)
        rows.append({"seed": seed, "activation": activation, "low": low, "width": width, "starts": len(starts),
                     "minima": len(W), **_look(W, t, activation, settings)})
        # Without each weight, trained from the starts and not from the minima.
        rows[-1]["from_start"] = removable(starts, t, activation, steps=settings.retraining).sum(axis=0).tolist()
    return rows


def _look(W, t, activation, settings):
    """What the three methods do at the minima W (k, 9), as JSON can hold it."""
    able, at = removable(W, t, activation, steps=settings.retraining), np.arange(len(W))
    H = hessians(W, activation)
    found = {"removable": able.sum(axis=0).tolist(), "rank": [int(np.linalg.matrix_rank(h, 1e-9)) for h in H],
             "right": {}, "at_once": {}, "rise": {}, "second": {}, "removed": {}, "size": {}}
    pruned = {}
    for method in METHODS:
        V, q = prune_all(method, W, t, activation, settings.damping)
        pruned[method] = V, q
        found["right"][method] = able[at, q].tolist()
        found["at_once"][method] = solves(V, t, activation).tolist()
        found["rise"][method] = rise(V, t, activation).tolist()
        found["second"][method] = second_order(V - W, H).tolist()
        found["removed"][method] = np.bincount(q, minlength=9).tolist()
        found["size"][method] = np.linalg.norm(V - W, axis=1).tolist()
    # OBS minimises dw'H dw / 2 + lambda/2 |dw|^2, so its first part is above OBD's by no more than lambda/2 |dw_OBD|^2.
    lambda_ = settings.damping * np.einsum("bii->b", H) / 9
    found["slack"] = (lambda_ / 2 * np.square(found["size"]["OBD"])).tolist()
    found["example"] = _example(W, pruned, found, able)
    return found


def hessians(W, activation):
    """H = J'J / 4 of every net, (k, 9, 9): exact where the error is 0, as the residuals' terms vanish."""
    J = outputs_and_jacobian(W, activation)[1]
    return J.transpose(0, 2, 1) @ J / 4


def second_order(dw, H):
    """dw' H dw / 2 of every net: what the quadratic at the minimum predicts, undamped."""
    return np.einsum("bi,bij,bj->b", dw, H, dw) / 2


def prune_all(method, W, t, activation, damping):
    """One weight removed from every net by the package's own pruner: the new W (k, 9) and what went (k,)."""
    x, V, q = make_xor().x_train.astype(float), np.empty_like(W), np.empty(len(W), int)
    for i, w in enumerate(W):
        net = as_mlp(w, activation)
        if method == "magnitude":
            r = prune_magnitude(net, sparsity=1 / 9, prune_biases=True)
        elif method == "OBD":
            r = prune_obd(net, x, t, sparsity=1 / 9, prune_biases=True)
        else:
            # The paper's H + alpha I; the damping by column of ``prune_obs`` is not what the paper does.
            H = gauss_newton(net, x, t)
            H += damping * np.trace(H) / 9 * np.eye(9)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NNPruneWarning)  # how far the rise is from the predicted is what we ask
                r = prune_obs(net, x, t, n_remove=1, hessian=H, refresh=None, damping=0, prune_biases=True)
        layer, unit, column = r.removed[0]
        q[i] = [2 * unit + column, 6 + column][layer] if column < 2 else [4 + unit, 8][layer]
        V[i] = r.net.parameters()
    return V, q


def _example(W, pruned, found, able):
    """A minimum at which magnitude and OBD err and OBS does not and solves XOR at once; None if there is none.

    One where magnitude and OBD remove different weights is preferred; of those, that with the least rise after OBS.
    """
    right = {m: np.array(found["right"][m], bool) for m in METHODS}
    wanted = ~right["magnitude"] & ~right["OBD"] & right["OBS"] & np.array(found["at_once"]["OBS"], bool)
    if not wanted.any():
        return None
    other = wanted & (pruned["magnitude"][1] != pruned["OBD"][1])
    rises = np.where(other if other.any() else wanted, found["rise"]["OBS"], np.inf)
    i = int(rises.argmin())
    return {"w": W[i].tolist(), "able": able[i].tolist(), "differ": bool(other[i]), "rise": float(rises[i]),
            "pruned": {m: {"w": V[i].tolist(), "q": int(q[i])} for m, (V, q) in pruned.items()}}
