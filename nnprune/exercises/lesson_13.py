"""Exercises to lesson 13: a convolution as a dense layer, and what a layer has to tell to be pruned.

    letter           meaning                                            shape
    x                one picture of c channels                          (c, h, w)
    k                the kernel's side, in pixels                       int
    K                the kernels                                        (n_out, c, k, k)
    H, n             a Hessian (1/n A'A), and how many rows it is of    (d, d), int
    A                more inputs, one row each                          (m, d)
    W, b             a dense layer                                      (n_out, n_in), (n_out,)
    mean, std        of each output, in the batch norm after it         (n_out,), (n_out,)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws.law import Case, same
from nnprune.laws.strategies import distinct_weights, half_integers

from .frame import Exercise, answers, array, arrays, equals, rule

SIDES = st.integers(1, 2)


@st.composite
def pictures(draw):
    """A picture ``x`` (c, h, w) of different numbers, and the side ``k`` of a kernel that fits into it."""
    c, k = draw(SIDES), draw(SIDES)
    shape = c, k + draw(st.integers(0, 2)), k + draw(st.integers(0, 2))
    return Case(x=np.arange(1.0, 1 + np.prod(shape)).reshape(shape), k=k)


@st.composite
def convolutions(draw):
    """A picture ``x`` (c, h, w) and kernels ``K`` (n_out, c, k, k)."""
    case = draw(pictures())
    return Case(x=case.x, K=draw(distinct_weights((draw(SIDES), len(case.x), case.k, case.k))))


@st.composite
def batches(draw):
    """The Hessian ``H`` (d, d) of ``n`` rows (none yet: n = 0, H = 0), and more rows ``A`` (m, d)."""
    n, m, d = draw(st.integers(0, 3)), draw(st.integers(1, 3)), draw(SIDES)
    before = draw(half_integers((max(n, 1), d)))
    return Case(H=before.T @ before / n if n else np.zeros((d, d)), n=n, A=draw(distinct_weights((m, d))))


@st.composite
def normed_layers(draw):
    """A layer ``W``, ``b``, the ``mean`` and ``std`` of the batch norm after it, and one sample ``x`` (1, n_in)."""
    n_out, n_in = draw(SIDES), draw(SIDES)
    return Case(W=draw(distinct_weights((n_out, n_in))), b=draw(half_integers((n_out,))),
                mean=draw(distinct_weights((n_out,))), std=2.0 ** np.arange(1, n_out + 1),
                x=draw(half_integers((1, n_in))))


def slow_patches(x, k):
    """Place by place, channel by channel, pixel by pixel."""
    c, h, w = x.shape
    return np.array([[x[channel, i + p, j + q] for channel in range(c) for p in range(k) for q in range(k)]
                     for i in range(h - k + 1) for j in range(w - k + 1)])


def slow_convolution(x, K):
    """Kernel by kernel, place by place: the sum of the products."""
    k = K.shape[-1]
    return np.array([[[(x[:, i:i + k, j:j + k] * kernel).sum() for j in range(x.shape[2] - k + 1)]
                      for i in range(x.shape[1] - k + 1)] for kernel in K])


def slow_add_rows(H, n, A):
    """Row by row: the sums of the products, then divided by how many rows there are."""
    total = n * H
    for row in A:
        total = total + np.outer(row, row)
    return total / (n + len(A)), n + len(A)


PICTURE = np.arange(24.0).reshape(2, 3, 4)
NORMED = Case(W=np.arange(6.0).reshape(2, 3) - 2, b=np.array([1.0, -1.0]), mean=np.array([0.0, -4.0]),
              std=np.array([0.5, 4.0]), x=np.array([[1.0, -1.0, 2.0], [0.0, 0.0, 0.0]]))


@rule(normed_layers(), hard=[NORMED],
      formula="x W^' + b^ = (x W' + b - mean) / std", source="docs/interop.md, what does not come in",
      mistake="Write (x W' + b - mean) / std out for one output: what multiplies x, and what is left?")
def the_outputs_are_normed(f, p):
    """The one layer gives what the layer and the norm after it gave."""
    W, b = f(p.W, p.b, p.mean, p.std)
    same("outputs", p.x @ W.T + b, (p.x @ p.W.T + p.b - p.mean) / p.std)


def _read_hessian(args, answer):
    """H of the same shape, and a number."""
    H, n = arrays(array("H", lambda *_: args[0].shape), array("n", lambda *_: ()))(args, answer)
    return H, int(n)


def _read_layer(args, answer):
    """W and b of the shapes that they had."""
    return arrays(array("W", lambda *_: args[0].shape), array("b", lambda *_: args[1].shape))(args, answer)


def _places(x, k):
    """How many places the kernel has, down and across."""
    return x.shape[1] - k + 1, x.shape[2] - k + 1


def _product(x, K, A, order="K"):
    """The convolution from patches A, (places, c k k), its result laid out in one of two orders."""
    down, across = _places(x, K.shape[-1])
    Z = A @ K.reshape(len(K), -1).T
    return Z.T.reshape(len(K), down, across) if order == "K" else Z.reshape(len(K), down, across)


EXERCISES = (
    Exercise(
        "patches", answers("f(x, k) -> A", array("A", lambda x, k: (np.prod(_places(x, k)), len(x) * k * k))),
        (equals(slow_patches, pictures(), hard=[Case(x=PICTURE, k=k) for k in (1, 2, 3)]
                + [Case(x=np.zeros((1, 2, 1)), k=1)],
                formula="row of place (i, j): x[c, i + p, j + q], by c, then p, then q",
                source="nnprune/nn/patches.py", statement="Every patch as a row: channel, then row, then column.",
                mistake="Number the pixels of a small picture, and write the first two patches down by hand."),),
        "lesson 13, section 1: the patches as rows", {
            "The places go down the columns first; wanted is row by row: j changes fastest.":
                lambda x, k: np.array([x[:, i:i + k, j:j + k].ravel() for j in range(_places(x, k)[1])
                                       for i in range(_places(x, k)[0])]),
            "The channels stand innermost, as in libraries with channels last; here a whole channel comes first.":
                lambda x, k: np.array([x[:, i:i + k, j:j + k].transpose(1, 2, 0).ravel()
                                       for i in range(_places(x, k)[0]) for j in range(_places(x, k)[1])]),
            "Each patch is transposed: its rows come one after the other, not its columns.":
                lambda x, k: np.array([x[:, i:i + k, j:j + k].transpose(0, 2, 1).ravel()
                                       for i in range(_places(x, k)[0]) for j in range(_places(x, k)[1])]),
        }, hints=(
            "The kernel has h - k + 1 places down and w - k + 1 across.",
            "The patch at (i, j) is x[:, i:i + k, j:j + k].",
            "ravel() lays an array out by its first axis, then its second, and so on.",
        )),
    Exercise(
        "convolution", answers("f(x, K) -> Z", array("Z", lambda x, K: (len(K), *_places(x, K.shape[-1])))),
        (equals(slow_convolution, convolutions(), hard=[
                    Case(x=PICTURE, K=np.arange(24.0).reshape(3, 2, 2, 2) - 11),
                    Case(x=PICTURE, K=np.ones((1, 2, 3, 3)))],
                formula="Z[o, i, j] = sum over the patch at (i, j) of x K[o]",
                source="lesson 13, section 2", statement="Place by place, the sum of the products under every kernel.",
                mistake="Take one kernel that is 1 in one corner and 0 elsewhere: which pixels must come out?"),),
        "lesson 13, section 2: Z = A W', and section 3: in which order Z comes out", {
            "The product has a row for each place and a column for each kernel: transpose it before you reshape.":
                lambda x, K: _product(x, K, slow_patches(x, K.shape[-1]), "places"),
            "The kernel is rotated by 180 degrees, as in the convolution of mathematics; networks do not rotate it.":
                lambda x, K: slow_convolution(x, K[:, :, ::-1, ::-1]),
            "Only the first channel is used; the sum goes over all of them.":
                lambda x, K: slow_convolution(x[:1], K[:, :1]),
        }, hints=(
            "Use patches(x, k): each kernel, laid out in the same order, is a column of the product.",
            "The product has the shape (places, n_out).",
            "Bring n_out to the front before you make rows and columns of the places.",
        )),
    Exercise(
        "add_rows", answers("f(H, n, A) -> (H, n)", _read_hessian),
        (equals(slow_add_rows, batches(), hard=[
                    Case(H=np.zeros((2, 2)), n=0, A=np.array([[1.0, -2.0]])),
                    Case(H=np.array([[2.0, 1.0], [1.0, 1.0]]), n=7, A=np.array([[1.0, 0.0], [0.0, 0.0], [3.0, 1.0]]))],
                formula="(n H + A'A) / (n + m)", source="nnprune/hessian/layer.py",
                statement="The Hessian of all rows, the old ones and the new ones, and how many they are.",
                mistake="H is a mean over n rows. What is the sum over them?"),),
        "lesson 13, section 4: a LayerHessian takes batches", {
            "Two means are added, as if both were of the same rows: take n H + A'A, and divide by all rows.":
                lambda H, n, A: (H + A.T @ A / len(A), n + len(A)),
            "That is the mean of two means, right only if both are of as many rows: weigh them with n and m.":
                lambda H, n, A: ((H + A.T @ A / len(A)) / 2, n + len(A)),
            "The sum is not divided by the number of rows.": lambda H, n, A: (n * H + A.T @ A, n + len(A)),
            "H is a mean already: multiply it by n before the new sum is added.":
                lambda H, n, A: ((H + A.T @ A) / (n + len(A)), n + len(A)),
            "n counts batches here; wanted is the number of rows.":
                lambda H, n, A: ((n * H + A.T @ A) / (n + len(A)), n + 1),
        }, hints=(
            "H is a mean over n rows: what is the sum?",
            "The new rows add A'A to the sum.",
            "Divide by how many rows there are now.",
        )),
    Exercise(
        "fold_norm", answers("f(W, b, mean, std) -> (W, b)", _read_layer),
        (the_outputs_are_normed,),
        "lesson 13, section 2: a layer is Z = A W' + b; (z - mean) / std is a layer, too", {
            "W is divided along the wrong axis: std has an entry for each output, a row of W.":
                lambda W, b, mean, std: (W / std[:W.shape[1]] if len(std) >= W.shape[1] else W / std[0],
                                         (b - mean) / std),
            "The bias is not divided by std: the norm divides all of z - mean.":
                lambda W, b, mean, std: (W / std[:, None], b - mean),
            "The mean is subtracted after the division; it belongs to z, before it.":
                lambda W, b, mean, std: (W / std[:, None], b / std - mean),
            "The mean is added; the norm subtracts it.": lambda W, b, mean, std: (W / std[:, None], (b + mean) / std),
            "The weights are as they were: the norm divides what they contribute, too.":
                lambda W, b, mean, std: (W, (b - mean) / std),
        }, hints=(
            "Write (x W' + b - mean) / std for one output: what multiplies x?",
            "What is left is the new bias.",
            "Each output, that is each row of W, has its own std. Do not change the arrays that you were given.",
        ), right=lambda W, b, mean, std: (W / std[:, None], (b - mean) / std)),
)
