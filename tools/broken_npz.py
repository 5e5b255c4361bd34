"""Damaged files of saved nets (.npz), made byte by byte; ``make_corpus.py`` writes them to ``tests/corpus/npz``.

All begin as the same small net, 2-3-2 with one pruned weight, in a zip archive whose members are stored as they are, so
that no compressor's next version changes a byte. ``BROKEN`` are to be refused by ``MLP.load`` with a ValueError that
says what stands beside them; ``ODD`` look strange and are to be loaded.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

from nnprune.laws.broken_idx import bomb, gzipped

FORMAT = "nnprune net 1"
W0 = np.array([[0.5, 0.0], [-1.25, 2.0], [3.0, -0.5]])
W1 = np.array([[1.0, -2.0, 0.25], [0.75, 1.5, -1.0]])


def npy(array=None, *, descr=None, shape=None, body=None, fortran=False, text=None, version=(1, 0)):
    """A .npy file that holds the array; the options say something else than the truth."""
    array = np.zeros(0) if array is None else np.asarray(array)
    if text is None:
        text = (f"{{'descr': {descr or repr(array.dtype.newbyteorder('<').str)}, 'fortran_order': {fortran}, "
                f"'shape': {array.shape if shape is None else shape}, }}")
    width = 2 if version[0] == 1 else 4
    head = text.encode("latin-1")
    head += b" " * (-(len(head) + 9 + width) % 16) + b"\n"
    body = array.astype(array.dtype.newbyteorder("<")).tobytes() if body is None else body
    return b"\x93NUMPY" + bytes(version) + len(head).to_bytes(width, "little") + head + body


def members(**changes):
    """The members of the net's archive, by array name; bytes are taken as they are, None leaves one out."""
    arrays = {"format": FORMAT, "activation": "tanh", "loss": "mse", "sizes": np.array([2, 3, 2], "i8"),
              "with_biases": [True, False], "weights_0": W0, "masks_0": W0 != 0, "biases_0": [0.1, -0.2, 0.3],
              "bias_masks_0": [True] * 3, "weights_1": W1, "masks_1": W1 != 0}
    arrays |= changes
    return [(f"{name}.npy", a if isinstance(a, bytes) else npy(a)) for name, a in arrays.items() if a is not None]


def archive(files):
    """A zip archive of (name, bytes) pairs, stored as they are: the same on every machine and day."""
    data, directory = b"", b""
    for name, content in files:
        # version 2.0, no flags, stored, no time, 1 January 1980; then sum, sizes, and lengths of name and extra field
        fields = struct.pack("<5H3I2H", 20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(name), 0)
        place = struct.pack("<3H2I", 0, 0, 0, 0, len(data))  # no comment, first disk, no attributes
        directory += b"PK\1\2" + struct.pack("<H", 20) + fields + place + name.encode()
        data += b"PK\3\4" + fields + name.encode() + content
    n = len(files)
    return data + directory + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, n, n, len(directory), len(data), 0)


def net(**changes):
    """The archive of the net with some members changed."""
    return archive(members(**changes))


def patched(raw, at, content, *, central=True):
    """``raw`` with bytes replaced ``at`` an offset into its first central directory entry, or into its first member."""
    begin = raw.index(b"PK\1\2") + at if central else at
    return raw[:begin] + content + raw[begin + len(content):]


def deflated(raw, *, data=None, whole=None, size=None):
    """An archive whose one member, weights_0.npy, is deflated as ``data``, which the bomb of the IDX corpus makes.

    ``whole``, of which the check sum is taken, and ``size`` are what it claims to hold.
    """
    data = bomb(raw, 4000)[10:-8] if data is None else data
    whole = raw + bytes(1 + 258 * 4000) if whole is None else whole
    out = archive([("weights_0.npy", data)])
    fields = struct.pack("<III", zlib.crc32(whole), len(data), len(whole) if size is None else size)
    out = patched(patched(out, 8, b"\x08\0", central=False), 14, fields, central=False)
    return patched(patched(out, 10, b"\x08\0"), 16, fields)


def overlapping(n=100):
    """An archive of 1 kB of deflated data that n entries of its directory name, 1 MB each."""
    raw = deflated(MANY)
    begin, end = raw.index(b"PK\1\2"), raw.index(b"PK\5\6")
    entry = raw[begin:end - len("weights_0.npy")]
    entries = b"".join(entry + b"arr_%05d.npy" % i for i in range(n)).replace(b"arr_00000.npy", b"weights_0.npy")
    return raw[:begin] + entries + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, n, n, len(entries), begin, 0)


SOUND = net()
OBJECTS = b"\x80\x04\x95\x0b\0\0\0\0\0\0\0\x8c\x02os\x94."  # the beginning of a pickle
NO_ZIP, DAMAGED, HEADER = "which is a zip archive", "an undamaged zip archive", "as NumPy writes it"
MANY = npy(descr="'|b1'", shape=(1 + 258 * 4000,))  # the header of as many zeros as the bomb holds
FEW = npy(descr="'|b1'", shape=(4000,))
WHOLE = FEW + b"\1\1\1\1"
FOUR = struct.pack("<BHH", 1, len(WHOLE), len(WHOLE) ^ 0xFFFF) + WHOLE  # one block, stored

# Name: what is wrong, what the message must say, the bytes. The archive:
BROKEN = {
    "empty": ("the file is empty", NO_ZIP, b""),
    "html": ("an HTML page", NO_ZIP, b"<!DOCTYPE html><title>404</title>"),
    "pickle": ("a pickled net, under the name of an .npz", NO_ZIP, OBJECTS),
    "npy": ("a single .npy file", NO_ZIP, npy(W0)),
    "gzip": ("gzip instead of zip", NO_ZIP, gzipped(npy(W0))),
    "cut-half": ("the first half of the file", NO_ZIP, SOUND[:len(SOUND) // 2]),
    "cut-in-directory": ("the central directory breaks off", NO_ZIP, SOUND[:-100]),
    "cut-last-byte": ("the last byte is missing", NO_ZIP, SOUND[:-1]),
    "cut-front": ("the first 100 bytes are missing", DAMAGED, SOUND[100:]),
    "empty-archive": ("a zip archive without members", "'format' is missing", archive([])),
    "bad-sum": ("one bit of the weights was changed", DAMAGED, SOUND.replace(W0.tobytes(), W0.tobytes()[:-8] + b"\1"
                                                                             + W0.tobytes()[-7:])),
    "bad-local-header": ("the first member's header is overwritten", DAMAGED, b"PK\7\7" + SOUND[4:]),
    "bad-offset": ("the directory says that the first member begins beyond the end", DAMAGED,
                   patched(SOUND, 42, b"\xff\xff\xff\x7f")),
    "names-differ": ("directory and member disagree about the name", DAMAGED, patched(SOUND, 46, b"F")),
    "names-differ-long": ("the same with 2,000 letters, which went into the message: found by fuzzing", DAMAGED,
                          patched(archive([("a" * 2000 + ".npy", npy(W0))]), 46, b"A")),
    "encrypted": ("marked as encrypted", "encrypted or packed otherwise", patched(SOUND, 8, b"\1")),
    "bzip2": ("marked as packed by bzip2, which can swell a million-fold", "packed otherwise",
              patched(SOUND, 10, b"\x0c")),
    "lzma": ("marked as packed by LZMA, which may ask for 4 GB", "packed otherwise", patched(SOUND, 10, b"\x0e")),
    "deflate-of-nothing": ("marked as deflated, but it is not", DAMAGED,
                           patched(patched(SOUND, 10, b"\x08"), 8, b"\x08", central=False)),
    "version-of-zip": ("needs version 25.5 of zip", DAMAGED, patched(SOUND, 6, b"\xff")),
    "many-disks": ("the first of ten disks, at which even zipfile.is_zipfile raises: found by fuzzing", DAMAGED,
                   SOUND[:-22] + struct.pack("<4sIQI", b"PK\6\7", 0, 0, 10) + SOUND[-22:]),
    "twice": ("an array is there twice", "every array once", archive([*members(), ("sizes.npy", npy([2, 3, 2]))])),
    "not-npy": ("a member that is no .npy file", "names end in .npy", archive([*members(), ("README", b"Hello")])),
    "name-without-npy": ("the name 'format' without .npy", "names end in .npy",
                         archive([(name.replace("format.npy", "format"), raw) for name, raw in members()])),
    "bomb-promise": ("100 bytes that promise 2 GB", "zip bomb",
                     deflated(npy(descr="'|b1'", shape=(2**31 - 129,)), data=b"\3\0", size=2**31 - 1)),
    "bomb-more": ("1 kB of zip that unpacks to 1 MB, of which 128 bytes are promised", DAMAGED,
                  deflated(npy(descr="'|b1'", shape=(0,)), size=128)),
    "deflate-short": ("deflated data that end after 4 of the 4,000 bytes that are promised", "found only 4",
                      deflated(FEW, data=FOUR, whole=WHOLE, size=len(FEW) + 4000)),
    "bomb-kept": ("1 kB of zip that holds 1 MB, as promised, but no net", "'format' is missing", deflated(MANY)),
    "bomb-overlapping": ("100 members that are the same 1 MB, in 1 kB", "zip bomb", overlapping()),
}
# One array of it:
ABSURD = {
    "member-empty": ("an array of no bytes", "first bytes ''", b""),
    "member-no-magic": ("an array that does not begin as .npy", ".npy file of version", b"NUMPY" + npy(W0)),
    "member-version": ("version 9.0 of .npy", ".npy file of version", npy(W0, version=(9, 0))),
    "header-cut": ("the header breaks off", HEADER, npy(W0)[:40]),
    "header-long": ("a header of 65,535 bytes that are not there", HEADER, b"\x93NUMPY\1\0\xff\xff" + npy(W0)[10:]),
    "header-nested": ("5,000 opening brackets, on which Python's parser gives up", HEADER, npy(text="(" * 5000)),
    "header-signs": ("5,000 minus signs, on which Python's parser runs out of stack", HEADER, npy(text="-" * 5000)),
    "header-code": ("a call of a function instead of a shape", HEADER, npy(shape="(__import__('os').abort(),)")),
    "header-python2": ("sizes such as 3L, at which NumPy warns", HEADER, npy(shape="(3L, 2L)", body=W0.tobytes())),
    "header-quotes": ("a string that never ends", HEADER, npy(text="{'descr': \'\'\'<f8")),
    "shape-negative": ("a size of -1", HEADER, npy(W0, shape="(-1, 2)")),
    "shape-fraction": ("a size of 3.0", HEADER, npy(W0, shape="(3.0, 2)")),
    "shape-huge": ("10^12 x 10^12 numbers", "more than 10^18 bytes", npy(W0, shape=(10**12, 10**12))),
    "shape-terabytes": ("728 TB", "8000000000000 bytes", npy(W0, shape=(10**6, 10**6))),
    "shape-wraps": ("2^32 x 2^32 numbers: modulo 2^64 none", "more than 10^18 bytes", npy(shape=(2**32, 2**32))),
    "shape-wraps-to-size": ("numbers that are, modulo 2^64, the 6 that are there", "more than 10^18 bytes",
                            npy(W0, shape=(177602, 393365, 1056175639))),
    "shape-too-many": ("70 dimensions", "dimensions that NumPy can hold", npy([1.0], shape=(1,) * 70)),
    "elements-short": ("the last byte is missing", "bytes of elements", npy(W0)[:-1]),
    "elements-long": ("one byte too many", "bytes of elements", npy(W0) + b"\0"),
    "objects": ("a pickle, which could run any code", "pickled Python objects", npy(descr="'|O'", shape=(3, 2),
                                                                                     body=OBJECTS)),
    "objects-inside": ("a structure with a pickle in it", HEADER, npy(descr="[('a', '|O')]", shape=(1,), body=OBJECTS)),
    "datetimes": ("dates", "elements of type '<M8[s]'", npy(descr="'<M8[s]'", shape=(3, 2), body=W0.tobytes())),
    "complex": ("complex numbers", "elements of type '<c16'", npy(W0 + 0j)),
    "long-double": ("numbers of 16 bytes, too large for 8, at which NumPy warns", "elements of type '<f16'",
                    npy(descr="'<f16'", shape=(3, 2), body=b"\xff" * 96)),
    "half-precision": ("numbers of 2 bytes, which would swell fourfold in memory", "elements of type '<f2'",
                       npy(W0.astype("f2"))),
    "text-huge": ("text of 10^12 characters", "elements of type", npy(descr="'<U1000000000000'", shape=())),
}
BROKEN |= {name: (f"weights_0: {wrong}", says, net(weights_0=raw)) for name, (wrong, says, raw) in ABSURD.items()}
# The net:
CHANGED = {
    "missing-format": ("the format is missing", "'format' is missing", {"format": None}),
    "missing-weights": ("a layer's weights are missing", "'weights_1' is missing", {"weights_1": None}),
    "missing-mask": ("a mask is missing", "'masks_0' is missing", {"masks_0": None}),
    "missing-sizes": ("the sizes are missing", "'sizes' is missing", {"sizes": None}),
    "extra-array": ("an array too many", "no array 'history'", {"history": [1.0]}),
    "extra-biases": ("biases of a layer without", "no array 'biases_1'", {"biases_1": [0.0, 0.0]}),
    "extra-long-name": ("an array whose name has 2,000 letters", "no array 'aaaa", {"a" * 2000: [1.0]}),
    "format-of-others": ("another format", "no saved net of this version", {"format": "torch 9"}),
    "format-bytes": ("the format as bytes, not text", "elements of type", {"format": np.array(b"nnprune net 1")}),
    "activation-unknown": ("an unknown activation", "'swish' is unknown", {"activation": "swish"}),
    "loss-long": ("a loss whose name has 1,000 letters", "is unknown", {"loss": "x" * 1000}),
    "loss-no-text": ("a loss that is no Unicode", "no Unicode", {"loss": npy(descr="'<U3'", shape=(),
                                                                            body=b"\xff" * 12)}),
    "sizes-zero": ("no input", "sizes are [0 3 2]", {"sizes": np.array([0, 3, 2], "i8"), "weights_0": np.zeros((3, 0)),
                                                     "masks_0": np.zeros((3, 0), bool)}),
    "sizes-negative": ("-3 units", "sizes are [ 2 -3  2]", {"sizes": np.array([2, -3, 2], "i8")}),
    "sizes-one": ("inputs, but no layer", "at least one layer", {"sizes": np.array([2], "i8"),
                                                                 "with_biases": np.zeros(0, bool)}),
    "sizes-none": ("no sizes at all", "does not fit the others", {"sizes": np.zeros(0, "i8")}),
    "sizes-fractions": ("fractions as sizes", "'sizes' has dtype float64", {"sizes": [2.0, 3.0, 2.0]}),
    "sizes-matrix": ("a matrix of sizes", "'sizes' has dtype", {"sizes": np.array([[2, 3, 2]], "i8")}),
    "sizes-other": ("sizes of another net", "'weights_0' has dtype float64 and shape (3, 2)",
                    {"sizes": np.array([2, 4, 2], "i8")}),
    "sizes-many": ("500 layers of one unit", "'with_biases'", {"sizes": np.ones(501, "i8")}),
    "weights-transposed": ("weights (inputs, units)", "'weights_0' has dtype float64 and shape (2, 3)",
                           {"weights_0": W0.T.copy()}),
    "weights-whole": ("whole numbers as weights", "dtype int64", {"weights_0": W0.astype("i8")}),
    "weights-nan": ("a weight is not a number", "holds nan", {"weights_1": W1 * [1, np.nan, 1]}),
    "weights-inf": ("a weight is infinite", "holds -inf", {"weights_1": W1 * [1, np.inf, 1]}),
    "weights-pruned-nan": ("a pruned weight is not a number", "not 0 where the mask says pruned",
                           {"weights_0": np.where(W0 == 0, np.nan, W0)}),
    "biases-nan": ("a bias is not a number", "holds nan", {"biases_0": [np.nan, 0.0, 0.0]}),
    "biases-shape": ("biases as a column", "'biases_0' has dtype", {"biases_0": np.zeros((3, 1))}),
    "mask-contradicts": ("the mask calls weights pruned that are not 0", "not 0 where the mask says pruned",
                         {"masks_0": np.zeros((3, 2), bool)}),
    "mask-contradicts-bias": ("the mask calls a bias pruned that is not 0", "not 0 where the mask says pruned",
                              {"bias_masks_0": [True, False, True]}),
    "mask-shape": ("a mask of another shape", "'masks_0' has dtype bool", {"masks_0": np.ones((2, 3), bool)}),
    "mask-numbers": ("a mask of numbers", "'masks_0' has dtype", {"masks_0": np.ones((3, 2), "i8")}),
    "mask-byte-2": ("a bool that is neither 0 nor 1, which counts as 2 weights", "the byte 2",
                    {"masks_0": npy(descr="'|b1'", shape=(3, 2), body=b"\1\0\2\1\1\1")}),
    "certificate": ("a certificate, which holds two nets", "it is a certificate", {"certificate": "{}"}),
}
BROKEN |= {name: (wrong, says, net(**changes)) for name, (wrong, says, changes) in CHANGED.items()}

# Name: what is odd, and the bytes; all are the same net.
ODD = {
    "sound": ("nothing", SOUND),
    "self-extracting": ("a program in front of the archive", b"#!/bin/sh\nexit\n" + SOUND),
    "backwards": ("the arrays in another order", archive(members()[::-1])),
    "columns-first": ("a matrix column by column", net(weights_0=npy(W0, fortran=True, body=W0.T.tobytes()))),
    "big-endian": ("a matrix in the other byte order", net(weights_0=npy(W0, descr="'>f8'",
                                                                          body=W0.astype(">f8").tobytes()))),
    "version-2": ("version 2.0 of .npy", net(weights_0=npy(W0, version=(2, 0)))),
    "single-precision": ("weights in 4 bytes", net(weights_0=W0.astype("f4"))),
}
