"""PyTorch's pruning, its SGD under masks and its derivatives, wrapped as the laws want them."""

from __future__ import annotations

import functools

import torch
from torch.nn.utils import parameters_to_vector, prune

import nnprune

RATE, STEPS = 0.05, 4
ACTIVATIONS = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}


def layer_pruner(method):
    """One of torch.nn.utils.prune's methods as f(W, X, n_remove) -> (mask, W)."""
    def f(W, X, n_remove):
        layer = torch.nn.Linear(W.shape[1], W.shape[0], bias=False, dtype=torch.float64)
        layer.weight.data = torch.tensor(W)
        torch.manual_seed(0)
        method(layer, name="weight", amount=n_remove)
        return layer.weight_mask.bool().numpy(), layer.weight.detach().numpy()
    return f


def to_torch(net):
    """The same net as a torch.nn.Sequential, in float64."""
    parts = []
    for W, b in zip(net.weights, net.biases):
        layer = torch.nn.Linear(W.shape[1], W.shape[0], dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.tensor(W), torch.tensor(b)
        parts += [layer, ACTIVATIONS[net.activation]()]
    return torch.nn.Sequential(*parts[:-1])


def from_torch(model, net, masks):
    """The torch model as an MLP like ``net``."""
    layers = [part for part in model if isinstance(part, torch.nn.Linear)]
    return nnprune.MLP.from_arrays([a.weight.detach().numpy() for a in layers],
                                   [a.bias.detach().numpy() for a in layers], net.activation, loss=net.loss_name,
                                   masks=masks)


def loss(model, net, x, y):
    """Our loss of the net, computed by PyTorch: the squared error has a 1/2 and is a mean over samples."""
    z, y = model(torch.tensor(x, dtype=torch.float64)), torch.tensor(y)
    if net.loss_name == "cross_entropy":
        return torch.nn.functional.cross_entropy(z, y)
    t = y if y.ndim == 2 else torch.nn.functional.one_hot(y, z.shape[1])
    return ((z - t) ** 2).sum() / (2 * len(z))


def gradient(net, x, y):
    """torch.autograd's gradient, in our order (which is torch's)."""
    model = to_torch(net)
    loss(model, net, x, y).backward()
    return parameters_to_vector([p.grad for p in model.parameters()]).numpy()


def hessian(net, x, y):
    """torch.autograd.functional.hessian of the loss as a function of the vector of parameters."""
    model = to_torch(net)
    shapes = [(name, p.shape, p.numel()) for name, p in model.named_parameters()]

    def of(theta):
        parts = torch.split(theta, [n for _, _, n in shapes])
        values = {name: part.view(shape) for (name, shape, _), part in zip(shapes, parts)}
        return loss(lambda x: torch.func.functional_call(model, values, (x,)), net, x, y)

    return torch.autograd.functional.hessian(of, torch.tensor(net.parameters())).numpy()


def global_l1(net, x, y, sparsity):
    """prune.global_unstructured with L1Unstructured, asked for a number of weights, as in its tutorial."""
    model = to_torch(net)
    layers = [part for part in model if isinstance(part, torch.nn.Linear)]
    for layer, mask in zip(layers, net.masks):
        prune.custom_from_mask(layer, "weight", torch.tensor(mask))
    more = round(sparsity * net.n_weights) - sum(int((~m).sum()) for m in net.masks)
    prune.global_unstructured([(a, "weight") for a in layers], pruning_method=prune.L1Unstructured, amount=more)
    return from_torch(model, net, [a.weight_mask.bool().numpy() for a in layers])


def sgd(how):
    """torch.optim.SGD on a net pruned in one of three usual ways."""
    def f(net, x, y, momentum, weight_decay):
        model = to_torch(net)
        layers = [part for part in model if isinstance(part, torch.nn.Linear)]
        if how == "prune":
            for layer, mask in zip(layers, net.masks):
                prune.custom_from_mask(layer, "weight", torch.tensor(mask))
        elif how == "gradient hook":
            for layer, mask in zip(layers, net.masks):
                layer.weight.register_hook(functools.partial(torch.mul, torch.tensor(mask)))
        optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=momentum, weight_decay=weight_decay)
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss(model, net, x, y).backward()
            optimizer.step()
        return from_torch(model, net, net.masks)
    return f


CANDIDATES = [
    ("torch", "prune.l1_unstructured", layer_pruner(prune.l1_unstructured), "layer_pruner", "magnitude",
     ""),
    ("torch", "prune.random_unstructured, seeded", layer_pruner(prune.random_unstructured), "layer_pruner", "any", ""),
    ("torch", "prune.l1_unstructured, as if it were OBS", layer_pruner(prune.l1_unstructured), "layer_pruner", "obs",
     "It does not claim to be OBS: this row shows what compensation is worth."),
    ("torch", "prune.global_unstructured (L1)", global_l1, "network_pruner", "any", ""),
    ("torch", "optim.SGD after prune.custom_from_mask", sgd("prune"), "sgd_masks", None, ""),
    ("torch", "optim.SGD, gradient masked by a hook", sgd("gradient hook"), "sgd_masks", None, ""),
    ("torch", "optim.SGD, weights set to 0 once", sgd("once"), "sgd_masks", None,
     "Nothing holds the weights at 0: the next step moves them."),
    ("torch", "autograd", gradient, "gradient", None, ""),
    ("torch", "autograd.functional.hessian", hessian, "hessian", "exact", ""),
]
