"""The committed pages: each is what its committed JSON says, which names all that its figures depend on."""

import json
import re
from pathlib import Path

import pytest

import nnprune
from nnprune.reproduce import experiment, page

LIST = Path(nnprune.__file__).parents[1] / "docs" / "reproduction.md"
FILES = sorted(LIST.with_suffix("").glob("*.json"))
pytestmark = pytest.mark.skipif(not LIST.exists(), reason="installed without the checkout: there are no pages")


def test_the_pages_are_made_from_the_json_files_byte_for_byte():
    found = {file.stem: page.read_findings(file) for file in FILES}
    for path, text in page.pages(LIST, found).items():
        assert path.read_text(encoding="utf-8") == text, f"{path}: python -m nnprune.reproduce --page {LIST}"


def test_the_figures_of_what_we_corrected_stand_on_the_pages():
    def figures(file):
        return set(re.findall(r"\d+\.\d\d\b", file.read_text(encoding="utf-8")))

    docs = LIST.parent
    pages = [*docs.glob("reproduction/*.md"), docs / "second_order_table.md"]
    assert figures(docs / "corrected.md") <= set().union(*map(figures, pages))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_json_file_says_where_its_figures_are_from(file):
    found = page.read_findings(file)
    assert found["name"] == file.stem
    assert found["comparable"]
    assert found["settings"] == experiment(file.stem).SETTINGS
    assert len(found["seeds"]) == found["settings"]["seeds"]
    assert re.fullmatch(r"[0-9a-f]{7}", found["commit"])
    assert re.match(r"\d+ cores of .+, .*blas", found["machine"])
    assert set(found["versions"]) == {"nnprune", "python", "numpy", "scipy", "matplotlib"}
    assert {"method", "images", "damping"} <= set(found["seen"]["columns"])
    assert found["seen"]["rows"]
    assert not re.search(r"/(home|work|tmp|root)/", json.dumps(found))
    assert all((file.parent / figure).exists() for figure in found["figures"])


@pytest.mark.parametrize(("title", "name"), [("MONK's problems", "monks"), ("SAME within", "combine")])
def test_the_figures_of_what_we_corrected_are_those_of_the_pages(title, name):
    sections = (LIST.parent / "corrected.md").read_text(encoding="utf-8").split("\n## ")
    section, = [text for text in sections if text.startswith(f'"{title}')]
    page = (LIST.with_suffix("") / f"{name}.md").read_text(encoding="utf-8")
    figures = re.findall(r"\d+\.\d ± \d+\.\d|-\d\.\d\d", section)
    assert len(figures) >= 2
    assert all(figure in page for figure in figures), figures
