"""The reproduction of the L-OBS paper's Table 1: claims on made-up figures, the authors' net, and the quick run."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from nnprune import MLP, prune_lobs, prune_magnitude, prune_obd, train
from nnprune.reproduce import __main__ as command
from nnprune.reproduce import authors
from nnprune.reproduce.authors import authors_net
from nnprune.reproduce.job import Job
from nnprune.reproduce.lobs.dense_nets import train_by_adam
from nnprune.reproduce.lobs.run import SETTINGS, prune_as_script, removed
from nnprune.reproduce.lobs.tables import ROWS, iterations, overall
from nnprune.reproduce.lobs.text import _held, findings


def test_the_papers_shares_are_not_7_percent():
    net = MLP((784, 300, 100, 10), rng=0)
    kept = 0.067 * 784 * 300 + 0.20 * 300 * 100 + 0.65 * 100 * 10
    assert overall(net, [0.067, 0.20, 0.65]) == pytest.approx(kept / 266_200, abs=1e-5)
    assert kept / 266_200 == pytest.approx(0.084, abs=5e-4)


# -- claims on made-up figures -------------------------------------------------------------------------------


def made_up(dense=1.5, before=1.7, after=1.55, last=1.9):
    """One seed: [before, after] of every row."""
    shares = [0.05, 0.1, 0.5]
    rows = {row: {way: [before, after] for way in ("labels", "soft")} for row in ROWS}
    rows["rounds"], rows["rounds, short"] = {"soft": [2.5, last]}, {"soft": [3.0, 2.5]}
    return {"dense": dense, "spread": [0.1, 0.2, 0.3, 0.01], "layers": dict.fromkeys(ROWS, shares), "rows": rows,
            "train": 0.1, "first layer": [dense, dense + 0.5, dense + 0.6, dense]}


def settings(**more):
    return SimpleNamespace(**{**SETTINGS, "first_layer": [0.9, 0.96, 0.97, 0.98], **more})


def claims(*found):
    return {c.what: c for c in findings(list(found), settings(), {}).claims}


def test_rises_are_taken_seed_by_seed_and_goals_are_judged_by_them():
    row = "L-OBS, 7 % kept, pruned inputs: "
    met = claims(made_up(1.5, 1.7, 1.55), made_up(1.7, 2.1, 1.77))
    assert met[row + "rise over dense before (points)"].ours == pytest.approx([0.2, 0.4])
    assert met[row + "rise over dense after, soft targets (points)"].ours == pytest.approx([0.05, 0.07])
    assert met[row + "rise over dense before (points)"].goal_met
    assert met[row + "rise over dense after, soft targets (points)"].goal_met
    assert met["L-OBS in rounds, 1.5 % kept: error after, soft targets (%)"].goal_met
    missed = claims(made_up(1.5, 1.9, 1.6, last=2.0))
    assert [what for what, c in missed.items() if c.goal_met is False] == [
        row + "rise over dense before (points)", row + "rise over dense after, soft targets (points)",
        "L-OBS in rounds, short, 1.5 % kept: error after, soft targets (%)",
        "L-OBS in rounds, 1.5 % kept: error after, soft targets (%)"]


def test_an_error_below_the_papers_may_still_be_a_rise_above_its_own():
    c = claims(made_up(dense=1.2, after=1.6), made_up(dense=1.21, after=1.61))
    assert c["L-OBS, 7 % kept: error after, labels (%)"].verdict == "BETTER"
    assert c["L-OBS, 7 % kept: rise over dense after, labels (points)"].verdict == "DIFFERS"


def test_the_first_layer_holds_up_to_the_first_loss():
    """1.5, 2.0, 2.1, 1.5: half a point is held, and what recovers later does not count."""
    assert _held([made_up()], settings()) == [0.96]
    assert _held([{**made_up(), "first layer": [9.0] * 4}], settings()) == [0.0]
    assert _held([{**made_up(), "first layer": [1.5] * 4}], settings()) == [0.98]


def test_what_depends_on_the_dense_net_is_counted_over_all_of_them():
    """Exact L-OBS ahead before retraining on both kinds, OBD ahead of magnitude on the second only."""
    ours, other = made_up(), made_up()
    for f, obd in ((ours, 9.0), (other, 3.0)):
        f["rows"]["magnitude"], f["rows"]["magnitude, shares"] = {"labels": [5.0, 1.5]}, {"labels": [5.0, 1.5]}
        f["rows"]["OBD"], f["rows"]["one inverse, shares"] = {"labels": [obd, 2.0]}, {"labels": [2.0, 2.0]}
    ahead, order, after = findings([ours], settings(), {"wide": [other]}).statements[-3:]
    assert (ahead.holds, order.holds, after.holds) == ([True, True], [False, True], [False, False])
    assert order.evidence == "SGD, decay 5e-4 (ours): 0 of 1, wide: 1 of 1"


def test_adam_goes_the_steps_of_its_formulas():
    """Two batches of a tiny net, every parameter by itself in float64."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 3)), np.array([0, 1, 2, 0, 1, 2])
    net = MLP((3, 4, 3), rng=0)
    theta, m, v, copy = net.parameters(), 0.0, 0.0, net.copy()
    order = np.random.default_rng(1).permutation(6)
    for t, rows in enumerate((order[:4], order[4:]), 1):
        copy.set_parameters(theta)
        g = copy.gradient(x[rows], y[rows])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        theta = theta - 0.01 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-8)
    train_by_adam(net, x, y, epochs=1, rate=0.01, batch_size=4, rng=np.random.default_rng(1))
    assert np.allclose(net.parameters(), theta, rtol=1e-9, atol=1e-12)


def test_mini_batches_of_all_stages_are_counted():
    s = settings(iterations=510, stages=[320, 323], rounds=20, steps={"rounds": 100}, fine={"rounds": 1000})
    assert [iterations(row, s) for row in ("magnitude", "two stages", "rounds")] == [510, 643, 3320]


# -- the authors' net ----------------------------------------------------------------------------------------


def six_files(folder, **changed):
    """Files like the authors', of other numbers; ``changed`` takes the place of one."""
    rng = np.random.default_rng(0)
    for l, (n_in, n_out) in enumerate(zip(authors.SIZES, authors.SIZES[1:]), 1):
        np.save(folder / f"w_layer{l}.npy", changed.get(f"w_layer{l}", rng.normal(0, n_in**-0.5, (n_in, n_out))))
        np.save(folder / f"b_layer{l}.npy", changed.get(f"b_layer{l}", np.zeros(n_out)))


def test_another_net_in_such_files_is_read_and_not_taken_for_the_authors(tmp_path):
    six_files(tmp_path)
    net, others = authors_net(tmp_path)
    assert len(others) == 6
    assert net.sizes == (784, 300, 100, 10)
    assert np.array_equal(net.weights[1], np.load(tmp_path / "w_layer2.npy").T)


@pytest.mark.parametrize(("changed", "message"), [
    ({"w_layer2": np.zeros((100, 300))}, "w_layer2.npy has the shape \\(100, 300\\), .*it is transposed"),
    ({"b_layer3": np.zeros(11)}, "b_layer3.npy has the shape \\(11,\\), but \\(10,\\) is needed"),
])
def test_a_net_of_another_shape_is_named(tmp_path, changed, message):
    six_files(tmp_path, **changed)
    with pytest.raises(ValueError, match=message):
        authors_net(tmp_path)


def test_missing_and_broken_files_are_named_with_where_to_get_them(tmp_path, capsys):
    six_files(tmp_path)
    (tmp_path / "b_layer1.npy").write_bytes(b"no array")
    with pytest.raises(ValueError, match="b_layer1.npy is no file of a NumPy array .*github.com/csyhhu/L-OBS"):
        authors_net(tmp_path)
    (tmp_path / "b_layer1.npy").unlink()
    with pytest.raises(FileNotFoundError, match="b_layer1.npy not found there. .*github.com/csyhhu/L-OBS"):
        authors_net(tmp_path)
    assert command.main(["xor", "--net", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "has no meaning with xor" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_scripts_row_is_the_scripts_loop():
    """The authors' loop, as its repository has it, on a small net: same weights left, same values."""
    rng = np.random.default_rng(0)
    x, net, kept = rng.normal(size=(40, 6)), MLP((6, 5, 3), rng=1), [0.3, 0.6]
    net.biases = [rng.normal(0, 0.1, len(b)) for b in net.biases]
    pruned = prune_as_script(net, x, kept, 0.0)
    for l, A in enumerate(net.layer_inputs(x)[0]):
        A = np.hstack([A, np.ones((40, 1))])
        Hinv = np.linalg.inv(A.T @ A / 40)
        C = np.hstack([net.weights[l], net.biases[l][:, None]])
        gates = np.ones_like(C)
        for k in np.argsort((C**2 / 2 / np.diag(Hinv)).ravel())[:int(net.weights[l].size * (1 - kept[l]))]:
            unit, q = divmod(k, C.shape[1])
            C[unit] -= C[unit, q] / Hinv[q, q] * Hinv[q]
            gates[unit, q] = 0
            C *= gates
        assert np.allclose(np.hstack([pruned.weights[l], pruned.biases[l][:, None]]), C, atol=1e-12)
        assert (C == 0).any()


@pytest.mark.realdata
def test_the_figures_of_the_authors_net(mnist, lobs_net):
    """Test error in %, with 10,000 images and damping 1e-3 where nothing is said; to 0.05 points."""
    net, others = authors_net(lobs_net)
    assert not others
    x, kept = mnist.x_train[:10_000], [0.067, 0.20, 0.65]
    shares = {"sparsity": removed(kept)}
    nets = {"dense": (1.61, net),
            "magnitude, 8 % kept": (22.69, prune_magnitude(net, sparsity=0.92).net),
            "magnitude, shares": (19.62, prune_magnitude(net, **shares).net),
            "OBD, 8 % kept, 60,000 images": (13.63, prune_obd(net, mnist.x_train, mnist.y_train, sparsity=0.92).net),
            "one inverse, 8 % kept, ranked over the net": (10.83, prune_lobs(net, x, inverse="shared",
                                                                             sparsity=0.92).net),
            "one inverse, shares": (3.27, prune_lobs(net, x, inverse="shared", **shares).net),
            "as the script, 60,000 images, damping 1e-6": (3.23, prune_as_script(net, mnist.x_train, kept, 1e-6)),
            "exact, shares": (1.75, prune_lobs(net, x, **shares).net),
            "exact, 7 % kept": (1.86, prune_lobs(net, x, sparsity=0.93).net)}
    for name, (error, pruned) in nets.items():
        assert 100 * (1 - pruned.accuracy(mnist.x_test, mnist.y_test)) == pytest.approx(error, abs=0.05), name


# -- the run -------------------------------------------------------------------------------------------------


def test_the_quick_run_with_a_net_that_is_given(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(authors, "SIZES", (784, 20, 15, 10))  # as large as the authors' it would take 20 s
    (tmp_path / "net").mkdir()
    six_files(tmp_path / "net")
    assert command.main(["lobs", "--quick", "--dataset", "digits", "--seeds", "1", "--net", str(tmp_path / "net"),
                         "--jobs", "1", "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "not the published one, so there will be no verdicts: w_layer1.npy, b_layer1.npy, " in out
    assert "have another SHA-256. The authors' net: github.com/csyhhu/L-OBS at commit 346e679" in out
    assert "**At 1.5 %**" in out
    found = json.loads((tmp_path / "out" / "lobs" / "lobs.json").read_text())
    assert (tmp_path / "out" / "lobs" / "lobs.png").read_bytes().startswith(b"\x89PNG")
    assert found["command"].endswith("--net DIR --seeds 1")
    assert [s["holds"] for s in found["statements"][:2]] == [[False], [True]]
    table, both, dense, _ = found["tables"]
    assert [len(t["rows"]) for t in (table, both, dense)] == [len(ROWS), 10, 3]
    ours = {c["what"]: c["ours"][0] for c in found["claims"]}
    # The first figures by hand: on our net, then on the one that was given.
    data = Job("lobs", SETTINGS, None, quick=True, synthetic=True).mnist()
    net = MLP((784, 20, 15, 10), rng=0)
    train(net, data.x_train, data.y_train, epochs=3, learning_rate=0.1, weight_decay=5e-4, rng=0)

    def error(net):
        return pytest.approx(100 * (1 - net.accuracy(data.x_test, data.y_test)))

    assert ours["dense: error (%)"] == error(net)
    assert ours["magnitude (LWC), 8 % kept: error before (%)"] == error(prune_magnitude(net, sparsity=0.92).net)
    x = data.x_train[:500]
    assert ours["L-OBS, 7 % kept, pruned inputs: error before (%)"] == error(
        prune_lobs(net, x, sparsity=0.93, inputs="pruned").net)
    given = authors_net(tmp_path / "net")[0]
    assert ours["the authors' net, L-OBS, one inverse, at the paper's shares: error before (%)"] == error(
        prune_lobs(given, x, sparsity=removed(SETTINGS["shares"]), inverse="shared").net)
