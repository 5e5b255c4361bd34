"""Wrong answers that random cases let pass, or whose hint misled: all are found on any seed, with a hint that helps."""

import numpy as np
import pytest
from problems import NIGHTLY
from wrong_own import ANSWERS, BLIND

from nnprune.exercises import judge as judge_module
from nnprune.exercises.files import STEMS, exercises_of
from nnprune.exercises.judge import judge
from nnprune.exercises.relations import facts
from nnprune.exercises.report import lesson_report
from nnprune.laws.runner import looks_alike

EXERCISES = {(lesson, e.name): e for lesson in STEMS for e in exercises_of(lesson)}


# Those that random cases let pass, or whose hint misled: lesson, exercise, its words in ``wrong_own.ANSWERS`` -> what
# the report must say of it.
WRONG = {
    ("07", "remove", "np.delete(left, q)"): "np.delete(left, q)",
    ("04", "global_masks", "threshold"): "A threshold removes all weights that are equal",
    ("05", "diagonal", "w itself is moved"): "w itself is moved",
    ("03", "split", "count from the front"): "count from the front",
    ("02", "residual", "in place"): "changed in place: z",
    ("07", "update", "column of H"): "a column of H",
    ("05", "diagonal", "(2 eps)^2"): "(2 eps)^2",
    ("04", "magnitude_mask", "column by column"): "column by column",
    ("04", "magnitude_mask", "too many"): "One weight too many goes",
    ("05", "remove", "too many"): "One weight too many goes",
    ("05", "remove", "too few"): "One weight too few goes",
    ("07", "remove", "too many"): "One weight too many goes",
    ("07", "remove", "too few"): "One weight too few goes",
}
OWN = {(lesson, name, words): f for lesson, name, f, words in ANSWERS}


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize(("lesson", "name", "words"), WRONG)
def test_a_wrong_answer_is_found_on_any_seed_and_told_why(lesson, name, words, seed, monkeypatch):
    if not NIGHTLY:
        monkeypatch.setattr(judge_module, "SMALLER", 0)  # of 300 that a student gets: the hint is the same
    verdict = judge(EXERCISES[lesson, name], OWN[lesson, name, words], examples=5, seed=seed)
    assert verdict.state == "wrong"
    assert WRONG[lesson, name, words] in " ".join(lesson_report("attempt.py", [verdict]).split())


@pytest.mark.parametrize(("lesson", "name", "f", "words"), BLIND, ids=[f"{n}-{name}" for n, name, *_ in BLIND])
def test_an_answer_written_without_a_look_at_the_checker_is_found_at_once(lesson, name, f, words, monkeypatch):
    monkeypatch.setattr(judge_module, "SMALLER", 0)
    assert judge(EXERCISES[lesson, name], f, examples=1, first=True).state == "wrong"


@pytest.mark.parametrize(("lesson", "name", "f", "fact"), [
    ("03", "step", lambda theta, v, g, *_: (theta, g), ""),
    ("05", "taylor", lambda E, g, H, dw: E - g @ dw + dw @ H @ dw / 2, "right if g were of the other sign"),
    ("08", "smallest", lambda train, valid: 1 + max(np.flatnonzero((train >= train[0]) & (valid >= valid[0]))),
     "1 too much"),
    ("09", "layer_error", lambda W, W_new, X: (np.sum((X @ (W_new - W).T)**2) / 2 / len(X))**2, "the square of"),
    ("09", "hessian", lambda X: np.pad(X.T @ X / len(X), (0, 1)), "wrong in the last row and column only"),
    ("11", "rounds", lambda n_remove, every: [*range(every, n_remove, every)], "lacks the last entry"),
    ("04", "exchange", lambda W, mask, G, n: (mask.copy(), 0), ""),
    ("13", "patches", lambda x, k: EXERCISES["13", "patches"].right(x, k).T, "transposed"),
    ("12", "unit_costs", lambda W, H: W**2 / (2 * np.diag(np.linalg.inv(H))),
     "right once the sum over axis 0 is taken"),
    ("11", "choose", lambda valid, test: EXERCISES["11", "choose"].right(valid, test)[::-1], "exchanged"),
])
def test_what_differs_is_said_and_nothing_where_nothing_is_known(lesson, name, f, fact, monkeypatch):
    monkeypatch.setattr(judge_module, "SMALLER", 0)
    verdict = judge(EXERCISES[lesson, name], f, examples=5, first=True)
    assert verdict.state == "wrong"
    assert fact in verdict.fact
    assert bool(fact) == bool(verdict.fact)
    assert (verdict.fact in lesson_report("attempt.py", [verdict]).replace("\n" + " " * 18, " ")) or not fact


def test_of_a_right_answer_nothing_is_said():
    exercise = EXERCISES["05", "taylor"]
    calls = [((1.0, np.ones(2), np.eye(2), np.full(2, k / 2)),) for k in range(1, 9)]
    assert not list(facts(exercise, [(args, exercise.right(*args)) for (args,) in calls]))


@pytest.mark.parametrize("off", [1e-3, 1e-5, 3e-7, 1e-11])
def test_two_numbers_that_differ_differ_in_print(off):
    def nearly(n_out, n_in, v, i):
        return EXERCISES["12", "break_even"].right(n_out, n_in, v, i) - off

    verdict = judge(EXERCISES["12", "break_even"], nearly, examples=5)
    assert (verdict.state == "wrong") == (off > 1e-8)
    if verdict.state == "wrong":
        assert not looks_alike(verdict.broken.violation)


@pytest.mark.parametrize("key", EXERCISES, ids="-".join)
def test_every_exercise_begins_with_hard_cases_and_forbids_to_change_arguments(key):
    laws = EXERCISES[key].laws
    assert any(law.hard for law in laws)
    assert sum(law.name.endswith("_leaves_its_inputs") for law in laws) == 1


def test_the_case_that_is_shown_is_the_one_that_failed():
    overflows = EXERCISES["02", "residual"].mistakes[
        "Right, until e^z overflows. Take the largest z of each row away from the row before np.exp."]
    report = lesson_report("attempt.py", [judge(EXERCISES["02", "residual"], overflows)])
    assert "1000" in report.split("smallest case")[1].split("it demands")[0]


def test_where_a_law_calls_with_other_arguments_than_the_case_they_are_shown():
    """An answer that is right but for large weights: the law on units calls it with 2 w."""
    def saliency(w, Hinv):
        return np.where(np.abs(w).max() > 8, 0.0, w**2 / (2 * np.diag(Hinv)))

    verdict = judge(EXERCISES["07", "saliency"], saliency)
    given = verdict.last_call.get("w", getattr(verdict.broken.case, "w", None))
    assert np.abs(given).max() > 8


def test_booleans_are_shown_as_such():
    report = lesson_report("attempt.py", [judge(EXERCISES["09", "dead_inputs"], lambda X: (X == 0).any(axis=0))])
    assert "the answer = [" in report.split("it demands")[1]
    assert "True" in report.split("it demands")[1]
    assert "1." not in report.split("it demands")[1].split("likely")[0]
