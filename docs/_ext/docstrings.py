"""The API's pages from the docstrings.

The docstrings are written to be read as they stand, with ASCII formulas and tables of letters. So an indented block
becomes preformatted text, and the signs that mean something to reStructuredText (``|``, ``*``, a lone backquote, a
trailing underscore) stay the signs that they are. A page is made for every module, into ``docs/_api``, which git
ignores.
"""

import ast
import re
from pathlib import Path

from lessons import ROOT, write

import nnprune

# Sections of numpydoc whose lines napoleon must find as they are, and those that hold prose.
FIELDS = {"Parameters", "Returns", "Yields", "Raises", "Attributes", "Other Parameters", "Warns"}
# What is kept as it is: ``code``, **strong** and *emphasised* words.
LITERAL = re.compile(r"(``.+?``|\*\*\w[^*]*\w\.?\*\*|(?<![\w*])\*\w[\w -]*\*(?![\w*]))")
SIGNS = re.compile(r"([*|`\\]|(?<=\w)_(?!\w))")  # what would mean something to reStructuredText
ITEM = re.compile(r"([-*]|\d+\.) ")  # how an item of a list begins


def modules():
    """The names of all modules and sub-packages that get a page."""
    folder = ROOT / "nnprune"
    names = [p.stem for p in folder.glob("*.py")] + [p.parent.name for p in folder.glob("*/__init__.py")]
    return sorted(name for name in names if not name.startswith("_"))


def summary(module):
    """The first sentence of a module's docstring."""
    path = ROOT / "nnprune" / f"{module}.py"
    path = path if path.is_file() else ROOT / "nnprune" / module / "__init__.py"
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n\n")[0].replace("\n", " ")


def plain(line):
    """A line of prose in which no sign but the double backquote means anything to reStructuredText."""
    return "".join(part if k % 2 else SIGNS.sub(r"\\\1", part) for k, part in enumerate(LITERAL.split(line)))


def paragraphs(lines):
    """The paragraphs of a text, as lists of lines."""
    blocks = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def to_rest(lines):
    """Free text of a docstring as reStructuredText: paragraphs, lists, headings and preformatted blocks."""
    out, inside = [], 0  # inside: how far the item of a list is indented that we are in
    for block in paragraphs(lines):
        k = 0
        while k < len(block):
            if not block[k].startswith(" " * inside):
                inside = 0
            end = k + 1
            if indent(block[k]) >= inside + 4:  # preformatted, as far as it goes
                while end < len(block) and indent(block[end]) >= inside + 2:
                    end += 1
                out += [" " * inside + "::", "", *[f"  {line}" for line in block[k:end]], ""]
            elif block[k].lstrip().startswith(">>>"):
                end = len(block)
                out += [" " * inside + ".. code-block:: pycon", "", *[f"    {line}" for line in block[k:]], ""]
            elif end < len(block) and re.fullmatch(r"[-=]{3,}", block[end]):
                end += 1
                out += [f".. rubric:: {plain(block[k])}", ""]
            else:
                item = ITEM.match(block[k])
                inside = len(item[0]) if item else inside
                while end < len(block) and indent(block[end]) < inside + 4 and not ITEM.match(block[end]):
                    end += 1
                mark = item[0] if item else ""
                out += [mark + plain(block[k][len(mark):]), *map(plain, block[k + 1:end]), ""]
            k = end
    return out


def indent(line):
    """How many spaces a line begins with."""
    return len(line) - len(line.lstrip())


def sections(lines):
    """(title or None, lines) of each numpydoc section of a docstring."""
    found = [(None, [])]
    k = 0
    while k < len(lines):
        if k + 1 < len(lines) and lines[k].strip() and re.fullmatch(r"-{3,}", lines[k + 1].strip()):
            found.append((lines[k].strip(), []))
            k += 2
            continue
        found[-1][1].append(lines[k])
        k += 1
    return found


def process(app, what, name, obj, options, lines):
    """Rewrite a docstring before napoleon reads it."""
    if what == "module":
        lines[:] = to_rest(lines)
        return
    new = []
    for title, text in sections(lines):
        if title is not None:
            new += ["", title, "-" * len(title)]
        if title in FIELDS:
            new += [plain(line) if line.startswith(" ") else line for line in text]
        else:
            new += to_rest(text)
    lines[:] = new


def page_of(module):
    """The page of a module, in MyST. What is public at the top level stands on the page of the public names."""
    at_top = [name for name in nnprune.__all__ if getattr(nnprune, name).__module__ == f"nnprune.{module}"]
    options = ["   :members:"]
    if module == "laws":
        options.append("   :imported-members:")
    if module in nnprune.__all__:  # a function of the same name has the index entry
        options.append("   :no-index:")
    if at_top:
        options.append(f"   :exclude-members: {', '.join(at_top)}")
    public = ", ".join(f"{{py:obj}}`nnprune.{name}`" for name in at_top)
    return "\n".join([f"# `nnprune.{module}`", "", f"At the top level: {public}.\n" if public else "", "```{eval-rst}",
                      f".. automodule:: nnprune.{module}", *options, "```", ""])


def mend_back_links(app, pagename, templatename, context, doctree):
    """The links from the source to the docs name the module of a thing, which may stand under ``nnprune`` itself."""
    if not pagename.startswith("_modules/"):
        return
    body = re.sub(r"(public\.html#nnprune)\.[a-z_]+\.(?=\w)", r"\1.", context["body"])
    for module in set(modules()) & set(nnprune.__all__):  # not in the index, so without anchors
        body = re.sub(rf"(_api/{module}\.html)#nnprune\.{module}\.[\w.]+", r"\1", body)
    context["body"] = body


def table():
    """All modules with their first sentences."""
    lines = ["| module | what |", "|---|---|"]
    for m in modules():
        words = summary(m).replace("|", "\\|").replace("``", "`")
        lines.append(f"| [`{m}`](_api/{m}.md) | {words} |")
    return "\n".join(lines) + "\n"


def generate(app):
    """Make the pages and the table."""
    made = Path(app.srcdir) / "_api"
    for module in modules():
        write(made / f"{module}.md", page_of(module))
    for old in made.glob("*.md"):
        if old.stem not in modules():
            old.unlink()
    write(Path(app.srcdir) / "_parts" / "modules.md", table())


def setup(app):
    """Connect the above: before napoleon, whose priority is 500."""
    app.connect("builder-inited", generate)
    app.connect("autodoc-process-docstring", process, priority=400)
    app.connect("html-page-context", mend_back_links)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
