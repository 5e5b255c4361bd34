"""Nets of scikit-learn, in and out; its own predictions judge."""

import numpy as np
import pytest
from hypothesis import given
from problems import nets, samples

import nnprune
from nnprune import MLP
from nnprune.interop import from_sklearn, to_sklearn

sklearn = pytest.importorskip("sklearn", reason='scikit-learn is not installed: pip install "nnprune[interop]"')
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5))
NAMES = np.array(["ant", "bee", "cow"])
Y3, Y2 = NAMES[np.arange(60) % 3], NAMES[np.arange(60) % 2]


def fitted(cls, y, *, dtype=np.float64, **options):
    """An estimator after three passes over the samples."""
    model = cls(**{"hidden_layer_sizes": (7, 4), "random_state": 0, **options})
    for _ in range(3):
        model.partial_fit(X.astype(dtype), y, **({"classes": np.unique(y)} if cls is MLPClassifier else {}))
    return model


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("y", [Y3, Y2], ids=["three", "two"])
def test_a_classifier_comes_in_and_goes_out(activation, y):
    model = fitted(MLPClassifier, y, activation=activation)
    net = from_sklearn(model)
    assert net.loss_name == ("cross_entropy" if y is Y3 else "binary_cross_entropy")
    back = to_sklearn(net, classes=model.classes_)
    np.testing.assert_array_equal(model.classes_[net.predict(X)], model.predict(X))
    np.testing.assert_allclose(net.predict_proba(X), model.predict_proba(X), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(back.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(back.predict(X), model.predict(X))
    assert back.score(X, y) == model.score(X, y)
    assert back.get_params()["activation"] == activation


@pytest.mark.parametrize("y", [X[:, 0], X[:, :2] ** 2], ids=["one", "two"])
def test_a_regressor_comes_in_and_goes_out(y):
    model = fitted(MLPRegressor, y)
    net = from_sklearn(model)
    assert net.loss_name == "mse"
    np.testing.assert_allclose(net.forward(X).reshape(y.shape), model.predict(X), rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(to_sklearn(net).predict(X), model.predict(X))


@given(nets())
def test_any_net_goes_out_and_comes_back(net):
    x, _ = samples(net)
    model = to_sklearn(net)
    z = net.forward(x)
    if net.loss_name == "mse":
        np.testing.assert_allclose(model.predict(x).reshape(z.shape), z, rtol=1e-9, atol=1e-9)
    else:
        np.testing.assert_allclose(model.predict_proba(x), net.predict_proba(x), rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(model.predict(x), net.predict(x))
    if not (net.loss_name == "cross_entropy" and net.sizes[-1] == 2):  # then one output takes the place of two
        back = from_sklearn(model)
        assert (back.activation, back.loss_name, back.sizes) == (net.activation, net.loss_name, net.sizes)
        for W, V in zip(back.weights, net.weights):
            np.testing.assert_array_equal(W, V)


def test_a_pruned_net_is_pruned_there_and_the_dtype_comes_back():
    model = fitted(MLPClassifier, Y3, dtype=np.float32)
    net = from_sklearn(model)
    assert {W.dtype for W in net.weights} == {np.dtype(np.float64)}
    for dtype in (np.float32, np.float64):
        back = to_sklearn(net, classes=NAMES, dtype=dtype)
        assert {C.dtype for C in (*back.coefs_, *back.intercepts_)} == {np.dtype(dtype)}
        for C, D in zip(model.coefs_ + model.intercepts_, back.coefs_ + back.intercepts_):
            np.testing.assert_array_equal(C, D)
    pruned = nnprune.prune_lobs(net, X, sparsity=0.5).net
    model = to_sklearn(pruned, classes=NAMES)
    np.testing.assert_array_equal(model.predict(X), NAMES[pruned.predict(X)])
    assert sum((C == 0).sum() for C in model.coefs_) == round(0.5 * net.n_weights)
    again = from_sklearn(model)
    assert again.sparsity == 0
    again.set_masks("zeros")
    assert again.sparsity == pruned.sparsity


def test_the_estimator_and_the_net_stay_as_they_are_and_share_nothing():
    model = fitted(MLPClassifier, Y3)
    net = from_sklearn(model)
    for W, C in zip(net.weights, model.coefs_):
        assert not np.shares_memory(W, C)
    before = net.parameters()
    other = to_sklearn(net)
    other.partial_fit(X, np.arange(60) % 3)
    np.testing.assert_array_equal(net.parameters(), before)
    with pytest.raises(AssertionError):
        np.testing.assert_array_equal(other.coefs_[0], model.coefs_[0])


def test_what_an_mlp_is_not_is_named_with_the_remedy():
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    with pytest.warns(ConvergenceWarning):
        several = MLPClassifier((3,), max_iter=1).fit(X, X[:, :3] > 0)
    poisson = fitted(MLPRegressor, X[:, 0])
    poisson.out_activation_ = "exp"  # as loss="poisson" does, from scikit-learn 1.7 on
    for estimator, message in [
            (MLPClassifier(), r"the MLPClassifier is not fitted: estimator\.fit\(x, y\) first"),
            (LogisticRegression(), "must be an MLPClassifier or an MLPRegressor, but it is a LogisticRegression$"),
            (make_pipeline(StandardScaler(), MLPClassifier()), r"a Pipeline: take its last step, estimator\[-1\]"),
            (GridSearchCV(MLPClassifier(), {}), "a GridSearchCV: take its best_estimator_"),
            (several, r"3 output\(s\) with the activation 'logistic', .*fit one estimator for each"),
            (poisson, r"1 output\(s\) with the activation 'exp', .*loss='squared_error'"),
            (nnprune, "but it is a module$")]:
        with pytest.raises(ValueError, match=message):
            from_sklearn(estimator)


@pytest.mark.parametrize(("classes", "message"), [
    (["a", "b"], r"classes has the shape \(2,\), but the net has 3 classes"),
    (["b", "a", "c"], r"in rising order, .* \['b', 'a', 'c'\]: sort them"),
    ([1, 1, 2], "must be different and in rising order")])
def test_classes_that_do_not_fit(classes, message):
    with pytest.raises(ValueError, match=message):
        to_sklearn(MLP((2, 3), rng=0), classes=classes)


def test_a_regressor_has_no_classes_and_a_net_must_be_one():
    with pytest.raises(ValueError, match="classes are given, but a net with loss='mse' becomes a regressor"):
        to_sklearn(MLP((2, 1), loss="mse", rng=0), classes=[0, 1])
    with pytest.raises(ValueError, match=r"net must be an MLP, but it is a PruneResult; take its \.net"):
        to_sklearn(nnprune.prune_magnitude(MLP((2, 3), rng=0), sparsity=0.5))


@pytest.mark.realdata
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_round_trips_on_all_test_images_of_mnist(mnist, dtype):
    x, x_test = mnist.x_train[:3000].astype(dtype), mnist.x_test.astype(dtype)
    model = MLPClassifier((64, 32), random_state=0, batch_size=100)
    for _ in range(2):
        model.partial_fit(x, mnist.y_train[:3000], classes=range(10))
    net = from_sklearn(model)
    pruned = nnprune.prune_lobs(net, x, sparsity=0.9).net
    seen = [net.predict(x_test), pruned.predict(x_test)]
    theirs = [model.predict(x_test), to_sklearn(net, dtype=dtype).predict(x_test)]
    theirs_pruned = to_sklearn(pruned, dtype=dtype).predict(x_test)
    differ = [int((a != b).sum()) for a, b in ((seen[0], theirs[0]), (theirs[1], theirs[0]), (theirs_pruned, seen[1]))]
    assert differ == [0, 0, 0]
    assert len(x_test) == 10_000
