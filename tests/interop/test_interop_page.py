"""The page "Nets of other libraries, in and out": its code runs, where the library that it is about is installed."""

import importlib.util
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "interop.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)


def test_the_page_has_data_and_a_block_for_each_library():
    assert [re.search(r"import torch|sklearn|Keras|get_weights|make_digits", block)[0] for block in BLOCKS] == [
        "make_digits", "import torch", "sklearn", "get_weights"]


@pytest.mark.parametrize(("block", "package"), [(1, "torch"), (2, "sklearn"), (3, "numpy")])
def test_the_code_of_the_page_runs(block, package):
    if importlib.util.find_spec(package) is None:
        pytest.skip(f'{package} is not installed: pip install "nnprune[interop]"')
    namespace = {}
    exec(BLOCKS[0] + BLOCKS[block], namespace)
    assert namespace["pruned"].sparsity == pytest.approx(0.5 if block == 3 else 0.9, abs=1e-4)
