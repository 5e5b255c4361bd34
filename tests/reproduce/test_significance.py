"""Intervals and paired tests: beside SciPy's, by hand, and by their laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nnprune.reproduce.significance import error_interval, mcnemar, t_interval

figures = st.lists(st.integers(-40, 40).map(lambda k: k / 4), min_size=2, max_size=6)
answers = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40).map(np.array)


@given(figures)
def test_the_t_interval_is_scipys(v):
    if np.ptp(v):
        assert t_interval(v) == pytest.approx(stats.t.interval(0.95, len(v) - 1, np.mean(v), stats.sem(v)))
    else:
        assert t_interval(v) == (v[0], v[0])


def test_the_t_interval_of_two_figures_by_hand():
    """s = sqrt(1/2), t = 12.706 for one degree of freedom: half of it is t s / sqrt(2) = t / 2."""
    assert t_interval([0.0, 1.0]) == pytest.approx((0.5 - 6.353, 0.5 + 6.353), abs=1e-3)
    assert t_interval([1.0]) == (-np.inf, np.inf)


@given(answers)
def test_mcnemars_p_is_the_sign_tests_of_the_images_on_which_they_disagree(pairs):
    a, b = pairs.T
    i, j, p = mcnemar(a, b)
    assert (i, j) == (sum(a & ~b), sum(b & ~a))
    assert p == pytest.approx(stats.binomtest(int(i), int(i + j)).pvalue if i + j else 1)
    assert mcnemar(b, a) == (j, i, p)


def test_mcnemar_by_hand():
    """Five images that only the first has right: 2 / 2^5. One to one: no evidence at all."""
    assert mcnemar([1] * 5, [0] * 5) == (5, 0, 1 / 16)
    assert mcnemar([1, 0, 1], [0, 1, 1]) == (1, 1, 1.0)


@given(st.integers(1, 300), st.data())
def test_the_interval_over_images_is_the_exact_one_of_scipy(images, data):
    k = data.draw(st.integers(0, images))
    low, high = stats.binomtest(k, images).proportion_ci(method="exact")
    assert error_interval(100 * k / images, images) == pytest.approx((100 * low, 100 * high))
