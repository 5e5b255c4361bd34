"""The floors under the tests' coverage: ``python tools/coverage_floors.py`` after ``pytest --cov``.

Reads the data that coverage left in this folder (parts of worker processes included), prints lines and branches
together for every room, and ends with 1 where one is below its floor. A floor is what was reached, rounded down.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

# Percent of lines and branches, a room of the package. The other rooms are tested without being counted (see .ci/run),
# so there is no floor under the whole.
FLOORS = {"pruning": 95, "hessian": 95, "nn": 95, "analysis": 95}


def measured():
    """Percent of lines and branches that ran, by room."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", report], check=True)
        files = json.loads(report.read_text(encoding="utf-8"))["files"]
    ran, known = defaultdict(int), defaultdict(int)
    for name, found in files.items():
        parts = Path(name).parts
        room = parts[parts.index("nnprune") + 1].removesuffix(".py")
        ran[room] += found["summary"]["covered_lines"] + found["summary"]["covered_branches"]
        known[room] += found["summary"]["num_statements"] + found["summary"]["num_branches"]
    return {room: 100 * ran[room] / known[room] for room in known if known[room]}


def main():
    """Print the table; 1 if a floor is broken."""
    found = measured()
    for room, percent in sorted(found.items()):
        print(f"{room:15}{percent:6.1f} %" + (f"   (at least {FLOORS[room]})" if room in FLOORS else ""))
    low = [room for room, floor in FLOORS.items() if found.get(room, 0) < floor]
    if low:
        print(f"coverage is below its floor in: {', '.join(low)}. Test the new lines, or delete what nothing needs.")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
