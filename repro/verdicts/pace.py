"""Whether a tree at its deadline is only slow: on a machine with more to do than it can, what takes its time looks stuck.

The judge says so (``slow``), and before that the watchdog gives such a tree more time (``undecided``). Pure functions of what was
recorded until then.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence, Set
from typing import Any

from repro.observation import Observation, Window

#: A tree that works is called slow, not a livelock, while it has made progress within this share of its time: on a machine with
#: more to do than it can, the start of a process takes a second and more.
UNPROVEN = 0.5

#: So many processes that came and went in that share of the time are a storm, also where a busy machine starts one at a time.
STORM = 3

#: A process that computes for more than this share of a window, spins. Less may be the start of a replacement, or a thread that
#: polls: in so many windows one after the other, it is no start any more.
SPINS = 0.25
WINDOWS = 3

#: Events that are progress when they happen for the first time. A pool that runs a killing task again and again makes none; a
#: program that goes through its phases several times says which ``round`` it is in.
PROGRESS = (
    "phase",
    "task-started",
    "task-ended",
    "plain-task",
    "noticed",
    "delivered",
    "failed",
    "raised",
    "returned",
    "reused",
)


def slow(seen: Observation, window: Window) -> str | None:
    """Why a tree at its deadline is not to be called stuck, or None. window: the last stretch before it."""
    if window.new_processes == 1 and not is_storm(seen):  # one worker that takes its time to start
        return "a process was started at the last moment"
    fresh = progress_in(seen, seen.timeout * UNPROVEN if window.works else window.seconds)
    if fresh:
        return f"still going on ({', '.join(fresh[:3])})"
    if window.starved and not spins(window) and not is_storm(seen):
        return (
            f"the machine is too busy to tell: in {window.seconds:g} s its threads had a processor for {window.cpu_ms:.0f} ms, "
            f"and were ready without one for {window.delayed_ms:.0f} ms"
        )
    return None


def spins(window: Window) -> bool:
    """Whether one of its processes computes all the time."""
    return window.busiest_ms > SPINS * window.seconds * 1000


def undecided(seen: Observation, windows: Sequence[Window]) -> bool:
    """Whether more time would tell. windows: the last stretches before the deadline, the latest at the end."""
    window = windows[-1]
    if slow(seen, window):
        return True
    steady = len(windows) >= WINDOWS and all(one.works for one in windows[-WINDOWS:])
    begun = any(event["event"] == "begin" for event in seen.events)
    return window.works and not (begun and (spins(window) or steady or is_storm(seen)))


def is_storm(seen: Observation) -> bool:
    """Whether processes came and went in the last part before the deadline, as far as the process table has them. Those that live
    on may be a pool's replacements, slow to start."""
    since = seen.timeout * (1 - UNPROVEN)
    return sum(member.since > since and member.until is not None for member in seen.members) >= STORM


def progress_in(seen: Observation, last: float) -> list[str]:
    """The events that happened for the first time within the last seconds before the deadline."""
    begin = next((event for event in seen.events if event["event"] == "begin"), None)
    if begin is None:
        return []
    # The stream's clock is the machine's monotonic one. The deadline is counted from the launch; a busy machine takes a
    # second and more from there to "begin", which stands in for it in records that do not have it.
    since = (seen.launched or int(begin["t"])) + int((seen.timeout - last) * 1e9)
    disturbed = seen.disturbed()
    before: set[tuple[Any, ...]] = set()
    fresh = []
    for event in seen.events:
        if disturbed is not None and int(event["t"]) >= disturbed:
            break
        if event["event"] in PROGRESS:
            key = tuple(repr(event.get(name)) for name in ("event", "task", "value", "phase", "round"))
            if key not in before and since < int(event["t"]):
                fresh.append(str(event["event"]))
            before.add(key)
    return fresh


def window(
    looks: list[tuple[float, dict[tuple[int, int], tuple[int, int, int]]]], ready: Sequence[Set[tuple[int, int]]] = ()
) -> Window:
    """What happened between the first and the last of several looks at the threads' activity. A pure function.

    A thread that was new in a look counts with all that it did; one that ended counts as a switch. ready: at each look, the
    threads that ran or could have. The kernel counts a wait for a processor when it is over; one that goes on is seen as a thread
    that is ready at two looks, and did nothing between them.
    """
    switches = delayed = 0
    cpu: Counter[int] = Counter()
    steady = [one & other for one, other in itertools.pairwise(ready)] or [frozenset()] * len(looks)
    for ((then, before), (now, after)), waiting in zip(itertools.pairwise(looks), steady, strict=False):
        for thread in waiting:
            delayed += round((now - then) * 1e9) if before.get(thread, 0) == after.get(thread, 1) else 0
        for thread, (on_cpu, slices, waited) in after.items():
            then_cpu, then_slices, then_waited = before.get(thread, (0, 0, 0))
            cpu[thread[0]] += on_cpu - then_cpu
            delayed += waited - then_waited
            switches += slices - then_slices
        switches += len(before.keys() - after.keys())
    first, last = looks[0][1], looks[-1][1]
    new = {pid for _, look in looks for pid, _ in look} - {pid for pid, _ in first}
    return Window(
        seconds=round(looks[-1][0] - looks[0][0], 3),
        samples=len(looks),
        cpu_ms=round(cpu.total() / 1e6, 3),
        busiest_ms=round(max(cpu.values(), default=0) / 1e6, 3),
        switches=switches,
        processes=len({pid for pid, _ in last}),
        new_processes=len(new),
        delayed_ms=round(delayed / 1e6, 3),
    )
