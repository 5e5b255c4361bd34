"""What is fuzzed: bytes are made into a file, the file is read, and the answer is judged. Needs no atheris.

The first byte of an input chooses how the rest becomes a file: as it is, or so that check sums are right, since a
mutation would hardly ever get past them. ``seeds`` turns the corpus of broken files into inputs.
"""

from __future__ import annotations

import atexit
import gzip
import math
import os
import shutil
import struct
import tempfile
from pathlib import Path

import broken_npz
import numpy as np

from nnprune.datasets.idx import ELEMENT_TYPES, IdxError, parse_idx
from nnprune.laws import broken_idx
from nnprune.laws.idx_laws import idx_bytes
from nnprune.nn.mlp import MLP

NAME = "name-of-the-file"
LONGEST = 600  # characters of a message, the name of the file included
MEMBERS = broken_npz.members()
# In memory where the system has a folder for that: opening a file for writing on a disk takes longer than all the rest.
FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()


def folder_of(pid):
    """Where the fuzzer of nets with this process number writes its file."""
    return Path(FOLDER) / f"nnprune-fuzz-{pid}"


NET_FILE = folder_of(os.getpid()) / f"{NAME}.npz"
atexit.register(shutil.rmtree, NET_FILE.parent, ignore_errors=True)


def idx_file(data):
    """The file that an input of the fuzzer of IDX stands for."""
    way, rest = data[:1], data[1:]
    if way == b"\1":
        return broken_idx.gzipped(rest)
    if way == b"\2":
        cut = rest[0] if rest else 0
        return broken_idx.gzipped(rest[1:cut]) + broken_idx.gzipped(rest[1:][cut:])
    if way == b"\3" and len(rest) > 2:  # type, number of dimensions, sizes up to 4; then as many bytes as that takes
        code, shape = list(ELEMENT_TYPES)[rest[0] % 6], [size % 5 for size in rest[2:2 + rest[1] % 6]]
        elements = rest[2 + len(shape):].ljust(4096, b"\0")
        return broken_idx.header(code, *shape) + elements[:math.prod(shape) * np.dtype(ELEMENT_TYPES[code]).itemsize]
    return rest


def net_file(data):
    """The file that an input of the fuzzer of nets stands for."""
    way, rest = data[:1], data[1:]
    if way == b"\1":  # pieces of (which member, 2 bytes of length, content) that replace members of a sound net
        files = dict(enumerate(MEMBERS))
        while len(rest) >= 3:
            which, length = struct.unpack(">BH", rest[:3])
            name = MEMBERS[which][0] if which < len(MEMBERS) else f"extra_{which}.npy"
            files[which] = name, rest[3:3 + length]
            rest = rest[3 + length:]
        return broken_npz.archive(list(files.values()))
    if way == b"\3":  # patches of (which member, 2 bytes of place, 1 byte) on the members of a sound net
        contents = [bytearray(content) for _, content in MEMBERS]
        for i in range(0, len(rest) - 3, 4):
            which, place, byte = struct.unpack(">BHB", rest[i:i + 4])
            content = contents[which % len(contents)]
            content[place % len(content)] = byte
        return broken_npz.archive([(name, bytes(content)) for (name, _), content in zip(MEMBERS, contents)])
    if way == b"\2":  # patches of (2 bytes of place, 1 byte) on the archive of a sound net
        raw = bytearray(broken_npz.SOUND)
        for i in range(0, len(rest) - 2, 3):
            place, byte = struct.unpack(">HB", rest[i:i + 3])
            raw[place % len(raw)] = byte
        return bytes(raw)
    return rest


def fuzz_idx(data):
    """An array that is the file's, or an ``IdxError`` that names the file; anything else is an error here."""
    raw = idx_file(data)
    try:
        array = parse_idx(raw, NAME)
    except IdxError as error:
        judge(error)
        return
    plain = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    assert array.dtype.isnative
    assert array.flags.writeable
    assert idx_bytes(array) == plain, "the array is not the file's"


def fuzz_net(data):
    """A net that agrees with itself and survives ``save``, or a ValueError that names the file."""
    NET_FILE.parent.mkdir(exist_ok=True)
    NET_FILE.write_bytes(net_file(data))
    try:
        net = MLP.load(NET_FILE)
    except ValueError as error:
        judge(error)
        return
    same_net(net, net)
    net.save(NET_FILE)
    same_net(net, MLP.load(NET_FILE))


def judge(error):
    """The message names the file and is not too long; the name of the file's folder does not count."""
    text = str(error).replace(str(NET_FILE.parent), "")
    assert NAME in text, f"the message does not name the file: {text}"
    assert len(text) < LONGEST, f"a message of {len(text)} characters"
    assert text.isprintable(), f"a message that cannot be printed: {text!r}"


def same_net(a, b):
    """Both nets are alike bit for bit, and sound."""
    assert repr(a) == repr(b)
    assert 0 <= a.sparsity <= 1
    assert np.isfinite(a.parameters()).all()
    for name in ("weights", "biases", "masks", "bias_masks"):
        for p, q in zip(getattr(a, name), getattr(b, name), strict=True):
            assert (p is None and q is None) or (p.dtype == q.dtype and p.tobytes() == q.tobytes()), name
    for values, kept in zip(a.weights + a.biases, a.masks + a.bias_masks, strict=True):
        if values is not None:
            assert values.shape == kept.shape
            assert kept.view(np.uint8).max(initial=0) <= 1
            assert not values[~kept].any()


def idx_seeds():
    """Inputs for ``fuzz_idx``: the corpus as it is, and what is in its gzip files, to be packed again."""
    raws = [raw for _, raw in broken_idx.BROKEN.values()] + [raw for _, raw, _ in broken_idx.ODD.values()]
    shapes = [bytes([3, code, n, 1, 2, 3, 1, 1, 1, 2, 3]) for code in range(6) for n in range(6)]
    return [way + raw for way in (b"\0", b"\1", b"\2\7") for raw in raws if len(raw) < 4096] + shapes


def net_seeds():
    """Inputs for ``fuzz_net``: the corpus as it is, and every member of a sound net and broken weights, each alone."""
    raws = [raw for _, _, raw in broken_npz.BROKEN.values()] + [raw for _, raw in broken_npz.ODD.values()]
    pieces = [struct.pack(">BH", i, len(content)) + content for i, (_, content) in enumerate(MEMBERS)]
    weights = [struct.pack(">BH", 5, len(raw)) + raw for _, _, raw in broken_npz.ABSURD.values() if len(raw) < 4096]
    return ([b"\0" + raw for raw in raws if len(raw) < 8192] + [b"\1" + piece for piece in pieces + weights]
            + [b"\1" + b"".join(pieces), b"\2", b"\2\0\0P"]
            + [struct.pack(">BBHB", 3, i, place, 0) for i, (_, content) in enumerate(MEMBERS)
               for place in range(0, len(content), 29)])
