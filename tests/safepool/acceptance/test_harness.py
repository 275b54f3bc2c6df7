"""The harness of the acceptance tests, proved by a program that does every wrong thing once."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from tests.safepool.acceptance import harness

MINIATURES = [str(Path(__file__).with_name("subject_miniatures.py"))]


def verdicts(*items: str) -> list[tuple[str, str]]:
    found = harness.run_items(sys.executable, MINIATURES, items, deadline=1.5)
    return [(outcome.item, outcome.verdict) for outcome in found]


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        ("passes", "passed"),
        ("fails", "failed"),
        ("skips", "skipped"),
        ("hangs", "hang"),
        ("exits", "crashed"),
        ("crashes", "crashed"),
        ("floods", "passed"),
        ("exits-system", "failed"),
        ("hangs-with-children", "hang"),
    ],
)
def test_each_end_of_an_item_has_its_verdict(item: str, verdict: str) -> None:
    """What an item did is what is reported of it, and the items around it are not touched."""
    assert verdicts("passes", item, "passes-too") == [("passes", "passed"), (item, verdict), ("passes-too", "passed")]


@pytest.mark.parametrize("item", ["leaves-process", "leaves-session", "leaves-file", "leaves-memory"])
def test_what_is_left_behind_is_reported(item: str) -> None:
    """A process, also one that left the session, a temporary file and shared memory are leftovers of the run."""
    try:
        assert verdicts("passes", item) == [("passes", "passed"), (item, "passed"), ("(end)", "leftovers")]
    finally:
        for path in harness.SHM.glob("safepool-miniature-*"):
            path.unlink()


def test_nothing_of_a_run_is_left() -> None:
    """After a hang with children no process of the run lives on."""
    verdicts("hangs-with-children", "leaves-session")
    marked = [
        process.pid
        for process in psutil.process_iter()
        if process.name() == "sleep" and harness.MARKER in environment(process)
    ]
    assert not marked


def environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except psutil.Error:
        return {}


def test_the_stacks_of_a_hang_are_reported() -> None:
    """The report of a hang says where the program waited."""
    outcome = harness.run_items(sys.executable, MINIATURES, ["hangs"], deadline=1.5)[0]
    assert "run_item" in outcome.detail, outcome.detail


def test_a_program_that_does_not_start_is_a_crash() -> None:
    """Nothing passes by absence: items that no program has run are crashed."""
    found = harness.run_items(sys.executable, ["no-such-file.py"], ["one", "two"], deadline=5)
    assert [outcome.verdict for outcome in found if outcome.item != "(end)"] == ["crashed", "crashed"]
