"""The page of reliability is that of the stored figures; the oldest versions are those that setup.cfg promises."""

import configparser
import json
import re
from pathlib import Path

import pytest
import reliability

ROOT = Path(__file__).parents[1]


def test_the_page_is_made_from_the_stored_figures():
    stored = json.loads(reliability.STORED.read_text())
    assert reliability.PAGE.read_text() == reliability.page(stored)
    # The part "versions" runs these very tests, before it is stored itself.
    assert set(stored) | {"versions"} == set(reliability.PARTS)


def test_no_fault_is_stored():
    stored = json.loads(reliability.STORED.read_text())
    assert [row[0] for found in stored.values() for row in found["rows"] if row[2]] == []


def test_the_oldest_versions_are_those_of_setup_cfg():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    promised = config["options"]["install_requires"] + config["options.extras_require"]["test"]
    pins = (ROOT / "tests" / "oldest.txt").read_text()
    for package, version in re.findall(r"^([a-z-]+)>=([0-9.]+)$", promised.strip(), re.M):
        assert re.search(rf"^{package}=={re.escape(version)}(\.0)*$", pins, re.M), package


def test_an_unknown_part_is_refused(capsys):
    with pytest.raises(SystemExit):
        reliability.main(["kils"])
    assert "unknown: kils; known are corpus, fuzzing" in capsys.readouterr().err


def test_faults_are_counted_and_said(monkeypatch, tmp_path, capsys):
    """A part that finds a fault ends in exit code 1, and the page says so."""
    part = type("Part", (), {"TITLE": "t", "ABOUT": "a", "run": staticmethod(lambda say: [("what", 3, 1, "note")])})
    monkeypatch.setattr(reliability, "part_of", lambda name: part)
    monkeypatch.setattr(reliability, "STORED", tmp_path / "r.json")
    monkeypatch.setattr(reliability, "PAGE", tmp_path / "r.md")
    assert reliability.main(["kills"]) == 1
    assert "**3 trials, 1 faults** in 1 parts" in (tmp_path / "r.md").read_text()
    assert "| what | 3 | 1 | note |" in (tmp_path / "r.md").read_text()
    assert "1 faults" in capsys.readouterr().out
