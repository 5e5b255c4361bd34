"""The laws of pruning, to be run against any implementation: ours, a student's, a wrapped library.

    >>> import numpy as np
    >>> from nnprune.laws import check_saliency
    >>> print(check_saliency(lambda w, Hinv: w**2 / (2 * np.diag(Hinv)), examples=20).passed)
    True

A wrong implementation gets the smallest example on which it fails, what the law demands there, what came out, and
the likely mistake. In a test file one line does it, with no plugin: ``check_...`` raises an AssertionError that holds
the report.

    def test_my_saliency():
        check_saliency(my_saliency)

One ``check_`` function a kind of implementation; ``kinds`` says how each is called. From the shell:
``python -m nnprune.laws module:function --as saliency``.

Everything here needs Hypothesis; ``import nnprune`` does not. What is judged is run, with all rights of whoever runs it
(SECURITY.md): time limits stop accidents, not intent.

In reading order:

    law            what a law is: a sentence, a formula, its source, and a function that tries to catch a breach
    kinds          the kinds of implementation, and how the answer of each is read
    strategies     the cases, built from their answer; ``broken_idx`` has the damaged files
    reference      what the laws compare with, beside the slow obvious ways in ``pruning.reference``
    shared_laws    the law that every kind shares; then a family a file: ``saliency_laws``, ``update_laws``,
                   ``downdate_laws``, ``layer_laws``, ``layer_obs_laws``, ``layer_symmetry_laws``, ``unit_laws``,
                   ``network_laws``, ``gradient_laws``, ``hessian_laws``, ``sgd_laws``, ``idx_laws``
    convention     what is granted: damping, tolerance, and the precision in which an implementation answers
    candidate      the implementation under test, called with care
    runner         one law on one implementation, and the smallest case that breaks it
    scoreboard     the report
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from nnprune._util.checks import in_range, one_of, whole_number
from nnprune._util.command import missing

try:
    import hypothesis  # noqa: F401
except ModuleNotFoundError as error:
    raise missing(error, "nnprune.laws", "test") from None

from . import (  # noqa: F401  importing a family enters its laws in the table
    downdate_laws,
    gradient_laws,
    hessian_laws,
    idx_laws,
    layer_laws,
    layer_obs_laws,
    layer_symmetry_laws,
    network_laws,
    saliency_laws,
    sgd_laws,
    shared_laws,
    strategies,
    unit_laws,
    update_laws,
)
from .candidate import Candidate
from .convention import DAMPED_BY, Convention
from .kinds import KINDS
from .law import LAWS, Law, Violation
from .runner import SMALLER, run_law
from .scoreboard import Scoreboard

__all__ = ["KINDS", "LAWS", "Law", "Scoreboard", "Violation", "check", "check_downdate", "check_gradient",
           "check_hessian", "check_idx_reader", "check_layer_pruner", "check_network_pruner", "check_saliency",
           "check_sgd_masks", "check_unit_pruner", "check_update", "laws_for", "strategies"]


def laws_for(kind: str, method: str | None = None) -> list[Law]:
    """The laws of one kind that apply to a method, in order: a list of ``Law``.

    Parameters
    ----------
    kind : str
        A key of ``KINDS``.
    method : str, optional
        One of the kind's methods; the first by default.

    Raises
    ------
    ValueError
        If the kind or the method is unknown.
    """
    methods = KINDS[one_of("kind", kind, KINDS)].methods
    method = one_of("method", method or methods[0], methods)
    return [law for law in LAWS[kind] if not law.methods or method in law.methods]


def check(f: Callable[..., Any], kind: str, *, method: str | None = None, damping: float = 0.0,
          damping_by: Literal["mean", "column"] = "mean", tolerance: float = 0.0, examples: int = 100, seed: int = 0,
          laws: Sequence[str] | None = None, deadline: float = 5.0, smaller: int = SMALLER,
          raise_on_failure: bool = True) -> Scoreboard:
    """Run the laws of a kind on an implementation.

    Parameters
    ----------
    f : callable
        Called as ``KINDS[kind].call`` says. It works on copies of the arguments.
    kind : str
        A key of ``KINDS``.
    method : str, optional
        What the implementation claims to be; the kind's most modest claim by default.
    damping : float
        How the implementation damps H, if it is OBS on a layer or its units: the laws of OBS then hold for that H. By
        default it may damp it by at most 1e-8. OBC and SparseGPT take 0.01.
    damping_by : {"mean", "column"}
        What is added to H: ``damping * mean_j H_jj`` times the identity, or ``damping * diag(H)``.
    tolerance : float
        The share of the largest entry by which an answer may be off, where the law itself grants less. What is
        answered in float32 is compared to 1e-4 without it.
    examples : int
        Cases a law; fewer if the law has fewer.
    seed : int
        The same seed draws the same cases.
    laws : sequence of str, optional
        The names of the laws to run; all by default.
    deadline : float
        Seconds that one call may take before the law is given up as failed. The first call has at least 10, and the
        time of imports does not count.
    smaller : int
        How many smaller cases to try once a law is broken; 0 reports the first as it is, at once.
    raise_on_failure : bool
        Whether a broken law raises.

    Returns
    -------
    Scoreboard

    Raises
    ------
    AssertionError
        If a law is broken; its message is the scoreboard.
    ValueError
        If the kind, the method, a law or ``damping_by`` is unknown, examples is below 1, damping or tolerance is
        negative, or damping is stated for what is no layer pruner of the method "obs".
    TypeError
        If f cannot be called.
    """
    if not callable(f):
        raise TypeError(f"a function is needed, called as {KINDS[kind].call}, but got {f!r}")
    chosen = laws_for(kind, method)
    known = [law.name for law in chosen]
    for name in laws or ():
        one_of("law", name, known)
    damping = in_range("damping", damping, 0, 1)
    if damping and "obs" != (method or KINDS[kind].methods[0]):
        raise ValueError(f"damping={damping:g} is only for OBS on a layer: kind 'layer_pruner', method 'obs'")
    tolerance = in_range("tolerance", tolerance, 0, 1)
    convention = Convention(damping, one_of("damping_by", damping_by, DAMPED_BY), tolerance)
    candidate = Candidate(f, KINDS[kind], deadline, convention)
    examples = whole_number("examples", examples, 1)
    outcomes = tuple(run_law(law, candidate, examples=examples, seed=seed, smaller=smaller)
                     for law in chosen if laws is None or law.name in laws)
    board = Scoreboard(getattr(f, "__name__", type(f).__name__), kind, method or KINDS[kind].methods[0], examples,
                       seed, outcomes, candidate.printed)
    if raise_on_failure and not board.passed:
        raise AssertionError(str(board))
    return board


def check_saliency(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(w, Hinv) -> L``; options as for ``check``."""
    return check(f, "saliency", **options)


def check_update(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(w, Hinv, q) -> w``; options as for ``check``."""
    return check(f, "update", **options)


def check_downdate(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(Hinv, q) -> Hinv``, row and column q cut out or 0; options as for ``check``."""
    return check(f, "downdate", **options)


def check_layer_pruner(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(W, X, n_remove) -> (mask, W)``; options as for ``check``.

    ``method`` is "any" (the contract alone), "magnitude", or "obs" (exact, every removal compensated, H damped by
    at most 1e-8 of each diagonal entry, or as ``damping`` and ``damping_by`` say).
    """
    return check(f, "layer_pruner", **options)


def check_unit_pruner(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(W, X, n_per_unit) -> (mask, W)``, the same count in every unit; options as for ``check``.

    ``method`` is "any", "magnitude", "wanda" (|w_ij| times the norm of x_j) or "obs", as for ``check_layer_pruner``.
    """
    return check(f, "unit_pruner", **options)


def check_network_pruner(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(net, x, y, sparsity) -> net``; options as for ``check``.

    ``method`` is "any", "second_order" (no input's unit plays a part) or "lobs".
    """
    return check(f, "network_pruner", **options)


def check_gradient(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(net, x, y) -> g``, in the order of ``net.parameters()``; options as for ``check``."""
    return check(f, "gradient", **options)


def check_hessian(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(net, x, y) -> H``; ``method`` is "exact" or "gauss_newton"; options as for ``check``."""
    return check(f, "hessian", **options)


def check_idx_reader(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(path) -> array``; options as for ``check``."""
    return check(f, "idx_reader", **options)


def check_sgd_masks(f: Callable[..., Any], **options: Any) -> Scoreboard:
    """Check ``f(net, x, y, momentum, weight_decay) -> net``, a few steps of training; options as for ``check``."""
    return check(f, "sgd_masks", **options)
