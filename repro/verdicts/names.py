"""What the processes, pipes and semaphores of a hung tree are. A pure function of what was recorded.

A process is named by what it runs, as its stack says, or by the tasks that it had. A pipe or a semaphore is named by the
functions of CPython's source in which somebody waits for it: the pipe from which ``worker`` in pool.py gets its tasks is the task
queue. What nobody waits for in such a function, and all of pools that are not CPython's, is named by its ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from repro.observation import Holding, Observation, Wait
from repro.verdicts import stacks
from repro.verdicts.stacks import Thread

#: How a thread waits, the functions that are then on its stack, and what it is that it waits for.
USES = (
    ("read", ("worker", "get", "_recv"), "the task queue"),
    ("write", ("_handle_tasks", "_send"), "the task queue"),
    ("read", ("_handle_results", "_recv"), "the result queue"),
    ("write", ("worker", "put", "_send"), "the result queue"),
    ("read", ("_process_worker", "get", "_recv"), "the call queue"),
    ("write", ("_feed", "_send"), "the call queue"),
    ("read", ("wait_result_broken_or_wakeup", "_recv"), "the result queue"),
    ("read", ("_queue_management_worker", "_recv"), "the result queue"),
    ("write", ("_process_worker", "put", "_send"), "the result queue"),
    ("write", ("wakeup", "_send"), "the pipe that awakens the executor's manager thread"),
    ("semaphore", ("worker", "get", "__enter__"), "the lock of the task queue"),
    ("semaphore", ("worker", "put", "__enter__"), "the lock of the result queue"),
    ("semaphore", ("_process_worker", "get", "__enter__"), "the lock of the call queue"),
    ("semaphore", ("_process_worker", "get", "acquire"), "the lock of the call queue"),
    ("semaphore", ("_process_worker", "put", "__enter__"), "the lock of the result queue"),
)
#: A function, the end of its file's name, and what a process is that has it on its stack.
ROLES = (
    ("worker", "multiprocessing/pool.py", "a worker"),
    ("_process_worker", "futures/process.py", "a worker"),
    ("_process_worker", "loky/process_executor.py", "a worker"),
    ("workloop", "billiard/pool.py", "a worker"),
    ("process_tasks", "pool/process.py", "a worker"),  # pebble
    ("_serve", "worker/loop.py", "a worker"),  # safepool
    ("main", "resource_tracker.py", "the resource tracker"),
    ("main", "forkserver.py", "the fork server"),
)
_INNERMOST = {"read": ("_recv",), "write": ("_send",), "semaphore": ("__enter__", "acquire", "get", "put")}


@dataclass(frozen=True)
class Names:
    """processes: by pid. things: by what they are called in the process table (``pipe 3``, ``semaphore 1``)."""

    processes: dict[int, str]
    things: dict[str, str]


def names(seen: Observation) -> Names:
    """The names of all that was recorded. Two uses that contradict each other name nothing."""
    threads = {int(pid): stacks.threads(text) for pid, text in seen.stacks.items()}
    claims: dict[str, set[str]] = {}
    for holding in seen.holdings:
        for kind, target, thread in _pairs(holding, threads.get(holding.pid, ())):
            functions = {frame.function for frame in thread.frames}
            for use, needed, name in USES:
                if use == kind and functions.issuperset(needed):
                    claims.setdefault(target, set()).add(name)
    things = {target: said.pop() for target, said in claims.items() if len(said) == 1}
    return Names(_processes(seen, threads), things)


def by_its_ends(thing: str, seen: Observation, name: str = "") -> str:
    """``the pipe from 4711 to 4715``; of a socket, who has it; of a semaphore, who waits for it. name: its use, if known."""
    kind, _, number = thing.partition(" ")
    if kind == "pipe":
        writers = [one.pid for one in seen.holdings if int(number) in one.writes]
        readers = [one.pid for one in seen.holdings if int(number) in one.reads]
        return f"{name or 'the pipe'} from {_pids(writers)} to {_pids(readers)}"
    if kind == "socket":
        return f"{name or 'the socket'} of {_pids([one.pid for one in seen.holdings if int(number) in one.sockets])}"
    waiting = [one.pid for one in seen.holdings if thing in {wait.target for wait in waits_of(one)}]
    return f"{name or 'the semaphore'} for which {_pids(waiting)} wait{'s' if len(waiting) == 1 else ''}"


def waits_of(holding: Holding) -> list[Wait]:
    """What the threads of a process wait for; of records without threads, read from their words."""
    if holding.threads:
        return holding.threads
    found = []
    for text in holding.waits:
        call, _, rest = text.partition(" ")
        if call in ("read", "write"):
            found.append(Wait(0, call, None, rest))
        elif call in ("semaphore", "exit"):
            found.append(Wait(0, call, None, text))
    return found


def _pairs(holding: Holding, threads: Sequence[Thread]) -> Iterator[tuple[str, str, Thread]]:
    """How, for what, and with which stack a thread of a process waits: its main thread by its number, others where one alone of
    them waits so, and one stack alone ends so."""
    for kind, innermost in _INNERMOST.items():
        waits = [one for one in waits_of(holding) if one.target.startswith("semaphore " if kind == "semaphore" else "")]
        waits = [one for one in waits if kind == "semaphore" or one.call == kind]
        there = [thread for thread in threads if thread.frames and thread.frames[0].function in innermost]
        main_wait = next((one for one in waits if one.thread == holding.pid), None)
        main = next((thread for thread in there if thread.main), None)
        if main_wait is not None:
            if main is not None:
                yield kind, main_wait.target, main
            waits = [one for one in waits if one is not main_wait]
            there = [thread for thread in there if thread is not main]
        elif any(one.thread for one in waits):
            there = [thread for thread in there if not thread.main]
        if len({one.target for one in waits}) == len(there) == 1:
            yield kind, waits[0].target, there[0]


def _processes(seen: Observation, threads: Mapping[int, Sequence[Thread]]) -> dict[int, str]:
    found: dict[int, str] = {}
    for event in seen.events:
        if event["event"] in ("task-started", "plain-task") and event["pid"] != seen.main_pid:
            found[int(event["pid"])] = "a worker"
        elif event["event"] == "fault":
            found.setdefault(int(event.get("victim") or event["pid"]), "the victim")
    for pid, several in threads.items():
        frames = [frame for thread in several for frame in thread.frames if thread.main]
        for function, file, role in ROLES:
            if any(frame.function == function and f"/{frame.file}".endswith(f"/{file}") for frame in frames):
                found[pid] = role
    found[seen.main_pid] = "the program"
    return found


def _pids(pids: Sequence[int]) -> str:
    return ", ".join(map(str, pids)) or "nobody"
