"""The experiments on combinations and on pruning before training: their settings, their arithmetic, and a tiny run."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

import nnprune
from nnprune import MLP, run_stages
from nnprune.pruning.schedules import Plan, magnitude, retrain, stage
from nnprune.reproduce.before_training import run as before_training
from nnprune.reproduce.before_training import tables as before_training_tables
from nnprune.reproduce.before_training import text as before_training_text
from nnprune.reproduce.combine import run as combine


class TinyJob:
    """What an experiment sees of ``reproduce.job.Job``, with nothing on the disk."""

    def __init__(self, **settings):
        self.settings, self.seeds, self.names, self.expected = SimpleNamespace(**settings), [0, 1], [], None
        self.data = nnprune.make_digits(300, 100, rng=0)

    def mnist(self):
        return self.data

    def expect(self, n):
        self.expected = n

    def step(self, name, function):
        self.names.append(name)
        return function()

    net = step

    def map(self, function, items):
        return [function(self, *arguments) for arguments in items.values()]


def finished(module, **settings):
    """The job after a run, and its findings as JSON can hold them, figures drawn."""
    job = TinyJob(**{**module.SETTINGS, "hidden": [6], **settings})
    found = module.run(job)
    assert job.expected == len(job.names) == len(set(job.names))
    return job, found


def test_before_training_runs_and_every_row_has_its_budget_and_sparsity(tmp_path):
    job, found = finished(before_training, epochs=1, sparsities=[0.6, 0.9], calibration=100,
                          long=before_training.QUICK["long"])
    table = found.tables[0]
    paper = table.rows.pop()  # one seed, and of all rows alone beside the published errors
    assert paper[0] == before_training_tables.SNIP_PAPER
    assert paper[3] == "-"
    assert float(paper[4]) == pytest.approx(found.claims[0].mean, abs=0.005)
    assert [len(claim.ours) for claim in found.claims] == [1]
    assert [row[0] for row in table.rows] == ["dense", *before_training.BUDGET]
    assert {row[2] for row in table.rows} == {"1", "2"}
    for method, *_, first, last in table.rows:
        # The controls are measured at the highest sparsity only.
        assert ("±" in first) == (method not in before_training_tables.CONTROLS)
        assert "±" in last
    for name, (_, draw) in found.figures.items():
        draw(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 5000


@pytest.mark.parametrize(("lead", "words"), [(0.6, "up to 90 %"), (0.4, "up to 60 %"), (-9, "not even at 60 %")])
def test_how_far_a_method_reaches(lead, words):
    """Errors of SNIP so made that it stays within 0.5 points up to a sparsity of our choice, whatever comes after."""
    limit = before_training_tables.NEAR
    rise = {0.6: limit - lead, 0.9: limit + 0.5 - lead, 0.98: 9, 0.99: 0}
    rows = [{"method": "dense", "sparsity": 0.0, "error": 2.0 + seed} for seed in (0, 1)]
    rows += [{"method": "SNIP", "sparsity": p, "error": 2.0 + seed + r} for p, r in rise.items() for seed in (0, 1)]
    assert before_training_text.reach(rows, "SNIP", list(rise)) == words


@pytest.mark.parametrize("settings", [combine.SETTINGS, {**combine.SETTINGS, **combine.QUICK}], ids=["full", "quick"])
def test_all_plans_have_one_budget_and_one_goal(settings):
    plans = {name: combine.plan_of(word, SimpleNamespace(**settings)) for name, word in settings["plans"].items()}
    assert len({plan.epochs for plan in plans.values()}) == 1
    assert len(set(map(str, plans.values()))) == len(plans)
    assert {[stage for stage in plan if stage.kind != "retrain"][-1].amount for plan in plans.values()} == {
        settings["levels"][-1]}
    kinds = combine.kinds(plans)
    assert len(kinds["combined"]) >= 8
    for name in kinds["plain"]:
        assert len({stage.kind for stage in plans[name]} - {"retrain"}) == 1
    for name in kinds["combined"]:
        assert len({stage.kind for stage in plans[name]} - {"retrain"}) == 2


def test_combine_runs_and_chooses_on_validation_data(tmp_path, monkeypatch):
    plans, chosen = {"plain magnitude": "M", "plain random": "R", "both": "RM"}, {}
    monkeypatch.setitem(combine.LETTERS, "R", partial(stage, "random"))
    answer = combine.answer
    monkeypatch.setattr(combine, "answer", lambda job, best, *more: chosen.update(best) or answer(job, best, *more))
    job, found = finished(combine, plans=plans, levels=[0.5, 0.8], budget=2, epochs=1, validation=100)
    table = found.tables[0]
    assert {row[0] for row in table.rows} == {*plans, "dense"}
    by_validation = [float(row[1].split()[0]) for row in table.rows[:-1]]
    assert by_validation == sorted(by_validation)
    plain = [row[0] for row in table.rows if row[0].startswith("plain")]
    assert chosen == {"plain": plain[0], "combined": "both"}
    for name, (_, draw) in found.figures.items():
        draw(tmp_path / name)
        assert (tmp_path / name).stat().st_size > 5000


def test_unequal_budgets_are_refused():
    job = TinyJob(**{**combine.SETTINGS, "plans": {"a": "M", "b": "LLLL"}})  # 10 epochs, 4 times 2
    with pytest.raises(ValueError, match=r"budgets \[8, 10\], but an equal one is needed"):
        combine.run(job)
    assert not job.names


def test_the_words_on_chance_follow_the_figures():
    job = SimpleNamespace(seeds=[0, 1], settings=SimpleNamespace(plans={"plain": "", "c": ""}))
    best, validation = {"plain": "plain", "combined": "c"}, {"plain": [3.0, 3.0], "c": [2.0, 2.0]}
    errors = {"plain": [3.0, 3.2], "plain, one shot": [4, 4], "c": [2.9, 3.1]}
    says, rounds = combine.answer(job, best, validation, errors, [(20, 30, 0.203), (1, 11, 0.0063)])
    assert '"c"; the best combination is "c"' in says
    assert "with McNemar's exact p: 20 and 30 (p = 0.2); 1 and 11 (p = 0.0063)." in says
    assert "1 of 1 combinations" in says
    assert "plain errs 3.10 % in rounds and 4.00 % in one shot" in rounds


def test_a_plan_that_begins_where_another_got_to_ends_the_same():
    net, rng = MLP((6, 8, 3), rng=0), np.random.default_rng(1)
    x, y = rng.normal(size=(60, 6)), rng.integers(3, size=60)
    one, other = (Plan([magnitude(to=0.3), retrain(epochs=1), stage(last, to=0.6), retrain(epochs=1)])
                  for last in ("magnitude", "random"))
    made = {(): net}
    for plan in (one, other, one[:3]):
        alone = run_stages(net, x, y, plan, rng=5).net
        shared = combine.carried_out(Plan(plan), made, x, y, 5)
        assert shared.parameters().tobytes() == alone.parameters().tobytes()
    assert len(made) == 1 + 4 + 2
