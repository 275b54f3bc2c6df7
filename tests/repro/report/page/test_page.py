"""The page in a browser: filters, addresses, keyboard, evidence, replay; no error, no request to anywhere.

An extra: needs Playwright and a chromium of the system, and is skipped, with the reason, where one is missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repro.observation import Fault, Observation
from repro.records import results
from repro.report import search
from repro.report.page import assembly
from repro.report.pictures.timeline import timeline
from repro.report.pictures.timeline_text import in_words
from repro.report.pictures.waits import wait_graph
from repro.report.tables import judged
from tests.repro import lab
from tests.repro.report.page import made

sync_api = pytest.importorskip(
    "playwright.sync_api", reason="the page is tried in a browser where Playwright is: pip install playwright"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="the page is tried in a browser, and no chromium is on PATH"),
    lab.needs_records,
]

SIGKILL = "cell=sigkill%7CPool%7Cmap%7Cfork%7C3.12.1%7C1"


@pytest.fixture(scope="module")
def run() -> results.Run:
    """Two Pythons of the reference run."""
    whole = results.read(lab.ROOT / "reports" / "reference")
    return whole.only(lambda record: record["python"] in ("3.8.18", "3.12.1"))


@pytest.fixture(scope="module")
def file(run: results.Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(assembly.render(run, judged(run)), "utf-8")
    return path


@pytest.fixture(autouse=True)
def nothing_left() -> None:
    """The browser stays from test to test, and is ended after the last."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that has no error to say, and asks for nothing but itself."""
    page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.close()
    assert said == []
    assert all(url.startswith("file://") for url in asked)


def nameof(record: results.Record) -> tuple[str, str, str, str]:
    return record["scenario"], record["pool"], record["start_method"], record["python"]


def wait_for_count(page: Any, number: int) -> None:
    sync_api.expect(page.locator("#matrix")).to_have_attribute("data-shown", str(number))


def test_a_view_is_in_its_address(page: Any, file: Path, run: results.Run) -> None:
    """What is chosen can be sent to somebody, who sees the same."""
    page.goto(file.as_uri())
    wait_for_count(page, len(run.cells))
    page.select_option("#f-pool", "Pool")
    page.select_option("#f-version", "3.12.1")
    page.select_option("#f-verdict", "hang")
    mine = [one for one in run.cells if one["pool"] == "multiprocessing.Pool" and one["python"] == "3.12.1"]
    hangs = sum(one["verdict"] == "hang" for one in mine)
    wait_for_count(page, hangs)
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    wait_for_count(page, hangs)
    assert page.locator("#f-verdict").input_value() == "hang"
    page.get_by_role("button", name="Show all").click()
    wait_for_count(page, len(run.cells))


@pytest.mark.parametrize("text", ["pool.py:765", "BrokenProcessPool", "Terminated", "wait (multi"])
def test_a_text_finds_what_repro_find_finds(page: Any, file: Path, run: results.Run, text: str) -> None:
    wanted = search.pattern(text)
    found = sum(search.in_cell(record, wanted) is not None for record in run.cells)
    page.goto(file.as_uri())
    page.fill("#f-text", text)
    wait_for_count(page, found)


def test_the_keyboard_opens_steps_and_closes(page: Any, file: Path) -> None:
    """From box to box, into the evidence, through the replay, and back to the box."""
    page.goto(file.as_uri())
    page.locator('#matrix button[tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    before = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert before.startswith("sys-exit, ProcessPoolExecutor")
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("#panel-heading")).to_be_focused()
    page.get_by_role("button", name="one step on").focus()
    page.keyboard.press("ArrowRight")
    sync_api.expect(page.locator(".now")).to_contain_text("begins task")
    page.keyboard.press("Escape")
    sync_api.expect(page.locator("#panel")).to_be_hidden()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == before


def test_a_replay_ends_where_the_tasks_ended(page: Any, file: Path, run: results.Run) -> None:
    """Pool: what was computed is never handed over, the dead worker keeps its task, and the caller waits."""
    page.goto(f"{file.as_uri()}#{SIGKILL}")
    pool = page.locator("#drawn .pool").first
    sync_api.expect(pool.locator(".stage")).to_be_visible()
    page.get_by_role("button", name="one step on").focus()
    page.keyboard.press("End")
    place = {name: pool.locator(".place", has_text=name) for name in ("SIGKILL", "computed", "caller")}
    assert place["SIGKILL"].locator(".chip").all_inner_texts() == ["3 ✕"]
    assert len(place["computed"].locator(".chip").all()) == 7
    assert "waits for ever" in place["caller"].inner_text()
    page.keyboard.press("Home")
    assert len(pool.locator(".place", has_text="not begun").locator(".chip").all()) == 8


def test_a_replay_plays_to_its_end(page: Any, file: Path) -> None:
    """From wherever it stands, and from the beginning where it stands at the end."""
    page.emulate_media(reduced_motion="no-preference")
    page.goto(f"{file.as_uri()}#{SIGKILL}")
    page.get_by_role("button", name="one step on").focus()
    page.keyboard.press("End")
    clock = page.locator(".controls output")
    end = clock.inner_text()
    page.keyboard.press("ArrowLeft")
    sync_api.expect(clock).not_to_have_text(end)
    page.get_by_role("button", name="play", exact=True).click()
    sync_api.expect(clock).to_have_text(end)
    page.get_by_role("button", name="play", exact=True).click()
    page.get_by_role("button", name="pause", exact=True).click()
    sync_api.expect(clock).not_to_have_text(end)


def test_the_timeline_says_what_the_pictures_say(page: Any, file: Path, run: results.Run) -> None:
    """Of each pool the sentence that describes it is its name."""
    page.goto(f"{file.as_uri()}#{SIGKILL}")
    sync_api.expect(page.locator("#drawn svg[role=img]")).to_have_count(3)
    said = {one.get_attribute("aria-label") for one in page.locator("#drawn svg[role=img]").all()}
    told = set()
    for record in run.cells:
        if nameof(record) == ("sigkill", record["pool"], "fork", "3.12.1"):
            seen = Observation.from_record(record["observation"])
            made_ = timeline(record["pool"], "", Fault(**record["fault"]), seen, results.judge_record(record))
            told.add(in_words(made_))
    assert said == told


def test_hostile_records_are_text(page: Any, tmp_path: Path) -> None:
    """Nothing of them runs, and each is read as it stands there."""
    stored = made.run(made.HOSTILE)
    path = tmp_path / "page.html"
    path.write_text(assembly.render(stored, judged(stored)), "utf-8")
    page.goto(path.as_uri())
    wait_for_count(page, len(stored.cells))
    page.locator("#matrix button", has_text="hangs").first.click()
    stack = page.locator("#panel summary", has_text="stack of the program")
    stack.click()
    sync_api.expect(page.locator("#panel details[open] pre")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("img").count() == 0
    graph = wait_graph(Observation.from_record(stored.cells[0]["observation"]))
    assert page.locator("#graph li").all_inner_texts() == graph.sentences()
    assert page.locator("#graph svg").get_attribute("aria-label") == ". ".join(graph.sentences())
