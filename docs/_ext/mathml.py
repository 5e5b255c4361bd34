"""Mathematics as MathML, made while the site is built: browsers show it themselves, with no script and no network.

Sphinx and MyST hand over LaTeX; latex2mathml converts it. It lets a command that it does not know through as text, so
a backslash in its output is reported: under ``-W`` a formula that cannot be converted stops the build.
"""

from functools import cache

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

logger = logging.getLogger(__name__)


@cache
def mathml(latex, display):
    """The MathML of a formula; ValueError if not all of it is understood."""
    try:
        made = convert(latex.strip(), display=display)
    except Exception as error:  # latex2mathml has a dozen kinds of its own
        raise ValueError(f"{type(error).__name__} {error}") from error
    if "\\" in made:
        raise ValueError("a command in it is unknown to latex2mathml")
    return made


def write(self, node, display):
    """Append a formula to the page."""
    try:
        self.body.append(mathml(node.astext(), display))
    except ValueError as error:
        logger.error("this formula cannot be shown: %s: %s", node.astext(), error, location=node)


def visit_math(self, node):
    """A formula in a line."""
    write(self, node, "inline")
    raise nodes.SkipNode


def visit_displaymath(self, node):
    """A formula of its own: it scrolls where the page is too narrow for it."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    write(self, node, "block")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displaymath, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
