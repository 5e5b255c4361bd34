"""``load_idx_dataset``: pictures of any size, any classes, four files told apart by their names."""

from __future__ import annotations

import gzip
import re

import numpy as np
import pytest

import nnprune
from nnprune import load_idx_dataset
from nnprune.datasets import IdxError, write_idx

SHAPES = {"train": 6, "test": 3}
NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "test-images-idx3-ubyte", "test-labels-idx1-ubyte")


def pictures(n, height=5, width=4):
    return np.arange(n * height * width).reshape(n, height, width).astype(np.uint8)


def write_set(folder, prefix="", *, test="test", first=0, ending="", label_name="labels-idx1-ubyte", labels=None):
    """Six and three pictures of 5 x 4 pixels, their labels counted from ``first``; the folder."""
    for part, n in SHAPES.items():
        begin = f"{prefix}{test if part == 'test' else part}"
        own = np.arange(first, first + n, dtype=np.uint8) if labels is None else labels(n)
        write_idx(folder / f"{begin}-images-idx3-ubyte{ending}", pictures(n))
        write_idx(folder / f"{begin}-{label_name}{ending}", own)
    return folder


@pytest.mark.parametrize("test", ["t10k", "test"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_pictures_of_another_size_with_other_classes(tmp_path, test, ending):
    data = load_idx_dataset(write_set(tmp_path / "mine", test=test, ending=ending))
    assert (repr(data), data.n_classes) == ("Dataset('mine', train (6, 20), test (3, 20))", 6)
    assert (data.x_train.dtype, data.y_train.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(data.x_train, (pictures(6).reshape(6, 20) / 255).astype(np.float32))
    assert (data.y_train.tolist(), data.y_test.tolist()) == ([0, 1, 2, 3, 4, 5], [0, 1, 2])


def test_emnist_s_letters_are_transposed_and_count_from_one(tmp_path):
    write_set(tmp_path, "emnist-letters-", first=1, ending=".gz")
    write_set(tmp_path, "emnist-digits-", ending=".gz")
    data = load_idx_dataset(tmp_path, prefix="emnist-letters", transpose=True, first_label=1)
    assert (data.name, data.n_classes, data.y_test.tolist()) == ("emnist-letters", 6, [0, 1, 2])
    for row, picture in zip(data.x_train, pictures(6)):
        np.testing.assert_array_equal(row.reshape(4, 5), (picture.T / 255).astype(np.float32))
    assert load_idx_dataset(tmp_path, prefix="EMNIST-digits-").name == "emnist-digits"
    with pytest.raises(ValueError, match="2 data sets; say which by prefix, one of 'emnist-digits-', 'emn"):
        load_idx_dataset(tmp_path)
    with pytest.raises(FileNotFoundError, match="begin with 'emnist-byclass' .* none; there are 'emnist-digits-', 'em"):
        load_idx_dataset(tmp_path, prefix="emnist-byclass")


def test_letters_without_first_label_are_warned_of_and_too_high_a_one_is_refused(tmp_path):
    write_set(tmp_path, first=1)
    with pytest.warns(nnprune.NNPruneWarning, match="no sample has the label 0, .* say first_label=1"):
        assert load_idx_dataset(tmp_path).n_classes == 7
    with pytest.raises(IdxError, match=r"train-labels-idx1-ubyte: .*first_label=2 on, found 1 \(label number 0\); say "
                                       "first_label=1"):
        load_idx_dataset(tmp_path, first_label=2)


def test_of_qmnist_s_eight_numbers_the_first_is_the_class(tmp_path):
    def labels(n):
        return np.column_stack([np.arange(n), np.full((n, 7), 99)]).astype(np.int32)

    data = load_idx_dataset(write_set(tmp_path, "qmnist-", label_name="labels-idx2-int", labels=labels, ending=".gz"))
    assert (data.name, data.n_classes, data.y_train.tolist()) == ("qmnist", 6, [0, 1, 2, 3, 4, 5])


def test_torchvision_s_folder_capitals_and_the_dotted_spelling(tmp_path):
    folder = write_set(tmp_path / "FashionMNIST" / "raw", test="t10k")
    (folder / NAMES[0]).rename(folder / "TRAIN-IMAGES.IDX3-UBYTE")
    data = load_idx_dataset(str(tmp_path / "FashionMNIST"))
    assert (data.name, len(data.x_train)) == ("FashionMNIST", 6)


def test_four_files_of_any_names(tmp_path):
    write_set(tmp_path)
    files = [(tmp_path / name).rename(tmp_path / f"{k}.bin") for k, name in enumerate(NAMES)]
    data = load_idx_dataset([str(file) for file in files], name="four")
    assert (data.name, data.x_test.shape, data.y_train.tolist()) == ("four", (3, 20), [0, 1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="four files .*, but there are 3"):
        load_idx_dataset(files[:3])
    files[3].unlink()
    with pytest.raises(FileNotFoundError, match=r"3\.bin: expected the test labels, found no such file"):
        load_idx_dataset(files)


@pytest.mark.parametrize(("dtype", "scale"), [("uint8", 255), ("int16", 1000), ("int32", 2**20), ("float32", 1.0),
                                              ("float64", 0.5)])
def test_every_type_of_pixel_is_divided_by_the_scale(tmp_path, dtype, scale):
    write_set(tmp_path)
    write_idx(tmp_path / NAMES[0], pictures(6).astype(dtype))
    data = load_idx_dataset(tmp_path, scale=scale)
    assert data.x_train.dtype == np.float32
    np.testing.assert_allclose(data.x_train, pictures(6).reshape(6, 20) / scale, rtol=1e-6)


def test_the_sound_copy_beside_a_damaged_file_is_taken(tmp_path):
    write_set(tmp_path, ending=".gz")
    (tmp_path / NAMES[1]).touch()
    (tmp_path / NAMES[2]).write_bytes(gzip.decompress((tmp_path / f"{NAMES[2]}.gz").read_bytes())[:-1])
    with pytest.warns(nnprune.NNPruneWarning, match=f"{NAMES[2]}.gz beside it is sound .* delete "):
        assert load_idx_dataset(tmp_path).y_test.tolist() == [0, 1, 2]


NAN = np.full((6, 5, 4), np.nan, np.float32)
BAD = {
    "labels for images": (0, np.arange(6, dtype=np.uint8), r"images .*, found shape \(6,\); are the .* swapped"),
    "no images": (0, pictures(0), "n > 0"),
    "no numbers": (0, NAN, "finite pixels, found NaN"),
    "beyond float32": (0, np.full((6, 5, 4), 1e300), "finite pixels, found NaN, infinity or what float32"),
    "another size": (2, pictures(3, 4, 5), r"images of shape \(5, 4\), as those for training, found shape \(4, 5\)"),
    "images for labels": (1, pictures(6), r"labels: .*\(6,\).*found uint8 of shape \(6, 5, 4\)"),
    "too few labels": (3, np.arange(2, dtype=np.uint8), r"labels: .*\(3,\).*found uint8 of shape \(2,\)"),
    "fractions for labels": (1, np.zeros(6, np.float32), "whole numbers .*found float32"),
    "a negative label": (1, np.array([0, 1, -2, 0, 0, 0], np.int8), r"found -2 \(label number 2\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_not_what_its_name_says_is_one_clear_error(tmp_path, case):
    k, array, message = BAD[case]
    write_idx(write_set(tmp_path) / NAMES[k], array)
    with pytest.raises(IdxError, match=f"{re.escape(str(tmp_path / NAMES[k]))}: expected .*{message}"):
        load_idx_dataset(tmp_path)


@pytest.mark.parametrize("k", range(4))
def test_a_missing_file_is_named_by_what_it_should_hold(tmp_path, k):
    (write_set(tmp_path, "mine-") / f"mine-{NAMES[k]}").unlink()
    role = ("training images", "training labels", "test images", "test labels")[k]
    with pytest.raises(FileNotFoundError, match=f"found with prefix 'mine-' no {role};"):
        load_idx_dataset(tmp_path)


@pytest.mark.parametrize(("place", "message"), [("gone", "gone: .* found no such folder"), (".", "found none; files"),
                                                ("x", "a single file: name its folder, or all four")])
def test_a_place_without_files_is_an_error(tmp_path, place, message):
    (tmp_path / "x").touch()
    with pytest.raises(FileNotFoundError, match=message):
        load_idx_dataset(tmp_path / place)


@pytest.mark.parametrize("options", [{"scale": 0}, {"scale": -1}, {"scale": np.nan}, {"scale": np.inf}, {"scale": "1"},
                                     {"first_label": 0.5}, {"first_label": True}])
def test_an_option_out_of_range_is_named(tmp_path, options):
    with pytest.raises((ValueError, TypeError), match=f"{next(iter(options))} must"):
        load_idx_dataset(write_set(tmp_path), **options)


def test_an_empty_text_is_no_folder():
    with pytest.raises(ValueError, match="files must name a folder or four files"):
        load_idx_dataset("")


def test_flat_rows_cannot_be_transposed(tmp_path):
    write_idx(write_set(tmp_path) / NAMES[0], pictures(6).reshape(6, 20))
    with pytest.raises(IdxError, match=r"since transpose=True, found shape \(6, 20\)"):
        load_idx_dataset(tmp_path, transpose=True)
