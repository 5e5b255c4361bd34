"""The replay: what is in the page is what happened, the page is whole, and it works in a browser."""

import ast
import base64
import doctest
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from chromium import Chromium, find

import nnprune
from nnprune.datasets import choose
from nnprune.hessian.layer import input_hessian
from nnprune.hessian.linalg import damp
from nnprune.replay import __main__ as command
from nnprune.replay import encode, obs_steps, write_replay, xor_net
from nnprune.replay.compensation import replay_unit
from nnprune.replay.tiny import DAMPING

TYPES = {"places": "<u4", "absent": "<u4", "costs": "<f4", "weights": "<f4", "moved": "<f4", "partners": "<u2",
         "changes": "<f4"}
OTHER = "magnitude </script><b>"  # a label that would end the data, were it not taken care of
FOLDER = Path(nnprune.replay.__file__).parent


@cache
def problem():
    """A small trained net, its exact L-OBS run, and the samples: pictures of 8 x 8, three pixels dead."""
    rng = np.random.default_rng(0)
    x = rng.random((300, 64)) * (rng.random((300, 64)) < 0.5)
    x[:, [0, 7, 63]] = 0
    y = (x[:, 20:30].sum(axis=1) > x[:, 40:50].sum(axis=1)).astype(int) + (x[:, 10] > 0.5)
    net = nnprune.MLP((64, 9, 5, 3), rng=1)
    nnprune.train(net, x, y, epochs=20, batch_size=32)
    return net, nnprune.prune_lobs(net, x, sparsity=0.95, prune_biases=True), x, y


def decoded(page):
    """The page's data, the arrays as arrays; what a reader of the file sees, without our scripts."""
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.S)[1]
    data = json.loads(text)
    for name, dtype in TYPES.items():
        if name in data["run"]:
            data["run"][name] = np.frombuffer(base64.b64decode(data["run"][name]), dtype)
    return data


def masks_after(run, k):
    """The masks of all layers, bias column and all, after k removals: from the page's data alone."""
    flat = np.ones(sum(n * m for n, m in zip(run["columns"], run["sizes"][1:])), bool)
    flat[run["absent"]] = False
    flat[run["places"][:k]] = False
    ends = np.cumsum([n * m for n, m in zip(run["columns"], run["sizes"][1:])])
    return [part.reshape(m, -1) for part, m in zip(np.split(flat, ends[:-1]), run["sizes"][1:])]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of ``problem``, with magnitude beside it and XOR's steps."""
    net, result, x, y = problem()
    out = tmp_path_factory.mktemp("replay") / "page.html"
    write_replay(out, net, result, x, y, pruned_on=x, others={OTHER: nnprune.prune_magnitude(net, sparsity=0.5)},
                 steps=obs_steps(*xor_net()), title="A <title> & more", about="{{data}} </script><b>")
    return out


def test_the_page_has_every_removal_its_cost_and_the_masks_at_every_step(page):
    net, result, x, _ = problem()
    run = decoded(page)["run"]
    assert run["kind"] == "exact"
    np.testing.assert_allclose(run["costs"], result.costs, rtol=1e-6)
    for k in (0, 1, 57, 300, len(result.removed)):
        expected = [np.ones((m, n), bool) for n, m in zip(run["columns"], run["sizes"][1:])]
        for layer, unit, column in result.removed[:k]:
            expected[layer][unit, column] = False
        for found, mask in zip(masks_after(run, k), expected):
            np.testing.assert_array_equal(found, mask)


def test_the_accuracy_on_the_way_is_that_of_nets_pruned_so_far(page):
    # The independent route: prune again to each count.
    net, result, x, y = problem()
    run, total = decoded(page)["run"], net.parameters().size
    curve = run["curves"][0]
    assert (curve["removed"][0], curve["removed"][-1]) == (0, len(result.removed))
    for k, accuracy in list(zip(curve["removed"], curve["accuracy"]))[::6]:
        again = nnprune.prune_lobs(net, x, sparsity=k / total, prune_biases=True)
        assert (len(again.removed), again.net.accuracy(x, y)) == (k, accuracy)
    other = nnprune.prune_magnitude(net, sparsity=0.5)
    assert run["curves"][1] == {"label": OTHER, "colour": "#000000", "removed": [0, len(other.removed)],
                                "accuracy": [net.accuracy(x, y), other.net.accuracy(x, y)]}


def test_who_compensated_is_what_optimal_brain_surgeon_says(page):
    # The slow obvious way: eq. 5 with the Hessian of the survivors inverted again at every removal of a unit.
    net, result, x, _ = problem()
    run = decoded(page)["run"]
    H = damp(input_hessian(x), result.damping)
    unit, live, seen = 4, np.append(x.any(axis=0), True), 0
    w, kept = np.append(net.weights[0][unit], net.biases[0][unit]), np.ones(65, bool)
    for i in np.flatnonzero((result.removed[:, :2] == (0, unit)).all(axis=1)):
        q = result.removed[i, 2]
        np.testing.assert_allclose(run["weights"][i], w[q], rtol=1e-4)
        dw, S = np.zeros(65), np.flatnonzero(kept & live)
        if live[q]:
            Hinv = np.linalg.inv(H[np.ix_(S, S)])
            at = int(np.flatnonzero(q == S)[0])
            dw[S] = -w[q] / Hinv[at, at] * Hinv[at]
        w, kept[q] = w + dw, False
        w[q] = dw[q] = 0
        best = np.argsort(-np.abs(dw), kind="stable")[:3]
        best = best[dw[best] != 0]
        np.testing.assert_array_equal(run["partners"].reshape(-1, 3)[i][:len(best)], best)
        np.testing.assert_allclose(run["changes"].reshape(-1, 3)[i], np.append(dw[best], np.zeros(3 - len(best))),
                                   rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(run["moved"][i], np.abs(dw).sum(), rtol=1e-4, atol=1e-7)
        seen += 1
    assert seen > 50


def test_a_unit_played_again_is_the_least_squares_optimum_at_every_stop():
    net, _, x, _ = problem()
    H = damp(input_hessian(x), 1e-3)
    order = np.random.default_rng(3).permutation(65)[:60]  # any order will do, not only the greedy one
    w, live = np.append(net.weights[0][2], net.biases[0][2]), np.append(x.any(axis=0), True)
    at = [0, 1, 30, 60]
    played = replay_unit(H, w, np.ones(65, bool), live, order, at)
    for n, state in zip(at, played.states):
        gone = order[:n]
        S = np.setdiff1d(np.flatnonzero(live), gone)
        expected = np.where(np.isin(np.arange(65), gone), 0, w)
        expected[S] = np.linalg.solve(H[np.ix_(S, S)], (H[:, live] @ w[live])[S])
        np.testing.assert_allclose(state, expected, rtol=1e-6, atol=1e-9)
    change = np.where(live, played.states[-1] - w, 0)
    assert played.costs.sum() == pytest.approx(change @ H @ change / 2)


def test_text_from_outside_stays_text(page):
    text = page.read_text()
    assert "A &lt;title&gt; &amp; more" in text
    assert "{{data}} &lt;/script&gt;&lt;b&gt;" in text
    assert text.count("</script>") == 2


def test_nothing_in_the_file_points_to_a_network(page):
    text = page.read_text()
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", text)) - {"http://www.w3.org/2000/svg"}  # a name, not fetched
    assert not addresses
    assert not re.findall(r"<(?:link|script|img)[^>]+(?:src|href)=\"(?!data:)", text)
    assert "default-src 'none'" in text


def test_survivors_that_stay_have_no_partners_and_their_nets_are_known():
    net, _, x, y = problem()
    for r in (nnprune.prune_magnitude(net, sparsity=0.9), nnprune.prune_obd(net, x, y, sparsity=0.9)):
        found = nnprune.replay.recording.record(net, r, x, y)
        assert found.kind == "untouched"
        k, accuracy = found.curve[20]
        again = nnprune.prune_magnitude(net, sparsity=k / net.n_weights)
        if r.method.startswith("magnitude"):
            assert accuracy == again.net.accuracy(x, y)
        layer, unit, column = r.removed[100]
        assert found.weights[100] == net.weights[layer][unit, column]


def test_what_cannot_be_had_again_is_not_made_up(tmp_path):
    net, result, x, y = problem()
    results = nnprune.prune_lobs(net, x, sparsity=[0.3, 0.6, 0.8], inverse="shared", refresh=50)
    for r, samples in ((results, x), (result, None), (result, x[:150])):
        found = write_replay(tmp_path / "page.html", net, r, x, y, pruned_on=samples)
        run = decoded(tmp_path / "page.html")["run"]
        assert found.kind == "unknown"
        assert not {"weights", "moved", "partners", "changes"} & set(run)
        assert "Who compensated is not shown" in (tmp_path / "page.html").read_text()
    found = write_replay(tmp_path / "page.html", net, results, x, y, pruned_on=x)
    assert found.curve == [(0, net.accuracy(x, y))] + [(len(r.removed), r.net.accuracy(x, y)) for r in results]


def test_weights_pruned_before_the_run_are_absent(tmp_path):
    net, _, x, y = problem()
    before = nnprune.prune_magnitude(net, sparsity=0.4).net
    r = nnprune.prune_lobs(before, x, sparsity=0.7)
    found = write_replay(tmp_path / "page.html", before, r, x, y, pruned_on=x)
    run = decoded(tmp_path / "page.html")["run"]
    assert found.kind == "exact"
    for mask, start, end in zip(masks_after(run, len(r.removed)), before.masks, r.net.masks):
        np.testing.assert_array_equal(mask[:, :-1], end)
        assert (start & ~end).any()


def test_a_long_run_keeps_its_order_and_the_last_compensations(tmp_path, monkeypatch):
    net, result, x, y = problem()
    monkeypatch.setattr(encode, "DETAILS", 100)
    monkeypatch.setattr(encode, "UNITS", 4)
    full = write_replay(tmp_path / "page.html", net, result, x, y, pruned_on=x)
    run = decoded(tmp_path / "page.html")["run"]
    assert run["first"] == len(result.removed) - 100
    assert len(run["places"]) == len(result.removed)
    np.testing.assert_allclose(run["changes"].reshape(-1, 3), full.changes[-100:], rtol=1e-6)
    kept = masks_after(run, len(result.removed))[0].sum(axis=1)
    assert sorted(kept[run["units"]]) == sorted(kept)[-4:]


@pytest.mark.filterwarnings("ignore:a rise of .* was predicted")  # XOR's net goes down to its last weight
def test_the_tiny_nets_steps_are_those_of_prune_obs(page):
    net, x, y = xor_net()
    assert net.loss(x, y) < 1e-12
    found = obs_steps(net, x, y)
    assert json.loads(json.dumps(found)) == decoded(page)["tiny"]  # trained twice, and the same
    steps = found["steps"]
    assert len(steps) == 10
    for k in range(1, 10):
        r = nnprune.prune_obs(net, x, y, n_remove=k, damping=DAMPING, prune_biases=True)
        step, after = steps[k - 1], steps[k]
        assert tuple(found["places"][step["q"]]) == tuple(r.removed[-1])
        assert step["predicted"] == pytest.approx(r.costs[-1], rel=1e-6)
        np.testing.assert_allclose(after["w"], r.net.parameters(), rtol=1e-6, atol=1e-9)
        assert after["loss"] - steps[0]["loss"] == pytest.approx(r.measured_rise)
        np.testing.assert_allclose(after["outputs"], r.net.forward(x).ravel(), rtol=1e-6, atol=1e-9)
        alive = [i for i, kept in enumerate(step["kept"]) if kept]
        L = [step["w"][i] ** 2 / (2 * step["diagonal"][i]) for i in alive]
        np.testing.assert_allclose([step["saliencies"][i] for i in alive], L)
        assert step["q"] == alive[int(np.argmin(L))]
        np.testing.assert_allclose([after["w"][i] - step["w"][i] for i in alive], [step["dw"][i] for i in alive],
                                   rtol=1e-6, atol=1e-9)


def test_steps_end_where_nothing_matters_and_large_nets_are_refused():
    net = nnprune.MLP.from_arrays([[[1.0]], [[0.0]]], [[0.5], [0.0]], loss="mse", masks="zeros", bias_masks="zeros")
    assert len(obs_steps(net, [[1.0]], [1.0])["steps"]) == 1  # H is 0: no step, the state alone
    with pytest.raises(ValueError, match="661 parameters, but at most 60 can be shown"):
        obs_steps(nnprune.MLP((64, 10, 1), loss="mse"), np.ones((1, 64)), [0.0])


def test_a_result_of_another_net_is_one_clear_error(tmp_path):
    net, result, x, y = problem()
    out, other = tmp_path / "page.html", nnprune.MLP((64, 8, 3), rng=0)
    for bad, message in ((nnprune.prune_magnitude(other, sparsity=0.5), "the result is of a 64-8-3 net, but net is"),
                         ([], "the list is empty"), (result.net, "must be what a pruner returned .* but it is a MLP"),
                         ([result, nnprune.prune_magnitude(net, sparsity=0.5)], "results of one pass only, rising")):
        with pytest.raises(ValueError, match=message):
            write_replay(out, net, bad, x, y)
    with pytest.raises(ValueError, match="which is pruned in net already"):
        write_replay(out, result.net, result, x, y)
    with pytest.raises(ValueError, match="x has 63 columns, but 64"):
        write_replay(out, net, result, x[:, :63], y)
    assert not out.exists()


@pytest.mark.parametrize("module", sorted(p.stem for p in FOLDER.glob("*.py")))
def test_docstring_examples_and_imports_that_go_down(module):
    found = doctest.testmod(importlib.import_module(f"nnprune.replay.{module}"))
    assert found.failed == 0
    nodes = list(ast.walk(ast.parse((FOLDER / f"{module}.py").read_text())))
    names = {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom)}
    names |= {a.name for n in nodes if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}
    assert not {name.split(".")[0] for name in names} & {"demo", "demo_report", "reproduce", "laws", "matplotlib",
                                                         "plots", "experiment"}


def test_the_page_about_it_runs(tmp_path, monkeypatch):
    # Its own commands, on the small pictures of ``problem`` instead of 10,000 digits.
    _, _, x, y = problem()
    guide = Path(__file__).parents[2] / "docs" / "replay.md"
    if not guide.exists():
        pytest.skip("installed without the checkout: there is no docs/replay.md")
    x = x.astype(np.float32)
    monkeypatch.setattr(nnprune, "make_digits", lambda: nnprune.Dataset(x, y, x[:100], y[:100], "small"))
    monkeypatch.chdir(tmp_path)
    blocks, names = re.findall(r"```python\n(.*?)```", guide.read_text(), re.S), {}
    for block in blocks:
        exec(compile(block, str(guide), "exec"), names)
    data = decoded(tmp_path / "my-run.html")
    assert len(blocks) == 2
    assert data["run"]["kind"] == "exact"
    assert data["tiny"]["sizes"] == [2, 3, 1]


# -- the command ------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The page that the command writes in a small run on synthetic digits."""
    out = tmp_path_factory.mktemp("replay") / "quick.html"
    with pytest.MonkeyPatch.context() as patch:
        small = {"hidden": (6, 5), "epochs": 4, "train": 500, "test": 100, "calibration": 300}
        patch.setattr(command, "QUICK", small)
        patch.setattr(choose, "make_digits", cache(lambda: nnprune.make_digits(500, 100)))
        patch.setattr(command, "xor_net", cache(xor_net))  # half a second; that it repeats itself is tested below
        arguments = ["--quick", "--dataset", "digits", "--seed", "3", "--out"]
        assert command.main([*arguments, str(out)]) == 0
        assert command.main([*arguments, str(out.with_name("again.html"))]) == 0
    return out


def test_the_same_command_gives_the_same_bytes_and_leaves_nothing_else(quick):
    assert quick.read_bytes() == quick.with_name("again.html").read_bytes()
    assert {p.name for p in quick.parent.iterdir()} == {"quick.html", "again.html"}
    assert "synthetic digits (not MNIST)" in quick.read_text()
    run = decoded(quick)["run"]
    assert (run["kind"], run["sizes"], run["pictures"][0]) == ("exact", [784, 6, 5, 10], [28, 28])
    assert [c["label"] for c in run["curves"]] == ["L-OBS, exact", "magnitude, for comparison"]


@pytest.mark.parametrize(("options", "message"), [
    (["--out", "page.txt"], "--out 'page.txt' must end in .html"),
    (["--out", "no/such/page.html"], "the folder 'no/such' does not exist; make it first"),
    (["--out", "folder.html"], "--out 'folder.html' is a folder; name a file in it"),
    (["--out", "/proc/page.html"], "--out '/proc/page.html' cannot be written"),
    (["--seed", "-1"], "--seed must be a whole number of at least 0, but it is -1"),
    (["--hidden", "0"], "--hidden must be a whole number of at least 1, but it is 0"),
    (["--dataset", "digits", "--data", "x"], "--data x has no meaning with --dataset digits"),
    (["--data", "nowhere"], "nowhere"),
])
def test_a_wrong_command_line_is_one_clear_error_before_any_work(options, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.html").mkdir()
    monkeypatch.setattr(command, "trained", None)
    if options[1] == "/proc/page.html" and not os.path.isdir("/proc"):
        pytest.skip("there is no /proc here, a folder in which nobody can make a file")
    assert command.main(options) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("error: ")
    assert message in errors
    assert [p.name for p in tmp_path.iterdir()] == ["folder.html"]


def test_without_mnist_it_runs_on_synthetic_digits_and_says_so(monkeypatch):
    def nowhere(directory, download):
        assert not download
        raise FileNotFoundError("nowhere")

    monkeypatch.setattr(choose, "load_mnist", nowhere)
    monkeypatch.setattr(choose, "make_digits", lambda: "synthetic")
    monkeypatch.delenv("NNPRUNE_DATA", raising=False)
    logged, arguments = [], command.parser().parse_args([])
    assert choose.load_dataset(arguments.dataset, arguments.data, download=False, log=logged.append) == "synthetic"
    assert "SYNTHETIC DIGITS" in logged[0]
    monkeypatch.setenv("NNPRUNE_DATA", "/no/such/folder")
    with pytest.raises(FileNotFoundError):
        choose.load_dataset(arguments.dataset, arguments.data, download=False)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_leaves_the_page_of_before(tmp_path):
    (tmp_path / "replay.html").write_text("before")
    run = subprocess.Popen([sys.executable, "-m", "nnprune.replay", "--dataset", "digits"], cwd=tmp_path, text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE,  # and SIGINT counts, in background jobs too
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler))
    assert "nnprune" in run.stdout.readline()
    time.sleep(0.3)
    run.send_signal(signal.SIGINT)
    _, errors = run.communicate()
    assert (run.returncode, "nothing was written" in errors, "Traceback" in errors) == (130, True, False)
    assert [p.name for p in tmp_path.iterdir()] == ["replay.html"]
    assert (tmp_path / "replay.html").read_text() == "before"


# -- in a browser -----------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Chromium, without a window; the tests are skipped, saying so, where there is none."""
    if find() is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium): the page is not tried in a browser")
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def canvas(browser, name):
    """What a canvas shows, pixel by pixel: (height, width, 4)."""
    width, height, data = browser.value(
        f"(() => {{ const c = byId('{name}'); return [c.width, c.height, "
        "Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)]; })()")
    return np.array(data, np.uint8).reshape(height, width, 4)


def assert_masks_shown(browser, run, k):
    """The picture of the masks is that of the data after k removals."""
    rows, columns = run["pictures"][0]
    shown, across = canvas(browser, "masks")[:, :, :3], browser.value("Number(byId('masks').dataset.across)")
    ink, paper, accent = (browser.value(f"colour('{name}')") for name in ("ink", "paper", "accent"))
    expected = np.where(masks_after(run, k)[0][..., None], ink, paper)
    if k and run["places"][k - 1] < run["sizes"][1] * run["columns"][0]:
        expected[divmod(run["places"][k - 1], run["columns"][0])] = accent
    for i, unit in enumerate(run["units"]):
        top, left = i // across * (rows + 2) + 1, i % across * (columns + 2) + 1
        np.testing.assert_array_equal(shown[top:top + rows, left:left + columns],
                                      expected[unit, :-1].reshape(rows, columns, 3))


def test_the_slider_moves_the_pictures_follow_and_nothing_is_fetched(browser, quick):
    run, url = decoded(quick)["run"], quick.as_uri()
    n, before = len(run["places"]), len(browser.requests)
    browser.window(1100, 900)
    browser.open(url)
    place = "byId('run-player-slider').getAttribute('aria-valuetext')"
    steps = [int(browser.value(place).split()[0].replace(",", ""))]
    x, y, width = browser.value("(() => { const r = byId('run-player-slider').getBoundingClientRect(); "
                                "return [r.x, r.y + r.height / 2, r.width]; })()")
    for move in (lambda: browser.drag(x + 0.9 * width, y, x + 0.3 * width, y),
                 lambda: browser.press("ArrowRight"), lambda: browser.press("Home"),
                 lambda: browser.press("ArrowRight", modifiers=8), lambda: browser.press("End")):
        move()
        steps.append(int(browser.value(place).split()[0].replace(",", "")))
        assert_masks_shown(browser, run, steps[-1])
        said = browser.value("byId('run-now').textContent")
        assert said.startswith(f"{steps[-1]:,} of {sum(len(m) * (m.shape[1] - 1) for m in masks_after(run, 0)):,}")
    assert 0.7 * n < steps[1] < 0.8 * n  # at 0.3 of a scale of what is kept, from 100 to 1 %: 75 % are gone
    assert steps[2:] == [steps[1] + 1, 0, 100, n]
    readers = masks_after(run, n)[0][:, :-1].sum(axis=0)
    low, high = (np.array(browser.value(f"colour('{name}')")) for name in ("paper", "up"))
    expected = low + readers.reshape(28, 28, 1) / readers.max() * (high - low)
    assert np.abs(canvas(browser, "readers")[:, :, :3] - expected).max() <= 0.5
    assert browser.requests[before:] == [url]
    assert browser.errors == []


def test_the_removal_at_hand_is_told_with_its_numbers(browser, page):
    net, result, x, _ = problem()
    run = decoded(page)["run"]
    browser.open(page.as_uri())
    k = int(np.flatnonzero((result.removed[:, 0] == 0) & (run["partners"].reshape(-1, 3)[:, 0] < 64))[-1]) + 1
    browser.value(f"location.hash = 'k={k}'; new Promise(done => setTimeout(done, 50))")
    said = browser.value("byId('removal').textContent")
    _, unit, column = result.removed[k - 1]
    partner = run["partners"][3 * (k - 1)]
    assert f"Number {k}: layer 0, unit {unit}, " in said
    assert f"pixel ({column // 8}, {column % 8}) (input {column})" in said or "bias" in said
    assert f"pixel ({partner // 8}, {partner % 8})" in said
    change = run["changes"][3 * (k - 1)]
    assert f"{abs(change):.4}"[:5] in said
    assert browser.errors == []


def test_the_tiny_net_plays_and_shows_its_numbers(browser, page):
    steps = decoded(page)["tiny"]["steps"]
    browser.open(page.as_uri())
    browser.click("#tiny-player button:nth-child(4)")  # Next
    browser.press("ArrowRight")
    cells = browser.value("[...document.querySelectorAll('#tiny-outputs tbody tr')].map(r => r.cells[3].textContent)")
    assert [float(c.replace("\u2212", "-")) for c in cells] == [round(z, 3) for z in steps[2]["outputs"]]
    chosen = browser.value("document.querySelector('#tiny-weights tr.goes').cells[0].textContent")
    assert chosen == decoded(page)["tiny"]["names"][steps[2]["q"]]
    # Play: the last step is reached by itself, at a step a second or faster; here as fast as it goes.
    browser.value("const toggle = Player.prototype.toggle; Player.prototype.toggle = function () { "
                  "this.paces = [{rate: 1000}]; toggle.call(this); }; 0")
    browser.click("#tiny-player button:nth-child(3)")
    end = time.monotonic() + 30
    while browser.value("byId('tiny-player-slider').value") != "1000" and time.monotonic() < end:
        time.sleep(0.05)
    assert browser.value("byId('tiny-now').textContent").startswith("9 of 9 parameters removed")
    assert browser.errors == []


def test_the_first_play_shows_the_whole_run_and_the_clock_follows_what_is_kept(browser, quick):
    n = len(decoded(quick)["run"]["places"])
    browser.window(1100, 900)
    browser.open(quick.as_uri())
    start, middle, end, third = browser.value("(() => { const s = logarithmic(1000, 990); "
                                              "return [s.at(0), s.at(.5), s.at(1), s.share(s.at(.3))]; })()")
    assert (start, middle, end) == (0, 900, 990)  # 1000, 100 and 10 weights left
    assert third == pytest.approx(0.3, abs=0.002)
    # What it shows, step by step.
    browser.value("window.seen = []; const real = Player.prototype.go; Player.prototype.go = function (k, playing) {"
                  " if (this.last > 100) seen.push(k); real.call(this, k, playing); }; 0")
    browser.click("#run-player button:nth-child(3)")
    seen = browser.value("new Promise(done => setTimeout(() => done(seen), 400))")
    browser.click("#run-player button:nth-child(3)")
    assert seen[0] == 0
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1] < n
    assert browser.errors == []


def test_the_curve_is_clicked_a_state_has_an_address_and_keys_act_where_the_focus_is(browser, quick):
    run, place = decoded(quick)["run"], "byId('run-player-slider').getAttribute('aria-valuetext')"
    total = sum(n * m for n, m in zip(run["sizes"], run["sizes"][1:]))
    browser.window(1100, 900)
    browser.open("about:blank")
    browser.open(quick.as_uri() + "#k=321")
    assert browser.value(place).startswith(f"321 of {total:,}")
    x, y = browser.value("(() => { const r = document.querySelector('#curve svg').getBoundingClientRect(); "
                         "return [r.x, r.y + 50]; })()")
    middle = browser.value("(() => { const m = [...document.querySelectorAll('#curve svg text')].find("
                           "t => t.textContent === '90').getBoundingClientRect(); return m.x + m.width / 2; })()")
    browser.drag(middle, y, middle, y)
    assert int(browser.value(place).split()[0].replace(",", "")) == pytest.approx(0.9 * total, rel=0.01)
    assert browser.value("new Promise(done => setTimeout(() => done(location.hash), 400))") == \
        "#k=" + browser.value(place).split()[0].replace(",", "")
    before = browser.value(place), browser.value("byId('tiny-now').textContent")
    browser.value("document.activeElement.blur(), scrollTo(0, 0)")
    for key in ("ArrowRight", " ", "Home", "End"):  # no focus: the page's own
        browser.press(key)
    assert (browser.value(place), browser.value("byId('tiny-now').textContent")) == before
    browser.value("document.querySelector('#tiny-player button').focus()")
    browser.press("ArrowRight")
    assert browser.value(place) == before[0]
    assert browser.value("byId('tiny-now').textContent").startswith("1 of 9")
    small = browser.value("[...document.querySelectorAll('button, select, input')].filter(e => { const r = "
                          "e.getBoundingClientRect(); return r.width < 24 || r.height < 24; }).length")
    assert small == 0
    assert browser.errors == []


def test_a_sample_is_classified_by_the_nets_on_the_way(browser, page):
    net, result, x, y = problem()
    watched, curve = decoded(page)["run"]["watched"], decoded(page)["run"]["curves"][0]
    labels = sorted(set(y[net.predict(x) == y].tolist()))  # of every class the first that the dense net gets right
    first = [int(np.flatnonzero((net.predict(x) == y) & (y == label))[0]) for label in labels]
    assert watched["labels"] == labels
    assert len(labels) > 1
    said = np.frombuffer(base64.b64decode(watched["said"]), "<f4").reshape(len(curve["removed"]), len(labels), 3)
    at = len(said) - 8
    again = nnprune.prune_lobs(net, x, sparsity=curve["removed"][at] / net.parameters().size, prune_biases=True)
    np.testing.assert_allclose(said[at], again.net.predict_proba(x[first]), atol=1e-4)
    browser.open("about:blank")
    browser.open(page.as_uri() + f"#k={curve['removed'][at]}")
    browser.click("#watched-samples button:nth-child(2)")
    cells = browser.value("[...document.querySelectorAll('#watched-outputs tbody tr')].map(r => "
                          "r.cells[2].textContent)")
    assert cells == [f"{100 * p:.1f} %" for p in said[at, 1].astype(float)]
    taken = [f"{k}" if best == k else f"{k} \u2192 {best}" for k, best in zip(labels, said[at].argmax(axis=1))]
    assert browser.value("[...document.querySelectorAll('#watched-samples button')].map(b => b.textContent)") == taken
    assert browser.errors == []


def test_what_it_needs_is_said_where_there_is_no_javascript_and_signs_tell_what_colours_do(browser, page):
    assert "needs JavaScript" in re.search(r"<noscript><p(.*?)</noscript>", page.read_text(), re.S)[1]
    run = decoded(page)["run"]
    changes, places = run["changes"].reshape(-1, 3), run["places"]
    k = int(np.flatnonzero((changes[:, 0] > 0) & (changes[:, 1] < 0) & (run["partners"].reshape(-1, 3)[:, :2] < 64)
                           .all(axis=1) & (places < 9 * 65))[0])
    browser.open("about:blank")
    browser.open(page.as_uri() + f"#k={k + 1}")
    shown, panel = canvas(browser, "unit")[:, :, :3], np.array(browser.value("colour('panel')"))
    for partner, signs in zip(run["partners"].reshape(-1, 3)[k][:2], (5, 3)):  # a plus has 5 points, a minus 3
        row, column = divmod(int(partner), 8)
        cell = shown[5 * row:5 * row + 5, 5 * column:5 * column + 5]
        assert (cell == panel).all(axis=2).sum() == signs


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone_in_light_and_dark_and_every_picture_has_words(browser, page, dark):
    browser.window(390, 844, dark=dark, ratio=2)
    browser.open(page.as_uri())
    assert browser.value("document.documentElement.scrollWidth") <= 390
    assert browser.value("[...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth)")
    back, ink = browser.value("colour('back')"), browser.value("colour('ink')")
    assert (sum(back) < sum(ink)) == dark
    opening = browser.value("byId('run-player-slider').getAttribute('aria-valuetext')").split()[0]
    assert_masks_shown(browser, decoded(page)["run"], int(opening.replace(",", "")))
    unnamed = browser.value("[...document.querySelectorAll('canvas, svg:not([aria-hidden]), input, select')].filter("
                            "e => !e.getAttribute('aria-label')).length")
    assert unnamed == 0
    assert browser.errors == []


@pytest.mark.parametrize("sizes", [(17, 4, 1), (5, 3), (2, 3, 2, 2)])
def test_nets_of_other_forms_are_shown_too(browser, tmp_path, sizes):
    rng = np.random.default_rng(5)
    x, y = rng.random((40, sizes[0])), rng.integers(2, size=40)
    net = nnprune.MLP(sizes, activation="tanh", loss="mse", biases=sizes != (5, 3), rng=0)
    results = nnprune.prune_obs(net, x, y, sparsity=[0.3, 0.6], damping=1e-2)
    found = write_replay(tmp_path / "page.html", net, results, x, y)
    browser.window(1100, 900)
    browser.open((tmp_path / "page.html").as_uri())
    run = decoded(tmp_path / "page.html")["run"]
    assert (found.kind, len(found.curve)) == ("unknown", 3)
    browser.value("byId('run-player-slider').focus()")
    for k in (0, len(found.places)):
        browser.press("End" if k else "Home")
        assert_masks_shown(browser, run, k)
    assert browser.value("byId('tiny').hidden")
    assert browser.errors == []
