"""Inputs for the exercises' functions that know nothing of the checker's cases: to tell wrong answers from right ones.

They are small numbers full of ties and zeros, of sizes from 1 on, and every second time generic ones. What a function's
description excludes (an H without an inverse, two removals of one cost where the description leaves the choice open) is
excluded here, too.
"""

from __future__ import annotations

import numpy as np

from nnprune.nn.mlp import MLP

COSTS_APART = 1e-3  # of the largest: two removals closer than that are a tie


class Numbers:
    """Random arrays from one seed: small half-integers for even seeds, normal numbers for odd ones."""

    def __init__(self, seed):
        self.rng, self.generic = np.random.default_rng(987_654 + seed), seed % 2

    def int(self, low, high):
        """A whole number from low to high."""
        return int(self.rng.integers(low, high + 1))

    def a(self, *shape):
        """An array, with zeros and ties."""
        return self.rng.normal(size=shape) if self.generic else self.rng.integers(-4, 5, shape) / 2

    def distinct(self, *shape):
        """An array without zeros and without two entries of one size."""
        size = int(np.prod(shape))
        return ((self.rng.permutation(size) + 1 + self.generic * 0.3) * self.rng.choice([-1, 1], size) / 2
                ).reshape(shape)

    def mask(self, *shape):
        """True and False."""
        return self.rng.random(shape) < self.rng.choice([0.2, 0.5, 0.8])

    def H(self, d):
        """A positive definite matrix."""
        M = self.a(d + self.int(0, 2), d)
        return M.T @ M / len(M) + np.diag(self.rng.choice([0.5, 1.0, 3.0], d))

    def choice(self, *among):
        """One of these."""
        return among[self.int(0, len(among) - 1)]

    def net(self, activation, loss, *, n_out=None):
        """A net of one to three layers with samples and labels."""
        sizes = [self.int(1, 3) for _ in range(self.int(1, 3))]
        net = MLP((*sizes, n_out or self.int(2, 3)), activation=activation, loss=loss, rng=0)
        net.set_parameters(self.rng.normal(size=net.parameters().size))
        n = self.int(1, 5)
        return net, self.rng.normal(size=(n, sizes[0])), self.rng.integers(0, net.sizes[-1], n)


def _apart(costs):
    """Whether no two costs are nearly the same."""
    costs = np.sort(np.ravel(costs))
    return bool((np.diff(costs) > COSTS_APART * costs[-1]).all())


def _two_layers(r):
    n_in, hidden, n_out, n = (r.int(1, 3) for _ in range(4))
    return r.a(hidden, n_in), r.a(hidden), r.a(n_out, hidden), r.a(n_out), r.a(n, n_in)


def _state(r, masked=False):
    d = r.int(1, 4)
    m = r.mask(d)
    theta = r.a(d) * (m if masked else 1)
    return theta, r.a(d), r.a(d), m, r.choice(0.5, 0.1), r.choice(0.0, 0.9, 0.5), r.choice(0.0, 0.01, 0.5)


def _removal(r, score):
    """(w, H, n_remove) without a tie in what is ranked at first."""
    while True:
        d = r.int(1, 5)
        w, H = r.a(d), r.H(d)
        if _apart(score(w, H)):
            return w, H, r.int(0, d)


def _obs_removal(r):
    """(w, H, n_remove): no two removals cost the same, at any step."""
    from nnprune.pruning.reference import obs_unit
    while True:
        w, H, n = _removal(r, lambda w, H: w**2 / np.diag(np.linalg.inv(H)))
        if np.all(w != 0) and obs_unit(w, H, n).gap > COSTS_APART:
            return w, H, n


def _layer_removal(r):
    from nnprune.pruning.reference import layer_hessian
    while True:
        d, n_out = r.int(2, 4), r.int(1, 3)
        W, X = r.distinct(n_out, d) + 0.1 * r.rng.normal(size=(n_out, d)), r.rng.normal(size=(d + 3, d))
        if np.linalg.cond(layer_hessian(X)) < 1e3:
            return W, X, r.int(0, W.size - 1)


def _removed_exactly(r):
    """(A, U, kept): the inverse of some H, and what some exact removals have left pending."""
    d = r.int(1, 4)
    A, U, kept = np.linalg.inv(r.H(d)), np.empty((0, d)), np.ones(d, bool)
    for q in r.rng.permutation(d)[:r.int(0, d - 1)]:
        row = (A - U.T @ U)[q]
        U, kept[q] = np.vstack([U, row / np.sqrt(row[q])]), False
    return A, U, kept


def _stale_removal(r):
    return _removal(r, lambda w, H: w**2 / np.diag(np.linalg.inv(H)))


def _csr(r):
    from nnprune.exercises.lesson_12 import slow_to_csr
    mask = r.mask(r.int(1, 4), r.int(1, 4))
    return (*slow_to_csr(r.a(*mask.shape), mask), r.a(mask.shape[1]))


def _joint(r):
    d = r.int(1, 4)
    return r.a(d), r.H(d), r.mask(d)


def _unit(r, pick=True):
    d = r.int(1, 4)
    return r.a(d), np.linalg.inv(r.H(d)), *((r.int(0, d - 1),) if pick else ())


def _rows(r):
    d = r.int(1, 4)
    A = r.a(d, d)
    return A + A.T, r.a(r.int(0, 3), d), r.int(0, d - 1)


def _push(r):
    d = r.int(1, 4)
    row, q = r.a(d), r.int(0, d - 1)
    row[q] = r.choice(1.0, 4.0, 0.3)
    return r.a(r.int(0, 3), d), row, q


def _hidden(r, b2=False):
    n_in, d, n_out = r.int(1, 3), r.int(1, 4), r.int(1, 3)
    silent = ~r.mask(d)
    return np.where(silent[:, None], 0, r.a(d, n_in)), r.a(d), r.a(n_out, d), r.a(n_out)


def _cut(r):
    W1, b1, W2, _ = _hidden(r)
    keep = np.flatnonzero(r.mask(len(b1)))
    keep = keep if len(keep) else np.array([r.int(0, len(b1) - 1)])
    return W1, b1, W2 * np.isin(np.arange(len(b1)), keep), keep


def _cubic(r):
    from nnprune.exercises.lesson_05 import Cubic
    d = r.int(1, 3)
    A = r.a(d, d)
    return Cubic(A + A.T, r.a(d)), r.a(d), r.choice(0.125, 0.0625, 0.5)


def _order(r):
    n = r.int(1, 9)
    share = r.choice(0.0, 1.0, r.int(0, 20) / 20)
    return r.rng.permutation(n), share


def _epoch(r):
    net, x, y = r.net("tanh", "cross_entropy")
    return net, x, y, r.rng.permutation(len(x)), r.int(1, 6), 0.5, r.choice(0.0, 0.5)


def _foreign(r):
    """scikit-learn's arrays of a net of one or two hidden layers."""
    sizes = [r.int(1, 3) for _ in range(r.int(2, 3))] + [r.int(2, 3)]
    return [r.a(a, b) for a, b in zip(sizes, sizes[1:])], [r.a(b) for b in sizes[1:]]


def _masked_net(r):
    net, _, _ = r.net("relu", "cross_entropy")
    net.set_masks([r.mask(*W.shape) for W in net.weights])
    for W in net.weights:
        W[...] = r.rng.normal(size=W.shape)  # pruned weights have come back to life
    return (net,)


def _means_apart(r):
    while True:
        valid = 90 + r.rng.integers(0, 20, (r.int(1, 4), r.int(1, 4))) / 2
        if _apart(valid.mean(axis=1)):
            return valid, 90 + r.rng.integers(0, 20, valid.shape) / 2


def _distinct_costs(r):
    return (np.abs(r.distinct(r.int(1, 3), r.int(1, 4))),)


def _bargain(r):
    while True:
        n = r.int(1, 4)
        sizes, costs = tuple(r.int(1, 30) for _ in range(n + 2)), r.rng.integers(0, 40, n).astype(float)
        if _apart(costs / (np.array(sizes[:-2]) + sizes[2:])):
            return costs, sizes


def _ticket(r):
    shape = r.int(1, 3), r.int(1, 3)
    return r.a(*shape), r.distinct(*shape), r.int(1, int(np.prod(shape)))


def _picture(r):
    k = r.int(1, 3)
    return r.a(r.int(1, 3), k + r.int(0, 2), k + r.int(0, 2)), k


def _kernels(r):
    x, k = _picture(r)
    return x, r.a(r.int(1, 3), len(x), k, k)


def _batch(r):
    d, n = r.int(1, 3), r.int(0, 5)
    B = r.a(max(n, 1), d)
    return (B.T @ B / n if n else np.zeros((d, d))), n, r.a(r.int(1, 4), d)


def _normed(r):
    n_out, n_in = r.int(1, 3), r.int(1, 3)
    return r.a(n_out, n_in), r.a(n_out), r.a(n_out), np.abs(r.distinct(n_out))


def _rule(r):
    terms = [[(a + 1, r.int(1, 3)) for a in r.rng.permutation(3)[:r.int(1, 3)].tolist()] for _ in range(r.int(1, 3))]
    return terms, r.rng.integers(1, 4, (r.int(1, 6), 3))


def _accuracies(r):
    return tuple(r.rng.choice([0.5, 0.75, 1.0], (2, r.int(1, 7))))


def _masks(r):
    n_in, units, n_out = r.int(1, 3), r.int(1, 3), r.int(1, 3)
    return r.mask(units, n_in), r.mask(n_out, units)


def _pruner(r):
    n_out, d = r.int(1, 3), r.int(1, 4)
    return r.a(n_out, d), r.int(0, n_out * d)


def _pair(r):
    n, d, c = r.int(1, 3), r.int(1, 3), r.int(1, 3)
    return r.a(n, d), r.a(c, n), r.choice(0.0, 0.5, r.int(0, 20) / 20, 0.95)


def _layer_change(r):
    n_out, d, n = r.int(1, 3), r.int(1, 3), r.int(1, 4)
    return r.a(n_out, d), r.a(n_out, d), r.a(n, d)


def _expansion(r):
    d = r.int(1, 3)
    H = r.a(d, d)
    return float(r.a(1)[0]), r.a(d), H + H.T, r.a(d)


def _outputs(r, c=None):
    n, c = r.int(1, 4), c or r.int(2, 4)
    far = r.choice(0.0, 1000.0)
    return r.a(n, c) + far * r.rng.integers(-1, 2, (n, 1)), r.rng.integers(0, c, n)


def _binary(r):
    n = r.int(1, 4)
    return r.a(n, 1) + r.choice(0.0, 1000.0, -1000.0), r.rng.integers(0, 2, n)


def _moment(r):
    S = r.int(1, 9)
    return r.choice(0.1, 1.0, 0.5), r.int(0, S - 1), S, r.int(0, S - 1)


def _exchange(r):
    shape = r.int(1, 3), r.int(1, 3)
    mask = r.mask(*shape)
    return r.distinct(*shape) * mask, mask, r.distinct(*shape), r.int(0, int(min(mask.sum(), (~mask).sum())))


def _gradients(r):
    d = r.int(1, 4)
    return np.linalg.inv(r.H(d)), r.a(r.int(1, 4), d), r.int(1, 9)


def _block(r):
    n, d = r.int(1, 4), r.int(1, 3)
    return r.a(n, d), r.a(n, d), r.a(d, d), r.a(d) + 0.1


def _slope(r):
    net, x, y = r.net("tanh", "mse")
    return net, x, y, r.a(net.parameters().size), r.choice(0.5, 0.25, 1.0)


def _counted(r):
    n_valid, n_test = r.int(0, 4), r.int(0, 4)
    return n_valid + n_test + r.int(1, 5), n_valid, n_test, np.random.default_rng(r.int(0, 99))


def _layer_with_masks(r):
    mask = r.mask(r.int(1, 4), r.int(1, 4))
    return r.a(*mask.shape) * mask, mask


def _unit_layer(r, pick):
    d = r.int(1, 4)
    return r.a(r.int(1, 3), d), r.H(d), *((r.int(0, d - 1),) if pick else ())


def _hidden_net(r):
    net = MLP((2, 2, 1), activation="tanh", loss="mse", rng=0)
    net.set_parameters(r.rng.normal(size=9))
    return net


def _among_the_left(r):
    """(w, Hinv, left): some are removed already, and no two of the others cost the same."""
    while True:
        d, gone = r.int(1, 4), r.int(0, 3)
        left = np.sort(r.rng.permutation(d + gone)[:d])
        w, Hinv = np.zeros(d + gone), np.linalg.inv(r.H(d))
        w[left] = r.a(d)
        if _apart(w[left]**2 / np.diag(Hinv)):
            return w, Hinv, left


def _obs_on_a_net(r):
    from nnprune.exercises.lesson_07b import slow_obs
    while True:
        args = _hidden_net(r), r.a(r.int(2, 5), 2), r.int(0, 4), r.choice(0.1, 0.5)
        if slow_obs(*args)[1] > COSTS_APART:
            return args


INPUTS = {
    "02 forward": _two_layers, "02 residual": _outputs, "02 backward_block": _block,
    "02 binary_residual": _binary,
    "02 gradient": lambda r: r.net("tanh", "cross_entropy"), "02 fourth_order": _slope,
    "03 split": _order, "03 warm_cosine": _moment,
    "03 step": lambda r: (lambda t, v, g, m, eta, mu, decay: (t, v, g, eta, mu, decay))(*_state(r)),
    "03 masked_step": lambda r: _state(r, masked=True)[:6], "03 epoch": _epoch,
    "04 magnitude_mask": _pruner, "04 global_masks": _pair,
    "04 exchange": _exchange,
    "04 cubic_rounds": lambda r: (r.choice(0.5, 0.9, 0.75), r.int(1, 6)),
    "05 diagonal": _cubic, "05 taylor": _expansion,
    "05 remove": lambda r: _removal(r, lambda w, H: np.diag(H) * w**2),
    "06 left_out": _joint, "06 logit_hessian": lambda r: (r.a(r.int(1, 4)) + r.choice(0.0, 1000.0, -1000.0),),
    "06 saliency_with_gradient": lambda r: (lambda d: (r.a(d), r.a(d), r.a(d)))(r.int(1, 4)),
    "07b output_gradients": lambda r: (_hidden_net(r), r.a(r.int(1, 4), 2)), "07b remove_cheapest": _among_the_left,
    "07b obs": _obs_on_a_net,
    "06 hessian": lambda r: r.net("tanh", "cross_entropy"),
    "07 saliency": lambda r: _unit(r, pick=False), "07 update": _unit, "07 downdate": lambda r: _unit(r)[1:],
    "07 outer_product_hessian": lambda r: (r.a(r.int(1, 4), r.int(1, 4)), r.choice(0.5, 0.01, 0.0)),
    "07 remove": _obs_removal,
    "08 add_batch": _gradients, "08 smallest": _accuracies,
    "08 count_paths": _masks, "08 follows": _rule,
    "09 dead_inputs": lambda r: (r.a(r.int(1, 3), r.int(1, 4)) * r.mask(1, 1),),
    "09 hessian": lambda r: (r.a(r.int(1, 4), r.int(1, 4)),), "09 layer_error": _layer_change,
    "09 prune_layer": _layer_removal,
    "09 error_bound": lambda r: (lambda L: (np.abs(r.distinct(L)), np.abs(r.a(L))))(r.int(1, 4)),
    "10 remove_stale": _stale_removal, "10 row_now": _rows, "10 push": _push, "10 flush": _removed_exactly,
    "10 merge": _distinct_costs,
    "11 three_parts": _counted, "11 choose": _means_apart,
    "11 paired": lambda r: (lambda n: (95 + r.a(n), 96 + r.a(n)))(r.int(2, 5)),
    "11 accuracy_error": lambda r: (r.choice(0.0, 1.0, 0.9, 0.5), r.int(1, 500)),
    "11 rounds": lambda r: (r.int(1, 20), r.int(1, 9)),
    "12 to_csr": _layer_with_masks, "12 csr_times": _csr,
    "12 break_even": lambda r: (r.int(1, 50), r.int(4, 50), r.choice(4, 8), r.choice(1, 2, 4)),
    "12 dead_units": _masks, "12 drop_silent": _hidden,
    "13 patches": _picture, "13 convolution": _kernels, "13 add_rows": _batch, "13 fold_norm": _normed,
    "14 snip": lambda r: (lambda n, d: (r.a(d), r.a(n, d), r.a(n)))(r.int(1, 4), r.int(1, 3)), "14 ticket": _ticket,
    "14 round_sparsities": lambda r: (r.choice(0.5, 0.9, 0.98), r.int(1, 6)), "14 from_sklearn": _foreign,
    "14 to_sklearn": _masked_net,
    "unit_costs": lambda r: _unit_layer(r, False), "remove_unit": lambda r: _unit_layer(r, True), "cut": _cut,
    "multiply_adds": lambda r: (tuple(r.int(1, 9) for _ in range(r.int(2, 5))),), "next_layer": _bargain,
}


def inputs(lesson, name, seed):
    """Arguments for a function; the same seed gives the same."""
    r = Numbers(seed)
    return tuple((INPUTS.get(f"{lesson} {name}") or INPUTS[name])(r))
