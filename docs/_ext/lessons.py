"""The lessons as pages that are run while the site is built, and as downloads.

``tutorials/NN_name.py`` is a percent script. For each, this makes ``docs/_lessons/NN_name.ipynb``, the page, which
myst-nb runs (an exception, a warning or anything else on stderr stops the build), and
``docs/_lessons/downloads/NN_name.ipynb``, the notebook to download, without outputs. Git ignores both. The functions
that only read the lessons need nothing but Python, so that tests can use them.
"""

import ast
import logging
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TUTORIALS = ROOT / "tutorials"
# In the kernel: a warning of the lesson's code or the package's is an error; Jupyter's own are ignored.
STARTUP = """import warnings
warnings.filterwarnings("error", module=r"__main__|nnprune")
"""
# Figures as plain PNG on white: readable in a dark page too. Twice the resolution of nnprune.lesson.DPI, shown at half.
IPYTHON_CONFIG = """c = get_config()
c.InlineBackend.figure_formats = {"retina"}
c.InlineBackend.rc = {"figure.dpi": 110, "figure.facecolor": "white"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": None}
c.HistoryManager.enabled = False
c.IPKernelApp.log_level = 40
"""


# What can be dragged on a lesson's page: the picture of _static/touch.html that comes after its first cell. In the
# script and the notebook the lesson's own figures show the same.
TOUCH = {5: "obd", 7: "obs"}


def find_lessons():
    """The scripts of the lessons, in order."""
    return sorted(TUTORIALS.glob("[01][0-9]_*.py"))


def facts(path):
    """What a lesson says of itself: number, title, what is learned, running time, words, its exercises."""
    text = " ".join(re.sub(r"^# ?", "", path.read_text(encoding="utf-8"), flags=re.M).split())
    title = re.search(r"^# # (.*)$", path.read_text(encoding="utf-8"), re.M)
    learn = re.search(r"\*\*What you'll learn\.\*\* (.*?) \*\*What you need", text)
    time = re.search(r"Running time: (.*?)\.(?: |$)", text)
    words = re.search(r"Length: ([\d,]+) words", text)
    if not (title and learn and time and words):
        raise ValueError(f"{path}: a lesson has a title, **What you'll learn.**, **What you need.**, a running time "
                         "and a length")
    exercises = TUTORIALS / "exercises" / path.name
    return {"number": int(path.stem[:2]), "title": title[1], "learn": learn[1], "time": time[1], "words": words[1],
            "stem": path.stem, "exercises": exercises if exercises.is_file() else None}


def functions(path):
    """(name, first line of the docstring) of each function of a file of exercises."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [(node.name, (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " "))
            for node in tree.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def plain(words):
    """Words of a docstring in which no sign means anything to Markdown but `code` and *emphasis* around a word."""
    kept = re.split(r"(`+[^`]+`+|(?<!\w)\*\w[\w' -]*\*(?!\w))", words)
    return "".join(part if k % 2 else re.sub(r"([*_`$<>|\[\]\\])", r"\\\1", part) for k, part in enumerate(kept))


def page_of(path):
    """The notebook of a lesson's page: numbered, and with its downloads below the title."""
    import jupytext
    from nbformat.v4 import new_markdown_cell

    notebook, lesson = notebook_of(path), facts(path)
    first, title = notebook.cells[0], f"# {lesson['title']}"
    if not first.source.startswith(title):
        raise ValueError(f"{path}: the first cell must begin with its title, {title!r}")
    links = [f"{{download}}`script <../../tutorials/{path.name}>`",
             f"{{download}}`notebook <downloads/{path.stem}.ipynb>`"]
    if lesson["exercises"]:
        links.append(f"{{download}}`exercises <../../tutorials/exercises/{path.name}>`")
    head = f"# Lesson {lesson['number']}: {lesson['title']}\n\n" f"Download: {', '.join(links)}.\n"
    for cell in notebook.cells:
        cell.source = cell.source.replace("`glossary.md`", "[the glossary](../glossary.md)")
    notebook.cells[:1] = [new_markdown_cell(head + first.source.removeprefix(title))]
    if lesson["number"] in TOUCH:
        cell = new_markdown_cell(f":::{{touch}} {TOUCH[lesson['number']]}\n:::\n")
        cell["id"] = "cell-touch"
        notebook.cells.insert(1, cell)
    return jupytext.writes(notebook, "ipynb")


def notebook_of(path):
    """A lesson as a notebook without outputs, in Python's default kernel."""
    import jupytext

    notebook = jupytext.read(path, fmt="py:percent")
    for k, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{k}"  # jupytext draws them at random: the same lesson must give the same file
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                         "language_info": {"name": "python"}}
    return notebook


def table_of_lessons():
    """The table of the lessons' overview, in MyST."""
    lines = ["| | lesson | what you'll learn | runs | words |", "|---|---|---|---|---|"]
    for lesson in map(facts, find_lessons()):
        learn = lesson["learn"].replace("|", "\\|")
        lines.append(f"| {lesson['number']} | [{lesson['title']}](_lessons/{lesson['stem']}.ipynb) | {learn} | "
                     f"{lesson['time'].replace(' seconds', ' s')} | {lesson['words']} |")
    return "\n".join(lines) + "\n"


def table_of_exercises():
    """The exercises, one section a lesson, in MyST."""
    parts = []
    for path in sorted((TUTORIALS / "exercises").glob("*.py")):
        number, name = path.stem.partition("_")[0], path.name
        lesson = next((facts(p) for p in find_lessons() if p.name == name), None)
        title = f"{lesson['number']}. {lesson['title']}" if lesson else ast.get_docstring(
            ast.parse(path.read_text(encoding="utf-8"))).split("\n")[0]
        parts.append(f"## {title}\n\n"
                     f"Download: {{download}}`exercises <../tutorials/exercises/{name}>`, "
                     f"{{download}}`solutions <../tutorials/solutions/{name}>`. Check: "
                     f"`python -m nnprune.exercises {number}`.\n\n"
                     + "\n".join(f"- `{f}`: {plain(words)}" for f, words in functions(path)) + "\n")
    return "\n".join(parts)


def write(path, text):
    """Write a generated file; one that has not changed stays as old as it is, so that its page is not rebuilt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def generate(app):
    """Make the pages, the downloads and the two tables, and remove those of lessons that are gone."""
    import jupytext

    made = Path(app.srcdir) / "_lessons"
    lessons = find_lessons()
    for path in lessons:
        write(made / f"{path.stem}.ipynb", page_of(path))
        write(made / "downloads" / f"{path.stem}.ipynb", jupytext.writes(notebook_of(path), "ipynb"))
    for old in made.rglob("*.ipynb"):
        if old.stem not in {path.stem for path in lessons}:
            old.unlink()
    write(Path(app.srcdir) / "_parts" / "lessons.md", table_of_lessons())
    write(Path(app.srcdir) / "_parts" / "exercises.md", table_of_exercises())


def outdated(app, env, added, changed, removed):
    """A lesson is run again if the package has changed since."""
    # Sphinx counts in microseconds.
    newest = max(path.stat().st_mtime for path in (ROOT / "nnprune").rglob("*.py")) * 1e6
    return [name for name, made in env.all_docs.items() if name.startswith("_lessons/") and made < newest]


def kernel_surroundings():
    """A new folder, and the environment of kernels with it: this checkout's package, this Python, no file of the
    user's, and broken claims are errors."""
    home = Path(tempfile.mkdtemp(prefix="nnprune-docs-"))
    (home / "profile_default" / "startup").mkdir(parents=True)
    (home / "profile_default" / "startup" / "warnings_are_errors.py").write_text(STARTUP)
    (home / "profile_default" / "ipython_kernel_config.py").write_text(IPYTHON_CONFIG)
    env = dict(IPYTHONDIR=str(home), JUPYTER_RUNTIME_DIR=str(home), JUPYTER_PREFER_ENV_PATH="1", NNPRUNE_STRICT="1",
               JUPYTER_CONFIG_DIR=str(home), PYDEVD_DISABLE_FILE_VALIDATION="1",
               PYTHONPATH=os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])))
    if "NNPRUNE_DATA" in os.environ:  # the kernels run in folders of their own
        env["NNPRUNE_DATA"] = os.path.abspath(os.environ["NNPRUNE_DATA"])
    return home, env


def prepare_kernel(app):
    """Give the kernels of the build their surroundings."""
    app._nnprune_kernel_home, env = kernel_surroundings()
    os.environ.update(env)
    for name in ("traitlets", "matplotlib"):
        logging.getLogger(name).setLevel(logging.WARNING)
    import matplotlib

    os.environ.setdefault("MPLCONFIGDIR", matplotlib.get_cachedir())
    import matplotlib.font_manager  # noqa: F401  its list of fonts is made here, not under a lesson's eyes


def finish(app, exception):
    """Remove the kernels' folder. If a lesson has failed, show its cell and error, which myst-nb keeps to itself."""
    shutil.rmtree(getattr(app, "_nnprune_kernel_home", ""), ignore_errors=True)
    if exception is not None and exception.__cause__ is not None:
        print(f"\n{exception}\n" + re.sub(r"\x1b\[[0-9;]*m", "", str(exception.__cause__)), file=sys.stderr)


def setup(app):
    """Connect the above."""
    app.connect("builder-inited", prepare_kernel)
    app.connect("builder-inited", generate)
    app.connect("env-get-outdated", outdated)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
