"""A diagnosis for a reader."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from repro.diagnose import words
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.snapshot import Absent
from tests.repro.diagnose import kept


@pytest.mark.parametrize("width", [60, 80, 100])
def test_it_fits_the_terminal(width: int) -> None:
    seen = kept.idle_workers()
    lines = words.text(diagnose(seen), seen, width).splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0] == "10: STUCK: a task is lost (certain)"


def test_a_command_stays_in_one_line() -> None:
    """It is going to be copied. One that is longer than a line is cut between its words."""
    ages = (900.0,) * 3
    for width in range(60, 100):
        told = words.text(diagnose(kept.idle_workers(ages=ages)), kept.idle_workers(ages=ages), width)
        assert any("`kill -KILL 10 11 12 13`" in line for line in told.splitlines())
    many = kept.idle_workers(ages=(900.0,) * 40)
    told = words.text(diagnose(many), many, 60)
    assert max(map(len, told.splitlines())) <= 60
    assert "`kill -KILL 10 11 12" in told


def test_everything_that_is_needed_now_is_in_it() -> None:
    seen = kept.idle_workers(ages=(900, 900, 60))
    told = words.text(diagnose(seen), seen, 80)
    for part in (
        "What it rests on",
        "kill -INT 10",
        "repro show lost-task",
        "Python 3.12",
        "running for 15 min",
        "60 s ago",
        "- map() at job.py:31",
    ):
        assert part in " ".join(told.split())


def test_a_program_reads_it() -> None:
    seen = replace(kept.idle_workers(cache="{}"), absent=[Absent("kernel log", "may not be read")])
    document = words.document(diagnose(seen), seen)
    assert json.loads(json.dumps(document)) == document
    assert (document["diagnosis"], document["stuck"]) == ("idle-pool", False)


def test_a_comment_gets_no_markup_of_the_programs() -> None:
    """What the program says is shown by number; what the pages say stays as it is."""
    seen = kept.idle_workers()
    asks = kept.thread(*kept.ASKS.frames[:4], kept.frame("<module>", "a|b`@you.py", 31))
    program = replace(seen.processes[0], command="python `x` | @you", threads=[asks, *seen.processes[0].threads[1:]])
    seen = replace(seen, processes=[program, *seen.processes[1:]])
    told = "\n\n".join(words.markdown(diagnose(seen), seen, True))
    assert "@you" not in told.partition("the program: has a pool")[0]
    assert "aU+007CbU+0060U+0040you.py:31" in told
    assert "`kill -INT 10`" in told
    assert "| 10 " in told
    assert "    Thread 0x" in told


def test_a_browser_gets_no_markup_of_the_programs() -> None:
    seen = kept.idle_workers()
    program = replace(seen.processes[0], command="python <script>alert(1)</script>")
    seen = replace(seen, processes=[program, *seen.processes[1:]])
    page = words.page([(diagnose(seen), seen)], details=True)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<td>a worker of multiprocessing.Pool</td>" in page
    assert "&lt;module&gt;" in page
