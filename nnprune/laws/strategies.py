"""Where the cases come from: Hypothesis strategies for problems that are built from their answer.

A random matrix is a poor test of OBS: of those that Hypothesis draws with entries of any size most are singular or
close to it, and then no two right implementations agree. So the problems are built:

    well-conditioned    H = M'M + I with half-integers in M, so that no eigenvalue is below 1. For a layer, the inputs
                        X are the rows of M and of I, and H = X'X / n.
    with a known answer H = c I (OBS must do what magnitude does), H diagonal (what OBD does).
    singular            a strategy of its own: a dead input, two equal inputs, fewer samples than inputs.

Half-integers are exact in floating point and can be followed by hand. All strategies shrink towards 2 inputs, few
units, M = 0 and the smallest weights.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnprune.nn.mlp import MLP

from .law import Case

# More inputs, units and samples found no more mistakes in the trials for this kit, but cost time.
MAX_INPUTS = 5
MAX_UNITS = 2
MAX_MORE_SAMPLES = 2
KEPT = 0.6  # share of the weights that a net pruned already has left: most small nets then have both kinds
HALVES = st.integers(-4, 4).map(lambda k: k / 2)


@cache  # to build a strategy costs Hypothesis more than to draw from it
def half_integers(shape, bound=2):
    """Arrays of ``shape`` of the numbers -bound, ..., -1/2, 0, 1/2, ..., bound."""
    # No `fill`: it would make most entries of a larger array equal.
    return hnp.arrays(np.int64, shape, elements=st.integers(-2 * bound, 2 * bound), fill=st.nothing()).map(
        lambda a: a / 2)


@cache
def distinct_weights(shape):
    """Arrays of half-integers, none 0 and no two of equal magnitude: no ties between magnitudes."""
    size = int(np.prod(shape))
    numbers = st.integers(-3 * size, 3 * size).filter(bool)
    return st.lists(numbers, min_size=size, max_size=size, unique_by=abs).map(lambda v: np.reshape(v, shape) / 2)


# What is sampled for every input beside its weight: its column of M, or its place on H's diagonal.
COLUMNS = {"full": [HALVES, HALVES], "diagonal": [st.integers(1, 9)], "identity": []}


@st.composite
def problems(draw, form="full", *, weights=True, pick=False, scale=False, order=False):
    """One unit: weights ``w`` (d,) by default, ``H`` and ``Hinv`` (d, d).

    ``form`` is "full" (H = M'M + I), "diagonal" or "identity" (H = c I). With ``pick`` also ``q``, the weight that
    goes; with ``scale`` a power of two ``s`` (d,) for every input; with ``order`` a permutation ``p`` (d,) of the
    inputs.
    """
    # A list of inputs, not arrays of a size sampled before: Hypothesis shrinks a list by leaving out entries.
    inputs = np.array(draw(st.lists(st.tuples(st.integers(-8, 8), *COLUMNS[form]), min_size=2, max_size=MAX_INPUTS)))
    w, M, d = inputs[:, 0] / 2, inputs[:, 1:].T, len(inputs)  # (d, 1 + rows) -> (d,), (rows, d)
    if form == "full":
        H = M.T @ M + np.eye(d)  # two rows of M already couple every input with every other
    else:
        H = np.diag(M[0]).astype(float) if form == "diagonal" else np.eye(d) * draw(st.integers(1, 9))
    case = Case(w=w, H=H, Hinv=np.linalg.inv(H)) if weights else Case(H=H, Hinv=np.linalg.inv(H))
    if pick:
        case.q = draw(st.integers(0, MAX_INPUTS - 1)) % d
    if scale:
        case.s = 2.0 ** draw(hnp.arrays(np.int64, d, elements=st.integers(-3, 3), fill=st.nothing()))
    if order:
        case.p = np.array(draw(st.permutations(range(d))))
    return case


@st.composite
def layers(draw, *, n_remove=None, units=MAX_UNITS, inputs=4, order=False, scale=False):
    """One layer: weights ``W`` (n_out, n_in) of distinct magnitudes, inputs ``X`` (n, n_in), ``n_remove``.

    H = X'X / n is well conditioned. With ``order`` also permutations of the inputs (``p``) and units (``u``); with
    ``scale`` a factor ``s`` (n_in,) of 10^-6 to 10^6 for every input.
    """
    n_out, d = draw(st.integers(1, units)), draw(st.integers(2, inputs))
    W = draw(distinct_weights((n_out, d)))
    X = np.vstack([np.eye(d), draw(half_integers((draw(st.integers(0, MAX_MORE_SAMPLES)), d)))])
    case = _layer(draw, W, X, n_remove, order)
    if scale:
        case.s = draw(factors(d))
    return case


@cache
def factors(d):
    """Units in which d inputs are measured: powers of ten from 10^-6 to 10^6, as raw tables have them."""
    return st.lists(st.integers(-6, 6), min_size=d, max_size=d).map(lambda k: 10.0 ** np.array(k))


@cache
def unit_layers():
    """``layers`` in which every unit loses ``n_remove`` weights and keeps one at least."""
    return layers().map(lambda p: with_count(p, 1 + (p.n_remove - 1) % (p.W.shape[1] - 1)))


def one_unit(p):
    """The case of a layer with its first unit alone, which keeps one weight at least."""
    p = Case(**vars(p))
    p.W = p.W[:1]
    return with_count(p, min(p.n_remove, p.W.size - 1))


def with_count(p, n_remove):
    """A case in which so many weights go."""
    return Case(**{**vars(p), "n_remove": n_remove})


@st.composite
def plain_layers(draw, form):
    """As ``layers``, with an H that is diagonal or, for "identity", a multiple of the identity."""
    n_out, d = draw(st.integers(1, MAX_UNITS)), draw(st.integers(2, 4))
    W = draw(distinct_weights((n_out, d)))
    # d samples, the j-th of which turns on input j alone with strength s_j: H_jj = s_j^2 / d.
    s = draw(st.lists(st.integers(1, 5), min_size=d, max_size=d))
    return _layer(draw, W, np.diag(s if form == "diagonal" else s[:1] * d).astype(float), None, False)


@st.composite
def tied_layers(draw):
    """Layers full of ties: all weights are 1 or -1, and so are the inputs of the samples."""
    n_out, d = draw(st.integers(1, MAX_UNITS)), draw(st.integers(2, 4))
    signs = st.sampled_from([1.0, -1.0])
    W = draw(hnp.arrays(np.float64, (n_out, d), elements=signs, fill=st.nothing()))
    return _layer(draw, W, np.eye(d), None, False)


@st.composite
def singular_layers(draw, flaw=None):
    """Layers whose H is singular; ``flaw`` is "dead", "duplicated" or "few samples", by default any of them.

    The case says which: ``dead`` or ``twins`` hold the inputs concerned.
    """
    case = draw(layers(inputs=4))
    flaw = flaw or draw(st.sampled_from(["dead", "duplicated", "few samples"]))
    d = case.W.shape[1]
    if flaw == "dead":
        case.dead = draw(st.integers(0, d - 1))
        case.X[:, case.dead] = 0
    elif flaw == "duplicated":
        j = draw(st.integers(0, d - 2))
        case.twins = (j, draw(st.integers(j + 1, d - 1)))
        case.X[:, case.twins[1]] = case.X[:, j]
    else:
        case.X = case.X[:d - 1]
    return case


def _layer(draw, W, X, n_remove, order):
    """The case of a layer, with how many weights go: at least one goes and one stays."""
    case = Case(W=W, X=X, n_remove=n_remove or draw(st.integers(1, W.size - 1)))
    if order:
        case.p = np.array(draw(st.permutations(range(W.shape[1]))))
        case.u = np.array(draw(st.permutations(range(W.shape[0]))))
    return case


@st.composite
def nets(draw, *, activation=None, loss=None, depth=3, masked=False):
    """A net of at most ``depth`` layers with samples: ``net``, ``x`` (n, n_in) and the labels ``y`` (n,).

    The loss is any of the three; of the binary cross-entropy there is one output.

    With ``masked`` some weights of the net are pruned already. Sizes and options are sampled one by one, the numbers
    all at once by a seed: a case of fewer numbers is then one step away for Hypothesis, and nothing is lost, since no
    law depends on what exactly the weights are.
    """
    sizes, n = [draw(st.integers(2, 3)) for _ in range(1 + draw(st.integers(1, depth)))], draw(st.integers(1, 3))
    activation = activation or draw(st.sampled_from(["tanh", "relu", "sigmoid"]))
    loss = loss or draw(st.sampled_from(["mse", "cross_entropy", "binary_cross_entropy"]))
    if binary := loss == "binary_cross_entropy":
        sizes[-1] = 1
    shapes = list(zip(sizes[1:], sizes))
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    net = MLP.from_arrays([_distinct(rng, shape) / shape[1] for shape in shapes],
                          [rng.integers(-2, 3, shape[0]) / 2 for shape in shapes], activation, loss=loss)
    if masked:
        net.set_masks([rng.random(shape) < KEPT for shape in shapes])
    return Case(net=net, x=rng.integers(-4, 5, (n, sizes[0])) / 2, y=rng.integers(0, 2 if binary else sizes[-1], n))


def _distinct(rng, shape):
    """Half-integers of distinct magnitudes with random signs: ``distinct_weights`` from a generator."""
    size = int(np.prod(shape))
    return (rng.permutation(size).reshape(shape) + 1) * rng.choice([-1, 1], shape) / 2


@st.composite
def pruning_tasks(draw, **options):
    """``nets`` with a ``sparsity`` in hundredths that never asks for half a weight, which rounds either way."""
    case = draw(nets(**options))
    n = case.net.n_weights
    case.sparsity = draw(st.integers(0, 95).filter(lambda k: (k * n) % 100 != 50)) / 100
    return case


@st.composite
def tasks_in_other_units(draw):
    """A ``net`` of tanh with more samples than inputs, in general position, so that no weight costs nothing and no two
    cost the same; a ``sparsity`` of at most a half; a factor ``s`` (n_in,) of 10^-6 to 10^6 for every input."""
    case = draw(pruning_tasks(activation="tanh"))
    d = case.net.sizes[0]
    rng = np.random.default_rng(draw(st.integers(0, 9999)))
    case.x, case.y = rng.normal(size=(8, d)), np.resize(case.y, 8)
    case.sparsity, case.s = case.sparsity / 2, draw(factors(d))
    return case


@st.composite
def training_tasks(draw):
    """Masked ``nets`` with a ``momentum`` and a ``weight_decay``."""
    case = draw(nets(activation="tanh", depth=2, masked=True))
    case.momentum, case.weight_decay = draw(st.sampled_from([0.0, 0.9])), draw(st.sampled_from([0.0, 0.125]))
    return case


def idx_arrays():
    """Arrays of the six element types of the IDX format, of 0 to 3 dimensions."""
    types = st.sampled_from(["uint8", "int8", "int16", "int32", "float32", "float64"])
    shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
    # Whole numbers from 0 to 100 are in every type, and so no type hides another's mistake in NaN or overflow.
    return st.builds(lambda a, dtype: Case(array=a.astype(dtype)),
                     shapes.flatmap(lambda s: hnp.arrays(np.int64, s, elements=st.integers(0, 100))), types)
