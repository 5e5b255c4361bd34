"""Arrays as people have them: right, or one error that names the array and the remedy."""

import numpy as np
import pytest

import nnprune
from nnprune import MLP

NET = MLP((3, 4, 2), rng=0)
X = np.random.default_rng(0).normal(size=(6, 3))
Y = np.arange(6) % 2
TAKE_X = {"forward": lambda x: NET.forward(x), "predict": lambda x: NET.predict(x),
          "loss": lambda x: NET.loss(x, Y), "accuracy": lambda x: NET.accuracy(x, Y),
          "train": lambda x: nnprune.train(NET.copy(), x, Y, epochs=1),
          "lobs": lambda x: nnprune.prune_lobs(NET, x, sparsity=0.5),
          "obs": lambda x: nnprune.prune_obs(NET, x, Y, sparsity=0.5),
          "snip": lambda x: nnprune.prune_snip(NET, x, Y, sparsity=0.5),
          "hessian": lambda x: nnprune.hessian.gauss_newton(NET, x, Y),
          "train_compact": lambda x: nnprune.train_compact(NET, x, Y, epochs=1)}
ODD = {
    "masked": (np.ma.masked_array(X, X > 1), r"x is a NumPy masked array, .* x\.filled\(value\)"),
    "rows masked": ([np.ma.masked_array(row, row > 1) for row in X], "x is a NumPy masked array"),
    "ragged": ([[1, 2, 3], [1, 2]], "x is no array, .* all rows must have the same length"),
    "objects": (X.astype(object), r"x must hold numbers, but its dtype is object: .* x\.to_numpy\(dtype=float\)"),
    "complex": (X + 0j, r"x must hold numbers, but its dtype is complex128: take x\.real"),
    "dates": (X.astype("M8[s]"), r"x must hold numbers, but its dtype is datetime64"),
    "words": (X.astype(str), "x must hold numbers, but its dtype is <U.*: number the words"),
    "None": (None, "x must hold numbers, but its dtype is object"),
    "0-d": (1.0, r"x must be a matrix, with 2 axes, but its shape is \(\)"),
    "1-d": (X[0], r"its shape is \(3,\); of one sample make x\[None, :\], of one number a sample x\.reshape\(-1, 1\)"),
    "3-d": (X[None], r"its shape is \(1, 6, 3\); x\.reshape\(len\(x\), -1\)"),
    "empty": (X[:0], "x is empty"),
    "huge": (np.full((6, 3), np.longdouble("1e400")), r"x holds (1e\+400|inf) at index \(0, 0\)"),
    "tiny": (X * 1e-200, r"x holds nothing above \S+e-200 in size, whose square is below float64; scale it to above"),
    "transposed": (X.T, "x has 6 columns, but 3 are needed"),
    "NaN": (np.where(X > 1, np.nan, X), "x holds nan at index"),
}
EVEN = {"list": X.tolist(), "Fortran": np.asfortranarray(X), "reversed": X[::-1].copy()[::-1],
        "matrix": X.view(np.matrix),
        "bytes swapped": X.astype(">f8"), "longdouble": X.astype(np.longdouble), "memoryview": memoryview(X),
        "read-only": np.frombuffer(X.tobytes()).reshape(6, 3)}


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("name", TAKE_X)
def test_odd_inputs_are_refused_by_all(name, kind):
    x, message = ODD[kind]
    with pytest.raises(ValueError, match=message):
        TAKE_X[name](x)


@pytest.mark.parametrize("kind", EVEN)
def test_other_forms_of_the_same_numbers_give_the_same(kind):
    np.testing.assert_array_equal(NET.forward(EVEN[kind]), NET.forward(X))
    for integer in (bool, np.int8, np.uint16, np.float16):
        np.testing.assert_array_equal(NET.forward((X > 0).astype(integer)), NET.forward((X > 0).astype(float)))


@pytest.mark.parametrize("draw", [lambda rng: MLP((3, 2), rng=rng), lambda rng: nnprune.make_digits(5, 5, rng=rng),
                                  lambda rng: nnprune.train(NET.copy(), X, Y, epochs=1, rng=rng),
                                  lambda rng: nnprune.prune_random(NET, sparsity=0.5, rng=rng)])
@pytest.mark.parametrize("rng", [-1, 0.5, "seed"])
def test_what_is_no_seed_is_named(draw, rng):
    with pytest.raises(ValueError, match=f"^rng must be a seed, .* but it is {rng!r}$"):
        draw(rng)


def test_sparse_matrices_and_frames_are_told_how():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(ValueError, match=r"x is a sparse matrix: pass x\.toarray\(\)"):
        NET.forward(sparse.csr_array(X))
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame(X)
    np.testing.assert_array_equal(NET.forward(frame), NET.forward(X))
    frame[1] = frame[1] > 0
    with pytest.raises(ValueError, match=r"its dtype is object: .*x\.to_numpy\(dtype=float\)"):
        NET.forward(frame)


class FakeTorch:
    def state_dict(self):
        """As a model of torch has it."""


class FakeKeras:
    weights = ()

    def get_weights(self):
        """As a model of Keras has it."""


class FakeKerasOnTorch(FakeTorch, FakeKeras):
    """As a model of Keras has both with the backend torch."""


class FakeSklearn:
    out_activation_ = "softmax"


@pytest.mark.parametrize(("weights", "message"), [
    ({"0.weight": np.ones((2, 3))}, r"must be a list of .* a dict; of a state_dict .*interop\.from_torch\(module"),
    (FakeTorch(), r"it is a FakeTorch; nnprune\.interop\.from_torch\(module\) makes one"),
    (FakeSklearn(), r"it is a FakeSklearn; nnprune\.interop\.from_sklearn\(estimator\) makes one"),
    (FakeKeras(), r"a FakeKeras; w = model\.get_weights\(\), .*\(w\[0::2\], w\[1::2\], layout='in_out'\) makes one"),
    ([np.ones((3, 4)), np.ones(4), np.ones((4, 2)), np.ones(2)],
     r"weights\[1\] is a vector: .*\(w\[0::2\], w\[1::2\], layout='in_out'\)"),
    ([np.ones((3, 4)), np.ones((4, 2))],
     r"weights\[1\] has the shape \(4, 2\), .*\(n_out, 3\) is needed; .*layout='in_out'"),
    (5, "weights must be a list of matrices, one a layer, but it is a int"),
    ([[[1, 2], [3]]], r"weights\[0\] is no array"),
    ([np.ma.masked_array(np.ones((2, 3)))], r"weights\[0\] is a NumPy masked array"),
    (["layer1"], r"weights\[0\] must"),
])
def test_weights_of_other_libraries_are_told_how(weights, message):
    with pytest.raises(ValueError, match=message):
        MLP.from_arrays(weights)


@pytest.mark.parametrize(("model", "way"), [
    (FakeTorch(), r"FakeTorch; nnprune\.interop\.from_torch"), (FakeKeras(), r"FakeKeras; .*MLP\.from_arrays"),
    (FakeKerasOnTorch(), r"FakeKerasOnTorch; .*MLP\.from_arrays"),
    (FakeSklearn(), r"FakeSklearn; nnprune\.interop\.from_sklearn"),
    ({"0.weight": np.ones((2, 3))}, r"dict; of a state_dict of torch: .*nnprune\.interop\.from_torch")])
def test_a_model_handed_to_a_pruner_is_told_how(model, way):
    with pytest.raises(ValueError, match="net must be an MLP, but it is a " + way):
        nnprune.prune_magnitude(model, sparsity=0.5)


def test_weights_of_the_other_layout_are_the_transposes():
    net = nnprune.prune_magnitude(NET, sparsity=0.5).net
    turned = MLP.from_arrays([W.T for W in net.weights], net.biases, masks=[M.T for M in net.masks], layout="in_out")
    for name in ("weights", "masks"):
        for a, b in zip(getattr(turned, name), getattr(net, name)):
            np.testing.assert_array_equal(a, b)
            assert a.flags.c_contiguous
    np.testing.assert_array_equal(turned.forward(X), net.forward(X))
    with pytest.raises(ValueError, match=r"weights\[1\] has the shape \(2, 4\), .*\(4, n_out\) is needed; is it trans"):
        MLP.from_arrays([NET.weights[0].T, NET.weights[1]], layout="in_out")
    with pytest.raises(ValueError, match="layout 'keras' is unknown; known are: 'out_in', 'in_out'"):
        MLP.from_arrays(NET.weights, layout="keras")


@pytest.mark.parametrize(("sparsity", "message"), [
    (95, r"sparsity must be a number in \[0, 1\), but it is 95: did you mean 0\.95, 95 %\?"),
    (np.float64(0.5), None), (np.float32(0.5), None), (np.array(0.5), None),
    (True, "but it is True"), ("0.9", "but it is '0.9'"), (np.nan, "but it is nan"), (1.0, "but it is 1.0$"),
    (-0.1, "but it is -0.1"), (np.bool_(True), "but it is"), ([], "empty"), ({}, "sparsity"), (0.5j, "sparsity"),
])
def test_sparsities(sparsity, message):
    if message is None:
        assert nnprune.prune_magnitude(NET, sparsity=sparsity).net.sparsity == 0.5
    else:
        with pytest.raises(ValueError, match=message):
            nnprune.prune_magnitude(NET, sparsity=sparsity)


@pytest.mark.parametrize("name", [["relu"], {}, None, 5, "Relu", np.array(["relu"])])
def test_names_of_any_kind_are_refused_with_the_known(name):
    for option in ("activation", "loss"):
        with pytest.raises(ValueError, match=f"{option} .* is unknown; known are:"):
            MLP((3, 2), **{option: name})
