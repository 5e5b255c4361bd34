"""The reference. Sphinx's autosummary makes a page for each file (``_templates``), numpydoc reads the sections.

Ours are three things that neither does. The order of the pages is the reading order, read from the rooms' docstrings.
The docstrings are written to be read as they stand, with ASCII formulas and tables of letters: an indented block after
an empty line stays as it is, and so do the signs that mean something to reStructuredText (``|``, ``*``, a trailing
underscore). And a public name, ``nnprune.prune_obs``, leads to its home.
"""

import importlib
import inspect
import pkgutil
import re

import nnprune

# What is kept as it is: ``code``, **strong** and *emphasised* words, and the number of a reference.
KEPT = re.compile(r"(``.+?``|\*\*\w[^*]*\w\.?\*\*|(?<![\w*])\*\w[\w -]*\.?\*(?![\w*])|\[\d\]_)")
SIGNS = re.compile(r"([*|`\\]|(?<=\w)_(?!\w))")  # what would mean something to reStructuredText
LISTED = r"(?m)^    (?:\w+, )*({})(?:, \w+)* {{2,}}"  # how a docstring lists the files of its room, "a    it is ..."
ITEM = re.compile(r" *(-|\d+\.) +")  # how an item of a list begins


def rooms(room="nnprune"):
    """{room: its files and rooms}, in reading order: as its docstring lists them, the unlisted last."""
    module = importlib.import_module(room)
    found = {name: package for _, name, package in pkgutil.iter_modules(module.__path__) if name != "__main__"}
    listing = re.search(LISTED.format("|".join(found)), module.__doc__)
    text = module.__doc__[listing.start() if listing else 0:]

    def place(name):
        mention = re.search(rf"{LISTED.format(name)}|``({name})``", text)
        return mention.start(mention.lastindex) if mention else len(text)

    order = sorted(found, key=lambda name: (place(name), name.startswith("_"), name))
    return {room: order} | {k: v for name in order if found[name] for k, v in rooms(f"{room}.{name}").items()}


def public():
    """{module: its names that ``import nnprune`` gives}, in reading order."""
    homes = {f"{room}.{name}": [] for room, names in rooms().items() for name in names}
    for name in nnprune.__all__:
        homes[getattr(nnprune, name).__module__].append(name)
    return {home: names for home, names in homes.items() if names}


ROOMS = rooms()


def plain(line):
    """A line of prose in which no sign but the double backquote means anything to reStructuredText."""
    return "".join(part if k % 2 else SIGNS.sub(r"\\\1", part) for k, part in enumerate(KEPT.split(line)))


def process(app, what, name, obj, options, lines):
    """Rewrite a docstring before numpydoc reads it. A room's list of its files goes: autosummary makes a table."""
    if what == "module":  # from the source: a docstring of one line and a table would lose the table's indentation
        listed = LISTED.format("|".join(ROOMS.get(name, ["no room"]))) + r".*(\n {8,}.*)*"
        lines[:] = re.sub(listed, "", obj.__doc__ + "\n").split("\n")
    new, state, inside = [], "prose", 0  # inside: how far the item of a list is indented that we are in
    for before, line in zip(["", *lines], lines):
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            state = "prose" if state == "example" else state
        elif state == "literal" and indent < inside + 2:
            state = "prose"
        if line.strip() and state == "prose":
            inside = inside if indent >= inside else 0
            if line.lstrip().startswith(">>>"):
                state = "example"
            elif not before.strip() and indent >= inside + 4:
                state = "literal"
                new += [" " * inside + "::", ""]
            elif item := ITEM.match(line):
                inside = item.end()
        new.append(plain(line) if state == "prose" else line.replace("``", "") if state == "literal" else line)
    lines[:] = new


def resolve(app, env, node, contnode):
    """Lead ``nnprune.prune_obs`` to the page of the module that it comes from."""
    name = node["reftarget"].removeprefix("nnprune.").split(".")[0]
    if node.get("refdomain") == "py" and name in nnprune.__all__:
        home = f"{getattr(nnprune, name).__module__}.{node['reftarget'].removeprefix('nnprune.')}"
        return env.domains["py"].resolve_xref(env, node["refdoc"], app.builder, node["reftype"], home, node, contnode)
    return None


def imported(app, what, name, obj, skip, options):
    """A module's functions and classes from elsewhere are not read: autodoc would leave them out only then."""
    read = what != "module" or not (inspect.isroutine(obj) or inspect.isclass(obj))
    return None if read or obj.__module__ == app.env.current_document.autodoc_module else True


def setup(app):
    """Connect the above; numpydoc and napoleon have priority 500."""
    from jinja2.sandbox import SandboxedEnvironment
    from numpydoc import docscrape_sphinx

    environments = {}  # one for all docstrings: numpydoc would make one, and its template, for each
    docscrape_sphinx.SandboxedEnvironment = lambda loader: environments.setdefault(0, SandboxedEnvironment(
        loader=loader))
    app.connect("autodoc-skip-member", imported)
    app.config.autosummary_context = {"rooms": ROOMS, "public": public()}
    app.connect("autodoc-process-docstring", process, priority=400)
    app.connect("missing-reference", resolve)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
