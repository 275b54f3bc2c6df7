"""The words in which processes are named."""

from __future__ import annotations

from repro.diagnose.rules import finding
from repro.diagnose.whose import owners
from tests.repro.diagnose import kept
from tests.repro.diagnose.kept import ASKS, READS, TASK, handlers, pool, process


def test_of_many_workers_some_are_named() -> None:
    several = [kept.worker(11 + number, 10, READS) for number in range(6)]
    assert finding.are(several[:1], "stopped") == "worker 11 is stopped"
    assert finding.are(several, "stopped") == "workers 11, 12, 13, 14 and 2 more are stopped"


def test_a_process_is_named_by_what_it_is_and_does() -> None:
    """A worker by its task, where that is known; the program by its call."""
    owner = owners(pool(process(10, 1, ASKS, *handlers()), process(11, 10, TASK), process(12, 10, READS)))[0]
    assert [finding.who(owner, pid) for pid in (10, 11, 99)] == [
        "the program itself (10)",
        "worker 11",
        "process 99, a descendant,",
    ]
    assert finding.doing(owner, 11) == " in resize(path='photo-3.jpg') at job.py:7"
    assert finding.doing(owner, 10) == " in map() at job.py:31"
    assert finding.doing(owner, 99) == ""
    assert finding.task_of(owner.workers[1]) == "which can't be seen"
