"""``nnprune lessons``: the lessons without a checkout."""

import configparser
import importlib.metadata
from pathlib import Path, PurePosixPath

import pytest

import nnprune
from nnprune import lessons

ROOT = Path(nnprune.__file__).parents[1]


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*"))
            if p.is_file() and "__pycache__" not in p.parts}


def test_the_list_has_every_lesson(capsys):
    assert lessons.main([]) == 0
    listed = [line[:2] for line in capsys.readouterr().out.splitlines()[:-2]]
    assert listed == [p.name[:2] for p in sorted(lessons.lessons_folder().glob("[0-9]*.py"))]


def test_the_lessons_are_laid_into_a_new_folder(tmp_path, capsys):
    assert lessons.main(["--copy", str(tmp_path / "mine")]) == 0
    assert tree(tmp_path / "mine") == tree(lessons.lessons_folder())
    assert "nnprune exercises 02" in capsys.readouterr().out
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_what_is_there_is_not_written_over(tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    assert lessons.main(["--copy", str(tmp_path / "mine")]) == 0  # an empty folder will do
    (tmp_path / "mine" / "exercises" / "02_write_a_network.py").write_text("my answers", encoding="utf-8")
    before = tree(tmp_path / "mine")
    assert lessons.main(["--copy", str(tmp_path / "mine")]) == 2
    assert "may hold answers of yours: name a new folder" in capsys.readouterr().err
    assert tree(tmp_path / "mine") == before
    assert lessons.main(["--copy", str(tmp_path / "no" / "folder")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_a_failed_copy_leaves_nothing(tmp_path, monkeypatch):
    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lessons.os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        lessons.copy_lessons(tmp_path / "mine")
    assert list(tmp_path.iterdir()) == []


def test_the_wheel_has_the_lessons():
    """Each file of tutorials/ is matched by a pattern of setup.cfg, with its folder."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = {target: [p.strip() for p in value.replace(",", "\n").splitlines() if p.strip()]
                for target, value in setup["options.data_files"].items()}
    for name in tree(ROOT / "tutorials"):
        folder = PurePosixPath("share/nnprune/tutorials", name).parent
        assert any(PurePosixPath("tutorials", name).match(pattern) for pattern in patterns[str(folder)]), name


def test_without_a_checkout_they_are_where_pip_has_put_them(tmp_path, monkeypatch):
    (tmp_path / "share" / "nnprune" / "tutorials").mkdir(parents=True)
    (tmp_path / "share" / "nnprune" / "tutorials" / "README.md").write_text("| 00 | Why |", encoding="utf-8")

    class Installed(PurePosixPath):
        def locate(self):
            return tmp_path / "share" / "nnprune" / "tutorials" / "README.md"

    monkeypatch.setattr(lessons, "__file__", str(tmp_path / "site" / "nnprune" / "lessons.py"))
    monkeypatch.setattr(importlib.metadata, "files", lambda _: [Installed("../share/nnprune/tutorials/README.md")])
    assert lessons.lessons_folder() == (tmp_path / "share" / "nnprune" / "tutorials").resolve()
    monkeypatch.setattr(importlib.metadata, "files", lambda _: None)
    with pytest.raises(FileNotFoundError, match="were not installed with nnprune"):
        lessons.lessons_folder()
