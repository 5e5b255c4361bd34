"""What Sphinx and the theme leave to be desired, corrected in all pages; and pages where a moved one was.

The captions of the navigation claim to be headings of no level, landmarks have no names, the sources are blocks in
lines: screen readers and html-validate (``tools/htmlvalidate.json``) want better. A formula keeps the comma that
follows it, which browsers would let begin the next line, and a long name in a heading breaks behind its underscores.
What scrolls is reached by keyboard through ``_static/scrolling.js``.
"""

import re
import textwrap
from pathlib import Path

REPAIRS = [
    (r"\A<!doctype html>", "<!DOCTYPE html>"),
    (r'<meta name="viewport" content="width=device-width,initial-scale=1">\s*', ""),  # Sphinx has one, too
    (r"(?m)[ \t]+$", ""),
    (r"<(br|col|hr|img|input|link|meta)\b([^<>]*?)\s*/>", r"<\1\2>"),
    (r' (checked|download)=""', r" \1"),
    (r'<p class="caption" role="heading">', '<p class="caption">'),
    (r'<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="The site">'),
    (r'<aside class="toc-drawer([^"]*)">', r'<aside class="toc-drawer\1" aria-label="This page">'),
    (r'<article role="main" id="furo-main-content">(?s:(.*))</article>',
     r'<main id="furo-main-content"><article>\1</article></main>'),
    (r'<button class="theme-toggle"', '<button type="button" class="theme-toggle"'),
    (r'<input class="sidebar-search"', '<input type="search" class="sidebar-search"'),
    (r'(<input type="hidden" name="area" value="default">\n)(</form>)',
     r'\1<button type="submit" class="on-focus">Search</button>\n\2'),
    (r'(<th class="head[^>]*>)(<p>)?\s*(</p>)?(</th>)', r'\1<span class="visually-hidden">row</span>\4'),
    (r"</li>\n<ul>(?s:(.*?))</ul>", r"\n<ul>\1</ul></li>"),  # the list of the sources
    (r'<table(?: style="width: 100%")? class="((?:domainindex-|index)table.*?)">\s*(?=<tr)(?s:(.*?))</table>',
     r'<table class="\1"><tbody>\2</tbody></table>'),
    (r'(<img [^>]*?) style="width: (\d+)px;"', r'\1 width="\2"'),
    (r'<td style="width: 33%; vertical-align: top;">', "<td>"),
]
TITLE = re.compile(r"<title>(.{71,})</title>")
SOURCE = re.compile(r"<pre>(?:(?!</pre>).)*<div class=\"viewcode-block\".*?</pre>", re.S)
LONG = re.compile(r"(<h[1-6]>)(\w{20,})(?=<)")
FORMULA = re.compile(r'(<span class="together">)?([(\[]*)(<math\b.*?</math>)((?:[.,:;?!)\]]|\'s)*)', re.S)
# Addresses that were and are no more: {old: new}, without ending.
MOVED = {f"_lessons/{old}": f"_lessons/{new}" for old, new in (
    ("06_prune_by_obs", "07_prune_by_obs"), ("07_read_the_rule", "08_read_the_rule"),
    ("08_prune_layer_by_layer", "09_prune_layer_by_layer"), ("09_price_the_shortcut", "10_price_the_shortcut"),
    ("10_compare_fairly", "11_compare_fairly"), ("11_count_the_savings", "12_count_the_savings"),
    ("13_make_it_smaller", "12_count_the_savings"), ("14_your_own_layer", "13_your_own_layer"),
    ("12_go_beyond", "14_go_beyond"))}
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>This page has moved</title>
<meta http-equiv="refresh" content="0; url={0}">
</head>
<body><p>This page has moved: <a href="{0}">here it is</a>.</p></body>
</html>
"""


def together(found):
    """A formula and the signs around it, which stay on its line."""
    inside, before, formula, after = found.groups(default="")
    alone = inside or not before + after
    return found[0] if alone else f'<span class="together">{before}{formula}{after}</span>'


def repaired(page):
    """The text of a page with everything corrected."""
    for wrong, right in REPAIRS:
        page = re.sub(wrong, right, page)
    page = TITLE.sub(lambda found: f"<title>{textwrap.shorten(found[1], 70, placeholder=' ...')}</title>", page)
    page = SOURCE.sub(lambda found: found[0].replace("<div", "<span").replace("</div>", "</span>"), page)
    page = LONG.sub(lambda found: found[1] + found[2].replace("_", "_<wbr>"), page)
    return FORMULA.sub(together, page)


def finish(app, exception):
    """Repair the pages, and write those that lead on."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in out.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        if 'id="furo-main-content"' in page:  # not one that is made without the theme
            path.write_text(repaired(page), encoding="utf-8")
    for old, new in MOVED.items():
        if (out / f"{new}.html").is_file() and old not in app.env.found_docs:
            (out / f"{old}.html").write_text(PAGE.format(f"{Path(new).name}.html"), encoding="utf-8")


def colour_sources(app):
    """The sources are Python, whatever a block without a language is; all other pages are written by now."""
    app.config.highlight_language = "python"
    return []


def setup(app):
    """Connect the above; the page of a source is made at priority 500."""
    app.connect("html-collect-pages", colour_sources, priority=400)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
