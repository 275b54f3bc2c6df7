"""The pages of the kinds."""

from __future__ import annotations

import re

import pytest

from repro.diagnose import words
from repro.diagnose.kinds import BESIDE_A_DEATH, BROKEN, PAGES, STUCK, TERMINATED, Case, Kind
from repro.plan import catalogue


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_a_page(kind: Kind) -> None:
    """Its scenarios are in the catalogue; of what is stuck, it says what to do, and what to change."""
    page = PAGES[kind]
    assert set(page.scenarios) <= set(catalogue.scenarios())
    assert kind.value not in catalogue.scenarios(), "repro show would not know which is meant"
    if page.status == STUCK:
        assert page.now
        assert page.next
        assert page.scenarios
    assert f"{kind.value}: {page.title}" in " ".join(words.manual(kind, 80).split())


@pytest.mark.parametrize("kind", Kind)
def test_it_fits_a_terminal(kind: Kind) -> None:
    assert all(len(line) <= 80 for line in words.manual(kind, 80).splitlines())


@pytest.mark.parametrize("case", [BROKEN, TERMINATED, BESIDE_A_DEATH])
def test_what_is_done_with_a_stopped_worker_is_the_same_whatever_is_beside(case: Case) -> None:
    """What follows is another thing: the commands are those of the page, whose remedies were tried."""
    page = PAGES[Kind.STOPPED_WORKER]
    commands = [re.findall("`[^`]*`", page.to_do(10, [11], [11, 12], False, one)) for one in (None, case)]
    assert commands[0] == commands[1] == ["`kill -CONT 11`"]
    assert case.lost
