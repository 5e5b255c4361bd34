"""Results on disk: what comes back, and what is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import nnprune
from nnprune import MLP, OBSResult, PruneResult
from nnprune.pruning import METHODS

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(80, 5)), RNG.integers(0, 3, size=80)
NET = MLP((5, 6, 3), activation="tanh", rng=1)
OLD = Path(__file__).parents[1] / "nn" / "net_0.1.0.npz"


@pytest.mark.parametrize("key", METHODS)
def test_everything_comes_back_for_every_method(key, tmp_path):
    result = METHODS[key].prune(NET, X, Y, sparsity=0.5)
    result.save(tmp_path / "r.npz")
    loaded = PruneResult.load(tmp_path / "r.npz")
    assert type(loaded) is type(result)
    for field in dataclasses.fields(result):
        before, after = getattr(result, field.name), getattr(loaded, field.name)
        if field.name == "net":
            np.testing.assert_array_equal(before.parameters(), after.parameters())
            assert all((a == b).all() for a, b in zip(before.masks, after.masks))
            assert str(before) == str(after)
        elif isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after)
        else:
            assert repr(before) == repr(after), field.name  # NaN is not equal to itself


def test_biases_options_and_an_empty_result_come_back(tmp_path):
    for n, result in enumerate([nnprune.prune_magnitude(NET, sparsity=0.7, prune_biases=True),
                                nnprune.prune_obs(NET, X, Y, n_remove=4, prune_biases=True),
                                nnprune.prune_magnitude(NET, sparsity=0)]):
        result.save(tmp_path / f"{n}.npz")
        loaded = PruneResult.load(tmp_path / f"{n}.npz")
        np.testing.assert_array_equal(loaded.removed, result.removed)
        assert loaded.costs.tolist() == result.costs.tolist()
        assert loaded.removed.shape == (len(result.costs), 3)
        assert repr(loaded) == repr(result)


def test_numbers_of_numpy_come_back_as_pythons(tmp_path):
    result = nnprune.prune_magnitude(NET, sparsity=0.5)
    dataclasses.replace(result, damping=np.float32(0.5)).save(tmp_path / "r.npz")
    assert type(PruneResult.load(tmp_path / "r.npz").damping) is float


def test_a_kind_reads_its_own(tmp_path):
    nnprune.prune_magnitude(NET, sparsity=0.5).save(tmp_path / "m.npz")
    with pytest.raises(ValueError, match=r"it holds a PruneResult; PruneResult.load reads it"):
        OBSResult.load(tmp_path / "m.npz")
    nnprune.prune_obs(NET, X, Y, n_remove=2).save(tmp_path / "o.npz")
    assert OBSResult.load(tmp_path / "o.npz").stopped == "count"


def test_a_certificate_can_be_made_of_a_loaded_result(tmp_path):
    result = nnprune.prune_lobs(NET, X, sparsity=0.5)
    result.save(tmp_path / "r.npz")
    assert str(nnprune.certify(NET, PruneResult.load(tmp_path / "r.npz"), X)) == str(nnprune.certify(NET, result, X))


def changed(path, **changes):
    """The file with some arrays replaced; of ``rest``, with some entries."""
    with np.load(path) as found:
        arrays = {name: found[name] for name in found.files}
    rest = {**json.loads(str(arrays["rest"])), **changes.pop("rest", {})} if "rest" in arrays else None
    if rest is not None:
        arrays["rest"] = np.array(json.dumps(rest))
    arrays |= {name: np.asarray(value) for name, value in changes.items()}
    np.savez(path, **arrays)


@pytest.mark.parametrize(("changes", "message"), [
    ({"format": "nnprune result 2"}, "by a later version of nnprune, as 'nnprune result 2'.*update nnprune"),
    ({"format": "nnprune net 1"}, "it is a saved net; MLP.load reads it"),
    ({"format": "zip"}, "no saved result of this version; its format should be 'nnprune result 1'"),
    ({"rest": {"class": "os.system"}}, "no sound saved result"),
    ({"rest": {"method": 3}}, "method must be of type str, but it is 3"),
    ({"rest": {"layers": 3}}, "no sound saved result"),
    ({"rest": {"layers": [{"layer": 0}]}}, "a LayerReport has the fields layer, n_inputs"),
    ({"rest": {"damping": "much"}}, "damping must be of type float | None"),
    ({"rest": {"surprise": 1}}, "a PruneResult has the fields method, damping"),
    ({"costs": np.zeros(2)}, "'removed' has dtype int64 and shape"),
    ({"costs": np.full(24, np.nan)}, "a cost is NaN"),
    ({"more": 1}, "no array 'more' belongs in a saved result"),
    ({"net_weights_0": np.ones((6, 5))}, "weights that are not 0 where the mask says pruned"),
    ({"removed": np.zeros((15, 3)), "costs": np.zeros(15)}, "'removed' has dtype float64"),
])
def test_a_file_that_is_not_right_is_one_error_that_names_it(changes, message, tmp_path):
    nnprune.prune_lobs(NET, X, sparsity=0.5).save(tmp_path / "r.npz")
    changed(tmp_path / "r.npz", **changes)
    with pytest.raises(ValueError, match=message) as caught:
        PruneResult.load(tmp_path / "r.npz")
    assert str(tmp_path / "r.npz") in str(caught.value)


@pytest.mark.parametrize(("entry", "message"), [
    ([7, 0, 0], "no weight at layer 7"), ([0, 0, 9], "no weight at layer 0, unit 0, input 9"),
    ([-1, 0, 0], "no weight at layer -1"), ([0, 0, 5], "the net's mask keeps it"), (None, "removed twice")])
def test_removals_must_be_those_of_the_net(entry, message, tmp_path):
    result = nnprune.prune_magnitude(NET, sparsity=0.5)
    result.save(tmp_path / "r.npz")
    removed = result.removed.copy()
    removed[0] = removed[1] if entry is None else entry
    changed(tmp_path / "r.npz", removed=removed)
    with pytest.raises(ValueError, match=message):
        PruneResult.load(tmp_path / "r.npz")


def test_a_file_that_is_cut_off_or_none_at_all(tmp_path):
    path = tmp_path / "r.npz"
    nnprune.prune_magnitude(NET, sparsity=0.5).save(path)
    whole = path.read_bytes()
    for n in range(0, len(whole), 97):
        path.write_bytes(whole[:n])
        with pytest.raises(ValueError, match=r"r\.npz: no saved result: expected"):
            PruneResult.load(path)
    NET.save(path)
    with pytest.raises(ValueError, match="it is a saved net; MLP.load reads it"):
        PruneResult.load(path)
    with pytest.raises(FileNotFoundError):
        PruneResult.load(tmp_path / "nowhere.npz")


def test_what_cannot_be_saved_leaves_the_old_file(tmp_path):
    path, result = tmp_path / "r.npz", nnprune.prune_magnitude(NET, sparsity=0.5)
    result.save(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="a PruneResult with such layers cannot be saved"):
        dataclasses.replace(result, layers=("mine",)).save(path)
    with pytest.raises(ValueError, match="a set in a result cannot be saved"):
        dataclasses.replace(result, damping={1}).save(path)
    result.net.weights[0][0, 0] = np.nan
    with pytest.raises(ValueError, match="the net of the result"):
        result.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["r.npz"]


def test_nets_of_0_1_0_are_read_and_later_ones_named(tmp_path):
    """The file was written by nnprune 0.1.0, and so were these outputs."""
    net = MLP.load(OLD)
    x = nnprune.make_xor().x_train[:2]
    np.testing.assert_allclose(net.forward(x), [[-0.004152259789407253, 0.0054826317355036736],
                                                [0.10244990885257721, 0.2044133096933365]], rtol=1e-6)
    assert [int(mask.sum()) for mask in net.masks] == [4, 6, 3]
    nnprune.prune_magnitude(NET, sparsity=0.5).save(tmp_path / "r.npz")
    with pytest.raises(ValueError, match="it is a saved result; PruneResult.load reads it"):
        MLP.load(tmp_path / "r.npz")
    net.save(tmp_path / "n.npz")
    changed(tmp_path / "n.npz", format="nnprune net 2")
    with pytest.raises(ValueError, match="by a later version of nnprune, as 'nnprune net 2'.*update nnprune"):
        MLP.load(tmp_path / "n.npz")
