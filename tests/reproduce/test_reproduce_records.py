"""The records: soft targets by laws, and the whole chain on small nets and synthetic digits."""

import numpy as np
import pytest

from nnprune import MLP, make_digits
from nnprune.reproduce.job import Job
from nnprune.reproduce.records import run as records
from nnprune.reproduce.records.labels import run as labels
from nnprune.reproduce.run_folder import RunFolder

TINY = {**records.SETTINGS, **records.QUICK, "hidden": [20, 12], "epochs": 2, "rounds": 3, "steps": 5,
        "teacher_epochs": 2}


@pytest.fixture(scope="module")
def data():
    return make_digits(n_train=800, n_test=300, rng=0)


def run(folder, data, **settings):
    settings = {**TINY, **settings}
    job = Job("records", settings, RunFolder(folder, "records", settings), log=lambda text: None)
    job.images = data
    return job, records.run(job)


def test_soft_targets_of_one_teacher_are_its_probabilities():
    net, x = MLP((4, 5, 3), rng=0), np.random.default_rng(0).normal(size=(6, 4))
    z = net.forward(x)
    np.testing.assert_allclose(records.soft_targets([net], x, 1), np.exp(z) / np.exp(z).sum(axis=1, keepdims=True))


def test_soft_targets_at_two_temperatures():
    """Logarithms of ratios of probabilities are differences of z / T: a quarter at T = 4."""
    nets, x = [MLP((4, 5, 3), rng=k) for k in range(3)], np.random.default_rng(0).normal(size=(6, 4))
    log = [np.log(records.soft_targets(nets, x, T)) for T in (1, 4)]
    ratios = [t - t[:, :1] for t in log]
    np.testing.assert_allclose(ratios[0], 4 * ratios[1], atol=1e-12)
    np.testing.assert_allclose(np.exp(log[1]).sum(axis=1), 1)


def test_the_chain_is_exact_nested_and_goes_on_from_the_disk(tmp_path, data):
    job, found = run(tmp_path, data)
    nets = [MLP.load(file) for file in sorted(tmp_path.glob("steps/*.npz"))]
    counts = sorted((sum(int(M.sum()) for M in net.masks) for net in nets), reverse=True)
    n = nets[0].n_weights
    assert counts == [n, n, round(n / 12), round(n / 60)]
    sparse = sorted((net for net in nets if net.sparsity), key=lambda net: net.sparsity)
    assert all((a | ~b).all() for a, b in zip(sparse[0].masks, sparse[1].masks))
    assert all((W[~M] == 0).all() for net in nets for W, M in zip(net.weights, net.masks))
    for net, ratio in zip(sparse, (12, 60)):
        np.testing.assert_array_equal(MLP.load(tmp_path / f"seed-0-{ratio}x.npz").parameters(), net.parameters())
    ours = {claim.what.split(",")[0]: claim.ours[0] for claim in found.claims}
    for ratio, net in zip((12, 60), sparse):
        assert ours[f"test error at {ratio}x"] == pytest.approx(100 * np.mean(net.predict(data.x_test) != data.y_test))
    assert found.statements[0].holds == [True]
    assert run(tmp_path, data)[1].as_dict() == found.as_dict()
    with (tmp_path / "figure.png").open("wb") as f:
        found.figures["records.png"][1](f)


def test_on_labels_alone_the_same_steps_begin_from_the_own_dense_net_and_rises_are_counted_from_it(tmp_path, data):
    tiny = {**labels.SETTINGS, **labels.QUICK, "hidden": [20, 12], "epochs": 2, "rounds": 3, "steps": 5,
            "teacher_epochs": 2, "ratios": [60]}
    job = Job("records-labels", tiny, RunFolder(tmp_path, "records", tiny), log=lambda text: None)
    job.images = data
    found = labels.run(job)
    dense, sparse = (MLP.load(f) for f in sorted(tmp_path.glob("steps/*.npz"), key=lambda f: MLP.load(f).sparsity))
    error = [100 * np.mean(net.predict(data.x_test) != data.y_test) for net in (dense, sparse)]
    claims = {claim.what.split(",")[0]: claim for claim in found.claims}
    assert claims["test error at 60x"].ours == pytest.approx([error[1]])
    assert claims["test error at 60x"].published is None
    assert claims["rise over the own dense net at 60x (points)"].ours == pytest.approx([error[1] - error[0]])
    assert claims["rise over the own dense net at 60x (points)"].published == 0.01
    np.testing.assert_array_equal(dense.parameters(), records.teacher(job, 0, 0).parameters())


def test_smoothed_labels_are_distributions_whose_largest_is_the_label():
    y = np.arange(10)[::-1]
    t = records.smoothed(y, 0.1)
    np.testing.assert_allclose(t.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(t.argmax(axis=1), y)
    np.testing.assert_array_equal(records.smoothed(y, 0), np.eye(10)[y])


def test_another_seed_gives_another_net(tmp_path, data):
    errors = [run(tmp_path / str(k), data, seeds=1, ratios=[60], teachers=1)[1].claims[0].ours for k in range(2)]
    assert errors[0] == errors[1]
    job, found = run(tmp_path / "two", data, seeds=2, ratios=[60], teachers=1)
    assert found.claims[0].ours[0] == errors[0][0]
    a, b = (job.net(f"seed {k}, 60x", None) for k in range(2))
    assert (a.weights[0] != b.weights[0]).any()
