"""XOR and the MONK's problems: the rules, the sampled training sets and the UCI files."""

from __future__ import annotations

import re

import numpy as np
import pytest

from nnprune.datasets import monks
from nnprune.datasets.monks import CASES, make_monks, make_xor, monks_rule


@pytest.fixture(autouse=True)
def empty_checkout(tmp_path, monkeypatch):
    """A checkout whose folder ``data`` is not there until the test makes it."""
    monkeypatch.setattr(monks, "CHECKOUT_DATA", tmp_path / "checkout")


def test_xor_is_the_exclusive_or():
    data = make_xor()
    assert [int(a) ^ int(b) for a, b in data.x_train] == data.y_train.tolist()
    assert len(np.unique(data.x_train, axis=0)) == 4
    np.testing.assert_array_equal(data.x_train, data.x_test)
    np.testing.assert_array_equal(data.y_train, data.y_test)


def rule_in_words(problem, case):
    """The rules again, one case at a time, as the report of 1991 words them."""
    a1, a2, _, a4, a5, _ = case
    if problem == 1:
        return a1 == a2 or a5 == 1
    if problem == 2:
        return list(case).count(1) == 2
    return (a5 == 3 and a4 == 1) or (a5 != 4 and a2 != 3)


@pytest.mark.parametrize(("problem", "n_true"), [(1, 216), (2, 142), (3, 228)])
def test_the_test_set_is_all_432_cases_by_the_rule(problem, n_true):
    data = make_monks(problem)
    assert len(np.unique(data.x_test, axis=0)) == 432
    assert data.y_test.tolist() == [int(rule_in_words(problem, case)) for case in CASES.tolist()]
    assert data.y_test.sum() == n_true  # as in the UCI files


def decode(x):
    """From 17 inputs back to six attributes."""
    groups = np.split(x, np.cumsum([3, 3, 2, 3, 4]), axis=1)
    assert all((group.sum(axis=1) == 1).all() for group in groups)
    return np.stack([group.argmax(axis=1) + 1 for group in groups], axis=1)


@pytest.mark.parametrize(("problem", "n", "n_wrong"), [(1, 124, 0), (2, 169, 0), (3, 122, 6)])
def test_a_sampled_training_set_has_the_original_size_and_noise(problem, n, n_wrong):
    data = make_monks(problem, rng=3)
    cases = decode(data.x_train)
    assert data.name == f"monks-{problem} (synthetic)"
    assert (data.x_train.dtype, data.y_train.dtype) == (np.float32, np.int64)
    assert len(np.unique(cases, axis=0)) == n
    assert (data.y_train != monks_rule(problem, cases)).sum() == n_wrong


def test_a_sampled_training_set_follows_its_seed():
    first, same, other = (make_monks(3, rng=rng) for rng in (1, np.random.default_rng(1), 2))
    np.testing.assert_array_equal(first.x_train, same.x_train)
    np.testing.assert_array_equal(first.y_train, same.y_train)
    assert (first.x_train != other.x_train).any()


@pytest.mark.parametrize("problem", [0, 4, "1", None])
def test_an_unknown_problem_is_refused(problem):
    with pytest.raises(ValueError, match=f"found {problem!r}"):
        make_monks(problem)


def write_monks(folder, change=None):
    """A file monks-1.train of 124 good lines; ``change`` replaces line 3."""
    lines = [f" 1 1 1 1 1 {k % 3 + 1} 2 data_{k}" for k in range(124)]
    lines[2] = lines[2] if change is None else change
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "monks-1.train").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_the_uci_file_is_read_from_a_folder_or_the_checkout(tmp_path):
    data = make_monks(1, write_monks(tmp_path / "here"))
    assert data.name == "monks-1 (UCI)"
    assert decode(data.x_train)[:4].tolist() == [[1, 1, 1, 1, k % 3 + 1, 2] for k in range(4)]
    assert data.y_train.tolist() == [1] * 124
    write_monks(tmp_path / "checkout" / "monks")
    assert make_monks(1).name == "monks-1 (UCI)"


@pytest.mark.parametrize(
    "line",
    ["", " 1 1 1", " 2 1 1 1 1 1 1 d", " 1 4 1 1 1 1 1 d", " 1 1 1 3 1 1 1 d", " 1 1 1 1 1 1 0 d"]
    + [" 1 1 1 1 1 1.0 1 d", " 1 1 1 1 1 x 1 d", " 1 1 1 1 1 1 1 d 9", "<html>", " 1 1 1 1 1 1 \u0661 d"],
)
def test_a_broken_line_is_named_with_file_and_number(line, tmp_path):
    with pytest.raises(ValueError, match=r"monks-1\.train, line 3: expected class .*, found '"):
        make_monks(1, write_monks(tmp_path, line))


def test_a_file_of_another_length_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"monks-1\.train: expected 124 lines, found 125"):
        make_monks(1, write_monks(tmp_path, " 1 1 1 1 1 1 1 a\n 1 1 1 1 1 1 1 b"))


def test_a_named_folder_without_the_uci_file_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape("monks-2.train")):
        make_monks(2, write_monks(tmp_path))


# ---- the real files


def read(path):
    return np.loadtxt(path, dtype=int, usecols=range(7))


@pytest.mark.realdata
@pytest.mark.parametrize("problem", [1, 2, 3])
def test_the_rules_are_those_of_the_uci_test_files(problem, monks_folder):
    rows = read(monks_folder / f"monks-{problem}.test")
    np.testing.assert_array_equal(rows[:, 1:], CASES)
    np.testing.assert_array_equal(rows[:, 0], monks_rule(problem, CASES))


@pytest.mark.realdata
@pytest.mark.parametrize(("problem", "n_wrong"), [(1, 0), (2, 0), (3, 6)])
def test_the_uci_training_files(problem, n_wrong, monks_folder):
    rows = read(monks_folder / f"monks-{problem}.train")
    data = make_monks(problem, monks_folder)
    np.testing.assert_array_equal(decode(data.x_train), rows[:, 1:])
    np.testing.assert_array_equal(data.y_train, rows[:, 0])
    assert (data.y_train != monks_rule(problem, rows[:, 1:])).sum() == n_wrong
