"""The README: its code runs, its links lead somewhere, its two commands are where .ci/run looks for them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import nnprune

ROOT = Path(nnprune.__file__).parents[1]
README = Path(__file__).parents[1] / "README.md"


def test_the_code_runs(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nnprune, "load_mnist", lambda: nnprune.make_digits(600, 100))
    code = "\n".join(re.findall(r"```python\n(.*?)```", README.read_text(), re.S))
    # The README's net is large for a test: fewer units, the same code.
    namespace = {}
    exec(code.replace("(784, 300, 100, 10)", "(784, 20, 10)"), namespace)
    assert namespace["r"].net.sparsity == pytest.approx(0.95, abs=1e-4)
    assert "Theorem 3.2" in capsys.readouterr().out
    assert (tmp_path / "pruned.npz").exists()


def test_the_functions_it_names_exist():
    text = README.read_text()
    names = set(re.findall(r"nnprune\.(\w+)\(|`(?:nnprune\.)?(prune_\w+|run_\w+)", text))
    names = {name for pair in names for name in pair if name}
    assert {"prune_lobs", "prune_obs", "prune_magnitude", "MLP"} <= names <= set(nnprune.__all__)


def test_it_is_short_and_begins_with_the_code():
    lines = README.read_text().splitlines()
    assert lines.index("```python") < 40
    assert len(lines) <= 140


# PyPI shows the README too, where a relative link leads nowhere. Each address stands for the file of this checkout.
HOME = ("https://github.com/nnprune/nnprune/blob/main/", "https://raw.githubusercontent.com/nnprune/nnprune/main/")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"])
def test_the_links_lead_somewhere(page):
    page = README.parent / page
    for link in re.findall(r"\]\(([^)#]+)", page.read_text()):
        if link.startswith(HOME):
            assert (README.parent / link.split("/main/", 1)[1]).exists(), link
        elif not link.startswith("http"):
            assert (page.parent / link).exists(), link


def test_the_links_of_the_readme_are_absolute():
    links = re.findall(r"\]\(([^)]+)\)", README.read_text())
    assert len(links) > 10
    assert all(link.startswith(("https://", "#")) for link in links)


@pytest.mark.parametrize("mark", ["main-job", "tests"])
def test_the_two_commands_are_marked(mark):
    [command] = re.findall(rf"<!-- {mark} -->\n```\n(.*?)\n```\n<!-- end -->", README.read_text(), re.S)
    assert "\n" not in command


def test_the_table_is_that_of_the_committed_run():
    found = json.loads((README.parent / "docs" / "demo.json").read_text())

    def mean(values):
        return f"{np.mean(values):.2f} ± {np.std(values):.2f}"

    text = README.read_text()
    rows = {cells[1].strip(): [cell.strip() for cell in cells[2:-1]]
            for cells in (line.split("|") for line in text.splitlines() if re.match(r"\| 0\.\d", line))}
    assert len(rows) == 9
    for removed, cells in rows.items():
        assert cells == [mean(of[removed]) for of in found["accuracy"].values()]
    assert f"({mean(found['dense'])} %" in text
    lost = [np.mean(found["dense"]) - np.mean(found["accuracy"][key]["0.97"]) for key in ("lobs-exact", "magnitude")]
    assert "costs {:.1f} points of accuracy where magnitude pruning costs {:.1f}".format(*lost) in text


def test_the_figures_of_the_reproductions_are_those_of_their_pages():
    section = README.read_text().split("## The papers, reproduced")[1].split("\n## ")[0]
    page = "\n".join(page.read_text() for page in (README.parent / "docs" / "reproduction").glob("*.md"))
    figures = re.findall(r"\d+\.\d+ ± \d+\.\d+", section)
    assert len(figures) >= 6
    for figure in figures:
        assert figure in page, figure
    labels = json.loads((README.parent / "docs" / "reproduction" / "records-labels.json").read_text())
    of = {claim["what"].split(",")[0]: claim["text"] for claim in labels["claims"]}
    rows = re.findall(r"\| 1/(\d+) \| [^|]+ \| ([\d.]+) \(\+([\d.]+)\) \|", section)
    assert len(rows) == 6
    for ratio, error, rise in rows:
        assert of[f"test error at {ratio}x"] == error
        assert of[f"rise over the own dense net at {ratio}x (points)"] == rise


def test_the_figures_of_obs_after_lobs_are_those_of_the_committed_run():
    nets = json.loads((README.parent / "docs" / "second_order.json").read_text())["nets"].values()
    runs = [net["methods"] for net in nets if "L-OBS to 0.97, then OBS" in net["methods"]]
    after, exact = (np.mean([run[method]["accuracy"][-1] for run in runs])
                    for method in ("L-OBS to 0.97, then OBS", "exact L-OBS"))
    assert f"{after:.1f} % at 0.99 where exact L-OBS has {exact:.1f} (MNIST, {len(runs)} nets)" in README.read_text()


def test_the_house_is_listed_with_all_its_rooms():
    package = README.parent / "nnprune"
    listing = (README.parent / "CONTRIBUTING.md").read_text().split("nnprune/\n", 1)[1].split("\ntests/")[0]
    rooms = {f"{path.parent.relative_to(package)}/" for path in package.rglob("__init__.py")} - {"./"}
    files = {path.name for path in package.glob("*.py")} - {"__init__.py", "__main__.py"}
    listed = re.findall(r"^ +(\S+)", listing, re.M)
    rooms = {f"{Path(room).name}/" for room in rooms if not room.startswith("reproduce/")} | {"reproduce/"}
    assert sorted(listed) == sorted(rooms | files)
