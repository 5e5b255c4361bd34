# %% [markdown]
# # Make it smaller: whole units, and the speed that comes with them
#
# **What you'll do.** Remove whole hidden units from a trained net and let the others compensate, by hand on three
# numbers, then by the package. Let it choose how many units each layer keeps, and which pixels. Then take the time.
#
# **What you'll learn.** Why scattered zeros make no net faster and missing units do; that Optimal Brain Surgeon removes
# a unit as easily as a weight; what "four times fewer multiply-adds" is worth in microseconds.
#
# **What you need.** Lesson 07 (Optimal Brain Surgeon), lesson 09 (the error of one layer), lesson 12 (CSR, the time of
# a forward pass). Running time: 5 seconds.

# %%
import numpy as np
from scipy.sparse import csr_array

import nnprune
from nnprune.analysis import measure
from nnprune.hessian import input_hessian
from nnprune.lesson import COLOURS, load, plt, show
from nnprune.nn import columns

# %% [markdown]
# ## 1. The idea: a unit is a column
#
# In lesson 12 a net with 90 % of its weights gone was hardly faster, for its zeros lay scattered. Take *all* weights
# that read one hidden unit, and the unit itself can go: its row of weights in the layer before, its bias, its place in
# memory. What is left is a smaller matrix without any holes, and every computer is good at those.
#
# The weights that read unit $j$ are column $j$ of the next layer's matrix $W$: one weight in each of its units. Lesson
# 08 had the error of a layer, $E = \frac{1}{2n}\|A\hat W' - AW'\|^2$, with one Hessian $H = \frac1n A'A$ for all units.
# And the units do not share weights. So *each of them* loses its weight number $j$ by the rule of Optimal Brain Surgeon
# (lesson 07), and the costs add up:
#
# $$ s_j = \sum_i \frac{w_{ij}^2}{2\,[H^{-1}]_{jj}} , \qquad\qquad
#    \hat W = W - \frac{1}{[H^{-1}]_{jj}}\, W_{\cdot j}\, [H^{-1}]_{j\cdot} . $$
#
# This is Unit-OBS (Stahlberger & Riedmiller 1996), layer by layer. By hand, for two hidden units that mostly agree,
# $H = \begin{pmatrix} 1 & 0.8 \\ 0.8 & 1 \end{pmatrix}$, read by two units with the weights $(1, 2)$ and $(2, -1)$:
# $H^{-1} = \frac{1}{0.36}\begin{pmatrix} 1 & -0.8 \\ -0.8 & 1 \end{pmatrix}$, so
# $s_1 = (1 + 4) \cdot 0.36 / 2 = 0.9$ and $s_2 = (4 + 1) \cdot 0.36 / 2 = 0.9$ too. If the first goes, the second takes
# over 0.8 of it in each unit: the weights $2 + 0.8 \cdot 1 = 2.8$ and $-1 + 0.8 \cdot 2 = 0.6$.

# %%
H, W = np.array([[1, 0.8], [0.8, 1]]), np.array([[1.0, 2], [2, -1]])


def unit_costs(W, H):
    """s_j of every column."""
    return (W**2).sum(axis=0) / (2 * np.diag(np.linalg.inv(H)))


def without_unit(W, H, j):
    """Column j removed, the others compensate: in all units at once."""
    Hinv = np.linalg.inv(H)
    return W - np.outer(W[:, j], Hinv[j]) / Hinv[j, j]


assert np.allclose(unit_costs(W, H), 0.9)
assert np.allclose(without_unit(W, H, 0), [[0, 2.8], [0, 0.6]])

# %% [markdown]
# ## 2. Against the slow way
#
# The slow way knows no inverse Hessian: leave the column out, fit the others to the old outputs by least squares, and
# measure. On a real layer: train a net, and look at its last layer, whose inputs are the outputs of the hidden units
# before it and a column of ones for the bias (which never goes, and always compensates).

# %%
data = load(5_000, 2_000)
x, y, x_test, y_test = data.x_train, data.y_train, data.x_test, data.y_test
net = nnprune.MLP((784, 150, 60, 10), rng=0)
nnprune.train(net, x, y, epochs=10, weight_decay=1e-4)
dense = net.accuracy(x_test, y_test)


def naive_unit_costs(A, W, js):
    """What it costs to do without input j of a layer, for every j of ``js``, measured on its outputs."""
    costs = []
    for j in js:
        others = np.arange(A.shape[1]) != j
        best = np.linalg.lstsq(A[:, others], A @ W.T, rcond=None)[0]
        costs.append(np.sum((A[:, others] @ best - A @ W.T) ** 2) / (2 * len(A)))
    return np.array(costs)


hidden = net.layer_inputs(x.astype(float))[0][2]
A, W = np.column_stack([hidden, np.ones(len(hidden))]), columns(net, 2)
js = np.flatnonzero(hidden.any(axis=0))[:8]
live = np.flatnonzero(A.any(axis=0))
fast = unit_costs(W[:, live], input_hessian(hidden)[np.ix_(live, live)])
print("costs of the first units:", np.round(naive_unit_costs(A, W, js), 3))
assert np.allclose(fast[np.searchsorted(live, js)], naive_unit_costs(A, W, js), rtol=1e-4)

# %% [markdown]
# ## 3. Layer after layer
#
# `nnprune.prune_units` repeats this: remove the cheapest unit, update the inverse (one for all units: $d^3$
# multiply-adds in all for $d$ columns), and again. Then the next layer, whose inputs are no longer what they were. So
# its weights are first refitted to give the *old* outputs from the *new* inputs, as well as they can. The result is a
# net of the ordinary kind, only smaller.

# %%
r = nnprune.prune_units(net, x, sizes=(40, 20))
print(r)
assert r.net.sizes == (784, 40, 20, 10)
assert r.net.n_weights < 0.3 * net.n_weights
assert all(mask.all() for mask in r.net.masks)  # no holes
old_shape = r.expand(r.net)  # the way back: the same function, with masks
assert np.allclose(old_shape.forward(x_test), r.net.forward(x_test), atol=1e-3)

# %% [markdown]
# What is compensation worth? The baseline removes the units of the smallest norms, incoming times outgoing, and leaves
# the others as they are.


# %%
def by_norms(net, sizes):
    """The baseline: in each hidden layer the units with the largest norms stay, as they are."""
    masks = [np.ones(W.shape, bool) for W in net.weights]
    for l, size in enumerate(sizes, 1):
        norms = np.linalg.norm(net.weights[l - 1], axis=1) * np.linalg.norm(net.weights[l], axis=0)
        masks[l][:, np.argsort(norms)[:-size]] = False
    smaller = net.copy()
    smaller.set_masks(masks)
    return smaller


shapes = [(110, 45), (80, 30), (60, 25), (40, 20), (25, 15), (15, 10)]
found = {sizes: nnprune.prune_units(net, x, sizes=sizes).net for sizes in shapes}
work = [100 * n.n_weights / net.n_weights for n in found.values()]
ours = [100 * n.accuracy(x_test, y_test) for n in found.values()]
norms = [100 * by_norms(net, sizes).accuracy(x_test, y_test) for sizes in shapes]
for sizes, w, a, b in zip(shapes, work, ours, norms):
    print(f"784-{sizes[0]}-{sizes[1]}-10: {w:.0f} % of the multiply-adds; Unit-OBS {a:.1f} %, by norms {b:.1f} %")

figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
axes.axhline(100 * dense, color="black", linestyle=":", label="784-150-60-10, dense")
axes.plot(work, ours, "v-", color=COLOURS[4], label="Unit-OBS")
axes.plot(work, norms, "o-", color=COLOURS[0], label="smallest norms, no compensation")
axes.set(xlabel="multiply-adds left in %", ylabel="test accuracy in %", title="Whole units removed, no retraining")
axes.invert_xaxis()
axes.legend(fontsize="small")
show(figure, "15_units")
assert ours[3] > 100 * dense - 3
assert all(a > b for a, b in zip(ours[3:], norms[3:]))

# %% [markdown]
# ## 4. Which layer gives the next unit?
#
# A unit of the first hidden layer saves $784 + 60$ multiply-adds, a unit of the second only $150 + 10$. So the package
# compares the *cost per multiply-add saved*: `multiply_adds=0.75` removes units, each time the best bargain, until
# three quarters are saved. With `prune_inputs=True` pixels are units like any others: $s_j$ is the price of a column of
# the first layer.

# %%
shares = {"hidden units": nnprune.prune_units(net, x, multiply_adds=0.75),
          "and pixels": nnprune.prune_units(net, x, multiply_adds=0.75, prune_inputs=True)}
for name, s in shares.items():
    print(f"{name:<13} {s}: {100 * s.net.accuracy(x_test[:, s.inputs], y_test):.1f} %")
    assert s.net.n_weights <= 0.25 * net.n_weights
pixels, hidden_only = shares["and pixels"], shares["hidden units"]
assert pixels.net.sizes[1] > hidden_only.net.sizes[1]  # pixels go instead of hidden units
never = np.flatnonzero(~x.any(axis=0))
gone = pixels.removed[pixels.removed[:, 0] == 0, 1]
assert set(gone[:len(never)]) == set(never)  # those that are always 0 go first, at no cost
assert not pixels.costs[:len(never)].any()

picture = np.full(784, np.nan)
picture[gone] = np.arange(len(gone))
figure, axes = plt.subplots(figsize=(4.4, 3.4), layout="constrained")
image = axes.imshow(picture.reshape(28, 28), cmap="viridis")
axes.set(title=f"{len(pixels.inputs)} of 784 pixels stay (white)", xticks=[], yticks=[])
figure.colorbar(image, ax=axes, label="removed as number")
show(figure, "15_pixels")

# %% [markdown]
# ## 5. Its real speed
#
# Now the stopwatch of lesson 12. Three nets: dense, the smaller one, and for comparison exact L-OBS with 95 % of the
# weights gone, stored as CSR. Each net runs as bare products of matrices in float32, so that nothing but the form
# differs. What comes out depends on your machine: it is printed, not claimed. (`docs/resources.md` has our figures on a
# larger net, with the ratio of CSR beside them.)

# %%
sparse = nnprune.prune_lobs(net, x[:1000], sparsity=0.95).net
matrices = {"dense": [W.astype(np.float32) for W in net.weights],
            "Unit-OBS, 784-40-20-10": [W.astype(np.float32) for W in r.net.weights],
            "CSR, 95 % of the weights gone": [csr_array(W.astype(np.float32)) for W in sparse.weights]}


def products(layers, a):
    """All layers of a net, one sample a column; biases and relu left out."""
    for W in layers:
        a = W @ a  # (n_out, n_in) (n_in, n) -> (n_out, n)
    return a


figure, panels = plt.subplots(1, 2, figsize=(8.5, 2.6), layout="constrained", sharey=True)
for axes, n in zip(panels, (128, 1)):
    batch = np.ascontiguousarray(x_test[:n].T, dtype=np.float32)
    seconds = measure({name: lambda layers=layers, a=batch: products(layers, a) for name, layers in matrices.items()},
                      repeats=31)
    for name, t in seconds.items():
        axes.barh(name, 1e6 * t.median, color=COLOURS[0 if name == "dense" else 4])
        print(f"{n:>3} samples, {name:<30} {1e6 * t.median:7.1f} microseconds: "
              f"{seconds['dense'].median / t.median:.2f} times as fast as dense")
    axes.set(xlabel="microseconds", title=f"{n} sample{'s' if n > 1 else ''}", ylabel="form")
panels[0].invert_yaxis()
show(figure, "15_time")
multiply_adds = [sum(W.size if isinstance(W, np.ndarray) else W.nnz for W in layers) for layers in matrices.values()]
print("multiply-adds for one sample:", multiply_adds)
assert multiply_adds[2] < multiply_adds[1] < 0.3 * multiply_adds[0]

# %% [markdown]
# Compare with the multiply-adds: the sparse net has by far the fewest. Does it take the least time? Why should one
# sample gain less than a batch? (It needs every weight once, so it waits for memory, and each product has a fixed price
# of its own.)
#
# ## 6. Break it
#
# Choose the units as Unit-OBS does, and forget to compensate: take the dense net and its own weights, under the masks
# of the smaller one. Nothing complains, and the net answers otherwise. And if only the biases get their new values?
# They belong to the new weights, and are of no use to the old ones.

# %%
careless = net.copy()
careless.set_masks(old_shape.masks)
biases_only = careless.copy()
biases_only.biases = [b.copy() for b in old_shape.biases]
accuracy = {name: n.accuracy(x_test, y_test) for name, n in (
    ("compensated", r.net), ("not compensated", careless), ("biases alone", biases_only))}
print(", ".join(f"{name}: {a:.1%}" for name, a in accuracy.items()))
assert accuracy["not compensated"] < accuracy["compensated"] - 0.03

# %% [markdown]
# ## 7. When it fails
#
# *A unit that is never on* on your samples makes a row and a column of $H$ zero, and there is no inverse:

# %%
asleep = nnprune.MLP.from_arrays([[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -9.0], [0.0]], loss="mse")
few = np.array([[0.5], [1.0], [2.0]])
try:
    np.linalg.inv(input_hessian(asleep.layer_inputs(few)[0][1]))
except np.linalg.LinAlgError as error:
    print("numpy.linalg.inv:", error)
one = nnprune.prune_units(asleep, few, sizes=(1,))
assert one.removed.tolist() == [[1, 1]]
assert one.costs.tolist() == [0]
assert asleep.forward([[10.0]]).item() == 11  # another sample wakes it ...
assert one.net.forward([[10.0]]).item() == 10  # ... but it is gone

# %% [markdown]
# So the package sets such units apart, and removes them first. Whether they would wake on other samples, it cannot
# know: give it samples of every kind.
#
# *Units cost more than weights.* At the same number of multiply-adds, single weights can be chosen better than whole
# units. On paper, that is: whether your machine gains anything from scattered zeros, section 5 told you.
#
# ## 8. On your own
#
# 1. Retrain the smaller net for two epochs (it is an ordinary net: `nnprune.train(r.net, x, y, epochs=2)`). How small
#    can you make it before the test accuracy is a point below the dense net? Choose on validation pictures.
# 2. Train a net of the smaller shape from the beginning, with as many epochs in all. Is it as good? (Lesson 11: several
#    seeds, the same budget.)
# 3. Give `by_norms` the refitting alone: `numpy.linalg.lstsq` on the units that it keeps. How much of the gain was the
#    *choice* of units, and how much the compensation?
# 4. Exercises: `python -m nnprune.exercises 15` checks your functions in `tutorials/exercises/15_make_it_smaller.py`.
#
# ## 9. Further reading
#
# - A. Stahlberger, M. Riedmiller, "Fast network pruning and feature extraction using the Unit-OBS algorithm", NIPS 9,
#   1996, pages 655-661.
# - H. Li, A. Kadav, I. Durdanovic, H. Samet, H. P. Graf, "Pruning filters for efficient ConvNets", ICLR 2017: norms.
# - In this package: `nnprune/pruning/units.py`, `nnprune/nn/compaction.py`, `docs/resources.md` and `docs/family.md`.
