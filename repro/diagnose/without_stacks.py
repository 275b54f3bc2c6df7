"""What can be told without Python stacks, of what the kernel shows of processes: less, and never that somebody waits for a
result. Pure.

An idle pool and one that has lost a task look alike from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from repro.diagnose import deaths
from repro.diagnose.kinds import Kind
from repro.diagnose.pools import Stage
from repro.diagnose.rules import health, workers
from repro.diagnose.rules.finding import CERTAIN, LIKELY, SHOWN, Finding
from repro.diagnose.view import Owner
from repro.diagnose.waits import outside


def poisoned_lock(owner: Owner) -> Iterator[Finding]:
    """Every worker waits for one and the same semaphore, that is taken, and none of them reads from a pipe."""
    living = [one for one in owner.workers if one.stage is not Stage.ENDED]
    lock = owner.lock_of(living)
    waits = [holding for one in living if (holding := owner.snapshot.holding(one.pid)) is not None and holding.threads]
    if (
        not owner.all_seen
        or lock is None
        or lock.value != 0
        or owner.forgotten_readers(lock)
        or len(waits) < len(living)
        or any(owner.ran(one.pid) for one in living)
    ):
        return
    if all(wait.call == "semaphore" for holding in waits for wait in holding.threads if wait.thread == holding.pid):
        who = f"each of the {len(living)} workers waits" if len(living) > 1 else "the worker waits"
        sentence = f"{who} for semaphore {lock.number}, whose value is 0: it is taken, and no worker is anywhere else"
        yield Finding(
            Kind.POISONED_LOCK, LIKELY, owner.pid, [sentence, *deaths.sentences(owner)], [one.pid for one in living]
        )


def after_fork(owner: Owner) -> Iterator[Finding]:
    """The same as by the stacks, of those alone who are workers: whoever was started by multiprocessing has the writing end of a
    pipe of which the program has the reading end only. A child that the program itself has forked waits for results in that way,
    too."""
    reads, writes = owner.holding_pipes(owner.pid)
    ends = reads - writes
    for finding in workers.after_fork(owner):
        if not ends or any(ends & owner.holding_pipes(pid)[1] for pid in finding.pids):
            yield finding


def idle_or_lost(owner: Owner) -> Iterator[Finding]:
    """All workers wait, one of them reading from a pipe, the others for one semaphore: idle, all of them."""
    living = [one for one in owner.workers if one.stage is not Stage.ENDED]
    quiet = living and not any(owner.ran(one.pid) for one in living)
    if not quiet or any(one.stage in (Stage.STOPPED,) for one in living):
        return
    sentences = [f"worker {one.pid} {outside(one.seen)}" for one in living[:SHOWN]]
    sentences += [f"and {len(living) - SHOWN} more"] * (len(living) > SHOWN)
    hint = deaths.sentences(owner)
    what = "without the program's own stack, a pool that idles and one that has lost a task look alike"
    yield Finding(Kind.CANNOT_TELL, CERTAIN if hint else LIKELY, owner.pid, [what, *hint, *sentences])


def slow(owner: Owner) -> Iterator[Finding]:
    """A worker computes; or the program alone does, which may be its own work, or a thread of its pool that spins; or new workers
    do, which may be on their way into a death at their start."""
    if any(owner.works(one.pid) for one in owner.workers):
        if owner.seen.reaped and all(one.seen.age < workers.STORM_AGE for one in owner.workers):
            sentence = (
                f"no worker is older than {workers.STORM_AGE:g} s, and children of the program have ended before: without their "
                "stacks, workers that are replaced in good order and a respawn storm look alike"
            )
            yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, [sentence])
        else:
            yield from health.slow(owner)
    elif owner.works(owner.pid):
        sentence = (
            f"the program itself ({owner.pid}) uses {owner.share(owner.pid):.0%} of a core, and no worker of it computes: "
            "without its stack, work of its own and a thread of its pool that spins look alike"
        )
        yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, [sentence])


RULES: tuple[Callable[[Owner], Iterator[Finding]], ...] = (
    *(workers.storm, workers.stopped, poisoned_lock, after_fork, slow, idle_or_lost),
)
