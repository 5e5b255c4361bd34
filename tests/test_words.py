"""Plain technical English: the words of ``words.txt`` occur nowhere in docs, code or messages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("nnprune", "docs", "tutorials", "tests", "tools", "benchmarks", "data")
KINDS = (".py", ".md", ".html", ".js")
LINES = [line.split(" -> ") for line in Path(__file__).with_name("words.txt").read_text(encoding="utf-8").splitlines()
         if line and not line.startswith("#")]
BETTER = dict(LINES)


def pattern(phrase):
    """The phrase as a regular expression: words, which the end of a line (of a comment) may separate."""
    words = [re.escape(word) for word in phrase.split()]
    return r"(?: |\s*\n[\s#>*/]*)".join(words)


def wrong_words(text):
    """(line, what stands there, the better word) of every word of the list in a text."""
    low = text.lower()
    there = [p for p in sorted(BETTER, key=len, reverse=True) if all(word in low for word in p.split())]
    any_of_them = re.compile(r"(?<!\w)(?:" + "|".join(map(pattern, there)) + r")(?!\w)", re.IGNORECASE)
    found = ((m.start(), " ".join(re.sub(r"\n[\s#>*/]*", " ", m.group()).split()))
             for m in any_of_them.finditer(text) if there)
    return [(text.count("\n", 0, start) + 1, phrase, BETTER[phrase.lower()]) for start, phrase in found]


def files():
    """All texts of the checkout but this test and its list; what the site's build makes is not among them."""
    made = (ROOT / "docs" / "_api", ROOT / "docs" / "_lessons", ROOT / "docs" / "_parts")
    inside = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in KINDS]
    return [path for path in [*ROOT.glob("*.md"), *inside] if path != Path(__file__)
            and not any(folder in path.parents for folder in made)]


def test_the_texts_are_plain():
    paths = files()
    assert {"README.md", "CHANGELOG.md", "obd.py", "page.html", "words.txt"} & {p.name for p in paths} == {
        "README.md", "CHANGELOG.md", "obd.py", "page.html"}
    wrong = [f"{path.relative_to(ROOT)}:{line}: {phrase!r}; better: {better}" for path in paths
             for line, phrase, better in wrong_words(path.read_text(encoding="utf-8"))]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("phrase", BETTER)
def test_each_word_is_found(phrase):
    """Alone, in capitals, and broken by the end of a comment's line."""
    for text in (phrase, phrase.upper(), phrase.replace(" ", "\n    # ")):
        assert [(line, better) for line, _, better in wrong_words(f"x = 1\n# so {text}.")] == [(2, BETTER[phrase])]


def test_a_planted_sentence_is_named_with_its_line_and_the_better_word():
    text = "The inverse is updated.\n\nThen it is taken anew, for every removal that\nthe others make\n# up for.\n"
    assert wrong_words(text) == [(3, "anew", "again, recomputed, refitted"), (4, "make up for", "compensate")]
    assert wrong_words("A deadline and the greatest lessons; it makes up a list for the door.") == []


def test_the_list_is_consistent():
    """No phrase twice, and no better word that is itself on the list."""
    assert len(BETTER) == len(LINES)
    assert [better for better in BETTER.values() if wrong_words(better)] == []
