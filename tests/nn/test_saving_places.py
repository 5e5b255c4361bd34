"""Where a net can be saved: through links, and not into open files."""

import errno
import io
import os
import re

import numpy as np
import pytest

import nnprune
from nnprune import MLP
from nnprune.datasets.idx import write_idx
from nnprune.lessons import copy_lessons
from nnprune.nn.saving import net_arrays, write_zip


@pytest.fixture
def net():
    return MLP([3, 2], rng=0)


def same(net, path):
    np.testing.assert_array_equal(MLP.load(path).weights[0], net.weights[0])
    return True


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("there", [False, True])
def test_a_link_stays_a_link_and_its_target_is_written(tmp_path, net, relative, there):
    target, link = tmp_path / "store" / "net.npz", tmp_path / "links" / "latest.npz"
    target.parent.mkdir()
    link.parent.mkdir()
    if there:
        target.write_bytes(b"an older net")
    link.symlink_to("../store/net.npz" if relative else target)
    second = tmp_path / "second.npz"
    second.symlink_to(link)
    net.save(second)
    assert link.is_symlink()
    assert second.is_symlink()
    assert not target.is_symlink()
    assert same(net, target)
    assert same(net, second)
    assert os.listdir(target.parent) == ["net.npz"]
    assert os.listdir(link.parent) == ["latest.npz"]


@pytest.mark.usefixtures("links")
def test_a_folder_that_is_a_link_stays_one(tmp_path, net):
    (tmp_path / "store").mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "store")
    net.save(tmp_path / "linked" / "net.npz")
    assert (tmp_path / "linked").is_symlink()
    assert same(net, tmp_path / "store" / "net.npz")


@pytest.mark.usefixtures("links")
def test_links_in_a_circle_are_an_error_and_stay(tmp_path, net):
    one, two = tmp_path / "one", tmp_path / "two"
    one.symlink_to(two)
    two.symlink_to(one)
    with pytest.raises(OSError, match="one|two") as caught:
        net.save(one)
    assert caught.value.errno == errno.ELOOP
    assert sorted(os.listdir(tmp_path)) == ["one", "two"]


@pytest.mark.usefixtures("links")
def test_a_failed_save_through_a_link_leaves_target_and_link(tmp_path, net, monkeypatch):
    target, link = tmp_path / "net.npz", tmp_path / "link.npz"
    net.save(target)
    link.symlink_to(target)
    before = target.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "the disk is full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="the disk is full"):
        MLP([3, 2], rng=1).save(link)
    assert target.read_bytes() == before
    assert link.is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["link.npz", "net.npz"]


def test_a_folder_is_refused_before_anything_is_written(tmp_path, net):
    with pytest.raises(IsADirectoryError, match="this is a folder: name a file in it.*" + re.escape(str(tmp_path))):
        net.save(tmp_path)
    assert list(tmp_path.parent.glob(".*tmp")) == list(tmp_path.iterdir()) == []


def test_an_open_file_is_refused_with_the_reason(tmp_path, net):
    with pytest.raises(TypeError, match="path must be the name of a file, but it is an open BytesIO: .* whole or not"):
        net.save(io.BytesIO())
    with open(tmp_path / "net.npz", "wb") as file, pytest.raises(TypeError, match="open BufferedWriter: .*; pass its"):
        net.save(file)


def writers():
    """Every function of the package that writes a file by a name: (file, function of the file)."""
    data, net = nnprune.make_xor(), MLP([2, 30, 2], rng=0)
    result = nnprune.prune_lobs(net, data.x_train, sparsity=0.5)
    hessian = nnprune.LayerHessian(20)
    hessian.add(np.eye(20))
    comparison = nnprune.compare(net, data, ["random", "magnitude"], [0.1, 0.5])
    certificate = nnprune.certify(net, result, data.x_train)
    image = np.random.default_rng(0).integers(256, size=(1, 28, 28), dtype=np.uint8)
    return [("net.npz", net.save), ("result.npz", result.save), ("hessian.npz", hessian.save),
            ("curves.csv", comparison.save_csv), ("image.gz", lambda path: write_idx(path, image)),
            ("claims.json", lambda path: certificate.save(path, net, result.net)), ("lessons", copy_lessons)]


def test_the_file_is_what_numpy_writes():
    ours, numpys, arrays = io.BytesIO(), io.BytesIO(), net_arrays(MLP([2, 3, 2], rng=0))
    write_zip(ours, arrays)
    np.savez_compressed(numpys, **arrays)
    assert ours.getvalue() == numpys.getvalue()


def test_a_full_disk_names_the_file_and_leaves_nothing(tmp_path, little_room):
    for name, write in writers():
        with little_room(), pytest.raises(OSError, match=f"File too large.*{name}|{name}.*File too large"):
            write(tmp_path / name)
        assert list(tmp_path.iterdir()) == [], name
