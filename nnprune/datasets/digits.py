"""Synthetic digits: a data set like MNIST that needs no file and no network, because it is computed here.

An image is made in four steps:

1. **Shape.** One of the ways to write the digit, picked at random from the tables in ``strokes``.
2. **Hand.** Every point p of the shape, seen from the middle of its box, is moved a little, by more for an
   unsteady hand. Then the digit is scaled (x and y apart), slanted and turned,

       q = R(angle) [[k_x, -slant k_y], [0, k_y]] p

   and put with its centre of mass near the middle of the sheet, which is where MNIST's digits have theirs.
3. **Pen.** Module ``pen`` finds the distance D of each pixel to the curve through the points. The ink is full
   up to the pen's radius r and falls to nothing along a ramp of width s, the blur:

       ink = clip((r - D) / s + 1/2, 0, 1)

4. **Paper.** Grain takes up to a tenth of the ink. It never adds any, so that blank paper stays exactly 0.

**Dead pixels.** The sheet is round at the corners: the 72 of its 784 pixels that lie beyond the curve
x^4 + y^4 = 13.7^4 around its middle hold no ink, wherever the pen went. MNIST has 67 pixels that are 0 in
every training image; like them ours make the Hessian of the layer that reads them singular, so that a pruner
has to cope with that here too. (A few more are dead in a given sample because no stroke came by.)

    letter   meaning                                               shape
    m        images made at once                                   int
    p, q     a point (x, y) of the shape, the same by hand         (2,)
    D        distance of each pixel to the curve, in pixels        (m, 28, 28)
    r, s     radius of the pen, width of its blurred edge          (m, 1, 1)

**The same seed gives the same bytes.** The points are computed in float64 and then rounded; the pixels in
float32 by single sums, products, quotients and square roots, whose result IEEE 754 fixes to the last bit.

12,000 images take about 0.7 s on one core and, beside the result, some 10 MB.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .._util.checks import generator, whole_number
from .._util.types import IntArray, Seed
from .mnist import SIDE, Dataset
from .pen import pen_path, squared_distance
from .strokes import BOX, DIGITS

MIDDLE = (SIDE - 1) / 2  # pixel centres lie at 0, 1, ..., 27

# The hand. These ranges were tuned by eye for legibility, and so that a 784-300-100-10 net trained for 10
# epochs on 10,000 images reaches about 98 % and then loses accuracy under pruning much as it does on MNIST.
WOBBLE = (0.3, 1.5)  # how far a point strays, standard deviation in pixels: from a steady to an unsteady hand
SIZE = 0.92  # the pen's width is added to the box of 20 pixels; this compensates
SCALE_X, SCALE_Y = 0.13, 0.07  # standard deviation of the logarithm: widths differ more than heights
SLANT = (0.1, 0.25)  # mean and standard deviation of x per y; most hands lean to the right
TURN = 0.12  # standard deviation of the angle, in radians: 7 degrees
SHIFT = 0.8  # of the centre of mass, at most, in pixels, in x and in y

# The pen and the paper.
RADIUS = (0.8, 1.6)  # in pixels: strokes are 1.6 to 3.2 pixels wide
BLUR = (0.8, 1.6)  # width of the edge, in pixels
GRAIN = 0.1  # largest share of the ink that a rough spot of paper does not take
_FROM_MIDDLE = np.abs(np.arange(SIDE) - MIDDLE)
PAPER = _FROM_MIDDLE[:, None] ** 4 + _FROM_MIDDLE**4 <= 13.7**4  # (28, 28) bool, False = dead

AT_ONCE = 64  # images made together, at most: as float32 they are 200 kB and stay in the processor's cache
SHAPES = tuple(shape for digit in DIGITS for shape in digit)
N_SHAPES = np.array([len(digit) for digit in DIGITS])  # of each digit
FIRST_SHAPE = np.cumsum(N_SHAPES) - N_SHAPES  # where a digit's shapes begin in SHAPES


def make_digits(n_train: int = 10_000, n_test: int = 2_000, *, rng: int = 0) -> Dataset:
    """Make a training and a test set of synthetic digits.

    Parameters
    ----------
    n_train, n_test : int
        Number of images in each, at least 1. The two parts are made independently: the test images stay the
        same when only ``n_train`` changes.
    rng : int or numpy.random.Generator
        The seed. A Generator is used up by two numbers.

    Returns
    -------
    Dataset
        Named "digits". ``x_train`` (n_train, 784) and ``x_test`` (n_test, 784) are float32 in [0, 1], one
        image a row, 0 = blank; ``y_train`` (n_train,) and ``y_test`` (n_test,) are int64 in 0..9, in random
        order, each digit equally often (to within one).

    Raises
    ------
    ValueError
        If ``n_train`` or ``n_test`` is not a positive whole number.

    Examples
    --------
    >>> data = make_digits(200, 50, rng=1)
    >>> data.x_train.shape, data.x_train.dtype, np.bincount(data.y_test).tolist()
    ((200, 784), dtype('float32'), [5, 5, 5, 5, 5, 5, 5, 5, 5, 5])
    """
    sizes = whole_number("n_train", n_train, 1), whole_number("n_test", n_test, 1)
    seeds = generator(rng).integers(2**63, size=2)
    (x_train, y_train), (x_test, y_test) = (_draw_set(n, seed) for n, seed in zip(sizes, seeds))
    return Dataset(x_train, y_train, x_test, y_test, "digits")


def _draw_set(n: int, seed: np.random.SeedSequence) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """``n`` images as rows of float32 in [0, 1], and their labels."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 10)
    images = draw_digits(labels, rng=rng).reshape(n, SIDE * SIDE)  # (n, 28, 28) -> (n, 784)
    return np.divide(images, 255, dtype=np.float32), labels.astype(np.int64)


def draw_digits(labels: npt.ArrayLike, rng: Seed = 0) -> npt.NDArray[np.uint8]:
    """Draw one image for each label.

    Parameters
    ----------
    labels : array_like of shape (n,)
        Whole numbers in 0..9; n may be 0.
    rng : int or numpy.random.Generator
        The seed, or a Generator to go on with.

    Returns
    -------
    ndarray of shape (n, 28, 28), uint8
        0 is blank paper, 255 is ink.

    Raises
    ------
    ValueError
        If ``labels`` is not a row of whole numbers in 0..9.

    Examples
    --------
    >>> images = draw_digits([3, 1, 4], rng=0)
    >>> images.shape, images.dtype, int(images[:, ~PAPER].max())
    ((3, 28, 28), dtype('uint8'), 0)
    """
    labels = _checked_labels(labels)
    rng = generator(rng)
    shapes = FIRST_SHAPE[labels] + rng.integers(N_SHAPES[labels])  # (n,): an index into SHAPES
    images = np.empty((len(labels), SIDE, SIDE), np.uint8)
    for k in np.unique(shapes):
        members = np.flatnonzero(shapes == k)
        for part in np.split(members, range(AT_ONCE, len(members), AT_ONCE)):
            images[part] = _ink(_segments(SHAPES[k], len(part), rng), rng)
    return images


def _checked_labels(labels: npt.ArrayLike) -> IntArray:
    """``labels`` as an array of whole numbers in 0..9, or a ValueError that names the first that is not."""
    labels = np.asarray(labels)
    if labels.ndim != 1:
        raise ValueError(f"labels must have one axis, but their shape is {labels.shape}")
    if labels.size and labels.dtype.kind not in "iu":
        raise ValueError(f"labels must be whole numbers, but the first is {labels[0]!r} ({labels.dtype})")
    wrong = np.flatnonzero((labels < 0) | (labels > 9))
    if wrong.size:
        raise ValueError(f"labels must lie in 0..9, but label {wrong[0]} is {labels[wrong[0]]}")
    return labels.astype(np.int64)


def _segments(shape: tuple[Any, ...], m: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Write ``shape`` in ``m`` ways -> (n_segments, m, 2 ends, 2), float32, in pixels of the sheet."""
    points = np.array([point for stroke in shape for point in stroke], float)
    own, index = np.unique(points, axis=0, return_inverse=True)  # a point named twice is moved once
    moved = _by_hand(own - BOX / 2, m, rng)[index.reshape(-1)]  # (n_own, 2) -> (n_points, m, 2)
    strokes = np.split(moved, np.cumsum([len(stroke) for stroke in shape])[:-1])
    paths = [pen_path(stroke) for stroke in strokes]
    segments = np.concatenate([np.stack([path[:-1], path[1:]], axis=2) for path in paths])
    shift = MIDDLE + rng.uniform(-SHIFT, SHIFT, (m, 2)) - _centre_of_mass(segments)
    return (segments + shift[:, None]).astype(np.float32)


def _centre_of_mass(segments: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of all ``segments`` (n_segments, m, 2, 2) of an image, each as heavy as it is long -> (m, 2)."""
    length = np.linalg.norm(segments[:, :, 1] - segments[:, :, 0], axis=2)[:, :, None]  # (n_segments, m, 1)
    return (length * segments.mean(axis=2)).sum(axis=0) / length.sum(axis=0)


def _by_hand(points: npt.NDArray[np.float64], m: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Move, scale, slant and turn ``points`` (n_points, 2) in ``m`` ways -> (n_points, m, 2): step 2."""
    wobble = rng.uniform(*WOBBLE, (m, 1)) * rng.standard_normal((len(points), m, 2))
    x, y = np.moveaxis(points[:, None] + wobble, 2, 0)  # 2 x (n_points, m)
    k_x, k_y = (SIZE * np.exp(rng.normal(0, spread, m)) for spread in (SCALE_X, SCALE_Y))
    slant, angle = rng.normal(*SLANT, m), rng.normal(0, TURN, m)
    x, y = k_x * x - slant * k_y * y, k_y * y
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=2)


def _ink(segments: npt.NDArray[np.float64], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Draw ``segments`` (n_segments, m, 2, 2) with a pen and on a paper of their own -> (m, 28, 28) uint8."""
    m = segments.shape[1]
    D = np.sqrt(squared_distance(segments, SIDE, RADIUS[1] + BLUR[1] / 2))  # there is no ink farther away
    r, s = (rng.uniform(*limits, (m, 1, 1)).astype(np.float32) for limits in (RADIUS, BLUR))
    ink = np.clip((r - D) / s + 0.5, 0, 1)
    grain = GRAIN * rng.random(ink.shape, dtype=np.float32)
    ink *= (1 - grain) * PAPER
    return np.rint(255 * ink).astype(np.uint8)
