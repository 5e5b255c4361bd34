"""Exercises to lesson 13: a convolution as a dense layer, and what a layer has to tell to be pruned.

Replace each `raise NotImplementedError` by at most 8 lines, and check your work with

    python -m nnprune.exercises 13
    python -m nnprune.exercises 13 --hint patches    a hint; add 2 for the next

    letter           meaning                                            shape
    x                one picture of c channels                          (c, h, w)
    k                the kernel's side, in pixels                       int
    K                the kernels                                        (n_out, c, k, k)
    H, n             a Hessian (1/n A'A), and how many rows it is of    (d, d), int
    A                more inputs, one row each                          (m, d)
    W, b             a dense layer                                      (n_out, n_in), (n_out,)
    mean, std        of each output, in the batch norm after it         (n_out,), (n_out,)
    '                transposed: A'A is A.T @ A
"""

import numpy as np  # noqa: F401


def patches(x, k):
    """Every patch of k by k pixels of a picture as a row: shape (places, c * k * k).

    Rows: place by place, first along a row of the picture, then the next row. Columns: channel by channel, and within a
    channel row by row, as `K.reshape(n_out, -1)` has them.
    """
    raise NotImplementedError


def convolution(x, K):
    """The convolution of a picture with every kernel, as one matrix product: shape (n_out, h - k + 1, w - k + 1).

    Networks do not rotate the kernel: the sum is that of a patch times the kernel as it is.
    """
    raise NotImplementedError


def add_rows(H, n, A):
    """The Hessian of n rows, and m more: (H, n), of shapes (d, d) and (). At the start H is 0 and n is 0."""
    raise NotImplementedError


def fold_norm(W, b, mean, std):
    """One dense layer for a layer and the batch norm after it, which makes (z - mean) / std of z: (W, b).

    So a layer that `nnprune.interop.from_torch` refuses for its norm becomes one that it takes.
    """
    raise NotImplementedError
