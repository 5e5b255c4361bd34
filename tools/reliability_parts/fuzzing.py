"""Coverage-guided fuzzing of the IDX reader and of MLP.load: half an hour in all."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

TITLE = "Fuzzing"
ABOUT = """[atheris](https://github.com/google/atheris) mutates files for as long as they reach new lines of the
readers, beginning with the corpus. Any exception but the documented ones, any warning, more than 512 MB or more
than 10 s for one input is a finding; findings are made smaller and go into the corpus. A trial is a file that was
read. Both fuzzers run at once, on the lowest priority (`nice 19`)."""
MINUTES = 15  # each of the two
FUZZ = Path(__file__).parents[1] / "fuzz.py"
TARGETS = {"idx": "the IDX reader (`read_idx`)", "net": "saved nets (`MLP.load`)"}


def run(say, minutes=MINUTES):
    """Both fuzzers at once: rows for the page."""
    with tempfile.TemporaryDirectory() as folder:
        started = {name: subprocess.Popen(
            ["nice", "-n", "19", sys.executable, str(FUZZ), name, "--minutes", str(minutes), "--work",
             f"{folder}/{name}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for name in TARGETS}
        rows = []
        for name, process in started.items():
            output = process.communicate()[0]
            say(output.strip())
            executions = int(re.search(r"([\d,]+) executions", output)[1].replace(",", ""))
            findings = len(re.findall(r"^finding: ", output, re.M)) + len(re.findall(r"SUMMARY: libFuzzer", output))
            reached = re.search(r"cov: (\d+)", output)
            spent = int(re.search(r"(\d+) s of a processor", output)[1])
            rows.append((TARGETS[name], executions, findings,
                         f"{minutes} minutes, of which {spent / 60:.0f} on a processor that others needed too; "
                         f"{reached[1] if reached else 'no'} lines and branches reached"))
    return rows
