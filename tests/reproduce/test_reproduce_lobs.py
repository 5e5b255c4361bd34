"""The reproduction of the L-OBS paper's Table 1: claims on made-up figures, the authors' net, and the quick run."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from nnprune import MLP, prune_lobs, prune_magnitude, train
from nnprune.reproduce import __main__ as command
from nnprune.reproduce.authors import SHA256, authors_net
from nnprune.reproduce.job import Job
from nnprune.reproduce.lobs.run import SETTINGS, removed
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
    return {"dense": dense, "layers": dict.fromkeys(ROWS, shares), "rows": rows, "train": 0.1,
            "first layer": [dense, dense + 0.5, dense + 0.6, dense]}


def settings(**more):
    return SimpleNamespace(**{**SETTINGS, "first_layer": [0.9, 0.96, 0.97, 0.98], **more})


def claims(*found):
    return {c.what: c for c in findings(list(found), settings()).claims}


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


def test_mini_batches_of_all_stages_are_counted():
    s = settings(iterations=510, stages=[320, 323], rounds=20, steps={"rounds": 100}, fine={"rounds": 1000})
    assert [iterations(row, s) for row in ("magnitude", "two stages", "rounds")] == [510, 643, 3320]


# -- the authors' net ----------------------------------------------------------------------------------------


def six_files(folder, **changed):
    """Files like the authors', of other numbers; ``changed`` takes the place of one."""
    rng = np.random.default_rng(0)
    for l, (n_in, n_out) in enumerate([(784, 300), (300, 100), (100, 10)], 1):
        np.save(folder / f"w_layer{l}.npy", changed.get(f"w_layer{l}", rng.normal(0, n_in**-0.5, (n_in, n_out))))
        np.save(folder / f"b_layer{l}.npy", changed.get(f"b_layer{l}", np.zeros(n_out)))


def test_another_net_in_such_files_is_read_and_not_taken_for_the_authors(tmp_path):
    six_files(tmp_path)
    net, published = authors_net(tmp_path)
    assert not published
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


@pytest.mark.realdata
def test_the_figures_of_the_authors_net(mnist, lobs_net):
    """Test error in %, with 10,000 images and damping 1e-3 where nothing is said; to 0.05 points."""
    net, published = authors_net(lobs_net)
    assert published
    x, shares = mnist.x_train[:10_000], {"sparsity": removed([0.067, 0.20, 0.65])}
    nets = {"dense": (1.61, net),
            "magnitude, 8 % kept": (22.69, prune_magnitude(net, sparsity=0.92).net),
            "magnitude, shares": (19.62, prune_magnitude(net, **shares).net),
            "one inverse, shares": (3.27, prune_lobs(net, x, inverse="shared", **shares).net),
            "exact, shares": (1.75, prune_lobs(net, x, **shares).net),
            "exact, 7 % kept": (1.86, prune_lobs(net, x, sparsity=0.93).net)}
    for name, (error, pruned) in nets.items():
        assert 100 * (1 - pruned.accuracy(mnist.x_test, mnist.y_test)) == pytest.approx(error, abs=0.05), name


def test_the_quick_run_with_a_net_that_is_given(tmp_path, capsys):
    (tmp_path / "net").mkdir()
    six_files(tmp_path / "net")
    assert command.main(["lobs", "--quick", "--dataset", "digits", "--seeds", "1", "--net", str(tmp_path / "net"),
                         "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "not the published one" in out
    found = json.loads((tmp_path / "out" / "lobs" / "lobs.json").read_text())
    assert found["command"].endswith("--net DIR --seeds 1")
    table = next(t for t in found["tables"] if t["title"].startswith("The authors' own dense net"))
    ours = {c["what"]: c["ours"][0] for c in found["claims"]}
    data = Job("lobs", SETTINGS, None, quick=True, synthetic=True).mnist()
    net = authors_net(tmp_path / "net")[0]
    pruned = prune_lobs(net, data.x_train[:500], sparsity=removed(SETTINGS["shares"]), inverse="shared").net
    error = 100 * (1 - pruned.accuracy(data.x_test, data.y_test))
    what = "the authors' net, L-OBS, one inverse, at the paper's shares: error before (%)"
    assert ours[what] == pytest.approx(error)
    assert len(table["rows"]) == 10
    assert len(SHA256) == 6


# -- the run -------------------------------------------------------------------------------------------------


def test_the_quick_run(tmp_path, capsys):
    assert command.main(["lobs", "--quick", "--dataset", "digits", "--seeds", "1", "--out", str(tmp_path)]) == 0
    found = json.loads((tmp_path / "lobs" / "lobs.json").read_text())
    ours = {c["what"]: c["ours"][0] for c in found["claims"]}
    assert (tmp_path / "lobs" / "lobs.png").read_bytes().startswith(b"\x89PNG")
    assert [s["holds"] for s in found["statements"][:2]] == [[False], [True]]
    assert len(found["tables"][0]["rows"]) == len(ROWS)
    assert "**At 1.5 %**" in capsys.readouterr().out
    # The first figures by hand.
    data = Job("lobs", SETTINGS, None, quick=True, synthetic=True).mnist()
    net = MLP((784, 20, 15, 10), rng=0)
    train(net, data.x_train, data.y_train, epochs=3, learning_rate=0.1, weight_decay=5e-4, rng=0)
    x, y = data.x_test, data.y_test
    assert ours["dense: error (%)"] == pytest.approx(100 * (1 - net.accuracy(x, y)))
    pruned = prune_magnitude(net, sparsity=0.92).net
    assert ours["magnitude (LWC), 8 % kept: error before (%)"] == pytest.approx(100 * (1 - pruned.accuracy(x, y)))
    pruned = prune_lobs(net, data.x_train[:500], sparsity=0.93, inputs="pruned").net
    assert ours["L-OBS, 7 % kept, pruned inputs: error before (%)"] == pytest.approx(100 * (1 - pruned.accuracy(x, y)))
