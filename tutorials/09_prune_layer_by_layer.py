# %% [markdown]
# # Prune layer by layer, and know what it costs
#
# **What you'll do.** Remove half the weights of a layer by hand; then most of a real net's, by layer-wise Optimal Brain
# Surgeon (L-OBS), and find its predicted cost equal to the measured one, to eight digits.
#
# **What you'll learn.** Why the error of a *layer* is exactly quadratic, while the loss of the net is not; what dead
# pixels do to the Hessian, and what damping costs; how far the promise of a layer reaches at the output.
#
# **What you need.** Lesson 07 (the formulas of OBS). New words are in `glossary.md`. Running time: 7 seconds.
# Length: 1,700 words.

# %%
import warnings

import numpy as np

import nnprune
from nnprune.hessian import input_hessian
from nnprune.lesson import COLOURS, claim, draw_curves, load, plt, show

# %%
data = load(3500, 500)
x, y = data.x_train[:3000].astype(float), data.y_train[:3000]
x_valid, y_valid = data.x_train[3000:].astype(float), data.y_train[3000:]
net = nnprune.MLP((784, 20, 20, 10), rng=0)
nnprune.train(net, x.astype(np.float32), y, epochs=10, batch_size=64)
claim("the net has learned", net.accuracy(x_valid, y_valid) > 0.8)


def layer_error(W_new, W, A):
    """Half the mean squared change of the pre-activations."""
    return float(np.sum((A @ (W_new - W).T) ** 2)) / (2 * len(A))


# The first layer: its inputs, and its weights. The bias is the weight of one more
# input, which is always 1.
A = np.column_stack([x, np.ones(len(x))])
C = np.column_stack([net.weights[0], net.biases[0]])
change = np.random.default_rng(0).normal(size=C.shape) * C.std()
steps, errors, losses = np.linspace(0, 3, 13), np.empty(13), np.empty(13)
for k, t in enumerate(steps):
    moved = net.copy()
    moved.weights[0] += t * change[:, :-1]
    moved.biases[0] += t * change[:, -1]
    errors[k] = layer_error(C + t * change, C, A)
    losses[k] = moved.loss(x, y) - net.loss(x, y)

# %%
draw_curves("09_quadratic", steps,
            # steps[4] is t = 1
            {"$t^2$": steps**2, "error of the layer": errors / errors[4],
             "rise of the net's loss": losses / losses[4]},
            colours=(0, 3, 4), xlabel="t, how far along the change",
            ylabel="rise, 1 at t = 1", title="Quadratic, and not quadratic")

# %% [markdown]
# ## 1. The idea
#
# Full OBS has two troubles (lesson 07): its quadratic is only a model of the loss, and its $H$ has a row for each
# parameter of the net. Ask for less: each layer, for itself, is to keep its
# *pre-activations*, the sums before the activation function, as they are. Not the loss but the squared change of those
# sums is the error. A sum is linear in the weights, so its squared change is a quadratic, and no model is needed.
#
# The picture shows it. It took a net that reads digits and a change $\Delta W$ of its first layer, and went $t$ times
# that far. The layer's error is $t^2$ times the error at $t = 1$, at any distance; the loss
# of the net is no such multiple.

# %%
claim("the layer's error is exactly quadratic",
      np.allclose(errors, steps**2 * errors[4]))
claim("the loss is not", abs(losses[-1] / losses[4] / steps[-1] ** 2 - 1) > 0.1)

# %% [markdown]
# ## 2. The formula
#
# Let $A$ be the layer's inputs, one sample a row, and $C$ its weights, one unit a row; $\hat C$ are the new weights,
# and $c_i$, $\hat c_i$ the rows. Then (Dong, Chen & Pan 2017, eq. 1, with a factor 1/2 that makes $H$ the second
# derivative)
#
# $$ E = \frac1{2n} \| A \hat C^\top - A C^\top \|_F^2 = \sum_i \tfrac12\, (\hat c_i - c_i)^\top H\, (\hat c_i - c_i) ,
# \qquad\qquad H = \frac1n A^\top A . $$
#
# $\|M\|_F^2$ is the sum of the squares of all entries. So there is one summand a unit; units do not meet. And every
# unit has *the same* $H$, since it is made of the inputs alone: no labels, no weights, no later layers. The formulas of
# OBS (Hassibi & Stork 1992, eq. 5) hold as they are, unit by unit, and now they hold exactly:
#
# $$ L_q = \frac{w_q^2}{2\,[H^{-1}]_{qq}} , \qquad\qquad \Delta w = -\frac{w_q}{[H^{-1}]_{qq}}\, H^{-1} e_q . $$

# %%
H = A.T @ A / len(A)
claim("H is the package's", np.allclose(input_hessian(x), H))
print(
    "rows of H, layer by layer:", [W.shape[1] + 1 for W in net.weights],
    "for the whole net:", net.parameters().size)
claim("the error is the sum over the units",
      np.isclose(layer_error(C + change, C, A), sum(d @ H @ d / 2 for d in change)))

# %% [markdown]
# ## 3. By hand
#
# A layer of two units and three inputs, without biases, and four samples. $H$ is that of lesson 07. Remove three of
# the six weights, each time the cheapest of both units:
#
# | removed | unit 1 | unit 2 | the cheapest now, and its $L_q$ |
# |---|---|---|---|
# | 0 | (1, 1.5, 1.25) | (2, -0.5, 0.75) | $w_2$ of unit 2: $0.5^2 / (2 \cdot 2) = 1/16$ |
# | 1 | as before | (1.75, 0, 0.5) | $w_3$ of unit 2: $H$ without input 2 is diagonal, so $2 \cdot 0.5^2 / 2 = 1/4$ |
# | 2 | as before | (1.75, 0, 0) | $w_2$ of unit 1: $1.5^2 / (2 \cdot 2) = 9/16$ |
# | 3 | (1.75, 0, 2) | as before | |
#
# In the program each unit's inverse is that of $H$ without the rows and columns of what the unit has lost. Set them to
# 0, and `np.linalg.pinv` inverts the rest and leaves them 0, up to rounding. The inverses of all units are stacked,
# (units, inputs, inputs); `np.diagonal(..., axis1=1, axis2=2)` takes the diagonal of each, (units, inputs).


# %%
def naive_lobs(W, H, n_remove):
    """Exact L-OBS, each inverse recomputed: the new weights, the costs."""
    W, mask, costs = W.copy(), np.ones(W.shape, bool), []
    for _ in range(n_remove):
        Hinv = np.array([np.linalg.pinv(H * np.outer(m, m)) for m in mask])
        diagonal = np.where(mask, np.diagonal(Hinv, axis1=1, axis2=2), 1)
        L = np.where(mask, W**2, np.inf) / (2 * diagonal)  # (units, inputs)
        i, q = np.unravel_index(L.argmin(), L.shape)  # the cheapest of the layer
        mask[i, q] = False
        W[i] = mask[i] * (W[i] - W[i, q] / Hinv[i, q, q] * Hinv[i, q])
        costs.append(L[i, q])
    return W, costs


# %%
X = np.array([[2.0, 2, 2], [2, 2, 0], [2, 0, -2], [2, 0, 0]])
W = np.array([[1.0, 1.5, 1.25], [2.0, -0.5, 0.75]])
claim("H is that of lesson 07",
      np.allclose(X.T @ X / 4, [[4, 2, 0], [2, 2, 1], [0, 1, 2]]))
W_new, costs = naive_lobs(W, X.T @ X / 4, 3)
print(W_new, np.round(costs, 6))
claim("the weights of the table", np.allclose(W_new, [[1.75, 0, 2], [1.75, 0, 0]]))
claim("the costs of the table", np.allclose(costs, [1 / 16, 1 / 4, 9 / 16]))
claim("what was promised is what it costs",
      np.isclose(layer_error(W_new, W, X), sum(costs)))

r = nnprune.prune_lobs(nnprune.MLP.from_arrays([W]), X, sparsity=0.5, damping=0)
claim("the package removes the same, as layer, unit, input",
      r.removed.tolist() == [[0, 1, 1], [0, 1, 2], [0, 0, 1]])
claim("and leaves the same", np.allclose(r.net.weights[0], W_new))
claim("at the same costs", np.allclose(r.costs, costs))
E_of_the_paper = np.sum((X @ (W_new - W).T) ** 2) / 4  # without the 1/2
claim("the paper's E is twice as large", np.isclose(E_of_the_paper, 2 * sum(costs)))

# %% [markdown]
# Mind the factors when you read others. Dong et al. write $E$ without the 1/2 and $L_q$ as above: their $L_q$ is
# *half* of what their $E$ rises by. The order of removals is the same, the prediction is not.
#
# ## 4. Digits, and the promise kept
#
# Now the net from section 1, all layers, nine of ten weights. L-OBS sees 3,000 pictures and none of their labels. It
# ranks the weights of all layers together by $L_q$, and adds up what each removal has cost.
#
# `damping` adds a share of its diagonal to each $H$, $\lambda_j = \text{damping} \cdot H_{jj}$; section 5 says why.
# With it, what is minimised is $E + \frac12 \sum_{ij} \lambda_j (\hat C_{ij} - C_{ij})^2$, a quadratic too. So the sum
# of the costs is the measured error plus the second term, and nothing else. On 14,000 removals that is a test of all of
# the above.

# %%
levels = [0.5, 0.7, 0.8, 0.9, 0.95]
results = nnprune.prune_lobs(net, x, sparsity=levels, damping=1e-4)
nine_tenths = results[3]
C_new = np.column_stack([nine_tenths.net.weights[0], nine_tenths.net.biases[0]])
in_first = nine_tenths.removed[:, 0] == 0
promised = nine_tenths.costs[in_first].sum()
lambda_ = 1e-4 * np.diag(H)
measured, extra = layer_error(C_new, C, A), np.sum(lambda_ / 2 * (C_new - C) ** 2)
print(
    f"layer 1: {in_first.sum():,} weights removed, promised {promised:.10f}\n"
    f"         measured {measured:.10f} + damping's part {extra:.10f} = "
    f"{measured + extra:.10f}"
)
claim("nine tenths are gone",
      len(nine_tenths.removed) == round(0.9 * net.n_weights) > 14_000)
claim("the promise is kept to eight digits",
      np.isclose(promised, measured + extra, rtol=1e-8))
claim("damping's part is small", extra < 0.05 * measured)
accuracy = nine_tenths.net.accuracy(x_valid, y_valid)
print(
    f"right in validation: {net.accuracy(x_valid, y_valid):.1%} dense, "
    f"{accuracy:.1%} with a tenth of the weights"
)
claim("a tenth of the weights does nearly as well",
      accuracy > net.accuracy(x_valid, y_valid) - 0.05)

# %% [markdown]
# A tenth of the weights is left, and nothing was trained again. (Damping's part leaves out the weights of *dead*
# inputs, see below. `nnprune.certify(net, result, x)` does this accounting for every layer.)
#
# ## 5. Dead pixels, a singular H, and damping
#
# The corners of the pictures are always black. A pixel that is 0 in all pictures has a row of zeros in $H$, and $H$ no
# inverse. In all 60,000 training pictures of MNIST there are 67 of 784; in fewer pictures there are more. Their weights
# have no effect, so they cost nothing, and the package removes them first.

# %%
dead = np.flatnonzero((x == 0).all(axis=0))
print(len(dead), "dead pixels in these pictures")
if data.name == "mnist":
    claim("67 pixels of MNIST are dead",
          (nnprune.load_mnist(download=False).x_train == 0).all(axis=0).sum() == 67)
claim("there are dead pixels", len(dead) >= 20)
free = nine_tenths.removed[:20 * len(dead)]  # each has a weight to each of the 20 units
claim("their weights go first", set(free[:, 2]) == set(dead))
claim("at no cost", not nine_tenths.costs[:20 * len(dead)].any())

# %% [markdown]
# Without them $H$ is still singular. Take two pixels at the edge that are lit in one picture only, the same one: one is
# a multiple of the other, and so are their rows of $H$. The eigenvalues count all such cases: each that is 0 is a
# direction in which the weights can go as far as they like, and no pre-activation on these pictures changes.
#
# `first` is the first layer as a net of its own, with ten of its 20 units: they do not share weights, so ten are enough
# to try.

# %%
first = nnprune.MLP.from_arrays([net.weights[0][:10]], [net.biases[0][:10]])
once = np.flatnonzero((x > 0).sum(axis=0) == 1)
# at most so many in the same picture
shared = np.bincount(x[:, once].argmax(axis=0)).max()
values = np.linalg.eigvalsh(H)[::-1]
# what is smaller is rounding
rank = int((values > 785 * np.finfo(float).eps * values[0]).sum())
print(
    f"{len(once)} pixels are lit in one picture only, up to {shared} in the same; "
    f"rank {rank} of 785"
)
claim("two pixels at least are lit in the same single picture", shared >= 2)
claim("H is singular without the dead ones, too", rank < 785 - len(dead))
try:
    nnprune.prune_lobs(first, x, sparsity=0.9, damping=0)
except ValueError as error:
    print("ValueError:", error)
else:
    claim("a singular Hessian must be refused", False)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
brightness = np.where(np.diag(H)[:784] > 0, np.diag(H)[:784], np.nan).reshape(28, 28)
left.set_facecolor(COLOURS[4])
picture = left.imshow(np.log10(brightness), cmap="gray")
left.set(
    title="the diagonal of H; vermilion: dead", xlabel="column of the picture",
    ylabel="row")
figure.colorbar(picture, ax=left, label="log10 of the mean square")
right.semilogy(
    np.maximum(values, 1e-18), color=COLOURS[6], label="H (0 drawn as $10^{-18}$)"
)
damped = np.linalg.eigvalsh(H + np.diag(lambda_))[::-1]
right.semilogy(np.maximum(damped, 1e-18), color=COLOURS[1], label="H + 0.0001 diag H")
right.set(title="Eigenvalues", xlabel="number, largest first", ylabel="eigenvalue")
right.legend()
show(figure, "09_dead_pixels")

# %% [markdown]
# *Damping* adds to every entry of the diagonal a share of itself, and no eigenvalue of a live pixel is 0 any more. (The
# largest eigenvalue over the smallest is the *condition number*: the larger, the more digits an inversion loses.) A
# share by column, since a fixed number would mean something else for brighter pictures, and one number for all columns
# would bury the dark pixels: in whatever unit each input is measured, the result is the same. Its price is the second
# term of section 4. How much is too much?

# %%
def first_error(pruned, A):
    """The layer error of the ten units."""
    return layer_error(
        np.column_stack([pruned.weights[0], pruned.biases[0]]), C[:10], A
    )


# %%
shares = [1e-6, 1e-4, 1e-2, 1, 100]
# what `prune_lobs` warns of is printed below
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    trials = [
        nnprune.prune_lobs(first, x, sparsity=0.9, damping=s, first_hessian=H)
        for s in shares
    ]
    # Very large damping, on the layer of section 3:
    r = nnprune.prune_lobs(nnprune.MLP.from_arrays([W]), X, sparsity=0.5, damping=1e9)
errors = [first_error(r.net, A) for r in trials]
for s, trial, error in zip(shares, trials, errors):
    print(
        f"damping {s:<7g} error {error:8.4f}   promised, with damping's part "
        f"{trial.costs.sum():8.4f}"
    )
magnitude = first_error(nnprune.prune_magnitude(first, sparsity=0.9).net, A)
print(f"magnitude pruning  {magnitude:10.4f}")
print(*{f"a warning: {w.message}" for w in caught}, sep="\n")

# %%
claim("from 1e-6 to 1e-2 damping makes no difference",
      max(errors[:3]) < 1.2 * min(errors[:3]))
claim("as much as H itself is expensive", errors[3] > 1.5 * errors[1])
claim("a hundred times it much more so", errors[4] > 4 * errors[1])
claim("magnitude is worse still", magnitude > errors[4])
claim("very large damping ranks by H_jj w^2, as OBD",
      r.removed[:, 1:].tolist() == [[1, 1], [1, 2], [0, 2]])
claim("and moves nothing",
      np.allclose(r.net.weights[0], [[1, 1.5, 0], [2, 0, 0]], atol=1e-6))

# %% [markdown]
# A little costs nothing that one could see; as much as $H$ itself is expensive. With very large damping nearly
# nothing but the diagonal is left of $H$, and then OBS *is* OBD: the weights of the smallest $H_{jj} w^2$ go, none
# moves.
#
# ## 6. What does it promise for the output?
#
# Each layer keeps its sums. What becomes of the output $Z$, when all layers err a little? Theorem 3.2 of Dong, Chen &
# Pan (2017) says for a net of $L$ layers
#
# $$ \frac1{\sqrt n} \|\hat Z - Z\|_F \;\le\; \sum_{k=1}^{L-1} \Big(\prod_{l=k+1}^{L} \|\hat W_l\|_F\Big)
# \sqrt{\delta E_k} + \sqrt{\delta E_L} , $$
#
# with the pruned weights $\hat W_l$, and $\delta E_k = 2E$ of layer $k$ on the inputs of the *unpruned* net. The error
# of a layer passes through the later ones, and each stretches it by its norm at most; relu does not stretch at all.


# %%
def naive_bound(net, pruned, x):
    """The right-hand side of Theorem 3.2, layer by layer."""
    bound = 0.0
    for l, A in enumerate(net.layer_inputs(x)[0]):
        dW, db = pruned.weights[l] - net.weights[l], pruned.biases[l] - net.biases[l]
        own = np.linalg.norm(A @ dW.T + db) / np.sqrt(len(x))  # sqrt(delta E_l)
        bound = bound * np.linalg.norm(pruned.weights[l]) + own
    return bound


# %%
bounds = np.array([naive_bound(net, r.net, x) for r in results])
at_output = np.array(
    [
        np.linalg.norm(r.net.forward(x) - net.forward(x)) / np.sqrt(len(x))
        for r in results
    ]
)
for level, bound, error in zip(levels, bounds, at_output):
    print(
        f"{level:.0%} removed: output error {error:.3f}, bound {bound:.2f}, "
        f"{bound / error:.0f} times as large"
    )
claim("the bound holds", (at_output <= bounds).all())
claim("and is more than five times too large", (bounds > 5 * at_output).all())
certificate = nnprune.certify(net, nine_tenths, x)
claim("the package's bound is ours", np.isclose(certificate.bound, bounds[3]))
claim("and so is its error", np.isclose(certificate.output_error, at_output[3]))

# %%
size = np.linalg.norm(net.forward(x)) / np.sqrt(len(x))
draw_curves("09_bound", levels,
            {"bound of Theorem 3.2": bounds, "error at the output": at_output},
            level={"size of the output itself": size}, colours=(4, 3), yscale="log",
            xlabel="share of the weights removed", title="A loose bound",
            ylabel=r"size: $\|\cdot\|_F / \sqrt{n}$")
claim("at the end the bound says nothing", bounds[-1] > size)

# %% [markdown]
# It always holds, and it says little: above the dashed line it would hold for a net that answers 0 to everything. A
# layer stretches an error by its largest singular value at most, and mostly by much less; the Frobenius norm is the
# root of the sum of the squares of all of them.
#
# ## 7. Break it
#
# Remove just the weights that L-OBS has removed, without compensation. That is worse than magnitude
# pruning. L-OBS takes large weights out, too, if others can do their work. Its choice and its update belong together.

# %%
chosen, alone = trials[1].net, first.copy()
alone.weights[0] = np.where(chosen.masks[0], first.weights[0], 0)
print(
    f"error of the layer: {first_error(chosen, A):.2f}, without the update "
    f"{first_error(alone, A):.2f}, "
    f"by magnitude {magnitude:.2f}"
)
claim("without the update the error is more than ten times as large",
      first_error(alone, A) > 10 * first_error(chosen, A))
claim("and larger than by magnitude", first_error(alone, A) > magnitude)

# %% [markdown]
# ## 8. When it fails
#
# The promise is about the pictures that $H$ was made of. Take 100, fewer than there are pixels. $H$ has rank 100 at
# most, so most weights cost next to nothing: on *these* pictures. On others the error is much larger.

# %%
few = nnprune.prune_lobs(first, x[:100], sparsity=0.8, damping=1e-4).net
own, fresh = (
    first_error(few, A[:100]),
    first_error(few, np.column_stack([x_valid, np.ones(len(x_valid))])))
print(f"error on its own 100 pictures {own:.1e}, on {len(x_valid)} others {fresh:.2f}")
claim("other pictures cost a hundred times as much", fresh > 100 * own)

# %% [markdown]
# The other limit: L-OBS does not see the loss. To keep all sums of all layers is more than is needed, since a net whose
# sums change may still answer right. (`docs/second_order.md` has what that costs at 99 % sparsity, and what a last
# stage of full OBS is worth.)
#
# ## 9. Summary
#
# 1. A layer's pre-activations are linear in its weights, so their squared change is exactly quadratic.
# 2. All units of a layer share $H = \frac1n A^\top A$; it needs inputs only, no labels.
# 3. What L-OBS promises is what it costs, to eight digits, damping's part included.
# 4. Dead pixels make $H$ singular; damping, a share of its diagonal, makes it invertible at next to no cost.
# 5. The promise holds for the layer and the pictures that $H$ was made of; the bound at the output is loose.
#
# ## 10. Questions
#
# <details><summary>1. Why do labels not matter to L-OBS?</summary>
#
# Its error is the change of the layer's sums. These depend on inputs and weights alone.
#
# </details>
#
# <details><summary>2. Where does the exactness end?</summary>
#
# At the layer: activations, later layers and the loss are not quadratic.
#
# </details>
#
# <details><summary>3. What happens with very large damping?</summary>
#
# $H + \lambda$ is nearly diagonal: the ranking is that of OBD, and no other weight moves.
#
# </details>
#
# ## 11. On your own
#
# The answers are at the end of `tutorials/solutions/09_prune_layer_by_layer.py`.
#
# 1. Show that $H = \frac1n A^\top A$ is singular if there are fewer samples than inputs.
# 2. Choose the damping by the validation accuracy of the whole pruned net at sparsity 0.95, from 1e-6 to 100.
# 3. Which layer has the largest share of the bound (`certificate.layers[k].bound_share`)? And of the error?
# 4. Exercises: `python -m nnprune.exercises 09` checks your functions in
#    `tutorials/exercises/09_prune_layer_by_layer.py`.
#
# ## 12. Further reading
#
# - X. Dong, S. Chen, S. Pan, "Learning to prune deep neural networks via layer-wise Optimal Brain Surgeon", NIPS 2017.
# - In this package: `nnprune/pruning/lobs.py` (the method), `nnprune/hessian/linalg.py` (damping),
#   `nnprune/analysis/certificate.py` (what was
#   promised, measured again), `nnprune/reproduce/theorem/run.py` (where the bound loses what).
