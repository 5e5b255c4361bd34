"""The second-order methods on MNIST without retraining: python benchmarks/second_order.py --authors DIR

Prunes 784-300-100-10 nets of 3 seeds, and the published net of the L-OBS paper, by every method to 0.9, 0.95, 0.98 and
0.99. What docs/second_order.json has already is not run again. The settings of OBS (damping, samples, refresh) were
chosen on 10,000 training images kept apart, with another net.
"""

from findings import measure, method_table, options_of_nets

from nnprune import certify, prune_lobs, prune_magnitude, prune_obd, prune_obs, prune_obs_factored

PAGE, SPARSITIES = "second_order_table.md", [0.9, 0.95, 0.98, 0.99]
# L-OBS and OBD see 10,000 images, the dense OBS 2,000 and the factored one 1,000: their matrices grow with them.
LAYERWISE, DENSE, FACTORED = 10_000, 2000, 1000
# Where L-OBS stops: 0.97 leaves 8,396 parameters to the dense Hessian, 0.85 leaves 40,340 to the factored one.
TO_DENSE, TO_FACTORED = 0.97, 0.85


def factored(net, data, refresh):
    """L-OBS to 0.85, then OBS with the factored empirical Fisher matrix."""
    half = prune_lobs(net, data.x_train[:LAYERWISE], sparsity=TO_FACTORED).net
    return prune_obs_factored(half, data.x_train[:FACTORED], data.y_train[:FACTORED], sparsity=SPARSITIES,
                              hessian="fisher", refresh=refresh)


def two_stage(net, data):
    """Exact L-OBS to 0.97, the full OBS beyond."""
    x, y = data.x_train[:DENSE], data.y_train[:DENSE]
    *results, start = prune_lobs(net, x, sparsity=[*(s for s in SPARSITIES if s < TO_DENSE), TO_DENSE])
    return results + prune_obs(start.net, x, y, sparsity=[s for s in SPARSITIES if s > TO_DENSE], refresh=500,
                               damping=0.1)


METHODS = {
    "magnitude": lambda net, d: prune_magnitude(net, sparsity=SPARSITIES),
    "OBD": lambda net, d: prune_obd(net, d.x_train[:LAYERWISE], d.y_train[:LAYERWISE], sparsity=SPARSITIES),
    "L-OBS to 0.85, then factored OBS, one quadratic": lambda net, d: factored(net, d, None),
    "L-OBS to 0.85, then factored OBS": lambda net, d: factored(net, d, "auto"),
    "exact L-OBS": lambda net, d: prune_lobs(net, d.x_train[:LAYERWISE], sparsity=SPARSITIES),
    "exact L-OBS, pruned inputs": lambda net, d: prune_lobs(net, d.x_train[:LAYERWISE], sparsity=SPARSITIES,
                                                            inputs="pruned"),
    "L-OBS to 0.97, then OBS": two_stage,
}


def certificate(found, method, net, results, data):
    """That of exact L-OBS at 0.95."""
    if method == "exact L-OBS":
        found["certificate"] = str(certify(net, results[1], data.x_train[:LAYERWISE]))


def table(found):
    """The table of all methods, and the certificate."""
    yield from method_table(found, METHODS)
    yield from ("", "The certificate of exact L-OBS at 0.95, seed 0:", "", "```", found["certificate"], "```")


if __name__ == "__main__":
    measure("second_order", PAGE, METHODS, SPARSITIES, table, options_of_nets(__doc__, METHODS), seeds=(0, 1, 2),
            images=f"{LAYERWISE:,} for L-OBS and OBD, {DENSE:,} for OBS, {FACTORED:,} for factored OBS; 10,000 to "
            "test on", damping="0.001 for L-OBS, 0.1 for both kinds of OBS", also=certificate)
