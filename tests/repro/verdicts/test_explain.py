"""The sentences that say why a tree hangs, from evidence made by hand: each speaks when its evidence is there, and only then."""

from __future__ import annotations

from typing import Any

import pytest

from repro.observation import Event, Fault, Holding, Member, Observation, Window
from repro.verdicts.explain import explain
from repro.verdicts.stacks import FRAMES_KEPT

MAIN, WORKER, ORPHAN = 10, 11, 12
FAULT = Fault([1, 2, 3], 3, 1, True)


def stack(*threads: list[str]) -> str:
    """faulthandler's text for threads, each its frames, innermost first: ``file function`` or ``file function: source``."""
    parts = []
    for number, frames in enumerate(threads):
        lines = [f"Thread 0x{number:016x} (most recent call first):"]
        for frame in frames:
            file, _, rest = frame.partition(" ")
            function, _, source = rest.partition(": ")
            lines.append(f'  File "{file}", line 7 in {function}' + (f": {source}" if source else ""))
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


RESULTS = ["multiprocessing/connection.py _recv", "multiprocessing/pool.py _handle_results"]
TASKS = ["multiprocessing/pool.py _handle_tasks"]
WORKERS = ["multiprocessing/connection.py wait", "multiprocessing/pool.py _handle_workers"]
CALLER = ["python3.13/threading.py wait", "multiprocessing/pool.py wait", "multiprocessing/pool.py get"]
MANAGER = ["multiprocessing/connection.py wait", "futures/process.py wait_result_broken_or_wakeup"]
FEEDER = ["multiprocessing/queues.py _feed"]
FUTURES = ["python3.13/threading.py wait", "futures/_base.py wait"]
HALF = ["multiprocessing/connection.py _recv", "multiprocessing/connection.py _recv_bytes: return self._recv(size)"]


def said(
    parent: str,
    workers: dict[int, str] | None = None,
    died: bool = True,
    phase: str = "call",
    holdings: list[Holding] | None = None,
    window: Window | None = None,
    events: list[Event] | None = None,
    **facts: Any,
) -> list[str]:
    stacks = {str(MAIN): parent, **{str(pid): text for pid, text in (workers or {}).items()}}
    seen = Observation(
        main_pid=MAIN, stacks=stacks, holdings=holdings or [], window=window, events=events or [], **facts
    )
    return explain(FAULT, seen, died, phase)


def test_without_stacks_of_the_parent_nothing_is_said() -> None:
    """No evidence, no sentence."""
    assert explain(FAULT, Observation(main_pid=MAIN), True, "call") == []


def test_a_forgotten_task() -> None:
    """All threads of the pool are there and idle, the worker is dead: the caller waits for a result that nobody owes."""
    assert "nothing records that it held that task" in said(stack(RESULTS, TASKS, WORKERS, CALLER))[0]


def test_nothing_is_forgotten_while_the_worker_lives() -> None:
    """The same stacks without a death are no evidence of a forgotten task."""
    assert said(stack(RESULTS, TASKS, WORKERS, CALLER), died=False) == []


def test_half_a_message_and_who_keeps_the_pipe_open() -> None:
    """A reader past the header of a message, its sender dead: the holders of the writing end are counted."""
    holdings = [Holding(MAIN, 1, "S", [1], [1]), Holding(WORKER, MAIN, "S", [], [1]), Holding(ORPHAN, 1, "S", [], [])]
    text = said(stack([*HALF, RESULTS[-1]], TASKS, WORKERS, CALLER), holdings=holdings)[0]
    assert text.startswith("the result handler waits in Connection.recv for the rest of a message whose sender is dead")
    assert "because the parent itself and 1 other living process hold the pipe's writing end" in text


def half(pid: int = MAIN, direction: str = "in", **changes: object) -> Event:
    told = {"size": 200_000_030, "remaining": 199_999_744}
    return {"event": "half-message", "pid": pid, "t": 1, "direction": direction, **told, **changes}


def test_the_missing_bytes_are_counted() -> None:
    """Where the parent could say itself how much is missing, the sentence has it."""
    (text, *_) = said(stack([*HALF, RESULTS[-1]], TASKS, WORKERS, CALLER), events=[half()])
    wanted = "the result handler waits in Connection.recv for the remaining 199,999,744 of 200,000,030 bytes of a message whose"
    assert text.startswith(wanted)


@pytest.mark.parametrize(
    "events", [[], [half(), half()], [half(WORKER)], [half(direction="out")], [half(remaining=None)]]
)
def test_bytes_are_not_counted_on_other_evidence(events: list[Event]) -> None:
    """Another process's word, that of several messages, of the other direction, or none: the sentence has no number."""
    (text, *_) = said(stack([*HALF, RESULTS[-1]], TASKS, WORKERS, CALLER), events=events)
    assert "waits in Connection.recv for the rest of a message whose sender is dead" in text


def test_the_pipe_that_is_read_is_told_from_the_others() -> None:
    """The kernel says which pipe the reader reads: who holds another one's writing end keeps nothing open."""
    holdings = [
        Holding(MAIN, 1, "S", [1, 2], [2], ["read pipe 1"]),
        Holding(WORKER, MAIN, "S", [], [2]),
        Holding(ORPHAN, MAIN, "S", [], [1]),
    ]
    text = said(stack([*HALF, RESULTS[-1]], TASKS, WORKERS, CALLER), holdings=holdings)[0]
    assert "because 1 other living process holds" in text


SENDING = ["multiprocessing/connection.py _send", "multiprocessing/connection.py _send_bytes", TASKS[0]]


def test_a_message_to_nobody() -> None:
    """A writer in the middle of a message, and the reader dead: its size is said where the parent told."""
    parent = stack(RESULTS, SENDING, WORKERS, CALLER)
    text = said(parent, {WORKER: LOCKED}, events=[half(direction="out")])[0]
    assert text.startswith(
        "the task handler waits in Connection.send to write a message of 200,000,030 bytes into a full pipe"
    )
    assert said(parent, {WORKER: LOCKED})[0].startswith(
        "the task handler waits in Connection.send to write a message into"
    )


def test_a_message_to_a_living_reader_is_no_cause() -> None:
    """While a worker reads, or nobody died, a full pipe is not the end of it."""
    parent = stack(RESULTS, SENDING, WORKERS, CALLER)
    assert not any("Connection.send" in text for text in said(parent, {WORKER: READING}))
    assert not any("Connection.send" in text for text in said(parent, {WORKER: LOCKED}, died=False))


def test_a_header_that_is_waited_for_is_no_half_message() -> None:
    """An idle reader waits for the length of the next message: that is not half of one."""
    idle = ["multiprocessing/connection.py _recv_bytes: buf = self._recv(4)", RESULTS[-1]]
    assert not any("rest of a message" in text for text in said(stack(idle, TASKS, WORKERS, CALLER)))


LOCKED = stack(
    ["multiprocessing/synchronize.py __enter__", "multiprocessing/queues.py get", "multiprocessing/pool.py worker"]
)
READING = stack(
    ["multiprocessing/connection.py _recv", "multiprocessing/queues.py get", "multiprocessing/pool.py worker"]
)


def test_the_lock_of_a_dead_worker() -> None:
    """Workers wait for the queue's lock, and nobody alive is inside it."""
    assert "a semaphore has no owner" in said(stack(RESULTS, TASKS, WORKERS, CALLER), {WORKER: LOCKED})[0]


def test_the_semaphore_is_named_where_all_wait_for_the_same() -> None:
    """The kernel says that it is one semaphore; where it says it of some only, no number is given."""
    waiters = {WORKER: LOCKED, ORPHAN: LOCKED}
    both = [Holding(pid, MAIN, "S", [], [], ["semaphore 1"]) for pid in waiters]
    text = said(stack(RESULTS, TASKS, WORKERS, CALLER), waiters, holdings=both)[0]
    assert text.startswith(
        "2 workers wait for the lock of the task queue (semaphore 1 in the process table), and no living"
    )
    text = said(stack(RESULTS, TASKS, WORKERS, CALLER), waiters, holdings=both[:1])[0]
    assert text.startswith("2 workers wait for the lock of the task queue, and no living process")
    elsewhere = [*both, Holding(13, MAIN, "S", [], [], ["semaphore 1"])]  # waits there for another reason
    text = said(stack(RESULTS, TASKS, WORKERS, CALLER), {**waiters, 13: stack(["a.py busy"])}, holdings=elsewhere)[0]
    assert text.startswith("2 workers wait for the lock of the task queue (semaphore 1")


def test_a_lock_that_a_living_reader_holds_is_no_cause() -> None:
    """Of several idle workers one always reads inside the lock, and the others wait for it: that is how the pool idles."""
    texts = said(stack(RESULTS, TASKS, WORKERS, CALLER), {WORKER: LOCKED, ORPHAN: READING})
    assert not any("semaphore" in text for text in texts)


@pytest.mark.parametrize(
    ("threads", "words"),
    [
        ((TASKS, WORKERS, CALLER), "the result handler, the thread that receives every result, has ended"),
        ((RESULTS, WORKERS, CALLER), "the task handler, the thread that sends every task, has ended"),
        ((CALLER,), "the threads of the pool have all ended"),
        ((FUTURES,), "its process has no other thread that could settle it"),
        ((MANAGER, FUTURES), "the feeder thread of the call queue has ended"),
    ],
)
def test_a_service_thread_that_is_gone(threads: tuple[list[str], ...], words: str) -> None:
    """Which thread is missing, is read from those that are there."""
    assert any(words in text for text in said(stack(*threads), died=False))


WAIT = ["python3.13/threading.py wait", "program.py waits"]


@pytest.mark.parametrize(
    "thread, words",
    [
        (
            [*WAIT, "multiprocessing/pool.py _guarded_task_generation", "multiprocessing/pool.py _handle_tasks"],
            "the task handler, the thread that sends every task, is in a call's iterable, in waits (program.py:7)",
        ),
        (
            [*WAIT, "multiprocessing/pool.py _set", "multiprocessing/pool.py _handle_results"],
            "the result handler, the thread that receives every result, is in a callback, in waits (program.py:7)",
        ),
        (
            [*WAIT, "futures/_base.py _invoke_callbacks", "futures/process.py process_result_item"],
            "the executor's manager thread, which settles every future, is in a callback, in waits (program.py:7)",
        ),
    ],
    ids=["iterable", "callback", "future"],
)
def test_a_service_thread_that_is_in_users_code(thread: list[str], words: str) -> None:
    """A thread of the pool in the program's own code is there, and does nothing else; nobody is called gone."""
    rest = [other for other in (RESULTS, TASKS) if other[-1] != thread[-1]] if "pool.py" in thread[-1] else []
    found = said(stack(thread, *rest, CALLER if rest else FUTURES), died=False)
    assert found == [f"{words}, and does nothing else until that returns"]


def test_a_result_that_is_set_is_no_users_code() -> None:
    """The result handler sets a result: what it calls is the standard library's."""
    setting = [
        "python3.13/threading.py notify",
        "multiprocessing/pool.py _set",
        "multiprocessing/pool.py _handle_results",
    ]
    assert said(stack(setting, TASKS, WORKERS, CALLER), died=False) == []


def test_nobody_is_called_gone_where_stacks_are_cut() -> None:
    """A thread with as many frames as are kept may be any: the one that seems to be missing, too."""
    deep = ["program.py deeper"] * FRAMES_KEPT
    assert said(stack(TASKS, WORKERS, deep, CALLER), died=False) == []
    assert "the result handler" in said(stack(TASKS, WORKERS, deep[1:], CALLER), died=False)[0]


def test_a_thread_that_locks_itself_out() -> None:
    """A handler submits in the middle of submit(), in the same thread; two threads in submit() are no such thing."""
    inner, outer = ["futures/process.py submit"], ["program.py handler", "futures/process.py submit"]
    (text,) = said(stack(MANAGER, FEEDER, [*inner, *outer]), died=False)
    assert text.startswith("submit() waits for a lock that its own thread holds")
    assert said(stack(MANAGER, FEEDER, inner, outer[1:]), died=False) == []


def test_a_manager_thread_that_locks_itself_out() -> None:
    """It empties its pipe with the lock, and is interrupted there; not so where another thread is beyond the lock, and has it."""
    submit = "futures/process.py submit: with self._shutdown_lock:"
    manager = [
        submit,
        "program.py __del__",
        "futures/process.py clear",
        "futures/process.py wait_result_broken_or_wakeup",
    ]
    (text,) = said(stack(FEEDER, manager, [submit]), died=False)
    assert "the executor's manager thread was interrupted" in text
    beyond = ["multiprocessing/connection.py _send", "futures/process.py submit"]
    assert not any("its own thread" in text for text in said(stack(FEEDER, manager, beyond), died=False))


def test_a_manager_thread_is_missed_where_there_should_be_one() -> None:
    """Only the standard executor has it: a worker of that, or a traceback through its file, says that there was one. Of other
    pools, whose threads live, nothing is said."""
    words = "the executor's manager thread, which settles every future, has ended"
    parent = stack(["acme/pool.py loop"], FUTURES)
    ours, others = stack(["futures/process.py _process_worker"]), stack(["loky/process_executor.py _process_worker"])
    assert words in said(parent, {WORKER: ours}, died=False)[0]
    assert words in said(parent, died=False, stderr='  File "futures/process.py", line 1\nOSError: handle is closed')[0]
    assert said(parent, {WORKER: others}, died=False) == []
    assert said(parent, died=False) == []


def test_the_manager_thread_of_an_older_python() -> None:
    """In 3.8 it has another name, and the same things are said of it."""
    older = ["multiprocessing/connection.py wait", "futures/process.py _queue_management_worker"]
    (text,) = said(stack(older, FUTURES), died=False)
    assert text.startswith("the feeder thread of the call queue has ended")
    holdings = [Holding(MAIN, 1, "S", [1], []), Holding(ORPHAN, 1, "S", [], [1])]
    (text,) = said(stack(older, FEEDER, FUTURES), holdings=holdings)
    assert text.startswith("the manager thread waits for the sentinel of a worker that is dead")


def test_a_storm_is_seen_without_stacks() -> None:
    """A parent that is busy with starting may give none; that processes come and go, the process table says."""
    (text,) = said("", window=Window(1.0, 4, 350.0, 242, 4, 30))
    assert "again and again" in text


def test_all_threads_there_and_none_is_called_gone() -> None:
    """A healthy executor has its manager and its feeder."""
    assert said(stack(MANAGER, FEEDER, FUTURES), died=False) == []


def test_a_wakeup_pipe_that_nobody_empties() -> None:
    """submit() is in the middle of a wakeup, and the manager thread wants the lock; else it may yet read."""
    caller = ["multiprocessing/connection.py _send", "futures/process.py wakeup", "futures/process.py submit"]
    wants = ["futures/process.py wait_result_broken_or_wakeup: with self.shutdown_lock:"]
    (text,) = said(stack(FEEDER, wants, caller), died=False)
    assert text.startswith("the caller waits in submit() to write into the full pipe")
    a_line_below = ["futures/process.py wait_result_broken_or_wakeup: self.thread_wakeup.clear()"]
    assert said(stack(FEEDER, a_line_below, caller), died=False) == [text]
    assert said(stack(FEEDER, MANAGER, caller), died=False) == []
    other = ["futures/process.py submit: with self._shutdown_lock:"]
    assert not any("full pipe" in text for text in said(stack(FEEDER, other, caller), died=False))


def test_two_threads_of_the_executor_wait_for_each_other() -> None:
    """The feeder wants the lock, and the manager joins the feeder; a feeder that is at work will end."""
    wants = ["futures/process.py _on_queue_feeder_error: with self.shutdown_lock:", "multiprocessing/queues.py _feed"]
    joins = [
        "python3.13/threading.py join",
        *(f"multiprocessing/queues.py {name}" for name in ("_finalize_join", "join_thread")),
    ]
    joins += ["futures/process.py _join_executor_internals", "futures/process.py join_executor_internals"]
    (text,) = said(stack(wants, joins, FUTURES), died=False)
    assert text.startswith("two threads of the executor wait for each other")
    assert not any("each other" in text for text in said(stack(FEEDER, joins, FUTURES), died=False))
    assert not any("each other" in text for text in said(stack(wants, MANAGER, FUTURES), died=False))


def test_a_pipe_that_outlives_its_process() -> None:
    """The manager waits for sentinels, and an orphan holds the writing end of a pipe that the parent reads."""
    holdings = [Holding(MAIN, 1, "S", [4], []), Holding(ORPHAN, 99, "S", [], [4])]
    assert "a child that the worker forked holds it open" in said(stack(MANAGER, FEEDER, FUTURES), holdings=holdings)[0]


def test_a_living_workers_sentinel_is_no_orphan() -> None:
    """Each worker holds its own sentinel: that is what sentinels are for."""
    holdings = [Holding(MAIN, 1, "S", [4], []), Holding(WORKER, MAIN, "S", [], [4])]
    assert said(stack(MANAGER, FEEDER, FUTURES), holdings=holdings) == []


def test_a_stopped_worker() -> None:
    """State T in the process table."""
    holdings = [Holding(MAIN, 1, "S", [], []), Holding(WORKER, MAIN, "T", [], [])]
    assert "is stopped (state T)" in said(stack(RESULTS, TASKS, WORKERS, CALLER), died=False, holdings=holdings)[0]


def test_a_worker_handler_that_spins() -> None:
    """The result handler is gone, and the worker handler computes all the time."""
    window = Window(1.0, 4, 350.0, 242, 4, 0)
    assert "spins" in said(stack(TASKS, WORKERS, CALLER), died=False, window=window)[0]


def test_a_respawn_storm() -> None:
    """New processes in the last second before the deadline."""
    window = Window(1.0, 4, 350.0, 242, 4, 30)
    parent = stack(RESULTS, TASKS, WORKERS, CALLER)
    assert said(parent, window=window)[0].endswith("again and again, without any of them getting a task")
    members = [Member(WORKER, MAIN, 4.2, 4.4, "S"), Member(ORPHAN, MAIN, 0.3, None, "S")]
    facts: dict[str, Any] = {"window": window, "timeout": 5.0, "members": members}
    started = {"event": "task-started", "task": 1, "t": 50}
    for pid, asked, tasks in (
        (ORPHAN, 99, "without any of them getting a task"),  # one that was there before
        (WORKER, 40, "without any of them getting a task"),  # our own question gave it
        (WORKER, 99, "and tasks are given to them"),
        (WORKER, 0, "and tasks are given to them"),
    ):
        (text, *_) = said(parent, events=[{**started, "pid": pid}], asked=asked, **facts)
        assert text == f"workers are started and end, again and again, {tasks}"


def test_an_end_without_a_limit() -> None:
    """The main thread is in the end of the pool, and does not come back."""
    parent = stack(RESULTS, ["python3.13/threading.py join", "multiprocessing/pool.py join"])
    assert (
        said(parent, phase="finish")[-1]
        == "the end of the pool waits without a limit, in join (multiprocessing/pool.py:7)"
    )


def test_a_worker_that_waits_inside_its_task() -> None:
    """Nobody died; the worker's own stack shows the line that it waits in."""
    worker = stack(["scenarios/fork_with_lock.py fire: with LOCK:", "subject/task.py worker"])
    texts = said(stack(RESULTS, TASKS, WORKERS, CALLER), {WORKER: worker}, died=False)
    assert texts == ["a worker waits inside its task, in fire (scenarios/fork_with_lock.py:7): with LOCK:"]
    (text,) = said(
        stack(RESULTS, TASKS, WORKERS, CALLER), {WORKER: worker}, died=False, window=Window(1.0, 4, 990.0, 20, 4, 0)
    )
    assert text.startswith("a worker is inside its task")


def test_the_lock_of_the_result_queue() -> None:
    """A worker that dies while it sends takes the lock of the result queue with it; while another sends, it is no cause."""
    frames = [
        "multiprocessing/synchronize.py __enter__",
        "multiprocessing/queues.py put",
        "multiprocessing/pool.py worker",
    ]
    sends = ["multiprocessing/connection.py _send", *frames[1:]]
    parent = stack(RESULTS, TASKS, WORKERS, CALLER)
    assert "a worker waits for the lock of the result queue, and no living" in said(parent, {WORKER: stack(frames)})[0]
    texts = said(parent, {WORKER: stack(frames), ORPHAN: stack(sends)})
    assert not any("result queue" in text for text in texts)


def test_a_lock_that_a_stopped_process_may_hold_is_no_dead_ones() -> None:
    """A stopped process has no stack to tell: it may well be inside the lock. And where nobody died, nobody died with it."""
    parent = stack(RESULTS, TASKS, WORKERS, CALLER)
    stopped = [Holding(ORPHAN, MAIN, "T", [], [])]
    assert not any("semaphore" in text for text in said(parent, {WORKER: LOCKED}, holdings=stopped))
    silent = [Holding(WORKER, MAIN, "S", [], []), Holding(ORPHAN, MAIN, "S", [], [])]
    assert not any("semaphore" in text for text in said(parent, {WORKER: LOCKED}, holdings=silent))
    assert any("semaphore" in text for text in said(parent, {WORKER: LOCKED}, holdings=silent[:1]))
    assert not any("semaphore" in text for text in said(parent, {WORKER: LOCKED}, died=False))


def test_stderr_says_by_what_a_thread_ended() -> None:
    """threading writes of an exception, and not of SystemExit: without its word no exception is claimed."""
    parent = stack(TASKS, WORKERS, CALLER)
    (text,) = said(parent, died=False)
    assert text == "the result handler, the thread that receives every result, has ended"
    (text,) = said(parent, died=False, stderr="Exception in thread Thread-3 (_handle_results):\n")
    assert text.endswith("has ended: an exception went through it, as stderr says")


SECOND = 10**9
FIRED: Event = {"event": "fault", "pid": WORKER, "t": 2 * SECOND}
TABLE = [Member(MAIN, 1, 0.0, None, "S"), Member(WORKER, MAIN, 0.1, 1.2, "S"), Member(ORPHAN, MAIN, 1.1, None, "S")]


@pytest.mark.parametrize(("members", "replaced"), [(TABLE, True), (TABLE[:2], False), ([], False)])
def test_a_replacement_is_said_where_there_is_one(members: list[Member], replaced: bool) -> None:
    """Where the process table has no process that was started after the death, nobody is said to have replaced the dead."""
    facts = {"members": members, "members_seen": len(members), "launched": SECOND}
    (text,) = said(stack(RESULTS, TASKS, WORKERS, CALLER), events=[FIRED], **facts)
    assert ("the worker was replaced" in text) == replaced
    assert text.endswith("nothing records that it held that task")


@pytest.mark.parametrize(("members", "deaths"), [(TABLE, {}), (TABLE[::2], {str(WORKER): -9})])
def test_a_death_in_the_process_table_is_one(members: list[Member], deaths: dict[str, int]) -> None:
    """A worker that was gone before the deadline died, also where nobody but the table saw it, or it only as dead."""
    facts = {"members": members, "members_seen": len(members), "launched": SECOND, "deaths": deaths}
    (text,) = said(stack(RESULTS, TASKS, WORKERS, CALLER), died=False, events=[FIRED], **facts)
    assert text.startswith("the caller waits for the result of a task whose worker is dead")


def test_workers_that_ended_by_themselves() -> None:
    """They failed before they had anything to say; what they had taken is forgotten. A storm is told as that, only."""
    ended = [{"event": "reaped", "pid": MAIN, "t": 1, "child": 50 + number, "status": 1} for number in range(3)]
    late = {"event": "reaped", "pid": MAIN, "t": 9, "child": 60, "status": -9}
    parent = stack(RESULTS, TASKS, WORKERS, CALLER)
    (text,) = said(parent, died=False, events=[*ended, {"event": "autopsy-begins", "pid": MAIN, "t": 8}, late])
    assert text.startswith("3 worker(s) ended with exit code 1 before they said anything of their tasks")
    (text,) = said(parent, died=False, events=ended, window=Window(1.0, 4, 350.0, 242, 4, 30))
    assert "again and again" in text


def test_a_forkserver_starts_and_reaps_for_the_program() -> None:
    """Its workers are the pool's: what it reaped had ended, and what it started later has replaced the dead."""
    server = Member(40, MAIN, 0.05, None, "S", "python -c from multiprocessing.forkserver import main")
    worker = Member(41, 40, 1.1, None, "S", server.command)  # forked from it, it bears its command line
    ended = [{"event": "reaped", "pid": 40, "t": 1, "child": 50, "status": 1}]
    grandchildren = [{"event": "reaped", "pid": 41, "t": 1, "child": 60, "status": 3}]
    facts = {"members": [server, worker], "members_seen": 2, "launched": SECOND}
    parent = stack(RESULTS, TASKS, WORKERS, CALLER)
    (text,) = said(parent, died=False, events=[*ended, *grandchildren], **facts)
    assert text.startswith("1 worker(s) ended with exit code 1")
    (text,) = said(parent, events=[FIRED], **facts)
    assert "the worker was replaced" in text


def test_an_executor_without_workers() -> None:
    """Nobody is there who could compute a result; a resource tracker can't, and a worker could."""
    tracker = stack(["multiprocessing/resource_tracker.py main"])
    worker = stack(["multiprocessing/queues.py get", "futures/process.py _process_worker"])
    parent = stack(MANAGER, FEEDER, FUTURES)
    alone = [Holding(MAIN, 1, "S", [], []), Holding(WORKER, MAIN, "S", [], [])]
    (text,) = said(parent, {WORKER: tracker}, died=False, holdings=alone)
    assert text.startswith("the executor has no worker left, and starts none")
    both = [*alone, Holding(ORPHAN, MAIN, "S", [], [])]
    assert said(parent, {WORKER: tracker, ORPHAN: worker}, died=False, holdings=both) == []
    assert said(parent, {WORKER: tracker}, died=False, holdings=both) == [], "one that told no stack may be a worker"


def test_an_exit_that_a_forkserver_would_tell() -> None:
    """It is awaited at a pipe, and the kernel can't say whose end that is: the stack says that a worker is joined."""
    joining = [
        "multiprocessing/popen_forkserver.py poll",
        "process.py join",
        "futures/process.py _join_executor_internals",
    ]
    main = ["futures/process.py submit: with self._shutdown_lock:"]
    texts = said(stack(joining, main), phase="reuse")
    assert texts == [
        "the executor's manager thread waits without a limit for the exit of a worker, which does not end; meanwhile it holds "
        "the lock for which submit() waits"
    ]


JOINING = ["subject/exits.py recording_wait", "futures/process.py _join_executor_internals"]


@pytest.mark.parametrize(("state", "words"), [("S", "for the exit of process 11, which does not end"), ("Z", None)])
def test_an_exit_that_does_not_come(state: str, words: str | None) -> None:
    """The kernel says for whose exit the parent waits, and that this process is alive; of a dead one nothing is said."""
    holdings = [Holding(MAIN, 1, "S", [], [], ["exit of 11"]), Holding(WORKER, MAIN, state, [], [])]
    main = ["futures/process.py submit: with self._shutdown_lock:"]
    texts = said(stack(JOINING, main), phase="reuse", holdings=holdings)
    assert bool(texts) == bool(words)
    if words:
        start = f"the executor's manager thread waits without a limit {words}"
        assert texts[0] == f"{start}; meanwhile it holds the lock for which submit() waits"


def test_a_worker_that_waits_for_its_own_threads() -> None:
    """It has left its task for good, and is neither dead nor at work."""
    worker = stack(["python3.13/threading.py _shutdown", "multiprocessing/process.py _bootstrap"])
    texts = said(stack(RESULTS, TASKS, WORKERS, CALLER), {WORKER: worker}, died=False)
    assert texts == [
        "process 11 has left its task for good, and waits for its own threads to end: it neither works nor dies"
    ]
