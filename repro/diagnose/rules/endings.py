"""The rule about a pool's end that does not come. Pure."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from repro.diagnose import pools
from repro.diagnose.kinds import Kind
from repro.diagnose.pools import Stage
from repro.diagnose.rules.finding import CERTAIN, LIKELY, Finding, task_of
from repro.diagnose.view import Owner
from repro.diagnose.waits import outside
from repro.verdicts import explain


def end_waits(owner: Owner) -> Iterator[Finding]:
    """The end of the pool waits for somebody who is neither computing nor waiting for something that will come; or for one who
    was asked to end (SIGTERM), and does not."""
    if not owner.ends or owner.end_moves:
        return
    scene = owner.scene(died=False)
    deaf = [one for one in owner.at(Stage.TASK) if signal.SIGTERM in (*one.seen.ignored, *one.seen.caught)]
    if deaf and terminating(owner):
        told = ", ".join(
            f"{one.pid} {'ignores' if signal.SIGTERM in one.seen.ignored else 'has a handler for'} that" for one in deaf
        )
        sentences = [
            f"the pool has asked its workers to end (SIGTERM): {told}",
            f"{deaf[0].pid} is in {task_of(deaf[0])}: it {outside(deaf[0].seen)}",
            *([*explain.waits_for_an_exit(scene)] or explain.joins_for_ever(scene)),
        ]
        yield Finding(Kind.END_WAITS, CERTAIN, owner.pid, sentences, [one.pid for one in deaf])
        return
    if owner.in_programs_code and not pools.FORGETFUL & set(owner.pools):
        return
    in_vain = [*explain.half_a_message_to_nobody(owner.scene(died=True))] if owner.nobody_reads else []
    sentences = [*in_vain, *explain.waits_for_an_exit(scene), *explain.joins_for_ever(scene)]
    if sentences and owner.idle and not owner.full_pipes:
        sentences.append(
            "each worker waits for a task, and no task and no result is on its way: what the end waits for, nobody computes"
        )
    lock = owner.awaited_lock(owner.pid)
    if sentences and lock is not None:
        readers = owner.forgotten_readers(lock)
        sentences += [f"the end wants the lock of a queue (semaphore {lock.number}), whose value is {lock.value}"]
        sentences += [
            f"process {pid} reads from that queue: a worker of whom the pool does not know" for pid in readers
        ]
    at_work = [one for one in owner.workers if one.stage in (Stage.TASK, Stage.STARTS) or owner.works(one.pid)]
    pids = [one.pid for one in owner.workers if one.stage is not Stage.ENDED and lock is None]
    if sentences and not at_work and not owner.works(owner.pid):
        yield Finding(Kind.END_WAITS, CERTAIN if in_vain else LIKELY, owner.pid, sentences, pids)


def terminating(owner: Owner) -> bool:
    """Whether a pool has sent SIGTERM to its workers, by the functions that do that and wait afterwards."""
    functions = {frame.function for thread in owner.seen.threads for frame in thread.frames}
    if functions & {"_terminate_pool", "terminate_broken", "_terminate_broken"}:
        return True
    # up to 3.8 an executor's thread asks workers to leave only when nothing is outstanding: one in a task was sent the signal
    return "shutdown_worker" in functions and any(
        one.role is not None and one.role.stage is Stage.TASK for one in owner.workers
    )
