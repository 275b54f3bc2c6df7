"""``timeline_svg``: it says all that the timeline says, and nothing breaks out of it."""

from __future__ import annotations

from xml.etree import ElementTree

from repro.observation import Fault
from repro.records.shown import text as clean
from repro.report.pictures import timeline_svg, timeline_text, timeline_trace
from repro.report.pictures.svg import page, pixels
from repro.report.pictures.timeline import MOST_TASKS, timeline
from repro.report.pictures.timeline_text import SYMBOLS, in_words
from repro.report.pictures.words import Words
from tests.repro.report.pictures.made import hang, made, observation

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "a\x1b]52;c;x\x07<script>&\"'\x00\u202e"


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_all_say_the_same() -> None:
    """Each task with its fate, each worker, how it died, and what the caller got."""
    cell = made()
    svg = texts(timeline_svg.render("title", "subtitle", [cell]))
    text = timeline_text.render("title", [cell], 100)
    trace = timeline_trace.render([cell])
    for task, fate in cell.fates.items():
        assert f"{task} {SYMBOLS[fate]}" in svg
        assert f"{task}{SYMBOLS[fate]}" in text
        assert fate in svg
        assert f"{SYMBOLS[fate]} {fate}" in text
    for lane in cell.lanes:
        assert lane.name in svg
        assert lane.name in text
        assert lane.name in trace
        if lane.death is not None:
            assert any(f"✕ {lane.death.status}" in words for words in svg)
            assert f"✕ {lane.death.status}" in text
            assert lane.death.status in trace
    assert any(cell.answer in words for words in svg)
    assert cell.answer in text
    assert "waits for ever" in svg


def test_who_does_not_see_it_is_told() -> None:
    """The drawing has a title and a description, which says what becomes of each task."""
    root = ElementTree.fromstring(timeline_svg.render("title", "", [made()]))
    description = root.findtext(f"{SVG}desc")
    assert description == in_words(made())
    assert "computed, never handed over: 2" in description
    assert root.get("role") == "img"


def test_the_same_cells_make_the_same_bytes() -> None:
    for render in (lambda: timeline_svg.render("a", "b", [made()]), lambda: timeline_trace.render([made()])):
        assert render() == render()


def test_a_hostile_name_is_text() -> None:
    """In the drawing, on the page, on the terminal."""
    cell = made(HOSTILE)
    svg = timeline_svg.render(HOSTILE, HOSTILE, [cell])
    assert any(clean(HOSTILE) in words for words in texts(svg))
    html = page(HOSTILE, svg)
    for text in (svg, html, timeline_text.render(clean(HOSTILE), [cell], 80)):
        assert not set(text) & set("\x1b\x00\x07\u202e")
    assert "<script>" not in html


def test_very_many_tasks_stay_in_the_drawing() -> None:
    """Lines of them, and the rest in words; below them, what the caller got."""
    fault = Fault(inputs=list(range(1, 2001)), faulty=3, status=-9, kills=True)
    cell = timeline("a pool", "", fault, observation(), hang())
    found = list(ElementTree.fromstring(timeline_svg.render("title", "", [cell])).iter(f"{SVG}text"))
    assert {f"{MOST_TASKS} –", cell.other_fates} <= {one.text for one in found}
    assert max(float(one.get("x", "")) for one in found) < timeline_svg.WIDTH
    places = {one.text: float(one.get("y", "")) for one in reversed(found)}  # the first of each name
    assert places["1 ✓"] < places[f"{MOST_TASKS} –"] < places[cell.other_fates] < places["caller"]


def test_a_long_name_of_a_worker_stays_in_its_panel() -> None:
    """In smaller letters: in another language it may be twice as long."""
    words = Words(told=lambda text: text.replace("worker ", "補充されたワーカー"))
    drawn = ElementTree.fromstring(timeline_svg.render("title", "subtitle", [made()], words=words))
    names = [element for element in drawn.iter(f"{SVG}text") if (element.text or "").startswith("補充")]
    assert names
    for element in names:
        assert pixels(element.text or "", float(element.attrib["font-size"])) < float(element.attrib["x"]) - 8
