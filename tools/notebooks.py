"""The lessons as notebooks with their outputs, to be read on GitHub or in any program that shows notebooks.

    python tools/notebooks.py                 all of them, to build/notebooks, and build/nnprune-notebooks.zip
    python tools/notebooks.py 07 12           two lessons

Needs the extra ``docs`` (jupytext, nbclient). Each lesson runs in a folder of its own, in a new kernel, with broken
claims as errors. The zip is for a release: README links to the newest one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))

from lessons import find_lessons, kernel_surroundings, notebook_of  # noqa: E402

GITHUB = "https://github.com/nnprune/nnprune/blob/main/"


def executed(path: Path, env: dict[str, str], timeout: int = 240) -> str:
    """The notebook of a lesson with its outputs, as the text of an .ipynb; nbclient's error if a cell fails."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.from_dict(notebook_of(path))
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=timeout, resources={"metadata": {"path": folder}}).execute(env=env)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # the times of day: the same lesson must give the same file
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("`glossary.md`", f"[the glossary]({GITHUB}tutorials/glossary.md)")
    return nbformat.writes(notebook)


def main(argv: list[str] | None = None) -> int:
    """The program; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", nargs="*", metavar="NN", help="their numbers; all if none is given")
    parser.add_argument("--out", type=Path, default=Path("build") / "notebooks")
    arguments = parser.parse_args(argv)
    chosen = [path for path in find_lessons() if not arguments.lessons or path.stem[:2] in arguments.lessons]
    if not chosen or len(chosen) < len(set(arguments.lessons)):
        print(f"notebooks: the lessons are {', '.join(path.stem[:2] for path in find_lessons())}", file=sys.stderr)
        return 2
    home, env = kernel_surroundings()
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for path in chosen:
            print(f"running {path.name}", file=sys.stderr, flush=True)
            (arguments.out / f"{path.stem}.ipynb").write_text(executed(path, os.environ | env), encoding="utf-8")
    finally:
        shutil.rmtree(home, ignore_errors=True)
    made = arguments.out.parent / "nnprune-notebooks.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(arguments.out.glob("*.ipynb")):
            archive.write(file, f"nnprune-notebooks/{file.name}")
    print(f"{len(chosen)} notebooks in {arguments.out}, all of that folder in {made}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
