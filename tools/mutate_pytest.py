"""What pytest does for ``mutate.py``: a plugin, ``pytest -p mutate_pytest``, told by variables of the environment.

    MUTATE_MAP    a file to write: which tests reach which lines of the package, and what each test takes
    MUTATE_TESTS  a file with the tests to run, in order; the run ends with the first that fails, which is printed
    MUTATE_LIMIT  seconds of the processor after which the process ends

A map's line has the names of tests, and the file's name where the line is reached while the file is imported. Seconds
are those of the processor, so that a busy machine changes nothing. (Linux and macOS.)
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import resource
import time
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import Phase, settings

MEMORY = 8 * 2**30  # bytes of addresses: a mutant may ask for any array
_measured = None
_seconds: dict[str, float] = {}


def pytest_sessionstart(session):
    """Ready the limits, or the measurement, before any test file is imported."""
    global _measured
    # A failing example need not be made smaller to be seen.
    settings.register_profile("mutants", settings(), phases=[Phase.explicit, Phase.generate])
    settings.load_profile("mutants")
    if "MUTATE_LIMIT" in os.environ:
        limit = int(os.environ["MUTATE_LIMIT"])
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if "MUTATE_MAP" in os.environ:
        import coverage

        import nnprune
        for module in pkgutil.walk_packages(nnprune.__path__, "nnprune."):  # what imports run belongs to no test
            if module.name.split(".")[1] in ("nn", "hessian", "pruning", "analysis"):
                importlib.import_module(module.name)
        _measured = coverage.Coverage(data_file=None, config_file=False, include=[f"{Path(nnprune.__file__).parent}/*"])
        _measured.start()


def pytest_collectstart(collector):
    """A test file is imported: what that runs belongs to all its tests."""
    if _measured and isinstance(collector, pytest.Module):
        _measured.switch_context(collector.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """One test, its fixtures included."""
    if _measured:
        _measured.switch_context(item.nodeid)
    begin = time.process_time()
    result = yield
    _seconds[item.nodeid] = time.process_time() - begin
    return result


def pytest_collection_modifyitems(items):
    """The tests asked for, in the order asked for."""
    if "MUTATE_TESTS" in os.environ:
        place = {name: i for i, name in enumerate(json.loads(Path(os.environ["MUTATE_TESTS"]).read_text()))}
        items[:] = sorted((item for item in items if item.nodeid in place), key=lambda item: place[item.nodeid])


def pytest_runtest_logreport(report):
    """The first test that fails, or test file that cannot be imported."""
    if report.failed and "MUTATE_TESTS" in os.environ:
        crash = getattr(report.longrepr, "reprcrash", None)
        text = crash.message if crash else str(report.longrepr)
        print(f"\nMUTATE {json.dumps([report.nodeid, (text.splitlines() or [''])[0][:150]])}", flush=True)


pytest_collectreport = pytest_runtest_logreport


def pytest_sessionfinish(session):
    """Write the map."""
    if _measured is None:
        return
    _measured.stop()
    data, lines = _measured.get_data(), defaultdict(lambda: defaultdict(list))
    for path in data.measured_files():
        name = Path(path).relative_to(Path.cwd()).as_posix()
        for line, contexts in data.contexts_by_lineno(path).items():
            lines[name][line] = sorted(c for c in contexts if c)
    Path(os.environ["MUTATE_MAP"]).write_text(json.dumps({"seconds": _seconds, "lines": lines}))
