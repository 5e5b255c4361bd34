"""Grade three made-up submissions by the commands of ``docs/lecturers.md``, and write there what they print.

    python tools/grading_transcript.py

The page's own ``grade.sh`` and ``marks.py`` are run as they stand there. Ada hands in the solutions; Ben and Cleo those
of some lessons, with the mistakes below.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "lecturers.md"
SOLUTIONS = ROOT / "tutorials" / "solutions"
# Per student: lesson, what is replaced in its solution, and by what; an empty text hands in the whole solution.
CHANGES = {
    "ben": [("04", "", ""), ("07", "w**2 / (2 * np.diag(Hinv))", "w**2 / np.diag(Hinv)"),
            ("07", "w - w[q] / Hinv[q, q] * Hinv[:, q]", "w + w[q] / Hinv[q, q] * Hinv[:, q]")],
    "cleo": [("04", "", ""), ("07", "", ""), ("09", "(X):\n", "(X)\n"),
             ("12", "    for i in range(len(y)):\n        row = slice(indptr[i], indptr[i + 1])",
              "    for i in range(len(y)):\n        row = slice(indptr[i], indptr[i + 1] - 1)"),
             ("12", "return 1 - k / (n_out * n_in)", "return i / (v + i)"),
             ("12", "    silent = ~W1.any(axis=1)\n", "    return W1, b1, W2, b2\n"),
             ("12", "def remove_unit", "def remove_a_unit"),
             ("12", "    return W[mask]", "    while True:\n        pass\n    return W[mask]")],
}


def hand_in(folder: Path) -> None:
    """Write the three submissions.

    Raises
    ------
    ValueError
        If a solution no longer has what is to be replaced in it.
    """
    shutil.copytree(SOLUTIONS, folder / "ada", ignore=shutil.ignore_patterns("__pycache__"))
    for student, changes in CHANGES.items():
        (folder / student).mkdir()
        for lesson, old, new in changes:
            solution = next(SOLUTIONS.glob(f"{lesson}_*.py"))
            file = folder / student / solution.name
            text = (file if file.is_file() else solution).read_text(encoding="utf-8")
            if old not in text:
                raise ValueError(f"{solution} no longer has {old!r}")
            file.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")


def transcript(page: str) -> tuple[str, float]:
    """What the two programs on the page print, and the seconds of processor time that they took."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "submissions").mkdir()
        hand_in(folder / "submissions")
        for file, begin in (("grade.sh", "```bash\n"), ("marks.py", "```python\n")):
            (folder / file).write_text(page.split(begin)[1].split("```")[0], encoding="utf-8")
        (folder / "bin").mkdir()
        (folder / "bin" / "python").symlink_to(sys.executable)
        env = os.environ | {"PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
        before = os.times()
        done = subprocess.run("bash grade.sh 7; python marks.py", shell=True, cwd=folder, env=env, check=True,
                              capture_output=True, text=True)
        after = os.times()
    return done.stdout, after.children_user + after.children_system - before.children_user - before.children_system


def main() -> int:
    """The program; returns the exit code."""
    page, begin = PAGE.read_text(encoding="utf-8"), time.monotonic()
    printed, seconds = transcript(page)
    place = r"(python marks\.py` printed:\n\n```\n).*?(?=```)"
    page, found = re.subn(place, lambda m: m[1] + printed, page, flags=re.S)
    if not found:
        raise ValueError(f"{PAGE} has no place for the transcript")
    PAGE.write_text(page, encoding="utf-8")
    print(f"{printed}{seconds:.0f} s of processor time, {time.monotonic() - begin:.0f} s in all", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
