"""The capstone of lesson 07: Optimal Brain Surgeon for a whole net, judged by its laws and by MONK-1.

    letter     meaning                                                        shape
    net        a net with one output and p parameters, weights and biases
    x          samples                                                        (n, n_in)
    w          the net's parameters, 0 where removed                          (p,)
    left       the numbers of those that are not removed yet, rising          (k,)
    Hinv       the inverse of their Hessian                                   (k, k)
    alpha      the damping: H is alpha I + 1/n sum of g g'
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from scipy.optimize import minimize

from nnprune.datasets.monks import CASES, make_monks, monks_rule
from nnprune.laws.kinds import WRONG_KIND
from nnprune.laws.law import Case, demand, same
from nnprune.laws.reference import quadratic, refit
from nnprune.laws.strategies import half_integers, problems
from nnprune.nn.mlp import MLP

from .frame import Exercise, answers, array, arrays, equals, rule

HASSIBI = "Hassibi & Stork 1992"
CLEAR = 1e-3  # two removals whose costs differ by less than this share of the larger are a tie
MONK_REMOVALS, MONK_ALPHA = 36, 1e-3  # 22 of 58 are left; a right answer keeps the rule down to 17 on three seeds


def hidden_net(vector, n_in=2, units=2):
    """The net of tanh units and one output with these parameters."""
    net = MLP((n_in, units, 1), activation="tanh", loss="mse", rng=0)
    net.set_parameters(vector)
    return net


@st.composite
def nets(draw):
    """A ``net`` of 2-2-1 units and samples ``x``."""
    return Case(net=hidden_net(draw(half_integers((9,)))), x=draw(half_integers((draw(st.integers(1, 4)), 2))))


@st.composite
def cheapest(draw):
    """Parameters ``w`` of which some are removed, ``Hinv`` of those that are ``left``; no two cost the same."""
    p = draw(problems(weights=False, scale=True))
    H = p.H * np.outer(p.s, p.s)
    k, gone = len(H), draw(st.integers(0, 2))
    left = np.array(sorted(draw(st.permutations(range(k + gone)))[:k]))
    w = np.zeros(k + gone)
    w[left] = draw(half_integers((k,)))
    Hinv = np.linalg.inv(H)
    L = np.sort(w[left]**2 / np.diag(Hinv))
    assume(k == 1 or L[1] - L[0] > CLEAR * L[-1])
    return Case(w=w, Hinv=Hinv, left=left)


@st.composite
def removals(draw):
    """A ``net`` whose parameters are not 0, samples ``x``, how many parameters go and the damping ``alpha``."""
    entries = st.sampled_from([0.5, -0.5, 1.0, -1.0, 1.5, -2.0])
    net = hidden_net(np.array(draw(st.lists(entries, min_size=9, max_size=9))))
    return Case(net=net, x=draw(half_integers((draw(st.integers(2, 5)), 2))), n_remove=draw(st.integers(0, 4)),
                alpha=draw(st.sampled_from([0.125, 0.25, 1.0])))


def slow_output_gradients(net, x):
    """By the chain rule on paper, sample by sample: from the output, dz/dz = 1, back through the tanh layers."""
    rows = []
    for a in np.asarray(x, float):
        inputs = [a]
        for W, b in zip(net.weights[:-1], net.biases):
            inputs.append(np.tanh(W @ inputs[-1] + b))
        delta, row = np.ones(1), []
        for W, a in zip(reversed(net.weights), reversed(inputs)):
            row = [np.outer(delta, a).ravel(), delta, *row]
            delta = (W.T @ delta) * (1 - a**2)
        rows.append(np.concatenate(row))
    return np.array(rows)


def slow_remove_cheapest(w, Hinv, left):
    """Try every removal, refit the others each time, keep the one of least rise."""
    H, at = np.linalg.inv(Hinv), w[left]
    tried = [refit(at, H, np.arange(len(left)) != q) for q in range(len(left))]
    q = int(np.argmin([quadratic(new - at, H) for new in tried]))
    new = np.zeros_like(w)
    new[left] = tried[q]
    return new, np.array([k for k in left if k != left[q]], int)


def slow_obs(net, x, n_remove, alpha):
    """Step by step by the slow ways above; the net, and the smallest gap between the two cheapest, as a share."""
    net, w, left, gap = net.copy(), net.parameters(), np.arange(len(net.parameters())), np.inf
    for _ in range(n_remove):
        G = slow_output_gradients(net, x)[:, left]
        H = alpha * np.eye(len(left)) + sum(np.outer(g, g) for g in G) / len(G)
        Hinv = np.linalg.inv(H)
        L = np.sort(w[left]**2 / np.diag(Hinv))
        gap = min(gap, (L[1] - L[0]) / L[1]) if L[1] > 0 else 0
        w, left = slow_remove_cheapest(w, Hinv, left)
        net.set_parameters(w)
    return net, gap


def read_net(args, answer):
    """The answer as a net of the same sizes."""
    wanted = f"a net of {'-'.join(map(str, args[0].sizes))} units"
    demand(isinstance(answer, MLP), wanted, f"a {type(answer).__name__}", WRONG_KIND)
    demand(answer.sizes == args[0].sizes, wanted, str(answer), WRONG_KIND)
    return answer


@lru_cache(maxsize=1)
def monk():
    """A net of 17-3-1 units at a minimum of MONK-1's error with weight decay, and its 124 robots."""
    robots = np.random.default_rng(6).choice(len(CASES), 124, replace=False)
    x, y = make_monks(1).x_test.astype(float)[robots], monks_rule(1, CASES)[robots]
    net = MLP((17, 3, 1), activation="tanh", loss="mse", rng=2)

    def objective(w):
        net.set_parameters(w)
        return net.loss(x, y) + 5e-4 * w @ w, net.gradient(x, y) + 1e-3 * w
    net.set_parameters(minimize(objective, net.parameters(), jac=True, method="L-BFGS-B",
                                options={"gtol": 1e-7, "ftol": 1e-14, "maxiter": 3000, "maxfun": 6000}).x)
    return Case(net=net, x=x, n_remove=MONK_REMOVALS, alpha=MONK_ALPHA)


# Of nine parameters the last is the output's bias; the second net has a dead unit, so that some cost nothing.
NET = hidden_net(np.array([1.0, -2.0, 0.5, 1.5, -0.5, 1.0, 2.0, -1.5, 0.5]))
X = np.array([[0.5, 1.0], [-1.0, 0.5], [1.5, -0.5]])
OTHERS = [MLP(sizes, activation="tanh", loss="mse", rng=3) for sizes in ((2, 3, 2, 1), (2, 1))]  # deeper, and linear
GAPS = Case(w=np.array([0.0, 2.0, 0.0, -1.0, 3.0]), Hinv=np.array([[0.75, -1.0, 0.5], [-1.0, 2.0, -1.0],
                                                                    [0.5, -1.0, 1.0]]), left=np.array([1, 3, 4]))


@rule(removals(), formula="n_remove parameters are exactly 0", source=HASSIBI, hard=[
    Case(net=NET, x=X, n_remove=k, alpha=0.25) for k in (3, 0, 1)],
      mistake="One removal a pass of the loop; what is removed must be exactly 0, and stay so.")
def as_many_go_as_asked(f, p):
    """Of a net whose parameters all count, exactly n_remove are 0 afterwards."""
    slow, gap = slow_obs(p.net, p.x, p.n_remove, p.alpha)
    if gap > CLEAR and (np.abs(slow.parameters()) < 1e-6).sum() == p.n_remove:
        got = f(p.net, p.x, p.n_remove, p.alpha).parameters()
        demand((got == 0).sum() == p.n_remove, f"{p.n_remove} parameters that are exactly 0", f"w = {got}")


@rule(removals(), formula="the cheapest goes, eq. 5; a new H at the new net; again", source=f"{HASSIBI}, steps 2 to 5",
      hard=[Case(net=NET, x=X, n_remove=k, alpha=a) for k, a in ((3, 0.25), (0, 1.0), (1, 0.125))]
      + [Case(net=OTHERS[0], x=X, n_remove=2, alpha=0.25)],
      mistake="After each removal: the gradients at the *new* net, of what is left, and the inverse of their H.")
def each_step_starts_from_the_new_net(f, p):
    """After every removal gradients, H and its inverse are those of the net as it is now. Cases where two removals
    cost nearly the same are left out."""
    slow, gap = slow_obs(p.net, p.x, p.n_remove, p.alpha)
    if gap > CLEAR:
        same("w", f(p.net, p.x, p.n_remove, p.alpha).parameters(), slow.parameters(), tolerance=1e-5)


@rule(st.deferred(lambda: st.just(monk())), formula="class 1 if a1 = a2 or a5 = 1", source=f"{HASSIBI}, section 4",
      mistake="The parts are right on small nets: look at what 124 samples or 58 parameters change.")
def monk_1_keeps_its_rule(f, p):
    """With 22 of its 58 parameters left, a net trained on 124 robots answers for all 432 by the rule of MONK-1."""
    net, rule_1 = f(p.net, p.x, p.n_remove, p.alpha), monks_rule(1, CASES)
    right = int((net.predict(make_monks(1).x_test.astype(float)) == rule_1).sum())
    left = int((net.parameters() != 0).sum())
    demand(left <= 58 - MONK_REMOVALS, f"at most {58 - MONK_REMOVALS} parameters that are not 0", str(left))
    demand(right == len(CASES), f"the rule on all {len(CASES)} robots", f"the rule on {right} of them")


def _gradients(net, x, target=lambda z: z - 1, scale=1.0):
    """The gradient of 1/2 (z - target)^2, sample by sample; with target z - 1 it is that of z."""
    return scale * np.array([net.gradient(s[None], target(net.forward(s[None]))) for s in np.asarray(x, float)])


def _step(w, Hinv, left, *, cost=lambda w, d: w**2 / d, sign=1, move=True, cut=None):
    """One removal with a mistake of choice."""
    q = int(cost(w[left], np.diag(Hinv)).argmin())
    new = w.copy()
    if move:
        new[left] -= sign * w[left[q]] / Hinv[q, q] * Hinv[:, q]
    new[left[q]] = 0
    return new, (cut or (lambda left, q: np.delete(left, q)))(left, q)


def _obs(net, x, n_remove, alpha, *, fresh_G=True, fresh_Hinv=True, whole=False, mean=True, step=_step):
    """The whole loop with a mistake of choice."""
    net, left, first = net.copy(), np.arange(len(net.parameters())), slow_output_gradients(net, x)
    inverse = None
    for _ in range(n_remove):
        seen = np.arange(len(net.parameters())) if whole else left
        G = (slow_output_gradients(net, x) if fresh_G else first)[:, seen]
        H = G.T @ G / (len(G) if mean else 1) + alpha * np.eye(len(seen))
        if fresh_Hinv or inverse is None:
            inverse, of = np.linalg.inv(H), seen
        at = np.searchsorted(of, left)
        w, left = step(net.parameters(), inverse[np.ix_(at, at)], left)
        net.set_parameters(w)
    return net


def _loss_gradients(net, x, n_remove, alpha):
    G = _gradients(net, x, lambda z: 0 * z)
    w, left = net.parameters(), np.arange(len(net.parameters()))
    net = net.copy()
    for _ in range(n_remove):
        Hinv = np.linalg.inv(alpha * np.eye(len(left)) + G[:, left].T @ G[:, left] / len(x))
        w, left = _step(w, Hinv, left)
        net.set_parameters(w)
        G = _gradients(net, x, lambda z: 0 * z)
    return net


EXERCISES = (
    Exercise(
        "output_gradients", answers("f(net, x) -> G", array(
            "G", lambda net, x: (len(x), len(net.parameters())))),
        (equals(slow_output_gradients, nets(), hard=(
                    Case(net=NET, x=X), Case(net=NET, x=X[:1]), Case(net=hidden_net(np.ones(9)), x=np.zeros((2, 2))),
                    *(Case(net=net, x=X) for net in OTHERS)),
                formula="G_ik = dz_i / dw_k", source=f"{HASSIBI}, eq. 12",
                mistake="A row is the gradient of the *output* for one sample, not of the loss.",
                statement="Row i is the gradient of the output for sample i, in the order of net.parameters()."),),
        "lesson 07, section 3: the gradient of the output by a target of z - 1, or by steps", {
            "That is the gradient of the loss for y = 0, z times what is wanted. With the target z - 1 it is g itself.":
                lambda net, x: _gradients(net, x, lambda z: 0 * z),
            "The sign is reversed: the target is z - 1, so that z - y is 1.":
                lambda net, x: _gradients(net, x, lambda z: z + 1),
            "Each row has a 1/n. It belongs to H, once, and not to G.":
                lambda net, x: _gradients(net, x, scale=1 / len(x)),
            "Every row is the mean over all samples: hand in one sample at a time, x[i:i + 1].":
                lambda net, x: _gradients(net, x).mean(axis=0) + np.zeros((len(x), 1)),
        }, hints=(
            "net.gradient hands out the gradient of a loss. For one sample, 1/2 (z - y)^2 has the gradient (z - y) g.",
            "Choose the target y so that z - y is 1.",
            "x[i:i + 1] is sample i as a matrix of one row. (Steps of the output to both sides work as well.)",
        )),
    Exercise(
        "remove_cheapest", answers("f(w, Hinv, left) -> (w, left)", arrays(
            array("w", lambda w, Hinv, left: w.shape), array("left", lambda w, Hinv, left: (len(left) - 1,), "iu"))),
        (equals(slow_remove_cheapest, cheapest(), hard=(GAPS, Case(w=np.array([0.0, 3.0]), Hinv=np.array([[2.0]]),
                                                                   left=np.array([1]))),
                formula="q = argmin w_q^2 / (2 [H^-1]_qq),  dw = -(w_q / [H^-1]_qq) H^-1 e_q",
                source=f"{HASSIBI}, eq. 5",
                mistake="Row q of Hinv belongs to parameter left[q]: place and number are two things.",
                statement="Of all removals the one of least rise, the others refitted; what was removed stays 0."),),
        "lesson 07, section 2: equation 5", {
            "The sign of the update is wrong.": lambda w, Hinv, left: _step(w, Hinv, left, sign=-1),
            "The others do not move.": lambda w, Hinv, left: _step(w, Hinv, left, move=False),
            "The smallest |w| goes; wanted is the smallest saliency.":
                lambda w, Hinv, left: _step(w, Hinv, left, cost=lambda w, d: np.abs(w)),
            "[H^-1]_qq belongs below the fraction line.":
                lambda w, Hinv, left: _step(w, Hinv, left, cost=lambda w, d: w**2 * d),
            "w_q is not squared.": lambda w, Hinv, left: _step(w, Hinv, left, cost=lambda w, d: w / d),
            "`left` is cut by value: q is a place in it. np.delete(left, q).": lambda w, Hinv, left: _step(
                w, Hinv, left, cut=lambda left, q: np.array([k for k in left if k != q])),
            "The removed one is still in `left`.": lambda w, Hinv, left: _step(
                w, Hinv, left, cut=lambda left, q: left),
        }, hints=(
            "The parameters that Hinv is about are w[left], in this order: row q of Hinv belongs to w[left[q]].",
            "Both formulas of equation 5, for w[left]. Begin with w = w.copy().",
            "np.delete(left, q) cuts place q out of left.",
        ), new=True),
    Exercise(
        "obs", answers("f(net, x, n_remove, alpha) -> net", read_net),
        (as_many_go_as_asked, each_step_starts_from_the_new_net, monk_1_keeps_its_rule),
        "lesson 07, sections 2 and 3; the loop is yours", {
            "The gradients are taken once. After each removal the net is another one: take them there.":
                lambda net, x, n_remove, alpha: _obs(net, x, n_remove, alpha, fresh_G=False),
            "H is inverted once, and cut afterwards. After each removal invert the H of what is left.":
                lambda net, x, n_remove, alpha: _obs(net, x, n_remove, alpha, fresh_Hinv=False),
            "All of H is inverted, and what is removed is cut out of the inverse. Cut first, G[:, left], then invert.":
                lambda net, x, n_remove, alpha: _obs(net, x, n_remove, alpha, whole=True),
            "The sum of the g g' is divided by n, alpha I is not: is the 1/n missing, or does it divide both?":
                lambda net, x, n_remove, alpha: _obs(net, x, n_remove, alpha, mean=False),
            "One parameter too many goes.": lambda net, x, n_remove, alpha: _obs(net, x, n_remove + 1, alpha),
            "One parameter too few goes.": lambda net, x, n_remove, alpha: _obs(net, x, max(n_remove - 1, 0), alpha),
            "The others do not move.": lambda net, x, n_remove, alpha: _obs(
                net, x, n_remove, alpha, step=lambda *args: _step(*args, move=False)),
            "H is made of gradients of the loss for y = 0. It needs those of the output.": _loss_gradients,
        }, hints=(
            "Begin with net.copy() and left = np.arange(p).",
            "Columns `left` of G are the gradients for what is left: G[:, left]. The sum of the g g' is then G.T @ G.",
            "np.linalg.inv(H); then w, left = remove_cheapest(...), and put w into the net.",
        ), right=_obs, new=True),
)
