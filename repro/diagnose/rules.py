"""From a program and its pools to what is wrong with it: one rule for each kind, the proofs first. Pure.

A rule yields findings, or nothing. What a recorded cell would be explained by, explains a live program, too: the sentences of the
mechanisms are those of ``repro.verdicts.explain``. What is added here is what the suite knows beforehand and nobody knows of a
program that is somebody else's: whether a worker died, and whether anybody waits for anything.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from repro.diagnose import deaths, pools
from repro.diagnose.asks import ENDS, asking, called_at, half_message, place, program_frame
from repro.diagnose.kinds import Kind
from repro.diagnose.pools import EXECUTOR, POOL, Stage
from repro.diagnose.view import Owner, Worker
from repro.diagnose.waits import outside
from repro.observation import IDLE_SHARE
from repro.verdicts import explain
from repro.verdicts.stacks import Frame

CERTAIN, LIKELY = "certain", "likely"


@dataclass(frozen=True)
class Finding:
    """kind, and how sure it is. owner: whose pool it is about. evidence: sentences, the most telling first. pids: those of whom
    it speaks, for what is to be done."""

    kind: Kind
    certainty: str
    owner: int
    evidence: list[str]
    pids: list[int] = field(default_factory=list)


def storm(owner: Owner) -> Iterator[Finding]:
    """Workers come and go between two looks, without any that had a task. A pool with ``maxtasksperchild`` replaces them, too;
    and pools that are no Pool give up after a death, or start workers as they need them. Where others of a Pool have been there
    for long, and are fewer than are to be, it may be one death that was seen by chance."""
    if owner.has_stack and not (owner.outstanding and any(name.endswith("Pool") for name in owner.pools)):
        return
    born, gone = owner.snapshot.born, owner.snapshot.gone
    young = [one for one in owner.workers if one.seen.age < STORM_AGE]
    limited = owner.value("maxtasksperchild", "_handle_workers") not in ("", "None")
    reaping = [pid for pid in (owner.pid, *owner.helpers) if owner.snapshot.reaping.get(pid)]
    old, wanted = len(owner.workers) - len(young), _workers_wanted(owner)
    if not ((born and gone) or reaping) or limited or any(one.stage is Stage.TASK for one in young):
        return
    if old >= wanted and old:
        return
    sentences = list(explain.respawns(owner.scene(died=False)))
    told = f"within {owner.snapshot.window.seconds:.1f} s"
    if born or gone:
        told += f", {len(born)} were started and {len(gone)} ended"
    else:
        told += f", process {reaping[0]} has reaped children that had not been there before"
    aged = f"{old} of {wanted} workers are" if old else "no worker is"
    sentences.append(f"{told}; {aged} older than {STORM_AGE:g} s")
    initializer = owner.value("initializer", "_handle_workers")
    if initializer not in ("", "None"):
        sentences.append(f"the pool has an initializer, {initializer}: it runs first in each of them")
    yield Finding(Kind.RESPAWN_STORM, LIKELY if old else CERTAIN, owner.pid, sentences, [])


def _workers_wanted(owner: Owner) -> int:
    """How many workers the Pools of a program are to have; 0 where no thread of theirs tells."""
    frames = [frame for thread in owner.seen.threads for frame in thread.frames if frame.function == "_handle_workers"]
    return sum(int(told) for frame in frames if (told := frame.values.get("processes", "")).isdecimal())


#: So old a worker of a storm gets at most, in seconds: the start of a Python on a busy machine takes a second.
STORM_AGE = 3.0


def stopped(owner: Owner) -> Iterator[Finding]:
    """A worker in state T, while the program itself is not stopped, and nobody traces it."""
    victims = [one for one in owner.workers if one.seen.state == "T"]
    if not victims or owner.seen.stopped:
        return
    sentences = [_are(victims, "stopped (state T)") + ", and nobody continues it"]
    for one in victims:
        if one.role is not None and one.role.stage is Stage.READS:
            sentences.append(f"{one.pid} has the lock of the queue: no other worker gets a task meanwhile")
        elif one.role is not None and one.role.stage is Stage.TASK:
            sentences.append(f"{one.pid} is in a task, {_task_of(one)}")
    yield Finding(Kind.STOPPED_WORKER, CERTAIN, owner.pid, sentences, [one.pid for one in victims])


def half_a_message(owner: Owner) -> Iterator[Finding]:
    """A thread of the program waits for the rest of a message, nothing of that is in the pipe, and nobody is sending it."""
    if not owner.all_seen or any(owner.ran(one.pid) for one in owner.workers):
        return
    pids = [one.pid for one in owner.workers]
    for thread in owner.seen.threads:
        half = half_message(thread)
        if half is None:
            continue
        direction, _size, remaining = half
        if direction == "in" and remaining > 0 and not owner.at(Stage.SENDS):
            sentences = [*explain.half_a_message(owner.scene(died=True)), *deaths.sentences(owner)]
            yield Finding(Kind.HALF_MESSAGE, CERTAIN, owner.pid, sentences, pids)
        elif direction == "out" and not owner.at(Stage.READS, Stage.WAITS, Stage.TASK, Stage.STARTS, Stage.UNKNOWN):
            sentences = [*explain.half_a_message_to_nobody(owner.scene(died=True)), *deaths.sentences(owner)]
            yield Finding(Kind.HALF_MESSAGE, CERTAIN, owner.pid, sentences, pids)
    for worker in owner.at(Stage.READS):
        half = half_message(worker.role_thread) if worker.role_thread is not None else None
        if half is not None and half[2] > 0 and not owner.sending:
            told = f"worker {worker.pid} waits for the remaining {half[2]:,} of {half[1]:,} bytes of a message that nobody sends"
            why = "a worker that died in the middle of reading has left the queue out of step"
            yield Finding(Kind.HALF_MESSAGE, CERTAIN, owner.pid, [told, why, *deaths.sentences(owner)], pids)
            return


def poisoned_lock(owner: Owner) -> Iterator[Finding]:
    """Workers wait for the lock of a queue, and each other process that could have it is somewhere else."""
    for waits, inside, queue in (
        (Stage.LOCKED, Stage.READS, "the task queue"),
        (Stage.SEND_LOCKED, Stage.SENDS, "the result queue"),
    ):
        waiters = owner.at(waits)
        elsewhere = owner.all_seen and not owner.at(inside, Stage.STOPPED, Stage.UNKNOWN)
        if not waiters or not elsewhere or any(owner.ran(one.pid) for one in owner.workers):
            continue
        lock = owner.lock_of(waiters)
        if lock is not None and lock.value not in (0, None):
            continue
        sentences = list(explain.lock_of_the_dead(owner.scene(died=True)))
        if not sentences:
            sentences = [f"{_are(waiters, 'waiting')} for the lock of {queue}, and no living process is inside it"]
        if lock is not None and lock.value == 0:
            sentences.append(f"the semaphore's value is 0, and {lock.waiters} wait for it: it is taken")
        yield Finding(
            Kind.POISONED_LOCK,
            CERTAIN,
            owner.pid,
            [*sentences, *deaths.sentences(owner)],
            [one.pid for one in owner.workers],
        )
        return


def threads_deadlocked(owner: Owner) -> Iterator[Finding]:
    """The mechanisms of the executor in which its own threads have what the others want."""
    scene = owner.scene(died=False)
    for rule in (explain.wakeup_pipe_is_full, explain.feeder_and_manager_wait, explain.locks_itself_out):
        sentences = list(rule(scene))
        if sentences and not owner.works(owner.pid):
            yield Finding(Kind.THREADS_DEADLOCKED, CERTAIN, owner.pid, sentences)


def own_task(owner: Owner) -> Iterator[Finding]:
    """A service thread is in code of the program's that waits for a result; or a forked process uses the pool of its parent."""
    for thread in owner.seen.threads:
        functions = [frame.function for frame in thread.frames]
        for service, caller, _what in explain.USERS_CODE:
            if service in functions and caller in functions:
                asked = _asked_within(thread.frames[: functions.index(caller)])
                if asked is not None:
                    sentences = [*explain.in_users_code(owner.scene(died=False)), f"that waits in {asked.place}"]
                    yield Finding(Kind.OWN_TASK, CERTAIN, owner.pid, sentences)
    forked = [(worker.seen, worker.role.inner) for worker in owner.at(Stage.TASK) if worker.role is not None]
    forked += [(one, one.main.frames) for one in owner.strangers if one.main is not None and one.parent == owner.pid]
    for seen, frames in forked:
        asked = _asked_within(frames)
        if asked is None or len(seen.threads) != 1 or owner.ran(seen.pid):
            continue
        sentence = (
            f"process {seen.pid} waits for a result, in {asked.place}, and has no other thread that could "
            "receive one: it "
            "uses a pool of the process from which it was forked, and a fork takes no thread along"
        )
        yield Finding(Kind.OWN_TASK, CERTAIN, owner.pid, [sentence], [seen.pid])


def _asked_within(frames: Sequence[Frame]) -> Frame | None:
    """The frame by which a result of a pool is waited for."""
    asked = asking(frames)
    return None if asked is None or asked.function in ENDS else asked


def thread_gone(owner: Owner) -> Iterator[Finding]:
    """A caller waits, and a thread that would have to do something for that is not there."""
    if not owner.callers:
        yield from _nobody_tells_workers_to_leave(owner)
        return
    scene = owner.scene(died=False)
    # an end takes a pool's threads down in good order; an executor's manager waits on only where a task is left
    sentences = [] if owner.ends else [*explain.thread_gone(scene)]
    if (
        EXECUTOR in owner.pools
        and not sentences
        and not any(owner.ran(one.pid) for one in owner.workers)
        and not owner.at(Stage.TASK)
    ):
        sentences = [*explain.feeder_gone(scene)] if owner.expects_feeder else []
    if sentences:
        yield Finding(Kind.THREAD_GONE, CERTAIN, owner.pid, sentences)


def _nobody_tells_workers_to_leave(owner: Owner) -> Iterator[Finding]:
    """The interpreter's exit joins an executor's workers, after its manager thread should have told them to leave."""
    main = owner.seen.main
    exits = main is not None and any(
        frame.function == "_exit_function" and frame.file.endswith("multiprocessing/util.py") for frame in main.frames
    )
    if exits and EXECUTOR in owner.pools and owner.idle and not any(map(pools.service, owner.seen.threads)):
        sentences = [
            "the program is at its end, which waits for its workers to leave; each of them waits for a task, and the executor's "
            "manager thread, which tells them to, has ended"
        ]
        yield Finding(Kind.THREAD_GONE, CERTAIN, owner.pid, sentences, [one.pid for one in owner.workers])


def after_fork(owner: Owner) -> Iterator[Finding]:
    """A process with one thread waits, without a limit, for a lock in memory that it shares with nobody: nobody can release it.

    ``Condition.wait`` is left out: a signal's handler may notify that.
    """
    for worker in [*owner.workers]:
        calls = worker.seen.calls
        if len(calls) != 1 or calls[0].name != "futex" or not calls[0].private or calls[0].timed is not False:
            continue
        if owner.ran(worker.pid):
            continue
        main = worker.seen.main
        if main is not None and (worker.stage is not Stage.TASK or main.frames[0].function == "wait"):
            continue
        where = f", in {main.waits_in}" if main is not None else ""
        frame = program_frame(main.frames) if main is not None else None
        called = f", called at {place(frame)}" if frame is not None else ""
        sentences = [
            f"worker {worker.pid} waits for a lock within its own process{where}{called}, and has no other "
            "thread: whoever had the lock "
            "was a thread of the process from which it was forked"
        ]
        sentences += deaths.holder(owner, worker)
        yield Finding(Kind.AFTER_FORK, CERTAIN, owner.pid, sentences, [worker.pid])


def grandchild(owner: Owner) -> Iterator[Finding]:
    """The executor's manager polls the pipe of a worker that is dead, and a process that is no worker holds it open."""
    mine, _ = owner.holding_pipes(owner.pid)
    keepers = [one for one in owner.strangers if owner.holding_pipes(one.pid)[1] & mine]
    dead = owner.at(Stage.ENDED)
    scene = owner.scene(died=True)
    if not scene.manager_waits() or not (dead or (keepers and deaths.orphaned(owner, keepers))):
        return
    if any(owner.ran(one.pid) for one in owner.workers):
        return
    sentences = [*explain.pipe_outlives_process(scene)] or [
        "the manager thread waits for the sentinel of a worker that is dead: the sentinel is a pipe, and a "
        "child of the worker holds it open"
    ]
    sentences += [
        f"process {one.pid} ({one.command[:60] or 'no command'}) has the pipe's writing end" for one in keepers
    ]
    yield Finding(
        Kind.GRANDCHILD,
        CERTAIN if keepers else LIKELY,
        owner.pid,
        [*sentences, *deaths.sentences(owner)],
        [one.pid for one in keepers],
    )


def no_worker(owner: Owner) -> Iterator[Finding]:
    """An executor that waits for results, with nobody who could compute one."""
    living = [one for one in owner.workers if one.stage is not Stage.ENDED]
    if (
        not owner.all_seen
        or living
        or owner.snapshot.born
        or owner.snapshot.reaping
        or not owner.callers
        or owner.seen.closed
    ):
        return
    sentences = [*explain.no_worker_left(owner.scene(died=False))]
    if not sentences and owner.outstanding and not owner.ends:
        sentences = ["the pool has calls that are not answered, and no worker"]
    if sentences:
        yield Finding(Kind.NO_WORKER, CERTAIN, owner.pid, sentences)


def lost_task(owner: Owner) -> Iterator[Finding]:
    """Somebody waits for a result, every worker waits for a task, and nothing is on its way."""
    if not owner.idle or owner.full_pipes or owner.outstanding is False or not owner.has_stack:
        return
    if owner.in_programs_code or (owner.pools and not pools.FORGETFUL & set(owner.pools)):
        return
    scene = owner.scene(died=True)
    told = owner.outstanding
    asked = ", ".join(called_at(one) for one in owner.callers)
    if told is None and not owner.callers:
        return
    sentences = []
    if owner.callers and not owner.ends:
        sentences += [*explain.task_forgotten(scene)]
        if not sentences:
            sentences.append("the caller waits for a result, and no worker has a task that could give one")
    elif owner.callers:
        sentences.append("the program ends its pool, and that waits for a result that nobody computes")
    if asked:
        sentences.append(
            f"{asked} waits for it"
            if told is None
            else f"{asked} waits for it, and the pool itself counts it as not answered"
        )
    sentences.append(
        f"each of the {len(owner.workers)} workers waits for a task, and no task and no result is on its way: "
        "the pipes are empty"
        if owner.snapshot.pipes
        else f"each of the {len(owner.workers)} workers waits for a task"
    )
    certain = told or bool(deaths.sentences(owner))
    yield Finding(Kind.LOST_TASK, CERTAIN if certain else LIKELY, owner.pid, [*sentences, *deaths.sentences(owner)])


def will_notice(owner: Owner) -> Iterator[Finding]:
    """The same in a pool that notices a death itself: it may be about to, and an error is on its way."""
    own = [name for name in owner.pools if name not in pools.FORGETFUL]
    quiet = owner.idle and not owner.full_pipes and not owner.in_programs_code
    if not own or not quiet or not owner.callers or owner.ends:
        return
    asked = ", ".join(called_at(one) for one in owner.callers)
    sentences = [
        f"{asked} waits for a result, and each of the {len(owner.workers)} workers waits for a task",
        f"a pool of this kind ({own[0]}) notices a death itself, if only after ten seconds, and then the caller gets an error: "
        "look again; where it is the same then, a task is lost",
        *deaths.sentences(owner),
    ]
    yield Finding(Kind.CANNOT_TELL, LIKELY, owner.pid, sentences)


def lost_beside(owner: Owner) -> Iterator[Finding]:
    """Somebody waits for Pool's results, some workers are at work, and others have been replaced: what those had is lost."""
    if POOL not in owner.pools or not owner.callers or owner.ends or not owner.at(Stage.TASK, Stage.SENDS):
        return
    if owner.value("maxtasksperchild", "_handle_workers") != "None":
        return
    replacements = deaths.younger(owner)
    if not replacements:
        return
    asked = ", ".join(called_at(one) for one in owner.callers)
    sentences = [
        *deaths.sentences(owner),
        f"{asked} waits for all tasks; one that died with a task in its hands has taken that along, and the "
        "pool does not know",
        f"{_are(owner.at(Stage.TASK, Stage.SENDS), 'still at work')}: the others' results come, and this one will not",
    ]
    yield Finding(Kind.LOST_TASK, LIKELY, owner.pid, sentences)


def leaves(owner: Owner) -> Iterator[Finding]:
    """A worker has left its last task and waits for threads that the task has left behind: it neither works nor dies."""
    victims = [one for one in owner.at(Stage.LEAVES) if not owner.ran(one.pid)]
    sentences = [*explain.waits_for_its_threads(owner.scene(died=False))]
    if not victims or not sentences or not owner.callers or owner.at(Stage.TASK):
        return
    if not owner.ends:
        sentences.append(
            "its task has called sys.exit, or the like: it will give no result, and the pool waits for one"
        )
    kind = Kind.END_WAITS if owner.ends else Kind.LOST_TASK
    yield Finding(kind, CERTAIN, owner.pid, sentences, [one.pid for one in victims])


def end_waits(owner: Owner) -> Iterator[Finding]:
    """The end of the pool waits for somebody who is neither computing nor waiting for something that will come; or for one who
    was asked to end (SIGTERM), and does not."""
    if not owner.ends:
        return
    scene = owner.scene(died=False)
    deaf = [one for one in owner.at(Stage.TASK) if signal.SIGTERM in (*one.seen.ignored, *one.seen.caught)]
    if deaf and terminating(owner):
        told = ", ".join(
            f"{one.pid} {'ignores' if signal.SIGTERM in one.seen.ignored else 'has a handler for'} that" for one in deaf
        )
        sentences = [
            f"the pool has asked its workers to end (SIGTERM), and waits without a limit until they have; {told}",
            f"{deaf[0].pid} is in {_task_of(deaf[0])}: it {outside(deaf[0].seen)}",
            *explain.waits_for_an_exit(scene),
        ]
        yield Finding(Kind.END_WAITS, CERTAIN, owner.pid, sentences, [one.pid for one in deaf])
        return
    if owner.in_programs_code and not pools.FORGETFUL & set(owner.pools):
        return
    sentences = [*explain.waits_for_an_exit(scene), *explain.joins_for_ever(scene)]
    at_work = [one for one in owner.workers if one.stage in (Stage.TASK, Stage.STARTS) or owner.works(one.pid)]
    pids = [one.pid for one in owner.workers if one.stage is not Stage.ENDED]
    if sentences and not at_work and not owner.works(owner.pid):
        yield Finding(Kind.END_WAITS, LIKELY, owner.pid, sentences, pids)


def terminating(owner: Owner) -> bool:
    """Whether a pool has sent SIGTERM to its workers, by the functions that do that and wait afterwards."""
    functions = {frame.function for thread in owner.seen.threads for frame in thread.frames}
    if functions & {"_terminate_pool", "terminate_broken", "_terminate_broken"}:
        return True
    # up to 3.8 an executor's thread asks workers to leave only when nothing is outstanding: one in a task was sent the signal
    return "shutdown_worker" in functions and bool(owner.at(Stage.TASK))


def memory(owner: Owner) -> Iterator[Finding]:
    """The cgroup is within a few percent of its limit, and somebody waits for the disk and does not move: one that swaps, or
    reads what was taken away, is scheduled each time that a page has come."""
    ram = owner.snapshot.memory
    waits = [one.pid for one in owner.snapshot.processes if "D" in one.state and not owner.ran(one.pid)]
    if ram.limit and ram.used and ram.used > NEAR * ram.limit and waits:
        sentence = (
            f"its memory cgroup has {ram.used >> 20:,} of {ram.limit >> 20:,} MiB, and processes of it "
            "wait for the disk (state D)"
        )
        yield Finding(Kind.OUT_OF_MEMORY, LIKELY, owner.pid, [sentence])


#: A cgroup that has more than this share of its limit is near its end.
NEAR = 0.97


def slow(owner: Owner) -> Iterator[Finding]:
    """Somebody computes, or the disk is read: a worker, the program, or a process that they have started."""
    several = [owner.seen, *(one.seen for one in owner.workers), *owner.strangers]
    several = [one for one in several if not one.outsider]
    busy = sorted(
        (one for one in several if owner.share(one.pid) > IDLE_SHARE or one.state == "D"),
        key=lambda one: -owner.share(one.pid),
    )
    if not busy and not owner.snapshot.born:
        return
    sentences = []
    for one in busy[:4]:
        share = (
            f"uses {owner.share(one.pid):.0%} of a core"
            if owner.share(one.pid) > IDLE_SHARE
            else "waits for the disk (state D)"
        )
        sentences.append(f"{_who(owner, one.pid)} {share}{_doing(owner, one.pid)}")
    if len(busy) > 4:
        sentences.append(f"and {len(busy) - 4} more compute")
    if owner.snapshot.born:
        sentences.append(f"{len(owner.snapshot.born)} process(es) were started while it was looked at")
    yield Finding(Kind.ONLY_SLOW, CERTAIN, owner.pid, sentences, [one.pid for one in busy])


def waits_outside(owner: Owner) -> Iterator[Finding]:
    """A task waits, or moves without computing much; or the program's own code does, in a callback or elsewhere."""
    sentences = []
    pids = []
    for worker in owner.at(Stage.TASK, Stage.STARTS, Stage.SENDS, Stage.LEAVES):
        sentences.append(f"worker {worker.pid} {worker.stage.value}, {_task_of(worker)}: it {outside(worker.seen)}")
        pids.append(worker.pid)
    if not sentences:
        sentences += [*explain.in_users_code(owner.scene(died=False))] or owner.in_programs_code
    if not sentences and owner.seen.stopped:
        traced = owner.seen.state == "t"
        sentences.append(
            "the program is stopped by a debugger"
            if traced
            else f"the program is stopped (state T): `kill -CONT {owner.pid}`"
        )
    if not sentences and any(one.seen.state == "t" for one in owner.workers):
        sentences.append("a worker is stopped by a debugger")
    if sentences:
        rest = len(sentences) - SHOWN
        yield Finding(
            Kind.OUTSIDE, CERTAIN, owner.pid, sentences[:SHOWN] + [f"and {rest} more workers wait"] * (rest > 0), pids
        )


#: So many workers are told one by one.
SHOWN = 4


def idle_pool(owner: Owner) -> Iterator[Finding]:
    """Every worker waits for a task, and nobody waits for a result."""
    if not (owner.workers and owner.idle and owner.has_stack) or owner.full_pipes:
        return
    if not owner.callers or owner.outstanding is False:
        workers = f"each of the {len(owner.workers)} workers" if len(owner.workers) > 1 else "the worker"
        sentence = f"{workers} waits for a task, and the program is elsewhere: it {outside(owner.seen)}"
        yield Finding(Kind.IDLE_POOL, CERTAIN if owner.outstanding is False else LIKELY, owner.pid, [sentence])


RULES: tuple[Callable[[Owner], Iterator[Finding]], ...] = (
    *(storm, stopped, half_a_message, poisoned_lock, threads_deadlocked, own_task, thread_gone, after_fork, grandchild),
    *(no_worker, leaves, lost_task, will_notice, lost_beside, end_waits, memory, slow, waits_outside, idle_pool),
)


def _are(workers: list[Worker], what: str) -> str:
    names = ", ".join(str(one.pid) for one in workers[:SHOWN]) + (
        f" and {len(workers) - SHOWN} more" if len(workers) > SHOWN else ""
    )
    return f"worker{'s' * (len(workers) > 1)} {names} {'are' if len(workers) > 1 else 'is'} {what}"


def _who(owner: Owner, pid: int) -> str:
    if pid == owner.pid:
        return f"the program itself ({pid})"
    return f"worker {pid}" if any(one.pid == pid for one in owner.workers) else f"process {pid}, a descendant,"


def _task_of(worker: Worker) -> str:
    return worker.task or "which can't be seen"


def _doing(owner: Owner, pid: int) -> str:
    worker = next((one for one in owner.workers if one.pid == pid), None)
    if worker is not None and worker.task:
        return f" in {worker.task}"
    seen = owner.snapshot.seen(pid)
    main = seen.main if seen else None
    return f" in {called_at(main)}" if main is not None else ""
