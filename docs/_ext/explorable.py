"""What can be touched on the site: frames for the explorable, and for the small pictures of ``_static/touch.html``.

    :::{explorable}                     :::{touch} obs
    :::                                 :::

``prune_it_yourself.html`` is made beside the pages while they are built, in a process of its own while the lessons run
in theirs; on MNIST where the command finds it, else on synthetic digits, which the page says. One that is younger than
the package is kept.
"""

from pathlib import Path

from beside import Beside
from docutils import nodes
from docutils.parsers.rst import Directive
from lessons import ROOT

PAGE = "prune_it_yourself.html"  # explore.html is the page of the documentation about it
explorable = Beside(PAGE, "nnprune.explore")
FRAME = ('<p><a class="reference external" href="{to}">{title}, on a page of its own</a></p>\n'
         '<iframe class="{name}" src="{to}" title="{title}" loading="lazy"></iframe>\n')
TITLES = {"obs": "Optimal Brain Surgeon in two weights", "obd": "The parabola of Optimal Brain Damage"}


class frame(nodes.General, nodes.Element):
    """Where a frame stands."""


class Explorable(Directive):
    """The explorable."""

    def run(self):
        """A node, of which the builder makes the frame."""
        return [frame(name="explorable", title="Prune it yourself", to=PAGE)]


class Touch(Directive):
    """One of the small pictures."""

    required_arguments = 1

    def run(self):
        """A node, of which the builder makes the frame."""
        name = self.arguments[0]
        return [frame(name="touch", title=TITLES[name], to=f"_static/touch.html#{name}")]


def begin(app):
    """Start to make the page."""
    out = Path(app.outdir) / PAGE
    newest = max(path.stat().st_mtime for path in (ROOT / "nnprune").rglob("*") if path.is_file())
    if app.builder.format == "html" and not (out.is_file() and out.stat().st_mtime >= newest):
        explorable.start(app)


def visit(self, node):
    """The frame, and a link for those who want it large."""
    up = "../" * self.builder.current_docname.count("/")
    self.body.append(FRAME.format(name=node["name"], title=node["title"], to=up + node["to"]))
    raise nodes.SkipNode


def setup(app):
    """Connect the above."""
    app.add_node(frame, html=(visit, None))
    app.add_directive("explorable", Explorable)
    app.add_directive("touch", Touch)
    app.connect("builder-inited", begin)
    app.connect("build-finished", explorable.finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
