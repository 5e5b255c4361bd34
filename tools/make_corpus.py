"""Write the corpus of broken files (``tests/corpus``) and its table, docs/corpus.md.

    python tools/make_corpus.py

Run it from a checkout in which nnprune is installed. A test holds files and page to what it would write. The builders:
``nnprune/laws/broken_idx.py``, which the laws of IDX readers judge with, and ``broken_npz.py``. What is found by
fuzzing goes in there, with a name and a line.
"""

from __future__ import annotations

from pathlib import Path

import broken_npz

from nnprune.laws import broken_idx

ROOT = Path(__file__).resolve().parents[1]
CORPUS, PAGE = ROOT / "tests" / "corpus", ROOT / "docs" / "corpus.md"

# What the message about an IDX file must say: a piece of it, and the files that it is for.
AGAIN, RIGHT = "; download or copy it again", "; is it the right file?"
SAYS = {
    "it is empty" + AGAIN: ["empty", "gzip-of-nothing"],
    "found only": ["cut-in-magic", "cut-before-type", "cut-before-dimensions", "cut-before-sizes", "cut-in-size",
                   "cut-between-sizes", "gzip-of-cut", "dimensions-255-missing", "gzip-of-promise"],
    "found no more than": ["cut-before-elements", "cut-in-element", "cut-last-byte", "cut-images",
                           "scalar-without-element", "type-too-wide", "dimensions-too-many", "sizes-backwards",
                           "size-minus-one", "size-most-negative", "sizes-wrap-32"],
    "expected more than 10^18 bytes": ["sizes-absurd", "sizes-wrap-64", "bytes-wrap-64", "sizes-255-absurd",
                                       "gzip-of-absurd"],
    "found the bytes 1f" + RIGHT: ["gzip-cut-in-magic"],
    "found the bytes 01 00 08 02" + RIGHT: ["magic-first-byte"],
    "found the bytes 00 01 08 02" + RIGHT: ["magic-second-byte"],
    "found the bytes 02 08 00 00" + RIGHT: ["magic-backwards"],
    "found the bytes 7b 22 65 72" + RIGHT: ["json"],
    "found the bytes 76 65 72 73 ('vers')" + RIGHT: ["git-lfs"],
    "found the bytes 6c 61 62 65 ('labe')" + RIGHT: ["csv"],
    "found the bytes 89 50 4e 47" + RIGHT: ["png", "gzip-of-png"],
    "found the bytes 93 4e 55 4d" + RIGHT: ["npy"],
    "found the bytes 50 4b 03 04" + RIGHT: ["zip"],
    "an HTML or XML page": ["html", "xml", "gzip-of-html"],
    "found 0x00" + RIGHT: ["zeros"],
    "found 0x0A" + RIGHT: ["type-0a"],
    "found 0xFF" + RIGHT: ["type-ff"],
    "dimensions that NumPy can hold": ["dimensions-255-of-one", "size-zero-hides-overflow"],
    "more bytes after them" + AGAIN: [
        "type-too-narrow", "dimensions-too-few", "extra-byte", "extra-newline", "extra-zeros", "twice", "line-ends",
        "utf-8", "gzip-of-extra", "gzip-second-file", "gzip-bomb"],
    "it was compressed twice; unpack it once, with gunzip": ["gzip-in-gzip", "gzip-in-gzip-in-gzip"],
    "expected an undamaged gzip file, found a damaged one": [
        "gzip-cut-after-magic", "gzip-cut-in-header", "gzip-cut-before-data", "gzip-cut-in-data", "gzip-cut-before-sum",
        "gzip-cut-in-sum", "gzip-cut-in-length", "gzip-second-member-cut", "gzip-bad-sum", "gzip-bad-length",
        "gzip-bad-element", "gzip-bad-method", "gzip-bad-block", "gzip-bad-stored", "gzip-junk", "gzip-second-bad-sum",
        "gzip-second-plain", "gzip-extra-cut"],
}
IDX_SAYS = {name: says for says, names in SAYS.items() for name in names}

# What no archive can hold is made by the tests: what it is, for which reader, and the verdict.
PLACES = {
    "no such file": ("a path at which there is nothing", "`FileNotFoundError`"),
    "folder": ("a folder under the name of the file", "`IsADirectoryError`, \"expected a file, found a folder\""),
    "link loop": ("a symbolic link that leads to itself", "`OSError` of the system, ELOOP"),
    "link to nothing": ("a symbolic link to a file that is gone", "`FileNotFoundError`"),
    "no permission": ("a file that its owner made unreadable (a test run by root gives up its rights for that moment)",
                      "`PermissionError`"),
    "pipe": ("a named pipe that nobody writes to", "\"a device or a pipe\", at once"),
    "device": ("/dev/zero, which never ends", "\"a device or a pipe\", at once"),
    "name too long": ("a name of 5,000 letters", "`OSError` of the system"),
    "swapped": ("labels in the file of the images (`load_mnist`)", "`IdxError`, \"are the image and the label file "
                "swapped?\""),
    "large gzip": ("2 MB of gzip that promise 1 GB", "`IdxError`, \"it may be a gzip bomb; if you trust it, unpack it "
                   "with gunzip\""),
    "many members": ("an archive whose directory names the same 1 MB 5,000 times",
                     "`ValueError`, \"it may be a zip bomb\""),
}

HEAD = """# The corpus of broken files

{n_broken} damaged or inconsistent files and {n_odd} that look odd and are valid, in `tests/corpus` ({n_bytes:,} bytes).
They are public: run your own reader of IDX or `.npz` files on them. This page and the files are made by
`python tools/make_corpus.py`; `tests/datasets/test_corpus.py` holds them to each other and to what `read_idx` and
`MLP.load` do:

- a broken file ends in the error that stands here, whose message names the file, says what is wrong and, where there is
  one, the remedy; nothing else is raised and no warning is given;
- an odd file gives its array or net;
- the peak memory of a process that reads them all stays below 512 MB. What a header promises is compared with what can
  be there before memory is asked for. An honest file may unpack to at most the larger of 100 times its size and 256 MB
  (IDX) or 128 MB (a net, of which `MLP.load` makes a copy; `save` does not compress larger ones).

An IDX reader of your own, in Python, is judged on the same files by
`python -m nnprune.laws homework:my_reader --as idx_reader` ([the laws](laws.md)).

## Fuzzing

The corpus was begun by hand and is the seed of two coverage-guided fuzzers (atheris, in the extra `dev`; Linux only):

```
python -m pip install -e ".[dev]"
python tools/fuzz.py idx --minutes 30
python tools/fuzz.py net --minutes 30
```

Each mutates the files, guided by which lines of nnprune, `gzip` and `zipfile` they reach, as they are and with
corrected check sums, so that mutations get past them; every fourth input is a valid file with a few random changes.
A finding is an exception other than the documented one, a message that does not name the file, a warning, a wrong
array, a net that contradicts itself or does not survive `save` and `load`, 512 MB, or 10 seconds. It is made smaller
and left in the folder that the command prints; `--replay FILE` shows it again. It goes into a builder with a name, and
from there into this corpus. `--work FOLDER` goes on from an earlier run.
"""


def files():
    """{path within the corpus: bytes}, all of them."""
    made = {f"idx/{name}": raw for name, (_, raw) in broken_idx.BROKEN.items()}
    made |= {f"idx/odd/{name}": raw for name, (_, raw, _) in broken_idx.ODD.items()}
    made |= {f"npz/{name}.npz": raw for name, (_, _, raw) in broken_npz.BROKEN.items()}
    return made | {f"npz/odd/{name}.npz": raw for name, (_, raw) in broken_npz.ODD.items()}


def page():
    """docs/corpus.md as text."""
    n_odd = len(broken_idx.ODD) + len(broken_npz.ODD)
    n_bytes = sum(map(len, files().values()))
    idx = [(name, len(raw), wrong, IDX_SAYS[name]) for name, (wrong, raw) in broken_idx.BROKEN.items()]
    npz = [(f"{name}.npz", len(raw), wrong, says) for name, (wrong, says, raw) in broken_npz.BROKEN.items()]
    odd = [(f"idx/odd/{name}", len(raw), what, f"{a.dtype} of shape {a.shape}")
           for name, (what, raw, a) in broken_idx.ODD.items()]
    odd += [(f"npz/odd/{name}.npz", len(raw), what, "the net 2-3-2") for name, (what, raw) in broken_npz.ODD.items()]
    return "\n".join([
        HEAD.format(n_broken=len(idx) + len(npz), n_odd=n_odd, n_bytes=n_bytes),
        f"## {len(idx)} broken IDX and gzip files, in `tests/corpus/idx`: `IdxError`\n",
        table(("file", "bytes", "what is wrong", "the message says"), idx),
        f"## {len(npz)} broken nets, in `tests/corpus/npz`: `ValueError`\n",
        table(("file", "bytes", "what is wrong", "the message says"), npz),
        f"## {n_odd} odd files that are valid\n", table(("file", "bytes", "what is odd", "verdict"), odd),
        "## Made by the tests, since no archive can hold them\n",
        table(("name", "what it is", "verdict"), [(name, *row) for name, row in PLACES.items()])])


def table(head, rows):
    """A Markdown table."""
    lines = [[str(cell).replace("|", "\\|") for cell in line] for line in (head, ["---"] * len(head), *rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write():
    """Write all files and the page; remove what is no longer made."""
    made = files()
    for folder in ("idx", "npz"):
        for path in (CORPUS / folder).rglob("*"):
            if path.is_file() and path.relative_to(CORPUS).as_posix() not in made:
                path.unlink()
    for name, raw in made.items():
        path = CORPUS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{len(made)} files, {sum(map(len, made.values())):,} bytes, and {PAGE}")


if __name__ == "__main__":
    write()
