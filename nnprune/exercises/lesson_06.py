"""Exercises to lesson 06: what the parabola leaves out, and what it would need.

    letter   meaning                                              shape
    w        the weights                                          (d,)
    g, h     gradient and diagonal of the Hessian                 (d,), (d,)
    H        the whole Hessian                                    (d, d)
    gone     True where a weight is removed                       (d,) bool
    z        the outputs of a net before the softmax              (k,)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws import KINDS, laws_for
from nnprune.laws.law import Case
from nnprune.laws.strategies import distinct_weights, half_integers
from nnprune.nn.mlp import MLP

from .frame import Exercise, answers, array, equals, hardened, number
from .lesson_05 import COUPLED, OBD, positive


@st.composite
def joint_removals(draw):
    """Weights ``w``, none of them 0, ``H``, and which go together: two at least."""
    d = draw(st.integers(2, 4))
    gone = np.array(draw(st.lists(st.booleans(), min_size=d, max_size=d).filter(lambda g: sum(g) >= 2)))
    return Case(w=draw(distinct_weights((d,))), H=positive(draw, d), gone=gone)



@st.composite
def slopes(draw):
    """Weights ``w``, gradient ``g`` and curvatures ``h``: none is 0, and 2 g and h w differ everywhere."""
    d = draw(st.integers(1, 4))
    entries = st.sampled_from([1.0, -1.0, 0.5, -0.5, 3.0, -3.0])
    w, g, h = (np.array(draw(st.lists(entries, min_size=d, max_size=d))) for _ in range(3))
    return Case(w=w, g=g, h=h)


@st.composite
def outputs(draw):
    """Outputs ``z`` of a net with two to four classes."""
    return Case(z=draw(half_integers((draw(st.integers(2, 4)),))))


def slow_left_out(w, H, gone):
    """The cross terms of the weights that go: each pair once."""
    d = len(w)
    return float(sum(H[k, l] * w[k] * w[l] for k in range(d) for l in range(k) if gone[k] and gone[l]))



def slow_saliency_with_gradient(w, g, h):
    """The parabola at dw = -w, weight by weight."""
    return np.array([g[k] * -w[k] + h[k] * w[k]**2 / 2 for k in range(len(w))])


def slow_logit_hessian(z):
    """Entry by entry: p_i (1 - p_i) on the diagonal, -p_i p_j beside it."""
    e = np.exp(z - np.max(z))
    p, k = e / e.sum(), len(z)
    return np.array([[p[i] * (1 - p[i]) if i == j else -p[i] * p[j] for j in range(k)] for i in range(k)])


def _p(z):
    e = np.exp(z - np.max(z))
    return e / e.sum()


def _rows(net, x, y, eps, difference):
    """A matrix of what ``difference`` makes of the gradient at the net and at the net with w_k moved both ways."""
    def g(w):
        moved = net.copy()
        moved.set_parameters(w)
        return moved.gradient(x, y)
    w = net.parameters()
    return np.array([difference(g(w + eps * e), g(w), g(w - eps * e)) for e in np.eye(len(w))])


def _drifting(net, x, y, eps=1e-5):
    up, down, rows = net.copy(), net.copy(), []
    for e in np.eye(len(net.parameters())):
        up.set_parameters(up.parameters() + eps * e)
        down.set_parameters(down.parameters() - eps * e)
        rows.append((up.gradient(x, y) - down.gradient(x, y)) / (2 * eps))
    return np.array(rows)


def _net_case(n_in=2):
    """A net of two layers in general position, and samples."""
    rng, net = np.random.default_rng(0), MLP((n_in, 3, 2), activation="tanh", rng=0)
    net.set_parameters(rng.normal(size=net.parameters().size))
    return Case(net=net, x=rng.normal(size=(4, n_in)), y=np.array([0, 1, 1, 0]))


# The kinks of a relu are left out by this law; the symmetry law does not, and steps across a kink are not symmetric.
HESSIAN_LAWS = tuple(law for law in laws_for("hessian", "exact") if law.name in (
    "hessian_is_the_slope_of_the_gradient", "hessian_of_a_linear_layer_is_its_inputs", "hessian_leaves_its_inputs"))

EXERCISES = (
    Exercise(
        "saliency_with_gradient", answers("f(w, g, h) -> s", array("s", lambda w, g, h: w.shape)),
        (equals(slow_saliency_with_gradient, slopes(), hard=(
                    Case(w=np.array([2.0, -2.0]), g=np.array([1.0, 1.0]), h=np.array([3.0, 3.0])),
                    Case(w=np.array([0.0, 1.0]), g=np.array([5.0, 0.0]), h=np.array([1.0, -1.0]))),
                formula="s_k = -g_k w_k + 1/2 h_kk w_k^2", source=f"{OBD}, eq. 1, with the first term kept",
                mistake="Put dw = -w_k into both terms: the first changes its sign with w, the second does not.",
                statement="The rise that the Taylor series up to second order says for each weight set to 0 alone."),),
        "lesson 06, section 3", {
            "The sign of the gradient's term: dw is -w, so it is -g w.":
                lambda w, g, h: g * w + h * w**2 / 2,
            "The gradient's term is missing. It is 0 at a minimum only.": lambda w, g, h: h * w**2 / 2,
            "The 1/2 is missing in the second term.": lambda w, g, h: -g * w + h * w**2,
            "w is not squared in the second term.": lambda w, g, h: -g * w + h * w / 2,
            "The 1/2 is on both terms; it belongs to the second alone.": lambda w, g, h: (-g * w + h * w**2) / 2,
            "The absolute value of the first term is taken. It may lower the loss: keep its sign.":
                lambda w, g, h: np.abs(g * w) + h * w**2 / 2,
            "|w| is no step: a negative weight is removed by dw = -w > 0.":
                lambda w, g, h: -g * np.abs(w) + h * w**2 / 2,
        }, hints=(
            "The change of weight k is dw_k = -w_k, and no other weight changes.",
            "The two terms are g_k dw_k and 1/2 h_kk dw_k^2. Put dw_k = -w_k into both.",
        )),
    Exercise(
        "left_out", answers("f(w, H, gone) -> rise", number("the part left out")),
        (equals(slow_left_out, joint_removals(), hard=tuple(
                    Case(w=np.array([1.0, -2.0, 3.0]), H=COUPLED, gone=np.array(gone))
                    for gone in ([True, False, False], [False, False, False], [True, True, True], [True, False, True])
                    ) + (
                    Case(w=np.array([1.5]), H=np.array([[2.0]]), gone=np.array([False])),
                    Case(w=np.array([0.0, 2.0]), H=np.eye(2), gone=np.array([True, True]))),
                formula="1/2 dw' H dw - sum_k 1/2 h_kk dw_k^2",
                source=f"{OBD}, the third term of eq. 1",
                mistake="Both parts are of second order in w and have the factor 1/2. Is w squared in the saliencies?",
                statement="What is left is h_kl w_k w_l, once for every pair of weights that go."),),
        "lesson 06, section 2: the cross terms; section 5", {
            "All weights go in this answer. dw is 0 where a weight stays.":
                lambda w, H, gone: slow_left_out(w, H, np.ones(len(w), bool)),
            "gone is inverted: True means that the weight is removed.":
                lambda w, H, gone: slow_left_out(w, H, ~gone),
            "This is the whole rise. The saliencies must be subtracted.":
                lambda w, H, gone: float((w * gone) @ H @ (w * gone) / 2),
            "This is the sum of the saliencies alone. Subtract it from the rise with all of H.":
                lambda w, H, gone: float(np.diag(H) @ (w * gone)**2 / 2),
            "The saliencies of all weights are subtracted; only those of what goes belong here.":
                lambda w, H, gone: float((w * gone) @ H @ (w * gone) / 2 - np.diag(H) @ w**2 / 2),
            "A factor 2 too much: is the 1/2 missing? Each pair stands twice in dw' H dw.":
                lambda w, H, gone: 2 * slow_left_out(w, H, gone),
            "The sign is reversed: all of H minus the saliencies.":
                lambda w, H, gone: -slow_left_out(w, H, gone),
        }, hints=(
            "dw_k is -w_k where gone, and 0 elsewhere: np.where(gone, -w, 0).",
            "The sum of the saliencies is that of 1/2 h_kk dw_k^2: weights that stay have dw_k = 0.",
            "By hand: H = [[1, 2], [2, 5]], w = (1, 1), both gone: 5 - 3 = 2, which is h_12 w_1 w_2.",
        )),
    Exercise(
        "hessian", KINDS["hessian"], hardened(HESSIAN_LAWS, {
            "hessian_is_the_slope_of_the_gradient": (_net_case(), _net_case(n_in=1))}),
        "lesson 06, section 5: all of H; and hint 1: the slope of the gradient, entry by entry", {
            "The division is by eps; both steps together are 2 eps long.":
                lambda net, x, y: _rows(net, x, y, 1e-5, lambda up, at, down: (up - down) / 1e-5),
            "The division by 2 eps is missing.":
                lambda net, x, y: _rows(net, x, y, 1e-5, lambda up, at, down: up - down),
            "The sign is reversed: up minus down.":
                lambda net, x, y: _rows(net, x, y, 1e-5, lambda up, at, down: (down - up) / 2e-5),
            "Only the diagonal is filled. Each step changes all entries of the gradient: keep the whole row.":
                lambda net, x, y: np.diag(np.diag(_rows(net, x, y, 1e-5, lambda up, at, down: (up - down) / 2e-5))),
            "The difference is one-sided, so its error is eps and not eps^2: step to both sides, and divide by 2 eps.":
                lambda net, x, y: _rows(net, x, y, 1e-5, lambda up, at, down: (up - at) / 1e-5),
            "Each step sets out from where the last one ended. Set out from w = net.parameters() every time.":
                _drifting,
            "Wanted is up minus down, from two nets (each a net.copy()), once: twice gives the third derivative.":
                lambda net, x, y: _rows(net, x, y, 1e-2, lambda up, at, down: (up - 2 * at + down) / 1e-4),
        }, hints=(
            "Row k is how the gradient changes with w_k: (g(w + eps e_k) - g(w - eps e_k)) / (2 eps).",
            "eps = 1e-5 is a good step: not so small that rounding shows.",
            "Put w + eps e_k into one copy of the net and w - eps e_k into another; np.array(rows) is the matrix.",
        ), right=lambda net, x, y: _rows(net, x, y, 1e-5, lambda up, at, down: (up - down) / 2e-5)),
    Exercise(
        "logit_hessian", answers("f(z) -> H", array("H", lambda z: (len(z), len(z)))),
        (equals(slow_logit_hessian, outputs(), hard=(
                    Case(z=np.array([0.0, 0.0])), Case(z=np.array([1000.0, 0.0, -1000.0])), Case(z=np.zeros(4)),
                    Case(z=np.array([1.5])),
                    Case(z=np.array([2.0, 0.0, -1.0]))),
                formula="H_ij = p_i (1 - p_i) if i = j, else -p_i p_j", source="the second derivative of -log p_y",
                mistake="It is diag(p) - p p', with p the softmax of z.",
                statement="The curvature of the cross-entropy in the outputs z of one sample: nearly 0 where one of "
                          "the p is nearly 1, whichever class is right."),),
        "lesson 06, section 6", {
            "Only the diagonal is there: outputs i and j together have the entry -p_i p_j.":
                lambda z: np.diag(_p(z) * (1 - _p(z))),
            "p p' must be subtracted from diag(p), not added.": lambda z: np.diag(_p(z)) + np.outer(_p(z), _p(z)),
            "The softmax is missing: p are the probabilities, not the outputs.":
                lambda z: np.diag(z) - np.outer(z, z),
            "The sign is reversed: diag(p) - p p'.": lambda z: np.outer(_p(z), _p(z)) - np.diag(_p(z)),
            "Right, until e^z overflows. Subtract the largest z before np.exp.":
                lambda z: np.diag(np.exp(z) / np.exp(z).sum()) - np.outer(np.exp(z), np.exp(z)) / np.exp(z).sum()**2,
            "That is the gradient p beside itself; np.diag(p) makes a matrix of the vector.":
                lambda z: _p(z) - np.outer(_p(z), _p(z)),
        }, hints=(
            "The gradient is p - e_y (lesson 02). Differentiate p_i with respect to z_j.",
            "dp_i/dz_j is p_i (1 - p_i) for i = j, and -p_i p_j otherwise: the matrix diag(p) - p p'.",
            "Subtract the largest z before np.exp, as in lesson 02: p stays the same, and nothing overflows.",
        )),
)
