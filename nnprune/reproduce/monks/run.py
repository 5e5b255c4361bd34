"""The MONK's problems: how few weights OBS leaves with no loss of accuracy (Hassibi & Stork 1992).

Nets of 17-3-1, 17-2-1 and 17-2-1 units with biases, 58, 39 and 39 weights, sigmoid hidden units and a linear output
that is trained on 0 and 1 by the squared error (class 1 above 1/2). Each seed's net is trained on the original training
file to a minimum of E + decay/2 |w|^2 by L-BFGS, all cases at once; OBS then removes one weight after the other, biases
counted and removed like weights, H recomputed after each removal, with no retraining.

*The decay* is the largest of a few at which at least half the seeds reach the paper's training accuracy (100, 100 and
93.4 %): it reads training data and that one published figure. The smallest one, if none does.

*No loss*, as in the paper's table, is about the training and the test accuracy. So the test cases choose the size of
the net; beside it stands what a rule gives that reads training data alone. Both take the smallest net of the sequence.

*Weight decay and OBS.* At the minimum the gradient of E is not 0 but -decay w: what was minimised is E + decay/2 |w|^2,
and its Hessian is H + decay I. OBS gets that one, so nothing is left to choose. The paper has H + alpha I with a small
alpha; a table shows what OBS leaves for alphas over its range. It matters: H alone is singular (the inputs of an
attribute add up to 1, as the bias's does), and the smaller alpha, the further a removal may move the others in
directions in which H says that nothing happens.
"""

from __future__ import annotations

import numpy as np

from .nets import METHODS, describe, fit, percent, read_off, samples, sequence, smallest, start
from .text import findings

TITLE = "Optimal Brain Surgeon on the MONK's problems (Hassibi & Stork 1992)"
DATA = "monks"
SETTINGS = {
    "seeds": 20,
    "activation": "sigmoid",
    "sizes": {"1": [17, 3, 1], "2": [17, 2, 1], "3": [17, 2, 1]},
    "decays": [1e-2, 3e-3, 1e-3, 3e-4, 1e-4],
    "alphas": [1e-8, 1e-7, 1e-6, 1e-5, 1e-4],  # the paper's range
    "reached": {"1": 100.0, "2": 100.0, "3": 93.4},  # the paper's training accuracies, in %
}
QUICK = {"seeds": 3, "decays": [1e-2, 1e-3], "alphas": [1e-8, 1e-4]}


def run(job):
    """Train, prune and read, for every problem and seed."""
    job.expect(3 * (3 + len(job.seeds) * (2 + len(METHODS))))
    decays = dict(zip("123", job.map(choose_decay, {f"MONK-{p}, weight decay": (p,) for p in "123"})))
    rows = job.map(one_seed, {f"MONK-{p}, seed {seed}": (p, seed, decays[p]["decay"])
                              for p in "123" for seed in job.seeds})
    n = len(job.seeds)
    problems = {p: summary(job, p, decays[p], rows[i * n:(i + 1) * n]) for i, p in enumerate("123")}
    found = job.map(last_net, {f"MONK-{p}, smallest": (p, problems[p]["best"], problems[p]["decay"]) for p in problems})
    nets, rules = ({p: pair[i] for p, pair in zip(problems, found)} for i in (0, 1))
    return findings(problems, nets, rules, job.seeds, job.settings)


def choose_decay(job, problem):
    """``decay_of``, as a step."""
    return job.step(f"MONK-{problem}, weight decay", lambda: decay_of(job, problem))


def last_net(job, problem, seed, decay):
    """The smallest net of a problem, and the rule that it follows."""
    net = job.net(f"MONK-{problem}, smallest", lambda: smallest_net(job, problem, seed, decay))
    return net, job.step(f"MONK-{problem}, rule", lambda: read_off(net, job.monks(int(problem))))


def decay_of(job, problem):
    """The largest decay at which half the seeds reach the paper's training accuracy, and what each decay gave."""
    x, y, *_ = samples(job.monks(int(problem)))
    goal, tried = job.settings.reached[problem], []
    for decay in job.settings.decays:
        accuracies = [percent(_dense(job, problem, seed, decay), x, y) for seed in job.seeds]
        tried.append([decay, float(np.mean([reaches(a, goal) for a in accuracies]))])
        if tried[-1][1] >= 0.5:
            break
    return {"decay": tried[-1][0], "tried": tried}


def reaches(accuracy, goal):
    """Whether an accuracy in %, printed with one decimal as the paper's, is the goal or above."""
    return round(accuracy, 1) >= goal


def _dense(job, problem, seed, decay):
    x, y, *_ = samples(job.monks(int(problem)))
    return fit(start(job.settings.sizes[problem], job.settings.activation, seed), x, y, decay)


def one_seed(job, problem, seed, decay):
    """One seed of one problem: the dense net and what each method leaves of it."""
    data, name = job.monks(int(problem)), f"MONK-{problem}, seed {seed}"
    x, y, x_test, y_test = samples(data)
    net = job.net(f"{name}, dense", lambda: _dense(job, problem, seed, decay))
    gradient = float(np.abs(net.gradient(x, y) + decay * net.parameters()).max())
    row = {"seed": seed, "dense": describe(net, data), "gradient": gradient,
           "objective": net.loss(x, y) + decay / 2 * float(net.parameters() @ net.parameters())}

    def prune(method, alpha=decay):
        nets = sequence(method, net, x, y, alpha)
        both, train_only = smallest(nets, x, y, x_test, y_test)
        return {"both": describe(nets[both], data), "train only": describe(nets[train_only], data)}

    row["alphas"] = job.step(f"{name}, OBS over alpha", lambda: [
        prune("OBS", alpha)["both"]["remaining"] for alpha in job.settings.alphas])
    return {**row, **{m: job.step(f"{name}, {m}", lambda m=m: prune(m)) for m in METHODS}}


def summary(job, problem, decay, rows):
    """All of a problem that the page needs; "used" are the seeds that reached the paper's training accuracy."""
    goal = job.settings.reached[problem]
    used = [r for r in rows if reaches(r["dense"]["train"], goal)]
    sizes = job.settings.sizes[problem]
    n = sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))
    best = min(used or rows, key=lambda r: (r["OBS"]["both"]["effective"], r["OBS"]["both"]["remaining"], r["seed"]))
    return {"problem": problem, "rows": rows, "used": used or rows, "reached": len(used), "goal": goal, "weights": n,
            "sizes": sizes, "best": best["seed"], **decay}


def smallest_net(job, problem, seed, decay):
    """The net that OBS leaves of a seed: with the fewest weights that have an effect."""
    data = job.monks(int(problem))
    net = _dense(job, problem, seed, decay)
    nets = sequence("OBS", net, *samples(data)[:2], decay)
    return nets[smallest(nets, *samples(data))[0]]
