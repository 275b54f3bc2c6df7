"""Takes a snapshot of a live process tree, from outside. The only module of this room that looks at processes.

Nothing is sent to the target, nothing in it is changed, and it is never stopped: ``/proc`` is read, and py-spy reads the memory
of what goes on. The tree is looked at twice, some time apart: what ran in between, works.
"""

from __future__ import annotations

import os
import pwd
import re
import signal
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from repro.diagnose import pyspy, snapshot, targets
from repro.diagnose.snapshot import Absent, Lock, Seen, Snapshot
from repro.errors import UsageError
from repro.observation import Holding
from repro.tree import calls, frames, holdings, memory, native, processes, semaphores
from repro.tree.processes import Process
from repro.verdicts import pace

#: How far apart the two looks are at least, in seconds.
APART = 0.4
#: How long Python stacks may take, in seconds: the whole answer comes within 3. On a machine that has more to do than it can, as
#: much longer as everything takes there, but not for ever.
STACKS_WITHIN, STACKS_WITHIN_AT_MOST = 2.0, 12.0
#: How long others who hold a pipe of the tree are looked for, in seconds.
OUTSIDERS_WITHIN = 0.3
#: So many processes of a tree are looked into, and so many are asked for their stacks: a storm has thousands, all alike.
LOOKED_INTO, ASKED = 200, 48
#: The same of a tree of which Pythons are left out: what all workers do, is not known of it then, however many are asked.
ASKED_OF_MANY = 8
#: So long a command may be, in characters.
COMMAND = 300

#: The signals by which processes are asked to end, and the one that tells of a child's end.
TOLD = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)


class Gone(UsageError):
    """There is no such process, or nothing to be diagnosed of it. The message says which."""


def take(pid: int, stacks: bool = True) -> Snapshot:
    """A snapshot of the tree that begins with a process. stacks: whether py-spy is asked.

    Raises Gone where there is no such process, or it is a zombie, or a thread of the kernel's.
    """
    began, now = time.monotonic(), _now()
    everyone = processes.scan()
    _check(pid, everyone)
    tree = _tree(pid, everyone)
    kept, omitted = _kept(tree)
    first = (time.monotonic(), processes.activity(one.pid for one in kept))
    numbers = holdings.Numbers()
    held = holdings.take(kept, numbers)
    outside = _outsiders(kept, everyone, _awaited(held, numbers))
    held = holdings.take([*kept, *outside], numbers) if outside else held
    there = [_seen(one, numbers, one in outside, now) for one in [*kept, *outside]]
    locks = _locks(there, numbers)
    pipes = _pipes(held, numbers)
    most = ASKED_OF_MANY if omitted else ASKED
    told, absent = _stacks(there, pid, most) if stacks else ({}, [Absent("Python stacks", "they were not asked for")])
    there = [pyspy.with_stack(one, told.get(one.pid)) for one in there]
    time.sleep(max(0.0, APART - (time.monotonic() - first[0])))
    second = (time.monotonic(), processes.activity(one.pid for one in kept))
    later = processes.scan()
    if pid not in later:
        raise Gone(f"process {pid} ended while it was looked at")
    after = _tree(pid, later)
    before_keys, after_keys = ({(one.pid, one.started) for one in several} for several in (tree, after))
    born, gone = (
        sorted(pid for pid, _ in keys)[:LOOKED_INTO] for keys in (after_keys - before_keys, before_keys - after_keys)
    )
    parents = {one.pid: one.parent for one in (*tree, *after)}
    ram = memory.of(pid, _age(everyone[pid], now) + 1, now)
    if ram.no_log:
        absent.append(Absent("kernel log", ram.no_log))
    closed = [one.pid for one in there if one.closed]
    if closed:
        absent.append(_no_permission(closed, everyone))
    if len(tree) > len(kept):
        absent.append(
            Absent(
                f"{len(tree) - len(kept):,} of {len(tree):,} processes",
                f"only {LOOKED_INTO} of a tree are looked into, Pythons first; {omitted:,} of those left out are Pythons",
            )
        )
    window = pace.window([first, second])
    taken = Snapshot(
        pid=pid,
        taken=round(time.time(), 3),
        took=round(time.monotonic() - began, 3),
        processes=there,
        holdings=held,
        window=replace(window, new_processes=len(after_keys - before_keys)),
        moved=_moved(first[1], second[1]),
        awake=[thread for (of, thread), did in second[1].items() if of == pid and first[1].get((of, thread)) != did],
        born=born,
        gone=gone,
        parents={pid: parents[pid] for pid in (*born, *gone)},
        reaping=_reaping(there),
        pipes=pipes,
        locks=locks,
        memory=ram,
        absent=absent,
        omitted=len(tree) - len(kept),
        omitted_pythons=omitted,
    )
    return snapshot.clean(taken)


def one(process: Process, path: str | None) -> Seen:
    """One process without its pipes, once. path: py-spy's; None where its Python stack is not wanted."""
    found = _seen(process, holdings.Numbers(), False, _now())
    told = frames.of([process.pid], path, STACKS_WITHIN) if path is not None else {}
    return snapshot.clean_seen(pyspy.with_stack(found, told.get(process.pid)))


def _check(pid: int, everyone: Mapping[int, Process]) -> None:
    one = everyone.get(pid)
    if one is None:
        raise Gone(
            f"there is no process {pid}; repro diagnose --all looks at each Python program of yours that has children"
        )
    if one.zombie:
        status = f", status {one.exit_status}" if one.exit_status is not None else ""
        raise Gone(
            f"process {pid} has ended{status}: it is a zombie until its parent, {one.parent}, asks for its status"
        )
    if pid == 2 or one.parent == 2:
        raise Gone(f"process {pid} is a thread of the kernel's, not a program")
    if pid == os.getpid():
        raise Gone(f"process {pid} is this very command")


def _tree(pid: int, everyone: Mapping[int, Process]) -> list[Process]:
    """A process and its descendants, in the order of their distance from it, and of their age. This command is none of them."""
    children: dict[int, list[Process]] = {}
    for one in everyone.values():
        children.setdefault(one.parent, []).append(one)
    found = [everyone[pid]]
    for parent in found:  # it grows meanwhile
        found += sorted(children.get(parent.pid, ()), key=lambda one: (one.started, one.pid))
    mine: set[int] = set()  # where somebody diagnoses an ancestor of this command, a shell
    for one in found:
        if one.pid == os.getpid() or one.parent in mine:
            mine.add(one.pid)
    return [one for one in found if one.pid not in mine]


def _kept(tree: list[Process]) -> tuple[list[Process], int]:
    """Those of a large tree that are looked into, and how many Pythons are left out: the program and other Pythons come first,
    since a pool's workers are among them."""
    if len(tree) <= LOOKED_INTO:
        return tree, 0
    program, *others = tree
    pythons = [one for one in others if targets.is_python(one.pid)]
    rest = set(others).difference(pythons)
    ordered = [program, *pythons, *(one for one in others if one in rest)]
    return ordered[:LOOKED_INTO], max(0, 1 + len(pythons) - LOOKED_INTO)


def _awaited(held: Iterable[Holding], numbers: holdings.Numbers) -> set[str]:
    """The pipes of a tree in which it has a reader: end-of-file comes when nobody else has them open for writing."""
    read = {number for one in held for number in one.reads}
    return {name for name, number in numbers.known("pipe").items() if number in read}


def _outsiders(tree: Sequence[Process], everyone: Mapping[int, Process], pipes: set[str]) -> list[Process]:
    """Processes that are no descendants any more, and hold a pipe of the tree's: what a worker has forked, and left behind.

    Pipes that are somebody's standard stream lead to a shell or a log: they say nothing.
    """
    links = pipes.difference(*(holdings.standard_streams(one.pid) for one in tree[:ASKED]))
    inside = {one.pid for one in tree} | {os.getpid()}
    deadline = time.monotonic() + OUTSIDERS_WITHIN
    found: list[Process] = []
    others = [one for one in everyone.values() if one.pid not in inside and one.started >= tree[0].started]
    session = tree[0].session  # what a worker has left behind is mostly still in it
    for one in sorted(others, key=lambda one: (one.session != session, one.started)) if links else ():
        if time.monotonic() > deadline or len(found) >= ASKED:
            break
        found += [one for _ in holdings.sharing([one.pid], links)]
    return found


def _seen(process: Process, numbers: holdings.Numbers, outsider: bool, now: float) -> Seen:
    place = f"/proc/{process.pid}"
    status = _fields(calls.text(f"{place}/status"))
    head, _, rest = calls.text(f"{place}/stat").rpartition(")")
    stat = rest.split()
    inside = status.get("NSpid", "").split()
    told = [
        replace(call, targets=tuple(map(numbers.translated, call.targets)))
        for call in calls.of(process.pid)[: pyspy.THREADS]
    ]
    state = "t" if status.get("TracerPid", "0") != "0" and process.state in "Tt" else process.state
    return Seen(
        pid=process.pid,
        parent=process.parent,
        state=state,
        exit_status=process.exit_status,
        age=round(_age(process, now), 2),
        cpu=round(process.cpu_ms / 1000, 2),
        user=int(status.get("Uid", "-1").split()[0]),
        command=calls.text(f"{place}/cmdline").replace("\0", " ").strip()[:COMMAND],
        python=_python(process.pid),
        inside=int(inside[-1]) if len(inside) > 1 else 0,
        reaped=_reaped(process.pid),
        resident=int(stat[21]) * os.sysconf("SC_PAGE_SIZE") if len(stat) > 21 else 0,
        closed=not process.zombie and os.path.exists(place) and not os.access(f"{place}/fd", os.R_OK),
        outsider=outsider,
        ignored=_signals(status.get("SigIgn", "")),
        caught=_signals(status.get("SigCgt", "")),
        pending=_signals(status.get("ShdPnd", "")),
        calls=told,
        started=process.started,
        name=head.partition("(")[2],
    )


def _signals(mask: str) -> list[int]:
    """The numbers of the signals in a mask of /proc/PID/status, of those that are told."""
    try:
        bits = int(mask or "0", 16)
    except ValueError:
        return []
    return [number for number in TOLD if bits >> (number - 1) & 1]


def _fields(text: str) -> dict[str, str]:
    return {name: value.strip() for name, _, value in (line.partition(":") for line in text.splitlines())}


def _now() -> float:
    """The moment to which all ages of a snapshot are told, those of kills, too: they are compared."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _age(process: Process, now: float) -> float:
    return max(0.0, now - process.started / processes.STARTED_UNITS)


def _python(pid: int) -> str:
    """Which Python a process is, by its executable's name or by the libraries that it has mapped; "" where it is none, or where
    that can't be seen."""
    try:
        executable = os.readlink(f"/proc/{pid}/exe")
    except OSError:
        command = calls.text(f"/proc/{pid}/cmdline").partition("\0")[0]
        match = pyspy.PYTHON.search(os.path.basename(command))
        return match[0] if match else "?" if re.match(r"(python|pypy)", os.path.basename(command)) else ""
    name = os.path.basename(executable)
    match = pyspy.PYTHON.search(name) or pyspy.PYTHON.search(calls.text(f"/proc/{pid}/maps"))
    if match:
        return match[1] or match[0]
    return "?" if re.match(r"(python|pypy)", name) else ""


def _locks(there: Iterable[Seen], numbers: holdings.Numbers) -> list[Lock]:
    found: dict[int, Lock] = {}
    for one in there:
        for semaphore in semaphores.of(one.pid):
            number = numbers.of("semaphore", semaphore.place)
            known = found.get(number) or Lock(number, semaphore.value, semaphore.waiters)
            found[number] = replace(known, pids=[*known.pids, one.pid])
    return list(found.values())[:LOOKED_INTO]


def _pipes(held: Iterable[Holding], numbers: holdings.Numbers) -> dict[int, int]:
    """How much lies in each pipe that has a reader and a writer among them."""
    held = list(held)
    links = {number: name for name, number in numbers.known("pipe").items()}
    readers = {number: one.pid for one in reversed(held) for number in one.reads}
    writers = {number for one in held for number in one.writes}
    sizes = {
        number: holdings.filled(readers[number], links[number])
        for number in sorted(writers & readers.keys())[:LOOKED_INTO]
    }
    return {number: size for number, size in sizes.items() if size is not None}


def _stacks(there: Sequence[Seen], pid: int, most: int) -> tuple[dict[int, list[dict[str, Any]] | str], list[Absent]]:
    path = native.tool()
    if path is None:
        why = "py-spy is not installed beside this command"
        return {}, [
            Absent("Python stacks", why, "install the extra: pip install '.[stacks]', in the environment of repro")
        ]
    asked = [one.pid for one in there if not one.ended and not one.outsider and (one.python or one.pid == pid)]
    told = frames.of(asked[:most], path, patience(os.getloadavg()[0], os.cpu_count() or 1))
    absent = []
    without = {one: why for one, why in told.items() if isinstance(why, str)}
    if without:
        why = without.get(pid) or next(iter(without.values()))
        absent.append(Absent(f"Python stacks of {_numbers(without)}", why, _to_trace() if "ermission" in why else ""))
    if len(asked) > most:
        absent.append(
            Absent(f"Python stacks of {len(asked) - most} more processes", f"only the first {most} are asked")
        )
    return told, absent


def patience(load: float, processors: int) -> float:
    """How long stacks may take, in seconds. load: how many threads want a processor (getloadavg(3))."""
    return min(STACKS_WITHIN_AT_MOST, STACKS_WITHIN * max(1.0, load / processors))


def _to_trace() -> str:
    """What gives the right to read another process's memory."""
    scope = calls.text("/proc/sys/kernel/yama/ptrace_scope").strip()
    yama = "; kernel.yama.ptrace_scope=0 lets the same user do it" if scope not in ("", "0") else ""
    return f"run it as root (sudo), or in a container with the capability SYS_PTRACE{yama}"


def _no_permission(closed: Sequence[int], everyone: Mapping[int, Process]) -> Absent:
    try:
        user = pwd.getpwuid(os.stat(f"/proc/{closed[0]}").st_uid).pw_name
    except (OSError, KeyError):
        user = "somebody else"
    return Absent(
        f"pipes, locks and system calls of {_numbers(closed)}",
        f"the kernel shows them to {f'their own user ({user}) and to ' if user != 'root' else ''}root",
        f"run it {f'as {user}, or ' if user != 'root' else ''}as root (sudo)",
    )


def _numbers(pids: Iterable[int]) -> str:
    several = list(pids)
    more = f" and {len(several) - 4} more" if len(several) > 4 else ""
    return f"{', '.join(map(str, several[:4]))}{more}"


def _reaping(there: Iterable[Seen]) -> dict[int, int]:
    """Who has reaped children since the first look, by the page faults that those had: a storm's live too short to be seen."""
    grown = {one.pid: _reaped(one.pid) - one.reaped for one in there if not one.ended}
    return {pid: faults for pid, faults in grown.items() if faults > 0}


def _reaped(pid: int) -> int:
    """Minor page faults of the children that a process has reaped (cminflt in proc_pid_stat(5))."""
    stat = calls.text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return int(stat[8]) if len(stat) > 8 else 0


def _moved(
    first: Mapping[tuple[int, int], tuple[int, int, int]], second: Mapping[tuple[int, int], tuple[int, int, int]]
) -> dict[int, tuple[int, int]]:
    """What each process did between two looks at its threads: CPU nanoseconds, and how often one was scheduled."""
    found: dict[int, tuple[int, int]] = {}
    for thread, (on_cpu, slices, _ready) in second.items():
        then_cpu, then_slices, _ = first.get(thread, (0, 0, 0))
        cpu, times = found.get(thread[0], (0, 0))
        found[thread[0]] = cpu + on_cpu - then_cpu, times + slices - then_slices
    return found
