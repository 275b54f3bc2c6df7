"""``facts``: what the judge asks, answered from the caller's own words and the kernel's."""

from __future__ import annotations

from repro.observation import Fault, Observation
from repro.verdicts.facts import Facts
from tests.repro.report.pictures.made import PARENT, TWO, event

FAULT = Fault(inputs=[1, 2, 3], faulty=3, status=-9, kills=True)


def facts(*events: dict[str, object], fault: Fault = FAULT, **changes: object) -> Facts:
    begin = event("begin", PARENT, -1, python="3.12", pool_version="")
    return Facts(fault, "map", Observation(**{"events": [begin, *events], "main_pid": PARENT, **changes}))


def test_a_copy_of_the_caller_says_nothing_of_what_it_got() -> None:
    """A worker that returned from its fork into the caller's code writes the same events."""
    asked = facts(event("delivered", PARENT, 1, task=1, value=1), event("delivered", TWO, 2, task=2, value=2))
    assert asked.delivered() == {"1": 1}
    assert asked.survivors() == 1


def test_the_victim_is_who_announced_the_fault_unless_it_named_another() -> None:
    assert facts(event("fault", TWO, 1)).victim == TWO
    assert facts(event("fault", PARENT, 1, victim=TWO)).victim == TWO
    assert facts().victim is None


def test_an_end_of_our_own_doing_is_no_death() -> None:
    """What is reaped once the watchdog asks has ended of that."""
    fired, reaped = event("fault", TWO, 1), event("reaped", PARENT, 9, child=TWO, status=-9)
    assert facts(fired, reaped).status_of_faulty() == -9
    assert facts(fired, event("autopsy-begins", PARENT, 5, step="reuse"), reaped).status_of_faulty() is None


def test_the_latency_counts_from_the_last_task_that_a_call_waits_for() -> None:
    """An error that comes with all results is not late; one that is noticed before is as late as it came."""
    error = {"type": "E", "message": ""}
    story = [event("fault", TWO, 1), event("task-ended", 11, 41, task=1), event("raised", PARENT, 44, error=error)]
    assert facts(*story).latency_ms() == 3.0
    assert facts(*story, event("noticed", PARENT, 3, error="E")).latency_ms() == 2.0
    assert facts(story[0]).latency_ms() is None


def test_results_that_are_wrong_are_told() -> None:
    got = [event("delivered", PARENT, 1, task=task, value=value) for task, value in ((1, 1), (2, 1))]
    defects = facts(*got).defects()
    assert "1 came 2 times" in defects
    assert "task 2 returned 1" in defects
