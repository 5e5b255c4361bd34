"""The corpus of broken files, by its own tests."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

TITLE = "Broken files"
ABOUT = """Every file of the [public corpus](corpus.md) (IDX, gzip, npz and certificates, damaged in every way we could
think of, and some that are odd but valid) gets the verdict recorded for it: the documented error, with the
name of the file and what is wrong in the message, no warning, and never more than 512 MB. Links, pipes, folders and
files without permission are made by the test. A trial is a test of `tests/datasets/test_corpus.py`."""
ROOT = Path(__file__).parents[2]


def run(say):
    """The tests of the corpus in a process of their own: a row for the page."""
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/datasets/test_corpus.py"],
                          cwd=ROOT, capture_output=True, text=True, check=False,
                          env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    summary = done.stdout.strip().splitlines()[-1]
    if done.returncode:
        say(done.stdout[-3000:])
    passed = sum(int(n) for n in re.findall(r"(\d+) passed", summary))
    failed = sum(int(n) for n in re.findall(r"(\d+) (?:failed|errors?)", summary))
    files = sum(1 for folder in ("idx", "npz") for p in (ROOT / "tests" / "corpus" / folder).rglob("*") if p.is_file())
    return [("files and places", passed + failed, failed + (not passed), f"{files} files in the corpus")]
