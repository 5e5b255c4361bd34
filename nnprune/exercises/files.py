"""The student's files: where they are, and how one is read without trusting it to be right, or to end.

A file may be a notebook: its code cells are run one after the other, without the lines that are for Jupyter alone. What
stands outside of the functions is the student's own: if it fails once all functions are there, they are judged.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.abc
import io
import json
import sys
import threading
import types
from pathlib import Path

import nnprune
from nnprune.laws.candidate import interrupt, wait

# The lessons that have exercises, and the name that lesson, exercises and solutions share.
STEMS = {stem.partition("_")[0]: stem for stem in (
    "02_write_a_network", "03_train_it", "04_prune_by_magnitude", "05_model_the_loss",
    "06_where_it_fails", "07_prune_by_obs", "07b_capstone", "08_read_the_rule", "09_prune_layer_by_layer",
    "10_price_the_shortcut",
    "11_compare_fairly", "12_count_the_savings", "13_your_own_layer", "14_go_beyond",
)}
READ_SECONDS = 10.0  # to read a file of a few functions takes milliseconds; a loop outside of them would never end
REMEDIES = {  # what stops the reading of a file -> what to do
    ModuleNotFoundError: "is its name misspelt, or is it not installed?", ImportError: "is the name misspelt?",
    NotImplementedError: "call no function of the exercises in the file before it is written",
    EOFError: "nobody answers input() here: write the value into the file instead",
    SystemExit: "take exit() out of the file",
}
TEXT = "save the file as text in UTF-8: most editors have that in their menu, under Save as"
MAGIC = ("%", "!", "?")  # what a line begins with that Jupyter understands, and Python does not


class _Cell(importlib.abc.SourceLoader):
    """A script, or a cell of a notebook, for the import system to run in a module."""

    def __init__(self, where, source):
        self.where, self.source = where, source

    def get_filename(self, fullname):
        """What tracebacks call it."""
        return self.where

    def get_data(self, path):
        """Its text."""
        return self.source


class Unreadable(ValueError):
    """A student's file that cannot be used; the message says what is wrong with it and where."""


def exercises_of(lesson):
    """The ``Exercise`` objects of a lesson, "06" say."""
    return importlib.import_module(f"nnprune.exercises.lesson_{lesson}").EXERCISES


def find_folder(folder=None):
    """The folder with the student's files.

    Parameters
    ----------
    folder : str or os.PathLike, optional
        By default ``tutorials/exercises`` or ``exercises`` below the current folder, the current folder, or the
        checkout that nnprune was installed from: the first that has a file of exercises. (In ``tutorials`` itself the
        lessons have the same names.)

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    checkout = Path(nnprune.__file__).parents[1] / "tutorials" / "exercises"
    places = [Path("tutorials/exercises"), Path("exercises"), Path("."), checkout]
    if folder is not None:
        places = [Path(folder) / "exercises", Path(folder)]
    for place in places:
        if any((place / f"{stem}{end}").is_file() for stem in STEMS.values() for end in (".py", ".ipynb")):
            return place
    looked = ", ".join(str(place.absolute()) for place in places[-1 if folder is not None else 0:])
    raise FileNotFoundError(f"no file of exercises, such as {STEMS['07']}.py, in {looked}. They are in "
                            f"tutorials/exercises of the repository; name their folder with --folder")


def find_file(folder, lesson):
    """The student's file of a lesson: the script, or a notebook of the same name where there is none."""
    script = folder / f"{STEMS[lesson]}.py"
    notebook = script.with_suffix(".ipynb")
    return notebook if notebook.is_file() and not script.is_file() else script


def read_functions(path, names=()):
    """Run a student's file, and return what it defines.

    Parameters
    ----------
    path : pathlib.Path
        A script or a notebook.
    names : sequence of str
        The functions that are wanted: once all are there, whatever fails is only noted.

    Returns
    -------
    dict
        From name to whatever it names.
    str
        What is to be noted: what failed outside of the functions, "" if nothing did.

    Raises
    ------
    Unreadable
        If the file is missing, is no Python, raises before all functions are defined, does not end, or is another file.
    """
    if not path.is_file():
        raise Unreadable(f"{path} is missing; " + next(
            (f"there is {other.name}: rename it" for other in sorted(path.parent.glob(f"{path.stem[:3]}*"))
             if other.is_file()), "copy it again from the repository"))
    module, raised = types.ModuleType(path.stem), []
    module.__file__ = str(path)
    cells = _cells(path)

    def work():
        for where, source in cells:
            try:
                _Cell(where, source).exec_module(module)
            except BaseException as error:  # SystemExit too: exit() in a student's file must not end the report
                raised.append((where, error))

    thread = threading.Thread(target=work, daemon=True)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), nobody_answers():
        thread.start()
        wait(thread, READ_SECONDS)
    if thread.is_alive():
        interrupt(thread)
        raise Unreadable(f"{path} was not read within {READ_SECONDS:g} s: a loop outside of the functions does not end")
    functions = dict(vars(module))
    missing = [name for name in names if name not in functions]
    note = _what_is_wrong(*raised[0]) if raised else ""
    if raised and (missing or not names):
        raise Unreadable(note)
    if names and len(missing) == len(names) and (other := lesson_of(functions)):
        raise Unreadable(f"{path} has none of {', '.join(names)}, but functions of lesson {other}: is it that lesson's "
                         f"file, {STEMS[other]}.py?")
    return functions, note


@contextlib.contextmanager
def nobody_answers():
    """What asks for input() gets EOFError at once, and does not wait for somebody at the keyboard."""
    before, sys.stdin = sys.stdin, io.StringIO()
    try:
        yield
    finally:
        sys.stdin = before


def _cells(path):
    """The pieces of Python in a file, each with the name that messages give it: one of a script, many of a notebook."""
    source = path.read_bytes()
    if path.suffix == ".py" and b"from nnprune.lesson import" in source:
        raise Unreadable(f"{path} is the lesson itself; its exercises are in {path.parent / 'exercises' / path.name}")
    if path.suffix != ".ipynb" and not source.lstrip().startswith(b'{'):
        return [(str(path), source)]
    try:
        cells = json.loads(source)["cells"]
        code = [(k, "".join(cell["source"])) for k, cell in enumerate(cells, 1) if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unreadable(f"{path} is no notebook that can be read ({type(error).__name__}: {error}); "
                         "save it again, or hand in a script") from None
    blank = ("" if line.lstrip().startswith(MAGIC) else line for _, text in code for line in text.split("\n"))
    return [(f"{path}, cell {k}", "\n".join(next(blank) for _ in text.split("\n"))) for k, text in code]


def lesson_of(functions):
    """The lesson that most of these names are exercises of, "" if it is none."""
    found = {lesson: sum(e.name in functions for e in exercises_of(lesson)) for lesson in STEMS}
    best = max(found, key=found.__getitem__)
    return best if found[best] > 1 else ""


def meant(name, functions, names):
    """The function of a student's file that may be the one missing, misspelt; "" if none is like it."""
    others = [other for other, f in functions.items() if isinstance(f, types.FunctionType) and other not in names]
    return next(iter(difflib.get_close_matches(name, others, n=1, cutoff=0.6)), "")


def _what_is_wrong(where, error):
    """One message for whatever stopped the reading of a file."""
    if isinstance(error, (SyntaxError, UnicodeError)) and ("codec" in str(error) or "null bytes" in str(error)):
        return f"{where} is no text that Python reads ({error}); {TEXT}"
    if isinstance(error, SyntaxError):
        shown = f"\n    {error.text.strip()}" if error.text else ""
        return (f"{where}, line {error.lineno}: {type(error).__name__}: {error.msg}; correct this line, or the one "
                f"above{shown}")
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == where:
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    at = f", line {lines[-1]}" if lines else ""
    remedy = next((f"; {text}" for kind, text in REMEDIES.items() if isinstance(error, kind)), "")
    return (f"{where}{at}: {type(error).__name__}: {error} (raised while the file was read, outside of the "
            f"checks){remedy}")
