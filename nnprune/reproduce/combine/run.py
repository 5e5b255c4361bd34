"""Combining the methods: the course report's future work, at an equal training budget.

Every plan takes the same dense net to the same sparsity with the same number of epochs of retraining, in the same
rounds; what differs is which method prunes in which round. (Two plain ones prune in one shot, for comparison.) The
plans are lists of ``stages``: a new combination is one more word in ``WORDS``.

The nets are trained on all training images but the last ``validation`` ones. Those decide which plan is called the
best, plain or combined. The test images are read once, when that is decided, for the last column of the table.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from ...pruning.schedules.stages import Plan, lobs, magnitude, obd, obs, retrain, run_stages
from ..figures import save
from ..findings import Claim, Findings, Table, mean_spread, paired, seen
from ..job import trained_net
from ..significance import mcnemar

TITLE = "Combinations of methods at an equal training budget: the report's future work"
DATA = "mnist"

ONE_SHOT = ", one shot"
LETTERS = {"M": magnitude, "D": obd, "L": lobs, "S": partial(obs, refresh=None, calibration=500)}
# A plan as a word: the method of every round, one letter each; a word of one letter is one shot. The names of those
# that stay with one method begin with "plain".
WORDS = {f"plain magnitude{ONE_SHOT}": "M", f"plain L-OBS{ONE_SHOT}": "L",
         "plain magnitude": "MMMMM", "plain OBD": "DDDDD", "plain L-OBS": "LLLLL",
         "L-OBS first, then magnitude": "LMMMM", "magnitude and L-OBS in turn": "MLMLM",
         "magnitude twice, then L-OBS": "MMLLL", "L-OBS twice, then magnitude": "LLMMM",
         "magnitude twice, then OBD": "MMDDD", "magnitude, OBD at the end": "MMMMD",
         "magnitude, L-OBS at the end": "MMMML", "magnitude, full OBS at the end": "MMMMS"}


# The learning rate is the best for plain magnitude on the validation part of seed 0: 97.04 % of it were right after
# retraining with 0.1, 97.49 % with 0.2, 97.48 % with 0.3.
RETRAINING = {"learning_rate": 0.2, "weight_decay": 1e-4}
SETTINGS = {"seeds": 3, "hidden": [300, 100], "epochs": 10, "learning_rate": 0.1, "weight_decay": 1e-4,
            "validation": 10_000, "levels": [0.8, 0.9, 0.95, 0.98, 0.99], "budget": 10, "plans": WORDS}
QUICK = {"seeds": 1, "hidden": [40, 20], "epochs": 5, "validation": 1000, "levels": [0.7, 0.8, 0.9, 0.96, 0.98],
         "budget": 5}


def plan_of(word, s):
    """The plan that a word stands for: it ends at the last of the ``levels``, the ``budget`` of epochs shared out.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> s = SimpleNamespace(levels=[0.8, 0.9], budget=6)
    >>> plan_of("M", s)
    magnitude to 0.9, then retrain 6 epochs (learning_rate=0.2, weight_decay=0.0001)
    >>> len(plan_of("ML", s)), plan_of("ML", s)[2]
    (4, exact L-OBS to 0.9)
    """
    pruning = [LETTERS[letter](to=to) for letter, to in zip(word, s.levels[-len(word):], strict=True)]
    training = retrain(epochs=s.budget // len(word), **RETRAINING)
    return Plan([stage for one in pruning for stage in (one, training)])


# The published nets have the same layers and are dense at 2.28 %.
SOURCE = "Carreira-Perpinan & Idelbayev, CVPR 2018: 1 % kept, dense 2.28 %"
PUBLISHED = {"magnitude + retraining": 4.58, "learning-compression": 3.17}


def run(job):
    """Train, run all plans, choose on validation data, measure; see the head of ``reproduce``."""
    s, data = job.settings, job.mnist()
    budgets = {plan_of(word, s).epochs for word in s.plans.values()}
    if len(budgets) > 1:
        raise ValueError(f"the plans have the budgets {sorted(budgets)}, but an equal one is needed to compare them")
    job.expect(len(job.seeds) * (1 + len(s.plans)))
    found = job.map(run_seed, {f"seed {seed}": (seed,) for seed in job.seeds})
    nets = {(name, seed): net for seed, of_seed in zip(job.seeds, found) for name, net in of_seed.items()}
    n = len(data.x_train) - s.validation
    validation = errors(nets, job, data.x_train[n:], data.y_train[n:])
    best = {kind: min(names, key=lambda name: np.mean(validation[name])) for kind, names in kinds(s.plans).items()}
    disagree = [mcnemar(*(nets[best[kind], seed].predict(data.x_test) == data.y_test for kind in ("plain", "combined")))
                for seed in job.seeds]
    return findings(job, best, validation, errors(nets, job, data.x_test, data.y_test), disagree)


def run_seed(job, seed):
    """The dense net of a seed, and what every plan makes of it: {name: net}."""
    s, data = job.settings, job.mnist()
    x, y = data.x_train[:-s.validation], data.y_train[:-s.validation]
    before = job.net(f"seed {seed}, dense", lambda: trained_net(x, y, s, seed))
    made = {(): before}
    return {"dense": before, **{name: job.net(f"seed {seed}, {name}",
                                              lambda w=word: carried_out(plan_of(w, s), made, x, y, seed))
                                for name, word in s.plans.items()}}


def carried_out(plan, made, x, y, seed):
    """What a plan makes of the dense net ``made[()]``, begun where another plan with the same first stages got to.

    ``made`` has the nets after the first stages of the plans before, and gets this one's.
    """
    done = max(k for k in range(len(plan)) if plan[:k] in made)

    def keep(number, stage, net, seconds):
        made[plan[:number]] = net

    return run_stages(made[plan[:done]], x, y, plan, rng=seed, done=done, callback=keep).net


def errors(nets, job, x, y):
    """From a plan's name to its nets' errors on (x, y) in %, one a seed."""
    names = dict.fromkeys(name for name, _ in nets)
    return {name: [100 * (1 - nets[name, seed].accuracy(x, y)) for seed in job.seeds] for name in names}


def kinds(names):
    """The names of the plain methods and of the combinations."""
    return {kind: [name for name in names if name.startswith("plain") == (kind == "plain")]
            for kind in ("plain", "combined")}


# -- what was found --------------------------------------------------------------------------------------------


def findings(job, best, validation, test, disagree):
    """Claims, a statement, tables, words and a figure; ``disagree``: McNemar's test of the two best, one a seed."""
    s, plain, combined = job.settings, best["plain"], best["combined"]
    beside = {next(iter(s.plans)): "magnitude + retraining", plain: "learning-compression",
              combined: "learning-compression"} if s.levels[-1] == 0.99 else {}
    claims = [Claim(f"test error at 99 % removed: {name}; published: {published} (%)", test[name],
                    PUBLISHED[published], source=SOURCE) for name, published in beside.items()]
    claim = paired(f"combining helps: \"{combined}\" errs less than \"{plain}\" (%)", test[combined], test[plain])
    caption = "The test error of every plan: a dot for every seed, a line at the mean. Best first, by validation error."
    return Findings(claims, [claim], [error_table(s, validation, test), plan_table(s)],
                    answer(job, best, validation, test, disagree),
                    {"combine.png": (caption, lambda file: draw(file, s, validation, test))}, seen(
                        [["magnitude", "none", "no", "-"], ["OBD", "10,000", "yes", "-"],
                         ["exact L-OBS", "10,000", "no", "0.001"], ["full OBS", "500", "yes", "0.1"]]))


def ranked(s, validation):
    """The plans, best first, by the mean validation error."""
    return sorted(s.plans, key=lambda name: np.mean(validation[name]))


def error_table(s, validation, test):
    """Validation and test errors of every plan, best first."""
    names = [*ranked(s, validation), "dense"]
    return Table(f"Error in % at {100 * s.levels[-1]:g} % removed, every plan with "
                 f"{s.budget} epochs of retraining", ["plan", "validation", "test"],
                 [[name, mean_spread(validation[name]), mean_spread(test[name])] for name in names],
                 "Best first, by the validation error.")


def plan_table(s):
    """The plans as text, without the options that all of them share."""
    told = ", ".join(f"{name}={value!r}" for name, value in RETRAINING.items())
    rows = [[name, str(plan_of(word, s)).replace(f" ({told})", "")] for name, word in s.plans.items()]
    return Table("The plans", ["plan", "stages"], rows, f"All retraining with {told}. `nnprune.run_stages(net, x, y, "
                 "[magnitude(to=0.8), retrain(epochs=2), ...])` runs such a plan.")


def answer(job, best, validation, test, disagree):
    """What the figures say, with what chance alone would do."""
    plain, combined = best["plain"], best["combined"]
    seeds = "; ".join(f"{i} and {j} (p = {p:.2g})" for i, j, p in disagree)
    winner = min(best.values(), key=lambda name: np.mean(validation[name]))
    combinations = kinds(job.settings.plans)["combined"]
    better = [name for name in combinations if np.mean(validation[name]) < np.mean(validation[plain])]
    notes = [f"**Does combining help?** By the validation error the best plan of all is \"{winner}\"; the best "
             f"combination is \"{combined}\", the best plain method \"{plain}\". On the test images these two err "
             f"{mean_spread(test[combined])} % and {mean_spread(test[plain])} %. Test images that only the plain one "
             f"has right and that only the combination has, seed by seed, with McNemar's exact p: {seeds}. "
             f"{len(better)} of {len(combinations)} combinations are better than the best plain method on validation."]
    return notes + rounds_note(test)


def rounds_note(test):
    """What rounds are worth beside one shot, of the plain methods that were run both ways."""
    gains = [f"{name} errs {np.mean(test[name]):.2f} % in rounds and {np.mean(test[name + ONE_SHOT]):.2f} % in one shot"
             for name in test if name + ONE_SHOT in test]
    return [f"**What else the table says.** The rounds count as well: {'; '.join(gains)}."] if gains else []


def draw(file, s, validation, test):
    """A dot for every net's test error, a line at the mean; plain and combined in two colours."""
    from ...plots import STYLES, Figure  # only now: matplotlib takes half a second to import
    names = ranked(s, validation)[::-1]
    figure = Figure(figsize=(8, 0.34 * len(names) + 1.4), layout="constrained")
    axes = figure.subplots()
    for (kind, own), (color, marker) in zip(kinds(names).items(), (STYLES[0], STYLES[4])):
        for name in own:
            row, mean = names.index(name), np.mean(test[name])
            axes.plot(test[name], [row] * len(test[name]), linestyle="", marker=marker, markersize=5, color=color,
                      label=kind if name == own[0] else None)
            axes.plot([mean, mean], [row - 0.3, row + 0.3], color=color)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="test error (%)", title=f"{100 * s.levels[-1]:g} % removed, the same budget of retraining for all")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    save(figure, file)
