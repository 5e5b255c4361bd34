"""The exercises: solutions keep every law, unsolved files say what to do, typical mistakes get their hints."""

import ast
import importlib.util
from pathlib import Path

import pytest
from problems import NIGHTLY

from nnprune.exercises import judge as judge_module
from nnprune.exercises.files import STEMS, exercises_of
from nnprune.exercises.judge import judge
from nnprune.exercises.report import lesson_report

TUTORIALS = Path(__file__).parents[2] / "tutorials"
EXERCISES = [(lesson, e) for lesson in STEMS for e in exercises_of(lesson)]
MISTAKES = [(lesson, e, hint) for lesson, e in EXERCISES for hint in e.mistakes]
MOST_LINES = 8  # of a function to fill in, as the issue has it


def functions(folder, lesson):
    """What a file of exercises or solutions defines."""
    path = TUTORIALS / folder / f"{STEMS[lesson]}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


def definitions(folder, lesson):
    """The functions of a file, from name to syntax tree."""
    tree = ast.parse((TUTORIALS / folder / f"{STEMS[lesson]}.py").read_text())
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.fixture(scope="module")
def files():
    """Solutions and unsolved files, read once."""
    return {(folder, lesson): functions(folder, lesson) for folder in ("solutions", "exercises") for lesson in STEMS}


@pytest.mark.parametrize(("lesson", "exercise"), EXERCISES, ids=[f"{n}-{e.name}" for n, e in EXERCISES])
def test_the_solution_keeps_every_law(lesson, exercise, files):
    verdict = judge(exercise, files["solutions", lesson][exercise.name], examples=20)
    assert verdict.state == "done", lesson_report("solution", [verdict])
    assert len(verdict.kept) == len(exercise.laws) > 0


@pytest.mark.parametrize("lesson", STEMS)
def test_the_unsolved_file_says_what_to_do(lesson, files):
    verdicts = [judge(e, files["exercises", lesson][e.name], examples=1) for e in exercises_of(lesson)]
    assert all(v.state == "not begun" for v in verdicts)
    report = lesson_report("unsolved.py", verdicts)
    assert f"0 of {len(verdicts)} functions done" in report
    assert f"--hint {verdicts[0].exercise.name}" in report
    assert verdicts[0].exercise.name in report


@pytest.mark.parametrize(("lesson", "exercise", "hint"), MISTAKES,
                         ids=[f"{n}-{e.name}-{list(e.mistakes).index(h)}" for n, e, h in MISTAKES])
def test_a_typical_mistake_gets_its_hint(lesson, exercise, hint, monkeypatch):
    if not NIGHTLY:
        monkeypatch.setattr(judge_module, "SMALLER", 0)  # of 300 that a student gets: the hint is the same
    verdict = judge(exercise, exercise.mistakes[hint], first=True)
    assert verdict.state == "wrong"
    report = lesson_report("attempt.py", [verdict])
    assert verdict.hint == hint, report
    assert "smallest case" in report
    assert "look at" in report


def test_weights_changed_in_place_are_told_though_the_answer_is_right(files):
    right, exercise = files["solutions", "07"]["remove"], exercises_of("07")[-1]

    def in_place(w, H, n_remove):
        w[:] = right(w, H, n_remove)
        return w
    verdict = judge(exercise, in_place, examples=5)
    assert verdict.broken.law.name == "remove_leaves_its_inputs"


@pytest.mark.parametrize("lesson", STEMS)
def test_every_lesson_has_three_to_six_functions_with_hints_and_short_solutions(lesson):
    exercises, todo, solved = exercises_of(lesson), definitions("exercises", lesson), definitions("solutions", lesson)
    assert 3 <= len(exercises) <= 6
    assert [e.name for e in exercises] == list(todo)
    for e in exercises:
        assert len(e.mistakes) >= 2, f"{e.name} needs two typical mistakes"
        assert [a.arg for a in todo[e.name].args.args] == list(e.kind.arguments) == \
               [a.arg for a in solved[e.name].args.args]
        assert e.hints
        assert "hint 1" not in ast.get_docstring(todo[e.name]).lower()  # one at a time, by --hint
        body = solved[e.name].body[1:]  # without the docstring
        assert body[-1].end_lineno - body[0].lineno + 1 <= MOST_LINES, e.name
