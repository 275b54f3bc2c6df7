"""The evidence of a cell: the process table, and where everybody waits, from observations made by hand."""

from __future__ import annotations

from repro.observation import FAILED, Event, Holding, Member, Observation
from repro.report import evidence
from repro.verdicts.judge import Judgement, Verdict

MAIN, VICTIM, NEW = 10, 11, 12
SECOND = 10**9
COMMAND = "bin/python3.13 -m repro.subject.program"


def hung(events: list[Event] | None = None, **changes: object) -> Observation:
    fault = {"event": "fault", "pid": VICTIM, "t": 101 * SECOND}
    reaped = {"event": "reaped", "pid": MAIN, "t": 102 * SECOND, "child": VICTIM, "status": -9}
    members = [
        Member(MAIN, 1, 0.0, None, "S", COMMAND),
        Member(VICTIM, MAIN, 0.2, 1.1, "R"),
        Member(NEW, MAIN, 1.2, None, "S", COMMAND),
    ]
    known: dict[str, object] = {
        **{"main_pid": MAIN, "deadline_passed": True, "launched": 100 * SECOND, "members": members, "members_seen": 3},
        "holdings": [Holding(MAIN, 1, "S", [1, 2, 3], [7], ["read pipe 2"]), Holding(NEW, MAIN, "S", [1, 3], [], [])],
    }
    return Observation(events=[fault, reaped] if events is None else events, **{**known, **changes})  # type: ignore[arg-type]


def test_the_process_table_tells_before_from_after() -> None:
    """Who was there at the fault, with what status who died, who came after it, and what those that are there wait for."""
    table = evidence.processes(hung())
    assert table.title == "Processes (seconds after the start, the fault 1.00 s)"
    assert table.rows == [
        ["10 the program", "-", "0.00", "there", "there (S)", "read pipe 2", "1-3", "7"],
        ["11 the victim", "10", "0.20", "there", "SIGKILL 1.10", "", "", ""],
        ["12 ", "10", "1.20", "not there", "there (S)", "", "1 3", ""],
    ]


def test_a_birth_too_near_to_the_fault_is_told_by_events() -> None:
    """Births are known to 10 ms. Who had said something before the fault was there; who had not, has replaced the dead."""
    near = [Member(MAIN, 1, 0.0, None, "S"), Member(VICTIM, MAIN, 0.99, 1.1, "R"), Member(NEW, MAIN, 1.0, None, "S")]
    assert [row[3] for row in evidence.processes(hung(members=near)).rows] == ["there", "there", "not there"]
    started = {"event": "task-started", "pid": NEW, "t": 100 * SECOND + SECOND - 1}
    told = evidence.processes(hung([started, *hung().events], members=near))
    assert [row[3] for row in told.rows] == ["there", "there", "there"]


def test_a_victim_that_no_look_saw_is_in_the_table() -> None:
    """It came and went between two looks: the fault and its reaper have seen it."""
    seen = hung()
    table = evidence.processes(hung(members=[one for one in seen.members if one.pid != VICTIM]))
    assert table.rows[-1] == ["11 the victim", "-", "-", "there", "SIGKILL", "", "", ""]


def test_without_a_fault_nothing_is_before_it() -> None:
    """The control has processes, and no fault that they could be before."""
    table = evidence.processes(hung(events=[]))
    assert table.title == "Processes (seconds after the start)"
    assert [row[3] for row in table.rows] == ["-", "-", "-"]
    assert table.rows[1][4] == "gone 1.10"


def test_what_was_left_is_said_to_be_left() -> None:
    """After a program that has ended, a process that did not is left running; a command of its own tells what it is."""
    members = [Member(MAIN, 1, 0.0, 2.0, "S", COMMAND), Member(NEW, 1, 0.5, None, "S", "bin/sleep 1000")]
    table = evidence.processes(hung(deadline_passed=False, members=members, members_seen=2, holdings=[], events=[]))
    assert table.rows[1][:2] == ["12 (1000)", "1"]
    assert table.rows[1][4] == "left running"


def test_a_storm_is_cut_and_says_so() -> None:
    """The table has the first and the last of thousands, and how many it leaves out."""
    assert "; 4997 between the first and the last are left out" in evidence.processes(hung(members_seen=5000)).title


def test_records_without_a_table_have_none() -> None:
    """A run that an earlier version stored has no process table: nothing is made up for it."""
    assert evidence.processes(hung(members=[], members_seen=0)).rows == []


def test_stacks_are_shown_where_they_are_asked_for() -> None:
    """Of the program first, its own before py-spy's; what py-spy could not do is a sentence."""
    judgement = Judgement(Verdict.HANG, "because", waits=("here",), explanation=("it waits",))
    seen = hung(
        stacks={str(NEW): "Thread 2\n", str(MAIN): "Thread 1\n"},
        native={str(MAIN): "Thread 10 (idle)\n    read (libc.so.6)\n", str(NEW): f"{FAILED}py-spy: no"},
    )
    text = evidence.describe("a cell", judgement, seen, stacks=False)
    assert text.startswith("a cell: hang\n\n  because\n\nWhy, by the evidence\n  - it waits\n\nProcesses")
    assert "Thread" not in text
    text = evidence.describe("a cell", judgement, seen, stacks=True)
    order = [
        "Stacks of the program, its own",
        "Native stacks of the program",
        "read (libc",
        "Stacks of process 12",
        "no native",
    ]
    assert sorted(order, key=text.index) == order


def test_what_was_written_on_stderr_is_shown() -> None:
    """Its end, and of how much that is the end; nothing where nothing was written."""
    judgement = Judgement(Verdict.PARENT_EXIT, "the parent ended")
    text = evidence.describe("ok", judgement, hung(stderr="Traceback\nOSError: no\n", stderr_bytes=4096), False)
    assert "What was written on stderr, the last 22 of 4,096 bytes\n  Traceback\n  OSError: no\n" in text
    assert "stderr" not in evidence.describe("ok", judgement, hung(), False)


def test_pipes_are_told_by_their_ends() -> None:
    """Those for which somebody waits; of a record that does not say who waits for what, all, up to a bound."""
    assert evidence.called(hung()) == [
        "pipe 2: the pipe from nobody to 10",
        "and 3 other pipes, for which nobody is seen to wait",
    ]
    older = hung(holdings=[Holding(MAIN, 1, "S", [1], list(range(2, 30))), Holding(NEW, MAIN, "S", [2], [1])])
    told = evidence.called(older)
    assert told[:2] == ["pipe 1: the pipe from 12 to 10", "pipe 2: the pipe from 10 to 12"]
    assert len(told) == evidence.LISTED + 1 and told[-1].startswith("and 17 other pipes")
    assert evidence.called(hung(holdings=[])) == []
