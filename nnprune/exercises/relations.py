"""What is true of a wrong answer beside the right one, on every call that was seen: facts, and no guesses.

Where no typical mistake explains an answer, these say where to look, the most telling first. A fact is of one of four
kinds: the answer as a whole is the right one changed (twice as large, transposed, summed up); it is what would be right
for *other arguments* (one more removal, without the biases); it is right in one place and wrong in another (the
diagonal, the last column, what is 0); or it is wrong for some arguments only (one row, more than one removal). A fact
counts only if it holds on all calls, and says something on ``ENOUGH`` of them.
"""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from nnprune.nn.mlp import MLP

ENOUGH = 4  # calls on which a fact holds and says something
CHANCE = 1e-3  # that the wrong calls are all of one form though the form has nothing to do with it: at most that
REMOVES = {"n_remove", "sparsity"}  # arguments of the functions that set to 0
WHERE = "It is wrong only where "
FACTORS = {2.0: "twice what it should be", 0.5: "half of what it should be", 4.0: "4 times what it should be",
           0.25: "a quarter of what it should be", 100.0: "100 times what it should be"}


class Call(NamedTuple):
    """One call: the arguments, what came out as arrays, one for each part, and what should have."""

    args: tuple
    got: list
    right: list

    @property
    def is_right(self):
        """Whether the answer is right, up to rounding."""
        return all(map(_equal, self.got, self.right))


def relation(exercise, calls):
    """The most telling fact about the answers on all recorded calls; "" if there is none.

    Parameters
    ----------
    exercise : Exercise
    calls : list of (tuple, value)
        The arguments of each call, and the answer, or the exception that was raised.
    """
    return next(facts(exercise, calls), "")


def facts(exercise, calls):
    """Yield all that is true of the answers, the most telling first, a sentence each."""
    if exercise.right is None or len(calls) < ENOUGH:
        return
    found = [read(exercise, *call) for call in calls]
    names = [name.strip() for name in exercise.kind.call.partition("->")[2].strip(" ()").split(",")]
    pairs = [call for call in found if call]
    if len(pairs) == len(calls):
        yield from _of_calls(exercise, names, pairs)
    else:
        yield from _of_form(exercise, names, [call for call, pair in zip(calls, found) if not (pair and pair.is_right)])
    right = [bool(call) and call.is_right for call in found]
    yield from _where(exercise.kind.arguments, [args for args, _ in calls], right)


def read(exercise, args, answer):
    """The call with both answers as ``Kind.read`` gives them; None if there is nothing to compare."""
    if isinstance(answer, Exception):
        return None
    try:
        with np.errstate(all="ignore"):
            right = exercise.kind.read(args, exercise.right(*copy.deepcopy(args)))
            return Call(args, _parts(exercise.kind.read(args, answer)), _parts(right))
    except Exception:  # whatever cannot be read is no answer
        return None


def _parts(answer):
    """An answer as a list of arrays: one, those of a tuple, or the parameters of a net."""
    if isinstance(answer, MLP):
        return [np.where(np.concatenate([np.concatenate([m.ravel(), np.ones(len(m), bool)]) for m in answer.masks]),
                         answer.parameters(), 0.0)]
    parts = answer if isinstance(answer, (tuple, list)) else [answer]
    return [np.asarray(part, float) for part in parts]


def _equal(a, b):
    """Whether two parts of answers are equal up to rounding."""
    with suppress(TypeError, ValueError):
        a, b = np.asarray(a, float), np.asarray(b, float)
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-6, atol=1e-9))
    return False


def _of_calls(exercise, names, calls):
    """Facts about answers that could all be read: as a whole, for other arguments, in some parts or places only."""
    n_parts = len(calls[0].got)
    wrong = [k for k in range(n_parts) if not all(_equal(c.got[k], c.right[k]) for c in calls)]
    if sum(not c.is_right for c in calls) < ENOUGH or any(len(c.got) != n_parts for c in calls):
        return
    if len(wrong) == 2 and n_parts == len(names) and all(
            _equal(c.got[i], c.right[j]) for c in calls for i, j in (wrong, wrong[::-1])):
        yield (f"{names[wrong[0]]} and {names[wrong[1]]} are exchanged: each is what the other should be.")
    what, part = "Your answer", wrong[0]
    if n_parts > 1 and len(wrong) == 1:
        what = names[part] if len(names) == n_parts else f"Part {part + 1} of your answer"
    if len(wrong) == 1:
        yield from _changed(what, [(c.args, c.got[part], c.right[part]) for c in calls], exercise.kind.arguments)
    elif len(names) == n_parts:
        yield from _changed(f"Each number of {' and '.join(names[k] for k in wrong)}", [
            (c.args, *(np.concatenate([np.ravel(parts[k]) for k in wrong]) for parts in (c.got, c.right)))
            for c in calls], ())
    yield from _as_if(exercise, calls)
    if len(wrong) == 1:
        pairs = [(c.got[part], c.right[part]) for c in calls]
        yield from _in_places(what, pairs)
        yield from _of_zeros(what, pairs) if REMOVES & set(exercise.kind.arguments) else ()
    if n_parts > 1 and len(wrong) == 1:
        yield f"Only {what} is wrong; all else that you return is right."


def _changed(what, triples, arguments):
    """The right answer changed in one way on every call, with the arguments or without them."""
    masks = all(np.isin(got, (0, 1)).all() and np.isin(right, (0, 1)).all() for _, got, right in triples)
    ways = {f"{what} is inverted: True where False belongs, and the reverse.": lambda args, right: 1 - right} \
        if masks else {
            f"{what} has the wrong sign everywhere.": lambda args, right: -right,
            **{f"{what} is {text}, on every case.": lambda args, right, c=c: c * right for c, text in FACTORS.items()},
            f"{what} is n times what it should be, where n is the number of samples (rows).":
                lambda args, right: right * _rows(args),
            f"{what} is divided by n, the number of samples (rows), once too often.":
                lambda args, right: right / _rows(args),
            f"{what} is 1 minus what it should be.": lambda args, right: 1 - right,
            f"{what} is the square of what it should be.": lambda args, right: right**2,
            f"{what} is the square root of what it should be.": lambda args, right: np.sqrt(right),
            f"{what} is 1 over what it should be.": lambda args, right: 1 / right,
            f"{what} is right but for the sign: it is never negative, and should be.": lambda args, right: abs(right),
            f"{what} is 0 everywhere.": lambda args, right: 0 * right,
            f"{what} is the inverse of the matrix that it should be.":
                lambda args, right: np.linalg.inv(right) if right.ndim == 2 else np.nan}
    ways |= {f"{what} is transposed.": lambda args, right: right.T,
             f"{what} is in reverse order.": lambda args, right: right[::-1] if right.ndim else right,
             f"{what} is added up, entry by entry, and should not be.":
                 lambda args, right: np.cumsum(right) if right.ndim == 1 else np.nan,
             f"{what} has what comes newly with each entry; wanted is the sum up to there (np.cumsum).":
                 lambda args, right: np.diff(right, prepend=0) if right.ndim == 1 else np.nan}
    if max((len(right) for _, _, right in triples if right.ndim), default=0) < 3:
        ways.pop(f"{what} is in reverse order.")  # of two numbers that may be anything
    yield from (text for text, make in ways.items() if _all(triples, make))
    if not masks:
        yield from _off_by(what, triples, arguments)
    yield from (f"{what} {text}." for text, change in LENGTHS.items()
                if all(_equal(*change(got, right)) for _, got, right in triples if got.ndim == right.ndim == 1)
                and sum(got.shape != right.shape for _, got, right in triples) >= ENOUGH)
    if all(got.shape == right.shape and _equal(np.sort(got, axis=None), np.sort(right, axis=None))
           for _, got, right in triples):
        yield f"{what} has the right numbers, but not in the right places."


def _all(triples, make):
    """Whether on every call the answer is ``make(arguments, right answer)``."""
    with suppress(Exception), np.errstate(all="ignore"):  # no such change of these: a matrix without an inverse, say
        return all(_equal(got, make(args, right)) for args, got, right in triples)
    return False


def _off_by(what, triples, arguments):
    """One factor, or one number or argument too much or too little, on every call."""
    if any(got.shape != right.shape for _, got, right in triples):
        return
    ratios = [(got[right != 0] / right[right != 0]) for _, got, right in triples]
    several = [ratio for ratio in ratios if ratio.size > 1]
    c = next((ratio[0] for ratio in ratios if ratio.size), 1.0)
    if _all(triples, lambda args, right: c * right):
        yield f"{what} is {c:.6g} times what it should be, on every case."
    elif len(several) >= ENOUGH and all(_equal(ratio, ratio[0] + 0 * ratio) for ratio in several) and all(
            _equal(got, (ratio[0] if ratio.size else 1) * right) for ratio, (_, got, right) in zip(ratios, triples)):
        yield f"{what} is right up to a factor, another one on each case: is it divided by the right number?"
    c = next((np.ravel(got - right)[0] for _, got, right in triples if got.size), 0.0)
    if _all(triples, lambda args, right: right + c):
        yield f"{what} is {abs(c):.6g} too {'much' if c > 0 else 'little'} in every place, on every case."
    for k, name in enumerate(arguments):
        for sign, text in ((1, "added once too often"), (-1, "missing: what is wanted minus what you have is just it")):
            if _all(triples, lambda args, right, k=k, s=sign: right + s * np.asarray(args[k], float)):
                yield f"{name} is {text}."
        if _all(triples, lambda args, right, k=k: np.asarray(args[k], float)):
            yield f"{what} is {name} as it was given, unchanged."


def _rows(args):
    """The number of rows of the first argument that is an array of two dimensions."""
    return next((len(a) for a in args if isinstance(a, np.ndarray) and a.ndim == 2), 1)


def _others(value):
    """What might be taken for an argument by mistake: (how it would be called, the value)."""
    if isinstance(value, (bool, str)) or value is None:
        return
    if isinstance(value, (int, np.integer)):
        yield from (("one more", value + 1), ("one less", value - 1), ("0", 0), ("1", 1))
    elif isinstance(value, MLP):
        other = value.copy()
        for b in other.biases:
            b[...] = 0
        yield "a net without its biases", other
    elif isinstance(value, np.ndarray) and value.dtype.kind == "b":
        yield from (("inverted", ~value), ("True everywhere", np.ones_like(value)))
    elif isinstance(value, (float, np.ndarray)):
        yield from (("0", 0 * value), ("without its signs", abs(value)), ("of the other sign", -value),
                    ("twice as large", 2 * value), ("half as large", value / 2), ("squared", value * value))
    if isinstance(value, np.ndarray) and value.ndim:
        yield from (("in reverse order", value[::-1]), ("that of its first row or entry only", value[:1]),
                    ("sorted", np.sort(value, axis=0)))
    if isinstance(value, np.ndarray) and value.ndim == 2:
        yield "transposed", value.T
        if value.shape[0] == value.shape[1]:
            yield from (("its diagonal alone", np.diag(np.diag(value))), ("the identity", np.eye(len(value))))
            with suppress(np.linalg.LinAlgError):
                yield "inverted", np.linalg.inv(value)


def _as_if(exercise, calls):
    """Of which other arguments the answer would be right: always the same change of the same argument."""
    wrong = [call for call in calls if not call.is_right]
    for k, name in enumerate(exercise.kind.arguments):
        for way, _ in _others(wrong[0].args[k]):
            def as_if(call, k=k, way=way):
                other = dict(_others(call.args[k])).get(way)
                if other is None:
                    return False
                args = (*call.args[:k], other, *call.args[k + 1:])
                with np.errstate(all="ignore"):
                    parts = _parts(exercise.right(*copy.deepcopy(args)))
                return len(parts) == len(call.got) and all(map(_equal, call.got, parts))
            with suppress(Exception):
                if all(map(as_if, wrong)) and all(map(as_if, calls)):
                    yield f"It is what would be right if {name} were {way}."


LENGTHS = {  # of one entry too many or too few: what must be equal then
    "has one entry too many, the first": lambda got, right: (got[1:], right),
    "has one entry too many, the last": lambda got, right: (got[:-1], right),
    "lacks the first entry": lambda got, right: (got, right[1:]),
    "lacks the last entry": lambda got, right: (got, right[:-1])}
PLACES = {  # where an array has its entries: from a shape to True there
    "the first row": lambda shape: np.arange(shape[0]) == 0,
    "the last row": lambda shape: np.arange(shape[0]) == shape[0] - 1,
    "the first column": lambda shape: np.arange(shape[1]) == 0,
    "the last column": lambda shape: np.arange(shape[1]) == shape[1] - 1,
    "the diagonal": lambda shape: np.eye(*shape) == 1,
    "the last row and column": lambda shape: np.add.outer(*(np.arange(k) == k - 1 for k in shape)),
}


def _in_places(what, pairs):
    """Where in the array it is wrong, and where not."""
    if any(got.shape != right.shape for got, right in pairs):
        return
    # Hard cases are seen several times, and count once.
    seen = {right.tobytes(): ~np.isclose(got, right, rtol=1e-6, atol=1e-9) for got, right in pairs}
    off = [wrong for wrong in seen.values() if wrong.any()]
    for place, mask in PLACES.items():
        with suppress(Exception):  # a vector has no columns
            if off[0].ndim == 1 and place.endswith("column"):
                continue
            row = place.endswith("row")
            at = [np.broadcast_to(mask(w.shape)[(...,) + (None,) * (w.ndim - 1)] if row else mask(w.shape), w.shape)
                  for w in off]
            said = [(w, a) for w, a in zip(off, at) if (~a).sum() > w.ndim * (w.ndim - 1)]  # there is much beside it
            name = place.replace("row", "entry") if off[0].ndim == 1 else place
            if len(said) >= ENOUGH and not any((w & ~a).any() for w, a in zip(off, at)):
                yield f"{what} is wrong in {name} only."
            if len(said) >= ENOUGH and not any((w & a).any() for w, a in said) and \
                    np.mean([w[~a].mean() for w, a in said]) > 0.8:
                yield f"{what} is right in {name} only."


def _of_zeros(what, pairs):
    """What is 0 and what is not, of a function that removes."""
    zeros = [(got == 0, right == 0) for got, right in pairs if not _equal(got, right) and got.shape == right.shape]
    if len(zeros) < ENOUGH:
        return
    if not any((r & ~g).any() for g, r in zeros) and np.mean([np.array_equal(g, r) for g, r in zeros]) > 0.9:
        yield f"{what} is 0 where it should be; the other numbers are wrong."
    elif all(g.sum() == r.sum() for g, r in zeros) and sum(not np.array_equal(g, r) for g, r in zeros) >= ENOUGH:
        yield "As many numbers are 0 as should be, but not always the same ones."


def forms(name, value):
    """What an argument may be like: (how that is said, whether it is)."""
    if isinstance(value, (bool, str)) or value is None:
        return
    if isinstance(value, (int, float, np.number)):
        yield from ((f"{name} is 0", value == 0), (f"{name} is more than 1", value > 1), (f"{name} is 1", value == 1))
    elif isinstance(value, MLP):
        yield from ((f"{name} has more than two layers", len(value.weights) > 2),
                    (f"{name} has one layer", len(value.weights) == 1))
    elif isinstance(value, list):
        yield from ((f"{name} is empty", not value), (f"{name} has more than one entry", len(value) > 1),
                    (f"{name} has more than two entries", len(value) > 2))
    elif isinstance(value, np.ndarray) and value.ndim:
        rows = "row" if value.ndim > 1 else "entry"
        yield from ((f"{name} has no {rows}", len(value) == 0), (f"{name} has a single {rows}", len(value) == 1))
        if value.ndim > 1:
            yield f"{name} has a single column", value.shape[1] == 1
        if value.dtype.kind == "b":
            yield from ((f"{name} has no True", not value.any()), (f"{name} has no False", bool(value.all())))
        elif value.dtype.kind == "f":
            yield f"{name} has numbers beyond 100", bool((abs(value) > 100).any())


def all_forms(arguments, args):
    """What all arguments of a call are like, each for itself and two numbers beside each other."""
    named = list(zip(arguments, args))
    yield from (form for name, value in named for form in forms(name, value))
    whole = [(name, value) for name, value in named if isinstance(value, (int, np.integer))]
    yield from ((f"{a} is less than {b}", x < y) for a, x in whole for b, y in whole if a != b)


def _where(arguments, calls, right):
    """For which arguments alone the answer is wrong; what would be so by chance is not said."""
    like = [dict(all_forms(arguments, args)) for args in calls]
    found = []
    for form in like[right.index(False)] if False in right else ():
        has = np.array([true.get(form, False) for true in like])
        wrong = ~np.array(right)
        if not (wrong & ~has).any() and (~has).sum() >= ENOUGH and \
                has.mean() ** wrong.sum() <= CHANCE and wrong.sum() >= has.sum() / 2:
            found.append((has.sum(), form))
    if found:
        yield f"{WHERE}{min(found)[1]}, and right on all other cases that were tried."


def _of_form(exercise, names, calls):
    """Facts about answers of another kind or shape than demanded, or wrong: what is true of every such call."""
    said = []
    for args, answer in calls:
        try:
            right = exercise.kind.read(args, exercise.right(*copy.deepcopy(args)))
            said.append(list(_form(names, answer, right)))
        except Exception:  # an exception, or nothing to compare with
            return
    if len(said) >= ENOUGH:
        yield from (text for text in said[0] if all(text in others for others in said))


def _form(names, got, right):
    """How one answer, which is of another kind or shape, compares with the right one."""
    several = isinstance(got, (tuple, list))
    if isinstance(right, (tuple, list)):
        if several and len(got) == len(right):
            if any(all(map(_equal, got, other)) for other in (right[::-1], (*right[1:], right[0]))):
                yield "The parts are right, but in another order than demanded."
        else:
            yield from (f"Only {name} is returned." for name, part in zip(names, right) if _equal(got, part))
        return
    if got is None or isinstance(got, MLP) or isinstance(right, MLP):
        return
    if several and np.ndim(right):
        yield from (f"Number {k + 1} of the {len(got)} things that you return is the answer; return it alone."
                    for k, part in enumerate(got) if _equal(part, right))
    g, r = np.asarray(got, float), np.asarray(right, float)
    if _equal(g, r):
        yield f"The values are right, but not their type: {np.asarray(got).dtype}."
    if _equal(g, r.T):
        yield "Your answer is transposed."
    if g.size == r.size and _equal(g.ravel(), r.ravel()):
        yield "The numbers are right, but not their shape."
    yield from (f"It is right once the {way.__name__} over axis {k} is taken."
                for k in range(g.ndim) for way in (np.sum, np.mean) if _equal(way(g, axis=k), r))
    yield from (f"It is the sum of the answer wanted{'' if axis is None else f' over axis {axis}'}."
                for axis in (None, *range(r.ndim)) if _equal(g, np.sum(r, axis=axis)))
