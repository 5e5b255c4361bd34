"""Small things of single pages: the BibTeX entry of CITATION.cff."""

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


def setup(app):
    """Connect the above."""
    app.connect("builder-inited", generate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
