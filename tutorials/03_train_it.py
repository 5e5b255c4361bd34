# %% [markdown]
# # Train the network, and see when it learns too little or too much
#
# **What you'll do.** Walk down a parabola by hand, then train a net on digits with eight lines of your own. Watch it
# learn with a good learning rate, a small one and a large one, and watch it memorise a hundred pictures.
#
# **What you'll learn.** What mini-batches, momentum, weight decay and a falling learning rate do; why some pictures
# must be kept apart for *validation*; how much of a result is chance; and how pruned weights stay at 0 in training.
#
# **What you need.** Lesson 02 (the gradient). New words are in `glossary.md`. Running time: 5 seconds. Length:
# 1,700 words.

# %%
import warnings

import numpy as np

import nnprune
from nnprune.lesson import COLOURS, claim, draw_curves, load, plt, show

times = np.arange(7)
draw_curves(
    "03_opening", times,
    {f"learning rate {eta}": (1 - eta) ** times for eta in (0.1, 0.7, 1.9, 2.1)},
    level={"where the loss is lowest": 0}, xlabel="steps", ylabel="a weight",
    legend="upper left", ylim=(-1.9, 3.4),
    title="Too small, good, nearly too large, too large")

# %% [markdown]
# ## 1. The idea
#
# The gradient points uphill. So take a small step the other way, recompute the gradient, and repeat:
#
# $$ w \leftarrow w - \eta\, \frac{\partial E}{\partial w} $$
#
# (Rumelhart, Hinton & Williams 1986, eq. 8). $\eta$ is the *learning rate*. How large may it be? Take the smallest
# case, one weight with $E = \frac12 w^2$, whose gradient is $w$. One step gives $(1 - \eta)\, w$. With $\eta = 0.1$ the
# weight creeps towards 0, with $\eta = 1$ it is there at once, with $\eta = 1.9$ it jumps from side to side and gets
# there slowly. With $\eta > 2$ each jump is wider than the last.


# %%
def walk(eta, n_steps, w=1.0):
    """The weights on the way down E = w^2 / 2."""
    way = [w]
    for _ in range(n_steps):
        way.append(way[-1] - eta * way[-1])
    return np.array(way)


claim("half-steps halve the weight", np.allclose(walk(0.5, 3), [1, 0.5, 0.25, 0.125]))
claim("too large a rate runs away", np.allclose(walk(3, 3), [1, -2, 4, -8]))

figure, panels = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained", sharey=True)
w = np.linspace(-1.5, 1.5, 100)
for axes, (eta, colour) in zip(
    panels, ((0.1, COLOURS[6]), (1.9, COLOURS[3]), (2.1, COLOURS[4]))
):
    way = walk(eta, 4)
    axes.plot(w, w**2 / 2, color="grey")
    axes.plot(way, way**2 / 2, "o-", color=colour, markersize=4)
    axes.set(xlabel="$w$", title=rf"$\eta = {eta}$")
panels[0].set_ylabel("$E$")
show(figure, "03_steps")

# %% [markdown]
# ## 2. The formulas
#
# Four things are added to this for nets.
#
# **Mini-batches.** The gradient over all pictures is a mean. The mean over 128 of them, sampled at random, points
# roughly the same way (section 3 measures it) at a fraction of the cost. An *epoch* is one pass over all pictures, in a
# new random order. This is *stochastic gradient descent* (SGD).
#
# **Momentum.** In a long narrow valley the gradient points from wall to wall. A *velocity* $v$ adds up past steps: what
# points now here, now there, cancels; what always points the same way grows.
#
# **Weight decay.** Each weight is pulled towards 0 a little at every step, by the share $\eta \lambda$ of itself.
# Weights that the gradient does not push back shrink.
#
# With the gradient $g$ of the mini-batch and all parameters in one vector $\theta$, a step is
#
# $$ v \leftarrow \mu v - \eta\, (g + \lambda \theta) , \qquad\qquad \theta \leftarrow \theta + v $$
#
# (Sutskever et al. 2013, eqs 1 and 2; the decay is that of Hanson & Pratt 1988). $\mu = 0$ is plain SGD.
#
# **A falling learning rate.** Large steps at the beginning, when all batches point the same way; small ones at the end,
# when each points elsewhere. Step $s = 0, 1, \dots, S - 1$ has
#
# $$ \eta_s = \frac{\eta}{2} \Bigl(1 + \cos\frac{\pi s}{S}\Bigr) $$
#
# (Loshchilov & Hutter 2017, eq. 5, without restarts): it falls from $\eta$ to 0 along half a wave.
#
# By hand: one weight, $w = 1$, the error $\frac12 w^2$, $\eta = \mu = \frac12$, no decay, a constant rate.
#
# | step | $g = w$ | $v = \frac12 v - \frac12 g$ | $w + v$ |
# |---|---|---|---|
# | 1 | 1 | $-0.5$ | 0.5 |
# | 2 | 0.5 | $-0.25 - 0.25 = -0.5$ | 0 |
# | 3 | 0 | $-0.25$ | $-0.25$ |
# | 4 | $-0.25$ | $-0.125 + 0.125 = 0$ | $-0.25$ |
#
# At step 3 the weight is at the bottom already, and the velocity carries it on. Now in code, for any net. The order of
# the pictures in each epoch and the learning rate of each step are given.


# %%
def naive_train(net, x, y, orders, batch_size, rates, mu, decay):
    """Train net in place: an epoch for each order, a rate for each step."""
    theta, v, rates = net.parameters(), 0, iter(rates)
    for order in orders:
        for start in range(0, len(x), batch_size):
            batch = order[start:start + batch_size]  # the last one may be smaller
            g = net.gradient(x[batch], y[batch]) + decay * theta
            v = mu * v - next(rates) * g
            theta = theta + v
            net.set_parameters(theta)


# one input, always 1, target 0: the output is w, E = w^2 / 2
x, y = np.array([[1.0]]), np.array([0.0])
for n_steps, w in enumerate((0.5, 0, -0.25, -0.25), start=1):
    net = nnprune.MLP.from_arrays([[[1.0]]], loss="mse")
    naive_train(net, x, y, [[0]] * n_steps, 1, [0.5] * n_steps, mu=0.5, decay=0)
    claim("the net walks as the hand does", net.weights[0] == w)

# %% [markdown]
# The package's `train` draws the orders itself, one `rng.permutation` an epoch. Give the naive version the same orders,
# and both must reach the same weights.

# %%
data = load(6000, 100)
x_train, y_train = data.x_train[:5000], data.y_train[:5000]
# 1,000 pictures to validate on; the test part stays closed
x_val, y_val = data.x_train[5000:], data.y_train[5000:]

# %%
x, y = x_train[:300].astype(np.float64), y_train[:300]
one, two = nnprune.MLP((784, 20, 10), rng=0), nnprune.MLP((784, 20, 10), rng=0)
rng = np.random.default_rng(7)
orders = [rng.permutation(300) for _ in range(4)]
S = 4 * 3  # 300 pictures in batches of 128 are 3 steps an epoch
rates = 0.1 / 2 * (1 + np.cos(np.pi * np.arange(S) / S))
naive_train(one, x, y, orders, 128, rates, mu=0.9, decay=0.01)
nnprune.train(
    two, x, y, epochs=4, batch_size=128, learning_rate=0.1, momentum=0.9,
    weight_decay=0.01, rng=7)
print(
    f"largest difference of a weight: "
    f"{np.abs(one.parameters() - two.parameters()).max():.0e}"
)
claim("ours and the package reach the same weights",
      np.allclose(one.parameters(), two.parameters()))
claim("training moved them",
      not np.allclose(one.parameters(), nnprune.MLP((784, 20, 10), rng=0).parameters()))

# %% [markdown]
# ## 3. Real data: three learning rates
#
# Training minimises the loss on the training pictures. What we want is a net that is right on pictures it has never
# seen. So some pictures are kept apart, the *validation* part. They are never trained on, and choices, such as that of
# the learning rate, are made by them. The *test* pictures are kept for the very end, when nothing is left to choose
# (lesson 11 shows what happens otherwise). This lesson does not open them.


# %%
def learn(x, y, seed=0, **options):
    """A trained 784-100-10 net; per epoch both losses, validation accuracy."""
    net, curve = nnprune.MLP((784, 100, 10), rng=seed), []

    def note(epoch):
        curve.append((epoch.loss, net.loss(x_val, y_val), net.accuracy(x_val, y_val)))

    nnprune.train(net, x, y, rng=seed, callback=note, **options)
    return net, np.array(curve)


nets, curves = {}, {}
# what `train` warns of is printed below
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for rate in (0.001, 0.1, 10):
        nets[rate], curves[rate] = learn(x_train, y_train, epochs=5, learning_rate=rate)
print("\n".join(f"warning: {w.message}" for w in caught))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
for (rate, curve), colour, marker in zip(
    curves.items(), (COLOURS[6], COLOURS[3], COLOURS[4]), "osv"
):
    print(
        f"learning rate {rate:>5}: training loss {curve[-1, 0]:.2f}, validation "
        f"accuracy {curve[-1, 2]:.1%}"
    )
    left.semilogy(
        range(1, 6), curve[:, 0], marker=marker, color=colour, label=rf"$\eta$ = {rate}"
    )
    right.plot(range(1, 6), 100 * curve[:, 2], marker=marker, color=colour)
left.axhline(np.log(10), color="grey", linestyle=":", label="log 10")
left.set(xlabel="epoch", ylabel="training loss")
right.set(xlabel="epoch", ylabel="validation accuracy (%)", ylim=(0, 100))
right.legend(*left.get_legend_handles_labels(), fontsize="small", loc=(0.45, 0.14))
show(figure, "03_rates")

claim("a good rate learns", curves[0.1][-1, 2] > 0.85)
claim("a small one learns, but has not come far",
      0.3 < curves[0.001][-1, 2] < curves[0.1][-1, 2] - 0.05)
claim("a large one learns nothing: one class in ten by chance",
      curves[10][-1, 2] < 0.3)
claim("and its first epoch is worse than knowing nothing",
      curves[10][0, 0] > np.log(10))

# %% [markdown]
# A small rate is slow. A large one is not fast: its first steps throw the weights so far that nearly every relu is off
# for every picture. The slope of a relu that is off is 0, so no gradient brings it back.

# %%
# layer_inputs gives what each layer reads: [0][1] are the outputs of the hidden units
# (1000, 100) -> (100,)
off = [
    (nets[rate].layer_inputs(x_val)[0][1] == 0).all(axis=0).mean() for rate in (0.1, 10)
]
print(
    f"hidden units that are off for all validation pictures: {off[0]:.0%} (0.1), "
    f"{off[1]:.0%} (10)"
)
claim("the large rate has switched off nearly all units", off[0] < 0.3 < 0.7 < off[1])


def agreement(net):
    """Mean cosine between the gradients of 8 mini-batches and of all."""
    rng, full, cosines = np.random.default_rng(0), net.gradient(x_train, y_train), []
    for _ in range(8):
        batch = rng.permutation(5000)[:128]
        g = net.gradient(x_train[batch], y_train[batch])
        cosines.append(g @ full / np.linalg.norm(g) / np.linalg.norm(full))
    return np.mean(cosines)


first, last = agreement(nnprune.MLP((784, 100, 10), rng=0)), agreement(nets[0.1])
print(
    f"cosine between the gradients of a mini-batch and of all pictures: {first:.2f} "
    f"at first, {last:.2f} at the end"
)
claim("at first a mini-batch points as all pictures do", first > 0.5)
claim("at the end less so", last < first - 0.1)

# %% [markdown]
# At first a mini-batch sees what all pictures see. At the end most of its gradient is chance: the errors that are left
# are few, and each batch has others. Small steps then let what is chance in many batches cancel.
#
# ## 4. Too few pictures
#
# Train on 100 pictures, for forty epochs. The training loss goes to 0, all hundred are right. The net has memorised
# them, and that is not the same as knowing digits: this is *overfitting*. Only the validation part can show it. Its
# loss is lowest after a few epochs and then rises: the net grows ever surer, of its mistakes too.

# %%
few, few_curve = learn(x_train[:100], y_train[:100], epochs=40, batch_size=20)
memorised, new = few.accuracy(x_train[:100], y_train[:100]), few.accuracy(x_val, y_val)
print(f"100 pictures: {memorised:.0%} right on them, {new:.0%} on new ones")
claim("the net has memorised its hundred pictures", memorised == 1)
claim("but does not know new ones", new < 0.9)
claim("its validation loss is far above its training loss",
      few_curve[-1, 1] > 20 * few_curve[-1, 0])
claim("and has risen from its lowest", few_curve[-1, 1] > 1.1 * few_curve[:, 1].min())

some, _ = learn(x_train[:500], y_train[:500], epochs=20, batch_size=50)
numbers, trained, validated = (100, 500, 5000), [], []
for n, net in zip(numbers, (few, some, nets[0.1])):
    trained.append(net.accuracy(x_train[:n], y_train[:n]))
    validated.append(net.accuracy(x_val, y_val))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
left.semilogy(range(1, 41), few_curve[:, 0], color=COLOURS[6], label="training")
left.semilogy(range(1, 41), few_curve[:, 1], color=COLOURS[4], label="validation")
left.set(xlabel="epoch", ylabel="loss", title="trained on 100 pictures")
right.semilogx(numbers, 100 * np.array(trained), "o-", color=COLOURS[6])
right.semilogx(numbers, 100 * np.array(validated), "v-", color=COLOURS[4])
right.set(xlabel="training pictures", ylabel="accuracy (%)", title="the gap closes")
left.legend(fontsize="small")
show(figure, "03_few_pictures")

gaps = np.subtract(trained, validated)
print(
    "training less validation accuracy:",
    ", ".join(f"{g:.1%} ({n})" for n, g in zip(numbers, gaps)))
claim("the gap closes with more pictures", gaps[0] > gaps[1] > gaps[2])

# %% [markdown]
# ## 5. How much is chance?
#
# The seed sets the first weights and the order of the pictures. Another seed gives another net. And 1,000 validation
# pictures are a sample, too: if the net is right with probability $p$, the share it gets right varies by the *standard
# error* $\sqrt{p\,(1 - p) / 1000}$.

# %%
others = [learn(x_train, y_train, seed, epochs=5)[0] for seed in (1, 2)]
# seed 0 is the net of section 3
accuracies = np.array([net.accuracy(x_val, y_val) for net in (nets[0.1], *others)])
p = accuracies.mean()
print(
    "three seeds:",
    ", ".join(f"{a:.1%}" for a in accuracies)
    + f"; standard error {np.sqrt(p * (1 - p) / 1000):.1%}",
)
claim("another seed is another net",
      not np.allclose(others[0].parameters(), others[1].parameters()))
claim("but not a much better one", accuracies.max() - accuracies.min() < 0.05)

# %% [markdown]
# A difference between two methods that is not clearly larger than the standard error and the spread of the seeds is no
# difference. Write the seed down with every result: the same seed gives the same net again.

# %%
again = [
    learn(x_train[:500], y_train[:500], seed=3, epochs=2)[0].parameters()
    for _ in range(2)
]
claim("the same seed is the same net", np.array_equal(*again))

# %% [markdown]
# ## 6. Pruned weights stay at 0
#
# A net of this package has a *mask* for each layer, as large as its weights: True = kept. A weight whose mask is False
# is 0 and must stay so in training, whatever its gradient is. The step for it:
#
# $$ v \leftarrow m * \bigl(\mu v - \eta\,(g + \lambda \theta)\bigr) , \qquad \theta \leftarrow \theta + v , $$
#
# with $m = 1$ for a weight that is kept and 0 for one that is pruned. Try it: nine in ten of the first layer's weights
# of a trained net go, chosen at random, and the net is trained again, *retrained*. From lesson 04 on they are chosen
# better.

# %%
pruned = nets[0.1].copy()
chosen = np.random.default_rng(0).random((100, 784)) < 0.1
pruned.set_masks([chosen, *pruned.masks[1:]])  # puts 0 where the mask is False
sparsity, at_once = pruned.sparsity, pruned.accuracy(x_val, y_val)
nnprune.train(pruned, x_train, y_train, epochs=2, weight_decay=1e-4)
print(f"{sparsity:.1%} of all weights pruned at random: {at_once:.1%} right at once, "
      f"{pruned.accuracy(x_val, y_val):.1%} after two epochs")
claim("the sparsity stays what it was", pruned.sparsity == sparsity > 0.85)
claim("pruned weights are exactly 0",
      not pruned.weights[0][~pruned.masks[0]].any())
claim("the others are not", pruned.weights[0][pruned.masks[0]].all())
claim("retraining repairs some of it", pruned.accuracy(x_val, y_val) > at_once + 0.05)

# %% [markdown]
# ## 7. Break it
#
# *Mask the gradient alone.* A weight is on its way with $v = -0.5$ when it is pruned. Its gradient is masked from now
# on. Its velocity is not, and carries it away from 0.

# %%
w, v, m, g, eta, mu = 0.0, -0.5, 0, 1.0, 0.5, 0.5  # pruned: w = 0, m = 0
v_wrong = mu * v - eta * (m * g)
v_right = m * (mu * v - eta * g)
print(
    f"one step later: mask on the gradient w = {w + v_wrong:g}, mask on the velocity "
    f"w = {w + v_right:g}"
)
claim("a mask on the gradient alone lets the weight move", w + v_wrong == -0.25)
claim("a mask on the velocity holds it", w + v_right == 0)

# %% [markdown]
# *Do not shuffle.* Sort the pictures by label: first all zeros, then all ones, and so on. For many steps there is one
# right answer, and the net learns to give it whatever it sees. At the end of the epoch nearly every picture gets the
# same class.
#
# *Do not scale.* Leave the pixels between 0 and 255, and the good learning rate is far too large.

# %%
shuffled, in_order = (
    np.random.default_rng(0).permutation(5000), np.argsort(y_train, kind="stable"))
one_epoch = {}
for name, order in (("shuffled", shuffled), ("sorted", in_order)):
    net = nnprune.MLP((784, 100, 10), rng=0)
    naive_train(net, x_train, y_train, [order], 128, [0.1] * 40, mu=0.9, decay=0)
    one_epoch[name] = net.accuracy(x_val, y_val)
same_class = np.bincount(net.predict(x_val)).max() / len(x_val)
unscaled = nnprune.MLP((784, 100, 10), rng=0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    history = nnprune.train(unscaled, 255 * x_train, y_train, epochs=1)
print("warning:", caught[0].message)
claim("train says what to do", "divide them by 255" in str(caught[0].message))
one_epoch["not scaled"] = unscaled.accuracy(255 * x_val, y_val)
print("after one epoch:", ", ".join(f"{name} {a:.0%}" for name, a in one_epoch.items()))
claim("shuffling matters", one_epoch["shuffled"] > one_epoch["sorted"] + 0.25)
claim("sorted pictures teach little", one_epoch["sorted"] < 0.4)
claim("nearly all get the same class",
      same_class > 0.6)
claim("pixels that were not scaled teach little, too", one_epoch["not scaled"] < 0.4)
claim("and the loss is huge", history[0].loss > 10)

# %% [markdown]
# ## 8. When it fails
#
# Sometimes the loss does not get stuck but runs away, until it is not finite. `train` then stops with an error and
# leaves the net as it was after the last good epoch. The parabola of section 1 with $\eta = 3$:

# %%
net = nnprune.MLP.from_arrays([[[1.0]]], loss="mse")
try:
    nnprune.train(net, np.float32([[1]]), [0], epochs=200, learning_rate=3, momentum=0,
                  learning_rate_schedule="constant")
except ValueError as error:
    print("ValueError:", error)
else:
    claim("a loss that is not finite must be an error", False)
claim("the net is as it was after the last good epoch",
      np.isfinite(net.weights[0]).all())

# %% [markdown]
# What training cannot repair: labels that are wrong, pictures unlike those of the validation part, and a validation
# part that was looked at so often that the choices fit it by chance (lesson 11).
#
# ## 9. Summary
#
# 1. SGD: a small step against the gradient of a mini-batch. Too large a rate is not fast; it switches units off.
# 2. Momentum adds up past steps; weight decay pulls every weight towards 0 by the share $\eta \lambda$; a falling
#    rate ends calmly.
# 3. Validation pictures choose, test pictures report. Only pictures that were not trained on show overfitting.
# 4. Seeds and the number of pictures set how large a difference must be to be one.
# 5. A pruned weight stays 0 if the mask is on the velocity, and not only on the gradient.
#
# ## 10. Questions
#
# <details><summary>1. The training loss is 0.001 and the validation loss rises. What is it, and what helps?</summary>
#
# Overfitting: the net memorises. More pictures help, or stopping earlier, or weight decay.
#
# </details>
#
# <details><summary>2. Why is the last step of a cosine schedule nearly 0?</summary>
#
# At the end each mini-batch points elsewhere, so most of its gradient is chance; small steps let it cancel.
#
# </details>
#
# <details><summary>3. At the rate 0.1 and weight decay 0.0001: how much of a weight does it take at a step?</summary>
#
# The share $\eta \lambda = 10^{-5}$ of it, before momentum; not $\lambda$.
#
# </details>
#
# ## 11. On your own
#
# The answers are at the end of `tutorials/solutions/03_train_it.py`.
#
# 1. Walk four steps down $E = \frac12 w^2$ by hand from $w = 1$ with $\eta = 1$, $\mu = 0$ and $\lambda = \frac12$.
#    Then with the target 1, $E = \frac12 (w - 1)^2$: it ends at 2/3 and not at 1. Why?
# 2. Try learning rates from 0.01 to 3 in steps of a factor 3, and draw the validation accuracy against them.
# 3. What does $\mu = 0$ do to section 3? Which learning rate compensates for it? (A constant gradient $g$ makes $v$
#    grow to $-\eta g / (1 - \mu)$. Show it.)
# 4. Turn the labels of 500 of the training pictures into random ones. Does the net memorise them, too?
# 5. Exercises: `python -m nnprune.exercises 03` checks your functions in `tutorials/exercises/03_train_it.py`.
#
# ## 12. Further reading
#
# - I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and momentum in deep learning",
#   ICML 2013.
# - S. Hanson, L. Pratt, "Comparing biases for minimal network construction with back-propagation", NIPS 1, 1988.
# - I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017.
# - In this package: `nnprune/nn/sgd.py` (the same loop on one vector of parameters, the masks on the velocity).
