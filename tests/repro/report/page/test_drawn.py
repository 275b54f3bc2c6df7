"""``drawn``: a picture's data is what was recorded, and every text of it can be shown."""

from __future__ import annotations

from repro.observation import Fault, Observation
from repro.records.results import judge_record
from repro.report.page import drawn
from repro.report.pictures.timeline import timeline
from repro.report.pictures.waits import wait_graph
from tests.repro.report.page.made import HOSTILE, POOLS, PYTHONS, record


def test_a_text_can_be_shown() -> None:
    """Nothing that turns, clears or ends a text; lines stay lines; of a huge one, the end."""
    assert drawn.shown("a\tb\nc\x1b[2J\x00\u202e") == "a\tb\nc\\x1b[2J\\x00\\u202e"
    long = drawn.shown("x" * drawn.LONGEST + "the end")
    assert long.startswith("... (7 characters before)\n")
    assert long.endswith("xthe end")


def test_a_timeline_is_as_it_was() -> None:
    """Each task's fate is one of the list that the page has, and the caller of a hang never has all that he would get."""
    cell = record("sigkill", POOLS[0], PYTHONS[0])
    seen = Observation.from_record(cell["observation"])
    one = drawn.timeline(timeline(HOSTILE, "", Fault(**cell["fault"]), seen, judge_record(cell)))
    words = [fate["word"] for fate in drawn.fates()["fates"]]
    assert [words[fate] for _, fate in one["fates"]].count("its worker died of it") == 1
    assert one["hangs"] and one["waits"] is None
    assert "\x1b" not in one["sentence"]
    graph = drawn.graph(wait_graph(seen))
    assert [(edge["pid"], edge["key"], edge["waits"]) for edge in graph["edges"]] == [
        (10, "pipe 3", True),
        (11, "pipe 3", False),
    ]
    assert graph["sentences"] == wait_graph(seen).sentences()
