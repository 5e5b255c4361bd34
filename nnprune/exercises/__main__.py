"""Check the exercises of the lessons.

    python -m nnprune.exercises                    a line for every lesson
    python -m nnprune.exercises 07                 one lesson
    python -m nnprune.exercises 07 --only update   one function
    python -m nnprune.exercises 07 --hint update 2 the second hint for a function (the first without a number)
    python -m nnprune.exercises --folder submissions/ada --json

Exit code 0: all that was asked for is done; 1: not yet; 2: a file or an option was not understood. The files are
Python programs and are run, with all your rights: check those of others only where you would run their programs.
"""

from __future__ import annotations

import json

from nnprune._util.command import command_parser, exit_code, leave, whole_option

from .files import STEMS, Unreadable, exercises_of, find_file, find_folder, meant, read_functions
from .judge import Verdict, judge
from .report import hint_report, lesson_report, progress_line, record


def parser(prog="python -m nnprune.exercises"):
    """The command line."""
    p = command_parser(prog, __doc__)
    p.add_argument("lesson", nargs="?", help=f"{min(STEMS)} to {max(STEMS)}; without it, the progress over all lessons")
    p.add_argument("--only", metavar="FUNCTION", help="check this function alone")
    p.add_argument("--hint", nargs="+", metavar=("FUNCTION", "NUMBER"), help="show one hint, by default the first")
    p.add_argument("--folder", help="the folder with the files to check (default: tutorials/exercises)")
    p.add_argument("--examples", type=int, default=40, help="cases a law (default: %(default)s)")
    p.add_argument("--seed", type=int, default=0, help="the same seed draws the same cases (default: %(default)s)")
    p.add_argument("--json", action="store_true", help="the report as JSON, for grading")
    return p


def verdicts_on(lesson, path, options):
    """The verdicts on one lesson's file, in order, and what is to be noted of it.

    Raises
    ------
    Unreadable
        If the file cannot be used at all.
    ValueError
        If there is no function of the name asked for.
    """
    exercises = exercises_of(lesson)
    if options.only:
        _named(lesson, options.only)
    names = [e.name for e in exercises]
    functions, note = read_functions(path, names)
    return [_verdict(e, functions, names, options) for e in exercises if options.only in (None, e.name)], note


def _verdict(exercise, functions, names, options):
    f = functions.get(exercise.name)
    if not callable(f):
        return Verdict(exercise, "missing", meant=meant(exercise.name, functions, names))
    return judge(exercise, f, examples=options.examples, seed=options.seed)


def _named(lesson, name):
    """The exercise of this name, or ValueError with the names that there are."""
    exercises = {e.name: e for e in exercises_of(lesson)}
    if name not in exercises:
        raise ValueError(f"lesson {lesson} has no function {name!r}; it has {', '.join(exercises)}")
    return exercises[name]


def show_hint(lesson, name, number="1"):
    """Print one hint for a function, and how to see the next."""
    hints = _named(lesson, name).hints
    if number not in map(str, range(1, len(hints) + 1)):
        raise ValueError(f"{name} has the hints 1 to {len(hints)}, not {number!r}")
    print(hint_report(lesson, name, hints, int(number)))


def check_lesson(lesson, folder, options):
    """Check one lesson and print its report; return whether all is done."""
    path = find_file(folder, lesson)
    verdicts, note = verdicts_on(lesson, path, options)
    print(json.dumps([record(v) for v in verdicts], indent=2) if options.json else lesson_report(path, verdicts, note))
    return all(v.state == "done" for v in verdicts)


def overview(folder, options):
    """Check all lessons, print a line each as it is done; return whether all is done."""
    found, complete = {}, True
    for lesson, stem in STEMS.items():
        verdicts, trouble = [], ""
        try:
            verdicts, _ = verdicts_on(lesson, find_file(folder, lesson), options)
        except Unreadable as error:
            trouble = str(error).replace("\n", " ")
        found[lesson] = {"trouble": trouble, "functions": [record(v) for v in verdicts]}
        complete = complete and not trouble and all(v.state == "done" for v in verdicts)
        if not options.json:
            print(progress_line(lesson, stem.partition("_")[2].replace("_", " "), verdicts, trouble), flush=True)
    if options.json:
        print(json.dumps(found, indent=2))
    return complete


def main(arguments=None, prog="python -m nnprune.exercises"):
    """Check what the command line asks for; return the exit code."""
    return exit_code(lambda: run(arguments, parser(prog)))


def run(arguments, p):
    """What ``main`` does with the parser ``p``; the exit code."""
    options = p.parse_args(arguments)
    lesson = options.lesson and options.lesson.zfill(2 + options.lesson[-1:].isalpha())  # 7 is 07, 7b is 07b
    if lesson and lesson not in STEMS:
        p.error(f"there are exercises for lessons {min(STEMS)} to {max(STEMS)}, not for {options.lesson!r}")
    if options.only and not lesson:
        p.error("--only needs the number of a lesson")
    if options.hint and (not lesson or len(options.hint) > 2):
        p.error("--hint needs the number of a lesson before it, and behind it a function and a number at most")
    if options.hint:
        show_hint(lesson, *options.hint)
        return 0
    whole_option("--examples", options.examples, 1)
    folder = find_folder(options.folder)
    done = check_lesson(lesson, folder, options) if lesson else overview(folder, options)
    return 0 if done else 1


if __name__ == "__main__":
    leave(main())
