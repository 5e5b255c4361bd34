"""The certificate: what it measures, by hand; and that a false one is detected."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from problems import nets, samples

import nnprune
from nnprune import MLP, certify, check_certificate, prune_lobs


@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")
@given(nets(max_units=6), st.floats(0.05, 0.95), st.sampled_from([1e-6, 1e-3, 0.1]), st.booleans())
def test_exact_lobs_keeps_what_it_promises(net, sparsity, damping, prune_biases):
    x, _ = samples(net, n=40)
    certificate = certify(net, prune_lobs(net, x, sparsity=sparsity, damping=damping,
                                          prune_biases=prune_biases), x)
    for c in certificate.layers:
        # Dead inputs are out of it on both sides: they are removed at no cost and change no output.
        assert abs(c.unexplained) <= 1e-8 * (c.predicted + 1e-9)
        assert c.damping_part >= 0
        assert c.optimality < 1e-8
    assert certificate.output_error <= certificate.bound * (1 + 1e-9) + 1e-12


def test_the_figures_by_hand():
    """One input, one weight a layer, tanh: everything can be computed on paper."""
    net = MLP.from_arrays([[[0.5]], [[2.0]]], activation="tanh", loss="mse")
    x = np.array([[1.0], [-2.0]])
    r = prune_lobs(net, x, sparsity=0.5, damping=0)  # layer 0 costs 0.5^2 * 2.5 / 2, layer 1 2^2 * h / 2
    a = np.tanh(0.5 * x)
    h = float((a**2).mean())
    cost = [0.25 * 2.5 / 2, 4 * h / 2]
    assert r.removed.tolist() == [[int(np.argmin(cost)), 0, 0]]
    c = certify(net, r, x)
    assert c.layers[0].measured == pytest.approx(cost[0])
    assert c.layers[0].predicted == pytest.approx(cost[0])
    # Without layer 0 the output is 0: the error is 2 tanh(x / 2), the bound |W_1| sqrt(2 E_0) = 2 sqrt(2.5) / 2.
    assert c.output_error == pytest.approx(2 * np.sqrt(h))
    assert c.bound == pytest.approx(np.sqrt(2.5))


def test_the_simplified_method_shows_its_error():
    rng = np.random.default_rng(0)
    net, x = MLP((20, 10, 3), rng=0), rng.normal(size=(200, 4)) @ rng.normal(size=(4, 20))
    exact, simplified = (certify(net, prune_lobs(net, x, sparsity=0.7, inverse=inverse), x)
                         for inverse in ("exact", "shared"))
    assert max(c.optimality for c in exact.layers) < 1e-8
    assert max(c.optimality for c in simplified.layers) > 1e-3
    assert max(abs(c.unexplained) for c in simplified.layers) > 1e-3
    assert sum(c.measured for c in exact.layers) < sum(c.measured for c in simplified.layers)


def test_print_and_json_say_the_same():
    net, x = MLP((4, 5, 2), rng=0), np.random.default_rng(0).normal(size=(30, 4))
    c = certify(net, prune_lobs(net, x, sparsity=0.5), x)
    found = json.loads(c.to_json())
    assert found["output_error"] == c.output_error
    assert [layer["n_removed"] for layer in found["layers"]] == [layer.n_removed for layer in c.layers]
    assert sum(layer["n_removed"] for layer in found["layers"]) == 15
    for layer in c.layers:
        assert f"{layer.measured:.6g}" in str(c)
    assert "Theorem 3.2" in str(c)


@pytest.fixture
def saved(tmp_path):
    net, x = MLP((6, 5, 2), rng=0), np.random.default_rng(0).normal(size=(40, 6))
    r = prune_lobs(net, x, sparsity=0.5)
    certify(net, r, x).save(tmp_path / "c.npz", net, r.net)
    return tmp_path / "c.npz", x


def test_a_true_certificate_is_confirmed(saved):
    path, x = saved
    assert check_certificate(path, x).method == "L-OBS, exact"


def forged(path, change):
    """The certificate with its arrays changed."""
    with np.load(path) as file:
        arrays = dict(file)
    change(arrays)
    np.savez(path, **{k: v for k, v in arrays.items() if v is not None})


def claims(**figures):
    def change(arrays):
        found = json.loads(str(arrays["certificate"]))
        found["layers"][0] |= figures
        arrays["certificate"] = np.array(json.dumps(found))
    return change


@pytest.mark.parametrize(("change", "message"), [
    (claims(measured=0.0), "measured of layer 0"),
    (claims(predicted=0.0), "unexplained of layer 0"),
    (claims(n_removed=0), "n_removed of layer 0"),
    (claims(damping_part=0.1), "damping_part of layer 0"),
    (lambda a: a.update(after_biases_1=a["after_biases_1"] + 0.01), "certificate says"),
    (lambda a: a.update(before_weights_0=a["before_weights_0"] + 0.1), "certificate says"),
    (lambda a: a.update(certificate=np.array("{")), "no certificate"),
    (lambda a: a.update(certificate=np.array('{"layers": []}')), "0 layers are certified"),
    (lambda a: a.update(certificate=None), "it is no certificate"),
    (lambda a: a.update(after_weights_0=None), "'weights_0' is missing"),
])
def test_a_false_certificate_is_found_out(saved, change, message):
    path, x = saved
    forged(path, change)
    with pytest.raises(ValueError, match=message) as error:
        check_certificate(path, x)
    assert str(path) in str(error.value)


def test_other_samples_are_found_out(saved):
    path, x = saved
    with pytest.raises(ValueError, match="certificate says"):
        check_certificate(path, x[:-1])
    with pytest.raises(ValueError, match="x has 5 columns"):
        check_certificate(path, x[:, 1:])


def test_only_lobs_has_a_certificate():
    net = MLP((3, 2), rng=0)
    with pytest.raises(ValueError, match="only the results of prune_lobs"):
        certify(net, nnprune.prune_magnitude(net, sparsity=0.5), np.eye(3))


def test_the_pruned_inputs_bring_the_output_nearer():
    rng = np.random.default_rng(0)
    net, x = MLP((15, 20, 20, 4), rng=0), rng.normal(size=(300, 15))
    for sparsity in (0.5, 0.8):
        a, b = (certify(net, prune_lobs(net, x, sparsity=sparsity, inputs=inputs, scope="layer"), x)
                for inputs in ("original", "pruned"))
        assert b.output_error < a.output_error
        assert [c.n_removed for c in a.layers] == [c.n_removed for c in b.layers]


def test_the_first_layer_has_no_other_inputs_so_one_trace_of_it_serves_all_sparsities(monkeypatch):
    net, x, traced = MLP((15, 20, 4), rng=0), np.random.default_rng(0).normal(size=(300, 15)), []
    trace = nnprune.pruning.lobs_exact.trace_layer
    monkeypatch.setattr(nnprune.pruning.lobs_exact, "trace_layer",
                        lambda H, *a, **o: traced.append(len(H)) or trace(H, *a, **o))
    for a, b in zip(*(prune_lobs(net, x, sparsity=[0.1, 0.3], inputs=i) for i in ("original", "pruned"))):
        assert a.net.weights[0].tobytes() == b.net.weights[0].tobytes()
        assert not np.array_equal(a.net.weights[1], b.net.weights[1])
    assert traced == [16, 21, 16, 21, 21, 21]


@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")
@given(nets(max_units=5), st.floats(0.05, 0.95))
def test_on_the_pruned_inputs_each_layer_is_the_least_squares_optimum(net, sparsity):
    x, _ = samples(net, n=60)
    r = prune_lobs(net, x, sparsity=sparsity, inputs="pruned", damping=0.01)
    old, _ = net.layer_inputs(x)
    new, _ = r.net.layer_inputs(x)
    for l, (a, b) in enumerate(zip(old, new)):
        ones = [np.ones((60, 1))] if net.biases[l] is not None else []
        A, A_new = np.hstack([a, *ones]), np.hstack([b, *ones])
        C, C_new = (nnprune.pruning.result.columns(n, l) for n in (net, r.net))
        lambda_ = 0.01 * (A_new**2).mean(axis=0)
        # As plain least squares: the damping is d more samples that ask for the weights before.
        rows = np.vstack([A_new, np.diag(np.sqrt(60 * lambda_))])
        for unit in np.unique(r.removed[r.removed[:, 0] == l, 1]):
            S = np.flatnonzero(C_new[unit])
            if not (A_new[:, S] ** 2).sum(axis=0).all():
                continue  # a dead input's weight stays as it is
            aim = np.concatenate([A @ C[unit], np.sqrt(60 * lambda_) * C[unit]])
            best = np.linalg.lstsq(rows[:, S], aim, rcond=None)[0]
            np.testing.assert_allclose(C_new[unit, S], best, atol=1e-6)


def test_a_layer_that_gets_nothing_any_more_on_the_pruned_inputs_stays_as_it_is():
    net = MLP.from_arrays([[[0.1]], [[2.0]], [[3.0]]], loss="mse")
    r = prune_lobs(net, np.array([[1.0], [2.0]]), sparsity=1 / 3, inputs="pruned")
    assert [float(W[0, 0]) for W in r.net.weights] == [0, 2, 3]


def test_the_pruned_inputs_need_the_exact_way():
    with pytest.raises(ValueError, match="needs inverse='exact'"):
        prune_lobs(MLP((3, 2), rng=0), np.eye(3), sparsity=0.5, inverse="shared", inputs="pruned")
    with pytest.raises(ValueError, match="inputs 'new' is unknown"):
        prune_lobs(MLP((3, 2), rng=0), np.eye(3), sparsity=0.5, inputs="new")


def test_a_net_taken_for_a_certificate_and_the_other_way_round_is_said(tmp_path):
    net, x = nnprune.MLP((3, 2), rng=0), np.random.default_rng(0).normal(size=(9, 3))
    r = nnprune.prune_lobs(net, x, sparsity=0.5)
    net.save(tmp_path / "net.npz")
    nnprune.certify(net, r, x).save(tmp_path / "certificate.npz", net, r.net)
    with pytest.raises(ValueError, match=r"net\.npz: it is no certificate.*MLP\.load"):
        nnprune.check_certificate(tmp_path / "net.npz", x)
    with pytest.raises(ValueError, match=r"certificate\.npz: it is a certificate.*check_certificate"):
        nnprune.MLP.load(tmp_path / "certificate.npz")


def test_a_certificate_of_version_0_1_0_is_checked_by_its_own_formula():
    """Its H was damped by one lambda for all columns, 1e-4 of the mean diagonal."""
    path, x = Path(__file__).parent / "data/certificate_0_1_0.npz", np.random.default_rng(0).normal(size=(40, 6))
    found = check_certificate(path, x)
    assert (found.version, found.damping) == (1, pytest.approx(1e-4))
    assert max(abs(c.unexplained) for c in found.layers) < 1e-12
    with pytest.raises(ValueError, match="certificate says"):
        check_certificate(path, 2 * x)
