"""The derivatives of second order, each by two routes: formulas against differences, sums against loops."""

from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, random_problem, samples

from nnprune import MLP, NNPruneWarning, prune_obs
from nnprune.hessian.downdate import PENDING, ShrinkingInverse
from nnprune.hessian.full import exact_diagonal, exact_hessian, gauss_newton
from nnprune.hessian.layer import input_hessian
from nnprune.hessian.linalg import (
    FREE,
    checked_hessian,
    damp,
    damped_inverse,
    live_parameters,
    scaled_eigenvalues,
    spd_inverse,
    warn_of_charge,
    warn_of_condition,
)
from nnprune.hessian.outer_products import empirical_fisher, jacobian_rows, outer_diagonal
from nnprune.nn.activations import ACTIVATIONS
from nnprune.nn.parameters import places

WHOLE_NET = {"exact": exact_hessian, "gauss-newton": gauss_newton, "fisher": empirical_fisher}
every_hessian = pytest.mark.parametrize("hessian", WHOLE_NET.values(), ids=WHOLE_NET)


def problem(activation="tanh", loss="cross_entropy", biases=True, sizes=(3, 4, 3, 2), n=9):
    """A net with random parameters and samples for it, no pre-activation near a kink."""
    return random_problem(sizes, n, activation=activation, loss=loss, biases=biases)


def moved(net, step):
    new = net.copy()
    new.set_parameters(net.parameters() + step)
    return new


def close(a, b, rtol=1e-10):
    """Equal to rounding, measured by the largest entry."""
    np.testing.assert_allclose(a, b, rtol=0, atol=rtol * max(1e-300, np.abs(b).max()))


# -- the exact Hessian ---------------------------------------------------------------------------------------


def slope_of_the_gradient(net, x, y, v):
    """H v by central differences, off by h^2 (truncation) and 1e-16 / h (rounding): 1e-5 is near the best of both."""
    h = 1e-5
    return (moved(net, h * v).gradient(x, y) - moved(net, -h * v).gradient(x, y)) / (2 * h)


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_the_exact_hessian_is_the_slope_of_the_gradient(activation, loss, biases):
    net, x, y = problem(activation, loss, biases)
    H = exact_hessian(net, x, y)
    np.testing.assert_array_equal(H, H.T)
    for seed in range(3):
        v = np.random.default_rng(seed).normal(size=len(H))
        close(H @ v, slope_of_the_gradient(net, x, y, v), 1e-7)



def test_a_saturated_softmax_leaves_the_gauss_newton_matrix_semidefinite():
    """Where p_k rounds to 1 on all samples, 1 - p_k has no digit left, and H_jj was 0 in a row that was not."""
    net = MLP.from_arrays([[[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]], [[60.0, 0.0, 0.0]])
    x = np.random.default_rng(0).normal(size=(20, 2))
    H = gauss_newton(net, x, np.zeros(20, int))
    assert (np.abs(H) <= np.sqrt(np.outer(np.diag(H), np.diag(H))) * (1 + 1e-9)).all()
    assert (np.diag(H) > 0).all()
    assert len(prune_obs(net, x, np.zeros(20, int), n_remove=2).removed) == 2


@given(net=st.one_of(nets(activation="tanh"), nets(activation="sigmoid")), seed=st.integers(0, 99))
def test_and_so_it_is_for_nets_of_any_shape(net, seed):
    x, y = samples(net)
    v = np.random.default_rng(seed).normal(size=net.parameters().size)
    v /= np.linalg.norm(v)
    H = exact_hessian(net, x, y)
    np.testing.assert_array_equal(H, H.T)
    np.testing.assert_allclose(H @ v, slope_of_the_gradient(net, x, y, v), atol=1e-7 * (1 + np.abs(H).max()))


@given(net=nets())
def test_the_diagonals_are_those_of_the_matrices(net):
    x, y = samples(net)
    np.testing.assert_allclose(exact_diagonal(net, x, y), np.diag(exact_hessian(net, x, y)), atol=1e-10)
    np.testing.assert_allclose(outer_diagonal(net, x, y), np.diag(gauss_newton(net, x, y)), atol=1e-10)
    np.testing.assert_allclose(outer_diagonal(net, x, y, "fisher"), np.diag(empirical_fisher(net, x, y)), atol=1e-10)


def test_targets_of_several_outputs_are_taken_too():
    net, x, _ = problem(loss="mse")
    t, v = np.random.default_rng(2).normal(size=(len(x), 2)), np.ones(net.parameters().size)
    close(exact_hessian(net, x, t) @ v, slope_of_the_gradient(net, x, t, v), 1e-7)


# -- Gauss-Newton and Fisher ---------------------------------------------------------------------------------


def jacobians(net, x):
    """dz/dw of every sample by central differences, (n, c, N): the slow obvious way."""
    steps = 1e-6 * np.eye(net.parameters().size)
    return np.stack([(moved(net, s).forward(x) - moved(net, -s).forward(x)) / 2e-6 for s in steps], axis=2)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_gauss_newton_is_the_curvature_of_the_loss_seen_through_the_jacobian(loss):
    net, x, y = problem(loss=loss)
    z = net.forward(x)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    expected = 0
    for J, p_i in zip(jacobians(net, x), p):
        C = np.diag(p_i) - np.outer(p_i, p_i) if loss == "cross_entropy" else np.eye(2)
        expected = expected + J.T @ C @ J / len(x)
    close(gauss_newton(net, x, y), expected, 1e-7)


@given(net=nets())
def test_gauss_newton_is_the_sum_of_its_rows_and_semidefinite(net):
    x, y = samples(net)
    G = np.concatenate(list(jacobian_rows(net, x, y)))
    H = gauss_newton(net, x, y)
    assert G.shape == (len(x) * net.sizes[-1], net.parameters().size)
    np.testing.assert_allclose(H, G.T @ G / len(x), atol=1e-12 * (1 + np.abs(H).max()))
    assert np.linalg.eigvalsh(H)[0] >= -1e-12 * (1 + np.abs(H).max())


@given(net=nets(loss="mse", activation="tanh"))
def test_without_residuals_gauss_newton_is_exact(net):
    x, _ = samples(net)
    fitted = net.forward(x)
    np.testing.assert_allclose(exact_hessian(net, x, fitted), gauss_newton(net, x, fitted), atol=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_of_a_linear_net_gauss_newton_is_exact_and_the_layer_hessian(loss):
    net, x, y = problem(loss=loss, sizes=(3, 2))
    close(exact_hessian(net, x, y), gauss_newton(net, x, y))
    if loss == "mse":  # every unit's block is H = 1/n A'A, and the units have nothing to do with each other
        unit = places(net)[:, 1]
        H = exact_hessian(net, x, y)
        close(H[np.ix_(unit == 0, unit == 0)], input_hessian(x))
        assert not H[np.ix_(unit == 0, unit == 1)].any()


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_the_fisher_matrix_is_the_loop_over_gradients(loss):
    net, x, y = problem(loss=loss)
    gradients = [net.gradient(x[i:i + 1], y[i:i + 1]) for i in range(len(x))]
    close(empirical_fisher(net, x, y), sum(np.outer(g, g) for g in gradients) / len(x))
    close(np.concatenate(list(jacobian_rows(net, x, y, "fisher"))), np.array(gradients))


# -- streams, subsets, bad input -----------------------------------------------------------------------------


def test_the_batches_make_no_difference(monkeypatch):
    net, x, y = problem(n=50)
    before = [hessian(net, x, y) for hessian in WHOLE_NET.values()] + [exact_diagonal(net, x, y)]
    rows = np.concatenate(list(jacobian_rows(net, x, y)))
    monkeypatch.setattr("nnprune.hessian.full.MOST_ROWS", 7)
    monkeypatch.setattr("nnprune.hessian.outer_products.BLOCK", 1)
    after = [hessian(net, x, y) for hessian in WHOLE_NET.values()] + [exact_diagonal(net, x, y)]
    for a, b in zip(after, before):
        close(a, b, 1e-13)
    monkeypatch.setattr("nnprune.hessian.full.FLOATS", 1)  # one sample at a time, however wide the net
    close(exact_hessian(net, x, y), before[0], 1e-13)
    blocks = list(jacobian_rows(net, x, y, block=400))
    assert len(blocks) > 1
    close(np.concatenate(blocks), rows, 1e-14)


@every_hessian
@given(net=nets(), chosen=st.integers(0, 2**16))
def test_a_subset_is_the_submatrix(hessian, net, chosen):
    x, y = samples(net)
    keep = np.array([chosen >> i % 16 & 1 for i in range(net.parameters().size)], bool)
    H = hessian(net, x, y)
    part = hessian(net, x, y, keep=keep)
    np.testing.assert_allclose(part, H[np.ix_(keep, keep)], atol=1e-12 * (1 + np.abs(H).max()))
    np.testing.assert_array_equal(hessian(net, x, y, keep=np.flatnonzero(keep)), part)


@every_hessian
def test_fewer_samples_than_outputs_are_enough_for_a_singular_hessian(hessian):
    net, x, y = problem(sizes=(2, 3, 5), n=1)
    H = hessian(net, x, y)
    assert H.shape == (29, 29)
    assert np.linalg.matrix_rank(H) < 29


def test_float32_samples_are_worked_on_in_float64():
    net, x, y = problem()
    x = x.astype(np.float32)
    np.testing.assert_array_equal(exact_hessian(net, x, y), exact_hessian(net, x.astype(float), y))


@every_hessian
@pytest.mark.parametrize(("change", "message"), [
    ({"x": np.ones((9, 2))}, "x has 2 columns, but 3 are needed"),
    ({"x": np.full((9, 3), np.nan)}, "x holds nan"),
    ({"y": np.zeros(4, int)}, r"y has the shape \(4,\), but \(9,\) is needed"),
    ({"y": np.full(9, 2)}, r"y\[0\] is 2, but a net with 2 outputs needs whole labels"),
    ({"y": np.zeros((9, 3))}, r"y has the shape \(9, 3\)"),
    ({"y": np.zeros((9, 2))}, r"y\[0\] adds up to 0"),
    ({"keep": np.ones(5, bool)}, r"keep has the shape \(5,\)"),
    ({"keep": np.array([0, 99])}, "keep must rise from at least 0 to at most 38"),
    ({"keep": np.array([3, 3])}, "keep must rise"),
    ({"keep": np.array([0.5])}, "keep must be a vector of bool or of whole numbers"),
])
def test_bad_input_is_refused(hessian, change, message):
    net, x, y = problem()
    with pytest.raises(ValueError, match=message):
        hessian(net, **{"x": x, "y": y, "keep": None, **change})


def test_unknown_kinds_of_rows_are_refused():
    net, x, y = problem()
    with pytest.raises(ValueError, match="kind 'hess' is unknown"):
        next(jacobian_rows(net, x, y, "hess"))


# -- inverses ------------------------------------------------------------------------------------------------


def test_the_condition_bounds_the_ratio_of_eigenvalues():
    H = gauss_newton(*problem())
    Hinv, condition = damped_inverse(H, 1e-3)
    damped = H + 1e-3 * np.diag(np.diag(H))
    s = np.sqrt(np.diag(damped))
    values = np.linalg.eigvalsh(damped / np.outer(s, s))
    assert values[-1] / values[0] <= condition <= len(H) * values[-1] / values[0]
    close(Hinv @ damped, np.eye(len(H)), 1e-10)


def test_a_regular_matrix_has_its_full_rank_and_digits_in_all_units():
    A = np.random.default_rng(0).normal(size=(20, 6))
    s = 10.0 ** np.array([-6, -3, 0, 2, 4, 6])
    (H, scaled), exact = (a.T @ a / 20 for a in (A, A * s)), np.linalg.inv(A.T @ A / 20)
    assert scaled_eigenvalues(scaled)[1] == 6
    Hinv, condition = damped_inverse(scaled, 0)
    np.testing.assert_allclose(Hinv * np.outer(s, s), exact, rtol=1e-12)
    assert condition == pytest.approx(damped_inverse(H, 0)[1], rel=1e-9)


def test_where_numpys_cholesky_gives_up_lapacks_factor_serves(monkeypatch):
    """They may be of two libraries, which round differently."""
    def gives_up(H):
        raise np.linalg.LinAlgError

    H = gauss_newton(*problem())
    H += np.eye(len(H))
    monkeypatch.setattr(np.linalg, "cholesky", gives_up)
    close(spd_inverse(H), np.linalg.inv(H), 1e-12)


def test_of_no_live_parameter_there_is_no_eigenvalue_and_a_diagonal_has_the_condition_1():
    values, rank = scaled_eigenvalues(np.empty((0, 0)))
    assert (values.shape, rank) == ((0,), 0)
    assert damped_inverse(np.diag([4.0, 1e6]), 0)[1] == 1


def test_damping_is_by_column_and_by_the_size_of_an_indefinite_diagonal():
    H = np.array([[4.0, 1.0], [1.0, -2.0]])
    np.testing.assert_array_equal(damp(H, 0.5), [[6, 1], [1, -1]])
    np.testing.assert_array_equal(H, [[4, 1], [1, -2]])
    with pytest.raises(ValueError, match="scaled to unit diagonal its eigenvalues go from -.*say") as error:
        damped_inverse(H, 0.5)
    enough = float(str(error.value).split("say ")[1].split(";")[0])
    assert np.isfinite(damped_inverse(H, enough)[0]).all()


def test_what_is_coupled_to_nothing_is_free_and_a_zero_in_a_row_that_is_not_is_indefinite():
    H = np.zeros((3, 3))
    H[np.ix_([0, 2], [0, 2])] = [[2, 1], [1, 2]]
    Hinv, condition = damped_inverse(H, 0)
    np.testing.assert_allclose(Hinv[np.ix_([0, 2], [0, 2])], np.array([[2, -1], [-1, 2]]) / 3)
    assert (Hinv[1, 1], condition) == (FREE, pytest.approx(3))
    assert (damped_inverse(np.zeros((2, 2)), 0.1)[0] == FREE * np.eye(2)).all()  # a dead net needs no damping
    H[0, 1] = H[1, 0] = 1
    with pytest.raises(ValueError, match="diagonal entry 1 is 0, but row 1 is not, and no damping changes that"):
        damped_inverse(H, 1e9)


@pytest.mark.parametrize(("digits", "told"), [(2.9, True), (3.1, False)])
def test_costs_of_fewer_than_three_right_digits_are_told(digits, told):
    with pytest.warns(NNPruneWarning, match="only about 2 digits are right") if told else nullcontext():
        warn_of_condition(10**-digits / np.finfo(float).eps)


@pytest.mark.parametrize(("charge", "predicted", "told"), [
    (0.6, 1.01, True), (0.6, 1.0, False), (0.505, 1.01, False), (0.0, 0.0, False)])
def test_more_than_half_of_more_than_a_trifle_is_told(charge, predicted, told):
    """Without any weight the error is 100, so that 1 is a trifle."""
    with pytest.warns(NNPruneWarning, match="damping=0.5") if told else nullcontext():
        warn_of_charge(charge, predicted, 100.0, 0.5)


@pytest.mark.parametrize("n", [5, PENDING + 3, 3 * PENDING])
def test_a_shrinking_inverse_is_the_inverse_of_what_is_left(n):
    rng = np.random.default_rng(n)
    A = rng.normal(size=(2 * n, n))
    H, inverse, left = A.T @ A / n, ShrinkingInverse(np.linalg.inv(A.T @ A / n)), list(range(n))
    for t, q in enumerate(rng.permutation(n)):
        if t % 10 == 0 or t > n - 3:
            Hinv = np.linalg.inv(H[np.ix_(left, left)])
            close(inverse.diagonal[left], np.diag(Hinv), 1e-9)
            assert (inverse.diagonal[~inverse.remaining] == 1).all()
            close(inverse.row(q)[left], Hinv[left.index(q)], 1e-9)
            assert np.count_nonzero(inverse.row(q)) == len(left)
        inverse.remove(q, inverse.row(q))
        left.remove(q)
    assert not inverse.remaining.any()


@pytest.mark.parametrize("pivot", [-1e-20, 0.0])
def test_rounding_that_spoils_the_inverse_is_noticed(pivot):
    inverse = ShrinkingInverse(np.diag([1.0, pivot]))
    with pytest.raises(ValueError, match="rounding made the inverse Hessian indefinite .*use a larger damping"):
        inverse.remove(1, inverse.row(1))


@pytest.mark.parametrize(("H", "message"), [
    (np.ones((2, 3)), r"the Hessian has the shape \(2, 3\), but \(2, 2\) is needed"),
    (np.eye(3), r"the Hessian has the shape \(3, 3\), but \(2, 2\) is needed"),
    ([[1.0, np.nan], [np.nan, 1.0]], r"the Hessian holds nan at index \(0, 1\)"),
    ([[1.0, 0.5], [0.4, 1.0]], r"not symmetric: entry \(0, 1\) is 0.5, but \(1, 0\) is 0.4"),
    ([[1e-6, 5e-7], [4e-7, 1e-6]], r"not symmetric: entry \(0, 1\) is 5e-07"),
    (np.ones(4), "must be a matrix, with 2 axes"),
])
def test_what_is_no_hessian_is_refused(H, message):
    with pytest.raises(ValueError, match=message):
        checked_hessian(H, 2)


def test_a_diagonal_that_underflows_is_not_indefinite():
    """G = (1, 1e-170): H_22 = 1e-340 is 0, H_12 is not, and H is positive semidefinite all the same."""
    G = np.array([[1.0, 1e-170]])
    H = G.T @ G
    assert H[1, 1] == 0 < H[0, 1]
    np.testing.assert_array_equal(live_parameters(H), [True, False])
    with pytest.raises(ValueError, match="diagonal entry 1 is 0, but row 1 is not"):
        live_parameters(np.array([[1.0, 1e-9], [1e-9, 0.0]]))
