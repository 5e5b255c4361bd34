"""``python -m nnprune.exercises``: what a student sees, above all where the file is broken."""

import json
import shutil
from pathlib import Path

import pytest

import nnprune.exercises.__main__ as cli
from nnprune.exercises import files, judge
from nnprune.exercises.files import STEMS, exercises_of, read_functions

TUTORIALS = Path(__file__).parents[2] / "tutorials"
NAME = f"{STEMS['07']}.py"


@pytest.fixture
def folder(tmp_path):
    """A student's folder, with the solution of lesson 07 to be broken."""
    shutil.copy(TUTORIALS / "solutions" / NAME, tmp_path)
    return tmp_path


def spoil(folder, old, new):
    """Replace a piece of the student's file."""
    text = (folder / NAME).read_text()
    assert old in text
    (folder / NAME).write_text(text.replace(old, new, 1))


def run(folder, capsys, *options):
    """(exit code, what is printed, what is complained of)."""
    code = cli.main([*options, "--folder", str(folder), "--examples", "10"])
    return code, *capsys.readouterr()


def test_a_right_file_is_done(folder, capsys):
    code, out, _ = run(folder, capsys, "7")
    assert code == 0
    assert "5 of 5 functions done" in out
    assert "All done" in out


def test_a_wrong_function_gets_the_smallest_case_what_to_look_at_and_what_is_right_already(folder, capsys):
    spoil(folder, "w**2 / (2 * np.diag(Hinv))", "w**2 / np.diag(Hinv)")
    code, out, _ = run(folder, capsys, "07", "--only", "saliency")
    assert code == 1
    assert "WRONG saliency" in out
    assert "The factor 1/2 is missing." in out
    assert "smallest case   w = [0. , 0.5]" in out
    assert "look at         lesson 07, section 2" in out
    assert "right already" in out
    assert "saliency_is_positive" in out.split("right already")[1]


@pytest.mark.parametrize(("old", "new", "message"), [
    ("return w**2 /", "return w**2 / /", f"{NAME}, line 8: SyntaxError: invalid syntax"),
    ("    return w**2", "  return w**2", f"{NAME}, line 8: IndentationError"),
    ("import numpy as np", "import nunpy as np", "line 3: ModuleNotFoundError: No module named 'nunpy'"),
    ("import numpy as np", "import numpy as np\nexit(3)", "line 4: SystemExit: 3 (raised while the file was read"),
    ("import numpy as np", "import numpy as np\nprint(1 / 0)", "line 4: ZeroDivisionError: division by zero"),
])
def test_a_file_that_cannot_be_read_says_where(folder, capsys, old, new, message):
    spoil(folder, old, new)
    code, out, err = run(folder, capsys, "07")
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("error: ")


@pytest.mark.parametrize("content", [
    b"\xff\xfe\x00\x01" * 10, "x = 1".encode("utf-16"), '"""Gewichte für OBS."""'.encode("latin-1")])
def test_a_file_that_is_no_text(folder, capsys, content):
    (folder / NAME).write_bytes(content)
    code, _, err = run(folder, capsys, "07")
    assert code == 2
    assert NAME in err
    assert "save the file as text in UTF-8" in err


@pytest.mark.parametrize(("line", "remedy"), [
    ("import nunpy", "is its name misspelt, or is it not installed?"),
    ("from numpy import arrray", "is the name misspelt?"),
    ("n = int(input('How many? '))", "nobody answers input() here: write the value into the file instead"),
    ("import sys; sys.exit()", "take exit() out of the file"),
])
def test_what_stops_the_reading_is_said_with_what_to_do(folder, capsys, line, remedy):
    spoil(folder, "import numpy as np", f"import numpy as np\n{line}\n")
    text = (folder / NAME).read_text()
    (folder / NAME).write_text(text.replace("def saliency", "def salience"))  # one is missing, so nothing is judged
    code, _, err = run(folder, capsys, "07")
    assert code == 2
    assert remedy in err
    assert len(err.strip().splitlines()) == 1


def test_a_file_of_nearly_the_right_name_is_named(folder, capsys):
    (folder / NAME).rename(folder / "07_prune_by_obs (1).py")
    shutil.copy(TUTORIALS / "solutions" / f"{STEMS['12']}.py", folder)
    code, _, err = run(folder, capsys, "07")
    assert code == 2
    assert "there is 07_prune_by_obs (1).py: rename it" in err


def test_a_loop_outside_of_the_functions_is_ended(folder, capsys, monkeypatch):
    monkeypatch.setattr(files, "READ_SECONDS", 0.5)
    spoil(folder, "import numpy as np", "import numpy as np\nwhile True:\n    pass")
    code, _, err = run(folder, capsys, "07")
    assert code == 2
    assert "a loop outside of the functions does not end" in err


def test_an_endless_loop_in_a_function_is_ended_and_the_others_are_judged(folder, capsys, monkeypatch):
    monkeypatch.setattr(judge, "DEADLINE", 0.5)
    spoil(folder, "    return w**2", "    while True:\n        pass\n    return w**2")
    code, out, _ = run(folder, capsys, "07")
    assert code == 1
    assert "no answer within 0.5 s: does every loop end?" in out
    assert out.count("no answer within") == 2  # saliency, and remove, which calls it
    assert out.count("A loop never ends") == 2
    assert "done     update" in out


@pytest.mark.parametrize(("new", "message"), [
    ("return (w**2 / (2 * np.diag(Hinv)))[:, None]", "shape (2, 1)"),
    ("return w @ w", "shape ()"),
    ("pass", "Is there a `return` at the end?"),
    ("return 'L'", "str of dtype"),
    ("return 1 / 0", "it raised ZeroDivisionError: division by zero, line 8"),
    ("w *= 2; return w**2 / (8 * np.diag(Hinv))", "W = W.copy()"),
    ("return w**2 / (2 * np.diag(Hinv)) + np.random.rand()", "likely mistake"),
])
def test_a_wrong_shape_a_crash_and_the_like_say_what_came_out(folder, capsys, new, message):
    spoil(folder, "return w**2 / (2 * np.diag(Hinv))", new)
    code, out, _ = run(folder, capsys, "07", "--only", "saliency")
    assert code == 1
    assert message in out


def test_a_function_that_is_gone_or_takes_other_arguments(folder, capsys):
    spoil(folder, "def saliency(w, Hinv)", "def salience(w, Hinv)")
    spoil(folder, "def update(w, Hinv, q)", "def update(w, Hinv)")
    code, out, _ = run(folder, capsys, "07")
    assert code == 1
    assert "MISSING saliency" in out
    assert "to be called as saliency(w, Hinv) -> L" in " ".join(out.split())
    assert "takes 2 positional arguments but 3 were given" in out


def test_the_overview_has_a_line_a_lesson_and_goes_on_past_a_broken_file(folder, capsys):
    spoil(folder, "w**2 / (2 * np.diag(Hinv))", "w**2 / np.diag(Hinv)")
    code, out, _ = run(folder, capsys)
    assert code == 1
    lines = out.splitlines()
    assert len(lines) == len(STEMS)
    assert "wrong: saliency" in next(line for line in lines if line.strip().startswith("07"))
    assert sum("is missing" in line for line in lines) == len(STEMS) - 1


def test_the_json_is_for_grading(folder, capsys):
    code, out, _ = run(folder, capsys, "07", "--json")
    assert code == 0
    records = json.loads(out)
    assert [r["function"] for r in records] == [e.name for e in exercises_of("07")]
    assert all(r["state"] == "done" and len(r["laws_kept"]) == r["laws"] for r in records)


def test_hints_are_shown_one_at_a_time(folder, capsys):
    hints = exercises_of("07")[1].hints
    for number, asked in ((1, ["update"]), (2, ["update", "2"]), (len(hints), ["update", str(len(hints))])):
        code, out, _ = run(folder, capsys, "07", "--hint", *asked)
        assert code == 0
        assert [h for h in hints if h in " ".join(out.split())] == [hints[number - 1]]
        assert (f"--hint update {number + 1}" in out) == (number < len(hints))


@pytest.mark.parametrize(("options", "message"), [
    (["99"], "there are exercises for lessons"),
    (["01"], "there are exercises for lessons"),
    (["--only", "saliency"], "--only needs the number of a lesson"),
    (["--hint", "saliency"], "--hint needs the number of a lesson"),
])
def test_a_wrong_command_line(options, message, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(options)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(("options", "message"), [
    (["07", "--only", "salience"], "lesson 07 has no function 'salience'; it has saliency, update"),
    (["07", "--hint", "updat"], "lesson 07 has no function 'updat'; it has saliency, update"),
    (["07", "--hint", "update", "9"], "update has the hints 1 to"),
    (["07", "--examples", "0"], "--examples must be a whole number of at least 1, but it is 0"),
    (["07", "--folder", "/no/such"], "no file of exercises, such as 07_prune_by_obs.py, in /no/such"),
])
def test_a_wrong_option(options, message, capsys):
    assert cli.main(options) == 2
    assert message in capsys.readouterr().err


def test_it_is_found_from_the_checkout_and_from_the_folder_itself(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert files.find_folder() == Path(".")
    monkeypatch.chdir(TUTORIALS.parent)
    assert files.find_folder() == Path("tutorials/exercises")


def test_in_the_folder_of_the_lessons_the_exercises_are_found(monkeypatch):
    tutorials = Path(__file__).resolve().parents[2] / "tutorials"
    monkeypatch.chdir(tutorials)
    assert files.find_folder().resolve() == tutorials / "exercises"


def test_a_renamed_function_is_asked_about(folder, capsys):
    spoil(folder, "def saliency(w, Hinv)", "def salience(w, Hinv)")
    _, out, _ = run(folder, capsys, "07", "--only", "saliency")
    assert "Did you mean salience? If so, name it saliency." in " ".join(out.split())


def test_the_file_of_another_lesson_is_named(folder, capsys):
    shutil.copy(TUTORIALS / "solutions" / f"{STEMS['12']}.py", folder / NAME)
    code, _, err = run(folder, capsys, "07")
    assert code == 2
    assert f"functions of lesson 12: is it that lesson's file, {STEMS['12']}.py?" in err


def test_the_lesson_itself_is_not_run(folder, capsys):
    shutil.copy(TUTORIALS / NAME, folder)
    code, _, err = run(folder, capsys, "07")
    assert code == 2
    assert "is the lesson itself" in err


@pytest.mark.parametrize("name", [f"{STEMS['07']}.ipynb", NAME])
def test_a_notebook_is_read_cell_by_cell(folder, capsys, name):
    parts = (folder / NAME).read_text().split("\n\n\n")
    (folder / NAME).unlink()
    cells = [{"cell_type": "markdown", "source": "def saliency("}, {"cell_type": "code", "source": "%pylab\nx = 1"}]
    cells += [{"cell_type": "code", "source": part.splitlines(keepends=True)} for part in ["1 / 0", *parts]]
    (folder / name).write_text(json.dumps({"cells": cells}))
    code, out, _ = run(folder, capsys, "07")
    assert code == 0
    assert "All done" in out
    assert "cell 3, line 1: ZeroDivisionError" in out


def test_a_file_with_the_lines_and_the_mark_of_windows_is_read(folder):
    plain, note = read_functions(folder / NAME)
    source = (folder / NAME).read_text(encoding="utf-8").encode()
    (folder / NAME).write_bytes(b"\xef\xbb\xbf" + source.replace(b"\n", b"\r\n"))
    marked, marked_note = read_functions(folder / NAME)
    assert set(marked) == set(plain)
    assert marked_note == note == ""


def test_a_notebook_that_is_none_says_so(folder, capsys):
    (folder / NAME).write_text("{}")
    code, _, err = run(folder, capsys, "07")
    assert code == 2
    assert "is no notebook that can be read" in err


def test_what_stands_below_the_functions_does_not_stop_the_check(folder, capsys):
    with (folder / NAME).open("a") as f:
        f.write("\nprint(saliency([1, 2]))\n")
    code, out, _ = run(folder, capsys, "07")
    assert code == 0
    assert "The functions were judged, but: " in out
    assert "TypeError: saliency() missing 1 required positional argument: 'Hinv'" in out


def test_what_a_function_prints_stands_under_its_name(folder, capsys):
    spoil(folder, "    return w**2", "    print('w =', w)\n    return w**2")
    _, out, _ = run(folder, capsys, "07", "--only", "saliency")
    assert "saliency printed\n    w = [" in out
    spoil(folder, "w**2 / (2 * np.diag(Hinv))", "w**2 / np.diag(Hinv)")
    _, out, _ = run(folder, capsys, "07", "--only", "saliency")
    assert "it printed      w = [0.  0.5]" in out
