"""The report that the student reads: what is right already, and of the first mistake all that helps to find it."""

from __future__ import annotations

import textwrap

from nnprune.laws.law import Case

WIDTH = 100  # of a line: fits a terminal
LABEL = 15  # of the names on the left
LINES = 10  # of what a function prints that are shown
SIGNS = {"done": "done", "wrong": "WRONG", "not begun": "to do", "missing": "MISSING"}


def lesson_report(path, verdicts, note=""):
    """The report on one file, as text; ``note`` says what failed in it outside of the functions."""
    done = sum(v.state == "done" for v in verdicts)
    lines = [f"{path}: {done} of {len(verdicts)} functions done", ""]
    lines += [_line(v) for v in verdicts]
    lines += [f"\n{v.exercise.name} printed\n" + _printed(v) for v in verdicts if v.printed and v.state == "done"]
    lines += [f"\nThe functions were judged, but: {note}"] if note else []
    lines += [_details(v) for v in verdicts if v.state in ("wrong", "missing")]
    waiting = next((v for v in verdicts if v.state == "not begun"), None)
    if waiting and done + 1 <= len(verdicts) and all(v.state != "wrong" for v in verdicts):
        lines.append(f"\nNext: {waiting.exercise.name}. Replace its `raise NotImplementedError`.\n"
                     f"      Read {waiting.exercise.look}.\n      For a hint add --hint {waiting.exercise.name}.")
    if done == len(verdicts):
        lines.append("\nAll done. Compare with tutorials/solutions, which may be shorter or clearer in places.")
    return "\n".join(lines)


def hint_report(lesson, name, hints, number):
    """One of a function's hints, and how to see the next."""
    more = f"the next: python -m nnprune.exercises {lesson} --hint {name} {number + 1}"
    return (textwrap.fill(f"{name}, hint {number} of {len(hints)}: {hints[number - 1]}", WIDTH)
            + (f"\n({more})" if number < len(hints) else ""))


def _line(v):
    """One exercise, one line."""
    laws = "" if v.state in ("not begun", "missing") else f"{len(v.kept)} of {len(v.exercise.laws)} laws hold"
    return f"  {SIGNS[v.state]:<8} {v.exercise.name:<28} {laws}"


def _details(v):
    """All that helps to find the mistake in one function."""
    if v.state == "missing":
        call = v.exercise.kind.call.replace("f(", f"{v.exercise.name}(", 1)
        return f"\nMISSING {v.exercise.name}\n" + _part(
            "what to do", "The file has no function of this name. "
            + (f"Did you mean {v.meant}? If so, name it {v.exercise.name}. It is" if v.meant else "Write it again,")
            + f" to be called as {call}.")
    o = v.broken
    advice = "" if v.hint else o.violation.hint or o.law.mistake
    parts = {"the law": f"{o.law.name}: {o.law.statement}", "formula": o.law.formula, "source": o.law.source,
             "smallest case": str(o.case), "last call": str(Case(**v.last_call)),
             "it demands": o.violation.demanded, "it came out": o.violation.got, "it printed": _printed(v),
             "likely mistake": v.hint, "what differs": v.fact, "to check": advice, "look at": v.exercise.look,
             "right already": ", ".join(v.kept) or "nothing yet"}
    return f"\nWRONG {v.exercise.name}\n" + "\n".join(_part(name, text) for name, text in parts.items() if text)


def _printed(v):
    """What the function printed, so many lines of it."""
    lines = v.printed.rstrip().split("\n")
    return "\n".join(f"    {line}" for line in lines[:LINES] + ["..."] * (len(lines) > LINES) if line)


def _part(name, text):
    """A named part, its text wrapped (words) or indented as it stands (arrays)."""
    text = textwrap.fill(text, WIDTH - LABEL - 3) if "\n" not in text else text
    return f"  {name:<{LABEL}} " + textwrap.indent(text, " " * (LABEL + 3)).lstrip()


def progress_line(lesson, title, verdicts, trouble=""):
    """One lesson in the overview."""
    if trouble:
        return f"  {lesson}  {title:<28} {trouble}"
    done = sum(v.state == "done" for v in verdicts)
    bar = "#" * done + "." * (len(verdicts) - done)
    wrong = [v.exercise.name for v in verdicts if v.state == "wrong"]
    line = f"  {lesson}  {title:<28} {bar:<6} {done} of {len(verdicts)}"
    return line + (f"; wrong: {', '.join(wrong)}" if wrong else "")


def record(verdict):
    """A verdict as JSON has it, for grading."""
    return {"function": verdict.exercise.name, "state": verdict.state, "laws": len(verdict.exercise.laws),
            "laws_kept": verdict.kept, "hint": verdict.hint or verdict.fact,
            "first_broken": verdict.broken.law.name if verdict.broken else None}
