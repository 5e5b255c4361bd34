"""The option ``progress``: who sees a line, and when; no two lines at once."""

import io
import sys

import numpy as np
import pytest

import nnprune
from nnprune._util import progress as module
from nnprune._util.progress import shown
from nnprune.pruning.methods import METHODS

NET = nnprune.MLP((4, 5, 2), rng=0)
X = np.random.default_rng(0).normal(size=(30, 4))
Y = np.arange(30) % 2
LONG = {
    "prune_lobs": lambda p: nnprune.prune_lobs(NET, X, sparsity=0.5, progress=p),
    "shared": lambda p: nnprune.prune_lobs(NET, X, sparsity=0.5, inverse="shared", progress=p),
    "prune_layer": lambda p: nnprune.prune_layer(NET.weights[0], X, sparsity=0.5, progress=p),
    "prune_obs": lambda p: nnprune.prune_obs(NET, X, Y, sparsity=0.5, progress=p),
    "prune_obs_factored": lambda p: nnprune.prune_obs_factored(NET, X, Y, sparsity=0.5, progress=p),
    "prune_units": lambda p: nnprune.prune_units(NET, X, sizes=(3,), progress=p),
    "prune_sparsegpt": lambda p: nnprune.prune_sparsegpt(NET, X, sparsity=0.5, progress=p),
    "train_gauss_newton": lambda p: nnprune.train_gauss_newton(NET.copy(), X, Y, steps=2, progress=p),
    "prune_iteratively": lambda p: nnprune.prune_iteratively(
        NET, X, Y, lambda net, s: nnprune.prune_lobs(net, X, sparsity=s), sparsity=0.5, every=5, progress=p),
    "a method of the table": lambda p: METHODS["lobs-shared-retrained"].prune(NET, X, Y, sparsity=0.5,
                                                                                     progress=p),
}


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def impatient(monkeypatch):
    """A clock on which a minute passes between two looks at it."""
    now = iter(range(0, 10**9, 60))
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(now))


def stderr(monkeypatch, stream):
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


@pytest.mark.parametrize("name", LONG)
def test_a_line_on_a_terminal_after_a_while_and_none_elsewhere(name, monkeypatch, impatient):
    terminal = stderr(monkeypatch, Terminal())
    LONG[name](None)
    assert " left" in terminal.getvalue()
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")  # and the line is gone at the end
    log = stderr(monkeypatch, io.StringIO())
    LONG[name](None)
    assert log.getvalue() == ""
    LONG[name](True)
    assert " left\n" in log.getvalue()


@pytest.mark.parametrize("name", LONG)
def test_false_shows_nothing_and_a_callable_is_told(name, monkeypatch, impatient):
    terminal, seen = stderr(monkeypatch, Terminal()), []
    LONG[name](False)
    LONG[name](lambda *done: seen.append(done))
    assert terminal.getvalue() == ""
    assert seen[-1][0] == seen[-1][1] > 0


def test_nothing_is_said_of_work_that_is_short(monkeypatch):
    terminal = stderr(monkeypatch, Terminal())
    with shown(None, "work") as report:
        report(1, 2)
    assert terminal.getvalue() == ""
    with shown(True, "work") as report:
        report(1, 2)
    assert "work: 50 %" in terminal.getvalue()


def test_inner_work_says_nothing_inside_outer_work(monkeypatch, impatient):
    terminal = stderr(monkeypatch, Terminal())
    with shown(None, "outer") as outer:
        with shown(None, "inner") as inner:
            inner(1, 2)
        outer(1, 2)
        with pytest.raises(KeyboardInterrupt), shown(None, "broken"):
            raise KeyboardInterrupt
    with shown(None, "later") as later:
        later(1, 2)
    assert "inner" not in terminal.getvalue()
    assert "outer: 50 %" in terminal.getvalue()
    assert "later: 50 %" in terminal.getvalue()


def test_without_a_standard_error_there_is_nothing_to_show(monkeypatch):
    stderr(monkeypatch, None)
    for p in (None, True):
        LONG["prune_obs"](p)


@pytest.mark.parametrize("name", ["prune_obs", "prune_lobs"])
def test_another_option_is_refused(name):
    with pytest.raises(ValueError, match="progress must be None, True, False or a callable .* but it is 'yes'"):
        LONG[name]("yes")
