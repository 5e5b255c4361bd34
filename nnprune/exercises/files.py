"""The student's files: where they are, and how one is read without trusting it to be right, or to end."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import threading
from pathlib import Path

import nnprune
from nnprune.laws.candidate import interrupt, wait

# The lessons that have exercises, and the name that lesson, exercises and solutions share.
STEMS = {stem.partition("_")[0]: stem for stem in (
    "02_write_a_network", "03_train_it", "04_prune_by_magnitude", "05_model_the_loss",
    "06_where_it_fails", "07_prune_by_obs", "07b_capstone", "08_read_the_rule", "09_prune_layer_by_layer",
    "10_price_the_shortcut",
    "11_compare_fairly", "12_count_the_savings", "13_your_own_layer", "14_go_beyond", "15_make_it_smaller",
)}
READ_SECONDS = 10.0  # to read a file of a few functions takes milliseconds; a loop outside of them would never end


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
        places = [Path(folder)]
    for place in places:
        if any((place / f"{stem}.py").is_file() for stem in STEMS.values()):
            return place
    looked = ", ".join(str(place.absolute()) for place in places)
    raise FileNotFoundError(f"no file of exercises, such as {STEMS['07']}.py, in {looked}. They are in "
                            f"tutorials/exercises of the repository; name their folder with --folder")


def read_functions(path):
    """Run a student's file, and return what it defines.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict
        From name to whatever it names.

    Raises
    ------
    Unreadable
        If the file is missing, is no Python, raises, or does not end.
    """
    if not path.is_file():
        raise Unreadable(f"{path} is missing; copy it again from the repository")
    module, raised = {}, []

    def work():
        try:
            spec = importlib.util.spec_from_file_location(path.stem, path)
            made = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(made)
            module.update(vars(made))
        except BaseException as error:  # SystemExit too: exit() in a student's file must not end the report
            raised.append(error)

    thread = threading.Thread(target=work, daemon=True)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        thread.start()
        wait(thread, READ_SECONDS)
    if thread.is_alive():
        interrupt(thread)
        raise Unreadable(f"{path} was not read within {READ_SECONDS:g} s: a loop outside of the functions does not end")
    if raised:
        raise Unreadable(_what_is_wrong(path, raised[0]))
    return module


def _what_is_wrong(path, error):
    """One message for whatever stopped the reading of a file."""
    if isinstance(error, SyntaxError):
        shown = f"\n    {error.text.strip()}" if error.text else ""
        return f"{path}, line {error.lineno}: {type(error).__name__}: {error.msg}{shown}"
    if isinstance(error, UnicodeDecodeError):
        return f"{path} is no text in UTF-8: {error}"
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    where = f", line {lines[-1]}" if lines else ""
    return f"{path}{where}: {type(error).__name__}: {error} (raised while the file was read, outside of the checks)"
