"""Make docs/laws.md, the laws by name, and a page a family in docs/laws, with the mutants that each law catches.

    python tools/laws_page.py --measure     run all laws on all mutants (minutes), write their file caught.json
    python tools/laws_page.py               write the pages from the laws and that file

Run it from a checkout in which nnprune is installed. A test holds the pages and the file to what they say.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from nnprune.laws import KINDS, LAWS, check

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "laws"))

from mutants import MUTANTS  # noqa: E402

CAUGHT, DOCS = ROOT / "tests" / "laws" / "mutants" / "caught.json", ROOT / "docs"
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

Each family of laws, for one kind of function, has a page with the formulas, the sources, the usual mistakes and the
mutants. Notation there: `w` (d,) the weights of one unit, `W` (n_out, n_in) those of a layer, `X` (n, n_in) its inputs,
one sample a row, `H` the Hessian of the error (of a layer X'X / n), `E` the error with its 1/2 and its 1/n, `q` the
weight that goes, a mask is True where a weight is kept, and a prime is a transpose. A law for one *method* only says
so.

These pages are made by `python tools/laws_page.py`, and a test holds them to the code.
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


def pages(caught):
    """{file in docs: its Markdown}: the laws by name, and a page a family."""
    parts = [HEAD.format(n_laws=sum(map(len, LAWS.values())), n_mutants=len(MUTANTS))]
    for kind, laws in LAWS.items():
        parts.append(f"## {kind}: `{KINDS[kind].call}`\n\n" + "".join(_listed(kind, law) for law in laws))
    tree = "```{toctree}\n:hidden:\n\n" + "".join(f"laws/{kind}\n" for kind in LAWS) + "```\n"
    return {"laws.md": "\n".join([*parts, tree])} | {f"laws/{kind}.md": _family(kind, caught) for kind in LAWS}


def _listed(kind, law):
    """One law where all are listed: its name, at the address that it had when all stood there, and what it says."""
    anchor, said = _anchor(law), law.statement.split(". ")[0].rstrip(".")
    return f'- <a id="{anchor.replace("_", "-")}"></a>[{law.name}](laws/{kind}.md#{anchor}): {said}.\n'


def _title(law):
    """The heading of a law, with the method that it is for."""
    return law.name + (f" (method {' or '.join(law.methods)})" if law.methods else "")


def _anchor(law):
    """The address of a heading, as GitHub and MyST make it."""
    return re.sub(r"[^\w-]", "", _title(law).replace(" ", "-"))


def _family(kind, caught):
    """The laws for one kind of function, and the mutants of that kind with the laws that catch each."""
    methods = f"\nMethods: {', '.join(KINDS[kind].methods)}.\n" if len(KINDS[kind].methods) > 1 else ""
    rows = [f"| {m.words.replace('|', chr(92) + '|')} | {', '.join(caught[m.name])} |\n" for m in MUTANTS
            if m.kind == kind]
    return (f"# The laws of {kind}\n\nFor `{KINDS[kind].call}`. [All laws](../laws.md), with the notation. Judge your "
            f"own: `python -m nnprune.laws homework:mine --as {kind}`.\n{methods}\n"
            + "\n".join(_entry(law, caught) for law in LAWS[kind])
            + "\n## The mutants\n\n| what is wrong | caught by |\n|---|---|\n" + "".join(rows))


def _entry(law, caught):
    """One law."""
    words = [m.words for m in MUTANTS if law.name in caught[m.name]]
    return (f"## {_title(law)}\n\n{law.statement}\n\n    {law.formula}\n\n"
            f"- Source: {law.source}.\n- Usual mistake: {law.mistake}\n- Catches: {'; '.join(words)}.\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="run all laws on all mutants first")
    if parser.parse_args().measure:
        CAUGHT.write_text(json.dumps(measure(), indent=1) + "\n")
    for name, text in pages(json.loads(CAUGHT.read_text())).items():
        (DOCS / name).write_text(text)
