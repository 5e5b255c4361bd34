"""Wrong answers made by rule: one of every function in each run, all of them at night; and the page about them."""

import json

import pytest
import wrong_answers

from nnprune.exercises import judge as judge_module
from nnprune.exercises.files import STEMS, exercises_of

EXERCISES = [(lesson, e) for lesson in STEMS for e in exercises_of(lesson)]
TABLE = json.loads(wrong_answers.TABLE.read_text())
each = pytest.mark.parametrize(("lesson", "exercise"), EXERCISES, ids=[f"{n}-{e.name}" for n, e in EXERCISES])


@each
def test_one_wrong_variant_is_caught(lesson, exercise, monkeypatch):
    monkeypatch.setattr(judge_module, "SMALLER", 0)
    counts, passed = wrong_answers.examine(lesson, exercise, limit=1)
    assert counts["wrong"] == 1
    assert not passed
    assert not counts["misled"]


@pytest.mark.nightly
@each
def test_every_wrong_variant_is_caught(lesson, exercise):
    counts, passed = wrong_answers.examine(lesson, exercise)
    assert counts["wrong"] >= wrong_answers.FEWEST
    assert not passed


@pytest.mark.nightly
def test_answers_written_by_hand_are_told_why():
    results = list(wrong_answers.own())
    assert all(verdict.state == "wrong" for *_, verdict, _ in results)
    assert not [result[:2] for result in results if result[-1] == "misled"]


def test_the_page_is_that_of_the_table_and_has_every_function():
    assert wrong_answers.PAGE.read_text() == wrong_answers.page(TABLE)
    assert list(TABLE["variants"]) == [f"{lesson} {e.name}" for lesson, e in EXERCISES]


def test_nothing_passes_and_few_are_misled():
    rows = TABLE["variants"].values()
    wrong, caught, misled = (sum(row[c] for row in rows) for c in ("wrong", "caught", "misled"))
    assert caught == wrong
    assert all(row["wrong"] >= wrong_answers.FEWEST for row in rows)
    assert misled < 0.03 * wrong
    own = TABLE["own"]
    assert own["answers"] >= 60
    assert own["caught"] == own["answers"]
    assert own["misled"] < 0.03 * own["answers"]
