"""A rule as a sentence, read off a net that decides on the 432 cases of the MONK's problems.

The language is small on purpose: *conditions* ``a_i = v``, ``a_i != v``, ``a_i = a_j``, ``a_i != a_j`` (the last two
for attributes of equally many values), *terms* of one or two conditions, and a rule that is "or" of terms. A term can
be part of the rule if it holds only where the decision is 1; the rule must hold wherever it is 1. So the rule is a
smallest cover of the cases of class 1, and it equals the decisions on every case by construction (``agrees`` looks
again).

Every set of cases is a Python integer of 432 bits, which makes "and", "or" and "is contained in" single operations. The
search takes an uncovered case that the fewest terms cover, and tries those terms, to a depth that grows from 0: the
first cover found is a smallest one. Of two covers of the same depth the one tried first counts, and terms with fewer
conditions, then those with "=", are tried first.

What no such rule says may still be a *count*: MONK-2 is "exactly two attributes have their first value".
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from ...datasets.monks import CASES, N_VALUES

MOST_TERMS = 6


@dataclass(frozen=True)
class Term:
    """One condition or two: ``text``, the ``cases`` (bits) for which it holds, how many conditions, how many "!="."""

    text: str
    cases: int
    size: int
    negations: int


def bits(holds):
    """A bool for each case, (432,), as one integer: bit k is case k."""
    return int("".join("1" if h else "0" for h in np.asarray(holds, bool)[::-1]), 2)


def conditions(attributes):
    """All conditions on these attributes (counted from 1) that hold for some case and not for all."""
    found = []
    for i in attributes:
        values = CASES[:, i - 1]
        for v in range(1, N_VALUES[i - 1] + 1):
            found.append(Term(f"a{i} = {v}", bits(values == v), 1, 0))
            if N_VALUES[i - 1] > 2:  # of two values, "not the one" is "the other"
                found.append(Term(f"a{i} != {v}", bits(values != v), 1, 1))
    for i, j in itertools.combinations(attributes, 2):
        if N_VALUES[i - 1] == N_VALUES[j - 1]:
            equal = CASES[:, i - 1] == CASES[:, j - 1]
            found += [Term(f"a{i} = a{j}", bits(equal), 1, 0), Term(f"a{i} != a{j}", bits(~equal), 1, 1)]
    return found


def candidates(attributes, target):
    """The terms that hold for cases of ``target`` (bits) only, simple ones first; none that another one contains."""
    single = conditions(attributes)
    pairs = [Term(f"{a.text} and {b.text}", a.cases & b.cases, 2, a.negations + b.negations)
             for a, b in itertools.combinations(single, 2)]
    fitting = [t for t in single + pairs if t.cases and t.cases & ~target == 0]
    fitting.sort(key=lambda t: (t.size, t.negations, -t.cases.bit_count()))
    kept = []
    for t in fitting:
        if not any(t.cases & ~k.cases == 0 for k in kept):
            kept.append(t)
    return [t for t in kept if not any(t.cases != k.cases and t.cases & ~k.cases == 0 for k in kept)]


def cover(target, terms, depth):
    """At most ``depth`` of the terms that together hold for all of ``target`` (bits): a list, or None."""
    if target == 0:
        return []
    if depth == 0 or sum(sorted((t.cases & target).bit_count() for t in terms)[-depth:]) < target.bit_count():
        return None
    each = [[t for t in terms if t.cases >> k & 1] for k in _some_cases(target)]
    for t in min(each, key=len):
        rest = cover(target & ~t.cases, terms, depth - 1)
        if rest is not None:
            return [t, *rest]
    return None


def _some_cases(target):
    """The places of the bits of target."""
    return [k for k in range(target.bit_length()) if target >> k & 1]


def find_rule(decisions, attributes=range(1, 7), *, most=MOST_TERMS):
    """The smallest rule that equals the decisions on all 432 cases.

    Parameters
    ----------
    decisions : array_like of shape (432,)
        0 or 1 for each of ``monks.CASES``.
    attributes : sequence of int
        The attributes that the rule may speak of, counted from 1.
    most : int
        The largest number of terms.

    Returns
    -------
    list of Term, or None
        None where no rule of so few terms does; an empty list for "never"; a term of no condition for "always".

    Examples
    --------
    >>> from nnprune.datasets.monks import monks_rule
    >>> in_words(find_rule(monks_rule(1, CASES)))
    'class 1 if a1 = a2 or a5 = 1'
    """
    target = bits(decisions)
    if target == bits(np.ones(len(CASES), bool)):
        return [Term("always", target, 0, 0)]
    terms = candidates(list(attributes), target)
    for depth in range(most + 1):
        found = cover(target, terms, depth)
        if found is not None:
            return sorted(found, key=lambda t: (t.size, t.text))
    return None


def in_words(rule):
    """A rule as a sentence; "" for None."""
    if rule is None:
        return ""
    if not rule:
        return "never class 1"
    if rule[0].size == 0:
        return "always class 1"
    many = len(rule) > 1
    return "class 1 if " + " or ".join(f"({t.text})" if many and t.size > 1 else t.text for t in rule)


def agrees(rule, decisions):
    """On how many of the 432 cases the rule says what the decisions say."""
    holds = 0
    for t in rule:
        holds |= t.cases
    return len(CASES) - (holds ^ bits(decisions)).bit_count()


def count_rule(decisions):
    """The numbers of first values for which the decision is 1, if it depends on that number only; else None.

    Examples
    --------
    >>> from nnprune.datasets.monks import monks_rule
    >>> count_rule(monks_rule(2, CASES)), count_rule(monks_rule(1, CASES))
    ([2], None)
    """
    firsts, decisions = (CASES == 1).sum(axis=1), np.asarray(decisions)
    per_count = [set(decisions[firsts == k].tolist()) for k in range(CASES.shape[1] + 1)]
    if any(len(values) > 1 for values in per_count):
        return None
    return [k for k, values in enumerate(per_count) if values == {1}]


def sentence(decisions, attributes):
    """What the decisions say, as text: a rule, a count, or that neither says it in few words."""
    rule = find_rule(decisions, attributes)
    if rule is not None:
        return in_words(rule)
    counts = count_rule(decisions)
    if counts:
        return f"class 1 if exactly {' or '.join(map(str, counts))} of the six attributes have their first value"
    return f"no rule of at most {MOST_TERMS} terms says it"
