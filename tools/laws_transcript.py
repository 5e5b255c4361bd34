"""Make docs/laws_transcript.md: a wrong student solution is led to the right one.

    python tools/laws_transcript.py

Nothing in the page is typed by hand but the sentences between the reports: the programs are those of
``laws_attempts`` and the reports are what the laws say of them. A test holds the page to which laws fail.
"""

from __future__ import annotations

import inspect
from pathlib import Path

from laws_attempts import ATTEMPTS

from nnprune.laws import check_layer_pruner

PAGE = Path(__file__).resolve().parents[1] / "docs" / "laws_transcript.md"

HEAD = """# A solution is led to the right one

The exercise: prune a layer by Optimal Brain Surgeon. Write `f(W, X, n_remove)` that removes `n_remove` weights of
`W` (n_out, n_in), each time the one whose removal costs least, and returns the mask (True = kept) and the new weights.
`X` (n, n_in) holds the layer's inputs. After each attempt the student runs

    python -m nnprune.laws homework:attempt --as layer_pruner --method obs

Shown are the summary and the first broken law that the student looks at. The page is made by
`python tools/laws_transcript.py`: programs and reports are real.
"""

# The law that the student looks at after each attempt, and what comes of it.
LOOKS = [
    ("layer_first_removal_is_the_cheapest",
     "The right weight goes, but the error is larger than the law allows: nothing takes over from the removed weight. "
     "The saliency is the cost *with* compensation. So the other weights of the unit must move, "
     "by dw = -(w_q / [H^-1]_qq) H^-1 e_q."),
    ("layer_equals_slow_obs",
     "With one removal all is well now, and the smallest breach takes two of them. The second removal uses the "
     "inverse of a Hessian that still has the first weight in it. Every unit needs its own inverse, and after a "
     "removal it must lose row and column q: H^-1 - h h' / [H^-1]_qq."),
    ("layer_survives_singular_hessians",
     "The mathematics is right. What is left is an input that is always 0: H has no inverse. A little damping, in the "
     "open, gives it one."),
    (None, "All laws hold. The last line but the symmetries says how far greedy choices were from the best "
           "possible ones: exact OBS is not optimal, and now the student has seen a number for it."),
]


def board(attempt, **options):
    """The laws of exact OBS on one attempt."""
    return check_layer_pruner(attempt, method="obs", raise_on_failure=False, **options)


def page():
    """The transcript as Markdown."""
    parts = [HEAD]
    for n, (attempt, (name, words)) in enumerate(zip(ATTEMPTS, LOOKS), 1):
        report = board(attempt)
        summary, *breaches = str(report).split("\n\nFAIL ")
        shown = summary if name is None else summary + "\n\nFAIL " + next(b for b in breaches if b.startswith(name))
        parts.append(f"## Attempt {n}: {len(report.failed)} of {len(report.outcomes)} laws broken\n\n"
                     f"```python\n{inspect.getsource(attempt).rstrip()}\n```\n\n```text\n{shown}\n```\n\n{words}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page())
