"""``letters``: pictures fit their width, are aligned on every terminal, and tell what was recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repro.lessons import columns, model
from repro.lessons.pictures import letters
from tests.repro.lessons import made
from tests.repro.lessons.recorded import HANG, RUN, with_seen


def shown(
    kind: str, language: str = "en", one: letters.Recording = HANG, width: int = 60, ascii_: bool = False
) -> list[str]:
    lesson = made.lesson(language=language)
    return letters.show(model.Show(kind, RUN), lesson, one, width, ascii_)


def test_processes_have_a_line_each() -> None:
    """From birth to end; above an axis."""
    *lanes, axis = shown("processes", ascii_=True)
    assert lanes == [
        "       parent  " + "=" * 42 + ">",
        "     worker 1       =X exit code 1",
        "     worker 2       " + "=" * 37 + ">",
        "     worker 3       " + "=" * 37 + ">",
        "replacement 4        " + "=" * 36 + ">",
    ]
    assert axis.split() == ["seconds", "0", "1", "2", "3", "4"]


@pytest.mark.parametrize(("born", "lane"), [(0.5, "=== exit code 1 X"), (3.0, " exit code 1 =")])
def test_an_end_at_the_right_edge_has_its_status_before_it(born: float, lane: str) -> None:
    """There is no room behind it: in the life, or before the birth of a short one; the line is no longer than others."""
    seen = replace(HANG.seen.members[1], since=born, until=3.9)
    one = with_seen(members=[HANG.seen.members[0], seen], events=[{**HANG.seen.events[0], "t": 4_900_000_000}])
    parent, worker, *_ = shown("processes", one=one, ascii_=True, width=70)
    assert lane in worker and worker.endswith("X") and len(worker) <= len(parent)


def test_what_was_changed_is_told_with_the_command_where_no_listing_tells_it() -> None:
    """Else the same command seems to do something else."""
    lesson = made.lesson()
    run = lesson.runs["changed"]
    assert letters.command(run, lesson) == "python hang.py  # exit(0) in place of exit(1)"
    section = replace(lesson.sections[0], blocks=(*lesson.sections[0].blocks, model.Program(run)))
    assert letters.command(run, replace(lesson, sections=(section,))) == "python hang.py"


@pytest.mark.parametrize("kind", model.OF_RUNS)
@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("width", [60, 80, 120])
def test_pictures_fit_and_are_aligned_everywhere(kind: str, language: str, width: int) -> None:
    """Whether a terminal takes one column for an ambiguous character, or two."""
    lines = shown(kind, language, width=width)
    assert lines and all(columns.width(line) <= width for line in lines)
    assert all(columns.aligned(line) for line in lines)
    assert all(line.isascii() for line in shown(kind, width=width, ascii_=True))


def test_waiting_and_ended_processes_are_told() -> None:
    """A line each."""
    assert shown("waits", width=80) == [
        "parent         waits to read the pipe of results",
        "worker 2       waits for the lock of the pipe of tasks",
        "worker 3       waits to read the pipe of tasks",
        "replacement 4  waits for the lock of the pipe of tasks",
        "worker 1       ended with exit code 1",
    ]


def test_output_has_times_and_counts_have_endings() -> None:
    """And a run that printed nothing says so."""
    assert shown("output") == ["  0.5 s  input 1", "  0.5 s  input 3"]
    assert shown("output", one=replace(HANG, lines=())) == ["(no output)"]
    several = replace(HANG, counts={"exit 0": 1, "hang": 2})
    assert shown("counts", one=several) == ["1 of 3 runs: exit 0", "2 of 3 runs: hang"]
    assert shown("counts") == ["1 of 1 runs: hang"]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("hang", "HANGS: nobody worked any more when the watchdog ended it after 4.0 s"),
        ("busy", "STILL WORKING when the watchdog ended it after 4.0 s"),
        ("exit 3", "ended by itself with status 3 after 4.0 s"),
        ("killed by SIGKILL", "was ended by SIGKILL after 4.0 s"),
    ],
)
def test_an_ending_is_told_in_words(word: str, says: str) -> None:
    """And from when and where the record is."""
    assert letters.ending(HANG, "en", word) == says
    assert letters.recorded(HANG, "en") == "recorded on 2026-11-28, Python 3.11.7, Linux, x86_64, 2 cores"
