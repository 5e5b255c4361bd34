"""Error against the share kept, before training and after."""

from __future__ import annotations

from ..figures import save_lines
from .tables import PLAIN, PUBLISHED, RETRAINED, SNIP, TICKET, errors


def figures(rows, sparsities):
    """The figure by its file name: caption, and the function that writes it."""
    caption = "Test error against the share kept; bands are one standard deviation; errors above 10 % are cut off."
    return {"before-training.png": (caption, lambda file: save_figure(file, rows, sparsities))}


def save_figure(file, rows, sparsities):
    """Seven of the methods: error against the share kept, which is logarithmic."""
    kept = [100 * (1 - p) for p in sparsities]
    labels = {"random": "random, before", "magnitude": "magnitude, before", SNIP: "SNIP, before",
              TICKET: TICKET, PLAIN: "exact L-OBS after training, no retraining",
              RETRAINED: "exact L-OBS after training, retrained"}
    keys = dict(zip(labels.values(), ("random", "magnitude", "snip", None, "lobs-exact")))
    series = {label: (kept, [list(errors(rows, m, p)) for p in sparsities]) for m, label in labels.items()}
    dense = errors(rows, "dense").mean()
    save_lines(file, series, keys=keys, xlabel="share of the weights kept (%)", ylabel="test error (%)",
               title="Pruned before training, or after", logx=True, xticks=kept,
               ylim=(0.7 * dense, max(10, 5 * dense)),
               marks=[("SNIP, published", 100 * (1 - p), e) for p, e in PUBLISHED.items() if p in sparsities],
               level=(f"dense, {dense:.2f} %", dense))
