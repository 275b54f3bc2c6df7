"""Each process of a snapshot in a row: what it is, how old, and what it does; and where its threads are. Pure."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from repro.diagnose.deaths import ago
from repro.diagnose.pools import Stage
from repro.diagnose.snapshot import Seen, Snapshot
from repro.diagnose.view import Owner, Worker
from repro.diagnose.waits import outside
from repro.diagnose.whose import owners
from repro.subject import exits
from repro.verdicts import stacks
from repro.verdicts.stacks import Thread

if TYPE_CHECKING:
    from repro.report.tables import Table


def table(taken: Snapshot) -> Table:
    """A row for each process, in the order of the snapshot: the program first."""
    from repro.report.tables import Table  # half of what a diagnosis takes to start would be for this

    several = owners(taken)
    workers = {one.pid: one for owner in several for one in owner.workers}
    roles = _roles(taken, several)
    rows = [
        [
            str(one.pid),
            str(one.parent),
            roles.get(one.pid, "left behind by another process" if one.outsider else "a descendant"),
            ago(max(0.0, one.age)),
            f"{taken.moved.get(one.pid, (0, 0))[0] / 1e7 / max(taken.window.seconds, 0.01):.0f} %",
            f"{one.resident >> 20:,} MiB" if one.resident else "-",
            _does(one, workers.get(one.pid)),
        ]
        for one in taken.processes
    ]
    when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(min(max(0.0, taken.taken), LATEST)))
    more = f", without {taken.omitted:,} more that were not looked at" if taken.omitted else ""
    headers = ["pid", "parent", "what it is", "age", "CPU", "memory", "what it does"]
    return Table(f"Processes, as they were at {when}{more}", headers, rows, (0, 1, 3, 4, 5))


#: The last moment that has a date (the year 9999), in seconds since 1970: a file may say anything.
LATEST = 253402300799.0


def threads(taken: Snapshot) -> list[tuple[str, str]]:
    """Of each process whose stacks are known: what it is, and where its threads are, as faulthandler would have written that."""
    roles = _roles(taken, owners(taken))
    return [
        (f"{one.pid}, {roles.get(one.pid, 'a descendant')}", stacks.as_text([*map(_since_its_fork, one.threads)]))
        for one in taken.processes
        if one.threads
    ]


def _since_its_fork(thread: Thread) -> Thread:
    """Without what stands below the call that has forked the process: that is the stack, and the name, of a thread of its
    parent's."""
    forked = next(
        (
            at
            for at, one in enumerate(thread.frames)
            if one.function == "_launch" and one.file.endswith("popen_fork.py")
        ),
        None,
    )
    return thread if forked is None else replace(thread, frames=thread.frames[: forked + 1], name="")


def _roles(taken: Snapshot, several: list[Owner]) -> dict[int, str]:
    found: dict[int, str] = {}
    for owner in several:
        found |= {one.pid: f"a worker of {one.pool}" if one.pool else "a worker" for one in owner.workers}
        found |= owner.helpers
    for owner in several:  # a worker may have a pool of its own
        more = f", and {found[owner.pid]}" if owner.pid in found else ""
        found[owner.pid] = f"has a pool ({', '.join(owner.pools)}){more}" if owner.pools else f"has workers{more}"
    found[taken.pid] = f"the program: {found[taken.pid]}" if taken.pid in found else "the program"
    return found


def _does(one: Seen, worker: Worker | None) -> str:
    if one.ended:
        return Stage.ENDED.value + (f" ({exits.name(one.exit_status)})" if one.exit_status is not None else "")
    if worker is None or worker.stage in (Stage.UNKNOWN, Stage.STOPPED):
        return outside(one)
    return f"{worker.stage.value}, {worker.task}" if worker.task else worker.stage.value
