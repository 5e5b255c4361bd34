# %% [markdown]
# # Go beyond: prune before training, combine methods, prune a net of your own
#
# **What you'll do.** Prune a net that has learned nothing yet, and train what is left. Write a plan of several methods
# as a list of stages, and run it. Take a net's weights out of another library, prune them here, and put them back.
#
# **What you'll learn.** What can be known of a weight before training, and what only a trained net knows; how to tell
# whether a combination is worth the effort; and two common mistakes in moving weights from one library to another.
#
# **What you need.** Lessons 04 to 07, 09, and 10 (the same budget, validation). No other library is needed to run it.
# New words are in `glossary.md`. Running time: 7 seconds. Length: 1,600 words.

# %%
import warnings

import numpy as np

import nnprune
from nnprune.lesson import COLOURS, claim, draw_nets, load, plt, show
from nnprune.pruning import METHODS, connection_sensitivity
from nnprune.pruning.schedules import Plan, lobs, magnitude, obs, retrain

early = nnprune.MLP((8, 6, 3), rng=2)
probe = np.random.default_rng(0)
snipped = nnprune.prune_snip(early, probe.normal(size=(30, 8)) * np.arange(8),
                             probe.integers(0, 3, 30), sparsity=0.7).net
draw_nets("14_early", {"nothing learned yet": early, "and 70 % gone already": snipped})

# %% [markdown]
# ## 1. The idea: a switch on every weight
#
# So far a net was trained first and pruned afterwards. Could the weights go *before*, and save their training too? No
# weight has learned anything then, so its size says little. But ask another question: how much does the loss feel it?
#
# Put a switch $c_q$ on every weight: the net computes with $c_q w_q$, where 1 is on and 0 is off. To turn one switch
# off and measure takes a pass through the net for *each* weight. The slope of the loss with respect to the switch takes
# one backward pass for *all* of them, by the chain rule:
#
# $$ \frac{\partial E}{\partial c_q}\Big|_{c = 1} = w_q \frac{\partial E}{\partial w_q} , \qquad\qquad
#    s_q = \Big| w_q \frac{\partial E}{\partial w_q} \Big| . $$
#
# SNIP (Lee, Ajanthan & Torr 2019, section 4.1) removes the weights with the smallest $s_q$, all at once, before
# training. By hand, for one linear unit with $w = (2, 1)$, the samples $(1, 10)$ and $(1, -10)$ and the targets 0: the
# outputs are 12 and $-8$, so $E = (144 + 64)/4 = 52$ and the gradient is $(2, 100)$. Hence $s = (4, 100)$: *the smaller
# weight counts 25 times as much*, for its input is large.

# %%
w, X, t = np.array([2.0, 1.0]), np.array([[1.0, 10], [1, -10]]), np.zeros(2)


def loss(c):
    """E of the unit with the switches c on its weights."""
    return float(np.mean((X @ (c * w) - t) ** 2) / 2)


# %%
def naive_snip(h=1e-4):
    """|dE/dc_q| at c = 1, one switch after the other, by a central difference."""
    s = []
    for q in range(len(w)):
        step = h * np.eye(len(w))[q]
        s.append(abs(loss(1 + step) - loss(1 - step)) / (2 * h))
    return np.array(s)


print("E =", loss(np.ones(2)), " s =", naive_snip().round(6))
unit = nnprune.MLP.from_arrays([w[None]], loss="mse")
claim("s by central differences", np.allclose(naive_snip(), [4, 100]))
claim("the package's s", np.allclose(connection_sensitivity(unit, X, t), [4, 100]))

switch = np.linspace(-0.1, 1.25, 60)

# %%
figure, panels = plt.subplots(
    1, 2, figsize=(8.5, 3.2), layout="constrained", sharey=True
)
for q, axes in enumerate(panels):
    slope = w[q] * unit.gradient(X, t)[q]
    on_off = [loss(np.where(np.arange(2) == q, c, 1)) for c in switch]
    axes.plot(switch, on_off, color=COLOURS[3], label="E")
    axes.plot(
        switch, 52 + slope * (switch - 1), "--", color=COLOURS[4],
        label=f"the slope at 1: {slope:g}")
    axes.plot([0, 1], [loss(np.where(np.arange(2) == q, 0, 1)), 52], "ko")
    axes.set(xlabel=f"switch $c_{q + 1}$", title=f"weight {q + 1} is {w[q]:g}")
    axes.legend(fontsize="small")
panels[0].set_ylabel("loss E")
show(figure, "14_switch")

# %% [markdown]
# The dots show what really happens when a switch is turned off: $E$ changes by $-2$ and $-50$, and not by $-4$ and
# $-100$. The slope is only the first order; the second order, which OBD uses (lesson 05), is the missing part here,
# since this loss is a quadratic: $-w_q g_q + \tfrac12 h_{qq} w_q^2$. At a minimum $g = 0$ and OBD's term is all there
# is; at the start $g$ is large, and SNIP's term decides. And both would *gain* here. SNIP takes the absolute value
# anyway: a switch counts if the loss depends on it, in either direction.

# %%
change = [loss(np.array([0.0, 1])) - 52, loss(np.array([1.0, 0])) - 52]
h = np.diag(X.T @ X / 2)
claim("what really happens when a switch is turned off", np.allclose(change, [-2, -50]))
claim("first and second order explain it",
      np.allclose(change, -w * unit.gradient(X, t) + h * w**2 / 2))

# %% [markdown]
# ## 2. Before training, or after?
#
# Now pictures. 98 % of the weights go. Everyone gets eight epochs in all (lesson 11: the same budget). Those that are
# pruned before training spend them on what is left. The other two spend four on the dense net, prune it by magnitude,
# and then train what is left for four: either from the weights as they are, or set back to the values they *began*
# with. The last is the *lottery ticket* of Frankle & Carbin (2019): a mask found after training, on the weights from
# before. Its control has as many weights in each layer, at other places: the masks shuffled.

# %%
data = load(4_000, 2_000)
x, y, x_test, y_test = data.x_train, data.y_train, data.x_test, data.y_test
start = nnprune.MLP((784, 100, 10), rng=0)


def trained(net, epochs):
    """A trained copy of the net."""
    net = net.copy()
    nnprune.train(net, x, y, epochs=epochs)
    return net


dense = trained(start, 4)
after = nnprune.prune_magnitude(dense, sparsity=0.98).net
before = {"random": nnprune.prune_random(start, sparsity=0.98).net,
          "magnitude": nnprune.prune_magnitude(start, sparsity=0.98).net,
          "SNIP": nnprune.prune_snip(start, x[:1000], y[:1000], sparsity=0.98).net}
nets = {f"before training: {name}": trained(net, 8) for name, net in before.items()}
nets["lottery ticket, shuffled"] = trained(nnprune.rewind(after, start, shuffle=0), 4)
nets["lottery ticket"] = trained(nnprune.rewind(after, start), 4)
nets["after training: magnitude"] = trained(after, 4)
accuracy = {name: net.accuracy(x_test, y_test) for name, net in nets.items()}
for name, net in nets.items():
    kept = ", ".join(f"{M.sum():,} of {M.size:,}" for M in net.masks)
    print(f"{name:<27} test accuracy {accuracy[name]:.1%}; layers keep {kept}")

# %%
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
axes.barh(
    list(accuracy),
    [100 * a for a in accuracy.values()],
    color=[
        COLOURS[4] if name.startswith("before") else COLOURS[3] for name in accuracy
    ],
)
axes.axvline(
    100 * dense.accuracy(x_test, y_test), color="black", linestyle=":",
    label="dense, 4 epochs")
axes.set(
    xlabel="test accuracy in %", title="98 % removed, eight epochs in all",
    ylabel="mask found")
axes.legend(fontsize="small", loc="lower right", bbox_to_anchor=(0.92, 0))
show(figure, "14_before_or_after")
claim("SNIP is far better than chance",
      accuracy["before training: random"] < accuracy["before training: SNIP"] - 0.1)
claim("and better than the initial sizes",
      accuracy["before training: magnitude"] < accuracy["before training: SNIP"])
claim("the trained net knows more",
      accuracy["before training: SNIP"] < accuracy["after training: magnitude"])
claim("it matters which weights stay, not only how many",
      accuracy["lottery ticket, shuffled"] < accuracy["lottery ticket"] - 0.03)

# %% [markdown]
# SNIP knows a lot before training: far more than chance, and more than the initial sizes, which are noise but for the
# scale of each layer. The trained net knows more. And the ticket beats its shuffled control, so it matters *which*
# weights stay, not only how many in each layer. (One seed is an anecdote: lesson 11. The claims of this section and the
# next held with four seeds on synthetic digits, two on MNIST; `docs/reproduction.md` has larger nets.)
#
# Random pruning thins out all layers alike, and leaves the small last layer only a handful of weights for ten classes.
# SNIP spares it, and there is a law behind it. In a relu net the sum of $w_q\, \partial E / \partial w_q$ over what
# comes into a hidden unit, its bias included, equals the sum over what goes out (Tanaka et al. 2020, theorem 1). Biases
# begin at 0, so all layers have the same sum, however many weights share it: where there are few, each has more.

# %%
product, sums, begin = (
    start.parameters() * start.gradient(x[:1000].astype(float), y[:1000]), [], 0)
for W, b in zip(start.weights, start.biases):
    sums.append(product[begin:begin + W.size].sum())
    begin += W.size + b.size
print("sum of w g, layer by layer:", np.round(sums, 8))
claim("all layers have the same sum", np.isclose(sums[0], sums[1]))
claim("at random the last layer keeps only a handful",
      before["random"].masks[-1].sum() < 40)
claim("SNIP spares it",
      before["SNIP"].masks[-1].mean() > 5 * 0.02)

# %% [markdown]
# ## 3. Combine: a plan is a list of stages
#
# Magnitude is cheap, exact L-OBS compensates for what it removes, the full OBS sees all layers at once but can only
# handle a small net, and retraining alone moves towards the labels. Why not one after the other? In
# `nnprune.run_stages` a plan reads like the sentence it stands for: each stage gets the net that the one before it has
# left.


# %%
def shrunk(x):
    """Pictures of 14 x 14 pixels, each the mean of four."""
    return x.reshape(-1, 14, 2, 14, 2).mean(axis=(2, 4)).reshape(-1, 196)


# choices are made on validation data
x, x_val, y, y_val = shrunk(x[:3200]), shrunk(x[3200:]), y[:3200], y[3200:]
small = nnprune.MLP((196, 30, 10), rng=0)
nnprune.train(small, x, y, epochs=10)
by_hand = nnprune.prune_lobs(
    nnprune.prune_magnitude(small, sparsity=0.5).net, x, sparsity=0.9
).net
by_plan = nnprune.run_stages(small, x, y, [magnitude(to=0.5), lobs(to=0.9)]).net
claim("a plan does what was done by hand",
      np.array_equal(by_hand.parameters(), by_plan.parameters()))

# %% [markdown]
# Three plans to 97 %, each with four epochs of retraining at the end: the same budget. The third continues with the
# full OBS when L-OBS has left few enough weights; 500 pictures are enough for its Hessian, which is most of its
# work. After each stage we look at the *validation* pictures.

# %%
plans = [Plan([magnitude(to=0.97), retrain(epochs=4)]),
         Plan([lobs(to=0.97), retrain(epochs=4)]),
         Plan([lobs(to=0.9), obs(to=0.97, calibration=500), retrain(epochs=4)])]
claim("all plans retrain for four epochs", {plan.epochs for plan in plans} == {4})
steps, results = {}, {}
for plan in plans:
    seen = [("the dense net", small.accuracy(x_val, y_val), small.loss(x_val, y_val))]

    def look(number, stage, net, seconds, seen=seen):
        """Keep name, validation accuracy and loss after each stage."""
        seen.append((str(stage), net.accuracy(x_val, y_val), net.loss(x_val, y_val)))

    results[plan], steps[plan] = (
        nnprune.run_stages(small, x, y, plan, callback=look).net, seen)
    print(" -> ".join(f"{name}: {a:.1%}" for name, a, _ in seen))

# %%
figure, axes = plt.subplots(figsize=(7.5, 4.4), layout="constrained")
methods = METHODS["magnitude"], METHODS["lobs-exact"], METHODS["obs"]
for plan, method in zip(plans, methods):
    at = np.linspace(0, 1, len(steps[plan]) - 1).tolist() + [2]
    axes.plot(at, [100 * a for _, a, _ in steps[plan]], color=method.color,
              marker=method.marker, label=str(plan))
axes.set(xticks=[0, 1, 2], xticklabels=["dense", "97 % removed", "retrained"],
         xlabel="stage of the plan", ylabel="validation accuracy in %",
         title="Three plans with the same budget")
figure.legend(fontsize="small", loc="outside lower center")
show(figure, "14_plans")
first, second, third = (steps[plan] for plan in plans)
claim("before retraining L-OBS is far ahead",
      first[1][1] + 0.1 < second[1][1])
claim("the full OBS has the lowest loss",
      third[2][2] < second[1][2] < first[1][2])
claim("after retraining, too",
      third[3][2] < min(second[2][2], first[2][2]))
chosen = max(plans, key=lambda plan: steps[plan][-1][1])
now, was = (n.accuracy(shrunk(x_test), y_test) for n in (results[chosen], small))
print(f"chosen on validation: {chosen}; test accuracy {now:.1%}, dense {was:.1%}")

# %% [markdown]
# On this small net at this sparsity the second method pays. Do not conclude that it always does: on the net
# 784-300-100-10 at 99 %, with ten epochs of retraining in rounds and three seeds, the best of eight combinations and
# plain magnitude were 0.05 points apart, which is chance (`docs/reproduction.md`, "Combinations"). What one gains
# depends on the net, the sparsity and the retraining that one can afford. So measure, at the same budget, on validation
# data.
#
# ## 4. Your own net
#
# A net is its arrays. `MLP.from_arrays(weights, biases, activation)` takes weights shaped `(n_out, n_in)`, one row for
# each unit, as PyTorch has them. Scikit-learn computes `x @ C + c` and keeps `C` shaped `(n_in, n_out)`: its `coefs_`
# are the transposes. `nnprune.interop` does this for both libraries, there and back:
#
# ```python
# net = nnprune.interop.from_sklearn(MLPClassifier((30,), max_iter=20).fit(x, y))
# model = nnprune.interop.to_sklearn(nnprune.prune_lobs(net, x, sparsity=0.9).net)
#
# net = nnprune.interop.from_torch(module)  # a Sequential of Linear and ReLU
# module = nnprune.interop.to_torch(nnprune.prune_lobs(net, x, sparsity=0.9).net, masks=True)
# ```
#
# PyTorch keeps float32: weights are rounded on the way back, but zeros are exact, so what is pruned stays pruned.
# Neither library is needed below: by hand, plain arrays shaped as scikit-learn's stand in, with its way of computing.


# %%
def predict_as_sklearn(coefs, intercepts, x):
    """The scores as scikit-learn's MLP computes them, with relu."""
    for C, c in zip(coefs[:-1], intercepts[:-1]):
        x = np.maximum(x @ C + c, 0)  # (n, n_in) (n_in, n_out) -> (n, n_out)
    return x @ coefs[-1] + intercepts[-1]


coefs, intercepts = (
    [W.T.copy() for W in small.weights], [b.copy() for b in small.biases])
net = nnprune.MLP.from_arrays([C.T for C in coefs], intercepts)
z_val = predict_as_sklearn(coefs, intercepts, x_val)
claim("it came in right",
      np.allclose(net.forward(x_val), z_val, atol=1e-4))

r = nnprune.prune_lobs(net, x, sparsity=0.9)
coefs, intercepts = [W.T for W in r.net.weights], r.net.biases
z_pruned = predict_as_sklearn(coefs, intercepts, x_val)
claim("it went back right",
      np.allclose(r.net.forward(x_val), z_pruned, atol=1e-4))
claim("nine tenths are 0",
      np.mean(np.concatenate([C.ravel() for C in coefs]) == 0) >= 0.9)
print(f"validation accuracy: {np.mean(z_val.argmax(axis=1) == y_val):.1%} dense, "
      f"{np.mean(z_pruned.argmax(axis=1) == y_val):.1%} with 90 % removed")

# %% [markdown]
# ## 5. Break it
#
# Forget the transpose. In most nets the shapes do not fit, and you get an error. But where *all* layers are square
# nothing complains, and the net is another one. So compare the outputs of both sides on a few samples, always, before
# pruning:

# %%
try:
    nnprune.MLP.from_arrays([W.T for W in small.weights], small.biases)
except ValueError as error:
    print("ValueError:", error)
else:
    claim("shapes that do not fit must be refused", False)
square = nnprune.MLP((20, 20, 20), rng=0)
# no error
turned = nnprune.MLP.from_arrays([W.T for W in square.weights], square.biases)
probe = np.random.default_rng(0).normal(size=(5, 20))
claim("the transposed net is another one, without an error",
      np.abs(turned.forward(probe) - square.forward(probe)).max() > 0.01)

# %% [markdown]
# The other mistake: put the weights back, forget the masks, and train on. To the other library a 0 is a weight like any
# other, and it moves at the first step. (A pruned net that comes in by `from_arrays` has the same problem: its zeros
# are ordinary weights until you say `masks="zeros"`.) In PyTorch, `torch.nn.utils.prune.custom_from_mask(m, "weight",
# mask)` holds them.

# %%
# the zeros came along, the masks did not
free = nnprune.MLP.from_arrays(r.net.weights, r.net.biases)
held = nnprune.MLP.from_arrays(r.net.weights, r.net.biases, masks="zeros")

for name, n in {"without masks": free, "with masks": held}.items():
    nnprune.train(n, x, y, epochs=1)
    print(
        f"{name}: {np.mean(n.weights[0] == 0):.0%} of the first layer's weights are "
        f"0 after training"
    )
claim("without masks the zeros move", np.mean(free.weights[0] == 0) < 0.5)
claim("with masks they stay", not held.weights[0][~held.masks[0]].any())

# %% [markdown]
# ## 6. When it fails
#
# *Too much at once.* A method that ranks the whole net may take a layer to the last weight, and nothing passes through
# any more. At the start, magnitude does: the weights of the layer with most inputs are all small.

# %%
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    r = nnprune.prune_magnitude(nnprune.MLP((784, 300, 100, 10), rng=0), sparsity=0.995)
print(caught[0].message)
print("kept in each layer:", [int(M.sum()) for M in r.net.masks])
claim("magnitude at the start takes the whole first layer", r.net.masks[0].sum() == 0)

# %% [markdown]
# *Other layers.* A convolution uses each weight at many places, and an attention layer multiplies activations with each
# other. `from_arrays` takes fully connected layers alone. (A convolution is a matrix product over patches of the
# picture: lesson 13.)
#
# ## 7. Summary
#
# 1. SNIP ranks by $|w\, \partial E / \partial w|$: one backward pass, before any training.
# 2. Chance is far worse, a trained net knows more; a ticket beats its shuffled control.
# 3. A plan is a list of stages; compare plans at the same budget, on validation pictures.
# 4. A net is its arrays: from another library they come in, and go back, by `nnprune.interop` or by hand.
# 5. Compare outputs on a few samples before pruning, and hold the masks when training goes on.
#
# ## 8. Questions
#
# <details><summary>1. Why is SNIP's ranking meaningless at a minimum?</summary>
#
# There $\partial E / \partial w = 0$: what is left is noise.
#
# </details>
#
# <details><summary>2. What does the shuffled control of a lottery ticket show?</summary>
#
# Whether it matters which weights stay, or only how many in each layer.
#
# </details>
#
# <details><summary>3. A square layer is transposed on its way in. What notices?</summary>
#
# Nothing but a comparison of outputs.
#
# </details>
#
# ## 9. On your own
#
# The answers are at the end of `tutorials/solutions/14_go_beyond.py`.
#
# 1. Why should SNIP fail for a *trained* net? Prune `dense` by it, and by magnitude, at some sparsities, and see.
# 2. Prune at the start *in rounds*: SNIP to 0.8, to 0.9, to 0.98, the gradient recomputed each time. (A plan can do
#    it.)
# 3. Find a plan that beats the third one on the validation pictures, with the same four epochs. Then look at the test
#    pictures, once.
# 4. Exercises: `python -m nnprune.exercises 14` checks your functions in `tutorials/exercises/14_go_beyond.py`.
#
# ## 10. Further reading
#
# - N. Lee, T. Ajanthan, P. Torr, "SNIP: Single-shot network pruning based on connection sensitivity", ICLR 2019.
# - J. Frankle, M. Carbin, "The lottery ticket hypothesis", ICLR 2019; J. Frankle, G. Dziugaite, D. Roy, M. Carbin,
#   "Pruning neural networks at initialization: why are we missing the mark?", ICLR 2021, where the control is from.
# - H. Tanaka, D. Kunin, D. Yamins, S. Ganguli, "Pruning neural networks without any data by iteratively conserving
#   synaptic flow", NeurIPS 2020.
# - In this package: `nnprune/pruning/snip.py`, `nnprune/pruning/schedules/lottery.py`,
#   `nnprune/pruning/schedules/stages.py`, and
#   `docs/reproduction.md` for larger nets, more seeds and longer training.
