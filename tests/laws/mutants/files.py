"""Wrong readers of IDX files: a plain one with one mistake each."""

import gzip
import math
import zlib

import numpy as np

from nnprune.datasets.idx import ELEMENT_TYPES, parse_idx

from . import mutant

READER = "idx_reader"


def load(path):
    """The uncompressed bytes of a file."""
    with open(path, "rb") as file:
        raw = file.read()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def split(raw):
    """dtype, shape and the bytes behind the header."""
    shape = np.frombuffer(raw[4:4 + 4 * raw[3]], ">u4").tolist()
    return np.dtype(ELEMENT_TYPES[raw[2]]).newbyteorder(">"), shape, raw[4 + 4 * raw[3]:]


@mutant(READER, "elements read in the machine's byte order")
def little_endian(path):
    a = parse_idx(load(path))
    return a.view(a.dtype.newbyteorder("S")).astype(a.dtype)


@mutant(READER, "unsigned bytes assumed, whatever the type code says")
def bytes_assumed(path):
    _, shape, rest = split(load(path))
    return np.frombuffer(rest, np.uint8)[:math.prod(shape)].reshape(shape)


@mutant(READER, "axes swapped (Fortran order)")
def fortran_order(path):
    a = parse_idx(load(path))
    return np.reshape(a.ravel(), a.shape, order="F")


@mutant(READER, "gzip known by the name of the file only")
def gzip_by_name(path):
    with open(path, "rb") as file:
        return parse_idx_plain(file.read())


def parse_idx_plain(raw):
    """An array from the bytes of an uncompressed file."""
    if raw[:2] != b"\0\0":
        raise ValueError("not IDX")
    return parse_idx(raw)


@mutant(READER, "a short file is filled up with zeros")
def filled_up(path):
    raw = load(path)
    if raw[:2] != b"\0\0" or raw[2] not in ELEMENT_TYPES:
        raise ValueError("not IDX")
    dtype, shape, rest = split(raw)
    n = math.prod(shape) * dtype.itemsize
    if n > 10**6 or len(rest) > n:
        raise ValueError("length")
    return np.frombuffer(rest.ljust(n, b"\0"), dtype).reshape(shape).astype(dtype.newbyteorder("="))


@mutant(READER, "whatever follows the last element is passed over")
def rest_passed_over(path):
    raw = load(path)
    if raw[:2] != b"\0\0" or raw[2] not in ELEMENT_TYPES:
        raise ValueError("not IDX")
    dtype, shape, rest = split(raw)
    flat = np.frombuffer(rest, dtype, count=math.prod(shape) if math.prod(shape) < 2**40 else -1)
    return flat.reshape(shape).astype(dtype.newbyteorder("="))


@mutant(READER, "the first two bytes are not looked at")
def magic_skipped(path):
    raw = load(path)
    return parse_idx(b"\0\0" + raw[2:])


@mutant(READER, "memory asked for before anyone looks whether the elements are there")
def trusting(path):
    raw = load(path)
    dtype, shape, _ = split(raw)
    np.empty(min(math.prod(shape), 2**62), dtype)  # MemoryError, not a word about the file
    return parse_idx(raw)


@mutant(READER, "the first member of a gzip file is taken for all of it")
def first_member_only(path):
    with open(path, "rb") as file:
        raw = file.read()
    if raw[:2] == b"\x1f\x8b":
        d = zlib.decompressobj(31)
        raw = d.decompress(raw)
        if not d.eof:
            raise EOFError("cut short")
    return parse_idx(raw)


@mutant(READER, "gzip's check sum is not looked at")
def sum_passed_over(path):
    with open(path, "rb") as file:
        raw = file.read()
    whole = b""
    while len(raw) > 18 and raw[:4] == b"\x1f\x8b\x08\0":  # a member without further fields: the data begin at byte 10
        d = zlib.decompressobj(-15)
        whole += d.decompress(raw[10:])
        if len(d.unused_data) < 8:
            raise EOFError("cut short")
        raw = d.unused_data[8:]
    return parse_idx(whole + raw)
