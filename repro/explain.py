"""Says in plain sentences why a tree hangs. A pure function of what was recorded: stacks, deaths, and who holds which pipe.

Each rule looks for its evidence, and yields a sentence or nothing. None knows which scenario or pool it looks at: what a
thread is, its own stack tells, by the functions of CPython's source that it is in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from repro import waiting
from repro.observation import Event, Fault, Observation
from repro.waiting import Thread


@dataclass(frozen=True)
class Scene:
    """What the rules look at.

    parent: the threads of the program's first process; workers: those of each other living process, by pid.
    died: whether the worker with the fault was seen dead. phase: in which the program stopped going on.
    """

    fault: Fault
    seen: Observation
    parent: list[Thread]
    workers: dict[int, list[Thread]]
    died: bool
    phase: str | None

    def parent_in(self, *functions: str) -> Thread | None:
        """A thread of the parent that has all these functions on its stack."""
        for thread in self.parent:
            if set(functions) <= {frame.function for frame in thread.frames}:
                return thread
        return None

    def any_file(self, name: str) -> bool:
        """Whether some thread of the parent is in a file of this name."""
        return any(frame.file.endswith(name) for thread in self.parent for frame in thread.frames)

    def main_file(self, name: str) -> bool:
        """Whether the parent's main thread is in a file of this name."""
        return any(frame.file.endswith(name) for thread in self.parent if thread.main for frame in thread.frames)

    def workers_in(self, *functions: str) -> int:
        """How many workers wait with all these functions on their main thread's stack."""
        count = 0
        for threads in self.workers.values():
            count += any(
                set(functions) <= {frame.function for frame in thread.frames} for thread in threads if thread.main
            )
        return count


def explain(fault: Fault, seen: Observation, died: bool, phase: str | None) -> list[str]:
    """The sentences, the most telling first; none where the evidence says nothing."""
    parent = waiting.threads(seen.stacks.get(str(seen.main_pid), ""))
    if not parent:
        return []
    workers = {int(pid): waiting.threads(text) for pid, text in seen.stacks.items() if int(pid) != seen.main_pid}
    scene = Scene(fault, seen, parent, workers, died, phase)
    return [sentence for rule in RULES for sentence in rule(scene)]


def stopped_worker(scene: Scene) -> Iterator[str]:
    """State T in the process table."""
    if any(one.state == "T" for one in scene.seen.holdings):
        yield "a worker is stopped (state T), and nobody continues it; a stopped process is not to be told from a slow one"


def half_a_message(scene: Scene) -> Iterator[str]:
    """A reader that has the length of a message, and waits for the rest of it, while its sender is dead."""
    for thread in scene.parent:
        body = next((frame for frame in thread.frames if frame.function == "_recv_bytes"), None)
        if body is not None and "_recv(size" in body.source and scene.died:
            reader = "the result handler" if scene.parent_in("_handle_results") is thread else "the manager thread"
            yield (
                f"{reader} waits in Connection.recv for {_rest(scene)} of a message whose sender is dead; end-of-file "
                f"never comes, because {_copies(scene)}"
            )


def half_a_message_to_nobody(scene: Scene) -> Iterator[str]:
    """A writer in the middle of a message, its reader dead, and no living worker that reads."""
    writer = scene.parent_in("_send", "_send_bytes")
    if writer is not None and scene.died and not scene.workers_in("_recv"):
        who = "the task handler" if scene.parent_in("_handle_tasks") is writer else "a thread of the parent"
        yield (
            f"{who} waits in Connection.send to write {_size(scene)} into a full pipe; the worker that read it is dead, "
            "and no other reads"
        )


def _rest(scene: Scene) -> str:
    """How much of a message is missing: ``the remaining 199,999,744 of 200,000,030 bytes``."""
    told = _half_message(scene, "in")
    return f"the remaining {told['remaining']:,} of {told['size']:,} bytes" if told else "the rest"


def _size(scene: Scene) -> str:
    """How long a message is. How much of it is through, only the system call knows."""
    told = _half_message(scene, "out")
    return f"a message of {told['size']:,} bytes" if told else "a message"


def _half_message(scene: Scene, direction: str) -> Event | None:
    """What the parent said itself of a message that it is in the middle of; None where it did not, or of several."""
    told = [
        event
        for event in scene.seen.events
        if event["event"] == "half-message"
        and event["pid"] == scene.seen.main_pid
        and event.get("direction") == direction
        and isinstance(event.get("remaining"), int)
        and isinstance(event.get("size"), int)
    ]
    return told[0] if len(told) == 1 else None


def _copies(scene: Scene) -> str:
    """Who keeps the pipe open from which the parent reads: that pipe where the kernel told which, else any that it reads."""
    parent = next((one for one in scene.seen.holdings if one.pid == scene.seen.main_pid), None)
    if parent is None:
        return "others hold copies of the pipe's writing end"
    waited = [int(wait.rpartition(" ")[2]) for wait in parent.waits if wait.startswith("read pipe ")]
    pipes = set(waited) if len(waited) == 1 else set(parent.reads)
    shared = [one for one in scene.seen.holdings if one.pid != parent.pid and set(one.writes) & pipes]
    own = "the parent itself and " if set(parent.writes) & pipes else ""
    return f"{own}{len(shared)} other living process(es) hold the pipe's writing end"


def lock_of_the_dead(scene: Scene) -> Iterator[str]:
    """Workers that wait for the lock of the task queue, and none alive that is reading inside it."""
    waiters = scene.workers_in("get", "__enter__", "worker") + scene.workers_in("get", "acquire", "_process_worker")
    readers = scene.workers_in("get", "_recv", "worker")
    if waiters and not readers:
        yield (
            f"{_waiters(scene, waiters)}, and no living process is inside it: a worker died while "
            "it held it, and a semaphore has no owner who could be found dead"
        )


def _waiters(scene: Scene, count: int) -> str:
    """Who waits, and for which semaphore, where the kernel says that it is the same one."""
    waits = [one.waits for one in scene.seen.holdings if one.pid in scene.workers]
    names = Counter(wait for one in waits for wait in one if wait.startswith("semaphore "))
    name = next((name for name, times in names.items() if times == count), None)
    if name is None or count < 2:
        return "workers wait for the lock of the task queue"
    return f"{count} workers wait for the lock of the task queue ({name} in the table, the same for all)"


def thread_gone(scene: Scene) -> Iterator[str]:
    """A service thread of the standard pools that is not there any more while its pool is in use."""
    if scene.phase in ("open", "exit", None):
        return
    handlers = [name for name in ("_handle_workers", "_handle_tasks", "_handle_results") if scene.parent_in(name)]
    if not handlers and scene.parent_in("get", "wait") and scene.main_file("multiprocessing/pool.py"):
        yield "the threads of the pool have all ended, and did not settle the results that the caller waits for"
    if handlers and "_handle_results" not in handlers:
        yield "the result handler, the thread that receives every result, has ended: an exception went through it"
    if handlers and "_handle_tasks" not in handlers and scene.phase != "finish":
        yield "the task handler, the thread that sends every task, has ended: an exception went through it"
    if not handlers and scene.main_file("futures/_base.py") and not scene.any_file("futures/process.py"):
        yield "the executor's manager thread, which settles every future, has ended: an exception went through it"


def feeder_gone(scene: Scene) -> Iterator[str]:
    """The executor's manager waits, and the thread that feeds its queue is not there."""
    if scene.parent_in("wait_result_broken_or_wakeup") and not scene.parent_in("_feed") and not scene.died:
        yield "the feeder thread of the call queue has ended: no task is sent any more, and the manager waits for results"


def pipe_outlives_process(scene: Scene) -> Iterator[str]:
    """The manager waits for sentinels; a dead worker's sentinel is held open by a process that is no worker."""
    if not (scene.died and scene.parent_in("wait_result_broken_or_wakeup")):
        return
    parent = next((one for one in scene.seen.holdings if one.pid == scene.seen.main_pid), None)
    known = {one.pid for one in scene.seen.holdings}
    orphans = [one for one in scene.seen.holdings if one.parent not in known and one.pid != scene.seen.main_pid]
    if parent and any(set(one.writes) & set(parent.reads) for one in orphans):
        yield (
            "the manager thread waits for the sentinel of a worker that is dead: the sentinel is a pipe, and a child that "
            "the worker forked holds it open"
        )


def handler_spins(scene: Scene) -> Iterator[str]:
    """The worker handler of multiprocessing.pool is awakened by results that nobody reads."""
    window = scene.seen.window
    busy = window is not None and window.cpu_ms > 20 and not window.new_processes
    if busy and scene.parent_in("_handle_workers") and not scene.parent_in("_handle_results"):
        yield "the worker handler spins: results lie in the pipe, so that its wait returns at once, and nobody reads them"


def respawns(scene: Scene) -> Iterator[str]:
    """Processes that start and end without end."""
    window = scene.seen.window
    if window is not None and window.new_processes:
        yield "workers are started and end, again and again, without any of them getting a task"


def stuck_in_task(scene: Scene) -> Iterator[str]:
    """A worker that waits inside a task, as its own stack shows, while nobody died."""
    for threads in scene.workers.values():
        for thread in threads:
            task = next((frame for frame in thread.frames if frame.file.endswith("subject/task.py")), None)
            if thread.main and task is not None and not scene.died:
                inner = thread.frames[0]
                doing = f": {inner.source}" if inner.source else ""
                yield f"a worker waits inside its task, in {thread.waits_in}{doing}"
                return


def task_forgotten(scene: Scene) -> Iterator[str]:
    """The caller waits for a result, the worker that had the task is dead, and everybody else is idle."""
    if scene.died and scene.fault.faulty is not None and scene.parent_in("_handle_results") and scene.phase == "call":
        yield (
            "the caller waits for the result of a task whose worker is dead; the worker was replaced, and nothing records "
            "that it held that task"
        )


def joins_for_ever(scene: Scene) -> Iterator[str]:
    """The end of the pool waits without limit."""
    main = next((thread for thread in scene.parent if thread.main), None)
    if main is not None and scene.phase in ("end", "finish", "exit"):
        functions = [frame.function for frame in main.frames]
        if {"join", "_terminate_pool", "shutdown", "_python_exit"} & set(functions):
            yield f"the end of the pool waits without a limit, in {main.waits_in}"


RULES: tuple[Callable[[Scene], Iterator[str]], ...] = (
    *(
        half_a_message,
        half_a_message_to_nobody,
        stopped_worker,
        lock_of_the_dead,
        pipe_outlives_process,
        respawns,
        handler_spins,
        thread_gone,
        feeder_gone,
    ),
    *(task_forgotten, joins_for_ever, stuck_in_task),
)
