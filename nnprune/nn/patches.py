"""A convolution as a dense layer: the patches that its kernel sees, one a row.

    letter   meaning                                              shape
    x        images                                               (n, c, h, w)
    K        the convolution's kernels                            (n_out, c, kh, kw)
    A        the patches, one a row                               (n h' w', c kh kw)
    h', w'   how many places the kernel has, down and across      int

At every place the convolution takes the sum of K times the patch under it, over channels, rows and columns. With the
patch laid out as a row that sum is a product of a row and a column:

    Z = A W'        W = K.reshape(n_out, -1)        Z.reshape(n, h', w', n_out) are the pre-activations.

So all that holds for a dense layer holds for a convolution with A for its inputs: its layer error is that over all
places of all images, and its Hessian is A'A / (n h' w') (Chellapilla, Puri & Simard, IWFHR 2006, for the layout).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._util.checks import all_finite, numbers_only, plain_array, whole_number
from .._util.types import FloatArray

Pair = int | tuple[int, int]  # down and across; one number for both


def unfold(x: npt.ArrayLike, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0) -> FloatArray:
    """The patches of images, one a row, as the inputs of the dense layer that a convolution is.

    Parameters
    ----------
    x : array_like of shape (n, c, h, w)
        Images: samples, channels, rows, columns. float32 stays float32.
    kernel_size : int, or (int, int)
        Of the kernel: rows and columns.
    stride : int, or (int, int)
        From one place to the next: down and across.
    padding : int, or (int, int)
        Zeros put above and below, left and right.

    Returns
    -------
    A : ndarray of shape (n * h' * w', c * kh * kw)
        Rows by sample, then by place, down after across; columns in the order of PyTorch's
        ``weight.reshape(n_out, -1)``: by channel, then kernel row, then kernel column. A has about kh kw / stride^2
        times the size of x: take a few images at a time, and ``LayerHessian`` to put them together.

    Raises
    ------
    ValueError
        If x has not 4 axes or is not finite, a number is out of its range, or the kernel is larger than the image.

    Examples
    --------
    >>> x = np.arange(9).reshape(1, 1, 3, 3)
    >>> unfold(x, 2)
    array([[0., 1., 3., 4.],
           [1., 2., 4., 5.],
           [3., 4., 6., 7.],
           [4., 5., 7., 8.]])
    """
    x = numbers_only("x", plain_array("x", x))
    if x.ndim != 4 or 0 in x.shape:
        raise ValueError(f"x must be images of shape (n, c, h, w), none of them 0, but its shape is {x.shape}"
                         + ("; x[:, None] adds an axis for the one channel" if x.ndim == 3 else ""))
    all_finite("x", x)
    (kh, kw), (down, across) = _pair("kernel_size", kernel_size, 1), _pair("stride", stride, 1)
    top, left = _pair("padding", padding, 0)
    x = np.pad(x if x.dtype in (np.float32, np.float64) else x.astype(np.float64),
               ((0, 0), (0, 0), (top, top), (left, left)))
    if kh > x.shape[2] or kw > x.shape[3]:
        raise ValueError(f"kernel_size={kernel_size} is larger than the image, which is {x.shape[2]} x {x.shape[3]} "
                         f"with padding={padding}: take a smaller kernel, or more padding")
    patches = np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))[:, :, ::down, ::across]
    patches = patches.transpose(0, 2, 3, 1, 4, 5)  # (n, c, h', w', kh, kw) -> (n, h', w', c, kh, kw)
    A = np.array(patches, order="C")  # a copy in any case: patches overlap
    return A.reshape(-1, x.shape[1] * kh * kw)


def _pair(name: str, value: Pair, low: int) -> tuple[int, int]:
    """Two whole numbers of at least ``low``, or one for both."""
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ValueError(f"{name} must be one whole number, or two (down and across), but it is {value!r}")
        return whole_number(name, value[0], low), whole_number(name, value[1], low)
    return (whole_number(name, value, low),) * 2
