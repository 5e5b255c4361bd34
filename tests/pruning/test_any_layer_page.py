"""The page "Any layer": its code runs, and does what the page says."""

import re
from pathlib import Path

import numpy as np
import pytest
from problems import convolved

PAGE = Path(__file__).resolve().parents[2] / "docs" / "any_layer.md"


@pytest.fixture(scope="module")
def namespace(tmp_path_factory):
    """What the code of the page leaves behind."""
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)), names)
        assert {p.name for p in Path().iterdir()} == {"layer_1.npz"}
    return names


def test_the_layer_is_pruned_as_the_page_says(namespace):
    assert namespace["r"].mask.mean() == pytest.approx(0.2, abs=1e-3)
    assert namespace["again"].mask.tolist() == namespace["r"].mask.tolist()
    assert (namespace["of_a_layer"].mask.reshape(40, 15, 4).sum(axis=2) == 1).all()
    for name in ("by_size", "by_surgery"):
        assert [mask.mean() for mask in namespace[name].net.masks] == [0.5, 0.5, 0.5]


def test_the_shares_are_those_asked_for(namespace):
    def gone(r):
        return [(~mask).mean() for mask in r.net.masks]
    assert gone(namespace["a"]) == pytest.approx([0.95, 0.8, 0], abs=1e-3)
    assert gone(namespace["b"])[2] == 0
    assert gone(namespace["c"]) == pytest.approx([0.9] * 3, abs=1e-3)


def test_the_kernels_give_nearly_the_maps_that_they_gave(namespace):
    """By a convolution in loops on two images: nearer than the smallest weights set to 0 come."""
    x, K = namespace["images"][:2].astype(float), namespace["kernels"]
    small = np.where(np.abs(K) < np.quantile(np.abs(K), 0.6), 0, K)
    before, ours, theirs = (convolved(x, k, (2, 2), (2, 2)) for k in (K, namespace["new_kernels"], small))
    assert (namespace["new_kernels"] == 0).mean() == 0.6
    assert np.sum((ours - before) ** 2) < 0.5 * np.sum((theirs - before) ** 2)
