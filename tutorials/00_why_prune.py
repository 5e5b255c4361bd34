# %% [markdown]
# # Why prune a network? The whole story in ten minutes
#
# **What you'll do.** Remove 95 of 100 weights of a net that reads digits, in two ways: one ruins it, the other hardly
# hurts it. Then see why, with two weights, and look at the map of the lessons.
#
# **What you'll learn.** What pruning is, what it is good for, the three questions that every method answers, and
# where in these lessons you will answer them yourself.
#
# **What you need.** A little Python with NumPy. Words: `glossary.md`. Running time: 4 seconds.
# Length: 1,200 words.

# %%
import numpy as np

import nnprune
from nnprune.lesson import claim, draw_curves, load

data = load(4_000, 1_000)
x, y = data.x_train[:3_000], data.y_train[:3_000]
x_valid, y_valid = data.x_train[3_000:], data.y_train[3_000:]  # kept apart, to judge by
net = nnprune.MLP((784, 50, 10), rng=0)
nnprune.train(net, x, y, epochs=6, rng=0)

shares = [0.5, 0.7, 0.8, 0.9, 0.95]
pruned = {
    "exact L-OBS: the others compensate":
        nnprune.prune_lobs(net, x[:1_000], sparsity=shares),
    "magnitude: the smallest go": nnprune.prune_magnitude(net, sparsity=shares),
    "random: whichever": nnprune.prune_random(net, sparsity=shares, rng=0)}
right = {name: [100 * r.net.accuracy(x_valid, y_valid) for r in results]
         for name, results in pruned.items()}
dense = 100 * net.accuracy(x_valid, y_valid)
draw_curves("00_story", shares, right, level={"all weights": dense},
            xlabel="share of the weights that is removed", legend="lower left",
            ylabel="right answers (%)", title="The same net, pruned in three ways")

# %% [markdown]
# ## 1. The idea
#
# The picture shows one trained net of 39,700 weights, from which more and more are removed, with no training
# afterwards. At random, it is soon ruined. If the smallest weights go, half of all are not missed. And if the weights
# that stay *compensate* for what has gone, nineteen of twenty can go and most of the answers stay. (The code above
# calls the removed share `sparsity`. `prune_lobs` also gets 1,000 of the pictures: it looks which inputs go together,
# so that one weight can do the work of another. Its name is explained in lesson 09.)
#
# So most of the weights were not needed. That is *pruning*: to set weights of a trained net to 0, for good. Why would
# one?
#
# - *Smaller.* A net with a tenth of the weights fits on a phone, or ten of them where one was.
# - *Faster*, where a zero is really skipped, or where whole units go. (Zeros alone save no time: lesson 12 measures.)
# - *Readable.* A net with 20 weights left can be read like a rule: lesson 08 reads one.
# - *Understood.* To remove a weight safely you must know what it does. The mathematics of that is what these lessons
#   teach.

# %%
for name, values in right.items():
    print(f"{name:<36}" + "  ".join(f"{s:.0%}: {v:.1f}"
                                    for s, v in zip(shares, values)))
by_lobs, by_size, by_chance = right.values()
claim("half of the smallest weights are not missed", by_size[0] > dense - 2)
claim("compensation keeps most answers at 95 %", by_lobs[-1] > dense - 5)
claim("magnitude does not", by_size[-1] < by_lobs[-1] - 5)
claim("chance ruins the net", by_chance[-1] < 50)

# %% [markdown]
# ## 2. The formula
#
# Write $w$ for all weights of the net and $E(w)$ for its error. To prune means to choose a change $\Delta w$ that
# makes many weights 0 and raises the error least:
#
# $$ \min_{\Delta w}\; E(w + \Delta w) - E(w) \qquad\text{with}\qquad w_q + \Delta w_q = 0 \text{ for every removed }
# q . $$
#
# Three questions are in it, and every method is an answer to them:
#
# 1. **Which weights go?** The smallest (*magnitude*)? Those along which the error curves least (*Optimal Brain
#    Damage*)?
# 2. **What do the others do?** Nothing, or do they compensate (*Optimal Brain Surgeon*)?
# 3. **What does it cost?** Can the rise be predicted before it is measured, and is the prediction true?
#
# By hand, with two inputs that are always equal, $x_1 = x_2$, and a unit that computes $z = 2 x_1 + 1 x_2$. The
# smallest weight is the 1. Remove it, and $2 x_1$ is left where $3 x_1$ is right. But let the other weight become 3,
# and nothing is lost at all.


# %%
def naive_magnitude(w, n_remove):
    """The weights, the n_remove smallest of them set to 0."""
    smallest = np.argsort(np.abs(w))[:n_remove]  # the places of the smallest
    new = w.copy()
    new[smallest] = 0
    return new


w, inputs = np.array([2.0, 1.0]), np.array([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0]])
print("all weights      ", inputs @ w)
print("magnitude        ", inputs @ naive_magnitude(w, 1))
print("and compensation ", inputs @ np.array([3.0, 0.0]))
claim("compensation loses nothing", np.allclose(inputs @ w, inputs @ [3.0, 0.0]))
unit = nnprune.MLP.from_arrays([[w]], loss="mse")  # one layer, one unit
same = nnprune.prune_magnitude(unit, sparsity=0.5).net.weights[0]
claim("the package's magnitude pruning does the same", np.allclose(same, [[2, 0]]))

# %% [markdown]
# ## 3. Watch it
#
# `python -m nnprune.explore` writes a page for the browser with a slider over what is kept: move it and see which
# digits go wrong, by five methods, and draw a digit of your own. `python -m nnprune.replay` plays one pruning run
# back: which weight goes, how the others move, what that was predicted to cost and what it did cost.
#
# ## 4. The map
#
# | | lesson | then you can |
# |---|---|---|
# | 01 | bytes | read MNIST's files with nothing but NumPy |
# | 02 | a network | write a net and its gradient, and prove the gradient right |
# | 03 | training | train it, and see when it learns too little or too much |
# | 04 | magnitude | prune with exact counts, retrain, prune in rounds |
# | 05 | the parabola: OBD | predict what a removal costs, by second derivatives |
# | 06 | where it fails | say when not to believe the prediction |
# | 07 | OBS | derive how the others compensate, and **write OBS for a whole net** |
# | 08 | read the rule | read off 20 weights what a net has learned |
# | 09 | layer by layer | prune large nets by L-OBS, with a bound on the error |
# | 10 | the shortcut | say what a simplification costs; make the exact way fast |
# | 11 | compare fairly | compare two methods so that a sceptic believes you |
# | 12 | what is saved | count bytes and time; remove whole units |
# | 13 | your own layer | prune a convolution, and a net of PyTorch |
# | 14 | go beyond | combine methods; prune before training |
#
# 00 to 06 are an afternoon, 07 and 08 the next one. Each lesson runs as a program
# (`python tutorials/07_prune_by_obs.py`, with the file open beside its output), opens as a notebook, and is a page of
# the site. From 02 on there are exercises; `python -m nnprune.exercises 02` checks your functions and says what is
# wrong with them.
#
# ## 5. Break it
#
# Remove the *largest* weights instead. `prune_by_scores` removes the lowest scores, so hand it $-|w|$.

# %%
scores = [-np.abs(np.column_stack([W, b]))  # a column more, for the biases
          for W, b in zip(net.weights, net.biases)]
without = nnprune.prune_by_scores(net, scores, sparsity=0.05).net
after = 100 * without.accuracy(x_valid, y_valid)
print(f"the largest 5 % removed: {after:.1f} % right; with all {dense:.1f} %")
claim("a twentieth is enough to ruin it, if it is the wrong one", after < dense - 10)

# %% [markdown]
# ## 6. When it fails
#
# - Every curve falls in the end. What has been learned needs *some* weights.
# - The picture is one net and one seed, judged on 1,000 pictures. That is an anecdote until lesson 11.
# - After retraining the methods are closer together than here: lesson 11 measures that too.
#
# ## 7. Summary
#
# 1. To prune is to set weights of a trained net to 0 so that the error rises least.
# 2. Most weights of a usual net can go.
# 3. Which weights go matters: at random is the worst choice but one.
# 4. What the others do matters more: weights that compensate save what a removal breaks.
# 5. A good method predicts its cost, and the prediction can be checked.
#
# ## 8. Questions
#
# <details><summary>1. Why is a large weight not always an important one?</summary>
#
# Its input may always be 0 or nearly so, or another input may say the same, so that another weight can do its work.
#
# </details>
#
# <details><summary>2. In the example with two equal inputs, which weight should go?</summary>
#
# Either: with compensation both removals cost nothing. Without it, the smaller one.
#
# </details>
#
# <details><summary>3. Does a net with 90 % zeros answer ten times as fast?</summary>
#
# No. A matrix product multiplies by zeros as well. It takes another way of storing the matrix, or smaller matrices.
#
# </details>
#
# ## 9. On your own
#
# The answers are at the end of `tutorials/solutions/00_why_prune.py`.
#
# 1. Change `rng=0` to another seed, in the net and in the training. Which of the claims still hold?
# 2. Go on to 0.98 and 0.99. Where does compensation stop helping?
# 3. Give `prune_lobs` 100 pictures instead of 1,000. What happens, and why might that be?
#
# ## 10. Further reading
#
# - Y. LeCun, J. Denker, S. Solla, "Optimal Brain Damage", NIPS 2, 1989: eight pages, and easy to read.
# - Next: lesson 01, or, if you know nets and MNIST, lesson 04.
