"""MNIST: where it is looked for, what is read, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

import nnprune
from nnprune.datasets import download_mnist, make_monks, mnist_files
from nnprune.datasets.idx import IdxError, write_idx
from nnprune.datasets.mnist import Dataset, find_mnist, load_mnist
from nnprune.datasets.mnist_files import MNIST_FILES
from nnprune.datasets.monks import make_xor

IMAGES, LABELS, TEST_IMAGES, TEST_LABELS = MNIST_FILES
CHECKOUT_DATA = mnist_files.CHECKOUT_DATA


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No MNIST in the environment, the checkout or the cache, and a download that fails the test."""

    def refuse():
        raise AssertionError("a test tried to download")

    monkeypatch.delenv("NNPRUNE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(mnist_files, "CHECKOUT_DATA", tmp_path / "checkout")
    monkeypatch.setattr("nnprune.datasets.mnist.download_mnist", refuse)


def write_mnist(folder, n_train=4, n_test=2, ending="", dotted=False):
    """Four files of MNIST's form; image k is white in its first k pixels and its label is k modulo 10."""
    for part, n in (("train", n_train), ("t10k", n_test)):
        images = 255 * np.tri(n, 784, k=-1, dtype=np.uint8).reshape(n, 28, 28)
        for name, array in (("images-idx3", images), ("labels-idx1", np.arange(n, dtype=np.uint8) % 10)):
            name = name.replace("-idx", ".idx") if dotted else name
            write_idx(folder / f"{part}-{name}-ubyte{ending}", array)
    return folder


def zeros(*shape, dtype=np.uint8):
    return np.zeros(shape, dtype=dtype)


# ---- where the files are looked for


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("dotted", [False, True])
def test_files_plain_or_gzipped_in_either_spelling(tmp_path, ending, dotted):
    data = load_mnist(write_mnist(tmp_path / "here", ending=ending, dotted=dotted))
    assert repr(data) == "Dataset('mnist-like (not the original files)', train (4, 784), test (2, 784))"
    assert (data.x_train.dtype, data.x_test.dtype) == (np.float32, np.float32)
    assert (data.y_train.dtype, data.y_test.dtype) == (np.int64, np.int64)
    np.testing.assert_array_equal(data.x_train, np.tri(4, 784, k=-1))
    np.testing.assert_array_equal(data.y_train, [0, 1, 2, 3])


def test_every_grey_value_becomes_its_255th(tmp_path):
    write_mnist(tmp_path)
    ramp = np.arange(4 * 784, dtype=np.int64).reshape(4, 28, 28) % 256
    write_idx(tmp_path / IMAGES, ramp.astype(np.uint8))
    expected = (ramp.reshape(4, 784) / 255).astype(np.float32)
    np.testing.assert_array_equal(load_mnist(tmp_path).x_train, expected)


def test_the_places_are_searched_in_their_order(tmp_path, monkeypatch):
    places = {name: tmp_path / name for name in ("argument", "environment", "checkout/mnist")}
    places["cache"] = tmp_path / "cache" / "nnprune" / "mnist"
    assert find_mnist() is None
    for n, folder in enumerate(reversed(places.values()), start=1):
        write_mnist(folder, n_train=n)
        if folder == places["environment"]:
            assert find_mnist() == places["checkout/mnist"]  # before the variable is set
            monkeypatch.setenv("NNPRUNE_DATA", str(folder))
        directory = folder if folder == places["argument"] else None
        assert find_mnist(directory) == folder
        assert len(load_mnist(directory).x_train) == n


def test_an_incomplete_checkout_folder_is_passed_over(tmp_path):
    (write_mnist(tmp_path / "checkout" / "mnist") / LABELS).unlink()
    cache = write_mnist(tmp_path / "cache" / "nnprune" / "mnist")
    assert find_mnist() == cache


def test_the_home_sign_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write_mnist(tmp_path / "digits")
    assert find_mnist("~/digits") == tmp_path / "digits"


@pytest.mark.parametrize("by", ["argument", "environment"])
def test_a_named_folder_without_the_files_is_an_error_and_never_passed_over(by, tmp_path, monkeypatch):
    write_mnist(tmp_path / "checkout" / "mnist")  # good data that nobody asked for
    named = write_mnist(tmp_path / "named")
    (named / TEST_LABELS).unlink()
    directory = named if by == "argument" else None
    if by == "environment":
        monkeypatch.setenv("NNPRUNE_DATA", str(named))
    assert find_mnist(directory) is None
    remedy = r" \(the variable NNPRUNE_DATA names it: unset it, .*\)" if by == "environment" else ""
    message = f"{re.escape(str(named))}: expected .* a folder without {TEST_LABELS}{remedy}\n"
    with pytest.raises(FileNotFoundError, match=message) as caught:
        load_mnist(directory)
    assert all(name in str(caught.value) for name in MNIST_FILES)


def test_a_named_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="gone: expected the four MNIST files, found no such folder"):
        load_mnist(tmp_path / "gone")


def test_without_download_the_error_names_places_files_and_sums(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist(download=False)
    wanted = [str(tmp_path / "checkout"), str(tmp_path / "cache"), *MNIST_FILES, *MNIST_FILES.values()]
    assert [text for text in wanted if text not in str(caught.value)] == []


def test_nothing_found_means_a_download():
    with pytest.raises(AssertionError, match="tried to download"):
        load_mnist()


# ---- where other libraries put the files


@pytest.mark.parametrize("below", ["MNIST/raw", "raw", ""])
@pytest.mark.parametrize("named", ["folder", IMAGES, TEST_LABELS])
def test_torchvision_s_root_and_a_path_to_one_of_the_files(tmp_path, below, named):
    folder = write_mnist(tmp_path / below)
    assert find_mnist(tmp_path if named == "folder" else folder / named) == folder
    assert len(load_mnist(tmp_path if named == "folder" else folder / named).x_train) == 4


def write_npz(path, **others):
    images = 255 * np.tri(4, 784, k=-1, dtype=np.uint8).reshape(4, 28, 28)
    arrays = {"x_train": images, "y_train": np.arange(4, dtype=np.uint8), "x_test": images[:2],
              "y_test": np.arange(2, dtype=np.uint8)} | others
    np.savez_compressed(path, **{name: a for name, a in arrays.items() if a is not None})
    return path


@pytest.mark.parametrize("named", ["mnist.npz", "."])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64])
def test_keras_one_file_is_read_as_the_four(tmp_path, monkeypatch, named, dtype):
    expected = load_mnist(write_mnist(tmp_path / "four"))
    sums = [hashlib.sha256((tmp_path / "four" / name).read_bytes()).hexdigest() for name in MNIST_FILES]
    write_npz(tmp_path / "mnist.npz", y_train=np.arange(4, dtype=dtype))
    data = load_mnist(tmp_path / named)
    assert data.name == expected.name
    for part in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(data, part), getattr(expected, part))
        assert getattr(data, part).dtype == getattr(expected, part).dtype
    for name, digest in zip(MNIST_FILES, sums):
        monkeypatch.setitem(MNIST_FILES, name, digest)
    assert load_mnist(tmp_path / named).name == "mnist"


@pytest.mark.parametrize(("others", "message"), [
    ({"y_test": None}, "expected the arrays .*, found none called y_test"),
    ({"x_train": zeros(4)}, r"mnist.npz, x_train: expected images.*\(4,\)"),
    ({"y_train": zeros(3)}, r"mnist.npz, y_train: expected labels.*\(3,\)"),
    ({"y_train": np.array([0, 1, 2, 300])}, "y_train: expected labels: uint8.*found int64"),
    ({"y_train": np.array([0, 1, 2, 11])}, r"y_train: expected labels from 0 to 9, found 11 \(label number 3\)"),
    ({"y_train": np.array([None, 1])}, "no Keras' mnist.npz: expected plain numbers and text, found pickled"),
])
def test_an_npz_that_is_not_keras_is_one_clear_error(tmp_path, others, message):
    with pytest.raises(ValueError, match=message):
        load_mnist(write_npz(tmp_path / "mnist.npz", **others))


def test_a_damaged_npz_is_named(tmp_path):
    path = write_npz(tmp_path / "mnist.npz")
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(ValueError, match="mnist.npz: no Keras' mnist.npz: expected an .npz file"):
        load_mnist(tmp_path)


@pytest.mark.parametrize("nothing", ["", " "])
def test_an_empty_text_names_no_folder_and_starts_no_download(nothing):
    with pytest.raises(ValueError, match=f"directory must name a folder, but it is '{nothing}'"):
        load_mnist(nothing)


@pytest.mark.parametrize(("load", "name"), [(lambda d: make_monks(1, directory=d), "directory"),
                                            (lambda d: download_mnist(d, mirrors=()), "folder")])
def test_nor_does_it_for_the_others_that_take_a_folder(load, name):
    with pytest.raises(ValueError, match=f"{name} must name a folder, but it is ''"):
        load("")


def test_a_file_that_is_none_of_them_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(FileNotFoundError, match="notes.txt: expected the four .* found a file that is none of them"):
        load_mnist(tmp_path / "notes.txt")
    (write_mnist(tmp_path) / LABELS).unlink()
    with pytest.raises(FileNotFoundError, match=f"found one of them in a folder without {LABELS}\n.* into "
                                                f"{re.escape(str(tmp_path))}\n"):
        load_mnist(tmp_path / IMAGES)


@pytest.mark.usefixtures("links")
def test_capitals_links_and_folders_named_like_files(tmp_path):
    write_mnist(tmp_path)
    (tmp_path / IMAGES).rename(tmp_path / "TRAIN-Images.IDX3-ubyte")
    (tmp_path / LABELS).rename(tmp_path / "aside")
    (tmp_path / LABELS).symlink_to(tmp_path / "aside")
    (tmp_path / TEST_IMAGES).rename(tmp_path / TEST_IMAGES.replace("-idx", ".idx"))
    (tmp_path / TEST_IMAGES).mkdir()  # a folder by the other spelling, as Kaggle packs them
    (tmp_path / f"{TEST_LABELS}.gz").symlink_to(tmp_path / "nowhere")
    assert load_mnist(tmp_path).y_train.tolist() == [0, 1, 2, 3]


def test_gzip_under_a_plain_name_and_the_reverse(tmp_path):
    write_mnist(tmp_path, ending=".gz")
    for name in (IMAGES, LABELS):
        (tmp_path / f"{name}.gz").rename(tmp_path / name)
    (tmp_path / f"{TEST_LABELS}.gz").write_bytes(gzip.decompress((tmp_path / f"{TEST_LABELS}.gz").read_bytes()))
    assert load_mnist(tmp_path).y_test.tolist() == [0, 1]


@pytest.mark.parametrize("file", MNIST_FILES)
def test_an_empty_plain_file_never_wins_over_a_sound_gz(tmp_path, file):
    (write_mnist(tmp_path, ending=".gz") / file).touch()
    assert len(load_mnist(tmp_path).x_train) == 4  # and no warning
    (tmp_path / f"{file}.gz").unlink()
    with pytest.raises(IdxError, match=f"{file}: expected .*it is empty"):
        load_mnist(tmp_path)


@pytest.mark.parametrize("file", MNIST_FILES)
@pytest.mark.parametrize("damage", ["cut short", "an HTML page", "labels of another set"])
def test_a_sound_gz_beside_a_damaged_plain_file_is_taken_and_the_other_named(tmp_path, file, damage):
    write_mnist(tmp_path, ending=".gz")
    if damage == "labels of another set":
        write_idx(tmp_path / file, zeros(7))
    else:
        whole = gzip.decompress((tmp_path / f"{file}.gz").read_bytes())
        (tmp_path / file).write_bytes(whole[:-1] if damage == "cut short" else b"<html>")
    message = f"{file}: expected .*{file}.gz beside it is sound .* delete {re.escape(str(tmp_path / file))}$"
    with pytest.warns(nnprune.NNPruneWarning, match=message):
        data = load_mnist(tmp_path)
    assert (data.y_train.tolist(), data.y_test.tolist()) == ([0, 1, 2, 3], [0, 1])
    np.testing.assert_array_equal(data.x_train, np.tri(4, 784, k=-1))


def test_of_two_sound_copies_that_differ_the_one_that_is_read_is_named(tmp_path):
    write_mnist(tmp_path, ending=".gz")
    write_mnist(tmp_path)
    load_mnist(tmp_path)  # the same content twice: no warning, or pytest would fail
    name = "train-labels-idx1-ubyte"
    write_idx(tmp_path / name, np.array([3, 2, 1, 0], np.uint8))
    with pytest.warns(nnprune.NNPruneWarning, match=f"{name} and {name}.gz beside it are sound and differ: .*was read"):
        data = load_mnist(tmp_path)
    assert data.y_train.tolist() == [3, 2, 1, 0]


# ---- files that are not what their names say


BAD = {
    "labels instead of images": (IMAGES, zeros(4), r"\(n, 28, 28\).*shape \(4,\); .*swapped"),
    "images instead of labels": (LABELS, zeros(4, 28, 28), r"labels: .*\(4, 28, 28\)"),
    "images of another size": (TEST_IMAGES, zeros(2, 32, 32), r"\(n, 28, 28\).*\(2, 32, 32\)"),
    "images of another type": (IMAGES, zeros(4, 28, 28, dtype=np.float32), "uint8.*found float32"),
    "no images": (IMAGES, zeros(0, 28, 28), r"n > 0, found uint8 of shape \(0, 28, 28\)"),
    "a single number": (IMAGES, zeros(), r"found uint8 of shape \(\)"),
    "labels of another type": (LABELS, zeros(4, dtype=np.int32), "uint8.*found int32"),
    "fewer labels than images": (LABELS, zeros(3), r"shape \(4,\), one for each image, found .*\(3,\)"),
    "more labels than images": (TEST_LABELS, zeros(3), r"shape \(2,\), one for each image, found .*\(3,\)"),
    "a label above 9": (LABELS, np.arange(7, 11, dtype=np.uint8), r"0 to 9, found 10 \(label number 3\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_is_not_what_its_name_says_is_one_clear_error(case, tmp_path):
    file, array, message = BAD[case]
    write_idx(write_mnist(tmp_path) / file, array)
    with pytest.raises(IdxError, match=f"{file}: expected .*{message}"):
        load_mnist(tmp_path)


def test_images_and_labels_swapped_are_one_clear_error(tmp_path):
    write_mnist(tmp_path)
    (tmp_path / IMAGES).rename(tmp_path / "aside")
    (tmp_path / LABELS).rename(tmp_path / IMAGES)
    (tmp_path / "aside").rename(tmp_path / LABELS)
    with pytest.raises(IdxError, match=f"{IMAGES}: expected images.*swapped"):
        load_mnist(tmp_path)


def test_a_damaged_file_is_named(tmp_path):
    (write_mnist(tmp_path) / TEST_IMAGES).write_bytes(b"<html>")
    with pytest.raises(IdxError, match=f"{TEST_IMAGES}: .*HTML"):
        load_mnist(tmp_path)


@pytest.mark.parametrize("wrong", [0, 1, 2, 3])
def test_the_name_is_mnist_only_if_all_four_sums_match(wrong, tmp_path, monkeypatch):
    write_mnist(tmp_path)
    for name in MNIST_FILES:
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        monkeypatch.setitem(MNIST_FILES, name, digest)
    assert load_mnist(tmp_path).name == "mnist"
    name = list(MNIST_FILES)[wrong]
    monkeypatch.setitem(MNIST_FILES, name, "0" * 64)
    assert load_mnist(tmp_path).name == f"mnist-like (not the original: {name})"


def test_the_name_says_which_part_of_a_mixed_folder_is_not_the_original(tmp_path, monkeypatch):
    write_mnist(tmp_path)
    for name in (IMAGES, LABELS):  # MNIST's training files with another set's test files
        monkeypatch.setitem(MNIST_FILES, name, hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert load_mnist(tmp_path).name == f"mnist-like (not the original: {TEST_IMAGES}, {TEST_LABELS})"


# ---- Dataset


def test_a_dataset_cannot_be_reassigned():
    with pytest.raises(FrozenInstanceError):
        make_xor().name = "other"


@pytest.mark.parametrize(
    "shapes",
    [
        [(4, 2), (3,), (1, 2), (1,)],
        [(4, 2), (4,), (1, 2), (2,)],
        [(4, 2), (4,), (1, 3), (1,)],
        [(4, 2), (4, 1), (1, 2), (1,)],
        [(4,), (4,), (1,), (1,)],
        [(4, 28, 28), (4,), (1, 28, 28), (1,)],
        [(), (), (), ()],
    ],
)
def test_a_dataset_whose_parts_do_not_fit_is_refused(shapes):
    with pytest.raises(ValueError, match=re.escape(f"found {tuple(shapes)}")):
        Dataset(*(zeros(*shape) for shape in shapes), name="x")


# ---- the real files


@pytest.mark.realdata
def test_the_real_mnist(mnist):
    data = mnist
    assert repr(data) == "Dataset('mnist', train (60000, 784), test (10000, 784))"
    assert data.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(data.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    assert (data.x_train.max(axis=0) == 0).sum() == 67  # dead pixels
    assert abs(data.x_train.mean(dtype=np.float64) - 0.1307) < 5e-5  # the mean that PyTorch's examples use


def test_the_checkout_s_data_lie_beside_the_package():
    assert Path(nnprune.__file__).resolve().parents[1] / "data" == CHECKOUT_DATA
