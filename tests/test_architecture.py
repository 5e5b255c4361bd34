"""The house rules: imports go down only, one module draws, every docstring example runs."""

import ast
import doctest
import importlib
import re
from pathlib import Path

import pytest

import nnprune
from nnprune.reproduce import EXPERIMENTS

PACKAGE = Path(nnprune.__file__).parent
# From the ground up: a module may import its own room, those on the floors below and those BESIDE it, nothing else.
FLOORS = [{"_util", "datasets"}, {"nn"}, {"hessian"}, {"pruning"}, {"analysis", "interop", "laws", "plots"},
          {"exercises", "replay", "explore", "reproduce", "lesson", "lessons", "demo"}]
BESIDE = {("datasets", "_util"), ("demo", "reproduce"), ("replay", "reproduce"), ("explore", "replay"),
          ("exercises", "lesson"), ("analysis", "plots")}
MODULES = {".".join(p.relative_to(PACKAGE).with_suffix("").parts): p for p in sorted(PACKAGE.rglob("*.py"))
           if p.stem not in ("__init__", "__main__")}


def imports(path):
    """(modules of the package as dotted names, other top-level packages) that a file imports anywhere in its code."""
    own, others = set(), set()
    here = ("nnprune", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            name = ".".join([*(here[:len(here) - node.level + 1] if node.level else ()),
                             *([node.module] if node.module else [])])
            names = [f"{name}.{alias.name}" for alias in node.names] if name == "nnprune" else [name]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        own |= {n.removeprefix("nnprune.") for n in names if n.split(".")[0] == "nnprune"}
        others |= {n.split(".")[0] for n in names if n.split(".")[0] != "nnprune"}
    return own, others


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room in ("__init__", "__main__"):
        return
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}
    assert room in floor, f"{room} has no place in the house yet"
    for name in imports(path)[0]:
        other = name.split(".")[0]
        if other in floor:
            assert other == room or floor[other] < floor[room] or (room, other) in BESIDE, name


def test_a_method_imports_at_most_four_modules_of_methods_and_hessians():
    """What returns, counts and validates is not counted; the table of methods imports them all."""
    for module, path in MODULES.items():
        if module.startswith("pruning.") and module != "pruning.methods":
            own = {name for name in imports(path)[0] if re.match(r"(pruning|hessian)\.(?!result$|masks$)", name)}
            assert len(own) <= 4, (module, own)


@pytest.mark.parametrize("module", MODULES)
def test_only_plots_imports_matplotlib_and_only_laws_and_exercises_hypothesis(module):
    others = imports(MODULES[module])[1]
    assert "hypothesis" not in others or module.split(".")[0] in ("laws", "exercises")
    assert ("matplotlib" in others) == (module == "plots")


def test_experiments_stand_on_the_frame_and_not_on_each_other():
    for path in (PACKAGE / "reproduce").rglob("*.py"):
        for name in imports(path)[0]:
            room, *folder = name.split(".")[:2]
            if room == "reproduce" and folder and folder[0] in EXPERIMENTS.values():
                assert folder[0] in path.relative_to(PACKAGE).parts, path


@pytest.mark.parametrize("module", [m for m in MODULES if m.split(".")[0] not in ("laws", "exercises")])
def test_docstring_examples(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(f"nnprune.{module}"))
    assert found.failed == 0


def test_every_public_name_has_a_docstring_and_is_exported():
    for name in nnprune.__all__:
        assert getattr(nnprune, name).__doc__, name
    assert nnprune.__all__ == sorted(nnprune.__all__, key=lambda n: (not n.isupper(), not n[0].isupper(), n))


def test_the_version_is_the_same_everywhere():
    root = PACKAGE.parent
    if not (root / "CHANGELOG.md").exists():
        pytest.skip("installed without the checkout: there is no CHANGELOG to compare with")
    cited = (root / "CITATION.cff").read_text()
    assert re.search(rf"^version: {re.escape(nnprune.__version__)}$", cited, re.M)
    date = re.search(r"^date-released: (\d{4}-\d\d-\d\d)$", cited, re.M)[1]
    assert f"\n## {nnprune.__version__} - {date}\n" in (root / "CHANGELOG.md").read_text()
