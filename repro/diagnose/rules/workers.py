"""Rules about workers: those that come and go, are stopped, or wait for what nobody will give them; and those that are not there.
Pure."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from repro.diagnose import deaths
from repro.diagnose.asks import place, program_frame
from repro.diagnose.kinds import BESIDE_A_DEATH, BROKEN, OWN_PROCESS, TERMINATED, Case, Kind
from repro.diagnose.pools import EXECUTOR, POOLS, Stage
from repro.diagnose.rules.endings import terminating
from repro.diagnose.rules.finding import CERTAIN, LIKELY, Finding, are, task_of, who
from repro.diagnose.rules.threads import WORKER_HANDLER, worker_handler_gone
from repro.diagnose.view import Owner, Worker
from repro.verdicts import explain

#: So old a worker of a storm gets at most, in seconds: the start of a Python on a busy machine takes a second.
STORM_AGE = 3.0


def storm(owner: Owner) -> Iterator[Finding]:
    """Workers come and go between two looks, without any that had a task. A pool with ``maxtasksperchild`` replaces them, too;
    and pools that are no Pool give up after a death, or start workers as they need them. Where others of a Pool have been there
    for long, and are fewer than are to be, it may be one death that was seen by chance. On a busy machine no worker may end while
    it is looked at: that none of the first ones is left, and all are starting, is enough for *likely*.

    Of a Pool that is itself as young as that, its workers tell nothing: a program may make one after the other. And one of a
    storm never comes so far as to wait for a task."""
    if not (owner.outstanding and any(name.endswith("Pool") for name in owner.pools)):
        return
    if owner.pools_change or owner.end_moves:
        return
    born, gone = owner.started(owner.snapshot.born), owner.started(owner.snapshot.gone)
    young = [
        one
        for one in owner.workers
        if (one.seen.age < STORM_AGE and not owner.waits_for_a_task(one)) or one.pid in gone
    ]
    reaping = [pid for pid in (owner.pid, *owner.helpers) if owner.snapshot.reaping.get(pid)]
    old, wanted = len(owner.workers) - len(young), owner.workers_wanted
    seen = bool((born and gone) or reaping)
    if not (seen or deaths.none_began(owner)) or owner.limited or any(one.stage is Stage.TASK for one in young):
        return
    since = owner.youngest_pool
    if old >= wanted and old:
        return
    if since is not None and since < STORM_AGE:
        sentence = (
            f"the pool has been there for {since:.1f} s: one that has just begun, of several that are made one after the other, "
            "and a storm look alike; look again after some seconds"
        )
        yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, [sentence])
        return
    sentences = list(explain.respawns(owner.scene(died=False)))
    told = f"within {owner.snapshot.window.seconds:.1f} s"
    if born or gone:
        told += f", {len(born)} were started and {len(gone)} ended"
    elif reaping:
        told += f", process {reaping[0]} has reaped children that had not been there before"
    else:
        told = "none of the first workers is left, and each that is there is still starting"
    aged = f"{old} of {wanted} workers are older" if old else "no worker is older"
    sentences.append(f"{told}; {aged} than {STORM_AGE:g} s, or waits for a task")
    initializer = owner.value("initializer", "_handle_workers")
    if initializer not in ("", "None"):
        sentences.append(f"the pool has an initializer, {initializer}: it runs first in each of them")
    sure = seen and not old and owner.limited is False
    yield Finding(Kind.RESPAWN_STORM, CERTAIN if sure else LIKELY, owner.pid, sentences, [])


def stopped(owner: Owner) -> Iterator[Finding]:
    """A worker in state T, while the program itself is not stopped, and nobody traces it."""
    victims = [one for one in owner.workers if one.seen.state == "T"]
    if not victims or owner.seen.stopped:
        return
    sentences = [are(victims, explain.STOPPED)]
    for one in victims:
        if one.role is not None and one.role.stage is Stage.READS:
            sentences.append(f"{one.pid} has the lock of the queue: no other worker gets a task meanwhile")
        elif one.role is not None and one.role.stage is Stage.TASK:
            sentences.append(f"{one.pid} is in a task, {task_of(one)}")
    case = _beside(owner, victims)
    if case is BROKEN:
        sentences.append(
            "the executor has found a worker dead, has ended the others, and waits for the end of this one"
        )
    for one in victims:
        if signal.SIGTERM in one.seen.pending:
            sentences.append(f"SIGTERM waits for {one.pid}: it ends when it is continued")
    sentences += deaths.gone(owner)
    yield Finding(Kind.STOPPED_WORKER, CERTAIN, owner.pid, sentences, [one.pid for one in victims], case)


def _beside(owner: Owner, victims: list[Worker]) -> Case | None:
    """What else there is beside stopped workers: whoever got SIGTERM while it was stopped, ends when it is continued."""
    if terminating(owner):
        return BROKEN if EXECUTOR in owner.pools else TERMINATED
    if any(signal.SIGTERM in one.seen.pending for one in victims):
        return TERMINATED
    return BESIDE_A_DEATH if not POOLS.isdisjoint(owner.pools) and deaths.gone(owner) else None


def after_fork(owner: Owner) -> Iterator[Finding]:
    """A process with one thread waits, without a limit, for a lock in memory that it shares with nobody: nobody can release it. A
    worker, or another one that multiprocessing has forked for the program.

    ``Condition.wait`` is left out: a signal's handler may notify that.
    """
    own = owner.own_processes
    for worker in [*owner.workers, *own]:
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
            f"{who(owner, worker.pid)} waits for a lock within its own process{where}{called}, and has no other "
            "thread: whoever had the lock "
            "was a thread of the process from which it was forked"
        ]
        sentences += deaths.holder(owner, worker)
        sure, case = CERTAIN if main is not None else LIKELY, OWN_PROCESS if worker in own else None
        yield Finding(Kind.AFTER_FORK, sure, owner.pid, sentences, [worker.pid], case)


def no_worker(owner: Owner) -> Iterator[Finding]:
    """A pool that waits for results, with nobody who could compute one. Pool starts workers in place of those that are gone, but
    where the thread has ended that does that: it is that one then that is missing."""
    living = [one for one in owner.workers if one.stage is not Stage.ENDED]
    if (
        not owner.all_seen
        or living
        or owner.started(owner.snapshot.born)
        or owner.snapshot.reaping
        or not owner.callers
        or owner.seen.closed
    ):
        return
    scene = owner.scene(died=False)
    sentences = [*explain.no_worker_left(scene)]
    if not sentences and owner.outstanding and not owner.ends:
        sentences = ["the pool has calls that are not answered, and no worker"]
        if worker_handler_gone(owner):
            yield Finding(Kind.THREAD_GONE, CERTAIN, owner.pid, [WORKER_HANDLER, *sentences])
            return
    if sentences:
        yield Finding(Kind.NO_WORKER, CERTAIN, owner.pid, sentences)


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
