"""Tables on a terminal: they fit, and colour changes no word."""

from __future__ import annotations

import pytest

from repro.records.results import Run
from repro.report import tables
from repro.report.formats import Style, terminal
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, POOL, cell


def test_a_pool_that_is_not_known_here_is_shown_all_the_same() -> None:
    """Records of a run with pools or scenarios that this version does not have keep their names and come last."""
    run = Run({}, [], None)
    text = terminal.render(run, [cell(Verdict.HANG), cell(Verdict.HANG, "new-one", "new.Pool")], Style(width=200))
    assert "new.Pool" in text
    assert "new-one" in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_table_fits_its_terminal(width: int) -> None:
    """Columns are folded where the table would be wider than the terminal, unless even folded ones don't fit."""
    cells = [cell(Verdict.RAISED, pool=pool, latency=1.0) for pool in (POOL, EXECUTOR)]
    text = terminal.table_text(tables.comparison(cells), Style(width=width))
    assert max(map(len, text.splitlines()[2:])) <= width


def test_no_word_is_cut_where_the_words_fit() -> None:
    """A narrow column gives way to one with a long word: no ``ProcessPoolEx ecutor`` beside empty space."""
    table = tables.Table(
        "Title", ["a", "b", "c"], [["x", "ProcessPoolExecutor.submit", "y"], ["z", "hang", "many words " * 5]]
    )
    text = terminal.table_text(table, Style(width=45))
    assert "ProcessPoolExecutor.submit" in text
    assert max(map(len, text.splitlines())) <= 45


@pytest.mark.parametrize("width", [40, 200])
def test_colour_changes_no_word(width: int) -> None:
    """Without its escape sequences a coloured table is the plain one, word for word."""
    import re

    cells = [cell(Verdict.RAISED, pool=EXECUTOR, latency=1.0), cell(Verdict.HANG)]
    plain = terminal.render(Run({}, [], None), cells, Style(width=width))
    coloured = terminal.render(Run({}, [], None), cells, Style(colour=True, width=width))
    assert coloured != plain
    assert re.sub("\033\\[[0-9;]*m", "", coloured).split() == plain.split()
