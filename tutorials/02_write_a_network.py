# %% [markdown]
# # Write a network and its gradient by hand
#
# **What you'll do.** Send one sample forward through a net of three units with pencil and paper, and the error back.
# Then write both passes in twenty lines of NumPy, and prove on pictures of digits that the gradient is right.
#
# **What you'll learn.** What a layer computes, how the chain rule becomes three lines of code, why softmax and
# cross-entropy belong together, and how to check any gradient with two evaluations of the loss.
#
# **What you need.** Matrix products, the derivative and the chain rule. Lesson 01 for what the inputs are. New words
# are in `glossary.md`. Running time: 4 seconds. Length: 1,800 words.

# %%
import numpy as np

import nnprune
from nnprune.lesson import claim, draw_curves, draw_flow, draw_nets, load

small = nnprune.MLP((6, 5, 3), rng=0)
draw_nets("02_net", {"six inputs, five hidden units, three outputs": small})

# %% [markdown]
# ## 1. The idea
#
# A *unit* takes a weighted sum of its inputs, adds a *bias*, and bends the result by an *activation* $f$. Here $f$ is
# the relu, $f(z) = \max(z, 0)$. A *layer* is some units with the same inputs, and a *multi-layer perceptron* is some
# layers one behind the other. The last layer does not bend.
#
# To train it, one must know for each weight: if it grows a little, how much does the error grow? That is the
# *gradient*. The trick (*backpropagation*) is to walk through the net backwards, from the output, and to ask this first
# of the units. What a unit needs for its answer, the units of the next layer have already found.
#
# Do it by hand once. The net has two inputs, two hidden units and one output, and the error is $E = \frac12 (z - t)^2$
# for the output $z$ and the target $t$. In the code a sample is a row, and so are the weights of a unit: `W1[0]` are
# those of the first hidden unit, and `x @ W1.T` has a sum for each unit. (`@` is the matrix product, `.T` the
# transpose.)

# %%
W1, b1 = np.array([[1.0, -1.0], [0.5, 0.5]]), np.array([0.0, 0.5])
W2, b2 = np.array([[2.0, -1.0]]), np.array([0.5])
x, t = np.array([[1.0, 2.0]]), np.array([[0.5]])

z1 = x @ W1.T + b1  # (1, 2) (2, 2) -> (1, 2)
a1 = np.maximum(z1, 0)
z2 = a1 @ W2.T + b2  # (1, 2) (2, 1) -> (1, 1)
E = float((z2 - t)[0, 0] ** 2 / 2)
print("z1 =", z1, " a1 =", a1, " z2 =", z2, " E =", E)
claim("z1 by hand",
      z1.tolist() == [[-1, 2]])  # 1 * 1 - 1 * 2 + 0,  0.5 * 1 + 0.5 * 2 + 0.5
claim("a1 by hand: the first hidden unit is off",
      a1.tolist() == [[0, 2]])  # off: its sum is below 0, so its relu gives 0
claim("z2 by hand", z2.tolist() == [[-1.5]])  # 2 * 0 - 1 * 2 + 0.5
claim("the error by hand", E == 2)

# %% [markdown]
# Now backwards. Write $\delta$ for the derivative of $E$ with respect to a $z$.
#
# - The output: $\delta_2 = z_2 - t = -1.5 - 0.5 = -2$. If $z_2$ grows by a little, $E$ falls by twice as much.
# - The output's weights: the derivative of $z_2$ with respect to a weight is that weight's input. So those of $E$ are
#   $\delta_2\, a_1 = -2 \cdot (0, 2) = (0, -4)$. The first weight reads a unit that is off: it changes nothing.
# - The hidden units: the derivatives of $z_2$ with respect to $a_1$ are the weights, so those of $E$ are
#   $\delta_2 W_2 = -2 \cdot (2, -1) = (-4, 2)$. And $a_1$ grows with $z_1$ by the *slope* $f'(z_1)$: 0 for the unit
#   that is off, 1 for the other. So $\delta_1 = (0, 2)$.
# - The hidden units' weights: again $\delta$ times input. The first unit's are $0 \cdot (1, 2)$, the second's are
#   $2 \cdot (1, 2) = (2, 4)$.

# %%
delta2 = z2 - t
delta1 = (delta2 @ W2) * (z1 > 0)  # (1, 1) (1, 2) -> (1, 2)
dW2, db2 = delta2.T @ a1, delta2[0]
dW1, db1 = delta1.T @ x, delta1[0]
claim("delta of the output by hand", delta2.tolist() == [[-2]])
claim("delta of the hidden units by hand", delta1.tolist() == [[0, 2]])
claim("the output's weights by hand", dW2.tolist() == [[0, -4]])
claim("the hidden units' weights by hand", dW1.tolist() == [[0, 0], [2, 4]])

# %%
by_hand = nnprune.MLP.from_arrays([W1, W2], [b1, b2], loss="mse")
draw_flow("02_by_hand", by_hand, [x, a1, z2], [None, delta1, delta2])

# %% [markdown]
# ## 2. The formula
#
# The same for any layer and $n$ samples at once. One sample is one row. Weights are kept as $W$ of shape
# $(n_\text{out}, n_\text{in})$, one unit a row.
#
# | letter | meaning | shape |
# |---|---|---|
# | $a$ | input of the layer | $(n, n_\text{in})$ |
# | $W, b$ | weights, biases | $(n_\text{out}, n_\text{in})$, $(n_\text{out})$ |
# | $z$ | what comes out, before the activation | $(n, n_\text{out})$ |
# | $\delta$ | $\partial E / \partial z$ | $(n, n_\text{out})$ |
#
# Forward, for sample $i$ and unit $j$:
#
# $$ z_{ij} = \sum_k W_{jk}\, a_{ik} + b_j , \qquad\text{that is}\qquad z = a W^\top + b . $$
#
# Backward. $W_{jk}$ plays a part in $z_{ij}$ for every sample $i$ and in no other, and there
# $\partial z_{ij} / \partial W_{jk} = a_{ik}$. The chain rule adds up over the samples:
#
# $$ \frac{\partial E}{\partial W_{jk}} = \sum_i \delta_{ij}\, a_{ik} , \qquad\text{that is}\qquad
#    \frac{\partial E}{\partial W} = \delta^\top a , \qquad \frac{\partial E}{\partial b_j} = \sum_i \delta_{ij} . $$
#
# $a_{ik}$ plays a part in $z_{ij}$ for every unit $j$, with $\partial z_{ij} / \partial a_{ik} = W_{jk}$. The chain
# rule adds up over the units. One step further back, $a = f(z_\text{before})$ brings in the slope (the star is a
# product entry by entry):
#
# $$ \frac{\partial E}{\partial a} = \delta\, W , \qquad\qquad
#    \delta_\text{before} = (\delta\, W) * f'(z_\text{before}) . $$
#
# These are equations 4 to 7 of Rumelhart, Hinton & Williams (1986). The relu's slope is 1 where $z_\text{before} > 0$
# and 0 elsewhere. That is where $a > 0$, so the code needs no $z_\text{before}$.
#
# ## 3. Where delta begins
#
# For digits the net has ten outputs $z_k$, one a class. *Softmax* makes probabilities of them, and the *cross-entropy*
# is the logarithm of what the right class $y$ got, with the sign reversed:
#
# $$ p_k = \frac{e^{z_k}}{\sum_j e^{z_j}} , \qquad E = -\log p_y = -z_y + \log \sum_j e^{z_j} . $$
#
# Differentiate the last form. With $t_k = 1$ for $k = y$ and 0 otherwise (a *one-hot* target),
#
# $$ \frac{\partial E}{\partial z_k} = -t_k + \frac{e^{z_k}}{\sum_j e^{z_j}} = p_k - t_k , $$
#
# the plain difference, as for the squared error (Bridle 1990). The loss of $n$ samples is the mean of theirs, so that
#
# $$ \delta = \frac{1}{n}\,(p - t) . $$
#
# The loss decides only this first $\delta$; all the rest of the way back is the same. What `MLP(loss=...)` knows:
#
# | loss | what the outputs are for | $\delta$ |
# |---|---|---|
# | `"cross_entropy"` | one output a class, softmax makes $p$ of them | $(p - t) / n$ |
# | `"binary_cross_entropy"` | one output for two classes, $p = 1 / (1 + e^{-z})$ is that of class 1 | $(p - y) / n$ |
# | `"mse"` | numbers: the outputs themselves are the answer, $E$ is the mean of $\frac12 (z - y)^2$ | $(z - y) / n$ |
#
# By hand: $z = (\log 1, \log 2, \log 1)$ gives $p = (\frac14, \frac24, \frac14)$. If class 0 is right, then
# $E = \log 4$ and $\delta = (-\frac34, \frac12, \frac14)$.


# %%
def softmax(z):
    """Probabilities: each row of z (n, c) becomes positive and adds up to 1."""
    # the same taken from all z_k changes no p_k, and nothing overflows;
    # keepdims keeps the column, (n, 1), so that each row loses its own maximum
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


p = softmax(np.log([[1.0, 2.0, 1.0]]))
claim("softmax by hand", np.allclose(p, [[0.25, 0.5, 0.25]]))
claim("delta by hand", np.allclose(p - [[1, 0, 0]], [[-0.75, 0.5, 0.25]]))
claim("nothing overflows",
      softmax(np.array([[1000.0, 0.0]])).tolist() == [[1, 0]])

# %% [markdown]
# ## 4. Twenty lines
#
# Both passes for any number of relu layers. They must give what the hand gave, and what the package gives.


# %%
def naive_forward(weights, biases, x):
    """The input of every layer, and the output z."""
    inputs = [x]
    for W, b in zip(weights, biases):
        z = inputs[-1] @ W.T + b  # (n, n_in) (n_in, n_out) -> (n, n_out)
        inputs.append(np.maximum(z, 0))
    return inputs[:-1], z  # the output is not bent


def naive_backward(weights, inputs, delta):
    """The gradient as one vector: layer by layer, weights before biases."""
    g = []
    for W, a in zip(reversed(weights), reversed(inputs)):
        # (n_out, n) (n, n_in) -> (n_out, n_in); in front of the later layers' g
        g = [(delta.T @ a).ravel(), delta.sum(axis=0), *g]
        delta = (delta @ W) * (a > 0)  # (n, n_out) (n_out, n_in) -> (n, n_in)
    return np.concatenate(g)


inputs, z = naive_forward([W1, W2], [b1, b2], x)
g = naive_backward([W1, W2], inputs, z - t)
print("gradient by the code:", g)
claim("the code gives the gradient of the hand",
      np.array_equal(g, np.concatenate([dW1.ravel(), db1, dW2.ravel(), db2])))
net = nnprune.MLP.from_arrays([W1, W2], [b1, b2], activation="relu", loss="mse")
claim("and so does the package", np.allclose(g, net.gradient(x, t)))

# %% [markdown]
# ## 5. Real data
#
# A net for pictures: 784 inputs, 100 hidden units, 10 outputs, with random weights. It knows nothing yet, so every
# class gets about 1/10, and the loss is about $\log 10 \approx 2.3$. That is the first thing to look at in a new net.

# %%
data = load(150, 100)
# float64: this lesson compares many digits
x, y = data.x_train[:150].astype(np.float64), data.y_train[:150]
net = nnprune.MLP((784, 100, 10), activation="relu", rng=0)
print(net)
print(
    f"loss {net.loss(x, y):.3f}, log 10 = {np.log(10):.3f}; accuracy "
    f"{net.accuracy(x, y):.0%}"
)
claim("a new net's loss is about log 10", abs(net.loss(x, y) - np.log(10)) < 0.1)
claim("a new net knows nothing", net.accuracy(x, y) < 0.4)

inputs, z = naive_forward(net.weights, net.biases, x)
# row y of the unit matrix is the one-hot target
delta = (softmax(z) - np.eye(10)[y]) / len(x)
g = naive_backward(net.weights, inputs, delta)
claim("our forward pass is the package's", np.allclose(z, net.forward(x)))
claim("our gradient is the package's", np.allclose(g, net.gradient(x, y)))

# %% [markdown]
# $\partial E / \partial W = \delta^\top a$ says something about the dead pixels of lesson 01: where an input is always
# 0, so is the derivative of all its weights.

# %%
dead = (x == 0).all(axis=0)
dW1 = g[:78_400].reshape(100, 784)
print(f"{dead.sum()} inputs are 0 in all {len(x)} pictures")
claim("there are dead inputs", dead.sum() > 10)
claim("the derivatives of their weights are 0", not dW1[:, dead].any())

# %% [markdown]
# ## 6. Check it
#
# Two programs that agree may share a mistake. This check knows nothing of backpropagation: go a little way $h$ along
# some direction $v$, once forward and once back, and look how much the loss changes. If $g$ is the gradient, then
#
# $$ \frac{E(\theta + h v) - E(\theta - h v)}{2 h} = g^\top v + O(h^2) , $$
#
# where $\theta$ are all weights and biases as one vector (Press et al., "Numerical Recipes", section 5.7). To check all
# 79,510 entries one by one takes 159,020 evaluations of the loss. One *random* direction takes two and sees them all:
# an error $e$ in $g$ goes unnoticed only if $e^\top v = 0$, which for a random $v$ has probability 0.


# %%
def slope_along(net, v, h, x=x):
    """The change of the loss per step along v, by a central difference."""
    E, theta = [], net.parameters()
    for step in (h, -h):
        moved = net.copy()
        moved.set_parameters(theta + step * v)
        E.append(moved.loss(x, y))
    return (E[0] - E[1]) / (2 * h)


rng = np.random.default_rng(0)
V = rng.standard_normal((5, g.size))
V /= np.linalg.norm(V, axis=1, keepdims=True)  # five directions of length 1


def error_of(g, net, h=1e-6, x=x):
    """How far g is from the slopes along five directions, as a share."""
    slopes = np.array([slope_along(net, v, h, x) for v in V])
    return np.linalg.norm(V @ g - slopes) / np.linalg.norm(slopes)


print(f"error of the gradient: {error_of(g, net):.1e}")
claim("the net has 79,510 parameters", net.parameters().size == 79_510)
claim("the gradient passes the check", error_of(g, net) < 1e-4)

# %% [markdown]
# How small should $h$ be? Too large, and the loss is no straight line over the step: the error grows as $h^2$. Too
# small, and $E(\theta + hv)$ and $E(\theta - hv)$ agree in nearly all their digits, so that little more than rounding
# is left of the difference: the error grows as $1/h$. With samples in float32, which has 7 digits instead of 16,
# rounding wins much earlier. This is why gradients are checked in float64.

# %%
steps = 10.0 ** np.arange(-9, 0.5)
tanh = nnprune.MLP((784, 100, 10), activation="tanh", rng=0)
curves = {
    "tanh": [error_of(tanh.gradient(x, y), tanh, h) for h in steps],
    "relu": [error_of(g, net, h) for h in steps],
    "tanh, samples in float32": [
        error_of(tanh.gradient(x, y), tanh, h, x.astype(np.float32)) for h in steps
    ],
}

# %%
draw_curves("02_step", steps, curves, xscale="log", yscale="log",
            xlabel="step $h$", ylabel="error, as a share of the slope",
            title="Too large a step, and too small a one")

# by the exponent of h
at = {name: dict(zip(range(-9, 1), errors)) for name, errors in curves.items()}
claim("a tenth of the step, a hundredth of the error",
      30 < at["tanh"][-1] / at["tanh"][-2] < 300)
claim("too small a step is worse", at["tanh"][-9] > 10 * at["tanh"][-4])
claim("with float32 rounding wins earlier",
      at["tanh, samples in float32"][-5] > 100 * at["tanh"][-5])
claim("the relu's corners disturb long steps", at["relu"][-1] > 10 * at["tanh"][-1])

# %% [markdown]
# The relu's curve bends up at smaller steps: on the way some units pass the corner of their relu, and more of them on a
# longer way.
#
# ## 7. Break it
#
# Leave the slope out, the commonest mistake. Nothing crashes, all shapes fit. Does the net still learn?


# %%
def without_slope(weights, inputs, delta):
    """naive_backward with the slope forgotten."""
    g = []
    for W, a in zip(reversed(weights), reversed(inputs)):
        g = [(delta.T @ a).ravel(), delta.sum(axis=0), *g]
        delta = delta @ W
    return np.concatenate(g)


wrong = without_slope(net.weights, inputs, delta)
student = net.copy()
for _ in range(30):  # 30 steps downhill, as the wrong gradient sees it
    inputs, z = naive_forward(student.weights, student.biases, x)
    delta = (softmax(z) - np.eye(10)[y]) / len(x)
    student.set_parameters(
        student.parameters() - 0.2 * without_slope(student.weights, inputs, delta)
    )
print(f"error of the wrong gradient: {error_of(wrong, net):.2f}")
print(
    f"loss before {net.loss(x, y):.2f}, after 30 wrong steps {student.loss(x, y):.2f}"
)
claim("the check notices the missing slope", error_of(wrong, net) > 0.1)
claim("the wrong gradient learns all the same",
      student.loss(x, y) < net.loss(x, y) - 0.5)

# %% [markdown]
# It learns! The last layer's part of the gradient is right, and the rest points downhill often enough. So a falling
# loss proves nothing about a gradient. The check does: it is off by a large share, where the right one is off by less
# than $10^{-4}$.
#
# ## 8. When it fails
#
# The relu has no derivative at its corner. At $z = 0$ this package takes 0; the central difference looks to both sides
# and finds the mean, 1/2. Neither is wrong, and they do not agree. On real data hardly a unit sits exactly on its
# corner, but a long step may cross one. A check that fails for a relu net should be made again with a smaller step, or
# with tanh.

# %%
# z1 = 0 * x, then a relu, then times 1
corner = nnprune.MLP.from_arrays([[[0.0]], [[1.0]]], loss="mse")
one, minus_one = np.array([[1.0]]), np.array([-1.0])
up, down = corner.copy(), corner.copy()
up.set_parameters([1e-6, 1.0])
down.set_parameters([-1e-6, 1.0])
middle = (up.loss(one, minus_one) - down.loss(one, minus_one)) / 2e-6
print(
    f"backpropagation says {corner.gradient(one, minus_one)[0]:g}, the central "
    f"difference {middle:.3f}"
)
claim("backpropagation takes 0 at the corner", corner.gradient(one, minus_one)[0] == 0)
claim("the central difference finds 1/2", abs(middle - 0.5) < 1e-3)

# %% [markdown]
# ## 9. Summary
#
# 1. A layer computes $z = a W^\top + b$ and applies $f$. The last layer applies none.
# 2. Backwards: $\partial E / \partial W = \delta^\top a$, the bias's is the sum of $\delta$, and
#    $\delta_\text{before} = (\delta W) * f'$.
# 3. The loss decides only the first $\delta$. For softmax with cross-entropy it is $(p - t) / n$.
# 4. Any gradient is checked by a central difference along a random direction, in float64.
# 5. A falling loss proves nothing: a net learns with a wrong gradient too.
#
# ## 10. Questions
#
# <details><summary>1. Why is the derivative of a weight into an off relu unit 0?</summary>
#
# The slope $f'$ there is 0, so $\delta$ is 0: a small change of the weight leaves the unit off.
#
# </details>
#
# <details><summary>2. Why are two evaluations of the loss enough to check 79,510 derivatives?</summary>
#
# A random direction has a part along every parameter. An error $e$ stays unseen only if $e^\top v = 0$, which has
# probability 0.
#
# </details>
#
# <details><summary>3. What would change with ten outputs and a squared error?</summary>
#
# Only where $\delta$ begins: $(z - y) / n$ instead of $(p - t) / n$.
#
# </details>
#
# ## 11. On your own
#
# The answers are at the end of `tutorials/solutions/02_write_a_network.py`.
#
# 1. Give the small net of section 1 the input $(2, 1)$ instead, by hand: both units are on now. Check it with the code.
# 2. Start with *all* weights and biases 0. What are the hidden units' derivatives, and what happens in training? Why
#    must the first weights be random?
# 3. Divide by $n$ twice, or not at all. Does the check notice? Does the training?
# 4. Write tanh for the relu into `naive_forward` and `naive_backward`: its slope is $1 - a^2$. Check it.
# 5. Exercises: `python -m nnprune.exercises 02` checks your functions in `tutorials/exercises/02_write_a_network.py`.
#
# ## 12. Further reading
#
# - D. Rumelhart, G. Hinton, R. Williams, "Learning representations by back-propagating errors", Nature 323, 1986.
# - J. Bridle, "Probabilistic interpretation of feedforward classification network outputs", Neurocomputing, 1990.
# - In this package: `nnprune/nn/backprop.py` (both passes), `nnprune/nn/activations.py` and `nnprune/nn/losses.py`
#   (each function beside its derivative), `nnprune/nn/mlp.py`.
