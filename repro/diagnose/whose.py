"""Whose worker is each process of a snapshot? Who has pools, and who works in them. Pure."""

from __future__ import annotations

from dataclasses import replace

from repro.diagnose import asks, births, pools
from repro.diagnose.pools import Role, Stage
from repro.diagnose.snapshot import Seen, Snapshot
from repro.diagnose.view import Owner, Worker
from repro.verdicts.stacks import Thread


def owners(snapshot: Snapshot) -> list[Owner]:
    """The processes of a tree that have pools, the outermost first. Where there are no stacks, whoever has children of the same
    kind counts as one: its pool has no name then. A pool of threads is none. Who has started other
    processes by multiprocessing is an owner, too, without a pool."""
    snapshot = replace(snapshot, processes=[_without_thread_pools(one) for one in snapshot.processes])
    by_pid = {one.pid: one for one in snapshot.processes}
    helpers: dict[int, str] = {}
    for one in snapshot.processes:  # parents first; what a fork server has forked has its command, and is none
        if (name := pools.helper(one.main, one.command)) and (one.main is not None or one.parent not in helpers):
            helpers[one.pid] = name
    roles = {one.pid: role for one in snapshot.processes if one.main is not None and (role := pools.role(one.main))}
    serving = {one.pid: _serves(one) for one in snapshot.processes}
    owned: dict[int, list[Worker]] = {pid: [] for pid, names in serving.items() if names and pid not in helpers}
    taken: set[int] = set()
    for one in snapshot.processes:
        parent = by_pid.get(one.parent)
        if parent is not None and parent.pid in helpers:
            parent = by_pid.get(parent.parent)
        if parent is None or one.pid in helpers or one.outsider:
            continue
        if one.pid in roles and not (parent.pid in roles and not serving[parent.pid]):
            role = roles[one.pid]
            owned.setdefault(parent.pid, []).append(Worker(one, role.pool, _stage(one, role), role))
            taken.add(one.pid)
        elif (
            like_its_parent(one, parent)
            and parent.pid not in roles
            and _may_have_pool(one, parent, serving[parent.pid])
        ):
            owned.setdefault(parent.pid, []).append(Worker(one, "", _stage(one, None)))
            taken.add(one.pid)
    for one in snapshot.processes:  # whose pool is gone, and who asks it still
        if one.pid not in taken and one.pid not in helpers and any(map(asks.asks, one.threads)):
            owned.setdefault(one.pid, [])
        if one.parent in by_pid and one.pid not in taken and births.in_own_function(one):
            above = by_pid[one.parent]
            owned.setdefault(above.parent if above.pid in helpers else above.pid, [])
    found = []
    for pid, workers in owned.items():
        if pid in by_pid:
            oldest_first = sorted(workers, key=lambda worker: -worker.seen.age)
            told = _told_by_the_kernel(oldest_first, snapshot)
            owner = _owner(snapshot, by_pid[pid], told, helpers, serving[pid], taken)
            found += [owner] if workers or serving[pid] or owner.callers or owner.own_processes else []
    return found


def _without_thread_pools(one: Seen) -> Seen:
    """Without the service threads of pools of threads. Up to 3.7 the frame of one of the three has no queue: there are as many of
    these as of the others."""
    served = [thread for thread in one.threads if pools.serves_threads(thread)]
    several = sum(_in(thread, "_handle_results") for thread in served)
    unknown = [
        thread
        for thread in one.threads
        if any(frame.function == "_handle_workers" and "outqueue" not in frame.values for frame in thread.frames)
    ]
    left_out = [*served, *unknown[:several]]
    return replace(one, threads=[thread for thread in one.threads if thread not in left_out])


def _in(thread: Thread, function: str) -> bool:
    return any(frame.function == function for frame in thread.frames)


def owner_of(snapshot: Snapshot, pid: int) -> Owner | None:
    """The owner that a finding is about; of a program without a pool, the program with all others as strangers to it. None where
    there is no such process."""
    seen = snapshot.seen(pid)
    if seen is None:
        return None
    others = [one for one in snapshot.processes if one.pid != pid]
    return next((one for one in owners(snapshot) if one.pid == pid), Owner(snapshot, seen, (), [], {}, others))


def _told_by_the_kernel(workers: list[Worker], snapshot: Snapshot) -> list[Worker]:
    """Workers of which there is no stack do what others do that wait for the same thing in the same way: for the lock of the
    queue, or in the queue's pipe."""
    known = {
        wait: (worker.stage, worker.pool)
        for worker in workers
        if worker.stage in (Stage.READS, Stage.LOCKED, Stage.SEND_LOCKED)
        for wait in _main_wait(worker, snapshot)
    }
    told = []
    for worker in workers:
        same = [known[wait] for wait in _main_wait(worker, snapshot) if wait in known]
        if worker.stage is Stage.UNKNOWN and same:
            worker = replace(worker, stage=same[0][0], pool=same[0][1])
        told.append(worker)
    return told


def _main_wait(worker: Worker, snapshot: Snapshot) -> list[tuple[str, str]]:
    holding = snapshot.holding(worker.pid)
    return [(wait.call, wait.target) for wait in (holding.threads if holding else ()) if wait.thread == worker.pid]


def _owner(
    snapshot: Snapshot, seen: Seen, workers: list[Worker], helpers: dict[int, str], serving: set[str], taken: set[int]
) -> Owner:
    names = dict.fromkeys([*(worker.pool for worker in workers if worker.pool), *sorted(serving)])
    mine = {seen.pid} | {worker.pid for worker in workers}
    own_helpers = {pid: name for pid, name in helpers.items() if (one := snapshot.seen(pid)) and one.parent == seen.pid}
    strangers = [
        one
        for one in snapshot.processes
        if one.pid not in taken | {seen.pid} and one.pid not in helpers and not one.ended
        if one.outsider or one.parent in mine | own_helpers.keys()
    ]
    return Owner(snapshot, seen, tuple(names), workers, own_helpers, strangers)


def _serves(one: Seen) -> set[str]:
    """The pools whose service threads a process has."""
    return {pool for thread in one.threads if not thread.main and (pool := pools.service(thread))}


def _may_have_pool(one: Seen, parent: Seen, serves: set[str]) -> bool:
    """Whether a process that starts, or leaves, can be a worker: where its own stack and its parent's are seen, that one must
    have a pool, or ask for something of one."""
    return bool(serves) or one.main is None or not parent.threads or any(map(asks.asks, parent.threads))


def like_its_parent(one: Seen, parent: Seen) -> bool:
    """Whether a child is a worker that is on its way into its loop; or looks like one, where no stack tells: a Python as its
    parent, or a zombie of one."""
    if one.main is not None and one.main.frames:
        return births.starts(one.main)
    if one.ended:
        return bool(parent.python)
    return bool(one.python) and (one.command == parent.command or pools.starts_workers(one.command) or not one.command)


def worker(one: Seen) -> Worker:
    """A process that is one, by its stack: of which pool, and what it does."""
    role = pools.role(one.main) if one.main is not None else None
    return Worker(one, role.pool if role is not None else "", _stage(one, role), role)


def _stage(one: Seen, role: Role | None) -> Stage:
    if one.ended:
        return Stage.ENDED
    if one.stopped:
        return Stage.STOPPED
    if role is not None:
        return role.stage
    main = one.main
    if main is None:
        return Stage.UNKNOWN
    functions = {frame.function for frame in main.frames}
    leaves = "_bootstrap" in functions and functions & {"_shutdown", "_exit_function"}
    return Stage.LEAVES if leaves else Stage.STARTS
