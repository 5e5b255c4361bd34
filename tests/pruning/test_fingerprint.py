"""The order of removals of every method on small problems: written down once, and the same ever since.

The problems are made of sines, not of random numbers, so that they are the same with every version of NumPy; their
costs are far enough apart that rounding cannot change the order. A change of an algorithm that changes an order is
meant, or a mistake: ``python tests/pruning/test_fingerprint.py`` writes the file again, and the difference
is for the reader.
"""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import nnprune
from nnprune.pruning import methods

FILE = Path(__file__).parent / "fingerprints.json"
CLEAR = 1e-6  # how far apart, relatively, two costs next to each other must be for the order to be certain


def net():
    """A 6-5-4-3 net of sines."""
    sizes, k, weights, biases = (6, 5, 4, 3), 0, [], []
    for n_in, n_out in zip(sizes, sizes[1:]):
        weights.append(np.sin(1.0 + 1.7 * np.arange(k, k + n_in * n_out)).reshape(n_out, n_in))
        biases.append(0.1 * np.cos(np.arange(n_out)))
        k += n_in * n_out
    return nnprune.MLP.from_arrays(weights, biases, activation="tanh")


X = np.sin(0.5 + 0.9 * np.arange(40 * 6) ** 1.1).reshape(40, 6)
Y = np.arange(40) % 3
ALMOST_ALL = 0.9


def two_stage():
    """Exact L-OBS to one half, the full OBS beyond: the removals of both."""
    first = nnprune.prune_lobs(net(), X, sparsity=0.5)
    then = nnprune.prune_obs(first.net, X, Y, sparsity=ALMOST_ALL, refresh=50, damping=0.1)
    return replace(then, removed=np.concatenate([first.removed, then.removed]),
                   costs=np.concatenate([first.costs, then.costs]))


# Every row of the table of methods, by its key, and further options. Random removals have no costs.
METHODS = {key: partial(method.prune, net(), X, Y, sparsity=ALMOST_ALL) for key, method in methods.METHODS.items()
           if key != "random"}
METHODS |= {
    "magnitude, layer by layer": lambda: nnprune.prune_magnitude(net(), sparsity=ALMOST_ALL, scope="layer"),
    "obs, a Hessian every removal": lambda: nnprune.prune_obs(net(), X, Y, sparsity=ALMOST_ALL, refresh=1,
                                                              damping=1e-2),
    "obs, refresh 50": lambda: nnprune.prune_obs(net(), X, Y, sparsity=ALMOST_ALL, refresh=50, damping=0.1),
    "obs-factored, damping 0.01": partial(methods.METHODS["obs-factored"].prune, net(), X, Y, sparsity=ALMOST_ALL,
                                          refresh=None, damping=1e-2),
    "obs, one Hessian": lambda: nnprune.prune_obs(net(), X, Y, sparsity=ALMOST_ALL, refresh=None, damping=1e-2),
    "lobs-survivors, refresh 7": lambda: nnprune.prune_lobs(net(), X, sparsity=ALMOST_ALL, inverse="survivors",
                                                            refresh=7),
    "lobs-shared, refresh 7": lambda: nnprune.prune_lobs(net(), X, sparsity=ALMOST_ALL, inverse="shared", refresh=7),
    "two-stage": two_stage,
}


def orders():
    """Every method's order of removals, as text: "layer.unit.input layer.unit.input ..."."""
    return {name: " ".join(".".join(map(str, row)) for row in run().removed.tolist()) for name, run in METHODS.items()}


@pytest.mark.parametrize("name", METHODS)
def test_the_order_of_removals_is_the_one_written_down(name):
    r = METHODS[name]()
    assert " ".join(".".join(map(str, row)) for row in r.removed.tolist()) == json.loads(FILE.read_text())[name]


@pytest.mark.parametrize("name", METHODS)
def test_no_two_removals_in_a_row_cost_the_same(name):
    """Else the order would be a matter of rounding, and the test above one of luck.

    Weights that nothing depends on any more cost exactly 0, by every way of computing it, and go in the order of
    ``net.parameters()``.
    """
    costs = METHODS[name]().costs
    first, second = costs[:-1], costs[1:]
    free = (first == 0) & (second == 0)
    assert np.all(free | (np.abs(first - second) > CLEAR * np.maximum(first, second)))


if __name__ == "__main__":
    FILE.write_text(json.dumps(orders(), indent=1) + "\n")
