"""Mutation testing: small faults are put into the mathematics, one at a time, and the tests must notice.

    python tools/mutate.py                       100 mutants a room, drawn by seed 0; goes on where it was stopped
    python tools/mutate.py --seed 1 --each 40    another draw, of mutants that no draw had before
    python tools/mutate.py --seed 2 --files sgd.py linalg.py    of these files alone, each room's as one
    python tools/mutate.py --again               the survivors of all draws once more, after tests were written
    python tools/mutate.py --show                the scores, and the survivors with no reason given

A *mutant* is the package with one small fault (``mutate_operators``) in a room of the mathematics. It is *killed* when
a test fails, or takes more than five times its usual time; else it *survives*: either no test looks there, or the fault
changes nothing that could be seen (*equivalent*: a reason is then written by hand into its line of docs/mutants.jsonl).
The score of a room is killed / (drawn - equivalent), with Clopper and Pearson's 95 % interval.

How it is fast: the tests are run once under coverage, which says what tests reach what lines, and what each takes. A
mutant, in a copy of the tree, meets only the tests that reach its line: the cheap ones first, those of its room and of
files that name its module before others; if none fails, the expensive ones, the tests of the rooms above, and those
that share a fixture with one that reaches the line. Processor time is what counts, so a busy machine changes no result.
The map is kept in build/ and measured again for test files that have changed, or for all if the package has.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import queue
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).parent))

from mutate_operators import mutants_of  # noqa: E402

from nnprune._util.files import atomic_write  # noqa: E402
from nnprune._util.progress import shown  # noqa: E402
from nnprune.reproduce.significance import error_interval  # noqa: E402

ROOMS = ["nn", "hessian", "pruning"]
# The tests that may notice, those of the rooms first.
TESTS = ["tests/nn", "tests/hessian", "tests/pruning", "tests/analysis", "tests/test_odd_input.py",
         "tests/test_architecture.py"]
PYTEST = [sys.executable, "-m", "pytest", "-p", "mutate_pytest", "-p", "no:cacheprovider"]
STORED, MAP = ROOT / "docs" / "mutants.jsonl", ROOT / "build" / "mutants_map.json"
NAME = ("file", "function", "operator", "old", "new", "nth")  # the fields that find a mutant again
CHEAP, FEW = 3, 5  # seconds of tests, in so many files, that are run before the others are collected
TOGETHER = 6  # test files whose map is measured by one process
TIMES, START = 5, 20  # the limit: so many times the usual time, and seconds for the start


# -- mutants -------------------------------------------------------------------------------------------------------

def load():
    """The stored mutants, a dict each."""
    return [json.loads(line) for line in STORED.read_text().splitlines()] if STORED.exists() else []


def store(rows):
    """Keep all mutants, at once: what is done stays done."""
    with atomic_write(STORED, "w") as f:
        f.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def name_of(row):
    """What finds a stored mutant in the code of today."""
    return tuple(row[field] for field in NAME)


def candidates(room):
    """All mutants of a room."""
    return [m for path in sorted((ROOT / "nnprune" / room).rglob("*.py"))
            for m in mutants_of(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))]


def drawn(rows, rooms, seed, each, files=()):
    """``rows`` and the mutants still missing of a draw, of all files of a room or of those with these names."""
    rows, known = list(rows), {name_of(row) for row in rows}
    parts = []
    for room in rooms:
        if not any((row["seed"], row["room"]) == (seed, room) for row in rows):
            new = [m for m in candidates(room) if m.key not in known and (not files or Path(m.file).name in files)]
            among = {"among": sorted({Path(m.file).name for m in new})} if files else {}
            parts.append([{"seed": seed, "room": room, **among, **dict(zip(NAME, m.key)), "line": m.line, "first": None}
                          for m in random.Random(f"{seed} {room}").sample(new, each)])
    return rows + [row for turn in zip(*parts) for row in turn]  # room by room in turn, to see something of all soon


def score(rows, when="now"):
    """(killed, counted, percent, low, high) of finished mutants: equivalent ones are not counted."""
    counted = [row for row in rows if row["first"] and not row.get("equivalent")]
    killed = sum(row[when]["end"] != "survived" for row in counted)
    low, high = error_interval(100 * killed / len(counted), len(counted)) if counted else (0.0, 100.0)
    return killed, len(counted), 100 * killed / max(len(counted), 1), low, high


# -- which tests ---------------------------------------------------------------------------------------------------

def digest(*paths):
    """One number of all that stands in some files."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def measured(tree, names):
    """The map of some test files, by their names: one process under coverage."""
    found = tree / "map.json"
    run = subprocess.run([*PYTEST, *names], cwd=tree, capture_output=True, text=True,
                         env=environment(tree, MUTATE_MAP=str(found), MUTATE_LIMIT="3600"))
    if run.returncode in (-signal.SIGINT, -signal.SIGTERM, 2):
        raise KeyboardInterrupt
    if run.returncode:
        raise RuntimeError(f"the tests fail without any mutant:\n{run.stdout[-3000:]}")
    whole, parts = json.loads(found.read_text()), {name: {"seconds": {}, "lines": {}} for name in names}
    for test, seconds in whole["seconds"].items():
        parts[test.split("::")[0]]["seconds"][test] = seconds
    for file, lines in whole["lines"].items():
        for line, tests in lines.items():
            for test in tests:
                parts[test.split("::")[0]]["lines"].setdefault(file, {}).setdefault(line, []).append(test)
    return parts


def tests_map(in_trees):
    """{"seconds": {test: seconds}, "lines": {file: {line: [test or test file]}}}, measured where it is out of date."""
    package = digest(*sorted((ROOT / "nnprune").rglob("*.py")), ROOT / "tests" / "problems.py")
    files = [file for name in TESTS for file in ([ROOT / name] if name.endswith(".py")
                                                  else sorted((ROOT / name).rglob("test_*.py")))]
    digests = {file.relative_to(ROOT).as_posix(): f"{package} {digest(file)}" for file in files}
    kept = json.loads(MAP.read_text()) if MAP.exists() else {}
    kept = {name: part for name, part in kept.items() if digests.get(name) == part["digest"]}
    missing = [name for name in digests if name not in kept]
    groups = [missing[i:i + TOGETHER] for i in range(0, len(missing), TOGETHER)]
    MAP.parent.mkdir(exist_ok=True)
    for parts in in_trees("which tests reach which lines", measured, [(group,) for group in groups]):
        kept |= {name: {"digest": digests[name], **part} for name, part in parts.items()}
        with atomic_write(MAP, "w") as f:
            json.dump(kept, f)
    seconds, lines = {}, {}
    for name in digests:
        seconds |= kept[name]["seconds"]
        for file, found in kept[name]["lines"].items():
            for line, tests in found.items():
                lines.setdefault(file, {}).setdefault(int(line), []).extend(tests)
    return {"seconds": seconds, "lines": lines}


def chosen(mutant, found, most=float("inf")):
    """(cheap tests, the others) that may notice a mutant, the most promising first, ``most`` seconds of them."""
    lines = found["lines"].get(mutant.file, {})
    reached = ([lines.get(line, []) for line in range(mutant.line, mutant.last + 1)] if mutant.last
               else lines.values())  # what is run by the import is there for all tests of the module
    reaching = {test for tests in reached for test in tests}
    # A file's own name: reached by its import. A fixture or a cached helper is run by the first test that needs it.
    sharing = {test for test in reaching if "::" not in test}
    sharing |= {name for name in {test.split("::")[0] for test in reaching}
                if re.search(r"scope=|cache", (ROOT / name).read_text(encoding="utf-8"))}
    more = {test for test in found["seconds"] if test.split("::")[0] in sharing} - reaching
    room, module = mutant.file.split("/")[1], Path(mutant.file).stem

    def rank(test):
        own = test.startswith(f"tests/{room}/")
        named = re.search(rf"\b{module}\b", test.split("::")[0].replace("_", " "))
        return test in more, found["seconds"][test] * (1 if own else 3) * (0.3 if named else 1)

    order = sorted((reaching | more) & found["seconds"].keys(), key=rank)
    total, files, cheap, others = 0.0, set(), [], []
    for test in order:
        total += found["seconds"][test]
        file = test.split("::")[0]
        first = total < CHEAP and test not in more and (len(files) < FEW or file in files)
        if first:
            files.add(file)
        if first or total < most:
            (cheap if first else others).append(test)
    return cheap, others


# -- running -------------------------------------------------------------------------------------------------------

def copied(folder):
    """A copy of the tree in which a changed file is never taken for the one compiled before."""
    names = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
    for name in names.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    subprocess.run([sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "nnprune"],
                   cwd=folder, check=True)
    return folder


def environment(tree, **more):
    """That of the tests in a copy: its own package, no real data, one thread, no plugin (a second to load)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NNPRUNE_", "MUTATE_"))}
    return {**kept, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'tools'}", "OPENBLAS_NUM_THREADS": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **more}


def run_tests(tree, tests, seconds):
    """How a run of these tests ends: {"end": "killed", "by": test, "message": ...}, or survived, or time-out."""
    if not tests:
        return {"end": "survived"}
    limit = round(TIMES * sum(seconds[test] for test in tests) + START)
    (tree / "tests.json").write_text(json.dumps(tests))
    files = list(dict.fromkeys(test.split("::")[0] for test in tests))
    try:
        run = subprocess.run(
            [*PYTEST, "-x", "--tb=short", *files], cwd=tree, capture_output=True, text=True, errors="replace",
            timeout=30 * limit, env=environment(tree, MUTATE_TESTS=str(tree / "tests.json"), MUTATE_LIMIT=str(limit)))
    except subprocess.TimeoutExpired:  # it waits for something
        return {"end": "time-out"}
    if run.returncode == 0:
        return {"end": "survived"}
    if -run.returncode in (signal.SIGXCPU, signal.SIGKILL):
        return {"end": "time-out"}
    if -run.returncode in (signal.SIGINT, signal.SIGTERM):
        raise KeyboardInterrupt
    if run.returncode < 0:
        return {"end": "killed", "by": f"signal {-run.returncode}"}
    if found := re.search(r"^MUTATE (.*)$", run.stdout, re.M):
        by, message = json.loads(found[1])
        return {"end": "killed", "by": by, "message": message}
    if "ImportError while loading conftest" in run.stderr:  # the package cannot be imported
        return {"end": "killed", "by": "tests/conftest.py", "message": run.stderr.strip().splitlines()[-1][:150]}
    raise KeyboardInterrupt if "KeyboardInterrupt" in run.stdout else RuntimeError(run.stdout[-2000:] + run.stderr)


def judged(tree, mutant, found, most):
    """How a mutant ends in this copy of the tree, which is then as it was."""
    path = tree / mutant.file
    source = path.read_text(encoding="utf-8")
    path.write_text(mutant.applied(source), encoding="utf-8")
    try:
        for tests in chosen(mutant, found, most):
            end = run_tests(tree, tests, found["seconds"])
            if end["end"] != "survived":
                break
        return mutant.key, end
    finally:
        path.write_text(source, encoding="utf-8")


@contextmanager
def copies(jobs):
    """``in_trees(name, function, arguments)``: what ``function(tree, *arguments)`` gives for each, as it comes."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(jobs) as pool:
        trees = queue.SimpleQueue()
        for i in range(jobs):
            trees.put(copied(Path(folder) / str(i)))

        def job(function, arguments):
            tree = trees.get()
            try:
                return function(tree, *arguments)
            finally:
                trees.put(tree)

        def in_trees(name, function, arguments):
            tasks = [pool.submit(job, function, given) for given in arguments]
            try:
                with shown(True, name) as report:
                    for done, task in enumerate(as_completed(tasks), 1):
                        yield task.result()
                        report(done, len(tasks))
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

        yield in_trees


def run(rows, todo, jobs, most):
    """Judge the mutants ``todo`` of ``rows``, and store each as it ends."""
    today = {m.key: m for room in ROOMS for m in candidates(room)}
    for row in todo:
        if name_of(row) not in today:
            print(f"no longer in the code: {row['file']} {row['function']}: {row['old']} -> {row['new']}")
    by_name = {name_of(row): row for row in todo if name_of(row) in today}
    with copies(jobs) as in_trees:
        found = tests_map(in_trees)
        for name, end in in_trees("mutants", judged, [(today[name], found, most) for name in by_name]):
            row = by_name[name]
            row.update(first=row["first"] or end, now=end, line=today[name].line)
            store(rows)


def show(rows):
    """The scores, and what survives without a reason."""
    for seed in sorted({row["seed"] for row in rows}):
        for room in ROOMS:
            part = [row for row in rows if (row["seed"], row["room"]) == (seed, room)]
            for when in ("first", "now"):
                killed, counted, percent, low, high = score(part, when)
                print(f"seed {seed}, {room:8} {when:6} {killed:3} of {counted:3} killed, {percent:5.1f} % "
                      f"[{low:.1f}, {high:.1f}], {sum(bool(row.get('equivalent')) for row in part)} equivalent")
    for row in rows:
        if row["first"] and row["now"]["end"] == "survived" and not row.get("equivalent"):
            print(f"{row['file']}:{row['line']} {row['function']} ({row['operator']})\n"
                  f"    - {row['old']}\n    + {row['new']}")


def main(arguments=None):
    """Run what the command line asks for."""
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--seed", type=int, default=0, help="of the draw (default: 0)")
    p.add_argument("--each", type=int, default=100, help="mutants a room (default: 100)")
    p.add_argument("--rooms", nargs="+", choices=ROOMS, default=ROOMS, help="default: all")
    p.add_argument("--files", nargs="+", default=(), metavar="NAME.py", help="draw from these alone (default: all)")
    p.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    p.add_argument("--most", type=float, default=float("inf"), metavar="SECONDS",
                   help="of tests for a mutant, the most promising ones (default: all that reach its line)")
    p.add_argument("--again", action="store_true", help="only what survived and has no reason, of all draws")
    p.add_argument("--show", action="store_true", help="run nothing")
    options = p.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    rows = load()
    try:
        if options.again:
            run(rows, [row for row in rows if row["first"] and row["now"]["end"] == "survived"
                       and not row.get("equivalent") and row["room"] in options.rooms], options.jobs,
                options.most)
        elif not options.show:
            rows = drawn(rows, options.rooms, options.seed, options.each, options.files)
            store(rows)
            run(rows, [row for row in rows if not row["first"] and row["seed"] == options.seed], options.jobs,
                options.most)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on from here")
        return 130
    show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
