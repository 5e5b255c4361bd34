"""The mutator of the tools: what it changes and what not, that stored mutants are found again, and one run of it."""

import ast
import json
import shutil

import mutate
import pytest
from mutate_operators import mutants_of

SOURCE = '''"""A docstring with 1 < 2."""
from x import y
__all__ = ["f"]
Alias = int | None
LIMIT = 3


def f(a: int = 1, *, axis=None) -> "tuple[1]":
    """Not 0 either."""
    if a < LIMIT and not axis:
        raise ValueError(f"{a + 1} is below 2" + str(3))
    warn("text", 4)
    a[0] = g(a, axis=0)[1:n]
    return a @ a
'''


def changes(source):
    return {(m.operator, m.old, m.new) for m in mutants_of("f.py", source)}


def test_every_operator_makes_what_its_table_says():
    found = changes(SOURCE)
    assert {
        ("compare", "a < LIMIT", "a <= LIMIT"), ("compare", "a < LIMIT", "a >= LIMIT"),
        ("boolean", "a < LIMIT and (not axis)", "a < LIMIT or not axis"), ("boolean", "not axis", "axis"),
        ("constant", "3", "4"), ("default", "1", "0"), ("default", "1", "2"), ("axis", "0", "1"),
        ("keyword", "g(a, axis=0)", "g(a)"), ("slice", "g(a, axis=0)[1:n]", "g(a, axis=0)[1:]"),
        ("slice", "g(a, axis=0)[1:n]", "g(a, axis=0)[1:n + 1]"), ("delete", "warn('text', 4)", "pass"),
        ("delete", "a[0] = g(a, axis=0)[1:n]", "pass"), ("return", "return a @ a", "return None"),
        ("arithmetic", "a @ a", "a * a"),
    } <= found
    assert changes("a += 1\nb = x if c else -d") == {
        ("delete", "a += 1", "pass"), ("arithmetic", "a += 1", "a -= 1"), ("constant", "1", "0"),
        ("constant", "1", "2"), ("boolean", "c", "not c"), ("arithmetic", "-d", "d")}


def test_texts_types_messages_and_imports_stay():
    for m in mutants_of("f.py", SOURCE):
        tree = ast.parse(m.applied(SOURCE))
        assert ast.get_docstring(tree) == ast.get_docstring(ast.parse(SOURCE))
        for untouched in ("from x import y", "__all__ = ['f']", "Alias = int | None", "a: int", "'tuple[1]'",
                          "raise ValueError(f'{a + 1} is below 2' + str(3))"):
            assert untouched in ast.unparse(tree), m
        assert ast.dump(tree) != ast.dump(ast.parse(SOURCE)), m


def test_a_mutant_is_found_again_where_lines_have_moved():
    names = [m.key for m in mutants_of("f.py", SOURCE)]
    assert len(set(names)) == len(names)
    assert [m.key for m in mutants_of("f.py", SOURCE.replace("LIMIT = 3", "\n\nLIMIT = 3"))] == names


def test_a_draw_is_the_same_each_time_and_the_next_has_others():
    first = mutate.drawn([], ["nn"], 0, 20)
    assert first == mutate.drawn([], ["nn"], 0, 20) == mutate.drawn(first, ["nn"], 0, 20)
    both = mutate.drawn(first, ["nn"], 1, 20)
    assert both[:20] == first
    assert len({mutate.name_of(row) for row in both}) == 40
    part = mutate.drawn(both, ["nn"], 2, 9, ["sgd.py", "losses.py", "lobs.py"])[40:]
    assert {row["file"] for row in part} == {"nnprune/nn/sgd.py", "nnprune/nn/losses.py"}
    assert part[0]["among"] == ["losses.py", "sgd.py"]


def test_cheap_tests_that_reach_the_line_come_first():
    [m] = [m for m in mutants_of("nnprune/nn/sgd.py", "def f(a):\n    b = a\n    return b\n")]
    found = {"seconds": {"tests/nn/test_sgd.py::a": 1, "tests/nn/test_mlp.py::b": 0.5, "tests/nn/test_sgd.py::d": 0.1,
                         "tests/pruning/test_obs.py::c": 0.5, "tests/nn/test_sgd.py::slow": 50},
             "lines": {"nnprune/nn/sgd.py": {2: ["tests/nn/test_sgd.py::d"], 3: [
                 "tests/nn/test_sgd.py::slow", "tests/nn/test_mlp.py::b", "tests/pruning/test_obs.py::c",
                 "tests/nn/test_sgd.py::a"]}}}
    cheap, others = mutate.chosen(m, found)
    assert cheap[:3] == ["tests/nn/test_sgd.py::a", "tests/nn/test_mlp.py::b", "tests/pruning/test_obs.py::c"]
    assert (cheap + others)[3] == "tests/nn/test_sgd.py::slow"
    assert "tests/nn/test_sgd.py::d" not in cheap


def test_the_score_counts_no_equivalent_mutant():
    rows = [{"first": {"end": end}, "now": {"end": now}} for end, now in [
        ("killed", "killed"), ("time-out", "time-out"), ("survived", "killed"), ("survived", "survived")]]
    assert mutate.score(rows, "first")[:3] == (2, 4, 50)
    rows[3]["equivalent"] = "as fast, and the same"
    assert mutate.score(rows)[:3] == (3, 3, 100)
    low, high = mutate.score(rows)[3:]
    assert (low, high) == (pytest.approx(100 * 0.025**(1 / 3)), 100)  # Clopper and Pearson, all of n right


def test_stored_mutants_are_judged_and_every_survivor_is_dealt_with():
    rows = mutate.load()
    assert rows
    assert len({mutate.name_of(row) for row in rows}) == len(rows)
    for row in rows:
        assert row["room"] in mutate.ROOMS
        assert {row["first"]["end"], row["now"]["end"]} <= {"killed", "time-out", "survived"}, row
        assert bool(row.get("equivalent")) == (row["now"]["end"] == "survived"), row


def test_a_mutant_is_killed_by_a_test_that_looks_and_survives_one_that_does_not(tmp_path):
    """A tree of its own, with one module and two tests."""
    pytest.importorskip("coverage", reason="the mutator counts lines with coverage")
    pytest.importorskip("resource", reason="the mutator limits processes as Linux and macOS can")
    source = "def f(a):\n    return a + 1\n"
    (tmp_path / "test_code.py").write_text(
        "from code_ import f\n\n\ndef test_looks():\n    assert f(2) == 3\n\n\ndef test_does_not():\n    f(2)\n")
    (tmp_path / "tools").mkdir()
    shutil.copy(mutate.ROOT / "tools" / "mutate_pytest.py", tmp_path / "tools")
    [m] = [m for m in mutants_of("code_.py", source) if m.operator == "arithmetic"]
    seconds = {"test_code.py::test_looks": 0, "test_code.py::test_does_not": 0}
    for name, end in (("test_looks", "killed"), ("test_does_not", "survived")):
        (tmp_path / "code_.py").write_text(m.applied(source))
        found = mutate.run_tests(tmp_path, [f"test_code.py::{name}"], seconds)
        assert found["end"] == end, json.dumps(found)
    (tmp_path / "conftest.py").write_text("import code_")
    (tmp_path / "code_.py").write_text("1 / 0")
    assert mutate.run_tests(tmp_path, ["test_code.py::test_does_not"], seconds) == {
        "end": "killed", "by": "tests/conftest.py", "message": "E   ZeroDivisionError: division by zero"}
