"""Figures that read well: an alternative text that says what is to be seen, a link to the full size, the replay.

A lesson's ``show`` describes its figure (``nnprune.lesson.description``) beside the picture; myst-nb, which knows of no
such thing, is told to take it. Every figure leads to its file, and is never so small that its smallest text has less
than 9 pixels (``nnprune.plots.write_png`` puts its size into the file): on a phone one that is too wide scrolls
(``_static/site.css``).
"""

import posixpath
from pathlib import Path
from urllib.parse import quote

from beside import Beside
from docutils import nodes
from myst_nb.core.render import NbElementRenderer
from sphinx.writers.html5 import HTML5Translator
from text_size import INCH, LEAST, size_of

REPLAY = "replay_run.html"
replay = Beside(REPLAY, "nnprune.replay", "--jobs", "1")
plain_image = NbElementRenderer.render_image


def described_image(self, data):
    """An image of an output, with the text that came with it."""
    images = plain_image(self, data)
    for image in images:
        if alt := data.output_metadata.get(data.mime_type, {}).get("alt"):
            image["alt"] = alt
    return images


def visit_image(self, node):
    """A figure in a link to its file, in a box that scrolls where the figure is wider."""
    file, linked = self.builder.images.get(node["uri"]), isinstance(node.parent, nodes.reference)
    if file and file.endswith(".png"):
        inches, points = size_of(Path(self.builder.srcdir) / node["uri"])
        node.setdefault("width", f"{INCH * inches:.0f}px")
        least = f"--least: {inches * 72 / points * LEAST:.0f}px"
        address = posixpath.join(self.builder.imgpath, quote(file))
        # One whose width is said has its link from Sphinx.
        ours = f'<a class="figure" href="{address}" style="{least}">'
        self.body.append(f'<span style="{least}">' if linked else ours)
    HTML5Translator.visit_image(self, node)
    if file and file.endswith(".png"):
        self.body.append("</span>" if linked else "</a>\n")


def start_replay(app):
    """Begin to write the run of the replay, which is not needed where the lessons are not run."""
    if app.builder.format == "html" and app.config.nb_execution_mode != "off":
        replay.start(app)


def link_replay(app, doctree, docname):
    """A link to the run on the page about it and in the lessons on L-OBS, below their title."""
    lessons = ("prune_layer_by_layer", "price_the_shortcut")
    if replay.process and (docname == "replay" or any(name in docname for name in lessons)):
        title = next(iter(doctree.findall(nodes.title)), None)
        if title is not None:
            uri = "../" * docname.count("/") + REPLAY
            link = nodes.reference("", "Open the replay: an exact L-OBS run, removal by removal, in your browser",
                                   internal=False, refuri=uri)
            title.parent.insert(title.parent.index(title) + 1, nodes.paragraph("", "", link, classes=["replay-link"]))


def setup(app):
    """Connect the above."""
    NbElementRenderer.render_image = described_image
    app.connect("builder-inited", start_replay)
    app.add_node(nodes.image, override=True, html=(visit_image, lambda self, node: None))
    app.connect("doctree-resolved", link_replay)
    app.connect("build-finished", replay.finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
