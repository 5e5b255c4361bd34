"""The site, without Sphinx: every page and lesson is reached, nothing is fetched, the docstrings survive."""

import http.server
import importlib
import os
import re
import runpy
import sys
import threading
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import check_site
import pytest

import nnprune
from nnprune.exercises.files import STEMS
from nnprune.plots import Figure, write_png

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = sorted(path.relative_to(DOCS).with_suffix("").as_posix()
               for folder in (DOCS, DOCS / "reproduction", DOCS / "laws") for path in folder.glob("*.md"))


@pytest.fixture
def extension(monkeypatch):
    """Import a module of docs/_ext by its name."""
    monkeypatch.setattr(sys, "path", [str(DOCS / "_ext"), str(DOCS.parent), *sys.path])
    before = set(sys.modules)
    yield importlib.import_module
    ours = {"lessons", "docstrings", "mathml", "tidy", "figures", "beside", "navigation", "a_room"}
    for name in ours & (set(sys.modules) - before):
        del sys.modules[name]


def entries():
    """Every line of every toctree."""
    trees = re.findall(r"```\{toctree\}\n(.*?)```", "\n".join((DOCS / f"{p}.md").read_text() for p in PAGES), re.S)
    return [line for tree in trees for line in tree.splitlines() if line and not line.startswith(":")]


def test_every_page_is_in_one_toctree():
    listed = [entry for entry in entries() if not entry.endswith("*")]
    for page in PAGES:
        if page != "index":
            assert listed.count(page) == 1, f"docs/{page}.md must stand in one toctree: add it to docs/index.md"
    assert set(listed) == {*PAGES, "_api/nnprune"} - {"index"}
    assert "_lessons/*" in entries()


def test_every_lesson_is_listed_with_what_it_says_of_itself(extension):
    lessons = extension("lessons")
    table, found = lessons.table_of_lessons(), lessons.find_lessons()
    assert len(found) == len(set(path.stem[:2] for path in found)) == table.count("](_lessons/")
    for path in found:
        facts = lessons.facts(path)
        assert f"[{facts['title']}](_lessons/{path.stem}.ipynb) | " in table
        assert f"{facts['learn']} | {facts['time'].replace(' seconds', ' s')} |" in table.replace("\\|", "|")
        assert re.fullmatch(r"\d+ seconds?", facts["time"]), path.name


def test_every_exercise_is_listed(extension):
    text = extension("lessons").table_of_exercises()
    for number, stem in STEMS.items():
        assert f"exercises/{stem}.py" in text
        assert f"solutions/{stem}.py" in text
        for exercise in importlib.import_module(f"nnprune.exercises.lesson_{number}").EXERCISES:
            assert f"- `{exercise.name}`: " in text


def test_emphasis_and_code_of_a_docstring_stay_so_on_the_page_of_the_exercises(extension):
    plain = extension("lessons").plain
    assert plain("a *tanh* of `order`, w * v * 2, `n_out` and <a_b>") == (
        "a *tanh* of `order`, w \\* v \\* 2, `n_out` and \\<a\\_b\\>")


def test_a_lesson_without_a_running_time_stops_the_build(extension, tmp_path):
    path = tmp_path / "13_be_lucky.py"
    path.write_text("# %% [markdown]\n# # Be lucky\n#\n# **What you'll learn.** Much.\n#\n# **What you need.** Luck.\n")
    with pytest.raises(ValueError, match="13_be_lucky.py: a lesson has a title.*running time"):
        extension("lessons").facts(path)


def test_the_public_names_are_all_in_the_reference(extension):
    public = extension("docstrings").public()
    assert sorted(name for names in public.values() for name in names) == sorted(nnprune.__all__)
    assert "prune_obs" in public["nnprune.pruning.obs"]


def test_the_version_is_the_packages(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    assert f"  version = {{{nnprune.__version__}}},\n" in (DOCS / "cite.md").read_text()
    conf = runpy.run_path(str(DOCS / "conf.py"))
    assert conf["version"] == conf["release"] == nnprune.__version__


def test_nothing_is_fetched():
    own = [DOCS / "conf.py", *(DOCS / "_static").rglob("*.css"), *(DOCS / "_static").rglob("*.js"),
           *DOCS.glob("_templates/**/*.html")]
    for path in own:
        assert not re.search(r"https?://|url\(\s*[\"']?//|@import", path.read_text()), path.name
    for page in PAGES:  # in prose a link is fine; a picture, script or style from elsewhere is not
        assert not re.search(r"!\[[^]]*\]\(http|<(script|link|img|iframe)\b|\{(image|figure)\} *http",
                             (DOCS / f"{page}.md").read_text()), page


TREE = ["a", ["b", ["c", "d"], "e"], "f"]  # entries, and below each what is in a list behind it


def navigation_by_sphinx(tree, current, level=1):
    """The lists of a tree as Sphinx writes them, and whether the current entry is in them."""
    items, inside = "", False
    for entry, below in zip(tree, [*tree[1:], None]):
        if isinstance(entry, str):
            own, lists = entry == current, ""
            if isinstance(below, list):
                lists, deeper = navigation_by_sphinx(below, current, level + 1)
            here = own or (bool(lists) and deeper)
            inside |= here
            link = (f'<a class="{"current " * own}reference internal" href="{"#" if own else entry + ".html"}">'
                    f'{entry}</a>')
            items += f'<li class="toctree-l{level}{" current" * here}">{link}{lists}</li>\n'
    return ('<ul class="current">\n' if inside else "<ul>\n") + items + "</ul>\n", inside


@pytest.mark.parametrize("page", [*"abcdef", "none"])
def test_the_navigation_of_a_page_is_what_sphinx_and_the_theme_make_of_it(extension, page):
    theme = pytest.importorskip("furo.navigation", reason="the site's theme is not installed")
    plain = theme.get_navigation_tree(navigation_by_sphinx(TREE, "")[0])
    marked = extension("navigation").marked(plain, f"{page}.html")
    assert marked == theme.get_navigation_tree(navigation_by_sphinx(TREE, page)[0])
    assert marked.count("current-page") == (page != "none")
    assert marked.count("checked") == {"none": 0, "f": 0, "a": 1, "e": 1}.get(page, 2)  # what is open


def test_git_ignores_what_is_generated():
    ignored = (DOCS.parent / ".gitignore").read_text().splitlines()
    assert {"docs/_lessons/", "docs/_api/", "docs/_parts/", "/site/"} <= set(ignored)


def test_every_file_has_its_place_in_the_reading_order(extension):
    rooms = extension("docstrings").rooms()
    package = Path(nnprune.__file__).parent
    files = {".".join(("nnprune", *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__")
             for path in package.rglob("*.py") if path.stem != "__main__"}
    assert {f"{room}.{name}" for room, names in rooms.items() for name in names} == files - {"nnprune"}
    for room, names in rooms.items():  # a room of one experiment or of all lessons need not name each
        listing = importlib.import_module(room).__doc__
        missing = [name for name in names if not re.search(rf"\b{name}\b", listing)
                   and not re.match(r"lesson_\d\d|run$|_util$", name)]
        assert not missing, f"{room}: its docstring must list {missing}, in reading order"


def test_the_reading_order_is_the_docstrings(extension, tmp_path, monkeypatch):
    room = tmp_path / "a_room"
    room.mkdir()
    for name in ("a", "b", "c", "_d", "e"):
        (room / f"{name}.py").touch()
    (room / "__init__.py").write_text('"""``a`` and ``c``.\n\n    c       first, with ``_d``\n    e, b    next\n"""\n')
    monkeypatch.syspath_prepend(tmp_path)
    docstrings = extension("docstrings")
    assert docstrings.rooms("a_room") == {"a_room": ["c", "_d", "e", "b", "a"]}
    monkeypatch.setitem(docstrings.ROOMS, "a_room", ["c", "_d", "e", "b", "a"])
    lines = []
    room = SimpleNamespace(__doc__="A room.\n\n    c    first,\n         and more\n    e, b    next\n\n    x   no file")
    docstrings.process(None, "module", "a_room", room, None, lines)
    assert [line for line in lines if line] == ["A room.", "::", "    x   no file"]


def test_formulas_and_tables_of_a_docstring_stay_as_they_are(extension):
    lines = ["Cost: |w| * dw_ and ``a|b``.", "", "    letter  meaning", "    w_      ``|x|`` * y", "",
             "1. A step,", "", "       a = *b", "", "   and on.", "", "Examples", "--------", ">>> 1 * 2_", "2_",
             "", "a_", "", "Parameters", "----------", "x : float", "    The |x|."]
    extension("docstrings").process(None, "function", "f", None, None, lines)
    assert lines == [
        r"Cost: \|w\| \* dw\_ and ``a|b``.", "", "::", "", "    letter  meaning", "    w_      |x| * y", "",
        "1. A step,", "", "   ::", "", "       a = *b", "", "   and on.", "", "Examples", "--------", ">>> 1 * 2_",
        "2_", "", r"a\_", "", "Parameters", "----------", "x : float", r"    The \|x\|."]


def test_a_formula_that_is_not_understood_is_refused(extension):
    pytest.importorskip("latex2mathml", reason="comes with the docs extra")
    pytest.importorskip("sphinx", reason="comes with the docs extra")
    mathml = extension("mathml").mathml
    assert "<mfrac><mn>1</mn><mi>n</mi></mfrac>" in mathml(r"\frac1n", "inline")
    assert "<munder><mo>max</mo>" in mathml(r"\max_q L_q", "block")
    assert '<mo form="prefix">\N{MINUS SIGN}</mo>' in mathml("(5, -4)", "inline")
    assert "form" not in mathml("5 - 4", "inline")
    assert '<mi>log</mi><mspace width="0.167em" /><mi>p</mi>' in mathml(r"\log p", "inline")
    assert '<mi>s</mi><mspace width="0.167em" /><msub><mi>log</mi>' in mathml(r"s \log_2 s", "inline")
    assert '<mi>f</mi><mo lspace="0" rspace="0">\N{PRIME}</mo>' in mathml("f'(z)", "inline")
    assert mathml(r"\lvert w \rvert", "inline").count('stretchy="false"') == 2
    assert 'stretchy="true"' in mathml(r"\left| w \right|", "inline")
    for latex in (r"\nosuchcommand x", r"\frac{1}{"):
        with pytest.raises(ValueError, match="unknown|Error"):
            mathml(latex, "inline")


def test_the_themes_pages_are_put_right_and_stay_right(extension):
    page = ('<!doctype html>\n<meta charset="utf-8"/>\n<title>' + "word " * 20 + '</title><p class="caption" '
            'role="heading">Learn</p> \n<img src="a.png" alt="a" style="width: 560px;"/>\n'
            '<button class="theme-toggle"></button>'
            '<aside class="sidebar-drawer"></aside><aside class="toc-drawer no-toc"></aside><th class="head"></th>'
            '<article role="main" id="furo-main-content">\n<p>a</p></article>'
            '<li>a</li>\n<ul><li>b</li></ul>\n<pre>\n<div class="viewcode-block" id="f">\nf</div>\n</pre><div></div>'
            '<table class="indextable">\n\n<tr><td></td></tr></table>')
    once = extension("tidy").repaired(page)
    assert once == ('<!DOCTYPE html>\n<meta charset="utf-8">\n<title>' + "word " * 13 + '...</title><p class="caption">'
                    'Learn</p>\n<img src="a.png" alt="a" width="560">\n'
                    '<button type="button" class="theme-toggle"></button>'
                    '<aside class="sidebar-drawer" aria-label="The site"></aside>'
                    '<aside class="toc-drawer no-toc" aria-label="This page"></aside>'
                    '<th class="head"><span class="visually-hidden">row</span></th>'
                    '<main id="furo-main-content"><article>\n<p>a</p></article></main>'
                    '<li>a\n<ul><li>b</li></ul></li>\n'
                    '<pre>\n<span class="viewcode-block" id="f">\nf</span>\n</pre><div></div>'
                    '<table class="indextable"><tbody><tr><td></td></tr></tbody></table>')
    assert extension("tidy").repaired(once) == once


def test_a_formula_keeps_its_comma(extension):
    page = "<p>where <math><mi>w</mi></math>, (<math>q</math>), then <math>a</math> and <math>b</math>'s.</p>"
    once = extension("tidy").repaired(page)
    assert once == ('<p>where <span class="together"><math><mi>w</mi></math>,</span> <span class="together">(<math>'
                    'q</math>),</span> then <math>a</math> and <span class="together"><math>b</math>\'s.</span></p>')
    assert extension("tidy").repaired(once) == once


def test_an_address_that_was_leads_to_a_page_that_is(extension):
    moved, lessons = extension("tidy").MOVED, {f"_lessons/{p.stem}" for p in extension("lessons").find_lessons()}
    assert set(moved.values()) <= lessons
    assert not set(moved) & lessons


def test_no_text_of_a_figure_is_too_small_on_a_phone(extension, tmp_path):
    Image = pytest.importorskip("PIL.Image")
    figure = Figure(figsize=(7, 2))
    figure.subplots().set_title("small", fontsize=6)
    write_png(figure, tmp_path / "a.png", 220)
    Image.new("L", (550, 10)).save(tmp_path / "b.png")  # says nothing: 110 pixels an inch, text of 8.33 points
    a, b = ((tmp_path / name).as_uri() for name in ("a.png", "b.png"))
    assert list(check_site.unreadable([(a, 756), (b, 389)])) == []  # 7 inches with 6 points have 9 pixels at 756 pixels
    assert list(check_site.unreadable([(a, 700), (b, 350)])) == [
        "the smallest text of a.png has 8.3 pixels", "the smallest text of b.png has 8.1 pixels"]
    pytest.importorskip("myst_nb", reason="comes with the docs extra")
    assert extension("figures").size_of(tmp_path / "a.png") == (pytest.approx(7, rel=1e-4), 6)
    assert extension("figures").size_of(tmp_path / "b.png") == (5, 8.33)


def test_broken_links_are_found(tmp_path):
    (tmp_path / "a.html").touch()
    a, gone = (tmp_path / "a.html").as_uri(), (tmp_path / "gone.html").as_uri()
    pages = {a: {"links": ["https://example.org/", f"{a}#here", f"{a}#there", gone], "ids": ["here"]}}
    assert sorted(check_site.broken(tmp_path, pages)) == [(a, f"broken link {gone}"), (a, f"no such place: {a}#there")]


def test_the_browser_sees_what_is_wrong_with_a_page(tmp_path):
    if check_site.find() is None:
        pytest.skip("needs chromium")
    (tmp_path / "bad.html").write_text(
        "<body style='background: white'><article><math></math> $$x$$ <img src='gone.png'>"
        "<p style='width: 2000px'>wide</p></article><script src='http://127.0.0.1:9/x.js'></script>"
        "<script>throw Error('oh')</script></body>")
    with check_site.Chromium(tmp_path / "profile") as browser:
        _, wrong = check_site.look(browser, tmp_path / "bad.html", check_site.PHONE)
        assert check_site.strays(browser, tmp_path) == ["asked for http://127.0.0.1:9/x.js"]
    for part in ("1 formulas", "1 pictures", "LaTeX in the text: $$", "wide in a window of 390", "in dark", "oh"):
        assert any(part in text for text in wrong), (part, wrong)


def test_what_screen_readers_need_is_asked_for(tmp_path):
    if check_site.find() is None:
        pytest.skip("needs chromium")
    (tmp_path / "bad.html").write_text(
        "<article></article><aside></aside><p role=heading>a</p><button></button><input>"
        "<a href='#'><img src='data:,'></a><table><tr><th></th></tr></table><p id=a></p><p id=a></p>")
    (tmp_path / "good.html").write_text(
        "<main><aside aria-label=A></aside><p role=heading aria-level=2>a</p><button>b</button><label>c<input></label>"
        "<a href='#'><img src='data:,' alt=d></a><table><tr><th>e</th></tr></table><p id=a></p></main>")
    with check_site.Chromium(tmp_path / "profile") as browser:
        browser.open((tmp_path / "good.html").as_uri())
        assert browser.value(check_site.NAMES) == []
        browser.open((tmp_path / "bad.html").as_uri())
        assert browser.value(check_site.NAMES) == [
            "-1 main parts too many or too few", "1 landmarks without a name of their own",
            "1 roles without the attributes that they require", "3 controls without a name",
            "1 pictures without a text", "1 empty heads of a column", "1 ids that are there twice"]


@pytest.mark.skipif(not os.environ.get("NNPRUNE_AXE"), reason="NNPRUNE_AXE does not name axe.min.js of the npm package "
                    "axe-core")
def test_axe_has_nothing_against_the_pages_that_are_written_by_hand(tmp_path):
    if check_site.find() is None:
        pytest.skip("needs chromium")
    axe = Path(os.environ["NNPRUNE_AXE"]).read_text(encoding="utf-8")
    (tmp_path / "bad.html").write_text("<main style='color: #aaa; background: #fff'>pale</main>")
    with check_site.Chromium(tmp_path / "profile") as browser:
        assert any("color-contrast" in text for text in check_site.accessible(browser, tmp_path / "bad.html", axe))
        for page in (DOCS / "404.html", DOCS / "_static" / "touch.html"):
            assert not list(check_site.accessible(browser, page, axe)), page


class Missing(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and 404.html for what is not there, as publishers of sites do."""

    def send_error(self, code, *_):
        """The page, at the address that was asked for."""
        self.send_response(code)
        self.end_headers()
        self.wfile.write((DOCS / "404.html").read_bytes() if self.command == "GET" else b"")

    def log_message(self, *_):
        """Nothing."""


def test_the_page_for_what_is_not_there_leads_to_the_site_from_any_depth(tmp_path):
    if check_site.find() is None:
        pytest.skip("needs chromium")
    links = re.findall(r'(?:href|action)="([^"]+)"', (DOCS / "404.html").read_text())
    written = {"search", "genindex", "_api/nnprune"} | set(PAGES)
    assert {link.removesuffix(".html") for link in links} <= written
    (tmp_path / "docs" / "site").mkdir(parents=True)
    (tmp_path / "docs" / "site" / "searchindex.js").touch()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Missing, directory=tmp_path)) as server, \
            check_site.Chromium(tmp_path / "profile") as browser:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, links = f"http://127.0.0.1:{server.server_port}", "[...document.links].map(a => a.href)"
        found = f"""new Promise(done => {{ const look = () => {links}.includes("{host}/docs/site/lessons.html")
            || !document.getElementById("lost").hidden ? done({links}) : setTimeout(look, 20); look(); }})"""
        for address in ("a.html", "_api/a.html", "some/where/deep/"):
            browser.open(f"{host}/docs/site/{address}")
            assert f"{host}/docs/site/lessons.html" in browser.value(found), address
            assert browser.value("document.forms[0].action") == f"{host}/docs/site/search.html"
        browser.open(f"{host}/elsewhere/a.html")
        assert f"{host}/docs/site/lessons.html" not in browser.value(found)
        server.shutdown()
