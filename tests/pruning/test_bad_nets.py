"""What is no net is called so, with the remedy, by every function that wants one."""

import numpy as np
import pytest

import nnprune
from nnprune.pruning import METHODS, Method
from nnprune.pruning.schedules import lobs, magnitude, stage

X, Y = np.random.default_rng(0).normal(size=(9, 3)), np.arange(9) % 2
NET = nnprune.MLP((3, 4, 2), rng=0)
RESULT = nnprune.prune_magnitude(NET, sparsity=0.5)


def pruner(net, s):
    return nnprune.prune_magnitude(net, sparsity=s)


WANT_A_NET = {
    "prune_magnitude": lambda net: nnprune.prune_magnitude(net, sparsity=0.6),
    "prune_random": lambda net: nnprune.prune_random(net, sparsity=0.6),
    "prune_snip": lambda net: nnprune.prune_snip(net, X, Y, sparsity=0.6),
    "prune_obd": lambda net: nnprune.prune_obd(net, X, Y, sparsity=0.6),
    "prune_obs": lambda net: nnprune.prune_obs(net, X, Y, sparsity=0.6),
    "prune_obs_factored": lambda net: nnprune.prune_obs_factored(net, X, Y, sparsity=0.6),
    "prune_lobs": lambda net: nnprune.prune_lobs(net, X, sparsity=0.6),
    "prune_wanda": lambda net: nnprune.prune_wanda(net, X, sparsity=0.6),
    "prune_sparsegpt": lambda net: nnprune.prune_sparsegpt(net, X, sparsity=0.6),
    "prune_units": lambda net: nnprune.prune_units(net, X, sizes=(3,)),
    "prune_iteratively": lambda net: nnprune.prune_iteratively(net, X, Y, pruner, sparsity=0.6),
    "run_stages": lambda net: nnprune.run_stages(net, X, Y, [magnitude(to=0.6)]),
    "rewind, the masks": lambda net: nnprune.rewind(net, NET),
    "rewind, the weights": lambda net: nnprune.rewind(NET, net),
    "compact": nnprune.compact,
    "expand": lambda net: nnprune.compact(NET).expand(net),
    "drop_dead": nnprune.drop_dead,
    "resource_report": nnprune.resource_report,
}


@pytest.mark.parametrize("name", WANT_A_NET)
def test_a_result_in_the_place_of_its_net(name):
    WANT_A_NET[name](NET)
    with pytest.raises(ValueError, match=r"must be an MLP, but it is a PruneResult; take its \.net"):
        WANT_A_NET[name](RESULT)


@pytest.mark.parametrize("name", WANT_A_NET)
def test_what_is_no_net_at_all(name):
    with pytest.raises(ValueError, match="must be an MLP, but it is a NoneType"):
        WANT_A_NET[name](None)


@pytest.mark.parametrize("options", [{}, {"schedule": "geometric", "compact": True}])
def test_a_sparsity_that_rounds_to_all_weights(options):
    r = nnprune.prune_iteratively(NET, X, Y, pruner, sparsity=0.99, **options)  # 19.8 of 20 weights
    assert r.net.sparsity == 1
    assert len(r.removed) == 20


def changed(net, s, weight=0.0, kept=False):
    """As the ``pruner``, but with a weight of our choice at the place of the first one that is pruned in ``net``."""
    r = pruner(net, s)
    place = (0, 0) if net.masks[0].all() else tuple(np.argwhere(~net.masks[0])[0])
    mask = r.net.masks[0].copy()
    mask[place] = kept
    r.net.set_masks([mask, *r.net.masks[1:]])
    r.net.weights[0][place] = weight
    return r


@pytest.mark.parametrize(("prune", "message"), [
    ("magnitude", "prune must be a function"),
    (lambda net, s: pruner(net, s).net, r"must return a PruneResult, but it returned MLP\(.*\), a MLP"),
    (lambda net, s: None, "must return a PruneResult, but it returned None, a NoneType"),
    (lambda net, s: nnprune.prune_magnitude(net, sparsity=s, prune_biases=True), "leave out prune_biases|asked for"),
    (lambda net, s: pruner(net, 0.6), r"asked for a sparsity of 0\.3 \(6 of 20 weights gone\), but it returned one of "
                                      r"0\.6 \(12\)"),
    (lambda net, s: pruner(nnprune.MLP(NET.sizes, rng=round(9 * s)), s), "pruned before are kept again, the first"),
    (lambda net, s: pruner(nnprune.MLP((5, 4), rng=1), s), r"prune returned MLP\(5-4, .*the sizes must stay the same"),
    (lambda net, s: changed(net, s, np.nan), r"prune returned a net whose weights\[0\] .*nan"),
])
def test_pruners_that_iterative_pruning_cannot_take(prune, message):
    with pytest.raises(ValueError, match=message):
        nnprune.prune_iteratively(NET, X, Y, prune, sparsity=0.6, every=6)


@pytest.mark.parametrize(("plan", "message"), [
    ("magnitude to 0.5", "a plan is a list of stages, but it is 'magnitude to 0.5'"),
    (5, "a plan is a list of stages, but it is 5"),
    (None, "but it is None"),
    ([lobs(to=0.5), "retrain"], "stage 2 is 'retrain', but a stage is needed"),
])
def test_plans_that_are_none(plan, message):
    with pytest.raises(ValueError, match=message):
        nnprune.run_stages(NET, X, Y, plan)


def test_a_stage_of_an_unknown_method_lists_the_known():
    with pytest.raises(ValueError, match="method 'magic' is unknown; known are: 'magnitude', .*'lobs-exact'"):
        stage("magic", to=0.5)


def nothing(net, x, y):
    """Forgets to return."""


def returns(outcome):
    def mine(net, x, y):
        return outcome(net)
    return mine


@pytest.mark.parametrize(("mine", "message"), [
    (nothing, r"stage 2 \(nothing\): nothing must return a PruneResult or an MLP, but it returned None, a NoneType"),
    (returns(lambda net: net.weights), r"(?s)stage 2 \(mine\): mine must return a PruneResult or an MLP, .*a list"),
    (returns(lambda net: nnprune.MLP((5, 4), rng=1)), r"mine returned MLP\(5-4, .*the sizes must stay the same"),
    (returns(lambda net: nnprune.MLP(net.sizes, rng=1)), "3 weights of layer 0 that were pruned before are kept again"),
    (returns(lambda net: changed(net, 0.5, np.nan)), r"mine returned a net whose weights\[0\] .*nan"),
    (returns(lambda net: changed(net, 0.5, kept=True)), "1 weights of layer 0 that were pruned before are kept again"),
])
def test_functions_that_are_no_stages_are_named_with_what_they_returned(mine, message):
    with pytest.raises(ValueError, match=message):
        nnprune.run_stages(NET, X, Y, [magnitude(to=0.3), mine])


def test_a_method_that_ignores_the_sparsity_is_named(monkeypatch):
    row = Method(lambda net, *, sparsity: pruner(net, 0.7), "stubborn", "k", "o")
    monkeypatch.setitem(METHODS, "stubborn", row)
    message = r"stage 1 \(stubborn to 0\.4\): stubborn returned a sparsity of 0\.7, but 0\.4 was asked for"
    with pytest.raises(ValueError, match=message):
        nnprune.run_stages(NET, X, Y, [stage("stubborn", to=0.4)])


def test_the_message_names_the_pruned_weight_that_is_not_0():
    net = NET.copy()
    net.set_masks([np.arange(net.masks[0].size).reshape(net.masks[0].shape) > 0, *net.masks[1:]])
    net.weights[0][0, 0] = -0.5
    with pytest.raises(ValueError, match=r"holds -0\.5 at index \(0, 0\), where its mask says pruned"):
        nnprune.compact(net)
