# %% [markdown]
# # Model the loss by a parabola, and ask it what a removal costs
#
# **What you'll do.** Put a parabola under the loss of a net and let it predict what the removal of a weight costs:
# that is Optimal Brain Damage (OBD). Then remove each weight of a small net that reads digits, measure, and compare.
#
# **What you'll learn.** The Taylor series in one weight and in many; why its first term vanishes at a minimum; what
# the Hessian and its diagonal are; and how to check a second derivative.
#
# **What you need.** Lesson 04, and the first and second derivative of a polynomial. Words: `glossary.md`.
# Running time: 4 seconds. Length: 1,500 words.

# %%
import numpy as np
from scipy.optimize import minimize

import nnprune
from nnprune.hessian import exact_diagonal
from nnprune.lesson import COLOURS, claim, draw_curves, load, plt, show


def E_toy(w):
    """A loss of one weight, with a minimum at w = 1."""
    return w**3 - 3 * w + 2


at = np.linspace(-0.3, 2, 24)
draw_curves("05_parabola", at,
            {"the loss $E$": E_toy(at), "the parabola": 3 * (at - 1) ** 2},
            xlabel="weight $w$", ylabel="loss", legend="upper center",
            title="At w = 1 both agree; the removal goes to w = 0")

# %% [markdown]
# The picture shows a loss, and the parabola that fits it best at the trained weight $w = 1$. If you know the parabola,
# you can say what the removal costs, without trying it. Nearly.
#
# ## 1. The idea
#
# Lesson 04 removed the smallest weights. But it is the *loss* $E$ that must not rise. To remove a weight $w$ is to
# move it by $\Delta w = -w$. So: how does the loss rise along this one weight? Near the point where we stand, a
# smooth curve looks like a parabola. Which one? Ask for $p(\Delta w) = a + b\,\Delta w + c\,\Delta w^2$ with the
# value, the slope and the curvature of $E$ at $\Delta w = 0$:
#
# $$ p(0) = a = E, \qquad p'(0) = b = E', \qquad p''(0) = 2c = E'' . $$
#
# That is the Taylor series up to the second order, and $2c = E''$ is where its factor $\tfrac12$ comes from:
#
# $$ E(w + \Delta w) = E + E'\,\Delta w + \tfrac12\, E''\,\Delta w^2 + O(|\Delta w|^3) . $$
#
# Do it by hand for $E(w) = w^3 - 3w + 2$ at $w = 1$. There $E = 0$, $E' = 3w^2 - 3 = 0$ (a minimum) and $E'' = 6w =
# 6$. So the parabola is $3\,\Delta w^2$. To remove the weight is $\Delta w = -1$: the parabola says 3.

# %%
predicted, measured = 3 * (-1) ** 2, E_toy(0) - E_toy(1)
print("removal of the weight: predicted", predicted, "measured", measured)
claim("the parabola says 3, and 2 is true", (predicted, measured) == (3, 2))
for dw in (-1, -0.5, -0.25):
    error = E_toy(1 + dw) - 3 * dw**2
    print(f"dw = {dw}: predicted {3 * dw**2}, measured {E_toy(1 + dw)}, error {error}")
    claim("the error is the cube of the step", error == dw**3)

# %% [markdown]
# The error is $\Delta w^3$: half the step, an eighth of the error. For small steps the parabola is excellent. But a
# removal is a step as large as the weight.
#
# ## 2. The formula
#
# With many weights, walk from $w$ along a direction $d$: $\varphi(t) = E(w + t\,d)$ is a function of one number, and
# the chain rule gives $\varphi'(0) = g^\top d$ and $\varphi''(0) = d^\top H d$, where
#
# $$ g_k = \frac{\partial E}{\partial w_k} , \qquad\qquad h_{kl} = \frac{\partial^2 E}{\partial w_k\, \partial w_l} .
# $$
#
# $g$ is the gradient of lesson 02, the matrix $H$ of all $h_{kl}$ is the *Hessian*. At $t = 1$, with $d = \Delta w$,
# the Taylor series of section 1 becomes (LeCun, Denker & Solla 1989, eq. 1)
#
# $$ \Delta E = \underbrace{g^\top \Delta w}_{0\ \text{at a minimum}} + \tfrac12 \sum_k h_{kk}\, \Delta w_k^2
# + \underbrace{\tfrac12 \sum_{k \ne l} h_{kl}\, \Delta w_k\, \Delta w_l}_{\text{left out}}
# + \underbrace{O(|\Delta w|^3)}_{\text{left out}} . $$
#
# *Optimal Brain Damage* keeps the second term (their eq. 3). At a minimum the gradient is 0, or a small step against
# it would lower the loss. The third term vanishes if $H$ is diagonal, the fourth if $E$ is quadratic. Put in $\Delta
# w_k = -w_k$, and the *saliency* of weight $k$, the predicted cost of its removal, is (section 2.2, step 4)
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
    """The diagonal of the Hessian of loss(w), by a step to both sides."""
    h = np.empty(len(w))
    for k, e in enumerate(np.eye(len(w))):
        h[k] = (loss(w + eps * e) - 2 * loss(w) + loss(w - eps * e)) / eps**2
    return h


# %% [markdown]
# By hand: one linear unit with the weights 2 and 1, squared error with its $\tfrac12$ and its mean over the samples,
# and two samples, $(1, 10)$ and $(1, -10)$, that it fits exactly. $E$, the mean of $\frac12 (w^\top x - y)^2$, is
# quadratic here. Differentiate it twice by $w_k$: $h_{kk}$ is the mean of $x_k^2$, 1 and 100. So $s = (\tfrac12 \cdot 1
# \cdot 4,\ \tfrac12 \cdot 100 \cdot 1) = (2, 50)$: the *smaller* weight is the expensive one, since its input is ten
# times as large. The mean of $x_1 x_2$ is 0, so $H$ is diagonal, and OBD exact.

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


E, w = loss_of(unit, x2, y2), unit.parameters()
h = naive_diagonal(E, w)
s = h * w**2 / 2
print("h =", h.round(6), " saliencies", s.round(6))
claim("the saliencies are 2 and 50", np.allclose(s, [2, 50], atol=1e-4))
rises = [E(np.array([0.0, 1.0])) - E(w), E(np.array([2.0, 0.0])) - E(w)]
claim("and so are the measured rises", np.allclose(rises, [2, 50]))

# %%
r = nnprune.prune_obd(unit, x2, y2, sparsity=0.5)
print("OBD removes (layer, unit, input)", r.removed.tolist(), "at the cost of", r.costs)
claim("OBD removes the first weight", r.removed.tolist() == [[0, 0, 0]])
magnitude = nnprune.prune_magnitude(unit, sparsity=0.5).removed
claim("magnitude removes the second", magnitude.tolist() == [[0, 0, 1]])

# %% [markdown]
# The same for a real net of 13 parameters on XOR, two layers and tanh: the steps agree with the package's exact
# diagonal, which needs no steps (`nnprune/hessian/full.py`).

# %%
xor = nnprune.make_xor()
tiny = nnprune.MLP((2, 3, 1), activation="tanh", loss="mse", rng=0)
x4, y4 = xor.x_train.astype(float), xor.y_train.astype(float)
by_steps = naive_diagonal(loss_of(tiny, x4, y4), tiny.parameters())
claim("steps and exact derivatives agree",
      np.allclose(by_steps, exact_diagonal(tiny, x4, y4), atol=1e-5))

# %% [markdown]
# ## 3. On digits: each removal, predicted and measured
#
# To measure all single removals in a second, take a small net of 610 parameters: pictures of $7 \times 7$ pixels
# (each the mean of $4 \times 4$), 10 tanh units, 10 outputs, squared error. OBD wants a *minimum*. Training by
# mini-batches never quite gets there, so go on with `scipy.optimize.minimize`, which uses all samples in every step.
# Its method L-BFGS remembers how the gradient changed in the last steps; `jac=True` says that our function returns the
# gradient beside the loss. The net from before this is kept, as `early`. (`mean(axis=(2, 4))` is the mean over the 4
# rows and the 4 columns of each block of pixels.)

# %%
data = load(5_000, 1_000)


def pooled(x):
    """Pictures of 28 x 28 pixels as 7 x 7: (n, 784) -> (n, 49)."""
    blocks = x.reshape(-1, 7, 4, 7, 4)  # picture, block row, row, block column, ...
    return blocks.mean(axis=(2, 4)).reshape(-1, 49).astype(float)


def to_minimum(start, x, y):
    """A copy of the net, moved on by L-BFGS, which uses all samples in every step."""
    net = start.copy()

    def value_and_slope(w):
        net.set_parameters(w)
        return net.loss(x, y), net.gradient(x, y)

    found = minimize(value_and_slope, start.parameters(), jac=True, method="L-BFGS-B",
                     options={"maxiter": 500})
    net.set_parameters(found.x)
    return net


# %%
x, y = pooled(data.x_train[:2_000]), data.y_train[:2_000]
early = nnprune.MLP((49, 10, 10), activation="tanh", loss="mse", rng=0)
nnprune.train(early, x, y, epochs=10, rng=0)
net = to_minimum(early, x, y)
for name, n in (("early", early), ("near the minimum", net)):
    slope = np.linalg.norm(n.gradient(x, y))
    print(f"{name:<17} E {n.loss(x, y):.3f}, length of the gradient {slope:.4f}")
claim("L-BFGS goes further down", net.loss(x, y) < 0.8 * early.loss(x, y))

# %% [markdown]
# Now remove each parameter alone, put it back, and remove the next. Left out are those of pixels that are always 0:
# whatever their value, nothing changes. `np.flatnonzero` gives the places where a condition is true.

# %%


def single_removals(net):
    """The saliencies, the measured rises, and |w|, of the parameters that matter."""
    loss, w, E = loss_of(net, x, y), net.parameters(), net.loss(x, y)
    s = exact_diagonal(net, x, y) * w**2 / 2
    use = np.flatnonzero((np.abs(w) > 1e-3) & (np.abs(s) > 1e-10))
    others = 1 - np.eye(len(w))  # row k is 0 in place k, 1 elsewhere
    rise = np.array([loss(w * others[k]) - E for k in use])
    return s[use], rise, np.abs(w[use])


def rank_correlation(a, b):
    """1 if both put the weights in the same order, 0 if the orders are unrelated."""
    places = [v.argsort().argsort() for v in (a, b)]  # the place of each in the order
    return np.corrcoef(*places)[0, 1]


s, rise, size = single_removals(net)
print(f"{len(s)} of {net.parameters().size} parameters removed, one at a time")
of_obd, of_size = rank_correlation(s, rise), rank_correlation(size, rise)
print(f"rank correlation with the rise: OBD {of_obd:.2f}, magnitude {of_size:.2f}")
claim("OBD puts them nearly in the right order", of_obd > 0.9)
claim("OBD ranks better than magnitude", of_obd > of_size + 0.1)

# %%
figure, panels = plt.subplots(1, 2, figsize=(10, 4.4), sharey=True,
                              layout="constrained")
up = (s > 0) & (rise > 0)  # a logarithmic axis has no place for the others
for axes, a, label in ((panels[0], s, "predicted rise $h_{kk} w_k^2 / 2$"),
                       (panels[1], size, "size $|w|$")):
    axes.scatter(a[up], rise[up], s=9, color=COLOURS[6], alpha=0.6)
    axes.set(xscale="log", yscale="log", xlabel=label)
panels[0].plot([1e-8, 10], [1e-8, 10], color=COLOURS[4], label="predicted = measured")
panels[0].set(xlim=(1e-8, 10), ylim=(1e-8, 10), title="OBD knows")
panels[1].set_title("Magnitude does not")
panels[0].set_ylabel("measured rise of the loss")
panels[0].legend(loc="upper left")
show(figure, "05_scatter")

# %% [markdown]
# For a *single* removal near a minimum OBD knows very well which weight is cheap, over many powers of ten. Magnitude
# does not.
#
# ## 4. Break it
#
# Take $\epsilon$ too small. The difference of three nearly equal losses is divided by $\epsilon^2$: rounding, about
# $10^{-16} E$, becomes $10^{-16} E / \epsilon^2$. Too large is wrong too, by the term of fourth order, about
# $\epsilon^2$.

# %%
right_one, wrong = exact_diagonal(tiny, x4, y4), {}
for eps in (1, 1e-2, 1e-4, 1e-6, 1e-8):
    h = naive_diagonal(loss_of(tiny, x4, y4), tiny.parameters(), eps)
    wrong[eps] = np.abs(h - right_one).max()
    print(f"eps {eps:g}: largest error of h {wrong[eps]:.0e}")
claim("1e-4 is a good step", wrong[1e-4] < 1e-3)
claim("1 is too large", wrong[1] > 10 * wrong[1e-4])
claim("1e-8 is too small", wrong[1e-8] > 10 * wrong[1e-4])

# %% [markdown]
# And take the factor $\tfrac12$ away: all predictions double. The order stays the same, so pruning does not notice.
# That is how such a factor survives for years. Only a prediction that is *compared with a measurement* finds it:

# %%
large = s > np.quantile(s, 0.5)  # the gradient hardly matters for the expensive half
ratio = np.median((rise / s)[large])
print(f"measured / predicted: {ratio:.2f}; without the 1/2: {ratio / 2:.2f}")
claim("the prediction has the right size", 0.7 < ratio < 1.5)
claim("the order does not tell",
      rank_correlation(2 * s, rise) == rank_correlation(s, rise))

# %% [markdown]
# ## 5. When it fails
#
# A parabola is a promise about *small* steps from a *minimum*. Pruning takes large ones, many at once, from where
# training happened to stop: lesson 06 takes these failures one by one. Besides:
#
# - Away from a minimum $h_{kk}$ can be negative. Taken literally, the largest weights would go first, for a gain. The
#   package takes $|h_{kk}|$, and says in `r.method` how many were negative.
# - The price: the paper's back-pass (eqs 6-8; `nnprune/pruning/obd.py`) costs about as much as a gradient, but leaves
#   out terms between the units of a layer. Exact diagonals cost more.
#
# ## 6. Summary
#
# 1. To remove a weight is to move it by $-w$; what counts is how the loss rises along this step.
# 2. The Taylor series up to second order puts a parabola under the loss: value, slope and curvature agree.
# 3. At a minimum the slope is 0. OBD keeps the curvature of each weight alone: $s_k = \tfrac12 h_{kk} w_k^2$.
# 4. A small weight can be expensive (a large input), a large one cheap: OBD sees it, magnitude does not.
# 5. Check a second derivative by steps to both sides, and every prediction by a measurement.
#
# ## 7. Questions
#
# <details><summary>1. All inputs are divided by 10 and all weights of the first layer multiplied by 10. What happens
# to OBD's saliencies, and to the sizes?</summary>
#
# The function is the same. $h_{kk}$ falls to a hundredth, $w_k^2$ rises a hundredfold: the saliencies stay. The sizes
# grow tenfold, and magnitude pruning now spares this layer.
#
# </details>
#
# <details><summary>2. Why is the error of the toy example exactly the cube of the step?</summary>
#
# $E$ is of third degree. All of it up to second order is in the parabola, and what is left is $w^3$'s own term.
#
# </details>
#
# <details><summary>3. A weight has the saliency 0. Which two reasons can that have?</summary>
#
# It is 0 already, or the loss does not curve along it, as with the weights of a pixel that is always black.
#
# </details>
#
# ## 8. On your own
#
# The answers are at the end of `tutorials/solutions/05_model_the_loss.py`.
#
# 1. Put the parabola under $E(w) = (w^2 - 1)^2$ at $w = 1$. What does it say of the removal, and what is true?
# 2. For $E = \tfrac12 (w_1 + w_2 - 2)^2$ at $w = (1, 1)$: find $H$, both saliencies, and the true cost of removing
#    one weight, and both. Where is the missing part?
# 3. OBD with retraining: put `nnprune.prune_obd` into the rounds of lesson 04. Is it better than magnitude there?
# 4. Exercises: `python -m nnprune.exercises 05` checks your functions in `tutorials/exercises/05_model_the_loss.py`.
#
# ## 9. Further reading
#
# - Y. LeCun, J. Denker, S. Solla, "Optimal Brain Damage", NIPS 2, 1989.
# - In this package: `nnprune/pruning/obd.py` (the back-pass), `nnprune/hessian/full.py` (the exact Hessian).
