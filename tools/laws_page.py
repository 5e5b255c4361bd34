"""Make docs/laws.md, the laws by name with the mutants that each catches.

    python tools/laws_page.py --measure     run all laws on all mutants (minutes), write their file caught.json
    python tools/laws_page.py               write docs/laws.md from the laws and that file

Run it from a checkout in which nnprune is installed. A test holds the page and the file to what they say.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from nnprune.laws import KINDS, LAWS, check

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "laws"))

from mutants import MUTANTS  # noqa: E402

CAUGHT, PAGE = ROOT / "tests" / "laws" / "mutants" / "caught.json", ROOT / "docs" / "laws.md"
# A pair of law and mutant enters the page if the law catches the mutant from each of these seeds: then it is no luck.
SEEDS, EXAMPLES = (0, 1, 2), 50

HEAD = """# The laws of pruning

{n_laws} laws that a piece of pruning code must keep, whoever wrote it, and {n_mutants} wrong implementations
("mutants") that prove the laws: every mutant is caught, and every law catches at least one. The laws are programs, in
`nnprune/laws`. To run them on a function of your own:

```python
from nnprune.laws import check_saliency

def test_my_saliency():
    check_saliency(my_saliency)
```

or, from the shell, `python -m nnprune.laws homework:my_saliency --as saliency`. The code that is judged is run, with
all your rights ([security](https://github.com/nnprune/nnprune/blob/main/SECURITY.md)). Whoever breaks a law is shown
the smallest example on which it breaks, what the law demands there, what came out, and the likely mistake;
[a transcript](laws_transcript.md) shows how that goes.

Notation: `w` (d,) the weights of one unit, `W` (n_out, n_in) those of a layer, `X` (n, n_in) its inputs, one sample a
row, `H` the Hessian of the error (of a layer X'X / n), `E` the error with its 1/2 and its 1/n, `q` the weight that
goes, a mask is True where a weight is kept, and a prime is a transpose. A law for one *method* only says so.

This page is made by `python tools/laws_page.py`, and a test holds it to the code.
"""


def measure():
    """{mutant: names of the laws that catch it}, by running them all."""
    caught = {}
    for m in MUTANTS:
        laws = None  # at first all; from the second seed on, those that are still in
        for seed in SEEDS:
            laws = check(m.make(), m.kind, method=m.method, examples=EXAMPLES, seed=seed, laws=laws, smaller=0,
                         raise_on_failure=False).failed
        caught[m.name] = laws
        print(f"{m.name}: {', '.join(laws)}", flush=True)
    return caught


def page(caught):
    """The page as Markdown."""
    parts = [HEAD.format(n_laws=sum(map(len, LAWS.values())), n_mutants=len(MUTANTS))]
    for kind, laws in LAWS.items():
        parts.append(f"## {kind}: `{KINDS[kind].call}`\n")
        if len(KINDS[kind].methods) > 1:
            parts.append(f"Methods: {', '.join(KINDS[kind].methods)}.\n")
        parts += [_entry(law, caught) for law in laws]
    return "\n".join(parts + [_table(caught)])


def _entry(law, caught):
    """One law."""
    words = [m.words for m in MUTANTS if law.name in caught[m.name]]
    method = f" (method {' or '.join(law.methods)})" if law.methods else ""
    return (f"### {law.name}{method}\n\n{law.statement}\n\n    {law.formula}\n\n"
            f"- Source: {law.source}.\n- Usual mistake: {law.mistake}\n- Catches: {'; '.join(words)}.\n")


def _table(caught):
    """Every mutant with the laws that catch it."""
    rows = [(m.kind, m.words.replace("|", "\\|"), ", ".join(caught[m.name])) for m in MUTANTS]
    head = "## The mutants\n\n| kind | what is wrong | caught by |\n|---|---|---|\n"
    return head + "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="run all laws on all mutants first")
    if parser.parse_args().measure:
        CAUGHT.write_text(json.dumps(measure(), indent=1) + "\n")
    PAGE.write_text(page(json.loads(CAUGHT.read_text())))
