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
# From the ground up: a module may import what stands before it and nothing else of the package.
ORDER = """
files checks command activations masks linalg downdate progress backprop losses idx_reader mnist_files idx download
datasets strokes pen digits monks npz_reader netfile
mlp
sgd parameters pearlmutter jacobian curvature hessian result compact
magnitude snip lottery obd woodbury lobs_exact speed estimate
obs_surgery obs_run obs obs_factored lobs_stale lobs_sequential lobs
handover schedule tempered gradual plan stages stage_run
certificate_file certificate costs stopwatch ledger_table ledger
circumstances run_folder experiment plots lesson demo_report demo
""".split()
# The pruners know nothing of each other; `schedule` takes them as arguments, `handover` puts two of them together.
PRUNERS = {"magnitude", "snip", "obd", "obs", "obs_factored", "lobs"}
MODULES = sorted(p.stem for p in PACKAGE.glob("*.py") if p.stem not in ("__init__", "__main__"))


def imports(module):
    """(modules of the package, other top-level packages) that a module imports anywhere in its code."""
    own, others = set(), set()
    for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            own |= {node.module} if node.module else {a.name for a in node.names if a.name in MODULES}
        elif isinstance(node, ast.ImportFrom):
            others.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            others |= {a.name.split(".")[0] for a in node.names}
    return own, others


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down_only(module):
    assert module in ORDER, f"{module} has no place in the house yet"
    above = {m for m in imports(module)[0] if ORDER.index(m) >= ORDER.index(module)}
    assert not above


@pytest.mark.parametrize("module", sorted(PRUNERS & set(MODULES)))
def test_no_pruner_imports_another(module):
    assert not imports(module)[0] & PRUNERS


@pytest.mark.parametrize("module", MODULES)
def test_only_plots_imports_matplotlib_and_nothing_imports_hypothesis(module):
    others = imports(module)[1]
    assert "hypothesis" not in others
    assert ("matplotlib" in others) == (module == "plots")


def test_experiments_stand_on_the_frame_and_not_on_each_other():
    experiments = set(EXPERIMENTS.values())
    for path in (PACKAGE / "reproduce").glob("*.py"):
        own = {node.module for node in ast.walk(ast.parse(path.read_text()))
               if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module}
        assert not own & experiments, path.name
    for module in MODULES:
        assert not {"reproduce", "replay", "exercises"} & {m.split(".")[0] for m in imports(module)[0] if m}


@pytest.mark.parametrize("path", sorted((PACKAGE / "reproduce").glob("[a-z]*.py")), ids=lambda p: p.stem)
def test_docstring_examples_of_the_reproductions(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(importlib.import_module(f"nnprune.reproduce.{path.stem}")).failed == 0


@pytest.mark.parametrize("module", MODULES)
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
    assert f"## {nnprune.__version__}" in (root / "CHANGELOG.md").read_text()
    assert re.search(rf"^version: {re.escape(nnprune.__version__)}$", (root / "CITATION.cff").read_text(), re.M)
