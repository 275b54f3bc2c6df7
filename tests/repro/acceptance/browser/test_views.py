"""Which cells are shown: each filter, a text, the address of a view, the way back, and all of it with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from repro.plan import catalogue
from repro.records import results
from repro.records.judged import JudgedCell, judged
from repro.report import search
from repro.report.page import assembly
from repro.report.pictures.matrix import matrix
from repro.report.tables import label
from tests.repro.acceptance.browser import looking

#: Each filter, and which cells it leaves, by the records.
FILTERS: dict[str, tuple[str, Callable[[JudgedCell], bool]]] = {
    "tag": ("memory", lambda cell: "memory" in catalogue.scenarios()[cell.scenario].scenario.tags),
    "pool": ("ProcessPoolExecutor", lambda cell: label(cell.pool) == "ProcessPoolExecutor"),
    "version": ("3.8.18", lambda cell: cell.python == "3.8.18"),
    "method": ("spawn", lambda cell: cell.start_method == "spawn"),
    "verdict": ("hang", lambda cell: cell.judgement.verdict == "hang"),
}

TOLD = "document.activeElement.getAttribute('aria-label')"


def expect_count(page: Any, number: int) -> None:
    """So many cells are shown, and the page says so."""
    from playwright.sync_api import expect

    expect(page.locator("#matrix")).to_have_attribute("data-shown", str(number))
    expect(page.locator("#count")).to_contain_text(f"{number:,}")


@pytest.fixture
def cells(run: results.Run) -> list[JudgedCell]:
    return judged(run)


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_leaves_what_fits(page: Any, file: Path, cells: list[JudgedCell], name: str) -> None:
    """The boxes that are left have such cells; all others are gone, and their rows, columns and groups with them."""
    value, fits = FILTERS[name]
    left = [cell for cell in cells if fits(cell)]
    assert 0 < len(left) < len(cells)
    page.goto(file.as_uri())
    page.select_option(f"#f-{name}", value)
    expect_count(page, len(left))
    assert set(page.locator("#matrix tr[data-s]:visible .name").all_inner_texts()) == {cell.scenario for cell in left}
    pools = page.locator("#matrix thead th[data-p]:visible")
    assert pools.count() == len({cell.pool for cell in left})
    assert page.locator("#matrix tbody:visible:not(:has(tr[data-s]:visible))").count() == 0


def test_differences_only(page: Any, run: results.Run, tmp_path: Path) -> None:
    """What is left are the pools' rows whose boxes do not agree: of a run in which, once, one pool did what another does."""
    swapped = {"multiprocessing.Pool": "safepool", "safepool": "multiprocessing.Pool"}
    once = ("sigkill", "spawn", "3.8.18")
    records = [
        {**one, "pool": swapped.get(one["pool"], one["pool"])}
        if (one["scenario"], one["start_method"], one["python"]) == once
        else one
        for one in run.cells
    ]
    changed = results.Run(run.header, records, run.footer)
    cells = judged(changed)
    file = tmp_path / "page.html"
    file.write_text(assembly.render(changed, cells), "utf-8")
    one = matrix(cells, {})
    mixed = {
        (row.scenario, pool)
        for row in one.rows
        for pool, stretches in row.pools.items()
        if len({stretch.parts for stretch in stretches}) > 1 or any(len(each.parts) > 1 for each in stretches)
    }
    assert mixed == {("sigkill", "multiprocessing.Pool"), ("sigkill", "safepool")}
    left = sum((cell.scenario, cell.pool) in mixed for cell in cells)
    page.goto(file.as_uri())
    page.get_by_label("only where versions or start methods differ").check()
    expect_count(page, left)


@pytest.mark.parametrize("text", ["pool.py:765", "BrokenProcessPool", "Terminated", "wait (multi"])
def test_a_text_finds_what_repro_find_finds(page: Any, file: Path, run: results.Run, text: str) -> None:
    wanted = search.pattern(text)
    found = sum(search.in_cell(record, wanted) is not None for record in run.cells)
    page.goto(file.as_uri())
    page.fill("#f-text", text)
    expect_count(page, found)


def test_a_view_is_in_its_address(page: Any, browser: Any, file: Path, cells: list[JudgedCell]) -> None:
    """Whatever is chosen can be sent to somebody, whose browser shows the same: the form, the cells, the evidence."""
    page.goto(file.as_uri())
    for name, (value, _) in FILTERS.items():
        if name != "tag":
            page.select_option(f"#f-{name}", "Pool" if name == "pool" else value)
    page.fill("#f-text", "pool.py")
    page.locator("#matrix button:visible", has_text="hangs").first.click()
    page.locator("#panel-heading").wait_for()
    page.wait_for_url("**text=pool.py**")
    fields = "Object.fromEntries(new FormData(document.getElementById('filters')))"
    chosen, shown, heading = page.evaluate(fields), page.inner_text("#count"), page.inner_text("#panel-heading")
    with looking.watched(browser) as other:
        other.goto(page.url)
        other.locator("#panel-heading").wait_for()
        assert other.inner_text("#panel-heading") == heading
        other.wait_for_function("count => document.getElementById('count').value === count", arg=shown)
        assert other.evaluate(fields) == chosen
        other.get_by_role("button", name="Show all").click()
        expect_count(other, len(cells))


def test_the_way_back(page: Any, file: Path, cells: list[JudgedCell]) -> None:
    """The browser's buttons take back, and do again, each choice; letters of one text are one."""
    from playwright.sync_api import expect

    hangs = sum(fits(cell) for cell in cells for fits in [FILTERS["verdict"][1]])
    page.goto(file.as_uri())
    expect_count(page, len(cells))
    page.select_option("#f-verdict", "hang")
    expect_count(page, hangs)
    page.locator("#f-text").press_sequentially("sigk", delay=300)
    page.wait_for_url("**text=sigk")
    page.locator("#matrix button:visible").first.click()
    expect(page.locator("#panel-heading")).to_be_focused()
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()
    assert page.locator("#f-text").input_value() == "sigk"
    page.go_back()
    expect_count(page, hangs)
    assert page.locator("#f-text").input_value() == ""
    page.go_back()
    expect_count(page, len(cells))
    page.go_forward()
    expect_count(page, hangs)


def test_an_address_of_another_run_says_so(page: Any, file: Path) -> None:
    """It names a cell that is not here; nothing else is hidden by that."""
    page.goto(f"{file.as_uri()}#{urlencode({'cell': 'sigkill|Pool|map|fork|2.7.18|1'})}")
    page.get_by_text("This page has no cell sigkill|Pool|map|fork|2.7.18|1").wait_for()
    assert page.locator("#panel").is_hidden()


def test_the_keyboard_alone_is_enough(page: Any, file: Path, cells: list[JudgedCell]) -> None:
    """To the filters, over the matrix from box to box, into the evidence, through the replay, and back to the box."""
    from playwright.sync_api import expect

    page.goto(file.as_uri())
    expect_count(page, len(cells))
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "f-verdict":
            break
    for _ in range(10):
        page.keyboard.press("ArrowDown")
        if page.evaluate("document.activeElement.value") == "hang":
            break
    expect_count(page, sum(FILTERS["verdict"][1](cell) for cell in cells))
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#matrix button')"):
            break
    page.keyboard.press("ArrowDown")
    before = page.evaluate(TOLD)
    assert before.startswith("sys-exit-0, Pool, Python 3.8 to 3.12: hangs")
    page.keyboard.press("Enter")
    expect(page.locator("#panel-heading")).to_be_focused()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(TOLD) == "one step on":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".now")).to_contain_text("begins task")
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    assert page.evaluate(TOLD) == before


def test_the_skip_link_leads_to_the_matrix(page: Any, file: Path) -> None:
    """The first thing that Tab comes to; from there, one more to the boxes, and the arrow keys over them."""
    page.goto(file.as_uri())
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(TOLD).startswith("sys-exit, ProcessPoolExecutor")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(TOLD).startswith("ok, Pool")


def test_nobody_gets_below_the_panel(browser: Any, file: Path) -> None:
    """On a narrow page the evidence lies over the matrix: Tab does not lead to what is hidden by it."""
    with looking.watched(browser, width=360) as page:
        page.goto(file.as_uri())
        page.locator("#matrix button:visible").first.click()
        page.locator("#panel-heading").wait_for()
        assert page.evaluate("document.querySelector('.left').inert")
        page.keyboard.press("Escape")
        page.locator("#panel").wait_for(state="hidden")
        assert not page.evaluate("document.querySelector('.left').inert")
        assert page.evaluate("document.activeElement.matches('#matrix button')")
