"""What is told of a program that is followed, in words and for a program."""

from __future__ import annotations

import json

import pytest

from repro.diagnose import reports
from repro.diagnose.costs import cost
from repro.diagnose.diagnosis import diagnose
from repro.diagnose.looks import Death, Ended, Hand
from repro.tree.memory import Kill
from tests.repro.diagnose import kept


def death(status: int | None, why: str = "", ran: bool = False, looked: float | None = 5.0, **more: object) -> Death:
    hand = Hand(kept.worker(11, 10, kept.TASK), 10, -60.0, looked, ran)
    return Death(7.0, Ended(11, status, why, **more), hand)  # type: ignore[arg-type]


def told(one: Death) -> str:
    worker = one.hand.worker
    return " ".join(reports.died(one, cost(worker.pool, worker.stage, one.hand.ran)).text)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            death(-9, kill=Kill(11, "python", 1.0, 3 << 30), counted=1),
            "SIGKILL, by the OOM killer: the kernel's log has it, with 3,072",
        ),
        (death(-9, counted=2), "perhaps by the OOM killer: it has ended 2 on this machine since the watching began"),
        (
            death(-9, counted=0),
            "SIGKILL, not by the OOM killer: it has ended none on this machine since the watching began",
        ),
        (death(-9, counted=0, first=False), "it has ended none on this machine since the last such death"),
        (death(-9), "worker 11 of multiprocessing.Pool DIED: SIGKILL 2.0 s before"),
        (death(3), "DIED: exit code 3"),
        (death(None, "reaped"), "DIED: how is not known (reaped)"),
        (
            death(-11),
            "2.0 s before, it was in a task, resize(path='photo-3.jpg') at job.py:7. Cost: the task that it had is lost",
        ),
        (death(-11, ran=True), "at job.py:7, and has run since: it may have had another one."),
        (death(-11, looked=None), "What it did was not seen."),
    ],
)
def test_a_death_in_words(one: Death, words: str) -> None:
    """How, what it had in hand and when that was seen, what it cost; what is not known is said."""
    assert words in told(one)


@pytest.mark.parametrize(
    ("one", "oom"),
    [
        (death(-9, kill=Kill(11, "python", 1.0), counted=1), True),
        (death(-9, counted=1), None),
        (death(-9), None),
        (death(None, "reaped"), None),
        (death(-9, counted=0), False),
        (death(1), False),
    ],
)
def test_whether_memory_was_it(one: Death, oom: bool | None) -> None:
    """Yes, no, or not known."""
    assert reports.died(one, cost("", one.hand.worker.stage, False)).fields["oom"] is oom


def test_on_a_terminal_it_fits() -> None:
    """The time stands before the first line, and the rest below it."""
    report = reports.died(death(-9), cost("", death(-9).hand.worker.stage, False))
    lines = reports.line(report, "text", 0.0, 60).splitlines()
    assert max(map(len, lines)) <= 60
    assert lines[0][2] == lines[0][5] == ":"
    assert all(line.startswith(" " * 10) for line in lines[1:])


def test_for_a_program_it_is_one_line() -> None:
    """An object, with its time."""
    text = reports.line(reports.died(death(-9), cost("", death(-9).hand.worker.stage, False)), "json", 1.0, 60)
    assert "\n" not in text
    document = json.loads(text)
    assert (document["event"], document["time"]) == ("worker-died", "1970-01-01T00:00:01Z")
    assert (document["pid"], document["status"], document["how"], document["lost"]) == (11, -9, "SIGKILL", "task")
    assert (document["task"], document["looked_ago"]) == ("resize(path='photo-3.jpg') at job.py:7", 2.0)


def test_a_diagnosis_has_what_is_to_be_done() -> None:
    seen = kept.idle_workers()
    report = reports.diagnosed(diagnose(seen), seen)
    assert report.text[0] == "STUCK: a task is lost (certain)"
    assert "kill -INT 10" in report.text[-1]
    assert report.fields["diagnosis"] == "lost-task"
    for width in range(60, 100):
        lines = reports.line(report, "text", 1.0, width).splitlines()
        assert max(map(len, lines)) <= width
        assert any("`kill -KILL 10 11 12 13`" in line for line in lines), "it is going to be copied"


def test_the_others() -> None:
    """Each in a sentence, with its pids for a program."""
    one = death(0)
    one.replaced = 12
    assert reports.replaced(7.25, one).fields == {"pid": 11, "by": 12, "after": 0.25}
    assert "has left: exit code 0" in reports.left(one).text[0]
    ended = reports.pool_ended([death(-15), death(0)], [death(-9)])
    assert ended.text == [
        "the pool has ended: workers 11, 11: SIGTERM, exit code 0; no worker is left",
        "It was ended after the death of worker 11.",
    ]
    assert reports.program_ended(Ended(10, 130), 1, [12]).text == [
        "the program (10) has ended: exit code 130",
        "1 of its workers died before that.",
        "Processes of it are left: 12.",
    ]
    assert "no workers died" in reports.stopped(10, 60.0, 0).text[0]
    assert "a fork server" in reports.helper_died(Ended(20, -9), "a fork server").text[0]
    begins = reports.begins(10, list(range(11, 31)), True, "py-spy may not read it")
    assert begins.text[0].endswith("18 and 12 more")
    assert "tasks in hand are not known: py-spy may not read it." in begins.text[1]
    untold = [reports.died(death(3), cost("", one.hand.worker.stage, False)), reports.replaced(7.0, one)]
    assert reports.more(untold, 10.0, True).text == [
        "within 10 s, 1 more workers died (exit code 3), and 1 were started or left",
        "They die as fast as they are started: a respawn storm (repro show respawn-storm).",
    ]
