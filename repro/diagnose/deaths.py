"""What speaks for a worker's death, of a program that nobody watched: a reaped process leaves nothing behind but this. Pure.

Its pid and its signal are kept nowhere, unless the OOM killer ended it: the kernel's log has that. What is left is the age of its
replacement, a zombie that nobody has reaped, and that the one who started it has reaped a child at all.
"""

from __future__ import annotations

import itertools
import re
import signal
import statistics
from collections.abc import Iterable, Sequence

from repro.diagnose import kills, pools
from repro.diagnose.asks import place
from repro.diagnose.pools import Stage
from repro.diagnose.snapshot import Seen
from repro.diagnose.view import Owner, Worker
from repro.subject import exits
from repro.verdicts.stacks import Frame

#: So much younger than the next elder sibling a worker must be to count as a replacement: in seconds (a pool of spawned workers
#: takes some tenths of a second for each), as a share of the eldest one's age, and in gaps as they are usual between its
#: siblings.
YOUNGER, YOUNGER_SHARE, YOUNGER_GAPS = 1.0, 0.005, 10


def sentences(owner: Owner) -> list[str]:
    """What speaks for a death among a pool's workers, the most telling first; none where nothing does."""
    return gone(owner) or ([] if nobody(owner) else _perhaps(owner))


def gone(owner: Owner) -> list[str]:
    """What proves that a worker is gone."""
    found = [_zombie(one) for one in owner.at(Stage.ENDED)]
    replacements = younger(owner) if _replaces_the_dead(owner) else []
    if replacements:
        found += [*_kills(owner, replacements), f"{_later(owner, replacements[-1])}: it replaces one that is gone"]
    return found


def perhaps_gone(owner: Owner) -> list[str]:
    """That a worker may replace one that is gone, where nothing tells what pool it is of: some start workers when needed."""
    replacements = [] if owner.pools else younger(owner)
    if not replacements:
        return []
    told = f"{_later(owner, replacements[-1])}: it replaces one that is gone, or was started when it was needed"
    return [*_kills(owner, replacements), told]


def _later(owner: Owner, one: Worker) -> str:
    later = ago(max(0, owner.workers[0].seen.age - one.seen.age))
    return f"worker {one.pid} was started {ago(one.seen.age)} ago, {later} after its eldest sibling"


def nobody(owner: Owner) -> str:
    """That no worker has died, as a sentence; "" where that is not known."""
    living = [one for one in owner.workers if one.stage is not Stage.ENDED]
    known = owner.all_seen and _unlimited(owner) and pools.FORGETFUL.issuperset(owner.pools)
    if gone(owner) or not living or len(living) < owner.workers_wanted or not known:
        return ""
    starter = _starter(owner)
    unasked = starter is None or signal.SIGCHLD in starter.ignored  # who ignores that signal reaps nobody
    if starter is not None and not unasked and not starter.reaped and not owner.snapshot.reaping.get(starter.pid):
        return f"no child of {starter.pid}, which starts the workers, has ended since it was started: none of them has died"
    # whoever died has been replaced, and so on: the last one of these would be there, and younger
    first = _replaces_the_dead(owner) and all(_is_younger(owner, one) is False for one in living)
    if first and len(living) == owner.workers_wanted:
        return f"each of the {len(living)} workers is one of those with which the pool began: none of them has died"
    return ""


def _perhaps(owner: Owner) -> list[str]:
    """That some process has ended, a worker or another."""
    found, starter = perhaps_gone(owner) or _kills(owner, []), _starter(owner)
    if not found and starter is not None and starter.reaped and _unlimited(owner):
        what = "a child of {} has ended since it was started (the kernel counts the page faults of reaped children)"
        found.append(what.format(starter.pid))
    return found


def _kills(owner: Owner, replacements: Sequence[Worker]) -> list[str]:
    """What the kernel's log has of processes that can have been workers."""
    found = []
    for victim in kills.victims(owner, replacements):
        kill = victim.kill
        size = f", with {kill.resident >> 20:,} MiB" if kill.resident else ""
        told = f"the kernel's log has pid {kill.pid} ({kill.name}) killed for memory {ago(kill.ago)} ago{size}"
        found.append(told if victim.sure else f"perhaps a worker of this program: {told}")
    return found


def _unlimited(owner: Owner) -> bool:
    """Whether workers are to stay: with ``maxtasksperchild`` one follows the other in good order."""
    return not owner.limited


def _replaces_the_dead(owner: Owner) -> bool:
    """Whether a younger worker is there in place of one that died: in Pool, whose workers are all there from the beginning."""
    return _unlimited(owner) and bool(owner.pools) and owner.pools[0] in pools.POOLS


def younger(owner: Owner) -> list[Worker]:
    """The workers that were started in place of others, the youngest last.

    Of forked ones, their stacks tell: the thread that replaces those who died stands below. Of others, that they are younger
    than the pool's own threads, which it starts when its first workers are all there. Where those can't be found among the
    program's threads, the ages tell, where a child of whoever starts workers has ended at all: on a busy machine a pool's first
    workers, too, are born seconds apart.
    """
    living = [one for one in owner.workers if one.stage is not Stage.ENDED]
    told = [(one, _is_younger(owner, one)) for one in living]
    if any(younger is not None for _, younger in told):
        return [one for one, younger in told if younger]
    starter = _starter(owner)
    if len(living) < 2 or starter is None or not starter.reaped:
        return []
    ages = sorted((one.seen.age for one in living), reverse=True)
    gaps = [older - newer for older, newer in itertools.pairwise(ages)]
    least = max(YOUNGER, YOUNGER_SHARE * ages[0], YOUNGER_GAPS * statistics.median_low(gaps) if len(gaps) > 1 else 0)
    first = next((ages[number + 1] for number, gap in enumerate(gaps) if gap > least), None)
    return (
        [] if first is None else sorted((one for one in living if one.seen.age <= first), key=lambda one: -one.seen.age)
    )


def none_began(owner: Owner) -> bool:
    """Whether none of a Pool's first workers is left, and none of those that are there has come as far as its loop: each was
    started after the pool's own threads, by one who has seen children end."""
    living = [one for one in owner.workers if one.stage is not Stage.ENDED]
    starter, complete = _starter(owner), _complete(owner)
    return (
        bool(living and complete and starter is not None and starter.reaped)
        and owner.all_seen
        and all(one.stage is Stage.STARTS and one.seen.started > complete for one in living)
    )


def _is_younger(owner: Owner, worker: Worker) -> bool | None:
    """Whether a worker was started in place of another; None where neither its stack nor the pool's threads tell."""
    main = worker.seen.main
    if main is not None and any(
        frame.function == "_launch" and frame.file.endswith("popen_fork.py") for frame in main.frames
    ):
        return _by_the_handler(main.frames)
    complete = _complete(owner)
    return worker.seen.started > complete if complete and worker.seen.started and worker.pool in pools.POOLS else None


def _complete(owner: Owner) -> int:
    """When the last of a program's Pools had all its first workers, in clock ticks; 0 where that is not known.

    ``Pool.__init__`` starts the workers first, by whatever method, and its own threads then (Lib/multiprocessing/pool.py, 2.7 to
    3.15). Of several Pools, a worker that is older than the threads of the last one may be of that one, and a first one.
    """
    started = {call.number: call.started for call in owner.seen.calls}
    several = [started.get(thread.number, 0) for thread in owner.seen.threads if pools.service(thread) in pools.POOLS]
    return max(several) if several and all(several) else 0


def _by_the_handler(frames: Sequence[Frame]) -> bool:
    """Whether a worker was forked by the thread that replaces those who died: it has that thread's stack below its own."""
    return any(
        frame.function in ("_handle_workers", "_maintain_pool") and frame.file.endswith("pool.py") for frame in frames
    )


def orphaned(owner: Owner, keepers: Iterable[Seen]) -> bool:
    """Whether one of some processes has lost the parent that started it: that one has ended, and was a worker."""
    known = {one.pid for one in owner.snapshot.processes if not one.outsider}
    return any(one.outsider and one.parent not in known for one in keepers)


def holder(owner: Owner, worker: Worker) -> list[str]:
    """Which thread of the program has had the lock when the worker was forked, where values tell: an object that is forked
    keeps its address."""
    main = worker.seen.main
    addresses = {
        match[1]
        for frame in (main.frames[:3] if main is not None else ())
        for value in frame.values.values()
        if (match := re.match(r"<(?:_?thread\.)?R?[lL]ock at (0x[0-9a-f]+)>|<_?RLock at (0x[0-9a-f]+)>", value))
        and match[1]
    }
    for thread in owner.seen.threads:
        for frame in thread.frames:
            if any(address in value for value in frame.values.values() for address in addresses):
                return [
                    f"thread {thread.name or 'without a name'} of the program has the same lock in "
                    f"{frame.function} at {place(frame)}"
                ]
    return []


def ago(seconds: float) -> str:
    """``14 min``, ``3.2 s``: a time in a unit in which it can be read."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172800 else f"{seconds / 86400:.0f} days"


def _zombie(worker: Worker) -> str:
    status = worker.seen.exit_status
    how = f" ({exits.name(status)})" if status is not None else ""
    return f"worker {worker.pid} has ended{how}, and its parent has not asked for its status"


def _starter(owner: Owner) -> Seen | None:
    """Whoever starts the workers."""
    starters = [pid for pid, name in owner.helpers.items() if name == "the fork server"] or [owner.pid]
    return owner.snapshot.seen(starters[0])
