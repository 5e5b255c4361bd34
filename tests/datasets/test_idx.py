"""The IDX format: what is written comes back, and whatever is wrong ends in one clear IdxError."""

from __future__ import annotations

import gzip
import hashlib
import re
import tempfile
import tracemalloc
from pathlib import Path

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import examples

from nnprune.datasets.idx import ELEMENT_TYPES, IdxError, idx_sha256, parse_idx, read_idx, write_idx

MILLION = 10**6
# Two rows of three bytes, spelled out: magic, type code 8, two dimensions, their sizes, the elements.
SMALL = bytes.fromhex("00000802 00000002 00000003 010203040506")
# Arrays of every element type of the format, in both byte orders, of 0 to 4 dimensions, empty ones included.
DTYPES = [np.dtype(name).newbyteorder(order) for name in ELEMENT_TYPES.values() for order in "<>"]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)


def native(array):
    """The same numbers in the host's byte order."""
    return array.astype(array.dtype.newbyteorder("="))


def peak_memory(action):
    """Bytes that ``action`` has in use at most, NumPy's included."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# ---- round trips and files whose content is known byte for byte


@examples(200)
@given(array=ARRAYS, ending=st.sampled_from(["", ".gz"]), fortran=st.booleans())
def test_what_is_written_comes_back_bit_for_bit(array, ending, fortran):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"array{ending}"
        write_idx(path, np.asfortranarray(array) if fortran and array.ndim else array)
        back = read_idx(path)
        assert (path.read_bytes()[:2] == b"\x1f\x8b") == (ending == ".gz")
    assert back.dtype == native(array).dtype
    assert back.dtype.isnative
    assert back.shape == array.shape
    assert back.tobytes() == native(array).tobytes()  # as bytes, so that nan equals nan
    assert back.flags.writeable


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("00000801 00000002 07ff", np.array([7, 255], dtype=np.uint8)),
        ("00000901 00000002 07ff", np.array([7, -1], dtype=np.int8)),
        ("00000b02 00000001 00000002 0001fffe", np.array([[1, -2]], dtype=np.int16)),
        ("00000c01 00000001 00010000", np.array([65536], dtype=np.int32)),
        ("00000d01 00000001 3fc00000", np.array([1.5], dtype=np.float32)),
        ("00000e01 00000001 c000000000000000", np.array([-2.0], dtype=np.float64)),
        ("00000800 2a", np.array(42, dtype=np.uint8)),
        ("00000803 00000000 0000001c 0000001c", np.zeros((0, 28, 28), dtype=np.uint8)),
    ],
)
def test_known_bytes(raw, expected, tmp_path):
    raw = bytes.fromhex(raw)
    for bytes_of_file in (raw, gzip.compress(raw)):
        array = parse_idx(bytes_of_file)
        assert array.dtype == expected.dtype
        np.testing.assert_array_equal(array, expected, strict=True)
    write_idx(tmp_path / "out", expected)
    assert (tmp_path / "out").read_bytes() == raw


def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path):
    (tmp_path / "plain.gz").write_bytes(SMALL)
    (tmp_path / "zipped").write_bytes(gzip.compress(SMALL))
    assert read_idx(tmp_path / "plain.gz").tolist() == [[1, 2, 3], [4, 5, 6]]
    assert read_idx(tmp_path / "zipped").tolist() == [[1, 2, 3], [4, 5, 6]]


def test_gzip_in_several_pieces_is_one_file():
    assert parse_idx(gzip.compress(SMALL[:7]) + gzip.compress(SMALL[7:])).shape == (2, 3)


def test_the_same_array_gives_the_same_bytes_at_any_time(tmp_path, monkeypatch):
    for name, now in (("a.gz", 1e9), ("b.gz", 2e9)):
        monkeypatch.setattr("time.time", lambda now=now: now)
        write_idx(tmp_path / name, np.arange(6, dtype=np.uint8))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


def test_sha256_is_that_of_the_uncompressed_file(tmp_path):
    write_idx(tmp_path / "a", np.arange(-3, 3, dtype=np.int16).reshape(2, 3))
    expected = hashlib.sha256((tmp_path / "a").read_bytes()).hexdigest()
    assert idx_sha256(np.arange(-3, 3, dtype=np.int16).reshape(2, 3)) == expected


# ---- writing what the format cannot hold


@pytest.mark.parametrize("array", [[1, 2], [True], ["a"], [None], [1j], np.zeros(2, np.uint16)])
def test_a_type_that_the_format_lacks_is_refused(array, tmp_path):
    with pytest.raises(IdxError, match=f"found {np.asarray(array).dtype.name}"):
        write_idx(tmp_path / "out", array)
    assert list(tmp_path.iterdir()) == []


def test_a_size_of_more_than_four_bytes_is_refused(tmp_path):
    huge = np.broadcast_to(np.uint8(0), (2**32,))  # takes one byte
    with pytest.raises(IdxError, match="at most 4294967295"):
        write_idx(tmp_path / "out", huge)


# ---- reading what is not as it should be

TERABYTES = bytes.fromhex("00000803") + b"\xff\xff\xff\xff" * 3
BAD = {
    "empty": (b"", "empty"),
    "gzip of nothing": (gzip.compress(b""), "empty"),
    "one byte": (SMALL[:1], "only 1 bytes"),
    "header cut in its sizes": (SMALL[:9], "header of 12 bytes, found only 9"),
    "body cut": (SMALL[:-1], "6 bytes of elements.*found no more than 5"),
    "body cut, zipped": (gzip.compress(SMALL[:-1]), "6 bytes of elements.*found only 5"),
    "too long": (SMALL + b"\0", "found more bytes"),
    "too long, zipped": (gzip.compress(SMALL + b"\0"), "found more bytes"),
    "zipped twice": (gzip.compress(gzip.compress(SMALL)), "compressed twice"),
    "wrong magic": (b"PK\3\4" + SMALL, "begins with the bytes 00 00, found the bytes 50 4b 03 04"),
    "unknown type": (b"\0\0\x0a\1\0\0\0\0", "type codes .*found 0x0A"),
    "HTML": (b"<!doctype html><title>404</title>", "HTML"),
    "HTML, zipped": (gzip.compress(b"<html>"), "HTML"),
    "terabytes": (TERABYTES, r"more than 10\^18 bytes"),
    "terabytes, zipped": (gzip.compress(TERABYTES), r"more than 10\^18 bytes"),
    # 2^31 * 2^31 * 4 = 2^64, which is 0 in 64-bit arithmetic.
    "wraps around": (bytes.fromhex("00000803 80000000 80000000 00000004"), r"more than 10\^18 bytes"),
    "255 huge sizes": (b"\0\0\x08\xff" + b"\xff" * 1020, "255 dimensions"),
    "255 dimensions": (b"\0\0\x08\xff" + b"\0\0\0\1" * 255 + b"\7", "NumPy can hold"),
    "gzip cut": (gzip.compress(SMALL)[:-9], "damaged"),
    "gzip without its sum": (gzip.compress(SMALL)[:-8], "damaged"),
    "gzip, wrong sum": (gzip.compress(SMALL)[:-8] + b"\0" * 8, "damaged"),
    "gzip, junk after it": (gzip.compress(SMALL) + b"junk", "damaged"),
    "gzip, head only": (b"\x1f\x8b", "damaged"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_one_clear_error(case, tmp_path):
    raw, message = BAD[case]
    path = tmp_path / "digits.gz"
    path.write_bytes(raw)
    with pytest.raises(IdxError, match=message) as caught:
        read_idx(path)
    text = str(caught.value)
    assert re.fullmatch(r"(?s).*digits\.gz: expected .+, found .+", text)
    assert len(text) < len(str(path)) + 250


@pytest.mark.parametrize("raw", [TERABYTES, gzip.compress(TERABYTES), BAD["wraps around"][0]],
                         ids=["plain", "zipped", "wraps around"])  # gzip has the time in it: no name for a test
def test_a_promise_of_terabytes_takes_no_memory(raw):
    def read():
        with pytest.raises(IdxError):
            parse_idx(raw)

    assert peak_memory(read) < MILLION


def test_a_gzip_bomb_is_not_unpacked():
    bomb = gzip.compress(SMALL + bytes(50 * MILLION), compresslevel=1)

    def read():
        with pytest.raises(IdxError, match="more bytes"):
            parse_idx(bomb, "bomb")

    assert peak_memory(read) < 2 * MILLION


def test_reading_takes_little_more_memory_than_the_array():
    raw = gzip.compress(bytes.fromhex("00000b01 00989680") + bytes(20 * MILLION), compresslevel=1)
    assert peak_memory(lambda: parse_idx(raw)) < 25 * MILLION


@pytest.mark.parametrize("raw", [SMALL, gzip.compress(SMALL, mtime=0)])
def test_a_file_cut_anywhere_is_an_idx_error(raw):
    for length in range(len(raw)):
        with pytest.raises(IdxError):
            parse_idx(raw[:length])


@examples(200)
@given(data=st.data())
def test_a_changed_byte_in_a_gzip_file_never_changes_the_array(data):
    raw = bytearray(gzip.compress(SMALL, mtime=0))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        array = parse_idx(bytes(raw))
    except IdxError:
        return
    assert array.tolist() == [[1, 2, 3], [4, 5, 6]]


@examples(300)
@given(raw=st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda tail: SMALL[:3] + tail)))
def test_any_bytes_give_an_array_or_an_idx_error(raw):
    try:
        array = parse_idx(raw)
    except IdxError:
        return
    assert 4 + 4 * array.ndim + array.nbytes == len(raw)


def test_a_folder_and_a_missing_file_are_os_errors_that_name_it(tmp_path):
    with pytest.raises(IsADirectoryError, match="found a folder.*" + re.escape(tmp_path.name)):
        read_idx(tmp_path)
    with pytest.raises(FileNotFoundError, match="nothing-here"):
        read_idx(tmp_path / "nothing-here")


def test_a_device_is_refused_at_once():
    if not Path("/dev/zero").exists():
        pytest.skip("no /dev/zero on this system")
    with pytest.raises(IdxError, match="a device or a pipe"):
        read_idx("/dev/zero")
