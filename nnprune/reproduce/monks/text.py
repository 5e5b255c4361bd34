"""The MONK's experiment as text: claims, statements and notes, computed from its rows."""

from __future__ import annotations

import numpy as np

from ...datasets.monks import CASES, N_TRAIN
from ..findings import Claim, Findings, Statement, seen
from .figures import figures
from .nets import METHODS
from .tables import PUBLISHED, SOURCE, best, n_minima, of, tables


def findings(problems, nets, rules, seeds, settings):
    """All that was found: ``problems`` as ``summary`` makes them; the smallest net of each, and its rule."""
    cases = f"the training cases: {', '.join(map(str, N_TRAIN.values()))}"
    decays = ", ".join(f"{f['decay']:g}" for f in problems.values())
    sees = seen([["OBS", cases, "no", f"0; the weight decay times I: {decays}"], ["OBD", cases, "no", "-"],
                 ["magnitude", "none", "no", "-"]])
    return Findings(claims=claims(problems), statements=statements(problems, seeds),
                    tables=tables(problems, rules, settings.alphas), notes=notes(problems, rules),
                    figures=figures(problems, nets), seen=sees)


def claims(problems):
    """Weights left and accuracies beside the paper's."""
    out = []
    for p, found in problems.items():
        left, train, test = PUBLISHED[p]
        name, dense = f"MONK-{p}", [r["dense"] for r in found["used"]]
        out += [
            Claim(f"{name}: weights left of {found['weights']}, no loss of train and test accuracy",
                  of(found, "OBS", "both", "remaining"), left, "lower", SOURCE, note=_spread(found), digits=1),
            *(Claim(f"{name}: {what} accuracy, %", ours, published, "higher", SOURCE, digits=1)
              for what, ours, published in (("dense training", [d["train"] for d in dense], train),
                                            ("dense test", [d["test"] for d in dense], test),
                                            ("pruned training", of(found, "OBS", "both", "train"), train),
                                            ("pruned test", of(found, "OBS", "both", "test"), test))),
        ]
    return out


def _spread(found):
    left, minima = of(found, "OBS", "both", "remaining"), n_minima(found["used"])
    extent = f"from {min(left)} to {max(left)}" if min(left) < max(left) else f"always {min(left)}"
    return (f"{extent} over {len(left)} seeds, which ended in {minima} "
            f"different minim{'um' if minima == 1 else 'a'}; the paper has one net a problem")


def statements(problems, seeds):
    """OBS leaves no more weights than magnitude and OBD, seed by seed."""
    out = []
    for method in METHODS[1:]:
        holds, parts = dict.fromkeys(seeds, True), []
        for p, found in problems.items():
            for r in found["used"]:
                holds[r["seed"]] &= r["OBS"]["both"]["remaining"] <= r[method]["both"]["remaining"]
            means = [np.mean(of(found, m, "both", "remaining")) for m in ("OBS", method)]
            parts.append(f"MONK-{p} {means[0]:.1f} and {means[1]:.1f}")
        out.append(Statement(f"OBS leaves no more weights than {method}, on all three problems", list(holds.values()),
                             f"weights left by OBS and {method}: {', '.join(parts)}", "Hassibi & Stork 1992, abstract"))
    return out


def notes(problems, rules):
    """Selection on test data, and what the rules are."""
    same = {p: of(f, "OBS", "both", "remaining") == of(f, "OBS", "train only", "remaining")
            for p, f in problems.items()}
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
        means = [np.mean(of(f, m, "both", "remaining")) for m in METHODS]
        if np.ptp(means) < 0.05:
            lines.append(f"On MONK-{p} the three methods leave the same number of weights: this problem, trained with "
                         f"a decay of {f['decay']:g}, does not tell them apart.")
    for p, f in problems.items():
        b = best(f)
        if b["remaining"] != b["effective"]:
            lines.append(f"MONK-{p}'s smallest net has {b['remaining']} weights left, of which {b['effective']} have "
                         f"an effect.")
    return lines
