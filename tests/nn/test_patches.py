"""``unfold``: a convolution by loops, and PyTorch's order of the columns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import arrays, convolved

import nnprune


@given(st.data())
def test_a_product_with_the_patches_is_the_convolution(data):
    n, c, n_out, kh, kw = (data.draw(st.integers(1, 3)) for _ in range(5))
    stride, padding = (tuple(data.draw(st.integers(low, low + 1)) for _ in range(2)) for low in (1, 0))
    h, w = kh + data.draw(st.integers(0, 2)), kw + data.draw(st.integers(0, 2))
    x, K = data.draw(arrays((n, c, h, w))), data.draw(arrays((n_out, c, kh, kw)))
    z = convolved(x, K, stride, padding)
    A = nnprune.unfold(x, (kh, kw), stride=stride, padding=padding)
    assert A.shape == (n * z.shape[2] * z.shape[3], c * kh * kw)
    product = (A @ K.reshape(n_out, -1).T).reshape(n, *z.shape[2:], n_out)
    np.testing.assert_array_equal(product, z.transpose(0, 2, 3, 1))


def test_it_keeps_float32_and_leaves_x_as_it_is():
    x = np.arange(32, dtype=np.float32).reshape(1, 2, 4, 4)
    before = x.copy()
    A = nnprune.unfold(x, 4)
    assert A.dtype == np.float32
    A[:] = -1
    assert np.array_equal(x, before)


@pytest.mark.parametrize(("x", "options", "message"), [
    (np.ones((3, 4, 4)), {"kernel_size": 2}, r"shape is \(3, 4, 4\); x\[:, None\]"),
    (np.ones((0, 1, 4, 4)), {"kernel_size": 2}, "none of them 0"),
    (np.full((1, 1, 2, 2), np.nan), {"kernel_size": 2}, r"x holds nan at index \(0, 0, 0, 0\)"),
    (np.ones((1, 1, 2, 2)), {"kernel_size": 3}, "kernel_size=3 is larger than the image, which is 2 x 2"),
    (np.ones((1, 1, 2, 5)), {"kernel_size": (1, 6)}, r"kernel_size=\(1, 6\) is larger than the image, which is 2 x 5"),
    (np.ones((1, 1, 2, 2)), {"kernel_size": 0}, "kernel_size must be a whole number of at least 1"),
    (np.ones((1, 1, 2, 2)), {"kernel_size": (1, 1, 1)}, "one whole number, or two"),
    (np.ones((1, 1, 2, 2)), {"kernel_size": 1, "stride": 0}, "stride must be"),
    (np.ones((1, 1, 2, 2)), {"kernel_size": 1, "padding": -1}, "padding must be"),
])
def test_bad_input_is_one_error(x, options, message):
    with pytest.raises(ValueError, match=message):
        nnprune.unfold(x, **options)
