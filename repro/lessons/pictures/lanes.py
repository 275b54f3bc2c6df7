"""The processes of a run, from their births to their ends. Pure functions of its record."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from repro.lessons import model
from repro.lessons.phrases import say
from repro.lessons.recording import Recording
from repro.observation import Event, Member, Observation

#: So long after it happened an end is seen at the latest, in seconds: it may be later than the birth of the replacement.
LATE = 1.0


@dataclass(frozen=True)
class Lane:
    """A process. role: a key of the phrases (``worker``). number: among those of its role, from 1. born, gone: in seconds after
    the start; gone is None where it was there to the end. status: its exit code, or minus a signal; None where that is not known.
    """

    pid: int
    role: str
    number: int
    born: float
    gone: float | None
    status: int | None = None

    def name(self, language: str) -> str:
        """What it is called."""
        return say(language, self.role, number=self.number)

    def ended(self, language: str) -> str:
        """With which status, in words; "" where that is not known."""
        return "" if self.status is None else status_in_words(self.status, language)


def lanes(run: model.Run, one: Recording) -> list[Lane]:
    """The processes of a run: the program itself, its workers by their births, and the rest."""
    seen = one.seen
    ends = _ends(seen)
    found: list[Lane] = []
    counts: dict[str, int] = {}
    members = sorted(_members(seen), key=lambda member: (member.pid != seen.main_pid, member.since, member.pid))
    places: list[float] = []  # of workers and replacements that have ended: when
    for member in members:
        free = sum(gone <= member.since + LATE for gone in places) - counts.get("replacement", 0)
        role = _role(run, seen, members, member, counts.get("worker", 0), free)
        counts[role] = counts.get(role, 0) + 1
        when, status = ends.get(member.pid, (member.until, None))
        if role in ("worker", "replacement") and when is not None:
            places.append(when)
        number = counts[role] + (counts["worker"] if role == "replacement" else 0)
        found.append(Lane(member.pid, role, number, member.since, when, status))
    order = list(dict.fromkeys(("parent", "worker", "replacement", "child", *(lane.role for lane in found))))
    return sorted(found, key=lambda lane: (order.index(lane.role), lane.number))


def _members(seen: Observation) -> list[Member]:
    """The process table, and who came and went between two looks, of whom only the end is known."""
    known = {member.pid for member in seen.members}
    missed = [
        Member(int(event["child"]), int(event["pid"]), at, at, "Z")
        for event in _reaped(seen)
        if int(event["child"]) not in known
        for at in [round((int(event["t"]) - seen.launched) / 1e9, 3)]
    ]
    return [*seen.members, *missed]


def _reaped(seen: Observation) -> list[Event]:
    """Ends that a process of the program has learned of, before we disturbed it."""
    until = seen.disturbed()
    return [one for one in seen.events if one["event"] == "reaped" and (until is None or int(one["t"]) < until)]


def _ends(seen: Observation) -> dict[int, tuple[float | None, int | None]]:
    """When and with which status processes ended, as far as somebody was told."""
    return {
        int(one["child"]): (round((int(one["t"]) - seen.launched) / 1e9, 3), int(one["status"]))
        for one in _reaped(seen)
    }


def _role(run: model.Run, seen: Observation, members: list[Member], member: Member, workers: int, free: int) -> str:
    """What a process is. workers: how many there were before. free: how many of them had ended, and were not replaced yet."""
    if member.pid == seen.main_pid:
        return "parent"
    if "resource_tracker" in member.command:
        return "tracker"
    started = [
        one for one in members if one.parent == seen.main_pid
    ]  # a worker is a copy of the server, with its command line
    servers = {one.pid for one in started if "forkserver" in one.command or _starts_workers(seen, members, one)}
    if member.pid in servers:
        return "server"
    if servers and member.parent == seen.main_pid and not member.command:
        return "tracker"  # with a fork server the program itself starts nobody else
    if member.parent != seen.main_pid and member.parent not in servers:
        return "grandchild"
    if run.workers == 0:
        return "child"
    if workers < run.workers:
        return "worker"
    return "replacement" if free > 0 else "child"  # a command that the program runs takes nobody's place


def _starts_workers(seen: Observation, members: list[Member], member: Member) -> bool:
    """Whether this is the fork server, as that looks from outside where nobody has asked what it runs: the program starts the
    resource tracker and then the server, and nobody else; the server starts all others, and the program never waits for its end
    (CPython's Lib/multiprocessing/forkserver.py, 3.8 to 3.15). Of a child that has a pool of its own the program learns the end.
    """
    started = sorted((one for one in members if one.parent == seen.main_pid), key=lambda one: (one.since, one.pid))
    others = [one for one in members if one.pid != seen.main_pid and one not in started]
    return (
        len(started) == 2
        and member is started[1]
        and not any(one.command for one in started)
        and len(others) > 1
        and all(one.parent == member.pid for one in others)
        and not any(one["child"] == member.pid for one in _reaped(seen))
    )


def status_in_words(status: int, language: str) -> str:
    """``exit code 1``, ``SIGKILL``. status: a code, or minus the number of a signal."""
    if status >= 0:
        return say(language, "exit code", number=status)
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
