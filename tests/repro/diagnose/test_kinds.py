"""The pages of the kinds."""

from __future__ import annotations

import pytest

from repro.diagnose import words
from repro.diagnose.kinds import PAGES, STUCK, Kind
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
