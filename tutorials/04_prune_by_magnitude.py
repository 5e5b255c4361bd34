# %% [markdown]
# # Remove the smallest weights, and train the rest
#
# **What you'll do.** Remove weights from a net that reads digits: the smallest ones, first a few by hand, then nine of
# ten, then 99 of 100. See the accuracy break down, and bring it back by training what is left.
#
# **What you'll learn.** What a mask is, and why the count of the removed weights must be exact. What it means to rank
# over the whole net or layer by layer. How to retrain so that removed weights stay removed. And what magnitude does
# not know.
#
# **What you need.** Lessons 02 and 03: a net, its weight matrices, and training with momentum. New words are in
# `glossary.md`. Running time: 5 seconds. Length: 1,300 words.

# %%
import numpy as np

import nnprune
from nnprune.lesson import (
    COLOURS,
    claim,
    draw_curves,
    draw_images,
    draw_nets,
    load,
    plt,
    show,
)

tiny = nnprune.MLP((8, 6, 3), rng=1)
draw_nets("04_nets", {"all 66 weights": tiny,
                      "50 removed": nnprune.prune_magnitude(tiny, sparsity=0.76).net})

# %% [markdown]
# ## 1. The idea
#
# A unit adds up its inputs times its weights. A weight near 0 adds next to nothing, so set it to exactly 0: that is
# *pruning* it. A pruned weight needs no multiplication and no memory (lesson 12 counts what that saves).
#
# Begin with a trained net. As in lesson 03, 1,000 training pictures are kept for validation, and the test data for the
# end.

# %%
data = load(6_000, 2_000)
x, y = data.x_train[:5_000], data.y_train[:5_000]
x_valid, y_valid = data.x_train[5_000:], data.y_train[5_000:]

dense = nnprune.MLP((784, 100, 50, 10), rng=0)
nnprune.train(dense, x, y, epochs=8, rng=0)
start = dense.accuracy(x_valid, y_valid)
print(f"{dense.n_weights:,} weights; {start:.1%} right on validation data")
claim("the dense net has learned", start > 0.88)

# %% [markdown]
# How large are its weights? Each layer has its own spread, and in all of them most weights are small:

# %%
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for l, W in enumerate(dense.weights):
    axes.hist(
        np.abs(W).ravel(), bins=np.geomspace(1e-4, 1, 50),
        weights=np.full(W.size, 100 / W.size), histtype="step", linewidth=1.8,
        color=COLOURS[(6, 4, 3)[l]], label=f"layer {l}: {W.shape[0]} x {W.shape[1]}")
threshold = np.quantile(np.concatenate([np.abs(W).ravel() for W in dense.weights]), 0.9)
axes.axvline(
    threshold, color=COLOURS[0], linestyle="--",
    label="nine tenths of all are left of this")
axes.set(
    xscale="log", xlabel="magnitude $|w|$", ylabel="share of the layer's weights (%)",
    title="The first layer has the smallest weights")
axes.legend(fontsize="small", loc="upper left")
show(figure, "04_weights")
sizes = [np.abs(W).mean() for W in dense.weights]
claim("the first layer has the smallest weights", sizes[0] < sizes[1] < sizes[2])

# %% [markdown]
# The reason is the start: `MLP` draws the weights of a unit with $n$ inputs between $-1/\sqrt n$ and $1/\sqrt n$, and
# the layers have 784, 100 and 50 inputs. Keep that in mind for section 4.
#
# ## 2. The formula
#
# Han, Pool, Tran & Dally (2015, section 3) remove every weight below a threshold $\tau$. Written with a *mask* $m$, an
# array of the shape of the weights, where True (1) means kept:
#
# $$ m_{ij} = \big[\, |w_{ij}| > \tau \,\big] , \qquad\qquad w_{ij} \leftarrow m_{ij}\, w_{ij} $$
#
# (the brackets are 1 where what they say is true, else 0). Nobody knows a good $\tau$ in advance. So do the reverse:
# say how many weights to remove. The *sparsity* $s$ is the removed share of the $N$ weights, and the number removed is
#
# $$ k = \operatorname{round}(s\,N) . $$
#
# Then sort the weights by $|w|$; the first $k$ go. Do it by hand for six weights: which three go at $s = 0.5$?


# %%
def naive_prune(W, sparsity):
    """Remove the smallest weights of W: the mask, True = kept, and the new weights."""
    k = round(sparsity * W.size)
    # equal ones in the order in which they stand
    order = np.argsort(np.abs(W).ravel(), kind="stable")
    mask = np.ones(W.size, bool)
    mask[order[:k]] = False
    mask = mask.reshape(W.shape)
    return mask, np.where(mask, W, 0.0)


W = np.array([[3.0, -1.0, 0.5],
              [2.0, -4.0, 1.5]])
mask, W_new = naive_prune(W, 0.5)
print(W_new)
claim("the three smallest go", W_new.tolist() == [[3, 0, 0], [2, -4, 0]])
draw_images("04_mask", [W, np.where(mask, 0, np.nan), np.where(mask, W, np.nan)],
            ["weights", "mask (grey: False)", "pruned"], cmap="RdBu", limits=(-4, 4),
            label="weight", title="the matrix, its mask, their product")

r = nnprune.prune_magnitude(nnprune.MLP.from_arrays([W]), sparsity=0.5)
claim("the package removes the same", np.array_equal(r.net.weights[0], W_new))
claim("and has the same mask", np.array_equal(r.net.masks[0], mask))
print("removed (layer, unit, input):", r.removed.tolist())  # the smallest first
claim("the smallest first", r.removed.tolist() == [[0, 0, 2], [0, 0, 1], [0, 1, 2]])

# %% [markdown]
# ## 3. Count exactly
#
# Two mistakes are easily made, and both make a comparison of methods unfair. First, a threshold removes *all* weights
# that are equal to the last one. Secondly, `int` cuts off where `round` rounds, and $0.29 \cdot 100$ is just below 29
# in floating point.

# %%
ties = np.array([[1.0, -1.0], [1.0, 2.0]])  # two of the four shall go
tau = np.sort(np.abs(ties).ravel())[2 - 1]
print(
    "removed by |w| <= tau:", int((np.abs(ties) <= tau).sum()), " exactly:",
    int((~naive_prune(ties, 0.5)[0]).sum()))
claim("a threshold removes three for two", (np.abs(ties) <= tau).sum() == 3)
claim("the exact count removes two", (~naive_prune(ties, 0.5)[0]).sum() == 2)
print("29 % of 100 weights:", int(0.29 * 100), "or", round(0.29 * 100))
claim("int cuts off", int(0.29 * 100) == 28)

r = nnprune.prune_magnitude(dense, sparsity=0.9)
zeros = sum(int((W == 0).sum()) for W in r.net.weights)
print(
    f"{zeros:,} of {dense.n_weights:,} weights are 0; "
    f"{r.net.accuracy(x_valid, y_valid):.1%} right"
)
claim("the count is exact", zeros == len(r.removed) == round(0.9 * dense.n_weights))

# %% [markdown]
# "90 % sparse" is also called a *compression ratio* of 10 (all weights over kept ones; Blalock et al. 2020). Others
# mean kept over all, 0.1. Say which.
#
# ## 4. Over the whole net, or layer by layer?
#
# One ranking for all weights is called *global* (`scope="network"`, the default). Or each layer loses the same share of
# its own (`scope="layer"`). And a baseline: weights sampled at random.

# %%
levels = [0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98]
runs = {"global": nnprune.prune_magnitude(dense, sparsity=levels),
        "layer": nnprune.prune_magnitude(dense, sparsity=levels, scope="layer"),
        "random": nnprune.prune_random(dense, sparsity=levels, rng=0)}
accuracy = {
    name: [r.net.accuracy(x_valid, y_valid) for r in results]
    for name, results in runs.items()
}

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for (name, a), colour, marker in zip(
    accuracy.items(), (COLOURS[0], COLOURS[6], "#999999"), "osX"
):
    left.plot(
        [0, *levels], [100 * start] + [100 * v for v in a], color=colour, marker=marker,
        label=name)
left.set(
    xlabel="sparsity (removed share)", ylabel="validation accuracy (%)",
    title="No retraining")
left.legend(title="ranked")
for name, colour, shift in (("global", COLOURS[0], -0.2), ("layer", COLOURS[6], 0.2)):
    kept = [100 * m.mean() for m in runs[name][levels.index(0.95)].net.masks]
    right.bar(np.arange(3) + shift, kept, 0.38, color=colour, label=name)
right.set(
    xticks=range(3), xlabel="layer", ylabel="kept weights (%)",
    title="Who keeps how many, at sparsity 0.95")
right.legend(title="ranked")
show(figure, "04_scope")

# %%
for s in (0.5, 0.7, 0.9):
    print(
        f"sparsity {s}: "
        + ", ".join(f"{name} {a[levels.index(s)]:.1%}" for name, a in accuracy.items())
    )
half, most = levels.index(0.5), levels.index(0.9)
claim("half of the weights can go at almost no cost",
      accuracy["global"][half] > start - 0.02)
claim("chosen at random they cannot",
      accuracy["global"][half] > accuracy["random"][half] + 0.1)
claim("the global ranking is ahead at high sparsity",
      accuracy["global"][most] > accuracy["layer"][most] + 0.05)

# %% [markdown]
# Half of the weights can be removed at almost no cost. Chosen at random they cannot: the *choice* matters. And at high
# sparsity the global ranking is far ahead. It takes nearly all it needs from the first layer, which has 78,400 of the
# weights, and the smallest. Layer by layer, the last layer must lose as large a share of its 500, and that is too much.

# %%
few = runs["global"][most].net
right, now = dense.predict(x_valid) == y_valid, few.predict(x_valid)
lost = np.flatnonzero(right & (now != y_valid))[:10]
print(f"{(right & (now != y_valid)).sum()} pictures are lost at sparsity 0.9")
draw_images("04_lost", x_valid[lost].reshape(-1, 28, 28),
            [f"{y_valid[k]}, now a {now[k]}" for k in lost],
            title="right before pruning, wrong at sparsity 0.9")

# %%
kept_global = [m.mean() for m in runs["global"][levels.index(0.95)].net.masks]
print(
    "kept at sparsity 0.95, global:",
    ", ".join(f"layer {l} {k:.0%}" for l, k in enumerate(kept_global)))
claim("it takes from the first layer and spares the last",
      kept_global[0] < 0.1 < 0.4 < kept_global[2])

within = [s for s, a in zip(levels, accuracy["global"]) if a > start - 0.01]
chosen = max(within, default=levels[0])
print(
    f"chosen on validation data: sparsity {chosen}, the last within one point of dense"
)

# %% [markdown]
# ## 5. Retrain: the mask goes on the velocity
#
# Pruned at once to 0.9 or more, the net is damaged, and training what is left repairs much of it. The step under a mask
# is that of lesson 03, section 6, here without weight decay:
#
# $$ v \leftarrow m * (\mu v - \eta\, g) , \qquad\qquad w \leftarrow w + v . $$
#
# By hand: weight 0 was just removed while it moved to the right with $v = 0.5$; weight 1 stays.


# %%
def naive_step(w, v, g, m, eta, mu):
    """One step of training under the mask m: the new weights and the new velocity."""
    v = m * (mu * v - eta * g)
    return w + v, v


w, v, g = np.array([0.0, 2.0]), np.array([0.5, 0.5]), np.array([1.0, -1.0])
m = np.array([0.0, 1.0])
right, _ = naive_step(w, v, g, m, eta=0.5, mu=0.5)
wrong = w + (0.5 * v - 0.5 * (m * g))  # the mask on the gradient only
print("mask on the velocity:", right, "  on the gradient only:", wrong)
claim("the mask on the velocity holds", right.tolist() == [0, 2.75])
claim("the mask on the gradient only does not: weight 0 is back",
      wrong.tolist() == [0.25, 2.75])

# %% [markdown]
# `nnprune.train` does it the right way: after two more epochs the removed weights are still exactly 0.

# %%
pruned = nnprune.prune_magnitude(dense, sparsity=0.95).net
retrained = pruned.copy()
nnprune.train(retrained, x, y, epochs=2, learning_rate=0.05, rng=1)
for name, net in (("pruned to 0.95", pruned), ("and retrained", retrained)):
    print(
        f"{name:<15} sparsity {net.sparsity:.3f}, "
        f"{net.accuracy(x_valid, y_valid):.1%} right"
    )
claim("removed weights are still 0",
      all((W[~m] == 0).all() for W, m in zip(retrained.weights, pruned.masks)))
claim("retraining repairs",
      retrained.accuracy(x_valid, y_valid) > pruned.accuracy(x_valid, y_valid) + 0.02)

# %% [markdown]
# ## 6. In rounds
#
# Pruned to 0.99 at once, the dense net's ranking decides about all 99 %. Or prune a little, retrain, rank again (Han et
# al. 2015, section 3.4). If each of $R$ rounds removes the same share of what is left, then
# after round $i$ the sparsity is
#
# $$ s_i = 1 - (1 - s)^{i/R} . $$
#
# By hand, $s = 0.75$ in two rounds: half goes, then half of the rest, $s_1 = 0.5$ and $s_2 = 0.75$.
#
# To be fair, both ways get the same training: $i$ epochs for what is pruned at once to $s_i$, and one epoch in each of
# the $i$ rounds. And now, with all choices made, the test data.


# %%
def naive_rounds(net, sparsities):
    """Prune, train an epoch, prune to the next: the net after each round."""
    nets = []
    for i, s in enumerate(sparsities):
        net = nnprune.prune_magnitude(net, sparsity=s).net
        nnprune.train(net, x, y, epochs=1, learning_rate=0.05, rng=i)
        nets.append(net)
    return nets


def percent_right(nets):
    """Test accuracies in %."""
    return [100 * net.accuracy(data.x_test, data.y_test) for net in nets]


# %%
claim("half, then half of the rest",
      np.allclose(1 - (1 - 0.75) ** (np.arange(1, 3) / 2), [0.5, 0.75]))
R = 6
sparsities = 1 - (1 - 0.99) ** (np.arange(1, R + 1) / R)
rounds = naive_rounds(dense, sparsities)
shown = [1, 3, 5]  # after rounds 2, 4 and 6
bare = [nnprune.prune_magnitude(dense, sparsity=sparsities[i]).net for i in shown]
at_once = [net.copy() for net in bare]
for i, net in zip(shown, at_once):
    nnprune.train(net, x, y, epochs=i + 1, learning_rate=0.05, rng=1)

curves = {
    "no retraining": percent_right(bare),
    "at once, then retrained": percent_right(at_once),
    "in rounds, retrained in each": percent_right([rounds[i] for i in shown]),
}

# %%
draw_curves("04_rounds", range(3), curves,
            level={"dense": percent_right([dense])[0]}, xticks=range(3),
            xticklabels=[f"{sparsities[i]:.3f}" for i in shown],
            xlabel="sparsity (removed share)", ylabel="test accuracy (%)",
            title="Same training, at once or in rounds")
for name, a in curves.items():
    print(f"{name:<30}",
          *(f" {sparsities[i]:.3f}: {v:.1f} %" for i, v in zip(shown, a)))

# %%
claim("retrained at once it is far better",
      curves["at once, then retrained"][2] > curves["no retraining"][2] + 20)
claim("in rounds too",
      curves["in rounds, retrained in each"][2] > curves["no retraining"][2] + 20)
best = nnprune.prune_magnitude(dense, sparsity=chosen).net
print(
    f"test: dense {percent_right([dense])[0]:.1f} %, the chosen sparsity {chosen}: "
    f"{percent_right([best])[0]:.1f} %"
)
claim("the chosen sparsity holds on the test data",
      percent_right([best])[0] > percent_right([dense])[0] - 4)

# %% [markdown]
# Retraining is worth far more than the choice between the two ways. Which of them is ahead is another question. In the
# six runs made for this lesson (three seeds, both data sets) rounds were ahead at 0.99 in five, by 1 to 5 points, and
# behind in one; below that the two were alike. One run does not tell (lesson 11). `nnprune.prune_iteratively` does
# rounds with any method of pruning.
#
# ## 7. Break it
#
# Forget the masks when you retrain, and the net is dense again. Its accuracy is at least as good as with them, which is
# why this mistake can go unseen for long: count the zeros.

# %%
broken = pruned.copy()
broken.set_masks([np.ones(m.shape) for m in broken.masks])
nnprune.train(broken, x, y, epochs=2, learning_rate=0.05, rng=1)
zeros = sum(int((W == 0).sum()) for W in broken.weights)
print(
    f"zeros before: {round(0.95 * pruned.n_weights):,}, after training without the "
    f"masks: {zeros:,}; "
    f"{broken.accuracy(x_valid, y_valid):.1%} right, with the masks "
    f"{retrained.accuracy(x_valid, y_valid):.1%}"
)
claim(
    "without the masks the net is dense again (weights of dead pixels have no "
    "gradient)",
    zeros < 0.5 * dense.n_weights,
)
claim("and its accuracy does not show it",
      broken.accuracy(x_valid, y_valid) > retrained.accuracy(x_valid, y_valid) - 0.02)

# %% [markdown]
# ## 8. When it fails
#
# Magnitude has no natural unit. Multiply all weights and the bias into a relu unit by $c > 0$, and divide those that
# lead out of it by $c$. Since $\max(cz, 0) = c \max(z, 0)$, the net computes what it did before. But the order of its
# weights by size is another, and so is what magnitude removes:

# %%
# one factor for each unit of the first hidden layer
c = 10 ** np.random.default_rng(0).uniform(-1, 1, 100)
weights, biases = [W.copy() for W in dense.weights], [b.copy() for b in dense.biases]
# c[:, None] is c as a column, (100, 1): row j of weights[0] is multiplied by c[j]
weights[0], biases[0], weights[1] = (
    weights[0] * c[:, None], biases[0] * c, weights[1] / c)
same = nnprune.MLP.from_arrays(weights, biases)
claim("the rescaled net computes the same",
      np.allclose(same.forward(x_valid), dense.forward(x_valid), atol=1e-3))
for name, net in (("as trained", dense), ("rescaled", same)):
    sparse = nnprune.prune_magnitude(net, sparsity=0.8).net
    print(f"{name:<11} dense {net.accuracy(x_valid, y_valid):.1%}, "
          f"at sparsity 0.8 {sparse.accuracy(x_valid, y_valid):.1%}")
claim("but magnitude prunes it worse",
      sparse.accuracy(x_valid, y_valid) < accuracy["global"][levels.index(0.8)] - 0.05)

# %% [markdown]
# What a weight is worth depends on its input and on what becomes of its output, and magnitude sees neither. That the
# inputs have about one scale, and that training began from weights of one size a layer, is what it relies on. Lesson 05
# asks the loss itself.
#
# ## 9. Summary
#
# 1. Magnitude: sort by $|w|$, remove the first $k = \operatorname{round}(sN)$, exactly.
# 2. One ranking over the whole net (global) spares small layers; layer by layer they lose too much.
# 3. Half of the weights go nearly free; beyond 0.9 the net needs retraining.
# 4. The mask goes on the velocity, and must be kept in all later training.
# 5. Magnitude knows neither a weight's input nor what becomes of its output: rescale a unit and it chooses otherwise.
#
# ## 10. Questions
#
# <details><summary>1. Ten weights equal the threshold. What does "remove all up to it" do to the count?</summary>
#
# It removes up to nine too many. Sort and take the first $k$.
#
# </details>
#
# <details><summary>2. Why does the global ranking keep more of the last layer?</summary>
#
# Its weights are the largest: it has the fewest inputs, so it began with larger weights.
#
# </details>
#
# <details><summary>3. How would you notice that someone forgot the masks in retraining?</summary>
#
# Count the zeros. The accuracy looks fine.
#
# </details>
#
# ## 11. On your own
#
# The answers are at the end of `tutorials/solutions/04_prune_by_magnitude.py`.
#
# 1. Prune `W` of section 2 at sparsity 0.5 with `scope="layer"` in your head: why is nothing different? And what if
#    each *unit* lost half of its weights?
# 2. What does the pruned net still read? Draw `runs["global"][6].net.masks[0].sum(axis=0).reshape(28, 28)` by `imshow`.
# 3. Change the seed of `dense` and repeat section 6 for three seeds. At which sparsity can you tell the two ways apart?
# 4. Zhu & Gupta (2017, eq. 1) remove much at first and little later: $s_i = s\,(1 - (1 - i/R)^3)$. Try it in section 6.
# 5. Exercises: `python -m nnprune.exercises 04` checks your functions in
#    `tutorials/exercises/04_prune_by_magnitude.py`.
#
# ## 12. Further reading
#
# - S. Han, J. Pool, J. Tran, W. Dally, "Learning both weights and connections for efficient neural networks", NIPS
#   2015.
# - M. Zhu, S. Gupta, "To prune, or not to prune", 2017 (arXiv 1710.01878).
# - D. Blalock et al., "What is the state of neural network pruning?", MLSys 2020: how comparisons go wrong.
# - In this package: `nnprune/pruning/magnitude.py`, `nnprune/pruning/masks.py`, `nnprune/nn/sgd.py`,
#   `nnprune/pruning/schedules/iterative.py`.
