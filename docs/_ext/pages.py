"""Small things: CITATION.cff as BibTeX, numbers that stay on one line with their unit, names of files as links."""

import re
from pathlib import Path

from lessons import ROOT, write


def bibtex(cff):
    """The BibTeX entry of a CITATION.cff that has been read.

    >>> print(bibtex({"title": "a: b", "authors": [{"name": "The x maintainers"}], "version": "1.0",
    ...               "date-released": "2026-11-22", "license": "MIT"}))
    @software{a,
      title   = {{a: b}},
      author  = {{The x maintainers}},
      version = {1.0},
      year    = {2026},
      note    = {MIT licence}
    }
    """
    authors = " and ".join("{" + author["name"] + "}" if "name" in author
                           else f"{author['family-names']}, {author['given-names']}" for author in cff["authors"])
    fields = {"title": "{" + cff["title"] + "}", "author": authors, "version": str(cff["version"]),
              "year": str(cff["date-released"])[:4], "note": f"{cff['license']} licence"}
    if "url" in cff:
        fields["url"] = cff["url"]
    body = ",\n".join(f"  {key:<7} = {{{value}}}" for key, value in fields.items())
    return f"@software{{{cff['title'].split(':')[0]},\n{body}\n}}"


def generate(app):
    """Write the entry where the page includes it from."""
    import yaml

    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    write(Path(app.srcdir) / "_parts" / "nnprune.bib", bibtex(cff) + "\n")


def keep_together(app, doctree):
    """No line break between a number and its %, nor around ±: in narrow columns every second one would be broken."""
    from docutils import nodes

    for text in list(doctree.findall(nodes.Text)):
        if not isinstance(text.parent, nodes.FixedTextElement | nodes.literal | nodes.math):
            new = re.sub(r"(?<=\d) (?=[%±]|s\b)|(?<=±) (?=\d)", "\N{NO-BREAK SPACE}", text)
            if new != text:
                text.parent.replace(text, nodes.Text(new))


def link_files(app, doctree, docname):
    """``nnprune/pruning/obs.py``, where named, leads to the page of that module; ``docs/laws.md`` to that page."""
    from docstrings import modules
    from docutils import nodes

    pages = {f"nnprune/{name}": f"_api/{name}" for name in modules()}
    pages |= {f"docs/{name}": name for name in app.env.found_docs}
    for node in list(doctree.findall(nodes.literal)):
        page = pages.get(re.sub(r"(\.py|\.md|/)$", "", node.astext()))
        if page and not isinstance(node.parent, nodes.reference | nodes.title):
            uri = app.builder.get_relative_uri(docname, page)
            node.replace_self(nodes.reference("", "", node.deepcopy(), internal=True, refuri=uri))


def setup(app):
    """Connect the above."""
    app.connect("doctree-read", keep_together)
    app.connect("doctree-resolved", link_files)
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
