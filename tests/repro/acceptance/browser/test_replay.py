"""The replay: it is played and stepped, with the keyboard too, without motion where none is wanted, and ends with the facts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repro.observation import Fault, Observation
from repro.records import results
from repro.report.pictures.timeline import Timeline, timeline
from repro.report.pictures.timeline_text import in_words
from tests.repro.acceptance.browser import looking

SIGKILL = "cell=sigkill%7CPool%7Cmap%7Cfork%7C3.12.1%7C1"
CLOCK = ".controls output"


@pytest.fixture
def page(browser: Any, file: Path) -> Iterator[Any]:
    """The evidence of a worker's death in Pool, and in the other pools beside it; nothing moves."""
    with looking.watched(browser) as opened:
        opened.goto(f"{file.as_uri()}#{SIGKILL}")
        opened.locator("#drawn .stage").first.wait_for()
        yield opened


@pytest.fixture
def moving(browser: Any, file: Path) -> Iterator[Any]:
    """The same, for somebody who has nothing against motion."""
    with looking.watched(browser, reduced_motion="no-preference") as opened:
        opened.goto(f"{file.as_uri()}#{SIGKILL}")
        opened.locator("#drawn .stage").first.wait_for()
        yield opened


def timelines(run: results.Run) -> Iterator[Timeline]:
    """Those that the page draws beside each other."""
    for record in run.cells:
        if (record["scenario"], record["start_method"], record["python"]) == ("sigkill", "fork", "3.12.1"):
            seen = Observation.from_record(record["observation"])
            yield timeline(record["pool"], "", Fault(**record["fault"]), seen, results.judge_record(record))


def at(page: Any) -> float:
    """The moment that the replay shows, in ms."""
    return float(page.locator(".controls input").input_value())


def test_it_ends_where_the_tasks_ended(page: Any) -> None:
    """Pool: what was computed is never handed over, the dead worker keeps its task, and the caller waits."""
    pool = page.locator("#drawn .pool").first
    page.get_by_role("button", name="one step on").focus()
    page.keyboard.press("End")
    place = {name: pool.locator(".place", has_text=name) for name in ("SIGKILL", "computed", "caller")}
    assert place["SIGKILL"].locator(".chip").all_inner_texts() == ["3 ✕"]
    assert place["computed"].locator(".chip").count() == 7
    assert "waits for ever" in place["caller"].inner_text()
    page.keyboard.press("Home")
    assert pool.locator(".place", has_text="not begun").locator(".chip").count() == 8


def test_step_by_step(page: Any, run: results.Run) -> None:
    """Each step comes to the next moment at which something was seen, in whichever pool; and back through the same ones."""
    page.get_by_role("button", name="one step on").focus()
    seen = []
    while True:
        before = at(page)
        page.keyboard.press("ArrowRight")
        if at(page) == before:
            break
        seen.append(before)
    starts = [run_.start for one in timelines(run) for lane in one.lanes for run_ in lane.runs]
    assert len(seen) > 3
    for start in starts:
        assert min(abs(start - moment) for moment in [*seen, at(page)]) <= 0.01
    back = []
    while at(page) > 0:
        page.get_by_role("button", name="one step back").click()
        back.append(at(page))
    assert back == seen[::-1]


def test_it_plays_to_its_end(moving: Any) -> None:
    """From wherever it stands, and from the beginning where it stands at the end."""
    from playwright.sync_api import expect

    moving.get_by_role("button", name="one step on").focus()
    moving.keyboard.press("End")
    clock = moving.locator(CLOCK)
    end = clock.inner_text()
    moving.keyboard.press("ArrowLeft")
    expect(clock).not_to_have_text(end)
    moving.get_by_role("button", name="play", exact=True).click()
    expect(clock).to_have_text(end)
    moving.get_by_role("button", name="play", exact=True).click()
    moving.get_by_role("button", name="pause", exact=True).click()
    expect(clock).not_to_have_text(end)


#: How many animations of chips there were, from now on.
COUNTED = """(() => {
  window.moves = 0;
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...all) {
    window.moves += 1;
    return animate.apply(this, all);
  };
})()"""


@pytest.mark.parametrize("still", [True, False])
def test_nothing_moves_where_no_motion_is_wanted(browser: Any, file: Path, still: bool) -> None:
    """Chips stand where they come to at once; played, it goes from moment to moment. Else they fly, and time flows."""
    with looking.watched(browser, reduced_motion="reduce" if still else "no-preference") as page:
        page.clock.install()
        page.goto(f"{file.as_uri()}#{SIGKILL}")
        page.locator("#drawn .stage").first.wait_for()
        page.evaluate(COUNTED)
        for _ in range(3):
            page.get_by_role("button", name="one step on").click()
        assert (page.evaluate("window.moves") == 0) == still
        stepped = at(page)
        page.get_by_role("button", name="to the beginning").click()
        page.get_by_role("button", name="play", exact=True).click()
        for _ in range(3):
            page.clock.run_for(1000)
        assert (at(page) == stepped) == still
        assert at(page) > 0


def test_the_timeline_says_what_the_pictures_say(page: Any, run: results.Run) -> None:
    """Of each pool the sentence that describes it is its name."""
    drawn = page.locator("#drawn svg[role=img]")
    assert drawn.count() == 3
    assert {one.get_attribute("aria-label") for one in drawn.all()} == {in_words(one) for one in timelines(run)}


def test_one_pool_alone(page: Any) -> None:
    """The others are beside it as long as that is wanted."""
    page.get_by_label("all pools in the same clock").uncheck()
    assert page.locator("#drawn svg[role=img]").count() == 1
