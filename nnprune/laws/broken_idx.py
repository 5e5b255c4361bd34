"""Damaged IDX and gzip files, made byte by byte: what a reader of the format must refuse, and what it must not.

``BROKEN`` has files that are damaged, inconsistent, or something else; each must end in an error. ``ODD`` has files
that look strange and are valid; each must be read. The laws in ``idx_laws`` run any reader on both. The same bytes lie
in ``tests/corpus`` for readers in other languages.

Nothing here is compressed by a library, whose next version would give other bytes: gzip's blocks are *stored* as they
are (RFC 1951, section 3.2.4), and the bomb's few bits are written out.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

TABLE = bytes.fromhex("00000802 00000002 00000003 010203040506")  # uint8 [[1, 2, 3], [4, 5, 6]]
WIDE = bytes.fromhex("00000e01 00000002 3ff8000000000000 c000000000000000")  # float64 [1.5, -2]
IMAGES = struct.pack(">HBB3I", 0, 8, 3, 3, 28, 28) + bytes(i % 251 for i in range(3 * 784))  # as MNIST has them
BODY = TABLE[12:]
HTML = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>No such file.</body></html>\n"
PNG = bytes.fromhex("89504e470d0a1a0a 0000000d49484452 0000001c0000001c 0800000000 57668048")


def header(code, *sizes, zeros=0, n_dims=None):
    """The header of an IDX file."""
    return struct.pack(f">HBB{len(sizes)}I", zeros, code, len(sizes) if n_dims is None else n_dims, *sizes)


def gzipped(raw, *, flags=0, extras=b"", method=8, crc=None, length=None):
    """A gzip member that holds ``raw`` as it is, in stored blocks; the options make it odd or wrong."""
    pieces = [raw[i:i + 65535] for i in range(0, len(raw), 65535)] or [b""]
    blocks = b"".join(struct.pack("<BHH", i == len(pieces) - 1, len(p), len(p) ^ 0xFFFF) + p
                      for i, p in enumerate(pieces))
    crc, length = zlib.crc32(raw) if crc is None else crc, len(raw) if length is None else length
    return bytes([0x1F, 0x8B, method, flags, 0, 0, 0, 0, 0, 255]) + extras + blocks + struct.pack("<II", crc, length)


def bomb(start, copies):
    """A gzip member of ``start`` and then 258 zeros for every 2 bits, one more in all: the most that deflate can do."""
    # A final block with a code of its own: "copy 258 bytes from 1 back" takes the bits 0 0, one zero 1 0, the end 1 1.
    bits = ("1" "01" "10111" "00000" "0111"  # final; own codes; 29 + 257 symbols, 0 + 1 distances, 14 + 4 lengths:
            "000" "000" "100" + 12 * "000" + "010" "000" "010"  # 1 bit for symbol 18, 2 bits for 2 and for 1
            "11" "0" "1111111" "0" "0101011" "11"  # zero has 2 bits; then 138 + 117 unused; the end has 2 bits
            "0" "10001" + "00" "10" "10"  # 28 unused; the copy and its distance have 1 bit each
            "10")  # the first zero
    bits += "00" * copies + "11"
    packed = bytes(int(bits[i:i + 8][::-1], 2) for i in range(0, len(bits), 8))
    stored = struct.pack("<BHH", 0, len(start), len(start) ^ 0xFFFF) + start
    raw = start + bytes(1 + 258 * copies)
    return gzipped(b"")[:10] + stored + packed + struct.pack("<II", zlib.crc32(raw), len(raw))


ZIPPED = gzipped(TABLE)
TRAILER = len(ZIPPED) - 8  # where the check sum begins
TWO = gzipped(TABLE[:7]) + gzipped(TABLE[7:])

# Name: what is wrong, and the bytes. Cut short, a plain file and then a gzip file, at every kind of byte:
BROKEN = {
    "empty": ("the file is empty", b""),
    "cut-in-magic": ("one byte, the first of the two zeros", TABLE[:1]),
    "cut-before-type": ("only the two zero bytes", TABLE[:2]),
    "cut-before-dimensions": ("the number of dimensions is missing", TABLE[:3]),
    "cut-before-sizes": ("two sizes are announced and missing", TABLE[:4]),
    "cut-in-size": ("the first size has 2 of its 4 bytes", TABLE[:6]),
    "cut-between-sizes": ("the second size is missing", TABLE[:8]),
    "cut-before-elements": ("no element is there", TABLE[:12]),
    "cut-in-element": ("the last float64 has 3 of its 8 bytes", WIDE[:-5]),
    "cut-last-byte": ("the last byte is missing", TABLE[:-1]),
    "cut-images": ("a download that broke off in the second image", IMAGES[:1200]),
    "scalar-without-element": ("no dimension, so one element; it is missing", header(0x08)),
    "gzip-cut-in-magic": ("gzip's first byte alone", ZIPPED[:1]),
    "gzip-cut-after-magic": ("gzip's first two bytes alone", ZIPPED[:2]),
    "gzip-cut-in-header": ("5 of the 10 bytes of gzip's header", ZIPPED[:5]),
    "gzip-cut-before-data": ("gzip's header alone", ZIPPED[:10]),
    "gzip-cut-in-data": ("the compressed data break off", ZIPPED[:25]),
    "gzip-cut-before-sum": ("check sum and length are missing", ZIPPED[:TRAILER]),
    "gzip-cut-in-sum": ("the check sum has 2 of its 4 bytes", ZIPPED[:TRAILER + 2]),
    "gzip-cut-in-length": ("the length has 1 of its 4 bytes", ZIPPED[:TRAILER + 5]),
    "gzip-second-member-cut": ("of two gzip members the second breaks off", TWO[:-9]),
    "gzip-of-cut": ("valid gzip of a file whose last byte is missing", gzipped(TABLE[:-1])),
}
# Something else, or a wrong header:
BROKEN |= {
    "magic-first-byte": ("the first byte is 1, not 0", b"\1" + TABLE[1:]),
    "magic-second-byte": ("the second byte is 1, not 0", b"\0\1" + TABLE[2:]),
    "magic-backwards": ("the first four bytes in the order of little-endian machines", TABLE[3::-1] + TABLE[4:]),
    "html": ("an HTML page with status 404, saved under the name of the file", HTML),
    "xml": ("the XML answer of a storage service",
            b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code></Error>"),
    "json": ("the JSON answer of a web service", b'{"error": "not found"}'),
    "git-lfs": ("the pointer that git-lfs leaves instead of a large file",
                b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 47040016\n"),
    "csv": ("the pixels as text", b"label,1x1,1x2,1x3\n5,0,0,0\n"),
    "png": ("a PNG image", PNG),
    "npy": ("a .npy file", b"\x93NUMPY\1\0v\0{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }"
            + b" " * 60 + b"\n" + BODY),
    "zip": ("a zip archive", b"PK\3\4" + bytes(26)),
    "zeros": ("16 zero bytes: there is no type 00", bytes(16)),
    "type-0a": ("type code 0A, which the format leaves out", header(0x0A, 2, 3) + BODY),
    "type-ff": ("type code FF", header(0xFF, 2, 3) + BODY),
    "type-too-wide": ("bytes that the header calls int16", header(0x0B, 2, 3) + BODY),
    "type-too-narrow": ("int16 that the header calls bytes", header(0x08, 2, 3) + BODY + BODY),
    "dimensions-too-few": ("two sizes are there, one is announced", header(0x08, 2, 3, n_dims=1) + BODY),
    "dimensions-too-many": ("two sizes are there, three are announced", header(0x08, 2, 3, n_dims=3) + BODY),
    "dimensions-255-missing": ("255 dimensions are announced, two sizes are there", TABLE[:3] + b"\xff" + TABLE[4:]),
    "dimensions-255-of-one": ("255 dimensions of size 1: no array library has so many",
                              header(0x08, *[1] * 255) + b"\7"),
    "sizes-backwards": ("the sizes in the order of little-endian machines",
                        TABLE[:4] + struct.pack("<2I", 2, 3) + BODY),
    "size-minus-one": ("a size of -1, which is 4294967295 without sign", TABLE[:4] + struct.pack(">2i", 2, -1) + BODY),
    "size-most-negative": ("a size of -2^31", TABLE[:4] + struct.pack(">2i", -2**31, 3) + BODY),
    "sizes-absurd": ("three sizes of 4294967295: 8e28 bytes", header(0x08, *[2**32 - 1] * 3) + BODY),
    "sizes-wrap-32": ("2 x 2147483651 elements: modulo 2^32 the 6 that are there", header(0x08, 2, 2**31 + 3) + BODY),
    "sizes-wrap-64": ("177602 x 393365 x 1056175639 elements: modulo 2^64 the 6 that are there",
                      header(0x08, 177602, 393365, 1056175639) + BODY),
    "bytes-wrap-64": ("2^61 elements of 8 bytes: modulo 2^64 none", header(0x0E, 2**31, 2**30)),
    "sizes-255-absurd": ("255 sizes of 4294967295", header(0x08, *[2**32 - 1] * 255)),
    "size-zero-hides-overflow": ("sizes 0 and three of 4294967295: no element, but no array either",
                                 header(0x08, 0, *[2**32 - 1] * 3)),
}
# Too long, or damaged on the way:
BROKEN |= {
    "extra-byte": ("one byte too many", TABLE + b"\0"),
    "extra-newline": ("a line feed at the end, from an editor", TABLE + b"\n"),
    "extra-zeros": ("filled up with zeros to a block of 512 bytes", TABLE.ljust(512, b"\0")),
    "twice": ("the file twice, from a download that was resumed at the wrong place", TABLE + TABLE),
    "line-ends": ("every 0A became 0D 0A: sent as text", IMAGES.replace(b"\n", b"\r\n")),
    "utf-8": ("every byte above 7F became two: saved as text", IMAGES.decode("latin-1").encode()),
    "gzip-of-nothing": ("valid gzip of an empty file", gzipped(b"")),
    "gzip-of-extra": ("valid gzip of a file with one byte too many", gzipped(TABLE + b"\0")),
    "gzip-of-html": ("valid gzip of an HTML page", gzipped(HTML)),
    "gzip-of-png": ("valid gzip of a PNG image", gzipped(PNG)),
    "gzip-of-absurd": ("valid gzip of a header that promises 8e28 bytes", gzipped(header(0x08, *[2**32 - 1] * 3))),
    "gzip-of-promise": ("valid gzip of 6 kB whose header promises 6 MB",
                        gzipped(header(0x08, 6_000_000) + bytes(6000))),
    "gzip-in-gzip": ("compressed twice", gzipped(ZIPPED)),
    "gzip-in-gzip-in-gzip": ("compressed three times", gzipped(gzipped(ZIPPED))),
    "gzip-bad-sum": ("gzip's check sum is wrong", gzipped(TABLE, crc=0)),
    "gzip-bad-length": ("gzip's length is wrong", gzipped(TABLE, length=17)),
    "gzip-bad-element": ("one element was changed after compression", ZIPPED[:TRAILER - 1] + b"\7" + ZIPPED[TRAILER:]),
    "gzip-bad-method": ("gzip's compression method is 7; only 8 exists", gzipped(TABLE, method=7)),
    "gzip-bad-block": ("a block of deflate's type 3, which does not exist", ZIPPED[:10] + b"\7" + ZIPPED[11:]),
    "gzip-bad-stored": ("a stored block whose length and its complement disagree",
                        ZIPPED[:11] + b"\x13" + ZIPPED[12:]),
    "gzip-junk": ("text behind the gzip data", ZIPPED + b"junk"),
    "gzip-second-bad-sum": ("of two gzip members the second has a wrong sum",
                            gzipped(TABLE[:7]) + gzipped(TABLE[7:], crc=1)),
    "gzip-second-plain": ("behind the gzip data the rest of the file, not compressed", gzipped(TABLE[:12]) + BODY),
    "gzip-second-file": ("two gzipped files in one: more elements than promised", ZIPPED + ZIPPED),
    "gzip-extra-cut": ("gzip's extra field is longer than the file", gzipped(TABLE, flags=4, extras=b"\xff\xff")),
    "gzip-bomb": ("a gzip bomb: 32 kB that unpack to 32 MB of zeros behind the 6 elements", bomb(TABLE, 130_000)),
}

ARRAY = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
# Name: what is odd, the bytes, and the array.
ODD = {
    "sound": ("nothing", TABLE, ARRAY),
    "sound-gzip": ("nothing", ZIPPED, ARRAY),
    "gzip-two-members": ("gzip in two members, cut in the header", TWO, ARRAY),
    "gzip-empty-member": ("gzip whose first member holds nothing", gzipped(b"") + ZIPPED, ARRAY),
    "gzip-all-fields": ("gzip with an extra field, a file name and a comment",
                        gzipped(TABLE, flags=28, extras=b"\4\0abcdname\0comment\0"), ARRAY),
    "scalar": ("no dimension: one element", header(0x08) + b"\7", np.array(7, np.uint8)),
    "no-elements": ("no element, in two dimensions", header(0x08, 0, 28), np.zeros((0, 28), np.uint8)),
    "five-dimensions": ("five dimensions", header(0x08, 1, 2, 1, 3, 1) + BODY, ARRAY.reshape(1, 2, 1, 3, 1)),
    "lowest-int32": ("the lowest int32", header(0x0C, 1) + b"\x80\0\0\0", np.array([-2**31], np.int32)),
    "many-zeros": ("100 bytes of gzip that hold 64 kB, as the header says", bomb(header(0x08, 258 * 250 + 1), 250),
                   np.zeros(258 * 250 + 1, np.uint8)),
}
