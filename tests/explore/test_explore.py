"""The page to prune with: its nets are those of the pruners, its figures those of Python, and it works in browsers."""

import base64
import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import chromium
import firefox
import numpy as np
import pytest

import nnprune
from nnprune.datasets import choose
from nnprune.explore import __main__ as command
from nnprune.explore import write, write_explorable
from nnprune.explore.pack import packed
from nnprune.explore.record import LEVELS, SHOWN, record
from nnprune.pruning import METHODS
from nnprune.pruning.methods import UNITS
from nnprune.replay import __main__ as replay
from nnprune.replay import write_replay

FOLDER = Path(nnprune.__file__).parent


@cache
def small_digits():
    """Synthetic digits of 14 x 14 pixels, each the mean of four: the nets are pruned in a tenth of the time."""
    data = nnprune.make_digits(1500, 1000)

    def pooled(x):
        return x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)

    return nnprune.Dataset(pooled(data.x_train), data.y_train, pooled(data.x_test), data.y_test, "digits")


@cache
def problem():
    """A trained 196-20-12-10 net, and its record: 1,000 digits, five methods, 24 levels."""
    data, net = small_digits(), nnprune.MLP((196, 20, 12, 10), rng=0)
    nnprune.train(net, data.x_train, data.y_train, epochs=15, batch_size=32, rng=0)
    return net, record(net, data.x_train, data.y_train, data.x_test, data.y_test)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page of ``problem``."""
    out, data, (net, found) = tmp_path_factory.mktemp("explore") / "page.html", small_digits(), problem()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "record", lambda *given, progress: found)  # known; again it takes seconds
        write_explorable(out, net, data.x_train, data.y_train, data.x_test, data.y_test,
                         title="A <title> & more", about="{{data}} </script><b>")
    return out


def in_page(page):
    """The page's data, as a reader of the file sees them."""
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.S)[1]
    return json.loads(text)


def expected():
    """{method: (outputs at all levels (24, 1000, 10), digits read at each)} by Python, with the record's own nets."""
    r = problem()[1]
    return {m.key: (np.array([net.forward(r.images / 255.0) for net in m.nets]), m.correct) for m in r.methods}


def numbers(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


# -- the record ---------------------------------------------------------------------------------------------------

def test_the_nets_are_those_of_the_pruners_rounded_to_float16():
    # The independent route: each level pruned by itself, not in one pass; a method without compensation and one with.
    net, r = problem()
    data, dense = small_digits(), net.copy()
    dense.set_parameters(np.float16(net.parameters()))
    for key, prune in (("magnitude", lambda s: nnprune.prune_magnitude(dense, sparsity=s)),
                       ("lobs-exact", lambda s: nnprune.prune_lobs(dense, data.x_train, sparsity=s))):
        method = next(m for m in r.methods if m.key == key)
        for level in (5, 17):
            again = prune(1 - LEVELS[level]).net
            np.testing.assert_array_equal(np.float16(again.parameters()), method.nets[level].parameters())
            assert again.n_weights * LEVELS[level] == pytest.approx(sum(mask.sum() for mask in again.masks), abs=.5)
    assert [m.key for m in r.methods] == [*SHOWN, "units"]
    for shown in packed(r)["methods"]:
        row = {**METHODS, "units": UNITS}[shown["key"]]
        assert (shown["label"], shown["color"], shown["marker"]) == (row.label, row.color, row.marker)


def test_units_leave_small_nets_without_holes_of_at_most_the_share():
    net, r = problem()
    for level, pruned in enumerate(r.methods[-1].nets):
        assert sum(mask.sum() for mask in pruned.masks) <= LEVELS[level] * net.n_weights
        for mask in pruned.masks:
            np.testing.assert_array_equal(mask, np.outer(mask.any(axis=1), mask.any(axis=0)))


def test_the_costs_are_those_of_the_removals_to_three_digits():
    data, r = small_digits(), problem()[1]
    costs = numbers(packed(r)["methods"][1]["costs"], "<u2").astype(np.uint32) << 16
    result = nnprune.prune_obd(r.net, data.x_train, data.y_train, sparsity=1 - LEVELS[-1])
    places = [[0, 3920, 4160][l] + u * r.net.sizes[l] + i for l, u, i in result.removed.tolist()]
    np.testing.assert_allclose(costs.view(np.float32)[places], result.costs, rtol=4e-3)
    assert np.isnan(costs.view(np.float32)).sum() == r.net.n_weights - len(places)


@pytest.mark.parametrize(("net", "message"), [
    (nnprune.MLP((17, 4, 3)), "is no image net: its 17 inputs fill no square"),
    (nnprune.MLP((16, 3)), "needs hidden units"),
    (nnprune.MLP((16, 4, 3), loss="mse"), "loss='cross_entropy'"),
    (nnprune.MLP((784, 300, 10)), "at most 100,000 can be shown"),
    (nnprune.prune_magnitude(nnprune.MLP((16, 4, 3), rng=0), sparsity=.5).net, "must be dense"),
])
def test_a_net_that_cannot_be_shown_is_refused_before_any_work(net, message, tmp_path):
    out, x = tmp_path / "page.html", np.zeros((4, net.sizes[0]))
    with pytest.raises(ValueError, match=re.escape(message)):
        write_explorable(out, net, x, np.arange(4) % 2, x, np.arange(4) % 2)
    assert not out.exists()


# -- the command --------------------------------------------------------------------------------------------------

@pytest.fixture
def quick(monkeypatch):
    """The command's small run on the small digits."""
    monkeypatch.setattr(choose, "make_digits", small_digits)
    monkeypatch.setitem(replay.QUICK, "hidden", (6, 5))
    monkeypatch.setitem(replay.QUICK, "train", 600)


def test_the_same_command_gives_the_same_bytes_says_synthetic_and_takes_a_net(quick, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command.main(["--quick", "--dataset", "digits", "--out", "a.html"]) == 0
    assert command.main(["--quick", "--dataset", "digits", "--out", "b.html"]) == 0
    assert Path("a.html").read_bytes() == Path("b.html").read_bytes()
    assert "synthetic digits (not MNIST)" in Path("a.html").read_text()
    assert "read of 1,000 test digits" in capsys.readouterr().out
    nnprune.MLP((196, 4, 3, 10), rng=1).save("mine.npz")
    assert command.main(["--quick", "--dataset", "digits", "--net", "mine.npz", "--out", "c.html"]) == 0
    assert in_page(Path("c.html"))["sizes"] == [196, 4, 3, 10]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "b.html", "c.html", "mine.npz"]


@pytest.mark.parametrize(("options", "message"), [
    (["--out", "page.txt"], "--out 'page.txt' must end in .html"),
    (["--out", "no/such/page.html"], "the folder 'no/such' does not exist; make it first"),
    (["--out", "/proc/page.html"], "--out '/proc/page.html' cannot be written"),
    (["--seed", "-1"], "--seed must be a whole number of at least 0, but it is -1"),
    (["--hidden", "0"], "--hidden must be a whole number of at least 1, but it is 0"),
    (["--net", "none.npz"], "none.npz"),
    (["--net", "monks.npz"], "is no image net: its 17 inputs fill no square"),
    (["--net", "monks.npz", "--hidden", "3"], "--hidden 3 has no meaning with --net monks.npz"),
    (["--net", "straight.npz"], "cannot be shown: the page needs hidden units"),
    (["--net", "empty.npz"], "empty.npz: no saved net: expected an .npz file"),
    (["--net", "halved.npz"], "halved.npz: no saved net: expected an .npz file"),
    (["--net", "."], "expected a file, found a folder: '.'"),
    (["--net", "small.npz", "--dataset", "digits"], "--net small.npz: MLP(196-4-3-10, relu, cross_entropy, 843 "
     "parameters, sparsity 0) does not read synthetic digits (not MNIST), which need 784 inputs and 10 outputs"),
    (["--net", "three.npz", "--dataset", "digits"], "which need 784 inputs and 10 outputs"),
    (["--out", "folder.html"], "--out 'folder.html' is a folder; name a file in it"),
    (["--dataset", "digits", "--data", "x"], "--data x has no meaning with --dataset digits"),
])
def test_a_wrong_command_line_is_one_clear_error_before_any_work(options, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, sizes in {"monks": (17, 3, 2), "straight": (784, 10), "small": (196, 4, 3, 10),
                        "three": (784, 2, 3)}.items():
        nnprune.MLP(sizes).save(f"{name}.npz")
    Path("empty.npz").touch()
    Path("halved.npz").write_bytes(Path("small.npz").read_bytes()[:1000])
    Path("folder.html").mkdir()
    before = sorted(p.name for p in tmp_path.iterdir())
    monkeypatch.setattr(command, "trained", None)
    if options[1] == "/proc/page.html" and not os.path.isdir("/proc"):
        pytest.skip("there is no /proc here, a folder in which nobody can make a file")
    assert command.main(options) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("error: ")
    assert message in errors
    assert sorted(p.name for p in tmp_path.iterdir()) == before


def test_the_page_about_it_runs(tmp_path, monkeypatch):
    guide = FOLDER.parent / "docs" / "explore.md"
    if not guide.exists():
        pytest.skip("installed without the checkout: there is no docs/explore.md")
    data = small_digits()
    monkeypatch.setattr(nnprune, "make_digits", lambda *counts: data)
    monkeypatch.chdir(tmp_path)
    block, = re.findall(r"```python\n(.*?)```", guide.read_text(), re.S)
    exec(compile(block.replace("784", "196"), str(guide), "exec"), {})
    assert in_page(tmp_path / "mine.html")["sizes"] == [196, 12, 8, 10]


# -- the page's own figures ---------------------------------------------------------------------------------------

# Run in the page, or in Node: the outputs of all digits by every method at every level, and how many of them it reads.
FIGURES = """(() => { const found = {};
    for (const m of NETS.methods) {
        const z = [], correct = [];
        for (let l = 0; l < NETS.levels.length; l++) {
            for (let i = 0; i < NETS.n; i++) z.push(...NETS.outputsOfDigit(m.ready(l), i));
            const reading = m.reading(l);
            let step;
            do step = reading.next(); while (!step.done);
            correct.push(step.value.correct);
            if (m.mask(l).reduce((a, b) => a + b, 0) !== m.kept[l]) throw Error("kept " + m.key + l);
        }
        const bytes = new Uint8Array(Float64Array.from(z).buffer);
        let text = "";
        for (let i = 0; i < bytes.length; i += 30000) text += String.fromCharCode(...bytes.subarray(i, i + 30000));
        found[m.key] = [btoa(text), correct];
    }
    return found; })()"""


def assert_figures(found):
    """Outputs to 1e-9, the same class of every digit and the same accuracy, of every method at every level."""
    for key, (outputs, correct) in expected().items():
        text, read = found[key]
        z = numbers(text, "<f8").reshape(outputs.shape)
        np.testing.assert_allclose(z, outputs, rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(z.argmax(axis=2), outputs.argmax(axis=2))
        assert read == correct


def test_node_computes_the_packages_outputs_with_the_pages_script(page):
    if chromium.find() is not None:
        pytest.skip("Chromium, of the same engine, is here and computes them below")
    if shutil.which("node") is None:
        pytest.skip("no Node is installed (Debian: apt install nodejs): the script is not run alone")
    script = "\n".join((FOLDER / name).read_text() for name in ("_util/page/tools.js", "explore/page/net.js"))
    script += (f"\nconst NETS = new Nets(JSON.parse(require('fs').readFileSync(0, 'utf8')));\n"
               f"console.log(JSON.stringify({FIGURES}));")
    done = subprocess.run(["node", "-e", script], input=json.dumps(in_page(page)), capture_output=True, text=True,
                          check=True)
    assert_figures(json.loads(done.stdout))


def test_firefox_computes_the_packages_outputs_and_the_page_answers(page, tmp_path):
    if firefox.find() is None:
        pytest.skip("no Firefox is installed (Debian: apt install firefox-esr): the page is not tried in it")
    with firefox.Firefox(tmp_path / "profile") as browser:
        browser.open(page.as_uri())
        assert_figures(browser.value(FIGURES.replace("NETS", "page.nets")))
        assert browser.value(SHOWN_FIGURES) == {m.key: m.correct[15] for m in problem()[1].methods}
        browser.value("page.set({level: 20})")
        assert browser.value(SHOWN_FIGURES) == {m.key: m.correct[20] for m in problem()[1].methods}
        assert "that the package computed" in browser.value(AT_REST)
        # The replay in the same Firefox, which takes longer to start than to answer: an address, and the end.
        net, x = nnprune.MLP((9, 4, 2), rng=0), np.eye(9)
        write_replay(tmp_path / "run.html", net, nnprune.prune_magnitude(net, sparsity=0.5), x, net.predict(x))
        browser.open((tmp_path / "run.html").as_uri() + "#k=7")
        state = "byId('run-player-slider').getAttribute('aria-valuetext')"
        assert browser.value(state).startswith("7 of 44 weights removed")
        browser.value("document.querySelector('#run-player button:nth-child(5)').click()")
        assert browser.value(state).startswith("22 of 44 weights removed")
        assert browser.value("byId('removal').textContent").startswith("Number 22: layer ")


# What the cards show, as numbers of digits; and what the page says once it has read all digits again.
SHOWN_FIGURES = """Object.fromEntries(page.nets.methods.map(m =>
    [m.key, Math.round(parseFloat(byId("read-" + m.key).textContent) / 100 * page.nets.n)]))"""
AT_REST = """new Promise(resolve => { const look = () => /package/.test(byId("live").textContent) ?
    resolve(byId("live").textContent) : setTimeout(look, 20); look(); })"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Chromium, without a window; the tests are skipped, saying so, where there is none."""
    if chromium.find() is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium): the page is not tried in a browser")
    with chromium.Chromium(tmp_path_factory.mktemp("profile")) as browser:
        browser.send("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1,
                     uploadThroughput=-1)
        yield browser


@pytest.fixture
def opened(browser, page):
    """The page in it, without network, and afterwards: no request, no error."""
    browser.requests.clear()
    browser.errors.clear()
    browser.window(1200, 900)
    browser.open(page.as_uri())
    yield browser
    assert browser.requests == [page.as_uri()]
    assert browser.errors == []


def test_chromium_computes_the_packages_outputs(opened):
    assert_figures(opened.value(FIGURES.replace("NETS", "page.nets")))


def test_the_slider_moves_by_keys_mouse_and_chart_and_everything_follows(opened):
    r = problem()[1]
    assert opened.value("byId('kept').value") == "15"
    opened.value("byId('kept').focus()")
    for key, level in (("ArrowRight", 16), ("Home", 0), ("End", 23), ("ArrowLeft", 22)):
        opened.press(key)
        assert opened.value("page.state.level") == level
        assert opened.value("byId('share').textContent") == f"{100 * LEVELS[level]:g} %"
        assert opened.value(SHOWN_FIGURES) == {m.key: m.correct[level] for m in r.methods}
    opened.click("#more")
    assert opened.value("page.state.level") == 21
    opened.click("#chart")  # its middle is at about 10 %
    assert 8 < opened.value("page.state.level") < 14
    opened.click("#m-magnitude")
    assert opened.value("page.state.method.key") == "magnitude"
    assert opened.value("document.querySelector('.chosen-name').textContent") == "magnitude"
    assert "that the package computed" in opened.value(AT_REST)


def test_the_masks_on_the_screen_are_the_nets(opened):
    method = problem()[1].methods[3]
    opened.value("page.set({level: 9, method: page.nets.methods[3], layer: 1, unit: 2})")
    for l, (across, side) in enumerate(((6, 14), (10, 5), (10, 4))):
        width, data = opened.value(f"(() => {{ const c = page.masks.canvases[{l}].canvas; return [c.width, Array.from("
                                   "c.getContext('2d').getImageData(0, 0, c.width, c.height).data)]; })()")
        shown = np.array(data).reshape(-1, width, 4)[..., :3]
        ink, mask = opened.value("colour('ink')"), method.nets[9].masks[l]
        rows = -(-mask.shape[1] // side)
        for unit in range(len(mask)):
            top, left = unit // across * (rows + 2) + 1, unit % across * (side + 2) + 1
            seen = (shown[top:top + rows, left:left + side] == ink).all(axis=2).ravel()[:mask.shape[1]]
            np.testing.assert_array_equal(seen, mask[unit])


def test_the_wall_has_the_digits_that_just_went_wrong(opened):
    r = problem()[1]
    net, before = r.methods[0].nets[14], r.methods[0].nets[13]
    new = (before.predict(r.images / 255.0) == r.labels) & (net.predict(r.images / 255.0) != r.labels)
    opened.value("page.set({level: 14, method: page.nets.methods[0]})")
    opened.value(AT_REST)
    assert opened.value("byId('wall-text').textContent").startswith(f"{new.sum()} digit")
    told = opened.value("[...document.querySelectorAll('.tile')].map(e => e.getAttribute('aria-label'))")
    places = np.flatnonzero(new)[:60]
    assert told == [f"a {r.labels[i]}, read as {net.predict(r.images[i:i + 1] / 255.0)[0]}: look at it" for i in places]
    opened.click(".tile")
    assert opened.value("page.pad.digit") == places[0]


def test_a_drawing_is_centred_and_scaled_as_mnists_and_read_by_all_nets(opened):
    r = problem()[1]
    opened.value(AT_REST)  # until then the page may still move
    x, y, size = opened.value("(() => { byId('pad').scrollIntoView({block: 'center'}); "
                              "const r = byId('pad').getBoundingClientRect(); return [r.x, r.y, r.width]; })()")
    opened.drag(x + .1 * size, y + .1 * size, x + .15 * size, y + .6 * size)  # a stroke in a corner: a 1
    picture = np.array(opened.value("Array.from(page.pad.picture())")).reshape(14, 14)
    rows, columns = np.nonzero(picture.sum(axis=1))[0], np.nonzero(picture.sum(axis=0))[0]
    assert rows[-1] - rows[0] + 1 == 10  # 20 of 28
    assert columns[-1] - columns[0] + 1 < 5
    where = [(picture.sum(axis=axis) * np.arange(14)).sum() / picture.sum() for axis in (0, 1)]
    assert where == pytest.approx([7, 7], abs=.51)
    said = opened.value("[...document.querySelectorAll('#says tbody tr')].map(e => e.children[1].textContent)")
    nets = [r.net, *(m.nets[15] for m in r.methods)]
    assert said == [str(net.predict(picture.reshape(1, -1) / 255.0)[0]) for net in nets]
    opened.click("#clear")
    assert "Test digit 1" in opened.value("byId('seen-text').textContent")
    opened.value("byId('pad').focus()")
    for key in ("ArrowLeft", " ", "ArrowDown", "ArrowDown", "ArrowDown", " "):
        opened.press(key, code=40 if key == "ArrowDown" else 0)
    assert opened.value("page.pad.strokes") == [[[130, 140], [130, 150], [130, 160], [130, 170]]]
    assert "Your digit" in opened.value("byId('seen-text').textContent")


def test_a_finger_draws_and_does_not_scroll(opened):
    x, y, size = opened.value("(() => { byId('pad').scrollIntoView({block: 'center'}); "
                              "const r = byId('pad').getBoundingClientRect(); return [r.x, r.y, r.width]; })()")
    before = opened.value("scrollY")
    moves = [(.5, .6)], [(.5, .9)]
    for kind, points in (("touchStart", [(.3, .3)]), *(("touchMove", move) for move in moves), ("touchEnd", [])):
        opened.send("Input.dispatchTouchEvent", type=kind,
                    touchPoints=[{"x": x + a * size, "y": y + b * size} for a, b in points])
    stroke = np.array(opened.value("page.pad.strokes"))[0] / 280
    np.testing.assert_allclose(stroke[0], (.3, .3), atol=.02)
    assert stroke[-1, 1] > .5  # Chromium draws moves together: where the last one ends is its choice
    assert "Your digit" in opened.value("byId('seen-text').textContent")
    assert opened.value("scrollY") == before


def test_a_drawing_is_scaled_by_the_mean_of_what_a_pixel_covers(opened):
    # By hand: a bar of 30 x 60 points fills 10 x 20 pixels; at its top 15 points are a quarter as dark.
    opened.value("byId('kept').focus()")
    got = np.array(opened.value("""(() => { const ink = new Float64Array(100 * 100);
        for (let y = 20; y < 80; y++) for (let x = 10; x < 40; x++) ink[100 * y + x] = y < 35 ? .25 : 1;
        return Array.from(normalised(ink, 100, 100)); })()""")).reshape(28, 28)
    small = np.ones((20, 10))
    small[:5] = .25
    top = round(14 - (small.sum(axis=1) * np.arange(20)).sum() / small.sum())
    left = round(14 - 4.5 + 1e-9)
    wanted = np.zeros((28, 28))
    wanted[top:top + 20, left:left + 10] = np.round(255 * small)
    np.testing.assert_array_equal(got, wanted)
    assert opened.value("normalised(new Float64Array(16), 4, 4)") is None


def test_a_weight_tells_its_costs_and_who_compensated(opened):
    r = problem()[1]
    exact = r.methods[3]
    gone = np.array([[net.masks[0][3, i] for net in exact.nets] for i in range(196)])
    i = int(np.flatnonzero(gone[:, 11] & ~gone[:, 12])[0])  # kept at level 11, gone at 12
    opened.value(f"page.set({{level: 15, method: page.nets.methods[3], layer: 0, unit: 3}}); "
                 f"page.unit.pick({i % 14}, {i // 14})")
    moved = exact.nets[12].weights[0][3] - exact.nets[11].weights[0][3]
    moved[~gone[:, 12]] = 0
    partners = np.argsort(-np.abs(moved), kind="stable")[:3]
    rows = opened.value("[...document.querySelectorAll('#weight table')].map(t => "
                        "[...t.tBodies[0].rows].map(r => [...r.cells].map(c => c.textContent)))")
    assert [row[0] for row in rows[1]] == [f"pixel in row {p // 14}, column {p % 14}" for p in partners]
    assert rows[0][0][2] == f"|w| = {abs(r.net.weights[0][3, i]):#.4g}"
    assert rows[0][3][1] == f"{100 * LEVELS[12]:g} %"
    assert float(rows[0][3][2].replace("\N{MINUS SIGN}", "-")) == pytest.approx(exact.costs[0][3, i], rel=.06)
    assert len(opened.value("[...document.querySelectorAll('#unit-now .partner')].map(e => e.style.left)")) == 3


@pytest.mark.parametrize(("sizes", "activation"), [((100, 5, 3), "sigmoid"), ((100, 3, 2, 4), "tanh")])
def test_nets_of_other_forms_are_shown_too(browser, tmp_path, sizes, activation):
    rng = np.random.default_rng(0)
    x, net = rng.random((60, 100)), nnprune.MLP(sizes, activation=activation, rng=0)
    y = np.arange(60) % sizes[-1]
    found = write_explorable(tmp_path / "page.html", net, x, y, x[:20], y[:20])
    browser.errors.clear()
    browser.open((tmp_path / "page.html").as_uri())
    outputs = browser.value("page.nets.methods.map(m => page.nets.levels.map((_, l) => [...Array(page.nets.n).keys()]"
                            ".map(i => [...page.nets.outputsOfDigit(m.ready(l), i)])))")
    expected = [[net.forward(found.images / 255.0) for net in m.nets] for m in found.methods]
    np.testing.assert_allclose(outputs, expected, rtol=1e-9, atol=1e-9)
    browser.value(f"for (const method of page.nets.methods) for (const level of [0, 23]) "
                  f"page.set({{method, level, layer: {len(sizes) - 2}, unit: 1}})")
    assert "that the package computed" in browser.value(AT_REST)
    assert browser.errors == []


def test_the_page_fits_narrow_and_dark_screens_and_its_targets_a_finger(opened):
    for width, dark in ((320, False), (390, True), (768, False), (850, False), (1440, True)):
        opened.window(width, 800, dark)
        assert opened.value("document.documentElement.scrollWidth") <= width
        assert opened.value("[...document.querySelectorAll('.card span')].filter(e => e.getBoundingClientRect().right "
                            "> e.closest('.card').getBoundingClientRect().right).map(e => e.textContent)") == []
        small = opened.value("[...document.querySelectorAll('button, input, select, a')].filter(e => { const r = "
                             "e.getBoundingClientRect(); return r.width < 24 || r.height < 24; }).map(e => e.id)")
        assert small == []
    assert "needs JavaScript" in opened.value("document.querySelector('body noscript').textContent")
