"""Small things: the table of methods, numbers that stay on one line with their unit, names of files as links."""

import re
from pathlib import Path

from docutils import nodes
from lessons import write

from nnprune.pruning import METHODS


def generate(app):
    """Write the table of methods to where its page includes it from."""
    write(Path(app.srcdir) / "_parts" / "methods.md", table_of_methods())


def table_of_methods():
    """``nnprune.pruning.METHODS`` as Markdown."""
    needs = {"": "nothing", "x": "x", "xy": "x and y"}
    lines = ["| key | method | function | needs | options | paper |", "| --- | --- | --- | --- | --- | --- |"]
    for key, m in METHODS.items():
        options = ", ".join(f"`{name}={value!r}`" for name, value in m.options.items())
        name = m.function.__name__
        function = f"{{py:obj}}`{name} <{m.function.__module__}.{name}>`"
        lines.append(f"| `{key}` | {m.label} | {function} | {needs[m.needs]} | {options} | {m.paper} |")
    return "\n".join(lines) + "\n"


def keep_together(app, doctree):
    """No line break between a number and its %, around ±, in [1.5, 1.8], for narrow columns."""
    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, nodes.FixedTextElement | nodes.literal | nodes.math):
            new = re.sub(r"(?<=\d) (?=[%±]|s\b)|(?<=±) (?=\d)|(?<=\d,) (?=-?\d[\d.]*\])", "\N{NO-BREAK SPACE}", text)
            if new != text:
                text.parent.replace(text, nodes.Text(new))


def link_files(app, doctree, docname):
    """``nnprune/pruning/obs.py``, where named, leads to the page of that module; ``docs/laws.md`` to that page."""
    for node in list(doctree.findall(nodes.literal)):
        path = re.sub(r"(\.py|\.md|/)$", "", node.astext())
        page = path.removeprefix("docs/") if path.startswith("docs/") else f"_api/{path.replace('/', '.')}"
        elsewhere = "/" in path and page in app.env.found_docs and page != docname
        if elsewhere and not isinstance(node.parent, nodes.reference | nodes.title):
            uri = app.builder.get_relative_uri(docname, page)
            node.replace_self(nodes.reference("", "", node.deepcopy(), internal=True, refuri=uri))


def setup(app):
    """Connect the above."""
    app.connect("builder-inited", generate)
    app.connect("doctree-read", keep_together)
    app.connect("doctree-resolved", link_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
