"""What the tests notice: the scores of ``tools/mutate.py``, read from docs/mutants.jsonl."""

from __future__ import annotations

import mutate

TITLE = "Mutants"
ABOUT = """A mutant is the package with one small fault in it: a `<` that became `<=`, a number off by one, an option
or a statement left out. A test that fails has killed it; one that survives shows where no test looks, and is no fault
of the package. They are drawn by seed from all that `tools/mutate.py` can make of a room, and judged as the tests were
found, by the tests that reach the line: at most 8 seconds of them, the most promising ones. Then every survivor got a
test, or the reason why it changes nothing that could be seen (it is *equivalent*, and not counted). In brackets the
95 % interval of the score. A draw with names of files beside its room is of these alone, which had been rewritten. All
mutants, what killed them and the reasons: `docs/mutants.jsonl`."""


def run(say):
    """A row for each room and draw."""
    rows = []
    stored = mutate.load()
    for seed in sorted({row["seed"] for row in stored}):
        for room in mutate.ROOMS:
            part = [row for row in stored if (row["seed"], row["room"]) == (seed, room) and row["first"]]
            if not part:
                continue
            texts = []
            for when in ("first", "now"):
                killed, counted, percent, low, high = mutate.score(part, when)
                texts.append(f"{killed} of {counted} killed, {percent:.1f} % [{low:.1f}, {high:.1f}]")
            equivalent = sum(bool(row.get("equivalent")) for row in part)
            slow = sum(row["now"]["end"] == "time-out" for row in part)
            note = (texts[0] if texts[0] == texts[1] else f"at first {texts[0]}; with the new tests {texts[1]}")
            among = "".join(f", `{name}`" for name in part[0].get("among", []))
            rows.append((f"`{room}/`{among}, seed {seed}", len(part), 0,
                         f"{note}; {slow} of them by their time; {equivalent} equivalent"))
            say(f"{room}, seed {seed}: {note}")
    return rows
