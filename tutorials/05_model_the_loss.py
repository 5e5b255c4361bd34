# %% [markdown]
# # Model the loss by a parabola, and ask it what a removal costs
#
# **What you'll do.** Put a parabola under the loss of a net and let it predict what the removal of a weight costs: that
# is Optimal Brain Damage (OBD). Then remove each weight of a small net that reads digits, measure, and compare.
#
# **What you'll learn.** The Taylor series in one weight and in many; why its first term vanishes at a minimum; what the
# Hessian and its diagonal are; and the four places where the prediction stops being true.
#
# **What you need.** Lesson 04, and the first and second derivative of a polynomial. Running time: 6 seconds.

# %%
import numpy as np
from scipy.optimize import minimize

import nnprune
from nnprune.hessian import exact_diagonal, exact_hessian
from nnprune.lesson import COLOURS, load, plt, show

# %% [markdown]
# ## 1. The idea
#
# Lesson 04 removed the smallest weights. But it is the *loss* $E$ that must not rise. To remove a weight $w$ is to move
# it by $\Delta w = -w$. So: how does the loss rise along this one weight? Near the point where we stand, a smooth curve
# looks like a parabola. Which one? Ask for $p(\Delta w) = a + b\,\Delta w + c\,\Delta w^2$ with the value, the slope
# and the curvature of $E$ at $\Delta w = 0$:
#
# $$ p(0) = a = E, \qquad p'(0) = b = E', \qquad p''(0) = 2c = E'' . $$
#
# That is the Taylor series up to the second order, and $2c = E''$ is where its factor $\tfrac12$ comes from:
#
# $$ E(w + \Delta w) = E + E'\,\Delta w + \tfrac12\, E''\,\Delta w^2 + O(|\Delta w|^3) . $$
#
# Do it by hand for $E(w) = w^3 - 3w + 2$ at $w = 1$. There $E = 0$, $E' = 3w^2 - 3 = 0$ (a minimum) and $E'' = 6w = 6$.
# So the parabola is $3\,\Delta w^2$. To remove the weight is $\Delta w = -1$: the parabola says 3.

# %%


def E_toy(w):
    """A loss of one weight, with a minimum at w = 1."""
    return w**3 - 3 * w + 2


predicted, measured = 3 * (-1) ** 2, E_toy(0) - E_toy(1)
print("removal of the weight: predicted", predicted, "measured", measured)
assert (predicted, measured) == (3, 2)
for dw in (-1, -0.5, -0.25):
    print(f"dw = {dw}: predicted {3 * dw**2}, measured {E_toy(1 + dw)}, error {E_toy(1 + dw) - 3 * dw**2}")
    assert E_toy(1 + dw) - 3 * dw**2 == dw**3

# %% [markdown]
# The error is $\Delta w^3$: half the step, an eighth of the error. For small steps the parabola is excellent. But a
# removal is a step as large as the weight.
#
# ## 2. The formula
#
# With many weights, walk from $w$ along a direction $d$: $\varphi(t) = E(w + t\,d)$ is a function of one number, and
# the chain rule gives $\varphi'(0) = g^\top d$ and $\varphi''(0) = d^\top H d$, where
#
# $$ g_k = \frac{\partial E}{\partial w_k} , \qquad\qquad h_{kl} = \frac{\partial^2 E}{\partial w_k\, \partial w_l} . $$
#
# $g$ is the gradient of lesson 02, the matrix $H$ of all $h_{kl}$ is the *Hessian*. At $t = 1$, with $d = \Delta w$,
# the Taylor series of section 1 becomes (LeCun, Denker & Solla 1989, eq. 1)
#
# $$ \Delta E = \underbrace{g^\top \Delta w}_{0\ \text{at a minimum}} + \tfrac12 \sum_k h_{kk}\, \Delta w_k^2
# + \underbrace{\tfrac12 \sum_{k \ne l} h_{kl}\, \Delta w_k\, \Delta w_l}_{\text{left out}}
# + \underbrace{O(|\Delta w|^3)}_{\text{left out}} . $$
#
# *Optimal Brain Damage* keeps the second term (their eq. 3). At a minimum the gradient is 0, or a small step against it
# would lower the loss. The third term vanishes if $H$ is diagonal, the fourth if $E$ is quadratic. Put in $\Delta w_k =
# -w_k$, and the *saliency* of weight $k$, the predicted cost of its removal, is (section 2.2, step 4)
#
# $$ s_k = \tfrac12\, h_{kk}\, w_k^2 . $$
#
# Only the *diagonal* of $H$ is needed: one number a weight. And how does one get a second derivative? Step to both
# sides. Add the Taylor series for $+\epsilon$ and $-\epsilon$: the odd terms cancel, and
#
# $$ h_{kk} \approx \frac{E(w + \epsilon e_k) - 2 E(w) + E(w - \epsilon e_k)}{\epsilon^2} . $$
#
# Here $e_k$ is 1 in place $k$ and 0 elsewhere.


# %%
def naive_diagonal(loss, w, eps=1e-3):
    """The diagonal of the Hessian of loss(w), by a step to both sides along each weight."""
    h = np.empty(len(w))
    for k, e in enumerate(np.eye(len(w))):
        h[k] = (loss(w + eps * e) - 2 * loss(w) + loss(w - eps * e)) / eps**2
    return h


# %% [markdown]
# By hand: one linear unit with the weights 2 and 1, squared error with its $\tfrac12$ and its mean over the samples,
# and two samples, $(1, 10)$ and $(1, -10)$, that it fits exactly. $E$ is quadratic here, and $h_{kk}$ is the mean of
# $x_k^2$: 1 and 100. So $s = (\tfrac12 \cdot 1 \cdot 4,\ \tfrac12 \cdot 100 \cdot 1) = (2, 50)$: the *smaller* weight
# is the expensive one, since its input is ten times as large. The mean of $x_1 x_2$ is 0, so $H$ is diagonal, and OBD
# exact.

# %%
x2, y2 = np.array([[1.0, 10.0], [1.0, -10.0]]), np.array([12.0, -8.0])
unit = nnprune.MLP.from_arrays([[[2.0, 1.0]]], loss="mse")


def loss_of(net, x, y):
    """The loss as a function of the vector of all parameters."""
    def loss(w):
        moved = net.copy()
        moved.set_parameters(w)
        return moved.loss(x, y)
    return loss


h, w = naive_diagonal(loss_of(unit, x2, y2), unit.parameters()), unit.parameters()
s = h * w**2 / 2
print("h =", h.round(6), " saliencies", s.round(6))
assert np.allclose(s, [2, 50], atol=1e-4)
E = loss_of(unit, x2, y2)
assert np.allclose([E(np.array([0.0, 1.0])) - E(w), E(np.array([2.0, 0.0])) - E(w)], [2, 50])
r = nnprune.prune_obd(unit, x2, y2, sparsity=0.5)
print("OBD removes (layer, unit, input)", r.removed.tolist(), "at the cost of", r.costs.tolist())
assert r.removed.tolist() == [[0, 0, 0]]
assert np.allclose(r.costs, [2])
assert nnprune.prune_magnitude(unit, sparsity=0.5).removed.tolist() == [[0, 0, 1]]

# %% [markdown]
# The same for a real net of 13 parameters on XOR, two layers and tanh: the steps agree with the package's exact
# diagonal, which needs no steps (`nnprune/hessian/full.py`).

# %%
xor, tiny = nnprune.make_xor(), nnprune.MLP((2, 3, 1), activation="tanh", loss="mse", rng=0)
x4, y4 = xor.x_train.astype(float), xor.y_train.astype(float)
assert np.allclose(naive_diagonal(loss_of(tiny, x4, y4), tiny.parameters()), exact_diagonal(tiny, x4, y4), atol=1e-5)

# %% [markdown]
# ## 3. On digits: each removal, predicted and measured
#
# To measure all single removals in a second, take a small net of 610 parameters: pictures of $7 \times 7$ pixels (each
# the mean of $4 \times 4$), 10 tanh units, 10 outputs, squared error. OBD wants a *minimum*. Training by mini-batches
# never quite gets there, so go on with `scipy.optimize.minimize`, which uses all samples in every step. The net of
# before is kept.

# %%
data = load(5_000, 1_000)


def pooled(x):
    """Pictures of 28 x 28 pixels as 7 x 7: (n, 784) -> (n, 49)."""
    return x.reshape(-1, 7, 4, 7, 4).mean(axis=(2, 4)).reshape(-1, 49).astype(float)


x, y = pooled(data.x_train[:2_000]), data.y_train[:2_000]
early = nnprune.MLP((49, 10, 10), activation="tanh", loss="mse", rng=0)
nnprune.train(early, x, y, epochs=10, rng=0)
net = early.copy()


def value_and_slope(w):
    """E and its gradient at w; leaves w in the net."""
    net.set_parameters(w)
    return net.loss(x, y), net.gradient(x, y)


found = minimize(value_and_slope, early.parameters(), jac=True, method="L-BFGS-B", options={"maxiter": 500})
net.set_parameters(found.x)
for name, n in (("early", early), ("near the minimum", net)):
    print(f"{name:<17} E {n.loss(x, y):.3f}, length of the gradient {np.linalg.norm(n.gradient(x, y)):.4f}")
assert net.loss(x, y) < 0.8 * early.loss(x, y)


def single_removals(net):
    """Of the parameters that matter: the saliencies, the term g dw that OBD drops, the measured rise, and |w|."""
    loss, w = loss_of(net, x, y), net.parameters()
    s, first = exact_diagonal(net, x, y) * w**2 / 2, -net.gradient(x, y) * w
    use = np.flatnonzero((np.abs(w) > 1e-3) & (np.abs(s) > 1e-10))  # not those of pixels that are always 0
    E = net.loss(x, y)
    rise = np.array([loss(np.where(np.arange(len(w)) == k, 0, w)) - E for k in use])
    return s[use], first[use], rise, np.abs(w[use])


s, first, rise, size = single_removals(net)
s_early, first_early, rise_early, _ = single_removals(early)

figure, panels = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained", sharex=True, sharey=True)
pairs = ("near the minimum", s, rise), ("early: not at a minimum", s_early, rise_early)
for axes, (name, a, b) in zip(panels, pairs):
    up = (a > 0) & (b > 0)  # a logarithmic axis has no place for the others
    axes.scatter(a[up], b[up], s=9, color=COLOURS[6], alpha=0.6)
    axes.plot([1e-8, 10], [1e-8, 10], color=COLOURS[4], label="predicted = measured")
    axes.set(xscale="log", yscale="log", xlim=(1e-8, 10), ylim=(1e-8, 10), xlabel="predicted rise $h_{kk} w_k^2 / 2$",
             title=f"{name} ({np.mean(~up):.0%} below 0, not shown)")
panels[0].set_ylabel("measured rise of the loss")
panels[0].legend(loc="upper left")
show(figure, "05_scatter")


def rank_correlation(a, b):
    """1 if both put the weights in the same order, 0 if the orders have nothing to do with each other."""
    return np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1]


print(f"{len(s)} of {net.parameters().size} parameters removed, one at a time")
print(f"rank correlation with the measured rise: OBD {rank_correlation(s, rise):.2f}, "
      f"magnitude {rank_correlation(size, rise):.2f}")
assert rank_correlation(s, rise) > 0.9
assert rank_correlation(s, rise) > rank_correlation(size, rise) + 0.1

# %% [markdown]
# For a *single* removal near a minimum OBD knows very well which weight is cheap, over many powers of ten. Magnitude
# does not. Now the four places where the prediction fails.
#
# ## 4. Where it stops being true: not at a minimum
#
# The right panel is the net of ten epochs. Its gradient is not 0, and for a small weight the term $g\,\Delta w$ is the
# larger one: $|w|$ is larger than $w^2$. Many removals *lower* the loss, which no $\tfrac12 h w^2$ with $h > 0$ can
# say. The remedy is simple: keep the first term of the Taylor series.


# %%
def typical_error(predicted, rise):
    """The median of |predicted - measured| as a share of |measured|."""
    return np.median(np.abs(predicted - rise) / np.abs(rise))


for name, a, f, b in (("near the minimum", s, first, rise), ("early", s_early, first_early, rise_early)):
    print(f"{name:<17} falls {np.mean(b < 0):>4.0%}; typical error: OBD {typical_error(a, b):.2f}, "
          f"with the gradient {typical_error(a + f, b):.2f}")
assert np.mean(rise_early < 0) > np.mean(rise < 0) + 0.05
assert typical_error(s_early, rise_early) > 0.3
assert typical_error(s_early + first_early, rise_early) < 0.1

# %% [markdown]
# ## 5. Where it stops being true: large weights
#
# To remove a large weight is a large step, and the terms of third order grow fastest. Left: the true loss along one
# weight, and both parabolas. Right: go only a part of the way, $\Delta w = -t\,w$, for the tenth of the parameters with
# the largest $|w|$ near the minimum, with the gradient's term kept. The error falls with $t$, as Taylor promises.

# %%
w, g, h, loss = net.parameters(), net.gradient(x, y), exact_diagonal(net, x, y), loss_of(net, x, y)
big = np.flatnonzero((np.abs(w) >= np.quantile(size, 0.9)) & (h > 1e-6))
tried, errors = [0.05, 0.1, 0.2, 0.4, 0.7, 1.0], []
for t in tried:
    wanted = np.array([loss(w - t * w[k] * e) for k, e in zip(big, np.eye(len(w))[big])]) - net.loss(x, y)
    errors.append(typical_error(-t * g[big] * w[big] + t**2 * h[big] * w[big] ** 2 / 2, wanted))

k = big[np.argsort(h[big] * w[big] ** 2)[len(big) // 2]]  # the middle one of them
steps = np.linspace(-1.3, 1.3, 41) * abs(w[k])
E_line = [loss(w + d * np.eye(len(w))[k]) for d in steps]
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(steps, E_line, color=COLOURS[0], linewidth=2, label="true loss")
parabola = net.loss(x, y) + h[k] * steps**2 / 2
left.plot(steps, parabola + g[k] * steps, color=COLOURS[6], label="Taylor, with the gradient")
left.plot(steps, parabola, color=COLOURS[4], linestyle="--", label="OBD")
left.axvline(-w[k], color="grey", linestyle=":", label="the weight is 0")
span = max(E_line) - min(E_line)
left.set(xlabel=r"change $\Delta w$ of one weight", ylabel="loss $E$", title=f"Along a weight of {w[k]:.1f}",
         ylim=(min(E_line) - 0.3 * span, max(E_line) + 0.3 * span))
left.legend(fontsize="small")
right.plot(tried, errors, color=COLOURS[6], marker="o")
right.set(xscale="log", yscale="log", xlabel="part $t$ of the way to 0", ylabel="typical error of the prediction",
          title="The largest tenth of the parameters")
show(figure, "05_steps")
print("typical error:", ", ".join(f"t = {t}: {e:.3f}" for t, e in zip(tried, errors)))
assert errors[1] < errors[-1] / 3

# %% [markdown]
# ## 6. Where it stops being true: many removals
#
# OBD adds up the saliencies of all weights that go, as if none knew of the others. The cross terms $h_{kl}\,w_k\,w_l$
# are left out. This net is small enough for all of $H$, so the two errors can be separated: what the diagonal leaves
# out, and what the quadratic leaves out.

# %%
H = exact_hessian(net, x, y)
assert np.allclose(np.diag(H), h)
order = np.argsort(np.abs(h) * w**2)  # |h|: see section 9
counts = np.arange(150, 451, 25)
lines = {"sum of the saliencies (OBD)": [], "with all of $H$": [], "with all of $H$, and $g$": [], "measured": []}
for n_gone in counts:
    dw = np.zeros(len(w))
    dw[order[:n_gone]] = -w[order[:n_gone]]
    rises = (h @ dw**2 / 2, dw @ H @ dw / 2, g @ dw + dw @ H @ dw / 2, loss(w + dw) - net.loss(x, y))
    for line, value in zip(lines.values(), rises):
        line.append(value)

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for (name, line), colour, marker in zip(lines.items(), (COLOURS[4], COLOURS[6], COLOURS[3], COLOURS[0]), "os^D"):
    axes.plot(counts, line, color=colour, marker=marker, markersize=4, label=name)
axes.set(yscale="log", xlabel=f"removed parameters, of {len(w)}", ylabel="rise of the loss",
         title="The costs do not add up")
axes.legend()
show(figure, "05_sums")
diagonal, full, taylor, measured = (np.array(line) for line in lines.values())
at = list(counts).index(350)
print(f"350 removed: OBD {diagonal[at]:.4f}, all of H {full[at]:.4f}, with the gradient {taylor[at]:.4f}, "
      f"measured {measured[at]:.4f}")
assert diagonal[at] < 0.8 * measured[at]
assert np.mean(np.abs(full - measured) < np.abs(diagonal - measured)) > 0.5
assert typical_error(taylor, measured) < typical_error(diagonal, measured) - 0.1

# %% [markdown]
# OBD promises too little, and the picture says why. On the left, where only cheap weights go, it is the gradient: the
# net is near the minimum, not at it, and the small terms $g\,\Delta w$ of 150 weights add up. In the middle the cross
# terms count, and all of $H$ comes nearer; lesson 07 uses all of it. On the right even the whole Taylor series of
# second order is off: so many small steps together are a large one.
#
# ## 7. Where it stops being true: a net that is sure of itself
#
# Now the usual case: the net 784-100-10, cross-entropy, trained by mini-batches, and pruned by OBD and by magnitude.
# The last 1,000 training pictures are the validation data.

# %%
X, Y, X_valid, Y_valid = data.x_train[:4_000], data.y_train[:4_000], data.x_train[4_000:], data.y_train[4_000:]
usual = nnprune.MLP((784, 100, 10), rng=0)
nnprune.train(usual, X, Y, epochs=8, rng=0)
levels = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95]
runs = {"OBD": nnprune.prune_obd(usual, X, Y, sparsity=levels),
        "magnitude": nnprune.prune_magnitude(usual, sparsity=levels)}
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for (name, results), colour, marker in zip(runs.items(), (COLOURS[5], COLOURS[0]), "Po"):
    a = [100 * r.net.accuracy(X_valid, Y_valid) for r in results]
    left.plot(levels, a, color=colour, marker=marker, label=name)
    print(f"{name:<10}" + "  ".join(f"{s}: {v:.1f} %" for s, v in zip(levels, a)))
left.axhline(100 * usual.accuracy(X_valid, Y_valid), color="grey", linestyle="--", label="dense")
left.set(xlabel="sparsity (removed share)", ylabel="validation accuracy (%)", title="784-100-10, no retraining")
left.legend()
E = usual.loss(X, Y)
predicted = np.array([r.costs.sum() for r in runs["OBD"]])
measured = np.array([r.net.loss(X, Y) - E for r in runs["OBD"]])
right.plot(levels, measured, color=COLOURS[0], marker="D", label="measured")
right.plot(levels, predicted, color=COLOURS[6], marker="s", label="predicted by OBD")
right.set(yscale="log", xlabel="sparsity (removed share)", ylabel="rise of the training loss",
          title="What OBD promised")
right.legend()
show(figure, "05_usual")
print(f"at 0.9 OBD predicts a rise of {predicted[4]:.4f}; measured {measured[4]:.4f}")
assert measured[4] > 5 * predicted[4]
assert runs["OBD"][5].net.accuracy(X_valid, Y_valid) < runs["magnitude"][5].net.accuracy(X_valid, Y_valid) + 0.01

# %% [markdown]
# Look at your numbers. In the six runs made for this lesson (three seeds, both data sets) OBD was as good as magnitude
# up to one half, and *worse* at 0.9 and 0.95, by 4 to 10 points at 0.95; `docs/second_order.md` reports the same of a
# larger net, with two reasons. Neighbouring pixels are nearly equal, so their weights' costs do not add up (section 6).
# And the curvature of the cross-entropy at an output with the probability $p$ is $p\,(1 - p)$, which is nearly 0 where
# the net is sure. A net that is sure of nearly all its pictures stands on flat ground; how steep the hill a few steps
# away is, no second derivative tells.

# %%
z = usual.forward(X)
p = np.exp(z - z.max(axis=1, keepdims=True))
p = (p / p.sum(axis=1, keepdims=True)).max(axis=1)  # of the class that the net chooses
curved = p * (1 - p)
print(f"half of the pictures have p (1 - p) below {np.median(curved):.3f}")
assert np.median(curved) < 0.1  # 0.25 is the most there can be

# %% [markdown]
# ## 8. Break it
#
# Take $\epsilon$ too small. The difference of three nearly equal losses is divided by $\epsilon^2$: rounding, about
# $10^{-16} E$, becomes $10^{-16} E / \epsilon^2$. Too large is wrong too, by the term of fourth order, about
# $\epsilon^2$.

# %%
right_one = exact_diagonal(tiny, x4, y4)
wrong = {eps: np.abs(naive_diagonal(loss_of(tiny, x4, y4), tiny.parameters(), eps) - right_one).max()
         for eps in (1, 1e-2, 1e-4, 1e-6, 1e-8)}
print("largest error of h:", ", ".join(f"eps {eps:g}: {error:.0e}" for eps, error in wrong.items()))
assert wrong[1e-4] < 1e-3
assert wrong[1] > 10 * wrong[1e-4]
assert wrong[1e-8] > 10 * wrong[1e-4]

# %% [markdown]
# And take the factor $\tfrac12$ away: all predictions double. The order stays the same, so pruning does not notice.
# That is how such a factor survives for years. Only a prediction that is *compared with a measurement* finds it:

# %%
cheap = np.abs(first) < 0.1 * np.abs(s)  # where the gradient hardly matters
ratio = np.median((rise / s)[cheap])
print(f"measured / predicted: {ratio:.2f}; without the 1/2: {ratio / 2:.2f}")
assert 0.7 < ratio < 1.5
assert rank_correlation(2 * s, rise) == rank_correlation(s, rise)

# %% [markdown]
# ## 9. When it fails
#
# The four failures above are one: a parabola is a promise about small steps from a minimum, and pruning takes large
# ones, many at once, from where training happened to stop. Besides:
#
# - Away from a minimum $h_{kk}$ can be negative. Taken literally, the largest weights would go first, for a gain. The
#   package takes $|h_{kk}|$, and says in `r.method` how many were negative.
# - The price: the paper's back-pass (eqs 6-8; `nnprune/pruning/obd.py`) costs about as much as a gradient, but
#   leaves out terms
#   between the units of a layer. Exact diagonals cost more; 610 x 610 Hessians are cheap, 266,610 x 266,610 ones are
#   not.
#
# ## 10. On your own
#
# 1. Put the parabola under $E(w) = (w^2 - 1)^2$ at $w = 1$. What does it say of the removal, and what is true?
# 2. For $E = \tfrac12 (w_1 + w_2 - 2)^2$ at $w = (1, 1)$: find $H$, both saliencies, and the true cost of removing one
#    weight, and both. Where is the missing part?
# 3. Repeat section 3 with the cross-entropy. Trained long enough, the net fits every sample and $E$ goes to 0. What
#    happens to the ratio of measured and predicted, and why?
# 4. OBD with retraining: put `nnprune.prune_obd` into the rounds of lesson 04. Is it better than magnitude there?
# 5. Exercises: `python -m nnprune.exercises 05` checks your functions in `tutorials/exercises/05_model_the_loss.py`.
#
# ## 11. Further reading
#
# - Y. LeCun, J. Denker, S. Solla, "Optimal Brain Damage", NIPS 2, 1989.
# - B. Hassibi, D. Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS 5, 1992.
# - In this package: `nnprune/pruning/obd.py` (the back-pass), `nnprune/hessian/full.py` (the exact Hessian), and
#   `docs/second_order.md`.
