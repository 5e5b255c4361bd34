"""Exercises that check themselves, a file of functions to fill in for each lesson from 02 on.

    python -m nnprune.exercises            how far you are, over all lessons
    python -m nnprune.exercises 07         check the functions of lesson 07

The functions to fill in are in ``tutorials/exercises``, one file a lesson, with numbered hints; the solutions are
apart, in ``tutorials/solutions``. What judges them is here, a module a lesson: ``lesson_07.EXERCISES`` is a tuple of
``frame.Exercise``, each of which names the laws that its function must keep (those of ``nnprune.laws`` where there are
any) and the wrong answers that people typically give, each with the hint meant for it.

Everything here needs Hypothesis (``pip install "nnprune[test]"``), as the laws do. A student's
file is run, with all rights of whoever runs it (SECURITY.md): time limits stop accidents, not intent.

In reading order:

    frame      what an exercise is: a function, the laws that judge it, the typical wrong answers with their hints
    files      the student's files, read without trust
    judge      which laws hold, the smallest example of the first that does not, and the hint for it
    relations  how a wrong answer differs from the right one, where it does so on every call
    report     what the student reads
    lesson_02  what judges the functions of lesson 02; one file a lesson
"""

from __future__ import annotations

from nnprune._util.command import missing

try:
    import hypothesis  # noqa: F401
except ModuleNotFoundError as error:
    raise missing(error, "nnprune.exercises", "test") from None
