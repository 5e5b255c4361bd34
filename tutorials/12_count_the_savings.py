# %% [markdown]
# # Count what is saved, and make it smaller
#
# **What you'll do.** Store one pruned net in several forms and count the bytes of each. Cut out the units that have
# died. Then remove whole units on purpose, by Optimal Brain Surgeon, and take the time of all forms.
#
# **What you'll learn.** Why a mask alone saves nothing, from which sparsity on a sparse form is smaller, why fewer
# multiply-adds need not take less time, and that a unit is removed as easily as a weight.
#
# **What you need.** Lesson 04 (masks, magnitude), logarithms; from section 5 on lessons 07 and 09 (Optimal Brain
# Surgeon, one layer). New words are in `glossary.md`. Running time: 5 seconds. Length: 2,200 words.

# %%
import zlib

import numpy as np
from scipy.sparse import csr_array

import nnprune
from nnprune.analysis import csr_arrays, measure
from nnprune.hessian import input_hessian
from nnprune.lesson import claim, draw_bars, draw_curves, draw_images, load
from nnprune.nn import columns

# Twelve units with ten inputs: all weights; 80 of the 120 gone; eight units gone.
layer = np.random.default_rng(0).normal(size=(12, 10))
scattered = np.where(np.abs(layer) >= np.sort(np.abs(layer).ravel())[80], layer, np.nan)
fewer = layer[np.sort(np.argsort(-np.linalg.norm(layer, axis=1))[:4])]
draw_images("12_holes", [layer, scattered, fewer],
            ["all 120 weights", "40 left, with holes", "40 left, four units"],
            cmap="RdBu", limits=(-3, 3), label="weight (grey: gone)")

# %% [markdown]
# ## 1. The idea
#
# "Two thirds of the weights are gone" is a statement about masks. Whether the net takes less room on the disk, needs
# less arithmetic, or gives its answer sooner, are three other questions. Each has to be counted. The picture has the
# two ways of this lesson: holes, which need a special form to gain anything, and a smaller matrix, which needs none.
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
values, indices, indptr = naive_csr(W)
claim("the three arrays are those written down by hand",
      (values, indices, indptr) == ([2, 3, 4], [1, 0, 3], [0, 1, 1, 3]))
claim("the package makes the same three",
      all(map(np.array_equal, naive_csr(W), csr_arrays(W, W != 0))))
claim("and so does SciPy", np.array_equal(csr_array(W).indices, indices))
claim("zeros take as much room as ones",
      W.nbytes == np.ones((3, 4), np.float32).nbytes == 48)
print("dense: 48 bytes; CSR:", sum(a.nbytes for a in csr_arrays(W, W != 0)), "bytes")

# %% [markdown]
# Nine of the twelve weights are gone, but with indices of 4 bytes (int32) it still takes 40 bytes: 12 for the values,
# 12 for `indices`, 16 for `indptr`.
#
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


def gain(k):
    """The bytes that CSR saves in a layer of 3 x 4 with k kept weights, counted."""
    W = (np.arange(12) < k).astype(np.float32).reshape(3, 4)
    return W.nbytes - sum(a.nbytes for a in csr_arrays(W, W != 0))


print(f"the tiny layer: {break_even(3, 4):.3f}; "
      f"300 units with 784 inputs: {break_even(300, 784):.4f}")
claim("the tiny layer breaks even at 2/3", np.isclose(break_even(3, 4), 2 / 3))
claim("four kept weights are even, fewer gain, more lose",
      gain(4) == 0 and gain(3) > 0 > gain(5))

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


claim("one half takes 1 bit a weight", entropy(0.5) == 1)
claim("at 0.9 it takes 0.47 bits", abs(entropy(0.9) - 0.47) < 0.005)

# %% [markdown]
# ## 3. Bytes of a real net
#
# Train a net, prune it by magnitude to several sparsities, retrain each for one epoch (lesson 04), and let the
# package make every form and count. `nnprune.resource_report` measures a net; `timing=False` leaves the stopwatch
# for later.

# %%
data = load(4_000, 1_500)
x, y, x_test, y_test = data.x_train, data.y_train, data.x_test, data.y_test
net = nnprune.MLP((784, 100, 40, 10), rng=0)
nnprune.train(net, x, y, epochs=8, weight_decay=1e-4)
dense = net.accuracy(x_test, y_test)

sparsities = [0.3, 0.4, 0.5, 0.6, 0.8, 0.9, 0.95, 0.98]
results = nnprune.prune_magnitude(net, sparsity=sparsities)
pruned = {s: r.net for s, r in zip(sparsities, results)}
for n in pruned.values():
    nnprune.train(n, x, y, epochs=1)  # the masks hold
reports = [nnprune.resource_report(n, timing=False).bytes for n in pruned.values()]
share = {form: np.array([r[form] / r["dense"] for r in reports]) for form in reports[0]}
estimate = np.array([(32 * (1 - s) + entropy(s)) / 32 for s in sparsities])
names = {"csr": "CSR, indices of 4 bytes", "csr_small": "CSR, smallest indices",
         "dense_zlib": "dense, zipped"}
draw_curves("12_bytes", sparsities,
            {name: share[form] for form, name in names.items()} | {"Shannon": estimate},
            level={"dense, zeros and all": 1}, xlabel="sparsity s",
            ylabel="bytes, as a share of dense", title="Below one half CSR is larger")

# %% [markdown]
# Three things to see. CSR with indices of 4 bytes crosses the dense line at one half, as derived. With 784 columns an
# index fits 2 bytes, and the crossing moves to $2 / (4 + 2) = 1/3$. And *zipping the plain dense file*, zeros and all,
# does about as well as the sparse form, or better, and comes close to Shannon's estimate. (It may even fall below: the
# estimate grants each value its full 32 bits, and a zip program finds a little to save in those too.)

# %%
at = dict(zip(sparsities, range(8)))
claim("CSR is smaller than dense above one half, and larger below",
      all((share["csr"][at[s]] < 1) == (s > 0.5) for s in sparsities if s != 0.5))
claim("with the smallest indices it crosses between 0.3 and 0.4",
      share["csr_small"][at[0.3]] > 1 > share["csr_small"][at[0.4]])
claim("zipping does about as well as CSR",
      np.all(share["dense_zlib"] <= 1.1 * share["csr_small"]))
claim("and is within 30 % of Shannon's estimate",
      np.all(np.abs(share["dense_zlib"] / estimate - 1) < 0.3))

# %% [markdown]
# Beware of comparing a zipped pruned net with an unzipped dense one, and calling the difference pruning: a dense net
# zips too, a little. And beware of the mask: as a NumPy array of bool it takes 1 byte a weight, and not 1 bit.

# %%
plain = b"".join(W.astype(np.float32).tobytes() for W in net.weights)
zipped = len(zlib.compress(plain, 9)) / len(plain)
print(f"the net before pruning, zipped: {zipped:.0%} of its size")
claim("the dense net zips too", zipped < 1)
claim(
    "a mask takes a byte a weight", pruned[0.9].masks[0].nbytes == net.weights[0].size
)

# %% [markdown]
# ## 4. Dead units
#
# There is a saving that needs no special form. Where many weights are gone, whole hidden units die, in two ways:
#
# - *Nothing goes out.* No kept weight leads on from the unit. Nothing reads it: it can go.
# - *Nothing comes in.* Its output is $f(b)$ for every sample: it can go too, but what it adds to the next layer need
#   not be 0. That constant is folded into the biases there: $b'_2 = b_2 + W_2 k$, where $k$ holds $f(b_1)$ for these
#   *silent* units, and 0 for the others.
#
# An input that only dead units read is not read at all, so pixels drop out as well. By hand, for 3 inputs, 3 hidden
# units and 2 outputs: unit 1 is silent with the output 4, and nothing reads unit 2, so that input 1 is not read either.
# (`np.ix_(rows, columns)` picks a smaller matrix: these rows, and of them these columns.)


# %%
def naive_compact(W1, b1, W2, b2):
    """A relu net of one hidden layer without dead parts; the inputs it reads."""
    silent = ~(W1 != 0).any(axis=1)
    b2 = b2 + W2[:, silent] @ np.maximum(b1[silent], 0)
    used = ~silent & (W2 != 0).any(axis=0)
    inputs = np.flatnonzero((W1[used] != 0).any(axis=0))
    return W1[np.ix_(used, inputs)], b1[used], W2[:, used], b2, inputs


W1, b1 = np.array([[1.0, 0, 2], [0, 0, 0], [0, 3, 0]]), np.array([0.5, 4, -1])
W2, b2 = np.array([[1.0, 0.5, 0], [2, -1, 0]]), np.array([1.0, 0])
V1, c1, V2, c2, inputs = naive_compact(W1, b1, W2, b2)
claim("one unit and two inputs are left",
      (V1.tolist(), V2.tolist(), inputs.tolist()) == ([[1, 2]], [[1], [2]], [0, 2]))
claim("the constant 4 is folded in", np.array_equal(c2, [1 + 0.5 * 4, 0 - 1 * 4]))
c = nnprune.compact(nnprune.MLP.from_arrays([W1, W2], [b1, b2], masks="zeros"))
claim("the package's smaller net is the same",
      np.array_equal(c.inputs, inputs) and np.array_equal(c.net.biases[1], c2))

# %% [markdown]
# `nnprune.compact` does it for any number of layers: one sweep up finds what is constant, one sweep down finds what is
# read (`nnprune/nn/compaction.py`). On our net, the outputs must be those of the large one.

# %%
for s in (0.8, 0.9, 0.95, 0.98):
    n = pruned[s]
    c = nnprune.compact(n)
    print(f"{s:.0%} removed: {c}, "
          f"{c.net.n_weights / n.n_weights:.0%} of the weights stay; "
          f"test accuracy {n.accuracy(x_test, y_test):.1%}")
    claim("the smaller net answers as the large one",
          np.allclose(c.net.forward(x_test[:, c.inputs]), n.forward(x_test), atol=1e-4))
claim("at 98 % it is less than half", c.net.n_weights < 0.5 * n.n_weights)

readers = {s: pruned[s].masks[0].sum(axis=0).reshape(28, 28) for s in (0.5, 0.9, 0.98)}
draw_images("12_pixels", [np.where(r, r, np.nan) for r in readers.values()],
            [f"{s:.0%} gone: {(r == 0).sum()} unread" for s, r in readers.items()],
            cmap="viridis", limits=(0, 100), label="readers (grey: none)")

# %% [markdown]
# The smaller net is an ordinary dense one, with the same outputs and no sparse form. But it is far from the 2 % that
# the mask seemed to promise: scattered zeros kill few units. So remove units on purpose.
#
# ## 5. A unit is a column
#
# The weights that read hidden unit $j$ are column $j$ of the next layer's matrix $W$. If *all* of them go, the unit
# itself can go: its row of weights in the layer before, its bias, its place in memory. Lesson 09 had the error of a
# layer, $E = \frac{1}{2n}\|A\hat W^\top - AW^\top\|^2$, with one Hessian $H = \frac1n A^\top A$ for all units, and the
# units do not share weights. So *each of them* loses its weight number $j$ by the rule of lesson 07, and the costs add
# up:
#
# $$ s_j = \sum_i \frac{w_{ij}^2}{2\,[H^{-1}]_{jj}} , \qquad\qquad
#    \hat W = W - \frac{1}{[H^{-1}]_{jj}}\, W_{\cdot j}\, [H^{-1}]_{j\cdot} . $$
#
# This is Unit-OBS (Stahlberger & Riedmiller 1996), layer by layer. By hand, for two hidden units that mostly agree,
# $H = \begin{pmatrix} 1 & 0.8 \\ 0.8 & 1 \end{pmatrix}$, read by two units with the weights $(1, 2)$ and $(2, -1)$:
# $H^{-1} = \frac{1}{0.36}\begin{pmatrix} 1 & -0.8 \\ -0.8 & 1 \end{pmatrix}$, so
# $s_1 = (1 + 4) \cdot 0.36 / 2 = 0.9$ and $s_2 = (4 + 1) \cdot 0.36 / 2 = 0.9$ too. If the first goes, the second takes
# over 0.8 of it in each unit: the weights $2 + 0.8 \cdot 1 = 2.8$ and $-1 + 0.8 \cdot 2 = 0.6$.
#
# In the code, `np.outer(a, b)` is the matrix of all products $a_i b_j$.

# %%
H, W = np.array([[1, 0.8], [0.8, 1]]), np.array([[1.0, 2], [2, -1]])


def unit_costs(W, H):
    """s_j of every column."""
    return (W**2).sum(axis=0) / (2 * np.diag(np.linalg.inv(H)))


def without_unit(W, H, j):
    """Column j removed, the others compensate: in all units at once."""
    Hinv = np.linalg.inv(H)
    return W - np.outer(W[:, j], Hinv[j]) / Hinv[j, j]


claim("both cost 0.9", np.allclose(unit_costs(W, H), 0.9))
claim("the other takes over", np.allclose(without_unit(W, H, 0), [[0, 2.8], [0, 0.6]]))

# %% [markdown]
# The slow way knows no inverse Hessian: leave the column out, fit the others to the old outputs by least squares, and
# measure. Do so for the last layer of the net. Its inputs are the outputs of the hidden units before it and a column of
# ones for the bias, which never goes and always compensates.


# %%
def naive_unit_costs(A, W, js):
    """What it costs to do without each input in js, measured."""
    costs = []
    for j in js:
        others = np.arange(A.shape[1]) != j
        best = np.linalg.lstsq(A[:, others], A @ W.T, rcond=None)[0]
        costs.append(np.sum((A[:, others] @ best - A @ W.T) ** 2) / (2 * len(A)))
    return np.array(costs)


hidden = net.layer_inputs(x.astype(float))[0][2]  # what the last layer reads: (n, 40)
A = np.column_stack([hidden, np.ones(len(hidden))])
W = columns(net, 2)  # the weights and, last, the biases
# a unit that is never on has no inverse: section 9
live = np.flatnonzero(A.any(axis=0))
fast = unit_costs(W[:, live], input_hessian(hidden)[np.ix_(live, live)])
slow = naive_unit_costs(A, W, live[:8])
print("costs of the first units:", np.round(slow, 3))
claim("the formula gives what the refit costs", np.allclose(fast[:8], slow, rtol=1e-4))

# %% [markdown]
# ## 6. Layer after layer
#
# `nnprune.prune_units` repeats this: remove the cheapest unit, update the inverse, and again. Then the next layer,
# whose inputs are no longer what they were. So its weights are first refitted to give the *old* outputs from the *new*
# inputs. The result is a net of the ordinary kind, only smaller. The baseline removes the units of the smallest norms,
# incoming times outgoing, and leaves the others as they are.


# %%
def by_norms(net, sizes):
    """The baseline: the units with the largest norms stay, as they are."""
    masks = [np.ones(W.shape, bool) for W in net.weights]
    for l, size in enumerate(sizes, 1):
        incoming = np.linalg.norm(net.weights[l - 1], axis=1)
        outgoing = np.linalg.norm(net.weights[l], axis=0)
        masks[l][:, np.argsort(incoming * outgoing)[:-size]] = False
    smaller = net.copy()
    smaller.set_masks(masks)
    return smaller


# %%
shapes = [(80, 32), (60, 25), (40, 20), (25, 15), (15, 10)]
found = [nnprune.prune_units(net, x, sizes=sizes) for sizes in shapes]
smaller = found[2]
claim("it is a smaller net", smaller.net.sizes == (784, 40, 20, 10))
claim("without holes", all(mask.all() for mask in smaller.net.masks))

work = [100 * r.net.n_weights / net.n_weights for r in found]
ours = [100 * r.net.accuracy(x_test, y_test) for r in found]
norms = [100 * by_norms(net, sizes).accuracy(x_test, y_test) for sizes in shapes]
for sizes, w, a, b in zip(shapes, work, ours, norms):
    print(f"784-{sizes[0]}-{sizes[1]}-10: {w:.0f} % of the multiply-adds; "
          f"Unit-OBS {a:.1f} %, by norms {b:.1f} %")
draw_curves(
    "12_units", work,
    {"units, by Unit-OBS": ours, "smallest norms, no compensation": norms},
    level={"784-100-40-10, dense": 100 * dense}, xlabel="multiply-adds left in %",
    ylabel="test accuracy in %", title="Whole units removed, no retraining",
    xlim=(max(work) + 3, 0))
claim("with two fifths of the multiply-adds Unit-OBS is within 3 points of dense",
      ours[2] > 100 * dense - 3)
claim("and from there on ahead of the norms",
      all(a > b for a, b in zip(ours[2:], norms[2:])))

# %% [markdown]
# Which layer gives the next unit? One of the first hidden layer saves $784 + 40$ multiply-adds, one of the second only
# $100 + 10$. So with `multiply_adds=0.75` the package removes units by the *cost per multiply-add saved*, each time the
# best bargain, until three quarters are saved. With `prune_inputs=True` pixels are units like any others.

# %%
options = {"hidden units": {}, "and pixels": {"prune_inputs": True}}
shares = {name: nnprune.prune_units(net, x, multiply_adds=0.75, **o)
          for name, o in options.items()}
for name, s in shares.items():
    print(f"{name:<13} {s}: {100 * s.net.accuracy(x_test[:, s.inputs], y_test):.1f} %")
    claim("three quarters are saved", s.net.n_weights <= 0.25 * net.n_weights)
pixels = shares["and pixels"]
gone = pixels.removed[pixels.removed[:, 0] == 0, 1]  # layer 0: the inputs
never = np.flatnonzero(~x.any(axis=0))
claim("pixels go instead of hidden units",
      pixels.net.sizes[1] > shares["hidden units"].net.sizes[1])
claim("those that are always 0 go first", set(gone[:len(never)]) == set(never))
claim("at no cost", not pixels.costs[:len(never)].any())

# %% [markdown]
# ## 7. Multiply-adds and time
#
# One sample takes one multiply-add for every stored weight, so the count falls with the mask. The time is another
# matter. A dense product walks through neighbours in memory and does several multiply-adds at once; a sparse one has to
# look up, for every weight, which input it belongs to. So time is *measured*: many short measurements in turn, and of
# each the median (`nnprune/analysis/stopwatch.py`).
#
# Four nets, as bare products of matrices in float32, so that nothing but the form differs. What comes out depends on
# your machine and on what else it does, so it is printed, not claimed. (`docs/resources.md` has our figures on a larger
# net, beside the dense one.)

# %%
def float32(net, form=np.ascontiguousarray):
    """The weight matrices in a form."""
    return [form(W.astype(np.float32)) for W in net.weights]


matrices = {"dense": float32(net), "units: 784-40-20-10": float32(smaller.net),
            "CSR, half gone": float32(pruned[0.5], csr_array),
            "CSR, 98 % gone": float32(pruned[0.98], csr_array)}


def products(layers, a):
    """All layers of a net, one sample a column; biases and relu left out."""
    for W in layers:
        a = W @ a  # (n_out, n_in) (n_in, n) -> (n_out, n)
    return a


# %%
batch = np.ascontiguousarray(x_test[:128].T, dtype=np.float32)
seconds = measure({name: lambda layers=layers: products(layers, batch)
                   for name, layers in matrices.items()}, repeats=21)
kept = {"dense": net, "units: 784-40-20-10": smaller.net, "CSR, half gone": pruned[0.5],
        "CSR, 98 % gone": pruned[0.98]}
thousands = {name: sum(int(M.sum()) for M in n.masks) / 1000
             for name, n in kept.items()}
us = {name: 1e6 * t.median for name, t in seconds.items()}
draw_bars("12_time", {"thousand multiply-adds a sample": thousands,
                      "microseconds for 128 samples": us}, ylabel="form")
for name in us:
    print(f"{name:<20} {thousands[name]:6.1f} thousand multiply-adds, "
          f"{us[name]:7.1f} microseconds: "
          f"{us['dense'] / us[name]:.2f} times as fast as dense")
claim("both CSR nets have fewer multiply-adds than the dense one",
      thousands["CSR, 98 % gone"] < thousands["CSR, half gone"] < thousands["dense"])

# %% [markdown]
# Compare the two pictures. Which form gains what its multiply-adds promise? Is there one with fewer multiply-adds that
# takes *more* time?
#
# ## 8. Break it
#
# Choose the units as Unit-OBS does, and forget to compensate: take the dense net and its own weights, under the masks
# of the smaller one (`expand` gives a net of the old shape with these masks). The shapes fit, nothing complains, and
# the net answers otherwise. And if only the biases get their new values? They belong to the new weights.

# %%
old_shape = smaller.expand(smaller.net)
careless = net.copy()
careless.set_masks(old_shape.masks)
biases_only = careless.copy()
biases_only.biases = [b.copy() for b in old_shape.biases]
cases = {"compensated": smaller.net, "not compensated": careless,
         "biases alone": biases_only}
accuracy = {name: n.accuracy(x_test, y_test) for name, n in cases.items()}
print(", ".join(f"{name}: {a:.1%}" for name, a in accuracy.items()))
claim("the way back gives the same function",
      np.allclose(old_shape.forward(x_test), smaller.net.forward(x_test), atol=1e-3))
claim("without compensation it is worse by a point at least",
      accuracy["not compensated"] < accuracy["compensated"] - 0.01)

# %% [markdown]
# ## 9. When it fails
#
# *Asleep is not dead.* A relu unit that is 0 on all your samples looks dead. It makes a row and a column of $H$ zero,
# so there is no inverse, and `prune_units` sets such units apart and removes them first, at no cost. But another sample
# may wake it:

# %%
asleep = nnprune.MLP.from_arrays(
    [[[1.0], [1.0]], [[1.0, 1.0]]], [[0.0, -9.0], [0.0]], loss="mse"
)
few = np.array([[0.5], [1.0], [2.0]])
try:
    np.linalg.inv(input_hessian(asleep.layer_inputs(few)[0][1]))
except np.linalg.LinAlgError as error:
    print("numpy.linalg.inv:", error)
one = nnprune.prune_units(asleep, few, sizes=(1,))
before, after = (n.forward([[10.0]]).item() for n in (asleep, one.net))
print("output for x = 10 before:", before, " after:", after)
claim("the sleeping unit goes, at no cost",
      one.removed.tolist() == [[1, 1]] and one.costs.tolist() == [0])
claim("a sample that wakes it is answered otherwise",
      (before, after) == (11, 10))
claim("compact keeps it: no mask says that it is dead",
      nnprune.compact(asleep).net.sizes == (1, 2, 1))

# %% [markdown]
# So give `prune_units` samples of every kind. *Units cost more than weights*: at the same number of multiply-adds,
# single weights can be chosen better than whole units. *And weights are not all of a net:* while it runs, it also keeps
# the outputs of its layers; in training, gradients and momentum.
#
# "10 times smaller" must say which form is compared with which; "10 times fewer multiply-adds" is another claim, and
# "faster" needs measured times and the name of the machine.
#
# ## 10. Summary
#
# 1. A mask saves nothing: zeros are stored and multiplied like any other number.
# 2. CSR with indices of 4 bytes is smaller than dense from half of the weights on; a zipped dense file is hard to beat.
# 3. Fewer multiply-adds are not less time: a sparse product has to look up every weight.
# 4. Dead units can be cut out; what a silent one adds is folded into the next biases.
# 5. A unit is a column: Optimal Brain Surgeon removes it as it removes a weight, and the result is a smaller dense net.
#
# ## 11. Questions
#
# <details><summary>1. With v = 4 and i = 2, from which sparsity on does CSR gain in a large layer?</summary>
#
# From $2 / (4 + 2) = 1/3$ on.
#
# </details>
#
# <details><summary>2. A hidden relu unit has no weight coming in, and the bias 0.5. May it be deleted?</summary>
#
# Yes, if 0.5 times its outgoing weights is added to the next layer's biases.
#
# </details>
#
# <details><summary>3. Why does it cost nothing extra to remove one column from all units at once?</summary>
#
# All units of the layer share one $H$, hence one $H^{-1}$. Each needs its own $w_{ij}$, no more.
#
# </details>
#
# ## 12. On your own
#
# The answers are at the end of `tutorials/solutions/12_count_the_savings.py`.
#
# 1. Half-precision weights take $v = 2$ bytes. Where is the break-even with $i = 2$? And for the list of all kept
#    positions (row and column), instead of CSR?
# 2. Prune by `nnprune.prune_lobs` instead, to the same sparsity. Are there more dead units, or fewer? Why?
# 3. Retrain the smaller net for two epochs (it is an ordinary net: `nnprune.train(smaller.net, x, y, epochs=2)`). How
#    small can you make it before the accuracy is a point below the dense net? Choose on validation pictures.
# 4. Give `by_norms` the refitting alone: `numpy.linalg.lstsq` on the units that it keeps. How much of the gain was the
#    *choice* of units, and how much the compensation?
# 5. Exercises: `python -m nnprune.exercises 12` checks your functions in `tutorials/exercises/12_count_the_savings.py`.
#
# ## 13. Further reading
#
# - S. Han, H. Mao, W. Dally, "Deep Compression", ICLR 2016: the bytes of pruning, shared weights and Huffman codes.
# - C. Shannon, "A Mathematical Theory of Communication", 1948, sections 6 and 9.
# - A. Stahlberger, M. Riedmiller, "Fast network pruning and feature extraction using the Unit-OBS algorithm", NIPS 9,
#   1996, pages 655-661.
# - H. Li, A. Kadav, I. Durdanovic, H. Samet, H. P. Graf, "Pruning filters for efficient ConvNets", ICLR 2017: norms.
# - In this package: `nnprune/analysis/resources.py`, `nnprune/nn/compaction.py`, `nnprune/pruning/units.py`,
#   `nnprune/analysis/stopwatch.py`, and `docs/resources.md`.
