"""Mathematics as MathML, made while the site is built: browsers show it themselves, with no script and no network.

Sphinx and MyST hand over LaTeX; latex2mathml converts it. It lets a command that it does not know through as text, so
a backslash in its output is reported: under ``-W`` a formula that cannot be converted stops the build.
"""

from functools import cache
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

logger = logging.getLogger(__name__)
CLOSING = set(")]}|\u2016\u27e9\u2026\u22ef!")  # a minus after one of these is a difference
PRIMES = ("\u2032", "\u2033", "\u2034")
NAMESPACE = "http://www.w3.org/1998/Math/MathML"


@cache
def mathml(latex, display):
    """The MathML of a formula; ValueError if not all of it is understood."""
    try:
        made = tuned(convert(latex.strip(), display=display), display)
    except Exception as error:  # latex2mathml has a dozen kinds of its own
        raise ValueError(f"{type(error).__name__} {error}") from error
    if "\\" in made:
        raise ValueError("a command in it is unknown to latex2mathml")
    return made


def tuned(made, display):
    """What latex2mathml leaves to be desired: bars, primes, the place of what is below max,
    the distance of H from its -1, of log from its p."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.fromstring(made)
    for node in root.iter():
        first = node[0] if len(node) else None
        if node.tag.endswith("}mo") and node.text in ("|", "\u2016"):
            node.attrib.update({"lspace": "0", "rspace": "0", "stretchy": "false", **node.attrib})
        if node.tag.endswith("}msub") and display == "block" and first.text in ("min", "max", "argmin", "argmax"):
            node.tag = node.tag.replace("msub", "munder")
        if node.tag.endswith("}msup") and first.tag.endswith("}mi") and len(node[1]) and node[1][0].tag.endswith("}mo"):
            node[1][0].set("form", "prefix")
            node[1].insert(0, ElementTree.Element(f"{{{NAMESPACE}}}mspace", width="0.1em"))
        for before, sign in zip(node, node[1:]):  # the minus of "= -w" and "(5, -4)" is a sign, no difference
            if sign.text in ("-", "\u2212", "+") and before.tag.endswith("}mo") and before.text not in CLOSING:
                sign.set("form", "prefix")
        if node.tag.endswith("}msup") and node[1].text in PRIMES:  # the font's are high already
            node.tag = node.tag.replace("msup", "mrow")
            node[1].tag, node[1].attrib = f"{{{NAMESPACE}}}mo", {"lspace": "0", "rspace": "0"}
        for k in range(len(node) - 1, 0, -1) if node.tag.endswith("}mrow") else ():  # "s log p", not "slogp"
            before, after = node[k - 1], node[k]
            if named(before) and not after.tag.endswith("}mo") or named(after) and (
                    not before.tag.endswith("}mo") or before.text in CLOSING):
                node.insert(k, ElementTree.Element(f"{{{NAMESPACE}}}mspace", width="0.167em"))
    return ElementTree.tostring(root, encoding="unicode")


def named(node):
    """Whether a node is a function of several letters, such as log, with or without an index."""
    if len(node) and node.tag.endswith(("}msub", "}msup")):
        node = node[0]
    return node.tag.endswith("}mi") and len(node.text or "") > 1


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
