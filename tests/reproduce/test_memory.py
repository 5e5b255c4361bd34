"""The command lines say what memory they will take, and refuse too much; and the time left, once a seed is done."""

from __future__ import annotations

import inspect
import re
import tracemalloc
from pathlib import Path

import pytest

import nnprune
from nnprune import demo
from nnprune.datasets import choose
from nnprune.pruning.methods import METHODS
from nnprune.reproduce import EXPERIMENTS
from nnprune.reproduce import __main__ as reproduce
from nnprune.reproduce.expected import PEAKS, PEAKS_QUICK
from nnprune.reproduce.main_experiment.run import Settings

SMALL = ["--dataset", "digits", "--quick", "--hidden", "4", "--epochs", "1", "--methods", "magnitude"]


@pytest.fixture
def few_digits(monkeypatch):
    """A data set that is made in no time."""
    monkeypatch.setattr(choose, "make_digits", lambda: nnprune.make_digits(40, 20))


def test_the_demo_says_what_it_will_take_before_it_begins(few_digits, tmp_path, capsys, monkeypatch):
    def begin(*args):
        raise ValueError("the training begins")

    monkeypatch.setattr(demo, "run_experiment", begin)
    assert demo.main([*SMALL, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert re.search(r"^memory: at most about \d\.\d GiB$", said.out, re.MULTILINE)
    assert said.err == "error: the training begins\n"


def test_the_demo_refuses_before_any_work(few_digits, tmp_path, capsys):
    assert demo.main([*SMALL, "--max-memory", "0.1", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert re.fullmatch(r"error: the run needs \d\.\d GiB, but max_memory is 0\.1 GiB: .*\n", said.err)
    assert not (tmp_path / "out").exists()
    assert demo.main([*SMALL, "--max-memory", "0", "--out", str(tmp_path / "out")]) == 2
    assert "--max-memory must be a number in (0, inf], but it is 0.0" in capsys.readouterr().err


@pytest.mark.parametrize(("hidden", "method"), [(["30000", "30000"], "lobs-exact"), (["40"], "obs"),
                                                (["300"], "obs-factored")])
def test_the_demo_refuses_a_net_that_a_method_cannot_prune_before_it_is_made(hidden, method, tmp_path, capsys,
                                                                             monkeypatch):
    """A net of 900 million weights: neither its numbers nor its training may come first."""
    monkeypatch.setattr(choose, "make_digits", lambda: nnprune.make_digits(400, 20))
    tracemalloc.start()
    code = demo.main(["--dataset", "digits", "--methods", method, "--hidden", *hidden, "--out", str(tmp_path / "out")])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert code == 2
    assert "above its 4.0 GiB: take fewer --hidden units" in capsys.readouterr().err
    assert peak < 2**26
    function = METHODS[method].function
    assert inspect.signature(function).parameters["max_memory"].default == demo.MAX_MEMORY


def test_the_demo_says_what_is_left_at_every_result_but_the_last(few_digits, tmp_path, capsys):
    assert demo.main([*SMALL, "--seeds", "3", "--jobs", "1", "--out", str(tmp_path / "out")]) == 0
    results = re.findall(r"^seed \d: .*$", capsys.readouterr().out, re.MULTILINE)
    left = [bool(re.search(r", about \d+ s left$", line)) for line in results]
    assert left == [True] * 5 + [False]


def test_every_method_with_a_hessian_counts():
    data = nnprune.make_digits(200, 50)
    least = sum(demo.memory_needed(Settings(hidden=(2,), methods=("magnitude",)), data))
    for name in METHODS:
        more = sum(demo.memory_needed(Settings(hidden=(2,), methods=("magnitude", name)), data))
        assert more > least if "obs" in name or name == "sparsegpt" else more == least
    assert sum(demo.memory_needed(Settings(hidden=(4,), methods=("magnitude",)), data)) > least


def test_reproduce_refuses_before_any_work(tmp_path, capsys):
    assert reproduce.main(["xor", "combine", "--max-memory", "1", "--out", str(tmp_path / "out")]) == 2
    assert "the experiment 'combine' needs 2.6 GiB, but max_memory is 1.0 GiB" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_reproduce_says_its_memory(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(reproduce, "reproduce", lambda job: None)
    options = ["--quick", "--dataset", "digits", "--jobs", "1", "--out", str(tmp_path)]
    assert reproduce.main(["xor", "monks", *options]) == 0
    assert capsys.readouterr().out == "memory: at most about 0.3 GiB\n"


def test_reproduce_knows_every_experiment_and_what_its_page_says():
    assert set(PEAKS) == set(PEAKS_QUICK) == set(EXPERIMENTS)
    pages = sorted((Path(nnprune.__file__).parents[1] / "docs" / "reproduction").glob("*.md"))
    if not pages:
        pytest.skip("installed without the checkout: there are no pages to compare with")
    found = re.findall(r"^`python -m nnprune\.reproduce ([\w-]+)[^`]*`: .*?, (\d+) MB of resident",
                       "\n".join(page.read_text() for page in pages), re.MULTILINE)
    assert {name: int(memory) for name, memory in found} == {page.stem: PEAKS[page.stem] for page in pages}
