"""``LayerHessian``: the same matrix whatever the batches, on disk and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import arrays

import nnprune
from nnprune import LayerHessian


@given(st.integers(1, 4), st.integers(1, 9), st.booleans(), st.data())
def test_any_split_into_batches_gives_the_same_hessian(d, n, bias, data):
    X = data.draw(arrays((n, d)))
    cuts = sorted(data.draw(st.lists(st.integers(1, n - 1), max_size=3, unique=True))) if n > 1 else []
    parts = np.split(X, cuts)
    whole, gathered, summed = LayerHessian(d, bias).add(X), LayerHessian(d, bias), LayerHessian(d, bias)
    for part in parts:
        gathered.add(part)
        summed = summed + LayerHessian(d, bias).add(part)
    A = np.column_stack([X, np.ones(n)]) if bias else X
    for H in (whole, gathered, summed):  # half-integers: no sum is rounded
        assert H.n == n
        np.testing.assert_allclose(H.matrix, sum(np.outer(a, a) for a in A) / n, rtol=1e-15)


def test_float32_inputs_are_summed_in_float64():
    X = np.float32(1 + 1e-3) * np.ones((100_000, 1), np.float32)
    H = LayerHessian(1, bias=False)
    for part in np.split(X, 10):
        H.add(part)
    assert H.matrix[0, 0] == pytest.approx(float(X[0, 0]) ** 2, rel=1e-13)


def test_saved_and_loaded_it_goes_on_to_the_same_bits(tmp_path):
    X = np.random.default_rng(0).normal(size=(50, 3))
    H = LayerHessian(3).add(X[:20])
    H.save(tmp_path / "h.npz")
    again = LayerHessian.load(tmp_path / "h.npz")
    assert repr(again) == repr(H) == "LayerHessian(n_in=3, bias=True, n=20)"
    assert again.add(X[20:]).matrix.tobytes() == H.add(X[20:]).matrix.tobytes()
    LayerHessian(3, bias=False).save(tmp_path / "h.npz")  # before the first row, too
    assert repr(LayerHessian.load(tmp_path / "h.npz")) == "LayerHessian(n_in=3, bias=False, n=0)"


def test_what_does_not_fit_is_named_and_nothing_is_taken_in(tmp_path):
    H = LayerHessian(2).add(np.eye(2))
    before = H.matrix
    for X, message in ((np.ones((4, 3)), "X has 3 columns, but the layer has 2 inputs; leave out the column of ones"),
                       (np.ones((4, 5)), "X has 5 columns, but the layer has 2 inputs$"),
                       ([[1.0, np.nan]], r"X holds nan at index \(0, 1\)"), (np.ones(3), "X must be a matrix")):
        with pytest.raises(ValueError, match=message):
            H.add(X)
    assert np.array_equal(H.matrix, before)
    assert H.n == 2
    with pytest.raises(ValueError, match="call add"):
        LayerHessian(2).matrix  # noqa: B018
    with pytest.raises(ValueError, match="of different layers"):
        H + LayerHessian(2, bias=False)
    with pytest.raises(TypeError):
        H + 1
    with pytest.raises(ValueError, match="n_in must be a whole number"):
        LayerHessian(0)


def test_a_file_of_another_kind_or_damaged_is_named(tmp_path):
    nnprune.MLP((2, 2), rng=0).save(tmp_path / "net.npz")
    with pytest.raises(ValueError, match="it is a saved net; MLP.load reads it"):
        LayerHessian.load(tmp_path / "net.npz")
    LayerHessian(2).add(np.eye(2)).save(tmp_path / "h.npz")
    with pytest.raises(ValueError, match="it is a saved hessian; LayerHessian.load reads it"):
        nnprune.MLP.load(tmp_path / "h.npz")
    good = dict(np.load(tmp_path / "h.npz"))
    for change in ({"sum": np.full((3, 3), np.inf)}, {"sum": np.arange(9.0).reshape(3, 3)}, {"n": np.array(-1)},
                   {"sum": np.ones((1, 1))}, {"more": np.ones(1)}, {"n": np.array(0.5)}, {"sum": np.ones((2, 3))}):
        np.savez(tmp_path / "bad.npz", **(good | change))
        with pytest.raises(ValueError, match="bad.npz: (no sound saved layer Hessian|the array)"):
            LayerHessian.load(tmp_path / "bad.npz")
