"""Types: what ``py.typed`` promises. A user's program passes ``mypy --strict``, and wrong uses are reported."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import nnprune

SCRIPTS = Path(__file__).parent / "typing"
RIGHT, WRONG = SCRIPTS / "uses_everything.py", SCRIPTS / "wrong_uses.py"


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """The lines on which mypy reports an error in each of the scripts, and all that it says."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip('mypy is not installed: pip install "nnprune[dev]"')
    done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--config-file", "", "--cache-dir",
                           tmp_path_factory.mktemp("mypy"), "--follow-imports", "silent", "--show-error-codes", RIGHT,
                           WRONG],
                          capture_output=True, text=True, cwd=Path(nnprune.__file__).parents[1])
    assert done.returncode in (0, 1), done.stdout + done.stderr
    lines = {script: {int(n) for n in re.findall(rf"{script.name}:(\d+): error", done.stdout)}
             for script in (RIGHT, WRONG)}
    return lines, done.stdout


def test_pyright_agrees_where_it_is_installed(tmp_path):
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed: npm install pyright")
    done = subprocess.run([pyright, "--pythonpath", sys.executable, RIGHT, WRONG], capture_output=True, text=True,
                          cwd=Path(nnprune.__file__).parents[1])
    found = set(re.findall(r"(\w+\.py):(\d+):\d+ - error", done.stdout))
    assert found == {(WRONG.name, str(n)) for n in marked()}, done.stdout


def marked():
    """The numbers of the lines that are wrong."""
    return {n for n, line in enumerate(WRONG.read_text().splitlines(), 1) if line.endswith("# wrong")}


def test_a_script_that_uses_every_public_name_passes_the_strict_check(reported):
    lines, text = reported
    assert lines[RIGHT] == set(), text


def test_it_runs(tmp_path):
    done = subprocess.run([sys.executable, RIGHT], capture_output=True, text=True, cwd=tmp_path,
                          env={**os.environ, "PYTHONPATH": str(Path(nnprune.__file__).parents[1])})
    assert done.returncode == 0, done.stderr
    assert "all public names were used" in done.stdout


def test_no_public_name_is_missing_in_it():
    used = {node.attr for node in ast.walk(ast.parse(RIGHT.read_text())) if isinstance(node, ast.Attribute)}
    used |= {node.id for node in ast.walk(ast.parse(RIGHT.read_text())) if isinstance(node, ast.Name)}
    assert set(nnprune.__all__) <= used


def test_every_wrong_use_is_reported_and_nothing_else(reported):
    lines, text = reported
    assert len(marked()) > 15
    assert lines[WRONG] == marked(), text
