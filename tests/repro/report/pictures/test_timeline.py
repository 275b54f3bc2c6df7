"""``timeline``: what is drawn of a cell is what was recorded of it."""

from __future__ import annotations

from repro.observation import Fault
from repro.report.pictures.timeline import MOST, Death, Fate, Run, timeline
from repro.verdicts.judge import Judgement, Verdict
from tests.repro.report.pictures.made import FAULT, NEW, ONE, PARENT, TWO, event, events, hang, made, observation


def test_the_fate_of_each_task() -> None:
    """Told apart by what was seen: handed over, computed, the killer, cut off, never begun."""
    assert made().fates == {1: Fate.HANDED, 2: Fate.KEPT, 3: Fate.DIED, 4: Fate.CUT, 5: Fate.NEVER}


def test_what_was_computed_by_a_worker_that_died_later_is_gone_with_it() -> None:
    assert made(events=[*events()[:-2], event("reaped", PARENT, 40, child=ONE, status=-11)]).fates[2] is Fate.GONE


def test_an_error_of_a_task_whose_worker_lives_is_raised() -> None:
    """And one that is handed over for a worker's death is that death."""
    told = [event("failed", PARENT, 50, task=task, error={"type": "E", "message": ""}) for task in (3, 4)]
    fates = made(
        events=[one for one in events() if one.get("child") != NEW and one["event"] != "autopsy-begins"] + told
    ).fates
    assert fates[3] is Fate.DIED
    assert fates[4] is Fate.RAISED


def test_who_ran_when() -> None:
    """Times are in ms after the call; a death is a range, from the worker's last word to the moment when it was reaped."""
    lanes = {lane.pid: lane for lane in made().lanes}
    assert lanes[ONE].runs == [Run(1, 1.0, 11.0), Run(2, 12.0, 22.0)]
    assert lanes[TWO].runs == [Run(3, 2.0, None)]
    assert lanes[TWO].death == Death(3.0, 5.0, "SIGKILL")
    assert lanes[NEW].death == Death(15.0, 30.0, "SIGTERM")
    assert lanes[ONE].death is None
    assert lanes[ONE].born == 0.0
    assert lanes[TWO].born is None  # nobody has seen it


def test_who_came_after_a_death_is_a_replacement() -> None:
    living = [one for one in events() if one.get("child") != NEW]
    assert [lane.name for lane in made(events=living).lanes] == ["worker 1", "worker 2", "replacement 3"]
    nobody_died = [one for one in living if one["event"] != "reaped"]
    assert [lane.name for lane in made(events=nobody_died, members=[]).lanes] == ["worker 1", "worker 2", "worker 3"]


def test_what_the_watchdog_asked_for_is_not_drawn() -> None:
    """Neither what it asked of the program, nor what came after it had begun to ask for stacks."""
    assert [word.tasks for word in made().words] == [(1,)]
    assert made(events=events()[:-2], asked=1_010_000_000).words == []


def test_what_the_caller_learned() -> None:
    """Results that came together are one word, an error is told when he could first know of it."""
    error = {"type": "WorkerDied", "message": ""}
    came = [
        event("noticed", PARENT, 6, error="WorkerDied"),
        event("delivered", PARENT, 40, task=1, value=1),
        event("failed", PARENT, 40.2, task=3, error=error),
        event("delivered", PARENT, 40.4, task=2, value=2),
        event("phase", PARENT, 45, phase="end"),
    ]
    made_up = [one for one in events() if one["event"] not in ("delivered", "autopsy-begins")] + came
    told = Judgement(Verdict.RAISED, "", latency_ms=3.0, error=error, survivors=2, others=4)
    one = timeline("a pool", "", FAULT, observation(events=made_up), told)
    assert [(word.at, word.text, word.tasks, word.bad) for word in one.words] == [
        (6.0, "WorkerDied", (3,), True),
        (40.0, "", (1, 2), False),
    ]
    assert (one.hangs, one.waits, one.end) == (False, 45.0, 45.0)
    assert one.answer == "raises WorkerDied, 3.0 ms after the death · 2 of 4 other results arrive"


def test_a_hang_has_no_end() -> None:
    one = made()
    assert (one.hangs, one.waits, one.end) == (True, None, 30.0)
    assert one.answer == "waits for ever · 1 of 4 other results arrive"


def test_a_cell_of_which_nothing_is_known_is_empty() -> None:
    one = timeline("a pool", "", Fault([1], None, None, False), observation(events=[], members=[]), hang())
    assert (one.lanes, one.words, one.fates) == ([], [], {1: Fate.NEVER})


def test_of_too_many_workers_the_first_are_drawn() -> None:
    """And the others counted."""
    dying = [event("phase", PARENT, 0, phase="call")]
    for pid in range(100, 140):
        dying += [event("fault", pid, pid), event("reaped", PARENT, pid + 1, child=pid, status=256)]
    one = made(events=dying)
    assert len(one.shown) == MOST - 1
    assert one.left_out == f"and {40 - MOST + 1} more, of which {40 - MOST + 1} died"
