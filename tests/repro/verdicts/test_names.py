"""What processes, pipes and semaphores are called, from observations made by hand."""

from __future__ import annotations

import pytest

from repro.observation import Holding, Observation, Wait
from repro.verdicts import names

MAIN, ONE, TWO = 10, 11, 12


def stack(*threads: tuple[str, ...]) -> str:
    """Threads by their frames, the innermost first, each as ``function file``; the main thread is the last."""
    return "\n".join(
        "Thread 0x00 (most recent call first):\n"
        + "".join(f'  File "{frame.split()[1]}", line 1 in {frame.split()[0]}\n' for frame in frames)
        for frames in threads
    )


GETS = ("_recv multiprocessing/connection.py", "get multiprocessing/queues.py", "worker multiprocessing/pool.py")
LOCKS = ("__enter__ multiprocessing/synchronize.py", "get multiprocessing/queues.py", "worker multiprocessing/pool.py")
HANDLES = ("_recv multiprocessing/connection.py", "_handle_results multiprocessing/pool.py")
WAITS = ("wait python3.13/threading.py", "get multiprocessing/pool.py")
CALLS = ("_recv multiprocessing/connection.py", "get multiprocessing/queues.py", "_process_worker futures/process.py")


def hung(threads: bool = True) -> Observation:
    """A Pool that hangs. threads: as records are today, or as they were before."""
    waits = {
        MAIN: Wait(13, "read", 5, "pipe 2"),
        ONE: Wait(ONE, "read", 3, "pipe 1"),
        TWO: Wait(TWO, "semaphore", None, "semaphore 1"),
    }
    words = {MAIN: "read pipe 2", ONE: "read pipe 1", TWO: "semaphore 1"}
    ends = {MAIN: ([1, 2], [1]), ONE: ([1], [2]), TWO: ([1], [2])}
    return Observation(
        main_pid=MAIN,
        holdings=[
            Holding(pid, 1 if pid == MAIN else MAIN, "S", *ends[pid], [words[pid]], [waits[pid]] if threads else [])
            for pid in ends
        ],
        stacks={str(MAIN): stack(HANDLES, WAITS), str(ONE): stack(GETS), str(TWO): stack(LOCKS)},
    )


@pytest.mark.parametrize("threads", [True, False])
def test_things_are_called_by_their_use(threads: bool) -> None:
    """By the functions in which their waiters are; in records without threads too, where only one thread can be meant."""
    found = names.names(hung(threads))
    assert found.things == {
        "pipe 1": "the task queue",
        "pipe 2": "the result queue",
        "semaphore 1": "the lock of the task queue",
    }
    assert found.processes == {MAIN: "the program", ONE: "a worker", TWO: "a worker"}


def test_an_executors_worker_has_a_call_queue() -> None:
    """The same functions under another loop are another queue."""
    seen = Observation(
        main_pid=MAIN,
        holdings=[Holding(ONE, MAIN, "S", [1], [], ["read pipe 1"], [Wait(ONE, "read", 3, "pipe 1")])],
        stacks={str(ONE): stack(CALLS)},
    )
    assert names.names(seen).things == {"pipe 1": "the call queue"}


def test_what_can_not_be_told_has_no_name() -> None:
    """Two threads that read, and nobody knows which is which; two uses that contradict each other; functions of no CPython."""
    both = Observation(
        main_pid=MAIN,
        holdings=[Holding(MAIN, 1, "S", [1, 2], [], ["read pipe 1", "read pipe 2"])],
        stacks={str(MAIN): stack(HANDLES, GETS)},
    )
    assert names.names(both).things == {}
    torn = hung()
    torn.holdings[0] = Holding(MAIN, 1, "S", [1], [], [], [Wait(13, "read", 5, "pipe 1")])
    assert "pipe 1" not in names.names(torn).things
    other = Observation(
        main_pid=MAIN,
        holdings=[Holding(ONE, MAIN, "S", [1], [], ["read pipe 1"])],
        stacks={str(ONE): stack(("_recv ray/worker.py",))},
    )
    assert names.names(other).things == {}


def test_what_has_no_name_is_told_by_its_ends() -> None:
    """The pipe from whom to whom; the socket of whom; the semaphore that who waits for."""
    seen = hung()
    assert names.by_its_ends("pipe 2", seen) == "the pipe from 11, 12 to 10"
    assert names.by_its_ends("pipe 1", seen, "the task queue") == "the task queue from 10 to 10, 11, 12"
    assert names.by_its_ends("pipe 9", seen) == "the pipe from nobody to nobody"
    assert names.by_its_ends("semaphore 1", seen) == "the semaphore for which 12 waits"
    seen.holdings.append(Holding(13, MAIN, "S", [], [], ["read socket 1"], [], [1]))
    assert names.by_its_ends("socket 1", seen) == "the socket of 13"


def test_processes_are_called_by_what_they_run_or_did() -> None:
    """Helpers by their stack; a victim that had no task as such; who had a task is a worker, with a stack or without."""
    events = [
        {"event": "task-started", "pid": ONE, "t": 1},
        {"event": "task-started", "pid": MAIN, "t": 1},
        {"event": "fault", "pid": MAIN, "victim": 20, "t": 2},
    ]
    tracker = ("main multiprocessing/resource_tracker.py",)
    server = ("select python3.13/selectors.py", "main multiprocessing/forkserver.py")
    seen = Observation(main_pid=MAIN, events=events, stacks={"30": stack(tracker), "31": stack(server)})
    assert names.names(seen).processes == {
        **{MAIN: "the program", ONE: "a worker", 20: "the victim"},
        **{30: "the resource tracker", 31: "the fork server"},
    }
