"""Fuzz a reader: runs atheris for some minutes in a process of its own, and makes findings smaller (docs/corpus.md).

    python tools/fuzz.py idx --minutes 30     the reader of IDX files (`net`: MLP.load)

A finding does not end the run: it is kept once for every kind of error and line of code. Only too much memory, too much
time or a crash of Python itself end the process; then a new one goes on.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

LONGEST_INPUT = {"idx": 4096, "net": 8192}  # of each fuzzer, in bytes
MEMORY, SECONDS = 512, 10  # MB, and for one input
INSTRUMENTED = ["nnprune", "gzip", "_compression", "zipfile"]  # whose lines guide the mutations


def main():
    """The command line: the fuzzer called NAME is ``fuzz_targets.fuzz_NAME``, from ``fuzz_targets.NAME_seeds``."""
    parser = argparse.ArgumentParser(description="Fuzz nnprune. See docs/corpus.md.")
    parser.add_argument("name", choices=LONGEST_INPUT)
    parser.add_argument("--minutes", type=float, default=1.0, help="how long (default 1)")
    parser.add_argument("--work", type=Path, help="folder of an earlier run to go on from (default: a new one)")
    parser.add_argument("--replay", type=Path, help="run one finding again, and show the error")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options, flags = parser.parse_known_args()
    if options.child:
        _child(options.name, options.work, flags)
    elif options.replay:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            _target(options.name)(options.replay.read_bytes())
        print("no error")
    else:
        sys.exit(_parent(options.name, options))


def _target(name):
    import fuzz_targets
    return getattr(fuzz_targets, f"fuzz_{name}")


def _parent(name, options):
    """Run children until the time is over; print the results; return 1 if there were findings."""
    import fuzz_targets
    work = options.work or Path(tempfile.mkdtemp(prefix=f"nnprune-fuzz-{name}-"))
    for folder in ("inputs", "findings"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    for i, seed in enumerate(getattr(fuzz_targets, f"{name}_seeds")()):
        (work / "inputs" / f"seed-{i:03d}").write_bytes(seed)
    print(f"fuzzing {name} for {options.minutes:g} minutes in {work}", flush=True)
    executions, coverage, ended, end = 0, "nothing", [], time.monotonic() + 60 * options.minutes
    while (left := round(end - time.monotonic())) > 0 and len(ended) < 50:
        log = _run(name, work, left)
        executions += int(re.findall(r"#(\d+)", log)[-1]) if "#" in log else 0
        coverage = (re.findall(r"cov: \d+ ft: \d+ corp: \d+", log) or [coverage])[-1]
        ended += re.findall(r"SUMMARY: libFuzzer: .*", log)
    findings = sorted((work / "findings").iterdir())
    spent = os.times()
    print(f"{spent.children_user + spent.children_system:.0f} s of a processor")
    print(f"{executions:,} executions; {coverage} (lines and branches reached, their combinations, inputs kept)")
    for line in ended:
        print(line)
    for path in findings:
        print(f"finding: {_smaller(name, path)}")
    print(f"{len(findings)} findings" if findings else "no findings")
    return 1 if findings else 0


def _run(name, work, seconds):
    """One child; its output."""
    import fuzz_targets
    command = [sys.executable, __file__, name, "--child", "--work", work, work / "inputs",
               f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY}", f"-timeout={SECONDS}",
               f"-max_len={LONGEST_INPUT[name]}", f"-artifact_prefix={work / 'findings'}/", "-print_final_stats=1"]
    child = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                             errors="replace")
    output = child.communicate()[1]
    shutil.rmtree(fuzz_targets.folder_of(child.pid), ignore_errors=True)  # libFuzzer ends a process without a farewell
    with open(work / "log", "a", encoding="utf-8") as log:
        log.write(output)
    return output


def _child(name, work, flags):
    """Fuzz until the time is over."""
    import atheris
    for module in INSTRUMENTED:
        sys.modules.pop(module, None)  # whatever was imported before is imported again, now instrumented
    with atheris.instrument_imports(include=INSTRUMENTED):
        target = _target(name)
    warnings.simplefilter("error")
    known = {path.name for path in (work / "findings").iterdir()}

    def one_input(data):
        kind = fails(target, data)
        if kind and kind not in known:
            known.add(kind)
            (work / "findings" / kind).write_bytes(data)

    def mutate(data, max_size, seed):
        rng = random.Random(seed)
        # Inputs of the third way look alike to the coverage, which therefore keeps hardly one: a quarter is generated
        # afresh.
        return b"\3" + rng.randbytes(4 * rng.randint(1, 4)) if rng.random() < 1 / 4 else atheris.Mutate(data, max_size)

    atheris.Setup([sys.argv[0], *flags], one_input, custom_mutator=mutate)
    atheris.Fuzz()


def fails(target, data):
    """What goes wrong with this input, as a name for a file: error, file and line; "" if nothing does."""
    try:
        target(data)
    except Exception as error:
        at = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}-{Path(at.filename).stem}-{at.lineno}"
    return ""


def _smaller(name, path):
    """Take bytes out of a finding for as long as it fails in the same way; returns where the smaller one lies."""
    target, data = _target(name), path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kind = fails(target, data)
        if kind != path.name:
            return path  # memory or time: not to be tried again in this process
        step = len(data) // 2
        while step:
            begin = 0
            while begin < len(data):
                shorter = data[:begin] + data[begin + step:]
                data, begin = (shorter, begin) if fails(target, shorter) == kind else (data, begin + step)
            step //= 2
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    main()
