"""The site's navigation, made once a folder instead of once a page: Sphinx and the theme take half a second for each.

The navigation of two pages of a folder differs only in what is current: the page's own entry, which leads nowhere, and
the entries around it, which are open.
"""

import posixpath
import re
from functools import cache

TAG = re.compile(r'<(/?)(ul|li)(?: class="([^"]*)")?>')
SWITCH = ' class="toctree-checkbox"'  # of an entry with entries below it, in its first tag behind its link


def no_page(folder):
    """The name of a page of the folder that there is not."""
    return posixpath.join(folder, "no page")


@cache
def navigation(builder, folder):
    """The navigation for a page of the folder that is not in it."""
    from furo.navigation import get_navigation_tree
    from sphinx.environment.adapters.toctree import global_toctree_for_doc

    tree = global_toctree_for_doc(builder.env, no_page(folder), builder, tags=builder.tags, collapse=False,
                                  titles_only=True, maxdepth=-1, includehidden=True)
    return get_navigation_tree(builder.render_partial(tree)["fragment"])


def marked(tree, address):
    """The navigation on the page of the entry with this address, as Sphinx and the theme make it."""
    link = f'<a class="reference internal" href="{address}">'
    if link not in tree:
        return tree
    tree = tree.replace(link, '<a class="current reference internal" href="#">', 1)
    around = []
    for tag in TAG.finditer(tree, 0, tree.index('<a class="current')):
        if tag[1]:
            around.pop()
        else:
            around.append(tag)
    own = around[-1]
    for tag in reversed(around):  # from behind: what is before stays in its place
        classes, children, _ = (tag[3] or "").partition(" has-children")
        classes = f"{classes} current{children}{' current-page' if tag is own else ''}".strip()
        rest = tree[tag.end():]
        if children:
            rest = rest.replace(SWITCH, ' checked=""' + SWITCH, 1)
        tree = f'{tree[:tag.start()]}<{tag[2]} class="{classes}">{rest}'
    return tree


def setup(app):
    """Take the place of the theme's own."""
    import furo

    def for_page(context):
        builder, page = app.builder, context["pagename"]
        folder = posixpath.dirname(page)
        return marked(navigation(builder, folder), builder.get_relative_uri(no_page(folder), page))

    furo._compute_navigation_tree = for_page
    return {"parallel_read_safe": True, "parallel_write_safe": True}
