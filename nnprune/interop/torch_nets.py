"""PyTorch: an ``nn.Sequential`` of Linear and one activation as an MLP, and back.

    torch.nn                                  MLP
    Linear                                    a layer: W (n_out, n_in), and b (n_out,) or None, as they are
    ReLU, Tanh or Sigmoid between two Linear  the activation, one for all hidden layers; nothing there: "identity"
    masks of torch.nn.utils.prune             masks and bias_masks
    Flatten, Identity, Dropout                left out: they change no row of numbers in eval mode
    Softmax or LogSoftmax at the end          left out: the cross-entropy has its own, and no class changes
    Sigmoid at the end, one output            left out: the binary cross-entropy has its own

*Precision.* An MLP keeps float64, which holds every float32 exactly, so a module that comes in and goes out in its own
dtype is the same bit for bit. An MLP computes in the precision of x, a module in that of its weights: outputs of both
in one precision differ by the order in which a sum is added up, not more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .._util.checks import is_net, needed_package
from .._util.types import BoolArray, Float64, LossName
from ..nn.mlp import MLP

ACTIVATION_CLASSES = {"relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid"}
LEFT_OUT = ("Flatten", "Identity", "Dropout", "Dropout1d", "AlphaDropout", "FeatureAlphaDropout")
HEADS = {"Softmax": "cross_entropy", "LogSoftmax": "cross_entropy", "Sigmoid": "binary_cross_entropy"}
REMEDIES = {"Conv": "prune it on its own, by nnprune.prune_layer on the rows of nnprune.unfold",
            "BatchNorm": "fold it into the Linear before it, by torch.nn.utils.fusion.fuse_linear_bn_eval",
            "": "prune the layers around it one at a time, by nnprune.prune_layer"}


def from_torch(module: Any, *, loss: LossName | None = None) -> MLP:
    """An MLP that computes what a module of PyTorch computes in eval mode; the module stays as it is.

    Parameters
    ----------
    module : torch.nn.Sequential or torch.nn.Linear
        Of Linear layers with one activation, ReLU, Tanh or Sigmoid, after every hidden one, or none; see the table
        above. On any device, of any real dtype. What ``torch.nn.utils.prune`` pruned is pruned; zeros that are no
        masks are ordinary weights until ``net.set_masks("zeros")``.
    loss : str, optional
        As for ``MLP``; by default "cross_entropy" for two outputs or more, and "binary_cross_entropy" for one that ends
        in a Sigmoid.

    Returns
    -------
    MLP
        Float64. A Softmax, LogSoftmax or Sigmoid at the end is not part of ``forward``, but of ``predict_proba``.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    ValueError
        If a module is not one of these, or has a hook; the message names it and the remedy.

    Examples
    --------
    A module comes in, is pruned, and goes back:

        module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 100), torch.nn.ReLU(),
                                     torch.nn.Linear(100, 10))
        net = nnprune.interop.from_torch(module)
        pruned = nnprune.prune_lobs(net, x, sparsity=0.9).net
        module = nnprune.interop.to_torch(pruned, masks=True)
    """
    torch = _torch("from_torch")
    if not isinstance(module, torch.nn.Module):
        hint = "; build its module, then module.load_state_dict(d)" if isinstance(module, dict) else ""
        raise ValueError(f"module must be a torch.nn.Sequential, but it is a {type(module).__name__}{hint}")
    layers, after = _layers(torch, module)
    head_loss = _loss_of_head(after[-1], layers[-1].out_features)
    if loss is None and head_loss is None and layers[-1].out_features == 1:
        raise ValueError("the module has one output: say loss='binary_cross_entropy' if it is the log-odds of class 1, "
                         "loss='mse' if it is a number")
    if loss is not None and head_loss not in (None, loss):
        raise ValueError(f"loss={loss!r} does not fit a module that ends in a {after[-1][0][1]}, which belongs to "
                         f"{head_loss!r}: leave that module out")
    arrays = [[_numbers(layer, name) for layer in layers] for name in ("weight", "bias")]
    (weights, masks), (biases, bias_masks) = ([list(part) for part in zip(*pairs)] for pairs in arrays)
    return MLP.from_arrays(weights, biases, _activation(after[:-1]), loss=loss or head_loss or "cross_entropy",
                           masks=masks, bias_masks=bias_masks)


def to_torch(net: MLP, *, dtype: Any = None, masks: bool = False) -> Any:
    """The module of PyTorch that computes what the net computes: Linear layers with the activation between them.

    Parameters
    ----------
    net : MLP
    dtype : torch.dtype, optional
        Of the parameters; by default torch's own, float32. A module that came in by ``from_torch`` goes out as it was
        by ``dtype=module[0].weight.dtype``.
    masks : bool
        Whether ``torch.nn.utils.prune`` keeps the pruned weights (and biases, if any) at 0 when the module is trained;
        ``torch.nn.utils.prune.remove(module[0], "weight")`` makes an ordinary parameter of one. Without, they are 0 and
        move at the first step.

    Returns
    -------
    torch.nn.Sequential
        On the CPU. It ends in the last Linear: for CrossEntropyLoss, BCEWithLogitsLoss or MSELoss.

    Raises
    ------
    ImportError
        If PyTorch is not installed.
    ValueError
        If ``net`` is no MLP, or has a weight beyond the range of ``dtype``.
    """
    torch = _torch("to_torch")
    is_net(net)
    modules: list[Any] = []
    for l, (W, b) in enumerate(zip(net.weights, net.biases)):
        layer = torch.nn.utils.skip_init(torch.nn.Linear, *W.shape[::-1], bias=b is not None, dtype=dtype)
        for name, a, mask in (("weight", W, net.masks[l]), ("bias", b, net.bias_masks[l])):
            if a is None:
                continue
            with torch.no_grad():
                parameter = getattr(layer, name).copy_(torch.tensor(a))
            if not torch.isfinite(parameter).all():
                raise ValueError(f"a {name} of layer {l} is {np.abs(a).max():.3g}, beyond {parameter.dtype}: take "
                                 f"dtype=torch.float64")
            if masks and mask is not None and not mask.all():
                torch.nn.utils.prune.custom_from_mask(layer, name, torch.tensor(mask))
        modules.append(layer)
        if l < len(net.weights) - 1 and net.activation != "identity":
            modules.append(getattr(torch.nn, ACTIVATION_CLASSES[net.activation])())
    return torch.nn.Sequential(*modules)


def _torch(function: str) -> Any:
    """The package, with the part that ``import torch`` alone leaves out."""
    needed_package("torch.nn.utils.prune", function)
    return needed_package("torch", function)


def _layers(torch: Any, module: Any) -> tuple[list[Any], list[list[tuple[str, str]]]]:
    """The Linear layers in order, and after each of them the (place, class) of the modules before the next one."""
    layers: list[Any] = []
    after: list[list[tuple[str, str]]] = []
    for place, m in _leaves(torch, module, "module"):
        kind = _kind(torch, place, m)
        if kind == "Linear":
            layers.append(m)
            after.append([])
        elif kind not in LEFT_OUT:
            if not layers:
                raise ValueError(f"{place} is a {kind}, but nothing may stand before the first Linear: apply it to x")
            after[-1].append((place, kind))
    if not layers:
        raise ValueError("module has no Linear layer")
    return layers, after


def _leaves(torch: Any, m: Any, place: str) -> Iterator[tuple[str, Any]]:
    """Every module that is no Sequential, in the order of the forward pass, with its place as one writes it."""
    if any(torch.nn.parameter.is_lazy(p) or p.is_meta for p in m.parameters(recurse=False)):
        raise ValueError(f"{place} has no numbers yet: load them, or run a batch through it")
    hooks = (*m._forward_pre_hooks.values(), *m._forward_hooks.values())
    if not all(isinstance(hook, torch.nn.utils.prune.BasePruningMethod) for hook in hooks):
        raise ValueError(f"{place} has a hook, which may change what it computes: remove it first, by handle.remove(), "
                         f"or torch.nn.utils.remove_weight_norm(m) and the like")
    if _computes_as(torch.nn.Sequential, m):
        for i, child in enumerate(m):
            yield from _leaves(torch, child, f"{place}[{i}]")
    else:
        yield place, m


def _computes_as(cls: Any, m: Any) -> bool:
    """Whether ``m`` is of the class, and its forward is that of the class."""
    return isinstance(m, cls) and type(m).forward is cls.forward


def _kind(torch: Any, place: str, m: Any) -> str:
    """The name of the class of a module, if it is one of the table above, with the usual options."""
    known = ("Linear", *LEFT_OUT, *ACTIVATION_CLASSES.values(), *HEADS)
    kind = next((name for name in known if _computes_as(getattr(torch.nn, name, ()), m)), None)
    if kind is None:
        name = type(m).__name__
        if len(list(m.children())):
            raise ValueError(f"{place} is a {name}, whose forward may do anything: make a Sequential of its layers in "
                             f"the order of its forward, as torch.nn.Sequential(m.fc1, torch.nn.ReLU(), m.fc2)")
        remedy = next(text for begin, text in REMEDIES.items() if name.startswith(begin))
        raise ValueError(f"{place} is a {name}, which an MLP does not have: {remedy}")
    if kind == "Flatten" and (m.start_dim, m.end_dim) != (1, -1):
        raise ValueError(f"{place} flattens axes {m.start_dim} to {m.end_dim}, but one row for each sample is needed: "
                         f"Flatten()")
    if kind in ("Softmax", "LogSoftmax") and m.dim not in (None, 1, -1):
        raise ValueError(f"{place} is a {kind} along axis {m.dim}, but the outputs lie along axis 1")
    return kind


def _activation(between: list[list[tuple[str, str]]]) -> Any:
    """The activation that stands between all Linear layers."""
    found: dict[str, str] = {}
    for modules in between:
        for place, kind in modules[1:]:
            raise ValueError(f"{place} is a second {kind} in a row, but an MLP has one activation after a layer")
        place, kind = modules[0] if modules else ("nothing between two Linear", "identity")
        names = [name for name, cls in ACTIVATION_CLASSES.items() if cls == kind] or [kind]
        found.setdefault(names[0], place)
    if len(found) > 1:
        text = " and ".join(f"{name} ({place})" for name, place in found.items())
        raise ValueError(f"an MLP has one activation for all hidden layers, but the module has {text}: "
                         f"{REMEDIES['']}")
    name = next(iter(found), "relu")  # of a net without hidden layers it does not matter
    if name not in (*ACTIVATION_CLASSES, "identity"):
        raise ValueError(f"{found[name]} is a {name} between two Linear, but it may only stand at the end")
    return name


def _loss_of_head(modules: list[tuple[str, str]], n_out: int) -> LossName | None:
    """The loss whose part the module after the last Linear is; None if there is none."""
    if not modules:
        return None
    place, kind = modules[0]
    if len(modules) > 1 or kind not in HEADS or (kind == "Sigmoid") != (n_out == 1):
        raise ValueError(f"{place} is a {kind} after the last Linear, but the output of an MLP is linear: a Softmax, a "
                         f"LogSoftmax or, of one output, a Sigmoid may stand there alone; leave it out and train on")
    loss: Any = HEADS[kind]
    return loss


def _numbers(layer: Any, name: str) -> tuple[Float64 | None, BoolArray | None]:
    """A layer's weight or bias, or None, and its mask: both in NumPy, on the CPU. (None for no bias.)"""
    def array(tensor: Any) -> Any:
        return tensor.detach().cpu().double().numpy()

    if hasattr(layer, f"{name}_mask"):  # ``name`` itself is only brought up to date by a forward pass
        mask = array(getattr(layer, f"{name}_mask")) != 0
        return np.where(mask, array(getattr(layer, f"{name}_orig")), 0.0), mask
    parameter = getattr(layer, name)
    return (None, None) if parameter is None else (array(parameter), np.ones(tuple(parameter.shape), bool))
