"""The slides: one file without network, whose figures the lessons make."""

import re
from pathlib import Path

import pytest
import slides

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "slides" / "lectures.md").read_text(encoding="utf-8")


def test_a_small_text_becomes_slides():
    made = slides.page("# First\n\nA **bold** *word*, `a*b*c` & <tag>.\n\n---\n\n## Second\n\n- one\n  more\n- two\n\n"
                       "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx < y\n\nz\n```\n\nNote: what is said.\n")
    assert made.count("<section>") == 2
    assert "<title>First</title>" in made
    assert "<p>A <b>bold</b> <i>word</i>, <code>a*b*c</code> &amp; &lt;tag&gt;.</p>" in made
    assert "<ul><li>one more</li><li>two</li></ul>" in made
    assert "<tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr>" in made
    assert "<pre>x &lt; y\n\nz</pre>" in made
    assert "<aside>what is said.</aside>" in made


def test_it_needs_no_network_and_no_other_file():
    made = slides.page("# T\n\n![words](docs/curves.png)\n")
    assert 'alt="words" src="data:image/png;base64,' in made
    assert not re.search(r"(?:src|href)=\"(?!data:)|url\(|@import|https?://", made)


def test_a_missing_figure_is_named(tmp_path, capsys):
    (tmp_path / "text.md").write_text("# T\n\n![words](docs/none.png)\n")
    assert slides.main([str(tmp_path / "text.md"), "--out", str(tmp_path / "made.html")]) == 2
    assert "docs/none.png is missing" in capsys.readouterr().err
    assert not (tmp_path / "made.html").exists()


@pytest.mark.parametrize("path", re.findall(r"!\[.*?\]\((\S+)\)", TEXT))
def test_every_figure_is_in_the_repository_or_made_by_a_lesson(path):
    if lesson := re.fullmatch(r"results/lessons/((\d\d)_\w+)\.png", path):
        script = next((ROOT / "tutorials").glob(f"{lesson[2]}_*.py"))
        assert f'"{lesson[1]}"' in script.read_text(encoding="utf-8")
    else:
        assert (ROOT / path).is_file()


def test_the_four_lectures_are_there():
    assert re.findall(r"^# Lecture (\d)", TEXT, re.M) == ["1", "2", "3", "4"]
