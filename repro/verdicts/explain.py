"""Says in plain sentences why a tree hangs. A pure function of what was recorded: stacks, deaths, and who holds which pipe.

Each rule looks for its evidence, and yields a sentence or nothing. None knows which scenario or pool it looks at: what a
thread is, its own stack tells, by the functions of CPython's source that it is in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from repro.observation import Event, Fault, Observation
from repro.subject import exits
from repro.verdicts import stacks
from repro.verdicts.scene import Scene
from repro.verdicts.stacks import Thread

#: The threads of the standard pools that run users' code: a function of the thread, the one that calls that code, and what it is.
_MANAGER = "the executor's manager thread, which settles every future, is in a callback"
USERS_CODE = (
    (
        "_handle_tasks",
        "_guarded_task_generation",
        "the task handler, the thread that sends every task, is in a call's iterable",
    ),
    ("_handle_results", "_set", "the result handler, the thread that receives every result, is in a callback"),
    ("process_result_item", "_invoke_callbacks", _MANAGER),
    ("_queue_management_worker", "_invoke_callbacks", _MANAGER),  # 3.8
)

#: What is said, too, of a program that nobody has prepared (``repro.diagnose``), where other evidence leads to the same.
STOPPED = "stopped (state T), and nobody continues it"
FORGOTTEN = "nothing records that it held that task"
SENTINEL = (
    "the manager thread waits for the sentinel of a worker that is dead: the sentinel is a pipe, and a child that the worker "
    "forked holds it open"
)


def explain(fault: Fault, seen: Observation, died: bool, phase: str | None) -> list[str]:
    """The sentences, the most telling first; none where the evidence says nothing."""
    parent = stacks.threads(seen.stacks.get(str(seen.main_pid), ""))
    died = died or _gone(seen)
    workers = {int(pid): stacks.threads(text) for pid, text in seen.stacks.items() if int(pid) != seen.main_pid}
    scene = Scene(fault, seen, parent, workers, died, phase)
    rules = RULES if parent else [respawns]  # a storm is seen in the process table; all else the stacks tell
    return [sentence for rule in rules for sentence in rule(scene)]


def _gone(seen: Observation) -> bool:
    """Whether the process table has the victim of the fault as ended before the deadline."""
    fired = next((event for event in seen.events if event["event"] == "fault"), None)
    victim = None if fired is None else int(fired.get("victim") or fired["pid"])
    return victim is not None and seen.ended_early(victim)


def stopped_worker(scene: Scene) -> Iterator[str]:
    """State T in the process table."""
    if scene.stopped():
        yield f"a worker is {STOPPED}; a stopped process is not to be told from a slow one"


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
    who = ["the parent itself"] if set(parent.writes) & pipes else []
    who += [f"{len(shared)} other living process{'es' if len(shared) > 1 else ''}"] if shared else []
    plural = len(who) > 1 or len(shared) > 1
    return f"{' and '.join(who) or 'somebody'} hold{'' if plural else 's'} the pipe's writing end"


def lock_of_the_dead(scene: Scene) -> Iterator[str]:
    """Workers that wait for the lock of a queue, and none alive that is, or may be, at work inside it."""
    if not scene.died or scene.stopped() or scene.may_be_anywhere():
        return
    for queue, inside, waits in (
        ("task queue", "_recv", (("get", "__enter__", "worker"), ("get", "acquire", "_process_worker"))),
        ("result queue", "_send", (("put", "__enter__", "worker"), ("put", "__enter__", "_process_worker"))),
    ):
        waiters = set().union(*(scene.workers_in(*functions) for functions in waits))
        if waiters and not scene.workers_in(waits[0][0], inside):
            yield nobody_inside(len(waiters), queue, _semaphore(scene, waiters))


def nobody_inside(waiters: int, queue: str, semaphore: str = "") -> str:
    """Of a lock whose owner is dead. waiters: how many wait for it. semaphore: which one it is, with a space before it."""
    who = "a worker waits" if waiters == 1 else f"{waiters} workers wait"
    return (
        f"{who} for the lock of the {queue}{semaphore}, and no living process is "
        "inside it: a worker died while it held it, and a semaphore has no owner who could be found dead"
    )


def _semaphore(scene: Scene, waiters: set[int]) -> str:
    """Which semaphore, where the kernel says that it is the same one for all who wait."""
    waits = [one.waits for one in scene.seen.holdings if one.pid in waiters]
    names = Counter(wait for one in waits for wait in one if wait.startswith("semaphore "))
    name = next((name for name, times in names.items() if times == len(waiters)), None)
    return f" ({name} in the process table)" if name else ""


def in_users_code(scene: Scene) -> Iterator[str]:
    """A service thread of the standard pools that is in code of the program's: nobody else does its work meanwhile."""
    for function, caller, what in USERS_CODE:
        thread = scene.parent_in(function, caller)
        called = None if thread is None else _called_by(caller, thread)
        if called is not None:
            yield until_it_returns(what, called)


def until_it_returns(what: str, called: stacks.Frame) -> str:
    """Of a thread that has something else to do. what: how the sentence begins. called: the program's code in which it is."""
    return f"{what}, in {called.place}, and does nothing else until that returns"


def _called_by(function: str, thread: Thread) -> stacks.Frame | None:
    """The frame that a function's frame has called, where that is no primitive of the standard library's."""
    index = next(number for number, frame in enumerate(thread.frames) if frame.function == function)
    called = thread.frames[index - 1] if index else None
    return None if called is None or called.file.endswith("/threading.py") else called


def locks_itself_out(scene: Scene) -> Iterator[str]:
    """submit() was interrupted, and what interrupted it calls submit(), too, in the same thread. Or the manager thread was, while
    it emptied its wake-up pipe, which it does with the lock in 3.9 and 3.10; and nobody else has the lock."""
    calls_of = [
        [frame.function == "submit" and frame.file.endswith("futures/process.py") for frame in thread.frames]
        for thread in scene.parent
    ]
    all_wait = all(calls[0] for calls in calls_of if any(calls))
    for thread, calls in zip(scene.parent, calls_of, strict=True):
        functions = {frame.function for frame in thread.frames}
        if calls[:1] == [True] and all_wait and {"clear", "wait_result_broken_or_wakeup"} <= functions:
            yield (
                "submit() waits for a lock that its own thread holds: the executor's manager thread was interrupted by the "
                "collector while it had that, and what interrupted it submits"
            )
        if calls[:1] == [True] and sum(calls) > 1:
            yield (
                "submit() waits for a lock that its own thread holds: another submit() was interrupted there, by a signal "
                "handler or by the collector, and what interrupted it submits, too"
            )


def thread_gone(scene: Scene) -> Iterator[str]:
    """A service thread of the standard pools that is not there any more while its pool is in use."""
    if scene.phase in ("open", "exit", None) or any(thread.cut for thread in scene.parent if not thread.main):
        return
    handlers = [name for name in ("_handle_workers", "_handle_tasks", "_handle_results") if scene.parent_in(name)]
    asks = scene.parent_in("get", "wait") or scene.parent_in("next", "wait")
    if not handlers and asks and scene.main_file("multiprocessing/pool.py"):
        yield "the threads of the pool have all ended, and did not settle the results that the caller waits for"
    if handlers and "_handle_results" not in handlers:
        yield f"the result handler, the thread that receives every result, has ended{_by_exception(scene)}"
    if handlers and "_handle_tasks" not in handlers and scene.phase != "finish":
        yield f"the task handler, the thread that sends every task, has ended{_by_exception(scene)}"
    if handlers or not scene.main_file("futures/_base.py") or scene.any_file("futures/process.py"):
        return
    if scene.has_standard_worker() or "futures/process.py" in scene.seen.stderr:
        yield (
            "the executor's manager thread, which settles every future, has ended, and the caller waits for a future that is "
            f"not settled{_by_exception(scene)}"
        )
    elif all(thread.main or any(frame.function == "_feed" for frame in thread.frames) for thread in scene.parent):
        yield "the caller waits for a future that is not settled, and its process has no other thread that could settle it"


def _by_exception(scene: Scene) -> str:
    """What threading writes when an exception ends a thread. SystemExit ends one without a word."""
    return ": an exception went through it, as stderr says" if "Exception in thread" in scene.seen.stderr else ""


def feeder_gone(scene: Scene) -> Iterator[str]:
    """The executor's manager waits, and the thread that feeds its queue is not there."""
    if scene.manager_waits() and not scene.parent_in("_feed") and not scene.died:
        yield "the feeder thread of the call queue has ended: no task is sent any more, and the manager waits for results"


def wakeup_pipe_is_full(scene: Scene) -> Iterator[str]:
    """submit() writes into the pipe that awakens the manager thread, which wants the lock before it reads (gh-105829)."""
    writer = scene.parent_in("submit", "wakeup", "_send")
    manager = scene.manager_waits()
    if (
        writer is not None
        and manager is not None
        # of 3.10, py-spy tells the line below the one in which the lock is awaited
        and any(
            "shutdown_lock" in frame.source or "thread_wakeup.clear" in frame.source for frame in manager.frames[:1]
        )
    ):
        yield (
            "the caller waits in submit() to write into the full pipe by which the executor's manager thread is awakened; only "
            "that thread empties it, and it waits for the lock that the caller holds meanwhile"
        )


def feeder_and_manager_wait(scene: Scene) -> Iterator[str]:
    """The manager thread joins the feeder thread while it holds the lock that the feeder wants (gh-125451)."""
    feeder = scene.parent_in("_feed", "_on_queue_feeder_error")
    wants_lock = feeder is not None and any("shutdown_lock" in frame.source for frame in feeder.frames[:1])
    if wants_lock and scene.parent_in("join_executor_internals", "join_thread"):
        yield (
            "two threads of the executor wait for each other: the feeder thread wants the shutdown lock, to settle a task that "
            "can't be pickled, and the manager thread, which holds it, waits for the feeder thread to end"
        )


def pipe_outlives_process(scene: Scene) -> Iterator[str]:
    """The manager waits for sentinels; a dead worker's sentinel is held open by a process that is no worker."""
    if not (scene.died and scene.manager_waits()):
        return
    parent = next((one for one in scene.seen.holdings if one.pid == scene.seen.main_pid), None)
    known = {one.pid for one in scene.seen.holdings}
    orphans = [one for one in scene.seen.holdings if one.parent not in known and one.pid != scene.seen.main_pid]
    if parent and any(set(one.writes) & set(parent.reads) for one in orphans):
        yield SENTINEL


def handler_spins(scene: Scene) -> Iterator[str]:
    """The worker handler of multiprocessing.pool is awakened by results that nobody reads."""
    window = scene.seen.window
    busy = window is not None and window.works and not window.new_processes
    reader = scene.parent_in("_handle_results")
    reads = reader is not None and not any(frame.function == "_set" for frame in reader.frames)
    if busy and scene.parent_in("_handle_workers") and not reads:
        yield "the worker handler spins: results lie in the pipe, so that its wait returns at once, and nobody reads them"


def respawns(scene: Scene) -> Iterator[str]:
    """Processes that start and end without end."""
    window = scene.seen.window
    if window is None or not window.new_processes:
        return
    disturbed = scene.seen.disturbed()
    new = {one.pid for one in scene.seen.members if one.since > scene.seen.timeout - window.seconds}
    given = any(
        event["event"] in ("task-started", "plain-task")
        and event["pid"] in new
        and (disturbed is None or event["t"] < disturbed)
        for event in scene.seen.events
    )
    tasks = "and tasks are given to them" if given else "without any of them getting a task"
    yield f"workers are started and end, again and again, {tasks}"


def stuck_in_task(scene: Scene) -> Iterator[str]:
    """A worker that waits, or works, inside a task, as its own stack shows, while nobody died."""
    for threads in scene.workers.values():
        for thread in threads:
            task = next((frame for frame in thread.frames if frame.file.endswith("subject/task.py")), None)
            if thread.main and task is not None and not scene.died:
                inner = thread.frames[0]
                doing = f": {inner.source}" if inner.source else ""
                yield f"a worker {'is' if scene.works() else 'waits'} inside its task, in {thread.waits_in}{doing}"
                return


def task_forgotten(scene: Scene) -> Iterator[str]:
    """The caller waits for a result, the worker that had the task is dead, and everybody else is idle."""
    if scene.died and scene.fault.faulty is not None and scene.parent_in("_handle_results") and scene.phase == "call":
        replaced = "the worker was replaced, and " if _replaced(scene) else ""
        yield f"the caller waits for the result of a task whose worker is dead; {replaced}{FORGOTTEN}"


def _replaced(scene: Scene) -> bool:
    """Whether a process of the program was started after the fault and still lived at the deadline."""
    fired = next((event for event in scene.seen.events if event["event"] == "fault"), None)
    if fired is None or not scene.seen.launched:
        return False
    fault = (int(fired["t"]) - scene.seen.launched) / 1e9
    # births are known to a clock tick, 10 ms
    return any(
        one.parent in scene.starters() and one.until is None and one.since > fault - 0.02 for one in scene.seen.members
    )


def forgotten_with_their_workers(scene: Scene) -> Iterator[str]:
    """Workers that ended by themselves, one after another, while the caller waits and those that are there are idle."""
    disturbed = scene.seen.disturbed()
    ended = [
        event
        for event in scene.seen.events
        if event["event"] == "reaped"
        and event["pid"] in scene.starters()
        and event.get("status")
        and (disturbed is None or event["t"] < disturbed)
    ]
    statuses = {int(event["status"]) for event in ended}
    if any(respawns(scene)) or scene.died or scene.phase != "call" or not scene.parent_in("_handle_results"):
        return
    if len(statuses) == 1:
        yield (
            f"{len(ended)} worker(s) ended with {exits.name(statuses.pop())} before they said anything of their tasks; they were "
            "replaced, and nothing records which tasks they had taken"
        )


def no_worker_left(scene: Scene) -> Iterator[str]:
    """The executor waits for results, and there is nobody who could compute one."""
    if scene.manager_waits() and not scene.died and scene.only_helpers():
        yield "the executor has no worker left, and starts none; its manager thread waits for results that nobody computes"


def waits_for_an_exit(scene: Scene) -> Iterator[str]:
    """The kernel says that the parent waits for the exit of a process, and that process is alive; or the stack says it."""
    parent = next((one for one in scene.seen.holdings if one.pid == scene.seen.main_pid), None)
    manager = scene.parent_in("_join_executor_internals")
    awaited = [int(wait.rpartition(" ")[2]) for wait in (parent.waits if parent else ()) if wait.startswith("exit of ")]
    living = [f"process {one.pid}" for one in scene.seen.holdings if one.pid in awaited and one.state not in "ZX"]
    if manager and not awaited and any(frame.file.endswith("popen_forkserver.py") for frame in manager.frames):
        living = ["a worker"]  # of a forkserver: it is awaited at a pipe, and the kernel can't say whose end that is
    for one in living:
        who = "the executor's manager thread" if manager and not manager.main else "the parent"
        text = f"{who} waits without a limit for the exit of {one}, which does not end"
        if manager and any("_shutdown_lock" in f.source for t in scene.parent if t.main for f in t.frames[:1]):
            text += "; meanwhile it holds the lock for which submit() waits"
        yield text


def waits_for_its_threads(scene: Scene) -> Iterator[str]:
    """A worker that has left its last task, and ends when its threads do (Lib/threading.py: _shutdown)."""
    for pid, threads in scene.workers.items():
        for thread in threads:
            left = any(f.function == "_shutdown" and f.file.endswith("threading.py") for f in thread.frames)
            if thread.main and left and not any(f.function in ("worker", "_process_worker") for f in thread.frames):
                yield f"process {pid} has left its task for good, and waits for its own threads to end: it neither works nor dies"


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
        wakeup_pipe_is_full,
        feeder_and_manager_wait,
        pipe_outlives_process,
        respawns,
        locks_itself_out,
        in_users_code,
        handler_spins,
        thread_gone,
        feeder_gone,
    ),
    *(task_forgotten, forgotten_with_their_workers, no_worker_left, waits_for_its_threads, waits_for_an_exit),
    *(joins_for_ever, stuck_in_task),
)
