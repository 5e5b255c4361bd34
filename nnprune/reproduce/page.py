"""An experiment's findings as text: from the JSON that it wrote to Markdown, and all of them as a site of pages.

Nothing is computed here: what a page says is what the JSON says, so a page can be made again at any time.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from .._util.files import atomic_write
from . import EXPERIMENTS
from .run_folder import RECORD

VERDICTS = ("SAME", "BETTER", "DIFFERS", "UNDECIDED")

INTRODUCTION = """# The papers, reproduced

Published tables with ours beside them: a page an experiment, made from the JSON file beside it (`docs/reproduction/`)
by `python -m nnprune.reproduce --page docs/reproduction.md`; the JSON was written by `python -m nnprune.reproduce NAME`
and has commit, machine, seeds, versions and every figure of the page.

- **SAME**: the 95 % t interval of our mean over the seeds holds the published figure (for a single net, the interval
  over the test images). **BETTER**, **DIFFERS**: it does not. The published figure is mostly that of one net.
- A claim without a figure is SAME if it holds for every seed. Where two methods share their nets, the t interval of
  the differences decides: **UNDECIDED** if that holds 0. The mathematics: `nnprune/reproduce/significance.py`.
- A *goal* is what this project set itself. Figures are mean ± standard deviation over the seeds.
- Choices were made on training data kept apart; the exception is the MONK's table, which chooses the size of a net by
  its test accuracy, as the published one does.
"""

# What is not reproduced, and what of the papers was not read.
MISSING = """## Not reproduced

- NETtalk: Hassibi & Stork 1992 prune a net for it to 1,560 weights by OBS, where the one before had 18,000. The data
  are not available here.
- The experiments of Unit-OBS (Stahlberger & Riedmiller 1996).

Of these two papers the proceedings' text could be read here as far as the introduction: the claims of the abstracts are
from there. Equation numbers, the range of alpha, and the section on XOR of the first are quoted as this project has
them, and were not compared with the text again.
"""


def read_findings(file):
    """The JSON of one experiment as a dict; ValueError where it is none."""
    try:
        found = json.loads(Path(file).read_text(encoding="utf-8"))
        if found["program"] != "nnprune.reproduce":
            raise KeyError("program")
        return found
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{file} is damaged or was not written by python -m nnprune.reproduce") from None


def markdown(found):
    """One experiment's findings, its JSON as a dict, as Markdown."""
    parts = [f"# {found['title']}", f"`{found['command']}`: {_provenance(found)}"]
    if not found["comparable"]:
        parts.append("**Not to be compared with the published figures**: run with --quick, or on other data "
                     "or another net than the original. There are no verdicts.")
    if found["claims"]:
        parts.append(_claims(found))
    if found["statements"]:
        parts.append(_statements(found))
    for table in ([found["seen"]] if found["seen"] else []) + found["tables"]:
        parts += [f"**{table['title']}**", _table(table["columns"], table["rows"])]
        parts += [table["caption"]] if table["caption"] else []
    parts += found["notes"]
    parts += [f"![{caption}]({name})\n\n*{caption}*" for name, caption in found["figures"].items()]
    return "\n\n".join(parts) + "\n"


def _provenance(found):
    """Data, seeds, time, memory, machine, date, commit and versions in one line; a commit says more than our number."""
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items()
                         if name != "nnprune" or not found["commit"])
    memory = f", {found['peak_memory_mb']:.0f} MB of resident memory at most" if found["peak_memory_mb"] else ""
    commit = f", commit {found['commit']}" if found["commit"] else ""
    seeds = len(found["seeds"])
    return (f"{found['data']}, {seeds} seed{'s' if seeds > 1 else ''}, {found['seconds']:.0f} s "
            f"({found['cpu_seconds']:.0f} s of processors) on {found['machine']}{memory}; {found['finished'][:10]}"
            f"{commit}, {versions}.")


def _claims(found):
    """The claims as a table: the columns for goals and notes only where there are any."""
    claims, verdicts = found["claims"], found["comparable"]
    columns = ["what", "ours", "95 % interval", "published", "verdict"]
    rows = []
    for c in claims:
        spread = f" ± {c['spread_text']}" if len(c["ours"]) > 1 else ""
        rows.append([c["what"], c["text"] + spread, c["interval"] or "-", c["published"] or "-",
                     _bold(_verdict(c), found)])
    if any(c["goal"] is not None for c in claims):
        columns.append("goal")
        for row, c in zip(rows, claims):
            row.append("" if c["goal"] is None else f"{c['goal']:g}" + _met(c["goal_met"], verdicts))
    return _table(columns, rows) + _remarks(claims)


def _met(met, verdicts):
    return (": met" if met else ": **missed**") if verdicts else ""


def _statements(found):
    rows = [[s["what"], _counted(s), s["evidence"], _bold(_verdict(s), found)] for s in found["statements"]]
    return _table(["claim", "holds", "measured", "verdict"], rows) + _remarks(found["statements"])


def _verdict(item):
    """The verdict, where something is published to compare with; "" elsewhere."""
    return item["verdict"] if item.get("published") is not None or item["source"] else ""


def _bold(verdict, found):
    return f"**{verdict}**" if verdict and found["comparable"] else "-"


def _counted(statement):
    """How often a claim holds: "yes" or "no" where there is one case only."""
    holds = statement["holds"]
    if len(holds) == 1:
        return "yes" if holds[0] else "no"
    return f"for {sum(holds)} of {len(holds)} {statement['of']}"


def _remarks(items):
    """Sources and notes, each said once."""
    sources = list(dict.fromkeys(i["source"] for i in items if i["source"]))
    notes = {}
    for i in items:
        if i["note"]:
            notes.setdefault(i["note"], []).append(i["what"])
    blocks = ["Published: " + "; ".join(sources) + "."] if sources else []
    blocks += ["\n".join(f"- {'; '.join(whats)}: {note}" for note, whats in notes.items())] if notes else []
    return "".join(f"\n\n{block}" for block in blocks)


def _table(columns, rows):
    """A Markdown table; a bar in a cell would end it."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def write_page(page, out):
    """A page for every experiment with a JSON file in the page's folder, and the page that lists them.

    Parameters
    ----------
    page : str or os.PathLike
        The list, ``docs/reproduction.md``; its folder is ``docs/reproduction/``.
    out : str or os.PathLike
        What is finished below it goes into the folder first: JSON and figures.

    Returns
    -------
    list of str
        The experiments with a JSON file.

    Raises
    ------
    ValueError
        If there are none, a JSON file is damaged, or the page's name has no ending.
    """
    page, out = Path(page), Path(out)
    folder = page.with_suffix("")
    if not page.suffix:
        raise ValueError(f"--page {page} needs an ending, such as {page}.md: {page}/ is for its parts")
    new = [name for name in EXPERIMENTS if _finished(out / name)]
    files = {name: (out / name if name in new else folder) / f"{name}.json" for name in EXPERIMENTS}
    found = {name: read_findings(file) for name, file in files.items() if file.exists()}
    if not found:
        raise ValueError(f"no finished experiment below {out} nor in {folder}: run python -m nnprune.reproduce NAME "
                         f"first, or name the folder with --out")
    for name in new:
        for file in [f"{name}.json", *found[name]["figures"]]:
            with atomic_write(folder / file) as f, open(out / name / file, "rb") as source:
                shutil.copyfileobj(source, f)
    for path, text in pages(page, found).items():
        with atomic_write(path, "w") as f:
            f.write(text)
    return list(found)


def pages(page, found):
    """{path: text} of the list and of a page for every experiment, from {name: findings}."""
    folder = page.with_suffix("")
    found = {name: found[name] for name in EXPERIMENTS if name in found}
    toctree = "\n".join(["```{toctree}", ":hidden:", "", *(f"{folder.name}/{name}" for name in found), "```", ""])
    texts = {folder / f"{name}.md": markdown(findings) for name, findings in found.items()}
    return {**texts, page: "\n".join([INTRODUCTION, _contents(found, folder.name), MISSING, toctree])}


def _finished(folder):
    """Whether the folder's last run came to its end: what an older one left is not shown."""
    try:
        return bool(json.loads((folder / RECORD).read_text(encoding="utf-8"))["finished"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _contents(found, folder):
    """A table of all experiments: verdicts, goals, time."""
    rows = []
    for name, findings in found.items():
        verdicts = [_verdict(i) for i in findings["claims"] + findings["statements"]]
        counts = ", ".join(f"{verdicts.count(v)} {v}" for v in VERDICTS if v in verdicts)
        goals = [c["goal_met"] for c in findings["claims"] if c["goal_met"] is not None]
        goals = f"{sum(goals)} of {len(goals)}" if goals else ""
        counts, goals = (text if findings["comparable"] and text else "-" for text in (counts, goals))
        rows.append([f"[{name}]({folder}/{name}.md)", findings["title"], counts, goals,
                     f"{findings['cpu_seconds']:.0f} s"])
    total = sum(f["cpu_seconds"] for name, f in found.items() if not name.startswith("records"))
    return (_table(["name", "what", "verdicts", "goals met", "time of processors"], rows)
            + f"\n\nAll of these but the records together: {total / 60:.0f} minutes of one processor.\n")
