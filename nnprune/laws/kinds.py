"""The kinds of implementation that the laws apply to, and how the answer of each is read.

Reading an answer is its validation: its type, its shape, and whether all of it is finite. What is wrong
there is a ``Violation`` of whichever law is being checked, since no law can hold for such an answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .law import demand


@dataclass(frozen=True)
class Kind:
    """One kind of implementation.

    Attributes
    ----------
    call : str
        How it is called and what it returns.
    arguments : tuple of str
    read : callable
        ``read(args, answer)`` returns the answer as arrays, or raises ``Violation``.
    methods : tuple of str
        What it may claim to be, the most modest claim first; the laws that it must keep depend on it.
    """

    call: str
    arguments: tuple
    read: Callable
    methods: tuple = ("any",)


# The hint where there is no mathematics to judge yet.
WRONG_KIND = "The answer is of another kind or shape than demanded; the mathematics is not judged yet."


def read_array(answer, what, shape, kinds="fiu"):
    """``answer`` as an array of this shape whose dtype is of one of these kinds, all finite; else ``Violation``."""
    try:
        # PyTorch's tensors that know their gradient are arrays only once they are detached from it.
        a = np.asarray(answer.detach().cpu() if hasattr(answer, "detach") else answer)
    except Exception:  # a ragged list, or an object that refuses: whatever it is, it is no array
        a = np.array(None)
    wanted = f"{what}: an array of shape {shape}, of {'True and False' if kinds == 'b' else 'numbers'}"
    demand(answer is not None, wanted, "None, a NoneType of dtype object", "Is there a `return` at the end?")
    demand(a.dtype.kind in kinds or not a.size, wanted, f"{type(answer).__name__} of dtype {a.dtype}", WRONG_KIND)
    demand(a.dtype != np.float16, f"{what}: numbers in float64 or float32", "numbers in float16",
           "Your function answers in float16, whose three digits do not tell right from wrong; answer in float64.")
    demand(a.shape == shape, wanted, f"shape {a.shape}", WRONG_KIND)
    if not np.isfinite(a).all():  # an array as text takes longer than most calls: it is made where it is shown
        demand(False, f"{what}: finite numbers", f"{what} = {a}")
    return a


def _read_downdate(args, answer):
    """The smaller inverse (d - 1, d - 1), whether row and column q were cut out or set to 0."""
    Hinv, q = args
    d = len(Hinv)
    if np.shape(answer) == (d - 1, d - 1):
        return read_array(answer, "Hinv", (d - 1, d - 1))
    if np.shape(answer) != (d, d):
        demand(False, f"Hinv: an array of shape ({d - 1}, {d - 1}), row and column {q} cut out, or ({d}, {d}) with "
               "zeros there", "None" if answer is None else f"shape {np.shape(answer)}", WRONG_KIND)
    a = read_array(answer, "Hinv", (d, d))
    demand(not a[q].any() and not a[:, q].any(), f"row and column {q} are 0, or cut out",
           f"Hinv[{q}] = {a[q]}", "Row and column q are still there: the removed weight could be chosen again.")
    keep = np.arange(d) != q
    return a[np.ix_(keep, keep)]


def _read_layer(args, answer):
    pair = isinstance(answer, tuple) and len(answer) == 2
    demand(pair, "a tuple (mask, W)", f"a {type(answer).__name__}", WRONG_KIND)
    W = args[0]
    kinds = [getattr(a, "dtype", np.dtype(object)).kind for a in answer]
    demand(kinds != ["f", "b"], "(mask, W), in this order", "(W, mask)", "The two are swapped: return mask, W.")
    return read_array(answer[0], "mask", W.shape, "b"), read_array(answer[1], "W", W.shape)


def _read_net(args, answer):
    net = args[0]
    for name in ("weights", "biases", "masks", "forward"):
        demand(hasattr(answer, name), "a net with weights, biases, masks and forward",
               f"a {type(answer).__name__} without {name}")
    for name in ("weights", "masks"):
        demand(len(getattr(answer, name)) == len(net.weights), f"{len(net.weights)} layers of {name}",
               f"{len(getattr(answer, name))}")
    for l, W in enumerate(net.weights):
        read_array(answer.weights[l], f"weights[{l}]", W.shape)
        read_array(answer.masks[l], f"masks[{l}]", W.shape, "b")
        if net.biases[l] is not None:
            read_array(answer.biases[l], f"biases[{l}]", net.biases[l].shape)
    return answer


def _read_idx(args, answer):
    demand(isinstance(answer, np.ndarray), "a NumPy array", f"a {type(answer).__name__}")
    return answer


def _parameters(net):
    return net.parameters().size


KINDS = {
    "saliency": Kind(
        "f(w, Hinv) -> L", ("w", "Hinv"), lambda args, a: read_array(a, "L", args[0].shape)),
    "update": Kind(
        "f(w, Hinv, q) -> w", ("w", "Hinv", "q"), lambda args, a: read_array(a, "w", args[0].shape)),
    "downdate": Kind("f(Hinv, q) -> Hinv", ("Hinv", "q"), _read_downdate),
    "layer_pruner": Kind(
        "f(W, X, n_remove) -> (mask, W)", ("W", "X", "n_remove"), _read_layer, ("any", "magnitude", "obs")),
    "unit_pruner": Kind(
        "f(W, X, n_per_unit) -> (mask, W)", ("W", "X", "n_per_unit"), _read_layer,
        ("any", "magnitude", "wanda", "obs")),
    "network_pruner": Kind(
        "f(net, x, y, sparsity) -> net", ("net", "x", "y", "sparsity"), _read_net, ("any", "second_order", "lobs")),
    "gradient": Kind(
        "f(net, x, y) -> g", ("net", "x", "y"), lambda args, a: read_array(a, "g", (_parameters(args[0]),))),
    "hessian": Kind(
        "f(net, x, y) -> H", ("net", "x", "y"), lambda args, a: read_array(a, "H", (_parameters(args[0]),) * 2),
        ("exact", "gauss_newton")),
    "idx_reader": Kind("f(path) -> array", ("path",), _read_idx),
    "sgd_masks": Kind(
        "f(net, x, y, momentum, weight_decay) -> net", ("net", "x", "y", "momentum", "weight_decay"), _read_net),
}
