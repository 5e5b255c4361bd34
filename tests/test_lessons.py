"""The lessons: each runs as a plain program without MNIST and with warnings as errors, and keeps to the form."""

import ast
import importlib
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import nnprune

ROOT = Path(__file__).parents[1]
LESSONS = sorted((ROOT / "tutorials").glob("[01][0-9]_*.py"))
NAMES = [path.stem for path in LESSONS]
BACKENDS = ["nonsense", "module://matplotlib_inline.backend_inline"]  # the second as every notebook's kernel sets it
MOST_LINES = 10  # of a naive version: it must be possible to redo it by hand
# What every lesson has, in this order; the names of the sections in between are its own.
FORM = ["**What you'll do.**", "**What you'll learn.**", "**What you need.**", "Running time:", "Break it",
        "When it fails", "On your own", "Further reading"]


def cells(path):
    """(kind, text) of every cell of a percent script, kind "markdown" or "code"."""
    parts = re.split(r"^# %%(.*)$", path.read_text(), flags=re.M)[1:]
    return [("markdown" if "markdown" in head else "code", text) for head, text in zip(parts[::2], parts[1::2])]


def prose(path):
    """All of a lesson's text as one line, without the comment signs."""
    text = "\n".join(re.sub(r"^# ?", "", text, flags=re.M) for kind, text in cells(path) if kind == "markdown")
    return " ".join(text.split())


def words(path):
    """How many words the text of a lesson has, formulas included."""
    return sum(len(re.sub(r"^# ?", "", text, flags=re.M).split()) for kind, text in cells(path) if kind == "markdown")


@pytest.fixture(scope="module")
def matplotlib_cache(tmp_path_factory):
    """One folder for matplotlib's list of fonts, which takes it seconds to make."""
    return str(tmp_path_factory.mktemp("matplotlib"))


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_it_runs_without_mnist_and_without_a_warning(path, tmp_path, matplotlib_cache):
    env = {k: v for k, v in os.environ.items() if k not in ("NNPRUNE_DATA", "XDG_CACHE_HOME")}
    env |= {"HOME": str(tmp_path), "MPLBACKEND": BACKENDS[int(path.stem[:2]) % 2], "MPLCONFIGDIR": matplotlib_cache,
            "PYTHONPATH": str(ROOT), "NNPRUNE_STRICT": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "error", str(ROOT / "tools" / "run_lesson.py"), str(path)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    pictures = list((tmp_path / "results" / "lessons").glob("*.png"))
    headings = re.findall(r"^# ## (.*)$", path.read_text(), flags=re.M)
    printed = [line for line, below in zip(done.stdout.splitlines(), done.stdout.splitlines()[1:])
               if below == "-" * len(line) and line]
    assert printed == headings[:len(printed)]
    assert len(printed) >= 3
    assert done.stdout.splitlines()[0].endswith(f"{path.name} beside this output.")
    assert len(pictures) == int(done.stdout.split()[-1]) >= 1
    assert all(picture.name.startswith(path.stem[:2] + "_") for picture in pictures)


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_it_has_the_parts_of_a_lesson_in_order(path):
    text, begin = prose(path), 0
    assert cells(path)[0][0] == "markdown"
    assert text.startswith("# ")
    for part in FORM:
        assert part in text[begin:], f"{part} is missing, or stands too early"
        begin = text.index(part, begin)
    assert text.count("$") >= 4, "no formula"
    if path.stem[:2] not in ("00", "01"):
        assert f"nnprune.exercises {path.stem[:2]}" in text


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_it_has_a_short_naive_version_and_its_claims_are_asserted(path):
    tree = ast.parse(path.read_text())
    naive = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("naive_")]
    assert naive
    for node in naive:
        first = node.body[1] if ast.get_docstring(node) else node.body[0]
        assert node.body[-1].end_lineno - first.lineno + 1 <= MOST_LINES, node.name
    claims = [node for node in ast.walk(tree) if getattr(getattr(node, "func", None), "id", "") == "claim"]
    assert len(claims) + sum(isinstance(node, ast.Assert) for node in ast.walk(tree)) >= 5


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_it_opens_with_a_picture_and_ends_with_a_summary_and_questions(path):
    text = prose(path)
    assert re.search(r"\b(show|draw_\w+)\((figure, |\s*)\"", path.read_text().split("# ## 1. ")[0]), "no picture first"
    assert "`glossary.md`" in text
    summary = text[text.index(" Summary "):text.index(" Questions ")]
    assert [f" {k}. " in summary for k in range(1, 7)] == [True] * 5 + [False], "five lines"
    questions = re.findall("<details><summary>(.*?)</summary>", text)
    assert len(questions) == text.count("</details>") == 3
    assert not any("$" in question or "`" in question for question in questions), "Markdown is not read inside HTML"
    assert abs(int(re.search(r"Length: ([\d,]+) words", text)[1].replace(",", "")) - words(path)) <= 60, words(path)
    answers = (path.parent / "solutions" / path.name).read_text()
    assert "On your own" in answers


def test_the_overview_says_how_many_words_an_afternoon_has():
    said = re.search(r"00 to 06 have ([\d,]+) words", (ROOT / "tutorials" / "README.md").read_text(encoding="utf-8"))
    assert abs(int(said[1].replace(",", "")) - sum(words(path) for path in LESSONS if path.stem < "07")) <= 150


@pytest.mark.parametrize("path", sorted((ROOT / "tutorials" / "exercises").glob("*.py")), ids=lambda p: p.stem)
def test_a_prime_in_a_task_is_explained(path):
    """In the tasks W' is a transpose, in the formulas of the lessons f' is a slope: the table of letters says which."""
    head, *rest = ast.parse(path.read_text(encoding="utf-8")).body
    primes = re.findall(r"\b(?:\w*[A-Z]|g|dw)'(?!s\b) ?[A-Za-z+-]", ast.unparse(ast.Module(rest, [])))
    assert not primes or "transposed: " in head.value.value, primes


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_its_code_is_in_short_cells_and_lines_and_claims_explain_themselves(path):
    for kind, text in cells(path):
        assert kind == "markdown" or text.strip("\n").count("\n") + 1 < 30, text.strip().splitlines()[0]
        assert text.count("subplots(") == text.count("show(figure"), "a notebook shows a figure below its first cell"
    long = [line for line in path.read_text().splitlines() if len(line) > 88 and not line.startswith("#")]
    assert not long
    assert not re.search(r"^\s*(assert |raise AssertionError)", path.read_text(), re.M), "a claim says what it is"


@pytest.mark.parametrize("path", LESSONS, ids=NAMES)
def test_it_needs_the_run_time_packages_alone(path):
    tree = ast.parse(path.read_text())
    names = {a.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names - set(sys.stdlib_module_names) <= {"numpy", "scipy", "matplotlib", "nnprune"}
    assert "nnprune.laws" not in path.read_text().replace("`nnprune.laws", "")


def is_public(name):
    """Whether every step of a dotted name is in the ``__all__`` of the one before, or is a room (a folder) of it."""
    place = nnprune
    for step in name.split(".")[1:]:
        if not isinstance(place, ModuleType) or step in getattr(place, "__all__", ()):
            place = getattr(place, step, None)
            continue
        room = find_spec(f"{place.__name__}.{step}") if hasattr(place, "__path__") else None
        if room is None or step[0] == "_" or not (room.submodule_search_locations or step in dir(nnprune)):
            return False
        place = importlib.import_module(room.name)
    return place is not None


@pytest.mark.parametrize("name", ["nnprune.MLP.from_arrays", "nnprune.lesson.load", "nnprune.laws", "nnprune.hessian"])
def test_public_names_are_told(name):
    assert is_public(name)


@pytest.mark.parametrize("name", ["nnprune.nothing", "nnprune.MLP.nothing", "nnprune.nn.mlp", "nnprune.lesson.FIGURES",
                                  "nnprune.datasets.idx.read_idx", "nnprune._util"])
def test_names_that_are_not_public_are_told(name):
    assert not is_public(name)


@pytest.mark.parametrize("path", sorted((ROOT / "tutorials").rglob("*.py")),
                         ids=lambda p: str(p.relative_to(ROOT / "tutorials").with_suffix("")))
def test_it_imports_and_names_what_is_public(path):
    text = path.read_text()
    names = {f"{node.module}.{alias.name}" for node in ast.walk(ast.parse(text))
             if isinstance(node, ast.ImportFrom) and node.module.startswith("nnprune") for alias in node.names}
    names |= set(re.findall(r"\bnnprune(?:\.\w+)+", text))
    assert [name for name in sorted(names) if not is_public(name)] == []


def test_a_lesson_becomes_a_notebook_with_its_outputs(tmp_path, monkeypatch, capsys):
    pytest.importorskip("jupytext")
    pytest.importorskip("nbclient")
    import notebooks

    (tmp_path / "01_small.py").write_text("# %% [markdown]\n# # Small\n#\n# `glossary.md`\n\n# %%\nprint(6 * 7)\n")
    monkeypatch.setattr(notebooks, "find_lessons", lambda: [tmp_path / "01_small.py"])
    assert notebooks.main(["99", "--out", str(tmp_path / "out" / "nb")]) == 2
    assert "the lessons are 01" in capsys.readouterr().err
    assert notebooks.main(["--out", str(tmp_path / "out" / "nb")]) == 0
    made = (tmp_path / "out" / "nb" / "01_small.ipynb").read_text()
    assert '"42\\n"' in made
    assert "[the glossary](https://" in made
    assert (tmp_path / "out" / "nnprune-notebooks.zip").stat().st_size > 0
