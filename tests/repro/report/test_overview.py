"""The comparison in every width: it fits, says the same in fewer columns, and explains each of its words and signs."""

from __future__ import annotations

import pytest

from repro.plan import catalogue
from repro.records.judged import JudgedCell
from repro.records.results import Run
from repro.report import tables
from repro.report.formats import Style, terminal
from repro.report.overview import PAGE, _shapes, overview
from repro.verdicts.judge import Verdict
from tests.repro.cells import EXECUTOR, POOL, cell

SCENARIOS = list(catalogue.scenarios())
POOLS = list(catalogue.pools())


def many(pools: int, scenarios: int) -> list[JudgedCell]:
    """Cells of so many pools and scenarios: the first pool hangs, the others come to the same, but for the last one."""
    return [
        cell(
            Verdict.HANG if pool == POOLS[0] else Verdict.COMPLETED if pool == POOLS[pools - 1] else Verdict.RAISED,
            scenario,
            pool,
            latency=1.0,
        )
        for pool in POOLS[:pools]
        for scenario in SCENARIOS[:scenarios]
    ]


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.parametrize(("pools", "scenarios"), [(2, 2), (3, 10), (16, 1), (16, 10), (3, 85), (16, 85)])
def test_every_table_fits_and_names_everything(pools: int, scenarios: int, width: int) -> None:
    """However many pools and scenarios: no line is wider than the terminal, and each of their names is there, uncut."""
    text = terminal.render(Run({}, [], None), many(pools, scenarios), Style(width=width))
    assert max(map(len, text.splitlines())) <= width
    words = set(text.replace(",", " ").replace(":", " ").split())
    assert set(SCENARIOS[:scenarios]) <= words or (pools == 16 and scenarios == 10)
    flat = "".join(text.split())
    assert all(tables.label(pool) in flat for pool in POOLS[:pools])


def test_words_give_way_to_short_ones_and_these_to_signs() -> None:
    """The same cells in less and less room; what stands in the table stands in the legend."""
    cells = many(16, 10)
    wide, _ = overview(cells, 10_000, width_of)
    assert wide.rows[0][:3] == ["ok", "HANG", "raised BrokenProcessPool 1.0 ms"]
    short, legend = overview(cells, 200, width_of)
    assert short.rows[0][:3] == ["ok", "HANG", "error"]
    assert legend[:2] == ["ok: every result arrived", "error: an error reached the caller"]
    signs, legend = overview(cells, 20, width_of)
    assert signs.rows[0] == ["ok", "H", "e", "."], "pools that came to the same are one column"
    assert legend[0] == "a: Pool" and legend[1].startswith("b: ProcessPoolExecutor, safepool, ")
    assert "H: the deadline passed, and nothing moved any more" in legend


def test_pools_that_came_to_the_same_are_one_row() -> None:
    """One scenario of many pools is turned: a row for each outcome."""
    table, _ = overview(many(16, 1), 80, width_of)
    assert [row[1] for row in table.rows] == ["HANG", "raised BrokenProcessPool 1.0 ms", "completed"]
    assert table.rows[0][0] == "Pool"


def test_scenarios_beyond_a_page_are_one_row_for_each_outcome() -> None:
    """Three rows tell of a hundred; with as many as fit on a page, each has its own."""
    table, _ = overview(many(3, PAGE), 80, width_of)
    assert len(table.rows) == PAGE
    table, _ = overview(many(3, PAGE + 1), 80, width_of)
    assert table.headers[-1] == "scenarios"
    assert [row[:-1] for row in table.rows] == [["HANG", "error", "ok"]]
    details = terminal.render(Run({}, [], None), many(3, PAGE + 1), Style(width=80, details=True))
    assert sum(line.startswith(tuple(SCENARIOS)) for line in details.splitlines()) >= PAGE + 1


def test_several_outcomes_stand_in_one_place() -> None:
    """The more frequent first, explained; what did not run is left out where something did; a stand-in is marked."""
    cells = [
        cell(Verdict.RAISED, repetition=1),
        cell(Verdict.HANG, repetition=2),
        cell(Verdict.HANG, repetition=3),
        cell(Verdict.UNSUPPORTED, repetition=4),
        cell(Verdict.HANG, "oom", pool=EXECUTOR, simulated=True),
        cell(Verdict.UNSUPPORTED, "oom"),
    ]
    table, legend = overview(cells, 30, width_of)
    assert [row[1:] for row in table.rows] == [["HANG/error", ""], ["-", "HANG*"]]
    assert any(line.startswith("HANG/error: ") for line in legend)
    assert any(line.startswith("* simulated") for line in legend)


def width_of(table: tables.Table) -> int:
    """As tabulate's simple format writes it."""
    columns = zip(table.headers, *table.rows, strict=True)
    widths = [max(len(line) for text in column for line in text.split("\n")) for column in columns]
    return sum(widths) + 2 * (len(widths) - 1)


def test_what_was_not_run_has_its_place_in_every_shape() -> None:
    """Whether words fit or signs only: a pool whose cells are all missing has its column, and the legend says what that is."""
    missing = [("sigkill", POOL, "map", "fork", "3.12.1", 1), ("ok", EXECUTOR, "map", "spawn", "3.12.1", 1)]
    cells = [cell(Verdict.COMPLETED, "ok", EXECUTOR), cell(Verdict.RAISED, pool=EXECUTOR)]
    shapes = list(_shapes(cells, 20, lambda table: 10, missing))
    assert len(shapes) > 3
    for table, lines in shapes:
        text = " ".join(" ".join(cell for row in table.rows for cell in row[1:]).split())
        sign = "o" if "o: the run was cut short before" in lines else "not run"
        assert f"{sign}: the run was cut short before" in lines
        assert text.count(sign) == 2, text
