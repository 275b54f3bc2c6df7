"""What a box opens: all that was seen of a cell, and all that is known of it; whatever stands in its record, as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from repro.observation import Observation
from repro.plan import catalogue
from repro.plan.interpreters import Interpreter
from repro.records import results
from repro.records.judged import JudgedCell, judged
from repro.records.results import Record
from repro.report import evidence, script
from repro.report.page import assembly
from repro.report.pictures.waits import wait_graph
from repro.report.tables import label
from tests.repro import lab
from tests.repro.acceptance.browser.test_views import expect_count
from tests.repro.acceptance.test_hostile_records import written
from tests.repro.report.page import made


def cell_of(run: results.Run, scenario: str, pool: str) -> tuple[Record, JudgedCell]:
    """The record and the judged cell of a scenario and pool, with fork on the newest Python."""
    found = [
        (record, cell)
        for record, cell in zip(run.cells, judged(run), strict=True)
        if (cell.scenario, label(cell.pool), cell.start_method, cell.python) == (scenario, pool, "fork", "3.12.1")
    ]
    return found[-1]


def opened(page: Any, file: Path, cell: JudgedCell) -> Any:
    """The evidence of a cell, by its address."""
    name = (cell.scenario, label(cell.pool), cell.operation, cell.start_method, cell.python, cell.repetition)
    page.goto(f"{file.as_uri()}#{urlencode({'cell': '|'.join(map(str, name))})}")
    page.locator("#panel-heading").wait_for()
    return page.locator("#panel")


def test_the_evidence_of_a_hang(page: Any, file: Path, run: results.Run) -> None:
    """The verdict and its reason, why, processes, stacks, the program, prose, what is known."""
    record, cell = cell_of(run, "sigkill", "Pool")
    seen = Observation.from_record(record["observation"])
    entry = catalogue.scenarios()["sigkill"]
    panel = opened(page, file, cell)
    assert panel.locator(".badge").inner_text() == "■ hangs"
    assert cell.judgement.reason in panel.inner_text()
    for sentence in cell.judgement.explanation:
        assert sentence in panel.locator("section", has_text="Why, by the evidence").inner_text()
    assert panel.locator(".table tbody tr").count() == len(evidence.processes(seen).rows)
    panel.locator("summary", has_text="stack of the program").click()
    stack = panel.locator("details[open] pre").inner_text()
    assert "pool.py" in stack
    assert stack.strip() == seen.stacks[str(seen.main_pid)].strip()
    panel.locator("section", has_text="As a program of its own").locator("summary").click()
    program = script.render(
        entry, catalogue.pools()[cell.pool], cell.operation, cell.start_method, Interpreter("", cell.python)
    )
    assert panel.locator("section", has_text="As a program of its own").locator("pre").inner_text() == program
    for part in ("dies", "sees", "why", "where", "instead"):
        assert getattr(entry.scenario, part) in panel.inner_text()
    for reference in entry.scenario.references:
        assert panel.get_by_role("link", name=reference).first.get_attribute("href").startswith("https://")


def test_the_evidence_of_an_error(page: Any, file: Path, run: results.Run) -> None:
    """As the caller saw it, and when, and what it tells him."""
    _, cell = cell_of(run, "sigkill", "ProcessPoolExecutor")
    error = cell.judgement.error
    assert error is not None
    panel = opened(page, file, cell)
    assert f"{error['type']}: {error['message']}" in panel.inner_text()
    assert f"{cell.judgement.latency_ms:.1f} ms after the death" in panel.inner_text()
    assert panel.locator("#graph").count() == 0


def test_from_cell_to_cell(page: Any, file: Path, run: results.Run) -> None:
    """The panel's own choices lead to the other cells of the scenario, and the address goes along."""
    _, cell = cell_of(run, "sigkill", "Pool")
    panel = opened(page, file, cell)
    panel.locator("#c-v").select_option("3.8.18")
    page.wait_for_url("**3.8.18**")
    panel.locator("#c-p").select_option("safepool")
    page.wait_for_url("**safepool**3.8.18**")
    assert panel.locator("h2").inner_text() == "sigkill in safepool"
    assert page.evaluate("document.getElementById('c-v').selectedOptions[0].textContent") == "3.8.18"
    page.go_back()
    page.go_back()
    page.wait_for_url("**3.12.1**")
    page.get_by_text("sigkill in Pool").wait_for()


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A run of which every text is what terminals, pages and spreadsheets would obey, made of cells of the reference run."""
    source = lab.ROOT / "reports" / "reference" / results.FILE
    lines = source.read_text("utf-8").splitlines()
    chosen = [one for one in map(json.loads, lines[1:-1]) if one["scenario"] in ("sigkill", "sys-exit")]
    kept = [one for one in chosen if (one["python"], one["start_method"]) == ("3.12.1", "fork")]
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / results.FILE).write_text("\n".join([lines[0], *map(json.dumps, kept), lines[-1]]) + "\n")
    return written(tmp_path / "bad", folder, "")


@lab.needs_records
def test_hostile_records_are_text(page: Any, hostile: Path, tmp_path: Path) -> None:
    """Cell after cell: nothing runs, nothing is asked for, no element is made of it, and the words can be read."""
    stored = results.read(hostile)
    path = tmp_path / "page.html"
    path.write_text(assembly.render(stored, judged(stored)), "utf-8")
    page.goto(path.as_uri())
    expect_count(page, len(stored.cells))
    assert page.evaluate("typeof evil") == "undefined"
    boxes = page.locator("#matrix button")
    for number in range(boxes.count()):
        boxes.nth(number).click()
        page.locator("#panel-heading").wait_for()
        page.evaluate("document.querySelectorAll('#panel details').forEach(one => { one.open = true; })")
        assert "<script>evil()</script><img src=x>&lt;" in page.inner_text("#panel")
        assert page.locator("img, iframe, object, embed, #panel script, #panel style").count() == 0
        page.keyboard.press("Escape")
        page.locator("#panel").wait_for(state="hidden")
    page.fill("#f-text", "</script><img")
    page.wait_for_url("**text=**")
    assert page.locator("img").count() == 0


def test_a_hostile_hang_is_drawn_as_text(page: Any, tmp_path: Path) -> None:
    """Its wait graph and its stacks, with what would end the page's own script, a NUL and a mark that turns the direction."""
    stored = made.run(made.HOSTILE)
    path = tmp_path / "page.html"
    path.write_text(assembly.render(stored, judged(stored)), "utf-8")
    page.goto(path.as_uri())
    expect_count(page, len(stored.cells))
    page.locator("#matrix button", has_text="hangs").first.click()
    page.locator("#panel summary", has_text="stack of the program").click()
    stack = page.locator("#panel details[open] pre")
    stack.wait_for()
    assert "<img src=x onerror=alert(1)>" in stack.inner_text()
    assert page.locator("img").count() == 0
    graph = wait_graph(Observation.from_record(stored.cells[0]["observation"]))
    assert page.locator("#graph li").all_inner_texts() == graph.sentences()
    assert page.locator("#graph svg").get_attribute("aria-label") == ". ".join(graph.sentences())
