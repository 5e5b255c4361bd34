"""Exercises to lesson 14: before training, in rounds, and a net from elsewhere.

    letter              meaning                                                         shape
    w                   weights of one linear unit before training                      (d,)
    X, t                samples, one a row, and their targets                           (n, d), (n,)
    W0, WT              a layer's weights before and after training                     (n_out, n_in)
    coefs, intercepts   weights and biases as scikit-learn keeps them, lists            (n_in, n_out), (n_out,) each
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws.kinds import WRONG_KIND
from nnprune.laws.law import Case, demand, same, show
from nnprune.laws.strategies import distinct_weights, half_integers
from nnprune.nn.mlp import MLP

from .frame import Exercise, answers, array, arrays, equals, rule


@st.composite
def linear_units(draw):
    """A linear unit ``w`` (d,) with samples ``X`` (n, d) and targets ``t`` (n,), all half-integers."""
    n, d = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return Case(w=draw(half_integers((d,))), X=draw(half_integers((n, d))), t=draw(half_integers((n,))))


@st.composite
def before_and_after(draw):
    """Weights before, ``W0``, and after training, ``WT``: none 0, no ties; and how many stay, at least one."""
    shape = draw(st.integers(1, 2)), 2
    return Case(W0=draw(distinct_weights(shape)), WT=draw(distinct_weights(shape)),
                n_keep=draw(st.integers(1, shape[0] * shape[1])))


@st.composite
def schedules(draw):
    """A sparsity ``to`` at the end, and the number of rounds ``n``."""
    return Case(to=draw(st.sampled_from([0.75, 0.5, 0.9, 0.99])), n=draw(st.integers(2, 4)))


@st.composite
def foreign_nets(draw):
    """A net with one hidden layer in scikit-learn's form, and samples ``x``; square layers, which hide a transpose.

    Two outputs: the loss of ``MLP`` by default is a softmax, which over one output is refused.
    """
    d = 2
    return Case(coefs=[draw(distinct_weights((d, d))) for _ in range(2)],
                intercepts=[draw(half_integers((d,))) for _ in range(2)], x=draw(half_integers((1, d))))


@st.composite
def trained_on(draw):
    """A relu ``net`` with masks, one of whose pruned weights has come back to life, and samples ``x``."""
    p = draw(foreign_nets())
    net = MLP.from_arrays([C.T for C in p.coefs], p.intercepts)
    net.set_masks([np.broadcast_to(np.arange(len(C)) >= draw(st.integers(0, 1)), C.T.shape) for C in p.coefs])
    for W, C in zip(net.weights, p.coefs):
        W[:] = C.T  # set_masks set the pruned ones to 0
    return Case(net=net, x=p.x)


def slow_snip(w, X, t):
    """Each switch for itself: the loss is a quadratic in it, so a central difference is the slope exactly."""
    def loss(c):
        return np.mean((X @ (c * w) - t) ** 2) / 2
    steps = np.eye(len(w)) / 4
    return np.array([abs(loss(1 + step) - loss(1 - step)) / (1 / 2) for step in steps])


def slow_ticket(W0, WT, n_keep):
    """Weight by weight, the largest of WT first."""
    W = np.zeros(W0.shape)
    order = sorted(np.ndindex(WT.shape), key=lambda place: -abs(WT[place]))
    for place in order[:n_keep]:
        W[place] = W0[place]
    return W


def sklearn_outputs(coefs, intercepts, x):
    """What scikit-learn's net computes, before the softmax."""
    for C, c in zip(coefs[:-1], intercepts):
        x = np.maximum(x @ C + c, 0)
    return x @ coefs[-1] + intercepts[-1]


def masked(net):
    """A copy of the net that applies its masks."""
    net = net.copy()
    net.set_parameters(net.parameters())
    return net


@rule(schedules(), hard=[Case(to=0.75, n=1), Case(to=0.98, n=30)],
      formula="(1 - s_i) / (1 - s_{i-1}) = r for all i,  s_0 = 0,  s_n = to",
      source="nnprune.pruning.schedules.iterative.kept_counts",
      mistake="In equal steps of the sparsity the last round would take a far larger share of what is left.")
def every_round_takes_the_same_share(f, p):
    """Every round keeps the same share of what the one before has left, and after the last the sparsity is `to`."""
    s = f(p.to, p.n)
    demand(np.isclose(s[-1], p.to), f"the last sparsity is {p.to}", f"s = {show(s)}")
    kept = 1 - np.concatenate([[0], s])
    demand(np.allclose(kept[1:], kept[:-1] * kept[1]), "the same share kept in every round",
           f"s = {show(s)}, which keeps {show(kept)} after 0, 1, ... rounds")


FOREIGN = Case(coefs=[np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[2.0, 0.0], [-1.0, 1.5]])],
               intercepts=[np.array([0.5, -1.0]), np.array([1.0, 2.0])], x=np.array([[1.0, 2.0], [-3.0, 0.5]]))
DEEP = Case(coefs=[np.array([[1.0, -2.0, 0.5], [0.5, 3.0, 1.0]]), np.array([[2.0], [-1.0], [1.5]]),
                   np.array([[2.0, -1.0]])],
            intercepts=[np.array([0.5, -1.0, 0.0]), np.array([1.0]), np.array([0.0, 2.0])], x=np.array([[1.0, 2.0]]))


@rule(foreign_nets(), hard=[FOREIGN, DEEP], formula="net.forward(x) = relu(x C_1 + c_1) C_2 + c_2",
      source="scikit-learn, MLPClassifier",
      mistake="Is each matrix transposed, and are the biases there?")
def it_gives_the_same(f, p):
    """On every sample the net gives what scikit-learn's gives."""
    same("outputs", f(p.coefs, p.intercepts).forward(p.x), sklearn_outputs(p.coefs, p.intercepts, p.x))


def _pruned(p, kept=0):
    """A net whose weights are pruned, all but the first so many units of each layer, and have come back to life."""
    net = MLP.from_arrays([C.T for C in p.coefs], p.intercepts)
    net.set_masks([np.broadcast_to(np.arange(C.shape[1])[:, None] < kept, C.T.shape) for C in p.coefs])
    for W, C in zip(net.weights, p.coefs):
        W[:] = C.T
    return Case(net=net, x=p.x)


@rule(trained_on(), hard=[_pruned(FOREIGN), _pruned(DEEP, 1)],
      formula="relu(x C_1 + c_1) C_2 + c_2 = forward(x) of the net with its masks applied",
      source="scikit-learn, MLPClassifier", mistake="Is each matrix transposed, and what is pruned 0?")
def it_goes_back_pruned(f, p):
    """scikit-learn's net gives what this one gives once its pruned weights are 0."""
    same("outputs", sklearn_outputs(*f(p.net), p.x), masked(p.net).forward(p.x))


@rule(trained_on(), formula="C = (m * W)'", source="nnprune's contract",
      mistake="np.where(mask, W, 0) is 0 wherever the mask is False.")
def what_is_pruned_is_zero(f, p):
    """Every weight that the masks call pruned is exactly 0."""
    for l, C in enumerate(f(p.net)[0]):
        alive = int((C.T[~p.net.masks[l]] != 0).sum())
        demand(not alive, "0 where the mask is False", f"{alive} weights of layer {l} are not 0")


def _read_net(args, answer):
    """An MLP of the right sizes."""
    demand(isinstance(answer, MLP), "an nnprune.MLP", f"a {type(answer).__name__}", WRONG_KIND)
    sizes = (len(args[0][0]), *(C.shape[1] for C in args[0]))
    demand(answer.sizes == sizes, f"an MLP of the sizes {sizes}", f"one of the sizes {answer.sizes}", WRONG_KIND)
    return answer


def _read_lists(args, answer):
    """Two lists with an array for each layer, the matrices shaped (n_in, n_out)."""
    net = args[0]
    coefs = [array(f"coefs[{l}]", lambda _, W=W: W.T.shape) for l, W in enumerate(net.weights)]
    intercepts = [array(f"intercepts[{l}]", lambda _, b=b: b.shape) for l, b in enumerate(net.biases)]
    return arrays(arrays(*coefs), arrays(*intercepts))(args, answer)


def _back(net, *, apply=True, turn=True, bias=True):
    weights = (masked(net) if apply else net).weights
    return [W.T if turn else W for W in weights], [b if bias else 0 * b for b in net.biases]


def _kept_zeroed(net):
    return [np.where(M, 0, W).T for W, M in zip(net.weights, net.masks)], net.biases


EXERCISES = (
    Exercise(
        "snip", answers("f(w, X, t) -> s", array("s", lambda w, X, t: w.shape)),
        (equals(slow_snip, linear_units(), hard=(
                    Case(w=np.array([-2.0, 0.0, 1.0]), X=np.array([[1.0, 2.0, -1.0], [0.5, 1.0, 1.0]]),
                         t=np.array([1.0, -1.0])),
                    Case(w=np.ones(2), X=np.eye(2), t=np.ones(2))),
                formula="s_q = |dE/dc_q| = |w_q dE/dw_q| at c = 1",
                source="Lee, Ajanthan & Torr 2019, section 4.1",
                mistake="Work the smallest case out by hand: the errors, the gradient, times w, then the size.",
                statement="Each weight gets a switch c_q; s_q is the slope of the loss with respect to it."),),
        "lesson 14, section 1: the formula, and the example by hand", {
            "The absolute value is missing: a switch counts in either direction.":
                lambda w, X, t: w * (X.T @ (X @ w - t)) / len(X),
            "That is the size of the gradient alone; it must be multiplied by the weight.":
                lambda w, X, t: np.abs(X.T @ (X @ w - t)) / len(X),
            "The 1/n is missing: E is a mean over the samples.": lambda w, X, t: np.abs(w * (X.T @ (X @ w - t))),
            "The targets are left out: the errors are X @ w - t.": lambda w, X, t: np.abs(w * (X.T @ (X @ w))) / len(X),
            "A factor 2 too much: the 1/2 in front of the square cancels the 2 of its derivative.":
                lambda w, X, t: 2 * np.abs(w * (X.T @ (X @ w - t))) / len(X),
        }, hints=(
            "s_q = |w_q dE/dw_q|.",
            "The errors are X @ w - t. The gradient is X' times the errors, divided by n.",
        )),
    Exercise(
        "ticket", answers("f(W0, WT, n_keep) -> W", array("W", lambda W0, WT, n_keep: W0.shape)),
        (equals(slow_ticket, before_and_after(), hard=tuple(
                    Case(W0=np.array([[9.0, -1.0], [2.0, 3.0]]), WT=np.array([[0.5, 4.0], [-5.0, 1.0]]), n_keep=k)
                    for k in (2, 1, 4, 0)) + (
                    Case(W0=np.array([[1.0], [0.0], [1.0]]), WT=np.array([[2.0], [-3.0], [1.0]]), n_keep=2),),
                formula="W = m * W_0,  m = 1 for the n_keep largest |W_T|",
                source="Frankle & Carbin 2019",
                mistake="|WT| decides which weights stay, and n_keep of them do; their values are those of W0.",
                statement="The weights that are largest after training stay, with their values from before it."),),
        "lesson 14, section 2: what a lottery ticket is", {
            "The right weights stay, but with their trained values; a ticket goes back to those from before.":
                lambda W0, WT, n_keep: slow_ticket(WT, WT, n_keep),
            "The weights that were largest before training stay; the trained ones must say which.":
                lambda W0, WT, n_keep: slow_ticket(W0, W0, n_keep),
            "The smallest trained weights stay; wanted are the largest.":
                lambda W0, WT, n_keep: slow_ticket(W0, 1 / WT, n_keep),
            "The signs count in your ranking: take np.abs(WT).":
                lambda W0, WT, n_keep: slow_ticket(W0, WT - WT.min() + 1, n_keep),
            "That is one weight too many: n_keep stay in all.":
                lambda W0, WT, n_keep: slow_ticket(W0, WT, n_keep + 1),
            "That is one weight too few. The smallest magnitude that stays must stay too: >= and not >.":
                lambda W0, WT, n_keep: slow_ticket(W0, WT, max(n_keep - 1, 0)),
            "Right, but with n_keep = 0 everything stays: [-0] is the first entry, and [-0:] is all of them.":
                lambda W0, WT, n_keep: slow_ticket(W0, WT, n_keep or WT.size),
        }, hints=(
            "The trained weights WT say which stay: those of the largest magnitude.",
            "np.argsort(-np.abs(WT).ravel())[:n_keep] are the places of those that stay, in the raveled matrix.",
            "Begin with W = np.zeros(W0.shape), and W.flat[places] = W0.flat[places]. The values come from W0.",
        )),
    Exercise(
        "round_sparsities", answers("f(to, n) -> s", array("s", lambda to, n: (n,))),
        (every_round_takes_the_same_share,), "the hints 1 and 2 of this function; lesson 14, task 2 of section 7", {
            "These are equal steps of the sparsity; wanted is an equal share of what is left in each round.":
                lambda to, n: to * np.arange(1, n + 1) / n,
            "These are the shares that are kept; wanted are those that are gone.":
                lambda to, n: (1 - to) ** (np.arange(1, n + 1) / n),
            "r is the share that a round keeps: r^n = 1 - to, and not to.":
                lambda to, n: 1 - to ** (np.arange(1, n + 1) / n),
            "i begins with 1: the list holds the sparsity after each round, and not the 0 before the first.":
                lambda to, n: 1 - (1 - to) ** (np.arange(n) / n),
        }, hints=(
            "Let each round keep the share r of what is left. After i rounds r^i of all weights is kept.",
            "After n rounds 1 - to is kept: that gives r.",
            "np.arange(1, n + 1) is i for all rounds at once. Sparsity is what is gone.",
        ), right=lambda to, n: 1 - (1 - to) ** (np.arange(1, n + 1) / n)),
    Exercise(
        "from_sklearn", answers("f(coefs, intercepts) -> net", _read_net), (it_gives_the_same,),
        "lesson 14, section 4, and section 5: the transpose", {
            "The matrices are not transposed. With square layers nothing complains, and the net is another one.":
                lambda coefs, intercepts: MLP.from_arrays(coefs, intercepts),
            "The biases are missing.": lambda coefs, intercepts: MLP.from_arrays([C.T for C in coefs]),
            "The activation is relu.":
                lambda coefs, intercepts: MLP.from_arrays([C.T for C in coefs], intercepts, "tanh"),
        }, hints=(
            "nnprune.MLP.from_arrays(weights, biases) makes the net; its weights have a row for each unit.",
            "C.T is the transpose of C.",
        ), right=lambda coefs, intercepts: MLP.from_arrays([C.T for C in coefs], intercepts)),
    Exercise(
        "to_sklearn", answers("f(net) -> (coefs, intercepts)", _read_lists),
        (it_goes_back_pruned, what_is_pruned_is_zero), "lesson 14, section 5: masks forgotten", {
            "The masks are not applied: this net's pruned weights have come back to life.":
                lambda net: _back(net, apply=False),
            "The matrices are not transposed: coefs have the shape (n_in, n_out).":
                lambda net: _back(net, turn=False),
            "The biases are lost.": lambda net: _back(net, bias=False),
            "The mask is inverted: True means kept, and what is False must be 0.": _kept_zeroed,
        }, hints=(
            "net.weights and net.biases are lists with one array for each layer.",
            "What is pruned is where the mask is False. Someone may have trained this net without applying its masks.",
            "np.where(mask, W, 0) makes sure. Then transpose each matrix.",
        ), right=_back),
)
