"""The site: ``python -m sphinx -q -W -b html docs site`` from the checkout, after ``pip install ".[docs]"``.

Nothing is fetched from the net, neither while the site is built nor when it is read. The lessons are run while it is
built, and a claim that is false stops the build (``_ext/lessons.py``).
"""

import os
import sys
import warnings
from pathlib import Path

# The lessons' matrices are small: with threads of BLAS a lesson takes up to ten times as long where other work goes on
# beside it. Kernels inherit the variable.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

DOCS = Path(__file__).resolve().parent
# The package of this checkout, whatever else is installed.
sys.path[:0] = [str(DOCS.parent), str(DOCS / "_ext"), str(DOCS.parent / "tools")]

import nnprune  # noqa: E402

project = "nnprune"
author = "The nnprune maintainers"
project_copyright = "2026, The nnprune maintainers, MIT licence"
version = release = nnprune.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.viewcode", "numpydoc", "myst_nb",
              "sphinx_copybutton", "mathml", "docstrings", "lessons", "pages", "explorable", "figures",
              "navigation", "tidy"]
exclude_patterns = ["_ext", "_lessons/downloads", "_parts", "_templates", "slides"]
templates_path = ["_templates"]
nitpicky = True
smartquotes_action = "D"  # dashes only: X'X is a transpose, not a quotation
highlight_language = "none"  # a block without a language is a formula, a table or a command

# MyST. Anchors of headings are as on GitHub.
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
myst_dmath_double_inline = True

# The lessons: a kernel for each, every time; what it says to stderr is an error, and so is an exception.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_timeout = 240
nb_execution_raise_on_error = True
nb_output_stderr = "error"
nb_merge_streams = True
nb_ipywidgets_js = {}

# The reference: a page for every file, made into docs/_api.
autosummary_generate = ["_templates/reference.rst"]
autodoc_member_order = "bysource"
autodoc_typehints = "none"
numpydoc_show_class_members = False
warnings.filterwarnings("ignore", "Unknown section .*hypothesis")  # autodoc asks numpydoc about imported names, too
python_display_short_literal_types = True

html_theme = "furo"
html_title = f"nnprune {release}"
html_static_path = ["_static"]
html_extra_path = ["404.html"]  # shown by servers for what is not there
html_css_files = ["site.css"]
html_js_files = ["scrolling.js"]
html_math_renderer = "mathml"
html_search_scorer = str(DOCS / "_static" / "scorer.js")
copybutton_prompt_text = ">>> |\\.\\.\\. "  # what is copied can be run
copybutton_selector = "div.highlight pre"
copybutton_prompt_is_regexp = True
html_show_sphinx = False
html_copy_source = False
# It fetches pages, which browsers refuse where the site is opened from a folder.
html_show_search_summary = False
html_theme_options = {"navigation_with_keys": True}
