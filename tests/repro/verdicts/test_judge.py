"""The judge, on observations made by hand: what it takes for each verdict, and that nothing less suffices."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repro.observation import Event, Fault, Member, Observation, Window, parse_events
from repro.verdicts.judge import FIELDS, Judgement, Verdict, judge
from tests.repro.lab import steady

CALLER, WORKER, VICTIM = 10, 11, 12
MS = 1_000_000

CONTROL = Fault([1, 2, 3], None, None, False)
KILLED = Fault([1, 2, 3], 3, -9, True)
EXITED = Fault([1, 2, 3], 3, 1, False)
EXIT = {"type": "SystemExit", "message": "1", "causes": []}
ERROR = {"type": "BrokenProcessPool", "message": "task 3 died: SIGKILL", "causes": []}


def event(name: str, pid: int = CALLER, **fields: Any) -> Event:
    return {"event": name, "pid": pid, "t": 0, **fields}


def timed(events: list[Event]) -> list[Event]:
    """The events, a millisecond apart."""
    return [{**one, "t": number * MS} for number, one in enumerate(events, 1)]


BEGIN = [
    event("begin"),
    event("phase", phase="open"),
    event("phase", phase="call"),
    event("task-started", WORKER, task=1),
]
RESULTS = [event("delivered", task=1, value=1), event("delivered", task=2, value=2)]
FAULT = [event("task-started", VICTIM, task=3), event("fault", VICTIM, task=3)]
DEATH = [event("reaped", child=VICTIM, status=-9)]
AFTER = [
    event("phase", phase="reuse"),
    event("reused", ok=True),
    event("phase", phase="end"),
    event("phase", phase="exit"),
]
END = [event("end")]

QUIET = Window(seconds=1.0, samples=4, cpu_ms=0.0, switches=0, processes=4, new_processes=0)
GOOD = Observation(main_pid=CALLER, timeout=5.0, duration=1.0, exit_status=0, leftovers=[])
STUCK = replace(GOOD, deadline_passed=True, exit_status=None, leftovers=None, window=QUIET)

#: What was to happen, and what was recorded: a history of each kind.
HISTORIES = {
    "completed": (
        CONTROL,
        GOOD,
        [*BEGIN, *RESULTS, event("delivered", task=3, value=3), event("returned"), *AFTER, *END],
    ),
    "retried": (KILLED, GOOD, [*BEGIN, *FAULT, *DEATH, *RESULTS, event("delivered", task=3, value=3), *AFTER, *END]),
    "failed": (KILLED, GOOD, [*BEGIN, *FAULT, *DEATH, *RESULTS, event("failed", task=3, error=ERROR), *AFTER, *END]),
    "raised": (KILLED, GOOD, [*BEGIN, *FAULT, *DEATH, event("raised", error=ERROR), *AFTER, *END]),
    "lost": (KILLED, GOOD, [*BEGIN, *FAULT, *DEATH, *RESULTS, event("returned"), *AFTER, *END]),
    "wrong": (
        CONTROL,
        GOOD,
        [*BEGIN, *RESULTS, event("delivered", task=3, value=2000), event("returned"), *AFTER, *END],
    ),
    "hang": (KILLED, STUCK, [*BEGIN, *FAULT, *DEATH]),
    "hang-at-exit": (
        KILLED,
        STUCK,
        [*BEGIN, *FAULT, *DEATH, *RESULTS, event("delivered", task=3, value=3), *AFTER, *END],
    ),
    "livelock": (KILLED, replace(STUCK, window=replace(QUIET, cpu_ms=900.0)), [*BEGIN, *FAULT, *DEATH]),
    "left": (EXITED, replace(GOOD, exit_status=1), [*BEGIN, *FAULT, event("leaving", error=EXIT)]),
    "crashed": (KILLED, replace(GOOD, exit_status=7), [*BEGIN, *FAULT, *DEATH]),
    "crashed-at-exit": (
        *(CONTROL, replace(GOOD, exit_status=-11)),
        [*BEGIN, *RESULTS, event("delivered", task=3, value=3), event("returned"), *AFTER, *END],
    ),
    "no-fault": (KILLED, GOOD, [*BEGIN, *RESULTS, event("delivered", task=3, value=3), *AFTER, *END]),
    "no-death": (KILLED, GOOD, [*BEGIN, *FAULT, *RESULTS, event("delivered", task=3, value=3), *AFTER, *END]),
}
VERDICTS = {
    **{
        "completed": Verdict.COMPLETED,
        "retried": Verdict.COMPLETED,
        "failed": Verdict.RAISED,
        "raised": Verdict.RAISED,
    },
    **{"lost": Verdict.LOST, "wrong": Verdict.LOST, "hang": Verdict.HANG, "hang-at-exit": Verdict.HANG},
    **{"livelock": Verdict.LIVELOCK, "left": Verdict.PARENT_EXIT, "crashed": Verdict.PARENT_EXIT},
    **{"crashed-at-exit": Verdict.PARENT_EXIT, "no-fault": Verdict.INCONCLUSIVE, "no-death": Verdict.INCONCLUSIVE},
}
ENDED_WELL = (Verdict.COMPLETED, Verdict.RAISED)


def of(name: str, events: list[Event] | None = None, fault: Fault | None = None, **changes: Any) -> Judgement:
    """The judgement of a history, with other events, another fault, or other facts."""
    known, seen, story = HISTORIES[name]
    return judge(fault or known, "call", replace(seen, events=timed(story) if events is None else events, **changes))


def story(name: str) -> list[Event]:
    return timed(HISTORIES[name][2])


@pytest.mark.parametrize("name", HISTORIES)
def test_each_history_has_its_verdict(name: str) -> None:
    """A plain history of each kind is judged as what it is."""
    assert of(name).verdict is VERDICTS[name]


@pytest.mark.parametrize("name", [name for name in HISTORIES if VERDICTS[name] is not Verdict.COMPLETED])
@steady
@given(data=st.data())
def test_a_failure_never_becomes_a_success_by_what_is_missing(name: str, data: st.DataObject) -> None:
    """Whatever events are taken away from the history of a failure, it never reads as completed."""
    events = story(name)
    kept = data.draw(st.sets(st.sampled_from(range(len(events)))))
    assert of(name, [events[number] for number in sorted(kept)]).verdict is not Verdict.COMPLETED


@pytest.mark.parametrize("name", HISTORIES)
@steady
@given(data=st.data())
def test_without_the_end_marker_nothing_has_ended_well(name: str, data: st.DataObject) -> None:
    """The end marker is the only thing that stands for an end: without it, and whatever else, nothing completed or raised."""
    events = [one for one in story(name) if one["event"] != "end"]
    kept = data.draw(st.sets(st.sampled_from(range(len(events)))))
    assert of(name, [events[number] for number in sorted(kept)]).verdict not in ENDED_WELL
    assert of(name, events).verdict not in ENDED_WELL


@pytest.mark.parametrize("name", [name for name in HISTORIES if VERDICTS[name] in ENDED_WELL])
@steady
@given(data=st.data())
def test_a_stream_that_is_cut_anywhere_has_not_ended_well(name: str, data: st.DataObject) -> None:
    """Cut at any byte, the stream of a good cell is not that of a good cell any more."""
    stream = written(story(name))
    events, problem = parse_events(stream[: data.draw(st.integers(0, len(stream) - 1))])
    assert of(name, events, stream_error=problem).verdict not in ENDED_WELL


@pytest.mark.parametrize("name", [name for name in HISTORIES if VERDICTS[name] in ENDED_WELL])
@steady
@given(data=st.data())
def test_a_stream_with_something_else_in_it_is_our_error(name: str, data: st.DataObject) -> None:
    """A line that is no event, anywhere in the stream of a good cell, is a harness error, not a smaller success."""
    lines = written(story(name)).splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines)))
    junk = (
        data.draw(st.sampled_from([b"", b"{}", b"[]", b"1", b"\xff", b'{"event": "end"}', b'{"event":', b"null"]))
        + b"\n"
    )
    events, problem = parse_events(b"".join([*lines[:place], junk, *lines[place:]]))
    assert problem is not None
    assert f"line {place + 1} " in problem
    assert of(name, events, stream_error=problem).verdict is Verdict.HARNESS_ERROR


def written(events: list[Event]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in events)


names = st.sampled_from(
    [*FIELDS, "begin", "returned", "fault", "noticed", "end", "task-ended", "fault-simulated", "new"]
)
values = st.sampled_from(
    [None, True, 0, 1, 3, -9, VICTIM, 1.0, float("nan"), 10**30, "", "call", "end", [], [3], {}, {"type": 1}, ERROR]
)
any_event = st.builds(
    lambda name, pid, t, fields: {**fields, "event": name, "pid": pid, "t": t},
    names,
    st.sampled_from([CALLER, WORKER, VICTIM]),
    st.integers(0, 10**12),
    st.dictionaries(st.sampled_from(["phase", "task", "value", "error", "child", "status", "ok", "step"]), values),
)


@steady
@given(
    st.lists(any_event, max_size=12),
    st.sampled_from([CONTROL, KILLED, EXITED]),
    st.sampled_from([GOOD, STUCK, replace(STUCK, window=None), replace(GOOD, exit_status=None)]),
)
def test_any_events_are_judged(events: list[Event], fault: Fault, seen: Observation) -> None:
    """Whatever fields events have, the judge comes to a verdict; and to a harness error where it could not read them."""
    assert isinstance(judge(fault, "call", replace(seen, events=events)).verdict, Verdict)


@steady
@given(st.sampled_from(list(HISTORIES)), st.sampled_from(["launch_error", "not_cleaned", "stream_error"]))
def test_our_own_fault_comes_first(name: str, fact: str) -> None:
    """What we could not start, read or clean up is our error, whatever the events say."""
    assert of(name, **{fact: "broken"}).verdict is Verdict.HARNESS_ERROR


@pytest.mark.parametrize("name", HISTORIES)
def test_an_observation_survives_storing(name: str) -> None:
    """A stored observation is the observation: same facts, same judgement."""
    seen = replace(HISTORIES[name][1], events=story(name), oom_kills=(0, 1))
    back = Observation.from_record(json.loads(json.dumps(seen.to_record())))
    assert back == seen


COPY = [event("delivered", 99, task=3, value=3), event("raised", 99, error=ERROR), event("leaving", 99, error=ERROR)]


@pytest.mark.parametrize("name", HISTORIES)
def test_only_the_caller_says_what_it_got(name: str) -> None:
    """Events of a process that is not the caller change nothing: a forked copy of it writes the same."""
    events = story(name)
    told = timed(
        [*HISTORIES[name][2][:3], *COPY, event("phase", 99, phase="exit"), event("end", 99), *HISTORIES[name][2][3:]]
    )
    assert of(name, told).verdict is of(name, events).verdict
    assert of(name, told).phase == of(name, events).phase
    assert of(name, told).survivors == of(name, events).survivors


def test_a_death_counts_however_it_was_seen() -> None:
    """The pool reaped it, or we saw the zombie."""
    unreaped = [one for one in story("failed") if one["event"] != "reaped"]
    assert of("failed", unreaped).verdict is Verdict.INCONCLUSIVE
    assert of("failed", unreaped, deaths={str(VICTIM): -9}).verdict is Verdict.RAISED
    assert of("failed", unreaped, deaths={str(WORKER): -9}).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("status", [0, 1, -15, -11, 9])
def test_a_death_with_another_status_is_no_evidence(status: int) -> None:
    """Who was to die of SIGKILL and ended otherwise did not die of the fault."""
    events = [{**one, "status": status} if one["event"] == "reaped" else one for one in story("failed")]
    judgement = of("failed", events)
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "instead of SIGKILL" in judgement.reason


@pytest.mark.parametrize(("before", "after", "verdict"), [(0, 1, Verdict.RAISED), (3, 3, Verdict.INCONCLUSIVE)])
def test_the_counter_of_oom_kills_is_the_evidence(before: int, after: int, verdict: Verdict) -> None:
    """A SIGKILL in a memory cgroup is the OOM killer's only if the cgroup has counted it."""
    assert of("failed", oom_kills=(before, after)).verdict is verdict


def test_an_exception_needs_no_death() -> None:
    """sys.exit in a task is an exception: a pool may catch it and its worker live on, or die of it; but not otherwise."""
    caught = [one for one in story("failed") if one["event"] != "reaped"]
    assert of("failed", caught, EXITED).verdict is Verdict.RAISED
    died = [{**one, "status": 1} if one["event"] == "reaped" else one for one in story("failed")]
    assert of("failed", died, EXITED).verdict is Verdict.RAISED
    assert of("failed", story("failed"), EXITED).verdict is Verdict.INCONCLUSIVE


def test_an_end_at_the_close_is_not_the_fault() -> None:
    """A worker that lived on after an exception ends when the pool is closed; that is not the death that is looked for."""
    caught = [one for one in HISTORIES["failed"][2] if one["event"] != "reaped"]
    closed = timed([*caught[:-2], event("reaped", child=VICTIM, status=-15), *caught[-2:]])
    assert of("failed", closed, EXITED).verdict is Verdict.RAISED


def test_a_death_before_the_deadline_is_no_end_at_the_close() -> None:
    """The autopsy ends a hung pool, and with it its workers; one that was gone before is known by the process table."""
    seen = {"deaths": {str(VICTIM): -9}, "members_seen": 1}
    events = [one for one in story("hang") if one["event"] != "reaped"] + [
        {**event("autopsy-begins", step="end"), "t": 5001 * MS}
    ]
    fault = replace(KILLED, kills=False)
    for until, said in ((0.5, "died with task 3, SIGKILL"), (None, "with task 3 lived on")):
        assert said in of("hang", events, fault, members=[Member(VICTIM, CALLER, 0.1, until, "S")], **seen).reason


def test_an_end_that_we_brought_about_is_no_evidence() -> None:
    """Who lived at the deadline, and ended when we asked or killed what hung, did not die of the fault, whatever its status."""
    events = [one for one in story("hang") if one["event"] != "reaped"]
    living = {"members": [Member(VICTIM, CALLER, 0.1, None, "S")], "members_seen": 1, "asked": 5000 * MS}
    killed = of("hang", events, deaths={str(VICTIM): -9}, **living)
    assert killed.verdict is Verdict.INCONCLUSIVE and "nobody saw it dead" in killed.reason
    late = {**event("reaped", child=VICTIM, status=-9), "t": 5200 * MS}
    assert of("hang", [*events, late], **living).verdict is Verdict.INCONCLUSIVE
    assert of("hang", [*events, {**late, "t": 4900 * MS}], **living).verdict is Verdict.HANG
    alive = of("hang", events, replace(KILLED, kills=False, status=1), deaths={str(VICTIM): -9}, **living)
    assert alive.verdict is Verdict.HANG and "lived on" in alive.reason


@pytest.mark.parametrize(
    ("window", "verdict"),
    [
        (QUIET, Verdict.HANG),
        (replace(QUIET, cpu_ms=19.0, switches=40), Verdict.HANG),
        (replace(QUIET, cpu_ms=21.0), Verdict.LIVELOCK),
        (replace(QUIET, new_processes=1), Verdict.INCONCLUSIVE),
        (replace(QUIET, new_processes=2), Verdict.LIVELOCK),
        (None, Verdict.HARNESS_ERROR),
    ],
)
def test_quiescence_tells_a_hang_from_a_livelock(window: Window | None, verdict: Verdict) -> None:
    """At the deadline the tree was quiet, or worked; not to have looked is our error."""
    assert of("hang", window=window).verdict is verdict


@pytest.mark.parametrize(
    ("seconds", "verdict"),
    [
        ((4.2, 4.9), Verdict.LIVELOCK),
        ((4.9,), Verdict.HANG),
        ((1.0, 2.0, 3.0), Verdict.HANG),
        ((4.2, 5.1), Verdict.HANG),
    ],
)
def test_who_came_and_went_between_two_looks_was_no_quiet(seconds: tuple[float, ...], verdict: Verdict) -> None:
    """Two processes that were reaped in the last window: not quiet, though no look saw them, nor their CPU time. What ended
    before it, or when the watchdog had begun to ask, says nothing of it."""
    reaped = [{**event("reaped", child=70 + n, status=0), "t": int(1000 * s) * MS} for n, s in enumerate(seconds)]
    assert of("hang", [*story("hang"), *reaped], launched=1, timeout=5.0, asked=5000 * MS).verdict is verdict


@pytest.mark.parametrize(
    ("births", "verdict"), [((0.1, 0.2, 3.1, 4.2), Verdict.INCONCLUSIVE), ((3.1, 3.9, 4.2), Verdict.LIVELOCK)]
)
def test_one_slow_starter_is_no_storm(births: tuple[float, ...], verdict: Verdict) -> None:
    """One process that began at the last moment may be a slow start; if others came and went in the second half, it is not.
    Those that live on are no storm, however many."""
    members = [Member(50 + number, CALLER, since, since + 0.2, "S") for number, since in enumerate(births)]
    assert of("hang", window=replace(QUIET, new_processes=1), members=members).verdict is verdict
    living = [replace(member, until=None) for member in members]
    assert of("hang", window=replace(QUIET, new_processes=1), members=living).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("name", ["task-started", "task-ended", "delivered", "failed", "noticed", "phase"])
def test_something_new_before_the_deadline_is_slow(name: str) -> None:
    """Who has just begun something new neither hangs nor spins: more time would tell."""
    fields = {"delivered": {"value": 2, "task": 2}, "failed": {"error": ERROR, "task": 3}, "phase": {"phase": "end"}}
    late = {**event(name, **fields.get(name, {"task": 77})), "t": 4800 * MS}
    judgement = of("hang", [*story("hang"), late])
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "raise --timeout" in judgement.reason


def test_a_late_beginning_shortens_no_window() -> None:
    """The deadline is counted from the launch: progress half a second before it is progress, also if the program began late."""
    launched = {"launched": 1, "timeout": 5.0}
    late = [{**one, "t": one["t"] + 3000 * MS} for one in story("hang")]
    fresh = {**event("phase", phase="end"), "t": 4500 * MS}
    assert of("hang", late, **launched).verdict is Verdict.HANG
    assert of("hang", [*late, fresh], **launched).verdict is Verdict.INCONCLUSIVE


def test_the_same_again_is_no_progress() -> None:
    """Running the killing task again and again is no progress, and neither is what our own autopsy does; a further round is."""
    again = [{**event("task-started", 50 + number, task=3), "t": (4200 + number) * MS} for number in range(500)]
    assert of("hang", [*story("hang"), *again]).verdict is Verdict.HANG
    rounds = [{**event("phase", phase="finish", round=number), "t": (1200 + number * 1200) * MS} for number in range(3)]
    assert of("hang", [*story("hang"), *rounds], window=replace(QUIET, new_processes=2)).verdict is Verdict.INCONCLUSIVE
    autopsy = [
        {**event("autopsy-begins", step="reuse"), "t": 5001 * MS},
        {**event("plain-task", 60, task=101), "t": 5002 * MS},
    ]
    assert of("hang", [*story("hang"), *autopsy]).verdict is Verdict.HANG


def test_what_the_watchdog_set_off_is_not_the_programs() -> None:
    """A signal that asks for stacks can awaken a main thread that missed its Ctrl-C: it hung until then, and got nothing."""
    awakened = [event("leaving", error=EXIT), event("failed", task=3, error=ERROR), event("phase", phase="end")]
    late = [{**one, "t": 5010 * MS} for one in awakened]
    judgement = of("hang", [*story("hang"), *late], launched=1, asked=5001 * MS)
    assert (judgement.verdict, judgement.phase, judgement.error) == (Verdict.HANG, "call", None)
    before = of("hang", [*story("hang"), *late], launched=1, asked=5020 * MS)
    assert before.verdict is Verdict.INCONCLUSIVE
    answered = {**event("reused", ok=True), "t": 5011 * MS}
    assert of("hang", [*story("hang"), *late, answered], launched=1, asked=5001 * MS).usable_after is True


def test_results_without_their_tasks_are_told_apart() -> None:
    """imap_unordered does not say whose result it is: another value is progress all the same."""
    results = [{**event("delivered", task=None, value=number), "t": number * 2300 * MS} for number in (1, 2)]
    assert of("hang", [*story("hang"), *results]).verdict is Verdict.INCONCLUSIVE
    assert of("hang", [*story("hang"), results[0], {**results[1], "value": 1}]).verdict is Verdict.HANG


def test_a_fault_in_the_parent_is_no_workers() -> None:
    """Who announced the fault and lives is the caller itself: nobody calls it a worker."""
    events = [{**one, "pid": CALLER} if one["event"] == "fault" else one for one in story("hang")]
    judgement = of("hang", [one for one in events if one["event"] != "reaped"], replace(KILLED, kills=False))
    assert "the fault was in the parent" in judgement.reason


def test_what_nobody_asks_for_is_not_kept() -> None:
    """Where the program does not collect its results, none can survive."""
    assert (of("failed").survivors, of("failed").others) == (2, 2)
    silent = of("failed", None, replace(KILLED, collects=False))
    assert (silent.survivors, silent.others) == (0, 0)


def test_a_deadline_without_the_fault_says_nothing() -> None:
    """Who hangs before the fault was reached does not hang because of it; a control that hangs, hangs."""
    before = [one for one in story("hang") if one["event"] not in ("fault", "reaped")]
    assert of("hang", before).verdict is Verdict.INCONCLUSIVE
    assert of("hang", before, CONTROL).verdict is Verdict.HANG


@pytest.mark.parametrize(
    ("outcomes", "phrase"),
    [
        ([(1, 1), (2, 2)], "no result and no error for 1 of task(s) [3]"),
        ([], "no result and no error for 3 of task(s) [1, 2, 3]"),
        ([(1, 1), (2, 2), (3, 3), (3, 3)], "3 came 2 times"),
        ([(1, 1), (2, 2), (3, 4)], "4 is no task's result"),
        ([(1, 2), (2, 1), (3, 3)], "task 1 returned 2"),
        ([(1, True), (2, 2), (3, 3)], "True is no task's result"),
        ([(1, 1.0), (2, 2), (3, 3)], "1.0 is no task's result"),
        ([(1, "1"), (2, 2), (3, 3)], "'1' is no task's result"),
        ([(1, [1]), (2, 2), (3, 3)], "[1] is no task's result"),
        ([(1, None), (2, 2), (3, 3)], "None is no task's result"),
        ([(None, 1), (None, 2), (None, 2)], "2 came 2 times"),
        ([(1, 1), (2, 2), (3, ERROR), (3, ERROR), (4, 4)], "4 is no task's result"),
        ([(1, 1), (3, ERROR), (3, ERROR)], "no result and no error for 1 of task(s) [2]"),
        ([(1, 1), (2, 2), (3, 3), (3, ERROR)], "task 3 has a result and an error"),
        ([(None, 1), (None, ERROR)], "no result and no error for 1 of task(s) [2, 3]"),
    ],
)
def test_results_are_counted(outcomes: list[tuple[int | None, Any]], phrase: str) -> None:
    """Each task has one result, its own, or one error: anything else is lost, and the reason says which."""
    told = [
        event("failed", task=task, error=value) if value is ERROR else event("delivered", task=task, value=value)
        for task, value in outcomes
    ]
    judgement = of("completed", timed([*BEGIN, *told, event("returned"), *AFTER, *END]))
    assert judgement.verdict is Verdict.LOST
    assert phrase in judgement.reason


@pytest.mark.parametrize(
    ("message", "names", "gives"),
    [
        ("task 3 died: SIGKILL", True, True),
        ("worker(3) was killed by signal 9", True, True),
        ("exit status -9 of input #3", True, True),
        ("exitcode=-9", False, True),
        ("worker 3 died", False, False),
        ("task 33: SIGKILLED", False, False),
        ("subtask 3", False, False),
        ("task 13", False, False),
        ("task 4: SIGTERM", False, False),
        ("exit status 9", False, False),
        ("signal 90", False, False),
        ("-99", False, False),
        ("", False, False),
    ],
)
def test_what_an_error_tells(message: str, names: bool, gives: bool) -> None:
    """Names count where they name that task, statuses where they are that status; numbers that only look like it don't."""
    error = {"type": "BrokenProcessPool", "message": message, "causes": []}
    judgement = of("failed", [{**one, "error": error} if "error" in one else one for one in story("failed")])
    assert (judgement.names_task, judgement.gives_exit_status) == (names, gives)


@pytest.mark.parametrize(
    ("history", "died", "names"),
    [
        ("raised", None, False),
        ("raised", "before", True),
        ("raised", "after", False),
        ("raised", "ended", False),
        ("raised", "went on", False),
        ("failed", "before", False),
    ],
)
def test_an_error_may_name_another_task_that_was_lost(history: str, died: str | None, names: bool) -> None:
    """Where task 1's worker ended in the middle of it before the error of the whole call came, that may be of task 1; the error
    of one task may not, nor one of a task that had raised, and its worker begun another."""
    error = {"type": "TaskTimeout", "message": "task 1 ran longer than its timeout", "causes": []}
    events = [{**one, "error": error} if "error" in one else one for one in story(history)]
    at = next(number for number, one in enumerate(events) if "error" in one)
    death = event("reaped", child=WORKER, status=-9)
    if died == "ended":
        events[at:at] = [event("task-ended", WORKER, task=1), death]
    elif died == "went on":
        events[at:at] = [event("task-started", WORKER, task=2), death]
    elif died:
        events.insert(at if died == "before" else len(events) - 1, death)
    assert of(history, timed(events)).names_task is names


@pytest.mark.parametrize(
    ("kind", "message", "gives"),
    [
        ("SystemExit", "1", True),
        ("SystemExit", "0", False),
        ("WorkerDied", "exit code 1", True),
        ("WorkerDied", "exited with status 1", True),
        ("WorkerDied", "exit code 11", False),
        ("WorkerDied", "terminated abruptly", False),
        ("WorkerDied", "1 task lost", False),
    ],
)
def test_an_exit_code_is_told_as_one(kind: str, message: str, gives: bool) -> None:
    """A number in an error is an exit code where it is called one."""
    error = {"type": kind, "message": message, "causes": []}
    events = [{**one, "error": error} if "error" in one else one for one in story("failed") if one["event"] != "reaped"]
    assert of("failed", events, EXITED).gives_exit_status is gives


def test_latency_runs_from_the_death_to_the_news() -> None:
    """From the fault to the first that the caller could know; where it had to wait for other tasks, from their end."""
    fault, failed = 6, 10  # milliseconds: their places in the history
    assert [one["event"] for one in story("failed")][fault - 1] == "fault"
    assert of("failed").latency_ms == failed - fault
    noticed = [*story("failed"), {**event("noticed", error="BrokenProcessPool"), "t": 7 * MS}]
    assert of("failed", noticed).latency_ms == 7 - fault
    others = [*story("failed"), {**event("task-ended", WORKER, task=1), "t": 9 * MS}]
    assert of("failed", others).latency_ms == failed - 9
    assert of("failed", last_breath=8 * MS).latency_ms == failed - 8
    early = {**event("failed", task=1, error=ERROR), "t": 5 * MS}  # a timeout of the caller's own, say
    assert of("failed", [*story("failed"), early]).latency_ms == failed - fault
    assert of("failed", [*story("hang"), early]).latency_ms is None
    assert of("completed").latency_ms is None
    assert of("hang").latency_ms is None


def test_what_is_asked_beside_the_verdict() -> None:
    """Survivors, usability, leftovers and stand-ins are facts of the history, not of the verdict."""
    judgement = of(
        "failed", leftovers=[{"pid": 5, "state": "S", "command": "sleep 5"}, {"pid": 6, "state": "S", "command": ""}]
    )
    assert (judgement.survivors, judgement.others) == (2, 2)
    assert judgement.usable_after is True
    assert judgement.leftovers == ["sleep 5", "6"]
    assert not judgement.simulated
    assert of("failed", [*story("failed"), event("fault-simulated", VICTIM)]).simulated
    assert of("hang").usable_after is None
    assert of("hang").leftovers is None
    assert of("hang").phase == "call"
