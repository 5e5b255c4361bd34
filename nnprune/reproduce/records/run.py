"""The best sparse LeNet-300-100 that we can make: one chain of nets, each pruned from the one before it.

    ratio    all weights / kept weights, biases not counted (0.6 % kept is 167x)
    t        soft target of a training image (``losses``)              (10,)
    z_k      output of teacher k for it                                (10,)
    T        temperature

1. *Teachers.* A few dense 784-300-100-10 nets are trained on the training images; nothing else is known to them.
2. *Soft targets* (Hinton, Vinyals & Dean 2015): t = softmax(mean_k z_k / T). From here on no label is used. With
   labels a net of 3,900 weights ends at 0 % training error; soft targets tell it how much each image is like
   the other digits, which is more to learn and less to memorise.
   ``records-labels`` (``labels``) is the same chain without teachers: on the labels, as the published nets, a little
   smoothed (Szegedy et al. 2016), t = (1 - eps) one-hot + eps / 10, from one dense net.
3. *The chain*: from the first teacher to 12x, from there to 23x, and so on. A stage prunes in rounds
   (``schedules.iterative``) at a constant high rate, then fine-tunes along a cosine, masks held. Both run on the
   compact net.

What is removed goes by magnitude. Saliencies with the curvature h in them (h w^2: Optimal Brain Damage; its square
root) made smaller nets, in fewer units, but no better ones after this much training.

All choices (targets, T, saliency, rate, length) were made with nets trained on the first 50,000 training images,
judged on the other 10,000. The nets here are trained on all 60,000 by the recipe that came out, and the test images are
read once, for the final figures. No image is distorted, shifted or added.
"""

from __future__ import annotations

import functools

import numpy as np

from ...nn.compaction import train_compact
from ...nn.losses import log_softmax
from ...nn.mlp import MLP
from ...nn.sgd import train
from ...pruning.magnitude import prune_magnitude
from ...pruning.schedules.iterative import prune_iteratively
from ..figures import save_lines
from ..findings import Claim, Findings, Statement, Table, mean_spread, seen

TITLE = "The best sparse LeNet-300-100 on MNIST without data augmentation: 12x to 167x"
DATA = "mnist"
SETTINGS = {"seeds": 3, "hidden": [300, 100], "ratios": [12, 23, 60, 68, 100, 167],
            "teachers": 4, "teacher_epochs": 15, "teacher_rate": 0.1, "weight_decay": 5e-4, "temperature": 2,
            "rounds": 40, "steps": 100, "epochs": 40, "learning_rate": 0.3,
            "targets": "soft"}
QUICK = {"seeds": 1, "hidden": [60, 30], "ratios": [12, 60], "teachers": 2, "teacher_epochs": 3, "rounds": 10,
         "steps": 10, "epochs": 5}

# Ratio: (test error in %, that of the dense net, source), and the goals of this project.
PUBLISHED = {12: (1.59, 1.64, "Han et al. 2015"), 23: (1.6, 1.6, "ADMM, Zhang et al. 2018"),
             60: (1.82, 1.81, "GSM, Ding et al. 2019"), 68: (1.92, 1.64, "Sparse VD, Molchanov et al. 2017"),
             100: (3.17, 2.28, "learning-compression, Carreira-Perpinan & Idelbayev 2018"),
             167: (3.77, 2.28, "learning-compression, Carreira-Perpinan & Idelbayev 2018")}
# Published at other ratios, for the figure: (share kept in %, test error in %).
OTHERS = {"DNS, Guo et al. 2016": [(1.8, 1.99)], "SNIP, Lee et al. 2019": [(5.0, 1.6), (2.0, 2.4)],
          "L-OBS, Dong et al. 2017": [(1.5, 1.96)], "learning-compression": [(3.0, 2.13)]}
FAIR = {"soft": "The nets learn from the soft targets of several dense nets, which saw the same images and no others; "
                "the published methods learn from labels alone. So nothing here is compared like with like, and there "
                "is no verdict: `records-labels` has the chain that is.",
        "labels": "The nets learn from labels alone, as the published ones. Their dense nets differ, so the verdict is "
                  "on what pruning costs: the rise over the own dense net."}
KEPT = ("The nets are kept beside this page, seed by seed and ratio by ratio: `nnprune.MLP.load` reads them.")
GOALS = {"soft": {60: 1.82, 68: 1.92, 100: 2.2, 167: 3.0}, "labels": {60: 1.85, 100: 2.3}}


def run(job):
    """Train the teachers, go down the chain, measure; see the head of ``reproduce``."""
    s = job.settings
    job.expect(len(job.seeds) * (s.teachers + len(s.ratios)))
    found = job.map(run_seed, {f"seed {seed}": (seed,) for seed in job.seeds})
    for seed, (_, nets) in zip(job.seeds, found):
        for ratio, net in nets.items():
            net.save(job.folder.path / f"seed-{seed}-{ratio}x.npz")
    return findings(job, [row for rows, _ in found for row in rows])


def run_seed(job, seed):
    """The rows of one seed, the teachers' and every ratio's, and the nets by their ratio."""
    s = job.settings
    teachers = [job.net(f"seed {seed}, teacher {k}", functools.partial(teacher, job, seed, k))
                for k in range(s.teachers)]
    # Made when the first stage needs them; a run that goes on from the disk may not.
    targets = functools.cache(lambda: soft_targets(teachers, job.mnist().x_train, s.temperature)
                              if s.targets == "soft" else smoothed(job.mnist().y_train, s.smoothing))
    nets, net = {}, teachers[0]
    for ratio in s.ratios:
        net = job.net(f"seed {seed}, {ratio}x", functools.partial(stage, job, net, targets, ratio, seed))
        nets[ratio] = net
    rows = [row_of(job, 1, seed, net) for net in teachers]
    return rows + [row_of(job, ratio, seed, net) for ratio, net in nets.items()], nets


def teacher(job, seed, k):
    """A dense net."""
    s, data = job.settings, job.mnist()
    net = MLP((data.x_train.shape[1], *s.hidden, 10), rng=[seed, k])
    train(net, data.x_train, data.y_train, epochs=s.teacher_epochs, learning_rate=s.teacher_rate,
          weight_decay=s.weight_decay, rng=[seed, k])
    return net


def soft_targets(teachers, x, temperature):
    """What the teachers say of the samples on average: t = softmax(mean_k z_k / T), shape (n, 10)."""
    z = sum(net.forward(x) for net in teachers) / len(teachers)
    return np.exp(log_softmax(z / temperature))


def smoothed(y, eps):
    """Labels as targets that are never quite sure: t = (1 - eps) one-hot + eps / 10, shape (n, 10).

    >>> smoothed(np.array([1]), 0.5)[0, :3]
    array([0.05, 0.55, 0.05], dtype=float32)
    """
    return (1 - eps) * np.eye(10, dtype=np.float32)[y] + np.float32(eps / 10)


def stage(job, net, targets, ratio, seed):
    """The net pruned on to the ratio, and fine-tuned."""
    s, x, seeds = job.settings, job.mnist().x_train, np.random.SeedSequence([seed, ratio]).spawn(2)
    r = prune_iteratively(net, x, targets(), lambda net, share: prune_magnitude(net, sparsity=share),
                          sparsity=1 - kept_at(net, ratio) / net.n_weights,
                          schedule="geometric" if net.sparsity else "cubic", rounds=s.rounds, retrain=s.steps,
                          compact=True, learning_rate=s.learning_rate, rng=seeds[0],
                          progress=job.progress(f"{ratio}x"))
    return train_compact(r.net, x, targets(), epochs=s.epochs, learning_rate=s.learning_rate, rng=seeds[1])


def kept_at(net, ratio):
    """How many weights are kept at the ratio.

    >>> kept_at(MLP((784, 300, 100, 10)), 167)
    1594
    """
    return round(net.n_weights / ratio)


def row_of(job, ratio, seed, net):
    """What is known of one net at the end: the only place where the test images are read."""
    data = job.mnist()
    return {"ratio": ratio, "seed": seed, "error": 100 * (1 - net.accuracy(data.x_test, data.y_test)),
            "train": 100 * (1 - net.accuracy(data.x_train, data.y_train)),
            "kept": [int(np.count_nonzero(W)) for W in net.weights],
            "exact": sum(int(M.sum()) for M in net.masks) == kept_at(net, ratio)
                     and not any(W[~M].any() for W, M in zip(net.weights, net.masks)),
            "sizes": [int(net.masks[0].any(axis=0).sum()), *(int(M.any(axis=1).sum()) for M in net.masks[:-1])]}


# -- what was found --------------------------------------------------------------------------------------------


def errors(rows, ratio, which="error"):
    """The errors of all nets of a ratio, in %."""
    return [row[which] for row in rows if row["ratio"] == ratio]


def rises(rows, ratio):
    """By how many points each net errs more than the dense net that it comes from, the first of its seed."""
    dense = {row["seed"]: row["error"] for row in reversed(rows) if row["ratio"] == 1}
    return [row["error"] - dense[row["seed"]] for row in rows if row["ratio"] == ratio]


def findings(job, rows):
    """Claims, a statement, a table and a figure from the rows."""
    s, ratios = job.settings, job.settings.ratios
    claims = [Claim(f"test error at {r}x, {kept_share(r)} of the weights kept (%)", errors(rows, r),
                    goal=GOALS[s.targets].get(r)) for r in ratios]
    if s.targets == "labels":
        claims += [Claim(f"rise over the own dense net at {r}x (points)", rises(rows, r),
                         round(PUBLISHED[r][0] - PUBLISHED[r][1], 2), rounding=0.01, source=source(r))
                   for r in ratios if r in PUBLISHED]
    exact = Statement("Every net keeps exactly round(weights / ratio) weights; all others are 0",
                      [all(row["exact"] for row in rows if row["seed"] == seed) for seed in job.seeds],
                      f"{len(rows)} nets counted")
    caption = "Test error of the chain against the share of weights kept, and published results."
    return Findings(claims, [exact], [table(rows, ratios)],
                    [recipe(s), f"**How to read it.** {FAIR[s.targets]} {KEPT}", seconds(job)],
                    {f"{job.name}.png": (caption, lambda file: draw(file, rows, ratios, s.targets))},
                    seen([["magnitude", "none (retrained on all)", "in retraining", "-"]]))


def source(ratio):
    """Where the published figures of a ratio stand.

    >>> source(60)
    'GSM, Ding et al. 2019: 1.82 %, dense 1.81 %'
    """
    error, dense, where = PUBLISHED[ratio]
    return f"{where}: {error:g} %, dense {dense:g} %"


def kept_share(ratio):
    """The share kept at a ratio as text.

    >>> kept_share(167)
    '0.6 %'
    """
    return f"{100 / ratio:.2g} %"


def table(rows, ratios):
    """Every net: its error, its weights layer by layer, and what is left of its inputs and units."""
    lines = []
    for r in [1, *ratios]:
        one = next(row for row in rows if row["ratio"] == r)
        lines.append([f"{r}x" if r > 1 else "teachers", f"{sum(one['kept']):,}", mean_spread(errors(rows, r)),
                      mean_spread(rises(rows, r)) if r > 1 else "-",
                      f"{PUBLISHED[r][0]:.2f} ({PUBLISHED[r][0] - PUBLISHED[r][1]:+.2f})"
                      if r in PUBLISHED else "-",
                      mean_spread(errors(rows, r, "train")), " + ".join(f"{k:,}" for k in one["kept"]),
                      "-".join(map(str, [*one["sizes"], 10]))])
    return Table("The chain", ["ratio", "weights not 0", "test error (%)", "rise over the own dense net",
                              "published error (rise)", "training error (%)", "by layer", "in use"],
                 lines, "*By layer* and *in use* (pixels read, units in use) are those of the first net. The "
                 "teachers' spread is over all of them.")


def recipe(s):
    """What was done, as text, from the settings."""
    dense = f"{s.teacher_epochs} epochs, learning rate {s.teacher_rate}, weight decay {s.weight_decay:g}"
    begin = (f"{s.teachers} dense nets a seed ({dense}) give the soft targets, at temperature {s.temperature}; no "
             "label is used after that." if s.targets == "soft" else
             f"One dense net a seed ({dense}), the first teacher of the chain with soft targets; the labels are "
             f"smoothed by {s.smoothing:g}; no other net gives anything to learn from.")
    return (f"**The recipe.** {begin} Each ratio begins with the net of the ratio before it: "
            f"{s.rounds} rounds of pruning, {s.steps} mini-batches at a learning rate of {s.learning_rate} after each, "
            f"then {s.epochs} epochs along a cosine to 0. The smallest weights go: magnitude.")


def seconds(job):
    """Where the time went, as text."""
    s, took = job.settings, job.folder.seconds
    parts = [("teachers", sum(v for name, v in took.items() if "teacher" in name))]
    parts += [(f"{r}x", sum(v for name, v in took.items() if name.endswith(f" {r}x"))) for r in s.ratios]
    return ("**Seconds**, over all seeds: " + ", ".join(f"{name} {v:.0f}" for name, v in parts)
            + ". Each ratio needs the teachers and the ratios before it.")


def draw(file, rows, ratios, targets):
    """Error against the share kept."""
    kept = [100 / r for r in ratios]
    dense = float(np.mean(errors(rows, 1)))
    marks = [(PUBLISHED[r][2].split(",")[0], 100 / r, PUBLISHED[r][0]) for r in ratios if r in PUBLISHED]
    marks += [(label, *point) for label, points in OTHERS.items() for point in points]
    chain = f"magnitude in rounds, {'soft targets' if targets == 'soft' else 'labels only'}"
    save_lines(file, {chain: (kept, [errors(rows, r) for r in ratios])}, keys={chain: "magnitude"},
               xlabel="share of the weights kept (%)", ylabel="test error (%)", title="One chain from dense to 167x",
               logx=True, xticks=[float(f"{k:.2g}") for k in kept], level=(f"dense, {dense:.2f} %", dense), marks=marks)
