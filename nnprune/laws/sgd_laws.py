"""The laws of training under masks: f(net, x, y, momentum, weight_decay) -> net.

A step of training with momentum mu and weight decay lambda (Sutskever et al., ICML 2013, eqs 1-2):

    v <- mu v - eta (g + lambda theta)        theta <- theta + v

Pruned weights must come through it as 0: from the gradient, from the decay, and from a velocity v that is left over
from the time before they were pruned. The learning rate, the batches and the number of steps (at least 2, so that
momentum shows) are the function's own affair; it may work in place on the net it gets and return it.
"""

from __future__ import annotations

import numpy as np
from hypothesis import assume

from .law import demand, law, same
from .network_laws import same_net
from .strategies import training_tasks

# Any other number would do: the input of which all weights are pruned takes it, and nothing may change.
ANOTHER_VALUE = 7.0


def run(f, p, net=None, x=None):
    """The net that f makes of the case."""
    return f(p.net if net is None else net, p.x if x is None else x, p.y, p.momentum, p.weight_decay)


@law("sgd_masks", training_tasks(), formula="mask = False  =>  w = 0, exactly, after every step",
     source="Han et al. 2015, section 3; Sutskever et al. 2013, eqs 1-2",
     mistake="The gradient is masked but the velocity is not, or neither is: pruned weights come back to life.")
def training_keeps_pruned_weights_at_zero(f, p):
    """What is pruned stays exactly 0 under momentum and weight decay."""
    for l, (W, mask) in enumerate(zip(run(f, p).weights, p.net.masks)):
        demand(not W[~mask].any(), f"weights[{l}] = 0 where the mask is False:\n{mask}", f"{W}")


@law("sgd_masks", training_tasks(), formula="masks after = masks before", source="Han et al. 2015, section 3",
     mistake="The net is rebuilt without its masks, or they are recomputed from what happens to be 0.")
def training_keeps_the_masks(f, p):
    """Training changes weights, not masks; a net without them would be pruned to the wrong count next time."""
    for l, (got, mask) in enumerate(zip(run(f, p).masks, p.net.masks)):
        demand(np.array_equal(got, mask), f"masks[{l}] =\n{mask}", f"{got}")


@law("sgd_masks", training_tasks(), formula="dE/dw != 0 and mask = True  =>  w moves",
     source="Rumelhart, Hinton & Williams 1986, eq. 8",
     mistake="The mask is inverted, one mask is used for all layers, or biases are masked with the weights.")
def training_moves_the_survivors(f, p):
    """What is kept learns: where the first gradient of a kept weight or bias is not 0, training changes it."""
    n_last = p.net.weights[-1].size + p.net.biases[-1].size
    g, new = p.net.gradient(p.x, p.y)[-n_last:], run(f, p)
    steep = (np.abs(g) > 1e-2) & np.append(p.net.masks[-1].ravel(), np.ones(p.net.biases[-1].size, bool))
    moved = new.parameters()[-n_last:] != p.net.parameters()[-n_last:]
    demand(moved[steep].all(), f"a change in the last layer where {steep}", f"a change where {moved}")


@law("sgd_masks", training_tasks(), formula="all weights of x_j pruned:  f(x) does not depend on x_j",
     source="a pruned weight is 0 at every step, so its input is multiplied by 0",
     mistake="Training runs with all weights and the mask is applied at the end only.")
def training_does_not_see_pruned_inputs(f, p):
    """If all weights of an input are pruned, the input has no part in the training, whatever its values are. A
    training that is dense in secret and masked at the end gives itself away here."""
    net, other = p.net.copy(), p.x.copy()
    net.set_masks([net.masks[0] & (np.arange(net.sizes[0]) > 0), *net.masks[1:]])
    other[:, 0] += ANOTHER_VALUE
    one, two = run(f, p, net), run(f, p, net, other)
    same("parameters", two.parameters(), one.parameters())


@law("sgd_masks", training_tasks(), formula="f(net) = f(net)", source="Pineau et al., JMLR 22, 2021",
     mistake="An unseeded generator, or a velocity kept from the last call.")
def training_is_deterministic(f, p):
    """The same call gives the same net, to the last bit. A velocity that survives from one training to the next would
    move weights that were pruned in between."""
    same_net(run(f, p), run(f, p), 0.0)


@law("sgd_masks", training_tasks(), formula="masks all True:  momentum 0, weight_decay 0.5 ends elsewhere than 0",
     source="Hanson & Pratt, NIPS 1, 1988; Sutskever et al. 2013, eq. 1",
     mistake="The options are accepted and not used.")
def training_heeds_its_options(f, p):
    """Weight decay and momentum have an effect; otherwise the other laws would hold for the wrong reason."""
    net = p.net.copy()
    net.set_masks([np.ones(m.shape) for m in net.masks])
    assume(np.abs(net.gradient(p.x, p.y)).max() > 1e-2)
    plain = f(net, p.x, p.y, 0.0, 0.0).parameters()
    for name, options in (("momentum", (0.9, 0.0)), ("weight_decay", (0.0, 0.5))):
        demand(not np.array_equal(f(net, p.x, p.y, *options).parameters(), plain),
               f"other parameters with {name} {max(options)}", "the same ones")
