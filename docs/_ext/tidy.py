"""What the theme leaves to be desired, corrected in the pages that are written; and pages where a moved one was.

The captions of the navigation claim to be headings of no level, and landmarks have no names: screen readers need both.
What scrolls is reached by keyboard through ``_static/scrolling.js``.
"""

import re
from pathlib import Path

REPAIRS = [
    (r'<p class="caption" role="heading">', '<p class="caption">'),
    (r'<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="The site">'),
    (r'<aside class="toc-drawer([^"]*)">', r'<aside class="toc-drawer\1" aria-label="This page">'),
    (r"\A<!doctype html>", "<!DOCTYPE html>"),
    (r"<(br|col|hr|img|input|link|meta)\b([^<>]*?)\s*/>", r"<\1\2>"),
    (r'(<th class="head[^>]*>)(<p>)?\s*(</p>)?(</th>)', r'\1<span class="visually-hidden">row</span>\4'),
]
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


def repaired(page):
    """The text of a page with everything corrected."""
    for wrong, right in REPAIRS:
        page = re.sub(wrong, right, page)
    return page


def finish(app, exception):
    """Repair the pages, and write those that lead on."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for docname in [*app.env.found_docs, "search", "genindex", "py-modindex"]:
        path = out / f"{docname}.html"
        if path.is_file():
            path.write_text(repaired(path.read_text(encoding="utf-8")), encoding="utf-8")
    for old, new in MOVED.items():
        if (out / f"{new}.html").is_file() and old not in app.env.found_docs:
            (out / f"{old}.html").write_text(PAGE.format(f"{Path(new).name}.html"), encoding="utf-8")


def setup(app):
    """Connect the above."""
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
