"""Plans: they print as a sentence, and running one is running its stages by hand."""

import numpy as np
import pytest

import nnprune
from nnprune import MLP, prune_lobs, prune_magnitude, prune_obs, run_stages
from nnprune.pruning import METHODS
from nnprune.pruning.schedules import Plan, lobs, magnitude, obd, obs, retrain, stage


@pytest.fixture
def problem():
    net, rng = MLP((6, 8, 3), rng=0), np.random.default_rng(1)  # 72 weights
    return net, rng.normal(size=(60, 6)), rng.integers(3, size=60)


def test_it_reads_like_english():
    made = Plan([magnitude(to=0.5), lobs(to=0.95, inputs="pruned", damping=1e-3), retrain(epochs=1), obs(to=0.99)])
    assert str(made) == ("magnitude to 0.5, then exact L-OBS to 0.95 (damping=0.001, inputs='pruned'), "
                         "then retrain 1 epoch, then OBS to 0.99")
    assert str(lobs(to=np.float64(0.5), damping=np.float32(0.5))) == "exact L-OBS to 0.5 (damping=0.5)"
    assert Plan([lobs(to=0.5)]) == Plan(lobs(to=0.5)) == Plan(made[:0] + Plan([stage("lobs-exact", to=0.5)]))
    assert hash(Plan(lobs(to=0.5, damping=1, inputs="pruned"))) == hash(Plan(lobs(to=0.5, inputs="pruned", damping=1)))
    assert obd(to=0.5) == stage("obd", to=0.5) != obd(to=0.5, calibration=5)


def halved(net, x, y):
    """A stage of a student's own: every second weight of what is left goes, in place."""
    masks = [mask.copy() for mask in net.masks]
    for mask in masks:
        mask[np.unravel_index(np.flatnonzero(mask)[::2], mask.shape)] = False
    net.set_masks(masks)
    return net


def test_any_function_is_a_stage(problem):
    net, x, y = problem
    before, seen = net.parameters(), []

    def largest(net, x, y):
        seen.append((x, y))
        return prune_magnitude(net, sparsity=0.6)

    r = run_stages(net, x, y, [halved, retrain(epochs=1), largest, lobs(to=0.7)])
    assert str(r.plan) == "halved, then retrain 1 epoch, then largest, then exact L-OBS to 0.7"
    assert repr(r) == f"StagesResult({r.plan}: {r.net})"
    assert [s.sparsity for s in r.stages] == pytest.approx([36 / 72, 36 / 72, 43 / 72, 50 / 72])
    np.testing.assert_array_equal(net.parameters(), before)
    assert all(mask.all() for mask in net.masks)
    np.testing.assert_array_equal(seen[0][0], x)
    alone = run_stages(net, x, y, halved).net
    np.testing.assert_array_equal(alone.parameters(), halved(net.copy(), x, y).parameters())


def test_running_a_plan_is_running_its_stages_by_hand(problem):
    net, x, y = problem
    before = net.parameters()
    r = run_stages(net, x, y, [magnitude(to=0.25), lobs(to=0.5, calibration=30), retrain(epochs=2, batch_size=60),
                               obs(to=0.75, damping=0.5, refresh=3, calibration=40)])
    slow = prune_magnitude(net, sparsity=0.25).net
    slow = prune_lobs(slow, x[:30], sparsity=0.5).net
    nnprune.train(slow, x, y, epochs=2, batch_size=60)  # one batch an epoch: the order of the samples is no matter
    slow = prune_obs(slow, x[:40], y[:40], sparsity=0.75, damping=0.5, refresh=3).net
    np.testing.assert_allclose(r.net.parameters(), slow.parameters(), rtol=1e-8)
    np.testing.assert_array_equal(net.parameters(), before)
    assert [s.sparsity for s in r.stages] == [0.25, 0.5, 0.5, 0.75]
    assert [s.number for s in r.stages] == [1, 2, 3, 4]
    assert tuple(s.stage for s in r.stages) == r.plan
    assert r.epochs == r.plan.epochs == 2
    assert r.seconds == sum(s.seconds for s in r.stages) > 0


@pytest.mark.parametrize("method", METHODS)
def test_every_method_delivers_its_sparsity_and_retraining_keeps_it(problem, method):
    r = run_stages(*problem, [stage(method, to=0.5), retrain(epochs=1)])
    assert r.net.sparsity == 0.5
    assert not any(W[~mask].any() for W, mask in zip(r.net.weights, r.net.masks))
    assert str(r.plan) == f"{METHODS[method].label} to 0.5, then retrain 1 epoch"


def test_seeds_belong_to_stages_and_onlookers_change_nothing(problem):
    stages, seen = [stage("random", to=0.3), retrain(epochs=1, batch_size=8), stage("random", to=0.6)], []

    def spoil(number, stage, net, seconds):
        seen.append((number, stage, net.sparsity))
        net.weights[0][:] = 7

    runs = [run_stages(*problem, stages, rng=rng, callback=callback).net
            for rng, callback in ((0, None), (0, spoil), (1, None), (np.random.default_rng(0), None))]
    bits = [net.parameters().tobytes() for net in runs]
    assert bits[0] == bits[1] == bits[3] != bits[2]
    assert [(n, s) for n, s, _ in seen] == list(enumerate(stages, 1))
    assert [s for *_, s in seen] == [r.sparsity for r in run_stages(*problem, stages).stages]
    # The beginning of a longer plan is the shorter plan.
    states = []
    run_stages(*problem, stages, callback=lambda n, stage, net, s: states.append(net))
    for k in (1, 2, 3):
        assert run_stages(*problem, stages[:k]).net.parameters().tobytes() == states[k - 1].parameters().tobytes()
    # And the whole can be reached from where the shorter one ended.
    _, x, y = problem
    for k, net in enumerate([problem[0], *states[:2]]):
        rest = run_stages(net, x, y, stages, done=k)
        assert rest.net.parameters().tobytes() == states[2].parameters().tobytes()
        assert [report.number for report in rest.stages] == list(range(k + 1, 4))


@pytest.mark.parametrize(("stages", "message"), [
    ([lobs(to=0.5), magnitude(to=0.5)], r"stage 2 \(magnitude to 0.5\): .* must rise, but 0.5 is gone"),
    ([magnitude(to=0.2)], r"stage 1 .*0.25 of the net is gone before the plan begins; leave this stage out"),
    ([magnitude(to=1.5)], r"stage 1 .*to must be a number in \[0, 1\), but it is 1.5"),
    ([magnitude(to=0.5), retrain(epochs=0)], r"stage 2 \(retrain 0 epochs\): epochs must be a whole number of at"),
    ([retrain(epochs=2.5)], "stage 1 .*epochs must be a whole number"),
    ([magnitude(to=0.5), lobs(to=0.9, dampening=0)], "stage 2 .*'dampening' is unknown; known are: .*'?damping"),
    ([lobs(to=0.9, refresh=2000)], "stage 1 .*refresh"),
    ([magnitude(to=0.5, sparsity=0.5)], "the option 'sparsity' is unknown"),
    ([obs(to=0.9, hessian=[1])], r"must be a number, a name or None, but it is \[1\]"),
    ([magnitude(to=0.5), lobs(to=0.9, damping=-1)], "stage 2 .*damping"),
    ([retrain(epochs=1, momentum=1)], "stage 1 .*momentum"),
    ([stage("obs-factored", to=0.9, damping=0)], "stage 1 .*damping"),
    ([lobs(to=0.5, calibration=0)], "calibration must be a whole number of at least 1"),
    ([magnitude(to=0.5, calibration=5)], "the option 'calibration' is unknown"),
    ([stage("lobs-shared", to=0.5, inverse="exact")], "the option 'inverse' is unknown; known are: .*refresh"),
    ([], "the plan has no stages"),
])
def test_a_plan_is_checked_to_its_end_before_any_work(problem, stages, message, monkeypatch):
    net, x, y = problem
    net = prune_magnitude(net, sparsity=0.25).net
    seen = []
    with pytest.raises(ValueError, match=message):
        run_stages(net, x, y, stages, callback=lambda *_: seen.append(1))
    assert not seen


def test_samples_that_do_not_fit_are_refused_first(problem):
    net, x, y = problem
    with pytest.raises(ValueError, match="^x has 5 columns"):
        run_stages(net, x[:, :5], y, [magnitude(to=0.5), retrain(epochs=1)])


def test_what_only_the_real_net_shows_is_named_after_its_stage(problem):
    net, x, y = problem
    x[:, 1] = x[:, 0]
    with pytest.raises(ValueError, match=r"stage 2 \(exact L-OBS to 0.9 \(damping=0\)\): "):
        run_stages(net, x, y, [magnitude(to=0.1), lobs(to=0.9, damping=0)])


@pytest.mark.parametrize("y", [None, "abc", np.full(40, np.nan)])
def test_y_is_validated_where_no_stage_needs_it_too(y):
    x = np.random.default_rng(0).normal(size=(40, 3))
    with pytest.raises(ValueError, match="y"):
        run_stages(MLP((3, 4, 2), rng=0), x, y, [lobs(to=0.5)])


def test_more_stages_done_than_there_are_is_refused():
    x = np.random.default_rng(0).normal(size=(40, 3))
    with pytest.raises(ValueError, match="done=2, but the plan has only 1 stages"):
        run_stages(MLP((3, 4, 2), rng=0), x, np.zeros(40, int), [lobs(to=0.5)], done=2)
