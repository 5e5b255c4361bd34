"""The laws of a reader f(path) -> array of the IDX format, in which MNIST is handed out.

The format (Y. LeCun, C. Cortes & C. J. C. Burges, "The MNIST database", section "File formats"): two zero bytes, a
type code, the number of dimensions, the sizes as 4 big-endian bytes each, the elements big-endian, last index
fastest. The files are made here byte by byte, not by this package's own writer; those that are broken in every way
that we know of are in ``broken_idx``.
"""

from __future__ import annotations

import gzip
import struct
import tempfile
import zlib
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from .broken_idx import BROKEN, ODD
from .law import Case, Violation, demand, law, show
from .strategies import idx_arrays

CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}
FORMAT = "LeCun, Cortes & Burges, The MNIST database, section 'File formats'"


def idx_bytes(array):
    """The IDX file that holds ``array``, as bytes, straight from the description of the format."""
    header = struct.pack(f">HBB{array.ndim}I", 0, CODES[array.dtype.name], array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def read_back(f, raw):
    """What the reader makes of a file with these bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(raw)
        return f(str(path))


def demand_same(got, wanted):
    """Values, shape and type agree; the byte order is the machine's own."""
    demand(got.shape == wanted.shape, f"shape {wanted.shape}", f"shape {got.shape}")
    demand(got.dtype == wanted.dtype, f"dtype {wanted.dtype} in the machine's byte order", f"dtype {got.dtype!r}")
    demand(np.array_equal(got, wanted), show(wanted), show(got))


def demand_refusal(f, raw, wanted):
    """The reader must raise an error that a caller can catch; an array would be an invention."""
    try:
        got = read_back(f, raw)
    except Violation:
        error = f.raised
        # What is not raised by the reader on purpose tells the user nothing about the file.
        demand(isinstance(error, (ValueError, OSError, EOFError, zlib.error)), f"a ValueError or OSError: {wanted}",
               f"{type(error).__name__}: {error}")
        return
    raise Violation(f"an error: {wanted}", f"an array of shape {got.shape}")


@law("idx_reader", idx_arrays(), formula="00 00 code d | sizes, 4 bytes each | elements", source=FORMAT,
     mistake="Sizes or elements are read in the machine's byte order, the axes swapped, or one type assumed.")
def idx_reads_every_type(f, p: Case):
    """All six element types and any number of dimensions are read, byte by byte as the format describes them, into
    the type named in the header and the byte order of the machine."""
    demand_same(read_back(f, idx_bytes(p.array)), p.array)


@law("idx_reader", idx_arrays(), formula="f(gzip(file)) = f(file)", source="RFC 1952; the files are handed out gzipped",
     mistake="Compression is guessed from the name of the file, or not known at all.")
def idx_reads_gzip(f, p):
    """A gzipped file gives the same array. It is known by its first two bytes, 1f 8b: the name may say anything."""
    demand_same(read_back(f, gzip.compress(idx_bytes(p.array))), p.array)


@law("idx_reader", idx_arrays(), formula="bytes < header + elements  =>  error", source=FORMAT,
     mistake="The sizes of the header are not compared with what is there; the rest is made up or left out.")
def idx_refuses_a_short_file(f, p):
    """A download that broke off has fewer bytes than its header promises. That is an error, not a smaller array."""
    demand_refusal(f, idx_bytes(p.array)[:-1], "the last byte is missing")


@law("idx_reader", idx_arrays(), formula="bytes > header + elements  =>  error", source=FORMAT,
     mistake="Whatever follows the last element is passed over, so that a wrong header goes unnoticed.")
def idx_refuses_a_long_file(f, p):
    """A file with more bytes than its header promises is damaged, or its header is: an error too."""
    demand_refusal(f, idx_bytes(p.array) + b"\0", "one byte too many")


@law("idx_reader", idx_arrays(), formula="first two bytes != 00 00, or unknown code  =>  error", source=FORMAT,
     mistake="The header is skipped instead of read.")
def idx_refuses_what_is_not_idx(f, p):
    """The server's error page, a PNG, an unknown type code: what does not begin as IDX is refused."""
    raw = idx_bytes(p.array)
    demand_refusal(f, b"<!" + raw[2:], "the file begins with '<!', a web page")
    demand_refusal(f, raw[:2] + b"\x0a" + raw[3:], "type code 0x0A does not exist")


@law("idx_reader", idx_arrays(), formula="prod(sizes) > bytes  =>  error, at once", source=FORMAT,
     mistake="Memory for the promised elements is asked for before anyone looks whether they are there.")
def idx_refuses_a_lying_header(f, p):
    """A header of twelve bytes can promise 16 exabytes. The reader must see from the length of the file that they
    are not there, and say so, instead of running out of memory."""
    demand_refusal(f, struct.pack(">HBB2I", 0, 0x08, 2, 2**32 - 1, 2**32 - 1) + idx_bytes(p.array),
                   "the header promises 1.8e19 elements")


@law("idx_reader", st.just(Case(files=f"the {len(BROKEN)} of nnprune.laws.broken_idx.BROKEN")),
     formula="file in BROKEN  =>  error", source="the corpus of broken files: docs/corpus.md, tests/corpus/idx",
     mistake="One kind of damage is not looked for: gzip's check sum, say, or sizes whose product wraps around.")
def idx_refuses_every_broken_file(f, p):
    """Files that were cut short at every kind of byte, that are something else, state wrong sizes, were damaged on
    their way or unpack to far more than they promise: each is refused with an error that a caller can catch."""
    for name, (wrong, raw) in BROKEN.items():
        demand_refusal(f, raw, f"of the file {name}: {wrong}")


@law("idx_reader", st.just(Case(files=f"the {len(ODD)} of nnprune.laws.broken_idx.ODD")),
     formula="file in ODD  =>  its array", source="RFC 1952, section 2.2: a gzip file has members, not one; " + FORMAT,
     mistake="Only the first member of a gzip file is unpacked, or something rare is taken for an error.")
def idx_reads_every_odd_file(f, p):
    """Files that look strange and are valid: gzip in several members, no dimension at all, a size of 0, a thousandfold
    compression. Each is read."""
    for name, (odd, raw, array) in ODD.items():
        try:
            demand_same(read_back(f, raw), array)
        except Violation as violation:
            raise Violation(f"of the file {name} ({odd}): {violation.demanded}", violation.got) from None
