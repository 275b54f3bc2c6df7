"""Rules about what a dead worker leaves behind: a lock that it had, half a message, a pipe that others keep open. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from repro.diagnose import deaths, pools
from repro.diagnose.asks import half_message
from repro.diagnose.kinds import Kind
from repro.diagnose.pools import Stage
from repro.diagnose.rules.finding import CERTAIN, LIKELY, Finding
from repro.diagnose.view import Owner
from repro.verdicts import explain


def half_a_message(owner: Owner) -> Iterator[Finding]:
    """A thread of a pool waits for the rest of a message, nothing of that is in the pipe, and nobody is sending it; or a thread
    writes one that nobody reads. What the program itself waits for, by a connection of its own, is another matter. Where the
    pool's end waits for that thread, ``end_waits`` tells so."""
    if not owner.all_seen or any(owner.ran(one.pid) for one in owner.workers):
        return
    pids = [one.pid for one in owner.workers]
    for thread in owner.seen.threads:
        half = half_message(thread)
        if half is None:
            continue
        direction, _size, remaining = half
        if direction == "in" and remaining > 0 and pools.service(thread) and not owner.at(Stage.SENDS):
            sentences = [*explain.half_a_message(owner.scene(died=True)), *deaths.sentences(owner)]
            yield Finding(Kind.HALF_MESSAGE, CERTAIN, owner.pid, sentences, pids)
        elif direction == "out" and owner.nobody_reads and not owner.ends:
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
    """Workers wait for the lock of a queue, and each other process that could have it is somewhere else: of two pools, one that
    does not share that lock has another one."""
    for waits, inside, queue in (
        (Stage.LOCKED, Stage.READS, "task queue"),
        (Stage.SEND_LOCKED, Stage.SENDS, "result queue"),
    ):
        groups = owner.by_lock(owner.at(waits))
        for lock, waiters in groups:
            sharing = [one for one in owner.workers if lock is None or not lock.pids or one.pid in lock.pids]
            elsewhere = not any(one.stage in (inside, Stage.STOPPED, Stage.UNKNOWN) for one in sharing)
            if not owner.all_seen or not elsewhere or any(owner.ran(one.pid) for one in sharing):
                continue
            if lock is not None and (lock.value not in (0, None) or owner.forgotten_readers(lock)):
                continue
            sentences = [*explain.lock_of_the_dead(owner.scene(died=True))] if len(groups) == 1 else []
            if not sentences:
                sentences = [explain.nobody_inside(len(waiters), queue)]
            if lock is not None and lock.value == 0:
                sentences.append(f"the semaphore's value is 0, and {lock.waiters} wait for it: it is taken")
            evidence = [*sentences, *deaths.sentences(owner)]
            yield Finding(Kind.POISONED_LOCK, CERTAIN, owner.pid, evidence, [one.pid for one in sharing])
            return


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
    sentences = [explain.SENTINEL]
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
