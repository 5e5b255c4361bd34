# %% [markdown]
# # Count what pruning has really saved
#
# **What you'll do.** Store one pruned net in several forms and count the bytes of each, down to the byte. Count its
# multiply-adds, and measure its time. Then cut out the units that have died: a smaller net with the same outputs.
#
# **What you'll learn.** Why a mask alone saves nothing, from which sparsity on a sparse form is smaller, what a zip
# program does as well, and why fewer multiply-adds need not take less time.
#
# **What you need.** Lesson 04 (masks, magnitude pruning), and logarithms. Running time: 5 seconds.

# %%
import zlib

import numpy as np
from scipy.sparse import csr_array

import nnprune
from nnprune.analysis import csr_arrays, measure
from nnprune.lesson import COLOURS, load, plt, show

# %% [markdown]
# ## 1. The idea
#
# "90 % of the weights are gone" is a statement about masks. Whether the net takes less room on the disk, needs less
# arithmetic, or gives its answer sooner, are three other questions. Each has to be counted.
#
# Begin with room. An array stores its zeros like any other number, in 4 bytes each (float32). To save anything, they
# must be left out. But then the computer has to be told *where* the others stand, and that costs bytes too. The usual
# form is CSR, *compressed sparse rows*, three arrays:
#
# - `values`: the $k$ kept weights, row after row;
# - `indices`: the column of each of them, $k$ whole numbers;
# - `indptr`: where each row begins in those two, and where the last one ends: $n_{out} + 1$ whole numbers.
#
# By hand: row 0 has the value 2 in column 1; row 1 has nothing; row 2 has 3 in column 0 and 4 in column 3.


# %%
def naive_csr(W):
    """values, indices and indptr of a matrix, entry by entry."""
    values, indices, indptr = [], [], [0]
    for row in W:
        for j, w in enumerate(row):
            if w != 0:
                values.append(w)
                indices.append(j)
        indptr.append(len(values))
    return values, indices, indptr


W = np.array([[0, 2, 0, 0],
              [0, 0, 0, 0],
              [3, 0, 0, 4]], dtype=np.float32)
assert len(W.tobytes()) == len(np.ones((3, 4), np.float32).tobytes()) == 3 * 4 * 4  # zeros take as much room as ones
values, indices, indptr = naive_csr(W)
assert (values, indices, indptr) == ([2, 3, 4], [1, 0, 3], [0, 1, 1, 3])
for mine, packages in zip((values, indices, indptr), csr_arrays(W, W != 0)):
    assert np.array_equal(mine, packages)
assert np.array_equal(csr_array(W).indices, indices)  # SciPy's

# %% [markdown]
# Nine of the twelve weights are gone, but with indices of 4 bytes (int32) it still takes 40 bytes, instead of 48.

# %%
figure, axes = plt.subplots(figsize=(6, 2.2), layout="constrained")
for y, parts in (("dense", [("the kept weights", 12, 3), ("zeros", 36, 0)]),
                 ("CSR", [("the kept weights", 12, 3), ("indices", 12, 1), ("indptr", 16, 2)])):
    begin = 0
    for name, size, colour in parts:
        axes.barh(y, size, left=begin, color="lightgrey" if name == "zeros" else COLOURS[colour], edgecolor="white")
        axes.text(begin + size / 2, y, name, ha="center", va="center", fontsize=8.5)
        begin += size
axes.set(xlabel="bytes", ylabel="form")
show(figure, "12_forms")

# %% [markdown]
# ## 2. The formula
#
# From which sparsity on is CSR the smaller form? With $k$ kept weights it stores $2k + n_{out} + 1$ numbers (Han, Mao &
# Dally 2016, section 2). Let a weight take $v$ bytes, an index $i$ bytes, and an entry of `indptr` 4. The dense layer
# takes $v\, n_{out} n_{in}$ bytes, and the two are equal where
#
# $$ (v + i)\, k + 4\,(n_{out} + 1) = v\, n_{out} n_{in} . $$
#
# Put $k = (1 - s)\, n_{out} n_{in}$ and solve for the sparsity $s$:
#
# $$ s^* = \frac{i}{v + i} + \frac{4\,(n_{out} + 1)}{(v + i)\, n_{out} n_{in}} . $$
#
# The second part is small in a large layer. With $v = i = 4$ the first is $1/2$: *a net that is less than half pruned
# gets larger in CSR*. Our tiny layer: $s^* = 1/2 + 16/96 = 2/3$, so 8 of the 12 weights must go, and the ninth gains.


# %%
def break_even(n_out, n_in, v=4, i=4):
    """The sparsity at which CSR takes as many bytes as the dense layer."""
    return i / (v + i) + 4 * (n_out + 1) / ((v + i) * n_out * n_in)


def bytes_of_csr(W):
    """The bytes of the three arrays, really made."""
    return sum(len(a.tobytes()) for a in csr_arrays(W, W != 0))


s = break_even(3, 4)
print(f"the tiny layer: {s:.3f}; a layer of 300 units with 784 inputs: {break_even(300, 784):.4f}")
assert np.isclose(s, 2 / 3)
for k in range(13):  # count, for every number of kept weights
    some = np.zeros(12, np.float32)
    some[:k] = 1
    gain = 48 - bytes_of_csr(some.reshape(3, 4))
    assert np.sign(gain) == np.sign(np.round(1 - k / 12 - s, 9))

# %% [markdown]
# Could a cleverer form do much better? Shannon (1948, sections 6 and 9) answers it: if each weight is kept with
# probability $1 - s$, independent of the others, no code can say *which* are kept in fewer bits per weight, on average,
# than the entropy
#
# $$ h(s) = -s \log_2 s - (1 - s) \log_2 (1 - s) . $$
#
# At $s = 1/2$ that is 1 bit, which is the mask itself; at $s = 0.9$ it is 0.47 bits, or 4.7 bits for each *kept*
# weight, where CSR spends 32. So with 32 bits for each value the net needs about $32\,(1 - s) + h(s)$ bits per weight.


# %%
def entropy(s):
    """Bits that it takes to say whether a weight is kept: h(s)."""
    return float(-s * np.log2(s) - (1 - s) * np.log2(1 - s))


assert entropy(0.5) == 1
assert abs(entropy(0.9) - 0.47) < 0.005

# %% [markdown]
# ## 3. Bytes of a real net
#
# Train a net, prune it by magnitude to several sparsities, retrain each for two epochs (lesson 04), and let the
# package make every form and count. `nnprune.resource_report` measures a net; `timing=False` leaves the stopwatch
# for later.

# %%
data = load(5_000, 1_000)
net = nnprune.MLP((784, 100, 10), rng=0)
nnprune.train(net, data.x_train, data.y_train, epochs=5)
sparsities = [0.3, 0.4, 0.5, 0.6, 0.8, 0.9, 0.95, 0.98]
pruned = {s: r.net for s, r in zip(sparsities, nnprune.prune_magnitude(net, sparsity=sparsities))}
for n in pruned.values():
    nnprune.train(n, data.x_train, data.y_train, epochs=2)  # the masks hold
reports = {s: nnprune.resource_report(n, timing=False) for s, n in pruned.items()}
share = {form: np.array([reports[s].bytes[form] / reports[s].bytes["dense"] for s in sparsities])
         for form in reports[0.9].bytes}
estimate = np.array([(32 * (1 - s) + entropy(s)) / 32 for s in sparsities])

figure, axes = plt.subplots(figsize=(7, 4.4), layout="constrained")
for (form, name), colour, marker in zip(
        {"dense": "dense, zeros and all", "csr": "CSR, indices of 4 bytes", "csr_small": "CSR, smallest indices",
         "dense_zlib": "dense, zipped"}.items(), (0, 4, 1, 3), "osD^"):
    axes.plot(sparsities, share[form], marker + "-", color=COLOURS[colour], label=name)
axes.plot(sparsities, estimate, "k:", label="32 (1 - s) + h(s) bits a weight")
axes.axvline(0.5, color="grey", linewidth=0.8)
axes.set(xlabel="sparsity s: share of the weights that is gone", ylabel="bytes, as a share of dense", ylim=(0, 1.5),
         title="Below one half CSR is the larger form")
axes.legend(fontsize="small")
show(figure, "12_bytes")

# %% [markdown]
# Three things to see. CSR with indices of 4 bytes crosses the dense line at one half, as derived. With 784 columns an
# index fits 2 bytes, and the crossing moves to $2 / (4 + 2) = 1/3$. And *zipping the plain dense file*, zeros and all,
# does about as well as the sparse form, or better, and comes close to Shannon's estimate. (It may even fall below: the
# estimate grants each value its full 32 bits, and a zip program finds a little to save in those too.)

# %%
for s in sparsities:
    assert s == 0.5 or (reports[s].bytes["csr"] < reports[s].bytes["dense"]) == (s > 0.5)
assert abs(break_even(100, 784, v=4, i=2) - 1 / 3) < 0.01
assert share["csr_small"][sparsities.index(0.3)] > 1 > share["csr_small"][sparsities.index(0.4)]
assert np.all(share["dense_zlib"] <= 1.1 * share["csr_small"])
assert np.all(np.abs(share["dense_zlib"] / estimate - 1) < 0.3)
for s in (0.5, 0.9, 0.98):
    i = sparsities.index(s)
    print(f"{s:.0%} removed: zipped {share['dense_zlib'][i]:.1%} of dense, Shannon's estimate {estimate[i]:.1%}")

# %% [markdown]
# Beware of comparing a zipped pruned net with an unzipped dense one, and calling the difference pruning. A dense net
# zips too, a little. And beware of the mask: as a NumPy array of bool it takes 1 byte a weight, and not 1 bit.

# %%
dense = b"".join(W.astype(np.float32).tobytes() for W in net.weights)
print(f"the net before pruning, zipped: {len(zlib.compress(dense, 9)) / len(dense):.0%} of its size")
assert len(zlib.compress(dense, 9)) < len(dense)
assert pruned[0.9].masks[0].nbytes == net.weights[0].size

# %% [markdown]
# ## 4. Multiply-adds and time
#
# One sample takes one multiply-add for every stored weight, so the count falls with the mask. The time is another
# matter. A dense product walks through neighbours in memory and does several multiply-adds at once; a sparse one has to
# look up, for every weight, which input it belongs to. So time is *measured*: many short measurements in turn, and of
# each the median and the middle half (`nnprune/analysis/stopwatch.py`).
#
# What comes out depends on your machine and on what else it does, so nothing is claimed here. Read your own figures:
# are there sparsities at which CSR needs fewer multiply-adds and *more* time? (`docs/resources.md` has the package's
# own measurements: with half of a larger net gone, CSR took about five times as long as dense on a batch of 128.)

# %%
batch = np.ascontiguousarray(data.x_test[:128], dtype=np.float32)
W = net.weights[0].astype(np.float32)
calls, columns = {"dense": lambda: batch @ W.T}, np.ascontiguousarray(batch.T)
layers = {s: csr_array(pruned[s].weights[0].astype(np.float32)) for s in (0.5, 0.9, 0.98)}
for s, S in layers.items():
    calls[f"CSR, {s:.0%} gone"] = lambda S=S: S @ columns
    assert np.allclose(S @ columns, (batch @ pruned[s].weights[0].astype(np.float32).T).T, atol=1e-4)
seconds = measure(calls, repeats=21)
work = {"dense": W.size, **{f"CSR, {s:.0%} gone": S.nnz for s, S in layers.items()}}

figure, panels = plt.subplots(1, 2, figsize=(8.5, 3), layout="constrained", sharey=True)
for name, t in seconds.items():
    million, us, colour = work[name] * len(batch) / 1e6, 1e6 * t.median, COLOURS[0 if name == "dense" else 4]
    panels[0].barh(name, million, color=colour)
    panels[1].barh(name, us, xerr=[[us - 1e6 * t.low], [1e6 * t.high - us]], color=colour)
    print(f"{name:<14} {million:6.2f} million multiply-adds in {us:6.0f} microseconds")
panels[0].set(xlabel="million multiply-adds", title="the first layer, 128 samples", ylabel="form")
panels[0].invert_yaxis()
panels[1].set(xlabel="time in microseconds, with the middle half", title="measured just now")
show(figure, "12_time")
for s, S in layers.items():
    assert S.nnz == pruned[s].masks[0].sum() < W.size

# %% [markdown]
# ## 5. Dead units
#
# There is a saving that needs no special format. Where many weights are gone, whole hidden units die, in two ways:
#
# - *Nothing goes out.* No kept weight leads on from the unit. Nothing reads it: it can go.
# - *Nothing comes in.* Its output is $f(b)$ for every sample: it can go too, but what it adds to the next layer need
#   not be 0. That constant is folded into the biases there: $b'_2 = b_2 + W_2 k$, where $k$ holds $f(b_1)$ for the
#   silent units, and 0 for the others.
#
# An input that only dead units read is not read at all, so pixels drop out as well. By hand, for 3 inputs, 3 hidden
# units and 2 outputs: unit 1 is silent with the output 4, and nothing reads unit 2, so that input 1 is not read either.


# %%
def naive_compact(W1, b1, W2, b2):
    """A relu net with one hidden layer without its dead parts: weights, biases and the inputs that are read."""
    silent = ~(W1 != 0).any(axis=1)
    b2 = b2 + W2[:, silent] @ np.maximum(b1[silent], 0)
    used = ~silent & (W2 != 0).any(axis=0)
    inputs = np.flatnonzero((W1[used] != 0).any(axis=0))
    return W1[np.ix_(used, inputs)], b1[used], W2[:, used], b2, inputs


W1, b1 = np.array([[1.0, 0, 2], [0, 0, 0], [0, 3, 0]]), np.array([0.5, 4, -1])
W2, b2 = np.array([[1.0, 0.5, 0], [2, -1, 0]]), np.array([1.0, 0])
V1, c1, V2, c2, inputs = naive_compact(W1, b1, W2, b2)
assert (V1.tolist(), V2.tolist(), inputs.tolist()) == ([[1, 2]], [[1], [2]], [0, 2])
assert np.array_equal(c2, [1 + 0.5 * 4, 0 - 1 * 4])

# %% [markdown]
# `nnprune.compact` does it for any number of layers: one sweep up finds what is constant, one sweep down finds what is
# read (`nnprune/nn/compaction.py`). On our net, both must give the same, and the outputs must be those of the large
# net.

# %%
for s in (0.8, 0.9, 0.95, 0.98):
    n = pruned[s]
    c = nnprune.compact(n)
    V1, c1, V2, c2, inputs = naive_compact(n.weights[0], n.biases[0], n.weights[1], n.biases[1])
    assert np.array_equal(c.inputs, inputs)
    assert np.allclose(c.net.biases[1], c2)
    assert np.allclose(c.net.forward(data.x_test[:, c.inputs]), n.forward(data.x_test), atol=1e-4)
    print(f"{s:.0%} removed: {c}, {c.net.n_weights / n.n_weights:.0%} of the weights are left to store and multiply; "
          f"test accuracy {n.accuracy(data.x_test, data.y_test):.1%}")
assert c.net.n_weights < 0.5 * n.n_weights
assert c.net.sizes[1] < 100
assert c.net.sizes[0] < 784

# %% [markdown]
# The smaller net is an ordinary dense one, with the same outputs and no sparse format. But it is far from the 2 % that
# the mask seemed to promise. Which pixels does it still read?

# %%
figure, panels = plt.subplots(1, 3, figsize=(8.5, 3.1), layout="constrained")
for axes, s in zip(panels, (0.5, 0.9, 0.98)):
    readers = pruned[s].masks[0].sum(axis=0).reshape(28, 28)
    picture = axes.imshow(np.where(readers, readers, np.nan), cmap="viridis", vmin=0, vmax=100)
    axes.set(title=f"{s:.0%} gone: {(readers == 0).sum()} pixels unread", xticks=[], yticks=[])
figure.colorbar(picture, ax=list(panels), label="units that read it (white: none)")
show(figure, "12_pixels")

# %% [markdown]
# ## 6. Break it
#
# Throw the silent units away without folding their constants in. The shapes fit, nothing complains, and the net answers
# otherwise:

# %%
n = pruned[0.98]
c = nnprune.compact(n)
k = np.where(n.masks[0].any(axis=1), 0, np.maximum(n.biases[0], 0))  # the constants of the silent units
careless = c.net.copy()
careless.biases[1] = n.biases[1].copy()  # as if nothing were to fold
x, z = data.x_test[:, c.inputs], n.forward(data.x_test)
off = np.abs(careless.forward(x) - z).max()
print(f"the outputs are off by {off:.3g}; folded in, by {np.abs(c.net.forward(x) - z).max():.1g}")
assert np.allclose(careless.forward(x) + n.weights[1] @ k, z, atol=1e-4)
assert off > 1e-3

# %% [markdown]
# ## 7. When it fails
#
# *Asleep is not dead.* A relu unit that is 0 on all your samples looks dead, and it is tempting to cut it out. Another
# sample may wake it:

# %%
sleeper = nnprune.MLP.from_arrays([[[1.0]], [[1.0]]], [[-5.0], [0.0]], loss="mse")
print("outputs for x = 0, 1, 6:", sleeper.forward([[0.0], [1.0], [6.0]])[:, 0])
assert not sleeper.forward([[0.0], [1.0]]).any()
assert sleeper.forward([[6.0]]).item() == 1
assert nnprune.compact(sleeper).net.sizes == (1, 1, 1)  # it stays: its masks do not say that it is dead

# %% [markdown]
# *Scattered zeros are the hardest to use.* Hardware likes patterns: whole units, blocks, or two of every four
# neighbours. Pruning in such patterns mostly costs accuracy at the same sparsity. *And weights are not all of a net:*
# while it runs, it also keeps the outputs of its layers; in training, gradients and momentum.
#
# So whoever writes "10 times smaller" should say which form is compared with which; "10 times fewer multiply-adds" is
# another claim, and "faster" needs a stopwatch and the name of the machine.
#
# ## 8. On your own
#
# 1. Half-precision weights take $v = 2$ bytes. Where is the break-even with $i = 2$? And for the list of all kept
#    positions (row and column), instead of CSR?
# 2. The estimate assumes that all weights are kept with one probability. Give each pixel its own: show that the mean of
#    their entropies is never above the entropy of their mean, and compute both for the first layer at 90 %.
# 3. Prune by `nnprune.prune_lobs` instead, to the same sparsity. Are there more dead units, or fewer? Why?
# 4. Exercises: `python -m nnprune.exercises 12` checks your functions in `tutorials/exercises/12_count_the_savings.py`.
#
# ## 9. Further reading
#
# - S. Han, H. Mao, W. Dally, "Deep Compression", ICLR 2016: the bytes of pruning, shared weights and Huffman codes.
# - C. Shannon, "A Mathematical Theory of Communication", 1948, sections 6 and 9.
# - S. Han, J. Pool, J. Tran, W. Dally, "Learning both weights and connections", NIPS 2015, section 3.5: dead neurons.
# - In this package: `nnprune/analysis/resources.py`, `nnprune/nn/compaction.py`, `nnprune/analysis/stopwatch.py`, and
#   `docs/resources.md`.
