"""What can be told without Python stacks, of what the kernel shows of processes: less, and never that somebody waits for a
result. Pure.

An idle pool and one that has lost a task look alike from here. Nothing is certain but a state that the kernel itself names, of a
process that a pipe shows to be a worker; and what has a look-alike that is in order is not told, but both are named.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace

from repro.diagnose import deaths
from repro.diagnose.kinds import Kind
from repro.diagnose.pools import Stage
from repro.diagnose.rules import health, workers
from repro.diagnose.rules.finding import CERTAIN, LIKELY, SHOWN, Finding
from repro.diagnose.view import Owner
from repro.diagnose.waits import outside


def comings_and_goings(owner: Owner) -> Iterator[Finding]:
    """Workers come and go while the tree is looked at: with ``maxtasksperchild`` they do, and where a program starts one process
    or one pool after the other."""
    born, gone = owner.started(owner.snapshot.born), owner.started(owner.snapshot.gone)
    reaped = any(owner.snapshot.reaping.get(pid) for pid in (owner.pid, *owner.helpers))
    old = [one for one in owner.workers if one.seen.age >= workers.STORM_AGE and one.pid not in gone]
    if old or not ((born and gone) or reaped):
        return
    told = f"{len(born)} were started and {len(gone)} ended" if born or gone else "children ended that it has reaped"
    sentences = [
        f"within {owner.snapshot.window.seconds:.1f} s, {told}; no worker is older than {workers.STORM_AGE:g} s",
        f"{_REPLACED}; where the program prints one and the same error again and again, it is a storm",
    ]
    yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, sentences)


#: The look-alikes of a storm.
_REPLACED = "without their stacks, workers that are replaced in good order and a respawn storm look alike"


def stopped(owner: Owner) -> Iterator[Finding]:
    """The same as by the stacks: certain of those alone of whom a pipe shows that they are workers."""
    for finding in workers.stopped(owner):
        known = all(_started_by(owner, pid) for pid in finding.pids)
        yield finding if known else replace(finding, certainty=LIKELY)


def poisoned_lock(owner: Owner) -> Iterator[Finding]:
    """Every worker waits for one and the same semaphore, that is taken, and none of them reads from a pipe. It may be a lock of
    the program's own, which somebody else has: that a worker is gone, who may have had it, makes the queue's lock likely."""
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
        if gone := deaths.gone(owner) or deaths.perhaps_gone(owner):
            yield Finding(Kind.POISONED_LOCK, LIKELY, owner.pid, [sentence, *gone], [one.pid for one in living])
        else:
            alike = "without stacks, the lock of a queue that a dead worker had and a lock that the program itself has look alike"
            yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, [sentence, alike, *deaths.sentences(owner)])


def after_fork(owner: Owner) -> Iterator[Finding]:
    """The same as by the stacks, of those alone who are workers: a child that the program itself has forked waits for results in
    that way, too. A handler of the program's own may let go who waits: that is not known from here."""
    for finding in workers.after_fork(owner):
        several = [one.seen for one in owner.workers if one.pid in finding.pids]
        if not all(_started_by(owner, one.pid) for one in several):
            continue
        if any({signal.SIGTERM, signal.SIGHUP} & {*one.caught} for one in several):
            alike = "the program handles signals, and without stacks, one who waits for a signal's handler looks alike"
            yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, [*finding.evidence, alike])
        else:
            yield replace(finding, certainty=LIKELY)


def _started_by(owner: Owner, pid: int) -> bool:
    """Whether multiprocessing has started a process for the program: it has the writing end of a pipe of which the program has
    the reading end only."""
    reads, writes = owner.holding_pipes(owner.pid)
    return bool((reads - writes) & owner.holding_pipes(pid)[1])


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
                f"no worker is older than {workers.STORM_AGE:g} s, and children of the program have ended: {_REPLACED}"
            )
            yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, [sentence])
        else:
            for finding in health.slow(owner):
                yield replace(finding, certainty=LIKELY)
    elif owner.works(owner.pid):
        sentence = (
            f"the program itself ({owner.pid}) uses {owner.share(owner.pid):.0%} of a core, and no worker of it computes: "
            "without its stack, work of its own and a thread of its pool that spins look alike"
        )
        yield Finding(Kind.CANNOT_TELL, CERTAIN, owner.pid, [sentence])


RULES: tuple[Callable[[Owner], Iterator[Finding]], ...] = (
    *(stopped, comings_and_goings, poisoned_lock, after_fork, slow, idle_or_lost),
)
