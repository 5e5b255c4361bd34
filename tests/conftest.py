"""What all tests share: where helpers lie, Hypothesis profiles, and the real data where there are any."""

import contextlib
import os
import sys

# The tests' matrices are small: threads would only get into each other's way, most of all on a busy machine. The
# variable must be set before NumPy is loaded. (The benchmarks use all cores.)
os.environ["OPENBLAS_NUM_THREADS"] = os.environ.get("OPENBLAS_NUM_THREADS") or "1"  # set to nothing means all

# `NNPRUNE_WITHOUT_POSIX=1` takes away what Windows lacks, so that whatever leans on it shows here. (Not the signals:
# the standard library of this system stands on them.)
if os.environ.get("NNPRUNE_WITHOUT_POSIX"):
    for module in ("fcntl", "grp", "pwd", "resource", "termios"):
        sys.modules[module] = None
    for name in ("fork", "geteuid", "mkfifo", "seteuid", "statvfs"):
        delattr(os, name)

    def symlink(*_args, **_options):
        raise OSError("symbolic links need a privilege on Windows")

    os.symlink = symlink

from pathlib import Path  # noqa: E402

import pytest  # noqa: E402

try:
    from hypothesis import HealthCheck, settings
except ModuleNotFoundError:
    sys.exit('error: the tests need hypothesis: python -m pip install ".[test]"')

# Helpers that are imported by name, from every room: problems.py here, the mutants, the programs in tools/.
TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS / "laws"), str(TESTS.parent / "tools")]
from problems import NIGHTLY, PER_NIGHT  # noqa: E402

# Tests do not measure time (a loaded machine would fail them), so there is no deadline. Examples are the same
# in every run: a law that fails, fails for everyone. By night there are more, and new ones every time.
quiet = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", derandomize=True, max_examples=50, database=None, **quiet)
settings.register_profile("nightly", max_examples=PER_NIGHT or 2000, **quiet)
settings.load_profile("nightly" if NIGHTLY else "default")


# The files that take longest come first: one of them at the end would leave all other cores without work. (By itself
# --dist loadfile begins with the files of many tests, which are not those.)
LONG = ("test_lessons.py", "test_executor.py", "test_right_code.py", "test_laws_mutants.py", "test_exercises_cli.py",
        "test_wrong_answers.py", "test_command.py", "test_reproduce_lobs.py", "test_demo.py", "test_units.py",
        "test_exercises.py", "test_reproduce.py", "test_typing.py", "test_replay.py", "test_explore.py")


def pytest_configure(config):
    """Keep the order of the files."""
    if hasattr(config.option, "loadscopereorder"):  # of pytest-xdist
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    """What takes minutes is run at night; the longest files are run first."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))
    for item in items:
        if item.get_closest_marker("nightly") and not NIGHTLY:
            item.add_marker(pytest.mark.skip(reason="minutes: NNPRUNE_NIGHTLY=1 runs it"))


# The real data: MNIST where NNPRUNE_DATA says or in shared/mnist beside the checkout; the MONK's files next to it.
REAL_MNIST = Path(os.environ.get("NNPRUNE_DATA") or TESTS.parents[1] / "shared" / "mnist")


@pytest.fixture
def links(tmp_path):
    """For tests of symbolic links, which are skipped where none can be made."""
    try:
        (tmp_path / "link").symlink_to("nowhere")
    except (OSError, NotImplementedError):
        pytest.skip("no symbolic link can be made here")
    (tmp_path / "link").unlink()


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST; the test is skipped, saying so, where it is absent."""
    from nnprune.datasets.mnist import find_mnist, load_mnist
    if find_mnist(REAL_MNIST) is None:
        pytest.skip(f"the real MNIST is absent: there are no files of it in {REAL_MNIST}")
    return load_mnist(REAL_MNIST)


def beside_mnist(name, what):
    """A folder beside that of MNIST; the test is skipped, saying so, where it is absent."""
    folder = REAL_MNIST.parent / name
    if not folder.is_dir():
        pytest.skip(f"{what} absent: there is no {folder}")
    return folder


@pytest.fixture(scope="session")
def monks_folder():
    """The folder of the original MONK's files."""
    return beside_mnist("monks", "the original MONK's files are")


@pytest.fixture(scope="session")
def lobs_net():
    """The folder of the L-OBS authors' dense net."""
    return beside_mnist("lobs-net", "the L-OBS authors' dense net is")


@pytest.fixture(scope="session", autouse=True)
def digits_are_made_once():
    """Those of ``--dataset digits`` are the same in every run: all programs that tests call in this process share
    them."""
    from functools import cache

    from nnprune.datasets import choose
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "make_digits", cache(choose.make_digits))
        yield


@pytest.fixture(scope="session")
def few_digits(tmp_path_factory):
    """A folder for ``--data`` with 2,000 and 500 digits: a program in a process of its own reads them at once, where
    it would take most of its time to make 12,000."""
    import numpy as np

    from nnprune.datasets import make_digits
    from nnprune.datasets.idx import write_idx
    folder, data = tmp_path_factory.mktemp("few-digits"), make_digits(2000, 500)
    for part, x, y in (("train", data.x_train, data.y_train), ("t10k", data.x_test, data.y_test)):
        write_idx(folder / f"{part}-images-idx3-ubyte", np.rint(255 * x).astype(np.uint8).reshape(-1, 28, 28))
        write_idx(folder / f"{part}-labels-idx1-ubyte", y.astype(np.uint8))
    return folder


@pytest.fixture
def little_room():
    """A context in which no file may have more than 100 bytes: not the whole test, since pytest writes to files too."""
    resource = pytest.importorskip("resource", reason="Windows has no such limit")

    @contextlib.contextmanager
    def limited():
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    return limited
