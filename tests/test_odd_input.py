"""Every public function on every kind of odd array: the right answer, or one error of ours that names what is wrong.

``nnprune.__all__`` says what is public: a function without a row in ``CALLS`` fails here. To add one, write how it is
called with samples ``x``, targets ``y``, or whatever array it takes.
"""

import atexit
import inspect
import re
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import nnprune
from nnprune import MLP

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(12, 4)), np.arange(12) % 3
NET = MLP((4, 5, 3), activation="tanh", rng=0)
HALF = nnprune.prune_magnitude(NET, sparsity=0.5)
LOBS = nnprune.prune_lobs(NET, X, sparsity=0.5)
ONE = MLP((4, 3), rng=0)


def thin(net, sparsity):
    return nnprune.prune_magnitude(net, sparsity=sparsity)


def data(x, y):
    return nnprune.Dataset(x, y, x, y, "mine")


# Function -> {argument: how to call it with an odd array there}. None: it takes no array; what it takes has tests.
CALLS = {
    "MLP": {"x": NET.predict, "y": lambda y: NET.loss(X, y), "weights": lambda a: MLP.from_arrays([a]).weights[0],
            "masks": lambda a: ONE.copy().set_masks([a])},
    "Certificate": None, "Compact": None, "Comparison": None, "Epoch": None, "GaussNewtonStep": None,
    "LayerReport": None,
    "LayerResult": None, "NNPruneWarning": None, "OBSResult": None, "PruneResult": None, "ResourceReport": None,
    "UnitResult": None,
    "Dataset": {"x": lambda x: data(x, Y).x_train, "y": lambda y: data(X, y).y_train},
    "LayerHessian": {"X": lambda x: nnprune.LayerHessian(4).add(x)},
    "certify": {"x": lambda x: nnprune.certify(NET, LOBS, x).output_error},
    "check_certificate": {"x": lambda x: nnprune.check_certificate(certificate_file(), x).output_error},
    "compact": None, "drop_dead": None, "load_idx_dataset": None, "load_mnist": None,
    "make_digits": None, "make_monks": None, "make_xor": None, "rewind": None,
    "compare": {"x": lambda x: nnprune.compare(NET, data(x, Y), ["obd"], [0.5]).rows[-1]["accuracy"],
                "y": lambda y: nnprune.compare(NET, data(X, y), ["obd"], [0.5]).rows[-1]["accuracy"]},
    "prune_by_scores": {"scores": lambda a: nnprune.prune_by_scores(ONE, [a], sparsity=0.5).net.weights[0]},
    "prune_iteratively": {
        "x": lambda x: nnprune.prune_iteratively(NET, x, Y, thin, sparsity=0.5, every=10).net.parameters(),
        "y": lambda y: nnprune.prune_iteratively(NET, X, y, thin, sparsity=0.5, every=10).net.parameters()},
    "prune_layer": {"W": lambda a: nnprune.prune_layer(a, X, sparsity=0.5).W,
                    "X": lambda x: nnprune.prune_layer(ONE.weights[0], x, sparsity=0.5).W},
    "prune_lobs": {"x": lambda x: nnprune.prune_lobs(NET, x, sparsity=0.5).net.parameters()},
    "prune_magnitude": None, "prune_random": None,
    "prune_obd": {"x": lambda x: nnprune.prune_obd(NET, x, Y, sparsity=0.5).costs,
                  "y": lambda y: nnprune.prune_obd(NET, X, y, sparsity=0.5).costs},
    "prune_obs": {"x": lambda x: nnprune.prune_obs(NET, x, Y, sparsity=0.5, refresh=None).net.parameters(),
                  "y": lambda y: nnprune.prune_obs(NET, X, y, sparsity=0.5, refresh=None).net.parameters(),
                  "hessian": lambda a: nnprune.prune_obs(MLP((3, 4), biases=False), np.eye(3), [0, 1, 2], n_remove=2,
                                                         hessian=a, refresh=None).costs},
    "prune_obs_factored": {
        "x": lambda x: nnprune.prune_obs_factored(NET, x, Y, sparsity=0.5, refresh=None).net.parameters(),
        "y": lambda y: nnprune.prune_obs_factored(NET, X, y, sparsity=0.5, refresh=None).net.parameters()},
    "prune_snip": {"x": lambda x: nnprune.prune_snip(NET, x, Y, sparsity=0.5).costs,
                   "y": lambda y: nnprune.prune_snip(NET, X, y, sparsity=0.5).costs},
    "prune_sparsegpt": {"x": lambda x: nnprune.prune_sparsegpt(NET, x, sparsity=0.5).net.parameters()},
    "prune_units": {"x": lambda x: nnprune.prune_units(NET, x, sparsity=0.3).net.parameters()},
    "prune_wanda": {"x": lambda x: nnprune.prune_wanda(NET, x, sparsity=0.5).net.parameters()},
    "resource_report": {"x": lambda x: report(x)},
    "run_stages": {"x": lambda x: nnprune.run_stages(NET, x, Y, lambda net, x, y: thin(net, 0.5)).net.parameters(),
                   "y": lambda y: nnprune.run_stages(NET, X, y, lambda net, x, y: thin(net, 0.5)).net.parameters()},
    "train": {"x": lambda x: trained(nnprune.train, x, Y), "y": lambda y: trained(nnprune.train, X, y)},
    "train_compact": {"x": lambda x: nnprune.train_compact(NET, x, Y, epochs=1).parameters(),
                      "y": lambda y: nnprune.train_compact(NET, X, y, epochs=1).parameters()},
    "train_gauss_newton": {"x": lambda x: trained(nnprune.train_gauss_newton, x, Y),
                           "y": lambda y: trained(nnprune.train_gauss_newton, X, y)},
    "unfold": {"x": lambda a: nnprune.unfold(a, 2)},
}


@cache
def certificate_file():
    path = Path(tempfile.mkdtemp(prefix="nnprune-")) / "certificate.npz"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    nnprune.certify(NET, LOBS, X).save(path, NET, LOBS.net)
    return path


def report(x):
    return nnprune.resource_report(NET, x, timing=False).difference


def trained(f, x, y):
    net = NET.copy()
    f(net, x, y, **({"epochs": 1} if f is nnprune.train else {}))
    return net.parameters()


# The same numbers in another form: the same answer to the last bits that its precision has.
SAME = {
    "list": lambda a: a.tolist(), "Fortran": np.asfortranarray, "read-only": lambda a: frozen(a),
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2], "reversed": lambda a: a[::-1].copy()[::-1],
    "bytes swapped": lambda a: a.astype(a.dtype.newbyteorder()), "memoryview": memoryview,
    "longdouble": lambda a: a.astype(np.longdouble), "object with __array__": lambda a: Wrapped(a),
    "matrix": lambda a: a.view(np.matrix) if a.ndim == 2 else a, "subclass": lambda a: a.view(Sub),
}
# What is none, or holds what no number is: refused.
WRONG = {
    "None": lambda a: None, "text": lambda a: "abc", "number": lambda a: 5.0, "dict": lambda a: {"a": a},
    "empty": lambda a: a[:0], "no columns": lambda a: a[..., :0], "one axis more": lambda a: a[None, ..., None],
    "ragged": lambda a: [[1.0, 2.0], [1.0]], "masked": lambda a: np.ma.masked_array(a, np.zeros(a.shape, bool)),
    "NaN": lambda a: planted(a, np.nan), "infinite": lambda a: planted(a, np.inf), "1e200": lambda a: planted(a, 1e200),
    "words": lambda a: np.full(a.shape, "one"), "objects": lambda a: np.full(a.shape, object()),
    "complex": lambda a: a + 1j, "dates": lambda a: a.astype(int).astype("M8[s]"),
    "structured": lambda a: np.zeros(a.shape, [("a", float)]), "a generator": lambda a: (row for row in a),
    "raises": lambda a: Raises(),
}


# Scores may be of any size, since only their order counts; the report may do without samples.
MAY = {("prune_by_scores", "infinite"), ("prune_by_scores", "1e200"), ("resource_report", "None")}


class Sub(np.ndarray):
    """As units and other libraries have them."""


class Wrapped:
    def __init__(self, a):
        self.a = a

    def __array__(self, dtype=None, copy=None):
        return np.array(self.a, dtype)


class Raises:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no array of mine")


def frozen(a):
    a = a.copy()
    a.flags.writeable = False
    return a


def planted(a, value):
    a = a.astype(float)
    a.flat[-1] = value
    return a


def plain(argument):
    """The ordinary array for an argument."""
    return {"x": X, "X": X, "y": Y, "weights": ONE.weights[0], "W": ONE.weights[0], "masks": np.tri(3, 4) > 0,
            "scores": np.abs(np.column_stack([ONE.weights[0], ONE.biases[0]])), "hessian": np.eye(12) + 0.1}[argument]


ROWS = [(name, argument) for name, calls in CALLS.items() for argument in calls or ()]


def test_every_public_function_has_a_row():
    assert set(CALLS) == set(nnprune.__all__), set(CALLS) ^ set(nnprune.__all__)
    arrays = {"x", "y", "X", "W"}
    for name, calls in CALLS.items():
        f = getattr(nnprune, name)
        if calls is None and not inspect.isclass(f):
            assert not arrays & set(inspect.signature(f).parameters), f"{name} takes arrays: give it a row"


@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")
@pytest.mark.parametrize(("name", "argument"), ROWS, ids=map("-".join, ROWS))
def test_the_same_numbers_in_another_form_give_the_same(name, argument):
    call, a = CALLS[name][argument], image() if name == "unfold" else plain(argument)
    wanted = call(a)
    for kind, form in SAME.items():
        before = a.copy()
        got = call(form(a))
        if wanted is not None and not hasattr(wanted, "matrix"):
            np.testing.assert_allclose(np.asarray(got, float), np.asarray(wanted, float), rtol=1e-12, atol=1e-14,
                                       err_msg=kind)
        np.testing.assert_array_equal(a, before)


def image():
    return RNG.normal(size=(2, 1, 4, 4))


@pytest.mark.filterwarnings("ignore::nnprune.NNPruneWarning")
@pytest.mark.parametrize(("name", "argument"), ROWS, ids=map("-".join, ROWS))
def test_what_is_wrong_is_one_error_that_names_the_argument(name, argument):
    call, a, silent = CALLS[name][argument], image() if name == "unfold" else plain(argument), []
    for kind, form in WRONG.items():
        try:
            call(form(a))
            if (name, kind) not in MAY:
                silent.append(kind)
        except (ValueError, TypeError) as error:
            if not re.search(rf"\b{argument}(\b|_train)", str(error), re.I) or len(str(error)) > 600:
                silent.append(f"{kind}: {type(error).__name__}: {error}")
        except Exception as error:
            silent.append(f"{kind}: {type(error).__name__}: {error}")
    assert not silent, "\n".join(silent)
