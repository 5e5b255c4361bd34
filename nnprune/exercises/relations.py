"""How a wrong answer differs from the right one, where it does so in the same way on every call.

A factor, a sign, a transpose, an inverted mask, one part of a tuple: these are facts about the answers, and each says
where to look. A relation counts only if it holds on all calls, and on ``ENOUGH`` of them between answers that differ.
"""

from __future__ import annotations

import copy

import numpy as np

ENOUGH = 4  # calls on which the relation holds and says something
FACTORS = {2.0: "twice what it should be", 0.5: "half of what it should be", 4.0: "4 times what it should be",
           0.25: "a quarter of what it should be"}


def relation(exercise, calls):
    """One sentence on how the answers differ from the right ones on all recorded calls; "" if none holds.

    Parameters
    ----------
    exercise : Exercise
    calls : list of (tuple, value)
        The arguments of each call, and the answer, or the exception that was raised.
    """
    pairs = [pair for pair in (_read(exercise, *call) for call in calls) if pair]
    if len(pairs) != len(calls) or len(pairs) < ENOUGH:
        return ""
    if not isinstance(pairs[0][1], tuple):
        return _of_arrays(pairs, "Your answer")
    parts = [[(args, got[k], right[k]) for args, got, right in pairs] for k in range(len(pairs[0][1]))]
    wrong = [k for k, part in enumerate(parts) if not all(_equal(got, right) for _, got, right in part)]
    name = exercise.kind.call.partition("->")[2].strip(" ()").split(",")
    if len(wrong) == 2 and all(_equal(got[wrong[0]], right[wrong[1]]) and _equal(got[wrong[1]], right[wrong[0]])
                               for _, got, right in pairs):
        return f"{name[wrong[0]].strip()} and {name[wrong[1]].strip()} are exchanged: each is what the other should be."
    if len(wrong) == 1 and len(name) == len(parts):
        part = name[wrong[0]].strip()
        return _of_arrays(parts[wrong[0]], part) or f"Only {part} is wrong; all else that you return is right."
    return ""


def _read(exercise, args, answer):
    """(arguments, answer, right answer) as ``Kind.read`` gives them; None if there is nothing to compare."""
    if exercise.right is None or isinstance(answer, Exception):
        return None
    try:
        with np.errstate(all="ignore"):
            right = exercise.kind.read(args, exercise.right(*copy.deepcopy(args)))
            return args, exercise.kind.read(args, answer), right
    except Exception:  # whatever cannot be read is no answer
        return None


def _of_arrays(triples, what):
    """The relation that holds between got and right on every call, of arrays or numbers."""
    try:
        triples = [(args, np.asarray(got, float), np.asarray(right, float)) for args, got, right in triples]
    except (TypeError, ValueError):
        return ""
    masks = all(np.isin(got, (0, 1)).all() and np.isin(right, (0, 1)).all() for _, got, right in triples)
    relations = {f"{what} is inverted: True where False belongs, and the reverse.": lambda args, right: 1 - right} \
        if masks else {f"{what} has the wrong sign everywhere.": lambda args, right: -right,
                       **{f"{what} is {text}, on every case.": lambda args, right, c=c: c * right
                          for c, text in FACTORS.items()},
                       f"{what} is n times what it should be, where n is the number of samples (rows).":
                           lambda args, right: right * _rows(args),
                       f"{what} is divided by n, the number of samples (rows), once too often.":
                           lambda args, right: right / _rows(args)}
    relations |= {f"{what} is transposed.": lambda args, right: right.T,
                  f"{what} is in reverse order.": lambda args, right: right[::-1] if right.ndim else right}
    for text, make in relations.items():
        said = [_equal(got, make(args, right)) for args, got, right in triples]
        differ = sum(not _equal(got, right) for _, got, right in triples)
        if all(said) and differ >= ENOUGH:
            return text
    return ""


def _rows(args):
    """The number of rows of the first argument that is an array of two dimensions."""
    return next((len(a) for a in args if isinstance(a, np.ndarray) and a.ndim == 2), 1)


def _equal(a, b):
    """Whether two parts of answers are equal up to rounding."""
    try:
        a, b = np.asarray(a, float), np.asarray(b, float)
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-6, atol=1e-9))
    except (TypeError, ValueError):
        return False
