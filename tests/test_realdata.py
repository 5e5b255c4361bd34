"""The claims on real MNIST, at a scale that fits a test; the full figures are in the README."""

import pytest

import nnprune

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def trained(mnist):
    net = nnprune.MLP((784, 100, 10), rng=0)
    nnprune.train(net, mnist.x_train, mnist.y_train, epochs=4, rng=0)
    return net


def test_a_small_net_trains(mnist, trained):
    assert trained.accuracy(mnist.x_test, mnist.y_test) > 0.97


def test_the_order_of_the_methods_is_the_reports(mnist, trained):
    x = mnist.x_train[:5000]
    magnitude = nnprune.prune_magnitude(trained, sparsity=0.95)
    simplified = nnprune.prune_lobs(trained, x, sparsity=0.95, inverse="shared", refresh=2000)
    exact = nnprune.prune_lobs(trained, x, sparsity=0.95)
    a, b, c = (r.net.accuracy(mnist.x_test, mnist.y_test) for r in (magnitude, simplified, exact))
    assert a < b < c
    assert c > trained.accuracy(mnist.x_test, mnist.y_test) - 0.02


def test_the_dead_pixels_of_mnist(mnist, trained):
    r = nnprune.prune_lobs(trained, mnist.x_train, sparsity=0.05)
    assert r.layers[0].dead_inputs == 67
    assert not r.costs[: min(len(r.costs), 6700)].any()
