"""The public names: what ``dir(nnprune)`` shows, what ``import nnprune`` takes along, what a missing package says."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import nnprune

PACKAGE = Path(nnprune.__file__).parent
ROOMS = {p.stem for p in PACKAGE.glob("*.py")} | {p.parent.name for p in PACKAGE.glob("*/__init__.py")}
ROOMS = {name for name in ROOMS if not name.startswith("_")}
PACKAGES = ["nnprune", *(m.name for m in pkgutil.walk_packages(nnprune.__path__, "nnprune.") if m.ispkg)]


def python(*arguments, without=(), path=None, **environment):
    """Run Python in a fresh process, in which the modules ``without`` cannot be imported."""
    folder = [str(PACKAGE.parent)]
    if without:
        (path / "sitecustomize.py").write_text("import sys\n" + "".join(f"sys.modules[{m!r}] = None\n"
                                                                       for m in without))
        folder.insert(0, str(path))
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": ":".join(folder), "PATH": "/usr/bin:/bin", "MPLBACKEND": "agg",
                               **environment})


def test_dir_shows_the_public_names_and_the_rooms_and_nothing_else():
    assert dir(nnprune) == sorted({*nnprune.__all__} | ROOMS)
    assert not {*nnprune.__all__} & ROOMS


def test_nothing_else_can_be_reached_by_accident():
    done = python("-c", "import nnprune; print(*(n for n in vars(nnprune) if n[0] != '_'))")
    assert {*done.stdout.split()} <= {*nnprune.__all__} | ROOMS, done.stderr


def test_every_room_is_there_when_asked_for():
    """Each after an ``import nnprune`` of its own: none may lean on another having been asked for."""
    done = python("-c", "import sys\nfor room in sys.argv[1:]:\n"
                  "    for name in [m for m in sys.modules if m.split('.')[0] == 'nnprune']: del sys.modules[name]\n"
                  "    import nnprune; print(getattr(nnprune, room).__name__)", *sorted(ROOMS))
    assert done.stdout.split() == [f"nnprune.{room}" for room in sorted(ROOMS)], done.stderr


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'nnprune' has no attribute 'prune_obc'"):
        nnprune.prune_obc  # noqa: B018


def test_import_takes_neither_matplotlib_nor_hypothesis_along():
    done = python("-c", "import nnprune, sys; print(*{m.split('.')[0] for m in sys.modules})")
    assert "numpy" in done.stdout.split()
    assert not {"matplotlib", "hypothesis"} & {*done.stdout.split()}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_public_name_hides_a_module(package):
    package = importlib.import_module(package)
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "__main__":
            found = importlib.import_module(f"{package.__name__}.{module.name}")
            assert getattr(package, module.name) is found, f"{package.__name__}.{module.name} is no module"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_exports_what_it_has_and_says_what_that_is(package):
    package = importlib.import_module(package)
    assert len(package.__doc__) > 60
    for name in getattr(package, "__all__", ()):
        assert isinstance(getattr(package, name), ModuleType) or getattr(package, name).__doc__, name


@pytest.mark.parametrize("room", ["laws", "exercises"])
def test_without_hypothesis_a_room_says_what_to_install(room, tmp_path):
    line = f'nnprune.{room} needs hypothesis: pip install "nnprune[test]"'
    for statement in (f"import nnprune; nnprune.{room}", f"from nnprune import {room}", f"import nnprune.{room}"):
        done = python("-c", statement, without=["hypothesis"], path=tmp_path)
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == f"ImportError: {line}"
        assert "During handling" not in done.stderr
    done = python("-m", f"nnprune.{room}", without=["hypothesis"], path=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: {line}\n")


def test_without_hypothesis_the_tests_say_what_to_install(tmp_path):
    done = python("-m", "pytest", Path(__file__).parent, without=["hypothesis"], path=tmp_path,
                  PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")  # one of them is Hypothesis' own
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == 'error: the tests need hypothesis: python -m pip install ".[test]"\n'


def test_the_other_rooms_need_no_hypothesis(tmp_path):
    others = ", ".join(f"nnprune.{room}" for room in sorted(ROOMS - {"laws", "exercises"}))
    done = python("-c", f"import {others}", without=["hypothesis"], path=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("call", "name"), [("from_torch(None)", "torch"), ("to_torch(None)", "torch"),
                                            ("from_sklearn(None)", "scikit-learn"), ("to_sklearn(0)", "scikit-learn")])
def test_without_torch_or_scikit_learn_their_functions_say_what_to_install(call, name, tmp_path):
    done = python("-c", f"import nnprune.interop; nnprune.interop.{call}", without=["torch", "sklearn"], path=tmp_path)
    wanted = f'ImportError: nnprune.interop.{call.split("(")[0]} needs {name}: pip install "nnprune[interop]" '
    assert done.stderr.splitlines()[-1].startswith(wanted)


def test_import_of_interop_takes_neither_along():
    done = python("-c", "import nnprune.interop, sys; print(*{m.split('.')[0] for m in sys.modules})")
    assert "nnprune" in done.stdout.split()
    assert not {"torch", "sklearn"} & {*done.stdout.split()}
