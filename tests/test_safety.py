"""No pickle, no eval, no shell, https only, and three packages at run time: read off the source of the package.

``docs/corpus.md`` is the other half: what broken files do when they are read, in a process that is watched.
"""

from __future__ import annotations

import ast
import configparser
import functools
import re
import sys
from pathlib import Path

import pytest

import nnprune
from nnprune.datasets.download import MIRRORS
from nnprune.datasets.mnist_files import MNIST_FILES

PACKAGE = Path(nnprune.__file__).parent
SOURCES = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
PAGES = sorted(path for path in PACKAGE.rglob("*") if path.suffix in (".js", ".html", ".css", ".svg"))

RUN_TIME = {"numpy", "scipy", "matplotlib"}
OPTIONAL = {"distributed"}  # the extra dask, of the one module that knows executors
EXECUTOR = "_util/executor.py"  # the only module that starts processes: they run functions of the package, no text
TESTING = {"hypothesis"}  # of nnprune.laws and what stands on them, which `import nnprune` does not import
CODE_FROM_TEXT = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "subprocess", "pty",
                     "multiprocessing", "code", "codeop", "yaml"}
FORBIDDEN_NAMES = re.compile(r"os\.(system|popen|fork|forkpty|startfile|exec\w+|spawn\w+|posix_spawn\w*)|builtins\.\w+|"
                             r"(np|numpy)\.load|tempfile\.mktemp|ssl\._create_\w+|ssl\.CERT_NONE|\w+\.check_hostname|"
                             r"asyncio\.create_subprocess_\w+")
NETWORK = {"urllib.request", "urllib.error", "http", "http.client", "http.server", "socket", "ssl", "ftplib", "smtplib",
           "socketserver", "asyncio", "xmlrpc", "requests"}
A_NAME = "http://www.w3.org/"  # of XML's namespaces, by which nothing is fetched
INSECURE = re.compile(rf"(?!{re.escape(A_NAME)})(?:http|ftp)://[\w.]")


@functools.cache
def nodes(source):
    """All nodes of the syntax tree."""
    return list(ast.walk(ast.parse(source)))


def breaches(source, *, network=False, processes=False):
    """What a source must not have, as "line: what" in a list; only a ``network`` module may open connections, and only
    a ``processes`` module start processes."""
    forbidden = FORBIDDEN_MODULES if network else FORBIDDEN_MODULES | NETWORK
    if processes:
        forbidden = forbidden - {"multiprocessing"}
    found = []
    for node in nodes(source):
        what = ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CODE_FROM_TEXT:
            what = node.func.id
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = f"{node.value.id}.{node.attr}"
            what = name if FORBIDDEN_NAMES.fullmatch(name) else ""
        elif isinstance(node, ast.Import | ast.ImportFrom):
            what = ", ".join(sorted(imported(node) & forbidden))
        elif isinstance(node, ast.keyword) and node.arg in ("allow_pickle", "shell"):
            off = isinstance(node.value, ast.Constant) and node.value.value is False
            what = "" if off else f"{node.arg}={ast.unparse(node.value)}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            what = ", ".join(INSECURE.findall(text))
        if what:
            found.append(f"{getattr(node, 'lineno', 0)}: {what}")
    return found


def imported(node):
    """The modules that an import statement names, with their packages: ``a.b`` is both ``a`` and ``a.b``."""
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return set()  # of this package
        names = [node.module, *(f"{node.module}.{a.name}" for a in node.names)]
    else:
        names = [a.name for a in node.names]
    return {name for full in names for name in (full, full.split(".")[0])}


@pytest.mark.parametrize("name", SOURCES)
def test_no_pickle_no_eval_no_shell_no_plain_http(name):
    assert breaches(SOURCES[name].read_text(encoding="utf-8"), network=name == "datasets/download.py",
                    processes=name == EXECUTOR) == []


@pytest.mark.parametrize("source", [
    "eval('1')", "exec(text)", "compile(a, b, 'exec')", "__import__('os')", "import pickle", "from pickle import loads",
    "import subprocess as s", "from os import path; import os; os.system('ls')", "os.execv(a, b)", "os.popen('ls')",
    "run(x, shell=True)", "np.load(f)", "numpy.load(f, allow_pickle=False)", "f(allow_pickle=True)",
    "f(allow_pickle=flag)", "import socket", "from urllib import request", "import urllib.request", "url = 'http://example.org/mnist'",
    "url = f'ftp://{host}' or 'ftp://host'", "ssl._create_unverified_context()", "context.check_hostname = False",
    "builtins.eval", "tempfile.mktemp()", "import multiprocessing",
])
def test_the_search_finds(source):
    assert breaches(source)


@pytest.mark.parametrize("source", [
    "model.eval()", "re.compile('a')", "executor.submit(f)", "import os; os.path.join(a)",
    "from .files import open_regular", "f(allow_pickle=False)", "np.loadtxt(f)", "import html",
    "url = 'https://example.org'", f"svg = '{A_NAME}2000/svg'",
])
def test_the_search_lets_pass(source):
    assert breaches(source) == []


@pytest.mark.parametrize("name", SOURCES)
def test_only_known_packages_are_imported(name):
    imports = [node for node in nodes(SOURCES[name].read_text(encoding="utf-8"))
               if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {module.split(".")[0] for node in imports for module in imported(node)}
    others = modules - set(sys.stdlib_module_names) - {"nnprune"}
    assert others <= RUN_TIME | (TESTING if "/" in name else set()) | (OPTIONAL if name == EXECUTOR else set())


@pytest.mark.skipif(not PAGES, reason="the package has no pages")
def test_pages_run_no_text_and_fetch_nothing():
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\s*\(|new Function\s*\(|document\.write", text), path.name
        assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text), path.name
        assert not INSECURE.search(text), path.name


def test_mirrors_are_https_and_every_file_has_its_sum():
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in MIRRORS)
    assert len(MNIST_FILES) == 4
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in MNIST_FILES.values())


def test_requirements_are_names_from_the_index_and_three_at_run_time():
    setup = PACKAGE.parent / "setup.cfg"
    if not setup.exists():
        pytest.skip("installed without the checkout")
    config = configparser.ConfigParser()
    config.read(setup, encoding="utf-8")
    run_time = config["options"]["install_requires"].split()
    assert {re.match(r"\w+", line)[0] for line in run_time} == RUN_TIME
    for extra in config["options.extras_require"].values():
        for line in extra.splitlines():
            # No address, no file, no version control: what is installed comes from the index, by its name.
            assert re.fullmatch(r"([\w-]+(\[\w+(,\w+)*\])?([<>=!~]=?[\w.]+,?)*( *;.*)?)?", line.strip()), line
