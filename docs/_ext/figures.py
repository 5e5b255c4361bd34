"""Figures that read well: an alternative text that says what is to be seen, a link to the full size, the replay.

A lesson's ``show`` describes its figure (``nnprune.lesson.description``) beside the picture; myst-nb, which knows of no
such thing, is told to take it. Every figure leads to its file, and is never drawn smaller than its text can be read: on
a phone it scrolls (``_static/site.css``).
"""

import posixpath
from pathlib import Path
from urllib.parse import quote

from beside import Beside
from docutils import nodes
from myst_nb.core.render import NbElementRenderer
from sphinx.writers.html5 import HTML5Translator

REPLAY = "replay_run.html"
replay = Beside(REPLAY, "nnprune.replay", "--jobs", "1")
READABLE = 0.72  # of its size: below it the text of a figure, 12.7 pixels and more, would have less than 9
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
    if file:
        least = f"--least: {READABLE * shown_width(node, Path(self.builder.srcdir) / node['uri']):.0f}px"
        address = posixpath.join(self.builder.imgpath, quote(file))
        # One whose width is said has its link from Sphinx.
        ours = f'<a class="figure" href="{address}" style="{least}">'
        self.body.append(f'<span style="{least}">' if linked else ours)
    HTML5Translator.visit_image(self, node)
    if file:
        self.body.append("</span>" if linked else "</a>\n")


def shown_width(node, path):
    """The pixels that a figure is wide where there is room: as its node says, else of its PNG."""
    if str(node.get("width", "")).removesuffix("px").isdigit():
        return int(str(node["width"]).removesuffix("px"))
    head = path.read_bytes()[:24] if path.is_file() else b""
    return int.from_bytes(head[16:20], "big") if head[1:4] == b"PNG" else 0


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
