"""Wrong answers written by hand, with words that the diagnosis must have: what students do, not what a rule makes.

``ANSWERS`` holds (lesson, function, wrong answer, words). Several come from people who tried the lessons.
"""

from __future__ import annotations

import numpy as np

from nnprune.nn.mlp import MLP


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _residual_in_place(z, y):
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    z[np.arange(len(z)), y] -= 1
    return z / len(z)


def _forgets_to_return(z, y):
    _softmax(z)


def _split_from_the_end(order, share):
    k = len(order) - round(share * len(order))
    return order[-k:], order[:-k]


def _step_in_place(theta, v, g, eta, mu, decay):
    v *= mu
    v -= eta * g
    theta *= 1 - eta * decay
    theta += v
    return theta, v


def _mask_by_threshold(W, n_remove):
    a = np.sort(np.abs(W).ravel())
    return np.abs(W) > (a[n_remove - 1] if n_remove else -1)


def _mask_by_columns(W, n_remove):
    mask = np.ones(W.size, bool)
    mask[np.argsort(np.abs(W).ravel("F"), kind="stable")[:n_remove]] = False
    return mask.reshape(W.shape, order="F")


def _mask_count(n):
    def f(W, n_remove):
        mask = np.ones(W.size, bool)
        mask[np.argsort(np.abs(W).ravel(), kind="stable")[:max(n_remove + n, 0)]] = False
        return mask.reshape(W.shape)
    return f


def _global_by_threshold(W1, W2, sparsity):
    a = np.sort(np.abs(np.concatenate([W1.ravel(), W2.ravel()])))
    k = round(sparsity * len(a))
    last = a[k - 1] if k else -1
    return np.abs(W1) > last, np.abs(W2) > last


def _global_each(W1, W2, sparsity):
    return tuple(_mask_count(0)(W, round(sparsity * W.size)) for W in (W1, W2))


def _diagonal(divisor):
    def f(E, w, eps):
        return np.array([(E(w + e) - 2 * E(w) + E(w - e)) / divisor(eps) for e in eps * np.eye(len(w))])
    return f


def _diagonal_in_place(E, w, eps):
    h = []
    for k in range(len(w)):
        now = E(w)
        w[k] += eps
        up = E(w)
        w[k] -= 2 * eps
        h.append((up - 2 * now + E(w)) / eps**2)
    return np.array(h)


def _obd(count=0, score=lambda w, H: np.diag(H) * w**2):
    def f(w, H, n_remove):
        new = w.copy()
        new[np.argsort(score(w, H), kind="stable")[:max(n_remove + count, 0)]] = 0
        return new
    return f


def _obd_in_place(w, H, n_remove):
    w[np.argsort(np.diag(H) * w**2)[:n_remove]] = 0
    return w


def _update(w, Hinv, q, column, divide=True, sign=1):
    new = w - sign * w[q] / (column[q] if divide else 1) * column
    new[q] = 0
    return new


def _zero_first(w, Hinv, q):
    w = w.copy()
    w[q] = 0
    return w - w[q] / Hinv[q, q] * Hinv[:, q]


def _update_in_place(w, Hinv, q):
    w -= w[q] / Hinv[q, q] * Hinv[:, q]
    w[q] = 0
    return w


def _obs(count=0, cut=np.delete, stale=False, cost=lambda w, H, Hinv: w**2 / np.diag(Hinv), move=True):
    def f(w, H, n_remove):
        w, left = w.copy(), np.arange(len(w))
        first = np.linalg.inv(H)
        for _ in range(min(max(n_remove + count, 0), len(w))):
            Hinv = first[np.ix_(left, left)] if stale else np.linalg.inv(H[np.ix_(left, left)])
            q = cost(w[left], H[np.ix_(left, left)], Hinv).argmin()
            w[left] = w[left] - move * w[left][q] / Hinv[q, q] * Hinv[q]
            w[left[q]] = 0
            left = cut(left, q)
        return w
    return f


def _hessian_of_samples(X):
    A = np.column_stack([X, np.ones(len(X))])
    return A @ A.T / len(X)


def _endless(n_remove, every):
    gone = 0
    while gone < n_remove:
        pass
    return [gone]


def _csr(pointer):
    def f(W, mask):
        return W[mask], np.nonzero(mask)[1], pointer(mask.sum(axis=1))
    return f


def _transposed_net(coefs, intercepts):
    return MLP.from_arrays(coefs, intercepts)


ANSWERS = [
    ("02", "forward", lambda W1, b1, W2, b2, x: np.maximum(0, x @ W1.T + b1) @ W2.T + b2, "relu; wanted is tanh"),
    ("02", "forward", lambda W1, b1, W2, b2, x: (x @ W1.T + b1) @ W2.T + b2, "tanh is missing"),
    ("02", "forward", lambda W1, b1, W2, b2, x: np.tanh(W1 @ x + b1), "raised"),
    ("02", "residual", _residual_in_place, "in place"),
    ("02", "residual", _forgets_to_return, "return"),
    ("02", "residual", lambda z, y: _softmax(z) - np.eye(z.shape[1])[y], "1/n"),
    ("02", "residual", lambda z, y: (np.eye(z.shape[1])[y] - _softmax(z)) / len(z), "sign"),
    ("02", "residual", lambda z, y: (np.exp(z) / np.exp(z).sum(axis=1)[:, None] - np.eye(z.shape[1])[y]) / len(z),
     "overflows"),
    ("02", "residual", lambda z, y: (_softmax(z.T).T - np.eye(z.shape[1])[y]) / len(z), "down the columns"),
    ("02", "binary_residual", lambda z, y: (1 / (1 + np.exp(-z)) - y) / len(z), "column"),
    ("02", "backward_block", lambda delta, a, W, b: (
        (delta * (a @ W.T + b > 0)).T @ a, (delta * (a @ W.T + b > 0)).sum(axis=0),
        (delta * (a @ W.T + b > 0)) @ W), "past the layer"),
    ("02", "fourth_order", lambda net, x, y, v, h: 0.0, "one net"),
    ("03", "split", _split_from_the_end, "count from the front"),
    ("03", "split", lambda order, share: (order[:round(share * len(order))], order[round(share * len(order)):]),
     "order"),
    ("03", "split", lambda order, share: (order[int(share * len(order)):], order[:int(share * len(order))]), "round"),
    ("03", "step", _step_in_place, "in place"),
    ("03", "step", lambda theta, v, g, eta, mu, decay: (
        theta + mu * v - eta * (g + decay * theta), mu * v - eta * (g + decay * theta)), "theta alone"),
    ("03", "masked_step", lambda theta, v, g, mask, eta, mu: (theta + mu * v - eta * mask * g, mu * v - eta * mask * g),
     "Only the gradient is masked"),
    ("04", "magnitude_mask", _mask_by_threshold, "threshold"),
    ("04", "magnitude_mask", _mask_by_columns, "column by column"),
    ("04", "magnitude_mask", _mask_count(1), "too many"),
    ("04", "magnitude_mask", _mask_count(-1), "too few"),
    ("04", "magnitude_mask", lambda W, n_remove: ~_mask_count(0)(W, n_remove), "inverted"),
    ("04", "global_masks", _global_by_threshold, "threshold"),
    ("04", "global_masks", _global_each, "own share"),
    ("05", "diagonal", _diagonal(lambda eps: (2 * eps)**2), "(2 eps)^2"),
    ("05", "diagonal", _diagonal(lambda eps: eps), "eps squared"),
    ("05", "diagonal", _diagonal(lambda eps: 2 * eps**2), "2 eps^2"),
    ("05", "diagonal", _diagonal_in_place, "w itself is moved"),
    ("05", "remove", _obd(1), "too many"),
    ("05", "remove", _obd(-1), "too few"),
    ("05", "remove", _obd(score=lambda w, H: np.abs(w)), "magnitude"),
    ("05", "remove", _obd(score=lambda w, H: -np.diag(H) * w**2), "largest"),
    ("05", "remove", _obd_in_place, "in place"),
    ("05", "taylor", lambda E, g, H, dw: E + g @ dw + dw @ H @ dw, "1/2"),
    ("05", "taylor", lambda E, g, H, dw: E + g @ dw + np.diag(H) @ dw**2 / 2, "diagonal"),
    ("07", "saliency", lambda w, Hinv: w**2 / np.diag(Hinv), "1/2"),
    ("07", "saliency", lambda w, Hinv: w**2 / 2 * np.diag(Hinv), "below the fraction line"),
    ("07", "saliency", lambda w, Hinv: w**2 * np.diag(np.linalg.inv(Hinv)) / 2, "diagonal of H is not"),
    ("07", "saliency", lambda w, Hinv: w / (2 * np.diag(Hinv)), "not squared"),
    ("07", "saliency", lambda w, Hinv: w**2 / (2 * Hinv), "shape"),
    ("07", "update", lambda w, Hinv, q: _update(w, Hinv, q, np.linalg.inv(Hinv)[:, q]), "column of H"),
    ("07", "update", lambda w, Hinv, q: _update(w, Hinv, q, Hinv[:, q], divide=False), "division"),
    ("07", "update", lambda w, Hinv, q: _update(w, Hinv, q, Hinv[:, q], sign=-1), "sign"),
    ("07", "update", _zero_first, "computed before w_q is set to 0"),
    ("07", "update", _update_in_place, "the argument itself"),
    ("07", "downdate", lambda Hinv, q: np.delete(np.delete(Hinv, q, 0), q, 1), "without the correction"),
    ("07", "remove", _obs(1), "too many"),
    ("07", "remove", _obs(-1), "too few"),
    ("07", "remove", _obs(cut=lambda left, q: left[left != q]), "np.delete(left, q)"),
    ("07", "remove", _obs(stale=True), "One inverse"),
    ("07", "remove", _obs(cost=lambda w, H, Hinv: np.abs(w)), "smallest weight"),
    ("07", "remove", _obs(cost=lambda w, H, Hinv: np.diag(H) * w**2), "OBD"),
    ("07", "remove", _obs(move=False), "do not move"),
    ("08", "smallest", lambda train, valid: int(np.argmax(train < train[0])) - 1, ""),
    ("08", "count_paths", lambda M1, M2: (M2 @ M1).astype(int), "how many"),
    ("09", "dead_inputs", lambda X: (X == 0).any(axis=0), "One 0 is enough"),
    ("09", "dead_inputs", lambda X: X.sum(axis=0) == 0, "cancel"),
    ("09", "hessian", lambda X: X.T @ X / len(X), "bias is missing"),
    ("09", "hessian", _hessian_of_samples, "shape"),
    ("10", "push", lambda U, r, q: np.vstack([U, r / r[q]]), "square root"),
    ("11", "paired", lambda a, b: ((b - a).mean(), (b - a).std() / np.sqrt(len(a))), "ddof"),
    ("11", "rounds", _endless, "loop never ends"),
    ("12", "to_csr", _csr(np.cumsum), "indptr begins with 0"),
    ("12", "to_csr", _csr(lambda counts: np.concatenate([[0], counts])), "cumsum"),
    ("14", "from_sklearn", _transposed_net, "not transposed"),
]


def _of_squares(W, n_remove):
    """Ranked by w^2, which is 0 for tiny weights."""
    mask = np.ones(W.size, bool)
    mask[np.argsort((W**2).ravel(), kind="stable")[:n_remove]] = False
    return mask.reshape(W.shape)


def _exchange_all_back(W, mask, G, n):
    """[-n:] is everything where n is 0."""
    new = mask.copy()
    new.flat[np.argsort(np.where(mask, np.abs(W), np.inf).ravel())[:n]] = False
    new.flat[np.argsort(np.where(mask, -1, np.abs(G)).ravel())[-n:]] = True
    return new


def _median(valid, test):
    best = int(np.median(valid, axis=1).argmax())
    return best, test[best].mean()


def _one_fewer_than_all(w, H, n_remove):
    """Right, but the last weight of all never goes."""
    return _obs(0)(w, H, min(n_remove, len(w) - 1))


def _place_as_number(w, H, n_remove):
    """The saliencies shrink, and the place in them is taken for the number of the weight."""
    s, new = np.diag(H) * w**2, w.copy()
    for _ in range(n_remove):
        q = s.argmin()
        new[q], s = 0, np.delete(s, q)
    return new


def _two_layers_only(net, x):
    (_, V), inputs = net.weights, net.layer_inputs(x)[0]
    slope = V * (1 - inputs[1]**2)
    return np.hstack([np.einsum("no,ni->noi", slope, inputs[0]).reshape(len(x), -1), slope, inputs[1],
                      np.ones((len(x), 1))])


def _neighbours(n, n_valid, n_test, rng):
    rows = np.roll(np.arange(n), rng.integers(n))
    return rows[n_valid + n_test:], rows[:n_valid], rows[n_valid:n_valid + n_test]


def _sorted_below(n, n_valid, n_test, rng):
    rows = rng.permutation(n)
    kept = np.sort(rows[:n_valid + n_test])
    return rows[n_valid + n_test:], kept[:n_valid], kept[n_valid:]


def _csr_of(W, mask, values=None, kind=int):
    values = W[mask] if values is None else values
    return values, np.nonzero(mask)[1].astype(kind), np.concatenate([[0], np.cumsum(mask.sum(axis=1))])


def _drop(silent):
    def drop(W1, b1, W2, b2):
        s = silent(W1, W2)
        return W1[~s], b1[~s], W2[:, ~s], b2 + W2[:, s] @ np.maximum(b1[s], 0)
    return drop


def _accumulating(E, w, eps):
    """The steps are taken on one copy, which is never put back."""
    return _diagonal_in_place(E, w.copy(), eps)


def _mask_of_weights(W, X, n_remove):
    if not n_remove:
        return W != 0, W.copy()
    mask, new = _units(W, X, n_remove)
    return new != 0, new


def _units(W, X, n_remove):
    """Exact L-OBS, by the inverse of what each unit has left."""
    W, mask, H = W.astype(float), np.ones(W.shape, bool), X.T @ X / len(X)
    for _ in range(n_remove):
        best = (np.inf,)
        for i, row in enumerate(mask):
            k = np.flatnonzero(row)
            Hinv = np.linalg.inv(H[np.ix_(k, k)])
            L = W[i, k]**2 / np.diag(Hinv)
            if len(k) and L.min() < best[0]:
                best = (L.min(), i, k, L.argmin(), Hinv)
        _, i, k, q, Hinv = best
        W[i, k] -= W[i, k[q]] / Hinv[q, q] * Hinv[q]
        W[i, k[q]], mask[i, k[q]] = 0, False
    return mask, W


# Written before hints and laws were read (see docs/diagnoses.md): those that passed at first, and kinds that are new.
BLIND = [
    ("02", "gradient", lambda net, x, y: net.gradient(x, y), "net.gradient is what this function is to compute"),
    ("02", "residual", lambda z, y: (_softmax(z) - np.eye(z.shape[1])[y]) / z.size, "up to a factor"),
    ("02", "binary_residual", lambda z, y: (0.5 * (1 + np.tanh(z)) - y[:, None]) / len(z), "if z were twice as large"),
    ("03", "split", lambda order, share: (order[int(share * len(order) + 0.5):], order[:int(share * len(order) + 0.5)]),
     "the even one"),
    ("03", "masked_step", lambda theta, v, g, mask, eta, mu: (
        theta + (theta != 0) * (mu * v - eta * g), (theta != 0) * (mu * v - eta * g)), "A kept parameter may be 0"),
    ("03", "warm_cosine", lambda eta, s, S, w: eta * (s + 1) / (w + 1) if s < w else eta / 2 * (
        1 + np.cos(np.pi * (s - w) / (S - w))), "only where s is less than w"),
    ("03", "step", lambda theta, v, g, eta, mu, decay: (
        mu * v - eta * g, (1 - eta * decay) * theta + mu * v - eta * g), "exchanged"),
    ("04", "magnitude_mask", lambda W, n_remove: _of_squares(W, n_remove), ""),
    ("04", "exchange", lambda W, mask, G, n: _exchange_all_back(W, mask, G, n), "only where n is 0"),
    ("05", "diagonal", lambda E, w, eps: _diagonal(lambda eps: eps**2)(E, w, 1e-3), ""),
    ("05", "diagonal", _accumulating, "not moved back"),
    ("05", "remove", _place_as_number, "only where n_remove is more than 1"),
    ("06", "logit_hessian", lambda z: np.outer(_softmax(z[None])[0], 1 - _softmax(z[None])[0]), "diagonal"),
    ("07", "remove", _one_fewer_than_all, ""),
    ("07", "update", lambda w, Hinv, q: w if w[q] == 0 else _update(w, Hinv, q, Hinv[:, q]), ""),
    ("07b", "output_gradients", _two_layers_only, "it raised"),
    ("08", "count_paths", lambda M1, M2: M2.astype(np.int8) @ M1.astype(np.int8), ""),
    ("09", "dead_inputs", lambda X: np.abs(X).max(axis=0) < 1e-6, ""),
    ("09", "dead_inputs", lambda X: (X**2).sum(axis=0) == 0, ""),
    ("09", "hessian", lambda X: np.pad(X.T @ X / len(X), (0, 1)), "last row and column"),
    ("09", "prune_layer", _mask_of_weights, "Only mask is wrong"),
    ("10", "push", lambda U, r, q: np.vstack([U, r / np.sqrt(r.max())]), ""),
    ("10", "flush", lambda A, U, kept: np.linalg.inv((A - U.T @ U)[kept][:, kept]), "inverse of the matrix"),
    ("11", "three_parts", _neighbours, ""),
    ("11", "three_parts", _sorted_below, ""),
    ("11", "choose", _median, ""),
    ("11", "accuracy_error", lambda p, n: 1.96 * np.sqrt(p * (1 - p) / n), "1.96 times"),
    ("12", "to_csr", lambda W, mask: _csr_of(W, mask, np.abs(W[mask])), "never negative"),
    ("12", "to_csr", lambda W, mask: _csr_of(W, mask, kind=np.uint8), ""),
    ("12", "drop_silent", _drop(lambda W1, W2: W1.sum(axis=1) == 0), ""),
    ("12", "drop_silent", _drop(lambda W1, W2: ~W1.any(axis=1) | ~W2.any(axis=0)), ""),
    ("14", "from_sklearn", lambda coefs, intercepts: MLP.from_arrays(
        [C.reshape(C.shape[::-1]) for C in coefs], intercepts), "not in the right places"),
    ("14", "ticket", lambda W0, WT, n_keep: np.where(
        np.abs(WT) >= np.sort(np.abs(WT), axis=None)[-n_keep], W0, 0), "[-0] is the first entry"),
]
ANSWERS += BLIND
