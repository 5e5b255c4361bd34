"""How much damping the full OBS needs, and how many Hessians: python benchmarks/obs_defaults.py

Nets of 36-30-20-10 for the synthetic digits (6 x 6 pixels, means of 4 x 4), trained on 4,000 of them, pruned by
``prune_obs`` on the first 1,000 to sparsity 0.7 and 0.9 in one pass. Accuracies are those on 2,000 images kept apart
from training, on which the defaults are chosen; a test part is not read. Some lines have the net of seed 0 in other
units: inputs times 0.01, the first layer's weights times 100. About 15 minutes on one core, ``--seeds 1`` a third.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
from findings import options, write

from nnprune import MLP, NNPruneWarning, make_digits, prune_obs, train

PAGE = "numerics.md"
DAMPINGS, REFRESHES = (1e-2, 1e-1, 3e-1, 1.0), (None, 200, 100, 50, 20, 10)
SPARSITIES, CALIBRATION, REFRESH, DAMPING = [0.7, 0.9], 1000, 20, 0.1


def pooled(x):
    """28 x 28 images without their border, as the means of 4 x 4 pixels: (n, 784) -> (n, 36)."""
    return x.reshape(-1, 28, 28)[:, 2:26, 2:26].reshape(-1, 6, 4, 6, 4).mean(axis=(2, 4)).reshape(-1, 36)


def other_units(net, c):
    """The same function of inputs times c."""
    return MLP.from_arrays([net.weights[0] / c, *net.weights[1:]], net.biases, net.activation)


def measured(net, x, y, x_apart, y_apart, **how):
    """Validation accuracies in % at both sparsities, and the seconds."""
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NNPruneWarning)  # that a pruned net is far from its quadratic is the point here
        results = prune_obs(net, x[:CALIBRATION], y[:CALIBRATION], sparsity=SPARSITIES, **how)
    found = {"accuracy": [100 * r.net.accuracy(x_apart, y_apart) for r in results],
             "seconds": time.perf_counter() - begin}
    print(how, found, flush=True)
    return found


def of_net(activation, seed, x, y, x_apart, y_apart):
    """All figures of one net; of the first two seeds the refreshes, of the first one other units."""
    net = MLP((36, 30, 20, 10), activation=activation, rng=seed)
    train(net, x, y, epochs=30, rng=seed)
    parts, scaled = (x, y, x_apart, y_apart), (0.01 * x, y, 0.01 * x_apart, y_apart)
    found = {"activation": activation, "seed": seed, "dense": 100 * net.accuracy(x_apart, y_apart), "damping": {
        f"{d:g}": measured(net, *parts, refresh=REFRESH, damping=d) for d in DAMPINGS}}
    if seed < 2:
        found["refresh"] = {str(r): measured(net, *parts, refresh=r, damping=DAMPING) for r in REFRESHES}
    if seed == 0:
        found["inputs x 0.01"] = {f"{d:g}": measured(other_units(net, 0.01), *scaled, refresh=REFRESH, damping=d)
                                  for d in DAMPINGS}
    return found


def table(found):
    """Dampings, then refreshes: means over the nets, times as ratios to REFRESH of the same net."""
    relu, tanh = ([net for net in found["nets"] if net["activation"] == name] for name in ("relu", "tanh"))
    yield from ("| damping | relu 0.7 | relu 0.9 | tanh 0.7 | tanh 0.9 |", "|---|---|---|---|---|")
    dense = [f"{np.mean([net['dense'] for net in nets]):.1f}" for nets in (relu, tanh)]
    yield f"| dense | {dense[0]} | {dense[0]} | {dense[1]} | {dense[1]} |"
    for damping in relu[0]["damping"]:
        cells = [np.mean([net["damping"][damping]["accuracy"] for net in nets], axis=0) for nets in (relu, tanh)]
        yield f"| {damping} | {' | '.join(f'{a:.1f}' for a in np.concatenate(cells))} |"
    same = all(net["damping"][d]["accuracy"] == of["accuracy"]
               for net in found["nets"] for d, of in net.get("inputs x 0.01", {}).items())
    yield from ("", f"With inputs times 0.01 (seed 0, all dampings) the accuracies are {'' if same else 'not '}the "
                f"same to the last image.\n\nHow often H is recomputed, damping {DAMPING:g}, time as a ratio to "
                f"`refresh={REFRESH}` on the same net:", "")
    yield from ("| `refresh` | relu 0.9 | tanh 0.9 | time |", "|---|---|---|---|")
    for refresh in relu[0]["refresh"]:
        nets = [[net["refresh"] for net in of if "refresh" in net] for of in (relu, tanh)]
        cells = [f"{np.mean([net[refresh]['accuracy'][1] for net in of]):.1f}" for of in nets]
        time_ratio = np.mean([net[refresh]["seconds"] / net[str(REFRESH)]["seconds"] for of in nets for net in of])
        yield f"| {refresh} | {cells[0]} | {cells[1]} | {time_ratio:.2g} |"


def main():
    """Measure and write."""
    arguments = options(__doc__, seeds=3)
    data = make_digits(6000, 1, rng=0)
    x, y = pooled(data.x_train.astype(np.float64)), data.y_train
    write("obs_defaults", PAGE, {"nets": [of_net(activation, seed, x[:4000], y[:4000], x[4000:], y[4000:])
                                          for activation in ("relu", "tanh") for seed in range(arguments.seeds)]},
          table, images=f"synthetic digits, 4,000 to train, the first {CALIBRATION:,} of them for OBS; accuracy on the "
          "2,000 kept apart", damping="as the table says")


if __name__ == "__main__":
    main()
