"""What the laws say of functions that misbehave, the command line, and the report itself."""

import doctest
import json
import subprocess
import sys
import time

import numpy as np
import pytest

import nnprune.laws
from nnprune.laws import candidate, check_layer_pruner, check_saliency, check_update, reference
from nnprune.laws.__main__ import main

OPTIONS = {"examples": 10, "raise_on_failure": False}


def right(w, Hinv):
    return w**2 / (2 * np.diag(Hinv))


def without_half(w, Hinv):
    return w**2 / np.diag(Hinv)


def hangs(w, Hinv):
    while True:
        pass


def sleeps(w, Hinv):
    time.sleep(0.4)


def prints(w, Hinv):
    print("L is", w)
    return right(w, Hinv)


def exits(w, Hinv):
    sys.exit(3)


def first(f, **options):
    """The first broken law of a saliency."""
    return next(o for o in check_saliency(f, **(OPTIONS | options)).outcomes if not o.passed)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda w, Hinv: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda w: w, "raised TypeError"),
        (exits, "raised SystemExit: 3"),
        (lambda w, Hinv: None, "NoneType of dtype object"),
        (lambda w, Hinv: "0.5", "str of dtype <U3"),
        (lambda w, Hinv: [w, w[:1]], "list of dtype object"),
        (lambda w, Hinv: w[:-1], "shape (1,)"),
        (lambda w, Hinv: w[:, None], "shape (2, 1)"),
        (lambda w, Hinv: w * np.nan, "[nan nan]"),
        (lambda w, Hinv: w + 1j, "complex"),
    ],
)
def test_a_bad_answer_is_named_and_the_next_law_follows(f, message):
    board = check_saliency(f, **OPTIONS)
    assert message in str(board)
    assert len(board.outcomes) == 12
    assert len(board.failed) == 12


@pytest.mark.parametrize("f", [hangs, sleeps])
def test_a_hanging_function_is_given_up_at_the_deadline(f, monkeypatch):
    monkeypatch.setattr(candidate, "WARM_UP", 0.1)
    begin = time.perf_counter()
    board = check_saliency(f, laws=["saliency_equals_refit", "saliency_is_positive"], deadline=0.1, **OPTIONS)
    assert time.perf_counter() - begin < 5
    assert [o.violation.got for o in board.outcomes] == ["no answer within 0.1 s: does every loop end?"] * 2
    assert all(o.examples == 1 for o in board.outcomes)


SLOW_IMPORT = """
import time
import numpy as np

def right(w, Hinv):
    import slow_module  # as slow as a large library on a busy machine
    return w**2 / (2 * np.diag(Hinv))

def compiled(w, Hinv, seen=[]):
    if not seen:
        time.sleep(1)  # what a compiler does at the first call
        seen.append(1)
    return w**2 / (2 * np.diag(Hinv))

def never(w, Hinv):
    import endless_module

def loops(w, Hinv):
    import slow_module
    while True:
        pass
"""


def run_in_a_folder(folder, function, module="nnprune.laws", command=(), imports=4.0, warm_up=3.0):
    """The command line on a function of homework.py, with a deadline that its first call does not keep."""
    (folder / "homework.py").write_text(SLOW_IMPORT)
    # sqlite3 and decimal are modules in C: to tear their import makes the next one crash.
    (folder / "slow_module.py").write_text("import time\ntime.sleep(1)\nimport decimal, sqlite3\ntime.sleep(1)\n")
    (folder / "endless_module.py").write_text("import time\nwhile True:\n    time.sleep(0.01)\n")
    code = ("import sys; from nnprune.laws import candidate; "
            f"candidate.IMPORTS = {imports}; candidate.WARM_UP = {warm_up}; "
            f"import runpy; runpy.run_module({module!r}, run_name='__main__')")
    arguments = [*command, f"homework:{function}", "--as", "saliency", "--examples", "3", "--deadline", "0.5", "--laws",
                 "saliency_equals_refit,saliency_is_positive"]
    return subprocess.run([sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True,
                          timeout=120)


@pytest.mark.parametrize("function", ["right", "compiled"])
def test_a_slow_first_call_does_not_count(function, tmp_path):
    done = run_in_a_folder(tmp_path, function)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("function", "words"), [("never", "an import in it has not ended in 1 s"),
                                                 ("loops", "no answer within 1 s: does every loop end?")])
def test_a_call_that_never_ends_is_left_without_a_crash(function, words, tmp_path):
    for program in ({}, {"module": "nnprune", "command": ["laws"]}):
        imports = 1.0 if function == "never" else 4.0
        done = run_in_a_folder(tmp_path, function, **program, imports=imports, warm_up=1.0)
        assert (done.returncode, done.stderr) == (1, "")
        assert words in done.stdout


def test_changed_inputs_break_one_law_only():
    def in_place(w, Hinv):
        w *= w
        return w / (2 * np.diag(Hinv))
    board = check_saliency(in_place, **OPTIONS)
    assert board.failed == ["saliency_leaves_its_inputs"]
    assert "changed in place: w" in str(board)


def test_printing_is_kept_out_and_noted(capsys):
    board = check_saliency(prints, **OPTIONS)
    assert board.passed
    assert "note: the function printed 'L is [" in str(board)
    assert capsys.readouterr() == ("", "")


def test_a_function_that_changes_its_mind_is_told_so():
    rng = np.random.default_rng(0)
    outcome = first(lambda w, Hinv: right(w, Hinv) + rng.integers(2), examples=50)
    assert "does not always return the same" in outcome.violation.hint


def test_a_known_mistake_is_recognised():
    outcome = first(without_half)
    assert outcome.violation.hint == "The factor 1/2 is missing."
    assert len(outcome.case.w) == 2
    with pytest.raises(AssertionError, match=r"(?s)FAIL saliency_equals_refit.*likely mistake  The factor 1/2"):
        check_saliency(without_half, examples=10)


def test_the_same_seed_finds_the_same_example():
    cases = [str(first(without_half, seed=1).case) for _ in range(2)]
    assert cases[0] == cases[1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"laws": ["saliency"]}, "law 'saliency' is unknown"),
        ({"examples": 0}, "examples must be a whole number of at least 1, but it is 0"),
        ({"method": "obs"}, "method 'obs' is unknown; known are: 'any'"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        check_saliency(right, **options)


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match=r"f\(w, Hinv, q\) -> w, but got 3"):
        check_update(3)


def test_a_swapped_answer_is_reported_once():
    board = check_layer_pruner(lambda W, X, n: (W, np.ones(W.shape, bool)), method="obs", **OPTIONS)
    assert len(board.failed) == 24
    assert str(board).count("The two are swapped: return mask, W.") == 1


def test_a_mask_of_numbers_is_refused():
    board = check_layer_pruner(lambda W, X, n: (np.ones(W.shape), W), laws=["layer_count_is_exact"], **OPTIONS)
    assert "True and False" in str(board)


def test_the_gap_to_the_optimum_is_bounded_by_the_recursion():
    assert reference.greedy_factor(np.eye(3), 3) == pytest.approx(1 + 1 / 2 + 1)
    assert reference.least_error(np.array([1.0, 2.0, 3.0]), np.eye(3), 2) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("test_laws_reports:right --as saliency --examples 5", 0),
        ("test_laws_reports:without_half --as saliency --examples 5", 1),
        ("test_laws_reports:without_half --as saliency --laws saliency_leaves_its_inputs", 0),
        ("--list", 0),
    ],
)
def test_the_command_line(arguments, code, capsys):
    assert main(arguments.split()) == code
    assert "saliency" in capsys.readouterr().out


def test_the_command_line_speaks_json(capsys):
    assert main("test_laws_reports:without_half --as saliency --examples 5 --json".split()) == 1
    report = json.loads(capsys.readouterr().out)
    broken = report["laws"][0]
    assert (broken["law"], broken["passed"]) == ("saliency_equals_refit", False)
    assert set(broken["counterexample"]) == {"w", "H", "Hinv"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "module:function and --as are needed"),
        ("nothing_here:f --as saliency", "No module named 'nothing_here'"),
        ("test_laws_reports:nothing --as saliency", "has no attribute 'nothing'"),
        ("test_laws_reports:OPTIONS --as saliency", "a function is needed"),
        ("test_laws_reports:right --as saliency --laws no_law", "law 'no_law' is unknown"),
    ],
)
def test_the_command_line_refuses(arguments, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(arguments.split())
    assert message in capsys.readouterr().err


def test_without_hypothesis_there_is_one_clear_error():
    code = ("import sys; sys.modules['hypothesis'] = None; import nnprune\n"
            "try: import nnprune.laws\nexcept ImportError as error: print(error)")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert 'pip install "nnprune[test]"' in out


def test_nnprune_does_not_import_hypothesis():
    code = "import sys, nnprune; print('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


@pytest.mark.parametrize("module", [nnprune.laws, nnprune.laws.law])
def test_docstring_examples(module):
    assert doctest.testmod(module).failed == 0


def test_a_crash_and_a_missing_return_get_a_hint_of_their_own():
    def crash(w, Hinv):
        return w / nothing  # noqa: F821

    def no_return(w, Hinv):
        w**2 / (2 * np.diag(Hinv))

    for f, words in ((crash, "fix the error above"), (no_return, "Is there a `return` at the end?")):
        report = str(check_saliency(f, examples=5, raise_on_failure=False))
        assert words in report
    assert "test_laws_reports.py" in str(check_saliency(crash, examples=5, raise_on_failure=False))


def test_the_command_line_helps_with_a_file_name_and_with_a_syntax_error(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "right_homework.py").write_text("def f(w, Hinv):\n    return w**2 / (2 * Hinv.diagonal())\n")
    (tmp_path / "broken_homework.py").write_text("def f(:\n")
    assert main(["right_homework.py:f", "--as", "saliency", "--examples", "5"]) == 0
    with pytest.raises(SystemExit):
        main(["broken_homework:f", "--as", "saliency"])
    assert "broken_homework.py, line 1" in capsys.readouterr().err
