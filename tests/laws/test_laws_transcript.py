"""The transcript shows what happens: each attempt breaks the laws that it says, and the last breaks none."""

import inspect
import re

import laws_transcript
import pytest
from laws_attempts import ATTEMPTS

PAGE = laws_transcript.PAGE.read_text()


def lines(attempt):
    """What the page says of every law: [(pass or FAIL, law)]."""
    part = PAGE[PAGE.index(f"{attempt.__name__} as layer_pruner"):]
    return re.findall(r"^  (pass|FAIL)  (\w+)", part[:part.index("```")], re.M)


@pytest.mark.parametrize(("attempt", "look"), list(zip(ATTEMPTS, laws_transcript.LOOKS)))
def test_the_attempt_breaks_the_laws_of_the_page(attempt, look):
    law, words = look
    assert inspect.getsource(attempt).rstrip() in PAGE
    assert words in PAGE
    broken = [name for word, name in lines(attempt) if word == "FAIL"]
    # The numbers of a counterexample may differ from one version of Hypothesis to the next; the laws may not.
    board = laws_transcript.board(attempt, laws=broken or None, smaller=0, examples=100 if broken else 20)
    assert board.failed == broken
    assert law is None or law in broken


def test_each_attempt_breaks_fewer_laws():
    counts = [sum(word == "FAIL" for word, _ in lines(attempt)) for attempt in ATTEMPTS]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] == 0
    assert PAGE.startswith(laws_transcript.HEAD)
