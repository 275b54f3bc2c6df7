"""``timeline_text``: the timeline in letters, however few there are."""

from __future__ import annotations

import pytest

from repro.report.pictures import timeline_text
from repro.report.pictures.timeline import Fate
from repro.report.pictures.timeline_text import ASCII, SYMBOLS
from tests.repro.report.pictures.made import made


def test_letters_of_the_least_locale() -> None:
    text = timeline_text.render("title", [made()], 80, ascii_=True)
    assert text.isascii()
    assert all(f"{task}{ASCII[fate]}" in text for task, fate in made().fates.items())


@pytest.mark.parametrize("width", [40, 80, 200])
def test_it_fits_the_width(width: int) -> None:
    lines = timeline_text.render("title", [made()], width).splitlines()
    assert (
        max(len(line) for line in lines[1:-1] if "other results" not in line) <= width + 8
    )  # the last number of the axis


def test_each_fate_has_a_symbol_of_its_own() -> None:
    """No meaning hangs on colour alone."""
    assert len(set(SYMBOLS.values())) == len(set(ASCII.values())) == len(Fate)
