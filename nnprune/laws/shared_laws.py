"""The one law that every kind shares: a function does not change what it is given."""

from __future__ import annotations

from .kinds import KINDS
from .law import demand, law
from .strategies import layers, nets, problems, pruning_tasks, training_tasks, unit_layers

# Where the arguments of each kind come from. An idx_reader gets a path, which it cannot change; training may work in
# place, which its page says.
CASES = {
    "saliency": problems(),
    "update": problems(pick=True),
    "downdate": problems(weights=False, pick=True),
    "layer_pruner": layers(),
    "unit_pruner": unit_layers(),
    "network_pruner": pruning_tasks(),
    "gradient": nets(),
    "hessian": nets(depth=2),
    "sgd_masks": training_tasks(),
}
IN_PLACE = ("net",)  # what training may change


def enter(kind):
    """Enter the law for one kind of implementation."""
    may = IN_PLACE if kind == "sgd_masks" else ()

    def inputs_are_untouched(f, p):
        """The arguments are the same after the call as before, to the last bit: whoever compares before and after, or
        tries two methods on one net, relies on it. (Training may work in place on its net, and on nothing else.)"""
        f(*(getattr(p, "n_remove" if name == "n_per_unit" else name) for name in KINDS[kind].arguments))
        changed = [name for name in f.changed if name not in may]
        demand(not changed, "arguments as they were", f"changed in place: {', '.join(changed)}")

    inputs_are_untouched.__name__ = f"{kind}_leaves_its_inputs"
    law(kind, CASES[kind], formula="arguments after = arguments before", source="nnprune's contract; scikit-learn's "
        "check_estimator: check_dict_unchanged",
        mistake="`W -= ...` on the argument itself; begin with W = W.copy().")(inputs_are_untouched)


for _kind in CASES:
    enter(_kind)
