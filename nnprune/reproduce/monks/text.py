"""What the MONK's experiment has to say: claims, tables, notes and the drawing, all computed from its rows."""

from __future__ import annotations

import numpy as np

from ...datasets.monks import CASES
from ..findings import Claim, Statement, Table, mean_spread
from .figures import net_links, save_nets
from .nets import METHODS

SOURCE = "Hassibi & Stork 1992, Table 1"
# Weights left by OBS; training and test accuracies of the dense net, which are also those of the pruned one.
PUBLISHED = {"1": (14, 100.0, 100.0), "2": (15, 100.0, 100.0), "3": (4, 93.4, 97.2)}
WEIGHTS, POINTS = 1.0, 0.5  # tolerances: one weight, half a point


def of(problem, method, rule, key):
    """One figure of all seeds that count."""
    return [r[method][rule][key] for r in problem["used"]]


def claims(problems):
    """Weights left and accuracies beside the paper's."""
    out = []
    for p, found in problems.items():
        left, train, test = PUBLISHED[p]
        name, dense = f"MONK-{p}", [r["dense"] for r in found["used"]]
        out += [
            Claim(f"{name}: weights left of {found['weights']}, no loss of train and test accuracy",
                  of(found, "OBS", "both", "left"), left, WEIGHTS, "lower", SOURCE, note=_spread(found), digits=1),
            *(Claim(f"{name}: {what} accuracy, %", ours, published, POINTS, "higher", SOURCE, digits=1)
              for what, ours, published in (("dense training", [d["train"] for d in dense], train),
                                            ("dense test", [d["test"] for d in dense], test),
                                            ("pruned training", of(found, "OBS", "both", "train"), train),
                                            ("pruned test", of(found, "OBS", "both", "test"), test))),
        ]
    return out


def _spread(found):
    left, minima = of(found, "OBS", "both", "left"), n_minima(found["used"])
    extent = f"from {min(left)} to {max(left)}" if min(left) < max(left) else f"always {min(left)}"
    return (f"{extent} over {len(left)} seeds, which ended in {minima} "
            f"different minim{'um' if minima == 1 else 'a'}; the paper has one net a problem")


def n_minima(rows):
    """How many different values the objective has at the minima reached, to a part in 1e5."""
    values = np.sort([r["objective"] for r in rows])
    return 1 + int((np.diff(values) > 1e-5 * values[1:]).sum())


def statements(problems, seeds):
    """OBS leaves no more weights than magnitude and OBD, seed by seed."""
    out = []
    for method in METHODS[1:]:
        holds, parts = dict.fromkeys(seeds, True), []
        for p, found in problems.items():
            for r in found["used"]:
                holds[r["seed"]] &= r["OBS"]["both"]["left"] <= r[method]["both"]["left"]
            means = [np.mean(of(found, m, "both", "left")) for m in ("OBS", method)]
            parts.append(f"MONK-{p} {means[0]:.1f} and {means[1]:.1f}")
        out.append(Statement(f"OBS leaves no more weights than {method}, on all three problems", list(holds.values()),
                             f"weights left by OBS and {method}: {', '.join(parts)}", "Hassibi & Stork 1992, abstract"))
    return out


def tables(problems, rules):
    """Dense nets, weights left by method and rule, and the rules read off."""
    return [_dense_table(problems), _left_table(problems), _rule_table(problems, rules)]


def _dense_table(problems):
    body = []
    for p, f in problems.items():
        d = [r["dense"] for r in f["rows"]]
        tried = "; ".join(f"{decay:g}: {100 * share:.0f} %" for decay, share in f["tried"])
        body.append([f"MONK-{p}", "-".join(map(str, f["sizes"])), f"{f['decay']:g}", tried,
                     f"{f['reached']} of {len(f['rows'])}", mean_spread([v["train"] for v in d], 1),
                     mean_spread([v["test"] for v in d], 1), n_minima(f["rows"]),
                     f"{max(r['gradient'] for r in f['rows']):.0e}"])
    return Table("The dense nets, all seeds",
                 ["problem", "net", "decay", "seeds at the paper's training accuracy, by decay", "seeds that count",
                  "train %", "test %", "minima", "gradient"], body,
                 "The seeds that do not reach the paper's training accuracy are left out of everything below and above "
                 "(where none does, all are kept). Minima: different values of the objective. Gradient: the largest "
                 "entry left in any seed's gradient of the objective.")


def _left_table(problems):
    body = []
    for p, f in problems.items():
        for method in METHODS:
            both, alone = of(f, method, "both", "left"), of(f, method, "train only", "left")
            effective = of(f, method, "both", "effective")
            body.append([f"MONK-{p}", method, mean_spread(both, 1), f"{min(both)} to {max(both)}",
                         mean_spread(effective, 1), str(min(effective)), mean_spread(alone, 1),
                         mean_spread(of(f, method, "train only", "test"), 1)])
    return Table("Weights left with no loss, no retraining",
                 ["problem", "method", "left", "range", "in effect", "fewest in effect", "left, by training data alone",
                  "their test %"], body,
                 "\"Left\" chooses the size of the net by training and test accuracy, as the paper's table does (not "
                 "below those of the seed's own dense net); \"by training data alone\" reads the training accuracy "
                 "only. In effect: without the weights of units that nothing enters or nothing leaves. All three "
                 "methods rank anew after each removal; only OBS changes the other weights.")


def _rule_table(problems, rules):
    body = []
    for p, f in problems.items():
        rule = rules[p]
        agrees = "-" if rule["agrees"] is None else f"{rule['agrees']} of {len(CASES)}"
        body.append([f"MONK-{p}", f"seed {f['best']}, {_best(f)['effective']} weights",
                     ", ".join(f"a{a}" for a in rule["attributes"]), rule["sentence"], agrees,
                     f"{rule['true']} of {len(CASES)}"])
    return Table("The rule read off the smallest net",
                 ["problem", "net", "attributes read", "rule", "agrees with the net", "net agrees with the true rule"],
                 body,
                 "Found by a search for the fewest terms (`nnprune/reproduce/monks/rules.py`) and compared with the "
                 "net on all 432 cases.")


def _best(found):
    return next(r for r in found["used"] if r["seed"] == found["best"])["OBS"]["both"]


def notes(problems, rules):
    """Selection on test data, and what the rules are."""
    same = {p: of(f, "OBS", "both", "left") == of(f, "OBS", "train only", "left") for p, f in problems.items()}
    agree = [f"MONK-{p}" for p, s in same.items() if s]
    lines = ["**The size of the net is chosen on test data**, as in the paper's table, whose test set is all 432 "
             "cases. " + (f"For {', '.join(agree)} the training data alone choose the same nets." if agree else
                "The training data alone choose other nets: see the table.")]
    if rules["3"]["sentence"] == "class 1 if a2 != 3 and a5 != 4":
        true, every = rules["3"]["true"], len(CASES)
        lines.append(f"MONK-3's net has found one half of the true rule, a5 != 4 and a2 != 3, and leaves out the "
                     f"other, a5 = 3 and a4 = 1. That is right on {true} of {every} cases, {100 * true / every:.1f} %; "
                     f"the paper's test accuracy is {PUBLISHED['3'][2]} %.")
    for p, f in problems.items():
        means = [np.mean(of(f, m, "both", "left")) for m in METHODS]
        if np.ptp(means) < 0.05:
            lines.append(f"On MONK-{p} the three methods leave the same number of weights: this problem, trained with "
                         f"a decay of {f['decay']:g}, does not tell them apart.")
    for p, f in problems.items():
        best = _best(f)
        if best["left"] != best["effective"]:
            lines.append(f"MONK-{p}'s smallest net has {best['left']} weights left, of which {best['effective']} have "
                         f"an effect.")
    return lines


def drawing(problems, nets):
    """The smallest nets, one panel a problem."""
    panels = []
    for p, f in problems.items():
        b = _best(f)
        effect = "" if b["left"] == b["effective"] else f" ({b['effective']} in effect)"
        panels.append((f"MONK-{p}: {b['left']} of {f['weights']} weights{effect}\n"
                       f"train {b['train']:.1f} %, test {b['test']:.1f} %", net_links(nets[p])))
    caption = ("The smallest nets that OBS leaves, each of the best seed: every line is a weight, blue positive, "
               "vermilion negative, as wide as it is large within its net. Inputs without a line are not read; the "
               "class is 1 where the output is above 1/2.")
    return {"nets.png": (caption, lambda file: save_nets(file, panels, "What OBS leaves of the MONK's nets"))}
