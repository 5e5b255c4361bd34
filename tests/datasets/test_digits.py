"""The synthetic digits: what any data set must be, and what makes this one a stand-in for MNIST.

The pen's distance is tested by an independent route: against many points laid along each segment.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from problems import examples

from nnprune.datasets.digits import PAPER, SHAPES, draw_digits, make_digits
from nnprune.datasets.idx import idx_sha256, read_idx
from nnprune.datasets.mnist_files import MNIST_FILES
from nnprune.datasets.pen import PIECES, pen_path, squared_distance
from nnprune.datasets.strokes import BOX, DIGITS

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def digits():
    """Enough images that every shape of every digit occurs some 100 times."""
    return make_digits(3_000, 1_000, rng=0)


# What a data set must be.


def test_shapes_types_and_range(digits):
    assert digits.name == "digits"
    assert digits.x_train.shape == (3_000, 784)
    assert digits.x_test.shape == (1_000, 784)
    for x, y in ((digits.x_train, digits.y_train), (digits.x_test, digits.y_test)):
        assert (x.dtype, y.dtype) == (np.float32, np.int64)
        assert y.shape == (len(x),)
        assert x.min() == 0
        assert 0.9 < x.max() <= 1


def test_defaults_are_10_000_and_2_000_images():
    data = make_digits()
    assert (len(data.x_train), len(data.x_test)) == (10_000, 2_000)


@pytest.mark.parametrize("n", [1, 9, 10, 137])
def test_each_digit_equally_often(n):
    data = make_digits(n, 2 * n, rng=3)
    for y, size in ((data.y_train, n), (data.y_test, 2 * n)):
        counts = np.bincount(y, minlength=10)
        assert counts.sum() == size
        assert counts.max() - counts.min() <= 1


def test_same_seed_same_bytes():
    a, b = make_digits(200, 100, rng=5), make_digits(200, 100, rng=np.random.default_rng(5))
    for name in ("x_train", "y_train", "x_test", "y_test"):
        assert getattr(a, name).tobytes() == getattr(b, name).tobytes()


def test_other_seed_other_images():
    a, b = make_digits(200, 100, rng=5), make_digits(200, 100, rng=6)
    assert not np.array_equal(a.x_train, b.x_train)
    assert not np.array_equal(a.y_train, b.y_train)


def test_a_generator_moves_on():
    rng = np.random.default_rng(0)
    assert not np.array_equal(draw_digits([8, 8], rng), draw_digits([8, 8], rng))


def test_every_image_is_another_one(digits):
    # This covers both: no image twice within a part, and none in both parts.
    images = [x.tobytes() for x in np.concatenate([digits.x_train, digits.x_test])]
    assert len(set(images)) == len(images)


def test_the_test_set_does_not_depend_on_the_size_of_the_training_set():
    a, b = make_digits(10, 50, rng=1), make_digits(300, 50, rng=1)
    np.testing.assert_array_equal(a.x_test, b.x_test)
    np.testing.assert_array_equal(a.y_test, b.y_test)


@given(st.lists(st.integers(0, 9), max_size=100), st.integers(0, 2**32))
@examples(40)
def test_any_labels_give_one_image_each_with_ink_on_paper_only(labels, seed):
    images = draw_digits(np.array(labels, int), rng=seed)
    assert images.shape == (len(labels), 28, 28)
    assert images.dtype == np.uint8
    assert not images[:, ~PAPER].any()
    assert ((images > 127).sum(axis=(1, 2)) >= 10).all()  # the shortest stroke, a small thin 1, has more


# What makes it a stand-in for MNIST.


@pytest.mark.parametrize("seed", range(5))
def test_dead_pixels_make_the_hessian_singular(seed):
    x = make_digits(2_000, 1, rng=seed).x_train
    assert (~PAPER).sum() == 72
    assert not x[:, ~PAPER.ravel()].any()
    assert 72 <= (x.max(axis=0) == 0).sum() <= 150


def test_the_sheet_is_symmetric():
    for turned in (PAPER.T, PAPER[::-1], PAPER[:, ::-1]):
        np.testing.assert_array_equal(turned, PAPER)


def test_as_much_ink_as_mnist(digits):
    assert 0.11 < digits.x_train.mean() < 0.15  # MNIST: 0.131
    assert 0.75 < (digits.x_train == 0).mean() < 0.85  # MNIST: 0.809


def test_digits_stand_in_the_middle(digits):
    images = digits.x_train.reshape(-1, 28, 28)
    mass = images.sum(axis=(1, 2))
    row = (images.sum(axis=2) @ np.arange(28)) / mass
    column = (images.sum(axis=1) @ np.arange(28)) / mass
    assert np.abs(np.concatenate([row, column]) - 13.5).max() < 2.5


def test_labels_follow_and_a_linear_classifier_is_neither_lost_nor_enough(digits):
    # Least squares on one-hot targets. Ridge 1: the dead pixels make the plain normal equations singular.
    x, y = digits.x_train.astype(float), digits.y_train
    W = np.linalg.solve(x.T @ x + np.eye(784), x.T @ np.eye(10)[y])
    right = (digits.x_test @ W).argmax(axis=1) == digits.y_test
    assert 0.70 < right.mean() < 0.97
    assert all(right[digits.y_test == d].mean() > 0.5 for d in range(10))


# The strokes and the pen.


def test_the_tables_are_well_formed():
    assert len(DIGITS) == 10
    assert all(len(shapes) >= 2 for shapes in DIGITS)
    for shape in SHAPES:
        assert all(len(stroke) >= 2 for stroke in shape)
        points = np.concatenate(shape)
        assert points.shape[1] == 2
        assert points.min() >= 0
        assert points.max() <= BOX


@pytest.mark.parametrize("shape", SHAPES)
def test_the_curve_passes_through_its_points(shape):
    for stroke in shape:
        points = np.array(stroke, float)[:, None]  # (k, 2) -> (k, 1, 2)
        path = pen_path(points)
        np.testing.assert_allclose(path[::PIECES] if len(stroke) > 2 else path, points)


def test_a_closed_stroke_has_no_corner():
    ring = np.array([(10, 0), (0, 10), (10, 20), (20, 10), (10, 0)], float)[:, None]
    path = pen_path(ring)[:, 0] - 10
    # By symmetry the path is the same after a quarter turn, at the closing point as everywhere else.
    np.testing.assert_allclose(np.roll(path[:-1], -PIECES, axis=0), path[:-1] @ [[0, -1], [1, 0]], atol=1e-12)


@example([(3, 4, 3, 4)])  # a segment of length 0 is a point
@given(st.lists(st.tuples(*[st.floats(0, 9, width=32)] * 4), min_size=1, max_size=4))
@examples(40)
def test_the_distance_is_that_to_the_nearest_of_many_points_on_the_segments(ends):
    segments = np.array(ends, np.float32).reshape(-1, 1, 2, 2)
    t = np.linspace(0, 1, 1001)[:, None, None]
    points = ((1 - t) * segments[:, 0, 0] + t * segments[:, 0, 1]).reshape(-1, 2)
    y, x = np.mgrid[:10, :10]
    slow = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1]).min(axis=-1)
    # The points lie at most 13 / 1000 apart, so the nearest is at most half of that too far.
    np.testing.assert_allclose(np.sqrt(squared_distance(segments, 10)[0]), slow, atol=0.01)
    whole, part = squared_distance(segments, 10), squared_distance(segments, 10, reach=1.5)
    np.testing.assert_array_equal(part[whole < 1.5**2], whole[whole < 1.5**2])
    assert (part[whole > 1.5**2] > 1.5**2).all()


def test_pixels_out_of_reach_are_passed_over():
    part = squared_distance(np.array([[[[3, 4], [3, 4]]]], np.float32), 10, reach=1.5)
    np.testing.assert_array_equal(np.argwhere(np.isfinite(part[0])), [(y, x) for y in (3, 4, 5) for x in (2, 3, 4)])


# Input validation.


@pytest.mark.parametrize("wrong", [0, -3, 2.5, "10", True, None])
@pytest.mark.parametrize("name", ["n_train", "n_test"])
def test_sizes_must_be_positive_whole_numbers(name, wrong):
    with pytest.raises(ValueError, match=rf"{name}.*{re.escape(repr(wrong))}"):
        make_digits(**{name: wrong})


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([3, 10], "label 1 is 10"),
        ([-1], "label 0 is -1"),
        ([0.5], "0.5"),
        (["7"], "7"),
        ([[1, 2]], r"\(1, 2\)"),
        (3, r"\(\)"),
    ],
)
def test_labels_must_be_digits(labels, message):
    with pytest.raises(ValueError, match=message):
        draw_digits(labels)


# The sample in data/.


def test_the_sample_is_what_its_script_writes(tmp_path, capsys):
    script = runpy.run_path(str(DATA / "make_sample.py"))
    script["main"](tmp_path)
    names = {path.name for path in DATA.glob("*.gz")}
    assert names == {path.name for path in tmp_path.iterdir()} == set(script["sample_files"]())
    printed = capsys.readouterr().out
    for name in names:
        written = read_idx(tmp_path / name)
        np.testing.assert_array_equal(read_idx(DATA / name), written)
        assert idx_sha256(written) in printed


def test_the_readme_tells_the_right_sums():
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| (\S+) \| [\d,]+ \| ([0-9a-f]{64}) \|$", readme, re.MULTILINE))
    for path in DATA.glob("*.gz"):
        assert told.pop(path.stem) == idx_sha256(read_idx(path))
    assert {name: told.pop(name) for name in MNIST_FILES} == MNIST_FILES
    assert sorted(told) == [f"monks-{k}.{part}" for k in (1, 2, 3) for part in ("test", "train")]


def test_the_sample_is_small():
    assert sum(path.stat().st_size for path in DATA.glob("*.gz")) < 150_000
