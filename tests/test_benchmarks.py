"""The benchmarks' frame: rows, the worst of several runs, the tables of the page. What they measure is run by hand."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
if not FOLDER.exists():
    pytest.skip("no benchmarks beside the tests", allow_module_level=True)

TINY = """
import os
from measure import row, shortest, threads
s = shortest({"slow": lambda: 2.0, "fast": lambda: 1.0}, 2)
row("work", s["slow"] * threads(), "the bare work", s["fast"], goal=2)
row("more", 1.0, "the bare work", 4.0)
"""


@pytest.fixture
def run(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import run
    yield run
    sys.modules.pop("run")


def test_a_table_has_the_worst_of_the_runs_of_each_row(run):
    def row(name, ratio, threads=1):
        return {"name": name, "baseline": "b", "threads": threads, "ratio": ratio}

    found = run.worst([[row("a", 1.0), row("b", 3.0)], [], [row("a", 2.0), row("a", 9.0, threads=2)]])
    assert {key: r["ratio"] for key, r in found.items()} == {("a", "b", 1): 2.0, ("b", "b", 1): 3.0, ("a", "b", 2): 9.0}


@pytest.mark.parametrize("name", ["second_order", "family", "patterns", "damping"])
def test_a_table_is_made_from_its_json(name, monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    findings, script = importlib.import_module("findings"), importlib.import_module(name)
    found = json.loads((findings.DOCS / f"{name}.json").read_text(encoding="utf-8"))
    assert found["commit"]
    assert {"machine", "images", "damping", "nets"} <= set(found)
    assert findings.part(name, found, script.table) in (findings.DOCS / script.PAGE).read_text(encoding="utf-8")


def test_a_script_puts_its_table_between_its_marks(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(FOLDER))
    findings = importlib.import_module("findings")
    begin, end = findings.marks("tiny")
    (tmp_path / "page.md").write_text(f"before\n{begin}\nold\n{end}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(findings, "DOCS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["tiny.py", "--authors", "/home/me/net", "--fresh", "--seeds", "2"])
    findings.write("tiny", "page.md", {"nets": [1, 2]}, lambda found: [f"| {sum(found['nets'])} |"], images="7",
                   damping="0.5")
    page, found = (tmp_path / "page.md").read_text(), json.loads((tmp_path / "tiny.json").read_text())
    assert page.startswith(f"before\n{begin}\n| 3 |\n")
    assert page.endswith(f"{end}\nafter\n")
    assert "old" not in page
    assert found["command"] == "python benchmarks/tiny.py --authors DIR --seeds 2"


def test_rows_of_a_script_come_to_the_page(run, tmp_path, monkeypatch):
    script = tmp_path / "tiny.py"
    script.write_text(TINY)
    monkeypatch.setenv("PYTHONPATH", str(FOLDER))
    monkeypatch.setattr(run, "scripts", lambda: {"tiny": script})
    monkeypatch.setattr(run, "JSON", tmp_path / "rows.json")
    monkeypatch.setattr(run, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(run.os, "cpu_count", lambda: 3)
    monkeypatch.setattr(sys, "argv", ["run.py", "--runs", "2"])
    (tmp_path / "page.md").write_text(f"before\n{run.BEGIN}\nold\n{run.END}\nafter\n")
    run.main()
    rows = json.loads((tmp_path / "rows.json").read_text())["tiny"]["rows"]
    assert [(r["name"], r["threads"], r["ratio"], r["runs"]) for r in rows] == [
        ("work", 1, 2.0, 2), ("more", 1, 0.25, 2), ("work", 3, 6.0, 2), ("more", 3, 0.25, 2)]
    page = (tmp_path / "page.md").read_text()
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    assert "| work | 1 | 2 | the bare work | 1 | **2.00** of 2 | 2, met |" in page
    assert "| work | 3 | 6 | the bare work | 1 | **6.00** of 2 | 2, missed |" in page
    assert "old" not in page


def test_a_script_that_fails_leaves_its_rows_out(run, tmp_path, capfd):
    script = tmp_path / "broken.py"
    script.write_text("raise SystemExit(3)")
    assert run.rows_of(sys.executable, script, 1, {}) == []
    assert "broken.py" in capfd.readouterr().err


def test_the_page_has_a_place_for_the_tables_and_run_finds_the_scripts(run):
    assert run.PAGE.read_text(encoding="utf-8").count(run.BEGIN) == 1
    assert run.PAGE.read_text(encoding="utf-8").count(run.END) == 1
    assert {"train", "obs"} <= set(run.scripts())
    command = [sys.executable, str(FOLDER / "run.py"), "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "train" in shown.stdout
