# %% [markdown]
# # Remove a weight and let the others compensate
#
# **What you'll do.** Remove one of two weights on paper, then one of three, by Optimal Brain Surgeon (OBS); then one
# of the nine parameters of a net that has learned XOR; and at the end write OBS for a whole net yourself.
#
# **What you'll learn.** Where the two formulas of OBS come from (Lagrange's method, from the beginning); what the
# inverse of the Hessian has to do with it; how gradients alone give a Hessian; and when the prediction is wrong.
#
# **What you need.** Lessons 05 and 06 (the quadratic model of the loss), and matrix times vector. Words:
# `glossary.md`. Running time: 4 seconds. Length: 2,400 words.

# %%
import numpy as np

import nnprune
from nnprune.lesson import CLASS_FACES, COLOURS, OUTPUTS, claim, plt, show

H2, w2 = np.array([[4.0, 2.0], [2.0, 2.0]]), np.array([1.0, 1.5])

# %%


def bowl(axes, levels):
    """The ellipses of equal loss around the trained net, and the line w_2 = 0."""
    a, b = np.meshgrid(np.linspace(-0.3, 2.6, 100), np.linspace(-0.9, 2.4, 100))
    da, db = a - w2[0], b - w2[1]
    rise = (H2[0, 0] * da**2 + 2 * H2[0, 1] * da * db + H2[1, 1] * db**2) / 2
    axes.contour(a, b, rise, levels=levels, colors="grey", linewidths=0.8)
    axes.contour(a, b, rise, levels=[1.125], colors=COLOURS[6], linewidths=2)
    axes.axhline(0, color=COLOURS[1], label="the line $w_2 = 0$")
    axes.plot(*w2, "ko", label="the trained net")
    axes.set(xlabel="$w_1$", ylabel="$w_2$", ylim=(-0.5, 2.4), aspect="equal")


def arrow(axes, start, end, colour):
    """An arrow in a picture."""
    axes.annotate("", end, start,
                  arrowprops={"arrowstyle": "->", "color": colour, "lw": 2})


figure, axes = plt.subplots(figsize=(5.6, 5), layout="constrained")
bowl(axes, [0.1, 0.3, 0.6, 1.7, 2.25, 3])
for end, colour, mark, label in (((1, 0), 4, "v", "$w_2$ set to 0: rise 2.25"),
                                 ((1.75, 0), 6, "X", "and $w_1$ moved: rise 1.125")):
    arrow(axes, w2, end, COLOURS[colour])
    axes.plot(*end, mark, color=COLOURS[colour], markersize=8, label=label)
axes.set_title("The lowest point of the line is not straight below")
axes.legend(loc="upper right", fontsize="small")
show(figure, "07_bowl")

# %% [markdown]
# ## 1. The idea: two weights
#
# The picture is the whole lesson. The trained net, the black point, sits at a minimum. Around it the loss rises as a
# bowl (lesson 05), here with two weights $w = (1, 1.5)$:
#
# $$ \Delta E = \tfrac12\, \Delta w^\top H\, \Delta w = \tfrac12 \left( 4\,\Delta w_1^2 + 4\,\Delta w_1 \Delta w_2 +
# 2\,\Delta w_2^2 \right), \qquad H = \begin{pmatrix} 4 & 2 \\ 2 & 2 \end{pmatrix} . $$
#
# Each ellipse joins the points of equal loss, as contour lines do on a map. They are tilted because of the entry 2
# beside the diagonal: the two weights are coupled, and one can take over part of the other's work.
#
# To remove $w_2$ means to go to *some* point of the orange line $w_2 = 0$. Setting it to 0 is one way: straight down,
# to the triangle. But the line has a lower point. Walk along it and watch the ellipses: they get smaller until one
# only *touches* the line, the blue one, at the cross. On that point nothing is left to gain.
#
# By hand: on the line $\Delta w_2 = -1.5$. Put it in, and what is left is a parabola in $\Delta w_1$ alone. Its
# derivative is $4\,\Delta w_1 + 2\,\Delta w_2 = 4\,\Delta w_1 - 3$, which is 0 at $\Delta w_1 = 0.75$.

# %%


def rise2(dw):
    """How much the loss of the two weights rises: 1/2 dw' H dw (' is the transpose)."""
    return float(dw @ H2 @ dw / 2)


straight, touching = rise2(np.array([0, -1.5])), rise2(np.array([0.75, -1.5]))
print("w_2 set to 0:", straight, "  and w_1 moved by 0.75:", touching)
claim("to move the other weight halves the cost", touching == straight / 2)
nearby = [rise2(np.array([d, -1.5])) for d in np.linspace(0, 1.5, 31)]
claim("no other point of the line is lower", min(nearby) >= touching)

# %% [markdown]
# ## 2. The formula: Lagrange's method, and from two weights to many
#
# With a million weights nobody puts one equation into another. Lagrange's method does it for all at once, and the
# picture says how. At any point, the gradient of the rise is $H \Delta w$ (differentiate $\tfrac12 \Delta w^\top H
# \Delta w$: each product appears twice, which cancels the $\tfrac12$). It is an arrow at a right angle to the ellipse
# through that point. Below are these arrows along the line.
#
# Where the arrow leans to the right, a step to the left *along the line* lowers the loss, and the other way round. At
# the lowest point neither helps: there the arrow has no part along the line. It is at a right angle to the line as
# well, since there the ellipse and the line touch.

# %%
figure, axes = plt.subplots(figsize=(5.6, 4.6), layout="constrained")
bowl(axes, [0.3, 0.6, 1.53, 2.57])
for at in (0.9, 1.3, 1.75, 2.2):
    g = H2 @ (np.array([at, 0]) - w2)  # of the rise, at this point
    touches = at == 1.75
    arrow(axes, (at, 0), (at + 0.2 * g[0], 0.2 * g[1]), COLOURS[3 if touches else 1])
    print(f"w_1 = {at}: gradient {g.round(2)}")
axes.set(title="Gradients along the line: one is at a right angle to it",
         ylim=(-0.9, 2.4))
axes.legend(loc="upper right", fontsize="small")
show(figure, "07_lagrange")
claim("at the touching point the gradient has no part along the line",
      (H2 @ (np.array([1.75, 0]) - w2))[0] == 0)

# %% [markdown]
# That is one condition, and it has the same form with any number of weights. Say that weight $q$ is to go and all
# others are free. In each free direction the gradient must be 0, or a step that way would help. Only its entry $q$
# may be anything; call it $-\nu$. With $e_q$, the vector that is 1 in place $q$ and 0 elsewhere, this reads
#
# $$ H\, \Delta w = -\nu\, e_q , \qquad\qquad \Delta w_q = -w_q . $$
#
# The unknown $\nu$ (nu) is *Lagrange's multiplier*. It has a meaning: it is how fast the cost rises with the distance
# that weight $q$ has to go. (Books write it as: set all derivatives of $\tfrac12 \Delta w^\top H \Delta w + \nu\,
# (\Delta w_q + w_q)$ to 0. By $\Delta w$ that gives the left equation, by $\nu$ the right one.)
#
# To solve it we need the inverse: $\Delta w = -\nu\, H^{-1} e_q$, and $H^{-1} e_q$ is column $q$ of the matrix
# $H^{-1}$. Entry $q$ of this is $-\nu\, [H^{-1}]_{qq}$, which must be $-w_q$: so $\nu = w_q / [H^{-1}]_{qq}$. The
# cost is $\tfrac12 \Delta w^\top (H \Delta w) = \tfrac12 \Delta w^\top (-\nu e_q) = \tfrac12\, \nu\, w_q$. Put $\nu$
# in (Hassibi & Stork 1992, eq. 5):
#
# $$ \Delta w = -\frac{w_q}{[H^{-1}]_{qq}}\, H^{-1} e_q , \qquad\qquad L_q = \frac{w_q^2}{2\,[H^{-1}]_{qq}} . $$
#
# $L_q$ is the *saliency* of weight $q$: what its removal costs if all others compensate. Now $H^{-1}$ must exist, and
# the point that we have found must be a lowest one. Both are so if $\Delta w^\top H \Delta w > 0$ for every $\Delta w
# \ne 0$: the bowl rises in every direction. Such an $H$ is called *positive definite*.
#
# How does one see it? The ellipses have axes. Along them $H$ only stretches: $H v = \lambda v$. These $v$ are the
# *eigenvectors*, and the number $\lambda$, the *eigenvalue*, is the curvature in that direction. $H$ is positive
# definite if all eigenvalues are positive; if one is 0, the bowl is flat that way, $H$ has no inverse, and is called
# *singular*. `np.linalg.eigvalsh` finds them ("h" for symmetric matrices).

# %%
Hinv2 = np.array([[0.5, -0.5], [-0.5, 1.0]])
print("eigenvalues", np.linalg.eigvalsh(H2).round(3))
print("H times its inverse:\n", H2 @ Hinv2)
dw2 = -w2[1] / Hinv2[1, 1] * Hinv2[:, 1]  # [:, 1] is the second column
print("dw =", dw2, " saliencies", w2**2 / (2 * np.diag(Hinv2)))
claim("equation 5 finds the touching point", np.allclose(dw2, [0.75, -1.5]))
claim("and its cost", w2[1] ** 2 / (2 * Hinv2[1, 1]) == touching)

# %% [markdown]
# **Three weights.** Add a third one that is coupled with $w_2$ alone. The inverse is easy to check:

# %%
H = np.array([[4.0, 2.0, 0.0],
              [2.0, 2.0, 1.0],
              [0.0, 1.0, 2.0]])
w = np.array([1.0, 1.5, 1.25])
Hinv = np.array([[0.75, -1.0, 0.5],
                 [-1.0, 2.0, -1.0],
                 [0.5, -1.0, 1.0]])
claim("this is the inverse", np.allclose(H @ Hinv, np.eye(3)))

magnitude = np.abs(w)
obd = np.diag(H) * w**2 / 2  # OBD: H's diagonal, and no other weight compensates
obs = w**2 / (2 * np.diag(Hinv))
print("magnitude", magnitude, "\nOBD      ", obd, "\nOBS      ", obs.round(4))

# %% [markdown]
# Three methods, three answers: magnitude takes $w_1$, OBD takes $w_3$, OBS takes $w_2$, *the largest of the three*.
# Who is right? Take the weight out and measure. Magnitude and OBD set it to 0; OBS also moves the others.

# %%


def rise(dw):
    """How much the loss of the three weights rises: 1/2 dw' H dw."""
    return float(dw @ H @ dw / 2)


def naive_obs(w, H):
    """Remove the cheapest weight by OBS: its number, the new weights, the rise."""
    Hinv = np.linalg.inv(H)
    L = w**2 / (2 * np.diag(Hinv))  # eq. 5, for all weights at once
    q = int(L.argmin())
    dw = -w[q] / Hinv[q, q] * Hinv[:, q]  # eq. 5
    return q, w + dw, L[q]


q, w_new, L_q = naive_obs(w, H)
print("OBS removes weight", q + 1, "and leaves", w_new)
cost = {"magnitude": rise(np.array([-w[0], 0, 0])),
        "OBD": rise(np.array([0, 0, -w[2]])), "OBS": rise(w_new - w)}
print(cost)
claim("the three methods choose three weights",
      (magnitude.argmin(), obd.argmin(), q) == (0, 2, 1))
claim("the prediction is exact: the loss is a quadratic", np.isclose(cost["OBS"], L_q))
claim("OBS is the cheapest", cost["OBS"] < cost["OBD"] < cost["magnitude"])

# %% [markdown]
# The same by another way, which knows nothing of Lagrange. If $w_2$ is gone, the best values of the other two solve a
# linear system: set the derivative of the loss with respect to *them* to 0. (`np.ix_(rest, rest)` picks the rows and
# the columns `rest` of a matrix.) And the package's own OBS must give the same. It wants a net and samples, so make
# three samples with just this $H = X^\top X / 3$: Cholesky's method writes $H = C\,C^\top$, and $X = \sqrt3\,
# C^\top$.

# %%
rest = [0, 2]
refit = np.linalg.solve(H[np.ix_(rest, rest)], (H @ w)[rest])
claim("refitting the others gives the same", np.allclose(refit, w_new[rest]))

X = np.sqrt(3) * np.linalg.cholesky(H).T
unit = nnprune.MLP.from_arrays([w[None]], loss="mse")  # w[None]: a matrix of one row
r = nnprune.prune_obs(unit, X, X @ w, n_remove=1, damping=0)
claim("the package removes the same one", r.removed.tolist() == [[0, 0, q]])
claim("and leaves the same", np.allclose(r.net.weights[0], w_new))

# %% [markdown]
# **How the third weight moves.** In the picture with two weights the cost was 1.125. Now that $w_3$ may move too, it
# is 0.5625. $w_3$ is not coupled with $w_1$ ($h_{13} = 0$), but both are coupled with $w_2$, and a column of $H^{-1}$
# knows of all such paths. Left: hold $w_3$ at some change, let $w_1$ do its best. Right: before and after.

# %%
thirds = np.linspace(-0.5, 2, 26)
best_first = -H[0, 1] * -w[1] / H[0, 0]  # w_1's best change; w_3 is not coupled to it
rises = [rise(np.array([best_first, -w[1], d])) for d in thirds]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
left.plot(thirds, rises, color=COLOURS[0])
left.plot(w_new[2] - w[2], L_q, "X", color=COLOURS[6], label="OBS")
left.plot(0, rise(np.array([best_first, -w[1], 0])), "o", color=COLOURS[4],
          label="$w_3$ stays")
left.set(xlabel=r"change of $w_3$", ylabel="rise of the loss", title="$w_2$ is gone")
left.legend()
for shift, values, colour, label in ((-0.2, w, 0, "before"), (0.2, w_new, 6, "after")):
    right.bar(np.arange(3) + shift, values, 0.4, color=COLOURS[colour], label=label)
right.set(xticks=range(3), xticklabels=["$w_1$", "$w_2$", "$w_3$"], xlabel="weight",
          ylabel="value", title="Both others grow by 0.75")
right.legend()
show(figure, "07_third")
claim("no change of the third weight does better", min(rises) >= L_q - 1e-12)

# %% [markdown]
# ## 3. The Hessian from gradients
#
# Where does a net's $H$ come from? Lesson 06 took second derivatives, which is expensive. For the squared error the
# first ones are enough. Let $z_i$ be the output for sample $i$ and $g_i$ the gradient *of the output*, the vector of
# all $\partial z_i / \partial w_k$. Differentiate $E$ twice, by the chain rule and the product rule:
#
# $$ E = \frac1{2n} \sum_i (z_i - y_i)^2 , \qquad \nabla E = \frac1n \sum_i (z_i - y_i)\, g_i , \qquad
# H = \frac1n \sum_i g_i\, g_i^\top + \frac1n \sum_i (z_i - y_i)\, \nabla^2 z_i . $$
#
# Here $\nabla$ stands for the vector of first derivatives, $\nabla^2$ for the matrix of second ones. A trained net has
# small errors $z_i - y_i$, and the last term is small; at zero error it *is* zero. What remains is the
# *outer-product Hessian* (eqs 10-14), also called the Gauss-Newton matrix: $H = \frac1n \sum_i g_i g_i^\top$. An
# outer product $g\, g^\top$ is the matrix of all products $g_k\, g_l$. For $g = (1, 2)$ it is $\begin{pmatrix} 1 & 2
# \\ 2 & 4 \end{pmatrix}$: its rows are multiples of one row. The *rank* of a matrix is how many of its rows are
# independent of each other, and this one has rank 1. One sample says how the loss curves along *one* direction, its
# $g$; along $(2, -1)$, at a right angle to it, nothing happens at all.

# %%
g = np.array([1.0, 2.0])
print(np.outer(g, g), "\neigenvalues", np.linalg.eigvalsh(np.outer(g, g)).round(12))
claim("it curves along g, and is flat at a right angle to it",
      (g @ np.outer(g, g) @ g, np.array([2, -1]) @ np.outer(g, g) @ [2, -1]) == (25, 0))

# %% [markdown]
# So $n$ samples give rank $n$ at most. Now XOR, the example of the 1992 paper, and the smallest problem that needs
# hidden units. A 2-2-1 net with biases has nine parameters and learns it to zero error. There are four patterns: $H$
# is $9 \times 9$ but has rank 4 at most, so at least five eigenvalues are 0, and there is no inverse. The paper adds
# a little *damping*: $H + \alpha I$, $I$ the matrix with ones on the diagonal, adds $\alpha$ to every eigenvalue,
# since $(H + \alpha I)\, v = (\lambda + \alpha)\, v$, and then none is 0. In the flat directions $\alpha$ alone
# decides: every step there is charged by its length, and the shortest one wins.
#
# (For large nets the package damps by column, in the units of each weight; lesson 09 comes back to it.) The gradients
# come here from a small step of each parameter to both sides, as in lesson 05.

# %%
xor = nnprune.make_xor()
x, y = xor.x_train.astype(float), xor.y_train


def train_xor(seed):
    """A 2-2-1 net trained on XOR from this seed."""
    net = nnprune.MLP((2, 2, 1), activation="tanh", loss="mse", rng=seed)
    nnprune.train(net, x, y, epochs=2000, batch_size=4, learning_rate=0.2,
                  weight_decay=0)
    return net


def outputs(net, w):
    """The outputs of the net with the parameters w instead of its own: (4,)."""
    moved = net.copy()
    moved.set_parameters(w)
    return moved.forward(x)[:, 0]


def hessian(net):
    """H = 1/n sum of g g', by a step of every parameter to both sides: (9, 9)."""
    w, h = net.parameters(), 1e-6
    G = np.array([(outputs(net, w + h * e) - outputs(net, w - h * e)) / (2 * h)
                  for e in np.eye(9)]).T  # a row a pattern: (4, 9)
    return G.T @ G / len(x)  # the sum of all g g' in one product


# %%
net = train_xor(3)
claim("XOR is learned to zero error", net.loss(x, y) < 1e-20)
lambdas = np.linalg.eigvalsh(hessian(net))
print("eigenvalues of H:", lambdas.round(6))
claim("five of the nine directions are flat",
      np.sum(lambdas < 1e-9 * lambdas.max()) == 5)

# %% [markdown]
# ## 4. XOR: one of nine parameters goes
#
# But which? Each method has its choice. The picture shows the output of each net over the square of all inputs: it
# should be above 1/2 (red) at the full points, and below (blue) at the hollow ones.

# %%


def set_to_zero(net, q):
    """The net with parameter q set to 0, and nothing else changed."""
    vector, new = net.parameters(), net.copy()
    vector[q] = 0
    new.set_parameters(vector)
    return new


def obs_xor(net):
    """OBS with the paper's H + alpha I: one of the nine parameters is removed."""
    H = hessian(net)
    H += 1e-4 * np.diag(H).mean() * np.eye(9)
    # this H and no other: none is computed, and no more damping is added
    return nnprune.prune_obs(net, x, y, n_remove=1, prune_biases=True, hessian=H,
                             refresh=None, damping=0)


def one_removed(net):
    """The net without one of its nine parameters, chosen by each method."""
    w, H = net.parameters(), hessian(net)
    return {"magnitude": set_to_zero(net, np.abs(w).argmin()),
            "OBD": set_to_zero(net, (np.diag(H) * w**2).argmin()),
            "OBS": obs_xor(net).net}


# %%
nets = {"all nine": net, **one_removed(net)}
for name, n in nets.items():
    z = n.forward(x)[:, 0]
    print(f"{name:<10} outputs {np.round(z, 2)}, right: {n.accuracy(x, y):.0%}")

# %%
side = np.linspace(-0.25, 1.25, 60)
points = np.array([[s, t] for t in side for s in side])
figure, panels = plt.subplots(1, 4, figsize=(10, 3), layout="constrained", sharey=True)
for axes, (name, n) in zip(panels, nets.items()):
    z = n.forward(points).reshape(60, 60)
    picture = axes.contourf(side, side, z, levels=np.linspace(-1, 2, 13),
                            cmap=OUTPUTS, extend="both")
    axes.contour(side, side, z, levels=[0.5], colors="black", linewidths=1.5)
    axes.scatter(*x.T, c=[CLASS_FACES[c] for c in y], edgecolors="black", s=70)
    axes.set(title=f"{name}: {n.accuracy(x, y):.0%} right", xlabel="input 1")
panels[0].set_ylabel("input 2")
figure.colorbar(picture, ax=list(panels), label="output; the black line is at 1/2")
figure.suptitle("XOR: full points are class 1, hollow ones class 0")
show(figure, "07_xor")

# %% [markdown]
# One net is an anecdote. Train from a dozen seeds, keep those that reach zero error, and count.

# %%
minima = [n for n in map(train_xor, range(12)) if n.loss(x, y) < 1e-12]
solved = {"magnitude": 0, "OBD": 0, "OBS": 0}
for n in minima:
    for name, pruned in one_removed(n).items():
        solved[name] += pruned.accuracy(x, y) == 1
print(f"{len(minima)} nets at zero error; still right after one removal:", solved)
claim("most seeds reach zero error", len(minima) >= 8)
claim("OBS keeps all of them right", solved["OBS"] == len(minima))
claim("OBD does not", solved["OBD"] < solved["OBS"])
claim("nor does magnitude", solved["magnitude"] < solved["OBS"])

# %% [markdown]
# ## 5. Break it
#
# Reverse the sign of the update, and the others move the wrong way: the removal now costs more than no compensation
# at all.

# %%
wrong, alone = w + w[q] / Hinv[q, q] * Hinv[:, q], w.copy()
wrong[q] = alone[q] = 0
print("rise with the wrong sign:", rise(wrong - w), " with no other moving:",
      rise(alone - w), " right:", L_q)
claim("the wrong sign is worse than no compensation",
      rise(wrong - w) > rise(alone - w) > L_q)

# %% [markdown]
# And two inputs that are always equal, without damping: their rows of $H$ are equal, the rank is 2 of 3, and $H$ is
# singular. (Whatever the one weight gains, the other can lose: a flat direction.) The package refuses, and says what
# would help. `X[:, [0, 1, 1]]` takes the second column twice.

# %%
refused = False
try:
    nnprune.prune_obs(unit, X[:, [0, 1, 1]], X @ w, n_remove=1, damping=0)
except ValueError as error:
    refused = True
    print("ValueError:", error)
claim("a singular Hessian is refused", refused)

# %% [markdown]
# ## 6. When it fails
#
# The *choice* of OBS was right in every one of these nets. Its *prediction* was not:

# %%
r = obs_xor(net)
print(f"predicted rise {r.costs[0]:.1e}, measured {r.measured_rise:.1e}")
claim("the measured rise is far above the prediction",
      r.measured_rise > 10 * r.costs[0])

# %% [markdown]
# $H$ is flat in five of nine directions, so by the quadratic the weights may move there as far as they like, at no
# cost. They move far; and far from the minimum the loss is no quadratic any more. Two remedies, and both are used:
# more damping, which keeps $\Delta w$ short, and a new $H$ after every removal. Over 7,200 starts OBS does take a
# wrong weight now and then (`python -m nnprune.reproduce xor`).
#
# Its price is the other limit. $H$ has a row and a column for each weight: for the 266,610 parameters of the net
# 784-300-100-10 that is 570 GB. Lesson 09 does it layer by layer.
#
# ## 7. The capstone: OBS for a whole net, by you
#
# You know all of it now. Write it, with no code to copy: in `tutorials/exercises/07b_capstone.py` are three
# functions, about 25 lines in all.
#
# 1. `output_gradients`: the gradients $g_i$ of the output, one row a sample. No steps are needed: a net hands out the
#    gradient of its *loss*, which for one sample is $(z - y)\, g$. Which target $y$ makes that $g$ itself?
# 2. `remove_cheapest`: equation 5, for the parameters that are left. What is removed stays 0.
# 3. `obs`: gradients at the net as it is now, $H = \alpha I + \frac1n \sum g\, g^\top$, its inverse, one
#    removal; again.
#
# `python -m nnprune.exercises 07b` judges it: by small cases that you can redo by hand, and by a net that has learned
# MONK-1, which must keep its rule with 22 of its 58 parameters. Then run the file: it says how few are enough, and
# which rule is left. Lesson 08 tells the story of that rule.
#
# ## 8. Summary
#
# 1. To remove a weight is to go to a point where it is 0. The lowest such point is where an ellipse touches the line.
# 2. There the gradient is 0 in all free directions: $H \Delta w = -\nu\, e_q$. Solved, that is equation 5.
# 3. $L_q = w_q^2 / (2\,[H^{-1}]_{qq})$ is what a removal costs if all others compensate; it is exact for a quadratic.
# 4. At small errors $H$ is the mean of the $g_i g_i^\top$. Fewer samples than weights make it singular: damping.
# 5. In flat directions the weights move far, and the prediction fails there; recompute $H$ after each removal.
#
# ## 9. Questions
#
# <details><summary>1. Why can the OBS saliency of a weight never be larger than that of OBD?</summary>
#
# OBD's way, to set the weight to 0 and move nothing, is one of the points of the line. OBS takes the lowest point of
# the line, which is no higher. (So $1 / [H^{-1}]_{qq} \le h_{qq}$.) They are equal where the weight is coupled with
# none.
#
# </details>
#
# <details><summary>2. What does damping do to the five flat directions of XOR, and what to the other four?</summary>
#
# It adds $\alpha$ to all eigenvalues. 0 becomes $\alpha$: a long step there is no longer free. The other four are
# much larger than $\alpha$, and hardly change.
#
# </details>
#
# <details><summary>3. After one removal, may you cut row and column q out of the inverse and go on with it?</summary>
#
# No. Cut them out of $H$ and invert that. The inverse of a part is not the part of the inverse: that one would still
# let the others compensate with the weight that is gone. Or correct it first: column $j$ of $H^{-1}$ says how all
# weights move if weight $j$ is pulled. Where $q$ is held, take so much of column $q$ away from it that its entry $q$
# becomes 0, as equation 5 does with $w$. (An exercise asks for that; lesson 10 says what the shortcut costs.)
#
# </details>
#
# ## 10. On your own
#
# The answers are at the end of `tutorials/solutions/07_prune_by_obs.py`.
#
# 1. Which weight does OBS remove *next* from $w = (1.75, 0, 2)$? First cut row and column 2 out of $H$, then invert.
# 2. Find a $w$ for which all three methods take the same weight out of this $H$.
# 3. Show that for a diagonal $H$ OBS and OBD are one method, and for $H = cI$ magnitude pruning too.
# 4. Exercises: `python -m nnprune.exercises 07` checks your functions in `tutorials/exercises/07_prune_by_obs.py`.
#
# ## 11. Further reading
#
# - B. Hassibi, D. Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS 5, 1992.
# - Y. LeCun, J. Denker, S. Solla, "Optimal Brain Damage", NIPS 2, 1989.
# - In this package: `nnprune/pruning/obs.py` (the derivation, and what is done for larger nets) and
#   `nnprune/pruning/reference.py` (the slow, obvious version).
