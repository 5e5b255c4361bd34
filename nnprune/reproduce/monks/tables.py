"""The MONK's nets as tables: dense, pruned by every method, and the rules read off them."""

from __future__ import annotations

import numpy as np

from ...datasets.monks import CASES
from ..findings import Table, mean_spread
from .nets import METHODS

SOURCE = "Hassibi & Stork 1992, Table 1"
# Weights left by OBS; training and test accuracies of the dense net, which are also those of the pruned one. The
# weights agree with the abstract, where OBS removes 90, 76 and 62 %: 1 - 4/39, 1 - 14/58, 1 - 15/39.
PUBLISHED = {"1": (14, 100.0, 100.0), "2": (15, 100.0, 100.0), "3": (4, 93.4, 97.2)}


def of(problem, method, rule, key):
    """One figure of all seeds that count."""
    return [r[method][rule][key] for r in problem["used"]]


def n_minima(rows):
    """How many different values the objective has at the minima reached, to a part in 1e5."""
    values = np.sort([r["objective"] for r in rows])
    return 1 + int((np.diff(values) > 1e-5 * values[1:]).sum())


def tables(problems, rules, alphas):
    """Dense nets, weights left by method and rule and by OBS over alpha, and the rules read off."""
    return [_dense_table(problems), _left_table(problems), _alpha_table(problems, alphas), _rule_table(problems, rules)]


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
            both, alone = of(f, method, "both", "remaining"), of(f, method, "train only", "remaining")
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
                 "methods rank again after each removal; only OBS changes the other weights.")


def _alpha_table(problems, alphas):
    def cells(left):
        return [f"{mean_spread(of, 1)}, {min(of)} to {max(of)}" for of in left]

    used = [f["used"] for f in problems.values()]
    decays = ", ".join(f"{f['decay']:g}" for f in problems.values())
    rows = [[f"{alpha:g}", *cells([[r["alphas"][k] for r in seeds] for seeds in used])]
            for k, alpha in enumerate(alphas)]
    rows.append([f"the decay: {decays}", *cells([of(f, "OBS", "both", "remaining") for f in problems.values()])])
    return Table("OBS with H + alpha I: weights left with no loss, over alpha",
                 ["alpha", *(f"MONK-{p}" for p in problems)], rows,
                 "The last row is that of the claims: the Hessian of what was minimised, with nothing to choose. No "
                 "other damping in any row.")


def _rule_table(problems, rules):
    body = []
    for p, f in problems.items():
        rule = rules[p]
        agrees = "-" if rule["agrees"] is None else f"{rule['agrees']} of {len(CASES)}"
        body.append([f"MONK-{p}", f"seed {f['best']}, {best(f)['effective']} weights",
                     ", ".join(f"a{a}" for a in rule["attributes"]), rule["sentence"], agrees,
                     f"{rule['true']} of {len(CASES)}"])
    return Table("The rule read off the smallest net",
                 ["problem", "net", "attributes read", "rule", "agrees with the net", "net agrees with the true rule"],
                 body,
                 "Found by a search for the fewest terms (`nnprune/reproduce/monks/rules.py`) and compared with the "
                 "net on all 432 cases.")


def best(found):
    return next(r for r in found["used"] if r["seed"] == found["best"])["OBS"]["both"]
