"""The small pictures to drag in lessons 05 and 07: what they say is what the package's own methods do."""

from pathlib import Path

import chromium
import numpy as np
import pytest

import nnprune
from nnprune.hessian.full import exact_hessian

PAGE = Path(__file__).parents[2] / "docs" / "_static" / "touch.html"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Chromium, without a window; the tests are skipped, saying so, where there is none."""
    if chromium.find() is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium): the pictures are not tried")
    if not PAGE.exists():
        pytest.skip("installed without the checkout: there is no docs/_static/touch.html")
    with chromium.Chromium(tmp_path_factory.mktemp("profile")) as browser:
        browser.window(720, 600)
        yield browser
        assert browser.errors == []
        assert {url.split("#")[0] for url in browser.requests} <= {PAGE.as_uri(), "about:blank"}


def test_two_weights_are_pruned_as_the_package_does(browser):
    browser.open(f"{PAGE.as_uri()}#obs")
    for w, angle, long, short in (([1.5, 1.1], 24, 1.6, .5), ([-.7, 2.0], -60, 2.1, .9), ([2.2, -.3], 80, 1.1, 1.0)):
        browser.value(f"Object.assign(shown.v, {{w1: {w[0]}, w2: {w[1]}, angle: {angle}, long: {long}, "
                      f"short: {short}}}); shown.show()")
        ends = browser.value("shown.found().ends")
        # Samples with 1/n x'x = H: the layer's error of a single unit is then the picture's E.
        turn = np.array([[np.cos(np.deg2rad(angle)), -np.sin(np.deg2rad(angle))],
                         [np.sin(np.deg2rad(angle)), np.cos(np.deg2rad(angle))]])
        H = turn @ np.diag([long**-2, short**-2]) @ turn.T
        x, net = np.sqrt(2) * np.linalg.cholesky(H).T, nnprune.MLP.from_arrays([[w]], loss="mse")
        y = x @ w
        for end, r in zip(ends, (nnprune.prune_magnitude(net, n_remove=1), nnprune.prune_obd(net, x, y, n_remove=1),
                                 nnprune.prune_lobs(net, x, n_remove=1, damping=0))):
            np.testing.assert_allclose(end["u"], r.net.weights[0][0], atol=1e-12)
            assert r.removed[0, 2] == end["q"]
            assert r.net.loss(x, y) == pytest.approx(end["cost"])
    shown = browser.value("[...document.querySelectorAll('#found tbody tr')].map(r => r.cells[3].textContent)")
    assert shown == [f"{end['cost']:.3f}" for end in ends]


def test_the_parabola_is_obds_and_the_loss_a_nets(browser):
    browser.open(f"{PAGE.as_uri()}#obd")
    x, y = np.array([[.5], [1], [2]]), np.array([.7, .85, .9])
    for w in (1.58, 3.0, -.6):
        browser.value(f"shown.set('w', {w}); shown.show()")
        net = nnprune.MLP.from_arrays([[[w]], [[1.0]]], activation="tanh", loss="mse")
        gone = nnprune.MLP.from_arrays([[[0.0]], [[1.0]]], activation="tanh", loss="mse")
        found = browser.value("shown.found()")
        assert found["g"] == pytest.approx(net.gradient(x, y)[0])
        assert found["h"] == pytest.approx(exact_hessian(net, x, y)[0, 0])
        assert found["predicted"] == pytest.approx(found["h"] * w * w / 2)
        assert found["measured"] == pytest.approx(gone.loss(x, y) - net.loss(x, y))


def test_the_points_are_dragged_by_the_mouse_and_by_sliders(browser):
    browser.open(f"{PAGE.as_uri()}#obs")
    x, y, unit = browser.value("(() => { const r = document.querySelector('svg').getBoundingClientRect(); "
                               "return [r.x, r.y, r.width / 400]; })()")
    place = {w: (x + unit * (200 + 65 * w[0]), y + unit * (200 - 65 * w[1])) for w in ((1.5, 1.1), (-1, 2))}
    browser.drag(*place[1.5, 1.1], *place[-1, 2])
    assert browser.value("[shown.v.w1, shown.v.w2]") == pytest.approx([-1, 2], abs=.05)
    browser.value("byId('w1').focus()")
    before = browser.value("shown.v.w1")
    browser.press("ArrowRight")
    assert browser.value("shown.v.w1") == pytest.approx(before + .01, abs=.006)
