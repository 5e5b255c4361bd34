# %% [markdown]
# # Prune your own layer: a convolution, and a net of PyTorch
#
# **What you'll do.** Write a convolution as a matrix product, train a small convolutional net with it, and prune its
# convolution and its head one at a time, as layers. Then do the same to a module of PyTorch, and put the layers back.
#
# **What you'll learn.** Why all that holds for a dense layer holds for a convolution, what a layer has to tell to be
# pruned (one small matrix), why the layers go in order, and where the order of axes decides.
#
# **What you need.** Lesson 09 (layer-wise OBS), and what a convolution is. PyTorch only for section 6, which says so
# where it is not installed. New words are in `glossary.md`. Running time: 5 seconds. Length: 1,100 words.

# %%
from importlib import import_module
from importlib.util import find_spec

import numpy as np

import nnprune
from nnprune.datasets import draw_digits
from nnprune.lesson import claim, draw_images, load, plt, show

seven = draw_digits([7], np.random.default_rng(0))[0] / 255
edge = np.array([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -1.0, -1.0]])
seen = (nnprune.unfold(seven[None, None], 3) @ edge.ravel()).reshape(26, 26)
draw_images("13_edges", [seven, edge, seen],
            ["a picture", "a kernel", "what the kernel finds"])

# %% [markdown]
# ## 1. The idea
#
# Layer-wise OBS never asked for a net. It asked for a matrix of weights and for the inputs that it is multiplied with.
# Whatever multiplies a matrix with rows of numbers can be pruned by it: a layer of a language model, and a convolution.
#
# A convolution puts a small kernel at every place of a picture and takes the sum of the products. Slowly:


# %%
def naive_convolution(x, K):
    """One picture x (h, w) under one kernel K (k, k), place by place."""
    k = len(K)
    z = np.zeros((len(x) - k + 1, x.shape[1] - k + 1))
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            z[i, j] = (x[i:i + k, j:j + k] * K).sum()
    return z


x = np.arange(12.0).reshape(3, 4)
K = np.array([[1.0, 0.0], [-1.0, 2.0]])
print(naive_convolution(x, K))
claim("the first place by hand",
      naive_convolution(x, K)[0, 0] == 1 * 0 + 0 * 1 - 1 * 4 + 2 * 5)

# %% [markdown]
# Now lay every patch that the kernel sees out as a row, and the kernel as a column. `nnprune.unfold` makes the rows
# from pictures of shape (samples, channels, height, width), in PyTorch's order:

# %%
A = nnprune.unfold(x[None, None], 2)
print(A)
claim("six patches of four pixels", A.shape == (2 * 3, 4))
claim("the product is the convolution",
      np.array_equal(A @ K.reshape(-1), naive_convolution(x, K).reshape(-1)))

# %% [markdown]
# ## 2. The formula
#
# With $n_{out}$ kernels of shape $(c, k, k)$ as the rows of a matrix $W$ of shape $(n_{out}, c k^2)$, and the $N$
# patches of all pictures as the rows of $A$, the convolution is a dense layer (Chellapilla, Puri & Simard 2006):
#
# $$ Z = A W^\top + b . $$
#
# So its error, its Hessian and the cost of a removal are those of lesson 09, with patches for samples (a column of ones
# in $A$ is the bias's input):
#
# $$ E = \frac{1}{2N} \| A \hat W^\top - A W^\top \|^2 , \qquad H = \frac{1}{N} A^\top A , \qquad
#    L_q = \frac{w_q^2}{2\,[H^{-1}]_{qq}} . $$
#
# $H$ has the size of a *kernel*, not of a picture: 26 by 26 for 5 by 5 pixels and a bias, however many pictures there
# are. All kernels share it. Check the promise on random pictures: the predicted costs add up to the measured error.

# %%
rng = np.random.default_rng(0)
A = nnprune.unfold(rng.normal(size=(20, 2, 6, 6)), 3)  # 20 pictures of 2 channels
W = rng.normal(size=(4, 18))
r = nnprune.prune_layer(W, A, sparsity=0.5, damping=0)
measured = ((A @ r.W.T - A @ W.T) ** 2).sum() / (2 * len(A))
print(
    f"{len(A)} patches, {len(r.order)} weights removed: predicted "
    f"{r.costs.sum():.6f}, measured {measured:.6f}"
)
claim("the predicted costs add up to the measured error",
      np.isclose(r.costs.sum(), measured))
claim("half of the weights are gone", (r.W == 0).sum() == len(r.order) == 36)

# %% [markdown]
# ## 3. A small convolutional net
#
# Six kernels of 5 by 5 pixels, two pixels apart, a relu, and a dense head on their 6 x 12 x 12 outputs. The gradient of
# a convolution is that of a dense layer, too: $\partial E / \partial W = \delta^\top A$. So training takes no new
# ideas.
#
# One thing needs care. The product gives the outputs as (picture, place, kernel); PyTorch keeps (picture, kernel,
# place), and flattens *that*. The head's weights belong to one order or to the other.

# %%
data = load(4_000, 2_000)
SIDE, KERNELS, PLACES = 5, 6, 12 * 12
x, x_test = data.x_train.reshape(-1, 1, 28, 28), data.x_test.reshape(-1, 1, 28, 28)
# (n * 144, 25)
A, A_test = (nnprune.unfold(pictures, SIDE, stride=2) for pictures in (x, x_test))


def head_inputs(A, W, b):
    """What the head sees, (n, 6 * 144), in the order of PyTorch's Flatten."""
    # (n * 144, 25) (25, 6) -> (n * 144, 6)
    a = np.maximum(A @ W.T.astype(A.dtype) + b.astype(A.dtype), 0)
    return a.reshape(-1, PLACES, len(W)).transpose(0, 2, 1).reshape(-1, len(W) * PLACES)


def outputs(A, W, b, V, c):
    """The scores of the ten classes, (n, 10)."""
    return head_inputs(A, W, b) @ V.T.astype(A.dtype) + c.astype(A.dtype)


# %%
def gradients(A, y, W, b, V, c):
    """dE/dW, dE/db, dE/dV, dE/dc of the cross-entropy on a batch."""
    h = head_inputs(A, W, b)
    z = h @ V.T + c
    p = np.exp(z - z.max(axis=1, keepdims=True))
    delta = (p / p.sum(axis=1, keepdims=True) - np.eye(10, dtype=p.dtype)[y]) / len(y)
    back = (delta @ V) * (h > 0)  # (n, 10) (10, 6 * 144) -> (n, 6 * 144)
    # -> (n * 144, 6)
    back = back.reshape(-1, len(W), PLACES).transpose(0, 2, 1).reshape(-1, len(W))
    return back.T @ A, back.sum(axis=0), delta.T @ h, delta.sum(axis=0)


# %%
parameters = [
    rng.uniform(-1, 1, shape) / np.sqrt(shape[-1])
    if len(shape) == 2
    else np.zeros(shape)
    for shape in ((KERNELS, SIDE**2), (KERNELS,), (10, KERNELS * PLACES), (10,))
]
parameters = [p.astype(np.float32) for p in parameters]
velocity = [np.zeros_like(p) for p in parameters]
by_picture = A.reshape(len(x), PLACES, -1)
for _ in range(8):  # epochs
    for rows in rng.permutation(len(x)).reshape(-1, 50):
        steps = gradients(
            by_picture[rows].reshape(-1, SIDE**2), data.y_train[rows], *parameters
        )
        velocity = [0.9 * v - 0.05 * g for v, g in zip(velocity, steps)]
        parameters = [p + v for p, v in zip(parameters, velocity)]
W, b, V, c = parameters


# %%
def accuracy(*parameters):
    """The share of the test pictures that are recognised."""
    return float(np.mean(outputs(A_test, *parameters).argmax(axis=1) == data.y_test))


dense = accuracy(W, b, V, c)
print(
    f"{W.size} weights in the kernels, {V.size:,} in the head: test accuracy "
    f"{dense:.1%}"
)
claim("the net has learned", dense > 0.9)

# Check the gradient of one kernel's weights by differences, on one picture in
# float64, as lesson 02 does.
A1, y1, step = (
    A[:PLACES].astype(float), data.y_train[:1], 1e-6 * np.eye(KERNELS, SIDE**2, k=3))
rises = []
for moved in (W + step, W - step):
    z = outputs(A1, moved, b, V, c)[0]
    rises.append(np.log(np.exp(z).sum()) - z[y1[0]])
slope = (gradients(A1, y1, W.astype(float), b, V, c)[0] * step).sum() / 1e-6
claim("the gradient passes the check",
      np.isclose((rises[0] - rises[1]) / 2e-6, slope, rtol=1e-3, atol=1e-6))

# %% [markdown]
# ## 4. Prune the convolution
#
# Four thousand pictures have 576,000 patches. They need not stand in memory together: a `LayerHessian` takes them
# batch by batch, and keeps 26 by 26 numbers. This is all that `nnprune.prune_layer` needs to know of the data.

# %%
hessian = nnprune.LayerHessian(SIDE**2, bias=True)
for start in range(0, len(x), 500):
    hessian.add(nnprune.unfold(x[start:start + 500], SIDE, stride=2))
print(hessian.matrix.shape)

shares = [0.5, 0.6, 0.7, 0.8, 0.9]
by_obs = nnprune.prune_layer(W, hessian=hessian, bias=b, sparsity=shares)
by_size = [np.where(np.abs(W) >= np.quantile(np.abs(W), s), W, 0) for s in shares]
curves = {
    "L-OBS": [accuracy(r.W, r.bias, V, c) for r in by_obs],
    "magnitude": [accuracy(S, b, V, c) for S in by_size],
}
for name, curve in curves.items():
    print(
        f"{name:>10}: "
        + ", ".join(f"{a:.1%} at {s:.0%}" for s, a in zip(shares, curve))
    )
claim("80 % of the kernels' weights go at less than 2 points",
      curves["L-OBS"][-2] > dense - 0.02)
claim("magnitude loses more", curves["magnitude"][-2] < curves["L-OBS"][-2])

# %%
figure, axes = plt.subplots(3, KERNELS, figsize=(7.5, 3), layout="constrained")
for row, (name, kernels) in enumerate(
    {"dense": W, "L-OBS, 80 %": by_obs[3].W, "magnitude, 80 %": by_size[3]}.items()
):
    for kernel, panel in zip(kernels, axes[row]):
        panel.imshow(
            np.where(kernel == 0, np.nan, kernel).reshape(SIDE, SIDE), cmap="RdBu",
            vmin=-1, vmax=1)
        panel.set(xticks=[], yticks=[], facecolor="lightgrey")
    axes[row, 0].set_ylabel(name, fontsize=8)
figure.suptitle("the kernels; grey: removed")
show(figure, "13_kernels")

# %% [markdown]
# Neighbouring pixels are nearly equal, so a removed weight has neighbours that can take over: kernels live with few
# weights, if the others compensate.
#
# ## 5. Then the head, on what it sees now
#
# The head's inputs come out of the pruned convolution, so compute them from *it*: the head can then compensate what the
# convolution has changed. `prune_layer` keeps the head's outputs on those inputs.

# %%
conv = by_obs[3]  # 80 % removed
h = head_inputs(A, conv.W, conv.bias)
heads = nnprune.prune_layer(V, h, bias=c, sparsity=[0.9, 0.95])
for s, head in zip((0.9, 0.95), heads):
    cut = np.where(np.abs(V) >= np.quantile(np.abs(V), s), V, 0)
    print(
        f"head {s:.0%}: {accuracy(conv.W, conv.bias, head.W, head.bias):.1%} by L-OBS, "
        f"{accuracy(conv.W, conv.bias, cut, c):.1%} by magnitude, dense net {dense:.1%}"
    )
    claim("on the head L-OBS is ahead of magnitude",
          accuracy(conv.W, conv.bias, head.W, head.bias)
          > accuracy(conv.W, conv.bias, cut, c))
head = heads[0]
pruned = conv.W, conv.bias, head.W, head.bias
claim("both pruned it is within 3 points", accuracy(*pruned) > dense - 0.03)

# %% [markdown]
# ## 6. The same in PyTorch
#
# A module gives its arrays by `.numpy()` and takes them by `copy_`. What a layer sees is what the layers before it make
# of a batch. (A module of dense layers alone goes in one call: `nnprune.interop.from_torch`.)


# %%
def put(layer, W, b):
    """Write weights and biases into a layer of PyTorch, in its own shape."""
    torch = import_module("torch")
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(W).reshape(layer.weight.shape))
        layer.bias.copy_(torch.tensor(b))


def pruned_module(module, x):
    """Prune convolution and head of a module from pictures (n, 1, 28, 28)."""
    torch = import_module("torch")
    conv, head = module[0], module[3]
    K, b, V, c = (
        p.detach().numpy() for p in (conv.weight, conv.bias, head.weight, head.bias)
    )
    A = nnprune.unfold(x, conv.kernel_size, conv.stride, conv.padding)
    r = nnprune.prune_layer(K.reshape(len(K), -1), A, bias=b, sparsity=0.8)
    put(conv, r.W, r.bias)
    with torch.no_grad():
        h = module[:3](torch.tensor(x)).numpy()
    r = nnprune.prune_layer(V, h, bias=c, sparsity=0.9)
    put(head, r.W, r.bias)


# %%
if find_spec("torch") is None:
    print("PyTorch is not installed: this section has nothing to compare with")
else:
    torch = import_module("torch")
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, KERNELS, SIDE, stride=2), torch.nn.ReLU(),
        torch.nn.Flatten(), torch.nn.Linear(KERNELS * PLACES, 10))
    put(module[0], W, b)  # the net that we trained; yours comes trained
    put(module[3], V, c)
    for wanted in ((W, b, V, c), pruned):
        with torch.no_grad():
            z = module(torch.tensor(x_test)).numpy()
        ours = outputs(A_test, *wanted)
        theirs = float(np.mean(z.argmax(axis=1) == data.y_test))
        print(
            f"PyTorch {theirs:.2%}, NumPy {accuracy(*wanted):.2%}; outputs differ by "
            f"{np.abs(z - ours).max():.0e}"
        )
        claim("PyTorch's outputs are ours", np.allclose(z, ours, atol=1e-3))
        claim("and its accuracy", theirs == accuracy(*wanted))
        if wanted is not pruned:
            pruned_module(module, x)
    claim("the convolution has its zeros",
          int((module[0].weight == 0).sum()) == round(0.8 * W.size))
    claim("and the head too", int((module[3].weight == 0).sum()) == round(0.9 * V.size))

# %% [markdown]
# To train on, hold the zeros: `torch.nn.utils.prune.custom_from_mask(module[0], "weight", mask)`.
#
# ## 7. Break it
#
# Give the head its inputs as (place, kernel) instead of (kernel, place), as libraries with channels last flatten them.
# The shapes fit, nothing complains:

# %%
a = head_inputs(A_test, W, b)
turned = a.reshape(-1, KERNELS, PLACES).transpose(0, 2, 1).reshape(a.shape)
wrong = np.mean((turned @ V.T + c).argmax(axis=1) == data.y_test)
print(f"test accuracy {dense:.1%}, in the other order {wrong:.1%}")
claim("in the other order the head is lost", wrong < 0.5)

# %% [markdown]
# Nor does `prune_layer` complain: to it, the columns of the inputs are numbers. So compare outputs on a batch first.
#
# ## 8. When it fails
#
# *Too few pictures.* The kernel's Hessian is small, and some pictures fill it with thousands of patches. The head has
# 864 inputs and one row a picture: with fewer pictures than inputs, its H has no inverse without damping, and weights
# are fitted to what those pictures happen to show.

# %%
head_few = nnprune.prune_layer(V, h[:50], bias=c, sparsity=0.9)
conv_few = nnprune.prune_layer(W, A[:50 * PLACES], bias=b, sparsity=0.8)
from_few = accuracy(conv.W, conv.bias, head_few.W, head_few.bias)
print(
    f"head from 50 pictures: {from_few:.1%}, from {len(h):,}: {accuracy(*pruned):.1%}"
)
print(f"convolution from 50 pictures: {accuracy(conv_few.W, conv_few.bias, V, c):.1%}")
claim("few pictures are too few for the head", from_few < accuracy(*pruned))
claim("but enough for the convolution",
      accuracy(conv_few.W, conv_few.bias, V, c) > dense - 0.03)

# %% [markdown]
# *The layer's error is not the loss.* A kernel whose output nobody reads is kept as faithfully as any other. *Grouped
# convolutions* are several layers: each group sees its own channels, so unfold and prune each for itself. *Attention*
# multiplies activations with each other, which is no layer; its four projections are dense layers.
#
# ## 9. Summary
#
# 1. A layer is a matrix of weights and the rows of numbers that it is multiplied with: all that L-OBS asks for.
# 2. A convolution is that, with one row a patch. Its Hessian has the size of a kernel.
# 3. A `LayerHessian` takes patches batch by batch; nothing else of the data is kept.
# 4. Prune in order: the next layer's inputs come out of the pruned one.
# 5. The order of axes decides, and nothing complains: compare outputs on a batch first.
#
# ## 10. Questions
#
# <details><summary>1. How large is the Hessian of 64 kernels of 3 x 3 over 32 channels, without a bias?</summary>
#
# $32 \cdot 9 = 288$ rows and columns; the number of kernels does not matter.
#
# </details>
#
# <details><summary>2. Why do few pictures suffice for a kernel, and not for the head?</summary>
#
# A picture has many patches, each a sample for the kernel. It is one sample for the head.
#
# </details>
#
# <details><summary>3. Which layer is pruned first, and why?</summary>
#
# The first: the later one can then compensate what it has changed.
#
# </details>
#
# ## 11. On your own
#
# The answers are at the end of `tutorials/solutions/13_your_own_layer.py`.
#
# 1. Give the head `pattern="2:4"`: of every four consecutive weights, two are kept. What does the pattern cost, against
#    half of the weights without one? What are four consecutive inputs of the head?
# 2. Prune the head first, and then the convolution. Which order is better, and why?
# 3. Prune the head from inputs of the *dense* convolution, for the pruned one. How much accuracy is that?
# 4. Exercises: `python -m nnprune.exercises 13` checks your functions in `tutorials/exercises/13_your_own_layer.py`.
#
# ## 12. Further reading
#
# - K. Chellapilla, S. Puri, P. Simard, "High Performance Convolutional Neural Networks for Document Processing", 2006.
# - X. Dong, S. Chen, S. Pan, "Learning to Prune Deep Neural Networks via Layer-wise Optimal Brain Surgeon", NIPS 2017:
#   section 3.5 prunes convolutions.
# - E. Frantar, D. Alistarh, "Optimal Brain Compression", NeurIPS 2022, and "SparseGPT", ICML 2023: layer by layer, at
#   scale.
# - In this package: `nnprune/nn/patches.py`, `nnprune/pruning/layer.py`, and `docs/interop.md`.
