"""The page "From your own idea to a figure": its code runs, and does what the page says."""

import re
from pathlib import Path

import pytest

import nnprune

PAGE = Path(__file__).resolve().parents[1] / "docs" / "your_own_method.md"


def test_the_code_of_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    exec("\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)), namespace)
    assert {p.name for p in tmp_path.iterdir()} == {"compared.csv", "compared.png", "mask.png", "costs.png",
                                                    "result.npz"}
    assert list(namespace["compared"].curves) == ["dense", "magnitude", "by_signal", "lobs-exact"]
    assert namespace["result"].net.sparsity == pytest.approx(0.9, abs=1e-4)
    assert namespace["again"].costs.tolist() == namespace["result"].costs.tolist()
    assert isinstance(namespace["again"], nnprune.PruneResult)
    assert namespace["board"].passed, namespace["board"]
    assert "by_signal" in capsys.readouterr().out


def test_the_method_has_about_ten_lines():
    method = re.search(r"def by_signal.*?(?=\n```)", PAGE.read_text(), re.S)[0]
    assert len(method.splitlines()) <= 10
