"""What was seen of a live process tree, once: facts, bounded, and nothing of what they mean. Goes to JSON and back.

The diagnosis is a pure function of it (``repro.diagnose.diagnosis``), so that a snapshot that was kept can be diagnosed again.
"""

from __future__ import annotations

import dataclasses
import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from repro.errors import RecordError
from repro.observation import JSON, Holding, Wait, Window
from repro.records import shown
from repro.tree.calls import Call
from repro.tree.memory import Kill, Memory
from repro.verdicts.stacks import Frame, Thread

#: Says what a file is, and which form of it.
KIND = "repro diagnose"
FORM = f"{KIND} 1"


@dataclass(frozen=True)
class Seen:
    """One process.

    state: proc(5); "T" is stopped, "t" stopped by whoever traces it, "Z" ended. exit_status: of one that ended, minus a signal;
    None of a living one, or where that can't be read. started: when, in clock ticks since the machine's start
    (``repro.tree.processes``), 0 where that is not known: of two processes, or threads, it tells which one is older.
    age: since its start, in seconds. cpu: its CPU time, in seconds.
    reaped: minor page faults of the children that it has reaped (cminflt in proc(5)): 0 where no child of it ever ended.
    command: its arguments, a text. name: what the kernel calls it, 15 bytes at most: whoever is forked has it, too.
    python: ``3.11`` where it is one, "" where not, or where that can't be seen.
    inside: its number in its own pid namespace, where that is another one; else 0.
    ignored, caught, pending: the signals which it ignores, has a handler for, or has been sent and not yet got: of those that end
    a process, and SIGCHLD.
    calls: where its threads are in the kernel. threads: where they are in Python. no_stack: why there are none, or "".
    closed: whether the kernel lets us not look into it (its descriptors): it is somebody else's.
    """

    pid: int
    parent: int
    state: str
    exit_status: int | None
    age: float
    cpu: float
    user: int
    command: str = ""
    python: str = ""
    inside: int = 0
    reaped: int = 0
    resident: int = 0
    closed: bool = False
    outsider: bool = False
    ignored: list[int] = field(default_factory=list)
    caught: list[int] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    no_stack: str = ""
    started: int = 0
    name: str = ""

    @property
    def ended(self) -> bool:
        return self.state in ("Z", "X")

    @property
    def stopped(self) -> bool:
        return self.state in ("T", "t")

    @property
    def main(self) -> Thread | None:
        return next((thread for thread in self.threads if thread.main), None)


@dataclass(frozen=True)
class Lock:
    """A semaphore that several processes share. number: as in the holdings. value: 0 where somebody has it. waiters: so many."""

    number: int
    value: int | None
    waiters: int | None
    pids: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Absent:
    """A source that gave nothing, and why; what would help."""

    source: str
    why: str
    help: str = ""


@dataclass(frozen=True)
class Snapshot:
    """pid: the program. asked: the number that was asked for, where that is another one: a worker's; else 0. taken: when (seconds
    since 1970). took: how long that was, in seconds.

    processes: that one first, then its descendants by pid, then others who hold a pipe of theirs. omitted: so many descendants
    were not looked at; omitted_pythons: so many of those are Pythons, as workers are. window: what the tree did between the
    looks. moved: CPU nanoseconds and number of times that each process was scheduled between them; awake: the threads that were,
    by their ids, of the program itself. born, gone: processes that
    came and went meanwhile; parents: who had started each of those.
    reaping: page faults of the children that a process has reaped between the looks, by its pid, where there were any.
    pipes: bytes that lie in each pipe, by its number in the holdings. kills: memory: see ``repro.tree``.
    """

    pid: int
    taken: float
    took: float
    processes: list[Seen]
    holdings: list[Holding]
    window: Window
    moved: dict[int, tuple[int, int]] = field(default_factory=dict)
    awake: list[int] = field(default_factory=list)
    born: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    parents: dict[int, int] = field(default_factory=dict)
    reaping: dict[int, int] = field(default_factory=dict)
    pipes: dict[int, int] = field(default_factory=dict)
    locks: list[Lock] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)
    absent: list[Absent] = field(default_factory=list)
    omitted: int = 0
    omitted_pythons: int = 0
    asked: int = 0
    redacted: bool = False

    def seen(self, pid: int) -> Seen | None:
        return next((one for one in self.processes if one.pid == pid), None)

    def holding(self, pid: int) -> Holding | None:
        return next((one for one in self.holdings if one.pid == pid), None)

    def to_json(self) -> str:
        """One line."""
        record = {"form": FORM, **asdict(self)}
        return json.dumps(record, ensure_ascii=True, separators=(",", ":"))


def from_json(text: str, name: str) -> Snapshot:
    """A snapshot that was kept. name: of its file, for the error.

    What stands in it is shown as records are (``repro.records.shown``). Raises RecordError for what is none.
    """
    try:
        record = JSON.decode(text)
        form = record.pop("form", None) if isinstance(record, dict) else None
        if form != FORM:
            newer = isinstance(form, str) and form.startswith(f"{KIND} ")
            raise ValueError(f'it is of form {form!r:.80}, and this version reads "{FORM}"' if newer else _NO_FORM)
        return _snapshot(shown.record(record, text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise RecordError(f"{name} is no snapshot that repro diagnose has saved: {error}") from error


_NO_FORM = f'it does not begin with "form": "{FORM}"'


def clean(taken: Snapshot) -> Snapshot:
    """The same with every text in it as it may be shown: a program may have any name, and run any code."""
    return _snapshot(shown.whole(json.loads(json.dumps(asdict(taken)))))


def _snapshot(record: dict[str, Any]) -> Snapshot:
    return Snapshot(
        **{
            **_checked(Snapshot, record),
            "processes": [_seen(one) for one in record["processes"]],
            "holdings": [_holding(one) for one in record["holdings"]],
            "window": Window(**_checked(Window, record["window"])),
            "moved": {int(pid): (int(one[0]), int(one[1])) for pid, one in record["moved"].items()},
            "parents": {int(pid): int(parent) for pid, parent in record.get("parents", {}).items()},
            "reaping": {int(pid): int(faults) for pid, faults in record["reaping"].items()},
            "pipes": {int(number): int(size) for number, size in record["pipes"].items()},
            "locks": [Lock(**_checked(Lock, one)) for one in record["locks"]],
            "memory": _memory(record["memory"]),
            "absent": [Absent(**_checked(Absent, one)) for one in record["absent"]],
        }
    )


def clean_seen(one: Seen) -> Seen:
    """The same of one process."""
    return _seen(shown.whole(json.loads(json.dumps(asdict(one)))))


#: How that is written for which a thread waits: as the schema of runs has it.
_THING = re.compile(r"[a-z ]{1,60} [0-9]{1,20}")


def _holding(record: dict[str, Any]) -> Holding:
    for one in record.get("threads", []):
        _checked(Wait, one)
    found = Holding.from_record(_checked(Holding, record))
    for thing in [*found.waits, *(one.target for one in found.threads)]:
        if not _THING.fullmatch(thing):
            raise ValueError(f"process {found.pid} waits for {thing!r:.80}")
    return found


def _memory(record: dict[str, Any]) -> Memory:
    return Memory(**{**_checked(Memory, record), "log": [Kill(**_checked(Kill, one)) for one in record["log"]]})


def _seen(record: dict[str, Any]) -> Seen:
    calls = [Call(**{**_checked(Call, one), "targets": tuple(map(str, one["targets"]))}) for one in record["calls"]]
    threads = [
        Thread(**{**_checked(Thread, one), "frames": tuple(map(_frame, one["frames"]))}) for one in record["threads"]
    ]
    return Seen(**{**_checked(Seen, record), "calls": calls, "threads": threads})


def _frame(record: dict[str, Any]) -> Frame:
    values = {name: str(value) for name, value in record["values"].items()}
    return Frame(**{**_checked(Frame, record), "values": values})


#: What a field has to be, by its type as it is written.
_SIMPLE: dict[str, Any] = {
    **{"int": int, "str": str, "bool": bool, "float": (int, float)},
    **{"int | None": (int, type(None)), "bool | None": (bool, type(None))},
}
_LISTS: dict[str, Any] = {"list[int]": int, "list[str]": str}


def _checked(kind: Any, record: dict[str, Any]) -> dict[str, Any]:
    """Numbers where numbers are to be, and texts where texts are: what is computed with them need not look again."""
    for one in dataclasses.fields(kind):
        wanted = _SIMPLE.get(str(one.type))
        value = record.get(one.name)
        of_list = _LISTS.get(str(one.type))
        wrong = wanted is not None and (
            not isinstance(value, wanted) or (isinstance(value, bool) and "bool" not in str(one.type))
        )
        if of_list is not None:
            wrong = not isinstance(value, list) or not all(isinstance(inner, of_list) for inner in value)
        if wrong and one.name in record:
            raise TypeError(f"{one.name} is {value!r:.80}")
    return record
