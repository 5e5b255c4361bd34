"""Exercises to lesson 11: what a fair comparison needs.

    letter        meaning                                                       shape
    a, b, d       accuracies of two methods on the same nets, and b - a         (n,)
    p             an accuracy as a share                                        float
    valid, test   accuracies in %: an option a row, a seed a column             (options, seeds)
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from nnprune.laws.kinds import WRONG_KIND, read_array
from nnprune.laws.law import Case, demand, same
from nnprune.laws.strategies import half_integers

from .frame import Exercise, answers, arrays, equals, number, rule

DRAWS = 64  # in which each of 12 pictures must come into each part: by chance one does not in 1 of 10^6 cases


@st.composite
def samples(draw):
    """``n`` pictures to be parted, ``n_valid`` and ``n_test`` of them for validation and test, and a ``seed``."""
    n_valid, n_test, n_train = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(4, 6))
    return Case(n=n_valid + n_test + n_train, n_valid=n_valid, n_test=n_test, seed=draw(st.integers(0, 99)))


@st.composite
def trials(draw):
    """Accuracies ``valid`` and ``test`` of two or three options with two seeds; no two means are equal."""
    shape = (draw(st.integers(2, 3)), 2)
    # A list of pairs a row, shrinking towards small whole numbers; the rows' sums differ.
    rows = [draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=shape[0], max_size=shape[0],
                          unique_by=sum)) for _ in range(2)]
    return Case(valid=90.0 + np.array(rows[0]), test=90.0 + np.array(rows[1]))


@st.composite
def pairs(draw):
    """Accuracies ``a`` and ``b`` of two methods on two to four nets."""
    n = draw(st.integers(2, 4))
    return Case(a=95 + draw(half_integers((n,))), b=96 + draw(half_integers((n,))))


@st.composite
def measurements(draw):
    """An accuracy ``p`` that is neither 0 nor 1, and a number ``n`` of pictures."""
    return Case(p=draw(st.sampled_from([0.5, 0.8, 0.9, 0.98])), n=draw(st.sampled_from([4, 25, 100, 2500])))


@st.composite
def plans(draw):
    """How many weights go, ``n_remove``, and how many in a round, ``every``."""
    return Case(n_remove=draw(st.integers(1, 12)), every=draw(st.integers(1, 5)))


def slow_choose(valid, test):
    """The option with the best mean validation accuracy, one mean after the other."""
    means = [sum(row) / len(row) for row in valid]
    best = max(range(len(means)), key=means.__getitem__)
    return best, sum(test[best]) / len(test[best])


def slow_paired(a, b):
    """Mean, standard error and the differences, by sums as in the lesson's naive_paired."""
    d = [float(y - x) for x, y in zip(a, b)]
    mean = sum(d) / len(d)
    return mean, (sum((v - mean)**2 for v in d) / (len(d) - 1) / len(d))**0.5, d


def slow_accuracy_error(p, n):
    """The spread of one picture's hit, 1 with probability p, over sqrt(n)."""
    variance = p * (1 - p)**2 + (1 - p) * (0 - p)**2
    return variance**0.5 / n**0.5


def _parts(f, p, seed):
    return f(p.n, p.n_valid, p.n_test, np.random.default_rng(seed))


@rule(samples(), hard=[Case(n=10, n_valid=0, n_test=3, seed=1), Case(n=10, n_valid=3, n_test=0, seed=2),
                       Case(n=6, n_valid=3, n_test=3, seed=3)],
      formula="training + validation + test = {0, ..., n - 1}, each once",
      source="lesson 11, section 3", mistake="Cut one permutation in three; do not draw three times.")
def no_picture_is_in_two_parts(f, p):
    """Every picture is in one of the three parts, and in one only. A picture that trains and tests flatters the net."""
    rows = np.sort(np.concatenate(_parts(f, p, p.seed)))
    demand(np.array_equal(rows, np.arange(p.n)), f"the numbers 0 to {p.n - 1}, each once", f"all parts, sorted: {rows}")


@rule(st.just(Case(n=12, n_valid=3, n_test=3, seed=0)), formula="another rng, another part",
      source="lesson 11, section 3",
      mistake="The rows are not shuffled, or not all of them, or another generator is used than the one given.")
def the_parts_are_drawn(f, p):
    """With one generator after the other every picture comes into every part, in ever new company. Data that come in an
    order, such as all zeros first, would otherwise give parts of different kinds."""
    draws = [_parts(f, p, p.seed + k) for k in range(DRAWS)]
    for what, part in zip(("training", "validation", "test"), zip(*draws)):
        never = sorted({*range(p.n)} - {*np.concatenate(part).tolist()})
        demand(not never, f"every picture in the {what} part at least once in {DRAWS} draws", f"never there: {never}")
    several = len({tuple(np.sort(validation)) for _, validation, _ in draws})
    demand(several > p.n, f"more than {p.n} different validation parts in {DRAWS} draws", f"{several} of them")


@rule(samples(), formula="the same rng, the same parts", source="lesson 11, section 1: what happens again",
      mistake="Draw with the rng that is given, not with np.random.")
def the_same_generator_draws_the_same(f, p):
    """With a generator of the same seed the same parts come out, so that others can do the experiment again."""
    one, two = _parts(f, p, p.seed), _parts(f, p, p.seed)
    demand(all(np.array_equal(x, y) for x, y in zip(one, two)), f"twice the same: {one}", f"the second time {two}")


@rule(trials(), formula="option(valid, test) = option(valid, another test)", source="lesson 11, section 6",
      mistake="The choice looks at the test accuracies.")
def the_choice_does_not_see_the_test(f, p):
    """Turn the test accuracies upside down, and the same option is chosen."""
    option, other = f(p.valid, p.test)[0], f(p.valid, 190 - p.test)[0]
    demand(option == other, f"option {option:g} again", f"option {other:g}, with 190 - test instead of test")


@rule(pairs(), hard=[Case(a=np.array([90.0, 99.0]), b=np.array([91.0, 100.0])),
                     Case(a=np.array([95.0, 96.0, 97.0]), b=np.array([97.0, 95.0, 99.0]))],
      formula="s / sqrt(n),  s^2 = sum (d_i - mean(d))^2 / (n - 1)",
      source="Student 1908; lesson 11, section 2", mistake="Is it the spread of b - a, with n - 1, over sqrt(n)?")
def the_error_is_that_of_the_differences(f, p):
    """The standard error comes from the differences d = b - a, net by net. What the nets have in common drops out."""
    wanted, d = slow_paired(p.a, p.b)[1:]
    same("error", f(p.a, p.b)[1], wanted, beside=f"d = {d}")


@rule(pairs(), formula="mean(d) = mean(b) - mean(a)", source="Student 1908; lesson 11, section 2",
      mistake="Take b - a, and its mean.")
def the_mean_is_that_of_the_differences(f, p):
    """The mean of the differences b - a: positive where b is better."""
    same("mean", f(p.a, p.b)[0], slow_paired(p.a, p.b)[0])


@rule(plans(), hard=[Case(n_remove=k, every=e) for k, e in ((10, 5), (3, 5), (7, 7), (1, 1), (11, 4))],
      formula="every, 2 every, ..., n_remove", source="Han et al. 2015; lesson 11, section 4",
      mistake="Look at the last round.")
def each_round_counts(f, p):
    """After each round `every` more weights are gone, and after the last one just n_remove: never more, never twice."""
    wanted, gone = [], 0
    while gone < p.n_remove:
        gone = min(gone + p.every, p.n_remove)
        wanted.append(gone)
    got = f(p.n_remove, p.every).tolist()
    demand(got == wanted, str(wanted), str(got))


def _read_counts(args, answer):
    demand(np.ndim(answer) == 1, "a list of ints", f"{answer!r}", WRONG_KIND)
    return read_array(answer if len(answer) else np.empty(0, int), "counts", (len(answer),), "iu")


def _read_parts(args, answer):
    n, n_valid, n_test, _ = args
    sizes = {"training": n - n_valid - n_test, "validation": n_valid, "test": n_test}
    return arrays(*(lambda args, part, what=what, k=k: read_array(part, f"the {what} part", (k,), "iu")
                    for what, k in sizes.items()))(args, answer)


def _cut(rows, n_valid, n_test):
    return rows[n_valid + n_test:], rows[:n_valid], rows[n_valid:n_valid + n_test]


def _three_draws(n, n_valid, n_test, rng):
    return tuple(rng.choice(n, k, replace=False) for k in (n - n_valid - n_test, n_valid, n_test))


def _test_is_validation(n, n_valid, n_test, rng):
    rows = rng.permutation(n)
    return rows[n_valid + n_test:], rows[:n_valid], rows[:n_test]


def _with_repeats(n, n_valid, n_test, rng):
    return _cut(rng.integers(n, size=n), n_valid, n_test)


EXERCISES = (
    Exercise(
        "three_parts", answers("f(n, n_valid, n_test, rng) -> training, validation, test", _read_parts),
        (no_picture_is_in_two_parts, the_parts_are_drawn, the_same_generator_draws_the_same),
        "lesson 11, section 3", {
            "Each part is sampled by itself, so a picture can be in two of them. Make one permutation and cut it.":
                _three_draws,
            "Numbers are sampled with repeats. rng.permutation(n) has each of them once.": _with_repeats,
            "The test part begins where the validation part begins; it must begin behind it.": _test_is_validation,
            "Nothing is random: the rows stay in the order in which they come. Begin with rng.permutation(n).":
                lambda n, n_valid, n_test, rng: _cut(np.arange(n), n_valid, n_test),
        }, hints=(
            "rng.permutation(n) has all numbers from 0 to n - 1 in a random order. Call it once.",
            "Cut it into three: rows[:n_valid], the next n_test, and the rest.",
            "Return them in the order training, validation, test.",
        )),
    Exercise(
        "choose", answers("f(valid, test) -> option, accuracy", arrays(number("option"), number("accuracy"))),
        (equals(slow_choose, trials(), hard=(
                    Case(valid=np.array([[90.0, 99.0], [95.0, 95.0]]), test=np.array([[99.0, 99.0], [94.0, 92.0]])),
                    Case(valid=np.array([[91.0, 92.0, 93.0]]), test=np.array([[90.0, 95.0, 97.0]])),
                    Case(valid=np.array([[90.0, 91.0, 98.0], [92.0, 93.0, 91.0]]),
                         test=np.array([[90.0, 91.0, 95.0], [92.0, 96.0, 97.0]])),
                    Case(valid=np.array([[91.0], [90.0], [92.0]]), test=np.array([[97.0], [96.0], [95.0]]))),
                formula="option = argmax of mean(valid), accuracy = mean(test[option])",
                source="lesson 11, sections 1 and 6",
                statement="The validation pictures choose, the test pictures report.",
                mistake="Which row of valid has the best mean? The report is the mean of that row of test."),
         the_choice_does_not_see_the_test),
        "lesson 11, section 3, and the last part of section 6", {
            "The option is chosen by the test accuracies. They must not be looked at before the choice is made.":
                lambda valid, test: (test.mean(axis=1).argmax(), test.mean(axis=1).max()),
            "The accuracy reported is that of the validation pictures, which have chosen and so flatter.":
                lambda valid, test: (valid.mean(axis=1).argmax(), valid.mean(axis=1).max()),
            "The best single seed chooses; wanted is the best mean over the seeds.":
                lambda valid, test: (valid.max(axis=1).argmax(), test[valid.max(axis=1).argmax()].mean()),
            "The mean goes over the options and chooses a seed; the seeds are the columns: axis=1.":
                lambda valid, test: (valid.mean(axis=0).argmax(), test[valid.mean(axis=0).argmax()].mean()),
            "The best seed's test accuracy is reported; wanted is the mean over the seeds.":
                lambda valid, test: (valid.mean(axis=1).argmax(), test[valid.mean(axis=1).argmax()].max()),
        }, hints=(
            "The choice is made on the validation accuracies alone: the best mean over the seeds.",
            "valid.mean(axis=1) is a mean for each option. argmax gives the number of the largest.",
            "The report is the mean of the chosen option's row of test.",
        )),
    Exercise(
        "paired", answers("f(a, b) -> mean, error", arrays(number("mean"), number("error"))),
        (the_error_is_that_of_the_differences, the_mean_is_that_of_the_differences),
        "lesson 11, section 2", {
            "The spread divides by n; with the mean taken from the same numbers it is n - 1: ddof=1.":
                lambda a, b: ((b - a).mean(), (b - a).std() / np.sqrt(len(a))),
            "This is the spread s of the differences; the standard error of their mean is s / sqrt(n).":
                lambda a, b: ((b - a).mean(), (b - a).std(ddof=1)),
            "This is the variance of the differences over sqrt(n); the spread is the root of the variance.":
                lambda a, b: ((b - a).mean(), (b - a).var(ddof=1) / np.sqrt(len(a))),
            "The spread is divided by n; it must be divided by the square root of n.":
                lambda a, b: ((b - a).mean(), (b - a).std(ddof=1) / len(a)),
            "The pairs are torn apart: the error is that of two independent means. Take the spread of b - a.":
                lambda a, b: (b.mean() - a.mean(), np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / len(a))),
            "The differences are a - b; wanted is b - a, positive where b is better.":
                lambda a, b: ((a - b).mean(), (b - a).std(ddof=1) / np.sqrt(len(a))),
        }, hints=(
            "Take the differences first: d = b - a. Everything else is done with d.",
            "The spread s has n - 1 below the fraction line: d.std(ddof=1).",
            "The standard error of a mean of n numbers is s / sqrt(n).",
        ), right=lambda a, b: slow_paired(a, b)[:2]),
    Exercise(
        "accuracy_error", answers("f(p, n) -> error", lambda args, a: number("error")(args, a)),
        (equals(slow_accuracy_error, measurements(), hard=(Case(p=1.0, n=100), Case(p=0.0, n=9), Case(p=0.5, n=1)),
                formula="sqrt(p (1 - p) / n)",
                source="the binomial distribution; lesson 11, section 7",
                statement="A picture is right with probability p; the accuracy is the mean of n such numbers.",
                mistake="The variance of one picture is p (1 - p). What is it for a mean of n, and its root?"),),
        "lesson 11, section 7", {
            "This is the variance of the accuracy; the standard error is its square root.":
                lambda p, n: p * (1 - p) / n,
            "This is the spread of one picture; for the mean of n of them divide by sqrt(n).":
                lambda p, n: np.sqrt(p * (1 - p)),
            "n - 1 is for a spread taken from the numbers themselves. Here p gives it, and n pictures divide it.":
                lambda p, n: np.sqrt(p * (1 - p) / (n - 1)),
            "n stands outside of the square root; it belongs inside, or sqrt(n) below the fraction line.":
                lambda p, n: np.sqrt(p * (1 - p)) / n,
            "The factor 1 - p is missing: a net that is always right has no spread.": lambda p, n: np.sqrt(p / n),
        }, hints=(
            "Each picture is right (1) with probability p, or wrong (0). The variance of one such number is p (1 - "
            "p).",
            "The variance of a mean of n of them is that divided by n; the standard error is its square root.",
        )),
    Exercise(
        "rounds", answers("f(n_remove, every) -> counts", _read_counts), (each_round_counts,),
        "lesson 11, section 4: naive_rounds", {
            "The last round removes too many: it must end at n_remove.":
                lambda n_remove, every: [*range(every, n_remove + every, every)],
            "The last round is left out where n_remove is no multiple of every.":
                lambda n_remove, every: [*range(every, n_remove + 1, every)],
            "Where n_remove is a multiple of every, it stands there twice: the last round removes nothing.":
                lambda n_remove, every: [*range(every, n_remove + 1, every), n_remove],
            "Where n_remove is a multiple of every, the last round is missing.":
                lambda n_remove, every: [*range(every, n_remove, every)] + [n_remove] * (n_remove % every > 0),
            "The list begins with 0, before the first round; wanted are the counts after each round.":
                lambda n_remove, every: [*range(0, n_remove, every), n_remove],
            "These are the removals of each round; wanted are the counts so far, their running sum.":
                lambda n_remove, every: np.diff([*range(0, n_remove, every), n_remove]).tolist(),
        }, hints=(
            "range(every, n_remove, every) has all counts but the last.",
            "The last one is always n_remove. range leaves its end out, so it is never there twice.",
        ), right=lambda n_remove, every: [*range(every, n_remove, every), n_remove]),
)
