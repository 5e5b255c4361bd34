"""Wrong answers that random cases let pass, or whose hint misled: all are found on any seed, with a hint that helps."""

import numpy as np
import pytest

from nnprune.exercises import judge as judge_module
from nnprune.exercises.files import STEMS, exercises_of
from nnprune.exercises.judge import judge
from nnprune.exercises.report import lesson_report

EXERCISES = {(lesson, e.name): e for lesson in STEMS for e in exercises_of(lesson)}


def remove(w, H, n_remove):
    """06: q is a place in what is left, taken for the number of the weight."""
    w, left = w.copy(), np.arange(len(w))
    for _ in range(n_remove):
        Hinv = np.linalg.inv(H[np.ix_(left, left)])
        q = (w[left] ** 2 / (2 * np.diag(Hinv))).argmin()
        new = w[left] - w[left][q] / Hinv[q, q] * Hinv[:, q]
        new[q] = 0
        w[left] = new
        left = left[left != q]
    return w


def global_masks(W1, W2, sparsity):
    """04: a threshold, which removes too many at a tie."""
    a = np.sort(np.abs(np.concatenate([W1.ravel(), W2.ravel()])))
    k = round(sparsity * len(a))
    return (np.abs(W1) > a[k - 1], np.abs(W2) > a[k - 1]) if k else (W1 == W1, W2 == W2)


def diagonal(E, w, eps):
    """05: w is moved in place."""
    h = []
    for k in range(len(w)):
        now = E(w)
        w[k] += eps
        up = E(w)
        w[k] -= 2 * eps
        h.append((up - 2 * now + E(w)) / eps**2)
    return np.array(h)


def split(order, share):
    """03: counted from the end, where -0 is the beginning."""
    k = len(order) - round(share * len(order))
    return order[-k:], order[:-k]


def residual(z, y):
    """02: the outputs are changed in place."""
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return (z - np.eye(z.shape[1])[y]) / len(z)


def update_with_a_column_of_h(w, Hinv, q):
    H = np.linalg.inv(Hinv)
    new = w - w[q] / H[q, q] * H[:, q]
    new[q] = 0
    return new


def diagonal_over_4_eps_squared(E, w, eps):
    steps = eps * np.eye(len(w))
    return np.array([(E(w + e) - 2 * E(w) + E(w - e)) / (2 * eps) ** 2 for e in steps])


def mask_column_by_column(W, n_remove):
    mask = np.ones(W.size, bool)
    mask[np.argsort(np.abs(W).ravel("F"), kind="stable")[:n_remove]] = False
    return mask.reshape(W.shape, order="F")


def without(n, right):
    """A right function of 05 or 06 that removes n weights more (or fewer)."""
    return lambda w, H, n_remove: right(w, H, min(max(n_remove + n, 0), len(w)))


def right_05(w, H, n_remove):
    return np.where(np.argsort(np.argsort(np.diag(H) * w**2, kind="stable")) < n_remove, 0, w)


def right_07(w, H, n_remove):
    w, left = w.copy(), np.arange(len(w))
    for _ in range(n_remove):
        Hinv = np.linalg.inv(H[np.ix_(left, left)])
        q = (w[left] ** 2 / np.diag(Hinv)).argmin()
        w[left] = w[left] - w[left][q] / Hinv[q, q] * Hinv[q]
        w[left[q]] = 0
        left = np.delete(left, q)
    return w


def one_more(W, n_remove):
    mask = np.ones(W.size, bool)
    mask[np.argsort(np.abs(W).ravel(), kind="stable")[:n_remove + 1]] = False
    return mask.reshape(W.shape)


# Lesson, exercise, wrong answer -> what the report must say of it.
WRONG = [
    ("07", "remove", remove, "np.delete(left, q)"),
    ("04", "global_masks", global_masks, "A threshold removes all weights that are equal"),
    ("05", "diagonal", diagonal, "w itself is moved"),
    ("03", "split", split, "count from the front"),
    ("02", "residual", residual, "changed in place: z"),
    ("07", "update", update_with_a_column_of_h, "a column of H"),
    ("05", "diagonal", diagonal_over_4_eps_squared, "(2 eps)^2"),
    ("04", "magnitude_mask", mask_column_by_column, "column by column"),
    ("04", "magnitude_mask", one_more, "One weight too many goes"),
    ("05", "remove", without(1, right_05), "One weight too many goes"),
    ("05", "remove", without(-1, right_05), "One weight too few goes"),
    ("07", "remove", without(1, right_07), "One weight too many goes"),
    ("07", "remove", without(-1, right_07), "One weight too few goes"),
]


@pytest.mark.parametrize("seed", [0, 1, 7])
@pytest.mark.parametrize(("lesson", "name", "f", "hint"), WRONG,
                         ids=[f"{lesson}-{name}-{k}" for k, (lesson, name, *_) in enumerate(WRONG)])
def test_a_wrong_answer_is_found_on_any_seed_and_told_why(lesson, name, f, hint, seed, monkeypatch):
    monkeypatch.setattr(judge_module, "SMALLER", 10)  # of 300 that a student gets: the hint is the same
    verdict = judge(EXERCISES[lesson, name], f, examples=5, seed=seed)
    assert verdict.state == "wrong"
    assert " ".join(hint.split()) in " ".join(lesson_report("attempt.py", [verdict]).split())


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
