"""What all tests share: where helpers lie, Hypothesis profiles, and the real data where there are any."""

import os
import sys

# The tests' matrices are small: threads would only get into each other's way, most of all on a busy machine. The
# variable must be set before NumPy is loaded. (The benchmarks use all cores.)
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from pathlib import Path  # noqa: E402

import pytest  # noqa: E402
from hypothesis import HealthCheck, settings  # noqa: E402

# Helpers that are imported by name, from every room: problems.py here, the mutants, the programs in tools/.
TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS / "laws"), str(TESTS.parent / "tools")]

# Timings are no matter of tests (a loaded machine would fail them), so there is no deadline. Examples are the same
# in every run: a law that fails, fails for everyone. `NNPRUNE_NIGHTLY=1` looks at more, and at new ones every time.
quiet = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", derandomize=True, max_examples=50, database=None, **quiet)
settings.register_profile("nightly", max_examples=2000, **quiet)
settings.load_profile("nightly" if os.environ.get("NNPRUNE_NIGHTLY") else "default")


@pytest.fixture(scope="session")
def mnist():
    """The real MNIST; the test is skipped, saying so, where it is absent."""
    import nnprune
    shared = TESTS.parents[1] / "shared" / "mnist"
    for folder in (os.environ.get("NNPRUNE_DATA"), shared):
        if folder and Path(folder).is_dir():
            return nnprune.load_mnist(folder)
    pytest.skip(f"the real MNIST is absent: neither NNPRUNE_DATA nor {shared}")
