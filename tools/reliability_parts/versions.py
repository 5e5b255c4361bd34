"""The tests on the oldest versions that are promised and on the newest that there are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TITLE = "Versions"
ABOUT = """The whole test suite in two fresh environments: the oldest Python and packages that `setup.cfg` allows
(pinned in `tests/oldest.txt`), and the newest that there are. A trial is a test; the tests of real MNIST are among them
where it lies beside the checkout."""
PARALLEL = ["-n", "2", "--dist", "loadfile"]
ROOT = Path(__file__).parents[2]
# Python, and what pip is told beside the package itself.
ENVIRONMENTS = {"oldest": ("3.10", ["-r", str(ROOT / "tests" / "oldest.txt")]), "newest": ("3.13", [])}


def python_of(version):
    """An interpreter of this version on this machine, from the PATH or from pyenv; None if there is none that runs."""
    places = [shutil.which(f"python{version}"), *sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))]
    for place in filter(None, places):
        if subprocess.run([place, "--version"], capture_output=True, check=False).returncode == 0:
            return place
    return sys.executable if f"{sys.version_info[0]}.{sys.version_info[1]}" == version else None


def run_tests(python, packages, folder, say):
    """(tests, failures, what was installed) of the whole suite in a fresh environment."""
    subprocess.run([python, "-m", "venv", folder], check=True)
    pip = [f"{folder}/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", f"{ROOT}[test]", *packages], check=True)
    tests = [f"{folder}/bin/python", "-m", "pytest", "-p", "no:cacheprovider", *PARALLEL]
    done = subprocess.run(tests, cwd=ROOT, check=False, capture_output=True, text=True,
                          env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    summary = done.stdout.strip().splitlines()[-1]
    say(summary)
    failed = sum(int(n) for n in re.findall(r"(\d+) (?:failed|errors?)", summary))
    passed = sum(int(n) for n in re.findall(r"(\d+) passed", summary))
    if failed or not passed:
        say(done.stdout[-3000:])
    frozen = subprocess.run([*pip, "list", "--format=freeze"], check=True, capture_output=True, text=True).stdout
    found = [line for line in frozen.splitlines() if line.split("==")[0] in ("numpy", "scipy", "matplotlib")]
    return passed + failed, failed + (not passed), ", ".join(line.replace("==", " ") for line in found)


def run(say):
    """Both environments: rows for the page."""
    rows = []
    for name, (version, packages) in ENVIRONMENTS.items():
        python = python_of(version)
        if python is None:
            rows.append((f"{name}: Python {version}", 0, 0, "not tried: there is no such Python on this machine"))
            continue
        say(f"{name}: Python {version}")
        with tempfile.TemporaryDirectory() as folder:
            tests, failed, found = run_tests(python, packages, folder, say)
        rows.append((f"{name}: Python {version}", tests, failed, found))
    return rows
