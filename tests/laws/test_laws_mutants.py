"""Every wrong implementation is caught, early and with a small example; every law catches one."""

import json
import re

import laws_page
import numpy as np
import pytest
from mutants import MUTANTS
from mutants.layer import obs
from mutants.units import each

from nnprune.laws import LAWS, check

CAUGHT = json.loads(laws_page.CAUGHT.read_text())
# More than the page was measured with, so that another version of Hypothesis finds them too.
EXAMPLES = 100
# Mistakes that show on the smallest problems, and one law that catches each.
SMALL = {
    "saliency_without_half": "saliency_equals_refit",
    "saliency_with_h_for_hinv": "saliency_equals_refit",
    "saliency_without_hinv": "saliency_equals_refit",
    "saliency_not_squared": "saliency_equals_refit",
    "saliency_negative": "saliency_is_positive",
    "saliency_of_obd": "saliency_equals_refit",
    "update_without_compensation": "update_equals_refit",
    "update_with_wrong_sign": "update_equals_refit",
    "update_without_pivot": "update_equals_refit",
    "update_with_h_for_hinv": "update_equals_refit",
    "update_almost_zero": "update_removes_the_weight",
    "downdate_cut_only": "downdate_inverts_the_rest",
    "downdate_with_wrong_sign": "downdate_inverts_the_rest",
    "downdate_without_pivot": "downdate_inverts_the_rest",
    "obs_without_compensation": "layer_survivors_are_optimal",
    "obs_with_wrong_sign": "layer_survivors_are_optimal",
    "obs_with_stale_inverse": "layer_survivors_are_optimal",
    "obs_largest_first": "layer_first_removal_is_the_cheapest",
    "obs_without_pivot": "layer_first_removal_is_the_cheapest",
    "obs_of_last_sample": "layer_ignores_sample_order",
    "obs_shared_inverse": "layer_equals_slow_obs",
    "obs_undamped": "layer_survives_singular_hessians",
    "one_too_many": "layer_count_is_exact",
    "mask_turned_round": "layer_zeros_agree_with_mask",
    "mask_not_applied": "layer_zeros_agree_with_mask",
    "chance": "layer_is_deterministic_under_ties",
    "layer_in_place": "layer_pruner_leaves_its_inputs",
    "transposed": "magnitude_removes_the_smallest",
    "signed": "magnitude_removes_the_smallest",
    "passes_over_zeros": "layer_is_idempotent",
}


@pytest.fixture(scope="module")
def outcomes():
    """What the laws that the page names say of every mutant: {mutant: outcomes that failed}."""
    boards = {m.name: check(m.make(), m.kind, method=m.method, examples=EXAMPLES, laws=CAUGHT[m.name], smaller=0,
                            raise_on_failure=False) for m in MUTANTS}
    return {name: [o for o in board.outcomes if not o.passed] for name, board in boards.items()}


@pytest.mark.parametrize("name", [m.name for m in MUTANTS])
def test_the_mutant_is_caught_within_ten_seconds(name, outcomes):
    assert outcomes[name]
    assert min(o.first_failure for o in outcomes[name]) < 10


def test_every_law_catches_a_mutant(outcomes):
    caught = {o.law.name for failed in outcomes.values() for o in failed}
    assert caught == {law.name for laws in LAWS.values() for law in laws}


@pytest.mark.parametrize("m", [m for m in MUTANTS if m.name in SMALL], ids=lambda m: m.name)
def test_the_counterexample_is_small(m):
    board = check(m.make(), m.kind, method=m.method, examples=EXAMPLES, laws=[SMALL[m.name]],
                  raise_on_failure=False)
    case = board.outcomes[0].case
    units, inputs = np.atleast_2d(getattr(case, "W", case.H[0] if hasattr(case, "H") else None)).shape
    assert inputs <= 3
    assert units <= 2


def test_the_implementation_that_mutants_spoil_is_right():
    check(obs(), "layer_pruner", method="obs", examples=30)
    check(lambda W, X, n: each(W, X, n, obs()), "unit_pruner", method="obs", examples=30)


def test_there_are_enough_mutants():
    assert len(SMALL) >= 25
    assert len({m.name for m in MUTANTS}) == len(MUTANTS) >= 25
    assert set(CAUGHT) == {m.name for m in MUTANTS}


def test_the_pages_are_up_to_date():
    pages = laws_page.pages(CAUGHT)
    assert {f"laws/{path.name}" for path in (laws_page.DOCS / "laws").glob("*.md")} == set(pages) - {"laws.md"}
    for name, text in pages.items():
        assert (laws_page.DOCS / name).read_text() == text, "run: python tools/laws_page.py --measure"


def test_every_law_has_its_address_where_all_are_listed_and_a_heading_in_its_family():
    pages = laws_page.pages(CAUGHT)
    for kind, laws in LAWS.items():
        for law in laws:
            old = law.name.replace("_", "-")
            assert re.search(rf'<a id="{old}[\w-]*"></a>\[{law.name}\]\(laws/{kind}.md#{law.name}', pages["laws.md"])
            assert f"\n## {law.name}" in pages[f"laws/{kind}.md"]


@pytest.mark.nightly
def test_no_other_law_catches_them():
    assert laws_page.measure() == CAUGHT
