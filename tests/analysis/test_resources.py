"""The resource report: every figure counted again by another route, and what it says."""

import dataclasses
import json
import sys
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples
from scipy.sparse import csr_matrix

from nnprune import MLP, compact, drop_dead, prune_magnitude, prune_random, resource_report
from nnprune.analysis import stopwatch as stopwatch_module
from nnprune.analysis.resources import (
    ResourceReport,
    count_bytes,
    csr_arrays,
    csr_bytes,
    dense_bytes,
    forwards,
    smallest_type,
)
from nnprune.analysis.stopwatch import Seconds, measure


@st.composite
def pruned_nets(draw, max_units=5):
    net = draw(nets(max_units=max_units))
    return prune_random(net, sparsity=draw(st.sampled_from([0, 0.3, 0.6, 0.9])), rng=draw(st.integers(0, 99))).net


@given(pruned_nets())
def test_every_way_through_the_net_gives_its_outputs(net):
    x, _ = samples(net)
    x = x.astype(np.float32)
    for n in (1, len(x)):
        for name, way in forwards(net, compact(net)).items():
            z = way(x[:n])
            assert z.dtype == np.float32, name
            np.testing.assert_allclose(z, net.forward(x[:n].astype(float)), rtol=1e-4, atol=1e-4, err_msg=name)


@given(pruned_nets())
def test_no_way_changes_the_samples_or_the_net(net):
    x, before = samples(net)[0].astype(np.float32), net.copy()
    kept = x.copy()
    for way in forwards(net, compact(net)).values():
        assert np.array_equal(way(x), way(x))
    resource_report(net, x, timing=False)
    assert np.array_equal(x, kept)
    assert np.array_equal(net.parameters(), before.parameters())


def scipy_arrays(net):
    """The arrays of the net in CSR as SciPy makes them, layer by layer."""
    for W, b in zip(net.weights, net.biases):
        S = csr_matrix(W.astype(np.float32))
        yield from (S.data, S.indices, S.indptr, *([] if b is None else [b.astype(np.float32)]))


@given(pruned_nets())
def test_bytes_are_those_of_scipy_and_zlib(net):
    c = compact(net)
    found, raw = count_bytes(net, c), b"".join(a.tobytes() for a in scipy_arrays(net))
    assert found["dense"] == 4 * net.parameters().size
    assert found["csr"] == sum(a.nbytes for a in scipy_arrays(net))
    assert csr_bytes(net) == raw
    dense = b"".join(a.astype("f4").tobytes() for W, b in zip(net.weights, net.biases)
                     for a in (W, b) if a is not None)
    assert dense == dense_bytes(net)
    assert found["dense_zlib"] == len(zlib.compress(dense, 9))
    # All of these fit one byte: at most 5 columns, and 25 weights.
    small = sum(4 * M.sum() + M.sum() + len(M) + 1 + (0 if b is None else 4 * len(b))
                for M, b in zip(net.masks, net.biases))
    assert found["csr_small"] == small
    read = 0 if len(c.inputs) == net.sizes[0] else len(c.inputs)
    assert found["compact"] == read + 4 * c.net.parameters().size
    assert found["compact_csr"] == read + len(csr_bytes(c.net, small=True))
    listed = bytes(c.inputs.tolist()) if read else b""
    assert found["csr_small_zlib"] == len(zlib.compress(csr_bytes(net, small=True), 9))
    assert found["compact_csr_zlib"] == len(zlib.compress(listed + csr_bytes(c.net, small=True), 9))


@pytest.mark.parametrize(("n_in", "kept", "width"), [(256, 255, (1, 1)), (257, 255, (2, 1)), (256, 256, (1, 2)),
                                                     (65_536, 70_000, (2, 4)), (65_537, 1, (4, 1))])
def test_the_smallest_index_types(n_in, kept, width):
    M = np.zeros((2, n_in), bool)
    M.ravel()[:kept] = True
    values, indices, indptr = csr_arrays(np.ones(M.shape), M, small=True)
    assert (indices.itemsize, indptr.itemsize) == width
    assert np.array_equal(csr_matrix((values, indices.astype(int), indptr.astype(int)), M.shape).toarray(), M)
    assert smallest_type(0) == np.uint8


def test_the_saved_net_is_a_file_of_that_size(tmp_path):
    net = prune_magnitude(MLP((30, 20, 5), rng=0), sparsity=0.7).net
    net.save(tmp_path / "net.npz")
    assert count_bytes(net, compact(net))["saved"] == (tmp_path / "net.npz").stat().st_size


def multiply_adds(weights, stored):
    """Counted in a loop over the products of one sample."""
    count = 0
    for W, S in zip(weights, stored):
        for unit in range(W.shape[0]):
            for i in range(W.shape[1]):
                count += bool(S[unit, i])
    return count


@given(pruned_nets(max_units=4))
def test_multiply_adds_counted_one_by_one(net):
    small, found = compact(net).net, resource_report(net, timing=False).multiply_adds
    assert found == {"dense": multiply_adds(net.weights, [np.ones(W.shape) for W in net.weights]),
                     "csr": multiply_adds(net.weights, net.weights),
                     "compact": multiply_adds(small.weights, [np.ones(W.shape) for W in small.weights]),
                     "compact_csr": multiply_adds(small.weights, small.weights)}
    assert found["compact_csr"] <= found["csr"] <= found["dense"]


@given(pruned_nets())
def test_the_layers_add_up(net):
    found, after = resource_report(net, timing=False), drop_dead(net)
    for l, a in enumerate(found.layers):
        assert (a.n_in, a.n_out, a.n_weights) == (*net.weights[l].shape[::-1], net.weights[l].size)
        assert (a.n_kept, a.n_in_effect, a.n_zero) == (net.masks[l].sum(), after.masks[l].sum(), 0)
        assert a.unread_inputs == a.n_in - after.masks[l].any(axis=0).sum()
        if l > 0:
            assert a.unread_inputs == found.layers[l - 1].dead_units
    assert found.difference < 1e-4


def test_dead_units_by_hand():
    """Of 4 units, 0 has no input, 1 no output, 2 both; pixel 0 is read by unit 1 only, and output 1 reads nothing."""
    weights = [np.array([[0, 0, 0.0], [1, 1, 0], [0, 0, 0], [0, 1, 1]]), np.array([[5, 0, 0, 6.0], [0, 0, 0, 0]])]
    net = MLP.from_arrays(weights, [np.ones(4), np.ones(2)], masks="zeros")
    first, second = resource_report(net, timing=False).layers
    assert (first.n_kept, first.n_in_effect, first.unread_inputs, first.dead_units) == (4, 2, 1, 3)
    assert (second.n_kept, second.n_in_effect, second.unread_inputs, second.dead_units) == (2, 1, 3, 1)


def test_in_a_constant_net_all_is_dead():
    net = MLP((3, 4, 2), rng=0)
    net.set_masks([net.masks[0], np.zeros((2, 4))])
    first, second = resource_report(net, timing=False).layers
    assert (first.unread_inputs, first.dead_units, first.n_in_effect) == (3, 4, 0)
    assert (second.unread_inputs, second.dead_units) == (4, 2)


class Clock:
    """A clock that only the calls move."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(stopwatch_module.time, "perf_counter", lambda: self.now)

    def call(self, *seconds):
        """A call that takes these times in turn, then the last one without end."""
        left = list(seconds)

        def run():
            self.now += left.pop(0) if len(left) > 1 else left[0]
        return run


def test_the_stopwatch_gives_quartiles_of_single_calls(monkeypatch):
    clock = Clock(monkeypatch)
    # The first call finds out how many make a measurement; one more warms up before each, which is not counted.
    uneven = clock.call(9, *[t for measured in (5, 1, 3, 2, 4) for t in (100, measured)])
    found = measure({"uneven": uneven, "short": clock.call(2**-14)}, repeats=5)
    assert found["uneven"] == Seconds(2, 3, 4)
    assert found["short"] == Seconds(2**-14, 2**-14, 2**-14)


def test_differences_are_called_clear_only_where_the_middle_halves_are_apart():
    t = Seconds(2, 3, 4)
    assert [Seconds(*s).compared(t) for s in [(0, 1, 1.9), (0, 1, 2), (2, 3, 4), (4, 5, 6), (4.1, 5, 6)]] == [
        "faster", "no clear difference", "no clear difference", "no clear difference", "slower"]


def timed(**medians):
    """A resource report with these times, none of which is near another."""
    found = resource_report(prune_magnitude(MLP((8, 6, 3), rng=0), sparsity=0.3).net, timing=False)
    times = {name: Seconds(0.99 * t, t, 1.01 * t) for name, t in medians.items()}
    return dataclasses.replace(found, batch_seconds=times, sample_seconds=times | {"csr": times["dense"]})


def test_it_names_what_is_slower_and_what_is_larger():
    text = str(timed(dense=1e-3, csr=3e-3, compact=5e-4, compact_csr=2e-3))
    assert ("On a batch of 128, slower than dense: CSR, compact CSR; faster: compact dense; "
            "no clear difference: none.") in text
    assert ("On one sample, slower than dense: compact CSR; faster: compact dense; "
            "no clear difference: CSR.") in text
    assert "3,000 (2,970-3,030)       300%" in text
    larger = next(line for line in text.splitlines() if "Larger than dense, float32:" in line)
    assert "; CSR, int32 indices" in larger
    assert "compact dense" not in larger
    nothing = str(timed(dense=1e-3, csr=1e-4, compact=1e-4, compact_csr=1e-4))
    assert "On a batch of 128, slower than dense: none; faster: CSR, compact dense, compact CSR;" in nothing


def test_what_is_run_and_how_far_the_outputs_differ(monkeypatch):
    """A dense way and one that is off by 1, which write down what they are given."""
    seen = []

    def way(off):
        def run(x):
            seen.append((x.dtype, len(x)))
            return x[:, :2] + np.float32(off)
        return run

    module = sys.modules["nnprune.analysis.resources"]
    monkeypatch.setattr(module, "forwards", lambda net, c: {"dense": way(0), "csr": way(-1), "compact": way(0)})
    monkeypatch.setattr(module, "measure", lambda calls, repeats: [call() for call in calls.values()])
    found = resource_report(MLP((3, 2), rng=0), np.zeros((9, 3)), batch_size=5)
    assert found.difference == 1
    # The dense outputs, those of all three to compare, all three on the batch, all three on one sample.
    assert seen == [(np.dtype(np.float32), n) for n in [5, 5, 5, 5, 5, 5, 5, 1, 1, 1]]


def test_it_measures_when_asked_and_is_the_same_at_every_call_when_not():
    net = prune_magnitude(MLP((6, 5, 2), rng=0), sparsity=0.8).net
    x = np.random.default_rng(0).normal(size=(20, 6))
    found = resource_report(net, x, batch_size=8, repeats=3)
    for times in (found.batch_seconds, found.sample_seconds):
        assert list(times) == list(found.multiply_adds)
        assert all(0 < t.low <= t.median <= t.high for t in times.values())
    assert found.batch_size == 8
    assert "median of 3 measurements" in str(found)
    without = resource_report(net, x, timing=False)
    assert without == resource_report(net, x, timing=False)
    assert without.batch_size == 20
    assert "slower" not in str(without)
    assert dataclasses.replace(found, batch_seconds=None, sample_seconds=None, batch_size=20, repeats=31,
                               difference=0) == dataclasses.replace(without, difference=0)


def test_json_and_print_say_the_same():
    report = resource_report(prune_magnitude(MLP((9, 7, 4), rng=0), sparsity=0.9).net, repeats=1)
    found = json.loads(json.dumps(report.as_dict()))
    assert found["bytes"] == report.bytes
    assert found["sample_seconds"]["csr"]["median"] == report.sample_seconds["csr"].median
    assert [layer["n_kept"] for layer in found["layers"]] == [layer.n_kept for layer in report.layers]
    for line, layer in zip(str(report).splitlines()[1:], report.layers):
        assert f"{layer.n_kept} / {layer.n_weights}" in line
    assert all(f"{n:,}" in str(report) for n in report.bytes.values())
    assert max(map(len, str(report).splitlines())) <= 180


def test_it_says_which_kept_weights_do_nothing():
    W = np.eye(3)
    text = str(resource_report(MLP.from_arrays([W, W]), timing=False))
    assert "Kept, but exactly 0: 12. Only a mask says pruned" in text
    assert "without any effect" not in text
    net = MLP((2, 2, 1), loss="mse", rng=0)
    net.set_masks([net.masks[0], [[0, 1]]])
    text = str(resource_report(net, timing=False))
    assert "Kept, but without any effect: 2. nnprune.drop_dead(net) prunes them." in text
    assert "exactly 0" not in text


def test_what_makes_no_sense_is_refused():
    net = MLP((3, 2), rng=0)
    with pytest.raises(ValueError, match="net must be an MLP, but it is a PruneResult; take its .net"):
        resource_report(prune_magnitude(net, sparsity=0.5))
    with pytest.raises(ValueError, match="x has 2 columns, but 3 are needed: the inputs of the net"):
        resource_report(net, np.ones((4, 2)))
    with pytest.raises(ValueError, match="batch_size must be a whole number of at least 1, but it is 0"):
        resource_report(net, batch_size=0)
    with pytest.raises(ValueError, match="repeats must be a whole number of at least 1, but it is 1.5"):
        resource_report(net, repeats=1.5)
    assert isinstance(resource_report(net, timing=False), ResourceReport)
