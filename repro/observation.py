"""The facts of one cell, as they were recorded. What they mean is the judge's business (``repro.verdicts.judge``).

An observation is stored whole in the run's records, so that a stored run can be judged again.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any

Event = dict[str, Any]

#: How much of a window the tree may compute and still count as waiting: threads that poll a lock ten times a second wait,
#: too. Real hangs of the standard pools showed none at all.
IDLE_SHARE = 0.02

#: A tree whose threads were ready for so many times as long as they had a processor, was kept from working by others. With as
#: many things at once as processors, or a few more, the two are about the same.
STARVED = 4

#: How the sentence begins that stands where a native stack could not be had.
FAILED = "no native stack: "


@dataclass(frozen=True)
class Fault:
    """What the scenario was to do. inputs: of all tasks; faulty: that of the one with the fault, or None (a control).

    status: with which the worker ends if it dies of it. kills: whether it ends the process by itself, whatever the pool does.
    fires: whether there is a fault at all; None where every fault is a task's. collects: whether the program asks for its
    results. interrupts: whether it is Ctrl-C, which the caller gets as well.
    """

    inputs: list[int]
    faulty: int | None
    status: int | None
    kills: bool
    fires: bool | None = None
    collects: bool = True
    interrupts: bool = False

    @property
    def expected(self) -> bool:
        """Whether the run counts only with the evidence of a fault."""
        return self.faulty is not None if self.fires is None else self.fires


@dataclass(frozen=True)
class Window:
    """What the whole tree did in the last stretch before the deadline.

    seconds: how long it was. samples: how often it was looked at. cpu_ms: CPU time used in it. switches: how often a thread
    was scheduled. processes: how many there were at its end. new_processes: how many were seen that had started in it.
    busiest_ms: CPU time of the process that used most of it. delayed_ms: how long its threads, taken together, were ready to
    run and waited for a processor. Both are 0 in records that are older than they.
    """

    seconds: float
    samples: int
    cpu_ms: float
    switches: int
    processes: int
    new_processes: int
    busiest_ms: float = 0.0
    delayed_ms: float = 0.0

    @property
    def starved(self) -> bool:
        """Whether others had the processors that it wanted: then it shows nothing of what the tree would do."""
        return self.delayed_ms > max(STARVED * self.cpu_ms, IDLE_SHARE * self.seconds * 1000)

    @property
    def works(self) -> bool:
        """Whether the tree worked in it, or only waited."""
        return self.new_processes > 0 or self.cpu_ms > IDLE_SHARE * self.seconds * 1000


@dataclass(frozen=True)
class Wait:
    """What one thread waits for. thread: its number (of the main thread, that of the process; 0 where it is not known).

    call: ``read``, ``write``, ``semaphore`` or ``exit``. descriptor: by which it reads or writes, else None.
    target: ``pipe 3``, ``socket 1``, ``semaphore 1``, ``exit of 4711``.
    """

    thread: int
    call: str
    descriptor: int | None
    target: str


@dataclass(frozen=True)
class Holding:
    """A process of a hung tree at its deadline: its state (proc(5)), and the pipes of which it has a reading or a writing end.

    waits: in which system calls its threads wait, as far as those name something that several processes share: ``read pipe 3``,
    ``write socket 3``, ``semaphore 1``, ``exit of 4711``. threads: the same, thread by thread; none in older records.
    sockets: those that it has. Pipes, sockets and semaphores bear the same numbers in all processes of the tree.
    """

    pid: int
    parent: int
    state: str
    reads: list[int]
    writes: list[int]
    waits: list[str] = field(default_factory=list)
    threads: list[Wait] = field(default_factory=list)
    sockets: list[int] = field(default_factory=list)

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Holding:
        """Raises TypeError for a record that is not one."""
        return cls(**{**record, "threads": [Wait(**one) for one in record.get("threads", [])]})


@dataclass(frozen=True)
class Member:
    """A line of the process table: a process of the tree, from its birth to its end.

    since: when it was started. until: when it was first seen to have ended, None where it had not at the last look. Both in
    seconds after the start of the program. state: at the last look that saw it alive (proc(5)). command: what it ran, where
    that was asked for (of those that were there at the verdict or after the end), else "".

    A process that came and went between two looks is not here.
    """

    pid: int
    parent: int
    since: float
    until: float | None
    state: str
    command: str = ""


@dataclass(frozen=True)
class Observation:
    """One cell's facts. Times in events are nanoseconds of the monotonic clock.

    events: what the subject's processes wrote. stream_error: what is wrong with the stream (cut, malformed), or None.
    main_pid: of the cell's first process, the parent of the pool. exit_status: its exit code, or minus a signal; None if it
    did not end by itself. deadline_passed: the watchdog's final word. timeout: the deadline, in seconds. duration: in seconds.
    cpu: the CPU time of all its processes, in seconds; None in records that are older than it.
    deaths: pid -> status, of zombies that nobody had reaped. last_breath: when a worker that allocates until it is killed
    last could (nanoseconds). oom_kills: of the cell's memory cgroup, before and after; None where there is none.
    launched: when the program was started (nanoseconds).
    asked: when the watchdog began to ask the tree for its stacks, from where on what it does is our doing (nanoseconds); 0 where
    it never did, or the record is older than this.
    members: the process table, before and after the fault; members_seen: how many processes there were, of which the table has
    the first and the last.
    holdings: the processes of a hung tree, and who holds which pipe. stacks: by process, the text that faulthandler wrote.
    native: by process, what py-spy wrote, or why it could not (``repro.tree.native``).
    leftovers: what still ran after the program had ended; None if it never did.
    stderr: the end of what was written there; stderr_bytes: how much that was in all.
    launch_error: why the cell could not be run, or None. not_cleaned: what we could not end or remove, or None.
    """

    main_pid: int = 0
    timeout: float = 0.0
    duration: float = 0.0
    cpu: float | None = None
    deadline_passed: bool = False
    exit_status: int | None = None
    events: list[Event] = field(default_factory=list)
    stream_error: str | None = None
    deaths: dict[str, int] = field(default_factory=dict)
    last_breath: int | None = None
    oom_kills: tuple[int, int] | None = None
    window: Window | None = None
    launched: int = 0
    asked: int = 0
    members: list[Member] = field(default_factory=list)
    members_seen: int = 0
    holdings: list[Holding] = field(default_factory=list)
    stacks: dict[str, str] = field(default_factory=dict)
    native: dict[str, str] = field(default_factory=dict)
    leftovers: list[dict[str, object]] | None = None
    stderr: str = ""
    stderr_bytes: int = 0
    launch_error: str | None = None
    not_cleaned: str | None = None

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    def disturbed(self) -> int | None:
        """From when on (nanoseconds) what the program does is our doing, since we asked it; None where it was left in peace."""
        autopsy = (int(event["t"]) for event in self.events if event["event"] == "autopsy-begins")
        return self.asked or next(autopsy, None)

    def ended_early(self, pid: int) -> bool:
        """Whether the process table shows that a process had ended before the deadline; one that came and went between two looks
        was seen dead only, where the table is whole."""
        mine = [member for member in self.members if member.pid == pid]
        if mine:
            return all(member.until is not None for member in mine)
        return 0 < self.members_seen == len(self.members) and str(pid) in self.deaths

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Observation:
        """Raises TypeError or KeyError for a record that is not one."""
        window = record.get("window")
        oom_kills = record.get("oom_kills")
        return cls(
            **{
                **record,
                "window": Window(**window) if window else None,
                "oom_kills": (oom_kills[0], oom_kills[1]) if oom_kills else None,
                "holdings": [Holding.from_record(holding) for holding in record.get("holdings", [])],
                "members": [Member(**member) for member in record.get("members", [])],
            }
        )


#: How many digits an integer may have. Beyond 308, Python can't make a float of it; beyond 4300, no int of its digits.
DIGITS = 100


def _integer(text: str) -> int:
    if len(text) > DIGITS:
        raise ValueError(f"a number of {len(text):,} digits, and {DIGITS} are the most that is read")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:DIGITS]} is too large for a number")
    return value


def _constant(text: str) -> float:
    raise ValueError(f"{text} is no number")


#: Reads JSON without the numbers that nothing can be computed of, nor shown by everybody's JSON: NaN, Infinity, 1e999.
JSON = json.JSONDecoder(parse_int=_integer, parse_float=_float, parse_constant=_constant)


def parse_events(stream: bytes) -> tuple[list[Event], str | None]:
    """The events of a stream, and what is wrong with it, or None. What comes after a bad line is not read."""
    if not stream:
        return [], "the event stream is missing or empty: the program of the cell did not begin"
    events: list[Event] = []
    *lines, rest = stream.split(b"\n")
    for number, line in enumerate(lines, 1):
        try:
            event = JSON.decode(line.decode())
            events.append({**event, "event": str(event["event"]), "pid": int(event["pid"]), "t": int(event["t"])})
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return events, f"line {number} of the event stream is malformed: {line[:80]!r}"
    if rest:
        return events, f"the event stream is cut in line {len(lines) + 1}: {rest[:80]!r}"
    return events, None
