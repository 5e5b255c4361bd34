# %% [markdown]
# # Price the shortcut
#
# **What you'll do.** Remove weights with an inverse Hessian that is right at every step, and with a stale one, and
# measure the difference. Then make the exact way fast, and check the fast one against the slow one.
#
# **What you'll learn.** Why a stale inverse removes both of two weights that can only replace each other, how an
# inverse is updated without inverting, and how the orders of many units become one.
#
# **What you need.** Lesson 07 (OBS on one unit) and lesson 09 (a layer's units share one Hessian $H = X^\top X / n$).
# New words are in `glossary.md`. Running time: 6 seconds. Length: 1,600 words.

# %%
import time

import numpy as np

import nnprune
from nnprune.lesson import COLOURS, claim, draw_curves, load, plt, show
from nnprune.pruning import greedy_order

# %%
H = np.array([[5.0, 4.0, 0.0],
              [4.0, 5.0, 0.0],
              [0.0, 0.0, 1.0]])
w = np.array([1.0, 1.2, 2.0])


def rise(w_new, w, H):
    """How much a unit's error rises if its weights w become w_new: 1/2 dw' H dw."""
    return float((w_new - w) @ H @ (w_new - w) / 2)


# %%
a, b = np.meshgrid(np.linspace(-0.3, 2.5, 100), np.linspace(-0.3, 2.5, 100))
E = (
    H[0, 0] * (a - w[0]) ** 2
    + 2 * H[0, 1] * (a - w[0]) * (b - w[1])
    + H[1, 1] * (b - w[1]) ** 2
) / 2
figure, axes = plt.subplots(figsize=(5.6, 4.6), layout="constrained")
axes.contour(
    a, b, E, levels=[0.1, 0.4, 0.9, 2, 4, 7, 11, 16], colors="grey", linewidths=0.8
)
for x1, x2, colour, marker, name in [
    (1, 1.2, 0, "o", "the trained net"),
    (0, 2, 3, "D", "$w_1$ gone"),
    (1.96, 0, 5, "D", "$w_2$ gone"),
    (0, 0, 4, "X", "both gone"),
]:
    axes.plot(x1, x2, marker, color=COLOURS[colour], markersize=9,
              label=f"{name}: E rises by {rise(np.array([x1, x2, 2]), w, H):.1f}")
axes.set(xlabel="$w_1$", ylabel="$w_2$", title="Either twin can go, but not both")
axes.legend(loc="upper right", fontsize="small")
show(figure, "10_twins")

# %% [markdown]
# ## 1. The idea
#
# OBS removes one weight and moves the others. After that the problem is a smaller one: its Hessian is $H$ without row
# and column $q$, and it has another inverse. To invert again for each of thousands of weights is expensive, so people
# take a shortcut: one inverse for the next 2,000 removals, or for all of them. The inverse is then *stale*.
#
# Take twins, two inputs that move together. Either weight can go, because the other one takes over. A stale inverse
# does not notice that the other one has gone.
#
# In the picture the valley of $E$ crosses both axes, so each removal alone is cheap. The corner is far up the slope.
#
# ## 2. The formula
#
# The saliency $L_q$ and the update $\Delta w$ are those of lesson 07 (Hassibi & Stork 1992, eq. 5). New is the
# *downdate*. Let $r = H^{-1} e_q$ be row $q$ of the inverse and $r_q = [H^{-1}]_{qq}$ its own entry. The inverse of $H$
# without row and column $q$ is what remains, without that row and column, of
#
# $$ H^{-1} - \frac{r\, r^\top}{r_q} $$
#
# (Frantar & Alistarh 2022, Lemma 1; it is the formula for the inverse of a matrix in blocks). Here with the twins:
# $r = \frac19 (5, -4)$, so what is left for the second twin is $\frac59 - \frac{(4/9)^2}{5/9} = \frac15$. And $H$
# without the first twin is the number 5. The slow way inverts again each time; the shortcut inverts once.
# `H[np.ix_(left, left)]` is the part of $H$ with the rows and columns that are left.


# %%
def naive_obs(w, H, n):
    """Remove n weights, inverting each time: order, predicted costs, weights."""
    w, left, order, costs = w.copy(), np.arange(len(w)), [], []
    for _ in range(n):
        Hinv = np.linalg.inv(H[np.ix_(left, left)])
        L = w[left]**2 / (2 * np.diag(Hinv))  # eq. 5
        q = int(L.argmin())
        order.append(int(left[q]))
        costs.append(float(L[q]))
        w[left] -= w[left[q]] / Hinv[q, q] * Hinv[q]  # eq. 5
        w[left[q]], left = 0, np.delete(left, q)
    return order, costs, w


# %%
def stale_obs(w, H, n):
    """The same with one inverse: order and costs as at the start."""
    w, Hinv, kept = w.copy(), np.linalg.inv(H), np.ones(len(w), bool)
    L = w**2 / (2 * np.diag(Hinv))
    order = np.argsort(L, kind="stable")[:n].tolist()
    for q in order:
        kept[q] = False
        w = kept * (w - w[q] / Hinv[q, q] * Hinv[q])
    return order, L[order].tolist(), w


answers = {"exact": naive_obs(w, H, 2), "stale": stale_obs(w, H, 2)}
for name, (order, costs, w_new) in answers.items():
    print(f"{name}: removes {[q + 1 for q in order]}, predicts {sum(costs):.2f}, "
          f"E rises by {rise(w_new, w, H):.2f}, leaves {w_new.round(2)}")
    right = {
        "exact": ([0, 2], [0.9, 2], [0, 2, 0]),
        "stale": ([0, 1], [0.9, 1.296], [0, 0, 2]),
    }[name]
    claim("the order is the expected one", order == right[0])
    claim("the figures are those computed by hand",
          np.allclose([*costs, *w_new], [*right[1], *right[2]]))
claim("the exact way keeps its promise",
      np.isclose(rise(answers["exact"][2], w, H), 0.9 + 2))
claim("the stale one does not",
      rise(answers["stale"][2], w, H) > 4 * (0.9 + 1.296))

# %% [markdown]
# The first removal is the same. Then $w_2$ has grown from 1.2 to 2 and does the work of both: by the downdate above it
# would cost $2^2 / (2 \cdot \frac15) = 10$ now. The stale list still says $1.2^2 / (2 \cdot \frac59) = 1.296$. The
# package's two ways, on a net of one linear unit with this $H$, do as ours do. For that we need samples $X$ with
# $X^\top X / 3 = H$. Cholesky's factorization gives a triangular $L$ with $L L^\top = H$, so $X = \sqrt3\, L^\top$.

# %%
Hinv = np.linalg.inv(H)
now = (Hinv - np.outer(Hinv[0], Hinv[0]) / Hinv[0, 0])[1:, 1:]
claim("the downdate is the inverse of what remains",
      np.allclose(now, [[1 / 5, 0], [0, 1]]))
X = np.sqrt(3) * np.linalg.cholesky(H).T  # three samples with X'X / 3 = H
net = nnprune.MLP.from_arrays([w[None]], loss="mse")
for name, inverse in {"exact": "exact", "stale": "shared"}.items():
    r = nnprune.prune_lobs(net, X, sparsity=2 / 3, inverse=inverse, damping=0)
    claim("the package does the same", np.allclose(r.net.weights[0], answers[name][2]))

# %% [markdown]
# ## 3. Optional: faster, by downdates, then by blocks of them
#
# Nothing later needs this section but section 6: go on with section 4 if you like.
#
# To invert $k$ rows costs about $k^3$ multiply-adds, and the slow way does it for $k = d, d - 1, \dots, 1$:
# $\sum k^3 \approx d^4 / 4$ a unit. A downdate costs $k^2$, all of them $\sum k^2 \approx d^3 / 3$, less than *one*
# inversion. (The code below keeps the zeros of removed weights, and so takes $d^2$ each.)
#
# It could be faster yet. Each downdate reads and writes the whole inverse, so it runs at the speed of the *memory*, and
# the processor waits. A matrix product uses each number many times while it is in the cache, and runs at the speed of
# the processor. So delay the downdates. With $u = r / \sqrt{r_q}$,
#
# $$ H^{-1} - \frac{r\, r^\top}{r_q} = H^{-1} - u\, u^\top, \qquad\text{and after several removals}\qquad
#    H^{-1}_{\text{now}} = A - U^\top U , $$
#
# where $A$ is an old inverse and the rows of $U$ are the pending $u$. What does the next removal need? Only the
# diagonal (subtract $u_j^2$ from it each time) and one row, $r = A e_q - U^\top (U e_q)$. When $U$ is full, one matrix
# product brings $A$ up to date. With blocks of 1 that is the plain downdate, made at once.


# %%
def blocked_obs(w, H, n, block=64, flush=True):
    """As naive_obs, by downdates of which up to `block` wait in U."""
    w, A, kept, order = w.copy(), np.linalg.inv(H), np.ones(len(w), bool), []
    diag, U, j = np.diag(A).copy(), np.empty((block, len(w))), 0
    for _ in range(n):
        q = int(np.where(kept, w**2 / (2 * diag), np.inf).argmin())
        # (j,) (j, d) -> (d,): row q of the inverse as it is now
        r = A[q] - U[:j, q] @ U[:j]
        w -= w[q] / r[q] * r
        U[j] = r / np.sqrt(r[q])
        diag -= U[j]**2
        kept[q], j = False, j + 1
        w[~kept], diag[~kept] = 0, 1
        order.append(q)
        if j == block:
            if flush:
                # (d, block) (block, d): all pending downdates in one matrix product
                A -= U.T @ U
            j = 0
    return order, w


# %% [markdown]
# Is the fast version right? Train a small net on real pictures, and take the first unit of its first layer as it sees
# the pixels that vary most. All ways must remove the same weights in the same order, and leave the same values.

# %%
data = load(4_000, 1_500)
net = nnprune.MLP((784, 30, 10), rng=0)
nnprune.train(net, data.x_train, data.y_train, epochs=8, weight_decay=1e-4)
calibration = data.x_train[:2_000].astype(float)
busy = np.argsort(-calibration.var(axis=0))  # pixel numbers, the most variable first


def unit(d):
    """The weights of unit 0 for the d busiest pixels, and their damped Hessian."""
    x = calibration[:, busy[:d]]
    H = x.T @ x / len(x)
    return net.weights[0][0, busy[:d]].astype(float), H + 1e-4 * np.diag(
        H
    ).mean() * np.eye(d)


# %%
ways = {
    "invert again": naive_obs,
    "downdate each time": lambda *unit: blocked_obs(*unit, block=1),
    "blocks of 64": blocked_obs,
}
took = {name: {} for name in ways}
for d in (50, 100, 200, 400):
    answers = {}
    for name in list(ways)[d > 200:]:  # the slow way is too slow for more than 200
        begin = time.perf_counter()
        answers[name] = ways[name](*unit(d), d * 9 // 10)
        took[name][d] = time.perf_counter() - begin
    for order, *_, w_new in answers.values():
        claim("all ways remove in the same order", order == answers["blocks of 64"][0])
        claim("and leave the same weights",
              np.allclose(w_new, answers["blocks of 64"][1], atol=1e-6))

# %%
figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
for (name, at), colour, marker in zip(
    took.items(), (COLOURS[4], COLOURS[1], COLOURS[3]), "os^"
):
    axes.loglog(list(at), list(at.values()), marker=marker, color=colour, label=name)
axes.minorticks_off()
axes.set(
    xlabel="inputs of the unit, $d$", ylabel="seconds for one unit",
    title="One order of removals, three speeds", xticks=[50, 100, 200, 400],
    xticklabels=[50, 100, 200, 400])
axes.legend()
show(figure, "10_speed")

# %% [markdown]
# The times differ from machine to machine. The package adds two things to `blocked_obs`: it cuts removed rows and
# columns out of $A$, and it takes several units through each step together.
#
# ## 4. Many units, one order
#
# The units of a layer share $H$, and what happens in one does not touch the others. So each unit gets an order of its
# own, with costs. To rank over the whole layer, look at the *next* removal of every unit, take the cheapest, and go
# on: a merge of as many lists as there are units.


# %%
def naive_merge(costs):
    """Always the unit whose next removal is cheapest: a list of units."""
    order, at = [], [0] * len(costs)
    for _ in range(sum(map(len, costs))):
        offers = [c[t] if t < len(c) else np.inf for c, t in zip(costs, at)]
        unit = int(np.argmin(offers))
        order.append(unit)
        at[unit] += 1
    return order


costs = np.array([[5.0, 1.0, 7.0], [4.0, 6.0, 8.0]])
claim("the merge by hand", naive_merge(costs) == [1, 0, 0, 1, 0, 1])
claim("the package merges in the same order",
      (greedy_order([costs]) // 3).tolist() == naive_merge(costs))
claim("sorting all costs at once would begin with the 1",
      np.argsort(costs.ravel())[0] == 1)

# %% [markdown]
# The second removal of the first unit costs only 1, but its price holds only once the one before it, which costs 5, has
# gone. So it must wait, and then it follows at once. The package gets the same by sorting each unit's *running maximum*
# (5, 5, 7 and 4, 6, 8): one sort instead of a loop.
#
# ## 5. The price on real pictures
#
# Now all weights, ranked over the whole net, without retraining: by magnitude; by one inverse for everything
# (`inverse="shared"`, as in the published script of L-OBS); with Hessians recomputed every 500 removals (`refresh=500`;
# the course report that this package starts from took 2,000); and exactly (`inverse="exact"`, the default).

# %%
shares = [0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97]
ways = {"magnitude": nnprune.prune_magnitude(net, sparsity=shares)}
options = {
    "L-OBS, one inverse": {"inverse": "shared"},
    "simplified L-OBS, every 500": {"inverse": "shared", "refresh": 500},
    "exact L-OBS": {},
}
for name in options:
    ways[name] = nnprune.prune_lobs(net, calibration, sparsity=shares, **options[name])
accuracy = {
    name: [100 * r.net.accuracy(data.x_test, data.y_test) for r in rs]
    for name, rs in ways.items()
}
dense = 100 * net.accuracy(data.x_test, data.y_test)

# %%
draw_curves("10_price", shares, accuracy, level={f"dense, {dense:.1f} %": dense},
            legend="lower left",
            xlabel="removed share of the weights", ylabel="test accuracy (%)",
            title="The price of one inverse for all units")
for name, values in accuracy.items():
    print(f"{name:<27}", *(f"{s:.0%}: {v:.1f} " for s, v in zip(shares, values)))

# %%
half, most = shares.index(0.5), shares.index(0.95)
for name in ("L-OBS, one inverse", "simplified L-OBS, every 500"):
    claim("up to half of the weights the shortcut is free",
          abs(accuracy[name][half] - accuracy["exact L-OBS"][half]) < 2)
    claim("at 95 % it is not",
          accuracy[name][most] < accuracy["exact L-OBS"][most] - 2)
claim("exact L-OBS is within 5 points of dense at 95 %",
      accuracy["exact L-OBS"][most] > dense - 5)
lead, stale_lead = (
    accuracy[name][most] - accuracy["magnitude"][most]
    for name in ("exact L-OBS", "L-OBS, one inverse")
)
claim("one stale inverse keeps less than half of the lead over magnitude",
      stale_lead < lead / 2)

# %% [markdown]
# Up to half of the weights the cheapest way is enough. Then the curves separate. At 95 % one stale inverse keeps less
# than half of the lead that exact L-OBS has over magnitude; it may keep nothing at all.
#
# Why does a refresh after every 500 removals win back only a part? The first layer's inputs are the pictures, which
# pruning does not change. So its new Hessian is the old one, of *all* 784 inputs, and what is wrong with its inverse is
# not its age: it is the inverse for a unit that still has all of its weights. The exact way has one for each unit and
# its survivors.
#
# The other price is trust. Take 75 weights out of one unit of 100 pixels, and compare the predicted costs with the
# measured rise of its error. Each downdate makes the diagonal of the inverse smaller, since $r_j^2 / r_q$ is
# subtracted. A stale diagonal is too large, so the saliencies from it are too small: it promises too much.

# %%
w, H = unit(100)
for name, way in {"exact": naive_obs, "stale": stale_obs}.items():
    _, costs, w_new = way(w, H, 75)
    promised, measured = sum(costs), rise(w_new, w, H)
    print(f"{name}: predicts {promised:.2g}, and E rises by {measured:.2g}")
    claim("the exact promise is kept and the stale one is not",
          np.isclose(promised, measured, rtol=1e-6)
          if name == "exact"
          else measured > 2 * promised)

# %% [markdown]
# ## 6. Break it
#
# Forget one line of `blocked_obs`: when $U$ is full it is emptied, but $A$ is never brought up to date. Would a test on
# a unit of 50 inputs see it?

# %%
w, H = unit(200)
right, w_right = blocked_obs(w, H, 150)
broken, w_broken = blocked_obs(w, H, 150, flush=False)
print(f"E rises by {rise(w_broken, w, H):.2g} instead of {rise(w_right, w, H):.2g}")
claim("the first 64 removals are right", broken[:64] == right[:64])
claim("then the order is wrong", broken != right)
claim("and the error is larger", rise(w_broken, w, H) > 1.1 * rise(w_right, w, H))
claim("a test on 50 inputs sees nothing",
      blocked_obs(*unit(50), 45, flush=False)[0] == blocked_obs(*unit(50), 45)[0])
claim("with blocks of 8 it does",
      blocked_obs(*unit(50), 45, block=8, flush=False)[0]
      != blocked_obs(*unit(50), 45, block=8)[0])

# %% [markdown]
# The first 64 removals are right, so small tests pass. Test with a block that is smaller than the problem.
#
# ## 7. When it fails
#
# *Exact* means that each removal is the cheapest one, and its cost is right. It does not mean that the set of removals
# is the best. Here the first removal takes just the weight that the best pair of removals would keep:

# %%
H = np.array([[2.0, 1.0, -1.0],
              [1.0, 6.0, 3.0],
              [-1.0, 3.0, 6.0]])
w = np.array([3.0, 1.0, 2.0])
order, costs, _ = naive_obs(w, H, 2)
# each weight kept alone, at its best value
alone = [rise(np.eye(3)[q] * (H @ w)[q] / H[q, q], w, H) for q in range(3)]
print(
    f"exact OBS removes {[q + 1 for q in order]}: E = {sum(costs):.2f}; each weight "
    f"kept alone: {np.round(alone, 2)}"
)
claim("the first removal takes the weight that the best pair would keep",
      order[0] == np.argmin(alone))
claim("so that pair keeps another", np.isclose(sum(costs), alone[2]))
claim("and costs more than 1.5 times the best", sum(costs) > 1.5 * min(alone))

# %% [markdown]
# To be sure of the best set, one would have to try all of them. And all curves of this lesson are of one seed and
# without retraining: lesson 11 asks what is left of the differences when each method may train a little.
#
# ## 8. Summary
#
# 1. After each removal the inverse is another one. A stale inverse does not know which weights are gone.
# 2. So it removes both of two twins, and promises too little.
# 3. The downdate $H^{-1} - r r^\top / r_q$ brings the inverse up to date without inverting.
# 4. Up to half of the weights the shortcut costs nothing; at 95 % it loses most of the lead over magnitude.
# 5. Exact means: each step is right. The best *set* of weights is another question.
#
# ## 9. Questions
#
# <details><summary>1. Why is a stale saliency too small?</summary>
#
# Each downdate subtracts $r_j^2 / r_q$ from the diagonal of the inverse, and $L_q$ has that diagonal below the line.
# The stale diagonal is too large.
#
# </details>
#
# <details><summary>2. Inputs that have nothing to do with each other: what does the shortcut cost?</summary>
#
# Nothing. $H$ is diagonal, so no inverse changes.
#
# </details>
#
# <details><summary>3. Why does recomputing the first layer's Hessian not help?</summary>
#
# Its inputs are the pictures, which pruning does not change: it is the same Hessian again.
#
# </details>
#
# ## 10. On your own
#
# The answers are at the end of `tutorials/solutions/10_price_the_shortcut.py`.
#
# 1. Make the twins less alike (4 becomes 2 in $H$). Which weights does the stale way remove now, and at what price?
# 2. How does the time of `blocked_obs` depend on `block`? Try 1, 4, 16, 64, 256 for 400 inputs, and explain both ends.
# 3. Exercises: `python -m nnprune.exercises 10` checks your functions in
#    `tutorials/exercises/10_price_the_shortcut.py`.
#
# ## 11. Further reading
#
# - The papers of lessons 07 and 09; and E. Frantar, D. Alistarh, "Optimal Brain Compression", NeurIPS 2022 (downdates).
# - In this package: `nnprune/pruning/lobs_exact.py`, `nnprune/pruning/lobs_shared.py`, and
#   `nnprune/hessian/downdate.py` (the same trick for one
#   large inverse).
