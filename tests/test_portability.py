"""What would break on another system, read off the files.

Names of files that Windows or macOS cannot hold or cannot tell apart, names of the standard library that Windows lacks,
and text files opened in the system's own encoding.

The suite runs without these names where ``NNPRUNE_WITHOUT_POSIX=1`` is set (``conftest.py``).
"""

import ast
import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

import nnprune

ROOT = Path(nnprune.__file__).parents[1]
SOURCES = [*sorted((ROOT / "nnprune").rglob("*.py")), *sorted((ROOT / "tests").rglob("*.py"))]

# name -> what a file that uses it must have, too: its other half on Windows.
POSIX = {
    r"\bfcntl\b": "none", r"\bos\.fork\b": "hasattr", r"\bos\.mkfifo\b": "hasattr",
    r"\bos\.(get|set)e?uid\b": "hasattr|win32", r"\bimport resource\b": "ImportError|linux",
    r"\.symlink_to\(": "links", r"\bos\.killpg\b": "posix",
    r"\bsignal\.SIGKILL\b": "SIGTERM|posix", r"\bpreexec_fn\b": "posix|\"nt\"", r"\bos\.statvfs\b": "hasattr",
}


def files():
    """All files of the checkout, as git knows them; of an unpacked source distribution those that are there."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return sorted(set(listed.stdout.splitlines()))
    return [p.relative_to(ROOT).as_posix() for p in ROOT.rglob("*") if p.is_file() and ".venv" not in p.parts]


def unportable(names):
    """Of these names those that Windows cannot hold, and those that only differ in capitals."""
    reserved = re.compile(r'(con|prn|aux|nul|com\d|lpt\d)(\..*)?|.*[<>:"|?*\\].*|.*[. ]', re.I)
    bad = [name for name in names if len(name) > 160 or any(map(reserved.fullmatch, PurePosixPath(name).parts))]
    seen = {}
    for name in names:
        seen.setdefault(name.lower(), []).append(name)
    return bad + [name for twins in seen.values() if len(twins) > 1 for name in twins]


def test_every_system_can_hold_the_names_and_tell_them_apart():
    assert unportable(files()) == []


@pytest.mark.parametrize("names", [["a/aux.py"], ["a/b?.md"], ["a/Net.py", "a/net.py"], ["a/b."], ["x" * 200]])
def test_and_others_are_found(names):
    assert unportable([*names, "a/c.py"]) == names


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_names_of_posix_have_their_other_half(path):
    if path == Path(__file__):
        pytest.skip("the names stand here as text")
    source = path.read_text(encoding="utf-8")
    for name, half in POSIX.items():
        assert not re.search(name, source) or re.search(half, source), f"{name} without {half}"


@pytest.mark.parametrize("path", [p for p in SOURCES if "nnprune" in p.relative_to(ROOT).parts[0]],
                         ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_package_names_the_encoding_of_every_text(path):
    """``read_text``, ``write_text`` and ``open`` in text mode: elsewhere the default is not UTF-8."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            named = {k.arg for k in node.keywords}
            if name in ("read_text", "write_text"):
                assert "encoding" in named, f"line {node.lineno}"
