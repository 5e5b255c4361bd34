"""Right code is never accused: implementations in several precisions, libraries and styles, none of them ours."""

import importlib
import importlib.util

import numpy as np
import pytest
import scipy.linalg
from problems import LAW_SEED, how_many

from nnprune.laws import check

EXAMPLES = how_many(15)  # 95 % of the pairs of a mutant and a law that 200 catch
SINGLE = np.float32


class Wrapped:
    """An array of another library: it has ``__array__`` and no more."""

    def __init__(self, a):
        self.a = a

    def __array__(self, dtype=None, copy=None):
        return np.array(self.a, dtype)


class Tensor(Wrapped):
    """A tensor that knows its gradient, as PyTorch has them."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")

    def detach(self):
        return self

    def cpu(self):
        return Wrapped(self.a)


# ---- saliencies


def saliency(w, Hinv):
    return w**2 / (2 * np.diag(Hinv))


def saliency_in_float32(w, Hinv):
    w = w.astype(SINGLE)
    return w * w / (2 * np.diag(Hinv).astype(SINGLE))


def saliency_in_longdouble(w, Hinv):
    return w.astype(np.longdouble) ** 2 / (2 * np.diag(Hinv))


def saliency_of_lists(w, Hinv):
    return [float(w[q]) ** 2 / (2 * float(Hinv[q][q])) for q in range(len(w))]


def saliency_by_half(w, Hinv):
    return 0.5 * w * (w / Hinv.diagonal())


def saliency_from_cholesky(w, Hinv):
    L = np.linalg.cholesky(Hinv)
    return w**2 / (2 * np.sum(L**2, axis=1))


# ---- updates


def update(w, Hinv, q):
    new = w - w[q] / Hinv[q, q] * Hinv[:, q]
    new[q] = 0
    return new


def update_in_float32(w, Hinv, q):
    return update(w.astype(SINGLE), Hinv.astype(SINGLE), q)


def update_by_solving(w, Hinv, q):
    H = np.linalg.inv(Hinv)
    rest = np.delete(np.arange(len(w)), q)
    new = np.zeros(len(w))
    new[rest] = scipy.linalg.solve(H[np.ix_(rest, rest)], (H @ w)[rest], assume_a="pos")
    return new


def update_by_lstsq(w, Hinv, q):
    root = np.linalg.cholesky(np.linalg.inv(Hinv)).T
    rest = np.delete(np.arange(len(w)), q)
    new = np.zeros(len(w))
    new[rest] = np.linalg.lstsq(root[:, rest], root @ w, rcond=None)[0]
    return new


# ---- downdates


def downdate(Hinv, q):
    rest = np.delete(np.arange(len(Hinv)), q)
    return (Hinv - np.outer(Hinv[:, q], Hinv[q]) / Hinv[q, q])[np.ix_(rest, rest)]


def downdate_in_float32(Hinv, q):
    return downdate(Hinv.astype(SINGLE), q)


def downdate_with_zeros(Hinv, q):
    new = Hinv - np.outer(Hinv[:, q], Hinv[q]) / Hinv[q, q]
    new[q], new[:, q] = 0, 0
    return np.asfortranarray(new)


def downdate_by_inverting(Hinv, q):
    H = scipy.linalg.inv(Hinv)
    return scipy.linalg.inv(np.delete(np.delete(H, q, 0), q, 1))


# ---- layers


def obs(W, X, n_remove, share=1e-9, by="column", dtype=np.float64, last=False):
    """Layer-wise OBS; ``last`` takes the last of equal choices."""
    H = X.T @ X / len(X)
    floor = np.full(len(H), H.diagonal().mean()) if by == "mean" else np.where(H.diagonal() > 0, H.diagonal(), 1e-6)
    H = (H + share * np.diag(floor)).astype(dtype)
    W, mask = W.astype(dtype), np.ones(W.shape, bool)
    for _ in range(n_remove):
        costs = np.full(W.shape, np.inf)
        for i, S in enumerate(mask):
            rest = np.flatnonzero(S)
            if len(rest):
                costs[i, rest] = saliency(W[i, rest], np.linalg.inv(H[np.ix_(rest, rest)]))
        flat = costs.size - 1 - costs[::-1, ::-1].argmin() if last else costs.argmin()
        i, q = np.unravel_index(flat, W.shape)
        rest = np.flatnonzero(mask[i])
        W[i, rest] = update(W[i, rest], np.linalg.inv(H[np.ix_(rest, rest)]), list(rest).index(q))
        mask[i, q] = False
    return mask, W


def obs_row_by_row(W, X, n_remove, share=1e-9):
    """OBC's way: every row pruned to the end, the cheapest removals of all rows taken, the rest solved again."""
    H = X.T @ X / len(X)
    H += share * H.diagonal().mean() * np.eye(len(H))
    traces = []
    for i, w in enumerate(W):
        gone, paid = [], 0.0
        for _ in w:
            rest = np.setdiff1d(np.arange(len(w)), gone)
            now = np.zeros(len(w))
            now[rest] = np.linalg.solve(H[np.ix_(rest, rest)], (H @ w)[rest])
            costs = saliency(now[rest], np.linalg.inv(H[np.ix_(rest, rest)]))
            gone.append(int(rest[costs.argmin()]))
            paid = costs.min()
            traces.append((i, len(gone), paid, gone[-1]))
    mask, places = np.ones(W.shape, bool), {i: [t for t in traces if t[0] == i] for i in range(len(W))}
    for _ in range(n_remove):
        i = min((i for i in places if places[i]), key=lambda i: places[i][0][2])
        mask[i, places[i].pop(0)[3]] = False
    new = np.zeros(W.shape)
    for i, S in enumerate(mask):
        new[i, S] = np.linalg.lstsq(H[np.ix_(S, S)], (H @ W[i])[S], rcond=None)[0]
    return mask, new


def magnitude(W, X, n_remove):
    flat = np.argpartition(np.abs(W).ravel(), n_remove - 1)[:n_remove] if n_remove else []
    mask = np.ones(W.size, bool)
    mask[flat] = False
    return mask.reshape(W.shape), np.where(mask.reshape(W.shape), W, 0).astype(SINGLE)


# ---- the same count in every unit


def lowest_of_each(W, scores, n):
    mask = np.ones(W.shape, bool)
    if n:
        np.put_along_axis(mask, np.argpartition(scores, n - 1, axis=1)[:, :n], False, axis=1)
    return mask, np.where(mask, W, 0)


def wanda(W, X, n_per_unit):
    return lowest_of_each(W, np.abs(W) * np.sqrt(np.mean(X**2, axis=0)), n_per_unit)


def wanda_in_float32(W, X, n_per_unit):
    W, X = W.astype(SINGLE), X.astype(SINGLE)
    return lowest_of_each(W, np.abs(W) * np.linalg.norm(X, axis=0), n_per_unit)


def obs_of_each(W, X, n_per_unit, **options):
    answers = [obs(w[None], X, n_per_unit, **options) for w in W]
    return np.vstack([a[0] for a in answers]), np.vstack([a[1] for a in answers])


# ---- nets


def gradient_in_float32(net, x, y):
    return net.gradient(x, y).astype(SINGLE)


RIGHT = {
    "saliency": (saliency, "saliency", {}),
    "saliency in float32": (saliency_in_float32, "saliency", {}),
    "saliency, half of it in float32": (lambda w, Hinv: w * w / (2 * np.diag(Hinv).astype(SINGLE)), "saliency",
                                        {"tolerance": 1e-6}),
    "saliency in longdouble": (saliency_in_longdouble, "saliency", {}),
    "saliency as a list": (saliency_of_lists, "saliency", {}),
    "saliency by half": (saliency_by_half, "saliency", {}),
    "saliency by Cholesky": (saliency_from_cholesky, "saliency", {}),
    "saliency, wrapped": (lambda w, Hinv: Wrapped(saliency(w, Hinv)), "saliency", {}),
    "saliency, a tensor with a gradient": (lambda w, Hinv: Tensor(saliency_in_float32(w, Hinv)), "saliency", {}),
    "saliency, a memoryview": (lambda w, Hinv: memoryview(saliency(w, Hinv)), "saliency", {}),
    "update": (update, "update", {}),
    "update in float32": (update_in_float32, "update", {}),
    "update in float32, given in float64": (lambda w, Hinv, q: update_in_float32(w, Hinv, q).astype(float), "update",
                                            {}),
    "update by solve": (update_by_solving, "update", {}),
    "update by lstsq": (update_by_lstsq, "update", {}),
    "downdate": (downdate, "downdate", {}),
    "downdate in float32": (downdate_in_float32, "downdate", {}),
    "downdate with zeros, in Fortran's order": (downdate_with_zeros, "downdate", {}),
    "downdate by inverting": (downdate_by_inverting, "downdate", {}),
    "OBS": (obs, "layer_pruner", {"method": "obs"}),
    "OBS, last of equals": (lambda W, X, n: obs(W, X, n, last=True), "layer_pruner", {"method": "obs"}),
    "OBS, answer in float32": (lambda W, X, n: (lambda a: (a[0], a[1].astype(SINGLE)))(obs(W, X, n)), "layer_pruner",
                               {"method": "obs"}),
    "OBS, a billionth of the mean diagonal": (lambda W, X, n: obs(W, X, n, by="mean"), "layer_pruner",
                                              {"method": "obs", "damping": 1e-9}),
    "OBS row by row": (obs_row_by_row, "layer_pruner", {"method": "obs", "damping": 1e-9}),
    "magnitude in float32": (magnitude, "layer_pruner", {"method": "magnitude"}),
    "magnitude in every unit": (lambda W, X, n: lowest_of_each(W, np.abs(W), n), "unit_pruner",
                                {"method": "magnitude"}),
    "Wanda": (wanda, "unit_pruner", {"method": "wanda"}),
    "Wanda in float32": (wanda_in_float32, "unit_pruner", {"method": "wanda"}),
    "OBS in every unit": (obs_of_each, "unit_pruner", {"method": "obs"}),
    "OBC in every unit": (lambda W, X, n: obs_of_each(W, X, n, share=0.01, by="mean"), "unit_pruner",
                          {"method": "obs", "damping": 0.01}),
    "gradient in float32": (gradient_in_float32, "gradient", {}),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_code_is_never_accused(name):
    f, kind, options = RIGHT[name]
    check(f, kind, examples=EXAMPLES, seed=LAW_SEED, **options)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="PyTorch is not installed")
def test_right_code_in_torch_is_never_accused():
    torch = importlib.import_module("torch")

    def in_torch(w, Hinv):
        w, Hinv = torch.tensor(w, dtype=torch.float32, requires_grad=True), torch.tensor(Hinv, dtype=torch.float32)
        return w**2 / (2 * torch.diagonal(Hinv))

    check(in_torch, "saliency", examples=EXAMPLES, seed=LAW_SEED)


@pytest.mark.parametrize("f", [lambda w, Hinv: w**2 / (2 * np.diag(Hinv)).astype(np.float16).astype(float),
                               lambda w, Hinv: saliency(w, Hinv) * (1 + 3e-6)])
def test_a_difference_of_rounding_is_called_one(f):
    board = check(f, "saliency", examples=EXAMPLES, laws=["saliency_equals_refit"], raise_on_failure=False)
    violation = board.outcomes[0].violation
    assert "a step in float32, a rounded or a damped number" in violation.hint
    assert violation.demanded != violation.got  # enough digits to see it


def test_float16_is_named():
    board = check(lambda w, Hinv: saliency(w, Hinv).astype(np.float16), "saliency", examples=5, raise_on_failure=False)
    assert "answers in float16" in board.outcomes[0].violation.hint


# ---- damping, as others have it

DAMPED = {
    "OBC, 1 % of the mean diagonal": (lambda W, X, n: obs_row_by_row(W, X, n, 0.01), {"damping": 0.01}),
    "OBS, 1 % of the mean diagonal": (lambda W, X, n: obs(W, X, n, 0.01, "mean"), {"damping": 0.01}),
    "OBS, 10 % of the mean diagonal": (lambda W, X, n: obs(W, X, n, 0.1, "mean"), {"damping": 0.1}),
    "OBS, 1 % by column": (lambda W, X, n: obs(W, X, n, 0.01, "column"), {"damping": 0.01, "damping_by": "column"}),
    "OBS in float32, 1 %": (lambda W, X, n: obs(W, X, n, 0.01, "mean", dtype=SINGLE), {"damping": 0.01}),
    "OBS in float32, 1 % by column": (lambda W, X, n: obs(W, X, n, 0.01, dtype=SINGLE),
                                      {"damping": 0.01, "damping_by": "column"}),
}


@pytest.mark.parametrize("name", DAMPED)
def test_right_code_that_states_its_damping_is_never_accused(name):
    f, options = DAMPED[name]
    check(f, "layer_pruner", method="obs", examples=EXAMPLES, seed=LAW_SEED, **options)


@pytest.mark.parametrize("name", list(DAMPED)[:4])
def test_unstated_damping_is_named(name):
    f, options = DAMPED[name]
    board = check(f, "layer_pruner", method="obs", examples=EXAMPLES, raise_on_failure=False,
                  laws=["layer_survivors_are_optimal", "layer_equals_slow_obs"])
    # On a small case with an H of equal diagonal entries the two ways to damp are one.
    for o in board.outcomes:
        assert f"say so with damping={options['damping']:g}, damping_by=" in o.violation.hint


def test_damping_is_refused_where_it_means_nothing():
    with pytest.raises(ValueError, match=r"damping=0.01 is only for OBS on a layer"):
        check(saliency, "saliency", damping=0.01)
    with pytest.raises(ValueError, match=r"damping_by 'row' is unknown"):
        check(obs, "layer_pruner", method="obs", damping=0.01, damping_by="row")
    with pytest.raises(ValueError, match="tolerance"):
        check(saliency, "saliency", tolerance=-1)


def test_tolerance_is_granted():
    check(lambda w, Hinv: saliency(w, Hinv) * (1 + 3e-6), "saliency", tolerance=1e-5, examples=EXAMPLES)
